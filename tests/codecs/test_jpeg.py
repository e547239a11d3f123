"""JPEG decoded as DCMTK does it, and encoded so that DCMTK decodes it."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from dicomkit.codecs import Codec, EncodeOptions, FrameFormat
from dicomkit.codecs.codestream import inspect
from dicomkit.codecs.jpeg import JPEG_IMAGECODECS, JPEG_PYLIBJPEG
from dicomkit.errors import CodecError
from tests.codecs.codestream.test_jpeg import EOI, SOI, sof, sos
from tests.codecs.encapsulating import decoded_by_dcmtk, written
from tests.codecs.peers import by_dcmtk
from tests.codecs.real_frames import ROOT, RealFrame, largest_difference, named, real_frames
from tests.codecs.samples import noise, smooth

BASELINE, EXTENDED, LOSSLESS, SV1 = (f"{ROOT}{number}" for number in (50, 51, 57, 70))

#: DCMTK takes the explicit VR of this file for damage.
NOT_FOR_DCMTK = {"SC_rgb_jpeg.dcm"}
REAL = real_frames(50, 51, 57, 70)


@pytest.mark.interop
@pytest.mark.parametrize("real", [real for real in REAL if real.name not in NOT_FOR_DCMTK], ids=lambda real: real.name)
def test_real_frames_are_decoded_exactly_as_by_dcmtk(real: RealFrame, require_peer, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Baseline, extended and lossless, gray and colour, without converting the colours."""
    program = require_peer("dcmdjpeg")
    decoded = JPEG_IMAGECODECS.decode(real.data, real.uid, real.frame)
    assert 0 == largest_difference(by_dcmtk(program, real, tmp_path, "+cn"), decoded)
    assert (real.frame.shape, real.frame.dtype) == (decoded.shape, decoded.dtype)


#: Its spectral selection is that of a lossless scan; and chrominance of which one pixel in two is kept, where filters
#: that bring it back differ by more than rounding.
OTHERWISE_BY_LIBJPEG = {"JPEG-lossy.dcm", "color3d_jpeg_baseline.dcm"}


@pytest.mark.interop
@pytest.mark.parametrize("real", [r for r in REAL if r.name not in OTHERWISE_BY_LIBJPEG], ids=lambda real: real.name)
def test_real_frames_are_decoded_alike_by_both_libraries(real: RealFrame, require_package):  # type: ignore[no-untyped-def]
    """Lossless ones are equal, lossy ones differ by one at most."""
    require_package("libjpeg")
    one = JPEG_IMAGECODECS.decode(real.data, real.uid, real.frame)
    other = JPEG_PYLIBJPEG.decode(real.data, real.uid, real.frame)
    assert largest_difference(one, other) <= (0 if inspect(real.uid, real.data).is_lossless else 1)


def test_a_scan_header_that_libjpeg_refuses_is_a_codec_error(require_package):  # type: ignore[no-untyped-def]
    """The library's own message is in it."""
    require_package("libjpeg")
    real = named("JPEG-lossy.dcm")
    with pytest.raises(CodecError, match="scan") as caught:
        JPEG_PYLIBJPEG.decode(real.data, real.uid, real.frame)
    assert "pylibjpeg-libjpeg" == caught.value.codec


@pytest.mark.parametrize("codec", [JPEG_IMAGECODECS, JPEG_PYLIBJPEG], ids=lambda codec: codec.name)
def test_subsampled_chrominance_comes_out_at_full_resolution(codec: Codec):
    """YBR_FULL_422 becomes YBR_FULL; nothing else changes its name."""
    for given, expected in (("YBR_FULL_422", "YBR_FULL"), ("RGB", "RGB"), ("MONOCHROME1", "MONOCHROME1")):
        frame = FrameFormat(rows=1, columns=2, photometric_interpretation=given)
        assert expected == codec.photometric_interpretation(BASELINE, frame)


def test_a_file_of_very_many_scans_is_refused():
    """Each scan of a few bytes would make the decoder walk the whole image."""
    real = named("SC_rgb_small_odd_jpeg.dcm")
    at = real.data.index(b"\xff\xda")
    bomb = real.data[:-4] + real.data[at : at + 14] * 200 + b"\xff\xd9"
    with pytest.raises(CodecError, match="scans"):
        JPEG_IMAGECODECS.decode(bomb, real.uid, real.frame)


def test_another_standard_is_refused():
    """JPEG-LS under a JPEG transfer syntax is not given to a JPEG decoder."""
    real = named("MR_small_jpeg_ls_lossless.dcm")
    with pytest.raises(CodecError, match="JPEG-LS"):
        JPEG_IMAGECODECS.decode(real.data, SV1, real.frame)


# --- encoding --------------------------------------------------------------------------------------------------------


@pytest.mark.interop
@pytest.mark.parametrize("uid", [LOSSLESS, SV1])
@pytest.mark.parametrize(
    ("allocated", "stored", "signed", "samples"),
    [(8, 8, 0, 1), (8, 8, 0, 3), (8, 6, 0, 1), (16, 8, 0, 1), (16, 12, 0, 1), (16, 12, 1, 1), (16, 16, 1, 1),
     (16, 16, 0, 1), (8, 8, 1, 1), (16, 10, 0, 3)],
)  # fmt: skip
def test_lossless_is_decoded_exactly_by_dcmtk(  # type: ignore[no-untyped-def]
    uid: str, allocated: int, stored: int, signed: int, samples: int, require_peer, tmp_path: Path
):
    """Every precision in its own codestream, with predictor 1; and by our decoders too."""
    frame = FrameFormat(
        rows=37, columns=53, samples_per_pixel=samples, bits_allocated=allocated, bits_stored=stored,
        pixel_representation=signed, photometric_interpretation="RGB" if samples == 3 else "MONOCHROME2",
    )  # fmt: skip
    original = noise(frame)
    data = JPEG_IMAGECODECS.encode(original, uid, frame, EncodeOptions())
    info = inspect(uid, data)
    assert (3, 1, stored, True) == (info.process, info.predictor, info.precision, info.is_lossless)
    assert 0 == largest_difference(original, JPEG_IMAGECODECS.decode(data, uid, frame))
    assert 0 == largest_difference(original, JPEG_PYLIBJPEG.decode(data, uid, frame))
    path = written(tmp_path / "encoded.dcm", data, uid, frame)
    decoded = decoded_by_dcmtk(require_peer("dcmdjpeg"), path, "+cn")
    assert 0 == largest_difference(original, decoded)


@pytest.mark.interop
@pytest.mark.parametrize(
    ("uid", "stored", "photometric", "sampling"),
    [
        (BASELINE, 8, "MONOCHROME2", ((1, 1),)),
        (BASELINE, 8, "RGB", ((1, 1), (1, 1), (1, 1))),
        (BASELINE, 8, "YBR_FULL", ((1, 1), (1, 1), (1, 1))),
        (BASELINE, 8, "YBR_FULL_422", ((1, 1), (2, 1), (2, 1))),
        (EXTENDED, 8, "MONOCHROME2", ((1, 1),)),
        (EXTENDED, 12, "MONOCHROME2", ((1, 1),)),
    ],
)
def test_lossy_is_decoded_alike_by_dcmtk(  # type: ignore[no-untyped-def]
    uid: str, stored: int, photometric: str, sampling: object, require_peer, tmp_path: Path
):
    """What is written has the markers and the subsampling that the data set will say, and decodes within one."""
    frame = FrameFormat(
        rows=41, columns=64, samples_per_pixel=len(sampling), bits_allocated=8 if stored == 8 else 16,  # type: ignore[arg-type]
        bits_stored=stored, photometric_interpretation=photometric,
    )  # fmt: skip
    original = smooth(frame)
    data = JPEG_IMAGECODECS.encode(original, uid, frame, EncodeOptions(quality=95))
    info = inspect(uid, data)
    assert sampling == info.subsampling
    assert ("YCbCr" if photometric.startswith("YBR") else "") == info.color_transform
    decoded = JPEG_IMAGECODECS.decode(data, uid, frame)
    path = written(tmp_path / "encoded.dcm", data, uid, frame)
    assert largest_difference(decoded, decoded_by_dcmtk(require_peer("dcmdjpeg"), path, "+cn")) <= 1
    assert largest_difference(original, decoded) < 0.05 * (1 << stored)


def test_quality_is_used():
    """A lower one makes a smaller codestream."""
    frame = FrameFormat(rows=64, columns=64)
    sizes = [
        len(JPEG_IMAGECODECS.encode(noise(frame), BASELINE, frame, EncodeOptions(quality=q))) for q in (30, 60, 90)
    ]
    assert sorted(sizes) == sizes


@pytest.mark.parametrize(
    ("uid", "changes", "options"),
    [
        (BASELINE, {"bits_allocated": 16, "bits_stored": 12}, {}),
        (EXTENDED, {"bits_allocated": 16, "bits_stored": 10}, {}),
        (BASELINE, {"pixel_representation": 1}, {}),
        (SV1, {"bits_allocated": 32, "bits_stored": 16}, {}),
        (SV1, {"samples_per_pixel": 4}, {}),
        (SV1, {}, {"quality": 80.0}),
        (BASELINE, {}, {"quality": 0.0}),
        (BASELINE, {}, {"near": 2}),
    ],
)
def test_what_the_syntax_cannot_hold_is_refused(uid: str, changes: dict[str, int], options: dict[str, float]):
    """Depth, sign, samples and options: a ValueError before anything is encoded."""
    frame = FrameFormat(rows=4, columns=4).replace(**changes)
    with pytest.raises(ValueError) as caught:
        JPEG_IMAGECODECS.encode(np.zeros(frame.shape, frame.dtype), uid, frame, EncodeOptions(**options))
    assert not isinstance(caught.value, CodecError)


@pytest.mark.interop
@pytest.mark.parametrize("predictor", range(1, 8))
def test_every_predictor_is_decoded_exactly_by_dcmtk_and_us(
    predictor: int, require_peer, require_package, tmp_path: Path
):  # type: ignore[no-untyped-def]
    """Process 14 has seven selection values (ISO/IEC 10918-1 Table H.1)."""
    frame = FrameFormat(rows=23, columns=31, bits_allocated=16, bits_stored=14)
    original = noise(frame)
    data = bytes(
        require_package("imagecodecs").jpeg8_encode(original, lossless=True, predictor=predictor, bitspersample=14)
    )
    assert predictor == inspect(LOSSLESS, data).predictor
    for codec in (JPEG_IMAGECODECS, JPEG_PYLIBJPEG):
        assert 0 == largest_difference(original, codec.decode(data, LOSSLESS, frame)), codec.name
    path = written(tmp_path / "encoded.dcm", data, LOSSLESS, frame)
    assert 0 == largest_difference(original, decoded_by_dcmtk(require_peer("dcmdjpeg"), path, "+cn"))


@pytest.mark.interop
@pytest.mark.parametrize("samples", [1, 3])
def test_progressive_is_decoded_alike_by_both_libraries(samples: int, require_package):  # type: ignore[no-untyped-def]
    """Full progression, retired but met, as Pillow writes it."""
    image = require_package("PIL.Image")
    frame = FrameFormat(
        rows=40, columns=56, samples_per_pixel=samples,
        photometric_interpretation="YBR_FULL" if samples == 3 else "MONOCHROME2",
    )  # fmt: skip
    target = io.BytesIO()
    image.fromarray(smooth(frame)).save(target, "JPEG", progressive=True, quality=90, subsampling=0)
    uid = f"{ROOT}55"
    data = target.getvalue()
    assert 2 == inspect(uid, data).process
    one, other = (codec.decode(data, uid, frame) for codec in (JPEG_IMAGECODECS, JPEG_PYLIBJPEG))
    assert largest_difference(one, other) <= 1


def test_arithmetic_coding_is_refused_by_what_cannot_decode_it():
    """SOF9 is another process than those of Huffman codes."""
    real = named("SC_rgb_small_odd_jpeg.dcm")
    changed = real.data.replace(b"\xff\xc0", b"\xff\xc9", 1)
    with pytest.raises(CodecError, match="SOF9"):
        JPEG_IMAGECODECS.decode(changed, real.uid, real.frame)


@pytest.mark.parametrize("codec", [JPEG_IMAGECODECS, JPEG_PYLIBJPEG], ids=lambda codec: codec.name)
@pytest.mark.parametrize(("process", "uid"), [(0, BASELINE), (1, EXTENDED), (3, LOSSLESS)])
def test_ten_bytes_are_no_frame_of_four_gigabytes(codec, process: int, uid: str):  # type: ignore[no-untyped-def]
    """Header and data set agree on 65,535 rows and columns, but no code is that short: nothing is allocated."""
    frame = FrameFormat(rows=65_535, columns=65_535)
    data = SOI + sof(0xC0 + process, 8, 65_535, 65_535, (1, 1, 1)) + sos(1, 1, 0, 0) + bytes(10) + EOI
    tracemalloc.start()
    try:
        with pytest.raises(CodecError, match="too few"):
            codec.decode(data, uid, frame)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_the_best_compressed_frame_is_not_too_short():
    """Two bits a block, one a sample, are reached by plain frames."""
    frame = FrameFormat(rows=512, columns=512)
    plain = np.full(frame.shape, 128, np.uint8)
    for uid in (BASELINE, SV1):
        data = JPEG_IMAGECODECS.encode(plain, uid, frame, EncodeOptions())
        assert 0 == largest_difference(plain, JPEG_IMAGECODECS.decode(data, uid, frame))
    # The tables of the standard, which the encoder takes, have longer codes; with optimal ones it comes close.
    imagecodecs = pytest.importorskip("imagecodecs")
    for options in ({"optimize": True, "level": 50}, {"lossless": True, "predictor": 1, "optimize": True}):
        data = bytes(imagecodecs.jpeg8_encode(plain, **options))
        uid = SV1 if "lossless" in options else BASELINE
        assert 0 == largest_difference(plain, JPEG_IMAGECODECS.decode(data, uid, frame))
