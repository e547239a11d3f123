"""Where the content of a file begins, and how it is encoded where nothing says so (PS3.10 7.1)."""

from __future__ import annotations

from struct import unpack_from

from dicomkit.core.issue import Issue, IssueCode
from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.core.vr import VR
from dicomkit.errors import NotDicomError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.core.buffer import ByteSource
    from dicomkit.core.issue import IssueCollector

__all__ = ["find_start", "guess_form", "has_form"]

_IMPLICIT = TransferSyntax.of("1.2.840.10008.1.2")
_EXPLICIT = TransferSyntax.of("1.2.840.10008.1.2.1")
_EXPLICIT_BIG = TransferSyntax.of("1.2.840.10008.1.2.2")
_VR_CODES = frozenset(vr.encode("ascii") for vr in VR)
_SHORT_VRS = frozenset(vr.encode("ascii") for vr in VR if vr.length_bytes == 2)
_UNDEFINED_LENGTH = 0xFFFFFFFF
_ITEM_GROUP = 0xFFFE


def find_start(head: bytes, name: str, force: bool, collector: IssueCollector) -> tuple[int, bytes | None]:
    """Return where the File Meta Information or the bare data set begins, and the preamble if there is one.

    For files without "DICM" after 128 bytes. Raises NotDicomError for what does not begin with an element.
    """
    if head[:4] == b"DICM":
        collector.report(Issue(IssueCode.NO_PREAMBLE, "no 128 bytes before DICM", "read without", 0))
        return 4, None
    if not head:
        raise NotDicomError("an empty file", source=name)
    stray = _stray_bytes(head)
    if stray:
        message = f"{stray} bytes that are no preamble before the first element"
        collector.report(Issue(IssueCode.NO_PREAMBLE, message, "read from the first element", 0))
        return stray, None
    if force or _begins_with_element(head):
        collector.report(Issue(IssueCode.NO_PREAMBLE, "no preamble and prefix", "read from the first byte", 0))
        return 0, None
    raise NotDicomError(
        "not DICOM: no DICM after 128 bytes, and no data element at the start; force=True reads it all the same",
        source=name,
        offset=0,
    )


def _stray_bytes(head: bytes) -> int:
    """How many bytes stand before a data set in Explicit VR that begins late: a preamble without prefix, or a rest.

    Only a run of two elements is taken for one: two known VRs, ascending tags, a length that leads to the second.
    """
    if _begins_with_element(head):
        return 0
    candidates: list[int] = [128, 132, *range(1, 128)]
    for start in candidates:
        first = head[start : start + 8]
        if len(first) < 8 or first[4:6] not in _SHORT_VRS or first[:2] not in (b"\x02\0", b"\x08\0"):
            continue
        length = int.from_bytes(first[6:8], "little")
        following = head[start + 8 + length :][:6]
        if following[4:6] in _VR_CODES and following[:2] in (b"\x02\0", b"\x08\0", b"\x10\0"):
            return start
    return 0


def _begins_with_element(head: bytes) -> bool:
    """Whether the first bytes are an element that a data set or a file meta can begin with."""
    if len(head) < 8:
        return False
    for order in ("<", ">"):
        group, element = unpack_from(order + "HH", head)
        if group not in (0x0002, 0x0004, 0x0008, 0x0010) or (group == 0x0010 and element > 0x4000):
            continue
        if head[4:6] in _VR_CODES:
            return True
        (length,) = unpack_from(order + "I", head, 4)
        if length == 0xFFFFFFFF or (length <= 1024 and not length & 1 and (element or length == 4)):
            return True
    return False


def guess_form(data: bytes) -> TransferSyntax:
    """Return the transfer syntax that the first element of a data set looks like; Implicit VR Little Endian if none."""
    if data[4:6] in _VR_CODES:
        return _EXPLICIT_BIG if data[0] == 0 and data[1] != 0 else _EXPLICIT
    return _IMPLICIT


def has_form(source: ByteSource, start: int, syntax: TransferSyntax, within: int) -> bool:
    """Return whether a data set begins as `syntax` says: its first element leads to another one, or to the end.

    Only an element that ends in the first `within` bytes can show that.
    """
    data = source.read_at(start, within)
    first = _header(data, syntax)
    if first is None:
        return False
    tag, size, length = first
    if length == _UNDEFINED_LENGTH:
        return _group(data[size:], syntax) == _ITEM_GROUP
    rest = data[size + length :]
    if not rest:
        return size + length == len(data)
    following = _header(rest, syntax)
    return following is not None and following[0] > tag


def _group(data: bytes, syntax: TransferSyntax) -> int:
    return int.from_bytes(data[:2], "little" if syntax.is_little_endian else "big")


def _header(data: bytes, syntax: TransferSyntax) -> tuple[int, int, int] | None:
    """Tag, size of the header and length of an element; None for what is none."""
    order = "little" if syntax.is_little_endian else "big"
    if len(data) < 8:
        return None
    tag = _group(data, syntax) << 16 | _group(data[2:], syntax)
    if syntax.is_implicit:
        return tag, 8, int.from_bytes(data[4:8], order)  # type: ignore[arg-type]  # one of two literals
    if data[4:6] not in _VR_CODES:
        return None
    if data[4:6] in _SHORT_VRS:
        return tag, 8, _group(data[6:], syntax)
    return tag, 12, int.from_bytes(data[8:12], order)  # type: ignore[arg-type]  # one of two literals
