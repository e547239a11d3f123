"""Pixel Data from one transfer syntax to another, frame by frame, with what that changes (PS3.5 8, 10, A.4)."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

import numpy as np

from dicomkit.codecs import DEFAULT_REGISTRY, EncodeOptions
from dicomkit.core.vr import VR
from dicomkit.encoding.encapsulation import encapsulate
from dicomkit.encoding.options import WriteOptions
from dicomkit.errors import PixelError
from dicomkit.file import dcmwrite
from dicomkit.file.stream_writer import StreamWriter
from dicomkit.pixels.ahead import in_order, thread_count
from dicomkit.pixels.conversion import Conversion, wanted_syntax
from dicomkit.pixels.derivation import mark_derived, mark_lossy
from dicomkit.pixels.encode import describe_pixels, forget_pixels, put_native
from dicomkit.pixels.overlays import overlays

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO

    from dicomkit.codecs import Registry
    from dicomkit.dataset import Dataset
    from dicomkit.encoding.encapsulation import OffsetTableKind

__all__ = ["compress", "decompress", "transcode", "write_transcoded"]

_EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
_PIXEL_DATA = 0x7FE00010
_FLOATS = {32: 0x7FE00008, 64: 0x7FE00009}
# With the offset tables of encapsulated frames.
_PIXELS = {_PIXEL_DATA, 0x7FE00001, 0x7FE00002, *_FLOATS.values()}
_META_GROUP = 0x0002
# Of overlays (PS3.3 C.9.2).
_OVERLAY_FRAMES, _FRAME_ORIGIN, _BITS_ALLOCATED, _BIT_POSITION, _OVERLAY_DATA = 0x0015, 0x0051, 0x0100, 0x0102, 0x3000
# Encoded frames that are kept in memory until the header, which says how much smaller they are, can be written.
_IN_MEMORY = 4 << 20
_LARGEST_BASIC = 0xFFFFFFFF


def transcode(
    ds: Dataset,
    uid: str,
    options: EncodeOptions | None = None,
    *,
    photometric_interpretation: str | None = None,
    offset_table: OffsetTableKind | None = None,
    keep_uid: bool = False,
    threads: int | None = None,
    registry: Registry = DEFAULT_REGISTRY,
) -> Dataset:
    """Return a copy of a data set with its pixels in another transfer syntax, which its file meta says.

    `uid` is a UID or a keyword of PS3.6, such as ``"RLELossless"``.
    `options` are the encoder's. `photometric_interpretation` is that of the encoded frames; by default what is usual:
    the transformation that belongs to the codestream (YBR_RCT, YBR_ICT) or YBR_FULL_422 of lossy JPEG for RGB, and what
    it was for what loses nothing. `offset_table` is by default a basic one, beyond 4 GiB an extended one.

    Compression with loss makes a derived image: Lossy Image Compression with a ratio and a method (PS3.3 C.7.6.1.1.5),
    Image Type, Derivation, Source Image, and another SOP Instance UID unless `keep_uid`. Frames that are already
    encoded as asked for are taken as they are. Raises PixelError for what makes no sense (see `Conversion`),
    UnsupportedTransferSyntaxError, CodecError, and what decoding raises.
    """
    conversion = Conversion(ds, uid, options, photometric_interpretation, registry)
    result = ds.copy()
    if conversion.is_header_only:
        result.file_meta.TransferSyntaxUID = str(conversion.syntax.uid)
        return result
    frames = list(_encoded(conversion, threads))
    if not conversion.syntax.is_encapsulated:
        _change(result, conversion, b"", 0, keep_uid)
        put_native(result, conversion.target, conversion.count, b"".join(conversion.joined(frames)))
        return result
    size = sum(map(len, frames))
    _change(result, conversion, frames[0] if frames else b"", size, keep_uid)
    kind = offset_table or _table_for(size, len(frames))
    value = encapsulate(frames, offset_table=kind)
    forget_pixels(result)
    if kind == "extended":
        result.ExtendedOffsetTable, result.ExtendedOffsetTableLengths = value.extended_offsets, value.extended_lengths
    result._put(_PIXEL_DATA, VR.OB, value.to_bytes())
    return result


def compress(
    ds: Dataset,
    uid: str,
    options: EncodeOptions | None = None,
    *,
    photometric_interpretation: str | None = None,
    offset_table: OffsetTableKind | None = None,
    keep_uid: bool = False,
    threads: int | None = None,
    registry: Registry = DEFAULT_REGISTRY,
) -> None:
    """Put the pixels of this data set into an encapsulated transfer syntax; see `dicomkit.pixels.transcode`."""
    syntax = wanted_syntax(uid)
    if not syntax.is_encapsulated:
        raise PixelError(f"{syntax} does not compress frames; decompress() takes it")
    result = transcode(
        ds,
        uid,
        options,
        photometric_interpretation=photometric_interpretation,
        offset_table=offset_table,
        keep_uid=keep_uid,
        threads=threads,
        registry=registry,
    )
    _take_over(ds, result)


def decompress(
    ds: Dataset,
    uid: str = _EXPLICIT_LITTLE,
    *,
    threads: int | None = None,
    registry: Registry = DEFAULT_REGISTRY,
) -> None:
    """Put the pixels of this data set into a native transfer syntax; YBR of lossy JPEG becomes RGB."""
    syntax = wanted_syntax(uid)
    if syntax.is_encapsulated:
        raise PixelError(f"{syntax} is no native transfer syntax; compress() takes it")
    _take_over(ds, transcode(ds, uid, threads=threads, registry=registry))


def write_transcoded(
    target: str | os.PathLike[str] | BinaryIO,
    ds: Dataset,
    uid: str,
    options: EncodeOptions | None = None,
    *,
    photometric_interpretation: str | None = None,
    offset_table: OffsetTableKind | None = None,
    keep_uid: bool = False,
    threads: int | None = None,
    durable: bool = False,
    progress: Callable[[int, int], object] | None = None,
    registry: Registry = DEFAULT_REGISTRY,
) -> None:
    """Write a data set as a file in another transfer syntax, holding a few frames at a time; see `transcode`.

    Encoded frames wait in a temporary file until the header is written, which says how much smaller they are. A path is
    replaced at the end. `progress` is called with the frames done and their number.
    """
    conversion = Conversion(ds, uid, options, photometric_interpretation, registry)
    if conversion.is_header_only:
        dcmwrite(target, ds, WriteOptions(transfer_syntax=str(conversion.syntax.uid), durable=durable))
        return
    frames = _watched(_encoded(conversion, threads), conversion.count, progress)
    header = ds.copy()
    with ExitStack() as stack:
        write: Callable[[StreamWriter], None]
        if conversion.syntax.is_encapsulated:
            spool = stack.enter_context(SpooledTemporaryFile(max_size=_IN_MEMORY))
            first, sizes = _spool(frames, spool)
            _change(header, conversion, first, sum(sizes), keep_uid)
            kind = offset_table or _table_for(sum(sizes), len(sizes))
            write = partial(_write_fragments, spool, sizes, kind)
        else:
            _change(header, conversion, b"", 0, keep_uid)
            write = partial(_write_native, conversion, frames)
        writer = StreamWriter(
            target,
            transfer_syntax=str(conversion.syntax.uid),
            file_meta=header.file_meta,
            preamble=header.preamble,
            durable=durable,
        )
        with writer:
            _write(writer, header, write)


def _write(writer: StreamWriter, header: Dataset, write_pixels: Callable[[StreamWriter], None]) -> None:
    """Write the elements before the Pixel Data, it, and those behind it."""
    tags = [tag for tag in header._tags() if tag not in _PIXELS and tag >> 16 != _META_GROUP]
    for tag in tags:
        if tag < _PIXEL_DATA:
            writer.write(header[tag])
    write_pixels(writer)
    for tag in tags:
        if tag > _PIXEL_DATA:
            writer.write(header[tag])


# -- what changes ----------------------------------------------------------------------------------------------------


def _change(ds: Dataset, conversion: Conversion, first: bytes, size: int, keep_uid: bool) -> None:
    """Put the description of the frames as they will be, and what is to be said of their loss.

    `first` is the first encoded frame, and `size` the bytes of all.
    """
    if conversion.source_loses and ds.get("LossyImageCompression") != "01":
        mark_lossy(ds, str(conversion.source.uid), conversion.native_length / max(conversion.source_length, 1))
    if not conversion.keeps_description:
        _separate_overlays(ds, conversion)
        describe_pixels(ds, conversion.target, conversion.count)
    if first and conversion.loses(first):
        ratio = conversion.native_length / max(size, 1)
        uid = ds.SOPInstanceUID if keep_uid and "SOPInstanceUID" in ds else ""
        mark_derived(ds, f"{conversion.syntax.name}, {ratio:.1f}:1")
        mark_lossy(ds, str(conversion.syntax.uid), ratio)
        if uid:
            ds.SOPInstanceUID = uid
    ds.file_meta.TransferSyntaxUID = str(conversion.syntax.uid)


def _separate_overlays(ds: Dataset, conversion: Conversion) -> None:
    """Put overlays in bits of the Pixel Data that are not stored, which frames lose, into elements of their own.

    The standard allowed such until 2004 (PS3.3 C.9.2); encapsulated frames have no such bits.
    """
    if conversion.description.is_encapsulated:
        return
    for overlay in overlays(conversion.ds):
        group = overlay.group << 16
        if not overlay.is_embedded or not ds._has(group | _BIT_POSITION):
            continue
        bits = np.concatenate([overlay.bitmap(number).reshape(-1) for number in range(conversion.count)])
        data = np.packbits(bits, bitorder="little").tobytes()
        ds.add_new(group | _OVERLAY_DATA, "OW", data + b"\0" * (len(data) & 1))
        ds.add_new(group | _BITS_ALLOCATED, "US", 1)
        ds.add_new(group | _BIT_POSITION, "US", 0)
        if conversion.count > 1:
            ds.add_new(group | _OVERLAY_FRAMES, "IS", conversion.count)
            ds.add_new(group | _FRAME_ORIGIN, "US", 1)


def _take_over(ds: Dataset, result: Dataset) -> None:
    """Make a data set what a changed copy of it is."""
    for tag in ds._tags():
        if not result._has(tag):
            del ds[tag]
    for tag in result._tags():
        if result._edits is not None and tag in result._edits:
            ds._keep(tag, result._edits[tag] or result._vr_of(tag), result._value_of(tag))
    ds.file_meta.TransferSyntaxUID = result.file_meta.TransferSyntaxUID


# -- frames ----------------------------------------------------------------------------------------------------------


def _encoded(conversion: Conversion, threads: int | None) -> Iterator[bytes]:
    """The frames as the target has them, in order."""
    stream = conversion.frames_of_stream()
    if stream is not None:
        return stream
    workers = min(thread_count(threads), conversion.count or 1)
    return in_order(conversion.frame, range(conversion.count), workers, size=conversion.target.nbytes)


def _watched(frames: Iterable[bytes], count: int, progress: Callable[[int, int], object] | None) -> Iterator[bytes]:
    for number, data in enumerate(frames, 1):
        yield data
        if progress is not None:
            progress(number, count)


def _table_for(size: int, count: int) -> OffsetTableKind:
    """A Basic Offset Table, where its entries reach (PS3.5 A.4)."""
    return "basic" if size + 9 * count <= _LARGEST_BASIC else "extended"


def _spool(frames: Iterable[bytes], spool: SpooledTemporaryFile[bytes]) -> tuple[bytes, list[int]]:
    """Put frames one after the other into a temporary file; return the first, and how long each is."""
    first, sizes = b"", list[int]()
    for data in frames:
        first = data if not sizes else first
        spool.write(data)
        sizes.append(len(data))
    return first, sizes


def _write_fragments(
    spool: SpooledTemporaryFile[bytes], sizes: list[int], offset_table: OffsetTableKind, writer: StreamWriter
) -> None:
    parts, at = [], 0
    for size in sizes:
        parts.append(_Part(spool, at, size))
        at += size
    writer.write_fragments(parts, offset_table=offset_table)


def _write_native(conversion: Conversion, frames: Iterable[bytes], writer: StreamWriter) -> None:
    frame = conversion.target
    tag = _FLOATS[frame.bits_allocated] if frame.is_float else _PIXEL_DATA
    vr = ("OF" if frame.bits_allocated == 32 else "OD") if frame.is_float else "OW"
    if vr == "OW" and frame.bits_allocated <= 8 and not conversion.syntax.is_implicit:
        vr = "OB"
    writer.write_value(tag, vr, conversion.joined(frames), conversion.joined_length)


class _Part:
    """A part of a file as a file object, for who reads it from its beginning to its end."""

    __slots__ = ("_at", "_file", "_size", "_start")

    def __init__(self, file: SpooledTemporaryFile[bytes], start: int, size: int) -> None:
        self._file = file
        self._start = start
        self._size = size
        self._at = 0

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, at most `size`."""
        left = self._size - self._at
        self._file.seek(self._start + self._at)
        data = self._file.read(left if size < 0 else min(size, left))
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place in the part."""
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def tell(self) -> int:
        """Return the place in the part."""
        return self._at
