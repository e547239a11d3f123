"""DS and IS."""

from __future__ import annotations

import array
import decimal
import fractions

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.core.issue import IssueCode
from dicomkit.core.number import DSfloat, ISint
from dicomkit.core.vr import VR
from dicomkit.encoding.values import decode_value, encode_value
from dicomkit.errors import ValueEncodeError
from tests.encoding.values.recording import Recorder, by_pydicom
from tests.strategies import decimal_strings, finite_floats


@given(texts=st.lists(decimal_strings, min_size=1, max_size=5))
def test_the_text_of_a_decimal_survives(texts):
    """Numbers that were read are written with the same characters, one or many."""
    data = "\\".join(texts).encode()
    value = decode_value(VR.DS, data, Recorder())
    values = value if isinstance(value, list) else [value]
    assert [float(text) for text in texts] == values
    assert [DSfloat] * len(texts) == [type(item) for item in values]
    assert data == encode_value(VR.DS, value, Recorder()).rstrip(b" ")


@pytest.mark.parametrize("data", [b"1.5", b" 1.5 ", b"1.5\\-2e3 ", b" 1 \\ 2 ", b"1\0", b"007\\+1"])
def test_pydicom_reads_the_same_decimals(data):
    """Spaces around each number, and zero bytes at the end, do not count."""
    assert by_pydicom("DS", data.replace(b"\0", b" ")) == decode_value(VR.DS, data, Recorder())


@pytest.mark.parametrize(
    ("vr", "data", "expected"),
    [
        (VR.DS, b"abc ", "abc"),
        (VR.DS, b"1.5\\x ", [1.5, "x"]),
        (VR.DS, b"1e999 ", "1e999"),
        (VR.DS, b"1e999\\1", ["1e999", 1.0]),
        (VR.DS, b"nan ", "nan"),
        (VR.DS, b"1_0 ", "1_0"),
        (VR.IS, b"1A", "1A"),
        (VR.IS, b"1.5 ", 1.5),
        (VR.IS, b"9" * 5000, "9" * 5000),
        (VR.IS, b"\xb2", "²"),
    ],
)
def test_what_is_no_number_is_kept_and_reported(vr, data, expected):
    """The text stays, or the number with a fraction in IS, and is reported."""
    context = Recorder()
    assert expected == decode_value(vr, data, context)
    assert IssueCode.VALUE_INVALID in context.codes


@pytest.mark.parametrize(("data", "expected"), [(b"12", 12), (b"12.0", 12), (b"+0012 ", 12), (b"-3\\ 4", [-3, 4])])
def test_integers(data, expected):
    """IS are ints that keep their text; pydicom agrees."""
    value = decode_value(VR.IS, data, Recorder())
    assert expected == value == by_pydicom("IS", data)
    assert data.strip().replace(b"\\ ", b"\\") == encode_value(VR.IS, value, Recorder()).rstrip(b" ")


@pytest.mark.parametrize("vr", [VR.DS, VR.IS])
def test_empty_values_among_several(vr):
    """An empty value is None, and is written as such."""
    assert [None, 2, None] == decode_value(vr, b"\\2\\", Recorder())
    assert b"\\2\\ " == encode_value(vr, [None, 2, None], Recorder())


@given(finite_floats)
def test_a_float_becomes_its_shortest_text(number):
    """At most 16 characters, the same number again unless that is reported."""
    context = Recorder()
    text = encode_value(VR.DS, number, context).rstrip(b" ").decode()
    assert len(text) <= 16
    assert (float(text) == number) == ([] == context.reports)
    assert set(context.codes) <= {IssueCode.PRECISION_LOST}


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_single_precision_keeps_its_own_digits(number):
    """A float32 is written with the digits that it has, not those that a double adds."""
    context = Recorder()
    for value in (np.float32(number), np.array([number], "f4"), array.array("f", [number])):
        text = encode_value(VR.DS, value, context).rstrip(b" ").decode()
        assert np.float32(text) == np.float32(number)
    assert [] == context.reports


@pytest.mark.parametrize(
    ("vr", "value", "expected"),
    [
        (VR.DS, 1, b"1 "),
        (VR.DS, "1.50", b"1.50"),
        (VR.DS, "0.5\\0.5", b"0.5\\0.5 "),
        (VR.DS, decimal.Decimal("2.5"), b"2.5 "),
        (VR.DS, fractions.Fraction(1, 4), b"0.25"),
        (VR.DS, np.array([[1.5, 2], [3, 4]]), b"1.5\\2\\3\\4 "),
        (VR.DS, np.array([1, 2], ">i2"), b"1\\2 "),
        (VR.DS, (1, 2.5), b"1\\2.5 "),
        (VR.DS, range(3), b"0\\1\\2 "),
        (VR.DS, ISint("007"), b"007 "),
        (VR.IS, 5.0, b"5 "),
        (VR.IS, np.int16(-5), b"-5"),
        (VR.IS, np.array([1, 2]), b"1\\2 "),
        (VR.IS, "12", b"12"),
        (VR.IS, decimal.Decimal(4), b"4 "),
    ],
)
def test_python_values(vr, value, expected):
    """Numbers of Python and arrays are written without an issue."""
    context = Recorder()
    assert expected == encode_value(vr, value, context)
    assert [] == context.reports


@pytest.mark.parametrize(
    ("vr", "value"), [(VR.DS, "abc"), (VR.DS, "1.234567890123456789"), (VR.IS, "1.5"), (VR.IS, 2**31), (VR.IS, "x")]
)
def test_what_the_vr_does_not_allow_is_written_and_reported(vr, value):
    """Text that is no number, too long or too large can be carried on, with an issue."""
    context = Recorder()
    assert str(value).encode() == encode_value(vr, value, context).rstrip(b" ")
    assert [IssueCode.VALUE_INVALID] == context.codes


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        (VR.DS, float("nan")),
        (VR.DS, float("inf")),
        (VR.DS, True),
        (VR.DS, 1j),
        (VR.DS, b"1"),
        (VR.DS, [10**400]),
        (VR.DS, np.array([True])),
        (VR.DS, ["1\\2"]),
        (VR.DS, object()),
        (VR.IS, 1.5),
        (VR.IS, True),
        (VR.IS, float("nan")),
        (VR.IS, None.__class__),
        (VR.IS, [10**5000]),
    ],
)
def test_what_cannot_be_written(vr, value):
    """What is no finite real number is an error; so is a bool, which no VR means."""
    with pytest.raises(ValueEncodeError):
        encode_value(vr, value, Recorder())
