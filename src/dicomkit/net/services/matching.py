"""Matching of queries and data sets, and the answer to a match (PS3.4 C.2.2.2 and C.2.2.3, K.2.2.2).

The rules are those of the standard; where it leaves a choice, this is what is done. A single date or time matches what
lies within it: ``2024`` any day of the year, ``1015`` any second of the minute. A range ends with the end of its last
value. The value of an entity is taken at its first instant. Names match in any case, in any of their component groups
unless the query names several, and without regard to empty components at their ends. Several values in a key that
is no list of UIDs match if any of them does, until it has been negotiated that all must.
"""

from __future__ import annotations

import datetime
import re
import unicodedata

from dicomkit.core.frozen import Options
from dicomkit.core.temporal import Date, DateTime, Time
from dicomkit.core.vr import VR, Kind
from dicomkit.dataset import Dataset, Sequence
from dicomkit.errors import LimitExceededError, ValueDecodeError
from dicomkit.net.services.items import items_of

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self, TypeAlias

    from dicomkit.net.services.extended import FindExtension

    Predicate: TypeAlias = Callable[[Dataset], bool]

__all__ = ["Matcher", "MatchingOptions", "matches", "response_of"]

# Elements of an identifier that say how to read it, not what to match (PS3.4 C.4.1.1.3, C.2.2.2, C.6.4.1).
_NOT_KEYS = frozenset(
    {
        0x00080005,  # Specific Character Set
        0x00080052,  # Query/Retrieve Level
        0x00080053,  # Query/Retrieve View
        0x00080054,  # Retrieve AE Title: the answerer's
        0x00080056,  # Instance Availability: the answerer's
        0x00080201,  # Timezone Offset From UTC
        0x0008041B,  # Record Key
        0x0008041C,  # Prior Record Key
        0x00080429,  # Maximum Number of Records
    }
)

# Not copied from the entity to the response: they say how the one or the other is read, or go on from a response.
_NOT_COPIED = frozenset({0x00080005, 0x00080052, 0x00080053, 0x0008041C, 0x00080429})

# VRs that may hold wild cards (PS3.4 C.2.2.2.4).
_WILD = frozenset({VR.AE, VR.CS, VR.LO, VR.LT, VR.PN, VR.SH, VR.ST, VR.UC, VR.UR, VR.UT})

# Dates that are one range with their time in any query that has both (PS3.4 tables K.6-1 and HH.6-1).
_ALWAYS_COMBINED = frozenset({0x00400002, 0x00080012})

# The time that goes with a date, for combined matching: those pairs of PS3.6 that queries use.
_TIME_OF_DATE = {
    0x00080020: 0x00080030,  # Study
    0x00080021: 0x00080031,  # Series
    0x00080022: 0x00080032,  # Acquisition
    0x00080023: 0x00080033,  # Content
    0x00080012: 0x00080013,  # Instance Creation
    0x00100030: 0x00100032,  # Patient's Birth
    0x00400002: 0x00400003,  # Scheduled Procedure Step Start
    0x00400004: 0x00400005,  # Scheduled Procedure Step End
    0x00400244: 0x00400245,  # Performed Procedure Step Start
    0x00400250: 0x00400251,  # Performed Procedure Step End
    0x00402004: 0x00402005,  # Issue of Imaging Service Request
}


class MatchingOptions(Options):
    """What was negotiated, and what the standard leaves to the provider; see `FindExtension`."""

    fold_case: bool = False
    """Match text of every VR in any case; names always do."""

    fold_accents: bool = False
    """Match letters whatever their accents."""

    fuzzy_names: bool = False
    """Match names whose components begin like those of the query, in any order, or that sound alike in English."""

    combined_date_time: bool = False
    """Match a date and its time as one range. The start of a scheduled step and the creation of
    an instance always are (PS3.4 tables K.6-1, HH.6-1)."""

    timezone_adjustment: bool = False
    """Bring dates and times of query and entity to UTC where each says its zone in (0008,0201)."""

    empty_values: bool = False
    """Two quotation marks match an entity whose value is empty or absent."""

    multiple_values: bool = False
    """Several values match if each of them is found (PS3.4 C.2.2.2.8); if not set, one of them is enough."""

    wildcard_length: int = 256
    """The longest value with wild cards: PN has 194 characters. The time for one match grows with its length times
    that of the value in the entity, and no faster."""

    keys: int = 10_000
    """Keys of a query, those in items included; the longest of worklists have some 200."""

    def negotiated(self, extension: FindExtension) -> Self:
        """Return these options with what was granted to the user of an association, and nothing that was not."""
        return self.replace(
            fuzzy_names=extension.fuzzy_names,
            combined_date_time=extension.combined_date_time,
            timezone_adjustment=extension.timezone_adjustment,
            empty_values=extension.empty_values,
            multiple_values=extension.multiple_values,
        )


DEFAULT_MATCHING = MatchingOptions()


class Matcher:
    """A query made ready to be held against many data sets.

    Raises LimitExceededError for more keys, or longer wild cards, than the options allow. Private keys are ignored, as
    optional keys that are not supported are.
    """

    __slots__ = ("_keys", "_query", "_sequences", "_tests")

    def __init__(self, query: Dataset, options: MatchingOptions | None = None) -> None:
        options = DEFAULT_MATCHING if options is None else options
        self._query = query
        self._keys: list[tuple[int, VR]] = []
        self._tests: list[Predicate] = []
        self._sequences: list[tuple[int, Matcher]] = []
        stack = [(self, query)]
        left = options.keys
        while stack:
            matcher, keys = stack.pop()
            left -= len(keys)
            if left < 0:
                raise LimitExceededError("keys", options.keys - left, bound=options.keys)
            for tag, item in matcher._compile(keys, options):
                below = Matcher.__new__(Matcher)
                below._query, below._keys, below._tests, below._sequences = item, [], [], []
                matcher._sequences.append((tag, below))
                stack.append((below, item))

    def _compile(self, keys: Dataset, options: MatchingOptions) -> Iterator[tuple[int, Dataset]]:
        """Make the tests of one level, and give the items of sequences that have any keys."""
        taken = set(_NOT_KEYS)
        for tag, time_tag in _TIME_OF_DATE.items():
            if tag in keys and time_tag in keys and (options.combined_date_time or tag in _ALWAYS_COMBINED):
                test = _combined_test(tag, time_tag, keys, options)
                if test is not None:
                    self._tests.append(test)
                    taken |= {tag, time_tag}
        for element in keys:
            number = int(element.tag)
            if element.tag.is_private or element.tag.is_group_length:
                continue
            if number not in _NOT_COPIED:
                self._keys.append((number, element.vr))
            if number in taken:
                continue
            if element.vr is VR.SQ:
                items = items_of(keys, number)
                if items and len(items[0]):
                    yield number, items[0]
                continue
            test = _test_of(number, element.vr, element.value, keys, options)
            if test is not None:
                self._tests.append(test)

    def matches(self, ds: Dataset) -> bool:
        """Say whether a data set has what the query asks for."""
        # Each frame is a matcher and what is left to do with it: one data set, or the items of a sequence.
        frames: list[tuple[Matcher, Iterator[tuple[int, Matcher]] | None, Dataset | Iterator[Dataset]]] = []
        if not self._plain(ds):
            return False
        frames.append((self, iter(self._sequences), ds))
        result: bool | None = None
        while frames:
            matcher, sequences, subject = frames[-1]
            if sequences is not None:  # all sequences of this data set must match
                assert isinstance(subject, Dataset)
                following = None if result is False else next(sequences, None)
                if following is None:
                    frames.pop()
                    result = result is not False
                    continue
                tag, below = following
                frames.append((below, None, iter(items_of(subject, tag))))
                result = None
            else:  # one of these items must match
                assert not isinstance(subject, Dataset)
                item = None if result is True else next((item for item in subject if matcher._plain(item)), None)
                if item is None:
                    frames.pop()
                    result = result is True
                    continue
                frames.append((matcher, iter(matcher._sequences), item))
                result = None
        return result is True

    def _plain(self, ds: Dataset) -> bool:
        """Say whether everything but the sequences matches."""
        return all(test(ds) for test in self._tests)

    def response(self, ds: Dataset) -> Dataset:
        """Return the keys of the query with the values of a data set that matches.

        What the data set does not have is there, empty. Of a sequence whose keys were given, the items that match are
        there, with the keys that were asked for (PS3.4 C.2.2.2.6); of one without keys, all that there is.
        """
        response = Dataset()
        if 0x00080005 in ds:
            response.add(ds[0x00080005])
        if 0x00080052 in self._query:
            response.add(self._query[0x00080052])
        stack = [(self, ds, response)]
        # Filled items go into their sequences last, the deepest first: what lies in nothing is quick to change.
        sequences: list[tuple[Dataset, int, list[Dataset]]] = []
        while stack:
            matcher, source, target = stack.pop()
            below = dict(matcher._sequences)
            for number, vr in matcher._keys:
                if number not in source:
                    target.add_new(number, vr, [] if vr is VR.SQ else None)
                elif number not in below or not isinstance(source[number].value, Sequence):
                    target.add(source[number])
                else:
                    items = [item for item in items_of(source, number) if below[number].matches(item)]
                    made = [Dataset() for _ in items]
                    sequences.append((target, number, made))
                    stack += zip([below[number]] * len(items), items, made, strict=True)
        for target, number, made in reversed(sequences):
            target.add_new(number, VR.SQ, made)
        return response


def matches(query: Dataset, ds: Dataset, options: MatchingOptions | None = None) -> bool:
    """Say whether a data set has what a query asks for (PS3.4 C.2.2.2); for many data sets make a `Matcher`."""
    return Matcher(query, options).matches(ds)


def response_of(query: Dataset, ds: Dataset, options: MatchingOptions | None = None) -> Dataset:
    """Return the answer that a query gets of a data set that matches: see `Matcher.response`."""
    return Matcher(query, options).response(ds)


def _values(ds: Dataset, tag: int) -> list[object]:
    """Return the values of an element; none if it is absent or empty."""
    if tag not in ds:
        return []
    value = ds[tag].value
    values = list(value) if isinstance(value, list) else [value]
    return [value for value in values if value is not None and value != "" and value != b""]


# Tests of one key -----------------------------------------------------------------------------------------------------


def _test_of(tag: int, vr: VR, value: object, keys: Dataset, options: MatchingOptions) -> Predicate | None:
    """Return the test of a key, None if anything matches (PS3.4 C.2.2.2.3)."""
    wanted = list(value) if isinstance(value, list) else [value]
    wanted = [one for one in wanted if one is not None and one != "" and one != b""]
    # "*" alone is universal; real users send it in VRs without wild cards, too, where it can mean nothing else.
    if not wanted or all(isinstance(one, str) and one and not one.strip("* ") for one in wanted):
        return None
    if options.empty_values and wanted == ['""']:
        return lambda ds: not _values(ds, tag)
    tests = [_test_of_value(vr, one, keys, options) for one in wanted]
    if len(tests) == 1:
        test = tests[0]
        return lambda ds: any(test(one, ds) for one in _values(ds, tag))
    if options.multiple_values and vr is not VR.UI:
        return lambda ds: all(any(test(one, ds) for one in _values(ds, tag)) for test in tests)
    return lambda ds: any(test(one, ds) for one in _values(ds, tag) for test in tests)


def _test_of_value(
    vr: VR, wanted: object, keys: Dataset, options: MatchingOptions
) -> Callable[[object, Dataset], bool]:
    if isinstance(wanted, (Date, Time, DateTime)):
        return _temporal_test(wanted, keys, options)
    if not isinstance(wanted, str) or vr.kind not in (Kind.TEXT, Kind.NAME):
        return lambda value, ds: _equal(value, wanted)
    if vr is VR.PN:
        return _name_test(wanted, options)
    pattern = _Pattern.of(wanted, options, fold_case=options.fold_case) if vr in _WILD else None
    if pattern is not None:
        return lambda value, ds: pattern.matches(str(value))
    folded = _folded(wanted, options, fold_case=options.fold_case)
    return lambda value, ds: folded == _folded(str(value), options, fold_case=options.fold_case)


def _equal(value: object, wanted: object) -> bool:
    if isinstance(wanted, str) and isinstance(value, str):
        return wanted.strip(" \0") == value.strip(" \0")
    return value == wanted


# Text -----------------------------------------------------------------------------------------------------------------


def _folded(text: str, options: MatchingOptions, *, fold_case: bool) -> str:
    """Return the text as it is compared; spaces at its ends never count (PS3.5 6.2)."""
    text = text.strip(" ")
    if options.fold_accents:
        text = "".join([one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one)])
    return text.casefold() if fold_case else text


class _Pattern:
    """A value with wild cards, cut at each ``*``: its pieces are found one behind the other, each as early as can be.

    No piece holds anything that repeats, so the time is at most the product of both lengths.
    """

    __slots__ = ("_first", "_last", "_middle", "_fold", "_options")  # noqa: RUF023

    def __init__(self, text: str, options: MatchingOptions, fold_case: bool) -> None:
        self._options, self._fold = options, fold_case
        pieces = [
            re.compile(".".join([re.escape(part) for part in piece.split("?")]), re.DOTALL)
            for piece in _folded(text, options, fold_case=fold_case).split("*")
        ]
        self._first, *self._middle = pieces
        self._last = self._middle.pop() if self._middle else None

    @classmethod
    def of(cls, text: str, options: MatchingOptions, *, fold_case: bool) -> _Pattern | None:
        """Return the pattern of a text, None if it has no wild card; LimitExceededError if it is too long."""
        if "*" not in text and "?" not in text:
            return None
        if len(text) > options.wildcard_length:
            raise LimitExceededError("wildcard_length", len(text), bound=options.wildcard_length)
        return cls(text, options, fold_case)

    def matches(self, text: str) -> bool:
        """Say whether the whole text has the pattern."""
        text = _folded(text, self._options, fold_case=self._fold)
        if self._last is None:
            return self._first.fullmatch(text) is not None
        found = self._first.match(text)
        for piece in self._middle:
            if found is None:
                return False
            found = piece.search(text, found.end())
        if found is None:
            return False
        # Each character of the last piece is one of the text, so where it must begin is known.
        start = len(text) - _width(self._last)
        return start >= found.end() and self._last.fullmatch(text, start) is not None


def _width(piece: re.Pattern[str]) -> int:
    """Return how many characters a piece takes: those of its text without the backslashes of escapes."""
    escaped = False
    width = 0
    for one in piece.pattern:
        escaped = one == "\\" and not escaped
        width += not escaped
    return width


# Names ----------------------------------------------------------------------------------------------------------------


def _name_groups(name: str) -> list[str]:
    """Return the component groups, without spaces around components and empty components at the end."""
    groups = []
    for group in name.split("="):
        groups.append("^".join([component.strip(" ") for component in group.split("^")]).rstrip("^"))
    return groups


def _name_test(wanted: str, options: MatchingOptions) -> Callable[[object, Dataset], bool]:
    groups = _name_groups(wanted)
    while groups and not groups[-1]:
        groups.pop()
    if not groups:
        return lambda value, ds: True
    tests = [_group_test(group, options) if group.strip("*") else None for group in groups]

    def test(value: object, ds: Dataset) -> bool:
        entity = _name_groups(str(value))
        first = tests[0]
        if len(tests) == 1:
            # Whoever types a name does not know in which script the other side keeps it.
            return first is None or any(first(group) for group in entity if group)
        return all(one is None or one(group) for one, group in zip(tests, [*entity, "", "", ""], strict=False))

    return test


def _group_test(wanted: str, options: MatchingOptions) -> Callable[[str], bool]:
    if options.fuzzy_names and "*" not in wanted and "?" not in wanted:
        tokens = _tokens(wanted, options)
        return lambda group: _is_like(tokens, _tokens(group, options))
    pattern = _Pattern.of(wanted, options, fold_case=True)
    if pattern is None:
        folded = _folded(wanted, options, fold_case=True)
        return lambda group: folded == _folded(group, options, fold_case=True)
    carets = wanted.count("^")
    # "Doe^*" asks for Doe with any given name, or none: components that the entity leaves out are empty.
    return lambda group: pattern.matches(group + "^" * (carets - group.count("^")))


def _tokens(group: str, options: MatchingOptions) -> list[str]:
    folding = options.replace(fold_accents=True)
    text = _folded(group, folding, fold_case=True)
    return "".join([one if one.isalnum() else " " for one in text]).split()


def _is_like(wanted: list[str], found: list[str]) -> bool:
    """Say whether each token of a query is the beginning of another token, or sounds like one."""
    left = list(found)
    for token in wanted:
        fitting = [one for one in left if one.startswith(token)]
        fitting = fitting or [one for one in left if _sound(one) == _sound(token) != ""]
        if not fitting:
            return False
        left.remove(min(fitting, key=len))
    return True


_SOUNDS = str.maketrans("bfpvcgjkqsxzdtlmnr", "111122222222334556")


def _sound(token: str) -> str:
    """Return the Soundex code of a token (US National Archives, 1918), "" where it is not of Latin letters."""
    if not token.isascii() or not token.isalpha():
        return ""
    code = token[0]
    last = token[0].translate(_SOUNDS)
    for letter in token[1:]:
        sound = letter.translate(_SOUNDS)
        if sound.isdigit() and sound != last:
            code += sound
        if letter not in "hw":
            last = sound
    return code[:4].ljust(4, "0")


# Dates and times ------------------------------------------------------------------------------------------------------


def _zone(ds: Dataset) -> datetime.timedelta | None:
    """Return what (0008,0201) says, None if it is absent or no offset."""
    if 0x00080201 not in ds:
        return None
    return DateTime(f"20000101{str(ds[0x00080201].value or '').strip()}").offset


def _temporal_test(
    wanted: Date | Time | DateTime, keys: Dataset, options: MatchingOptions
) -> Callable[[object, Dataset], bool]:
    try:
        first, last = wanted.earliest(), wanted.latest()
    except ValueDecodeError:
        return lambda value, ds: _equal(value, wanted)
    if isinstance(wanted, DateTime):
        zone = _zone(keys)
        bounds = [_in_zone(one, zone) for one in (first, last)]
        return lambda value, ds: _is_between(_in_zone(_first_instant(value), _zone(ds)), *bounds)
    return lambda value, ds: _is_between(_first_instant(value), first, last)


def _first_instant(value: object) -> datetime.date | datetime.time | None:
    if not isinstance(value, (Date, Time, DateTime)) or value.is_range:
        return None
    try:
        return value.earliest()
    except ValueDecodeError:
        return None


def _in_zone(instant: object, zone: datetime.timedelta | None) -> datetime.datetime | None:
    """Return an instant with its zone: its own, or that of its data set; local times without any stay as they are."""
    if not isinstance(instant, datetime.datetime):
        return None
    if instant.tzinfo is None and zone is not None:
        return instant.replace(tzinfo=datetime.timezone(zone))
    return instant


def _is_between(value: object, first: object, last: object) -> bool:
    if value is None:
        return False
    bounds = [one for one in (first, last) if one is not None]
    if isinstance(value, datetime.datetime):
        # Where only one side says its zone, both are taken as of the same (PS3.4 C.2.2.2.1.1).
        known = [one for one in (value, *bounds) if isinstance(one, datetime.datetime)]
        if any(one.tzinfo is None for one in known):
            value = value.replace(tzinfo=None)
            first, last = _naive(first), _naive(last)
    try:
        return (first is None or first <= value) and (last is None or value <= last)  # type: ignore[operator]
    except (TypeError, OverflowError):
        return False


def _naive(instant: object) -> object:
    return instant.replace(tzinfo=None) if isinstance(instant, datetime.datetime) else instant


def _combined_test(date_tag: int, time_tag: int, keys: Dataset, options: MatchingOptions) -> Predicate | None:
    """Return the test of a date and its time as one, None if one of them is no single value or range of its VR.

    The first date goes with the first time and the last with the last (PS3.4 C.2.2.2.5).
    """
    date, time = keys[date_tag].value, keys[time_tag].value
    if not isinstance(date, Date) or not isinstance(time, Time) or not date or not time:
        return None
    try:
        days, times = (date.earliest(), date.latest()), (time.earliest(), time.latest())
    except ValueDecodeError:
        return None
    adjusting = options.timezone_adjustment
    zone = _zone(keys) if adjusting else None
    first = None if days[0] is None else datetime.datetime.combine(days[0], times[0] or datetime.time.min)
    last = None if days[1] is None else datetime.datetime.combine(days[1], times[1] or datetime.time.max)
    bounds = [_in_zone(one, zone) for one in (first, last)]

    def test(ds: Dataset) -> bool:
        day = _first_instant(ds[date_tag].value) if date_tag in ds else None
        clock = _first_instant(ds[time_tag].value) if time_tag in ds else None
        if not isinstance(day, datetime.date) or isinstance(day, datetime.datetime):
            return False
        instant = datetime.datetime.combine(day, clock if isinstance(clock, datetime.time) else datetime.time.min)
        return _is_between(_in_zone(instant, _zone(ds) if adjusting else None), *bounds)

    return test
