"""DS and IS: the text is kept, the number is Python's, and new texts are the best that 16 characters allow."""

from __future__ import annotations

import copy
import math
import pickle
import re
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal, localcontext

import pydicom.valuerep
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dicomkit.core.number import DSfloat, ISint
from dicomkit.errors import DicomError, ValueDecodeError, ValueEncodeError
from tests.strategies import decimal_strings, finite_floats, integer_strings, invalid_texts

#: PS3.5 6.2, DS: fixed or floating point; written anew.
DS_GRAMMAR = re.compile(r"[+-]?(?=\.?[0-9])[0-9]*(\.[0-9]*)?([Ee][+-]?[0-9]+)?", re.ASCII)
IS_GRAMMAR = re.compile(r"[+-]?[0-9]+", re.ASCII)


# DS ------------------------------------------------------------------------------------------------------------------


@given(decimal_strings, st.sampled_from(["", " "]), st.sampled_from(["", " ", "  "]))
def test_ds_keeps_its_text_without_padding(text: str, before: str, after: str):
    """The number is what float() says, the text what was written."""
    number = DSfloat(before + text + after)
    assert float(text) == number
    assert text == number.original_text == str(number) == f"{number}"
    assert repr(float(text)) == repr(number)


@given(decimal_strings)
def test_ds_equals_pydicoms(text: str):
    """pydicom reads the same number and keeps the same text."""
    peer = pydicom.valuerep.DSfloat(text)
    assert float(peer) == DSfloat(text)
    assert peer.original_string == DSfloat(text).original_text


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v)), DSfloat])
def test_ds_copies_keep_the_text(duplicate):
    """Copies, pickles and conversions say 1.50 too."""
    other = duplicate(DSfloat("1.50 "))
    assert type(other) is DSfloat
    assert ("1.50", 1.5) == (str(other), other)


def test_ds_is_a_float():
    """It compares, hashes and calculates as one; what is calculated is plain."""
    number = DSfloat("1.50")
    assert 1.5 == number
    assert hash(1.5) == hash(number)
    assert type(number + 1) is float
    assert number == DSfloat("1.5")
    assert DSfloat(1.5).original_text is None
    assert "1.5" == str(DSfloat(1.5))
    assert "1.500" == f"{number:.3f}"
    assert "1.50" == DSfloat(1.5, "1.50").original_text


@pytest.mark.parametrize(
    "text", ["", " ", "nan", "inf", "-Infinity", "1_0", "1,5", "1e999", "٣", "1.5.2", "0x10", "1 2", "1e"]
)
def test_ds_refuses(text: str):
    """What is no finite number in ASCII digits is a ValueDecodeError that carries the text."""
    with pytest.raises(ValueDecodeError) as raised:
        DSfloat(text)
    assert ("DS", text) == (raised.value.vr, raised.value.value)


@given(invalid_texts)
def test_ds_gives_a_number_or_our_error(text: str):
    """No text raises anything else; `is_valid` is the grammar and the length."""
    try:
        number = DSfloat(text)
    except DicomError:
        return
    stripped = text.strip(" ")
    assert (bool(DS_GRAMMAR.fullmatch(stripped)) and len(stripped) <= 16) == number.is_valid


@given(decimal_strings)
def test_valid_ds_are_valid(text: str):
    """Each text of the grammar, up to 16 characters, is valid."""
    assert (len(text) <= 16) == DSfloat(text).is_valid


def test_validity_of_numbers():
    """A number without text is valid if it is finite."""
    assert DSfloat(1.5).is_valid
    assert not DSfloat(math.nan).is_valid
    assert not DSfloat(1.5, "1.5 mm").is_valid


def nearest_error(value: float) -> Decimal:
    """Find, by trying them all, how near any text of at most 16 characters comes to a value."""
    exact = Decimal(value)
    sign = "-" if value < 0 else ""
    best = abs(exact)
    with localcontext() as context:
        context.prec = 1100
        magnitude = abs(exact)
        candidates = set()
        top = magnitude.adjusted() if magnitude else 0
        for exponent in [0, *range(top - 16, top + 3)]:
            for decimals in range(16):
                for rounding in (ROUND_HALF_EVEN, ROUND_DOWN):  # down: the nearest may read as infinite
                    text = f"{magnitude.scaleb(-exponent).quantize(Decimal(1).scaleb(-decimals), rounding):f}"
                    suffix = f"e{exponent}" if exponent else ""
                    candidates |= {f"{text}{suffix}", f"{text.removeprefix('0')}{suffix}"}
        for text in candidates:
            text = sign + text
            if len(text) <= 16 and DS_GRAMMAR.fullmatch(text) and math.isfinite(float(text)):
                best = min(best, abs(Decimal(text) - exact))
    return best


@given(finite_floats)
@example(1 / 3)
@example(-1 / 3)
@example(0.1 + 0.2)
@example(5e-324)
@example(1.7976931348623157e308)
@example(-1.7976931348623157e308)
@example(-1.2345678901234567e-300)
@example(99999999999999.995)
@example(0.00012345678901234567)
@example(123456789012345678.0)
@example(-0.0)
@example(1.234567890123456e-10)
@example(-1.234567890123456e-99)
@example(1.234567890123456e-100)
@example(1.234567890123456e100)
@example(0.0001234567890123456)
def test_shortest_text_is_the_nearest_that_fits(value: float):
    """At most 16 characters of the grammar, as near as any such text; the flag says whether it is exact."""
    text, lost = DSfloat.shortest(value)
    assert len(text) <= 16
    assert DS_GRAMMAR.fullmatch(text)
    assert lost == (float(text) != value)
    if lost:
        with localcontext() as context:
            context.prec = 1100
            assert nearest_error(value) == abs(Decimal(text) - Decimal(value))


@given(decimal_strings.filter(lambda text: len(text) <= 16))
def test_what_fits_is_exact(text: str):
    """A number that was read from a DS can be written as one without loss."""
    assert not DSfloat.shortest(float(text))[1]


@pytest.mark.parametrize(
    ("value", "text", "lost"),
    [
        (0.5, "0.5", False),
        (5.0, "5", False),
        (1000.0, "1000", False),
        (0.001, "0.001", False),
        (1e-5, "1e-5", False),
        (1e22, "1e22", False),
        (-0.0, "-0", False),
        (7, "7", False),
        (-(10**15), "-1e15", False),
        (9999999999999999, "9999999999999999", False),
        (12345678901234567, "12345678901235e3", True),
        (0.12345678901234004, "0.12345678901234", True),
        (1.234567890123456e-06, "1.23456789012e-6", True),
        (1.234567890123456e-10, "123456789012e-21", True),
        (1.234567890123456e20, "12345678901235e7", True),
        (0.1 + 0.2, "0.3", True),
        (1 / 3, ".333333333333333", True),
        (-1 / 3, "-.33333333333333", True),
        (100 / 3, "33.3333333333333", True),
        (1.7976931348623157e308, "179769313486e297", True),
    ],
)
def test_shortest_examples(value: float, text: str, lost: bool):
    """Numbers are written as people write them where that fits."""
    assert (text, lost) == DSfloat.shortest(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400])
def test_shortest_of_what_is_not_finite(value: float):
    """NaN, infinity and integers beyond any float are a ValueEncodeError."""
    with pytest.raises(ValueEncodeError):
        DSfloat.shortest(value)


def test_ds_of_a_huge_integer():
    """An integer beyond any float is a ValueEncodeError, not an OverflowError."""
    with pytest.raises(ValueEncodeError):
        DSfloat(10**400)


# IS ------------------------------------------------------------------------------------------------------------------


@given(integer_strings, st.sampled_from(["", " "]), st.sampled_from(["", " "]))
@example("-2147483648", "", "")
@example("2147483647", "", "")
def test_is_keeps_its_text_without_padding(text: str, before: str, after: str):
    """The number is what int() says, the text what was written."""
    number = ISint(before + text + after)
    assert int(text) == number
    assert text == number.original_text == str(number) == f"{number}"
    assert repr(int(text)) == repr(number)
    assert number.is_valid
    assert int(pydicom.valuerep.IS(text)) == number


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v)), ISint])
def test_is_copies_keep_the_text(duplicate):
    """Copies, pickles and conversions say 007 too."""
    other = duplicate(ISint("007"))
    assert type(other) is ISint
    assert ("007", 7) == (str(other), other)


def test_is_is_an_int():
    """It compares, hashes, indexes and calculates as one."""
    number = ISint(" 007 ")
    assert 7 == number
    assert hash(7) == hash(number)
    assert type(number + 1) is int
    assert "h" == "abcdefgh"[number]
    assert ISint(7).original_text is None
    assert "7" == str(ISint(7)) == str(ISint(7.0))
    assert "007" == ISint(7, "007").original_text


@pytest.mark.parametrize(("text", "value"), [("12.0", 12), ("+012.000", 12), ("-5.", -5)])
def test_integral_decimals_are_taken_but_not_valid(text: str, value: int):
    """Writers of decimal strings in IS are understood where nothing is lost."""
    assert value == ISint(text)
    assert text == str(ISint(text))
    assert not ISint(text).is_valid


@pytest.mark.parametrize("text", ["2147483648", "-2147483649", "0000000000001"])
def test_is_out_of_range(text: str):
    """Beyond 32 bits or 12 characters a number is taken, but not valid."""
    assert int(text) == ISint(text)
    assert not ISint(text).is_valid


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.5",
        "x",
        "1_0",
        "٣",
        "0x10",
        "1e300",
        "nan",
        "9" * 5000,
        "1 2",
        "1e3",
        "1.0000000000000000000000001",
        "9" * 13 + ".0",
    ],
)
def test_is_refuses(text: str):
    """What is no integer in ASCII digits is a ValueDecodeError."""
    with pytest.raises(ValueDecodeError):
        ISint(text)


@pytest.mark.parametrize("value", [1.5, math.nan, math.inf])
def test_is_refuses_fractions(value: float):
    """A number with a fraction is a ValueEncodeError, it is not cut."""
    with pytest.raises(ValueEncodeError):
        ISint(value)


@given(invalid_texts)
def test_is_gives_a_number_or_our_error(text: str):
    """No text raises anything else; `is_valid` is the grammar, the length and 32 bits."""
    try:
        number = ISint(text)
    except DicomError:
        return
    stripped = text.strip(" ")
    in_range = -(2**31) <= number < 2**31
    assert (bool(IS_GRAMMAR.fullmatch(stripped)) and len(stripped) <= 12 and in_range) == number.is_valid
