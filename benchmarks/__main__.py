"""Measure the subjects, print them beside their budgets, and fail when one is missed."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.files import Files
from benchmarks.harness import Budget, Result, Subject, budgets, measured

HERE = Path(__file__).parent
MODULES = tuple(sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py")))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", help=f"subjects by module ({' '.join(MODULES)}) or by the start of their name"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line instead of the table")
    parser.add_argument("--list", action="store_true", help="print the names only")
    parser.add_argument("--seconds", type=float, default=6.0, help="time for each comparison (default: %(default)s)")
    parser.add_argument("--retries", type=int, default=1, help="how often a missed budget is measured again")
    parser.add_argument("--no-check", action="store_true", help="exit with 0 although a budget is missed")
    default = Path(tempfile.gettempdir()) / "dicomkit-benchmarks"
    parser.add_argument("--cache", type=Path, default=default, help="where the files are kept (default: %(default)s)")
    return parser.parse_args()


def _chosen(names: list[str], files: Files) -> list[Subject]:
    """Give the subjects of the named modules, or those whose own name begins as told."""
    modules = [name for name in names if name in MODULES]
    starts = tuple(name for name in names if name not in MODULES)
    found: list[Subject] = []
    for module in MODULES:
        every = list(importlib.import_module(f"benchmarks.bench_{module}").subjects(files))
        if not names or module in modules:
            found += every
        elif starts:
            found += [subject for subject in every if subject.name.startswith(starts)]
    return found


def _time(seconds: float | None) -> str:
    """Format a time with three digits."""
    if seconds is None:
        return "–"
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * scale >= 1 or unit == "µs":
            return f"{seconds * scale:.3g} {unit}"
    return "–"


HEADINGS = ("subject", "budget", "aim", "measured", "medians", "ours", "peer", "")
_ROW = "{:<38} {:>9} {:>9} {:>10} {:>9} {:>9} {:>20}  {}"


def _row(result: Result, budget: Budget | None) -> str:
    bound = aim = verdict = ""
    if budget is not None:
        sign = "≥" if budget.at_least else "≤"
        bound, aim = f"{sign} {budget.budget:g}", f"{sign} {budget.aim:g}"
        verdict = "ok" if budget.is_met(result.value) else "MISSED"
    value = f"{result.value:.3g} {result.unit}" if result.value < 1000 else f"{result.value:.0f} {result.unit}"
    medians = "" if result.median_ratio is None else f"{result.median_ratio:.3g} x"
    ours = "" if result.ours_best is None else _time(result.ours_best)
    peer = "" if result.theirs_best is None else f"{result.peer} {_time(result.theirs_best)}"
    return _ROW.format(result.name, bound, aim, value, medians, ours, peer, verdict).rstrip()


def _json(result: Result, budget: Budget | None) -> str:
    row: dict[str, object] = dataclasses.asdict(result)
    if budget is not None:
        row |= {"budget": budget.budget, "aim": budget.aim, "at_least": budget.at_least}
        row["met"] = budget.is_met(result.value)
    return json.dumps(row)


def main() -> int:
    """Run what the command line asks for; the status is 1 when a budget is missed or a subject fails."""
    arguments = _arguments()
    bounds = budgets(HERE / "budgets.toml")
    chosen = _chosen(arguments.names, Files(arguments.cache))
    if arguments.list:
        print(*(subject.name for subject in chosen), sep="\n")
        return 0
    if not arguments.json:
        print(_ROW.format(*HEADINGS))
    failed: list[str] = []
    for subject in chosen:
        budget = bounds.get(subject.name)
        try:
            result = measured(subject, arguments.seconds)
            for _ in range(arguments.retries):
                if budget is None or budget.is_met(result.value):
                    break
                result = measured(subject, 2 * arguments.seconds)
        except Exception as error:
            failed.append(subject.name)
            print(f"{subject.name}: {type(error).__name__}: {error}", file=sys.stderr)
            continue
        print(_json(result, budget) if arguments.json else _row(result, budget), flush=True)
        if budget is not None and not budget.is_met(result.value):
            failed.append(subject.name)
    if failed:
        print(f"missed or failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed and not arguments.no_check else 0


if __name__ == "__main__":
    sys.exit(main())
