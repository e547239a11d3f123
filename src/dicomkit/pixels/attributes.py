"""Values that pixels are shown by, read from data sets as numbers, texts and tables (PS3.3 C.7.6, C.11).

What a file says wrongly is a PixelError here, so that what works on arrays gets arrays and numbers only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import numpy as np

from dicomkit.dataset import Dataset, Sequence
from dicomkit.errors import PixelError, escaped

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Attributes", "first_item", "items", "number", "numbers", "text", "words"]


class Attributes(Protocol):
    """What has values by keyword: a data set, or a frame of one."""

    def get(self, key: str, default: object = None, /) -> object:
        """Return the value for a keyword."""


def numbers(attributes: Attributes, keyword: str) -> list[float]:
    """Return the values of an element as finite numbers, none if it is absent or empty; PixelError for others."""
    value = attributes.get(keyword)
    found = []
    for one in value if isinstance(value, list) else [] if value is None or value == "" else [value]:
        if isinstance(one, bool) or not isinstance(one, int | float) or not math.isfinite(one):
            raise PixelError(f"{keyword} is no number: {escaped(one)}")
        found.append(one)
    return found


def number(attributes: Attributes, keyword: str, default: float) -> float:
    """Return the first value of an element as a number, `default` if it is absent or empty."""
    values = numbers(attributes, keyword)
    return values[0] if values else default


def text(attributes: Attributes, keyword: str, default: str = "") -> str:
    """Return the first value of an element as text, `default` if it is absent, empty or no text."""
    value = attributes.get(keyword)
    if isinstance(value, list):
        value = value[0] if value else None
    return str.__str__(value) if isinstance(value, str) and value else default


def items(attributes: Attributes, keyword: str) -> list[Dataset]:
    """Return the items of a sequence, none if it is absent."""
    value = attributes.get(keyword)
    return list(value) if isinstance(value, Sequence) else []


def first_item(attributes: Attributes, keyword: str) -> Dataset | None:
    """Return the first item of a sequence, None if there is none."""
    value = attributes.get(keyword)
    return value[0] if isinstance(value, Sequence) and len(value) else None


def words(ds: Dataset, keyword: str) -> NDArray[np.uint16]:
    """Return the values of an element of 16 bit words, OW or US or SS, none if it is absent; PixelError for others."""
    value = ds.get(keyword)
    if value is None:
        return np.empty(0, np.uint16)
    if isinstance(value, bytes | bytearray | memoryview):
        data = bytes(value)  # little endian in memory, whatever the file is
        return np.frombuffer(data, "<u2", len(data) // 2).astype(np.uint16)
    if isinstance(value, int) and not isinstance(value, bool):
        value = [value]
    if isinstance(value, list) and all(isinstance(one, int) for one in value):
        return (np.array(value, np.int64) & 0xFFFF).astype(np.uint16)
    raise PixelError(f"{keyword} has no 16 bit words")
