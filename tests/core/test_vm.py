"""Value Multiplicities: parsed, written, asked."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.core.vm import VM

# PS3.6 6, and PS3.5 6.4: text, some counts allowed, some not.
ALLOWED = [
    ("1", {1}),
    ("3", {3}),
    ("1-2", {1, 2}),
    ("4-5", {4, 5}),
    ("1-99", set(range(1, 100))),
    ("1-n", set(range(1, 130))),
    ("6-n", set(range(6, 130))),
    ("2-2n", set(range(2, 130, 2))),
    ("3-3n", set(range(3, 130, 3))),
    ("47-47n", {47, 94}),
    ("0-n", set(range(130))),
]


@pytest.mark.parametrize(("text", "counts"), ALLOWED, ids=[row[0] for row in ALLOWED])
def test_allows(text: str, counts: set[int]):
    """Just these numbers of values, of 0 to 129, are allowed."""
    vm = VM.parse(text)
    assert counts == {count for count in range(130) if vm.allows(count)}


@pytest.mark.parametrize("text", [row[0] for row in ALLOWED] + ["16", "2-n", "1-32", "30-30n"])
def test_text_round_trips(text: str):
    """A VM prints as it is written in the dictionary."""
    vm = VM.parse(text)
    assert text == str(vm)
    assert vm == pickle.loads(pickle.dumps(vm)) == copy.deepcopy(vm)
    assert hash(vm) == hash(VM.parse(text))


@pytest.mark.parametrize(
    "text", ["", "n", "-1", "1-", "1-n2", "2-1", "1 or 2", "a", "1-m", "2-nn", "٣", "1-0n", " 1", "9" * 5000]
)
def test_other_text_is_no_vm(text: str):
    """Anything else is a ValueError."""
    with pytest.raises(ValueError, match="not a"):
        VM.parse(text)


@given(st.integers(0, 99), st.integers(0, 99), st.integers(1, 9))
def test_bounds(minimum: int, more: int, step: int):
    """The least and the greatest count are allowed, their neighbours outside are not."""
    vm = VM(minimum, minimum + more * step, step)
    assert vm.allows(minimum)
    assert vm.allows(minimum + more * step)
    assert not vm.allows(minimum - 1)
    assert not vm.allows(minimum + more * step + 1)


def test_it_is_immutable():
    """No field can be set or deleted."""
    with pytest.raises(AttributeError):
        VM.parse("1").minimum = 2
    with pytest.raises(AttributeError):
        del VM.parse("1").minimum
