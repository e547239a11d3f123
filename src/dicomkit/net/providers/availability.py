"""Instance Availability Notifications as provider (PS3.4 R)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.dataset import Dataset
from dicomkit.net.dimse.status import DUPLICATE_SOP_INSTANCE
from dicomkit.net.dispatch.checking import response_to
from dicomkit.net.providers.instances import MemoryStore
from dicomkit.net.services import Verdict
from dicomkit.net.services.availability import check_create

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dicomkit.net.dispatch import Request, Response
    from dicomkit.net.dispatch.handlers import Handler
    from dicomkit.net.providers.instances import InstanceStore

__all__ = ["AVAILABILITY", "Availability"]

AVAILABILITY = "1.2.840.10008.5.1.4.33"


class Availability:
    """Notifications of where instances can be had: each is kept once, and `notified` is called with it."""

    def __init__(
        self, notified: Callable[[str, Dataset], None] | None = None, store: InstanceStore | None = None
    ) -> None:
        """Take what is told of each notification, and where they are kept, in memory if nothing is said."""
        self.store: InstanceStore = MemoryStore() if store is None else store
        self._notified = notified

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handlers of a server."""
        return {AVAILABILITY: {"n-create": self.create}}

    def create(self, request: Request) -> Response:
        """Perform an N-CREATE: 0111 for a UID that is taken, else what `check_create` says."""
        notification = request.dataset or Dataset()
        verdict = Verdict(0)

        def create(existing: Dataset | None) -> Dataset | None:
            nonlocal verdict
            verdict = Verdict(DUPLICATE_SOP_INSTANCE) if existing is not None else check_create(notification)
            return notification if verdict.is_success else None

        self.store.update(request.sop_instance_uid, create)
        if verdict.is_success and self._notified is not None:
            self._notified(request.sop_instance_uid, notification)
        return response_to(verdict)
