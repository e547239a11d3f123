"""Headers of JPEG 2000 and HTJ2K, as ISO/IEC 15444-1 Annex A lays them out."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.codecs.codestream.info import CodestreamInfo
from dicomkit.codecs.codestream.jpeg_2000 import parse_jpeg_2000
from dicomkit.errors import CodecError
from tests.codecs.real_frames import named

SOC, SOT, EOC = b"\xff\x4f", b"\xff\x90\0\x0a\0\0\0\0\0\0\0\1", b"\xff\xd9"


def segment(marker: int, body: bytes) -> bytes:
    """Build a marker segment."""
    return struct.pack(">HH", marker, len(body) + 2) + body


def siz(columns: int, rows: int, *depths: int, tile: int = 0, step: int = 1, capabilities: int = 0) -> bytes:
    """Build SIZ: of each component Ssiz."""
    size = tile or columns, tile or rows
    body = struct.pack(">HIIIIIIIIH", capabilities, columns, rows, 0, 0, *size, 0, 0, len(depths))
    return segment(0xFF51, body + b"".join(bytes((depth, step, step)) for depth in depths))


def cod(
    *, transform: int = 0, wavelet: int = 1, levels: int = 5, progression: int = 2, precincts: bytes = b""
) -> bytes:
    """Build COD."""
    body = struct.pack(">BBHBBBBBB", bool(precincts), progression, 3, transform, levels, 4, 4, 0, wavelet)
    return segment(0xFF52, body + precincts)


def stream(*segments: bytes) -> bytes:
    """Build a codestream without any coded data."""
    return SOC + b"".join(segments) + SOT + EOC


def test_a_signed_component():
    """Ssiz has the sign in its highest bit and the precision, less one, in the others."""
    info = parse_jpeg_2000(stream(siz(70, 50, 0x80 | 11), cod()))
    assert ("JPEG 2000", 50, 70, 12, True) == (info.standard, info.rows, info.columns, info.precision, info.is_signed)
    assert ("RPCL", 3, 6, "", None) == (
        info.progression, info.layers, info.resolutions, info.color_transform, info.is_lossless
    )  # fmt: skip


@pytest.mark.parametrize(("wavelet", "expected"), [(1, "RCT"), (0, "ICT")])
def test_the_component_transformation_follows_the_wavelet(wavelet: int, expected: str):
    """With the reversible filter it is RCT, with the other ICT (ISO/IEC 15444-1 Annex G)."""
    info = parse_jpeg_2000(stream(siz(8, 8, 7, 7, 7), cod(transform=1, wavelet=wavelet)))
    assert (expected, True, 3) == (info.color_transform, info.undoes_color_transform, info.samples_per_pixel)


def test_the_capability_of_high_throughput():
    """Bit 15 of Pcap in the segment CAP says HTJ2K (ISO/IEC 15444-15 A.3)."""
    cap = segment(0xFF50, struct.pack(">IH", 1 << 17, 0))
    assert "HTJ2K" == parse_jpeg_2000(stream(siz(8, 8, 7, capabilities=1 << 14), cap, cod())).standard


def test_the_transformation_of_part_2_is_told():
    """A segment MCT says that components were transformed over a whole stack (PS3.5 A.4.4)."""
    info = parse_jpeg_2000(stream(siz(8, 8, 7, capabilities=1 << 15), cod(), segment(0xFF74, bytes(8))))
    assert ("MCT",) == info.extensions


def test_boxes_around_the_codestream_are_passed():
    """JP2, which PS3.5 8.2.4 does not allow, is read all the same; `start` tells."""
    content = stream(siz(8, 9, 7), cod())
    signature = b"\0\0\0\x0cjP  \r\n\x87\n"
    data = signature + struct.pack(">I4s", 20, b"ftyp") + bytes(12) + struct.pack(">I4s", 0, b"jp2c") + content
    info = parse_jpeg_2000(data)
    assert (9, 8, 40) == (info.rows, info.columns, info.start)


def test_without_eoc_it_is_cut_off():
    """EOC ends a codestream; zeros may follow it."""
    data = SOC + siz(8, 8, 7) + cod() + SOT + b"\x80\x80"
    assert not parse_jpeg_2000(data).is_complete
    assert parse_jpeg_2000(data + EOC + b"\0").is_complete


@pytest.mark.parametrize(
    "data",
    [
        b"",
        SOC,
        SOC + siz(8, 8, 7),
        stream(siz(8, 8, 7)),
        stream(cod(), siz(8, 8, 7)),
        stream(siz(0, 8, 7, tile=8), cod()),
        stream(siz(8, 8), cod()),
        stream(siz(8, 8, 7, step=0), cod()),
        stream(siz(1 << 20, 1 << 20, 7, tile=8), cod()),
        stream(siz(512, 512, 7, tile=1), cod()),
        stream(siz(8, 8, 7), cod(levels=33)),
        stream(siz(8192, 8192, 7), cod(precincts=bytes(6))),
        stream(siz(8, 8, 7), cod(), b"\0\0\0\0"),
        SOC + siz(8, 8, 7) + b"\xff\x64\xff\xff",
        stream(siz(8, 8, 7), segment(0xFF64, b"") * 5000, cod()),
        b"\0\0\0\x0cjP  \r\n\x87\n",
        b"\0\0\0\x0cjP  \r\n\x87\n" + struct.pack(">I4s", 0, b"ftyp"),
    ],
)
def test_damaged_headers_are_refused(data: bytes):
    """What is no header, contradicts itself, or asks for structures without bound, is a CodecError."""
    with pytest.raises(CodecError):
        parse_jpeg_2000(data)


@given(st.data())
def test_any_change_gives_a_description_or_a_codec_error(data: st.DataObject):
    """No byte changed or cut off in a real header makes the parser fail in another way."""
    content = bytearray(named("JPEG2000.dcm").data)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(content[: data.draw(st.integers(0, len(content)))])
    with contextlib.suppress(CodecError):
        assert isinstance(parse_jpeg_2000(cut), CodestreamInfo)
