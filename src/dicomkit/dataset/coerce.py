"""What a caller may put into an element, turned into the type that its VR has when read (PS3.5 6.2).

Three things may be wrong with a value. What cannot be understood as its VR, ``"yesterday"`` as DA or 70000 as US, is a
ValueEncodeError where it is put. What is understood but not as the standard writes it, ``"2020.01.02"`` as DA or 17
characters as SH, is put, and `Dataset.check` finds it. A value that has the type of its VR already was read, or made so
on purpose: it is taken as it is, so that elements of defective files can be handed on.
"""

from __future__ import annotations

from functools import partial
from math import isfinite
from struct import pack

from dicomkit.core.multi_value import MultiValue
from dicomkit.core.number import DSfloat, ISint
from dicomkit.core.person_name import PersonName
from dicomkit.core.tag import Tag
from dicomkit.core.temporal import Age, Date, DateTime, Time
from dicomkit.core.uid import UID
from dicomkit.core.vr import VR, Kind
from dicomkit.dataset.sequence import Sequence
from dicomkit.encoding.charset import check_declaration
from dicomkit.encoding.values.binary import little_endian
from dicomkit.encoding.values.dates import TYPES, is_understood
from dicomkit.encoding.values.numbers import LUT_DESCRIPTOR_TAGS
from dicomkit.errors import DicomError, ValueEncodeError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    Value: TypeAlias = Any  # one of the types of the table of values; which one depends on the VR
else:
    Value = object

__all__ = ["Value", "coerce"]

_SPECIFIC_CHARACTER_SET = 0x00080005
_UID_CHARACTERS = frozenset("0123456789.")

# What text says something as these VRs, and how it is written (PS3.5 Table 6.2-1).
_FORMS: dict[VR, tuple[Callable[[str], bool], str]] = {
    VR.DA: (partial(is_understood, Date), "YYYYMMDD"),
    VR.TM: (partial(is_understood, Time), "HH, HHMM, HHMMSS or HHMMSS.FFFFFF"),
    VR.DT: (partial(is_understood, DateTime), "YYYYMMDDHHMMSS.FFFFFF&ZZXX, or less from the year on"),
    VR.AS: (partial(is_understood, Age), "nnnD, nnnW, nnnM or nnnY"),
    VR.UI: (_UID_CHARACTERS.issuperset, "digits and periods"),
}
# Numbers are understood by what makes them: DSfloat, ISint, int, float and Tag.


def coerce(vr: VR | str, value: object, tag: int) -> Value:
    """Return `value` as the type that `vr` has; ValueEncodeError if it is none of what the VR can hold.

    `vr` may be one of the dictionary's "US or SS" and the like: numbers stay numbers, bytes stay bytes.
    """
    try:
        if isinstance(vr, VR):
            if vr is VR.SS and tag in LUT_DESCRIPTOR_TAGS:
                return _descriptor(value)
            converted = _CONVERT[vr.kind](vr, value)
            if tag == _SPECIFIC_CHARACTER_SET and converted:
                check_declaration(converted if isinstance(converted, list) else [str(converted)])
            return converted
        return _ambiguous(vr, value)
    except DicomError as error:
        if isinstance(error, ValueEncodeError) and error.tag is not None:
            raise
        raise ValueEncodeError(_reason(error), tag=tag, vr=str(vr), value=value) from error
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueEncodeError(_reason(error), tag=tag, vr=str(vr), value=value) from error


def _reason(error: Exception) -> str:
    if isinstance(error, DicomError):
        return (str(error.args[0]) if error.args else "") or str(error)
    # Python's own words about text that is no number repeat the text, which the error has.
    return str(error) if not str(error).startswith(("invalid literal", "could not convert string")) else "no number"


def _many(vr: VR, value: object, empty: Value, one: Callable[[Any], Value]) -> Value:
    """One value, or several: text is split at backslashes where the VR allows several (PS3.5 6.4)."""
    if value is None:
        return empty
    if isinstance(value, (bytes, bytearray)):
        value = value.decode("ascii")
    if isinstance(value, str):
        if vr.multi and "\\" in value:
            return MultiValue([one(part.strip(" ")) for part in value.split("\\")])
        return one(value)
    if isinstance(value, (list, tuple)) or _is_array(value):
        parts = [one(part) for part in value]  # type: ignore[attr-defined]  # a list, a tuple or an array
        if not parts:
            return empty
        return parts[0] if len(parts) == 1 else MultiValue(parts)
    return one(value)


def _is_array(value: object) -> bool:
    return hasattr(value, "__array__") and getattr(value, "ndim", 0) > 0


def _understood(vr: VR, text: str) -> str:
    is_understood, form = _FORMS[vr]
    if not is_understood(text):
        raise ValueError(f"it is written as {form}")
    return text


def _text(vr: VR, value: object) -> Value:
    def one(part: object) -> str:
        if isinstance(part, str):
            return part if type(part) is str else str.__str__(part)
        if part is None:
            return ""
        raise TypeError(f"text expected, not {type(part).__name__}")

    return _many(vr, value, "", one)


def _uid(vr: VR, value: object) -> Value:
    def one(part: object) -> UID | str:
        if not isinstance(part, str):
            raise TypeError(f"a UID expected, not {type(part).__name__}")
        return part if isinstance(part, UID) else UID(_understood(vr, part.strip(" \0"))) if part else ""

    return _many(vr, value, "", one)


def _name(vr: VR, value: object) -> Value:
    def one(part: object) -> PersonName:
        if part is None:
            return PersonName("")
        if not isinstance(part, str) and not hasattr(part, "ideographic"):
            raise TypeError(f"a person name expected, not {type(part).__name__}")
        return part if isinstance(part, PersonName) else PersonName(str(part))

    return _many(vr, value, PersonName(""), one)


def _number_text(vr: VR, value: object) -> Value:
    def real(part: object) -> DSfloat | None:
        if part is None or part == "":
            return None
        if isinstance(part, str):
            return DSfloat(part)
        if isinstance(part, DSfloat):
            return part
        _refuse_bool(part)
        number = float(part)  # type: ignore[arg-type]
        if not isfinite(number):
            raise ValueError(f"{number} is no decimal string")
        # A single-precision number is meant by its own digits, not by those that more precision adds.
        return DSfloat(float(str(part)) if getattr(part, "itemsize", 8) == 4 and not isinstance(part, int) else number)

    def whole(part: object) -> ISint | None:
        if part is None or part == "":
            return None
        if isinstance(part, (str, ISint)):
            return ISint(part)
        return ISint(_whole(part))

    return _many(vr, value, None, real if vr is VR.DS else whole)


def _temporal(vr: VR, value: object) -> Value:
    kind: Any = TYPES[vr]  # one of four classes whose from_python takes different types

    def one(part: object) -> Value:
        if part is None or part == "":
            return None
        if isinstance(part, kind):
            return part
        return kind(_understood(vr, part)) if isinstance(part, str) else kind.from_python(part)

    return _many(vr, value, None, one)


def _number(vr: VR, value: object) -> Value:
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError("a number expected, not bytes")
    if vr is VR.FL or vr is VR.FD:
        return _many(vr, value, None, _single if vr is VR.FL else _double)
    size = 8 * vr.itemsize
    return _integers(
        vr, value, *((-(1 << size - 1), (1 << size - 1) - 1) if vr.value[0] == "S" else (0, (1 << size) - 1))
    )


def _integers(vr: VR, value: object, lowest: int, highest: int) -> Value:
    def one(part: object) -> int:
        number = _whole(part)
        if not lowest <= number <= highest:
            raise ValueError(f"{number} is outside {lowest} to {highest}")
        return number

    return _many(vr, value, None, one)


def _refuse_bool(part: object) -> None:
    if isinstance(part, bool):
        raise TypeError("a bool is no number; use int()")


def _whole(part: Any) -> int:
    _refuse_bool(part)
    number = part.__index__() if hasattr(part, "__index__") else int(part)
    if not isinstance(part, str) and number != part:
        raise ValueError(f"{part!r} is not a whole number")
    return int(number)


def _double(part: Any) -> float:
    _refuse_bool(part)
    return float(part)


def _single(part: Any) -> float:
    number = _double(part)
    pack("<f", number)  # an OverflowError beyond what 32 bits hold
    return number


def _descriptor(value: object) -> Value:
    """The numbers of a lookup table descriptor of VR SS: the first is the count of entries, without a sign."""
    numbers = _integers(VR.SS, value, -32768, 65535)
    if not isinstance(numbers, list):
        return _integers(VR.SS, numbers, -32768, 32767)
    if numbers[0] < 0:
        raise ValueError(f"{numbers[0]} entries in a lookup table")
    _integers(VR.SS, numbers[1:], -32768, 32767)
    return numbers


def _tag(vr: VR, value: object) -> Value:
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(part, int) and part < 0x10000 for part in value):
        return Tag(value[0], value[1])
    return _many(vr, value, None, Tag)


def _bytes(vr: VR, value: object) -> Value:
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    return little_endian(value, vr)


def _sequence(vr: VR, value: object) -> Value:
    if value is None:
        return Sequence()
    if isinstance(value, Sequence):
        return value
    if isinstance(value, (list, tuple)):
        return Sequence(value)
    raise TypeError(f"a list of data sets expected, not {type(value).__name__}")


def _ambiguous(vr: str, value: object) -> Value:
    """A value whose VR another element decides later: numbers of 16 bits, or bytes."""
    if "US" not in vr:
        return _bytes(VR.OW, value)
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, (bytearray, memoryview)):
        return little_endian(value, VR.OW)
    return _integers(VR.US, value, -32768, 65535)


_CONVERT: dict[Kind, Callable[[VR, object], Value]] = {
    Kind.TEXT: _text,
    Kind.UID: _uid,
    Kind.NAME: _name,
    Kind.NUMBER_TEXT: _number_text,
    Kind.TEMPORAL: _temporal,
    Kind.NUMBER: _number,
    Kind.TAG: _tag,
    Kind.BINARY: _bytes,
    Kind.SEQUENCE: _sequence,
}
