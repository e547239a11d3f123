"""What every operation of an invoker has: its request, its responses, and how it is told of them (PS3.7 8, 9, 10)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from dicomkit.errors import LimitExceededError, ValueEncodeError
from dicomkit.file.bare import data_set_bytes, read_data_set

if TYPE_CHECKING:
    from dicomkit.dataset import Dataset
    from dicomkit.errors import NetworkError
    from dicomkit.net.dimse import Command, DataSource, Status
    from dicomkit.net.operations.contexts import Contexts
    from dicomkit.net.options import AssociationOptions
    from dicomkit.net.ul import AcceptedContext
    from dicomkit.net.ul.upper_layer import Buffer

__all__ = ["Collected", "Operation", "Port", "identifier_bytes"]

ResultT = TypeVar("ResultT")


class Port(Protocol):
    """What an operation needs of the association that it runs on."""

    @property
    def contexts(self) -> Contexts:
        """The accepted presentation contexts."""

    @property
    def options(self) -> AssociationOptions:
        """How the association is bounded."""

    @property
    def window(self) -> int:
        """Operations that may be outstanding here; 0 is any number."""

    def next_message_id(self) -> int:
        """Return a Message ID that no outstanding operation has."""

    def invoke(
        self,
        operation: Operation[ResultT],
        context: AcceptedContext,
        command: Command,
        data_set: Buffer | DataSource | None = None,
        length: int | None = None,
    ) -> None:
        """Queue a request whose responses go to the operation; `length` is that of a source, if it is known."""

    def cancel(self, message_id: int) -> None:
        """Queue a C-CANCEL-RQ for an outstanding request."""

    def finish(self, message_id: int | None) -> None:
        """Take note that the last response of a request has come."""


class Operation(Generic[ResultT]):
    """An operation or notification that this side invokes: requests out, responses in, results for the caller.

    It does no I/O and waits for nothing: a shell sends what it queues, hands it what comes, and takes `results`.
    """

    __slots__ = ("done", "error", "results", "status")

    def __init__(self) -> None:
        self.results: deque[ResultT] = deque()
        self.done = False
        self.status: Status | None = None
        """The status of the last response that came."""
        self.error: Exception | None = None
        """What ended the operation before its time, for the caller."""

    def begin(self, port: Port) -> None:
        """Queue the first request. Raises NoPresentationContextError."""
        raise NotImplementedError

    def advance(self) -> None:
        """Queue what may be sent now; called when all that was queued has been sent."""

    def prepare(self) -> None:
        """Read ahead; called when there is nothing to send or receive."""

    def response(self, context: AcceptedContext, command: Command) -> None:
        """Take the command of a response; its data set, if it has one, follows in pieces."""
        raise NotImplementedError

    def piece(self, view: memoryview) -> None:
        """Take a piece of the data set; the view is valid during the call only."""

    def flush(self) -> None:
        """Take note that the views of pieces are used again from now on."""

    def ended(self) -> None:
        """Take note that the response is complete."""

    def send_failed(self, command: Command, error: Exception) -> None:
        """Take note that a request was not sent, because its data set could not be read."""
        self.error = error
        self.done = True

    def cancel(self) -> None:
        """Ask the peer to stop, where the operation can be stopped."""

    def fail(self, error: NetworkError) -> None:
        """End, because the association has ended."""
        self.done = True
        self.error = error


class Collected:
    """A data set of a message that is kept in memory: grows as bytes arrive, up to a bound."""

    __slots__ = ("_bound", "_pieces", "_size")

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._pieces: list[bytes] = []
        self._size = 0

    def write(self, view: memoryview) -> None:
        """Take a piece; LimitExceededError beyond the bound."""
        self._size += len(view)
        if self._size > self._bound:
            raise LimitExceededError("identifier_bytes", self._size, bound=self._bound)
        self._pieces.append(bytes(view))

    def take(self) -> bytes:
        """Return what has come, and begin anew."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        return data

    def data_set(self, transfer_syntax: str) -> Dataset:
        """Return what has come as a data set, and begin anew."""
        return read_data_set(self.take(), transfer_syntax)


def identifier_bytes(identifier: Dataset, context: AcceptedContext) -> bytes:
    """Return an identifier or attribute list in the transfer syntax of its context.

    Group length and file meta elements that came along from a file do not go into messages. Text that the data set's
    character set cannot hold goes as Unicode. Raises ValueEncodeError.
    """
    try:
        return data_set_bytes(identifier, context.transfer_syntax)
    except ValueEncodeError:
        # Text put together from several data sets may be in none of their character sets: in this one all of it is.
        unicode = identifier.copy()
        unicode.convert_charset("ISO_IR 192")
        return data_set_bytes(unicode, context.transfer_syntax)
