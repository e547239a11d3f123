"""Tags: the texts they are written as, and what their numbers say."""

from __future__ import annotations

import copy
import pickle

import pydicom.tag
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dicomkit.core.tag import Tag
from dicomkit.errors import DicomError, UnknownTagError
from tests.strategies import private_tags, public_tags, tags

SAME = [0x7FE00010, (0x7FE0, 0x0010), "7FE00010", "7fe00010", "(7FE0,0010)", "(7fe0,0010)", "7FE0,0010", "(7FE00010)"]


@pytest.mark.parametrize("value", SAME)
def test_each_way_to_write_a_tag(value: int | str | tuple[int, int]):
    """Number, pair and text give the same tag."""
    assert 0x7FE00010 == Tag(value)
    assert type(Tag(value)) is Tag


def test_two_arguments():
    """Group and element can be given apart."""
    assert Tag(0x7FE00010) == Tag(0x7FE0, 0x0010)


@pytest.mark.parametrize(
    "value",
    [
        *("", "PatientName", "0010001", "001000100", "(0010,0010", "0010,0010)", "0x100010", "+0100010", "0010_010"),
        *("٠٠١٠٠٠١٠", "0010;0010", " 0010,0010", "((00100010))", -1, 2**32, 1.0, None, b"00100010"),
        *((0x10,), (0x10, 0x10000), (-1, 0), ("0010", "0010"), (0x10, 0x10, 0x10)),
    ],
)
def test_anything_else_is_no_tag(value: object):
    """Other values raise UnknownTagError, which is a KeyError and a ValueError."""
    with pytest.raises(UnknownTagError) as raised:
        Tag(value)  # type: ignore[arg-type]
    assert isinstance(raised.value, KeyError)
    assert isinstance(raised.value, ValueError)


@pytest.mark.parametrize(("group", "element"), [(0x10000, 0), (0, 0x10000), (-1, 0), ("10", 0), (0x10, -1)])
def test_parts_out_of_range(group: int, element: int):
    """Group and element are 16 bits each."""
    with pytest.raises(UnknownTagError):
        Tag(group, element)


@given(st.text(max_size=12) | st.text("0123456789abcdefABCDEF(),", max_size=12))
def test_text_gives_a_tag_or_our_error(text: str):
    """No text raises anything but a DicomError."""
    try:
        tag = Tag(text)
    except DicomError:
        return
    assert tag.hex == text.replace("(", "").replace(")", "").replace(",", "").upper()


@given(tags)
def test_texts_round_trip(number: int):
    """`str` and `hex` are texts of the same tag; `repr` is its Python."""
    tag = Tag(number)
    assert tag == Tag(str(tag)) == Tag(tag.hex) == eval(repr(tag))
    assert f"({tag.group:04X},{tag.element:04X})" == f"{tag}"


@given(tags | private_tags | public_tags)
def test_parts_equal_pydicoms(number: int):
    """Group, element, privacy and text are what pydicom's BaseTag says."""
    tag, peer = Tag(number), pydicom.tag.BaseTag(number)
    assert (peer.group, peer.element) == (tag.group, tag.element)
    assert peer.is_private == tag.is_private
    assert str(peer).upper() == str(tag)


@given(tags | st.builds(lambda group, element: group << 16 | element, st.integers(0, 9), st.integers(0, 0x110)))
@example(0x00090010)
@example(0x000900FF)
@example(0x0009000F)
@example(0x00090100)
def test_private_creators_are_those_of_ps3_5_7_8_1(number: int):
    """(gggg,0010-00FF) of an odd group reserve blocks."""
    tag = Tag(number)
    assert (tag.group % 2 == 1 and 0x0010 <= tag.element <= 0x00FF) == tag.is_private_creator


@pytest.mark.parametrize(
    ("tag", "creator"),
    [(0x00091000, 0x00090010), (0x0009FF01, 0x000900FF), (0x00090FFF, None), (0x00090010, None), (0x00101001, None)],
)
def test_private_creator_of_a_block(tag: int, creator: int | None):
    """Block bb of (gggg,bbxx) belongs to (gggg,00bb); public and unreserved elements have none."""
    assert creator == Tag(tag).private_creator


@pytest.mark.parametrize(("tag", "expected"), [(0x00080000, True), (0x00080001, False), (0, True)])
def test_group_length(tag: int, expected: bool):
    """(gggg,0000) is the Group Length."""
    assert expected == Tag(tag).is_group_length


def test_it_is_an_int_in_sets_order_and_pickle():
    """A Tag hashes, sorts, copies and pickles as the number it is."""
    tag = Tag(0x00100010)
    assert {0x00100010: 1}[tag] == 1
    assert [0x00080018, tag] == sorted([tag, 0x00080018])
    for other in (pickle.loads(pickle.dumps(tag)), copy.deepcopy(tag)):
        assert type(other) is Tag
        assert tag == other
