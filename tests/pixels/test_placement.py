"""Pixels and points go to the same places: turned, mirrored, cut out, beyond the image, scaled."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit import Dataset
from dicomkit.errors import PixelError
from dicomkit.pixels.placement import Placement, pixel_aspect, resize

IMAGE = np.arange(6, dtype=np.uint8).reshape(2, 3)


@pytest.mark.parametrize(
    ("rotation", "is_flipped", "expected"),
    [
        (0, False, [[0, 1, 2], [3, 4, 5]]),
        (90, False, [[3, 0], [4, 1], [5, 2]]),  # clockwise: the left column becomes the top row
        (180, False, [[5, 4, 3], [2, 1, 0]]),
        (270, False, [[2, 5], [1, 4], [0, 3]]),
        (0, True, [[2, 1, 0], [5, 4, 3]]),
        (90, True, [[0, 3], [1, 4], [2, 5]]),  # turned first, then mirrored (C.10.6)
    ],
)
def test_turning_and_mirroring(rotation: int, is_flipped: bool, expected: list[list[int]]):
    """An image is turned clockwise, then mirrored."""
    placement = Placement.whole(2, 3).replace(rotation=rotation, is_flipped=is_flipped)
    assert expected == placement.oriented(IMAGE).tolist()


placements = st.builds(
    lambda left, top, width, height, rotation, is_flipped: Placement(
        rows=5, columns=7, left=left, top=top, right=left + width, bottom=top + height, rotation=rotation,
        is_flipped=is_flipped,
    ),
    st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 12), st.integers(1, 12),
    st.sampled_from([0, 90, 180, 270]), st.booleans(),
)  # fmt: skip


@given(placements, st.integers(0, 4), st.integers(0, 6))
def test_points_go_where_their_pixels_go(placement: Placement, row: int, column: int):
    """The middle of a pixel is a point in that pixel of the picture, if it is seen."""
    image = np.zeros((5, 7), np.uint8)
    image[row, column] = 1
    picture = placement.oriented(image)
    assert placement.natural_size == picture.shape[::-1]
    x, y = np.floor(placement.points(np.array([[column + 0.5, row + 0.5]]))[0]).astype(int)
    is_seen = 0 <= x < picture.shape[1] and 0 <= y < picture.shape[0]
    assert int(is_seen) == picture.sum()
    assert not is_seen or picture[y, x] == 1


def test_beyond_the_image_is_black():
    """A displayed area may be larger than the image, or lie outside."""
    placement = Placement(rows=2, columns=3, left=-1, top=-1, right=4, bottom=1)
    assert [[0, 0, 0, 0, 0], [0, 0, 1, 2, 0]] == placement.oriented(IMAGE).tolist()
    outside = Placement(rows=2, columns=3, left=10, top=10, right=12, bottom=11)
    assert [[0, 0]] == outside.oriented(IMAGE).tolist()


def test_units_of_points():
    """DISPLAY counts from 0 to 1 over what is seen; unknown units are a PixelError."""
    placement = Placement.whole(10, 20).replace(rotation=90)
    assert [[5, 10]] == placement.points(np.array([[0.5, 0.5]]), "DISPLAY").tolist()
    with pytest.raises(PixelError):
        placement.points(np.array([[0.5, 0.5]]), "INCH")


def test_sizes():
    """Pixels get their height without losing any; a bound is filled in one direction; a factor magnifies."""
    whole = Placement.whole(100, 200)
    assert (200, 200) == whole.scaled(2.0).size
    assert (400, 100) == whole.scaled(0.5).size
    assert (200, 200) == whole.replace(rotation=90).scaled(2.0).size
    assert (50, 25) == whole.scaled(bound=(50, 50)).size
    assert (400, 200) == whole.scaled(factor=2).size


@pytest.mark.parametrize("fields", [{"rotation": 45}, {"right": 0}, {"bottom": -3}])
def test_placements_that_are_none(fields: dict[str, int]):
    """Other angles, and areas without pixels, are PixelErrors."""
    with pytest.raises(PixelError):
        Placement.whole(2, 3).replace(**fields)


def test_the_aspect_of_pixels():
    """Spacing is between rows and between columns; an aspect ratio is vertical to horizontal; nonsense is 1."""
    assert 2 == pixel_aspect(Dataset(PixelSpacing=[1, 0.5]))
    assert 0.5 == pixel_aspect(Dataset(PixelAspectRatio=[1, 2]))
    assert 4 == pixel_aspect(Dataset(ImagerPixelSpacing=[4, 1]))
    assert 1 == pixel_aspect(Dataset(PixelSpacing=[0, 1])) == pixel_aspect(Dataset(PixelAspectRatio=[1, 100000]))


def test_resizing():
    """A picture of the right size is left alone, another is scaled."""
    pytest.importorskip("PIL")
    picture = np.full((4, 6), 7, np.uint8)
    assert resize(picture, 6, 4) is picture
    assert (8, 12) == resize(picture, 12, 8).shape
    assert {7} == set(resize(picture, 3, 2).ravel().tolist())
