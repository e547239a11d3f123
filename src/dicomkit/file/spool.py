"""Sources that cannot be read again, pipes and sockets: taken once, into memory or a temporary file."""

from __future__ import annotations

import os
import select
from tempfile import SpooledTemporaryFile

from dicomkit.core.issue import IssueCollector
from dicomkit.encoding.scanning import FIRST_WINDOW
from dicomkit.file.preamble import find_start
from dicomkit.file.sources import MemorySource, StreamSource

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from dicomkit.file.sources import Opened

__all__ = ["IN_MEMORY", "SpooledSource", "finished", "spooled", "spooled_descriptor"]

_CHUNK = 1 << 20
IN_MEMORY = 16 << 20
"""Kept in memory up to here, then in a temporary file."""


class SpooledSource(StreamSource):
    """A temporary file, which goes when the source does: nobody else could close it."""

    __slots__ = ()

    def __del__(self) -> None:
        self._file.close()


def spooled(file: BinaryIO, name: str, force: bool = True) -> Opened:
    """Read a file object to its end; TypeError if it gives text.

    Without `force`, what does not begin as a DICOM file is a NotDicomError before more of it is read.
    """
    spool = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  lives as long as the source
    try:
        head: bytes | None = None if force else b""
        while chunk := file.read(_CHUNK):
            if not isinstance(chunk, bytes):
                raise TypeError("a binary file object is read; this one gives text")
            spool.write(chunk)
            if head is not None:
                head += chunk
                if len(head) >= FIRST_WINDOW:
                    _check_start(head, name)
                    head = None
    except BaseException:
        spool.close()
        raise
    return finished(spool, name)


def spooled_descriptor(fd: int, name: str, force: bool) -> Opened:
    """Read a pipe or a device, which was opened without waiting, to its end, and close it."""
    with os.fdopen(fd, "rb") as file:
        os.set_blocking(fd, True)
        if hasattr(select, "poll"):
            # Without a writer a pipe would seem to be at its end before it has begun.
            poll = select.poll()
            poll.register(fd, select.POLLIN)
            poll.poll()
        return spooled(file, name, force)


def _check_start(head: bytes, name: str) -> None:
    if head[128:132] != b"DICM":
        find_start(head[:FIRST_WINDOW], name, False, IssueCollector("ignore"))


def finished(spool: SpooledTemporaryFile[bytes], name: str) -> Opened:
    """Return the source of what was written to a spool."""
    if getattr(spool, "_rolled", True):
        return SpooledSource(spool, name, 0)  # type: ignore[arg-type]  # a spool is a binary file
    spool.seek(0)
    data = spool.read()
    spool.close()
    return MemorySource(data, name)
