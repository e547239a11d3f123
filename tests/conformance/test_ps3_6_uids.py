"""PS3.6 annex A: the unique identifiers, against rows copied by hand, pydicom and DCMTK."""

from __future__ import annotations

import re
import struct
import subprocess
from collections.abc import Callable

import pytest
from pydicom._uid_dict import UID_dictionary

from dicomkit import dictionary

#: UID, name, keyword, type, retired: copied from tables A-1 and A-2 of the standard.
ROWS = [
    ("1.2.840.10008.1.1", "Verification SOP Class", "Verification", "SOP Class", False),
    ("1.2.840.10008.1.2", "Implicit VR Little Endian", "ImplicitVRLittleEndian", "Transfer Syntax", False),
    ("1.2.840.10008.1.2.1", "Explicit VR Little Endian", "ExplicitVRLittleEndian", "Transfer Syntax", False),
    ("1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", "DeflatedExplicitVRLittleEndian",
     "Transfer Syntax", False),
    ("1.2.840.10008.1.2.2", "Explicit VR Big Endian", "ExplicitVRBigEndian", "Transfer Syntax", True),
    ("1.2.840.10008.1.2.4.50", "JPEG Baseline (Process 1)", "JPEGBaseline8Bit", "Transfer Syntax", False),
    ("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 Image Compression (Lossless Only)", "HTJ2KLossless",
     "Transfer Syntax", False),
    ("1.2.840.10008.1.2.5", "RLE Lossless", "RLELossless", "Transfer Syntax", False),
    ("1.2.840.10008.1.3.10", "Media Storage Directory Storage", "MediaStorageDirectoryStorage", "SOP Class", False),
    ("1.2.840.10008.1.4.1.1", "Talairach Brain Atlas Frame of Reference", "TalairachBrainAtlas",
     "Well-known frame of reference", False),
    ("1.2.840.10008.1.20.1.1", "Storage Commitment Push Model SOP Instance", "StorageCommitmentPushModelInstance",
     "Well-known SOP Instance", False),
    ("1.2.840.10008.2.16.4", "DICOM Controlled Terminology", "DCM", "Coding Scheme", False),
    ("1.2.840.10008.3.1.1.1", "DICOM Application Context Name", "DICOMApplicationContext",
     "Application Context Name", False),
    ("1.2.840.10008.5.1.1.9", "Basic Grayscale Print Management Meta SOP Class", "BasicGrayscalePrintManagementMeta",
     "Meta SOP Class", False),
    ("1.2.840.10008.5.1.4.1.1.2", "CT Image Storage", "CTImageStorage", "SOP Class", False),
    ("1.2.840.10008.5.1.4.1.1.4.1", "Enhanced MR Image Storage", "EnhancedMRImageStorage", "SOP Class", False),
    ("1.2.840.10008.5.1.4.1.1.5", "Nuclear Medicine Image Storage", "NuclearMedicineImageStorageRetired", "SOP Class",
     True),
    ("1.2.840.10008.5.1.4.1.1.66.4", "Segmentation Storage", "SegmentationStorage", "SOP Class", False),
    ("1.2.840.10008.5.1.4.1.2.2.1", "Study Root Query/Retrieve Information Model - FIND",
     "StudyRootQueryRetrieveInformationModelFind", "SOP Class", False),
    ("1.2.840.10008.5.1.4.31", "Modality Worklist Information Model - FIND", "ModalityWorklistInformationModelFind",
     "SOP Class", False),
    ("1.2.840.10008.15.0.3.1", "dicomDeviceName", "dicomDeviceName", "LDAP OID", False),
]  # fmt: skip

#: UID and number: copied from table A-3 of the standard.
CONTEXT_GROUPS = [
    ("1.2.840.10008.6.1.1", 2),  # Anatomic Modifier
    ("1.2.840.10008.6.1.2", 4),  # Anatomic Region
    ("1.2.840.10008.6.1.19", 29),  # Acquisition Modality
    ("1.2.840.10008.6.1.1269", 218),  # Quantitative Image Feature
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2])
def test_rows_of_the_standard(row: tuple[str, str, str, str, bool]):
    """UID, name, keyword, type and retirement are those that the standard prints."""
    uid, name, keyword, kind, is_retired = row
    assert dictionary.UIDEntry(uid, name, kind, keyword, is_retired) == dictionary.uid_entry(uid)
    assert uid == dictionary.uid(keyword)


@pytest.mark.parametrize(("uid", "cid"), CONTEXT_GROUPS)
def test_context_groups_of_the_standard(uid: str, cid: int):
    """The UID of a context group gives its number."""
    assert cid == dictionary.context_group(uid)


@pytest.mark.interop
def test_each_uid_of_pydicom_is_the_same():
    """All UIDs that pydicom knows have the same name, type, retirement and keyword."""
    ours = {
        entry.uid: (entry.name, entry.type, "Retired" if entry.is_retired else "", entry.keyword)
        for entry in dictionary.uids()
    }
    theirs = {uid: (name, kind, retired, keyword) for uid, (name, kind, _, retired, keyword) in UID_dictionary.items()}
    assert theirs == {uid: row for uid, row in ours.items() if uid in theirs}


def element(tag: int, vr: bytes, value: bytes) -> bytes:
    """Encode an element in Explicit VR Little Endian."""
    length = struct.pack("<HI", 0, len(value)) if vr == b"SQ" else struct.pack("<H", len(value))
    return struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr + length + value


@pytest.fixture(scope="module")
def dcmtk_names(require_peer: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give the name that dcmdump prints for each registered UID that it knows."""
    uids = [str(entry.uid) for entry in dictionary.uids()]
    values = [element(0x00081150, b"UI", uid.encode() + b"\0" * (len(uid) % 2)) for uid in uids]
    items = b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(value)) + value for value in values)
    path = tmp_path_factory.mktemp("uids") / "uids.dcm"
    path.write_bytes(element(0x00081140, b"SQ", items))
    command = [require_peer("dcmdump"), "--read-dataset", "--read-xfer-little", str(path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    shown = re.findall(r"\(0008,1150\) UI (\S+)", answer.stdout)
    assert len(uids) == len(shown)
    return {uid: name[1:] for uid, name in zip(uids, shown, strict=True) if name[0] == "="}


def folded(name: str) -> str:
    """Give what a keyword and DCMTK's name for the same storage SOP Class have in common."""
    name = re.sub("^(RETIRED|DRAFT|DICONDE)_|_|(Retired|Trial)$", "", name)
    return re.sub("^SR(Text|Audio|Detail|Comprehensive)Storage", r"\1SRStorage", name).lower()


@pytest.mark.interop
def test_storage_classes_have_the_names_of_dcmtk(dcmtk_names: dict[str, str]):
    """Storage SOP Classes have the UIDs under which DCMTK knows them."""
    different = {
        (name, entry.keyword)
        for uid, name in dcmtk_names.items()
        if name.endswith("Storage")
        and (entry := dictionary.uid_entry(uid)) is not None
        and folded(name) != folded(entry.keyword)
    }
    assert {("ImplantationPlanSRDocumentStorage", "ImplantationPlanSRStorage")} == different


@pytest.mark.interop
def test_retirement_agrees_with_dcmtk(dcmtk_names: dict[str, str]):
    """What DCMTK calls retired or a draft is retired; it does not say so of transfer syntaxes."""
    theirs = {uid for uid, name in dcmtk_names.items() if name.startswith(("RETIRED_", "DRAFT_"))}
    ours = {entry.uid for entry in dictionary.uids() if entry.is_retired and entry.type != "Transfer Syntax"}
    assert theirs == ours & dcmtk_names.keys()
