"""The content tree of Structured Reports, line by line what DCMTK's dsrdump says of it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicomkit
from dicomkit.core.issue import IssueCode
from dicomkit.errors import DicomError, LimitExceededError, MissingElementError
from dicomkit.objects import (
    Code,
    ContentItem,
    Graphic,
    Measurement,
    Reference,
    TemporalRange,
    content_tree,
    report_html,
    report_text,
)
from tests.corpora import real_file

REPORTS = pytest.mark.parametrize("name", ["test-SR.dcm", "reportsi.dcm", "reportsi_with_empty_number_tags.dcm"])


def quoted(code: Code | None) -> str:
    """Give a code as dsrdump shows it."""
    if code is None:
        return ""
    version = f"[{code.version}]" if code.version else ""
    return f'({code.value},{code.scheme}{version},"{code.meaning}")'


def shown(item: ContentItem) -> str:
    """Give the value of an item as dsrdump shows it."""
    value = item.value
    if isinstance(value, Code):
        return quoted(value)
    if isinstance(value, Measurement):
        if value.qualifier is not None and not value.value:
            return f"empty {quoted(value.qualifier)}"
        return f'"{value.value}" {quoted(value.units)}'
    if isinstance(value, Graphic):
        return f"({value.kind},{','.join('/'.join(f'{n:g}' for n in point) for point in value.points)})"
    if isinstance(value, TemporalRange):
        return f"({value.kind},{','.join(f'{n:g}' for n in (*value.samples, *value.seconds))})"
    if isinstance(value, Reference):
        numbers = [str(frame) for frame in value.frames] + [f"{group}/{channel}" for group, channel in value.channels]
        text = ",".join([f'"{value.sop_class_uid}"', f'"{value.sop_instance_uid}"', *numbers])
        state = f',("1.2.840.10008.5.1.4.1.1.11.1","{value.presentation_state}")' if value.presentation_state else ""
        return f"({text}){state}"
    return item.continuity or '"' + str(value).replace("\r", "\\r").replace("\n", "\\n") + '"'


def line(item: ContentItem) -> str:
    """Give the line that dsrdump has for an item."""
    position, relationship = ".".join(map(str, item.position)), item.relationship.lower()
    if item.target:
        return f"{position}  <{relationship} {'.'.join(map(str, item.target))}>"
    at = item.observed
    observed = f" {{{at[:4]}-{at[4:6]}-{at[6:8]} {at[8:10]}:{at[10:12]}:{at[12:]}}}" if at else ""
    name = quoted(item.name)
    return f"{position}  <{relationship} {item.value_type}:{name}={shown(item)}>{observed}".replace("< ", "<")


@REPORTS
def test_each_item_is_what_dsrdump_shows(name: str, require_peer: Callable[[str], str]):
    """Position, relationship, value type, name, value, and what is by reference, of every item of the samples."""
    options = ["-q", "+U8", "-Ee", "-Ph", "+Pl", "+Pn", "+Pu", "+Psu", "+Pc"]
    command = [require_peer("dsrdump"), *options, str(real_file(name))]
    expected = subprocess.run(command, capture_output=True, check=True).stdout.decode().strip().split("\n")
    ds = dicomkit.dcmread(real_file(name))
    assert expected == [line(item) for item in content_tree(ds).walk()]
    assert () == ds.issues


def test_references_to_other_items(corpus: object):
    """A Referenced Content Item Identifier is the position of the item that it means (PS3.3 C.17.3.2.5)."""
    root = content_tree(dicomkit.dcmread(real_file("test-SR.dcm")))
    references = [item for item in root.walk() if item.target]
    assert [((1, 3, 3, 1), (1, 3, 2)), ((1, 5, 1, 1, 1), (1, 2, 2, 1))] == [
        (item.position, item.target) for item in references
    ]
    target = root.at(references[0].target)
    assert target is not None
    assert (("SCOORD", (1, 3, 2)), None, root) == ((target.value_type, target.position), root.at((1, 9)), root.at((1,)))
    assert (None, None) == (root.at((2,)), root.at((1, 0)))


def item(value_type: str, relationship: str = "CONTAINS", **values: object) -> dicomkit.Dataset:
    """Make a content item."""
    ds = dicomkit.Dataset()
    ds.RelationshipType, ds.ValueType = relationship, value_type
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def code(value: str, meaning: str, keyword: str = "CodeValue") -> list[dicomkit.Dataset]:
    """Make a sequence of one code."""
    ds = dicomkit.Dataset()
    setattr(ds, keyword, value)
    ds.CodingSchemeDesignator, ds.CodeMeaning = "DCM", meaning
    return [ds]


def document(*items: dicomkit.Dataset) -> dicomkit.Dataset:
    """Make a report, and read it from bytes."""
    ds = item("CONTAINER", ConceptNameCodeSequence=code("1", "Report"), ContentSequence=list(items))
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.88.33", "1.2.3"
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    return dicomkit.dcmread(ds.to_bytes())


def test_values_that_the_samples_have_not():
    """Three coordinates, sample positions and times, segments, long codes, and a number that could not be measured."""
    ds = document(
        item("SCOORD3D", GraphicType="POINT", GraphicData=[1, 2, 3.5], ReferencedFrameOfReferenceUID="1.2"),
        item("TCOORD", TemporalRangeType="POINT", ReferencedSamplePositions=4),
        item("TCOORD", TemporalRangeType="SEGMENT", ReferencedDateTime=["20200101", "20200102"]),
        item("CODE", ConceptCodeSequence=code("a long code value", "Long", "LongCodeValue")),
        item("NUM", NumericValueQualifierCodeSequence=code("114000", "Not a number")),
    )
    assert [
        Graphic(kind="POINT", points=((1.0, 2.0, 3.5),), frame_of_reference_uid="1.2"),
        TemporalRange(kind="POINT", samples=(4,)),
        TemporalRange(kind="SEGMENT", times=("20200101", "20200102")),
        Code(value="a long code value", scheme="DCM", meaning="Long"),
        Measurement(qualifier=Code(value="114000", scheme="DCM", meaning="Not a number")),
    ] == [child.value for child in content_tree(ds).children]


def test_items_that_are_wrong_are_kept():
    """An unknown value type, and a reference to nowhere, are issues."""
    nowhere = dicomkit.Dataset()
    nowhere.RelationshipType, nowhere.ReferencedContentItemIdentifier = "INFERRED FROM", [1, 7]
    ds = document(item("SOUND"), nowhere)
    first, second = content_tree(ds).children
    assert ("SOUND", None, (1, 7)) == (first.value_type, first.value, second.target)
    assert [IssueCode.VALUE_INVALID] * 2 == [issue.code for issue in ds.issues]


def test_items_without_names_and_codes():
    """What needs a name (PS3.3 C.17.3.2.2) or a code and has none is kept, with an issue each."""
    ds = document(item("TEXT", TextValue="x"), item("CODE", ConceptNameCodeSequence=code("1", "Name")), item("IMAGE"))
    assert [("x", None), (None, Code(value="1", scheme="DCM", meaning="Name")), (Reference(), None)] == [
        (child.value, child.name) for child in content_tree(ds).children
    ]
    assert ["TEXT without a name", "CODE without a code"] == [
        issue.message.partition("value type ")[2].partition(" (")[0] for issue in ds.issues
    ]


def test_references_in_a_circle():
    """A reference to an item above, and two that lead to each other, are issues; nobody who follows them gets lost."""

    def reference(*target: int) -> dicomkit.Dataset:
        return dicomkit.Dataset(RelationshipType="INFERRED FROM", ReferencedContentItemIdentifier=list(target))

    up = document(item("TEXT", ConceptNameCodeSequence=code("1", "A"), ContentSequence=[reference(1, 1)]))
    assert [(1,), (1, 1), (1, 1, 1)] == [each.position for each in content_tree(up).walk()]
    assert 1 == len(up.issues)
    names = {"ConceptNameCodeSequence": code("1", "A")}
    crossed = document(
        item("TEXT", ContentSequence=[reference(1, 2)], **names),
        item("TEXT", ContentSequence=[reference(1, 1)], **names),
    )
    content_tree(crossed)
    assert ["1.1 leads back"] == [str(issue).partition("content item ")[2][:14] for issue in crossed.issues]
    assert "[1.2]" in report_text(crossed)


def test_a_tree_without_end():
    """A tree that is deeper than the limit is refused, whatever made it."""
    ds = item("TEXT")
    for _ in range(100):
        ds = item("TEXT", ContentSequence=[ds])
    with pytest.raises(LimitExceededError, match="depth=64"):
        content_tree(ds)


def test_what_is_no_report(corpus: object):
    """An image has no content tree."""
    with pytest.raises(MissingElementError, match="no report"):
        content_tree(dicomkit.dcmread(real_file("CT_small.dcm")))


@given(at=st.integers(0, 10**9), byte=st.integers(0, 255))
def test_damaged_reports_give_trees_or_errors_of_ours(at: int, byte: int):
    """Whatever byte of the file is another one, it is read and shown."""
    data = bytearray(real_file("test-SR.dcm").read_bytes())
    data[at % len(data)] = byte
    try:
        ds = dicomkit.dcmread(bytes(data))
        content_tree(ds)
        report_text(ds)
        report_html(ds).encode()
    except DicomError:
        pass
