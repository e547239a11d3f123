"""Sending with asyncio what needs one association, several, or none."""

from __future__ import annotations

import asyncio
import socket

from dicomkit.errors import NetworkError
from dicomkit.net import aio
from tests.net.instances import SECONDARY_CAPTURE, file


def test_two_associations_and_a_result_for_each():
    """130 SOP Classes need two associations, and what cannot be read has its result, too."""
    classes = [f"1.2.840.10008.9.{number}" for number in range(100_000_000, 100_000_130)]  # of the same length
    sources = [file("1.2.1").replace(SECONDARY_CAPTURE.encode(), uid.encode()) for uid in classes]

    async def main() -> None:
        async with aio.serve(("127.0.0.1", 0), ae_title="PACS", handlers={"store": lambda request: None}) as server:
            results = [result async for result in aio.send(server.address, [*sources, "absent"], called="PACS")]
            assert (131, 130) == (len(results), sum(result.is_stored for result in results))
            assert 2 == server.observer.counters["established"]

    asyncio.run(main())


def test_a_peer_that_is_not_there_is_no_exception():
    """Without a connection each instance has the reason."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()[:2]

    async def main() -> None:
        results = [result async for result in aio.send(address, [file("1.2.1"), file("1.2.2")])]
        assert [True, True] == [isinstance(result.error, NetworkError) for result in results]

    asyncio.run(main())
