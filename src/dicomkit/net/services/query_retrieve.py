"""Query/Retrieve: the information models, their keys and SOP Classes (PS3.4 annexes C, Y and Z)."""

from __future__ import annotations

from dicomkit.net.services.attributes import AttributeTable
from dicomkit.net.services.models import InformationModel, Level
from dicomkit.net.services.service import Service, SopClass

__all__ = [
    "COMPOSITE_INSTANCE_ROOT",
    "PATIENT_ROOT",
    "PATIENT_STUDY_ONLY",
    "QUERY_RETRIEVE",
    "REPOSITORY",
    "SERVICES",
    "STUDY_ROOT",
    "WITHOUT_BULK_DATA",
]

_REFERENCE = """
ReferencedSOPClassUID O
ReferencedSOPInstanceUID O
"""

_CODE = """
CodeValue O
CodingSchemeDesignator O
CodingSchemeVersion O
CodeMeaning O
"""

_MACROS = {"reference": _REFERENCE, "code": _CODE}

# What a patient is known by, of use at the levels Patient and, in Study Root, Study.
_PATIENT_OPTIONAL = """
IssuerOfPatientID O
ReferencedPatientSequence O
>&reference
PatientBirthDate O
PatientBirthTime O
PatientSex O
OtherPatientIDs O
OtherPatientNames O
EthnicGroup O
PatientComments O
NumberOfPatientRelatedStudies O
NumberOfPatientRelatedSeries O
NumberOfPatientRelatedInstances O
"""

# What may be asked for at the level Study in each of the models.
_STUDY_OPTIONAL = """
ModalitiesInStudy O
SOPClassesInStudy O
AnatomicRegionsInStudyCodeSequence O
>&code
ReferringPhysicianName O
StudyDescription O
ProcedureCodeSequence O
>&code
NameOfPhysiciansReadingStudy O
AdmittingDiagnosesDescription O
ReferencedStudySequence O
>&reference
PatientAge O
PatientSize O
PatientWeight O
Occupation O
AdditionalPatientHistory O
OtherStudyNumbers O
NumberOfStudyRelatedSeries O
NumberOfStudyRelatedInstances O
"""

PATIENT_KEYS = AttributeTable.parse(
    "PS3.4 table C.6-1",
    "key",
    f"""
    PatientName R
    PatientID U
    {_PATIENT_OPTIONAL.strip()}
    """,
    _MACROS,
)

STUDY_KEYS_BELOW_PATIENT = AttributeTable.parse(
    "PS3.4 table C.6-2",
    "key",
    f"""
    StudyDate R
    StudyTime R
    AccessionNumber R
    StudyID R
    StudyInstanceUID U
    {_STUDY_OPTIONAL.strip()}
    """,
    _MACROS,
)

SERIES_KEYS = AttributeTable.parse(
    "PS3.4 table C.6-3",
    "key",
    """
    Modality R
    SeriesNumber R
    SeriesInstanceUID U
    NumberOfSeriesRelatedInstances O
    """,
)

IMAGE_KEYS = AttributeTable.parse(
    "PS3.4 table C.6-4",
    "key",
    """
    InstanceNumber R
    SOPInstanceUID U
    SOPClassUID O
    AvailableTransferSyntaxUID O
    AlternateRepresentationSequence O
    >SeriesInstanceUID O
    >SOPClassUID O
    >SOPInstanceUID O
    >PurposeOfReferenceCodeSequence O
    >>&code
    RelatedGeneralSOPClassUID O
    ConceptNameCodeSequence O
    >&code
    ContentTemplateSequence O
    >TemplateIdentifier O
    >MappingResource O
    """,
    _MACROS,
)

STUDY_KEYS = AttributeTable.parse(
    "PS3.4 table C.6-5",
    "key",
    f"""
    StudyDate R
    StudyTime R
    AccessionNumber R
    PatientName R
    PatientID R
    StudyID R
    StudyInstanceUID U
    {_STUDY_OPTIONAL.strip()}
    {_PATIENT_OPTIONAL.strip()}
    """,
    _MACROS,
)

# Present at every level of a repository query, beside the keys of Study Root.
REPOSITORY_KEYS = AttributeTable.parse(
    "PS3.4 table C.6.4.1-1",
    "key",
    """
    RecordKey R
    RemovedFromOperationalUse O
    ReasonForRemovalCodeSequence O
    >&code
    ItemInventoryDateTime O
    """,
    _MACROS,
)

# The unique keys of retrievals that name instances, without their studies and series (PS3.4 Y.3.3, Z.4).
INSTANCE_KEYS = AttributeTable.parse("PS3.4 Y.3.3", "key", "SOPInstanceUID U")

FRAME_KEYS = AttributeTable.parse(
    "PS3.4 Y.3.3",
    "key",
    """
    SOPInstanceUID U
    SimpleFrameList O
    CalculatedFrameList O
    TimeRange O
    """,
)

_ROOT = "1.2.840.10008.5.1.4.1.2"
_SERIES = Level("SERIES", "SeriesInstanceUID", SERIES_KEYS)
_IMAGE = Level("IMAGE", "SOPInstanceUID", IMAGE_KEYS)
_PATIENT = Level("PATIENT", "PatientID", PATIENT_KEYS)
_STUDY_BELOW_PATIENT = Level("STUDY", "StudyInstanceUID", STUDY_KEYS_BELOW_PATIENT)

PATIENT_ROOT = InformationModel(
    "patient root",
    "PS3.4 C.6.1",
    [_PATIENT, _STUDY_BELOW_PATIENT, _SERIES, _IMAGE],
    find=f"{_ROOT}.1.1",
    move=f"{_ROOT}.1.2",
    get=f"{_ROOT}.1.3",
)

STUDY_ROOT = InformationModel(
    "study root",
    "PS3.4 C.6.2",
    [Level("STUDY", "StudyInstanceUID", STUDY_KEYS), _SERIES, _IMAGE],
    find=f"{_ROOT}.2.1",
    move=f"{_ROOT}.2.2",
    get=f"{_ROOT}.2.3",
)

PATIENT_STUDY_ONLY = InformationModel(
    "patient/study only",
    "PS3.4 C.6.3",
    [_PATIENT, _STUDY_BELOW_PATIENT],
    find=f"{_ROOT}.3.1",
    move=f"{_ROOT}.3.2",
    get=f"{_ROOT}.3.3",
)

REPOSITORY = InformationModel(
    "repository",
    "PS3.4 C.6.4",
    [Level(level.name, level.unique_key, level.keys.joined(REPOSITORY_KEYS)) for level in STUDY_ROOT.levels],
    find="1.2.840.10008.5.1.4.1.1.201.6",
)

COMPOSITE_INSTANCE_ROOT = InformationModel(
    "composite instance root",
    "PS3.4 Y",
    [Level("IMAGE", "SOPInstanceUID", INSTANCE_KEYS), Level("FRAME", "SOPInstanceUID", FRAME_KEYS)],
    move=f"{_ROOT}.4.2",
    get=f"{_ROOT}.4.3",
)

WITHOUT_BULK_DATA = InformationModel(
    "composite instance without bulk data",
    "PS3.4 Z",
    [Level("IMAGE", "SOPInstanceUID", INSTANCE_KEYS)],
    get=f"{_ROOT}.5.3",
)


def _rows(model: InformationModel, keyword: str, *, is_retired: bool = False) -> list[SopClass]:
    """Return the SOP Classes that a model has."""
    operations = (("find", model.find), ("move", model.move), ("get", model.get))
    return [
        SopClass(uid, keyword + name.title(), model.section, f"{name} M/M", model=model, is_retired=is_retired)
        for name, uid in operations
        if uid is not None
    ]


QUERY_RETRIEVE = Service(
    "query-retrieve",
    "Query/Retrieve",
    "PS3.4 C",
    [
        *_rows(PATIENT_ROOT, "PatientRootQueryRetrieveInformationModel"),
        *_rows(STUDY_ROOT, "StudyRootQueryRetrieveInformationModel"),
        *_rows(PATIENT_STUDY_ONLY, "PatientStudyOnlyQueryRetrieveInformationModel", is_retired=True),
        *_rows(COMPOSITE_INSTANCE_ROOT, "CompositeInstanceRootRetrieve"),
        *_rows(WITHOUT_BULK_DATA, "CompositeInstanceRetrieveWithoutBulkData"),
        SopClass("1.2.840.10008.5.1.4.1.1.201.6", "RepositoryQuery", "PS3.4 C.6.4", "find M/M", model=REPOSITORY),
    ],
    statuses="QUERY_RETRIEVE",
)

SERVICES = (QUERY_RETRIEVE,)
