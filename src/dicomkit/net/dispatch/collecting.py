"""Requests while their data sets come: these go to a sink, or are collected in memory or a temporary file."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

from dicomkit.errors import LimitExceededError
from dicomkit.file.spool import IN_MEMORY, finished

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomkit.file.sources import Opened
    from dicomkit.net.dispatch.handlers import Sink, StoreTarget
    from dicomkit.net.dispatch.requests import Request, StoreRequest
    from dicomkit.net.ul import AcceptedContext

__all__ = ["HandlerSink", "Performing", "Spool"]


class Spool:
    """A data set on its way to a handler: in memory up to a bound, then in a temporary file."""

    __slots__ = ("_bound", "_pieces", "_size", "_spool")

    def __init__(self, bound: int | None = None) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._bound = bound
        self._spool: SpooledTemporaryFile[bytes] | None = None

    def write(self, view: memoryview) -> None:
        """Take a piece; LimitExceededError beyond the bound, OSError for a full disk."""
        self._size += len(view)
        if self._bound is not None and self._size > self._bound:
            raise LimitExceededError("data_set_bytes", self._size, bound=self._bound)
        if self._spool is None:
            if self._size <= IN_MEMORY:
                self._pieces.append(bytes(view))
                return
            self._spool = SpooledTemporaryFile(max_size=1)  # noqa: SIM115  lives as long as the data set
            self._spool.writelines(self._pieces)
            self._pieces.clear()
        self._spool.write(view)

    def source(self) -> bytes | Opened:
        """Return what has come."""
        if self._spool is None:
            return b"".join(self._pieces)
        return finished(self._spool, "received data set")

    def discard(self) -> None:
        """Forget what has come."""
        self._pieces.clear()
        if self._spool is not None:
            self._spool.close()


class HandlerSink:
    """Collects an instance for a handler that wants a whole one."""

    __slots__ = ("_handler", "_request", "_spool")

    def __init__(self, handler: Callable[[StoreRequest], object], request: StoreRequest, bound: int | None) -> None:
        self._handler = handler
        self._request = request
        self._spool = Spool(bound)

    def write(self, view: memoryview) -> None:
        """Take a piece."""
        self._spool.write(view)

    def flush(self) -> None:
        """Do nothing: pieces are copied."""

    def commit(self) -> object:
        """Call the handler."""
        self._request.received(self._spool.source())
        return self._handler(self._request)

    def discard(self) -> None:
        """Forget what has come."""
        self._spool.discard()


class Performing:
    """A request of the peer from its first byte to its last response."""

    __slots__ = ("context", "error", "handler", "operation", "request", "sink", "spool", "value")

    def __init__(self, operation: str, request: Request, context: AcceptedContext) -> None:
        self.operation = operation
        self.request = request
        self.context = context
        self.handler: Callable[..., object] | StoreTarget | None = None
        self.sink: Sink | None = None
        self.spool: Spool | None = None
        self.error: Exception | None = None
        """Why the request is refused; what comes of its data set is dropped."""

    def piece(self, view: memoryview) -> None:
        """Take a piece of the data set."""
        taker = self.sink if self.sink is not None else self.spool
        if taker is None:
            return
        try:
            taker.write(view)
        except Exception as error:  # a full disk, a handler's stream: the peer gets a status, the association lives
            self.refuse(error)

    def flush(self) -> None:
        """Take note that the views of pieces are used again from now on."""
        if self.sink is None:
            return
        try:
            self.sink.flush()
        except Exception as error:  # as for pieces
            self.refuse(error)

    def refuse(self, error: Exception) -> None:
        """Answer with the status that the error means, once all has come."""
        self.error = error
        self.discard()

    def discard(self) -> None:
        """Forget what came."""
        sink, spool, self.sink, self.spool = self.sink, self.spool, None, None
        for taker in (sink, spool):
            if taker is not None:
                taker.discard()
