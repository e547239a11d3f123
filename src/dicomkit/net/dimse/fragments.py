"""Data sets on their way: taken piece by piece from where they are, and collected where they are small (PS3.7 6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dicomkit.errors import LocalProtocolError, counted

if TYPE_CHECKING:
    from typing import TypeAlias

    Buffer: TypeAlias = bytes | bytearray | memoryview

__all__ = ["DataSource", "Fragments"]

# Fragments are of even length (PS3.8 annex E), and one that says that it is the last is not empty, since some peers do
# not expect that. What is held back for it.
_HELD = 2


class DataSource(Protocol):
    """Where the bytes of a data set come from: a file, an encoder, anything with such a ``read``."""

    def read(self, size: int, /) -> Buffer:
        """Return the next bytes, at most `size`; fewer at any time, none only at the end.

        ``bytes`` are never touched again. Another buffer may be filled anew by the next ``read``, which comes when all
        that was given before has been sent.
        """


class Fragments:
    """The bytes of one data set, taken piece by piece."""

    __slots__ = ("_buffer", "_held", "_left", "_source", "is_reusable")

    def __init__(self, data: Buffer | DataSource, length: int | None = None) -> None:
        self._held = b""
        self.is_reusable = True
        """True if the next piece may be taken before the last one has been sent."""
        self._source: DataSource | None = None
        self._buffer: memoryview | None = None
        self._left = length
        if isinstance(data, (bytes, bytearray, memoryview)):
            view = memoryview(data)
            self._buffer = view if view.format == "B" and view.ndim == 1 and view.c_contiguous else view.cast("B")
            if length is not None and length != len(self._buffer):
                raise LocalProtocolError(f"a data set of {counted(len(self._buffer), 'byte')}, not of {length:,}")
        else:
            self._source = data

    def take(self, size: int) -> tuple[list[Buffer], bool]:
        """Return the next buffers, together about `size` bytes, and whether they are the last.

        What ``read`` raises goes through; LocalProtocolError for a source that gives more or less than was announced.
        """
        if self._source is None:
            view = self._buffer
            assert view is not None
            if len(view) <= size:
                return [view], True
            size = max(size & ~1, _HELD)
            self._buffer = view[size:]
            return [view[:size]], False
        if self._left is None:
            return self._take_until_end(self._source, size)
        return self._take_counted(self._source, size, self._left)

    def _take_counted(self, source: DataSource, size: int, left: int) -> tuple[list[Buffer], bool]:
        if not left:
            return [], True
        piece = source.read(min(max(size, _HELD), left))
        self.is_reusable = type(piece) is bytes
        self._left = left = left - len(piece)
        if not piece or left < 0:
            found = f"ends {counted(left, 'byte')} early" if left > 0 else f"is {counted(-left, 'byte')} too long"
            raise LocalProtocolError(f"the data set {found}")
        return self._held_back(piece, 0) if left else ([self._held, piece], True)

    def _take_until_end(self, source: DataSource, size: int) -> tuple[list[Buffer], bool]:
        piece = source.read(max(size, _HELD))
        self.is_reusable = type(piece) is bytes
        return self._held_back(piece, _HELD) if piece else ([self._held], True)

    def _held_back(self, piece: Buffer, least: int) -> tuple[list[Buffer], bool]:
        """Return all but the last bytes, so many that what goes is even and `least` stay."""
        held = self._held
        size = len(held) + len(piece)
        keep = min(least + (size & 1), size)
        if keep >= len(piece):
            together = held + bytes(piece)
            self._held = together[size - keep :]
            return [together[: size - keep]], False
        view = memoryview(piece)
        split = len(view) - keep
        self._held = bytes(view[split:])
        return [held, view[:split]], False
