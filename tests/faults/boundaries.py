"""Find where the top-level elements of a well-formed file begin and end, without the library under test.

Slow and obvious on purpose: it is the oracle that says which truncations nobody can notice (PS3.5 section 7).
"""

from __future__ import annotations

import struct

from tests.hostile_bytes import DEFLATED_LE, EXPLICIT_BE, IMPLICIT_LE, LONG_FORM, UNDEFINED

_CODES = {code.encode() for code in LONG_FORM}


class NotWellFormedError(Exception):
    """The file is not one that this finder understands to its last byte."""


def _header(data: bytes, at: int, order: str, *, is_implicit: bool) -> tuple[int, int, int]:
    """Give the tag, the length and the offset of the value of the element at `at`."""
    if at + 8 > len(data):
        raise NotWellFormedError(f"no header at {at}")
    group, number = struct.unpack_from(order + "HH", data, at)
    tag = group << 16 | number
    if is_implicit or group == 0xFFFE:
        return tag, struct.unpack_from(order + "I", data, at + 4)[0], at + 8
    code = data[at + 4 : at + 6]
    if not (code.isalpha() and code.isupper()):
        raise NotWellFormedError(f"no VR at {at}")
    if code in _CODES:
        if at + 12 > len(data):
            raise NotWellFormedError(f"no length at {at}")
        return tag, struct.unpack_from(order + "I", data, at + 8)[0], at + 12
    return tag, struct.unpack_from(order + "H", data, at + 6)[0], at + 8


def _end_of_undefined(data: bytes, at: int, order: str, *, is_implicit: bool) -> int:
    """Give the end of a sequence or of fragments of undefined length whose first item begins at `at`."""
    is_open = [False]  # for each open sequence, whether we are inside one of its items
    while is_open:
        tag, length, value = _header(data, at, order, is_implicit=is_implicit)
        if tag == 0xFFFEE0DD:
            is_open.pop()
            at = value
        elif tag == 0xFFFEE00D:
            is_open[-1] = False
            at = value
        elif tag == 0xFFFEE000:
            is_open[-1] = length == UNDEFINED
            at = value if length == UNDEFINED else value + length
        elif length == UNDEFINED:
            if data[at + 4 : at + 6] == b"UN" and not is_implicit:
                raise NotWellFormedError("UN of undefined length is encoded otherwise inside")
            is_open.append(False)
            at = value
        else:
            at = value + length
    return at


def _walk(data: bytes, at: int, order: str, *, is_implicit: bool) -> list[int]:
    """Give the offsets at which a top-level element begins or the data ends."""
    found = [at]
    while at < len(data):
        _, length, value = _header(data, at, order, is_implicit=is_implicit)
        is_open = length == UNDEFINED
        at = _end_of_undefined(data, value, order, is_implicit=is_implicit) if is_open else value + length
        found.append(at)
    if at != len(data):
        raise NotWellFormedError("the last element does not end with the file")
    return found


def boundaries(data: bytes) -> frozenset[int]:
    """Give the offsets at which a Part 10 file can be cut without cutting any top-level element.

    A deflated data set has none but its start, since the end of its stream shows.
    """
    if data[128:132] != b"DICM" or data[132:136] != b"\x02\0\0\0":
        raise NotWellFormedError("no File Meta Information with its length")
    # A cut inside the meta group shows by the group's length, so that it adds no boundaries.
    end = 144 + struct.unpack_from("<I", data, 140)[0]
    _walk(data[:end], 132, "<", is_implicit=False)
    where = data.find(b"\x02\0\x10\0UI", 132, end)
    if where < 0:
        raise NotWellFormedError("no Transfer Syntax UID")
    length = struct.unpack_from("<H", data, where + 6)[0]
    transfer_syntax = data[where + 8 : where + 8 + length].rstrip(b"\0 ").decode("ascii")
    if transfer_syntax == DEFLATED_LE:
        return frozenset({end, len(data)})
    order = ">" if transfer_syntax == EXPLICIT_BE else "<"
    return frozenset(_walk(data, end, order, is_implicit=transfer_syntax == IMPLICIT_LE))
