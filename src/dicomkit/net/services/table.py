"""The table of all services that the standard defines and this version knows (PS3.4)."""

from __future__ import annotations

from dicomkit.net.services import (
    availability,
    commitment,
    display_system,
    event_logging,
    inventories,
    machine_verification,
    media_creation,
    non_patient_query,
    performed_step,
    printing,
    query_retrieve,
    relevant_patient,
    storage,
    substances,
    verification,
    work_item,
    worklist,
)
from dicomkit.net.services.service import ServiceTable

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.net.services.service import Service

__all__ = ["SERVICES", "find_service"]

# In the order of the annexes of PS3.4.
SERVICES = ServiceTable(
    [
        *verification.SERVICES,
        *storage.SERVICES,
        *query_retrieve.SERVICES,
        *performed_step.SERVICES,
        *printing.SERVICES,
        *commitment.SERVICES,
        *worklist.SERVICES,
        *event_logging.SERVICES,
        *relevant_patient.SERVICES,
        *availability.SERVICES,
        *media_creation.SERVICES,
        *substances.SERVICES,
        *work_item.SERVICES,
        *machine_verification.SERVICES,
        *display_system.SERVICES,
        *non_patient_query.SERVICES,
        *inventories.SERVICES,
    ]
)


def find_service(sop_class: str, *, service_class: str = "", unknown_is_storage: bool = False) -> Service | None:
    """Return the service of a SOP Class in `SERVICES`, None if there is none; see `ServiceTable.find`."""
    return SERVICES.find(sop_class, service_class=service_class, unknown_is_storage=unknown_is_storage)
