"""Whether the scans of JPEG are whole: real ones are, damaged ones are told."""

from __future__ import annotations

import random

import numpy as np
import pytest

from dicomkit.codecs.codestream import inspect
from dicomkit.codecs.codestream.jpeg_scans import IS_COMPILED, damage_of_scans, decode_lossless
from dicomkit.errors import CodecError
from tests.codecs.codestream.test_jpeg import EOI, SOI, segment, sof, sos
from tests.codecs.real_frames import ROOT, RealFrame, real_frames

WITH_KERNEL = pytest.mark.skipif(not IS_COMPILED, reason="without kernels nothing is looked for")
LOSSY = [real for real in real_frames(50, 51) if inspect(real.uid, real.data).process in (0, 1)]
BASELINE, SV1 = f"{ROOT}50", f"{ROOT}70"

# One code, "0", for a difference of nothing; and one of ten zeros.
TABLE = segment(0xC4, b"\0" + bytes([1]) + bytes(15) + b"\0")


@pytest.mark.parametrize("real", LOSSY, ids=lambda real: real.name)
def test_real_frames_are_whole(real: RealFrame):
    """Nothing is wrong with what pydicom and others decode without a word."""
    assert "" == damage_of_scans(real.data, inspect(real.uid, real.data))


@WITH_KERNEL
@pytest.mark.parametrize("real", [real for real in LOSSY if real.frame.rows > 50], ids=lambda real: real.name)
def test_a_frame_that_was_overwritten_is_told(real: RealFrame):
    """Bytes in the middle become others: codes come to an end elsewhere, unless by chance, once in a while."""
    info = inspect(real.uid, real.data)
    start = info.end + 30
    rng = random.Random(1)
    told = 0
    for _ in range(40):
        at = rng.randrange(start, len(real.data) - 70)
        damaged = real.data[:at] + rng.randbytes(64) + real.data[at + 64 :]
        told += bool(damage_of_scans(damaged, info))
    assert told >= 32


def lossless(data: bytes, *between: bytes, rows: int = 4, columns: int = 8) -> tuple[str, list[list[int]]]:
    """Decode a lossless scan of gray samples, all alike unless data says otherwise."""
    frame = SOI + sof(0xC3, 8, rows, columns, (1, 1, 1)) + TABLE + b"".join(between)
    content = frame + segment(0xDA, bytes((1, 1, 0, 1, 0, 0))) + data
    out = np.full((rows, columns), 77, np.uint8)
    return decode_lossless(content, inspect(SV1, content), out), out.tolist()


def test_samples_of_no_difference_are_the_middle_of_their_range():
    """32 codes of one bit make 32 samples of 128 (ISO/IEC 10918-1 H.1.2.1)."""
    assert ("", [[128] * 8] * 4) == lossless(bytes(4) + EOI)


@pytest.mark.parametrize(
    ("data", "message", "whole"),
    [
        (bytes(3) + EOI, "the data ends before the samples; 3 of 4 rows came before", 3),
        (bytes(2) + b"\xff\x00" + bytes(1) + EOI, "bits that are no code; 2 of 4 rows came before", 2),
        (bytes(6) + EOI, "there is more data than samples need; 4 of 4 rows came before", 4),
        (bytes(4), "no marker where one must stand", 4),
    ],
)
def test_a_damaged_lossless_scan_is_told(data: bytes, message: str, whole: int):
    """Rows before the damage are there, and nothing that was in the array before."""
    said, samples = lossless(data)
    assert message == said
    assert [[128] * 8] * whole == samples[:whole]
    assert 77 not in np.array(samples)


def test_rows_behind_a_restart_marker_are_decoded_again():
    """Damage ends at the marker (ISO/IEC 10918-1 E.2.4)."""
    interval = segment(0xDD, b"\0\x08")
    whole = bytes(1) + b"\xff\xd0" + bytes(1) + b"\xff\xd1" + bytes(1) + b"\xff\xd2" + bytes(1) + EOI
    assert ("", [[128] * 8] * 4) == lossless(whole, interval)
    said, samples = lossless(whole.replace(b"\0\xff\xd1", b"\xff\xd1"), interval)
    assert said.startswith("the data ends before the samples; 1 of 4 rows")
    assert [[128] * 8] * 2 == samples[2:]
    said, _ = lossless(whole.replace(b"\xff\xd1", b"\xff\xd3"), interval)
    assert said.startswith("a restart marker is missing; 2 of 4 rows")


@pytest.mark.parametrize(
    "tables",
    [b"", segment(0xC4, b"\0" + bytes([3]) + bytes(15) + b"\0\1\2"), segment(0xC4, b"\0" + bytes([1]) + bytes(15))],
)
def test_tables_that_cannot_be_are_refused(tables: bytes):
    """None at all, more codes than bits have, values that are missing."""
    content = SOI + sof(0xC3, 8, 4, 8, (0, 1, 1)) + tables + sos(1, 1, 0, 0) + bytes(4) + EOI
    with pytest.raises(CodecError, match="damaged"):
        decode_lossless(content, inspect(SV1, content), np.zeros((4, 8), np.uint8))
    lossy = content.replace(b"\xff\xc3", b"\xff\xc0")
    assert "damaged" in damage_of_scans(lossy, inspect(BASELINE, lossy)) or not IS_COMPILED


def test_a_scan_of_another_component_is_refused():
    """A scan names components by what the frame header calls them."""
    content = SOI + sof(0xC3, 8, 4, 8, (9, 1, 1)) + TABLE + sos(1, 1, 0, 0) + bytes(4) + EOI
    with pytest.raises(CodecError, match="component 0"):
        decode_lossless(content, inspect(SV1, content), np.zeros((4, 8), np.uint8))


def test_a_component_without_a_scan_is_told():
    """Colours of which one plane is missing."""
    content = SOI + sof(0xC3, 8, 1, 8, (0, 1, 1), (1, 1, 1)) + TABLE + sos(1, 1, 0, 0) + bytes(1) + EOI
    out = np.full((1, 8, 2), 77, np.uint8)
    assert "1 components have no scan" == decode_lossless(content, inspect(SV1, content), out)
    assert [[[128, 0]] * 8] == out.tolist()


@WITH_KERNEL
def test_a_frame_without_rows_has_no_units():
    """Nothing is divided by their number."""
    content = SOI + sof(0xC0, 8, 0, 8, (0, 1, 1)) + TABLE + TABLE.replace(b"\0\x01", b"\x10\x01", 1) + sos(1, 0, 63, 0)
    assert damage_of_scans(content + b"\x55" * 9 + EOI, inspect(BASELINE, content + EOI))
