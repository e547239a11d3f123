"""Bytes that come once and in order: a pipe, a socket, a deflated stream; read ahead only as far as is asked for."""

from __future__ import annotations

from dicomkit.errors import FileFormatError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Sequential", "reads_of"]

_CHUNK = 64 << 10


class Sequential:
    """A window on a stream that only moves forward.

    `read` gives the next bytes, at most as many as it is asked for, b"" at the end. Between `base` and the end of
    `window` lies what has been read and not passed yet. As a ByteSource it can be read from `base` on, so that a file
    meta can be scanned before it is passed.
    """

    __slots__ = ("_read", "base", "has_ended", "name", "window")

    is_local = False
    hop_window = 0  # a scan asks for what it needs and no more, for more may not come yet
    size: int | None = None

    def __init__(self, read: Callable[[int], object], name: str) -> None:
        self._read = read
        self.name = name
        self.base = 0
        self.window = b""
        self.has_ended = False

    def reach(self, offset: int, length: int) -> int:
        """Pass what is before `offset`, and read until `length` bytes from there are in the window.

        Return how many are, fewer only where the stream ends. Raises FileFormatError if reading fails.
        """
        if offset != self.base:
            self.skip(offset - self.base)
        have = len(self.window)
        if have < length and not self.has_ended:
            parts = [self.window]
            while have < length:
                part = self._next(_CHUNK)
                if not part:
                    break
                parts.append(part)
                have += len(part)
            self.window = b"".join(parts)
        return have

    def take(self, length: int) -> bytes:
        """Return and pass the next bytes, at most `length`, b"" at the end; what comes, without waiting for all."""
        if self.window:
            data = self.window if len(self.window) <= length else self.window[:length]
            self.window = self.window[len(data) :]
        else:
            data = self._next(length)
        self.base += len(data)
        return data

    def skip(self, length: int) -> int:
        """Pass bytes, and return how many there were; fewer only where the stream ends."""
        left = length
        while left > 0:
            data = self.take(min(left, _CHUNK))
            if not data:
                break
            left -= len(data)
        return length - left

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes that have not been passed yet, reading on if need be; fewer only where the stream ends."""
        start = offset - self.base
        if start < 0:
            raise ValueError("these bytes of the stream have been passed")
        self.reach(self.base, start + length)
        return self.window[start : start + length]

    def close(self) -> None:
        """Do nothing: who opened the stream closes it."""

    def _next(self, length: int) -> bytes:
        if self.has_ended:
            return b""
        try:
            data = self._read(length)
        except OSError as error:
            raise FileFormatError(f"cannot be read: {error}", source=self.name, offset=self.base) from error
        if data is None:
            raise FileFormatError("has no bytes at the moment; a blocking file object is needed", source=self.name)
        if not data:
            self.has_ended = True
            return b""
        if not isinstance(data, bytes):
            if not isinstance(data, (bytearray, memoryview)):
                raise TypeError("a binary file object is read; this one gives text")
            data = bytes(data)
        return data


def reads_of(chunks: Iterator[bytes]) -> Callable[[int], bytes]:
    """Return a function that reads from an iterator of chunks as from a file."""
    rest = b""

    def read(length: int) -> bytes:
        nonlocal rest
        while not rest:
            following = next(chunks, None)
            if following is None:
                return b""
            rest = following
        data, rest = rest[:length], rest[length:]
        return data

    return read
