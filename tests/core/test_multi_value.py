"""A list that says when it changes."""

from __future__ import annotations

import copy
import pickle

import pytest

from dicomkit.core.multi_value import MultiValue

CHANGES = {
    "append": lambda v: v.append(9),
    "extend": lambda v: v.extend([9, 8]),
    "insert": lambda v: v.insert(0, 9),
    "remove": lambda v: v.remove(2),
    "pop": lambda v: v.pop(),
    "pop first": lambda v: v.pop(0),
    "clear": lambda v: v.clear(),
    "reverse": lambda v: v.reverse(),
    "sort": lambda v: v.sort(key=lambda x: -x),
    "sort reversed": lambda v: v.sort(reverse=True),
    "setitem": lambda v: v.__setitem__(0, 9),
    "set slice": lambda v: v.__setitem__(slice(0, 2), [7, 8, 9]),
    "delitem": lambda v: v.__delitem__(0),
    "delete slice": lambda v: v.__delitem__(slice(1, None)),
    "iadd": lambda v: v.__iadd__([9]),
    "imul": lambda v: v.__imul__(2),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_each_change_is_what_list_does_and_is_told_once(change):
    """The result is list's own, and the owner sees it when told."""
    seen: list[list[int]] = []
    values = MultiValue([3, 1, 2], lambda: seen.append(list(values)))
    plain = [3, 1, 2]
    assert change(plain) == change(values)
    assert plain == values
    assert [plain] == seen


def test_every_mutator_of_list_is_covered():
    """No method of list that changes it is left to tell nobody."""
    readers = {"copy", "count", "index"}
    mutators = {name for name in vars(list) if not name.startswith("_")} - readers
    mutators |= {"__setitem__", "__delitem__", "__iadd__", "__imul__"}
    assert mutators <= set(vars(MultiValue))


@pytest.mark.parametrize(
    "change", [lambda v: v.remove(99), lambda v: v.pop(99), lambda v: v.__delitem__(99), lambda v: v.__setitem__(99, 0)]
)
def test_what_fails_changes_and_tells_nothing(change):
    """An IndexError or ValueError is no change."""
    seen: list[int] = []
    values = MultiValue([3, 1, 2], lambda: seen.append(1))
    with pytest.raises((ValueError, IndexError)):
        change(values)
    assert ([], [3, 1, 2]) == (seen, values)


def test_what_fails_half_way_is_told():
    """An iterable that raises after a value leaves a changed list, so the owner is told."""
    seen: list[list[int]] = []
    values = MultiValue([1], lambda: seen.append(list(values)))
    with pytest.raises(ZeroDivisionError):
        values.extend(1 // x for x in (1, 0))
    assert [[1, 1]] == seen


def test_it_equals_and_prints_as_a_list():
    """A list of the same values is equal, and looks the same."""
    assert [1, 2] == MultiValue([1, 2]) == MultiValue((1, 2))
    assert "[1, 2]" == repr(MultiValue([1, 2]))
    assert type(MultiValue([1, 2])[:1]) is list


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_copies_tell_nobody(duplicate):
    """A copy has the values but no owner."""
    seen: list[int] = []
    other = duplicate(MultiValue([1, 2], lambda: seen.append(1)))
    other.append(3)
    assert ([1, 2, 3], []) == (other, seen)
    assert type(other) is MultiValue


def test_without_an_owner():
    """Nobody needs to be told."""
    values = MultiValue([1])
    values += [2]
    assert [1, 2] == values
