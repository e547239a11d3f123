"""Content items of Structured Reports: values by value type, and the tree that they make (PS3.3 C.17.3, C.18)."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from dicomkit.core.frozen import Options
from dicomkit.core.limits import DEFAULT_LIMITS
from dicomkit.core.number import DSfloat
from dicomkit.errors import LimitExceededError, ValueEncodeError, escaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Literal, TypeAlias

    TextType: TypeAlias = Literal["TEXT", "UIDREF", "PNAME", "DATE", "TIME", "DATETIME"]
    ReferenceType: TypeAlias = Literal["IMAGE", "COMPOSITE", "WAVEFORM"]
    RelationshipType: TypeAlias = Literal[
        "", "CONTAINS", "HAS OBS CONTEXT", "HAS ACQ CONTEXT", "HAS CONCEPT MOD", "HAS PROPERTIES", "INFERRED FROM",
        "SELECTED FROM",
    ]  # fmt: skip

__all__ = [
    "Code",
    "ContentItem",
    "Graphic",
    "Measurement",
    "Reference",
    "TemporalRange",
    "by_reference",
    "content_item",
    "path_of",
]

_CONTENT_SEQUENCE, _TARGET = 0x0040A730, 0x0040DB73
_MOST_SHOWN = 20


class Code(Options):
    """A coded concept (PS3.3 8.8): a `value` of the coding `scheme`, and what it means to people.

    A `value` that begins with ``urn:`` or ``http`` needs no scheme (URN Code Value).
    """

    value: str = ""
    scheme: str = ""
    meaning: str = ""
    version: str = ""

    def __str__(self) -> str:
        return self.meaning or self.value


class Measurement(Options):
    """What NUM says (C.18.1): `value` as it is written, "" for none, in `units`; `qualifier` says why there is none.

    `floating_point` is the value where its text, of 16 characters at most, does not say all of it.
    """

    value: str = ""
    units: Code | None = None
    qualifier: Code | None = None
    floating_point: float | None = None

    @classmethod
    def of(cls, number: float, units: Code, qualifier: Code | None = None) -> Measurement:
        """Make the measurement of a number; ValueEncodeError for one that is not finite."""
        text, is_short = DSfloat.shortest(number)
        return cls(value=text, units=units, qualifier=qualifier, floating_point=float(number) if is_short else None)


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
    """What SCOORD and SCOORD3D say (C.18.6, C.18.9): points of two or three coordinates.

    SCOORD counts columns and rows from 0.0, the corner of the first pixel; SCOORD3D millimetres in a frame of
    reference. They are stored in 32 bits. `pixel_origin` is FRAME or VOLUME, for tiled images only.
    """

    kind: str = ""
    points: tuple[tuple[float, ...], ...] = ()
    frame_of_reference_uid: str = ""
    pixel_origin: str = ""


class TemporalRange(Options):
    """What TCOORD says (C.18.7), by numbers of samples, by seconds, or by date and time."""

    kind: str = ""
    samples: tuple[int, ...] = ()
    seconds: tuple[float, ...] = ()
    times: tuple[str, ...] = ()


if TYPE_CHECKING:
    ContentValue: TypeAlias = str | Code | Measurement | Reference | Graphic | TemporalRange | None


class ContentItem:
    """An item of a content tree (C.17.3); `content_item` and `by_reference` make them.

    `position` is its Referenced Content Item Identifier: (1,) for the root, (1, 3, 2) for the second item in the third;
    () before `number` was called. `value` is text for TEXT, UIDREF, PNAME, DATE, TIME and DATETIME, None for CONTAINER,
    and else what the value type has. An item by reference has neither value nor value type: it `refers_to` another
    item, None where there is none at `target`, the position it gives. `template` is a Template Identifier of the
    `mapping_resource`, DCMR for those of the standard.
    """

    __slots__ = (
        "children", "continuity", "mapping_resource", "name", "observation_uid", "observed", "position", "refers_to",
        "relationship", "target", "template", "value", "value_type",
    )  # fmt: skip

    def __init__(self, position: tuple[int, ...] = (), relationship: str = "", value_type: str = "") -> None:
        self.position = position
        self.relationship = relationship
        self.value_type = value_type
        self.name: Code | None = None
        self.value: ContentValue = None
        self.observed = ""
        self.observation_uid = ""
        self.continuity = ""
        self.template = ""
        self.mapping_resource = ""
        self.target: tuple[int, ...] = ()
        self.refers_to: ContentItem | None = None
        self.children: list[ContentItem] = []

    def __repr__(self) -> str:
        shown = f"{path_of(self.position)} {self.relationship} {self.value_type} {self.name or ''}"
        return f"<ContentItem {escaped(shown.strip())}>"

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

    def number(self, depth: int | None = DEFAULT_LIMITS.depth) -> None:
        """Give all items the positions that they have with this one as the root; references follow what they mean.

        Raises ValueEncodeError for an item that is in the tree twice, which a reference is for, and for a reference to
        an item that is not in it; LimitExceededError for a tree deeper than `depth`.
        """
        self.position = (1,)
        known = {id(self)}
        stack = [self]
        while stack:
            item = stack.pop()
            if item.children and depth is not None and len(item.position) > depth:
                raise LimitExceededError("depth", len(item.position), bound=depth, path=(_CONTENT_SEQUENCE,))
            for number, child in enumerate(item.children, 1):
                if id(child) in known:
                    where = f"{path_of(child.position)} and {path_of((*item.position, number))}"
                    raise ValueEncodeError(f"one content item at {where}: use by_reference", tag=_CONTENT_SEQUENCE)
                known.add(id(child))
                child.position = (*item.position, number)
                stack.append(child)
        for item in self.walk():
            if item.refers_to is not None:
                if id(item.refers_to) not in known:
                    raise ValueEncodeError(
                        f"content item {path_of(item.position)} refers to one that is not in the tree", tag=_TARGET
                    )
                item.target = item.refers_to.position


@overload
def content_item(
    value_type: Literal["CONTAINER"],
    name: Code | None = None,
    value: None = None,
    *,
    relationship: RelationshipType = ...,
    children: Iterable[ContentItem] = ...,
    observed: str = ...,
    template: str = ...,
    continuity: Literal["SEPARATE", "CONTINUOUS"] = ...,
) -> ContentItem: ...
@overload
def content_item(
    value_type: TextType,
    name: Code,
    value: str,
    *,
    relationship: RelationshipType = ...,
    children: Iterable[ContentItem] = ...,
    observed: str = ...,
) -> ContentItem: ...
@overload
def content_item(
    value_type: Literal["CODE"],
    name: Code,
    value: Code,
    *,
    relationship: RelationshipType = ...,
    children: Iterable[ContentItem] = ...,
    observed: str = ...,
) -> ContentItem: ...
@overload
def content_item(
    value_type: Literal["NUM"],
    name: Code,
    value: Measurement,
    *,
    relationship: RelationshipType = ...,
    children: Iterable[ContentItem] = ...,
    observed: str = ...,
) -> ContentItem: ...
@overload
def content_item(
    value_type: ReferenceType,
    name: Code | None,
    value: Reference,
    *,
    relationship: RelationshipType = ...,
    children: Iterable[ContentItem] = ...,
    observed: str = ...,
) -> ContentItem: ...
@overload
def content_item(
    value_type: Literal["SCOORD", "SCOORD3D"],
    name: Code | None,
    value: Graphic,
    *,
    relationship: RelationshipType = ...,
    children: Iterable[ContentItem] = ...,
    observed: str = ...,
) -> ContentItem: ...
@overload
def content_item(
    value_type: Literal["TCOORD"],
    name: Code | None,
    value: TemporalRange,
    *,
    relationship: RelationshipType = ...,
    children: Iterable[ContentItem] = ...,
    observed: str = ...,
) -> ContentItem: ...
def content_item(
    value_type: str,
    name: Code | None = None,
    value: ContentValue = None,
    *,
    relationship: str = "CONTAINS",
    children: Iterable[ContentItem] = (),
    observed: str = "",
    template: str = "",
    continuity: str = "SEPARATE",
) -> ContentItem:
    """Return an item of a content tree, with the items below it.

    `relationship` is the one to the item above. `observed` is an Observation DateTime where it is not that of the item
    above, `template` the Template Identifier of a CONTAINER that follows one of PS3.16, and `continuity` says whether
    its items are the sections of a document (SEPARATE) or the words of a sentence (CONTINUOUS). What does not fit
    together is told where the tree becomes a document.

    >>> from dicomkit.objects import Code, Measurement, content_item
    >>> diameter = Code(value="81827009", scheme="SCT", meaning="Diameter")
    >>> mm = Code(value="mm", scheme="UCUM", meaning="millimeter")
    >>> content_item("NUM", diameter, Measurement.of(12.5, mm)).value.value
    '12.5'
    """
    item = ContentItem((), relationship, value_type)
    item.name, item.value = name, value
    item.observed = observed
    item.children = list(children)
    if value_type == "CONTAINER":
        item.continuity, item.template = continuity, template
        item.mapping_resource = "DCMR" if template else ""
    return item


def by_reference(item: ContentItem, relationship: RelationshipType) -> ContentItem:
    """Return an item that stands for another one of the same tree (PS3.3 C.17.3.2.5)."""
    reference = ContentItem((), relationship)
    reference.refers_to = item
    return reference


def path_of(position: tuple[int, ...]) -> str:
    """Return a position as people write it, cut where nobody reads on: ``1.3.2``."""
    shown = ".".join([str(number) for number in position[:_MOST_SHOWN]])
    return shown + "…" if len(position) > _MOST_SHOWN else shown
