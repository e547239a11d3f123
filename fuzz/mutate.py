"""Mutations that know what DICOM is made of: lengths, tags, VRs, items and delimiters (PS3.5 section 7)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tests.hostile_bytes import LONG_FORM, SHORT_FORM

if TYPE_CHECKING:
    import random

_VRS = (*sorted(LONG_FORM), *SHORT_FORM, "ZZ")

#: Byte strings that mean something to a decoder.
TOKENS: tuple[bytes, ...] = (
    *(vr.encode() for vr in _VRS),
    *(vr.encode() + b"\0\0" for vr in ("OB", "OW", "SQ", "UN", "UT", "UC", "UR", "OV")),
    b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0", b"\xfe\xff\xdd\xe0",
    b"\xff\xfe\xe0\x00", b"\xff\xfe\xe0\x0d", b"\xff\xfe\xe0\xdd",
    b"\xfe\xff\x00\xe0\xff\xff\xff\xff", b"\xfe\xff\x0d\xe0\0\0\0\0", b"\xfe\xff\xdd\xe0\0\0\0\0",
    b"\x08\x00\x05\x00", b"\x10\x00\x10\x00", b"\x28\x00\x03\x01", b"\xe0\x7f\x10\x00", b"\xfc\xff\xfc\xff",
    b"\x02\x00\x00\x00", b"\x02\x00\x10\x00", b"\x04\x00\x20\x12", b"\x09\x00\x10\x00", b"\x09\x00\x01\x10",
    b"DICM", b"\\", b"^", b"=", b"\x1b$B", b"\x1b(B", b"\x1b$)C", b"\x1b-A", b"ISO_IR 192", b"ISO 2022 IR 87",
    b"GB18030", b"1.2.840.10008.1.2", b"1.2.840.10008.1.2.1", b"1.2.840.10008.1.2.2", b"1.2.840.10008.1.2.1.99",
    b"1.2.840.10008.1.2.4.50", b"nan", b"inf", b"1e400", b"-", b"+", b"..", b"/", b"\0" * 8, b"\xff" * 8,
)  # fmt: skip

_INTERESTING_16 = (0, 1, 2, 7, 0x7F, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF)
_INTERESTING_32 = (
    *(0, 1, 2, 3, 8, 0xFF, 0xFFFF, 0x10000, 0x100000, 0x7FFFFFFF, 0x80000000),
    *(0xFFFFFFF8, 0xFFFFFFFC, 0xFFFFFFFE, 0xFFFFFFFF),
)  # fmt: skip
_FORMATS = ("<H", ">H", "<I", ">I")


class Mutator:
    """Derive inputs from seeds, the same ones for the same random generator."""

    def __init__(self, rng: random.Random, longest: int) -> None:
        self.rng = rng
        self.longest = longest

    def mutated(self, data: bytes, other: bytes) -> bytes:
        """Give `data` with a few changes; `other` is what may be spliced in."""
        buffer = bytearray(data)
        choose = self.rng.random
        while True:
            _OPERATIONS[int(choose() * len(_OPERATIONS))](self, buffer, other)
            if choose() < 0.4:
                break
        del buffer[self.longest :]
        return bytes(buffer)

    def _at(self, buffer: bytearray) -> int:
        return int(self.rng.random() * len(buffer)) if buffer else 0

    def _span(self, buffer: bytes | bytearray) -> tuple[int, int]:
        """Choose a span, rather a short one."""
        start = int(self.rng.random() * len(buffer)) if buffer else 0
        return start, min(len(buffer), start + int(1 + 64 * self.rng.random() ** 3 + (self.rng.random() < 0.02) * 500))

    def flip(self, buffer: bytearray, other: bytes) -> None:
        """Invert one bit."""
        if buffer:
            buffer[self._at(buffer)] ^= 1 << int(self.rng.random() * 8)

    def byte(self, buffer: bytearray, other: bytes) -> None:
        """Set one byte."""
        if buffer:
            buffer[self._at(buffer)] = int(self.rng.random() * 256)

    def number(self, buffer: bytearray, other: bytes) -> None:
        """Set a 16- or 32-bit number to one at which something changes."""
        code = _FORMATS[int(self.rng.random() * 4)]
        values = _INTERESTING_16 if code[1] == "H" else _INTERESTING_32
        raw = struct.pack(code, values[int(self.rng.random() * len(values))])
        at = self._at(buffer)
        buffer[at : at + len(raw)] = raw

    def nudge(self, buffer: bytearray, other: bytes) -> None:
        """Add a little to a 16- or 32-bit number, or take a little from it."""
        code = _FORMATS[int(self.rng.random() * 4)]
        size = struct.calcsize(code)
        at = self._at(buffer)
        if at + size <= len(buffer):
            value = struct.unpack_from(code, buffer, at)[0] + int(self.rng.random() * 17) - 8
            struct.pack_into(code, buffer, at, value & ((1 << 8 * size) - 1))

    def overwrite(self, buffer: bytearray, other: bytes) -> None:
        """Put a token over what is there."""
        token = TOKENS[int(self.rng.random() * len(TOKENS))]
        at = self._at(buffer)
        buffer[at : at + len(token)] = token

    def insert(self, buffer: bytearray, other: bytes) -> None:
        """Put a token between what is there."""
        at = self._at(buffer)
        buffer[at:at] = TOKENS[int(self.rng.random() * len(TOKENS))]

    def delete(self, buffer: bytearray, other: bytes) -> None:
        """Take a span out."""
        start, end = self._span(buffer)
        del buffer[start:end]

    def repeat(self, buffer: bytearray, other: bytes) -> None:
        """Put a copy of a span somewhere, perhaps many times."""
        start, end = self._span(buffer)
        at = self._at(buffer)
        times = 1 if self.rng.random() < 0.98 else int(self.rng.random() * 200)
        buffer[at:at] = buffer[start:end] * times

    def splice(self, buffer: bytearray, other: bytes) -> None:
        """Put a span of another input over or between what is there."""
        start, end = self._span(other)
        at = self._at(buffer)
        buffer[at : at + (end - start if self.rng.random() < 0.5 else 0)] = other[start:end]

    def truncate(self, buffer: bytearray, other: bytes) -> None:
        """End the input early, rather late than soon."""
        del buffer[int(len(buffer) * (1 - self.rng.random() ** 2)) :]


_OPERATIONS = (
    Mutator.flip,
    Mutator.byte,
    Mutator.number,
    Mutator.number,
    Mutator.nudge,
    Mutator.nudge,
    Mutator.overwrite,
    Mutator.overwrite,
    Mutator.insert,
    Mutator.delete,
    Mutator.repeat,
    Mutator.splice,
    Mutator.truncate,
)
