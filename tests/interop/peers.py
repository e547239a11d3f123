"""Other makers' programs as servers and clients, for the length of a block."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Orthanc", "free_port", "orthanc", "qrscp", "run", "running", "wait_for"]


def free_port() -> int:
    """Give a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def wait_for(port: int, seconds: float = 20.0) -> None:
    """Wait until somebody listens at a port."""
    until = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


@contextmanager
def running(command: list[str], *ports: int, environment: dict[str, str] | None = None) -> Iterator[None]:
    """Run a peer's server for the length of a block."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment) as process:
        try:
            for port in ports:
                wait_for(port)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a peer's program to its end."""
    return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=60, check=False)


@contextmanager
def qrscp(
    find: Callable[[str], str], folder: Path, destinations: dict[str, tuple[str, int]]
) -> Iterator[tuple[str, int]]:
    """Run DCMTK's archive, whose title is THEIRS and which knows where some titles are; give its address."""
    port = free_port()
    (folder / "db").mkdir(parents=True)
    hosts = "\n".join(
        [f"host{i} = ({title}, {where[0]}, {where[1]})" for i, (title, where) in enumerate(destinations.items())]
    )
    names = ", ".join([f"host{i}" for i in range(len(destinations))])
    config = folder / "dcmqrscp.cfg"
    config.write_text(
        f"NetworkTCPPort = {port}\nMaxPDUSize = 131072\nMaxAssociations = 16\n"
        f"HostTable BEGIN\n{hosts}\nall = {names or 'nobody'}\nHostTable END\n"
        "VendorTable BEGIN\nVendorTable END\n"
        f"AETable BEGIN\nTHEIRS {folder / 'db'} RW (500, 1024mb) ANY\nAETable END\n"
    )
    with running([find("dcmqrscp"), "-c", str(config)], port):
        yield "127.0.0.1", port


class Orthanc:
    """A running Orthanc: where its DICOM server is, and its REST interface."""

    title = "ORTHANC"

    def __init__(self, dicom: int, http: int) -> None:
        self.address = ("127.0.0.1", dicom)
        self._url = f"http://127.0.0.1:{http}"

    def get(self, path: str) -> object:
        """Ask the REST interface."""
        with urllib.request.urlopen(self._url + path, timeout=30) as answer:
            return json.load(answer)

    def post(self, path: str, body: object) -> object:
        """Tell the REST interface something."""
        data = json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


@contextmanager
def orthanc(
    find: Callable[[str], str], folder: Path, modalities: dict[str, tuple[str, int]], **options: object
) -> Iterator[Orthanc]:
    """Run an Orthanc that lets the named modalities do everything."""
    dicom, http = free_port(), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "StorageDirectory": str(folder / "db"),
        "IndexDirectory": str(folder / "db"),
        "HttpPort": http,
        "DicomPort": dicom,
        "DicomAet": Orthanc.title,
        "RemoteAccessAllowed": False,
        "Plugins": [],
        "DicomModalities": {title.lower(): [title, *where] for title, where in modalities.items()},
        **options,
    }
    path = folder / "orthanc.json"
    path.write_text(json.dumps(config))
    with running([find("Orthanc"), str(path)], dicom, http):
        yield Orthanc(dicom, http)
