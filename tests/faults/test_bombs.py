"""F6: a deflated data set is inflated as a stream, in bounded memory, up to an absolute bound."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from tests.faults.confine import confined
from tests.hostile_bytes import (
    DEFLATED_LE,
    UNDEFINED,
    basic,
    deflate_bomb,
    deflated,
    element,
    header,
    item,
    nested,
    part10,
)

MIB = 1 << 20

_OPEN = """
from dicomkit.core.limits import Limits

small, bomb, limits = ARGUMENTS
dicomkit.dcmread(small).check()
options = dicomkit.ReadOptions(limits=Limits(**limits))
fields, ds = measured(lambda: dicomkit.dcmread(bomb, options))
answer(patient=None if ds is None else str(ds.PatientID), **fields)
"""


def _repeated(start: bytes, block: bytes, size: int) -> bytes:
    """Deflate a data set that goes on with the same block until it has `size` bytes, never held inflated."""
    compressor = zlib.compressobj(1, zlib.DEFLATED, -15)
    block *= max(1, MIB // len(block))
    parts = [compressor.compress(start), *(compressor.compress(block) for _ in range(size // len(block)))]
    return part10(b"".join(parts) + compressor.flush(), DEFLATED_LE)


_SIZE = 192 * MIB
_OPEN_SEQUENCE = header(0x00400275, "SQ", UNDEFINED)

#: What a data set can be made of that grows a thousandfold when it is inflated.
BOMBS = {
    "one value": lambda: deflate_bomb(_SIZE),
    "one text": lambda: _repeated(basic() + header(0x0040A160, "UT", _SIZE), b"A", _SIZE),
    "a value in an item": lambda: _repeated(
        basic() + _OPEN_SEQUENCE + item(b"", length=UNDEFINED) + header(0x7FE00010, "OB", _SIZE), bytes(64), _SIZE
    ),
    "elements": lambda: _repeated(basic(), header(0x00200010, "SH", 0), _SIZE),
    "items": lambda: _repeated(basic() + _OPEN_SEQUENCE, item(), _SIZE),
    "open items": lambda: _repeated(basic() + _OPEN_SEQUENCE, item(defined=False), _SIZE),
    "fragments": lambda: _repeated(basic() + header(0x7FE00010, "OB", UNDEFINED), item(bytes(8)), _SIZE),
    "delimiters": lambda: _repeated(basic(), header(0xFFFEE0DD, "", 0), _SIZE),
    "zeros behind the data set": lambda: _repeated(basic(), bytes(64), _SIZE),
    "levels": lambda: _repeated(basic(), _OPEN_SEQUENCE + item(b"", length=UNDEFINED), _SIZE),
}


def _files(folder: Path, bomb: bytes) -> tuple[str, str]:
    small, large = folder / "small.dcm", folder / "bomb.dcm"
    small.write_bytes(part10(deflated(basic()), DEFLATED_LE))
    large.write_bytes(bomb)
    return str(small), str(large)


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_ten_bombs_go_off_in_bounded_memory(name: str, tmp_path: Path) -> None:
    """F6: 192 MiB in a few hundred kilobytes, with a bound of 128 MiB: refused in a second (guard: 10) and 64 MiB."""
    small, bomb = _files(tmp_path, BOMBS[name]())
    result = confined(_OPEN, small, bomb, {"inflated_bytes": 128 * MIB}, timeout=120)
    assert 0 == result.status, result
    assert result.answer["outcome"] == "LimitExceededError" or result.answer["patient"] == "H-1", result
    assert 80 * MIB > result.number("peak"), result
    assert 10 > result.number("cpu"), result


@pytest.mark.slow
def test_a_bomb_of_one_gibibyte_stays_in_bounded_memory(tmp_path: Path) -> None:
    """F6: 1 MB that inflates to 1 GiB, below the absolute bound, opens in at most 64 MiB (and slack of 16)."""
    small, bomb = _files(tmp_path, deflate_bomb(1 << 30))
    result = confined(_OPEN, small, bomb, {}, timeout=120)
    assert 0 == result.status, result
    assert result.answer["outcome"] == "LimitExceededError" or result.answer["patient"] == "H-1", result
    assert 80 * MIB > result.number("peak"), result
    assert 10 > result.number("cpu"), result


@pytest.mark.slow
def test_a_bomb_beyond_the_bound_is_refused(tmp_path: Path) -> None:
    """F6: 3 MB that inflates to 3 GiB is refused by the default limit of 2 GiB, in at most 64 MiB (and slack of 16)."""
    small, bomb = _files(tmp_path, deflate_bomb(3 << 30))
    result = confined(_OPEN, small, bomb, {}, timeout=120)
    assert 0 == result.status, result
    assert "LimitExceededError" == result.answer["outcome"], result
    assert 80 * MIB > result.number("peak"), result


def test_what_just_stays_in_memory_is_there_once(tmp_path: Path) -> None:
    """F6: a data set that inflates to a little less than inflate_memory takes no more than that (and slack of 16)."""
    content = basic() + element(0x00420011, "OB", bytes(60 * MIB))
    small, large = _files(tmp_path, part10(deflated(content), DEFLATED_LE))
    result = confined(_OPEN, small, large, {"inflate_memory": 64 * MIB})
    assert 0 == result.status, result
    assert "value" == result.answer["outcome"], result
    assert 80 * MIB > result.number("peak"), result


@pytest.mark.parametrize("inflated", [1 << 16, 16 << 20])
def test_a_lower_bound_refuses_sooner(inflated: int, tmp_path: Path) -> None:
    """F6: the bound is the caller's to lower, and what it costs to refuse follows the bound."""
    small, bomb = _files(tmp_path, deflate_bomb(256 << 20))
    result = confined(_OPEN, small, bomb, {"inflated_bytes": inflated})
    assert 0 == result.status, result
    assert "LimitExceededError" == result.answer["outcome"], result
    assert 2 * inflated + 8 * MIB > result.number("peak"), result
    assert 10 > result.number("cpu"), result


def test_a_deflated_tower_is_refused(tmp_path: Path) -> None:
    """F4 and F6 together: 100,000 levels deflate to a few kilobytes and are refused all the same."""
    small, bomb = _files(tmp_path, part10(deflated(basic() + nested(100_000)), DEFLATED_LE))
    result = confined(_OPEN, small, bomb, {})
    assert 0 == result.status, result
    assert "LimitExceededError" == result.answer["outcome"], result
    assert 30 * MIB > result.number("peak"), result
