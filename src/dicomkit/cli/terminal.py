"""Where a command writes: lines on standard output, errors in one line on standard error, colours on a terminal."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING, TextIO

from dicomkit.cli.loading import rich_module, traceback_module
from dicomkit.cli.progress import PlainProgress, SilentProgress, terminal_width
from dicomkit.errors import DicomError, NotDicomError, escaped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import ModuleType

    from dicomkit.cli.progress import Progress

__all__ = ["TROUBLE", "CommandError", "Terminal", "explain"]

TROUBLE = 2
_PLAIN_WIDTH = 160
_MESSAGE = 400
# JSON that is kept until all of it has been made.
_KEPT = 16 << 20
_NOT_ASCII = re.compile(r"[^\x20-\x7e]")


class CommandError(Exception):
    """What was asked for does not make sense; the message is for people."""


class Terminal:
    """The output of one command.

    `line` takes text that has been escaped already; `error`, `note` and `paint` escape what they are given.
    """

    def __init__(self, name: str, *, color: bool = True, with_traceback: bool = False) -> None:
        self.name = name
        self.with_traceback = with_traceback
        self.is_terminal = _is_terminal(sys.stdout)
        """Whether a person reads standard output."""
        self._progress: Progress = SilentProgress()
        self._rich: ModuleType | None = None
        self._paint: Callable[[str, str], str] | None = None
        if color and _wants_color(sys.stdout):
            self._rich = rich_module()
            if self._rich is not None:
                self._paint = self._rich.painter(sys.stdout)

    # -- standard output ---------------------------------------------------------------------------------------------

    @property
    def width(self) -> int:
        """How many characters a line should have: the terminal's, or a width for files and pipes."""
        return terminal_width() if self.is_terminal else _PLAIN_WIDTH

    def line(self, text: str = "") -> None:
        """Write one line to standard output."""
        if self.is_terminal:
            self._progress.hide()
        sys.stdout.write(text + "\n")

    def json(self, value: object) -> None:
        """Write a value as one line of JSON."""
        self.json_pieces([json.dumps(value, separators=(",", ":"))])

    def json_pieces(self, pieces: Iterable[str]) -> None:
        """Write pieces of JSON as one line; printable ASCII only, so that nothing in it moves a terminal's cursor.

        Where making the pieces fails, nothing has been written, unless that was too much to keep until the end.
        """
        kept: list[str] = []
        size = 0
        if self.is_terminal:
            self._progress.hide()
        try:
            for piece in pieces:
                kept.append(_NOT_ASCII.sub(_escape, piece))
                size += len(piece)
                if size > _KEPT:
                    sys.stdout.write("".join(kept))
                    kept.clear()
        except Exception:
            if size > _KEPT:
                sys.stdout.write("\n")
            raise
        sys.stdout.write("".join(kept) + "\n")

    def table(self, rows: list[tuple[str, ...]], *, styles: tuple[str, ...] = ()) -> None:
        """Write rows in columns; the last column is as wide as it needs."""
        if not rows:
            return
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
        for row in rows:
            cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)] + [row[-1]]
            self.line("  ".join(self.paint(style, cell) for style, cell in _styled(cells, styles)).rstrip())

    def paint(self, style: str, text: str) -> str:
        """Return text in a style of rich, as it is where there are no colours; control characters are escaped."""
        if not text.isprintable():
            text = escaped(text, len(text) * 10)
        return self._paint(style, text) if self._paint is not None and style and text else text

    # -- standard error ----------------------------------------------------------------------------------------------

    def note(self, message: str) -> None:
        """Write one line for people to standard error."""
        self._progress.hide()
        sys.stderr.write(f"dicomkit {self.name}: {escaped(message, _MESSAGE)}\n")

    def error(self, error: BaseException | str, name: str = "") -> None:
        """Write what went wrong with `name` in one line to standard error."""
        self.note(explain(error, name))
        if self.with_traceback and isinstance(error, BaseException):
            sys.stderr.write(escaped_lines(traceback_module().format_exception(error)))

    def progress(self, total: int, what: str) -> Progress:
        """Return a progress bar over `total` things; it shows after a second, on a terminal, and never elsewhere.

        A total of 0 is for a command that shows its progress in another way.
        """
        self._progress = SilentProgress()
        if total and _is_terminal(sys.stderr):
            rich = self._rich or rich_module()
            self._progress = rich.RichProgress(total, what) if rich is not None else PlainProgress(total, what)
        return self._progress

    def part_of(self, total: int) -> Callable[[int], None]:
        """Return a function that shows how much of `total`, an estimate, of the current thing is done."""
        progress = self._progress
        return lambda done: progress.part(min(done / total, 1.0) if total > 0 else 0.0)


def _escape(match: re.Match[str]) -> str:
    """A character as JSON escapes it (RFC 8259 section 7)."""
    return json.dumps(match[0])[1:-1] if match[0] != "\x7f" else "\\u007f"


def escaped_lines(parts: list[str]) -> str:
    """Return a traceback with its line ends and without other control characters."""
    lines = "".join(parts).split("\n")
    return "\n".join(escaped(line, 1000) for line in lines)


def explain(error: BaseException | str, name: str = "") -> str:
    """Say in one line what went wrong, and with which file."""
    name = "standard input" if name == "-" else name
    if isinstance(error, OSError) and not isinstance(error, DicomError):
        what = error.strerror or str(error)
        where = error.filename if isinstance(error.filename, str) else name
        return f"{escaped(where, 200)}: {what}" if where else what
    if isinstance(error, MemoryError):
        what = "not enough memory"
    elif isinstance(error, NotDicomError) and "force" in error.message:
        what = "not DICOM; --force reads it all the same"
    elif isinstance(error, (str, DicomError, CommandError)):
        what = str(error)
    else:
        what = f"internal error: {type(error).__name__}: {error}; --traceback shows where"
    shown = escaped(name, 200)
    # What begins with the name has said it already: "a.dcm is read-only".
    return what if not name or what.startswith((f"{shown}: ", f"{shown} ")) else f"{shown}: {what}"


def _styled(cells: list[str], styles: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(styles[position] if position < len(styles) else "", cell) for position, cell in enumerate(cells)]


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def _wants_color(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """The conventions of no-color.org and force-color.org, and TERM."""
    if environment.get("NO_COLOR"):
        return False
    return bool(environment.get("FORCE_COLOR")) or (_is_terminal(stream) and environment.get("TERM") != "dumb")
