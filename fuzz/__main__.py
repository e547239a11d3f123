"""The command line of the fuzzer: which targets, how many executions, for how long."""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from pathlib import Path

from dicomkit._ext import COMPILED
from fuzz.engine import Summary, finding, fuzz, minimised
from fuzz.targets import TARGETS, Target

HERE = Path(__file__).parent


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fuzz/run.py", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"targets (default: all that the package has): {' '.join(TARGETS)}")
    parser.add_argument("--target", action="append", default=[], help="the same as a name")
    parser.add_argument("--executions", type=int, default=1 << 62, help="for each target")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the random sequences (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="worker processes (default: %(default)s)")
    parser.add_argument("--crashes", type=Path, default=HERE / "crashes", help="folder (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object a target")
    parser.add_argument("--replay", type=Path, help="run one input on the named target and show what it does")
    parser.add_argument(
        "--minimise", action="store_true", help="with --replay: write the smallest such input beside it"
    )
    parser.add_argument("--atheris", action="store_true", help="let Atheris guide one target by coverage, if installed")
    return parser.parse_args()


def _chosen(names: list[str]) -> list[Target]:
    unknown = [name for name in names if name not in TARGETS]
    if unknown:
        sys.exit(f"no such target: {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    found = [TARGETS[name] for name in names or TARGETS]
    for target in found:
        if not target.is_available():
            print(f"{target.name}: left out, the package has no {target.needs} yet", file=sys.stderr)
    return [target for target in found if target.is_available()]


def _replay(target: Target, path: Path, *, minimise: bool) -> int:
    data = path.read_bytes()
    defect, details, signature = finding(target, data)
    if minimise and defect:
        data = minimised(target, data, defect)
        path.with_suffix(".min").write_bytes(data)
    print(f"{defect or 'taken'}\n{details or signature}\n{len(data)} bytes: {data[:2000]!r}")
    return 1 if defect else 0


def _atheris(target: Target) -> None:
    """Hand the target to Atheris; it does not return."""
    if importlib.util.find_spec("atheris") is None:
        sys.exit("Atheris is not installed")
    atheris = importlib.import_module("atheris")
    atheris.instrument_all()

    def one(data: bytes) -> None:
        defect, details, _ = finding(target, data)
        if defect:
            raise RuntimeError(f"{defect}\n{details}")

    atheris.Setup([sys.argv[0], f"-max_len={target.longest}"], one)
    atheris.Fuzz()


def _print(summary: Summary, *, as_json: bool) -> None:
    count = summary.findings.total()
    if as_json:
        row = {
            "target": summary.target,
            "kernels": "compiled" if COMPILED else "pure",
            "executions": summary.executions,
            "seconds": round(summary.seconds, 3),
            "rate": round(summary.rate),
            "new_seeds": summary.seeds,
            "count": count,
            "findings": dict(summary.findings),
        }
        print(json.dumps(row), flush=True)
        return
    print(
        f"{summary.target:<10} {summary.executions:>10,} executions {summary.seconds:>7.1f} s {summary.rate:>8,.0f}/s "
        f"{summary.seeds:>5} new seeds {count:>6} crashes",
        flush=True,
    )
    for defect, number in summary.findings.most_common(20):
        print(f"    {number:>7} x {defect}", flush=True)


def main() -> int:
    """Run the targets; the status is 1 when any input was not taken as promised."""
    arguments = _arguments()
    targets = _chosen([*arguments.names, *arguments.target])
    if arguments.replay or arguments.atheris:
        if len(targets) != 1:
            sys.exit("--replay and --atheris want one target")
        if arguments.atheris:
            _atheris(targets[0])
        return _replay(targets[0], arguments.replay, minimise=arguments.minimise)
    count = 0
    for target in targets:
        summary = fuzz(
            target,
            executions=arguments.executions,
            seconds=arguments.seconds,
            seed=arguments.seed,
            jobs=arguments.jobs,
            crashes=arguments.crashes,
        )
        count += summary.findings.total()
        _print(summary, as_json=arguments.json)
    if not arguments.json:
        where = f"; inputs in {arguments.crashes}" if count else ""
        print(f"{count} crashes{where}")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
