"""The table of all services that the standard defines and this version knows (PS3.4)."""

from __future__ import annotations

from dicomkit.net.services import query_retrieve, storage, verification
from dicomkit.net.services.service import ServiceTable

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.net.services.service import Service

__all__ = ["SERVICES", "find_service"]

SERVICES = ServiceTable(
    [
        *verification.SERVICES,
        *storage.SERVICES,
        *query_retrieve.SERVICES,
    ]
)


def find_service(sop_class: str, *, service_class: str = "", unknown_is_storage: bool = False) -> Service | None:
    """Return the service of a SOP Class in `SERVICES`, None if there is none; see `ServiceTable.find`."""
    return SERVICES.find(sop_class, service_class=service_class, unknown_is_storage=unknown_is_storage)
