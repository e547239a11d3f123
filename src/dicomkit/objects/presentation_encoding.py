"""Parts of presentation states as elements and items: corners, shutters, layers, annotations (PS3.3 C.10, C.7.6.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.dataset import Dataset
from dicomkit.errors import PixelError, escaped
from dicomkit.objects.presentation_values import (
    CircularShutter,
    GraphicLayer,
    PolygonalShutter,
    RectangularShutter,
)
from dicomkit.pixels.color import rgb_to_lab

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dicomkit.objects.evidence import ReferencedInstance
    from dicomkit.objects.presentation_values import (
        Annotation,
        Color,
        DisplayedArea,
        GraphicObject,
        SoftcopyPresentation,
        TextObject,
    )

__all__ = ["annotation_items", "check_names", "layer_items", "put_area_corners", "put_shutters", "reference_items"]

# PS3.5 6.2: CS and ST.
_IN_NAMES = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _")
_LONGEST_NAME, _LONGEST_TEXT = 16, 1024


def check_names(said: SoftcopyPresentation) -> None:
    """Raise PixelError for a label or a layer that is no code string, and for a text that is too long."""
    layers = [layer.name for layer in said.layers] + [annotation.layer for annotation in said.annotations]
    layers += [said.overlay_layer] if said.overlay_layer else []
    for name, what in ((said.label, "Content Label"), *((name, "a graphic layer") for name in layers)):
        if not name or len(name) > _LONGEST_NAME or not _IN_NAMES.issuperset(name) or not name.strip(" "):
            raise PixelError(
                f"{what} is up to 16 capital letters, digits, spaces and underscores, not {escaped(name)!r}"
            )
    for annotation in said.annotations:
        for each in annotation.texts:
            if len(each.text) > _LONGEST_TEXT:
                raise PixelError(f"a text of {len(each.text)} characters: {_LONGEST_TEXT} fit")


def reference_items(instances: Iterable[ReferencedInstance]) -> list[Dataset]:
    """Return items of a Referenced Image Sequence (10.3)."""
    items = []
    for each in instances:
        item = Dataset(ReferencedSOPClassUID=each.sop_class_uid, ReferencedSOPInstanceUID=each.sop_instance_uid)
        if each.frames:
            item.ReferencedFrameNumber = list(each.frames)
        items.append(item)
    return items


def put_area_corners(item: Dataset, area: DisplayedArea, rotation: int, *, is_flipped: bool) -> None:
    """Put the pixels of the image that are seen at the left top and at the right bottom (C.10.4)."""
    # Clockwise around the area, from the corner that is at the left top before it is turned.
    around = [(area.left, area.top), (area.right, area.top), (area.right, area.bottom), (area.left, area.bottom)]
    first = -rotation // 90 % 4
    left_top, right_top, right_bottom, left_bottom = around[first:] + around[:first]
    if is_flipped:
        left_top, right_bottom = right_top, left_bottom
    item.DisplayedAreaTopLeftHandCorner = list(left_top)
    item.DisplayedAreaBottomRightHandCorner = list(right_bottom)


def put_shutters(ds: Dataset, said: SoftcopyPresentation, *, has_color: bool) -> None:
    """Put the shutters, and what is seen instead (C.7.6.11); `has_color` is for states whose images have colours."""
    if not said.shutters:
        return
    shapes = []
    for shutter in said.shutters:
        if isinstance(shutter, RectangularShutter):
            shapes.append("RECTANGULAR")
            ds.ShutterLeftVerticalEdge, ds.ShutterRightVerticalEdge = shutter.left, shutter.right
            ds.ShutterUpperHorizontalEdge, ds.ShutterLowerHorizontalEdge = shutter.upper, shutter.lower
        elif isinstance(shutter, CircularShutter):
            shapes.append("CIRCULAR")
            ds.CenterOfCircularShutter = [shutter.row, shutter.column]
            ds.RadiusOfCircularShutter = shutter.radius
        elif isinstance(shutter, PolygonalShutter):
            shapes.append("POLYGONAL")
            ds.VerticesOfThePolygonalShutter = [number for vertex in shutter.vertices for number in vertex]
    ds.ShutterShape = shapes
    ds.ShutterPresentationValue = _grey(said.shutter_color)
    if has_color or not _is_grey(said.shutter_color):
        ds.ShutterPresentationColorCIELabValue = list(rgb_to_lab(said.shutter_color))


def layer_items(layers: Iterable[GraphicLayer], named: Iterable[str]) -> list[Dataset]:
    """Return items of the Graphic Layer Sequence (C.10.7); those that are only named come last, in white."""
    known = {layer.name: layer for layer in layers}
    for name in named:
        known.setdefault(name, GraphicLayer(name=name))
    items = []
    for order, layer in enumerate(known.values(), 1):
        item = Dataset(GraphicLayer=layer.name, GraphicLayerOrder=order)
        item.GraphicLayerRecommendedDisplayGrayscaleValue = _grey(layer.color)
        if not _is_grey(layer.color):
            item.GraphicLayerRecommendedDisplayCIELabValue = list(rgb_to_lab(layer.color))
        if layer.description:
            item.GraphicLayerDescription = layer.description
        items.append(item)
    return items


def annotation_items(annotations: Iterable[Annotation]) -> list[Dataset]:
    """Return items of the Graphic Annotation Sequence (C.10.5)."""
    items = []
    for each in annotations:
        item = Dataset(GraphicLayer=each.layer)
        if each.of:
            item.ReferencedImageSequence = reference_items(each.of)
        if each.texts:
            item.TextObjectSequence = [_text_item(text) for text in each.texts]
        if each.graphics:
            item.GraphicObjectSequence = [_graphic_item(graphic) for graphic in each.graphics]
        items.append(item)
    return items


def _graphic_item(graphic: GraphicObject) -> Dataset:
    item = Dataset(
        GraphicAnnotationUnits=graphic.units,
        GraphicDimensions=2,
        NumberOfGraphicPoints=len(graphic.points),
        GraphicData=[float(number) for point in graphic.points for number in point],
        GraphicType=graphic.kind,
    )
    if graphic.is_closed:
        item.GraphicFilled = "Y" if graphic.is_filled else "N"
    return item


def _text_item(text: TextObject) -> Dataset:
    item = Dataset(UnformattedTextValue=text.text)
    if text.box is not None:
        left, top, right, bottom = text.box
        item.BoundingBoxAnnotationUnits = text.units
        item.BoundingBoxTopLeftHandCorner = [float(left), float(top)]
        item.BoundingBoxBottomRightHandCorner = [float(right), float(bottom)]
        item.BoundingBoxTextHorizontalJustification = text.justification
    if text.anchor is not None:
        item.AnchorPointAnnotationUnits = text.units
        item.AnchorPoint = [float(number) for number in text.anchor]
        item.AnchorPointVisibility = "Y" if text.is_anchor_visible else "N"
    return item


def _is_grey(color: Color) -> bool:
    return color[0] == color[1] == color[2]


def _grey(color: Color) -> int:
    """A colour as a P-Value of 16 bits: how bright it is (ITU-R BT.601)."""
    red, green, blue = color
    return round((0.299 * red + 0.587 * green + 0.114 * blue) * 257)
