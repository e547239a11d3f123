"""Events that a provider reports to its users, over whatever association reaches them (PS3.7 10.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from dicomkit.net.operations import calls

if TYPE_CHECKING:
    from dicomkit.dataset import Dataset
    from dicomkit.net.operations import RequestOperation

__all__ = ["Deliver", "Report"]


class Report(NamedTuple):
    """An event: what an N-EVENT-REPORT says."""

    sop_class_uid: str
    sop_instance_uid: str
    event_type_id: int
    dataset: Dataset | None = None
    abstract_syntax: str = ""
    """That of the context where it is not the SOP Class, as with the events of work items (PS3.4 CC.3.1)."""

    @property
    def context(self) -> str:
        """The abstract syntax of the context that it goes over."""
        return self.abstract_syntax or self.sop_class_uid

    def operation(self) -> RequestOperation:
        """Return the N-EVENT-REPORT."""
        return calls.n_event_report(
            self.sop_class_uid,
            self.sop_instance_uid,
            self.event_type_id,
            self.dataset,
            abstract_syntax=self.abstract_syntax,
        )


class Deliver(Protocol):
    """What brings reports to application entities: `dicomkit.net.sync.Reporter`, for one."""

    def __call__(self, ae_title: str, report: Report) -> None:
        """Take a report, and return without waiting for its delivery; those for one title arrive in their order."""

    def knows(self, ae_title: str) -> bool:
        """Say whether a title can be reached."""
