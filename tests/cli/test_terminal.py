"""Lines, JSON, tables and errors."""

from __future__ import annotations

import errno
import json
import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.cli.terminal import CommandError, Terminal, explain
from dicomkit.errors import FileFormatError, NotDicomError, ValueEncodeError
from tests.cli.conftest import MakeTerminal, Stream, written


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (CommandError("nothing to do"), "a.dcm: nothing to do"),
        (FileFormatError("a folder", source="a.dcm"), "a.dcm: a folder"),
        (
            NotDicomError("not DICOM: force=True reads it", source="a.dcm"),
            "a.dcm: not DICOM; --force reads it all the same",
        ),
        (NotDicomError("an empty file", source="a.dcm"), "a.dcm: an empty file"),
        (ValueEncodeError("too long", tag=0x00100010, vr="PN"), "a.dcm: (0010,0010): PN: too long"),
        (FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "b.dcm"), "b.dcm: No such file or directory"),
        (OSError(errno.EIO, os.strerror(errno.EIO)), "a.dcm: Input/output error"),
        (MemoryError(), "a.dcm: not enough memory"),
        (KeyError("x"), "a.dcm: internal error: KeyError: 'x'; --traceback shows where"),
    ],
)
def test_what_went_wrong_and_where(error: Exception, expected: str):
    """The file is named once, and advice is for the command line, not for Python."""
    assert expected == explain(error, "a.dcm")


def test_a_message_that_begins_with_the_file_does_not_repeat_it():
    """The name stands before the message once, also where it is the message's subject."""
    assert "a.dcm is read-only" == explain(CommandError("a.dcm is read-only"), "a.dcm")


def test_standard_input_has_a_name():
    """`-` is called standard input."""
    assert "standard input: an empty file" == explain(NotDicomError("an empty file"), "-")


@given(st.text())
def test_an_error_is_one_printable_line(message: str):
    """Whatever is in a message or a file name, one line of printable characters is written."""
    stream, kept = Stream(), sys.stderr
    sys.stderr = stream
    try:
        Terminal("test").error(CommandError(message), message)
    finally:
        sys.stderr = kept
    text = written(stream)
    assert text.endswith("\n")
    assert text[:-1].isprintable()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_is_one_ascii_line_of_the_same_value(value: object):
    """Any value comes back from its line, which is printable ASCII."""
    stream, kept = Stream(), sys.stdout
    sys.stdout = stream
    try:
        Terminal("test").json(value)
    finally:
        sys.stdout = kept
    text = written(stream)
    assert (True, 1) == (text[:-1].isascii() and text[:-1].isprintable(), text.count("\n"))
    assert value == json.loads(text)


def test_json_that_fails_half_way_is_not_begun(make_terminal: MakeTerminal):
    """Pieces are kept until the last one has been made."""

    def pieces():
        yield "{"
        raise CommandError("half way")

    terminal = make_terminal()
    with pytest.raises(CommandError):
        terminal.json_pieces(pieces())
    assert "" == written(sys.stdout)


def test_json_that_is_too_long_to_keep_is_streamed(make_terminal: MakeTerminal, monkeypatch: pytest.MonkeyPatch):
    """Beyond a bound pieces are written as they come; a failure then ends the line."""
    monkeypatch.setattr("dicomkit.cli.terminal._KEPT", 4)

    def pieces():
        yield '["abcdef"'
        assert '["abcdef"' == written(sys.stdout)
        raise CommandError("late")

    terminal = make_terminal()
    with pytest.raises(CommandError):
        terminal.json_pieces(pieces())
    assert '["abcdef"\n' == written(sys.stdout)


def test_tables_are_aligned(make_terminal: MakeTerminal):
    """Columns are as wide as their widest cell, lines end without spaces."""
    terminal = make_terminal()
    terminal.table([("a", "1", "x"), ("long", "", "")])
    terminal.table([])
    assert "a     1  x\nlong\n" == written(sys.stdout)


def test_no_bar_where_nobody_looks(make_terminal: MakeTerminal):
    """Progress writes nothing to a file or a pipe."""
    with make_terminal().progress(3, "reading") as progress:
        progress.at("a.dcm")
        progress.advance()
        progress.hide()
    assert ("", "") == (written(sys.stdout), written(sys.stderr))


def test_a_part_of_a_thing_is_shown_as_a_fraction(make_terminal: MakeTerminal, monkeypatch: pytest.MonkeyPatch):
    """The total is an estimate: more than all is all, and of nothing there is no part."""
    terminal = make_terminal()
    shown: list[float] = []
    monkeypatch.setattr("dicomkit.cli.progress.SilentProgress.part", lambda self, fraction: shown.append(fraction))
    with terminal.progress(1, "writing"):
        for total, done in ((200, 50), (200, 300), (0, 10)):
            terminal.part_of(total)(done)
    assert [0.25, 1.0, 0.0] == shown


def test_painted_text_is_printable(make_terminal: MakeTerminal):
    """What is painted loses its control characters, whoever forgot to escape it before."""
    assert ["a\\x1b[2Jb", "山"] == [make_terminal().paint("cyan", text) for text in ("a\x1b[2Jb", "山")]
