"""Workers that run a target on mutated inputs, and a parent that survives what they do not.

Each worker is a forked process with a limit on its memory.  It puts every input into shared memory before it runs it,
so that the parent still has it when the worker is killed by a signal, or kills a worker that makes no progress.
"""

from __future__ import annotations

import faulthandler
import gc
import hashlib
import mmap
import os
import random
import resource
import signal
import struct
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dicomkit.errors import DicomError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from fuzz.targets import Target

#: Goal F1: no input may take longer than this, in seconds of the worker's own processor time.
SLOWEST = 1.0
#: A worker that finishes no input in this time is killed, in seconds of the wall clock.
STUCK = 20.0
#: A seed longer than this is chosen seldom.
SHORT = 400
_LONG = 0.002
#: New objects before the collector of cycles looks at them: an input makes some hundred.
_COLLECT_AFTER = 20_000
#: Inputs kept because they were taken in a way not seen before.
MOST_SEEDS = 4000
#: Inputs saved for one kind of defect at one place; all are counted.
SAVED_PER_PLACE = 3

#: Executions, findings, seeds, and the length of the current input, before the input itself.
_HEADER = struct.Struct("<QQQQ")
_ENGINE_FAILED = 70


@dataclass(slots=True)
class Summary:
    """What a run of one target came to."""

    target: str
    executions: int = 0
    seconds: float = 0.0
    seeds: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    saved: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Executions a second, all workers together."""
        return self.executions / self.seconds if self.seconds else 0.0


def place(error: BaseException) -> str:
    """Name a defect by its exception and the innermost line of the package that it passed."""
    found = "?"
    for frame in traceback.extract_tb(error.__traceback__):
        if "dicomkit" in Path(frame.filename).parts or found == "?" or "fuzz" in Path(frame.filename).parts:
            found = f"{Path(frame.filename).name}:{frame.lineno}"
    return f"{type(error).__name__} at {found}"


def finding(target: Target, data: bytes) -> tuple[str, str, Hashable]:
    """Run one input and give the kind of defect (or ""), its text, and the signature of what happened."""
    # The wall clock costs nothing to read; only where it shows much does the worker's own time count.
    start = time.perf_counter()
    defect, details, signature = _outcome(target, data)
    if time.perf_counter() - start > SLOWEST and not defect:
        begun = time.thread_time()
        defect, details, signature = _outcome(target, data)
        elapsed = time.thread_time() - begun
        if elapsed > SLOWEST and not defect:
            return "slow", f"{elapsed:.2f} s", signature
    return defect, details, signature


def _outcome(target: Target, data: bytes) -> tuple[str, str, Hashable]:
    try:
        return "", "", target.run(data)
    except DicomError as error:
        return "", "", type(error)
    except MemoryError as error:
        return f"memory: {place(error)}", traceback.format_exc(), None
    except BaseException as error:
        return f"exception: {place(error)}", traceback.format_exc(), None


class _Worker:
    """One forked process, seen from inside."""

    def __init__(self, target: Target, shared: mmap.mmap, rng: random.Random, crashes: Path) -> None:
        self.target = target
        self.shared = shared
        self.rng = rng
        self.crashes = crashes
        self.seeds = list(target.seeds())
        #: How an input was taken, and where in `seeds` the shortest such one is.
        self.seen: dict[Hashable, int] = {}
        self.places: Counter[str] = Counter()
        self.counts = [0, 0, 0]

    def attempt(self, data: bytes) -> None:
        """Run one input; keep it as a seed if it was taken in a new way, save it if it shows a defect."""
        _HEADER.pack_into(self.shared, 0, *self.counts, len(data))
        self.shared[_HEADER.size : _HEADER.size + len(data)] = data
        defect, details, signature = finding(self.target, data)
        self.counts[0] += 1
        if defect:
            self.counts[1] += 1
            self.places[defect] += 1
            save(self.crashes, self.target.name, defect, details, data, keep=self.places[defect] <= SAVED_PER_PLACE)
            return
        known = self.seen.get(signature)
        if known is not None:
            if len(data) < len(self.seeds[known]):
                self.seeds[known] = data
        elif len(self.seen) < MOST_SEEDS:
            self.seen[signature] = len(self.seeds)
            self.seeds.append(data)
            self.counts[2] += 1

    def choose(self) -> bytes:
        """Choose a seed, seldom a long one: short inputs run sooner, and a change hits what matters more often."""
        random_number, seeds = self.rng.random, self.seeds
        for _ in range(12):
            data = seeds[int(random_number() * len(seeds))]
            if len(data) <= SHORT or random_number() < _LONG:
                break
        return data

    def run(self, executions: int, deadline: float, start_at: int) -> None:
        """Run the seeds, then mutations of them, until either bound."""
        mutate = self.target.mutator(self.rng, self.target.longest).mutated
        choose, attempt = self.choose, self.attempt
        for data in list(self.seeds)[start_at:]:
            if self.counts[0] >= executions or time.monotonic() > deadline:
                return
            attempt(data)
        while self.counts[0] < executions and time.monotonic() < deadline:
            for _ in range(min(50, executions - self.counts[0])):
                attempt(mutate(choose(), choose()))

    def publish(self) -> None:
        """Leave the last counts for the parent."""
        _HEADER.pack_into(self.shared, 0, *self.counts, 0)


def save(crashes: Path, target: str, defect: str, details: str, data: bytes, *, keep: bool) -> None:
    """Write an input and what it did to the crash folder, and count it there in one line."""
    crashes.mkdir(parents=True, exist_ok=True)
    name = ""
    if keep:
        name = f"{target}-{defect.split(':', maxsplit=1)[0].replace(' ', '-')}-{hashlib.sha256(data).hexdigest()[:12]}"
        (crashes / f"{name}.bin").write_bytes(data)
        (crashes / f"{name}.txt").write_text(f"{defect}\n{details}\n", encoding="utf-8")
    line = f"{target}\t{defect}\t{name}\n".encode()
    descriptor = os.open(crashes / f"{target}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)


def _limit_memory(headroom: int) -> None:
    """Let this process take at most `headroom` bytes of address space more than it has."""
    with Path("/proc/self/statm").open(encoding="ascii") as file:
        pages = int(file.read().split()[0])
    limit = pages * mmap.PAGESIZE + headroom
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@dataclass(slots=True)
class _Slot:
    """One worker's place, seen from the parent."""

    number: int
    executions: int
    shared: mmap.mmap
    process: int = 0
    generation: int = 0
    done: int = 0
    seeds: int = 0
    progress: tuple[int, float] = (-1, 0.0)

    def counts(self) -> tuple[int, int, int, int]:
        """Give executions, findings, seeds and the length of the current input of the running worker."""
        executions, findings, seeds, length = _HEADER.unpack_from(self.shared)
        return executions, findings, seeds, length

    def current(self) -> bytes:
        """Give the input that the worker was busy with."""
        length = self.counts()[3]
        return self.shared[_HEADER.size : _HEADER.size + length]


def _start(slot: _Slot, target: Target, seed: int, deadline: float, crashes: Path) -> None:
    """Fork the worker of a slot; after a death it goes on with another random sequence, past the fatal seed."""
    begun = slot.done
    _HEADER.pack_into(slot.shared, 0, 0, 0, 0, 0)
    slot.progress = (-1, time.monotonic())
    sys.stdout.flush()
    sys.stderr.flush()
    slot.process = os.fork()
    if slot.process:
        return
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        faulthandler.enable()
        rng = random.Random(f"{target.name} {seed} {slot.number} {slot.generation}")
        worker = _Worker(target, slot.shared, rng, crashes)
        gc.collect()
        gc.freeze()
        gc.set_threshold(_COLLECT_AFTER, 20, 20)
        _limit_memory(target.headroom)
        worker.run(slot.executions - slot.done, deadline, begun)
        worker.publish()
    except BaseException:
        traceback.print_exc()
        os._exit(_ENGINE_FAILED)
    os._exit(0)


def _ended(slot: _Slot, status: int, target: Target, summary: Summary, crashes: Path) -> bool:
    """Take note of a worker's end; say whether it must be started again."""
    executions, _, seeds, _ = slot.counts()
    slot.done += executions
    summary.executions += executions
    summary.seeds += seeds
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
        return False
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == _ENGINE_FAILED:
        raise RuntimeError(f"the fuzzer itself failed on {target.name}; see above")
    died = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else f"exit {os.WEXITSTATUS(status)}"
    stuck = died == "SIGKILL" and time.monotonic() - slot.progress[1] > STUCK
    save(crashes, target.name, "hang" if stuck else f"death: {died}", "", slot.current(), keep=True)
    slot.done += 1
    summary.executions += 1
    slot.generation += 1
    return True


def _kill_if_stuck(slot: _Slot) -> None:
    executions = slot.counts()[0]
    if executions != slot.progress[0]:
        slot.progress = (executions, time.monotonic())
    elif time.monotonic() - slot.progress[1] > STUCK:
        os.kill(slot.process, signal.SIGKILL)


def fuzz(target: Target, *, executions: int, seconds: float, seed: int, jobs: int, crashes: Path) -> Summary:
    """Run a target `executions` times in all or for `seconds`, whichever ends first, in `jobs` processes."""
    summary = Summary(target.name)
    log = crashes / f"{target.name}.log"
    log.unlink(missing_ok=True)
    target.seeds()  # built once, shared by the forks
    room = _HEADER.size + 8 * target.longest + (1 << 20)
    share, rest = divmod(executions, jobs)
    slots = [_Slot(number, share + (number < rest), mmap.mmap(-1, room)) for number in range(jobs)]
    start = time.monotonic()
    running = {}
    try:
        for slot in slots:
            _start(slot, target, seed, start + seconds, crashes)
            running[slot.process] = slot
        while running:
            for process, slot in list(running.items()):
                ended, status = os.waitpid(process, os.WNOHANG)
                if not ended:
                    _kill_if_stuck(slot)
                    continue
                del running[process]
                if _ended(slot, status, target, summary, crashes) and slot.done < slot.executions:
                    _start(slot, target, seed, start + seconds, crashes)
                    running[slot.process] = slot
            time.sleep(0.02)
    finally:
        for process in running:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
    summary.seconds = time.monotonic() - start
    if log.exists():
        for line in log.read_text(encoding="utf-8").splitlines():
            _, defect, name = line.split("\t")
            summary.findings[defect] += 1
            if name:
                summary.saved.append(name)
    return summary


def minimised(target: Target, data: bytes, defect: str) -> bytes:
    """Take away what the defect does not need: spans of halving size, as long as the same defect remains."""
    size = max(1, len(data) // 2)
    while size:
        at = 0
        while at < len(data):
            shorter = data[:at] + data[at + size :]
            if finding(target, shorter)[0] == defect:
                data = shorter
            else:
                at += size
        size //= 2
    return data
