"""Data sets on their way: pieces of even length, one buffer, nothing lost (PS3.8 annex E)."""

from __future__ import annotations

import array
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.errors import LocalProtocolError
from dicomkit.net.dimse.fragments import Fragments


class Parts:
    """A source that gives what it was made of, part by part; its buffers are spoilt when it is asked again."""

    def __init__(self, parts: list[bytes], kind: type = bytes) -> None:
        self.parts = parts
        self.kind = kind
        self.given: Any = None

    def read(self, size: int, /) -> Any:
        if isinstance(self.given, bytearray):
            self.given[:] = b"\xdd" * len(self.given)
        part = self.parts.pop(0)[:size] if self.parts else b""
        self.given = self.kind(part)
        return self.given


def taken(fragments: Fragments, size: int) -> list[bytes]:
    """Take all pieces, each before the next is asked for."""
    found = []
    is_last = False
    while not is_last:
        buffers, is_last = fragments.take(size)
        found.append(b"".join(buffers))
    return found


@given(st.binary(max_size=300), st.integers(2, 400))
def test_bytes_in_memory_are_cut(data: bytes, size: int):
    """Pieces of even length and at most the size that was asked, without a copy."""
    pieces = taken(Fragments(data), size)
    assert data == b"".join(pieces)
    assert [] == [piece for piece in pieces[:-1] if len(piece) % 2 or not piece or len(piece) > size]
    [first, *_], _ = Fragments(data).take(size)
    assert isinstance(first, memoryview)
    assert first.obj is data


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=8), st.integers(50, 400), st.booleans(), st.booleans())
def test_sources_are_read_to_their_end(parts: list[bytes], size: int, counted: bool, reused: bool):
    """Whatever parts a source gives, all bytes come, in pieces of even length of which the last is not empty."""
    data = b"".join(parts)
    source = Parts(list(parts), bytearray if reused else bytes)
    pieces = taken(Fragments(source, len(data) if counted else None), size)
    assert data == b"".join(pieces)
    assert [] == [piece for piece in pieces[:-1] if len(piece) % 2]
    assert bool(data) == bool(pieces[-1])


def test_a_counted_source_is_not_asked_whether_there_is_more():
    """With its length, a source whose bytes have all been read is at its end."""
    source = Parts([b"12", b"34", b"not this"])
    assert [b"12", b"34"] == taken(Fragments(source, 4), 10)
    assert [b"not this"] == source.parts


@pytest.mark.parametrize(
    ("parts", "reason"), [([b"12", b"3"], "ends 1 byte early"), ([b"12345"], "is 1 byte too long")]
)
def test_a_counted_source_keeps_its_length(parts: list[bytes], reason: str):
    """A source that gives less, or more than was asked for, is an error."""

    class Greedy(Parts):
        def read(self, size: int, /) -> Any:
            return super().read(1000)

    with pytest.raises(LocalProtocolError, match=f"the data set {reason}"):
        taken(Fragments(Greedy(parts), 4), 10)


def test_only_bytes_may_be_followed_at_once():
    """Bytes never change; any other buffer may be filled anew when its source is read again."""
    for source, reusable in [(io.BytesIO(b"1234"), True), (Parts([b"1234"], bytearray), False)]:
        fragments = Fragments(source)
        fragments.take(100)
        assert reusable is fragments.is_reusable
    assert Fragments(bytearray(4)).is_reusable


def test_buffers_of_other_items_are_bytes():
    """An array of 16-bit numbers is as many bytes as it holds."""
    values = memoryview(array.array("H", [1, 2, 3]))
    assert [bytes(values)[:4], bytes(values)[4:]] == taken(Fragments(values), 4)
    with pytest.raises(LocalProtocolError, match="a data set of 6 bytes, not of 3"):
        Fragments(values, 3)
