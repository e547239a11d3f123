"""The scan of an encoded data set over a source: windows in, an index and its Issues out (PS3.5 7).

The kernel decides what it needs; this module reads it, in windows that grow while the scan goes straight on and stay
small where it hops over values.
"""

from __future__ import annotations

from types import MappingProxyType

from dicomkit._ext import Scanner
from dicomkit.core.issue import Issue, IssueCode
from dicomkit.core.tag import Tag
from dicomkit.dictionary import packed_vrs
from dicomkit.errors import EncodingError, LimitExceededError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import NoReturn, Protocol, TypeAlias

    from dicomkit._ext import Index
    from dicomkit.core.buffer import ByteSource
    from dicomkit.core.issue import IssueCollector
    from dicomkit.core.limits import Limits

    Event: TypeAlias = tuple[int, int, int, int, int, int]

    class Forward(ByteSource, Protocol):
        """A window on a stream that only moves forward."""

        @property
        def base(self) -> int: ...
        @property
        def window(self) -> bytes: ...
        @property
        def has_ended(self) -> bool: ...
        def reach(self, offset: int, length: int) -> int: ...
        def skip(self, length: int) -> int: ...


__all__ = [
    "FIRST_WINDOW",
    "begins_implicit",
    "issue_of",
    "keep_offset_tables",
    "report_deviations",
    "run",
    "scan_again",
    "scan_bytes",
    "scan_element",
    "scan_sequence",
    "steps",
]

FIRST_WINDOW = 16 << 10
_HOP_WINDOW = 4 << 10
_LARGEST_WINDOW = 1 << 20
# Fragments shorter than this are cheaper to read over than to hop over.
_SHORT_HOP = 4 << 10
_UNBOUNDED = (1 << 63) - 1

_PIXEL_DATA, _EXTENDED_OFFSETS, _EXTENDED_LENGTHS = 0x7FE00010, 0x7FE00001, 0x7FE00002
_ITEM_HEADER = 8
# Flags of the index, see _ext/scan.pyx.
_IMPLICIT_FLAG, _FRAGMENT_FLAG, _UNWALKED_FLAG = 8, 32, 128

# Statuses of Scanner.run, see _ext/scan.pyx.
_DONE, _NEED, _TABLE, _DEPTH, _ELEMENTS, _FRAGMENTS, _MEMORY, _EVENT = range(8)
_FRAGMENT_EVENT = 7

# What was done about a deviation: (message, action). The message may use {value}, what the kernel noted.
_TEXTS = {
    "TRUNCATED": ("the source ends inside it (length {value})", "kept what there is"),
    "ODD_LENGTH": ("odd length {value}", "kept as it is"),
    "LENGTH_OVERRUN": ("length {value} goes beyond what encloses it", "cut at the end of the enclosing item"),
    "ITEM_LENGTH_WRONG": ("item length {value} goes beyond its sequence", "cut at the end of the sequence"),
    "DELIMITER_MISSING": ("the delimiter is missing", "ended where the next element or item begins"),
    "DELIMITER_STRAY": ("a delimiter that ends nothing", "skipped"),
    "DELIMITER_LENGTH": ("a delimiter of length {value} instead of 0", "taken as 0"),
    "UNKNOWN_VR": ("an unknown VR", "read as UN"),
    "INVALID_VR": ("no VR where one should be", "read as UN"),
    "VR_FORM_MIXED": ("an element of the other VR form (explicit or implicit)", "read in that form"),
    "TRANSFER_SYNTAX_MISMATCH": ("not the VR form of the transfer syntax", "read in the form found"),
    "UN_UNDEFINED_LENGTH": ("UN of undefined length", "read as an Implicit VR Little Endian sequence"),
    "UNDEFINED_LENGTH_VR": ("undefined length for a VR that cannot have one", "read as a sequence"),
    "DUPLICATE_ELEMENT": ("the element occurs twice", "the last one counts"),
    "OUT_OF_ORDER": ("the tag does not ascend", "kept, found by its tag"),
    "TRAILING_ZEROS": ("zero bytes after the last element: {value}", "kept, not read as elements"),
    "ITEM_EXPECTED": ("something other than an item in a sequence", "the sequence was ended there"),
    "FRAGMENTS_NOT_WALKED": ("fragments of the Pixel Data not looked at yet", "left to the first frame or check()"),
}


def run(scanner: Scanner, source: ByteSource | None, limits: Limits, end: int | None, status: int = -1) -> Index:
    """Run a scanner to its end, reading from the source what it asks for; LimitExceededError beyond a bound.

    `status` is that of a run made already.
    """
    index = scanner.index
    if status < 0:
        status = scanner.run()
    # Where each read costs a round trip, more is taken with it: a source says how much.
    hop = getattr(source, "hop_window", _HOP_WINDOW)
    windows = _Windows(hop)
    missing = (-1, 0)  # what the source turned out not to have: told once, the scanner must not need it any more
    while status:
        if status == _NEED:
            offset, length = scanner.need_offset, scanner.need_length
            if source is None:
                scanner.set_end(_end_of(index, end))
            else:
                in_fragments = scanner.in_fragments
                wanted = windows.fragments(offset, length) if in_fragments else windows.elements(offset, length)
                if end is not None:
                    wanted = min(wanted, end - offset)
                data = source.read_at(offset, wanted)
                windows.end = offset + len(data)
                if len(data) < length:
                    if (offset, length) == missing:
                        raise EncodingError("the scan asks again for bytes that are not there", offset=offset)
                    missing = (offset, length)
                    scanner.set_end(windows.end)
                if not in_fragments:
                    index.add_segment(data, offset)
                scanner.feed(data, offset)
                if in_fragments:
                    status = scanner.run()
                    if not scanner.in_fragments and index.counts[2]:
                        # What lies behind the fragments, as far as it came with them.
                        last, size = index.fragment(index.counts[2] - 1)
                        if offset <= last + size < windows.end:
                            index.add_segment(data[last + size - offset :], last + size)
                    continue
        elif status == _TABLE:
            scanner.set_table(*packed_vrs())
        else:
            _exceeded(status, limits, scanner.pos)
        status = scanner.run()
    return index


def _exceeded(status: int, limits: Limits, offset: int) -> NoReturn:
    name = {_DEPTH: "depth", _ELEMENTS: "elements", _FRAGMENTS: "fragments"}[status]
    bound = getattr(limits, name)
    assert bound is not None  # only a bound can be exceeded
    raise LimitExceededError(name, bound + 1, bound=bound, offset=offset)


class _Windows:
    """How much to read at once: more and more while the scan goes straight on, little where it hops."""

    __slots__ = ("end", "hop", "step")

    def __init__(self, hop: int) -> None:
        self.hop = hop
        self.step = hop
        self.end = -1  # of the last window

    def elements(self, offset: int, length: int) -> int:
        self.step = min(self.step * 2, _LARGEST_WINDOW) if offset <= self.end else self.hop
        return max(length, self.step)

    def fragments(self, offset: int, length: int) -> int:
        """A header only, unless reading what lies between is no dearer than another read."""
        if self.end >= 0 and offset - self.end <= max(self.step, _SHORT_HOP):
            self.step = min(max(self.step * 4, _SHORT_HOP), _LARGEST_WINDOW)
        else:
            self.step = self.hop if self.hop > _HOP_WINDOW else length
        return max(length, self.step)


def _end_of(index: Index, end: int | None) -> int:
    return end if end is not None else index.end


def kernel_limits(limits: Limits) -> tuple[int, int, int]:
    """The limits on depth, elements and fragments as the kernel takes them."""
    depth, elements, fragments = limits.depth, limits.elements, limits.fragments
    return (
        _UNBOUNDED if depth is None else depth,
        _UNBOUNDED if elements is None else elements,
        _UNBOUNDED if fragments is None else fragments,
    )


def report_deviations(
    scanner: Scanner,
    collector: IssueCollector,
    prefix: tuple[int, ...] = (),
    renamed: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Hand what the kernel found to the policy, as Issues; some under another name.

    Where a source ends it cuts every sequence and item around as well: the innermost, whose path names them, says so.
    """
    deviations = scanner.deviations_found()
    cut = [found for found in deviations if found[0] == "TRUNCATED"]
    innermost = max(reversed(cut), key=lambda found: len(found[3])) if cut else None
    for found in deviations:
        path = found[3]
        if innermost is None or found[0] != "TRUNCATED" or found is innermost or innermost[3][: len(path)] != path:
            collector.report(issue_of(found, prefix, renamed))
    collector.drop(scanner.dropped)


def issue_of(
    found: tuple[str, int, int, tuple[int, ...]],
    prefix: tuple[int, ...] = (),
    renamed: Mapping[str, str] = MappingProxyType({}),
) -> Issue:
    """Return the Issue of a deviation that the kernel found: (name, offset, value, path)."""
    name, offset, value, inner = found
    message, action = _TEXTS[name]
    path = (*prefix, *inner)
    path = tuple(Tag(step) if i % 2 == 0 else step for i, step in enumerate(path))
    return Issue(IssueCode[renamed.get(name, name)], message.format(value=value), action, offset, path)


def scan_bytes(
    data: bytes, base: int, *, implicit: bool, big_endian: bool, limits: Limits, collector: IssueCollector
) -> Index:
    """Index an encoded data set that is in memory; `base` is where it lies in its source."""
    end = base + len(data)
    depth, elements, fragments = kernel_limits(limits)
    scanner = Scanner(
        base,
        end,
        implicit,
        big_endian,
        max_depth=depth,
        max_elements=elements,
        max_fragments=fragments,
        max_deviations=limits.issues,
    )
    scanner.index.add_segment(data, base)
    scanner.feed(data, base)
    index = run(scanner, None, limits, end)
    report_deviations(scanner, collector)
    return index


def scan_sequence(
    data: bytes, base: int, tag: int, limits: Limits, collector: IssueCollector, path: tuple[int, ...]
) -> tuple[Index, int, int]:
    """Index the items of a sequence that stood in a UN value: (index, first item, item count) (PS3.5 6.2.2)."""
    end = base + len(data)
    depth, elements, fragments = kernel_limits(limits)
    scanner = Scanner(
        base,
        end,
        True,
        False,
        sequence_tag=tag,
        max_depth=depth,
        max_elements=elements,
        max_fragments=fragments,
        max_deviations=limits.issues,
    )
    scanner.index.add_segment(data, base)
    scanner.feed(data, base)
    index = run(scanner, None, limits, end)
    report_deviations(scanner, collector, path[:-1])
    _, _, _, _, _, first, count = index.element(index.item(index.root)[2])
    return index, first, count


def scan_element(data: bytes, base: int, end: int, *, implicit: bool, big_endian: bool) -> Index:
    """Index a single element, of which the header at least is in `data`, and which ends at `end`."""
    scanner = Scanner(base, end, implicit, big_endian, keep=0)
    scanner.index.add_segment(data, base)
    scanner.feed(data, base)
    status = scanner.run()
    if status == _TABLE:
        scanner.set_table(*packed_vrs())
        scanner.run()
    return scanner.index


def begins_implicit(start: bytes, size: int, *, implicit: bool, big_endian: bool) -> bool | None:
    """Whether the first element is taken for one without VR, by who expects the form; None where none begins.

    `start` are the first bytes of a data set of `size` bytes.
    """
    scanner = Scanner(0, size, implicit, big_endian)
    scanner.feed(start, 0)
    status = scanner.step()
    if status == _TABLE:
        scanner.set_table(*packed_vrs())
        status = scanner.step()
    return bool(scanner.event[5] & _IMPLICIT_FLAG) if status == _EVENT else None


def steps(
    stream: Forward,
    start: int,
    *,
    implicit: bool,
    big_endian: bool,
    stop_tag: int,
    limits: Limits,
    collector: IssueCollector,
) -> Iterator[Event]:
    """Iterate over the events of a data set that comes as a stream, holding no more than a window of it.

    An event is (kind, tag, VR code, offset, length, flags), see _ext/scan.pyx. Values up to ``limits.deferred_bytes``
    lie in the window then; longer ones and fragments are still in the stream, and whoever gets the event takes or skips
    them. Raises LimitExceededError beyond a bound.
    """
    depth, elements, fragments = kernel_limits(limits)
    scanner = Scanner(
        start, None, implicit, big_endian, limits.deferred_bytes, stop_tag, depth, max_deviations=limits.issues
    )
    reported = 0
    while True:
        status = scanner.step()
        if scanner.has_deviations:
            for found in scanner.deviations_found(reported):
                reported += 1
                if found[0] == "TRAILING_ZEROS" and stream.size is None:
                    found = (*found[:2], stream.skip(_UNBOUNDED), found[3])
                collector.report(issue_of(found))
        if status == _DONE:
            collector.drop(scanner.dropped)
            return
        if status == _EVENT:
            event = scanner.event
            yield event
            if event[0] == _FRAGMENT_EVENT:
                fragments -= 1
                if fragments < 0:
                    _exceeded(_FRAGMENTS, limits, scanner.pos)
            else:
                elements -= 1
                if elements < 0:
                    _exceeded(_ELEMENTS, limits, scanner.pos)
            end = stream.base + len(stream.window)
            if stream.has_ended and scanner.pos > end:
                scanner.set_end(end)
        elif status == _NEED:
            offset, length = scanner.need_offset, scanner.need_length
            have = stream.reach(offset, length)
            if have < length:
                scanner.set_end(stream.base + have)
            scanner.feed(stream.window, stream.base)
        elif status == _TABLE:
            scanner.set_table(*packed_vrs())
        else:
            _exceeded(status, limits, scanner.pos)


def scan_again(
    source: ByteSource,
    start: int,
    end: int,
    *,
    implicit: bool,
    big_endian: bool,
    limits: Limits,
    collector: IssueCollector,
    path: tuple[int, ...],
    window: bytes | None,
) -> Index:
    """Index what a scan left out from `start` on: fragments that were not walked, and what is behind them.

    `window` is what is in memory from there on.
    """
    depth, elements, fragments = kernel_limits(limits)
    scanner = Scanner(
        start,
        end,
        implicit,
        big_endian,
        keep=0,
        max_depth=depth,
        max_elements=elements,
        max_fragments=fragments,
        max_deviations=limits.issues,
    )
    if window:
        scanner.feed(window, start)
    index = run(scanner, source, limits, end)
    report_deviations(scanner, collector, path)
    return index


def keep_offset_tables(index: Index, source: ByteSource | None, limits: Limits) -> None:
    """Take the offset tables of the Pixel Data into memory, so that a frame then costs one read."""
    position = index.find(index.root, _PIXEL_DATA)
    if position < 0 or source is None:
        return
    _, _, offset, length, flags, first, count = index.element(position)
    if not flags & _FRAGMENT_FLAG:
        return
    spans = []
    for tag in (_EXTENDED_OFFSETS, _EXTENDED_LENGTHS):
        at = index.find(index.root, tag)
        if at >= 0:
            spans.append(index.element(at)[2:4])
    if len(spans) == 2 and 0 <= spans[1][0] - sum(spans[0]) <= _SHORT_HOP:
        spans = [(spans[0][0], sum(spans[1]) - spans[0][0])]
    if count and not flags & _UNWALKED_FLAG:
        spans.append(index.fragment(first))
    elif length >= _ITEM_HEADER:
        header = index.read(offset, _ITEM_HEADER)
        if header is None:
            header = source.read_at(offset, min(getattr(source, "hop_window", _HOP_WINDOW), length))
            index.add_segment(header, offset)
        table = int.from_bytes(header[4:_ITEM_HEADER], "little")
        spans.append((offset, min(table + 2 * _ITEM_HEADER, length)))
    for at, size in spans:
        if size and size <= limits.read_ahead and index.view(at, size) is None:
            index.add_segment(source.read_at(at, size), at)
