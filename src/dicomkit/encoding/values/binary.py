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

__all__ = ["decode_bytes", "encode_bytes", "little_endian"]


def decode_bytes(vr: VR, data: bytes, context: ValueContext) -> Value:
    """Return the bytes as they are in the file."""
    return data


def encode_bytes(vr: VR, value: object, context: ValueContext) -> bytes:
    """Return the bytes of a value; bytes are themselves, arrays and lists of numbers become little endian.

    In memory these VRs are little endian, whatever the data set is, and who writes a big endian one swaps: only so
    does a value mean the same wherever it goes. An array keeps the size of its numbers, a list gets that of the VR.
    """
    if value is None:
        return b""
    if isinstance(value, (bytes, bytearray)):
        return padded(bytes(value), vr)
    if isinstance(value, (str, int, float)):
        raise ValueEncodeError(f"bytes are needed, not {type(value).__name__}", vr=vr, value=value)
    if isinstance(value, (list, tuple)):
        return padded(pack_numbers(vr, items_of(value, vr), True), vr)
    return padded(little_endian(value, vr), vr)


def little_endian(value: object, vr: VR) -> bytes:
    """Return the numbers of an array, of anything with a buffer, as little endian bytes; else a ValueEncodeError."""
    try:
        view = memoryview(value)  # type: ignore[arg-type]  # asking is the only test that works for C types
    except (TypeError, ValueError, BufferError):
        raise ValueEncodeError(f"bytes are needed, not {type(value).__name__}", vr=vr, value=value) from None
    if view.itemsize > 1 and view.format.lstrip("@=<>!") not in NUMBER_FORMATS:
        raise ValueEncodeError("bytes or numbers are needed, not records", vr=vr)
    content = view.tobytes()
    size = view.itemsize
    prefix = view.format[:1]
    if size == 1 or prefix == "<" or (prefix not in (">", "!") and sys.byteorder == "little"):
        return content
    # Byte k of each number goes to where byte size-1-k was.
    swapped = bytearray(len(content))
    for place in range(size):
        swapped[place::size] = content[size - 1 - place :: size]
    return bytes(swapped)
