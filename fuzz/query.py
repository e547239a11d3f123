"""What peers may ask for: identifiers of queries and retrievals, and the attributes of requests."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from dicomkit import Dataset
from dicomkit.file import data_set_bytes, read_data_set
from dicomkit.net.services import (
    COMPOSITE_INSTANCE_ROOT,
    HANGING_PROTOCOL,
    PATIENT_ROOT,
    REPOSITORY,
    SERVICES,
    STUDY_ROOT,
    WORKLIST,
    FindExtension,
    Matcher,
    MatchingOptions,
    availability,
    check_query,
    check_request,
    check_retrieval,
    commitment,
    performed_step,
    work_item,
)

if TYPE_CHECKING:
    from collections.abc import Hashable

SYNTAXES = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")
MODELS = (STUDY_ROOT, PATIENT_ROOT, REPOSITORY, COMPOSITE_INSTANCE_ROOT, WORKLIST, HANGING_PROTOCOL)
_ROWS = [row for service in SERVICES for row in service.sop_classes if row.attributes or row.actions or row.events]

#: What the matcher makes of these elements is not in a response, or not as it was asked for.
_NOT_ANSWERED = {0x00080005, 0x00080052, 0x00080053, 0x0008041C, 0x00080429}


@cache
def _entities() -> tuple[Dataset, ...]:
    """Give what an archive and a worklist may hold."""
    step = Dataset(
        ScheduledStationAETitle="CT1",
        ScheduledProcedureStepStartDate="20240102",
        ScheduledProcedureStepStartTime="101530.5",
        Modality="CT",
        ScheduledProtocolCodeSequence=[Dataset(CodeValue="A", CodingSchemeDesignator="99X", CodeMeaning="a")],
    )
    return (
        Dataset(),
        Dataset(
            SpecificCharacterSet="ISO_IR 192",
            TimezoneOffsetFromUTC="+0100",
            StudyDate="20240102",
            StudyTime="101530",
            AcquisitionDateTime="20240102101530.5-0500",
            AccessionNumber="A-1",
            ModalitiesInStudy=["CT", "MR"],
            PatientName="Müller^Anna=山田^花子",
            PatientID="1234*?",
            StudyInstanceUID="1.2.3",
            SeriesNumber=4,
            PatientWeight="70.5",
            StudyDescription="Schädel, nativ " + "a" * 200,
            ScheduledProcedureStepSequence=[step],
        ),
    )


def _query(**keys: object) -> Dataset:
    return Dataset({"SpecificCharacterSet": "ISO_IR 192", **keys})


@cache
def seeds() -> tuple[bytes, ...]:
    """Give identifiers as users send them, behind the two bytes that choose how they are taken."""
    code = Dataset(CodeValue="A*", CodeMeaning="")
    step = Dataset(ScheduledProcedureStepStartDate="20240101-20240103", ScheduledProcedureStepStartTime="10-18")
    step.ScheduledProtocolCodeSequence = [code]
    queries = (
        _query(
            QueryRetrieveLevel="STUDY", PatientName="m?ll*^*", StudyDate="20240101-", ModalitiesInStudy=["CT", "PT"]
        ),
        _query(QueryRetrieveLevel="SERIES", StudyInstanceUID=["1.2.3", "1.2.4"], SeriesNumber=4, Modality="*"),
        _query(QueryRetrieveLevel="IMAGE", SOPInstanceUID="1.2", SimpleFrameList=[1, 2], TimeRange=[0.0, 1.0]),
        _query(TimezoneOffsetFromUTC="-0430", StudyDate="20240102", StudyTime="0900-1100", AccessionNumber='""'),
        _query(AcquisitionDateTime="20240101120000+0100-2025", PatientWeight="70.5", PatientName="=山田*"),
        _query(ScheduledProcedureStepSequence=[step], PatientID="*", ReferencedStudySequence=[]),
        _query(TransactionUID="1.2", ReferencedSOPSequence=[Dataset(ReferencedSOPClassUID="1.2")]),
        _query(ProcedureStepState="IN PROGRESS", TransactionUID="1.2", DeletionLock="TRUE", ReceivingAE="A"),
        _query(PerformedProcedureStepStatus="COMPLETED", PerformedSeriesSequence=[Dataset(ProtocolName="x")]),
    )
    return tuple(
        bytes([number, options]) + data_set_bytes(query, SYNTAXES[number % 3])
        for number, query in enumerate(queries)
        for options in (0, 0xFF)
    )


class UnansweredError(AssertionError):
    """A key that was asked for is not in the response."""


def run(data: bytes) -> Hashable:
    """Hold an identifier against models and entities, and answer it; hold it as a request against every row."""
    if len(data) < 2:
        return None
    choice, bits = data[0], data[1]
    ds = read_data_set(data[2:], SYNTAXES[choice % 3])
    model = MODELS[choice % len(MODELS)]
    found: list[object] = [
        check_query(model, ds, relational=bool(bits & 1)).status,
        check_retrieval(model, ds, relational=bool(bits & 1)).status,
    ]
    row = _ROWS[(choice + bits) % len(_ROWS)]
    for support in row.operations:
        found.append(check_request(row, support.operation, ds, bits & 7).status)
    found += [
        performed_step.check_create(ds).status,
        performed_step.check_set(Dataset(PerformedProcedureStepStatus="IN PROGRESS"), ds).status,
        work_item.check_create(ds).status,
        work_item.check_change(Dataset(ProcedureStepState="IN PROGRESS", TransactionUID="1.2"), ds).status,
        work_item.check_subscription("1.2", 3 + bits % 3, ds, is_known=True)[1],
        commitment.check_request(1, ds).status,
        availability.check_create(ds).status,
    ]
    extension = FindExtension.decode(data[:8])
    options = MatchingOptions(
        fold_case=bool(bits & 2),
        fold_accents=bool(bits & 4),
        fuzzy_names=extension.fuzzy_names or bool(bits & 8),
        combined_date_time=bool(bits & 16),
        timezone_adjustment=bool(bits & 32),
        empty_values=bool(bits & 64),
        multiple_values=bool(bits & 128),
    )
    matcher = Matcher(ds, options)
    for entity in _entities():
        found.append(matcher.matches(entity))
        response = matcher.response(entity)
        for tag in [element.tag for element in ds]:
            if not (tag in response or tag in _NOT_ANSWERED or tag.is_private or tag.is_group_length):
                raise UnansweredError(f"{tag} was asked for")
        data_set_bytes(response, SYNTAXES[1])
    # Whatever the query, it is an entity, too.
    found.append(Matcher(_entities()[1], options).matches(ds))
    found.append(matcher.matches(ds))
    return tuple(found)
