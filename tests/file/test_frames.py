"""Frames as they are encoded, against pydicom's and plain slices (PS3.5 8.1, 8.2 and A.4)."""

from __future__ import annotations

import struct

import pydicom
import pytest
from pydicom import encaps

import dicomkit
from dicomkit import Dataset, ReadOptions
from dicomkit.core.limits import Limits
from dicomkit.encoding.encapsulation import encapsulate
from dicomkit.errors import MissingElementError, PixelError, TruncatedError
from dicomkit.file.frame_index import FrameIndex
from dicomkit.file.frames import frame_bytes, frame_count, iter_frame_bytes
from tests import hostile_bytes as hb
from tests.corpora import real_file

#: No fragments are walked when a file is opened, as it is with remote ones.
UNWALKED = ReadOptions(limits=Limits(fragments_at_open=0))
ENCAPSULATED = [
    "emri_small_RLE.dcm",
    "emri_small_jpeg_2k_lossless.dcm",
    "emri_small_jpeg_ls_lossless.dcm",
    "color3d_jpeg_baseline.dcm",
    "examples_ybr_color.dcm",
    "JPEG2000.dcm",
    "JPEG2000-embedded-sequence-delimiter.dcm",
    "rtdose_rle.dcm",
]


def image(frames: int, pixels: bytes, *, rows: int = 2, columns: int = 2, bits: int = 8, form: hb.Form = hb.EXPLICIT,
          photometric: str = "MONOCHROME2", samples: int = 1) -> bytes:  # fmt: skip
    """Encode what describes frames, and an encoded Pixel Data behind it."""
    short = [(0x00280010, rows), (0x00280011, columns), (0x00280100, bits)]
    return b"".join(
        (
            hb.basic(form),
            hb.element(0x00280002, "US", form.number("H", samples), form),
            hb.text(0x00280004, "CS", photometric, form),
            hb.text(0x00280008, "IS", str(frames), form),
            *(hb.element(tag, "US", form.number("H", number), form) for tag, number in short),
            pixels,
        )
    )


def encapsulated(frames: int, parts: list[bytes]) -> bytes:
    """Make a file of encapsulated frames; the first part is the offset table."""
    return hb.part10(image(frames, hb.fragments(parts)), hb.JPEG_BASELINE)


@pytest.mark.parametrize("options", [None, UNWALKED], ids=["walked", "unwalked"])
@pytest.mark.parametrize("name", ENCAPSULATED)
def test_encapsulated_frames_are_pydicoms(name, options, corpus):
    """All frames of real files, and one alone, are those that pydicom finds, whether fragments were walked or not."""
    path = real_file(name)
    theirs = pydicom.dcmread(path)
    count = int(theirs.get("NumberOfFrames", 1))
    expected = list(encaps.generate_frames(theirs.PixelData, number_of_frames=count))
    ds = dicomkit.dcmread(path, options)
    assert expected[-1] == frame_bytes(ds, count - 1)
    assert count == frame_count(ds)
    assert expected == list(iter_frame_bytes(ds))


@pytest.mark.parametrize("name", ["emri_small.dcm", "emri_small_big_endian.dcm", "CT_small.dcm", "rtdose.dcm"])
def test_native_frames_are_slices(name, corpus):
    """Frames of native Pixel Data are its equal parts."""
    path = real_file(name)
    theirs = pydicom.dcmread(path)
    size = theirs.Rows * theirs.Columns * theirs.BitsAllocated // 8
    expected = [theirs.PixelData[at : at + size] for at in range(0, len(theirs.PixelData) // size * size, size)]
    assert expected == list(iter_frame_bytes(dicomkit.dcmread(path)))


def test_single_bits_begin_within_a_byte():
    """Frames of nine single bits are cut out of the bytes they share, the lowest bit first."""
    value = 0b0_110000001_100000011
    pixels = hb.element(0x7FE00010, "OB", struct.pack("<I", value))
    ds = dicomkit.dcmread(hb.part10(image(2, pixels, rows=3, columns=3, bits=1)))
    assert [struct.pack("<H", 0b100000011), struct.pack("<H", 0b110000001)] == list(iter_frame_bytes(ds))


def test_bytes_in_words_of_a_big_endian_file():
    """Pixels of eight bits in big endian words stand in each other's places; a frame of three begins anew."""
    pixels = hb.element(0x7FE00010, "OW", b"\2\1\4\3\6\5", hb.BIG)
    ds = dicomkit.dcmread(hb.part10(image(2, pixels, rows=1, columns=3, form=hb.BIG), hb.EXPLICIT_BE))
    assert [b"\2\1\0\3", b"\5\4\0\6"] == list(iter_frame_bytes(ds))


@pytest.mark.parametrize("syntax", [hb.EXPLICIT_LE, hb.EXPLICIT_BE])
def test_frames_that_were_set_are_as_in_memory(syntax):
    """Pixels that were set are little endian, in a new data set and in one of a big endian file (PS3.5 7.3)."""
    pixels = hb.element(0x7FE00010, "OW", b"\2\1\4\3\6\5", hb.BIG)
    read = dicomkit.dcmread(hb.part10(image(2, pixels, rows=1, columns=3, form=hb.BIG), hb.EXPLICIT_BE))
    made = Dataset(read)
    for ds in (read, made):
        ds.PixelData = b"\1\2\3\4\5\6"
        ds.file_meta.TransferSyntaxUID = syntax
        assert [b"\1\2\3", b"\4\5\6"] == list(iter_frame_bytes(ds))
        assert [[[1, 2, 3]], [[4, 5, 6]]] == ds.pixel_array.tolist()


def test_halved_chroma_has_two_samples_a_pixel():
    """A frame of YBR_FULL_422 has two bytes a pixel, not three (PS3.3 C.7.6.3.1.2)."""
    pixels = hb.element(0x7FE00010, "OB", bytes(range(16)))
    ds = dicomkit.dcmread(hb.part10(image(2, pixels, photometric="YBR_FULL_422", samples=3)))
    assert [bytes(range(8)), bytes(range(8, 16))] == list(iter_frame_bytes(ds))


@pytest.mark.parametrize("options", [None, UNWALKED], ids=["walked", "unwalked"])
def test_fragments_of_a_frame_are_joined(options):
    """A table of two entries makes two frames of three fragments."""
    table = struct.pack("<II", 0, 20)
    ds = dicomkit.dcmread(encapsulated(2, [table, b"ab", b"cd", b"efgh"]), options)
    assert [b"abcd", b"efgh"] == list(iter_frame_bytes(ds))


@pytest.mark.parametrize("options", [None, UNWALKED], ids=["walked", "unwalked"])
def test_a_table_that_misleads_is_reported_and_not_followed(options):
    """Frames are found by the fragments where the table points between them, and an issue says so."""
    table = struct.pack("<II", 0, 12)
    ds = dicomkit.dcmread(encapsulated(2, [table, b"abcd12", b"efgh"]), options)
    assert [b"abcd12", b"efgh"] == list(iter_frame_bytes(ds))
    assert "FRAGMENT_TABLE_WRONG" in [issue.code.name for issue in ds.issues]


@pytest.mark.parametrize("options", [None, UNWALKED], ids=["walked", "unwalked"])
def test_an_extended_table_leaves_padding_out(options):
    """Frames of odd length come back without padding if an Extended Offset Table tells their length."""
    value, offsets, _ = encaps.encapsulate_extended([b"a", b"bcd"])
    table = hb.element(0x7FE00001, "OV", offsets) + hb.element(0x7FE00002, "OV", struct.pack("<QQ", 1, 3))
    pixels = hb.header(0x7FE00010, "OB", hb.UNDEFINED) + value + hb.sequence_end()
    ds = dicomkit.dcmread(hb.part10(image(2, table + pixels), hb.JPEG_BASELINE), options)
    assert [b"a", b"bcd"] == list(iter_frame_bytes(ds))


def test_frames_set_since_are_found():
    """An encapsulated value that was set has the frames of the new value."""
    ds = dicomkit.dcmread(encapsulated(2, [b"", b"ab", b"cd"]))
    ds.PixelData = encaps.encapsulate([b"first!", b"second"])
    assert [b"first!", b"second"] == list(iter_frame_bytes(ds))


def test_what_is_not_there():
    """Numbers out of range, cut pixels, no pixels and no size are four different errors."""
    data = image(3, hb.element(0x7FE00010, "OB", b"abcdefgh"))
    ds = dicomkit.dcmread(hb.part10(data))
    assert b"efgh" == frame_bytes(ds, 1)
    for number in (-1, 3):
        with pytest.raises(IndexError):
            frame_bytes(ds, number)
    with pytest.raises(TruncatedError, match="2 whole frames"):
        frame_bytes(ds, 2)
    with pytest.raises(MissingElementError):
        frame_bytes(dicomkit.dcmread(hb.part10(hb.basic())), 0)
    empty = image(1, hb.element(0x7FE00010, "OB", b"ab"), rows=0)
    with pytest.raises(PixelError):
        frame_bytes(dicomkit.dcmread(hb.part10(empty)), 0)


def test_a_frame_without_fragment_is_truncation():
    """Of three declared frames the third, of which there is no fragment, is missing."""
    ds = dicomkit.dcmread(encapsulated(3, [b"", b"ab", b"cd"]))
    assert b"cd" == frame_bytes(ds, 1)
    with pytest.raises(TruncatedError, match="2 of 3"):
        frame_bytes(ds, 2)


# -- what a frame costs ------------------------------------------------------------------------------------------------

MANY = 10_000


class Counted:
    """A source that counts what is read from it; fragments of a remote one are not walked when it is opened."""

    name = "<counted>"

    def __init__(self, data: bytes, *, is_local: bool) -> None:
        self._data = data
        self.size = len(data)
        self.is_local = is_local
        self.hop_window = 4 << 10 if is_local else 32 << 10
        self.reads = 0

    def head(self, length: int) -> bytes:
        """Give the first bytes."""
        return self.read_at(0, length)

    def read_at(self, offset: int, length: int) -> bytes:
        """Give bytes, and count."""
        self.reads += 1
        return self._data[offset : offset + length]

    def close(self) -> None:
        """Do nothing."""


def a_frame(number: int) -> bytes:
    """Make a frame that is like no other, of 1,000 to 1,012 bytes."""
    return b"\xff\xd8" + struct.pack("<I", number) * (249 + number % 4) + b"\xff\xd9"


def many_frames(table: str) -> bytes:
    """Make a file of 10,000 frames."""
    value = encapsulate((a_frame(number) for number in range(MANY)), offset_table=table)
    body = hb.basic() + hb.text(0x00280008, "IS", str(MANY))
    if table == "extended":
        body += hb.element(0x7FE00001, "OV", value.extended_offsets)
        body += hb.element(0x7FE00002, "OV", value.extended_lengths)
    pixels = hb.header(0x7FE00010, "OB", hb.UNDEFINED) + value.to_bytes() + hb.sequence_end()
    return hb.part10(body + pixels, hb.JPEG_BASELINE)


@pytest.mark.parametrize("is_local", [True, False], ids=["local", "remote"])
@pytest.mark.parametrize("table", ["basic", "extended"])
def test_a_frame_costs_one_read(table, is_local):
    """With an offset table, each of 10,000 frames is one read after opening, the first and the last one too."""
    source = Counted(many_frames(table), is_local=is_local)
    ds = dicomkit.dcmread(source)
    assert 40 > source.reads
    for number in (5000, 0, MANY - 1, 5001):
        source.reads = 0
        assert a_frame(number) == frame_bytes(ds, number)
        assert 1 >= source.reads


def test_a_walk_is_made_once_and_kept(tmp_path):
    """Without a table the first frame walks the fragments; from then on, and with a side index, a frame is one read."""
    data = many_frames("none")
    source = Counted(data, is_local=False)
    ds = dicomkit.dcmread(source)
    assert a_frame(7) == frame_bytes(ds, 7)
    source.reads = 0
    assert a_frame(5000) == frame_bytes(ds, 5000)
    assert 1 == source.reads
    FrameIndex.of(ds).save(tmp_path / "frames")
    again = Counted(data, is_local=False)
    other = dicomkit.dcmread(again)
    again.reads = 0
    FrameIndex.load(tmp_path / "frames").attach(other)
    assert a_frame(5000) == frame_bytes(other, 5000)
    assert 1 == again.reads
    assert 13 * MANY > (tmp_path / "frames").stat().st_size
