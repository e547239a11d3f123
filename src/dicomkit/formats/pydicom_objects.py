"""Data sets to pydicom's and back, through the bytes that both write: nothing is converted value by value."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pydicom
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset

from dicomkit.core.issue import IssueCollector
from dicomkit.core.limits import DEFAULT_LIMITS
from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.dataset import decoding
from dicomkit.dataset.context import Context
from dicomkit.dataset.dataset import Dataset, FilePart
from dicomkit.dataset.serialize import Options, form_read, serialize
from dicomkit.encoding.scanning import scan_bytes
from dicomkit.encoding.writer import EXPLICIT_LITTLE, Form

if TYPE_CHECKING:
    from dicomkit._ext import Index

__all__ = ["from_pydicom", "to_pydicom"]


def to_pydicom(ds: Dataset) -> pydicom.Dataset:
    """Return the data set as pydicom's, edits included; a FileDataset if it has a file meta.

    pydicom decodes values when they are asked for, so this costs little more than the bytes. Raises ValueEncodeError
    for edits that cannot be encoded, PixelError for Pixel Data that was set in another form than that of the transfer
    syntax. Needs pydicom.
    """
    root = ds._root()
    syntax = decoding.transfer_syntax(ds)
    form = form_read(ds) or Form.of(syntax.is_implicit, syntax.is_little_endian)
    # What was cut off is ended: pydicom has nothing of a data set whose fragments have no end.
    body = serialize(ds, Options(form, is_followed=True, syntax=syntax if ds is root else None)).to_bytes()
    made = read_dataset(BytesIO(body), form.is_implicit, form.is_little_endian)
    if ds is not root or ds._file is None:
        declared = list(decoding.current_character_set(ds).declared)
        return pydicom.Dataset(made, parent_encoding=pydicom.charset.convert_encodings(declared or None))
    meta = _meta_to_pydicom(ds.file_meta)
    preamble = ds.preamble
    return pydicom.FileDataset(
        "", made, preamble, meta, is_implicit_VR=form.is_implicit, is_little_endian=form.is_little_endian
    )


def _meta_to_pydicom(meta: Dataset) -> pydicom.dataset.FileMetaDataset:
    form = form_read(meta) or EXPLICIT_LITTLE
    data = serialize(meta, Options(form)).to_bytes()
    return pydicom.dataset.FileMetaDataset(read_dataset(BytesIO(data), form.is_implicit, form.is_little_endian))


def from_pydicom(ds: pydicom.Dataset) -> Dataset:
    """Return pydicom's data set as one of dicomkit's, with its file meta and preamble if it has any.

    The form is that of its Transfer Syntax UID, else the one it was read in, else Explicit VR Little Endian. Raises
    EncodingError for what cannot be read back, and whatever pydicom raises for what it cannot write.
    """
    meta = getattr(ds, "file_meta", None)
    uid = str(meta.TransferSyntaxUID) if meta is not None and "TransferSyntaxUID" in meta else ""
    if uid:
        syntax = TransferSyntax.of(uid)
        implicit, little = syntax.is_implicit, syntax.is_little_endian
    else:
        read_implicit, read_little = ds.original_encoding
        implicit = bool(read_implicit)
        little = read_little is not False
        names = {(True, True): "1.2.840.10008.1.2", (False, False): "1.2.840.10008.1.2.2"}
        syntax = TransferSyntax.of(names.get((implicit, little), "1.2.840.10008.1.2.1"))
    index, context = _indexed(ds, implicit, little, syntax)
    made = Dataset._of(index, index.root, context)
    made._dirty = True  # there is no file whose bytes could be copied
    if meta is not None:
        meta_index, _ = _indexed(meta, False, True, TransferSyntax.of("1.2.840.10008.1.2.1"))
        made._file = FilePart(meta_index, getattr(ds, "preamble", None))
    return made


def _indexed(ds: pydicom.Dataset, implicit: bool, little: bool, syntax: TransferSyntax) -> tuple[Index, Context]:
    target = pydicom.filebase.DicomBytesIO()
    target.is_implicit_VR, target.is_little_endian = implicit, little
    write_dataset(target, ds)
    collector = IssueCollector("collect", DEFAULT_LIMITS.issues)
    context = Context(None, syntax, collector=collector)
    index = scan_bytes(
        target.getvalue(),
        0,
        implicit=implicit,
        big_endian=not little,
        limits=DEFAULT_LIMITS,
        collector=collector,
    )
    return index, context
