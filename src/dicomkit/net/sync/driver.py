"""Pumps one association between a socket and an `Endpoint`, in the thread of whoever calls (PS3.8 9.1)."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from dicomkit.errors import NetworkError
from dicomkit.net.dispatch import Await, Forward, Listen, Pause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dicomkit.net.dispatch import Effect, Endpoint, Performing, Serving
    from dicomkit.net.operations import Operation, StoreResult
    from dicomkit.net.operations.operation import ResultT
    from dicomkit.net.sync.transport import Connection

    Forwarder = Callable[[Endpoint, Forward], "Iterator[StoreResult] | None"]

__all__ = ["Driver"]


class Driver:
    """One association over one connection; for one thread at a time."""

    __slots__ = ("_forward", "_full", "_is_closed", "_stopping_by", "connection", "endpoint")

    def __init__(
        self,
        endpoint: Endpoint,
        connection: Connection,
        forward: Forwarder | None = None,
        stopping_by: Callable[[], float | None] | None = None,
    ) -> None:
        """Take both ends, what sends the sub-operations of a C-MOVE, and what says when all must be over."""
        self._stopping_by = stopping_by
        self.endpoint = endpoint
        self.connection = connection
        self._forward = forward
        self._full = False
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        """True once the connection is closed."""
        return self._is_closed

    def step(self, until: float | None = None) -> None:
        """Send all that is queued and take in what comes; wait for it, at most until a time.

        What is due by the clock is done. Never raises for what the peer does: the endpoint tells.
        """
        self.flush()
        self._take_turn(until)

    def _take_turn(self, until: float | None) -> None:
        """Take in what comes, when all that was queued has been sent."""
        endpoint = self.endpoint
        if endpoint.wants_close:
            self.close()
            return
        if not self._full:
            endpoint.prepare()
            if not self._wait(until, to_send=False):
                return
        self._receive()

    def _receive(self) -> bool:
        """Take in what has come, without waiting; say whether anything had."""
        data = self.connection.receive()
        if data is None:
            self._full = False
            return False
        now = monotonic()
        if not data:
            self._full = False
            self.endpoint.receive_eof(now)
            self.close()
            return True
        # After a buffer full there is more: it is not waited for first.
        self._full = len(data) >= _OFTEN_MORE
        self.endpoint.receive_data(data, now)
        return True

    def _must_stop(self) -> bool:
        """Say whether a server that shuts down waits no longer; the association is aborted then."""
        stop = None if self._stopping_by is None else self._stopping_by()
        if stop is None or monotonic() < stop or self.endpoint.is_over:
            return False
        self.endpoint.abort(monotonic(), NetworkError("the server shuts down"))
        return True

    def _wait(self, until: float | None, *, to_send: bool) -> bool:
        stop = None if self._stopping_by is None else self._stopping_by()
        if stop is not None:
            if self.connection.stop_waking():  # it would, from now on, at once
                return False  # whoever waits for nothing but the next request stops here
            until = stop if until is None else min(until, stop)
        deadline = self.endpoint.deadline
        if until is not None and (deadline is None or until < deadline):
            deadline = until
        seconds = None if deadline is None else max(0.0, deadline - monotonic())
        if self.connection.wait(to_send=to_send, seconds=seconds):
            return True
        now = monotonic()
        due = self.endpoint.deadline
        if due is not None and due <= now:
            self.endpoint.handle_timeout(now)
        self._must_stop()
        return False

    def flush(self) -> None:
        """Send all that is queued; while the peer takes nothing, take what it sends, so that neither waits for ever."""
        endpoint = self.endpoint
        while not self._is_closed:
            data = endpoint.data_to_send(monotonic())
            if not data:
                return
            while data:
                try:
                    rest = self.connection.send(data)
                except OSError:  # reset: what the peer had sent before may say why
                    self._lost()
                    return
                if not rest:
                    break
                data = rest
                endpoint.prepare()
                self._wait(None, to_send=True)
                self._receive()
                if endpoint.is_over:
                    break

    def _lost(self) -> None:
        while self._receive() and not self._is_closed:
            pass
        if not self._is_closed:
            self.endpoint.receive_eof(monotonic())
            self.close()

    def close(self) -> None:
        """Close the connection."""
        if not self._is_closed:
            self._is_closed = True
            self.connection.close()
            self.endpoint.receive_eof(monotonic())
            for _, serving in self.endpoint.ready:
                serving.close()
            self.endpoint.ready.clear()

    # Performing -------------------------------------------------------------------------------------------------------

    def perform(self) -> None:
        """Perform every request that is complete, one behind the other."""
        ready = self.endpoint.ready
        while ready:
            performing, serving = ready.popleft()
            self._drive(performing, serving)

    def _drive(self, performing: Performing, serving: Serving) -> None:
        try:
            effect = next(serving)
            while not self.endpoint.is_over and not self._must_stop():
                if isinstance(effect, Await):
                    effect.close()
                    effect = serving.throw(TypeError("a handler with async needs dicomkit.net.aio"))
                else:
                    effect = serving.send(self._effect(effect))
        except StopIteration:
            return
        serving.close()

    def _effect(self, effect: Effect) -> object:
        """Do what a serving asks for, and return the result."""
        if effect is Pause.FLUSH:
            self.flush()
            self._receive()
        elif effect is Pause.WAIT:
            self.flush()
            if not self.endpoint.has_news:
                self._take_turn(None)
        elif isinstance(effect, Listen):
            self._listen(effect.seconds)
        elif isinstance(effect, Forward) and self._forward is not None:
            return self._forward(self.endpoint, effect)
        return None

    def _listen(self, seconds: float | None) -> None:
        """Wait for news or the peer's leaving; where it is not for long, the next request ends it as well."""
        endpoint = self.endpoint
        until = None if seconds is None else monotonic() + seconds
        self.flush()
        while not (endpoint.has_news or endpoint.is_leaving or self._must_stop()):
            if until is not None and (endpoint.ready or monotonic() >= until):
                return
            self._take_turn(until)
            self.flush()

    # Invoking ---------------------------------------------------------------------------------------------------------

    def run(self, operation: Operation[ResultT]) -> Iterator[ResultT]:
        """Yield the results of an operation as they come; leaving early cancels it, and takes what still comes.

        Raises what the operation ends with.
        """
        endpoint = self.endpoint
        endpoint.start(operation)
        try:
            while True:
                while operation.results:
                    yield operation.results.popleft()
                if operation.done:
                    break
                self.flush()
                if not endpoint.has_news:
                    self._take_turn(None)
                if endpoint.ready:
                    self.perform()
                self.flush()  # the next request is on its way before the caller sees the last result
        finally:
            if not operation.done and not endpoint.is_over:
                operation.cancel()
                while not operation.done and not endpoint.is_over:
                    self.step()
                    self.perform()
                    operation.results.clear()
            endpoint.leave(operation)
            if endpoint.is_over:
                self.hang_up()
        if operation.error is not None:
            raise operation.error

    def settle(self) -> None:
        """Cancel the operations whose results nobody has taken to the end, and wait for their last responses."""
        endpoint = self.endpoint
        for operation in endpoint.operations:
            operation.cancel()
            while not operation.done and not endpoint.is_over:
                self.step()
                self.perform()
                operation.results.clear()
            endpoint.leave(operation)

    def finish(self) -> None:
        """Send what is queued and wait until the connection is closed, by either side."""
        while not self._is_closed:
            self.step()
            if self.endpoint.release_requested:
                self.endpoint.respond_release(monotonic())

    def abort(self, error: NetworkError | None = None) -> None:
        """End the association at once: the A-ABORT is sent if it goes without waiting."""
        if self._is_closed:
            return
        self.endpoint.abort(monotonic(), error)
        self.hang_up()

    def hang_up(self) -> None:
        """Close the connection, behind the A-ABORT that there may be to send."""
        if self._is_closed:
            return
        data = self.endpoint.data_to_send(monotonic())
        try:
            if data:
                self.connection.send(data)
        except OSError:
            pass  # the peer has gone already
        self.close()


_OFTEN_MORE = 128 << 10
