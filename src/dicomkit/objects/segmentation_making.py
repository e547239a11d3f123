"""Segmentations made of arrays over the images that were segmented (PS3.3 A.51, C.8.20)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from dicomkit.codecs import FrameFormat
from dicomkit.dataset import Dataset
from dicomkit.errors import ValueEncodeError
from dicomkit.objects.content_encoding import code_item
from dicomkit.objects.content_items import Code
from dicomkit.objects.derived_frames import add_dimensions, derived_instance, frames_of, source_reference
from dicomkit.objects.segmentation import Segment
from dicomkit.pixels.color import rgb_to_lab
from dicomkit.pixels.encode import put_native
from dicomkit.pixels.tiles import TiledImage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dicomkit.objects.derived_frames import GridFrame

__all__ = ["SegmentationKind", "segmentation"]

SegmentationKind: TypeAlias = Literal["BINARY", "FRACTIONAL", "LABELMAP"]

_STORAGE = "1.2.840.10008.5.1.4.1.1.66"
_SEGMENTATION = Code(value="113076", scheme="DCM", meaning="Segmentation")
_BACKGROUND = Code(value="125040", scheme="DCM", meaning="Background")
_MOST_SEGMENTS = 0xFFFF
# Dimensions: the attribute, the functional group it is in, its name.
_BY_SEGMENT = (0x0062000B, 0x0062000A, "Referenced Segment Number")
_BY_POSITION = (0x00200032, 0x00209113, "Image Position (Patient)")
_BY_STACK = ((0x00209056, 0x00209111, "Stack ID"), (0x00209057, 0x00209111, "In-Stack Position Number"))
_BY_TILE = (
    (0x0048021F, 0x0048021A, "Row Position In Total Image Pixel Matrix"),
    (0x0048021E, 0x0048021A, "Column Position In Total Image Pixel Matrix"),
)
# What a slide says of itself that its segmentations repeat.
_OF_SLIDE = (
    "TotalPixelMatrixRows", "TotalPixelMatrixColumns", "TotalPixelMatrixOriginSequence", "ImageOrientationSlide",
    "ContainerIdentifier", "IssuerOfTheContainerIdentifierSequence", "ContainerTypeCodeSequence",
    "SpecimenDescriptionSequence",
)  # fmt: skip


def segmentation(
    source: Dataset | Sequence[Dataset],
    masks: np.ndarray,
    segments: Sequence[Segment],
    *,
    kind: SegmentationKind = "BINARY",
    fractional_type: Literal["PROBABILITY", "OCCUPANCY"] = "PROBABILITY",
    maximum_fractional_value: int = 255,
    omit_empty: bool = True,
    **values: object,
) -> Dataset:
    """Return masks of images as a Segmentation, or as a Label Map Segmentation where `kind` is LABELMAP.

    `source` is one image with all its frames, or single-frame images in the order of the masks. `masks` are labels,
    integers (frames, rows, columns) that are segment numbers and 0 for none; or a mask for each of `segments`,
    (segments, frames, rows, columns), of booleans, or for FRACTIONAL of fractions from 0 to 1. Without the dimension of
    frames they are of a single one; booleans and fractions without that of segments are of a single segment. Of a tiled
    image they are of its Total Pixel Matrix, (rows, columns) or (segments, rows, columns), and are cut as it is.

    Segments need a label, a category and a type, and unless they are MANUAL the name of an algorithm; those without a
    number get 1, 2 and so on. Frames of nothing are left out unless `omit_empty` is False. Patient, study, frame of
    reference and positions are those of `source`; other elements come as keywords, ``ContentLabel="LIVER"``.

    Raises ValueEncodeError for masks that do not fit the images or the segments, among them overlaps in a label map.
    """
    if kind not in ("BINARY", "FRACTIONAL", "LABELMAP") or not 0 < maximum_fractional_value <= 255:
        raise ValueEncodeError("a segmentation is BINARY, FRACTIONAL with a maximum of 1 to 255, or LABELMAP")
    described = _numbered(segments, kind)
    frames = _Tiles(source) if _is_tiled(source) else _Slices(source)
    planes = _Masks(np.asarray(masks), described, frames, kind, maximum_fractional_value)
    kept = planes.kept(omit_empty)
    ds = derived_instance(frames.grid, "SEG")
    ds.SOPClassUID = f"{_STORAGE}.{7 if kind == 'LABELMAP' else 4}"
    now = time.localtime()
    ds.ContentDate, ds.ContentTime = time.strftime("%Y%m%d", now), time.strftime("%H%M%S", now)
    ds.SegmentationType = kind
    if kind == "FRACTIONAL":
        ds.SegmentationFractionalType, ds.MaximumFractionalValue = fractional_type, maximum_fractional_value
    ds.SegmentsOverlap = "YES" if planes.overlap() else "NO"
    ds.SegmentSequence = _segment_items(described, kind)
    _put_groups(ds, frames, described, kept, kind)
    _put_pixels(ds, planes, kept)
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


# -- what is segmented -------------------------------------------------------------------------------------------------


def _is_tiled(source: Dataset | Sequence[Dataset]) -> bool:
    return isinstance(source, Dataset) and "TotalPixelMatrixRows" in source


class _Slices:
    """Frames that are masked whole."""

    def __init__(self, source: Dataset | Sequence[Dataset]) -> None:
        self.grid: list[GridFrame] = frames_of(source)
        self.rows, self.columns = (int(self.grid[0].dataset[keyword].value) for keyword in ("Rows", "Columns"))
        self.shape: tuple[int, ...] = (len(self.grid), self.rows, self.columns)
        self.is_single = len(self.grid) == 1

    def __len__(self) -> int:
        return len(self.grid)

    def part(self, array: np.ndarray, frame: int) -> np.ndarray:
        found: np.ndarray = array[frame]
        return found

    def put_shared(self, ds: Dataset, shared: Dataset) -> None:
        first = self.grid[0]
        measures = Dataset()
        for keyword in ("PixelSpacing", "SliceThickness", "SpacingBetweenSlices"):
            holder = first.view.find(keyword)
            if holder is not None and holder.get(keyword) is not None:
                measures[keyword] = holder[keyword]
        if "PixelSpacing" in measures:
            shared.PixelMeasuresSequence = [measures]
        if first.orientation:
            shared.PlaneOrientationSequence = [Dataset(ImageOrientationPatient=list(first.orientation))]

    def dimensions(self) -> tuple[tuple[int, int, str], ...]:
        return (_BY_POSITION,) if self.grid[0].position else _BY_STACK

    def put_place(self, frame: int, item: Dataset, content: Dataset) -> list[int]:
        """Put the position of a frame; return its indices in the dimensions."""
        source = self.grid[frame]
        if source.position:
            holder = source.view.find("ImagePositionPatient")
            place = Dataset()
            if holder is not None:
                place["ImagePositionPatient"] = holder["ImagePositionPatient"]
            item.PlanePositionSequence = [place]
            return [frame + 1]
        content.StackID, content.InStackPositionNumber = "1", frame + 1
        return [1, frame + 1]

    def reference(self, frame: int) -> Dataset | None:
        return source_reference(self.grid[frame].dataset, self.grid[frame].number)


class _Tiles:
    """A slide, whose Total Pixel Matrix is masked; the tiles of the mask are those of the slide."""

    def __init__(self, source: Dataset | Sequence[Dataset]) -> None:
        assert isinstance(source, Dataset)  # _is_tiled says so
        self._source, self._tiles = source, TiledImage(source, raw=True)
        self.grid = [frames_of(source)[0]]
        self.rows, self.columns = self._tiles.tile_rows, self._tiles.tile_columns
        self.shape: tuple[int, ...] = (self._tiles.rows, self._tiles.columns)
        self.is_single = False

    def __len__(self) -> int:
        rows, columns = self._tiles.grid
        return rows * columns

    def _corner(self, frame: int) -> tuple[int, int]:
        row, column = divmod(frame, self._tiles.grid[1])
        return row * self.rows, column * self.columns

    def part(self, array: np.ndarray, frame: int) -> np.ndarray:
        """A tile, filled up with zeros beyond the edge."""
        top, left = self._corner(frame)
        cut = array[top : top + self.rows, left : left + self.columns]
        if cut.shape == (self.rows, self.columns):
            return cut
        tile = np.zeros((self.rows, self.columns), array.dtype)
        tile[: cut.shape[0], : cut.shape[1]] = cut
        return tile

    def put_shared(self, ds: Dataset, shared: Dataset) -> None:
        for keyword in _OF_SLIDE:
            if keyword in self._source:
                ds[keyword] = self._source[keyword]
        ds.DimensionOrganizationType = "TILED_SPARSE"
        view = self.grid[0].view
        measures = Dataset()
        for keyword in ("PixelSpacing", "SliceThickness"):
            holder = view.find(keyword)
            if holder is not None:
                measures[keyword] = holder[keyword]
        shared.PixelMeasuresSequence = [measures]

    def dimensions(self) -> tuple[tuple[int, int, str], ...]:
        return _BY_TILE

    def put_place(self, frame: int, item: Dataset, _: Dataset) -> list[int]:
        """Put where a tile lies; return its indices in the dimensions."""
        top, left = self._corner(frame)
        x, y = self._slide_position(top, left)
        item.PlanePositionSlideSequence = [
            Dataset(
                RowPositionInTotalImagePixelMatrix=top + 1,
                ColumnPositionInTotalImagePixelMatrix=left + 1,
                XOffsetInSlideCoordinateSystem=x,
                YOffsetInSlideCoordinateSystem=y,
                ZOffsetInSlideCoordinateSystem=0,
            )
        ]
        return [top // self.rows + 1, left // self.columns + 1]

    def _slide_position(self, top: int, left: int) -> tuple[float, float]:
        """Where the first pixel of a tile lies on the slide, in millimetres (C.8.12.2.1.2)."""
        origin = self._source.get("TotalPixelMatrixOriginSequence")
        x, y = 0.0, 0.0
        if origin:
            x = float(origin[0].get("XOffsetInSlideCoordinateSystem") or 0)
            y = float(origin[0].get("YOffsetInSlideCoordinateSystem") or 0)
        direction = self._source.get("ImageOrientationSlide") or [0, -1, 0, -1, 0, 0]
        spacing = self.grid[0].view.get("PixelSpacing") or [0, 0]
        assert isinstance(spacing, list)  # two numbers
        right, down = left * float(spacing[1]), top * float(spacing[0])
        x += right * float(direction[0]) + down * float(direction[3])
        y += right * float(direction[1]) + down * float(direction[4])
        return round(x, 6), round(y, 6)

    def reference(self, frame: int) -> Dataset | None:
        number = self._tiles.frame_number(*divmod(frame, self._tiles.grid[1]))
        return None if number is None else source_reference(self._source, number)


# -- masks -------------------------------------------------------------------------------------------------------------


class _Masks:
    """Masks of any layout, as the stored values of one frame of one segment; of a label map there is one, for all."""

    def __init__(
        self,
        array: np.ndarray,
        segments: Sequence[Segment],
        frames: _Slices | _Tiles,
        kind: SegmentationKind,
        maximum: int,
    ) -> None:
        if array.dtype.kind not in "biuf":
            raise ValueEncodeError(f"masks are booleans, integers or fractions, not {array.dtype}")
        self._frames, self._segments, self._kind, self._maximum = frames, segments, kind, maximum
        whole = frames.shape
        if frames.is_single and (array.ndim == 2 or (array.ndim == 3 and array.shape[0] == len(segments) > 1)):
            array = array[..., np.newaxis, :, :]
        if array.shape == whole and array.dtype.kind in "bf":
            array = array[np.newaxis]
        self.is_labels = array.shape == whole
        if not self.is_labels and array.shape != (len(segments), *whole):
            expected = f"{whole} of labels, or {(len(segments), *whole)} of masks"
            raise ValueEncodeError(f"masks of {array.shape}, where the images and segments make {expected}")
        if self.is_labels:
            self._check_labels(array)
        elif array.dtype.kind == "f":
            if kind != "FRACTIONAL":
                raise ValueEncodeError(f"fractions make a FRACTIONAL segmentation, not a {kind} one")
            if array.size and not (array.min() >= 0 and array.max() <= 1):
                raise ValueEncodeError("fractions are from 0 to 1")
        elif array.dtype.kind in "iu" and array.size and not (array.min() >= 0 and array.max() <= 1):
            raise ValueEncodeError("masks of single segments are booleans, or 0 and 1")
        self._array = array
        self._present: dict[int, frozenset[int]] = {}
        self.rows, self.columns = frames.rows, frames.columns
        largest = max(segment.number for segment in segments)
        self.dtype = np.dtype(np.uint16 if kind == "LABELMAP" and largest > 0xFF else np.uint8)

    def _check_labels(self, labels: np.ndarray) -> None:
        known = np.array([0, *[segment.number for segment in self._segments]])
        strange = np.setdiff1d(np.unique(labels), known)
        if strange.size:
            raise ValueEncodeError(f"the label {strange[0]} is the number of no segment")

    def stored(self, segment: int, frame: int) -> np.ndarray:
        """The values of a frame as they are stored, for the segment at a place, or as a label map."""
        if self._kind == "LABELMAP":
            return self._label(frame)
        if self.is_labels:
            present = self._frames.part(self._array, frame) == self._segments[segment].number
            return np.where(present, np.uint8(self._scale), np.uint8(0))
        part = self._frames.part(self._array[segment], frame)
        if part.dtype.kind == "f":
            fractions: np.ndarray = np.rint(part * self._maximum).astype(np.uint8)
            return fractions
        return np.where(part != 0, np.uint8(self._scale), np.uint8(0))

    @property
    def _scale(self) -> int:
        return self._maximum if self._kind == "FRACTIONAL" else 1

    def _label(self, frame: int) -> np.ndarray:
        if self.is_labels:
            found: np.ndarray = self._frames.part(self._array, frame).astype(self.dtype)
            return found
        label = np.zeros((self._frames.rows, self._frames.columns), self.dtype)
        for place, segment in enumerate(self._segments):
            mask = self._frames.part(self._array[place], frame).astype(bool)
            if (label[mask] != 0).any():
                raise ValueEncodeError(f"segment {segment.number} overlaps another in frame {frame}: no label map")
            label[mask] = segment.number
        return label

    def kept(self, omit_empty: bool) -> list[tuple[int, int]]:
        """The (segment, frame) that become frames, by their places; at least one, for there is no image without."""
        places = range(1 if self._kind == "LABELMAP" else len(self._segments))
        every = [(segment, frame) for segment in places for frame in range(len(self._frames))]
        if not omit_empty:
            return every
        return [pair for pair in every if self._is_present(*pair)] or every[:1]

    def _is_present(self, segment: int, frame: int) -> bool:
        """Whether a frame has anything of a segment; of labels all are found at once."""
        if not self.is_labels or self._kind == "LABELMAP":
            return bool(self.stored(segment, frame).any())
        if frame not in self._present:
            self._present[frame] = frozenset(np.unique(self._frames.part(self._array, frame)).tolist())
        return self._segments[segment].number in self._present[frame]

    def overlap(self) -> bool:
        """Whether a pixel is of more than one segment."""
        if self.is_labels or self._kind == "LABELMAP" or len(self._segments) < 2:
            return False
        taken = np.zeros(self._array.shape[1:], np.bool_)
        for mask in self._array:
            present = mask != 0
            if (taken & present).any():
                return True
            taken |= present
        return False

    def packed(self, kept: Sequence[tuple[int, int]]) -> Iterator[bytes]:
        """The native frames; eight of single bits at once, which end on a byte whatever their size (PS3.5 8.1.1)."""
        if self._kind != "BINARY":
            for pair in kept:
                yield self.stored(*pair).astype(self.dtype.newbyteorder("<"), copy=False).tobytes()
            return
        for start in range(0, len(kept), 8):
            frames = np.stack([self.stored(*pair) for pair in kept[start : start + 8]])
            yield np.packbits(frames.reshape(-1), bitorder="little").tobytes()


# -- what is put -------------------------------------------------------------------------------------------------------


def _numbered(segments: Sequence[Segment], kind: str) -> list[Segment]:
    """The segments with their numbers; ValueEncodeError for what is no description of one."""
    if not 0 < len(segments) <= _MOST_SEGMENTS:
        raise ValueEncodeError(f"{len(segments)} segments: there are 1 to {_MOST_SEGMENTS}")
    found = [one if one.number else one.replace(number=place) for place, one in enumerate(segments, 1)]
    for place, segment in enumerate(found, 1):
        if not segment.label or segment.category is None or segment.type is None:
            message = f"segment {segment.number} needs a label, and codes for its category and its type (C.8.20.4)"
            raise ValueEncodeError(message, tag=0x00620002)
        if segment.algorithm_type not in ("", "MANUAL") and not segment.algorithm_name:
            raise ValueEncodeError(f"segment {segment.number} needs the name of its algorithm", tag=0x00620009)
        if not 0 < segment.number <= _MOST_SEGMENTS or (kind != "LABELMAP" and segment.number != place):
            raise ValueEncodeError("segments are numbered 1, 2 and so on (PS3.3 C.8.20.2)", value=segment.number)
    if len({segment.number for segment in found}) != len(found):
        raise ValueEncodeError("two segments of one number")
    return found


def _segment_items(segments: Sequence[Segment], kind: str) -> list[Dataset]:
    """The items of the segments; every value of a label map has one, what is no segment too (C.8.20.2.3)."""
    background = [Segment(label="Background", category=_BACKGROUND, type=_BACKGROUND)] if kind == "LABELMAP" else []
    return [_segment_item(segment) for segment in (*background, *segments)]


def _segment_item(segment: Segment) -> Dataset:
    assert segment.category is not None  # _numbered looked
    assert segment.type is not None
    item = Dataset()
    item.SegmentNumber, item.SegmentLabel = segment.number, segment.label
    item.SegmentedPropertyCategoryCodeSequence = [code_item(segment.category)]
    item.SegmentedPropertyTypeCodeSequence = [code_item(segment.type)]
    item.SegmentAlgorithmType = segment.algorithm_type or "MANUAL"
    if segment.algorithm_type not in ("", "MANUAL"):
        item.SegmentAlgorithmName = segment.algorithm_name
    if segment.description:
        item.SegmentDescription = segment.description
    if segment.color is not None:
        item.RecommendedDisplayCIELabValue = list(rgb_to_lab(segment.color))
    if segment.anatomic_region is not None:
        item.AnatomicRegionSequence = [code_item(segment.anatomic_region)]
    if segment.tracking_id or segment.tracking_uid:
        item.TrackingID, item.TrackingUID = segment.tracking_id, segment.tracking_uid
    return item


def _put_groups(
    ds: Dataset,
    frames: _Slices | _Tiles,
    segments: Sequence[Segment],
    kept: Sequence[tuple[int, int]],
    kind: SegmentationKind,
) -> None:
    """Put dimensions and functional groups (PS3.3 C.8.20.3)."""
    by_segment = () if kind == "LABELMAP" else (_BY_SEGMENT,)
    add_dimensions(ds, (*by_segment, *frames.dimensions()))
    shared = Dataset()
    frames.put_shared(ds, shared)
    items = []
    for place, frame in kept:
        item, content = Dataset(), Dataset()
        indices = frames.put_place(frame, item, content)
        if kind != "LABELMAP":
            number = segments[place].number
            indices = [number, *indices]
            item.SegmentIdentificationSequence = [Dataset(ReferencedSegmentNumber=number)]
        content.DimensionIndexValues = indices
        item.FrameContentSequence = [content]
        reference = frames.reference(frame)
        if reference is not None:
            derivation = Dataset(DerivationCodeSequence=[code_item(_SEGMENTATION)], SourceImageSequence=[reference])
            item.DerivationImageSequence = [derivation]
        items.append(item)
    ds.SharedFunctionalGroupsSequence = [shared]
    ds.PerFrameFunctionalGroupsSequence = items


def _put_pixels(ds: Dataset, planes: _Masks, kept: Sequence[tuple[int, int]]) -> None:
    bits = 1 if ds.SegmentationType == "BINARY" else planes.dtype.itemsize * 8
    frame = FrameFormat(
        rows=planes.rows,
        columns=planes.columns,
        bits_allocated=bits,
        bits_stored=bits,
        photometric_interpretation="MONOCHROME2",
    )
    ds.NumberOfFrames = len(kept)
    put_native(ds, frame, len(kept), b"".join(planes.packed(kept)))
    if ds.SegmentationType == "LABELMAP":
        ds.PixelPaddingValue = 0
