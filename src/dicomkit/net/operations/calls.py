"""The operations that an association's methods run, made from what callers give, once for all shells (PS3.7 9, 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit import dictionary
from dicomkit.core.uid import UID
from dicomkit.net.dimse import Command, CommandField, Priority
from dicomkit.net.operations.proposal import Proposal, plan, plan_instances
from dicomkit.net.operations.query import FindOperation, GetOperation, MoveOperation
from dicomkit.net.operations.request import RequestOperation
from dicomkit.net.services import SERVICES, InformationModel, Operation
from dicomkit.net.ul import associate_request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dicomkit.dataset import Dataset
    from dicomkit.net.operations.proposal import Wish
    from dicomkit.net.options import AssociationOptions
    from dicomkit.net.services import ServiceTable
    from dicomkit.net.ul import AssociateRequest, ExtendedNegotiation, RoleSelection, UserIdentity

__all__ = [
    "VERIFICATION", "echo", "find", "get", "move", "n_action", "n_create", "n_delete", "n_event_report", "n_get",
    "n_set", "request_for",
]  # fmt: skip

_EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"

VERIFICATION = UID("1.2.840.10008.1.1")


# What instances are compressed with, the most frequent first.
_COMPRESSED = (
    "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202",
    "1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.107",
)  # fmt: skip


# The order in which storage SOP Classes are offered to a provider of C-GET whose instances are not known beforehand: an
# association has 128 contexts, and the standard more classes than that.
def _storage_classes(services: ServiceTable) -> list[str]:
    return [row.uid for service in services if service.is_open for row in service.sop_classes if not row.is_retired]


def request_for(
    calling: str,
    called: str,
    wishes: Iterable[Wish],
    options: AssociationOptions,
    *,
    services: ServiceTable = SERVICES,
    receive: Iterable[str | tuple[str, str]] | None = None,
    roles: Iterable[RoleSelection] = (),
    extended: Iterable[ExtendedNegotiation] = (),
    user_identity: UserIdentity | None = None,
) -> AssociateRequest:
    """Return the request for an association that can do what is wished for.

    `receive` are the storage SOP Classes that a C-GET may bring, or pairs of one with a transfer syntax; None takes as
    many as there is room for, if a SOP Class of C-GET is among the contexts. What room is left goes to compressed
    transfer syntaxes, so that an archive which cannot decompress can send all the same. Raises ValueError as `plan`
    does.
    """
    contexts, _ = plan(wishes, services)
    if receive is None:
        rows = [services.sop_class(abstract) for abstract, _ in contexts]
        gets = any(row is not None and row.support(Operation.GET) is not None for row in rows)
        receive = _storage_classes(services) if gets else ()
    pairs = [(one, _EXPLICIT_LITTLE) if isinstance(one, str) else one for one in receive]
    incoming = plan_instances(pairs, as_scp=True)
    more = incoming[0] if incoming else Proposal(())
    # What is sent and received alike has one context for both: roles belong to SOP Classes, not to contexts.
    room = max(0, options.contexts - len(contexts))
    added = [context for context in more.contexts if context not in contexts][:room]
    open_classes = [one for one in receive if isinstance(one, str)]
    further = [(one, (uid,)) for uid in _COMPRESSED for one in open_classes]
    added += [context for context in further if context not in added][: max(0, room - len(added))]
    classes = {abstract for abstract, _ in added}
    sent = {abstract for abstract, _ in contexts}
    return associate_request(
        calling,
        called,
        (*contexts, *added),
        options,
        roles=(
            *[
                role._replace(scu=role.sop_class_uid in sent)
                for role in more.roles
                if role.sop_class_uid in classes or role.sop_class_uid in sent
            ],
            *roles,
        ),
        extended=extended,
        user_identity=user_identity,
    )


def echo() -> RequestOperation:
    """Return a C-ECHO."""
    return RequestOperation(VERIFICATION, Command(CommandField.C_ECHO_RQ, affected_sop_class_uid=VERIFICATION))


def _sop_class(model: InformationModel | str, operation: Operation) -> str:
    """Return the SOP Class of an information model's operation; ValueError if it has none."""
    if not isinstance(model, InformationModel):
        return model if model[:1].isdigit() else dictionary.uid(model)
    uid = {Operation.FIND: model.find, Operation.MOVE: model.move, Operation.GET: model.get}[operation]
    if uid is None:
        raise ValueError(f"{model.name} has no {operation.primitive}")
    return uid


def find(query: Dataset, model: InformationModel | str, priority: Priority = Priority.MEDIUM) -> FindOperation:
    """Return a C-FIND."""
    uid = _sop_class(model, Operation.FIND)
    return FindOperation(Command(CommandField.C_FIND_RQ, affected_sop_class_uid=uid, priority=priority), query)


def move(
    query: Dataset, destination: str, model: InformationModel | str, priority: Priority = Priority.MEDIUM
) -> MoveOperation:
    """Return a C-MOVE."""
    uid = _sop_class(model, Operation.MOVE)
    command = Command(
        CommandField.C_MOVE_RQ, affected_sop_class_uid=uid, priority=priority, move_destination=destination
    )
    return MoveOperation(command, query)


def get(query: Dataset, model: InformationModel | str, priority: Priority = Priority.MEDIUM) -> GetOperation:
    """Return a C-GET."""
    uid = _sop_class(model, Operation.GET)
    return GetOperation(Command(CommandField.C_GET_RQ, affected_sop_class_uid=uid, priority=priority), query)


def n_create(
    sop_class: str, dataset: Dataset | None, sop_instance_uid: str = "", *, abstract_syntax: str = ""
) -> RequestOperation:
    """Return an N-CREATE; without a UID the peer chooses one."""
    command = Command(
        CommandField.N_CREATE_RQ,
        affected_sop_class_uid=sop_class,
        affected_sop_instance_uid=sop_instance_uid or None,
    )
    return RequestOperation(abstract_syntax or sop_class, command, dataset)


def n_set(sop_class: str, sop_instance_uid: str, dataset: Dataset, *, abstract_syntax: str = "") -> RequestOperation:
    """Return an N-SET."""
    command = Command(
        CommandField.N_SET_RQ, requested_sop_class_uid=sop_class, requested_sop_instance_uid=sop_instance_uid
    )
    return RequestOperation(abstract_syntax or sop_class, command, dataset)


def n_get(
    sop_class: str, sop_instance_uid: str, attributes: Iterable[int | str] = (), *, abstract_syntax: str = ""
) -> RequestOperation:
    """Return an N-GET of some attributes, by tag or keyword, or of all."""
    tags = tuple([dictionary.tag(one) if isinstance(one, str) else one for one in attributes])
    command = Command(
        CommandField.N_GET_RQ,
        requested_sop_class_uid=sop_class,
        requested_sop_instance_uid=sop_instance_uid,
        attribute_list=tags or None,
    )
    return RequestOperation(abstract_syntax or sop_class, command)


def n_action(
    sop_class: str, sop_instance_uid: str, action_type_id: int, dataset: Dataset | None = None, *,
    abstract_syntax: str = "",
) -> RequestOperation:  # fmt: skip
    """Return an N-ACTION."""
    command = Command(
        CommandField.N_ACTION_RQ,
        requested_sop_class_uid=sop_class,
        requested_sop_instance_uid=sop_instance_uid,
        action_type_id=action_type_id,
    )
    return RequestOperation(abstract_syntax or sop_class, command, dataset)


def n_event_report(
    sop_class: str, sop_instance_uid: str, event_type_id: int, dataset: Dataset | None = None, *,
    abstract_syntax: str = "",
) -> RequestOperation:  # fmt: skip
    """Return an N-EVENT-REPORT, which goes from the provider of a service to its user."""
    command = Command(
        CommandField.N_EVENT_REPORT_RQ,
        affected_sop_class_uid=sop_class,
        affected_sop_instance_uid=sop_instance_uid,
        event_type_id=event_type_id,
    )
    return RequestOperation(abstract_syntax or sop_class, command, dataset)


def n_delete(sop_class: str, sop_instance_uid: str, *, abstract_syntax: str = "") -> RequestOperation:
    """Return an N-DELETE."""
    command = Command(
        CommandField.N_DELETE_RQ, requested_sop_class_uid=sop_class, requested_sop_instance_uid=sop_instance_uid
    )
    return RequestOperation(abstract_syntax or sop_class, command)
