"""Where providers keep the instances that they manage: a protocol for databases, and one in memory (PS3.7 10)."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Protocol

from dicomkit.errors import LimitExceededError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dicomkit.dataset import Dataset

__all__ = ["InstanceStore", "MemoryStore", "is_uid"]

_LONGEST_UID = 64


def is_uid(text: str) -> bool:
    """Say whether a peer's text can be kept as a UID: digits and periods, whatever else is wrong with it."""
    return 0 < len(text) <= _LONGEST_UID and not text.strip("0123456789.")


class InstanceStore(Protocol):
    """Instances by SOP Instance UID; what it gives out is not changed by anybody, and is not to be."""

    def get(self, uid: str) -> Dataset | None:
        """Return an instance, None if there is none."""

    def update(self, uid: str, change: Callable[[Dataset | None], Dataset | None]) -> None:
        """Call `change` with the instance, None if there is none, and keep what it returns, unless that is None.

        Nobody else changes the instance in between: in a database this is one transaction, which may call `change` a
        second time if the first attempt has to be given up.
        """

    def delete(self, uid: str) -> None:
        """Forget an instance; nothing happens if there is none."""

    def __iter__(self) -> Iterator[Dataset]:
        """Yield all instances as they are now, for queries."""


class MemoryStore:
    """Instances in memory, gone with the program."""

    __slots__ = ("_instances", "_lock", "_most")

    def __init__(self, instances: Iterable[tuple[str, Dataset]] = (), *, most: int = 100_000) -> None:
        """Take instances by UID; beyond `most` of them new ones are a LimitExceededError, status 0213 to the peer."""
        self._instances: dict[str, Dataset] = dict(instances)
        self._most = most
        self._lock = Lock()

    def get(self, uid: str) -> Dataset | None:
        """Return an instance, None if there is none."""
        return self._instances.get(uid)

    def update(self, uid: str, change: Callable[[Dataset | None], Dataset | None]) -> None:
        """Call `change` with the instance, and keep what it returns; see `InstanceStore`."""
        with self._lock:
            existing = self._instances.get(uid)
            changed = change(existing)
            if changed is None:
                return
            if existing is None and len(self._instances) >= self._most:
                raise LimitExceededError("instances", len(self._instances) + 1, bound=self._most)
            self._instances[uid] = changed

    def delete(self, uid: str) -> None:
        """Forget an instance."""
        with self._lock:
            self._instances.pop(uid, None)

    def __iter__(self) -> Iterator[Dataset]:
        """Yield all instances as they are now."""
        with self._lock:
            return iter(tuple(self._instances.values()))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._instances)
