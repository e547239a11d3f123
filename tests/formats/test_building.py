"""What reading JSON and reading XML share: VRs, base64, bulk data, character sets, limits."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.core.issue import IssueCode
from dicomkit.core.limits import Limits
from dicomkit.core.tag import Tag
from dicomkit.core.vr import VR
from dicomkit.errors import EncodingError, LimitExceededError, ValueDecodeError
from dicomkit.formats.building import Builder, tag_of


def builder(limits: Limits | None = None, **values: bytes) -> Builder:
    """Give a builder that finds these bulk data, or has nobody to ask."""
    return Builder(limits, "collect", values.__getitem__ if values else None)


def codes(made: Builder) -> list[IssueCode]:
    """Give the codes of the issues so far."""
    return [issue.code for issue in made.root.issues]


@given(st.integers(0, 0xFFFFFFFF))
def test_tags(tag: int):
    """Eight hexadecimal digits, capital or small, are a tag."""
    assert tag == tag_of(f"{tag:08X}", ()) == tag_of(f"{tag:08x}", ())
    assert isinstance(tag_of(f"{tag:08X}", ()), Tag)


@pytest.mark.parametrize(
    "text", ["", "0010", "001000100", "0010,001", "+0100010", "0x100010", "00_00010", "٠٠١٠٠٠١٠", " 0100010"]
)
def test_what_is_no_tag(text: str):
    """Anything else is an error, whatever Python would make of it."""
    with pytest.raises(EncodingError):
        tag_of(text, ())


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (0x00100010, VR.PN),
        (0x00280106, VR.US),
        (0x7FE00010, VR.OW),
        (0x60020010, VR.US),
        (0x00090010, VR.LO),
        (0x00091001, VR.UN),
    ],
)
def test_vr_that_is_not_said(tag: int, expected: VR):
    """It is the dictionary's; where that leaves a choice, the one that any value fits; UN if it knows nothing."""
    made = builder()
    for name in (None, ""):
        assert expected is made.vr(name, tag, ())
    assert [IssueCode.UNKNOWN_VR] * 2 == codes(made)


@pytest.mark.parametrize("vr", list(VR))
def test_vr_that_is_said(vr: VR):
    """The VR that the model says is the one."""
    assert vr is builder().vr(str(vr), 0x00100010, ())


@given(st.binary())
def test_base64(data: bytes):
    """Base64 gives its bytes, lines and spaces in it apart; with a character too few or too many it is an error."""
    text = base64.b64encode(data).decode()
    assert data == builder().inline(VR.OB, text, ())
    assert data == builder().inline(
        VR.OB, "\r\n".join(text[start : start + 3] for start in range(0, len(text), 3)) + " ", ()
    )
    for wrong in (text + "=", text + "A", "-" + text, text.replace("=", "") + "=" * 3):
        with pytest.raises(ValueDecodeError):
            builder().inline(VR.OB, wrong, ())


def test_text_in_value_fields_is_utf_8():
    """Bytes that stand for text are in UTF-8 (PS3.18 F.2.2 note 4), numbers little endian; UN is bytes."""
    made = builder(text="山田\\é ".encode(), number=b"\1\0\2\0")
    assert ["山田", "é"] == made.referenced(VR.LO, "text", ())
    assert "山田\\é ".encode() == made.referenced(VR.UN, "text", ())
    assert [1, 2] == made.referenced(VR.US, "number", ())
    with pytest.raises(KeyError):  # the caller's own
        made.referenced(VR.US, "other", ())
    with pytest.raises(ValueDecodeError):
        made.referenced(VR.SQ, "text", ())


def test_character_sets_of_items():
    """Text of an item is held against the set that holds there; if any does not fit, UTF-8 is declared for all."""
    for inner, expected in ((["ISO_IR 144"], 0), ([], 1)):
        made = builder()
        item = made.dataset()
        made.store(made.root, 0x00080005, VR.CS, "ISO_IR 100")
        made.store(made.root, 0x00081030, VR.LO, "é")
        if inner:
            made.store(item, 0x00080005, VR.CS, inner[0])
        made.store(item, 0x00081030, VR.LO, "Ж")
        made.root.add_new(0x00081140, "SQ", [item])
        ds = made.finish()
        assert [IssueCode.CHARSET_UNDECLARED] * expected == codes(made)
        assert ("ISO_IR 192" if expected else "ISO_IR 100") == ds.SpecificCharacterSet
        assert ("SpecificCharacterSet" in ds.ReferencedImageSequence[0]) == bool(inner)


def test_sequences_are_counted_before_they_are_made():
    """The items of a sequence belong to it and are counted; where they are too many, none is made."""
    made = builder(Limits(elements=3))
    sequence = made.sequence(3, ())
    assert 3 == len(sequence) == len({id(item) for item in sequence})
    assert all(item._parent is sequence for item in sequence)
    with pytest.raises(LimitExceededError) as caught:
        builder(Limits(elements=3)).sequence(2_000_000_000, [0x0040A730])
    assert (2_000_000_000, 3, (0x0040A730,)) == (caught.value.value, caught.value.bound, caught.value.path)


def test_limits():
    """Depth, elements and bytes are counted against the limits, the default ones if none are given."""
    made = builder(Limits(depth=2, elements=2, value_bytes=3), data=bytes(4))
    made.check_depth(2, ())
    made.count(())
    made.count(())
    for job in (
        lambda: made.check_depth(3, ()),
        lambda: made.count(()),
        lambda: made.inline(VR.OB, "AAAAAA==", ()),
        lambda: made.referenced(VR.OB, "data", ()),
    ):
        with pytest.raises(LimitExceededError):
            job()
    assert 64 == builder().limits.depth
