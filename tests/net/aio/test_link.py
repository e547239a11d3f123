"""The pump of asyncio: what waits, what is shared, and what an idle association costs."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncIterator

from dicomkit import Dataset
from dicomkit.net import aio
from dicomkit.net.dispatch import Request
from dicomkit.net.options import ServerOptions
from dicomkit.net.services import STUDY_ROOT

ADDRESS = ("127.0.0.1", 0)


def test_one_that_waits_holds_up_nobody():
    """While one association's handler waits, another one is served."""

    async def main() -> None:
        go_on = asyncio.Event()

        async def find(request: Request) -> AsyncIterator[Dataset]:
            await go_on.wait()
            yield Dataset(PatientID="1")

        async with (
            aio.serve(ADDRESS, ae_title="PACS", handlers={"find": find}) as server,
            aio.Association.request(server.address, called="PACS", services=[STUDY_ROOT]) as waiting,
            aio.Association.request(server.address, called="PACS") as other,
        ):
            matches = asyncio.create_task(anext(waiting.find(Dataset(QueryRetrieveLevel="STUDY"))))
            assert 0 == await other.echo()
            assert not matches.done()
            go_on.set()
            assert "1" == (await matches).PatientID

    asyncio.run(main())


def test_a_reader_that_is_slow_stops_the_writer():
    """A requestor that takes nothing stops the handler: what is not taken is not made."""
    made = 0

    async def main() -> None:
        nonlocal made

        async def find(request: Request) -> AsyncIterator[Dataset]:
            nonlocal made
            for number in range(20_000):
                made += 1
                yield Dataset(PatientID=str(number), PatientComments="x" * 1000)

        async with aio.serve(ADDRESS, ae_title="PACS", handlers={"find": find}) as server:
            association = await aio.Association.request(server.address, called="PACS", services=[STUDY_ROOT])
            matches = association.find(Dataset(QueryRetrieveLevel="STUDY"))
            await anext(matches)
            association.link.transport.pause_reading()
            while True:
                seen = made
                await asyncio.sleep(0.1)
                if made == seen:
                    break
            assert made < 20_000
            association.link.transport.resume_reading()
            assert 19_999 == len([match async for match in matches])
            await association.release()

    asyncio.run(main())


def test_an_idle_association_costs_little():
    """Both ends of an idle association together stay below 120 KiB, buffers included."""

    async def main() -> float:
        options = ServerOptions(associations=300, associations_per_address=300)
        async with aio.serve(ADDRESS, ae_title="PACS", handlers={}, options=options) as server:
            held = [await aio.Association.request(server.address, called="PACS") for _ in range(20)]
            tracemalloc.start()
            before = tracemalloc.get_traced_memory()[0]
            held += [await aio.Association.request(server.address, called="PACS") for _ in range(100)]
            for association in held:
                assert 0 == await association.echo()
            each = (tracemalloc.get_traced_memory()[0] - before) / 100
            tracemalloc.stop()
            for association in held:
                await association.release()
            return each

    each = asyncio.run(main())
    assert each < 120 << 10, each
