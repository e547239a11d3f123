"""What key objects are selected for: document titles and their modifiers (PS3.16 CID 7010, 7011, 7012, TID 2010)."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from dicomkit.errors import ValueEncodeError, escaped
from dicomkit.objects.content_items import Code

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["BEST_IN_SET", "KEY_OBJECT_TITLES", "QUALITY_REASONS", "SETS", "WITH_REASONS", "code_named", "is_rejection"]


def _codes(rows: Iterable[tuple[str, str]]) -> tuple[Code, ...]:
    return tuple([Code(value=value, scheme="DCM", meaning=meaning) for value, meaning in rows])


#: PS3.16 CID 7010 Key Object Selection Document Title.
KEY_OBJECT_TITLES = _codes((
    ("113000", "Of Interest"),
    ("113001", "Rejected for Quality Reasons"),
    ("113002", "For Referring Provider"),
    ("113003", "For Surgery"),
    ("113004", "For Teaching"),
    ("113005", "For Conference"),
    ("113006", "For Therapy"),
    ("113007", "For Patient"),
    ("113008", "For Peer Review"),
    ("113009", "For Research"),
    ("113010", "Quality Issue"),
    ("113013", "Best In Set"),
    ("113018", "For Printing"),
    ("113020", "For Report Attachment"),
    ("113021", "For Litigation"),
    ("113022", "Collection of Presentation States"),
    ("113030", "Manifest"),
    ("113031", "Signed Manifest"),
    ("113032", "Complete Study Content"),
    ("113033", "Signed Complete Study Content"),
    ("113034", "Complete Acquisition Content"),
    ("113035", "Signed Complete Acquisition Content"),
    ("113036", "Group of Frames for Display"),
    ("113037", "Rejected for Patient Safety Reasons"),
    ("113038", "Incorrect Modality Worklist Entry"),
    ("113039", "Data Retention Policy Expired"),
    ("128180", "For RT Workflow"),
    ("128181", "Diagnostic Source Images"),
    ("128182", "Segmentation Result"),
    ("128183", "Registration Result"),
    ("128184", "Pre-Planning Result"),
    ("128185", "RT Prescription Result"),
    ("128186", "Dose Calculation Image Series"),
    ("128187", "Coordinate Alignment Image Series"),
    ("128188", "RT Treatment Simulation Result"),
    ("128189", "RT Planning Result"),
    ("128190", "Dosimetric Result"),
    ("128191", "Patient Setup Verification Result"),
    ("128192", "RT Treatment Session Result"),
    ("128193", "RT Treatment Course Summary"),
    ("128194", "RT Treatment QA Result"),
    ("128195", "For Diagnosis"),
    ("128196", "For Segmentation"),
    ("128197", "For RT Prescription"),
    ("128198", "For RT Treatment Planning"),
    ("128199", "For Plan Comparison"),
    ("128200", "For RT Plan Summation"),
    ("128201", "For Physician Review"),
    ("128202", "For Physicist Review"),
    ("128203", "For Tumor Board"),
    ("128204", "For Plan Quality Assurance"),
    ("128205", "For Machine Quality Assurance"),
    ("128206", "For Patient Setup Verification"),
    ("128207", "For Clinical Trial Submission"),
    ("128208", "For Tumor Registry"),
    ("128209", "RT Workflow Input Used"),
    ("128210", "RT Prescription Input Used"),
    ("128211", "RT Treatment Planning Input Used"),
    ("128212", "RT Plan Summation Input Used"),
    ("128213", "Physician Review Input Used"),
    ("128214", "Physicist Review Input Used"),
    ("128215", "Plan Quality Assurance Input Used"),
    ("128216", "Machine Quality Assurance Input Used"),
    ("128217", "Patient Setup Verification Input Used"),
    ("128218", "Diagnosis Input Used"),
    ("128219", "Contouring Input Used"),
    ("128220", "Plan Comparison Input Used"),
    ("128221", "Tumor Board Input Used"),
    ("128222", "Tumor Registry Input Used"),
    ("128223", "Clinical Trial Submission Input Used"),
    ("128710", "For Teaching File Export"),
    ("128711", "For Clinical Trial Export"),
    ("128713", "For Research Collection Export"),
    ("128714", "For Publication Export"),
    ("130370", "RTV Rendition"),
    ("130371", "RTV Audio and Video Rendition"),
    ("130372", "RTV Stereo Video Rendition"),
    ("130373", "RTV Audio and Stereo Video Rendition"),
))  # fmt: skip

#: PS3.16 CID 7011 Rejected for Quality Reason.
QUALITY_REASONS = _codes((
    ("111207", "Image artifact(s)"),
    ("111208", "Grid artifact(s)"),
    ("111209", "Positioning"),
    ("111210", "Motion blur"),
    ("111211", "Under exposed"),
    ("111212", "Over exposed"),
    ("111213", "No image"),
    ("111214", "Detector artifact(s)"),
    ("111215", "Artifact(s) other than grid or detector artifact"),
    ("111216", "Mechanical failure"),
    ("111217", "Electrical failure"),
    ("111218", "Software failure"),
    ("111219", "Inappropriate image processing"),
    ("111220", "Other failure"),
    ("111221", "Unknown failure"),
    ("113026", "Double exposure"),
))  # fmt: skip

#: PS3.16 CID 7012 Best in Set.
SETS = _codes((
    ("113014", "Study"),
    ("113015", "Series"),
    ("113016", "Performed Procedure Step"),
    ("113017", "Stage-View"),
))  # fmt: skip

# Titles that have a reason (7011) or name what they are the best of (7012): TID 2010 rows 2 and 3.
WITH_REASONS = frozenset(("113001", "113010"))
BEST_IN_SET = "113013"
# IHE RAD TF-2 4.66.4.1.3: the titles of Image Object Change Management by which instances are rejected.
_REJECTIONS = frozenset(("113001", "113037", "113038", "113039"))


def is_rejection(title: Code) -> bool:
    """Say whether a title means that its instances are not to be used or shown any more (IOCM)."""
    return title.scheme == "DCM" and title.value in _REJECTIONS


def code_named(name: Code | str, codes: tuple[Code, ...]) -> Code:
    """Return the code with a meaning, in any case, or a value; a code as it is. ValueEncodeError names the nearest."""
    if isinstance(name, Code):
        return name
    for code in codes:
        if name == code.value or name.casefold() == code.meaning.casefold():
            return code
    nearest = get_close_matches(name[:80], [code.meaning for code in codes], 1)
    advice = f": did you mean {nearest[0]}?" if nearest else ""
    raise ValueEncodeError(f"no code means {escaped(name)}{advice}")
