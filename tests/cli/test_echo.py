"""`dicomkit echo` against a server of ours."""

from __future__ import annotations

from tests.cli.conftest import Run


def test_echo_says_who_is_there(run: Run, address: tuple[str, int]) -> None:
    """One line for each answer, one for the peer; in JSON its implementation."""
    result = run("echo", *address, "-n", 3)
    assert (0, "", 4) == (result.status, result.err, len(result.out.splitlines()))
    assert result.out.startswith("0000 Success")
    answer = run("echo", *address, "--json").json
    assert isinstance(answer, dict)
    assert (0, "DICOMKIT_0_1") == (answer["status"], answer["implementation"])
