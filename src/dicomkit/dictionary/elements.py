"""The data elements of the standard: tag, keyword, name, VR and VM (PS3.6 sections 6 to 9, PS3.7 annex E)."""

from __future__ import annotations

import sys
from bisect import bisect_left
from functools import cache

from dicomkit.core.frozen import Frozen
from dicomkit.core.tag import Tag
from dicomkit.core.vm import VM
from dicomkit.dictionary.nearest import nearest
from dicomkit.errors import UnknownKeywordError, UnknownTagError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

BYTE_ORDER: Final = sys.byteorder

__all__ = [
    "Entry",
    "entry",
    "find",
    "keyword",
    "keywords",
    "name",
    "packed_masks",
    "packed_vrs",
    "tag",
    "vr",
]


class Entry(Frozen):
    """A row of the data dictionary, for one element; immutable.

    `vr` is two letters, or one of ``dicomkit.core.vr.AMBIGUOUS_VRS`` where another element decides, or empty for the
    item and delimiter tags (PS3.5 7.5), which have none. `keyword` is empty for group lengths, private elements, and
    seven retired elements that the standard blanked out.
    """

    __slots__ = ("tag", "keyword", "name", "vr", "vm", "is_retired")  # noqa: RUF023  the order of the standard's columns

    tag: Tag
    keyword: str
    name: str
    vr: str
    vm: VM
    is_retired: bool

    def __init__(
        self,
        tag: int | str | tuple[int, int],
        keyword: str,
        name: str,
        vr: str,
        vm: VM | str = "1",
        is_retired: bool = False,
    ) -> None:
        """Take the cells of a row; the tag as `Tag` takes it, the VM also as text.

        Raises UnknownTagError if `tag` is none, and ValueError if `vm` is none.
        """
        put = object.__setattr__
        put(self, "tag", tag if type(tag) is Tag else Tag(tag))
        put(self, "keyword", keyword)
        put(self, "name", name)
        put(self, "vr", vr)
        put(self, "vm", VM.parse(vm) if isinstance(vm, str) else vm)
        put(self, "is_retired", is_retired)


class _Table:
    """The packed rows, unpacked as far as every question needs it: the row of a tag and what many rows share."""

    __slots__ = ("exact", "kind", "kinds", "masks", "tags")

    def __init__(self) -> None:
        from dicomkit.dictionary import _elements as packed  # noqa: PLC0415  (loaded when somebody asks, not before)

        self.exact = packed.EXACT
        self.tags = memoryview(native(packed.TAGS, 4)).cast("I")
        self.kind = packed.KIND
        self.kinds = tuple([(vr, VM.parse(vm), is_retired) for vr, vm, is_retired in packed.KINDS])
        bits = memoryview(native(packed.MASK_BITS, 4)).cast("I")
        values = memoryview(native(packed.MASK_VALUES, 4)).cast("I")
        # Five different masks only, so a look-up is five dictionary look-ups instead of 88 comparisons.
        self.masks: dict[int, dict[int, int]] = {}
        for row, (mask, value) in enumerate(zip(bits, values, strict=True), start=self.exact):
            self.masks.setdefault(mask, {})[value] = row

    def row(self, tag: int) -> int:
        """Return the row that describes a tag, -1 if there is none."""
        tags = self.tags
        row = bisect_left(tags, tag)
        if row < self.exact and tags[row] == tag:
            return row
        if tag & 0xFFFF:
            for mask, rows in self.masks.items():
                row = rows.get(tag & mask, -1)
                if row >= 0:
                    return row
        return -1


_table = cache(_Table)


@cache
def _all_keywords() -> list[str]:
    """Return the keyword of each row, exact rows first."""
    from dicomkit.dictionary._elements import KEYWORDS  # noqa: PLC0415  (see _Table)

    return KEYWORDS.split("\n")


@cache
def _all_names() -> list[str]:
    """Return the name of each row, exact rows first."""
    from dicomkit.dictionary._elements import NAMES  # noqa: PLC0415  (see _Table)

    return NAMES.split("\n")


def native(data: bytes, size: int) -> bytes:
    """Return little-endian numbers of `size` bytes in the byte order of this machine."""
    if sys.byteorder == "little":
        return data
    # The bytes of all numbers reversed are the numbers in reverse order, each in the other byte order.
    swapped = bytearray(len(data))
    for byte in range(size):
        swapped[byte::size] = data[size - 1 - byte :: size]
    return bytes(swapped)


def find(tag: int) -> Entry | None:
    """Return the row that describes a tag, None if the dictionary has none.

    A row for exactly this tag comes first, then a group length (gggg,0000), a Private Creator (PS3.5 7.8.1) and the
    repeating groups (PS3.5 7.6), of which only those of even groups exist. Private elements depend on their creator:
    see ``dicomkit.dictionary.private_entry``.
    """
    table = _table()
    row = table.row(tag)
    if row >= 0:
        vr, vm, is_retired = table.kinds[table.kind[row]]
        return Entry(tag, _all_keywords()[row], _all_names()[row], vr, vm, is_retired)
    return _general(tag)


def _general(tag: int) -> Entry | None:
    """Return the entry of a tag that no table lists."""
    if not 0 <= tag <= 0xFFFFFFFF:
        return None
    if not tag & 0xFFFF:
        # Retired for every group but 0000 and 0002, which have rows of their own (PS3.5 7.2).
        return Entry(tag, "", "Group Length", "UL", "1", True)
    if tag & 0x10000 and 0x10 <= tag & 0xFFFF <= 0xFF:
        return Entry(tag, "", "Private Creator", "LO")
    return None


def entry(tag: int) -> Entry:
    """Return the row that describes a tag, as `find` does.

    Raises UnknownTagError if the dictionary has none.
    """
    found = find(tag)
    if found is None:
        raise unknown_tag(tag)
    return found


def unknown_tag(tag: int) -> UnknownTagError:
    """Return the error that says that the dictionary does not know a tag."""
    shown = f"({tag >> 16:04X},{tag & 0xFFFF:04X})" if 0 <= tag <= 0xFFFFFFFF else repr(tag)
    return UnknownTagError(f"the data dictionary has no element {shown}", tag=tag)


def keyword(tag: int) -> str:
    """Return the keyword of a tag, empty if it has none; a repeating group's is the same in each group."""
    row = _table().row(tag)
    return _all_keywords()[row] if row >= 0 else ""


def name(tag: int) -> str:
    """Return the name of a tag as the standard writes it, empty if the dictionary does not know the tag."""
    row = _table().row(tag)
    if row >= 0:
        return _all_names()[row]
    found = _general(tag)
    return "" if found is None else found.name


def vr(tag: int) -> str | None:
    """Return the VR of a tag as `Entry.vr` does; None if the dictionary does not know it or it has none."""
    table = _table()
    row = table.row(tag)
    if row >= 0:
        return table.kinds[table.kind[row]][0] or None
    found = _general(tag)
    return None if found is None else found.vr


def tag(keyword: str) -> Tag:
    """Return the tag that a keyword names.

    Raises UnknownKeywordError if the keyword is none, or is one of a repeating group and so names no single element.
    """
    number = keywords().get(keyword)
    if number is None:
        raise unknown_keyword(keyword)
    return Tag(number)


def unknown_keyword(keyword: str, more: Mapping[str, int] | None = None) -> UnknownKeywordError:
    """Return the error for a keyword that names no element; `more` are keywords beside those of the standard."""
    table = _table()
    known = _all_keywords()
    if keyword and keyword in known[table.exact :]:
        row = known.index(keyword, table.exact)
        value = next(value for rows in table.masks.values() for value, at in rows.items() if at == row)
        form = f"ds[0x{value >> 16:04X}, 0x{value & 0xFFFF:04X}]"
        return UnknownKeywordError(
            keyword,
            message=f"{keyword} belongs to a repeating group and names no single element; say which, as in {form}",
        )
    return UnknownKeywordError(keyword, lambda: nearest_keywords(keyword, more))


def nearest_keywords(word: str, more: Mapping[str, int] | None = None) -> tuple[str, ...]:
    """Return up to three keywords that a word may have meant, those of repeating groups too; see `unknown_keyword`."""
    return nearest(word, [*(more or ()), *filter(None, _all_keywords())])


def scanned_vr(vr: str) -> int:
    """Return what a scanner of Implicit VR takes for a VR of the dictionary, its two letters as a number."""
    letters = vr if len(vr) == 2 else "OW" if vr == "OB or OW" else "us"
    return ord(letters[0]) << 8 | ord(letters[1])


@cache
def keywords() -> dict[str, int]:
    """Return the tag of each keyword that names one element, as one dict that all callers share: do not change it."""
    from dicomkit.dictionary._elements import TAGS  # noqa: PLC0415  (see _Table)

    # zip ends with the tags, before the repeating groups.
    named = dict(zip(_all_keywords(), memoryview(native(TAGS, 4)).cast("I"), strict=False))
    named.pop("", None)
    return named


def packed_vrs() -> tuple[bytes, bytes]:
    """Return tags and VRs for a scanner of Implicit VR: uint32 and uint16, native byte order, tags ascending.

    A VR is its two letters, the first in the high byte. "OB or OW" is OW (PS3.5 A.1); where other elements decide
    ("US or SS", "US or OW") it is the small letters "us", which are no VR. The item and delimiter tags are not among
    them.
    """
    from dicomkit.dictionary._elements import EXACT, TAGS, VR_CODES, WITHOUT_VR  # noqa: PLC0415  (see _Table)

    count = EXACT - WITHOUT_VR
    return native(TAGS[: 4 * count], 4), native(VR_CODES[: 2 * count], 2)


def packed_masks() -> tuple[bytes, bytes, bytes]:
    """Return the repeating groups for a scanner: bits that count and their value (uint32), VR as in `packed_vrs`.

    Ask only for tags that `packed_vrs` does not have and that are no group length.
    """
    from dicomkit.dictionary._elements import MASK_BITS, MASK_VALUES, MASK_VR_CODES  # noqa: PLC0415  (see _Table)

    return native(MASK_BITS, 4), native(MASK_VALUES, 4), native(MASK_VR_CODES, 2)
