"""A data set put together from a model: what reading JSON and reading XML share (PS3.18 F, PS3.19 A.1)."""

from __future__ import annotations

from binascii import Error, a2b_base64
from math import inf

from dicomkit.core.issue import IssueCode, IssueCollector
from dicomkit.core.limits import DEFAULT_LIMITS
from dicomkit.core.multi_value import MultiValue
from dicomkit.core.tag import Tag
from dicomkit.core.vr import VR, Kind
from dicomkit.dataset import decoding
from dicomkit.dataset.context import Context
from dicomkit.dataset.dataset import TYPES, Dataset
from dicomkit.dataset.sequence import Sequence
from dicomkit.encoding.charset import CharacterSet
from dicomkit.encoding.values import ValueContext, decode_value
from dicomkit.errors import EncodingError, LimitExceededError, ValueDecodeError, ValueEncodeError, escaped
from dicomkit.formats.scalars import empty_value, plain_value, typed_value

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence as SequenceABC
    from typing import Any, TypeAlias

    from dicomkit.core.issue import IssuePolicy
    from dicomkit.core.limits import Limits
    from dicomkit.formats.scalars import Note, Scalar, Value

    FetchBulkData: TypeAlias = Callable[[str], bytes]
    Path: TypeAlias = SequenceABC[int]  # may change after the call

__all__ = ["Builder", "tag_of"]

_UTF_8 = "ISO_IR 192"
_WHITE_SPACE = str.maketrans("", "", " \t\r\n")
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
_ITEM_GROUP = 0xFFFE
_META_GROUP = 0x0002
_BY_NAME = dict(VR.__members__)
# What an element is taken for whose model does not name its VR, where the dictionary leaves a choice.
_FIRST_CHOICE = {"US or SS": VR.US, "OB or OW": VR.OW, "US or OW": VR.OW, "US or SS or OW": VR.US}


class Builder:
    """Makes data sets and puts values into them, keeping to the limits and reporting what is wrong with the model."""

    __slots__ = ("_bulk_data", "_context", "_elements", "_keywords", "_most_elements", "_wide", "limits", "root")

    def __init__(self, limits: Limits | None, policy: IssuePolicy, bulk_data: FetchBulkData | None) -> None:
        self.limits = DEFAULT_LIMITS if limits is None else limits
        self._context = Context(limits=self.limits, collector=IssueCollector(policy, self.limits.issues))
        self._bulk_data = bulk_data
        self._elements = 0
        self._most_elements = inf if self.limits.elements is None else self.limits.elements
        self._keywords = self._context.dictionary.keywords()
        self._wide: list[tuple[Dataset, str, bool]] = []
        self.root = self.dataset()

    # -- data sets -----------------------------------------------------------------------------------------------------

    def dataset(self) -> Dataset:
        """Return a new data set, which shares its issues with the others of this builder."""
        ds = Dataset.__new__(Dataset)
        ds._bind(None, 0, self._context, None, TYPES, self._keywords)
        ds._edits = {}
        ds._dirty = True
        return ds

    def sequence(self, number: int, path: Path) -> Sequence:
        """Return a sequence of so many new data sets; they are counted, and LimitExceededError if that is too many."""
        self.count(path, number)
        sequence = Sequence()
        items = [self.dataset() for _ in range(number)]
        sequence._items = list(items)
        for item in items:
            item._parent = sequence
        return sequence

    def check_depth(self, depth: int, path: Path) -> None:
        """Raise LimitExceededError for sequences nested too deep."""
        if self.limits.depth is not None and depth > self.limits.depth:
            raise LimitExceededError("depth", depth, bound=self.limits.depth, path=tuple(path))

    def count(self, path: Path, number: int = 1) -> None:
        """Count elements or items; LimitExceededError if that is one too many."""
        self._elements += number
        if self._elements > self._most_elements:
            bound = self.limits.elements
            raise LimitExceededError("elements", self._elements, bound=bound or 0, path=tuple(path))

    def check_tag(self, tag: int, path: Path) -> bool:
        """Return whether a tag belongs into a data set; EncodingError for delimiters, which are no elements."""
        if tag >> 16 == _ITEM_GROUP:
            raise EncodingError("items and delimiters are no elements (PS3.5 7.5)", path=tuple(path))
        if not tag & 0xFFFF:
            self.report(IssueCode.GROUP_LENGTH_WRONG, "a group length, which no model has", "left out", path)
            return False
        return True

    def store(self, ds: Dataset, tag: int, vr: VR, value: Value) -> None:
        """Put a value of the right type into a data set; file meta elements of the top level into its file meta."""
        if tag >> 16 == _META_GROUP and ds is self.root:
            ds = ds.file_meta
        if isinstance(value, MultiValue):
            value = MultiValue(value, ds._on_change(tag))
        elif isinstance(value, Sequence):
            value._owner, value._tag, value._changed = ds, tag, True
        if vr.uses_character_set and tag >> 16 != _META_GROUP:
            if not isinstance(value, MultiValue):
                if not value.isascii():
                    self._wide.append((ds, value, vr is VR.PN))
            else:
                self._wide += [(ds, part, vr is VR.PN) for part in value if not part.isascii()]
        assert ds._edits is not None  # a data set from scratch has nothing but edits
        ds._edits[tag] = vr
        ds._cache[tag] = value

    def finish(self) -> Dataset:
        """Return the data set of the top level; its text fits the character set that it declares.

        If it does not, UTF-8 is declared. The models are in UTF-8 whatever Specific Character Set says, which is that
        of the source (PS3.18 F.2.2 note 3); where it says nothing, UTF-8 is the default (F.2).
        """
        known: dict[int, CharacterSet] = {}
        for holder, text, is_name in self._wide:
            charset = known.get(id(holder))
            if charset is None:
                charset = known[id(holder)] = decoding.current_character_set(holder)
            try:
                charset.encode(text, person_name=is_name)
            except ValueEncodeError:
                self.report(
                    IssueCode.CHARSET_UNDECLARED, f"'{escaped(text, 32)}' is not in {charset}", f"{_UTF_8} declared", ()
                )
                self.root.convert_charset(_UTF_8)
                break
        self._wide.clear()
        return self.root

    # -- values --------------------------------------------------------------------------------------------------------

    def report(self, code: IssueCode, message: str, action: str, path: Path) -> None:
        """Hand a deviation to the issue policy."""
        self._context.report(code, message, action, None, tuple(path))

    def note(self, path: Path) -> Note:
        """Return a function that reports a value of the element at a path."""

        def note(message: str, action: str) -> None:
            self.report(IssueCode.VALUE_INVALID, message, action, path)

        return note

    def vr(self, name: object, tag: int, path: Path) -> VR:
        """Return the VR that a model names; if it names none, the data dictionary's, and that is an issue."""
        known_vr = _BY_NAME.get(name) if isinstance(name, str) else None
        if known_vr is not None:
            return known_vr
        if name is not None and name != "":
            shown = escaped(name, 16) if isinstance(name, str) else type(name).__name__
            raise EncodingError(f"'{shown}' is no VR of PS3.5 6.2", path=tuple(path))
        known = self._context.dictionary.vr(tag) or "UN"
        vr = _FIRST_CHOICE.get(known) or VR.__members__.get(known, VR.UN)
        self.report(IssueCode.UNKNOWN_VR, "the model does not say the VR", f"taken as {vr}", path)
        return vr

    def value(self, vr: VR, parts: list[Scalar], path: Path) -> Value:
        """Return the value of an element of which the model says `parts`, None being an empty one."""
        if len(parts) == 1:
            plain = plain_value(vr, parts[0])
            if plain is not None:
                return plain
        if vr.kind is Kind.BINARY and all(part is None for part in parts):
            return b""
        try:
            return typed_value(vr, parts, self.note(path))
        except ValueDecodeError as wrong:
            wrong.path = tuple(path)
            raise

    def inline(self, vr: VR, text: str, path: Path) -> Value:
        """Return the value that base64 text says; EncodingError for other text (RFC 4648 4)."""
        bound = self.limits.value_bytes
        if bound is not None and len(text) // 4 * 3 > bound + 3:
            raise LimitExceededError("value_bytes", len(text) // 4 * 3, bound=bound, path=tuple(path))
        if _has_space(text):
            text = text.translate(_WHITE_SPACE)
        try:
            data = a2b_base64(text, strict_mode=True)
        except (Error, ValueError) as wrong:
            raise ValueDecodeError(f"not base64: {escaped(str(wrong))}", vr=vr, path=tuple(path)) from None
        if len(text) != (len(data) + 2) // 3 * 4:
            # Strict as it is, it lets more padding pass than there should be.
            raise ValueDecodeError("not base64: the padding is wrong", vr=vr, path=tuple(path))
        return self._of_bytes(vr, data, path)

    def referenced(self, vr: VR, uri: str, path: Path) -> Value:
        """Return the value behind a bulk data reference; without a function to fetch it, an empty one and an issue."""
        if self._bulk_data is None:
            message = f"the value is at {escaped(uri)}"
            self.report(IssueCode.BULK_DATA_MISSING, message, "left empty, for want of a function to fetch it", path)
            return empty_value(vr)
        data: Any = self._bulk_data(uri)
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise EncodingError(f"bulk_data gave {type(data).__name__} instead of bytes", path=tuple(path))
        return self._of_bytes(vr, bytes(data), path)

    def _of_bytes(self, vr: VR, data: bytes, path: Path) -> Value:
        """Return the value in a value field, little endian and, where it is text, UTF-8 (PS3.18 F.2.2 note 4)."""
        if vr is VR.SQ:
            raise ValueDecodeError("a sequence has items, not bytes", vr=vr, path=tuple(path))
        bound = self.limits.value_bytes
        if bound is not None and len(data) > bound:
            raise LimitExceededError("value_bytes", len(data), bound=bound, path=tuple(path))

        def report(code: IssueCode, message: str, action: str) -> None:
            self.report(code, message, action, path)

        return decode_value(vr, data, ValueContext(CharacterSet.of((_UTF_8,)), True, report))


def _has_space(text: str) -> bool:
    return any(space in text for space in " \t\r\n")


def tag_of(text: str, path: tuple[int, ...]) -> Tag:
    """Return the tag of eight hexadecimal digits; EncodingError for other text."""
    # int(text, 16) alone would also take signs, underscores and digits of other scripts.
    if len(text) != 8 or not _HEX_DIGITS.issuperset(text):
        raise EncodingError(f"'{escaped(text, 32)}' is no tag of eight hexadecimal digits", path=path)
    return int.__new__(Tag, int(text, 16))
