"""Data sets to pictures: every kind of image, every option."""

from __future__ import annotations

import tracemalloc
from itertools import islice

import numpy as np
import pydicom
import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.core.issue import IssueCode
from dicomkit.core.limits import Limits
from dicomkit.encoding.options import ReadOptions
from dicomkit.errors import LimitExceededError, MissingElementError, PixelError, TruncatedError
from dicomkit.pixels import RenderOptions, Window, cine_times, render, render_frames
from tests.corpora import real_file
from tests.pixels.images import image, ramp
from tests.pixels.test_overlays import with_overlay


def test_grey_and_colour():
    """A grey image is (rows, columns), a colour one (rows, columns, 3), both uint8."""
    np.testing.assert_array_equal(ramp(), render(image(ramp())).array)
    rgb = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    np.testing.assert_array_equal(rgb, render(image(rgb)).array)


@pytest.mark.parametrize(("dtype", "bits"), [(np.uint16, 16), (np.uint32, 32), (np.uint16, 12), (np.uint8, 4)])
def test_colours_of_other_depths(dtype: type, bits: int):
    """The highest value is 255, the lowest 0."""
    top = (1 << bits) - 1
    rgb = np.array([[[0, top, top // 2]]], dtype)
    found = render(image(rgb, BitsStored=bits, HighBit=bits - 1)).array.ravel().astype(int)
    assert 1 >= np.abs(found - np.array([0, top, top // 2]) * (255 / top)).max()


def test_a_window_from_the_image_and_from_the_caller():
    """The first stored window is taken unless the caller says another one; a short form makes options."""
    ds = image(ramp(dtype=np.uint16), WindowCenter=[100, 50], WindowWidth=[1, 1])
    np.testing.assert_array_equal((ramp() >= 100) * 255, render(ds).array)
    np.testing.assert_array_equal((ramp() >= 50) * 255, render(ds, window=1).array)
    np.testing.assert_array_equal((ramp() >= 20) * 255, render(ds, 0, RenderOptions(window=(20, 1))).array)
    np.testing.assert_array_equal((ramp() >= 20) * 255, render(ds, 0, RenderOptions(), window=Window(20, 1)).array)
    with pytest.raises(TypeError, match="no option windw"):
        render(ds, windw=1)


def test_inversion():
    """Black for white, in grey and in colour."""
    np.testing.assert_array_equal(255 - ramp(), render(image(ramp()), invert=True).array)
    np.testing.assert_array_equal(255 - ramp(), render(image(ramp(), PhotometricInterpretation="MONOCHROME1")).array)
    rgb = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    np.testing.assert_array_equal(255 - rgb, render(image(rgb), invert=True).array)


def test_overlays_are_white():
    """Overlays are drawn unless the caller does not want them, in grey and in colour."""
    bits = ramp(8, 8) % 3 == 0
    ds = with_overlay(image(ramp(8, 8)), bits)
    np.testing.assert_array_equal(np.where(bits, 255, ramp(8, 8)), render(ds).array)
    np.testing.assert_array_equal(ramp(8, 8), render(ds, overlays=False).array)
    rgb = np.repeat(ramp(8, 8)[..., None], 3, axis=2)
    colored = with_overlay(image(rgb), bits)
    np.testing.assert_array_equal(np.where(bits[..., None], 255, rgb), render(colored).array)


def test_a_damaged_overlay_is_an_issue():
    """The picture is made without it, and the data set says so."""
    ds = with_overlay(image(ramp(8, 8)), np.ones((8, 8), bool))
    ds[0x60003000].value = b"\0\0"
    np.testing.assert_array_equal(ramp(8, 8), render(ds).array)
    assert [IssueCode.PIXEL_DESCRIPTION_WRONG] == [issue.code for issue in ds.issues]


def test_shutters_of_the_image():
    """What a shutter of the image hides is black, unless the caller wants to see it."""
    ds = image(ramp(8, 8) + 1, ShutterShape="CIRCULAR", CenterOfCircularShutter=[4, 4], RadiusOfCircularShutter=2)
    assert 13 == (render(ds).array > 0).sum()
    assert 64 == (render(ds, shutter=False).array > 0).sum()


def test_padding_is_black():
    """Pixel padding is black whatever the image does with its value."""
    ds = image(ramp(), PhotometricInterpretation="MONOCHROME1", PixelPaddingValue=0)
    assert (0, 255) == (render(ds).array[0, 0], render(ds, padding=False).array[0, 0])


def test_size_and_aspect():
    """A picture fills the size in one direction; pixels are as high as they are if the caller asks."""
    pytest.importorskip("PIL")
    ds = image(ramp(8, 16), PixelSpacing=[2, 1])
    assert [(8, 16), (16, 16), (32, 64), (10, 20), (20, 20)] == [
        render(ds, **options).array.shape
        for options in ({}, {"aspect": True}, {"size": 64}, {"size": (20, 64)}, {"size": (20, 64), "aspect": True})
    ]
    with pytest.raises(ValueError, match="size"):
        render(ds, size=0)


def test_a_picture_larger_than_the_limit():
    """What would be larger than one frame may be is not made."""
    data = image(ramp(8, 8)).to_bytes()
    ds = dicomkit.dcmread(data, ReadOptions(limits=Limits(frame_bytes=10_000)))
    with pytest.raises(LimitExceededError):
        render(ds, size=1000)


def test_float_pixel_data():
    """Float Pixel Data is spread over the shades."""
    values = np.array([[0.5, 1.0], [2.0, 2.5]], "<f4")
    ds = image(np.zeros((2, 2), np.uint16), PixelData=None, BitsAllocated=32, BitsStored=None, HighBit=None,
               FloatPixelData=values.tobytes())  # fmt: skip
    assert [[0, 64], [191, 255]] == render(ds).array.tolist()


@pytest.mark.parametrize("name", ["OBXXXX1A.dcm", "gdcm-US-ALOKA-16.dcm", "gdcm-US-ALOKA-16_big.dcm"])
def test_palettes(name: str, corpus: object):
    """A palette image has the colours that pydicom gives it."""
    path = real_file(name)
    theirs = pydicom.dcmread(path)
    depth = theirs.RedPaletteColorLookupTableDescriptor[2]
    colors = pydicom.pixels.apply_color_lut(theirs.pixel_array, theirs).astype(int) >> (depth - 8)
    assert 1 >= np.abs(render(dicomkit.dcmread(path)).array - colors).max()


def test_a_supplemental_palette(corpus: object):
    """Values from the first entry on have its colours, those below are grey through the window of the frame."""
    ds = dicomkit.dcmread(real_file("eCT_Supplemental.dcm"))
    stored = ds.pixel_array[1]
    picture = render(ds, 1).array
    grey = render(ds, 1, palette=False).array
    colored = stored >= 1024
    assert (grey.shape, True) == (stored.shape, bool(colored.any()))
    np.testing.assert_array_equal(grey[~colored][:, None].repeat(3, 1), picture[~colored])
    palette = pydicom.dcmread(real_file("eCT_Supplemental.dcm"))
    red = np.frombuffer(palette.RedPaletteColorLookupTableData, "<u2")
    np.testing.assert_array_equal(red[np.clip(stored[colored].astype(int) - 1024, 0, 99)] >> 8, picture[colored][:, 0])
    expected = Window(49, 102).grey(stored.astype(float) - 1024) * 255
    assert 1 >= np.abs(expected - grey).max()


def test_icc_profiles():
    """Colours of a profile become sRGB; a damaged profile is an Issue, and the colours stay."""
    image_cms = pytest.importorskip("PIL.ImageCms")
    rgb = np.arange(48, dtype=np.uint8).reshape(4, 4, 3) * 5
    profile = image_cms.ImageCmsProfile(image_cms.createProfile("sRGB")).tobytes()
    assert 1 >= np.abs(render(image(rgb, ICCProfile=profile)).array.astype(int) - rgb).max()
    damaged = image(rgb, ICCProfile=b"damaged!")
    np.testing.assert_array_equal(rgb, render(damaged).array)
    assert [IssueCode.PIXEL_DESCRIPTION_WRONG] == [issue.code for issue in damaged.issues]
    unused = image(rgb, ICCProfile=b"damaged!")
    render(unused, icc=False)
    assert () == unused.issues


def test_frames_have_one_window():
    """Where values that occur decide, those of all frames do; each is made in the order asked for."""
    frames = np.stack([np.full((4, 4), value, np.uint16) for value in (0, 50, 100)])
    ds = image(frames[0], NumberOfFrames=3, PixelData=frames.tobytes())
    assert [0, 128, 255] == [picture.array[0, 0] for picture in render_frames(ds)]
    assert [255, 0] == [picture.array[0, 0] for picture in render_frames(ds, [2, 0])]
    assert [0, 50] == [picture.array[0, 0] for picture in render_frames(ds, [0, 1], window=(128, 256))]
    assert [] == list(render_frames(ds, []))


def test_each_frame_has_its_own_window():
    """Windows of functional groups are those of their frames."""
    frames = np.stack([ramp(4, 4), ramp(4, 4)])
    groups = [Dataset(FrameVOILUTSequence=[Dataset(WindowCenter=c, WindowWidth=1)]) for c in (4, 8)]
    ds = image(frames[0], NumberOfFrames=2, PixelData=frames.tobytes(), PerFrameFunctionalGroupsSequence=groups)
    assert [12, 8] == [(picture.array > 0).sum() for picture in render_frames(ds)]
    np.testing.assert_array_equal(render(ds, 1).array, list(render_frames(ds))[1].array)


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({}, [100]),
        ({"FrameTime": 40}, [40]),
        ({"FrameTimeVector": [0, 30, 50]}, [30, 50]),
        ({"CineRate": 25}, [40]),
        ({"RecommendedDisplayFrameRate": 50, "CineRate": 25}, [20]),
        ({"FrameTime": 0}, [100]),
    ],
)
def test_how_long_frames_are_shown(elements: dict[str, object], expected: list[float]):
    """Frame times come before rates; without either it is a tenth of a second."""
    assert expected == cine_times(Dataset(**elements))


def test_more_frames_than_a_number_can_count():
    """A Number of Frames beyond any IS neither fails nor takes memory: the frames that are there are shown."""
    ds = image(ramp(), NumberOfFrames=1 << 70)
    np.testing.assert_array_equal(ramp(), render(ds).array)
    with pytest.raises(TruncatedError):
        render(ds, 1)


def test_values_that_leave_the_range_of_numbers():
    """Infinities are black or white, without a warning."""
    ds = image(ramp(), RescaleSlope=1e307, RescaleIntercept=-1e308)
    assert {0, 255} >= set(render(ds, window=(0, 1e-3)).array.ravel().tolist()) - {128}
    assert (16, 16) == render(ds, window="minmax").array.shape


def test_what_is_no_picture():
    """Without Pixel Data, beyond the last frame, and of unknown colours there is none."""
    with pytest.raises(MissingElementError):
        render(Dataset())
    with pytest.raises(IndexError):
        render(image(ramp()), 1)
    with pytest.raises(PixelError):
        render(image(np.zeros((2, 2, 3), np.uint8), PhotometricInterpretation="HSV"))


def test_frames_that_a_file_says_it_has_are_not_counted_before_they_come():
    """2,147,483,647 of them, of which two are there: those are shown, and nothing is made for the others."""
    ds = image(np.zeros((8, 4), np.uint8), Rows=4, NumberOfFrames=0x7FFFFFFF)
    tracemalloc.start()
    try:
        pictures = render_frames(ds)
        assert [(4, 4)] * 2 == [(picture.rows, picture.columns) for picture in islice(pictures, 2)]
        with pytest.raises(TruncatedError):
            next(pictures)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
