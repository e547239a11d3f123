"""The command line run in this process, with streams that can play a terminal."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dicomkit.cli.main import main
from dicomkit.cli.terminal import Terminal
from dicomkit.net import sync
from dicomkit.net.options import ServerOptions
from dicomkit.net.storage.targets import ToFolder
from tests import hostile_bytes as hb
from tests.cli.archive import Archive


@dataclass(frozen=True)
class Result:
    """What a command returned and wrote."""

    status: int
    data: bytes
    err: str

    @property
    def out(self) -> str:
        """Standard output as text."""
        return self.data.decode("utf-8")

    @property
    def json(self) -> object:
        """Standard output as one JSON text."""
        return json.loads(self.data)

    @property
    def json_lines(self) -> list[dict]:
        """Standard output as a JSON text a line."""
        return [json.loads(line) for line in self.out.splitlines()]


class Stream(io.TextIOWrapper):
    """Standard input, output or error in memory."""

    def __init__(self, data: bytes = b"", *, is_terminal: bool = False, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(data), encoding=encoding, newline="")
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        """Say whether a person is to be made believe in."""
        return self.is_terminal


Run = Callable[..., Result]
MakeTerminal = Callable[..., Terminal]


def written(stream: Stream) -> str:
    """Give what was written to a stream."""
    stream.flush()
    return stream.buffer.getvalue().decode("utf-8")


@pytest.fixture
def make_terminal(monkeypatch: pytest.MonkeyPatch) -> MakeTerminal:
    """Give a function that puts streams in the place of standard output and error, and makes a Terminal on them.

    A function, because pytest puts its own streams there between the set-up of a test and the test.
    """

    def make(*, out_is_terminal: bool = False) -> Terminal:
        monkeypatch.setattr(sys, "stdout", Stream(is_terminal=out_is_terminal))
        monkeypatch.setattr(sys, "stderr", Stream())
        return Terminal("test", color=False)

    return make


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give a function that runs a command and returns what it returned and wrote."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")

    def call(
        *arguments: object,
        stdin: bytes = b"",
        out_is_terminal: bool = False,
        err_is_terminal: bool = False,
        encoding: str = "utf-8",
    ) -> Result:
        out = Stream(is_terminal=out_is_terminal, encoding=encoding)
        err = Stream(is_terminal=err_is_terminal, encoding=encoding)
        monkeypatch.setattr(sys, "stdin", Stream(stdin))
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        status = main([str(argument) for argument in arguments])
        out.flush()
        err.flush()
        return Result(status, out.buffer.getvalue(), err.buffer.getvalue().decode(encoding))

    return call


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give a small well-formed file: five elements, a sequence of two items, an image of 16 pixels."""
    inside = hb.sequence(
        0x00400275,
        hb.item(hb.text(0x00400007, "LO", "FIRST")) + hb.item(hb.text(0x00400007, "LO", "SECOND"), defined=False),
        defined=False,
    )
    pixels = hb.pixels()
    path = tmp_path / "small.dcm"
    path.write_bytes(hb.part10(hb.basic() + pixels[:-44] + inside + pixels[-44:]))
    return path


@pytest.fixture
def archive(tmp_path: Path, corpus: object) -> Archive:
    """Give an archive of real files."""
    return Archive(tmp_path / "stored")


@pytest.fixture
def address(archive: Archive) -> Iterator[tuple[str, int]]:
    """Run a server over the archive, and give where it is."""
    handlers = {
        "store": ToFolder(archive.stored),
        "find": archive.find,
        "move": archive.retrieve,
        "get": archive.retrieve,
    }
    options = ServerOptions(check_called=False)
    places: dict[str, tuple[str, int]] = {"ELSEWHERE": ("127.0.0.1", 0)}
    with sync.serve(("127.0.0.1", 0), ae_title="US", handlers=handlers, options=options, destinations=places) as server:
        places["ELSEWHERE"] = places["DICOMKIT"] = server.address
        yield server.address
