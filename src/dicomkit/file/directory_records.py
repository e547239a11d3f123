"""The records of a DICOMDIR: which one a SOP class gets, and which keys each type has (PS3.3 F.4, F.5)."""

from __future__ import annotations

from dicomkit.core.multi_value import MultiValue
from dicomkit.core.vr import VR
from dicomkit.dataset.dataset import Dataset
from dicomkit.dataset.element import DataElement
from dicomkit.dataset.sequence import Sequence
from dicomkit.errors import MissingElementError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "DIRECTORY_CLASS",
    "LEVELS",
    "RECORD_KEYS",
    "RECORD_OF_CLASS",
    "SINGLE_LEVEL",
    "level_of",
    "make_record",
    "record_type_of",
]

DIRECTORY_CLASS = "1.2.840.10008.1.3.10"
"""Media Storage Directory Storage, the SOP class of a DICOMDIR."""

LEVELS = ("PATIENT", "STUDY", "SERIES")
"""The record types that an instance lies in, from the root down (PS3.3 Table F.4-1)."""

SINGLE_LEVEL = ("HANGING PROTOCOL", "PALETTE", "IMPLANT", "IMPLANT ASSY", "IMPLANT GROUP", "INVENTORY")
"""The record types of instances that belong to no patient and lie in the root (PS3.3 Table F.4-1)."""

_ITEM_TAG = b"\xfe\xff\x00\xe0"

# The Content Identification Macro (PS3.3 Table 10-12).
_CONTENT = "InstanceNumber 1, ContentLabel 1, ContentDescription 2, ContentCreatorName 2"
_MADE_AT = "ContentDate 1, ContentTime 1"

# fmt: off
RECORD_KEYS: dict[str, str] = {
    "PATIENT":          "PatientName 2, PatientID 1",  # F.5.1
    "STUDY":            "StudyDate 1, StudyTime 1, StudyDescription 2, StudyInstanceUID 1, StudyID 1, "
                        "AccessionNumber 2",
    "SERIES":           "Modality 1, SeriesInstanceUID 1, SeriesNumber 1",
    "IMAGE":            "InstanceNumber 1",
    "RT DOSE":          "InstanceNumber 1, DoseSummationType 1",
    "RT STRUCTURE SET": "InstanceNumber 1, StructureSetLabel 1, StructureSetDate 2, StructureSetTime 2",
    "RT PLAN":          "InstanceNumber 1, RTPlanLabel 1, RTPlanDate 2, RTPlanTime 2",
    "RT TREAT RECORD":  "InstanceNumber 1, TreatmentDate 2, TreatmentTime 2",
    "PRESENTATION":     "PresentationCreationDate 1, PresentationCreationTime 1, " + _CONTENT
                        + ", ReferencedSeriesSequence 1C, BlendingSequence 1C",
    "WAVEFORM":         "InstanceNumber 1, " + _MADE_AT,
    "SR DOCUMENT":      "InstanceNumber 1, CompletionFlag 1, VerificationFlag 1, " + _MADE_AT
                        + ", VerificationDateTime 1C, ConceptNameCodeSequence 1, ContentSequence 1C",
    "KEY OBJECT DOC":   "InstanceNumber 1, " + _MADE_AT + ", ConceptNameCodeSequence 1, ContentSequence 1C",
    "SPECTROSCOPY":     "ImageType 1, " + _MADE_AT + ", InstanceNumber 1, ReferencedImageEvidenceSequence 1C, "
                        "NumberOfFrames 1, Rows 1, Columns 1, DataPointRows 1, DataPointColumns 1",
    "RAW DATA":         _MADE_AT + ", InstanceNumber 2",
    "REGISTRATION":     _MADE_AT + ", " + _CONTENT,
    "FIDUCIAL":         _MADE_AT + ", " + _CONTENT,
    "HANGING PROTOCOL": "HangingProtocolName 1, HangingProtocolDescription 1, HangingProtocolLevel 1, "
                        "HangingProtocolCreator 1, HangingProtocolCreationDateTime 1, "
                        "HangingProtocolDefinitionSequence 1, NumberOfPriorsReferenced 1, "
                        "HangingProtocolUserIdentificationCodeSequence 2",
    "ENCAP DOC":        "ContentDate 2, ContentTime 2, InstanceNumber 1, DocumentTitle 2, HL7InstanceIdentifier 1C, "
                        "ConceptNameCodeSequence 2, MIMETypeOfEncapsulatedDocument 1",
    "VALUE MAP":        _MADE_AT + ", " + _CONTENT,
    "STEREOMETRIC":     "",
    "PALETTE":          "ContentLabel 1, ContentDescription 2",
    "IMPLANT":          "Manufacturer 1, ImplantName 1, ImplantSize 1C, ImplantPartNumber 1",
    "IMPLANT ASSY":     "ImplantAssemblyTemplateName 1, Manufacturer 1, ProcedureTypeCodeSequence 1",
    "IMPLANT GROUP":    "ImplantTemplateGroupName 1, ImplantTemplateGroupIssuer 1",
    "PLAN":             "",
    "MEASUREMENT":      _MADE_AT + ", " + _CONTENT,
    "SURFACE":          _MADE_AT + ", " + _CONTENT,
    "SURFACE SCAN":     _MADE_AT,
    "TRACT":            _MADE_AT + ", " + _CONTENT,
    "ASSESSMENT":       "InstanceNumber 1, InstanceCreationDate 1, InstanceCreationTime 2",
    "RADIOTHERAPY":     "InstanceNumber 1, UserContentLabel 1C, UserContentLongLabel 1C, ContentDescription 2, "
                        "ContentCreatorName 2",
    "ANNOTATION":       _MADE_AT + ", " + _CONTENT,
    "INVENTORY":        _MADE_AT + ", InventoryPurpose 2, InventoryLevel 1, ScopeOfInventorySequence 1C, "
                        "InventoryCompletionStatus 1, TotalNumberOfStudyRecords 1",
    "WF PRESENTATION":  "PresentationCreationDate 1, PresentationCreationTime 1, " + _CONTENT
                        + ", ReferencedSeriesSequence 1C",
}
"""The keys of each record type with their types (PS3.3 F.5). 1 must have a value, 2 may be empty, 1C is copied if the
instance has it. Any other attribute of the instance is a key of type 3: see `extra_keys` of `make_record`."""

_ROOT = "1.2.840.10008.5.1.4."

_CLASSES: dict[str, str] = {  # below _ROOT
    "RT DOSE":          "1.1.481.2",
    "RT STRUCTURE SET": "1.1.481.3",
    "RT PLAN":          "1.1.481.5 1.1.481.8",
    "RT TREAT RECORD":  "1.1.481.4 1.1.481.6 1.1.481.7 1.1.481.9",
    "PRESENTATION":     "1.1.11.1 1.1.11.2 1.1.11.3 1.1.11.4 1.1.11.5 1.1.11.6 1.1.11.7 1.1.11.8 1.1.11.9 1.1.11.10 "
                        "1.1.11.11 1.1.11.12 1.1.131",
    "WAVEFORM":         "1.1.9.1.1 1.1.9.1.2 1.1.9.1.3 1.1.9.2.1 1.1.9.3.1 1.1.9.4.1 1.1.9.4.2 1.1.9.5.1 1.1.9.6.1 "
                        "1.1.9.6.2 1.1.9.7.1 1.1.9.7.2 1.1.9.7.3 1.1.9.7.4 1.1.9.8.1 1.1.9.1.4 1.1.601.5",
    "SR DOCUMENT":      "1.1.78.6 1.1.79.1 1.1.88.11 1.1.88.22 1.1.88.33 1.1.88.34 1.1.88.35 1.1.88.40 1.1.88.50 "
                        "1.1.88.65 1.1.88.67 1.1.88.68 1.1.88.69 1.1.88.70 1.1.88.71 1.1.88.72 1.1.88.73 1.1.88.74 "
                        "1.1.88.75 1.1.88.76 1.1.88.77",
    "KEY OBJECT DOC":   "1.1.88.59",
    "SPECTROSCOPY":     "1.1.4.2",
    "RAW DATA":         "1.1.66",
    "REGISTRATION":     "1.1.66.1 1.1.66.3",
    "FIDUCIAL":         "1.1.66.2",
    "HANGING PROTOCOL": "38.1",
    "ENCAP DOC":        "1.1.104.1 1.1.104.2 1.1.104.3 1.1.104.4 1.1.104.5",
    "VALUE MAP":        "1.1.67",
    "STEREOMETRIC":     "1.1.77.1.5.3",
    "PALETTE":          "39.1",
    "IMPLANT":          "43.1",
    "IMPLANT ASSY":     "44.1",
    "IMPLANT GROUP":    "45.1",
    "PLAN":             "34.7 34.10",
    "MEASUREMENT":      "1.1.78.1 1.1.78.2 1.1.78.3 1.1.78.4 1.1.78.5 1.1.78.7 1.1.78.8 1.1.80.1",
    "SURFACE":          "1.1.66.5",
    "SURFACE SCAN":     "1.1.68.1 1.1.68.2",
    "TRACT":            "1.1.66.6",
    "ASSESSMENT":       "1.1.90.1",
    "RADIOTHERAPY":     "1.1.481.10 1.1.481.11 1.1.481.12 1.1.481.13 1.1.481.14 1.1.481.15 1.1.481.16 1.1.481.17 "
                        "1.1.481.18 1.1.481.19 1.1.481.20 1.1.481.21 1.1.481.22 1.1.481.23 1.1.481.24 1.1.481.25",
    "ANNOTATION":       "1.1.91.1",
    "INVENTORY":        "1.1.201.1",
    "WF PRESENTATION":  "1.1.9.100.1 1.1.9.100.2",
    "":                 "1.1.200.1 1.1.200.2 1.1.200.3 1.1.200.7 1.1.200.8",  # procedure protocols and their approval
}
# fmt: on

RECORD_OF_CLASS: dict[str, str] = {
    _ROOT + below: record_type for record_type, row in _CLASSES.items() for below in row.split()
}
"""The record type of each SOP class that does not get an IMAGE record; "" for one that Table F.4-1 has none for."""


def record_type_of(ds: Dataset) -> str:
    """Return the record type of an instance: IMAGE for a SOP class that is not listed, "" if there is none for it."""
    return RECORD_OF_CLASS.get(str(ds.get("SOPClassUID") or ""), "IMAGE")


def level_of(record_type: str) -> int | None:
    """Return how deep a record of this type lies: 0 in the root, 3 in a series; None for an unknown type."""
    if record_type in LEVELS:
        return LEVELS.index(record_type)
    if record_type in SINGLE_LEVEL:
        return 0
    return len(LEVELS) if record_type in RECORD_KEYS else None


def make_record(
    ds: Dataset,
    record_type: str,
    defaults: Mapping[str, object] | None = None,
    extra_keys: Iterable[str] = (),
) -> Dataset:
    """Return the record of this type for an instance: its type, its keys, and the character set of its text.

    `defaults` gives, by keyword, values for keys of type 1 that the instance leaves empty; without one that is a
    MissingElementError (PS3.3 F.5 requires more than the modules of the instance do). `extra_keys` are the keywords of
    keys of type 3 that the record has too if the instance does, such as IconImageSequence; an icon that is compressed
    is left out, for the DICOMDIR is not (PS3.10 8.6).
    """
    record = Dataset()
    record.DirectoryRecordType = record_type
    has_text = False
    for keyword in extra_keys:
        element = ds[keyword] if keyword in ds else None  # noqa: SIM401  get() gives the value for a keyword
        if element is not None and not (ds.transfer_syntax.is_encapsulated and _has_fragments(element.value)):
            record[keyword] = element
            has_text = has_text or element.vr is VR.SQ or element.vr.uses_character_set
    for row in filter(None, RECORD_KEYS[record_type].split(", ")):
        keyword, _, kind = row.partition(" ")
        element = _key_of(ds, keyword)
        if element is None or _is_empty(element.value):
            if kind == "1C":
                continue
            if kind == "1":
                _put_default(record, record_type, keyword, defaults or {})
            else:
                record[keyword] = None
        else:
            record[keyword] = _without_old_separators(element)
        vr = record[keyword].vr
        has_text = has_text or vr is VR.SQ or vr.uses_character_set
    if has_text and ds.get("SpecificCharacterSet"):
        record["SpecificCharacterSet"] = ds["SpecificCharacterSet"]
    elif has_text and not all(str(element.value).isascii() for element in record):
        record.SpecificCharacterSet = "ISO_IR 192"  # the instance does not declare what it holds
    return record


def _has_fragments(items: object) -> bool:
    """Whether Pixel Data in a sequence, such as an icon's, are fragments (PS3.5 A.4)."""
    if not isinstance(items, Sequence):
        return False
    return any(isinstance(data := item.get("PixelData"), bytes) and data.startswith(_ITEM_TAG) for item in items)


def _without_old_separators(element: DataElement) -> DataElement:
    """An element whose date or time, if it has the form of ACR-NEMA, has that of today: what is written is new."""
    value = element.value
    separator = {VR.DA: ".", VR.TM: ":"}.get(element.vr)
    if separator is None or not isinstance(value, str) or separator not in value[2:5]:
        return element
    return DataElement(element.tag, element.vr, str.__str__(value).replace(separator, ""))


def _put_default(record: Dataset, record_type: str, keyword: str, defaults: Mapping[str, object]) -> None:
    value = defaults.get(keyword)
    if _is_empty(value):
        raise MissingElementError(
            f"a {record_type} record needs a value of {keyword} (PS3.3 F.5), and the instance has none: set it, "
            f"or pass defaults={{{keyword!r}: …}}"
        )
    record[keyword] = value


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, (str, bytes, MultiValue, Sequence)) and len(value) == 0)


def _key_of(ds: Dataset, keyword: str) -> DataElement | None:
    """The element that a key comes from; where the record has less than the instance, that."""
    if keyword == "ContentSequence" and keyword in ds:
        # Only what modifies the concept of the root (PS3.3 F.5.25, F.5.26), not the whole document.
        content = ds[keyword].value
        items = list(content) if isinstance(content, Sequence) else []
        modifiers = [item.copy() for item in items if item.get("RelationshipType") == "HAS CONCEPT MOD"]
        return DataElement(ds[keyword].tag, "SQ", Sequence(modifiers))
    if keyword == "VerificationDateTime" and keyword not in ds:
        observers = ds.get("VerifyingObserverSequence")
        items = list(observers) if isinstance(observers, Sequence) else []
        # The latest verification; the text of a DT is ordered as its time is.
        times = sorted(str(item.get("VerificationDateTime") or "") for item in items)
        return DataElement(0x0040A030, "DT", times[-1]) if times else None
    return ds[keyword] if keyword in ds else None  # noqa: SIM401  get() gives the value for a keyword
