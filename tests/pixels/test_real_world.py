"""Real world values by a line and by a table, with units, and none where nothing is said."""

from __future__ import annotations

import numpy as np
import pytest

from dicomkit import Dataset
from dicomkit.errors import PixelError
from dicomkit.pixels import FrameView, real_world_mappings

UNITS = Dataset(CodeValue="ml/min/100g", CodingSchemeDesignator="UCUM", CodeMeaning="perfusion")


def test_a_line():
    """Slope and intercept; NaN outside the range that is mapped."""
    item = Dataset(
        RealWorldValueFirstValueMapped=2,
        RealWorldValueLastValueMapped=4,
        RealWorldValueSlope=0.5,
        RealWorldValueIntercept=10.0,
        MeasurementUnitsCodeSequence=[UNITS],
        LUTLabel="PERF",
        LUTExplanation="perfusion",
    )
    ds = Dataset(SharedFunctionalGroupsSequence=[Dataset(RealWorldValueMappingSequence=[item])])
    (mapping,) = real_world_mappings(FrameView(ds, 0))
    np.testing.assert_array_equal([np.nan, 11, 11.5, 12, np.nan], mapping.values(np.array([1, 2, 3, 4, 5])))
    assert ("ml/min/100g", "PERF", "perfusion") == (mapping.units, mapping.label, mapping.explanation)


def test_a_table():
    """A value for each stored value."""
    item = Dataset(
        RealWorldValueFirstValueMapped=-1,
        RealWorldValueLastValueMapped=1,
        RealWorldValueLUTData=[7.0, 8.0, 9.0],
        PixelRepresentation=1,
    )
    (mapping,) = real_world_mappings(Dataset(PixelRepresentation=1, RealWorldValueMappingSequence=[item]))
    np.testing.assert_array_equal([np.nan, 7, 8, 9, np.nan], mapping.values(np.array([-2, -1, 0, 1, 2])))


def test_a_mapping_of_float_pixels():
    """Float Pixel Data has its range in elements of its own."""
    item = Dataset(DoubleFloatRealWorldValueFirstValueMapped=0.0, DoubleFloatRealWorldValueLastValueMapped=1.0)
    (mapping,) = real_world_mappings(Dataset(RealWorldValueMappingSequence=[item]))
    np.testing.assert_array_equal([0.25, np.nan], mapping.values(np.array([0.25, 1.5])))


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"RealWorldValueFirstValueMapped": 3, "RealWorldValueLastValueMapped": 2},
        {"RealWorldValueFirstValueMapped": 0, "RealWorldValueLastValueMapped": 2, "RealWorldValueLUTData": [1.0]},
    ],
)
def test_mappings_that_are_none(elements: dict[str, object]):
    """Without a range, or with fewer values than it has, it is a PixelError."""
    with pytest.raises(PixelError):
        real_world_mappings(Dataset(RealWorldValueMappingSequence=[Dataset(**elements)]))
