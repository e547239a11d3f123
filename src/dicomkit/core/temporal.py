"""Dates, times and ages as DICOM writes them: DA, TM, DT and AS (PS3.5 6.2, Table 6.2-1).

A value is its text, so nothing that a file says is lost and thousands are made cheaply; its parts are worked out when
asked for. DT and TM may end early ("2021" is a DT), which means that the rest is unknown, not that it is zero.

In a query a value may be a range, ``A-B``, ``A-`` or ``-B`` (PS3.4 C.2.2.2.5). In a DT a hyphen also starts a negative
offset from UTC, and ``2020-0500`` could be read both ways. Here a hyphen behind a date is an offset if exactly four
digits follow that are an offset of Table 6.2-1 (0000 to 1200, minutes below 60) and the value, or its first half, ends
there. The years that this takes away from the ends of ranges, 0 to 1200, precede the Gregorian calendar.
"""

from __future__ import annotations

import datetime
import operator
from enum import IntEnum

from dicomkit.errors import ValueDecodeError, ValueEncodeError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple, Self, TypeAlias

    _Python: TypeAlias = datetime.date | datetime.time
else:
    from collections import namedtuple

_PYTHON = (datetime.date, datetime.time)

__all__ = ["Age", "Date", "DateTime", "Precision", "Time"]


class Precision(IntEnum):
    """The last part that a value states; NONE for a range, an empty value, and what cannot be understood."""

    NONE = 0
    YEAR = 1
    MONTH = 2
    DAY = 3
    HOUR = 4
    MINUTE = 5
    SECOND = 6
    FRACTION = 7


# Parsing --------------------------------------------------------------------------------------------------------------

# The parts of a value, zero or one (of month and day) where not stated; the offset in minutes; how many digits the
# fraction has; whether the text keeps the rules of Table 6.2-1 or is one of the old forms.
if TYPE_CHECKING:

    class _Parts(NamedTuple):
        precision: Precision
        year: int = 1
        month: int = 1
        day: int = 1
        hour: int = 0
        minute: int = 0
        second: int = 0
        microsecond: int = 0
        fraction_digits: int = 0
        offset: int | None = None
        is_old_form: bool = False

else:
    _Parts = namedtuple(
        "_Parts",
        "precision year month day hour minute second microsecond fraction_digits offset is_old_form",
        defaults=(1, 1, 1, 0, 0, 0, 0, 0, None, False),
    )

_DAYS = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _is_digits(text: str) -> bool:
    # isdigit() alone is also true of the digits of other scripts, and of superscripts, which int() refuses.
    return text.isascii() and text.isdigit()


def _days_in_month(year: int, month: int) -> int:
    if month == 2 and (year % 4 or (year % 100 == 0 and year % 400)):
        return 28
    return _DAYS[month]


def _date_parts(text: str) -> _Parts | None:
    """Return the parts of YYYY, YYYYMM or YYYYMMDD; only the last is a whole DA."""
    length = len(text)
    if length not in (4, 6, 8) or not _is_digits(text):
        return None
    year = int(text[:4])
    month = int(text[4:6]) if length > 4 else 1
    # datetime.date starts with the year 1; the Gregorian calendar, which the standard wants, in 1582.
    if not year or not 1 <= month <= 12:
        return None
    if length < 8:
        return _Parts(Precision.MONTH if length == 6 else Precision.YEAR, year, month)
    day = int(text[6:])
    return _Parts(Precision.DAY, year, month, day) if 1 <= day <= _days_in_month(year, month) else None


def _time_parts(text: str, date: _Parts) -> _Parts | None:
    """Return `date` with the parts of HH, HHMM, HHMMSS or HHMMSS.F to HHMMSS.FFFFFF added."""
    whole, point, fraction = text.partition(".")
    length = len(whole)
    if length not in (2, 4, 6) or not _is_digits(whole):
        return None
    if point and not (length == 6 and 1 <= len(fraction) <= 6 and _is_digits(fraction)):
        return None
    hour = int(whole[:2])
    minute = int(whole[2:4]) if length > 2 else 0
    second = int(whole[4:]) if length > 4 else 0
    # Table 6.2-1 allows the second 60, for leap seconds.
    if hour > 23 or minute > 59 or second > 60:
        return None
    precision = Precision.FRACTION if point else Precision(Precision.DAY + length // 2)
    microsecond = int(fraction.ljust(6, "0")) if point else 0
    return _Parts(precision, *date[1:4], hour, minute, second, microsecond, len(fraction))


def _offset_minutes(text: str) -> int | None:
    """Return the minutes of &ZZXX, None if it is no offset between -1200 and +1400."""
    if len(text) != 5 or text[0] not in "+-" or not _is_digits(text[1:]):
        return None
    hours, minutes = int(text[1:3]), int(text[3:])
    if minutes > 59:
        return None
    offset = hours * 60 + minutes
    if text[0] == "-":
        offset = -offset
    return offset if -720 <= offset <= 840 else None


def _date_time_parts(text: str) -> _Parts | None:
    sign = max(text.rfind("+"), text.rfind("-"))
    offset = None
    if sign >= 0:
        offset = _offset_minutes(text[sign:])
        if offset is None:
            return None
        suffix, text = text[sign:], text[:sign]
    date = _date_parts(text[:8])
    if date is None:
        return None
    parts = _time_parts(text[8:], date) if len(text) > 8 else date
    if parts is None or offset is None:
        return parts
    # Table 6.2-1, note to DT: the offset of UTC is +0000, and -0000 is not used.
    return parts._replace(offset=offset, is_old_form=suffix == "-0000")


def _range_hyphen(text: str) -> int:
    """Return where the hyphen of a DT range is, -1 if there is none; see the module's docstring."""
    has_offset = False
    position = text.find("-")
    while position >= 0:
        rest = text[position : position + 6]
        ends = len(rest) == 5 or rest[5:] == "-"
        has_offset = has_offset or "+" in text[:position]
        if position == 0 or has_offset or not ends or _offset_minutes(rest[:5]) is None:
            return position
        has_offset = True
        position = text.find("-", position + 1)
    return -1


# The types ------------------------------------------------------------------------------------------------------------


class _Temporal(str):
    """What the three types share: the text, whether it is valid, the halves of a range, comparison.

    They compare with text as text, with Python's own dates and times as these. They hash as their text, so that in sets
    and as keys they are found by text only.
    """

    __slots__ = ()

    _vr = ""

    def to_python(self) -> _Python:
        """Return the value as Python's own type."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        if isinstance(other, _PYTHON):
            try:
                return self.to_python() == other
            except ValueDecodeError:
                return False
        return str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other if isinstance(other, _PYTHON) else str.__ne__(self, other)

    __hash__ = str.__hash__

    def __lt__(self, other: str | _Python) -> bool:
        return str.__lt__(self, other) if isinstance(other, str) else operator.lt(self._against(other), other)

    def __le__(self, other: str | _Python) -> bool:
        return str.__le__(self, other) if isinstance(other, str) else operator.le(self._against(other), other)

    def __gt__(self, other: str | _Python) -> bool:
        return str.__gt__(self, other) if isinstance(other, str) else operator.gt(self._against(other), other)

    def __ge__(self, other: str | _Python) -> bool:
        return str.__ge__(self, other) if isinstance(other, str) else operator.ge(self._against(other), other)

    def _against(self, other: object) -> Any:
        """What Python compares with `other`: the value, or the text where it will refuse."""
        return self.to_python() if isinstance(other, _PYTHON) else str(self)

    def _parts(self) -> _Parts | None:
        """Return the parts of a single value, None for anything else."""
        raise NotImplementedError

    def _hyphen(self) -> int:
        return self.find("-")

    @property
    def is_range(self) -> bool:
        """True for the forms of range matching: A-B, A- and -B (PS3.4 C.2.2.2.5)."""
        return self._hyphen() >= 0

    @property
    def start(self) -> Self | None:
        """The first half of a range, None if that is open; a single value itself."""
        hyphen = self._hyphen()
        if hyphen < 0:
            return self
        return type(self)(self[:hyphen]) if hyphen else None

    @property
    def end(self) -> Self | None:
        """The second half of a range, None if that is open; a single value itself."""
        hyphen = self._hyphen()
        if hyphen < 0:
            return self
        rest = self[hyphen + 1 :].rstrip(" ")
        return type(self)(rest) if rest else None

    @property
    def is_valid(self) -> bool:
        """True if the text is what Table 6.2-1 allows, or a range of two such texts."""
        if not self.is_range:
            return self._is_valid_single()
        start, end = self.start, self.end
        return (start is not None or end is not None) and all(
            half is None or half._is_valid_single() for half in (start, end)
        )

    def _is_valid_single(self) -> bool:
        parts = self._parts()
        return parts is not None and not parts.is_old_form

    @property
    def precision(self) -> Precision:
        """The last part that the value states."""
        parts = self._parts()
        return Precision.NONE if parts is None else parts.precision

    def _error(self, message: str) -> ValueDecodeError:
        return ValueDecodeError(message, vr=self._vr, value=str(self))

    def _parts_of(self, half: Self | None) -> _Parts | None:
        """Return the parts of one end of a range, None if it is open; raise ValueDecodeError for anything else."""
        if half is None:
            if len(self) > 1:
                return None
            raise self._error("a range without ends")
        parts = half._parts()
        if parts is None:
            raise self._error("not a value of this VR")
        return parts

    def _part(self, name: str, precision: Precision) -> int | None:
        parts = self._parts()
        if parts is None or parts.precision < precision:
            return None
        value = getattr(parts, name)
        assert isinstance(value, int)
        return value


class _Dated(_Temporal):
    __slots__ = ()

    @property
    def year(self) -> int | None:
        """The year, None if the value cannot be understood."""
        return self._part("year", Precision.YEAR)

    @property
    def month(self) -> int | None:
        """The month, 1 to 12, None if not stated."""
        return self._part("month", Precision.MONTH)

    @property
    def day(self) -> int | None:
        """The day of the month, None if not stated."""
        return self._part("day", Precision.DAY)


class _Timed(_Temporal):
    __slots__ = ()

    @property
    def hour(self) -> int | None:
        """The hour, 0 to 23, None if not stated."""
        return self._part("hour", Precision.HOUR)

    @property
    def minute(self) -> int | None:
        """The minute, None if not stated."""
        return self._part("minute", Precision.MINUTE)

    @property
    def second(self) -> int | None:
        """The second, 0 to 60 for a leap second, None if not stated."""
        return self._part("second", Precision.SECOND)

    @property
    def microsecond(self) -> int | None:
        """The fraction of the second in microseconds, None if not stated."""
        return self._part("microsecond", Precision.FRACTION)


def _latest_day(parts: _Parts) -> tuple[int, int, int]:
    month = parts.month if parts.precision >= Precision.MONTH else 12
    day = parts.day if parts.precision >= Precision.DAY else _days_in_month(parts.year, month)
    return parts.year, month, day


def _clock(parts: _Parts) -> tuple[int, int, int, int]:
    # Python has no second 60: a leap second becomes the last microsecond before it, which keeps the order of instants.
    if parts.second == 60:
        return parts.hour, parts.minute, 59, 999_999
    return parts.hour, parts.minute, parts.second, parts.microsecond


def _latest_clock(parts: _Parts) -> tuple[int, int, int, int]:
    precision = parts.precision
    hour = parts.hour if precision >= Precision.HOUR else 23
    minute = parts.minute if precision >= Precision.MINUTE else 59
    if precision < Precision.SECOND or parts.second == 60:
        return hour, minute, 59, 999_999
    return hour, minute, parts.second, parts.microsecond + 10 ** (6 - parts.fraction_digits) - 1


def _text_of_clock(value: datetime.time | datetime.datetime) -> str:
    text = f"{value.hour:02d}{value.minute:02d}{value.second:02d}"
    return f"{text}.{value.microsecond:06d}" if value.microsecond else text


class Date(_Dated):
    """A DA: ``YYYYMMDD``.

    ``YYYY.MM.DD`` of ACR-NEMA, and ``YYYY`` and ``YYYYMM``, are understood, but not valid. What is no date of the
    calendar has no parts.
    """

    __slots__ = ()

    _vr = "DA"

    def _parts(self) -> _Parts | None:
        text = self.rstrip(" ")
        # Table 6.2-1, note to DA: ACR-NEMA 300 wrote YYYY.MM.DD, which a reader may still meet.
        is_acr_nema = len(text) == 10 and text[4] == text[7] == "."
        parts = _date_parts(text.replace(".", "") if is_acr_nema else text)
        if parts is not None and (is_acr_nema or parts.precision < Precision.DAY):
            return parts._replace(is_old_form=True)
        return parts

    def earliest(self) -> datetime.date | None:
        """Return the first day meant, None if a range is open; raise ValueDecodeError if this is no date."""
        parts = self._parts_of(self.start)
        return None if parts is None else datetime.date(parts.year, parts.month, parts.day)

    def latest(self) -> datetime.date | None:
        """Return the last day meant, None if a range is open; raise ValueDecodeError if this is no date."""
        parts = self._parts_of(self.end)
        return None if parts is None else datetime.date(*_latest_day(parts))

    def to_python(self) -> datetime.date:
        """Return the date; raise ValueDecodeError for a range, a date without its day, and what is no date."""
        parts = self._parts()
        if parts is None or parts.precision < Precision.DAY:
            raise self._error("not one day")
        return datetime.date(parts.year, parts.month, parts.day)

    @classmethod
    def from_python(cls, value: datetime.date) -> Self:
        """Return the DA of a date; of a datetime its own day, whatever its time zone."""
        if not isinstance(value, datetime.date):
            raise ValueEncodeError("not a date", vr=cls._vr, value=value)
        return cls(f"{value.year:04d}{value.month:02d}{value.day:02d}")


class Time(_Timed):
    """A TM: ``HH``, ``HHMM``, ``HHMMSS`` or ``HHMMSS.F`` with up to six digits of a fraction.

    ``HH:MM:SS`` of ACR-NEMA, and its shorter and longer forms, are understood, but not valid.
    """

    __slots__ = ()

    _vr = "TM"

    def _parts(self) -> _Parts | None:
        text = self.rstrip(" ")
        # Table 6.2-1, note to TM: ACR-NEMA 300 wrote HH:MM:SS.frac, which a reader may still meet.
        is_acr_nema = text[2:3] == ":"
        if is_acr_nema:
            hour, minute, *second = text.split(":", 3)
            if len(minute) != 2 or second[1:] or second == [""]:
                return None
            text = "".join([hour, minute, *second])
        parts = _time_parts(text, _NO_DATE)
        return parts._replace(is_old_form=True) if is_acr_nema and parts is not None else parts

    def earliest(self) -> datetime.time | None:
        """Return the first instant meant, None if a range is open; raise ValueDecodeError if this is no time."""
        parts = self._parts_of(self.start)
        return None if parts is None else datetime.time(*_clock(parts))

    def latest(self) -> datetime.time | None:
        """Return the last microsecond meant, None if a range is open; raise ValueDecodeError if this is no time."""
        parts = self._parts_of(self.end)
        return None if parts is None else datetime.time(*_latest_clock(parts))

    def to_python(self) -> datetime.time:
        """Return the time, with zero for what is not stated, as Python's own constructor has it.

        `precision`, or `earliest` and `latest`, say what is known. The second 60 becomes 59.999999. Raise
        ValueDecodeError for a range and for what is no time.
        """
        parts = self._parts()
        if parts is None:
            raise self._error("not one time")
        return datetime.time(*_clock(parts))

    @classmethod
    def from_python(cls, value: datetime.time | datetime.datetime) -> Self:
        """Return the TM of a time or datetime as its clock shows it; TM says nothing of time zones (see PS3.5 6.2)."""
        if not isinstance(value, (datetime.time, datetime.datetime)):
            raise ValueEncodeError("not a time", vr=cls._vr, value=value)
        return cls(_text_of_clock(value))


_NO_DATE = _Parts(Precision.NONE)


class DateTime(_Dated, _Timed):
    """A DT: ``YYYYMMDDHHMMSS.FFFFFF&ZZXX``, which may end after any part, the offset from UTC following all the same.

    Text orders DateTimes rightly only where they have the same offset.
    """

    __slots__ = ()

    _vr = "DT"

    def _hyphen(self) -> int:
        return _range_hyphen(self.rstrip(" "))

    def _parts(self) -> _Parts | None:
        text = self.rstrip(" ")
        return _date_time_parts(text) if _range_hyphen(text) < 0 else None

    @property
    def offset(self) -> datetime.timedelta | None:
        """Local time minus UTC, None if not stated; then (0008,0201) Timezone Offset From UTC may say it."""
        parts = self._parts()
        return None if parts is None or parts.offset is None else datetime.timedelta(minutes=parts.offset)

    def earliest(self) -> datetime.datetime | None:
        """Return the first instant meant, None if a range is open; raise ValueDecodeError for anything else."""
        parts = self._parts_of(self.start)
        return None if parts is None else _date_time(parts.year, parts.month, parts.day, *_clock(parts), parts)

    def latest(self) -> datetime.datetime | None:
        """Return the last microsecond meant, None if a range is open; raise ValueDecodeError as `earliest` does."""
        parts = self._parts_of(self.end)
        return None if parts is None else _date_time(*_latest_day(parts), *_latest_clock(parts), parts)

    def to_python(self) -> datetime.datetime:
        """Return the datetime, aware if there is an offset, with zero for the hour and less where not stated.

        `precision`, or `earliest` and `latest`, say what is known. The second 60 becomes 59.999999. Raise
        ValueDecodeError for a range, for a value without its day, and for what is no date and time.
        """
        parts = self._parts()
        if parts is None or parts.precision < Precision.DAY:
            raise self._error("not one day or an instant of it")
        return _date_time(parts.year, parts.month, parts.day, *_clock(parts), parts)

    @classmethod
    def from_python(cls, value: datetime.datetime | datetime.date) -> Self:
        """Return the DT of a datetime, with its offset if it is aware, or of a date; ValueEncodeError for others.

        An offset that is no whole minute, or not between -1200 and +1400, is a ValueEncodeError too.
        """
        if not isinstance(value, datetime.date):
            raise ValueEncodeError("not a datetime", vr=cls._vr, value=value)
        text = f"{value.year:04d}{value.month:02d}{value.day:02d}"
        if not isinstance(value, datetime.datetime):
            return cls(text)
        text += _text_of_clock(value)
        offset = value.utcoffset()
        if offset is None:
            return cls(text)
        minutes, rest = divmod(offset, datetime.timedelta(minutes=1))
        if rest or not -720 <= minutes <= 840:
            raise ValueEncodeError("an offset from UTC that DT cannot state", vr=cls._vr, value=value)
        return cls(f"{text}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}")


def _date_time(
    year: int, month: int, day: int, hour: int, minute: int, second: int, microsecond: int, parts: _Parts
) -> datetime.datetime:
    zone = None if parts.offset is None else datetime.timezone(datetime.timedelta(minutes=parts.offset))
    return datetime.datetime(year, month, day, hour, minute, second, microsecond, zone)


_DAYS_OF_UNIT = {"D": 1.0, "W": 7.0, "M": 365.2425 / 12, "Y": 365.2425}


class Age(str):
    """An AS: three digits and the unit, ``D`` days, ``W`` weeks, ``M`` months or ``Y`` years."""

    __slots__ = ()

    @property
    def is_valid(self) -> bool:
        """True if the text is what Table 6.2-1 allows."""
        return len(self) == 4 and self[3] != " " and self.unit is not None

    @property
    def number(self) -> int | None:
        """How many units, None if the text cannot be understood."""
        return int(self.rstrip(" ")[:-1]) if self.unit is not None else None

    @property
    def unit(self) -> str | None:
        """D, W, M or Y, None if the text cannot be understood; fewer or more than three digits are understood."""
        text = self.rstrip(" ")
        if 2 <= len(text) <= 4 and _is_digits(text[:-1]) and text[-1] in "DWMY":
            return text[-1]
        return None

    @property
    def days(self) -> float | None:
        """The age in days, months and years at their mean length in the Gregorian calendar; for sorting and plots."""
        number, unit = self.number, self.unit
        return None if number is None or unit is None else number * _DAYS_OF_UNIT[unit]

    def to_python(self) -> datetime.timedelta:
        """Return the age in days; ValueDecodeError for months and years, whose length varies: `days` has the mean."""
        number, unit = self.number, self.unit
        if number is None:
            raise ValueDecodeError("not an age", vr="AS", value=str(self))
        if unit not in ("D", "W"):
            message = "months and years are no fixed number of days; `days` takes their mean"
            raise ValueDecodeError(message, vr="AS", value=str(self))
        return datetime.timedelta(days=number if unit == "D" else 7 * number)

    @classmethod
    def from_python(cls, value: datetime.timedelta) -> Self:
        """Return the AS of completed days, weeks (from 1,000 days), months or years; ValueEncodeError if negative."""
        if not isinstance(value, datetime.timedelta):
            raise ValueEncodeError("not a timedelta", vr="AS", value=value)
        if value.days < 0:
            raise ValueEncodeError("an age before birth", vr="AS", value=value)
        for unit, days in _DAYS_OF_UNIT.items():
            if value.days < 1000 * days:
                return cls(f"{int(value.days / days):03d}{unit}")
        raise ValueEncodeError("an age of a thousand years", vr="AS", value=value)
