"""Sessions: messages over an association, both ways, whole and in pieces (PS3.7 6.3, 8, D.3.3.3)."""

from __future__ import annotations

import io
import struct
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dicomkit.core.issue import IssueCode
from dicomkit.errors import LimitExceededError, LocalProtocolError, NetworkTimeoutError, RemoteProtocolError
from dicomkit.net.dimse.commands import MESSAGES, Command, CommandField, Priority, encode
from dicomkit.net.dimse.session import (
    DataPiece,
    MessageBegan,
    MessageCollector,
    MessageEnded,
    SendFailed,
    Session,
)
from dicomkit.net.dimse.status import CANCEL, PENDING, SUCCESS, Status
from dicomkit.net.options import AssociationOptions
from dicomkit.net.ul.events import Aborted, Closed, Released, ReleaseRequested
from dicomkit.testing.sessions import SessionPair

VERIFICATION = "1.2.840.10008.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
STUDY_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
IMPLICIT = "1.2.840.10008.1.2"
CONTEXTS = [(VERIFICATION, [IMPLICIT]), (CT, [IMPLICIT]), (STUDY_FIND, [IMPLICIT])]
KIB = 1 << 10
MIB = 1 << 20


def echo(message_id: int = 1) -> Command:
    """Give a C-ECHO-RQ, which goes in context 1."""
    return Command(CommandField.C_ECHO_RQ, message_id=message_id, affected_sop_class_uid=VERIFICATION)


def store(message_id: int = 1) -> Command:
    """Give a C-STORE-RQ, which goes in context 3."""
    return Command(
        CommandField.C_STORE_RQ,
        message_id=message_id,
        affected_sop_class_uid=CT,
        affected_sop_instance_uid="1.2.3",
        priority=Priority.MEDIUM,
        has_data_set=True,
    )


def find(message_id: int = 1) -> Command:
    """Give a C-FIND-RQ, which goes in context 5."""
    return Command(
        CommandField.C_FIND_RQ,
        message_id=message_id,
        affected_sop_class_uid=STUDY_FIND,
        priority=Priority.MEDIUM,
        has_data_set=True,
    )


def data_of(events: list[Any]) -> bytes:
    """Give the data set that came in pieces."""
    return b"".join([bytes(event.view) for event in events if isinstance(event, DataPiece)])


def kinds(events: list[Any]) -> list[type]:
    """Give the types of events, of a run of pieces one."""
    found = [type(event) for event in events]
    return [
        kind for kind, before in zip(found, [None, *found], strict=False) if (kind, before) != (DataPiece, DataPiece)
    ]


def pdv(context_id: int, control: int, data: bytes) -> bytes:
    """Give a P-DATA-TF PDU of one PDV; control 1 is command, 2 is last."""
    return struct.pack(">BxIIBB", 4, len(data) + 6, len(data) + 2, context_id, control) + data


def answered(pair: SessionPair) -> None:
    """Answer all that is outstanding at the acceptor, and forget what happened."""
    for request in list(pair.acceptor._performing.values()):
        pair.acceptor.send(request.context.id, request.command.response(SUCCESS))
    pair.pump()
    pair.events_of(pair.requestor)
    pair.events_of(pair.acceptor)


# Whole messages -------------------------------------------------------------------------------------------------------


def test_an_echo_goes_and_its_response_comes():
    """C-ECHO: the request arrives with its context, the response ends what was outstanding."""
    pair = SessionPair.associated(CONTEXTS)
    pair.requestor.send(1, echo())
    assert {1: echo()} == pair.requestor.invoked
    pair.pump()
    began, ended = pair.events_of(pair.acceptor)
    assert isinstance(began, MessageBegan)
    assert (1, VERIFICATION, echo()) == (began.context.id, began.context.abstract_syntax, began.command)
    assert MessageEnded(*began) == ended
    assert {1: echo()} == pair.acceptor.performing
    pair.acceptor.send(1, echo().response(SUCCESS))
    pair.pump()
    assert [echo().response(SUCCESS)] * 2 == [event.command for event in pair.events_of(pair.requestor)]
    assert ({}, {}) == (pair.requestor.invoked, pair.acceptor.performing)


def test_what_goes_over_the_wire_is_what_the_standard_says():
    """A message is a command fragment, last of its command set, then the data set's, each a PDV of a P-DATA-TF PDU."""
    pair = SessionPair.associated(CONTEXTS)
    pair.requestor.send(1, echo(1))
    assert pdv(1, 3, encode(echo(1))) == pair.step(pair.requestor)
    answered(pair)
    pair.requestor.send(3, store(2), b"DATA SET")
    assert pdv(3, 3, encode(store(2))) + pdv(3, 2, b"DATA SET") == pair.step(pair.requestor)


@pytest.mark.parametrize("length", [0, 1, 2, 3, 1000, 65536, 65537, MIB, MIB + 1, 3 * MIB + 3])
@pytest.mark.parametrize("kind", ["bytes", "view", "source", "counted source"])
@pytest.mark.parametrize("maximum", [16 * KIB, MIB])
def test_a_data_set_arrives_as_it_was_sent(length: int, kind: str, maximum: int):
    """From memory, a source, one whose length is told: the same bytes, in even fragments, the last not empty."""
    options = AssociationOptions(maximum_length=maximum)
    pair = SessionPair.associated(CONTEXTS, acceptor=options)
    data = (b"0123456789abcdef" * (length // 16 + 1))[:length]
    given: Any = {"bytes": data, "view": memoryview(bytearray(data))}.get(kind, io.BytesIO(data))
    pair.requestor.send(3, store(), given, length=length if kind == "counted source" else None)
    start = len(pair.sent["requestor"])
    pair.pump()
    events = pair.events_of(pair.acceptor)
    assert [MessageBegan, *([DataPiece] if length else []), MessageEnded] == kinds(events)
    assert data == data_of(events)
    fragments = fragments_of(bytes(pair.sent["requestor"][start:]))
    assert 3 == fragments[0][0]
    assert [0] * (len(fragments) - 2) == [control for control, _ in fragments[1:-1]]
    assert 2 == fragments[-1][0]
    assert [] == [size for _, size in fragments[1:-1] if size % 2 or size + 6 > maximum]
    assert bool(length) == bool(fragments[-1][1])
    # A source whose length nobody knows has its last two bytes held back.
    fewest = 1 + max(-(-length // (maximum - 6)), 1)
    assert len(fragments) in ((fewest, fewest + 1) if kind == "source" else (fewest,))


def fragments_of(sent: bytes) -> list[tuple[int, int]]:
    """Give (control, length) of each PDV; each has a PDU of its own here."""
    found = []
    position = 0
    while position < len(sent):
        kind, length, pdv_length, _, control = struct.unpack_from(">BxIIBB", sent, position)
        assert (4, length - 4) == (kind, pdv_length)
        found.append((control, pdv_length - 2))
        position += 6 + length
    return found


REQUESTS = [field for field in CommandField if not field.is_response and field is not CommandField.C_CANCEL_RQ]


def request_of(field: CommandField) -> tuple[Command, bytes | None]:
    """Give a request with all that it must have, and its data set."""
    values: dict[str, Any] = {
        "message_id": 7,
        "affected_sop_class_uid": CT,
        "requested_sop_class_uid": CT,
        "affected_sop_instance_uid": "1.2.3",
        "requested_sop_instance_uid": "1.2.3",
        "priority": Priority.LOW,
        "move_destination": "THERE",
        "event_type_id": 1,
        "action_type_id": 1,
    }
    message = MESSAGES[field]
    has_data_set = message.data_set != "-"
    fields = {name: values[name] for name in message.required if name in values}
    return Command(field, has_data_set=has_data_set, **fields), b"IDENTIFIER" if has_data_set else None


@pytest.mark.parametrize("field", REQUESTS)
def test_every_message_arrives_split_at_every_byte(field: CommandField):
    """Request and response of each service, cut in two at each byte, and given byte by byte, are the same messages."""
    pair = SessionPair.associated(CONTEXTS)
    request, data = request_of(field)
    with_data = MESSAGES[field.response].data_set != "-"
    response = request.response(SUCCESS, has_data_set=with_data)
    reply = b"REPLY!" if with_data else None

    def arrive(split: Callable[[bytes], list[bytes]]) -> None:
        pair.split = split
        pair.requestor.send(3, request, data)
        pair.pump()
        events = pair.events_of(pair.acceptor)
        assert (request, data or b"") == (events[0].command, data_of(events))  # type: ignore[union-attr]
        assert MessageEnded is type(events[-1])
        pair.acceptor.send(3, response, reply)
        pair.pump()
        events = pair.events_of(pair.requestor)
        assert (response, reply or b"") == (events[0].command, data_of(events))  # type: ignore[union-attr]
        assert MessageEnded is type(events[-1])

    longest = max(len(encode(request)) + len(data or b""), len(encode(response)) + len(reply or b"")) + 24
    for position in range(longest + 1):
        arrive(lambda sent, at=position: [sent[:at], sent[at:]])
    arrive(lambda sent: [sent[at : at + 1] for at in range(len(sent))])


def test_fragments_of_a_command_set_are_put_together():
    """A command set in many PDVs, and several PDVs in one PDU, are one message."""
    pair = SessionPair.associated(CONTEXTS)
    command, data = encode(store()), b"DATA SET"
    items = [
        (1, command[:10]),
        (1, b""),
        (1, command[10:11]),
        (3, command[11:]),
        (0, b""),
        (0, data[:4]),
        (2, data[4:]),
    ]
    body = b"".join([struct.pack(">IBB", len(part) + 2, 3, control) + part for control, part in items])
    pair.acceptor.receive_data(struct.pack(">BxI", 4, len(body)) + body, 0.0)
    events = pair.events_of(pair.acceptor)
    assert [MessageBegan, DataPiece, MessageEnded] == kinds(events)
    assert data == data_of(events)


# Streaming ------------------------------------------------------------------------------------------------------------


class Reused:
    """A source that fills one buffer again and again, and counts what it is asked."""

    def __init__(self, length: int, size: int = 100 * KIB) -> None:
        self.left = length
        self.buffer = bytearray(size)
        self.reads = 0

    def read(self, size: int, /) -> memoryview:
        self.reads += 1
        size = min(size, len(self.buffer), self.left)
        self.left -= size
        self.buffer[:size] = bytes([self.reads & 0xFF]) * size
        return memoryview(self.buffer)[:size]


@pytest.mark.parametrize("counted", [False, True])
def test_a_source_may_fill_one_buffer_again(counted: bool):
    """What a source gave is not asked to be overwritten before it has been handed to the connection."""
    pair = SessionPair.associated(CONTEXTS)
    source = Reused(MIB)
    pair.requestor.send(3, store(), source, length=MIB if counted else None)
    pair.pump()
    received = data_of(pair.events_of(pair.acceptor))
    whole, rest = divmod(MIB, 100 * KIB)
    assert b"".join([bytes([n + 1]) * (100 * KIB) for n in range(whole)]) + bytes([whole + 1]) * rest == received


def test_a_source_is_read_as_the_connection_takes_it():
    """Nothing is read before data_to_send, then what it is asked for; when nobody sends, nothing is read."""
    pair = SessionPair.associated(CONTEXTS)
    source = Reused(10 * MIB, MIB)
    pair.requestor.send(3, store(), source)
    assert 0 == source.reads
    for count in range(1, 5):
        sent = sum(map(len, pair.requestor.data_to_send(64 * KIB)))
        assert count == source.reads
        assert 64 * KIB - 4 <= sent <= 65 * KIB
    assert pair.requestor.has_to_send


def test_long_data_sets_need_little_memory():
    """256 MiB go through both sessions with what one data_to_send takes."""
    pair = SessionPair.associated(CONTEXTS)
    source = Reused(256 * MIB, 256 * KIB)
    pair.requestor.send(3, store(), source)
    received = 0
    tracemalloc.start()
    try:
        while buffers := pair.requestor.data_to_send(256 * KIB):
            for buffer in buffers:
                pair.acceptor.receive_data(buffer, 0.0)
                while (event := pair.acceptor.next_event()) is not None:
                    received += len(event.view) if isinstance(event, DataPiece) else 0
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 256 * MIB == received
    assert peak < MIB


def test_messages_are_sent_one_after_the_other():
    """With a window, small data sets of several messages go out together; their fragments do not mix."""
    options = AssociationOptions(operations_invoked=8, operations_performed=8)
    pair = SessionPair.associated(CONTEXTS, requestor=options, acceptor=options)
    for number in range(1, 9):
        pair.requestor.send(3, store(number), io.BytesIO(bytes([number]) * 39_000))
    buffers = pair.requestor.data_to_send()
    assert 8 * 39_000 < sum(map(len, buffers))
    pair.acceptor.receive_data(b"".join(buffers), 0.0)
    events = pair.events_of(pair.acceptor)
    assert [MessageBegan, DataPiece, MessageEnded] * 8 == kinds(events)
    assert list(range(1, 9)) == [event.command.message_id for event in events if isinstance(event, MessageBegan)]


class Broken:
    """A source that gives some bytes, then raises."""

    def __init__(self, before: int) -> None:
        self.before = before

    def read(self, size: int, /) -> bytes:
        if not self.before:
            raise OSError("the disk is gone")
        self.before -= 1
        return bytes(1000)


def test_a_message_whose_data_set_cannot_be_read_is_not_sent():
    """If the first read fails, nothing was sent: an event says so, the next message goes out, the association lives."""
    pair = SessionPair.associated(CONTEXTS)
    pair.requestor.send(3, store(1), Broken(0))
    pair.pump()
    [failed] = pair.events_of(pair.requestor)
    assert isinstance(failed, SendFailed)
    assert (store(1), "the disk is gone") == (failed.command, str(failed.error))
    assert {} == pair.requestor.invoked
    pair.requestor.send(3, store(2), b"DATA SET")
    pair.pump()
    assert store(2) == pair.events_of(pair.acceptor)[0].command  # type: ignore[union-attr]


def test_a_failed_response_can_be_answered_otherwise():
    """If the data set of a last response cannot be read, its request is outstanding again."""
    pair = SessionPair.associated(CONTEXTS)
    get = Command(CommandField.N_GET_RQ, message_id=1, requested_sop_class_uid=CT, requested_sop_instance_uid="1.2")
    pair.requestor.send(3, get)
    pair.pump()
    pair.acceptor.send(3, get.response(SUCCESS, has_data_set=True), Broken(0))
    assert {} == pair.acceptor.performing
    pair.pump()
    assert SendFailed is type(pair.events_of(pair.acceptor)[-1])
    assert {1: get} == pair.acceptor.performing
    pair.acceptor.send(3, get.response(0x0110))
    pair.pump()
    assert 0x0110 == pair.events_of(pair.requestor)[-1].command.status  # type: ignore[union-attr]


def test_a_data_set_that_breaks_off_ends_the_association():
    """Half a data set cannot be taken back: the association is aborted, the peer never sees the end of the message."""
    pair = SessionPair.associated(CONTEXTS)
    pair.requestor.send(3, store(), Broken(3))
    pair.pump()
    aborted = pair.events_of(pair.requestor)[-1]
    assert isinstance(aborted, Aborted)
    assert (True, LocalProtocolError) == (aborted.is_local, type(aborted.error))
    assert "the disk is gone" == str(aborted.error.__cause__)
    assert MessageEnded not in kinds(pair.events_of(pair.acceptor))


@pytest.mark.parametrize(("length", "reason"), [(3000, "ends 2,000 bytes early"), (999, "is 1 byte too long")])
def test_a_source_that_does_not_keep_its_length_ends_the_association(length: int, reason: str):
    """A file that shrank or a length that was wrong is not sent as if it were whole."""
    pair = SessionPair.associated(CONTEXTS)

    class Other(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read()

    pair.requestor.send(3, store(), Other(bytes(1000)), length=length)
    pair.pump()
    event = pair.events_of(pair.requestor)[-1]
    error = event.error.__cause__ if isinstance(event, Aborted) else event.error  # type: ignore[union-attr]
    assert f"the data set {reason}" == str(error)
    assert MessageEnded not in kinds(pair.events_of(pair.acceptor))


# What the peer may not do ---------------------------------------------------------------------------------------------

STRANGE = [
    ([pdv(3, 2, b"DATA")], "data set without a command"),
    ([pdv(3, 0, b"DATA")], "data set without a command"),
    ([pdv(3, 3, encode(store())), pdv(1, 2, b"DATA")], "data set in another context"),
    ([pdv(3, 3, encode(store())), pdv(3, 0, b"DA"), pdv(1, 2, b"TA")], "data set in another context"),
    ([pdv(3, 3, encode(store())), pdv(3, 3, encode(store(2)))], "a command before the end of a data set"),
    (
        [pdv(3, 3, encode(store())), pdv(3, 0, b"DATA"), pdv(1, 3, encode(echo(2)))],
        "a command before the end of a data",
    ),
    ([pdv(1, 1, encode(echo())[:20]), pdv(3, 3, encode(echo())[20:])], "a command set in two contexts"),
    ([pdv(1, 1, encode(echo())[:20]), pdv(1, 2, b"DATA")], "data set without a command"),
    ([pdv(1, 3, encode(echo())), pdv(1, 2, b"DATA")], "data set without a command"),
    ([pdv(1, 3, b"")], "a command set without a command field"),
    ([pdv(1, 3, encode(echo())[:-1])], "has 2 bytes where 1 are left"),
    ([pdv(1, 1, bytes(30 * KIB))] * 3, "a command set above the bound of 65,536 bytes"),
    ([pdv(1, 3, bytes(65 * KIB))], "a command set above the bound of 65,536 bytes"),
    ([pdv(1, 3, encode(echo().response(0)))], "C-ECHO-RSP to message 1, which is not outstanding"),
    ([pdv(1, 3, encode(echo())), pdv(1, 3, encode(echo()))], "C-ECHO-RQ with Message ID 1, which is outstanding"),
    ([pdv(1, 3, encode(echo(n))) for n in range(1, 20)], "more requests outstanding than the 1 that were granted"),
]


@pytest.mark.parametrize(("pdus", "reason"), STRANGE)
@pytest.mark.parametrize("together", [False, True])
def test_what_breaks_the_protocol_is_aborted(pdus: list[bytes], reason: str, together: bool):
    """A peer that sends what is no message gets A-ABORT; the event says what it did; nothing more is taken from it."""
    pair = SessionPair.associated(CONTEXTS)
    for data in [b"".join(pdus)] if together else pdus:
        pair.acceptor.receive_data(data, 0.0)
        pair._record(pair.acceptor)
    pair.acceptor.receive_data(pdv(1, 3, encode(echo(99))), 0.0)
    events = pair.events_of(pair.acceptor)
    aborted = events[-1]
    assert isinstance(aborted, Aborted)
    assert (True, RemoteProtocolError) == (aborted.is_local, type(aborted.error))
    assert reason in str(aborted.error)
    assert bytes.fromhex("07 00 00000004 00 00 00 00") == b"".join(pair.acceptor.data_to_send())
    assert ({}, {}) == (pair.acceptor.invoked, pair.acceptor.performing)


@pytest.mark.parametrize("behind", [b"\x99" * 6, bytes.fromhex("05 00 00000004 00000000"), b""])
def test_an_association_is_aborted_once(behind: bytes):
    """What is no message, and then no PDU or a release, is one abort: the first thing that the peer did counts."""
    pair = SessionPair.associated(CONTEXTS)
    pair.acceptor.receive_data(pdv(3, 2, b"DATA") + pdv(1, 3, encode(echo())) + behind, 0.0)
    [aborted] = pair.events_of(pair.acceptor)
    assert isinstance(aborted, Aborted)
    assert "data set without a command" == str(aborted.error)


RESPONSES = [
    (store(2).response(0), 3, "C-STORE-RSP to message 2, which is not outstanding"),
    (echo(1).response(0), 3, "C-ECHO-RSP to C-STORE-RQ 1"),
    (store(1).response(0), 1, "C-STORE-RSP in another presentation context than its request"),
    (store(1).response(0xFF00), 3, "C-STORE-RSP with status Pending"),
]


@pytest.mark.parametrize(("response", "context_id", "reason"), RESPONSES)
def test_a_response_that_answers_nothing_is_aborted(response: Command, context_id: int, reason: str):
    """A response belongs to a request that is outstanding, of its kind and in its context; few may be Pending."""
    pair = SessionPair.associated(CONTEXTS)
    pair.requestor.send(3, store(), b"DATA")
    pair.pump()
    pair.requestor.receive_data(pdv(context_id, 3, encode(response)), 0.0)
    aborted = pair.events_of(pair.requestor)[-1]
    assert isinstance(aborted, Aborted)
    assert reason == str(aborted.error)


def test_a_data_set_beyond_the_bound_is_aborted():
    """data_set_bytes bounds one data set received, in all, however it is cut."""
    pair = SessionPair.associated(CONTEXTS, acceptor=AssociationOptions(data_set_bytes=100_000))
    pair.requestor.send(3, store(1), bytes(100_000))
    pair.pump()
    assert MessageEnded is type(pair.events_of(pair.acceptor)[-1])
    answered(pair)
    pair.requestor.send(3, store(2), bytes(100_000))
    pair.pump()
    assert MessageEnded is type(pair.events_of(pair.acceptor)[-1])
    answered(pair)
    pair.requestor.send(3, store(3), bytes(100_001))
    pair.pump()
    aborted = pair.events_of(pair.acceptor)[-1]
    assert isinstance(aborted, Aborted)
    assert "a data set above the bound of 100,000 bytes" == str(aborted.error)


def odd_echo() -> bytes:
    """Give a C-ECHO-RQ with a wrong group length."""
    return b"\0\0\0\0\4\0\0\0\1\0\0\0" + encode(echo())[12:]


def test_deviations_that_can_be_lived_with_are_issues():
    """A wrong group length is noted, and the message taken."""
    pair = SessionPair.associated(CONTEXTS)
    pair.acceptor.receive_data(pdv(1, 3, odd_echo()), 0.0)
    assert echo() == pair.events_of(pair.acceptor)[0].command  # type: ignore[union-attr]
    assert [IssueCode.GROUP_LENGTH_WRONG] == [issue.code for issue in pair.acceptor.issues]


def test_who_lives_with_nothing_aborts():
    """With the policy "raise" a deviation ends the association; nothing is raised at who gives the bytes."""
    pair = SessionPair.associated(CONTEXTS, acceptor=AssociationOptions(issues="raise"))
    pair.acceptor.receive_data(pdv(1, 3, odd_echo()), 0.0)
    [aborted] = pair.events_of(pair.acceptor)
    assert isinstance(aborted, Aborted)
    assert "group-length-wrong" in str(aborted.error)


# What the caller may not do -------------------------------------------------------------------------------------------


def test_a_message_must_fit_the_association():
    """Another context, a data set that the command does not announce, a field that is missing: nothing is sent."""
    pair = SessionPair.associated(CONTEXTS)
    session = pair.requestor
    for context_id, command, data, reason in [
        (7, echo(), None, "no accepted presentation context 7"),
        (1, echo(), b"DATA", "C-ECHO-RQ says that it has no data set"),
        (3, store(), None, "C-STORE-RQ says that it has a data set"),
        (1, Command(CommandField.C_ECHO_RQ, message_id=1), None, "C-ECHO-RQ without affected_sop_class_uid"),
        (1, echo(1).response(0), None, "C-ECHO-RSP to message 1, which is not outstanding"),
    ]:
        with pytest.raises(LocalProtocolError, match=reason):
            session.send(context_id, command, data)
    with pytest.raises(LocalProtocolError, match="a data set of 4 bytes, not of 5"):
        session.send(3, store(), b"DATA", length=5)
    assert ({}, []) == (session.invoked, session.data_to_send())


def test_nothing_is_sent_without_an_association():
    """Before it is there and after it is over, a message is a mistake of the caller."""
    pair = SessionPair.associated(CONTEXTS)
    pair.requestor.abort(0.0)
    with pytest.raises(LocalProtocolError, match="no message can be sent in state"):
        pair.requestor.send(1, echo())
    with pytest.raises(LocalProtocolError, match="there is no accepted presentation context 1"):
        Session.acceptor().send(1, echo())


def test_responses_go_where_their_request_came():
    """A response in another context, or of another message, is not sent (the last one only once)."""
    pair = SessionPair.associated(CONTEXTS)
    pair.requestor.send(1, echo())
    pair.pump()
    with pytest.raises(LocalProtocolError, match="C-ECHO-RSP belongs in presentation context 1"):
        pair.acceptor.send(3, echo().response(0))
    with pytest.raises(LocalProtocolError, match="C-STORE-RSP to message 1, which is not outstanding"):
        pair.acceptor.send(1, store(1).response(0))
    pair.acceptor.send(1, echo().response(0))
    with pytest.raises(LocalProtocolError, match="C-ECHO-RSP to message 1, which is not outstanding"):
        pair.acceptor.send(1, echo().response(0))


# What is outstanding --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("asked", "granted", "window"), [(1, 1, 1), (8, 1, 1), (8, 3, 3), (0, 5, 5), (4, 0, 4)])
def test_no_more_is_outstanding_than_was_granted(asked: int, granted: int, window: int):
    """The window of PS3.7 D.3.3.3 bounds requests; each last response makes room for another."""
    pair = SessionPair.associated(
        CONTEXTS,
        requestor=AssociationOptions(operations_invoked=asked),
        acceptor=AssociationOptions(operations_performed=granted),
    )
    session = pair.requestor
    for number in range(1, window + 1):
        assert session.can_invoke
        session.send(1, echo(number))
    assert not session.can_invoke
    with pytest.raises(LocalProtocolError, match=f"{window} requests? may be outstanding"):
        session.send(1, echo(99))
    pair.pump()
    assert window == len(pair.acceptor.performing)
    pair.acceptor.send(1, echo(window).response(0))
    pair.pump()
    assert session.can_invoke
    if window > 1:
        with pytest.raises(LocalProtocolError, match="Message ID 1 is outstanding"):
            session.send(1, echo(1))
    session.send(1, echo(window))


def test_without_a_bound_every_message_id_can_be_outstanding():
    """A window of 0 is unlimited: 65,535 requests, one for each Message ID."""
    options = AssociationOptions(operations_invoked=0, operations_performed=0)
    session = SessionPair.associated(CONTEXTS, requestor=options, acceptor=options).requestor
    seen = set()
    for _ in range(65535):
        identifier = session.next_message_id()
        seen.add(identifier)
        session.send(1, echo(identifier))
    assert set(range(1, 65536)) == seen
    assert not session.can_invoke
    with pytest.raises(LocalProtocolError, match="every Message ID is outstanding"):
        session.next_message_id()


def test_message_ids_are_given_in_turn_and_pass_over_what_is_outstanding():
    """1 follows 65,535, except while the request with that number awaits its response."""
    options = AssociationOptions(operations_invoked=0, operations_performed=0)
    session = SessionPair.associated(CONTEXTS, requestor=options, acceptor=options).requestor
    session.send(1, echo(1))
    session.send(1, echo(2))
    assert [3, 4, 5] == [session.next_message_id() for _ in range(3)]
    session._last_id = 65534
    assert [65535, 3] == [session.next_message_id() for _ in range(2)]
    session.send(1, echo(65535))
    session._last_id = 65534
    assert 3 == session.next_message_id()


def test_both_sides_may_use_the_same_message_ids():
    """Message IDs are those of the invoker: C-GET with its C-STORE sub-operations, both with Message ID 1."""
    pair = SessionPair.associated(CONTEXTS)
    pair.requestor.send(5, find(1), b"KEYS")
    pair.pump()
    pair.acceptor.send(3, store(1), b"DATA SET")
    pair.pump()
    pair.requestor.send(3, store(1).response(0))
    pair.pump()
    pair.acceptor.send(5, find(1).response(0))
    pair.pump()
    assert [MessageBegan, DataPiece, MessageEnded, MessageBegan, MessageEnded] == kinds(pair.events_of(pair.requestor))
    assert [{}] * 4 == [side for end in (pair.requestor, pair.acceptor) for side in (end.invoked, end.performing)]


def test_a_find_has_many_responses_and_can_be_cancelled():
    """Pending responses leave the request outstanding; C-CANCEL needs no room in the window; the last ends it."""
    pair = SessionPair.associated(CONTEXTS)
    pair.requestor.send(5, find(), b"KEYS")
    pair.pump()
    for _ in range(3):
        pair.acceptor.send(5, find().response(PENDING, has_data_set=True), b"MATCH!")
    pair.pump()
    assert [MessageBegan, DataPiece, MessageEnded] * 3 == kinds(pair.events_of(pair.requestor))
    pair.requestor.cancel(1)
    pair.pump()
    cancel = pair.events_of(pair.acceptor)[-1]
    assert isinstance(cancel, MessageEnded)
    assert (CommandField.C_CANCEL_RQ, 1, 5) == (cancel.command.field, cancel.command.responded_to, cancel.context.id)
    assert {1: find()} == pair.acceptor.performing
    pair.acceptor.send(5, find().response(CANCEL))
    pair.pump()
    assert {} == pair.requestor.invoked
    pair.requestor.cancel(1)
    assert [] == pair.requestor.data_to_send()


def test_a_cancel_that_comes_too_late_does_no_harm():
    """C-CANCEL may cross with the last response."""
    pair = SessionPair.associated(CONTEXTS)
    pair.acceptor.receive_data(pdv(5, 3, encode(find().cancel())), 0.0)
    assert [MessageBegan, MessageEnded] == kinds(pair.events_of(pair.acceptor))


# Times and ends -------------------------------------------------------------------------------------------------------


def test_a_peer_that_does_not_answer_is_not_waited_for():
    """After response_seconds without a response the association is aborted, and the error says what was waited for."""
    pair = SessionPair.associated(CONTEXTS, requestor=AssociationOptions(response_seconds=10, idle_seconds=None))
    session = pair.requestor
    assert session.deadline is None
    session.send(1, echo(7))
    pair.pump()
    assert 10.0 == session.deadline
    session.handle_timeout(9.9)
    session.handle_timeout(10.0)  # something was sent since the clock was looked at
    assert 20.0 == session.deadline
    assert [] == pair.events_of(session)
    session.handle_timeout(20.0)
    [aborted] = pair.events_of(session)
    assert isinstance(aborted, Aborted)
    assert isinstance(aborted.error, NetworkTimeoutError)
    assert "timed out waiting for the response to C-ECHO-RQ 7" == str(aborted.error)


def test_every_response_starts_the_wait_anew():
    """Pending responses, and the sub-operations of the peer, show that it is at work."""
    pair = SessionPair.associated(CONTEXTS, requestor=AssociationOptions(response_seconds=10, idle_seconds=None))
    session = pair.requestor
    session.send(5, find(), b"KEYS")
    pair.pump()
    for now in (8.0, 16.0, 24.0):
        pair.now = now
        pair.acceptor.send(5, find().response(PENDING, has_data_set=True), b"MATCH!")
        pair.pump()
        assert now + 10 == session.deadline
    pair.acceptor.send(5, find().response(0))
    pair.pump()
    assert session.deadline is None


def test_waiting_for_an_answer_is_not_idleness():
    """idle_seconds do not count while an operation is invoked or performed."""
    options = AssociationOptions(response_seconds=None, idle_seconds=5)
    pair = SessionPair.associated(CONTEXTS, requestor=options, acceptor=options)
    assert (5.0, 5.0) == (pair.requestor.deadline, pair.acceptor.deadline)
    pair.requestor.send(1, echo())
    pair.pump()
    assert (None, None) == (pair.requestor.deadline, pair.acceptor.deadline)
    answered(pair)
    assert (5.0, 5.0) == (pair.requestor.deadline, pair.acceptor.deadline)


def test_silence_within_a_message_is_idleness():
    """A peer that stops within a data set, even between two PDUs, is not waited for without end."""
    options = AssociationOptions(response_seconds=None, idle_seconds=5)
    pair = SessionPair.associated(CONTEXTS, acceptor=options)
    pair.now = 1.0
    pair.acceptor.receive_data(pdv(3, 3, encode(store())) + pdv(3, 0, b"DATA"), 1.0)
    pair.events_of(pair.acceptor)
    assert 6.0 == pair.acceptor.deadline
    pair.acceptor.receive_data(pdv(3, 0, b"MORE"), 5.0)
    pair.events_of(pair.acceptor)
    assert 10.0 == pair.acceptor.deadline
    pair.acceptor.handle_timeout(10.0)
    pair.acceptor.handle_timeout(15.0)
    [aborted] = pair.events_of(pair.acceptor)
    assert isinstance(aborted, Aborted)
    assert isinstance(aborted.error, NetworkTimeoutError)


def test_what_is_done_for_the_peer_is_not_waited_for():
    """While this side stores what a C-GET brings, and while that comes, the response of the C-GET is not late."""
    options = AssociationOptions(response_seconds=10, idle_seconds=None)
    pair = SessionPair.associated(CONTEXTS, requestor=options)
    session = pair.requestor
    session.send(5, find(), b"KEYS")
    pair.pump()
    pair.acceptor.send(3, store(), bytes(3 * MIB))
    for now in (8.0, 16.0):
        pair.now = now
        pair.step(pair.acceptor)
        assert session.deadline is None or now + 60 == session.deadline  # the rest of a PDU
    pair.pump()
    assert session.deadline is None
    session.handle_timeout(1000.0)
    pair.now = 1000.0
    session.send(3, store().response(0))
    pair.pump()
    session.handle_timeout(1000.0)
    assert 1010.0 == session.deadline
    assert Aborted not in kinds(pair.events_of(session))


def test_a_release_waits_for_what_is_to_be_sent():
    """Messages that were given before the release go out before it."""
    pair = SessionPair.associated(CONTEXTS)
    pair.requestor.send(3, store(), io.BytesIO(bytes(3 * MIB)))
    pair.requestor.release(0.0)
    with pytest.raises(LocalProtocolError, match="no message can be sent"):
        pair.requestor.send(1, echo(2))
    pair.pump()
    assert [MessageBegan, DataPiece, MessageEnded, ReleaseRequested] == kinds(pair.events_of(pair.acceptor))
    pair.acceptor.send(3, store().response(0))
    pair.acceptor.respond_release(0.0)
    pair.pump()
    assert [MessageBegan, MessageEnded, Released, Closed] == kinds(pair.events_of(pair.requestor))


def test_an_answer_to_a_release_waits_for_what_is_to_be_sent():
    """What the acceptor still has to say goes out before its answer to the release."""
    pair = SessionPair.associated(CONTEXTS)
    pair.requestor.send(5, find(), b"KEYS")
    pair.pump()
    pair.requestor.release(0.0)
    pair.pump()
    pair.acceptor.send(5, find().response(PENDING, has_data_set=True), bytes(3 * MIB))
    pair.acceptor.respond_release(0.0)
    pair.pump()
    assert [MessageBegan, DataPiece, MessageEnded, Released, Closed] == kinds(pair.events_of(pair.requestor))


def test_an_end_leaves_nothing_behind():
    """After an abort nothing is outstanding, nothing is to be sent, sources are let go of."""
    pair = SessionPair.associated(CONTEXTS)
    source = Reused(10 * MIB)
    pair.requestor.send(3, store(), source)
    pair.step(pair.requestor)
    pair.acceptor.abort(0.0)
    pair.pump()
    reads = source.reads
    assert [Aborted, Closed] == kinds(pair.events_of(pair.requestor))
    assert [] == pair.requestor.data_to_send()
    assert (reads, {}, False) == (source.reads, pair.requestor.invoked, pair.requestor.has_to_send)
    assert pair.requestor.wants_close


def test_a_connection_that_breaks_ends_the_session():
    """The end of the connection within a data set is an abort without the message's end."""
    pair = SessionPair.associated(CONTEXTS)
    pair.requestor.send(3, store(), bytes(3 * MIB))
    pair.step(pair.requestor)
    pair.close()
    assert [MessageBegan, DataPiece, Aborted, Closed] == kinds(pair.events_of(pair.acceptor))


# Small data sets ------------------------------------------------------------------------------------------------------


def messages_of(collector: MessageCollector, events: list[Any]) -> Iterator[Any]:
    """Give what a collector makes of events."""
    for event in events:
        if (message := collector.receive(event)) is not None:
            yield message


def test_small_data_sets_are_collected():
    """A collector gives whole messages, whatever pieces they came in, with None for no data set."""
    pair = SessionPair.associated(CONTEXTS, split=lambda sent: [sent[at : at + 7] for at in range(0, len(sent), 7)])
    pair.requestor.send(5, find(), b"KEYS OF A QUERY!")
    pair.pump()
    pair.acceptor.send(5, find().response(PENDING, has_data_set=True), b"")
    pair.acceptor.send(5, find().response(SUCCESS))
    pair.pump()
    collector = MessageCollector()
    [asked] = messages_of(collector, pair.events_of(pair.acceptor))
    assert (find(), b"KEYS OF A QUERY!", 5) == (asked.command, asked.data_set, asked.context.id)
    answers = list(messages_of(collector, pair.events_of(pair.requestor)))
    assert [(PENDING, b""), (SUCCESS, None)] == [(answer.command.status, answer.data_set) for answer in answers]


def test_a_data_set_beyond_the_limit_is_not_kept():
    """One byte too many is an error at the end of the message; none of it stays in memory, the next is collected."""
    pair = SessionPair.associated(CONTEXTS, split=lambda sent: [sent[:60_000], sent[60_000:]])
    collector = MessageCollector(limit=100_000)
    pair.requestor.send(5, find(1), bytes(100_001))
    pair.pump()
    *begin, end = pair.events_of(pair.acceptor)
    assert [] == list(messages_of(collector, begin))
    assert not collector._data
    with pytest.raises(LimitExceededError, match="identifier_bytes=100000 is exceeded by 100001"):
        collector.receive(end)
    answered(pair)
    pair.requestor.send(5, find(2), bytes(100_000))
    pair.pump()
    [message] = messages_of(collector, pair.events_of(pair.acceptor))
    assert bytes(100_000) == message.data_set


def test_a_status_comes_with_what_explains_it():
    """Error Comment, Offending Element and counts of a response arrive."""
    pair = SessionPair.associated(CONTEXTS)
    get = Command(
        CommandField.C_GET_RQ, message_id=3, affected_sop_class_uid=CT, priority=Priority.HIGH, has_data_set=True
    )
    pair.requestor.send(3, get, b"KEYS")
    pair.pump()
    sent = get.response(
        0xA702, remaining=0, completed=5, failed=2, warned=1, error_comment="no space", offending_elements=(0x00100020,)
    )
    pair.acceptor.send(3, sent)
    pair.pump()
    [_, ended] = pair.events_of(pair.requestor)
    assert sent == ended.command  # type: ignore[union-attr]
    assert Status(0xA702) == ended.command.status  # type: ignore[union-attr]
