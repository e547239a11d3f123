"""What Pillow is asked for: drawing, colour management."""

from __future__ import annotations

import numpy as np
import pytest

from dicomkit.errors import PixelError
from dicomkit.pixels.graphics import Label, Stroke

imaging = pytest.importorskip("dicomkit.pixels.imaging")
ImageCms = pytest.importorskip("PIL.ImageCms")

BLACK = np.zeros((40, 60), np.uint8)
LINE = Stroke(np.array([[5.0, 5.0], [5.0, 30.0]]))


def test_grey_stays_grey_and_colour_makes_colour():
    """A shade is drawn into a grey picture; a colour makes it RGB."""
    grey = imaging.draw(BLACK, [LINE], [], (200, 200, 200))
    assert ((40, 60), {0, 200}) == (grey.shape, set(grey.ravel().tolist()))
    color = imaging.draw(BLACK, [LINE], [], (200, 0, 10))
    assert ((40, 60, 3), [200, 0, 10]) == (color.shape, color[10, 5].tolist())
    assert 0 == BLACK.sum()


def test_lines_and_texts_of_their_own_colour():
    """What has a colour is drawn in it, the rest in that of the layer; a wide line is wide."""
    strokes = [LINE, Stroke(np.array([[20.0, 5.0], [20.0, 30.0]]), color=(1, 2, 3), width=3)]
    drawn = imaging.draw(BLACK, strokes, [Label("X", 30, 10, 50, 30, color=(0, 200, 0))], (50, 50, 50))
    assert [50, 50, 50] == drawn[10, 5].tolist()
    assert [[1, 2, 3]] * 3 == drawn[10, 19:22].tolist()
    assert (0, True, 0) == (drawn[10:, 30:, 0].max(), drawn[10:, 30:, 1].max() > 100, drawn[10:, 30:, 2].max())


def test_dots_and_filled_shapes():
    """A single point is a dot, a filled line an area."""
    dot = imaging.draw(BLACK, [Stroke(np.array([[20.0, 10.0]]))], [], (255, 255, 255))
    assert 255 == dot[10, 20]
    corners = np.array([[10.0, 10.0], [30.0, 10.0], [30.0, 30.0], [10.0, 30.0]])
    area = imaging.draw(BLACK, [Stroke(corners, True)], [], (255, 255, 255))
    assert 255 == area[20, 20]


@pytest.mark.parametrize("justification", ["LEFT", "CENTER", "RIGHT"])
def test_text_stands_in_its_box(justification: str):
    """All ink lies inside of the box, at the side that is asked for."""
    drawn = imaging.draw(BLACK, [], [Label("Ab", 10, 5, 50, 30, justification)], (255, 255, 255))
    rows, columns = np.nonzero(drawn)
    assert 5 <= rows.min()
    assert 10 <= columns.min()
    assert 50 >= columns.max()
    middle = {"LEFT": 20, "CENTER": 30, "RIGHT": 40}[justification]
    assert 8 > abs(columns.mean() - middle)


def test_a_line_from_far_away_comes_in_where_it_should():
    """Of a line that begins and ends far outside, the part inside of the picture is drawn."""
    across = imaging.draw(BLACK, [Stroke(np.array([[-1e9, 20.0], [1e9, 20.0]]))], [], (255, 255, 255))
    assert [255] * 60 == across[20].tolist()
    assert 60 * 255 == across.sum()
    bent = np.array([[30.0, -1e6], [30.0, 20.0], [1e6, 20.0], [1e6, 1e6], [-1e9, 1e6]])
    drawn = imaging.draw(BLACK, [Stroke(bent)], [], (255, 255, 255))
    assert [255] * 20 == drawn[:20, 30].tolist()
    assert [255] * 29 == drawn[20, 31:].tolist()
    assert (20 + 30) * 255 == drawn.sum()


def test_long_lines_are_cut_before_they_are_drawn():
    """Drawing takes as long as lines are long, so nothing longer than the picture, and a margin, is drawn."""
    points = np.tile([[-1e6, 0.0], [1e6, 39.0], [1e6, 1e6]], (50, 1))
    pieces = imaging._near(points, 160.0)
    assert 160 >= np.abs(pieces).max()
    assert 50 == len(pieces)  # the ways across; those along the edge and back pass far outside


def test_what_is_far_outside_is_left_out():
    """Dots, texts and areas beyond any picture leave it as it is, or fill it."""
    far = [Stroke(np.array([[1e30, 5.0]])), Stroke(np.array([[1e9, 1e9], [2e9, 1e9], [2e9, 2e9]]), True)]
    drawn = imaging.draw(BLACK, far, [Label("x", 1e12, 5, 1e12, 5), Label("x", 5, -1e12, 5, -1e12)], (255, 255, 255))
    assert 0 == drawn.sum()


@pytest.mark.parametrize("points", [[[1e30, 1e30], [-1e30, 5]], [[-1e9, 0], [1e9, 39]]])
def test_lines_far_outside(points: list[list[float]]):
    """Coordinates far from the picture neither fail nor take for ever."""
    assert BLACK.shape == imaging.draw(BLACK, [Stroke(np.array(points))], [], (255, 255, 255)).shape


def test_a_profile_of_srgb_changes_nothing():
    """From sRGB to sRGB colours stay, within rounding; other profiles change them."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    rgb = np.arange(48, dtype=np.uint8).reshape(4, 4, 3) * 5
    assert 1 >= np.abs(imaging.to_srgb(rgb, profile).astype(int) - rgb).max()


@pytest.mark.parametrize("profile", [b"", b"nothing", bytes(500)])
def test_profiles_that_are_none(profile: bytes):
    """A damaged profile is a PixelError."""
    with pytest.raises(PixelError, match="ICC"):
        imaging.to_srgb(np.zeros((2, 2, 3), np.uint8), profile)


def test_a_profile_of_something_else_than_rgb():
    """A profile of CIELab is not one of RGB."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    with pytest.raises(PixelError, match="ICC"):
        imaging.to_srgb(np.zeros((2, 2, 3), np.uint8), profile)


def test_arrays_that_are_no_picture():
    """Only uint8 of grey or RGB becomes an image."""
    with pytest.raises(PixelError):
        imaging.encode(np.zeros((2, 2)), "PNG")
