"""Where an image lies in its picture: the displayed area, turned, mirrored and scaled (PS3.3 C.10.4, C.10.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dicomkit.core.frozen import Options
from dicomkit.errors import PixelError
from dicomkit.pixels.attributes import numbers
from dicomkit.pixels.picture import imaging

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from dicomkit.pixels.attributes import Attributes

__all__ = ["Placement", "pixel_aspect", "resize"]

# Nobody looks at pixels a hundred times as high as wide; a factor that large is an error, and a lot of memory.
_ODDEST_ASPECT = 100.0


class Placement(Options):
    """How an image of `rows` and `columns` becomes a picture; immutable.

    The area from column `left`, row `top` up to column `right`, row `bottom` (exclusive, from 0, possibly beyond the
    image) is turned clockwise by `rotation` degrees, then mirrored if `is_flipped`, then scaled to `width` by `height`
    pixels, 0 for as many as it has.
    """

    rows: int = 1
    columns: int = 1
    left: int = 0
    top: int = 0
    right: int = 1
    bottom: int = 1
    rotation: int = 0
    is_flipped: bool = False
    width: int = 0
    height: int = 0

    @classmethod
    def whole(cls, rows: int, columns: int) -> Placement:
        """Return the placement that shows every pixel as it is."""
        return cls(rows=rows, columns=columns, right=columns, bottom=rows)

    def _check(self) -> None:
        if self.rotation not in (0, 90, 180, 270):
            raise PixelError(f"no image is turned by {self.rotation} degrees")
        if self.right <= self.left or self.bottom <= self.top:
            raise PixelError("the displayed area has no pixels")

    @property
    def is_turned(self) -> bool:
        """Whether rows of the image become columns of the picture."""
        return self.rotation % 180 == 90

    @property
    def natural_size(self) -> tuple[int, int]:
        """Width and height of the picture where a pixel of the image is one of the picture."""
        width, height = self.right - self.left, self.bottom - self.top
        return (height, width) if self.is_turned else (width, height)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return (self.width, self.height) if self.width and self.height else self.natural_size

    def scaled(self, aspect: float = 1.0, factor: float = 1.0, bound: tuple[int, int] | None = None) -> Placement:
        """Return the placement with pixels as large as they should be.

        `aspect` is the height of a pixel of the image by its width, `factor` magnifies, and with `bound`, a width and a
        height, the picture is as large as these allow. No direction loses pixels because of `aspect`.
        """
        width, height = (float(side) for side in self.natural_size)
        ratio = 1 / aspect if self.is_turned else aspect
        if ratio > 1:
            height *= ratio
        else:
            width /= ratio
        if bound is not None:
            factor = min(bound[0] / width, bound[1] / height)
        return self.replace(width=max(round(width * factor), 1), height=max(round(height * factor), 1))

    def oriented(self, image: NDArray[Any], fill: int = 0) -> NDArray[Any]:
        """Return the displayed area, turned and mirrored, not yet scaled; what lies beyond the image is `fill`."""
        area = image[max(self.top, 0) : max(self.bottom, 0), max(self.left, 0) : max(self.right, 0)]
        if self.left < 0 or self.top < 0 or self.right > self.columns or self.bottom > self.rows:
            canvas = np.full((self.bottom - self.top, self.right - self.left, *image.shape[2:]), fill, image.dtype)
            if area.size:
                row, column = max(-self.top, 0), max(-self.left, 0)
                canvas[row : row + area.shape[0], column : column + area.shape[1]] = area
            area = canvas
        area = np.rot90(area, -self.rotation // 90)
        return np.ascontiguousarray(area[:, ::-1] if self.is_flipped else area)

    def points(self, points: NDArray[np.float64], units: str = "PIXEL") -> NDArray[np.float64]:
        """Return picture coordinates of points (n, 2), x and y.

        PIXEL and MATRIX are coordinates of the image, 0 the left and upper edge of its first pixel; DISPLAY is from 0
        to 1 over the displayed area as it is seen. Raises PixelError for other units.
        """
        if units == "DISPLAY":
            return points * self.size
        if units not in ("PIXEL", "MATRIX"):
            raise PixelError("no annotation has units other than PIXEL, DISPLAY and MATRIX")
        corner = np.array([self.left, self.top])
        x, y = ((points - corner) / (np.array([self.right, self.bottom]) - corner)).T
        x, y = {0: (x, y), 90: (1 - y, x), 180: (1 - x, 1 - y), 270: (y, 1 - x)}[self.rotation]
        return np.stack([1 - x if self.is_flipped else x, y], axis=1) * self.size


def pixel_aspect(attributes: Attributes) -> float:
    """Return the height of a pixel by its width, 1 if nothing says it (C.7.6.3.1.7, 10.7.1.1)."""
    for keyword in ("PixelSpacing", "PixelAspectRatio", "ImagerPixelSpacing", "NominalScannedPixelSpacing"):
        values = numbers(attributes, keyword)
        if len(values) == 2 and min(values) > 0:
            aspect = values[0] / values[1]
            if 1 / _ODDEST_ASPECT <= aspect <= _ODDEST_ASPECT:
                return aspect
    return 1.0


def resize(array: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Return a picture in another size; itself if it has that size."""
    if array.shape[1::-1] == (width, height):
        return array
    resized: NDArray[np.uint8] = imaging("resized_picture")(array, width, height)
    return resized
