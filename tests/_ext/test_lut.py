"""Look-up tables: kernel and twin take the entry that PS3.3 says, and the same."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit._ext import COMPILED
from dicomkit._ext.pure import lut as twin


def modules() -> list[ModuleType]:
    """Give the twin, and the kernel where it runs."""
    if not COMPILED:
        return [twin]
    from dicomkit._ext import lut

    return [lut, twin]  # type: ignore[list-item]  # a stub is no module


BOTH = modules()
EACH = pytest.mark.parametrize("lut", BOTH, ids=lambda module: module.__name__.rpartition("_ext.")[2])


@EACH
@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4"])
@pytest.mark.parametrize("entry", ["u1", "u2", "u4", "f8", "u1,u1,u1", "u2,u2,u2", "u1,u1,u1,u1"])
def test_each_sample_has_its_entry(lut: ModuleType, dtype: str, entry: str):
    """The first entry is that of `first` and of all below, the last that of all above (PS3.3 C.11.1.1.1)."""
    info = np.iinfo(dtype)
    samples = np.array([info.min, 0, 9, 10, 11, 14, 15, 100, info.max], dtype)
    table = np.arange(5 * np.dtype(entry).itemsize, dtype="u1").view(entry)
    out = np.zeros(samples.shape, entry)
    lut.apply(samples, samples.itemsize, dtype[0] == "i", 10, table, table.itemsize, out)
    assert table[[0, 0, 0, 0, 1, 4, 4, 4, 4]].tolist() == out.tolist()


@EACH
@pytest.mark.parametrize(
    ("samples", "width", "first", "table", "size", "out"),
    [
        (b"12", 3, 0, b"1", 1, bytearray(2)),
        (b"12", 1, 0, b"", 1, bytearray(2)),
        (b"12", 1, 0, b"123", 2, bytearray(4)),
        (b"12", 1, 0, b"1", 0, bytearray(2)),
        (b"12", 1, 0, bytes(65), 65, bytearray(130)),
        (b"123", 2, 0, b"1", 1, bytearray(1)),
        (b"12", 1, 0, b"1", 1, bytearray(3)),
        (b"12", 1, 0, b"12", 2, bytearray(3)),
        (b"12", 1, 2**41, b"1", 1, bytearray(2)),
    ],
)
def test_what_does_not_fit_is_refused(
    lut: ModuleType, samples: bytes, width: int, first: int, table: bytes, size: int, out: bytearray
):
    """Sizes that do not agree are refused before anything is read."""
    with pytest.raises(ValueError):
        lut.apply(samples, width, False, first, table, size, out)


@EACH
def test_what_cannot_be_written_to_is_refused(lut: ModuleType):
    """Bytes do not change."""
    with pytest.raises((TypeError, BufferError)):
        lut.apply(b"1", 1, False, 0, b"1", 1, bytes(1))


@given(
    st.binary(max_size=64),
    st.sampled_from([1, 2, 4]),
    st.booleans(),
    st.one_of(st.integers(-300, 300), st.integers(-(2**40), 2**40)),
    st.binary(min_size=20, max_size=200),
    st.integers(1, 20),
)
def test_kernel_and_twin_agree(data: bytes, width: int, is_signed: bool, first: int, table: bytes, size: int):
    """Whatever the samples, the table and its first sample: the same entries."""
    data = data[: len(data) // width * width]
    table = table[: len(table) // size * size]
    answers = set()
    for module in BOTH:
        out = bytearray(len(data) // width * size)
        module.apply(data, width, is_signed, first, table, size, out)
        answers.add(bytes(out))
    assert 1 == len(answers)
