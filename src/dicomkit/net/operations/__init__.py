"""The invoker's side of each DIMSE operation as an object without I/O: messages in, results out (PS3.7 9, 10)."""

from __future__ import annotations

from dicomkit.net.operations.contexts import Contexts
from dicomkit.net.operations.operation import Operation, Port
from dicomkit.net.operations.query import FindOperation, GetOperation, MoveOperation, RetrieveStep
from dicomkit.net.operations.request import Reply, RequestOperation
from dicomkit.net.operations.store import Instance, StoreOperation, StoreResult

__all__ = [
    "Contexts",
    "FindOperation",
    "GetOperation",
    "Instance",
    "MoveOperation",
    "Operation",
    "Port",
    "Reply",
    "RequestOperation",
    "RetrieveStep",
    "StoreOperation",
    "StoreResult",
]
