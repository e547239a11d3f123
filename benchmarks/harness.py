"""Time two jobs in turn (A B A B …) and compare them, so that a noisy machine slows both alike."""

from __future__ import annotations

import gc
import statistics
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

#: A batch lasts at least this long, so that the clock's own cost does not show.
SHORTEST_BATCH = 0.005
FEWEST_ROUNDS, MOST_ROUNDS = 3, 25


@dataclass(frozen=True, slots=True)
class Comparison:
    """One job done by dicomkit and by a peer; both give the same answer, which is compared once as text.

    `is_cost` says which way round the ratio is: false, how many times faster than the peer; true, how many times the
    peer's time it costs.  `between` runs after each call, untimed; then every batch is one call.
    """

    name: str
    peer: str
    ours: Callable[[], object]
    theirs: Callable[[], object]
    is_cost: bool = False
    between: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that needs no peer, in `unit`."""

    name: str
    unit: str
    measure: Callable[[], float]


Subject = Comparison | Figure


@dataclass(frozen=True, slots=True)
class Budget:
    """The bound that a subject must keep and the one that it should reach."""

    budget: float
    aim: float
    at_least: bool

    def is_met(self, value: float) -> bool:
        """Say whether a measurement keeps the budget."""
        return value >= self.budget if self.at_least else value <= self.budget


@dataclass(frozen=True, slots=True)
class Result:
    """What one subject gave; times in seconds a call, `value` in `unit` ("x": a ratio)."""

    name: str
    value: float
    unit: str
    peer: str = ""
    median_ratio: float | None = None
    ours_best: float | None = None
    ours_median: float | None = None
    theirs_best: float | None = None
    theirs_median: float | None = None
    rounds: int = 0


def _batch(job: Callable[[], object], number: int, between: Callable[[], object] | None) -> float:
    """Give the seconds that one call takes, as the mean of `number` of them."""
    gc.collect()
    if between is not None:
        start = time.perf_counter()
        job()
        elapsed = time.perf_counter() - start
        between()
        return elapsed
    calls = range(number)
    start = time.perf_counter()
    for _ in calls:
        job()
    return (time.perf_counter() - start) / number


def _calls(seconds: float) -> int:
    return max(1, round(SHORTEST_BATCH / max(seconds, 1e-7)))


def _compare(subject: Comparison, budget_seconds: float) -> Result:
    between = subject.between
    answers = []
    for job in (subject.ours, subject.theirs):
        answers.append(str(job()))
        if between is not None:
            between()
    if answers[0] != answers[1]:
        raise AssertionError(f"{subject.name}: dicomkit gives {answers[0]:.200}, {subject.peer} {answers[1]:.200}")
    guess = [_batch(job, 1, between) for job in (subject.ours, subject.theirs)]
    numbers = [1 if between else _calls(seconds) for seconds in guess]
    cycle = sum(seconds * number for seconds, number in zip(guess, numbers, strict=True))
    rounds = min(MOST_ROUNDS * (4 if between else 1), max(FEWEST_ROUNDS, int(budget_seconds / cycle)))
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(_batch(subject.ours, numbers[0], between))
        theirs.append(_batch(subject.theirs, numbers[1], between))
    best, medians = min(theirs) / min(ours), statistics.median(theirs) / statistics.median(ours)
    return Result(
        name=subject.name,
        value=1 / best if subject.is_cost else best,
        unit="x",
        peer=subject.peer,
        median_ratio=1 / medians if subject.is_cost else medians,
        ours_best=min(ours),
        ours_median=statistics.median(ours),
        theirs_best=min(theirs),
        theirs_median=statistics.median(theirs),
        rounds=rounds,
    )


def measured(subject: Subject, budget_seconds: float = 6.0) -> Result:
    """Measure one subject, a comparison for about `budget_seconds` but never fewer than three rounds.

    The ratio is that of the best times, which is the least disturbed by other programs; that of the medians is given
    beside it.
    """
    if isinstance(subject, Figure):
        return Result(subject.name, subject.measure(), subject.unit)
    return _compare(subject, budget_seconds)


def budgets(path: Path) -> dict[str, Budget]:
    """Read the bounds: a table a subject, `at_least` or `at_most` with the budget, and `aim`."""
    with path.open("rb") as file:
        tables = tomllib.load(file)
    found = {}
    for name, table in tables.items():
        at_least = "at_least" in table
        bound = float(table["at_least" if at_least else "at_most"])
        found[name] = Budget(bound, float(table.get("aim", bound)), at_least)
    return found
