"""Softcopy presentation states read as what they say (PS3.3 A.33, C.10, C.11)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from dicomkit.core.issue import IssueCode
from dicomkit.errors import PixelError, escaped
from dicomkit.objects.evidence import ReferencedInstance
from dicomkit.objects.presentation_values import (
    Annotation,
    CircularShutter,
    DisplayedArea,
    GraphicLayer,
    GraphicObject,
    PolygonalShutter,
    RectangularShutter,
    SoftcopyPresentation,
    TextObject,
)
from dicomkit.objects.structured_report import integers_of, text_of
from dicomkit.pixels.attributes import first_item, items, number, numbers, text
from dicomkit.pixels.describe import report
from dicomkit.pixels.luts import LookupTable, windows
from dicomkit.pixels.palette import Palette, has_palette
from dicomkit.pixels.presentation import layer_color
from dicomkit.pixels.shutters import shutter_color

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dicomkit.dataset import Dataset
    from dicomkit.objects.presentation_values import Shutter
    from dicomkit.pixels.luts import Window

__all__ = ["presented_instances", "softcopy_presentation"]

_PREFIX = "1.2.840.10008.5.1.4.1.1.11."
_KINDS = ("1", "2", "3")
_PSEUDO_COLOR = "1.2.840.10008.5.1.4.1.1.11.3"
_REFERENCES = "ReferencedImageSequence"
_ANNOTATIONS, _SHUTTERS, _AREAS = 0x00700001, 0x00181600, 0x0070005A
# PS3.5 7.6: the groups 6000 to 601E are overlays.
_OVERLAYS = range(0x6000, 0x6020, 2)

_Made = TypeVar("_Made")


def presented_instances(ds: Dataset) -> tuple[ReferencedInstance, ...]:
    """Return the images that a presentation state is for, in its order (C.11.11); of them the study is its own."""
    study = text_of(ds, "StudyInstanceUID")
    return tuple(
        [
            each.replace(study_instance_uid=study, series_instance_uid=text_of(series, "SeriesInstanceUID"))
            for series in items(ds, "ReferencedSeriesSequence")
            for each in _references(series)
        ]
    )


def softcopy_presentation(ds: Dataset, image: ReferencedInstance | None = None) -> SoftcopyPresentation:
    """Return what a grayscale, colour or pseudo-colour presentation state says of an image, of the first without one.

    Where the image has `frames`, it is of the first of them. A shutter, an area or an annotation that is damaged is
    left out, and an issue says so. To see what a state does, give it to `dicomkit.pixels.render`.

    Raises PixelError for a data set that is no such state, and for a damaged lookup table or palette.
    """
    sop_class = text(ds, "SOPClassUID")
    if not (sop_class.startswith(_PREFIX) and sop_class.removeprefix(_PREFIX) in _KINDS):
        raise PixelError(f"{escaped(sop_class) or 'a data set without a class'} is no softcopy presentation state")
    meant = image if image is not None else next(iter(presented_instances(ds)), ReferencedInstance())
    named = [text_of(item, "GraphicLayer") for item in items(ds, "GraphicAnnotationSequence")]
    activated = [name for group in _OVERLAYS if (name := _activated(ds, group))]
    rotation = int(_number(ds, "ImageRotation")) % 360
    return SoftcopyPresentation(
        window=_voi(ds, meant),
        presentation_lut=_presentation_lut(ds),
        rotation=rotation if rotation in (0, 90, 180, 270) else 0,
        is_flipped=text(ds, "ImageHorizontalFlip") == "Y",
        area=_kept(ds, _AREAS, partial(_area, ds, meant)),
        shutters=tuple(_shutters(ds)),
        shutter_color=_kept(ds, _SHUTTERS, partial(shutter_color, ds)) or (0, 0, 0),
        layers=tuple(_layers(ds, [*named, *activated[:1]])),
        annotations=tuple(_annotations(ds)),
        overlay_layer=activated[0] if activated else "",
        palette=Palette.of_dataset(ds) if sop_class == _PSEUDO_COLOR and has_palette(ds) else None,
        label=text_of(ds, "ContentLabel"),
        description=text_of(ds, "ContentDescription"),
        creator=text_of(ds, "ContentCreatorName"),
    )


def _kept(ds: Dataset, tag: int, make: Callable[[], _Made]) -> _Made | None:
    """What is made, None where it is damaged."""
    try:
        return make()
    except PixelError as error:
        report(ds, IssueCode.PIXEL_DESCRIPTION_WRONG, str(error), "left it out", tag)
        return None


def _number(ds: Dataset, keyword: str) -> float:
    try:
        return number(ds, keyword, 0)
    except PixelError:
        return 0


# -- references --------------------------------------------------------------------------------------------------------


def _references(holder: Dataset) -> Iterator[ReferencedInstance]:
    for item in items(holder, _REFERENCES):
        yield ReferencedInstance(
            sop_class_uid=text_of(item, "ReferencedSOPClassUID"),
            sop_instance_uid=text_of(item, "ReferencedSOPInstanceUID"),
            frames=integers_of(item, "ReferencedFrameNumber"),
        )


def _applying(ds: Dataset, keyword: str, meant: ReferencedInstance) -> Dataset | None:
    """The first item for an image: one that names it, or one that names none."""
    for item in items(ds, keyword):
        named = list(_references(item))
        if not named or any(_is_same(each, meant) for each in named):
            return item
    return None


def _is_same(reference: ReferencedInstance, meant: ReferencedInstance) -> bool:
    if reference.sop_instance_uid != meant.sop_instance_uid:
        return False
    return not reference.frames or not meant.frames or meant.frames[0] in reference.frames


# -- lookup tables -----------------------------------------------------------------------------------------------------


def _voi(ds: Dataset, meant: ReferencedInstance) -> Window | LookupTable | None:
    item = _applying(ds, "SoftcopyVOILUTSequence", meant)
    if item is None:
        return None
    table = first_item(item, "VOILUTSequence")
    if table is not None:
        return LookupTable.of_item(table, is_signed=_is_signed(table))
    found = windows(item)
    return found[0] if found else None


def _is_signed(item: Dataset) -> bool:
    """Whether the descriptor of a table is signed, so that it is looked up by signed values."""
    values = numbers(item, "LUTDescriptor")
    return len(values) == 3 and values[1] < 0


def _presentation_lut(ds: Dataset) -> LookupTable | str | None:
    item = first_item(ds, "PresentationLUTSequence")
    if item is not None:
        return LookupTable.of_item(item)
    shape = text(ds, "PresentationLUTShape")
    return shape if shape in ("IDENTITY", "INVERSE") else None


# -- geometry ----------------------------------------------------------------------------------------------------------


def _area(ds: Dataset, meant: ReferencedInstance) -> DisplayedArea | None:
    item = _applying(ds, "DisplayedAreaSelectionSequence", meant)
    if item is None:
        return None
    start, end = numbers(item, "DisplayedAreaTopLeftHandCorner"), numbers(item, "DisplayedAreaBottomRightHandCorner")
    if len(start) != 2 or len(end) != 2:
        raise PixelError("the displayed area has no corners")
    (left, right), (top, bottom) = (sorted((int(start[axis]), int(end[axis]))) for axis in (0, 1))
    mode = text(item, "PresentationSizeMode", "SCALE TO FIT")
    return DisplayedArea(
        left=left,
        top=top,
        right=right,
        bottom=bottom,
        size_mode=mode,
        magnification=number(item, "PresentationPixelMagnificationRatio", 1),
    )


def _shutters(ds: Dataset) -> Iterator[Shutter]:
    value = ds.get("ShutterShape")
    shapes = [str(each) for each in value] if isinstance(value, list) else [str(value or "")]
    for shape in dict.fromkeys(shapes):
        if shape in _READERS:
            made = _kept(ds, _SHUTTERS, partial(_READERS[shape], ds))
            if made is not None:
                yield made


def _whole(ds: Dataset, keyword: str, count: int) -> list[int]:
    values = [int(each) for each in numbers(ds, keyword)]
    if len(values) != count:
        raise PixelError(f"a shutter whose {keyword} has {len(values)} values, not {count}")
    return values


def _rectangle(ds: Dataset) -> Shutter:
    (left,), (right,) = (_whole(ds, f"Shutter{side}VerticalEdge", 1) for side in ("Left", "Right"))
    (upper,), (lower,) = (_whole(ds, f"Shutter{side}HorizontalEdge", 1) for side in ("Upper", "Lower"))
    return RectangularShutter(left=left, right=right, upper=upper, lower=lower)


def _circle(ds: Dataset) -> Shutter:
    row, column = _whole(ds, "CenterOfCircularShutter", 2)
    return CircularShutter(row=row, column=column, radius=_whole(ds, "RadiusOfCircularShutter", 1)[0])


def _polygon(ds: Dataset) -> Shutter:
    values = [int(each) for each in numbers(ds, "VerticesOfThePolygonalShutter")]
    return PolygonalShutter(vertices=tuple(zip(values[::2], values[1::2], strict=False)))


_READERS: dict[str, Callable[[Dataset], Shutter]] = {
    "RECTANGULAR": _rectangle,
    "CIRCULAR": _circle,
    "POLYGONAL": _polygon,
}


# -- layers ------------------------------------------------------------------------------------------------------------


def _activated(ds: Dataset, group: int) -> str:
    """The layer that an overlay is drawn in (C.11.7)."""
    tag = group << 16 | 0x1001
    value = ds._value_of(tag) if ds._has(tag) else ""
    return str.__str__(value) if isinstance(value, str) else ""


def _layers(ds: Dataset, named: list[str]) -> list[GraphicLayer]:
    """The layers, what lies below first; with those that are named only."""
    found = []
    for item in items(ds, "GraphicLayerSequence"):
        color = _kept(ds, _ANNOTATIONS, partial(layer_color, item))
        layer = GraphicLayer(
            name=text_of(item, "GraphicLayer"),
            color=color or (255, 255, 255),
            description=text_of(item, "GraphicLayerDescription"),
        )
        found.append((_number(item, "GraphicLayerOrder"), layer))
    known = {layer.name: layer for _, layer in sorted(found, key=lambda each: each[0])}
    for name in named:
        known.setdefault(name, GraphicLayer(name=name))
    return list(known.values())


def _annotations(ds: Dataset) -> Iterator[Annotation]:
    for item in items(ds, "GraphicAnnotationSequence"):
        graphics = [_kept(ds, _ANNOTATIONS, partial(_graphic, each)) for each in items(item, "GraphicObjectSequence")]
        texts = [_kept(ds, _ANNOTATIONS, partial(_text, each)) for each in items(item, "TextObjectSequence")]
        yield Annotation(
            layer=text_of(item, "GraphicLayer"),
            graphics=tuple([each for each in graphics if each is not None]),
            texts=tuple([each for each in texts if each is not None]),
            of=tuple(_references(item)),
        )


def _graphic(item: Dataset) -> GraphicObject:
    values = [float(each) for each in numbers(item, "GraphicData")]
    return GraphicObject(
        kind=text(item, "GraphicType"),
        points=tuple(zip(values[::2], values[1::2], strict=False)),
        units=text(item, "GraphicAnnotationUnits", "PIXEL"),
        is_filled=text(item, "GraphicFilled") == "Y",
    )


def _text(item: Dataset) -> TextObject:
    start, end = numbers(item, "BoundingBoxTopLeftHandCorner"), numbers(item, "BoundingBoxBottomRightHandCorner")
    anchor = numbers(item, "AnchorPoint")
    has_box, has_anchor = len(start) == len(end) == 2, len(anchor) == 2
    keyword = "BoundingBoxAnnotationUnits" if has_box else "AnchorPointAnnotationUnits"
    return TextObject(
        text=text_of(item, "UnformattedTextValue"),
        box=(float(start[0]), float(start[1]), float(end[0]), float(end[1])) if has_box else None,
        anchor=(float(anchor[0]), float(anchor[1])) if has_anchor else None,
        units=text(item, keyword, "PIXEL"),
        justification=text(item, "BoundingBoxTextHorizontalJustification", "LEFT"),
        is_anchor_visible=text(item, "AnchorPointVisibility") == "Y",
    )
