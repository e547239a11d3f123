"""Small instances for the tests of the network: encoded by the tests' own few lines, not by dicomkit."""

from __future__ import annotations

from tests.hostile_bytes import EXPLICIT, EXPLICIT_LE, Form, element, part10, text

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
STUDY = "1.2.3.4"


def data_set(
    uid: str, *, content: bytes = b"", patient: str = "P-1", sop_class: str = SECONDARY_CAPTURE, form: Form = EXPLICIT
) -> bytes:
    """Encode an instance with a private value of some content, which ends in it."""
    return b"".join((
        text(0x00080016, "UI", sop_class, form),
        text(0x00080018, "UI", uid, form),
        text(0x00100020, "LO", patient, form),
        text(0x0020000D, "UI", STUDY, form),
        text(0x00290010, "LO", "TESTS", form),
        element(0x00291001, "OB", content + b"\0" * (len(content) & 1), form),
    ))  # fmt: skip


def file(uid: str, *, content: bytes = b"", transfer_syntax: str = EXPLICIT_LE, form: Form = EXPLICIT) -> bytes:
    """Encode the same as a file."""
    return part10(data_set(uid, content=content, form=form), transfer_syntax)
