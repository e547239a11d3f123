"""Data sets through pickle, and so through process pools: as the bytes of a file."""

from __future__ import annotations

from dicomkit.core.issue import IssueCollector
from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.dataset.context import Context
from dicomkit.dataset.dataset import Dataset, FilePart
from dicomkit.dataset.decoding import current_character_set
from dicomkit.dataset.serialize import Options, form_read, serialize
from dicomkit.encoding.charset import CharacterSet
from dicomkit.encoding.scanning import scan_bytes
from dicomkit.encoding.writer import EXPLICIT_LITTLE

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.core.limits import Limits
    from dicomkit.dictionary import Dictionary

    State = tuple[bytes, str, bool, bool, tuple[str, ...], bytes, bytes | None, Dictionary, Limits]

__all__ = ["reduce"]


def reduce(ds: Dataset) -> tuple[object, ...]:
    """Return how to make the data set again: its encoded bytes, its file meta, and what it inherits."""
    form = form_read(ds) or EXPLICIT_LITTLE
    meta, preamble = b"", None
    if ds._file is not None:
        file_meta = ds._file.meta_of(ds._context)
        meta = serialize(file_meta, Options(form_read(file_meta) or EXPLICIT_LITTLE)).to_bytes()
        preamble = ds._file.preamble
    inherited = current_character_set(ds)
    state: State = (
        serialize(ds, Options(form)).to_bytes(),
        str(ds._context.transfer_syntax.uid),
        form.is_implicit,
        form.is_little_endian,
        inherited.declared,
        meta,
        preamble,
        ds._context.dictionary,
        ds._context.limits,
    )
    return _restored, (type(ds), state)


def _restored(cls: type[Dataset], state: State) -> Dataset:
    data, uid, implicit, little, inherited, meta, preamble, dictionary, limits = state
    collector = IssueCollector("collect", limits.issues)
    context = Context(None, TransferSyntax.of(uid), dictionary, limits, collector)
    silent = IssueCollector("ignore")
    index = scan_bytes(data, 0, implicit=implicit, big_endian=not little, limits=limits, collector=silent)
    ds = cls._of(index, index.root, context)
    ds._inherited = CharacterSet.of(inherited) if inherited else None
    if meta or preamble is not None:
        meta_index = scan_bytes(meta, 0, implicit=False, big_endian=False, limits=limits, collector=silent)
        ds._file = FilePart(meta_index, preamble)
    return ds
