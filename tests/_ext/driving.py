"""Drive a Scanner, compiled or pure, over bytes in windows of any sizes, and give all that it found as one value."""

from __future__ import annotations

import importlib
import random
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
    windows = windows or Windows()
    implicit, big_endian = FORMS[form]
    scanner = scanner_class(base, base + len(data) if end == -1 else end, implicit, big_endian, **options)
    window = windows.first(data, base)
    if window is not None:
        scanner.feed(*window)
    status, last = scanner.run(), None
    while status in (NEED, TABLE):
        if status == TABLE:
            scanner.set_table(*packed_vrs())
        else:
            offset, length = scanner.need_offset, scanner.need_length
            assert last != (offset, length), "the scan does not go on, though it got what it asked for"
            assert length > 0
            last = (offset, length)
            if offset + length > base + len(data):
                last = None
                scanner.set_end(base + len(data))
            scanner.feed(*windows.cut(data, base, offset, length))
        status = scanner.run()
    return outcome(scanner, status)


def steps(
    scanner_class: Any, data: bytes, form: str, windows: Windows | None = None, *, end: int | None = -1, **options: Any
) -> tuple[int, list[tuple[int, ...]], list[Any]]:
    """Step through `data` as `scan` scans it; give the last status, the events and the deviations."""
    windows = windows or Windows()
    scanner = scanner_class(0, len(data) if end == -1 else end, *FORMS[form], **options)
    events, status = [], scanner.step()
    while status in (NEED, TABLE, EVENT):
        if status == EVENT:
            events.append(scanner.event)
        elif status == TABLE:
            scanner.set_table(*packed_vrs())
        else:
            offset, length = scanner.need_offset, scanner.need_length
            if offset + length > len(data):
                scanner.set_end(len(data))
            scanner.feed(*windows.cut(data, 0, offset, length))
        status = scanner.step()
    assert (0, 0, 0) == scanner.index.counts or (0, 1, 0) == scanner.index.counts
    return status, events, scanner.deviations_found()


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
