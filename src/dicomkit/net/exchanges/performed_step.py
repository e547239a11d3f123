"""A performed procedure step as its modality tells it: begun from a worklist item, and ended (PS3.4 F.7)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from dicomkit.core.uid_generation import generate_uid
from dicomkit.dataset import Dataset
from dicomkit.net.exchanges.exchange import ask
from dicomkit.net.exchanges.references import pairs, reference
from dicomkit.net.operations import calls
from dicomkit.net.services.performed_step import COMPLETED, DISCONTINUED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dicomkit.net.exchanges.exchange import Exchange

__all__ = ["PERFORMED_STEP", "PerformedStep", "begin_step", "performed_series", "step_begun", "step_ended"]

PERFORMED_STEP = "1.2.840.10008.3.1.2.3.3"

# Copied from the worklist item to the item of the scheduled step (PS3.4 Table F.7.2-1, PS3.17 annex J), and where a
# worklist has it: in the item of its own scheduled step, or beside it.
_OF_ORDER = (
    "StudyInstanceUID", "ReferencedStudySequence", "AccessionNumber", "RequestedProcedureID",
    "RequestedProcedureDescription",
)  # fmt: skip
_OF_STEP = ("ScheduledProcedureStepID", "ScheduledProcedureStepDescription", "ScheduledProtocolCodeSequence")
_OF_PATIENT = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "ReferencedPatientSequence")
_OPTIONAL = ("RequestedProcedureCodeSequence",)
_EMPTY_SEQUENCES = frozenset({"ReferencedStudySequence", "ScheduledProtocolCodeSequence", "ReferencedPatientSequence"})


def _copied(source: Dataset, keyword: str) -> object:
    value = source.get(keyword)
    if value is None:
        return [] if keyword in _EMPTY_SEQUENCES else None
    return value


def step_begun(
    item: Dataset,
    *,
    station_ae_title: str,
    modality: str = "",
    step_id: str = "",
    station_name: str = "",
    location: str = "",
    study_id: str = "",
    began: datetime | None = None,
) -> Dataset:
    """Return the attributes of a step IN PROGRESS, all that the N-CREATE needs (PS3.4 Table F.7.2-1).

    `item` is a worklist item; for a patient who was not scheduled, a data set with what is known of the patient and,
    if there is one, the Study Instance UID, which is generated otherwise. `modality` and `step_id` are those of the
    scheduled step if not given, `began` is now.
    """
    began = datetime.now() if began is None else began
    scheduled_items = item.get("ScheduledProcedureStepSequence") or []
    scheduled = scheduled_items[0] if len(scheduled_items) else Dataset()
    order = Dataset()
    for keyword in _OF_ORDER:
        order[keyword] = _copied(item, keyword)
    for keyword in _OF_STEP:
        order[keyword] = _copied(scheduled, keyword)
    for keyword in _OPTIONAL:
        if item.get(keyword):
            order[keyword] = item[keyword].value
    if not order.StudyInstanceUID:
        order.StudyInstanceUID = generate_uid()
    step = Dataset(ScheduledStepAttributesSequence=[order])
    for keyword in _OF_PATIENT:
        step[keyword] = _copied(item, keyword)
    step.PerformedProcedureStepID = step_id or scheduled.get("ScheduledProcedureStepID") or f"{began:%Y%m%d%H%M%S}"
    step.PerformedStationAETitle = station_ae_title
    step.PerformedStationName = station_name
    step.PerformedLocation = location
    step.PerformedProcedureStepStartDate = f"{began:%Y%m%d}"
    step.PerformedProcedureStepStartTime = f"{began:%H%M%S}"
    step.PerformedProcedureStepStatus = "IN PROGRESS"
    step.PerformedProcedureStepDescription = scheduled.get("ScheduledProcedureStepDescription")
    step.PerformedProcedureTypeDescription = None
    step.ProcedureCodeSequence = item.get("RequestedProcedureCodeSequence") or []
    step.PerformedProcedureStepEndDate = None
    step.PerformedProcedureStepEndTime = None
    step.Modality = modality or scheduled.get("Modality") or "OT"
    step.StudyID = study_id or item.get("RequestedProcedureID")
    step.PerformedProtocolCodeSequence = []
    step.PerformedSeriesSequence = []
    return step


def performed_series(instances: Iterable[Dataset], *, protocol: str = "", retrieve_ae_title: str = "") -> list[Dataset]:
    """Return the items of Performed Series Sequence (0040,0340) for instances, in their order (PS3.4 Table F.7.2-1).

    Instances need their UIDs and Series Instance UID. What has no pixels is listed apart from the images. `protocol`
    stands where the instances have no Protocol Name (0018,1030).
    """
    series: dict[str, list[Dataset]] = {}
    for instance in instances:
        series.setdefault(str(instance.SeriesInstanceUID), []).append(instance)
    items = []
    for uid, members in series.items():
        first = members[0]
        images = [one for one in members if one.get("Rows") is not None]
        others = [one for one in members if one.get("Rows") is None]
        items.append(
            Dataset(
                PerformingPhysicianName=first.get("PerformingPhysicianName"),
                ProtocolName=first.get("ProtocolName") or protocol or first.get("SeriesDescription") or "unknown",
                OperatorsName=first.get("OperatorsName"),
                SeriesInstanceUID=uid,
                SeriesDescription=first.get("SeriesDescription"),
                RetrieveAETitle=retrieve_ae_title,
                ReferencedImageSequence=[reference(*pair) for pair in pairs(images)],
                ReferencedNonImageCompositeSOPInstanceSequence=[reference(*pair) for pair in pairs(others)],
            )
        )
    return items


def step_ended(
    series: Iterable[Dataset],
    *,
    ended: datetime | None = None,
    discontinued: bool = False,
    reason: Dataset | None = None,
) -> Dataset:
    """Return the changes of the N-SET that ends a step: its state, its end, and its series.

    `reason` is a code item of why it was discontinued (PS3.16 CID 9300). A step needs at least one series to end
    (PS3.4 Table F.7.2-1); one without instances is a series with empty sequences.
    """
    ended = datetime.now() if ended is None else ended
    changes = Dataset(
        PerformedProcedureStepStatus=DISCONTINUED if discontinued else COMPLETED,
        PerformedProcedureStepEndDate=f"{ended:%Y%m%d}",
        PerformedProcedureStepEndTime=f"{ended:%H%M%S}",
        PerformedSeriesSequence=list(series),
    )
    if reason is not None:
        changes.PerformedProcedureStepDiscontinuationReasonCodeSequence = [reason]
    return changes


class PerformedStep:
    """A step that has begun: its SOP Instance UID, and the exchanges that end it."""

    __slots__ = ("sop_instance_uid",)

    def __init__(self, sop_instance_uid: str) -> None:
        """Take the UID, that of a step begun in an earlier run of the program perhaps."""
        self.sop_instance_uid = sop_instance_uid

    def change(self, changes: Dataset) -> Exchange[None]:
        """Change attributes of the step, which goes on. Raises DimseStatusError, as the others do."""
        yield from ask(calls.n_set(PERFORMED_STEP, self.sop_instance_uid, changes))

    def complete(
        self, instances: Iterable[Dataset], *, protocol: str = "", retrieve_ae_title: str = ""
    ) -> Exchange[None]:
        """Complete the step with the instances that were stored; see `performed_series`."""
        series = performed_series(instances, protocol=protocol, retrieve_ae_title=retrieve_ae_title)
        yield from self.change(step_ended(series))

    def discontinue(
        self,
        instances: Iterable[Dataset] = (),
        *,
        reason: Dataset | None = None,
        protocol: str = "",
        retrieve_ae_title: str = "",
    ) -> Exchange[None]:
        """Discontinue the step, with the instances that there are all the same; see `step_ended`.

        Without any there is one series all the same, an empty one with a UID of its own: a step needs one to end.
        """
        series = performed_series(instances, protocol=protocol, retrieve_ae_title=retrieve_ae_title)
        if not series:
            series = [
                Dataset(
                    PerformingPhysicianName=None, ProtocolName=protocol or "none", OperatorsName=None,
                    SeriesInstanceUID=generate_uid(), SeriesDescription=None, RetrieveAETitle=retrieve_ae_title,
                    ReferencedImageSequence=[], ReferencedNonImageCompositeSOPInstanceSequence=[],
                )
            ]  # fmt: skip
        yield from self.change(step_ended(series, discontinued=True, reason=reason))


def begin_step(step: Dataset, sop_instance_uid: str = "") -> Exchange[PerformedStep]:
    """Create a step of `step_begun`, under a new UID if none is given. Raises DimseStatusError."""
    reply = yield from ask(calls.n_create(PERFORMED_STEP, step, sop_instance_uid or generate_uid()))
    return PerformedStep(reply.sop_instance_uid or sop_instance_uid)
