"""Drive a Scanner, compiled or pure, over bytes in windows of any sizes, and give all that it found as one value."""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from dicomkit.dictionary import packed_vrs

DONE, NEED, TABLE, DEPTH, ELEMENTS, FRAGMENTS, MEMORY, EVENT = range(8)

#: Whether the elements are implicit, whether they are big endian.
FORMS = {"explicit": (False, False), "implicit": (True, False), "big": (False, True)}


def kernel(name: str) -> ModuleType:
    """Import a compiled kernel, whatever DICOMKIT_PURE says; skip where there is none."""
    return pytest.importorskip(
        f"dicomkit._ext.{name}", reason="no compiled kernel: `make build` makes it", exc_type=ImportError
    )


def implementation(name: str, which: str) -> ModuleType:
    """Import a kernel ("compiled") or its twin ("pure")."""
    return kernel(name) if which == "compiled" else importlib.import_module(f"dicomkit._ext.pure.{name}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a scan gives."""

    status: int
    elements: tuple[tuple[int, ...], ...]
    items: tuple[tuple[int, ...], ...]
    fragments: tuple[tuple[int, int], ...]
    end: int
    deviations: tuple[tuple[str, int, int, tuple[int, ...]], ...]
    dropped: int
    is_implicit: bool


def pieces(seed: int) -> Windows:
    """Windows of random small sizes, never longer than what was asked for by more than a few bytes."""
    return Windows(random.Random(seed))


class Windows:
    """What a source gives for a request: all there is, or by a random generator hardly more than was asked for."""

    def __init__(self, rng: random.Random | None = None) -> None:
        self.rng = rng

    def first(self, data: bytes, base: int) -> tuple[bytes, int] | None:
        """Give the window before the first request, None for none."""
        if self.rng is None:
            return data, base
        return (data[: self.rng.randrange(40)], base) if self.rng.random() < 0.5 else None

    def cut(self, data: bytes, base: int, offset: int, length: int) -> tuple[bytes, int]:
        """Give the window for a request."""
        if self.rng is None:
            return data, base
        before, after = self.rng.choice((0, 0, 1, 7)), self.rng.choice((0, 0, 0, 1, 3, 8, 12, 60))
        start = max(offset - before, base)
        return data[start - base : offset - base + length + after], start


def scan(
    scanner_class: Any,
    data: bytes,
    form: str,
    windows: Windows | None = None,
    *,
    base: int = 0,
    end: int | None = -1,
    **options: Any,
) -> Outcome:
    """Scan `data`, which lies at `base` in its source; `end` -1 is the end of the data, None that of a stream."""
    implicit, big_endian = FORMS[form]
    scanner = scanner_class(base, base + len(data) if end == -1 else end, implicit, big_endian, **options)
    return outcome(scanner, Driver(scanner, data, base, windows or Windows()).run(scanner.run))


def steps(
    scanner_class: Any,
    data: bytes,
    form: str,
    windows: Windows | None = None,
    *,
    base: int = 0,
    end: int | None = -1,
    **options: Any,
) -> tuple[int, list[tuple[int, ...]], list[Any]]:
    """Step through `data` as `scan` scans it; give the last status, the events and the deviations."""
    implicit, big_endian = FORMS[form]
    scanner = scanner_class(base, base + len(data) if end == -1 else end, implicit, big_endian, **options)
    driver = Driver(scanner, data, base, windows or Windows())
    events = []
    while (status := driver.run(scanner.step)) == EVENT:
        events.append(scanner.event)
    assert scanner.index.counts in {(0, 0, 0), (0, 1, 0)}, "something was kept"
    return status, events, scanner.deviations_found()


class Driver:
    """Gives a scanner what it needs until something else comes up."""

    def __init__(self, scanner: Any, data: bytes, base: int, windows: Windows) -> None:
        self.scanner, self.data, self.base, self.windows = scanner, data, base, windows
        self.last: tuple[int, int] | None = None
        window = windows.first(data, base)
        if window is not None:
            scanner.feed(*window)

    def run(self, go_on: Callable[[], int]) -> int:
        """Let the scanner go on until it needs nothing, and give the status."""
        scanner, end = self.scanner, self.base + len(self.data)
        while (status := go_on()) in (NEED, TABLE):
            if status == TABLE:
                scanner.set_table(*packed_vrs())
                continue
            wanted = scanner.need_offset, scanner.need_length
            assert wanted != self.last, "the scan does not go on, though it got what it asked for"
            assert wanted[1] > 0
            self.last = wanted
            if sum(wanted) > end:
                self.last = None
                scanner.set_end(end)
            scanner.feed(*self.windows.cut(self.data, self.base, *wanted))
        return status


def outcome(scanner: Any, status: int) -> Outcome:
    """Give what a scanner holds; the tables only when it is done."""
    index = scanner.index
    counts = index.counts if status == DONE else (0, 0, 0)
    return Outcome(
        status,
        tuple(index.element(number) for number in range(counts[0])),
        tuple(index.item(number) for number in range(counts[1])),
        tuple(index.fragment_list(0, counts[2])),
        index.end if status == DONE else scanner.pos,
        tuple(scanner.deviations_found()),
        scanner.dropped,
        scanner.is_implicit if status == DONE else False,
    )
