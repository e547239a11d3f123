"""JPEG-LS decoded as DCMTK does it, and encoded so that DCMTK and libjpeg decode it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dicomkit.codecs import EncodeOptions, FrameFormat
from dicomkit.codecs.codestream import inspect
from dicomkit.codecs.jpeg import JPEG_PYLIBJPEG
from dicomkit.codecs.jpeg_ls import JPEG_LS, JPEG_LS_IMAGECODECS, JPEG_LS_PYJPEGLS
from dicomkit.errors import CodecError
from dicomkit.testing.codecs import Check, checks
from tests.codecs.codestream.test_jpeg import EOI, SOI, sof, sos
from tests.codecs.encapsulating import decoded_by_dcmtk, written
from tests.codecs.peers import by_dcmtk
from tests.codecs.real_frames import ROOT, RealFrame, largest_difference, named, real_frames
from tests.codecs.samples import noise, smooth

LOSSLESS, NEAR_LOSSLESS = f"{ROOT}80", f"{ROOT}81"
CODECS = (JPEG_LS, JPEG_LS_IMAGECODECS, JPEG_LS_PYJPEGLS, JPEG_PYLIBJPEG)
REAL = real_frames(80, 81)


@pytest.mark.interop
@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
@pytest.mark.parametrize("real", REAL, ids=lambda real: real.name)
def test_real_frames_are_decoded_exactly_as_by_dcmtk(real: RealFrame, codec, require_peer, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Gray, colour by line and by sample, lossless or not."""
    program = require_peer("dcmdjpls")
    decoded = codec.decode(real.data, real.uid, real.frame)
    assert 0 == largest_difference(by_dcmtk(program, real, tmp_path), decoded)
    assert (real.frame.shape, real.frame.dtype) == (decoded.shape, decoded.dtype)
    assert decoded.flags.c_contiguous


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
def test_colours_by_plane_come_out_by_pixel(codec, require_package):  # type: ignore[no-untyped-def]
    """A codestream with a scan for each component is decoded like the others."""
    jpeg_ls = require_package("jpeg_ls")
    frame = FrameFormat(rows=31, columns=27, samples_per_pixel=3, photometric_interpretation="RGB")
    original = smooth(frame)
    planes = np.ascontiguousarray(original.transpose(2, 0, 1))
    data = bytes(jpeg_ls.encode_buffer(planes.tobytes(), 31, 27, 3, 8, 0, 0))
    assert 0 == inspect(LOSSLESS, data).interleave
    decoded = codec.decode(data, LOSSLESS, frame)
    assert 0 == largest_difference(original, decoded)
    assert decoded.flags.c_contiguous


def test_another_standard_is_refused():
    """JPEG under a JPEG-LS transfer syntax is not given to a JPEG-LS decoder."""
    real = named("JPEG-LL.dcm")
    with pytest.raises(CodecError, match="not JPEG-LS"):
        JPEG_LS_IMAGECODECS.decode(real.data, LOSSLESS, real.frame)


@pytest.mark.interop
@pytest.mark.parametrize(
    ("allocated", "stored", "signed", "samples"),
    [(8, 8, 0, 1), (8, 8, 0, 3), (8, 5, 0, 1), (16, 7, 0, 1), (16, 12, 0, 1), (16, 12, 1, 1), (16, 16, 1, 1),
     (16, 16, 0, 1), (16, 10, 0, 3), (8, 8, 0, 4)],
)  # fmt: skip
def test_lossless_is_decoded_exactly_by_others(  # type: ignore[no-untyped-def]
    allocated: int, stored: int, signed: int, samples: int, require_peer, tmp_path: Path
):
    """Every precision in its own codestream; CharLS, DCMTK's copy of it, and the libjpeg of its own author agree."""
    frame = FrameFormat(
        rows=37, columns=53, samples_per_pixel=samples, bits_allocated=allocated, bits_stored=stored,
        pixel_representation=signed, photometric_interpretation="RGB" if samples >= 3 else "MONOCHROME2",
    )  # fmt: skip
    original = noise(frame)
    data = JPEG_LS_PYJPEGLS.encode(original, LOSSLESS, frame, EncodeOptions())
    assert (stored, 0) == (inspect(LOSSLESS, data).precision, inspect(LOSSLESS, data).near)
    for codec in CODECS:
        assert 0 == largest_difference(original, codec.decode(data, LOSSLESS, frame)), codec.name
    if samples == 4 or stored < 8:
        return  # DCMTK refuses these
    path = written(tmp_path / "encoded.dcm", data, LOSSLESS, frame)
    assert 0 == largest_difference(original, decoded_by_dcmtk(require_peer("dcmdjpls"), path))


@pytest.mark.interop
@pytest.mark.parametrize(("stored", "near"), [(8, 1), (8, 10), (12, 3), (16, 200)])
def test_near_lossless_keeps_its_bound(stored: int, near: int, require_peer, tmp_path: Path):  # type: ignore[no-untyped-def]
    """No sample differs by more than NEAR, and DCMTK decodes the same."""
    frame = FrameFormat(rows=40, columns=50, bits_allocated=8 if stored == 8 else 16, bits_stored=stored)
    original = smooth(frame)
    data = JPEG_LS_PYJPEGLS.encode(original, NEAR_LOSSLESS, frame, EncodeOptions(near=near))
    decoded = JPEG_LS_IMAGECODECS.decode(data, NEAR_LOSSLESS, frame)
    assert 0 < largest_difference(original, decoded) <= near
    path = written(tmp_path / "encoded.dcm", data, NEAR_LOSSLESS, frame)
    assert 0 == largest_difference(decoded, decoded_by_dcmtk(require_peer("dcmdjpls"), path))


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (3, 3)])
def test_the_smallest_frames_are_encoded(shape: tuple[int, int]):
    """A header longer than the samples is no reason to fail."""
    frame = FrameFormat(rows=shape[0], columns=shape[1], bits_allocated=16, bits_stored=12)
    original = noise(frame)
    data = JPEG_LS_PYJPEGLS.encode(original, LOSSLESS, frame, EncodeOptions())
    assert 0 == largest_difference(original, JPEG_LS_IMAGECODECS.decode(data, LOSSLESS, frame))


@pytest.mark.parametrize(
    ("uid", "changes", "options"),
    [
        (LOSSLESS, {"bits_stored": 1}, {}),
        (LOSSLESS, {"bits_allocated": 32, "bits_stored": 16}, {}),
        (LOSSLESS, {}, {"near": 1}),
        (NEAR_LOSSLESS, {"pixel_representation": 1}, {"near": 1}),
        (NEAR_LOSSLESS, {}, {"near": 200}),
        (NEAR_LOSSLESS, {}, {"near": -1}),
    ],
)
def test_what_the_syntax_cannot_hold_is_refused(uid: str, changes: dict[str, int], options: dict[str, int]):
    """Depth, sign and options: a ValueError before anything is encoded."""
    frame = FrameFormat(rows=4, columns=4).replace(**changes)
    with pytest.raises(ValueError) as caught:
        JPEG_LS_PYJPEGLS.encode(np.zeros(frame.shape, frame.dtype), uid, frame, EncodeOptions(**options))
    assert not isinstance(caught.value, CodecError)


@pytest.mark.parametrize("codec", CODECS[:2], ids=lambda codec: codec.name)
def test_ten_bytes_are_no_frame_of_four_gigabytes(codec):  # type: ignore[no-untyped-def]
    """Each line ends with a bit at least."""
    data = SOI + sof(0xF7, 8, 65_535, 65_535, (1, 1, 1)) + sos(1, 0, 0, 0) + bytes(10) + EOI
    with pytest.raises(CodecError, match="too few"):
        codec.decode(data, LOSSLESS, FrameFormat(rows=65_535, columns=65_535))


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
def test_the_best_compressed_frame_is_not_too_short(codec):  # type: ignore[no-untyped-def]
    """A plain frame is almost only ends of lines."""
    frame = FrameFormat(rows=2000, columns=300)
    plain = np.zeros(frame.shape, np.uint8)
    data = JPEG_LS_PYJPEGLS.encode(plain, LOSSLESS, frame, EncodeOptions())
    assert 0 == largest_difference(plain, codec.decode(data, LOSSLESS, frame))


@pytest.mark.parametrize("bits", [2, 3, 7, 8, 10, 12, 16])
@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("near", [0, 1, 3])
def test_our_decoder_does_as_charls_does(bits: int, samples: int, near: int, require_package):  # type: ignore[no-untyped-def]
    """Each depth, lossless and not, of noise and of what has runs; by plane, by line and by sample."""
    jpeg_ls = require_package("jpeg_ls")
    require_package("imagecodecs")
    frame = FrameFormat(
        rows=21, columns=35, samples_per_pixel=samples, bits_allocated=8 if bits <= 8 else 16, bits_stored=bits
    )
    if near > (1 << bits) // 2 - 1:
        return
    for original in (noise(frame), smooth(frame), np.zeros(frame.shape, frame.dtype)):
        for interleave in (0, 1, 2) if samples == 3 else (0,):
            source = np.ascontiguousarray(original.transpose(2, 0, 1)) if samples == 3 and not interleave else original
            roomy = source.tobytes() + bytes(4096)  # its kernel makes as much room as it gets
            data = bytes(jpeg_ls.CharLS._CharLS._encode(roomy, near, interleave, 21, 35, samples, bits))
            theirs = JPEG_LS_IMAGECODECS.decode(data, NEAR_LOSSLESS, frame)
            assert theirs.tolist() == JPEG_LS.decode(data, NEAR_LOSSLESS, frame).tolist()


def test_what_is_not_for_our_decoder_goes_to_charls():
    """The colour transformations of HP."""
    real = REAL[0]
    assert JPEG_LS.instead(real.data) is None
    data = real.data[:2] + b"\xff\xe8\0\7mrfx\1" + real.data[2:]
    assert JPEG_LS_IMAGECODECS is JPEG_LS.instead(data)
    assert JPEG_LS.instead(b"") is None
    with pytest.raises(CodecError, match="HP"):
        JPEG_LS.decode(data, real.uid, real.frame)


@pytest.mark.parametrize("check", checks(JPEG_LS) if JPEG_LS.is_available else (), ids=str)
def test_conformance(check: Check):
    """Our decoder passes the suite that every codec passes."""
    check()
