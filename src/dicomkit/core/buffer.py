"""Where bytes come from: the protocol that decoders read by, and the source that is bytes already."""

from __future__ import annotations

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object

__all__ = ["ByteSource", "BytesSource"]


class ByteSource(Protocol):
    """Random access to bytes; sources that do I/O live in ``dicomkit.file``."""

    @property
    def size(self) -> int | None:
        """How many bytes there are, None while nobody knows."""

    @property
    def name(self) -> str:
        """What to call the source in messages: a path, a URL."""

    def read_at(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer only where the source ends.

        Raises SourceChangedError if the source is no longer what was opened.
        """

    def close(self) -> None:
        """Give back what the source holds; reading afterwards is a ValueError."""


class BytesSource:
    """A source over bytes in memory; nothing is copied until it is read."""

    __slots__ = ("_view", "name")

    def __init__(self, data: bytes | bytearray | memoryview, name: str = "<bytes>") -> None:
        view = memoryview(data)
        self._view = view if view.format == "B" and view.contiguous else view.cast("B")
        self.name = name

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self._view.nbytes

    def read_at(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer only where the data ends."""
        if offset < 0 or length < 0:
            raise ValueError(f"cannot read {length} bytes at {offset}")
        return bytes(self._view[offset : offset + length])

    def close(self) -> None:
        """Let go of the bytes; a bytearray can be resized again."""
        self._view.release()
