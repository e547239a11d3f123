"""Colours: where ICC profiles are, and CIELab as presentation states say colours (PS3.3 C.11.15, C.10.7.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dicomkit.errors import PixelError
from dicomkit.pixels.attributes import first_item, numbers

if TYPE_CHECKING:
    from dicomkit.pixels.attributes import Attributes

__all__ = ["icc_profile", "lab_to_rgb", "recommended_color", "rgb_to_lab"]

# D50, the white of the profile connection space (ICC.1, 7.2.16), and the line and the cube root of CIE 1976 L*a*b*.
_WHITE = (0.9642, 1.0, 0.8249)
_LINE_BELOW, _SLOPE = 6 / 29, 3 * (6 / 29) ** 2
# From XYZ at D50 to linear sRGB: the matrix of IEC 61966-2-1 after the Bradford adaptation from D50 to D65.
_XYZ_TO_RGB = np.array(
    [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.0334540],
        [0.0719453, -0.2289914, 1.4052427],
    ]
)
_XYZ_TO_RGB.setflags(write=False)


def icc_profile(attributes: Attributes) -> bytes:
    """Return the ICC profile of a data set or a frame, of its first optical path in a slide image; b"" if none."""
    holder: Attributes | None = attributes
    value = attributes.get("ICCProfile")
    if value is None:
        holder = first_item(attributes, "OpticalPathSequence")
        value = None if holder is None else holder.get("ICCProfile")
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else b""


def lab_to_rgb(lab: tuple[float, float, float]) -> tuple[int, int, int]:
    """Return the sRGB colour, 0 to 255, of L* (0 to 100), a* and b* (-128 to 127), cut to what sRGB has."""
    lightness, a, b = lab
    middle = (lightness + 16) / 116
    xyz = [
        white * (f**3 if f > _LINE_BELOW else _SLOPE * (f - 4 / 29))
        for white, f in zip(_WHITE, (middle + a / 500, middle, middle - b / 200), strict=True)
    ]
    linear = np.clip(_XYZ_TO_RGB @ np.array(xyz), 0, 1)
    curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = np.rint(curved * 255).astype(int).tolist()
    return red, green, blue


def rgb_to_lab(color: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return an sRGB colour, 0 to 255, as the three 16 bit numbers of CIELab that `recommended_color` reads."""
    curved = np.array(color, np.float64) / 255
    linear = np.where(curved <= 0.04045, curved / 12.92, ((curved + 0.055) / 1.055) ** 2.4)
    relative = np.linalg.solve(_XYZ_TO_RGB, linear) / np.array(_WHITE)
    x, y, z = np.where(relative > _LINE_BELOW**3, np.cbrt(relative), relative / _SLOPE + 4 / 29).tolist()
    lab = (116 * y - 16) * 65535 / 100, (500 * (x - y) + 128) * 257, (200 * (y - z) + 128) * 257
    lightness, a, b = [min(max(round(value), 0), 0xFFFF) for value in lab]
    return lightness, a, b


def recommended_color(attributes: Attributes, keyword: str) -> tuple[int, int, int] | None:
    """Return a colour that an element of three 16 bit numbers gives as CIELab, None if it is absent (C.10.7.1.1)."""
    values = numbers(attributes, keyword)
    if not values:
        return None
    if len(values) != 3:
        raise PixelError(f"{keyword} has {len(values)} values, not 3")
    lightness, a, b = values
    return lab_to_rgb((lightness * 100 / 65535, a / 257 - 128, b / 257 - 128))
