"""Checking a data set: every value decoded and held against its VR and the data dictionary (PS3.5 6, 7.8)."""

from __future__ import annotations

from dicomkit.core.issue import IssueCode
from dicomkit.core.tag import Tag
from dicomkit.core.vr import VR, Kind
from dicomkit.dataset import decoding, fragments, walking
from dicomkit.dataset.pixel_form import described_bits, goes_encapsulated, length_problem
from dicomkit.dataset.sequence import Sequence
from dicomkit.encoding.values import ValueContext, encode_value, problems
from dicomkit.errors import DicomError, PixelError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.dataset.context import Context
    from dicomkit.dataset.dataset import Dataset
    from dicomkit.encoding.charset import CharacterSet

__all__ = ["check"]

_CHARACTER_SET = 0x00080005
_PIXELS = (_FLOAT, _DOUBLE, _PIXEL_DATA) = (0x7FE00008, 0x7FE00009, 0x7FE00010)
_LONG_HEADER = 4  # flag of the index, see _ext/scan.pyx


def check(ds: Dataset) -> None:
    """Report, once each, what is wrong with the values of a data set and of all its items."""
    known = {(issue.code, issue.path) for issue in ds._context.collector.issues}
    sets = _CharacterSets()
    for holder in walking.datasets(ds):
        charset = sets.of(holder)
        if charset.problems:
            decoding.report_charset(holder, charset)
        report = _Reporter(holder, known, ds._context)
        little = holder._index is None or decoding.is_little_endian(holder)
        read = ValueContext(charset, little, report)
        edited = ValueContext(charset, True, report)
        for tag in holder._tags():
            position = holder._position_of(tag)
            report.at(tag, position)
            _check_element(holder, tag, position, edited if position < 0 else read)
            if tag in _PIXELS:
                _check_pixels(holder, tag, position, report)
        if holder._index is not None:
            _check_group_lengths(holder, report)


class _CharacterSets:
    """The character sets of data sets that are asked for depth first: what an item inherits was mostly just found."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: tuple[tuple[Dataset, CharacterSet], ...] = ()

    def of(self, ds: Dataset) -> CharacterSet:
        owner = ds._parent._owner if ds._parent is not None else None
        if owner is None or ds._index is None or ds._inherited is not None or self._declares(ds):
            found = decoding.character_set(ds)
            self._known = ((ds, found),)
            return found
        inherited = next((charset for holder, charset in self._known if holder is owner), None)
        found = decoding.character_set(ds) if inherited is None else inherited
        self._known = ((ds, found), (owner, found))  # its items come next, or what lies beside it
        return found

    @staticmethod
    def _declares(ds: Dataset) -> bool:
        return ds._read_index.find(ds._item, _CHARACTER_SET) >= 0


class _Reporter:
    """Reports what is not known yet of one element after the other; only then is it worked out where that lies."""

    __slots__ = ("_context", "_ds", "_known", "_path", "_position", "_tag")

    def __init__(self, ds: Dataset, known: set[tuple[IssueCode, tuple[int, ...]]], context: Context) -> None:
        self._ds = ds
        self._context = context  # of the data set that is checked: an item may have come from elsewhere
        self._known = known
        self._path: tuple[int, ...] | None = None
        self._tag = 0
        self._position = -1

    def at(self, tag: int, position: int) -> None:
        """Go to an element, which has a position in the index unless it was set."""
        self._tag = tag
        self._position = position

    def __call__(self, code: IssueCode, message: str, action: str = "") -> None:
        ds = self._ds
        if self._context.collector.only_counts:
            self._context.report(code, message, action, None, ())
            return
        if self._path is None:
            self._path = decoding.path_of(ds)
        path = (*self._path, Tag(self._tag))
        if (code, path) not in self._known:
            self._known.add((code, path))
            offset = ds._read_index.element(self._position)[2] if self._position >= 0 else None
            self._context.report(code, message, action, offset, path)


def _check_element(ds: Dataset, tag: int, position: int, context: ValueContext) -> None:
    vr = ds._vr_of(tag)
    entry = ds._context.dictionary.find(tag)
    if tag & 0x10000 and tag & 0xFFFF >= 0x1000 and not ds._has(tag & 0xFFFF0000 | tag >> 8 & 0xFF):
        context.report(IssueCode.PRIVATE_WITHOUT_CREATOR, "no private creator reserves its block", "")
    if entry is not None and entry.vr and vr is not VR.UN and str(vr) not in entry.vr.split(" or "):
        context.report(IssueCode.VR_MISMATCH, f"VR {vr}, in the data dictionary {entry.vr}", "")
    data = _value_bytes(ds, tag, position, vr)
    if data is not None:
        vm = entry.vm if entry is not None else None
        for code, message in problems(vr, data, vm, context):
            context.report(code, message, "")


def _value_bytes(ds: Dataset, tag: int, position: int, vr: VR) -> bytes | None:
    """The encoded value; None for sequences, and for long bytes, of which only the length could be wrong."""
    if vr is VR.SQ:
        return None
    if position < 0:
        value = ds._value_of(tag)
        if isinstance(value, (Sequence, bytes)):
            return None
        try:
            context = ValueContext(decoding.current_character_set(ds), True, lambda *_: None)
            return encode_value(vr, value, context)
        except DicomError:
            return None
    _, _, offset, length, flags, _, _ = ds._read_index.element(position)
    if flags & decoding.FRAGMENTS:
        if tag == _PIXEL_DATA:
            fragments.check(ds, position)
        return None
    if flags & (decoding.SEQUENCE | decoding.CLIPPED):
        return None  # of what was cut, which is known, more would be wrong than was
    if vr.kind is Kind.BINARY and length > ds._context.limits.deferred_bytes:
        return None
    ds._value_of(tag)  # its own issues come first
    return decoding.raw_value(ds, offset, length, tag)


def _check_pixels(ds: Dataset, tag: int, position: int, report: _Reporter) -> None:
    """Hold native Pixel Data against its description, and what was set against the transfer syntax as well."""
    if position >= 0:
        _, _, _, length, flags, _, _ = ds._read_index.element(position)
        if flags & (decoding.FRAGMENTS | decoding.CLIPPED):
            return
    else:
        value = ds._value_of(tag)
        if not isinstance(value, bytes):
            return
        length = len(value)
        try:
            syntax = decoding.transfer_syntax(ds)
            if tag == _PIXEL_DATA and goes_encapsulated(value, syntax, ds._root() is ds, described_bits(ds, tag)):
                return
        except PixelError as error:
            report(IssueCode.TRANSFER_SYNTAX_MISMATCH, error.message, "cannot be written")
            return
    problem = length_problem(ds, tag, length)
    if problem is not None:
        message, action = problem
        key = (IssueCode.PIXEL_LENGTH_WRONG, message, (*decoding.path_of(ds), Tag(tag)))
        if key not in ds._context.reported:
            ds._context.reported.add(key)  # or decoding the pixels would say it again
            report(IssueCode.PIXEL_LENGTH_WRONG, message, action)


def _check_group_lengths(ds: Dataset, report: _Reporter) -> None:
    """Compare each group length (PS3.5 7.2) with where the next group begins."""
    index = ds._read_index
    tags = index.tags(ds._item)
    if not any(tag & 0xFFFF == 0 for tag in tags):
        return
    _, stop, first, _, _ = index.item(ds._item)
    group = -1
    wrong = []
    for i in range(len(tags) - 1, -1, -1):
        tag = tags[i]
        if tag >> 16 != group:
            if group >= 0:
                stop = _start(index.element(first + i + 1))
            group = tag >> 16
        if tag & 0xFFFF:
            continue
        _, _, offset, length, _, _, _ = index.element(first + i)
        data = index.read(offset, length) if length == 4 else None
        if data is None:
            continue
        declared = int.from_bytes(data, "little" if decoding.is_little_endian(ds) else "big")
        if declared != stop - offset - length:
            wrong.append((tag, first + i, f"group length {declared}, the group has {stop - offset - length} bytes"))
    for tag, position, message in reversed(wrong):
        report.at(tag, position)
        report(IssueCode.GROUP_LENGTH_WRONG, message, "not used")


def _start(element: tuple[int, int, int, int, int, int, int]) -> int:
    """Where the header of an element begins."""
    return element[2] - (12 if element[4] & _LONG_HEADER else 8)
