"""The records of a DICOMDIR, against pydicom's rows and against what dcmmkdir makes of the same instances."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dicomkit import Dataset, dcmread, dictionary
from dicomkit.dataset.sequence import Sequence
from dicomkit.errors import MissingElementError
from dicomkit.file.directory_records import (
    LEVELS,
    RECORD_KEYS,
    RECORD_OF_CLASS,
    SINGLE_LEVEL,
    level_of,
    make_record,
    record_type_of,
)
from tests.corpora import real_file

VALUES = {
    "CS": "ORIGINAL",
    "DA": "20260102",
    "TM": "101112",
    "DT": "20260102101112",
    "IS": 1,
    "US": 1,
    "UL": 1,
    "UI": "1.2.3.4",
    "PN": "Doe^Jane",
    "UV": 1,
}
# PS3.3 2026 Table F.4-1, PRIVATE apart, which no SOP class of the standard gets.
TABLE_F_4_1 = """
    PATIENT; STUDY; SERIES; IMAGE; RT DOSE; RT STRUCTURE SET; RT PLAN; RT TREAT RECORD; PRESENTATION; WAVEFORM;
    SR DOCUMENT; KEY OBJECT DOC; SPECTROSCOPY; RAW DATA; REGISTRATION; FIDUCIAL; HANGING PROTOCOL; ENCAP DOC;
    VALUE MAP; STEREOMETRIC; PALETTE; IMPLANT; IMPLANT ASSY; IMPLANT GROUP; PLAN; MEASUREMENT; SURFACE; SURFACE SCAN;
    TRACT; ASSESSMENT; RADIOTHERAPY; ANNOTATION; INVENTORY; WF PRESENTATION
"""
# Later than pydicom 3.0.
PYDICOM_KNOWS_NOT = {"ANNOTATION", "INVENTORY", "WF PRESENTATION"}
# DCMTK 3.6.7 knows an earlier edition, and takes the SOP classes of assemblies and groups for each other.
DCMTK_KNOWS_NOT = {"INVENTORY", "WF PRESENTATION", "IMPLANT ASSY", "IMPLANT GROUP"}
LEAVES = sorted(set(RECORD_KEYS) - set(LEVELS))


def keywords(record_type: str) -> list[str]:
    """Give the keys of a record type, of all types of key."""
    return [row.split(" ")[0] for row in RECORD_KEYS[record_type].split(", ") if row]


def class_of(record_type: str) -> str:
    """Give the first SOP class that gets this type of record."""
    return next((uid for uid, kind in RECORD_OF_CLASS.items() if kind == record_type), "1.2.840.10008.5.1.4.1.1.7")


def code() -> Dataset:
    """Give an item of a code sequence that also is one of any other."""
    return Dataset(
        CodeValue="121058",
        CodingSchemeDesignator="DCM",
        CodeMeaning="Procedure reported",
        RelationshipType="HAS CONCEPT MOD",
        ValueType="CODE",
        Modality="CT",
        SeriesInstanceUID="1.2.3.5",
        ReferencedImageSequence=Sequence(
            [Dataset(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.7", ReferencedSOPInstanceUID="1.2.3.6")]
        ),
    )


def instance(record_type: str) -> Dataset:
    """Give an instance that has a value for every key of its records."""
    ds = Dataset(SOPClassUID=class_of(record_type), SOPInstanceUID=f"1.2.3.7.{LEAVES.index(record_type)}")
    for keyword in [name for kind in (*LEVELS, record_type) for name in keywords(kind)]:
        vr = str(dictionary.entry(dictionary.tag(keyword)).vr)
        ds[keyword] = Sequence([code()]) if vr == "SQ" else VALUES.get(vr, "TEXT")
    if "HangingProtocolLevel" in ds:
        ds.HangingProtocolLevel = "SITE"
    if "VerificationFlag" in ds:
        ds.VerificationFlag = "VERIFIED"
        ds.VerifyingObserverSequence = [Dataset(VerificationDateTime=VALUES["DT"])]
    return ds


def test_record_types_of_sop_classes_are_pydicoms():
    """Every SOP class that pydicom gives a record type has the same one here."""
    fileset = pytest.importorskip("pydicom.fileset")
    theirs = {**fileset._SINGLE_LEVEL_SOP_CLASSES, **fileset._FOUR_LEVEL_SOP_CLASSES}
    assert dict.fromkeys(theirs) | {str(uid): kind for uid, kind in theirs.items()} == {
        uid: RECORD_OF_CLASS.get(uid) for uid in theirs
    }


def test_record_types_are_those_of_the_table():
    """The types of records are those of PS3.3 Table F.4-1, and the ones that pydicom can make."""
    fileset = pytest.importorskip("pydicom.fileset")
    assert {kind.strip() for kind in TABLE_F_4_1.split(";")} == set(RECORD_KEYS)
    assert set(fileset.DIRECTORY_RECORDERS) == set(RECORD_KEYS) - PYDICOM_KNOWS_NOT
    assert set(RECORD_OF_CLASS.values()) | {"IMAGE", ""} == set(LEAVES) | {""}


def storage_classes() -> dict[str, str]:
    """Give the name of each SOP class of an instance that can be in a file, retired ones apart."""
    return {
        str(entry.uid): entry.name
        for entry in dictionary.uids("SOP Class")
        if entry.uid.startswith("1.2.840.10008.5.1.4.") and "Storage" in entry.name and not entry.is_retired
    }


def test_record_types_of_all_storage_classes(tmp_path: Path, require_peer: Callable[[str], str]):
    """Every storage class that dcmmkdir takes has the same type of record here; images are what the name says."""
    names = storage_classes()
    assert len(names) > 180
    assert {uid for uid, name in names.items() if record_type_of(Dataset(SOPClassUID=uid)) == "IMAGE"} >= {
        uid for uid, name in names.items() if "Image Storage" in name and "RT Image" not in name
    }
    everything = Dataset()
    for kind in LEAVES:
        for element in instance(kind):
            everything[element.tag] = element
    numbered = dict(enumerate(names))
    for number, uid in numbered.items():
        everything.SOPClassUID, everything.SOPInstanceUID = uid, f"1.2.3.8.{number}"
        everything.save_as(tmp_path / f"F{number}")
    command = [require_peer("dcmmkdir"), "-W", "-Nxc", "-Nec", *(f"F{number}" for number in numbered)]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    records = dcmread(tmp_path / "DICOMDIR").DirectoryRecordSequence
    theirs = {
        str(record.ReferencedSOPClassUIDInFile): record.DirectoryRecordType
        for record in records
        if "ReferencedFileID" in record
    }
    assert len(theirs) > 145
    assert theirs == {uid: record_type_of(Dataset(SOPClassUID=uid)) for uid in theirs} | {
        uid: kind for uid, kind in theirs.items() if RECORD_OF_CLASS.get(uid) in DCMTK_KNOWS_NOT
    }


@pytest.mark.parametrize("record_type", sorted(RECORD_KEYS))
def test_record_has_pydicoms_keys(record_type: str):
    """A record of an instance that has every key holds what pydicom's does, and names of later editions."""
    fileset = pytest.importorskip("pydicom.fileset")
    pydicom = pytest.importorskip("pydicom")
    if record_type in PYDICOM_KNOWS_NOT:
        pytest.skip("the type is later than pydicom")
    leaf = record_type if record_type in LEAVES else "IMAGE"
    ds = instance(leaf)
    theirs = fileset.DIRECTORY_RECORDERS[record_type](pydicom.dcmread(_file(ds)))
    ours = make_record(ds, record_type)
    later = {"HangingProtocolName", "HangingProtocolDescription", "HangingProtocolLevel"}  # PS3.3 F.5.28
    assert {element.keyword for element in theirs} == {element.keyword for element in ours} - later - {
        "DirectoryRecordType"
    }


def _file(ds: Dataset):
    from io import BytesIO

    return BytesIO(ds.to_bytes())


def test_records_have_dcmmkdirs_keys(tmp_path: Path, require_peer: Callable[[str], str]):
    """dcmmkdir gives every instance a record of the same type, and each of our keys with the same value."""
    program = require_peer("dcmmkdir")
    types = [kind for kind in LEAVES if kind not in DCMTK_KNOWS_NOT]
    for number, kind in enumerate(types):
        instance(kind).save_as(tmp_path / f"F{number}")
    names = [f"F{number}" for number in range(len(types))]
    subprocess.run([program, "-W", "-Nxc", "-Nec", *names], cwd=tmp_path, check=True, capture_output=True)
    records = dcmread(tmp_path / "DICOMDIR").DirectoryRecordSequence
    theirs = {record.get("ReferencedFileID"): record for record in records if "ReferencedFileID" in record}
    assert dict(zip(names, types, strict=True)) == {name: theirs[name].DirectoryRecordType for name in names}
    for name, kind in zip(names, types, strict=True):
        ours = make_record(instance(kind), kind)
        missing = {element.keyword for element in ours} - {element.keyword for element in theirs[name]}
        assert (kind, set()) == (kind, missing)
        plain = [element for element in ours if element.vr != "SQ"]  # of an item dcmmkdir copies a part
        different = [element.keyword for element in plain if theirs[name][element.keyword].value != element.value]
        assert (kind, []) == (kind, different)


def test_levels():
    """A leaf lies in a series, a template in the root, an unknown type nowhere (PS3.3 Table F.4-1)."""
    assert [0, 1, 2, 3, 3, 0, None] == [
        level_of(kind) for kind in ("PATIENT", "STUDY", "SERIES", "IMAGE", "SR DOCUMENT", "PALETTE", "NONSENSE")
    ]
    assert all(level_of(kind) == 0 for kind in SINGLE_LEVEL)


def test_record_of_a_real_image():
    """A CT image gets an IMAGE record, whose one key is the Instance Number (PS3.3 F.5.4)."""
    ds = dcmread(real_file("CT_small.dcm"))
    assert "IMAGE" == record_type_of(ds)
    assert {"DirectoryRecordType": "IMAGE", "InstanceNumber": 1} == {
        element.keyword: element.value for element in make_record(ds, "IMAGE")
    }


def test_old_dates_and_times_are_written_anew():
    """Dates and times in the form of ACR-NEMA lose their separators (PS3.5 6.2, notes on DA and TM)."""
    ds = instance("IMAGE")
    ds.StudyDate, ds.StudyTime = "1994.11.05", "11:20:30.5"
    record = make_record(ds, "STUDY")
    assert ("19941105", "112030.5") == (record.StudyDate, record.StudyTime)


def test_extra_keys():
    """A key of type 3 is in the record if it is asked for and the instance has it, with the character set it needs."""
    ds = instance("IMAGE")
    ds.PatientComments, ds.SpecificCharacterSet = "größer", "ISO_IR 100"
    ds.IconImageSequence = [Dataset(Rows=1, Columns=1, PixelData=b"\1\2")]
    record = make_record(ds, "IMAGE", extra_keys=["PatientComments", "IconImageSequence", "ImageComments"])
    assert ("größer", "ISO_IR 100", b"\1\2") == (
        record.PatientComments,
        record.SpecificCharacterSet,
        record.IconImageSequence[0].PixelData,
    )
    assert "ImageComments" not in record
    assert "PatientComments" not in make_record(ds, "IMAGE")


def test_compressed_icons_are_left_out():
    """An icon of fragments cannot be in a DICOMDIR, which is in Explicit VR Little Endian (PS3.10 8.6)."""
    ds = instance("IMAGE")
    icon = Dataset(Rows=1, Columns=1, PixelData=b"\xfe\xff\0\xe0\0\0\0\0")
    ds.IconImageSequence = [icon]
    assert "IconImageSequence" in make_record(ds, "IMAGE", extra_keys=["IconImageSequence"])
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.50"
    assert "IconImageSequence" not in make_record(ds, "IMAGE", extra_keys=["IconImageSequence"])


def test_missing_key_of_type_1_is_named():
    """A key of type 1 that the instance leaves empty is an error that names it, unless a default is given."""
    ds = instance("IMAGE")
    ds.StudyID = ""
    with pytest.raises(MissingElementError, match="STUDY record needs a value of StudyID"):
        make_record(ds, "STUDY")
    assert "S1" == make_record(ds, "STUDY", {"StudyID": "S1"}).StudyID


def test_key_of_type_2_may_be_empty():
    """A key of type 2 is there without a value if the instance has none."""
    ds = instance("IMAGE")
    del ds.AccessionNumber
    assert "" == make_record(ds, "STUDY").AccessionNumber


def test_only_concept_modifiers_are_copied():
    """Of the content of a document, the record has what modifies its concept (PS3.3 F.5.25)."""
    ds = instance("SR DOCUMENT")
    ds.ContentSequence.append(Dataset(RelationshipType="CONTAINS", ValueType="TEXT", TextValue="long"))
    assert ["HAS CONCEPT MOD"] == [item.RelationshipType for item in make_record(ds, "SR DOCUMENT").ContentSequence]


def test_latest_verification_counts():
    """Verification DateTime is the latest of the verifying observers' (PS3.3 F.5.25)."""
    ds = instance("SR DOCUMENT")
    del ds.VerificationDateTime
    ds.VerifyingObserverSequence = [
        Dataset(VerificationDateTime="20260103"),
        Dataset(VerificationDateTime="20260102101112"),
    ]
    assert "20260103" == make_record(ds, "SR DOCUMENT").VerificationDateTime


def test_text_keeps_its_character_set():
    """A record with text declares the instance's character set, and UTF-8 for text that declares none."""
    ds = instance("IMAGE")
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.PatientName = "Müller"
    assert "ISO_IR 100" == make_record(ds, "PATIENT").SpecificCharacterSet
    del ds.SpecificCharacterSet
    assert "ISO_IR 192" == make_record(ds, "PATIENT").SpecificCharacterSet
    assert "SpecificCharacterSet" not in make_record(ds, "SERIES")
