"""Values that presentation states are made of refuse what the standard does not have."""

from __future__ import annotations

import pytest

from dicomkit.errors import PixelError
from dicomkit.objects import (
    CircularShutter,
    DisplayedArea,
    GraphicObject,
    PolygonalShutter,
    SoftcopyPresentation,
    TextObject,
)


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        (DisplayedArea, {"size_mode": "FULL"}, "SCALE TO FIT, TRUE SIZE, MAGNIFY, not FULL"),
        (DisplayedArea, {"magnification": 0.0}, "magnified by 0"),
        (PolygonalShutter, {"vertices": ((1, 1), (2, 2))}, "of 2 corners"),
        (GraphicObject, {"kind": "SQUARE", "points": ((1, 1),)}, "POINT, POLYLINE, INTERPOLATED, CIRCLE, ELLIPSE"),
        (GraphicObject, {"kind": "CIRCLE", "points": ((1, 1),)}, "a CIRCLE of 1 points"),
        (GraphicObject, {"points": ((1, 1),)}, "a POLYLINE of 1 points"),
        (GraphicObject, {"points": ((1, 1), (2, 2)), "units": "INCH"}, "PIXEL or DISPLAY"),
        (TextObject, {"anchor": (1, 1)}, "without text"),
        (TextObject, {"text": "x\x1b"}, "the text x.x1b has no place"),
        (TextObject, {"text": "x", "anchor": (1, 1), "justification": "TOP"}, "LEFT, CENTER or RIGHT"),
        (TextObject, {"text": "x", "anchor": (1, 1), "units": "MATRIX"}, "PIXEL or DISPLAY"),
        (SoftcopyPresentation, {"rotation": 45}, "turned by 45 degrees"),
        (SoftcopyPresentation, {"presentation_lut": "LIN OD"}, "IDENTITY or INVERSE"),
        (
            SoftcopyPresentation,
            {"shutters": (CircularShutter(), CircularShutter(radius=2))},
            "one shutter of each shape",
        ),
    ],
)
def test_what_there_is_not(kind: type, fields: dict[str, object], message: str):
    """Each is a PixelError that says what there is."""
    with pytest.raises(PixelError, match=message):
        kind(**fields)


def test_what_has_an_inside():
    """Circles, ellipses, and lines that end where they begin (PS3.3 C.10.5)."""
    triangle = ((1.0, 1.0), (2.0, 2.0), (1.0, 2.0))
    assert [True, False, True, False] == [
        GraphicObject(kind="CIRCLE", points=triangle[:2]).is_closed,
        GraphicObject(points=triangle).is_closed,
        GraphicObject(kind="INTERPOLATED", points=(*triangle, triangle[0])).is_closed,
        GraphicObject(points=(triangle[0], triangle[0])).is_closed,
    ]


def test_values_are_equal_by_what_they_say():
    """A presentation is a value: equal, hashed, changed by making another one."""
    said = SoftcopyPresentation(window=(40.0, 400.0), rotation=90)
    assert (said, hash(said)) == (SoftcopyPresentation().replace(window=(40.0, 400.0), rotation=90), hash(said))
    assert said != said.replace(is_flipped=True)
