"""Instance Availability Notification as its user: saying where the instances of a study can be had (PS3.4 R)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.core.uid_generation import generate_uid
from dicomkit.dataset import Dataset
from dicomkit.net.exchanges.exchange import ask
from dicomkit.net.exchanges.references import pairs, reference
from dicomkit.net.operations import calls

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dicomkit.net.exchanges.exchange import Exchange

__all__ = ["AVAILABILITY", "availability_of", "notify_availability"]

AVAILABILITY = "1.2.840.10008.5.1.4.33"

_PERFORMED_STEP = "1.2.840.10008.3.1.2.3.3"


def availability_of(
    instances: Iterable[Dataset],
    retrieve_ae_title: str,
    *,
    availability: str = "ONLINE",
    performed_steps: Iterable[str] = (),
) -> Dataset:
    """Return a notification about instances of one study, all that the N-CREATE needs (PS3.4 Table R.3.2-1).

    `availability` is ONLINE, NEARLINE, OFFLINE or UNAVAILABLE, `performed_steps` are SOP Instance UIDs of the steps
    that the instances come from. Raises ValueError for none, and for instances of several studies.
    """
    series: dict[str, list[Dataset]] = {}
    studies = set()
    for instance in instances:
        studies.add(str(instance.StudyInstanceUID))
        series.setdefault(str(instance.SeriesInstanceUID), []).append(instance)
    if len(studies) != 1:
        raise ValueError(f"a notification is about one study, not {len(studies)}")
    items = []
    for uid, members in series.items():
        references = []
        for pair in pairs(members):
            item = reference(*pair)
            item.InstanceAvailability = availability
            item.RetrieveAETitle = retrieve_ae_title
            references.append(item)
        items.append(Dataset(SeriesInstanceUID=uid, ReferencedSOPSequence=references))
    steps = []
    for uid in performed_steps:
        step = reference(_PERFORMED_STEP, uid)
        step.PerformedWorkitemCodeSequence = []
        steps.append(step)
    (study,) = studies
    return Dataset(
        ReferencedPerformedProcedureStepSequence=steps, StudyInstanceUID=study, ReferencedSeriesSequence=items
    )


def notify_availability(notification: Dataset, sop_instance_uid: str = "") -> Exchange[str]:
    """Send a notification, and return its SOP Instance UID. Raises DimseStatusError."""
    reply = yield from ask(calls.n_create(AVAILABILITY, notification, sop_instance_uid or generate_uid()))
    return str(reply.sop_instance_uid or sop_instance_uid)
