"""Palettes: a colour for each value, whole, in segments, or supplemental (PS3.3 C.7.6.3.1.5, C.7.9, C.7.6.19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dicomkit.errors import PixelError
from dicomkit.pixels.attributes import words
from dicomkit.pixels.luts import look_up, read_descriptor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicomkit.dataset import Dataset
    from dicomkit.pixels.luts import Values

__all__ = ["Palette", "expand_segments", "has_palette"]

_COLORS = ("Red", "Green", "Blue")
_DISCRETE, _LINEAR, _INDIRECT = 0, 1, 2


class Palette:
    """Colours by value.

    `colors` is an array (entries, 3) of uint16 from 0 to ``2**bits - 1``, `first` the value of the first one. A value
    below the first entry has the colour of the first, one beyond the last that of the last.
    """

    __slots__ = ("bits", "colors", "first")

    def __init__(self, colors: NDArray[np.uint16], first: int = 0, bits: int = 16) -> None:
        if colors.ndim != 2 or colors.shape[1] != 3 or not len(colors):
            raise PixelError(f"a palette has three columns, not the shape {colors.shape}")
        self.colors = np.ascontiguousarray(colors, np.uint16)
        self.colors.setflags(write=False)
        self.first = first
        self.bits = bits

    @classmethod
    def of_dataset(cls, ds: Dataset, *, is_signed: bool = False) -> Palette:
        """Make the palette of a data set, of its segments where it has no whole one; PixelError if it has neither."""
        tables, firsts, depths = zip(*[_one_color(ds, color, is_signed) for color in _COLORS], strict=True)
        if len(set(firsts)) > 1:
            raise PixelError(f"the red, green and blue palettes begin at different values: {firsts}")
        # C.7.6.3.1.5: the three are equally long; where they are not, the shorter ones go on with their last entry.
        length = max(map(len, tables))
        colors = np.stack([np.pad(table, (0, length - len(table)), "edge") for table in tables], axis=1)
        return cls(colors, firsts[0], _depth(max(depths), int(colors.max())))

    def rgb(self, values: Values) -> NDArray[np.uint8]:
        """Return the colours of values as uint8, in an axis of length 3 added at the end."""
        return look_up(values, self.first, self.rgb_table())

    def rgb_table(self) -> NDArray[np.uint8]:
        """Return the entries as uint8, their upper 8 bits, or scaled where they have fewer."""
        if self.bits >= 8:
            return (self.colors >> (self.bits - 8)).astype(np.uint8)
        scaled: NDArray[np.uint8] = np.rint(self.colors * (255 / ((1 << self.bits) - 1))).astype(np.uint8)
        return scaled

    def __repr__(self) -> str:
        return f"<Palette of {len(self.colors)} colours from {self.first}>"


def has_palette(ds: Dataset) -> bool:
    """Say whether a data set has a palette, whole or in segments."""
    return "RedPaletteColorLookupTableDescriptor" in ds and any(
        keyword in ds for keyword in ("RedPaletteColorLookupTableData", "SegmentedRedPaletteColorLookupTableData")
    )


def _one_color(ds: Dataset, color: str, is_signed: bool) -> tuple[NDArray[np.uint16], int, int]:
    name = f"{color}PaletteColorLookupTable"
    if f"{name}Descriptor" not in ds:
        raise PixelError(f"the data set has no {name}Descriptor")
    entries, first, bits = read_descriptor(ds, f"{name}Descriptor", is_signed)
    data = words(ds, f"{name}Data")
    if not len(data):
        data = words(ds, f"Segmented{name}Data")
        if bits <= 8 and not _is_expandable(data, entries):
            data = expand_segments(_split(data), entries, 1)
        else:
            data = expand_segments(data, entries)
    elif len(data) < entries <= 2 * len(data):
        data = _split(data)
    if not len(data):
        raise PixelError(f"{name}Data is missing")
    table = data[:entries]
    return table, first, bits


def _depth(declared: int, largest: int) -> int:
    """How many bits entries have, by their largest."""
    if largest >> declared:
        return 16  # 8 declared for words of 16, as in ACR-NEMA
    if declared > 8 and 0 < largest <= 255:
        return 8  # 16 declared for entries of 8: C.7.6.3.1.6 wants them scaled, so that white is 65535
    return declared


def _split(data: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Two entries of 8 bits a word, the first in the byte that is first in a little endian file (PS3.5 8.1)."""
    return data.astype("<u2").view(np.uint8).astype(np.uint16)


def _is_expandable(data: NDArray[np.uint16], entries: int) -> bool:
    """Whether words, not bytes, are segments: the standard has them for entries of 8 bits either way."""
    try:
        return len(expand_segments(data, entries)) == entries
    except PixelError:
        return False


def expand_segments(data: NDArray[np.uint16], entries: int, size: int = 2) -> NDArray[np.uint16]:
    """Return the lookup table that segments stand for, of at most `entries` entries (PS3.3 C.7.9.2).

    `data` has the fields of the segments, which take `size` bytes each, 1 or 2, as the offsets of indirect segments
    count them. Raises PixelError for what are no segments.
    """
    fields = data.tolist()
    table: list[int] = []
    position = 0
    while position + 2 <= len(fields) and len(table) < entries:
        if fields[position] != _INDIRECT:
            position = _expand_one(fields, position, table, entries)
            continue
        count = fields[position + 1]
        width = 4 // size
        parts = fields[position + 2 : position + 2 + width]
        if len(parts) < width:
            raise PixelError("an indirect segment of a palette ends early")
        offset = sum([part << (8 * size * place) for place, part in enumerate(parts)])
        at = offset // size
        for _ in range(count):
            if at + 2 > len(fields) or fields[at] == _INDIRECT or len(table) >= entries:
                break
            at = _expand_one(fields, at, table, entries)
        position += 2 + width
    return np.array(table[:entries], np.uint16)


def _expand_one(fields: list[int], position: int, table: list[int], entries: int) -> int:
    """Append what a discrete or linear segment stands for; return where the next one begins."""
    opcode, length = fields[position], fields[position + 1]
    if opcode == _DISCRETE:
        if position + 2 + length > len(fields):
            raise PixelError("a discrete segment of a palette is longer than the data")
        table.extend(fields[position + 2 : position + 2 + min(length, entries - len(table))])
        return position + 2 + length
    if opcode != _LINEAR:
        raise PixelError(f"a palette has no segments of the kind {opcode}")
    if not table or position + 2 >= len(fields):
        raise PixelError("a linear segment of a palette that does not start or end anywhere")
    start, end = table[-1], fields[position + 2]
    count = min(length, entries - len(table))
    table.extend([start + round((end - start) * step / length) for step in range(1, count + 1)])
    return position + 3
