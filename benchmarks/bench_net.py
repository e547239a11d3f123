"""Storing many instances over loopback into files: beside plain sockets, DCMTK and pynetdicom, two processes each.

Files and targets are in memory (/dev/shm) where there is one, because disks differ by half between two runs; what
waits for the disk is on the disk. What dicomkit receives was parsed to its end, its UIDs compared, and named without
replacing. DCMTK has TCP_NODELAY and PDUs of 128 KiB, its longest.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

from benchmarks.files import Files
from benchmarks.harness import Comparison, Subject

LARGE, SMALL = ("512k", 500), ("39k", 1000)
_UID = b"1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322"
_MEMORY = Path("/dev/shm")


@cache
def _folder(where: str) -> Path:
    """Give a folder in memory or on the disk that is gone at the end."""
    parent = _MEMORY if where == "memory" and os.access(_MEMORY, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="dicomkit-bench-net-", dir=parent))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _instances(template: Path, name: str, count: int) -> Path:
    """Give a folder with so many copies of an instance, each with a UID of its own."""
    folder = _folder("memory") / f"in-{name}"
    folder.mkdir()
    data = template.read_bytes()
    if data.count(_UID) < 2:
        raise ValueError(f"{template} is not the instance that it should be")
    for number in range(count):
        uid = _UID[:-5] + b"%05d" % (10_000 + number)
        (folder / f"{number:05}.dcm").write_bytes(data.replace(_UID, uid))
    return folder


class _Receiver:
    """A process that receives into a folder of its own, started when it is first needed."""

    def __init__(self, kind: str, where: str = "memory") -> None:
        self.kind = kind
        self.target = _folder(where) / f"out-{kind.replace(' ', '-')}"
        self.target.mkdir()
        if kind == "storescp":
            self.port = _free_port()
            options = ["-aet", "BENCH", "-pdu", "131072", "-od", str(self.target)]
            _started(["storescp", *options, str(self.port)])
            time.sleep(0.5)
        else:
            process = _started(_python("receive", kind, self.target))
            assert process.stdout is not None
            self.port = int(process.stdout.readline())

    def count(self) -> int:
        """Say how many files there are."""
        return sum(1 for path in self.target.iterdir() if not path.name.startswith("."))

    def empty(self) -> None:
        """Remove them."""
        for path in self.target.iterdir():
            if path.is_file():
                path.unlink()


class _Sender:
    """A process that sends a folder whenever it is told a port."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._process = _started(_python("send", kind, folder))
        self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line: str = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the sender has ended: {_log().read_text()[-500:]}")
        return line.strip()

    def send(self, port: int) -> str:
        """Send all; return what it says, the number of instances that were stored."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{port}\n")
        self._process.stdin.flush()
        return self._answer()


def _log() -> Path:
    """Give the file to which all ends write what is wrong."""
    return _folder("memory") / "log"


def _python(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks.net_ends", *map(str, arguments)]


def _started(command: list[str]) -> subprocess.Popen[str]:
    with _log().open("a") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=_environment()
        )
    atexit.register(_ended, process)
    return process


def _ended(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def _environment() -> dict[str, str]:
    return {**os.environ, "TCP_NODELAY": "1"}


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


_receiver = cache(_Receiver)
_sender = cache(_Sender)


def _run(sender: str, receiver: str, template: Path, name: str, count: int, where: str = "memory") -> str:
    """Send all instances from one end to the other; the answer is how many files there are."""
    folder = _instances(template, name, count)
    target = _receiver(receiver, where)
    if sender == "storescu":
        options = ["-aec", "BENCH", "-pdu", "131072", "-R", "+sd"]
        command = ["storescu", *options, "127.0.0.1", str(target.port), str(folder)]
        subprocess.run(command, check=True, capture_output=True, env=_environment())
    else:
        said = _sender(sender, folder).send(target.port)
        if said != str(count):
            raise RuntimeError(f"{sender} to {receiver}: {said} of {count} stored")
    return str(target.count())


def _empty() -> None:
    """Remove what all receivers have."""
    for where in ("memory", "disk"):
        for folder in _folder(where).glob("out-*"):
            for path in folder.iterdir():
                if path.is_file():
                    path.unlink()


PAIRS = (
    # name, sender and receiver of ours, peer, sender and receiver of the peer's, whether it is a cost
    ("vs-plain", "dicomkit", "dicomkit", "plain sockets", "plain", "plain", True),
    ("vs-dcmtk", "dicomkit", "dicomkit", "DCMTK", "storescu", "storescp", False),
    ("window-vs-plain", "window", "window", "plain sockets", "plain", "plain", True),
    ("to-storescp-vs-dcmtk", "dicomkit", "storescp", "DCMTK", "storescu", "storescp", False),
    ("from-storescu-vs-dcmtk", "storescu", "dicomkit", "DCMTK", "storescu", "storescp", False),
)
DURABLE_PAIRS = (
    ("durable-vs-dcmtk", "dicomkit", "durable", "DCMTK", "storescu", "storescp", False),
    ("durable-window-vs-dcmtk", "window", "window durable", "DCMTK", "storescu", "storescp", False),
)


def subjects(files: Files) -> Iterator[Subject]:
    """Give the comparisons."""
    for (size, count), template in ((LARGE, files.large_ct), (SMALL, files.small_ct)):
        for pairs, where in ((PAIRS, "memory"), (DURABLE_PAIRS, "disk")):
            for name, sender, receiver, peer, other_sender, other_receiver, is_cost in pairs:
                run = partial(_lazily, template, size, count, where)
                yield Comparison(
                    f"store-{size}-{name}",
                    peer,
                    partial(run, sender, receiver),
                    partial(run, other_sender, other_receiver),
                    is_cost,
                    _empty,
                )
    yield Comparison(
        "store-39k-vs-pynetdicom",
        "pynetdicom",
        partial(_lazily, files.small_ct, *SMALL, "memory", "dicomkit", "dicomkit"),
        partial(_lazily, files.small_ct, *SMALL, "memory", "pynetdicom", "pynetdicom"),
        between=_empty,
    )


def _lazily(template: Callable[[], Path], size: str, count: int, where: str, sender: str, receiver: str) -> str:
    return _run(sender, receiver, template(), size, count, where)
