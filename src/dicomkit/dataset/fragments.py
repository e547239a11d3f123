"""Which fragments of a data set's encapsulated Pixel Data make which frame (PS3.5 A.4, PS3.3 C.7.6.3.1.8)."""

from __future__ import annotations

from array import array

from dicomkit.core.issue import IssueCode
from dicomkit.core.tag import Tag
from dicomkit.dataset import decoding
from dicomkit.encoding.encapsulation import (
    ENDS,
    FrameTable,
    assign_frames,
    basic_table,
    direct_table,
    extended_table,
)
from dicomkit.encoding.scanning import scan_again
from dicomkit.errors import PixelError, TruncatedError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from dicomkit._ext import Index
    from dicomkit.dataset.dataset import Dataset
    from dicomkit.encoding.encapsulation import Table

    Fragments: TypeAlias = tuple[array[int], array[int]]

__all__ = ["check", "distrusted", "full_table", "keep_table", "number_of_frames", "table_of"]

_PIXEL_DATA, _EXTENDED_OFFSETS, _EXTENDED_LENGTHS = 0x7FE00010, 0x7FE00001, 0x7FE00002
_NUMBER_OF_FRAMES = 0x00280008
# Flags of the index, see _ext/scan.pyx.
_LONG, _ITEM_IMPLICIT = 4, 8
_HEADER = 8
_WINDOW = 1 << 20
# MPEG2, MPEG-4 AVC and HEVC: one stream holds all frames (PS3.5 A.4.5 and following).
_VIDEO = "1.2.840.10008.1.2.4.10"


class _Pixels:
    """The Pixel Data at a position of the index, while its frames are found out."""

    __slots__ = ("_ds", "_position", "count", "fragments")

    def __init__(self, ds: Dataset, position: int, count: int) -> None:
        self._ds = ds
        self._position = position
        self.count = count
        self.fragments: Fragments = (array("Q"), array("Q"))

    # -- by a table alone --------------------------------------------------------------------------------------------

    def by_table(self) -> Table | None:
        """Return the frames by an offset table alone, if the fragments were not walked; None if no table is sane."""
        _, _, offset, length, flags, _, _ = self._ds._read_index.element(self._position)
        if not flags & decoding.UNWALKED or length < _HEADER:
            return None
        size = int.from_bytes(self._read(offset, _HEADER)[4:], "little")
        if size > length - _HEADER:
            return None
        basic = self._basic(offset + _HEADER, size)
        base = offset + _HEADER + size
        return direct_table(basic, self._extended(), self.count, base, offset + length)

    def _basic(self, offset: int, size: int) -> array[int]:
        if size > max(self._ds._context.limits.read_ahead, 4 * self.count):
            self.report(f"a Basic Offset Table of {size} bytes for {self.count} frames", "not used")
            return array("I")
        return basic_table(self._read(offset, size), self.report)

    def _extended(self) -> tuple[array[int], array[int]] | None:
        ds = self._ds
        if not ds._has(_EXTENDED_OFFSETS) or not ds._has(_EXTENDED_LENGTHS):
            return None
        tables = []
        for tag in (_EXTENDED_OFFSETS, _EXTENDED_LENGTHS):
            position = ds._position_of(tag)
            length = ds._read_index.element(position)[3] if position >= 0 else 0
            if length > max(ds._context.limits.read_ahead, 8 * self.count):
                self.report(f"an Extended Offset Table of {length} bytes for {self.count} frames", "not used")
                return None
            value = ds._value_of(tag)
            tables.append(value if isinstance(value, bytes) else b"")
        return extended_table(tables[0], tables[1], self.report)

    # -- by the fragments --------------------------------------------------------------------------------------------

    def by_fragments(self) -> FrameTable:
        """Return the frames by all fragments, walked if nobody did; PixelError if nothing tells them apart."""
        basic = self._basic(*self._take_fragments())
        return assign_frames(self.fragments, self.count, basic, self._extended(), self._peek, self.report)

    def _take_fragments(self) -> tuple[int, int]:
        """Take the fragments, and return where the Basic Offset Table before them is."""
        index = self._ds._read_index
        _, _, offset, _, flags, first, count = index.element(self._position)
        if flags & decoding.UNWALKED:
            index, first, count = self._walk()
        found = index.fragment_list(first, count)
        offsets = array("Q", [start for start, _ in found])
        lengths = array("Q", [length for _, length in found])
        table = found[0] if found else (offset, 0)
        self.fragments = (offsets[1:], lengths[1:])
        return table

    def _walk(self) -> tuple[Index, int, int]:
        """Scan the Pixel Data again; return the index with the fragments, the first of them, and how many."""
        ds, context = self._ds, self._ds._context
        tag, _, offset, length, flags, _, _ = ds._read_index.element(self._position)
        source = context.source
        if source is None:
            raise TruncatedError("the fragments were not walked, and there is no source to walk them in", offset=offset)
        item_flags = ds._read_index.item(ds._item)[4]
        start = offset - (12 if flags & _LONG else 8)
        index = scan_again(
            source,
            start,
            offset + length,
            implicit=bool(item_flags & _ITEM_IMPLICIT),
            big_endian=not item_flags & decoding.ITEM_LITTLE_ENDIAN,
            limits=context.limits,
            collector=context.collector,
            path=decoding.path_of(ds),
            window=ds._read_index.chunk(start, _WINDOW),
        )
        _, _, first_element, count, _ = index.item(index.root)
        if count > 1:
            context.report(
                IssueCode.FRAGMENTS_NOT_WALKED,
                f"{count - 1} elements behind the Pixel Data were not indexed",
                "left out; a higher limit fragments_at_open, or a local copy, shows them",
                index.element(first_element + 1)[2],
                (*decoding.path_of(ds), Tag(tag)),
            )
        _, _, _, _, _, first, fragments = index.element(first_element)
        return index, first, fragments

    def _peek(self, number: int) -> tuple[bytes, bytes]:
        """The ends of a fragment."""
        offset, length = self.fragments[0][number], self.fragments[1][number]
        if length <= 2 * ENDS:
            data = self._read(offset, length)
            return data, data
        return self._read(offset, ENDS), self._read(offset + length - ENDS, ENDS)

    def _read(self, offset: int, length: int) -> bytes:
        return decoding.raw_value(self._ds, offset, length, _PIXEL_DATA)

    def report(self, message: str, action: str) -> None:
        """Report what is wrong with an offset table."""
        ds = self._ds
        tag, _, offset, _, _, _, _ = ds._read_index.element(self._position)
        path = (*decoding.path_of(ds), Tag(tag))
        ds._context.report(IssueCode.FRAGMENT_TABLE_WRONG, message, action, offset, path)


def table_of(ds: Dataset, position: int) -> Table:
    """Return where the frames of the Pixel Data at a position of the index are; found out once.

    Fragments that were not walked stay so if an offset table says enough. Raises PixelError if nothing tells the frames
    apart.
    """
    count = number_of_frames(ds)
    known = _known(ds, position, count)
    if known is None:
        known = _Pixels(ds, position, count).by_table()
        if known is None:
            return full_table(ds, position)
        _keep(ds, position, count, known)
    return known


def full_table(ds: Dataset, position: int) -> FrameTable:
    """Return where the frames are by the fragments, walking them if nobody did; see `table_of`."""
    count = number_of_frames(ds)
    known = _known(ds, position, count)
    if isinstance(known, FrameTable):
        return known
    table = _Pixels(ds, position, count).by_fragments()
    _keep(ds, position, count, table)
    return table


def distrusted(ds: Dataset, position: int) -> FrameTable:
    """Return the frames by the fragments, after an offset table has led to something else."""
    _Pixels(ds, position, 0).report("the table leads to something else than a fragment", "the fragments were walked")
    return full_table(ds, position)


def keep_table(ds: Dataset, position: int, table: FrameTable) -> None:
    """Take a table that was found out earlier, so that the fragments need not be walked again."""
    _keep(ds, position, number_of_frames(ds), table)


def _known(ds: Dataset, position: int, count: int) -> Table | None:
    """What was found out, unless Number of Frames was another then."""
    known = (ds._context.frames or {}).get(ds._read_index.element(position)[2])
    return known[1] if known is not None and known[0] == count else None


def _keep(ds: Dataset, position: int, count: int, table: Table) -> None:
    context = ds._context
    if context.frames is None:
        context.frames = {}
    context.frames[ds._read_index.element(position)[2]] = (count, table)


def number_of_frames(ds: Dataset) -> int:
    """Return Number of Frames (0028,0008), 1 where there is none; a video stream counts as one frame."""
    if decoding.transfer_syntax(ds).uid.startswith(_VIDEO):
        return 1
    value = ds._value_of(_NUMBER_OF_FRAMES) if ds._has(_NUMBER_OF_FRAMES) else None
    if isinstance(value, list):
        value = value[0] if value else None
    if value is None:
        return 1
    if not isinstance(value, int):
        raise PixelError("Number of Frames (0028,0008) is no number")
    return max(int(value), 1)


def check(ds: Dataset, position: int) -> None:
    """Walk the fragments of a Pixel Data if nobody did, and report where its offset tables disagree with them."""
    try:
        full_table(ds, position)
    except PixelError as error:
        _, _, offset, _, _, _, _ = ds._read_index.element(position)
        path = (*decoding.path_of(ds), Tag(_PIXEL_DATA))
        ds._context.report(IssueCode.FRAGMENT_TABLE_WRONG, error.message, "no frame can be told", offset, path)
