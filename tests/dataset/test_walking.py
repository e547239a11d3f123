"""Going through a data set and its items, and copying it (PS3.5 7.5)."""

from __future__ import annotations

import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.dataset import walking


@pytest.fixture(params=["from scratch", "read", "edited"])
def ds(request: pytest.FixtureRequest) -> Dataset:
    """Make one nested data set in several ways."""
    inner = Dataset(Modality="CT", ReferencedSOPSequence=[Dataset(InstanceNumber=1)])
    made = Dataset(
        SOPClassUID="1.2",
        SOPInstanceUID="1.2.3",
        ReferencedStudySequence=[inner, Dataset(Modality="MR")],
        PatientID="1",
    )
    if request.param == "from scratch":
        return made
    read = dicomkit.dcmread(made.to_bytes())
    if request.param == "edited":
        read.ReferencedStudySequence[0].Modality = "CT"
        read.PatientID = "1"
    return read


def test_walk_is_depth_first_in_tag_order(ds):
    """walk() gives every element, those of items behind the sequence they stand in."""
    expected = (
        "SOPClassUID SOPInstanceUID ReferencedStudySequence Modality ReferencedSOPSequence InstanceNumber Modality"
    )
    assert [*expected.split(), "PatientID"] == [element.keyword for element in ds.walk()]


def test_find_looks_at_every_depth(ds):
    """find() gives the elements of one keyword or tag wherever they are."""
    assert ["CT", "MR"] == [element.value for element in ds.find("Modality")]
    assert [1] == [element.value for element in ds.find(0x00200013)]
    assert [] == list(ds.find("PatientName"))


def test_datasets_gives_all_items(ds):
    """datasets() gives the data set and each item in it, once."""
    assert 4 == len(list(walking.datasets(ds)))


def test_private_elements_are_removed_at_every_depth(ds):
    """remove_private_tags() removes blocks here and in items."""
    for holder in (ds, ds.ReferencedStudySequence[1]):
        holder.private_block(0x0009, "ACME", create=True).add(1, "x", "LO")
    ds.remove_private_tags()
    assert not any(element.is_private for element in ds.walk())


def test_copy_keeps_edits_of_items(ds):
    """A copy has the items as they are, edited, added and removed."""
    ds.ReferencedStudySequence[0].ReferencedSOPSequence[0].InstanceNumber = 2
    ds.ReferencedStudySequence.append(Dataset(Modality="US"))
    twin = ds.copy()
    assert [2, "US", []] == [
        twin.ReferencedStudySequence[0].ReferencedSOPSequence[0].InstanceNumber,
        twin.ReferencedStudySequence[2].Modality,
        ds.diff(twin),
    ]
    assert ds.to_bytes() == twin.to_bytes()


def test_copy_of_a_copy_of_an_item():
    """An item copied twice keeps the character set that it was read in."""
    made = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", SpecificCharacterSet="ISO_IR 101",
                   ReferencedStudySequence=[Dataset(PatientName="ąć")])  # fmt: skip
    item = dicomkit.dcmread(made.to_bytes()).ReferencedStudySequence[0].copy().copy()
    assert "ąć" == item.PatientName


def test_deep_data_sets_need_no_recursion():
    """Five thousand levels are walked and copied."""
    ds = Dataset(PatientID="1")
    for _ in range(5_000):
        ds = Dataset(ReferencedStudySequence=[ds])
    assert 5_001 == sum(1 for _ in ds.copy().walk())
