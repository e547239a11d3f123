"""Relevant Patient Information: what is known of a patient, as a structured report (PS3.4 annex Q)."""

from __future__ import annotations

from dicomkit.net.services.attributes import AttributeTable
from dicomkit.net.services.models import InformationModel, Level
from dicomkit.net.services.service import Service, SopClass

__all__ = ["RELEVANT_PATIENT", "RELEVANT_PATIENT_KEYS", "SERVICES"]

# The query names a patient and a template; the answer is one document of that template (PS3.4 Q.4).
RELEVANT_PATIENT_KEYS = AttributeTable.parse(
    "PS3.4 table Q.4-1",
    "matching return",
    """
    PatientName - 1
    PatientID U 1
    IssuerOfPatientID R 2
    PatientBirthDate - 2
    PatientSex - 2
    ContentTemplateSequence R 1
    >MappingResource R 1
    >TemplateIdentifier R 1
    ObservationDateTime - 1
    ValueType - 1
    ConceptNameCodeSequence - 1
    ContentSequence - 2
    HL7StructuredDocumentReferenceSequence - 1C
    >ReferencedSOPClassUID - 1
    >ReferencedSOPInstanceUID - 1
    """,
)

_ROOT = "1.2.840.10008.5.1.4.37"
_LEVELS = [Level("", "PatientID", RELEVANT_PATIENT_KEYS)]

# Number, keyword, and the template that the answer follows (PS3.16).
_ROWS = (
    (1, "GeneralRelevantPatientInformationQuery", "9007"),
    (2, "BreastImagingRelevantPatientInformationQuery", "9000"),
    (3, "CardiacRelevantPatientInformationQuery", "3802"),
)

#: The template that each SOP Class answers with.
TEMPLATES = {f"{_ROOT}.{number}": template for number, _, template in _ROWS}

RELEVANT_PATIENT = Service(
    "relevant-patient",
    "Relevant Patient Information Query",
    "PS3.4 Q",
    [
        SopClass(
            f"{_ROOT}.{number}",
            keyword,
            "PS3.4 Q.5",
            "find M/M",
            model=InformationModel(f"relevant patient, TID {template}", "PS3.4 Q.4", _LEVELS, find=f"{_ROOT}.{number}"),
        )
        for number, keyword, template in _ROWS
    ],
    statuses="RELEVANT_PATIENT",
)

SERVICES = (RELEVANT_PATIENT,)
