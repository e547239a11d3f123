"""Hypothesis strategies: tags, UIDs, and the text of one value of each VR as PS3.5 Table 6.2-1 allows it."""

from __future__ import annotations

import datetime
import string

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

__all__ = [
    "ages",
    "application_entities",
    "code_strings",
    "date_times",
    "dates",
    "decimal_strings",
    "finite_floats",
    "integer_strings",
    "invalid_texts",
    "person_names",
    "private_tags",
    "public_tags",
    "python_datetimes",
    "tags",
    "text",
    "times",
    "uids",
    "value_texts",
]

# Numbers and identifiers ----------------------------------------------------------------------------------------------

#: Any tag, as its number.
tags: SearchStrategy[int] = st.integers(0, 0xFFFFFFFF)

#: Tags of even groups that elements of a data set have.
public_tags: SearchStrategy[int] = st.builds(
    lambda group, element: group << 17 | element, st.integers(4, 0x7FF0), st.integers(1, 0xFFFF)
)

#: Tags of odd groups, within the blocks that Private Creators reserve.
private_tags: SearchStrategy[int] = st.builds(
    lambda group, element: (group << 1 | 1) << 16 | element, st.integers(4, 0x7FFE), st.integers(0x1000, 0xFFFF)
)

_components = st.one_of(st.integers(0, 9), st.integers(0, 10**18)).map(str)

#: Valid UIDs, up to 64 characters.
uids: SearchStrategy[str] = (
    st.lists(_components, min_size=2, max_size=8).map(".".join).filter(lambda uid: len(uid) <= 64)
    | st.just("2.25." + "3" * 39)
    | st.just("1." + "2" * 62)
)

#: Floats that a DS can state.
finite_floats: SearchStrategy[float] = (
    st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(-1e6, 1e6)
    | st.decimals(-100_000, 100_000, places=4).map(float)
)


@st.composite
def _decimal_strings(draw: st.DrawFn) -> str:
    sign = draw(st.sampled_from(["", "", "+", "-"]))
    whole = draw(st.text(string.digits, max_size=6))
    fraction = draw(st.text(string.digits, min_size=0 if whole else 1, max_size=4))
    point = "." if fraction or draw(st.booleans()) else ""
    exponent = draw(st.sampled_from(["", "", "e", "E"]))
    if exponent:
        exponent += draw(st.sampled_from(["", "+", "-"])) + draw(st.text(string.digits, min_size=1, max_size=2))
    return f"{sign}{whole}{point}{fraction}{exponent}"


#: Valid DS texts, without padding.
decimal_strings: SearchStrategy[str] = _decimal_strings()

#: Valid IS texts, without padding.
integer_strings: SearchStrategy[str] = st.integers(-(2**31), 2**31 - 1).map(str) | st.integers(0, 2**31 - 1).map(
    lambda number: f"+{number:010d}"
)

# Dates, times and ages ------------------------------------------------------------------------------------------------

#: Valid DA texts.
dates: SearchStrategy[str] = st.dates().map(lambda date: f"{date.year:04d}{date.month:02d}{date.day:02d}")


@st.composite
def _times(draw: st.DrawFn) -> str:
    parts = draw(st.integers(1, 4))
    text = "".join([f"{draw(st.integers(0, top)):02d}" for top in (23, 59, 60)[:parts]])
    return text if parts < 4 else f"{text}.{draw(st.text(string.digits, min_size=1, max_size=6))}"


#: Valid TM texts, of any precision.
times: SearchStrategy[str] = _times()

_offsets = st.sampled_from([""] * 4 + ["+0000", "-0500", "+0545", "-1200", "+1400", "-0030"])


@st.composite
def _date_times(draw: st.DrawFn) -> str:
    date = draw(dates)
    end = draw(st.sampled_from([4, 6, 8, 99]))
    text = date[:end] if end < 99 else date + draw(times)
    return text + draw(_offsets)


#: Valid DT texts, of any precision.
date_times: SearchStrategy[str] = _date_times()

#: Valid AS texts.
ages: SearchStrategy[str] = st.builds(
    lambda number, unit: f"{number:03d}{unit}", st.integers(0, 999), st.sampled_from("DWMY")
)

#: Datetimes whose offset a DT can state.
python_datetimes: SearchStrategy[datetime.datetime] = st.datetimes(
    timezones=st.none()
    | st.integers(-720, 840).map(lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes)))
)

# Text -----------------------------------------------------------------------------------------------------------------

_default_repertoire = "".join(map(chr, range(0x20, 0x7F))).replace("\\", "")


def text(maximum: int, alphabet: str = _default_repertoire) -> SearchStrategy[str]:
    """Give text of at most `maximum` characters that neither begins nor ends with a space."""
    return st.text(alphabet, max_size=maximum).map(lambda value: value.strip(" "))


#: Valid CS texts.
code_strings: SearchStrategy[str] = text(16, string.ascii_uppercase + string.digits + " _")

#: Valid AE texts, not empty.
application_entities: SearchStrategy[str] = text(16).filter(bool)

_name_alphabet = _default_repertoire.replace("^", "").replace("=", "")


@st.composite
def _person_names(draw: st.DrawFn) -> str:
    groups = []
    for alphabet in (_name_alphabet, "山田太郎日本^", "やまだたろう^")[: draw(st.integers(1, 3))]:
        components = draw(st.lists(text(12, alphabet.replace("^", "")), max_size=5))
        groups.append("^".join(components))
    return "=".join(groups)


#: Valid PN texts, of one to three component groups.
person_names: SearchStrategy[str] = _person_names()

#: Text that most VRs do not allow: other scripts' digits, control characters, near misses.
invalid_texts: SearchStrategy[str] = st.text(max_size=30) | st.text("0123456789.+-eE:_ ٣²n", max_size=18)

_VALUE_TEXTS: dict[str, SearchStrategy[str]] = {
    "AE": application_entities,
    "AS": ages,
    "CS": code_strings,
    "DA": dates,
    "DS": decimal_strings,
    "DT": date_times,
    "IS": integer_strings,
    "LO": text(64),
    "LT": text(200),
    "PN": person_names,
    "SH": text(16),
    "ST": text(200),
    "TM": times,
    "UC": text(200),
    "UI": uids,
    "UR": text(100, _default_repertoire.replace(" ", "")),
    "UT": text(200),
}


def value_texts(vr: str) -> SearchStrategy[str]:
    """Give the text of one value of a VR, as the standard allows it; KeyError if the VR is not written as text."""
    return _VALUE_TEXTS[vr]
