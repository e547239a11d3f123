"""Going through a data set and its items, with an explicit stack however deep they are (PS3.5 7.5)."""

from __future__ import annotations

from dicomkit.core.multi_value import MultiValue
from dicomkit.dataset.sequence import Sequence

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeVar

    from dicomkit.dataset.dataset import Dataset

    D = TypeVar("D", bound=Dataset)

__all__ = ["copy", "datasets"]


def datasets(ds: Dataset) -> Iterator[Dataset]:
    """Iterate over a data set and every item in it, depth first."""
    stack: list[Iterator[Dataset]] = [iter((ds,))]
    while stack:
        current = next(stack[-1], None)
        if current is None:
            stack.pop()
            continue
        yield current
        stack.append(_items_in(current))


def _items_in(ds: Dataset) -> Iterator[Dataset]:
    for element in ds:
        if element._may_nest():
            value = element.value
            if isinstance(value, Sequence):
                yield from value


def copy(ds: D) -> D:
    """Return an independent copy: the index is shared, edits are copied, values are decoded anew when asked for."""
    # Items that differ from the index are copied too; a list, not recursion, holds what is still to do.
    result = _twin(ds)
    todo: list[tuple[Dataset, Dataset]] = [(ds, result)]
    while todo:
        old, new = todo.pop()
        for tag, value in old._cache.copy().items():  # others may decode meanwhile
            edited = old._edits is not None and tag in old._edits
            if isinstance(value, Sequence):
                if edited or value._is_dirty():
                    new._cache[tag] = _copied(value, new, todo)
            elif edited:
                new._cache[tag] = _owned(value, new, tag)
    return result


def _twin(ds: D) -> D:
    new = type(ds).__new__(type(ds))
    new._bind_like(ds)
    new._edits = None if ds._edits is None else dict(ds._edits)
    new._dirty = ds._dirty
    new._inherited = ds._inherited_set()
    new._file = None if ds._file is None else ds._file.copied(ds._context)
    return new


def _owned(value: object, ds: Dataset, tag: int) -> object:
    return MultiValue(value, ds._on_change(tag)) if isinstance(value, MultiValue) else value


def _copied(old: Sequence, owner: Dataset, todo: list[tuple[Dataset, Dataset]]) -> Sequence:
    new = Sequence._of(owner, old._tag, old._home or owner, old._first, len(old._items))
    new._home = old._home
    new._changed = old._changed
    for position, item in enumerate(old._items):
        if item is None:
            continue
        if item._dirty or not _is_at_home(item, old, position):
            twin = _twin(item)
            twin._parent = new
            new._items[position] = twin
            todo.append((item, twin))
    return new


def _is_at_home(item: Dataset, sequence: Sequence, position: int) -> bool:
    """Whether an item is the one that the index has at this place: one put behind those is not."""
    home = sequence._home
    return home is not None and item._index is home._index and item._item == sequence._first + position
