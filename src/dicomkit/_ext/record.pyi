"""The compiled bases of Dataset and DataElement: keyword look-up, and the values that need no context.

What a data set stands on belongs to the layer above, so it is ``Any`` here; Dataset and DataElement declare it anew.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

from typing_extensions import disjoint_base

from dicomkit._ext.scan import Index

_V = TypeVar("_V", bound=View)

@disjoint_base
class ValueTypes:
    """The classes of values, given once by the layer above."""

    dataset: Any
    sequence: Any

    def __init__(
        self,
        *,
        multi_value: type,
        ds_float: type,
        is_int: type,
        uid: type,
        person_name: type,
        date: type,
        time: type,
        date_time: type,
        age: type,
        tag: type,
        keywords: dict[str, int],
    ) -> None: ...

@disjoint_base
class Record:
    """One data set: an item of an index, the edits made to it, the values decoded so far.

    A subclass has ``__iter__``, ``_decode``, ``_edited_value``, ``_unknown_keyword``, ``_set_keyword``,
    ``_delete_keyword``, ``_refuse_attribute`` and ``_value_changed``.
    """

    _index: Index | None
    _item: int
    _context: Any
    _parent: Any
    _edits: Any
    _cache: Any
    _dirty: bool
    _file: Any
    _inherited: Any

    def _bind(
        self, index: Index | None, item: int, context: Any, parent: Any, types: ValueTypes, keywords: dict[str, int]
    ) -> None: ...
    def _bind_like(self, other: Record) -> None: ...
    def _on_change(self, tag: int) -> Change: ...
    def _value_of(self, tag: int) -> Any: ...
    def _keep_read(self, tag: int, value: Any) -> Any: ...
    def _elements(self, cls: type[_V]) -> Iterator[_V]: ...
    def _walk(self, cls: type[_V], sequence: type) -> Iterator[_V]: ...
    def _is_plain(self) -> bool: ...

@disjoint_base
class Items:
    """The compiled base of Sequence: items that are made when they are asked for."""

    _items: Any
    _home: Any
    _owner: Any
    _tag: int
    _first: int
    _changed: bool

    def _fill(self, owner: Any, tag: int, home: Record, first: int, count: int) -> None: ...
    def _at(self, position: int) -> Any: ...
    def __len__(self) -> int: ...
    def __getitem__(self, key: Any, /) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...

@disjoint_base
class Change:
    """Tells a data set that the list of values of one of its elements was changed in place."""

    def __init__(self, owner: Record, tag: int) -> None: ...
    def __call__(self) -> None: ...

@disjoint_base
class View:
    """One element: a window on its data set (`_owner`), or a value of its own where it belongs to none.

    A subclass has ``_assign``, which sets the value.
    """

    _owner: Any
    _own: Any
    _vr: Any

    @property
    def _number(self) -> int: ...
    def _set(self, tag: int, owner: Any, vr: Any, value: object) -> None: ...
    def _may_nest(self) -> bool: ...
    def _length(self) -> int | None: ...
    @property
    def value(self) -> Any: ...
    @value.setter
    def value(self, value: object) -> None: ...
