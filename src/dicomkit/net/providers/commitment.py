"""Storage Commitment as provider: the request is answered, looked into, and reported on (PS3.4 J.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.dataset import Dataset
from dicomkit.errors import DimseStatusError
from dicomkit.net.dimse.status import (
    INVALID_ARGUMENT_VALUE,
    MISSING_ATTRIBUTE_VALUE,
    NO_SUCH_SOP_INSTANCE,
    PROCESSING_FAILURE,
)
from dicomkit.net.dispatch import Response
from dicomkit.net.dispatch.checking import response_to
from dicomkit.net.providers.instances import is_uid
from dicomkit.net.providers.reports import Report
from dicomkit.net.services import Verdict
from dicomkit.net.services.commitment import INSTANCE, check_request, report_of
from dicomkit.net.services.items import items_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dicomkit.net.dispatch import Request
    from dicomkit.net.dispatch.handlers import Handler
    from dicomkit.net.operations import Reply, RequestOperation
    from dicomkit.net.providers.reports import Deliver

__all__ = ["COMMITMENT", "Commitments"]

COMMITMENT = "1.2.840.10008.1.20.1"

_REFERENCES = 0x00081199


class Commitments:
    """Storage commitment for whatever `check` says is kept.

    `check` is called with the SOP Class and SOP Instance UID of each instance that is asked about, after the request
    was answered; what it denies is reported with the reason "no such object instance", and a DimseStatusError that it
    raises with its status. The result goes over the association of the request if the requestor is still there
    `seconds` after its answer; otherwise, and if it is not taken there, `deliver` brings it over one of its own.
    """

    def __init__(
        self,
        check: Callable[[str, str], bool],
        deliver: Deliver | None = None,
        *,
        seconds: float = 0.5,
        same_association: bool = True,
        retrieve_ae_title: str = "",
    ) -> None:
        """Take what knows the instances, and what reaches requestors that have left.

        ValueError if there is no way to report: neither `same_association` nor `deliver`.
        """
        if not same_association and deliver is None:
            raise ValueError("results go over the same association, or deliver says how requestors are reached")
        self._check = check
        self._deliver = deliver
        self._seconds = seconds
        self._same_association = same_association
        self._retrieve_ae_title = retrieve_ae_title

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handlers of a server."""
        return {COMMITMENT: {"n-action": self.act}}

    def act(self, request: Request) -> Response:
        """Perform an N-ACTION: 0112 for another instance than the well-known one, else as `check_request`."""
        if request.sop_instance_uid != INSTANCE:
            return Response(NO_SUCH_SOP_INSTANCE)
        information = request.dataset or Dataset()
        verdict = check_request(request.action_type_id or 0, information)
        if verdict.is_success and not items_of(information, _REFERENCES):
            # What came under the tag is no sequence: nothing is asked about, and that must not look like success.
            verdict = Verdict(MISSING_ATTRIBUTE_VALUE, "no items: ReferencedSOPSequence", [_REFERENCES])
        if verdict.is_success and not all(is_uid(text) for text in _uids(information)):
            verdict = Verdict(INVALID_ARGUMENT_VALUE, "what is to be a UID is none")
        response = response_to(verdict)
        if verdict.is_success:
            response.follow_up = _Result(self, request.peer.calling_ae_title, information, self._seconds)
        return response

    def report(self, information: Dataset) -> Report:
        """Look into a request and return its result; each instance is named once (PS3.4 J.3.3)."""
        kept: list[tuple[str, str]] = []
        lost: list[tuple[str, str, int]] = []
        references = items_of(information, _REFERENCES)
        asked = [(str(one.ReferencedSOPClassUID), str(one.ReferencedSOPInstanceUID)) for one in references]
        for instance in dict.fromkeys(asked):
            try:
                reason = 0 if self._check(*instance) else int(NO_SUCH_SOP_INSTANCE)
            except DimseStatusError as error:
                reason = error.status
            except Exception:  # what cannot be looked into is not promised
                reason = int(PROCESSING_FAILURE)
            if reason:
                lost.append((*instance, reason))
            else:
                kept.append(instance)
        event, result = report_of(
            str(information.TransactionUID), kept, lost, retrieve_ae_title=self._retrieve_ae_title
        )
        return Report(COMMITMENT, INSTANCE, event, result)

    def deliver(self, title: str, report: Report) -> None:
        """Send a report over an association of its own, if there is a way."""
        if self._deliver is not None and self._deliver.knows(title):
            self._deliver(title, report)

    @property
    def uses_same_association(self) -> bool:
        """True if results go over the association of their request, where that can be."""
        return self._same_association


def _uids(information: Dataset) -> Iterator[str]:
    yield str(information.TransactionUID)
    for item in items_of(information, _REFERENCES):
        yield str(item.ReferencedSOPClassUID)
        yield str(item.ReferencedSOPInstanceUID)


class _Result:
    """What follows the answer of a request (`FollowUp`)."""

    def __init__(self, commitments: Commitments, title: str, information: Dataset, seconds: float) -> None:
        self._commitments = commitments
        self._title = title
        self._information = information
        self._report: Report | None = None
        self.seconds = seconds if commitments.uses_same_association else 0.0

    def _result(self) -> Report:
        if self._report is None:
            self._report = self._commitments.report(self._information)
        return self._report

    def operation(self) -> RequestOperation | None:
        """Return the report for the association of the request."""
        return self._result().operation() if self._commitments.uses_same_association else None

    def ended(self, reply: Reply | None) -> None:
        """Deliver the report in another way if the requestor has not taken it."""
        if reply is None or reply.status.is_failure:
            self._commitments.deliver(self._title, self._result())
