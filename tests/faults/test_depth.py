"""F4: nesting is read and written without recursion; the default limit refuses what nobody means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.confine import confined
from tests.hostile_bytes import (
    BIG,
    EXPLICIT,
    EXPLICIT_BE,
    EXPLICIT_LE,
    IMPLICIT,
    IMPLICIT_LE,
    UNDEFINED,
    basic,
    element,
    header,
    item_end,
    nested,
    part10,
    sequence_end,
)

MIB = 1 << 20
FORMS = {"explicit": (EXPLICIT, EXPLICIT_LE), "implicit": (IMPLICIT, IMPLICIT_LE), "big": (BIG, EXPLICIT_BE)}

_REFUSE = """
small, deep = (open(name, "rb").read() for name in ARGUMENTS)
dicomkit.dcmread(small).check()

def everything():
    # What stands in a UN of defined length is looked at when it is asked for.
    ds = dicomkit.dcmread(deep)
    ds.check()
    return ds

fields, ds = measured(everything)
codes = [] if ds is None else sorted({issue.code.name for issue in ds.issues})
answer(codes=codes, recursion=sys.getrecursionlimit(), **fields)
"""

_OPEN = """
import io
from dicomkit.core.limits import Limits

data = open(ARGUMENTS[0], "rb").read()
ds = dicomkit.dcmread(data, dicomkit.ReadOptions(limits=Limits(depth=1_000_000)))

def written():
    target = io.BytesIO()
    dicomkit.dcmwrite(target, ds)
    return target.getvalue()
"""

_REWRITE = (
    _OPEN
    + """
equal = written() == data
depth = sum(element.vr == "SQ" for element in ds.walk())
ds.PatientID = "H-2"
edited = written().endswith(data[data.index(b"H-1 "):].replace(b"H-1 ", b"H-2 "))
answer(equal=equal, edited=edited, depth=depth, recursion=sys.getrecursionlimit())
"""
)

_TIME_TWO_DEPTHS = """
import io
from dicomkit.core.limits import Limits

def seconds(name):
    data = open(name, "rb").read()
    best = 1e9
    for _ in range(3):
        start = time.process_time()
        ds = dicomkit.dcmread(data, dicomkit.ReadOptions(limits=Limits(depth=1_000_000)))
        deepest = ds
        while 0x0040A730 in deepest:
            deepest = deepest[0x0040A730].value[0]
        if ARGUMENTS[2] == "check":
            ds.check()
        else:
            deepest.PatientID = "DIVE"
            dicomkit.dcmwrite(io.BytesIO(), ds)
        best = min(best, time.process_time() - start)
    return best

answer(ratio=seconds(ARGUMENTS[1]) / seconds(ARGUMENTS[0]))
"""


@pytest.mark.parametrize("defined", [False, True], ids=["open", "defined"])
@pytest.mark.parametrize("un", [False, True], ids=["sq", "un"])
@pytest.mark.parametrize("form", FORMS)
def test_a_hundred_thousand_levels_are_refused(form: str, un: bool, defined: bool, tmp_path: Path) -> None:
    """F4: depth 100,000 is refused within 50 ms (guard: 10 times) and 20 MB, on a stack of 256 KiB."""
    layout, syntax = FORMS[form]
    small, deep = tmp_path / "small.dcm", tmp_path / "deep.dcm"
    small.write_bytes(part10(basic(layout), syntax))
    deep.write_bytes(part10(basic(layout) + nested(100_000, layout, defined=defined, un=un), syntax))
    result = confined(_REFUSE, str(small), str(deep), stack=256 << 10)
    assert 0 == result.status, result
    assert result.answer["outcome"] == "LimitExceededError" or "DEPTH_LIMIT" in str(result.answer["codes"]), result
    assert 1000 == result.answer["recursion"]
    assert 0.5 > result.number("cpu"), result
    assert 20 * MIB > result.number("peak"), result


@pytest.mark.parametrize("defined", [False, True], ids=["open", "defined"])
@pytest.mark.parametrize("form", FORMS)
def test_with_a_raised_limit_any_depth_is_read_and_written(form: str, defined: bool, tmp_path: Path) -> None:
    """F4: 100,000 levels are walked, edited and rewritten byte for byte when the limit allows them."""
    layout, syntax = FORMS[form]
    deep = tmp_path / "deep.dcm"
    deep.write_bytes(part10(basic(layout) + nested(100_000, layout, defined=defined), syntax))
    result = confined(_REWRITE, str(deep), stack=256 << 10)
    assert 0 == result.status, result
    assert {"equal": True, "edited": True, "depth": 100_000, "recursion": 1000} == result.answer


def crowded(depth: int) -> bytes:
    """Encode nested sequences with text of the inherited character set, and a value that is none, at each level."""
    level = element(0x00100020, "LO", b"\xdc1") + element(0x00100030, "DA", b"yesterday ")
    return (
        element(0x00080005, "CS", b"ISO_IR 100")
        + (level + header(0x0040A730, "SQ", UNDEFINED) + header(0xFFFEE000, "", UNDEFINED)) * depth
        + (item_end(EXPLICIT) + sequence_end(EXPLICIT)) * depth
    )


@pytest.mark.parametrize("made", [lambda depth: basic() + nested(depth), crowded], ids=["nested", "crowded"])
@pytest.mark.parametrize("work", ["check", "edit"])
def test_the_cost_of_depth_is_proportional(made: Callable[[int], bytes], work: str, tmp_path: Path) -> None:
    """Checking, or editing the deepest item, takes about four times as long for four times the depth, not sixteen."""
    names = [str(tmp_path / str(depth)) for depth in (1000, 4000)]
    for name, depth in zip(names, (1000, 4000), strict=True):
        Path(name).write_bytes(part10(made(depth)))
    result = confined(_TIME_TWO_DEPTHS, *names, work)
    assert 0 == result.status, result
    assert 9 > result.number("ratio"), result


def test_a_million_levels_are_read_and_written(tmp_path: Path) -> None:
    """F4: with the limit raised to 1e6, as many levels are read and written byte for byte, on a stack of 256 KiB."""
    deep = tmp_path / "deep.dcm"
    deep.write_bytes(part10(basic() + nested(1_000_000)))
    program = _OPEN + "answer(equal=written() == data, recursion=sys.getrecursionlimit())"
    result = confined(program, str(deep), stack=256 << 10)
    assert 0 == result.status, result
    assert {"equal": True, "recursion": 1000} == result.answer
