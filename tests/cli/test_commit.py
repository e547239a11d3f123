"""`dicomkit commit` against a server of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from dicomkit import dcmread
from dicomkit.net import sync
from dicomkit.net.providers import Commitments
from tests.cli.conftest import Run
from tests.corpora import real_file
from tests.interop.peers import free_port


def kept(uid: str) -> bool:
    """Keep the CT."""
    return uid == dcmread(real_file("CT_small.dcm")).SOPInstanceUID


@pytest.mark.parametrize("names", [["CT_small.dcm"], ["CT_small.dcm", "MR_small.dcm"]])
def test_instances_are_asked_about(run: Run, corpus: object, names: list[str]) -> None:
    """Status 0 if all are kept, 1 if one is not, which is named with the reason."""
    commitments = Commitments(lambda sop_class, uid: kept(uid), seconds=0.05)
    with sync.serve(("127.0.0.1", 0), ae_title="ANY-SCP", handlers=commitments.handlers()) as server:
        files = [real_file(name) for name in names]
        result = run("commit", *server.address, *files)
        machine = run("commit", *server.address, *files, "--json")
    lost = len(names) - 1
    assert (lost, f"1 of {len(names)} instance") == (result.status, result.out.splitlines()[-1][:15])
    assert (lost > 0) == ("no such object instance" in result.out)
    assert [(True, None), (False, 0x0112)][: len(names)] == [
        (one["committed"], one["reason"]) for one in machine.json_lines
    ]


def test_a_result_comes_over_an_association_of_the_peers(run: Run, corpus: object) -> None:
    """With --receive-port it may come so."""
    port = free_port()
    with (
        sync.Reporter({"CT1": ("127.0.0.1", port)}) as reporter,
        sync.serve(
            ("127.0.0.1", 0),
            ae_title="ANY-SCP",
            handlers=Commitments(lambda *_: True, reporter, same_association=False).handlers(),
        ) as server,
    ):
        result = run(
            *("commit", *server.address, real_file("CT_small.dcm"), "--calling", "CT1", "--receive-port", port),
            *("--receive-host", "127.0.0.1", "--wait", 20),
        )
    assert (0, "1 of 1 instance kept\n") == (result.status, result.out)


def test_no_result_and_a_refusal_are_no(run: Run, corpus: object, tmp_path: Path) -> None:
    """Status 1: nobody says that the instances are kept."""
    for action, said in ((lambda request: None, "no result within 1 second"), (lambda request: 0x0213, "0213")):
        with sync.serve(("127.0.0.1", 0), ae_title="ANY-SCP", handlers={"n-action": action}) as server:
            result = run("commit", *server.address, real_file("CT_small.dcm"), "--wait", 1)
        assert (1, True) == (result.status, said in result.out + result.err)
    (tmp_path / "empty").mkdir()
    assert 2 == run("commit", "127.0.0.1", 1, tmp_path / "empty").status
