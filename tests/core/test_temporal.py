"""DA, TM, DT and AS: partial, ranged, offset, old and broken (PS3.5 6.2, PS3.4 C.2.2.2.5)."""

from __future__ import annotations

import copy
import datetime
import pickle
import re
import time

import pydicom.valuerep
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dicomkit.core.temporal import Age, Date, DateTime, Precision, Time
from dicomkit.errors import DicomError, ValueDecodeError, ValueEncodeError
from tests.strategies import ages, date_times, dates, invalid_texts, python_datetimes, times

TYPES = [Date, Time, DateTime, Age]
ALMOST = st.text("0123456789-+.: DWMY", max_size=30)


@given(st.one_of(dates, times, date_times, ages, ALMOST, invalid_texts))
def test_every_type_takes_any_text_and_is_it(text: str):
    """Values equal, sort, hash, print, copy and pickle as text; asking about them raises nothing but DicomErrors."""
    for cls in TYPES:
        value = cls(text)
        assert text == value == str(value)
        assert {text: 1}[value] == 1
        for other in (copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
            assert type(other) is cls
            assert value == other
        for name in dir(cls):
            if not name.startswith("_") and name not in dir(str):
                try:
                    attribute = getattr(value, name)
                    if name in {"earliest", "latest", "to_python"}:
                        attribute()
                except DicomError:
                    pass


PARTS = ("year", "month", "day", "hour", "minute", "second", "microsecond")


# Independent statements of Table 6.2-1, on text alone; calendars are the business of datetime.
GRAMMAR = {
    Time: re.compile(r"([01]\d|2[0-3])([0-5]\d(([0-5]\d|60)(\.\d{1,6})?)?)? *", re.ASCII),
    Age: re.compile(r"\d{3}[DWMY]", re.ASCII),
}


@pytest.mark.parametrize("cls", [Time, Age])
def test_validity_is_the_grammar(cls):
    """`is_valid` of a single value is the form that Table 6.2-1 gives."""

    @given(st.one_of(times, ages, ALMOST).filter(lambda text: "-" not in text))
    def check(text: str) -> None:
        assert bool(GRAMMAR[cls].fullmatch(text)) == cls(text).is_valid

    check()


@example("18000229")
@example("20000229")
@example("21000229")
@example("20240229")
@given(st.text("0123456789", max_size=10) | st.integers(0, 99999999).map(lambda number: f"{number:08d}"))
def test_dates_are_those_of_the_calendar(text: str):
    """A DA is valid if it is eight digits that datetime takes for a day."""
    try:
        expected = datetime.date(int(text[:4]), int(text[4:6]), int(text[6:])) if len(text) == 8 else None
    except ValueError:
        expected = None
    assert (expected is not None) == Date(text).is_valid
    if expected is not None:
        assert expected == Date(text).to_python() == Date(text).earliest() == Date(text).latest()


@given(dates)
def test_dates_equal_pydicoms(text: str):
    """pydicom reads the same day."""
    peer = pydicom.valuerep.DA(text)
    assert peer is not None
    assert (peer.year, peer.month, peer.day) == (Date(text).year, Date(text).month, Date(text).day)


@given(times.filter(lambda text: text[4:6] != "60"))
def test_times_equal_pydicoms(text: str):
    """pydicom reads the same time, with zero for what is not stated."""
    peer = pydicom.valuerep.TM(text)
    assert peer is not None
    assert (peer.hour, peer.minute, peer.second, peer.microsecond) == (
        (python := Time(text).to_python()).hour,
        python.minute,
        python.second,
        python.microsecond,
    )


@given(date_times.filter(lambda text: text[12:14] != "60" and len(re.split("[+-]", text)[0]) >= 8))
def test_date_times_equal_pydicoms(text: str):
    """pydicom reads the same instant."""
    peer = pydicom.valuerep.DT(text)
    assert peer is not None
    ours = DateTime(text).to_python()
    assert [getattr(peer, name) for name in PARTS] == [getattr(ours, name) for name in PARTS]
    assert peer.utcoffset() == ours.utcoffset()


@pytest.mark.parametrize(
    ("value", "parts", "precision"),
    [
        (Date("20210304"), (2021, 3, 4), Precision.DAY),
        (Date("2021"), (2021, None, None), Precision.YEAR),
        (Date("202103"), (2021, 3, None), Precision.MONTH),
        (Date("20210229"), (None, None, None), Precision.NONE),
        (DateTime("2021"), (2021, None, None, None, None, None, None), Precision.YEAR),
        (DateTime("202103-0500"), (2021, 3, None, None, None, None, None), Precision.MONTH),
        (DateTime("2021030412"), (2021, 3, 4, 12, None, None, None), Precision.HOUR),
        (DateTime("202103041205"), (2021, 3, 4, 12, 5, None, None), Precision.MINUTE),
        (DateTime("20210304120560"), (2021, 3, 4, 12, 5, 60, None), Precision.SECOND),
        (DateTime("20210304120506.7+0100 "), (2021, 3, 4, 12, 5, 6, 700000), Precision.FRACTION),
        (DateTime(""), (None,) * 7, Precision.NONE),
    ],
)
def test_parts_and_precision(value: Date | DateTime, parts: tuple[int | None, ...], precision: Precision):
    """A part that is not stated is None, not zero."""
    assert parts == tuple(getattr(value, name) for name in PARTS[: len(parts)])
    assert precision == value.precision


@pytest.mark.parametrize(
    ("text", "parts", "precision"),
    [
        ("10", (10, None, None, None), Precision.HOUR),
        ("1030", (10, 30, None, None), Precision.MINUTE),
        ("103015", (10, 30, 15, None), Precision.SECOND),
        ("103015.000001", (10, 30, 15, 1), Precision.FRACTION),
        ("103015.5 ", (10, 30, 15, 500000), Precision.FRACTION),
    ],
)
def test_parts_of_times(text: str, parts: tuple[int | None, ...], precision: Precision):
    """A TM may end after any part."""
    value = Time(text)
    assert parts == (value.hour, value.minute, value.second, value.microsecond)
    assert precision == value.precision
    assert value.is_valid


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Date("2021.03.04"), datetime.date(2021, 3, 4)),
        (Time("10:30:15"), datetime.time(10, 30, 15)),
        (Time("10:30:15.25"), datetime.time(10, 30, 15, 250000)),
        (Time("10:30"), datetime.time(10, 30)),
    ],
)
def test_acr_nema_forms_are_understood_but_not_valid(value: Date | Time, expected: object):
    """The notes of Table 6.2-1 on ACR-NEMA 300."""
    assert expected == value.to_python()
    assert not value.is_valid


@pytest.mark.parametrize(
    "value",
    [
        *map(
            Time, ("10:30:", "10:3015", "1030:15", "10:30:15:00", "24", "1060", "103061", "103015.", "103015.1234567")
        ),
        *map(Time, ("1030.5", "103", "١٠", " 10")),
        *map(Date, ("2021-03-04", "2021.03.0", "0000", "00010000", "20211301")),
        *map(DateTime, ("20210304+1401", "20210304+0160", "+0100", "2021+01", "202", "20210304-05000")),
    ],
)
def test_nonsense_is_not_valid(value: Date | Time | DateTime):
    """What no form allows has no parts, and is a ValueDecodeError when converted."""
    assert not value.is_valid
    with pytest.raises(ValueDecodeError) as raised:
        value.to_python()
    assert str(value) == raised.value.value


def test_minus_zero_is_understood_but_not_valid():
    """Table 6.2-1, note to DT: the offset of UTC is +0000."""
    assert not DateTime("20210304-0000").is_valid
    assert DateTime("20210304+0000").is_valid
    assert datetime.timedelta(0) == DateTime("20210304-0000").offset


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("2021-0500", -300), ("2021+0545", 345), ("20210304-1200", -720), ("2021+1400", 840), ("2021", None)],
)
def test_offset(text: str, minutes: int | None):
    """The offset is local time minus UTC, whatever the precision."""
    assert (None if minutes is None else datetime.timedelta(minutes=minutes)) == DateTime(text).offset


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2020", (2020, 1, 1, 0, 0, 0, 0), (2020, 12, 31, 23, 59, 59, 999999)),
        ("202002", (2020, 2, 1, 0, 0, 0, 0), (2020, 2, 29, 23, 59, 59, 999999)),
        ("190002", (1900, 2, 1, 0, 0, 0, 0), (1900, 2, 28, 23, 59, 59, 999999)),
        ("2020020304", (2020, 2, 3, 4, 0, 0, 0), (2020, 2, 3, 4, 59, 59, 999999)),
        ("20200203040506.7", (2020, 2, 3, 4, 5, 6, 700000), (2020, 2, 3, 4, 5, 6, 799999)),
        ("20200203040506.123456", (2020, 2, 3, 4, 5, 6, 123456), (2020, 2, 3, 4, 5, 6, 123456)),
        ("20200203235960", (2020, 2, 3, 23, 59, 59, 999999), (2020, 2, 3, 23, 59, 59, 999999)),
        ("2019-2020", (2019, 1, 1, 0, 0, 0, 0), (2020, 12, 31, 23, 59, 59, 999999)),
    ],
)
def test_earliest_and_latest(text: str, earliest: tuple[int, ...], latest: tuple[int, ...]):
    """They bound what a partial value or a range may mean, to the microsecond."""
    assert datetime.datetime(*earliest) == DateTime(text).earliest()
    assert datetime.datetime(*latest) == DateTime(text).latest()


@given(date_times)
def test_the_bounds_enclose(text: str):
    """The earliest is never after the latest, equal only where precise to the microsecond or a leap second."""
    value = DateTime(text)
    earliest, latest = value.earliest(), value.latest()
    assert earliest is not None
    assert latest is not None
    assert earliest <= latest
    exact = bool(re.search(r"\.\d{6}", text)) or value.second == 60
    assert exact == (earliest == latest)
    assert value.offset == earliest.utcoffset() == latest.utcoffset()


@given(times)
def test_the_bounds_of_times_enclose(text: str):
    """The earliest is what `to_python` gives, and the latest never before it."""
    assert Time(text).to_python() == Time(text).earliest() <= Time(text).latest()  # type: ignore[operator]


def test_open_ranges_have_one_bound():
    """An open end is None, a single value its own start and end."""
    assert (None, datetime.date(2020, 1, 2)) == (Date("-20200102").earliest(), Date("-20200102").latest())
    assert (datetime.time(10), None) == (Time("10-").earliest(), Time("10-").latest())
    assert ("20200102", "20200102") == (Date("20200102").start, Date("20200102").end)
    assert (datetime.date(2020, 2, 1), datetime.date(2020, 2, 29)) == (
        Date("202002").earliest(),
        Date("202002").latest(),
    )


# The rule for hyphens in DT, one row per decision: text, start, end (None: open), or no range.
HYPHENS = [
    ("2020-0500", None),
    ("20200101-1200", None),
    ("20200101120000.123-0500", None),
    ("1999-2000", ("1999", "2000")),
    ("1999-1260", ("1999", "1260")),
    ("2020-1201", ("2020", "1201")),
    ("20200101-20200131", ("20200101", "20200131")),
    ("2020-05001231", ("2020", "05001231")),
    ("2020-", ("2020", None)),
    ("-2020", (None, "2020")),
    ("-0500", (None, "0500")),
    ("-2020-0500", (None, "2020-0500")),
    ("2020-0500-", ("2020-0500", None)),
    ("2020-0500-2021", ("2020-0500", "2021")),
    ("2020-0500-2021-0600", ("2020-0500", "2021-0600")),
    ("2020-0500-0600", ("2020-0500", "0600")),
    ("2020-2021-0500", ("2020", "2021-0500")),
    ("2020+0100-2021+0200", ("2020+0100", "2021+0200")),
    ("2020+0100-0500", ("2020+0100", "0500")),
    ("2020-2021 ", ("2020", "2021")),
]


@pytest.mark.parametrize(("text", "halves"), HYPHENS, ids=[row[0] for row in HYPHENS])
def test_hyphens_of_date_times(text: str, halves: tuple[str | None, str | None] | None):
    """A hyphen followed by four digits that are an offset is one, if the value or its half ends there."""
    value = DateTime(text)
    assert (halves is not None) == value.is_range
    assert (halves or (text, text)) == (value.start, value.end)
    assert value.is_valid


@given(date_times, date_times)
def test_ranges_come_apart_as_they_were_put_together(first: str, second: str):
    """A range of two valid values has them as its ends, unless the second half reads as an offset."""
    value = DateTime(f"{first}-{second}")
    reads_as_offset = bool(re.fullmatch(r"(0\d|1[01])[0-5]\d|1200", second[:4])) and re.fullmatch(
        r"\d{4}(-.*)?", second
    )
    if "+" not in first and "-" not in first and reads_as_offset:
        return
    assert value.is_range
    assert (first, second) == (value.start, value.end)
    assert value.is_valid


@given(dates, dates)
def test_ranges_of_dates(first: str, second: str):
    """The ends of a date range are its dates."""
    value = Date(f"{first}-{second}")
    assert (first, second, True) == (value.start, value.end, value.is_valid)
    assert (Date(first).to_python(), Date(second).to_python()) == (value.earliest(), value.latest())


@pytest.mark.parametrize("text", ["-", "--", "20200101--", "20200101-20200102-20200103", "x-", "20200101-2020"])
def test_ranges_that_are_none(text: str):
    """A range needs an end, and two at most, each valid."""
    assert not Date(text).is_valid


@pytest.mark.parametrize(
    "convert",
    [
        lambda: Date("2021").to_python(),
        lambda: Date("20210101-").to_python(),
        lambda: Time("10-11").to_python(),
        lambda: DateTime("202103").to_python(),
        lambda: DateTime("2021-2022").to_python(),
        lambda: DateTime("-").earliest(),
        lambda: Date("").latest(),
        lambda: Date("-").latest(),
        lambda: Age("012Y").to_python(),
        lambda: Age("012M").to_python(),
        lambda: Age("").to_python(),
    ],
)
def test_what_python_cannot_say(convert):
    """Ranges, missing days and years of unknown length have no Python value."""
    with pytest.raises(ValueDecodeError):
        convert()


# From Python ---------------------------------------------------------------------------------------------------------


@given(st.dates())
def test_dates_from_python(date: datetime.date):
    """A date round-trips."""
    assert date == Date.from_python(date).to_python()
    assert Date.from_python(date).is_valid


@given(st.times())
def test_times_from_python(time_: datetime.time):
    """A time round-trips to the microsecond."""
    assert time_ == Time.from_python(time_).to_python()
    assert Time.from_python(time_).is_valid


@given(python_datetimes)
def test_date_times_from_python(value: datetime.datetime):
    """A datetime round-trips with its offset; its date and its clock go into DA and TM."""
    text = DateTime.from_python(value)
    assert text.is_valid
    assert len(text) <= 26
    assert value == text.to_python()
    assert value.utcoffset() == text.to_python().utcoffset()
    assert value.date() == Date.from_python(value).to_python()
    assert value.time() == Time.from_python(value).to_python()


def test_a_date_as_date_time():
    """A date becomes a DT without a time, not one at midnight."""
    assert "20210304" == DateTime.from_python(datetime.date(2021, 3, 4))


@pytest.mark.parametrize(
    "convert",
    [
        lambda: Date.from_python(datetime.time(1)),  # type: ignore[arg-type]
        lambda: Time.from_python(datetime.date(2021, 1, 1)),  # type: ignore[arg-type]
        lambda: DateTime.from_python(datetime.time(1)),  # type: ignore[arg-type]
        lambda: Age.from_python(3),  # type: ignore[arg-type]
        lambda: Age.from_python(datetime.timedelta(days=-1)),
        lambda: Age.from_python(datetime.timedelta(days=400_000)),
        lambda: DateTime.from_python(
            datetime.datetime(2021, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(seconds=30)))
        ),
        lambda: DateTime.from_python(
            datetime.datetime(2021, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=-13)))
        ),
    ],
)
def test_what_dicom_cannot_say(convert):
    """Wrong types, and offsets and ages out of range, are a ValueEncodeError."""
    with pytest.raises(ValueEncodeError):
        convert()


# Age -----------------------------------------------------------------------------------------------------------------


@given(ages)
def test_ages(text: str):
    """Number and unit are the text's; days and weeks are a timedelta."""
    age = Age(text)
    assert (int(text[:3]), text[3]) == (age.number, age.unit)
    assert age.is_valid
    days = {"D": 1, "W": 7, "M": 365.2425 / 12, "Y": 365.2425}[text[3]] * int(text[:3])
    assert days == pytest.approx(age.days)
    if text[3] in "DW":
        assert datetime.timedelta(days=days) == age.to_python()


@given(st.timedeltas(datetime.timedelta(0), datetime.timedelta(days=360_000)))
def test_ages_from_python(value: datetime.timedelta):
    """An age is the completed units, in days as long as three digits allow."""
    age = Age.from_python(value)
    assert age.is_valid
    assert age.days is not None
    assert age.days <= value.days + 1e-6
    if value.days < 1000:
        assert f"{value.days:03d}D" == age


@pytest.mark.parametrize(
    ("text", "number"), [("45Y", 45), ("5Y ", 5), ("045y", None), ("Y", None), ("0045Y", None), ("٤٥Y", None)]
)
def test_ages_with_fewer_digits_are_understood_but_not_valid(text: str, number: int | None):
    """Files say "45Y"; the standard wants three digits."""
    assert number == Age(text).number
    assert not Age(text).is_valid


# Time ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["-" * 65536, "-0500" * 13107, "1" * 65536, "+-" * 32768, " " * 65536, "2020" + "-0500" * 13000]
)
def test_long_text_takes_no_time(text: str):
    """64 KiB of hostile text are judged in 10 ms (reliability goal F11), best of three on a busy machine."""
    for cls in TYPES:
        took = []
        for _ in range(3):
            start = time.perf_counter()
            assert not cls(text).is_valid
            took.append(time.perf_counter() - start)
        assert min(took) < 0.010


# Value, an earlier, the same and a later one of Python's.
_NEIGHBOURS = [
    (Date("20040119"), datetime.date(2004, 1, 18), datetime.date(2004, 1, 19), datetime.date(2004, 1, 20)),
    (Date("2004.01.19"), datetime.date(2003, 12, 31), datetime.date(2004, 1, 19), datetime.date(2004, 2, 1)),
    (Time("1011"), datetime.time(10, 10, 59), datetime.time(10, 11), datetime.time(10, 11, 0, 1)),
    (
        DateTime("20040119"),
        datetime.datetime(2004, 1, 18, 23),
        datetime.datetime(2004, 1, 19),
        datetime.datetime(2004, 1, 19, 1),
    ),
]


@pytest.mark.parametrize(("value", "earlier", "same", "later"), _NEIGHBOURS)
def test_comparison_with_dates_of_python(
    value: Date, earlier: datetime.date, same: datetime.date, later: datetime.date
):
    """Dates and times equal Python's own and are ordered with them, whichever is on the left."""
    assert (True, True, False, False) == (value == same, same == value, value != same, same != value)
    assert (False, True, True) == (value == later, value != later, later != value)
    assert (True, True, True, True) == (earlier < value < later, later > value > earlier, value <= same, same >= value)
    assert (False, False, False, False) == (value < same, value > same, value >= later, later <= value)


def test_comparison_with_text_stays_that_of_text():
    """Text is compared as text, in both directions, and decides about sets and keys."""
    assert (True, True, True) == (Date("20040119") == "20040119", "20040120" > Date("20040119"), Date("2") != "1")
    assert {"20040119": 1} == {Date("20040119"): 1}
    assert hash("20040119") == hash(Date("20040119"))


@pytest.mark.parametrize("text", ["", "2004", "20040101-", "yesterday"])
def test_what_is_no_day_equals_none_and_is_not_ordered(text: str):
    """Of what is not one day nothing can be said: it equals no date, and ordering is a ValueDecodeError."""
    assert (False, True) == (Date(text) == datetime.date(2004, 1, 1), Date(text) != datetime.date(2004, 1, 1))
    with pytest.raises(ValueDecodeError, match="not one day"):
        _ = Date(text) < datetime.date(2004, 1, 1)


def test_comparison_with_anything_else():
    """Other types are unequal and cannot be ordered; nor can what Python itself refuses."""
    assert (False, True) == (Date("20040119") == 20040119, Date("20040119") != None)  # noqa: E711
    for other in (5, None, datetime.time(1)):
        with pytest.raises(TypeError):
            _ = Date("20040119") < other  # type: ignore[operator]


def test_years_say_what_to_take_instead():
    """An age in years is no timedelta; the error names the property that gives its mean."""
    with pytest.raises(ValueDecodeError, match="`days` takes their mean"):
        Age("045Y").to_python()
    with pytest.raises(ValueDecodeError, match="not an age"):
        Age("old").to_python()
