"""What a caller may put into an element, VR by VR (PS3.5 6.2)."""

from __future__ import annotations

import array
import datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import dicomkit
from dicomkit import DataElement, Dataset
from dicomkit.core.number import DSfloat, ISint
from dicomkit.core.person_name import PersonName
from dicomkit.core.tag import Tag
from dicomkit.core.temporal import Age, Date, DateTime, Time
from dicomkit.core.uid import UID
from dicomkit.core.vr import VR
from dicomkit.dataset.coerce import coerce
from dicomkit.dataset.sequence import Sequence
from dicomkit.errors import ValueEncodeError

TEXT_VRS = ("AE", "CS", "LO", "LT", "SH", "ST", "UC", "UR", "UT")
NUMBER_VRS = ("US", "SS", "UL", "SL", "UV", "SV", "FL", "FD")
BYTE_VRS = ("OB", "OW", "OL", "OD", "OF", "OV", "UN")


def stored(vr: str, value: object, tag: int = 0x00091001) -> object:
    """Coerce, as setting an element does."""
    return coerce(VR(vr), value, tag)


@pytest.mark.parametrize("vr", TEXT_VRS)
def test_empty_text_is_the_empty_string(vr):
    """None, nothing and an empty list are an element without a value: ""."""
    assert ["", "", ""] == [stored(vr, value) for value in (None, "", [])]


@pytest.mark.parametrize("vr", [*NUMBER_VRS, "DS", "IS", "DA", "TM", "DT", "AS", "AT"])
def test_empty_value_of_other_vrs_is_none(vr):
    """None and an empty list are an element without a value: None."""
    assert [None, None] == [stored(vr, value) for value in (None, [])]


@pytest.mark.parametrize("vr", BYTE_VRS)
def test_empty_bytes(vr):
    """Bytes without a value are b""."""
    assert [b"", b""] == [stored(vr, value) for value in (None, b"")]


def test_backslash_separates_values_where_the_vr_has_several():
    """PS3.5 6.4: a backslash separates values of LO, and is a character of LT, ST, UT and UR."""
    assert ["A", "B"] == stored("LO", "A\\B")
    assert [["A\\B"] * 4] == [[stored(vr, "A\\B") for vr in ("LT", "ST", "UT", "UR")]]


@pytest.mark.parametrize(
    ("vr", "value", "kind"),
    [
        ("UI", "1.2.3", UID),
        ("PN", "A^B", PersonName),
        ("DS", "1.50", DSfloat),
        ("DS", 1.5, DSfloat),
        ("IS", "007", ISint),
        ("IS", 7, ISint),
        ("DA", "20200102", Date),
        ("DA", datetime.date(2020, 1, 2), Date),
        ("TM", datetime.time(1, 2, 3), Time),
        ("DT", datetime.datetime(2020, 1, 2, 3, 4, 5), DateTime),
        ("AS", "012Y", Age),
        ("AT", 0x00100010, Tag),
        ("AT", (0x0010, 0x0010), Tag),
        ("SQ", [], Sequence),
    ],
)
def test_one_value_gets_the_type_of_its_vr(vr, value, kind):
    """A value that is set has the type that it has when read."""
    assert kind is type(stored(vr, value))


def test_one_value_in_a_list_is_that_value():
    """A list of one is one value, as reading the element gives it."""
    assert ["x", 5, b"ab"] == [stored("LO", ["x"]), stored("US", [5]), stored("OB", b"ab")]


def test_text_of_a_number_is_kept():
    """DS and IS keep the text that they were given."""
    assert ["1.50", "+007"] == [stored("DS", "1.50").original_text, stored("IS", "+007").original_text]


def test_numbers_of_every_kind_fit_ds():
    """Integers, decimals and fractions are numbers."""
    assert [2.0, 0.25, 0.5] == [stored("DS", 2), stored("DS", Decimal("0.25")), stored("DS", Fraction(1, 2))]


def test_single_precision_number_in_ds_keeps_its_own_digits():
    """np.float32(0.1) is written as 0.1, not with the digits that double precision adds."""
    one, several = stored("DS", np.float32(0.1)), stored("DS", np.array([0.1, 0.7], np.float32))
    assert ["0.1", ["0.1", "0.7"]] == [str(one), [str(part) for part in several]]


_RANGES = [
    ("US", 0, 2**16 - 1),
    ("SS", -(2**15), 2**15 - 1),
    ("UL", 0, 2**32 - 1),
    ("SL", -(2**31), 2**31 - 1),
    ("UV", 0, 2**64 - 1),
    ("SV", -(2**63), 2**63 - 1),
]


@pytest.mark.parametrize(("vr", "low", "high"), _RANGES)
def test_whole_numbers_of_a_vr_have_a_range(vr, low, high):
    """PS3.5 Table 6.2-1: a number that the bytes of the VR cannot hold is refused when it is set."""
    assert [low, high] == stored(vr, [low, high])
    for outside in (low - 1, high + 1):
        with pytest.raises(ValueEncodeError, match="outside"):
            stored(vr, outside)


def test_single_precision_has_a_range():
    """FL cannot hold 1e39; FD can, and both hold infinity."""
    with pytest.raises(ValueEncodeError):
        stored("FL", 1e39)
    assert [1e39, float("inf")] == [stored("FD", 1e39), stored("FL", float("inf"))]


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        ("LO", 5),
        ("LO", ["A", 5]),
        ("LO", Dataset()),
        ("UI", 5),
        ("PN", 5),
        ("DS", "five"),
        ("DS", float("nan")),
        ("DS", float("inf")),
        ("DS", True),
        ("IS", 1.5),
        ("IS", "1.5"),
        ("US", 1.5),
        ("US", "x"),
        ("US", b"\0\1"),
        ("US", True),
        ("FD", "x"),
        ("FD", object()),
        ("DA", 20200102),
        ("AT", "x"),
        ("AT", -1),
        ("OB", "text"),
        ("OB", 5),
        ("OB", [1, 2]),
        ("OW", np.array([object()])),
        ("SQ", "text"),
        ("SQ", Dataset()),
        ("SQ", [1]),
    ],
)
def test_what_a_vr_cannot_hold_is_refused(vr, value):
    """A ValueEncodeError, which says tag and VR, when the value is set and not when it is written."""
    with pytest.raises(ValueEncodeError) as caught:
        stored(vr, value)
    assert vr == caught.value.vr


@pytest.mark.parametrize("dtype", ["<u2", ">u2", "<i4", ">f8"])
def test_arrays_become_little_endian_bytes(dtype):
    """Bytes in memory are little endian, whatever byte order the array has."""
    numbers = np.array([1, 2, 300], dtype)
    assert numbers.astype(numbers.dtype.newbyteorder("<")).tobytes() == stored("OW", numbers)
    assert stored("OW", numbers) == stored("OW", memoryview(numbers))


def test_anything_with_a_buffer_is_bytes():
    """bytearray, memoryview and array.array are bytes; one that is not contiguous too."""
    expected = [b"ab", b"ab", b"\1\2", b"ac"]
    values = [bytearray(b"ab"), memoryview(b"ab"), array.array("B", [1, 2]), memoryview(b"abc")[::2]]
    assert expected == [stored("OB", value) for value in values]


def test_array_of_numbers_gives_plain_numbers():
    """Numbers of numpy become int and float, so that nothing of numpy is kept."""
    values = stored("US", np.array([1, 2], np.uint16))
    assert [[int, int], float] == [[type(value) for value in values], type(stored("FD", np.float64(1.5)))]


def test_pixel_data_may_be_an_array():
    """An ambiguous "OB or OW" is bytes: an array of pixels becomes those of its numbers."""
    pixels = np.arange(6, dtype=np.uint16).reshape(2, 3)
    assert pixels.astype("<u2").tobytes() == coerce("OB or OW", pixels, 0x7FE00010)


def test_ambiguous_numbers_are_checked():
    """A VR still to be decided, US or SS, holds what one of both holds, and no fraction."""
    assert [-5, 65535] == [coerce("US or SS", value, 0x00280106) for value in (-5, 65535)]
    for value in (1.5, 65536, -32769, True):
        with pytest.raises(ValueEncodeError):
            coerce("US or SS", value, 0x00280106)


def test_first_value_of_a_signed_lut_descriptor_has_no_sign():
    """PS3.3 C.7.6.3.1.5: the number of entries is up to 65535 although the VR is SS."""
    assert [65535, -5, 16] == stored("SS", [65535, -5, 16], 0x00281101)
    with pytest.raises(ValueEncodeError):
        stored("SS", [65535, -5, 16], 0x00280106)
    for value in ([-5, 0, 16], [5, 40000, 16], [5, -40000, 16], 40000):
        with pytest.raises(ValueEncodeError):
            stored("SS", value, 0x00281101)


# As what each VR with a form of its own takes text (PS3.5 Table 6.2-1): what says nothing, what is odd, what is right.
TEXTS = {
    "DA": (["garbage", "20201301", "20200230", "*", "2020010", "20200101-x", "1.1.2020", "²0200101"],
           ["2020.01.02"],
           ["20200102", "20200101-", "-20200101", "20200101-20210101", "20200102 "]),
    "TM": (["garbage", "25", "1", "101112.1234567", "10-1x", "²0"], ["10:11:12"], ["10", "1011", "101112.5", "10-11"]),
    "DT": (["garbage", "20201301", "2020-13-01", "2020+9900"], [], ["2020", "20200101101112.5+0100", "20200101-2021"]),
    "AS": (["garbage", "Y", "12", "1234Y", "0.5Y"], ["12Y"], ["012Y", "003D"]),
    "UI": (["garbage", "1.2.3*", "1,2", "é", "1.2\n3", "1 2"], ["1.02.3", "1..2", "1." + "2" * 70], ["1.2.3", "1.2\0"]),
    "DS": (["garbage", "1,5", "nan", "inf", "1e400", "0x10", "²"], ["1" * 17], ["1.5", "-1e5", " 2 "]),
    "IS": (["garbage", "1.5", "²", "0x10", "1e400"], ["99999999999", "1.0"], ["5", "-7", " 8 "]),
    "US": (["garbage", "1.5", "-1", "65536"], [], ["5", "65535"]),
    "SL": (["garbage", "1.5", "2147483648"], [], ["-5"]),
    "SV": (["garbage", "9223372036854775808"], [], ["-9223372036854775808"]),
    "FL": (["garbage", "1e39"], [], ["1.5", "nan", "inf"]),
    "FD": (["garbage"], [], ["1e300"]),
    "AT": (["garbage", "0010", "(0010)"], [], ["00100010", "(0010,0010)"]),
}  # fmt: skip


@pytest.mark.parametrize("vr", TEXTS)
def test_text_of_each_form(vr):
    """What says nothing as its VR is refused where it is put; what is only odd is found by check()."""
    refused, odd, right = TEXTS[vr]
    for text in refused:
        for value in (text, [text, right[0]]):
            with pytest.raises(ValueEncodeError) as raised:
                DataElement(0x00091001, vr, value)
            assert (0x00091001, vr) == (raised.value.tag, raised.value.vr)
    for text in (*odd, *right):
        ds = Dataset(SOPClassUID="1.2")
        ds.add(DataElement(0x00090010, "LO", "SOMEBODY"))
        ds.add(DataElement(0x00091001, vr, text))
        assert (text in odd) is bool(ds.check()), text


@pytest.mark.parametrize(
    ("keyword", "value"),
    [("StudyDate", Date("garbage")), ("StudyTime", Time("?")), ("AcquisitionDateTime", DateTime("?")),
     ("PatientAge", Age("old")), ("StudyInstanceUID", UID("none"))],
)  # fmt: skip
def test_values_that_were_read_are_handed_on(keyword, value):
    """A value that has the type of its VR is put as it is, written, and read again as the same."""
    read = dicomkit.dcmread(Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", **{keyword: value}).to_bytes())
    other = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3")
    setattr(other, keyword, getattr(read, keyword))
    again = getattr(dicomkit.dcmread(other.to_bytes()), keyword)
    assert [value, type(value)] == [again, type(again)]
    assert {"value-invalid"} == {str(issue.code) for issue in other.check()}


def test_error_names_the_element():
    """The message has the tag, the VR and the value."""
    with pytest.raises(ValueEncodeError, match=r"\(0028,0010\).*US.*70000"):
        Dataset(Rows=70000)
    with pytest.raises(ValueEncodeError, match=r"\(0028,0010\)"):
        DataElement("Rows", "US", "many")
