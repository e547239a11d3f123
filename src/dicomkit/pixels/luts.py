"""From stored values to grey: modality LUT, windows, VOI LUT, real-world values (PS3.3 C.11.1, C.11.2, C.7.6.16.2.11).

Functions of arrays. Stored values become modality values (Hounsfield units, optical density), those are seen through
a window or a VOI LUT and become grey from 0 to 1, which a presentation LUT may change once more.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from dicomkit._ext.samples import lut
from dicomkit.core.frozen import Frozen
from dicomkit.errors import PixelError, escaped
from dicomkit.pixels.attributes import first_item, items, number, numbers, text, words

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from numpy.typing import NDArray

    from dicomkit.dataset import Dataset
    from dicomkit.pixels.attributes import Attributes

    #: Samples of whole or real numbers.
    Values: TypeAlias = np.ndarray

__all__ = [
    "LookupTable",
    "VoiFunction",
    "Window",
    "full_range",
    "look_up",
    "modality_values",
    "presentation_lut",
    "through_table",
    "voi_luts",
    "windows",
]

# A table of all values that occur costs less than computing each sample; beyond, memory does.
_TABLE_BOUND = 1 << 17


class VoiFunction(StrEnum):
    """How Window Center and Window Width are meant (PS3.3 C.11.2.1.3)."""

    LINEAR = "LINEAR"
    LINEAR_EXACT = "LINEAR_EXACT"
    SIGMOID = "SIGMOID"


class Window(Frozen):
    """A range of values that becomes the greys from black to white; immutable.

    `center` and `width` are in modality values. Raises PixelError for a width that the function does not have: LINEAR
    needs at least 1, the others more than 0 (PS3.3 C.11.2.1.2).

    >>> from dicomkit.pixels import Window
    >>> Window(40, 400).grey([-160, 40, 239]).round(2).tolist()
    [0.0, 0.5, 1.0]
    """

    __slots__ = ("center", "width", "function", "explanation")  # noqa: RUF023  the order of __init__

    center: float
    width: float
    function: VoiFunction
    explanation: str

    def __init__(self, center: float, width: float, function: str = "LINEAR", explanation: str = "") -> None:
        try:
            kind = VoiFunction(function)
        except ValueError:
            raise PixelError(f"VOI LUT Function {escaped(function)} is none of {', '.join(VoiFunction)}") from None
        if not (width >= 1 if kind is VoiFunction.LINEAR else width > 0):
            raise PixelError(f"no {kind} window has the width {width}")
        put = object.__setattr__
        put(self, "center", float(center))
        put(self, "width", float(width))
        put(self, "function", kind)
        put(self, "explanation", explanation)

    @classmethod
    def meant(cls, center: float, width: float, function: str = "LINEAR", explanation: str = "") -> Window:
        """Make a window, LINEAR_EXACT where LINEAR has none so narrow: of values that are no whole numbers."""
        is_narrow = function == VoiFunction.LINEAR and 0 < width < 1
        return cls(center, width, VoiFunction.LINEAR_EXACT if is_narrow else function, explanation)

    @classmethod
    def of_range(cls, lowest: float, highest: float) -> Window:
        """Make the window in which `lowest` is black and `highest` white; a range of one value is black."""
        if highest <= lowest:
            return cls(lowest + 1, 1)
        return cls((lowest + highest) / 2, highest - lowest, VoiFunction.LINEAR_EXACT)

    def grey(self, values: Values | list[float]) -> NDArray[np.float64]:
        """Return values as grey, from 0 (black) to 1 (white); what is no number is black."""
        x = np.asarray(values).astype(np.float64)
        center, width = self.center, self.width
        if self.function is VoiFunction.LINEAR:
            center, width = center - 0.5, width - 1
        if width == 0:
            return (x > center).astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):  # infinities are black or white
            if self.function is VoiFunction.SIGMOID:
                # Beyond ±700 the exponential leaves the range of numbers, and grey is black or white long before.
                shade = 1 / (1 + np.exp(np.clip(-4 * (x - center) / width, -700, 700)))
            else:
                shade = np.clip((x - center) / width + 0.5, 0, 1)
        return np.nan_to_num(shade, copy=False)


class LookupTable:
    """A table of 8 or 16 bit values, used below its first entry as there and beyond its last as there (C.11.1.1.1).

    `first` is the value that the first entry is for, `bits` the depth of the entries, so that the largest possible one
    is ``2**bits - 1``.
    """

    __slots__ = ("bits", "entries", "explanation", "first")

    def __init__(self, entries: NDArray[np.uint16], first: int = 0, bits: int = 16, explanation: str = "") -> None:
        if not len(entries):
            raise PixelError("a lookup table without entries")
        if not 1 <= bits <= 16:
            raise PixelError(f"a lookup table whose entries have {bits} bits")
        self.entries = np.ascontiguousarray(entries, np.uint16)
        self.entries.setflags(write=False)
        self.first = int(first)
        self.bits = bits
        self.explanation = explanation

    @classmethod
    def of_item(cls, item: Dataset, *, is_signed: bool = False) -> LookupTable:
        """Make the table of an item with LUT Descriptor and LUT Data; PixelError if it has none.

        `is_signed` says that it is looked up by signed values.
        """
        entries, first, bits = read_descriptor(item, "LUTDescriptor", is_signed)
        data = words(item, "LUTData")
        if bits <= 8 and len(data) * 2 >= entries > len(data):
            data = data.astype("<u2").view(np.uint8).astype(np.uint16)  # two entries a word
        if not len(data):
            raise PixelError("LUT Data is missing")
        table = data[:entries]
        # Entries of more bits than declared: producers write 8 for tables of 12 bits, and then the table is right.
        bits = max(bits, int(table.max()).bit_length())
        return cls(table, first, bits, text(item, "LUTExplanation"))

    def values(self, inputs: Values) -> NDArray[np.uint16]:
        """Return the entries for whole numbers, real ones rounded."""
        return look_up(np.asarray(inputs), self.first, self.entries)

    def grey(self, inputs: Values) -> NDArray[np.float64]:
        """Return the entries as grey, from 0 (black) to 1 (white)."""
        return self.values(inputs).astype(np.float64) / ((1 << self.bits) - 1)


def read_descriptor(ds: Dataset, keyword: str, is_signed: bool) -> tuple[int, int, int]:
    """Return how many entries a lookup table has, for which value the first is, and how many bits an entry has.

    Raises PixelError for a descriptor of other than three values.
    """
    descriptor = numbers(ds, keyword)
    if len(descriptor) != 3:
        raise PixelError(f"{keyword} has {len(descriptor)} values, not 3")
    entries = int(descriptor[0]) & 0xFFFF or 0x10000  # C.11.1.1: 0 stands for 65536
    first = int(descriptor[1])
    if is_signed and first >= 0x8000:
        first -= 0x10000
    elif not is_signed and first < 0:
        first += 0x10000
    # 0 bits, which some producers write, say nothing: the entries do.
    bits = int(descriptor[2]) & 0xFFFF
    return entries, first, bits if 1 <= bits <= 16 else 16


def modality_values(stored: Values, attributes: Attributes) -> Values:
    """Return modality values: through the Modality LUT, or rescaled as float64; as they are without either (C.11.1).

    `attributes` is the data set or, where frames differ, a FrameView.
    """
    item = first_item(attributes, "ModalityLUTSequence")
    if item is not None:
        return LookupTable.of_item(item, is_signed=stored.dtype.kind == "i").values(stored)
    slope, intercept = number(attributes, "RescaleSlope", 1), number(attributes, "RescaleIntercept", 0)
    if slope == 1 and intercept == 0:
        return stored
    # A slope of 0 would make every value the same: the element was written without being known.
    with np.errstate(over="ignore", invalid="ignore"):
        return stored.astype(np.float64) * (slope or 1) + intercept


def windows(attributes: Attributes) -> list[Window]:
    """Return the windows that are stored, in their order; those that no function has are left out (C.11.2)."""
    centers, widths = numbers(attributes, "WindowCenter"), numbers(attributes, "WindowWidth")
    function = text(attributes, "VOILUTFunction", "LINEAR")
    explanations = attributes.get("WindowCenterWidthExplanation")
    named = explanations if isinstance(explanations, list) else [explanations or ""]
    found = []
    for position, (center, width) in enumerate(zip(centers, widths, strict=False)):
        explanation = str(named[position]) if position < len(named) else ""
        try:
            found.append(Window.meant(center, width, function, explanation))
        except PixelError:
            continue
    return found


def voi_luts(attributes: Attributes, *, is_signed: bool = False) -> list[LookupTable]:
    """Return the VOI LUTs that are stored; `is_signed` says that modality values are."""
    return [LookupTable.of_item(item, is_signed=is_signed) for item in items(attributes, "VOILUTSequence")]


def full_range(bits_stored: int, is_signed: bool, attributes: Attributes) -> tuple[float, float]:
    """Return the lowest and the highest modality value that stored values of so many bits can have."""
    lowest, highest = (
        (-(1 << bits_stored - 1), (1 << bits_stored - 1) - 1) if is_signed else (0, (1 << bits_stored) - 1)
    )
    item = first_item(attributes, "ModalityLUTSequence")
    if item is not None:
        return 0.0, float((1 << LookupTable.of_item(item).bits) - 1)
    slope, intercept = number(attributes, "RescaleSlope", 1) or 1, number(attributes, "RescaleIntercept", 0)
    ends = lowest * slope + intercept, highest * slope + intercept
    return min(ends), max(ends)


def presentation_lut(attributes: Attributes) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Return the function from grey to grey that a Presentation LUT is, by shape or by table (C.11.4, C.11.6)."""
    item = first_item(attributes, "PresentationLUTSequence")
    if item is not None:
        table = LookupTable.of_item(item)

        def look_up(grey: NDArray[np.float64]) -> NDArray[np.float64]:
            # C.11.4.1: the inputs are scaled to the range of the table.
            return table.grey(np.rint(grey * (len(table.entries) - 1)) + table.first)

        return look_up
    if text(attributes, "PresentationLUTShape") == "INVERSE":
        return lambda grey: 1 - grey
    return lambda grey: grey


def through_table(values: Values, function: Callable[[Values], NDArray[Any]]) -> NDArray[Any]:
    """Return ``function(values)``, computed once for each value that whole numbers can have where those are few."""
    if values.dtype.kind not in "iu" or not values.size:
        return function(values)
    lowest, highest = int(values.min()), int(values.max())
    if highest - lowest >= min(_TABLE_BOUND, 4 * values.size):
        return function(values)
    return look_up(values, lowest, function(np.arange(lowest, highest + 1)))


def look_up(values: Values, first: int, table: NDArray[Any]) -> NDArray[Any]:
    """Return the entry of a table for each value, `first` being that of the first entry; ends go on (C.11.1.1.1)."""
    if values.dtype.kind in "iu" and values.itemsize <= 4:
        samples = np.ascontiguousarray(values, values.dtype.newbyteorder("="))
        table = np.ascontiguousarray(table)
        shown = np.empty((*values.shape, *table.shape[1:]), table.dtype)
        lut.apply(samples, samples.itemsize, samples.dtype.kind == "i", first, table, table[:1].nbytes, shown)
        return shown
    index = np.clip(np.rint(np.nan_to_num(values.astype(np.float64))) - first, 0, len(table) - 1)
    taken: NDArray[Any] = np.take(table, index.astype(np.int64), axis=0)
    return taken
