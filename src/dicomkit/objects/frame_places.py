"""Where the frames of an image lie: planes of a patient's space, in order along their normal (PS3.3 C.7.6.16.2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dicomkit.core.frozen import Options
from dicomkit.dataset import Dataset, Sequence
from dicomkit.objects.source_frames import source_frames
from dicomkit.pixels.attributes import first_item, items, numbers

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    from dicomkit.objects.source_frames import SourceFrame

__all__ = ["FrameGroups", "FramePlaces", "Plane", "along_normal", "normal_of"]

# Positions are told apart to a tenth of a micrometre, cosines to a millionth: below that is how DS is rounded.
_POSITION_DIGITS, _COSINE_DIGITS = 4, 6
# The dimensions by which frames of one place are told apart.
_TEMPORAL = {0x00209128, 0x0020930D, 0x00189151, 0x00189074, 0x00200100, 0x00209153}


class Plane(Options):
    """Where frames lie: Image Position and Image Orientation (Patient), in millimetres, empty where nothing says.

    `time` are the values of the dimension indices that tell frames of one place apart by time, empty as a rule.
    """

    position: tuple[float, ...] = ()
    orientation: tuple[float, ...] = ()
    time: tuple[int, ...] = ()


class FrameGroups:
    """The functional groups of frames, of their own or shared by all; those of one frame are looked at as asked for."""

    __slots__ = ("_own", "_shared")

    def __init__(self, ds: Dataset) -> None:
        own = ds.get("PerFrameFunctionalGroupsSequence")
        self._own = own if isinstance(own, Sequence) else Sequence()
        self._shared = first_item(ds, "SharedFunctionalGroupsSequence") or Dataset()

    def __len__(self) -> int:
        return len(self._own)

    def find(self, frame: int, group: str) -> Dataset | None:
        """Return the first item of a functional group of a frame, its own before the shared one, None for none."""
        found = first_item(self._own[frame], group) if frame < len(self._own) else None
        return first_item(self._shared, group) if found is None else found

    def sources(self, frame: int) -> list[SourceFrame]:
        """Return the frames of other images that a frame was made of: its Derivation Image (C.7.6.16.2.6)."""
        for holder in (self._own[frame] if frame < len(self._own) else None, self._shared):
            derivations = items(holder, "DerivationImageSequence") if holder is not None else []
            if derivations:
                return [source for derivation in derivations for source in source_frames(derivation)]
        return []


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
            if item.get("DimensionIndexPointer") in _TEMPORAL
        ]
        numbers_of: dict[Hashable, int] = {}
        planes: list[Plane] = []
        found = np.empty(count, np.int32)
        for frame in range(count):
            plane = _plane(groups, frame, temporal)
            key: Hashable = (
                tuple([round(x, _COSINE_DIGITS) for x in plane.orientation]),
                tuple([round(x, _POSITION_DIGITS) for x in plane.position]),
                plane.time,
                None if plane.position else (tuple(groups.sources(frame)) or frame),
            )
            number = numbers_of.setdefault(key, len(planes))
            if number == len(planes):
                planes.append(plane)
            found[frame] = number
        order = along_normal(planes)
        rank = np.empty(len(planes), np.int32)
        rank[order] = np.arange(len(planes), dtype=np.int32)
        self.planes = tuple([planes[number] for number in order])
        self.of_frames = rank[found]


def _plane(groups: FrameGroups, frame: int, temporal: list[int]) -> Plane:
    place = groups.find(frame, "PlanePositionSequence")
    direction = groups.find(frame, "PlaneOrientationSequence")
    position = tuple(numbers(place, "ImagePositionPatient")) if place is not None else ()
    orientation = tuple(numbers(direction, "ImageOrientationPatient")) if direction is not None else ()
    time: tuple[int, ...] = ()
    if temporal:
        content = groups.find(frame, "FrameContentSequence")
        indices = numbers(content, "DimensionIndexValues") if content is not None else []
        time = tuple([int(indices[place]) for place in temporal if place < len(indices)])
    return Plane(
        position=position if len(position) == 3 else (),
        orientation=orientation if len(orientation) == 6 else (),
        time=time,
    )


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
