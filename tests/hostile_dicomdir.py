"""Hostile DICOMDIRs: loops in the record tree, file IDs that leave the file-set (PS3.3 annex F, PS3.10 section 8)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from tests.hostile_bytes import EXPLICIT_LE, SECONDARY_CAPTURE, element, file_meta, header, item, text

MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"


@dataclass(frozen=True, slots=True)
class Record:
    """One directory record; `next` and `lower` are indices of records, or offsets when they are negative."""

    kind: str
    next: int | None = None
    lower: int | None = None
    file_id: str = ""


def _record(record: Record, offsets: list[int]) -> bytes:
    def offset(target: int | None) -> bytes:
        value = 0 if target is None else -target if target < 0 else offsets[target]
        return struct.pack("<I", value)

    parts = [
        element(0x00041400, "UL", offset(record.next)),
        element(0x00041410, "US", b"\xff\xff"),
        element(0x00041420, "UL", offset(record.lower)),
        text(0x00041430, "CS", record.kind),
    ]
    if record.file_id:
        parts += [
            text(0x00041500, "CS", record.file_id),
            text(0x00041510, "UI", SECONDARY_CAPTURE),
            text(0x00041511, "UI", "1.2.826.0.1.3680043.8.498.1"),
            text(0x00041512, "UI", EXPLICIT_LE),
        ]
    parts += [text(0x00100010, "PN", "Hostile^Case"), text(0x00100020, "LO", "H-1")]
    return item(b"".join(parts))


def dicomdir(records: tuple[Record, ...], *, first: int | None = 0, last: int | None = None) -> bytes:
    """Build a DICOMDIR whose records point where they are told; `first` and `last` are as in `Record`."""
    meta = file_meta().replace(SECONDARY_CAPTURE.encode() + b"\0", MEDIA_STORAGE_DIRECTORY.encode().ljust(26, b"\0"))
    start = bytes(128) + b"DICM" + meta + text(0x00041130, "CS", "HOSTILE")
    base = len(start) + 3 * 12 - 2 + len(header(0x00041220, "SQ", 0))
    offsets: list[int] = []
    for record in records:
        offsets.append(base)
        base += len(_record(record, [0] * len(records)))

    def root(target: int | None) -> bytes:
        return struct.pack("<I", 0 if target is None else -target if target < 0 else offsets[target])

    body = b"".join(_record(record, offsets) for record in records)
    return b"".join(
        (
            start,
            element(0x00041200, "UL", root(first)),
            element(0x00041202, "UL", root(first if last is None else last)),
            element(0x00041212, "US", b"\0\0"),
            element(0x00041220, "SQ", body),
        )
    )


#: Trees that no traversal may follow for ever: name and file.
LOOPS = {
    "next_is_itself": dicomdir((Record("PATIENT", next=0),)),
    "lower_is_itself": dicomdir((Record("PATIENT", lower=0),)),
    "next_is_previous": dicomdir((Record("PATIENT", next=1), Record("PATIENT", next=0))),
    "lower_is_parent": dicomdir((Record("PATIENT", lower=1), Record("STUDY", lower=0))),
    "two_parents": dicomdir((Record("PATIENT", next=1, lower=2), Record("PATIENT", lower=2), Record("STUDY"))),
    "next_beyond_end": dicomdir((Record("PATIENT", next=-0x7FFFFFFE),)),
    "next_inside_a_record": dicomdir((Record("PATIENT", next=-400),)),
    "next_in_preamble": dicomdir((Record("PATIENT", next=-4),)),
    "root_beyond_end": dicomdir((Record("PATIENT"),), first=-0x7FFFFFFE),
    "records_without_root": dicomdir((Record("PATIENT"), Record("PATIENT")), first=None),
    "chain_of_5000": dicomdir((*(Record("PATIENT", next=number + 1) for number in range(4999)), Record("PATIENT"))),
    "tower_of_500": dicomdir((*(Record("PATIENT", lower=number + 1) for number in range(499)), Record("PATIENT"))),
    "no_records": dicomdir((), first=None),
}

#: File IDs that must never open, create or delete anything outside the file-set's root (PS3.10 8.2: up to eight
#: components of up to eight characters from A-Z 0-9 _).
ESCAPES = (
    "..",
    "..\\..\\ETC\\PASSWD",
    "IMAGES\\..\\..\\SECRET",
    "../../etc/passwd",
    "/etc/passwd",
    "\\etc\\passwd",
    "\\\\HOST\\SHARE\\FILE",
    "C:\\WINDOWS",
    "C:FILE",
    "~\\FILE",
    ".",
    "IMAGES\\.\\IM1",
    "IMAGES\\\\IM1",
    "IM1\0.dcm",
    "IM1\n",
    "CON",
    "NUL.DCM",
    "%2e%2e\\FILE",
    "FILE:STREAM",
    "A" * 300,
    "\\".join(["D"] * 600),
    " ..",
    ".. \\FILE",
    "DICOMDIR",
)


def escape(file_id: str) -> bytes:
    """Build a DICOMDIR with one image whose file ID is hostile."""
    return dicomdir((Record("PATIENT", lower=1), Record("IMAGE", file_id=file_id)))
