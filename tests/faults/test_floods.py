"""F9: a million elements, items or fragments cost what their bytes cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.confine import confined
from tests.hostile_bytes import (
    BIG,
    EXPLICIT_BE,
    EXPLICIT_LE,
    IMPLICIT,
    IMPLICIT_LE,
    JPEG_BASELINE,
    basic,
    element,
    element_flood,
    fragments,
    header,
    item,
    part10,
    sequence,
    text,
)

MILLION = 1_000_000

_READ = """
small, flood = (open(name, "rb").read() for name in ARGUMENTS)
dicomkit.dcmread(small).check()
fields, ds = measured(lambda: dicomkit.dcmread(flood))
answer(issues=len(ds.issues) if ds is not None else 0, **fields)
"""

FLOODS = {
    "elements": lambda: part10(basic() + element_flood(MILLION)),
    "elements_implicit": lambda: part10(basic(IMPLICIT) + element_flood(MILLION, IMPLICIT), IMPLICIT_LE),
    "elements_big": lambda: part10(basic(BIG) + element_flood(MILLION, BIG), EXPLICIT_BE),
    "same_element": lambda: part10(basic() + header(0x00200010, "SH", 0) * MILLION),
    "items": lambda: part10(basic() + sequence(0x00400275, item() * MILLION)),
    "open_items": lambda: part10(basic() + sequence(0x00400275, item(defined=False) * MILLION, defined=False)),
    "items_of_one": lambda: part10(basic() + sequence(0x00400275, item(text(0x00400007, "LO", "AB")) * MILLION)),
    "sequences": lambda: part10(basic() + sequence(0x00400275, item(element(0x00400008, "SQ") * MILLION))),
    "un_items": lambda: part10(basic() + sequence(0x00400275, item() * MILLION, defined=False, vr="UN")),
    "fragments": lambda: part10(basic() + fragments([b""] * (MILLION + 1)), JPEG_BASELINE),
    "delimiters": lambda: part10(basic() + header(0xFFFEE0DD, "", 0) * MILLION, EXPLICIT_LE),
    "group_lengths": lambda: part10(basic() + element(0x00100000, "UL", bytes(4)) * MILLION),
    "invalid_vrs": lambda: part10(basic() + b"\x10\x00\x00\x40\x01\x02\x00\x00" * MILLION),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FLOODS)
def test_a_million_of_anything_is_bounded(name: str, tmp_path: Path) -> None:
    """F9: at most 2 s (guard: 10 times) and 12 times the input, and no more issues than the limit."""
    small, flood = tmp_path / "small.dcm", tmp_path / "flood.dcm"
    small.write_bytes(part10(basic()))
    data = FLOODS[name]()
    flood.write_bytes(data)
    result = confined(_READ, str(small), str(flood), timeout=120)
    assert 0 == result.status, result
    assert 1000 >= result.number("issues")
    assert 12 * len(data) > result.number("peak"), result
    assert 20 > result.number("cpu"), result
