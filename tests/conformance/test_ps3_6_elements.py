"""PS3.6 sections 6 to 9 and PS3.7 annex E: the data elements, against rows copied by hand, pydicom and DCMTK."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary

from dicomkit import dictionary
from dicomkit.core.tag import Tag

#: (group, element), name, keyword, VR, VM, retired: copied from the tables of the standard, some of each group.
ROWS = [
    # PS3.7 tables E.1-1 and E.2-1
    (0x0000, 0x0000, "Command Group Length", "CommandGroupLength", "UL", "1", ""),
    (0x0000, 0x0002, "Affected SOP Class UID", "AffectedSOPClassUID", "UI", "1", ""),
    (0x0000, 0x0100, "Command Field", "CommandField", "US", "1", ""),
    (0x0000, 0x0800, "Command Data Set Type", "CommandDataSetType", "US", "1", ""),
    (0x0000, 0x0901, "Offending Element", "OffendingElement", "AT", "1-n", ""),
    (0x0000, 0x1005, "Attribute Identifier List", "AttributeIdentifierList", "AT", "1-n", ""),
    (0x0000, 0x0200, "Initiator", "Initiator", "AE", "1", "RET"),
    (0x0000, 0x5180, "Command Magnification Type", "CommandMagnificationType", "CS", "1", "RET"),
    # PS3.6 table 7-1
    (0x0002, 0x0000, "File Meta Information Group Length", "FileMetaInformationGroupLength", "UL", "1", ""),
    (0x0002, 0x0001, "File Meta Information Version", "FileMetaInformationVersion", "OB", "1", ""),
    (0x0002, 0x0010, "Transfer Syntax UID", "TransferSyntaxUID", "UI", "1", ""),
    (0x0002, 0x0026, "Source Presentation Address", "SourcePresentationAddress", "UR", "1", ""),
    (0x0002, 0x0102, "Private Information", "PrivateInformation", "OB", "1", ""),
    # PS3.6 table 8-1
    (0x0004, 0x1130, "File-set ID", "FileSetID", "CS", "1", ""),
    (0x0004, 0x1220, "Directory Record Sequence", "DirectoryRecordSequence", "SQ", "1", ""),
    (0x0004, 0x1500, "Referenced File ID", "ReferencedFileID", "CS", "1-8", ""),
    (0x0004, 0x1504, "MRDR Directory Record Offset", "MRDRDirectoryRecordOffset", "UL", "1", "RET"),
    # PS3.6 table 9-1
    (0x0006, 0x0001, "Current Frame Functional Groups Sequence", "CurrentFrameFunctionalGroupsSequence", "SQ", "1", ""),
    # PS3.6 table 6-1
    (0x0008, 0x0001, "Length to End", "LengthToEnd", "UL", "1", "RET"),
    (0x0008, 0x0005, "Specific Character Set", "SpecificCharacterSet", "CS", "1-n", ""),
    (0x0008, 0x0008, "Image Type", "ImageType", "CS", "2-n", ""),
    (0x0008, 0x0016, "SOP Class UID", "SOPClassUID", "UI", "1", ""),
    (0x0008, 0x0018, "SOP Instance UID", "SOPInstanceUID", "UI", "1", ""),
    (0x0008, 0x002A, "Acquisition DateTime", "AcquisitionDateTime", "DT", "1", ""),
    (0x0008, 0x0120, "URN Code Value", "URNCodeValue", "UR", "1", ""),
    (0x0008, 0x0119, "Long Code Value", "LongCodeValue", "UC", "1", ""),
    (0x0008, 0x1060, "Name of Physician(s) Reading Study", "NameOfPhysiciansReadingStudy", "PN", "1-n", ""),
    (0x0008, 0x1111, "Referenced Performed Procedure Step Sequence", "ReferencedPerformedProcedureStepSequence", "SQ",
     "1", ""),
    (0x0008, 0x9007, "Frame Type", "FrameType", "CS", "4-5", ""),
    (0x0010, 0x0010, "Patient's Name", "PatientName", "PN", "1", ""),
    (0x0010, 0x0020, "Patient ID", "PatientID", "LO", "1", ""),
    (0x0010, 0x0030, "Patient's Birth Date", "PatientBirthDate", "DA", "1", ""),
    (0x0010, 0x1000, "Other Patient IDs", "OtherPatientIDs", "LO", "1-n", "RET"),
    (0x0010, 0x1010, "Patient's Age", "PatientAge", "AS", "1", ""),
    (0x0012, 0x0062, "Patient Identity Removed", "PatientIdentityRemoved", "CS", "1", ""),
    (0x0014, 0x0023, "CAD File Format", "CADFileFormat", "ST", "1", "RET"),
    (0x0016, 0x0001, "White Point", "WhitePoint", "DS", "1", ""),
    (0x0018, 0x0050, "Slice Thickness", "SliceThickness", "DS", "1", ""),
    (0x0018, 0x1310, "Acquisition Matrix", "AcquisitionMatrix", "US", "4", ""),
    (0x0018, 0x6011, "Sequence of Ultrasound Regions", "SequenceOfUltrasoundRegions", "SQ", "1", ""),
    (0x0018, 0x9810, "Zero Velocity Pixel Value", "ZeroVelocityPixelValue", "US or SS", "1", ""),
    (0x0020, 0x000D, "Study Instance UID", "StudyInstanceUID", "UI", "1", ""),
    (0x0020, 0x0032, "Image Position (Patient)", "ImagePositionPatient", "DS", "3", ""),
    (0x0020, 0x0037, "Image Orientation (Patient)", "ImageOrientationPatient", "DS", "6", ""),
    (0x0020, 0x9157, "Dimension Index Values", "DimensionIndexValues", "UL", "1-n", ""),
    (0x0022, 0x0016, "Illumination Type Code Sequence", "IlluminationTypeCodeSequence", "SQ", "1", ""),
    (0x0024, 0x0010, "Visual Field Horizontal Extent", "VisualFieldHorizontalExtent", "FL", "1", ""),
    (0x0028, 0x0008, "Number of Frames", "NumberOfFrames", "IS", "1", ""),
    (0x0028, 0x0009, "Frame Increment Pointer", "FrameIncrementPointer", "AT", "1-n", ""),
    (0x0028, 0x0030, "Pixel Spacing", "PixelSpacing", "DS", "2", ""),
    (0x0028, 0x0106, "Smallest Image Pixel Value", "SmallestImagePixelValue", "US or SS", "1", ""),
    (0x0028, 0x1050, "Window Center", "WindowCenter", "DS", "1-n", ""),
    (0x0028, 0x1101, "Red Palette Color Lookup Table Descriptor", "RedPaletteColorLookupTableDescriptor", "US or SS",
     "3", ""),
    (0x0028, 0x3006, "LUT Data", "LUTData", "US or OW", "1-n", ""),
    (0x0032, 0x1060, "Requested Procedure Description", "RequestedProcedureDescription", "LO", "1", ""),
    (0x0034, 0x0002, "Flow Identifier", "FlowIdentifier", "OB", "1", ""),
    (0x0038, 0x0010, "Admission ID", "AdmissionID", "LO", "1", ""),
    (0x003A, 0x0005, "Number of Waveform Channels", "NumberOfWaveformChannels", "US", "1", ""),
    (0x0040, 0x0100, "Scheduled Procedure Step Sequence", "ScheduledProcedureStepSequence", "SQ", "1", ""),
    (0x0040, 0xA123, "Person Name", "PersonName", "PN", "1", ""),
    (0x0040, 0xA162, "Rational Numerator Value", "RationalNumeratorValue", "SL", "1-n", ""),
    (0x0040, 0xA730, "Content Sequence", "ContentSequence", "SQ", "1", ""),
    (0x0042, 0x0011, "Encapsulated Document", "EncapsulatedDocument", "OB", "1", ""),
    (0x0044, 0x0001, "Product Package Identifier", "ProductPackageIdentifier", "ST", "1", ""),
    (0x0046, 0x0015, "Left Lens Sequence", "LeftLensSequence", "SQ", "1", ""),
    (0x0048, 0x0006, "Total Pixel Matrix Columns", "TotalPixelMatrixColumns", "UL", "1", ""),
    (0x0050, 0x0010, "Device Sequence", "DeviceSequence", "SQ", "1", ""),
    (0x0054, 0x0220, "View Code Sequence", "ViewCodeSequence", "SQ", "1", ""),
    (0x0062, 0x0004, "Segment Number", "SegmentNumber", "US", "1", ""),
    (0x0066, 0x0016, "Point Coordinates Data", "PointCoordinatesData", "OF", "1", ""),
    (0x0066, 0x0040, "Long Primitive Point Index List", "LongPrimitivePointIndexList", "OL", "1", ""),
    (0x0070, 0x0022, "Graphic Data", "GraphicData", "FL", "2-n", ""),
    (0x0072, 0x0060, "Selector AT Value", "SelectorATValue", "AT", "1-n", ""),
    (0x0072, 0x0082, "Selector SV Value", "SelectorSVValue", "SV", "1-n", ""),
    (0x0074, 0x1000, "Procedure Step State", "ProcedureStepState", "CS", "1", ""),
    (0x0088, 0x0200, "Icon Image Sequence", "IconImageSequence", "SQ", "1", ""),
    (0x0100, 0x0410, "SOP Instance Status", "SOPInstanceStatus", "CS", "1", ""),
    (0x0400, 0x0561, "Original Attributes Sequence", "OriginalAttributesSequence", "SQ", "1", ""),
    (0x2000, 0x0010, "Number of Copies", "NumberOfCopies", "IS", "1", ""),
    (0x2010, 0x0010, "Image Display Format", "ImageDisplayFormat", "ST", "1", ""),
    (0x3002, 0x0002, "RT Image Label", "RTImageLabel", "SH", "1", ""),
    (0x3004, 0x000C, "Grid Frame Offset Vector", "GridFrameOffsetVector", "DS", "2-n", ""),
    (0x3006, 0x0050, "Contour Data", "ContourData", "DS", "3-3n", ""),
    (0x3008, 0x0010, "Measured Dose Reference Sequence", "MeasuredDoseReferenceSequence", "SQ", "1", ""),
    (0x300A, 0x00B0, "Beam Sequence", "BeamSequence", "SQ", "1", ""),
    (0x300C, 0x0060, "Referenced Structure Set Sequence", "ReferencedStructureSetSequence", "SQ", "1", ""),
    (0x300E, 0x0002, "Approval Status", "ApprovalStatus", "CS", "1", ""),
    (0x4008, 0x0212, "Interpretation Status ID", "InterpretationStatusID", "CS", "1", "RET"),
    (0x5200, 0x9229, "Shared Functional Groups Sequence", "SharedFunctionalGroupsSequence", "SQ", "1", ""),
    (0x5400, 0x1010, "Waveform Data", "WaveformData", "OB or OW", "1", ""),
    (0x5600, 0x0020, "Spectroscopy Data", "SpectroscopyData", "OF", "1", ""),
    (0x7FE0, 0x0001, "Extended Offset Table", "ExtendedOffsetTable", "OV", "1", ""),
    (0x7FE0, 0x0008, "Float Pixel Data", "FloatPixelData", "OF", "1", ""),
    (0x7FE0, 0x0009, "Double Float Pixel Data", "DoubleFloatPixelData", "OD", "1", ""),
    (0x7FE0, 0x0010, "Pixel Data", "PixelData", "OB or OW", "1", ""),
    (0xFFFA, 0xFFFA, "Digital Signatures Sequence", "DigitalSignaturesSequence", "SQ", "1", ""),
    (0xFFFC, 0xFFFC, "Data Set Trailing Padding", "DataSetTrailingPadding", "OB", "1", ""),
    (0xFFFE, 0xE000, "Item", "Item", "", "1", ""),
    (0xFFFE, 0xE00D, "Item Delimitation Item", "ItemDelimitationItem", "", "1", ""),
    (0xFFFE, 0xE0DD, "Sequence Delimitation Item", "SequenceDelimitationItem", "", "1", ""),
    # Repeating groups, written (50xx,eeee) and so on; one of the elements each.
    (0x0020, 0x3121, "Source Image IDs", "SourceImageIDs", "CS", "1-n", "RET"),
    (0x0028, 0x0410, "Rows For Nth Order Coefficients", "RowsForNthOrderCoefficients", "US", "1", "RET"),
    (0x0028, 0x0833, "Code Table Location", "CodeTableLocation", "AT", "1-n", "RET"),
    (0x1000, 0x1231, "Run Length Triplet", "RunLengthTriplet", "US", "3", "RET"),
    (0x1010, 0x0004, "Zonal Map", "ZonalMap", "US", "1-n", "RET"),
    (0x5004, 0x3000, "Curve Data", "CurveData", "OB or OW", "1", "RET"),
    (0x6000, 0x0010, "Overlay Rows", "OverlayRows", "US", "1", ""),
    (0x601E, 0x3000, "Overlay Data", "OverlayData", "OB or OW", "1", ""),
    (0x6002, 0x0050, "Overlay Origin", "OverlayOrigin", "SS", "2", ""),
    (0x7F04, 0x0010, "Variable Pixel Data", "VariablePixelData", "OB or OW", "1", "RET"),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[3])
def test_rows_of_the_standard(row: tuple[int, int, str, str, str, str, str]):
    """Tag, name, keyword, VR, VM and retirement are those that the standard prints."""
    group, element, name, keyword, vr, vm, retired = row
    entry = dictionary.entry(Tag(group, element))
    assert (name, keyword, vr, vm, retired == "RET") == (
        entry.name, entry.keyword, entry.vr, str(entry.vm), entry.is_retired
    )  # fmt: skip


# --- pydicom ---------------------------------------------------------------------------------------------------------

#: Where pydicom 3.0.2, which follows the edition 2024c, says something else, and why.
LATER_THAN_PYDICOM = {
    0x00102160: "Ethnic Group was retired in favour of Ethnic Groups after 2024c (CP of 2025)",
    0x30040012: "Dose Value is in use again in the newest editions",
    0x003A0320: "keyword corrected to end in Sequence, as PS3.6 section 5 wants for SQ",
    0x003A0325: "keyword corrected to end in Sequence, as PS3.6 section 5 wants for SQ",
    0x00180061: "a row that was blanked out: only the placeholder for the name differs",
    0x04000315: "a row that was blanked out: only the placeholder for the name differs",
    0x300A0782: "a row that was blanked out: only the placeholder for the name differs",
}


def said(tag: int) -> tuple[str, str, str, str, str]:
    """Give what the dictionary says of a tag in the form of pydicom's tables."""
    entry = dictionary.entry(tag)
    retired = "Retired" if entry.is_retired else ""
    return entry.vr or "NONE", str(entry.vm), entry.name, retired, entry.keyword


@pytest.mark.interop
def test_each_element_of_pydicom_is_the_same():
    """All elements that pydicom knows have the same VR, VM, name, keyword and retirement, newer editions apart."""
    different = {tag for tag, row in DicomDictionary.items() if said(tag) != row}
    assert set(LATER_THAN_PYDICOM) == different


@pytest.mark.interop
def test_each_repeating_group_of_pydicom_is_the_same():
    """All masked rows of pydicom describe the tags that their mask describes."""
    samples = {mask: int(re.sub("x", lambda _: "2", mask), 16) for mask in RepeatersDictionary}
    different = {mask for mask, tag in samples.items() if said(tag) != RepeatersDictionary[mask]}
    assert set() == different


# --- DCMTK -----------------------------------------------------------------------------------------------------------

#: DCMTK's names for VRs that depend on the context (its dicom.dic, VR column).
DCMTK_VRS = {"xs": "US or SS", "ox": "OB or OW", "px": "OB or OW", "up": "UL", "na": "", "lt": "US or OW"}
DCMTK_ROW = re.compile(
    r"\((?P<group>[0-9A-F]{4})(-(?P<gparity>[ou])?-?(?P<gend>[0-9A-F]{4}))?,"
    r"(?P<element>[0-9A-F]{4})(-(?P<eparity>[ou])?-?(?P<eend>[0-9A-F]{4}))?\)\t"
    r"(?P<vr>\w\w)\t(?P<keyword>\w+)\t(?P<vm>[\w-]+)\t(?P<kind>\S+)",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def dcmtk_rows(require_peer: Callable[[str], str]) -> list[re.Match[str]]:
    """Give the rows of DCMTK's dictionary."""
    require_peer("dcmdump")
    places = sorted(Path("/usr/share").glob("*dcmtk*/dicom.dic"))
    if not places:
        pytest.skip("DCMTK was built with its dictionary inside")
    lines = places[-1].read_text(encoding="latin-1").splitlines()
    rows = [DCMTK_ROW.match(line) for line in lines if line.startswith("(")]
    assert None not in rows
    return [row for row in rows if row is not None]


def tags_of(row: re.Match[str]) -> Iterator[int]:
    """Give the first and the last tag of a row of DCMTK's dictionary."""
    group, element = int(row["group"], 16), int(row["element"], 16)
    yield group << 16 | element
    if row["gend"] or row["eend"]:
        last = int(row["gend"] or row["group"], 16)
        even = (row["gparity"] or "").lower() == ""
        yield (last - last % 2 if even else last) << 16 | int(row["eend"] or row["element"], 16)


def difference(row: re.Match[str], tag: int) -> str:
    """Give the rule that a difference falls under, its text if under none, empty if there is none."""
    entry = dictionary.find(tag)
    if entry is None:
        return f"missing: {row[0]}"
    keyword = row["keyword"].removeprefix("RETIRED_")
    ours, theirs = (entry.vr, str(entry.vm), entry.keyword), (DCMTK_VRS.get(row["vr"], row["vr"]), row["vm"], keyword)
    if ours == theirs:
        return ""
    if row["kind"] in {"PRIVATE", "ILLEGAL", "GENERIC"} and ours[:2] == theirs[:2]:
        return "the standard has no keyword for group lengths and Private Creators"
    if row["vr"] == "lt" and ours[1:] == theirs[1:] and entry.vr == "US or SS or OW":
        return "DCMTK has one name for both kinds of look-up tables"
    if ours[:2] == theirs[:2] and entry.keyword.replace("Sequence", "") == keyword.replace("Sequence", ""):
        return "keyword corrected after 2022b to end in Sequence"
    return f"{tag:08X}: {theirs} in DCMTK, here {ours}"


#: What changed after the edition that DCMTK 3.6.7 follows, 2022b.
LATER_THAN_DCMTK = {
    "00089007: ('CS', '4', 'FrameType') in DCMTK, here ('CS', '4-5', 'FrameType')",  # a fifth value became possible
}


@pytest.mark.interop
def test_each_element_of_dcmtk_is_the_same(dcmtk_rows: list[re.Match[str]]):
    """All elements that DCMTK knows have the same VR, VM and keyword, but for rules and newer editions."""
    found = Counter(difference(row, tag) for row in dcmtk_rows for tag in tags_of(row))
    assert found[""] > 4900
    assert LATER_THAN_DCMTK >= {text for text in found if re.match("[0-9A-F]{8}: |missing", text)}


@pytest.mark.interop
def test_retirement_agrees_with_dcmtk(dcmtk_rows: list[re.Match[str]]):
    """Whatever was retired in the edition of DCMTK still is, but for what came back into use."""
    back = {0x30040012}
    retired = {next(tags_of(row)) for row in dcmtk_rows if row["kind"].endswith("/retired")}
    assert len(retired) > 400
    assert set() == {tag for tag in retired - back if not dictionary.entry(tag).is_retired}
