"""Associations over loopback: what a program sees of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dicomkit import Dataset
from dicomkit.errors import (
    AssociationAbortedError,
    AssociationRejectedError,
    LocalProtocolError,
    NetworkError,
    NoPresentationContextError,
)
from dicomkit.net import sync
from dicomkit.net.dispatch import Request
from dicomkit.net.options import AssociationOptions
from dicomkit.net.services import STUDY_ROOT
from dicomkit.net.storage import ToFolder
from tests.net.instances import SECONDARY_CAPTURE, file

ADDRESS = ("127.0.0.1", 0)


def query() -> Dataset:
    """Give an identifier that says all that it must."""
    ds = Dataset()
    ds.QueryRetrieveLevel = "STUDY"
    ds.StudyInstanceUID = "1.2.3"
    return ds


def endless(request: Request) -> Iterator[Dataset]:
    """Match for ever."""
    number = 0
    while True:
        match = Dataset()
        match.PatientID = str(number)
        number += 1
        yield match


def test_echo_and_what_was_agreed():
    """An association knows both titles and what was accepted, and is over after its block."""
    with sync.serve(ADDRESS, ae_title="PACS", handlers={}) as server:
        with sync.Association.request(server.address, calling="ME", called="PACS", services=["echo", "1.2.3"]) as one:
            assert 0 == one.echo()
            assert ("ME", "PACS") == (one.agreed.calling_ae_title, one.agreed.called_ae_title)
            assert [True, False] == [one.accepts("1.2.840.10008.1.1"), one.accepts("1.2.3")]
            assert one.is_open
        assert not one.is_open
        assert "over" in repr(one)


def test_a_rejection_says_why():
    """A title that nobody answers to is an AssociationRejectedError with the numbers of PS3.8 Table 9-21."""
    with sync.serve(ADDRESS, ae_title="PACS", handlers={}) as server:
        with pytest.raises(AssociationRejectedError, match="called AE title") as caught:
            sync.Association.request(server.address, called="OTHER")
        assert (1, 1, 7) == (caught.value.result, caught.value.source, caught.value.reason)


def test_an_exception_aborts():
    """A block that raises aborts the association; the server hears of it and lives."""
    with sync.serve(ADDRESS, ae_title="PACS", handlers={}) as server:
        with pytest.raises(RuntimeError), sync.Association.request(server.address, called="PACS"):
            raise RuntimeError
        with sync.Association.request(server.address, called="PACS") as association:
            assert 0 == association.echo()


def test_a_find_that_is_left_early_is_cancelled():
    """Leaving the loop sends C-CANCEL and waits for the last response: the next operation goes on at once."""
    with (
        sync.serve(ADDRESS, ae_title="PACS", handlers={"find": endless}) as server,
        sync.Association.request(server.address, called="PACS", services=[STUDY_ROOT, "echo"]) as association,
    ):
        for match in association.find(Dataset(QueryRetrieveLevel="STUDY")):
            if match.PatientID == "100":
                break
        assert 0 == association.echo()
        results = association.find(Dataset(QueryRetrieveLevel="STUDY"))
        assert "0" == next(results).PatientID
        results.close()
        assert 0xFE00 == results.status
        assert 0 == association.echo()


def test_a_second_operation_within_a_find_is_the_callers_fault():
    """While matches are taken nothing else can be asked for, and the message says what to do."""
    with (
        sync.serve(ADDRESS, ae_title="PACS", handlers={"find": endless}) as server,
        sync.Association.request(server.address, called="PACS", services=[STUDY_ROOT, "echo"]) as association,
    ):
        matches = association.find(Dataset(QueryRetrieveLevel="STUDY"))
        next(matches)
        with pytest.raises(LocalProtocolError, match="take all its results first"):
            association.echo()
        matches.close()


def test_store_find_move_and_get(tmp_path: Path):
    """The four work over one association, with a third party for the move."""
    found = [file(f"1.2.{number}", content=b"x" * 100_000) for number in range(1, 4)]
    handlers = {
        "find": lambda request: [request.identifier],
        "move": lambda request: found,
        "get": lambda request: found,
    }
    with (
        sync.serve(ADDRESS, ae_title="DEST", handlers={"store": ToFolder(tmp_path / "moved")}) as third,
        sync.serve(
            ADDRESS,
            ae_title="PACS",
            handlers={**handlers, "store": ToFolder(tmp_path / "stored")},
            destinations={"DEST": third.address},
        ) as server,
        sync.Association.request(
            server.address, called="PACS", services=[STUDY_ROOT, SECONDARY_CAPTURE], receive=[SECONDARY_CAPTURE]
        ) as association,
    ):
        assert [0, 0, 0] == [result.status for result in association.store(found)]
        assert ["STUDY"] == [match.QueryRetrieveLevel for match in association.find(query())]
        *_, last = association.move(query(), "DEST")
        assert (0, 3) == (last.status, last.completed)
        instances = association.get(query(), into=tmp_path / "got")
        assert 3 == len(list(instances))
        assert 0 == instances.status
    names = {name: sorted(path.name for path in (tmp_path / name).glob("*.dcm")) for name in ("stored", "moved", "got")}
    assert names["stored"] == names["moved"] == names["got"]
    assert 3 == len(names["got"])


def test_a_server_that_aborts_is_heard_of():
    """An abort in the middle of an operation is an AssociationAbortedError, and so is every call after it."""
    with sync.serve(ADDRESS, ae_title="PACS", handlers={"find": endless}) as server:
        association = sync.Association.request(server.address, called="PACS", services=[STUDY_ROOT])
        matches = association.find(Dataset(QueryRetrieveLevel="STUDY"))
        next(matches)
        threading.Thread(target=server.shutdown, args=(0.1,)).start()
        with pytest.raises(NetworkError):
            list(matches)
        with pytest.raises(NetworkError):
            association.echo()
        association.release()  # nothing is left to release
        assert isinstance(association.driver.endpoint.error, (AssociationAbortedError, NetworkError))


def test_an_operation_without_a_context_is_refused_here():
    """What was not accepted is not sent, and the association goes on."""
    with (
        sync.serve(ADDRESS, ae_title="PACS", handlers={}) as server,
        sync.Association.request(server.address, called="PACS") as association,
    ):
        with pytest.raises(NoPresentationContextError):
            list(association.find(Dataset(QueryRetrieveLevel="STUDY")))
        assert 0 == association.echo()


def test_a_requestor_performs_for_a_while_if_told():
    """`serve_until` comes back when its time is over, or when the association is."""
    with (
        sync.serve(ADDRESS, ae_title="PACS", handlers={}) as server,
        sync.Association.request(server.address, called="PACS") as association,
    ):
        association.serve_until(0.02)
        assert 0 == association.echo()
        server.shutdown(0.0)
        started = time.monotonic()
        association.serve_until(60.0)
        assert time.monotonic() - started < 30.0
        assert not association.is_open


def test_a_peer_without_a_word_is_given_up():
    """An echo that is never answered ends after response_seconds."""
    stop = threading.Event()

    def echo(request: Request) -> None:
        stop.wait(10.0)

    options = AssociationOptions(response_seconds=0.1)
    with sync.serve(ADDRESS, ae_title="PACS", handlers={"echo": echo}) as server:
        association = sync.Association.request(server.address, called="PACS", options=options)
        with pytest.raises(NetworkError, match="C-ECHO"):
            association.echo()
        stop.set()


def test_results_that_nobody_takes_do_not_hold_up_the_release():
    """A block may end with a find that would go on for ever and is still referred to: it is cancelled."""
    with sync.serve(ADDRESS, ae_title="PACS", handlers={"find": endless}) as server:
        with sync.Association.request(server.address, called="PACS", services=[STUDY_ROOT]) as association:
            matches = association.find(query())
            next(matches)
        assert not association.is_open
        assert 0xFE00 == matches.status
        assert [] == list(matches)
