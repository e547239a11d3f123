"""The protocol of a connection: Table 9-10 at work, streams cut anywhere, bounds, timers, two ends."""

from __future__ import annotations

import gc
import struct
import weakref
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dicomkit.errors import (
    AssociationAbortedError,
    LocalProtocolError,
    NetworkError,
    NetworkTimeoutError,
    RemoteProtocolError,
)
from dicomkit.net.options import AssociationOptions
from dicomkit.net.ul import (
    NEXT_STATES,
    TRANSITIONS,
    Abort,
    Aborted,
    AssociateReject,
    AssociationRequested,
    Closed,
    Data,
    DataTransfer,
    DataValue,
    Established,
    Event,
    Evt,
    Rejected,
    Released,
    ReleaseRequest,
    ReleaseRequested,
    ReleaseResponse,
    State,
    UpperLayer,
)
from tests.net.ul.pipes import OPTIONS, a_request, an_answer, established, events_of, joined, pass_on, sent

ARTIM = 30.0
PDUS = {
    Evt.EVT_3: an_answer(a_request()).encode(),
    Evt.EVT_4: AssociateReject(result=2, source=3, reason=1).encode(),
    Evt.EVT_6: a_request().encode(),
    Evt.EVT_10: DataTransfer(values=(DataValue(context_id=1, is_command=True, is_last=True, data=b"DATA"),)).encode(),
    Evt.EVT_12: ReleaseRequest().encode(),
    Evt.EVT_13: ReleaseResponse().encode(),
    Evt.EVT_16: Abort(source=2, reason=1).encode(),
    Evt.EVT_19: b"\x09\0\0\0\0\4abcd",
}


def in_state(state: int) -> UpperLayer:
    """Give a side that has come to a state as programs come there, at time 0."""
    requestor, acceptor = UpperLayer.requestor(a_request(), OPTIONS), UpperLayer.acceptor(OPTIONS)
    if state == 4:
        return requestor
    if state == 1:
        return acceptor
    requestor.connection_made(0.0)
    acceptor.connection_made(0.0)
    if state in (2, 5):
        sent(requestor)
        return acceptor if state == 2 else requestor
    pass_on(requestor, acceptor)
    if state == 3:
        return acceptor
    requestor, acceptor = established()
    if state in (7, 9, 11, 13):
        requestor.release(0.0)
    if state == 8:
        requestor.receive_data(PDUS[Evt.EVT_12], 0.0)
    if state in (9, 11):
        requestor.receive_data(PDUS[Evt.EVT_12], 0.0)
    if state in (10, 12):
        acceptor.release(0.0)
        acceptor.receive_data(PDUS[Evt.EVT_12], 0.0)
    if state == 11:
        requestor.respond_release(0.0)
    if state == 12:
        acceptor.receive_data(PDUS[Evt.EVT_13], 0.0)
    if state == 13:
        requestor.abort(0.0)
    upper = acceptor if state in (10, 12) else requestor
    sent(upper)
    events_of(upper)
    assert state == upper.state
    return upper


def happen(upper: UpperLayer, event: Evt) -> None:
    """Let an event of Table 9-10 happen."""
    if event in PDUS:
        upper.receive_data(PDUS[event], 1.0)
    elif event in (Evt.EVT_2, Evt.EVT_5):
        upper.connection_made(1.0)
    elif event is Evt.EVT_7:
        upper.accept(an_answer(a_request()), 1.0)
    elif event is Evt.EVT_8:
        upper.reject(1.0)
    elif event is Evt.EVT_9:
        upper.send_data(1, False, True, b"DATA")
    elif event is Evt.EVT_11:
        upper.release(1.0)
    elif event is Evt.EVT_14:
        upper.respond_release(1.0)
    elif event is Evt.EVT_15:
        upper.abort(1.0)
    elif event is Evt.EVT_17:
        upper.receive_eof(1.0)
    elif event is Evt.EVT_18:
        upper.handle_timeout(ARTIM)


def sent_types(upper: UpperLayer) -> list[int]:
    """Give the types of the PDUs that a side sends."""
    data, found = sent(upper), []
    while data:
        found.append(data[0])
        data = data[6 + int.from_bytes(data[2:6], "big") :]
    return found


#: What each action of PS3.8 Tables 9-6 to 9-9 sends and tells, and what ARTIM does: starts, stops, or neither.
EFFECTS: dict[str, tuple[list[int], list[type[Event]], str]] = {
    "AE-1": ([], [], ""),
    "AE-2": ([1], [], ""),
    "AE-3": ([], [Established], ""),
    "AE-4": ([], [Rejected, Closed], ""),
    "AE-5": ([], [], "starts"),
    "AE-6": ([], [AssociationRequested], "stops"),
    "AE-7": ([2], [Established], ""),
    "AE-8": ([3], [], "starts"),
    "DT-1": ([4], [], ""),
    "DT-2": ([], [Data], ""),
    "AR-1": ([5], [], ""),
    "AR-2": ([], [ReleaseRequested], ""),
    "AR-3": ([], [Released, Closed], ""),
    "AR-4": ([6], [], "starts"),
    "AR-5": ([], [Closed], "stops"),
    "AR-6": ([], [Data], ""),
    "AR-7": ([4], [], ""),
    "AR-8": ([], [ReleaseRequested], ""),
    "AR-9": ([6], [], ""),
    "AR-10": ([], [Released], ""),
    "AA-1": ([7], [], "starts"),
    "AA-2": ([], [Closed], "stops"),
    "AA-3": ([], [Aborted, Closed], ""),
    "AA-4": ([], [Aborted, Closed], ""),
    "AA-5": ([], [Closed], "stops"),
    "AA-6": ([], [], ""),
    "AA-7": ([7], [], ""),
    "AA-8": ([7], [Aborted], "starts"),
}

CELLS = [pytest.param(state, event, id=f"{state.name}-{event.name}") for state, event in TRANSITIONS]
LOCAL = (Evt.EVT_2, Evt.EVT_5, Evt.EVT_7, Evt.EVT_8, Evt.EVT_9, Evt.EVT_11, Evt.EVT_14)


@pytest.mark.parametrize(("state", "event"), CELLS)
def test_each_cell_of_table_9_10_is_done(state: State, event: Evt):
    """In each state, each event sends, tells and times what the standard's action for it says."""
    upper = in_state(1 if event is Evt.EVT_1 else state)
    action = TRANSITIONS[state, event]
    if event is Evt.EVT_1:
        upper = UpperLayer.requestor(a_request(), OPTIONS)
    happen(upper, event)
    types, told, artim = EFFECTS[action.value]
    if action.value == "AA-1" and event in PDUS:
        told = [Aborted]  # the standard tells nobody; a server wants to say why it hung up
    if (state, event) == (2, Evt.EVT_18):
        told = [Aborted, Closed]  # the same
    assert upper.state in NEXT_STATES[action]
    assert told == [type(found) for found in events_of(upper)]
    assert types == sent_types(upper)
    assert (upper.state is State.STA_1) == upper.wants_close
    if artim == "starts":
        assert 1.0 + ARTIM == upper.deadline
    if artim == "stops":
        assert upper.deadline is None


@pytest.mark.parametrize("event", LOCAL)
@pytest.mark.parametrize("state", State)
def test_what_cannot_be_done_now_is_the_callers_mistake(state: State, event: Evt):
    """A local event in an empty cell is a LocalProtocolError, and changes nothing."""
    upper = in_state(state)
    fits = {Evt.EVT_2: Evt.EVT_5, Evt.EVT_5: Evt.EVT_2}.get(event, event)
    if (state, event) in TRANSITIONS or (state, fits) in TRANSITIONS or (state, event) == (10, Evt.EVT_14):
        return
    with pytest.raises(LocalProtocolError):
        happen(upper, event)
    assert state == upper.state
    assert (b"", []) == (sent(upper), events_of(upper))


@pytest.mark.parametrize("state", [1, 2, 13])
def test_abort_where_there_is_nothing_to_abort(state: int):
    """Before a request the connection is to be closed; after the end nothing happens."""
    upper = in_state(state)
    upper.abort(1.0)
    assert b"" == sent(upper)
    assert ([Closed()] if state == 2 else []) == events_of(upper)


# --- two ends ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_an_association_from_its_beginning_to_its_end(step: int):
    """Request, answer, data both ways, release: in pieces of any size."""
    requestor, acceptor = UpperLayer.requestor(a_request(), OPTIONS), UpperLayer.acceptor(OPTIONS)
    requestor.connection_made(0.0)
    acceptor.connection_made(0.0)
    (requested,) = pass_on(requestor, acceptor, step=step)
    assert AssociationRequested(a_request()) == requested
    acceptor.accept(an_answer(a_request()), 0.0)
    assert [Established] == [type(event) for event in events_of(acceptor)]
    assert [Established] == [type(event) for event in pass_on(acceptor, requestor, step=step)]
    assert acceptor.association.accept == requestor.association.accept
    requestor.send_data(1, True, True, b"command")
    requestor.send_data(1, False, False, b"first")
    requestor.send_data(1, False, True, [b"second", b"", bytearray(b"third")])
    assert [
        Data(1, True, True, memoryview(b"command")),
        Data(1, False, True, memoryview(b"firstsecondthird")),
    ] == joined(pass_on(requestor, acceptor, step=step))
    acceptor.send_data(3, False, True, b"")
    assert [Data(3, False, True, memoryview(b""))] == pass_on(acceptor, requestor, step=step)
    requestor.release(0.0)
    assert [ReleaseRequested(False)] == pass_on(requestor, acceptor, step=step)
    acceptor.send_data(1, True, True, b"late")  # AR-7
    acceptor.respond_release(0.0)
    late = Data(1, True, True, memoryview(b"late"))
    assert [late, Released(), Closed()] == joined(pass_on(acceptor, requestor, step=step))
    assert requestor.wants_close
    acceptor.receive_eof(0.0)
    assert [Closed()] == events_of(acceptor)
    assert acceptor.wants_close


def test_both_ask_for_the_release():
    """A collision: the requestor answers first, then the acceptor; an answer given too early waits (PS3.8 7.2.2)."""
    requestor, acceptor = established()
    requestor.release(0.0)
    acceptor.release(0.0)
    assert [ReleaseRequested(True)] == pass_on(requestor, acceptor)
    acceptor.respond_release(0.0)
    assert (b"\5", State.STA_10) == (sent(acceptor)[:1], acceptor.state)
    requestor.receive_data(ReleaseRequest().encode(), 0.0)
    assert [ReleaseRequested(True)] == events_of(requestor)
    requestor.respond_release(0.0)
    assert [Released()] == pass_on(requestor, acceptor)
    assert [Released(), Closed()] == pass_on(acceptor, requestor)
    acceptor.receive_eof(0.0)
    assert [Closed()] == events_of(acceptor)


def test_a_rejection_says_why():
    """The requestor is told the three numbers, and the connection closes."""
    requestor, acceptor = UpperLayer.requestor(a_request(), OPTIONS), UpperLayer.acceptor(OPTIONS)
    requestor.connection_made(0.0)
    acceptor.connection_made(0.0)
    pass_on(requestor, acceptor)
    acceptor.reject(0.0, result=1, source=1, reason=7)
    assert [Rejected(AssociateReject(result=1, source=1, reason=7)), Closed()] == pass_on(acceptor, requestor)
    assert requestor.wants_close
    assert 30.0 == acceptor.deadline


def test_another_protocol_version_is_rejected_by_the_provider():
    """AE-6: a request without bit 0 of the version gets A-ASSOCIATE-RJ (1, 2, 2), and its user hears nothing."""
    upper = in_state(2)
    upper.receive_data(a_request().replace(protocol_version=2).encode(), 1.0)
    assert (AssociateReject(result=1, source=2, reason=2).encode(), State.STA_13) == (sent(upper), upper.state)
    assert [] == events_of(upper)
    assert 31.0 == upper.deadline


def test_an_abort_says_who_and_why():
    """The peer's A-ABORT comes with its numbers, as an error to raise."""
    requestor, acceptor = established()
    acceptor.send_data(1, False, True, bytes(100))
    acceptor.abort(0.0, source=2, reason=5)
    aborted, closed = pass_on(acceptor, requestor)
    assert isinstance(aborted, Aborted)
    assert (2, 5, False) == aborted[:3]
    assert isinstance(aborted.error, AssociationAbortedError)
    assert Closed() == closed
    assert [] == events_of(acceptor)  # who aborts knows


def test_after_an_abort_no_data_come():
    """What had come and was not taken is dropped, also the rest of a PDU that was on its way."""
    requestor, acceptor = established()
    requestor.send_data(1, False, True, bytes(1000))
    data = sent(requestor)
    acceptor.receive_data(data[:500], 0.0)
    acceptor.abort(0.0)
    assert [] == events_of(acceptor)
    acceptor.receive_data(data[500:] + data, 0.0)
    assert [] == events_of(acceptor)
    acceptor.receive_data(Abort().encode(), 0.0)
    assert [Closed()] == events_of(acceptor)


def test_what_has_ended_is_let_go():
    """With its last reference, without the collector of cycles."""
    gc.collect()
    for end in (lambda upper: upper.receive_eof(0.0), lambda upper: upper.receive_data(bytes(6), 0.0)):
        upper = in_state(6)
        ended = weakref.ref(upper._receiver)
        end(upper)
        events_of(upper)
        del upper
        assert ended() is None


def test_a_connection_is_not_used_twice():
    """Another connection has its own upper layer."""
    upper = in_state(2)
    upper.receive_eof(0.0)
    with pytest.raises(LocalProtocolError, match="its own"):
        upper.connection_made(1.0)


# --- streams ----------------------------------------------------------------------------------------------------------

STREAM = b"".join(
    [
        DataTransfer(
            values=(
                DataValue(context_id=1, is_command=True, is_last=True, data=b"COMMAND"),
                DataValue(context_id=1, is_command=False, is_last=False, data=b"piece"),
            )
        ).encode(),
        DataTransfer(values=(DataValue(context_id=1, is_last=False, data=b""),)).encode(),
        DataTransfer(values=(DataValue(context_id=1, is_last=True, data=b"last"),)).encode(),
        DataTransfer(values=(DataValue(context_id=3, is_last=True, data=b""),)).encode(),
        ReleaseRequest().encode(),
    ]
)
EXPECTED: list[Event] = [
    Data(1, True, True, memoryview(b"COMMAND")),
    Data(1, False, True, memoryview(b"piecelast")),
    Data(3, False, True, memoryview(b"")),
    ReleaseRequested(False),
]


def fed(upper: UpperLayer, pieces: list[bytes]) -> list[Event]:
    """Give pieces to a side and take its events."""
    found = []
    for piece in pieces:
        upper.receive_data(piece, 0.0)
        found += events_of(upper)
    return joined(found)


def test_the_stream_at_every_split():
    """Cut in two anywhere, or in pieces of any one size, the stream says the same."""
    for at in range(len(STREAM) + 1):
        assert EXPECTED == fed(established()[1], [STREAM[:at], STREAM[at:]])
    for step in range(1, len(STREAM)):
        pieces = [STREAM[start : start + step] for start in range(0, len(STREAM), step)]
        assert EXPECTED == fed(established()[1], pieces)


@pytest.mark.parametrize(("state", "event"), [(2, Evt.EVT_6), (5, Evt.EVT_3), (5, Evt.EVT_4), (6, Evt.EVT_12),
                                              (6, Evt.EVT_16), (7, Evt.EVT_13)])  # fmt: skip
def test_each_pdu_at_every_split(state: int, event: Evt):
    """A PDU other than P-DATA-TF says nothing before its last byte, and then always the same."""
    data = PDUS[event]
    upper = in_state(state)
    upper.receive_data(data, 0.0)
    expected = events_of(upper)
    assert expected
    for at in range(len(data)):
        upper = in_state(state)
        upper.receive_data(data[:at], 0.0)
        assert [] == events_of(upper)
        upper.receive_data(data[at:], 0.0)
        found = events_of(upper)
        assert [type(one) for one in expected] == [type(one) for one in found]
        assert repr(expected) == repr(found)


@pytest.mark.parametrize(("state", "event"), [(2, Evt.EVT_6), (5, Evt.EVT_3), (5, Evt.EVT_4), (6, Evt.EVT_10),
                                              (6, Evt.EVT_12), (6, Evt.EVT_16), (7, Evt.EVT_13)])  # fmt: skip
def test_each_pdu_truncated_at_every_byte(state: int, event: Evt):
    """A connection that is closed within a PDU is lost, whatever of the PDU had come."""
    data = PDUS[event]
    for size in range(len(data)):
        upper = in_state(state)
        upper.receive_data(data[:size], 0.0)
        upper.receive_eof(0.0)
        *_, closed = found = events_of(upper)
        assert Closed() == closed
        if state != 2:
            (aborted,) = [event for event in found if isinstance(event, Aborted)]
            assert isinstance(aborted.error, NetworkError)
            assert ("within a PDU" in str(aborted.error)) == (size > 0)


def test_a_buffer_full_of_nothing_makes_few_objects_at_a_time():
    """PDVs without data come a thousand at a time, however many a buffer holds."""
    _, acceptor = established()
    pdv = b"\0\0\0\2\1\0"
    acceptor.receive_data(struct.pack(">BxI", 4, 20_000 * 6) + pdv * 20_000, 0.0)
    assert 1024 >= len(acceptor._events)
    assert 20_000 == len(events_of(acceptor))
    assert 60.0 == acceptor.deadline  # idle: the PDU was complete
    acceptor.receive_data(struct.pack(">BxI", 4, 20_000 * 6) + pdv * 19_000, 5.0)
    events_of(acceptor)
    acceptor.receive_data(pdv, 30.0)
    events_of(acceptor)
    assert 65.0 == acceptor.deadline  # the rest of the PDU


def test_views_show_what_was_given():
    """Data are not copied."""
    requestor, acceptor = established()
    requestor.send_data(1, False, True, bytes(range(100)))
    buffer = bytearray(sent(requestor))
    acceptor.receive_data(buffer, 0.0)
    event = acceptor.next_event()
    assert isinstance(event, Data)
    buffer[-1] = 77
    assert 77 == event.view[-1]


def test_events_are_taken_before_more_is_given():
    """Views end with the next call, so events with data left over are the caller's mistake."""
    requestor, acceptor = established()
    requestor.send_data(1, False, True, bytes(100))
    data = sent(requestor)
    acceptor.receive_data(data, 0.0)
    with pytest.raises(LocalProtocolError, match="next_event"):
        acceptor.receive_data(data, 0.0)


def test_data_before_the_connection_are_the_callers_mistake():
    """Nothing can come before connection_made()."""
    for state in (1, 4):
        with pytest.raises(LocalProtocolError, match="connection_made"):
            in_state(state).receive_data(b"x", 0.0)


# --- sending ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("maximum", [1024, 16384, 1 << 20])
@pytest.mark.parametrize("size", [0, 1, 1017, 1018, 1019, 100_000])
def test_data_are_cut_to_the_peers_maximum(maximum: int, size: int):
    """No P-DATA-TF is longer than the peer takes, and nothing is lost or added."""
    requestor, acceptor = established(acceptor_options=AssociationOptions(maximum_length=maximum))
    data = bytes(index & 0xFF for index in range(size))
    requestor.send_data(1, False, True, [data[:333], data[333:]])
    stream = sent(requestor)
    position, lengths = 0, []
    while position < len(stream):
        lengths.append(int.from_bytes(stream[position + 2 : position + 6], "big"))
        position += 6 + lengths[-1]
    assert max(lengths) <= maximum
    assert max(1, -(-size // (maximum - 6))) == len(lengths)
    acceptor.receive_data(stream, 0.0)
    assert [Data(1, False, True, memoryview(data))] == joined(events_of(acceptor))


def test_a_peer_without_a_maximum_gets_what_is_ours():
    """0 is any length (PS3.8 D.1); who says nothing gets 16 KiB."""
    for said, longest in ((0, 1 << 20), (None, 16384)):
        upper = in_state(5)
        answer = an_answer(a_request())
        answer = answer.replace(user_information=answer.user_information.replace(maximum_length=said))
        upper.receive_data(answer.encode(), 0.0)
        upper.send_data(1, False, True, bytes(3 << 20))
        assert longest == int.from_bytes(sent(upper)[2:6], "big")


@pytest.mark.parametrize("maximum", [1, 6, 7])
@pytest.mark.parametrize("state", [2, 5])
def test_a_maximum_that_leaves_no_room_for_data_is_refused(state: int, maximum: int):
    """No data could ever be sent to such a peer."""
    upper = in_state(state)
    pdu = a_request() if state == 2 else an_answer(a_request())
    pdu = pdu.replace(user_information=pdu.user_information.replace(maximum_length=maximum))
    upper.receive_data(pdu.encode(), 0.0)
    (aborted,) = events_of(upper)
    assert isinstance(aborted, Aborted)
    assert "leaves no room" in str(aborted.error)


def test_lists_fit_one_sendmsg_and_are_whole_pdus():
    """At most 1,024 buffers a time, however many pieces there are; after each list an abort may follow."""
    requestor, acceptor = established(acceptor_options=AssociationOptions(maximum_length=1024))
    requestor.send_data(1, False, False, bytes(1 << 20))
    requestor.send_data(1, False, True, [b"x"] * 5000)
    lists = []
    while buffers := requestor.data_to_send():
        lists.append(buffers)
        stream = b"".join(buffers)
        while stream:
            stream = stream[6 + int.from_bytes(stream[2:6], "big") :]
        acceptor.receive_data(b"".join(buffers), 0.0)
        found = joined(events_of(acceptor))
    assert max(map(len, lists)) <= 1024
    assert 3 < len(lists) < 15
    assert isinstance(found[-1], Data)
    assert found[-1].is_last


def test_sent_data_are_not_copied():
    """What is queued is sent as it is then."""
    requestor, _ = established()
    data = bytearray(b"before")
    requestor.send_data(1, False, True, data)
    data[:] = b"after!"
    assert b"after!" == sent(requestor)[-6:]


def test_data_go_where_a_context_was_accepted():
    """Another context is the caller's mistake."""
    requestor, _ = established()
    with pytest.raises(LocalProtocolError, match="context 5"):
        requestor.send_data(5, True, True, b"")


def test_an_abort_overtakes_data():
    """What was queued is not sent before an A-ABORT."""
    requestor, _ = established()
    requestor.send_data(1, False, True, bytes(10 << 20))
    requestor.abort(0.0)
    assert Abort().encode() == sent(requestor)


# --- bounds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [0xFFFFFFFF, 0x80000000, (1 << 20) + 1])
@pytest.mark.parametrize("kind", range(1, 8))
@pytest.mark.parametrize("state", [2, 3, 5, 6, 7, 8, 13])
def test_a_pdu_above_its_bound_is_refused_by_its_header(state: int, kind: int, length: int):
    """A-ABORT follows the sixth byte, and nothing of the body is kept, however much comes."""
    upper = in_state(state)
    sent(upper), events_of(upper)
    upper.receive_data(struct.pack(">BxI", kind, length)[:5], 0.0)
    assert b"" == sent(upper)
    upper.receive_data(struct.pack(">BxI", kind, length)[5:], 0.0)
    assert [7] == sent_types(upper)
    told = events_of(upper)
    assert (0 if state == 13 else 1) == len(told)
    for _ in range(100):
        upper.receive_data(bytes(10_000), 0.0)
    assert ([], []) == (sent_types(upper), events_of(upper))
    assert 0 == len(upper._receiver._body) + len(upper._receiver._head)
    upper.receive_eof(1.0)
    assert [Closed()] == events_of(upper)


@pytest.mark.parametrize("kind", [3, 5, 6, 7])
def test_short_pdus_have_a_short_bound(kind: int):
    """1,024 bytes are more than any of the short PDUs needs."""
    _, acceptor = established()
    acceptor.receive_data(struct.pack(">BxI", kind, 1025), 0.0)
    assert Abort(source=2, reason=6).encode() == sent(acceptor)


def test_what_is_advertised_is_the_bound_of_data():
    """A P-DATA-TF of one byte more than was advertised is refused."""
    for length, refused in ((2048, False), (2049, True)):
        _, acceptor = established(AssociationOptions(maximum_length=2048))
        acceptor.receive_data(struct.pack(">BxIIBB", 4, length, length - 4, 1, 0) + bytes(length - 6), 0.0)
        assert refused == (State.STA_13 == acceptor.state)


@pytest.mark.parametrize(("said", "length", "refused"), [(2048, 2049, True), (2048, 2048, False), (0, 3 << 20, False)])
def test_the_answer_may_advertise_something_else(said: int, length: int, refused: bool):
    """What the user's own answer says is the bound; 0 is none."""
    upper = in_state(3)
    answer = an_answer(a_request())
    upper.accept(answer.replace(user_information=answer.user_information.replace(maximum_length=said)), 0.0)
    upper.receive_data(struct.pack(">BxIIBB", 4, length, length - 4, 1, 0), 0.0)
    assert refused == (State.STA_13 == upper.state)


def test_there_is_no_association_before_it_is_established():
    """Who asks too early is wrong."""
    with pytest.raises(LocalProtocolError, match="no association"):
        _ = in_state(5).association


def test_a_body_grows_as_it_comes():
    """A request of a megabyte that drips in holds what has come of it."""
    upper = in_state(2)
    upper.receive_data(struct.pack(">BxI", 1, 1 << 20), 0.0)
    for _ in range(10):
        upper.receive_data(bytes(100), 0.0)
    assert 1000 == len(upper._receiver._body)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\0", b"\0\0\0\1\1", b"\0\0\0\0\1\0", b"\0\0\0\1\1\0", b"\xff\xff\xff\xff\1\0x", b"\0\0\0\3\5\0x",
        b"\0\0\0\3\2\0x", b"\0\0\0\3\1\0x\0\0", b"\0\0\0\4\1\0x",
    ],
)  # fmt: skip
def test_lying_pdvs_are_refused(body: bytes):
    """A PDV that does not fit its PDU, or has another context, aborts as an invalid parameter value."""
    for step in (1, 100):
        _, acceptor = established()
        data = struct.pack(">BxI", 4, len(body)) + body
        for start in range(0, len(data), step):
            acceptor.receive_data(data[start : start + step], 0.0)
            found = events_of(acceptor)
            if any(isinstance(event, Aborted) for event in found):
                break
        assert isinstance(found[-1], Aborted)
        assert isinstance(found[-1].error, RemoteProtocolError)
        assert Abort(source=2, reason=6).encode() == sent(acceptor)


def test_who_speaks_another_protocol_is_told_apart():
    """TLS and HTTP on this port are aborted after six bytes, and the error says what it looks like."""
    for start, name in (
        (b"\x16\x03\x01\x02\x00\x01", "TLS"),
        (b"GET / HTTP/1.1", "HTTP"),
        (b"\x00\x01\x02\x03\x04\x05", "0x00"),
    ):
        upper = in_state(2)
        upper.receive_data(start, 0.0)
        (aborted,) = events_of(upper)
        assert isinstance(aborted, Aborted)
        assert name in str(aborted.error)
        assert Abort().encode() == sent(upper)


# --- timers -----------------------------------------------------------------------------------------------------------


def test_artim_runs_for_the_whole_request():
    """A peer that drips its request is closed when ARTIM ends, not later."""
    upper = in_state(2)
    for second in range(29):
        upper.receive_data(PDUS[Evt.EVT_6][second : second + 1], float(second))
        assert 30.0 == upper.deadline
    upper.handle_timeout(29.9)
    assert State.STA_2 == upper.state
    upper.handle_timeout(30.0)
    aborted, closed = events_of(upper)
    assert isinstance(aborted, Aborted)
    assert isinstance(aborted.error, NetworkTimeoutError)
    assert Closed() == closed
    assert upper.wants_close


@pytest.mark.parametrize("state", [5, 7, 11])
def test_an_answer_that_does_not_come_is_not_waited_for(state: int):
    """The peer owes an answer within response_seconds; then it is aborted."""
    upper = in_state(state)
    assert 60.0 == upper.deadline
    upper.handle_timeout(60.0)
    (aborted,) = events_of(upper)
    assert isinstance(aborted, Aborted)
    assert isinstance(aborted.error, NetworkTimeoutError)
    assert "the answer to A-" in str(aborted.error)
    assert Abort().encode() == sent(upper)
    assert 90.0 == upper.deadline
    upper.handle_timeout(90.0)
    assert [Closed()] == events_of(upper)


def test_a_pdu_that_drips_is_not_waited_for():
    """A PDU has pdu_seconds from its first byte to its last, whatever comes in between."""
    requestor, acceptor = established()
    requestor.send_data(1, False, True, bytes(1000))
    data = sent(requestor)
    for second in range(60):
        acceptor.receive_data(data[second : second + 1], float(second))
        events_of(acceptor)
        assert 60.0 == acceptor.deadline
    acceptor.handle_timeout(60.0)
    assert ["the rest of a PDU"] == [event.error.waiting_for for event in events_of(acceptor)]  # type: ignore[union-attr]


def test_each_pdu_has_its_own_time():
    """With the first byte of the next PDU its time begins anew."""
    requestor, acceptor = established()
    requestor.send_data(1, False, True, bytes(1000))
    data = sent(requestor)
    acceptor.receive_data(data + data[:50], 10.0)
    events_of(acceptor)
    acceptor.receive_data(data[50:] + data[:50], 50.0)
    events_of(acceptor)
    assert 110.0 == acceptor.deadline
    acceptor.receive_data(data[50:], 60.0)
    events_of(acceptor)
    assert 120.0 == acceptor.deadline  # idle


def test_an_idle_association_is_aborted():
    """Without anything sent or received for idle_seconds, seen at the second look if something was sent before."""
    _, acceptor = established()
    assert 60.0 == acceptor.deadline
    acceptor.handle_timeout(60.0)  # the answer had been sent
    assert (120.0, State.STA_6) == (acceptor.deadline, acceptor.state)
    acceptor.handle_timeout(120.0)
    assert ["anything to do"] == [event.error.waiting_for for event in events_of(acceptor)]  # type: ignore[union-attr]


def test_who_sends_or_waits_is_not_idle():
    """What was sent since, or a message that is worked on, starts the idle time anew."""
    requestor, _ = established()
    requestor.send_data(1, True, True, b"x")
    sent(requestor)
    requestor.handle_timeout(60.0)
    assert (120.0, State.STA_6) == (requestor.deadline, requestor.state)
    requestor.busy = True
    assert requestor.deadline is None
    requestor.handle_timeout(1000.0)
    requestor.busy = False
    requestor.handle_timeout(1000.0)
    assert (1060.0, State.STA_6) == (requestor.deadline, requestor.state)


def test_an_association_may_have_an_end():
    """association_seconds counts from the beginning, whatever happens."""
    _, acceptor = established(AssociationOptions(association_seconds=5.0, idle_seconds=None))
    assert 5.0 == acceptor.deadline
    acceptor.handle_timeout(5.0)
    assert State.STA_13 == acceptor.state


def test_without_timers_there_is_no_deadline():
    """None waits for ever."""
    options = AssociationOptions(
        artim_seconds=None, response_seconds=None, pdu_seconds=None, idle_seconds=None, association_seconds=None
    )
    requestor, acceptor = established(options)
    requestor.release(0.0)
    assert (None, None) == (requestor.deadline, acceptor.deadline)
    acceptor.handle_timeout(1e9)
    assert State.STA_6 == acceptor.state


# --- anything ---------------------------------------------------------------------------------------------------------


@given(
    state=st.sampled_from([2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13]),
    pieces=st.lists(
        st.binary(max_size=40)
        | st.sampled_from(list(PDUS.values()))
        | st.sampled_from([PDUS[Evt.EVT_10][:9], b"\4\0"]),
        max_size=8,
    ),
)
def test_no_bytes_of_a_peer_raise(state: int, pieces: list[bytes]):
    """Whatever comes in whatever state becomes events, and the connection ends."""
    upper = in_state(state)
    found: list[Event] = []
    for piece in pieces:
        upper.receive_data(piece, 0.0)
        found += events_of(upper)
    upper.receive_eof(0.0)
    found += events_of(upper)
    assert [len(found) - 1] == [index for index, event in enumerate(found) if event == Closed()]
    assert (State.STA_1, None, b"") == (upper.state, upper.deadline, sent(upper))


class TwoEnds(RuleBasedStateMachine):
    """A requestor and an acceptor whose users do anything at any time, over a pipe that cuts, forges and breaks.

    Goal N4: nothing but LocalProtocolError is raised, what comes is in an order that makes sense, and however it went,
    both ends come to state 1 by themselves, within the timers that they have.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.ends = (UpperLayer.requestor(a_request(), OPTIONS), UpperLayer.acceptor(OPTIONS))
        self.pipes = [bytearray(), bytearray()]  # to the requestor, to the acceptor
        self.told: list[list[Event]] = [[], []]
        self.is_cut = [False, False]  # this end's side of the connection is closed
        for end in self.ends:
            end.connection_made(self.now)

    @initialize(is_established=st.booleans())
    def begin(self, is_established: bool) -> None:
        """Begin with the request, or with an association."""
        self.collect(0)
        if is_established:
            self.pass_all(1)
            self.answer(1, True)
            self.pass_all(0)
            assert all(end.state is State.STA_6 for end in self.ends)

    def collect(self, side: int) -> None:
        """Take what an end tells and sends."""
        end = self.ends[side]
        while (event := end.next_event()) is not None:
            assert Closed() not in self.told[side]
            self.told[side].append(event)
            if isinstance(event, Data):
                assert event.context_id in (1, 3)
        data = sent(end)
        if not self.is_cut[side]:
            self.pipes[1 - side] += data

    def deliver(self, side: int, size: int) -> None:
        """Give an end some of what is on its way."""
        if not self.is_cut[side]:
            piece, self.pipes[side] = self.pipes[side][:size], self.pipes[side][size:]
            self.ends[side].receive_data(piece, self.now)
            self.collect(side)

    def local(self, side: int, wish: Callable[[UpperLayer], None]) -> None:
        """Let a user wish something, which may not be possible now."""
        before = self.ends[side].state
        try:
            wish(self.ends[side])
        except LocalProtocolError:
            assert before == self.ends[side].state
        self.collect(side)

    sides = st.integers(0, 1)

    @rule(side=sides, size=st.integers(0, 400))
    def pass_on(self, side: int, size: int) -> None:
        """Bytes arrive."""
        self.deliver(side, size)

    @rule(side=sides)
    def pass_all(self, side: int) -> None:
        """All bytes arrive."""
        self.deliver(side, len(self.pipes[side]))

    @rule(side=sides, data=st.binary(max_size=30) | st.sampled_from(list(PDUS.values())))
    def forge(self, side: int, data: bytes) -> None:
        """Something else gets into the stream."""
        self.pipes[side] += data

    @rule(side=sides, at=st.floats(0, 1), value=st.integers(0, 255))
    def damage(self, side: int, at: float, value: int) -> None:
        """A byte on its way changes."""
        if self.pipes[side]:
            self.pipes[side][int(at * (len(self.pipes[side]) - 1))] = value

    @rule(side=sides, accepts=st.booleans())
    def answer(self, side: int, accepts: bool) -> None:
        """A user accepts or rejects."""
        self.local(side, lambda end: end.accept(an_answer(a_request()), self.now) if accepts else end.reject(self.now))

    @rule(side=sides, context=st.sampled_from([1, 3, 5]), size=st.integers(0, 3000), flags=st.integers(0, 3))
    def send(self, side: int, context: int, size: int, flags: int) -> None:
        """A user sends data."""
        self.local(side, lambda end: end.send_data(context, flags & 1 == 1, flags & 2 == 2, bytes(size)))

    @rule(side=sides)
    def release(self, side: int) -> None:
        """A user wants the release."""
        self.local(side, lambda end: end.release(self.now))

    @rule(side=sides)
    def respond(self, side: int) -> None:
        """A user answers to the release."""
        self.local(side, lambda end: end.respond_release(self.now))

    @rule(side=sides)
    def abort(self, side: int) -> None:
        """A user aborts, which is always possible."""
        self.ends[side].abort(self.now)
        self.collect(side)

    @rule(seconds=st.floats(0, 50))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.now += seconds
        for side in (0, 1):
            self.ends[side].handle_timeout(self.now)
            self.collect(side)

    @rule(side=sides)
    def cut(self, side: int) -> None:
        """The connection breaks for one end."""
        self.is_cut[side] = True
        self.ends[side].receive_eof(self.now)
        self.collect(side)

    @invariant()
    def nothing_is_kept_without_bound(self) -> None:
        """What an end holds of what came is less than what came."""
        for end in self.ends:
            assert len(end._receiver._body) + len(end._receiver._head) < 20_000

    def teardown(self) -> None:
        """However it went: the shells do their part, the users only what they owe, and both ends close."""
        for _ in range(50):
            for side, end in enumerate(self.ends):
                if end.state in (State.STA_3, State.STA_8, State.STA_9, State.STA_12):
                    self.local(side, lambda end: end.reject(self.now))
                    self.local(side, lambda end: end.respond_release(self.now))
                self.deliver(side, len(self.pipes[side]))
                if end.wants_close and not self.is_cut[1 - side]:
                    self.deliver(1 - side, len(self.pipes[1 - side]))
                    self.cut(1 - side)
            due = [end.deadline for end in self.ends if end.deadline is not None]
            self.now = max(self.now, min(due, default=self.now))
            for side, end in enumerate(self.ends):
                end.handle_timeout(self.now)
                self.collect(side)
        for side, end in enumerate(self.ends):
            assert (State.STA_1, True, None) == (end.state, end.wants_close, end.deadline)
            assert [Closed()] == [event for event in self.told[side] if event == Closed()]
            assert Closed() == self.told[side][-1]


TestTwoEnds = TwoEnds.TestCase
TestTwoEnds.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
