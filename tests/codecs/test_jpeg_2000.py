"""JPEG 2000 decoded as GDCM does it, and encoded so that GDCM decodes it; HTJ2K between OpenJPH and OpenJPEG."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from dicomkit.codecs import EncodeOptions, FrameFormat
from dicomkit.codecs.codestream import inspect
from dicomkit.codecs.jpeg_2000 import HTJ2K_OPENJPH, JPEG_2000_IMAGECODECS, JPEG_2000_OPENJPEG
from dicomkit.errors import CodecError
from tests.codecs.codestream.test_jpeg_2000 import EOC, SOT, segment
from tests.codecs.encapsulating import written
from tests.codecs.peers import by_gdcm, by_pydicom
from tests.codecs.real_frames import ROOT, RealFrame, largest_difference, named, real_frames
from tests.codecs.samples import noise, smooth

LOSSLESS, ANY = f"{ROOT}90", f"{ROOT}91"
HT_LOSSLESS, HT_RPCL, HT_ANY = f"{ROOT}201", f"{ROOT}202", f"{ROOT}203"
CODECS = (JPEG_2000_IMAGECODECS, JPEG_2000_OPENJPEG)
REAL = real_frames(90, 91, most_pixels=1 << 19)

#: pydicom finds no Pixel Data in it.
NOT_FOR_PYDICOM = {"emri_small_jpeg_2k_lossless_too_short.dcm"}


@pytest.mark.interop
@pytest.mark.parametrize(
    "real", [real for real in REAL if real.name not in NOT_FOR_PYDICOM], ids=lambda real: real.name
)
def test_real_frames_are_decoded_exactly_as_by_gdcm(real: RealFrame, require_package):  # type: ignore[no-untyped-def]
    """Gray and colour, signed or not, lossless or not; where data set and codestream differ in sign, as GDCM has it."""
    require_package("gdcm")
    decoded = JPEG_2000_IMAGECODECS.decode(real.data, real.uid, real.frame)
    assert 0 == largest_difference(by_gdcm(real), decoded)
    assert (real.frame.shape, real.frame.dtype) == (decoded.shape, decoded.dtype)


@pytest.mark.interop
@pytest.mark.parametrize("real", REAL, ids=lambda real: real.name)
def test_real_frames_are_decoded_alike_by_both_libraries(real: RealFrame, require_package):  # type: ignore[no-untyped-def]
    """Both hold OpenJPEG, of different versions."""
    require_package("openjpeg")
    one, other = (codec.decode(real.data, real.uid, real.frame) for codec in CODECS)
    assert 0 == largest_difference(one, other)


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
def test_what_decoded_samples_are(codec):  # type: ignore[no-untyped-def]
    """RCT and ICT belong to the codestream, so RGB comes out; YBR_FULL was coded as it is."""
    for given, expected in (("YBR_RCT", "RGB"), ("YBR_ICT", "RGB"), ("YBR_FULL", "YBR_FULL"), ("RGB", "RGB")):
        frame = FrameFormat(rows=1, columns=1, samples_per_pixel=3, photometric_interpretation=given)
        assert expected == codec.photometric_interpretation(LOSSLESS, frame)


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
def test_a_codestream_that_is_cut_off_is_refused(codec):  # type: ignore[no-untyped-def]
    """OpenJPEG would fill the rest with zeros and say nothing."""
    real = named("MR_small_jp2klossless.dcm")
    with pytest.raises(CodecError, match="cut off"):
        codec.decode(real.data[: len(real.data) // 2], real.uid, real.frame)


def test_another_standard_is_refused():
    """JPEG under a JPEG 2000 transfer syntax is not given to its decoder."""
    real = named("JPEG-LL.dcm")
    with pytest.raises(CodecError, match="not JPEG 2000"):
        JPEG_2000_IMAGECODECS.decode(real.data, LOSSLESS, real.frame)


# --- encoding --------------------------------------------------------------------------------------------------------

#: Bits Allocated, Bits Stored, Pixel Representation, Samples per Pixel, Photometric Interpretation.
LAYOUTS = [
    (8, 8, 0, 1, "MONOCHROME2"),
    (8, 8, 1, 1, "MONOCHROME2"),
    (8, 5, 0, 1, "MONOCHROME2"),
    (16, 7, 1, 1, "MONOCHROME2"),
    (16, 12, 0, 1, "MONOCHROME1"),
    (16, 12, 1, 1, "MONOCHROME2"),
    (16, 16, 0, 1, "MONOCHROME2"),
    (16, 16, 1, 1, "MONOCHROME2"),
    (8, 8, 0, 3, "RGB"),
    (8, 8, 0, 3, "YBR_RCT"),
    (16, 10, 0, 3, "YBR_RCT"),
]
DEEP = [(32, 20, 0, 1, "MONOCHROME2"), (32, 24, 1, 1, "MONOCHROME2"), (32, 12, 0, 1, "MONOCHROME2")]


def frame_of(layout: tuple[int, int, int, int, str], rows: int = 37, columns: int = 53) -> FrameFormat:
    """Make a frame of a layout."""
    allocated, stored, signed, samples, photometric = layout
    return FrameFormat(
        rows=rows, columns=columns, samples_per_pixel=samples, bits_allocated=allocated, bits_stored=stored,
        pixel_representation=signed, photometric_interpretation=photometric,
    )  # fmt: skip


@pytest.mark.interop
@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
@pytest.mark.parametrize("layout", [*LAYOUTS, *DEEP], ids=str)
def test_lossless_is_decoded_exactly_by_gdcm(codec, layout, require_package, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Every precision and sign in its own codestream, with RCT where the data set will say so."""
    require_package("gdcm")
    frame = frame_of(layout)
    original = noise(frame)
    data = codec.encode(original, LOSSLESS, frame, EncodeOptions())
    info = inspect(LOSSLESS, data)
    assert (frame.bits_stored, frame.is_signed) == (info.precision, info.is_signed)
    for decoder in CODECS:
        assert 0 == largest_difference(original, decoder.decode(data, LOSSLESS, frame)), decoder.name
    if frame.bits_allocated <= 16 and not (frame.bits_stored <= 8 < frame.bits_allocated):  # GDCM refuses others
        path = written(tmp_path / "encoded.dcm", data, LOSSLESS, frame)
        assert 0 == largest_difference(original, by_pydicom(path, "gdcm"))


@pytest.mark.parametrize("uid", [HT_LOSSLESS, HT_RPCL])
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_lossless_htj2k_is_decoded_exactly_by_openjpeg(uid: str, layout, require_package):  # type: ignore[no-untyped-def]
    """The encoder, OpenJPH, knows 8 and 16 bits only; each precision is in its codestream all the same."""
    frame = frame_of(layout)
    for original in (noise(frame), np.full(frame.shape, noise(frame).min()), np.full(frame.shape, noise(frame).max())):
        data = HTJ2K_OPENJPH.encode(original, uid, frame, EncodeOptions())
        info = inspect(uid, data)
        assert ("HTJ2K", frame.bits_stored, frame.is_signed) == (info.standard, info.precision, info.is_signed)
        assert ("RPCL", True) == (info.progression, info.has_tile_lengths)
        for decoder in CODECS:
            assert 0 == largest_difference(original, decoder.decode(data, uid, frame)), decoder.name


def test_rpcl_has_a_thumbnail():
    """The lowest resolution has at most 64 rows and columns (PS3.5 10.18)."""
    frame = FrameFormat(rows=4100, columns=200)
    data = HTJ2K_OPENJPH.encode(np.zeros(frame.shape, np.uint8), HT_RPCL, frame, EncodeOptions())
    assert 4100 >> (inspect(HT_RPCL, data).resolutions - 1) <= 64


LOSSY = [
    (8, 8, 0, 1, "MONOCHROME2"),
    (16, 12, 0, 1, "MONOCHROME2"),
    (16, 12, 1, 1, "MONOCHROME2"),
    (16, 16, 1, 1, "MONOCHROME2"),
    (8, 6, 0, 1, "MONOCHROME2"),
    (8, 8, 0, 3, "YBR_ICT"),
    (8, 8, 0, 3, "RGB"),
]


@pytest.mark.parametrize(("uid", "codec"), [(ANY, JPEG_2000_OPENJPEG), (HT_ANY, HTJ2K_OPENJPH)])
@pytest.mark.parametrize("ratio", [None, 8.0, 30.0])
@pytest.mark.parametrize("layout", LOSSY, ids=str)
def test_lossy_keeps_its_ratio_and_is_decoded_alike(uid: str, codec, ratio, layout):  # type: ignore[no-untyped-def]
    """It is not longer than asked for, looks like the original, and both decoders agree."""
    frame = frame_of(layout, 256, 200)
    original = smooth(frame)
    data = codec.encode(original, uid, frame, EncodeOptions(ratio=ratio))
    assert len(data) <= 1.02 * frame.nbytes / (ratio or 10) + 200
    one, other = (decoder.decode(data, uid, frame) for decoder in CODECS)
    assert largest_difference(one, other) <= 1
    assert largest_difference(original, one) < 0.1 * (1 << frame.bits_stored)


@pytest.mark.interop
def test_lossy_is_decoded_alike_by_gdcm(require_package, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Within one of what GDCM decodes."""
    require_package("gdcm")
    frame = frame_of((16, 12, 0, 1, "MONOCHROME2"), 100, 120)
    data = JPEG_2000_OPENJPEG.encode(smooth(frame), ANY, frame, EncodeOptions(ratio=12.0))
    path = written(tmp_path / "encoded.dcm", data, ANY, frame)
    assert largest_difference(JPEG_2000_IMAGECODECS.decode(data, ANY, frame), by_pydicom(path, "gdcm")) <= 1


def test_overshoot_of_lossy_htj2k_stays_in_range():
    """OpenJPH would turn 256 into 0, which is why it does not decode."""
    frame = FrameFormat(rows=64, columns=64)
    original = noise(frame) // 128 * 255
    data = HTJ2K_OPENJPH.encode(original, HT_ANY, frame, EncodeOptions(ratio=1.2))
    assert largest_difference(original, JPEG_2000_IMAGECODECS.decode(data, HT_ANY, frame)) < 64
    assert frozenset() == HTJ2K_OPENJPH.decodes


def test_a_hundred_bytes_are_no_frame_of_four_gigabytes():
    """Header and data set agree on 65,535 rows and columns; the library would allocate before it finds nothing."""
    siz = struct.pack(">HIIIIIIIIH", 0, 65_535, 65_535, 0, 0, 65_535, 65_535, 0, 0, 1) + bytes((7, 1, 1))
    data = b"\xff\x4f" + segment(0xFF51, siz) + segment(0xFF52, bytes((0, 0, 0, 1, 0, 5, 4, 4, 0, 1))) + SOT + EOC
    for codec in CODECS:
        with pytest.raises(CodecError, match="bytes for"):
            codec.decode(data, LOSSLESS, FrameFormat(rows=65_535, columns=65_535))


def test_subsampled_components_are_refused():
    """Libraries would take them for YCbCr and convert them, whatever the data set says."""
    siz = struct.pack(">HIIIIIIIIH", 0, 8, 8, 0, 0, 8, 8, 0, 0, 3) + bytes((7, 1, 1, 7, 2, 1, 7, 2, 1))
    cod = bytes((0, 0, 0, 1, 0, 0, 4, 4, 0, 1))
    data = b"\xff\x4f" + segment(0xFF51, siz) + segment(0xFF52, cod) + SOT + EOC
    with pytest.raises(CodecError, match="subsampled"):
        JPEG_2000_IMAGECODECS.decode(data, LOSSLESS, FrameFormat(rows=8, columns=8, samples_per_pixel=3))


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
def test_boxes_around_a_codestream_change_nothing(codec, require_package):  # type: ignore[no-untyped-def]
    """A JP2 file that says sYCC gives the samples of its codestream."""
    frame = frame_of((8, 8, 0, 3, "YBR_FULL"))
    original = noise(frame)
    library = require_package("imagecodecs")
    data = library.jpeg2k_encode(
        original, codecformat="jp2", colorspace=library.JPEG2K.CLRSPC.SYCC, planar=False, reversible=True, mct=False
    )
    assert 0 < inspect(LOSSLESS, data).start
    assert 0 == largest_difference(original, codec.decode(bytes(data), LOSSLESS, frame))


@pytest.mark.parametrize("codec", [JPEG_2000_IMAGECODECS, HTJ2K_OPENJPH], ids=lambda codec: codec.name)
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 1), (3, 3)])
def test_the_smallest_frames_are_encoded(codec, shape: tuple[int, int]):  # type: ignore[no-untyped-def]
    """Five decompositions of one pixel are none."""
    uid = HT_LOSSLESS if codec is HTJ2K_OPENJPH else LOSSLESS
    frame = FrameFormat(rows=shape[0], columns=shape[1], bits_allocated=16, bits_stored=12)
    original = noise(frame)
    data = codec.encode(original, uid, frame, EncodeOptions())
    assert 0 == largest_difference(original, JPEG_2000_IMAGECODECS.decode(data, uid, frame))


@pytest.mark.parametrize(
    ("codec", "uid", "changes", "options"),
    [
        (JPEG_2000_IMAGECODECS, LOSSLESS, {"bits_allocated": 32, "bits_stored": 25}, {}),
        (JPEG_2000_OPENJPEG, ANY, {"bits_allocated": 32, "bits_stored": 23}, {}),
        (JPEG_2000_IMAGECODECS, LOSSLESS, {}, {"ratio": 5.0}),
        (JPEG_2000_IMAGECODECS, LOSSLESS, {"samples_per_pixel": 3, "photometric_interpretation": "YBR_ICT"}, {}),
        (JPEG_2000_IMAGECODECS, LOSSLESS, {"photometric_interpretation": "YBR_RCT"}, {}),
        (JPEG_2000_OPENJPEG, ANY, {"samples_per_pixel": 3, "photometric_interpretation": "YBR_RCT"}, {}),
        (JPEG_2000_OPENJPEG, ANY, {"samples_per_pixel": 3, "photometric_interpretation": "YBR_FULL_422"}, {}),
        (JPEG_2000_OPENJPEG, ANY, {}, {"ratio": 0.5}),
        (HTJ2K_OPENJPH, HT_LOSSLESS, {"bits_allocated": 32, "bits_stored": 20}, {}),
        (HTJ2K_OPENJPH, HT_RPCL, {}, {"quality": 50.0}),
    ],
)
def test_what_the_syntax_cannot_hold_is_refused(codec, uid, changes, options):  # type: ignore[no-untyped-def]
    """Depth, colours and options: a ValueError before anything is encoded."""
    frame = FrameFormat(rows=4, columns=4).replace(**changes)
    with pytest.raises(ValueError) as caught:
        codec.encode(np.zeros(frame.shape, frame.dtype), uid, frame, EncodeOptions(**options))
    assert not isinstance(caught.value, CodecError)


@pytest.mark.interop
@pytest.mark.parametrize("layout", LOSSY, ids=str)
def test_lossy_htj2k_is_decoded_alike_by_openjph(layout, require_package):  # type: ignore[no-untyped-def]
    """OpenJPEG and OpenJPH, which share no code, agree within one where nothing overshoots the range."""
    frame = frame_of(layout, 64, 90)
    original = smooth(frame) // 2 + (0 if frame.is_signed else 1 << frame.bits_stored - 2)
    data = HTJ2K_OPENJPH.encode(original.astype(frame.dtype), HT_ANY, frame, EncodeOptions(ratio=6.0))
    other = require_package("imagecodecs").htj2k_decode(data, planar=False)
    assert largest_difference(JPEG_2000_IMAGECODECS.decode(data, HT_ANY, frame), other.reshape(frame.shape)) <= 1


def test_several_threads_decode_the_same(require_package):  # type: ignore[no-untyped-def]
    """One frame by one thread and by four."""
    require_package("imagecodecs")
    frame = FrameFormat(rows=200, columns=300, bits_allocated=16, bits_stored=12)
    original = smooth(frame)
    encoded = JPEG_2000_IMAGECODECS.encode(original, LOSSLESS, frame, EncodeOptions())
    codec = JPEG_2000_IMAGECODECS.with_threads(4)
    assert 4 == codec.threads
    assert codec is JPEG_2000_IMAGECODECS.with_threads(4)
    assert original.tolist() == codec.decode(encoded, LOSSLESS, frame).tolist()
