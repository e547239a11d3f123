"""ds.check(): every value decoded and held against its VR and the dictionary (PS3.5 6)."""

from __future__ import annotations

import struct

import pytest

import dicomkit
from dicomkit import DataElement, Dataset
from dicomkit.core.issue import IssueCode
from dicomkit.core.temporal import Date


def checked(ds: Dataset) -> list[tuple[IssueCode, str]]:
    """Write, read and check a data set: code and path of each issue."""
    found = dicomkit.dcmread(ds.to_bytes()).check()
    return [(issue.code, str(issue).split()[0]) for issue in found]


def make(*elements: DataElement, **values: object) -> Dataset:
    """Make a data set that can be written."""
    ds = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", **values)
    ds.update(elements)
    return ds


def test_nothing_is_wrong_with_a_proper_data_set():
    """A proper data set has no issues."""
    assert [] == checked(make(PatientName="A^B", Rows=5, ImageType=["ORIGINAL", "PRIMARY"], StudyDate="20200102"))


@pytest.mark.parametrize(
    ("element", "code"),
    [
        (DataElement("Rows", "US", [1, 2]), IssueCode.VM_MISMATCH),
        (DataElement("Rows", "UL", 5), IssueCode.VR_MISMATCH),
        (DataElement("PatientSex", "CS", "MALEMALEMALEMALEM"), IssueCode.VALUE_TOO_LONG),
        (DataElement("PatientSex", "CS", "male"), IssueCode.VALUE_INVALID),
        (DataElement("StudyInstanceUID", "UI", "1.02"), IssueCode.VALUE_INVALID),
        (DataElement("StudyDate", "DA", Date("20201301")), IssueCode.VALUE_INVALID),
        (DataElement("StudyDate", "DA", "2020.01.02"), IssueCode.VALUE_INVALID),
        (DataElement(0x00091001, "LO", "x"), IssueCode.PRIVATE_WITHOUT_CREATOR),
    ],
)
def test_what_is_wrong_is_found_at_every_depth(element, code):
    """Each deviation has its code and the path of its element, at the top and in an item."""
    tag = str(element.tag)
    assert [(code, tag)] == checked(make(element))
    assert [(code, f"(0008,1110)[0].{tag}")] == checked(make(ReferencedStudySequence=[Dataset([element])]))


@pytest.mark.parametrize("is_read", [False, True])
def test_items_made_elsewhere_are_checked(is_read):
    """What is wrong in an item that was made from scratch, or read from another file, is among the issues."""
    item = Dataset(StudyInstanceUID="1.02")
    if is_read:
        item = dicomkit.dcmread(make(ReferencedStudySequence=[item]).to_bytes()).ReferencedStudySequence.pop()
    ds = make(ReferencedStudySequence=[Dataset(ReferencedSeriesSequence=[item])])
    found = ds.check()
    assert [(IssueCode.VALUE_INVALID, (0x00081110, 0, 0x00081115, 0, 0x0020000D))] == [(i.code, i.path) for i in found]
    assert found == ds.check()


def test_edited_values_are_checked():
    """What was set since is checked too, without writing it."""
    ds = make(StudyInstanceUID="1.02")
    assert [IssueCode.VALUE_INVALID] == [issue.code for issue in ds.check()]


def test_wrong_group_length():
    """PS3.5 7.2: a group length that does not lead to the next group is told, not used."""
    ds = make(PatientID="1")
    ds.add(DataElement(0x00080000, "UL", 0))
    data = ds.to_bytes()
    right = data.index(struct.pack("<HH2sH", 8, 0, b"UL", 4)) + 8
    wrong = data[:right] + struct.pack("<I", 7) + data[right + 4 :]
    assert () == dicomkit.dcmread(data).check()
    assert [IssueCode.GROUP_LENGTH_WRONG] == [issue.code for issue in dicomkit.dcmread(wrong).check()]


def test_checking_twice_reports_once():
    """A second check finds nothing new."""
    ds = dicomkit.dcmread(make(StudyInstanceUID="1.02").to_bytes())
    assert ds.check() == ds.check()
    assert 1 == len(ds.issues)
