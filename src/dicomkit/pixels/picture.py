"""Pictures: arrays of grey or RGB from 0 to 255 that are shown, saved, and put side by side."""

from __future__ import annotations

import math
import os
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from dicomkit._lazy import load
from dicomkit.errors import PixelError, escaped
from dicomkit.file.atomic import Replacement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from numpy.typing import NDArray

__all__ = ["Picture", "animation", "contact_sheet", "image_kind", "imaging", "write_image"]

_KINDS = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "gif": "GIF", "tif": "TIFF", "tiff": "TIFF"}
# Of a contact sheet: 65,535 pixels are the longest side that JPEG has, and more are of no use to anybody.
_LONGEST_SIDE = 65_535
_MOST_ON_A_SHEET = 10_000
_LARGEST_SHEET = 1 << 28  # pixels: 10,000 pictures of 160 by 160


class Picture:
    """A picture: `array` is uint8 of (rows, columns), grey, or of (rows, columns, 3), sRGB.

    A notebook shows it. Files are made by Pillow; without it the methods that make them raise PixelError.
    """

    __slots__ = ("array",)

    def __init__(self, array: NDArray[np.uint8]) -> None:
        if array.dtype != np.uint8 or array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3):
            shape = f"{array.dtype} {array.shape}"
            raise PixelError(f"a picture is uint8 of (rows, columns) or (rows, columns, 3), not {shape}")
        self.array = array

    @property
    def rows(self) -> int:
        """Its height in pixels."""
        return int(self.array.shape[0])

    @property
    def columns(self) -> int:
        """Its width in pixels."""
        return int(self.array.shape[1])

    @property
    def is_color(self) -> bool:
        """Whether it has colours."""
        return self.array.ndim == 3

    def to_bytes(self, kind: str = "PNG", *, quality: int = 90) -> bytes:
        """Return the picture as a file: PNG, JPEG, GIF or TIFF; `quality`, 1 to 100, is that of JPEG."""
        data: bytes = imaging("encode_picture")(self.array, image_kind(f".{kind}"), quality)
        return data

    def to_png(self) -> bytes:
        """Return the picture as a PNG file."""
        return self.to_bytes("PNG")

    def to_jpeg(self, quality: int = 90) -> bytes:
        """Return the picture as a JPEG file; `quality` is from 1 to 100."""
        return self.to_bytes("JPEG", quality=quality)

    def save(self, path: str | os.PathLike[str], *, quality: int = 90) -> None:
        """Write the picture to a file, whose ending says what it becomes: .png, .jpg, .gif or .tif.

        The file is there when all of it is written, and until then an older one stays. PixelError for other endings.
        """
        write_image(path, self.to_bytes(image_kind(os.fspath(path)), quality=quality))

    def _repr_png_(self) -> bytes:
        return self.to_png()

    def __repr__(self) -> str:
        return f"<Picture {self.columns}x{self.rows} {'RGB' if self.is_color else 'grey'}>"


def imaging(name: str) -> Callable[..., Any]:
    """Return a function of `dicomkit.pixels.imaging`; PixelError says what to install where Pillow is missing."""
    try:
        return load(name)
    except ImportError as error:
        raise PixelError(f"pictures need Pillow ({error}): pip install 'dicomkit[images]'") from error


def write_image(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file that is there when all of it is written; until then an older one stays."""
    with Replacement(path) as file:
        view = memoryview(data)
        while view:
            view = view[os.write(file.fd, view) :]


def image_kind(name: str) -> str:
    """Return PNG, JPEG, GIF or TIFF by the ending of a file's name; PixelError for other endings."""
    ending = name.rpartition(".")[2].lower()
    if ending not in _KINDS:
        raise PixelError(f"{escaped(ending, 20)!r} is no kind of picture: png, jpg, gif or tif")
    return _KINDS[ending]


def animation(pictures: Iterable[Picture], kind: str, milliseconds: Sequence[float] = (100.0,)) -> bytes:
    """Return pictures as one file: an animated GIF or PNG, or a TIFF of several pages.

    `milliseconds` says how long each is shown, the last one holds for all that follow; `cine_times` has those of a data
    set.
    """
    data: bytes = imaging("encode_animation")(
        (picture.array for picture in pictures), image_kind(f".{kind}"), milliseconds
    )
    return data


def contact_sheet(pictures: Iterable[Picture], columns: int | None = None, *, gap: int = 2) -> Picture:
    """Return pictures side by side, row by row, each in the middle of its cell, with `gap` black pixels between cells.

    `columns` None makes the sheet about square. Raises PixelError for no pictures, for more than 10,000, and for a
    sheet longer than 65,535 pixels or larger than 268 million.
    """
    if (columns is not None and columns < 1) or gap < 0:
        raise ValueError(f"a contact sheet of {columns} columns with gaps of {gap} pixels")
    arrays = [picture.array for picture in islice(pictures, _MOST_ON_A_SHEET + 1)]
    if not 0 < len(arrays) <= _MOST_ON_A_SHEET:
        raise PixelError(
            "more than 10,000 pictures for a contact sheet" if arrays else "no pictures for a contact sheet"
        )
    across = min(columns or math.ceil(math.sqrt(len(arrays))), len(arrays))
    down = -(-len(arrays) // across)
    high = max(array.shape[0] for array in arrays) + gap
    wide = max(array.shape[1] for array in arrays) + gap
    if max(down * high, across * wide) > _LONGEST_SIDE or down * high * across * wide > _LARGEST_SHEET:
        raise PixelError(f"a contact sheet of {across * wide} by {down * high} pixels; give the pictures a size")
    has_color = any(array.ndim == 3 for array in arrays)
    sheet = np.zeros((down * high - gap, across * wide - gap, *([3] if has_color else [])), np.uint8)
    for number, array in enumerate(arrays):
        row = number // across * high + (high - gap - array.shape[0]) // 2
        column = number % across * wide + (wide - gap - array.shape[1]) // 2
        if has_color and array.ndim == 2:
            array = array[..., None]
        sheet[row : row + array.shape[0], column : column + array.shape[1]] = array
    return Picture(sheet)
