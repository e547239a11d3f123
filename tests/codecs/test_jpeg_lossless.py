"""Lossless JPEG by our own decoder, against libjpeg-turbo and DCMTK."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from dicomkit.codecs import FrameFormat
from dicomkit.codecs.codestream import inspect
from dicomkit.codecs.jpeg import JPEG_IMAGECODECS
from dicomkit.codecs.jpeg_lossless import JPEG_LOSSLESS
from dicomkit.errors import CodecError, UnsupportedTransferSyntaxError
from dicomkit.testing.codecs import Check, checks
from tests.codecs.peers import by_dcmtk
from tests.codecs.real_frames import ROOT, RealFrame, real_frames
from tests.codecs.samples import noise, smooth

LOSSLESS, SV1 = f"{ROOT}57", f"{ROOT}70"
REAL = [real for real in real_frames(57, 70) if inspect(real.uid, real.data).process == 3]


@pytest.mark.parametrize("check", checks(JPEG_LOSSLESS) if JPEG_LOSSLESS.is_available else (), ids=str)
def test_conformance(check: Check):
    """The suite that every codec passes."""
    check()


@pytest.mark.parametrize("real", REAL, ids=lambda real: real.name)
def test_real_frames_are_decoded_as_dcmtk_decodes_them(  # type: ignore[no-untyped-def]
    real: RealFrame, tmp_path: Path, require_peer: Callable[[str], str]
):
    """Gray and colour, and nothing is said of damage."""
    told: list[str] = []
    ours = JPEG_LOSSLESS.decode_checked(real.data, real.uid, real.frame, report=told.append)
    assert [] == told
    assert by_dcmtk(require_peer("dcmdjpeg"), real, tmp_path, "+cn").tolist() == ours.tolist()


@pytest.mark.parametrize("predictor", range(1, 8))
@pytest.mark.parametrize("bits", [2, 8, 12, 16])
@pytest.mark.parametrize("samples", [1, 3])
def test_each_predictor_and_depth(  # type: ignore[no-untyped-def]
    predictor: int, bits: int, samples: int, require_package: Callable[[str], ModuleType]
):
    """What libjpeg-turbo encodes without loss comes back."""
    frame = FrameFormat(
        rows=19, columns=23, samples_per_pixel=samples, bits_allocated=8 if bits <= 8 else 16, bits_stored=bits
    )
    space = {"colorspace": "RGB", "outcolorspace": "RGB"} if samples == 3 else {}
    for make in (noise, smooth):
        original = make(frame)
        encoded = require_package("imagecodecs").jpeg8_encode(
            original, lossless=True, predictor=predictor, bitspersample=bits, **space
        )
        told: list[str] = []
        assert original.tolist() == JPEG_LOSSLESS.decode_checked(encoded, LOSSLESS, frame, report=told.append).tolist()
        assert [] == told


def test_damage_is_told_and_what_came_before_is_there(require_package: Callable[[str], ModuleType]):  # type: ignore[no-untyped-def]
    """A frame with a hole in it is decoded up to the hole."""
    frame = FrameFormat(rows=64, columns=64, bits_allocated=16, bits_stored=12)
    original = smooth(frame)
    encoded = require_package("imagecodecs").jpeg8_encode(original, lossless=True, predictor=1, bitspersample=12)
    middle = (inspect(SV1, encoded).end + len(encoded)) // 2
    told: list[str] = []
    damaged = encoded[:middle] + b"\xff\xd9"
    ours = JPEG_LOSSLESS.decode_checked(damaged, SV1, frame, report=told.append)
    assert 1 == len(told)
    rows = int(told[0].split("; ")[1].split(" of ")[0])
    assert 20 < rows < 44
    assert original[:rows].tolist() == ours[:rows].tolist()
    assert not ours[rows + 1 :].any()
    assert ours.tolist() == JPEG_LOSSLESS.decode(damaged, SV1, frame).tolist()


def test_other_jpeg_is_refused():
    """Lossy ones, and what is no JPEG of its transfer syntaxes."""
    real = next(real for real in real_frames(50) if inspect(real.uid, real.data).process == 0)
    with pytest.raises(CodecError, match="SOF0, not lossless"):
        JPEG_LOSSLESS.decode(real.data, SV1, real.frame)
    with pytest.raises(UnsupportedTransferSyntaxError):
        JPEG_LOSSLESS.decode(real.data, real.uid, real.frame)


def test_signed_samples_and_larger_ones_have_their_place(require_package: Callable[[str], ModuleType]):  # type: ignore[no-untyped-def]
    """The sign is that of the data set, and 32 bits may be allocated."""
    frame = FrameFormat(rows=9, columns=9, bits_allocated=16, bits_stored=12, pixel_representation=1)
    original = noise(frame)
    encoded = require_package("imagecodecs").jpeg8_encode(
        (original & 0xFFF).astype(np.uint16), lossless=True, predictor=1, bitspersample=12
    )
    assert original.tolist() == JPEG_LOSSLESS.decode(encoded, SV1, frame).tolist()
    wide = frame.replace(bits_allocated=32)
    assert original.tolist() == JPEG_LOSSLESS.decode(encoded, SV1, wide).tolist()
    assert JPEG_IMAGECODECS.decode(encoded, SV1, frame).tolist() == original.tolist()
