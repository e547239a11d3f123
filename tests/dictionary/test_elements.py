"""Look-ups in the data dictionary: exact rows, masks, keywords, and the packed tables."""

from __future__ import annotations

import pickle
import sys
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit import dictionary
from dicomkit.core.tag import Tag
from dicomkit.core.vm import VM
from dicomkit.core.vr import AMBIGUOUS_VRS, VR
from dicomkit.dictionary import elements
from dicomkit.errors import UnknownKeywordError, UnknownTagError

HEX_DIGITS = st.sampled_from("0123456789ABCDEF")

#: The masked rows of PS3.6, group lengths apart, with the keyword of one row of each mask.
MASKS = {
    "002031xx": "SourceImageIDs",
    "002804x2": "CoefficientCoding",
    "002808x8": "ImageDataLocation",
    "1000xxx4": "ShiftTableSize",
    "1010xxxx": "ZonalMap",
    "50xx0030": "AxisUnits",
    "60xx0102": "OverlayBitPosition",
    "7Fxx0011": "VariableNextDataGroup",
}


def exact_tags() -> frozenset[int]:
    """Give the tags that have a row of their own."""
    return frozenset(memoryview(elements._table().tags))


@st.composite
def masked(draw: st.DrawFn) -> tuple[str, int]:
    """Draw a mask and a tag that fits it."""
    mask = draw(st.sampled_from(sorted(MASKS)))
    return mask, int("".join(draw(HEX_DIGITS) if digit == "x" else digit for digit in mask), 16)


# --- counts ----------------------------------------------------------------------------------------------------------


def test_all_rows_are_there():
    """The dictionary has 5,356 rows: 5,268 for one element and 88 for repeating groups."""
    keywords = elements._all_keywords()
    assert (5268, 5356, 5356) == (len(exact_tags()), len(keywords), len(elements._all_names()))


def test_seven_rows_have_no_keyword():
    """Only the seven rows that the standard blanked out have no keyword."""
    blank = {tag for tag in exact_tags() if not dictionary.keyword(tag)}
    assert {0x00080202, 0x00180061, 0x00189445, 0x00280020, 0x04000315, 0x300A0135, 0x300A0782} == blank


def test_each_keyword_names_its_tag():
    """Keyword to tag and back is the same keyword, for every element that has one."""
    keywords = dictionary.keywords()
    assert 5268 - 7 == len(keywords)
    assert {keyword: keyword for keyword in keywords} == {
        keyword: dictionary.keyword(tag) for keyword, tag in keywords.items()
    }


def test_every_vr_is_one_that_the_library_knows():
    """VRs are those of PS3.5 6.2, one of the four ambiguous forms, or none for the three item tags."""
    known = {*VR, *AMBIGUOUS_VRS}
    assert {0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD} == {
        tag for tag in exact_tags() if dictionary.entry(tag).vr not in known
    }


# --- one tag ---------------------------------------------------------------------------------------------------------


def test_entry_has_all_columns():
    """An entry says tag, keyword, name, VR, VM and retirement, each in its own type."""
    entry = dictionary.entry(0x00081030)
    assert dictionary.Entry(0x00081030, "StudyDescription", "Study Description", "LO", "1", False) == entry
    assert (Tag, VM) == (type(entry.tag), type(entry.vm))


def test_entry_is_immutable_and_pickles():
    """An entry cannot be changed and survives a pickle."""
    entry = dictionary.entry(0x00100010)
    with pytest.raises(AttributeError):
        entry.vr = "LO"  # type: ignore[misc]
    assert entry == pickle.loads(pickle.dumps(entry))


@pytest.mark.parametrize("tag", [0x00100001, 0x00111001, 0x0003000F, 0x60010010 + 0x1000, 0xFFFFFFFF])
def test_unknown_tags(tag: int):
    """What the dictionary does not know is None or empty, and an error only where an entry was demanded."""
    assert (None, None, "", "") == (
        dictionary.find(tag), dictionary.vr(tag), dictionary.name(tag), dictionary.keyword(tag)
    )  # fmt: skip
    with pytest.raises(UnknownTagError) as caught:
        dictionary.entry(tag)
    assert f"the data dictionary has no element {Tag(tag)}" == str(caught.value)


@given(st.integers())
def test_no_number_is_too_strange(tag: int):
    """Any integer is looked up without another error than UnknownTagError."""
    found = dictionary.find(tag)
    assert (dictionary.vr(tag) or "", dictionary.name(tag)) == ((found.vr, found.name) if found else ("", ""))
    if found is None:
        with pytest.raises(UnknownTagError):
            dictionary.entry(tag)


# --- masks -----------------------------------------------------------------------------------------------------------


@given(masked())
def test_masks(drawn: tuple[str, int]):
    """A tag that fits a mask is that row, unless it has a row of its own, is a group length or its group is odd."""
    mask, tag = drawn
    entry = dictionary.find(tag)
    if tag in exact_tags():
        assert entry is not None
        assert tag == dictionary.tag(entry.keyword)
    elif tag & 0xFFFF == 0:
        assert entry is not None
        assert ("Group Length", "UL") == (entry.name, entry.vr)
    elif tag & 0x10000:
        assert "Private Creator" == entry.name if entry else not 0x10 <= tag & 0xFFFF <= 0xFF
    else:
        assert entry is not None
        assert (MASKS[mask], tag) == (entry.keyword, entry.tag)


@given(st.integers(0, 0xFFFFFFFF))
def test_masks_are_no_wider_than_written(tag: int):
    """A tag without a row of its own has an entry only if its digits fit one of the written masks."""
    text = f"{tag:08X}"
    fits = any(
        all(wanted in ("x", digit) for wanted, digit in zip(mask[:4] + mask[4:], text, strict=True))
        for mask in ("002031xx", "002804xx", "002808xx", "1000xxxx", "1010xxxx", "50xxxxxx", "60xxxxxx", "7Fxxxxxx")
    )
    general = tag & 0xFFFF == 0 or (tag & 0x10000 and 0x10 <= tag & 0xFFFF <= 0xFF)
    assert dictionary.find(tag) is None or fits or general or tag in exact_tags()


def test_an_exact_row_wins_over_a_mask():
    """(0028,0400) is Transform Label although (0028,04x0) fits it."""
    assert ("TransformLabel", "RowsForNthOrderCoefficients") == (
        dictionary.keyword(0x00280400), dictionary.keyword(0x00280410)
    )  # fmt: skip


@pytest.mark.parametrize("tag", [0x10100000, 0x10000000, 0x60000000, 0x00090000, 0x00100000])
def test_a_group_length_wins_over_a_mask(tag: int):
    """(gggg,0000) is a group length in every group (PS3.5 7.2)."""
    entry = dictionary.entry(tag)
    assert ("", "Group Length", "UL", "1", True) == (
        entry.keyword, entry.name, entry.vr, str(entry.vm), entry.is_retired
    )  # fmt: skip


def test_group_lengths_of_commands_and_file_meta_have_their_own_rows():
    """(0000,0000) and (0002,0000) are not retired."""
    assert [False, False] == [dictionary.entry(tag).is_retired for tag in (0x00000000, 0x00020000)]


@given(st.integers(0, 0x7FFF), st.integers(0x10, 0xFF))
def test_private_creators(half: int, block: int):
    """(gggg,0010-00FF) of an odd group is a Private Creator, LO (PS3.5 7.8.1)."""
    entry = dictionary.entry((half * 2 + 1) << 16 | block)
    assert ("", "Private Creator", "LO", VM(1, 1), False) == (
        entry.keyword, entry.name, entry.vr, entry.vm, entry.is_retired
    )  # fmt: skip


# --- keywords --------------------------------------------------------------------------------------------------------


def test_tag_of_a_keyword():
    """A keyword gives its tag."""
    assert Tag(0x0010, 0x0010) == dictionary.tag("PatientName")
    assert Tag is type(dictionary.tag("PatientName"))


@pytest.mark.parametrize(
    ("keyword", "form"),
    [("OverlayRows", "ds[0x6000, 0x0010]"), ("CurveData", "ds[0x5000, 0x3000]"), ("ZonalMap", "ds[0x1010, 0x0000]")],
)
def test_keyword_of_a_repeating_group(keyword: str, form: str):
    """A masked keyword names no single element; the error shows how to name one."""
    with pytest.raises(UnknownKeywordError) as caught:
        dictionary.tag(keyword)
    assert f"{keyword} belongs to a repeating group and names no single element; say which, as in {form}" == str(
        caught.value
    )


def test_unknown_keyword_names_the_nearest():
    """The error for a misspelt keyword names the right one, and is an AttributeError."""
    with pytest.raises(UnknownKeywordError, match="'patient_name' is not a DICOM keyword; did you mean PatientName"):
        dictionary.tag("patient_name")


@pytest.mark.parametrize("keyword", ["", "\n", "Retired-blank", "x" * 65536, "PatientName\n", "日本"])
def test_strange_keywords(keyword: str):
    """Whatever is no keyword is an UnknownKeywordError that prints in one line."""
    with pytest.raises(UnknownKeywordError) as caught:
        dictionary.tag(keyword)
    assert "\n" not in str(caught.value)
    assert str(caught.value) == str(pickle.loads(pickle.dumps(caught.value)))


# --- packed tables ---------------------------------------------------------------------------------------------------


def test_packed_vrs_say_what_entries_say():
    """The scanner's table has each exact row but the item tags, in order; small letters where other elements decide."""
    tags, codes = array("I"), array("H")
    packed_tags, packed_codes = dictionary.packed_vrs()
    tags.frombytes(packed_tags)
    codes.frombytes(packed_codes)
    undecided = ord("u") << 8 | ord("s")
    expected = {
        tag: undecided if entry.vr[:2] == "US" and len(entry.vr) > 2 else VR(entry.vr[-2:]).code
        for tag in sorted(exact_tags())
        if (entry := dictionary.entry(tag)).vr
    }
    assert list(expected) == list(tags)
    assert list(expected.values()) == list(codes)


@given(masked())
def test_packed_masks_say_what_entries_say(drawn: tuple[str, int]):
    """The scanner's masks find the VR of every element of a repeating group."""
    tag = drawn[1]
    numbers = [array(code) for code in "IIH"]
    for numbered, data in zip(numbers, dictionary.packed_masks(), strict=True):
        numbered.frombytes(data)
    entry = dictionary.find(tag)
    if entry is None or tag in exact_tags() or tag & 0xFFFF == 0 or tag & 0x10000:
        return
    found = {code for bits, value, code in zip(*numbers, strict=True) if tag & bits == value}
    assert {VR({"OB or OW": "OW"}.get(entry.vr, entry.vr)).code} == found


def test_tables_on_a_machine_of_the_other_byte_order(monkeypatch: pytest.MonkeyPatch):
    """Where the machine is big endian, packed numbers are swapped and mean the same."""
    monkeypatch.setattr(sys, "byteorder", "big")
    assert bytes.fromhex("0010002000080016") == elements.native(bytes.fromhex("2000100016000800"), 4)
    assert bytes.fromhex("55534f57") == elements.native(bytes.fromhex("5355574f"), 2)
