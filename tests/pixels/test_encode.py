"""Arrays put into data sets: read back by us and by pydicom they are the same."""

from __future__ import annotations

import io

import numpy as np
import pydicom
import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.errors import CodecError, DicomError, ValueEncodeError
from dicomkit.pixels.encode import set_pixel_data
from tests.corpora import real_file

RANDOM = np.random.default_rng(5)
SHAPES = {"one": (5, 7), "many": (3, 5, 7), "color": (5, 7, 3), "colors": (2, 5, 7, 3)}


def empty() -> Dataset:
    """Make a data set that can be written."""
    return Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.7", SOPInstanceUID="1.2.3")


def some(shape: tuple[int, ...], kind: str) -> np.ndarray:
    """Make an array of a type, over all its range."""
    if kind == "bool":
        return RANDOM.integers(0, 2, shape).astype(bool)
    if kind.startswith("f"):
        return RANDOM.standard_normal(shape).astype(kind)
    limits = np.iinfo(kind)
    return RANDOM.integers(limits.min, limits.max, shape, kind, endpoint=True)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["bool", "u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"])
@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"])
def test_what_is_put_is_what_is_read(shape: str, kind: str, syntax: str):
    """In memory, from a file, and by pydicom; single bits, an odd number of bytes and floats among it."""
    if "color" in shape and kind[0] != "u":
        return
    array = some(SHAPES[shape], kind)
    ds = empty()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.set_pixel_data(array)
    expected = array.astype(np.uint8) if kind == "bool" else array
    assert (expected.dtype, ()) == (ds.pixel_array.dtype, ds.issues)
    assert np.array_equal(expected, ds.pixel_array)
    data = ds.to_bytes()
    ours = dicomkit.dcmread(data)
    assert np.array_equal(expected, ours.pixel_array)
    assert () == ours.issues
    theirs = pydicom.dcmread(io.BytesIO(data))
    assert np.array_equal(expected, theirs.pixel_array)


def test_the_description_is_whole():
    """PS3.3 C.7.6.3, in both directions: what no longer applies goes."""
    ds = empty()
    ds.set_pixel_data(np.full((2, 4, 6, 3), 7, np.uint8))
    elements = ("Rows", "Columns", "SamplesPerPixel", "NumberOfFrames", "PhotometricInterpretation",
                "PlanarConfiguration", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation")  # fmt: skip
    assert [4, 6, 3, 2, "RGB", 0, 8, 8, 7, 0] == [ds.get(keyword) for keyword in elements]
    ds.SmallestImagePixelValue, ds.LargestImagePixelValue = 7, 7
    ds.set_pixel_data(np.zeros((4, 6), np.int16), bits_stored=12)
    assert [4, 6, 1, 1, "MONOCHROME2", None, 16, 12, 11, 1] == [ds.get(keyword) for keyword in elements]
    assert "SmallestImagePixelValue" not in ds
    assert "LargestImagePixelValue" not in ds
    ds.set_pixel_data(np.zeros((4, 6), np.float32))
    assert ("BitsStored" in ds, "PixelData" in ds, "FloatPixelData" in ds) == (False, False, True)


def test_what_three_in_the_last_place_are():
    """RGB where it can be, unless a photometric interpretation says that they are frames."""
    ds = empty()
    ds.set_pixel_data(np.zeros((4, 6, 3), np.uint8))
    assert (3, 4) == (ds.SamplesPerPixel, ds.Rows)
    ds.set_pixel_data(np.zeros((4, 6, 3), np.uint8), "MONOCHROME1")
    assert (1, 6, 4) == (ds.SamplesPerPixel, ds.Rows, ds.NumberOfFrames)
    ds.set_pixel_data(np.zeros((4, 6, 3), np.int16))
    assert (1, 4) == (ds.SamplesPerPixel, ds.NumberOfFrames)


def test_shared_chrominance():
    """YBR_FULL_422 is packed from samples that have it for each pixel (PS3.3 C.7.6.3.1.2)."""
    ds = empty()
    ybr = np.repeat(RANDOM.integers(0, 256, (4, 3, 3), np.uint8), 2, axis=1)
    ds.set_pixel_data(ybr, "YBR_FULL_422")
    assert 4 * 6 * 2 == len(ds.PixelData)
    assert np.array_equal(ybr, dicomkit.pixels.pixel_array(ds, raw=True))


def test_a_compressed_data_set_becomes_a_native_one(corpus: object):
    """Its transfer syntax and its offset tables would be wrong; it is another instance too."""
    ds = dicomkit.dcmread(real_file("emri_small_RLE.dcm"))
    ds.ExtendedOffsetTable = ds.ExtendedOffsetTableLengths = bytes(80)
    before = ds.SOPInstanceUID
    array = some((2, 3, 4), "u2")
    ds.set_pixel_data(array)
    assert ("1.2.840.10008.1.2.1", False) == (ds.transfer_syntax.uid, "ExtendedOffsetTable" in ds)
    assert before != ds.SOPInstanceUID
    read = dicomkit.dcmread(ds.to_bytes())
    assert np.array_equal(array, read.pixel_array)
    assert read.file_meta.MediaStorageSOPInstanceUID == ds.SOPInstanceUID
    kept = ds.SOPInstanceUID
    ds.set_pixel_data(array, keep_uid=True)
    assert kept == ds.SOPInstanceUID


def test_an_array_need_not_be_contiguous_or_of_this_machine():
    """Slices, Fortran's order and the other byte order."""
    array = some((6, 8), "u2")
    for view in (array[::2, ::-1], np.asfortranarray(array), array.astype(array.dtype.newbyteorder()), array.T):
        ds = empty()
        ds.set_pixel_data(view)
        assert np.array_equal(view, ds.pixel_array)


@pytest.mark.parametrize(
    ("array", "more", "error"),
    [
        (np.zeros(4), {}, ValueEncodeError),
        (np.zeros((2, 2, 2, 2, 2)), {}, ValueEncodeError),
        (np.zeros((0, 4), np.uint8), {}, ValueEncodeError),
        (np.zeros((1, 65536), np.uint8), {}, ValueEncodeError),
        (np.zeros((4, 4), complex), {}, ValueEncodeError),
        (np.zeros((4, 4), np.float16), {}, ValueEncodeError),
        (np.zeros((4, 4, 3), np.float32), {"photometric_interpretation": "RGB"}, ValueEncodeError),
        (np.zeros((4, 4), np.uint8), {"photometric_interpretation": "RGB"}, ValueEncodeError),
        (np.zeros((4, 4), np.uint8), {"bits_stored": 9}, ValueEncodeError),
        (np.full((4, 4), 4096, np.uint16), {"bits_stored": 12}, CodecError),
        (np.full((4, 4), -2049, np.int16), {"bits_stored": 12}, CodecError),
    ],
    ids=str,
)
def test_what_is_no_image(array: np.ndarray, more: dict[str, object], error: type[DicomError]):
    """It is refused, and the data set stays as it was."""
    ds = empty()
    with pytest.raises(error):
        set_pixel_data(ds, array, **more)
    assert 2 == len(ds)
