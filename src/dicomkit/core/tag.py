"""Data Element Tags: a group and an element number (PS3.5 7.1.1, 7.8)."""

from __future__ import annotations

from dicomkit.errors import UnknownTagError

__all__ = ["Tag"]


class Tag(int):
    """A Data Element Tag as the number ``group << 16 | element``, so it sorts and hashes as that number.

    ``Tag(0x00100010)``, ``Tag(0x0010, 0x0010)``, ``Tag((0x0010, 0x0010))``, ``Tag("00100010")``,
    ``Tag("(0010,0010)")`` and ``Tag("0010,0010")`` are the same tag. Anything else is an UnknownTagError; keywords are
    the business of ``dicomkit.dictionary.tag``.
    """

    __slots__ = ()

    def __new__(cls, tag: int | str | tuple[int, int], element: int | None = None) -> Tag:
        """Take the number, group and element, or text; raise UnknownTagError for anything else."""
        if element is not None:
            tag = (tag, element)  # type: ignore[assignment]  # checked in _number, as a caller's tuple is
        elif isinstance(tag, int) and 0 <= tag <= 0xFFFFFFFF:
            return int.__new__(cls, tag)
        return int.__new__(cls, _number(tag))

    @property
    def group(self) -> int:
        """The Group Number."""
        return self >> 16

    @property
    def element(self) -> int:
        """The Element Number."""
        return self & 0xFFFF

    @property
    def is_private(self) -> bool:
        """True for an odd group (PS3.5 7.8)."""
        return self & 0x10000 != 0

    @property
    def is_private_creator(self) -> bool:
        """True for (gggg,0010-00FF) of an odd group, which reserve blocks (PS3.5 7.8.1)."""
        return self & 0x10000 != 0 and 0x10 <= self & 0xFFFF <= 0xFF

    @property
    def is_group_length(self) -> bool:
        """True for (gggg,0000) (PS3.5 7.2)."""
        return self & 0xFFFF == 0

    @property
    def private_creator(self) -> Tag | None:
        """The tag of the Private Creator that reserves this private element's block, if it lies in one."""
        if self & 0x10000 and self & 0xFFFF >= 0x1000:
            return int.__new__(Tag, self & 0xFFFF0000 | self >> 8 & 0xFF)
        return None

    @property
    def hex(self) -> str:
        """Eight upper-case hexadecimal digits, as the DICOM JSON Model writes tags (PS3.18 F.2.2)."""
        return f"{int(self):08X}"

    def __str__(self) -> str:
        return f"({self >> 16:04X},{self & 0xFFFF:04X})"

    def __repr__(self) -> str:
        return f"Tag(0x{self >> 16:04X}, 0x{self & 0xFFFF:04X})"


_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")


def _number(tag: object) -> int:
    """Return the number of a tag given as a pair or as text."""
    if isinstance(tag, tuple) and len(tag) == 2:
        group, element = tag
        if isinstance(group, int) and isinstance(element, int) and 0 <= group <= 0xFFFF and 0 <= element <= 0xFFFF:
            return group << 16 | element
    elif isinstance(tag, str) and len(tag) <= 11:
        text = tag[1:-1] if tag[:1] == "(" and tag[-1:] == ")" else tag
        if len(text) == 9 and text[4] == ",":
            text = text[:4] + text[5:]
        # int(text, 16) alone would also take signs, underscores and digits of other scripts.
        if len(text) == 8 and _HEX_DIGITS.issuperset(text):
            return int(text, 16)
    raise UnknownTagError(tag=tag)
