"""Key Object Selection Documents, built and read, as DCMTK and dicom3tools read them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.core.issue import IssueCode
from dicomkit.errors import DicomError, MissingElementError, ValueEncodeError
from dicomkit.objects import (
    Code,
    KeyObjectSelection,
    ReferencedInstance,
    evidence_of,
    identical_documents,
    key_object_selection,
    key_objects,
    person_observer,
    referenced_instance,
    report_text,
)
from tests.objects.test_report_document import CINE, ECG, IMAGE, OLD, OLD_REPORT, complaints


def written(ds: Dataset, path: Path) -> Dataset:
    """Write and read a document."""
    ds.save_as(path)
    return dicomkit.dcmread(path)


def selection(**values: object) -> Dataset:
    """Select an image, two frames, a waveform and a report."""
    return key_object_selection(
        [IMAGE, (CINE, [3, 5]), ECG, OLD_REPORT],
        "For Referring Provider",
        "Größe Ω",
        observers=person_observer("Doe^Jane", "Hospital"),
        **values,  # type: ignore[arg-type]
    )


def test_what_is_selected_is_read(tmp_path: Path):
    """Title, description, and each instance with study, series and frames, in the order that was given."""
    read = written(selection(SeriesDescription="Key"), tmp_path / "ko.dcm")
    found = key_objects(read)
    assert (Code(value="113002", scheme="DCM", meaning="For Referring Provider"), "Größe Ω", (), False) == (
        found.title,
        found.description,
        found.modifiers,
        found.is_rejection_note,
    )
    assert (
        referenced_instance(IMAGE),
        referenced_instance(CINE, frames=[3, 5]),
        referenced_instance(ECG),
        referenced_instance(OLD_REPORT),
    ) == found.references
    assert ((), "KO", "Müller^Jörg", "Key") == (read.check(), read.Modality, read.PatientName, read.SeriesDescription)
    assert {each.replace(frames=()) for each in found.references} == set(evidence_of(read))
    again = key_object_selection(found.references, found.title, found.description, like=read)
    assert found == key_objects(again)


def test_of_references_alone():
    """Without a data set the study is that of the first reference, and the patient is not known."""
    ds = key_object_selection([referenced_instance(OLD), referenced_instance(IMAGE)])
    assert (OLD.StudyInstanceUID, "", "Of Interest") == (
        ds.StudyInstanceUID,
        ds.PatientID,
        key_objects(ds).title.meaning,
    )


@pytest.mark.parametrize(
    ("title", "modifiers", "is_rejection"),
    [
        ("rejected for quality reasons", ["Motion blur", "Positioning"], True),
        ("113037", [], True),
        ("Incorrect Modality Worklist Entry", [], True),
        ("Data Retention Policy Expired", [], True),
        ("Quality Issue", ["111213"], False),
        ("Best In Set", ["Series"], False),
        ("For Teaching", [], False),
    ],
)
def test_titles(title: str, modifiers: list[str], is_rejection: bool):
    """Titles and modifiers by meaning or value; four of the titles reject (PS3.16 TID 2010, IHE IOCM)."""
    found = key_objects(key_object_selection([IMAGE], title, modifiers=modifiers))
    assert (is_rejection, len(modifiers)) == (found.is_rejection_note, len(found.modifiers))


def test_what_is_no_selection():
    """Nothing, unknown titles, modifiers where there are none or where one is needed, and wrong frames."""
    with pytest.raises(ValueEncodeError, match="a key object selection of nothing"):
        key_object_selection([])
    with pytest.raises(ValueEncodeError, match="did you mean For Teaching"):
        key_object_selection([IMAGE], "For Teeching")
    with pytest.raises(ValueEncodeError, match="Of Interest has no modifiers"):
        key_object_selection([IMAGE], modifiers=["Motion blur"])
    with pytest.raises(ValueEncodeError, match="Best In Set needs a modifier"):
        key_object_selection([IMAGE], "Best In Set")
    with pytest.raises(ValueEncodeError, match="no code means Study"):
        key_object_selection([IMAGE], "Quality Issue", modifiers=["Study"])
    with pytest.raises(ValueEncodeError, match="from 1 to 9"):
        key_object_selection([(CINE, [10])])
    with pytest.raises(MissingElementError, match="no Key Object Selection Document"):
        key_objects(IMAGE)


def test_documents_of_several_studies(tmp_path: Path):
    """Each study has the document, and each of the documents names the others (PS3.3 C.17.2.2)."""
    ds = key_object_selection([IMAGE, OLD])
    assert ["1.3.6.1.1", "1.3.6.1.2"] == [
        each.StudyInstanceUID for each in ds.CurrentRequestedProcedureEvidenceSequence
    ]
    other_study = OLD.copy()
    other_study.StudyID = "Ω"
    first, second = [written(each, tmp_path / "ko.dcm") for each in identical_documents(ds, [other_study])]
    assert ("1.3.6.1.1", "1.3.6.1.2", "Ω") == (first.StudyInstanceUID, second.StudyInstanceUID, second.StudyID)
    assert key_objects(first) == key_objects(second)
    for one, other in ((first, second), (second, first)):
        study = one.IdenticalDocumentsSequence[0]
        named = study.ReferencedSeriesSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID
        assert (other.StudyInstanceUID, other.SOPInstanceUID) == (study.StudyInstanceUID, named)


def test_what_is_missing_in_damaged_documents():
    """A reference that the evidence does not have, and an item without one, are what is known of them."""
    ds = selection()
    del ds.CurrentRequestedProcedureEvidenceSequence
    ds.ContentSequence.append(Dataset(RelationshipType="CONTAINS", ValueType="IMAGE"))
    ds.ContentSequence.append(Dataset(RelationshipType="CONTAINS", ValueType="TEXT", TextValue="x"))
    ds = dicomkit.dcmread(ds.to_bytes())
    found = key_objects(ds)
    expected = ReferencedInstance(sop_class_uid=IMAGE.SOPClassUID, sop_instance_uid=IMAGE.SOPInstanceUID)
    assert (expected, ReferencedInstance()) == (found.references[0], found.references[-1])
    assert [IssueCode.VALUE_INVALID] == [issue.code for issue in ds.issues]
    empty = Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.59", ValueType="CONTAINER")
    assert KeyObjectSelection() == key_objects(empty)
    del empty.ValueType
    with pytest.raises(DicomError):
        key_objects(empty)


@pytest.mark.interop
@pytest.mark.parametrize("title", ["For Teaching", "Rejected for Quality Reasons"])
def test_other_readers(
    title: str, tmp_path: Path, require_peer: Callable[[str], str], require_package: Callable[[str], ModuleType]
):
    """Neither dsrdump nor dciodvfy have anything to say of it; dsrdump shows the text and the references."""
    path = tmp_path / "ko.dcm"
    modifiers = ["Motion blur"] if title.startswith("Rejected") else []
    ds = key_object_selection(
        [IMAGE, (CINE, [3, 5]), ECG], title, "words", modifiers=modifiers, observers=person_observer("Doe^Jane")
    )
    ds.save_as(path)
    answer = subprocess.run(
        [require_peer("dsrdump"), "+Pu", "+Pl", str(path)], capture_output=True, check=True, encoding="latin-1"
    )
    said = [each for each in answer.stderr.splitlines() if "Check for template" not in each]
    assert [] == said
    for words in (title, '"words"', f'"{IMAGE.SOPInstanceUID}")', f'"{CINE.SOPInstanceUID}",3,5)', ECG.SOPInstanceUID):
        assert words in answer.stdout
    assert [] == complaints(path, require_package("dicom3tools"))
    assert "Motion blur" in report_text(ds) or not modifiers
