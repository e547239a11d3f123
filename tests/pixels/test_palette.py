"""Palettes against pydicom and the text of the standard: whole, in segments, packed, mislabelled."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.pixels import processing

import dicomkit
from dicomkit import Dataset
from dicomkit.errors import PixelError
from dicomkit.pixels import Palette
from dicomkit.pixels.palette import expand_segments, has_palette
from tests.corpora import real_file


def palette(tables: list[bytes], descriptor: list[int], prefix: str = "") -> Dataset:
    """Make a data set with the three palettes."""
    ds = Dataset()
    for color, table in zip(("Red", "Green", "Blue"), tables, strict=True):
        setattr(ds, f"{color}PaletteColorLookupTableDescriptor", descriptor)
        setattr(ds, f"{prefix}{color}PaletteColorLookupTableData", table)
    return ds


def words(*values: int) -> bytes:
    """Give little endian words."""
    return np.array(values, "<u2").tobytes()


@pytest.mark.parametrize(
    "name",
    ["OBXXXX1A.dcm", "gdcm-US-ALOKA-16.dcm", "gdcm-US-ALOKA-16_big.dcm", "examples_palette.dcm"],
)
def test_real_palettes_agree_with_pydicom(name: str, corpus: object):
    """Whole and segmented palettes of real images give the colours that pydicom finds."""
    path = real_file(name)
    theirs = pydicom.dcmread(path, force=True)
    expected = processing.apply_color_lut(theirs.pixel_array, theirs).astype(int)
    depth = theirs.RedPaletteColorLookupTableDescriptor[2]
    ds = dicomkit.dcmread(path)
    ours = Palette.of_dataset(ds).rgb(ds.pixel_array)
    assert has_palette(ds)
    assert 1 >= np.abs(ours.astype(int) - (expected >> (depth - 8))).max()


def test_a_big_endian_palette(corpus: object):
    """The same palette in a big endian file has the same colours (pydicom takes its words for little endian)."""
    little, big = (Palette.of_dataset(dicomkit.dcmread(real_file(f"OBXXXX1A{end}.dcm"))) for end in ("", "_expb"))
    np.testing.assert_array_equal(little.colors, big.colors)


def test_the_supplemental_palette_of_a_real_image(corpus: object):
    """Its first entry is for the value 1024, as the descriptor says."""
    found = Palette.of_dataset(dicomkit.dcmread(real_file("eCT_Supplemental.dcm")))
    assert (1024, 100, 16) == (found.first, len(found.colors), found.bits)


def test_values_outside_have_the_colours_at_the_ends():
    """Below the first entry and beyond the last the colours go on (C.7.6.3.1.5)."""
    ds = palette([words(0x1000, 0x2000)] * 3, [2, 5, 16])
    assert [[0x10] * 3, [0x10] * 3, [0x20] * 3, [0x20] * 3] == Palette.of_dataset(ds).rgb(
        np.array([0, 5, 6, 9])
    ).tolist()


def test_eight_bit_entries_packed_in_words():
    """Two entries of 8 bits in a word are two entries."""
    ds = palette([bytes([1, 2, 3, 4])] * 3, [4, 0, 8])
    assert [1, 2, 3, 4] == Palette.of_dataset(ds).rgb_table()[:, 0].tolist()


def test_sixteen_bits_declared_for_eight():
    """Entries of at most 255 under 16 bits are 8 bit colours; one dark colour beside bright ones is not."""
    assert [[200, 0, 9]] == Palette.of_dataset(
        palette([words(200), words(0), words(9)], [1, 0, 16])
    ).rgb_table().tolist()
    bright = palette([words(200 << 8), words(0), words(9)], [1, 0, 16])
    assert [[200, 0, 0]] == Palette.of_dataset(bright).rgb_table().tolist()


def test_eight_bits_declared_for_sixteen():
    """Words that do not fit 8 bits are colours of 16, as ACR-NEMA had them."""
    deep = palette([words(200 << 8), words(0), words(256)], [1, 0, 8])
    assert [[200, 0, 1]] == Palette.of_dataset(deep).rgb_table().tolist()


def test_65536_entries_are_written_as_0():
    """0 entries in the descriptor stand for 65536 (C.7.6.3.1.5)."""
    ds = palette([words(*range(65536))] * 3, [0, 0, 16])
    assert 65536 == len(Palette.of_dataset(ds).colors)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([0, 3, 5, 6, 7], [5, 6, 7]),
        ([0, 1, 10, 1, 4, 50], [10, 20, 30, 40, 50]),
        ([0, 1, 50, 1, 4, 10], [50, 40, 30, 20, 10]),
        ([0, 2, 1, 2, 1, 2, 6, 2, 1, 0, 0], [1, 2, 4, 6, 1, 2]),  # copies the first segment, at byte 0
        ([0, 2, 1, 2, 1, 2, 6, 2, 1, 8, 0], [1, 2, 4, 6, 6, 6]),  # copies the linear one, at byte 8
    ],
)
def test_segments_of_each_kind(fields: list[int], expected: list[int]):
    """Discrete, linear and indirect segments expand as C.7.9.2 says."""
    assert expected == expand_segments(np.array(fields, np.uint16), 100).tolist()


def test_segments_of_bytes():
    """Segments of 8 bit entries may be packed as bytes; the offset of an indirect one has four (C.7.9.2.3)."""
    fields = bytes([0, 2, 1, 2, 1, 2, 6, 2, 1, 4, 0, 0, 0, 0])
    ds = palette([fields] * 3, [6, 0, 8], "Segmented")
    assert [1, 2, 4, 6, 6, 6] == Palette.of_dataset(ds).rgb_table()[:, 0].tolist()


@given(
    st.lists(
        st.one_of(
            st.lists(st.integers(0, 65535), min_size=1, max_size=5).map(lambda values: [0, len(values), *values]),
            st.tuples(st.integers(1, 9), st.integers(0, 65535)).map(lambda pair: [1, *pair]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_segments_agree_with_pydicom(segments: list[list[int]]):
    """pydicom expands the same segments to the same entries, within its rounding."""
    fields = [field for segment in [[0, 1, 100], *segments] for field in segment]
    theirs = processing._expand_segmented_lut(tuple(fields), "<H")
    ours = expand_segments(np.array(fields, np.uint16), 1 << 16)
    np.testing.assert_allclose(ours.astype(int), np.array(theirs, int), atol=1)


@pytest.mark.parametrize("fields", [[1, 3, 9], [0, 9, 1], [7, 1, 1], [0, 1, 5, 2, 1], [0, 1, 5, 1, 4]])
def test_segments_that_are_none(fields: list[int]):
    """A line from nowhere, data that end early and unknown kinds are PixelErrors."""
    with pytest.raises(PixelError):
        expand_segments(np.array(fields, np.uint16), 100)


def test_segments_do_not_grow_beyond_the_declared_entries():
    """A line or many copies make at most as many entries as the descriptor has."""
    assert 10 == len(expand_segments(np.array([0, 1, 5, 1, 65535, 9], np.uint16), 10))
    assert 10 == len(expand_segments(np.array([0, 1, 5, *[2, 65535, 0, 0] * 50], np.uint16), 10))


def test_palettes_that_are_none():
    """Without tables, or with tables that begin at different values, it is a PixelError."""
    with pytest.raises(PixelError, match="Red"):
        Palette.of_dataset(Dataset())
    ds = palette([words(1)] * 3, [1, 0, 16])
    ds.BluePaletteColorLookupTableDescriptor = [1, 7, 16]
    with pytest.raises(PixelError, match="begin"):
        Palette.of_dataset(ds)
    del ds.GreenPaletteColorLookupTableData
    with pytest.raises(PixelError, match="Green"):
        Palette.of_dataset(ds)
