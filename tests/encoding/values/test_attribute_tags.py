"""AT."""

from __future__ import annotations

import numpy as np
import pytest

from dicomkit.core.issue import IssueCode
from dicomkit.core.tag import Tag
from dicomkit.core.vr import VR
from dicomkit.encoding.values import decode_value, encode_value
from dicomkit.errors import ValueEncodeError
from tests.encoding.values.recording import Recorder


@pytest.mark.parametrize(
    "value",
    [
        Tag(0x00081140),
        0x00081140,
        "(0008,1140)",
        (0x0008, 0x1140),
        [Tag(0x00081140)],
        ["00081140"],
        np.uint32(0x00081140),
    ],
)
def test_one_tag(value):
    """A tag in any spelling is two numbers in the byte order of the data set."""
    assert b"\x08\x00\x40\x11" == encode_value(VR.AT, value, Recorder())
    assert b"\x00\x08\x11\x40" == encode_value(VR.AT, value, Recorder(is_little_endian=False))


def test_several_tags():
    """A list is several tags, also one of numbers below 10000 (hexadecimal); so is a tuple of tags."""
    tags = (Tag(0x00000008), Tag(0x00001140))
    data = b"\0\0\x08\0\0\0\x40\x11"
    assert data == encode_value(VR.AT, [8, 0x1140], Recorder()) == encode_value(VR.AT, tags, Recorder())
    assert data == encode_value(VR.AT, np.array([8, 0x1140], "u4"), Recorder())
    assert list(tags) == decode_value(VR.AT, data, Recorder())


def test_a_length_that_is_no_multiple():
    """Whole tags are decoded, the rest is reported."""
    context = Recorder()
    assert Tag(0x00081140) == decode_value(VR.AT, b"\x08\x00\x40\x11\xff", context)
    assert decode_value(VR.AT, b"\x08\x00", context) is None
    assert [IssueCode.VALUE_LENGTH] * 2 == context.codes


@pytest.mark.parametrize("value", ["PatientName", -1, 2**32, True, 1.5, b"1234", [None], ("0008", "1140", "1")])
def test_what_is_no_tag(value):
    """Keywords, bytes, and numbers out of range are errors."""
    with pytest.raises(ValueEncodeError):
        encode_value(VR.AT, value, Recorder())
