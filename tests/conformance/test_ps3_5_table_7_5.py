"""PS3.5 Tables 7.5-1, 7.5-2 and 7.5-3: the standard's examples of nested data sets, as the bytes that they describe.

The tables leave the element's tag and the items' data sets open: here it is (0008,1140), and an item holds one element
that fills it.
"""

from __future__ import annotations

from typing import Any

import pytest

from dicomkit.dictionary import packed_vrs
from tests._ext.driving import DONE, NEED, TABLE, implementation

#: (0008,1140), the tags of (FFFE,E000), (FFFE,E00D) and (FFFE,E0DD), and undefined length, as they are in a file.
SEQUENCE = bytes.fromhex("0800 4011")
ITEM, ITEM_END, SEQUENCE_END = (bytes.fromhex(tag) for tag in ("FEFF 00E0", "FEFF 0DE0", "FEFF DDE0"))
UNDEFINED = bytes.fromhex("FFFF FFFF")
NONE = bytes(4)

SEQUENCE_FLAG, LONG, IMPLICIT, UNDEFINED_FLAG, DELIMITED = 16, 4, 8, 1, 2
ITEM_IMPLICIT, ITEM_LITTLE = 8, 32


class Sparse:
    """A source of which only some bytes are written, the rest is zeros: 5 GB that take no memory."""

    def __init__(self, *parts: bytes | int) -> None:
        self.size = 0
        self.parts: list[tuple[int, bytes]] = []
        for part in parts:
            if isinstance(part, int):
                self.size += part
            else:
                self.parts.append((self.size, part))
                self.size += len(part)

    def read(self, offset: int, length: int) -> bytes:
        """Give the bytes there, as far as the source goes."""
        window = bytearray(max(0, min(length, self.size - offset)))
        for start, part in self.parts:
            for number, byte in enumerate(part, start - offset):
                if 0 <= number < len(window):
                    window[number] = byte
        return bytes(window)


@pytest.fixture(params=["compiled", "pure"])
def scanner(request: pytest.FixtureRequest) -> Any:
    """The Scanner of one of the two implementations."""
    return implementation("scan", request.param).Scanner


def scanned(scanner: Any, source: Sparse, *, implicit: bool) -> Any:
    """Scan a source that is without deviations, reading no more of it than is asked for."""
    one = scanner(0, source.size, implicit, False)
    status = one.run()
    while status in (NEED, TABLE):
        if status == TABLE:
            one.set_table(*packed_vrs())
        else:
            assert one.need_length <= 0x20000
            one.feed(source.read(one.need_offset, one.need_length), one.need_offset)
        status = one.run()
    assert DONE == status
    assert [] == one.deviations_found()
    return one.index


def test_table_7_5_1(scanner: Any) -> None:
    """Implicit VR, three items of explicit length 0000 04F8H in a sequence of explicit length 0000 0F00H."""
    item = ITEM + bytes.fromhex("F804 0000") + bytes.fromhex("0800 7000 F004 0000") + b" " * 0x4F0
    source = Sparse(SEQUENCE, bytes.fromhex("000F 0000"), item * 3)
    index = scanned(scanner, source, implicit=True)
    assert (0x00081140, 0x5351, 8, 0xF00, SEQUENCE_FLAG | IMPLICIT, 0, 3) == index.element(3)
    assert [
        (16, 16 + 0x4F8, 0, 1, ITEM_IMPLICIT | ITEM_LITTLE),
        (16 + 0x500, 16 + 0x9F8, 1, 1, ITEM_IMPLICIT | ITEM_LITTLE),
        (16 + 0xA00, 16 + 0xEF8, 2, 1, ITEM_IMPLICIT | ITEM_LITTLE),
    ] == [index.item(number) for number in range(3)]
    assert [(0x00080070, 0x4C4F, 24 + 0x500 * number, 0x4F0) for number in range(3)] == [
        index.element(number)[:4] for number in range(3)
    ]
    assert 0xF08 == index.end == source.size


def test_table_7_5_2(scanner: Any) -> None:
    """Explicit VR, undefined length, two items of explicit lengths 98A5 2C68H and B321 762CH, a sequence delimiter."""
    lengths = (0x98A52C68, 0xB321762C)
    parts: list[bytes | int] = [SEQUENCE, b"SQ\0\0", UNDEFINED]
    for length, written in zip(lengths, (bytes.fromhex("682C A598"), bytes.fromhex("2C76 21B3")), strict=True):
        parts += [
            ITEM,
            written,
            bytes.fromhex("0900 0110") + b"OB\0\0" + (length - 12).to_bytes(4, "little"),
            length - 12,
        ]
    source = Sparse(*parts, SEQUENCE_END, NONE)
    index = scanned(scanner, source, implicit=False)
    first, second = 12 + 8, 12 + 8 + lengths[0] + 8
    assert [(first, first + lengths[0], 0, 1, ITEM_LITTLE), (second, second + lengths[1], 1, 1, ITEM_LITTLE)] == [
        index.item(0),
        index.item(1),
    ]
    assert [(first + 12, lengths[0] - 12), (second + 12, lengths[1] - 12)] == [
        index.element(number)[2:4] for number in range(2)
    ]
    flags = SEQUENCE_FLAG | LONG | UNDEFINED_FLAG | DELIMITED
    assert (0x00081140, 0x5351, 12, 16 + sum(lengths), flags, 0, 2) == index.element(2)
    assert source.size == index.end == 12 + 16 + sum(lengths) + 8


def test_table_7_5_3(scanner: Any) -> None:
    """Implicit VR, undefined length, an item of length 0000 17B6H and one of undefined length, both delimiters."""
    source = Sparse(
        *(SEQUENCE, UNDEFINED),
        *(ITEM, bytes.fromhex("B617 0000"), bytes.fromhex("0800 7000 AE17 0000"), b" " * 0x17AE),
        *(ITEM, UNDEFINED, bytes.fromhex("0800 7000 0400 0000"), b"ACME", ITEM_END, NONE),
        *(SEQUENCE_END, NONE),
    )
    index = scanned(scanner, source, implicit=True)
    second = 16 + 0x17B6 + 8
    flags = ITEM_IMPLICIT | ITEM_LITTLE
    assert (16, 16 + 0x17B6, 0, 1, flags) == index.item(0)
    assert (second, second + 12, 1, 1, flags | UNDEFINED_FLAG | DELIMITED) == index.item(1)
    flags = SEQUENCE_FLAG | IMPLICIT | UNDEFINED_FLAG | DELIMITED
    # The length of an undefined one is what lies before its delimiter.
    assert (0x00081140, 0x5351, 8, second + 12 + 8 - 8, flags, 0, 2) == index.element(2)
    assert source.size == index.end
