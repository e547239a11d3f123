"""The descriptor of a file-set, a text file for people beside the DICOMDIR (PS3.3 F.3.2.1, PS3.10 8.6)."""

from __future__ import annotations

import errno
import os

from dicomkit.file.atomic import Replacement

__all__ = ["read_descriptor", "write_descriptor"]

_LARGEST = 1 << 24
"""Bytes: a text for people; what is larger is none, and is not copied."""


def read_descriptor(path: str) -> bytes | None:
    """Return what a descriptor says, None where there is no regular file or one of more than 16 MiB."""
    if not os.path.isfile(path):
        return None
    with open(path, "rb") as file:
        data = file.read(_LARGEST + 1)
    return data if len(data) <= _LARGEST else None


def write_descriptor(path: str, data: bytes, *, replace: bool, durable: bool) -> None:
    """Write a descriptor as a whole, in a new folder if need be.

    Unless `replace`, a file that says something else is not replaced: FileExistsError. Raises OSError.
    """
    if os.path.lexists(path) and not replace:
        if read_descriptor(path) == data:
            return
        raise FileExistsError(errno.EEXIST, "the place of the descriptor is taken", path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    rest = memoryview(data)
    with Replacement(path, durable=durable) as file:
        while rest:
            rest = rest[os.write(file.fd, rest) :]
