"""Elements as peers send them."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.file import read_data_set
from dicomkit.net.services.items import is_empty, items_of


@pytest.mark.parametrize("value", ["", None, []])
def test_absent_and_empty_are_the_same(value: object):
    """An element without a value, and none at all."""
    assert is_empty(Dataset(), 0x00100020)
    assert is_empty(Dataset(PatientID=value), 0x00100020)
    assert not is_empty(Dataset(PatientID="1"), 0x00100020)
    assert not is_empty(Dataset(SeriesNumber=0), 0x00200011)


def test_items_are_those_of_sequences():
    """What is no sequence has none."""
    ds = Dataset(ReferencedStudySequence=[Dataset(ReferencedSOPClassUID="1.2")], PatientID="1")
    assert 1 == len(items_of(ds, 0x00081110))
    assert () == items_of(ds, 0x00100020)
    assert () == items_of(ds, 0x00081111)


def test_a_sequence_that_holds_no_items_has_none():
    """Bytes under the tag of a sequence stay bytes, and are no items."""
    ds = read_data_set(bytes.fromhex("0800 1011 5351 0000 06000000 010203040506"), "1.2.840.10008.1.2.1")
    assert () == items_of(ds, 0x00081110)
