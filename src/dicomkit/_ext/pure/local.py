"""What ``_ext/local.pyx`` does, with the calls of `os`; also where a system has no POSIX calls."""

from __future__ import annotations

import os
import stat

__all__ = ["open_file", "read_again"]

_CHUNK = 1 << 20
# Not waiting for anybody: of a pipe, for its writer.
_READ_ONLY = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)


def open_file(path: str, length: int) -> tuple[int, bytes, int, int, int, int]:
    """Open a file for reading: (descriptor, its first `length` bytes, mode, inode, size, modification time in ns).

    Only of an ordinary file bytes are read. Nothing is waited for: what is none does not block. Raises OSError.
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


def read_again(path: str, identity: tuple[int, int, int], offset: int, length: int) -> bytes | None:
    """Read from a file that was opened before: None if it is another one now, which `identity` tells.

    That is (inode, size, modification time in ns). Fewer bytes than `length` come only where the file ends. Raises
    OSError.
    """
    if length < 0 or offset < 0:
        raise ValueError("no place in a file")
    fd = os.open(path, _READ_ONLY)
    try:
        status = os.fstat(fd)
        if (status.st_ino, status.st_size, status.st_mtime_ns) != identity:
            return None
        os.lseek(fd, offset, os.SEEK_SET)
        parts = []
        while length:
            data = os.read(fd, min(length, _CHUNK))
            if not data:
                break
            parts.append(data)
            length -= len(data)
        return b"".join(parts)
    finally:
        os.close(fd)
