"""JPEG 2000 decoded as GDCM does it."""

from __future__ import annotations

import pytest

from dicomkit.codecs import FrameFormat
from dicomkit.codecs.jpeg_2000 import JPEG_2000_IMAGECODECS, JPEG_2000_OPENJPEG
from dicomkit.errors import CodecError
from tests.codecs.real_frames import ROOT, RealFrame, by_gdcm, largest_difference, named, real_frames

LOSSLESS, ANY = f"{ROOT}90", f"{ROOT}91"
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
