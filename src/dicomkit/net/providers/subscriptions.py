"""Who wants to hear of which work items: a protocol for databases, and one in memory (PS3.4 CC.2.3)."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from dicomkit.dataset import Dataset

__all__ = ["MemorySubscriptions", "Subscription", "SubscriptionStore"]


class Subscription(NamedTuple):
    """An AE title's subscription to a work item, or to all of them by a well-known instance."""

    ae_title: str
    state: str
    """One of the states of PS3.4 Table CC.2.3-2, such as ``subscribed with lock``."""
    keys: Dataset | None = None
    """What an item must match, of a filtered subscription."""


class SubscriptionStore(Protocol):
    """Subscriptions by SOP Instance UID and AE title."""

    def of(self, uid: str) -> list[Subscription]:
        """Return the subscriptions to an instance."""

    def put(self, uid: str, subscription: Subscription) -> None:
        """Keep a subscription, in the place of one that the title has."""

    def delete(self, uid: str, ae_title: str) -> None:
        """Forget a title's subscription; nothing happens if there is none."""


class MemorySubscriptions:
    """Subscriptions in memory, gone with the program."""

    __slots__ = ("_by_uid", "_lock")

    def __init__(self) -> None:
        self._by_uid: dict[str, dict[str, Subscription]] = {}
        self._lock = Lock()

    def of(self, uid: str) -> list[Subscription]:
        """Return the subscriptions to an instance."""
        with self._lock:
            return list(self._by_uid.get(uid, {}).values())

    def put(self, uid: str, subscription: Subscription) -> None:
        """Keep a subscription."""
        with self._lock:
            self._by_uid.setdefault(uid, {})[subscription.ae_title] = subscription

    def delete(self, uid: str, ae_title: str) -> None:
        """Forget a title's subscription."""
        with self._lock:
            found = self._by_uid.get(uid, {})
            found.pop(ae_title, None)
            if not found:
                self._by_uid.pop(uid, None)
