"""Message exchange, without I/O: command sets, statuses, and messages over an association (PS3.7)."""

from __future__ import annotations

from dicomkit.net.dimse.commands import (
    FIELDS,
    MESSAGES,
    Command,
    CommandField,
    Field,
    MessageRow,
    Priority,
    decode,
    encode,
)
from dicomkit.net.dimse.fragments import DataSource
from dicomkit.net.dimse.session import (
    DataPiece,
    Message,
    MessageBegan,
    MessageCollector,
    MessageEnded,
    SendFailed,
    Session,
    SessionEvent,
)
from dicomkit.net.dimse.status import PRIMITIVES, TABLES, Category, Status, StatusRow, status_rows

__all__ = [
    "FIELDS",
    "MESSAGES",
    "PRIMITIVES",
    "TABLES",
    "Category",
    "Command",
    "CommandField",
    "DataPiece",
    "DataSource",
    "Field",
    "Message",
    "MessageBegan",
    "MessageCollector",
    "MessageEnded",
    "MessageRow",
    "Priority",
    "SendFailed",
    "Session",
    "SessionEvent",
    "Status",
    "StatusRow",
    "decode",
    "encode",
    "status_rows",
]
