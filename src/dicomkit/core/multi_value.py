"""The values of an element that has several (PS3.5 6.4)."""

from __future__ import annotations

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Self, SupportsIndex, TypeVar

    T = TypeVar("T")
else:
    T = object  # list[object] is a base class as good as any

__all__ = ["MultiValue"]


class MultiValue(list[T]):
    """A list that tells its owner when it changes, so that ``ds.ImageType.append("MPR")`` edits the data set.

    It equals a list of the same values. Slices and copies are nobody's: changing them changes no data set.
    """

    __slots__ = ("_on_change",)

    def __init__(self, values: Iterable[T] = (), on_change: Callable[[], object] | None = None) -> None:
        """Take the values, and what to call after each change."""
        super().__init__(values)
        self._on_change = on_change

    def _changed(self) -> None:
        if self._on_change is not None:
            self._on_change()

    def append(self, value: T, /) -> None:
        """Add a value at the end."""
        super().append(value)
        self._changed()

    def extend(self, values: Iterable[T], /) -> None:
        """Add values at the end."""
        # An iterable that raises leaves behind what it gave before.
        try:
            super().extend(values)
        finally:
            self._changed()

    def insert(self, index: SupportsIndex, value: T, /) -> None:
        """Add a value before the one at `index`."""
        super().insert(index, value)
        self._changed()

    def remove(self, value: T, /) -> None:
        """Remove the first value that equals `value`; raise ValueError if there is none."""
        super().remove(value)
        self._changed()

    def pop(self, index: SupportsIndex = -1, /) -> T:
        """Remove the value at `index` and return it."""
        value = super().pop(index)
        self._changed()
        return value

    def clear(self) -> None:
        """Remove all values."""
        super().clear()
        self._changed()

    def reverse(self) -> None:
        """Turn the order round."""
        super().reverse()
        self._changed()

    def sort(self, *, key: Any = None, reverse: bool = False) -> None:
        """Sort as list.sort does."""
        # A key that raises leaves the list half sorted.
        try:
            super().sort(key=key, reverse=reverse)
        finally:
            self._changed()

    def __setitem__(self, index: Any, value: Any, /) -> None:
        super().__setitem__(index, value)
        self._changed()

    def __delitem__(self, index: SupportsIndex | slice, /) -> None:
        super().__delitem__(index)
        self._changed()

    def __iadd__(self, values: Iterable[T], /) -> Self:  # type: ignore[misc,override]  # as list's
        self.extend(values)
        return self

    def __imul__(self, count: SupportsIndex, /) -> Self:
        super().__imul__(count)
        self._changed()
        return self

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> tuple[type[MultiValue[T]], tuple[list[T]]]:
        # Without the owner, who is not part of the values.
        return type(self), (list(self),)

    def __copy__(self) -> MultiValue[T]:
        return type(self)(self)
