"""A data set as bytes: what was not edited is copied, the rest is encoded (PS3.5 7; design D1).

Data sets are taken from an explicit stack. A container of defined length needs its size before its content, so the
parts of each data set are collected in Pieces of their own and joined only when they are written.
"""

from __future__ import annotations

from dicomkit.core.issue import Issue
from dicomkit.core.tag import Tag
from dicomkit.core.vr import VR, Kind
from dicomkit.dataset import decoding
from dicomkit.dataset.pixel_form import described_bits, goes_encapsulated
from dicomkit.dataset.sequence import Sequence
from dicomkit.encoding.encapsulation import is_item_stream
from dicomkit.encoding.values import ValueContext, encode_value
from dicomkit.encoding.values.numbers import LUT_DESCRIPTOR_TAGS, encode_descriptor
from dicomkit.encoding.writer import IMPLICIT_LITTLE, UNDEFINED_LENGTH, Form, Pieces, Span, swapped
from dicomkit.errors import ValueEncodeError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from dicomkit._ext import Index
    from dicomkit.core.issue import IssueCode
    from dicomkit.core.transfer_syntax import TransferSyntax
    from dicomkit.dataset.dataset import Dataset
    from dicomkit.encoding.charset import CharacterSet

__all__ = ["Options", "serialize"]

# Flags of the index, see _ext/scan.pyx.
_UNDEFINED, _DELIMITED, _LONG, _SEQUENCE, _FRAGMENTS, _CLIPPED, _UNWALKED, _UN_SEQUENCE = 1, 2, 4, 16, 32, 64, 128, 256
_ITEM_UNDEFINED, _ITEM_DELIMITED, _ITEM_UNORDERED, _ITEM_IMPLICIT, _ITEM_CLIPPED, _ITEM_LITTLE = 1, 2, 4, 8, 16, 32
_IMPLICIT = 8
_SPECIFIC_CHARACTER_SET = 0x00080005
_PIXEL_DATA = 0x7FE00010
_KNOWN_HEADERS = frozenset((vr.code, vr.length_bytes == 4) for vr in VR)


class Options:
    """What the serializer must know: the form, whether to mend what was read, whether more is written behind it.

    `syntax` is the transfer syntax that will be declared: Pixel Data that was set must have the form that it says, and
    is else a PixelError. None is for what nobody is told to read by one.
    """

    __slots__ = ("form", "is_followed", "repair", "syntax")

    def __init__(
        self, form: Form, *, repair: bool = False, is_followed: bool = False, syntax: TransferSyntax | None = None
    ) -> None:
        self.form = form
        self.repair = repair
        self.is_followed = is_followed
        self.syntax = syntax


class _Frame:
    """One data set being written: what is left of its plan, and the parts written so far."""

    __slots__ = (
        "before", "charset", "context", "ds", "form", "group_lengths", "group_sizes", "pieces", "plan", "root", "same",
        "tag",
    )  # fmt: skip

    def __init__(
        self, ds: Dataset, form: Form, before: CharacterSet | None, charset: CharacterSet, same: bool, root: Dataset
    ) -> None:
        self.ds = ds
        self.root = root  # what is written, and has the Issues
        self.form = form
        self.before = before  # the set that unedited text was read in
        self.charset = charset  # the set that text is written in
        self.same = same  # whether unedited elements can be copied
        self.pieces = Pieces()
        self.plan: list[_Step] = []
        self.group_lengths: dict[int, int] = {}  # group -> number of the part that is its length element
        self.group_sizes: dict[int, int] = {}
        self.tag = 0  # the element being encoded
        self.context = ValueContext(charset, form.is_little_endian, self._report)

    def _report(self, code: IssueCode, message: str, action: str) -> None:
        path = () if decoding.only_counts(self.root) else (*decoding.path_of(self.ds), Tag(self.tag))
        self.root._context.report_written(Issue(code, message, action, None, path))

    def count(self, tag: int, before: int) -> None:
        """Add what was written since the pieces had `before` bytes to the length of the tag's group."""
        group = tag >> 16
        self.group_sizes[group] = self.group_sizes.get(group, 0) + self.pieces.size - before


class _Open:
    """A sequence whose items are being written."""

    __slots__ = ("form", "frame", "number", "pieces", "sequence", "tag", "undefined", "vr")

    def __init__(self, frame: _Frame, tag: int, sequence: Sequence, vr: VR, undefined: bool) -> None:
        self.frame = frame
        self.tag = tag
        self.sequence = sequence
        self.vr = vr
        # The items of a UN sequence are Implicit VR Little Endian whatever surrounds them (PS3.5 6.2.2).
        self.form = IMPLICIT_LITTLE if vr is VR.UN else frame.form
        self.undefined = undefined
        self.number = 0
        self.pieces = Pieces()


if TYPE_CHECKING:
    from typing import TypeAlias

    # (tag, first position, last position): copy a run of the index; (tag, position, None): encode one element, an
    # edited one where the position is -1.
    _Step: TypeAlias = tuple[int, int, int | None]


def serialize(ds: Dataset, options: Options) -> Pieces:
    """Return the encoded data set. Raises ValueEncodeError for text that the character set does not have."""
    spliced = _spliced(ds, options)
    if spliced is not None:
        return spliced
    first = _frame(ds, options, options.form, None)
    stack: list[_Frame | _Open] = [first]
    while stack:
        top = stack[-1]
        if isinstance(top, _Open):
            if top.number < len(top.sequence):
                stack.append(_frame(top.sequence[top.number], options, top.form, top.frame))
                top.number += 1
            else:
                stack.pop()
                _close_sequence(top)
        elif top.plan:
            opened = _next_step(top, options)
            if opened is not None:
                stack.append(opened)
        else:
            stack.pop()
            _mend_group_lengths(top)
            if stack:
                outer = stack[-1]
                assert isinstance(outer, _Open)  # data sets lie in sequences
                _close_item(top, outer)
    return first.pieces


def _spliced(ds: Dataset, options: Options) -> Pieces | None:
    """The data set where nothing but elements at its top level was edited: what was read, with these put in.

    None where more must be written anew: another form or character set, edited items, a group with a length.
    """
    index, edits, form = ds._index, ds._edits, options.form
    if index is None or not edits or _SPECIFIC_CHARACTER_SET in edits or ds._parent is not None:
        return None
    if options.repair or ds._inherited is not None or form_read(ds) is not form or _turns_pixels(ds, form, options):
        return None
    for value in ds._cache.copy().values():
        if isinstance(value, Sequence) and value._is_dirty():
            return None
    charset = decoding.character_set(ds)
    frame = _Frame(ds, form, charset, charset, True, ds)
    encoded: list[tuple[int, bytes | None]] = []
    _, _, first, count, _ = index.item(ds._item)
    for tag in sorted(edits):
        if not tag & 0xFFFF or index.find(ds._item, tag & 0xFFFF0000) >= 0:
            return None
        place = index.place(ds._item, tag)
        if any(first <= near < first + count and _is_guessed(index, near, form) for near in (place - 1, place + 1)):
            return None
        if edits[tag] is None:
            encoded.append((tag, None))
            continue
        _encode_edit(frame, tag, options)
        encoded.append((tag, frame.pieces.to_bytes()))
        frame.pieces = Pieces()
    parts = index.splice(ds._item, encoded)
    if parts is None:
        return None
    for part in parts:
        if isinstance(part, bytes):
            frame.pieces.add(part)
        else:
            _add(frame.pieces, ds, *part)
    return frame.pieces


# -- data sets -------------------------------------------------------------------------------------------------------


def form_read(ds: Dataset) -> Form | None:
    """The form in which a data set was read; None for one from scratch."""
    if ds._index is None:
        return None
    flags = ds._read_index.item(ds._item)[4]
    return Form.of(bool(flags & _ITEM_IMPLICIT), bool(flags & _ITEM_LITTLE))


def _turns_pixels(ds: Dataset, form: Form, options: Options) -> bool:
    """Whether words of Pixel Data that were read change their byte order, as all numbers or for GE's private syntax."""
    if ds._index is None:
        return False
    was_big = ds._context.transfer_syntax.big_endian_pixels or not decoding.is_little_endian(ds)
    written = options.syntax or decoding.transfer_syntax(ds)
    return was_big != (written.big_endian_pixels or not form.is_little_endian)


def _frame(ds: Dataset, options: Options, form: Form, outer: _Frame | None) -> _Frame:
    declared = ds._has(_SPECIFIC_CHARACTER_SET)
    charset = outer.charset if outer is not None and not declared else decoding.current_character_set(ds)
    read = form_read(ds)
    before = None if read is None else decoding.character_set(ds)
    same = read is form and before == charset and not options.repair and not _turns_pixels(ds, form, options)
    frame = _Frame(ds, form, before, charset, same, ds if outer is None else outer.root)
    frame.plan = _plan(ds, same)
    if same and ds._index is not None:
        frame.plan = _with_ends(ds, ds._index, frame.plan, outer is None and options.is_followed)
    frame.plan.reverse()
    return frame


def _plan(ds: Dataset, same: bool) -> list[_Step]:
    """The steps that write a data set, in the order of the file where that can stay."""
    index, edits = ds._index, ds._edits or {}
    if index is None:
        return [(tag, -1, None) for tag in ds._tags()]
    _, _, first, count, flags = index.item(ds._item)
    if same and not ds._dirty:
        return [(0, first, first + count - 1)] if count else []
    if not same and flags & _ITEM_UNORDERED:
        return [(tag, ds._position_of(tag), None) for tag in ds._tags()]
    dirty = {tag for tag, value in ds._cache.copy().items() if isinstance(value, Sequence) and value._is_dirty()}
    changed_groups = {tag >> 16 for tag in (*edits, *dirty)}
    if same and not flags & _ITEM_UNORDERED:
        return _plan_of_edits(ds, index, edits, dirty, changed_groups)
    tags = index.tags(ds._item)
    present = set(tags)
    added = sorted((tag for tag, vr in edits.items() if vr is not None and tag not in present), reverse=True)
    # The length of a group that was not edited stays, right or wrong: nothing in it changes.
    steps: list[_Step] = []
    for position, tag in enumerate(tags, first):
        while added and added[-1] < tag:
            steps.append((added.pop(), -1, None))
        if tag in edits:
            # Deleted, or a duplicate of the one that was edited: not written.
            if edits[tag] is not None and index.find(ds._item, tag) == position:
                steps.append((tag, -1, None))
        elif (
            not same
            or (tag in dirty and index.find(ds._item, tag) == position)  # not a duplicate before it
            or (not tag & 0xFFFF and tag >> 16 in changed_groups)
        ):
            steps.append((tag, position, None))
        elif steps and steps[-1][2] == position - 1 and steps[-1][0] >> 16 == tag >> 16:
            steps[-1] = (steps[-1][0], steps[-1][1], position)
        else:
            steps.append((tag, position, position))
    steps.extend((tag, -1, None) for tag in reversed(added))
    return steps


def _plan_of_edits(
    ds: Dataset, index: Index, edits: Mapping[int, object], dirty: set[int], changed_groups: set[int]
) -> list[_Step]:
    """The plan where tags ascend: what was edited, the lengths of edited groups, and runs to copy between."""
    _, _, first, count, _ = index.item(ds._item)
    lengths = {group << 16 for group in changed_groups if index.find(ds._item, group << 16) >= 0}
    # A run ends where a group with a length does, so that each run counts for one group.
    ends = {length + 0x10000 for length in lengths}
    steps: list[_Step] = []
    position, end = first, first + count
    for tag in sorted({*edits, *dirty, *lengths, *ends}):
        place = index.place(ds._item, tag)
        if position < place:
            steps.append((index.element(position)[0], position, place - 1))
        position = place
        is_present = place < end and index.element(place)[0] == tag
        if tag in edits:
            position += is_present
            if edits[tag] is not None:
                steps.append((tag, -1, None))
        elif is_present and (tag in dirty or tag in lengths):
            position += 1
            steps.append((tag, place, None))
    if position < end:
        steps.append((index.element(position)[0], position, end - 1))
    return steps


def _with_ends(ds: Dataset, index: Index, plan: list[_Step], behind: bool) -> list[_Step]:
    """The plan, but what was cut is encoded anew where something is written behind it.

    That would be taken for a part of an element that is longer than the source had it, or says no end. So is what has
    an odd header, which a reader understands by what follows, where that changes.
    """
    _, _, first_of_item, count, flags = index.item(ds._item)
    form = Form.of(bool(flags & _ITEM_IMPLICIT), bool(flags & _ITEM_LITTLE))
    is_open = flags & (_ITEM_UNDEFINED | _ITEM_DELIMITED) == _ITEM_UNDEFINED
    is_cut_item = ds._parent is not None and bool(is_open or flags & _ITEM_CLIPPED)
    steps: list[_Step] = []
    for number, (tag, first, last) in enumerate(plan, 1):
        following = plan[number] if number < len(plan) else None
        must_end = behind if following is None else following[2] is None or following[1] - 1 != last
        if last is not None and not steps and first > first_of_item and _is_guessed(index, first, form):
            # A reader would take it for the form of all that follow.
            steps.append((tag, first, None))
            if first == last:
                continue
            first += 1
            tag = index.element(first)[0]
        if last is None:
            steps.append((tag, first, last))
            continue
        has_other_next = must_end if following is not None else last + 1 != first_of_item + count
        if (
            (must_end and _is_cut(index, last))
            or (last + 1 == first_of_item + count and is_cut_item)
            or (has_other_next and _is_guessed(index, last, form))
        ):
            # Of a cut item also the half header that may stand behind the last element is left out.
            if first < last:
                steps.append((tag, first, last - 1))
            steps.append((index.element(last)[0], last, None))
        else:
            steps.append((tag, first, last))
    return steps


def _is_cut(index: Index, position: int) -> bool:
    flags = index.element(position)[4]
    return bool(flags & _CLIPPED) or flags & (_UNDEFINED | _DELIMITED | _UNWALKED) == _UNDEFINED


def _is_guessed(index: Index, position: int, form: Form) -> bool:
    """Whether a header was understood by what follows it: one of the other form, or with a VR that is none."""
    _, code, _, _, flags, _, _ = index.element(position)
    if flags & _UNDEFINED:
        return False  # that is plain
    if form.is_implicit or flags & _IMPLICIT:
        return form.is_implicit != bool(flags & _IMPLICIT)
    return (code, bool(flags & _LONG)) not in _KNOWN_HEADERS


def _next_step(frame: _Frame, options: Options) -> _Open | None:
    tag, position, last = frame.plan.pop()
    ds, before = frame.ds, frame.pieces.size
    if last is not None:
        _copy(frame, position, last)
    elif not tag & 0xFFFF:
        frame.group_lengths[tag >> 16] = len(frame.pieces.parts)
        frame.pieces.add(frame.form.header(tag, VR.UL, 4) + bytes(4))
        return None
    elif position < 0 and not isinstance(ds._cache[tag], Sequence):
        _encode_edit(frame, tag, options)
    elif position < 0 or ds._read_index.element(position)[4] & _SEQUENCE or ds._vr_of(tag) is VR.SQ:
        value = ds._value_of(tag)
        if isinstance(value, Sequence):
            return _open_sequence(frame, tag, position, value, options)
        _encode_read(frame, tag, position, options)
    else:
        _encode_read(frame, tag, position, options)
    frame.count(tag, before)
    return None


def _mend_group_lengths(frame: _Frame) -> None:
    """Write the present group lengths (PS3.5 7.2) from the sizes of what follows them in their group."""
    order = "little" if frame.form.is_little_endian else "big"
    for group, number in frame.group_lengths.items():
        part = frame.pieces.parts[number]
        assert isinstance(part, bytes)  # put there by _next_step
        size = frame.group_sizes.get(group, 0)
        if size > 0xFFFFFFFF:
            raise ValueEncodeError(
                f"a group of {size} bytes has no group length, which ends at 4 GiB (PS3.5 7.2)", tag=Tag(group << 16)
            )
        frame.pieces.parts[number] = part[:-4] + size.to_bytes(4, order)  # type: ignore[arg-type]  # one of two literals


# -- sequences -------------------------------------------------------------------------------------------------------


def _open_sequence(frame: _Frame, tag: int, position: int, value: Sequence, options: Options) -> _Open:
    undefined, vr = False, VR.SQ
    if position >= 0:
        _, code, _, _, flags, _, _ = frame.ds._read_index.element(position)
        undefined = bool(flags & _UNDEFINED)
        if frame.same and (flags & _UN_SEQUENCE or VR.from_code(code) is VR.UN):
            vr = VR.UN
    if frame.form.is_implicit and (position < 0 or not frame.same):
        # Nothing but an undefined length shows a reader of Implicit VR that an element it does not know is a sequence.
        undefined = undefined or bool(tag & 0x10000) or decoding.vr_in_dictionary(frame.ds, tag) != "SQ"
    return _Open(frame, tag, value, vr, undefined)


def _close_item(frame: _Frame, opened: _Open) -> None:
    index = frame.ds._index
    undefined = index is not None and bool(index.item(frame.ds._item)[4] & _ITEM_UNDEFINED)
    opened.pieces.add(opened.form.item(UNDEFINED_LENGTH if undefined else _checked(frame.pieces.size, opened.tag)))
    opened.pieces.add_pieces(frame.pieces)
    if undefined:
        opened.pieces.add(opened.form.item_delimiter)


def _close_sequence(opened: _Open) -> None:
    frame, pieces = opened.frame, opened.frame.pieces
    before = pieces.size
    length = UNDEFINED_LENGTH if opened.undefined else _checked(opened.pieces.size, opened.tag)
    pieces.add(frame.form.header(opened.tag, opened.vr, length))
    pieces.add_pieces(opened.pieces)
    if opened.undefined:
        pieces.add(opened.form.sequence_delimiter)
    frame.count(opened.tag, before)


def _checked(size: int, tag: int) -> int:
    if size >= UNDEFINED_LENGTH:
        raise ValueEncodeError("more than 4 GiB in a sequence of defined length", tag=Tag(tag), vr="SQ")
    return size


# -- elements --------------------------------------------------------------------------------------------------------


def _copy(frame: _Frame, first: int, last: int) -> None:
    """Copy a run of elements as they were read, what lies between them included."""
    index, ds = frame.ds._read_index, frame.ds
    start, end, first_of_item, count, _ = index.item(ds._item)
    if first != first_of_item:
        start = _start(index, first)
    if last + 1 < first_of_item + count:
        end = _start(index, last + 1)
    _add(frame.pieces, ds, start, end - start)


def _start(index: Index, position: int) -> int:
    """Where the header of an element begins."""
    _, _, offset, _, flags, _, _ = index.element(position)
    return offset - (12 if flags & _LONG else 8)


def _add(pieces: Pieces, ds: Dataset, offset: int, length: int) -> None:
    """Add bytes of the source, without copying them where they are in memory."""
    view = ds._read_index.view(offset, length)
    if view is not None:
        pieces.add(view)
    else:
        pieces.add_span(Span(decoding.IndexSource(ds._read_index, ds._context.source), offset, length))


def _encode_edit(frame: _Frame, tag: int, options: Options) -> None:
    """Encode a value that was set."""
    ds = frame.ds
    vr = ds._vr_of(tag)
    if vr is VR.SQ:
        vr = VR.UN  # what was to be a sequence and could only be read as bytes
    if frame.form.is_implicit and vr in (VR.US, VR.SS):
        vr = decoding.vr_read_back(ds, tag, vr)
    data = _encoded(frame, tag, vr, ds._cache[tag])
    if tag == _PIXEL_DATA and _goes_encapsulated(frame, data, options.syntax):
        frame.pieces.add(frame.form.header(tag, VR.OB, UNDEFINED_LENGTH))
        frame.pieces.add(data)
        frame.pieces.add(frame.form.sequence_delimiter)
        return
    if not frame.form.is_little_endian and (vr.kind is Kind.BINARY or frame.form.is_too_long(vr, len(data))):
        # Bytes are little endian in memory, whatever the file will be; what goes as UN is little endian in it, too.
        data = swapped(data, decoding.swap_unit(ds, tag, vr))
    frame.pieces.add(frame.form.header(tag, vr, len(data)))
    frame.pieces.add(data)


def _goes_encapsulated(frame: _Frame, data: bytes, syntax: TransferSyntax | None) -> bool:
    ds = frame.ds
    if syntax is None:
        return decoding.transfer_syntax(ds).is_encapsulated and is_item_stream(data)
    return goes_encapsulated(data, syntax, ds is frame.root, described_bits(ds, _PIXEL_DATA))


def _encoded(frame: _Frame, tag: int, vr: VR, value: object) -> bytes:
    frame.tag = tag
    try:
        if vr is VR.SS and tag in LUT_DESCRIPTOR_TAGS:
            return encode_descriptor(vr, value, frame.context)
        return encode_value(vr, value, frame.context)
    except ValueEncodeError as error:
        if error.tag is not None:
            raise
        raise ValueEncodeError(str(error.args[0]), tag=Tag(tag), vr=str(vr), value=error.value) from error


def _encode_read(frame: _Frame, tag: int, position: int, options: Options) -> None:
    """Encode a value that was read, for another form, character set or transfer syntax."""
    ds, form, pieces = frame.ds, frame.form, frame.pieces
    _, code, offset, length, flags, first, count = ds._read_index.element(position)
    vr = VR.from_code(code)
    if vr is None:
        vr = ds._vr_of(tag)
    if vr is VR.SQ:
        vr = VR.UN  # what should be a sequence and could only be read as bytes
    if flags & _FRAGMENTS:
        if form.is_implicit or not form.is_little_endian:
            raise ValueEncodeError(
                "encapsulated Pixel Data needs Explicit VR Little Endian (PS3.5 A.4): decompress it first", tag=Tag(tag)
            )
        pieces.add(form.header(tag, vr, UNDEFINED_LENGTH))
        if flags & _CLIPPED or options.repair:
            _add_fragments(frame, tag, first, count)
        else:
            _add(pieces, ds, offset, length)
        pieces.add(form.sequence_delimiter)
        return
    if vr.uses_character_set and frame.before != frame.charset:
        data = _encoded(frame, tag, vr, ds._value_of(tag))
        pieces.add(form.header(tag, vr, len(data)))
        pieces.add(data)
        return
    read = form_read(ds)
    # What goes as UN is little endian (PS3.5 6.2.2).
    is_little_endian = form.is_little_endian or form.is_too_long(vr, length)
    swap = vr is not VR.UN and read is not None and read.is_little_endian != is_little_endian
    if tag == _PIXEL_DATA and vr is VR.OW:
        swap = _turns_pixels(ds, form, options)
    if length & 1 and vr.kind in (Kind.NUMBER, Kind.TAG):
        length -= length % vr.itemsize  # padding would make a number of what is a part of one
    padding = (vr.padding or b"\0") if length & 1 else b""
    pieces.add(form.header(tag, vr, length + len(padding)))
    unit = decoding.swap_unit(ds, tag, vr) if swap else 1
    if unit > 1:
        pieces.add(swapped(decoding.raw_value(ds, offset, length, tag), unit))
    else:
        _add(pieces, ds, offset, length)
    if padding:
        pieces.add(padding)


def _add_fragments(frame: _Frame, tag: int, first: int, count: int) -> None:
    """Write fragments anew: each of even length, under a header that tells it, the offset table moved along."""
    ds, pieces = frame.ds, frame.pieces
    fragments = ds._read_index.fragment_list(first, count)
    if not fragments:
        return
    # Where fragments begin, counted as the Basic Offset Table counts (PS3.5 A.4): before and after.
    moved, place = {}, 0
    for offset, length in fragments[1:]:
        moved[offset - fragments[1][0]] = place
        place += 8 + length + (length & 1)
    offset, length = fragments[0]
    table = decoding.raw_value(ds, offset, length, tag)
    starts = [int.from_bytes(table[i : i + 4], "little") for i in range(0, length - 3, 4)]
    if moved and all(start in moved for start in starts):
        table = b"".join([moved[start].to_bytes(4, "little") for start in starts])
    pieces.add(frame.form.item(len(table) + (len(table) & 1)))
    pieces.add(table + bytes(len(table) & 1))
    for offset, length in fragments[1:]:
        pieces.add(frame.form.item(length + (length & 1)))
        _add(pieces, ds, offset, length)
        if length & 1:
            pieces.add(b"\0")
