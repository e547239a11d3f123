"""Content items as items of a Content Sequence: the writing side of the content tree (PS3.3 C.17.3, C.18, 8.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.dataset import Dataset
from dicomkit.objects.content_items import Code, Graphic, Measurement, Reference, TemporalRange

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dicomkit.objects.content_items import ContentItem, ContentValue

__all__ = ["code_item", "put_content", "texts_of"]

_LONGEST_CODE = 16  # Code Value is SH; 8.1 says what is longer
_KEYWORDS = {
    "TEXT": "TextValue",
    "UIDREF": "UID",
    "PNAME": "PersonName",
    "DATE": "Date",
    "TIME": "Time",
    "DATETIME": "DateTime",
}


def put_content(ds: Dataset, root: ContentItem, classes: Mapping[str, str]) -> None:
    """Put a tree that has its positions and no problems into a data set, the root at its top level.

    `classes` has the SOP Class UIDs of presentation states by their SOP Instance UIDs. Raises ValueEncodeError for a
    value that does not fit its VR.
    """
    made: dict[int, Dataset] = {}
    for item in reversed(list(root.walk())):  # what is below an item comes before it
        target = ds if item is root else Dataset()
        _put_item(target, item, classes)
        if item.children:
            target.ContentSequence = [made.pop(id(child)) for child in item.children]
        made[id(item)] = target


def code_item(code: Code) -> Dataset:
    """Return a code as an item (8.8): a long one and one that is a URN have elements of their own (8.1)."""
    item = Dataset()
    if code.value.startswith(("urn:", "http:", "https:")):
        item.URNCodeValue = code.value
    elif len(code.value) > _LONGEST_CODE:
        item.LongCodeValue = code.value
    else:
        item.CodeValue = code.value
    if code.scheme:
        item.CodingSchemeDesignator = code.scheme
    if code.version:
        item.CodingSchemeVersion = code.version
    item.CodeMeaning = code.meaning
    return item


def texts_of(root: ContentItem) -> Iterator[str]:
    """Iterate over all words of a tree that a character set must have."""
    for item in root.walk():
        value = item.value
        codes = [item.name]
        if isinstance(value, Code):
            codes.append(value)
        elif isinstance(value, Measurement):
            codes += [value.units, value.qualifier]
        elif isinstance(value, str):
            yield value
        for code in codes:
            if code is not None:
                yield from (code.value, code.scheme, code.meaning, code.version)


def _put_item(ds: Dataset, item: ContentItem, classes: Mapping[str, str]) -> None:
    if item.position != (1,):
        ds.RelationshipType = item.relationship
    if not item.value_type:
        ds.ReferencedContentItemIdentifier = list(item.target)
        return
    ds.ValueType = item.value_type
    if item.name is not None:
        ds.ConceptNameCodeSequence = [code_item(item.name)]
    if item.observed:
        ds.ObservationDateTime = item.observed
    if item.observation_uid:
        ds.ObservationUID = item.observation_uid
    if item.value_type == "CONTAINER":
        ds.ContinuityOfContent = item.continuity
        if item.template:
            resource = item.mapping_resource or "DCMR"
            ds.ContentTemplateSequence = [Dataset(MappingResource=resource, TemplateIdentifier=item.template)]
        return
    _put_value(ds, item.value_type, item.value, classes)


def _put_value(ds: Dataset, value_type: str, value: ContentValue, classes: Mapping[str, str]) -> None:
    if isinstance(value, str):
        setattr(ds, _KEYWORDS[value_type], value)
    elif isinstance(value, Code):
        ds.ConceptCodeSequence = [code_item(value)]
    elif isinstance(value, Measurement):
        ds.MeasuredValueSequence = [_measured(value)] if value.value else []
        if value.qualifier is not None:
            ds.NumericValueQualifierCodeSequence = [code_item(value.qualifier)]
    elif isinstance(value, Reference):
        ds.ReferencedSOPSequence = [_referenced(value, classes)]
    elif isinstance(value, Graphic):
        ds.GraphicType = value.kind
        ds.GraphicData = [number for point in value.points for number in point]
        if value.pixel_origin:
            ds.PixelOriginInterpretation = value.pixel_origin
        if value.frame_of_reference_uid:
            ds.ReferencedFrameOfReferenceUID = value.frame_of_reference_uid
    elif isinstance(value, TemporalRange):
        ds.TemporalRangeType = value.kind
        _put_given(
            ds,
            ReferencedSamplePositions=list(value.samples),
            ReferencedTimeOffsets=list(value.seconds),
            ReferencedDateTime=list(value.times),
        )


def _measured(value: Measurement) -> Dataset:
    item = Dataset(NumericValue=value.value)
    if value.floating_point is not None:
        item.FloatingPointValue = value.floating_point
    if value.units is not None:
        item.MeasurementUnitsCodeSequence = [code_item(value.units)]
    return item


def _referenced(value: Reference, classes: Mapping[str, str]) -> Dataset:
    item = Dataset(ReferencedSOPClassUID=value.sop_class_uid, ReferencedSOPInstanceUID=value.sop_instance_uid)
    _put_given(
        item,
        ReferencedFrameNumber=list(value.frames),
        ReferencedSegmentNumber=list(value.segments),
        ReferencedWaveformChannels=[number for channel in value.channels for number in channel],
    )
    if value.presentation_state:
        item.ReferencedSOPSequence = [
            Dataset(
                ReferencedSOPClassUID=classes[value.presentation_state],
                ReferencedSOPInstanceUID=value.presentation_state,
            )
        ]
    return item


def _put_given(ds: Dataset, **values: list[int] | list[float] | list[str]) -> None:
    for keyword, value in values.items():
        if value:
            setattr(ds, keyword, value)
