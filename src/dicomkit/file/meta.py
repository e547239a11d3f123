"""The File Meta Information: group 0002, always Explicit VR Little Endian (PS3.10 7.1)."""

from __future__ import annotations

from dicomkit._ext import Scanner
from dicomkit.core.issue import Issue, IssueCode
from dicomkit.core.tag import Tag
from dicomkit.core.uid import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from dicomkit.encoding.scanning import issue_of, run
from dicomkit.errors import MissingElementError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit._ext import Index
    from dicomkit.core.buffer import ByteSource
    from dicomkit.core.issue import IssueCollector
    from dicomkit.core.limits import Limits
    from dicomkit.core.transfer_syntax import TransferSyntax
    from dicomkit.dataset.dataset import Dataset

__all__ = ["complete_meta", "read_meta"]

_GROUP_LENGTH, _VERSION, _SOP_CLASS, _SOP_INSTANCE, _TRANSFER_SYNTAX, _CLASS_UID, _VERSION_NAME = (
    0x00020000,
    0x00020001,
    0x00020002,
    0x00020003,
    0x00020010,
    0x00020012,
    0x00020013,
)
_META_GROUP = 0x0002
_BEHIND_META = 0x00030000

# Flags of the index, see _ext/scan.pyx.
_LONG, _UNORDERED = 4, 4


def read_meta(
    opened: ByteSource, head: bytes, start: int, limits: Limits, collector: IssueCollector
) -> tuple[Index, int]:
    """Index the group 0002 at `start`; return its index, and where the data set begins.

    A missing group gives an empty index and an Issue.
    """
    size = opened.size
    declared = None
    if head[start : start + 8] == b"\x02\x00\x00\x00UL\x04\x00" and len(head) >= start + 12:
        declared = start + 12 + int.from_bytes(head[start + 8 : start + 12], "little")
    scanner = _scanned(opened, head, start, size, limits)
    stray = _first_of_other_group(scanner.index)
    if stray is not None:
        scanner = _scanned(opened, head, start, stray, limits)
    index = scanner.index
    end: int = index.end
    if scanner.has_deviations:
        _report(scanner, collector, declared)
    if not index.counts[0]:
        collector.report(Issue(IssueCode.NO_FILE_META, "no File Meta Information", "read as a bare data set", start))
        return index, start
    if declared is None:
        collector.report(
            Issue(IssueCode.META_LENGTH_MISSING, "no group length", "ended at the first other group", start)
        )
    elif declared != end:
        collector.report(
            Issue(
                IssueCode.META_LENGTH_WRONG,
                f"the group length leads to {declared}, the group ends at {end}",
                "ended at the first other group",
                start,
                (Tag(_GROUP_LENGTH),),
            )
        )
    return index, end


def _scanned(opened: ByteSource, head: bytes, start: int, end: int | None, limits: Limits) -> Scanner:
    """Scan up to a group above 0002, or to `end`."""
    scanner = Scanner(start, end, False, False, 1 << 20, _BEHIND_META, 64, 100_000, 0, limits.issues)
    scanner.index.add_segment(head, 0)
    if start < len(head):
        scanner.feed(head, 0)
    status = scanner.run()
    if status:
        run(scanner, opened, limits, end, status)
    return scanner


def _first_of_other_group(index: Index) -> int | None:
    """Where an element of group 0000 or 0001 begins, with which a data set may start; None if there is none."""
    _, _, first, count, flags = index.item(index.root)
    for position in range(first, first + count):
        tag, _, offset, _, form, _, _ = index.element(position)
        if tag >> 16 != _META_GROUP:
            return int(offset) - (12 if form & _LONG else 8)
        if not flags & _UNORDERED:
            return None  # the rest lies between this one and the end of the group
    return None


def _report(scanner: Scanner, collector: IssueCollector, end: int | None) -> None:
    """The kernel does not know that it read a file meta; the Issue does. What lies at its `end` is the data set's."""
    renamed = {"TRANSFER_SYNTAX_MISMATCH": "META_NOT_EXPLICIT_VR"}
    for found in scanner.deviations_found():
        if found[1] != end:
            collector.report(issue_of(found, renamed=renamed))


def complete_meta(ds: Dataset, meta: Dataset, syntax: TransferSyntax, *, is_new: bool) -> Dataset:
    """Return the file meta to write: a copy that names the instance, the transfer syntax and this writer.

    A new one gets all required elements; a file that was read without one keeps without. Raises MissingElementError if
    a new file has no SOP Class or Instance UID (PS3.10 7.1).
    """
    meta = meta.copy()
    for tag, source, keyword in (
        (_SOP_CLASS, 0x00080016, "SOPClassUID"),
        (_SOP_INSTANCE, 0x00080018, "SOPInstanceUID"),
    ):
        value = ds._value_of(source) if ds._has(source) else ""
        if value and (not meta._has(tag) or meta._value_of(tag) != value):
            meta[tag] = value
        elif is_new and not meta._has(tag):
            raise MissingElementError(f"a file needs ds.{keyword} (PS3.10 7.1): set it before writing", tag=Tag(source))
    if not meta._has(_TRANSFER_SYNTAX) or meta._value_of(_TRANSFER_SYNTAX) != syntax.uid:
        meta[_TRANSFER_SYNTAX] = syntax.uid
    if is_new and not meta._has(_VERSION):
        meta[_VERSION] = b"\0\1"
    if is_new and not meta._has(_GROUP_LENGTH):
        meta[_GROUP_LENGTH] = 0  # the serializer counts
    meta[_CLASS_UID] = IMPLEMENTATION_CLASS_UID
    meta[_VERSION_NAME] = IMPLEMENTATION_VERSION_NAME
    return meta
