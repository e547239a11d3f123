"""Where files come from: paths, bytes, streams, URLs; each as random access to bytes, with the first bytes at hand."""

from __future__ import annotations

import os
import stat
from _thread import allocate_lock

from dicomkit._ext import open_file, read_again
from dicomkit._lazy import load
from dicomkit.core.buffer import BytesSource
from dicomkit.encoding.scanning import FIRST_WINDOW
from dicomkit.errors import FileFormatError, SourceChangedError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Protocol

    from dicomkit.core.buffer import ByteSource

    class Opened(ByteSource, Protocol):
        """A source that can say what it begins with."""

        def head(self, length: int) -> bytes: ...

    Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Opened


__all__ = ["MemorySource", "PathSource", "StreamSource", "open_source"]

_CHUNK = 1 << 20
_HAS_PREAD = hasattr(os, "pread")


class _Pin:
    """Holds a file open for as long as somebody may read it."""

    __slots__ = ("fd",)

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def __del__(self) -> None:
        os.close(self.fd)


class PathSource:
    """A local file. It is open only while it is read; a file that changed meanwhile is a SourceChangedError."""

    __slots__ = ("_head", "_identity", "_lock", "_pin", "fd", "name", "size")

    is_local = True
    knows_caller = False  # see Context.knows_caller

    def __init__(self, path: str, fd: int, head: bytes, identity: tuple[int, int, int]) -> None:
        self.name = path
        self.size = identity[1]
        self._identity = identity  # inode, size, time of the last change in ns
        self._head: bytes | None = head  # until it is closed
        self.fd = fd  # -1 when it is closed
        self._pin: _Pin | None = None
        self._lock = None if _HAS_PREAD else allocate_lock()

    @property
    def version(self) -> str:
        """What changes when the file does: its modification time."""
        return str(self._identity[2])

    def head(self, length: int) -> bytes:
        """Return the first bytes, all of a small file."""
        head = self._head
        if head is not None and (len(head) == length or len(head) == self.size):
            return head
        return self.read_at(0, length)

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes; SourceChangedError if the file is not the one that was opened."""
        fd = self.fd
        if fd >= 0:
            return self._pread(fd, length, offset)
        try:
            data = read_again(self.name, self._identity, offset, length)
        except OSError as error:
            raise SourceChangedError(f"cannot be read again: {error.strerror}", source=self.name) from error
        if data is None:
            raise SourceChangedError(
                "the file was changed since it was opened; read it again, or call ds.load() before changing it",
                source=self.name,
            )
        return data

    def _pread(self, fd: int, length: int, offset: int) -> bytes:
        try:
            if self._lock is None:
                data = os.pread(fd, length, offset)
                if len(data) == length or offset + len(data) == self.size or not data:
                    return data
                return self._rest(fd, data, length, offset)
            with self._lock:
                os.lseek(fd, offset, os.SEEK_SET)
                return os.read(fd, length)
        except OSError as error:
            raise FileFormatError(f"cannot be read: {error.strerror}", source=self.name, offset=offset) from error

    @staticmethod
    def _rest(fd: int, data: bytes, length: int, offset: int) -> bytes:
        """A read may give less than was asked for, at most 2 GiB on Linux."""
        parts = [data]
        got = len(data)
        while got < length:
            data = os.pread(fd, length - got, offset + got)
            if not data:
                break
            parts.append(data)
            got += len(data)
        return b"".join(parts)

    def pin(self) -> None:
        """Hold the file open from now on, so that it can still be read when another takes its name."""
        if self.fd < 0:
            fd, _, _, *identity = open_file(self.name, 0)
            pin = _Pin(fd)
            if tuple(identity) != self._identity:
                raise SourceChangedError("the file was changed since it was opened", source=self.name)
            self._pin, self.fd = pin, pin.fd

    def is_same_file(self, status: os.stat_result) -> bool:
        """Whether a path leads to this very file."""
        return status.st_ino == self._identity[0] and status.st_size == self._identity[1]

    def close(self) -> None:
        """Close the file; it is opened again when a value is asked for."""
        self._head = None
        fd, self.fd = self.fd, -1
        if self._pin is not None:
            self._pin = None
        elif fd >= 0:
            os.close(fd)


class MemorySource(BytesSource):
    """Bytes; nothing is read and nothing is copied."""

    __slots__ = ("data",)

    is_local = True
    knows_caller = False

    def __init__(self, data: bytes, name: str = "<bytes>") -> None:
        super().__init__(data, name)
        self.data = data

    def head(self, length: int) -> bytes:
        """Return all of it."""
        return self.data

    def close(self) -> None:
        """Do nothing: the data set keeps the bytes."""


class StreamSource:
    """A seekable binary file object, read from where it stood; it must stay open while values are asked for."""

    __slots__ = ("_file", "_lock", "_origin", "name", "size")

    is_local = True

    def __init__(self, file: BinaryIO, name: str, origin: int) -> None:
        self._file = file
        self._lock = allocate_lock()
        self._origin = origin
        self.name = name
        self.size: int = file.seek(0, os.SEEK_END) - origin
        if self.size < 0:
            raise FileFormatError("the file object stands behind its own end", source=name)

    def head(self, length: int) -> bytes:
        """Return the first bytes."""
        return self.read_at(0, length)

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes; SourceChangedError if the file object was closed."""
        parts: list[bytes] = []
        with self._lock:
            try:
                self._file.seek(self._origin + offset)
                while length > 0:
                    data = self._file.read(min(length, _CHUNK))
                    if not data:
                        break
                    if not isinstance(data, (bytes, bytearray)):
                        raise TypeError("a binary file object is read; this one gives text")
                    parts.append(data)
                    length -= len(data)
            except ValueError as error:
                raise SourceChangedError(
                    "the file object was closed; ask for values before, or call ds.load()", source=self.name
                ) from error
            except OSError as error:
                raise FileFormatError(f"cannot be read: {error}", source=self.name, offset=offset) from error
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Do nothing: who opened the file object closes it."""


def open_source(source: Source, *, force: bool = True) -> Opened:
    """Open what a caller names: a path, an URL that fsspec knows, bytes, a binary file object, or what is open already.

    What can be read only once is taken to its end, with `force` whatever it is. Raises NotDicomError without, if its
    first bytes are those of no DICOM file; OSError for a path that cannot be opened, as `open` does; FileFormatError
    for a folder; TypeError for anything else.
    """
    if isinstance(source, str) or isinstance(source, os.PathLike):  # noqa: SIM101  the ABC's check is slow
        path = os.fspath(source)
        if "://" in path:
            opened: Opened = load("open_url")(path)
            return opened
        return _open_path(path, force)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return MemorySource(source if isinstance(source, bytes) else bytes(source))
    if hasattr(source, "read_at"):
        return source  # type: ignore[return-value]  # only what is open already has it
    if hasattr(source, "read"):
        return _open_stream(source, force)
    raise TypeError(f"a path, URL, bytes or a binary file object is read, not {type(source).__name__}")


def _open_path(path: str, force: bool) -> Opened:
    fd, head, mode, inode, size, modified = open_file(path, FIRST_WINDOW)
    if stat.S_ISREG(mode):
        return PathSource(path, fd, head, (inode, size, modified))
    if stat.S_ISDIR(mode):
        os.close(fd)
        raise FileFormatError("a folder: name a file in it, or its DICOMDIR", source=path)
    spooled: Opened = load("spooled_descriptor")(fd, path, force)
    return spooled


def _open_stream(file: BinaryIO, force: bool) -> Opened:
    name = str(getattr(file, "name", None) or f"<{type(file).__name__}>")
    try:
        position = file.tell() if file.seekable() else None
    except (AttributeError, OSError):
        position = None
    if position is None:
        return _spooled(file, name, force)
    if hasattr(file, "getbuffer"):
        return MemorySource(bytes(file.getbuffer()[position:]), name)
    path = _path_of(file, name) if position == 0 else None
    return _open_path(path, force) if path is not None else StreamSource(file, name, position)


def _path_of(file: BinaryIO, name: str) -> str | None:
    """The path of an ordinary open file: by it, values can be read after the file object was closed."""
    try:
        status = os.fstat(file.fileno())
        return name if stat.S_ISREG(status.st_mode) and os.path.samestat(status, os.stat(name)) else None
    except (OSError, ValueError, AttributeError, TypeError):
        return None


def _spooled(file: BinaryIO, name: str, force: bool) -> Opened:
    spooled: Opened = load("spooled")(file, name, force)
    return spooled
