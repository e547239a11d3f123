"""Dates, times and ages: DA, TM, DT and AS (PS3.5 6.2)."""

from __future__ import annotations

import datetime

from dicomkit.core.issue import IssueCode
from dicomkit.core.multi_value import MultiValue
from dicomkit.core.temporal import Age, Date, DateTime, Precision, Time
from dicomkit.core.vr import VR
from dicomkit.encoding.values.python_values import items_of, padded, plain
from dicomkit.encoding.values.text import PADDING, default_text, encode_default
from dicomkit.errors import ValueEncodeError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.encoding.values.context import Value, ValueContext

    Temporal = type[Age] | type[Date] | type[DateTime] | type[Time]

__all__ = ["TYPES", "decode_dates", "encode_dates", "is_understood"]

TYPES: dict[VR, Temporal] = {VR.AS: Age, VR.DA: Date, VR.DT: DateTime, VR.TM: Time}


def decode_dates(vr: VR, data: bytes, context: ValueContext) -> Value:
    """Return the values of DA, TM, DT and AS, None for an empty one.

    What cannot be understood keeps its text and its type, which then has no parts, and is reported.
    """
    text = default_text(data, vr, context)
    made = TYPES[vr]
    if "\\" not in text:
        text = text.rstrip(PADDING)
        # The usual forms, a whole date or a time in digits, need no second look; check() judges them all.
        if not (text.isdigit() and len(text) in _LENGTHS[vr]) and not is_understood(made, text):
            context.report(IssueCode.VALUE_INVALID, f"{vr}: not understood", "kept as text")
        return made(text) if text else None
    values = [part.rstrip(PADDING) for part in text.split("\\")]
    if not all(is_understood(made, part) for part in values):
        context.report(IssueCode.VALUE_INVALID, f"{vr}: not understood", "kept as text")
    return MultiValue([made(part) if part else None for part in values])


_LENGTHS = {VR.AS: (), VR.DA: (8,), VR.DT: (14,), VR.TM: (6,)}


def is_understood(made: Temporal, text: str) -> bool:
    """Return whether text says a date, time or age, in a form of Table 6.2-1 or of those before it, or a range."""
    if not text:
        return True
    value = made(text)
    if isinstance(value, Age):
        return value.unit is not None
    return value.precision is not Precision.NONE or value.is_valid


def encode_dates(vr: VR, value: object, context: ValueContext) -> bytes:
    """Return the bytes of DA, TM, DT and AS: of text, or of dates, times, datetimes and (AS) timedeltas.

    Text that the VR does not allow is written and reported.
    """
    made = TYPES[vr]
    texts = []
    for item in items_of(value, vr):
        item = plain(item)
        text = "" if item is None else _text_of(made, vr, item)
        if text and not made(text).is_valid:
            context.report(IssueCode.VALUE_INVALID, f"{vr}: '{text[:64]}' is not allowed", "written as it is")
        texts.append(text)
    return padded(encode_default("\\".join(texts), vr), vr)


def _text_of(made: Temporal, vr: VR, item: object) -> str:
    if isinstance(item, str):
        if "\\" in item:
            raise ValueEncodeError("a backslash separates values and cannot be part of one", vr=vr, value=item)
        return str.__str__(item)
    if isinstance(item, datetime.timedelta) and made is Age:
        return Age.from_python(item)
    if isinstance(item, datetime.date) and made is Date:
        return Date.from_python(item)
    if isinstance(item, datetime.date) and made is DateTime:
        return DateTime.from_python(item)
    if isinstance(item, (datetime.time, datetime.datetime)) and made is Time:
        return Time.from_python(item)
    raise ValueEncodeError(f"not to be made from {type(item).__name__}", vr=vr, value=item)
