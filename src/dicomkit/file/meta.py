"""The File Meta Information: group 0002, always Explicit VR Little Endian (PS3.10 7.1)."""

from __future__ import annotations

from dicomkit._ext import Scanner
from dicomkit.core.issue import Issue, IssueCode
from dicomkit.core.tag import Tag
from dicomkit.core.uid import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from dicomkit.core.vr import VR
from dicomkit.encoding.scanning import issue_of, run
from dicomkit.encoding.writer import EXPLICIT_LITTLE
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

__all__ = ["complete_meta", "index_of_meta", "read_meta", "spliced_meta"]

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

_NAMES_OF_INSTANCE = ((_SOP_CLASS, 0x00080016), (_SOP_INSTANCE, 0x00080018))

# Flags of the index, see _ext/scan.pyx.
_LONG, _IMPLICIT, _UNORDERED, _LITTLE = 4, 8, 4, 32
_UL, _UI = 0x554C, 0x5549


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
    if declared is not None and declared < scanner.index.end and _end_of_last(scanner.index) == declared:
        # Only delimiters follow, which the kernel passed: they are what the data set begins with.
        scanner = _scanned(opened, head, start, declared, limits)
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


def index_of_meta(data: bytes) -> Index:
    """Return the index of a file meta, in memory and with nothing wrong."""
    scanner = Scanner(0, len(data), False, False, 1 << 20, _BEHIND_META, 64, 100_000, 0, 0)
    scanner.index.add_segment(data, 0)
    scanner.feed(data, 0)
    scanner.run()
    return scanner.index


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


def _end_of_last(index: Index) -> int:
    """Where the value of the last element ends."""
    _, _, first, count, _ = index.item(index.root)
    if not count:
        return -1
    _, _, offset, length, _, _, _ = index.element(first + count - 1)
    return offset + length


def _report(scanner: Scanner, collector: IssueCollector, end: int | None) -> None:
    """The kernel does not know that it read a file meta; the Issue does. What lies at its `end` is the data set's."""
    renamed = {"TRANSFER_SYNTAX_MISMATCH": "META_NOT_EXPLICIT_VR"}
    for found in scanner.deviations_found():
        if found[1] != end:
            collector.report(issue_of(found, renamed=renamed))
    collector.drop(scanner.dropped)


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


def _encoded(tag: int, vr: VR, text: str) -> bytes:
    data = text.encode("ascii")
    if len(data) & 1:
        data += vr.padding or b"\0"
    return EXPLICIT_LITTLE.header(tag, vr, len(data)) + data


_OUR_NAMES = (
    (_CLASS_UID, _encoded(_CLASS_UID, VR.UI, IMPLEMENTATION_CLASS_UID)),
    (_VERSION_NAME, _encoded(_VERSION_NAME, VR.SH, IMPLEMENTATION_VERSION_NAME)),
)


def spliced_meta(ds: Dataset, index: Index, syntax: TransferSyntax) -> bytes | None:
    """Return the file meta that `complete_meta` would give, encoded, from the one that was read; None if it must do it.

    It must where the file meta is not as PS3.10 7.1 has it, or the data set does not plainly name its instance.
    """
    root = index.root
    start, end, first, count, flags = index.item(root)
    if not count or flags != _LITTLE or index.element(first)[:4] != (_GROUP_LENGTH, _UL, start + 8, 4):
        return None
    value = _raw(index, _TRANSFER_SYNTAX)
    if value is None or value != syntax.uid.encode("ascii", "replace"):
        return None
    edits: list[tuple[int, bytes | None]] = []
    body = ds._index
    for tag, source in _NAMES_OF_INSTANCE:
        name = None if body is None or (ds._edits and source in ds._edits) else _raw(body, source)
        if name is None or len(name) > 64 or not name.isascii():
            return None
        if name and name != _raw(index, tag):
            edits.append((tag, _encoded(tag, VR.UI, name.decode("ascii"))))
    edits += _OUR_NAMES
    parts = index.splice(root, edits)
    if parts is None or start + 12 > end:
        return None
    encoded = [part if isinstance(part, bytes) else index.read(*part) for part in parts]
    if None in encoded:
        return None
    data = b"".join(encoded)  # type: ignore[arg-type]  # none is None
    return data[:8] + (len(data) - 12).to_bytes(4, "little") + data[12:]


def _raw(index: Index, tag: int) -> bytes | None:
    """The value of a UID at the top, without padding; None where it is not in memory or no UI."""
    position = index.find(index.root, tag)
    if position < 0:
        return None
    _, vr, offset, length, flags, _, _ = index.element(position)
    value = index.read(offset, length) if vr in (_UI, 0) and not flags & ~(_LONG | _IMPLICIT) else None
    return None if value is None else value.strip(b"\0 ")
