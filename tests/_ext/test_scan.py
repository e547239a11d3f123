"""The scanner, compiled and pure: each against literal bytes, and both against each other."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.core.issue import IssueCode
from dicomkit.dictionary import packed_vrs
from fuzz import seeds
from fuzz.mutate import Mutator
from tests._ext.driving import (
    DEPTH,
    DONE,
    ELEMENTS,
    FRAGMENTS,
    NEED,
    Outcome,
    Windows,
    implementation,
    kernel,
    outcome,
    pieces,
    scan,
    steps,
)
from tests.hostile import CASES
from tests.hostile_bytes import (
    EXPLICIT,
    IMPLICIT,
    UNDEFINED,
    basic,
    element,
    fragments,
    header,
    item,
    item_end,
    nested,
    sequence,
    sequence_end,
    text,
)

SEEDS = {"explicit": seeds.explicit, "implicit": seeds.implicit, "big": seeds.big}
SQ = 0x00081140


@pytest.fixture(params=["compiled", "pure"])
def scanner(request: pytest.FixtureRequest) -> Any:
    """The Scanner of one of the two implementations."""
    return implementation("scan", request.param).Scanner


def names(found: Outcome) -> list[str]:
    """Give the names of the deviations."""
    return [name for name, _, _, _ in found.deviations]


def tags(found: Outcome, number: int = -1) -> list[int]:
    """Give the tags of an item, of the data set unless told."""
    _, _, first, count, _ = found.items[number]
    return [row[0] for row in found.elements[first : first + count]]


# --- both give the same, whatever the windows -------------------------------------------------------------------------


def agree(data: bytes, form: str, seed: int, **options: Any) -> Outcome:
    """Scan in all four ways, state that they give the same, and give it."""
    compiled, pure = kernel("scan").Scanner, implementation("scan", "pure").Scanner
    whole = scan(compiled, data, form, **options)
    assert whole == scan(pure, data, form, **options), "the twin differs"
    assert whole == scan(compiled, data, form, pieces(seed), **options), "the windows make a difference"
    assert whole == scan(pure, data, form, pieces(seed), **options), "the windows make a difference to the twin"
    return whole


def options_from(rng: random.Random) -> dict[str, Any]:
    """Choose options of a Scanner, and where the data lies in a source that may be longer or shorter than it says."""
    table: dict[str, tuple[Any, ...]] = {
        "keep": (0, 1, 8, 100, 1000),
        "stop_tag": (0x7FE00008, 0x00100020, 0),
        "max_depth": (0, 1, 2, 3),
        "max_elements": (0, 1, 5, 20),
        "max_fragments": (0, 1, 2),
        "max_deviations": (0, 1, 2),
        "walk": (0, 1, 2),
        "sequence_tag": (SQ,),
        "base": (1, 132, 1 << 40),
        "end": (None,),
    }
    return {name: rng.choice(choices) for name, choices in table.items() if rng.random() < 0.15}


@pytest.mark.fuzz
@pytest.mark.parametrize("form", SEEDS)
@given(seed=st.integers(0, 2**32 - 1))
def test_mutated_data_sets_scan_the_same(form: str, seed: int) -> None:
    """Kernel and twin give equal tables, issues and status for damaged data sets, fed whole or in small windows."""
    rng = random.Random(seed)
    data = rng.choice(SEEDS[form]())[: rng.choice((200, 2000, 10000))]
    data = Mutator(rng, 20_000).mutated(data, rng.choice(SEEDS[form]()))
    options = options_from(rng)
    if "end" not in options and rng.random() < 0.1:
        options["end"] = options.get("base", 0) + max(0, len(data) + rng.choice((-100, -7, -1, 1, 5, 100)))
    form = rng.choice([form] * 9 + list(SEEDS))
    agree(data, form, seed, **options)
    stepped = steps(kernel("scan").Scanner, data, form, pieces(seed), **options)
    assert stepped == steps(implementation("scan", "pure").Scanner, data, form, **options), "the twin steps otherwise"


@pytest.mark.parametrize("form", SEEDS)
def test_real_data_sets_scan_the_same(form: str) -> None:
    """Kernel and twin give equal tables for the start of every sample file's data set."""
    for data in SEEDS[form]():
        agree(data[:20_000], form, len(data))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_hostile_corpus_scans_the_same(case: Any) -> None:
    """Kernel and twin give equal tables for each hostile file, taken as a data set of any form."""
    data = case.build()
    start = data.index(b"DICM") + 4 if b"DICM" in data[:132] else 0
    for form in SEEDS:
        agree(data[start : start + 5000], form, 1)


_elements = st.builds(
    lambda tag, vr, value, lie: element(tag, vr, value, EXPLICIT, lie),
    st.sampled_from(
        (0x00080005, 0x00080016, 0x00081140, 0x00090010, 0x0040A730, 0x7FE00010, 0xFFFEE000, 0, 0xFFFFFFFF)
    ),
    st.sampled_from(("SQ", "UN", "OB", "LO", "US", "ZZ", b"\0\0", b"a1")),
    st.binary(max_size=20),
    st.sampled_from((None, None, None, 0, 1, 2, 8, 16, 0xFFFF, UNDEFINED, UNDEFINED - 1)),
)
_delimiters = st.sampled_from((item_end(), sequence_end(), header(0xFFFEE000, "", UNDEFINED), item(), item(length=12)))
_grammar = st.lists(_elements | _delimiters, max_size=12).map(b"".join)


@pytest.mark.fuzz
@given(
    _grammar | st.binary(max_size=80),
    st.sampled_from(list(SEEDS)),
    st.integers(0, 1000),
    st.sampled_from((-1, -1, None)),
)
def test_any_bytes_scan_the_same(data: bytes, form: str, seed: int, end: int | None) -> None:
    """Kernel and twin give equal tables for elements and delimiters in any order, and for any bytes."""
    agree(data, form, seed, end=end)


def test_names_are_issue_codes():
    """Every deviation of the kernel has an IssueCode of its name, and the twin has the same names."""
    assert kernel("scan").ISSUE_NAMES == implementation("scan", "pure").ISSUE_NAMES
    assert [] == [name for name in kernel("scan").ISSUE_NAMES if name not in IssueCode.__members__]


# --- what it found once ---------------------------------------------------------------------------------------------


def test_a_header_never_comes_from_behind_its_container(scanner: Any) -> None:
    """Four bytes at the end of an item are its short rest, though the window goes on behind them."""
    data = sequence(SQ, item(text(0x00080060, "CS", "OT") + b"\x08\0\x70\0")) + text(0x00100020, "LO", "AFTER")
    found = scan(scanner, data, "explicit")
    assert ["LENGTH_OVERRUN"] == names(found)
    assert [SQ, 0x00100020] == tags(found)
    assert [0x00080060] == tags(found, 0)


def test_a_rest_too_short_for_a_long_header_is_asked_for(scanner: Any) -> None:
    """Eleven bytes that begin a twelve-byte header are read from the window only when they are there."""
    data = element(0x00080060, "OB", b"")[:11]
    found = scan(scanner, data, "explicit", Windows(random.Random(0)))
    assert (("TRUNCATED", 0, 11, ()),) == found.deviations
    lone = scanner(0, 11, False, False)
    lone.feed(data[:8], 0)
    assert (NEED, 0, 11) == (lone.run(), lone.need_offset, lone.need_length)


def test_the_path_of_a_un_sequence_is_its_own(scanner: Any) -> None:
    """The issue of UN with undefined length names the element, under the path that leads to it."""
    inner = sequence(0x00091001, item(form=IMPLICIT), vr="UN", defined=False)
    found = scan(scanner, sequence(SQ, item(inner)), "explicit")
    assert (("UN_UNDEFINED_LENGTH", 20, 0, (SQ, 0, 0x00091001)),) == found.deviations


def test_items_count_against_the_bound(scanner: Any) -> None:
    """A flood of empty items stops at the bound of elements: each takes memory too."""
    data = sequence(SQ, item() * 100, defined=False)
    assert ELEMENTS == scan(scanner, data, "explicit", max_elements=50).status
    assert DONE == scan(scanner, data, "explicit", max_elements=100).status


@pytest.mark.parametrize("defined", [False, True])
def test_elements_count_against_the_bound(scanner: Any, defined: bool) -> None:
    """As many elements as the bound are let in, one more is not, also behind sequences."""
    data = sequence(SQ, item(text(0x00080060, "CS", "OT"), defined=defined), defined=defined) + basic()[-12:]
    assert DONE == scan(scanner, data, "explicit", max_elements=3).status
    assert ELEMENTS == scan(scanner, data, "explicit", max_elements=1).status


@pytest.mark.parametrize("defined", [False, True])
def test_depth_counts_sequences(scanner: Any, defined: bool) -> None:
    """Three sequences in one another need a depth of three; one more is refused before anything of it is counted."""
    data = nested(3, defined=defined)
    assert DONE == scan(scanner, data, "explicit", max_depth=3).status
    refused = scan(scanner, data, "explicit", max_depth=2)
    assert (DEPTH, 40, ()) == (refused.status, refused.end, refused.deviations)


def test_a_bound_without_bounds_is_no_overflow(scanner: Any) -> None:
    """The largest bounds are as good as none."""
    most = (1 << 63) - 1
    data = nested(100)
    assert DONE == scan(scanner, data, "explicit", max_depth=most, max_elements=most, max_fragments=most).status


def test_fragments_are_bounded(scanner: Any) -> None:
    """The offset table and two fragments are three; a bound of two refuses the third."""
    data = fragments([b"", b"ab", b"cd"])
    assert ((20, 0), (28, 2), (38, 2)) == scan(scanner, data, "explicit", max_fragments=3).fragments
    assert FRAGMENTS == scan(scanner, data, "explicit", max_fragments=2).status


def test_only_so_many_fragments_are_walked(scanner: Any) -> None:
    """Beyond `walk` the pixels reach to the end of the source and the element says that they were not walked."""
    data = fragments([b"", b"ab", b"cd", b"ef"])
    found = scan(scanner, data, "explicit", walk=1)
    assert ["FRAGMENTS_NOT_WALKED"] == names(found)
    tag, _, offset, length, flags, first, count = found.elements[0]
    assert (0x7FE00010, 12, len(data) - 12, 0, 2) == (tag, offset, length, first, count)
    assert 1 | 4 | 32 | 128 == flags


def test_what_follows_is_looked_for_equally_far_in_any_window(scanner: Any) -> None:
    """Whether an odd header is of the other form does not depend on how much of the value the window holds."""
    value = b"\x20\0\x11\0".ljust(0x4F4C)  # whose length is spelt "LO", and which begins like another element
    data = basic(IMPLICIT) + element(0x00200010, "SH", value, IMPLICIT) + text(0x00280004, "CS", "RGB", IMPLICIT)
    assert b"LO\0\0" == data[len(basic(IMPLICIT)) + 4 :][:4]
    found = scan(scanner, data, "implicit")
    assert () == found.deviations
    assert [0x00200010, 0x00280004] == tags(found)[-2:]
    assert found == scan(scanner, data, "implicit", pieces(3))


def test_an_unknown_length_hides_no_item_of_undefined_length(scanner: Any) -> None:
    """In a stream, whose end is far away, an item of undefined length still ends at its delimiter."""
    data = sequence(SQ, item(text(0x00080060, "CS", "OT"), defined=False), defined=False) + basic()[-12:]
    found = scan(scanner, data, "explicit", end=None)
    assert replace(scan(scanner, data, "explicit"), end=found.end) == found
    assert 2 == len(tags(found))


def test_an_explicit_item_leaves_what_is_around_it_implicit(scanner: Any) -> None:
    """Behind an item that is explicit against the rules, the next item and the data set around keep their form."""
    wrong = item(text(0x00080060, "CS", "OT") + text(0x00080070, "LO", "ACME"))
    length_spells_lo = element(0x00200010, "SH", b"\x20\0\x11\0LO\0\0".ljust(0x4F4C), IMPLICIT)
    for items in (wrong, wrong + item(length_spells_lo)):
        found = scan(scanner, sequence(SQ, items, IMPLICIT) + length_spells_lo, "implicit")
        assert [SQ, 0x00200010] == tags(found)
        assert [0x00080060, 0x00080070] == tags(found, 0)
        assert [0x00200010] == tags(found, -2)[-1:] or wrong == items
        assert [("TRANSFER_SYNTAX_MISMATCH", 16, (SQ, 0, 0x00080060))] == [
            (name, offset, path) for name, offset, _, path in found.deviations
        ]


def test_a_tag_of_all_ones_stops_nothing(scanner: Any) -> None:
    """(FFFF,FFFF) is an element like others where no tag was given to stop at."""
    data = basic() + element(0xFFFFFFFF, "LO", b"ab")
    assert 0xFFFFFFFF == tags(scan(scanner, data, "explicit"))[-1]
    assert len(basic()) == scan(scanner, data, "explicit", stop_tag=0xFFFFFFFE).end


# --- sources that end early -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", range(len(nested(2, defined=True)) + len(basic())))
def test_a_source_that_shrank_is_reported(scanner: Any, length: int) -> None:
    """Wherever a source ends before it should, the scan ends too and says so."""
    data = basic() + nested(2, defined=True)
    found = scan(scanner, data[:length], "explicit", pieces(length), end=len(data))
    assert DONE == found.status
    assert "TRUNCATED" in names(found)
    assert found.end <= length


def test_a_value_hopped_over_is_cut_at_the_end_of_a_stream(scanner: Any) -> None:
    """A value that was not needed turns out to be longer than the stream."""
    data = basic() + element(0x7FE00010, "OB", b"abcd", length=1000)
    found = scan(scanner, data, "explicit", keep=100, end=None)
    assert [("TRUNCATED", len(data) - 4, 1000, (0x7FE00010,))] == list(found.deviations)
    assert (4, 4 | 64) == found.elements[-1][3:5]


def test_an_end_that_was_known_is_never_moved_back(scanner: Any) -> None:
    """Saying a later end than the one that was known changes nothing."""
    one = scanner(0, 12, False, False)
    one.set_end(100)
    one.feed(basic() + basic(), 0)
    assert DONE == one.run()
    assert 12 >= one.index.end


# --- what callers may get wrong ---------------------------------------------------------------------------------------


def test_offsets_stay_below_the_largest(scanner: Any) -> None:
    """Offsets whose sum with a length could overflow are refused."""
    for start, end in ((1 << 63, None), (0, 1 << 63), (0, -1)):
        with pytest.raises((ValueError, OverflowError)):
            scanner(start, end, False, False)
    with pytest.raises(ValueError, match="beyond the largest offset"):
        scanner(0, 8, False, False).feed(b"", 1 << 63)


def test_windows_are_bytes(scanner: Any) -> None:
    """Anything but bytes is refused as a window."""
    for wrong in (None, "text", bytearray(8)):
        with pytest.raises(TypeError):
            scanner(0, 8, False, False).feed(wrong, 0)


def test_tables_of_different_length_are_refused(scanner: Any) -> None:
    """Each tag of the table has one code."""
    for tags_, codes in ((bytes(8), bytes(2)), (bytes(4), bytes(4)), (bytes(2), bytes(1))):
        with pytest.raises(ValueError, match="differ in number"):
            scanner(0, 8, True, False).set_table(tags_, codes)


def test_a_window_elsewhere_asks_again(scanner: Any) -> None:
    """A window that does not hold what was asked for brings the same request."""
    one = scanner(100, 200, False, False)
    for base in (0, 95, 150):
        one.feed(bytes(7), base)
        assert (NEED, 100, 8) == (one.run(), one.need_offset, one.need_length)


def test_a_bound_that_was_met_is_met_again(scanner: Any) -> None:
    """Running again after a bound changes nothing and counts nothing twice."""
    one = scanner(0, 10_000, False, False, max_depth=1)
    one.set_table(*packed_vrs())
    one.feed(nested(2), 0)
    first = outcome(one, one.run())
    assert DEPTH == first.status
    assert first == outcome(one, one.run())


# -- step by step ------------------------------------------------------------------------------------------------------

# Kinds of events.
ELEMENT, SEQUENCE, SEQUENCE_END, ITEM, ITEM_END, FRAGMENTS_START, FRAGMENTS_END, FRAGMENT = range(8)


def events_of(found: Outcome) -> list[tuple[int, ...]]:
    """Give the events that the tables of a scan stand for, starts left out: (kind, tag or 0, offset, length)."""
    events: list[tuple[int, ...]] = []
    stack: list[Any] = [("item", len(found.items) - 1)]
    while stack:
        what, number = stack.pop()
        if what == "event":
            events.append(number)
        elif what == "item":
            _, _, first, count, _ = found.items[number]
            stack += [("element", position) for position in reversed(range(first, first + count))]
        else:
            tag, _, offset, length, flags, first, count = found.elements[number]
            if flags & 16:
                stack.append(("event", (SEQUENCE_END, tag, offset, length)))
                for item_number in reversed(range(first, first + count)):
                    start, end, *_ = found.items[item_number]
                    stack.append(("event", (ITEM_END, 0, start, end - start)))
                    stack.append(("item", item_number))
            elif flags & 32:
                events += [(FRAGMENT, 0, *found.fragments[first + i]) for i in range(count)]
                events.append((FRAGMENTS_END, tag, offset, length))
            else:
                events.append((ELEMENT, tag, offset, length))
    return events


def without_starts(events: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Give the events of step() in the same form."""
    return [
        (kind, 0 if kind in (ITEM_END, FRAGMENT) else tag, offset, length)
        for kind, tag, _, offset, length, _ in events
        if kind not in (SEQUENCE, ITEM, FRAGMENTS_START)
    ]


@pytest.mark.fuzz
@pytest.mark.parametrize("form", SEEDS)
@given(seed=st.integers(0, 2**32 - 1))
def test_steps_tell_what_the_tables_hold(form: str, seed: int) -> None:
    """Stepping through damaged data gives the elements, items, fragments and deviations of a scan, in both modes."""
    rng = random.Random(seed)
    data = rng.choice(SEEDS[form]())[: rng.choice((200, 2000, 10000))]
    data = Mutator(rng, 20_000).mutated(data, rng.choice(SEEDS[form]()))
    keep = seed % 3 * 50
    whole = scan(kernel("scan").Scanner, data, form, keep=keep)
    status, events, deviations = steps(kernel("scan").Scanner, data, form, pieces(seed), keep=keep)
    assert whole.status == status
    if status == DONE:
        assert events_of(whole) == without_starts(events)
        assert list(whole.deviations) == deviations
    twin = implementation("scan", "pure").Scanner
    assert (status, events, deviations) == steps(twin, data, form, pieces(seed + 1), keep=keep)
    assert steps(kernel("scan").Scanner, data, form, end=None) == steps(twin, data, form, pieces(seed), end=None)


def test_steps_open_and_close_what_they_tell(scanner: Any) -> None:
    """A container starts with its declared length and ends with the real one."""
    data = sequence(SQ, item(text(0x00100020, "LO", "A"), defined=False), defined=False)
    data += fragments([b"", b"1234"])
    _, events, deviations = steps(scanner, data, "explicit")
    expected = [
        (SEQUENCE, SQ, 12, UNDEFINED),
        (ITEM, 0xFFFEE000, 20, UNDEFINED),
        (ELEMENT, 0x00100020, 28, 2),
        (ITEM_END, 0xFFFEE00D, 20, 10),
        (SEQUENCE_END, SQ, 12, 26),
        (FRAGMENTS_START, 0x7FE00010, 58, UNDEFINED),
        (FRAGMENT, 0x7FE00010, 66, 0),
        (FRAGMENT, 0x7FE00010, 74, 4),
        (FRAGMENTS_END, 0x7FE00010, 58, 20),
    ]
    assert expected == [(kind, tag, offset, length) for kind, tag, _, offset, length, _ in events]
    assert [] == deviations


def test_fragments_in_an_item_are_walked_whatever_the_bound(scanner: Any) -> None:
    """Only fragments of the data set itself can be left: where those of an item end, nothing else says."""
    icon = fragments([b"", b"12"], tag=0x7FE00010)
    data = sequence(0x00880200, item(icon, defined=False), defined=False) + text(0x00889999, "LO", "BEHIND")
    found = scan(scanner, data + fragments([b"", b"34"]), "explicit", walk=0)
    assert [0x7FE00010, 0x00880200, 0x00889999, 0x7FE00010] == [row[0] for row in found.elements]
    assert 2 == len(found.fragments)
    assert ["FRAGMENTS_NOT_WALKED"] == names(found)


def test_fragments_are_walked_where_no_end_is_known(scanner: Any) -> None:
    """In a stream nothing says where the data set ends but what is in it: `walk` leaves no fragments there."""
    data = fragments([b"", b"ab", b"cd"]) + element(0xFFFCFFFC, "OB", b"\0\0")
    found = scan(scanner, data, "explicit", end=None, walk=0)
    assert [0x7FE00010, 0xFFFCFFFC] == [row[0] for row in found.elements]
    assert [3, len(data), []] == [len(found.fragments), found.end, names(found)]
