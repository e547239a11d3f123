"""Overlays: where they lie, which frame they are for, in elements of their own and in unused bits."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.core.limits import Limits
from dicomkit.encoding.options import ReadOptions
from dicomkit.errors import LimitExceededError, PixelError
from dicomkit.pixels import overlays
from dicomkit.pixels.overlays import Overlay
from tests.corpora import real_file
from tests.pixels.images import image, ramp


def with_overlay(ds: Dataset, bits: np.ndarray, origin: tuple[int, int] = (1, 1), group: int = 0x6000) -> Dataset:
    """Put an overlay plane of bits (rows, columns) or (frames, rows, columns) into a data set."""
    base = group << 16
    ds.add(dicomkit.DataElement(base | 0x10, "US", bits.shape[-2]))
    ds.add(dicomkit.DataElement(base | 0x11, "US", bits.shape[-1]))
    if bits.ndim == 3:
        ds.add(dicomkit.DataElement(base | 0x15, "IS", bits.shape[0]))
    ds.add(dicomkit.DataElement(base | 0x40, "CS", "G"))
    ds.add(dicomkit.DataElement(base | 0x50, "SS", list(origin)))
    ds.add(dicomkit.DataElement(base | 0x100, "US", 1))
    ds.add(dicomkit.DataElement(base | 0x102, "US", 0))
    packed = np.packbits(bits.ravel().astype(np.uint8), bitorder="little").tobytes()
    ds.add(dicomkit.DataElement(base | 0x3000, "OW", packed + b"\0" * (len(packed) % 2)))
    return ds


BITS = np.arange(15).reshape(3, 5) % 4 == 1


@pytest.mark.parametrize("name", ["MR-SIEMENS-DICOM-WithOverlays.dcm", "examples_overlay.dcm"])
def test_real_overlays_agree_with_pydicom(name: str, corpus: object):
    """The bits are those that pydicom finds."""
    path = real_file(name)
    (overlay,) = overlays(dicomkit.dcmread(path))
    np.testing.assert_array_equal(pydicom.dcmread(path).overlay_array(0x6000), overlay.bitmap())
    assert ("G", (0, 0), False) == (overlay.kind, overlay.origin, overlay.is_embedded)


@pytest.mark.parametrize("origin", [(1, 1), (2, 3), (0, -1), (7, 1), (-9, -9)])
def test_an_overlay_lies_where_its_origin_says(origin: tuple[int, int]):
    """The first pixel of an overlay lies at row and column of its origin, counted from 1, possibly outside."""
    (overlay,) = overlays(with_overlay(image(ramp(8, 8)), BITS, origin))
    canvas = np.zeros((40, 40), bool)
    canvas[16 + origin[0] - 1 : 19 + origin[0] - 1, 16 + origin[1] - 1 : 21 + origin[1] - 1] = BITS
    np.testing.assert_array_equal(canvas[16:24, 16:24], overlay.placed(0, 8, 8))


def test_frames_of_an_overlay_are_for_frames_of_the_image():
    """Image Frame Origin says which image frame the first is for; others have none. A frame begins at any bit."""
    frames = np.stack([BITS, ~BITS, BITS])
    ds = with_overlay(image(ramp(8, 8)), frames)
    ds.add(dicomkit.DataElement(0x60000051, "US", 3))
    (overlay,) = overlays(ds)
    np.testing.assert_array_equal(BITS, overlay.bitmap(2))
    np.testing.assert_array_equal(~BITS, overlay.bitmap(3))
    assert not overlay.bitmap(1).any()
    assert not overlay.bitmap(5).any()


def test_an_overlay_of_one_frame_is_for_all():
    """One overlay frame is shown with each image frame."""
    (overlay,) = overlays(with_overlay(image(ramp(8, 8)), BITS))
    np.testing.assert_array_equal(BITS, overlay.bitmap(7))


@pytest.mark.parametrize("form", ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"])
def test_an_overlay_in_unused_bits(form: str):
    """The bit that Overlay Bit Position names is the overlay, in either byte order."""
    stored = ramp(4, 8, np.uint16)
    bits = stored % 3 == 0
    ds = image(stored | (bits.astype(np.uint16) << 12), BitsStored=12, HighBit=11)
    ds.add(dicomkit.DataElement(0x60000010, "US", 4))
    ds.add(dicomkit.DataElement(0x60000011, "US", 8))
    ds.add(dicomkit.DataElement(0x60000100, "US", 16))
    ds.add(dicomkit.DataElement(0x60000102, "US", 12))
    ds = dicomkit.dcmread(ds.to_bytes(dicomkit.WriteOptions(transfer_syntax=form)))
    (overlay,) = overlays(ds)
    assert overlay.is_embedded
    np.testing.assert_array_equal(bits, overlay.bitmap())
    np.testing.assert_array_equal(stored, ds.pixel_array)


def test_a_big_endian_overlay():
    """Bits of OW in a big endian file are in bytes that are exchanged (PS3.5 8.1.2)."""
    ds = with_overlay(image(ramp(8, 8)), BITS)
    big = dicomkit.dcmread(ds.to_bytes(dicomkit.WriteOptions(transfer_syntax="1.2.840.10008.1.2.2")))
    np.testing.assert_array_equal(BITS, overlays(big)[0].bitmap())


def test_several_overlays_in_their_order():
    """Each group from 6000 to 601E is one."""
    ds = with_overlay(with_overlay(image(ramp(8, 8)), BITS, group=0x601E), ~BITS, group=0x6002)
    assert [0x6002, 0x601E] == [overlay.group for overlay in overlays(ds)]
    assert "<Overlay 6002 5x3 >" == repr(overlays(ds)[0])


def test_overlays_that_are_none():
    """Data that end early, no size, and no data without a bit that could be it, are PixelErrors."""
    ds = with_overlay(image(ramp(8, 8)), BITS)
    ds[0x60003000].value = b""
    with pytest.raises(PixelError, match="too few"):
        overlays(ds)[0].bitmap()
    del ds[0x60003000]
    with pytest.raises(PixelError, match="no data"):
        overlays(ds)[0].bitmap()
    ds[0x60000010].value = 0
    with pytest.raises(PixelError, match="0 rows"):
        overlays(ds)


def test_an_overlay_larger_than_the_limit():
    """The size of a plane is held against the limit before anything is made."""
    data = with_overlay(image(ramp(8, 8)), BITS)
    data[0x60000010].value, data[0x60000011].value = 65535, 65535
    ds = dicomkit.dcmread(data.to_bytes(), ReadOptions(limits=Limits(frame_bytes=1000)))
    with pytest.raises(LimitExceededError):
        Overlay(ds, 0x6000)
