"""The attributes of Unified Procedure Steps (PS3.4 table CC.2.5-3, with its macros)."""

from __future__ import annotations

from dicomkit.net.services.attributes import AttributeTable

__all__ = ["CODE", "WORK_ITEM_ATTRIBUTES"]

# Of the macros, what is of use for checks: the conditions on code values, and whatever is type 3, are left out.
CODE = """
CodeValue 1C/1C 1C/1C - -/1C O 1C
CodingSchemeDesignator 1C/1C 1C/1C - -/1C O 1C
CodingSchemeVersion 1C/1C 1C/1C - -/1C - 1C
CodeMeaning 1/1 1/1 - -/1 - 1
LongCodeValue 1C/1C 1C/1C - -/1C O 1C
URNCodeValue 1C/1C 1C/1C - -/1C O 1C
"""

_MACROS = {
    # Table CC.2.5-2a
    "code": CODE,
    # Table CC.2.5-2b
    "content": f"""
    ValueType 1/1 1/1 - -/1 O 1
    ConceptNameCodeSequence 1/1 1/1 - -/1 O 1
    {"".join(f">{row}{chr(10)}" for row in CODE.strip().splitlines())}
    DateTime 1C/1C 1C/1C - -/1 O 1C
    Date 1C/1C 1C/1C - -/1 O 1C
    Time 1C/1C 1C/1C - -/1 O 1C
    PersonName 1C/1C 1C/1C - -/1 O 1C
    UID 1C/1C 1C/1C - -/1 O 1C
    TextValue 1C/1C 1C/1C - -/1 O 1C
    ConceptCodeSequence 1C/1C 1C/1C - -/1 O 1C
    NumericValue 1C/1C 1C/1C - -/1 O 1C
    MeasurementUnitsCodeSequence 1C/1C 1C/1C - -/1 O 1C
    """,
    # Table CC.2.5-2c
    "instances": """
    TypeOfInstances 1/1 1/1 - -/1 O 1
    StudyInstanceUID 1C/1 1C/1 - -/1 O 1C
    SeriesInstanceUID 1C/1 1C/1 - -/1 O 1C
    ReferencedSOPSequence 1/1 1/1 - -/1 O 1
    >ReferencedSOPClassUID 1/1 1/1 - -/1 O 1
    >ReferencedSOPInstanceUID 1/1 1/1 - -/1 O 1
    >HL7InstanceIdentifier 1C/1 1C/1 - -/1 O 1C
    >ReferencedFrameNumber 1C/1 1C/1 - -/2 O 1C
    >ReferencedSegmentNumber 1C/1 1C/1 - -/2 O 1C
    DICOMRetrievalSequence 1C/1 1C/1 - -/1 O 1C
    >RetrieveAETitle 1/1 1/1 - -/1 O 1
    DICOMMediaRetrievalSequence 1C/1 1C/1 - -/1 O 1C
    >StorageMediaFileSetID 2/2 2/2 - -/2 O 2
    >StorageMediaFileSetUID 1/1 1/1 - -/1 O 1
    WADORetrievalSequence 1C/1 1C/1 - -/1 O 1C
    >RetrieveURI 1/1 1/1 - -/1 O 1
    XDSRetrievalSequence 1C/1 1C/1 - -/1 O 1C
    >RepositoryUniqueID 1/1 1/1 - -/1 O 1
    >HomeCommunityID 3/2 3/2 - -/2 O 2
    WADORSRetrievalSequence 1C/1 1C/1 - -/1 O 1C
    >RetrieveURL 1/1 1/1 - -/1 O 1
    """,
    # Table CC.2.5-2d
    "entity": """
    LocalNamespaceEntityID 1C/1C 1C/1C - -/1C O 1C
    UniversalEntityID 1C/1C 1C/1C - -/1C O 1C
    UniversalEntityIDType 1C/1C 1C/1C - -/1C O 1C
    """,
    # Table CC.2.5-2f
    "reference": """
    ReferencedSOPClassUID 1/1 1/1 - -/1 O 1
    ReferencedSOPInstanceUID 1/1 1/1 - -/1 O 1
    """,
    # Table CC.2.5-2g
    "storage": """
    ReferencedSOPClassUID 1C/1 1C/1 - -/1 O 1C
    DICOMStorageSequence 1C/1 1C/1 - -/1 O 1C
    >DestinationAE 1/1 1/1 - -/1 O 1
    STOWRSStorageSequence 1C/1 1C/1 - -/1 O 1C
    >StorageURL 1/1 1/1 - -/1 O 1
    XDSStorageSequence 1C/1 1C/1 - -/1 O 1C
    >RepositoryUniqueID 1/1 1/1 - -/1 O 1
    >HomeCommunityID 3/2 3/2 - 3/2 O 2
    """,
}

# Columns: N-CREATE, N-SET, the final state (R required, RC under a condition, P if completed, X if cancelled, O
# optional; table CC.2.5-1), N-GET, and the keys of queries. "x" is not allowed, "0" must be empty, "-" says nothing.
# "P0" is there if completed, and may have no items.
WORK_ITEM_ATTRIBUTES = AttributeTable.parse(
    "PS3.4 table CC.2.5-3",
    "create set final get matching return",
    """
    TransactionUID 0/2 3/3 O x/x - -
    SpecificCharacterSet 1C/1C 1C/1C RC 3/1 - 1C
    SOPClassUID -/1 x/x - x/x O 1
    SOPInstanceUID x/x x/x - x/x U 1
    ScheduledProcedureStepPriority 1/1 3/1 R 3/1 R 1
    ScheduledProcedureStepModificationDateTime -/1 -/1 R 3/1 O 3
    ProcedureStepLabel 1/1 3/1 O 3/1 R 1
    WorklistLabel 2/1 3/1 O 3/1 R 1
    ScheduledProcessingParametersSequence 2/2 3/2 O 3/2 - 2
    >&content
    ScheduledStationNameCodeSequence 2/2 3/2 O 3/2 R 2
    >&code
    ScheduledStationClassCodeSequence 2/2 3/2 O 3/2 R 2
    >&code
    ScheduledStationGeographicLocationCodeSequence 2/2 3/2 O 3/2 R 2
    >&code
    ScheduledHumanPerformersSequence 2C/2C 3/2 O 3/2 R 2
    >HumanPerformerCodeSequence 1/1 1/1 O -/1 R 1
    >>&code
    >HumanPerformerName 1/1 1/1 O -/1 O 3
    >HumanPerformerOrganization 1/1 1/1 O -/1 O 3
    ScheduledProcedureStepStartDateTime 1/1 3/1 R 3/1 R 1
    ExpectedCompletionDateTime 3/1 3/1 O 3/1 R 3
    ScheduledProcedureStepExpirationDateTime 3/3 3/3 O 3/3 O 3
    ScheduledWorkitemCodeSequence 2/2 3/1 O 3/1 R 2
    >&code
    CommentsOnTheScheduledProcedureStep 2/2 3/1 O 3/1 O 3
    InputReadinessState 1/1 3/1 R 3/1 R 1
    InputInformationSequence 2/2 3/2 O 3/2 O 2
    >&instances
    StudyInstanceUID 1C/2 3/2 O 3/2 O 2
    OutputDestinationSequence 3/3 3/3 O 3/3 O 3
    >&storage
    PatientName 2/2 x/x O 3/2 R 2
    PatientID 1C/2 x/x O 3/2 R 2
    OtherPatientIDsSequence 2/2 3/3 O 3/2 O 2
    >PatientID 1/1 1/1 O -/1 O 1
    >TypeOfPatientID 3/3 3/3 O 3/3 O 3
    PatientBirthDate 2/2 x/x O 3/2 R 2
    PatientSex 2/2 x/x O 3/2 R 2
    ReferencedPatientPhotoSequence 3/3 3/3 O 3/3 - 3
    >&instances
    AdmissionID 2/2 x/x O 3/2 R 2
    IssuerOfAdmissionIDSequence 2/2 x/x O 3/2 R 2
    >&entity
    AdmittingDiagnosesDescription 2/2 x/x O 3/2 O 2
    AdmittingDiagnosesCodeSequence 2/2 x/x O 3/2 O 2
    >&code
    ReferencedRequestSequence 2/2 x/x O 3/2 R 2
    >StudyInstanceUID 1/1 x/x O -/1 O 1
    >AccessionNumber 2/2 x/x O -/2 R 2
    >IssuerOfAccessionNumberSequence 2/2 x/x O -/2 R 2
    >>&entity
    >PlacerOrderNumberImagingServiceRequest 3/1 x/x O -/1 O 1C
    >OrderPlacerIdentifierSequence 2/2 x/x O -/2 O 2
    >>&entity
    >FillerOrderNumberImagingServiceRequest 3/1 x/x O -/1 O 1C
    >OrderFillerIdentifierSequence 2/2 x/x O -/2 O 2
    >>&entity
    >RequestedProcedureID 2/2 x/x O -/2 R 2
    >RequestedProcedureDescription 2/2 x/x O -/2 O 2
    >RequestedProcedureCodeSequence 2/2 x/x O -/2 O 2
    >>&code
    >ReasonForTheRequestedProcedure 3/3 3/3 O -/3 O 3
    >ReasonForRequestedProcedureCodeSequence 3/3 3/3 O -/3 O 3
    >>&code
    >RequestedProcedureComments 3/3 3/3 O -/3 O 1C
    >ConfidentialityCode 3/3 3/3 O -/3 O 3
    >NamesOfIntendedRecipientsOfResults 3/3 3/3 O -/3 O 3
    >ImagingServiceRequestComments 3/3 3/3 O -/3 O 3
    >RequestingPhysician 3/3 3/3 O -/3 O 3
    >RequestingService 3/1 3/1 O -/3 R 3
    >RequestingServiceCodeSequence 3/3 3/3 O -/3 O 3
    >>&code
    >IssueDateOfImagingServiceRequest 3/3 3/3 O -/3 O 3
    >IssueTimeOfImagingServiceRequest 3/3 3/3 O -/3 O 3
    >ReferringPhysicianName 3/3 3/3 O -/3 O 3
    ReplacedProcedureStepSequence 1C/1C x/x O 3/2 R 3
    >&reference
    MedicalAlerts 3/2 3/2 O 3/2 O 2C
    PregnancyStatus 3/2 3/2 O 3/2 O 2C
    SpecialNeeds 3/2 3/2 O 3/2 O 2C
    ProcedureStepState 1/1 x/x R 3/1 R 1
    ProcedureStepProgressInformationSequence 0/2 3/2 X 3/2 - 2
    >ProcedureStepProgress x/x 3/1 O -/1 - -
    >ProcedureStepProgressDescription x/x 3/1 O -/1 - -
    >ProcedureStepProgressParametersSequence x/x 3/3 O -/3 - -
    >>&content
    >ProcedureStepCommunicationsURISequence x/x 3/1 O -/1 - -
    >>ContactURI x/x 1/1 O -/1 - -
    >>ContactDisplayName x/x 3/1 O -/1 - -
    >ProcedureStepCancellationDateTime x/x 3/1 X -/1 - -
    >ReasonForCancellation x/x 3/1 O -/1 - -
    >ProcedureStepDiscontinuationReasonCodeSequence x/x 3/1 X -/1 - -
    >>&code
    UnifiedProcedureStepPerformedProcedureSequence 0/2 3/2 P 3/2 - -
    >ActualHumanPerformersSequence x/x 3/1 RC -/1 O 1C
    >>HumanPerformerCodeSequence x/x 3/1 RC -/1 - -
    >>>&code
    >>HumanPerformerName x/x 3/1 RC -/1 - -
    >>HumanPerformerOrganization x/x 3/1 O -/1 - -
    >PerformedStationNameCodeSequence x/x 3/2 P -/2 O 3
    >>&code
    >PerformedStationClassCodeSequence x/x 3/2 O -/2 - -
    >>&code
    >PerformedStationGeographicLocationCodeSequence x/x 3/2 O -/2 - -
    >>&code
    >PerformedProcedureStepStartDateTime x/x 3/1 P -/1 - -
    >PerformedProcedureStepDescription x/x 3/1 O -/1 - -
    >CommentsOnThePerformedProcedureStep x/x 3/1 O -/1 - -
    >PerformedWorkitemCodeSequence x/x 3/1 P -/1 - -
    >>&code
    >PerformedProcessingParametersSequence x/x 3/1 O -/1 - -
    >>&content
    >PerformedProcedureStepEndDateTime x/x 3/1 P -/1 O 1C
    >OutputInformationSequence x/x 2/2 P0 -/2 - -
    >>&instances
    """,
    _MACROS,
)
