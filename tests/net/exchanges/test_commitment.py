"""Commitment requested and awaited, over the association of the request and over another one (PS3.4 J)."""

from __future__ import annotations

import asyncio

import pytest

from dicomkit import Dataset
from dicomkit.net import aio, sync
from dicomkit.net.dispatch import Request
from dicomkit.net.exchanges import CommitmentResult, CommitmentResults, request_commitment
from dicomkit.net.providers import Commitments

COMMITMENT = "1.2.840.10008.1.20.1"
KEPT, LOST = ("1.2", "1.3"), ("1.2", "1.4")
ADDRESS = ("127.0.0.1", 0)


def check(sop_class: str, uid: str) -> bool:
    """Keep one of them."""
    return uid == "1.3"


def test_a_result_comes_over_the_same_association() -> None:
    """The requestor waits, and serves what comes."""
    results = CommitmentResults()
    with (
        sync.serve(ADDRESS, ae_title="PACS", handlers=Commitments(check, seconds=0.05).handlers()) as server,
        sync.Association.request(
            server.address, called="PACS", services=[COMMITMENT], handlers=results.handlers()
        ) as association,
    ):
        transaction = sync.run(association, request_commitment([KEPT, LOST]))
        for _ in range(100):
            association.serve_until(0.05)
            if (result := results.take(transaction)) is not None:
                break
    assert ((KEPT,), ((*LOST, 0x0112),), False) == (result.committed, result.failed, result.is_complete)


def test_a_result_comes_over_an_association_of_its_own() -> None:
    """The requestor leaves at once; a server of its own gets the result, with the roles reversed (PS3.7 D.3.3.4)."""
    results = CommitmentResults()
    places: dict[str, tuple[str, int]] = {}
    with (
        sync.serve(ADDRESS, ae_title="CT1", handlers=results.handlers()) as receiving,
        sync.Reporter(places, calling="PACS") as reporter,
        sync.serve(ADDRESS, ae_title="PACS", handlers=Commitments(check, reporter, seconds=0.2).handlers()) as server,
    ):
        places["CT1"] = receiving.address
        with sync.Association.request(
            server.address, calling="CT1", called="PACS", services=[COMMITMENT]
        ) as association:
            transaction = sync.run(association, request_commitment([KEPT], "1.2.9"))
        result = results.wait(transaction, 10.0)
    assert result is not None
    assert ("1.2.9", True) == (result.transaction_uid, result.is_complete)


def test_with_asyncio_it_is_the_same() -> None:
    """Both ends in one loop: the result comes behind the answer."""
    received: list[CommitmentResult] = []
    results = CommitmentResults(received.append)

    async def main() -> str:
        handlers = Commitments(check, seconds=0.02).handlers()
        async with aio.serve(ADDRESS, ae_title="PACS", handlers=handlers) as server:
            association = await aio.Association.request(
                server.address, called="PACS", services=[COMMITMENT], handlers=results.handlers()
            )
            transaction = await aio.run(association, request_commitment([LOST]))
            for _ in range(200):
                await asyncio.sleep(0.02)
                if received:
                    break
            await association.release()
            return transaction

    transaction = asyncio.run(main())
    assert [(transaction, False)] == [(one.transaction_uid, one.is_complete) for one in received]


def test_a_loop_serves_requestors_that_leave() -> None:
    """A provider with asyncio delivers through the same reporter, which never holds its loop up."""
    results = CommitmentResults()
    places: dict[str, tuple[str, int]] = {}

    def client(address: tuple[str, int]) -> CommitmentResult | None:
        with sync.Association.request(address, calling="CT1", called="PACS", services=[COMMITMENT]) as association:
            transaction = sync.run(association, request_commitment([KEPT]))
        return results.wait(transaction, 10.0)

    async def main(reporter: sync.Reporter) -> CommitmentResult | None:
        handlers = Commitments(check, reporter, seconds=0.2).handlers()
        async with aio.serve(ADDRESS, ae_title="PACS", handlers=handlers) as server:
            return await asyncio.to_thread(client, server.address)

    with (
        sync.serve(ADDRESS, ae_title="CT1", handlers=results.handlers()) as receiving,
        sync.Reporter(places, calling="PACS") as reporter,
    ):
        places["CT1"] = receiving.address
        result = asyncio.run(main(reporter))
    assert result is not None
    assert result.is_complete


class Reported(Request):
    """A request as a handler gets it."""

    def __init__(self, event: int | None, ds: Dataset | None) -> None:
        self._event, self._ds = event, ds

    @property
    def event_type_id(self) -> int | None:
        return self._event

    @property
    def dataset(self) -> Dataset | None:
        return self._ds


@pytest.mark.parametrize(
    ("event", "ds", "status"),
    [
        (3, Dataset(TransactionUID="1"), 0x0113),
        (1, None, 0x0115),
        (1, Dataset(), 0x0115),
        (1, Dataset(TransactionUID="1"), 0),
    ],
)
def test_reports_that_say_nothing_are_refused(event: int, ds: Dataset | None, status: int) -> None:
    """0113 for an event that there is not, 0115 without a transaction."""
    assert status == CommitmentResults().report(Reported(event, ds))


def test_results_that_nobody_takes_do_not_pile_up() -> None:
    """The newest are kept."""
    results = CommitmentResults(most=2)
    for number in range(3):
        results.report(Reported(1, Dataset(TransactionUID=f"1.{number}")))
    assert [None, "1.1"] == [results.take("1.0"), results.take("1.1").transaction_uid]
    assert results.wait("1.0", 0.0) is None
