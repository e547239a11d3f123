"""Frames as arrays: the same as pydicom's, one by one, ahead, and into an array of the caller's."""

from __future__ import annotations

import io
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicomkit
from dicomkit import Dataset
from dicomkit.encoding.encapsulation import encapsulate
from dicomkit.errors import DicomError, PixelError, TruncatedError, UnsupportedTransferSyntaxError
from dicomkit.file.sources import PathSource
from dicomkit.pixels import FrameReader, iter_frames, pixel_array, read_frame, transcode
from tests.corpora import real_file, real_files

MULTI = [
    "emri_small.dcm",
    "emri_small_big_endian.dcm",
    "SC_rgb_2frame.dcm",
    "liver.dcm",
    "liver_expb.dcm",
    "rtdose.dcm",
]


def theirs(path: object, *, raw: bool = False) -> np.ndarray | None:
    """Give what pydicom decodes, in the machine's byte order; None if it cannot."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            array = pydicom.pixels.pixel_array(pydicom.dcmread(path, force=True), raw=raw)
        except Exception:
            return None
    return array.astype(array.dtype.newbyteorder("="))


# What differs from pydicom, and why.
DIFFERENCES = {
    # PS3.3 C.7.6.6: Number of Frames is an IS, "1A" is none; there are bytes for 15 frames.
    "badVR.dcm": None,
    # PS3.10 7.1: without a file meta the data set is in the default transfer syntax, for want of another.
    "OT-PAL-8-face.dcm": None,
    # ISO/IEC 10918-2: inverse DCTs may differ by one.
    "JPEG-lossy.dcm": 1,
    "JPGExtended.dcm": 1,
}


@pytest.mark.slow
@pytest.mark.interop
@pytest.mark.parametrize("raw", [False, True])
def test_real_files_are_what_pydicom_makes_of_them(raw: bool, corpus: object):
    """Shape, type and every sample of every real file, in every transfer syntax that a codec is there for."""
    count = 0
    for name, path in real_files():
        ds = dicomkit.dcmread(path, force=True)
        if "PixelData" not in ds or (raw and ds.get("SamplesPerPixel") != 3):
            continue  # only colours come out otherwise if they are wanted raw
        expected = theirs(path, raw=raw)
        if expected is None:
            continue
        try:
            array = pixel_array(ds, raw=raw)
        except UnsupportedTransferSyntaxError:
            continue
        assert (expected.shape, expected.dtype) == (array.shape, array.dtype), name
        bound = DIFFERENCES.get(Path(name).name, 0)
        if bound:
            assert bound >= np.abs(expected.astype(int) - array.astype(int)).max(), name
        else:
            assert np.array_equal(expected, array), name
        count += 1
    assert (40 if raw else 110) < count


def test_real_files_that_pydicom_does_not_decode(corpus: object):
    """What is decoded here alone: the rules of `DIFFERENCES` without a bound."""
    for name in (name for name, bound in DIFFERENCES.items() if bound is None):
        assert theirs(real_file(name)) is None
        assert dicomkit.dcmread(real_file(name), force=True).pixel_array.any()


def test_the_array_is_the_caller_s(corpus: object):
    """Writable, contiguous, and no window on what the data set keeps."""
    ds = dicomkit.dcmread(real_file("CT_small.dcm").read_bytes())
    array = ds.pixel_array
    assert array.flags.writeable
    assert array.flags.c_contiguous
    before = array.copy()
    array[:] = 7
    assert np.array_equal(before, ds.pixel_array)


@pytest.mark.parametrize("name", MULTI)
@pytest.mark.parametrize("threads", [1, 3])
def test_frames_one_by_one_are_those_of_the_array(name: str, threads: int, corpus: object):
    """All, some in another order, each alone, all in one array."""
    ds = dicomkit.dcmread(real_file(name))
    whole = ds.pixel_array
    assert np.array_equal(whole, np.stack(list(iter_frames(ds, threads=threads))))
    numbers = [len(whole) - 1, 0, 1, 1]
    assert np.array_equal(whole[numbers], np.stack(list(iter_frames(ds, numbers, threads=threads))))
    assert np.array_equal(whole[1], read_frame(ds, 1))
    out = np.empty_like(whole)
    assert out is pixel_array(ds, out=out, threads=threads)
    assert np.array_equal(whole, out)
    one = np.empty_like(whole[0])
    for expected, frame in zip(whole, iter_frames(ds, out=one), strict=True):
        assert one is frame
        assert np.array_equal(expected, frame)


def test_an_array_of_another_shape_is_no_place(corpus: object):
    """ValueError for shape, type, order or what cannot be written to."""
    ds = dicomkit.dcmread(real_file("emri_small.dcm"))
    with pytest.raises(ValueError, match="frames are"):
        pixel_array(ds, out=np.empty((10, 64, 63), np.uint16))
    for bad in (np.empty((64, 63), np.uint16), np.empty((64, 64), np.int16), np.empty((64, 64), np.uint16, "F")):
        with pytest.raises(ValueError, match="fram"):
            read_frame(ds, 0, out=bad)
    with pytest.raises(ValueError, match="threads"):
        pixel_array(ds, threads=0)


def made(rows: int, columns: int, frames: int, data: bytes, **more: object) -> Dataset:
    """Make an image of single bits, or of what `more` says."""
    values = {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0, "SamplesPerPixel": 1,
              "PhotometricInterpretation": "MONOCHROME2", "PixelRepresentation": 0}  # fmt: skip
    return Dataset(Rows=rows, Columns=columns, NumberOfFrames=frames, PixelData=data, **{**values, **more})


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 5), st.randoms())
def test_single_bits_need_not_begin_with_a_byte(rows: int, columns: int, frames: int, random: object):
    """PS3.5 8.1.1: frames of single bits follow each other without padding."""
    bits = np.array([random.getrandbits(1) for _ in range(rows * columns * frames)], np.uint8)
    ds = made(rows, columns, frames, np.packbits(bits, bitorder="little").tobytes())
    expected = bits.reshape(frames, rows, columns)
    assert np.array_equal(expected if frames > 1 else expected[0], ds.pixel_array)
    for number in range(frames):
        assert np.array_equal(expected[number], read_frame(ds, number))


@pytest.mark.parametrize("name", ["SC_rgb_small_odd_big_endian.dcm", "liver_expb.dcm"])
def test_words_of_a_big_endian_file(name: str, corpus: object):
    """Bytes and bits in OW are in each other's places (PS3.5 7.3); frames that begin inside a word too."""
    ds = dicomkit.dcmread(real_file(name))
    assert np.array_equal(theirs(real_file(name)), ds.pixel_array)


def test_unused_bits_are_masked_and_signs_extended():
    """PS3.5 8.1.1: what stands in the bits above those stored is no part of the sample."""
    stored = np.array([[0xF123, 0x0FFF, 0x8800]], np.uint16)
    depth = {"BitsAllocated": 16, "BitsStored": 12, "HighBit": 11}
    assert [0x123, 0xFFF, 0x800] == made(1, 3, 1, stored.tobytes(), **depth).pixel_array.ravel().tolist()
    signed = made(1, 3, 1, stored.tobytes(), **depth, PixelRepresentation=1).pixel_array
    assert (np.int16, [0x123, -1, -2048]) == (signed.dtype, signed.ravel().tolist())


def test_floats():
    """Float and Double Float Pixel Data (PS3.3 C.7.6.24, C.7.6.25)."""
    values = np.array([[1.5, -2.25, np.nan], [0, np.inf, 1e-30]])
    for keyword, kind in (("FloatPixelData", np.float32), ("DoubleFloatPixelData", np.float64)):
        ds = Dataset(Rows=2, Columns=3, **{keyword: values.astype(kind).tobytes()})
        assert kind == ds.pixel_array.dtype
        assert np.array_equal(values.astype(kind), ds.pixel_array, equal_nan=True)


def test_planes_by_frame():
    """Planar Configuration 1 counts within each frame (PS3.3 C.7.6.3.1.3)."""
    planes = np.arange(2 * 3 * 4 * 5, dtype=np.uint8).reshape(2, 3, 4, 5)
    more = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "SamplesPerPixel": 3, "PlanarConfiguration": 1,
            "PhotometricInterpretation": "RGB"}  # fmt: skip
    ds = made(4, 5, 2, planes.tobytes(), **more)
    assert np.array_equal(planes.transpose(0, 2, 3, 1), ds.pixel_array)


def test_frames_that_are_missing_are_an_error_in_their_place():
    """The frames before the end are given; pixel_array, which would have to invent, gives none."""
    depth = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
    ds = made(2, 4, 4, bytes(range(20)), **depth)
    for threads in (1, 2):
        given_frames = iter_frames(ds, threads=threads)
        assert [0, 8] == [int(next(given_frames)[0, 0]) for _ in range(2)]
        with pytest.raises(TruncatedError, match="frame 2 is not there"):
            next(given_frames)
    with pytest.raises(TruncatedError):
        ds.pixel_array  # noqa: B018  reading is the point
    for number in (-1, 4):
        with pytest.raises(IndexError):
            read_frame(ds, number)


def test_leaving_early_ends_the_threads(corpus: object):
    """A generator that is closed waits for what was begun, and begins nothing more."""
    frames = iter_frames(dicomkit.dcmread(real_file("emri_small.dcm")), threads=2)
    next(frames)
    frames.close()
    assert [] == list(frames)


def test_the_look_ahead_is_bounded(monkeypatch: pytest.MonkeyPatch):
    """Not more frames are decoded than were asked for and two tasks for each thread."""
    depth = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
    ds = made(512, 512, 100, bytes(512 * 512 * 100), **depth)
    begun: list[int] = []
    read = FrameReader.read
    monkeypatch.setattr(FrameReader, "read", lambda self, number: begun.append(number) or read(self, number))
    frames = iter_frames(ds, threads=2)
    for _ in range(3):
        next(frames)
    frames.close()
    assert len(begun) <= 3 + 2 * 2
    assert all(after - before in (1, 0, -1) for before, after in pairwise(sorted(begun)))


@pytest.mark.parametrize("name", ["emri_small_RLE.dcm", "emri_small_jpeg_ls_lossless.dcm", "emri_small.dcm"])
def test_only_the_bytes_of_a_frame_are_read(name: str, monkeypatch: pytest.MonkeyPatch, corpus: object):
    """No other frame is touched for the one that is asked for: the source may be far away."""
    whole = dicomkit.dcmread(real_file(name)).pixel_array
    ds = dicomkit.dcmread(real_file(name))
    size = ds._read_index.element(ds._position_of(0x7FE00010))[3]
    asked: list[int] = []
    read = PathSource.read_at
    monkeypatch.setattr(
        PathSource, "read_at", lambda self, offset, length: asked.append(length) or read(self, offset, length)
    )
    for number in (5, 9):
        asked.clear()
        assert np.array_equal(whole[number], read_frame(ds, number))
        assert 0 < sum(asked) < size / 6
    asked.clear()
    assert np.array_equal(whole[7], next(iter_frames(ds, [7], threads=2)))
    assert 0 < sum(asked) < size / 6


def test_what_does_not_fit_into_memory_says_so():
    """A million frames of 64 MiB that are said to be there are no MemoryError."""
    depth = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
    with pytest.raises(DicomError):
        made(65535, 1024, 1_000_000, bytes(10), **depth).pixel_array  # noqa: B018  reading is the point
    with pytest.raises(PixelError):
        FrameReader(made(8000, 8000, 2, bytes(10), **depth))._empty(1 << 40)


# -- video -----------------------------------------------------------------------------------------------------------


def video(frames: int) -> Dataset:
    """Make an MPEG-2 video of 9 plain pictures that says it has some number of frames."""
    av = pytest.importorskip("av")
    target = io.BytesIO()
    with av.open(target, "w", format="mpeg2video") as output:
        made = output.add_stream("mpeg2video", rate=25)
        made.width, made.height, made.pix_fmt, made.gop_size = 64, 48, "yuv420p", 5
        for number in range(9):
            picture = np.full((48, 64, 3), (20 * number + 20, 200 - 20 * number, 128), np.uint8)
            output.mux(made.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(made.encode(None))
    more = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "SamplesPerPixel": 3, "PlanarConfiguration": 0,
            "PhotometricInterpretation": "YBR_PARTIAL_420", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.77.1.1.1",
            "SOPInstanceUID": "1.2.3"}  # fmt: skip
    ds = made_of(target.getvalue(), frames, more)
    return dicomkit.dcmread(ds.to_bytes())


def made_of(stream: bytes, frames: int, more: dict[str, object]) -> Dataset:
    """Encapsulate a stream."""
    ds = made(48, 64, frames, encapsulate([stream]).to_bytes(), **more)
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.100"
    return ds


def red(frame: np.ndarray) -> int:
    """Give the number of a picture of `video`."""
    return round((float(frame[..., 0].mean()) - 20) / 20)


def test_video():
    """All frames, one, some in any order, into an array: of one stream (PS3.5 A.4.5)."""
    ds = video(9)
    assert (9, 48, 64, 3) == ds.pixel_array.shape
    assert list(range(9)) == [red(frame) for frame in ds.pixel_array]
    assert 6 == red(read_frame(ds, 6))
    numbers = [2, 3, 7, 1, 1, 8]
    assert numbers == [red(frame) for frame in iter_frames(ds, numbers)]
    out = np.empty((48, 64, 3), np.uint8)
    assert numbers == [red(frame) for frame in iter_frames(ds, numbers, out=out)]
    assert () == ds.issues
    with pytest.raises(IndexError):
        next(iter_frames(ds, [9]))


def test_a_video_is_decoded_once_as_long_as_numbers_ascend(monkeypatch: pytest.MonkeyPatch):
    """Only a number that goes back, or stands, begins the stream anew."""
    ds, begun = video(9), list[int]()
    stream = FrameReader.iter_stream
    monkeypatch.setattr(FrameReader, "iter_stream", lambda self, *first: begun.append(1) or stream(self, *first))
    assert [0, 2, 3, 8] == [red(frame) for frame in iter_frames(ds, [0, 2, 3, 8])]
    assert 1 == len(begun)
    assert [2, 1, 1] == [red(frame) for frame in iter_frames(ds, [2, 1, 1])]
    assert 4 == len(begun)


def test_a_video_of_fewer_frames_than_it_says():
    """What is there is given, then TruncatedError."""
    ds = video(12)
    frames = iter_frames(ds)
    assert list(range(9)) == [red(next(frames)) for _ in range(9)]
    with pytest.raises(TruncatedError, match="frame 9 of 12"):
        next(frames)
    with pytest.raises(TruncatedError):
        ds.pixel_array  # noqa: B018  reading is the point


def test_a_video_passes_through():
    """The stream is copied, and stays one."""
    ds = video(9)
    result = dicomkit.dcmread(transcode(ds, "1.2.840.10008.1.2.4.100", offset_table="none").to_bytes())
    assert list(dicomkit.file.iter_frame_bytes(ds)) == list(dicomkit.file.iter_frame_bytes(result))
    assert 9 == result.NumberOfFrames


def test_a_video_becomes_frames():
    """Decoded once, in order; that it was lossy is said."""
    ds = video(9)
    result = dicomkit.dcmread(transcode(ds, "1.2.840.10008.1.2.5").to_bytes())
    assert np.array_equal(ds.pixel_array, result.pixel_array)
    assert ("RGB", "ISO_13818_2", 9) == (
        result.PhotometricInterpretation,
        result.LossyImageCompressionMethod,
        result.NumberOfFrames,
    )
    with pytest.raises(TruncatedError):
        transcode(video(10), "1.2.840.10008.1.2.5")
