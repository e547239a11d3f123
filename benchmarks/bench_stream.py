"""What 2 GiB that come from a pipe, go into one, or do both add to the process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from benchmarks.bench_memory import METER
from benchmarks.files import HUGE, Files
from benchmarks.harness import Figure, Subject

# What each program does once before it is measured, so that what is loaded late has been: the small file, to its end.
_START = (
    METER
    + """
import dicomkit
from dicomkit.file import StreamWriter, iter_elements

class Nowhere:
    def write(self, data):
        return len(data)

def copy(source, target):
    elements = iter_elements(source)
    with StreamWriter(target, file_meta=elements.file_meta) as writer:
        for streamed in elements:
            if streamed.tag == 0x00100020:
                writer.write(dicomkit.DataElement("PatientID", "LO", "EDITED"))
            else:
                writer.write(streamed)

copy(sys.argv[1], Nowhere())
reset_peak()
before = status("VmRSS")
"""
)

_END = """
sys.stdout.flush()
print(status("VmHWM") - before, file=sys.stderr)
"""

# The elements as they come, each value read to its end.
_IN = """
size = 0
for streamed in iter_elements(sys.stdin.buffer):
    size += sum(map(len, streamed.chunks())) if streamed.is_large else len(streamed.raw)
assert size > 2 << 30
"""

# A new file whose pixels come from an iterator.
_OUT = """
block = bytes(1 << 20)
ds = dicomkit.dcmread(sys.argv[1], stop_before_pixels=True)
with StreamWriter(sys.stdout.buffer, file_meta=ds.file_meta) as writer:
    for element in ds:
        writer.write(element)
    writer.write_value("PixelData", "OW", (block for _ in range(2048)), 2 << 30)
"""

_THROUGH = """
copy(sys.stdin.buffer, sys.stdout.buffer)
"""

# A whole data set that comes from a pipe, its large values put aside on disk.
_WHOLE_IN = """
ds = dicomkit.dcmread(sys.stdin.buffer)
assert ds.PatientID == "BENCH-1"
assert "PixelData" in ds
"""

_WHOLE_OUT = """
ds = dicomkit.dcmread(sys.argv[2])
ds.PatientID = "EDITED"
dicomkit.dcmwrite(sys.stdout.buffer, ds)
"""

_CHUNK = 1 << 20


def _added(files: Files, program: str, *, reads: bool = False, writes: bool = False) -> float:
    """Run a program that says how many megabytes it took; feed it the file, and count what it writes."""
    command = [sys.executable, "-c", _START + program + _END, str(files.small_ct()), str(files.huge())]
    source = subprocess.Popen(["cat", str(files.huge())], stdout=subprocess.PIPE) if reads else None
    count = 0
    with subprocess.Popen(
        command, stdin=source.stdout if source else None, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as measured:
        if source is not None and source.stdout is not None:
            source.stdout.close()  # it is the program's now
        assert measured.stdout is not None
        assert measured.stderr is not None
        while chunk := measured.stdout.read(_CHUNK):
            count += len(chunk)
        answer = measured.stderr.read().decode(errors="replace")
    if source is not None:
        source.wait()
    if measured.returncode or (writes and count < HUGE):
        raise RuntimeError(f"it failed after {count} bytes: {answer[-500:]}")
    return float(answer)


def subjects(files: Files) -> Iterator[Subject]:
    """Give the figures."""
    yield Figure("memory-stream-in-2gb", "MB", lambda: _added(files, _IN, reads=True))
    yield Figure("memory-stream-out-2gb", "MB", lambda: _added(files, _OUT, writes=True))
    yield Figure("memory-stream-through-2gb", "MB", lambda: _added(files, _THROUGH, reads=True, writes=True))
    yield Figure("memory-pipe-in-2gb", "MB", lambda: _added(files, _WHOLE_IN, reads=True))
    yield Figure("memory-pipe-out-2gb", "MB", lambda: _added(files, _WHOLE_OUT, writes=True))
