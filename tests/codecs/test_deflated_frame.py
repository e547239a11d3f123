"""Deflated Image Frame: RFC 1951 streams as zlib writes them, and never more than a frame comes out."""

from __future__ import annotations

import tracemalloc
import zlib

import numpy as np
import pytest

from dicomkit.codecs import EncodeOptions, FrameFormat
from dicomkit.codecs.deflated_frame import DEFLATED_FRAME
from dicomkit.errors import CodecError

UID = "1.2.840.10008.1.2.8.1"
FRAME = FrameFormat(rows=3, columns=5, bits_allocated=16, bits_stored=12)
SAMPLES = np.arange(15, dtype=np.uint16).reshape(3, 5) * 100


def deflated(data: bytes) -> bytes:
    """Deflate without a header, as RFC 1951 says."""
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(data) + compressor.flush()


def test_a_stream_of_zlib_is_decoded():
    """What zlib made of a native frame decodes to its samples, with and without the byte that makes the length even."""
    stream = deflated(SAMPLES.tobytes())
    for data in (stream, stream + b"\0", memoryview(stream)):
        assert SAMPLES.tolist() == DEFLATED_FRAME.decode(data, UID, FRAME).tolist()


@pytest.mark.parametrize("level", [None, 0, 1, 9])
def test_zlib_inflates_what_is_encoded(level: int | None):
    """Any inflater of RFC 1951 finds the native frame."""
    data = DEFLATED_FRAME.encode(SAMPLES, UID, FRAME, EncodeOptions(level=level))
    assert SAMPLES.tobytes() == zlib.decompress(data, -15)


def test_single_bits_are_deflated_packed():
    """A frame of single bits is packed before it is deflated: eight pixels a byte, each frame from a byte on."""
    frame = FrameFormat(rows=3, columns=5, bits_allocated=1, bits_stored=1)
    samples = (SAMPLES // 100 % 2).astype(np.uint8)
    data = DEFLATED_FRAME.encode(samples, UID, frame, EncodeOptions())
    assert b"\xaa\x2a" == zlib.decompress(data, -15)
    assert samples.tolist() == DEFLATED_FRAME.decode(data, UID, frame).tolist()


def test_a_frame_may_be_padded_before_it_is_deflated():
    """An odd native frame with its byte of padding is that frame."""
    frame = FrameFormat(rows=1, columns=3)
    assert [[1, 2, 3]] == DEFLATED_FRAME.decode(deflated(b"\1\2\3\0"), UID, frame).tolist()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "cannot hold"),
        (deflated(SAMPLES.tobytes())[:-5], "ends after"),
        (deflated(SAMPLES.tobytes()[:-1]), "29 of the 30 bytes"),
        (deflated(SAMPLES.tobytes() + b"\0"), "more than the 30 bytes"),
        (deflated(bytes(1000)), "more than the 30 bytes"),
        (zlib.compress(SAMPLES.tobytes()), "deflated frame: "),
        (b"\xff" * 40, "deflated frame: "),
    ],
    ids=["empty", "cut", "short", "long", "bomb", "zlib header", "noise"],
)
def test_damaged_streams_are_errors(data: bytes, message: str):
    """A stream that is cut, of another length, or none at all is a CodecError."""
    with pytest.raises(CodecError, match=message):
        DEFLATED_FRAME.decode(data, UID, FRAME)


def test_a_bomb_costs_no_more_than_a_frame():
    """A megabyte that would become a gigabyte is left after one frame."""
    bomb = deflated(bytes(1 << 28))
    frame = FrameFormat(rows=100, columns=100)
    tracemalloc.start()
    with pytest.raises(CodecError, match="more than the 10000 bytes"):
        DEFLATED_FRAME.decode(bomb, UID, frame)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < len(bomb) + 200_000


def test_a_frame_that_cannot_be_in_the_data_is_refused_before_it_is_allocated():
    """Deflate makes at most 1,032 bytes of one."""
    frame = FrameFormat(rows=65535, columns=65535)
    with pytest.raises(CodecError, match="10 bytes cannot hold"):
        DEFLATED_FRAME.decode(bytes(10), UID, frame)


def test_options_that_mean_nothing_are_refused():
    """Deflate has levels from 0 to 9 and no quality."""
    for options in (EncodeOptions(quality=90), EncodeOptions(level=10), EncodeOptions(level=-2)):
        with pytest.raises(ValueError, match=r"level|quality"):
            DEFLATED_FRAME.encode(SAMPLES, UID, FRAME, options)


def test_shared_chrominance_is_shared_out():
    """A frame of half the chrominance is stored so and decoded with all of it."""
    frame = FrameFormat(rows=1, columns=2, samples_per_pixel=3, photometric_interpretation="YBR_FULL_422")
    assert [[[1, 3, 4], [2, 3, 4]]] == DEFLATED_FRAME.decode(deflated(b"\1\2\3\4"), UID, frame).tolist()
    assert "YBR_FULL" == DEFLATED_FRAME.photometric_interpretation(UID, frame)
