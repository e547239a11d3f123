"""Softcopy presentation states of images: grayscale, colour and pseudo-colour (PS3.3 A.33.1, A.33.2, A.33.3)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from dicomkit.dataset import DataElement, Dataset
from dicomkit.errors import PixelError
from dicomkit.objects.evidence import ReferencedInstance, referenced_instance
from dicomkit.objects.new_instance import new_instance
from dicomkit.objects.presentation_encoding import (
    annotation_items,
    check_names,
    layer_items,
    put_area_corners,
    put_shutters,
    reference_items,
)
from dicomkit.objects.presentation_values import DisplayedArea, SoftcopyPresentation
from dicomkit.objects.srgb_profile import srgb_profile
from dicomkit.pixels.attributes import first_item, items, number, numbers, text
from dicomkit.pixels.color import icc_profile
from dicomkit.pixels.frame_view import FrameView
from dicomkit.pixels.luts import LookupTable, Window, full_range, voi_luts, windows
from dicomkit.pixels.overlays import overlays

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable
    from typing import TypeAlias

    from dicomkit.pixels.grey import Voi
    from dicomkit.pixels.palette import Palette

    #: An image, or some of its frames, from 1.
    ShownImage: TypeAlias = Dataset | tuple[Dataset, Iterable[int]]

__all__ = ["presentation_state"]

_STORAGE = "1.2.840.10008.5.1.4.1.1.11"
_CLASSES = {"GRAYSCALE": f"{_STORAGE}.1", "COLOR": f"{_STORAGE}.2", "PSEUDO-COLOR": f"{_STORAGE}.3"}
_XRAY = ("1.2.840.10008.5.1.4.1.1.12.1", "1.2.840.10008.5.1.4.1.1.12.2")
# Type 2 of General Series, General Equipment and Presentation State Identification.
_EMPTY = ("Manufacturer", "Laterality", "ContentDescription", "ContentCreatorName")
# C.7.3.1: what of the body a series shows; nobody else knows it.
_OF_THE_BODY = ("BodyPartExamined", "Laterality")
_REFERENCES = "ReferencedImageSequence"


class _Shown:
    """A frame of an image that is shown, with its attributes, and the reference to it."""

    __slots__ = ("frame", "instance", "view")

    def __init__(self, view: FrameView, instance: ReferencedInstance, frame: int | None) -> None:
        self.view = view
        self.instance = instance
        self.frame = frame


def presentation_state(
    images: Iterable[ShownImage],
    presentation: SoftcopyPresentation | None = None,
    *,
    like: Dataset | None = None,
    **values: object,
) -> Dataset:
    """Return a presentation state of images of one study, ``[image, (cine, [3, 5])]`` for two frames of the second.

    Grey images make a grayscale one, or with a palette a pseudo-colour one, those in colours a colour one, which has
    neither windows nor lookup tables. What the images have and the presentation does not say, modality LUT, windows,
    inversion, pixel spacing, ICC profile, is taken over. Pixels are not looked at. Patient and study are those of
    `like`, or of the first image. Other elements come as keywords, and go before what is made up.

    Raises PixelError for a presentation that the images do not have, and for images that no state can show together;
    ValueEncodeError for values that do not fit.
    """
    said = SoftcopyPresentation() if presentation is None else presentation
    chosen = [(each, ()) if isinstance(each, Dataset) else (each[0], tuple(each[1])) for each in images]
    if not chosen:
        raise PixelError("a presentation state of no image")
    instances = [referenced_instance(ds, frames=frames) for ds, frames in chosen]
    if len({each.study_instance_uid for each in instances}) > 1:
        raise PixelError("a presentation state of images of several studies (PS3.3 C.11.11)")
    shown = [frame for (ds, _), each in zip(chosen, instances, strict=True) for frame in _frames(ds, each)]
    kind = _kind(said, shown)
    check_names(said)
    texts = [said.creator, said.description, *[each.description for each in said.layers]]
    texts += [each.text for annotation in said.annotations for each in annotation.texts]
    ds = new_instance(chosen[0][0] if like is None else like, _EMPTY, texts)
    ds.SOPClassUID = _CLASSES[kind]
    ds.Modality = "PR"
    ds.SeriesNumber, ds.InstanceNumber = 1, 1
    _identify(ds, said)
    for keyword in _OF_THE_BODY:
        if keyword in chosen[0][0]:
            ds[keyword] = chosen[0][0][keyword]
    ds.ReferencedSeriesSequence = _by_series(instances)
    if kind == "COLOR":
        _refuse_grey(said)
    else:
        _put_modality(ds, shown)
        _put_voi(ds, said, shown)
    if kind == "GRAYSCALE":
        _put_presentation_lut(ds, said, shown)
    else:
        ds.ICCProfile = icc_profile(shown[0].view) or srgb_profile()
    if said.palette is not None:
        _put_palette(ds, said.palette)
    _put_areas(ds, said, shown)
    ds.ImageRotation = said.rotation
    ds.ImageHorizontalFlip = "Y" if said.is_flipped else "N"
    put_shutters(ds, said, has_color=kind != "GRAYSCALE")
    _put_layers(ds, said, [each for each, _ in chosen])
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def _frames(ds: Dataset, instance: ReferencedInstance) -> list[_Shown]:
    """The frames whose attributes differ, where they can: of those that have functional groups."""
    groups = len(items(ds, "PerFrameFunctionalGroupsSequence"))
    if not groups:
        return [_Shown(FrameView(ds, 0), instance, None)]
    last = min(int(number(ds, "NumberOfFrames", 1)), groups)
    return [_Shown(FrameView(ds, each - 1), instance, each) for each in instance.frames or range(1, last + 1)]


def _kind(said: SoftcopyPresentation, shown: list[_Shown]) -> str:
    kinds = set()
    for each in shown:
        has_color = number(each.view, "SamplesPerPixel", 1) > 1
        kinds.add(
            "COLOR" if has_color or text(each.view, "PhotometricInterpretation") == "PALETTE COLOR" else "GRAYSCALE"
        )
    if len(kinds) > 1:
        raise PixelError("a presentation state of grey images and of others in colours")
    kind = kinds.pop()
    if said.palette is None:
        return kind
    if kind == "COLOR":
        raise PixelError("a palette for images that have colours")
    return "PSEUDO-COLOR"


def _identify(ds: Dataset, said: SoftcopyPresentation) -> None:
    now = time.localtime()
    ds.PresentationCreationDate = time.strftime("%Y%m%d", now)
    ds.PresentationCreationTime = time.strftime("%H%M%S", now)
    ds.ContentLabel = said.label
    if said.description:
        ds.ContentDescription = said.description
    if said.creator:
        ds.ContentCreatorName = said.creator


def _by_series(instances: list[ReferencedInstance]) -> list[Dataset]:
    """Items of the Referenced Series Sequence (C.11.11); frames of one image are one reference."""
    series: dict[str, dict[str, ReferencedInstance]] = {}
    for each in instances:
        found = series.setdefault(each.series_instance_uid, {})
        before = found.get(each.sop_instance_uid)
        frames = each.frames if before is None else (*before.frames, *each.frames)
        is_whole = before is not None and not (before.frames and each.frames)
        found[each.sop_instance_uid] = each.replace(frames=() if is_whole else frames)
    return [
        Dataset(SeriesInstanceUID=uid, ReferencedImageSequence=reference_items(found.values()))
        for uid, found in series.items()
    ]


# -- lookup tables -----------------------------------------------------------------------------------------------------


def _refuse_grey(said: SoftcopyPresentation) -> None:
    if said.window is not None or said.presentation_lut is not None:
        raise PixelError("colours have neither windows nor presentation LUTs (PS3.3 A.33.2)")


def _put_modality(ds: Dataset, shown: list[_Shown]) -> None:
    """The modality LUT of the images, which a presentation state has for all of them (C.11.1)."""
    found: dict[Hashable, FrameView] = {}
    for each in shown:
        view = each.view
        if text(view, "SOPClassUID") in _XRAY:  # C.8.7.1.1.2: theirs is not for display
            found[()] = view
            continue
        item = first_item(view, "ModalityLUTSequence")
        table = None if item is None else LookupTable.of_item(item)
        rescale = (number(view, "RescaleSlope", 1) or 1, number(view, "RescaleIntercept", 0))
        key: Hashable = rescale if table is None else (table.first, table.bits, table.entries.tobytes())
        found[() if key == (1, 0) else key] = view
    if len(found) > 1:
        raise PixelError("images of different modality LUTs need presentation states of their own (PS3.3 C.11.1)")
    ((chosen, view),) = found.items()
    if chosen == ():
        return
    item = first_item(view, "ModalityLUTSequence")
    if item is not None:
        ds.ModalityLUTSequence = [item.copy()]
        return
    ds.RescaleIntercept, ds.RescaleSlope = number(view, "RescaleIntercept", 0), number(view, "RescaleSlope", 1) or 1
    modality = text(view, "Modality") or text(view.dataset, "Modality")
    ds.RescaleType = text(view, "RescaleType") or ("HU" if modality == "CT" else "US")


def _put_voi(ds: Dataset, said: SoftcopyPresentation, shown: list[_Shown]) -> None:
    """Softcopy VOI LUTs (C.11.8): one for all, or one for each group of images and frames that have the same."""
    groups: dict[Hashable, tuple[Window | LookupTable, list[_Shown]]] = {}
    for each in shown:
        voi = _voi(said.window, each.view)
        if voi is None:
            continue
        key: Hashable = (voi.first, voi.bits, voi.entries.tobytes()) if isinstance(voi, LookupTable) else voi
        groups.setdefault(key, (voi, []))[1].append(each)
    made = []
    for voi, group in groups.values():
        item = _voi_item(voi)
        if len(group) < len(shown):
            setattr(item, _REFERENCES, _references(group))
        made.append(item)
    if made:
        ds.SoftcopyVOILUTSequence = made


def _voi(window: Voi | None, view: FrameView) -> Window | LookupTable | None:
    """The window or table of a frame, None for all values."""
    if isinstance(window, (Window, LookupTable)):
        return window
    if isinstance(window, tuple):
        center, width = window
        return Window.meant(center, width, text(view, "VOILUTFunction", "LINEAR"))
    found = windows(view)
    if window is None:
        if found:
            return found[0]
        bits, is_signed = int(number(view, "BitsStored", 16)), number(view, "PixelRepresentation", 0) == 1
        luts = voi_luts(view, is_signed=full_range(bits, is_signed, view)[0] < 0)
        return luts[0] if luts else None
    if isinstance(window, int):
        if not 0 <= window < len(found):
            raise PixelError(f"there is no window {window}: the image has {len(found)} (the first is 0)")
        return found[window]
    if window != "full":
        raise PixelError("the window of a presentation state is centre and width, a table, a number, or full")
    return None


def _voi_item(voi: Window | LookupTable) -> Dataset:
    if isinstance(voi, LookupTable):
        return Dataset(VOILUTSequence=[_lut_item(voi)])
    item = Dataset(WindowCenter=voi.center, WindowWidth=voi.width)
    if voi.explanation:
        item.WindowCenterWidthExplanation = voi.explanation
    if voi.function != "LINEAR":
        item.VOILUTFunction = str(voi.function)
    return item


def _lut_item(table: LookupTable) -> Dataset:
    """A table as an item; entries are words, whatever bits they have (C.11.2.1.1)."""
    item = Dataset()
    # 65,536 entries are said as 0; the count has no sign even where the descriptor has one (C.11.1.1).
    descriptor = [len(table.entries) & 0xFFFF, table.first, table.bits]
    item.add(DataElement(0x00283002, "SS" if table.first < 0 else "US", descriptor))
    if table.explanation:
        item.LUTExplanation = table.explanation
    item.add(DataElement(0x00283006, "OW", table.entries.astype("<u2").tobytes()))
    return item


def _put_presentation_lut(ds: Dataset, said: SoftcopyPresentation, shown: list[_Shown]) -> None:
    """The presentation LUT: a table, or a shape, by which MONOCHROME1 and inverted images look as they are meant."""
    if isinstance(said.presentation_lut, LookupTable):
        ds.PresentationLUTSequence = [_lut_item(said.presentation_lut)]
        return
    shapes = {said.presentation_lut or _shape(each.view) for each in shown}
    if len(shapes) > 1:
        raise PixelError("images of which some are inverted need presentation states of their own (PS3.3 C.11.6)")
    ds.PresentationLUTShape = shapes.pop()


def _shape(view: FrameView) -> str:
    said = text(view, "PresentationLUTShape")
    if said in ("IDENTITY", "INVERSE"):
        return said
    return "INVERSE" if text(view, "PhotometricInterpretation") == "MONOCHROME1" else "IDENTITY"


def _put_palette(ds: Dataset, palette: Palette) -> None:
    """A palette of 16 bit entries from 0 (C.7.9)."""
    scale = 0xFFFF / ((1 << palette.bits) - 1)
    colors = np.rint(palette.colors * scale).astype("<u2")
    for place, color in enumerate(("Red", "Green", "Blue")):
        tag = 0x00281101 + place
        ds.add(DataElement(tag, "US", [len(colors) & 0xFFFF, 0, 16]))
        setattr(ds, f"{color}PaletteColorLookupTableData", colors[:, place].tobytes())


# -- geometry ----------------------------------------------------------------------------------------------------------


def _put_areas(ds: Dataset, said: SoftcopyPresentation, shown: list[_Shown]) -> None:
    """Displayed areas (C.10.4): one for all, or one for each group of images of the same size and spacing."""
    area = DisplayedArea() if said.area is None else said.area
    groups: dict[Hashable, list[_Shown]] = {}
    for each in shown:
        size = int(number(each.view, "Columns", 0)), int(number(each.view, "Rows", 0))
        if min(size) < 1:
            raise PixelError("a presentation state of an image without Rows and Columns")
        whole = not area.right or not area.bottom
        groups.setdefault((size if whole else (), *_spacing(each.view)), []).append(each)
    made = []
    for group in groups.values():
        view = group[0].view
        item = Dataset()
        if len(group) < len(shown):
            setattr(item, _REFERENCES, _references(group))
        columns, rows = int(number(view, "Columns", 0)), int(number(view, "Rows", 0))
        placed = area.replace(right=area.right or columns, bottom=area.bottom or rows)
        if placed.right < placed.left or placed.bottom < placed.top:
            raise PixelError("the displayed area has no pixels")
        put_area_corners(item, placed, said.rotation, is_flipped=said.is_flipped)
        item.PresentationSizeMode = area.size_mode
        keyword, spacing = _spacing(view)
        if area.size_mode == "TRUE SIZE" and keyword != "PresentationPixelSpacing":
            raise PixelError("no TRUE SIZE of an image without pixel spacing (PS3.3 C.10.4)")
        setattr(item, keyword, list(spacing))
        if area.size_mode == "MAGNIFY":
            item.PresentationPixelMagnificationRatio = area.magnification
        made.append(item)
    ds.DisplayedAreaSelectionSequence = made


def _spacing(view: FrameView) -> tuple[str, tuple[float, ...]]:
    """Which element says how large pixels are, or only their shape, and what it says (C.10.4)."""
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"):
        values = numbers(view, keyword)
        if len(values) == 2 and min(values) > 0:
            return "PresentationPixelSpacing", tuple(values)
    values = numbers(view, "PixelAspectRatio")
    is_ratio = len(values) == 2 and min(values) > 0
    return "PresentationPixelAspectRatio", tuple([int(each) for each in values]) if is_ratio else (1, 1)


# -- layers ------------------------------------------------------------------------------------------------------------


def _put_layers(ds: Dataset, said: SoftcopyPresentation, images: list[Dataset]) -> None:
    """Graphic layers, annotations, and the overlays of the images (C.10.5, C.10.7, C.11.7)."""
    named = [each.layer for each in said.annotations]
    groups = sorted({each.group for image in images for each in overlays(image)}) if said.overlay_layer else []
    if groups:
        named.append(said.overlay_layer)
    layers = layer_items(said.layers, named)
    if layers:
        ds.GraphicLayerSequence = layers
    if said.annotations:
        ds.GraphicAnnotationSequence = annotation_items(said.annotations)
    for group in groups:
        ds.add(DataElement(group << 16 | 0x1001, "CS", said.overlay_layer))


def _references(group: list[_Shown]) -> list[Dataset]:
    """References to images, or to the frames of one that are in the group."""
    found: dict[str, ReferencedInstance] = {}
    for each in group:
        uid = each.instance.sop_instance_uid
        before = found.get(uid)
        frames = each.instance.frames if each.frame is None else (*(before.frames if before else ()), each.frame)
        found[uid] = each.instance.replace(frames=frames)
    return reference_items(found.values())
