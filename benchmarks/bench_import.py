"""Import the package in fresh interpreters, dicomkit and pydicom in turn."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from benchmarks.files import Files
from benchmarks.harness import Figure, Subject

REPEATS = 9


def import_seconds(module: str) -> float:
    """Give the seconds that an import statement takes in an interpreter of its own."""
    program = f"import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    return float(answer.stdout)


def _ratio() -> float:
    ours, theirs = [], []
    for _ in range(REPEATS):
        ours.append(import_seconds("dicomkit"))
        theirs.append(import_seconds("pydicom"))
    return min(theirs) / min(ours)


def subjects(files: Files) -> Iterator[Subject]:
    """Give the ratio, and our own time beside it."""
    del files
    yield Figure("import-vs-pydicom", "x", _ratio)
    yield Figure("import", "ms", lambda: 1000 * min(import_seconds("dicomkit") for _ in range(REPEATS)))
