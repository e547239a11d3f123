"""Graphic and text objects become lines and labels."""

from __future__ import annotations

import numpy as np
import pytest

from dicomkit import Dataset
from dicomkit.errors import PixelError
from dicomkit.pixels.graphics import Label, labels_of, strokes_of


def place(points: np.ndarray, units: str) -> np.ndarray:
    """Put points of the displayed area on a picture of 100 by 100, leave others."""
    return points * 100 if units == "DISPLAY" else points


def graphic(kind: str, data: list[float], **elements: object) -> Dataset:
    """Make an annotation with one graphic object."""
    item = Dataset(
        GraphicAnnotationUnits="PIXEL",
        GraphicDimensions=2,
        NumberOfGraphicPoints=len(data) // 2,
        GraphicData=data,
        GraphicType=kind,
        **elements,
    )
    return Dataset(GraphicObjectSequence=[item])


def test_lines_and_dots():
    """A polyline is its points, POINT a dot for each; fill is as it says."""
    (line,) = strokes_of(graphic("POLYLINE", [0, 0, 5, 5, 0, 9], GraphicFilled="Y"), place)
    assert [[0, 0], [5, 5], [0, 9]] == line.points.tolist()
    assert line.is_filled
    assert [[[1, 2]], [[3, 4]]] == [dot.points.tolist() for dot in strokes_of(graphic("POINT", [1, 2, 3, 4]), place)]


def test_a_circle():
    """Every point of it is as far from the centre as the given one."""
    (circle,) = strokes_of(graphic("CIRCLE", [10, 10, 13, 14]), place)
    np.testing.assert_allclose(np.hypot(*(circle.points - 10).T), 5)


def test_an_ellipse():
    """It goes through the ends of its axes, and its points satisfy the equation; turned ones too."""
    ends = np.array([[2, 2], [10, 8], [6 - 1.5, 5 + 2], [6 + 1.5, 5 - 2]])
    (ellipse,) = strokes_of(graphic("ELLIPSE", ends.ravel().tolist()), place)
    for end in ends:
        assert 0.2 > np.hypot(*(ellipse.points - end).T).min()
    major, minor = (ends[1] - ends[0]) / 2, (ends[3] - ends[2]) / 2
    across = ellipse.points - [6, 5]
    equation = (across @ major / (major @ major)) ** 2 + (across @ minor / (minor @ minor)) ** 2
    np.testing.assert_allclose(equation, 1)


def test_a_curve_goes_through_its_points():
    """An interpolated graphic has all points on it; a closed one has no corner where it closes."""
    points = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]
    (curve,) = strokes_of(graphic("INTERPOLATED", [c for point in points for c in point]), place)
    for point in points:
        assert 1e-9 > np.hypot(*(curve.points - point).T).min()
    start, end = curve.points[1] - curve.points[0], curve.points[-1] - curve.points[-2]
    cosine = start @ end / (np.hypot(*start) * np.hypot(*end))
    assert 0.95 < cosine
    (short,) = strokes_of(graphic("INTERPOLATED", [0, 0, 1, 1]), place)
    assert 2 == len(short.points)


def test_styles():
    """A line has a colour and a width of its own, a text a colour; widths that nobody can mean are cut (C.10.5)."""
    white = [0xFFFF, 0x8080, 0x8080]
    style = Dataset(PatternOnColorCIELabValue=white, LineThickness=3.0)
    (line,) = strokes_of(graphic("POLYLINE", [0, 0, 5, 5], LineStyleSequence=[style]), place)
    assert 3 == line.width
    assert 254 <= min(line.color)
    style.LineThickness = 1e30
    (line,) = strokes_of(graphic("POLYLINE", [0, 0, 5, 5], LineStyleSequence=[style]), place)
    assert 50 == line.width
    (plain,) = strokes_of(graphic("POLYLINE", [0, 0, 5, 5]), place)
    assert (1, None) == (plain.width, plain.color)
    item = Dataset(
        UnformattedTextValue="x", AnchorPoint=[3, 4], TextStyleSequence=[Dataset(TextColorCIELabValue=white)]
    )
    (label,) = labels_of(Dataset(TextObjectSequence=[item]), place)
    assert 254 <= min(label.color)


@pytest.mark.parametrize(
    ("kind", "data"), [("CIRCLE", [1, 2]), ("ELLIPSE", [1, 2, 3, 4]), ("SPIRAL", [1, 2]), ("POLYLINE", [1, 2, 3])]
)
def test_graphics_that_are_none(kind: str, data: list[float]):
    """Unknown types, half points and too few points are PixelErrors."""
    with pytest.raises(PixelError):
        strokes_of(graphic(kind, data), place)


def test_text_in_a_box():
    """A box has two corners in any order; lines end with CR, LF or both; control characters are blank."""
    item = Dataset(
        UnformattedTextValue="one\r\ntwo\x07",
        BoundingBoxAnnotationUnits="DISPLAY",
        BoundingBoxTopLeftHandCorner=[0.5, 0.1],
        BoundingBoxBottomRightHandCorner=[0.1, 0.3],
        BoundingBoxTextHorizontalJustification="RIGHT",
    )
    (label,) = labels_of(Dataset(TextObjectSequence=[item]), place)
    assert Label("one\ntwo ", 10, 10, 50, 30, "RIGHT") == label
    assert (30, 10) == label.position(20, 8)
    assert (20, 10) == Label("x", 10, 10, 50, 30, "CENTER").position(20, 8)
    assert (10, 10) == Label("x", 10, 10, 50, 30).position(20, 8)


def test_text_at_an_anchor():
    """Without a box, text stands at its anchor; without either it is a PixelError; without text it is nothing."""
    item = Dataset(UnformattedTextValue="here", AnchorPointAnnotationUnits="PIXEL", AnchorPoint=[3, 4])
    assert [Label("here", 3, 4, 3, 4)] == labels_of(Dataset(TextObjectSequence=[item]), place)
    with pytest.raises(PixelError, match="no place"):
        labels_of(Dataset(TextObjectSequence=[Dataset(UnformattedTextValue="lost")]), place)
    item.UnformattedTextValue = " "
    assert [] == labels_of(Dataset(TextObjectSequence=[item]), place)
