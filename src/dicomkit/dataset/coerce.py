"""What a caller may put into an element, turned into the type that its VR has when read (design: values by VR)."""

from __future__ import annotations

from dicomkit.core.multi_value import MultiValue
from dicomkit.core.number import DSfloat, ISint
from dicomkit.core.person_name import PersonName
from dicomkit.core.tag import Tag
from dicomkit.core.temporal import Age, Date, DateTime, Time
from dicomkit.core.uid import UID
from dicomkit.core.vr import VR, Kind
from dicomkit.dataset.sequence import Sequence
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

_TEMPORAL = {VR.DA: Date, VR.TM: Time, VR.DT: DateTime, VR.AS: Age}


def coerce(vr: VR | str, value: object, tag: int) -> Value:
    """Return `value` as the type that `vr` has; ValueEncodeError if it is none of what the VR can hold.

    `vr` may be one of the dictionary's "US or SS" and the like: numbers stay numbers, bytes stay bytes.
    """
    try:
        if isinstance(vr, VR):
            return _CONVERT[vr.kind](vr, value)
        return _ambiguous(value)
    except DicomError as error:
        if isinstance(error, ValueEncodeError) and error.tag is not None:
            raise
        raise ValueEncodeError(f"not a value of {vr}: {_reason(error)}", tag=tag, vr=str(vr), value=value) from error
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueEncodeError(f"not a value of {vr}: {error}", tag=tag, vr=str(vr), value=value) from error


def _reason(error: DicomError) -> str:
    return str(error.args[0]) if error.args else str(error)


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
        return part if isinstance(part, UID) else UID(part.strip(" \0")) if part else ""

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
        return part if isinstance(part, DSfloat) else DSfloat(float(part))  # type: ignore[arg-type]

    def whole(part: object) -> ISint | None:
        if part is None or part == "":
            return None
        if isinstance(part, (str, ISint)):
            return ISint(part)
        number = int(part)  # type: ignore[call-overload]
        if number != part:
            raise ValueError(f"{part!r} is not a whole number")
        return ISint(number)

    return _many(vr, value, None, real if vr is VR.DS else whole)


def _temporal(vr: VR, value: object) -> Value:
    kind: Any = _TEMPORAL[vr]  # one of four classes whose from_python takes different types

    def one(part: object) -> Value:
        if part is None or part == "":
            return None
        return part if isinstance(part, kind) else kind(part) if isinstance(part, str) else kind.from_python(part)

    return _many(vr, value, None, one)


def _number(vr: VR, value: object) -> Value:
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError("a number expected, not bytes")
    if vr in (VR.FL, VR.FD):
        return _many(vr, value, None, float)
    size = 8 * vr.itemsize
    lowest, highest = (-(1 << size - 1), (1 << size - 1) - 1) if vr.value[0] == "S" else (0, (1 << size) - 1)

    def whole(part: Any) -> int:
        number = part.__index__() if hasattr(part, "__index__") else int(part)
        if not isinstance(part, str) and number != part:
            raise ValueError(f"{part!r} is not a whole number")
        if not lowest <= number <= highest:
            raise ValueError(f"{number} is outside {lowest} to {highest}")
        return int(number)

    return _many(vr, value, None, whole)


def _tag(vr: VR, value: object) -> Value:
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(part, int) and part < 0x10000 for part in value):
        return Tag(value[0], value[1])
    return _many(vr, value, None, Tag)


def _bytes(vr: VR, value: object) -> Value:
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, (str, list, tuple, int)) or not hasattr(value, "__array__"):
        raise TypeError(f"bytes expected, not {type(value).__name__}")
    return memoryview(value).tobytes()  # type: ignore[arg-type]  # an array has a buffer


def _sequence(vr: VR, value: object) -> Value:
    if value is None:
        return Sequence()
    if isinstance(value, Sequence):
        return value
    if isinstance(value, (list, tuple)):
        return Sequence(value)
    raise TypeError(f"a list of data sets expected, not {type(value).__name__}")


def _ambiguous(value: object) -> Value:
    """A value whose VR another element decides later: numbers of 16 bits, or bytes."""
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    return _many(VR.US, value, None, int)


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
