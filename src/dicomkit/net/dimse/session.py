"""Messages over an association, without I/O: commands and data sets in and out, and what is outstanding (PS3.7 6–8)."""

from __future__ import annotations

from collections import deque
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dicomkit.core.issue import IssueCollector
from dicomkit.errors import (
    IssueError,
    LimitExceededError,
    LocalProtocolError,
    NetworkError,
    NetworkTimeoutError,
    RemoteProtocolError,
    counted,
)
from dicomkit.net.dimse.commands import CANCELLABLE, Command, CommandField, decode, encode
from dicomkit.net.dimse.fragments import Fragments
from dicomkit.net.options import DEFAULT_ASSOCIATION
from dicomkit.net.ul.events import Aborted, Closed, Data, Established
from dicomkit.net.ul.framing import PDV_HEADER_BYTES
from dicomkit.net.ul.pdu import AbortSource
from dicomkit.net.ul.states import State
from dicomkit.net.ul.upper_layer import UpperLayer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from dicomkit.core.issue import Issue
    from dicomkit.net.dimse.fragments import DataSource
    from dicomkit.net.options import AssociationOptions
    from dicomkit.net.ul.events import Event
    from dicomkit.net.ul.negotiation import AcceptedContext, Association
    from dicomkit.net.ul.pdu import AssociateAccept, AssociateRequest

    Buffer: TypeAlias = bytes | bytearray | memoryview

__all__ = [
    "DataPiece",
    "Message",
    "MessageBegan",
    "MessageCollector",
    "MessageEnded",
    "SendFailed",
    "Session",
    "SessionEvent",
]

_MIB = 1 << 20
_NO_BOUND = 0xFFFFFFFF

# A data set in memory that is at most so long goes to the upper layer at once; more waits until it can be sent.
_AT_ONCE = 64 << 10

# Requests beyond the window that was granted. One or two may cross with responses on their way; a peer that goes on
# would fill memory with what is outstanding.
_BEYOND_WINDOW = 16

_MESSAGE_IDS = 0xFFFF  # 16 bits, of which 0 is left to those who begin with it

_SENDING = (State.STA_6, State.STA_8)


class MessageBegan(NamedTuple):
    """A command set has come; its data set follows as `DataPiece`, if it has one, then `MessageEnded`."""

    context: AcceptedContext
    command: Command


class DataPiece(NamedTuple):
    """A piece of the data set of the message that began last."""

    view: memoryview
    """Valid until the next ``receive_data``."""


class MessageEnded(NamedTuple):
    """The message that began last is there, all of it."""

    context: AcceptedContext
    command: Command


class SendFailed(NamedTuple):
    """The data set of a message could not be read; nothing of the message was sent, and nothing is outstanding."""

    context: AcceptedContext
    command: Command
    error: Exception
    """What the data set's ``read`` raised."""


SessionEvent: TypeAlias = "MessageBegan | DataPiece | MessageEnded | SendFailed | Event"


class _Sending:
    """A message that waits to be sent, or of which a part has been sent."""

    __slots__ = ("answered", "encoded", "fragments", "message")

    def __init__(
        self, message: MessageBegan, encoded: bytes, fragments: Fragments | None, answered: MessageBegan | None
    ) -> None:
        self.message = message
        self.encoded: bytes | None = encoded
        """None when it has been sent."""
        self.fragments = fragments
        self.answered = answered
        """The request that this is the last response to."""


class Session:
    """One side of an association as messages; owns the `UpperLayer` of its connection.

    It is driven as the upper layer is: ``connection_made``, ``receive_data``, ``receive_eof``, ``handle_timeout`` in,
    after each of them every event from ``next_event``, and what ``data_to_send`` gives to the connection. Events may
    come of ``data_to_send``, too.

    Nothing that a peer sends raises. Where it breaks PS3.7, or sends what is beyond a bound, the association is aborted
    and the event `Aborted` has the RemoteProtocolError.
    """

    __slots__ = (
        "_asked",
        "_association",
        "_collected",
        "_contexts",
        "_data_bytes",
        "_events",
        "_invoked",
        "_is_over",
        "_issues",
        "_last_id",
        "_most",
        "_now",
        "_options",
        "_performing",
        "_queue",
        "_receiving",
        "_releases",
        "_sent",
        "upper",
    )

    def __init__(self, upper: UpperLayer, options: AssociationOptions = DEFAULT_ASSOCIATION) -> None:
        self.upper = upper
        self._options = options
        self._association: Association | None = None
        self._contexts: Mapping[int, AcceptedContext] = MappingProxyType({})
        self._events: deque[SessionEvent] = deque()
        self._issues = IssueCollector(options.issues)
        self._now = 0.0
        self._is_over = False
        # Receiving.
        self._collected: tuple[int, bytearray] | None = None
        self._receiving: MessageBegan | None = None
        self._data_bytes = 0
        # Sending.
        self._queue: deque[_Sending] = deque()
        self._last_id = 0
        self._releases = False
        self._most = _MIB  # data of one PDU; pieces are multiples of it, so that no PDU is short for nothing
        # What is outstanding: requests by Message ID.
        self._invoked: dict[int, MessageBegan] = {}
        self._performing: dict[int, MessageBegan] = {}
        self._asked = 0.0
        self._sent = False

    @classmethod
    def requestor(cls, request: AssociateRequest, options: AssociationOptions = DEFAULT_ASSOCIATION) -> Session:
        """Return the side that asks for an association; LocalProtocolError for a request that cannot be sent."""
        return cls(UpperLayer.requestor(request, options), options)

    @classmethod
    def acceptor(cls, options: AssociationOptions = DEFAULT_ASSOCIATION) -> Session:
        """Return the side that waits for a request."""
        return cls(UpperLayer.acceptor(options), options)

    # What it is -------------------------------------------------------------------------------------------------------

    @property
    def association(self) -> Association:
        """What both sides have agreed on; LocalProtocolError before ``Established``."""
        return self.upper.association

    @property
    def wants_close(self) -> bool:
        """True when the connection is to be closed, after what ``data_to_send`` still gives."""
        return self.upper.wants_close

    @property
    def issues(self) -> tuple[Issue, ...]:
        """Deviations of the peer's command sets that were lived with, if the options say that they are collected."""
        return self._issues.issues

    @property
    def invoked(self) -> Mapping[int, Command]:
        """The requests of this side that await their (last) response, by Message ID."""
        return {identifier: request.command for identifier, request in self._invoked.items()}

    @property
    def performing(self) -> Mapping[int, Command]:
        """The requests of the peer that have not been answered (to the end), by Message ID."""
        return {identifier: request.command for identifier, request in self._performing.items()}

    @property
    def can_invoke(self) -> bool:
        """True if the window lets another request be sent now (PS3.7 D.3.3.3)."""
        association = self._association
        if association is None or self.upper.state is not State.STA_6:
            return False
        window = association.operations_invoked
        return len(self._invoked) < (window or _MESSAGE_IDS)

    @property
    def has_to_send(self) -> bool:
        """True while messages wait for ``data_to_send``."""
        return bool(self._queue)

    # What happens -----------------------------------------------------------------------------------------------------

    def connection_made(self, now: float) -> None:
        """Say that the connection is open."""
        self._now = now
        self.upper.connection_made(now)

    def receive_data(self, data: Buffer, now: float) -> None:
        """Take what came; views in events point into it, so it must not change until they have been used."""
        self._now = now
        self.upper.receive_data(data, now)

    def receive_eof(self, now: float) -> None:
        """Say that the connection is closed, or could not be opened."""
        self._now = now
        self.upper.receive_eof(now)

    def next_event(self) -> SessionEvent | None:
        """Return what happened next, None when that is all."""
        events = self._events
        take = self.upper.next_event
        while not events:
            event = take()
            if self._is_over and event is not None and type(event) is not Closed:
                continue  # what the upper layer had found behind that for which this side aborted
            if type(event) is not Data:
                if type(event) is Established:
                    self._association = event.association
                    self._contexts = event.association.contexts
                    longest = min(event.association.peer_maximum_length or _NO_BOUND, self._options.send_maximum)
                    self._most = max(longest - PDV_HEADER_BYTES & ~1, 2)
                elif type(event) is Aborted or type(event) is Closed:
                    self._end()
                return event
            context_id, is_command, is_last, view = event
            if is_command:
                self._take_command(context_id, is_last, view)
                continue
            began = self._receiving
            if began is None or began.context.id != context_id:
                self._refuse("data set without a command" if began is None else "data set in another context")
                continue
            size = len(view)
            self._data_bytes += size
            self._asked = self._now
            bound = self._options.data_set_bytes
            if bound is not None and self._data_bytes > bound:
                self._refuse(f"a data set above the bound of {counted(bound, 'byte')}")
                continue
            if is_last:
                events.append(self._ended(began))
            if size:
                return DataPiece(view)
        return events.popleft()

    @property
    def deadline(self) -> float | None:
        """When ``handle_timeout`` is due, None if nothing is."""
        deadline = self.upper.deadline
        answer = self._answer_by()
        if answer is None or deadline is None:
            return deadline if answer is None else answer
        return min(deadline, answer)

    def _answer_by(self) -> float | None:
        """Return when a response is due: not while this side has something to do for the peer."""
        seconds = self._options.response_seconds
        if seconds is None or not self._invoked or self._performing:
            return None
        return self._asked + seconds

    def handle_timeout(self, now: float) -> None:
        """Do what is due at `now`; nothing before ``deadline``."""
        self._now = now
        self.upper.handle_timeout(now)
        deadline = self._answer_by()
        if deadline is None or deadline > now or self._is_over:
            return
        if self._sent:
            # A part of a request, or of something else, went out since the last look at the clock.
            self._sent = False
            self._asked = now
        elif self.upper.state in _SENDING:
            first = next(iter(self._invoked.values())).command
            waiting_for = f"the response to {first.field} {first.message_id}"
            self._abort(NetworkTimeoutError(deadline=deadline, waiting_for=waiting_for))

    # What the user wants ----------------------------------------------------------------------------------------------

    def accept(self, accept: AssociateAccept, now: float) -> None:
        """Accept the association that was asked for."""
        self._now = now
        self.upper.accept(accept, now)

    def reject(self, now: float, *, result: int = 1, source: int = 1, reason: int = 1) -> None:
        """Reject the association that was asked for; PS3.8 Table 9-21 has the numbers."""
        self._now = now
        self.upper.reject(now, result=result, source=source, reason=reason)

    def release(self, now: float) -> None:
        """Ask the peer for the release, after all messages that are to be sent."""
        self._now = now
        if self._queue:
            self._releases = True
        else:
            self.upper.release(now)

    def respond_release(self, now: float) -> None:
        """Answer the peer's wish for the release, after all messages that are to be sent."""
        self._now = now
        if self._queue:
            self._releases = True
        else:
            self.upper.respond_release(now)

    def abort(self, now: float, *, source: int = AbortSource.SERVICE_USER, reason: int = 0) -> None:
        """End the association at once, dropping what is to be sent; where it is over already, nothing happens."""
        self._now = now
        self._end()
        self.upper.abort(now, source=source, reason=reason)

    def next_message_id(self) -> int:
        """Return a Message ID that no outstanding request of this side has, 1 to 65,535 in turn.

        LocalProtocolError if there is none left.
        """
        invoked = self._invoked
        if len(invoked) >= _MESSAGE_IDS:
            raise LocalProtocolError("every Message ID is outstanding")
        identifier = self._last_id % _MESSAGE_IDS + 1
        while identifier in invoked:
            identifier = identifier % _MESSAGE_IDS + 1
        self._last_id = identifier
        return identifier

    def send(
        self,
        context_id: int,
        command: Command,
        data_set: Buffer | DataSource | None = None,
        *,
        length: int | None = None,
    ) -> None:
        """Send a message, after those before it. A data set that is not in memory is read as ``data_to_send`` goes.

        With its `length` a data set from a source needs no ``read`` more to see that it has ended. LocalProtocolError
        for a command that its message does not allow, a request beyond the window, a response to nothing that is
        outstanding.
        """
        context = self._contexts.get(context_id)
        if context is None:
            raise LocalProtocolError(f"there is no accepted presentation context {context_id}")
        if self.upper.state not in _SENDING or self._releases:
            raise LocalProtocolError(f"no message can be sent in state {self.upper.state}")
        if command.has_data_set is (data_set is None):
            raise LocalProtocolError(f"{command.field} says that it has {'a' if data_set is None else 'no'} data set")
        encoded = encode(command)
        fragments = None if data_set is None else Fragments(data_set, length)
        began = MessageBegan(context, command)
        answered = None
        if command.field > 0x7FFF:
            answered = self._check_response(began)
        elif command.field is not CommandField.C_CANCEL_RQ:
            self._register(began)
        if not self._queue:
            if fragments is None:
                self.upper.send_data(context_id, True, True, encoded)
                return
            if isinstance(data_set, (bytes, bytearray, memoryview)) and len(data_set) <= _AT_ONCE:
                self.upper.send_data(context_id, True, True, encoded)
                self.upper.send_data(context_id, False, True, data_set)
                return
        self._queue.append(_Sending(began, encoded, fragments, answered))

    def cancel(self, message_id: int) -> None:
        """Send C-CANCEL for an outstanding C-FIND, C-GET or C-MOVE; where its last response has come, do nothing.

        The responses go on until the last, which the peer may send as if nothing had been cancelled.
        """
        request = self._invoked.get(message_id)
        if request is not None:
            self.send(request.context.id, request.command.cancel())

    def data_to_send(self, limit: int = _MIB) -> list[Buffer]:
        """Return what is to be sent next, for one ``sendmsg``; empty when that was all.

        Call it when all that it gave before has been sent: about `limit` bytes of data sets are read each time, which
        is all that is kept of them in memory.
        """
        buffers = self.upper.data_to_send()
        if not buffers and (self._queue or self._releases):
            if self._queue and self.upper.state in _SENDING:
                self._pull(limit)
            if self._releases and not self._queue:
                self._do_release()
            buffers = self.upper.data_to_send()
        if buffers:
            self._sent = True
        return buffers

    # Receiving --------------------------------------------------------------------------------------------------------

    def _take_command(self, context_id: int, is_last: bool, view: memoryview) -> None:
        """Take a piece of a command set."""
        if self._receiving is not None:
            self._refuse("a command before the end of a data set")
            return
        collected = self._collected
        if collected is not None and collected[0] != context_id:
            self._refuse("a command set in two contexts")
            return
        size = len(view) + (0 if collected is None else len(collected[1]))
        if size > self._options.command_bytes:
            self._refuse(f"a command set above the bound of {counted(self._options.command_bytes, 'byte')}")
            return
        data: Buffer = view
        if collected is not None:
            collected[1].extend(view)
            data = collected[1]
        elif not is_last:
            self._collected = (context_id, bytearray(view))
        if not is_last:
            return
        self._collected = None
        context = self._contexts.get(context_id)
        if context is None:
            self._refuse(f"a command in presentation context {context_id}, which was not accepted")
            return
        try:
            report = None if self._issues.only_counts else self._issues.report
            began = MessageBegan(context, decode(data, report))
            self._account(began)
        except RemoteProtocolError as error:
            self._abort(error)
            return
        except IssueError as error:
            self._refuse(str(error))  # the caller's policy is to live with nothing
            return
        self._events.append(began)
        if began.command.has_data_set:
            self._receiving = began
            self._data_bytes = 0
            self._asked = self._now
            self._tell_busy()
        else:
            self._events.append(self._ended(began))

    def _ended(self, began: MessageBegan) -> MessageEnded:
        self._receiving = None
        self._asked = self._now
        self._tell_busy()
        return MessageEnded(*began)

    def _tell_busy(self) -> None:
        """Tell the upper layer whether silence is idleness: not where an answer is due, but within a message."""
        self.upper.busy = self._receiving is None and bool(self._invoked or self._performing)

    def _account(self, began: MessageBegan) -> None:
        """Enter a message that has come into what is outstanding; RemoteProtocolError for one that has no place."""
        command = began.command
        if command.field > 0x7FFF:
            identifier = command.responded_to
            request = self._invoked.get(identifier)  # type: ignore[arg-type]
            if request is None:
                raise RemoteProtocolError(f"{command.field} to message {identifier}, which is not outstanding")
            if command.field != request.command.field | 0x8000:
                raise RemoteProtocolError(f"{command.field} to {request.command.field} {identifier}")
            if began.context.id != request.context.id:
                raise RemoteProtocolError(f"{command.field} in another presentation context than its request")
            if command.is_final:
                del self._invoked[identifier]  # type: ignore[arg-type]
            elif request.command.field not in CANCELLABLE:
                raise RemoteProtocolError(f"{command.field} with status Pending")
        elif command.field is not CommandField.C_CANCEL_RQ:
            identifier = command.message_id
            assert identifier is not None  # decode() sees to it
            if identifier in self._performing:
                raise RemoteProtocolError(f"{command.field} with Message ID {identifier}, which is outstanding")
            assert self._association is not None
            window = self._association.operations_performed
            if window and len(self._performing) >= window + _BEYOND_WINDOW:
                raise RemoteProtocolError(f"more requests outstanding than the {window:,} that were granted")
            self._performing[identifier] = began

    def _refuse(self, reason: str) -> None:
        self._abort(RemoteProtocolError(reason))

    def _abort(self, error: NetworkError) -> None:
        """End the association because of an error, and say so."""
        self.upper.abort(self._now)
        self._end()
        self._events.append(Aborted(AbortSource.SERVICE_USER, 0, True, error))

    def _end(self) -> None:
        self._is_over = True
        self._queue.clear()
        self._releases = False
        self._collected = self._receiving = None
        self._invoked.clear()
        self._performing.clear()

    # Sending ----------------------------------------------------------------------------------------------------------

    def _check_response(self, began: MessageBegan) -> MessageBegan | None:
        """Take the request of a response of this side out of what is outstanding, and return it, if it is the last."""
        command = began.command
        identifier = command.responded_to
        request = self._performing.get(identifier)  # type: ignore[arg-type]
        if request is None or command.field != request.command.field | 0x8000:
            raise LocalProtocolError(f"{command.field} to message {identifier}, which is not outstanding")
        if request.context.id != began.context.id:
            raise LocalProtocolError(f"{command.field} belongs in presentation context {request.context.id}")
        if not command.is_final:
            return None
        del self._performing[identifier]  # type: ignore[arg-type]
        self._tell_busy()
        return request

    def _register(self, began: MessageBegan) -> None:
        """Enter a request of this side into what is outstanding."""
        identifier = began.command.message_id
        if identifier in self._invoked:
            raise LocalProtocolError(f"Message ID {identifier} is outstanding")
        if not self.can_invoke:
            window = self.association.operations_invoked
            raise LocalProtocolError(f"{counted(window, 'request')} may be outstanding, and no request in a release")
        if not self._invoked:
            self._asked = self._now
        self._sent = True
        self._invoked[identifier] = began  # type: ignore[index]
        self._tell_busy()

    def _do_release(self) -> None:
        """Ask for the release, or answer the peer that has asked meanwhile."""
        self._releases = False
        if self.upper.state is State.STA_6:
            self.upper.release(self._now)
        elif self.upper.state is State.STA_8:
            self.upper.respond_release(self._now)

    def _pull(self, limit: int) -> None:
        """Move messages to the upper layer, reading about `limit` bytes of their data sets."""
        queue, send = self._queue, self.upper.send_data
        # What is left of the limit behind other messages may be too little to begin with another one.
        least = limit >> 4
        while queue and limit > least:
            first = queue[0]
            context_id = first.message.context.id
            fragments = first.fragments
            buffers: list[Buffer] = []
            is_last = True
            if fragments is not None:
                try:
                    buffers, is_last = fragments.take(limit - limit % self._most or limit)
                except Exception as error:  # whatever the caller's source is made of
                    self._fail(first, error)
                    if queue:
                        continue
                    return
            if first.encoded is not None:
                send(context_id, True, True, first.encoded)
                first.encoded = None
            if fragments is not None:
                send(context_id, False, is_last, buffers)
                limit -= sum([len(buffer) for buffer in buffers])
            if is_last:
                queue.popleft()
            elif not (fragments is None or fragments.is_reusable):
                return

    def _fail(self, failed: _Sending, error: Exception) -> None:
        """Give up a message whose data set cannot be read: alone if nothing of it was sent, else with all."""
        command = failed.message.command
        if failed.encoded is None:
            broken = LocalProtocolError(f"the data set of {command.field} could not be read to its end")
            broken.__cause__ = error
            self._abort(broken)
            return
        self._queue.popleft()
        if failed.answered is not None:
            # It is outstanding again, so that its performer can answer otherwise.
            self._performing[command.responded_to] = failed.answered  # type: ignore[index]
        elif command.message_id is not None:
            self._invoked.pop(command.message_id, None)
        self._tell_busy()
        self._events.append(SendFailed(*failed.message, error))


class Message(NamedTuple):
    """A message whose data set is in memory."""

    context: AcceptedContext
    command: Command
    data_set: bytes | None
    """Encoded in the context's transfer syntax; None if there is none."""


class MessageCollector:
    """Makes whole messages of a session's events, for data sets that are small: identifiers, attribute lists.

    ``collector.receive(event)`` returns a `Message` with the last event of each.
    """

    __slots__ = ("_data", "_limit", "_size")

    def __init__(self, limit: int = DEFAULT_ASSOCIATION.identifier_bytes) -> None:
        self._limit = limit
        self._data = bytearray()
        self._size = 0

    def receive(self, event: object) -> Message | None:
        """Take an event; one that is not of a message is passed over.

        LimitExceededError, when the message ends, for a data set beyond the limit; none of it is kept then, and the
        association goes on.
        """
        if type(event) is DataPiece:
            self._size += len(event.view)
            if self._size <= self._limit:
                self._data += event.view
            else:
                self._data.clear()
            return None
        if type(event) is not MessageEnded:
            return None
        data, size = self._data, self._size
        self._data, self._size = bytearray(), 0
        if size > self._limit:
            raise LimitExceededError("identifier_bytes", size, bound=self._limit)
        return Message(*event, bytes(data) if event.command.has_data_set else None)
