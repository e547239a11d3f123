"""Which handler performs a request, and what may therefore be negotiated: the most specific entry wins (PS3.4 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dicomkit.core.transfer_syntax import TRANSFER_SYNTAXES
from dicomkit.net.services import SERVICES, Operation, Role
from dicomkit.net.ul import Support

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from dicomkit.net.dispatch.requests import StoreRequest
    from dicomkit.net.services import Service, ServiceTable

__all__ = ["Handler", "HandlerTable", "Sink", "StoreTarget"]

_IDENTIFIER_SYNTAXES = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2")
"""For messages with identifiers and attribute lists: Explicit VR first, which says what private elements are."""

_INSTANCE_SYNTAXES = tuple(TRANSFER_SYNTAXES)

_OPERATIONS = frozenset(str(operation) for operation in Operation)


class Sink(Protocol):
    """Where the data set of one C-STORE goes."""

    def write(self, view: memoryview) -> None:
        """Take a piece; the view stays as it is until ``flush`` or ``commit``."""

    def flush(self) -> None:
        """Take note that the memory behind the views is used again from now on."""

    def commit(self) -> object:
        """Take note that all has come; return what a handler may return, once the instance is as safe as promised."""

    def discard(self) -> None:
        """Take note that nothing more comes, and forget what came."""


class StoreTarget(Protocol):
    """Where instances go: a folder, a handler that takes streams."""

    def open(self, request: StoreRequest) -> Sink:
        """Return what takes the request's data set. Raises DimseStatusError to refuse it, OSError for a full disk."""


Handler: TypeAlias = "Callable[..., object] | StoreTarget | Mapping[str, Callable[..., object] | StoreTarget]"
"""What performs requests: a callable, what takes instances, or either of them by operation."""


class HandlerTable:
    """The handlers of a server, or of a requestor that performs operations too.

    Keys are operations (``"store"``, ``"n-create"``), names of services (``"worklist"``) and SOP Class UIDs; a value is
    a callable, what takes instances, or a mapping from operations to these.
    """

    __slots__ = ("_entries", "services")

    def __init__(self, handlers: Mapping[str, Handler], services: ServiceTable = SERVICES) -> None:
        """Take the handlers; ValueError for a key that is none of the three."""
        for key in handlers:
            is_uid = key[:1].isdigit()
            if not is_uid and key not in _OPERATIONS and services.named(key) is None:
                names = ", ".join([*sorted(_OPERATIONS), *[service.name for service in services]])
                raise ValueError(f"{key!r} is no operation, service or SOP Class UID; there are {names}")
        self._entries = dict(handlers)
        self.services = services

    def find(self, abstract_syntax: str, sop_class: str, operation: str) -> Callable[..., object] | StoreTarget | None:
        """Return the handler of a request, None if there is none."""
        for key in (sop_class, abstract_syntax, *self.names(abstract_syntax), operation):
            entry = self._entries.get(key)
            if entry is not None and not callable(entry) and not hasattr(entry, "open"):
                entry = entry.get(operation)
            if entry is not None:
                return entry
        return None

    def _service(self, abstract_syntax: str) -> Service | None:
        return self.services.find(abstract_syntax, unknown_is_storage=True)

    def names(self, abstract_syntax: str) -> tuple[str, ...]:
        """Return the name of the service that a SOP Class belongs to, if there is one."""
        service = self._service(abstract_syntax)
        return () if service is None else (service.name,)

    def operations(self, abstract_syntax: str) -> tuple[str, ...]:
        """Return the operations of a SOP Class, those of its members for a Meta SOP Class."""
        row = self.services.sop_class(abstract_syntax)
        if row is None:
            return (Operation.STORE,)  # what is not known is storage
        members = [member for uid in row.members if (member := self.services.sop_class(uid)) is not None] or [row]
        return tuple([support.operation for member in members for support in member.operations])

    def performs(self, abstract_syntax: str, operation: str) -> bool:
        """Say whether there is a handler for an operation of a SOP Class."""
        return self.find(abstract_syntax, abstract_syntax, operation) is not None

    def support(self, abstract_syntax: str) -> Support | None:
        """Return what an acceptor with these handlers does with a SOP Class; None for nothing.

        Storage SOP Classes are taken in every transfer syntax, and in the one that the requestor names first; where
        C-GET is performed, instances are sent as well.
        """
        service = self._service(abstract_syntax)
        row = self.services.sop_class(abstract_syntax)
        if service is None:
            known = abstract_syntax in self._entries
            return Support(_IDENTIFIER_SYNTAXES, is_scp=True, is_scu=True) if known else None
        if service.is_open or any(support.operation is Operation.STORE for support in (row.operations if row else ())):
            is_scp = self.performs(abstract_syntax, Operation.STORE)
            is_scu = self._sends_instances()
            return Support(_INSTANCE_SYNTAXES, is_scp, is_scu, takes_first_proposed=True) if is_scp or is_scu else None
        assert row is not None  # a service that is not open lists its SOP Classes
        members = [member for uid in row.members if (member := self.services.sop_class(uid)) is not None] or [row]
        is_scp = is_scu = False
        for member in members:
            for support in member.operations:
                if (
                    support.operation is not Operation.ECHO
                    and self.find(row.uid, member.uid, support.operation) is None
                ):
                    continue
                if support.operation.invoked_by is Role.SCU:
                    is_scp = True
                else:
                    is_scu = True
        return Support(_IDENTIFIER_SYNTAXES, is_scp, is_scu) if is_scp or is_scu else None

    def _sends_instances(self) -> bool:
        for key, entry in self._entries.items():
            if key == Operation.GET:
                return True
            row, service = self.services.sop_class(key), self.services.named(key)
            rows = (row,) if row is not None else () if service is None else service.sop_classes
            if any(one.support(Operation.GET) is not None for one in rows):
                return callable(entry) or Operation.GET in entry  # type: ignore[operator]
        return False
