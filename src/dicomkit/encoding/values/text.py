"""Text: AE, CS, LO, LT, SH, ST, UC, UR and UT (PS3.5 6.2)."""

from __future__ import annotations

from dicomkit.core.issue import IssueCode
from dicomkit.core.multi_value import MultiValue
from dicomkit.encoding.values.python_values import padded, strings_of
from dicomkit.errors import ValueEncodeError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.core.vr import VR
    from dicomkit.encoding.values.context import Value, ValueContext

__all__ = [
    "decode_codes",
    "decode_strings",
    "decode_text",
    "decode_titles",
    "decode_url",
    "default_text",
    "encode_codes",
    "encode_default",
    "encode_strings",
    "encode_text",
]

# Spaces pad (PS3.5 6.2); zero bytes do in many files. Both are taken off the end of each value. Leading spaces stay:
# that they do not count in SH, LO and CS does not make them wrong, and readers that look for them are right to.
PADDING = " \0"


def default_text(data: bytes, vr: VR, context: ValueContext) -> str:
    """Return text of the default repertoire, which the VRs without a character set have (PS3.5 6.1.2.2)."""
    if data.isascii():
        return data.decode("ascii")
    context.report(IssueCode.VALUE_INVALID, f"{vr}: bytes above 7F", "taken for Latin 1")
    return data.decode("latin_1")


def encode_default(text: str, vr: VR) -> bytes:
    """Return the bytes of text of the default repertoire; raise ValueEncodeError for other characters."""
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        raise ValueEncodeError("only characters of ISO 646 (ASCII) are allowed", vr=vr, value=text) from None


def decode_strings(vr: VR, data: bytes, context: ValueContext) -> Value:
    """Return the values of LO, SH and UC, which Specific Character Set applies to."""
    if not data:
        return ""
    texts, problem = context.character_set.decode_values(data)
    if problem:
        context.report_text(vr, problem)
    if len(texts) == 1:
        return texts[0].rstrip(PADDING)
    return MultiValue([text.rstrip(PADDING) for text in texts])


def encode_strings(vr: VR, value: object, context: ValueContext) -> bytes:
    """Return the bytes of LO, SH and UC."""
    try:
        return padded(context.character_set.encode_values(strings_of(value, vr)), vr)
    except ValueEncodeError as error:
        error.vr = error.vr or vr
        raise


def decode_text(vr: VR, data: bytes, context: ValueContext) -> Value:
    """Return the one value of LT, ST and UT, in which a backslash is a character."""
    text, problem = context.character_set.decode(data)
    if problem:
        context.report_text(vr, problem)
    return text.rstrip(PADDING)


def encode_text(vr: VR, value: object, context: ValueContext) -> bytes:
    """Return the bytes of LT, ST and UT."""
    try:
        return padded(context.character_set.encode(_single(value, vr)), vr)
    except ValueEncodeError as error:
        error.vr = error.vr or vr
        raise


def _single(value: object, vr: VR) -> str:
    texts = strings_of(value, vr)
    if len(texts) > 1:
        raise ValueEncodeError(f"{len(texts)} values where one is allowed", vr=vr, value=value)
    return texts[0] if texts else ""


def decode_codes(vr: VR, data: bytes, context: ValueContext) -> Value:
    """Return the values of CS."""
    text = default_text(data, vr, context)
    if "\\" in text:
        return MultiValue([part.rstrip(PADDING) for part in text.split("\\")])
    return text.rstrip(PADDING)


def decode_titles(vr: VR, data: bytes, context: ValueContext) -> Value:
    """Return the values of AE, whose leading spaces do not count either."""
    text = default_text(data, vr, context)
    if "\\" in text:
        return MultiValue([part.strip(PADDING) for part in text.split("\\")])
    return text.strip(PADDING)


def encode_codes(vr: VR, value: object, context: ValueContext) -> bytes:
    """Return the bytes of AE and CS."""
    return padded(encode_default(_joined(strings_of(value, vr), vr), vr), vr)


def _joined(texts: list[str], vr: VR) -> str:
    for text in texts:
        if "\\" in text:
            raise ValueEncodeError("a backslash separates values and cannot be part of one", vr=vr, value=text)
    return "\\".join(texts)


def decode_url(vr: VR, data: bytes, context: ValueContext) -> Value:
    """Return the one value of UR."""
    return default_text(data, vr, context).rstrip(PADDING)


def encode_url(vr: VR, value: object, context: ValueContext) -> bytes:
    """Return the bytes of UR."""
    return padded(encode_default(_single(value, vr), vr), vr)
