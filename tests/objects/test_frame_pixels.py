"""Frames as they are encoded, put together and taken apart."""

from __future__ import annotations

import numpy as np
import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.objects.frame_pixels import EncodedFrames, put_frames
from tests.corpora import real_file


@pytest.mark.parametrize(
    "name",
    [
        "emri_small.dcm", "emri_small_RLE.dcm", "emri_small_big_endian.dcm", "color3d_jpeg_baseline.dcm", "liver.dcm",
        "SC_rgb_expb_2frame.dcm", "SC_rgb_32bit_2frame.dcm", "SC_rgb_expb_32bit_2frame.dcm", "rtdose_expb.dcm",
    ],
)  # fmt: skip
def test_each_frame_alone_is_the_frame(name: str, corpus: object):
    """Put into a data set of its own, in the byte order that it is written in, it is decoded to the same pixels."""
    ds = dicomkit.dcmread(real_file(name))
    frames = EncodedFrames(ds)
    assert ds.NumberOfFrames == len(frames)
    for number in (0, len(frames) - 1):
        single = Dataset()
        for element in ds:
            if element.tag < 0x00290000 and element.keyword not in ("NumberOfFrames", ""):
                single.add(element)
        single.file_meta.TransferSyntaxUID = frames.uid
        put_frames(single, frames.description, [frames.read(number)])
        read = dicomkit.dcmread(single.to_bytes())
        np.testing.assert_array_equal(dicomkit.pixels.read_frame(ds, number), read.pixel_array)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floating_point_pixels(dtype: type):
    """They stay in their own element."""
    array = np.arange(24, dtype=dtype).reshape(2, 3, 4)
    ds = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.3")
    ds.set_pixel_data(array)
    frames = EncodedFrames(ds)
    single = Dataset(Rows=3, Columns=4, BitsAllocated=32 if dtype is np.float32 else 64, SamplesPerPixel=1)
    put_frames(single, frames.description, [frames.read(1)])
    np.testing.assert_array_equal(array[1], single.pixel_array)
