"""Data sets as text for people: one line an element, never more than fits a screen unless asked for."""

from __future__ import annotations

from dicomkit.dataset.sequence import Sequence
from dicomkit.errors import DicomError, escaped

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomkit.core.vr import VR
    from dicomkit.dataset.dataset import Dataset
    from dicomkit.dataset.element import DataElement

__all__ = ["element_line", "lines", "summary", "text", "value_text"]

_MOST_LINES = 1000
_SUMMARY_LINES = 24
_VALUE_WIDTH = 64
_NAME_WIDTH = 36
_BYTES_SHOWN = 16


def value_text(element: DataElement, width: int = _VALUE_WIDTH) -> str:
    """Return the value as one line of at most `width` characters, controls escaped; bytes as hexadecimal."""
    try:
        vr = element.vr
        size = element._length()
        if size is not None and vr.kind.name == "BINARY" and size > _BYTES_SHOWN:
            # Never fetch a megabyte to show its first bytes.
            return f"<{size:,} bytes>"
        value = element.value
    except DicomError as error:
        return escaped(f"<{error}>", width)
    if isinstance(value, Sequence):
        return f"<{len(value)} item{'' if len(value) == 1 else 's'}>"
    if isinstance(value, bytes):
        return escaped(
            value[:_BYTES_SHOWN].hex(" ") if len(value) <= _BYTES_SHOWN else f"<{len(value):,} bytes>", width
        )
    if value is None:
        return ""
    if isinstance(value, list):
        # A value has two characters at least with its separator: more of them are not shown anyway.
        parts = ["" if part is None else str(part) for part in value[: width // 2 + 1]]
        shown = escaped("\\".join(parts), width)
        return shown if len(value) <= len(parts) else escaped(f"{shown[: width - 12]}… ({len(value):,})", width)
    return escaped(str(value), width)


def element_line(element: DataElement, depth: int = 0, width: int = _VALUE_WIDTH) -> str:
    """Return one element as one line: tag, VR, name, value."""
    try:
        vr: VR | str = element.vr
    except DicomError:
        vr = "??"
    name = escaped(element.name or ("Private" if element.is_private else "Unknown"), _NAME_WIDTH)
    indent = "  " * min(depth, 20) if depth <= 20 else "  " * 20 + f"…{depth} "
    return f"{indent}{element.tag} {vr} {name:<{_NAME_WIDTH}} {value_text(element, width)}".rstrip()


def lines(ds: Dataset, width: int = _VALUE_WIDTH) -> Iterator[str]:
    """Iterate over the lines of a data set, those of items indented."""
    stack: list[tuple[Iterator[DataElement], int]] = [(iter(ds), 0)]
    while stack:
        elements, depth = stack[-1]
        element = next(elements, None)
        if element is None:
            stack.pop()
            continue
        if element._number == _ITEM:
            yield "  " * min(depth - 1, 20) + f"[{element._own}]"
            continue
        yield element_line(element, depth, width)
        if element._may_nest():
            value = element.value
            if isinstance(value, Sequence) and len(value):
                stack.append((_items(value), depth + 1))


_ITEM = 0xFFFEE000


def _items(sequence: Sequence) -> Iterator[DataElement]:
    """The elements of all items, each item announced by a pseudo-element that carries its number."""
    for number, item in enumerate(sequence):
        yield item._marker(_ITEM, number)
        yield from item


def text(ds: Dataset) -> str:
    """Return the whole data set as text, cut after a thousand lines; `dicomkit dump` has no such bound."""
    return _cut(ds, _MOST_LINES, "print `lines(ds)` of dicomkit.dataset.render for all")


def summary(ds: Dataset) -> str:
    """Return what fits a screen."""
    head = f"<Dataset, {len(ds)} elements>"
    body = _cut(ds, _SUMMARY_LINES, "print(ds) for more")
    return f"{head}\n{body}" if body else head


def _cut(ds: Dataset, most: int, advice: str) -> str:
    shown: list[str] = []
    for line in lines(ds):
        if len(shown) == most:
            shown.append(f"… ({advice})")
            break
        shown.append(line)
    return "\n".join(shown)
