"""Encapsulated documents: PDF, CDA, STL, OBJ and MTL files as objects, and back (PS3.3 A.45, A.85, C.24)."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers import expat

from dicomkit.core.frozen import Options
from dicomkit.core.issue import IssueCode
from dicomkit.core.uid import IMPLEMENTATION_VERSION_NAME
from dicomkit.core.uid_generation import generate_uid
from dicomkit.dataset import Dataset
from dicomkit.errors import MissingElementError, ValueEncodeError, escaped
from dicomkit.objects.new_instance import new_instance
from dicomkit.pixels.describe import report

if TYPE_CHECKING:
    from typing import BinaryIO, Literal, TypeAlias

    DocumentKind: TypeAlias = Literal["pdf", "cda", "stl", "obj", "mtl"]

__all__ = ["Document", "document_of", "encapsulated_document"]

_DOCUMENT, _LENGTH = 0x00420011, 0x00420015
_LONGEST = 0xFFFFFFFE  # PS3.5 7.1.1: the longest even length that is not "undefined"
_STORAGE = "1.2.840.10008.5.1.4.1.1.104"
# The last component of the SOP Class UID (PS3.6 A), the MIME type (PS3.3 A.45, A.85) and the modality of each kind.
_KINDS = {
    "pdf": (1, "application/pdf", "DOC"),
    "cda": (2, "text/xml", "DOC"),
    "stl": (3, "model/stl", "M3D"),
    "obj": (4, "model/obj", "M3D"),
    "mtl": (5, "model/mtl", "M3D"),
}
_KIND_OF_MIME = {mime: kind for kind, (_, mime, _) in _KINDS.items()}
_KIND_OF_SUFFIX = {".pdf": "pdf", ".xml": "cda", ".cda": "cda", ".stl": "stl", ".obj": "obj", ".mtl": "mtl"}
_MODELS = ("stl", "obj", "mtl")
# Type 2 of the modules General Equipment and Encapsulated Document.
_EMPTY = ("Manufacturer", "AcquisitionDateTime", "DocumentTitle", "ConceptNameCodeSequence")
# Type 2 of Frame of Reference, which only models have.
_EMPTY_OF_MODELS = ("PositionReferenceIndicator",)


class Document(Options):
    """A document as it was before it became an object.

    `kind` is pdf, cda, stl, obj or mtl, or "" for a `mime_type` that is none of theirs.
    """

    data: bytes = b""
    kind: str = ""
    mime_type: str = ""
    title: str = ""


def encapsulated_document(
    source: str | os.PathLike[str] | bytes | BinaryIO,
    kind: DocumentKind | None = None,
    *,
    like: Dataset | None = None,
    burned_in_annotation: str = "YES",
    units: str = "mm",
    **values: object,
) -> Dataset:
    """Return a file as an Encapsulated PDF, CDA, STL, OBJ or MTL instance.

    Without `kind` the content tells, or else the suffix of the path. Patient and study are those of `like`, and for
    models its frame of reference; series and instance are new. Other elements come as keywords,
    ``DocumentTitle="Letter"``, and go before what is made up. The document is taken to show what identifies the patient
    unless `burned_in_annotation` is "NO". `units` is the UCUM code of the coordinates of a model: um, mm or m. A CDA
    document's own identifier becomes HL7 Instance Identifier (C.24.2).

    Raises ValueEncodeError for a document that is empty, too long, of no known kind, or not of the kind that is said;
    OSError.
    """
    data, suffix = _content(source)
    if not data or len(data) > _LONGEST:
        raise ValueEncodeError(f"a document of {len(data)} bytes: 1 to {_LONGEST} fit", tag=_DOCUMENT)
    chosen = _kind_of(data, suffix) if kind is None else kind
    if chosen not in _KINDS:
        raise ValueEncodeError(f"no kind of document that DICOM knows; there are {', '.join(_KINDS)}", value=chosen)
    if chosen == "pdf" and not _is_pdf(data):
        raise ValueEncodeError("no PDF: %PDF- is not among its first 1024 bytes", tag=_DOCUMENT)
    number, mime_type, modality = _KINDS[chosen]
    ds = new_instance(like, _EMPTY)
    ds.SOPClassUID = f"{_STORAGE}.{number}"
    ds.Modality = modality
    ds.SeriesNumber, ds.InstanceNumber = 1, 1
    ds.ConversionType = "WSD"
    now = time.localtime()
    ds.ContentDate, ds.ContentTime = time.strftime("%Y%m%d", now), time.strftime("%H%M%S", now)
    ds.BurnedInAnnotation = burned_in_annotation
    ds.MIMETypeOfEncapsulatedDocument = mime_type
    if chosen == "cda" and "HL7InstanceIdentifier" not in values:
        ds.HL7InstanceIdentifier = _identifier_of_cda(data)
    if chosen in _MODELS:
        _describe_model(ds, like, units)
    ds.EncapsulatedDocument = data
    ds.EncapsulatedDocumentLength = len(data)
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def document_of(ds: Dataset) -> Document:
    """Return the document of an Encapsulated Document instance, without the byte that pads it to an even length.

    Where Encapsulated Document Length is missing or wrong, which is an issue, the padding is told from the content: a
    zero byte ends no PDF and no text, and a binary STL says how many triangles it has.

    Raises MissingElementError where there is none.
    """
    value = ds.get("EncapsulatedDocument")
    if value is None:
        raise MissingElementError("no document: no Encapsulated Document (0042,0011)", tag=_DOCUMENT)
    data = value.encode("utf-8") if isinstance(value, str) else bytes(value)
    mime_type = str(ds.get("MIMETypeOfEncapsulatedDocument") or "").strip()
    kind = _KIND_OF_MIME.get(mime_type.partition(";")[0].strip().lower(), "")
    length = ds.get("EncapsulatedDocumentLength")
    if isinstance(length, int) and len(data) - (len(data) % 2 == 0) <= length <= len(data):
        data = data[:length]
    else:
        if length is not None:
            message = f"Encapsulated Document Length {escaped(str(length))} of a value of {len(data)} bytes"
            report(ds, IssueCode.VALUE_LENGTH, message, "told the length from the content", _LENGTH)
        data = _without_padding(data, kind)
    return Document(data=data, kind=kind, mime_type=mime_type, title=str(ds.get("DocumentTitle") or ""))


def _content(source: str | os.PathLike[str] | bytes | BinaryIO) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        return source, ""
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        return path.read_bytes(), path.suffix.lower()
    return source.read(), ""


def _kind_of(data: bytes, suffix: str) -> str:
    if _is_pdf(data):
        return "pdf"
    if suffix in _KIND_OF_SUFFIX:
        return _KIND_OF_SUFFIX[suffix]
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" and b"ClinicalDocument" in data:
        return "cda"
    if _binary_stl_length(data) == len(data) or (data[:6] == b"solid " and b"facet" in data):
        return "stl"
    raise ValueEncodeError(f"a document of no kind that its content tells: say one of {', '.join(_KINDS)}")


def _is_pdf(data: bytes) -> bool:
    # ISO 32000-1 Annex H, implementation note 13: readers take a header among the first 1024 bytes.
    return b"%PDF-" in data[:1024]


def _binary_stl_length(data: bytes) -> int:
    """The length that a binary STL of this header has: 80 bytes of text, the count, 50 bytes a triangle."""
    return 84 + 50 * int.from_bytes(data[80:84], "little") if len(data) >= 84 else -1


def _without_padding(data: bytes, kind: str) -> bytes:
    """Take off the zero byte that cannot be of the document (PS3.5 6.2: OB is padded with one)."""
    if len(data) % 2 or data[-1:] != b"\0":
        return data
    is_padded = _binary_stl_length(data) == len(data) - 1 if kind == "stl" and data[:5] != b"solid" else kind != ""
    return data[:-1] if is_padded else data


def _describe_model(ds: Dataset, like: Dataset | None, units: str) -> None:
    """Put what Frame of Reference, Enhanced General Equipment and Manufacturing 3D Model ask for (A.85.1)."""
    names = {"um": "micrometer", "mm": "millimeter", "m": "meter"}  # CID 7063
    if units not in names:
        raise ValueEncodeError(f"no unit of a model; there are {', '.join(names)}", value=units)
    for keyword in _EMPTY_OF_MODELS:
        setattr(ds, keyword, None)
    frame_of_reference = None if like is None else like.get("FrameOfReferenceUID")
    ds.FrameOfReferenceUID = frame_of_reference or generate_uid()
    ds.Manufacturer = ds.ManufacturerModelName = "dicomkit"
    ds.DeviceSerialNumber = ds.SoftwareVersions = IMPLEMENTATION_VERSION_NAME
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = units, "UCUM", names[units]
    ds.MeasurementUnitsCodeSequence = [code]


class _Found(Exception):  # noqa: N818 - ends the parser, is no error
    """The identifier has been read: the rest of the document need not be."""


def _identifier_of_cda(data: bytes) -> str:
    """Root and extension of ClinicalDocument/id, as "root^extension" (PS3.3 C.24.2)."""
    depth = 0
    found = ""

    def on_start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, found
        depth += 1
        local = name.rpartition(":")[2]
        if depth == 1 and local != "ClinicalDocument":
            raise _Found
        if depth == 2 and local == "id":
            found = "^".join([part for part in (attributes.get("root"), attributes.get("extension")) if part])
            raise _Found

    def on_end(_: str) -> None:
        nonlocal depth
        depth -= 1

    def on_entity(*_: object) -> None:
        raise _Found  # no document of this kind declares any; what they unfold to has no bound

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.EntityDeclHandler = on_start, on_end, on_entity
    try:
        parser.Parse(data, True)
    except _Found:
        pass
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise ValueEncodeError(f"no CDA document: {error}", tag=_DOCUMENT) from error
    if not found:
        raise ValueEncodeError("no CDA document: it has no ClinicalDocument/id", tag=_DOCUMENT)
    return found
