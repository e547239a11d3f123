"""Elements as lines: tag, VR, keyword, value, the names of UIDs; in columns, coloured, cut to the width."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from dicomkit.cli.values import uid_name
from dicomkit.core.vr import VR, Kind
from dicomkit.dataset import decoding
from dicomkit.dataset.render import value_text
from dicomkit.errors import DicomError, escaped, format_path

if TYPE_CHECKING:
    from dicomkit.cli.rows import Row
    from dicomkit.cli.terminal import Terminal
    from dicomkit.dataset import DataElement, Dataset

__all__ = ["ElementLines", "clipped"]

_BYTES = frozenset(vr._value_ for vr in VR if vr.kind is Kind.BINARY)
_TAG_WIDTH, _KEYWORD_WIDTH = 16, 32
_BYTES_SHOWN = 16
_LEAST_VALUE = _LEAST_KEYWORD = 16
_UID = 64  # PS3.5 9.1
# Deeper levels are not indented any further, they say their depth.
_MOST_INDENT = 16


class ElementLines:
    """Makes the line of a row; `width` 0 does not cut values."""

    def __init__(self, terminal: Terminal, width: int) -> None:
        self._paint = terminal.paint
        self._width = width
        # On a narrow terminal half of what tag and VR leave.
        self._column = max(min(_KEYWORD_WIDTH, (width - _TAG_WIDTH) // 2), 0) if width else _KEYWORD_WIDTH
        self._keywords: dict[int, str] = {}  # of public elements: a segmentation has the same few 10,000 times

    def line(self, part: Dataset, row: Row, depth: int | None = None, *, with_path: bool = False) -> str:
        """Return the line of a row of `part`, indented by `depth`, which is the row's own unless given."""
        depth = row.depth if depth is None else depth
        indent = "  " * min(depth, _MOST_INDENT) + (f"[depth {depth}] " if depth > _MOST_INDENT else "")
        if row.element is None:
            return indent[2:] + self._paint("magenta", f"[{row.path[-1]}]")
        element = row.element
        vr = _vr(element)
        tag = format_path((*row.path, element.tag)) if with_path else str(element.tag)
        keyword = self._keywords.get(element.tag) or self._keyword(element)
        # Values stand below each other, those of items too as long as there is room.
        column = max(self._column - len(indent), 0)
        room = sys.maxsize >> 1
        if self._width:
            left = self._width - len(indent) - len(tag) - 5
            keyword = escaped(keyword, max(column, left - _LEAST_VALUE, _LEAST_KEYWORD))
            room = max(left - max(column, len(keyword)), _LEAST_VALUE)
        if vr == VR.UI:
            value, meaning = _uids(element, room, max(column - len(keyword), 0))
            # What does not fit begins further left, for a UID that is cut names nothing.
            wanted = len(value) + len(meaning) + 1 if meaning else len(value)
            column -= max(wanted - room, 0)
        else:
            value, meaning = self._value(element, vr, room, row.hidden)
        keyword = f"{keyword:<{max(column, 0)}}"
        text = (
            f"{indent}{self._paint('cyan', tag)} {self._paint('green', vr)} "
            f"{self._paint('bold', keyword)} {self._paint('', value)}"
        )
        return f"{text} {self._paint('dim', meaning)}" if meaning else text.rstrip()

    def _keyword(self, element: DataElement) -> str:
        keyword = _keyword(element)
        if not element.is_private:
            self._keywords[element.tag] = keyword
        return keyword

    def _value(self, element: DataElement, vr: str, room: int, hidden: int) -> tuple[str, str]:
        """The value, and what is said about it."""
        if vr == VR.SQ:
            return (f"{hidden} item{'' if hidden == 1 else 's'}", "not shown") if hidden else _items(element, room)
        binary = _bytes(element, room) if vr in _BYTES else None
        return binary or (clipped(value_text(element, room), room), "")


def _vr(element: DataElement) -> str:
    try:
        return str(element.vr)
    except DicomError:
        return "??"


def _plain(element: DataElement) -> object:
    try:
        return element.value
    except DicomError:
        return None


def _uids(element: DataElement, room: int, more: int) -> tuple[str, str]:
    """A UID, whole, and its name as far as there is room; `more` can be had if it has to be."""
    value = _plain(element)
    if not isinstance(value, str):
        return clipped(value_text(element, room), room), ""
    text = value_text(element, max(room, _UID))
    name = uid_name(value)
    left = room + more - len(text) - 3
    return text, f"({escaped(name, max(left, 1))})" if name else ""


def _keyword(element: DataElement) -> str:
    """The keyword; of a private element the dictionary's name in brackets."""
    try:
        return element.keyword or f"[{escaped(element.name or ('private' if element.is_private else 'unknown'), 40)}]"
    except DicomError:
        return "[private]"


def _items(element: DataElement, room: int) -> tuple[str, str]:
    text = value_text(element, room)
    return (text[1:-1], "") if text.startswith("<") and text.endswith((" item>", " items>")) else (text, "")


def _bytes(element: DataElement, room: int) -> tuple[str, str] | None:
    """The first bytes in hexadecimal and their number, None for what is not bytes or not in memory."""
    holder = element._owner
    if holder is None or holder._index is None:
        return None
    try:
        position = holder._position_of(element.tag)
        if position >= 0:
            _, _, _, length, flags, _, count = holder._index.element(position)
            if flags & decoding.FRAGMENTS:
                return f"{count:,} fragment{'' if count == 1 else 's'}", f"({length:,} bytes)"
            if length > holder._context.limits.deferred_bytes:
                return f"{length:,} bytes", ""
        value = element.value
    except DicomError:
        return None
    if not isinstance(value, bytes):
        return None
    shown = value[: min(_BYTES_SHOWN, max(room // 3, 1))]
    if len(shown) == len(value):
        return value.hex(" ").upper(), ""
    return f"{shown.hex(' ').upper()} ...", f"({len(value):,} bytes)"


def clipped(text: str, room: int) -> str:
    """Return text that takes at most `room` columns: characters of East Asian scripts take two."""
    if text.isascii() or 2 * len(text) <= room:
        return text
    used = 0
    for position, character in enumerate(text):
        used += 2 if east_asian_width(character) in "WF" else 1
        if used > room:
            return text[: max(position - 1, 0)] + "…"
    return text
