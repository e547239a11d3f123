"""The upper layer protocol of one connection, without I/O: bytes and times in, events and bytes out (PS3.8 9.2)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from dicomkit.errors import (
    AssociationAbortedError,
    LocalProtocolError,
    NetworkError,
    NetworkTimeoutError,
    RemoteProtocolError,
    counted,
)
from dicomkit.net.ul.events import (
    Aborted,
    AssociationRequested,
    Closed,
    Data,
    Established,
    Rejected,
    Released,
    ReleaseRequested,
)
from dicomkit.net.ul.framing import MOST_BUFFERS, PDV_HEADER_BYTES, Fate, Outgoing, Receiver
from dicomkit.net.ul.negotiation import Association
from dicomkit.net.ul.pdu import (
    PROTOCOL_VERSION,
    Abort,
    AbortReason,
    AbortSource,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    PDUType,
    ReleaseRequest,
    ReleaseResponse,
    decode,
)
from dicomkit.net.ul.states import NEXT_STATES, TRANSITIONS, Action, Evt, State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from dicomkit.net.options import AssociationOptions
    from dicomkit.net.ul.events import Event
    from dicomkit.net.ul.pdu import PDU

    Buffer: TypeAlias = bytes | bytearray | memoryview

__all__ = ["UpperLayer"]

_NO_BOUND = 0xFFFFFFFF

_EVENTS = {
    PDUType.ASSOCIATE_RQ: Evt.EVT_6,
    PDUType.ASSOCIATE_AC: Evt.EVT_3,
    PDUType.ASSOCIATE_RJ: Evt.EVT_4,
    PDUType.P_DATA_TF: Evt.EVT_10,
    PDUType.RELEASE_RQ: Evt.EVT_12,
    PDUType.RELEASE_RP: Evt.EVT_13,
    PDUType.ABORT: Evt.EVT_16,
}

# What the table says of data, as sets of states: asking them for each PDV would be the dearest part of it.
_DELIVERING = {
    state for (state, event), action in TRANSITIONS.items()
    if event is Evt.EVT_10 and action in (Action.DT_2, Action.AR_6)
}  # fmt: skip
_SENDING = {state for state, event in TRANSITIONS if event is Evt.EVT_9}

# Actions that look at the PDU, or that wait until all of it is there. The others come with its header.
_NEED_PDU = {
    Action.AE_3, Action.AE_4, Action.AE_6, Action.AA_3, Action.AR_2, Action.AR_3, Action.AR_8, Action.AR_10,
}  # fmt: skip

_ARTIM_RUNS = {State.STA_1, State.STA_2, State.STA_13}  # or nothing can come

# States in which the peer owes an answer to an A-ASSOCIATE-RQ or an A-RELEASE-RQ.
_AWAITING = {
    State.STA_5: "the answer to A-ASSOCIATE-RQ",
    State.STA_7: "the answer to A-RELEASE-RQ",
    State.STA_10: "the answer to A-RELEASE-RQ",
    State.STA_11: "the answer to A-RELEASE-RQ",
}


class UpperLayer:
    """The protocol of PS3.8 for one connection, which somebody else opens, reads, writes and closes.

    Whoever does calls ``connection_made`` when it is open, ``receive_data`` with what came and ``receive_eof`` when the
    peer has closed it; takes every event from ``next_event`` after each of these, before the next; sends what
    ``data_to_send`` gives until it gives nothing; closes once ``wants_close`` and all is sent; and calls
    ``handle_timeout`` when ``deadline`` has come. Times are seconds of one clock that never goes back.

    Nothing that a peer sends raises: it becomes events. LocalProtocolError says that the caller asked for something
    that cannot be done now. One thread at a time calls it.
    """

    __slots__ = (
        "_abort_by",
        "_active",
        "_answer_by",
        "_artim",
        "_association",
        "_busy",
        "_events",
        "_is_requestor",
        "_most",
        "_now",
        "_options",
        "_outgoing",
        "_pdu_by",
        "_receiver",
        "_request",
        "_responds",
        "_sent",
        "_state",
    )

    def __init__(self, options: AssociationOptions, request: AssociateRequest | None = None) -> None:
        self._options = options
        self._request = request
        self._is_requestor = request is not None
        self._association: Association | None = None
        self._state = State.STA_1
        self._events: deque[Event] = deque()
        self._outgoing: deque[bytes | Outgoing] = deque()
        # Timers.
        self._now = 0.0
        self._artim: float | None = None
        self._answer_by: float | None = None
        self._pdu_by: float | None = None
        self._abort_by: float | None = None
        self._active = 0.0
        self._sent = False
        self._busy = False
        self._receiver = Receiver(self._events, self, options.maximum_length)
        self._most = 0  # data of one PDU
        self._responds = False

    @classmethod
    def requestor(cls, request: AssociateRequest, options: AssociationOptions) -> UpperLayer:
        """Return the side that asks for an association; LocalProtocolError for a request that cannot be sent."""
        request.encode()
        upper = cls(options, request)
        upper._fire(Evt.EVT_1)
        return upper

    @classmethod
    def acceptor(cls, options: AssociationOptions) -> UpperLayer:
        """Return the side that waits for a request."""
        return cls(options)

    # What it is -------------------------------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """The state of PS3.8 9.2.1."""
        return self._state

    @property
    def is_requestor(self) -> bool:
        """True for the side that asked for the association."""
        return self._is_requestor

    @property
    def association(self) -> Association:
        """What both sides have agreed on; LocalProtocolError before ``Established``."""
        if self._association is None:
            raise LocalProtocolError("there is no association yet")
        return self._association

    @property
    def wants_close(self) -> bool:
        """True when the connection is to be closed, after what ``data_to_send`` still gives."""
        return self._state is State.STA_1 and self._receiver.is_stopped

    @property
    def busy(self) -> bool:
        """True while a message is waited for or worked on, so that silence is not idleness; set by the layer above."""
        return self._busy

    @busy.setter
    def busy(self, value: bool) -> None:
        if self._busy and not value:
            self._sent = True  # what was waited for has just ended: idleness begins now
        self._busy = value

    @property
    def deadline(self) -> float | None:
        """When ``handle_timeout`` is due, None if nothing is."""
        due = [time for time, _ in self._timers()]
        return min(due) if due else None

    def _timers(self) -> list[tuple[float, str]]:
        """Return the timers that run, with what they wait for."""
        found = []
        if self._artim is not None:
            found.append((self._artim, "ARTIM"))
        if self._answer_by is not None:
            found.append((self._answer_by, _AWAITING[self._state]))
        if self._pdu_by is not None:
            found.append((self._pdu_by, "the rest of a PDU"))
        if self._abort_by is not None:
            found.append((self._abort_by, "the end of the association"))
        if self._state is State.STA_6 and not self._busy and self._options.idle_seconds is not None:
            found.append((self._active + self._options.idle_seconds, "anything to do"))
        return found

    # What happens -----------------------------------------------------------------------------------------------------

    def connection_made(self, now: float) -> None:
        """Say that the connection is open; LocalProtocolError if it was already, since there is one per connection."""
        if self._receiver.is_stopped:
            raise LocalProtocolError("this connection has ended; another one has its own UpperLayer")
        self._now = self._active = now
        self._fire(Evt.EVT_2 if self._is_requestor else Evt.EVT_5)

    def receive_data(self, data: Buffer, now: float) -> None:
        """Take what came; the events' views point into it, so it must not change until they have been used.

        LocalProtocolError before ``connection_made``, and if data of the last call have not been taken yet.
        """
        receiver = self._receiver
        if receiver.is_stopped or not data:
            return
        if self._state is State.STA_1 or self._state is State.STA_4:
            raise LocalProtocolError("data before connection_made()")
        if receiver.has_more or (self._events and any(type(event) is Data for event in self._events)):
            raise LocalProtocolError("data before next_event() has given all of the last")
        self._now = self._active = now
        receiver.give(data)
        self._time_pdu()

    def receive_eof(self, now: float) -> None:
        """Say that the connection is closed, or could not be opened."""
        self._now = now
        while self._receiver.has_more:
            self._receiver.advance()
        if self._state is not State.STA_1:
            self._fire(Evt.EVT_17)

    def next_event(self) -> Event | None:
        """Return what happened next, None when that is all."""
        while not self._events:
            if not self._receiver.has_more:
                return None
            self._receiver.advance()
            self._time_pdu()
        return self._events.popleft()

    def handle_timeout(self, now: float) -> None:
        """Do what is due at `now`; nothing before ``deadline``."""
        self._now = now
        due = sorted([timer for timer in self._timers() if timer[0] <= now])
        if not due:
            return
        if self._artim is not None and self._artim <= now:
            self._fire(Evt.EVT_18)
            return
        deadline, waiting_for = due[0]
        if waiting_for == "anything to do" and self._sent:
            # Something was sent since the last look at the clock.
            self._sent = False
            self._active = now
            return
        error = NetworkTimeoutError(deadline=deadline, waiting_for=waiting_for)
        self._fire(Evt.EVT_15, error=error)

    # What the user wants ----------------------------------------------------------------------------------------------

    def accept(self, accept: AssociateAccept, now: float) -> None:
        """Accept the association that was asked for."""
        self._now = now
        if self._state is State.STA_3:
            accept.encode()  # what cannot be sent changes nothing
        self._fire(Evt.EVT_7, accept)

    def reject(self, now: float, *, result: int = 1, source: int = 1, reason: int = 1) -> None:
        """Reject the association that was asked for; PS3.8 Table 9-21 has the numbers."""
        self._now = now
        rejection = AssociateReject(result=result, source=source, reason=reason)
        rejection.encode()
        self._fire(Evt.EVT_8, rejection)

    def send_data(self, context_id: int, is_command: bool, is_last: bool, data: Buffer | Sequence[Buffer]) -> None:
        """Queue a piece of a command set or data set, as many PDUs as the peer's maximum length makes of it.

        Nothing is copied: buffers must not change until they have been sent. `is_last` ends the command or data set.
        """
        if self._state not in _SENDING:
            raise LocalProtocolError(f"no data can be sent in state {self._state}")
        if context_id not in self._receiver.contexts:
            raise LocalProtocolError(f"there is no accepted presentation context {context_id}")
        self._outgoing.append(Outgoing(context_id, is_command, is_last, data))

    def release(self, now: float) -> None:
        """Ask the peer for the release, after all that is queued."""
        self._now = now
        self._fire(Evt.EVT_11)

    def respond_release(self, now: float) -> None:
        """Answer the peer's wish for the release, after all that is queued."""
        self._now = now
        if self._state is State.STA_10:
            # The requestor answers first (PS3.8 7.2.2): this answer follows by itself.
            self._responds = True
        else:
            self._fire(Evt.EVT_14)

    def abort(self, now: float, *, source: int = AbortSource.SERVICE_USER, reason: int = 0) -> None:
        """End the association at once, dropping what is queued; where it is over already, nothing happens."""
        self._now = now
        abort = Abort(source=source, reason=reason)
        abort.encode()
        if self._state is State.STA_2:
            # Nobody has asked for an association that could be aborted: as if ARTIM had run out.
            self._fire(Evt.EVT_18)
        elif self._state is not State.STA_1 and self._state is not State.STA_13:
            self._fire(Evt.EVT_15, abort)
            kept = [event for event in self._events if type(event) is not Data]
            self._events.clear()
            self._events.extend(kept)

    def data_to_send(self) -> list[Buffer]:
        """Return what is to be sent next, in whole PDUs, for one ``sendmsg``; empty when that was all."""
        buffers: list[Buffer] = []
        outgoing = self._outgoing
        while outgoing and len(buffers) <= MOST_BUFFERS - 2:
            first = outgoing[0]
            if isinstance(first, bytes):
                buffers.append(first)
            elif not first.write(buffers, self._most):
                break
            outgoing.popleft()
        if buffers:
            self._sent = True
        return buffers

    # What the receiver asks -------------------------------------------------------------------------------------------

    def pdu_begins(self, kind: int, length: int) -> Fate:
        """Decide about a PDU by its header; for the receiver."""
        event = _EVENTS.get(kind)  # type: ignore[call-overload]
        if event is None:
            raise _unrecognized(kind)
        name = PDUType(kind).name
        bound = self._bound_of(event)
        if length > bound:
            raise RemoteProtocolError(f"{name} of {counted(length, 'byte')}, above the bound of {bound:,}", offset=2)
        if event is Evt.EVT_10 and self._receiver.streams:
            return Fate.DATA
        if TRANSITIONS[self._state, event] in _NEED_PDU:
            return Fate.WHOLE
        # What its content is does not matter any more, nor whether it ever comes.
        text = f"{name} in state {self._state}"
        self._fire(event, error=RemoteProtocolError(text, offset=0, reason=AbortReason.UNEXPECTED_PDU))
        return Fate.SKIPPED

    def _bound_of(self, event: Evt) -> int:
        options = self._options
        if event is Evt.EVT_10:
            return self._receiver.bound
        return options.associate_bytes if event in (Evt.EVT_3, Evt.EVT_6) else options.other_pdu_bytes

    def pdu_is_there(self, kind: int, body: bytearray | memoryview) -> None:
        """Take a PDU; for the receiver."""
        pdu = decode(kind, body)
        _check(pdu)
        self._fire(_EVENTS[PDUType(kind)], pdu)

    def refuse(self, error: RemoteProtocolError) -> None:
        """Take note that what came is no valid PDU; for the receiver."""
        self._fire(Evt.EVT_19, error=error)

    def _time_pdu(self) -> None:
        """Start, keep or stop the timer of a PDU that is not complete; where ARTIM runs, that is enough."""
        if not self._receiver.is_within_pdu or self._state in _ARTIM_RUNS:
            self._pdu_by = None
        elif (self._receiver.has_begun or self._pdu_by is None) and self._options.pdu_seconds is not None:
            self._pdu_by = self._now + self._options.pdu_seconds

    # The state machine ------------------------------------------------------------------------------------------------

    def _fire(self, event: Evt, pdu: PDU | None = None, error: NetworkError | None = None) -> None:
        """Look the event up in Table 9-10 and do what stands there; an empty cell is a LocalProtocolError."""
        action = TRANSITIONS.get((self._state, event))
        if action is None:
            raise LocalProtocolError(f"{_WISHES.get(event, event.name)} is not possible in state {self._state}")
        chosen = _ACTIONS[action](self, pdu, error)
        self._state = state = NEXT_STATES[action][0] if chosen is None else chosen
        self._receiver.streams = state in _DELIVERING
        if state not in _AWAITING:
            self._answer_by = None
        elif self._answer_by is None and self._options.response_seconds is not None:
            self._answer_by = self._now + self._options.response_seconds
        if state is State.STA_1:
            self._artim = self._pdu_by = self._abort_by = None
            self._receiver.stop()
            self._events.append(Closed())
        elif state is State.STA_13:
            self._pdu_by = self._abort_by = None
        elif state is State.STA_12 and self._responds:
            self._fire(Evt.EVT_14)

    def _start_artim(self) -> None:
        seconds = self._options.artim_seconds
        self._artim = None if seconds is None else self._now + seconds

    def _establish(self, request: AssociateRequest, accept: AssociateAccept) -> None:
        association = Association.of(request, accept, is_requestor=self._is_requestor)
        self._association = association
        self._receiver.contexts = frozenset(association.contexts)
        self._receiver.bound = association.maximum_length or _NO_BOUND
        longest = min(association.peer_maximum_length or _NO_BOUND, self._options.send_maximum)
        # The PDV's own header counts; an even number keeps values of two bytes together.
        self._most = longest - PDV_HEADER_BYTES & ~1
        self._active = self._now
        if self._options.association_seconds is not None:
            self._abort_by = self._now + self._options.association_seconds
        self._events.append(Established(association))

    def _drop_data(self) -> None:
        self._outgoing = deque([item for item in self._outgoing if isinstance(item, bytes)])

    def _send_abort(self, abort: Abort) -> None:
        self._drop_data()
        self._outgoing.append(abort.encode())

    # Actions, named and described as in PS3.8 Tables 9-6 to 9-9; what each returns is a state other than the first.

    def _nothing(self, pdu: PDU | None, error: NetworkError | None) -> None:
        """AE-1: the caller opens the connection; AA-6: the PDU is ignored."""

    def _ae_2(self, pdu: PDU | None, error: NetworkError | None) -> None:
        assert self._request is not None
        self._outgoing.append(self._request.encode())

    def _ae_3(self, pdu: PDU | None, error: NetworkError | None) -> None:
        assert isinstance(pdu, AssociateAccept)
        assert self._request is not None
        self._establish(self._request, pdu)

    def _ae_4(self, pdu: PDU | None, error: NetworkError | None) -> None:
        assert isinstance(pdu, AssociateReject)
        self._events.append(Rejected(pdu))

    def _ae_5(self, pdu: PDU | None, error: NetworkError | None) -> None:
        self._start_artim()

    def _ae_6(self, pdu: PDU | None, error: NetworkError | None) -> State | None:
        assert isinstance(pdu, AssociateRequest)
        if not pdu.protocol_version & PROTOCOL_VERSION:
            # Rejected for good, by the service-provider (ACSE): protocol version not supported.
            self._outgoing.append(AssociateReject(result=1, source=2, reason=2).encode())
            self._start_artim()
            return State.STA_13
        self._artim = None
        self._request = pdu
        self._events.append(AssociationRequested(pdu))
        return None

    def _ae_7(self, pdu: PDU | None, error: NetworkError | None) -> None:
        assert isinstance(pdu, AssociateAccept)
        assert self._request is not None
        self._outgoing.append(pdu.encode())
        self._establish(self._request, pdu)

    def _ae_8(self, pdu: PDU | None, error: NetworkError | None) -> None:
        assert isinstance(pdu, AssociateReject)
        self._outgoing.append(pdu.encode())
        self._start_artim()

    def _ar_1(self, pdu: PDU | None, error: NetworkError | None) -> None:
        self._outgoing.append(ReleaseRequest().encode())

    def _ar_2(self, pdu: PDU | None, error: NetworkError | None) -> None:
        self._events.append(ReleaseRequested(False))

    def _ar_3(self, pdu: PDU | None, error: NetworkError | None) -> None:
        self._events.append(Released())

    def _ar_4(self, pdu: PDU | None, error: NetworkError | None) -> None:
        self._outgoing.append(ReleaseResponse().encode())
        self._start_artim()

    def _ar_8(self, pdu: PDU | None, error: NetworkError | None) -> State | None:
        self._events.append(ReleaseRequested(True))
        return State.STA_9 if self._is_requestor else State.STA_10

    def _ar_9(self, pdu: PDU | None, error: NetworkError | None) -> None:
        self._outgoing.append(ReleaseResponse().encode())

    def _ar_10(self, pdu: PDU | None, error: NetworkError | None) -> None:
        self._events.append(Released())

    def _stop_artim(self, pdu: PDU | None, error: NetworkError | None) -> None:
        """AR-5, AA-5: the connection is closed."""
        self._artim = None
        self._outgoing.clear()

    def _aa_1(self, pdu: PDU | None, error: NetworkError | None) -> None:
        abort = pdu if isinstance(pdu, Abort) else Abort()
        self._send_abort(abort)
        self._start_artim()
        if error is not None:
            self._events.append(Aborted(abort.source, abort.reason, True, error))

    def _aa_2(self, pdu: PDU | None, error: NetworkError | None) -> None:
        if self._state is State.STA_2 and self._artim is not None and self._artim <= self._now:
            late = NetworkTimeoutError(deadline=self._artim, waiting_for="A-ASSOCIATE-RQ")
            self._events.append(Aborted(AbortSource.SERVICE_PROVIDER, AbortReason.NOT_SPECIFIED, True, late))
        self._artim = None
        self._outgoing.clear()

    def _aa_3(self, pdu: PDU | None, error: NetworkError | None) -> None:
        assert isinstance(pdu, Abort)
        self._outgoing.clear()
        aborted = AssociationAbortedError("the peer aborted the association", source=pdu.source, reason=pdu.reason)
        self._events.append(Aborted(pdu.source, pdu.reason, False, aborted))

    def _aa_4(self, pdu: PDU | None, error: NetworkError | None) -> None:
        self._outgoing.clear()
        where = "before it was open" if self._state is State.STA_4 else f"in state {self._state}"
        if self._receiver.is_within_pdu:
            where += ", within a PDU"
        lost = NetworkError(f"the connection was closed {where}")
        self._events.append(Aborted(AbortSource.SERVICE_PROVIDER, AbortReason.NOT_SPECIFIED, False, lost))

    def _aa_7(self, pdu: PDU | None, error: NetworkError | None) -> None:
        self._send_abort(_abort_for(error))

    def _aa_8(self, pdu: PDU | None, error: NetworkError | None) -> None:
        assert error is not None
        abort = _abort_for(error)
        self._send_abort(abort)
        self._events.append(Aborted(abort.source, abort.reason, True, error))
        self._start_artim()


_ACTIONS: dict[Action, Callable[[UpperLayer, PDU | None, NetworkError | None], State | None]] = {
    Action.AE_1: UpperLayer._nothing,
    Action.AE_2: UpperLayer._ae_2,
    Action.AE_3: UpperLayer._ae_3,
    Action.AE_4: UpperLayer._ae_4,
    Action.AE_5: UpperLayer._ae_5,
    Action.AE_6: UpperLayer._ae_6,
    Action.AE_7: UpperLayer._ae_7,
    Action.AE_8: UpperLayer._ae_8,
    # DT-1, DT-2, AR-6, AR-7: data go through `send_data` and the parser, by `_SENDING` and `_DELIVERING`.
    Action.AR_1: UpperLayer._ar_1,
    Action.AR_2: UpperLayer._ar_2,
    Action.AR_3: UpperLayer._ar_3,
    Action.AR_4: UpperLayer._ar_4,
    Action.AR_5: UpperLayer._stop_artim,
    Action.AR_8: UpperLayer._ar_8,
    Action.AR_9: UpperLayer._ar_9,
    Action.AR_10: UpperLayer._ar_10,
    Action.AA_1: UpperLayer._aa_1,
    Action.AA_2: UpperLayer._aa_2,
    Action.AA_3: UpperLayer._aa_3,
    Action.AA_4: UpperLayer._aa_4,
    Action.AA_5: UpperLayer._stop_artim,
    Action.AA_6: UpperLayer._nothing,
    Action.AA_7: UpperLayer._aa_7,
    Action.AA_8: UpperLayer._aa_8,
}

_WISHES = {
    Evt.EVT_2: "connection_made()",
    Evt.EVT_5: "connection_made()",
    Evt.EVT_7: "accept()",
    Evt.EVT_8: "reject()",
    Evt.EVT_11: "release()",
    Evt.EVT_14: "respond_release()",
}


def _abort_for(error: NetworkError | None) -> Abort:
    reason = error.reason if isinstance(error, RemoteProtocolError) else AbortReason.NOT_SPECIFIED
    return Abort(source=AbortSource.SERVICE_PROVIDER, reason=reason)


def _unrecognized(kind: int) -> RemoteProtocolError:
    text = f"there is no PDU of type 0x{kind:02X}"
    if kind == 0x16:
        text += "; this is how TLS begins"
    elif kind in b"GPHDOC":
        text += "; this may be HTTP"
    return RemoteProtocolError(text, offset=0, reason=AbortReason.UNRECOGNIZED_PDU)


def _check(pdu: PDU) -> None:
    """Raise RemoteProtocolError for a peer to which no data could ever be sent."""
    if isinstance(pdu, (AssociateRequest, AssociateAccept)):
        maximum = pdu.user_information.maximum_length
        # The header of a PDV has six bytes, and two are the least that keeps values whole.
        if maximum is not None and 0 < maximum < 8:
            raise RemoteProtocolError(f"a maximum length of {counted(maximum, 'byte')} leaves no room for data")
