"""Small images made of arrays, for the tests of what is done with pixels."""

from __future__ import annotations

import numpy as np

from dicomkit import Dataset


def image(array: np.ndarray, **elements: object) -> Dataset:
    """Make a native image of an array (rows, columns[, 3]); `elements` are set besides, None takes one away."""
    is_color = array.ndim == 3
    values: dict[str, object] = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7",
        "SOPInstanceUID": "1.2.3.4",
        "SamplesPerPixel": 3 if is_color else 1,
        "PhotometricInterpretation": "RGB" if is_color else "MONOCHROME2",
        "Rows": array.shape[0],
        "Columns": array.shape[1],
        "BitsAllocated": 8 * array.itemsize,
        "BitsStored": 8 * array.itemsize,
        "HighBit": 8 * array.itemsize - 1,
        "PixelRepresentation": int(array.dtype.kind == "i"),
        "PixelData": array.astype(array.dtype.newbyteorder("<")).tobytes(),
    }
    if is_color:
        values["PlanarConfiguration"] = 0
    values.update(elements)
    return Dataset(**{keyword: value for keyword, value in values.items() if value is not None})


def ramp(rows: int = 16, columns: int = 16, dtype: type = np.uint8) -> np.ndarray:
    """Make an array that counts from 0."""
    return np.arange(rows * columns, dtype=dtype).reshape(rows, columns)


def lut_item(entries: list[int], first: int = 0, bits: int = 16, **elements: object) -> Dataset:
    """Make an item of a sequence of lookup tables."""
    return Dataset(LUTDescriptor=[len(entries), first, bits], LUTData=np.array(entries, "<u2").tobytes(), **elements)
