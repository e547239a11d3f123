"""From whatever a caller sets to plain values."""

from __future__ import annotations

import array

import numpy as np
import pytest

from dicomkit.core.vr import VR
from dicomkit.encoding.values.python_values import array_of, items_of, padded, plain, strings_of
from dicomkit.errors import ValueEncodeError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, []),
        ("a\\b", ["a", "b"]),
        ("", [""]),
        (["a\\b"], ["a\\b"]),
        ((1, 2), [1, 2]),
        (np.array([[1, 2], [3, 4]]), [1, 2, 3, 4]),
        (np.array([["a"], ["b"]]), ["a", "b"]),
        (np.array(5), [5]),
        (iter([1, 2]), [1, 2]),
        ({"a": 1}.keys(), ["a"]),
        (5, [5]),
    ],
)
def test_items(value, expected):
    """Anything becomes a list of its values."""
    assert expected == items_of(value, VR.LO)


def test_text_of_one_value_is_not_split():
    """A backslash separates only where the VR has several values."""
    assert ["a\\b"] == items_of("a\\b", VR.LT)


def test_deep_nesting_needs_no_stack():
    """Lists nested a thousand deep are flattened without recursion."""

    class Deep:
        def tolist(self) -> object:
            value: object = 7
            for _ in range(2000):
                value = [value]
            return value

    assert [7] == items_of(Deep(), VR.US)


@pytest.mark.parametrize("value", [b"x", bytearray(b"x"), memoryview(b"x")])
def test_bytes_have_no_values(value):
    """Bytes are for the VRs of bytes."""
    with pytest.raises(ValueEncodeError):
        items_of(value, VR.LO)


def test_scalars():
    """A scalar of an array library is the number that it holds, of Python's own type."""
    assert int is type(plain(np.int16(3)))
    assert float is type(plain(np.float64(3)))
    assert 3 == plain(np.array(3))
    array_of_two = np.array([1, 2])
    assert array_of_two is plain(array_of_two)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.array([1, 2], ">u2"), ("H", [1, 2])),
        (np.array([1, 2], "<i8"), ("l", [1, 2])),
        (array.array("d", [1.5]), ("d", [1.5])),
        (np.arange(6).reshape(2, 3)[:, ::2].astype("u1"), ("B", [0, 2, 3, 5])),
        ([1, 2], None),
        ("text", None),
        (5, None),
        (None, None),
        (object(), None),
    ],
)
def test_arrays(value, expected):
    """The numbers of an array, whatever its byte order and strides."""
    assert expected == array_of(value, VR.US)


def test_padding():
    """Each VR has its own padding, to even length."""
    assert (b"a ", b"1\0", b"ab") == (padded(b"a", VR.LO), padded(b"1", VR.UI), padded(b"ab", VR.LO))


def test_strings_of_subclasses():
    """A subclass of str counts by its characters."""

    class Loud(str):
        __slots__ = ()

        def __str__(self) -> str:
            return self.upper()

    assert ["a"] == strings_of(Loud("a"), VR.LO)
