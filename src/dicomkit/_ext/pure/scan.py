"""The scan of ``_ext/scan.pyx``, written plainly: its oracle in the tests, its stand-in without a compiler (PS3.5 7).

A step of the scan looks at one header. It either completes, or raises `_Stop` before it has changed anything; a scan
that had to wait for bytes begins the step anew when it has them. What a step decides never depends on how much more
than it asked for lies in the window.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left

from dicomkit._ext.pure.index import Index

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dicomkit._ext.pure.index import Element, Item

    #: Kind, tag, VR code, offset, length, flags.
    Event = tuple[int, int, int, int, int, int]

__all__ = ["ISSUE_NAMES", "Index", "Scanner", "scan_file"]

ISSUE_NAMES = (
    "TRUNCATED", "ODD_LENGTH", "LENGTH_OVERRUN", "ITEM_LENGTH_WRONG", "DELIMITER_MISSING", "DELIMITER_STRAY",
    "DELIMITER_LENGTH", "UNKNOWN_VR", "INVALID_VR", "VR_FORM_MIXED", "TRANSFER_SYNTAX_MISMATCH",
    "UN_UNDEFINED_LENGTH", "DUPLICATE_ELEMENT", "OUT_OF_ORDER", "TRAILING_ZEROS",
    "ITEM_EXPECTED", "FRAGMENTS_NOT_WALKED", "UNDEFINED_LENGTH_VR",
)  # fmt: skip

DONE, NEED, TABLE, DEPTH, ELEMENTS, FRAGMENTS, MEMORY, EVENT = range(8)

# What step() has come to.
_V_ELEMENT, _V_SEQUENCE, _V_SEQUENCE_END, _V_ITEM, _V_ITEM_END, _V_FRAGMENTS, _V_FRAGMENTS_END, _V_FRAGMENT = range(8)

# Flags of elements.
_UNDEFINED = 1  # the length field said 0xFFFFFFFF
_DELIMITED = 2  # and a sequence delimiter was there
_LONG = 4  # 12-byte header
_IMPLICIT = 8  # header without VR
_SEQUENCE = 16  # first/count are items
_FRAGMENTS = 32  # first/count are fragments
_CLIPPED = 64  # the value goes beyond its container or the source; length is what there is
_UNWALKED = 128  # the fragments were not walked; length reaches to the end of the source
_UN = 256  # said UN and undefined length, content is Implicit VR Little Endian

# Flags of items; undefined and delimited as of elements.
_ITEM_UNORDERED = 4
_ITEM_IMPLICIT = 8
_ITEM_CLIPPED = 16
_ITEM_LITTLE = 32

_NO_END = (1 << 64) - 1
_LARGEST = (1 << 63) - 1
_LARGEST_COUNT = (1 << 32) - 1  # numbers in the tables have 32 bits
_DEEPEST = 1 << 30
_UNDEFINED_LENGTH = 0xFFFFFFFF
_NO_STOP = 0xFFFFFFFF
_DELIMITER_GROUP = 0xFFFE
_ITEM, _ITEM_DELIMITER, _SEQUENCE_DELIMITER = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_LONGEST_PATH = 128
# How far to look for what follows an odd header: over the longest value with a 16-bit length.
_SIGHT = 0x10020


def _codes(names: str) -> frozenset[int]:
    return frozenset(int.from_bytes(name.encode(), "big") for name in names.split())


# Header form of each VR (PS3.5 7.1.2): a 16-bit length, or two reserved bytes and a 32-bit length.
_SHORT_FORM = _codes("AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US")
_LONG_FORM = _codes("OB OD OF OL OV OW SQ SV UC UN UR UT UV")
_SQ, _UN_VR, _UL, _LO = (int.from_bytes(name, "big") for name in (b"SQ", b"UN", b"UL", b"LO"))
_BULK = _codes("OB OW")


class _Stop(Exception):  # noqa: N818  nothing is wrong
    """The scan cannot go on: it needs something from the caller, or a bound was met."""

    def __init__(self, status: int) -> None:
        self.status = status


class _Frame:
    """A container that is open: a data set or item, the items of a sequence, or the fragments of Pixel Data."""

    __slots__ = (
        "count", "cut", "element_flags", "elements", "end", "first", "flags", "implicit", "items", "kind", "last_tag",
        "number", "offset", "start", "swap", "tag", "undefined", "vr",
    )  # fmt: skip

    def __init__(self, kind: str, start: int, end: int, *, undefined: bool, implicit: bool, swap: bool) -> None:
        self.kind = kind
        self.start = start
        self.end = end  # where a defined length ends; for an undefined one the end of the enclosing container
        self.undefined = undefined
        self.implicit = implicit
        self.swap = swap
        self.cut = False  # the source ended before the defined length did
        self.number = 0  # elements, items or fragments seen
        # Of a data set:
        self.flags = 0
        self.last_tag = 0
        self.elements: list[Element] = []
        # Of a sequence or fragments, what will be their element:
        self.tag = self.vr = self.offset = self.element_flags = self.first = self.count = 0
        self.items: list[Item] = []


class _Header:
    """An element header, decoded but not yet accepted."""

    __slots__ = ("implicit", "length", "note", "size", "tag", "vr")

    def __init__(self, tag: int, vr: int, length: int, size: int, implicit: bool, note: str | None) -> None:
        self.tag = tag
        self.vr = vr
        self.length = length
        self.size = size
        self.implicit = implicit
        self.note = note  # the deviation of its form

    @property
    def flags(self) -> int:
        return (_LONG if self.size == 12 else 0) | (_IMPLICIT if self.implicit else 0)


class Scanner:
    """The resumable scan of one data set: ``feed`` windows, ``run`` until DONE, then take ``index``.

    ``start`` and ``end`` bound the data set in the source (``end`` None: not known yet, a stream).
    ``keep`` is the longest value that must lie in one window; longer ones are hopped over. ``sequence_tag`` says that
    the source is not a data set but the items of that sequence. At most ``walk`` fragments of Pixel Data are looked at,
    all of them in items, whose end is not known otherwise.
    """

    def __init__(
        self,
        start: int,
        end: int | None,
        implicit: bool,
        big_endian: bool,
        keep: int = 65536,
        stop_tag: int = _NO_STOP,
        max_depth: int = 64,
        max_elements: int = 20_000_000,
        max_fragments: int = 10_000_000,
        max_deviations: int = 1000,
        walk: int = 0xFFFFFFFF,
        sequence_tag: int = 0,
    ) -> None:
        if not 0 <= start <= _LARGEST or (end is not None and not 0 <= end <= _LARGEST):
            raise ValueError("a data set beyond the largest offset")
        self.index = Index()
        self.index.big_endian = bool(big_endian)
        self.pos = start
        self.need_offset = self.need_length = 0
        self.in_fragments = False
        self.dropped = 0
        self.event: Event = (0, 0, 0, 0, 0, 0)
        self._root_end = _NO_END if end is None else end
        self._keep = keep
        self._stop_tag = stop_tag
        self._max_height = min(max_depth, _DEEPEST) * 2 + 1
        self._max_elements = min(max_elements, _LARGEST_COUNT)
        self._max_fragments = min(max_fragments, _LARGEST_COUNT)
        self._max_deviations = max_deviations
        self._walk = walk
        self._window: bytes | None = None
        self._base = 0
        self._tags: Sequence[int] = ()
        self._codes: Sequence[int] = ()
        self._n_elements = self._n_items = 0
        self._deviations: list[tuple[str, int, int, tuple[int, ...]]] = []
        root = _Frame("data set", start, self._root_end, undefined=False, implicit=implicit, swap=big_endian)
        self._stack = [root]
        if sequence_tag:
            # The source is the value of a sequence: the root holds one element whose items it is.
            items = self._open("items", self._root_end, undefined=False)
            items.tag, items.vr, items.offset, items.element_flags = sequence_tag, _SQ, start, _SEQUENCE

    # -- the caller's side -----------------------------------------------------------------------------------------

    @property
    def is_implicit(self) -> bool:
        """Whether the data set turned out to be encoded without VRs (PS3.5 7.1.3), whatever was declared."""
        return bool(self.index.counts[1] and self.index.item(self.index.root)[4] & _ITEM_IMPLICIT)

    @property
    def has_deviations(self) -> bool:
        """Whether anything deviates from the standard."""
        return bool(self._deviations) or self.dropped > 0

    def deviations_found(self, first: int = 0) -> list[tuple[str, int, int, tuple[int, ...]]]:
        """Return [(name, offset, value, path)], from the first-th found on; path alternates tags and item numbers."""
        return self._deviations[first:]

    def feed(self, data: bytes, base: int) -> None:
        """Give the scanner a window: `data` are the bytes of the source from `base` on."""
        if not isinstance(data, bytes):
            raise TypeError(f"a window is bytes, not {type(data).__name__}")
        if not 0 <= base <= _LARGEST:
            raise ValueError("a window beyond the largest offset")
        self._window, self._base = data, base

    def set_end(self, end: int) -> None:
        """Say where the source ends, once a stream has shown it, or where it turned out to be shorter than it was."""
        for frame in self._stack:
            if frame.end > end:
                frame.cut = not frame.undefined and frame.end != _NO_END
                frame.end = end
        self._root_end = min(self._root_end, end)

    def set_table(self, tags: bytes, codes: bytes) -> None:
        """Give the VRs of PS3.6 for Implicit VR: ascending native uint32 tags and uint16 VR codes."""
        if len(tags) != 2 * len(codes) or len(tags) % 4:
            raise ValueError("tags and codes differ in number")
        self._tags, self._codes = array("I", tags), array("H", codes)

    def run(self) -> int:
        """Scan until a status: DONE, NEED (feed and run again), TABLE (set_table), or a bound that was exceeded."""
        try:
            if self._window is None:
                self._need(self.pos, 8)
            while self._stack:
                self._look(self._stack[-1])
        except _Stop as stop:
            return stop.status
        return DONE

    def step(self) -> int:
        """Scan up to the next event and keep nothing of it: EVENT, or a status as of run().

        Tables stay empty, so a stream of any length takes no memory; who counts elements for a limit is the caller.
        """
        try:
            if self._window is None:
                self._need(self.pos, 8)
            while self._stack:
                frame, height, fragments = self._stack[-1], len(self._stack), len(self.index._fragments)
                elements = len(frame.elements)
                self._look(frame)
                if len(self._stack) > height:
                    self._note_start(self._stack[-1])
                elif 0 < len(self._stack) < height:
                    self._note_end(frame.kind, self._stack[-1])
                elif len(frame.elements) > elements:
                    self._n_elements -= 1
                    self.event = (_V_ELEMENT, *frame.elements.pop()[:5])
                elif len(self.index._fragments) > fragments:
                    clipped = frame.element_flags & _CLIPPED
                    self.event = (_V_FRAGMENT, *self.event[1:3], *self.index._fragments.pop(), clipped)
                else:
                    continue
                return EVENT
        except _Stop as stop:
            return stop.status
        return DONE

    def _note_start(self, opened: _Frame) -> None:
        length = _UNDEFINED_LENGTH if opened.undefined else opened.end - opened.start
        if opened.kind == "data set":
            flags = (_UNDEFINED if opened.undefined else 0) | (_CLIPPED if opened.flags & _ITEM_CLIPPED else 0)
            self.event = (_V_ITEM, _ITEM, 0, opened.start, length, flags)
        else:
            kind = _V_SEQUENCE if opened.kind == "items" else _V_FRAGMENTS
            self.event = (kind, opened.tag, opened.vr, opened.offset, length, opened.element_flags)

    def _note_end(self, kind: str, outer: _Frame) -> None:
        if kind == "data set":
            self._n_items -= 1
            start, end, _, _, item_flags = outer.items.pop()
            flags = (_UNDEFINED if item_flags & _UNDEFINED else 0) | (_CLIPPED if item_flags & _ITEM_CLIPPED else 0)
            self.event = (_V_ITEM_END, _ITEM_DELIMITER, 0, start, end - start, flags)
        else:
            self._n_elements -= 1
            number = _V_SEQUENCE_END if kind == "items" else _V_FRAGMENTS_END
            self.event = (number, *outer.elements.pop()[:5])

    def _look(self, frame: _Frame) -> None:
        """Look at the next header in the innermost container."""
        if frame.kind == "data set":
            self._scan_element(frame)
        elif frame.kind == "items":
            self._scan_item(frame)
        else:
            self._scan_fragment(frame)

    def _need(self, offset: int, length: int) -> None:
        self.need_offset, self.need_length = offset, length
        raise _Stop(NEED)

    def _bytes(self, length: int) -> bytes:
        """The next `length` bytes; NEED if they do not all lie in the window."""
        assert self._window is not None  # run() asked for one
        start = self.pos - self._base
        if start < 0 or start + length > len(self._window):
            self._need(self.pos, length)
        return self._window[start : start + length]

    # -- elements --------------------------------------------------------------------------------------------------

    def _scan_element(self, frame: _Frame) -> None:
        """Look at the next element of a data set, or at what stands in its place."""
        if self.pos >= frame.end:
            self._close_data_set(frame)
            return
        room = frame.end - self.pos
        if room < 8:
            self._short_rest(frame, self._bytes(room))
            return
        head = self._bytes(8)
        tag = _tag(head, frame.swap)
        if tag >> 16 == _DELIMITER_GROUP:
            self._delimiter(frame, tag, _number(head[4:], frame.swap))
            return
        if frame is self._stack[0]:
            if tag >= self._stop_tag and self._stop_tag != _NO_STOP:
                self._close_data_set(frame)
                return
            if tag == 0 and frame.last_tag and not any(head[4:]):
                self._deviate("TRAILING_ZEROS", self.pos, room)
                self._close_data_set(frame)
                return
        header = self._header(frame, head, tag, room)
        if header is None:
            self._short_rest(frame, self._bytes(room))
            return
        if self._n_elements >= self._max_elements:
            raise _Stop(ELEMENTS)
        if header.length == _UNDEFINED_LENGTH or header.vr == _SQ:
            if len(self._stack) >= self._max_height:
                raise _Stop(DEPTH)
            self._accept(frame, header)
            if header.length == _UNDEFINED_LENGTH:
                self._open_undefined(frame, header)
            else:
                self._open_defined_sequence(frame, header, room - header.size)
        else:
            self._plain_element(frame, header, room - header.size)

    def _plain_element(self, frame: _Frame, header: _Header, room: int) -> None:
        length = min(header.length, room)
        if length <= self._keep:
            self._bytes(header.size + length)
        self._accept(frame, header)
        flags, offset = header.flags, self.pos + header.size
        if header.length & 1:
            self._deviate("ODD_LENGTH", self.pos, header.length, header.tag)
        if length < header.length:
            flags |= _CLIPPED
            self._deviate(self._overrun(frame), self.pos, header.length, header.tag)
        self._add(frame, (header.tag, header.vr, offset, length, flags, 0, 0))
        self.pos = offset + length

    def _add(self, frame: _Frame, element: Element) -> None:
        frame.elements.append(element)
        self._n_elements += 1

    def _accept(self, frame: _Frame, header: _Header) -> None:
        """Count an element whose header is final, and record what is odd about it. Called once per element."""
        if header.note is not None:
            self._deviate(header.note, self.pos, header.vr, header.tag)
            if frame.number == 0:
                frame.implicit = header.implicit
        if frame.number and header.tag <= frame.last_tag:
            frame.flags |= _ITEM_UNORDERED
            name = "DUPLICATE_ELEMENT" if header.tag == frame.last_tag else "OUT_OF_ORDER"
            self._deviate(name, self.pos, 0, header.tag)
        frame.last_tag = max(frame.last_tag, header.tag)
        frame.number += 1

    def _overrun(self, frame: _Frame) -> str:
        """Beyond the source: truncated; beyond an enclosing defined length only: one of the two lengths is wrong."""
        return "TRUNCATED" if frame.end == self._root_end else "LENGTH_OVERRUN"

    def _missing(self, frame: _Frame) -> str:
        return "TRUNCATED" if frame.end == self._root_end else "DELIMITER_MISSING"

    def _short_rest(self, frame: _Frame, rest: bytes) -> None:
        """Fewer bytes than a header are left in the container."""
        is_root = frame is self._stack[0]
        if frame.end != self._root_end:
            name = "LENGTH_OVERRUN"
        elif is_root and not any(rest):
            name = "TRAILING_ZEROS"
        else:
            name = "TRUNCATED"
        self._deviate(name, self.pos, len(rest))
        frame.flags |= _ITEM_CLIPPED
        if not is_root:
            self.pos = frame.end
        self._close_data_set(frame)

    def _delimiter(self, frame: _Frame, tag: int, length: int) -> None:
        """An item tag (PS3.5 7.5) among elements: it ends an item of undefined length, or it is stray."""
        if frame is self._stack[0] or not frame.undefined:
            self._deviate("DELIMITER_STRAY", self.pos, length)
            self.pos += 8
        elif tag == _ITEM_DELIMITER:
            if length:
                self._deviate("DELIMITER_LENGTH", self.pos, length)
            frame.flags |= _DELIMITED
            self._close_data_set(frame, delimiter=8)
        else:
            # The next item, or the sequence's end: this item's delimiter is missing.
            self._deviate("DELIMITER_MISSING", self.pos, 0)
            self._close_data_set(frame)

    # -- what the header says, and what it means when it does not say it plainly -------------------------------------

    def _header(self, frame: _Frame, head: bytes, tag: int, room: int) -> _Header | None:
        """Decode the header at the position; None if the container ends within it."""
        vr = int.from_bytes(head[4:6], "big")
        is_long = vr in _LONG_FORM
        implicit, note = frame.implicit, None
        if implicit:
            if (is_long or vr in _SHORT_FORM) and self._looks_explicit(frame, head, tag, room, is_long):
                implicit = False
        elif not is_long and vr not in _SHORT_FORM:
            implicit, is_long = self._unknown_vr(frame, head, tag, room)
            if not implicit:
                letters = _are_letters(head[4:6])
                note = "UNKNOWN_VR" if letters else "INVALID_VR"
                vr = vr if letters else _UN_VR
        if implicit != frame.implicit:
            note = "VR_FORM_MIXED" if frame.number else "TRANSFER_SYNTAX_MISMATCH"
        if implicit:
            if not self._tags:
                raise _Stop(TABLE)
            return _Header(tag, self._standard_vr(tag), _number(head[4:], frame.swap), 8, True, note)
        if not is_long:
            return _Header(tag, vr, _number(head[6:], frame.swap), 8, False, note)
        if room < 12:
            return None
        return _Header(tag, vr, _number(self._bytes(12)[8:], frame.swap), 12, False, note)

    def _standard_vr(self, tag: int) -> int:
        """The VR of PS3.6; LO for private creators, UL for group lengths, 0 where only the dictionary's masks know."""
        element = tag & 0xFFFF
        if element == 0:
            return _UL
        if tag & 0x10000:
            return _LO if 0x10 <= element <= 0xFF else 0
        at = bisect_left(self._tags, tag)
        return self._codes[at] if at < len(self._tags) and self._tags[at] == tag else 0

    def _could_follow(self, frame: _Frame, ahead: int, tag: int) -> bool | None:
        """Whether the container ends `ahead` bytes on, or an element after `tag` is there; None if out of sight."""
        at = self.pos + ahead
        if at == frame.end:
            return True
        if at + 8 > frame.end:
            return False
        if ahead + 8 > _SIGHT:
            return None
        following = _tag(self._bytes(ahead + 8)[ahead:], frame.swap)
        group = following >> 16
        return group == _DELIMITER_GROUP or (following > tag and group - (tag >> 16) < 0x4000)

    def _looks_explicit(self, frame: _Frame, head: bytes, tag: int, room: int, is_long: bool) -> bool:
        """In implicit data the length's low bytes spell a VR: say whether it is one, for all that."""
        swap = frame.swap
        ahead = 8 + _number(head[6:], swap)
        if is_long:
            if room < 12:
                return False
            length = _number(self._bytes(12)[8:], swap)
            if any(head[6:]):
                return False
            if length == _UNDEFINED_LENGTH:
                return True
            ahead = 12 + length
        as_implicit = self._could_follow(frame, 8 + _number(head[4:], swap), tag)
        if as_implicit:
            return False
        as_explicit = self._could_follow(frame, ahead, tag)
        return bool(as_explicit) or (as_explicit is None and as_implicit is False)

    def _unknown_vr(self, frame: _Frame, head: bytes, tag: int, room: int) -> tuple[bool, bool]:
        """Explicit data without a known VR: an implicit header, a VR of the future (PS3.5 6.2), or garbage.

        Return whether the header is implicit, and else whether its length has 32 bits.
        """
        swap, implicit_length = frame.swap, _number(head[4:], frame.swap)
        as_long: bool | None = False
        if room >= 12 and not any(head[6:]):
            length = _number(self._bytes(12)[8:], swap)
            as_long = length == _UNDEFINED_LENGTH or self._could_follow(frame, 12 + length, tag)
        as_short = self._could_follow(frame, 8 + _number(head[6:], swap), tag)
        as_implicit = implicit_length == _UNDEFINED_LENGTH or self._could_follow(frame, 8 + implicit_length, tag)
        if _are_letters(head[4:6]) and (as_long is not False or as_short is not False):
            as_implicit = False
        # An implicit length fits best when it fits at all: the two zero bytes of a short one are no VR.
        if as_implicit or (as_implicit is None and not as_short and not as_long):
            return True, False
        return False, bool(as_long) or (as_long is None and not as_short)

    # -- containers ------------------------------------------------------------------------------------------------

    def _open(self, kind: str, end: int, *, undefined: bool) -> _Frame:
        outer = self._stack[-1]
        frame = _Frame(kind, self.pos, end, undefined=undefined, implicit=outer.implicit, swap=outer.swap)
        self._stack.append(frame)
        return frame

    def _enter(self, opened: _Frame, header: _Header) -> None:
        self.pos += header.size
        opened.tag, opened.vr, opened.offset, opened.start = header.tag, header.vr, self.pos, self.pos
        opened.first = len(self.index._fragments)

    def _open_defined_sequence(self, frame: _Frame, header: _Header, room: int) -> None:
        if header.length & 1:
            self._deviate("ODD_LENGTH", self.pos, header.length, header.tag)
        length = min(header.length, room)
        if header.length > room:
            self._deviate(self._overrun(frame), self.pos, header.length, header.tag)
        opened = self._open("items", self.pos + header.size + length, undefined=False)
        opened.element_flags = header.flags | _SEQUENCE | (_CLIPPED if header.length > room else 0)
        self._enter(opened, header)

    def _open_undefined(self, frame: _Frame, header: _Header) -> None:
        """Undefined length: a sequence, encapsulated Pixel Data, or UN that holds a sequence (PS3.5 6.2.2 note)."""
        is_bulk = header.vr in _BULK or header.tag >> 16 == 0x7FE0
        is_un = header.vr == _UN_VR and not is_bulk
        if is_un:
            self._deviate("UN_UNDEFINED_LENGTH", self.pos, 0, header.tag)
        elif not is_bulk and header.vr != _SQ and not header.implicit:
            self._deviate("UNDEFINED_LENGTH_VR", self.pos, header.vr, header.tag)
        opened = self._open("fragments" if is_bulk else "items", frame.end, undefined=True)
        opened.element_flags = header.flags | _UNDEFINED | (_FRAGMENTS if is_bulk else _SEQUENCE)
        if is_un:
            # Its content is Implicit VR Little Endian whatever surrounds it (PS3.5 6.2.2, CP-246).
            opened.implicit, opened.swap = True, False
            opened.element_flags |= _UN
        self._enter(opened, header)

    def _scan_item(self, frame: _Frame) -> None:
        """Look at what is between the items of a sequence (PS3.5 7.5)."""
        pos = self.pos
        if pos >= frame.end:
            if frame.undefined or frame.cut:
                self._deviate(self._missing(frame), pos, 0)
            if frame.cut:
                frame.element_flags |= _CLIPPED
            self._close_sequence(frame)
            return
        room = frame.end - pos
        if room < 8:
            self._bytes(room)
            self._deviate(self._overrun(frame), pos, room)
            self.pos = frame.end
            frame.element_flags |= _CLIPPED
            self._close_sequence(frame)
            return
        head = self._bytes(8)
        tag, length = _tag(head, frame.swap), _number(head[4:], frame.swap)
        if tag == _ITEM:
            self._open_item(frame, length, room - 8)
        elif tag == _SEQUENCE_DELIMITER and frame.undefined:
            if length:
                self._deviate("DELIMITER_LENGTH", pos, length)
            frame.element_flags |= _DELIMITED
            self._close_sequence(frame, delimiter=8)
        elif tag in (_SEQUENCE_DELIMITER, _ITEM_DELIMITER):
            if tag == _SEQUENCE_DELIMITER and length:
                self._deviate("DELIMITER_LENGTH", pos, length)
            self._deviate("DELIMITER_STRAY", pos, 0)
            self.pos += 8
        else:
            # Something else: the sequence is over and its delimiter is missing, or its length is wrong.
            self._deviate("ITEM_EXPECTED", pos, tag)
            if not frame.undefined and not self._could_go_on(tag):
                self.pos = frame.end
                frame.element_flags |= _CLIPPED
            self._close_sequence(frame)

    def _could_go_on(self, tag: int) -> bool:
        """Whether `tag` is what the data set around the innermost sequence would hold next."""
        outer = self._stack[-2]
        return tag > outer.last_tag and (tag >> 16) - (outer.last_tag >> 16) < 0x100 and not outer.swap

    def _open_item(self, frame: _Frame, length: int, room: int) -> None:
        if len(self._stack) >= self._max_height:
            raise _Stop(DEPTH)
        if self._n_items >= self._max_elements:
            raise _Stop(ELEMENTS)
        frame.number += 1
        if length != _UNDEFINED_LENGTH and length > room:
            name = "TRUNCATED" if frame.end == self._root_end else "ITEM_LENGTH_WRONG"
            self._deviate(name, self.pos, length)
        self.pos += 8
        if length == _UNDEFINED_LENGTH:
            self._open("data set", frame.end, undefined=True)
            return
        opened = self._open("data set", self.pos + min(length, room), undefined=False)
        if length > room:
            opened.flags |= _ITEM_CLIPPED

    def _close_data_set(self, frame: _Frame, delimiter: int = 0) -> None:
        """Move the elements of a finished data set to the table; `delimiter` bytes of it follow."""
        is_item = frame is not self._stack[0]
        ended = frame.flags & (_DELIMITED | _ITEM_CLIPPED)
        if ((frame.undefined and is_item) or frame.cut) and not ended and self.pos >= frame.end:
            self._deviate(self._missing(frame), self.pos, 0)
            frame.flags |= _ITEM_CLIPPED
        if frame.elements:
            self._clip_last(frame)
        flags = frame.flags
        flags |= _UNDEFINED if frame.undefined and is_item else 0
        flags |= _ITEM_IMPLICIT if frame.implicit else 0
        flags |= 0 if frame.swap else _ITEM_LITTLE
        index = self.index
        item = (frame.start, self.pos, len(index._elements), len(frame.elements), flags)
        index._elements.extend(frame.elements)
        self.pos += delimiter
        self._stack.pop()
        if is_item:
            self._stack[-1].items.append(item)
            self._n_items += 1
        else:
            index._items.append(item)
            index.end = self.pos

    def _clip_last(self, frame: _Frame) -> None:
        """Cut the last value at the end, where that was not known yet when the value was hopped over."""
        tag, vr, offset, length, flags, first, count = frame.elements[-1]
        if offset + length <= frame.end:
            return
        self._deviate("TRUNCATED", offset, length, tag)
        length = max(frame.end - offset, 0)
        frame.elements[-1] = (tag, vr, offset, length, flags | _CLIPPED, first, count)
        self.pos = frame.end

    def _close_sequence(self, frame: _Frame, delimiter: int = 0) -> None:
        """Move the items of a finished sequence to the table and its own element to the enclosing data set."""
        length = max(self.pos - frame.offset, 0)
        first, count = frame.first, frame.count
        if frame.kind == "items":
            first, count = len(self.index._items), len(frame.items)
            self.index._items.extend(frame.items)
        self.pos += delimiter
        self._stack.pop()
        self._add(self._stack[-1], (frame.tag, frame.vr, frame.offset, length, frame.element_flags, first, count))

    def _scan_fragment(self, frame: _Frame) -> None:
        """Look at the next item of encapsulated Pixel Data (PS3.5 A.4): the Basic Offset Table, then fragments."""
        pos = self.pos
        # What lies behind them can only be left where an end is known.
        if len(self._stack) == 2 and (frame.number > self._walk or not self._walk) and frame.end != _NO_END:
            self._end_fragments(frame, "FRAGMENTS_NOT_WALKED", 0, _UNWALKED)
            return
        if pos >= frame.end:
            self._end_fragments(frame, self._missing(frame), 0, _CLIPPED)
            return
        room = frame.end - pos
        if room < 8:
            self._end_fragments(frame, self._overrun(frame), room, _CLIPPED)
            return
        self.in_fragments = True
        head = self._bytes(8)
        tag, length = _tag(head, frame.swap), _number(head[4:], frame.swap)
        if tag == _ITEM:
            self._fragment(frame, length, room - 8)
            return
        self.in_fragments = False
        if tag == _SEQUENCE_DELIMITER:
            if length:
                self._deviate("DELIMITER_LENGTH", pos, length)
            frame.element_flags |= _DELIMITED
            self._close_sequence(frame, delimiter=8)
        else:
            self._deviate("ITEM_EXPECTED", pos, tag)
            self._close_sequence(frame)

    def _end_fragments(self, frame: _Frame, name: str, value: int, flag: int) -> None:
        """End the fragments at the end of their container."""
        self.in_fragments = False
        self._deviate(name, self.pos, value)
        frame.element_flags |= flag
        self.pos = frame.end
        self._close_sequence(frame)

    def _fragment(self, frame: _Frame, length: int, room: int) -> None:
        if len(self.index._fragments) >= self._max_fragments:
            raise _Stop(FRAGMENTS)
        frame.number += 1
        if length > room:
            self._deviate(self._overrun(frame), self.pos, length)
            frame.element_flags |= _CLIPPED
            length = room
        elif length & 1:
            self._deviate("ODD_LENGTH", self.pos, length)
        self.index._fragments.append((self.pos + 8, length))
        frame.count += 1
        self.pos += 8 + length

    def _deviate(self, name: str, offset: int, value: int, tag: int = 0) -> None:
        """Record a deviation with the path that leads to it; beyond the bound only its number."""
        if len(self._deviations) >= self._max_deviations:
            self.dropped += 1
            return
        path: list[int] = []
        for outer, frame in zip(self._stack, self._stack[1:][:_LONGEST_PATH], strict=False):
            path.append(frame.tag if frame.kind != "data set" else outer.number - 1)
        if tag:
            path.append(tag)
        self._deviations.append((name, offset, value, tuple(path)))


def _number(data: bytes, swap: bool) -> int:
    return int.from_bytes(data, "big" if swap else "little")


def _tag(data: bytes, swap: bool) -> int:
    """The tag at the start of `data`: two numbers of 16 bits."""
    return _number(data[:2], swap) << 16 | _number(data[2:4], swap)


def _are_letters(code: bytes) -> bool:
    return code.isalpha() and code.isupper()


def scan_file(*_: object) -> None:
    """Leave every file to the general way of reading, which comes to the same."""
    return
