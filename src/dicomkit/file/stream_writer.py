"""A file written element by element, to a target that may be a pipe, of values longer than memory (PS3.5, PS3.10 7)."""

from __future__ import annotations

import io
import os
import zlib
from contextlib import contextmanager

from dicomkit.core.issue import IssueCollector
from dicomkit.core.tag import Tag
from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.core.vr import VR
from dicomkit.dataset import decoding
from dicomkit.dataset.context import Context
from dicomkit.dataset.dataset import Dataset
from dicomkit.dataset.element import DataElement, representation
from dicomkit.dataset.pixel_form import goes_encapsulated
from dicomkit.dataset.serialize import Options, serialize
from dicomkit.encoding.charset import CharacterSet
from dicomkit.encoding.encapsulation import (
    basic_value,
    check_layout,
    extended_values,
    fragment_bounds,
    item_header,
)
from dicomkit.encoding.options import named_syntax
from dicomkit.encoding.writer import EXPLICIT_LITTLE, UNDEFINED_LENGTH, Form, swapped
from dicomkit.errors import PixelError, ValueEncodeError
from dicomkit.file.atomic import Replacement
from dicomkit.file.bulk import Reader, Sink, length_of, measured, pieces
from dicomkit.file.meta import complete_meta
from dicomkit.file.stream_reader import ElementKind, StreamedElement

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType
    from typing import BinaryIO, Self

    from dicomkit.core.issue import Issue
    from dicomkit.encoding.encapsulation import OffsetTableKind
    from dicomkit.file.bulk import Bulk

__all__ = ["StreamWriter"]

EXPLICIT_LITTLE_UID = "1.2.840.10008.1.2.1"
_PIXEL_DATA, _EXTENDED_OFFSETS, _EXTENDED_LENGTHS = 0x7FE00010, 0x7FE00001, 0x7FE00002
_SOP_CLASS, _SOP_INSTANCE = 0x00080016, 0x00080018
_SPECIFIC_CHARACTER_SET, _BITS_ALLOCATED, _TRANSFER_SYNTAX_UID = 0x00080005, 0x00280100, 0x00020010
_DEFAULT_SET = CharacterSet.of(())
_LARGEST_OFFSET = 0xFFFFFFFF
_ITEM_HEADER = 8


class _Level:
    """A data set or item that is being written."""

    __slots__ = ("bits_allocated", "charset", "last_tag")

    def __init__(self, charset: CharacterSet) -> None:
        self.charset = charset
        self.last_tag = -1
        self.bits_allocated: object = None  # Pixel Data of words needs it


class StreamWriter:
    """Writes a file in the order of its elements, holding none of them; a context manager.

    ::

        with StreamWriter("big.dcm", transfer_syntax="1.2.840.10008.1.2.1") as writer:
            writer.write(DataElement("SOPClassUID", "UI", "1.2.840.10008.5.1.4.1.1.7"))
            ...
            with writer.sequence("ReferencedStudySequence"), writer.item():
                writer.write(...)
            writer.write_value("PixelData", "OW", open("pixels.raw", "rb"))

    A path is replaced when the block ends, and left as it was if it ends with an exception; a binary file object need
    not be seekable. Sequences get undefined lengths; group lengths (PS3.5 7.2, retired) are left out, for they come
    before what they count. The file meta is `file_meta` completed by the SOP Class and Instance UID that are written.

    `transfer_syntax` is a UID or a keyword of PS3.6. Raises ValueEncodeError for what is none, for tags that do not
    ascend and for what cannot be encoded, PixelError for Pixel Data not in the form of the transfer syntax,
    MissingElementError without SOP Class or Instance UID, OSError.
    """

    def __init__(
        self,
        target: str | os.PathLike[str] | BinaryIO,
        *,
        transfer_syntax: str | None = None,
        file_meta: Dataset | None = None,
        preamble: bytes | None = None,
        durable: bool = False,
    ) -> None:
        if preamble is not None and len(preamble) != 128:
            raise ValueEncodeError(f"a preamble has 128 bytes, not {len(preamble)} (PS3.10 7.1)")
        self._meta = Dataset() if file_meta is None else file_meta
        own = TransferSyntax.of(str(self._meta.get("TransferSyntaxUID") or EXPLICIT_LITTLE_UID))
        self.transfer_syntax = own if transfer_syntax is None else named_syntax(transfer_syntax, own)
        self._preamble = preamble or bytes(128)
        self._form = Form.of(self.transfer_syntax.is_implicit, self.transfer_syntax.is_little_endian)
        self._collector = IssueCollector()
        self._context = Context(None, self.transfer_syntax, collector=self._collector)
        self._levels = [_Level(_DEFAULT_SET)]
        self._sequences: list[int] = []
        # Until the UIDs that the file meta repeats have been written.
        self._held: list[bytes] | None = []
        self._uids = Dataset()
        self._deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS) if self.transfer_syntax.is_deflated else None
        self._is_closed = False
        self._replacement: Replacement | None = None
        if isinstance(target, (str, os.PathLike)):
            self._replacement = Replacement(target, durable=durable)
            target = io.FileIO(self._replacement.fd, "wb", closefd=False)
        elif not hasattr(target, "write"):
            raise TypeError(f"a path or a binary file object is written to, not {type(target).__name__}")
        self._sink = Sink(target)

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What was lost in encoding, such as the precision of a number."""
        return self._collector.issues

    def close(self) -> None:
        """Finish the file, and let a path lead to it."""
        if self._is_closed:
            return
        if self._sequences or len(self._levels) > 1:
            raise ValueEncodeError("a sequence or an item was begun and not ended", tag=self._sequences[-1])
        self._start()
        if self._deflater is not None:
            begin = self._deflated_from
            self._sink.write(self._deflater.flush())
            if (self._sink.position - begin) & 1:
                self._sink.write(b"\0")  # PS3.5 A.5
        self._sink.flush()
        self._is_closed = True
        if self._replacement is not None:
            self._replacement.commit()

    def discard(self) -> None:
        """Give up: a path stays as it was, a file object keeps what it got."""
        self._is_closed = True
        if self._replacement is not None:
            self._replacement.discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            self.discard()
            return
        try:
            self.close()
        except BaseException:
            self.discard()
            raise

    # -- elements ------------------------------------------------------------------------------------------------------

    def write(self, element: DataElement | StreamedElement) -> None:
        """Write an element: one of a data set, or what `iter_elements` gives, in the order it gives it.

        An element that is streamed is copied in pieces; its starts and ends write sequences, items and encapsulated
        Pixel Data. Every one of them must be written, or none.
        """
        if isinstance(element, StreamedElement):
            self._write_streamed(element)
            return
        if not isinstance(element, DataElement):
            raise TypeError(f"a DataElement is written, or what iter_elements gives, not {type(element).__name__}")
        if not element.tag & 0xFFFF:
            return  # a group length
        self._begin(element.tag)
        ds = Dataset._of(None, 0, self._context)  # type: ignore[arg-type]  # one from scratch has no index
        ds._edits, ds._dirty, ds._inherited = {}, True, self._levels[-1].charset
        ds.add(element)
        if element.tag == _PIXEL_DATA and isinstance(element.value, bytes):
            self._write_pixels(element.vr, element.value)
        else:
            # Anew, for what is wrong with lengths in a sequence from elsewhere would be copied.
            for chunk in serialize(ds, Options(self._form, repair=True)).chunks():
                self._emit(bytes(chunk))
        self._note(element.tag, element.value)

    def _write_pixels(self, vr: VR, value: bytes) -> None:
        """Write Pixel Data as items or as samples."""
        if goes_encapsulated(value, self.transfer_syntax, len(self._levels) == 1, None):
            self._emit(self._form.header(_PIXEL_DATA, VR.OB, UNDEFINED_LENGTH))
            self._emit(value)
            self._emit(self._form.sequence_delimiter)
        else:
            self._write_measured(_PIXEL_DATA, vr, value, len(value))

    def write_value(self, tag: int | str, vr: str, value: Bulk, length: int | None = None) -> None:
        """Write an element whose encoded value comes from bytes, a binary file object or an iterable of bytes.

        Bytes are little endian, as in memory, and are padded to even length. Where the length is not given and cannot
        be asked for it is put in afterwards; on a target that cannot go back, or is deflated, the value goes to a
        temporary file first. Raises ValueEncodeError if the value has another length than was given.
        """
        number = self._tag(tag)
        kind = representation(vr, number)
        if kind is VR.SQ:
            raise ValueEncodeError("a sequence is written with sequence() and item()", tag=number, vr=vr)
        self._begin(number)
        self._check_native(number)
        if number == _BITS_ALLOCATED and isinstance(value, (bytes, bytearray, memoryview)):
            self._note(number, int.from_bytes(memoryview(value)[:2], "little"))
        if length is None:
            length = _length(value)
        if length is not None:
            self._write_measured(number, kind, value, length)
        elif kind.length_bytes == 4 and self._can_patch():
            at = self._sink.position
            self._emit(self._form.header(number, kind, 0))
            length = self._copy(value, None, self._unit(kind, number), number)
            self._emit((kind.padding or b"\0") if length & 1 else b"")
            self._sink.overwrite(at, self._form.header(number, kind, length + (length & 1)))
        else:
            with measured(value) as (spooled, length):
                self._write_measured(number, kind, spooled, length)

    def _write_measured(self, tag: int, vr: VR, value: Bulk, length: int) -> None:
        """Write header, value and padding."""
        padded = length + (length & 1)
        self._emit(self._form.header(tag, vr, padded))
        # What goes as UN is little endian.
        self._copy(value, length, 1 if self._form.is_too_long(vr, padded) else self._unit(vr, tag), tag)
        self._emit((vr.padding or b"\0") if length & 1 else b"")

    def _unit(self, vr: VR, tag: int) -> int:
        """The size of what must be swapped; see `decoding.swap_unit`."""
        if self._form.is_little_endian or vr is VR.UN:
            return 1
        if tag == _PIXEL_DATA and vr is VR.OW:
            return decoding.sample_unit(self._levels[-1].bits_allocated)
        return 2 if vr is VR.AT else vr.itemsize

    def _copy(self, value: Bulk, length: int | None, unit: int, tag: int) -> int:
        """Copy a value in pieces; return how long it was."""
        size, rest = 0, b""
        for piece in pieces(value):
            size += len(piece)
            if length is not None and size > length:
                raise ValueEncodeError(f"a value longer than the {length} bytes that were announced", tag=Tag(tag))
            if unit > 1:
                piece = rest + piece
                whole = len(piece) // unit * unit
                piece, rest = swapped(piece[:whole], unit), piece[whole:]
            self._emit(piece)
        self._emit(rest)
        if length is not None and size < length:
            raise ValueEncodeError(f"a value of {size} bytes where {length} were announced", tag=Tag(tag))
        return size

    # -- sequences -----------------------------------------------------------------------------------------------------

    @contextmanager
    def sequence(self, tag: int | str) -> Iterator[None]:
        """Write a sequence around what is written in the ``with`` block: items, each in a block of its own."""
        self._begin_sequence(self._tag(tag))
        yield
        self._end_sequence()

    @contextmanager
    def item(self) -> Iterator[None]:
        """Write an item around what is written in the ``with`` block."""
        self._begin_item()
        yield
        self._end_item()

    def _begin_sequence(self, tag: int) -> None:
        self._begin(tag)
        self._emit(self._form.header(tag, VR.SQ, UNDEFINED_LENGTH))
        self._sequences.append(tag)

    def _end_sequence(self) -> None:
        if len(self._levels) != len(self._sequences) or not self._sequences:
            raise ValueEncodeError("no sequence is open here to be ended", vr="SQ")
        self._sequences.pop()
        self._emit(self._form.sequence_delimiter)

    def _begin_item(self) -> None:
        if len(self._levels) != len(self._sequences):
            raise ValueEncodeError("items stand in sequences (PS3.5 7.5)", vr="SQ")
        self._emit(self._form.item(UNDEFINED_LENGTH))
        self._levels.append(_Level(self._levels[-1].charset))

    def _end_item(self) -> None:
        if len(self._levels) != len(self._sequences) + 1 or not self._sequences:
            raise ValueEncodeError("no item is open here to be ended", vr="SQ")
        self._levels.pop()
        self._emit(self._form.item_delimiter)

    # -- encapsulated Pixel Data ---------------------------------------------------------------------------------------

    def write_fragments(
        self,
        frames: Iterable[Bulk],
        *,
        offset_table: OffsetTableKind | None = None,
        frame_count: int | None = None,
        fragment_size: int | None = None,
    ) -> None:
        """Write encapsulated Pixel Data (PS3.5 A.4) from encoded frames: bytes, file objects or iterables of bytes.

        Offset tables come before the frames, so they need a list of frames that tell their length, or a target that can
        go back and the number of frames. `offset_table` None is a basic one, beyond 4 GiB an extended one, where that
        can be, and none otherwise. Raises ValueEncodeError for a table that cannot be, or another number of frames.
        """
        if not self.transfer_syntax.is_encapsulated:
            raise PixelError(f"{self.transfer_syntax.name} has no encapsulated Pixel Data")
        sizes = _sizes(frames)
        if sizes is not None and frame_count is None:
            frame_count = len(sizes)
        can_patch = frame_count is not None and self._can_patch()
        kind: OffsetTableKind = offset_table or ("none" if sizes is None and not can_patch else "basic")
        if offset_table is None and sizes and fragment_size is None and sum(sizes) > _LARGEST_OFFSET // 2:
            kind = "extended"
        check_layout(kind, fragment_size)
        if kind != "none" and sizes is None and not can_patch:
            raise ValueEncodeError(
                "an offset table needs the frames as a list of bytes, or a seekable target and frame_count",
                tag=Tag(_PIXEL_DATA),
            )
        count = frame_count or 0
        known = _Tables(kind, _offsets(sizes, kind, fragment_size), sizes) if sizes else None
        places = self._write_tables(known or _Tables(kind, [0] * count, [0] * count))
        offsets, written = self._write_frames(frames, kind, fragment_size)
        self._emit(self._form.sequence_delimiter)
        if frame_count is not None and len(written) != frame_count:
            raise ValueEncodeError(f"{len(written)} frames where {frame_count} were announced", tag=Tag(_PIXEL_DATA))
        if known is None:
            for place, data in zip(places, _Tables(kind, offsets, written).values(), strict=True):
                self._sink.overwrite(place, data)

    def _write_tables(self, tables: _Tables) -> list[int]:
        """Write what comes before the first frame; return where the tables are."""
        places: list[int] = []
        if tables.kind == "extended":
            for tag, data in zip((_EXTENDED_OFFSETS, _EXTENDED_LENGTHS), tables.values(), strict=True):
                self._begin(tag)
                self._emit(self._form.header(tag, VR.OV, len(data)))
                places.append(self._sink.position)
                self._emit(data)
        self._begin(_PIXEL_DATA)
        self._emit(self._form.header(_PIXEL_DATA, VR.OB, UNDEFINED_LENGTH))
        basic = tables.values()[0] if tables.kind == "basic" else b""
        self._emit(item_header(len(basic)))
        if tables.kind == "basic":
            places.append(self._sink.position)
        self._emit(basic)
        return places

    def _write_frames(
        self, frames: Iterable[Bulk], kind: OffsetTableKind, fragment_size: int | None
    ) -> tuple[list[int], list[int]]:
        """Write the fragments; return the offset and the size of each frame."""
        offsets, sizes, at = [], [], 0
        for frame in frames:
            with measured(frame) as (value, length):
                offsets.append(at)
                sizes.append(length)
                reader = Reader(value)
                for start, end in fragment_bounds(length, kind, fragment_size):
                    padding = b"\0" * (end - start & 1)
                    self._emit(item_header(end - start + len(padding)))
                    self._copy(reader.part(end - start), end - start, 1, _PIXEL_DATA)
                    self._emit(padding)
                    at += _ITEM_HEADER + end - start + len(padding)
                if reader.has_more():
                    raise ValueEncodeError("a frame longer than it was when it was measured", tag=Tag(_PIXEL_DATA))
        return offsets, sizes

    # -- from a stream -------------------------------------------------------------------------------------------------

    def _write_streamed(self, element: StreamedElement) -> None:
        kind, tag = element.kind, int(element.tag)
        if kind is ElementKind.ELEMENT:
            self._write_streamed_value(element, tag)
        elif kind is ElementKind.SEQUENCE:
            self._begin_sequence(tag)
        elif kind is ElementKind.SEQUENCE_END:
            self._end_sequence()
        elif kind is ElementKind.ITEM:
            self._begin_item()
        elif kind is ElementKind.ITEM_END:
            self._end_item()
        elif kind is ElementKind.FRAGMENTS:
            if not self.transfer_syntax.is_encapsulated:
                raise PixelError(
                    f"encapsulated Pixel Data cannot be written in {self.transfer_syntax.name}: it needs a codec"
                )
            self._begin(tag)
            self._emit(self._form.header(tag, VR.OB if element.vr is VR.UN else element.vr, UNDEFINED_LENGTH))
        elif kind is ElementKind.FRAGMENT:
            length = element.length or 0
            if length >= UNDEFINED_LENGTH:
                raise ValueEncodeError("a fragment of undefined length (PS3.5 A.4)", tag=Tag(_PIXEL_DATA))
            self._emit(item_header(length + (length & 1)))
            self._copy(element, length, 1, tag)
            self._emit(b"\0" * (length & 1))
        else:
            self._emit(self._form.sequence_delimiter)

    def _write_streamed_value(self, element: StreamedElement, tag: int) -> None:
        vr = element.vr
        length = element.length or 0
        if not tag & 0xFFFF:
            return  # a group length
        in_other_set = vr.uses_character_set and element.character_set != self._levels[-1].charset
        if (vr is VR.SQ or in_other_set) and not (vr is VR.SQ and element.is_large):
            self.write(element.element)
            return
        if vr is VR.SQ:
            vr = VR.UN  # a private sequence, left in Implicit VR Little Endian (PS3.5 6.2.2)
        self._begin(tag)
        if tag == _PIXEL_DATA:
            self._check_native(tag)
        value: Bulk = element
        if tag == _SPECIFIC_CHARACTER_SET or tag in (_SOP_CLASS, _SOP_INSTANCE):
            value = element.raw
            self._note(tag, element.value)
        elif tag == _BITS_ALLOCATED and not element.is_large:
            self._note(tag, element.value)
        self._write_measured(tag, vr, value, length)

    # -- what all of them do -------------------------------------------------------------------------------------------

    def _tag(self, tag: int | str) -> int:
        return Dataset()._tag_of(tag)

    def _begin(self, tag: int) -> None:
        """Check that an element can come here, and put the file meta before it once that is known."""
        if self._is_closed:
            raise ValueError("the writer is closed")
        if len(self._levels) != len(self._sequences) + 1:
            raise ValueEncodeError("in a sequence there are only items (PS3.5 7.5)", tag=Tag(tag))
        if tag >> 16 == 0x0002:
            raise ValueEncodeError("file meta elements go into file_meta", tag=Tag(tag))
        level = self._levels[-1]
        if tag <= level.last_tag:
            raise ValueEncodeError(
                f"tags ascend in a data set, and {Tag(level.last_tag)} was written (PS3.5 7.1)", tag=Tag(tag)
            )
        level.last_tag = tag
        if self._held is not None and len(self._levels) == 1 and tag > _SOP_INSTANCE:
            self._start()

    def _note(self, tag: int, value: object) -> None:
        """Remember what the file meta and later values need."""
        if tag == _SPECIFIC_CHARACTER_SET:
            terms = value if isinstance(value, (list, tuple)) else (value or "",)
            self._levels[-1].charset = CharacterSet.of(tuple(map(str, terms)))
        elif tag == _BITS_ALLOCATED:
            self._levels[-1].bits_allocated = value
        elif tag in (_SOP_CLASS, _SOP_INSTANCE) and len(self._levels) == 1:
            self._uids[tag] = value

    def _check_native(self, tag: int) -> None:
        if tag == _PIXEL_DATA and len(self._levels) == 1 and self.transfer_syntax.is_encapsulated:
            raise PixelError(
                f"{self.transfer_syntax.name} has encapsulated Pixel Data: see write_fragments (PS3.5 A.4)"
            )

    def _start(self) -> None:
        """Write preamble and file meta, and what was held back for them."""
        held, self._held = self._held, None
        if held is None:
            return
        meta = complete_meta(self._uids, self._meta, self.transfer_syntax, is_new=True)
        self._sink.write(self._preamble + b"DICM" + serialize(meta, Options(EXPLICIT_LITTLE, repair=True)).to_bytes())
        self._deflated_from = self._sink.position
        for data in held:
            self._emit(data)

    def _emit(self, data: bytes) -> None:
        """Write bytes of the data set."""
        if not data:
            return
        if self._held is not None:
            self._held.append(data)
        elif self._deflater is not None:
            data = self._deflater.compress(data)
            if data:
                self._sink.write(data)
        else:
            self._sink.write(data)

    def _can_patch(self) -> bool:
        return self._held is None and self._deflater is None and self._sink.can_go_back


class _Tables:
    """The offset tables of frames that are known, or placeholders of the same size."""

    __slots__ = ("_offsets", "_sizes", "kind")

    def __init__(self, kind: OffsetTableKind, offsets: list[int], sizes: list[int]) -> None:
        self.kind = kind
        self._offsets = offsets
        self._sizes = sizes

    def values(self) -> tuple[bytes, ...]:
        """The values of the table, one element or item each."""
        if self.kind == "basic":
            return (basic_value(self._offsets),)
        return extended_values(self._offsets, self._sizes) if self.kind == "extended" else ()


def _length(value: Bulk) -> int | None:
    """How long a value is, None if only reading it tells."""
    return value.length if isinstance(value, StreamedElement) else length_of(value)


def _sizes(frames: Iterable[Bulk]) -> list[int] | None:
    """The sizes of frames that are all there, None if they are not."""
    if not isinstance(frames, (list, tuple)):
        return None
    sizes = [length_of(frame) for frame in frames]
    return None if None in sizes else [size for size in sizes if size is not None]


def _offsets(sizes: list[int], kind: OffsetTableKind, fragment_size: int | None) -> list[int]:
    offsets, at = [], 0
    for size in sizes:
        offsets.append(at)
        at += sum(
            _ITEM_HEADER + end - start + (end - start & 1) for start, end in fragment_bounds(size, kind, fragment_size)
        )
    return offsets
