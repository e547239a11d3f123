"""The benchmarks are measured by `make bench`; here, that budgets have subjects and that the harness counts right."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import __main__ as program
from benchmarks import harness
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


class _Clock:
    """A clock that only the jobs move, so that a busy machine changes nothing."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now

    def job(self, seconds: float) -> Callable[[], None]:
        def work() -> None:
            self.now += seconds

        return work


@pytest.mark.parametrize(("is_cost", "ratio"), [(False, 4.0), (True, 0.25)])
def test_the_ratio_is_the_peers_time_over_ours(is_cost: bool, ratio: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer that takes four times as long gives four, and a quarter as a cost."""
    clock = _Clock()
    monkeypatch.setattr(harness, "time", clock)
    result = measured(Comparison("clock", "slow", clock.job(0.001), clock.job(0.004), is_cost), 0.1)
    assert pytest.approx(ratio) == result.value
    assert pytest.approx(0.001) == result.ours_best
    assert pytest.approx(0.004) == result.theirs_best


def test_different_answers_are_no_comparison() -> None:
    """A job that gives another answer than the peer's is an error, however fast."""
    with pytest.raises(AssertionError, match="gives 1"):
        measured(Comparison("answer", "peer", lambda: 1, lambda: 2))


def test_a_figure_is_taken_as_it_is() -> None:
    """A subject without peer gives its number and unit."""
    result = measured(Figure("figure", "MB", lambda: 3.5))
    assert (3.5, "MB") == (result.value, result.unit)
