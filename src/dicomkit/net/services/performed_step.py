"""Modality Performed Procedure Steps: what is being done at a modality, and how it ends (PS3.4 annex F)."""

from __future__ import annotations

from dicomkit import dictionary
from dicomkit.net.dimse.status import INVALID_ATTRIBUTE_VALUE, PROCESSING_FAILURE
from dicomkit.net.services.attributes import AttributeTable
from dicomkit.net.services.checks import SUCCESS, Exchange, Verdict, check
from dicomkit.net.services.service import Service, SopClass

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.dataset import Dataset

__all__ = [
    "EVENTS",
    "FINAL_STATES",
    "PERFORMED_STEP",
    "PERFORMED_STEP_ATTRIBUTES",
    "SERVICES",
    "STATES",
    "TRANSITIONS",
    "check_create",
    "check_set",
    "updated",
]

_MACROS = {
    # Tables F.7.2-1a, c and e differ in what N-SET may do; the conditions of the code values are not repeated here.
    "code": """
    CodeValue 1C/1C x -
    CodingSchemeDesignator 1C/1C x -
    CodingSchemeVersion 1C/1C x -
    CodeMeaning 1/1 x -
    """,
    "set code": """
    CodeValue 1C/1C 3/1C -
    CodingSchemeDesignator 1C/1C 1C/1C -
    CodingSchemeVersion 1C/1C 1C/1C -
    CodeMeaning 1/1 1/1 -
    """,
    "reference": """
    ReferencedSOPClassUID 1/1 x -
    ReferencedSOPInstanceUID 1/1 x -
    """,
    "set reference": """
    ReferencedSOPClassUID 1/1 1/1 -
    ReferencedSOPInstanceUID 1/1 1/1 -
    """,
    "entity": """
    LocalNamespaceEntityID 1C/1C x -
    UniversalEntityID 1C/1C x -
    UniversalEntityIDType 1C/1C x -
    """,
}

# Columns: N-CREATE and N-SET (user/provider), and what must be there when the step ends. "x" is not allowed.
PERFORMED_STEP_ATTRIBUTES = AttributeTable.parse(
    "PS3.4 table F.7.2-1",
    "create set final",
    """
    SpecificCharacterSet 1C/1C 1C/1C -
    ScheduledStepAttributesSequence 1/1 x -
    >StudyInstanceUID 1/1 x -
    >ReferencedStudySequence 2/2 x -
    >>&reference
    >AccessionNumber 2/2 x -
    >IssuerOfAccessionNumberSequence 3/3 x -
    >>&entity
    >PlacerOrderNumberImagingServiceRequest 3/3 x -
    >OrderPlacerIdentifierSequence 3/3 x -
    >>&entity
    >FillerOrderNumberImagingServiceRequest 3/3 x -
    >OrderFillerIdentifierSequence 3/3 x -
    >>&entity
    >RequestedProcedureID 2/2 x -
    >RequestedProcedureCodeSequence 3/3 x -
    >>&code
    >RequestedProcedureDescription 2/2 x -
    >ScheduledProcedureStepID 2/2 x -
    >ScheduledProcedureStepDescription 2/2 x -
    >ScheduledProtocolCodeSequence 2/2 x -
    >>&code
    PatientName 2/2 x -
    PatientID 2/2 x -
    IssuerOfPatientID 3/3 x -
    IssuerOfPatientIDQualifiersSequence 3/3 x -
    >UniversalEntityID 3/3 x -
    >UniversalEntityIDType 1C/1C x -
    OtherPatientIDsSequence 3/3 x -
    >PatientID 3/3 x -
    >IssuerOfPatientID 3/3 x -
    >IssuerOfPatientIDQualifiersSequence 3/3 x -
    >TypeOfPatientID 3/3 x -
    PatientBirthDate 2/2 x -
    PatientSex 2/2 x -
    ReferencedPatientSequence 2/2 x -
    >&reference
    AdmissionID 3/3 x -
    IssuerOfAdmissionIDSequence 3/3 x -
    >&entity
    ServiceEpisodeID 3/3 x -
    IssuerOfServiceEpisodeIDSequence 3/3 x -
    >&entity
    ServiceEpisodeDescription 3/3 x -
    PerformedProcedureStepID 1/1 x -
    PerformedStationAETitle 1/1 x -
    PerformedStationName 2/2 x -
    PerformedLocation 2/2 x -
    PerformedProcedureStepStartDate 1/1 x -
    PerformedProcedureStepStartTime 1/1 x -
    PerformedProcedureStepStatus 1/1 3/1 -
    PerformedProcedureStepDescription 2/2 3/2 -
    PerformedProcedureTypeDescription 2/2 3/2 -
    ProcedureCodeSequence 2/2 3/2 -
    >&set code
    ReasonForPerformedProcedureCodeSequence 3/3 3/3 -
    >&set code
    PerformedProcedureStepEndDate 2/2 3/1 1
    PerformedProcedureStepEndTime 2/2 3/1 1
    CommentsOnThePerformedProcedureStep 3/3 3/3 -
    PerformedProcedureStepDiscontinuationReasonCodeSequence 3/3 3/3 -
    >&set code
    Modality 1/1 x -
    StudyID 2/2 x -
    PerformedProtocolCodeSequence 2/2 3/2 -
    >&set code
    PerformedSeriesSequence 2/2 3/1 1
    >PerformingPhysicianName 2/2 2/2 2
    >ProtocolName 1/1 1/1 1
    >OperatorsName 2/2 2/2 2
    >SeriesInstanceUID 1/1 1/1 1
    >SeriesDescription 2/2 2/2 2
    >RetrieveAETitle 2/2 2/2 2
    >ArchiveRequested 3/3 3/3 -
    >ReferencedImageSequence 2/2 2/2 2
    >>&set reference
    >>ContainerIdentifier 3/3 3/3 -
    >>SpecimenDescriptionSequence 3/3 3/3 -
    >>>SpecimenIdentifier 1/1 1/1 -
    >>>SpecimenUID 1/1 1/1 -
    >ReferencedNonImageCompositeSOPInstanceSequence 2/2 2/2 2
    >>&set reference
    """,
    _MACROS,
)

IN_PROGRESS, COMPLETED, DISCONTINUED = STATES = ("IN PROGRESS", "COMPLETED", "DISCONTINUED")

FINAL_STATES = frozenset({COMPLETED, DISCONTINUED})

_STATUS = dictionary.tag("PerformedProcedureStepStatus")
_NO_LONGER = Verdict(PROCESSING_FAILURE, "Performed Procedure Step Object may no longer be updated", error_id=0xA710)
_OTHER_STATE = Verdict(INVALID_ATTRIBUTE_VALUE, "no state of a performed procedure step", [_STATUS])
_NOT_BEGUN = Verdict(INVALID_ATTRIBUTE_VALUE, "a step is created IN PROGRESS", [_STATUS])

# What becomes of a step, by its state and by that of the request; None creates it or leaves the state alone
# (PS3.4 F.7.2.1.3 and F.7.2.2.3, table F.7.2-2).
TRANSITIONS = {
    (None, IN_PROGRESS): SUCCESS,
    (None, COMPLETED): _NOT_BEGUN,
    (None, DISCONTINUED): _NOT_BEGUN,
    (IN_PROGRESS, None): SUCCESS,
    (IN_PROGRESS, IN_PROGRESS): SUCCESS,
    (IN_PROGRESS, COMPLETED): SUCCESS,
    (IN_PROGRESS, DISCONTINUED): SUCCESS,
    (COMPLETED, None): _NO_LONGER,
    (COMPLETED, IN_PROGRESS): _NO_LONGER,
    (COMPLETED, COMPLETED): _NO_LONGER,
    (COMPLETED, DISCONTINUED): _NO_LONGER,
    (DISCONTINUED, None): _NO_LONGER,
    (DISCONTINUED, IN_PROGRESS): _NO_LONGER,
    (DISCONTINUED, COMPLETED): _NO_LONGER,
    (DISCONTINUED, DISCONTINUED): _NO_LONGER,
}


def _state(ds: Dataset) -> str | None:
    return str(ds[_STATUS].value) if _STATUS in ds else None


def check_create(ds: Dataset) -> Verdict:
    """Say what an N-CREATE is answered with: 0120, 0121, 0106 or success."""
    verdict = check(PERFORMED_STEP_ATTRIBUTES, "create", ds)
    return verdict if not verdict.is_success else TRANSITIONS.get((None, _state(ds)), _NOT_BEGUN)


def check_set(step: Dataset, changes: Dataset) -> Verdict:
    """Say what an N-SET of a step is answered with: 0110 with A710 once it has ended, 0106, 0120, 0121 or success.

    When the step ends, all that the column "final" of table F.7.2-1 wants must be there, set now or before.
    """
    wanted = _state(changes)
    verdict = TRANSITIONS.get((_state(step), wanted), _OTHER_STATE)
    if verdict.is_success:
        verdict = check(PERFORMED_STEP_ATTRIBUTES, "set", changes)
    if verdict.is_success and wanted in FINAL_STATES:
        verdict = check(PERFORMED_STEP_ATTRIBUTES, "final", updated(step, changes))
    return verdict


def updated(step: Dataset, changes: Dataset) -> Dataset:
    """Return a copy of a step with changes put into it; a sequence is replaced as a whole (PS3.4 F.7.2.2.2)."""
    result = step.copy()
    for element in changes:
        # The character set of a request says how its text came, and the text is no longer in it (F.7.2.2.3).
        if element.tag != 0x00080005:
            result.add(element)
    return result


# The notification has no data set (PS3.4 F.9.2.1.1); its type says what has happened.
_NO_INFORMATION = AttributeTable("PS3.4 F.9.2", ("scu/scp",), ())
EVENTS = (
    Exchange(1, "Performed Procedure Step In Progress", _NO_INFORMATION),
    Exchange(2, "Performed Procedure Step Completed", _NO_INFORMATION),
    Exchange(3, "Performed Procedure Step Discontinued", _NO_INFORMATION),
    Exchange(4, "Performed Procedure Step Updated", _NO_INFORMATION),
    Exchange(5, "Performed Procedure Step Deleted", _NO_INFORMATION),
)

PERFORMED_STEP = Service(
    "mpps",
    "Modality Performed Procedure Step",
    "PS3.4 F",
    [
        SopClass(
            "1.2.840.10008.3.1.2.3.3",
            "ModalityPerformedProcedureStep",
            "PS3.4 F.7",
            "n-create M/M, n-set M/M",
            attributes=PERFORMED_STEP_ATTRIBUTES,
        ),
        SopClass("1.2.840.10008.3.1.2.3.4", "ModalityPerformedProcedureStepRetrieve", "PS3.4 F.8", "n-get M/M"),
        SopClass(
            "1.2.840.10008.3.1.2.3.5",
            "ModalityPerformedProcedureStepNotification",
            "PS3.4 F.9",
            "n-event-report M/M",
            events=EVENTS,
        ),
    ],
    statuses="PROCEDURE_STEP",
)

SERVICES = (PERFORMED_STEP,)
