"""Person names."""

from __future__ import annotations

import pytest

from dicomkit.core.person_name import PersonName
from dicomkit.core.vr import VR
from dicomkit.encoding.values import decode_value, encode_value
from dicomkit.errors import ValueEncodeError
from tests.encoding.values.recording import Recorder


def test_the_text_is_kept():
    """Empty groups at the end are part of the text (PS3.5 6.2.1.1 lets a writer leave them out)."""
    assert "Wang^XiaoDong=王=" == decode_value(VR.PN, "Wang^XiaoDong=王= ".encode(), Recorder("ISO_IR 192"))


def test_sets_reset_between_components():
    """Each component begins in the sets of value 1."""
    context = Recorder("", "ISO 2022 IR 149")
    data = b"\x1b$)C\xb1\xe6^\x1b$)C\xb1\xe6\\A "
    assert ["길^길", "A"] == decode_value(VR.PN, data, context)
    assert data == encode_value(VR.PN, ["길^길", PersonName("A")], context)
    assert [] == context.reports


def test_an_empty_name():
    """Nothing, and only padding, are an empty PersonName."""
    value = decode_value(VR.PN, b"  ", Recorder())
    assert PersonName is type(value)
    assert "" == value


def test_a_name_outside_the_character_set():
    """The error names the VR."""
    with pytest.raises(ValueEncodeError, match="convert_charset") as caught:
        encode_value(VR.PN, PersonName("山田"), Recorder())
    assert "PN" == caught.value.vr
