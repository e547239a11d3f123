"""Writing DICOM files (PS3.10 7): what was not edited is copied, files are replaced atomically."""

from __future__ import annotations

import io
import os

from dicomkit._lazy import load
from dicomkit.core.issue import IssueCode
from dicomkit.core.tag import Tag
from dicomkit.dataset import decoding
from dicomkit.dataset.dataset import Dataset
from dicomkit.dataset.serialize import Options, form_read, serialize
from dicomkit.encoding.options import DEFAULT_WRITE, WriteOptions, named_syntax
from dicomkit.encoding.scanning import begins_implicit
from dicomkit.encoding.writer import EXPLICIT_LITTLE, Form, Pieces, Span
from dicomkit.errors import PixelError, ValueEncodeError
from dicomkit.file.atomic import Replacement, write_parts
from dicomkit.file.meta import complete_meta, spliced_meta
from dicomkit.file.sources import PathSource

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO

    from dicomkit.core.transfer_syntax import TransferSyntax
    from dicomkit.dataset.dataset import FilePart
    from dicomkit.dataset.element import DataElement

__all__ = ["data_set_chunks", "dcmwrite", "save_as", "to_bytes"]

_BUFFER = 1 << 20
_WORTH_A_CALL = 64 << 10
_MOST_PARTS = 512  # Linux takes 1,024 buffers in one call
_META_GROUP, _META_LENGTH, _TRANSFER_SYNTAX = 0x0002, 0x00020000, 0x00020010
_BEHIND_META = 0x00030000
_PIXEL_DATA = 0x7FE00010
_SIGHT = 0x10040  # how far a scanner looks for what an element leads to, and a header
_UNORDERED = 4  # a flag of items, see _ext/scan.pyx


def dcmwrite(target: str | os.PathLike[str] | BinaryIO, ds: Dataset, options: WriteOptions | None = None) -> None:
    """Write a data set as a file: a path (replaced only when all is written), or a binary file object.

    A data set that was read and not edited is written byte for byte. After an edit only the edited elements, the
    lengths that enclose them and the meta elements that name the instance and the writer differ. Raises
    ValueEncodeError for what cannot be encoded, PixelError for Pixel Data whose form is not that of the transfer syntax
    (see `compress` and `decompress`), MissingElementError for a new file without SOP Class or Instance UID, OSError.
    """
    if not isinstance(ds, Dataset):
        raise TypeError(f"dcmwrite(target, ds) writes a Dataset, not {type(ds).__name__}")
    options = DEFAULT_WRITE if options is None else options
    if not isinstance(options, WriteOptions):
        raise TypeError(f"WriteOptions say how to write, not {type(options).__name__}")
    chunks = _file_chunks(ds, options)
    if options.progress is not None:
        chunks = _watched(chunks, options.progress)
    if isinstance(target, (str, os.PathLike)):
        _write_path(os.fspath(target), chunks, ds, options)
    elif hasattr(target, "write"):
        for chunk in _buffered(chunks):
            _write_all(target, chunk)
    else:
        raise TypeError(f"a path or a binary file object is written to, not {type(target).__name__}")


def save_as(ds: Dataset, target: str | os.PathLike[str] | BinaryIO, options: WriteOptions | None = None) -> None:
    """Write this data set as a file; see `dcmwrite`."""
    dcmwrite(target, ds, options)


def to_bytes(ds: Dataset, options: WriteOptions | None = None) -> bytes:
    """Return the bytes of the file that `save_as` would write."""
    return b"".join(_file_chunks(ds, options or DEFAULT_WRITE))


def data_set_chunks(
    ds: Dataset, transfer_syntax: str | None = None, options: WriteOptions = DEFAULT_WRITE
) -> Iterable[bytes | memoryview]:
    """Return the bytes of the data set alone, in its own transfer syntax or in another one; see `data_set_bytes`.

    What a file has behind its last element, and a group 0002 in the wrong place, is left out.
    """
    ds, _ = _without_group_2(ds.copy() if ds._parent is not None else ds)
    syntax, converts = _syntax_to_write(ds, transfer_syntax)
    form = _form_to_write(ds, syntax, converts, options)
    body = _encoded(ds, None, form, syntax, options)
    return load("deflated")(body.chunks()) if syntax.is_deflated else body.chunks()


# -- what to write ---------------------------------------------------------------------------------------------------


def _file_chunks(ds: Dataset, options: WriteOptions) -> Iterable[bytes | memoryview]:
    file = ds._file_part() if ds._parent is None else None
    if file is None:
        ds = ds.copy()
        file = ds._file_part()
    syntax, converts = _syntax_to_write(ds, options.transfer_syntax)
    is_edited = ds._dirty or file.is_changed or (file._meta is not None and file._meta._dirty)
    if file.source is not None and not (is_edited or converts or options.repair):
        return _verbatim(ds, file)
    return _composed(ds, file, syntax, converts, options)


def _syntax_to_write(ds: Dataset, name: str | None) -> tuple[TransferSyntax, bool]:
    """The transfer syntax that is named, or the data set's own; and whether what was read has another one."""
    syntax = decoding.transfer_syntax(ds)
    if name is not None:
        syntax = named_syntax(name, syntax)
    return syntax, syntax.uid != ds._context.transfer_syntax.uid and ds._index is not None


def _form_to_write(ds: Dataset, syntax: TransferSyntax, converts: bool, options: WriteOptions) -> Form:
    """The form in which the data set was read, or that of the transfer syntax if it is written anew.

    What was said when it was encoded the last time is taken back. Raises PixelError for what would need a codec.
    """
    form = None if converts or options.repair else form_read(ds)
    if converts:
        _refuse_pixels(ds, syntax)
    ds._context.forget_written()
    return form or Form.of(syntax.is_implicit, syntax.is_little_endian)


def _verbatim(ds: Dataset, file: FilePart) -> Iterable[bytes | memoryview]:
    """The file as it was read, whatever is wrong with it."""
    source = file.source
    assert source is not None
    assert source.size is not None
    if ds._context.source is source and ds._index is not None:
        view = ds._index.view(0, source.size)
        if view is not None:
            return (view,)
    return Span(source, 0, source.size).chunks()


def _composed(
    ds: Dataset, file: FilePart, syntax: TransferSyntax, converts: bool, options: WriteOptions
) -> Iterable[bytes | memoryview]:
    is_new = ds._index is None or options.repair
    form = _form_to_write(ds, syntax, converts, options)
    stray: list[DataElement] = []
    anew = converts or options.repair
    _refuse_set_meta(ds)
    if anew:
        ds, stray = _without_group_2(ds)
    body = _encoded(ds, file, form, syntax, options)
    if not syntax.is_deflated and _begins_as_meta(ds, form, body):
        ds, stray = _without_group_2(ds)
        _report_left_out(ds, stray)
        stray = []
        body = _encoded(ds, file, form, syntax, options)
        if _begins_as_meta(ds, form, body):
            raise ValueEncodeError("a big endian data set that begins with group 0200 would be taken for a file meta")
    if not is_new and not converts:
        spliced = _spliced_head(ds, file, syntax)
        if spliced is not None:
            return _joined(spliced, ds, file, body, syntax, False)
    meta = _with_stray(ds, file.meta_of(ds._context), stray)
    if not is_new and not meta._tags():
        if not converts:
            # Read without a file meta, written without; what stood before the data set stays.
            bare = Pieces()
            if file.start and file.source is not None:
                bare.add_span(Span(file.source, 0, file.start))
            return _joined(bare, ds, file, body, syntax, False)
        is_new = True
    had_prefix = meta._index is not None and meta._index.item(meta._index.root)[0] == 4
    meta = complete_meta(ds, meta, syntax, is_new=is_new)
    if anew and not meta._has(_META_LENGTH):
        meta[_META_LENGTH] = 0  # the serializer counts
    head = Pieces()
    if file.preamble is not None or is_new or anew:
        head.add((file.preamble or bytes(128)) + b"DICM")
    elif had_prefix:
        head.add(b"DICM")
    # What is odd in a file meta (PS3.10 7.1: Explicit VR Little Endian) would go on to decide how the rest is read.
    meta_form = EXPLICIT_LITTLE if anew else form_read(meta) or EXPLICIT_LITTLE
    head.add_pieces(serialize(meta, Options(meta_form, repair=anew, is_followed=body.size > 0)))
    return _joined(head, ds, file, body, syntax, anew)


def _encoded(ds: Dataset, file: FilePart | None, form: Form, syntax: TransferSyntax, options: WriteOptions) -> Pieces:
    """The data set in a form; in that of its transfer syntax if a reader would no longer see that it has another one.

    What it begins with shows that, unless an edit changed it.
    """
    declared = Form.of(syntax.is_implicit, syntax.is_little_endian)
    body = serialize(ds, Options(form, repair=options.repair, syntax=syntax))
    if form is declared or form.is_little_endian != declared.is_little_endian:
        return body
    whole = Pieces()
    whole.add_pieces(body)
    behind = None if syntax.is_deflated or file is None else _behind(ds, file)
    if behind is not None:
        whole.add_span(behind)
    if _shows_form(whole, form, declared):
        return body
    return serialize(ds, Options(declared, repair=options.repair, syntax=syntax))


def _shows_form(body: Pieces, form: Form, declared: Form) -> bool:
    """Whether a reader who was told another form finds out by the first element."""
    start = b""
    for chunk in body.chunks():
        start += chunk[:_SIGHT]
        if len(start) >= _SIGHT:
            break
    found = begins_implicit(start, body.size, implicit=declared.is_implicit, big_endian=not declared.is_little_endian)
    # Something shorter than a header has no form.
    return body.size < 8 or found == form.is_implicit


def _spliced_head(ds: Dataset, file: FilePart, syntax: TransferSyntax) -> Pieces | None:
    """Preamble and file meta as read, but for what names the instance and the writer; None where that is not enough."""
    index = file.meta_index
    data = None if index is None or file.preamble is None else spliced_meta(ds, index, syntax)
    if data is None:
        return None
    head = Pieces()
    head.add(file.preamble + b"DICM" + data)  # type: ignore[operator]  # there is a preamble
    return head


def _joined(
    head: Pieces, ds: Dataset, file: FilePart, body: Pieces, syntax: TransferSyntax, is_clean: bool
) -> Iterator[bytes | memoryview]:
    yield from head.chunks()
    yield from load("deflated")(body.chunks()) if syntax.is_deflated else body.chunks()
    behind = None if is_clean or syntax.is_deflated else _behind(ds, file)
    if behind is not None:
        yield from behind.chunks()


def _behind(ds: Dataset, file: FilePart) -> Span | None:
    """What follows the last element (padding, garbage): it belongs to the file and stays."""
    if file.source is None or ds._index is None:
        return None
    size, end = file.source.size, ds._index.end
    assert size is not None
    return Span(decoding.IndexSource(ds._index, ds._context.source), end, size - end) if end < size else None


def _without_group_2(ds: Dataset) -> tuple[Dataset, list[DataElement]]:
    """Return a data set without elements of group 0002, which a reader would take for the file meta's, and these."""
    stray = [ds[tag].detached() for tag in ds._tags() if tag >> 16 == _META_GROUP]
    if stray:
        ds = ds.copy()
    for element in stray:
        del ds[element._number]
    return ds, stray


def _with_stray(ds: Dataset, meta: Dataset, stray: list[DataElement]) -> Dataset:
    """The file meta with what it does not have of the elements found behind it, but for what says how to read them."""
    if stray:
        meta = meta.copy()
    left_out: list[DataElement] = []
    for element in stray:
        if not meta._has(element._number) and element._number not in (_META_LENGTH, _TRANSFER_SYNTAX):
            meta.add(element)
        else:
            left_out.append(element)
    _report_left_out(ds, left_out)
    return meta


def _report_left_out(ds: Dataset, stray: list[DataElement]) -> None:
    for element in stray:
        message = "an element of the file meta in the data set would be taken for the file meta's"
        ds._context.report(IssueCode.OUT_OF_ORDER, message, "not written", None, (Tag(element._number),))


def _refuse_set_meta(ds: Dataset) -> None:
    """Raise ValueEncodeError for an element of group 0002 that was set: written first, it would decide how to read."""
    for tag, vr in (ds._edits or {}).items():
        if tag >> 16 == _META_GROUP and vr is not None:
            raise ValueEncodeError("file meta elements go into ds.file_meta (PS3.10 7.1)", tag=Tag(tag))


def _begins_as_meta(ds: Dataset, form: Form, body: Pieces) -> bool:
    """Whether a reader would take the data set, as encoded, for more of the file meta (PS3.10 7.1)."""
    if form.is_little_endian and not _may_have_meta(ds):
        return False
    return bytes(next(filter(len, body.chunks()), b"")[:2]) == b"\2\0"


def _may_have_meta(ds: Dataset) -> bool:
    """Whether elements of group 0002 may have been read behind another group: where tags ascend, one below 0002."""
    if ds._index is None:
        return False
    _, _, first, count, flags = ds._index.item(ds._item)
    return bool(flags & _UNORDERED) or (count > 0 and ds._index.element(first)[0] < _BEHIND_META)


def _refuse_pixels(ds: Dataset, syntax: TransferSyntax) -> None:
    read = ds._context.transfer_syntax
    if (read.is_encapsulated or syntax.is_encapsulated) and ds._has(_PIXEL_DATA) and not _is_edited(ds, _PIXEL_DATA):
        raise PixelError(
            f"the Pixel Data is in {read.name}: {syntax.name} needs a codec, and writing converts headers and byte "
            "order only"
        )


def _is_edited(ds: Dataset, tag: int) -> bool:
    return ds._edits is not None and Tag(tag) in ds._edits


# -- where to write --------------------------------------------------------------------------------------------------


def _buffered(chunks: Iterable[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    """Join small parts, so that each write is worth a system call."""
    parts: list[bytes | memoryview] = []
    size = 0
    for chunk in chunks:
        if len(chunk) >= _WORTH_A_CALL:
            if parts:
                yield b"".join(parts)
                parts, size = [], 0
            yield chunk
            continue
        parts.append(chunk)
        size += len(chunk)
        if size >= _BUFFER:
            yield b"".join(parts)
            parts, size = [], 0
    if parts:
        yield b"".join(parts)


def _watched(chunks: Iterable[bytes | memoryview], progress: Callable[[int], object]) -> Iterator[bytes | memoryview]:
    """Say how much has been taken whenever it is worth a system call, and at the end."""
    written = said = 0
    for chunk in chunks:
        yield chunk
        written += len(chunk)
        if written - said >= _BUFFER:
            said = written
            progress(written)
    if written > said:
        progress(written)


def _gathered(chunks: Iterable[bytes | memoryview]) -> Iterator[list[bytes | memoryview]]:
    """Collect parts until they are worth a system call."""
    parts: list[bytes | memoryview] = []
    size = 0
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size >= _BUFFER or len(parts) >= _MOST_PARTS:
            yield parts
            parts, size = [], 0
    if parts:
        yield parts


def _write_all(target: BinaryIO, chunk: bytes | memoryview) -> None:
    """A raw file object may take less than it was given."""
    view = memoryview(chunk)
    while view.nbytes:
        written: int | None = target.write(view)
        if written is None:
            if isinstance(target, io.RawIOBase):
                raise BlockingIOError("the file object does not wait until it can take more")
            return  # a file-like object that does not count
        if written <= 0:
            raise OSError("the file object takes no more bytes")
        view = view[written:]


def _write_path(path: str, chunks: Iterable[bytes | memoryview], ds: Dataset, options: WriteOptions) -> None:
    """Write beside the target and take its name at the end: a reader sees the old file or the new one, never a part."""
    with Replacement(path, durable=options.durable) as target:
        for parts in _gathered(chunks):
            write_parts(target.fd, parts)
        if target.status is not None:
            _keep_source(ds, target.status)


def _keep_source(ds: Dataset, status: os.stat_result) -> None:
    """A data set written over the file it was read from goes on reading the old one, which has no name any more."""
    for source in (ds._context.source, ds._file.source if ds._file is not None else None):
        if isinstance(source, PathSource) and source.is_same_file(status):
            source.pin()
