"""Luminance and chrominance."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.pixels import convert_color_space

from dicomkit.codecs.ybr import becomes_rgb, rgb_to_ybr, ybr_to_rgb
from dicomkit.errors import PixelError

SAMPLES = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)


def test_full_range_is_what_pydicom_makes_of_it():
    """YBR_FULL: at most one grey level of rounding (PS3.3 C.7.6.3.1.2)."""
    ours = SAMPLES.copy()
    ybr_to_rgb(ours, "YBR_FULL", 8)
    theirs = convert_color_space(SAMPLES, "YBR_FULL", "RGB")
    assert 1 >= np.abs(ours.astype(int) - theirs.astype(int)).max()
    assert np.mean(ours == theirs) > 0.999


def test_ybr_is_what_pydicom_makes_of_rgb():
    """At most one level of rounding, and back within two."""
    ybr = rgb_to_ybr(SAMPLES, 8)
    theirs = convert_color_space(SAMPLES, "RGB", "YBR_FULL")
    assert 1 >= np.abs(ybr.astype(int) - theirs.astype(int)).max()
    ybr_to_rgb(ybr, "YBR_FULL", 8)
    assert 2 >= np.abs(ybr.astype(int) - SAMPLES.astype(int)).max()


@pytest.mark.parametrize(
    ("photometric", "ybr", "rgb"),
    [
        ("YBR_FULL", (0, 128, 128), (0, 0, 0)),
        ("YBR_FULL", (255, 128, 128), (255, 255, 255)),
        ("YBR_FULL_422", (76, 85, 255), (254, 0, 0)),
        ("YBR_PARTIAL_422", (16, 128, 128), (0, 0, 0)),
        ("YBR_PARTIAL_422", (235, 128, 128), (255, 255, 255)),
        ("YBR_PARTIAL_420", (235, 128, 128), (255, 255, 255)),
        ("RGB", (1, 2, 3), (1, 2, 3)),
        ("YBR_RCT", (1, 2, 3), (1, 2, 3)),
    ],
)
def test_colors(photometric: str, ybr: tuple[int, int, int], rgb: tuple[int, int, int]):
    """Black, white and red by the equations of PS3.3 C.7.6.3.1.2; what is no full or partial range stays."""
    samples = np.array([[ybr]], np.uint8)
    ybr_to_rgb(samples, photometric, 8)
    assert list(rgb) == samples.ravel().tolist()
    assert becomes_rgb(photometric) == photometric.startswith(("YBR_F", "YBR_P"))


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_more_bits_have_their_middle_elsewhere(bits: int):
    """White of 12 bits is 4095 in each colour."""
    top, middle = (1 << bits) - 1, 1 << bits - 1
    samples = np.array([[(top, middle, middle)]], np.uint16)
    ybr_to_rgb(samples, "YBR_FULL", bits)
    assert [top] * 3 == samples.ravel().tolist()
    assert [top, middle, middle] == rgb_to_ybr(samples, bits).ravel().tolist()


@pytest.mark.parametrize(
    "array", [np.zeros((1, 1, 3), np.int8), np.zeros((1, 1, 3), np.uint32), np.zeros((3, 4), "u1")]
)
def test_what_is_no_color(array: np.ndarray):
    """Signed samples, samples of 32 bits, and other than three a pixel."""
    with pytest.raises(PixelError):
        ybr_to_rgb(array, "YBR_FULL", 8)
