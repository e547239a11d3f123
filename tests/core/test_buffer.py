"""The source that is bytes already."""

from __future__ import annotations

import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.core.buffer import BytesSource


@given(st.binary(max_size=40), st.integers(0, 50), st.integers(0, 50))
def test_it_reads_as_a_slice(data: bytes, offset: int, length: int):
    """`read_at` gives the bytes of a slice, short only at the end, whatever kind of buffer it is."""
    for source in (BytesSource(data), BytesSource(bytearray(data)), BytesSource(memoryview(data))):
        assert data[offset : offset + length] == source.read_at(offset, length)
        assert len(data) == source.size


def test_items_wider_than_a_byte_are_bytes_all_the_same():
    """A buffer of 16-bit numbers is its bytes."""
    numbers = array.array("H", [1, 2, 3])
    source = BytesSource(memoryview(numbers))
    assert 6 == source.size
    assert numbers.tobytes()[2:4] == source.read_at(2, 2)


def test_gaps_are_refused():
    """A view with gaps is no row of bytes."""
    with pytest.raises((TypeError, ValueError)):
        BytesSource(memoryview(b"abcdef")[::2])


@pytest.mark.parametrize(("offset", "length"), [(-1, 2), (0, -1)])
def test_negative_numbers_are_refused(offset: int, length: int):
    """A negative offset does not count from the end."""
    with pytest.raises(ValueError, match="cannot read"):
        BytesSource(b"abc").read_at(offset, length)


def test_closing_lets_go_of_the_bytes():
    """A bytearray can be resized again, and reading is a ValueError."""
    data = bytearray(b"abc")
    source = BytesSource(data, "memory")
    assert "memory" == source.name
    with pytest.raises(BufferError):
        data.clear()
    source.close()
    source.close()
    data.clear()
    with pytest.raises(ValueError, match="released"):
        source.read_at(0, 1)
