"""The Python values that may be set on an element: from whatever a caller has to a list of plain ones (PS3.5 6.4)."""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct, calcsize

from dicomkit.errors import ValueEncodeError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.core.vr import VR

__all__ = ["NUMBER_FORMATS", "array_of", "items_of", "padded", "plain", "strings_of"]

NUMBER_FORMATS = frozenset("bBhHiIlLqQnNefd?")
"""The formats of the buffer protocol (PEP 3118) that hold numbers; others are structures and objects."""


def padded(data: bytes, vr: VR) -> bytes:
    """Return a value made even with the padding of its VR (PS3.5 6.2, 7.1.1)."""
    return data + vr.padding if len(data) % 2 else data


def plain(value: object) -> object:
    """Return a scalar of an array library (``numpy.int16(3)``) as the Python number or text that it holds."""
    if type(value).__module__ != "builtins" and hasattr(value, "dtype"):
        item = getattr(value, "item", None)
        if callable(item) and getattr(value, "size", 1) == 1:
            result: object = item()
            return result
    return value


def items_of(value: object, vr: VR) -> list[object]:
    """Return the values of an element as a list: none for None, several for text with backslashes in a multi-value VR.

    Raises ValueEncodeError for bytes, which have no values but in the VRs of bytes.
    """
    if value is None:
        return []
    if isinstance(value, str):
        # What ported code writes, and how the values are separated in the file.
        return [*value.split("\\")] if vr.multi and "\\" in value else [value]
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise ValueEncodeError("bytes are no value of this VR", vr=vr, value=value)
    tolist = getattr(value, "tolist", None)
    if callable(tolist):
        return _flat(tolist())
    if isinstance(value, Iterable):
        return list(value)
    return [value]


def _flat(value: object) -> list[object]:
    """Return the leaves of nested lists, in order."""
    if not isinstance(value, list):
        return [value]
    while any(isinstance(item, list) for item in value):
        value = [leaf for item in value for leaf in (item if isinstance(item, list) else (item,))]
    return value


def strings_of(value: object, vr: VR) -> list[str]:
    """Return the texts of an element; raise ValueEncodeError for what is no text. None among them is an empty one."""
    texts = []
    for item in items_of(value, vr):
        text = "" if item is None else item
        if not isinstance(text, str):
            raise ValueEncodeError(f"text is needed, not {type(item).__name__}", vr=vr, value=item)
        # A subclass may have its own idea of how it looks; the characters count.
        texts.append(str.__str__(text))
    return texts


def array_of(value: object, vr: VR) -> tuple[str, list[object]] | None:
    """Return the format and the numbers of an array (buffer protocol), None for anything else.

    Raises ValueEncodeError for bytes, which have no values but in the VRs of bytes, and for truth values.
    """
    if isinstance(value, (list, tuple, str, int, float)) or value is None:
        return None
    if isinstance(value, (bytes, bytearray)):
        raise ValueEncodeError("bytes are no value of this VR", vr=vr, value=value)
    try:
        view = memoryview(value)  # type: ignore[arg-type]  # asking is the only test that works for C types
    except (TypeError, ValueError, BufferError):
        return None
    order, code = (view.format[0], view.format[1:]) if view.format[:1] in tuple("@=<>!") else ("@", view.format)
    if code == "?":
        raise ValueEncodeError("a bool is no number; use int()", vr=vr)
    if code not in NUMBER_FORMATS:
        return None
    content = view.tobytes()
    return code, [*Struct(f"{order}{len(content) // calcsize(order + code)}{code}").unpack(content)]
