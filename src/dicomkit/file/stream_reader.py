"""Elements as they arrive, from a stream that may be longer than memory (PS3.5 7, PS3.10 7)."""

from __future__ import annotations

import io
import os
from enum import StrEnum

from dicomkit._lazy import load
from dicomkit.core.issue import Issue, IssueCode, IssueCollector
from dicomkit.core.tag import Tag
from dicomkit.core.vr import VR
from dicomkit.dataset import decoding
from dicomkit.dataset.context import Context
from dicomkit.dataset.dataset import Dataset, FilePart
from dicomkit.encoding.ambiguity import CONTEXT_TAGS
from dicomkit.encoding.charset import CharacterSet
from dicomkit.encoding.options import DEFAULT_READ, ReadOptions
from dicomkit.encoding.scanning import FIRST_WINDOW, issue_of, scan_element, steps
from dicomkit.encoding.writer import Form, swapped
from dicomkit.errors import LimitExceededError
from dicomkit.file.meta import read_meta
from dicomkit.file.preamble import find_start
from dicomkit.file.read import syntax_of
from dicomkit.file.sequential import Sequential, reads_of

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import BinaryIO, Self

    from dicomkit.core.transfer_syntax import TransferSyntax
    from dicomkit.dataset.coerce import Value
    from dicomkit.dataset.element import DataElement
    from dicomkit.encoding.scanning import Event
    from dicomkit.file.sources import Opened, Source

__all__ = ["ElementKind", "ElementStream", "StreamedElement", "iter_elements"]

_CHUNK = 64 << 10
_PASSED = -1  # how much is left of a value that cannot be read any more
_SEQUENTIAL_WINDOW = 1 << 20
_UNDEFINED_LENGTH = 0xFFFFFFFF
_PIXELS, _PIXEL_DATA = 0x7FE00008, 0x7FE00010
_NO_STOP = 0xFFFFFFFF
_SPECIFIC_CHARACTER_SET, _BITS_ALLOCATED = 0x00080005, 0x00280100
_DEFAULT_SET = CharacterSet.of(())

# Events and flags of the kernel, see _ext/scan.pyx.
_ELEMENT, _SEQUENCE, _SEQUENCE_END, _ITEM, _ITEM_END, _FRAGMENTS, _FRAGMENTS_END, _FRAGMENT = range(8)
_LONG, _IMPLICIT, _UN = 4, 8, 256


class ElementKind(StrEnum):
    """What a streamed element is: a whole element, or the start, a part or the end of a nested one."""

    ELEMENT = "element"
    SEQUENCE = "sequence"
    SEQUENCE_END = "sequence end"
    ITEM = "item"
    ITEM_END = "item end"
    FRAGMENTS = "fragments"
    """Encapsulated Pixel Data begins (PS3.5 A.4)."""
    FRAGMENTS_END = "fragments end"
    FRAGMENT = "fragment"
    """One of its items; the first is the Basic Offset Table."""


_KINDS = (
    ElementKind.ELEMENT,
    ElementKind.SEQUENCE,
    ElementKind.SEQUENCE_END,
    ElementKind.ITEM,
    ElementKind.ITEM_END,
    ElementKind.FRAGMENTS,
    ElementKind.FRAGMENTS_END,
    ElementKind.FRAGMENT,
)


class _Prefixed(IssueCollector):
    """Reports what is found in an item to the collector of the stream, with the path that leads to the item."""

    __slots__ = ("_outer", "_prefix")

    def __init__(self, outer: IssueCollector, prefix: tuple[int, ...]) -> None:
        super().__init__("ignore")
        self._outer = outer
        self._prefix = prefix

    def report(self, issue: Issue) -> None:
        self._outer.report(Issue(issue.code, issue.message, issue.action, issue.offset, (*self._prefix, *issue.path)))

    @property
    def only_counts(self) -> bool:
        return self._outer.only_counts


class _Level:
    """A data set or item that is open: what its elements mean depends on."""

    __slots__ = ("charset", "context", "is_little_endian", "kept", "path")

    def __init__(
        self,
        context: Context,
        path: tuple[int, ...],
        is_little_endian: bool,
        charset: CharacterSet,
        kept: dict[int, tuple[VR, Value]],
    ) -> None:
        self.context = context
        self.path = path
        self.is_little_endian = is_little_endian
        self.charset = charset
        self.kept = kept  # never changed but replaced, for elements that were given out hold it

    def inner(self, tag: int, number: int, is_little_endian: bool, collector: IssueCollector) -> _Level:
        """Open an item."""
        outer = self.context
        path = (*self.path, Tag(tag), number)
        context = Context(None, outer.transfer_syntax, outer.dictionary, outer.limits, _Prefixed(collector, path))
        context.reported = outer.reported
        # Private creators are each data set's own (PS3.5 7.8.1).
        kept = {tag: value for tag, value in self.kept.items() if not tag & 0x10000}
        return _Level(context, path, is_little_endian, self.charset, kept)

    def note(self, element: StreamedElement) -> None:
        """Keep what other elements of this data set depend on."""
        tag = element.tag
        if tag == _SPECIFIC_CHARACTER_SET:
            self.charset = CharacterSet.of(decoding.terms_of(element.raw))
        elif tag in CONTEXT_TAGS:
            self.kept = {**self.kept, tag: (element.vr, element.value)}
        else:
            # A private creator; of other groups than the last one none is needed any more.
            group = tag >> 16
            kept = {key: value for key, value in self.kept.items() if key >> 16 == group or not key & 0x10000}
            self.kept = {**kept, tag: (element.vr, element.value)}


class StreamedElement:
    """One element of a stream, or where a sequence, an item or encapsulated Pixel Data begins or ends.

    `tag` is that of the element, of a sequence's start and end that of the sequence; `length` is the declared one, None
    if undefined; `offset` is where its value begins. `path` alternates tags and item numbers, and ends with this
    element's tag or, for items and fragments, with their number.

    A value up to ``limits.deferred_bytes`` is there; a longer one, and each fragment, `is_large`: it is still in the
    stream and is read from here, in pieces, before the next element is asked for, which passes what was left.
    """

    __slots__ = (
        "_at",
        "_code",
        "_dataset",
        "_flags",
        "_is_whole",
        "_kept",
        "_left",
        "_level",
        "_raw",
        "_rest",
        "_stream",
        "_vr",
        "character_set",
        "is_large",
        "kind",
        "length",
        "offset",
        "path",
        "tag",
    )

    kind: ElementKind
    tag: Tag
    length: int | None
    offset: int
    path: tuple[int, ...]
    character_set: CharacterSet
    """The one that its text is in."""
    is_large: bool

    def __init__(self, stream: ElementStream, level: _Level, event: Event, path: tuple[int, ...]) -> None:
        kind, tag, code, offset, length, flags = event
        self.kind = _KINDS[kind]
        self.tag = Tag(tag)
        self.length = None if length == _UNDEFINED_LENGTH and kind in (_SEQUENCE, _ITEM, _FRAGMENTS) else length
        self.offset = offset
        self.path = path
        self.character_set = level.charset
        self._code = code
        self._flags = flags
        self._level = level
        self._kept = level.kept
        self._stream = stream
        self._raw: bytes | None = None  # header and value, of a large one that has not been read whole the header
        self._is_whole = False  # a large value was read to its end, or as far as it came
        self._left = 0  # in the stream
        self._at = 0  # how far a small value was read
        self._rest = b""  # of a number that was read in part
        self.is_large = False
        self._dataset: Dataset | None = None
        self._vr: VR | None = VR.SQ if kind in (_SEQUENCE, _SEQUENCE_END) else None

    # -- what it is ----------------------------------------------------------------------------------------------------

    @property
    def vr(self) -> VR:
        """The Value Representation; where the stream does not say it, the data dictionary's (PS3.5 6.2.2)."""
        vr = self._vr
        if vr is None:
            vr = VR.from_code(self._code)
            if self.kind is not ElementKind.ELEMENT:
                vr = VR.OB if vr is None or self._flags & _IMPLICIT else vr  # fragments: PS3.5 A.4
            elif vr is None or vr is VR.UN or self._flags & _IMPLICIT:
                vr = self._own().vr
            self._vr = vr
        return vr

    @property
    def is_little_endian(self) -> bool:
        """Whether the value is encoded so."""
        return self._level.is_little_endian

    @property
    def element(self) -> DataElement:
        """The element as a data set has it; a large value is read to its end for it.

        Raises ValueError if there is no element (a start, an end, a fragment), or if its value has been read or passed;
        LimitExceededError beyond ``limits.value_bytes``.
        """
        if self.kind is not ElementKind.ELEMENT:
            raise ValueError(f"{self.kind} has no element")
        if self._is_outside():
            bound = self._level.context.limits.value_bytes
            if bound is not None and self._left > bound:
                raise LimitExceededError("value_bytes", self._left, bound=bound, offset=self.offset, path=self.path)
            if self._left != self.length or self._stream._open is not self:
                raise ValueError("the value has been read or passed")
            assert self._raw is not None  # the header
            self._raw = b"".join((self._raw, *self._pieces(_CHUNK)))
            self._is_whole = True
            self._dataset = None
        return self._own()

    @property
    def value(self) -> Value:
        """The value as a data set has it; see `element`."""
        return self.element.value

    @property
    def raw(self) -> bytes:
        """The encoded value as it stands in the stream; of a large one read to its end, see `element`."""
        if self.kind is ElementKind.FRAGMENT:
            return b"".join(self._pieces(_CHUNK))
        self.element  # noqa: B018  reads a large one
        assert self._raw is not None  # an element has it
        return self._raw[self._header_size :]

    # -- reading a large value -----------------------------------------------------------------------------------------

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes of the value, at most `size`, b"" at its end: a binary file object as far as it goes.

        Bytes are little endian, as values are in memory, whatever the stream is. ValueError if the stream has moved on.
        """
        if size < 0:
            return b"".join(self.chunks())
        unit = self._unit()
        if unit == 1:
            return self._take(size)
        data = self._rest
        while len(data) < size:
            part = self._take(max((size - len(data)) // unit * unit, unit))
            while len(part) % unit and (more := self._take(unit - len(part) % unit)):
                part += more
            if not part:
                break
            data += swapped(part, unit)
        self._rest = data[size:]
        return data[:size]

    def chunks(self, size: int = _CHUNK) -> Iterator[bytes]:
        """Iterate over the value in pieces of at most `size` bytes; see `read`."""
        while data := self.read(size):
            yield data

    def _pieces(self, size: int) -> Iterator[bytes]:
        """The pieces of the value as it stands in the stream."""
        while data := self._take(size):
            yield data

    def _take(self, size: int) -> bytes:
        if self._left:
            if self._stream._open is not self:
                raise ValueError("the stream has moved on; a large value is read before the next element is asked for")
            data = self._stream._input.take(min(size, self._left))
            if data:
                self._left -= len(data)
            else:
                self._stream._cut(self)
            return data
        if self.is_large or self._raw is None:
            return b""
        start = self._header_size + self._at
        data = self._raw[start : start + size]
        self._at += len(data)
        return data

    def _unit(self) -> int:
        """The size of what is to be swapped; see `decoding.swap_unit`."""
        if self.is_little_endian or self.kind is ElementKind.FRAGMENT or VR.from_code(self._code) is VR.UN:
            return 1
        if self.tag == _PIXEL_DATA and self.vr is VR.OW:
            _, bits = self._kept.get(_BITS_ALLOCATED, (VR.US, None))
            return decoding.sample_unit(bits)
        return 2 if self.vr is VR.AT else self.vr.itemsize

    # -- as a data set of one element ----------------------------------------------------------------------------------

    @property
    def _header_size(self) -> int:
        return 12 if self._flags & _LONG else 8

    def _is_outside(self) -> bool:
        return self.is_large and not self._is_whole

    def _own(self) -> DataElement:
        ds = self._dataset
        if ds is None:
            assert self._raw is not None  # of an element
            assert self.length is not None
            is_implicit, is_little = bool(self._flags & _IMPLICIT), self._level.is_little_endian
            # The header as it was understood: what is odd about it has been reported.
            vr, length = VR.from_code(self._code) or VR.UN, len(self._raw) - self._header_size
            if self._is_outside():
                # Only what the header says is asked for, so no doubt may be left that would be settled by the value.
                vr, length, is_implicit = VR.UN if is_implicit else vr, self.length & ~1, False
            header = Form.of(is_implicit, is_little).header(self.tag, vr, length)
            # An unknown VR had a shorter header than UN: at the start of a stream there is no room for it.
            start = max(self.offset - len(header), 0)
            index = scan_element(
                header + self._raw[self._header_size :],
                start,
                start + len(header) + length,
                implicit=is_implicit,
                big_endian=not is_little,
            )
            ds = Dataset._of(index, index.root, self._level.context)
            ds._inherited = self.character_set
            others = {tag: kept for tag, kept in self._kept.items() if tag != self.tag}
            if others:
                ds._edits = {tag: vr for tag, (vr, _) in others.items()}
                for tag, (_, value) in others.items():
                    ds._cache[tag] = value
            self._dataset = ds
        return ds[self.tag]

    def __repr__(self) -> str:
        if self.kind is ElementKind.ELEMENT and not self._is_outside():
            return repr(self.element)
        length = "undefined length" if self.length is None else f"{self.length} bytes"
        return f"<{self.kind} {self.tag} of {length} at {self.offset}>"


class ElementStream:
    """The elements of a stream, in the order they come; an iterator that holds one at a time.

    File meta and transfer syntax are there from the start, `issues` grows. Closing it (or leaving its ``with`` block)
    closes what it opened itself.
    """

    def __init__(self, source: Source, options: ReadOptions) -> None:
        self._collector = IssueCollector(options.issues, options.limits.issues)
        self._closed: Callable[[], object] | None = None
        self._is_closed = False
        self._open: StreamedElement | None = None
        self._input = Sequential(*self._reading(source))
        try:
            self._begin(options)
        except BaseException:
            self.close()
            raise

    def _begin(self, options: ReadOptions) -> None:
        self._wanted: frozenset[int] | None = None
        stream, limits = self._input, options.limits
        stream.reach(0, 132)
        if stream.window[128:132] != b"DICM":
            stream.reach(0, FIRST_WINDOW)
            start, preamble = find_start(stream.window, stream.name, options.force, self._collector)
        else:
            start, preamble = 132, stream.window[:128]
        meta, body = read_meta(stream, stream.window, start, limits, self._collector)
        stream.read_at(body, 16)
        syntax, _ = syntax_of(stream, stream.window, meta, body, self._collector)
        context = Context(None, syntax, options.dictionary, limits, self._collector)
        self._file = FilePart(meta, preamble, body)
        stream.reach(body, 0)
        if syntax.is_deflated:
            chunks = iter(lambda: stream.take(_CHUNK), b"")
            read = reads_of(load("inflated")(chunks, body, limits, self._collector))
            self._input, body = Sequential(read, "<inflated>"), 0
        if options.specific_tags is not None:
            probe = Dataset()
            self._wanted = frozenset([*(probe._tag_of(key) for key in options.specific_tags), _SPECIFIC_CHARACTER_SET])
        self._levels = [_Level(context, (), syntax.is_little_endian, _DEFAULT_SET, {})]
        # Of each open sequence or fragments: tag, number of items so far, whether its content is UN's.
        self._containers: list[tuple[int, int, bool]] = []
        self._events = steps(
            self._input,
            body,
            implicit=syntax.is_implicit,
            big_endian=not syntax.is_little_endian,
            stop_tag=_PIXELS if options.stop_before_pixels else _NO_STOP,
            limits=limits,
            collector=self._collector,
        )

    def _reading(self, source: Source) -> tuple[Callable[[int], object], str]:
        """How to read a source from its start to its end, and what to call it."""
        if isinstance(source, (bytes, bytearray, memoryview)):
            return io.BytesIO(source).read1, "<bytes>"
        if isinstance(source, (str, os.PathLike)):
            path = os.fspath(source)
            if "://" not in path:
                file = open(path, "rb", buffering=0)  # noqa: SIM115  closed by close()
                self._closed = file.close
                return file.read, path
            source = load("open_url")(path)
        if hasattr(source, "read_at"):
            opened: Opened = source  # type: ignore[assignment]  # only what is open already has it
            position = 0

            def read(length: int) -> bytes:
                nonlocal position
                data: bytes = opened.read_at(position, length)
                position += len(data)
                return data

            return _read_ahead(read), opened.name
        if hasattr(source, "read"):
            file_object: BinaryIO = source  # type: ignore[assignment]  # the rest of the union
            name = str(getattr(file_object, "name", None) or f"<{type(file_object).__name__}>")
            return getattr(file_object, "read1", file_object.read), name
        raise TypeError(f"a path, URL, bytes or a binary file object is read, not {type(source).__name__}")

    # -- what it comes from --------------------------------------------------------------------------------------------

    @property
    def file_meta(self) -> Dataset:
        """The File Meta Information (PS3.10 7.1), empty if there is none."""
        return self._file.meta_of(self._levels[0].context)

    @property
    def preamble(self) -> bytes | None:
        """The 128 bytes before the prefix (PS3.10 7.1), None if there were none."""
        return self._file.preamble

    @property
    def transfer_syntax(self) -> TransferSyntax:
        """How the data set is encoded."""
        return self._levels[0].context.transfer_syntax

    @property
    def issues(self) -> tuple[Issue, ...]:
        """The deviations from the standard found so far."""
        return self._collector.issues

    def close(self) -> None:
        """Close what was opened for the stream; nothing more can be read."""
        self._open, self._is_closed = None, True
        if self._closed is not None:
            self._closed()
            self._closed = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_closed", None) is not None:
            self.close()

    # -- elements ------------------------------------------------------------------------------------------------------

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> StreamedElement:
        while not self._is_closed:
            self._pass_open()
            event = next(self._events)
            streamed = self._streamed(event)
            if self._wanted is None or streamed.path[0] in self._wanted:
                return streamed
        raise StopIteration

    def _pass_open(self) -> None:
        """Pass what was left of a large value."""
        streamed, self._open = self._open, None
        if streamed is not None and streamed._left:
            if self._input.skip(streamed._left) < streamed._left:
                self._cut(streamed)
            streamed._left = _PASSED

    def _cut(self, streamed: StreamedElement) -> None:
        """The stream has ended inside a value."""
        streamed._left = 0
        start = streamed.offset - (8 if streamed.kind is ElementKind.FRAGMENT else streamed._header_size)
        self._collector.report(issue_of(("TRUNCATED", start, streamed.length or 0, streamed.path)))

    def _streamed(self, event: Event) -> StreamedElement:
        kind, tag, _, _, length, flags = event
        level = self._levels[-1]
        if kind == _ELEMENT:
            return self._plain(event, level)
        containers = self._containers
        if kind in (_SEQUENCE, _FRAGMENTS):
            containers.append((tag, 0, bool(flags & _UN)))
            return StreamedElement(self, level, event, (*level.path, Tag(tag)))
        if kind in (_SEQUENCE_END, _FRAGMENTS_END):
            containers.pop()
            return StreamedElement(self, level, event, (*level.path, Tag(tag)))
        outer, number, is_un = containers[-1]
        if kind == _ITEM_END:
            self._levels.pop()
            return StreamedElement(self, self._levels[-1], event, level.path)
        containers[-1] = (outer, number + 1, is_un)
        if kind == _ITEM:
            inner = level.inner(outer, number, level.is_little_endian or is_un, self._collector)
            self._levels.append(inner)
            return StreamedElement(self, level, event, inner.path)
        streamed = StreamedElement(self, level, event, (*level.path, Tag(outer), number))
        self._input.reach(event[3], 0)
        streamed.is_large, streamed._left = True, length
        self._open = streamed
        return streamed

    def _plain(self, event: Event, level: _Level) -> StreamedElement:
        _, tag, _, offset, length, _ = event
        streamed = StreamedElement(self, level, event, (*level.path, Tag(tag)))
        stream = self._input
        start = offset - streamed._header_size
        if tag == _PIXEL_DATA:
            self._look_at_pixels(offset)
        if length > level.context.limits.deferred_bytes:
            streamed._raw = stream.window[start - stream.base : offset - stream.base]
            stream.reach(offset, 0)
            streamed.is_large, streamed._left = True, length
            self._open = streamed
            return streamed
        streamed._raw = stream.window[start - stream.base : offset + length - stream.base]
        if tag == _SPECIFIC_CHARACTER_SET or tag in CONTEXT_TAGS or (tag & 0x10000 and 0x10 <= tag & 0xFFFF <= 0xFF):
            level.note(streamed)
        return streamed

    def _look_at_pixels(self, offset: int) -> None:
        """Report native Pixel Data where the transfer syntax says encapsulated."""
        syntax = self.transfer_syntax
        if syntax.is_encapsulated and len(self._levels) == 1:
            message = f"native Pixel Data under {syntax.name}"
            self._collector.report(
                Issue(IssueCode.TRANSFER_SYNTAX_MISMATCH, message, "read as native", offset, (Tag(_PIXEL_DATA),))
            )


def _read_ahead(read: Callable[[int], bytes]) -> Callable[[int], object]:
    """Read from a source where each request costs in large pieces."""
    return reads_of(iter(lambda: read(_SEQUENTIAL_WINDOW), b""))


def iter_elements(source: Source, options: ReadOptions | None = None) -> ElementStream:
    """Iterate over the elements of a file as they arrive, in memory that does not depend on its size.

    `source` is a path, a URL, bytes, or a binary file object, which need not be seekable and is read no further than
    is needed. Small values come whole; large ones and the fragments of encapsulated Pixel Data are read in pieces or
    passed; sequences come as their start, items, elements and end. See `StreamedElement`. Private sequences that do not
    say that they are some come as elements whose value is a Sequence, if they are small.

    Issues, limits and the options are those of `dcmread`. Raises OSError for what cannot be opened, NotDicomError for
    what is not DICOM, LimitExceededError beyond ``options.limits``, and IssueError under the policy "raise".
    """
    return ElementStream(source, DEFAULT_READ if options is None else options)
