"""Plain builders of encoded data sets, right or wrong in every place (PS3.5 section 7, PS3.10 section 7).

Nothing here knows the library under test: every length, VR and delimiter can be given explicitly, so that a test
can lie about it.  All builders return complete `bytes`; the few that would be too large are iterators.
"""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

UNDEFINED = 0xFFFFFFFF

#: PS3.5 table 7.1-1: these VRs have two reserved bytes and a 32-bit length in the explicit forms.
LONG_FORM = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})
SHORT_FORM = (
    "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST", "TM", "UI",
    "UL", "US",
)  # fmt: skip

IMPLICIT_LE = "1.2.840.10008.1.2"
EXPLICIT_LE = "1.2.840.10008.1.2.1"
DEFLATED_LE = "1.2.840.10008.1.2.1.99"
EXPLICIT_BE = "1.2.840.10008.1.2.2"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
RLE = "1.2.840.10008.1.2.5"
GE_IMPLICIT_BIG_PIXELS = "1.2.840.113619.5.2"

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
INSTANCE_UID = "1.2.826.0.1.3680043.8.498.1"


@dataclass(frozen=True, slots=True)
class Form:
    """One of the data set forms: how a header is laid out."""

    is_implicit: bool = False
    is_little: bool = True

    @property
    def order(self) -> str:
        """The `struct` prefix of the byte order."""
        return "<" if self.is_little else ">"

    def number(self, code: str, *values: int | float) -> bytes:
        """Pack numbers in this byte order."""
        return struct.pack(self.order + code * len(values), *values)


EXPLICIT = Form()
IMPLICIT = Form(is_implicit=True)
BIG = Form(is_little=False)


def header(tag: int, vr: str | bytes, length: int, form: Form = EXPLICIT) -> bytes:
    """Encode a Data Element header with any VR bytes and any length (PS3.5 7.1.2 and 7.1.3)."""
    start = struct.pack(form.order + "HH", tag >> 16, tag & 0xFFFF)
    if form.is_implicit or tag >> 16 == 0xFFFE:
        return start + struct.pack(form.order + "I", length)
    code = vr if isinstance(vr, bytes) else vr.encode("ascii")
    if isinstance(vr, str) and vr in LONG_FORM:
        return start + code + b"\0\0" + struct.pack(form.order + "I", length)
    return start + code + struct.pack(form.order + "H", length & 0xFFFF)


def element(tag: int, vr: str | bytes, value: bytes = b"", form: Form = EXPLICIT, length: int | None = None) -> bytes:
    """Encode one element; `value` is written as it is and `length` may contradict it."""
    return header(tag, vr, len(value) if length is None else length, form) + value


def text(tag: int, vr: str, value: str, form: Form = EXPLICIT) -> bytes:
    """Encode a text element padded to even length (UI with NUL, the others with a space)."""
    data = value.encode("latin-1")
    if len(data) % 2:
        data += b"\0" if vr == "UI" else b" "
    return element(tag, vr, data, form)


def item(content: bytes = b"", form: Form = EXPLICIT, *, defined: bool = True, length: int | None = None) -> bytes:
    """Encode one Item with a defined length, or with an undefined one and its delimiter (PS3.5 table 7.5-1, 7.5-2)."""
    if defined or length is not None:
        return header(0xFFFEE000, "", len(content) if length is None else length, form) + content
    return header(0xFFFEE000, "", UNDEFINED, form) + content + item_end(form)


def item_end(form: Form = EXPLICIT) -> bytes:
    """Encode an Item Delimitation Item."""
    return header(0xFFFEE00D, "", 0, form)


def sequence_end(form: Form = EXPLICIT) -> bytes:
    """Encode a Sequence Delimitation Item."""
    return header(0xFFFEE0DD, "", 0, form)


def sequence(tag: int, content: bytes, form: Form = EXPLICIT, *, defined: bool = True, vr: str = "SQ") -> bytes:
    """Encode a sequence around encoded items, with a defined or an undefined length."""
    if defined:
        return element(tag, vr, content, form)
    return header(tag, vr, UNDEFINED, form) + content + sequence_end(form)


def fragments(parts: list[bytes], form: Form = EXPLICIT, *, tag: int = 0x7FE00010, end: bool = True) -> bytes:
    """Encode encapsulated Pixel Data; the first part is the Basic Offset Table (PS3.5 A.4)."""
    body = b"".join(item(part, form) for part in parts)
    return header(tag, "OB", UNDEFINED, form) + body + (sequence_end(form) if end else b"")


def nested(depth: int, form: Form = EXPLICIT, *, defined: bool = False, un: bool = False) -> bytes:
    """Encode `depth` sequences, each the only element of the item of the one around it.

    With `un` the second sequence is declared UN, and so everything below it is Implicit VR Little Endian
    (PS3.5 6.2.2 note 2).
    """
    openings: list[bytes] = []
    endings: list[bytes] = []
    inside = IMPLICIT if un and depth > 1 else form
    size = len(text(0x00100020, "LO", "DEEP", inside))
    for level in range(depth - 1, -1, -1):
        outside = form if un and level < 2 else inside
        content = IMPLICIT if un and level >= 1 else outside
        opening = header(0x0040A730, "UN" if un and level == 1 else "SQ", size + 8 if defined else UNDEFINED, outside)
        opening += header(0xFFFEE000, "", size if defined else UNDEFINED, content)
        openings.append(opening)
        if not defined:
            endings.append(item_end(content) + sequence_end(content))
        size += len(opening)
    openings.reverse()
    return b"".join(openings) + text(0x00100020, "LO", "DEEP", inside) + b"".join(endings)


def basic(form: Form = EXPLICIT) -> bytes:
    """Encode the small well-formed data set that the cases are built around."""
    return b"".join(
        (
            text(0x00080016, "UI", SECONDARY_CAPTURE, form),
            text(0x00080018, "UI", INSTANCE_UID, form),
            text(0x00080060, "CS", "OT", form),
            text(0x00100010, "PN", "Hostile^Case", form),
            text(0x00100020, "LO", "H-1", form),
        )
    )


def pixels(form: Form = EXPLICIT, *, value: bytes | None = None, length: int | None = None) -> bytes:
    """Encode a 4 x 4 image of 16 bits with its description."""
    number = form.number
    data = number("H", *range(16)) if value is None else value
    return b"".join(
        (
            element(0x00280002, "US", number("H", 1), form),
            text(0x00280004, "CS", "MONOCHROME2", form),
            element(0x00280010, "US", number("H", 4), form),
            element(0x00280011, "US", number("H", 4), form),
            element(0x00280100, "US", number("H", 16), form),
            element(0x00280101, "US", number("H", 16), form),
            element(0x00280102, "US", number("H", 15), form),
            element(0x00280103, "US", number("H", 0), form),
            element(0x7FE00010, "OW", data, form, length),
        )
    )


def file_meta(
    transfer_syntax: str | None = EXPLICIT_LE, *, length: int | None = None, with_length: bool = True
) -> bytes:
    """Encode a File Meta Information group; `length` lies about (0002,0000), `with_length=False` leaves it out."""
    parts = [
        element(0x00020001, "OB", b"\0\1"),
        text(0x00020002, "UI", SECONDARY_CAPTURE),
        text(0x00020003, "UI", INSTANCE_UID),
        text(0x00020010, "UI", transfer_syntax) if transfer_syntax is not None else b"",
        text(0x00020012, "UI", "1.2.826.0.1.3680043.8.498"),
    ]
    body = b"".join(parts)
    if not with_length:
        return body
    return element(0x00020000, "UL", struct.pack("<I", len(body) if length is None else length)) + body


def part10(data_set: bytes, transfer_syntax: str | None = EXPLICIT_LE, *, meta: bytes | None = None) -> bytes:
    """Put preamble, prefix and meta group before an encoded data set."""
    return bytes(128) + b"DICM" + (file_meta(transfer_syntax) if meta is None else meta) + data_set


def deflated(data_set: bytes) -> bytes:
    """Deflate an encoded data set without zlib header or check sum (PS3.5 A.5), padded to even length."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = compressor.compress(data_set) + compressor.flush()
    return data + b"\0" * (len(data) % 2)


def deflate_bomb(inflated_size: int, *, tag: int = 0x7FE00010) -> bytes:
    """Deflate a data set whose only large value is `inflated_size` zeros, never held inflated (1 GiB gives 1 MB)."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = bytes(1 << 20)
    parts = [compressor.compress(basic() + header(tag, "OB", inflated_size))]
    parts.extend(compressor.compress(block) for _ in range(inflated_size // len(block)))
    parts.append(compressor.compress(bytes(inflated_size % len(block))) + compressor.flush())
    return part10(b"".join(parts), DEFLATED_LE)


def element_flood(count: int, form: Form = EXPLICIT) -> bytes:
    """Encode `count` empty private elements in ascending order."""
    blocks: list[bytes] = []
    for group in range(0x1001, 0xFFFF, 2):
        take = min(count, 0xEF00)
        start = group << 16 | 0x1000
        blocks.append(b"".join([header(start + number, "LO", 0, form) for number in range(take)]))
        count -= take
        if not count:
            break
    return b"".join(blocks)


def chunks(data_set_start: bytes, value_size: int, *, chunk: int = 1 << 20) -> Iterator[bytes]:
    """Yield a Part 10 file whose last element is Pixel Data of `value_size` bytes, without holding it."""
    yield part10(data_set_start + header(0x7FE00010, "OW", value_size))
    block = bytes(range(256)) * (chunk // 256)
    remaining = value_size
    while remaining:
        part = block[: min(remaining, len(block))]
        yield part
        remaining -= len(part)


def mutated(data: bytes, seed: int, changes: int = 4) -> bytes:
    """Change a few bytes at random, always the same ones for the same seed."""
    rng = random.Random(seed)
    buffer = bytearray(data)
    for _ in range(changes):
        buffer[rng.randrange(len(buffer))] = rng.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF, rng.randrange(256)))
    return bytes(buffer)
