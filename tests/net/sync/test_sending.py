"""Sending what needs one association, several, or none."""

from __future__ import annotations

import socket
from pathlib import Path

from dicomkit.errors import NetworkError
from dicomkit.net import sync
from dicomkit.net.storage import ToFolder
from tests.net.instances import SECONDARY_CAPTURE, file

ADDRESS = ("127.0.0.1", 0)


def test_everything_has_a_result(tmp_path: Path):
    """What is sent and what cannot be read both have one, and the class that nobody takes has an error."""
    with sync.serve(ADDRESS, ae_title="PACS", handlers={"store": ToFolder(tmp_path / "in", durable=False)}) as server:
        sources = [file("1.2.1"), tmp_path / "absent", file("1.2.2")]
        results = list(sync.send(server.address, sources, called="PACS"))
    assert [False, True, True] == sorted(result.is_stored for result in results)
    assert 2 == len(list((tmp_path / "in").glob("*.dcm")))


def test_more_classes_than_contexts_need_two_associations(tmp_path: Path):
    """130 SOP Classes are stored over two associations."""
    classes = [f"1.2.840.10008.9.{number}" for number in range(100_000_000, 100_000_130)]  # of the same length
    sources = [file("1.2.1").replace(SECONDARY_CAPTURE.encode(), uid.encode()) for uid in classes]
    with sync.serve(ADDRESS, ae_title="PACS", handlers={"store": lambda request: None}) as server:
        assert 130 == sum(result.is_stored for result in sync.send(server.address, sources, called="PACS"))
        assert 2 == server.observer.counters["established"]


def test_a_peer_that_is_not_there_is_no_exception():
    """Without a connection each instance has the reason."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()[:2]
    results = list(sync.send(address, [file("1.2.1"), file("1.2.2")]))
    assert 2 == len(results)
    assert all(isinstance(result.error, NetworkError) for result in results)
    assert 1 >= len({str(result.error) for result in results})


def test_a_failure_stops_if_told():
    """With stop_on_failure nothing is sent behind a failure."""
    with sync.serve(ADDRESS, ae_title="PACS", handlers={"store": lambda request: 0xA700}) as server:
        sources = [file("1.2.1"), file("1.2.2")]
        assert 1 == len(list(sync.send(server.address, sources, called="PACS", stop_on_failure=True)))
