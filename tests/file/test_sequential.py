"""Streams that come once and in order."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.errors import FileFormatError
from dicomkit.file.sequential import Sequential, reads_of

DATA = bytes(range(256)) * 4


class Drops(io.RawIOBase):
    """A stream that gives a few bytes at a time and remembers what it was asked for."""

    def __init__(self, data: bytes, drop: int) -> None:
        self.file = io.BytesIO(data)
        self.drop = drop
        self.asked: list[int] = []

    def read(self, size: int = -1) -> bytes:
        """Give at most `drop` bytes."""
        self.asked.append(size)
        return self.file.read(min(size, self.drop))


@given(st.lists(st.binary(max_size=9)), st.integers(1, 5))
def test_an_iterator_of_chunks_reads_as_a_file(chunks, size):
    """Chunks of any size, empty ones among them, are read to the end in pieces of at most what is asked for."""
    read, parts = reads_of(iter(chunks)), []
    while part := read(size):
        assert len(part) <= size
        parts.append(part)
    assert b"".join(chunks) == b"".join(parts)
    assert b"" == read(size)


@given(st.lists(st.tuples(st.sampled_from(["take", "skip", "read_at"]), st.integers(1, 60))), st.integers(1, 40))
def test_takes_skips_and_looks_ahead_as_a_file_does(steps, drop):
    """Whatever the stream drops at a time, each step gives what a file would, and the position is the file's."""
    stream, at = Sequential(Drops(DATA[:500], drop).read, "drops"), 0
    for step, length in steps:
        if step == "read_at":
            assert DATA[at : at + length][: max(0, 500 - at)] == stream.read_at(at, length)
        elif step == "skip":
            skipped = stream.skip(length)
            assert min(length, 500 - at) == skipped
            at += skipped
        else:
            data = stream.take(length)
            assert DATA[at : min(at + len(data), 500)] == data
            assert len(data) <= length
            assert data or at == 500
            at += len(data)
        assert at == stream.base


def test_reach_passes_and_reads_on():
    """What lies before an offset is passed, and the window holds as much as is asked for, or all there is."""
    stream = Sequential(Drops(DATA, 10).read, "drops")
    assert stream.reach(100, 25) >= 25
    assert (100, DATA[100:125]) == (stream.base, stream.window[:25])
    assert 24 == stream.reach(1000, 100)
    assert (DATA[1000:], True) == (stream.window, stream.has_ended)


def test_take_does_not_wait_for_all():
    """One read of the stream answers one request, however little it gives."""
    drops = Drops(DATA, 10)
    stream = Sequential(drops.read, "drops")
    assert DATA[:10] == stream.take(1000)
    assert [1000] == drops.asked


def test_nothing_is_read_behind_the_end():
    """A stream that said that it ends is not asked again."""
    drops = Drops(b"ab", 10)
    stream = Sequential(drops.read, "drops")
    assert [b"ab", b"", b"", 0] == [stream.take(9), stream.take(9), stream.take(9), stream.skip(9)]
    assert 2 == len(drops.asked)


def test_what_was_passed_is_gone():
    """Bytes before the position cannot be had again."""
    stream = Sequential(io.BytesIO(DATA).read, "memory")
    stream.skip(10)
    with pytest.raises(ValueError, match="passed"):
        stream.read_at(9, 1)


def test_a_stream_that_fails_names_itself_and_the_place():
    """An OSError of the stream becomes a FileFormatError with the name of the stream and how far it was read."""
    drops = Drops(DATA, 10)
    stream = Sequential(drops.read, "drops")
    stream.skip(10)

    def fail(size: int) -> bytes:
        raise ConnectionResetError("gone")

    stream._read = fail
    with pytest.raises(FileFormatError, match="gone") as caught:
        stream.take(1)
    assert ("drops", 10) == (caught.value.source, caught.value.offset)


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_other_kinds_of_bytes_become_bytes(kind):
    """A stream may give a bytearray or a memoryview."""
    data = Sequential(lambda length: kind(DATA[:length]), "memory").take(5)
    assert (bytes, DATA[:5]) == (type(data), data)


def test_text_is_refused():
    """A stream of text is an error of the program, not of the file."""
    with pytest.raises(TypeError, match="text"):
        Sequential(io.StringIO("DICM").read, "text").take(4)
