"""Equality of data sets and what differs between two."""

from __future__ import annotations

import dicomkit
from dicomkit import DataElement, Dataset, WriteOptions


def make(**values: object) -> Dataset:
    """Make a data set that can be written."""
    return Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", **values)


def test_encoding_does_not_count():
    """Two data sets are equal with the same elements and values, however they are encoded."""
    ds = make(PatientName="A", Rows=5, ReferencedStudySequence=[Dataset(PatientID="1")])
    forms = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")
    assert all(ds == dicomkit.dcmread(ds.to_bytes(WriteOptions(transfer_syntax=form))) for form in forms)


def test_what_differs():
    """Each difference says where, what happened, and both elements; items count from 0."""
    left = make(PatientName="A", PatientID="1", ReferencedStudySequence=[Dataset(StudyID="1"), Dataset()])
    right = make(PatientName="B", PatientSex="M", ReferencedStudySequence=[Dataset(StudyID="2")])
    found = left.diff(right)
    assert [
        ("changed", "(0008,1110)[0].(0020,0010)"),
        ("removed", "(0008,1110)[1]"),
        ("changed", "(0010,0010)"),
        ("removed", "(0010,0020)"),
        ("added", "(0010,0040)"),
    ] == sorted(((each.kind, str(each).split()[0]) for each in found), key=lambda pair: pair[1])
    by_kind = {str(each).split()[0]: each for each in found}
    changed = by_kind["(0010,0010)"]
    assert ["A", "B", None] == [changed.left.value, changed.right.value, by_kind["(0010,0020)"].right]
    assert left != right


def test_vr_counts():
    """The same text under another VR is a difference."""
    one, two = (Dataset([DataElement(0x00091001, vr, "A")]) for vr in ("LO", "SH"))
    assert one != two


def test_nan_equals_itself():
    """A NaN in the same place is no difference, in lists too."""
    one, two = (Dataset(TimeRange=[float("nan"), 1.0], ExaminedBodyThickness=float("nan")) for _ in range(2))
    assert one == two


def test_other_things_are_not_equal():
    """A data set equals no dictionary."""
    assert Dataset() != {}


def test_text_of_a_difference_is_one_short_line():
    """A difference never prints a megabyte nor a control character."""
    (difference,) = Dataset(TextValue="x\x1b" * 500_000).diff(Dataset(TextValue="y"))
    assert len(str(difference)) < 1000
    assert "\x1b" not in str(difference)


def test_deep_data_sets_are_compared_without_recursion():
    """Ten thousand levels are compared."""

    def deep(value: str) -> Dataset:
        ds = Dataset(PatientID=value)
        for _ in range(5_000):
            ds = Dataset(ReferencedStudySequence=[ds])
        return ds

    assert deep("1") == deep("1")
    assert 1 == len(deep("1").diff(deep("2")))
