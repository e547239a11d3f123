"""Pumps one association between an asyncio transport and an `Endpoint`, in the event loop's thread (PS3.8 9.1)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from dicomkit.errors import NetworkError
from dicomkit.net.dispatch import Await, Listen, Pause

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from dicomkit.net.dispatch import Effect, Endpoint, Forward, Serving
    from dicomkit.net.operations import Operation, StoreResult
    from dicomkit.net.operations.operation import ResultT

    Forwarder = Callable[[Endpoint, Forward], "AsyncIterator[StoreResult] | None"]

__all__ = ["Link"]


class Link(asyncio.BufferedProtocol):
    """One association over one connection; for the thread of its event loop alone."""

    def __init__(
        self,
        endpoint: Endpoint,
        loop: asyncio.AbstractEventLoop,
        *,
        forward: Forwarder | None = None,
        on_connection: Callable[[Link, asyncio.Transport], bool] | None = None,
        on_request: Callable[[Link], None] | None = None,
        on_end: Callable[[Link], None] | None = None,
        buffer: bytearray | None = None,
    ) -> None:
        """Take an endpoint.

        The functions are called when the connection is open, which `on_connection` may refuse, when a peer asks for an
        association, and when all is over. `buffer` is memory to receive into, which other links of the loop may share;
        without it, the link has its own while an operation is under way.
        """
        self.endpoint = endpoint
        self.loop = loop
        self.is_stopping = False
        """Set by a server that shuts down: the association ends as soon as its requests are answered."""
        self._forward = forward
        self.is_uncounted = False
        """Set for a connection that was refused."""
        self._on_connection = on_connection
        self._on_request = on_request
        self._on_end = on_end
        self._transport: asyncio.Transport | None = None
        # Each receives, and looks at what came, before the next does; but not where a loop receives ahead (Windows).
        self._has_own = buffer is None or not isinstance(loop, asyncio.SelectorEventLoop)
        self._view = None if self._has_own else memoryview(buffer)  # type: ignore[arg-type]  # there is one
        self._is_paused = False
        self._is_lost = False
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._news: list[asyncio.Future[None]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._abandoned: list[Operation[object]] = []

    # What the transport calls -----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        # Sources are read on when all that they gave has been sent: their buffers are used again. An encrypted
        # transport pauses at its limit already, so that 0 would stop it for good.
        is_encrypted = transport.get_extra_info("ssl_object") is not None
        transport.set_write_buffer_limits(high=1 if is_encrypted else 0, low=0)
        if self._on_connection is not None and not self._on_connection(self, transport):
            transport.abort()
            return
        if self._on_connection is None:
            self.endpoint.certificate = transport.get_extra_info("peercert")
        self.endpoint.connection_made(self.loop.time())
        self._turn()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where the next bytes go."""
        if self._view is None:
            self._view = memoryview(bytearray(self.endpoint.options.receive_buffer))
        return self._view

    def buffer_updated(self, nbytes: int) -> None:
        """Take in what has come."""
        assert self._view is not None  # get_buffer() gave it
        self.endpoint.receive_data(self._view[:nbytes], self.loop.time())
        self._turn()
        if self._has_own and not self.endpoint.is_active:
            self._view = None  # an idle association costs little

    def eof_received(self) -> bool:
        """Take note that the peer has closed its side; the connection closes."""
        self.endpoint.receive_eof(self.loop.time())
        self._turn()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the connection is closed."""
        self._is_lost = True
        self.endpoint.receive_eof(self.loop.time())
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for _, serving in self.endpoint.ready:
            serving.close()
        self.endpoint.ready.clear()
        for task in tuple(self._tasks):
            task.cancel()
        self._tell()
        if self._on_end is not None:
            self._on_end(self)

    def pause_writing(self) -> None:
        """Stop: the peer takes nothing now."""
        self._is_paused = True

    def resume_writing(self) -> None:
        """Go on: all that was given has been sent."""
        self._is_paused = False
        self._turn()

    # What follows from it ---------------------------------------------------------------------------------------------

    def _turn(self) -> None:
        """Do all that can be done now: answer, perform, send, see who waits for news, set the clock."""
        endpoint = self.endpoint
        if endpoint.requested is not None and self._on_request is not None:
            self._on_request(self)
        while endpoint.ready:
            _, serving = endpoint.ready.popleft()
            self._perform(serving)
        if endpoint.release_requested and endpoint.is_idle:
            endpoint.respond_release(self.loop.time())
        self.pump()
        if self.is_stopping and endpoint.is_idle and not endpoint.is_over and not self._is_paused:
            endpoint.abort(self.loop.time(), NetworkError("the server shuts down"))
            self.pump()
        for operation in tuple(self._abandoned):
            operation.results.clear()
            if operation.done:
                self._abandoned.remove(operation)
                endpoint.leave(operation)
        self._tell()
        self._set_timer()

    def pump(self) -> None:
        """Send what is queued, as far as the transport takes it."""
        endpoint, transport = self.endpoint, self._transport
        if transport is None or self._is_lost:
            return
        while not self._is_paused:
            data = endpoint.data_to_send(self.loop.time())
            if not data:
                if endpoint.wants_close:
                    transport.close()
                break
            transport.writelines(data)
        endpoint.prepare()

    def _tell(self) -> None:
        if self._news:
            news, self._news = self._news, []
            for waiting in news:
                if not waiting.done():
                    waiting.set_result(None)

    def _set_timer(self) -> None:
        if self._is_lost or self._transport is None:
            return
        deadline = self.endpoint.deadline
        if deadline is None or (self._timer is not None and self._timer_at <= deadline):
            return  # one that rings early looks again
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = deadline
        self._timer = self.loop.call_at(deadline, self._ring)

    def _ring(self) -> None:
        self._timer = None
        now = self.loop.time()
        deadline = self.endpoint.deadline
        if deadline is not None and deadline <= now:
            self.endpoint.handle_timeout(now)
        self._turn()

    @property
    def transport(self) -> asyncio.Transport:
        """What carries the bytes."""
        assert self._transport is not None  # the connection was made
        return self._transport

    @property
    def is_lost(self) -> bool:
        """True once the connection is closed."""
        return self._is_lost

    async def news(self) -> None:
        """Wait until something has happened."""
        if self._is_lost:
            return
        waiting: asyncio.Future[None] = self.loop.create_future()
        self._news.append(waiting)
        await waiting

    # Performing -------------------------------------------------------------------------------------------------------

    def _perform(self, serving: Serving) -> None:
        """Perform a request at once, or give it a task from where it waits for something."""
        try:
            effect = next(serving)
        except StopIteration:
            return
        task = self.loop.create_task(self._drive(serving, effect))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drive(self, serving: Serving, effect: Effect) -> None:
        endpoint = self.endpoint
        try:
            while not endpoint.is_over:
                try:
                    result = await self._effect(effect)
                except Exception as error:  # what a handler with async raises is the serving's
                    effect = serving.throw(error)
                else:
                    effect = serving.send(result)
        except StopIteration:
            pass
        finally:
            serving.close()
            if not self._is_lost:
                self._turn()

    async def _effect(self, effect: Effect) -> object:
        """Do what a serving asks for, and return the result."""
        if effect is Pause.FLUSH:
            self.pump()
            await asyncio.sleep(0)  # others have their turn, and a C-CANCEL is seen
            while self._is_paused and not self.is_lost:
                await self.news()
        elif effect is Pause.WAIT:
            self.pump()
            while not self.endpoint.has_news and not self.is_lost:
                await self.news()
        elif isinstance(effect, Listen):
            self.pump()
            with suppress(TimeoutError):
                async with asyncio.timeout(effect.seconds):
                    while not (self.endpoint.has_news or self.endpoint.is_leaving or self.is_lost):
                        await self.news()
        elif isinstance(effect, Await):
            return await effect.awaitable
        elif self._forward is not None:
            return self._forward(self.endpoint, effect)
        return None

    # Invoking ---------------------------------------------------------------------------------------------------------

    async def begin(self, operation: Operation[ResultT]) -> None:
        """Begin an operation, after those that were left early have come to their end."""
        while self._abandoned and not self.endpoint.is_over:
            await self.news()
        self.endpoint.start(operation)
        self._turn()

    def abandon(self, operation: Operation[ResultT]) -> None:
        """Cancel an operation whose results nobody takes any more."""
        if operation.done or self.endpoint.is_over:
            self.endpoint.leave(operation)
            return
        self._abandoned.append(operation)  # type: ignore[arg-type]  # whatever its results are
        operation.cancel()
        self._turn()

    async def settle(self) -> None:
        """Cancel the operations whose results nobody has taken to the end, and wait for their last responses."""
        for operation in self.endpoint.operations:
            if operation not in self._abandoned:
                self.abandon(operation)
        while self._abandoned and not self.endpoint.is_over:
            await self.news()

    async def finish(self) -> None:
        """Wait until the connection is closed."""
        self._turn()
        while not self.is_lost:
            await self.news()

    def abort(self, error: NetworkError | None = None) -> None:
        """End the association at once."""
        if self._is_lost:
            return
        self.endpoint.abort(self.loop.time(), error)
        self.pump()
        if self._transport is not None:
            self._transport.close()

    def stop(self) -> None:
        """End the association as soon as its requests are answered; at once, if there is none."""
        self.is_stopping = True
        if self.endpoint.association is None:
            self.close()
        else:
            self._turn()

    def close(self) -> None:
        """Drop the connection without a word."""
        if self._transport is not None:
            self._transport.abort()
