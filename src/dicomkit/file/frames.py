"""Frames of Pixel Data as they are encoded, one read each (PS3.5 8.1, 8.2 and A.4; PS3.3 C.7.6.3)."""

from __future__ import annotations

from dicomkit.core.photometric import HALVED_CHROMA
from dicomkit.core.vr import VR
from dicomkit.dataset import decoding, fragments
from dicomkit.encoding.encapsulation import (
    ITEM,
    FrameTable,
    assign_frames,
    basic_table,
    extended_table,
    fragments_of,
    split_items,
)
from dicomkit.encoding.writer import swapped
from dicomkit.errors import EncodingError, MissingElementError, PixelError, SourceChangedError, TruncatedError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from dicomkit.dataset.dataset import Dataset
    from dicomkit.encoding.encapsulation import OffsetTable

    #: Gives bytes of the value: offset in it, length.
    Read: TypeAlias = Callable[[int, int], bytes]

__all__ = ["frame_bytes", "frame_count", "frame_source", "iter_frame_bytes"]

_FLOAT, _DOUBLE, _PIXEL_DATA = 0x7FE00008, 0x7FE00009, 0x7FE00010
_EXTENDED_OFFSETS, _EXTENDED_LENGTHS = 0x7FE00001, 0x7FE00002
_SAMPLES, _PHOTOMETRIC, _ROWS, _COLUMNS, _BITS = 0x00280002, 0x00280004, 0x00280010, 0x00280011, 0x00280100
_DELIMITER = b"\xfe\xff\xdd\xe0"
_HEADER = 8
# What is read of a last frame whose end no table says, if frames are smaller.
_LAST_WINDOW = 64 << 10


def frame_bytes(ds: Dataset, number: int) -> bytes:
    """Return frame `number`, counted from 0, as it is encoded: a codestream, or native pixels.

    Only this frame is read, in one piece. A codestream comes without the headers of its fragments, and without padding
    if an Extended Offset Table tells its length. Native pixels are in the byte order of the file, those that were
    set little endian, as if the frame were a Pixel Data of its own: one of single bits begins with a byte although it
    need not in the file.

    Raises IndexError for a number that is none of the frames, MissingElementError without Pixel Data or what describes
    it, TruncatedError if the Pixel Data ends before the frame does, PixelError if nothing tells where a frame begins.
    """
    tag = _pixel_tag(ds)
    position = ds._position_of(tag)
    if position < 0:
        return _of_edited(ds, tag, number)
    _, _, offset, length, flags, _, _ = ds._read_index.element(position)
    if flags & decoding.FRAGMENTS:
        return bytes(_encapsulated(ds, position, number))

    def read(at: int, size: int) -> bytes:
        return decoding.raw_value(ds, offset + at, size, tag)

    return _native(ds, tag, number, length, read)


def frame_source(ds: Dataset) -> Callable[[int], bytes | memoryview]:
    """Return what gives frames by their number as `frame_bytes` does, of a data set that is not edited meanwhile.

    What is in memory is not copied. Pixel Data that was set since the data set was read is taken apart once, not for
    each frame.
    """
    tag = _pixel_tag(ds)
    position = ds._position_of(tag)
    if position >= 0 and ds._read_index.element(position)[4] & decoding.FRAGMENTS:
        return lambda number: _encapsulated(ds, position, number)
    if position >= 0 or tag != _PIXEL_DATA or not decoding.transfer_syntax(ds).is_encapsulated:
        return lambda number: frame_bytes(ds, number)
    data = _edited_value(ds, tag)
    table, declared = _edited_table(ds, data), fragments.number_of_frames(ds)
    return lambda number: _edited_frame(data, table, number, declared)


def iter_frame_bytes(ds: Dataset) -> Iterator[bytes]:
    """Iterate over the frames as they are encoded, holding one at a time; see `frame_bytes`."""
    frame = frame_source(ds)
    for number in range(frame_count(ds)):
        yield bytes(frame(number))


def frame_count(ds: Dataset) -> int:
    """Return how many frames there are: those found in encapsulated Pixel Data, else Number of Frames."""
    tag = _pixel_tag(ds)
    position = ds._position_of(tag)
    if position >= 0 and ds._read_index.element(position)[4] & decoding.FRAGMENTS:
        return len(fragments.table_of(ds, position))
    if position < 0 and tag == _PIXEL_DATA and decoding.transfer_syntax(ds).is_encapsulated:
        return len(_edited_table(ds, _edited_value(ds, tag)))
    return fragments.number_of_frames(ds)


def _pixel_tag(ds: Dataset) -> int:
    for tag in (_PIXEL_DATA, _FLOAT, _DOUBLE):
        if ds._has(tag):
            return tag
    raise MissingElementError("the data set has no Pixel Data", tag=_PIXEL_DATA)


def _check_number(number: int, count: int, declared: int) -> None:
    if 0 <= number < count:
        return
    if count <= number < declared:
        raise TruncatedError(f"frame {number} is missing: {count} of {declared} frames are there")
    raise IndexError(f"frame {number} of {count} (the first is 0)")


# -- encapsulated ----------------------------------------------------------------------------------------------------


def _encapsulated(ds: Dataset, position: int, number: int) -> bytes | memoryview:
    table = fragments.table_of(ds, position)
    _check_number(number, len(table), fragments.number_of_frames(ds))
    if not isinstance(table, FrameTable):
        try:
            values = _by_offsets(ds, table, number)
        except EncodingError:
            is_one = len(table) == 1  # without a table, so none misled
            table = fragments.full_table(ds, position) if is_one else fragments.distrusted(ds, position)
            _check_number(number, len(table), fragments.number_of_frames(ds))
            values = _by_fragments(ds, table, number)
    else:
        values = _by_fragments(ds, table, number)
    data = values[0] if len(values) == 1 else b"".join(values)
    size = table.size(number)
    return data if size is None else data[:size]


def _by_fragments(ds: Dataset, table: FrameTable, number: int) -> list[memoryview]:
    """The fragments of a frame, read in one piece."""
    start, length = table.span(number)
    view = ds._read_index.view(start, length) or memoryview(decoding.raw_value(ds, start, length, _PIXEL_DATA))
    values = []
    for offset, size in table.fragments(number):
        at = offset - start
        if view[at - _HEADER : at - _HEADER + 4] != ITEM:
            raise SourceChangedError(
                "no fragment is where one was; the file or its frame index is another", offset=offset
            )
        values.append(view[at : at + size])
    return values


def _by_offsets(ds: Dataset, table: OffsetTable, number: int) -> list[memoryview]:
    """The fragments of a frame by a table that was not held against them; EncodingError if it misleads."""
    start, length = table.span(number)
    if number + 1 < len(table) or table.sizes:
        return split_items(decoding.raw_value(ds, start, length, _PIXEL_DATA))
    # Where the last frame ends only its fragments say, so somewhat more than other frames have is read; a single frame
    # has all there is.
    usual = (table.starts[number] - table.starts[0]) // number if number else length
    view = memoryview(decoding.raw_value(ds, start, min(length, max(2 * usual, _LAST_WINDOW)), _PIXEL_DATA))
    values: list[memoryview] = []
    at = 0
    while at < length:
        view = _reaching(ds, view, start, at + _HEADER, length)
        size = int.from_bytes(view[at + 4 : at + _HEADER], "little")
        if view[at : at + 4] == _DELIMITER:
            break
        if view[at : at + 4] != ITEM or at + _HEADER + size > length:
            raise EncodingError("not a whole fragment", offset=start + at)
        view = _reaching(ds, view, start, at + _HEADER + size, length)
        values.append(view[at + _HEADER : at + _HEADER + size])
        at += _HEADER + size
    if not values:
        raise EncodingError("no fragment", offset=start)
    return values


def _reaching(ds: Dataset, view: memoryview, start: int, end: int, length: int) -> memoryview:
    """The bytes from `start` on as far as `end` at least, of `length` that there may be; at least twice as many."""
    if end <= len(view) or end > length:
        return view
    more = min(max(end + _HEADER, 2 * len(view)), length) - len(view)
    return memoryview(b"".join((view, decoding.raw_value(ds, start + len(view), more, _PIXEL_DATA))))


# -- native ----------------------------------------------------------------------------------------------------------


def _native(ds: Dataset, tag: int, number: int, length: int, read: Read) -> bytes:
    count = fragments.number_of_frames(ds)
    _check_number(number, count, count)
    allocated = _number(ds, _BITS, {_FLOAT: 32, _DOUBLE: 64}.get(tag))
    bits = _number(ds, _ROWS) * _number(ds, _COLUMNS) * _samples(ds) * allocated
    start, end = number * bits, (number + 1) * bits
    if not bits:
        raise PixelError("frames of no pixels: Rows, Columns, Samples per Pixel or Bits Allocated is 0")
    if (end + 7) // 8 > length:
        whole = length * 8 // bits
        raise TruncatedError(f"frame {number} is not there: the Pixel Data has {length} bytes, {whole} whole frames")
    # Bytes and bits in words of a big endian file are in each other's places (PS3.5 8.1.1); in memory they are not.
    is_read = ds._position_of(tag) >= 0
    in_words = is_read and allocated < 16 and not decoding.is_little_endian(ds) and ds._vr_of(tag) is VR.OW
    unit = 16 if in_words else 8
    if start % unit == 0 and bits % unit == 0:
        return read(start // 8, bits // 8)
    first = start // unit * (unit // 8)
    last = min(-(-end // unit) * (unit // 8), length)
    data = read(first, last - first)
    if in_words:
        data = swapped(data, 2)
    packed = int.from_bytes(data, "little") >> (start - first * 8) & ((1 << bits) - 1)
    frame = packed.to_bytes(-(-bits // unit) * (unit // 8), "little")
    return swapped(frame, 2) if in_words else frame


def _samples(ds: Dataset) -> int:
    photometric = ds._value_of(_PHOTOMETRIC) if ds._has(_PHOTOMETRIC) else ""
    return 2 if photometric in HALVED_CHROMA else _number(ds, _SAMPLES, 1)


def _number(ds: Dataset, tag: int, default: int | None = None) -> int:
    if default is not None and not ds._has(tag):
        return default
    value = ds._value_of(tag)
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, int) or value < 0:
        raise PixelError(f"{ds._context.dictionary.name(tag)} is no number, so the size of a frame is not known")
    return int(value)


# -- set since it was read -------------------------------------------------------------------------------------------


def _of_edited(ds: Dataset, tag: int, number: int) -> bytes:
    data = _edited_value(ds, tag)
    if tag != _PIXEL_DATA or not decoding.transfer_syntax(ds).is_encapsulated:
        return _native(ds, tag, number, len(data), lambda at, size: data[at : at + size])
    return _edited_frame(data, _edited_table(ds, data), number, fragments.number_of_frames(ds))


def _edited_frame(data: bytes, table: FrameTable, number: int, declared: int) -> bytes:
    _check_number(number, len(table), declared)
    frame = b"".join([data[offset : offset + length] for offset, length in table.fragments(number)])
    size = table.size(number)
    return frame if size is None else frame[:size]


def _edited_value(ds: Dataset, tag: int) -> bytes:
    value = ds._value_of(tag)
    if not isinstance(value, bytes):
        raise PixelError("the Pixel Data is not bytes")
    return value


def _edited_table(ds: Dataset, data: bytes) -> FrameTable:
    problems: list[str] = []

    def report(message: str, action: str) -> None:
        problems.append(message)

    basic, found = fragments_of(data, report)
    extended = None
    if ds._has(_EXTENDED_OFFSETS) and ds._has(_EXTENDED_LENGTHS):
        extended = extended_table(ds._value_of(_EXTENDED_OFFSETS), ds._value_of(_EXTENDED_LENGTHS), report)

    def peek(number: int) -> tuple[bytes, bytes]:
        offset, length = found[0][number], found[1][number]
        return data[offset : offset + 16], data[max(offset, offset + length - 16) : offset + length]

    return assign_frames(found, fragments.number_of_frames(ds), basic_table(basic, report), extended, peek, report)
