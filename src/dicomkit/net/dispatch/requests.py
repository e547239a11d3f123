"""What a handler is given and what it may answer: a request of the peer, and a response (PS3.7 9, 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dicomkit.core.uid import UID
from dicomkit.file.bare import read_data_set
from dicomkit.net.dispatch.collecting import HandlerSink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from typing import Any, TypeAlias

    from dicomkit.dataset import Dataset
    from dicomkit.file.sources import Source
    from dicomkit.net.dimse import Command, Status
    from dicomkit.net.dispatch.handlers import Sink
    from dicomkit.net.operations import Operation, Reply
    from dicomkit.net.ul import AcceptedContext, Association, UserInformation

__all__ = ["Answer", "FollowUp", "Peer", "Request", "Response", "StoreRequest"]


class Peer:
    """Who is at the other end of an association, and what was agreed on."""

    __slots__ = ("address", "association", "certificate", "identity", "number", "services")

    def __init__(
        self,
        association: Association,
        address: str = "",
        *,
        number: int = 0,
        identity: object = None,
        certificate: object = None,
        services: frozenset[str] | None = None,
    ) -> None:
        """Take what is known of the peer; `identity` is what the identity hook made of its user."""
        self.association = association
        self.address = address
        self.number = number
        """The association's number in this process, which its log lines have, too."""
        self.identity = identity
        self.certificate = certificate
        """The peer's certificate as `ssl.SSLSocket.getpeercert` gives it, None without TLS."""
        self.services = services
        """Names of services or operations that its device entry allows; None: all."""

    @property
    def calling_ae_title(self) -> str:
        """The title that the requestor gave itself: it routes, it proves nothing."""
        return self.association.calling_ae_title

    @property
    def called_ae_title(self) -> str:
        """The title that the requestor called."""
        return self.association.called_ae_title

    @property
    def user_information(self) -> UserInformation:
        """What the peer says about itself."""
        return self.association.peer


class Request:
    """One request of the peer, as a handler gets it."""

    __slots__ = ("_data", "_data_set", "cancelled", "command", "context", "operation", "peer", "sop_instance_uid")

    def __init__(self, peer: Peer, context: AcceptedContext, command: Command, operation: str) -> None:
        """Take the request's command; its data set follows."""
        self.operation = operation
        """What is asked for, as keys of handlers say it: ``"store"``, ``"n-create"``."""
        self.peer = peer
        self.context = context
        self.command = command
        self.cancelled = False
        """True once a C-CANCEL has come: a handler between two matches or instances is closed then, a callable that
        takes long may look here."""
        self.sop_instance_uid = UID(command.affected_sop_instance_uid or command.requested_sop_instance_uid or "")
        """The instance that the request is about. Where an N-CREATE leaves the choice to this side, a new UID, which
        the handler may change."""
        self._data: Source | None = None
        self._data_set: Dataset | None = None

    @property
    def sop_class_uid(self) -> UID:
        """The SOP Class that the request is about; with a Meta SOP Class, one of its members."""
        command = self.command
        return UID(command.affected_sop_class_uid or command.requested_sop_class_uid or self.context.abstract_syntax)

    @property
    def message_id(self) -> int:
        """The request's Message ID (0000,0110)."""
        return self.command.message_id or 0

    def received(self, data: Source) -> None:
        """Take the whole data set; for what collects it."""
        self._data = data
        self._data_set = None

    @property
    def data(self) -> Source | None:
        """The data set's bytes as they came: ``bytes``, or a source in a temporary file if they are many."""
        return self._data

    @property
    def dataset(self) -> Dataset | Any:
        """The request's data set, read when it is first asked for; None if the request has none.

        For a query this is the identifier, for N- operations the attribute list or the information. Raises what reading
        a file raises.
        """
        if self._data_set is None and self._data is not None:
            self._data_set = read_data_set(self._data, self.context.transfer_syntax)
        return self._data_set

    @property
    def identifier(self) -> Dataset | Any:
        """`dataset`, as queries call it."""
        return self.dataset

    @property
    def event_type_id(self) -> int | None:
        """Event Type ID of an N-EVENT-REPORT (0000,1002)."""
        return self.command.event_type_id

    @property
    def action_type_id(self) -> int | None:
        """Action Type ID of an N-ACTION (0000,1008)."""
        return self.command.action_type_id

    @property
    def attributes(self) -> tuple[int, ...]:
        """The tags that an N-GET asks for (0000,1005); empty asks for all."""
        return tuple(self.command.attribute_list or ())

    @property
    def move_destination(self) -> str:
        """The AE title that a C-MOVE sends to (0000,0600)."""
        return self.command.move_destination or ""


class StoreRequest(Request):
    """A C-STORE request with its instance, as a file or as bytes."""

    __slots__ = ("path",)

    def __init__(self, peer: Peer, context: AcceptedContext, command: Command, operation: str = "store") -> None:
        """Take the request's command; its data set follows."""
        super().__init__(peer, context, command, operation)
        self.path: Path | None = None
        """The file that a folder has it in, under its final name; None if it is in no folder."""

    def collected(self, handler: Callable[[StoreRequest], object], bound: int | None) -> Sink:
        """Return what takes the data set and calls a handler when it is whole; `bound` is in bytes."""
        return HandlerSink(handler, self, bound)


class FollowUp(Protocol):
    """What a provider asks of its peer after a response, over the same association: the report of an event."""

    @property
    def seconds(self) -> float:
        """How long the peer is given to leave before it is asked."""

    def operation(self) -> Operation[Reply] | None:
        """Return what to invoke, or None for nothing; called once the response is sent, if the peer is still there."""

    def ended(self, reply: Reply | None) -> None:
        """Take the peer's answer, or None if it has left before it gave one. Called once, whatever happens."""


class Response:
    """What a handler answers where a status is not enough."""

    __slots__ = ("dataset", "error_comment", "error_id", "follow_up", "offending", "sop_instance_uid", "status")

    def __init__(
        self,
        status: Status | int = 0x0000,
        dataset: Dataset | None = None,
        *,
        sop_instance_uid: str = "",
        error_comment: str = "",
        error_id: int | None = None,
        offending: Iterable[int] = (),
        follow_up: FollowUp | None = None,
    ) -> None:
        """Take the fields of the response, and what follows it if it is one of success, of an N- operation.

        `offending` are the tags that are at fault: Offending Element (0000,0901), or, with statuses of N- operations
        that speak of attributes, Attribute Identifier List (0000,1005). `error_comment` goes to the peer; keep patients
        out of it.
        """
        self.status = status
        self.dataset = dataset
        self.sop_instance_uid = sop_instance_uid
        self.error_comment = error_comment
        self.error_id = error_id
        self.offending = tuple(offending)
        self.follow_up = follow_up


Answer: TypeAlias = "Response | Status | int | Dataset | tuple[Status | int, Dataset | None] | None"
"""What a handler may return: None is success, a data set is success with one."""
