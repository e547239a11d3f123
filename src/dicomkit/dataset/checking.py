"""Checking a data set: every value decoded and held against its VR and the data dictionary (PS3.5 6, 7.8)."""

from __future__ import annotations

from dicomkit.core.issue import IssueCode
from dicomkit.core.tag import Tag
from dicomkit.core.vm import VM
from dicomkit.core.vr import VR, Kind
from dicomkit.dataset import decoding, walking
from dicomkit.dataset.sequence import Sequence
from dicomkit.encoding.values import ValueContext, encode_value, problems
from dicomkit.errors import DicomError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.dataset.dataset import Dataset

__all__ = ["check"]


def check(ds: Dataset) -> None:
    """Report, once each, what is wrong with the values of a data set and of all its items."""
    collector = ds._context.collector
    known = {(issue.code, issue.path) for issue in collector.issues}
    for holder in walking.datasets(ds):
        path = decoding.path_of(holder)
        for tag in holder._tags():
            _check_element(holder, tag, (*path, Tag(tag)), known)


def _check_element(ds: Dataset, tag: int, path: tuple[int, ...], known: set[tuple[IssueCode, tuple[int, ...]]]) -> None:
    position = ds._position_of(tag)
    offset = ds._index.element(position)[2] if position >= 0 else None

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
    data = _value_bytes(ds, tag, position, vr, report)
    if data is not None:
        context = ValueContext(decoding.character_set(ds), position < 0 or decoding.is_little_endian(ds), report)
        vm = entry.vm if entry is not None else None
        for code, message in problems(vr, data, vm, context):
            report(code, message)


def _value_bytes(ds: Dataset, tag: int, position: int, vr: VR, report: object) -> bytes | None:
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
    _, _, offset, length, flags, _, _ = ds._index.element(position)
    if flags & (decoding.FRAGMENTS | decoding.SEQUENCE):
        return None
    if vr.kind is Kind.BINARY and length > ds._context.limits.deferred_bytes:
        return None
    ds._value_of(tag)  # its own issues come first
    return decoding.raw_value(ds, offset, length, tag)
