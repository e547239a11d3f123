"""AE titles: PS3.5 6.2 (AE) and PS3.8 9.3.2."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.core.ae_title import AETitle
from dicomkit.errors import ValueDecodeError, ValueEncodeError
from tests.strategies import application_entities


@given(application_entities)
def test_fields_round_trip(text: str):
    """A title fills 16 bytes, and leading and trailing spaces do not count."""
    title = AETitle(f"  {text} ")
    field = title.encode_field()
    assert 16 == len(field)
    assert text == title == AETitle.decode(field)


@pytest.mark.parametrize("text", ["", "   ", "x" * 17, "A\\B", "Ä", "A\nB", "A\x7f", "A\0"])
def test_what_is_no_title(text: str):
    """Empty, too long, backslash, control characters and other scripts are refused."""
    with pytest.raises(ValueEncodeError):
        AETitle(text)


@given(st.binary(max_size=20))
def test_decoding_gives_a_title_or_our_error(data: bytes):
    """Any bytes give a title that keeps the rules, or ValueDecodeError."""
    try:
        title = AETitle.decode(data)
    except ValueDecodeError:
        return
    assert AETitle(title) == title


def test_zero_bytes_as_padding():
    """Some peers pad with zero bytes."""
    assert "PACS" == AETitle.decode(b"PACS\0\0\0\0\0\0\0\0\0\0\0\0")
