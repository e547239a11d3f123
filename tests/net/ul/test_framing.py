"""PDUs in the stream, and data cut into PDUs."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.errors import RemoteProtocolError
from dicomkit.net.ul import Data, DataTransfer, Event, ReleaseRequest, decode
from dicomkit.net.ul.framing import MOST_BUFFERS, Fate, Outgoing, Receiver
from tests.net.ul.test_pdu import pdus


class Notes:
    """A listener that streams data, skips releases, collects the rest, and writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def pdu_begins(self, kind: int, length: int) -> Fate:
        """Note the header."""
        self.told.append((kind, length))
        if kind > 7:
            raise RemoteProtocolError("no such PDU")
        return Fate.DATA if kind == 4 else Fate.SKIPPED if kind == 5 else Fate.WHOLE

    def pdu_is_there(self, kind: int, body: bytearray | memoryview) -> None:
        """Note the PDU."""
        self.told.append((kind, bytes(body)))

    def refuse(self, error: RemoteProtocolError) -> None:
        """Note the error."""
        self.told.append(str(error))


def a_receiver() -> tuple[Receiver, Notes, deque[Event]]:
    """Give a receiver of data in every odd context."""
    events: deque[Event] = deque()
    notes = Notes()
    receiver = Receiver(events, notes, 1 << 20)
    receiver.streams = True
    receiver.contexts = frozenset(range(1, 256, 2))
    return receiver, notes, events


def test_a_header_decides():
    """PDUs are skipped, collected, or refused, whatever pieces they come in."""
    stream = (
        b"\5\0\0\0\0\2ab" + b"\6\0\0\0\0\3abc" + b"\5\0\0\0\0\0" + b"\7\0\0\0\0\0" + b"\x08\0\0\0\0\1x" + b"\6\0\0\0"
    )
    for step in (1, 2, 5, 100):
        receiver, notes, events = a_receiver()
        for start in range(0, len(stream), step):
            if not receiver.is_stopped:
                receiver.give(stream[start : start + step])
        assert [(5, 2), (6, 3), (6, b"abc"), (5, 0), (7, 0), (7, b""), (8, 1), "no such PDU"] == notes.told
        assert receiver.is_stopped
        assert not events


def test_it_knows_where_it_is():
    """Within a PDU or between two; whether one has begun with what was given last."""
    receiver, _, _ = a_receiver()
    assert not receiver.is_within_pdu
    for piece, within, begun in (
        (b"\6", True, True), (b"\0\0\0\0\2", True, False), (b"a", True, False), (b"b", False, False),
        (b"\5\0\0\0\0\1x\5", True, True),
    ):  # fmt: skip
        receiver.give(piece)
        assert (within, begun) == (receiver.is_within_pdu, receiver.has_begun)


@pytest.mark.parametrize("data", [b"abc", bytearray(b"abc"), memoryview(b"abc"), memoryview(b"abcd").cast("H")[:2]])
def test_any_buffer_will_do(data):
    """Bytes, bytearray, and views of any item."""
    buffers: list[object] = []
    assert Outgoing(1, False, True, data).write(buffers, 100)  # type: ignore[arg-type]
    assert b"abc" == b"".join(buffers)[12:15]  # type: ignore[arg-type]


@given(data=st.lists(pdus, max_size=6), cuts=st.lists(st.integers(1, 50), min_size=1, max_size=30))
def test_any_pdus_in_any_pieces(data, cuts):
    """What PDUs say does not depend on how they are cut."""
    stream = b"".join([pdu.encode() for pdu in data])
    receiver, notes, events = a_receiver()
    pieces: list[tuple[int, bool, bytes]] = []
    position = 0
    for cut in cuts * (len(stream) // sum(cuts) + 1):
        if position < len(stream):
            receiver.give(stream[position : position + cut])
            position += cut
            pieces += [(one.context_id, one.is_command, bytes(one.view)) for one in events if isinstance(one, Data)]
            events.clear()
    expected = [value for pdu in data if isinstance(pdu, DataTransfer) for value in pdu.values]
    assert b"".join([value.data for value in expected]) == b"".join([data for _, _, data in pieces])
    runs = [(value.context_id, value.is_command) for value in expected if value.data]
    assert list(dict.fromkeys(runs)) == list(dict.fromkeys([one[:2] for one in pieces if one[2]]))
    whole = [decode(*told) for told in notes.told if isinstance(told, tuple) and isinstance(told[1], bytes)]
    assert [pdu for pdu in data if not isinstance(pdu, (DataTransfer, ReleaseRequest))] == whole


@given(
    data=st.lists(st.binary(max_size=300), max_size=20),
    most=st.integers(1, 400).map(lambda number: 2 * number),
    flags=st.tuples(st.booleans(), st.booleans()),
)
def test_any_data_are_cut_into_full_pdus(data, most, flags):
    """All PDUs but the last are full, the last alone says last, and the data are what was given."""
    outgoing = Outgoing(5, *flags, data)
    buffers: list[bytes | bytearray | memoryview] = []
    while not outgoing.write(buffers, most):
        continue
    stream = b"".join(buffers)
    values = []
    while stream:
        end = 6 + int.from_bytes(stream[2:6], "big")
        pdu = decode(stream[0], stream[6:end])
        assert isinstance(pdu, DataTransfer)
        values += pdu.values
        stream = stream[end:]
    assert b"".join(data) == b"".join([value.data for value in values])
    assert [most] * (len(values) - 1) == [len(value.data) for value in values[:-1]]
    assert [False] * (len(values) - 1) + [flags[1]] == [value.is_last for value in values]
    assert {(5, flags[0])} == {(value.context_id, value.is_command) for value in values}


def test_many_small_buffers_do_not_make_a_list_too_long():
    """A PDU ends early rather than take more buffers than one sendmsg does."""
    outgoing = Outgoing(1, False, True, [b"x"] * 3000)
    lists = []
    while True:
        buffers: list[bytes | bytearray | memoryview] = []
        done = outgoing.write(buffers, 10_000)
        lists.append(buffers)
        if done:
            break
    assert [1024, 1024, 955] == [len(buffers) for buffers in lists]
    assert max(map(len, lists)) <= MOST_BUFFERS
    assert [0, 0, 2] == [bytes(buffers[0])[11] for buffers in lists]  # only the last says last
