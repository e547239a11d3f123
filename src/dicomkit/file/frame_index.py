"""A side index: where the frames of an encapsulated Pixel Data are, kept so that its fragments are walked once.

PS3.5 A.4 allows Pixel Data without an offset table; then only the headers of all fragments before it say where a frame
begins. The index is a few bytes a fragment, to be kept beside the file or in a database.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from array import array
from struct import Struct

from dicomkit.core.frozen import Frozen
from dicomkit.dataset import decoding, fragments
from dicomkit.encoding.encapsulation import FrameTable, numbers, packed
from dicomkit.errors import FileFormatError, MissingElementError, PixelError, SourceChangedError
from dicomkit.file.atomic import Replacement

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

    from dicomkit.dataset.dataset import Dataset

__all__ = ["FrameIndex"]

_PIXEL_DATA = 0x7FE00010
_ITEM_HEADER = 8
# How much of the file before the Pixel Data makes its digest: the header of any image, with its UIDs.
_DIGESTED = 1 << 20

_MAGIC = b"DKFRAMES"
# Magic, version of the layout, size of the source, where the Pixel Data is, where its first fragment is, number of
# fragments, of frames, of sizes, bytes of the version of the source, digest.
_HEAD = Struct("<8sIQQQQQQI32s")
_LAYOUT = 1


class FrameIndex(Frozen):
    """Where the frames of one file are; immutable, with a form in bytes.

    `size`, `version` and `digest` say of which file: its size, what changes with it (a modification time, an ETag; ""
    if nothing is known), and the SHA-256 of what comes before the Pixel Data, at most 1 MiB of it.
    """

    __slots__ = ("table", "size", "version", "digest", "pixels")  # noqa: RUF023  the order of __init__

    table: FrameTable
    size: int
    version: str
    digest: bytes
    pixels: int

    def __init__(self, table: FrameTable, size: int, version: str, digest: bytes, pixels: int) -> None:
        put = object.__setattr__
        put(self, "table", table)
        put(self, "size", size)
        put(self, "version", version)
        put(self, "digest", digest)
        put(self, "pixels", pixels)

    @classmethod
    def of(cls, ds: Dataset) -> Self:
        """Return the index of a data set that was read, walking the fragments if nobody did.

        Raises MissingElementError without Pixel Data, PixelError if it is not encapsulated as it was read.
        """
        position = _position(ds)
        table = fragments.full_table(ds, position)
        offset = ds._read_index.element(position)[2]
        return cls(table, *_identity(ds), _digest(ds, offset), offset)

    def __len__(self) -> int:
        return len(self.table)

    def __eq__(self, other: object) -> bool:
        return self.to_bytes() == other.to_bytes() if isinstance(other, FrameIndex) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.size, self.digest, self.pixels))

    def __repr__(self) -> str:
        return f"<FrameIndex of {len(self)} frames in {len(self.table.offsets)} fragments>"

    def attach(self, ds: Dataset) -> None:
        """Let the frames of a data set be found by this index.

        Raises SourceChangedError if the data set was read from another file, or from this one before or after a
        change: size and version must agree, or size and digest (a copy of the file has another modification time).
        """
        position = _position(ds)
        offset = ds._read_index.element(position)[2]
        size, version = _identity(ds)
        name = ds._context.source.name if ds._context.source is not None else None
        if size != self.size or offset != self.pixels:
            raise SourceChangedError("the frame index is of another file", source=name)
        if (not version or version != self.version) and _digest(ds, offset) != self.digest:
            raise SourceChangedError("the frame index is of another file, or the file was changed", source=name)
        fragments.keep_table(ds, position, self.table)

    # -- as bytes ------------------------------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """Return the index as bytes, with a check sum."""
        table, version = self.table, self.version.encode()
        start = table.offsets[0] if table.offsets else 0
        counts = (len(table.offsets), len(table), len(table.sizes))
        head = _HEAD.pack(_MAGIC, _LAYOUT, self.size, self.pixels, start, *counts, len(version), self.digest)
        # Fragments lie one behind the other, so their lengths tell where they are.
        parts = (head, version, packed("I", table.lengths), packed("Q", table.firsts), packed("Q", table.sizes))
        data = b"".join(parts)
        return data + zlib.crc32(data).to_bytes(4, "little")

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the index that `to_bytes` gave; FileFormatError for anything else."""
        if len(data) < _HEAD.size + 4 or zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
            raise FileFormatError("not a frame index, or a damaged one")
        magic, layout, size, pixels, start, n_fragments, n_frames, n_sizes, n_version, digest = _HEAD.unpack_from(data)
        if magic != _MAGIC or layout != _LAYOUT:
            raise FileFormatError("not a frame index of this version of dicomkit")
        bounds = [_HEAD.size]
        for length in (n_version, 4 * n_fragments, 8 * (n_frames + 1), 8 * n_sizes):
            bounds.append(bounds[-1] + length)
        if bounds[-1] + 4 != len(data):
            raise FileFormatError("a damaged frame index")
        version, lengths, firsts, sizes = (data[bounds[i] : bounds[i + 1]] for i in range(4))
        table = _restored(start, numbers("I", lengths), numbers("Q", firsts), numbers("Q", sizes))
        if table.firsts[0] or table.firsts[-1] > n_fragments or n_sizes not in (0, n_frames):
            raise FileFormatError("a damaged frame index")
        return cls(table, size, version.decode("utf-8", "replace"), digest, pixels)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the index to a file, which is replaced only when all is written."""
        with Replacement(path) as target:
            rest = memoryview(self.to_bytes())
            while rest.nbytes:
                rest = rest[os.write(target.fd, rest) :]

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Return the index in a file; OSError if there is none, FileFormatError if it is none."""
        with open(path, "rb") as file:
            return cls.from_bytes(file.read())


def _restored(start: int, lengths: array[int], firsts: array[int], sizes: array[int]) -> FrameTable:
    if start + sum(lengths) + _ITEM_HEADER * len(lengths) >= 1 << 64:
        raise FileFormatError("a damaged frame index")
    offsets = array("Q")
    for length in lengths:
        offsets.append(start)
        start += length + _ITEM_HEADER
    if any(firsts[i] >= firsts[i + 1] for i in range(len(firsts) - 1)):
        raise FileFormatError("a damaged frame index")
    return FrameTable(offsets, array("Q", lengths), firsts, sizes)


def _position(ds: Dataset) -> int:
    if not ds._has(_PIXEL_DATA):
        raise MissingElementError("the data set has no Pixel Data", tag=_PIXEL_DATA)
    position = ds._position_of(_PIXEL_DATA)
    if position < 0 or not ds._read_index.element(position)[4] & decoding.FRAGMENTS:
        raise PixelError("only encapsulated Pixel Data that was read has fragments to index")
    return position


def _identity(ds: Dataset) -> tuple[int, str]:
    source = ds._context.source
    if source is None or source.size is None:
        return 0, ""
    return source.size, str(getattr(source, "version", ""))


def _digest(ds: Dataset, end: int) -> bytes:
    size = min(end, _DIGESTED)
    reader = decoding.IndexSource(ds._read_index, ds._context.source)
    digest, at = hashlib.sha256(), 0
    while at < size:
        chunk = reader.read_at(at, size - at)
        if not chunk:
            break
        digest.update(chunk)
        at += len(chunk)
    return digest.digest()
