"""Graphics and text that presentation states draw over an image, as lines and labels of a picture (PS3.3 C.10.5).

Curves become lines of many points here, and coordinates of the image or of the displayed area those of the picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dicomkit.core.frozen import Frozen
from dicomkit.errors import PixelError, escaped
from dicomkit.pixels.attributes import first_item, items, number, numbers, text
from dicomkit.pixels.color import recommended_color

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dicomkit.dataset import Dataset

    Color = tuple[int, int, int]
    #: Gives picture coordinates of points (n, 2), x and y, in units PIXEL or DISPLAY.
    Place = Callable[[NDArray[np.float64], str], NDArray[np.float64]]

__all__ = ["Label", "Stroke", "labels_of", "strokes_of"]

# Points of an ellipse, and between two points of a curve: no corner is seen at the size of a screen.
_AROUND, _BETWEEN = 128, 16
# Number of Graphic Points is US.
_MOST_VALUES = 2 * 0xFFFF
_MOST_TEXT = 1024
_WIDEST = 50.0


class Stroke:
    """A line of points, an array (n, 2) of x and y in the picture; a single point is a dot.

    `color` is None for that of the layer, `width` counts pixels of the picture.
    """

    __slots__ = ("color", "is_filled", "points", "width")

    def __init__(
        self, points: NDArray[np.float64], is_filled: bool = False, color: Color | None = None, width: int = 1
    ) -> None:
        self.points = points
        self.is_filled = is_filled
        self.color = color
        self.width = width


class Label(Frozen):
    """Text in the box of a picture, `left`, `top` to `right`, `bottom`; `justification` is LEFT, CENTER or RIGHT.

    `color` is None for that of the layer.
    """

    __slots__ = ("bottom", "color", "justification", "left", "right", "text", "top")

    left: float
    top: float
    right: float
    bottom: float
    text: str
    justification: str
    color: Color | None

    def __init__(
        self,
        text: str,
        left: float,
        top: float,
        right: float,
        bottom: float,
        justification: str = "LEFT",
        color: Color | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "color", color)
        put(self, "text", text)
        put(self, "left", left)
        put(self, "top", top)
        put(self, "right", right)
        put(self, "bottom", bottom)
        put(self, "justification", justification)

    def position(self, width: float, height: float) -> tuple[float, float]:
        """Return where the left top corner of the text goes, which is `width` by `height` pixels large."""
        room = self.right - self.left - width
        if self.justification == "RIGHT":
            return self.left + room, self.top
        return (self.left + room / 2 if self.justification == "CENTER" else self.left), self.top


def strokes_of(annotation: Dataset, place: Place) -> list[Stroke]:
    """Return the graphic objects of an item of the Graphic Annotation Sequence; PixelError for what is none."""
    strokes = []
    for item in items(annotation, "GraphicObjectSequence"):
        values = numbers(item, "GraphicData")
        if len(values) > _MOST_VALUES or len(values) % 2 or not values:
            raise PixelError(f"a graphic object of {len(values)} coordinates")
        points = np.array(values, np.float64).reshape(-1, 2)
        kind = text(item, "GraphicType")
        curve = place(_curve(kind, points), text(item, "GraphicAnnotationUnits", "PIXEL"))
        is_filled = text(item, "GraphicFilled", "N") == "Y"
        color, width = _line_style(item)
        strokes += [
            Stroke(line, is_filled, color, width)
            for line in (curve[:, None] if kind == "POINT" else [curve])  # a dot for each point
        ]
    return strokes


def _line_style(item: Dataset) -> tuple[Color | None, int]:
    """The colour and the width of a line that has a style; patterns are drawn as whole lines."""
    style = first_item(item, "LineStyleSequence")
    if style is None:
        return None, 1
    width = number(style, "LineThickness", 1)
    return recommended_color(style, "PatternOnColorCIELabValue"), int(min(max(width, 1), _WIDEST))


def labels_of(annotation: Dataset, place: Place) -> list[Label]:
    """Return the text objects of an item of the Graphic Annotation Sequence."""
    labels = []
    for item in items(annotation, "TextObjectSequence"):
        words = text(item, "UnformattedTextValue")[:_MOST_TEXT]
        lines = "\n".join(words.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
        shown = "".join([c if c == "\n" or c.isprintable() else " " for c in lines])
        start, end = numbers(item, "BoundingBoxTopLeftHandCorner"), numbers(item, "BoundingBoxBottomRightHandCorner")
        justification = text(item, "BoundingBoxTextHorizontalJustification", "LEFT")
        if len(start) == 2 and len(end) == 2:
            (x0, y0), (x1, y1) = place(
                np.array([start, end]), text(item, "BoundingBoxAnnotationUnits", "PIXEL")
            ).tolist()
        else:
            anchor = numbers(item, "AnchorPoint")
            if len(anchor) != 2:
                raise PixelError(f"the text {escaped(words)} has no place")
            ((x0, y0),) = place(np.array([anchor]), text(item, "AnchorPointAnnotationUnits", "PIXEL")).tolist()
            x1, y1 = x0, y0
        if shown.strip():
            # After a rotation the corners may have changed sides; text is always upright here.
            style = first_item(item, "TextStyleSequence")
            color = None if style is None else recommended_color(style, "TextColorCIELabValue")
            labels.append(Label(shown, min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1), justification, color))
    return labels


def _curve(kind: str, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The points of a line that shows a graphic of some type."""
    if kind in ("POLYLINE", "POINT"):
        return points
    if kind == "INTERPOLATED":
        return _interpolated(points)
    angles = np.linspace(0, 2 * np.pi, _AROUND + 1)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    if kind == "CIRCLE" and len(points) == 2:  # the centre, and a point on it
        return np.asarray(points[0] + circle * np.hypot(*(points[1] - points[0])), np.float64)
    if kind == "ELLIPSE" and len(points) == 4:  # the ends of the major and of the minor axis
        middle = points[:2].mean(axis=0)
        around = middle + circle[:, :1] * (points[1] - middle) + circle[:, 1:] * (points[3] - points[2]) / 2
        return np.asarray(around, np.float64)
    raise PixelError(f"no graphic is a {escaped(kind)} of {len(points)} points")


def _interpolated(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A curve through all points, with the same direction where two pieces meet; the standard leaves open which."""
    if len(points) < 3:
        return points
    is_closed = bool(np.array_equal(points[0], points[-1]))
    before, after = (points[-2], points[1]) if is_closed else (points[0], points[-1])
    padded = np.vstack([before, points, after])
    p0, p1, p2, p3 = (padded[start : len(padded) - 3 + start, None] for start in range(4))
    t = np.linspace(0, 1, _BETWEEN, endpoint=False)[None, :, None]
    # Catmull and Rom: the direction at a point is that from the point before to the one after.
    pieces = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * (p1 - p2) + p3 - p0) * t**3)
    return np.vstack([pieces.reshape(-1, 2), points[-1:]])
