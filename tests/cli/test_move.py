"""`dicomkit move` against servers of ours."""

from __future__ import annotations

from pathlib import Path

from dicomkit.net import sync
from tests.cli.archive import CT_STUDY, Archive
from tests.cli.conftest import Run


def test_move_sends_to_a_third(run: Run, address: tuple[str, int], archive: Archive) -> None:
    """The peer sends what was named to the title that was named, and the counts say so."""
    result = run("move", *address, f"StudyInstanceUID={CT_STUDY}", "--to", "ELSEWHERE")
    assert (0, "0000 Success: 1 sent\n") == (result.status, result.out)
    assert 1 == len(list(archive.stored.glob("*.dcm")))


def test_move_to_nobody(run: Run, address: tuple[str, int]) -> None:
    """PS3.4 Table C.4-2: A801, move destination unknown."""
    result = run("move", *address, f"StudyInstanceUID={CT_STUDY}", "--to", "NOBODY")
    assert (1, True) == (result.status, result.out.startswith("A801"))


def test_move_receives_here(run: Run, archive: Archive, tmp_path: Path) -> None:
    """With --receive the peer sends to a server that lives as long as the command."""
    port = sync.serve(("127.0.0.1", 0), ae_title="FREE", handlers={})
    number = port.address[1]
    port.shutdown()
    handlers = {"move": archive.retrieve}
    with sync.serve(
        ("127.0.0.1", 0), ae_title="US", handlers=handlers, destinations={"ME": ("127.0.0.1", number)}
    ) as server:
        out = tmp_path / "moved"
        result = run(
            *("move", *server.address, "--called", "US", "--calling", "ME", f"StudyInstanceUID={CT_STUDY}"),
            *("--receive", out, "--receive-port", number),
        )
    assert (0, 1) == (result.status, len(list(out.glob("*.dcm"))))
