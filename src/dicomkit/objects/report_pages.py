"""Structured Reports for people: plain text, and HTML that nothing in a report can break out of (PS3.3 C.17)."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from dicomkit.objects.content_items import (
    Code,
    ContentItem,
    Graphic,
    Measurement,
    Reference,
    TemporalRange,
)
from dicomkit.objects.structured_report import content_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomkit.dataset import Dataset
    from dicomkit.objects.content_items import ContentValue

__all__ = ["report_html", "report_text"]

_LINE_ENDS = re.compile("\r\n|\n\r|\r|\n|\f|\v|\x85|\u2028|\u2029")
# What moves a terminal's cursor, is no character of HTML, or turns the direction of the text around it.
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_HEAD = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
"""
_HEADER = (
    ("Patient", "PatientName"),
    ("Patient ID", "PatientID"),
    ("Study", "StudyDescription"),
    ("Series", "SeriesDescription"),
    ("Completion", "CompletionFlag"),
    ("", "CompletionFlagDescription"),
    ("Verification", "VerificationFlag"),
)


def report_text(ds: Dataset) -> str:
    """Return a Structured Report as plain text: a line or more for each content item, indented by its depth.

    Items that others refer to have their position in front, as in ``[1.3.2]``. Control characters become U+FFFD.
    Raises what `content_tree` raises.
    """
    root = content_tree(ds)
    targets = {item.target for item in root.walk() if item.target}
    lines = [_title(root)]
    lines.extend([f"{label}: {text}" if label else text for label, text in _header(ds)])
    lines.append("")
    for item in root.walk():
        indent = "  " * (len(item.position) - 1)
        label = f"[{_position(item.position)}] " if item.position in targets else ""
        first, *more = _LINE_ENDS.sub("\n", _line(item, root)).split("\n")
        lines.append(f"{indent}{label}{first}".rstrip())
        lines.extend([f"{indent}    {line}".rstrip() for line in more])
    return _CONTROLS.sub("\ufffd", "\n".join(lines)) + "\n"


def report_html(ds: Dataset) -> str:
    """Return a Structured Report as a page of HTML, in nested lists, to be stored in UTF-8.

    All that comes from the report is escaped; the page refers to nothing outside itself, and forbids scripts and
    loading. An item by reference is a link to the item. Raises what `content_tree` raises.
    """
    root = content_tree(ds)
    title = _escaped(_title(root))
    parts = [
        _HEAD,
        f"<title>{title}</title>\n</head>\n<body>\n<h1>{title}</h1>\n<dl>\n",
    ]
    parts.extend([f"<dt>{_escaped(label)}</dt><dd>{_escaped(text)}</dd>\n" for label, text in _header(ds)])
    parts.append("</dl>\n<ul>\n")
    for item, is_entered in _entered_and_left(root):
        if not is_entered:
            parts.append("</ul>\n</li>\n")
            continue
        parts.append(f'<li id="item-{_position(item.position)}">{_html_of(item, root)}')
        parts.append("\n<ul>\n" if item.children else "</li>\n")
    parts.append("</ul>\n</body>\n</html>\n")
    return "".join(parts)


def _entered_and_left(root: ContentItem) -> Iterator[tuple[ContentItem, bool]]:
    """Each item when its content begins, and again when it has ended if it has any."""
    stack = [(root, True)]
    while stack:
        item, is_entered = stack.pop()
        yield item, is_entered
        if is_entered and item.children:
            stack.append((item, False))
            stack.extend([(child, True) for child in reversed(item.children)])


def _html_of(item: ContentItem, root: ContentItem) -> str:
    before = f"<i>{_escaped(_relation(item))}</i> " if _relation(item) else ""
    if item.target:
        shown = _position(item.target)
        if root.at(item.target) is None:
            return f"{before}{shown} (not there)"
        return f'{before}<a href="#item-{shown}">{shown}</a>'
    name = f"<b>{_escaped(str(item.name))}</b>" if item.name else ""
    between = ": " if name and _shown(item) else ""
    after = f" <small>({_escaped(_observed(item))})</small>" if item.observed else ""
    return f"{before}{name}{between}{_escaped(_shown(item))}{after}"


def _line(item: ContentItem, root: ContentItem) -> str:
    before = f"{_relation(item)} " if _relation(item) else ""
    if item.target:
        return f"{before}[{_position(item.target)}]{'' if root.at(item.target) else ' (not there)'}"
    name, shown = str(item.name or ""), _shown(item)
    after = f" ({_observed(item)})" if item.observed else ""
    return f"{before}{name}{': ' if name and shown else ''}{shown}{after}"


def _relation(item: ContentItem) -> str:
    """How the item belongs to the one above; nothing where that contains it, as most do."""
    return "" if item.relationship == "CONTAINS" else item.relationship.lower()


def _observed(item: ContentItem) -> str:
    return f"observed {_date_time(item.observed)}"


def _position(position: tuple[int, ...]) -> str:
    return ".".join([str(number) for number in position[:1000]])


def _title(root: ContentItem) -> str:
    return _on_one_line(str(root.name or "")) or "Report"


def _header(ds: Dataset) -> list[tuple[str, str]]:
    found = [(label, _on_one_line(str(value))) for label, keyword in _HEADER if (value := ds.get(keyword))]
    found = [(label, _person(text) if label == "Patient" else text) for label, text in found]
    if ds.get("ContentDate"):
        text = f"{_date(str(ds.ContentDate))} {_time(str(ds.get('ContentTime') or ''))}"
        found.append(("Date", _on_one_line(text.strip())))
    return found


def _on_one_line(text: str) -> str:
    """What has no lines by its VR must not make any: they would pass for others of the header."""
    return _LINE_ENDS.sub(" ", text)


# -- values ----------------------------------------------------------------------------------------------------------


def _shown(item: ContentItem) -> str:
    value = item.value
    if isinstance(value, str):
        form = {"DATE": _date, "TIME": _time, "DATETIME": _date_time, "PNAME": _person}.get(item.value_type)
        return value if form is None else form(value)
    if item.value_type == "CONTAINER":
        return "" if item.name else "section"
    return _text_of(value) or f"({item.value_type.lower() or 'nothing'})"


def _text_of(value: ContentValue) -> str:
    if isinstance(value, Measurement):
        units = value.units.value if value.units is not None and value.units.value != "1" else ""
        shown = f"{value.value} {units}".strip() if value.value else "no value"
        return f"{shown} ({value.qualifier})" if value.qualifier is not None else shown
    if isinstance(value, Reference):
        return _text_of_reference(value)
    if isinstance(value, Graphic):
        points = [" ".join([f"{number:g}" for number in point]) for point in value.points]
        return f"{value.kind.lower()} {', '.join(points)}".strip()
    if isinstance(value, TemporalRange):
        samples = [f"sample {number}" for number in value.samples]
        seconds = [f"{number:g} s" for number in value.seconds]
        times = [_date_time(text) for text in value.times]
        return f"{value.kind.lower()} {', '.join(samples + seconds + times)}".strip()
    return str(value) if isinstance(value, (Code, str)) else ""


def _text_of_reference(value: Reference) -> str:
    parts = [value.sop_instance_uid]
    for label, numbers in (("frame", value.frames), ("segment", value.segments)):
        if numbers:
            parts.append(f"{label} {', '.join(map(str, numbers))}")
    if value.channels:
        parts.append("channel " + ", ".join([f"{group}/{channel}" for group, channel in value.channels]))
    if value.presentation_state:
        parts.append(f"shown by {value.presentation_state}")
    return ", ".join([part for part in parts if part])


def _person(text: str) -> str:
    """Family name first, as it is stored: which order a language has is not known."""
    return " ".join(text.partition("=")[0].replace("^", " ").split()) or text


def _date(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else text


def _time(text: str) -> str:
    digits, dot, fraction = text.strip().partition(".")
    if len(digits) not in (4, 6) or not digits.isdigit():
        return text
    return ":".join([digits[at : at + 2] for at in range(0, len(digits), 2)]) + dot + fraction


def _date_time(text: str) -> str:
    return f"{_date(text[:8])} {_time(text[8:])}".strip()


def _escaped(text: str) -> str:
    return html.escape(_CONTROLS.sub("\ufffd", _LINE_ENDS.sub("\n", text))).replace("\n", "<br>")
