"""Which instances go over which association: what they are is looked at before it is proposed (PS3.8 7.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dicomkit.errors import DicomError
from dicomkit.net.operations import StoreResult
from dicomkit.net.operations.proposal import Proposal, plan_instances
from dicomkit.net.storage.sending import describe

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Batch", "batches"]


class Batch(NamedTuple):
    """Instances for one association."""

    failed: tuple[StoreResult, ...]
    """Results of what could not be read."""
    items: tuple[object, ...]
    proposal: Proposal


def batches(items: Iterable[object]) -> list[Batch]:
    """Look at all instances, and return them with the contexts that they need, in their order; mostly one batch."""
    failed: list[StoreResult] = []
    found: list[tuple[object, str, str]] = []
    for item in items:
        try:
            one = describe(item)  # type: ignore[arg-type]  # what it cannot open it says
        except (DicomError, OSError, TypeError) as error:
            failed.append(StoreResult(source=item, error=error))
        else:
            found.append((item, one.sop_class_uid, one.transfer_syntax))
    made = []
    for proposal in plan_instances([(sop_class, syntax) for _, sop_class, syntax in found]) or [Proposal(())]:
        classes = {abstract for abstract, _ in proposal.contexts}
        mine = tuple([item for item, sop_class, _ in found if sop_class in classes])
        made.append(Batch(tuple(failed), mine, proposal))
        failed = []
    return made
