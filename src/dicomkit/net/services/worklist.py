"""Modality worklists (PS3.4 annex K)."""

from __future__ import annotations

from dicomkit.net.services.attributes import AttributeTable
from dicomkit.net.services.models import InformationModel, Level
from dicomkit.net.services.service import Service, SopClass

__all__ = ["SERVICES", "WORKLIST", "WORKLIST_KEYS", "WORKLIST_SERVICE"]

_MACROS = {
    "code": """
    CodeValue O 1
    CodingSchemeDesignator O 1
    CodingSchemeVersion O 3
    CodeMeaning O 3
    """,
    "reference": """
    ReferencedSOPClassUID O 1
    ReferencedSOPInstanceUID O 1
    """,
}

# The types of keys: matching ones R or O, return keys as in data sets (PS3.4 K.2.2.1).
WORKLIST_KEYS = AttributeTable.parse(
    "PS3.4 table K.6-1",
    "matching return",
    """
    ScheduledProcedureStepSequence R 1
    >ScheduledStationAETitle R 1
    >ScheduledProcedureStepStartDate R 1
    >ScheduledProcedureStepStartTime R 1
    >Modality R 1
    >ScheduledPerformingPhysicianName R 2
    >ScheduledProcedureStepDescription O 1C
    >ScheduledStationName O 2
    >ScheduledProcedureStepLocation O 2
    >ReferencedDefinedProtocolSequence O 3
    >>&reference
    >ReferencedPerformedProtocolSequence O 3
    >>&reference
    >ScheduledProtocolCodeSequence O 1C
    >>&code
    >>ProtocolContextSequence - 3
    >>>ValueType - 1
    >>>ConceptNameCodeSequence - 1
    >>>DateTime - 1C
    >>>PersonName - 1C
    >>>TextValue - 1C
    >>>ConceptCodeSequence - 1C
    >>>NumericValue - 1C
    >>>MeasurementUnitsCodeSequence - 1C
    >PreMedication O 2C
    >ScheduledProcedureStepID O 1
    >RequestedContrastAgent O 2C
    >ScheduledProcedureStepStatus O 3
    ScheduledSpecimenSequence O 3
    >ContainerIdentifier O 1
    >ContainerTypeCodeSequence - 2
    >SpecimenDescriptionSequence O 1
    >>SpecimenIdentifier O 1
    >>SpecimenUID O 1
    BarcodeValue O 3
    RequestedProcedureID O 1
    RequestedProcedureDescription O 1C
    RequestedProcedureCodeSequence O 1C
    >&code
    StudyInstanceUID O 1
    StudyDate O 3
    StudyTime O 3
    ReferencedStudySequence O 2
    >&reference
    RequestedProcedurePriority O 2
    PatientTransportArrangements O 2
    AccessionNumber O 2
    IssuerOfAccessionNumberSequence O 3
    RequestingPhysician O 2
    ReferringPhysicianName O 2
    AdmissionID O 2
    IssuerOfAdmissionIDSequence O 3
    CurrentPatientLocation O 2
    ReferencedPatientSequence O 2
    >&reference
    PatientName R 1
    PatientID R 1
    IssuerOfPatientID O 3
    IssuerOfPatientIDQualifiersSequence O 3
    OtherPatientIDsSequence O 3
    PatientBirthDate O 2
    PatientSex O 2
    PatientPrimaryLanguageCodeSequence O 3
    >&code
    >PatientPrimaryLanguageModifierCodeSequence O 3
    >>&code
    PatientWeight O 2
    PatientSize O 3
    ConfidentialityConstraintOnPatientDataDescription O 2
    PatientState O 2
    PregnancyStatus O 2
    MedicalAlerts O 2
    Allergies O 2
    SpecialNeeds O 2
    PertinentDocumentsSequence O 3
    """,
    _MACROS,
)

_FIND = "1.2.840.10008.5.1.4.31"

WORKLIST = InformationModel("modality worklist", "PS3.4 K.6.1", [Level("", "", WORKLIST_KEYS)], find=_FIND)

WORKLIST_SERVICE = Service(
    "worklist",
    "Basic Worklist Management",
    "PS3.4 K",
    [SopClass(_FIND, "ModalityWorklistInformationModelFind", "PS3.4 K.6.1", "find M/M", model=WORKLIST)],
    statuses="MODALITY_WORKLIST",
)

SERVICES = (WORKLIST_SERVICE,)
