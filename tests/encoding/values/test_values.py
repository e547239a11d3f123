"""All VRs together: any bytes decode, what was decoded encodes again, and pydicom reads the same values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dicomkit.core.multi_value import MultiValue
from dicomkit.core.person_name import PersonName
from dicomkit.core.tag import Tag
from dicomkit.core.uid import UID
from dicomkit.core.vr import VR, Kind
from dicomkit.encoding.values import CODECS, decode_value, encode_value, problems
from dicomkit.errors import ValueDecodeError, ValueEncodeError
from tests.encoding.values.recording import Recorder, by_pydicom
from tests.strategies import value_texts

TEXT_VRS = [vr for vr in VR if vr.kind not in (Kind.BINARY, Kind.NUMBER, Kind.SEQUENCE, Kind.TAG)]
BINARY_VRS = [vr for vr in VR if vr.kind in (Kind.BINARY, Kind.NUMBER, Kind.TAG)]

TERMS = [
    (),
    ("ISO_IR 100",),
    ("ISO_IR 192",),
    ("GB18030",),
    ("", "ISO 2022 IR 87"),
    ("ISO 2022 IR 13", "ISO 2022 IR 149"),
]


@pytest.mark.parametrize("vr", [vr for vr in VR if vr is not VR.SQ])
@settings(max_examples=60)
@given(data=st.data())
def test_any_bytes_decode_and_settle(vr, data):
    """Any bytes under any VR give a value; encoded, it is stable, unless its text does not fit the character set."""
    terms = data.draw(st.sampled_from(TERMS))
    content = data.draw(st.binary(max_size=64) | st.text("0123456789.+-eE:_\\ \0AWn", max_size=40).map(str.encode))
    context = Recorder(*terms, is_little_endian=data.draw(st.booleans()))
    value = decode_value(vr, content, context)
    list(problems(vr, content, None, context))
    try:
        encoded = encode_value(vr, value, context)
    except ValueEncodeError:
        assert vr.uses_character_set or not content.isascii()
        return
    assert 0 == len(encoded) % 2
    again = decode_value(vr, encoded, context)
    assert encoded == encode_value(vr, again, context)
    if vr.kind is Kind.BINARY:
        assert content.ljust(len(encoded), b"\0") == again
    else:
        assert repr(value) == repr(again)


@pytest.mark.parametrize("vr", TEXT_VRS)
@settings(max_examples=40)
@given(data=st.data())
def test_valid_text_is_kept_and_unproblematic(vr, data):
    """Valid values encode to their text with padding, decode to it, and check() finds nothing."""
    texts = data.draw(st.lists(value_texts(vr), min_size=1, max_size=3 if vr.multi else 1))
    if vr is VR.UR:  # RFC 3986 section 2 has not all of ASCII
        texts = ["".join(character for character in texts[0] if character not in '"<>^`{|}')]
    context = Recorder("ISO_IR 192")
    encoded = encode_value(vr, texts if vr.multi else texts[0], context)
    assert "\\".join(texts).encode() == encoded[: len(encoded) - (len("\\".join(texts).encode()) % 2)]
    assert [] == list(problems(vr, encoded, None, context))
    assert [] == context.reports
    value = decode_value(vr, encoded, context)
    values = value if isinstance(value, MultiValue) else [value]
    assert [text.rstrip(" ") for text in texts] == ["" if item is None else str(item) for item in values]


@pytest.mark.parametrize("vr", TEXT_VRS)
@settings(max_examples=40)
@given(data=st.data())
def test_pydicom_decodes_valid_text_the_same(vr, data):
    """pydicom has the same value for what is written, but "" for an empty date and drops "=" at the end of a name."""
    texts = data.draw(st.lists(value_texts(vr), min_size=1, max_size=3 if vr.multi else 1))
    context = Recorder("ISO_IR 192")
    encoded = encode_value(vr, texts if vr.multi else texts[0], context)
    expected = by_pydicom(vr, encoded, "ISO_IR 192")
    actual = decode_value(vr, encoded, context)
    if vr is VR.PN:
        actual = [n.rstrip("=") for n in actual] if isinstance(actual, MultiValue) else actual.rstrip("=")
    assert (expected or None) == (actual or None) or (expected == actual == 0)


@pytest.mark.parametrize("vr", BINARY_VRS)
@pytest.mark.parametrize("is_little_endian", [True, False])
@settings(max_examples=20)
@given(data=st.data())
def test_pydicom_decodes_binary_the_same(vr, is_little_endian, data):
    """pydicom has the same numbers, tags and bytes in both byte orders."""
    count = data.draw(st.integers(1, 5))
    content = data.draw(st.binary(min_size=count * vr.itemsize, max_size=count * vr.itemsize))
    expected = by_pydicom(vr, content, is_little_endian=is_little_endian)
    actual = decode_value(vr, content, Recorder(is_little_endian=is_little_endian))
    assert repr(expected) == repr(actual) or expected == actual


@pytest.mark.parametrize("vr", [vr for vr in VR if vr is not VR.SQ])
def test_empty_values(vr):
    """An empty element is "" for text and UIDs, an empty name, b"" for bytes, and None for the rest."""
    value = decode_value(vr, b"", Recorder())
    expected = {Kind.TEXT: "", Kind.UID: "", Kind.NAME: "", Kind.BINARY: b""}.get(vr.kind)
    assert expected == value
    assert b"" == encode_value(vr, value, Recorder()) == encode_value(vr, None, Recorder())
    assert [] == list(problems(vr, b"", None, Recorder()))


@pytest.mark.parametrize(
    ("vr", "data", "made"), [(VR.PN, b"A^B ", PersonName), (VR.UI, b"1.2\0", UID), (VR.AT, b"\x10\0\x10\0", Tag)]
)
def test_types(vr, data, made):
    """Names, UIDs and tags have their own types, alone and in lists."""
    assert made is type(decode_value(vr, data, Recorder()))
    two = data + data if vr is VR.AT else data.rstrip(b" \0") + b"\\" + data
    value = decode_value(vr, two, Recorder())
    assert isinstance(value, MultiValue)
    assert [made, made] == [type(item) for item in value]


def test_every_vr_has_its_functions():
    """Only SQ, whose items are data sets, is decoded elsewhere."""
    assert set(VR) - {VR.SQ} == set(CODECS)
    with pytest.raises(ValueDecodeError):
        decode_value(VR.SQ, b"", Recorder())
    with pytest.raises(ValueEncodeError):
        encode_value(VR.SQ, [], Recorder())
