"""Edits of files that end too early: what is written behind the cut is not taken for a part of what was cut."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import dicomkit
from dicomkit import DataElement, Dataset, DicomError, Sequence
from tests.corpora import real_file

#: Defined and undefined lengths, nesting, fragments, Implicit VR, big endian, no file meta.
FILES = (
    "rtplan.dcm",
    "test-SR.dcm",
    "CT_small.dcm",
    "UN_sequence.dcm",
    "MR_small_RLE.dcm",
    "rtstruct.dcm",
    "priv_SQ.dcm",
)
CUTS = 150


def add_at_the_end(ds: Dataset) -> None:
    """Add the last element that there can be."""
    ds.add(DataElement(0xFFFCFFFC, "OB", b"ab"))


def add_in_front(ds: Dataset) -> None:
    """Add one of the first elements."""
    ds.InstanceCreatorUID = "1.2.3"


def deepest(ds: Dataset) -> Dataset:
    """Give the last item of the last sequence, again and again."""
    while True:
        sequences = [element.value for element in ds if isinstance(element.value, Sequence) and len(element.value)]
        if not sequences:
            return ds
        ds = sequences[-1][-1]


def add_in_the_last_item(ds: Dataset) -> None:
    """Add an element to the item that was cut, if one was."""
    deepest(ds).add(DataElement(0xFFFCFFFC, "OB", b"ab"))


def append_an_item(ds: Dataset) -> None:
    """Put an item behind the one that was cut, if one was."""
    holder = deepest(ds)
    if holder._parent is not None:
        holder._parent.append(Dataset(PatientID="x"))


def is_ended(difference: dicomkit.dataset.Difference) -> bool:
    """Say whether bytes that were cut were written whole: padded to even length, or a fragment with its own length."""
    if difference.left is None or difference.right is None or not isinstance(difference.right.value, bytes):
        return False
    before, after = difference.right.value, difference.left.value
    if difference.right.tag == 0x7FE00010 and len(before) < 8:
        return True  # less than the header of a fragment
    if len(before) % 2:
        return len(after) == len(before) + 1
    return difference.right.tag == 0x7FE00010 and len(after) == len(before) and after[:8] == before[:8]


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("edit", [add_at_the_end, add_in_front, add_in_the_last_item, append_an_item])
def test_what_is_written_is_read_back(edit: Callable[[Dataset], None], name: str):
    """A file cut anywhere, edited and written, reads back as what was in memory."""
    data = real_file(name).read_bytes()
    wrong = []
    for cut in range(140, len(data), max(1, len(data) // CUTS)):
        try:
            ds = dicomkit.dcmread(data[:cut])
        except DicomError:
            continue
        edit(ds)
        again = dicomkit.dcmread(ds.to_bytes())
        wrong += [f"{cut}: {one}" for one in again.diff(ds) if not is_ended(one)]
    assert [] == wrong
