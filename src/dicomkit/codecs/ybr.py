"""Luminance and chrominance to RGB and back (PS3.3 C.7.6.3.1.2, ITU-R BT.601)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit._ext.samples import pack
from dicomkit.errors import PixelError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["becomes_rgb", "rgb_to_ybr", "ybr_to_rgb"]

_ONE = 1 << 20  # of the kernel's numbers
# What each is as decoded samples, with a chrominance for each pixel; the range of Y and of Cb and Cr in 8 bits.
_RANGES = {
    "YBR_FULL": (0, 255, 255),
    "YBR_FULL_422": (0, 255, 255),
    "YBR_PARTIAL": (16, 219, 224),
    "YBR_PARTIAL_422": (16, 219, 224),
    "YBR_PARTIAL_420": (16, 219, 224),
}
_KR, _KG, _KB = 0.299, 0.587, 0.114


def becomes_rgb(photometric_interpretation: str) -> bool:
    """Whether `ybr_to_rgb` changes samples of a photometric interpretation."""
    return photometric_interpretation in _RANGES


def ybr_to_rgb(samples: np.ndarray, photometric_interpretation: str, bits: int) -> None:
    """Convert samples by pixel to RGB, where they are, if `becomes_rgb`; others stay as they are.

    `bits` is Bits Stored: it says where the middle of the chrominance is. Raises PixelError for samples that are not
    unsigned, of 8 or 16 bits, and three a pixel.
    """
    if photometric_interpretation not in _RANGES:
        return
    black, y_range, c_range = _RANGES[photometric_interpretation]
    y, c = 255 / y_range, 255 / c_range
    rows = (
        (y, 0.0, 2 * (1 - _KR) * c),
        (y, -2 * (1 - _KB) * _KB / _KG * c, -2 * (1 - _KR) * _KR / _KG * c),
        (y, 2 * (1 - _KB) * c, 0.0),
    )
    middle = 1 << bits - 1
    offset = black * middle / 128
    _transform(samples, bits, rows, [-row[0] * offset - (row[1] + row[2]) * middle for row in rows])


def rgb_to_ybr(samples: np.ndarray, bits: int) -> np.ndarray:
    """Return RGB samples by pixel as YBR_FULL; `bits` and errors as of `ybr_to_rgb`."""
    blue, red = 2 * (1 - _KB), 2 * (1 - _KR)
    rows = (
        (_KR, _KG, _KB),
        (-_KR / blue, -_KG / blue, (1 - _KB) / blue),
        ((1 - _KR) / red, -_KG / red, -_KB / red),
    )
    middle = float(1 << bits - 1)
    result = samples.copy()
    _transform(result, bits, rows, [0.0, middle, middle])
    return result


def _transform(
    samples: np.ndarray, bits: int, rows: tuple[tuple[float, float, float], ...], constants: list[float]
) -> None:
    if samples.dtype.kind != "u" or samples.itemsize > 2 or samples.shape[-1] != 3:
        raise PixelError(f"colours are converted of three unsigned samples of 8 or 16 bits, not of {samples.dtype}")
    flat = samples.reshape(-1)
    factors = tuple([round(factor * _ONE) for row in rows for factor in row])
    # A half more, so that the kernel, which cuts, rounds.
    added = tuple([round(constant * _ONE) + _ONE // 2 for constant in constants])
    pack.transform_colors(flat, flat, samples.itemsize, bits, factors, added)
