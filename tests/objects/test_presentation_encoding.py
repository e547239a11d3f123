"""The parts of presentation states as elements."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.objects import (
    Annotation,
    CircularShutter,
    DisplayedArea,
    GraphicLayer,
    GraphicObject,
    PolygonalShutter,
    ReferencedInstance,
    SoftcopyPresentation,
    TextObject,
)
from dicomkit.objects.presentation_encoding import (
    annotation_items,
    layer_items,
    put_area_corners,
    put_shutters,
    reference_items,
)


@pytest.mark.parametrize(
    ("rotation", "is_flipped", "corners"),
    [
        (0, False, ([1, 2], [3, 4])),
        (90, False, ([1, 4], [3, 2])),
        (180, False, ([3, 4], [1, 2])),
        (270, False, ([3, 2], [1, 4])),
        (0, True, ([3, 2], [1, 4])),
        (90, True, ([1, 2], [3, 4])),
        (180, True, ([1, 4], [3, 2])),
        (270, True, ([3, 4], [1, 2])),
    ],
)
def test_corners(rotation: int, is_flipped: bool, corners: tuple[list[int], list[int]]):
    """The pixel that is seen at the left top, and the one at the right bottom, as column and row (PS3.3 C.10.4)."""
    item = Dataset()
    put_area_corners(item, DisplayedArea(left=1, top=2, right=3, bottom=4), rotation, is_flipped=is_flipped)
    assert corners == (item.DisplayedAreaTopLeftHandCorner, item.DisplayedAreaBottomRightHandCorner)


def test_shutters():
    """Rows come before columns, the colour as grey and, where there are colours, as CIELab (PS3.3 C.7.6.11)."""
    ds = Dataset()
    put_shutters(ds, SoftcopyPresentation(), has_color=True)
    assert 0 == len(ds)
    shutters = (CircularShutter(row=5, column=6, radius=7), PolygonalShutter(vertices=((1, 2), (3, 4), (5, 6))))
    put_shutters(ds, SoftcopyPresentation(shutters=shutters, shutter_color=(255, 255, 255)), has_color=False)
    assert (["CIRCULAR", "POLYGONAL"], [5, 6], 7, [1, 2, 3, 4, 5, 6], 0xFFFF, False) == (
        ds.ShutterShape,
        ds.CenterOfCircularShutter,
        ds.RadiusOfCircularShutter,
        ds.VerticesOfThePolygonalShutter,
        ds.ShutterPresentationValue,
        "ShutterPresentationColorCIELabValue" in ds,
    )
    put_shutters(ds, SoftcopyPresentation(shutters=shutters, shutter_color=(255, 0, 0)), has_color=False)
    lab = ds.ShutterPresentationColorCIELabValue
    assert 400 > max(abs(one - other) for one, other in zip([35579, 53665, 50859], lab, strict=True))


def test_layers():
    """In their order; those that are only named come last and once, white (PS3.3 C.10.7)."""
    layers = (GraphicLayer(name="B", color=(255, 0, 0), description="words"), GraphicLayer(name="A", color=(1, 1, 1)))
    items = layer_items(layers, ["C", "A", "C"])
    assert [("B", 1, 19595), ("A", 2, 257), ("C", 3, 65535)] == [
        (each.GraphicLayer, each.GraphicLayerOrder, each.GraphicLayerRecommendedDisplayGrayscaleValue) for each in items
    ]
    assert [True, False, False] == ["GraphicLayerRecommendedDisplayCIELabValue" in each for each in items]
    assert ["words", None, None] == [each.get("GraphicLayerDescription") for each in items]


def test_annotations():
    """Every element of type 1, and those that are there only where they mean something (PS3.3 C.10.5)."""
    of = ReferencedInstance(sop_class_uid="1.2", sop_instance_uid="1.2.3", frames=(2, 3))
    line, circle = GraphicObject(points=((1, 2), (3, 4))), GraphicObject(kind="CIRCLE", points=((1, 2), (3, 4)))
    texts = (TextObject(text="a", box=(1, 2, 3, 4)), TextObject(text="b", anchor=(1, 2), units="DISPLAY"))
    (item,) = annotation_items([Annotation(layer="A", graphics=(line, circle), texts=texts, of=(of,))])
    assert ("A", "1.2.3", [2, 3]) == (
        item.GraphicLayer,
        item.ReferencedImageSequence[0].ReferencedSOPInstanceUID,
        item.ReferencedImageSequence[0].ReferencedFrameNumber,
    )
    first, second = item.GraphicObjectSequence
    assert ("PIXEL", 2, 2, [1, 2, 3, 4], "POLYLINE", None, "N") == (
        first.GraphicAnnotationUnits,
        first.GraphicDimensions,
        first.NumberOfGraphicPoints,
        first.GraphicData,
        first.GraphicType,
        first.get("GraphicFilled"),
        second.GraphicFilled,
    )
    box, anchor = item.TextObjectSequence
    assert {
        "UnformattedTextValue", "BoundingBoxAnnotationUnits", "BoundingBoxTopLeftHandCorner",
        "BoundingBoxBottomRightHandCorner", "BoundingBoxTextHorizontalJustification",
    } == {each.keyword for each in box}  # fmt: skip
    assert ("DISPLAY", [1, 2], "N", 4) == (
        anchor.AnchorPointAnnotationUnits,
        anchor.AnchorPoint,
        anchor.AnchorPointVisibility,
        len(anchor),
    )


def test_references():
    """Frames are there where not all are meant (PS3.3 10.3)."""
    whole, part = reference_items([ReferencedInstance(sop_instance_uid="1.2"), ReferencedInstance(frames=(1, 2))])
    assert ("1.2", False, [1, 2]) == (
        whole.ReferencedSOPInstanceUID,
        "ReferencedFrameNumber" in whole,
        part.ReferencedFrameNumber,
    )
