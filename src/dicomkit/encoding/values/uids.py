"""Unique identifiers: UI (PS3.5 6.2 and 9)."""

from __future__ import annotations

from dicomkit.core.issue import IssueCode
from dicomkit.core.multi_value import MultiValue
from dicomkit.core.uid import UID
from dicomkit.encoding.values.python_values import padded, strings_of
from dicomkit.encoding.values.text import PADDING, default_text, encode_default
from dicomkit.errors import ValueEncodeError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.core.vr import VR
    from dicomkit.encoding.values.context import Value, ValueContext

__all__ = ["decode_uids", "encode_uids"]


def decode_uids(vr: VR, data: bytes, context: ValueContext) -> Value:
    """Return the values of UI; a trailing zero byte pads, and spaces, which some writers use, do not count."""
    text = default_text(data, vr, context).strip(PADDING)
    if "\\" in text:
        return MultiValue([UID(part.strip(PADDING)) for part in text.split("\\")])
    return UID(text)


def encode_uids(vr: VR, value: object, context: ValueContext) -> bytes:
    """Return the bytes of UI; a text that is no UID is written and reported."""
    texts = strings_of(value, vr)
    for text in texts:
        if "\\" in text:
            raise ValueEncodeError("a backslash separates values and cannot be part of one", vr=vr, value=text)
        if text and not UID(text).is_valid:
            context.report(IssueCode.VALUE_INVALID, f"UI: '{text[:64]}' is no UID (PS3.5 9.1)", "written as it is")
    return padded(encode_default("\\".join(texts), vr), vr)
