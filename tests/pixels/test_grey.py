"""One frame to grey: the order of the steps, which window is taken, and padding."""

from __future__ import annotations

import numpy as np
import pytest

from dicomkit import Dataset
from dicomkit.errors import PixelError
from dicomkit.pixels.grey import GreyFormat, grey_frame, padding_mask, resolved_voi, stored_voi, value_range
from dicomkit.pixels.luts import LookupTable, Window
from tests.pixels.images import lut_item

EIGHT = GreyFormat(bits_stored=8)
STORED = np.array([[0, 100, 255]], np.uint8)


def grey(ds: Dataset, voi: object = "full", form: GreyFormat = EIGHT, stored: np.ndarray = STORED, **more) -> list[int]:
    """Give the shades of a row of stored values."""
    return grey_frame(stored, form, voi, modality=ds, presentation=ds, **more)[0].tolist()


def test_eight_bits_are_shown_as_they_are():
    """All values of 8 bits are all shades."""
    assert [0, 100, 255] == grey(Dataset())


def test_monochrome_1_and_the_inverse_shape():
    """MONOCHROME1 is white at 0; where there is a shape, it alone says so (C.11.6: values are P-Values by it)."""
    inverted = EIGHT.replace(is_inverted=True)
    assert [255, 155, 0] == grey(Dataset(), form=inverted)
    assert [255, 155, 0] == grey(Dataset(PresentationLUTShape="INVERSE"))
    assert [255, 155, 0] == grey(Dataset(PresentationLUTShape="INVERSE"), form=inverted)
    assert [0, 100, 255] == grey(Dataset(PresentationLUTShape="IDENTITY"), form=inverted)


def test_steps_in_their_order():
    """Stored values are rescaled before the window, and the presentation LUT comes last (PS3.4 N.2)."""
    ds = Dataset(RescaleSlope=2, RescaleIntercept=-100, PresentationLUTSequence=[lut_item([255, 0], bits=8)])
    expected = [255, 255, 0]  # -100, 100 and 410 in a window of 1 at 400, by a table that turns it around
    assert expected == grey(ds, Window(400, 1))


def test_windows_by_name_number_and_value():
    """A window is an object, a pair, the number of a stored one, or a word."""
    ds = Dataset(WindowCenter=[10, 20], WindowWidth=[5, 6], VOILUTFunction="SIGMOID")
    assert Window(20, 6, "SIGMOID") == resolved_voi(1, STORED, EIGHT, ds)
    assert Window(1, 2, "SIGMOID") == resolved_voi((1, 2), STORED, EIGHT, ds)
    table = LookupTable(np.arange(4, dtype=np.uint16))
    assert table is resolved_voi(table, STORED, EIGHT, ds)
    assert Window.of_range(0, 255) == resolved_voi("full", STORED, EIGHT, ds) == resolved_voi(None, STORED, EIGHT, ds)
    assert Window.of_range(7, 9) == resolved_voi("minmax", np.array([[7, 9]]), EIGHT, ds)
    for wrong in (2, -1, "half"):
        with pytest.raises(PixelError):
            resolved_voi(wrong, STORED, EIGHT, ds)


def test_what_an_image_asks_for():
    """The first window, else the first VOI LUT, else everything of 8 bits, what occurs of more."""
    window = Dataset(WindowCenter=[10, 20], WindowWidth=[5, 6], VOILUTSequence=[lut_item([1])])
    assert Window(10, 5) == stored_voi(window, EIGHT)
    assert isinstance(stored_voi(Dataset(VOILUTSequence=[lut_item([1])]), EIGHT), LookupTable)
    assert "full" == stored_voi(Dataset(), EIGHT)
    assert "minmax" == stored_voi(Dataset(), GreyFormat(bits_stored=12))
    assert "minmax" == stored_voi(Dataset(), GreyFormat(bits_stored=32, is_float=True))


def test_the_values_that_occur():
    """Padding and what is no number are left out; a negative slope exchanges the ends; a LUT need not rise."""
    frames = [np.array([[1, 9]]), np.array([[3, 99]])]
    paddings = [None, np.array([[False, True]])]
    assert (1, 9) == value_range(frames, Dataset(), paddings)
    assert (-9, -1) == value_range(frames, Dataset(RescaleSlope=-1, RescaleIntercept=0), paddings)
    ds = Dataset(ModalityLUTSequence=[lut_item([5, 0, 200, 7])])
    assert (0, 200) == value_range([np.array([[0, 1, 2, 3]])], ds, [None])
    assert (1, 2) == value_range([np.array([[1, np.nan, 2, np.inf]])], Dataset(), [None])
    assert (0, 0) == value_range([np.array([[np.nan]])], Dataset(), [None])


def test_float_pixels():
    """Real numbers are spread over the shades; what is no number is black."""
    form = GreyFormat(bits_stored=32, is_float=True)
    stored = np.array([[1e-20, 2e-20, 3e-20, np.nan]], np.float32)
    assert [0, 128, 255, 0] == grey(Dataset(), "minmax", form, stored)


def test_padding_is_black_and_no_value():
    """Padding is black in MONOCHROME1 too, and "minmax" does not look at it (C.7.5.1.1.2)."""
    ds = Dataset(PixelRepresentation=0, PixelPaddingValue=255)
    mask = padding_mask(STORED, ds)
    assert [0, 255, 0] == grey(ds, "minmax", padding=mask)
    assert [255, 0, 0] == grey(ds, "minmax", EIGHT.replace(is_inverted=True), padding=mask)


@pytest.mark.parametrize(
    ("elements", "stored", "expected"),
    [
        ({"PixelPaddingValue": 3}, np.uint16, [3]),
        ({"PixelPaddingValue": 3, "PixelPaddingRangeLimit": 5}, np.uint16, [3, 4, 5]),
        ({"PixelPaddingValue": 5, "PixelPaddingRangeLimit": 3}, np.uint16, [3, 4, 5]),
        ({"PixelPaddingValue": 65535}, np.int16, [-1]),
        ({"FloatPixelPaddingValue": 2.0}, np.float32, [2]),
    ],
)
def test_which_values_are_padding(elements: dict[str, object], stored: type, expected: list[int]):
    """One value, or a range in either direction; an unsigned one of signed pixels is what its bits are."""
    values = np.arange(-2, 8).astype(stored) if stored != np.uint16 else np.arange(8, dtype=stored)
    ds = Dataset(PixelRepresentation=0, **elements)
    assert expected == values[padding_mask(values, ds)].tolist()


def test_no_padding():
    """Nothing is padding where nothing says so, or no such value occurs."""
    assert padding_mask(STORED, Dataset()) is None
    assert padding_mask(STORED, Dataset(PixelRepresentation=0, PixelPaddingValue=7)) is None
