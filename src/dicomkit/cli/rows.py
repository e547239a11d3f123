"""Going through a data set row by row, with the path and depth of each; an explicit stack, however deep it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dicomkit.core.vr import VR
from dicomkit.dataset import Sequence
from dicomkit.errors import DicomError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomkit.dataset import DataElement, Dataset

__all__ = ["Row", "rows"]


class Row(NamedTuple):
    """An element, or the beginning of an item.

    `path` leads to the data set that the row lies in: tags and item indexes by turns. `element` is None where an item
    begins. `hidden` counts the items that `max_depth` leaves out.
    """

    path: tuple[int, ...]
    element: DataElement | None
    hidden: int = 0

    @property
    def depth(self) -> int:
        """How many sequences it lies in."""
        return len(self.path) // 2


def rows(ds: Dataset, max_depth: int | None = None) -> Iterator[Row]:
    """Iterate over a data set, depth first; sequences deeper than `max_depth` are not gone into."""
    stack: list[Iterator[Row]] = [_of_dataset((), ds)]
    while stack:
        row = next(stack[-1], None)
        if row is None:
            stack.pop()
            continue
        sequence = _sequence(row.element)
        if sequence is None or not len(sequence):
            yield row
        elif max_depth is not None and row.depth >= max_depth:
            yield row._replace(hidden=len(sequence))
        else:
            yield row
            assert row.element is not None  # it has a sequence
            stack.append(_of_sequence((*row.path, row.element.tag), sequence))


def _sequence(element: DataElement | None) -> Sequence | None:
    try:
        if element is None or element.vr is not VR.SQ:
            return None
        value = element.value
    except DicomError:  # who shows the value says what is wrong with it
        return None
    return value if isinstance(value, Sequence) else None


def _of_dataset(path: tuple[int, ...], ds: Dataset) -> Iterator[Row]:
    for element in ds:
        yield Row(path, element)


def _of_sequence(path: tuple[int, ...], sequence: Sequence) -> Iterator[Row]:
    for number, item in enumerate(sequence):
        here = (*path, number)
        yield Row(here, None)
        for element in item:
            yield Row(here, element)
