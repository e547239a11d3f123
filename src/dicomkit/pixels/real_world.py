"""Real world values: what stored values measure, with units, by a line or a table (PS3.3 C.7.6.16.2.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dicomkit.errors import PixelError
from dicomkit.pixels.attributes import first_item, items, number, numbers, text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicomkit.dataset import Dataset
    from dicomkit.pixels.attributes import Attributes
    from dicomkit.pixels.luts import Values

__all__ = ["RealWorldMapping", "real_world_mappings"]


class RealWorldMapping:
    """One mapping of a range of stored values to real world values.

    `first` and `last` are the stored values that it is for, `units` is the UCUM code of the result, `label` and
    `explanation` say what is measured. Either `table` has one value for each stored value from `first` on, or values
    are ``slope * stored + intercept``.
    """

    __slots__ = ("explanation", "first", "intercept", "label", "last", "slope", "table", "units")

    def __init__(
        self,
        first: float,
        last: float,
        *,
        slope: float = 1.0,
        intercept: float = 0.0,
        table: NDArray[np.float64] | None = None,
        units: str = "",
        label: str = "",
        explanation: str = "",
    ) -> None:
        if last < first or (table is not None and len(table) < last - first + 1):
            raise PixelError(f"a real world value mapping from {first} to {last} that its values do not fill")
        self.first, self.last = first, last
        self.slope, self.intercept, self.table = slope, intercept, table
        self.units, self.label, self.explanation = units, label, explanation

    @classmethod
    def of_item(cls, item: Dataset) -> RealWorldMapping:
        """Make the mapping of an item of the Real World Value Mapping Sequence; PixelError if it says no range."""
        first = _end(item, "RealWorldValueFirstValueMapped", "DoubleFloatRealWorldValueFirstValueMapped")
        last = _end(item, "RealWorldValueLastValueMapped", "DoubleFloatRealWorldValueLastValueMapped")
        table = numbers(item, "RealWorldValueLUTData")
        code = first_item(item, "MeasurementUnitsCodeSequence")
        return cls(
            first,
            last,
            slope=number(item, "RealWorldValueSlope", 1),
            intercept=number(item, "RealWorldValueIntercept", 0),
            table=np.array(table, np.float64) if table else None,
            units="" if code is None else text(code, "CodeValue"),
            label=text(item, "LUTLabel"),
            explanation=text(item, "LUTExplanation"),
        )

    def values(self, stored: Values) -> NDArray[np.float64]:
        """Return real world values, NaN for stored values that the mapping does not say anything of."""
        x = stored.astype(np.float64)
        inside = (x >= self.first) & (x <= self.last)
        if self.table is None:
            return np.where(inside, x * self.slope + self.intercept, np.nan)
        index = np.where(inside, x - self.first, 0).astype(np.int64)
        return np.where(inside, np.take(self.table, index), np.nan)

    def __repr__(self) -> str:
        return f"<RealWorldMapping of {self.first} to {self.last} {self.label or self.units}>"


def real_world_mappings(attributes: Attributes) -> list[RealWorldMapping]:
    """Return the mappings of a frame, given its FrameView, or of a data set; an image may have several."""
    return [RealWorldMapping.of_item(item) for item in items(attributes, "RealWorldValueMappingSequence")]


def _end(item: Dataset, keyword: str, double: str) -> float:
    values = numbers(item, keyword) or numbers(item, double)
    if not values:
        raise PixelError(f"a real world value mapping without {keyword}")
    return values[0]
