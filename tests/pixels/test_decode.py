"""One frame: the codec, the sign, the colours."""

from __future__ import annotations

import random

import numpy as np
import pytest

import dicomkit
from dicomkit import Dataset, Limits, ReadOptions
from dicomkit.codecs import DEFAULT_REGISTRY, Registry
from dicomkit.codecs.codestream.jpeg_scans import IS_COMPILED
from dicomkit.core.issue import IssueCode
from dicomkit.errors import CodecError, LimitExceededError, UnsupportedTransferSyntaxError
from dicomkit.file import iter_frame_bytes
from dicomkit.pixels import GuardedCodec, guarded, pixel_array, read_frame, transcode
from dicomkit.pixels.decode import FrameDecoder
from dicomkit.pixels.describe import describe
from tests.codecs.real_frames import ROOT
from tests.corpora import real_file
from tests.pixels.misbehaving import ThreadedCodec


def ybr() -> Dataset:
    """Make a red image of YBR_FULL."""
    ds = Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.7", SOPInstanceUID="1.2.3")
    ds.set_pixel_data(np.full((2, 2, 3), (76, 85, 255), np.uint8), "YBR_FULL")
    return ds


@pytest.mark.parametrize(
    ("raw", "expected", "photometric"), [(False, [254, 0, 0], "RGB"), (True, [76, 85, 255], "YBR_FULL")]
)
def test_colors_are_rgb_unless_they_are_wanted_raw(raw: bool, expected: list[int], photometric: str):
    """What comes out, and what it is called."""
    ds = ybr()
    decoder = FrameDecoder(ds, describe(ds), DEFAULT_REGISTRY, raw=raw)
    assert (photometric, expected) == (
        decoder.photometric_interpretation,
        decoder.decode(ds.PixelData, 0)[1, 1].tolist(),
    )


def test_an_error_says_which_frame():
    """The codec does not know, the decoder does."""
    ds = ybr()
    with pytest.raises(CodecError, match="frame 7") as raised:
        FrameDecoder(ds, describe(ds), DEFAULT_REGISTRY).decode(b"", 7)
    assert 7 == raised.value.frame


def test_no_codec():
    """The registry has the word."""
    ds = ybr()
    with pytest.raises(UnsupportedTransferSyntaxError):
        FrameDecoder(ds, describe(ds), Registry(()))


def test_a_codestream_of_more_bits_is_held_against_the_limit_too(corpus: object):
    """Twice the bytes that the data set admits to are not allocated behind the back of the limit."""
    ds = dicomkit.dcmread(real_file("MR_small_jp2klossless.dcm"))
    first = dicomkit.file.frame_bytes(ds, 0)
    ds.BitsAllocated = ds.BitsStored = 8
    ds._context.limits = ds._context.limits.replace(frame_bytes=64 * 64)
    description = describe(ds)
    with pytest.raises(LimitExceededError):
        FrameDecoder(ds, description, DEFAULT_REGISTRY, first)


@pytest.mark.skipif(not IS_COMPILED, reason="without kernels libraries decode")
def test_a_codec_that_knows_a_better_one_gives_way():
    """JPEG-LS with the colour transformations of HP is for CharLS, in a process of its own if codecs are guarded."""
    pytest.importorskip("imagecodecs")
    pytest.importorskip("jpeg_ls")
    ds = Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.7.3", SOPInstanceUID="1.2.3")
    ds.set_pixel_data(np.zeros((4, 4), np.uint8))
    ds = transcode(ds, f"{ROOT}80")
    first = bytes(next(iter(iter_frame_bytes(ds))))
    hp = first[:2] + b"\xff\xe8\0\7mrfx\1" + first[2:]
    names = [FrameDecoder(ds, describe(ds), DEFAULT_REGISTRY, data)._codec.name for data in (first, hp)]
    assert ["jpeg-ls", "imagecodecs.jpegls"] == names
    guarded_ = dicomkit.dcmread(ds.to_bytes(), ReadOptions(limits=Limits(codec_seconds=9)))
    codecs = [FrameDecoder(guarded_, describe(guarded_), DEFAULT_REGISTRY, data)._codec for data in (first, hp)]
    assert [False, True] == [isinstance(codec, GuardedCodec) for codec in codecs]


def overwritten(uid: str, at: float) -> Dataset:
    """Make a data set with two frames of which the second one has a hole, as a bad sector leaves it."""
    ds = Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.7.3", SOPInstanceUID="1.2.3")
    y, x = np.mgrid[:96, :96]
    image = (2000 + 1500 * np.sin(x / 9) * np.cos(y / 7)).astype(np.uint16)
    ds.set_pixel_data(np.stack([image, image]), bits_stored=12)
    transcoded = transcode(ds, uid)
    frames = list(iter_frame_bytes(transcoded))
    hole = int(at * len(frames[1]))
    data = transcoded.to_bytes()
    start = data.rindex(bytes(frames[1])) + hole
    return dicomkit.dcmread(data[:start] + random.Random(3).randbytes(300) + data[start + 300 :])


@pytest.mark.skipif(not IS_COMPILED, reason="without kernels libraries decode, and say nothing")
@pytest.mark.parametrize("uid", [f"{ROOT}51", f"{ROOT}57", f"{ROOT}70"])
@pytest.mark.parametrize("seconds", [None, 60])
def test_damage_that_was_decoded_over_is_an_issue(uid: str, seconds: float | None):
    """Samples are wrong then, and nobody but the Huffman codes knows; by a process of its own, too."""
    pytest.importorskip("imagecodecs")
    ds = overwritten(uid, 0.6)
    ds = dicomkit.dcmread(ds.to_bytes(), ReadOptions(limits=Limits(codec_seconds=seconds)))
    assert (2, 96, 96) == ds.pixel_array.shape
    found = [issue for issue in ds.issues if issue.code is IssueCode.FRAME_DAMAGED]
    assert 1 == len(found)
    assert found[0].message.startswith("frame 1: ")
    assert ds.pixel_array[0].any()
    assert 1 == len([issue for issue in ds.issues if issue.code is IssueCode.FRAME_DAMAGED])


def test_what_is_odd_about_rle_is_an_issue():
    """Segments with more than the frame needs, where Rows says less than was encoded."""
    ds = Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.7.3", SOPInstanceUID="1.2.3")
    ds.set_pixel_data(np.arange(99 * 40, dtype=np.uint16).reshape(99, 40))
    encoded = transcode(ds, "1.2.840.10008.1.2.5")
    assert (encoded.pixel_array == ds.pixel_array).all()
    assert [] == [issue for issue in encoded.issues if issue.code is IssueCode.FRAME_DAMAGED]
    encoded.Rows = 90
    assert (encoded.pixel_array == ds.pixel_array[:90]).all()
    told = [issue.message for issue in encoded.issues if issue.code is IssueCode.FRAME_DAMAGED]
    assert [
        "frame 0: segment 1 of 2 becomes 3960 bytes where the frame has 3600",
        "frame 0: segment 2 of 2 becomes 3960 bytes where the frame has 3600",
    ] == told


def test_threads_work_on_one_frame_if_it_is_large_and_the_only_one():
    """Of many frames each has one; of a small one it takes longer to have more."""
    registry = Registry([ThreadedCodec()])
    for rows, frames, expected in ((512, 1, 3), (16, 1, 1), (512, 2, 1)):
        ds = Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.7.3", SOPInstanceUID="1.2.3")
        ds.set_pixel_data(np.zeros((frames, rows, rows), np.uint8))
        ds = transcode(ds, "1.2.840.10008.1.2.5")
        assert (pixel_array(ds, threads=3, registry=registry) == expected).all()
        out = np.empty((frames, rows, rows) if frames > 1 else (rows, rows), np.uint8)
        assert (pixel_array(ds, threads=3, out=out, registry=registry) == expected).all()
        assert (read_frame(ds, threads=3, registry=registry) == (3 if rows == 512 else 1)).all()
        guarded_ = guarded(registry, 60)
        assert (pixel_array(ds, threads=3, registry=guarded_) == expected).all()
