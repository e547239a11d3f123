"""Structured Reports: the content tree as typed items (PS3.3 C.17.3, C.18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.core.issue import IssueCode
from dicomkit.dataset import Dataset, Sequence
from dicomkit.errors import LimitExceededError, MissingElementError, escaped
from dicomkit.objects.content_items import (
    Code,
    ContentItem,
    Graphic,
    Measurement,
    Reference,
    TemporalRange,
    path_of,
)
from dicomkit.pixels.describe import report

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomkit.objects.content_items import ContentValue

__all__ = [
    "Code",
    "code_of",
    "content_tree",
    "integers_of",
    "numbers_of",
    "references_in_loops",
    "sequence_items",
    "text_of",
]

_VALUE_TYPE, _NAME, _CODE, _CONTENT_SEQUENCE, _TARGET = 0x0040A040, 0x0040A043, 0x0040A168, 0x0040A730, 0x0040DB73
# PS3.3 C.17.3.2.2: the others may say what they are by the relationship alone.
_NAMED = frozenset(("TEXT", "CODE", "NUM", "DATETIME", "DATE", "TIME", "UIDREF", "PNAME"))


def content_tree(ds: Dataset) -> ContentItem:
    """Return the root of the content tree of a Structured Report or a Key Object Selection Document.

    What is wrong with an item is an issue, and the item is kept: a value type that is not known, a name or a code that
    is missing, a reference to an item that is not there, or one that leads back to where it comes from.

    Raises MissingElementError for a data set without a content tree, LimitExceededError for a tree deeper than
    ``Limits.depth``.
    """
    if text_of(ds, "ValueType") == "":
        raise MissingElementError("no report: no Value Type (0040,A040)", tag=_VALUE_TYPE)
    bound = ds._context.limits.depth
    root = _item(ds, (1,))
    references: list[tuple[ContentItem, Dataset]] = []
    stack = [(root, ds)]
    while stack:
        item, source = stack.pop()
        if item.target:
            references.append((item, source))
        for number, each in enumerate(sequence_items(source, "ContentSequence"), 1):
            if bound is not None and len(item.position) > bound:
                raise LimitExceededError("depth", len(item.position), bound=bound, path=(_CONTENT_SEQUENCE,))
            child = _item(each, (*item.position, number))
            item.children.append(child)
            stack.append((child, each))
    for item, source in references:
        item.refers_to = root.at(item.target)
        if item.refers_to is None:
            _report(source, f"no content item {path_of(item.target)}", _TARGET)
    if references:
        looping = {id(item) for item in references_in_loops(root)}
        for item, source in references:
            if id(item) in looping:
                _report(source, f"content item {path_of(item.target)} leads back to this reference", _TARGET)
    return root


def _report(source: Dataset, message: str, tag: int) -> None:
    report(source, IssueCode.VALUE_INVALID, f"{message} (PS3.3 C.17.3.2)", "kept the content item", tag)


def references_in_loops(root: ContentItem) -> list[ContentItem]:
    """Return the items by reference that lead back to themselves, one of each loop; the standard forbids any (A.35.3).

    Whoever follows references, as a page that repeats what they mean, would never come to an end.
    """
    found = []
    entered, left = {id(root)}, set()
    stack = [(root, iter(_next_items(root)))]
    while stack:
        item, following = stack[-1]
        for after in following:
            if id(after) not in entered:
                entered.add(id(after))
                stack.append((after, iter(_next_items(after))))
                break
            if id(after) not in left:
                found.append(item)
        else:
            left.add(id(item))
            stack.pop()
    return found


def _next_items(item: ContentItem) -> list[ContentItem]:
    return item.children if item.refers_to is None else [item.refers_to, *item.children]


def _item(source: Dataset, position: tuple[int, ...]) -> ContentItem:
    item = ContentItem(position, text_of(source, "RelationshipType"), text_of(source, "ValueType"))
    item.target = integers_of(source, "ReferencedContentItemIdentifier") if not item.value_type else ()
    item.name = code_of(source, "ConceptNameCodeSequence")
    item.observed = text_of(source, "ObservationDateTime")
    item.observation_uid = text_of(source, "ObservationUID")
    templates = sequence_items(source, "ContentTemplateSequence")
    if templates:
        item.template = text_of(templates[0], "TemplateIdentifier")
        item.mapping_resource = text_of(templates[0], "MappingResource")
    if item.value_type == "CONTAINER":
        item.continuity = text_of(source, "ContinuityOfContent")
    elif item.value_type in _READERS:
        item.value = _READERS[item.value_type](source)
        if item.name is None and item.value_type in _NAMED:
            _report(source, f"a content item of value type {item.value_type} without a name", _NAME)
        if item.value is None:
            _report(source, f"a content item of value type {item.value_type} without a code", _CODE)
    elif not item.target:
        _report(source, f"a content item of value type '{escaped(item.value_type)}'", _VALUE_TYPE)
    return item


# -- values ----------------------------------------------------------------------------------------------------------


def _measurement(source: Dataset) -> Measurement:
    measured = sequence_items(source, "MeasuredValueSequence")
    return Measurement(
        value=text_of(measured[0], "NumericValue") if measured else "",
        units=code_of(measured[0], "MeasurementUnitsCodeSequence") if measured else None,
        qualifier=code_of(source, "NumericValueQualifierCodeSequence"),
        floating_point=next(iter(numbers_of(measured[0], "FloatingPointValue")), None) if measured else None,
    )


def _reference(source: Dataset) -> Reference:
    referenced = sequence_items(source, "ReferencedSOPSequence")
    if not referenced:
        return Reference()
    item = referenced[0]
    channels = integers_of(item, "ReferencedWaveformChannels")
    states = sequence_items(item, "ReferencedSOPSequence")
    return Reference(
        sop_class_uid=text_of(item, "ReferencedSOPClassUID"),
        sop_instance_uid=text_of(item, "ReferencedSOPInstanceUID"),
        frames=integers_of(item, "ReferencedFrameNumber"),
        segments=integers_of(item, "ReferencedSegmentNumber"),
        channels=tuple(zip(channels[::2], channels[1::2], strict=False)),
        presentation_state=text_of(states[0], "ReferencedSOPInstanceUID") if states else "",
    )


def _graphic(source: Dataset) -> Graphic:
    size = 3 if text_of(source, "ValueType") == "SCOORD3D" else 2
    numbers = numbers_of(source, "GraphicData")
    return Graphic(
        kind=text_of(source, "GraphicType"),
        points=tuple(zip(*[iter(numbers)] * size, strict=False)),
        frame_of_reference_uid=text_of(source, "ReferencedFrameOfReferenceUID"),
        pixel_origin=text_of(source, "PixelOriginInterpretation"),
    )


def _temporal_range(source: Dataset) -> TemporalRange:
    return TemporalRange(
        kind=text_of(source, "TemporalRangeType"),
        samples=integers_of(source, "ReferencedSamplePositions"),
        seconds=numbers_of(source, "ReferencedTimeOffsets"),
        times=tuple([str(value) for value in _values(source, "ReferencedDateTime")]),
    )


def _reader_of(keyword: str) -> Callable[[Dataset], str]:
    return lambda source: text_of(source, keyword)


_READERS: dict[str, Callable[[Dataset], ContentValue]] = {
    "TEXT": _reader_of("TextValue"),
    "UIDREF": _reader_of("UID"),
    "PNAME": _reader_of("PersonName"),
    "DATE": _reader_of("Date"),
    "TIME": _reader_of("Time"),
    "DATETIME": _reader_of("DateTime"),
    "CODE": lambda source: code_of(source, "ConceptCodeSequence"),
    "NUM": _measurement,
    "IMAGE": _reference,
    "COMPOSITE": _reference,
    "WAVEFORM": _reference,
    "SCOORD": _graphic,
    "SCOORD3D": _graphic,
    "TCOORD": _temporal_range,
}


# -- elements, whatever they hold ------------------------------------------------------------------------------------


def sequence_items(source: Dataset, keyword: str) -> list[Dataset]:
    """Return the items of a sequence, none where there is no sequence."""
    items = source.get(keyword)
    return list(items) if isinstance(items, Sequence) else []


def _values(source: Dataset, keyword: str) -> list[object]:
    value = source.get(keyword)
    return list(value) if isinstance(value, list) else [] if value is None else [value]


def text_of(source: Dataset, keyword: str) -> str:
    """Return the value as it is written; several with backslashes between them."""
    values = _values(source, keyword)
    return "\\".join([escaped(value) if isinstance(value, bytes) else str(value) for value in values])


def integers_of(source: Dataset, keyword: str) -> tuple[int, ...]:
    """Return the whole numbers of an element."""
    return tuple([int(value) for value in _values(source, keyword) if isinstance(value, int)])


def numbers_of(source: Dataset, keyword: str) -> tuple[float, ...]:
    """Return the numbers of an element."""
    return tuple([float(value) for value in _values(source, keyword) if isinstance(value, (int, float))])


def code_of(source: Dataset, keyword: str) -> Code | None:
    """Return the first code of a sequence (8.8): a long one and one that is a URN have elements of their own (8.1)."""
    items = sequence_items(source, keyword)
    if not items:
        return None
    code = items[0]
    return Code(
        value=text_of(code, "CodeValue") or text_of(code, "LongCodeValue") or text_of(code, "URNCodeValue"),
        scheme=text_of(code, "CodingSchemeDesignator"),
        meaning=text_of(code, "CodeMeaning"),
        version=text_of(code, "CodingSchemeVersion"),
    )
