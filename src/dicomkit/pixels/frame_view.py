"""What is true of one frame: its functional groups, those of all frames, and the data set, as one (PS3.3 C.7.6.16)."""

from __future__ import annotations

from dicomkit.dataset import Dataset, Sequence
from dicomkit.errors import MissingElementError, UnknownKeywordError
from dicomkit.pixels.attributes import items

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FrameView"]

_SHARED, _PER_FRAME = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"


class FrameView:
    """The attributes of one frame, by keyword: ``view.PixelSpacing``, ``view["PixelSpacing"]``, ``view.get(…)``.

    An attribute of a functional group of the frame comes before one of the shared groups (PS3.3 C.7.6.16.1.1: a group
    is in one of the two), and both come before one of the data set, which enhanced multi-frame images have for what is
    true of the whole image. Groups are sequences; the attributes of the first item of each are those of the frame, the
    sequence itself is there too. In an image without functional groups every frame has the attributes of the data set.

    >>> import dicomkit
    >>> from dicomkit.pixels import FrameView
    >>> ds = dicomkit.dcmread("CT_small.dcm")
    >>> FrameView(ds, 0).RescaleIntercept
    -1024.0
    """

    __slots__ = ("_holders", "dataset", "number")

    dataset: Dataset
    number: int

    def __init__(self, ds: Dataset, number: int = 0) -> None:
        self.dataset = ds
        self.number = number
        self._holders = tuple(_holders(ds, number))

    def find(self, keyword: str) -> Dataset | None:
        """Return the data set or the item that has the attribute for this frame, None if none has."""
        for holder in self._holders:
            if keyword in holder:
                return holder
        self.dataset._tag_of(keyword)  # an UnknownKeywordError
        return None

    def get(self, keyword: str, default: object = None, /) -> object:
        """Return the value for a keyword, `default` where neither the frame nor the data set has it."""
        holder = self.find(keyword)
        return default if holder is None else holder.get(keyword, default)

    def __contains__(self, keyword: object) -> bool:
        return any(keyword in holder for holder in self._holders)

    def __getitem__(self, keyword: str) -> object:
        if keyword not in self:
            self.dataset._tag_of(keyword)
            raise MissingElementError(f"frame {self.number} has no {keyword}")
        return self.get(keyword)

    def __getattr__(self, name: str) -> object:
        if name[:1] == "_":
            raise AttributeError(name)
        try:
            return self[name]
        except UnknownKeywordError as error:
            raise UnknownKeywordError(name, error.nearest) from None

    def __repr__(self) -> str:
        return f"<FrameView of frame {self.number}>"


def _holders(ds: Dataset, number: int) -> Iterator[Dataset]:
    """What may have an attribute of a frame, the nearest first."""
    per_frame = ds.get(_PER_FRAME)
    if isinstance(per_frame, Sequence) and 0 <= number < len(per_frame):
        yield from _groups(per_frame[number])
    for shared in items(ds, _SHARED)[:1]:
        yield from _groups(shared)
    yield ds


def _groups(item: Dataset) -> Iterator[Dataset]:
    for element in item:
        value = element.value
        if isinstance(value, Sequence) and len(value):
            yield value[0]
    yield item
