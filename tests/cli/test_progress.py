"""The progress bar of the standard library's means."""

from __future__ import annotations

import re
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.cli import progress
from dicomkit.cli.progress import PlainProgress, SilentProgress, bar_line, terminal_width
from tests.cli.conftest import Stream


def test_bar():
    """A bar, the count, the time and the file."""
    assert "writing [############............] 1/2 3 s a.dcm" == bar_line("writing", 1, 2, "a.dcm", 3.2, 80)
    assert "writing [" == bar_line("writing", 1, 2, "a.dcm", 3.2, 9)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.text(), st.integers(0, 200))
def test_a_bar_fits_its_line(done: int, total: int, name: str, width: int):
    """Whatever the numbers and the name of the file, it is one line of printable characters and not too long."""
    line = bar_line("reading", done, total, name, 1.0, width)
    assert len(line) <= width
    assert line.isprintable()


def test_the_bar_appears_late_and_leaves_no_trace(monkeypatch: pytest.MonkeyPatch):
    """Nothing before the delay; then the line is drawn, blanked for a message, and at the end."""
    err = Stream(is_terminal=True)
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setattr(progress, "DELAY", 0.5)
    monkeypatch.setattr(progress, "_EVERY", 0.01)
    with PlainProgress(2, "reading") as bar:
        bar.at("a.dcm")
        bar.hide()
        assert b"" == err.buffer.getvalue()
        bar.advance()
        for _ in range(500):
            time.sleep(0.01)
            if b"1/2" in err.buffer.getvalue():
                break
    text = err.buffer.getvalue().decode()
    assert re.search(r"\rreading \[############\.{12}\] 1/2 \d s a\.dcm", text)
    assert "" == text.rpartition("\r")[2]
    assert "" == text.split("\r")[-2].strip()


def test_the_bar_moves_while_one_thing_is_done(monkeypatch: pytest.MonkeyPatch):
    """A part of a thing fills a part of the bar, and counts as none yet."""
    assert "writing [######..................] 0/1 0 s a" == bar_line("writing", 0.25, 1, "a", 0, 80)
    err = Stream(is_terminal=True)
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setattr(progress, "DELAY", 0.01)
    monkeypatch.setattr(progress, "_EVERY", 0.01)
    with PlainProgress(2, "writing") as bar:
        bar.advance()
        bar.part(0.5)
        for _ in range(500):
            time.sleep(0.01)
            if b"[##################......] 1/2" in err.buffer.getvalue():
                break
        bar.advance()
        assert (2, 0) == (bar.done, bar.fraction)
    assert b"[##################......] 1/2" in err.buffer.getvalue()


def test_quick_work_shows_nothing(monkeypatch: pytest.MonkeyPatch):
    """What takes less than a second has no bar."""
    err = Stream(is_terminal=True)
    monkeypatch.setattr(sys, "stderr", err)
    for bar in (PlainProgress(1, "reading"), SilentProgress()):
        with bar:
            bar.at("a.dcm")
            bar.part(0.5)
            bar.advance()
    err.flush()
    assert b"" == err.buffer.getvalue()


def test_width_of_the_terminal(monkeypatch: pytest.MonkeyPatch):
    """COLUMNS counts where it is a number; without any terminal it is 80."""
    monkeypatch.setenv("COLUMNS", "123")
    assert 123 == terminal_width()
    monkeypatch.setattr(sys, "__stdout__", None)
    monkeypatch.setattr(sys, "__stderr__", Stream())
    for said in ("", "0", "wide", "-5"):
        monkeypatch.setenv("COLUMNS", said)
        assert 80 == terminal_width()
