"""Text: padding, backslashes, character sets (PS3.5 6.2)."""

from __future__ import annotations

import pytest

from dicomkit.core.issue import IssueCode
from dicomkit.core.vr import VR
from dicomkit.encoding.values import decode_value, encode_value
from dicomkit.errors import ValueEncodeError
from tests.encoding.values.recording import Recorder, by_pydicom


@pytest.mark.parametrize("vr", [VR.LO, VR.SH, VR.UC, VR.CS, VR.LT, VR.ST, VR.UT])
def test_leading_spaces_stay_and_trailing_padding_goes(vr):
    """Spaces and zero bytes come off the end; pydicom agrees."""
    assert "  A B" == decode_value(vr, b"  A B \0 ", Recorder())
    assert by_pydicom(vr, b"  A B \0 ") == decode_value(vr, b"  A B \0 ", Recorder())


def test_leading_spaces_of_ae_do_not_count():
    """In AE spaces at both ends are padding; pydicom agrees."""
    assert "MY AE" == by_pydicom("AE", b"  MY AE ") == decode_value(VR.AE, b"  MY AE ", Recorder())


@pytest.mark.parametrize("vr", [VR.LO, VR.SH, VR.UC, VR.CS])
def test_every_value_loses_its_padding(vr):
    """Padding may follow each value, not only the last (PS3.5 6.2: of the VR's values)."""
    assert ["A", "B", ""] == decode_value(vr, b"A \\B\0\\ ", Recorder())


@pytest.mark.parametrize("vr", [VR.LT, VR.ST, VR.UT, VR.UR])
def test_a_backslash_in_text_of_one_value(vr):
    """In ST, LT, UT and UR a backslash is a character, written as such."""
    assert "C:\\temp" == decode_value(vr, b"C:\\temp ", Recorder())
    assert b"C:\\temp " == encode_value(vr, "C:\\temp", Recorder())


def test_a_backslash_in_text_of_several_values():
    """A text with backslashes, as ported code sets it, is several values; inside a list it is an error."""
    assert b"ORIGINAL\\PRIMARY" == encode_value(VR.CS, "ORIGINAL\\PRIMARY", Recorder())
    for vr in (VR.CS, VR.LO, VR.AE):
        with pytest.raises(ValueEncodeError, match="backslash"):
            encode_value(vr, ["A\\B"], Recorder())


def test_undeclared_characters_are_reported():
    """Bytes above 7F without a character set are recovered, with an issue."""
    context = Recorder()
    assert "é" == decode_value(VR.LO, b"\xe9 ", context)
    assert [IssueCode.CHARSET_UNDECLARED] == context.codes


def test_codes_are_ascii():
    """AE, CS and UR have no character set: bytes above 7F are Latin 1, as pydicom has them, and not written."""
    context = Recorder("ISO_IR 192")
    assert by_pydicom("CS", b"\xe9A") == decode_value(VR.CS, b"\xe9A", context)
    assert [IssueCode.VALUE_INVALID] == context.codes
    for vr in (VR.CS, VR.AE, VR.UR):
        with pytest.raises(ValueEncodeError, match="ASCII"):
            encode_value(vr, "é", context)


def test_what_does_not_fit_the_character_set_names_vr_and_remedy():
    """The error says which VR, which character, and what to do."""
    for vr in (VR.LO, VR.UT):
        with pytest.raises(ValueEncodeError, match="convert_charset") as caught:
            encode_value(vr, "日本", Recorder("ISO_IR 100"))
        assert vr == caught.value.vr


@pytest.mark.parametrize(("vr", "value"), [(VR.LO, 5), (VR.LO, b"x"), (VR.LO, [None, 1]), (VR.LT, ["a", "b"])])
def test_what_is_no_text(vr, value):
    """Numbers and bytes are no text, and LT has one value."""
    with pytest.raises(ValueEncodeError):
        encode_value(vr, value, Recorder())


def test_none_among_texts_is_empty():
    """None in a list is an empty value, as for numbers."""
    assert b"A\\\\B" == encode_value(VR.LO, ["A", None, "B"], Recorder())


def test_a_list_of_one_is_one_text():
    """LT takes a list of one, as loops over any VR produce."""
    assert b"ab" == encode_value(VR.LT, ["ab"], Recorder())
