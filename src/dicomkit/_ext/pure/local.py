"""What ``_ext/local.pyx`` does, with the calls of `os`; also where a system has no POSIX calls."""

from __future__ import annotations

import os
import stat

__all__ = ["open_file"]

_READ_ONLY = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def open_file(path: str, length: int) -> tuple[int, bytes, int, int, int, int]:
    """Open a file for reading: (descriptor, its first `length` bytes, mode, inode, size, modification time in ns).

    Only of an ordinary file bytes are read. Raises OSError.
    """
    if length < 0:
        raise ValueError("a negative length")
    fd = os.open(path, _READ_ONLY)
    try:
        status = os.fstat(fd)
        head = b""
        if length and stat.S_ISREG(status.st_mode):
            head = os.read(fd, length)
            os.lseek(fd, 0, os.SEEK_SET)
        return fd, head, status.st_mode, status.st_ino, status.st_size, status.st_mtime_ns
    except BaseException:
        os.close(fd)
        raise
