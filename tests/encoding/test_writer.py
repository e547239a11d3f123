"""Headers, and what an encoded data set is made of (PS3.5 7.1, 7.5)."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.core.buffer import BytesSource
from dicomkit.core.vr import VR
from dicomkit.encoding.writer import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, Pieces, Span, swapped
from dicomkit.errors import ValueEncodeError

# PS3.5 Table 7.1-1: these have two reserved bytes and a length of 32 bits; all others a length of 16 bits.
LONG = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}


@pytest.mark.parametrize("vr", list(VR))
def test_headers(vr):
    """PS3.5 7.1.2 and 7.1.3: with a VR short or long, without a VR, in either byte order."""
    tail = struct.pack("<HI", 0, 6) if vr in LONG else struct.pack("<H", 6)
    assert struct.pack("<HH", 0x10, 0x20) + vr.encode() + tail == EXPLICIT_LITTLE.header(0x00100020, vr, 6)
    tail = struct.pack(">HI", 0, 6) if vr in LONG else struct.pack(">H", 6)
    assert struct.pack(">HH", 0x10, 0x20) + vr.encode() + tail == EXPLICIT_BIG.header(0x00100020, vr, 6)
    assert struct.pack("<HHI", 0x10, 0x20, 6) == IMPLICIT_LITTLE.header(0x00100020, vr, 6)


def test_value_too_long_for_its_vr_goes_as_un():
    """PS3.5 6.2.2: 65,534 bytes fit a length of 16 bits, 65,536 go as UN; 4 GiB fit nothing."""
    assert b"LO\xfe\xff" == EXPLICIT_LITTLE.header(0x00100020, VR.LO, 65534)[4:]
    assert b"UN\0\0\0\0\1\0" == EXPLICIT_LITTLE.header(0x00100020, VR.LO, 65536)[4:]
    assert [False, True, False, False] == [
        EXPLICIT_LITTLE.is_too_long(VR.LO, 65534), EXPLICIT_LITTLE.is_too_long(VR.LO, 65536),
        IMPLICIT_LITTLE.is_too_long(VR.LO, 65536), EXPLICIT_LITTLE.is_too_long(VR.OB, 65536),
    ]  # fmt: skip
    with pytest.raises(ValueEncodeError, match="4 GiB"):
        EXPLICIT_LITTLE.header(0x00100020, VR.OB, 1 << 32)


def test_items_and_delimiters():
    """PS3.5 Table 7.5-1 to 7.5-3, in both byte orders."""
    assert bytes.fromhex("feff00e008000000") == EXPLICIT_LITTLE.item(8)
    assert bytes.fromhex("feff0de000000000") == EXPLICIT_LITTLE.item_delimiter
    assert bytes.fromhex("feffdde000000000") == IMPLICIT_LITTLE.sequence_delimiter
    assert bytes.fromhex("fffee0dd00000000") == EXPLICIT_BIG.sequence_delimiter


@given(st.lists(st.integers(0, 2**64 - 1)), st.sampled_from("HIQ"), st.binary(max_size=1))
def test_swapping_turns_each_number_round(numbers, code, rest):
    """Each number is in the other byte order, bytes that make no number stay."""
    size = struct.calcsize("<" + code)
    numbers = [number % (1 << 8 * size) for number in numbers]
    little, big = (struct.pack(f"{order}{len(numbers)}{code}", *numbers) for order in "<>")
    assert big + rest == swapped(little + rest, size)
    assert little == swapped(little, 1)


@given(st.binary(min_size=1, max_size=200), st.lists(st.tuples(st.integers(0, 99), st.integers(1, 99)), max_size=9))
def test_pieces_are_their_parts_joined(data, cuts):
    """Bytes, spans of a source and pieces in pieces come out in order, and their size is known before."""
    source, pieces, expected = BytesSource(data), Pieces(), b""
    for number, (offset, length) in enumerate(cuts):
        part = data[offset : offset + length]
        if number % 3 == 0:
            pieces.add(part)
        elif number % 3 == 1:
            pieces.add_span(Span(source, offset, len(part)))
        else:
            inner = Pieces()
            inner.add(part)
            pieces.add_pieces(inner)
        expected += part
    assert [expected, len(expected)] == [pieces.to_bytes(), pieces.size]


def test_span_beyond_its_source_is_an_error():
    """A source that ends before what was to be copied is told, never filled up."""
    pieces = Pieces()
    pieces.add_span(Span(BytesSource(b"abc"), 1, 5))
    with pytest.raises(ValueEncodeError, match="ends"):
        pieces.to_bytes()
