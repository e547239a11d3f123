"""Values that need more than their bytes: VR by context, character sets, the source (PS3.5 6)."""

from __future__ import annotations

import struct

import pytest

import dicomkit
from dicomkit import DataElement, Dataset, WriteOptions
from dicomkit.core.issue import IssueCode
from dicomkit.dataset.decoding import path_of
from dicomkit.errors import LimitExceededError, SourceChangedError
from tests.hostile_bytes import element, part10, text

IMPLICIT = WriteOptions(transfer_syntax="1.2.840.10008.1.2")


def make(**values: object) -> Dataset:
    """Make a data set that can be written."""
    return Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", **values)


@pytest.mark.parametrize(("representation", "vr", "value"), [(0, "US", 65000), (1, "SS", -536)])
def test_pixel_representation_decides(representation, vr, value):
    """PS3.5 Annex A: in Implicit VR, US or SS goes by Pixel Representation, of the enclosing data set too."""
    item = Dataset(SmallestImagePixelValue=value)
    made = make(PixelRepresentation=representation, SmallestImagePixelValue=value, ReferencedStudySequence=[item])
    ds = dicomkit.dcmread(made.to_bytes(IMPLICIT))
    for holder in (ds, ds.ReferencedStudySequence[0]):
        assert [vr, value] == [holder["SmallestImagePixelValue"].vr, holder.SmallestImagePixelValue]


@pytest.mark.parametrize("kind", ["set", "pydicom"])
def test_signed_lut_descriptor_has_an_unsigned_first_value(kind, require_package):
    """PS3.3 C.11.1.1.1: with VR SS only the second value has a sign; pydicom reads the same."""
    made = make(PixelRepresentation=1, RedPaletteColorLookupTableDescriptor=[65535, -5, 16])
    data = made.to_bytes()
    assert struct.pack("<HHH", 65535, 65531, 16) in data
    if kind == "set":
        assert [65535, -5, 16] == dicomkit.dcmread(data).RedPaletteColorLookupTableDescriptor
    else:
        pydicom = require_package("pydicom")
        theirs = pydicom.dcmread(pydicom.filebase.DicomBytesIO(data)).RedPaletteColorLookupTableDescriptor
        assert [65535, -5, 16] == list(theirs)


def test_private_elements_of_implicit_files_get_their_vr_from_the_creator():
    """The private dictionary says the VR where the file does not."""
    made = make()
    made.private_block(0x0019, "SIEMENS MR HEADER", create=True).add(0x0C, 1000)
    ds = dicomkit.dcmread(made.to_bytes(IMPLICIT))
    assert ["IS", 1000] == [ds[0x0019100C].vr, ds[0x0019100C].value]


def test_character_set_is_inherited_by_items():
    """PS3.5 6.1.2.3: an item has the set of its data set unless it declares one."""
    own = Dataset(SpecificCharacterSet="ISO_IR 192", PatientName="山田")
    made = make(SpecificCharacterSet="ISO_IR 101", ReferencedStudySequence=[Dataset(PatientName="ąć"), own])
    ds = dicomkit.dcmread(made.to_bytes())
    assert ["ąć", "山田"] == [item.PatientName for item in ds.ReferencedStudySequence]


def test_character_set_of_another_vr_is_a_wrong_one():
    """A Specific Character Set that the file declares as numbers hinders neither reading nor writing."""
    data = element(0x00080005, "US", struct.pack("<2H", 1, 2)) + text(0x00100020, "LO", "ID")
    ds = dicomkit.dcmread(part10(data))
    assert [1, 2] == ds.SpecificCharacterSet
    ds.PatientName = "Name"
    assert dicomkit.dcmread(ds.to_bytes()).PatientID == "ID"
    assert "CHARSET_UNKNOWN" in {issue.code.name for issue in ds.check()}


def test_unknown_character_set_is_reported_once():
    """A term that is none is one Issue, however many values there are."""
    data = make(SpecificCharacterSet="ISO_IR 100", PatientName="A~B", PatientID="C~D").to_bytes()
    ds = dicomkit.dcmread(data.replace(b"ISO_IR 100", b"KLINGON 10"))
    ds.check()
    assert [IssueCode.CHARSET_UNKNOWN] == [issue.code for issue in ds.issues if "CHARSET" in issue.code.name]


def test_long_bytes_are_fetched_each_time_and_short_ones_kept(tmp_path):
    """A large value stays in the file until it is asked for; load() takes it into memory."""
    path = tmp_path / "a.dcm"
    make(PixelData=b"\1\2" * 100_000, IconImageSequence=[Dataset(PixelData=b"\1\2")]).save_as(path)
    ds, loaded = dicomkit.dcmread(path), dicomkit.dcmread(path).load()
    assert b"\1\2" * 100_000 == ds.PixelData
    path.write_bytes(b"something else")
    assert b"\1\2" * 100_000 == loaded.PixelData
    assert b"\1\2" == ds.IconImageSequence[0].PixelData
    with pytest.raises(SourceChangedError):
        ds.PixelData  # noqa: B018  reading is the point


def test_sequences_in_un_have_a_limit_of_depth():
    """A sequence found late counts with the depth where it stands."""
    content = struct.pack("<HHI", 0x0010, 0x0020, 2) + b"12"
    for _ in range(100):
        content = struct.pack("<HHIHHI", 0x0008, 0x1110, len(content) + 8, 0xFFFE, 0xE000, len(content)) + content
    made = make()
    made.add(DataElement(0x00081110, "UN", struct.pack("<HHI", 0xFFFE, 0xE000, len(content)) + content))
    ds = dicomkit.dcmread(made.to_bytes())
    with pytest.raises(LimitExceededError, match="depth"):
        sum(1 for _ in ds.walk())


def test_path_of_an_item():
    """The way to an item alternates tags and numbers."""
    made = make(ReferencedStudySequence=[Dataset(), Dataset(ReferencedSOPSequence=[Dataset()])])
    for ds in (made, dicomkit.dcmread(made.to_bytes())):
        item = ds.ReferencedStudySequence[1].ReferencedSOPSequence[0]
        assert [(), (0x00081110, 1, 0x00081199, 0)] == [path_of(ds), path_of(item)]
