"""Operations with one response: C-ECHO, and N-CREATE to N-DELETE with N-EVENT-REPORT (PS3.7 9.1.5, 10.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.core.frozen import Options
from dicomkit.core.uid import UID
from dicomkit.errors import DimseStatusError
from dicomkit.net.dimse import Command, CommandField, Status
from dicomkit.net.operations.operation import Collected, Operation, identifier_bytes

if TYPE_CHECKING:
    from dicomkit.dataset import Dataset
    from dicomkit.net.operations.operation import Port
    from dicomkit.net.ul import AcceptedContext

__all__ = ["NORMALIZED", "Reply", "RequestOperation"]

NORMALIZED = {
    "n-event-report": CommandField.N_EVENT_REPORT_RQ,
    "n-get": CommandField.N_GET_RQ,
    "n-set": CommandField.N_SET_RQ,
    "n-action": CommandField.N_ACTION_RQ,
    "n-create": CommandField.N_CREATE_RQ,
    "n-delete": CommandField.N_DELETE_RQ,
}
"""The request of each operation with one response and an instance (PS3.7 10)."""

# Notifications go from the SCP of a service to its SCU, all else the other way.
_FROM_PROVIDER = CommandField.N_EVENT_REPORT_RQ


class Reply(Options):
    """The peer's answer to one request."""

    status: Status = Status(0)
    dataset: Dataset | None = None
    """The attribute list, event reply or action reply, if one came."""
    sop_instance_uid: UID = UID("")
    """Affected SOP Instance UID: of an N-CREATE, the one that the peer chose."""
    command: Command = Command(CommandField.C_ECHO_RSP)
    """The whole command set, for error comments and offending elements."""

    def raise_for_status(self) -> None:
        """Raise DimseStatusError for a status of failure; do nothing for success and warnings."""
        if self.status.is_failure:
            raise DimseStatusError(self.command.error_comment or self.status.meaning(), status=int(self.status))


class RequestOperation(Operation[Reply]):
    """A request with one response. The command gets its Message ID when it is sent."""

    __slots__ = ("_abstract_syntax", "_collected", "_command", "_context", "_data_set", "_port")

    def __init__(self, abstract_syntax: str, command: Command, data_set: Dataset | None = None) -> None:
        """Take the request; `abstract_syntax` is that of the context, a Meta SOP Class perhaps."""
        super().__init__()
        self._abstract_syntax = abstract_syntax
        self._command = command
        self._data_set = data_set
        self._context: AcceptedContext | None = None
        self._collected: Collected | None = None
        self._port: Port | None = None

    def begin(self, port: Port) -> None:
        """Queue the request."""
        self._port = port
        as_scu = self._command.field is not _FROM_PROVIDER
        self._context = context = port.contexts.choose(self._abstract_syntax, as_scu=as_scu)
        data = None if self._data_set is None else identifier_bytes(self._data_set, context)
        command = self._command._replace(message_id=port.next_message_id(), has_data_set=data is not None)
        port.invoke(self, context, command, data)

    def response(self, context: AcceptedContext, command: Command) -> None:
        """Take the answer."""
        assert self._port is not None  # begin() was called
        self._command = command
        self._collected = Collected(self._port.options.identifier_bytes) if command.has_data_set else None

    def piece(self, view: memoryview) -> None:
        """Take a piece of the answer's data set."""
        if self._collected is not None:
            self._collected.write(view)

    def ended(self) -> None:
        """Make the answer of what has come."""
        assert self._port is not None  # begin() was called
        assert self._context is not None
        command = self._command
        self._port.finish(command.responded_to)
        self.status = command.status
        data_set = None if self._collected is None else self._collected.data_set(self._context.transfer_syntax)
        uid = UID(command.affected_sop_instance_uid or "")
        self.results.append(
            Reply(status=command.status or Status(0), dataset=data_set, sop_instance_uid=uid, command=command)
        )
        self.done = True
