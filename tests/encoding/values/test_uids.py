"""UIDs."""

from __future__ import annotations

import pytest

from dicomkit.core.issue import IssueCode
from dicomkit.core.uid import UID
from dicomkit.core.vr import VR
from dicomkit.encoding.values import decode_value, encode_value
from dicomkit.errors import ValueEncodeError
from tests.encoding.values.recording import Recorder, by_pydicom


@pytest.mark.parametrize("data", [b"1.2.3\0", b"1.2.3 ", b" 1.2.3", b"1.2.3\0\0", b"1.2.3"])
def test_padding(data):
    """Zero bytes and spaces around a UID do not count; pydicom agrees."""
    assert UID("1.2.3") == decode_value(VR.UI, data, Recorder()) == by_pydicom("UI", data)


def test_several():
    """Each of several UIDs loses its padding; the last is padded with a zero byte (PS3.5 9.1)."""
    assert ["1.2", "1.3"] == decode_value(VR.UI, b"1.2\0\\1.3\0", Recorder())
    assert b"1.2\\1.34" == encode_value(VR.UI, ["1.2", UID("1.34")], Recorder())
    assert b"1.2\0" == encode_value(VR.UI, "1.2", Recorder())


def test_what_is_no_uid_is_written_and_reported():
    """A defective UID can be carried on, with an issue."""
    context = Recorder()
    assert b"1.02" == encode_value(VR.UI, "1.02", context)
    assert [IssueCode.VALUE_INVALID] == context.codes


@pytest.mark.parametrize("value", ["1.²", ["1\\2"], 12])
def test_what_cannot_be_a_uid(value):
    """Other characters than ASCII, backslashes and numbers are errors."""
    with pytest.raises(ValueEncodeError):
        encode_value(VR.UI, value, Recorder())
