"""The deflated data set: a raw RFC 1951 stream behind the File Meta Information (PS3.5 A.5)."""

from __future__ import annotations

import zlib
from _thread import allocate_lock
from io import BytesIO
from tempfile import TemporaryFile

from dicomkit.core.buffer import BytesSource
from dicomkit.core.issue import Issue, IssueCode
from dicomkit.errors import EncodingError, LimitExceededError, counted

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    from dicomkit.core.buffer import ByteSource
    from dicomkit.core.issue import IssueCollector
    from dicomkit.core.limits import Limits

__all__ = ["deflated", "inflate", "inflated"]

_CHUNK = 256 << 10
_STREAM_CHUNK = 64 << 10


class _SpooledSource:
    """Inflated bytes in a temporary file, which goes when the source does."""

    __slots__ = ("_file", "_lock", "name", "size")

    is_local = True

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._lock = allocate_lock()
        self.name = "<inflated>"
        self.size: int | None = size

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes, fewer only at the end."""
        with self._lock:
            self._file.seek(offset)
            return self._file.read(length)

    def close(self) -> None:
        """Delete the temporary file."""
        self._file.close()

    def __del__(self) -> None:
        self.close()


def inflate(
    source: ByteSource, start: int, end: int, limits: Limits, collector: IssueCollector
) -> tuple[ByteSource, bytes]:
    """Inflate a data set; return a source of it and its first bytes.

    Memory is bounded by ``limits.inflate_memory``, beyond it goes to a temporary file. A stream that ends early or is
    damaged gives what could be inflated, and an Issue. Raises LimitExceededError beyond ``limits.inflated_bytes``, and
    EncodingError if nothing could be inflated.
    """
    # Parts in a list would be there twice when they are joined; this grows in place and gives away what it has.
    memory = BytesIO()
    size, spool = 0, None
    try:
        for part in _inflated(source, start, end, collector):
            size += len(part)
            if limits.inflated_bytes is not None and size > limits.inflated_bytes:
                raise LimitExceededError("inflated_bytes", size, bound=limits.inflated_bytes, offset=start)
            if spool is None and size > limits.inflate_memory:
                spool = TemporaryFile()  # noqa: SIM115  lives as long as the source
                with memory.getbuffer() as inflated_before:
                    spool.write(inflated_before)
                memory.close()
            (memory if spool is None else spool).write(part)
    except BaseException:
        if spool is not None:
            spool.close()
        raise
    if size == 0 and end > start and not _is_empty(source, start):
        raise EncodingError("the deflated data set cannot be inflated", offset=start)
    if spool is not None:
        result = _SpooledSource(spool, size)
        return result, result.read_at(0, _CHUNK)
    data = memory.getvalue()
    return BytesSource(data, "<inflated>"), data


def _is_empty(source: ByteSource, start: int) -> bool:
    """Whether a stream that gave nothing is one of nothing, whole."""
    decompressor = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        return not decompressor.decompress(source.read_at(start, 16)) and decompressor.eof
    except zlib.error:
        return False


def _inflated(source: ByteSource, start: int, end: int, collector: IssueCollector) -> Iterator[bytes]:
    decompressor = zlib.decompressobj(-zlib.MAX_WBITS)
    offset, pending = start, b""
    try:
        while not decompressor.eof and (pending or offset < end):
            if not pending:
                pending = source.read_at(offset, min(_CHUNK, end - offset))
                offset += len(pending)
                if not pending:
                    break
            # max_length bounds what one small piece of a bomb can become.
            part = decompressor.decompress(pending, _CHUNK)
            pending = decompressor.unconsumed_tail
            if part:
                yield part
        rest = len(decompressor.unused_data) + end - offset
        # One byte of padding makes the length even.
        if decompressor.eof and (rest > 1 or decompressor.unused_data.strip(b"\0")):
            collector.report(
                Issue(
                    IssueCode.TRAILING_BYTES,
                    f"{counted(rest, 'byte')} after the deflated data set",
                    "not read",
                    end - rest,
                )
            )
        if not decompressor.eof:
            collector.report(
                Issue(IssueCode.TRUNCATED, "the deflated data set ends early", "kept what there is", offset)
            )
    except zlib.error as error:
        collector.report(Issue(IssueCode.DEFLATE_DAMAGED, str(error), "kept what came before", offset))


def inflated(chunks: Iterable[bytes], start: int, limits: Limits, collector: IssueCollector) -> Iterator[bytes]:
    """Inflate a data set that comes as a stream from offset `start` on, in chunks of bounded size; see `inflate`."""
    decompressor = zlib.decompressobj(-zlib.MAX_WBITS)
    offset, size, rest = start, 0, 0
    try:
        for data in chunks:
            offset += len(data)
            if decompressor.eof:
                rest += len(data)
                continue
            while not decompressor.eof:
                part = decompressor.decompress(data, _STREAM_CHUNK)
                data = decompressor.unconsumed_tail
                size += len(part)
                if limits.inflated_bytes is not None and size > limits.inflated_bytes:
                    raise LimitExceededError("inflated_bytes", size, bound=limits.inflated_bytes, offset=start)
                if part:
                    yield part
                elif not data:
                    break
            rest = len(decompressor.unused_data)
        if not decompressor.eof:
            collector.report(
                Issue(IssueCode.TRUNCATED, "the deflated data set ends early", "kept what there is", offset)
            )
        elif rest > 1 or decompressor.unused_data.strip(b"\0"):
            collector.report(
                Issue(
                    IssueCode.TRAILING_BYTES,
                    f"{counted(rest, 'byte')} after the deflated data set",
                    "not read",
                    offset - rest,
                )
            )
    except zlib.error as error:
        collector.report(Issue(IssueCode.DEFLATE_DAMAGED, str(error), "kept what came before", offset))
    if size == 0 and offset > start and not decompressor.eof:
        raise EncodingError("the deflated data set cannot be inflated", offset=start)


def deflated(chunks: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """Deflate an encoded data set, padded with a zero byte to even length (PS3.5 A.5)."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    size = 0
    for chunk in chunks:
        data = compressor.compress(chunk)
        size += len(data)
        if data:
            yield data
    data = compressor.flush()
    yield data
    if (size + len(data)) & 1:
        yield b"\0"
