"""What the scans of JPEG-LS say besides samples: parameters, order, and what is not for our decoder."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from dicomkit.codecs.codestream import inspect
from dicomkit.codecs.codestream.jpeg_ls_scans import decode_scans, is_supported
from dicomkit.errors import CodecError
from tests.codecs.codestream.test_jpeg import EOI, SOI, segment, sof, sos
from tests.codecs.real_frames import ROOT

NEAR_LOSSLESS = f"{ROOT}81"
# The example of ISO/IEC 14495-1 H.3: four rows of four samples of 8 bits, NEAR 0.
EXAMPLE = bytes.fromhex("c0 00 00 6c 80 20 8e 01 c0 00 00 57 40 00 00 6e e6 00 00 01 bc 18 00 00 05 d8 00 00 91 60")
SAMPLES = [[0, 0, 90, 74], [68, 50, 43, 205], [64, 145, 145, 145], [100, 145, 145, 145]]
FRAME = sof(0xF7, 8, 4, 4, (1, 1, 1))
SCAN = segment(0xDA, bytes((1, 1, 0, 0, 0, 0)))


def decoded(content: bytes) -> list[list[int]]:
    """Decode four rows of four samples."""
    out = np.full((4, 4), 77, np.uint8)
    decode_scans(content, inspect(NEAR_LOSSLESS, content), out)
    return out.tolist()


def test_the_example_of_the_standard():
    """H.3 has the samples and the codestream."""
    assert SAMPLES == decoded(SOI + FRAME + SCAN + EXAMPLE + EOI)


def test_parameters_that_are_said_are_taken():
    """LSE with the usual ones, and with 0 for them, changes nothing; with others it does (C.2.4.1.1)."""
    for parameters in ((255, 3, 7, 21, 64), (0, 0, 0, 0, 0)):
        lse = segment(0xF8, b"\1" + struct.pack(">5H", *parameters))
        assert SAMPLES == decoded(SOI + FRAME + lse + SCAN + EXAMPLE + EOI)
    with pytest.raises(CodecError):
        decoded(SOI + FRAME + segment(0xF8, b"\1" + struct.pack(">5H", 127, 3, 7, 21, 64)) + SCAN + EXAMPLE + EOI)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (SOI + FRAME + SCAN + EXAMPLE[:20] + EOI, "the data ends before the samples"),
        (SOI + FRAME + SCAN + EXAMPLE + b"\x55\x55" + EOI, "there is more data than samples need; 4 of 4 rows"),
        (SOI + FRAME + SCAN + EXAMPLE, "no JPEG-LS marker"),
        (SOI + FRAME + segment(0xDA, bytes((1, 9, 0, 0, 0, 0))) + EXAMPLE + EOI, "has not got"),
        (SOI + FRAME + segment(0xDD, b"\0\4") + SCAN + EXAMPLE + EOI, "restart markers"),
        (SOI + FRAME + segment(0xF8, b"\2\1\1\0") + SCAN + EXAMPLE + EOI, "tables"),
        (SOI + FRAME + segment(0xDA, bytes((1, 1, 1, 0, 0, 0))) + EXAMPLE + EOI, "tables"),
        (SOI + FRAME + segment(0xDA, bytes((1, 1, 0, 200, 0, 0))) + EXAMPLE + EOI, "difference"),
        (SOI + FRAME + segment(0xF8, b"\1" + struct.pack(">5H", 255, 9, 7, 21, 64)) + SCAN + EOI, "damaged"),
    ],
)
def test_what_is_damaged_or_not_supported(content: bytes, message: str):
    """All of it is an error that says where."""
    with pytest.raises(CodecError, match=message) as caught:
        decoded(content)
    assert caught.value.offset is not None


def test_more_bits_than_there_can_be():
    """A precision above 16 has no place in JPEG-LS."""
    content = SOI + sof(0xF7, 32, 4, 4, (1, 1, 1)) + SCAN + EXAMPLE + EOI
    with pytest.raises(CodecError, match="32 bits"):
        decoded(content)


def test_a_component_without_a_scan():
    """Of two planes one is there."""
    content = SOI + sof(0xF7, 8, 4, 4, (1, 1, 1), (2, 1, 1)) + SCAN + EXAMPLE + EOI
    with pytest.raises(CodecError, match="1 components have no scan"):
        decode_scans(content, inspect(NEAR_LOSSLESS, content), np.zeros((4, 4, 2), np.uint8))


@pytest.mark.parametrize(
    ("expected", "head"),
    [
        (True, FRAME + SCAN),
        (True, FRAME + segment(0xDD, b"\0\0") + segment(0xF8, b"\1" + bytes(10)) + SCAN),
        (False, FRAME + segment(0xDD, b"\0\4") + SCAN),
        (False, FRAME + segment(0xF8, b"\2\1\1\0") + SCAN),
        (False, FRAME + segment(0xDA, bytes((1, 1, 1, 0, 0, 0)))),
        (False, segment(0xE8, b"mrfx\1") + sof(0xF7, 8, 4, 4, (1, 1, 1), (2, 1, 1), (3, 1, 1)) + sos(3, 0, 2, 0)),
        (False, sof(0xF7, 8, 4, 4, (1, 2, 1), (2, 1, 1)) + sos(2, 0, 0, 0)),
    ],
)
def test_what_is_for_another_decoder(expected: bool, head: bytes):
    """Restart markers, tables, the colours of HP, and subsampled components."""
    content = SOI + head + EXAMPLE + EOI
    assert expected == is_supported(content, inspect(NEAR_LOSSLESS, content))
