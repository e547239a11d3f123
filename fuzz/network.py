"""What peers of the network may send: PDUs, and whole courses of a connection."""

from __future__ import annotations

import struct
from functools import cache
from typing import TYPE_CHECKING

from dicomkit.errors import LocalProtocolError, RemoteProtocolError
from dicomkit.net.options import AssociationOptions
from dicomkit.net.ul import (
    Abort,
    AcceptorPolicy,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    CommonExtendedNegotiation,
    ContextResult,
    Data,
    DataTransfer,
    DataValue,
    Event,
    ExtendedNegotiation,
    OperationsWindow,
    ReleaseRequest,
    ReleaseResponse,
    RoleSelection,
    State,
    Support,
    UnknownItem,
    UpperLayer,
    UserIdentity,
    associate_request,
    decode,
    negotiate,
)
from dicomkit.net.ul.events import Closed

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

_CT, _ECHO = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.1"
_IMPLICIT, _EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
_OPTIONS = AssociationOptions(maximum_length=2048, operations_invoked=4, operations_performed=2)
_POLICY = AcceptorPolicy(
    supports={_ECHO: Support((_IMPLICIT,)), _CT: Support((_EXPLICIT, _IMPLICIT), is_scu=True)},
    extended=lambda one: one.information[::-1],
    user_identity_response=b"yes",
)


@cache
def _request() -> AssociateRequest:
    return associate_request(
        "ME",
        "PACS",
        [(_ECHO, [_IMPLICIT]), (_CT, [_IMPLICIT, _EXPLICIT])],
        _OPTIONS,
        roles=[RoleSelection(_CT, True, True)],
        extended=[ExtendedNegotiation(_CT, b"\1\0\1")],
        common_extended=[CommonExtendedNegotiation(_CT, "1.2.840.10008.4.2", ("1.2.3",))],
        user_identity=UserIdentity(2, b"bob", b"secret", True),
    )


@cache
def _answer() -> AssociateAccept:
    answer = negotiate(_request(), _POLICY, _OPTIONS)
    assert isinstance(answer, AssociateAccept)
    return answer


@cache
def _pdus() -> tuple[bytes, ...]:
    """Give PDUs of each type, whole; their order is what the second byte of an operation chooses by."""
    values = (
        DataValue(context_id=1, is_command=True, is_last=True, data=b"\0\0\0\0\4\0\0\0\x38\0\0\0"),
        DataValue(context_id=3, data=b"piece"),
        DataValue(context_id=3, is_last=True, data=b""),
    )
    window = _request().user_information.replace(operations_window=OperationsWindow(0, 0), maximum_length=0)
    pdus = (
        _request(),
        _answer(),
        AssociateReject(result=2, source=3, reason=1),
        DataTransfer(values=values[:1]),
        DataTransfer(values=values[1:]),
        ReleaseRequest(),
        ReleaseResponse(),
        Abort(source=2, reason=1),
        _request().replace(user_information=window, unknown=(UnknownItem(0x99, b"?"),)),
        _answer().replace(contexts=(ContextResult(1, 3, _IMPLICIT), ContextResult(3, 0, _EXPLICIT))),
        DataTransfer(values=values),
    )
    return tuple(pdu.encode() for pdu in pdus)


# PDUs ----------------------------------------------------------------------------------------------------------------


def pdu_seeds() -> tuple[bytes, ...]:
    """Give types and bodies."""
    return tuple(pdu[:1] + pdu[6:] for pdu in _pdus())


def pdu(data: bytes) -> Hashable:
    """Decode a PDU; what can be written again is read as the same, and its text fits a log."""
    if not data:
        return None
    found = decode(data[0], data[1:])
    assert len(repr(found)) < 50 * len(data) + 2000
    try:
        again = found.encode()
    except LocalProtocolError:
        return type(found).__name__, "not written"
    # An item without a UID, or a name that is not printable, is not written; what is, is read.
    assert found == decode(again[0], again[6:]), "written again it says something else"
    return type(found).__name__, len(again).bit_length()


# Connections ---------------------------------------------------------------------------------------------------------

# An input is a byte that says where the connection stands, and operations: below _LOCAL, so many bytes of the input
# (and one more) are received; from _CANNED, a PDU of `_pdus`; between, the local user or the clock does something.
_LOCAL, _CANNED = 0x80, 0xC0
_BEGINNINGS = 6


def _begin(choice: int) -> UpperLayer:
    if choice == 0:
        upper = UpperLayer.acceptor(_OPTIONS)
        upper.connection_made(0.0)
        return upper
    if choice in (1, 2, 3):
        upper = UpperLayer.requestor(_request(), _OPTIONS)
        upper.connection_made(0.0)
        if choice > 1:
            upper.receive_data(_pdus()[1], 0.0)
        if choice > 2:
            _drained(upper)
            upper.release(0.0)
    else:
        upper = UpperLayer.acceptor(_OPTIONS)
        upper.connection_made(0.0)
        upper.receive_data(_pdus()[0], 0.0)
        upper.accept(_answer(), 0.0)
        if choice > 4:
            _drained(upper)
            upper.release(0.0)
    _drained(upper)
    return upper


def _drained(upper: UpperLayer) -> tuple[list[Event], int]:
    """Take all events, with the data copied, and all that is to be sent; every list has whole PDUs."""
    events: list[Event] = []
    while (event := upper.next_event()) is not None:
        events.append(event._replace(view=memoryview(bytes(event.view))) if isinstance(event, Data) else event)
    sent = 0
    while buffers := upper.data_to_send():
        stream = b"".join(buffers)
        assert len(buffers) <= 1024
        while stream:
            end = 6 + int.from_bytes(stream[2:6], "big")
            assert end <= len(stream), "a list ends within a PDU"
            if stream[0] != 4:
                decode(stream[0], stream[6:end])
            stream = stream[end:]
        sent += 1
    return events, sent


_WISHES: tuple[Callable[[UpperLayer, float], None], ...] = (
    lambda upper, now: upper.accept(_answer(), now),
    lambda upper, now: upper.reject(now, result=1, source=1, reason=7),
    lambda upper, now: upper.release(now),
    lambda upper, now: upper.respond_release(now),
    lambda upper, now: upper.abort(now),
    lambda upper, now: upper.send_data(1, True, True, b"command"),
    lambda upper, now: upper.send_data(3, False, True, (bytes(3000), b"", b"end")),
    lambda upper, now: upper.connection_made(now),
    lambda upper, now: upper.handle_timeout(now),
    lambda upper, now: upper.receive_eof(now),
)


def _steps(data: bytes) -> list[tuple[Callable[[UpperLayer, float], None] | bytes, float]]:
    """Give what happens, and when."""
    steps: list[tuple[Callable[[UpperLayer, float], None] | bytes, float]] = []
    position, now = 0, 0.0
    while position < len(data):
        operation = data[position]
        position += 1
        if operation < _LOCAL:
            steps.append((data[position : position + operation + 1], now))
            position += operation + 1
        elif operation >= _CANNED:
            steps.append((_pdus()[operation % len(_pdus())], now))
        else:
            now += operation >> 3 & 7  # seconds
            steps.append((_WISHES[operation % len(_WISHES)], now))
    return steps


def _course(data: bytes, step: int) -> tuple[list[Event], set[State]]:
    """Let it happen, bytes coming `step` at a time; give what was told."""
    upper = _begin(data[0] % _BEGINNINGS)
    told: list[Event] = []
    seen = {upper.state}
    for what, now in _steps(data[1:]):
        if isinstance(what, bytes):
            for start in range(0, len(what), step):
                upper.receive_data(what[start : start + step], now)
                told += _drained(upper)[0]
        else:
            before = upper.state
            try:
                what(upper, now)
            except LocalProtocolError:
                assert before == upper.state, "what was not possible changed the state"
        told += _drained(upper)[0]
        seen.add(upper.state)
        assert len(upper._receiver._body) <= len(data) * 1000
    upper.receive_eof(1e6)
    told += _drained(upper)[0]
    assert (State.STA_1, True, None) == (upper.state, upper.wants_close, upper.deadline), "it does not end"
    return told, seen


def _summary(told: list[Event]) -> list[object]:
    """Give what was told, without how data were cut."""
    found: list[object] = []
    for event in told:
        if not isinstance(event, Data):
            found.append(type(event))
            continue
        key = (event.context_id, event.is_command)
        if found and isinstance(found[-1], list) and found[-1][:2] == [*key] and not found[-1][2]:
            found[-1] = [*key, event.is_last, found[-1][3] + bytes(event.view)]
        elif event.view or event.is_last:
            found.append([*key, event.is_last, bytes(event.view)])
    return found


def association_seeds() -> tuple[bytes, ...]:
    """Give courses: each PDU at each beginning, by itself and as bytes, and some that go on."""
    whole = [bytes((start, _CANNED + number)) for start in range(_BEGINNINGS) for number in range(len(_pdus()))]
    short = [pdu for pdu in _pdus() if len(pdu) <= 128]
    cut = [bytes((start, len(pdu) - 1)) + pdu for start in range(_BEGINNINGS) for pdu in short]
    wishes = [bytes((start, _LOCAL + number)) for start in range(_BEGINNINGS) for number in range(len(_WISHES))]
    canned = {name: _CANNED + (number - _CANNED) % len(_pdus()) for number, name in enumerate("QAJDPXRB")}
    wish = {name: _LOCAL + (number - _LOCAL) % len(_WISHES) for number, name in enumerate("arlobdsmte")}
    courses = ("QaDPDslR", "QaDPXso", "QrB", "QaDlXoR", "QaXoe", "AdsDDlR", "AlXoR", "Ab", "J", "tttttttttt", "QaDbDB")
    said = [
        bytes((start, *[canned[letter] if letter.isupper() else wish[letter] for letter in course]))
        for course in courses
        for start in (0, 1, 2, 4)
    ]
    lies = [bytes((start, 5)) + struct.pack(">BxI", kind, 0xFFFFFFFF) for start in range(6) for kind in range(1, 9)]
    return (*whole, *cut, *wishes, *said, *lies)


def association(data: bytes) -> Hashable:
    """Let a connection take its course: it ends, says so once and last, and does not depend on how bytes were cut."""
    if not data:
        return None
    try:
        told, seen = _course(data, 1 << 20)
    except RemoteProtocolError as error:
        raise AssertionError("what a peer did came up as an exception") from error
    assert [len(told) - 1] == [index for index, event in enumerate(told) if isinstance(event, Closed)]
    if len(data) & 3 == 0:
        again, _ = _course(data, 1 + data[-1] % 7)
        assert _summary(told) == _summary(again), "cut elsewhere it says something else"
    return frozenset(seen), frozenset(type(event).__name__ for event in told)
