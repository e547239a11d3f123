"""Structured Reports: the content tree as typed items (PS3.3 C.17.3, C.18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.core.frozen import Options
from dicomkit.core.issue import IssueCode
from dicomkit.dataset import Dataset, Sequence
from dicomkit.errors import LimitExceededError, MissingElementError, escaped
from dicomkit.pixels.describe import report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

__all__ = ["Code", "ContentItem", "Graphic", "Measurement", "Reference", "TemporalRange", "content_tree"]

_VALUE_TYPE, _CONTENT_SEQUENCE, _TARGET = 0x0040A040, 0x0040A730, 0x0040DB73


class Code(Options):
    """A coded concept (PS3.3 8.8): a `value` of the coding `scheme`, and what it means to people."""

    value: str = ""
    scheme: str = ""
    meaning: str = ""
    version: str = ""

    def __str__(self) -> str:
        return self.meaning or self.value


class Measurement(Options):
    """What NUM says (C.18.1): `value` as it is written, "" for none, in `units`; `qualifier` says why there is none."""

    value: str = ""
    units: Code | None = None
    qualifier: Code | None = None


class Reference(Options):
    """What IMAGE, COMPOSITE and WAVEFORM refer to (C.18.3, C.18.4, C.18.5).

    `frames` and `segments` are numbers from 1; `channels` pairs of multiplex group and channel. `presentation_state` is
    the SOP Instance UID of the presentation state to show an image with.
    """

    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    frames: tuple[int, ...] = ()
    segments: tuple[int, ...] = ()
    channels: tuple[tuple[int, int], ...] = ()
    presentation_state: str = ""


class Graphic(Options):
    """What SCOORD and SCOORD3D say (C.18.6, C.18.9): points of two or three coordinates."""

    kind: str = ""
    points: tuple[tuple[float, ...], ...] = ()
    frame_of_reference_uid: str = ""


class TemporalRange(Options):
    """What TCOORD says (C.18.7), by numbers of samples, by seconds, or by date and time."""

    kind: str = ""
    samples: tuple[int, ...] = ()
    seconds: tuple[float, ...] = ()
    times: tuple[str, ...] = ()


if TYPE_CHECKING:
    ContentValue: TypeAlias = str | Code | Measurement | Reference | Graphic | TemporalRange | None


class ContentItem:
    """An item of a content tree (C.17.3).

    `position` is its Referenced Content Item Identifier: (1,) for the root, (1, 3, 2) for the second item in the third.
    `value` is text for TEXT, UIDREF, PNAME, DATE, TIME and DATETIME, None for CONTAINER, and else what the value type
    has. An item by reference has neither value nor value type: its `target` is the position of another item.
    """

    __slots__ = (
        "children", "continuity", "name", "observed", "position", "relationship", "target", "template", "value",
        "value_type",
    )  # fmt: skip

    def __init__(self, position: tuple[int, ...], relationship: str = "", value_type: str = "") -> None:
        self.position = position
        self.relationship = relationship
        self.value_type = value_type
        self.name: Code | None = None
        self.value: ContentValue = None
        self.observed = ""
        self.continuity = ""
        self.template = ""
        self.target: tuple[int, ...] = ()
        self.children: list[ContentItem] = []

    def __repr__(self) -> str:
        shown = f"{'.'.join(map(str, self.position))} {self.relationship} {self.value_type} {self.name or ''}"
        return f"<ContentItem {escaped(shown)}>"

    def walk(self) -> Iterator[ContentItem]:
        """Give this item and all below it, in the order of the document."""
        stack = [self]
        while stack:
            item = stack.pop()
            yield item
            stack.extend(reversed(item.children))

    def at(self, position: tuple[int, ...]) -> ContentItem | None:
        """Return the item of a position below this one, None where there is none: ``root.at(item.target)``."""
        depth = len(self.position)
        if position[:depth] != self.position:
            return None
        item = self
        for number in position[depth:]:
            if not 1 <= number <= len(item.children):
                return None
            item = item.children[number - 1]
        return item


def content_tree(ds: Dataset) -> ContentItem:
    """Return the root of the content tree of a Structured Report or a Key Object Selection Document.

    An item of no value type that is known, or one that refers to an item that is not there, is kept, with an issue.

    Raises MissingElementError for a data set without a content tree, LimitExceededError for a tree deeper than
    ``Limits.depth``.
    """
    if _text(ds, "ValueType") == "":
        raise MissingElementError("no report: no Value Type (0040,A040)", tag=_VALUE_TYPE)
    bound = ds._context.limits.depth
    root = _item(ds, (1,))
    references: list[tuple[ContentItem, Dataset]] = []
    stack = [(root, ds)]
    while stack:
        item, source = stack.pop()
        if item.target:
            references.append((item, source))
        for number, each in enumerate(_items(source, "ContentSequence"), 1):
            if bound is not None and len(item.position) > bound:
                raise LimitExceededError("depth", len(item.position), bound=bound, path=(_CONTENT_SEQUENCE,))
            child = _item(each, (*item.position, number))
            item.children.append(child)
            stack.append((child, each))
    for item, source in references:
        if root.at(item.target) is None:
            message = f"no content item {'.'.join(map(str, item.target[:64]))} (PS3.3 C.17.3.2.5)"
            report(source, IssueCode.VALUE_INVALID, message, "kept the reference", _TARGET)
    return root


def _item(source: Dataset, position: tuple[int, ...]) -> ContentItem:
    item = ContentItem(position, _text(source, "RelationshipType"), _text(source, "ValueType"))
    item.target = _integers(source, "ReferencedContentItemIdentifier") if not item.value_type else ()
    item.name = _code(source, "ConceptNameCodeSequence")
    item.observed = _text(source, "ObservationDateTime")
    templates = _items(source, "ContentTemplateSequence")
    item.template = _text(templates[0], "TemplateIdentifier") if templates else ""
    if item.value_type == "CONTAINER":
        item.continuity = _text(source, "ContinuityOfContent")
    elif item.value_type in _READERS:
        item.value = _READERS[item.value_type](source)
    elif not item.target:
        message = f"a content item of value type '{escaped(item.value_type)}' (PS3.3 C.17.3.2.1)"
        report(source, IssueCode.VALUE_INVALID, message, "kept it without a value", _VALUE_TYPE)
    return item


# -- values ----------------------------------------------------------------------------------------------------------


def _measurement(source: Dataset) -> Measurement:
    measured = _items(source, "MeasuredValueSequence")
    return Measurement(
        value=_text(measured[0], "NumericValue") if measured else "",
        units=_code(measured[0], "MeasurementUnitsCodeSequence") if measured else None,
        qualifier=_code(source, "NumericValueQualifierCodeSequence"),
    )


def _reference(source: Dataset) -> Reference:
    referenced = _items(source, "ReferencedSOPSequence")
    if not referenced:
        return Reference()
    item = referenced[0]
    channels = _integers(item, "ReferencedWaveformChannels")
    states = _items(item, "ReferencedSOPSequence")
    return Reference(
        sop_class_uid=_text(item, "ReferencedSOPClassUID"),
        sop_instance_uid=_text(item, "ReferencedSOPInstanceUID"),
        frames=_integers(item, "ReferencedFrameNumber"),
        segments=_integers(item, "ReferencedSegmentNumber"),
        channels=tuple(zip(channels[::2], channels[1::2], strict=False)),
        presentation_state=_text(states[0], "ReferencedSOPInstanceUID") if states else "",
    )


def _graphic(source: Dataset) -> Graphic:
    size = 3 if _text(source, "ValueType") == "SCOORD3D" else 2
    numbers = _numbers(source, "GraphicData")
    return Graphic(
        kind=_text(source, "GraphicType"),
        points=tuple(zip(*[iter(numbers)] * size, strict=False)),
        frame_of_reference_uid=_text(source, "ReferencedFrameOfReferenceUID"),
    )


def _temporal_range(source: Dataset) -> TemporalRange:
    return TemporalRange(
        kind=_text(source, "TemporalRangeType"),
        samples=_integers(source, "ReferencedSamplePositions"),
        seconds=_numbers(source, "ReferencedTimeOffsets"),
        times=tuple([str(value) for value in _values(source, "ReferencedDateTime")]),
    )


def _reader_of(keyword: str) -> Callable[[Dataset], str]:
    return lambda source: _text(source, keyword)


_READERS: dict[str, Callable[[Dataset], ContentValue]] = {
    "TEXT": _reader_of("TextValue"),
    "UIDREF": _reader_of("UID"),
    "PNAME": _reader_of("PersonName"),
    "DATE": _reader_of("Date"),
    "TIME": _reader_of("Time"),
    "DATETIME": _reader_of("DateTime"),
    "CODE": lambda source: _code(source, "ConceptCodeSequence"),
    "NUM": _measurement,
    "IMAGE": _reference,
    "COMPOSITE": _reference,
    "WAVEFORM": _reference,
    "SCOORD": _graphic,
    "SCOORD3D": _graphic,
    "TCOORD": _temporal_range,
}


# -- elements, whatever they hold ------------------------------------------------------------------------------------


def _items(source: Dataset, keyword: str) -> list[Dataset]:
    items = source.get(keyword)
    return list(items) if isinstance(items, Sequence) else []


def _values(source: Dataset, keyword: str) -> list[object]:
    value = source.get(keyword)
    return list(value) if isinstance(value, list) else [] if value is None else [value]


def _text(source: Dataset, keyword: str) -> str:
    """The value as it is written; several with backslashes between them."""
    values = _values(source, keyword)
    return "\\".join([escaped(value) if isinstance(value, bytes) else str(value) for value in values])


def _integers(source: Dataset, keyword: str) -> tuple[int, ...]:
    return tuple([int(value) for value in _values(source, keyword) if isinstance(value, int)])


def _numbers(source: Dataset, keyword: str) -> tuple[float, ...]:
    return tuple([float(value) for value in _values(source, keyword) if isinstance(value, (int, float))])


def _code(source: Dataset, keyword: str) -> Code | None:
    """The first code of a sequence (8.8): a long one and one that is a URN have elements of their own (8.1)."""
    items = _items(source, keyword)
    if not items:
        return None
    code = items[0]
    return Code(
        value=_text(code, "CodeValue") or _text(code, "LongCodeValue") or _text(code, "URNCodeValue"),
        scheme=_text(code, "CodingSchemeDesignator"),
        meaning=_text(code, "CodeMeaning"),
        version=_text(code, "CodingSchemeVersion"),
    )
