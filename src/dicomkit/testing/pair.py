"""Two ends of an association joined by a pipe in memory: what one sends the other takes, cut as a test wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.net.dispatch import Await, Endpoint, Forward, HandlerTable, Listen, Pause
from dicomkit.net.dispatch.admission import Admission
from dicomkit.net.operations.calls import request_for
from dicomkit.net.options import DEFAULT_ASSOCIATION, ServerOptions
from dicomkit.net.services import SERVICES
from dicomkit.net.storage.opening import opener
from dicomkit.net.ul import UpperLayer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dicomkit.net.dispatch import Effect, Serving
    from dicomkit.net.dispatch.handlers import Handler
    from dicomkit.net.operations import Operation
    from dicomkit.net.operations.operation import ResultT
    from dicomkit.net.operations.proposal import Wish
    from dicomkit.net.options import AssociationOptions
    from dicomkit.net.services import ServiceTable

__all__ = ["Pair", "byte_by_byte"]

# More turns than any exchange takes that gets anywhere.
_MOST_TURNS = 1_000_000


class Pair:
    """A requestor and an acceptor, associated; time stands still unless `wait` is called.

    ``Pair(["echo"]).run(calls.echo())`` gives the results of an operation. `cut` turns a batch of bytes into the pieces
    that arrive one by one; `handlers` are the acceptor's, `requestor_handlers` those of the other end.
    """

    def __init__(
        self,
        services: Iterable[Wish] = ("verification",),
        handlers: Mapping[str, Handler] | None = None,
        *,
        options: AssociationOptions = DEFAULT_ASSOCIATION,
        acceptor_options: AssociationOptions | None = None,
        requestor_handlers: Mapping[str, Handler] | None = None,
        receive: Iterable[str | tuple[str, str]] | None = None,
        cut: Callable[[bytes], Iterable[bytes]] | None = None,
        service_table: ServiceTable = SERVICES,
        forward: Callable[[Forward], object] | None = None,
        check_requests: bool = False,
    ) -> None:
        """Associate; what became of it is in ``requestor.association`` and ``requestor.error``.

        `check_requests` has the acceptor hold requests against the tables of PS3.4 first, as servers do.
        """
        theirs = options if acceptor_options is None else acceptor_options
        request = request_for("REQUESTOR", "ACCEPTOR", services, options, services=service_table, receive=receive)
        table = HandlerTable(handlers or {}, service_table)
        self.now = 0.0
        self.requestor = Endpoint(
            UpperLayer.requestor(request, options),
            options,
            HandlerTable(requestor_handlers or {}, service_table),
            opener(options),
        )
        self.acceptor = Endpoint(
            UpperLayer.acceptor(theirs), theirs, table, opener(theirs), address="127.0.0.1",
            check_requests=check_requests,
        )  # fmt: skip
        self._admission = Admission(table, ServerOptions(association=theirs), ("ACCEPTOR",))
        self._cut = cut
        self._forward = forward
        self._waiting: list[tuple[Endpoint, Serving, Effect, float]] = []
        self.acceptor.connection_made(self.now)
        self.requestor.connection_made(self.now)
        self.exchange()

    def exchange(self) -> None:
        """Let both ends say and do all that they can, until both are silent."""
        for _ in range(_MOST_TURNS):
            moved = self._carry(self.requestor, self.acceptor) | self._carry(self.acceptor, self.requestor)
            if not (self._perform() or moved):
                return
        raise AssertionError("the two ends never fall silent")

    def run(self, operation: Operation[ResultT], *, by_acceptor: bool = False) -> list[ResultT]:
        """Run an operation to its end and return its results. Raises what it ends with."""
        end = self.acceptor if by_acceptor else self.requestor
        end.start(operation)
        self.exchange()
        if operation.done:
            end.leave(operation)
        if operation.error is not None:
            raise operation.error
        return list(operation.results)

    def release(self) -> None:
        """Release the association from the requestor's side."""
        self.requestor.release(self.now)
        self.exchange()

    def wait(self, seconds: float) -> None:
        """Let time pass, and both ends do what is due."""
        self.now += seconds
        for end in (self.requestor, self.acceptor):
            deadline = end.deadline
            if deadline is not None and deadline <= self.now:
                end.handle_timeout(self.now)
        self.exchange()

    def _carry(self, sender: Endpoint, receiver: Endpoint) -> bool:
        """Carry what one end has to send to the other; say whether there was anything."""
        buffers = sender.data_to_send(self.now)
        data = b"".join(buffers)
        for piece in (data,) if self._cut is None else self._cut(data):
            if piece:
                receiver.receive_data(piece, self.now)
        if sender.wants_close and not data:
            receiver.receive_eof(self.now)
        return bool(data)

    def _perform(self) -> bool:
        """Let each end answer and perform for one turn; say whether anything was done."""
        done = False
        for end in (self.requestor, self.acceptor):
            if end.requested is not None:
                end.answer(self._admission.answer(end, end.requested), self.now)
                done = True
            while end.ready:
                _, serving = end.ready.popleft()
                self._resume(end, serving, None)
                done = True
            if end.release_requested and end.is_idle:
                end.respond_release(self.now)
                done = True
        waiting, self._waiting = self._waiting, []
        for end, serving, effect, due in waiting:
            ends = end.is_leaving or self.now >= due if isinstance(effect, Listen) else effect is Pause.FLUSH
            if not (ends or end.has_news or end.is_over):
                self._waiting.append((end, serving, effect, due))
            else:
                self._resume(end, serving, effect)
                done = True
        return done

    def _resume(self, end: Endpoint, serving: Serving, effect: Effect | None) -> None:
        result: object = None
        try:
            while not end.is_over:
                if isinstance(effect, Forward):
                    result = None if self._forward is None else self._forward(effect)
                effect = serving.send(result)
                result = None
                if isinstance(effect, Await):
                    effect.close()
                    raise TypeError("a pair has no event loop: its handlers are not async")
                if isinstance(effect, (Pause, Listen)):
                    seconds = effect.seconds if isinstance(effect, Listen) else None
                    due = float("inf") if seconds is None else self.now + seconds
                    self._waiting.append((end, serving, effect, due))
                    return
        except StopIteration:
            return
        serving.close()


def byte_by_byte(data: bytes) -> Iterator[bytes]:
    """Cut at every byte."""
    return (data[position : position + 1] for position in range(len(data)))
