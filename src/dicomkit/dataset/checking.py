"""Checking a data set: every value decoded and held against its VR and the data dictionary (PS3.5 6, 7.8)."""

from __future__ import annotations

from dicomkit.core.issue import IssueCode
from dicomkit.core.tag import Tag
from dicomkit.core.vr import VR, Kind
from dicomkit.dataset import decoding, fragments, walking
from dicomkit.dataset.sequence import Sequence
from dicomkit.encoding.values import ValueContext, encode_value, problems
from dicomkit.errors import DicomError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.dataset.dataset import Dataset

__all__ = ["check"]

_PIXEL_DATA = 0x7FE00010
_LONG_HEADER = 4  # flag of the index, see _ext/scan.pyx


def check(ds: Dataset) -> None:
    """Report, once each, what is wrong with the values of a data set and of all its items."""
    collector = ds._context.collector
    known = {(issue.code, issue.path) for issue in collector.issues}
    for holder in walking.datasets(ds):
        path = decoding.path_of(holder)
        charset = decoding.character_set(holder)
        if charset.problems:
            decoding.report_charset(holder, charset)
        for tag in holder._tags():
            _check_element(holder, tag, (*path, Tag(tag)), known)
        if holder._index is not None:
            _check_group_lengths(holder, path, known)


def _check_element(ds: Dataset, tag: int, path: tuple[int, ...], known: set[tuple[IssueCode, tuple[int, ...]]]) -> None:
    position = ds._position_of(tag)
    offset = ds._read_index.element(position)[2] if position >= 0 else None

    def report(code: IssueCode, message: str, action: str = "") -> None:
        if (code, path) not in known:
            known.add((code, path))
            ds._context.report(code, message, action, offset, path)

    vr = ds._vr_of(tag)
    entry = ds._context.dictionary.find(tag)
    if tag & 0x10000 and tag & 0xFFFF >= 0x1000 and not ds._has(tag & 0xFFFF0000 | tag >> 8 & 0xFF):
        report(IssueCode.PRIVATE_WITHOUT_CREATOR, "no private creator reserves its block")
    if entry is not None and entry.vr and vr is not VR.UN and str(vr) not in entry.vr.split(" or "):
        report(IssueCode.VR_MISMATCH, f"VR {vr}, in the data dictionary {entry.vr}")
    data = _value_bytes(ds, tag, position, vr)
    if data is not None:
        context = ValueContext(decoding.character_set(ds), position < 0 or decoding.is_little_endian(ds), report)
        vm = entry.vm if entry is not None else None
        for code, message in problems(vr, data, vm, context):
            report(code, message)


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
    if flags & decoding.SEQUENCE:
        return None
    if vr.kind is Kind.BINARY and length > ds._context.limits.deferred_bytes:
        return None
    ds._value_of(tag)  # its own issues come first
    return decoding.raw_value(ds, offset, length, tag)


def _check_group_lengths(ds: Dataset, path: tuple[int, ...], known: set[tuple[IssueCode, tuple[int, ...]]]) -> None:
    """Compare each group length (PS3.5 7.2) with where the next group begins."""
    index = ds._read_index
    _, end, first, count, _ = index.item(ds._item)
    tags = index.tags(ds._item)
    for i, tag in enumerate(tags):
        here = (*path, Tag(tag))
        if tag & 0xFFFF or (IssueCode.GROUP_LENGTH_WRONG, here) in known:
            continue
        _, _, offset, length, _, _, _ = index.element(first + i)
        following = next((j for j in range(i + 1, count) if tags[j] >> 16 != tag >> 16), None)
        stop = end if following is None else _start(index.element(first + following))
        data = index.read(offset, length)
        if data is None or length != 4:
            continue
        declared = int.from_bytes(data, "little" if decoding.is_little_endian(ds) else "big")
        if declared != stop - offset - length:
            known.add((IssueCode.GROUP_LENGTH_WRONG, here))
            message = f"group length {declared}, the group has {stop - offset - length} bytes"
            ds._context.report(IssueCode.GROUP_LENGTH_WRONG, message, "not used", offset, here)


def _start(element: tuple[int, int, int, int, int, int, int]) -> int:
    """Where the header of an element begins."""
    return element[2] - (12 if element[4] & _LONG_HEADER else 8)
