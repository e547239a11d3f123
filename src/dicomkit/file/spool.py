"""Sources that cannot be read again, pipes and sockets: taken once, into memory or a temporary file."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile

from dicomkit.file.sources import MemorySource, StreamSource

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from dicomkit.file.sources import Opened

__all__ = ["IN_MEMORY", "SpooledSource", "finished", "spooled"]

_CHUNK = 1 << 20
IN_MEMORY = 16 << 20
"""Kept in memory up to here, then in a temporary file."""


class SpooledSource(StreamSource):
    """A temporary file, which goes when the source does: nobody else could close it."""

    __slots__ = ()

    def __del__(self) -> None:
        self._file.close()


def spooled(file: BinaryIO, name: str) -> Opened:
    """Read a file object to its end; TypeError if it gives text."""
    spool = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  lives as long as the source
    try:
        while chunk := file.read(_CHUNK):
            if not isinstance(chunk, bytes):
                raise TypeError("a binary file object is read; this one gives text")
            spool.write(chunk)
    except BaseException:
        spool.close()
        raise
    return finished(spool, name)


def finished(spool: SpooledTemporaryFile[bytes], name: str) -> Opened:
    """Return the source of what was written to a spool."""
    if getattr(spool, "_rolled", True):
        return SpooledSource(spool, name, 0)  # type: ignore[arg-type]  # a spool is a binary file
    spool.seek(0)
    data = spool.read()
    spool.close()
    return MemorySource(data, name)
