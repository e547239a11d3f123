"""Work items as their users: pushed, claimed, reported on, finished, watched (PS3.4 CC.2)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from dicomkit.core.uid_generation import generate_uid
from dicomkit.dataset import Dataset
from dicomkit.net.dimse.status import NO_SUCH_EVENT_TYPE
from dicomkit.net.exchanges.exchange import ask
from dicomkit.net.exchanges.references import pairs, reference
from dicomkit.net.operations import calls
from dicomkit.net.services.work_item import (
    CANCELED,
    COMPLETED,
    EVENTS,
    FILTERED_INSTANCE,
    GLOBAL_INSTANCE,
    IN_PROGRESS,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dicomkit.net.dispatch import Request
    from dicomkit.net.dispatch.handlers import Handler
    from dicomkit.net.exchanges.exchange import Exchange
    from dicomkit.net.exchanges.references import InstanceLike

__all__ = [
    "EVENT", "PULL", "PUSH", "QUERY", "WATCH", "ClaimedItem", "WorkItemEvent", "WorkItemEvents", "claim_work_item",
    "create_work_item", "get_work_item", "performed_procedure", "request_cancel", "subscribe", "unsubscribe",
    "work_item",
]  # fmt: skip

PUSH, WATCH, PULL, EVENT, QUERY = [f"1.2.840.10008.5.1.4.34.6.{number}" for number in range(1, 6)]

# Type 2 of N-CREATE: there, and empty if nothing is known (PS3.4 Table CC.2.5-3).
_SEQUENCES = (
    "ScheduledProcessingParametersSequence", "ScheduledStationNameCodeSequence", "ScheduledStationClassCodeSequence",
    "ScheduledStationGeographicLocationCodeSequence", "ScheduledWorkitemCodeSequence", "InputInformationSequence",
    "OtherPatientIDsSequence", "IssuerOfAdmissionIDSequence", "AdmittingDiagnosesCodeSequence",
    "ReferencedRequestSequence", "ProcedureStepProgressInformationSequence",
    "UnifiedProcedureStepPerformedProcedureSequence",
)  # fmt: skip
_TEXTS = (
    "TransactionUID", "CommentsOnTheScheduledProcedureStep", "PatientName", "PatientID", "PatientBirthDate",
    "PatientSex", "AdmissionID", "AdmittingDiagnosesDescription",
)  # fmt: skip


def work_item(
    label: str,
    *,
    start: datetime | str | None = None,
    priority: str = "MEDIUM",
    worklist: str = "DEFAULT",
    is_ready: bool = True,
    **attributes: object,
) -> Dataset:
    """Return the attributes of a work item, all that the N-CREATE needs (PS3.4 Table CC.2.5-3).

    `start` is now if not given; `attributes` are those that are known, by keyword: ``PatientID="1"``,
    ``ScheduledWorkitemCodeSequence=[code]``. Raises UnknownKeywordError.
    """
    item = Dataset()
    for keyword in _SEQUENCES:
        item[keyword] = []
    for keyword in _TEXTS:
        item[keyword] = None
    item.ScheduledProcedureStepPriority = priority
    item.ProcedureStepLabel = label
    item.WorklistLabel = worklist
    start = datetime.now() if start is None else start
    item.ScheduledProcedureStepStartDateTime = f"{start:%Y%m%d%H%M%S}" if isinstance(start, datetime) else start
    item.InputReadinessState = "READY" if is_ready else "INCOMPLETE"
    item.ProcedureStepState = "SCHEDULED"
    for keyword, value in attributes.items():
        item[keyword] = value
    return item


def create_work_item(item: Dataset, sop_instance_uid: str = "") -> Exchange[str]:
    """Push a work item, and return its SOP Instance UID. Raises DimseStatusError, as all exchanges do."""
    reply = yield from ask(calls.n_create(PUSH, item, sop_instance_uid or generate_uid()))
    return str(reply.sop_instance_uid or sop_instance_uid)


def get_work_item(
    sop_instance_uid: str, attributes: Iterable[int | str] = (), *, abstract_syntax: str = PULL
) -> Exchange[Dataset]:
    """Return attributes of a work item, all if none is named. `abstract_syntax` is that of the context used."""
    reply = yield from ask(calls.n_get(PUSH, sop_instance_uid, attributes, abstract_syntax=abstract_syntax))
    return reply.dataset if reply.dataset is not None else Dataset()


def claim_work_item(sop_instance_uid: str, transaction_uid: str = "") -> Exchange[ClaimedItem]:
    """Make a work item IN PROGRESS, for this side alone to work on (PS3.4 CC.2.1)."""
    claimed = ClaimedItem(sop_instance_uid, transaction_uid or generate_uid())
    yield from claimed.to_state(IN_PROGRESS)
    return claimed


class ClaimedItem:
    """A work item that this side performs: its UIDs, and the exchanges of its performer."""

    __slots__ = ("sop_instance_uid", "transaction_uid")

    def __init__(self, sop_instance_uid: str, transaction_uid: str) -> None:
        """Take the UIDs. Without the Transaction UID nobody can go on: keep it where a restart finds it."""
        self.sop_instance_uid = sop_instance_uid
        self.transaction_uid = transaction_uid

    def to_state(self, state: str) -> Exchange[None]:
        """Change the state of the item (PS3.4 CC.2.1)."""
        request = Dataset(ProcedureStepState=state, TransactionUID=self.transaction_uid)
        yield from ask(calls.n_action(PUSH, self.sop_instance_uid, 1, request, abstract_syntax=PULL))

    def change(self, changes: Dataset) -> Exchange[None]:
        """Change attributes of the item (PS3.4 CC.2.6); its Transaction UID is added."""
        changes = changes.copy()
        changes.TransactionUID = self.transaction_uid
        yield from ask(calls.n_set(PUSH, self.sop_instance_uid, changes, abstract_syntax=PULL))

    def progress(self, percent: float, description: str = "") -> Exchange[None]:
        """Say how far the work has come."""
        item = Dataset(ProcedureStepProgress=f"{percent:g}")
        if description:
            item.ProcedureStepProgressDescription = description
        yield from self.change(Dataset(ProcedureStepProgressInformationSequence=[item]))

    def complete(self, performed: Dataset) -> Exchange[None]:
        """Say what was performed, an item of `performed_procedure`, and complete the work item."""
        yield from self.change(Dataset(UnifiedProcedureStepPerformedProcedureSequence=[performed]))
        yield from self.to_state(COMPLETED)

    def cancel(self, reason: str = "", code: Dataset | None = None) -> Exchange[None]:
        """Cancel the work item, with a reason for people, and a code of one (PS3.16 CID 9300)."""
        item = Dataset(
            ProcedureStepCancellationDateTime=f"{datetime.now():%Y%m%d%H%M%S}",
            ProcedureStepDiscontinuationReasonCodeSequence=[] if code is None else [code],
        )
        if reason:
            item.ReasonForCancellation = reason
        yield from self.change(Dataset(ProcedureStepProgressInformationSequence=[item]))
        yield from self.to_state(CANCELED)


def performed_procedure(
    *,
    began: datetime,
    ended: datetime,
    station: Dataset,
    workitem: Dataset,
    output: Iterable[InstanceLike] = (),
    study_uid: str = "",
    series_uid: str = "",
    retrieve_ae_title: str = "",
) -> Dataset:
    """Return the item of what was performed, all that a completed work item needs (PS3.4 Table CC.2.5-3).

    `station` and `workitem` are code items: where it was performed, and what. `output` are the instances that came of
    it, all of one series.
    """
    item = Dataset(
        PerformedStationNameCodeSequence=[station],
        PerformedProcedureStepStartDateTime=f"{began:%Y%m%d%H%M%S}",
        PerformedWorkitemCodeSequence=[workitem],
        PerformedProcedureStepEndDateTime=f"{ended:%Y%m%d%H%M%S}",
        OutputInformationSequence=[],
    )
    instances = pairs(output)
    if instances:
        made = Dataset(
            TypeOfInstances="DICOM",
            StudyInstanceUID=study_uid,
            SeriesInstanceUID=series_uid,
            ReferencedSOPSequence=[reference(*pair) for pair in instances],
        )
        if retrieve_ae_title:
            made.DICOMRetrievalSequence = [Dataset(RetrieveAETitle=retrieve_ae_title)]
        item.OutputInformationSequence = [made]
    return item


def request_cancel(
    sop_instance_uid: str, reason: str = "", *, contact: str = "", abstract_syntax: str = PUSH
) -> Exchange[None]:
    """Ask for a work item to be cancelled, which others may perform (PS3.4 CC.2.2)."""
    request = Dataset()
    if reason:
        request.ReasonForCancellation = reason
    if contact:
        request.ContactDisplayName = contact
    operation = calls.n_action(
        PUSH, sop_instance_uid, 2, request if len(request) else None, abstract_syntax=abstract_syntax
    )
    yield from ask(operation)


def subscribe(
    ae_title: str, sop_instance_uid: str = "", *, lock: bool = False, keys: Dataset | None = None
) -> Exchange[None]:
    """Have events of a work item sent to an AE title; of all items without a UID, of those that match with `keys`.

    `lock` keeps items from being deleted before they have been looked at (PS3.4 CC.2.3).
    """
    request = Dataset() if keys is None else keys.copy()
    request.ReceivingAE = ae_title
    request.DeletionLock = "TRUE" if lock else "FALSE"
    uid = sop_instance_uid or (GLOBAL_INSTANCE if keys is None else FILTERED_INSTANCE)
    yield from ask(calls.n_action(PUSH, uid, 3, request, abstract_syntax=WATCH))


def unsubscribe(ae_title: str, sop_instance_uid: str = "") -> Exchange[None]:
    """End a subscription; to all items without a UID."""
    request = Dataset(ReceivingAE=ae_title)
    yield from ask(calls.n_action(PUSH, sop_instance_uid or GLOBAL_INSTANCE, 4, request, abstract_syntax=WATCH))


class WorkItemEvent(NamedTuple):
    """An event of a work item."""

    sop_instance_uid: str
    event_type_id: int
    dataset: Dataset

    @property
    def name(self) -> str:
        """What it is called (PS3.4 Table CC.2.4-1)."""
        return next((event.name for event in EVENTS if event.number == self.event_type_id), "")


class WorkItemEvents:
    """Takes events: its handlers stand with the server that the provider reports to."""

    def __init__(self, received: Callable[[WorkItemEvent], None]) -> None:
        """Take what is called with each event."""
        self._received = received

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handlers of a server."""
        return {EVENT: {"n-event-report": self.report}}

    def report(self, request: Request) -> int:
        """Perform an N-EVENT-REPORT: 0113 for an event that there is not."""
        event = WorkItemEvent(request.sop_instance_uid, request.event_type_id or 0, request.dataset or Dataset())
        if not event.name:
            return int(NO_SUCH_EVENT_TYPE)
        self._received(event)
        return 0
