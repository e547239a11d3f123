"""Private data elements that vendors have published or that are known from their files (PS3.5 7.8)."""

from __future__ import annotations

from functools import cache

from dicomkit.core.frozen import Frozen
from dicomkit.core.vm import VM
from dicomkit.dictionary.elements import Entry

__all__ = ["PrivateElement", "private_creators", "private_elements", "private_entry"]


class PrivateElement(Frozen):
    """A private element as its creator defines it, wherever the block lies; immutable.

    `element` counts within the block: 0x10 is (gggg,xx10). It exists in the odd groups from `group` to `last_group`,
    nearly always one.
    """

    __slots__ = ("creator", "group", "element", "vr", "vm", "name", "last_group")  # noqa: RUF023  the order of __init__

    creator: str
    group: int
    element: int
    vr: str
    vm: VM
    name: str
    last_group: int

    def __init__(
        self,
        creator: str,
        group: int,
        element: int,
        vr: str,
        vm: VM | str = "1",
        name: str = "",
        last_group: int | None = None,
    ) -> None:
        """Take the creator, the place in its block and what the element holds.

        Raises ValueError if the group is even, no 16-bit number or above `last_group`, the element is not in a block
        of 256, the creator is empty, or the VM is none.
        """
        last = group if last_group is None else last_group
        if not 0 < group <= last <= 0xFFFF or not group & 1:
            raise ValueError(f"no group of private elements: 0x{group:04X} to 0x{last:04X}")
        if not 0 <= element <= 0xFF:
            raise ValueError(f"no element of a private block: 0x{element:X}; give the last two digits of the tag")
        if not canonical(creator):
            raise ValueError("a private element needs the name of its creator")
        put = object.__setattr__
        put(self, "creator", canonical(creator))
        put(self, "group", group)
        put(self, "element", element)
        put(self, "vr", vr)
        put(self, "vm", VM.parse(vm) if isinstance(vm, str) else vm)
        put(self, "name", name)
        put(self, "last_group", last)


class PrivateRows:
    """The elements of one creator, found by group and element."""

    __slots__ = ("_exact", "_ranges")

    def __init__(self, elements: list[PrivateElement]) -> None:
        self._exact = {(row.group << 8) + row.element: row for row in elements if row.group == row.last_group}
        self._ranges = [row for row in elements if row.group != row.last_group]

    def find(self, tag: int) -> PrivateElement | None:
        """Return the row for a tag in any block; a row for exactly its group comes before a range of groups."""
        group, element = tag >> 16, tag & 0xFF
        row = self._exact.get((group << 8) + element)
        if row is not None:
            return row
        for row in self._ranges:
            if row.element == element and row.group <= group <= row.last_group:
                return row
        return None


def canonical(creator: str) -> str:
    """Return the name of a creator without the padding that files have around it (PS3.5 6.2, LO)."""
    return creator.strip(" \0")


def creator_entry(tag: int) -> Entry | None:
    """Return the entry of a Private Creator's own tag (gggg,0010-00FF), None for other tags."""
    if tag & 0x10000 and 0x10 <= tag & 0xFFFF <= 0xFF:
        return Entry(tag, "", "Private Creator", "LO")
    return None


@cache
def _creators() -> dict[str, int]:
    """Return the line of each creator."""
    from dicomkit.dictionary._private import CREATORS  # noqa: PLC0415  (loaded when somebody asks, not before)

    return {name: line for line, name in enumerate(CREATORS.split("\n"))}


@cache
def _lines() -> list[bytes]:
    """Return the elements of each creator, packed."""
    from dicomkit.dictionary._private import ROWS  # noqa: PLC0415  (see _creators)

    return ROWS.split(b"\n")


# The key is a line of the table, never a name from a file, so the cache cannot grow without bound.
@cache
def _rows(line: int) -> PrivateRows:
    """Return the elements of the creator of a line, ready for look-up."""
    return PrivateRows(_unpacked(line))


def _unpacked(line: int) -> list[PrivateElement]:
    creator = list(_creators())[line]
    elements = []
    for cell in _lines()[line].decode().split("\t"):
        place, kind, name = cell.split(" ", 2)
        vr, _, vm = kind.replace("_", " ").rpartition("/")
        groups = place[:-2]
        last = int(groups[5:], 16) if len(groups) > 4 else None
        elements.append(PrivateElement(creator, int(groups[:4], 16), int(place[-2:], 16), vr, vm, name, last))
    return elements


def private_entry(creator: str, tag: int) -> Entry | None:
    """Return what a creator says of a tag in one of its blocks, None if that is not known.

    The creator's name counts exactly, but for spaces around it; vendors do tell names apart by case alone. The block
    does not count: (0029,1010) and (0029,4A10) are the same element. The Private Creator's own tag has an entry too.
    """
    if not tag & 0x10000 or not 0 <= tag <= 0xFFFFFFFF:
        return None
    if tag & 0xFFFF < 0x1000:
        return creator_entry(tag)
    line = _creators().get(canonical(creator))
    return None if line is None else private_row_entry(tag, _rows(line).find(tag))


def private_row_entry(tag: int, row: PrivateElement | None) -> Entry | None:
    """Return the entry for one tag of a row that holds for a block."""
    return None if row is None else Entry(tag, "", row.name, row.vr, row.vm)


def private_creators() -> tuple[str, ...]:
    """Return the names of the creators whose elements are known, sorted."""
    return tuple(_creators())


def private_elements(creator: str) -> tuple[PrivateElement, ...]:
    """Return the known elements of a creator, by group and element; none for an unknown creator."""
    line = _creators().get(canonical(creator))
    return () if line is None else tuple(_unpacked(line))
