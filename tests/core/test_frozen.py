"""Immutable values and options."""

from __future__ import annotations

import copy
import pickle

import pytest

from dicomkit.core.frozen import Frozen, Options


class Point(Frozen):
    """Two numbers."""

    __slots__ = ("x", "y")

    x: int
    y: int

    def __init__(self, x: int, y: int) -> None:
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", y)


class Speed(Options):
    """Two options."""

    walk: int = 5
    run: int | None = None

    def _check(self) -> None:
        if self.run is not None and self.run < self.walk:
            raise ValueError("run faster")


def test_fields_make_equality_and_hash():
    """Two values of the same type and fields are equal and hash alike."""
    assert Point(1, 2) == Point(1, 2) != Point(2, 1)
    assert 1 == len({Point(1, 2), Point(1, 2)})
    assert Point(1, 2) != (1, 2)
    assert "Point(x=1, y=2)" == repr(Point(1, 2))


@pytest.mark.parametrize("value", [Point(1, 2), Speed(run=9)], ids=["Frozen", "Options"])
def test_immutable_copied_and_pickled(value: Frozen):
    """No attribute can be set, added or deleted; copies and pickles are equal."""
    for name in ("x", "walk", "new"):
        with pytest.raises(AttributeError):
            setattr(value, name, 3)
        with pytest.raises(AttributeError):
            delattr(value, name)
    assert not hasattr(value, "__dict__")
    assert value is copy.copy(value)
    assert value == pickle.loads(pickle.dumps(value)) == copy.deepcopy(value)


def test_options_have_defaults_and_take_keywords_only():
    """Options not given have the default of the class body; others are a TypeError that names them."""
    assert (5, None) == (Speed().walk, Speed().run)
    assert Speed(walk=6, run=7) == Speed().replace(run=7, walk=6)
    with pytest.raises(TypeError, match=r"no option fly; it has walk, run"):
        Speed(fly=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Speed(6)  # type: ignore[misc]


def test_options_check_themselves():
    """A combination that makes no sense is refused when made and when replaced."""
    with pytest.raises(ValueError, match="run faster"):
        Speed(run=1)
    with pytest.raises(ValueError, match="run faster"):
        Speed(run=9).replace(walk=10)
