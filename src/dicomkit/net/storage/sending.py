"""Instances to send: what a command and a negotiation need to know of them, and their bytes in pieces (PS3.4 B.2.1)."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, BinaryIO

from dicomkit._lazy import load
from dicomkit.core.frozen import Frozen
from dicomkit.core.issue import IssueCode
from dicomkit.core.tag import Tag
from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.dataset import Dataset
from dicomkit.encoding.options import DEFAULT_WRITE, WriteOptions
from dicomkit.encoding.scanning import FIRST_WINDOW
from dicomkit.errors import MissingElementError, SourceChangedError, TruncatedError
from dicomkit.file import dcmread
from dicomkit.file.bare import data_set_chunks
from dicomkit.net.storage.file_head import read_head

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomkit._ext import Index

    Source = str | os.PathLike[str] | bytes | BinaryIO | Dataset

__all__ = ["BufferPool", "DatasetInstance", "Description", "FileInstance", "describe", "open_instance"]

_MIB = 1 << 20
_SMALLEST = 64 << 10
_MOST_KEPT = 16

_READ = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a pipe is not waited for here
)
_SOP_CLASS, _SOP_INSTANCE = 0x00080016, 0x00080018
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_META = 2048  # a file meta has 400 bytes

_ENCODED_ANEW = frozenset([
    IssueCode.TRANSFER_SYNTAX_MISMATCH, IssueCode.TRANSFER_SYNTAX_MISSING, IssueCode.TRANSFER_SYNTAX_UNKNOWN,
    IssueCode.NO_FILE_META, IssueCode.VR_FORM_MIXED, IssueCode.TRAILING_BYTES, IssueCode.TRAILING_ZEROS,
    IssueCode.OUT_OF_ORDER,
])  # fmt: skip
"""What makes the bytes of a file other than its transfer syntax says: these are written anew, nothing else is."""

_REPAIR = WriteOptions(repair=True)


class BufferPool:
    """Memory that pieces are read into, used again by the next instance of the same association; not for two threads.

    `size` is how much of an instance is read in one call, and how much of it may be waiting to be sent.
    """

    __slots__ = ("_free", "size")

    def __init__(self, size: int = _MIB) -> None:
        self.size = max(size, FIRST_WINDOW)
        self._free: list[bytearray] = []

    def take(self, wanted: int) -> bytearray:
        """Return a buffer that holds `wanted` bytes, or one of the pool's size if that is less."""
        wanted = min(max(wanted, _SMALLEST), self.size)
        free = self._free
        for position in range(len(free) - 1, -1, -1):  # what was used last is in the processor's cache
            if len(free[position]) >= wanted:
                return free.pop(position)
        return bytearray(min(1 << (wanted - 1).bit_length(), self.size))

    def give(self, buffer: bytearray) -> None:
        """Take a buffer back that nobody looks at any more."""
        if len(self._free) < _MOST_KEPT:
            self._free.append(buffer)


class Description(Frozen):
    """What a negotiation needs to know of an instance; immutable."""

    __slots__ = ("size", "sop_class_uid", "sop_instance_uid", "transfer_syntax")

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax: str
    size: int

    def __init__(self, sop_class_uid: str, sop_instance_uid: str, transfer_syntax: str, size: int) -> None:
        object.__setattr__(self, "sop_class_uid", sop_class_uid)
        object.__setattr__(self, "sop_instance_uid", sop_instance_uid)
        object.__setattr__(self, "transfer_syntax", transfer_syntax)
        object.__setattr__(self, "size", size)


class FileInstance:
    """An instance in a local file, sent as it lies there.

    A piece that `read` gives stays as it is until as many bytes as the pool's `size` were read after it. The file is
    open only until it is read to its end.
    """

    __slots__ = (
        "_at", "_end", "_fd", "_filled", "_offset", "_other", "_path", "_pool", "_start", "_view", "size",
        "sop_class_uid", "sop_instance_uid", "transfer_syntax",
    )  # fmt: skip

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax: str
    size: int
    """Bytes of the data set."""

    def __init__(self, path: str, fd: int, size: int, pool: BufferPool) -> None:
        """Take an open file and read its beginning; see `open_instance`."""
        self._path = path
        self._fd = fd
        self._pool = pool
        self._view = memoryview(pool.take(size))
        self._other: memoryview | None = None
        self._filled = self._offset = os.preadv(fd, [self._view], 0)
        if self._filled < min(size, len(self._view)):
            raise SourceChangedError("the file shrank while it was opened", source=path)
        self._start = self._at = 0
        self._end = size

    @property
    def length(self) -> int:
        """How many bytes `read` gives in all."""
        return self.size

    def open(self, transfer_syntax: str) -> FileInstance | DatasetInstance:
        """Return what gives the bytes in a transfer syntax: this one itself in its own."""
        if transfer_syntax == self.transfer_syntax:
            return self
        return DatasetInstance(dcmread(self._path), self._path).open(transfer_syntax)

    def read(self, length: int) -> memoryview | bytes:
        """Return up to `length` bytes, none at the end. Raises OSError, SourceChangedError for a file that shrank."""
        at = self._at
        if at >= self._filled:
            if not self._fill():
                return b""
            at = 0
        piece = self._view[at : min(at + length, self._filled)]
        self._at = at + len(piece)
        return piece

    def _fill(self) -> bool:
        rest = self._end - self._offset
        if rest <= 0:
            self._close_file()
            return False
        if self._fd < 0:
            raise SourceChangedError("closed before it was read to its end", source=self._path)
        if self._other is None:
            self._other = memoryview(self._pool.take(rest))
        self._view, self._other = self._other, self._view
        got = os.preadv(self._fd, [self._view[:rest]], self._offset)
        if not got:
            raise SourceChangedError("the file became shorter while it was sent", source=self._path)
        self._offset += got
        self._filled, self._at = got, 0
        if self._offset >= self._end:
            self._close_file()
        return True

    def close(self) -> None:
        """Let go of the file, and of the memory if all of it was read."""
        if self._at >= self._filled and self._offset >= self._end:
            for view in (self._view, self._other):
                if view is not None and len(view):
                    self._pool.give(view.obj)  # type: ignore[arg-type]  # the pool's
            self._view, self._other = memoryview(b""), None
            self._filled = self._at = 0
            self._close_file()

    def _close_file(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def __del__(self) -> None:
        self._close_file()

    # -- what open_instance does ---------------------------------------------------------------------------------------

    def _described(self) -> bool:
        """Find out what instance it is; False if its bytes must be written anew. Raises DicomError."""
        head = bytes(self._view[: min(FIRST_WINDOW, self._filled)])
        found = read_head(head) if _DEFLATED in head[:_META] else None
        if found is not None and found.transfer_syntax == _DEFLATED.decode():
            # Its first bytes say nothing before all of it is inflated; the peer does that.
            self.sop_class_uid, self.sop_instance_uid, self.transfer_syntax, start = found
            end = self._end
        else:
            ds = dcmread(_Opened(self._path, self._fd, head, self._end))
            issues = ds.issues
            if issues:
                codes = {issue.code for issue in issues}
                _refuse_truncated(codes, self._path)
                if codes & _ENCODED_ANEW:
                    return False
            file, index = ds._file, ds._index
            assert file is not None  # it was read
            assert index is not None
            self.sop_class_uid = _raw_uid(index, _SOP_CLASS) or _uid(ds, _SOP_CLASS)
            self.sop_instance_uid = _raw_uid(index, _SOP_INSTANCE) or _uid(ds, _SOP_INSTANCE)
            self.transfer_syntax = ds._context.transfer_syntax.uid
            start, end = file.start, index.end
        self._start = self._at = start
        self._end = end
        self.size = end - start
        self._filled = min(self._filled, end)
        self._offset = min(self._offset, end)
        if self._offset >= end:
            self._close_file()
        return True


class DatasetInstance:
    """An instance that is encoded while it is sent: a data set in memory, or one that needs another transfer syntax."""

    __slots__ = ("_chunks", "_ds", "_options", "_rest", "size", "sop_class_uid", "sop_instance_uid", "transfer_syntax")

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax: str
    size: int
    """Bytes of the data set, about: those of the source that it was read from."""

    def __init__(self, ds: Dataset, name: str = "the data set") -> None:
        codes = {issue.code for issue in ds.issues}
        _refuse_truncated(codes, name)
        self._ds = ds
        self._options = _REPAIR if codes & _ENCODED_ANEW else DEFAULT_WRITE
        self.sop_class_uid, self.sop_instance_uid = _uid(ds, _SOP_CLASS), _uid(ds, _SOP_INSTANCE)
        self.transfer_syntax = str(ds.transfer_syntax.uid)
        source = ds._context.source
        self.size = (source.size if source is not None else None) or _SMALLEST
        self._chunks: Iterator[bytes | memoryview] = iter(())
        self._rest = memoryview(b"")

    def open(self, transfer_syntax: str) -> DatasetInstance:
        """Begin to encode in a transfer syntax. Raises ValueEncodeError, PixelError or CodecError where that fails.

        What is found later comes from `read`.
        """
        ds = self._ds
        if transfer_syntax != self.transfer_syntax and "PixelData" in ds:
            wanted = TransferSyntax.of(transfer_syntax)
            if ds.transfer_syntax.is_encapsulated or wanted.is_encapsulated:
                ds = load("transcode")(ds, transfer_syntax)
                self.sop_instance_uid = str(ds.SOPInstanceUID)  # what is not the same image any more has another one
        self._chunks = iter(data_set_chunks(ds, transfer_syntax, self._options))
        self._rest = memoryview(b"")
        return self

    def read(self, length: int) -> bytes | memoryview:
        """Return up to `length` bytes, none at the end; fewer only there."""
        rest = self._rest
        if rest.nbytes >= length:
            self._rest = rest[length:]
            return rest[:length]
        parts = [rest]
        size = rest.nbytes
        for chunk in self._chunks:
            view = memoryview(chunk)
            size += view.nbytes
            parts.append(view)
            if size >= length:
                cut = view.nbytes - (size - length)
                parts[-1], self._rest = view[:cut], view[cut:]
                break
        else:
            self._rest = memoryview(b"")
        return b"".join(parts) if len(parts) != 1 else parts[0]

    def close(self) -> None:
        """Do nothing: what it holds goes with it."""


class _Opened:
    """A file of which the first bytes were read, as a source for the reader."""

    __slots__ = ("_head", "fd", "name", "size")

    is_local = True

    def __init__(self, name: str, fd: int, head: bytes, size: int) -> None:
        self.name = name
        self.fd = fd
        self.size = size
        self._head = head

    def head(self, length: int) -> bytes:
        """Return the first bytes."""
        return self._head

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes, fewer only at the end."""
        return os.pread(self.fd, length, offset)

    def close(self) -> None:
        """Do nothing: who opened the file closes it."""


def open_instance(source: Source, pool: BufferPool | None = None) -> FileInstance | DatasetInstance:
    """Open what a caller wants to have stored: a path, an fsspec URL, a data set, bytes or a binary stream of a file.

    Raises OSError for what cannot be opened, NotDicomError for what is no DICOM file, TruncatedError for one that ends
    inside an element, MissingElementError for one without SOP Class or Instance UID.
    """
    if isinstance(source, Dataset):
        return DatasetInstance(source)
    if not isinstance(source, (str, os.PathLike)):
        return DatasetInstance(dcmread(source))
    path = os.fspath(source)
    if "://" in path or not hasattr(os, "preadv"):
        return DatasetInstance(dcmread(path), path)
    fd = os.open(path, _READ)
    try:
        status = os.fstat(fd)
        if stat.S_ISREG(status.st_mode):
            instance = FileInstance(path, fd, status.st_size, pool or BufferPool())
            fd = -1  # the instance closes it
            if instance._described():
                return instance
            instance._close_file()
    finally:
        if fd >= 0:
            os.close(fd)
    return DatasetInstance(dcmread(path), path)


def describe(source: Source) -> Description:
    """Return what `open_instance` would say of an instance, of a local file by its headers alone. Raises as it does."""
    instance = open_instance(source, BufferPool(FIRST_WINDOW))
    try:
        return Description(instance.sop_class_uid, instance.sop_instance_uid, instance.transfer_syntax, instance.size)
    finally:
        if isinstance(instance, FileInstance):
            instance._close_file()


def _raw_uid(index: Index, tag: int) -> str:
    """Return a UID as it stands among the first bytes; empty where there is more to it."""
    position = index.find(index.root, tag)
    value = index.value(position) if position >= 0 else None
    if not value or not value.isascii() or b"\\" in value:
        return ""
    return value.decode("ascii").strip("\0 ")


def _uid(ds: Dataset, tag: int) -> str:
    keyword = "SOPClassUID" if tag == _SOP_CLASS else "SOPInstanceUID"
    value = ds.get(keyword)
    if not value or not isinstance(value, str):
        raise MissingElementError(f"an instance that is sent needs one {keyword} (PS3.7 9.1.1)", tag=Tag(tag))
    return str(value)


def _refuse_truncated(codes: set[IssueCode], name: str) -> None:
    if IssueCode.TRUNCATED in codes:
        raise TruncatedError(f"{name} ends inside an element: it is not whole, and was not sent")
