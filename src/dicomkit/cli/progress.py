"""A progress bar on standard error that appears after a second, with nothing but the standard library."""

from __future__ import annotations

import os
import sys
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from dicomkit.errors import escaped

if TYPE_CHECKING:
    from typing import Self

__all__ = ["DELAY", "PlainProgress", "Progress", "SilentProgress", "bar_line", "terminal_width"]

# What is done sooner needs no bar.
DELAY = 1.0
_EVERY = 0.2
_BAR = 24


class Progress(Protocol):
    """Shows how far a command is; a context manager."""

    def __enter__(self) -> Self:
        """Begin to count the time."""

    def __exit__(self, *exception: object) -> None:
        """Take the bar off the screen."""

    def at(self, name: str) -> None:
        """Say what is being worked on."""

    def part(self, fraction: float) -> None:
        """Say how much of it is done, from 0 to 1."""

    def advance(self) -> None:
        """Count one thing as done."""

    def hide(self) -> None:
        """Make room for a line on the terminal."""


class SilentProgress:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def at(self, name: str) -> None:
        """Do nothing."""

    def part(self, fraction: float) -> None:
        """Do nothing."""

    def advance(self) -> None:
        """Do nothing."""

    def hide(self) -> None:
        """Do nothing."""


class PlainProgress:
    """Draws a line over and over; a thread does it, so that the clock moves while one large file is worked on."""

    def __init__(self, total: int, what: str) -> None:
        self.total = total
        self.what = what
        self.done = 0
        self.fraction = 0.0
        self.name = ""
        self._started = monotonic()
        self._drawn = 0
        self._lock = Lock()
        self._end = Event()
        self._thread = Thread(target=self._draw_until_end, daemon=True)

    def __enter__(self) -> Self:
        self._started = monotonic()
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._end.set()
        self._thread.join()
        self.hide()

    def at(self, name: str) -> None:
        """Say what is being worked on."""
        self.name = name

    def part(self, fraction: float) -> None:
        """Say how much of it is done."""
        self.fraction = fraction

    def advance(self) -> None:
        """Count one thing as done."""
        self.done, self.fraction = self.done + 1, 0.0

    def hide(self) -> None:
        """Make room for a line on standard error."""
        with self._lock:
            if self._drawn:
                sys.stderr.write("\r" + " " * self._drawn + "\r")
                sys.stderr.flush()
                self._drawn = 0

    def _draw_until_end(self) -> None:
        wait = DELAY
        while not self._end.wait(wait):
            wait = _EVERY
            seconds = monotonic() - self._started
            done = self.done + self.fraction
            line = bar_line(self.what, done, self.total, self.name, seconds, terminal_width() - 1)
            with self._lock:
                sys.stderr.write("\r" + line.ljust(self._drawn))
                sys.stderr.flush()
                self._drawn = max(len(line), self._drawn)


def bar_line(what: str, done: float, total: int, name: str, seconds: float, width: int) -> str:
    """Return one line of at most `width` characters: a bar, the count, the time, what is being worked on."""
    filled = int(_BAR * min(done, total) / max(total, 1))
    line = f"{what} [{'#' * filled}{'.' * (_BAR - filled)}] {int(done)}/{total} {seconds:.0f} s {escaped(name, width)}"
    return line[: max(width, 0)]


def terminal_width() -> int:
    """Return the columns of the terminal: COLUMNS, what the terminal says, 80.

    As shutil.get_terminal_size, which brings all archive formats with it.
    """
    said = os.environ.get("COLUMNS", "")
    if said.isascii() and said.isdigit() and 0 < int(said[:9]):
        return int(said[:9])
    for stream in (sys.__stdout__, sys.__stderr__):
        try:
            if stream is not None:
                return os.get_terminal_size(stream.fileno()).columns or 80
        except (OSError, ValueError):  # no terminal, or closed
            continue
    return 80
