"""Values longer than memory: where their bytes come from, and where a file that is written in one go sends them."""

from __future__ import annotations

import io
import os
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile

from dicomkit.errors import ValueEncodeError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Protocol, TypeAlias

    class Readable(Protocol):
        """A binary file object as far as it is read."""

        def read(self, size: int, /) -> bytes: ...

    class Writable(Protocol):
        """A binary file object as far as it is written."""

        def write(self, data: memoryview, /) -> int | None: ...

    Bulk: TypeAlias = bytes | bytearray | memoryview | Readable | Iterable[bytes]

__all__ = ["Reader", "Sink", "length_of", "measured", "pieces"]

_CHUNK = 64 << 10
# What of a value of unknown length is kept in memory until it is known.
_IN_MEMORY = 1 << 20


# -- from ------------------------------------------------------------------------------------------------------------


def pieces(value: Bulk) -> Iterator[bytes]:
    """Iterate over bytes, a file object or an iterable of bytes in pieces of at most 64 KiB."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        view = memoryview(value).cast("B")
        for start in range(0, view.nbytes, _CHUNK):
            yield bytes(view[start : start + _CHUNK])
    elif hasattr(value, "read"):
        while piece := value.read(_CHUNK):
            yield _checked(piece)
    else:
        for piece in value:
            yield from pieces(_checked(piece))


def _checked(piece: object) -> bytes:
    if not isinstance(piece, (bytes, bytearray, memoryview)):
        raise ValueEncodeError(f"bytes are needed, not {type(piece).__name__}")
    return bytes(piece)


def length_of(value: Bulk) -> int | None:
    """Return how long a value is, from where its file object stands, None if only reading it tells."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return memoryview(value).nbytes
    seek, tell = getattr(value, "seek", None), getattr(value, "tell", None)
    if seek is None or tell is None:
        return None
    try:
        position: int = tell()
        end: int = seek(0, os.SEEK_END)
        seek(position)
    except OSError:
        return None
    return end - position


@contextmanager
def measured(value: Bulk) -> Iterator[tuple[Bulk, int]]:
    """Give a value whose length is known, and the length; what does not tell goes to a temporary file."""
    length = length_of(value)
    if length is not None:
        yield value, length
        return
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        length = 0
        for piece in pieces(value):
            spool.write(piece)
            length += len(piece)
        spool.seek(0)
        yield spool, length


class Reader:
    """Takes a value apart into runs of given lengths."""

    __slots__ = ("_pieces", "_rest")

    def __init__(self, value: Bulk) -> None:
        self._pieces = pieces(value)
        self._rest = b""

    def part(self, length: int) -> Iterator[bytes]:
        """Iterate over the next `length` bytes, fewer if there are no more."""
        while length:
            piece = self._rest or next(self._pieces, b"")
            if not piece:
                return
            self._rest = piece[length:]
            piece = piece[:length]
            length -= len(piece)
            yield piece

    def has_more(self) -> bool:
        """Whether something follows."""
        return bool(self._rest) or next(self._pieces, None) is not None


# -- to --------------------------------------------------------------------------------------------------------------


class Sink:
    """A file object that is written in pieces worth a system call, and gone back in if it can."""

    __slots__ = ("_origin", "_parts", "_size", "_target", "position")

    position: int
    """How much has been written."""

    def __init__(self, target: Writable) -> None:
        self._target = target
        self._parts: list[bytes] = []
        self._size = 0
        self.position = 0
        self._origin: int | None = None
        try:
            if target.seekable():  # type: ignore[attr-defined]  # what has it not is caught
                self._origin = target.tell()  # type: ignore[attr-defined]
        except (AttributeError, OSError):
            pass

    @property
    def can_go_back(self) -> bool:
        """Whether bytes can be overwritten."""
        return self._origin is not None

    def write(self, data: bytes) -> None:
        """Write bytes, now or with those that follow."""
        self._parts.append(data)
        self._size += len(data)
        self.position += len(data)
        if self._size >= _CHUNK:
            self.flush()

    def flush(self) -> None:
        """Hand on what was held back. Raises OSError."""
        data = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts, self._size = [], 0
        self._write_all(data)

    def overwrite(self, position: int, data: bytes) -> None:
        """Put other bytes where placeholders were written."""
        self.flush()
        assert self._origin is not None  # asked before
        self._target.seek(self._origin + position)  # type: ignore[attr-defined]  # it can go back
        self._write_all(data)
        self._target.seek(self._origin + self.position)  # type: ignore[attr-defined]

    def _write_all(self, data: bytes) -> None:
        view = memoryview(data)
        while view.nbytes:
            written = self._target.write(view)
            if written is None:
                if isinstance(self._target, io.RawIOBase):
                    raise BlockingIOError("the file object does not wait until it can take more")
                return  # a file-like object that does not count
            view = view[written:]
