"""Services ready to be served: handlers with the state rules of PS3.4, over stores that can be replaced (PS3.4 F–R)."""

from __future__ import annotations

from dicomkit.net.providers.availability import Availability
from dicomkit.net.providers.commitment import Commitments
from dicomkit.net.providers.instances import InstanceStore, MemoryStore
from dicomkit.net.providers.performed_step import PerformedSteps
from dicomkit.net.providers.reports import Deliver, Report
from dicomkit.net.providers.subscriptions import MemorySubscriptions, Subscription, SubscriptionStore
from dicomkit.net.providers.work_item import WorkItems
from dicomkit.net.providers.worklist import Worklist

__all__ = [
    "Availability",
    "Commitments",
    "Deliver",
    "InstanceStore",
    "MemoryStore",
    "MemorySubscriptions",
    "PerformedSteps",
    "Report",
    "Subscription",
    "SubscriptionStore",
    "WorkItems",
    "Worklist",
]
