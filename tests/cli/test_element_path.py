"""Elements named on the command line."""

from __future__ import annotations

import pytest

import dicomkit
from dicomkit.cli.element_path import ALL, parse_path, parse_tag
from dicomkit.cli.terminal import CommandError


def nested() -> dicomkit.Dataset:
    """Give a data set with a sequence of two items, the first of which has one of one item."""
    code = dicomkit.Dataset(CodeValue="A")
    items = [dicomkit.Dataset(ConceptNameCodeSequence=[code], TextValue="0"), dicomkit.Dataset(TextValue="1")]
    return dicomkit.Dataset(ContentSequence=items)


@pytest.mark.parametrize("text", ["PatientID", "(0010,0020)", "0010,0020", "00100020"])
def test_spellings_of_a_tag(text: str):
    """Keyword, tag with and without brackets, eight digits."""
    assert 0x00100020 == parse_tag(text)


@pytest.mark.parametrize(
    "text", ["", "PatientIdd", "(0010,002)", "(zzzz,0020)", "001000200", "Patient ID", "x" * 10_000]
)
def test_what_is_no_tag(text: str):
    """Anything else is a CommandError of one line."""
    with pytest.raises(CommandError) as error:
        parse_tag(text)
    assert len(str(error.value)) < 400


def test_steps():
    """Steps are separated by points, items are in brackets."""
    path = parse_path("ContentSequence[12].(0040,A043)[*].CodeValue")
    assert [(0x0040A730, 12), (0x0040A043, ALL), (0x00080100, None)] == [(step.tag, step.item) for step in path.steps]
    assert "ContentSequence[12].ConceptNameCodeSequence[*].CodeValue" == str(path)
    assert (0x00080100, None, False) == (path.tag, path.item, path.is_meta)
    assert parse_path("MediaStorageSOPInstanceUID").is_meta


@pytest.mark.parametrize(
    "text",
    [
        "ContentSequence.TextValue", "ContentSequence[].TextValue", "ContentSequence[-1].TextValue",
        "ContentSequence[0",
        "ContentSequence[0]x.TextValue", "ContentSequence[1.5].TextValue", "ContentSequence[٣].TextValue", ".", "A.B",
        "ContentSequence[0]..TextValue", "ContentSequence[99999999999].TextValue", "(FFFE,E000)", "(0000,0002)",
    ],
)  # fmt: skip
def test_what_is_no_path(text: str):
    """Anything else is a CommandError."""
    with pytest.raises(CommandError):
        parse_path(text)


def test_where_a_path_leads():
    """To one data set, to several for [*], to none where something is missing."""
    ds = nested()
    first, second = ds.ContentSequence
    assert [ds] == list(parse_path("ContentSequence").holders(ds))
    assert [second] == list(parse_path("ContentSequence[1].TextValue").holders(ds))
    assert [first, second] == list(parse_path("ContentSequence[*].TextValue").holders(ds))
    deep = parse_path("ContentSequence[*].ConceptNameCodeSequence[0].CodeValue")
    assert ["A"] == [holder.CodeValue for holder in deep.holders(ds)]
    for text in ("ContentSequence[2].TextValue", "RequestAttributesSequence[0].StudyID"):
        assert [] == list(parse_path(text).holders(ds))
    assert 1 == len(ds)


def test_what_is_missing_can_be_made():
    """With `create` a missing sequence and the item after the last one are made, a later one is refused."""
    ds = nested()
    (made,) = parse_path("ContentSequence[1].ConceptNameCodeSequence[0].CodeValue").holders(ds, create=True)
    made.CodeValue = "B"
    assert "B" == ds.ContentSequence[1].ConceptNameCodeSequence[0].CodeValue
    with pytest.raises(CommandError, match=r"has 2 items, the next one is \[2\]"):
        list(parse_path("ContentSequence[3].TextValue").holders(ds, create=True))
    assert [] == list(parse_path("RequestAttributesSequence[*].StudyID").holders(ds, create=True))


def test_only_sequences_have_items():
    """A step into something else is a CommandError."""
    with pytest.raises(CommandError, match="is no sequence"):
        list(parse_path("PatientID[0].CodeValue").holders(dicomkit.Dataset(PatientID="1")))
