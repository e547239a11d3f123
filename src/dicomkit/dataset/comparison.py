"""Equality of data sets, and what differs between two."""

from __future__ import annotations

from itertools import zip_longest

from dicomkit.core.tag import Tag
from dicomkit.dataset.sequence import Sequence
from dicomkit.errors import escaped, format_path

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomkit.dataset.dataset import Dataset
    from dicomkit.dataset.element import DataElement

__all__ = ["Difference", "differences", "equal"]


class Difference:
    """One element, or item, that differs: `path` leads to it, `left` and `right` are the elements, None where absent.

    For an item that only one side has, both are None and `item` says which side has it: "left" or "right".
    """

    __slots__ = ("item", "left", "path", "right")

    def __init__(
        self, path: tuple[int, ...], left: DataElement | None, right: DataElement | None, item: str = ""
    ) -> None:
        self.path = path
        self.left = left
        self.right = right
        self.item = item

    @property
    def kind(self) -> str:
        """What happened from left to right: "added", "removed" or "changed"."""
        if self.item:
            return "removed" if self.item == "left" else "added"
        return "added" if self.left is None else "removed" if self.right is None else "changed"

    def __repr__(self) -> str:
        return f"<Difference {self}>"

    def __str__(self) -> str:
        sides = [("-", self.left), ("+", self.right)]
        shown = [f"{sign}{escaped(str(side.vr))} {escaped(side.value)}" for sign, side in sides if side is not None]
        return f"{format_path(self.path)} {self.kind} {' '.join(shown)}".rstrip()


def equal(left: Dataset, right: Dataset) -> bool:
    """Whether both have the same elements with the same VRs and values, in items too; the encoding does not count."""
    return left is right or next(differences(left, right), None) is None


def differences(left: Dataset, right: Dataset) -> Iterator[Difference]:
    """Iterate over what differs, depth first in tag order; an explicit stack, so depth does not matter."""
    stack: list[tuple[tuple[int, ...], Dataset, Dataset]] = [((), left, right)]
    while stack:
        path, a, b = stack.pop()
        if a._index is not None and a._index is b._index and a._item == b._item and not a._dirty and not b._dirty:
            continue
        inner: list[tuple[tuple[int, ...], Dataset, Dataset]] = []
        tags_a, tags_b = a._tags(), b._tags()
        present_a, present_b = set(tags_a), set(tags_b)
        for tag in sorted(present_a | present_b):
            here = (*path, Tag(tag))
            if tag not in present_a:
                yield Difference(here, None, b[tag])
            elif tag not in present_b:
                yield Difference(here, a[tag], None)
            else:
                yield from _of_element(here, a[tag], b[tag], inner)
        stack.extend(reversed(inner))


def _of_element(
    path: tuple[int, ...], a: DataElement, b: DataElement, inner: list[tuple[tuple[int, ...], Dataset, Dataset]]
) -> Iterator[Difference]:
    left, right = a.value, b.value
    if isinstance(left, Sequence) and isinstance(right, Sequence):
        for number, (mine, theirs) in enumerate(zip_longest(left, right)):
            here = (*path, number)
            if mine is None or theirs is None:
                yield Difference(here, None, None, "right" if mine is None else "left")
            else:
                inner.append((here, mine, theirs))
    elif a.vr is not b.vr or not _same(left, right):
        yield Difference(path, a, b)


def _same(left: object, right: object) -> bool:
    if left == right:
        return True
    # A NaN equals nothing, not even the NaN in the same place.
    if isinstance(left, float) and isinstance(right, float):
        return left != left and right != right
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        return all(_same(a, b) for a, b in zip(left, right, strict=True))
    return False
