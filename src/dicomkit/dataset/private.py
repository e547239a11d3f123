"""Private blocks: elements of an odd group under the name of who defined them (PS3.5 7.8.1)."""

from __future__ import annotations

from dicomkit.core.tag import Tag
from dicomkit.core.vr import VR
from dicomkit.dataset.element import representation
from dicomkit.errors import MissingElementError, UnknownTagError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomkit.dataset.dataset import Dataset
    from dicomkit.dataset.element import DataElement

__all__ = ["PrivateBlock", "private_block"]

_FIRST_BLOCK, _LAST_BLOCK = 0x10, 0xFF


class PrivateBlock:
    """The 256 elements that one creator reserved in one group; keys are the low byte of the element number."""

    __slots__ = ("_ds", "block", "creator", "group")

    def __init__(self, ds: Dataset, group: int, creator: str, block: int) -> None:
        self._ds = ds
        self.group = group
        self.creator = creator
        self.block = block

    def tag(self, offset: int) -> Tag:
        """Return the tag of the element `offset` (0 to 0xFF) of this block."""
        if not isinstance(offset, int):
            raise TypeError(f"an element of a private block is named by an int, not {type(offset).__name__}")
        if not 0 <= offset <= 0xFF:
            raise UnknownTagError(f"a private block has the elements 00 to FF, not {offset:X}", tag=offset)
        return Tag(self.group, self.block << 8 | offset)

    def __contains__(self, offset: int) -> bool:
        return self.tag(offset) in self._ds

    def __getitem__(self, offset: int) -> DataElement:
        return self._ds[self.tag(offset)]

    def __delitem__(self, offset: int) -> None:
        del self._ds[self.tag(offset)]

    def __iter__(self) -> Iterator[DataElement]:
        first = self.tag(0)
        return (element for element in self._ds if first <= element._number <= first + 0xFF)

    def get(self, offset: int, default: object = None) -> object:
        """Return the value of an element, `default` if it is absent."""
        return self[offset].value if offset in self else default

    def add(self, offset: int, value: object, vr: str | None = None) -> None:
        """Put an element; the VR is the private dictionary's unless given. UnknownTagError if neither says it."""
        tag = self.tag(offset)
        if vr is None:
            entry = self._ds.private_entry(tag)
            if entry is None or not entry.vr:
                raise UnknownTagError(f"the private dictionary has no VR for {tag} of {self.creator!r}", tag=tag)
            vr = entry.vr
        self._ds._put(tag, representation(vr, tag), value)

    def add_new(self, offset: int, vr: str, value: object) -> None:
        """Put an element; the spelling of ported code."""
        self.add(offset, value, vr)

    def __repr__(self) -> str:
        return f"<PrivateBlock ({self.group:04X},xx{self.block:02X}) {self.creator!r}>"


def private_block(ds: Dataset, group: int, creator: str, *, create: bool) -> PrivateBlock:
    """Find the block of a creator, or reserve the first free one."""
    for given, kind in ((group, int), (creator, str)):
        if not isinstance(given, kind):
            raise TypeError(f"a private block is found by its group, an int, and its creator, a str, not {given!r:.80}")
    if not (group & 1 and 0 < group <= 0xFFFF):
        raise UnknownTagError(f"private groups are odd numbers of 16 bits, {group:04X} is not", tag=group << 16)
    # A block in which elements without a creator lie would make them this creator's.
    taken = {tag >> 8 & 0xFF for tag in ds._tags() if tag >> 16 == group} if create else set()
    free = 0
    for block in range(_FIRST_BLOCK, _LAST_BLOCK + 1):
        tag = group << 16 | block
        if not ds._has(tag):
            free = free or (0 if block in taken else block)
        elif str(ds._value_of(tag)).strip() == creator.strip():
            return PrivateBlock(ds, group, creator, block)
    if not create:
        raise MissingElementError(f"no private block of {creator!r} in group {group:04X}", tag=Tag(group, _FIRST_BLOCK))
    if not free:
        raise UnknownTagError(f"group {group:04X} has no free private block", tag=group << 16)
    ds._put(group << 16 | free, VR.LO, creator)
    return PrivateBlock(ds, group, creator, free)
