"""Storage commitment: who keeps the instances from now on (PS3.4 annex J)."""

from __future__ import annotations

from dicomkit.dataset import Dataset
from dicomkit.net.dimse.status import (
    CLASS_INSTANCE_CONFLICT,
    NO_SUCH_ACTION,
    NO_SUCH_SOP_INSTANCE,
    PROCESSING_FAILURE,
    RESOURCE_LIMITATION,
    SOP_CLASS_NOT_SUPPORTED,
)
from dicomkit.net.services.attributes import AttributeTable
from dicomkit.net.services.checks import Exchange, Verdict, check
from dicomkit.net.services.service import Service, SopClass

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ACTIONS", "COMMITMENT", "EVENTS", "FAILURE_REASONS", "SERVICES", "check_request", "report_of", "request_of"]

INSTANCE = "1.2.840.10008.1.20.1.1"

ACTIONS = (
    Exchange(
        1,
        "Request Storage Commitment",
        AttributeTable.parse(
            "PS3.4 table J.3.2.1.1-1",
            "scu/scp",
            """
            TransactionUID 1/1
            StorageMediaFileSetID 3/3
            StorageMediaFileSetUID 3/3
            ReferencedSOPSequence 1/1
            >ReferencedSOPClassUID 1/1
            >ReferencedSOPInstanceUID 1/1
            >StorageMediaFileSetID 3/3
            >StorageMediaFileSetUID 3/3
            ReferencedPerformedProcedureStepSequence 3/3
            >ReferencedSOPClassUID 1/1
            >ReferencedSOPInstanceUID 1/1
            """,
        ),
    ),
)

_COMMITTED = """
    TransactionUID -/1
    RetrieveAETitle -/3
    StorageMediaFileSetID -/3
    StorageMediaFileSetUID -/3
    ReferencedSOPSequence -/{type}
    >ReferencedSOPClassUID -/1
    >ReferencedSOPInstanceUID -/1
    >RetrieveAETitle -/3
    >StorageMediaFileSetID -/3
    >StorageMediaFileSetUID -/3
"""

EVENTS = (
    Exchange(
        1,
        "Storage Commitment Request Successful",
        AttributeTable.parse("PS3.4 table J.3.3.1.1-1", "scu/scp", _COMMITTED.format(type="1")),
    ),
    Exchange(
        2,
        "Storage Commitment Request Complete - Failures Exist",
        AttributeTable.parse(
            "PS3.4 table J.3.3.1.1-1",
            "scu/scp",
            _COMMITTED.format(type="1C")
            + """
            FailedSOPSequence -/1
            >ReferencedSOPClassUID -/1
            >ReferencedSOPInstanceUID -/1
            >FailureReason -/1
            """,
        ),
    ),
)

# Failure Reason (0008,1197) of an instance that is not committed (PS3.3 table C.14-1).
FAILURE_REASONS = {
    PROCESSING_FAILURE: "processing failure",
    NO_SUCH_SOP_INSTANCE: "no such object instance",
    RESOURCE_LIMITATION: "resource limitation",
    SOP_CLASS_NOT_SUPPORTED: "referenced SOP Class not supported",
    CLASS_INSTANCE_CONFLICT: "class-instance conflict",
    0x0131: "duplicate transaction UID",
}


def check_request(action: int, request: Dataset) -> Verdict:
    """Say what an N-ACTION is answered with: 0123, 0120, 0121 or success (PS3.4 J.3.2)."""
    if action != ACTIONS[0].number:
        return Verdict(NO_SUCH_ACTION)
    return check(ACTIONS[0].information, "scu/scp", request)


def request_of(transaction: str, instances: Iterable[tuple[str, str]]) -> Dataset:
    """Return the information of a request for instances, each a SOP Class and a SOP Instance UID."""
    return Dataset(TransactionUID=transaction, ReferencedSOPSequence=[_reference(*instance) for instance in instances])


def report_of(
    transaction: str,
    committed: Iterable[tuple[str, str]],
    failed: Iterable[tuple[str, str, int]] = (),
    *,
    retrieve_ae_title: str = "",
) -> tuple[int, Dataset]:
    """Return the event type and the information of a report (PS3.4 table J.3.3.1.1-1).

    `failed` are instances with their Failure Reason, one of `FAILURE_REASONS`. Instances are not named that were not
    asked for; the caller gives each once.
    """
    information = Dataset(TransactionUID=transaction)
    if retrieve_ae_title:
        information.RetrieveAETitle = retrieve_ae_title
    kept = [_reference(*instance) for instance in committed]
    lost = [_reference(*instance) for instance in failed]
    if kept or not lost:
        information.ReferencedSOPSequence = kept
    if lost:
        information.FailedSOPSequence = lost
    return (2 if lost else 1), information


def _reference(sop_class: str, instance: str, reason: int | None = None) -> Dataset:
    item = Dataset(ReferencedSOPClassUID=sop_class, ReferencedSOPInstanceUID=instance)
    if reason is not None:
        item.FailureReason = int(reason)
    return item


COMMITMENT = Service(
    "commitment",
    "Storage Commitment",
    "PS3.4 J",
    [
        SopClass(
            "1.2.840.10008.1.20.1",
            "StorageCommitmentPushModel",
            "PS3.4 J.3",
            "n-action M/M, n-event-report M/M",
            actions=ACTIONS,
            events=EVENTS,
            instance=INSTANCE,
        )
    ],
    statuses="STORAGE_COMMITMENT",
)

SERVICES = (COMMITMENT,)
