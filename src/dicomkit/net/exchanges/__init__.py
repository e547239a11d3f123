"""What users of the workflow services say and in which order, as generators that any shell drives (PS3.4 F, J, CC)."""

from __future__ import annotations

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
    "begin_step",
    "claim_work_item",
    "create_work_item",
    "get_work_item",
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
