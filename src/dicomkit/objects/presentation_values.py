"""What a softcopy presentation state says, as values: areas, shutters, layers, graphics, text (PS3.3 C.10, C.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.core.frozen import Options
from dicomkit.errors import PixelError, escaped

if TYPE_CHECKING:
    from typing import TypeAlias

    from dicomkit.objects.evidence import ReferencedInstance
    from dicomkit.pixels.luts import LookupTable, Window
    from dicomkit.pixels.palette import Palette

    Color: TypeAlias = tuple[int, int, int]

__all__ = [
    "Annotation",
    "CircularShutter",
    "DisplayedArea",
    "GraphicLayer",
    "GraphicObject",
    "PolygonalShutter",
    "RectangularShutter",
    "SoftcopyPresentation",
    "TextObject",
]

_SIZE_MODES = ("SCALE TO FIT", "TRUE SIZE", "MAGNIFY")
_UNITS = ("PIXEL", "DISPLAY")
_MANY = 0x7FFF
# C.10.5.2: the fewest and the most points of each Graphic Type.
_POINTS = {
    "POINT": (1, 1),
    "POLYLINE": (2, _MANY),
    "INTERPOLATED": (2, _MANY),
    "CIRCLE": (2, 2),
    "ELLIPSE": (4, 4),
}
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)


class DisplayedArea(Options):
    """The part of an image that is shown (C.10.4): its columns and rows, from 1, both ends included.

    It may be larger than the image; `right` and `bottom` 0 stand for the last column and row. `magnification` is for
    the size mode MAGNIFY.
    """

    left: int = 1
    top: int = 1
    right: int = 0
    bottom: int = 0
    size_mode: str = "SCALE TO FIT"
    magnification: float = 1.0

    def _check(self) -> None:
        if self.size_mode not in _SIZE_MODES:
            raise PixelError(
                f"Presentation Size Mode is one of {', '.join(_SIZE_MODES)}, not {escaped(self.size_mode)}"
            )
        if not self.magnification > 0:
            raise PixelError(f"an image magnified by {self.magnification}")


class RectangularShutter(Options):
    """A shutter that shows the columns `left` to `right` and the rows `upper` to `lower`, from 1 (C.7.6.11)."""

    left: int = 1
    right: int = 1
    upper: int = 1
    lower: int = 1


class CircularShutter(Options):
    """A shutter that shows a circle around `row` and `column`, from 1, with a radius in columns (C.7.6.11)."""

    row: int = 1
    column: int = 1
    radius: int = 1


class PolygonalShutter(Options):
    """A shutter that shows a polygon, three corners or more as row and column, from 1 (C.7.6.11)."""

    vertices: tuple[tuple[int, int], ...] = ()

    def _check(self) -> None:
        if len(self.vertices) < 3:
            raise PixelError(f"a polygonal shutter of {len(self.vertices)} corners")


if TYPE_CHECKING:
    Shutter: TypeAlias = RectangularShutter | CircularShutter | PolygonalShutter


class GraphicLayer(Options):
    """A layer of annotations (C.10.7): a `name` as ANATOMY, and a colour as red, green and blue up to 255.

    Layers are drawn in the order in which they are given.
    """

    name: str = ""
    color: Color = _WHITE
    description: str = ""


class GraphicObject(Options):
    """A graphic (C.10.5): POINT, POLYLINE, INTERPOLATED, CIRCLE (centre, a point on it) or ELLIPSE (ends of both axes).

    Points are x and y; in PIXEL units columns and rows from 0.0, the corner of the first pixel, in DISPLAY units from 0
    to 1 over the displayed area.
    """

    kind: str = "POLYLINE"
    points: tuple[tuple[float, float], ...] = ()
    units: str = "PIXEL"
    is_filled: bool = False

    def _check(self) -> None:
        if self.kind not in _POINTS:
            raise PixelError(f"Graphic Type is one of {', '.join(_POINTS)}, not {escaped(self.kind)}")
        fewest, most = _POINTS[self.kind]
        if not fewest <= len(self.points) <= most:
            raise PixelError(f"a {self.kind} of {len(self.points)} points (PS3.3 C.10.5.2)")
        _check_units(self.units)

    @property
    def is_closed(self) -> bool:
        """Whether it has an inside, which can be filled."""
        return self.kind in ("CIRCLE", "ELLIPSE") or (len(self.points) > 2 and self.points[0] == self.points[-1])


class TextObject(Options):
    """A text (C.10.5) in a `box` of left, top, right and bottom, or at an `anchor` of x and y, or both."""

    text: str = ""
    box: tuple[float, float, float, float] | None = None
    anchor: tuple[float, float] | None = None
    units: str = "PIXEL"
    justification: str = "LEFT"
    is_anchor_visible: bool = False

    def _check(self) -> None:
        if not self.text:
            raise PixelError("an annotation without text")
        if self.box is None and self.anchor is None:
            raise PixelError(f"the text {escaped(self.text)} has no place")
        if self.justification not in ("LEFT", "CENTER", "RIGHT"):
            raise PixelError(f"text is justified LEFT, CENTER or RIGHT, not {escaped(self.justification)}")
        _check_units(self.units)


def _check_units(units: str) -> None:
    if units not in _UNITS:
        raise PixelError(f"annotations have PIXEL or DISPLAY units, not {escaped(units)}")


class Annotation(Options):
    """Graphics and texts of a layer, on all images of the presentation state, or only on those that it is `of`."""

    layer: str = ""
    graphics: tuple[GraphicObject, ...] = ()
    texts: tuple[TextObject, ...] = ()
    of: tuple[ReferencedInstance, ...] = ()


class SoftcopyPresentation(Options):
    """How images are to be seen: what `presentation_state` makes a presentation state of."""

    window: Window | LookupTable | tuple[float, float] | int | str | None = None
    """A Window, a LookupTable, (centre, width), the number of a stored window from 0, or "full" for all values. None:
    the first window or VOI LUT of each image and frame."""

    presentation_lut: LookupTable | str | None = None
    """A table, or the shape IDENTITY or INVERSE. None: as the images are meant."""

    rotation: int = 0
    """Clockwise, 0, 90, 180 or 270 degrees."""

    is_flipped: bool = False
    """Mirrored left to right, after the rotation."""

    area: DisplayedArea | None = None
    """None: all of each image."""

    shutters: tuple[Shutter, ...] = ()
    """One of each shape at most."""

    shutter_color: Color = _BLACK
    """What is seen instead of what shutters hide."""

    layers: tuple[GraphicLayer, ...] = ()
    """Those that annotations name and that are not here come after them, in white."""

    annotations: tuple[Annotation, ...] = ()

    overlay_layer: str = ""
    """The layer in which the overlays of the images are drawn, "" for nowhere."""

    palette: Palette | None = None
    """Colours for grey images, from the lowest to the highest: a pseudo-colour presentation state."""

    label: str = "PRESENTATION"
    """Content Label, up to 16 capital letters, digits, spaces and underscores."""

    description: str = ""
    creator: str = ""

    def _check(self) -> None:
        if self.rotation not in (0, 90, 180, 270):
            raise PixelError(f"no image is turned by {self.rotation} degrees")
        if isinstance(self.presentation_lut, str) and self.presentation_lut not in ("IDENTITY", "INVERSE"):
            raise PixelError(f"Presentation LUT Shape is IDENTITY or INVERSE, not {escaped(self.presentation_lut)}")
        if len({type(each) for each in self.shutters}) < len(self.shutters):
            raise PixelError("a presentation state has one shutter of each shape (PS3.3 C.7.6.11)")
