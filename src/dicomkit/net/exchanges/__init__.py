"""What users of the workflow services say, and in which order: generators for any shell (PS3.4 F, J, R, CC)."""

from __future__ import annotations

from dicomkit.net.exchanges.availability import availability_of, notify_availability
from dicomkit.net.exchanges.commitment import CommitmentResult, CommitmentResults, request_commitment
from dicomkit.net.exchanges.exchange import Exchange, ask
from dicomkit.net.exchanges.performed_step import PerformedStep, begin_step, performed_series, step_begun, step_ended
from dicomkit.net.exchanges.work_item import (
    ClaimedItem,
    WorkItemEvent,
    WorkItemEvents,
    claim_work_item,
    create_work_item,
    get_work_item,
    performed_procedure,
    request_cancel,
    subscribe,
    unsubscribe,
    work_item,
)

__all__ = [
    "ClaimedItem",
    "CommitmentResult",
    "CommitmentResults",
    "Exchange",
    "PerformedStep",
    "WorkItemEvent",
    "WorkItemEvents",
    "ask",
    "availability_of",
    "begin_step",
    "claim_work_item",
    "create_work_item",
    "get_work_item",
    "notify_availability",
    "performed_procedure",
    "performed_series",
    "request_cancel",
    "request_commitment",
    "step_begun",
    "step_ended",
    "subscribe",
    "unsubscribe",
    "work_item",
]
