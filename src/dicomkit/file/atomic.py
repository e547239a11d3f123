"""Files replaced as a whole: written beside the target, which keeps its name and content until all is there."""

from __future__ import annotations

import contextlib
import os
import stat

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

__all__ = ["Replacement", "write_parts"]

_WRITE = os.O_WRONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class Replacement:
    """A new file that takes the name of `path` when it is committed, and is gone if it is discarded.

    Links are followed, the mode of the old file is kept. What is no ordinary file (a pipe, a device) has no other name
    and is written to itself. `durable` syncs the file and its folder. As a ``with`` block it is committed at the end
    and discarded by an exception. Raises OSError as `open` does.
    """

    __slots__ = ("_durable", "_path", "_temporary", "fd", "status")

    fd: int
    """Where to write."""
    status: os.stat_result | None
    """Of the file that will be replaced, None if there is none."""

    def __init__(self, path: str | os.PathLike[str], *, durable: bool = False) -> None:
        self._durable = durable
        self._path = os.fspath(path)
        self._temporary: str | None = None
        try:
            self.status = os.lstat(self._path)
            if stat.S_ISLNK(self.status.st_mode):
                self._path = os.path.realpath(self._path)
                self.status = os.stat(self._path)
        except FileNotFoundError:
            self.status = None
        if self.status is not None and not stat.S_ISREG(self.status.st_mode):
            self.fd = os.open(self._path, _WRITE)
            self.status = None
        else:
            self.fd, self._temporary = _create_beside(self._path, self.status)

    def commit(self) -> None:
        """Give the new file its name."""
        temporary = self._temporary
        try:
            if self._durable and temporary is not None:
                os.fsync(self.fd)
            self._close()
            if temporary is not None:
                os.replace(temporary, self._path)
                self._temporary = None
        except BaseException:
            self.discard()
            raise
        if self._durable:
            _sync_folder(os.path.dirname(self._path))

    def discard(self) -> None:
        """Remove the new file; the old one stays as it is."""
        self._close()
        if self._temporary is not None:
            os.unlink(self._temporary)
            self._temporary = None

    def _close(self) -> None:
        if self.fd >= 0:
            fd, self.fd = self.fd, -1
            os.close(fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self.commit()
        else:
            self.discard()


def write_parts(fd: int, parts: Sequence[bytes | bytearray | memoryview]) -> None:
    """Write all parts, at most IOV_MAX of them, in one call where the system can take several."""
    if hasattr(os, "writev"):
        written = os.writev(fd, parts)
        if written == sum(map(len, parts)):
            return
        rest = memoryview(b"".join(parts))[written:]
    else:
        rest = memoryview(b"".join(parts))
    while rest.nbytes:
        rest = rest[os.write(fd, rest) :]


def _create_beside(path: str, old: os.stat_result | None) -> tuple[int, str]:
    """Create a file of a new name beside the target: for whom the old one is, else with the mode of `open`."""
    folder, name = os.path.split(path)
    while True:
        temporary = os.path.join(folder, f".{name[:100]}.{os.urandom(6).hex()}.tmp")
        try:
            fd = os.open(temporary, _WRITE | os.O_CREAT | os.O_EXCL, 0o666 if old is None else 0o600)
        except FileExistsError:
            continue
        except OSError as error:
            error.filename = path  # what was asked for, not a name that nobody knows
            raise
        if old is not None:
            try:
                _take_owner_and_mode(fd, temporary, old)
            except BaseException:
                os.close(fd)
                os.unlink(temporary)
                raise
        return fd, temporary


def _take_owner_and_mode(fd: int, temporary: str, status: os.stat_result) -> None:
    """Before the first byte: nobody reads what he could not read before."""
    if hasattr(os, "fchown") and (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
        with contextlib.suppress(PermissionError):  # only the superuser gives files away
            os.fchown(fd, status.st_uid, status.st_gid)
    if hasattr(os, "fchmod"):
        os.fchmod(fd, stat.S_IMODE(status.st_mode))
    else:
        os.chmod(temporary, stat.S_IMODE(status.st_mode))


def _sync_folder(folder: str) -> None:
    if not hasattr(os, "O_DIRECTORY"):
        return  # Windows keeps names with the file
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
