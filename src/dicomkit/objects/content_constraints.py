"""What reports may contain, by IOD: value types and relationships as tables (PS3.3 A.35, C.17.3, C.18)."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from dicomkit.core.frozen import Options
from dicomkit.core.uid import UID
from dicomkit.objects.content_items import (
    Code,
    Graphic,
    Measurement,
    Reference,
    TemporalRange,
    path_of,
)
from dicomkit.objects.structured_report import references_in_loops

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal, TypeAlias

    from dicomkit.objects.content_items import ContentItem

    ReportKind: TypeAlias = Literal["Basic Text SR", "Enhanced SR", "Comprehensive SR", "Comprehensive 3D SR"]

__all__ = ["IODS", "ContentIOD", "content_problems"]


class _Row(Options):
    """A row of a table of relationship content constraints.

    `by_reference` are the target value types that the relationship may name by reference.
    """

    sources: frozenset[str] | None = frozenset()
    """None: any type."""
    relationship: str = ""
    targets: frozenset[str] = frozenset()
    by_reference: frozenset[str] = frozenset()


class ContentIOD(Options):
    """An IOD that has content items: its SOP Class, value types and relationships, and where the standard says so."""

    name: str = ""
    sop_class_uid: str = ""
    section: str = ""
    value_types: frozenset[str] = frozenset()
    rows: tuple[_Row, ...] = ()

    def allows(self, source: str, relationship: str, target: str, *, by_reference: bool = False) -> bool:
        """Say whether an item of one value type may have one of another in a relationship."""
        return any(
            row.relationship == relationship
            and (row.sources is None or source in row.sources)
            and target in (row.by_reference if by_reference else row.targets)
            for row in self.rows
        )


_ANY = "any type"


def _iod(
    name: str, sop_class: str, section: str, rows: tuple[tuple[str, str, str], ...], by_value_only: str | None = None
) -> ContentIOD:
    """Make an IOD of its table; `by_value_only` is what no reference means though others may be meant, None: all."""
    made = []
    for sources, relationship, targets in rows:
        of_reference = set() if by_value_only is None or relationship == "HAS CONCEPT MOD" else set(targets.split())
        if relationship == "CONTAINS" and by_value_only is not None:
            of_reference -= set(by_value_only.split())
        made.append(
            _Row(
                sources=None if sources == _ANY else frozenset(sources.split()),
                relationship=relationship,
                targets=frozenset(targets.split()),
                by_reference=frozenset(of_reference),
            )
        )
    types = {name for row in made for name in row.targets}
    return ContentIOD(
        name=name,
        sop_class_uid=f"1.2.840.10008.5.1.4.1.1.88.{sop_class}",
        section=section,
        value_types=frozenset(types | {"CONTAINER"}),
        rows=tuple(made),
    )


_WORDS = "TEXT CODE DATETIME DATE TIME UIDREF PNAME"
_OBJECTS = "COMPOSITE IMAGE WAVEFORM"
_DATA = f"{_WORDS} NUM"
_ALL_2D, _ALL_3D = f"{_DATA} {_OBJECTS} SCOORD TCOORD", f"{_DATA} {_OBJECTS} SCOORD TCOORD SCOORD3D"
_ACQUIRED = f"CONTAINER {_OBJECTS}"
_OF_PERSONS = ("PNAME", "HAS PROPERTIES", _WORDS)


def _comprehensive(everything: str, of_times: str) -> tuple[tuple[str, str, str], ...]:
    return (
        ("CONTAINER",         "CONTAINS",        f"{everything} CONTAINER"),
        ("TEXT CODE NUM",     "HAS OBS CONTEXT", f"{_DATA} COMPOSITE"),
        ("CONTAINER",         "HAS OBS CONTEXT", f"{_DATA} COMPOSITE CONTAINER"),
        (f"{_ACQUIRED} NUM",  "HAS ACQ CONTEXT", f"{_DATA} CONTAINER"),
        (_ANY,                "HAS CONCEPT MOD", "TEXT CODE"),
        ("TEXT CODE NUM",     "HAS PROPERTIES",  f"{everything} CONTAINER"),
        _OF_PERSONS,
        ("TEXT CODE NUM",     "INFERRED FROM",   f"{everything} CONTAINER"),
        ("SCOORD",            "SELECTED FROM",   "IMAGE"),
        ("TCOORD",            "SELECTED FROM",   of_times),
    )  # fmt: skip


#: By name, what can say least first. The sections have the value types in .1 and the relationships in .2.
IODS = {
    iod.name: iod
    for iod in (
        _iod("Basic Text SR", "11", "A.35.1.3.1", (
            ("CONTAINER",         "CONTAINS",        f"{_WORDS} {_OBJECTS} CONTAINER"),
            ("CONTAINER",         "HAS OBS CONTEXT", f"{_WORDS} COMPOSITE CONTAINER"),
            (_ACQUIRED,           "HAS ACQ CONTEXT", _WORDS),
            (_ANY,                "HAS CONCEPT MOD", "TEXT CODE"),
            ("TEXT",              "HAS PROPERTIES",  f"{_WORDS} {_OBJECTS}"),
            _OF_PERSONS,
            ("TEXT",              "INFERRED FROM",   f"{_WORDS} {_OBJECTS}"),
        )),
        _iod("Enhanced SR", "22", "A.35.2.3.1", (
            ("CONTAINER",         "CONTAINS",        f"{_ALL_2D} CONTAINER"),
            ("CONTAINER",         "HAS OBS CONTEXT", f"{_DATA} COMPOSITE CONTAINER"),
            (f"{_ACQUIRED} NUM",  "HAS ACQ CONTEXT", _DATA),
            (_ANY,                "HAS CONCEPT MOD", "TEXT CODE"),
            ("TEXT CODE NUM",     "HAS PROPERTIES",  _ALL_2D),
            _OF_PERSONS,
            ("TEXT CODE NUM",     "INFERRED FROM",   _ALL_2D),
            ("SCOORD",            "SELECTED FROM",   "IMAGE"),
            ("TCOORD",            "SELECTED FROM",   "SCOORD IMAGE WAVEFORM"),
        )),
        _iod("Comprehensive SR", "33", "A.35.3.3.1", _comprehensive(_ALL_2D, "SCOORD IMAGE WAVEFORM"), "CONTAINER"),
        _iod(
            "Comprehensive 3D SR",
            "34",
            "A.35.13.3.1",
            _comprehensive(_ALL_3D, "SCOORD SCOORD3D IMAGE WAVEFORM"),
            "CONTAINER",
        ),
        _iod("Key Object Selection Document", "59", "A.35.4.3.1", (
            ("CONTAINER",         "CONTAINS",        f"TEXT {_OBJECTS} CONTAINER"),
            ("CONTAINER",         "HAS OBS CONTEXT", "TEXT CODE UIDREF PNAME CONTAINER"),
            ("CONTAINER",         "HAS CONCEPT MOD", "CODE"),
            (_ACQUIRED,           "HAS ACQ CONTEXT", "TEXT CODE DATETIME DATE TIME UIDREF NUM"),
        )),
    )
}  # fmt: skip

# C.17.3.2.2: what has to say what it is. A CONTAINER may be without a heading, but for the title of the document.
_NAMED = frozenset(f"{_WORDS} NUM".split())
_TEXTUAL = frozenset(_WORDS.split()) - {"CODE"}
_CLASS_OF_VALUE: dict[str, type] = {
    **dict.fromkeys(_TEXTUAL, str),
    "CODE": Code,
    "NUM": Measurement,
    **dict.fromkeys(_OBJECTS.split(), Reference),
    "SCOORD": Graphic,
    "SCOORD3D": Graphic,
    "TCOORD": TemporalRange,
}
# C.18.6.1.2, C.18.9.1.2: the fewest and the most points of each graphic.
_MANY = 0x7FFFFFFF
_POINTS = {
    "SCOORD": {
        "POINT": (1, 1), "MULTIPOINT": (1, _MANY), "POLYLINE": (2, _MANY), "CIRCLE": (2, 2), "ELLIPSE": (4, 4),
    },
    "SCOORD3D": {
        "POINT": (1, 1), "MULTIPOINT": (1, _MANY), "POLYLINE": (2, _MANY), "POLYGON": (3, _MANY), "ELLIPSE": (4, 4),
        "ELLIPSOID": (6, 6),
    },
}  # fmt: skip
# C.18.7.1.1: likewise, of sample positions or times.
_RANGES = {
    "POINT": (1, 1), "MULTIPOINT": (1, _MANY), "SEGMENT": (2, 2), "MULTISEGMENT": (2, _MANY), "BEGIN": (1, 1),
    "END": (1, 1),
}  # fmt: skip


def content_problems(root: ContentItem, iod: str = "Comprehensive 3D SR") -> Iterator[str]:
    """Iterate over what a content tree may not be in a document of an IOD, each with position and section.

    The name is one of Basic Text SR, Enhanced SR, Comprehensive SR, Comprehensive 3D SR and Key Object Selection
    Document; KeyError for any other. The tree has its positions, as from `content_tree` or `ContentItem.number`.
    """
    table = IODS[iod]
    if root.value_type != "CONTAINER" or root.relationship not in ("", "CONTAINS"):
        yield f"the root is a {root.value_type or 'reference'}, not a CONTAINER (PS3.3 C.17.3)"
    if root.name is None:
        yield "the root has no name, which is the title of the document (PS3.3 C.17.3.2.2)"
    for item in root.walk():
        where = _where(item)
        if item.value_type and item.value_type not in table.value_types:
            yield f"{where}: {table.name} has no {item.value_type} (PS3.3 {table.section}.1)"
        elif item.value_type:
            yield from (f"{where}: {problem}" for problem in _problems_of_value(item))
        elif item.children or item.refers_to is None:
            what = "items below it" if item.children else "nothing that it refers to"
            yield f"{where}: an item by reference with {what} (PS3.3 C.17.3.2.5)"
        for child in item.children:
            yield from _problems_of_relationship(item, child, table)
    for item in references_in_loops(root):
        yield f"{_where(item)}: refers to {path_of(item.target)}, which leads back to it (PS3.3 {table.section}.2)"


def _where(item: ContentItem) -> str:
    parts = (path_of(item.position), item.value_type, str(item.name or ""))
    return " ".join([part for part in parts if part])


def _problems_of_relationship(source: ContentItem, child: ContentItem, table: ContentIOD) -> Iterator[str]:
    target = child if child.refers_to is None else child.refers_to
    is_reference = not child.value_type
    if (is_reference and child.refers_to is None) or (child.value_type and child.value_type not in table.value_types):
        return
    if not table.allows(source.value_type, child.relationship, target.value_type, by_reference=is_reference):
        how = " by reference" if is_reference else ""
        what = f"{source.value_type} {child.relationship} {target.value_type}{how}"
        yield f"{_where(child)}: {table.name} has no {what} (PS3.3 {table.section}.2)"


def _problems_of_value(item: ContentItem) -> Iterator[str]:
    """What is wrong with an item on its own."""
    if item.name is None and item.value_type in _NAMED:
        yield f"{item.value_type} needs a name (PS3.3 C.17.3.2.2)"
    if item.name is not None:
        yield from _problems_of_code(item.name, "name")
    if item.value_type == "CONTAINER":
        if item.value is not None:
            yield "a CONTAINER has no value"
        if item.continuity not in ("SEPARATE", "CONTINUOUS"):
            yield "Continuity Of Content is SEPARATE or CONTINUOUS (PS3.3 C.18.8)"
        return
    wanted = _CLASS_OF_VALUE[item.value_type]
    value = item.value
    if not isinstance(value, wanted):
        yield f"the value is a {wanted.__name__}, not {type(value).__name__}"
    elif isinstance(value, str) and not value.strip(" "):
        yield "the value is empty"
    elif isinstance(value, str) and "\\" in value and item.value_type != "TEXT":
        yield "a backslash would make several values of it (PS3.5 6.2)"
    elif isinstance(value, Code):
        yield from _problems_of_code(value, "value")
    elif isinstance(value, Measurement):
        yield from _problems_of_measurement(value)
    elif isinstance(value, Reference):
        yield from _problems_of_reference(value, item.value_type)
    elif isinstance(value, Graphic):
        yield from _problems_of_graphic(value, item.value_type)
    elif isinstance(value, TemporalRange):
        yield from _problems_of_range(value)


def _problems_of_code(code: Code, what: str) -> Iterator[str]:
    """PS3.3 8.8: value, scheme and meaning are of type 1, but for a URN, which needs no scheme."""
    missing = [field for field in ("value", "scheme", "meaning") if not getattr(code, field)]
    if code.value.startswith(("urn:", "http:", "https:")):
        missing = [field for field in missing if field != "scheme"]
    if missing:
        yield f"the code of the {what} has no {' and no '.join(missing)} (PS3.3 8.8)"
    for field, longest in (("scheme", 16), ("version", 16), ("meaning", 64)):
        text = getattr(code, field)
        if len(text) > longest or "\\" in text:
            problem = f"more than {longest} characters" if len(text) > longest else "a backslash"
            yield f"the {field} of the code of the {what} has {problem} (PS3.3 8.8)"


def _problems_of_measurement(value: Measurement) -> Iterator[str]:
    if value.value and value.units is None:
        yield "a number needs units, (1, UCUM, no units) if it has none (PS3.3 C.18.1)"
    if not value.value and (value.units is not None or value.floating_point is not None):
        yield "there are no units of no number (PS3.3 C.18.1)"
    for code, what in ((value.units, "units"), (value.qualifier, "qualifier")):
        if code is not None:
            yield from _problems_of_code(code, what)


def _problems_of_reference(value: Reference, value_type: str) -> Iterator[str]:
    for uid, what in ((value.sop_class_uid, "SOP Class UID"), (value.sop_instance_uid, "SOP Instance UID")):
        if not UID(uid).is_valid:
            yield f"a reference without a {what} (PS3.3 10.8)"
    if value_type != "WAVEFORM" and value.channels:
        yield f"{value_type} has no channels (PS3.3 C.18.5)"
    if value_type != "IMAGE" and (value.frames or value.segments or value.presentation_state):
        yield f"{value_type} has no frames, segments and presentation states (PS3.3 C.18.4)"
    if value.frames and value.segments:
        yield "either frames or segments are referred to (PS3.3 C.18.4)"
    if any(number < 1 for number in (*value.frames, *value.segments)):
        yield "frames and segments count from 1 (PS3.3 C.18.4)"


def _problems_of_graphic(value: Graphic, value_type: str) -> Iterator[str]:
    section, size = ("C.18.9", 3) if value_type == "SCOORD3D" else ("C.18.6", 2)
    kinds = _POINTS[value_type]
    if value.kind not in kinds:
        yield f"a {value_type} is one of {', '.join(kinds)} (PS3.3 {section})"
        return
    fewest, most = kinds[value.kind]
    if not fewest <= len(value.points) <= most:
        yield f"a {value.kind} of {len(value.points)} points (PS3.3 {section})"
    if any(len(point) != size for point in value.points):
        yield f"the points of {value_type} have {size} coordinates (PS3.3 {section})"
    if not all(isfinite(number) for point in value.points for number in point):
        yield f"coordinates are finite numbers (PS3.3 {section})"
    if value.kind == "POLYGON" and value.points and value.points[0] != value.points[-1]:
        yield f"a POLYGON ends where it begins (PS3.3 {section})"
    if value_type == "SCOORD3D" and not UID(value.frame_of_reference_uid).is_valid:
        yield f"SCOORD3D needs a Frame of Reference UID (PS3.3 {section})"


def _problems_of_range(value: TemporalRange) -> Iterator[str]:
    if value.kind not in _RANGES:
        yield f"a TCOORD is one of {', '.join(_RANGES)} (PS3.3 C.18.7)"
        return
    given = [each for each in (value.samples, value.seconds, value.times) if each]
    if len(given) != 1:
        yield "a TCOORD has either samples or seconds or times (PS3.3 C.18.7)"
        return
    if not all(isfinite(number) for number in value.seconds):
        yield "seconds are finite numbers (PS3.3 C.18.7)"
    fewest, most = _RANGES[value.kind]
    if not fewest <= len(given[0]) <= most or (value.kind == "MULTISEGMENT" and len(given[0]) % 2):
        yield f"a {value.kind} of {len(given[0])} positions (PS3.3 C.18.7)"
