"""The value of an SQ element: an ordered list of items, each a data set (PS3.5 7.5)."""

from __future__ import annotations

from dicomkit._ext import Items
from dicomkit.errors import ValueEncodeError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import SupportsIndex, overload

    from dicomkit.dataset.dataset import Dataset
else:

    def overload(function: object) -> object:
        return function


__all__ = ["Sequence"]


class Sequence(Items):
    """Items in order; a data set is made of one when it is asked for.

    An item belongs to one sequence: putting an item that belongs to another puts a copy of it (cheap, what it was read
    from is shared). Anything that is not a data set is a ValueEncodeError.
    """

    __slots__ = ()

    _items: list[Dataset | None]
    _home: Dataset | None
    _owner: Dataset | None
    _tag: int
    _changed: bool

    def __init__(self, items: Iterable[Dataset] = ()) -> None:
        self._items = [self._adopted(item) for item in items]

    @classmethod
    def _of(cls, owner: Dataset, tag: int, home: Dataset, first: int, count: int) -> Sequence:
        """Make the sequence of the items `first` … of the index that `home` stands on."""
        sequence = cls.__new__(cls)
        sequence._fill(owner, tag, home, first, count)
        return sequence

    if TYPE_CHECKING:

        def _at(self, position: int) -> Dataset: ...
        def __iter__(self) -> Iterator[Dataset]: ...
        @overload
        def __getitem__(self, position: SupportsIndex) -> Dataset: ...
        @overload
        def __getitem__(self, position: slice) -> list[Dataset]: ...  # noqa: F811
        def __getitem__(self, position: SupportsIndex | slice) -> Dataset | list[Dataset]: ...  # noqa: F811

    def _adopted(self, item: Dataset) -> Dataset:
        if not hasattr(item, "_parent"):
            raise ValueEncodeError("an item of a sequence is a Dataset", tag=self._tag or None, vr="SQ", value=item)
        if item._parent is not None or self._lies_in(item):
            item = item.copy()
        item._parent = self
        return item

    def _lies_in(self, ds: Dataset) -> bool:
        return self._owner is not None and self._owner._root() is ds

    def _leave(self) -> None:
        """Belong to no data set any more; the items keep the character set that they were read in."""
        self._make_all()
        for item in self:
            item._inherited = item._inherited_set()
        self._owner = None

    def _touch(self) -> None:
        self._changed = True
        if self._owner is not None:
            self._owner._touch()

    def _index_of(self, item: Dataset) -> int:
        """The position of an item that belongs here, by identity; -1 if it does not."""
        # An item of an index lies where it was read, unless the sequence was edited; looking for each of a million
        # items from the first one on would take for ever.
        position = item._item - self._first
        if 0 <= position < len(self._items) and self._items[position] is item:
            return position
        for position, candidate in enumerate(self._items):
            if candidate is item:
                return position
        return -1

    def _is_dirty(self) -> bool:
        """Whether it differs from what was read: items added, removed, or edited."""
        if self._changed:
            return True
        return any(item is not None and item._dirty for item in self._items)

    def _materialised(self) -> Iterator[Dataset]:
        return (item for item in self._items if item is not None)

    # -- what a list does -----------------------------------------------------------------------------------------

    @overload
    def __setitem__(self, position: SupportsIndex, value: Dataset) -> None: ...
    @overload
    def __setitem__(self, position: slice, value: Iterable[Dataset]) -> None: ...  # noqa: F811
    def __setitem__(  # noqa: F811
        self, position: SupportsIndex | slice, value: Dataset | Iterable[Dataset]
    ) -> None:
        self._make_all()
        if isinstance(position, slice):
            self._release(self._items[position])
            # The overloads say that there are several; a data set, which is iterable too, is refused by _adopted.
            self._items[position] = [self._adopted(item) for item in value]  # type: ignore[arg-type]
        else:
            adopted = self._adopted(value)  # type: ignore[arg-type]  # the overloads say that it is one
            self._release([self._items[position]])
            self._items[position] = adopted
        self._touch()

    def __delitem__(self, position: SupportsIndex | slice) -> None:
        self._make_all()
        removed = self._items[position]
        self._release(removed if isinstance(removed, list) else [removed])
        del self._items[position]
        self._touch()

    def insert(self, position: SupportsIndex, item: Dataset) -> None:
        """Put an item before `position`."""
        self._make_all()
        self._items.insert(position, self._adopted(item))
        self._touch()

    def append(self, item: Dataset) -> None:
        """Put an item at the end."""
        self._items.append(self._adopted(item))
        self._touch()

    def extend(self, items: Iterable[Dataset]) -> None:
        """Put items at the end."""
        for item in list(items):
            self.append(item)

    def __iadd__(self, items: Iterable[Dataset]) -> Sequence:
        self.extend(items)
        return self

    def pop(self, position: SupportsIndex = -1) -> Dataset:
        """Take an item out and return it; it belongs to no sequence then."""
        item = self[position]
        del self[position]
        return item

    def remove(self, item: Dataset) -> None:
        """Take out the first item that is, or equals, `item`; ValueError if there is none."""
        for position in range(len(self)):
            candidate = self._at(position)
            if candidate is item or candidate == item:
                del self[position]
                return
        raise ValueError("the item is not in the sequence")

    def clear(self) -> None:
        """Take all items out."""
        del self[:]

    def index(self, item: Dataset) -> int:
        """Return the position of the first item that is, or equals, `item`; ValueError if there is none."""
        for position, candidate in enumerate(self):
            if candidate is item or candidate == item:
                return position
        raise ValueError("the item is not in the sequence")

    def __contains__(self, item: object) -> bool:
        return any(candidate is item or candidate == item for candidate in self)

    def __reversed__(self) -> Iterator[Dataset]:
        for position in range(len(self._items) - 1, -1, -1):
            yield self._at(position)

    def reverse(self) -> None:
        """Turn the order of the items round."""
        self._make_all()
        self._items.reverse()
        self._touch()

    def sort(self, *, key: Callable[[Dataset], object], reverse: bool = False) -> None:
        """Sort the items by `key`."""
        self._make_all()
        self._items.sort(key=key, reverse=reverse)  # type: ignore[arg-type]  # a key that cannot be compared is its own error
        self._touch()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (Sequence, list, tuple)):
            return len(self) == len(other) and all(mine == theirs for mine, theirs in zip(self, other, strict=True))
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __reduce__(self) -> tuple[object, ...]:
        return Sequence, (list(self),)

    def __copy__(self) -> Sequence:
        return Sequence(item.copy() for item in self)

    def __deepcopy__(self, memo: object) -> Sequence:
        return self.__copy__()

    def __repr__(self) -> str:
        return f"<Sequence of {len(self)} item{'' if len(self) == 1 else 's'}>"

    def _make_all(self) -> None:
        for position in range(len(self._items)):
            self._at(position)
        self._home = None

    @staticmethod
    def _release(items: Iterable[Dataset | None]) -> None:
        for item in items:
            if item is not None:
                item._inherited = item._inherited_set()
                item._parent = None
