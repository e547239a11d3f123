"""Pixel Data that was set has the form of the transfer syntax and the length of its description, or that is said."""

from __future__ import annotations

import io
import pickle

import pytest
from pydicom.encaps import encapsulate

import dicomkit
from dicomkit import DataElement, Dataset, WriteOptions
from dicomkit.core.issue import IssueCode
from dicomkit.encoding.encapsulation import is_item_stream
from dicomkit.errors import PixelError
from dicomkit.file.stream_writer import StreamWriter
from tests.corpora import real_file

EXPLICIT, JPEG, RLE = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.5"
ITEMS = encapsulate([b"\1\2\3\4" * 5, b"\5\6"])


def image(**values: object) -> Dataset:
    """Make an image of 4 by 5 pixels of 8 bits."""
    described: dict[str, object] = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7",
        "SOPInstanceUID": "1.2.3",
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": 4,
        "Columns": 5,
        "BitsAllocated": 8,
    }
    return Dataset(**{**described, **values})


def under(uid: str, pixels: bytes, **values: object) -> Dataset:
    """Make an image whose file meta names a transfer syntax."""
    ds = image(PixelData=pixels, **values)
    ds.file_meta.TransferSyntaxUID = uid
    return ds


def stream(uid: str, pixels: bytes) -> bytes:
    """Write an image element by element."""
    target = io.BytesIO()
    with StreamWriter(target, transfer_syntax=uid) as writer:
        for element in image(PixelData=pixels):
            writer.write(element)
    return target.getvalue()


def read_jpeg() -> Dataset:
    """Read an image that is encapsulated."""
    return dicomkit.dcmread(real_file("JPEG2000.dcm"))


@pytest.mark.parametrize("pixels", [bytes(20), ITEMS[:-2], ITEMS + b"\0\0"], ids=["native", "cut", "more"])
def test_samples_are_not_written_as_items(pixels: bytes):
    """PS3.5 A.4: bytes that are no items are refused under an encapsulated transfer syntax, however that was named."""
    read = read_jpeg()
    read.PixelData = pixels
    native = dicomkit.dcmread(real_file("CT_small.dcm"))
    native.PixelData = pixels
    native.file_meta.TransferSyntaxUID = JPEG
    for ds in (under(JPEG, pixels), read, native):
        with pytest.raises(PixelError, match="compress"):
            ds.to_bytes()
        with pytest.raises(PixelError, match="compress"):
            ds.to_pydicom()
    with pytest.raises(PixelError, match="compress"):
        image(PixelData=pixels).to_bytes(WriteOptions(transfer_syntax=RLE))
    with pytest.raises(PixelError, match="compress"):
        stream(JPEG, pixels)


def test_items_are_not_written_as_samples():
    """Items where samples should be are refused, too, unless the description asks for just as many bytes."""
    assert len(ITEMS) == 54
    native = dicomkit.dcmread(real_file("CT_small.dcm"))
    native.PixelData = ITEMS
    for ds in (under(EXPLICIT, ITEMS), image(PixelData=ITEMS), native, Dataset(native)):
        with pytest.raises(PixelError, match="decompress"):
            ds.to_bytes()
    with pytest.raises(PixelError, match="decompress"):
        under(RLE, ITEMS).to_bytes(WriteOptions(transfer_syntax=EXPLICIT))
    with pytest.raises(PixelError, match="decompress"):
        stream(EXPLICIT, ITEMS)
    samples = under(EXPLICIT, ITEMS, Rows=6, Columns=9)
    assert ITEMS == dicomkit.dcmread(samples.to_bytes()).PixelData


@pytest.mark.parametrize("vr", ["OB", "OW"])
def test_items_are_written_as_fragments(vr: str):
    """Items are fragments under OB (PS3.5 A.4), whatever VR the samples had, and pydicom takes them apart."""
    ds = under(JPEG, b"")
    ds.add(DataElement("PixelData", vr, ITEMS))
    read = dicomkit.dcmread(ds.to_bytes())
    assert ((), "OB", ITEMS) == (read.issues, str(read["PixelData"].vr), read.PixelData)
    ds = dicomkit.dcmread(real_file("CT_small.dcm"))
    ds.PixelData, ds.file_meta.TransferSyntaxUID = ITEMS, JPEG
    assert ITEMS == dicomkit.dcmread(ds.to_bytes()).PixelData


def test_an_icon_may_be_native_in_any_transfer_syntax():
    """PS3.5 A.4: Pixel Data in an item is samples or items, as it was set."""
    ds = under(JPEG, ITEMS, IconImageSequence=[image(PixelData=bytes(20))])
    read = dicomkit.dcmread(ds.to_bytes())
    assert (ITEMS, bytes(20)) == (read.PixelData, read.IconImageSequence[0].PixelData)
    ds.IconImageSequence[0].PixelData = ITEMS
    read = dicomkit.dcmread(ds.to_bytes())
    assert ((), ITEMS, ITEMS) == (read.issues, read.PixelData, read.IconImageSequence[0].PixelData)


@pytest.mark.parametrize("ds", [under(JPEG, bytes(20)), under(EXPLICIT, ITEMS)], ids=["samples", "items"])
def test_pickling_keeps_what_cannot_be_written(ds: Dataset):
    """A data set whose Pixel Data has not its form yet goes to another process as it is."""
    assert ds.PixelData == pickle.loads(pickle.dumps(ds)).PixelData


@pytest.mark.parametrize("data", [b"", b"\xfe\xff\x00\xe0", bytes(20), ITEMS[:-1], ITEMS + bytes(8)])
def test_what_is_no_item_stream(data: bytes):
    """Nothing, half an item, and anything behind the last one are none."""
    assert not is_item_stream(data)
    assert is_item_stream(ITEMS)


# -- the length ------------------------------------------------------------------------------------------------------


def problems(ds: Dataset) -> list[str]:
    """Give what check says of the length of the Pixel Data."""
    return [issue.message for issue in ds.check() if issue.code is IssueCode.PIXEL_LENGTH_WRONG]


@pytest.mark.parametrize(
    ("values", "right"),
    [
        ({}, 20),
        ({"Rows": 3, "Columns": 3}, 10),
        ({"BitsAllocated": 16}, 40),
        ({"BitsAllocated": 32}, 80),
        ({"BitsAllocated": 1}, 4),
        ({"NumberOfFrames": 3}, 60),
        ({"NumberOfFrames": 3, "BitsAllocated": 1}, 8),
        ({"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}, 60),
        ({"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_FULL_422"}, 40),
    ],
)
def test_check_holds_pixel_data_against_its_description(values: dict[str, object], right: int):
    """PS3.5 8.1.1, 8.2: the length is rows by columns by samples by bits by frames, made even; read or set."""
    for length in (right - 2, right, right + 2):
        ds = image(PixelData=bytes(length), **values)
        for one in (ds, dicomkit.dcmread(ds.to_bytes())):
            assert int(length != right) == len(problems(one))
            assert int(length != right) == len(problems(one))  # once


def test_check_and_decoding_say_it_once():
    """What check has said of the length, decoding does not say again, nor the other way round."""
    ds = image(PixelData=bytes(30))
    for one in (ds, dicomkit.dcmread(ds.to_bytes())):
        one.check()
        assert (4, 5) == one.pixel_array.shape
        assert ["30 bytes of Pixel Data, where the frames need 20"] == problems(one)
    read = dicomkit.dcmread(ds.to_bytes())
    assert (4, 5) == read.pixel_array.shape
    assert 1 == len(problems(read))


def test_check_of_an_icon_and_of_what_has_no_description():
    """An icon is held against its own description; what is not described, cut off or in items has no length."""
    ds = image(PixelData=bytes(20), IconImageSequence=[image(PixelData=bytes(22))])
    found = [issue for issue in ds.check() if issue.code is IssueCode.PIXEL_LENGTH_WRONG]
    assert [(0x00880200, 0, 0x7FE00010)] == [issue.path for issue in found]
    del ds.IconImageSequence[0].Rows
    assert [] == problems(Dataset(ds))
    assert [] == problems(read_jpeg())
    assert [] == problems(dicomkit.dcmread(image(PixelData=bytes(20)).to_bytes()[:-4]))


def test_check_of_a_form_that_cannot_be_written():
    """What writing would refuse, check finds."""
    for ds in (under(JPEG, bytes(20)), under(EXPLICIT, ITEMS)):
        assert IssueCode.TRANSFER_SYNTAX_MISMATCH in {issue.code for issue in ds.check()}
    assert () == under(JPEG, ITEMS).check()
