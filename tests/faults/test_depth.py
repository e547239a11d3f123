"""F4: nesting is read and written without recursion; the default limit refuses what nobody means."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.confine import confined
from tests.hostile_bytes import BIG, EXPLICIT, EXPLICIT_BE, EXPLICIT_LE, IMPLICIT, IMPLICIT_LE, basic, nested, part10

MIB = 1 << 20
FORMS = {"explicit": (EXPLICIT, EXPLICIT_LE), "implicit": (IMPLICIT, IMPLICIT_LE), "big": (BIG, EXPLICIT_BE)}

_REFUSE = """
small, deep = (open(name, "rb").read() for name in ARGUMENTS)
dicomkit.dcmread(small).check()
fields, ds = measured(lambda: dicomkit.dcmread(deep))
codes = [] if ds is None else sorted({issue.code.name for issue in ds.issues})
answer(codes=codes, recursion=sys.getrecursionlimit(), **fields)
"""

_REWRITE = """
import io
from dicomkit.core.limits import Limits

data = open(ARGUMENTS[0], "rb").read()
ds = dicomkit.dcmread(data, dicomkit.ReadOptions(limits=Limits(depth=1_000_000)))
target = io.BytesIO()
dicomkit.dcmwrite(target, ds)
depth = sum(element.vr == "SQ" for element in ds.walk())
ds.check()
ds.PatientID = "H-2"
edited = io.BytesIO()
dicomkit.dcmwrite(edited, ds)
answer(equal=target.getvalue() == data, edited=edited.getvalue() == data.replace(b"H-1 ", b"H-2 "), depth=depth,
       recursion=sys.getrecursionlimit())
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
    """F4: 100,000 levels are walked, checked, edited and rewritten byte for byte when the limit allows them."""
    layout, syntax = FORMS[form]
    deep = tmp_path / "deep.dcm"
    deep.write_bytes(part10(basic(layout) + nested(100_000, layout, defined=defined), syntax))
    result = confined(_REWRITE, str(deep), stack=256 << 10)
    assert 0 == result.status, result
    assert {"equal": True, "edited": True, "depth": 100_000, "recursion": 1000} == result.answer
