"""What the commands of the network share: arguments, encryption, the trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from dicomkit.cli.arguments import Parser
from dicomkit.cli.peer import add_peer, association_options, status_text, tracer
from dicomkit.cli.terminal import CommandError
from dicomkit.net.dimse import Status
from tests.cli.conftest import Run


def parsed(*arguments: str) -> object:
    """Give what the shared arguments come to."""
    parser = Parser("test", "")
    add_peer(parser)
    return parser.parse_args(["host", "104", *arguments])


def test_times_and_lengths_become_options() -> None:
    """One time-out is for connecting, answering and idling; a PDU length for both directions, with K and M."""
    options = association_options(parsed("--timeout", "2.5", "--pdu", "128K"))  # type: ignore[arg-type]
    assert (2.5, 2.5, 2.5) == (options.connect_seconds, options.response_seconds, options.idle_seconds)
    assert (131072, 131072) == (options.maximum_length, options.send_maximum)


@pytest.mark.parametrize(
    "arguments", [["--timeout", "0"], ["--timeout", "x"], ["--pdu", "1T"], ["--pdu", ""], ["--tls", "ssl3"]]
)
def test_what_makes_no_sense_is_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A bad number or profile leaves with status 2 and one line."""
    with pytest.raises(SystemExit) as left:
        parsed(*arguments)
    assert (2, 1) == (left.value.code, len(capsys.readouterr().err.splitlines()))


@pytest.mark.parametrize("port", ["0", "65536", "x", "-1", "99999999999"])
def test_a_port_is_a_port(port: str, run: Run) -> None:
    """Ports are 1 to 65535."""
    result = run("echo", "localhost", port)
    assert (2, 1) == (result.status, len(result.err.splitlines()))


def test_a_length_that_no_peer_could_work_with_is_refused() -> None:
    """The bounds of the options hold on the command line too."""
    with pytest.raises(CommandError, match="maximum_length"):
        association_options(parsed("--pdu", "100"))  # type: ignore[arg-type]


def test_certificates_without_tls_are_refused(run: Run, tmp_path: Path) -> None:
    """Whoever names a certificate means to encrypt: nothing is sent in the clear by mistake."""
    result = run("echo", "localhost", 1, "--ca", tmp_path / "ca.pem")
    assert (2, "--tls" in result.err) == (result.status, True)


def test_nobody_there_is_one_line(run: Run) -> None:
    """A refused connection says so, with the address."""
    result = run("echo", "127.0.0.1", 1)
    assert (2, 1) == (result.status, len(result.err.splitlines()))
    assert "127.0.0.1" in result.err


def test_a_trace_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    """What a peer says moves no terminal's cursor."""
    tracer()(1, "failed", error="\x1b[2J\n")
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert "\x1b" not in shown


def test_a_status_has_the_meaning_that_its_service_gives_it() -> None:
    """PS3.4 Table B.2-1: A700 of C-STORE is Refused: Out of Resources."""
    assert status_text(Status(0xA700), "STORAGE", "C-STORE").lower().startswith("a700 refused: out of resources")
    assert "0000 Success" == status_text(Status(0))
