"""Private blocks (PS3.5 7.8.1)."""

from __future__ import annotations

import pytest

import dicomkit
from dicomkit import DataElement, Dataset
from dicomkit.core.tag import Tag
from dicomkit.errors import MissingElementError, UnknownTagError


def test_block_is_reserved_found_and_read():
    """A creator's block is the first free one; its elements go by the low byte of their number."""
    ds = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3")
    ds.private_block(0x0009, "FIRST", create=True).add(1, "a", "LO")
    block = ds.private_block(0x0009, "SECOND", create=True)
    block.add(0xFF, [1, 2], "US")
    assert ["FIRST", "SECOND", [1, 2], Tag(0x000911FF)] == [
        ds[0x00090010].value, ds[0x00090011].value, ds[0x000911FF].value, block.tag(0xFF)
    ]  # fmt: skip
    again = dicomkit.dcmread(ds.to_bytes()).private_block(0x0009, "SECOND ")
    assert [[1, 2], True, False, None] == [again[0xFF].value, 0xFF in again, 1 in again, again.get(1)]
    assert [0x000911FF] == [element.tag for element in again]
    del again[0xFF]
    assert 0xFF not in again


def test_vr_of_the_private_dictionary():
    """The VR may be left to the private dictionary; one it does not have must be given."""
    block = Dataset().private_block(0x0019, "SIEMENS MR HEADER", create=True)
    block.add(0x0C, 1000)
    assert "IS" == block[0x0C].vr
    with pytest.raises(UnknownTagError):
        block.add(0xFE, "x")


def test_missing_and_impossible_blocks():
    """No such creator, an even group, a number beyond the block are errors."""
    ds = Dataset()
    with pytest.raises(MissingElementError):
        ds.private_block(0x0009, "ACME")
    with pytest.raises(UnknownTagError):
        ds.private_block(0x0010, "ACME", create=True)
    with pytest.raises(UnknownTagError):
        ds.private_block(0x0009, "ACME", create=True).tag(0x100)


def test_full_group():
    """A group has 240 blocks."""
    ds = Dataset(DataElement(0x00090000 | block, "LO", f"C{block}") for block in range(0x10, 0x100))
    assert 0xFF == ds.private_block(0x0009, "C255").block
    with pytest.raises(UnknownTagError):
        ds.private_block(0x0009, "ONE MORE", create=True)


def test_elements_without_creator_are_not_taken_over():
    """A new creator does not reserve a block in which elements of nobody are."""
    ds = Dataset([DataElement(0x00091005, "LO", "whose?")])
    assert 0x11 == ds.private_block(0x0009, "ACME", create=True).block
