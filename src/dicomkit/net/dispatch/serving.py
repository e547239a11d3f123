"""How each operation is performed: a generator per request, which asks its shell for what waits (PS3.7 9, 10).

A generator yields an `Effect` and gets its result; a shell with threads and one with a loop do the same effects, so
that what is here is written once.
"""

from __future__ import annotations

import errno
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from dicomkit.core.uid import UID
from dicomkit.core.uid_generation import generate_uid
from dicomkit.dataset import Dataset
from dicomkit.errors import DicomError, DimseStatusError, LimitExceededError, NetworkError
from dicomkit.net.dimse import Status
from dicomkit.net.dispatch.checking import checked
from dicomkit.net.dispatch.requests import Response
from dicomkit.net.operations import StoreOperation, StoreResult

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterable
    from typing import TypeAlias

    from dicomkit.net.dispatch.endpoint import Endpoint, Performing
    from dicomkit.net.dispatch.requests import FollowUp
    from dicomkit.net.operations import Operation, Reply

__all__ = ["Await", "Counts", "Effect", "Forward", "Listen", "Pause", "Serving", "serve"]

_SUCCESS, _CANCEL, _PENDING = 0x0000, 0xFE00, 0xFF00
_PROCESSING_FAILURE = 0x0110
_NO_SUCH_SOP_CLASS = 0x0118
_UNRECOGNIZED_OPERATION = 0x0211
_OUT_OF_RESOURCES = 0xA700
_CANNOT_UNDERSTAND = 0xC000
_DESTINATION_UNKNOWN = 0xA801
_NO_SUB_OPERATION, _SOME_SUB_OPERATIONS = 0xA702, 0xB000
_MOST_FAILED_UIDS = 10_000


class Pause(Enum):
    """An effect without a result: give the connection its turn."""

    FLUSH = "send what is queued, and look at what has come without waiting"
    WAIT = "send what is queued, and wait until something comes"


class Await(NamedTuple):
    """An effect: wait for what a handler with ``async`` gave; the result is what comes of it, or is raised."""

    awaitable: Awaitable[object]

    def close(self) -> None:
        """Say that nobody will wait for it."""
        if hasattr(self.awaitable, "close"):
            self.awaitable.close()


class Forward(NamedTuple):
    """An effect: send instances to a third party; the result is an iterator of `StoreResult`, sync or async."""

    destination: str
    items: list[object]
    originator: tuple[str, int]
    services: object = None


class Listen(NamedTuple):
    """An effect: send what is queued, and wait for news, for a wish of the peer to leave, or for so many seconds."""

    seconds: float | None = None


Effect: TypeAlias = "Pause | Await | Forward | Listen"
Serving: TypeAlias = "Generator[Effect, object, None]"
"""A request that is being performed."""

_END = object()


def serve(endpoint: Endpoint, performing: Performing) -> Serving:
    """Perform one request: call its handler, queue its responses."""
    try:
        if endpoint.check_requests and (refusal := checked(performing.request, endpoint.handlers.services)) is not None:
            endpoint.respond(performing, refusal)
            return
        yield from _SERVINGS.get(performing.operation, _serve_once)(endpoint, performing)
    except Exception as error:  # the handler is somebody else's code: its peer gets a status whatever it does
        endpoint.handler_failed(performing, error)
        endpoint.respond(performing, Response(status_of(error, performing.operation), error_comment=_comment(error)))


def status_of(error: Exception, operation: str) -> int:
    """Return the status that says of an error what a peer can use (PS3.4 B.2.3, PS3.7 C)."""
    if isinstance(error, DimseStatusError):
        return error.status
    if isinstance(error, (LimitExceededError, MemoryError)):
        return _OUT_OF_RESOURCES if not operation.startswith("n-") else 0x0213
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE):
        return _OUT_OF_RESOURCES if not operation.startswith("n-") else 0x0213
    if operation == "store" and isinstance(error, (DicomError, ValueError)):
        return _CANNOT_UNDERSTAND
    return _PROCESSING_FAILURE


def _comment(error: Exception) -> str:
    # Texts of errors may have values of a patient in them; only those meant for the peer are sent.
    return error.message[:64] if isinstance(error, DimseStatusError) else ""


# Handlers -------------------------------------------------------------------------------------------------------------


def _call(handler: Callable[..., object], performing: Performing) -> Generator[Effect, object, object]:
    result = handler(performing.request)
    if hasattr(result, "__await__"):
        result = yield Await(result)
    return result


def _is_iterator(result: object) -> bool:
    """Say whether a handler gave several answers: a generator or a list, but no answer that is iterable itself."""
    if isinstance(result, (Dataset, tuple, str, bytes, int, Response)):
        return False
    return hasattr(result, "__anext__") or hasattr(result, "__aiter__") or hasattr(result, "__iter__")


class _Items:
    """One iterator over what a handler yields, sync or async."""

    __slots__ = ("_asynchronous", "_iterator")

    def __init__(self, result: object) -> None:
        self._asynchronous = hasattr(result, "__aiter__")
        self._iterator = result.__aiter__() if self._asynchronous else iter(result)  # type: ignore[attr-defined,call-overload]

    def next(self) -> Generator[Effect, object, object]:
        """Return the next item, _END behind the last."""
        if not self._asynchronous:
            return next(self._iterator, _END)
        try:
            return (yield Await(self._iterator.__anext__()))
        except StopAsyncIteration:
            return _END

    def close(self) -> Generator[Effect, object, None]:
        """Tell a generator that no more is wanted."""
        if self._asynchronous:
            if hasattr(self._iterator, "aclose"):
                yield Await(self._iterator.aclose())
        elif hasattr(self._iterator, "close"):
            self._iterator.close()


def response_of(answer: object) -> Response:
    """Return the response that a handler's answer means; TypeError if it means none."""
    if isinstance(answer, Response):
        return answer
    if answer is None:
        return Response()
    if isinstance(answer, Dataset):
        return Response(_SUCCESS, answer)
    if isinstance(answer, int) and not isinstance(answer, bool):
        return Response(answer)
    if isinstance(answer, tuple) and len(answer) == 2:
        status, data_set = answer
        if isinstance(status, int) and (data_set is None or isinstance(data_set, Dataset)):
            return Response(status, data_set)
    kinds = "a status, a data set, both in a tuple, a Response or None"
    raise TypeError(f"a handler answers with {kinds}, not with {type(answer).__name__}")


# One response ---------------------------------------------------------------------------------------------------------


def _serve_once(endpoint: Endpoint, performing: Performing) -> Serving:
    """N- operations, and C-ECHO with a handler."""
    handler, request = performing.handler, performing.request
    assert callable(handler)
    creates = performing.operation == "n-create"
    if creates and not request.sop_instance_uid:
        # The requestor leaves the choice to this side, and hears of it (PS3.7 10.1.5.1.4).
        request.sop_instance_uid = UID(generate_uid())
    response = response_of((yield from _call(handler, performing)))
    if creates and not response.sop_instance_uid and not Status(response.status).is_failure:
        response.sop_instance_uid = request.sop_instance_uid
    endpoint.respond(performing, response)
    if response.follow_up is not None:
        yield from _follow(endpoint, performing, response.follow_up)


def _follow(endpoint: Endpoint, performing: Performing, follow_up: FollowUp) -> Serving:
    """Ask the peer for what follows a response, unless it leaves first; then say what became of it."""
    operation: Operation[Reply] | None = None
    reply: Reply | None = None
    try:
        yield Listen(follow_up.seconds)
        if not endpoint.is_leaving:
            begun = follow_up.operation()
            if begun is None:
                return
            endpoint.start(begun)
            operation = begun
            while not begun.done and not endpoint.is_leaving:
                yield Listen()
            reply = begun.results.popleft() if begun.results else None
    except NetworkError:  # no context in this role, or the peer has gone: it is told elsewhere
        pass
    except Exception as error:  # the request is answered: nobody but the log can be told
        endpoint.handler_failed(performing, error)
    finally:
        if operation is not None:
            endpoint.abandon(operation)
        try:
            follow_up.ended(reply)
        except Exception as error:  # as above
            endpoint.handler_failed(performing, error)


def _serve_store(endpoint: Endpoint, performing: Performing) -> Serving:
    sink, performing.sink = performing.sink, None  # from here on, nobody else discards it
    assert sink is not None
    share = getattr(sink, "share", None)
    if share is not None and endpoint.ready:  # the window holds more that is complete: one sync may do for all
        share([other.sink for other, _ in endpoint.ready if other.sink is not None])
    answer = sink.commit()
    if hasattr(answer, "__await__"):
        answer = yield Await(answer)
    endpoint.respond(performing, response_of(answer))


# Several responses ----------------------------------------------------------------------------------------------------


def _serve_find(endpoint: Endpoint, performing: Performing) -> Serving:
    handler = performing.handler
    assert callable(handler)
    result = yield from _call(handler, performing)
    if not _is_iterator(result):
        response = response_of(result)
        if response.dataset is not None:
            endpoint.respond(performing, Response(_PENDING, response.dataset))
            response = Response()
        endpoint.respond(performing, response)
        return
    items = _Items(result)
    final = Response()
    try:
        while True:
            if performing.request.cancelled:
                final = Response(_CANCEL)
                break
            item = yield from items.next()
            if item is _END:
                break
            response = Response(_PENDING, item) if isinstance(item, Dataset) else response_of(item)
            if not Status(response.status).is_pending:
                final = response
                break
            endpoint.respond(performing, response)
            yield Pause.FLUSH
    finally:
        yield from items.close()
    endpoint.respond(performing, final)


class Counts:
    """How far the sub-operations of a retrieval have come (PS3.4 C.4.2.1.6)."""

    __slots__ = ("completed", "failed", "failed_uids", "total", "warning")

    def __init__(self, total: int) -> None:
        self.total = total
        self.completed = self.failed = self.warning = 0
        self.failed_uids: list[str] = []

    def add(self, result: StoreResult) -> None:
        """Count a sub-operation."""
        if result.status is None or not result.is_stored:
            self.failed += 1
            if result.sop_instance_uid and len(self.failed_uids) < _MOST_FAILED_UIDS:
                self.failed_uids.append(result.sop_instance_uid)
        elif int(result.status):
            self.warning += 1
        else:
            self.completed += 1

    @property
    def remaining(self) -> int:
        """How many are still to come."""
        return max(0, self.total - self.completed - self.failed - self.warning)

    def final(self, cancelled: bool) -> Response:
        """Return the last response: its status, and what could not be sent."""
        if cancelled:
            status = _CANCEL
        elif not self.failed and not self.warning:
            status = _SUCCESS
        else:
            status = _SOME_SUB_OPERATIONS if self.completed or self.warning else _NO_SUB_OPERATION
        if not status:
            return Response(status)
        failed = Dataset()
        failed.FailedSOPInstanceUIDList = self.failed_uids
        return Response(status, failed)


def _gathered(result: object) -> Generator[Effect, object, tuple[list[object], Response | None]]:
    """Return the instances that a handler names, and the response that it ends with, if it does."""
    if not _is_iterator(result):
        if result is None or isinstance(result, (int, Response)):
            return [], response_of(result)
        return [result], None
    items = _Items(result)
    found: list[object] = []
    try:
        while (item := (yield from items.next())) is not _END:
            if isinstance(item, (int, Response)):
                return found, response_of(item)
            found.append(item)
    finally:
        yield from items.close()
    return found, None


def _serve_retrieve(endpoint: Endpoint, performing: Performing) -> Serving:
    """C-MOVE and C-GET: the instances that the handler names, sent one by one, each reported (PS3.4 C.4.2, C.4.3)."""
    handler = performing.handler
    assert callable(handler)
    request = performing.request
    found, ending = yield from _gathered((yield from _call(handler, performing)))
    if ending is not None and not found:
        endpoint.respond(performing, ending)
        return
    counts = Counts(len(found))
    if performing.operation == "get":
        yield from _store_here(endpoint, performing, found, counts)
    else:
        originator = (request.peer.calling_ae_title, request.message_id)
        results = yield Forward(request.move_destination, found, originator)
        if results is None:
            endpoint.respond(performing, Response(_DESTINATION_UNKNOWN))
            return
        items = _Items(results)
        try:
            while not request.cancelled and (result := (yield from items.next())) is not _END:
                assert isinstance(result, StoreResult)
                counts.add(result)
                _report(endpoint, performing, counts)
                yield Pause.FLUSH
        finally:
            yield from items.close()
    response = ending or counts.final(request.cancelled)
    endpoint.respond(performing, response, counts)


def _store_here(endpoint: Endpoint, performing: Performing, found: Iterable[object], counts: Counts) -> Serving:
    operation = StoreOperation(found, endpoint.open_instance)
    endpoint.start(operation)
    try:
        while True:
            while operation.results:
                counts.add(operation.results.popleft())
                _report(endpoint, performing, counts)
            if performing.request.cancelled:
                operation.cancel()
            if operation.done:
                return
            yield Pause.WAIT
    finally:
        endpoint.leave(operation)


def _report(endpoint: Endpoint, performing: Performing, counts: Counts) -> None:
    if counts.remaining:
        endpoint.respond(performing, Response(_PENDING), counts)


_SERVINGS = {"store": _serve_store, "find": _serve_find, "move": _serve_retrieve, "get": _serve_retrieve}
