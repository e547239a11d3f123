"""`dicomkit receive`, in a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dicomkit import dcmread
from tests.cli.conftest import Run
from tests.corpora import real_file


def test_receive_keeps_what_is_sent_and_stops_when_told(run: Run, tmp_path: Path) -> None:
    """A process of its own takes instances, says where they are, and ends in good order at SIGTERM."""
    out = tmp_path / "in"
    command = [sys.executable, "-m", "dicomkit", "receive", "--out", str(out), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        port = int(said.rpartition(":")[2].split()[0]) if said.count(":") == 1 else int(said.split(":")[2].split()[0])
        result = run("store", "127.0.0.1", port, real_file("CT_small.dcm"), "--called", "DICOMKIT")
        assert 0 == result.status, result.err
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        shown, _ = process.communicate(timeout=30)
    (line,) = [json.loads(text) for text in shown.splitlines()]
    assert (0, "DICOMKIT") == (process.returncode, line["calling_ae_title"])
    assert [] == dcmread(real_file("CT_small.dcm")).diff(dcmread(line["file"]))


def test_receive_for_others_needs_a_choice(run: Run, tmp_path: Path) -> None:
    """Beyond this machine nobody listens without having said who may send."""
    result = run("receive", "--out", tmp_path, "--host", "0.0.0.0", "--port", 0, "--count", 1)
    assert (2, True) == (result.status, "--allow" in result.err)


@pytest.mark.parametrize(
    "option", [("--allow", "x"), ("--layout", "../{SOPInstanceUID}"), ("--tls",), ("--certificate", "c.pem")]
)
def test_receive_refuses_what_makes_no_sense(option: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    """One line says what is wrong, and nothing listens."""
    result = run("receive", "--out", tmp_path / "in", "--port", 0, *option)
    assert (2, 1) == (result.status, len(result.err.splitlines()))
