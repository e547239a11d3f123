"""Overlays: bitmaps of one bit a pixel, in elements of their own or in unused bits of Pixel Data (PS3.3 C.9.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dicomkit.dataset import decoding
from dicomkit.errors import LimitExceededError, PixelError
from dicomkit.file import frame_bytes
from dicomkit.pixels.attributes import number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicomkit.dataset import Dataset

__all__ = ["Overlay", "overlays"]

_PIXEL_DATA = 0x7FE00010
# PS3.5 7.6: the groups 6000 to 601E are overlays.
_GROUPS = range(0x6000, 0x6020, 2)
_ROWS, _COLUMNS, _FRAMES, _DESCRIPTION, _TYPE, _ORIGIN, _FRAME_ORIGIN = 0x10, 0x11, 0x15, 0x22, 0x40, 0x50, 0x51
_BITS_ALLOCATED, _BIT_POSITION, _LABEL, _DATA = 0x100, 0x102, 0x1500, 0x3000


class Overlay:
    """One overlay plane of a data set.

    `group` is its group number, `kind` "G" for graphics and "R" for a region of interest, `origin` the row and column
    of the image where its first pixel lies, from 0 (they can be negative), `first_frame` the image frame, from 0, that
    its first frame is for, `frames` how many it has.
    """

    __slots__ = (
        "_dataset",
        "columns",
        "description",
        "first_frame",
        "frames",
        "group",
        "kind",
        "label",
        "origin",
        "rows",
    )

    def __init__(self, ds: Dataset, group: int) -> None:
        self._dataset = ds
        self.group = group
        self.rows = self._whole(_ROWS, int(number(ds, "Rows", 0)))
        self.columns = self._whole(_COLUMNS, int(number(ds, "Columns", 0)))
        self.frames = max(self._whole(_FRAMES, 1), 1)
        self.first_frame = self._whole(_FRAME_ORIGIN, 1) - 1
        origin = self._value(_ORIGIN)
        pair = origin if isinstance(origin, list) and len(origin) == 2 else [1, 1]
        self.origin = int(pair[0]) - 1, int(pair[1]) - 1
        self.kind, self.label, self.description = self._text(_TYPE), self._text(_LABEL), self._text(_DESCRIPTION)
        if self.rows <= 0 or self.columns <= 0:
            raise PixelError(f"the overlay {group:04X} has {self.columns} columns and {self.rows} rows")
        bound = ds._context.limits.frame_bytes
        if bound is not None and self.rows * self.columns > bound:
            raise LimitExceededError("frame_bytes", self.rows * self.columns, bound=bound)

    def _value(self, element: int) -> object:
        tag = self.group << 16 | element
        return self._dataset._value_of(tag) if self._dataset._has(tag) else None

    def _whole(self, element: int, default: int) -> int:
        value = self._value(element)
        value = value[0] if isinstance(value, list) and value else value
        return int(value) if isinstance(value, int) else default

    def _text(self, element: int) -> str:
        value = self._value(element)
        return str.__str__(value) if isinstance(value, str) else ""

    @property
    def is_embedded(self) -> bool:
        """Whether it lies in unused bits of Pixel Data, which the standard allowed until 2004."""
        return self.group << 16 | _DATA not in self._dataset

    def bitmap(self, frame: int = 0) -> NDArray[np.bool_]:
        """Return the pixels of the overlay for an image frame, an array (rows, columns); none set where it has none.

        Raises PixelError if the data end before.
        """
        if self.is_embedded:
            return self._embedded(frame)
        number = frame - self.first_frame if self.frames > 1 else 0
        if not 0 <= number < self.frames:
            return np.zeros((self.rows, self.columns), np.bool_)
        value = self._value(_DATA)
        data = bytes(value) if isinstance(value, bytes | bytearray | memoryview) else b""
        size = self.rows * self.columns
        first, last = number * size, (number + 1) * size
        if last > 8 * len(data):
            raise PixelError(f"the overlay {self.group:04X} has {len(data)} bytes, too few for {self.frames} frames")
        bits = np.unpackbits(np.frombuffer(data[first // 8 : -(-last // 8)], np.uint8), bitorder="little")
        at = first % 8
        return bits[at : at + size].reshape(self.rows, self.columns).astype(np.bool_)

    def _embedded(self, frame: int) -> NDArray[np.bool_]:
        """The bits of stored words that are no part of the samples; only native frames have them."""
        ds = self._dataset
        allocated, position = int(number(ds, "BitsAllocated", 0)), self._whole(_BIT_POSITION, -1)
        rows, columns = int(number(ds, "Rows", 0)), int(number(ds, "Columns", 0))
        if (
            allocated not in (8, 16, 32)
            or not 0 <= position < allocated
            or (rows, columns) != (self.rows, self.columns)
        ):
            raise PixelError(f"the overlay {self.group:04X} has no data, and no bit of the pixels is it")
        if decoding.transfer_syntax(ds).is_encapsulated:
            raise PixelError(f"the overlay {self.group:04X} lies in bits that compression does not keep")
        # Frames are as they are in the file, pixels that were set since are little endian.
        is_little = ds._position_of(_PIXEL_DATA) < 0 or decoding.is_little_endian(ds)
        order = "<" if is_little else ">"
        stored = np.frombuffer(frame_bytes(ds, frame), f"{order}u{allocated // 8}", rows * columns)
        return (stored >> position & 1).astype(np.bool_).reshape(rows, columns)

    def placed(self, frame: int, rows: int, columns: int) -> NDArray[np.bool_]:
        """Return the pixels of an image of `rows` and `columns` that the overlay covers."""
        mask = np.zeros((rows, columns), np.bool_)
        top, left = self.origin
        from_row, from_column = max(-top, 0), max(-left, 0)
        to_row, to_column = min(self.rows, rows - top), min(self.columns, columns - left)
        if from_row < to_row and from_column < to_column:
            part = self.bitmap(frame)[from_row:to_row, from_column:to_column]
            mask[top + from_row : top + to_row, left + from_column : left + to_column] = part
        return mask

    def __repr__(self) -> str:
        return f"<Overlay {self.group:04X} {self.columns}x{self.rows} {self.label}>"


def overlays(ds: Dataset) -> list[Overlay]:
    """Return the overlay planes of a data set, by group."""
    return [
        Overlay(ds, group)
        for group in _GROUPS
        if ds._has(group << 16 | _ROWS) or ds._has(group << 16 | _DATA) or ds._has(group << 16 | _BIT_POSITION)
    ]
