"""The kernel of JPEG's Huffman codes against its twin, which goes bit by bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dicomkit._ext.pure import jpeg as twin
from dicomkit._ext.samples import jpeg as kernel

# The tables for differences and for coefficients of luminance that everybody uses (ISO/IEC 10918-1 Tables K.3, K.5).
DC = bytes.fromhex("00010501010101010100000000000000000102030405060708090a0b")
AC = bytes.fromhex(
    "0002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a16"
    "1718191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a83848586878889"
    "8a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9ea"
    "f1f2f3f4f5f6f7f8f9fa"
)
ALL_SIZES = bytes([0] * 4 + [15, 2] + [0] * 10) + bytes(range(17))
TABLES = st.one_of(st.sampled_from([DC, AC, ALL_SIZES, b"", DC[:20]]), st.binary(min_size=16, max_size=40))
DATA = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.sampled_from(
            [b"\xff\x00", b"\xff\xff", b"\xff\xd0", b"\xff\xd1", b"\xff\xd9", b"\0" * 12, b"\xff", b"\x55" * 9]
        ),
    ),
    max_size=12,
).map(b"".join)


def answer(function, *arguments):
    """Give what a function returns, or that it refuses."""
    try:
        return function(*arguments)
    except ValueError:
        return "refused"


@given(
    DATA,
    st.integers(0, 5),
    st.lists(st.tuples(TABLES, TABLES, st.integers(0, 5)), min_size=1, max_size=4),
    st.integers(0, 60),
    st.integers(0, 9),
)
@settings(max_examples=400, deadline=None)
def test_walk_is_its_twin(data, start, components, units, interval):
    """Both end at the same place, after as many units, and say that the same is wrong."""
    dc, ac, blocks = zip(*components, strict=True)
    arguments = data, start, dc, ac, blocks, units, interval
    assert answer(twin.walk, *arguments) == answer(kernel.walk, *arguments)


@given(
    DATA,
    st.lists(st.tuples(TABLES, st.integers(0, 3)), min_size=1, max_size=4),
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(1, 4),
    st.integers(0, 8),
    st.integers(0, 17),
    st.integers(0, 3),
    st.sampled_from([np.uint8, np.uint16]),
)
@settings(max_examples=600, deadline=None)
def test_decode_is_its_twin(data, components, rows, columns, samples, predictor, precision, interval, dtype):
    """Both give the same samples, and say the same of them."""
    tables, places = zip(*components, strict=True)
    ours = np.full((rows, columns, samples), 0x5A, dtype)
    theirs = ours.copy()
    rest = rows, columns, samples, predictor, precision, interval
    assert answer(twin.decode, data, 0, tables, places, theirs, *rest) == answer(
        kernel.decode, data, 0, tables, places, ours, *rest
    )
    assert theirs.tolist() == ours.tolist()


@pytest.mark.parametrize("module", [kernel, twin])
def test_arguments_are_checked(module):
    """What would reach outside of a buffer is refused."""
    out = np.zeros(4, np.uint8)
    good = (b"\0" * 20, 0, (DC,), (0,), out, 2, 2, 1, 1, 8, 0)
    assert 4 == len(module.decode(*good))
    for at, value in (
        (1, 21),
        (1, -1),
        (2, ()),
        (3, (1,)),
        (3, (-1,)),
        (5, 3),
        (6, 0),
        (7, 5),
        (8, 0),
        (9, 17),
        (10, -1),
    ):
        with pytest.raises(ValueError, match=r"\d"):
            module.decode(*good[:at], value, *good[at + 1 :])
    with pytest.raises(ValueError, match="one place"):
        module.decode(*good[:2], (DC, DC), (0, 0), *good[4:])
    walked = (b"\0" * 20, 0, (DC,), (AC,), (1,), 2, 0)
    assert 3 == len(module.walk(*walked))
    for at, value in ((1, 21), (2, (DC,) * 5), (3, ()), (4, (0,)), (4, (17,)), (5, -1), (5, 1 << 31), (6, -1)):
        with pytest.raises(ValueError, match=r"\d"):
            module.walk(*walked[:at], value, *walked[at + 1 :])
    with pytest.raises((BufferError, ValueError)):
        module.decode(*good[:4], bytes(4), *good[5:])
