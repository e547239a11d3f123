"""Display shutters: what of an image is hidden, and what is shown instead (PS3.3 C.7.6.11, C.7.6.15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dicomkit.errors import PixelError, escaped
from dicomkit.pixels.attributes import number, numbers
from dicomkit.pixels.color import recommended_color

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicomkit.pixels.attributes import Attributes

__all__ = ["hidden_by_shutters", "shutter_color"]

# A polygon of more corners was not drawn by hand.
_MOST_CORNERS = 10_000


def hidden_by_shutters(
    attributes: Attributes, rows: int, columns: int, aspect: float = 1.0
) -> NDArray[np.bool_] | None:
    """Return which pixels of an image the shutters hide, None where there are none.

    Several shapes hide what any of them does; BITMAP, an overlay, is not looked at. `aspect` is the height of a pixel
    by its width: the radius of a circle counts pixels of a row. Raises PixelError for shapes that are not described.
    """
    value = attributes.get("ShutterShape")
    shapes = [str(shape) for shape in (value if isinstance(value, list) else [value] if value else [])]
    hidden = None
    for shape in shapes:
        if shape == "BITMAP":
            continue
        if shape not in _SHAPES:
            raise PixelError(f"no shutter has the shape {escaped(shape)}")
        beyond = ~_SHAPES[shape](attributes, rows, columns, aspect)
        hidden = beyond if hidden is None else hidden | beyond
    return hidden


def shutter_color(attributes: Attributes) -> tuple[int, int, int]:
    """Return the colour that is shown instead, black if the attributes say none; 0 to 255 each."""
    color = recommended_color(attributes, "ShutterPresentationColorCIELabValue")
    if color is not None:
        return color
    grey = int(number(attributes, "ShutterPresentationValue", 0)) >> 8 & 0xFF
    return grey, grey, grey


def _values(attributes: Attributes, keyword: str, count: int) -> list[float]:
    values = numbers(attributes, keyword)
    if len(values) != count:
        raise PixelError(f"a shutter whose {keyword} has {len(values)} values, not {count}")
    return values


def _rectangle(attributes: Attributes, rows: int, columns: int, _: float) -> NDArray[np.bool_]:
    (left,), (right,) = (_values(attributes, f"Shutter{side}VerticalEdge", 1) for side in ("Left", "Right"))
    (upper,), (lower,) = (_values(attributes, f"Shutter{side}HorizontalEdge", 1) for side in ("Upper", "Lower"))
    row, column = np.arange(1, rows + 1)[:, None], np.arange(1, columns + 1)[None]
    inside: NDArray[np.bool_] = (row >= upper) & (row <= lower) & (column >= left) & (column <= right)
    return inside


def _circle(attributes: Attributes, rows: int, columns: int, aspect: float) -> NDArray[np.bool_]:
    middle_row, middle_column = _values(attributes, "CenterOfCircularShutter", 2)
    (radius,) = _values(attributes, "RadiusOfCircularShutter", 1)
    row, column = np.arange(1, rows + 1)[:, None], np.arange(1, columns + 1)[None]
    inside: NDArray[np.bool_] = ((row - middle_row) * aspect) ** 2 + (column - middle_column) ** 2 <= radius**2
    return inside


def _polygon(attributes: Attributes, rows: int, columns: int, _: float) -> NDArray[np.bool_]:
    values = numbers(attributes, "VerticesOfThePolygonalShutter")
    if len(values) < 6 or len(values) % 2 or len(values) > 2 * _MOST_CORNERS:
        raise PixelError(f"a polygonal shutter of {len(values)} coordinates")
    corners = np.array(values, np.float64).reshape(-1, 2)
    # Along a row each side that is crossed leads in or out.
    crossings = np.zeros((rows, columns + 1), np.bool_)
    for (row0, column0), (row1, column1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if row0 == row1:
            continue
        upper, lower = min(row0, row1), max(row0, row1)
        first, last = int(np.clip(np.ceil(upper), 1, rows + 1)), int(np.clip(np.ceil(lower), 1, rows + 1))
        crossed = np.arange(first, last)
        at = column0 + (crossed - row0) * (column1 - column0) / (row1 - row0)
        place = np.clip(np.ceil(at), 1, columns + 1).astype(np.int64) - 1
        crossings[crossed - 1, place] ^= True
    return np.bitwise_xor.accumulate(crossings, axis=1)[:, :columns]


_SHAPES = {"RECTANGULAR": _rectangle, "CIRCULAR": _circle, "POLYGONAL": _polygon}
