"""The bases of ``_ext/record.pyx``, written plainly: their oracle in the tests, their replacement without a compiler.

The compiled ones decode values whose bytes decide everything by themselves, which must come to the same as what the
Python method ``_decode`` gives; these here ask ``_decode`` for everything (PS3.5 6.2).
"""

from __future__ import annotations

from weakref import ref

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from dicomkit._ext.pure.index import Index

__all__ = ["Change", "Items", "Record", "ValueTypes", "View"]

# Flags of the index, see scan.py.
_ELEMENT_SEQUENCE, _ELEMENT_UN, _ITEM_UNORDERED = 16, 256, 4
_SQ, _UN = 0x5351, 0x554E


class ValueTypes:
    """The classes of values, given once by the layer above."""

    __slots__ = (
        "age", "dataset", "date", "date_time", "ds_float", "is_int", "keywords", "multi_value", "person_name",
        "sequence", "tag", "time", "uid",
    )  # fmt: skip

    # Set when these classes exist: they stand on what is here.
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
    ) -> None:
        self.multi_value = multi_value
        self.ds_float = ds_float
        self.is_int = is_int
        self.uid = uid
        self.person_name = person_name
        self.date = date
        self.time = time
        self.date_time = date_time
        self.age = age
        self.tag = tag
        self.keywords = keywords


class Record:
    """One data set: an item of an index, the edits made to it, the values decoded so far.

    ``_edits`` maps a tag to the VR of the value that was set, or to None where it was deleted; ``_cache`` maps a tag to
    its value, read or set. Names that begin with a capital letter are keywords of the data dictionary, everything else
    is an ordinary attribute.
    """

    __slots__ = (
        "__weakref__", "_cache", "_context", "_dirty", "_edits", "_file", "_index", "_inherited", "_item", "_keywords",
        "_parent", "_types",
    )  # fmt: skip

    _index: Index | None
    _item: int
    _context: Any
    _parent: Any
    _edits: dict[int, Any] | None
    _cache: dict[int, Any]
    _dirty: bool
    _file: Any  # what a data set of a file has besides: file meta, preamble
    _inherited: Any  # the character set of a data set taken out of the one that declares it
    _types: ValueTypes | None
    _keywords: dict[str, int] | None

    def __new__(cls, *args: object, **kwargs: object) -> Record:
        self = object.__new__(cls)
        self._cache = {}
        self._item, self._dirty = 0, False
        self._index = self._context = self._parent = self._edits = self._file = self._inherited = None
        self._types = self._keywords = None
        return self

    def _bind(
        self, index: Index | None, item: int, context: Any, parent: Any, types: ValueTypes, keywords: dict[str, int]
    ) -> None:
        """Set what a data set stands on; `index` None for one from scratch."""
        if index is not None:
            index.item(item)  # raises if there is none
        self._index = index
        self._item = item
        self._context = context
        self._parent = parent
        self._types = types
        self._keywords = keywords

    def _bind_like(self, other: Record) -> None:
        """Stand on the same index as another data set, without its parent, edits and values."""
        self._index = other._index
        self._item = other._item
        self._context = other._context
        self._types = other._types
        self._keywords = other._keywords

    def _on_change(self, tag: int) -> Change:
        """Make what a list of values calls when it is changed in place."""
        return Change(self, tag)

    def _sibling(self, item: int, parent: Any) -> Any:
        """Make the data set of another item of the same index."""
        if self._index is None or self._types is None:
            raise ValueError("no such item")
        self._index.item(item)  # raises if there is none
        cls = self._types.dataset
        record = cls.__new__(cls)
        record._bind_like(self)
        record._item = item
        record._parent = parent
        return record

    # -- names -----------------------------------------------------------------------------------------------------

    def __getattribute__(self, name: str) -> Any:
        if "A" <= name[:1] <= "Z":
            keywords = object.__getattribute__(self, "_keywords")
            if keywords is not None:
                tag = keywords.get(name)
                return self._unknown_keyword(name) if tag is None else self._value_of(tag)
        return object.__getattribute__(self, name)

    def __setattr__(self, name: str, value: object) -> None:
        if "A" <= name[:1] <= "Z":
            self._set_keyword(name, value)
            return
        try:
            object.__setattr__(self, name, value)
        except AttributeError:
            self._refuse_attribute(name)

    def __delattr__(self, name: str) -> None:
        if "A" <= name[:1] <= "Z":
            self._delete_keyword(name)
            return
        object.__delattr__(self, name)

    # -- values ----------------------------------------------------------------------------------------------------

    def _value_of(self, tag: int) -> Any:
        """Return the value of a tag; MissingElementError if there is none."""
        if tag in self._cache:
            return self._cache[tag]
        if self._index is None or (self._edits is not None and tag in self._edits):
            return self._edited_value(tag)
        position = self._index.find(self._item, tag)
        if position < 0:
            return self._edited_value(tag)
        _, _, _, _, flags, first, count = self._index.element(position)
        if flags & _ELEMENT_SEQUENCE:
            assert self._types is not None  # bound with its index
            items = self._types.sequence.__new__(self._types.sequence)
            items._fill(self, tag, self, first, count)
            return self._cache.setdefault(tag, items)
        return self._decode(tag, position)

    def _keep_read(self, tag: int, value: Any) -> Any:
        """Keep the decoded value of an element that was read, and return the one that is kept."""
        return self._cache.setdefault(tag, value)

    def _elements(self, cls: type[View]) -> Iterator[Any]:
        """Iterate over the elements of an item in tag order; only for a data set without edits."""
        index = self._index
        if index is None:
            return
        for tag in index.tags(self._item):
            view = cls.__new__(cls)
            view._set(tag, self, None, None)
            yield view

    def _walk(self, cls: type[View], sequence: type) -> Iterator[Any]:
        """Iterate over the elements here and in items, depth first; `sequence` is the class of values to go into."""
        stack: list[Iterator[Any]] = [self._each(cls)]  # of elements, and below them of the items they stand in
        while stack:
            here = next(stack[-1], None)
            if here is None:
                stack.pop()
            elif isinstance(here, Record):
                stack.append(here._each(cls))
            else:
                yield here
                if here._may_nest():
                    value = here.value
                    if isinstance(value, sequence):
                        stack.append(iter(value))  # type: ignore[call-overload]  # a sequence of records

    def _each(self, cls: type[View]) -> Iterator[Any]:
        return self._elements(cls) if self._is_plain() else iter(self)

    def _is_plain(self) -> bool:
        """Whether iteration can follow the index: no edits, ascending tags."""
        return self._index is not None and not self._edits and not self._index.item(self._item)[4] & _ITEM_UNORDERED

    # -- what the layer above does ---------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError

    def _decode(self, tag: int, position: int) -> Any:
        raise NotImplementedError

    def _edited_value(self, tag: int) -> Any:
        raise NotImplementedError

    def _unknown_keyword(self, name: str) -> Any:
        raise NotImplementedError

    def _set_keyword(self, name: str, value: object) -> None:
        raise NotImplementedError

    def _delete_keyword(self, name: str) -> None:
        raise NotImplementedError

    def _refuse_attribute(self, name: str) -> None:
        raise NotImplementedError

    def _value_changed(self, tag: int) -> None:
        raise NotImplementedError


class Items:
    """The base of Sequence: items that are made when they are asked for.

    ``_items`` has a place for each, None where it was not made yet; ``_home`` is any data set of the index that they
    stand in, ``_first`` the number of the first there, ``_owner`` the data set that has the sequence under ``_tag``.
    """

    __slots__ = ("_changed", "_first", "_home", "_items", "_owner", "_tag")

    _items: list[Any]
    _home: Record | None
    _owner: Any
    _tag: int
    _first: int
    _changed: bool

    def __new__(cls, *args: object, **kwargs: object) -> Items:
        self = object.__new__(cls)
        self._items, self._home, self._owner = [], None, None
        self._tag = self._first = 0
        self._changed = False
        return self

    def _fill(self, owner: Any, tag: int, home: Record, first: int, count: int) -> None:
        """Stand for `count` items of an index, from number `first` on."""
        self._owner, self._tag, self._home, self._first = owner, int(tag), home, first
        self._items = [None] * count

    def _at(self, position: int) -> Any:
        """The item at a position from 0, made if need be."""
        if not 0 <= position < len(self._items):
            raise IndexError(f"item {position} of a sequence of {len(self._items)}")
        item = self._items[position]
        if item is None:
            assert self._home is not None  # only items of an index are not made yet
            item = self._home._sibling(self._first + position, self)
            # Another thread may have made it meanwhile: the first one stays.
            kept = self._items[position]
            if kept is not None:
                return kept
            self._items[position] = item
        return item

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, key: Any) -> Any:
        count = len(self._items)
        if isinstance(key, slice):
            return [self._at(position) for position in range(*key.indices(count))]
        position: int = key.__index__()
        if position < 0:
            position += count
        if not 0 <= position < count:
            raise IndexError(f"item {key} of a sequence of {count}")
        return self._at(position)

    def __iter__(self) -> Iterator[Any]:
        position = 0
        while position < len(self._items):
            yield self._at(position)
            position += 1


class Change:
    """Tells a data set that the list of values of one of its elements was changed in place."""

    __slots__ = ("_owner", "_tag")

    def __init__(self, owner: Record, tag: int) -> None:
        # Weak, so that a data set whose values were looked at goes away with its last reference.
        self._owner = ref(owner)
        self._tag = tag

    def __call__(self) -> None:
        owner = self._owner()
        if owner is not None:
            owner._value_changed(self._tag)


class View:
    """One element: a window on its data set (`_owner`), or a value of its own where it belongs to none."""

    __slots__ = ("_number", "_own", "_owner", "_vr")

    _number: int
    _owner: Any
    _own: Any
    _vr: Any

    def _set(self, tag: int, owner: Any, vr: Any, value: object) -> None:
        self._number = int(tag)
        self._owner = owner
        self._vr = vr
        self._own = value

    def _position(self) -> int:
        """Where the element stands in the index, -1 where it was not read or was edited since."""
        owner = self._owner
        if owner is None or owner._index is None or (owner._edits is not None and self._number in owner._edits):
            return -1
        position: int = owner._index.find(owner._item, self._number)
        return position

    def _may_nest(self) -> bool:
        """Whether the value may be a sequence: False only where the index rules it out."""
        position = self._position()
        if position < 0:
            return True
        _, vr, _, _, flags, _, _ = self._owner._index.element(position)
        return bool(flags & (_ELEMENT_SEQUENCE | _ELEMENT_UN)) or vr in (_SQ, _UN, 0)

    def _length(self) -> int | None:
        """The length of the value in the source, None where it was not read from one."""
        position = self._position()
        if position < 0:
            return None
        length: int = self._owner._index.element(position)[3]
        return length

    @property
    def value(self) -> Any:
        """The value, of the type that its VR has; decoded at first use."""
        return self._own if self._owner is None else self._owner._value_of(self._number)

    @value.setter
    def value(self, value: object) -> None:
        self._assign(value)

    def _assign(self, value: object) -> None:
        raise NotImplementedError
