"""A Data Set: elements by keyword and tag (PS3.5 7), over the bytes it was read from.

A data set that was read is an immutable index over those bytes, plus the edits made since, plus the values decoded so
far. Reading never changes it, so any number of threads may read at once; editing needs the caller's own lock.
"""

from __future__ import annotations

from collections.abc import Mapping

from dicomkit._ext import Record, ValueTypes
from dicomkit._lazy import LazyMethod, load
from dicomkit.core.multi_value import MultiValue
from dicomkit.core.number import DSfloat, ISint
from dicomkit.core.person_name import PersonName
from dicomkit.core.tag import Tag
from dicomkit.core.temporal import Age, Date, DateTime, Time
from dicomkit.core.uid import UID
from dicomkit.core.vr import VR
from dicomkit.dataset import checking, comparison, deciding, decoding, render, walking
from dicomkit.dataset.coerce import coerce
from dicomkit.dataset.context import EXPLICIT_LITTLE, Context
from dicomkit.dataset.element import DataElement
from dicomkit.dataset.private import PrivateBlock, private_block
from dicomkit.dataset.sequence import Sequence
from dicomkit.errors import DicomError, MissingElementError, UnknownKeywordError, UnknownTagError, ValueEncodeError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, Self

    import numpy as np

    from dicomkit import pixels
    from dicomkit._ext import Index
    from dicomkit.core.buffer import ByteSource
    from dicomkit.core.issue import Issue
    from dicomkit.core.transfer_syntax import TransferSyntax
    from dicomkit.dataset._keywords import Keywords
    from dicomkit.dataset.coerce import Value
    from dicomkit.dataset.comparison import Difference
    from dicomkit.dictionary import Entry
    from dicomkit.encoding.charset import CharacterSet
    from dicomkit.file import write
    from dicomkit.formats import json, pydicom_objects, xml

    Key = int | str | tuple[int, int]
else:
    Keywords = object

__all__ = ["Dataset"]


def value_types(keywords: dict[str, int]) -> ValueTypes:
    """Give the kernel the classes of values and the keywords it looks names up in."""
    return ValueTypes(
        multi_value=MultiValue,
        ds_float=DSfloat,
        is_int=ISint,
        uid=UID,
        person_name=PersonName,
        date=Date,
        time=Time,
        date_time=DateTime,
        age=Age,
        tag=Tag,
        keywords=keywords,
    )


TYPES = value_types({})


class Dataset(Record, Keywords):
    """Data elements by keyword (``ds.PatientName``), keyword or tag (``ds["PatientName"]``, ``ds[0x0010, 0x0010]``).

    An attribute is the element's value, an item is the DataElement. Iterating gives elements in tag order. An absent
    element is a MissingElementError (an AttributeError and a KeyError); an unknown keyword is an UnknownKeywordError,
    on reading and on writing. What says nothing as its VR, ``"yesterday"`` as DA or 70000 as US, is a ValueEncodeError
    where it is put; what is only written otherwise than the standard does is put, and `check` finds it; a value that
    has the type of its VR, one that was read, is taken as it is.
    """

    __slots__ = ()

    _index: Index | None
    _context: Context
    _parent: Sequence | None
    _edits: dict[int, VR | str | None] | None
    _cache: dict[int, Value]
    _inherited: CharacterSet | None
    _file: FilePart | None

    def __init__(self, elements: Iterable[DataElement] | Mapping[Key, object] = (), **values: object) -> None:
        context = Context()
        self._bind(None, 0, context, None, TYPES, context.dictionary.keywords())
        self._edits = {}
        self._dirty = True
        self.update(elements)
        for keyword, value in values.items():
            setattr(self, keyword, value)

    @classmethod
    def _of(cls, index: Index, item: int, context: Context, parent: Sequence | None = None) -> Self:
        """Make the data set of an item of an index."""
        ds = cls.__new__(cls)
        ds._bind(index, item, context, parent, TYPES, context.dictionary.keywords())
        return ds

    def _inherited_set(self) -> CharacterSet | None:
        """The character set that the text was read in, for a copy that will not lie in the data set that says it."""
        return self._inherited if self._parent is None or self._index is None else decoding.character_set(self)

    # -- access ----------------------------------------------------------------------------------------------------

    @property
    def _read_index(self) -> Index:
        """The index, of a data set that was read."""
        assert self._index is not None
        return self._index

    def _tag_of(self, key: Key) -> int:
        if isinstance(key, int):
            return key if 0 <= key <= 0xFFFFFFFF else Tag(key)
        if isinstance(key, str):
            tag = self._context.dictionary.keywords().get(key)
            if tag is not None:
                return tag
            try:
                return Tag(key)
            except UnknownTagError:
                return self._context.dictionary.tag(key)  # an UnknownKeywordError with the nearest keyword
        return Tag(key)

    def _position_of(self, tag: int) -> int:
        """The position of a tag in the index, -1 if it was not read or has been edited since."""
        if self._index is None or (self._edits is not None and tag in self._edits):
            return -1
        return self._index.find(self._item, tag)

    def _has(self, tag: int) -> bool:
        if self._edits is not None and tag in self._edits:
            return self._edits[tag] is not None
        return self._index is not None and self._index.find(self._item, tag) >= 0

    def _vr_of(self, tag: int) -> VR:
        return decoding.vr_of(self, tag)

    def _edited_value(self, tag: int) -> Value:
        """The kernel's question about a tag that is not in the index: edits are in the cache, so it is absent."""
        raise self._missing(tag)

    def _decode(self, tag: int, position: int) -> Value:
        return decoding.decode(self, tag, position)

    def _missing(self, tag: int) -> MissingElementError:
        name = self._context.dictionary.keyword(tag) or self._context.dictionary.name(tag)
        what = f"{Tag(tag)} {name}" if name else str(Tag(tag))
        return MissingElementError(f"the data set has no {what}", tag=Tag(tag))

    def _unknown_keyword(self, name: str) -> object:
        try:
            return object.__getattribute__(self, name)
        except AttributeError:
            pass
        return self._context.dictionary.tag(name)  # raises

    def _refuse_attribute(self, name: str) -> None:
        nearest = self._context.dictionary.nearest(name)
        raise UnknownKeywordError(name, nearest)

    def __getitem__(self, key: Key) -> DataElement:
        tag = self._tag_of(key)
        if not self._has(tag):
            raise self._missing(tag)
        element = DataElement.__new__(DataElement)
        element._set(tag, self, None, None)
        return element

    def __contains__(self, key: object) -> bool:
        try:
            return self._has(self._tag_of(key))  # type: ignore[arg-type]  # anything may be asked for
        except DicomError:
            return False

    def get(self, key: Key, default: object = None) -> Any:
        """Return the value for a keyword, the element for a tag, `default` where the data set has none.

        That is so for what is no keyword, too, as for ``in``; as an attribute it raises UnknownKeywordError.
        """
        try:
            tag = self._tag_of(key)
        except DicomError:
            return default
        if not self._has(tag):
            return default
        return self._value_of(tag) if isinstance(key, str) and not key[:1].isdigit() and key[:1] != "(" else self[tag]

    def get_item(self, key: Key) -> DataElement:
        """Return the element, like ``ds[key]``; the spelling of ported code."""
        return self[key]

    def _tags(self) -> list[int]:
        """The tags present, ascending."""
        tags = self._index.tags(self._item) if self._index is not None else []
        if self._is_plain():
            return tags
        edits = self._edits or {}
        present = set(tags)
        present.update(edits)
        return sorted(tag for tag in present if tag not in edits or edits[tag] is not None)

    def __iter__(self) -> Iterator[DataElement]:
        if self._is_plain():
            yield from self._elements(DataElement)
            return
        for tag in self._tags():
            element = DataElement.__new__(DataElement)
            element._set(tag, self, None, None)
            yield element

    def __len__(self) -> int:
        return len(self._tags())

    def __bool__(self) -> bool:
        return len(self) > 0

    def keys(self) -> list[Tag]:
        """Return the tags in ascending order."""
        return [Tag(tag) for tag in self._tags()]

    def values(self) -> list[DataElement]:
        """Return the elements in tag order."""
        return list(self)

    def items(self) -> list[tuple[Tag, DataElement]]:
        """Return (tag, element) in tag order."""
        return [(element.tag, element) for element in self]

    def walk(self) -> Iterator[DataElement]:
        """Iterate over every element, depth first, those of items included."""
        return self._walk(DataElement, Sequence)

    def find(self, key: Key) -> Iterator[DataElement]:
        """Iterate over every element with a tag or keyword, in this data set and in items at any depth."""
        tag = self._tag_of(key)
        return (element for element in self.walk() if element._number == tag)

    # -- editing ---------------------------------------------------------------------------------------------------

    def _touch(self) -> None:
        """Mark this data set, and all that enclose it, as differing from what was read."""
        ds: Dataset | None = self
        while ds is not None and not ds._dirty:
            ds._dirty = True
            ds = ds._parent._owner if ds._parent is not None else None

    def _put(self, tag: int, vr: VR | str, value: object) -> None:
        self._keep(tag, vr, coerce(vr, value, tag))

    def _keep(self, tag: int, vr: VR | str, value: Value) -> None:
        """Put a value that has the type of its VR."""
        if isinstance(value, MultiValue):
            value = MultiValue(value, self._on_change(tag))
        elif isinstance(value, Sequence):
            # A sequence belongs to one data set, and never to one of its own items.
            value = value if value._owner is None and self._root()._parent is not value else Sequence(value)
        depending = deciding.undecided(self) if deciding.decides_vrs(tag) else []
        self._let_go(tag)
        if isinstance(value, Sequence):
            value._owner, value._tag, value._changed = self, tag, True
        if self._edits is None:
            self._edits = {}
        self._edits[tag] = vr
        self._cache[tag] = value
        self._touch()
        deciding.forget_changed(depending)

    def _let_go(self, tag: int) -> None:
        """Part with a value: what a caller does with it from now on is no edit of this data set."""
        value = self._cache.pop(tag, None)
        if isinstance(value, Sequence):
            value._leave()
        elif isinstance(value, MultiValue):
            value._on_change = None

    def _value_changed(self, tag: int) -> None:
        """A multi-valued value was changed in place: from now on it is an edit."""
        self._put_vr(tag)
        if deciding.decides_vrs(tag):
            deciding.forget_tables(self)

    def _put_vr(self, tag: int) -> None:
        vr = deciding.vr_to_keep(self, tag)
        if self._edits is None:
            self._edits = {}
        self._edits[tag] = vr
        self._touch()

    def _vr_to_set(self, tag: int) -> VR | str:
        """The VR that a new value of a tag gets: the present element's, else the dictionary's."""
        if self._has(tag):
            return deciding.vr_to_keep(self, tag)
        entry = self.private_entry(tag) if tag & 0x10000 else self._context.dictionary.find(tag)
        if entry is None or not entry.vr:
            raise UnknownTagError(
                f"{Tag(tag)} is not in the data dictionary: ds.add_new(0x{tag:08X}, vr, value) says its VR", tag=tag
            )
        return VR[entry.vr] if len(entry.vr) == 2 else entry.vr

    def _set_keyword(self, name: str, value: object) -> None:
        tag = self._context.dictionary.keywords().get(name)
        if tag is None:
            tag = self._context.dictionary.tag(name)  # raises UnknownKeywordError
        if isinstance(value, DataElement):
            value = value.value
        self._put(tag, self._vr_to_set(tag), value)

    def _delete_keyword(self, name: str) -> None:
        del self[self._context.dictionary.tag(name)]

    def __setitem__(self, key: Key, value: object) -> None:
        tag = self._tag_of(key)
        if not isinstance(value, DataElement):
            self._put(tag, self._vr_to_set(tag), value)
            return
        if value._number != tag:
            raise UnknownTagError(f"{value.tag} cannot be put under {Tag(tag)}", tag=value.tag)
        # It has the type of its VR already, or is text that was read and that its VR does not allow.
        self._keep(tag, value.vr, value.value)

    def __delitem__(self, key: Key) -> None:
        tag = self._tag_of(key)
        if not self._has(tag):
            raise self._missing(tag)
        depending = deciding.undecided(self) if deciding.decides_vrs(tag) else []
        self._let_go(tag)
        if self._edits is None:
            self._edits = {}
        if self._index is not None and self._index.find(self._item, tag) >= 0:
            self._edits[tag] = None
        else:
            del self._edits[tag]
        self._touch()
        deciding.forget_changed(depending)

    def add(self, element: DataElement) -> None:
        """Put an element, replacing one of the same tag."""
        if not isinstance(element, DataElement):
            raise TypeError(f"a DataElement is added, not {type(element).__name__}: ds.Keyword = value puts a value")
        self[element._number] = element

    def add_new(self, key: Key, vr: str, value: object) -> None:
        """Put an element made of its parts; the spelling of ported code."""
        self.add(DataElement(self._tag_of(key), vr, value))

    def pop(self, key: Key, *default: object) -> Any:
        """Remove an element and return it, decoded; `default` if there is none."""
        if default and key not in self:
            return default[0]
        tag = self._tag_of(key)
        if not self._has(tag):
            raise self._missing(tag)
        vr, value = self._vr_of(tag), self._value_of(tag)
        del self[tag]
        return DataElement._of(tag, vr, value)

    def setdefault(self, key: Key, value: object) -> DataElement:
        """Return the element, after putting `value` there if there was none."""
        tag = self._tag_of(key)
        if not self._has(tag):
            self[tag] = value
        return self[tag]

    def update(self, other: Iterable[DataElement] | Mapping[Key, object]) -> None:
        """Put all elements of another data set, or the values of a mapping of keywords or tags."""
        if isinstance(other, Mapping):
            for key, value in other.items():
                self[key] = value
            return
        for element in list(other):
            self.add(element)

    def clear(self) -> None:
        """Remove all elements."""
        for tag in self._tags():
            del self[tag]

    def remove_private_tags(self) -> None:
        """Remove private elements (PS3.5 7.8) here and in all items."""
        for ds in list(walking.datasets(self)):
            for tag in ds._tags():
                if tag & 0x10000:
                    del ds[tag]

    # -- private elements --------------------------------------------------------------------------------------------

    def private_block(self, group: int, creator: str, *, create: bool = False) -> PrivateBlock:
        """Return the block that `creator` reserved in `group` (PS3.5 7.8.1); MissingElementError if it has none."""
        return private_block(self, group, creator, create=create)

    def private_entry(self, tag: int) -> Entry | None:
        """Return what the private dictionary says of a private element of this data set, None if nothing."""
        return decoding.private_entry(self, tag)

    # -- what it came from ---------------------------------------------------------------------------------------------

    @property
    def file_meta(self) -> Dataset:
        """The File Meta Information (PS3.10 7.1); of a data set from scratch, empty until something is put there."""
        root = self._root()
        return root._file_part().meta_of(root._context)

    @file_meta.setter
    def file_meta(self, meta: Dataset) -> None:
        if not isinstance(meta, Dataset):
            raise TypeError(f"the file meta is a Dataset, not {type(meta).__name__}")
        self._root()._file_part().set_meta(meta)

    def _file_part(self) -> FilePart:
        if self._file is None:
            self._file = FilePart(Dataset())
        return self._file

    def _root(self) -> Dataset:
        ds = self
        while ds._parent is not None and ds._parent._owner is not None:
            ds = ds._parent._owner
        return ds

    @property
    def preamble(self) -> bytes | None:
        """The 128 bytes before the prefix (PS3.10 7.1), None if there were none."""
        return self._root()._file_part().preamble

    @preamble.setter
    def preamble(self, preamble: bytes | None) -> None:
        if preamble is not None and len(preamble) != 128:
            raise ValueEncodeError("a preamble is 128 bytes (PS3.10 7.1)", value=preamble)
        file = self._root()._file_part()
        file.preamble, file.is_changed = preamble, True

    @property
    def transfer_syntax(self) -> TransferSyntax:
        """How it is encoded, or will be: the Transfer Syntax UID of the file meta where that was set since."""
        return decoding.transfer_syntax(self)

    @property
    def issues(self) -> tuple[Issue, ...]:
        """The deviations from the standard found so far, in the source that this data set was read from."""
        return self._context.collector.issues

    def check(self) -> tuple[Issue, ...]:
        """Decode every value, compare each with what its VR and the dictionary allow, and return all issues."""
        checking.check(self)
        return self.issues

    def _marker(self, tag: int, number: int) -> DataElement:
        """Make the pseudo-element that announces an item in a rendered data set."""
        element = DataElement.__new__(DataElement)
        element._set(tag, None, VR.UN, number)
        return element

    def load(self) -> Self:
        """Read what is still in the source into memory; the source is not needed any more."""
        decoding.load(self)
        return self

    @property
    def specific_character_set(self) -> CharacterSet:
        """The character set that text is written in: the declared one, or the enclosing data set's (PS3.5 6.1.2)."""
        return decoding.current_character_set(self)

    def convert_charset(self, *terms: str) -> Self:
        """Declare another Specific Character Set, ``"ISO_IR 192"`` for UTF-8, for all text here and in items."""
        decoding.convert_charset(self, terms)
        return self

    # -- whole ---------------------------------------------------------------------------------------------------------

    def copy(self) -> Self:
        """Return an independent copy; cheap, for what was read is shared and only edits are copied."""
        return walking.copy(self)

    def __copy__(self) -> Self:
        return walking.copy(self)

    def __deepcopy__(self, memo: object) -> Self:
        return walking.copy(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dataset):
            return NotImplemented
        return comparison.equal(self, other)

    __hash__ = None  # type: ignore[assignment]  # mutable

    def diff(self, other: Dataset) -> list[Difference]:
        """Return what differs between this data set and another, element by element, items included."""
        if not isinstance(other, Dataset):
            raise TypeError(f"a data set is compared with another, not with {type(other).__name__}")
        return list(comparison.differences(self, other))

    def __repr__(self) -> str:
        return render.summary(self)

    def __str__(self) -> str:
        return render.text(self)

    def __dir__(self) -> list[str]:
        names = [self._context.dictionary.keyword(tag) for tag in self._tags()]
        return sorted({*object.__dir__(self), *(name for name in names if name)})

    # What upper layers add; the one door upwards, see _lazy.py. Type checkers see the functions themselves.
    __reduce__ = LazyMethod("pickled")
    if TYPE_CHECKING:
        save_as, to_bytes = write.save_as, write.to_bytes
        to_json, to_xml, to_pydicom = json.to_json, xml.to_xml, pydicom_objects.to_pydicom
        compress, decompress = pixels.compress, pixels.decompress
        set_pixel_data = pixels.set_pixel_data
    else:
        save_as, to_bytes = LazyMethod("save_as"), LazyMethod("to_bytes")
        to_json, to_xml, to_pydicom = LazyMethod("to_json"), LazyMethod("to_xml"), LazyMethod("to_pydicom")
        compress, decompress = LazyMethod("compress"), LazyMethod("decompress")
        set_pixel_data = LazyMethod("set_pixel_data")

    @property
    def pixel_array(self) -> np.ndarray:
        """All frames decoded, anew at each call: (rows, columns[, samples]) or (frames, rows, columns[, samples]).

        YBR becomes RGB; palettes, rescaling and windows are not applied. `dicomkit.pixels.pixel_array` has options,
        and says what it raises.
        """
        array: np.ndarray = load("pixel_array")(self)
        return array

    @classmethod
    def from_pydicom(cls, ds: object) -> Dataset:
        """Make a data set from pydicom's."""
        made: Dataset = load("from_pydicom")(ds)
        return made


TYPES.dataset, TYPES.sequence = Dataset, Sequence


class FilePart:
    """What a data set has if it is the data set of a file: preamble, file meta, and the file itself for copying."""

    __slots__ = ("_meta", "_meta_index", "is_changed", "preamble", "source", "start")

    def __init__(self, meta: Dataset | Index, preamble: bytes | None = None, start: int = 0) -> None:
        # The file meta stays an index until somebody looks at it.
        self._meta = meta if isinstance(meta, Dataset) else None
        self._meta_index = None if isinstance(meta, Dataset) else meta
        self.preamble = preamble
        self.start = start
        self.is_changed = False
        self.source: ByteSource | None = None

    def meta_of(self, context: Context) -> Dataset:
        """The File Meta Information; `context` is that of the data set it belongs to."""
        if self._meta is None:
            index = self._meta_index
            assert index is not None
            own = Context(context.source, EXPLICIT_LITTLE, context.dictionary, context.limits, context.collector)
            self._meta = Dataset._of(index, index.root, own)
        return self._meta

    @property
    def meta_index(self) -> Index | None:
        """The index of the file meta as it was read; None if it was edited, or is not one that was read."""
        if self._meta is None:
            return self._meta_index
        return None if self._meta._dirty or self.is_changed else self._meta._index

    def set_meta(self, meta: Dataset) -> None:
        """Put another File Meta Information."""
        self._meta = meta
        self.is_changed = True

    def copied(self, context: Context) -> FilePart:
        """Return an independent copy."""
        copy = FilePart(self.meta_of(context).copy(), self.preamble, self.start)
        copy.is_changed = self.is_changed
        copy.source = self.source
        return copy
