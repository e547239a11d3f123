"""Bytes: OB, OD, OF, OL, OV, OW and UN (PS3.5 6.2 and 7.3)."""

from __future__ import annotations

import sys

from dicomkit.encoding.values.numbers import pack_numbers
from dicomkit.encoding.values.python_values import NUMBER_FORMATS, items_of, padded
from dicomkit.errors import ValueEncodeError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.core.vr import VR
    from dicomkit.encoding.values.context import Value, ValueContext

__all__ = ["decode_bytes", "encode_bytes"]


def decode_bytes(vr: VR, data: bytes, context: ValueContext) -> Value:
    """Return the bytes as they are in the file, in the byte order of the data set."""
    return data


def encode_bytes(vr: VR, value: object, context: ValueContext) -> bytes:
    """Return the bytes of a value.

    Bytes are taken as they are, in the byte order of the data set. Arrays and lists of numbers are written in that
    order, an array with the size that its numbers have, a list with that of the VR.
    """
    if value is None:
        return b""
    if isinstance(value, (bytes, bytearray)):
        return padded(bytes(value), vr)
    if isinstance(value, (str, int, float)):
        raise ValueEncodeError(f"bytes are needed, not {type(value).__name__}", vr=vr, value=value)
    if isinstance(value, (list, tuple)):
        return padded(pack_numbers(vr, items_of(value, vr), context), vr)
    try:
        view = memoryview(value)  # type: ignore[arg-type]  # asking is the only test that works for C types
    except (TypeError, ValueError, BufferError):
        raise ValueEncodeError(f"bytes are needed, not {type(value).__name__}", vr=vr, value=value) from None
    if view.itemsize > 1 and view.format.lstrip("@=<>!") not in NUMBER_FORMATS:
        raise ValueEncodeError("bytes or numbers are needed, not records", vr=vr)
    return padded(_in_order(view, context.is_little_endian), vr)


def _in_order(view: memoryview, is_little_endian: bool) -> bytes:
    """Return the bytes of an array with each number in the byte order of the data set."""
    content = view.tobytes()
    size = view.itemsize
    prefix = view.format[:1]
    is_little = prefix == "<" or (prefix not in (">", "!") and sys.byteorder == "little")
    if size == 1 or is_little == is_little_endian:
        return content
    # Byte k of each number goes to where byte size-1-k was.
    swapped = bytearray(len(content))
    for place in range(size):
        swapped[place::size] = content[size - 1 - place :: size]
    return bytes(swapped)
