"""Numbers that are written as text: DS and IS (PS3.5 6.2)."""

from __future__ import annotations

from math import isfinite
from operator import index
from struct import pack, unpack

from dicomkit.core.issue import IssueCode
from dicomkit.core.multi_value import MultiValue
from dicomkit.core.number import DSfloat, ISint
from dicomkit.encoding.values.python_values import array_of, items_of, padded, plain
from dicomkit.encoding.values.text import default_text, encode_default
from dicomkit.errors import ValueDecodeError, ValueEncodeError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import SupportsFloat, SupportsIndex

    from dicomkit.core.vr import VR
    from dicomkit.encoding.values.context import Single, Value, ValueContext

__all__ = ["decode_decimals", "decode_integers", "encode_decimals", "encode_integers"]

_PADDING = " \0"
_IN_DECIMALS = b"0123456789+-.eE\\ "
_new_float = float.__new__
_new_int = int.__new__


def decode_decimals(vr: VR, data: bytes, context: ValueContext) -> Value:
    """Return the values of DS, None for an empty one, the text for what is no number, which is reported."""
    text = default_text(data, vr, context)
    if "\\" not in text:
        return _decimal(text, context)
    # Long lists are the points of contours; float() of these characters is a finite number, an overflow or an error.
    if not data.translate(None, _IN_DECIMALS):
        values = []
        try:
            for part in text.split("\\"):
                part = part.strip(" ")
                number = _new_float(DSfloat, part)
                number.original_text = part
                values.append(number)
        except ValueError:
            pass
        else:
            if all(map(isfinite, values)):
                return MultiValue(values)
    return MultiValue([_decimal(part, context) for part in text.split("\\")])


def _decimal(text: str, context: ValueContext) -> Single:
    stripped = text.strip(_PADDING)
    if not stripped:
        return None
    try:
        # What DSfloat itself does with text, without its second look at what most values are: plain digits.
        number = _new_float(DSfloat, stripped)
        if isfinite(number) and "_" not in stripped and stripped.isascii():
            number.original_text = stripped
            return number
    except ValueError:
        pass
    try:
        return DSfloat(stripped)
    except ValueDecodeError:
        context.report(IssueCode.VALUE_INVALID, f"DS: '{stripped[:64]}' is no decimal string", "kept as text")
        return stripped


def decode_integers(vr: VR, data: bytes, context: ValueContext) -> Value:
    """Return the values of IS, None for an empty one.

    A number with a fraction is kept as the DSfloat that it would be in DS, other text as text; both are reported.
    """
    text = default_text(data, vr, context)
    if "\\" not in text:
        return _integer(text, context)
    return MultiValue([_integer(part, context) for part in text.split("\\")])


def _integer(text: str, context: ValueContext) -> Single:
    stripped = text.strip(_PADDING)
    if not stripped:
        return None
    try:
        integer = _new_int(ISint, stripped)
        if "_" not in stripped and stripped.isascii():
            integer.original_text = stripped
            return integer
    except ValueError:
        pass
    try:
        return ISint(stripped)
    except ValueDecodeError:
        pass
    try:
        number = DSfloat(stripped)
    except ValueDecodeError:
        context.report(IssueCode.VALUE_INVALID, f"IS: '{stripped[:64]}' is no integer", "kept as text")
        return stripped
    context.report(IssueCode.VALUE_INVALID, f"IS: '{stripped[:64]}' is no integer", "kept as a number with a fraction")
    return number


def encode_decimals(vr: VR, value: object, context: ValueContext) -> bytes:
    """Return the bytes of DS, of numbers or text.

    A number becomes the shortest text of at most 16 characters; one that these cannot hold exactly is reported. What
    was read keeps its text. Text that is no decimal string is written and reported.
    """
    array = array_of(value, vr)
    if array is not None:
        code, numbers = array
        texts = [_shortest(number, code == "f", context) for number in numbers if isinstance(number, (int, float))]
    else:
        texts = [_text_of_decimal(item, vr, context) for item in items_of(value, vr)]
    return padded(encode_default("\\".join(texts), vr), vr)


def _text_of_decimal(item: object, vr: VR, context: ValueContext) -> str:
    if item is None:
        return ""
    if isinstance(item, (DSfloat, ISint)) and item.original_text is not None:
        return item.original_text
    if isinstance(item, str):
        return _checked(item, vr, context, _is_decimal)
    is_single = getattr(item, "itemsize", 8) == 4
    item = plain(item)
    if isinstance(item, bool) or not hasattr(item, "__float__"):
        raise ValueEncodeError(f"a number is needed, not {type(item).__name__}", vr=vr, value=item)
    # Decimal and Fraction have no shortest text of their own; an int keeps all its digits.
    number = item if isinstance(item, (int, float)) else _float(item, vr)
    return _shortest(number, is_single and isinstance(number, float), context)


def _float(item: SupportsFloat, vr: VR) -> float:
    try:
        return float(item)
    except (TypeError, ValueError, OverflowError):
        raise ValueEncodeError("not a real number", vr=vr, value=item) from None


def _shortest(number: float, is_single: bool, context: ValueContext) -> str:
    if is_single and isfinite(number):
        # The digits of a single-precision number, not those that doubling its precision would add.
        for digits in range(6, 10):
            text = f"{number:.{digits}g}"
            if unpack("f", pack("f", float(text)))[0] == number:
                number = float(text)
                break
    text, is_lossy = DSfloat.shortest(number)
    if is_lossy:
        context.report(IssueCode.PRECISION_LOST, f"DS: {number!r} has more than 16 characters", f"written as {text}")
    return text


def _checked(item: str, vr: VR, context: ValueContext, is_valid: Callable[[str], bool]) -> str:
    text = str.__str__(item).strip(" ")
    if "\\" in text:
        raise ValueEncodeError("a backslash separates values and cannot be part of one", vr=vr, value=item)
    if text and not is_valid(text):
        context.report(IssueCode.VALUE_INVALID, f"{vr}: '{text[:64]}' is not allowed", "written as it is")
    return text


def _is_decimal(text: str) -> bool:
    try:
        return DSfloat(text).is_valid
    except ValueDecodeError:
        return False


def _is_integer(text: str) -> bool:
    try:
        return ISint(text).is_valid
    except ValueDecodeError:
        return False


def encode_integers(vr: VR, value: object, context: ValueContext) -> bytes:
    """Return the bytes of IS, of integral numbers or text.

    What was read keeps its text. Text that is no integer string, and a number of more than 32 bits, is written and
    reported; a number with a fraction is a ValueEncodeError.
    """
    array = array_of(value, vr)
    items = array[1] if array is not None else items_of(value, vr)
    texts = [_text_of_integer(item, vr, context) for item in items]
    return padded(encode_default("\\".join(texts), vr), vr)


def _text_of_integer(item: object, vr: VR, context: ValueContext) -> str:
    if item is None:
        return ""
    if isinstance(item, (DSfloat, ISint)) and item.original_text is not None:
        return item.original_text
    if isinstance(item, str):
        return _checked(item, vr, context, _is_integer)
    item = plain(item)
    number = integral(item, vr)
    if not -(2**31) <= number < 2**31:
        context.report(IssueCode.VALUE_INVALID, f"{vr}: a number of more than 32 bits", "written as it is")
    try:
        return int.__repr__(number)
    except ValueError:  # more digits than Python converts
        raise ValueEncodeError("a number of thousands of digits", vr=vr) from None


def integral(item: object, vr: VR) -> int:
    """Return a number as an int; raise ValueEncodeError for a bool, a fraction and what is no number.

    A bool counts as a mistake, although it is an int to Python: no VR has truth values, and elements that mean yes or
    no are CS or use the values of their own enumeration.
    """
    if isinstance(item, bool):
        raise ValueEncodeError("a bool is no number; use int()", vr=vr, value=item)
    if isinstance(item, float) or not hasattr(item, "__index__"):
        try:
            number = int(item)  # type: ignore[call-overload]
        except (TypeError, ValueError, OverflowError):
            raise ValueEncodeError(f"an integer is needed, not {type(item).__name__}", vr=vr, value=item) from None
        if isinstance(item, (str, bytes)) or number != item:
            raise ValueEncodeError("an integer is needed", vr=vr, value=item)
        assert isinstance(number, int)
        return number
    supports_index: SupportsIndex = item
    return index(supports_index)
