"""A server among peers that behave, that do nothing, and that are too many."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from dicomkit.errors import AssociationRejectedError, NetworkError
from dicomkit.net import sync
from dicomkit.net.dispatch import Request, StoreRequest
from dicomkit.net.options import AssociationOptions, ServerOptions
from dicomkit.net.storage import ToFolder
from tests.net.instances import SECONDARY_CAPTURE, file

ADDRESS = ("127.0.0.1", 0)


def test_too_many_associations_are_rejected_for_now():
    """Beyond the limit an association is rejected: transient, local limit exceeded (PS3.8 Table 9-21)."""
    options = ServerOptions(associations=2)
    with sync.serve(ADDRESS, ae_title="PACS", handlers={}, options=options) as server:
        held = [sync.Association.request(server.address, called="PACS") for _ in range(2)]
        with pytest.raises(AssociationRejectedError) as caught:
            sync.Association.request(server.address, called="PACS")
        assert (2, 3, 2) == (caught.value.result, caught.value.source, caught.value.reason)
        held.pop().release()
        deadline = time.monotonic() + 10.0
        while server.associations > 1 and time.monotonic() < deadline:
            time.sleep(0.01)
        held.append(sync.Association.request(server.address, called="PACS"))
        for association in held:
            assert 0 == association.echo()
            association.release()


def test_silent_connections_cost_no_thread_and_hold_up_nobody():
    """200 connections that say nothing, or a byte, do not keep a good peer out, and have no threads."""
    with sync.serve(ADDRESS, ae_title="PACS", handlers={}) as server:
        threads = threading.active_count()
        silent = [socket.create_connection(server.address) for _ in range(200)]
        for number, one in enumerate(silent):
            if number % 2:
                one.send(b"\x01")
        with sync.Association.request(server.address, called="PACS") as association:
            assert 0 == association.echo()
        deadline = time.monotonic() + 10.0
        while server.associations and time.monotonic() < deadline:
            time.sleep(0.01)
        assert threading.active_count() <= threads + 1
        for one in silent:
            one.close()


def test_a_silent_connection_is_closed_by_artim():
    """A peer that never asks for anything is closed when ARTIM is over (PS3.8 9.1.5)."""
    options = ServerOptions(association=AssociationOptions(artim_seconds=0.1))
    with (
        sync.serve(ADDRESS, ae_title="PACS", handlers={}, options=options) as server,
        socket.create_connection(server.address) as silent,
    ):
        silent.settimeout(10.0)
        assert b"" == silent.recv(100)


def test_the_connection_that_waits_longest_makes_room():
    """Beyond the limit of connections, one without an association goes; a good peer comes in."""
    options = ServerOptions(connections=5)
    with sync.serve(ADDRESS, ae_title="PACS", handlers={}, options=options) as server:
        silent = [socket.create_connection(server.address) for _ in range(20)]
        with sync.Association.request(server.address, called="PACS") as association:
            assert 0 == association.echo()
        silent[0].settimeout(10.0)
        assert b"" == silent[0].recv(100)
        for one in silent:
            one.close()


def test_what_is_no_dicom_is_ended_at_once():
    """An HTTP request gets an A-ABORT, not a wait."""
    with (
        sync.serve(ADDRESS, ae_title="PACS", handlers={}) as server,
        socket.create_connection(server.address) as browser,
    ):
        browser.settimeout(10.0)
        browser.send(b"GET / HTTP/1.1\r\n\r\n")
        assert b"\x07" == browser.recv(100)[:1]


def test_shutdown_finishes_what_was_accepted(tmp_path: Path):
    """An instance whose handler is at work when the server is told to stop is answered for."""
    at_work, go_on = threading.Event(), threading.Event()

    def then(request: StoreRequest) -> None:
        at_work.set()
        assert go_on.wait(10.0)

    server = sync.serve(ADDRESS, ae_title="PACS", handlers={"store": ToFolder(tmp_path, durable=False, then=then)})
    association = sync.Association.request(server.address, called="PACS", services=[SECONDARY_CAPTURE])
    results = association.store([file("1.2.1")])
    taken: list[object] = []
    taker = threading.Thread(target=lambda: taken.append(next(results)))
    taker.start()
    assert at_work.wait(10.0)
    stopper = threading.Thread(target=server.shutdown)
    stopper.start()
    time.sleep(0.05)
    go_on.set()
    taker.join(10.0)
    stopper.join(10.0)
    assert [0] == [result.status for result in taken]
    association.release()
    assert not stopper.is_alive()
    with pytest.raises(NetworkError):
        association.echo()


def test_shutdown_leaves_no_thread():
    """After the block all threads of the server are gone, and its port is free."""
    before = threading.active_count()
    with sync.serve(ADDRESS, ae_title="PACS", handlers={}) as server:
        address = server.address
        association = sync.Association.request(address, called="PACS")
    assert before == threading.active_count()
    association.abort()
    socket.create_server(address).close()
    server.shutdown()  # once more is nothing


def test_a_defect_of_one_is_no_defect_of_all():
    """A handler that raises answers with a failure; the next association finds the server as it was."""

    def echo(request: Request) -> None:
        raise ValueError("no")

    with sync.serve(ADDRESS, ae_title="PACS", handlers={"echo": echo}) as server:
        for _ in range(2):
            with sync.Association.request(server.address, called="PACS") as association:
                assert 0x0110 == association.echo()


def test_a_user_must_be_known():
    """An identity hook that knows nobody rejects; what it returns is what handlers see."""
    seen: list[object] = []
    handlers = {"echo": lambda request: seen.append(request.peer.identity)}
    with (
        sync.serve(ADDRESS, ae_title="PACS", handlers=handlers, identify=lambda request: None) as server,
        pytest.raises(AssociationRejectedError),
    ):
        sync.Association.request(server.address, called="PACS")
    with (
        sync.serve(
            ADDRESS, ae_title="PACS", handlers=handlers, identify=lambda request: request.calling_ae_title.lower()
        ) as server,
        sync.Association.request(server.address, calling="JANE", called="PACS") as association,
    ):
        association.echo()
    assert ["jane"] == seen


def test_ten_senders_at_once(tmp_path: Path):
    """Ten associations store at the same time, and everything arrives."""
    with sync.serve(ADDRESS, ae_title="PACS", handlers={"store": ToFolder(tmp_path, durable=False)}) as server:

        def store(sender: int) -> None:
            sources = [file(f"1.2.{sender}.{number}", content=bytes(20_000)) for number in range(1, 11)]
            assert all(result.is_stored for result in sync.send(server.address, sources, called="PACS"))

        threads = [threading.Thread(target=store, args=(sender,)) for sender in range(1, 11)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert 100 == len(list(tmp_path.glob("*.dcm")))


def test_ipv6_is_spoken():
    """A server at ::1 is reached there."""
    try:
        server = sync.serve(("::1", 0), ae_title="PACS", handlers={})
    except OSError:
        pytest.skip("no IPv6 here")
    with server, sync.Association.request(server.address, called="PACS") as association:
        assert 0 == association.echo()
