"""Data sets without a file meta, as messages carry them: whoever sent them said the transfer syntax (PS3.7 6.3.2)."""

from __future__ import annotations

from functools import lru_cache

from dicomkit.core.issue import IssueCollector
from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.core.vr import VR
from dicomkit.dataset.context import Context
from dicomkit.dataset.dataset import Dataset, FilePart
from dicomkit.encoding.options import DEFAULT_READ, DEFAULT_WRITE, ReadOptions, WriteOptions, named_syntax
from dicomkit.encoding.scanning import FIRST_WINDOW
from dicomkit.encoding.writer import EXPLICIT_LITTLE
from dicomkit.file.meta import index_of_meta
from dicomkit.file.read import index_data_set
from dicomkit.file.sources import open_source
from dicomkit.file.write import data_set_chunks

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit._ext import Index
    from dicomkit.file.sources import Source

__all__ = ["data_set_bytes", "data_set_chunks", "read_data_set"]

_NO_PREAMBLE = bytes(128)


def read_data_set(source: Source, transfer_syntax: str, options: ReadOptions | None = None) -> Dataset:
    """Read a data set that begins with its first element, in a transfer syntax that is known from elsewhere.

    `source` is bytes, a path, an URL or a binary file object, `transfer_syntax` a UID or a keyword of PS3.6; a UID that
    is none of PS3.6 is read as Explicit VR Little Endian. The result can be saved as a file. Raises
    LimitExceededError beyond ``options.limits``, and IssueError under the policy "raise".
    """
    options = DEFAULT_READ if options is None else options
    syntax = named_syntax(transfer_syntax, TransferSyntax.of(transfer_syntax))
    opened = open_source(source, force=True)
    try:
        head, size = opened.head(FIRST_WINDOW), opened.size
        assert size is not None  # a source without a size is spooled
        collector = IssueCollector(options.issues, options.limits.issues)
        context = Context(opened, syntax, options.dictionary, options.limits, collector)
        index, _ = index_data_set(context, head, 0, size, options)
        ds = Dataset._of(index, index.root, context)
        ds._file = FilePart(_meta_index(syntax.uid), _NO_PREAMBLE)
        return ds
    finally:
        opened.close()


def data_set_bytes(ds: Dataset, transfer_syntax: str | None = None, options: WriteOptions | None = None) -> bytes:
    """Return the data set without a file meta, in its own transfer syntax or in another one.

    Raises ValueEncodeError for what cannot be encoded, and PixelError where Pixel Data would have to be compressed or
    decompressed: see `dicomkit.pixels.transcode`.
    """
    return b"".join(data_set_chunks(ds, transfer_syntax, options or DEFAULT_WRITE))


@lru_cache(maxsize=64)
def _meta_index(uid: str) -> Index:
    """The index of the file meta that such a data set would have, as far as it is known without reading it."""
    data = uid.encode("ascii", "replace")
    data += b"\0" * (len(data) & 1)
    version = EXPLICIT_LITTLE.header(0x00020001, VR.OB, 2) + b"\0\1"
    group = version + EXPLICIT_LITTLE.header(0x00020010, VR.UI, len(data)) + data
    return index_of_meta(EXPLICIT_LITTLE.header(0x00020000, VR.UL, 4) + len(group).to_bytes(4, "little") + group)
