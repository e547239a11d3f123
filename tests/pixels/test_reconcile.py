"""Where data set and codestream disagree, the rules of the module say which is believed, and an Issue says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import dicomkit
from dicomkit.codecs import FrameFormat, Registry
from dicomkit.codecs.jpeg import JPEG_IMAGECODECS
from dicomkit.core.issue import IssueCode
from dicomkit.errors import CodecError
from dicomkit.file import frame_bytes
from dicomkit.pixels import pixel_array
from dicomkit.pixels.reconcile import reconcile
from tests.corpora import real_file

BASELINE, JPEG_LS, J2K, RLE = (f"1.2.840.10008.1.2.{end}" for end in ("4.50", "4.80", "4.90", "5"))


def found(uid: str, data: bytes, **frame: object) -> tuple[str, FrameFormat, list[IssueCode]]:
    """Reconcile a frame, and give the codes of what was reported."""
    codes: list[IssueCode] = []
    result = reconcile(uid, FrameFormat(rows=1, columns=1, **frame), data, lambda code, *_: codes.append(code))
    return *result, codes


def codestream(name: str) -> bytes:
    """Give the first frame of a real file."""
    return frame_bytes(dicomkit.dcmread(real_file(name)), 0)


@pytest.fixture
def jpeg(corpus: object) -> bytes:
    """Give a JPEG of YCbCr with a JFIF marker."""
    return codestream("SC_rgb_dcmtk_+eb+cy+n1.dcm")


COLOR = {"samples_per_pixel": 3}


@pytest.mark.parametrize(
    ("name", "said", "expected", "codes"),
    [
        ("SC_rgb_dcmtk_+eb+cy+n1.dcm", "YBR_FULL", "YBR_FULL", []),
        ("SC_rgb_dcmtk_+eb+cy+n1.dcm", "RGB", "YBR_FULL", [IssueCode.COLOR_MISMATCH]),
        ("SC_rgb_dcmtk_+eb+cy+np.dcm", "YBR_FULL_422", "YBR_FULL_422", []),
        ("SC_rgb_dcmtk_+eb+cr.dcm", "RGB", "RGB", []),
        ("SC_rgb_dcmtk_+eb+cr.dcm", "YBR_FULL_422", "RGB", [IssueCode.COLOR_MISMATCH]),
        ("SC_rgb_jpeg_gdcm.dcm", "RGB", "RGB", []),
        ("US1_J2KR.dcm", "YBR_RCT", "YBR_RCT", []),
        ("US1_J2KR.dcm", "RGB", "YBR_RCT", [IssueCode.COLOR_MISMATCH]),
        ("US1_J2KI.dcm", "YBR_RCT", "YBR_ICT", [IssueCode.COLOR_MISMATCH]),
        ("SC_rgb_gdcm_KY.dcm", "RGB", "RGB", []),
        ("SC_rgb_gdcm_KY.dcm", "YBR_RCT", "RGB", [IssueCode.COLOR_MISMATCH]),
    ],
)
def test_colors(name: str, said: str, expected: str, codes: list[IssueCode], corpus: object):
    """The transformation that the codestream names is the one that was done (PS3.5 8.2.1, 8.2.4)."""
    uid = str(dicomkit.dcmread(real_file(name)).transfer_syntax.uid)
    _, frame, reported = found(uid, codestream(name), **COLOR, photometric_interpretation=said)
    assert (expected, codes) == (frame.photometric_interpretation, reported)


@pytest.mark.parametrize(
    ("name", "said", "expected"),
    [
        # Data set: bits allocated, bits stored, signed; what is decoded: the same, and whether that was reported.
        ("MR_small_jp2klossless.dcm", (16, 16, 1), (16, 16, 1, False)),
        ("MR_small_jp2klossless.dcm", (16, 12, 1), (16, 16, 1, True)),
        ("MR_small_jp2klossless.dcm", (8, 8, 1), (16, 16, 1, True)),
        ("MR_small_jp2klossless.dcm", (16, 16, 0), (16, 16, 0, True)),
        ("J2K_pixelrep_mismatch.dcm", (16, 13, 1), (16, 13, 1, True)),
        ("MR_small_jpeg_ls_lossless.dcm", (16, 16, 1), (16, 16, 1, False)),
        ("MR_small_jpeg_ls_lossless.dcm", (16, 12, 1), (16, 12, 1, True)),
        ("MR_small_jpeg_ls_lossless.dcm", (16, 12, 0), (16, 16, 0, True)),
        ("JPEGLSNearLossless_08.dcm", (16, 12, 0), (16, 8, 0, True)),
        ("JPEGLSNearLossless_08.dcm", (1, 1, 0), (8, 8, 0, True)),
    ],
)
def test_bits(name: str, said: tuple[int, int, int], expected: tuple[int, int, int, bool], corpus: object):
    """PS3.5 8.2: the precision of a codestream is Bits Stored; Pixel Representation alone says what is signed."""
    allocated, stored, signed = said
    uid = str(dicomkit.dcmread(real_file(name)).transfer_syntax.uid)
    _, frame, reported = found(
        uid, codestream(name), bits_allocated=allocated, bits_stored=stored, pixel_representation=signed
    )
    actual = frame.bits_allocated, frame.bits_stored, frame.pixel_representation, bool(reported)
    assert expected == actual
    assert {IssueCode.CODESTREAM_MISMATCH} >= set(reported)


def test_another_standard_than_the_transfer_syntax_s(jpeg: bytes):
    """A codestream under a wrong transfer syntax is decoded as what it is."""
    uid, _, reported = found(J2K, jpeg, **COLOR, photometric_interpretation="YBR_FULL")
    assert (BASELINE, [IssueCode.CODESTREAM_MISMATCH]) == (uid, reported)
    uid, _, reported = found(BASELINE, codestream("MR_small_jpeg_ls_lossless.dcm"), bits_allocated=16, bits_stored=16)
    assert ("1.2.840.10008.1.2.4.81", [IssueCode.CODESTREAM_MISMATCH]) == (uid, reported)


def test_what_has_no_header_is_left_alone():
    """RLE and native frames say nothing of themselves (PS3.5 G)."""
    frame = FrameFormat(rows=1, columns=1, high_bit=7)
    assert (RLE, frame, []) == found(RLE, b"", high_bit=7)


def test_a_damaged_header_is_a_codec_error():
    """CodecError, as from the codec itself."""
    with pytest.raises(CodecError):
        found(J2K, b"\xff\x4f\xff\x51\0\0")


def test_the_array_is_that_of_the_codestream(corpus: object):
    """A data set that says RGB of YCbCr shows the same picture as one that tells the truth."""
    pytest.importorskip("imagecodecs")
    path: Path = real_file("SC_rgb_dcmtk_+eb+cy+np.dcm")
    truth, lie = dicomkit.dcmread(path), dicomkit.dcmread(path)
    lie.PhotometricInterpretation = "RGB"
    codecs = Registry((JPEG_IMAGECODECS,))
    assert np.array_equal(pixel_array(truth, registry=codecs), pixel_array(lie, registry=codecs))
    assert [IssueCode.COLOR_MISMATCH] == [issue.code for issue in lie.issues]
