"""The kernel of JPEG-LS against its twin, which goes bit by bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dicomkit._ext.pure import jpegls as twin
from dicomkit._ext.samples import jpegls as kernel

DATA = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.sampled_from(
            [b"\xff\x7f", b"\xff\0", b"\xff\xff", b"\xff\xd9", b"\0" * 12, b"\xff", b"\xaa" * 9, b"\xf0" * 20]
        ),
    ),
    max_size=12,
).map(b"".join)
MOST = st.sampled_from([1, 3, 15, 127, 255, 4095, 65535])


def answer(module, data, places, out, rest):  # type: ignore[no-untyped-def]
    """Give what a module returns, where the scan ends only if that means anything; or that it refuses."""
    try:
        end, whole, problem = module.decode(data, 0, places, out, *rest)
    except ValueError:
        return "refused"
    return (end if problem in (0, 3) else -1, whole, min(problem, 1) if problem != 3 else 3)


@given(
    DATA, st.lists(st.integers(0, 3), min_size=1, max_size=4), st.integers(0, 6), st.integers(0, 12), st.integers(1, 4),
    st.integers(0, 2), st.integers(0, 9), MOST, st.tuples(*[st.integers(0, 40)] * 3), st.sampled_from([2, 3, 64, 5000]),
    st.booleans(),
)  # fmt: skip
@settings(max_examples=1500, deadline=None)
def test_decode_is_its_twin(  # type: ignore[no-untyped-def]
    data, places, rows, columns, samples, interleave, near, most, gaps, reset, is_fitting
):
    """Both give the same whole rows, and say the same of them."""
    if is_fitting:
        places = list(range(len(places)))
        samples, interleave, near = len(places), min(interleave or 1, 2) if len(places) > 1 else 0, min(near, most // 2)
    thresholds = [min(near + 1 + sum(gaps[: n + 1]), most) for n in range(3)]
    ours = np.full((rows, columns, samples), 0x5A, np.uint16 if most > 255 else np.uint8)
    theirs = ours.copy()
    rest = rows, columns, samples, interleave, near, (most, *thresholds, reset)
    found = answer(kernel, data, tuple(places), ours, rest)
    assert answer(twin, data, tuple(places), theirs, rest) == found
    if found != "refused":
        assert theirs.tolist() == ours.tolist()


@pytest.mark.parametrize("module", [kernel, twin])
def test_arguments_are_checked(module):  # type: ignore[no-untyped-def]
    """What would reach outside of a buffer is refused."""
    out = np.zeros(4, np.uint8)
    good = (b"\0" * 20, 0, (0,), out, 2, 2, 1, 0, 0, (255, 3, 7, 21, 64))
    assert 3 == len(module.decode(*good))
    for at, value in (
        (1, 21), (1, -1), (2, ()), (2, (1,)), (2, (0, 0)), (4, 3), (4, 0), (5, 1 << 16), (6, 5), (7, 1), (8, 200),
        (8, -1),
        (9, (256, 3, 7, 21, 64)), (9, (255, 0, 7, 21, 64)), (9, (255, 8, 7, 21, 64)), (9, (255, 3, 7, 300, 64)),
        (9, (255, 3, 7, 21, 2)), (9, (255, 3, 7, 21, 5000)),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"\d"):
            module.decode(*good[:at], value, *good[at + 1 :])
    with pytest.raises((BufferError, ValueError)):
        module.decode(*good[:3], bytes(4), *good[4:])
