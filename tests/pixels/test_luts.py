"""Modality LUT, windows, VOI LUT and presentation LUT against the standard's formulas and pydicom."""

from __future__ import annotations

import math

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.pixels import processing

import dicomkit
from dicomkit import Dataset
from dicomkit.errors import PixelError
from dicomkit.pixels.luts import (
    LookupTable,
    Window,
    full_range,
    look_up,
    modality_values,
    presentation_lut,
    through_table,
    voi_luts,
    windows,
)
from tests.corpora import real_file
from tests.pixels.images import lut_item

X = np.arange(-3000, 3001, 7)


def linear(x: float, c: float, w: float) -> float:
    """PS3.3 C.11.2.1.2.1, the pseudo-code with y from 0 to 1."""
    if x <= c - 0.5 - (w - 1) / 2:
        return 0
    if x > c - 0.5 + (w - 1) / 2:
        return 1
    return (x - (c - 0.5)) / (w - 1) + 0.5


def linear_exact(x: float, c: float, w: float) -> float:
    """PS3.3 C.11.2.1.3.2."""
    if x <= c - w / 2:
        return 0
    if x > c + w / 2:
        return 1
    return (x - c) / w + 0.5


def sigmoid(x: float, c: float, w: float) -> float:
    """PS3.3 C.11.2.1.3.1."""
    return 1 / (1 + math.exp(-4 * (x - c) / w))


@pytest.mark.parametrize(
    ("function", "formula"), [("LINEAR", linear), ("LINEAR_EXACT", linear_exact), ("SIGMOID", sigmoid)]
)
@pytest.mark.parametrize(("center", "width"), [(40, 400), (0, 100), (-600.5, 1500.25), (2048, 4096)])
def test_windows_are_the_formulas_of_the_standard(function: str, formula, center: float, width: float):
    """Each function is its formula, value by value."""
    expected = [formula(float(x), center, width) for x in X]
    np.testing.assert_allclose(Window(center, width, function).grey(X), expected, atol=1e-12)


@pytest.mark.parametrize(("center", "width"), [(2048, 4096), (2048, 1), (0, 100), (0, 1)])
def test_the_examples_of_the_standard(center: float, width: float):
    """PS3.3 C.11.2.1.2.1 says what four windows do to 0 to 255."""
    rules = {
        (2048, 4096): ((0, 0), (4095, 255)),
        (2048, 1): ((2047, 0), (2048, 255)),
        (0, 100): ((-50, 0), (49, 255)),
        (0, 1): ((-1, 0), (0, 255)),
    }
    for value, expected in rules[center, width]:
        assert expected == Window(center, width).grey([value])[0] * 255


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_windows_agree_with_pydicom(function: str):
    """pydicom makes the same of the same window, within rounding."""
    ds = pydicom.Dataset()
    ds.PhotometricInterpretation, ds.BitsStored, ds.PixelRepresentation = "MONOCHROME2", 16, 1
    ds.WindowCenter, ds.WindowWidth, ds.VOILUTFunction = 40, 400, function
    theirs = processing.apply_windowing(X.astype(np.int16), ds)
    np.testing.assert_allclose((theirs + 32768) / 65535, Window(40, 400, function).grey(X), atol=1e-9)


@pytest.mark.parametrize(
    ("width", "function"), [(0, "LINEAR"), (0.5, "LINEAR"), (0, "SIGMOID"), (-1, "LINEAR_EXACT"), (9, "LOG")]
)
def test_windows_that_do_not_exist(width: float, function: str):
    """A window without width, or of an unknown function, is a PixelError."""
    with pytest.raises(PixelError):
        Window(0, width, function)


def test_a_sigmoid_far_away_is_black_or_white():
    """No value is too far from the centre."""
    assert [0, 1] == Window(0, 1e-3, "SIGMOID").grey([-1e9, 1e9]).round(12).tolist()


@given(st.floats(-1e6, 1e6), st.one_of(st.just(0.0), st.floats(1e-6, 1e6)))
def test_the_window_of_a_range(lowest: float, extent: float):
    """The lowest value is black; the highest is white, unless it is the lowest."""
    highest = lowest + extent
    shown = Window.of_range(lowest, highest).grey([lowest, highest])
    # Half a shade of 255: what a range much smaller than its values loses is not seen.
    assert shown[0] == pytest.approx(0, abs=0.002)
    assert shown[1] == pytest.approx(float(highest > lowest), abs=0.002)


def test_windows_of_a_data_set():
    """Every pair is a window; one of no width is left out."""
    ds = Dataset(WindowCenter=[1, 2, 3], WindowWidth=[10, 0, 30], WindowCenterWidthExplanation=["A", "B", "C"])
    assert [Window(1, 10, explanation="A"), Window(3, 30, explanation="C")] == windows(ds)
    assert [] == windows(Dataset(WindowCenter=1))


def test_windows_narrower_than_one():
    """LINEAR has none (C.11.2.1.2.1); who writes one of perfusion or SUV means its edges exactly."""
    assert [Window(0.5, 0.25, "LINEAR_EXACT")] == windows(Dataset(WindowCenter=0.5, WindowWidth=0.25))
    assert Window(3, 1) == Window.meant(3, 1)


# -- tables ----------------------------------------------------------------------------------------------------------


def test_a_table_goes_on_at_both_ends():
    """Values below the first entry have its value, values beyond the last the last one's (C.11.1.1.1)."""
    table = LookupTable.of_item(lut_item([10, 20, 30], first=-1, bits=8), is_signed=True)
    assert [10, 10, 20, 30, 30] == table.values(np.array([-9, -1, 0, 1, 99])).tolist()
    assert [10, 20, 30] == table.values(np.array([-0.6, 0.4, 1.2])).tolist()


@pytest.mark.parametrize(
    ("first", "is_signed", "expected"), [(65535, True, -1), (65535, False, 65535), (-1, False, 65535)]
)
def test_the_first_value_has_the_sign_of_the_input(first: int, is_signed: bool, expected: int):
    """A descriptor under the other VR is read by what looks up (C.11.1.1)."""
    item = Dataset([dicomkit.DataElement("LUTDescriptor", "SS" if first < 0 else "US", [1, first, 8])], LUTData=b"\1\0")
    assert expected == LookupTable.of_item(item, is_signed=is_signed).first


def test_eight_bit_entries_packed_in_words():
    """Two entries of 8 bits in a word are two entries."""
    item = Dataset(LUTDescriptor=[4, 0, 8], LUTData=bytes([1, 2, 3, 4]))
    assert [1, 2, 3, 4] == LookupTable.of_item(item).values(np.arange(4)).tolist()


def test_entries_deeper_than_declared_count():
    """A table declared to have 8 bits whose entries have 12 has 12."""
    assert 12 == LookupTable.of_item(lut_item([0, 4095], bits=8)).bits


@pytest.mark.parametrize(
    "item", [Dataset(), Dataset(LUTDescriptor=[2, 0]), Dataset(LUTDescriptor=[2, 0, 16]), lut_item([])]
)
def test_tables_that_are_none(item: Dataset):
    """Without descriptor or data there is no table."""
    with pytest.raises(PixelError):
        LookupTable.of_item(item)


@pytest.mark.parametrize("name", ["mlut_18.dcm", "CT_small.dcm", "MR2_UNCR.dcm", "MR_small.dcm"])
def test_modality_values_agree_with_pydicom(name: str, corpus: object):
    """Real modality LUTs and rescalings give what pydicom makes of them."""
    path = real_file(name)
    theirs = processing.apply_modality_lut(pydicom.dcmread(path).pixel_array, pydicom.dcmread(path))
    ds = dicomkit.dcmread(path)
    np.testing.assert_allclose(modality_values(ds.pixel_array, ds), theirs, rtol=1e-12)


def test_a_real_voi_lut_agrees_with_pydicom(corpus: object):
    """A VOI LUT of a real image gives what pydicom makes of it."""
    path = real_file("vlut_04.dcm")
    theirs = processing.apply_voi(pydicom.dcmread(path).pixel_array, pydicom.dcmread(path))
    ds = dicomkit.dcmread(path)
    (table,) = voi_luts(ds)
    np.testing.assert_array_equal(table.values(ds.pixel_array), theirs)


def test_a_slope_of_zero_is_none():
    """A slope of 0, which would leave nothing of the image, is not taken."""
    assert [1.0, 2.0] == modality_values(np.array([0, 1]), Dataset(RescaleSlope=0, RescaleIntercept=1)).tolist()


def test_the_full_range():
    """The ends of what stored values can be, rescaled; a negative slope exchanges them."""
    assert (0, 4095) == full_range(12, False, Dataset())
    assert (-2048, 2047) == full_range(12, True, Dataset())
    assert (-4095, 0) == full_range(12, False, Dataset(RescaleSlope=-1, RescaleIntercept=0))
    assert (0, 255) == full_range(12, False, Dataset(ModalityLUTSequence=[lut_item([0, 255], bits=8)]))


def test_presentation_luts():
    """Shapes keep or turn grey; a table is looked up over its whole length (C.11.4)."""
    grey = np.array([0, 0.5, 1])
    assert [0, 0.5, 1] == presentation_lut(Dataset())(grey).tolist()
    assert [0, 0.5, 1] == presentation_lut(Dataset(PresentationLUTShape="IDENTITY"))(grey).tolist()
    assert [1, 0.5, 0] == presentation_lut(Dataset(PresentationLUTShape="INVERSE"))(grey).tolist()
    ds = Dataset(PresentationLUTSequence=[lut_item([0, 1023, 0], bits=10)])
    assert [0, 1, 0] == presentation_lut(ds)(grey).tolist()


@given(st.lists(st.integers(-70000, 70000), min_size=1, max_size=50), st.sampled_from([np.int32, np.int64, np.float64]))
def test_a_table_of_all_values_changes_nothing(values: list[int], dtype: type):
    """Computing once a value gives what computing each sample does."""
    array = np.array(values, dtype)
    np.testing.assert_array_equal(array * 2 + 1, through_table(array, lambda x: x * 2 + 1))


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint16])
def test_a_table_at_the_ends_of_a_type(dtype: type):
    """The difference of the lowest and the highest value need not fit the type of the values."""
    ends = np.iinfo(dtype)
    array = np.array([ends.min, ends.max] * 40_000, dtype)
    np.testing.assert_array_equal(array.astype(int), through_table(array, lambda x: x.astype(int)))


@given(
    st.lists(st.integers(-300, 300), max_size=40),
    st.integers(-200, 200),
    st.sampled_from([np.int16, np.int32, np.int64, np.float32]),
    st.sampled_from([1, 3]),
)
def test_looking_up(values: list[int], first: int, dtype: type, width: int):
    """Each value gets its entry, those outside the entries at the ends; entries may have several parts."""
    table = np.arange(60 * width, dtype=np.uint8).reshape((60, width) if width > 1 else 60)
    found = look_up(np.array(values, dtype)[::-1], first, table)
    expected = [table[min(max(value - first, 0), 59)] for value in values[::-1]]
    np.testing.assert_array_equal(np.array(expected, np.uint8).reshape((-1, *table.shape[1:])), found)


def test_looking_up_values_in_another_byte_order():
    """Values may be of the other byte order, and what is no number is looked up as 0."""
    table = np.arange(10, dtype=np.uint8)
    assert [1, 9] == look_up(np.array([1, 300], ">u2"), 0, table).tolist()
    assert [0, 9, 0] == look_up(np.array([np.nan, np.inf, -np.inf]), 0, table).tolist()
