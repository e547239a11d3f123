"""Run a program in a process of its own under limits, and measure it: what no test can do to itself."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: Put before every program: the file under test, the meter and the one way to answer.
_PRELUDE = """
import json, resource, sys, time
sys.path[:0] = {paths!r}
import dicomkit
from dicomkit.errors import DicomError
from dicomkit.core.issue import IssueCode

ARGUMENTS = {arguments!r}

def status(field):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field + ":"))

def reset_peak():
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")

def answer(**fields):
    print(json.dumps(fields), flush=True)

def measured(job):
    reset_peak()
    before = status("VmRSS")
    start, cpu = time.perf_counter(), time.process_time()
    try:
        outcome, value = "value", job()
    except DicomError as error:
        outcome, value = type(error).__name__, None
    fields = dict(outcome=outcome, seconds=time.perf_counter() - start, cpu=time.process_time() - cpu,
                  peak=status("VmHWM") - before)
    return fields, value
"""


@dataclass(frozen=True, slots=True)
class Result:
    """How a confined program ended: exit status (negative: a signal), its answer, what it said on stderr."""

    status: int
    answer: dict[str, object]
    errors: str

    def number(self, name: str) -> float:
        """Give a figure of the answer."""
        value = self.answer[name]
        assert isinstance(value, int | float), self
        return float(value)


def confined(
    program: str,
    *arguments: object,
    address_space: int | None = None,
    stack: int | None = None,
    timeout: float = 60,
    stdin: Callable[[], bytes] | bytes | None = None,
) -> Result:
    """Run `program` (it finds `ARGUMENTS`, `measured(job)` and `answer(**fields)`) and give what it answered.

    `address_space` and `stack` are bytes for `RLIMIT_AS` and `RLIMIT_STACK`; a program that outlives `timeout`
    seconds raises `subprocess.TimeoutExpired`.
    """

    def limit() -> None:
        if address_space is not None:
            resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
        if stack is not None:
            resource.setrlimit(resource.RLIMIT_STACK, (stack, stack))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    prelude = _PRELUDE.format(paths=[str(ROOT), str(ROOT / "src")], arguments=arguments)
    process = subprocess.run(
        [sys.executable, "-c", prelude + program],
        input=stdin() if callable(stdin) else stdin,
        capture_output=True,
        timeout=timeout,
        check=False,
        preexec_fn=limit,
        cwd=ROOT,
    )
    lines = process.stdout.decode().strip().splitlines()
    answer = json.loads(lines[-1]) if lines else {}
    return Result(process.returncode, answer, process.stderr.decode(errors="replace")[-2000:])
