"""Where the frames of an image lie: planes of a patient's space, in order along their normal (PS3.3 C.7.6.16.2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dicomkit.core.frozen import Options
from dicomkit.dataset import Dataset, Sequence
from dicomkit.objects.source_frames import source_frames
from dicomkit.objects.structured_report import integers_of
from dicomkit.pixels.attributes import first_item, items, numbers

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    from dicomkit.objects.source_frames import SourceFrame

__all__ = ["FrameGroups", "FramePlaces", "Plane", "along_normal", "normal_of"]

# Positions are told apart to a tenth of a micrometre, cosines to a millionth: below that is how DS is rounded.
_POSITION_DIGITS, _COSINE_DIGITS = 4, 6
_PER_FRAME = "PerFrameFunctionalGroupsSequence"
# How often groups are looked at, three times a frame, before their objects are let go, of 3 kB a frame as a rule.
_KEPT = 200_000
# The dimensions by which frames of one place are told apart.
_TEMPORAL = {0x00209128, 0x0020930D, 0x00189151, 0x00189074, 0x00200100, 0x00209153}


class Plane(Options):
    """Where frames lie: Image Position and Image Orientation (Patient), in millimetres, empty where nothing says.

    `time` are the values of the dimension indices that tell frames of one place apart by time, empty as a rule.
    """

    position: tuple[float, ...] = ()
    orientation: tuple[float, ...] = ()
    time: tuple[int, ...] = ()


_NOWHERE = Plane()


class FrameGroups:
    """The functional groups of frames, of their own or shared by all; those of one frame are looked at as asked for.

    Of a data set that was read, the groups of at most some 60,000 frames are kept as objects at a time.
    """

    __slots__ = ("_ds", "_is_edited", "_looked_at", "_own", "_shared", "_shared_items", "_shared_sources")

    def __init__(self, ds: Dataset) -> None:
        self._ds = ds
        own = ds.get(_PER_FRAME)
        self._own = own if isinstance(own, Sequence) else Sequence()
        self._is_edited = self._own._is_dirty()
        self._looked_at = 0
        self._shared = first_item(ds, "SharedFunctionalGroupsSequence") or Dataset()
        self._shared_items: dict[str, Dataset | None] = {}
        self._shared_sources: list[SourceFrame] | None = None

    def __len__(self) -> int:
        return len(self._own)

    def own(self, frame: int) -> Dataset | None:
        """Return the item of a frame, None if it has none."""
        if frame >= len(self._own):
            return None
        self._looked_at += 1
        if self._looked_at >= _KEPT and not self._is_edited:
            # A copy shares what was read, and has decoded nothing.
            self._looked_at, self._own = 0, self._ds.copy()[_PER_FRAME].value
        return self._own[frame]

    def find(self, frame: int, group: str) -> Dataset | None:
        """Return the first item of a functional group of a frame, its own before the shared one, None for none."""
        own = self.own(frame)
        found = first_item(own, group) if own is not None else None
        return self.shared(group) if found is None else found

    def shared(self, group: str) -> Dataset | None:
        """Return the first item of a functional group of all frames, None for none."""
        if group not in self._shared_items:
            self._shared_items[group] = first_item(self._shared, group)
        return self._shared_items[group]

    def sources(self, frame: int) -> list[SourceFrame]:
        """Return the frames of other images that a frame was made of: its Derivation Image (C.7.6.16.2.6)."""
        own = self.own(frame)
        if own is not None and "DerivationImageSequence" in own:
            return _sources(own)
        if self._shared_sources is None:
            self._shared_sources = _sources(self._shared)
        return self._shared_sources


def _sources(holder: Dataset) -> list[SourceFrame]:
    return [source for item in items(holder, "DerivationImageSequence") for source in source_frames(item)]


class FramePlaces:
    """The plane of each frame: `planes`, in order along their normal, and for each frame its number in `of_frames`.

    Frames without a position are of one plane if they were made of the same frame of another image, and of a plane of
    their own if nothing says where they are.
    """

    __slots__ = ("of_frames", "planes")

    planes: tuple[Plane, ...]
    of_frames: NDArray[np.int32]

    def __init__(self, ds: Dataset, groups: FrameGroups, count: int) -> None:
        temporal = [
            place
            for place, item in enumerate(items(ds, "DimensionIndexSequence"))
            if _TEMPORAL.intersection(integers_of(item, "DimensionIndexPointer"))
        ]
        # By what is written, and by what that is when it is rounded.
        written: dict[Hashable, int] = {}
        rounded: dict[Hashable, int] = {}
        planes: list[Plane] = []
        found = np.empty(count, np.int32)
        for frame in range(count):
            place = groups.find(frame, "PlanePositionSequence")
            direction = groups.find(frame, "PlaneOrientationSequence")
            position = _numbers(place, "ImagePositionPatient", 3)
            orientation = _numbers(direction, "ImageOrientationPatient", 6)
            time = _time(groups.find(frame, "FrameContentSequence"), temporal) if temporal else ()
            origin = () if position else tuple(groups.sources(frame))
            if not (position or origin):
                found[frame] = len(planes)
                planes.append(_NOWHERE if not (orientation or time) else Plane(orientation=orientation, time=time))
                continue
            key = (position, orientation, time, origin)
            number = written.get(key, -1)
            if number < 0:
                near = tuple([round(x, _COSINE_DIGITS) for x in orientation])
                near_key = (tuple([round(x, _POSITION_DIGITS) for x in position]), near, time, origin)
                number = written[key] = rounded.setdefault(near_key, len(planes))
                if number == len(planes):
                    planes.append(Plane(position=position, orientation=orientation, time=time))
            found[frame] = number
        order = along_normal(planes)
        rank = np.empty(len(planes), np.int32)
        rank[order] = np.arange(len(planes), dtype=np.int32)
        self.planes = tuple([planes[number] for number in order])
        self.of_frames = rank[found]


def _numbers(item: Dataset | None, keyword: str, count: int) -> tuple[float, ...]:
    values = tuple(numbers(item, keyword)) if item is not None else ()
    return values if len(values) == count else ()


def _time(content: Dataset | None, temporal: list[int]) -> tuple[int, ...]:
    indices = numbers(content, "DimensionIndexValues") if content is not None else []
    return tuple([int(indices[place]) for place in temporal if place < len(indices)])


def normal_of(orientation: tuple[float, ...]) -> NDArray[np.float64]:
    """Return the normal of Image Orientation (Patient): the cross product of its row and its column direction."""
    return np.cross(np.array(orientation[:3], np.float64), np.array(orientation[3:], np.float64))


def along_normal(planes: list[Plane]) -> list[int]:
    """Return the numbers of planes in their order: by time, then along the normal; as they come if they differ in it.

    Planes of more than one orientation have no order, nor have planes without a position.
    """
    directions = {tuple([round(x, _POSITION_DIGITS) for x in plane.orientation]) for plane in planes}
    distances = [0.0] * len(planes)
    if len(directions) == 1 and all(plane.position and plane.orientation for plane in planes):
        normal = normal_of(planes[0].orientation)
        distances = [float(np.dot(normal, plane.position)) for plane in planes]
    return sorted(range(len(planes)), key=lambda number: (planes[number].time, distances[number]))
