"""Dates, times and ages."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from dicomkit.core.issue import IssueCode
from dicomkit.core.temporal import Age, Date, DateTime, Time
from dicomkit.core.vr import VR
from dicomkit.encoding.values import decode_value, encode_value
from dicomkit.errors import ValueEncodeError
from tests.encoding.values.recording import Recorder, by_pydicom


@pytest.mark.parametrize(
    ("vr", "data", "made"),
    [
        (VR.DA, b"20240229", Date),
        (VR.TM, b"101112.5 ", Time),
        (VR.TM, b"10", Time),
        (VR.DT, b"20240229101112.123456+0100", DateTime),
        (VR.DT, b"2024", DateTime),
        (VR.AS, b"023Y", Age),
        (VR.DA, b"19990101-20001231 ", Date),
    ],
)
def test_valid_values(vr, data, made):
    """A value is its text, of its type, without an issue; pydicom's text is the same."""
    context = Recorder()
    value = decode_value(vr, data, context)
    assert made is type(value)
    assert by_pydicom(vr, data) == value
    assert [] == context.reports


@pytest.mark.parametrize(
    ("vr", "data"),
    [
        (VR.DA, b"garbage!"),
        (VR.DA, b"2024022"),
        (VR.TM, b"noon"),
        (VR.DT, b"today "),
        (VR.AS, b"old "),
        (VR.DA, b"\xb2\xb2\xb2\xb2\xb2\xb2\xb2\xb2"),
    ],
)
def test_what_is_not_understood_is_kept_and_reported(vr, data):
    """The text stays, has no parts, and is reported."""
    context = Recorder()
    value = decode_value(vr, data, context)
    assert data.decode("latin_1").rstrip() == value
    assert IssueCode.VALUE_INVALID in context.codes


@pytest.mark.parametrize(("vr", "data"), [(VR.DA, b"2024.02.29"), (VR.TM, b"10:11:12")])
def test_the_forms_of_acr_nema_are_understood(vr, data):
    """Old forms have parts, so decoding reports nothing; check() does."""
    context = Recorder()
    assert data.decode() == decode_value(vr, data, context)
    assert [] == context.reports


def test_empty_values_among_several():
    """An empty value is None, and is written as such."""
    assert ["20240101", None] == decode_value(VR.DA, b"20240101\\ ", Recorder())
    assert b"20240101\\ " == encode_value(VR.DA, [Date("20240101"), None], Recorder())


@pytest.mark.parametrize(
    ("vr", "value", "expected"),
    [
        (VR.DA, datetime.date(2024, 2, 29), b"20240229"),
        (VR.DA, datetime.datetime(2024, 2, 29, 10), b"20240229"),
        (VR.TM, datetime.time(10, 11, 12), b"101112"),
        (VR.TM, datetime.datetime(2024, 2, 29, 10, 11, 12, 5), b"101112.000005 "),
        (VR.DT, datetime.datetime(2024, 2, 29, 10, tzinfo=datetime.UTC), b"20240229100000+0000 "),
        (VR.DT, datetime.date(2024, 2, 29), b"20240229"),
        (VR.AS, datetime.timedelta(days=14), b"014D"),
        (VR.DA, [datetime.date(2024, 2, 29), "20240301"], b"20240229\\20240301 "),
        (VR.DA, np.datetime64("2024-02-29"), b"20240229"),
        (VR.DA, "20240101\\20240102", b"20240101\\20240102 "),
    ],
)
def test_python_values(vr, value, expected):
    """Dates, times and durations of Python and NumPy are written as the VR wants them."""
    assert expected == encode_value(vr, value, Recorder())


def test_text_that_is_not_allowed_is_written_and_reported():
    """A defective text can be carried on, with an issue."""
    context = Recorder()
    assert b"2024.01.01" == encode_value(VR.DA, "2024.01.01", context)
    assert [IssueCode.VALUE_INVALID] == context.codes


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        (VR.DA, 20240101),
        (VR.DA, datetime.time(1)),
        (VR.TM, datetime.date(2024, 1, 1)),
        (VR.AS, 5),
        (VR.DA, ["a\\b"]),
        (VR.DA, "é"),
    ],
)
def test_what_cannot_be_written(vr, value):
    """Numbers, and times where dates are needed, are errors."""
    with pytest.raises(ValueEncodeError):
        encode_value(vr, value, Recorder())
