"""Where long values come from and where they go: lengths, pieces, file objects that take part of what they get."""

from __future__ import annotations

import io

import pytest

from dicomkit.errors import ValueEncodeError
from dicomkit.file.bulk import Reader, Sink, length_of, measured, pieces

DATA = bytes(range(256)) * 1000


class Pipe:
    """A file object that only reads."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        """Give a little less than asked for."""
        return self._file.read(max(size - 1, 1))


@pytest.mark.parametrize(
    "value",
    [DATA, bytearray(DATA), memoryview(DATA), io.BytesIO(DATA), Pipe(DATA), [DATA[:10], b"", DATA[10:]], iter([DATA])],
    ids=["bytes", "bytearray", "view", "file", "pipe", "list", "iterator"],
)
def test_pieces_are_bounded_and_complete(value):
    """Joined pieces are the value, none is longer than 64 KiB."""
    found = list(pieces(value))
    assert DATA == b"".join(found)
    assert 64 << 10 >= max(map(len, found))


def test_a_view_of_numbers_is_its_bytes():
    """A memoryview of 16-bit numbers counts and gives bytes."""
    view = memoryview(DATA).cast("H")
    assert len(DATA) == length_of(view)
    assert DATA == b"".join(pieces(view))


def test_text_is_refused():
    """An iterable of something else than bytes is an error of the value."""
    with pytest.raises(ValueEncodeError):
        list(pieces(["text"]))


def test_a_file_object_counts_from_where_it_stands():
    """The length of a file is what is left of it; one that cannot seek has none."""
    file = io.BytesIO(DATA)
    file.seek(100)
    assert len(DATA) - 100 == length_of(file)
    assert 100 == file.tell()
    assert length_of(Pipe(DATA)) is None
    assert length_of(iter([b"a"])) is None


def test_what_has_no_length_is_measured():
    """A pipe is read into a file that can be read again, and its length is known then."""
    with measured(Pipe(DATA)) as (value, length):
        assert (len(DATA), DATA) == (length, b"".join(pieces(value)))
    with measured(DATA) as (value, length):
        assert (DATA, len(DATA)) == (value, length)


def test_a_value_is_taken_apart():
    """Runs of given lengths, whatever the pieces are; at the end there is less, and no more."""
    reader = Reader([b"abc", b"d", b"efgh"])
    assert [b"ab", b"cde", b"f"] == [b"".join(reader.part(length)) for length in (2, 3, 1)]
    assert reader.has_more()
    assert b"gh" == b"".join(reader.part(100))
    assert not reader.has_more()


class Slow(io.RawIOBase):
    """A target that takes at most three bytes at a time, or none at all."""

    def __init__(self, *, blocks: bool = False) -> None:
        super().__init__()
        self.data = b""
        self.blocks = blocks

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data) -> int | None:
        """Take three bytes."""
        if self.blocks:
            return None
        self.data += bytes(data[:3])
        return min(len(data), 3)


def test_a_target_may_take_its_time():
    """A raw target that takes part of what it is given gets the rest; one that takes nothing is an error."""
    target = Slow()
    sink = Sink(target)
    assert not sink.can_go_back
    sink.write(b"0123456789")
    sink.flush()
    assert (b"0123456789", 10) == (target.data, sink.position)
    sink = Sink(Slow(blocks=True))
    sink.write(b"x")
    with pytest.raises(BlockingIOError):
        sink.flush()


def test_going_back_is_relative_to_where_it_began():
    """Placeholders are overwritten where they are, and writing goes on at the end."""
    target = io.BytesIO(b"before|")
    target.seek(7)
    sink = Sink(target)
    sink.write(b"????")
    sink.write(b"|after")
    sink.overwrite(0, b"1234")
    sink.write(b"!")
    sink.flush()
    assert b"before|1234|after!" == target.getvalue()
