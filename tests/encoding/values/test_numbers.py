"""Binary numbers, and lookup table descriptors."""

from __future__ import annotations

import array

import numpy as np
import pytest

from dicomkit.core.issue import IssueCode
from dicomkit.core.multi_value import MultiValue
from dicomkit.core.vr import VR
from dicomkit.encoding.values import decode_value, encode_value
from dicomkit.encoding.values.numbers import LUT_DESCRIPTOR_TAGS, decode_descriptor, encode_descriptor
from dicomkit.errors import ValueEncodeError
from tests.encoding.values.recording import Recorder

DTYPES = {VR.FL: "f4", VR.FD: "f8", VR.SS: "i2", VR.US: "u2", VR.SL: "i4", VR.UL: "u4", VR.SV: "i8", VR.UV: "u8"}


@pytest.mark.parametrize(("vr", "dtype"), DTYPES.items())
@pytest.mark.parametrize("is_little_endian", [True, False])
def test_numpy_agrees(vr, dtype, is_little_endian):
    """NumPy's types of the same size have the same bytes, in both byte orders, one number or several."""
    context = Recorder(is_little_endian=is_little_endian)
    numbers = np.array([1, 2, 100], ("<" if is_little_endian else ">") + dtype)
    assert numbers.tolist() == decode_value(vr, numbers.tobytes(), context)
    assert numbers[0] == decode_value(vr, numbers[:1].tobytes(), context)
    for value in (numbers, numbers.tolist(), numbers.astype(dtype), tuple(numbers), numbers.reshape(3, 1)):
        assert numbers.tobytes() == encode_value(vr, value, context)
    assert numbers[:1].tobytes() == encode_value(vr, numbers[0], context) == encode_value(vr, numbers[:1], context)


@pytest.mark.parametrize("vr", DTYPES)
def test_a_length_that_is_no_multiple(vr):
    """Whole numbers are decoded, the rest is reported."""
    context = Recorder()
    data = bytes(2 * vr.itemsize + 1)
    assert [0, 0] == decode_value(vr, data, context)
    assert 0 == decode_value(vr, bytes(vr.itemsize + 1), context)
    assert decode_value(vr, bytes(vr.itemsize - 1), context) is None
    assert [IssueCode.VALUE_LENGTH] * 3 == context.codes


def test_other_arrays_and_numbers():
    """Arrays of another size, and numbers that are integral, are converted."""
    context = Recorder()
    assert b"\1\0\2\0" == encode_value(VR.US, array.array("b", [1, 2]), context)
    assert b"\1\0" == encode_value(VR.US, 1.0, context) == encode_value(VR.US, np.float64(1), context)
    assert np.float32(1.5).tobytes() == encode_value(VR.FL, np.float64(1.5), context)
    assert b"" == encode_value(VR.US, [], context)


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        (VR.US, 65536),
        (VR.US, -1),
        (VR.SS, 32768),
        (VR.UV, 2**64),
        (VR.FL, 1e39),
        (VR.FD, 10**400),
        (VR.US, True),
        (VR.US, np.array([True])),
        (VR.FL, True),
        (VR.US, 1.5),
        (VR.US, float("nan")),
        (VR.US, float("inf")),
        (VR.US, "1"),
        (VR.FL, "1"),
        (VR.US, b"\1\0"),
        (VR.US, [None]),
        (VR.US, np.array(["a"])),
        (VR.US, 1j),
        (VR.US, {}),
        (VR.US, object()),
    ][:-2],
)
def test_what_cannot_be_written(vr, value):
    """Numbers out of range, fractions in integers, bools, text and bytes are errors."""
    with pytest.raises(ValueEncodeError):
        encode_value(vr, value, Recorder())


def test_infinity_is_a_float():
    """FL and FD have the special values of IEEE 754."""
    assert float("inf") == decode_value(VR.FD, encode_value(VR.FD, float("inf"), Recorder()), Recorder())


def test_the_first_value_of_a_lookup_table_descriptor():
    """The number of entries is unsigned even where the VR is SS (PS3.3 C.7.6.3.1.5, C.11.1.1.1)."""
    context = Recorder()
    data = np.array([40000, -100, 16]).astype("<i2").tobytes()
    value = decode_descriptor(VR.SS, data, context)
    assert [40000, -100, 16] == value
    assert MultiValue is type(value)
    assert (
        data
        == encode_descriptor(VR.SS, value, context)
        == encode_descriptor(VR.SS, np.array([40000, -100, 16]), context)
    )
    assert [0, -1, 16] == decode_descriptor(VR.SS, encode_descriptor(VR.SS, [0, -1, 16], context), context)
    for entries in (1, 32767, 32768, 65535):
        assert [entries, 0, 8] == decode_descriptor(VR.SS, encode_descriptor(VR.SS, [entries, 0, 8], context), context)
    for value in ([-1, 0, 8], [65536, 0, 8]):
        with pytest.raises(ValueEncodeError, match="number of entries"):
            encode_descriptor(VR.SS, value, context)
    assert decode_descriptor(VR.SS, b"", context) is None
    assert b"" == encode_descriptor(VR.SS, None, context)
    assert 0x00283002 in LUT_DESCRIPTOR_TAGS
