"""Values whose VR other elements decide, while these are edited (PS3.5 Annex A, PS3.3 C.7.6.3 and C.11.1)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dicomkit
from dicomkit import DataElement, Dataset, WriteOptions
from dicomkit.errors import ValueEncodeError

IMPLICIT, EXPLICIT, BIG = FORMS = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")
REPRESENTATION, SMALLEST, DESCRIPTOR, DATA = 0x00280103, 0x00280106, 0x00283002, 0x00283006
SEQUENCE = 0x00283000
PRIVATE_CREATOR = 0x00290010


def file_of(form: str, representation: int | None, inner: int | None) -> bytes:
    """Make a file with numbers at two levels, written as unsigned."""
    item = Dataset([DataElement(DESCRIPTOR, "US", [1, 65535, 16]), DataElement(DATA, "US", 65000)])
    item.add(DataElement(SMALLEST, "US", 65530))
    made = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3")
    for holder, value in ((made, representation), (item, inner)):
        if value is not None:
            holder.PixelRepresentation = value
    made.add(DataElement(SMALLEST, "US", 65535))
    made.add(DataElement(SEQUENCE, "SQ", [item]))
    # Of what was read, the bytes are written, in another form as well.
    return dicomkit.dcmread(made.to_bytes()).to_bytes(WriteOptions(transfer_syntax=form))


def everything(ds: Dataset) -> list[tuple[int, str, object]]:
    """Give tag, VR and value of all elements but sequences, items included."""
    return [(int(e.tag), str(e.vr), e.value) for e in ds.walk() if e.vr != "SQ" and e.tag >> 16 == 0x28]


NUMBERS = st.sampled_from([0, 1, 5, -5, 40000, 65535])
STEPS = st.one_of(
    st.tuples(st.just("look"), st.booleans(), st.sampled_from([SMALLEST, DESCRIPTOR, DATA]), st.none()),
    st.tuples(st.just("set"), st.booleans(), st.just(REPRESENTATION), st.sampled_from([0, 1])),
    st.tuples(st.just("set"), st.booleans(), st.just(SMALLEST), NUMBERS),
    st.tuples(st.just("set"), st.just(True), st.just(DESCRIPTOR), st.lists(NUMBERS, min_size=3, max_size=3)),
    st.tuples(st.just("change"), st.just(True), st.just(DESCRIPTOR), st.sampled_from([1, 2, 40000])),
    st.tuples(st.just("delete"), st.booleans(), st.sampled_from([REPRESENTATION, SMALLEST, DATA]), st.none()),
    st.tuples(st.just("set"), st.booleans(), st.just(0x00280100), st.sampled_from([8, 16])),
)


@settings(max_examples=600, deadline=None)
@given(
    form=st.sampled_from(FORMS),
    representation=st.sampled_from([None, 0, 1]),
    inner=st.sampled_from([None, 0, 1]),
    steps=st.lists(STEPS, max_size=8),
)
def test_values_are_those_that_a_fresh_read_gives(form, representation, inner, steps):
    """Whatever was looked at and edited before, every value and VR is the one that the written file has."""
    ds = dicomkit.dcmread(file_of(form, representation, inner))
    for action, within, tag, value in steps:
        holder = ds[SEQUENCE].value[0] if within else ds
        if action == "set":
            with suppress(ValueEncodeError):  # out of the range that the VR of the file has
                holder[tag] = value
        elif tag in holder:
            if action == "look":
                assert holder[tag].value is not None
            elif action == "change":
                with suppress(TypeError):
                    holder[tag].value[0] = value
            else:
                del holder[tag]
    try:
        written = ds.to_bytes()
    except ValueEncodeError:
        return
    assert everything(dicomkit.dcmread(written)) == everything(ds)


@pytest.mark.parametrize("is_deleted", [False, True])
def test_numbers_follow_pixel_representation(is_deleted):
    """In Implicit VR, numbers that were looked at before are signed as soon as Pixel Representation says so."""
    ds = dicomkit.dcmread(file_of(IMPLICIT, 0 if not is_deleted else 1, None))
    element = ds[SMALLEST]
    seen = [element.vr, ds.SmallestImagePixelValue, ds[SEQUENCE].value[0].SmallestImagePixelValue]
    if is_deleted:
        del ds.PixelRepresentation
    else:
        ds.PixelRepresentation = 1
    now = [element.vr, ds.SmallestImagePixelValue, ds[SEQUENCE].value[0].SmallestImagePixelValue]
    unsigned, signed = ["US", 65535, 65530], ["SS", -1, -6]
    assert [signed, unsigned] == [seen, now] if is_deleted else [unsigned, signed] == [seen, now]


def test_lookup_table_data_follows_its_descriptor():
    """In Implicit VR the only entry of a lookup table is a number, several are words (PS3.3 C.11.1.1.1)."""
    item = dicomkit.dcmread(file_of(IMPLICIT, 0, None))[SEQUENCE].value[0]
    assert 65000 == item.LUTData
    item.LUTDescriptor[0] = 2
    assert b"\xe8\xfd" == item.LUTData
    item.LUTDescriptor = [1, 0, 16]
    assert 65000 == item.LUTData


def test_explicit_vr_stays():
    """Where the file says the VR, Pixel Representation changes no value."""
    ds = dicomkit.dcmread(file_of(EXPLICIT, 0, None))
    ds.PixelRepresentation = 1
    assert ["US", 65535] == [ds[SMALLEST].vr, ds.SmallestImagePixelValue]


def test_a_number_that_would_be_read_as_another_is_refused():
    """A number set as US, which a reader of Implicit VR takes for SS, is an error where they differ."""
    ds = Dataset([DataElement(SMALLEST, "US", 5)], SOPClassUID="1.2", SOPInstanceUID="1.2.3", PixelRepresentation=1)
    assert 5 == dicomkit.dcmread(ds.to_bytes(WriteOptions(transfer_syntax=IMPLICIT))).SmallestImagePixelValue
    ds.SmallestImagePixelValue = 65535
    assert 65535 == dicomkit.dcmread(ds.to_bytes()).SmallestImagePixelValue
    with pytest.raises(ValueEncodeError, match="range of SS"):
        ds.to_bytes(WriteOptions(transfer_syntax=IMPLICIT))


def test_private_elements_follow_their_creator():
    """In Implicit VR a private element is what the creator that reserves its block says (PS3.5 7.8.1)."""
    made = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3")
    made.add(DataElement(PRIVATE_CREATOR, "LO", "SIEMENS MEDCOM HEADER"))
    made.add(DataElement(0x00291010, "OB", b"1234"))
    made.add(DataElement(0x00291008, "CS", "TYPE"))
    ds = dicomkit.dcmread(made.to_bytes(WriteOptions(transfer_syntax=IMPLICIT)))
    assert ["CS", "TYPE"] == [ds[0x00291008].vr, ds[0x00291008].value]
    ds[PRIVATE_CREATOR] = "NOBODY"
    assert ["UN", b"TYPE"] == [ds[0x00291008].vr, ds[0x00291008].value]
    del ds[PRIVATE_CREATOR]
    assert b"TYPE" == ds[0x00291008].value
