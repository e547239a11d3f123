"""Modality Performed Procedure Steps as provider: kept, changed, retrieved, told of (PS3.4 F.7 to F.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.dataset import Dataset
from dicomkit.net.dimse.status import DUPLICATE_SOP_INSTANCE, NO_SUCH_SOP_INSTANCE
from dicomkit.net.dispatch import Response
from dicomkit.net.dispatch.checking import response_to
from dicomkit.net.providers.instances import MemoryStore
from dicomkit.net.providers.reports import Report
from dicomkit.net.services import Verdict
from dicomkit.net.services.performed_step import EVENTS, check_create, check_set, updated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dicomkit.net.dispatch import Request
    from dicomkit.net.dispatch.handlers import Handler
    from dicomkit.net.providers.instances import InstanceStore
    from dicomkit.net.providers.reports import Deliver

__all__ = ["PERFORMED_STEP", "PERFORMED_STEP_NOTIFICATION", "PERFORMED_STEP_RETRIEVE", "PerformedSteps", "chosen"]

PERFORMED_STEP = "1.2.840.10008.3.1.2.3.3"
PERFORMED_STEP_RETRIEVE = "1.2.840.10008.3.1.2.3.4"
PERFORMED_STEP_NOTIFICATION = "1.2.840.10008.3.1.2.3.5"

_OPTIONAL_NOT_SUPPORTED = 0x0001
_IN_PROGRESS, _COMPLETED, _DISCONTINUED, _UPDATED = [event.number for event in EVENTS[:4]]
_EVENT_OF_STATE = {"COMPLETED": _COMPLETED, "DISCONTINUED": _DISCONTINUED}


def chosen(instance: Dataset, tags: Iterable[int]) -> Dataset | tuple[int, Dataset]:
    """Return what an N-GET is answered with: what is asked for, with 0001 if not all of it is there.

    No tags ask for all there is (PS3.7 10.1.2.1.4).
    """
    wanted = tuple(tags)
    if not wanted:
        return instance
    found = Dataset()
    for tag in wanted:
        if tag in instance:
            found.add(instance[tag])
    return found if all(tag in instance for tag in wanted) else (_OPTIONAL_NOT_SUPPORTED, found)


class PerformedSteps:
    """Performed procedure steps: N-CREATE and N-SET by the rules of their states, N-GET for who asks.

    `changed` is called with the SOP Instance UID and the step as it now is, after each change. The AE titles in
    `notified` get an event for each, through `deliver`.
    """

    def __init__(
        self,
        store: InstanceStore | None = None,
        *,
        changed: Callable[[str, Dataset], None] | None = None,
        notified: Iterable[str] = (),
        deliver: Deliver | None = None,
    ) -> None:
        """Take where steps are kept, in memory if nothing is said; ValueError for titles without `deliver`."""
        self.store: InstanceStore = MemoryStore() if store is None else store
        self._changed = changed
        self._notified = tuple(notified)
        self._deliver = deliver
        if self._notified and deliver is None:
            raise ValueError("deliver says how those who are notified are reached")

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handlers of a server."""
        return {
            PERFORMED_STEP: {"n-create": self.create, "n-set": self.set},
            PERFORMED_STEP_RETRIEVE: {"n-get": self.get},
        }

    def create(self, request: Request) -> Response:
        """Perform an N-CREATE: 0111 for a UID that is taken, else what `check_create` says."""
        step = request.dataset or Dataset()
        verdict = Verdict(0)

        def create(existing: Dataset | None) -> Dataset | None:
            nonlocal verdict
            verdict = Verdict(DUPLICATE_SOP_INSTANCE) if existing is not None else check_create(step)
            return step if verdict.is_success else None

        self.store.update(request.sop_instance_uid, create)
        if verdict.is_success:
            self._tell(request.sop_instance_uid, step, _IN_PROGRESS)
        return response_to(verdict)

    def set(self, request: Request) -> Response:
        """Perform an N-SET: 0112 for an unknown UID, 0110 with A710 for a step that has ended, else as `check_set`."""
        changes = request.dataset or Dataset()
        verdict = Verdict(NO_SUCH_SOP_INSTANCE)
        result: Dataset | None = None

        def change(existing: Dataset | None) -> Dataset | None:
            nonlocal verdict, result
            if existing is None:
                return None
            verdict = check_set(existing, changes)
            result = updated(existing, changes) if verdict.is_success else None
            return result

        self.store.update(request.sop_instance_uid, change)
        if result is not None:
            state = str(result.PerformedProcedureStepStatus)
            self._tell(request.sop_instance_uid, result, _EVENT_OF_STATE.get(state, _UPDATED))
        return response_to(verdict)

    def get(self, request: Request) -> Response | Dataset | tuple[int, Dataset]:
        """Perform an N-GET: 0112 for an unknown UID, 0001 where not all that was asked for is there (PS3.4 F.8.2)."""
        step = self.store.get(request.sop_instance_uid)
        return Response(NO_SUCH_SOP_INSTANCE) if step is None else chosen(step, request.attributes)

    def _tell(self, uid: str, step: Dataset, event: int) -> None:
        if self._changed is not None:
            self._changed(uid, step)
        if self._deliver is not None:
            for title in self._notified:
                self._deliver(title, Report(PERFORMED_STEP_NOTIFICATION, uid, event))
