"""C-FIND, C-MOVE and C-GET as invoker: an identifier out, many responses in (PS3.7 9.1.2 to 9.1.4, PS3.4 C)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.core.frozen import Options
from dicomkit.errors import DimseStatusError
from dicomkit.net.dimse import Command, Status
from dicomkit.net.operations.operation import Collected, Operation, ResultT, identifier_bytes

if TYPE_CHECKING:
    from os import PathLike

    from dicomkit.dataset import Dataset
    from dicomkit.net.operations.operation import Port
    from dicomkit.net.ul import AcceptedContext

__all__ = ["FindOperation", "GetOperation", "MoveOperation", "RetrieveStep"]


class RetrieveStep(Options):
    """How far a retrieval has come: one response of a C-MOVE or C-GET. Counts are None where the peer does not say."""

    status: Status = Status(0)
    remaining: int | None = None
    completed: int | None = None
    failed: int | None = None
    warning: int | None = None
    failed_uids: tuple[str, ...] = ()
    """SOP Instance UIDs that could not be sent, of the last response."""
    comment: str = ""
    """The peer's Error Comment (0000,0902)."""

    @property
    def is_final(self) -> bool:
        """True of the last response."""
        return not self.status.is_pending

    def raise_for_status(self) -> None:
        """Raise DimseStatusError for a status of failure; do nothing for others."""
        if self.status.is_failure:
            raise DimseStatusError(self.comment or self.status.meaning(), status=int(self.status))


class _QueryOperation(Operation[ResultT]):
    """An identifier out, several responses in, the last of which is not pending."""

    __slots__ = (
        "_cancelled", "_collected", "_command", "_context", "_identifier", "_port", "_request",
    )  # fmt: skip

    def __init__(self, request: Command, identifier: Dataset) -> None:
        super().__init__()
        self._request = request
        self._identifier = identifier
        self._port: Port | None = None
        self._context: AcceptedContext | None = None
        self._collected: Collected | None = None
        self._command = request
        self._cancelled = False

    def begin(self, port: Port) -> None:
        """Queue the request."""
        self._port = port
        self._context = context = port.contexts.choose(self._request.affected_sop_class_uid or "")
        self._request = command = self._request._replace(message_id=port.next_message_id(), has_data_set=True)
        port.invoke(self, context, command, identifier_bytes(self._identifier, context))

    @property
    def is_cancelled(self) -> bool:
        """True once C-CANCEL has been sent."""
        return self._cancelled

    def cancel(self) -> None:
        """Queue a C-CANCEL, once; what the peer has sent meanwhile comes still."""
        if self._port is None or self._context is None or self.done or self._cancelled:
            return
        self._cancelled = True
        self._port.cancel(self._request.message_id or 0)

    def response(self, context: AcceptedContext, command: Command) -> None:
        """Take a response."""
        assert self._port is not None  # begin() was called
        self._command = command
        self._collected = Collected(self._port.options.identifier_bytes) if command.has_data_set else None

    def piece(self, view: memoryview) -> None:
        """Take a piece of the response's identifier."""
        if self._collected is not None:
            self._collected.write(view)

    def _data_set(self) -> Dataset | None:
        assert self._context is not None  # begin() was called
        return None if self._collected is None else self._collected.data_set(self._context.transfer_syntax)

    def ended(self) -> None:
        """Make a result of the response."""
        assert self._port is not None  # begin() was called
        command = self._command
        self.status = command.status
        if command.is_final:
            self._port.finish(command.responded_to)
            self.done = True
        self._take(command)

    def _take(self, command: Command) -> None:
        raise NotImplementedError

    def _check_status(self, command: Command) -> None:
        """Make a failure the caller's error, but not the answer to a C-CANCEL, whatever it is."""
        status = command.status
        if status is not None and status.is_failure and not self._cancelled:
            self.error = DimseStatusError(command.error_comment or status.meaning(), status=int(status))


class FindOperation(_QueryOperation["Dataset"]):
    """C-FIND: each match is a result; a status of failure is the error."""

    __slots__ = ()

    def _take(self, command: Command) -> None:
        if not command.is_final:
            match = self._data_set()
            if match is not None and not self._cancelled:
                self.results.append(match)
        else:
            self._check_status(command)


def _step(command: Command, identifier: Dataset | None) -> RetrieveStep:
    failed: object = () if identifier is None else identifier.get("FailedSOPInstanceUIDList", ())
    uids = (failed,) if isinstance(failed, str) else failed
    return RetrieveStep(
        status=command.status or Status(0),
        remaining=command.remaining,
        completed=command.completed,
        failed=command.failed,
        warning=command.warned,
        failed_uids=tuple([str(uid) for uid in uids if uid]) if isinstance(uids, (list, tuple)) else (),
        comment=command.error_comment or "",
    )


class MoveOperation(_QueryOperation[RetrieveStep]):
    """C-MOVE: each response is a result, the last one included."""

    __slots__ = ()

    def _take(self, command: Command) -> None:
        self.results.append(_step(command, self._data_set()))


class GetOperation(_QueryOperation["Dataset | PathLike[str]"]):
    """C-GET: each instance that the peer stores here meanwhile is a result; a status of failure is the error."""

    __slots__ = ("last",)

    def __init__(self, request: Command, identifier: Dataset) -> None:
        """Take the request."""
        super().__init__(request, identifier)
        self.last: RetrieveStep | None = None
        """The last response: how far the retrieval has come."""

    def stored(self, instance: Dataset | PathLike[str]) -> None:
        """Take an instance that a sub-operation has stored."""
        self.results.append(instance)

    def _take(self, command: Command) -> None:
        self.last = _step(command, self._data_set())
        if command.is_final:
            self._check_status(command)
