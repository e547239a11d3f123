"""The tables of a scanned data set and the windows of bytes in memory, as in ``_ext/scan.pyx`` (PS3.5 7)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import itemgetter

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    #: Tag, VR code, offset of the value, its length, flags, first item or fragment, number of them.
    Element: TypeAlias = tuple[int, int, int, int, int, int, int]
    #: Offset of the content, its end, first element, number of elements, flags.
    Item: TypeAlias = tuple[int, int, int, int, int]

__all__ = ["Index"]

# Flags of an item: its tags do not ascend, so look-ups must be linear; it was cut.
_UNORDERED, _ITEM_CLIPPED = 4, 16
# Flags of an element.
_UNDEFINED, _DELIMITED, _LONG, _CLIPPED, _UNWALKED = 1, 2, 4, 64, 128
_LARGEST = (1 << 63) - 1

_tag_of = itemgetter(0)


def _is_cut(element: Element) -> bool:
    flags = element[4]
    return bool(flags & (_CLIPPED | _UNWALKED)) or flags & (_UNDEFINED | _DELIMITED) == _UNDEFINED


class Index:
    """The tables of one scanned data set, with the windows of bytes that are in memory.

    Element and item numbers are positions in the tables; item ``root`` is the data set itself.
    """

    __slots__ = ("_bases", "_elements", "_farthest", "_fragments", "_items", "_places", "_windows", "big_endian", "end")

    def __init__(self) -> None:
        self._elements: list[Element] = []
        self._items: list[Item] = []
        self._fragments: list[tuple[int, int]] = []
        self._bases: list[int] = []  # where each window begins, ascending
        self._windows: list[bytes] = []
        self._farthest: list[int] = []  # of each window and those before it, the one that reaches farthest
        self._places: dict[int, dict[int, int]] = {}  # of items whose tags do not ascend, made when needed
        self.end = 0
        self.big_endian = False

    @property
    def root(self) -> int:
        """The number of the item that stands for the data set itself; ValueError before the scan is done."""
        if not self._items:
            raise ValueError("the scan is not done")
        return len(self._items) - 1

    @property
    def counts(self) -> tuple[int, int, int]:
        """(elements, items, fragments) in the tables."""
        return len(self._elements), len(self._items), len(self._fragments)

    # -- bytes in memory -------------------------------------------------------------------------------------------

    def add_segment(self, data: bytes, base: int) -> None:
        """Keep a window of the source in memory: values inside it need no further read."""
        if not isinstance(data, bytes):
            raise TypeError(f"a window is bytes, not {type(data).__name__}")
        if not 0 <= base <= _LARGEST:
            raise ValueError("a window beyond the largest offset")
        at = bisect_right(self._bases, base)
        self._bases.insert(at, base)
        self._windows.insert(at, data)
        del self._farthest[at:]
        for number in range(at, len(self._windows)):
            before = self._farthest[-1] if number else number
            self._farthest.append(before if self._end(before) > self._end(number) else number)

    def _end(self, number: int) -> int:
        """Where a window ends."""
        return self._bases[number] + len(self._windows[number])

    def _holder(self, offset: int, length: int) -> int:
        """The number of a window that holds `length` bytes at `offset`, -1 if none does."""
        # Of the windows that begin before the value, the one that reaches farthest holds it, or none does.
        before = bisect_right(self._bases, offset)
        if not before:
            return -1
        number = self._farthest[before - 1]
        return number if offset + length <= self._end(number) else -1

    def read(self, offset: int, length: int) -> bytes | None:
        """Return `length` bytes at `offset` if they lie in one window in memory, else None."""
        view = self.view(offset, length)
        return None if view is None else bytes(view)

    def view(self, offset: int, length: int) -> memoryview | None:
        """Return the bytes as a memoryview of the window they lie in, without a copy; None if in no single window."""
        number = self._holder(offset, length)
        if number < 0:
            return None
        start = offset - self._bases[number]
        return memoryview(self._windows[number])[start : start + length]

    def chunk(self, offset: int, length: int) -> bytes | None:
        """Return up to `length` bytes from `offset`, as far as one window in memory reaches; None if none is there."""
        number = self._holder(offset, 1)
        if number < 0:
            return None
        start = offset - self._bases[number]
        return self._windows[number][start : start + length]

    def value(self, position: int) -> bytes | None:
        """Return the value bytes of an element if they are in memory, else None."""
        _, _, offset, length, _, _, _ = self.element(position)
        return self.read(offset, length)

    # -- tables ----------------------------------------------------------------------------------------------------

    def place(self, item: int, tag: int) -> int:
        """Return the position of the first element of an item whose tag is not lower; its end if there is none.

        Only for an item whose tags ascend.
        """
        _, _, first, count, _ = self.item(item)
        return bisect_left(self._elements, tag, first, first + count, key=_tag_of)

    def splice(self, item: int, edits: list[tuple[int, bytes | None]]) -> list[tuple[int, int] | bytes] | None:
        """Return the parts of a data set after `edits`: (offset, length) of the source, and the bytes put between them.

        `edits` are (tag, encoded element), or (tag, None) for one that goes, in ascending order. None where tags do not
        ascend, or an element was cut: there, more than the edited elements must be written anew.
        """
        start, end, first, count, flags = self.item(item)
        if flags & (_UNORDERED | _ITEM_CLIPPED) or any(map(_is_cut, self._elements[first : first + count])):
            return None
        parts: list[tuple[int, int] | bytes] = []
        for tag, data in edits:
            place = self.place(item, tag)
            stop = self._header(place) if place < first + count else end
            if start < stop:
                parts.append((start, stop - start))
            if data is not None:
                parts.append(data)
            place += place < first + count and self._elements[place][0] == tag
            start = self._header(place) if place < first + count else end
        if start < end:
            parts.append((start, end - start))
        return parts

    def _header(self, position: int) -> int:
        """Where the header of an element begins."""
        _, _, offset, _, flags, _, _ = self._elements[position]
        return offset - (12 if flags & _LONG else 8)

    def find(self, item: int, tag: int) -> int:
        """Return the position of `tag` in an item, or -1; of duplicates the last."""
        _, _, first, count, flags = self.item(item)
        if flags & _UNORDERED:
            places = self._places.get(item)
            if places is None:
                # The last of several wins, as in the field's other readers.
                places = {self._elements[position][0]: position for position in range(first, first + count)}
                self._places[item] = places
            return places.get(tag, -1)
        position = bisect_left(self._elements, tag, first, first + count, key=_tag_of)
        return position if position < first + count and self._elements[position][0] == tag else -1

    def element(self, position: int) -> Element:
        """Return (tag, VR code, offset, length, flags, first, count) of an element."""
        if not 0 <= position < len(self._elements):
            raise ValueError("no such element")
        return self._elements[position]

    def item(self, number: int) -> Item:
        """Return (offset, end, first element, element count, flags) of an item."""
        if not 0 <= number < len(self._items):
            raise ValueError("no such item")
        return self._items[number]

    def tags(self, item: int) -> list[int]:
        """Return the tags of an item as a list in file order."""
        _, _, first, count, _ = self.item(item)
        return [element[0] for element in self._elements[first : first + count]]

    def fragment(self, number: int) -> tuple[int, int]:
        """Return (offset, length) of a fragment of encapsulated Pixel Data (PS3.5 A.4)."""
        if not 0 <= number < len(self._fragments):
            raise ValueError("no such fragment")
        return self._fragments[number]

    def fragment_list(self, first: int, count: int) -> list[tuple[int, int]]:
        """Return [(offset, length), …] of a run of fragments."""
        if not (0 <= first and 0 <= count and first + count <= len(self._fragments)):
            raise ValueError("no such fragment")
        return self._fragments[first : first + count]
