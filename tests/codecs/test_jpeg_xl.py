"""JPEG XL there and back: no second implementation is known; djxl, where installed, is another version of the one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from dicomkit.codecs import EncodeOptions, FrameFormat
from dicomkit.codecs.codestream import inspect
from dicomkit.codecs.jpeg import JPEG_IMAGECODECS
from dicomkit.codecs.jpeg_xl import JPEG_XL_IMAGECODECS as CODEC
from dicomkit.errors import CodecError
from tests.codecs.real_frames import ROOT, RealFrame, largest_difference, named, real_frames
from tests.codecs.samples import noise, smooth

LOSSLESS, RECOMPRESSION, ANY = (f"{ROOT}{number}" for number in (110, 111, 112))


@pytest.mark.parametrize(
    ("allocated", "stored", "signed", "samples"),
    [(8, 8, 0, 1), (8, 1, 0, 1), (8, 5, 1, 1), (16, 8, 0, 1), (16, 12, 0, 1), (16, 12, 1, 1), (16, 16, 0, 1),
     (16, 16, 1, 1), (8, 8, 0, 3), (16, 12, 0, 3), (8, 8, 0, 4)],
)  # fmt: skip
@pytest.mark.parametrize("level", [None, 2])
def test_lossless_comes_back_exactly(allocated: int, stored: int, signed: int, samples: int, level: int | None):
    """Every precision in its own codestream; what has a sign keeps it in the data set."""
    frame = FrameFormat(
        rows=37, columns=53, samples_per_pixel=samples, bits_allocated=allocated, bits_stored=stored,
        pixel_representation=signed, photometric_interpretation="RGB" if samples >= 3 else "MONOCHROME2",
    )  # fmt: skip
    original = noise(frame)
    data = CODEC.encode(original, LOSSLESS, frame, EncodeOptions(level=level))
    assert (stored, "") == (inspect(LOSSLESS, data).precision, inspect(LOSSLESS, data).color_transform)
    decoded = CODEC.decode(data, LOSSLESS, frame)
    assert 0 == largest_difference(original, decoded)
    out = np.empty(frame.shape, frame.dtype)
    assert out is CODEC.decode(data, LOSSLESS, frame, out)
    assert 0 == largest_difference(original, out)


@pytest.mark.interop
@pytest.mark.skipif(shutil.which("djxl") is None, reason="djxl is not installed: an optional peer")
def test_lossless_is_decoded_exactly_by_djxl(tmp_path: Path):
    """The program of libjxl, another version of the same library, writes the same samples."""
    frame = FrameFormat(rows=20, columns=30)
    original = noise(frame)
    (tmp_path / "x.jxl").write_bytes(CODEC.encode(original, LOSSLESS, frame, EncodeOptions()))
    subprocess.run(["djxl", str(tmp_path / "x.jxl"), str(tmp_path / "x.pgm")], check=True, capture_output=True)
    assert original.tobytes() == (tmp_path / "x.pgm").read_bytes()[-600:]


@pytest.mark.parametrize(("stored", "samples"), [(8, 1), (12, 1), (8, 3)])
def test_lossy_looks_like_the_original(stored: int, samples: int):
    """Small differences, and smaller files for less quality."""
    frame = FrameFormat(
        rows=80, columns=90, samples_per_pixel=samples, bits_allocated=8 if stored == 8 else 16, bits_stored=stored,
        photometric_interpretation="RGB" if samples == 3 else "MONOCHROME2",
    )  # fmt: skip
    original = smooth(frame)
    sizes = []
    for quality in (50.0, None, 99.0):
        data = CODEC.encode(original, ANY, frame, EncodeOptions(quality=quality))
        sizes.append(len(data))
        decoded = CODEC.decode(data, ANY, frame)
        assert np.abs(original.astype(int) - decoded.astype(int)).mean() < 0.03 * (1 << stored)
    assert sorted(sizes) == sizes


@pytest.mark.parametrize("real", real_frames(50), ids=lambda real: real.name)
def test_recompressed_jpeg_comes_back_to_the_byte(real: RealFrame):
    """Padding apart; and its samples are those of the JPEG, YCbCr not converted."""
    data = CODEC.recompress(real.data)
    jpeg = CODEC.reconstruct(data)
    assert real.data.startswith(jpeg)
    assert len(real.data) - len(jpeg) <= 1
    assert 0 == largest_difference(
        JPEG_IMAGECODECS.decode(real.data, real.uid, real.frame), CODEC.decode(data, RECOMPRESSION, real.frame)
    )


def test_what_is_no_baseline_jpeg_is_not_recompressed():
    """Lossless JPEG has no way into JPEG XL, and JPEG XL from samples none back."""
    with pytest.raises(CodecError):
        CODEC.recompress(named("JPEG-LL.dcm").data)
    frame = FrameFormat(rows=8, columns=8)
    data = CODEC.encode(noise(frame), LOSSLESS, frame, EncodeOptions())
    with pytest.raises(CodecError, match="not made from a JPEG"):
        CODEC.reconstruct(data)


def test_what_decoded_samples_are():
    """Of recompressed JPEG those of the JPEG, else gray or RGB."""
    frame = FrameFormat(rows=1, columns=2, samples_per_pixel=3, photometric_interpretation="YBR_FULL_422")
    assert "YBR_FULL" == CODEC.photometric_interpretation(RECOMPRESSION, frame)
    assert "RGB" == CODEC.photometric_interpretation(ANY, frame)
    assert "MONOCHROME1" == CODEC.photometric_interpretation(ANY, FrameFormat(rows=1, columns=1).replace(
        photometric_interpretation="MONOCHROME1"))  # fmt: skip


def test_codestreams_cut_off_are_refused():
    """libjxl itself says so: JPEG XL has no end marker."""
    frame = FrameFormat(rows=64, columns=64)
    data = CODEC.encode(noise(frame), LOSSLESS, frame, EncodeOptions())
    for length in (len(data) // 2, len(data) - 1, 10):
        with pytest.raises(CodecError):
            CODEC.decode(data[:length], LOSSLESS, frame)


def test_of_an_animation_the_first_frame_is_taken(require_package):  # type: ignore[no-untyped-def]
    """More frames in one codestream are no frames of DICOM, and cost no memory."""
    frames = np.stack([noise(FrameFormat(rows=8, columns=9), seed) for seed in range(3)])
    data = require_package("imagecodecs").jpegxl_encode(frames, lossless=True)
    assert 0 == largest_difference(frames[0], CODEC.decode(data, LOSSLESS, FrameFormat(rows=8, columns=9)))


@pytest.mark.parametrize(
    ("uid", "changes", "options"),
    [
        (LOSSLESS, {"bits_allocated": 32, "bits_stored": 16}, {}),
        (LOSSLESS, {}, {"quality": 90.0}),
        (LOSSLESS, {}, {"level": 11}),
        (ANY, {"pixel_representation": 1}, {}),
        (ANY, {}, {"quality": 101.0}),
    ],
)
def test_what_the_syntax_cannot_hold_is_refused(uid: str, changes: dict[str, int], options: dict[str, float]):
    """Depth, sign and options: a ValueError before anything is encoded."""
    frame = FrameFormat(rows=4, columns=4).replace(**changes)
    with pytest.raises(ValueError) as caught:
        CODEC.encode(np.zeros(frame.shape, frame.dtype), uid, frame, EncodeOptions(**options))
    assert not isinstance(caught.value, CodecError)
