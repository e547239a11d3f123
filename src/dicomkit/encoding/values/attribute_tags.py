"""Tags as values: AT (PS3.5 6.2)."""

from __future__ import annotations

from struct import pack, unpack

from dicomkit.core.issue import IssueCode
from dicomkit.core.multi_value import MultiValue
from dicomkit.core.tag import Tag
from dicomkit.encoding.values.python_values import array_of, items_of, plain
from dicomkit.errors import UnknownTagError, ValueEncodeError, counted

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.core.vr import VR
    from dicomkit.encoding.values.context import Value, ValueContext

__all__ = ["decode_tags", "encode_tags"]


def decode_tags(vr: VR, data: bytes, context: ValueContext) -> Value:
    """Return the tags, None for an empty value; bytes that make no whole tag are left out and reported."""
    count, rest = divmod(len(data), 4)
    if rest:
        message = f"{vr}: {counted(len(data), 'byte')}, where each tag has 4"
        context.report(IssueCode.VALUE_LENGTH, message, f"the last {counted(rest, 'byte')} left out")
    # A tag is two 16-bit numbers, each in the byte order of the data set.
    halves = unpack(f"{'<' if context.is_little_endian else '>'}{2 * count}H", data[: 4 * count])
    make = int.__new__
    tags = [make(Tag, group << 16 | element) for group, element in zip(halves[::2], halves[1::2], strict=True)]
    if count < 2:
        return tags[0] if tags else None
    return MultiValue(tags)


def encode_tags(vr: VR, value: object, context: ValueContext) -> bytes:
    """Return the bytes of tags; raise ValueEncodeError for what is none.

    A tag is a Tag, a number, text such as "(0010,0010)", or a tuple of group and element; so a tuple of two numbers
    below 10000 (hexadecimal) is one tag, and a list always several.
    """
    array = array_of(value, vr)
    if array is not None:
        items = array[1]
    elif isinstance(value, tuple) and len(value) == 2 and not any(isinstance(part, (Tag, str)) for part in value):
        items = [value]
    else:
        items = items_of(value, vr)
    halves: list[int] = []
    for item in items:
        item = plain(item)
        try:
            if isinstance(item, bool):
                raise UnknownTagError(tag=item)
            tag = Tag(item)  # type: ignore[arg-type]  # Tag itself refuses what it cannot take
        except UnknownTagError:
            raise ValueEncodeError("not a tag", vr=vr, value=item) from None
        halves += (tag >> 16, tag & 0xFFFF)
    return pack(f"{'<' if context.is_little_endian else '>'}{len(halves)}H", *halves)
