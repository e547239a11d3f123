"""Segmentations read as labelled masks: BINARY, FRACTIONAL, LABELMAP, of slices and of slides (PS3.3 A.51, C.8.20)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from dicomkit.codecs import DEFAULT_REGISTRY
from dicomkit.core.frozen import Options
from dicomkit.core.issue import IssueCode
from dicomkit.errors import LimitExceededError, MissingElementError, PixelError
from dicomkit.objects.frame_places import FrameGroups, FramePlaces, Plane
from dicomkit.objects.structured_report import code_of, integers_of
from dicomkit.pixels.attributes import items, numbers, text
from dicomkit.pixels.attributes import number as number_of
from dicomkit.pixels.color import recommended_color
from dicomkit.pixels.describe import report
from dicomkit.pixels.frames import FrameReader
from dicomkit.pixels.tiles import TiledImage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from dicomkit.codecs import Registry
    from dicomkit.dataset import Dataset
    from dicomkit.objects.content_items import Code
    from dicomkit.objects.source_frames import SourceFrame

__all__ = ["Overlap", "Region", "Segment", "Segmentation", "SegmentationFrame"]

#: What is done where segments overlap.
Overlap: TypeAlias = Literal["refuse", "first", "last"]
#: Top, left, rows and columns of a part of the Total Pixel Matrix.
Region: TypeAlias = tuple[int, int, int, int]

_SEGMENT_SEQUENCE, _PER_FRAME, _NUMBER_OF_FRAMES = 0x00620002, 0x52009230, 0x00280008
_KINDS = ("BINARY", "FRACTIONAL", "LABELMAP")
_NONE = -1  # the segment of a frame that is of none


class Segment(Options):
    """A segment (PS3.3 C.8.20.4): its `number`, `label`, and what it is of, by codes: its `category` and its `type`.

    `algorithm_type` is AUTOMATIC, SEMIAUTOMATIC or MANUAL. `color` is its Recommended Display CIELab Value as sRGB, 0
    to 255, None where none is recommended. `tracking_id` and `tracking_uid` tell that segments of several instances are
    of one thing.
    """

    number: int = 0
    label: str = ""
    category: Code | None = None
    type: Code | None = None
    description: str = ""
    algorithm_type: str = ""
    algorithm_name: str = ""
    color: tuple[int, int, int] | None = None
    anatomic_region: Code | None = None
    tracking_id: str = ""
    tracking_uid: str = ""


class SegmentationFrame(Options):
    """What a frame of a segmentation is of: `segment`, None in a label map, in the plane of number `plane`.

    `top` and `left`, from 0, say where a tile lies in the Total Pixel Matrix; they are None elsewhere. `sources` are
    the frames of other images that it was made of.
    """

    number: int = 0
    segment: int | None = None
    plane: int = 0
    position: tuple[float, ...] = ()
    orientation: tuple[float, ...] = ()
    top: int | None = None
    left: int | None = None
    sources: tuple[SourceFrame, ...] = ()


class Segmentation:
    """A segmentation whose frames are decoded when a mask is asked for; safe to use from several threads.

    `kind` is BINARY, FRACTIONAL or LABELMAP, `fractional_type` PROBABILITY or OCCUPANCY of a FRACTIONAL one, `overlap`
    what it says of segments that share pixels: YES, NO, UNDEFINED, or "" where it says nothing. `planes` are where
    frames lie, in order along their normal; of a slide they are its focal planes, without a position. Masks are (rows,
    columns) of one plane, (planes, rows, columns) of all.

    Raises MissingElementError for what is no segmentation, PixelError for one that contradicts itself, and what
    `dicomkit.pixels.describe` raises. Frames that name no segment, or one that is not described, are an issue.
    """

    def __init__(self, ds: Dataset, *, registry: Registry = DEFAULT_REGISTRY) -> None:
        if "SegmentSequence" not in ds:
            raise MissingElementError("no segmentation: no Segment Sequence (0062,0002)", tag=_SEGMENT_SEQUENCE)
        self.dataset = ds
        self.kind = _kind(ds)
        self.fractional_type = text(ds, "SegmentationFractionalType").strip()
        self.overlap = "NO" if self.kind == "LABELMAP" else text(ds, "SegmentsOverlap").strip()
        self.segments: tuple[Segment, ...] = _segments(ds)
        self._reader = FrameReader(ds, raw=True, registry=registry)
        self._maximum = number_of(ds, "MaximumFractionalValue", 255) if self.kind == "FRACTIONAL" else 1
        if self._maximum < 1:
            raise PixelError(f"Maximum Fractional Value is {self._maximum:g} (PS3.3 C.8.20.2)")
        self._groups = FrameGroups(ds)
        self._tiles = TiledImage(ds, raw=True, registry=registry) if "TotalPixelMatrixRows" in ds else None
        self._count = self._counted()
        self._segment_of = self._segments_of_frames()
        if self._tiles is None:
            places = FramePlaces(ds, self._groups, self._count)
            self.planes: tuple[Plane, ...] = places.planes
            self._plane_of = places.of_frames
            shape = self._reader.description.frame.shape
        else:
            self.planes = (Plane(),) * self._tiles.focal_planes
            shape = self._tiles.rows, self._tiles.columns
        self.rows, self.columns = shape[0], shape[1]

    @property
    def is_tiled(self) -> bool:
        """Whether frames are tiles of a slide, and masks parts of its Total Pixel Matrix."""
        return self._tiles is not None

    def __len__(self) -> int:
        """The number of frames."""
        return self._count

    def __repr__(self) -> str:
        size = f"{self.columns}x{self.rows} in {len(self.planes)} planes"
        return f"<Segmentation {self.kind} {size}, {len(self.segments)} segments in {len(self)} frames>"

    def segment(self, number: int) -> Segment:
        """Return a segment by its number; IndexError for none of them."""
        for segment in self.segments:
            if segment.number == number:
                return segment
        raise IndexError(f"no segment is {number}; there are {', '.join(str(one.number) for one in self.segments)}")

    # -- frames --------------------------------------------------------------------------------------------------------

    def frame(self, number: int) -> SegmentationFrame:
        """Return what a frame, counted from 0, is of; IndexError for none of them."""
        if not 0 <= number < self._count:
            raise IndexError(f"frame {number} of {self._count} (the first is 0)")
        sources = tuple(self._groups.sources(number))
        if self._tiles is not None:
            return self._tile(self._tiles, number, sources)
        segment = None if self.kind == "LABELMAP" else int(self._segment_of[number])
        plane = int(self._plane_of[number])
        return SegmentationFrame(
            number=number,
            segment=None if segment == _NONE else segment,
            plane=plane,
            position=self.planes[plane].position,
            orientation=self.planes[plane].orientation,
            sources=sources,
        )

    def frames(self, segment: int | None = None, plane: int | None = None) -> Iterator[int]:
        """Iterate over the numbers of the frames of a segment, of a plane, or of both; those of a label map are of all.

        Raises IndexError for a segment or a plane that there is not.
        """
        if segment is not None:
            self.segment(segment)
        if plane is not None:
            self._check_plane(plane)
        if self._tiles is None:
            return iter(self._frames_in(segment, plane))
        return self._tiles_in(self._tiles, segment, plane)

    def _frames_in(self, segment: int | None, plane: int | None) -> list[int]:
        found = np.ones(self._count, np.bool_)
        if segment is not None and self.kind != "LABELMAP":
            found &= self._segment_of == segment
        if plane is not None:
            found &= self._plane_of == plane
        return [int(number) for number in np.flatnonzero(found)]

    def _tiles_in(self, tiles: TiledImage, segment: int | None, plane: int | None) -> Iterator[int]:
        for number in range(self._count):
            place = tiles.place(number)
            if place is None or (plane is not None and place.focal_plane != plane):
                continue
            if segment is None or self.kind == "LABELMAP" or tiles.optical_paths[place.optical_path] == str(segment):
                yield number

    def frames_of_source(self, sop_instance_uid: str, frame: int | None = None) -> Iterator[int]:
        """Iterate over the numbers of the frames that were made of an image, or of one frame, from 0, of it."""
        for number in range(self._count):
            for source in self._groups.sources(number):
                if source.sop_instance_uid == sop_instance_uid and (frame is None or source.frame in (frame, None)):
                    yield number
                    break

    # -- masks ---------------------------------------------------------------------------------------------------------

    def mask(
        self, segment: int, plane: int | None = None, *, region: Region | None = None, threshold: float = 0.5
    ) -> NDArray[np.bool_]:
        """Return where a segment is, in a plane or in all, as booleans.

        Of a FRACTIONAL segmentation it is where the fraction reaches `threshold`. `region` is a part of the Total Pixel
        Matrix of a slide; only its tiles are read. Raises IndexError for what there is not, LimitExceededError for a
        plane larger than ``Limits.frame_bytes``, PixelError for planes that do not fit into memory, and what decoding
        raises.
        """
        self.segment(segment)
        least = self._least(threshold)

        def is_there(one: int) -> NDArray[np.bool_]:
            stored = self._stored(segment, one, region)
            return stored == segment if self.kind == "LABELMAP" else stored >= least

        return self._of_planes(is_there, plane)

    def fractions(self, segment: int, plane: int | None = None, *, region: Region | None = None) -> NDArray[np.float32]:
        """Return how much of a segment there is, from 0 to 1: a probability or an occupancy; see `mask`.

        It is 0 or 1 where the segmentation is not FRACTIONAL.
        """
        self.segment(segment)

        def fraction(one: int) -> NDArray[np.float32]:
            stored = self._stored(segment, one, region)
            if self.kind == "LABELMAP":
                stored = stored == segment
            return np.asarray(stored / np.float32(self._maximum), np.float32)

        return self._of_planes(fraction, plane)

    def labels(
        self,
        plane: int | None = None,
        *,
        overlap: Overlap = "refuse",
        region: Region | None = None,
        threshold: float = 0.5,
    ) -> NDArray[np.unsignedinteger]:
        """Return for each pixel the number of the segment that it is of, 0 for none; see `mask`.

        The type is uint8, or uint16 where there are larger numbers. A pixel of several segments has no label:
        PixelError unless `overlap` says to take the "first" or the "last" of them, in the order of `segments`.
        """
        if overlap not in ("refuse", "first", "last"):
            raise ValueError(f'overlap is "refuse", "first" or "last", not {overlap!r}')
        largest = max([segment.number for segment in self.segments], default=0)
        dtype: np.dtype[np.unsignedinteger] = np.dtype("u1" if largest <= 0xFF else "u2")
        least = self._least(threshold)

        def label(one: int) -> NDArray[np.unsignedinteger]:
            if self.kind == "LABELMAP":
                stored = self._stored(0, one, region)
                return stored.astype(np.promote_types(dtype, stored.dtype), copy=False)
            return self._combined(one, region, dtype, overlap, least)

        return self._of_planes(label, plane)

    def _combined(
        self, plane: int, region: Region | None, dtype: np.dtype[np.unsignedinteger], overlap: Overlap, least: float
    ) -> NDArray[np.unsignedinteger]:
        """The labels of a plane from the masks of its segments."""
        out = np.zeros(self._shape(region), dtype)
        for segment in self.segments:
            if self._tiles is None and not self._frames_in(segment.number, plane):
                continue
            mask = self._stored(segment.number, plane, region) >= least
            if overlap != "last":
                taken = mask & (out != 0)
                if taken.any():
                    if overlap == "refuse":
                        row, column = np.argwhere(taken)[0]
                        both = f"{out[row, column]} and {segment.number}"
                        raise PixelError(
                            f"segments {both} overlap in plane {plane} at row {row}, column {column}: take them one by "
                            'one with mask(), or say overlap="first" or "last"'
                        )
                    mask &= ~taken
            out[mask] = segment.number
        return out

    def _of_planes(self, make: Callable[[int], np.ndarray], plane: int | None) -> np.ndarray:
        """What `make` gives for one plane, or for all, as an array of a dimension more."""
        if plane is not None:
            self._check_plane(plane)
            return make(plane)
        if not self.planes:
            return np.empty((0, self.rows, self.columns), np.uint8)
        first = make(0)
        try:
            out = np.empty((len(self.planes), *first.shape), first.dtype)
        except (MemoryError, ValueError) as error:
            raise PixelError(f"{len(self.planes)} planes do not fit into memory; take them one by one") from error
        out[0] = first
        for one in range(1, len(self.planes)):
            out[one] = make(one)
        return out

    def _stored(self, segment: int, plane: int, region: Region | None) -> np.ndarray:
        """The stored values of a segment in a plane; those of a label map are labels. 0 where there is no frame."""
        if self._tiles is not None:
            tiles, names = self._tiles, self._tiles.optical_paths
            path: int | str = 0 if self.kind == "LABELMAP" else str(segment)
            if path and path not in names:
                return np.zeros(self._shape(region), np.uint8)
            top, left, rows, columns = region or (0, 0, None, None)
            return tiles.region(top, left, rows, columns, plane, path)
        if region is not None:
            raise ValueError("a region is a part of a tiled image")
        frames = self._frames_in(segment, plane)
        if not frames:
            return np.zeros(self._shape(None), np.uint8)
        stored = self._reader.read(frames[0])
        for number in frames[1:]:  # what is said twice is there if one says so
            np.maximum(stored, self._reader.read(number), out=stored)
        return stored

    def _shape(self, region: Region | None) -> tuple[int, int]:
        top, left, rows, columns = region or (0, 0, self.rows, self.columns)
        if top < 0 or left < 0 or min(rows, columns) < 1 or top + rows > self.rows or left + columns > self.columns:
            message = f"{rows} rows from {top}, {columns} columns from {left}"
            raise IndexError(f"{message}: no region of {self.rows} rows and {self.columns} columns")
        limit = self.dataset._context.limits.frame_bytes
        if limit is not None and rows * columns > limit:
            raise LimitExceededError("frame_bytes", rows * columns, bound=limit)
        return rows, columns

    def _least(self, threshold: float) -> float:
        if not 0 < threshold <= 1:
            raise ValueError(f"a threshold is a fraction above 0 up to 1, not {threshold}")
        return threshold * self._maximum if self.kind == "FRACTIONAL" else 1

    # -- what frames are of --------------------------------------------------------------------------------------------

    def _counted(self) -> int:
        """How many frames can be told apart: those that have functional groups, unless their order says all."""
        there, described = len(self._reader), len(self._groups)
        if self._tiles is not None and self._tiles.is_full:
            rows, columns = self._tiles.grid
            return min(there, rows * columns * self._tiles.focal_planes * max(len(self._tiles.optical_paths), 1))
        if not described and there > 1:
            raise MissingElementError("no Per-Frame Functional Groups (5200,9230) say what frames are", tag=_PER_FRAME)
        if described and described != there:
            message = f"{there} frames, and functional groups of {described}"
            report(self.dataset, IssueCode.FRAME_COUNT_WRONG, message, "those that have both are used", _PER_FRAME)
        return min(there, described or 1)

    def _segments_of_frames(self) -> NDArray[np.int32]:
        """The number of the segment of each frame."""
        known = {segment.number for segment in self.segments}
        if self.kind == "LABELMAP" or (self._tiles is not None and self._tiles.is_full):
            return np.empty(0, np.int32)  # of all, or told by their order
        found = np.full(self._count, _NONE, np.int32)
        unnamed, undescribed = 0, set()
        for frame in range(self._count):
            item = self._groups.find(frame, "SegmentIdentificationSequence")
            named = integers_of(item, "ReferencedSegmentNumber") if item is not None else []
            if not named:
                unnamed += 1
            elif named[0] not in known:
                undescribed.add(named[0])
            else:
                found[frame] = named[0]
        if unnamed:
            self._report(f"{unnamed} of {self._count} frames name no segment")
        if undescribed:
            self._report(f"frames of segments that are not described: {', '.join(map(str, sorted(undescribed)[:9]))}")
        if self._count and unnamed == self._count:
            raise MissingElementError("no frame names its segment (PS3.3 C.8.20.3.1)", tag=0x0062000B)
        return found

    def _report(self, message: str) -> None:
        report(self.dataset, IssueCode.PIXEL_DESCRIPTION_WRONG, message, "they are in no mask", _PER_FRAME)

    def _tile(self, tiles: TiledImage, number: int, sources: tuple[SourceFrame, ...]) -> SegmentationFrame:
        """What a tile is of."""
        place = tiles.place(number)
        if place is None:
            return SegmentationFrame(number=number, sources=sources)
        name = tiles.optical_paths[place.optical_path]
        is_named = self.kind != "LABELMAP" and name.isdigit()
        return SegmentationFrame(
            number=number,
            segment=int(name) if is_named else None,
            plane=place.focal_plane,
            top=place.top,
            left=place.left,
            sources=sources,
        )

    def _check_plane(self, plane: int) -> None:
        if not 0 <= plane < len(self.planes):
            raise IndexError(f"plane {plane} of {len(self.planes)} (the first is 0)")


def _kind(ds: Dataset) -> str:
    """Segmentation Type, or what the bits of a pixel make of it where it is missing."""
    kind = text(ds, "SegmentationType").strip()
    if kind in _KINDS:
        return kind
    if kind:
        raise PixelError(f"a Segmentation Type that is none of {', '.join(_KINDS)} (PS3.3 C.8.20.2)")
    return "BINARY" if number_of(ds, "BitsAllocated", 1) == 1 else "FRACTIONAL"


def _segments(ds: Dataset) -> tuple[Segment, ...]:
    """The segments in the order of their sequence; of two of one number the first counts."""
    found: dict[int, Segment] = {}
    problems: list[str] = []
    for item in items(ds, "SegmentSequence"):
        values = integers_of(item, "SegmentNumber")
        if not values or values[0] in found:
            problems.append(f"a second segment {values[0]}" if values else "a segment without a number")
            continue
        found[values[0]] = _segment(item, values[0])
    for problem in problems[:9]:
        report(ds, IssueCode.PIXEL_DESCRIPTION_WRONG, problem, "left out", _SEGMENT_SEQUENCE)
    return tuple(found.values())


def _segment(item: Dataset, number: int) -> Segment:
    is_colored = len(numbers(item, "RecommendedDisplayCIELabValue")) == 3
    return Segment(
        number=number,
        label=text(item, "SegmentLabel"),
        category=code_of(item, "SegmentedPropertyCategoryCodeSequence"),
        type=code_of(item, "SegmentedPropertyTypeCodeSequence"),
        description=text(item, "SegmentDescription"),
        algorithm_type=text(item, "SegmentAlgorithmType"),
        algorithm_name=text(item, "SegmentAlgorithmName"),
        color=recommended_color(item, "RecommendedDisplayCIELabValue") if is_colored else None,
        anatomic_region=code_of(item, "AnatomicRegionSequence"),
        tracking_id=text(item, "TrackingID"),
        tracking_uid=text(item, "TrackingUID"),
    )
