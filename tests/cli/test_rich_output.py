"""Colours and bars by rich."""

from __future__ import annotations

import sys
import time

import pytest

from tests.cli.conftest import Stream

pytest.importorskip("rich")
rich_output = pytest.importorskip("dicomkit.cli.rich_output")


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Play a terminal that has colours."""
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)


def test_paint():
    """A style becomes the terminal's escape sequence; the text in it is not interpreted."""
    paint = rich_output.painter(Stream(is_terminal=True))
    assert "\x1b[36m[bold]x[/bold]\x1b[0m" == paint("cyan", "[bold]x[/bold]")


def test_terminals_without_colours(monkeypatch: pytest.MonkeyPatch):
    """No painter for a terminal that cannot."""
    monkeypatch.setenv("TERM", "dumb")
    assert rich_output.painter(Stream(is_terminal=True)) is None


def test_the_bar_leaves_files_alone(monkeypatch: pytest.MonkeyPatch):
    """While the bar is on standard error, what goes to a standard output that is a file goes there."""
    out, err = Stream(), Stream(is_terminal=True)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setattr(rich_output, "DELAY", 0.01)
    with rich_output.RichProgress(2, "reading") as bar:
        bar.at("[red]a\x1b[2J.dcm")
        bar.advance()
        time.sleep(0.4)
        sys.stdout.write("a line\n")
        bar.hide()
    out.flush()
    drawn = err.buffer.getvalue().decode()
    assert b"a line\n" == out.buffer.getvalue()
    assert "reading" in drawn
    assert "1/2" in drawn
    assert "[red]a\\x1b[2J.dcm" in drawn


def test_the_bar_moves_while_one_thing_is_done(monkeypatch: pytest.MonkeyPatch):
    """A part of a thing moves the bar; when it is done it counts as one, whatever its parts were."""
    monkeypatch.setattr(sys, "stderr", Stream(is_terminal=True))
    with rich_output.RichProgress(2, "writing") as bar:
        for fraction, expected in ((0.25, 0.25), (0.75, 0.75)):
            bar.part(fraction)
            assert expected == bar._bars.tasks[0].completed
        bar.advance()
        bar.part(0.5)
        assert 1.5 == bar._bars.tasks[0].completed
        bar.advance()
        assert 2 == bar._bars.tasks[0].completed


def test_quick_work_shows_nothing(monkeypatch: pytest.MonkeyPatch):
    """What is done before the delay has no bar, and no timer is left."""
    err = Stream(is_terminal=True)
    monkeypatch.setattr(sys, "stderr", err)
    with rich_output.RichProgress(1, "reading") as bar:
        bar.advance()
    bar._begin()  # a timer that fired at the very end
    assert b"" == err.buffer.getvalue()
