"""What reading 2 GiB from a pipe and writing 2 GiB into one add to the process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from benchmarks.bench_memory import METER
from benchmarks.files import HUGE, Files
from benchmarks.harness import Figure, Subject

_IN = (
    METER
    + """
import dicomkit

assert dicomkit.dcmread(sys.argv[1]).PatientID
reset_peak()
before = status("VmRSS")
ds = dicomkit.dcmread(sys.stdin.buffer)
assert ds.PatientID == "BENCH-1"
assert "PixelData" in ds
print(status("VmHWM") - before)
"""
)

_OUT = (
    METER
    + """
import dicomkit

assert dicomkit.dcmread(sys.argv[1]).PatientID
reset_peak()
before = status("VmRSS")
ds = dicomkit.dcmread(sys.argv[2])
ds.PatientID = "EDITED"
dicomkit.dcmwrite(sys.stdout.buffer, ds)
sys.stdout.flush()
print(status("VmHWM") - before, file=sys.stderr)
"""
)

_CHUNK = 1 << 20


def _stream_in(files: Files) -> float:
    """Feed the file through a pipe to a reader."""
    program = [sys.executable, "-c", _IN, str(files.small_ct())]
    with (
        subprocess.Popen(["cat", str(files.huge())], stdout=subprocess.PIPE) as source,
        subprocess.Popen(program, stdin=source.stdout, stdout=subprocess.PIPE, text=True) as reader,
    ):
        answer, _ = reader.communicate()
    if reader.returncode:
        raise RuntimeError("the reader failed")
    return float(answer)


def _stream_out(files: Files) -> float:
    """Take what a writer writes from a pipe, and count it."""
    program = [sys.executable, "-c", _OUT, str(files.small_ct()), str(files.huge())]
    count = 0
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stderr is not None
        while chunk := writer.stdout.read(_CHUNK):
            count += len(chunk)
        answer = writer.stderr.read()
    if writer.returncode or count < HUGE:
        raise RuntimeError(f"the writer failed after {count} bytes: {answer.decode(errors='replace')[-500:]}")
    return float(answer)


def subjects(files: Files) -> Iterator[Subject]:
    """Give the figures."""
    yield Figure("memory-stream-in-2gb", "MB", lambda: _stream_in(files))
    yield Figure("memory-stream-out-2gb", "MB", lambda: _stream_out(files))
