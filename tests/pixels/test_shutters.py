"""Shutters hide what lies outside of all shapes."""

from __future__ import annotations

import numpy as np
import pytest

from dicomkit import Dataset
from dicomkit.errors import PixelError
from dicomkit.pixels.shutters import hidden_by_shutters, shutter_color

RECTANGLE = {
    "ShutterLeftVerticalEdge": 3,
    "ShutterRightVerticalEdge": 6,
    "ShutterUpperHorizontalEdge": 2,
    "ShutterLowerHorizontalEdge": 4,
}


def test_no_shutter():
    """Without shapes nothing is hidden; a bitmap is an overlay and not looked at here."""
    assert hidden_by_shutters(Dataset(), 4, 4) is None
    assert hidden_by_shutters(Dataset(ShutterShape="BITMAP"), 4, 4) is None


def test_a_rectangle():
    """Edges are columns and rows, counted from 1, that are still seen."""
    hidden = hidden_by_shutters(Dataset(ShutterShape="RECTANGULAR", **RECTANGLE), 6, 8)
    expected = np.ones((6, 8), bool)
    expected[1:4, 2:6] = False
    np.testing.assert_array_equal(expected, hidden)


def test_a_circle():
    """A pixel is seen if its centre is no further from the centre than the radius; pixels may be higher than wide."""
    ds = Dataset(ShutterShape="CIRCULAR", CenterOfCircularShutter=[10, 8], RadiusOfCircularShutter=5)
    hidden = hidden_by_shutters(ds, 20, 20)
    for row in range(1, 21):
        for column in range(1, 21):
            assert ((row - 10) ** 2 + (column - 8) ** 2 > 25) == hidden[row - 1, column - 1]
    flat = hidden_by_shutters(ds, 20, 20, aspect=2.0)
    assert (5, 11) == ((~flat).any(axis=1).sum(), (~flat).any(axis=0).sum())


def test_a_polygon_is_what_pillow_fills():
    """Inside a polygon, also one with a dent, is what another program fills; lines may differ."""
    draw = pytest.importorskip("PIL.ImageDraw")
    image = pytest.importorskip("PIL.Image")
    corners = [(5, 5), (5, 30), (20, 12), (33, 33), (30, 5)]  # row, column
    ds = Dataset(ShutterShape="POLYGONAL", VerticesOfThePolygonalShutter=[v for corner in corners for v in corner])
    canvas = image.new("1", (40, 40))
    draw.Draw(canvas).polygon([(column - 1, row - 1) for row, column in corners], fill=1)
    theirs = ~np.asarray(canvas)
    assert 40 > (theirs != hidden_by_shutters(ds, 40, 40)).sum()
    assert 300 < (~theirs).sum()


def test_several_shapes_hide_what_any_hides():
    """Only what is inside of each shape is seen (C.7.6.11)."""
    circle = {"CenterOfCircularShutter": [3, 3], "RadiusOfCircularShutter": 1}
    both = hidden_by_shutters(Dataset(ShutterShape=["RECTANGULAR", "CIRCULAR"], **RECTANGLE, **circle), 6, 8)
    one = hidden_by_shutters(Dataset(ShutterShape="RECTANGULAR", **RECTANGLE), 6, 8)
    other = hidden_by_shutters(Dataset(ShutterShape="CIRCULAR", **circle), 6, 8)
    np.testing.assert_array_equal(one | other, both)


@pytest.mark.parametrize(
    "elements",
    [
        {"ShutterShape": "OVAL"},
        {"ShutterShape": "RECTANGULAR"},
        {"ShutterShape": "CIRCULAR", "RadiusOfCircularShutter": 3},
        {"ShutterShape": "POLYGONAL", "VerticesOfThePolygonalShutter": [1, 1, 2, 2]},
    ],
)
def test_shutters_that_are_none(elements: dict[str, object]):
    """A shape that is unknown or not described is a PixelError."""
    with pytest.raises(PixelError):
        hidden_by_shutters(Dataset(**elements), 4, 4)


def test_what_is_shown_instead():
    """A P-Value of 16 bits, or a colour; black if nothing is said."""
    assert (0, 0, 0) == shutter_color(Dataset())
    assert (128, 128, 128) == shutter_color(Dataset(ShutterPresentationValue=0x8000))
    white = Dataset(ShutterPresentationColorCIELabValue=[0xFFFF, 0x8080, 0x8080])
    assert 254 <= min(shutter_color(white))
