"""One frame: sign, unused bits and colours."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.pixels import convert_color_space

from dicomkit.errors import PixelError
from dicomkit.pixels.decode import to_rgb


def test_full_range_is_what_pydicom_makes_of_it():
    """YBR_FULL: at most one grey level of rounding (PS3.3 C.7.6.3.1.2)."""
    ybr = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    ours = ybr.copy()
    to_rgb(ours, "YBR_FULL", 8)
    theirs = convert_color_space(ybr, "YBR_FULL", "RGB")
    assert 1 >= np.abs(ours.astype(int) - theirs.astype(int)).max()


@pytest.mark.parametrize(
    ("photometric", "ybr", "rgb"),
    [
        ("YBR_FULL", (0, 128, 128), (0, 0, 0)),
        ("YBR_FULL", (255, 128, 128), (255, 255, 255)),
        ("YBR_FULL_422", (76, 85, 255), (254, 0, 0)),
        ("YBR_PARTIAL_422", (16, 128, 128), (0, 0, 0)),
        ("YBR_PARTIAL_422", (235, 128, 128), (255, 255, 255)),
        ("RGB", (1, 2, 3), (1, 2, 3)),
        ("YBR_RCT", (1, 2, 3), (1, 2, 3)),
    ],
)
def test_colors(photometric: str, ybr: tuple[int, int, int], rgb: tuple[int, int, int]):
    """Black, white and red by the equations of PS3.3 C.7.6.3.1.2; what is no full or partial range stays."""
    samples = np.array([[ybr]], np.uint8)
    to_rgb(samples, photometric, 8)
    assert list(rgb) == samples.ravel().tolist()


def test_more_bits_have_their_middle_elsewhere():
    """White of 12 bits is 4095 in each colour."""
    samples = np.array([[(4095, 2048, 2048)]], np.uint16)
    to_rgb(samples, "YBR_FULL", 12)
    assert [4095] * 3 == samples.ravel().tolist()


def test_signed_colors_are_refused():
    """No photometric interpretation of colours has signed samples."""
    with pytest.raises(PixelError):
        to_rgb(np.zeros((1, 1, 3), np.int8), "YBR_FULL", 8)
