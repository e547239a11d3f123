"""DCMTK's programs at the other end: they ask our server, and our requestor asks theirs."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import dicomkit
from dicomkit.dataset import Dataset
from dicomkit.net import sync
from dicomkit.net.storage.targets import ToFolder
from tests.corpora import real_file

pytestmark = pytest.mark.interop

NAMES = ("CT_small.dcm", "MR_small.dcm", "JPEG-LL.dcm", "MR_small_RLE.dcm")


def free_port() -> int:
    """Give a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    """Run a peer's server for the length of a block."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(200):
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except OSError:
                    time.sleep(0.05)
            yield
        finally:
            process.terminate()


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a peer's program to its end."""
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def assert_same(sent: Dataset, received: Dataset) -> None:
    """Hold two data sets against each other; DCMTK leaves Data Set Trailing Padding out."""
    for one in (sent, received):
        one.pop(0xFFFCFFFC, None)
    assert not list(sent.diff(received))


def test_echoscu_is_answered(require_peer: Callable[[str], str]) -> None:
    """DCMTK's echoscu gets Success from our server."""
    with sync.serve(("127.0.0.1", 0), ae_title="OURS", handlers={}) as server:
        done = run(require_peer("echoscu"), "-v", "-aec", "OURS", "127.0.0.1", str(server.address[1]))
    assert done.returncode == 0, done.stderr
    assert "Received Echo Response (Success)" in done.stderr


def test_echoscu_that_calls_another_title_is_rejected(require_peer: Callable[[str], str]) -> None:
    """DCMTK's echoscu hears why: called AE title not recognized."""
    with sync.serve(("127.0.0.1", 0), ae_title="OURS", handlers={}) as server:
        done = run(require_peer("echoscu"), "-aec", "OTHER", "127.0.0.1", str(server.address[1]))
    assert done.returncode != 0
    assert "Called AE Title Not Recognized" in done.stderr


def test_storescp_answers_our_echo(require_peer: Callable[[str], str], tmp_path: Path) -> None:
    """DCMTK's storescp answers our C-ECHO with Success."""
    port = free_port()
    with (
        running([require_peer("storescp"), "-od", str(tmp_path), str(port)], port),
        sync.Association.request(("127.0.0.1", port), called="THEIRS") as association,
    ):
        assert association.echo() == 0


def test_storescu_stores_into_a_folder(require_peer: Callable[[str], str], tmp_path: Path) -> None:
    """What DCMTK's storescu sends is in our folder, data set for data set."""
    names = ("CT_small.dcm", "MR_small.dcm")
    with sync.serve(("127.0.0.1", 0), ae_title="OURS", handlers={"store": ToFolder(tmp_path)}) as server:
        files = [str(real_file(name)) for name in names]
        done = run(require_peer("storescu"), "-aec", "OURS", "127.0.0.1", str(server.address[1]), *files)
    assert done.returncode == 0, done.stderr
    stored = {dicomkit.dcmread(path).SOPInstanceUID: path for path in tmp_path.glob("*.dcm")}
    for name in names:
        sent = dicomkit.dcmread(real_file(name))
        assert_same(sent, dicomkit.dcmread(stored[sent.SOPInstanceUID]))


def test_our_instances_reach_storescp_as_they_are(require_peer: Callable[[str], str], tmp_path: Path) -> None:
    """A storescp that takes every transfer syntax has each instance in its own, data set for data set."""
    port = free_port()
    with running([require_peer("storescp"), "+xa", "-od", str(tmp_path), str(port)], port):
        results = list(sync.send(("127.0.0.1", port), [real_file(name) for name in NAMES[:3]]))
    assert all(result.status == 0 for result in results)
    stored = {dicomkit.dcmread(path).SOPInstanceUID: path for path in tmp_path.iterdir()}
    for name in NAMES[:3]:
        sent = dicomkit.dcmread(real_file(name))
        received = dicomkit.dcmread(stored[sent.SOPInstanceUID])
        assert sent.transfer_syntax == received.transfer_syntax
        assert_same(sent, received)


def test_our_instances_are_decompressed_for_a_storescp_that_knows_no_codec(
    require_peer: Callable[[str], str], tmp_path: Path
) -> None:
    """A storescp that takes no compression gets compressed instances without it: same samples, nothing lost."""
    pytest.importorskip("numpy")
    port = free_port()
    with running([require_peer("storescp"), "-od", str(tmp_path), str(port)], port):
        results = list(sync.send(("127.0.0.1", port), [real_file(name) for name in NAMES[2:]]))
    assert all(result.status == 0 for result in results)
    assert {"1.2.840.10008.1.2.1"} == {str(result.transfer_syntax) for result in results}
    stored = {dicomkit.dcmread(path).SOPInstanceUID: path for path in tmp_path.iterdir()}
    for name in NAMES[2:]:
        sent = dicomkit.dcmread(real_file(name))
        received = dicomkit.dcmread(stored[sent.SOPInstanceUID])
        assert (sent.pixel_array == received.pixel_array).all()
