"""Requests held against the rows of their SOP Classes before a handler is called (PS3.4 5.4.2, C.4, PS3.7 C)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.errors import DicomError
from dicomkit.net.dispatch.requests import Response
from dicomkit.net.services import FindExtension, RetrieveExtension, check_query, check_request, check_retrieval

if TYPE_CHECKING:
    from dicomkit.net.dispatch.requests import Request
    from dicomkit.net.services import ServiceTable, SopClass, Verdict
    from dicomkit.net.ul import Association

__all__ = ["checked", "response_to", "row_of"]

_NOT_OF_THIS_MODEL = 0xA900
_NO_IDENTIFIER = Response(_NOT_OF_THIS_MODEL, error_comment="no identifier")
_UNREADABLE = Response(_NOT_OF_THIS_MODEL, error_comment="the identifier cannot be read")

# Change UPS State has statuses of its own for what is wrong with its Transaction UID, a missing one too (PS3.4 CC.2.1).
_HAVE_STATUSES_OF_THEIR_OWN = frozenset({("UnifiedProcedureStepPush", 1), ("UnifiedProcedureStepPull", 1)})


def response_to(verdict: Verdict) -> Response:
    """Return the response that a verdict is, with the attributes at fault."""
    return Response(
        verdict.status, error_comment=verdict.comment, offending=verdict.attributes, error_id=verdict.error_id
    )


def row_of(request: Request, services: ServiceTable) -> SopClass | None:
    """Return the row that a request is about: that of its context, or of the member that it names of a Meta SOP Class.

    None if nobody has written one.
    """
    row = services.sop_class(request.context.abstract_syntax)
    if row is None or not row.members:
        return row
    return services.sop_class(request.sop_class_uid) if request.sop_class_uid in row.members else None


def checked(request: Request, services: ServiceTable) -> Response | None:
    """Return what a request is refused with, or None if its handler is to be called.

    C-FIND, C-MOVE and C-GET are held against their information model, the others against the attributes of their
    operation. What states allow is for the handlers of services that have states.
    """
    row = row_of(request, services)
    if row is None:
        return None
    operation = request.operation
    if operation.startswith("n-"):
        number = request.event_type_id if operation == "n-event-report" else request.action_type_id
        if operation == "n-action" and (row.keyword, number) in _HAVE_STATUSES_OF_THEIR_OWN:
            return None
        verdict = check_request(row, operation, request.dataset, number or 0)
        return None if verdict.is_success else response_to(verdict)
    if row.model is None or operation not in ("find", "move", "get"):
        return None
    try:
        identifier = request.dataset
    except DicomError:
        return _UNREADABLE
    if identifier is None:
        return _NO_IDENTIFIER
    granted = _granted(request.peer.association, row.uid)
    if operation == "find":
        verdict = check_query(row.model, identifier, relational=FindExtension.decode(granted).relational_queries)
    else:
        is_relational = RetrieveExtension.decode(granted).relational_retrieval
        verdict = check_retrieval(row.model, identifier, relational=is_relational)
    return None if verdict.is_success else response_to(verdict)


def _granted(association: Association, sop_class: str) -> bytes:
    """The bytes that answered extended negotiation; what is not there is off (PS3.4 C.5.1.1.2)."""
    for item in association.accept.user_information.extended:
        if item.sop_class_uid == sop_class:
            return item.information
    return b""
