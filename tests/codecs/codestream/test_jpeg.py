"""Headers of JPEG and JPEG-LS, as ISO/IEC 10918-1 Annex B lays them out."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.codecs.codestream.info import CodestreamInfo
from dicomkit.codecs.codestream.jpeg import parse_jpeg
from dicomkit.errors import CodecError
from tests.codecs.real_frames import named

SOI, EOI = b"\xff\xd8", b"\xff\xd9"


def segment(marker: int, body: bytes) -> bytes:
    """Build a marker segment."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def sof(process: int, precision: int, rows: int, columns: int, *components: tuple[int, int, int]) -> bytes:
    """Build a frame header: of each component the identifier and both sampling factors."""
    body = struct.pack(">BHHB", precision, rows, columns, len(components))
    body += b"".join(bytes((name, h << 4 | v, 0)) for name, h, v in components)
    return segment(process, body)


def sos(count: int, *parameters: int) -> bytes:
    """Build a scan header."""
    return segment(0xDA, bytes([count]) + bytes(2 * count) + bytes(parameters))


GRAY = SOI + sof(0xC3, 12, 512, 256, (1, 1, 1)) + sos(1, 1, 0, 0) + b"data" + EOI


def test_lossless_gray():
    """Process 3 says precision, size and, in its scan header, the predictor."""
    info = parse_jpeg(GRAY)
    assert ("JPEG", 3, 12, 512, 256, 1) == (
        info.standard, info.process, info.precision, info.rows, info.columns, info.predictor
    )  # fmt: skip
    assert (True, "", ((1, 1),)) == (info.is_lossless, info.color_transform, info.subsampling)


def test_near_lossless_jpeg_ls():
    """Marker 0xF7 makes it JPEG-LS, whose scan header has NEAR and the interleave mode."""
    data = SOI + sof(0xF7, 10, 8, 9, (1, 1, 1), (2, 1, 1), (3, 1, 1)) + sos(3, 2, 1, 0) + EOI
    info = parse_jpeg(data)
    assert ("JPEG-LS", 10, 2, 1, False) == (info.standard, info.precision, info.near, info.interleave, info.is_lossless)


COLORS = sof(0xC0, 8, 8, 8, (1, 2, 2), (2, 1, 1), (3, 1, 1)) + sos(3, 0, 63, 0) + EOI
JFIF = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (JFIF, "YCbCr"),
        (segment(0xEE, b"Adobe\0\x64\0\0\0\0\0"), ""),
        (segment(0xEE, b"Adobe\0\x64\0\0\0\0\1"), "YCbCr"),
        (JFIF + segment(0xEE, b"Adobe\0\x64\0\0\0\0\0"), ""),
        (b"", None),
    ],
)
def test_the_colour_transform_is_what_the_markers_say(head: bytes, expected: str | None):
    """Adobe's marker goes before JFIF's, and without both nothing is said."""
    info = parse_jpeg(SOI + head + COLORS)
    assert expected == info.color_transform
    assert ((1, 1), (2, 2), (2, 2)) == info.subsampling


def test_components_named_rgb_say_that_nothing_was_transformed():
    """The identifiers R, G and B are libjpeg's way to say so."""
    data = SOI + sof(0xC0, 8, 8, 8, (82, 1, 1), (71, 1, 1), (66, 1, 1)) + sos(3, 0, 63, 0) + EOI
    assert "" == parse_jpeg(data).color_transform


def test_the_end_is_looked_for_behind_the_headers():
    """EOI in a thumbnail does not make a codestream that is cut off complete."""
    data = SOI + segment(0xE1, b"thumb" + EOI) + sof(0xC0, 8, 8, 8, (1, 1, 1)) + sos(1, 0, 63, 0) + b"data"
    assert not parse_jpeg(data).is_complete
    assert parse_jpeg(data + EOI + b"\0").is_complete


@pytest.mark.parametrize(
    "data",
    [
        b"",
        SOI,
        SOI + EOI,
        b"\xff\x4f\xff\x51",
        SOI + b"\xff" * 5000,
        SOI + b"\xff\xc0\xff\xff",
        SOI + b"\xff\xc0\0\1",
        SOI + sos(1, 0, 63, 0),
        SOI + sof(0xC0, 8, 8, 8) + sos(0, 0, 63, 0),
        SOI + sof(0xC0, 8, 8, 8, (1, 0, 1)) + sos(1, 0, 63, 0),
        SOI + 2 * sof(0xC0, 8, 8, 8, (1, 1, 1)) + sos(1, 0, 63, 0),
        SOI + segment(0xDE, bytes(9)) + sof(0xC0, 8, 8, 8, (1, 1, 1)) + sos(1, 0, 63, 0),
        SOI + segment(0xFE, b"") * 5000 + COLORS,
        SOI + sof(0xC0, 8, 8, 8, (1, 1, 1)) + segment(0xDA, b"\4\0"),
    ],
)
def test_damaged_headers_are_refused(data: bytes):
    """What is no header, or contradicts itself, is a CodecError."""
    with pytest.raises(CodecError):
        parse_jpeg(data)


@given(st.data())
def test_any_change_gives_a_description_or_a_codec_error(data: st.DataObject):
    """No byte changed or cut off in a real header makes the parser fail in another way."""
    content = bytearray(named("SC_rgb_small_odd_jpeg.dcm").data)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(content[: data.draw(st.integers(0, len(content)))])
    with contextlib.suppress(CodecError):
        assert isinstance(parse_jpeg(cut), CodestreamInfo)
