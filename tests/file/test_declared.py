"""Files that are not what they say: Pixel Data and the transfer syntax, GE's big endian pixels, ACR-NEMA."""

from __future__ import annotations

import struct

import pytest

import dicomkit
from dicomkit.core.issue import Issue
from dicomkit.core.limits import Limits
from tests import hostile_bytes as hb
from tests.corpora import real_file, real_files

DECLARED = {"TRANSFER_SYNTAX_MISMATCH", "BIG_ENDIAN_PIXELS", "ACR_NEMA"}
FRAGMENTS = hb.fragments([b"", b"\xff\xd8\xff\xd9"])


def found(ds: dicomkit.Dataset) -> list[Issue]:
    """Give the issues that this module reports."""
    return [issue for issue in ds.issues if issue.code.name in DECLARED]


@pytest.mark.parametrize(
    ("pixels", "syntax", "form"),
    [(FRAGMENTS, hb.EXPLICIT_LE, "encapsulated"), (hb.pixels(), hb.JPEG_BASELINE, "native")],
)
def test_pixel_data_in_another_form_than_declared(pixels, syntax, form):
    """Encapsulated Pixel Data under a native transfer syntax, and the reverse, is an issue where it is."""
    data = hb.part10(hb.basic() + pixels, syntax)
    (issue,) = found(dicomkit.dcmread(data))
    assert ("TRANSFER_SYNTAX_MISMATCH", (0x7FE00010,)) == (issue.code.name, issue.path)
    assert form in issue.message
    value = data.index(struct.pack("<HH", 0x7FE0, 0x0010)) + 12
    assert value == issue.offset


@pytest.mark.parametrize("limits", [{"fragments_at_open": 0}, {"fragments_at_open": 0, "issues": 0}])
def test_fragments_under_a_native_syntax_that_were_not_walked(limits):
    """Encapsulated Pixel Data that the transfer syntax does not allow is an issue even where it was not looked at."""
    said: list[Issue] = []
    options = dicomkit.ReadOptions(issues=said.append, limits=Limits(**limits))
    dicomkit.dcmread(hb.part10(hb.basic() + FRAGMENTS, hb.EXPLICIT_LE), options)
    assert "TRANSFER_SYNTAX_MISMATCH" in [issue.code.name for issue in said]


@pytest.mark.parametrize(("pixels", "syntax"), [(FRAGMENTS, hb.JPEG_BASELINE), (hb.pixels(), hb.EXPLICIT_LE)])
def test_pixel_data_as_declared(pixels, syntax):
    """Pixel Data in the form that its transfer syntax says is no issue."""
    assert [] == found(dicomkit.dcmread(hb.part10(hb.basic() + pixels, syntax)))


def test_empty_pixel_data_has_no_form():
    """Pixel Data without a value is neither native nor encapsulated."""
    data = hb.basic() + hb.element(0x7FE00010, "OB")
    assert [] == found(dicomkit.dcmread(hb.part10(data, hb.JPEG_BASELINE)))


def test_big_endian_pixels_are_kept():
    """GE's private syntax has big endian Pixel Data under little endian headers: an issue, the bytes as they are."""
    value = struct.pack(">16H", *range(16))
    data = hb.part10(hb.basic(hb.IMPLICIT) + hb.pixels(hb.IMPLICIT, value=value), hb.GE_IMPLICIT_BIG_PIXELS)
    ds = dicomkit.dcmread(data)
    assert ["BIG_ENDIAN_PIXELS"] == [issue.code.name for issue in found(ds)]
    assert (value, "Hostile^Case", 4) == (ds.PixelData, ds.PatientName, ds.Rows)
    without = hb.part10(hb.basic(hb.IMPLICIT), hb.GE_IMPLICIT_BIG_PIXELS)
    assert [] == found(dicomkit.dcmread(without))


@pytest.mark.parametrize("uid", [hb.IMPLICIT_LE, hb.EXPLICIT_LE, hb.EXPLICIT_BE, hb.GE_IMPLICIT_BIG_PIXELS])
def test_big_endian_pixels_are_turned_round_once(uid):
    """Written in another syntax they are in the byte order of that one, and so are words written in GE's."""
    big, little = (struct.pack(f"{order}16H", *range(16)) for order in "><")
    for value, source in ((big, hb.GE_IMPLICIT_BIG_PIXELS), (little, hb.IMPLICIT_LE)):
        ds = dicomkit.dcmread(hb.part10(hb.basic(hb.IMPLICIT) + hb.pixels(hb.IMPLICIT, value=value), source))
        ds.PatientComments = "edited"
        written = ds.to_bytes(dicomkit.WriteOptions(transfer_syntax=uid))
        assert written.endswith(big if uid in (hb.EXPLICIT_BE, hb.GE_IMPLICIT_BIG_PIXELS) else little)


@pytest.mark.parametrize("value", ["ACR-NEMA 1.0", "ACR-NEMA 2.0", " ACR-NEMA 2.0 "])
def test_acr_nema_is_recognised_without_file_meta(value):
    """A bare data set whose recognition code is that of ACR-NEMA is read as DICOM, and an issue says so."""
    code = hb.text(0x00080010, "SH", value, hb.IMPLICIT)
    ds = dicomkit.dcmread(code + hb.text(0x00100010, "PN", "Old^One", hb.IMPLICIT), force=True)
    (issue,) = found(ds)
    assert ("ACR_NEMA", (0x00080010,), "Old^One") == (issue.code.name, issue.path, ds.PatientName)


def test_a_recognition_code_alone_is_not_acr_nema():
    """Another code, or the code in a file with file meta, is no ACR-NEMA data set."""
    other = hb.text(0x00080010, "SH", "DICOM", hb.IMPLICIT) + hb.text(0x00100010, "PN", "A", hb.IMPLICIT)
    assert [] == found(dicomkit.dcmread(other, force=True))
    code = hb.text(0x00080010, "SH", "ACR-NEMA 2.0")
    assert [] == found(dicomkit.dcmread(hb.part10(code + FRAGMENTS, hb.JPEG_BASELINE)))


def test_most_real_files_are_what_they_declare(corpus):
    """Of the real files few are said to be something else, and those known as plain are not among them."""
    named = {key for key, path in real_files() if found(dicomkit.dcmread(path, force=True))}
    assert len(named) < len(real_files()) // 20
    assert [] == found(dicomkit.dcmread(real_file("CT_small.dcm")))
