"""Bytes."""

from __future__ import annotations

import array

import numpy as np
import pytest

from dicomkit.core.vr import VR
from dicomkit.encoding.values import decode_value, encode_value
from dicomkit.errors import ValueEncodeError
from tests.encoding.values.recording import Recorder

VRS = [VR.OB, VR.OD, VR.OF, VR.OL, VR.OV, VR.OW, VR.UN]


@pytest.mark.parametrize("vr", VRS)
@pytest.mark.parametrize("is_little_endian", [True, False])
def test_bytes_are_themselves(vr, is_little_endian):
    """Bytes are neither copied apart nor swapped, only padded with a zero byte."""
    context = Recorder(is_little_endian=is_little_endian)
    data = bytes(range(9))
    assert data is decode_value(vr, data, context)
    for value in (data, bytearray(data), memoryview(data)):
        assert data + b"\0" == encode_value(vr, value, context)


@pytest.mark.parametrize("dtype", ["u1", "<u2", ">u2", "<f4", ">f8", "<i8"])
@pytest.mark.parametrize("is_little_endian", [True, False])
def test_arrays_become_little_endian(dtype, is_little_endian):
    """An array keeps the size of its numbers; in memory they are little endian, whatever the data set will be."""
    numbers = np.array([1, 2, 3, 4], dtype)
    expected = numbers.astype(numbers.dtype.newbyteorder("<")).tobytes()
    context = Recorder(is_little_endian=is_little_endian)
    assert expected == encode_value(VR.OW, numbers, context) == encode_value(VR.OW, numbers.reshape(2, 2), context)


def test_lists_have_the_numbers_of_the_vr():
    """A list of numbers is packed with the size that the VR names."""
    context = Recorder(is_little_endian=False)
    assert b"\1\0\2\0" == encode_value(VR.OW, [1, 2], context)
    assert b"\1\2\3\0" == encode_value(VR.OB, [1, 2, 3], context)
    assert np.array([1.5], "<f4").tobytes() == encode_value(VR.OF, [1.5], context)
    assert b"\1\0" == encode_value(VR.OW, array.array("H", [1]), context)


@pytest.mark.parametrize("value", ["text", 5, 1.5, object(), np.zeros(2, [("a", "i2"), ("b", "i4")]), [256], {1: 2}])
def test_what_is_no_bytes(value):
    """Text, single numbers, records and numbers out of range are errors."""
    with pytest.raises(ValueEncodeError):
        encode_value(VR.OB, value, Recorder())
