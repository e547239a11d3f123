"""Processes that wait for frames: taken, given back, ended."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dicomkit.codecs import FrameFormat
from dicomkit.codecs.serving import Request
from dicomkit.errors import CodecError
from dicomkit.pixels.codec_process import CodecProcess, ProcessPool
from tests.pixels.misbehaving import MisbehavingCodec

FRAME = FrameFormat(rows=3, columns=5)


def is_running(pid: int) -> bool:
    """Tell whether a process runs; one that has ended may wait for whoever took it over to ask how."""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return not shown.stdout.strip().startswith("Z") and bool(shown.stdout.strip())


def test_a_process_is_used_again() -> None:
    """What was given back is what is taken next; what was stopped is not."""
    pool = ProcessPool()
    first = pool.take()
    pool.give_back(first)
    assert pool.take() is first
    pool.give_back(first)
    pool.stop()
    second = pool.take()
    assert second is not first
    second.stop()


def test_a_process_that_was_interrupted_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it answers later would be taken for the next frame."""
    pool = ProcessPool()
    process = pool.take()

    def interrupt(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(process, "_wait", interrupt)
    with pytest.raises(KeyboardInterrupt):
        process.ask(Request.DECODE, MisbehavingCodec(), b"A", "1.2.3", FRAME, 5)
    assert not process.is_usable
    pool.give_back(process)
    other = pool.take()
    assert other is not process
    other.stop()


def test_an_answer_that_cannot_be_ends_the_process() -> None:
    """A process in which a library wrote where it should not is not believed."""
    process = CodecProcess()
    pid = process._process.pid
    process._read = lambda *_: b"\0" * 9 + b"\xff" * 4  # type: ignore[method-assign]
    with pytest.raises(CodecError, match="the process of the codec ended"):
        process.ask(Request.DECODE, MisbehavingCodec(), b"A", "1.2.3", FRAME, 5)
    assert not is_running(pid)


def test_processes_end_with_their_parent() -> None:
    """Nothing remains of a program that ends, by itself or killed, and nothing is printed."""
    program = (
        "import os, signal, sys; from dicomkit.pixels.codec_process import process_pool as p\n"
        "w = p().take(); p().give_back(w); print(w._process.pid, flush=True)\n"
        "if sys.argv[1] == 'killed': os.kill(os.getpid(), signal.SIGKILL)"
    )
    for how in ("ended", "killed"):
        done = subprocess.run([sys.executable, "-c", program, how], capture_output=True, text=True, check=False)
        assert "" == done.stderr
        reader = CodecProcess()  # takes longer to start than the other one to end
        reader.stop()
        assert not is_running(int(done.stdout))
