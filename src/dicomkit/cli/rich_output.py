"""Colours and progress bars by rich; loaded only for a terminal, and only where rich is installed."""

from __future__ import annotations

import sys
from functools import lru_cache
from threading import Lock, Timer
from typing import TYPE_CHECKING, TextIO

from rich.console import COLOR_SYSTEMS, Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.style import Style
from rich.text import Text

from dicomkit.cli.progress import DELAY
from dicomkit.errors import escaped

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

__all__ = ["RichProgress", "painter"]


def painter(stream: TextIO) -> Callable[[str, str], str] | None:
    """Return a function (style, text) → text with the escape sequences of the terminal; None if it has no colours."""
    console = Console(file=stream, force_terminal=True)
    system = COLOR_SYSTEMS[console.color_system] if console.color_system else None
    if system is None or console.legacy_windows:
        return None
    parsed = lru_cache(maxsize=None)(Style.parse)  # a handful of literals of this package

    def paint(style: str, text: str) -> str:
        return parsed(style).render(text, color_system=system)

    return paint


class RichProgress:
    """A bar that rich draws from a thread of its own, after the first second."""

    def __init__(self, total: int, what: str) -> None:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[name]}", markup=False),
        )
        # Lines of a terminal go above the bar; those of a file or a pipe are none of rich's business.
        self._bars = Bars(
            *columns, console=Console(file=sys.stderr), transient=True, redirect_stdout=sys.stdout.isatty()
        )
        self._task = self._bars.add_task(Text(what).plain, total=total, name="")
        self._done = 0
        self._lock = Lock()
        self._ended = False
        self._timer = Timer(DELAY, self._begin)
        self._timer.daemon = True

    def _begin(self) -> None:
        with self._lock:
            if not self._ended:
                self._bars.start()

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._timer.cancel()
        with self._lock:
            self._ended = True
            self._bars.stop()

    def at(self, name: str) -> None:
        """Say what is being worked on."""
        self._bars.update(self._task, name=escaped(name, 40))

    def part(self, fraction: float) -> None:
        """Say how much of it is done."""
        self._bars.update(self._task, completed=self._done + fraction)

    def advance(self) -> None:
        """Count one thing as done."""
        self._done += 1
        self._bars.update(self._task, completed=self._done)

    def hide(self) -> None:
        """Do nothing: while the bar lives, rich writes what goes to the terminal above it."""
