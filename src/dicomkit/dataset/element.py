"""A Data Element: tag, VR and value (PS3.5 7.1)."""

from __future__ import annotations

from copy import copy

from dicomkit._ext import View
from dicomkit.core import vr as representations  # DataElement.VR is the spelling of ported code
from dicomkit.core.multi_value import MultiValue
from dicomkit.core.tag import Tag
from dicomkit.dataset.coerce import coerce
from dicomkit.dataset.render import element_line
from dicomkit.dictionary import STANDARD
from dicomkit.errors import UnknownTagError, ValueEncodeError, escaped

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.core import vm as multiplicities
    from dicomkit.dataset.coerce import Value
    from dicomkit.dataset.dataset import Dataset
    from dicomkit.dictionary import Dictionary

__all__ = ["DataElement", "representation"]


class DataElement(View):
    """One element of a data set, or one of its own that has not been put into any.

    An element got from a data set is a window on it: its value is decoded at first use, and setting `value` edits the
    data set. ``DataElement(tag, vr, value)`` makes one to put somewhere; a tag may be a number, text or a keyword.
    Raises UnknownTagError, or ValueEncodeError for a value that the VR cannot hold.
    """

    __slots__ = ()

    _owner: Dataset | None

    if TYPE_CHECKING:

        @property
        def value(self) -> Value:  # noqa: D102  documented where it is made
            ...
        @value.setter
        def value(self, value: object) -> None: ...

    def __init__(self, tag: int | str | tuple[int, int], vr: str | None = None, value: object = None) -> None:
        number = STANDARD.tag(tag) if isinstance(tag, str) and tag[:1].isalpha() and not _is_hex(tag) else Tag(tag)
        if vr is None:
            vr = STANDARD.vr(number)
            if vr is None:
                raise UnknownTagError(f"{Tag(number)} is not in the data dictionary: name its VR", tag=number)
        known = representation(vr, number)
        self._set(number, None, known, coerce(known, value, number))

    @property
    def tag(self) -> Tag:
        """The Data Element Tag."""
        return int.__new__(Tag, self._number)

    @property
    def vr(self) -> representations.VR:
        """The Value Representation; where the file does not say it, the data dictionary's (PS3.5 6.2.2)."""
        vr: representations.VR | None = self._vr
        if vr is None:
            assert self._owner is not None  # one of its own has its VR
            vr = self._owner._vr_of(self._number)
            if vr is not representations.VR.US and vr is not representations.VR.SS:
                self._vr = vr  # of these two, others decide which, and may be edited
        return vr

    @property
    def VR(self) -> representations.VR:  # noqa: N802  the spelling of ported code
        """The Value Representation; see `vr`."""
        return self.vr

    @property
    def keyword(self) -> str:
        """The keyword of PS3.6, "" for private and unknown elements."""
        entry = self._dictionary().find(self._number)
        return entry.keyword if entry is not None else ""

    @property
    def name(self) -> str:
        """The name of PS3.6 or of the private dictionary, "" if neither knows the element."""
        if self._number & 0x10000:
            owner = self._owner
            entry = owner.private_entry(self._number) if owner is not None else None
        else:
            entry = self._dictionary().find(self._number)
        return entry.name if entry is not None else ""

    @property
    def vm(self) -> int:
        """How many values there are (PS3.5 6.4): 0 for an empty element, 1 for bytes and for a sequence."""
        value = self.value
        if value is None or (isinstance(value, (str, bytes)) and not value):
            return 0
        return len(value) if isinstance(value, list) else 1

    @property
    def VM(self) -> int:  # noqa: N802  the spelling of ported code
        """How many values there are; see `vm`."""
        return self.vm

    @property
    def declared_vm(self) -> multiplicities.VM | None:
        """What PS3.6 allows as Value Multiplicity, None if it does not know the element."""
        entry = self._dictionary().find(self._number)
        return entry.vm if entry is not None else None

    @property
    def is_empty(self) -> bool:
        """True if the element is present without a value."""
        value = self.value
        return value is None or (
            self.vr.kind is not representations.Kind.NUMBER and hasattr(value, "__len__") and len(value) == 0
        )

    @property
    def is_private(self) -> bool:
        """True for an element of an odd group (PS3.5 7.8)."""
        return bool(self._number & 0x10000)

    def detached(self) -> DataElement:
        """Return the element with its value decoded, belonging to no data set."""
        value = self.value
        if isinstance(value, list):
            value = MultiValue(value)
        elif self._owner is not None and hasattr(value, "_owner"):
            value = copy(value)
        return DataElement._of(self._number, self.vr, value)

    @classmethod
    def _of(cls, tag: int, vr: representations.VR, value: Value) -> DataElement:
        """Make an element of a value that has the type of its VR already."""
        element = cls.__new__(cls)
        element._set(tag, None, vr, value)
        return element

    def _dictionary(self) -> Dictionary:
        return STANDARD if self._owner is None else self._owner._context.dictionary

    def _assign(self, value: object) -> None:
        if self._owner is None:
            self._own = coerce(self.vr, value, self._number)
        else:
            self._owner._put(self._number, self._owner._vr_to_set(self._number), value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DataElement):
            return NotImplemented
        return self._number == other._number and self.vr is other.vr and bool(self.value == other.value)

    __hash__ = None  # type: ignore[assignment]  # a window on what can change

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (int(self._number), str(self.vr), self.value)

    def __repr__(self) -> str:
        return element_line(self)


def representation(vr: str, tag: int) -> representations.VR:
    """Return the VR of a name; of "US or SS" and the like, which need a data set to decide, the first.

    Raises ValueEncodeError for what is none.
    """
    try:
        return representations.VR[vr[:2] if " or " in vr else vr]
    except (KeyError, TypeError):
        raise ValueEncodeError(f"{escaped(vr)!r} is not a VR", tag=Tag(tag)) from None


def _restored(tag: int, vr: str, value: Value) -> DataElement:
    return DataElement._of(tag, representations.VR[vr], value)


def _is_hex(text: str) -> bool:
    return len(text) in (8, 9) and not set(text) - set("0123456789abcdefABCDEF,")
