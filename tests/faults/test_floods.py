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

_CHECK = """
ds = dicomkit.dcmread(open(ARGUMENTS[0], "rb").read())
fields, _ = measured(ds.check)
answer(issues=len(ds.issues), **fields)
"""

FLOODS = {
    "elements": lambda count: part10(basic() + element_flood(count)),
    "elements_implicit": lambda count: part10(basic(IMPLICIT) + element_flood(count, IMPLICIT), IMPLICIT_LE),
    "elements_big": lambda count: part10(basic(BIG) + element_flood(count, BIG), EXPLICIT_BE),
    "same_element": lambda count: part10(basic() + header(0x00200010, "SH", 0) * count),
    "items": lambda count: part10(basic() + sequence(0x00400275, item() * count)),
    "open_items": lambda count: part10(basic() + sequence(0x00400275, item(defined=False) * count, defined=False)),
    "items_of_one": lambda count: part10(basic() + sequence(0x00400275, item(text(0x00400007, "LO", "AB")) * count)),
    "sequences": lambda count: part10(basic() + sequence(0x00400275, item(element(0x00400008, "SQ") * count))),
    "un_items": lambda count: part10(basic() + sequence(0x00400275, item() * count, defined=False, vr="UN")),
    "fragments": lambda count: part10(basic() + fragments([b""] * (count + 1)), JPEG_BASELINE),
    "delimiters": lambda count: part10(basic() + header(0xFFFEE0DD, "", 0) * count, EXPLICIT_LE),
    "group_lengths": lambda count: part10(basic() + element(0x00100000, "UL", bytes(4)) * count),
    "invalid_vrs": lambda count: part10(basic() + b"\x10\x00\x00\x40\x01\x02\x00\x00" * count),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FLOODS)
def test_a_million_of_anything_is_bounded(name: str, tmp_path: Path) -> None:
    """F9: at most 2 s (guard: 10 times) and 12 times the input, and no more issues than the limit."""
    small, flood = tmp_path / "small.dcm", tmp_path / "flood.dcm"
    small.write_bytes(part10(basic()))
    data = FLOODS[name](MILLION)
    flood.write_bytes(data)
    result = confined(_READ, str(small), str(flood), timeout=120)
    assert 0 == result.status, result
    assert 1000 >= result.number("issues")
    assert 12 * len(data) > result.number("peak"), result
    assert 20 > result.number("cpu"), result


@pytest.mark.slow
@pytest.mark.parametrize("name", FLOODS)
def test_checking_a_flood_takes_time_in_proportion(name: str, tmp_path: Path) -> None:
    """F9: 100,000 of anything are checked in a second or two (guard: 10 times), whatever group lengths there are."""
    flood = tmp_path / "flood.dcm"
    flood.write_bytes(FLOODS[name](100_000))
    result = confined(_CHECK, str(flood), timeout=120)
    assert 0 == result.status, result
    assert 1000 >= result.number("issues")
    assert 20 > result.number("cpu"), result
