"""The association with asyncio: the same as the one that blocks, and no threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dicomkit import Dataset
from dicomkit.errors import AssociationRejectedError, NetworkError
from dicomkit.net import aio
from dicomkit.net.dispatch import Request
from dicomkit.net.options import AssociationOptions
from dicomkit.net.services import STUDY_ROOT
from dicomkit.net.storage import ToFolder
from tests.net.instances import SECONDARY_CAPTURE, file

ADDRESS = ("127.0.0.1", 0)


def query() -> Dataset:
    """Give an identifier that says all that it must."""
    return Dataset(QueryRetrieveLevel="STUDY", StudyInstanceUID="1.2.3")


async def endless(request: Request) -> AsyncIterator[Dataset]:
    """Match for ever."""
    number = 0
    while True:
        yield Dataset(PatientID=str(number))
        number += 1


def test_store_find_move_and_get(tmp_path: Path):
    """The four work over one association, with async handlers and a third party for the move, and without threads."""
    found = [file(f"1.2.{number}", content=b"x" * 100_000) for number in range(1, 4)]

    async def find(request: Request) -> AsyncIterator[Dataset]:
        for _ in range(3):
            await asyncio.sleep(0)
            yield request.identifier

    async def retrieve(request: Request) -> list[bytes]:
        await asyncio.sleep(0)
        return found

    async def main() -> None:
        handlers = {"find": find, "move": retrieve, "get": retrieve, "store": ToFolder(tmp_path / "stored")}
        async with (
            aio.serve(ADDRESS, ae_title="DEST", handlers={"store": ToFolder(tmp_path / "moved")}) as third,
            aio.serve(ADDRESS, ae_title="PACS", handlers=handlers, destinations={"DEST": third.address}) as server,
            aio.Association.request(
                server.address, called="PACS", services=[STUDY_ROOT, SECONDARY_CAPTURE], receive=[SECONDARY_CAPTURE]
            ) as association,
        ):
            assert [0, 0, 0] == [result.status async for result in association.store(found)]
            assert 3 == len([match async for match in association.find(query())])
            steps = [step async for step in association.move(query(), "DEST")]
            assert (0, 3) == (steps[-1].status, steps[-1].completed)
            assert 3 == len([path async for path in association.get(query(), into=tmp_path / "got")])
            assert ["1.2.1", "1.2.2", "1.2.3"] == [one.SOPInstanceUID async for one in association.get(query())]
            assert before == threading.active_count()

    before = threading.active_count()
    asyncio.run(main())
    names = {name: sorted(path.name for path in (tmp_path / name).glob("*.dcm")) for name in ("stored", "moved", "got")}
    assert names["stored"] == names["moved"] == names["got"]
    assert 3 == len(names["got"])


def test_a_find_that_is_left_early_is_cancelled():
    """Leaving the loop sends C-CANCEL; the next operation waits until the last response has come."""

    async def main() -> None:
        async with (
            aio.serve(ADDRESS, ae_title="PACS", handlers={"find": endless}) as server,
            aio.Association.request(server.address, called="PACS", services=[STUDY_ROOT, "echo"]) as association,
        ):
            async for match in association.find(query()):
                if match.PatientID == "50":
                    break
            assert 0 == await association.echo()
            results = association.find(query())
            assert "0" == (await anext(results)).PatientID
            await results.aclose()
            assert 0xFE00 == results.status
            assert 0 == await association.echo()

    asyncio.run(main())


def test_it_can_be_awaited():
    """An association may be awaited and released by hand; what it agreed on is known, and afterwards it is over."""

    async def main() -> None:
        async with aio.serve(ADDRESS, ae_title="PACS", handlers={}) as server:
            association = await aio.Association.request(server.address, calling="ME", called="PACS")
            assert "ME" == association.agreed.calling_ae_title
            assert association.accepts("1.2.840.10008.1.1")
            assert association.is_open
            await association.release()
            await association.release()
            assert not association.is_open
            with pytest.raises(NetworkError):
                await association.echo()

    asyncio.run(main())


def test_what_goes_wrong_is_raised():
    """A rejection, a refused connection, and a peer that never answers have their exceptions."""

    async def slow(request: Request) -> None:
        await asyncio.sleep(60)

    async def main() -> None:
        async with aio.serve(ADDRESS, ae_title="PACS", handlers={"echo": slow}) as server:
            with pytest.raises(AssociationRejectedError, match="called AE title"):
                await aio.Association.request(server.address, called="OTHER")
            options = AssociationOptions(response_seconds=0.05)
            association = await aio.Association.request(server.address, called="PACS", options=options)
            with pytest.raises(NetworkError, match="C-ECHO"):
                await association.echo()
            address = server.address
        with pytest.raises(NetworkError, match="no connection"):
            await aio.Association.request(address, called="PACS")

    asyncio.run(main())


def test_an_exception_aborts():
    """A block that raises aborts, and the server goes on."""

    async def main() -> None:
        async with aio.serve(ADDRESS, ae_title="PACS", handlers={}) as server:
            with pytest.raises(RuntimeError):
                async with aio.Association.request(server.address, called="PACS"):
                    raise RuntimeError
            async with aio.Association.request(server.address, called="PACS") as association:
                assert 0 == await association.echo()

    asyncio.run(main())


def test_results_that_nobody_takes_do_not_hold_up_the_release():
    """A block may end with a find that would go on for ever and is still referred to: it is cancelled."""

    async def main() -> None:
        async with aio.serve(ADDRESS, ae_title="PACS", handlers={"find": endless}) as server:
            async with aio.Association.request(server.address, called="PACS", services=[STUDY_ROOT]) as association:
                matches = association.find(query())
                await anext(matches)
            assert not association.is_open
            assert 0xFE00 == matches.status
            assert [] == [match async for match in matches]

    asyncio.run(main())
