"""What stands before the data set of a stored file: preamble, prefix and File Meta Information (PS3.10 7.1)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from dicomkit.core.uid import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from dicomkit.core.vr import VR
from dicomkit.encoding.writer import EXPLICIT_LITTLE

__all__ = ["FileHead", "file_head", "read_head"]

_PREFIX = bytes(128) + b"DICM"
_SOP_CLASS, _SOP_INSTANCE, _TRANSFER_SYNTAX = 0x00020002, 0x00020003, 0x00020010
_LONG_VRS = frozenset(vr.encode("ascii") for vr in VR if vr.length_bytes == 4)


def file_head(
    sop_class_uid: str, sop_instance_uid: str, transfer_syntax: str, sending: str = "", receiving: str = ""
) -> bytes:
    """Return the bytes before the data set of a file that came over an association.

    `sending` and `receiving` are AE titles (0002,0017) and (0002,0018). The Source Application Entity Title is left
    out: it would be that of who wrote the file, which programs take for the sender's. Raises UnicodeEncodeError for
    UIDs and titles that are not ASCII.
    """
    before, after = _around(sop_class_uid, transfer_syntax, sending, receiving)
    instance = _element(_SOP_INSTANCE, VR.UI, sop_instance_uid)
    length = len(before) + len(instance) + len(after)
    group = EXPLICIT_LITTLE.header(0x00020000, VR.UL, 4) + length.to_bytes(4, "little")
    return b"".join([_PREFIX, group, before, instance, after])


@lru_cache(maxsize=256)
def _around(sop_class_uid: str, transfer_syntax: str, sending: str, receiving: str) -> tuple[bytes, bytes]:
    """What is the same for all instances of a series: the elements before and after the SOP Instance UID."""
    before = EXPLICIT_LITTLE.header(0x00020001, VR.OB, 2) + b"\0\1" + _element(_SOP_CLASS, VR.UI, sop_class_uid)
    after = _element(_TRANSFER_SYNTAX, VR.UI, transfer_syntax)
    after += _element(0x00020012, VR.UI, IMPLEMENTATION_CLASS_UID)
    after += _element(0x00020013, VR.SH, IMPLEMENTATION_VERSION_NAME)
    for tag, title in ((0x00020017, sending), (0x00020018, receiving)):
        if title:
            after += _element(tag, VR.AE, title)
    return before, after


def _element(tag: int, vr: VR, text: str) -> bytes:
    data = text.encode("ascii")
    if len(data) & 1:
        data += vr.padding or b"\0"
    return EXPLICIT_LITTLE.header(tag, vr, len(data)) + data


class FileHead(NamedTuple):
    """What a File Meta Information says, and where the data set begins."""

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax: str
    length: int


def read_head(data: bytes) -> FileHead | None:
    """Return what the first bytes of a file say; None unless they are as PS3.10 7.1 has it, and whole."""
    if data[128:140] != b"DICM\2\0\0\0UL\4\0" or len(data) < 144:
        return None
    position, end = 144, 144 + int.from_bytes(data[140:144], "little")
    if end > len(data):
        return None
    found: dict[int, str] = {}
    while position + 8 <= end:
        tag = int.from_bytes(data[position : position + 2], "little") << 16 | int.from_bytes(
            data[position + 2 : position + 4], "little"
        )
        if data[position + 4 : position + 6] in _LONG_VRS:
            length, position = int.from_bytes(data[position + 8 : position + 12], "little"), position + 12
        else:
            length, position = int.from_bytes(data[position + 6 : position + 8], "little"), position + 8
        if tag >> 16 != 2 or position + length > end:
            return None
        if tag in (_SOP_CLASS, _SOP_INSTANCE, _TRANSFER_SYNTAX):
            found[tag] = data[position : position + length].decode("latin-1").strip("\0 ")
        position += length
    if position != end or len(found) != 3:
        return None
    return FileHead(found[_SOP_CLASS], found[_SOP_INSTANCE], found[_TRANSFER_SYNTAX], end)
