"""Encapsulated Pixel Data: items, offset tables, which fragments make which frame (PS3.5 A.4, PS3.3 C.7.6.3.1.8)."""

from __future__ import annotations

import sys
from array import array

from dicomkit.core.frozen import Frozen
from dicomkit.encoding.writer import EXPLICIT_LITTLE
from dicomkit.errors import EncodingError, PixelError, ValueEncodeError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Literal, TypeAlias

    OffsetTableKind: TypeAlias = Literal["basic", "extended", "none"]
    #: Called with what is wrong with a table, and what was done about it.
    Report: TypeAlias = Callable[[str, str], object]
    #: Gives the first and the last bytes of a fragment, by its number.
    Peek: TypeAlias = Callable[[int], tuple[bytes, bytes]]
    Table: TypeAlias = "FrameTable | OffsetTable"

__all__ = [
    "ENDS",
    "ITEM",
    "Encapsulated",
    "FrameTable",
    "OffsetTable",
    "assign_frames",
    "direct_table",
    "encapsulate",
    "extended_table",
    "fragments_of",
    "is_item_stream",
    "numbers",
    "packed",
    "split_items",
]

ITEM = b"\xfe\xff\x00\xe0"
"""The tag of an item; encapsulated Pixel Data is always little endian (PS3.5 A.4)."""
_SEQUENCE_DELIMITER = b"\xfe\xff\xdd\xe0"
_HEADER = 8
_LARGEST_OFFSET = 0xFFFFFFFF
_LARGEST_FRAGMENT = 0xFFFFFFFE  # 0xFFFFFFFF says that the length is undefined
ENDS = 16
"""How many bytes of each end of a fragment the last resort looks at."""


# -- reading ---------------------------------------------------------------------------------------------------------


class FrameTable:
    """Where the fragments of each frame lie: offsets count from the start of the source.

    `offsets` and `lengths` are of all fragments, without the item of the Basic Offset Table. Frame n has the fragments
    ``firsts[n]`` up to ``firsts[n + 1]``. `sizes` are the lengths of frames without padding, from an Extended Offset
    Table, empty without one.
    """

    __slots__ = ("firsts", "lengths", "offsets", "sizes")

    def __init__(self, offsets: array[int], lengths: array[int], firsts: array[int], sizes: array[int]) -> None:
        self.offsets = offsets
        self.lengths = lengths
        self.firsts = firsts
        self.sizes = sizes

    def __len__(self) -> int:
        return len(self.firsts) - 1

    def fragments(self, number: int) -> list[tuple[int, int]]:
        """Return (offset, length) of the fragments of a frame."""
        first, end = self.firsts[number], self.firsts[number + 1]
        return list(zip(self.offsets[first:end], self.lengths[first:end], strict=True))

    def span(self, number: int) -> tuple[int, int]:
        """Return (offset, length) of a frame with the item headers of its fragments: one run of bytes."""
        first, last = self.firsts[number], self.firsts[number + 1] - 1
        start = self.offsets[first] - _HEADER
        return start, self.offsets[last] + self.lengths[last] - start

    def size(self, number: int) -> int | None:
        """Return the length of a frame without padding where a table says it."""
        return self.sizes[number] if self.sizes else None


class OffsetTable:
    """Where each frame begins, by an offset table alone: nobody looked at the fragments.

    `starts` are where the first item of each frame begins, from the start of the source, with one more entry where
    the last frame ends, or may end at the latest.
    """

    __slots__ = ("sizes", "starts")

    def __init__(self, starts: array[int], sizes: array[int]) -> None:
        self.starts = starts
        self.sizes = sizes

    def __len__(self) -> int:
        return len(self.starts) - 1

    def span(self, number: int) -> tuple[int, int]:
        """Return (offset, length) of a frame with the item headers of its fragments."""
        start, end = self.starts[number], self.starts[number + 1]
        if self.sizes:
            size = self.sizes[number]
            return start, min(end - start, _HEADER + size + (size & 1))
        return start, end - start

    def size(self, number: int) -> int | None:
        """Return the length of a frame without padding where a table says it."""
        return self.sizes[number] if self.sizes else None


def numbers(code: str, data: bytes) -> array[int]:
    """Return the little endian numbers in `data`: code "I" of 32 bits, "Q" of 64; incomplete ones are left out."""
    result = array(code)
    result.frombytes(data[: len(data) // result.itemsize * result.itemsize])
    if sys.byteorder == "big":
        result.byteswap()
    return result


def extended_table(offsets: bytes, lengths: bytes, report: Report) -> tuple[array[int], array[int]] | None:
    """Return the numbers of an Extended Offset Table; None, and a report, if its two elements do not agree."""
    if len(offsets) != len(lengths) or len(offsets) % 8 or not offsets:
        report(f"an Extended Offset Table of {len(offsets)} bytes with lengths of {len(lengths)} bytes", "not used")
        return None
    return numbers("Q", offsets), numbers("Q", lengths)


def is_item_stream(data: bytes) -> bool:
    """Return whether bytes are nothing but whole items, as a value of encapsulated Pixel Data is (PS3.5 A.4)."""
    at = 0
    while data[at : at + 4] == ITEM:
        at += _HEADER + int.from_bytes(data[at + 4 : at + _HEADER], "little")
    return at == len(data) and at > 0


def basic_table(data: bytes, report: Report) -> array[int]:
    """Return the numbers of a Basic Offset Table, empty if it has none or is none."""
    if len(data) % 4:
        report(f"a Basic Offset Table of {len(data)} bytes", "not used")
        return array("I")
    return numbers("I", data)


def direct_table(
    basic: array[int],
    extended: tuple[array[int], array[int]] | None,
    count: int,
    base: int,
    end: int,
) -> OffsetTable | None:
    """Return where the frames are by a table that cannot be held against the fragments yet; None if it is not sane.

    `base` is where the item of the first fragment begins, from which tables count, and `end` what no frame reaches
    beyond.
    """
    offsets, sizes = extended if extended is not None else (basic, array("Q"))
    if count == 1 and not offsets:
        offsets = array("I", [0])  # the one frame has all fragments
    if len(offsets) != count or not count or offsets[0]:
        return None
    starts = array("Q", [base + offset for offset in offsets])
    starts.append(end)
    if any(starts[i] >= starts[i + 1] for i in range(count)):
        return None
    return OffsetTable(starts, sizes)


def assign_frames(
    fragments: tuple[array[int], array[int]],
    count: int,
    basic: array[int],
    extended: tuple[array[int], array[int]] | None,
    peek: Peek,
    report: Report,
) -> FrameTable:
    """Say which fragments make which frame.

    In this order: the Extended Offset Table, the Basic one, one fragment a frame or all of them for one, and at last
    the markers that codestreams begin and end with. A table that disagrees with the fragments is reported. Raises
    PixelError if nothing tells the frames apart.
    """
    offsets, lengths = fragments
    if not offsets:
        if count > 0:
            report(f"no fragments for {count} frames", "no frames")
        return FrameTable(offsets, lengths, array("Q", [0]), array("Q"))
    if extended is not None:
        firsts = _matched(extended[0], offsets, "Extended", count, report)
        if firsts is not None:
            table = FrameTable(offsets, lengths, firsts, array("Q"))
            table.sizes = _checked_sizes(table, extended[1], report)
            return table
    if basic:
        firsts = _matched(basic, offsets, "Basic", count, report)
        if firsts is not None:
            return FrameTable(offsets, lengths, firsts, array("Q"))
    return FrameTable(offsets, lengths, _by_number(len(offsets), count, peek, report), array("Q"))


def _matched(table: array[int], offsets: array[int], kind: str, count: int, report: Report) -> array[int] | None:
    """The first fragment of each frame by a table; None if its entries are no beginnings of fragments."""
    name = f"the {kind} Offset Table"
    base = offsets[0]
    entries = list(table)
    if entries[0]:
        # "the first entry is 0" (A.4); writers that counted from elsewhere were off by the same everywhere.
        shift = entries[0]
        entries = [entry - shift for entry in entries]
        report(f"{name} begins with {shift} instead of 0", f"{shift} taken off each entry")
    if kind == "Basic" and offsets[-1] - base > _LARGEST_OFFSET and _unwrapped(entries):
        report(f"{name} cannot reach beyond 4 GiB and began anew there", "counted on")
    firsts, at = array("Q"), 0
    for number, entry in enumerate(entries):
        while at < len(offsets) and offsets[at] - base < entry:
            at += 1
        if at == len(offsets) or offsets[at] - base != entry or (firsts and firsts[-1] == at):
            report(f"entry {number} of {name} is {entry}, where no fragment begins or another frame does", "not used")
            return None
        firsts.append(at)
    if len(entries) != count:
        if len(offsets) == count:
            report(f"{name} has {len(entries)} entries for {count} frames", "one fragment taken for each frame")
            return array("Q", range(count + 1))
        report(f"{name} has {len(entries)} entries for {count} frames", "the table believed")
    firsts.append(len(offsets))
    return firsts


def _unwrapped(entries: list[int]) -> bool:
    """Add 4 GiB at each entry that is lower than the one before it; say whether there was one."""
    wraps, previous = 0, 0
    for number, entry in enumerate(entries):
        if entry < previous:
            wraps += 1
        previous = entry
        entries[number] = entry + (wraps << 32)
    return wraps > 0


def _checked_sizes(table: FrameTable, sizes: array[int], report: Report) -> array[int]:
    """The lengths of an Extended Offset Table, if each is that of its frame, with the padding or without."""
    wrong = 0
    if len(sizes) != len(table):
        wrong = len(table)
    else:
        for number, size in enumerate(sizes):
            first, end = table.firsts[number], table.firsts[number + 1]
            total = sum(table.lengths[first:end])
            if not total - 1 <= size <= total:
                wrong += 1
    if wrong:
        report(f"{wrong} of the Extended Offset Table Lengths are not those of the frames", "the fragments believed")
        return array("Q")
    return sizes


def _by_number(fragments: int, count: int, peek: Peek, report: Report) -> array[int]:
    """The first fragment of each frame where no table says it."""
    if count <= 1:
        return array("Q", [0, fragments])
    if fragments <= count:
        if fragments < count:
            report(f"{fragments} fragments for {count} frames", "one fragment taken for each frame")
        return array("Q", range(fragments + 1))
    firsts = _by_markers(fragments, count, peek)
    if firsts is None:
        raise PixelError(
            f"nothing tells which of the {fragments} fragments belong to which of the {count} frames: no offset table, "
            "and no markers at the beginnings or ends of frames (PS3.5 A.4)"
        )
    if len(firsts) != count:
        report(f"the codestreams of {len(firsts)} frames instead of {count}", "those found are taken")
    firsts.append(fragments)
    return firsts


def _by_markers(fragments: int, count: int, peek: Peek) -> array[int] | None:
    begins, ends = array("Q"), array("Q", [0])
    for number in range(fragments):
        head, tail = peek(number)
        if _begins_codestream(head):
            begins.append(number)
        # JPEG, JPEG-LS and JPEG 2000 all end with FFD9; padding follows.
        if b"\xff\xd9" in tail[-10:] and number + 1 < fragments:
            ends.append(number + 1)
    if begins and begins[0] == 0 and len(begins) == count:
        return begins
    if len(ends) == count:
        return ends
    if len(begins) > 1 and begins[0] == 0:
        return begins
    return ends if len(ends) > 1 else None


def _begins_codestream(head: bytes) -> bool:
    """Whether a fragment begins as JPEG and JPEG-LS, JPEG 2000 and JPEG XL (bare or boxed), and RLE frames do."""
    if head.startswith((b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\xff\x0a", b"\0\0\0\x0cjP  ", b"\0\0\0\x0cJXL ")):
        return True
    # RLE: 1 to 15 segments, the first of them behind the header of 64 bytes (PS3.5 G.5).
    return len(head) >= 8 and 1 <= head[0] <= 15 and head[1:8] == b"\0\0\0\x40\0\0\0"


def split_items(region: bytes) -> list[memoryview]:
    """Return the values of the items that fill a run of bytes; EncodingError if they do not fill it exactly."""
    view, at, values = memoryview(region), 0, []
    while at < len(view):
        length = int.from_bytes(view[at + 4 : at + _HEADER], "little")
        end = at + _HEADER + length
        if view[at : at + 4] != ITEM or end > len(view):
            raise EncodingError("not a whole item of encapsulated Pixel Data", offset=at)
        values.append(view[at + _HEADER : end])
        at = end
    return values


def fragments_of(data: bytes, report: Report) -> tuple[bytes, tuple[array[int], array[int]]]:
    """Return the Basic Offset Table and the fragments (offsets, lengths) of an encapsulated value in memory.

    A value that ends early or goes on behind its end is reported. Raises EncodingError if it does not begin with an
    item.
    """
    if data[:4] != ITEM:
        raise EncodingError("encapsulated Pixel Data begins with an item (PS3.5 A.4)", offset=0)
    offsets, lengths, at = array("Q"), array("Q"), 0
    while at < len(data):
        tag = data[at : at + 4]
        if tag == _SEQUENCE_DELIMITER:
            break
        if tag != ITEM or at + _HEADER > len(data):
            report(f"something other than an item at {at}", "ended there")
            break
        length = int.from_bytes(data[at + 4 : at + _HEADER], "little")
        if length > len(data) - at - _HEADER:
            report(f"the fragment at {at} has {length} bytes, there are {len(data) - at - _HEADER}", "cut")
            length = len(data) - at - _HEADER
        offsets.append(at + _HEADER)
        lengths.append(length)
        at += _HEADER + length
    table = data[_HEADER : _HEADER + lengths[0]]
    return table, (offsets[1:], lengths[1:])


# -- writing ---------------------------------------------------------------------------------------------------------


class Encapsulated(Frozen):
    """Frames as the value of an encapsulated Pixel Data; immutable.

    `pieces` joined are that value, without the Sequence Delimitation Item. `extended_offsets` and `extended_lengths`
    are the values of Extended Offset Table (7FE0,0001) and Extended Offset Table Lengths (7FE0,0002), empty unless
    asked for.
    """

    __slots__ = ("pieces", "extended_offsets", "extended_lengths")  # noqa: RUF023  the order of __init__

    pieces: tuple[bytes, ...]
    extended_offsets: bytes
    extended_lengths: bytes

    def __init__(self, pieces: tuple[bytes, ...], extended_offsets: bytes = b"", extended_lengths: bytes = b"") -> None:
        put = object.__setattr__
        put(self, "pieces", pieces)
        put(self, "extended_offsets", extended_offsets)
        put(self, "extended_lengths", extended_lengths)

    def to_bytes(self) -> bytes:
        """Return the value."""
        return b"".join(self.pieces)

    __bytes__ = to_bytes


def encapsulate(
    frames: Iterable[bytes], *, offset_table: OffsetTableKind = "basic", fragment_size: int | None = None
) -> Encapsulated:
    """Return encoded frames as encapsulated Pixel Data (PS3.5 A.4), each padded to even length.

    `fragment_size` cuts frames into fragments of at most that many bytes, an even number; an extended table allows one
    fragment a frame only (PS3.3 C.7.6.3.1.8). Raises ValueEncodeError for what does not fit, a Basic Offset Table
    beyond 4 GiB among it.
    """
    check_layout(offset_table, fragment_size)
    body: list[bytes] = []
    offsets, sizes, at = [], [], 0
    for frame in frames:
        if not isinstance(frame, (bytes, bytearray, memoryview)):
            raise ValueEncodeError(f"a frame is bytes, not {type(frame).__name__}", vr="OB")
        frame = bytes(frame)
        offsets.append(at)
        sizes.append(len(frame))
        for start, end in fragment_bounds(len(frame), offset_table, fragment_size):
            padding = b"\0" * (end - start & 1)
            body += (item_header(end - start + len(padding)), frame[start:end], padding)
            at += _HEADER + end - start + len(padding)
    if offset_table == "extended":
        extended = extended_values(offsets, sizes)
        return Encapsulated((item_header(0), *body), *extended)
    table = basic_value(offsets) if offset_table == "basic" else b""
    return Encapsulated((item_header(len(table)), table, *body))


def check_layout(offset_table: OffsetTableKind, fragment_size: int | None) -> None:
    """Raise ValueEncodeError for a table that does not exist or fragments that cannot be."""
    if offset_table not in ("basic", "extended", "none"):
        raise ValueEncodeError('an offset table is "basic", "extended" or "none"', value=offset_table)
    if fragment_size is None:
        return
    if offset_table == "extended":
        raise ValueEncodeError("with an Extended Offset Table a frame is one fragment (PS3.3 C.7.6.3.1.8)")
    if fragment_size < 2 or fragment_size & 1 or fragment_size > _LARGEST_FRAGMENT:
        raise ValueEncodeError("fragments have an even number of bytes (PS3.5 A.4)", value=fragment_size)


def fragment_bounds(size: int, offset_table: OffsetTableKind, fragment_size: int | None) -> Iterator[tuple[int, int]]:
    """Iterate over the (start, end) of the fragments that a frame of `size` bytes is cut into; at least one."""
    step = fragment_size or _LARGEST_FRAGMENT
    if size > step and offset_table == "extended":
        raise ValueEncodeError("a frame of 4 GiB or more does not fit one fragment (PS3.5 7.5)", vr="OB")
    for start in range(0, size or 1, step):
        yield start, min(start + step, size)


def item_header(length: int) -> bytes:
    """Return the header of the item that holds a fragment of `length` bytes."""
    return EXPLICIT_LITTLE.item(length)


def basic_value(offsets: Sequence[int]) -> bytes:
    """Return the value of a Basic Offset Table; ValueEncodeError beyond the 32 bits of its entries."""
    if offsets and offsets[-1] > _LARGEST_OFFSET:
        raise ValueEncodeError('a Basic Offset Table ends at 4 GiB (PS3.5 A.4): use offset_table="extended"', vr="OB")
    return packed("I", offsets)


def extended_values(offsets: Sequence[int], sizes: Sequence[int]) -> tuple[bytes, bytes]:
    """Return the values of Extended Offset Table and Extended Offset Table Lengths."""
    return packed("Q", offsets), packed("Q", sizes)


def packed(code: str, values: Sequence[int]) -> bytes:
    """Return numbers as little endian bytes, the inverse of `numbers`."""
    result = array(code, values)
    if sys.byteorder == "big":
        result.byteswap()
    return result.tobytes()
