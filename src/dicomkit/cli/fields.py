"""Elements as fields for machines, where the whole JSON model of a data set would be too much."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from dicomkit.dataset import Sequence

if TYPE_CHECKING:
    from dicomkit.dataset import DataElement

__all__ = ["to_fields"]


def to_fields(element: DataElement | None) -> dict[str, object] | None:
    """Return VR and value for JSON: numbers as numbers, text as text, bytes as their count and SHA-256."""
    if element is None:
        return None
    fields: dict[str, object] = {"vr": str(element.vr)}
    value = element.value
    if isinstance(value, bytes):
        return fields | {"bytes": len(value), "sha256": sha256(value).hexdigest()}
    if isinstance(value, Sequence):
        return fields | {"items": len(value)}
    values = value if isinstance(value, list) else [] if value is None or value == "" else [value]
    return fields | {"value": [_json_value(part) for part in values]}


def _json_value(value: object) -> object:
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float):
        # JSON has no NaN and no infinity (RFC 8259 section 6).
        return float(value) if value - value == 0 else repr(float(value))
    return int(value) if isinstance(value, int) else value
