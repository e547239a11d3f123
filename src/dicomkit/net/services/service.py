"""What a service is: a row of SOP Classes with their operations and who may invoke them (PS3.4)."""

from __future__ import annotations

from enum import StrEnum

from dicomkit import dictionary
from dicomkit.core.frozen import Frozen
from dicomkit.core.uid import UID
from dicomkit.net.dimse.status import status_rows

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dicomkit.net.dimse.status import StatusRow
    from dicomkit.net.services.attributes import AttributeTable
    from dicomkit.net.services.checks import Exchange
    from dicomkit.net.services.models import InformationModel

__all__ = ["Operation", "Role", "Service", "ServiceTable", "SopClass", "Support"]


class Operation(StrEnum):
    """An operation or notification of DIMSE, named as handlers are (PS3.7 9 and 10)."""

    ECHO = "echo"
    STORE = "store"
    FIND = "find"
    MOVE = "move"
    GET = "get"
    N_EVENT_REPORT = "n-event-report"
    N_GET = "n-get"
    N_SET = "n-set"
    N_ACTION = "n-action"
    N_CREATE = "n-create"
    N_DELETE = "n-delete"

    @property
    def primitive(self) -> str:
        """The name that the standard has for it, such as ``C-FIND`` or ``N-SET``."""
        return self.upper() if self.startswith("n-") else f"C-{self.upper()}"

    @property
    def invoked_by(self) -> Role:
        """Who sends the request: the SCP for a notification, the SCU for all else."""
        return Role.SCP if self is Operation.N_EVENT_REPORT else Role.SCU


class Role(StrEnum):
    """The side of a service that an application entity takes (PS3.7 D.3.3.4)."""

    SCU = "scu"
    SCP = "scp"


class Support(Frozen):
    """One operation of a SOP Class, and whether user and provider must know it: ``M`` or ``U`` (PS3.4 5.4.1)."""

    __slots__ = ("operation", "scp", "scu")

    operation: Operation
    scu: str
    scp: str

    def __init__(self, operation: Operation, scu: str, scp: str) -> None:
        """Take the cells of a row of a table "DIMSE Service Group"."""
        put = object.__setattr__
        put(self, "operation", operation)
        put(self, "scu", scu)
        put(self, "scp", scp)

    @classmethod
    def parse(cls, text: str) -> tuple[Support, ...]:
        """Return the rows of a text such as ``n-create M/M, n-set U/M``."""
        rows = []
        for row in text.split(", "):
            operation, _, usage = row.partition(" ")
            scu, _, scp = usage.partition("/")
            rows.append(cls(Operation(operation), scu, scp))
        return tuple(rows)


class SopClass(Frozen):
    """A SOP Class of a service, or a Meta SOP Class; immutable.

    ``instance`` is the well-known SOP Instance that its operations act on, None where instances have their own UIDs.
    ``instances_of`` is the SOP Class that commands and instances name, where it is not the one negotiated (UPS, PS3.4
    CC.3.1). ``members`` are the SOP Classes of a Meta SOP Class. ``attributes`` is the table that requests and
    instances are held against, ``actions`` and ``events`` what N-ACTION and N-EVENT-REPORT may be; see `check_request`.
    """

    __slots__ = (  # noqa: RUF023  in the order of a row
        "uid", "keyword", "section", "operations", "model", "attributes", "actions", "events", "instance",
        "instances_of", "members", "is_retired",
    )  # fmt: skip

    uid: UID
    keyword: str
    section: str
    operations: tuple[Support, ...]
    model: InformationModel | None
    attributes: AttributeTable | None
    actions: tuple[Exchange, ...]
    events: tuple[Exchange, ...]
    instance: UID | None
    instances_of: UID
    members: tuple[UID, ...]
    is_retired: bool

    def __init__(
        self,
        uid: str,
        keyword: str,
        section: str,
        operations: str | tuple[Support, ...],
        *,
        model: InformationModel | None = None,
        attributes: AttributeTable | None = None,
        actions: Iterable[Exchange] = (),
        events: Iterable[Exchange] = (),
        instance: str = "",
        instances_of: str = "",
        members: Iterable[str] = (),
        is_retired: bool = False,
    ) -> None:
        """Take the cells of a row; ``operations`` may be a text that `Support.parse` reads."""
        put = object.__setattr__
        put(self, "uid", UID(uid))
        put(self, "keyword", keyword)
        put(self, "section", section)
        put(self, "operations", Support.parse(operations) if isinstance(operations, str) else operations)
        put(self, "model", model)
        put(self, "attributes", attributes)
        put(self, "actions", tuple(actions))
        put(self, "events", tuple(events))
        put(self, "instance", UID(instance) if instance else None)
        put(self, "instances_of", UID(instances_of or uid))
        put(self, "members", tuple([UID(member) for member in members]))
        put(self, "is_retired", is_retired)

    @property
    def name(self) -> str:
        """The name in the registry of PS3.6 A, or the keyword of a SOP Class that is not there."""
        entry = dictionary.uid_entry(self.uid)
        return entry.name if entry is not None and entry.name else self.keyword

    def support(self, operation: str) -> Support | None:
        """Return the row of an operation, None if the SOP Class does not have it."""
        for row in self.operations:
            if row.operation == operation:
                return row
        return None


class Service(Frozen):
    """A service class: its name, its section, and a row for each of its SOP Classes; immutable.

    ``uid`` is the UID of the service class where the standard gives it one (SOP Class Common Extended Negotiation names
    it, PS3.7 D.3.3.6). ``statuses`` names the table of status codes in `dicomkit.net.dimse.status`.
    """

    __slots__ = ("name", "title", "section", "sop_classes", "statuses", "uid", "is_open")  # noqa: RUF023  as in a row

    name: str
    title: str
    section: str
    sop_classes: tuple[SopClass, ...]
    statuses: str
    uid: UID | None
    is_open: bool

    def __init__(
        self,
        name: str,
        title: str,
        section: str,
        sop_classes: Iterable[SopClass],
        *,
        statuses: str = "",
        uid: str = "",
        is_open: bool = False,
    ) -> None:
        """Take the cells of a row; an open service takes SOP Classes that nobody has listed, as storage does."""
        put = object.__setattr__
        put(self, "name", name)
        put(self, "title", title)
        put(self, "section", section)
        put(self, "sop_classes", tuple(sop_classes))
        put(self, "statuses", statuses)
        put(self, "uid", UID(uid) if uid else None)
        put(self, "is_open", is_open)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation of any of the SOP Classes, once, in the order of the standard."""
        found = {row.operation for sop_class in self.sop_classes for row in sop_class.operations}
        return tuple([operation for operation in Operation if operation in found])

    def status_rows(self, operation: str) -> tuple[StatusRow, ...]:
        """Return all statuses that an operation may be answered with: those of PS3.7 and what the service adds."""
        return status_rows(self.statuses, Operation(operation).primitive)

    def sop_class(self, uid: str) -> SopClass | None:
        """Return the row of a SOP Class, None if the service does not list it."""
        for row in self.sop_classes:
            if row.uid == uid:
                return row
        return None


class ServiceTable(Frozen):
    """All services that a program knows; immutable: `extended` returns a table with rows added."""

    __slots__ = ("_by_uid", "services")

    services: tuple[Service, ...]
    _by_uid: dict[str, tuple[Service, SopClass]]

    def __init__(self, services: Iterable[Service]) -> None:
        """Take the rows; of two that list the same SOP Class the later one counts."""
        put = object.__setattr__
        put(self, "services", tuple(services))
        found = {row.uid: (service, row) for service in self.services for row in service.sop_classes}
        put(self, "_by_uid", found)

    def __iter__(self) -> Iterator[Service]:
        """Yield the services in the order of the table."""
        return iter(self.services)

    def __len__(self) -> int:
        return len(self.services)

    def __hash__(self) -> int:
        return hash(self.services)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.services,)

    def named(self, name: str) -> Service | None:
        """Return the service of a name such as ``"storage"``, None if there is none."""
        for service in reversed(self.services):
            if service.name == name:
                return service
        return None

    def sop_class(self, uid: str) -> SopClass | None:
        """Return the row of a SOP Class or Meta SOP Class, None if no service lists it."""
        found = self._by_uid.get(uid)
        return None if found is None else found[1]

    def find(self, sop_class: str, *, service_class: str = "", unknown_is_storage: bool = False) -> Service | None:
        """Return the service of a SOP Class, None if there is none.

        A SOP Class that no row lists belongs to the service whose UID the association requestor gave with it
        (``service_class``; PS3.7 D.3.3.6), or to storage if the caller says so and the registry knows no other use of
        the UID. Private SOP Classes and those newer than this version are proposed for storage by no other sign.
        """
        found = self._by_uid.get(sop_class)
        if found is not None:
            return found[0]
        for service in self.services:
            if service.is_open and service.uid is not None and service.uid == service_class:
                return service
        if unknown_is_storage and may_be_storage(sop_class):
            return next((service for service in self.services if service.is_open), None)
        return None

    def extended(self, *services: Service) -> ServiceTable:
        """Return a table with services added; a row for a SOP Class already there takes its place."""
        return ServiceTable((*self.services, *services))


def may_be_storage(sop_class: str) -> bool:
    """Say whether a UID may name a storage SOP Class: a valid UID that is not registered as something else."""
    if not UID(sop_class).is_valid:
        return False
    entry = dictionary.uid_entry(sop_class)
    if entry is None:
        return dictionary.context_group(sop_class) is None
    # Two retired SOP Classes have lost their names; below this root the standard registers storage and nothing else
    # that this package does not list.
    return entry.type == "SOP Class" and ("Storage" in entry.name or sop_class.startswith("1.2.840.10008.5.1.4.1.1."))
