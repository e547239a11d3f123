"""Values that need more than their bytes: VR, character set, other elements, the source, an Issue (PS3.5 6, 7)."""

from __future__ import annotations

from functools import lru_cache

from dicomkit.core.issue import IssueCode
from dicomkit.core.multi_value import MultiValue
from dicomkit.core.tag import Tag
from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.core.vr import VR, Kind
from dicomkit.dataset.sequence import Sequence
from dicomkit.encoding import ambiguity
from dicomkit.encoding.charset import CharacterSet, check_declaration
from dicomkit.encoding.scanning import scan_sequence
from dicomkit.encoding.values import ValueContext, decode_value
from dicomkit.encoding.values.numbers import LUT_DESCRIPTOR_TAGS, decode_descriptor
from dicomkit.encoding.writer import UNDEFINED_LENGTH, swapped
from dicomkit.errors import TruncatedError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit._ext import Index
    from dicomkit.core.buffer import ByteSource
    from dicomkit.dataset.coerce import Value
    from dicomkit.dataset.dataset import Dataset
    from dicomkit.dictionary import Entry

__all__ = [
    "IndexSource",
    "character_set",
    "convert_charset",
    "current_character_set",
    "decode",
    "load",
    "only_counts",
    "path_of",
    "private_entry",
    "raw_value",
    "report_charset",
    "sample_unit",
    "swap_unit",
    "transfer_syntax",
    "vr_of",
    "vr_read_back",
]

# Flags of the index, see _ext/scan.pyx.
IMPLICIT, SEQUENCE, FRAGMENTS, CLIPPED, UNWALKED, UN_SEQUENCE = 8, 16, 32, 64, 128, 256
ITEM_LITTLE_ENDIAN = 32

_SPECIFIC_CHARACTER_SET = 0x00080005
_BITS_ALLOCATED = 0x00280100
_PIXEL_DATA = 0x7FE00010
_TRANSFER_SYNTAX_UID = 0x00020010
_PIXEL_GROUP = 0x7FE0
_ITEM_TAG = b"\xfe\xff\x00\xe0"
_DEFAULT_SET = CharacterSet.of(())
_NEAR = 16  # levels that are gone up each time


# -- which VR --------------------------------------------------------------------------------------------------------


def vr_of(ds: Dataset, tag: int) -> VR:
    """Return the VR of a present element: the file's, or where it says none or UN, the dictionary's (PS3.5 6.2.2)."""
    if ds._edits is not None and tag in ds._edits:
        vr = ds._edits[tag]
        return vr if isinstance(vr, VR) else _resolved(ds, tag, vr or "UN", None)
    position = ds._position_of(tag)
    if position < 0:
        raise ds._missing(tag)
    _, code, _, length, flags, _, _ = ds._read_index.element(position)
    if flags & (SEQUENCE | UN_SEQUENCE):
        return VR.SQ  # whatever VR was declared: a length that only a sequence has, and items
    vr = VR.from_code(code)
    if vr is not None and vr is not VR.UN and not (vr is VR.OW and flags & IMPLICIT):
        return vr
    known = vr_in_dictionary(ds, tag)
    if known is None:
        return vr or VR.UN
    if len(known) == 2:
        return VR[known]
    return _resolved(ds, tag, known, UNDEFINED_LENGTH if flags & FRAGMENTS else length)


def vr_read_back(ds: Dataset, tag: int, vr: VR) -> VR:
    """The VR as which a number set as US or SS is read in Implicit VR, where the other elements decide."""
    known = vr_in_dictionary(ds, tag)
    return _resolved(ds, tag, known, None) if known == "US or SS" else vr


def vr_in_dictionary(ds: Dataset, tag: int) -> str | None:
    """The VR that PS3.6 or the private dictionary has for a tag, None if neither knows it."""
    entry = private_entry(ds, tag) if tag & 0x10000 else ds._context.dictionary.find(tag)
    return entry.vr if entry is not None and entry.vr and entry.vr != "NONE" else None


def private_entry(ds: Dataset, tag: int) -> Entry | None:
    """What the private dictionary says, by the creator that reserved the element's block (PS3.5 7.8.1)."""
    if not tag & 0x10000:
        return None
    if tag & 0xFFFF < 0x1000:
        return ds._context.dictionary.find(tag)
    creator_tag = tag & 0xFFFF0000 | (tag >> 8 & 0xFF)
    if not ds._has(creator_tag):
        return None
    creator = ds._value_of(creator_tag)
    return ds._context.dictionary.private_entry(creator, tag) if isinstance(creator, str) and creator else None


def _resolved(ds: Dataset, tag: int, text: str, length: int | None) -> VR:
    """Which of several VRs, by the elements that decide (PS3.5 Annex A, PS3.3)."""

    def lookup(other: int) -> object:
        holder: Dataset | None = ds
        # Pixel Representation stands in the data set that holds the pixels, not always in the item (PS3.3 C.7.6.3).
        while holder is not None:
            if holder._has(other):
                return holder._value_of(other)
            holder = holder._parent._owner if holder._parent is not None else None
        return None

    return ambiguity.resolve(tag, text, transfer_syntax(ds), lookup, length)


# -- the value -------------------------------------------------------------------------------------------------------


def decode(ds: Dataset, tag: int, position: int) -> Value:
    """Return the value at a position of the index, kept in the cache unless it is long bytes."""
    _, code, offset, length, flags, _, _ = ds._read_index.element(position)
    vr = vr_of(ds, tag)
    if vr is VR.SQ:
        late = _late_sequence(ds, tag, code, offset, length)
        if late is not None:
            return ds._keep_read(tag, late)
        vr = VR.UN
    data = raw_value(ds, offset, length, tag)
    is_little = VR.from_code(code) is VR.UN or is_little_endian(ds)
    if vr.kind is Kind.BINARY:
        if not is_little and not flags & FRAGMENTS:
            data = swapped(data, swap_unit(ds, tag, vr))  # little endian in memory, whatever the file is
        if length <= ds._context.limits.deferred_bytes:
            return ds._keep_read(tag, data)
        return data

    def report(issue: IssueCode, message: str, action: str) -> None:
        ds._context.report(issue, message, action, offset, () if only_counts(ds) else (*path_of(ds), tag))

    charset = character_set(ds)
    if charset.problems:
        report_charset(ds, charset)
    context = ValueContext(charset, is_little, report)
    is_descriptor = vr is VR.SS and tag in LUT_DESCRIPTOR_TAGS
    value: Value = decode_descriptor(vr, data, context) if is_descriptor else decode_value(vr, data, context)
    if type(value) is MultiValue:
        value._on_change = ds._on_change(tag)
    return ds._keep_read(tag, value)


def report_charset(ds: Dataset, charset: CharacterSet) -> None:
    """Report, once for a source, what is wrong with the declaration of a character set."""
    if charset.declared in ds._context.reported:
        return
    ds._context.reported.add(charset.declared)
    holder: Dataset = ds
    while not holder._has(_SPECIFIC_CHARACTER_SET) and holder._parent is not None and holder._parent._owner is not None:
        holder = holder._parent._owner
    position = holder._position_of(_SPECIFIC_CHARACTER_SET)
    offset = holder._read_index.element(position)[2] if position >= 0 else None
    for problem in charset.problems:
        path = (*path_of(holder), Tag(_SPECIFIC_CHARACTER_SET))
        ds._context.report(IssueCode.CHARSET_UNKNOWN, problem, "", offset, path)


def is_little_endian(ds: Dataset) -> bool:
    """Whether the values of an item are little endian."""
    return bool(ds._read_index.item(ds._item)[4] & ITEM_LITTLE_ENDIAN)


def swap_unit(ds: Dataset, tag: int, vr: VR) -> int:
    """The size of what has its bytes the other way round in big endian (PS3.5 7.3).

    An AT is two numbers of 16 bits (6.2). Pixel Data under OW is samples of as many bits as are allocated (8.1.1), so
    those of 32 and 64 bits are turned round whole, as pydicom and producers do. DCMTK turns words of 16 bits in any OW.
    """
    if tag == _PIXEL_DATA and vr is VR.OW:
        return sample_unit(_bits_allocated(ds, tag))
    return 2 if vr is VR.AT else vr.itemsize


def sample_unit(bits_allocated: object) -> int:
    """The bytes of a sample of Pixel Data under OW, at least those of a word; see `swap_unit`."""
    return bits_allocated // 8 if isinstance(bits_allocated, int) and bits_allocated in (32, 64) else 2


def _bits_allocated(ds: Dataset, tag: int) -> object:
    """Bits Allocated as it was when the Pixel Data was read, whatever was edited since; that of now if it was set."""
    if ds._position_of(tag) >= 0:
        index = ds._read_index
        position = index.find(ds._item, _BITS_ALLOCATED)
        data = index.value(position) if position >= 0 else None
        if data is not None and len(data) == 2:
            return int.from_bytes(data, "little" if is_little_endian(ds) else "big")
    return ds._value_of(_BITS_ALLOCATED) if ds._has(_BITS_ALLOCATED) else None


def raw_value(ds: Dataset, offset: int, length: int, tag: int) -> bytes:
    """Return value bytes from memory or from the source; SourceChangedError, TruncatedError if they are not there."""
    data = ds._read_index.read(offset, length)
    if data is not None:
        return data
    source = ds._context.source
    if source is None:
        raise TruncatedError("the value was not kept and there is no source to read it from", offset=offset)
    data = source.read_at(offset, length)
    if len(data) != length:
        raise TruncatedError(f"{length} bytes were there when the source was opened, now {len(data)}", offset=offset)
    return data


def _late_sequence(ds: Dataset, tag: int, code: int, offset: int, length: int) -> Sequence | None:
    """The sequence in a value that the scan had to take for bytes: UN, or private in Implicit VR (PS3.5 6.2.2)."""
    data = raw_value(ds, offset, length, tag)
    if length and not data.startswith(_ITEM_TAG):
        return None
    path = (*path_of(ds), tag)
    context = ds._context
    limit = context.limits.depth
    if limit is not None and len(path) // 2 >= limit:
        context.report(IssueCode.DEPTH_LIMIT, f"sequences nested deeper than {limit}", "left as bytes", offset, path)
        return None
    if code == VR.UN.code:
        context.report(IssueCode.UN_SEQUENCE, "a sequence under UN", "read as its items", offset, path)
    index, first, count = scan_sequence(data, offset, tag, context.limits, context.collector, path)
    root = type(ds)._of(index, index.root, context)
    return Sequence._of(ds, tag, root, first, count)


def only_counts(ds: Dataset) -> bool:
    """Whether an Issue would not be kept, so that its path, which may be long, need not be found out."""
    return ds._context.collector.only_counts


def path_of(ds: Dataset) -> tuple[int, ...]:
    """The tags and item numbers that lead to a data set from the top."""
    path: list[int] = []
    while ds._parent is not None and ds._parent._owner is not None:
        sequence = ds._parent
        owner = sequence._owner
        assert owner is not None  # the loop's condition
        path += (sequence._index_of(ds), sequence._tag)
        ds = owner
    return tuple(Tag(step) if i % 2 == 0 else step for i, step in enumerate(reversed(path)))


# -- character set ---------------------------------------------------------------------------------------------------


def character_set(ds: Dataset) -> CharacterSet:
    """The character set that the text was read in: declared here, or in an enclosing data set (PS3.5 6.1.2.3)."""
    holder: Dataset | None = ds
    for _ in range(_NEAR):
        if holder is None:
            return _DEFAULT_SET
        if holder._index is None:
            return current_character_set(holder)
        found = _set_in(holder)
        if found is not None:
            return found
        holder = holder._parent._owner if holder._parent is not None else None
    return _DEFAULT_SET if holder is None else _set_far_above(holder)


def _set_in(ds: Dataset) -> CharacterSet | None:
    """The character set that a data set itself was read with, None if it has that of the data set around it."""
    position = ds._read_index.find(ds._item, _SPECIFIC_CHARACTER_SET)
    if position < 0:
        return ds._inherited
    _, _, offset, length, _, _, _ = ds._read_index.element(position)
    return declared_set(raw_value(ds, offset, length, _SPECIFIC_CHARACTER_SET))


def _set_far_above(ds: Dataset) -> CharacterSet:
    """The character set of a data set deep within: so that not all its elements go all the way up, some levels keep it.

    It never changes: an item that is taken out keeps what it was read in as what it inherits.
    """
    passed: list[Dataset] = []
    holder: Dataset | None = ds
    found: CharacterSet | None = _DEFAULT_SET
    while holder is not None:
        if holder._index is None:
            return current_character_set(holder)  # which may change
        kept = holder._context.character_sets
        found = (kept.get((holder._index, holder._item)) if kept else None) or _set_in(holder)
        if found is not None:
            break
        passed.append(holder)
        holder = holder._parent._owner if holder._parent is not None else None
    for level in passed[::_NEAR]:
        context = level._context
        if context.character_sets is None:
            context.character_sets = {}
        context.character_sets[level._read_index, level._item] = found or _DEFAULT_SET
    return found or _DEFAULT_SET


@lru_cache(maxsize=64)
def declared_set(data: bytes) -> CharacterSet:
    """The character set that an encoded Specific Character Set declares."""
    return CharacterSet.of(terms_of(data))


def terms_of(data: bytes) -> tuple[str, ...]:
    """The terms of an encoded Specific Character Set; undecodable ones come out as they will be complained about."""
    return tuple(term.strip(" \0") for term in data.decode("latin-1").split("\\"))


def current_character_set(ds: Dataset) -> CharacterSet:
    """The character set that text will be written in, edits included."""
    holder: Dataset | None = ds
    while holder is not None:
        if holder._has(_SPECIFIC_CHARACTER_SET):
            value = holder._value_of(_SPECIFIC_CHARACTER_SET)
            # Not text where the file gives it another VR.
            terms = value if isinstance(value, list) else [value]
            return CharacterSet.of(tuple(str(term or "") for term in terms))
        outer = holder._parent._owner if holder._parent is not None else None
        if outer is None and holder._inherited is not None:
            return holder._inherited
        holder = outer
    return _DEFAULT_SET


def convert_charset(ds: Dataset, terms: tuple[str, ...]) -> None:
    """Declare a character set at the top; items that declared their own inherit it from now on.

    Raises ValueEncodeError for what is no Defined Term (PS3.3 C.12.1.1.2).
    """
    if not all(isinstance(term, str) for term in terms):
        raise TypeError("a character set is declared by texts, its Defined Terms (PS3.3 C.12.1.1.2)")
    check_declaration(terms)
    from_items = [item for item in _all(ds) if item is not ds and item._has(_SPECIFIC_CHARACTER_SET)]
    for item in from_items:
        del item[_SPECIFIC_CHARACTER_SET]
    ds[_SPECIFIC_CHARACTER_SET] = list(terms) if len(terms) > 1 else (terms[0] if terms else "")


def _all(ds: Dataset) -> list[Dataset]:
    found = [ds]
    for holder in found:
        for tag in holder._tags():
            if holder._vr_of(tag) is VR.SQ:
                value = holder._value_of(tag)
                if isinstance(value, Sequence):
                    found.extend(value)
    return found


# -- the source ------------------------------------------------------------------------------------------------------


def transfer_syntax(ds: Dataset) -> TransferSyntax:
    """The Transfer Syntax UID of the file meta, else how the data set was read."""
    root = ds._root()
    file = root._file
    if file is not None and file._meta is not None and file._meta._has(_TRANSFER_SYNTAX_UID):
        uid = file._meta._value_of(_TRANSFER_SYNTAX_UID)
        if isinstance(uid, str) and uid and uid != root._context.transfer_syntax.uid:
            return TransferSyntax.of(uid)
    return root._context.transfer_syntax


class IndexSource:
    """A source over what an index keeps in memory, and behind it the source it was read from."""

    __slots__ = ("_index", "_source")

    size: int | None = None
    name = "<index>"

    def __init__(self, index: Index, source: ByteSource | None) -> None:
        self._index = index
        self._source = source

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes from memory as far as a window there reaches, else from the source."""
        data = self._index.chunk(offset, length)
        if data is None and self._source is not None:
            data = self._source.read_at(offset, length)
        return data or b""

    def close(self) -> None:
        """Do nothing: the source belongs to the data set."""


def load(ds: Dataset) -> None:
    """Take every value that was left in the source into memory, and let go of the source."""
    root = ds._root()
    source, index = root._context.source, root._index
    if source is None or index is None:
        return
    for position in range(index.counts[0]):
        _, _, offset, length, flags, _, _ = index.element(position)
        if not flags & SEQUENCE and index.read(offset, 0 if flags & UNWALKED else length) is None:
            data = source.read_at(offset, length)
            if len(data) != length:
                raise TruncatedError("the source is shorter than when it was opened", offset=offset)
            index.add_segment(data, offset)
