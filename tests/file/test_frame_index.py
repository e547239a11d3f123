"""The side index of frames: what it says, its form in bytes, and which files it fits."""

from __future__ import annotations

import os
import shutil
import zlib

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import encaps

import dicomkit
from dicomkit import ReadOptions
from dicomkit.core.limits import Limits
from dicomkit.errors import FileFormatError, MissingElementError, PixelError, SourceChangedError
from dicomkit.file.frame_index import FrameIndex
from dicomkit.file.frames import iter_frame_bytes
from tests import hostile_bytes as hb
from tests.corpora import real_file

UNWALKED = ReadOptions(limits=Limits(fragments_at_open=0))


def made(parts: list[bytes], frames: int = 2, name: str = "1") -> bytes:
    """Make a file of encapsulated frames without an offset table."""
    about = hb.text(0x00100020, "LO", name) + hb.text(0x00280008, "IS", str(frames))
    return hb.part10(about + hb.fragments([b"", *parts]), hb.JPEG_BASELINE)


def resealed(data: bytes) -> bytes:
    """Give changed bytes a check sum that fits."""
    return data[:-4] + zlib.crc32(data[:-4]).to_bytes(4, "little")


@pytest.mark.parametrize("name", ["emri_small_RLE.dcm", "color3d_jpeg_baseline.dcm", "rtdose_rle.dcm"])
def test_an_index_gives_pydicoms_frames(name, corpus, tmp_path):
    """An index that was saved and loaded leads to the frames that pydicom finds."""
    path = real_file(name)
    FrameIndex.of(dicomkit.dcmread(path)).save(tmp_path / "index")
    assert ["index"] == [entry.name for entry in tmp_path.iterdir()]
    index = FrameIndex.load(tmp_path / "index")
    theirs = pydicom.dcmread(path)
    expected = list(encaps.generate_frames(theirs.PixelData, number_of_frames=theirs.NumberOfFrames))
    ds = dicomkit.dcmread(path, UNWALKED)
    index.attach(ds)
    assert len(expected) == len(index)
    assert expected == list(iter_frame_bytes(ds))


def test_an_attached_index_is_used():
    """An attached index that says other than the fragments would is what frames are found by."""
    data = made([b"ab", b"cd", b"ef"], frames=1)
    index = FrameIndex.of(dicomkit.dcmread(data))
    index.table.firsts[1] = 2
    ds = dicomkit.dcmread(data)
    index.attach(ds)
    assert [b"abcd"] == list(iter_frame_bytes(ds))


def test_bytes_give_the_same_index():
    """An index and what its bytes give are equal, and equal in hash; that of another file is not."""
    index = FrameIndex.of(dicomkit.dcmread(made([b"ab", b"cdef"])))
    again = FrameIndex.from_bytes(index.to_bytes())
    assert (index, hash(index)) == (again, hash(again))
    assert index != FrameIndex.of(dicomkit.dcmread(made([b"abcd", b"ef"])))
    assert "<FrameIndex of 2 frames in 2 fragments>" == repr(again)


def test_an_index_of_another_file_is_refused():
    """Neither a file of another size nor one of the same size with another head takes the index."""
    index = FrameIndex.of(dicomkit.dcmread(made([b"ab", b"cdef"])))
    for other in (made([b"ab", b"cd"]), made([b"ab", b"cdef"], name="2")):
        with pytest.raises(SourceChangedError):
            index.attach(dicomkit.dcmread(other))


def test_a_copy_takes_the_index_and_a_changed_file_does_not(tmp_path):
    """A copy with another modification time has the same digest; a changed head of the same size has not."""
    first, copy = tmp_path / "first.dcm", tmp_path / "copy.dcm"
    first.write_bytes(made([b"ab", b"cdef"]))
    index = FrameIndex.of(dicomkit.dcmread(first))
    shutil.copyfile(first, copy)
    os.utime(copy, (1, 1))
    index.attach(dicomkit.dcmread(copy))
    first.write_bytes(made([b"ab", b"cdef"], name="2"))
    os.utime(first, (2, 2))
    with pytest.raises(SourceChangedError):
        index.attach(dicomkit.dcmread(first))


def test_what_has_no_fragments_has_no_index():
    """A data set without Pixel Data, and one with native, cannot be indexed."""
    with pytest.raises(MissingElementError):
        FrameIndex.of(dicomkit.dcmread(hb.part10(hb.basic())))
    with pytest.raises(PixelError):
        FrameIndex.of(dicomkit.dcmread(hb.part10(hb.basic() + hb.pixels())))


@given(st.data())
def test_damaged_bytes_are_refused(data):
    """A changed byte, with or without a fitting check sum, gives FileFormatError or an index of other numbers."""
    good = FrameIndex.of(dicomkit.dcmread(made([b"ab", b"cdef", b"gh"], frames=3))).to_bytes()
    at = data.draw(st.integers(0, len(good) - 5))
    changed = bytearray(good)
    changed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(FileFormatError):
        FrameIndex.from_bytes(bytes(changed))
    try:
        index = FrameIndex.from_bytes(resealed(bytes(changed)))
    except FileFormatError:
        return
    assert 3 == len(index)
    assert [1, 1, 1] == [len(index.table.fragments(number)) for number in range(3)]


@pytest.mark.parametrize("data", [b"", b"DKFRAMES", bytes(200), resealed(bytes(200))])
def test_other_bytes_are_no_index(data):
    """Bytes that are no index are refused."""
    with pytest.raises(FileFormatError):
        FrameIndex.from_bytes(data)


def test_fragments_beyond_64_bits_are_refused():
    """An index with a fitting check sum whose fragments lie beyond any file is damaged."""
    index = FrameIndex.of(dicomkit.dcmread(made([b"ab", b"cdef"])))
    index.table.offsets[0] = (1 << 64) - 1
    with pytest.raises(FileFormatError):
        FrameIndex.from_bytes(index.to_bytes())
