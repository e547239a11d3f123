"""Parametric maps read as what they measure: arrays in real-world units (PS3.3 A.75, C.8.32, C.7.6.16.2.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dicomkit.codecs import DEFAULT_REGISTRY
from dicomkit.core.frozen import Options
from dicomkit.core.issue import IssueCode
from dicomkit.errors import LimitExceededError, MissingElementError, PixelError
from dicomkit.objects.frame_places import FrameGroups, FramePlaces, Plane
from dicomkit.objects.structured_report import code_of
from dicomkit.pixels.attributes import first_item, items, numbers, text
from dicomkit.pixels.describe import report
from dicomkit.pixels.frames import FrameReader
from dicomkit.pixels.real_world import RealWorldMapping

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicomkit.codecs import Registry
    from dicomkit.dataset import Dataset
    from dicomkit.objects.content_items import Code
    from dicomkit.objects.source_frames import SourceFrame

__all__ = ["ParametricMap", "Quantity"]

_PER_FRAME, _MAPPING = 0x52009230, 0x00409096
# The element that has the padding value, by what pixels are.
_PADDING = {"f4": "FloatPixelPaddingValue", "f8": "DoubleFloatPixelPaddingValue"}
_QUANTITY = ("246205007", "G-C1C6")  # SCT and SRT: the name of the content item that says what is measured


class Quantity(Options):
    """What the values of a map are: `units`, and by a code what is `measured`; `label` and `explanation` for people."""

    label: str = ""
    explanation: str = ""
    units: Code | None = None
    measured: Code | None = None


class ParametricMap:
    """A parametric map whose frames are decoded when values are asked for; safe to use from several threads.

    `quantities` are what it measures, mostly one, in the order of frames; `planes` where frames lie, in order along
    their normal. Values are (rows, columns) of one plane, (planes, rows, columns) of all: float64, in the units of the
    quantity, NaN for padding and where no mapping is for the stored value. Any image whose frames have real-world value
    mappings is read so, an enhanced MR image for instance.

    Raises MissingElementError for an image without mappings, PixelError for a mapping that contradicts itself, and what
    `dicomkit.pixels.describe` raises.
    """

    def __init__(self, ds: Dataset, *, registry: Registry = DEFAULT_REGISTRY) -> None:
        self.dataset = ds
        self._reader = FrameReader(ds, raw=True, registry=registry)
        self._groups = FrameGroups(ds)
        self._count = self._counted()
        places = FramePlaces(ds, self._groups, self._count)
        self.planes: tuple[Plane, ...] = places.planes
        self._plane_of = places.of_frames
        # The frame and the mapping of each quantity, by plane.
        self._found: dict[Quantity, dict[int, tuple[int, RealWorldMapping]]] = {}
        self._find_quantities()
        self.quantities: tuple[Quantity, ...] = tuple(self._found)
        if not self.quantities:
            raise MissingElementError(
                "no Real World Value Mapping (0040,9096): stored values have no unit", tag=_MAPPING
            )
        frame = self._reader.description.frame
        self.rows, self.columns = frame.rows, frame.columns
        name = _PADDING.get(frame.dtype.str[1:], "PixelPaddingValue")
        self._padding = numbers(ds, name)[:1]

    def __len__(self) -> int:
        """The number of frames."""
        return self._count

    def __repr__(self) -> str:
        labels = ", ".join(_name(quantity) for quantity in self.quantities[:3])
        return f"<ParametricMap {self.columns}x{self.rows} in {len(self.planes)} planes: {labels}>"

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """The type of stored values: integers, float32 or float64."""
        return self._reader.description.frame.dtype

    def mapping(self, quantity: int | str = 0, plane: int = 0) -> RealWorldMapping:
        """Return what makes a quantity of the stored values of a plane. Raises as `values` does."""
        return self._place(quantity, plane)[1]

    def sources(self, quantity: int | str = 0, plane: int = 0) -> tuple[SourceFrame, ...]:
        """Return the frames of other images that a plane was made of. Raises as `values` does."""
        return tuple(self._groups.sources(self._place(quantity, plane)[0]))

    def values(self, quantity: int | str = 0, plane: int | None = None) -> NDArray[np.float64]:
        """Return a quantity, by its place in `quantities` or its label, in a plane or in all.

        A plane without it is NaN where all are asked for. Raises IndexError for a quantity or a plane that there is
        not, LimitExceededError for a plane larger than ``Limits.frame_bytes``, PixelError for planes that do not fit
        into memory, and what decoding raises.
        """
        self._check_size()
        if plane is not None:
            return self._of_frame(*self._place(quantity, plane))
        found = self._found[self._quantity(quantity)]
        first, *rest = sorted(found)
        read = self._of_frame(*found[first])
        try:
            out = np.full((len(self.planes), *read.shape), np.nan)
        except (MemoryError, ValueError) as error:
            raise PixelError(f"{len(self.planes)} planes do not fit into memory; take them one by one") from error
        out[first] = read
        for place in rest:
            out[place] = self._of_frame(*found[place])
        return out

    def _of_frame(self, frame: int, mapping: RealWorldMapping) -> NDArray[np.float64]:
        stored = self._reader.read(frame)
        with np.errstate(all="ignore"):  # the numbers are the file's
            values = mapping.values(stored)
        for padding in self._padding:
            values[stored == padding] = np.nan
        return values

    def _quantity(self, quantity: int | str) -> Quantity:
        if isinstance(quantity, str):
            for one in self.quantities:
                if one.label == quantity:
                    return one
            raise IndexError(
                f"no quantity is labelled {quantity!r}; there are {', '.join(map(_name, self.quantities))}"
            )
        if not 0 <= quantity < len(self.quantities):
            raise IndexError(f"quantity {quantity} of {len(self.quantities)} (the first is 0)")
        return self.quantities[quantity]

    def _place(self, quantity: int | str, plane: int) -> tuple[int, RealWorldMapping]:
        found = self._found[self._quantity(quantity)]
        if not 0 <= plane < len(self.planes):
            raise IndexError(f"plane {plane} of {len(self.planes)} (the first is 0)")
        if plane not in found:
            raise IndexError(f"plane {plane} has no {_name(self._quantity(quantity))}")
        return found[plane]

    # -- what frames measure -------------------------------------------------------------------------------------------

    def _counted(self) -> int:
        """How many frames can be told apart; an image without functional groups has one mapping for all."""
        there, described = len(self._reader), len(self._groups)
        if described and described != there:
            message = f"{there} frames, and functional groups of {described}"
            report(self.dataset, IssueCode.FRAME_COUNT_WRONG, message, "those that have both are used", _PER_FRAME)
        if not described and there > 1:
            raise MissingElementError("no Per-Frame Functional Groups (5200,9230) say what frames are", tag=_PER_FRAME)
        return min(there, described or 1)

    def _find_quantities(self) -> None:
        # Most frames share their mappings, which are made once.
        shared = first_item(self.dataset, "SharedFunctionalGroupsSequence")
        common = _mappings(shared) or _mappings(self.dataset)
        twice = 0
        for frame in range(self._count):
            for quantity, mapping in _mappings(self._groups.own(frame)) or common:
                plane = int(self._plane_of[frame])
                places = self._found.setdefault(quantity, {})
                twice += plane in places
                places.setdefault(plane, (frame, mapping))
        if twice:
            message = f"{twice} frames of the same quantity and place as another"
            report(self.dataset, IssueCode.PIXEL_DESCRIPTION_WRONG, message, "the first of them is used", _PER_FRAME)

    def _check_size(self) -> None:
        limit, size = self.dataset._context.limits.frame_bytes, self.rows * self.columns * 8
        if limit is not None and size > limit:
            raise LimitExceededError("frame_bytes", size, bound=limit)


def _name(quantity: Quantity) -> str:
    units = quantity.units
    return quantity.label or (units.value if units is not None else "") or "?"


def _mappings(holder: Dataset | None) -> list[tuple[Quantity, RealWorldMapping]]:
    """The mappings of a functional group or a data set, with what they make."""
    if holder is None:
        return []
    return [
        (_quantity_of(item), RealWorldMapping.of_item(item)) for item in items(holder, "RealWorldValueMappingSequence")
    ]


def _quantity_of(item: Dataset) -> Quantity:
    measured = None
    for entry in items(item, "QuantityDefinitionSequence"):
        name = code_of(entry, "ConceptNameCodeSequence")
        if measured is None and name is not None and name.value in _QUANTITY:
            measured = code_of(entry, "ConceptCodeSequence")
    return Quantity(
        label=text(item, "LUTLabel").strip(),
        explanation=text(item, "LUTExplanation").strip(),
        units=code_of(item, "MeasurementUnitsCodeSequence"),
        measured=measured,
    )
