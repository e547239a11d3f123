"""The steps of a data set, and values as bytes and base64."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given

import dicomkit
from dicomkit import DataElement, Dataset
from dicomkit.core.limits import DEFAULT_LIMITS, Limits
from dicomkit.core.vr import VR
from dicomkit.errors import LimitExceededError
from dicomkit.formats.traversal import (
    BULK_VRS,
    CLOSE_ITEM,
    CLOSE_SEQUENCE,
    ELEMENT,
    EMPTY_SEQUENCE,
    OPEN_ITEM,
    OPEN_SEQUENCE,
    base64_pieces,
    little_endian_value,
    steps,
    value_length,
)
from tests.corpora import real_file
from tests.formats.models import data_sets
from tests.hostile_bytes import BIG, EXPLICIT, EXPLICIT_BE, EXPLICIT_LE, element, part10


def taken(ds: Dataset, limits: Limits = DEFAULT_LIMITS) -> list[tuple[int, tuple[int, ...]]]:
    """Give the steps, each with the path at that time."""
    path: list[int] = []
    return [(what, tuple(path)) for what, _, _, _ in steps(ds, path, limits)]


SEQUENCE, TEXT = 0x0040A730, 0x0040A160


def test_steps_and_paths():
    """Elements come in tag order, items between the opening and the closing of their sequence, each with its path."""
    inner = Dataset([DataElement(TEXT, "UT", "x")])
    ds = Dataset([DataElement(SEQUENCE, "SQ", [Dataset(), inner]), DataElement(0x00081140, "SQ", [])])
    ds[0x00080000] = DataElement(0x00080000, "UL", 8)
    assert [
        (EMPTY_SEQUENCE, (0x00081140,)),
        (OPEN_SEQUENCE, (SEQUENCE,)),
        (OPEN_ITEM, (SEQUENCE, 0)),
        (CLOSE_ITEM, (SEQUENCE, 0)),
        (OPEN_ITEM, (SEQUENCE, 1)),
        (ELEMENT, (SEQUENCE, 1, TEXT)),
        (CLOSE_ITEM, (SEQUENCE, 1)),
        (CLOSE_SEQUENCE, (SEQUENCE,)),
    ] == taken(ds)


@given(data_sets())
def test_elements_are_those_of_walk(ds: Dataset):
    """The elements and sequences of the steps are those that walk() finds, group lengths apart."""
    path: list[int] = []
    found = [tag for what, _, tag, _ in steps(ds, path, Limits()) if what in (ELEMENT, EMPTY_SEQUENCE, OPEN_SEQUENCE)]
    assert [found_by_walk.tag for found_by_walk in ds.walk()] == found
    assert [] == path


def test_edits_are_met_and_items_let_go():
    """An item that was edited is met as it is now; those that nobody asked for are not kept in their sequence."""
    ds = dicomkit.dcmread(real_file("rtplan.dcm"))
    sequence = ds.BeamSequence
    ds.BeamSequence[0].BeamName = "EDITED"
    names = [
        holder._value_of(tag)
        for what, holder, tag, _ in steps(ds, [], Limits())
        if tag == 0x300A00C2 and what == ELEMENT
    ]
    assert "EDITED" == names[0]
    assert sequence is ds.BeamSequence
    assert [] == list(ds.FractionGroupSequence._materialised())
    fresh = dicomkit.dcmread(real_file("rtplan.dcm"))
    assert taken(ds) == taken(fresh)


def test_depth():
    """The first sequence that is too deep is an error that says where."""
    ds = Dataset([DataElement(SEQUENCE, "SQ", [Dataset([DataElement(SEQUENCE, "SQ", [Dataset()])])])])
    assert taken(ds, Limits(depth=2))
    with pytest.raises(LimitExceededError) as caught:
        taken(ds, Limits(depth=1))
    assert ((SEQUENCE, 0, SEQUENCE), 2, 1) == (caught.value.path, caught.value.value, caught.value.bound)


def test_sequence_that_is_none():
    """Where the file says SQ but has no items, the bytes are there as UN."""
    ds = dicomkit.dcmread(part10(element(0x00091001, "UN", b"\xfe\xff\x00\xe0????????"), EXPLICIT_LE))
    for what, _, _, vr in steps(ds, [], Limits()):
        assert (ELEMENT, VR.UN) == (what, vr)


def test_vrs_of_bulk_data():
    """The list of F.2.2 is complete: 21 VRs, of which none is a name, a code, a date or a sequence."""
    printed = "DS FL FD IS LT OB OD OF OL OV OW SL SS ST SV UC UL UN US UT UV"
    assert printed.split() == [str(vr) for vr in sorted(BULK_VRS, key=printed.index)]


def test_length_is_told_without_reading():
    """The length of a value that was not read is its length in the source, of one that was set about its bytes."""
    ds = dicomkit.dcmread(real_file("CT_small.dcm"))
    assert 32768 == value_length(ds, 0x7FE00010, VR.OW)
    assert 0x7FE00010 not in ds._cache
    ds.PixelData, ds.LUTData = bytes(10), [1, 2, 3]
    ds.PatientComments, ds.PatientAge = "x" * 20, None
    assert [10, 6, 20, 0] == [
        value_length(ds, tag, vr)
        for tag, vr in ((0x7FE00010, VR.OW), (0x00283006, VR.US), (0x00104000, VR.LT), (0x00101010, VR.AS))
    ]


@pytest.mark.parametrize(
    "name",
    ["MR_small.dcm", "MR_small_bigendian.dcm", "emri_small_big_endian.dcm", "rtdose_expb.dcm", "JPEG2000.dcm"],
)
def test_base64_of_pieces_is_base64_of_the_whole(name: str):
    """Piece by piece or as a whole, from the source or from memory, the base64 is that of the little endian bytes."""
    ds = dicomkit.dcmread(real_file(name))
    ds = ds.copy()
    vr = ds["PixelData"].vr
    whole = base64.b64encode(little_endian_value(ds, 0x7FE00010, vr)).decode()
    assert whole == "".join(base64_pieces(ds, 0x7FE00010, vr))
    ds.PixelData = ds.PixelData
    assert whole == "".join(base64_pieces(ds, 0x7FE00010, vr))


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize(("vr", "size"), [("OB", 1), ("OW", 2), ("OL", 4), ("OV", 8)])
def test_long_values_in_pieces(vr: str, size: int, order: str):
    """A value longer than a piece is cut where neither numbers nor base64 suffer."""
    numbers = [number % 251 for number in range(600_000 // size)]
    data = b"".join(number.to_bytes(size, order) for number in numbers)  # type: ignore[arg-type]
    form, syntax = (EXPLICIT, EXPLICIT_LE) if order == "little" else (BIG, EXPLICIT_BE)
    ds = dicomkit.dcmread(part10(element(0x7FE00010, vr, data, form), syntax))
    expected = b"".join(number.to_bytes(size, "little") for number in numbers)
    pieces = list(base64_pieces(ds, 0x7FE00010, VR[vr]))
    assert len(pieces) > 2
    assert expected == base64.b64decode("".join(pieces))
