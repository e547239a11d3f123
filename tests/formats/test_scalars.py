"""From the strings and numbers of a model to values: each VR against what encoding and decoding the text gives."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.core.vr import VR, Kind
from dicomkit.encoding.charset import CharacterSet
from dicomkit.encoding.values import ValueContext, decode_value
from dicomkit.errors import ValueDecodeError
from dicomkit.formats.scalars import (
    empty_value,
    non_finite_text,
    number_of_text,
    plain_value,
    typed_value,
    without_surrogates,
)
from tests.strategies import value_texts

TEXT_VRS = [vr for vr in VR if vr.kind in (Kind.TEXT, Kind.UID, Kind.NAME, Kind.NUMBER_TEXT, Kind.TEMPORAL)]


def noted(vr: VR, *parts: object) -> tuple[object, list[str]]:
    """Give the value, and what was noted about it."""
    notes: list[str] = []
    value = typed_value(vr, list(parts), lambda message, action: notes.append(f"{message}; {action}"))
    return value, notes


@pytest.mark.parametrize("vr", TEXT_VRS)
@given(data=st.data())
def test_text_becomes_what_a_file_would_give(vr: VR, data: st.DataObject):
    """Texts of a model have the values and types that the same texts in a file have."""
    texts = data.draw(st.lists(value_texts(str(vr)), min_size=1, max_size=1 if not vr.multi else 3))
    context = ValueContext(CharacterSet.of(("ISO_IR 192",)), True, lambda *report: None)
    expected = decode_value(vr, "\\".join(texts).encode(), context)
    value, notes = noted(vr, *(text or None for text in texts))
    assert (expected, []) == (value, notes)
    for one, other in zip(
        [expected] if not isinstance(expected, list) else expected,
        value if isinstance(value, list) else [value],
        strict=True,
    ):
        assert (type(one), str(one)) == (type(other), str(other)) or (one in ("", None) and other in ("", None))


@pytest.mark.parametrize("vr", list(VR))
@given(data=st.data())
def test_the_short_way_ends_where_the_long_one_does(vr: VR, data: st.DataObject):
    """A part that takes no second look is the value that typed_value gives for it, and nothing is noted."""
    texts = st.one_of(st.text(max_size=20), value_texts(str(vr)) if vr in TEXT_VRS else st.just("\\"))
    part = data.draw(st.one_of(texts, st.integers(), st.floats(), st.booleans(), st.none(), texts.map(len)))
    value = plain_value(vr, part)
    if value is not None:
        # Beside a None, parts go the long way one by one; numbers that are alike, all at once.
        (expected, _), notes = (
            noted(vr, part, part if vr.kind is Kind.NUMBER else None) if vr.multi else ([noted(vr, part)[0], None], [])
        )
        assert (type(expected), expected, str(expected), []) == (type(value), value, str(value), notes)


@pytest.mark.parametrize("vr", [vr for vr in VR if vr is not VR.SQ])
def test_nothing_is_what_an_empty_element_has(vr: VR):
    """No value, or one empty one, is the value of an element of zero length in a file."""
    context = ValueContext(CharacterSet.of(()), True, lambda *report: None)
    expected = decode_value(vr, b"", context)
    assert expected == empty_value(vr) == noted(vr)[0]
    assert type(expected) is type(empty_value(vr))
    if vr.kind is not Kind.BINARY:
        assert expected == noted(vr, None)[0]


@pytest.mark.parametrize("vr", [vr for vr in VR if vr.kind is Kind.NUMBER])
def test_long_tables_are_what_single_numbers_are(vr: VR):
    """Numbers that go in one piece are those that go one by one; what is out of range is refused either way."""
    if vr.struct_code in "fd":
        numbers: list[object] = [0.1, -0.0, 1e30]
        assert [noted(vr, number)[0] for number in numbers] == noted(vr, *numbers)[0]
        return
    bits = 8 * vr.itemsize
    lowest, highest = (-(1 << bits - 1), (1 << bits - 1) - 1) if vr.value.startswith("S") else (0, (1 << bits) - 1)
    assert (
        [lowest, 0, highest]
        == noted(vr, lowest, 0, highest)[0]
        == noted(vr, lowest, 0.0, float(0) + highest if bits < 50 else highest)[0]
    )
    for wrong in (lowest - 1, highest + 1):
        for parts in ([wrong], [0, wrong]):
            with pytest.raises(ValueDecodeError):
                noted(vr, *parts)


@pytest.mark.parametrize("vr", [vr for vr in VR if vr is not VR.SQ])
def test_what_no_vr_can_hold(vr: VR):
    """A truth value, an object, an integer of thousands of digits is an error that can be shown."""
    for part in (True, {}, [], b"", object(), 10**5000, -(10**5000)):
        with pytest.raises(ValueDecodeError) as caught:
            noted(vr, part)
        assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", 1), (" 1 ", 1), ("+5", 5), ("-0", -0.0), ("1.5", 1.5), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0)],
)
def test_numbers_in_text(text: str, expected: float):
    """A model of text says numbers as people do."""
    number = number_of_text(text)
    assert (repr(expected), type(expected)) == (repr(number), type(number))


@pytest.mark.parametrize("text", ["", "x", "1_0", "٣", "0x10", "1 2", "--1", "1e", "nan", "9" * 50])
def test_text_that_is_no_number(text: str):
    """What is no number to anybody but Python stays text, or becomes a float where it has too many digits."""
    assert text == number_of_text(text) or float(text) == number_of_text(text)


def test_words_for_what_is_no_finite_number():
    """The words that are written are among those that are read."""
    for number in (float("inf"), float("-inf"), float("nan")):
        assert repr(number) == repr(noted(VR.FD, non_finite_text(number))[0])


@given(st.text(st.characters()))
def test_surrogates_are_replaced(text: str):
    """What comes out can be written as UTF-8, and differs only where it could not before."""
    clean = without_surrogates(text)
    assert len(text) == len(clean)
    clean.encode("utf-8")
    assert [] == [(a, b) for a, b in zip(text, clean, strict=True) if a != b and not 0xD800 <= ord(a) <= 0xDFFF]


@pytest.mark.parametrize("text", ["1" * 65536, "." * 65536, "1." * 32768, "-" * 65536, "1e" * 32768, "1" * 65535 + "x"])
def test_looking_at_text_takes_linear_time(text: str):
    """No text makes it slow: 64 KiB take milliseconds."""
    start = time.perf_counter()
    number_of_text(text)
    noted(VR.IS, text)
    noted(VR.DS, text)
    assert time.perf_counter() - start < 0.5
