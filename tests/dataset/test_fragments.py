"""Which fragments make which frame, with and without walking them (PS3.5 A.4)."""

from __future__ import annotations

import struct

import pytest

import dicomkit
from dicomkit import ReadOptions
from dicomkit.core.limits import Limits
from dicomkit.dataset import fragments
from dicomkit.encoding.encapsulation import FrameTable, OffsetTable
from dicomkit.errors import PixelError
from tests import hostile_bytes as hb

PIXEL_DATA = 0x7FE00010
UNWALKED = ReadOptions(limits=Limits(fragments_at_open=0))
VIDEO = "1.2.840.10008.1.2.4.102"


def opened(frames, parts, options=UNWALKED, syntax=hb.JPEG_BASELINE, behind=b""):
    """Read a file of encapsulated frames; return its data set, where the Pixel Data is, and the bytes."""
    count = hb.text(0x00280008, "IS", str(frames)) if frames is not None else b""
    data = hb.part10(hb.basic() + count + hb.fragments(parts) + behind, syntax)
    ds = dicomkit.dcmread(data, options)
    return ds, ds._position_of(PIXEL_DATA), data


def values(table, data):
    """Give the fragments of each frame."""
    return [[data[at : at + length] for at, length in table.fragments(number)] for number in range(len(table))]


def complaints(ds):
    """Count the issues about offset tables; another one says that fragments were not walked yet."""
    codes = [issue.code.name for issue in ds.issues]
    assert ["FRAGMENTS_NOT_WALKED"] == codes[:1]
    assert {"FRAGMENT_TABLE_WRONG"} >= set(codes[1:])
    return len(codes) - 1


def test_a_sane_table_spares_the_walk():
    """Where an offset table says enough, frames are known by it alone, and found out once."""
    ds, position, data = opened(2, [struct.pack("<II", 0, 10), b"ab", b"cdef"])
    table = fragments.table_of(ds, position)
    assert isinstance(table, OffsetTable)
    start, length = table.span(0)
    assert hb.item(b"ab") == data[start : start + length]
    assert table is fragments.table_of(ds, position)


def test_fragments_are_walked_where_no_table_helps():
    """Without an offset table the fragments, walked late, say where the frames are."""
    ds, position, data = opened(2, [b"", b"ab", b"cdef"])
    table = fragments.table_of(ds, position)
    assert isinstance(table, FrameTable)
    assert [[b"ab"], [b"cdef"]] == values(table, data)


def test_walked_late_or_at_once_is_the_same():
    """The full table is the same whether fragments were walked when the file was opened or later."""
    parts = [struct.pack("<II", 0, 20), b"ab", b"cd", b"efgh"]
    tables = []
    for options in (UNWALKED, ReadOptions()):
        ds, position, data = opened(2, parts, options)
        tables.append(fragments.full_table(ds, position))
        assert [[b"ab", b"cd"], [b"efgh"]] == values(tables[-1], data)
    assert tables[0].offsets == tables[1].offsets


def test_an_extended_table_tells_sizes():
    """Frames by an Extended Offset Table have their length without padding."""
    extended = hb.element(0x7FE00001, "OV", struct.pack("<QQ", 0, 10))
    extended += hb.element(0x7FE00002, "OV", struct.pack("<QQ", 1, 3))
    data = hb.part10(hb.basic() + hb.text(0x00280008, "IS", "2") + extended + hb.fragments([b"", b"a\0", b"bcd\0"]),
                     hb.JPEG_BASELINE)  # fmt: skip
    for options in (UNWALKED, ReadOptions()):
        ds = dicomkit.dcmread(data, options)
        table = fragments.table_of(ds, ds._position_of(PIXEL_DATA))
        assert [2, 1, 3] == [len(table), table.size(0), table.size(1)]


def test_a_distrusted_table_is_reported_and_the_fragments_walked():
    """After a table has misled, an issue says so and the fragments are believed."""
    ds, position, data = opened(2, [struct.pack("<II", 0, 12), b"abcd12", b"efgh"])
    assert isinstance(fragments.table_of(ds, position), OffsetTable)
    assert [[b"abcd12"], [b"efgh"]] == values(fragments.distrusted(ds, position), data)
    assert complaints(ds) > 0


def test_check_reports_what_a_table_alone_does_not_show():
    """Checking walks the fragments and finds the entry that leads between them, once; a right table is silent."""
    wrong, position, _ = opened(2, [struct.pack("<II", 0, 12), b"abcd12", b"efgh"])
    assert 0 == complaints(wrong)
    fragments.check(wrong, position)
    fragments.check(wrong, position)
    assert 1 == complaints(wrong)
    right, position, _ = opened(2, [struct.pack("<II", 0, 14), b"abcd12", b"efgh"])
    fragments.check(right, position)
    assert 0 == complaints(right)


def test_check_reports_frames_that_nothing_tells_apart():
    """Three fragments without marks for two frames raise when a frame is wanted, and are an issue when checked."""
    ds, position, _ = opened(2, [b"", b"ab", b"cd", b"ef"])
    with pytest.raises(PixelError):
        fragments.table_of(ds, position)
    fragments.check(ds, position)
    assert 1 == complaints(ds)


def test_a_kept_table_holds_until_number_of_frames_changes():
    """A table that was found out is given again, unless Number of Frames is another by now."""
    ds, position, data = opened(2, [b"", b"ab", b"cdef"])
    table = fragments.full_table(ds, position)
    other, position, _ = opened(2, [b"", b"ab", b"cdef"])
    fragments.keep_table(other, position, table)
    assert table is fragments.table_of(other, position)
    other.NumberOfFrames = 1
    assert [[b"ab", b"cdef"]] == values(fragments.full_table(other, position), data)


@pytest.mark.parametrize(("declared", "expected"), [("3", 3), (None, 1), ("", 1), ("0", 1)])
def test_number_of_frames(declared, expected):
    """Number of Frames is 1 where it is absent, empty or 0."""
    ds, _, _ = opened(declared, [b"", b"ab"])
    assert expected == fragments.number_of_frames(ds)


def test_a_video_is_one_frame():
    """A stream of MPEG-4 AVC holds all its frames, and all fragments are its own (PS3.5 A.4.5)."""
    ds, position, data = opened(30, [b"", b"ab", b"cd"], syntax=VIDEO)
    assert 1 == fragments.number_of_frames(ds)
    assert [[b"ab", b"cd"]] == values(fragments.full_table(ds, position), data)


def test_no_number_is_a_pixel_error():
    """A Number of Frames that is no number cannot tell frames apart."""
    ds, position, _ = opened("two", [b"", b"ab", b"cd"])
    with pytest.raises(PixelError, match="no number"):
        fragments.table_of(ds, position)
