"""Binary numbers: FL, FD, SL, SS, SV, UL, US and UV (PS3.5 6.2 and 7.3)."""

from __future__ import annotations

from struct import Struct, error, pack, unpack

from dicomkit.core.issue import IssueCode
from dicomkit.core.multi_value import MultiValue
from dicomkit.core.vr import VR, Kind
from dicomkit.encoding.values.decimal_strings import integral
from dicomkit.encoding.values.python_values import array_of, items_of, plain
from dicomkit.errors import ValueEncodeError, counted

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.encoding.values.context import Value, ValueContext

__all__ = [
    "LUT_DESCRIPTOR_TAGS",
    "decode_descriptor",
    "decode_numbers",
    "encode_descriptor",
    "encode_numbers",
    "pack_numbers",
]

_ONE_LITTLE = {vr: Struct(f"<{vr.struct_code}").unpack for vr in VR if vr.kind is Kind.NUMBER}
_ONE_BIG = {vr: Struct(f">{vr.struct_code}").unpack for vr in VR if vr.kind is Kind.NUMBER}


def decode_numbers(vr: VR, data: bytes, context: ValueContext) -> Value:
    """Return the numbers, None for an empty value; bytes that make no whole number are left out and reported."""
    size = vr.itemsize
    if len(data) == size:
        number: int | float = (_ONE_LITTLE if context.is_little_endian else _ONE_BIG)[vr](data)[0]
        return number
    count, rest = divmod(len(data), size)
    if rest:
        message = f"{vr}: {counted(len(data), 'byte')}, where each number has {size}"
        context.report(IssueCode.VALUE_LENGTH, message, f"the last {counted(rest, 'byte')} left out")
        data = data[: count * size]
    if count < 2:
        return decode_numbers(vr, data, context) if count else None
    return MultiValue(unpack(f"{'<' if context.is_little_endian else '>'}{count}{vr.struct_code}", data))


def encode_numbers(vr: VR, value: object, context: ValueContext) -> bytes:
    """Return the bytes of numbers; raise ValueEncodeError for what is none, and for one that is out of range."""
    array = array_of(value, vr)
    return pack_numbers(vr, items_of(value, vr) if array is None else array[1], context.is_little_endian)


def pack_numbers(vr: VR, items: list[object], is_little_endian: bool) -> bytes:
    """Return the bytes of a list of numbers of the size and kind that the VR has."""
    if vr.struct_code in "fd":
        numbers: list[float] = [_real(item, vr) for item in items]
    else:
        numbers = [item if type(item) is int else integral(plain(item), vr) for item in items]
    try:
        return pack(f"{'<' if is_little_endian else '>'}{len(numbers)}{vr.struct_code}", *numbers)
    except (error, OverflowError):
        bits = vr.itemsize * 8
        raise ValueEncodeError(f"out of the range of {vr}, which has {bits} bits", vr=vr, value=items) from None


def _real(item: object, vr: VR) -> float:
    if type(item) is float:
        return item
    item = plain(item)
    if isinstance(item, (bool, str)) or not hasattr(item, "__float__"):
        raise ValueEncodeError(f"a number is needed, not {type(item).__name__}", vr=vr, value=item)
    try:
        return float(item)
    except (TypeError, ValueError, OverflowError):
        raise ValueEncodeError(f"out of the range of {vr}", vr=vr, value=item) from None


# Lookup table descriptors ---------------------------------------------------------------------------------------------

LUT_DESCRIPTOR_TAGS = frozenset((0x00281100, 0x00281101, 0x00281102, 0x00281103, 0x00283002))
"""The elements whose values `decode_descriptor` and `encode_descriptor` are for, where their VR is SS."""


def decode_descriptor(vr: VR, data: bytes, context: ValueContext) -> Value:
    """Return the three values of a lookup table descriptor of VR SS.

    Only the second, the first value mapped, is signed; the first, the number of entries, is not, although the VR is
    that of the second (PS3.3 C.7.6.3.1.5 and C.11.1.1.1).
    """
    value = decode_numbers(vr, data, context)
    if isinstance(value, MultiValue) and isinstance(value[0], int) and value[0] < 0:
        return MultiValue([value[0] + 65536, *value[1:]])
    return value


def encode_descriptor(vr: VR, value: object, context: ValueContext) -> bytes:
    """Return the bytes of a lookup table descriptor of VR SS, whose first value may be up to 65535."""
    array = array_of(value, vr)
    items = items_of(value, vr) if array is None else array[1]
    if len(items) > 1:
        entries = integral(plain(items[0]), vr)
        if not 0 <= entries < 65536:
            raise ValueEncodeError("the number of entries is 0 (for 65536) to 65535", vr=vr, value=value)
        items[0] = entries - 65536 if entries > 32767 else entries
    return pack_numbers(vr, items, context.is_little_endian)
