"""Headers of elements and items as bytes, and what an encoded data set is made of (PS3.5 7.1, 7.5)."""

from __future__ import annotations

from struct import Struct

from dicomkit.core.tag import Tag
from dicomkit.core.vr import VR
from dicomkit.errors import ValueEncodeError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from dicomkit.core.buffer import ByteSource

__all__ = ["ITEM_DELIMITER", "SEQUENCE_DELIMITER", "Form", "Pieces", "Span", "swapped"]

UNDEFINED_LENGTH = 0xFFFFFFFF
_ITEM, _ITEM_DELIMITER, _SEQUENCE_DELIMITER = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_LONGEST_SHORT = 0xFFFE
_COPY_CHUNK = 1 << 20


class Form:
    """How headers are written: with or without VR, in which byte order (PS3.5 7.1.2, 7.1.3, 7.3)."""

    __slots__ = ("_group_element", "_long", "_long_header", "_short_header", "is_implicit", "is_little_endian")

    def __init__(self, is_implicit: bool, is_little_endian: bool) -> None:
        order = "<" if is_little_endian else ">"
        self.is_implicit = is_implicit
        self.is_little_endian = is_little_endian
        self._group_element = Struct(order + "HH")
        self._long = Struct(order + "HHI")
        self._long_header = Struct(order + "HH2sHI")
        self._short_header = Struct(order + "HH2sH")

    @staticmethod
    def of(is_implicit: bool, is_little_endian: bool) -> Form:
        """Return the one form of these properties: forms are compared by identity."""
        return _FORMS[is_implicit, is_little_endian]

    def is_too_long(self, vr: VR, length: int) -> bool:
        """Whether a value does not fit the length field of its VR, and so goes as UN, little endian (PS3.5 6.2.2)."""
        return length > _LONGEST_SHORT and vr.length_bytes == 2 and not self.is_implicit

    def header(self, tag: int, vr: VR, length: int) -> bytes:
        """Return the header of an element; in Explicit VR a value too long for its VR goes as UN (PS3.5 6.2.2).

        Raises ValueEncodeError for a value that no header can announce.
        """
        if length > UNDEFINED_LENGTH:
            raise ValueEncodeError(
                f"a value of {length} bytes: at most 4 GiB fit an element (PS3.5 7.1.1)", tag=Tag(tag), vr=str(vr)
            )
        group, element = tag >> 16, tag & 0xFFFF
        if self.is_implicit:
            return self._long.pack(group, element, length)
        if vr.length_bytes == 2:
            if length <= _LONGEST_SHORT:
                return self._short_header.pack(group, element, vr.encode("ascii"), length)
            vr = VR.UN
        return self._long_header.pack(group, element, vr.encode("ascii"), 0, length)

    def item(self, length: int) -> bytes:
        """Return the header of an item (PS3.5 7.5.1)."""
        return self._long.pack(_ITEM >> 16, _ITEM & 0xFFFF, length)

    @property
    def item_delimiter(self) -> bytes:
        """The Item Delimitation Item."""
        return self._long.pack(_ITEM_DELIMITER >> 16, _ITEM_DELIMITER & 0xFFFF, 0)

    @property
    def sequence_delimiter(self) -> bytes:
        """The Sequence Delimitation Item."""
        return self._long.pack(_SEQUENCE_DELIMITER >> 16, _SEQUENCE_DELIMITER & 0xFFFF, 0)


EXPLICIT_LITTLE = Form(False, True)
IMPLICIT_LITTLE = Form(True, True)
EXPLICIT_BIG = Form(False, False)
# Implicit VR is little endian in the standard; a damaged file may be read as the fourth.
_FORMS = {
    (False, True): EXPLICIT_LITTLE,
    (True, True): IMPLICIT_LITTLE,
    (False, False): EXPLICIT_BIG,
    (True, False): Form(True, False),
}
ITEM_DELIMITER = EXPLICIT_LITTLE.item_delimiter
SEQUENCE_DELIMITER = EXPLICIT_LITTLE.sequence_delimiter


class Span:
    """A run of bytes to be copied unchanged from where a data set was read."""

    __slots__ = ("length", "offset", "source")

    def __init__(self, source: ByteSource, offset: int, length: int) -> None:
        self.source = source
        self.offset = offset
        self.length = length

    def chunks(self) -> Iterator[bytes]:
        """Iterate over the bytes, never holding more than a chunk."""
        offset, left = self.offset, self.length
        while left:
            data = self.source.read_at(offset, min(left, _COPY_CHUNK))
            if not data:
                raise ValueEncodeError(f"the source ends at {offset}, {left} bytes before what was to be copied")
            yield data
            offset += len(data)
            left -= len(data)


if TYPE_CHECKING:
    Piece: TypeAlias = bytes | memoryview | Span | "Pieces"


class Pieces:
    """Encoded bytes as a list of parts, some of them lists again; nothing is joined before it is written."""

    __slots__ = ("parts", "size")

    def __init__(self) -> None:
        self.parts: list[Piece] = []
        self.size = 0

    def add(self, part: bytes | memoryview) -> None:
        """Add bytes."""
        self.parts.append(part)
        self.size += len(part)

    def add_span(self, span: Span) -> None:
        """Add bytes to be copied; a span that continues the last one is joined to it."""
        if self.parts:
            last = self.parts[-1]
            if isinstance(last, Span) and last.source is span.source and last.offset + last.length == span.offset:
                self.parts[-1] = Span(span.source, last.offset, last.length + span.length)
                self.size += span.length
                return
        self.parts.append(span)
        self.size += span.length

    def add_pieces(self, pieces: Pieces) -> None:
        """Add another list of parts, as it is now."""
        self.parts.append(pieces)
        self.size += pieces.size

    def chunks(self) -> Iterator[bytes | memoryview]:
        """Iterate over all bytes in order, in chunks of bounded size where they come from a source."""
        stack = [iter(self.parts)]
        while stack:
            part = next(stack[-1], None)
            if part is None:
                stack.pop()
            elif isinstance(part, Pieces):
                stack.append(iter(part.parts))
            elif isinstance(part, Span):
                yield from part.chunks()
            else:
                yield part

    def to_bytes(self) -> bytes:
        """Return all bytes joined."""
        return b"".join(self.chunks())


def swapped(data: bytes, itemsize: int) -> bytes:
    """Return values in the other byte order; bytes behind the last whole value stay as they are (PS3.5 7.3)."""
    if itemsize == 1:
        return data
    whole = len(data) // itemsize * itemsize
    result = bytearray(data)
    for i in range(itemsize):
        result[i:whole:itemsize] = data[itemsize - 1 - i : whole : itemsize]
    return bytes(result)
