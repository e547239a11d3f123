"""One frame: the codec, the sign, the colours."""

from __future__ import annotations

import numpy as np
import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.codecs import DEFAULT_REGISTRY, Registry
from dicomkit.errors import CodecError, LimitExceededError, UnsupportedTransferSyntaxError
from dicomkit.pixels.decode import FrameDecoder
from dicomkit.pixels.describe import describe
from tests.corpora import real_file


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
