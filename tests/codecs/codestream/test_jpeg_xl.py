"""Headers of JPEG XL, as libjxl writes them."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.codecs.codestream.info import CodestreamInfo
from dicomkit.codecs.codestream.jpeg_xl import parse_jpeg_xl
from dicomkit.errors import CodecError

imagecodecs = pytest.importorskip("imagecodecs")
SMALL = imagecodecs.jpegxl_encode(np.arange(70, dtype=np.uint16).reshape(7, 10), lossless=True, bitspersample=12)


@pytest.mark.parametrize("shape", [(1, 1), (8, 8), (64, 96), (100, 200), (7, 1000), (513, 1), (9000, 3), (256, 256, 3)])
@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_size_and_precision_are_those_that_were_encoded(shape: tuple[int, ...], bits: int):
    """Sizes are written in seven forms, precisions in two."""
    samples = np.zeros(shape, np.uint8 if bits == 8 else np.uint16)
    info = parse_jpeg_xl(imagecodecs.jpegxl_encode(samples, lossless=True, bitspersample=bits, effort=1))
    expected = *shape[:2], 3 if len(shape) > 2 else 1, bits
    assert expected == (info.rows, info.columns, info.samples_per_pixel, info.precision)
    assert ("JPEG XL", "") == (info.standard, info.color_transform)


def test_lossy_is_coded_in_xyb():
    """Lossy libjxl transforms to XYB, and its decoder undoes it."""
    info = parse_jpeg_xl(imagecodecs.jpegxl_encode(np.zeros((8, 8, 3), np.uint8), distance=1.0))
    assert ("XYB", True, False) == (info.color_transform, info.undoes_color_transform, info.is_lossless)


def test_float_is_told():
    """Samples may be floating-point numbers."""
    info = parse_jpeg_xl(imagecodecs.jpegxl_encode(np.zeros((8, 8), np.float32), lossless=True))
    assert (32, True) == (info.precision, info.is_float)


def test_recompressed_jpeg_is_told():
    """A container with the data for reconstruction says that the JPEG file can be had back."""
    jpeg = imagecodecs.jpeg8_encode(np.zeros((16, 24, 3), np.uint8))
    info = parse_jpeg_xl(imagecodecs.jpegxl_encode_jpeg(jpeg))
    assert (True, 16, 24, 3) == (info.reconstructs_jpeg, info.rows, info.columns, info.samples_per_pixel)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\x0a",
        b"\xff\xd8\xff\xe0",
        b"\0\0\0\x0cJXL \r\n\x87\n",
        b"\0\0\0\x0cJXL \r\n\x87\n" + b"\xff\xff\xff\xffjxlc" + SMALL,
        b"\0\0\0\x0cJXL \r\n\x87\n" + b"\0\0\0\x08free" * 5000,
    ],
)
def test_damaged_headers_are_refused(data: bytes):
    """What is no header, or runs past the end, is a CodecError."""
    with pytest.raises(CodecError):
        parse_jpeg_xl(data)


@given(st.data())
def test_any_change_gives_a_description_or_a_codec_error(data: st.DataObject):
    """No byte changed or cut off in a header makes the parser fail in another way."""
    content = bytearray(SMALL[:40])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(content[: data.draw(st.integers(0, len(content)))])
    with contextlib.suppress(CodecError):
        assert isinstance(parse_jpeg_xl(cut), CodestreamInfo)
