"""Message exchange without I/O: command sets, statuses, and messages over an association (PS3.7)."""

from __future__ import annotations

from dicomkit.net.dimse.commands import Command, CommandField, Priority
from dicomkit.net.dimse.fragments import DataSource
from dicomkit.net.dimse.session import DataPiece, MessageBegan, MessageEnded, SendFailed, Session
from dicomkit.net.dimse.status import Category, Status

__all__ = [
    "Category",
    "Command",
    "CommandField",
    "DataPiece",
    "DataSource",
    "MessageBegan",
    "MessageEnded",
    "Priority",
    "SendFailed",
    "Session",
    "Status",
]
