"""Instances as files: what a provider of Storage writes, and what a user of it reads (PS3.4 B, PS3.10 7)."""

from __future__ import annotations

from dicomkit.net.storage.folder import IncomingInstance, InstanceFolder
from dicomkit.net.storage.layout import Layout, safe_name
from dicomkit.net.storage.outcome import Disposition, Duplicates, Stored
from dicomkit.net.storage.sending import BufferPool, DatasetInstance, FileInstance, describe, open_instance
from dicomkit.net.storage.targets import AsStream, ToFolder

__all__ = [
    "AsStream",
    "BufferPool",
    "DatasetInstance",
    "Disposition",
    "Duplicates",
    "FileInstance",
    "IncomingInstance",
    "InstanceFolder",
    "Layout",
    "Stored",
    "ToFolder",
    "describe",
    "open_instance",
    "safe_name",
]
