"""The index: its tables and the windows that it keeps, compiled and pure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests._ext.driving import implementation, kernel
from tests.hostile_bytes import UNDEFINED, basic, fragments, header, item, sequence, text

SQ = 0x00081140
DATA = (
    text(0x00080016, "UI", "1.2")
    + sequence(SQ, item(text(0x00080060, "CS", "OT") + text(0x00080060, "CS", "MR") + text(0x00080050, "SH", "A")))
    + text(0x00100020, "LO", "ID")
    + fragments([b"", b"abcd"])
)


@pytest.fixture(params=["compiled", "pure"])
def module(request: pytest.FixtureRequest) -> Any:
    """One of the two implementations."""
    return implementation("scan", request.param)


def indexed(module: Any, data: bytes = DATA) -> Any:
    """Give the index of a data set, in memory."""
    scanner = module.Scanner(0, len(data), False, False)
    scanner.index.add_segment(data, 0)
    scanner.feed(data, 0)
    assert 0 == scanner.run()
    return scanner.index


def test_elements_are_found_by_tag(module: Any) -> None:
    """Tags of the data set lead to their values, other tags to -1."""
    index = indexed(module)
    assert [0x00080016, SQ, 0x00100020, 0x7FE00010] == index.tags(index.root)
    assert b"ID" == index.value(index.find(index.root, 0x00100020))
    assert -1 == index.find(index.root, 0x00100010)
    assert -1 == index.find(index.root, 0xFFFFFFFF)


def test_of_duplicates_the_last_counts(module: Any) -> None:
    """In an item whose tags do not ascend, look-ups are linear and find the last of several."""
    index = indexed(module)
    assert [0x00080060, 0x00080060, 0x00080050] == index.tags(0)
    assert b"MR" == index.value(index.find(0, 0x00080060))
    assert b"A " == index.value(index.find(0, 0x00080050))
    assert -1 == index.find(0, 0x00080061)


def test_elements_of_a_container_lie_together(module: Any) -> None:
    """The elements of the item come first, then those of the data set; the data set is the last item."""
    index = indexed(module)
    assert (7, 2, 2) == index.counts
    assert 1 == index.root
    assert (0, 3) == index.item(0)[2:4]
    assert (3, 4) == index.item(1)[2:4]
    assert (0, 1) == index.element(index.find(1, SQ))[5:]


def test_fragments_are_counted_in_order(module: Any) -> None:
    """The element knows its first fragment and their number; the offset table is the first."""
    index = indexed(module)
    first, count = index.element(index.find(index.root, 0x7FE00010))[5:]
    assert [(len(DATA) - 20, 0), (len(DATA) - 12, 4)] == index.fragment_list(first, count)
    assert index.fragment(1) == index.fragment_list(0, 2)[1]
    assert [] == index.fragment_list(2, 0)


def test_numbers_beyond_the_tables_are_refused(module: Any) -> None:
    """A number that is in no table is a ValueError, also where a sum of two would overflow."""
    index = indexed(module)
    for ask in (
        lambda: index.element(7),
        lambda: index.value(7),
        lambda: index.item(2),
        lambda: index.tags(2),
        lambda: index.find(2, SQ),
        lambda: index.fragment(2),
        lambda: index.fragment_list(0, 3),
        lambda: index.fragment_list(3, 0),
        lambda: index.fragment_list(1, (1 << 64) - 1),
    ):
        with pytest.raises(ValueError, match="no such"):
            ask()


def test_before_the_scan_is_done_there_is_no_root(module: Any) -> None:
    """An index without items has no data set."""
    index = module.Scanner(0, 100, False, False).index
    with pytest.raises(ValueError, match="not done"):
        _ = index.root
    with pytest.raises(ValueError, match="no such"):
        index.find(0, SQ)


def test_values_need_one_window_that_holds_them(module: Any) -> None:
    """A value that lies across two windows is not in memory; a view is of the window itself."""
    index = indexed(module, basic())
    other = module.Scanner(0, 100, False, False).index
    other.add_segment(b"0123456789", 0)
    other.add_segment(b"89abcdef", 8)
    assert b"0123" == other.read(0, 4)
    assert b"9abc" == other.read(9, 4)
    assert None is other.read(7, 4)
    assert b"789" == other.read(7, 3)
    assert b"9abcdef" == other.chunk(9, 100)
    assert b"ef" == bytes(other.view(14, 2))
    assert None is other.view(14, 3)
    assert b"def" == other.chunk(13, 100)
    assert None is other.chunk(16, 1)
    assert b"" == other.read(16, 0)
    assert basic() == index.view(0, len(basic())).obj


def test_windows_lie_below_the_largest_offset(module: Any) -> None:
    """A window whose end could overflow is refused, and so is what is no bytes."""
    index = module.Scanner(0, 100, False, False).index
    with pytest.raises(ValueError, match="beyond the largest offset"):
        index.add_segment(b"a", 1 << 63)
    with pytest.raises(TypeError):
        index.add_segment(None, 0)


TOP = (
    text(0x00080016, "UI", "1.2"),
    text(0x00080060, "CS", "CT"),
    text(0x00100020, "LO", "ID"),
    text(0x00200010, "SH", "S"),
)
TAGS = (0x00080016, 0x00080060, 0x00100020, 0x00200010)


@given(st.dictionaries(st.sampled_from([*TAGS, 0x00080005, 0x00100010, 0x7FE00010]), st.none() | st.just(b"new")))
def test_edits_are_spliced_in(edits: dict[int, bytes | None]) -> None:
    """What was not edited comes as spans, what was edited as given, in the order of tags; kernel and twin agree."""
    data = b"".join(TOP)
    parts = [
        indexed(implementation("scan", which), data).splice(0, sorted(edits.items())) for which in ("compiled", "pure")
    ]
    assert parts[0] == parts[1]
    written = b"".join(part if isinstance(part, bytes) else data[part[0] : sum(part)] for part in parts[0])
    expected = dict(zip(TAGS, TOP, strict=True)) | edits
    assert b"".join(expected[tag] or b"" for tag in sorted(expected)) == written


@pytest.mark.parametrize(
    "data",
    [
        TOP[1] + TOP[0],
        TOP[0] + TOP[0],
        TOP[0] + TOP[2][:-1],
        TOP[0] + header(SQ, "SQ", UNDEFINED),
    ],
    ids=["unordered", "twice", "cut", "without its end"],
)
def test_what_must_be_written_anew_is_not_spliced(module: Any, data: bytes) -> None:
    """Tags that do not ascend, and elements that were cut, cannot stay as they are beside an edit."""
    assert indexed(module, data).splice(0, [(0x00080060, None)]) is None


def test_only_an_item_is_spliced(module: Any) -> None:
    """A number beyond the table is refused."""
    with pytest.raises(ValueError, match="no such item"):
        indexed(module).splice(99, [])


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30)), max_size=8),
    st.lists(st.tuples(st.integers(0, 90), st.integers(0, 30)), max_size=20),
)
def test_any_windows_give_the_same(windows: list[tuple[int, int]], asked: list[tuple[int, int]]) -> None:
    """Kernel and twin find what any one of overlapping windows holds, and it is what the source has there."""
    source = bytes(range(100))
    indexes = [implementation("scan", which).Scanner(0, 100, False, False).index for which in ("compiled", "pure")]
    for base, length in windows:
        for index in indexes:
            index.add_segment(source[base : base + length], base)
    held = {(base, base + length) for base, length in windows}
    for offset, length in asked:
        expected = any(base <= offset and offset + length <= end for base, end in held)
        for index in indexes:
            assert (source[offset : offset + length] if expected else None) == index.read(offset, length)
            view = index.view(offset, length)
            assert (source[offset : offset + length] if expected else None) == (None if view is None else bytes(view))
        assert indexes[0].chunk(offset, length) == indexes[1].chunk(offset, length)


def test_the_kernel_is_there_or_the_tests_say_so():
    """The comparisons above are with the compiled kernel."""
    assert "pure" not in kernel("scan").__name__


@given(st.lists(st.integers(0, 40), min_size=2, max_size=60))
def test_the_last_of_several_is_found_in_any_order(numbers: list[int]) -> None:
    """Look-ups in items whose tags do not ascend, short and long ones, find the last element of a tag."""
    tags = [0x00100000 | number * 16 for number in numbers]
    data = sequence(SQ, item(b"".join(text(tag, "LO", "") for tag in tags)))
    for which in ("compiled", "pure"):
        index = indexed(implementation("scan", which), data)
        first = index.item(0)[2]
        for tag in {*tags, 0x00100008, 0xFFFFFFFF}:
            last = max((place for place, other in enumerate(tags) if other == tag), default=None)
            assert (-1 if last is None else first + last) == index.find(0, tag)
