"""The benchmarks are measured by `make bench`; here, that budgets have subjects and that the harness counts right."""

from __future__ import annotations

import importlib
import time
from pathlib import Path

import pytest

from benchmarks import __main__ as program
from benchmarks.files import Files
from benchmarks.harness import Budget, Comparison, Figure, budgets, measured


def test_every_budget_has_a_subject(tmp_path: Path) -> None:
    """Each table of budgets.toml names a subject of one of the modules."""
    files = Files(tmp_path)
    names = {
        subject.name
        for module in program.MODULES
        for subject in importlib.import_module(f"benchmarks.bench_{module}").subjects(files)
    }
    assert set() == set(budgets(Path(program.__file__).parent / "budgets.toml")) - names


@pytest.mark.parametrize(
    ("at_least", "value", "met"), [(True, 60, True), (True, 59, False), (False, 20, True), (False, 21, False)]
)
def test_a_budget_is_a_bound_on_its_own_side(at_least: bool, value: float, met: bool) -> None:
    """A speed-up must reach its budget, a cost must not exceed it."""
    assert met is Budget(60 if at_least else 20, 0, at_least).is_met(value)


@pytest.mark.parametrize(("is_cost", "low", "high"), [(False, 2, 6), (True, 0.16, 0.5)])
def test_the_ratio_is_the_peers_time_over_ours(is_cost: bool, low: float, high: float) -> None:
    """A peer that sleeps four times as long gives about four, and about a quarter as a cost."""
    job = Comparison("sleep", "slow", lambda: time.sleep(0.005), lambda: time.sleep(0.02), is_cost)
    assert low < measured(job, 0.1).value < high


def test_different_answers_are_no_comparison() -> None:
    """A job that gives another answer than the peer's is an error, however fast."""
    with pytest.raises(AssertionError, match="gives 1"):
        measured(Comparison("answer", "peer", lambda: 1, lambda: 2))


def test_a_figure_is_taken_as_it_is() -> None:
    """A subject without peer gives its number and unit."""
    result = measured(Figure("figure", "MB", lambda: 3.5))
    assert (3.5, "MB") == (result.value, result.unit)
