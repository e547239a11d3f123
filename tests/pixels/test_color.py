"""CIELab and where ICC profiles are."""

from __future__ import annotations

import numpy as np
import pytest

from dicomkit import Dataset
from dicomkit.errors import PixelError
from dicomkit.pixels.color import icc_profile, lab_to_rgb, recommended_color, rgb_to_lab


@pytest.mark.parametrize(
    ("lab", "rgb"),
    [
        ((54.29, 80.81, 69.89), (255, 0, 0)),
        ((87.82, -79.27, 80.99), (0, 255, 0)),
        ((29.57, 68.30, -112.03), (0, 0, 255)),
        ((53.585, 0, 0), (128, 128, 128)),
    ],
)
def test_the_primaries_of_srgb(lab: tuple[float, float, float], rgb: tuple[int, int, int]):
    """The corners of sRGB have known places in CIELab at D50."""
    assert 1 >= max(abs(a - b) for a, b in zip(rgb, lab_to_rgb(lab), strict=True))


@pytest.mark.parametrize(
    "lab",
    [(0, 0, 0), (100, 0, 0), (53, 0, 0), (50, 40, 30), (70, -30, 40), (40, 10, -50), (80, -10, -10), (5, 1, 1)],
)
def test_lab_agrees_with_little_cms(lab: tuple[int, int, int]):
    """The colour management that Pillow brings converts CIELab to the same sRGB, as exactly as it does from 8 bits."""
    image_cms = pytest.importorskip("PIL.ImageCms")
    image = pytest.importorskip("PIL.Image")
    transform = image_cms.buildTransform(
        image_cms.createProfile("LAB"),
        image_cms.createProfile("sRGB"),
        "LAB",
        "RGB",
        image_cms.Intent.RELATIVE_COLORIMETRIC,
    )
    encoded = np.array([round(lab[0] * 255 / 100), lab[1] % 256, lab[2] % 256], np.uint8).reshape(1, 1, 3)
    pixel = image.frombytes("LAB", (1, 1), encoded.tobytes())
    theirs = np.asarray(image_cms.applyTransform(pixel, transform)).ravel().astype(int)
    assert 5 >= np.abs(theirs - np.array(lab_to_rgb(lab))).max()


@pytest.mark.parametrize(
    ("values", "expected"),
    [([0, 0x8080, 0x8080], (0, 0, 0)), ([0xFFFF, 0x8080, 0x8080], (255, 255, 255))],
)
def test_colours_of_presentation_states(values: list[int], expected: tuple[int, int, int]):
    """L* from 0 to FFFF is 0 to 100, a* and b* are 0 at 8080 (C.10.7.1.1)."""
    ds = Dataset(ShutterPresentationColorCIELabValue=values)
    found = recommended_color(ds, "ShutterPresentationColorCIELabValue")
    assert found is not None
    assert 1 >= max(abs(a - b) for a, b in zip(expected, found, strict=True))


def test_no_colour_and_half_a_colour():
    """An absent colour is None, one of two values a PixelError."""
    assert recommended_color(Dataset(), "ShutterPresentationColorCIELabValue") is None
    with pytest.raises(PixelError):
        recommended_color(Dataset(ShutterPresentationColorCIELabValue=[1, 2]), "ShutterPresentationColorCIELabValue")


def test_where_profiles_are():
    """In the data set, or in the first optical path of a slide image."""
    assert b"" == icc_profile(Dataset())
    assert b"abcd" == icc_profile(Dataset(ICCProfile=b"abcd"))
    assert b"path" == icc_profile(Dataset(OpticalPathSequence=[Dataset(ICCProfile=b"path")]))


@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (217, 130, 101), (1, 2, 3), (0, 0, 255), (255, 0, 0)])
def test_colors_come_back_from_lab(color: tuple[int, int, int]):
    """What is put as CIELab is read as the same colour."""
    ds = Dataset(RecommendedDisplayCIELabValue=list(rgb_to_lab(color)))
    assert color == recommended_color(ds, "RecommendedDisplayCIELabValue")
