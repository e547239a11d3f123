"""What opening a file of 2 GiB adds to the process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.files import Files
from benchmarks.harness import Figure, Subject

METER = """
import sys

def status(field):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field + ":")) / 1024

def reset_peak():
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
"""

_OPEN = (
    METER
    + """
import dicomkit

small, huge = sys.argv[1:]
assert dicomkit.dcmread(small).PatientID
reset_peak()
before = status("VmRSS")
ds = dicomkit.dcmread(huge)
assert ds.PatientID == "BENCH-1"
assert "PixelData" in ds
print(status("VmHWM") - before)
"""
)


def added(program: str, *arguments: Path, stdin: int | None = None, stdout: int = subprocess.PIPE) -> float:
    """Run a program that prints the megabytes (2**20) by which its resident memory grew."""
    answer = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], check=True, text=True, stdin=stdin, stdout=stdout
    )
    return float(answer.stdout)


def subjects(files: Files) -> Iterator[Subject]:
    """Give the figure."""
    yield Figure("memory-open-2gb", "MB", lambda: added(_OPEN, files.small_ct(), files.huge()))
