"""Pixel Data that lies: an error or an issue, soon, and nothing allocated for what is not there (goals F6 to F8)."""

from __future__ import annotations

import itertools
import random
import time
import tracemalloc

import numpy as np
import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.codecs import DEFAULT_REGISTRY, Registry
from dicomkit.codecs.jpeg import JPEG_IMAGECODECS
from dicomkit.codecs.jpeg_2000 import JPEG_2000_IMAGECODECS
from dicomkit.codecs.jpeg_ls import JPEG_LS_IMAGECODECS
from dicomkit.errors import CodecError, DicomError, LimitExceededError, TruncatedError
from dicomkit.pixels import iter_frames, pixel_array, read_frame, transcode
from tests.corpora import real_file

RLE, J2K, EXPLICIT = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.1"
MIB = 1 << 20


@pytest.fixture
def codecs() -> Registry:
    """Give ours, and one for each family of codestreams."""
    pytest.importorskip("imagecodecs")
    return Registry((*DEFAULT_REGISTRY.codecs, JPEG_IMAGECODECS, JPEG_LS_IMAGECODECS, JPEG_2000_IMAGECODECS))


def fragments(*values: bytes) -> bytes:
    """Make encapsulated Pixel Data without a table."""
    items = b"".join(b"\xfe\xff\x00\xe0" + len(value).to_bytes(4, "little") + value for value in values)
    return b"\xfe\xff\x00\xe0\0\0\0\0" + items


def image(uid: str, data: bytes, **more: object) -> Dataset:
    """Make a data set of 16 bits and read it back from its file."""
    values = {"SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "Rows": 65535, "Columns": 65535,
              "BitsAllocated": 16, "BitsStored": 16, "HighBit": 15, "PixelRepresentation": 0}  # fmt: skip
    ds = Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.7", SOPInstanceUID="1.2.3", **{**values, **more})
    ds.file_meta.TransferSyntaxUID = uid
    ds.PixelData = data
    return dicomkit.dcmread(ds.to_bytes())


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("uid", "data", "more"),
    [
        (EXPLICIT, bytes(10), {"NumberOfFrames": 1_000_000}),
        (EXPLICIT, bytes(10), {"NumberOfFrames": 1_000_000, "Rows": 4096, "Columns": 4096}),
        (EXPLICIT, bytes(10), {"NumberOfFrames": 2**31 - 1, "Rows": 1, "Columns": 1}),
        (EXPLICIT, bytes(10), {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0, "Rows": 20000, "Columns": 20000}),
        (RLE, fragments(bytes(10)), {"NumberOfFrames": 1_000_000}),
        (RLE, fragments(bytes(10)), {}),
        (RLE, fragments(bytes(64)), {"Rows": 20000, "Columns": 20000}),
        (RLE, fragments(b"\2\0\0\0" + bytes(60)), {"Rows": 20000, "Columns": 20000}),
        (RLE, fragments(*[bytes(10)] * 1000), {"NumberOfFrames": 1000, "Rows": 20000, "Columns": 20000}),
        (J2K, fragments(bytes.fromhex("ff4fff51") + bytes(60)), {}),
        (J2K, fragments(b""), {"Rows": 20000, "Columns": 20000}),
        ("1.2.840.10008.1.2.8.1", fragments(bytes(10)), {"Rows": 20000, "Columns": 20000}),
    ],
    ids=range(12),
)
def test_dimensions_that_lie(uid: str, data: bytes, more: dict[str, object], threads: int):
    """Goal F7: refused within 50 ms (half a second on a loaded machine) and 16 MiB."""
    ds = image(uid, data, **more)
    began = time.process_time()
    tracemalloc.start()
    try:
        with pytest.raises(DicomError):
            pixel_array(ds, threads=threads)
        with pytest.raises(DicomError):
            list(iter_frames(ds, threads=threads))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - began < 0.5
    assert peak < 16 * MIB


def test_all_combinations_of_small_and_large():
    """Rows, columns, frames, samples and bits, from nothing to the most: an array that bytes can fill, or an error."""
    extremes = (0, 1, 3, 65535)
    for rows, columns, frames, samples, bits in itertools.product(
        extremes, extremes, (0, 1, 2, 2**31 - 1), (0, 1, 3, 65535), (0, 1, 8, 12, 16, 32, 64, 65535)
    ):
        ds = image(
            EXPLICIT, bytes(100), Rows=rows, Columns=columns, NumberOfFrames=frames, SamplesPerPixel=samples,
            BitsAllocated=bits, BitsStored=min(bits, 12) or 1, HighBit=0,
        )  # fmt: skip
        try:
            array = ds.pixel_array
        except DicomError:
            continue
        assert array.size <= 800


def test_fragments_beyond_the_end(corpus: object):
    """The file is cut off in its fragments: frames before the cut are whole, the others are errors."""
    whole = real_file("emri_small_RLE.dcm").read_bytes()
    expected = dicomkit.dcmread(whole).pixel_array
    for cut in range(len(whole) // 2, len(whole), 997):
        ds = dicomkit.dcmread(whole[:cut])
        whole_frames = 0
        for number in range(10):
            try:
                assert np.array_equal(expected[number], read_frame(ds, number))
            except DicomError:
                break
            whole_frames += 1
        assert 0 < whole_frames < 10
        assert ds.issues


@pytest.mark.parametrize("name", ["MR_small_RLE.dcm", "MR_small_jpeg_ls_lossless.dcm", "MR_small_jp2klossless.dcm"])
def test_codestreams_that_are_cut_off(name: str, codecs: Registry, corpus: object):
    """No array of half an image passes for a whole one without a word."""
    ds = dicomkit.dcmread(real_file(name))
    uid, data = str(ds.transfer_syntax.uid), dicomkit.file.frame_bytes(ds, 0)
    for end in (0, 1, 20, len(data) // 3, len(data) // 2, len(data) * 9 // 10):
        ds.PixelData = fragments(data[:end] + bytes(end & 1))
        with pytest.raises(CodecError):
            pixel_array(ds, registry=codecs)
        assert uid == ds.transfer_syntax.uid


@pytest.mark.parametrize("name", ["MR_small_RLE.dcm", "MR_small_jpeg_ls_lossless.dcm", "MR_small_jp2klossless.dcm"])
@pytest.mark.parametrize(("rows", "columns"), [(63, 64), (65, 64), (64, 128), (32, 128), (1, 1), (20000, 20000)])
def test_codestreams_of_another_size(name: str, rows: int, columns: int, codecs: Registry, corpus: object):
    """Nothing tells which of the two the image is. RLE has no size of its own: what fills a smaller frame is taken."""
    ds = dicomkit.dcmread(real_file(name))
    ds.Rows, ds.Columns = rows, columns
    if "RLE" in name and rows * columns <= 64 * 64:
        return
    with pytest.raises(CodecError):
        pixel_array(ds, registry=codecs)


def test_a_limit_that_was_raised(corpus: object):
    """Who knows the source may have frames of any size."""
    ds = image(EXPLICIT, bytes(10), NumberOfFrames=1)
    with pytest.raises(LimitExceededError):
        ds.pixel_array  # noqa: B018  reading is the point
    ds._context.limits = ds._context.limits.replace(frame_bytes=None)
    with pytest.raises(TruncatedError):
        ds.pixel_array  # noqa: B018  reading is the point


@pytest.mark.fuzz
@pytest.mark.parametrize(
    "name", ["MR_small_RLE.dcm", "SC_rgb_small_odd_jpeg.dcm", "MR_small_jpeg_ls_lossless.dcm", "SC_rgb_rle_2frame.dcm",
             "MR_small_jp2klossless.dcm", "SC_rgb_small_odd.dcm", "JPEGLSNearLossless_08.dcm"]
)  # fmt: skip
def test_mutated_pixel_data(name: str, codecs: Registry, corpus: object):
    """An array or a DicomError, and nothing else, decoding and transcoding."""
    whole = real_file(name).read_bytes()
    ds = dicomkit.dcmread(whole)
    start = ds._read_index.element(ds._position_of(0x7FE00010))[2]
    chance = random.Random(name)
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(start, min(len(data), start + chance.choice((60, 300, 10**6))))
            data[at] = chance.choice((0, 255, chance.randrange(256), data[at] ^ (1 << chance.randrange(8))))
        if chance.random() < 0.2:
            data = data[: chance.randrange(start, len(data))]
        try:
            ds = dicomkit.dcmread(bytes(data))
            assert pixel_array(ds, registry=codecs).flags.writeable
            transcode(ds, chance.choice((EXPLICIT, RLE)), registry=codecs)
        except DicomError:
            continue
