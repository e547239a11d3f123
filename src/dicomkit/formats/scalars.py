"""From the strings and numbers of a model to the values of a VR (PS3.18 F.2.3 to F.2.5, PS3.19 A.1.5, PS3.5 6.2).

A value that breaks the rules of its VR but can be understood is taken and noted, as the reader of files does; one that
cannot be is a ValueDecodeError.
"""

from __future__ import annotations

import re
from math import isfinite, nan
from struct import Struct, error, pack, unpack

from dicomkit.core.multi_value import MultiValue
from dicomkit.core.number import DSfloat, ISint
from dicomkit.core.person_name import PersonName
from dicomkit.core.tag import Tag
from dicomkit.core.temporal import Age, Date, DateTime, Time
from dicomkit.core.uid import UID
from dicomkit.core.vr import VR, Kind
from dicomkit.errors import UnknownTagError, ValueDecodeError, ValueEncodeError, escaped

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias, TypeGuard

    Scalar: TypeAlias = object  # what a parser made: text, a number, None; whether it is one of these is looked at here
    Value: TypeAlias = Any  # one of the types of the table of values; which one depends on the VR
    Note: TypeAlias = Callable[[str, str], object]
    Convert: TypeAlias = Callable[[VR, Scalar, Note], Value]

__all__ = [
    "empty_value",
    "non_finite_text",
    "number_of_text",
    "plain_value",
    "typed_value",
    "without_empty_end",
    "without_surrogates",
]

_TEMPORAL: dict[VR, type[Age] | type[Date] | type[DateTime] | type[Time]] = {
    VR.AS: Age,
    VR.DA: Date,
    VR.DT: DateTime,
    VR.TM: Time,
}
_LONGEST_DS = 16
_LARGEST_IN_DS = 10**15

# Integers of more digits than any VR has; Python itself refuses to print those of more than 4,300.
_MOST_DIGITS = 40
_MOST = 10**_MOST_DIGITS
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}", re.ASCII)
_REAL = re.compile(r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,9})?", re.ASCII)
_SURROGATES = re.compile("[\ud800-\udfff]")

_SINGLE = Struct("<f")

_NON_FINITE = {
    "nan": nan,
    "inf": float("inf"),
    "+inf": float("inf"),
    "-inf": float("-inf"),
    "infinity": float("inf"),
    "+infinity": float("inf"),
    "-infinity": float("-inf"),
}
"""How FL and FD say what is no finite number, in small letters. The standard has no word for it; these are the ones in
use: fo-dicom and Azure write NaN, Infinity and -Infinity, DCMTK nan and inf, XML Schema INF and -INF."""


def non_finite_text(number: float) -> str:
    """Return the word for a number that is not finite."""
    return "NaN" if number != number else "Infinity" if number > 0 else "-Infinity"


def number_of_text(text: str) -> str | int | float:
    """Return the number that text means, for a model that has numbers as text only; other text as it is."""
    stripped = text.strip(" ")
    if _INTEGER.fullmatch(stripped):
        return -0.0 if stripped == "-0" else int(stripped)
    return float(stripped) if _REAL.fullmatch(stripped) else text


def empty_value(vr: VR) -> Value:
    """Return what an element of zero length has as its value."""
    if vr.kind is Kind.NAME:
        return PersonName("")
    if vr.kind in (Kind.TEXT, Kind.UID):
        return UID("") if vr is VR.UI else ""
    return b"" if vr.kind is Kind.BINARY else None


def without_empty_end(parts: list[str], delimiter: str) -> str:
    """Return the text of components or groups of a person name, those left out that are empty and at the end."""
    count = len(parts)
    while count and not parts[count - 1]:
        count -= 1
    return delimiter.join(parts[:count])


def without_surrogates(text: str) -> str:
    """Return text with U+FFFD for each half of a surrogate pair, which UTF-8 cannot say."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def typed_value(vr: VR, parts: list[Scalar], note: Note) -> Value:
    """Return the value of an element of which the model says `parts`, None being an empty one.

    `note` is called with what was wrong and what was done about it. Raises ValueDecodeError for what the VR cannot
    hold: an object, a truth value, a number out of range, a tag that is none.
    """
    if not parts:
        return empty_value(vr)
    if vr.kind is Kind.NUMBER and len(parts) > 1:
        numbers = _plain_numbers(vr, parts)
        if numbers is not None:
            return MultiValue(numbers)
    if vr.multi and any(isinstance(part, str) and "\\" in part for part in parts):
        # PS3.18 F.2.4: whatever is written as a backslash will separate values.
        note("a backslash in a value separates values (PS3.5 6.4)", "split there")
        parts = [piece for part in parts for piece in (part.split("\\") if isinstance(part, str) else (part,))]
    convert = _CONVERT[vr.kind]
    if len(parts) == 1:
        only = parts[0]
        return empty_value(vr) if only is None else convert(vr, only, note)
    plain = _PLAIN_OF[vr._value_]
    values: list[Value] = [plain(vr, part) for part in parts]
    if None in values:
        values = [convert(vr, part, note) for part in parts]
    if vr.kind is Kind.TEXT and not vr.multi:
        note(f"{len(values)} values where {vr} has one (PS3.5 6.4)", "joined by backslashes")
        return "\\".join(values)
    return MultiValue(values)


def plain_value(vr: VR, part: Scalar) -> Value | None:
    """Return the value that one part is, if it takes no second look; None else, which says nothing of the part."""
    return _PLAIN_OF[vr._value_](vr, part)


def _plain_numbers(vr: VR, parts: list[Any]) -> list[Any] | None:
    """Return numbers that need no conversion, None if one does; long tables go this way."""
    code = vr.struct_code
    kind = float if code in ("f", "d") else int
    if any(type(part) is not kind for part in parts):
        return None
    try:
        data = pack(f"<{len(parts)}{code}", *parts)
    except (error, OverflowError):
        return None
    numbers = list(unpack(f"<{len(parts)}{code}", data))
    return numbers if kind is int or all(map(isfinite, numbers)) else None


def _wrong(vr: VR, part: object, expected: str) -> ValueDecodeError:
    shown = escaped(part) if isinstance(part, (str, int, float)) else type(part).__name__
    return ValueDecodeError(f"{expected} expected", vr=vr, value=shown)


def _is_number(part: object) -> TypeGuard[int | float]:
    """Return whether something is a number; to Python a truth value is one too."""
    return isinstance(part, (int, float)) and not isinstance(part, bool)


def _as_text(vr: VR, part: Scalar, note: Note) -> str:
    if isinstance(part, str):
        if not part.isascii() and _SURROGATES.search(part):
            note("half of a surrogate pair, which is no character", "replaced by U+FFFD")
            return _SURROGATES.sub("\ufffd", part)
        return part if type(part) is str else str.__str__(part)
    if part is None:
        return ""
    if not _is_number(part) or not -_MOST < part < _MOST:
        raise _wrong(vr, part, "text")
    note("a number where text is expected", "taken as its text")
    return str(part)


def _text(vr: VR, part: Scalar, note: Note) -> str:
    return _as_text(vr, part, note)


def _uid(vr: VR, part: Scalar, note: Note) -> UID:
    return UID(_as_text(vr, part, note).strip(" \0"))


def _name(vr: VR, part: Scalar, note: Note) -> PersonName:
    return PersonName(_as_text(vr, part, note))


def _temporal(vr: VR, part: Scalar, note: Note) -> Value:
    text = _as_text(vr, part, note).rstrip(" ")
    return _TEMPORAL[vr](text) if text else None


def _tag(vr: VR, part: Scalar, note: Note) -> Tag:
    if not isinstance(part, str):
        raise _wrong(vr, part, "a tag of eight hexadecimal digits")
    try:
        return Tag(part.strip(" "))
    except UnknownTagError:
        raise _wrong(vr, part, "a tag of eight hexadecimal digits") from None


def _bytes(vr: VR, part: Scalar, note: Note) -> Value:
    raise _wrong(vr, part, "bytes, as InlineBinary or BulkData,")


# -- DS and IS ---------------------------------------------------------------------------------------------------------


def _number_text(vr: VR, part: Scalar, note: Note) -> Value:
    if part is None:
        return None
    if isinstance(part, str):
        text = _as_text(vr, part, note).strip(" ")
        if not text:
            return None
        return _decimal_of(text, note) if vr is VR.DS else _integer_of(text, note)
    if not _is_number(part):
        raise _wrong(vr, part, "a number")
    if isinstance(part, int) and not -_MOST < part < _MOST:
        raise _wrong(vr, "…", "a number of this size")
    try:
        return _decimal_number(part, note) if vr is VR.DS else _integer_number(part, note)
    except ValueEncodeError:
        raise _wrong(vr, part, "a number") from None


def _decimal_of(text: str, note: Note) -> Value:
    try:
        return DSfloat(text)
    except ValueDecodeError:
        note(f"'{escaped(text, 32)}' is no decimal string", "kept as text")
        return text


def _integer_of(text: str, note: Note) -> Value:
    if len(text) <= _MOST_DIGITS:
        try:
            return ISint(text)
        except ValueDecodeError:
            pass
    try:
        number = DSfloat(text)
    except ValueDecodeError:
        note(f"'{escaped(text, 32)}' is no integer", "kept as text")
        return text
    note(f"'{escaped(text, 32)}' is no integer", "kept as a number with a fraction")
    return number


def _decimal_number(part: float, note: Note) -> Value:
    if not isfinite(part):
        note("not a finite number", "kept as text")
        return str(float(part))
    if isinstance(part, DSfloat):
        # The text that a JSON number had in its document; too long for a DS, it is no better than the number.
        text = part.original_text
        return part if text is None or len(text) <= _LONGEST_DS else DSfloat(float(part))
    if isinstance(part, int) and -_LARGEST_IN_DS < part < _LARGEST_IN_DS:
        return DSfloat(int.__repr__(part))  # written without a fraction, it stays without one
    return DSfloat(part)


def _integer_number(part: float, note: Note) -> Value:
    if isinstance(part, int):
        return part if isinstance(part, ISint) else ISint(part)
    if part.is_integer() and -_MOST < part < _MOST:
        return ISint(int(part))
    number = _decimal_number(part, note)
    if isinstance(number, DSfloat):
        note(f"{float(number)!r} is no integer", "kept as a number with a fraction")
    return number


# -- binary numbers ----------------------------------------------------------------------------------------------------


def _number(vr: VR, part: Scalar, note: Note) -> float:
    return _real(vr, part, note) if vr.struct_code in ("f", "d") else _whole(vr, part, note)


def _whole(vr: VR, part: Scalar, note: Note) -> int:
    bits = 8 * vr.itemsize
    lowest, highest = (-(1 << bits - 1), (1 << bits - 1) - 1) if vr.value[0] == "S" else (0, (1 << bits) - 1)
    number: int
    if isinstance(part, str):
        text = part.strip(" ")
        if not _INTEGER.fullmatch(text):
            raise _wrong(vr, part, "an integer")
        if vr not in (VR.SV, VR.UV):  # the two that may be strings, PS3.18 Table F.2.3-1
            note("text where a number is expected", "taken as a number")
        number = int(text)
    elif _is_number(part) and (isinstance(part, int) or part.is_integer()):
        number = int(part)
    else:
        raise _wrong(vr, part, "an integer")
    if not lowest <= number <= highest:
        raise _wrong(vr, str(number) if -_MOST < number < _MOST else "…", f"a number from {lowest} to {highest}")
    return number


def _real(vr: VR, part: Scalar, note: Note) -> float:
    if part is None:
        # What dcm4che writes for NaN; a field of binary numbers has no empty ones.
        note("an empty value among numbers", "taken as NaN")
        return nan
    if isinstance(part, str):
        text = part.strip(" ")
        number = _NON_FINITE.get(text.lower())
        if number is not None:
            return number
        if not _REAL.fullmatch(text):
            raise _wrong(vr, part, "a number")
        note("text where a number is expected", "taken as a number")
        number = float(text)
    elif not _is_number(part):
        raise _wrong(vr, part, "a number")
    else:
        try:
            number = float(part)
        except OverflowError:
            raise _wrong(vr, "…", "a number of this size") from None
        if not isfinite(number):
            note("a number that is none to JSON", f"taken as {number}")
            return number
    if vr is VR.FD:
        return number
    try:
        single: float = _SINGLE.unpack(_SINGLE.pack(number))[0]
    except OverflowError:
        raise _wrong(vr, part, "a number of single precision") from None
    return single


# -- parts that are as they should be ----------------------------------------------------------------------------------


def _plain_text(vr: VR, part: Scalar) -> str | None:
    return part if type(part) is str and part.isascii() and "\\" not in part else None


def _plain_uid(vr: VR, part: Scalar) -> UID | None:
    return UID(part.strip(" \0")) if type(part) is str and part.isascii() and "\\" not in part else None


def _plain_name(vr: VR, part: Scalar) -> PersonName | None:
    return PersonName(part) if type(part) is str and part.isascii() and "\\" not in part else None


def _plain_temporal(vr: VR, part: Scalar) -> Value | None:
    if type(part) is not str or not part.isascii() or "\\" in part:
        return None
    return _TEMPORAL[vr](part.rstrip(" ")) if part.rstrip(" ") else None


def _plain_number_text(vr: VR, part: Scalar) -> Value | None:
    kind = type(part)
    if kind is int and -_LARGEST_IN_DS < part < _LARGEST_IN_DS:  # type: ignore[operator]  # it is one
        return ISint(part) if vr is VR.IS else DSfloat(int.__repr__(part))  # type: ignore[arg-type]
    if kind is not DSfloat or vr is VR.IS:
        return None
    text = part.original_text  # type: ignore[attr-defined]  # it is one
    return part if text is not None and len(text) <= _LONGEST_DS else None


def _plain_number(vr: VR, part: Scalar) -> float | None:
    if type(part) is not int or vr.struct_code in ("f", "d"):
        return None
    bits = 8 * vr.itemsize
    lowest, highest = (-(1 << bits - 1), (1 << bits - 1) - 1) if vr._value_[0] == "S" else (0, (1 << bits) - 1)
    return part if lowest <= part <= highest else None


def _never_plain(vr: VR, part: Scalar) -> None:
    return None


_PLAIN: dict[Kind, Callable[[VR, Scalar], Value | None]] = {
    Kind.TEXT: _plain_text,
    Kind.UID: _plain_uid,
    Kind.NAME: _plain_name,
    Kind.NUMBER_TEXT: _plain_number_text,
    Kind.TEMPORAL: _plain_temporal,
    Kind.NUMBER: _plain_number,
    Kind.TAG: _never_plain,
    Kind.BINARY: _never_plain,
    Kind.SEQUENCE: _never_plain,
}
_PLAIN_OF = {vr._value_: _PLAIN[vr.kind] for vr in VR}

_CONVERT: dict[Kind, Convert] = {
    Kind.TEXT: _text,
    Kind.UID: _uid,
    Kind.NAME: _name,
    Kind.NUMBER_TEXT: _number_text,
    Kind.TEMPORAL: _temporal,
    Kind.NUMBER: _number,
    Kind.TAG: _tag,
    Kind.BINARY: _bytes,
}
