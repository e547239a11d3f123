"""Storage Commitment as its user: requests, and the results that come for them, now or later (PS3.4 J.3)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from dicomkit.core.uid_generation import generate_uid
from dicomkit.net.dimse.status import INVALID_ARGUMENT_VALUE, NO_SUCH_EVENT_TYPE
from dicomkit.net.exchanges.exchange import ask
from dicomkit.net.exchanges.references import pairs
from dicomkit.net.operations import calls
from dicomkit.net.services.commitment import INSTANCE, request_of
from dicomkit.net.services.items import items_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dicomkit.dataset import Dataset
    from dicomkit.net.dispatch import Request
    from dicomkit.net.dispatch.handlers import Handler
    from dicomkit.net.exchanges.exchange import Exchange
    from dicomkit.net.exchanges.references import InstanceLike

__all__ = ["COMMITMENT", "CommitmentResult", "CommitmentResults", "request_commitment"]

COMMITMENT = "1.2.840.10008.1.20.1"

_COMMITTED, _FAILED, _TRANSACTION = 0x00081199, 0x00081198, 0x00081195


class CommitmentResult(NamedTuple):
    """What became of a request."""

    transaction_uid: str
    committed: tuple[tuple[str, str], ...]
    """SOP Class and SOP Instance UID of each instance that the provider keeps."""
    failed: tuple[tuple[str, str, int], ...]
    """The others, with their Failure Reason: see `FAILURE_REASONS` of `dicomkit.net.services.commitment`."""
    dataset: Dataset
    """All that the report says."""

    @property
    def is_complete(self) -> bool:
        """True if nothing failed."""
        return not self.failed

    @classmethod
    def of(cls, information: Dataset) -> CommitmentResult:
        """Return what the information of a report says (PS3.4 Table J.3.3.1.1-1)."""
        committed = tuple([_reference(item) for item in items_of(information, _COMMITTED)])
        failed = tuple([(*_reference(item), int(item.get("FailureReason") or 0x0110))
                        for item in items_of(information, _FAILED)])  # fmt: skip
        return cls(str(information.get("TransactionUID") or ""), committed, failed, information)


def _reference(item: Dataset) -> tuple[str, str]:
    return str(item.get("ReferencedSOPClassUID") or ""), str(item.get("ReferencedSOPInstanceUID") or "")


def request_commitment(instances: Iterable[InstanceLike], transaction_uid: str = "") -> Exchange[str]:
    """Ask the peer to keep instances; return the Transaction UID, which its result will have.

    Instances are data sets, or pairs of SOP Class and SOP Instance UID. Raises DimseStatusError.
    """
    transaction = transaction_uid or generate_uid()
    yield from ask(calls.n_action(COMMITMENT, INSTANCE, 1, request_of(transaction, pairs(instances))))
    return transaction


class CommitmentResults:
    """Takes the results of requests: its handlers stand with an association, or a server, or both.

    `received` is called with each. Results that nobody has taken are kept, the newest `most` of them.
    """

    def __init__(self, received: Callable[[CommitmentResult], None] | None = None, *, most: int = 10_000) -> None:
        self._received = received
        self._most = most
        self._results: dict[str, CommitmentResult] = {}
        self._changed = threading.Condition()

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handlers, for an association that requests, and for a server that results come to."""
        return {COMMITMENT: {"n-event-report": self.report}}

    def report(self, request: Request) -> int:
        """Perform an N-EVENT-REPORT: 0113 for an event that there is not, 0115 without a transaction."""
        information = request.dataset
        if request.event_type_id not in (1, 2):
            return int(NO_SUCH_EVENT_TYPE)
        if information is None or not information.get("TransactionUID"):
            return int(INVALID_ARGUMENT_VALUE)
        result = CommitmentResult.of(information)
        with self._changed:
            self._results[result.transaction_uid] = result
            while len(self._results) > self._most:
                del self._results[next(iter(self._results))]
            self._changed.notify_all()
        if self._received is not None:
            self._received(result)
        return 0

    def __contains__(self, transaction_uid: object) -> bool:
        """Say whether the result of a transaction has come and was not taken."""
        with self._changed:
            return transaction_uid in self._results

    def take(self, transaction_uid: str) -> CommitmentResult | None:
        """Return the result of a transaction and forget it; None if it has not come."""
        with self._changed:
            return self._results.pop(transaction_uid, None)

    def wait(self, transaction_uid: str, seconds: float) -> CommitmentResult | None:
        """Return the result of a transaction once another thread, a server's, has got it; None after so long."""
        with self._changed:
            self._changed.wait_for(lambda: transaction_uid in self._results, seconds)
            return self._results.pop(transaction_uid, None)
