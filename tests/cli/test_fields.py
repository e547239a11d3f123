"""Elements as fields for machines."""

from __future__ import annotations

import hashlib
import math

import pytest

import dicomkit
from dicomkit.cli.fields import to_fields


@pytest.mark.parametrize(
    ("vr", "value", "expected"),
    [
        ("LO", "x", ["x"]),
        ("LO", ["x", "y"], ["x", "y"]),
        ("LO", "", []),
        ("PN", "Doe^Jane", ["Doe^Jane"]),
        ("DA", "20200101", ["20200101"]),
        ("DS", "1.50", [1.5]),
        ("IS", "7", [7]),
        ("FD", [1.5, math.inf], [1.5, "inf"]),
        ("US", None, []),
        ("AT", 0x00100020, [0x00100020]),
    ],
)
def test_fields(vr: str, value: object, expected: list[object]):
    """Numbers are numbers, text is text, nothing is an empty list; only types of JSON."""
    fields = to_fields(dicomkit.DataElement(0x00091001, vr, value))
    assert {"vr": vr, "value": expected} == fields
    assert [type(part) for part in expected] == [type(part) for part in fields["value"]]


def test_fields_of_what_is_large_or_nested():
    """Bytes are their number and SHA-256, a sequence is the number of its items, an absent element is None."""
    assert {"vr": "OB", "bytes": 3, "sha256": hashlib.sha256(b"abc").hexdigest()} == to_fields(
        dicomkit.DataElement(0x00091001, "OB", b"abc")
    )
    assert {"vr": "SQ", "items": 1} == to_fields(dicomkit.DataElement(0x00091001, "SQ", [dicomkit.Dataset()]))
    assert to_fields(None) is None
