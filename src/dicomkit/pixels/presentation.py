"""Softcopy presentation states: how somebody wanted an image to be seen (PS3.3 A.33, C.10, C.11; PS3.4 N.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.errors import PixelError, escaped
from dicomkit.pixels.attributes import items, number, numbers, text
from dicomkit.pixels.color import recommended_color
from dicomkit.pixels.frame_view import FrameView
from dicomkit.pixels.luts import LookupTable, Window, windows
from dicomkit.pixels.overlays import Overlay, overlays
from dicomkit.pixels.placement import Placement, pixel_aspect
from dicomkit.pixels.shutters import hidden_by_shutters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dicomkit.dataset import Dataset
    from dicomkit.pixels.attributes import Attributes

__all__ = ["Layer", "PresentationState", "layer_color"]

_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.11.1": "GRAYSCALE",
    "1.2.840.10008.5.1.4.1.1.11.2": "COLOR",
    "1.2.840.10008.5.1.4.1.1.11.3": "PSEUDO-COLOR",
}
_WHITE = (255, 255, 255)
# Where more is shown around an image, nobody sees it any more; it would only take memory.
_MOST_AROUND = 16


class Layer:
    """What is drawn together, in one colour: annotations (items of the Graphic Annotation Sequence) and overlays."""

    __slots__ = ("annotations", "color", "name", "order", "overlays")

    def __init__(self, name: str, order: float = 0.0, color: tuple[int, int, int] = _WHITE) -> None:
        self.name = name
        self.order = order
        self.color = color
        self.annotations: list[Dataset] = []
        self.overlays: list[Overlay] = []


class PresentationState:
    """What a softcopy presentation state says of one frame of an image.

    `dataset` is the presentation state: the modality LUT, presentation LUT and shutter attributes in it replace those
    of the image, and what it does not have is not done (PS3.4 N.2). `kind` is GRAYSCALE, COLOR or PSEUDO-COLOR.

    Raises PixelError for a presentation state of another class, or one that does not refer to the image and the frame,
    counted from 0.
    """

    __slots__ = ("_view", "dataset", "frame", "image", "kind")

    def __init__(self, ps: Dataset, image: Dataset, frame: int = 0) -> None:
        sop_class = text(ps, "SOPClassUID")
        if sop_class not in _CLASSES:
            raise PixelError(
                f"{escaped(sop_class) or 'a data set without a class'} is no presentation state of one image"
            )
        self.dataset, self.image, self.frame = ps, image, frame
        self._view = FrameView(image, frame)
        self.kind = _CLASSES[sop_class]
        references = [one for series in items(ps, "ReferencedSeriesSequence") for one in items(series, _REFERENCES)]
        if not any(self._is_meant(one) for one in references):
            raise PixelError("the presentation state does not refer to this image and frame")

    def _is_meant(self, reference: Dataset) -> bool:
        if text(reference, "ReferencedSOPInstanceUID") != text(self.image, "SOPInstanceUID", "none"):
            return False
        frames = numbers(reference, "ReferencedFrameNumber")
        return not frames or self.frame + 1 in frames

    def _applying(self, keyword: str) -> list[Dataset]:
        """The items of a sequence that are for this image and frame: those that name it, and those that name none."""
        found = []
        for item in items(self.dataset, keyword):
            references = items(item, _REFERENCES)
            if not references or any(self._is_meant(one) for one in references):
                found.append(item)
        return found

    def voi(self, *, is_signed: bool = False) -> Window | LookupTable | None:
        """Return the VOI LUT or the window, None for all values as they are (C.11.8)."""
        for item in self._applying("SoftcopyVOILUTSequence"):
            luts = items(item, "VOILUTSequence")
            if luts:
                return LookupTable.of_item(luts[0], is_signed=is_signed)
            found = windows(item)
            if found:
                return found[0]
        return None

    def placement(self, rows: int, columns: int, *, has_aspect: bool, size: tuple[int, int] | None) -> Placement:
        """Return where the image lies in the picture (C.10.4, C.10.6).

        SCALE TO FIT and TRUE SIZE, which need a screen, fill `size`, a width and a height; without it a pixel of the
        image is one of the picture. MAGNIFY does what it says. `has_aspect` makes pixels as high as they are.
        """
        placement = Placement.whole(rows, columns).replace(
            rotation=int(number(self.dataset, "ImageRotation", 0)) % 360,
            is_flipped=text(self.dataset, "ImageHorizontalFlip") == "Y",
        )
        found = self._applying("DisplayedAreaSelectionSequence")
        if not found:
            aspect = pixel_aspect(self._view) if has_aspect else 1.0
            return placement.scaled(aspect, bound=size)
        area = found[0]
        start = numbers(area, "DisplayedAreaTopLeftHandCorner")
        end = numbers(area, "DisplayedAreaBottomRightHandCorner")
        if len(start) != 2 or len(end) != 2:
            raise PixelError("the displayed area has no corners")
        # The corners are those that are seen: of a turned image, the left one may be the right one of its pixels.
        (left, right), (top, bottom) = (sorted((int(start[axis]), int(end[axis]))) for axis in (0, 1))
        if max(right - left, bottom - top) > _MOST_AROUND * max(rows, columns):
            raise PixelError(f"a displayed area of {right - left} by {bottom - top} pixels for {columns} by {rows}")
        placement = placement.replace(left=left - 1, top=top - 1, right=right, bottom=bottom)
        factor = 1.0
        if text(area, "PresentationSizeMode") == "MAGNIFY":
            factor = number(area, "PresentationPixelMagnificationRatio", 1)
            if not factor > 0:
                raise PixelError(f"an image magnified by {factor}")
        return placement.scaled(_area_aspect(area) if has_aspect else 1.0, factor, size)

    def hidden(self, rows: int, columns: int) -> NDArray[np.bool_] | None:
        """Return which pixels of the image shutters hide, bitmaps among them; None where there are none (C.7.6.11)."""
        hidden = hidden_by_shutters(self.dataset, rows, columns, pixel_aspect(self._view))
        group = int(number(self.dataset, "ShutterOverlayGroup", 0))
        if group:
            bitmap = Overlay(self.dataset, group).placed(self.frame, rows, columns)
            hidden = bitmap if hidden is None else hidden | bitmap
        return hidden

    def layers(self) -> list[Layer]:
        """Return what is drawn over the image, what lies below first (C.10.5, C.10.7, C.11.7)."""
        found: dict[str, Layer] = {}
        for item in items(self.dataset, "GraphicLayerSequence"):
            name = text(item, "GraphicLayer")
            found[name] = Layer(name, number(item, "GraphicLayerOrder", 0), layer_color(item))
        for annotation in self._applying("GraphicAnnotationSequence"):
            name = text(annotation, "GraphicLayer")
            found.setdefault(name, Layer(name)).annotations.append(annotation)
        shutter = int(number(self.dataset, "ShutterOverlayGroup", 0))
        own = {overlay.group: overlay for overlay in overlays(self.dataset)}
        for overlay in [*own.values(), *(one for one in overlays(self.image) if one.group not in own)]:
            tag = overlay.group << 16 | 0x1001
            name = str(self.dataset._value_of(tag) or "") if self.dataset._has(tag) else ""
            if name and overlay.group != shutter:
                found.setdefault(name, Layer(name)).overlays.append(overlay)
        return sorted(found.values(), key=lambda layer: layer.order)


_REFERENCES = "ReferencedImageSequence"


def _area_aspect(area: Attributes) -> float:
    """The height of a pixel by its width that the displayed area asks for: one of the two is there (C.10.4)."""
    for keyword in ("PresentationPixelSpacing", "PresentationPixelAspectRatio"):
        values = numbers(area, keyword)
        if len(values) == 2 and min(values) > 0 and 0.01 <= values[0] / values[1] <= 100:
            return values[0] / values[1]
    return 1.0


def layer_color(item: Dataset) -> tuple[int, int, int]:
    """Return the colour of a layer: CIELab, the retired RGB, or grey; 0 to 255 each (C.10.7)."""
    color = recommended_color(item, "GraphicLayerRecommendedDisplayCIELabValue")
    if color is not None:
        return color
    rgb = numbers(item, "GraphicLayerRecommendedDisplayRGBValue")
    if len(rgb) == 3:
        red, green, blue = (int(value) >> 8 & 0xFF for value in rgb)
        return red, green, blue
    grey = int(number(item, "GraphicLayerRecommendedDisplayGrayscaleValue", 0xFFFF)) >> 8 & 0xFF
    return grey, grey, grey
