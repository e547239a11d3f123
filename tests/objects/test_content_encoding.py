"""Content items as data sets: the elements of each value type (PS3.3 C.18)."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.objects import Code, Graphic, Measurement, Reference, TemporalRange, content_item
from dicomkit.objects.content_encoding import code_item, put_content, texts_of

NAME = Code(value="1", scheme="DCM", meaning="Name")


def encoded(value_type: str, value: object) -> Dataset:
    """Give the item of the Content Sequence that an item becomes."""
    ds = Dataset()
    child = content_item(value_type, NAME, value)  # type: ignore[call-overload]
    root = content_item("CONTAINER", NAME, children=[child])
    root.number()
    put_content(ds, root, {"1.2.3": "1.2"})
    found = ds.ContentSequence[0]
    assert (value_type, "CONTAINS", "1") == (
        found.ValueType,
        found.RelationshipType,
        found.ConceptNameCodeSequence[0].CodeValue,
    )
    return found


@pytest.mark.parametrize(
    ("value", "element"),
    [
        ("1" * 16, "CodeValue"),
        ("1" * 17, "LongCodeValue"),
        ("urn:lex:us", "URNCodeValue"),
        ("http://x", "URNCodeValue"),
    ],
)
def test_codes(value: str, element: str):
    """A value of more than 16 characters is a Long Code Value, one with a scheme of its own a URN (PS3.3 8.1)."""
    item = code_item(Code(value=value, scheme="X", meaning="M", version="2"))
    assert (value, "X", "M", "2") == (
        item[element].value,
        item.CodingSchemeDesignator,
        item.CodeMeaning,
        item.CodingSchemeVersion,
    )
    assert 4 == len(item)
    assert {"URNCodeValue", "CodeMeaning"} == {each.keyword for each in code_item(Code(value="urn:x", meaning="M"))}


@pytest.mark.parametrize(
    ("value_type", "value", "keyword"),
    [
        ("TEXT", "words", "TextValue"),
        ("PNAME", "Doe^Jane", "PersonName"),
        ("DATE", "20200101", "Date"),
        ("TIME", "101112", "Time"),
        ("DATETIME", "20200101101112", "DateTime"),
        ("UIDREF", "1.2.3", "UID"),
    ],
)
def test_text(value_type: str, value: str, keyword: str):
    """Each has an element of its own."""
    assert value == encoded(value_type, value)[keyword].value


def test_numbers():
    """A number with units; one that could not be measured is an empty sequence with a reason (PS3.3 C.18.1)."""
    measured = encoded("NUM", Measurement(value="1.50", units=NAME, floating_point=1.5)).MeasuredValueSequence[0]
    assert ("1.50", 1.5, "1") == (
        str(measured.NumericValue),
        measured.FloatingPointValue,
        measured.MeasurementUnitsCodeSequence[0].CodeValue,
    )
    missing = encoded("NUM", Measurement(qualifier=NAME))
    assert (0, "1") == (
        len(missing.MeasuredValueSequence),
        missing.NumericValueQualifierCodeSequence[0].CodeValue,
    )


def test_references():
    """Frames, segments, channels and the presentation state with its class; what there is none of is not there."""
    value = Reference(sop_class_uid="1.1", sop_instance_uid="1.4", frames=(1, 2), presentation_state="1.2.3")
    item = encoded("IMAGE", value).ReferencedSOPSequence[0]
    state = item.ReferencedSOPSequence[0]
    assert ([1, 2], "1.2", "1.2.3") == (
        item.ReferencedFrameNumber,
        state.ReferencedSOPClassUID,
        state.ReferencedSOPInstanceUID,
    )
    assert "ReferencedSegmentNumber" not in item
    waveform = encoded("WAVEFORM", Reference(sop_class_uid="1.1", sop_instance_uid="1.4", channels=((1, 2), (3, 0))))
    assert [1, 2, 3, 0] == waveform.ReferencedSOPSequence[0].ReferencedWaveformChannels


def test_places_and_times():
    """Coordinates one after the other, and one of the three ways to say when."""
    graphic = Graphic(kind="POINT", points=((1.5, 2, 3),), frame_of_reference_uid="1.2", pixel_origin="VOLUME")
    item = encoded("SCOORD3D", graphic)
    assert ("POINT", [1.5, 2, 3], "1.2", "VOLUME") == (
        item.GraphicType,
        item.GraphicData,
        item.ReferencedFrameOfReferenceUID,
        item.PixelOriginInterpretation,
    )
    item = encoded("TCOORD", TemporalRange(kind="POINT", times=("20200101",)))
    assert ("POINT", "20200101", False) == (
        item.TemporalRangeType,
        item.ReferencedDateTime,
        "ReferencedTimeOffsets" in item,
    )


def test_what_a_character_set_must_have():
    """Meanings of codes and texts, wherever they are."""
    root = content_item(
        "CONTAINER",
        NAME,
        children=[
            content_item("TEXT", NAME, "words"),
            content_item("CODE", NAME, Code(value="2", scheme="DCM", meaning="Code")),
            content_item("NUM", NAME, Measurement(value="1", units=Code(value="mm", scheme="UCUM", meaning="Units"))),
        ],
    )
    expected = {"1", "2", "mm", "DCM", "UCUM", "Name", "words", "Code", "Units", ""}
    assert expected == set(texts_of(root))
