"""The Native DICOM Model in XML (PS3.19 A.1): to_xml, iter_xml and from_xml."""

from __future__ import annotations

import re
from math import isfinite
from struct import pack, unpack

from dicomkit.core.issue import Issue, IssueCode
from dicomkit.core.number import DSfloat
from dicomkit.core.vr import VR, Kind
from dicomkit.formats.scalars import non_finite_text
from dicomkit.formats.traversal import (
    CLOSE_SEQUENCE,
    ELEMENT,
    EMPTY_SEQUENCE,
    OPEN_ITEM,
    OPEN_SEQUENCE,
    BulkData,
    base64_pieces,
    steps,
    value_length,
)
from dicomkit.formats.xml_reading import NAMESPACE, from_xml

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dicomkit.core.limits import Limits
    from dicomkit.dataset.dataset import Dataset
    from dicomkit.formats.scalars import Value
    from dicomkit.formats.traversal import BulkDataURI

__all__ = ["from_xml", "iter_xml", "to_xml"]

BULK_THRESHOLD = 1024
"""Bytes of a value above which `bulk_data_uri` is asked; as in the JSON model."""

_CHUNK = 1 << 15

_MOST_STARTS = 4096  # more different elements than any object has

_HEAD = f'<?xml version="1.0" encoding="UTF-8"?>\n<NativeDicomModel xmlns="{NAMESPACE}" xml:space="preserve">\n'
_FOOT = "</NativeDicomModel>\n"
_GROUPS = ("Alphabetic", "Ideographic", "Phonetic")
_COMPONENTS = ("FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix")

# What XML 1.0 (2.2) has no way to say, not even as a character reference. Form feed and escape are the two that
# DICOM allows in text (PS3.5 6.1.3).
_FORBIDDEN = re.compile("[\0-\b\v\f\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONTROL_PICTURES = 0x2400

# A carriage return goes as a reference, for a parser makes a line feed of a plain one (XML 1.0, 2.11).
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
)


def to_xml(
    ds: Dataset,
    *,
    bulk_data_uri: BulkDataURI | None = None,
    bulk_threshold: int = BULK_THRESHOLD,
    limits: Limits | None = None,
) -> bytes:
    """Return the Native DICOM Model of a data set as an XML document in UTF-8 (PS3.19 A.1).

    `bulk_data_uri` is called with the path (tags and item indexes in turn) and the element of each value of more than
    `bulk_threshold` bytes, and returns the URI that stands for it, or None to have it inline. Group lengths and the
    file meta are left out. A character that XML does not have, such as a form feed, is replaced by its picture
    (U+240C), or by U+FFFD if it has none, which is an Issue. Raises LimitExceededError for sequences nested deeper
    than `limits` (by default those of the data set) allow.
    """
    path: list[int] = []
    writer = _Writer(BulkData(bulk_data_uri, bulk_threshold, path), path)
    return "".join(_pieces(ds, writer, limits or ds._context.limits)).encode("utf-8")


def iter_xml(
    ds: Dataset,
    *,
    bulk_data_uri: BulkDataURI | None = None,
    bulk_threshold: int = BULK_THRESHOLD,
    limits: Limits | None = None,
) -> Iterator[bytes]:
    """Iterate over the bytes that to_xml returns, with the same arguments, which are never in memory as a whole.

    Items are made one at a time, and long values are read piece by piece.
    """
    path: list[int] = []
    writer = _Writer(BulkData(bulk_data_uri, bulk_threshold, path), path)
    gathered: list[str] = []
    size = 0
    for piece in _pieces(ds, writer, limits or ds._context.limits):
        gathered.append(piece)
        size += len(piece)
        if size > _CHUNK:
            yield "".join(gathered).encode("utf-8")
            gathered.clear()
            size = 0
    yield "".join(gathered).encode("utf-8")


def _pieces(ds: Dataset, writer: _Writer, limits: Limits) -> Iterator[str]:
    path = writer.path
    yield _HEAD
    for what, holder, tag, vr in steps(ds, path, limits):
        if what == ELEMENT:
            yield from writer.element(holder, tag, vr)
        elif what == EMPTY_SEQUENCE:
            yield f"{writer.start(holder, tag, vr)}</DicomAttribute>\n"
        elif what == OPEN_SEQUENCE:
            yield f"{writer.start(holder, tag, vr)}\n"
        elif what == OPEN_ITEM:
            yield f'<Item number="{path[-1] + 1}">\n'
        elif what == CLOSE_SEQUENCE:
            yield "</DicomAttribute>\n"
        else:
            yield "</Item>\n"
    yield _FOOT


class _Writer:
    """Makes the DicomAttribute elements, and reports what cannot be said in XML."""

    __slots__ = ("_bulk", "_starts", "path")

    def __init__(self, bulk: BulkData, path: list[int]) -> None:
        self._bulk = bulk
        self._starts: dict[int, tuple[VR, str]] = {}  # of public elements, which are the same few in every item
        self.path = path

    def start(self, ds: Dataset, tag: int, vr: VR) -> str:
        """Return the start tag of an element's DicomAttribute (A.1.5)."""
        known = self._starts.get(tag)
        if known is not None and known[0] is vr:
            return known[1]
        if not tag & 0x10000:
            entry = ds._context.dictionary.find(tag)
            keyword = f' keyword="{entry.keyword}"' if entry is not None and entry.keyword else ""
            text = f'<DicomAttribute tag="{tag:08X}" vr="{vr._value_}"{keyword}>'
            if len(self._starts) < _MOST_STARTS:
                self._starts[tag] = vr, text
            return text
        creator = _creator_of(ds, tag)
        if not creator:
            return f'<DicomAttribute tag="{tag:08X}" vr="{vr._value_}">'
        # "the two most significant hexadecimal characters of the Element Number shall be 00"
        escaped = self._allowed(ds, creator).translate(_ATTRIBUTE_ESCAPES)
        return f'<DicomAttribute tag="{tag & 0xFFFF00FF:08X}" vr="{vr._value_}" privateCreator="{escaped}">'

    def element(self, ds: Dataset, tag: int, vr: VR) -> Iterator[str]:
        """Iterate over the text of the DicomAttribute of an element that is no sequence."""
        yield self.start(ds, tag, vr)
        uri = self._bulk.uri(ds, tag, vr)
        if uri is not None:
            yield f'\n<BulkData uri="{self._allowed(ds, uri).translate(_ATTRIBUTE_ESCAPES)}"/>\n'
        elif vr.kind is Kind.BINARY:
            if value_length(ds, tag, vr):
                yield "\n<InlineBinary>"
                yield from base64_pieces(ds, tag, vr)
                yield "</InlineBinary>\n"
        else:
            yield self._values(ds, tag, vr)
        yield "</DicomAttribute>\n"

    def _values(self, ds: Dataset, tag: int, vr: VR) -> str:
        value = ds._value_of(tag)
        if value is None or (isinstance(value, str) and not value):
            return ""
        parts = value if isinstance(value, list) else [value]
        if vr is VR.PN:
            lines = [self._name(ds, number, part) for number, part in enumerate(parts, 1)]
        else:
            text = _TEXT[vr.kind]
            lines = []
            for number, part in enumerate(parts, 1):
                said = "" if part is None else text(vr, part)
                lines.append(f'<Value number="{number}">{self._allowed(ds, said).translate(_ESCAPES)}</Value>\n')
            if vr is VR.DS:
                self._report_lost_digits(ds, parts)
        return "\n" + "".join(lines)

    def _name(self, ds: Dataset, number: int, name: str) -> str:
        pieces = [f'<PersonName number="{number}">\n']
        for kind, group in zip(_GROUPS, str.__str__(name).split("=", 2), strict=False):
            if not group.strip("^"):
                continue
            pieces.append(f"<{kind}>\n")
            # What is beyond the fifth component stays in it, so that nothing gets lost.
            for component, text in zip(_COMPONENTS, group.split("^", 4), strict=False):
                if text:
                    pieces.append(f"<{component}>{self._allowed(ds, text).translate(_ESCAPES)}</{component}>\n")
            pieces.append(f"</{kind}>\n")
        pieces.append("</PersonName>\n")
        return "".join(pieces)

    def _allowed(self, ds: Dataset, text: str) -> str:
        """Return text with a picture for each character that XML does not have."""
        if _FORBIDDEN.search(text) is None:
            return text
        message = "a character that XML 1.0 does not have"
        ds._context.collector.report(
            Issue(IssueCode.NOT_IN_MODEL, message, "replaced by a picture of it", None, tuple(self.path))
        )
        return _FORBIDDEN.sub(_picture, text)

    def _report_lost_digits(self, ds: Dataset, parts: list[Value]) -> None:
        for part in parts:
            if isinstance(part, DSfloat) and part.original_text is None:
                text, is_lossy = DSfloat.shortest(float(part))
                if is_lossy:
                    message = f"DS: {float(part)!r} has more than 16 characters"
                    ds._context.collector.report(
                        Issue(IssueCode.PRECISION_LOST, message, f"written as {text}", None, tuple(self.path))
                    )


def _creator_of(ds: Dataset, tag: int) -> str:
    """Return the creator that reserved the block of a private element, "" if nobody did (PS3.5 7.8.1)."""
    if tag & 0xFFFF < 0x1000:
        return ""
    creator_tag = tag & 0xFFFF0000 | tag >> 8 & 0xFF
    creator = ds._value_of(creator_tag) if ds._has(creator_tag) else ""
    return str.__str__(creator) if isinstance(creator, str) else ""


def _picture(found: re.Match[str]) -> str:
    code = ord(found.group())
    return chr(_CONTROL_PICTURES + code) if code < 0x20 else "\ufffd"


# -- the text of one value ---------------------------------------------------------------------------------------------


def _plain(vr: VR, part: Value) -> str:
    return str.__str__(part)


def _number_text(vr: VR, part: Value) -> str:
    if isinstance(part, DSfloat) and part.original_text is None:
        return DSfloat.shortest(float(part))[0] if isfinite(part) else non_finite_text(part)
    return str(part)


def _number(vr: VR, part: Value) -> str:
    if isinstance(part, int):
        return int.__repr__(part)
    if not isfinite(part):
        return non_finite_text(part)
    return _single(part) if vr is VR.FL else float.__repr__(part)


def _single(number: float) -> str:
    """Return the digits that a number of single precision has; nine are always enough."""
    for digits in range(6, 10):
        text = f"{number:.{digits}g}"
        if unpack("f", pack("f", float(text)))[0] == number:
            return text
    return float.__repr__(number)


def _tag(vr: VR, part: Value) -> str:
    return f"{int(part):08X}"


_TEXT: dict[Kind, Callable[[VR, Value], str]] = {
    Kind.TEXT: _plain,
    Kind.UID: _plain,
    Kind.TEMPORAL: _plain,
    Kind.NUMBER_TEXT: _number_text,
    Kind.NUMBER: _number,
    Kind.TAG: _tag,
}
