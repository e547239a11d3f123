"""Data sets through pickle, and so through process pools: as the bytes of a file.

What these bytes cannot hold goes beside them as values: text that the declared character set does not have, which is an
error where a file is written and none here, and in Implicit VR the VR of what the data dictionary does not know.
"""

from __future__ import annotations

from dicomkit.core.issue import IssueCollector
from dicomkit.core.multi_value import MultiValue
from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.core.vr import VR, Kind
from dicomkit.dataset import decoding, walking
from dicomkit.dataset.context import Context
from dicomkit.dataset.dataset import Dataset, FilePart
from dicomkit.dataset.serialize import Options, form_read, serialize
from dicomkit.encoding.charset import CharacterSet
from dicomkit.encoding.scanning import scan_bytes
from dicomkit.encoding.values import ValueContext, encode_value
from dicomkit.encoding.writer import EXPLICIT_LITTLE
from dicomkit.errors import ValueEncodeError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit._ext import Index
    from dicomkit.core.limits import Limits
    from dicomkit.dictionary import Dictionary
    from dicomkit.encoding.writer import Form

    # Path to a data set, tag, VR, value.
    Beside = list[tuple[tuple[int, ...], int, VR | str, object]]
    # Bytes, what is beside them, the character set that an enclosing data set would declare.
    Encoded = tuple[bytes, Beside, tuple[str, ...]]
    State = tuple[Encoded, str, bool, bool, Encoded | None, bytes | None, Dictionary, Limits]

__all__ = ["reduce"]


def reduce(ds: Dataset) -> tuple[object, ...]:
    """Return how to make the data set again: its encoded bytes, its file meta, and what it inherits."""
    form = form_read(ds) or EXPLICIT_LITTLE
    meta, preamble = None, None
    if ds._file is not None:
        meta = _encoded(ds._file.meta_of(ds._context))
        preamble = ds._file.preamble
    state: State = (
        _encoded(ds),
        str(ds._context.transfer_syntax.uid),
        form.is_implicit,
        form.is_little_endian,
        meta,
        preamble,
        ds._context.dictionary,
        ds._context.limits,
    )
    return _restored, (type(ds), state)


def _encoded(ds: Dataset) -> Encoded:
    """The bytes of a data set in the form it was read in, and the values that are not in them."""
    form = form_read(ds) or EXPLICIT_LITTLE
    if not (form.is_implicit and ds._dirty):
        try:
            return serialize(ds, Options(form)).to_bytes(), [], decoding.current_character_set(ds).declared
        except ValueEncodeError:
            pass
    ds = _taken_out(ds)
    beside: Beside = []
    for holder in walking.datasets(ds):
        edits = holder._edits or {}
        context = ValueContext(decoding.current_character_set(holder), True, lambda *_: None)
        for tag in holder._tags():
            vr = holder._vr_of(tag)
            is_edited = tag in edits
            if vr.kind is Kind.SEQUENCE or not (is_edited or vr.uses_character_set):
                continue
            if not (_is_encodable(holder, tag, vr, context) and (not is_edited or _says_vr(holder, tag, vr, form))):
                value = holder._value_of(tag)
                beside.append((decoding.path_of(holder), tag, edits.get(tag) or vr, _plain(value)))
    for path, tag, _, _ in beside:
        del _at(ds, path)[tag]
    return serialize(ds, Options(form)).to_bytes(), beside, decoding.current_character_set(ds).declared


def _taken_out(ds: Dataset) -> Dataset:
    """A copy that can be edited: of an item, one that keeps the character set that it was read in, or lies in."""
    copy = ds.copy()
    if copy._inherited is None:
        copy._inherited = decoding.current_character_set(ds)
    return copy


def _is_encodable(ds: Dataset, tag: int, vr: VR, context: ValueContext) -> bool:
    if vr.kind is Kind.BINARY or vr.kind is Kind.NUMBER:
        return True
    try:
        encode_value(vr, ds._value_of(tag), context)
    except ValueEncodeError:
        return False
    return True


def _says_vr(ds: Dataset, tag: int, vr: VR, form: Form) -> bool:
    """Whether a reader finds the VR of an edited element: in the element, or in the data dictionary."""
    return not form.is_implicit or decoding.vr_in_dictionary(ds, tag) == vr


def _plain(value: object) -> object:
    return list(value) if isinstance(value, MultiValue) else value


def _at(ds: Dataset, path: tuple[int, ...]) -> Dataset:
    for tag, number in zip(path[::2], path[1::2], strict=True):
        ds = ds._value_of(tag)[number]
    return ds


def _restored(cls: type[Dataset], state: State) -> Dataset:
    data, uid, implicit, little, meta, preamble, dictionary, limits = state
    context = Context(None, TransferSyntax.of(uid), dictionary, limits, IssueCollector("collect", limits.issues))
    ds = cls._of(*_scanned(data, implicit, little, limits), context)
    ds._inherited = CharacterSet.of(data[2]) if data[2] else None
    _put(ds, data)
    if meta is not None or preamble is not None:
        meta = meta or (b"", [], ())
        index, _ = _scanned(meta, False, True, limits)
        ds._file = FilePart(index, preamble)
        if meta[1]:
            _put(ds._file.meta_of(context), meta)
    return ds


def _scanned(encoded: Encoded, implicit: bool, little: bool, limits: Limits) -> tuple[Index, int]:
    silent = IssueCollector("ignore")
    index = scan_bytes(encoded[0], 0, implicit=implicit, big_endian=not little, limits=limits, collector=silent)
    return index, index.root


def _put(ds: Dataset, encoded: Encoded) -> None:
    """Put back what the bytes do not hold."""
    for path, tag, vr, value in encoded[1]:
        _at(ds, path)._keep(tag, vr, MultiValue(value) if isinstance(value, list) else value)
