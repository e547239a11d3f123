"""Whether two files hold the same data set to the byte; what stands before it does not count."""

from __future__ import annotations

import os
import stat
from hashlib import sha256

from dicomkit.net.storage.file_head import read_head

__all__ = ["digest", "is_same"]

_CHUNK = 1 << 20
_HEAD = 16 << 10
_READ = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a pipe in its place is not waited for
)


def is_same(fd: int, start: int, transfer_syntax: str, path: str) -> bool:
    """Return whether the file at `path` has the data set, and the transfer syntax, of an open one from `start` on.

    Anything but a file of PS3.10 is something else. Raises OSError.
    """
    other = os.open(path, _READ)
    try:
        status = os.fstat(other)
        if not stat.S_ISREG(status.st_mode):
            return False
        head = read_head(os.pread(other, _HEAD, 0))
        if head is None or head.transfer_syntax != transfer_syntax:
            return False
        size = os.fstat(fd).st_size - start
        if status.st_size - head.length != size:
            return False
        return all(
            os.pread(fd, _CHUNK, start + at) == os.pread(other, _CHUNK, head.length + at)
            for at in range(0, size, _CHUNK)
        )
    finally:
        os.close(other)


def digest(fd: int, start: int, transfer_syntax: str) -> str:
    """Return 32 hexadecimal digits that stand for the data set of an open file and its transfer syntax."""
    total = sha256(transfer_syntax.encode("ascii") + b"\0")
    while data := os.pread(fd, _CHUNK, start):
        total.update(data)
        start += len(data)
    return total.hexdigest()[:32]
