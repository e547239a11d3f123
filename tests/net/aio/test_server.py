"""The server of asyncio: limits, shutdown, and peers that do not use asyncio."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from dicomkit.errors import AssociationRejectedError, NetworkError
from dicomkit.net import aio, sync
from dicomkit.net.dispatch import Request, StoreRequest
from dicomkit.net.options import AssociationOptions, ServerOptions
from dicomkit.net.storage import ToFolder
from dicomkit.net.tls import client_context, server_context
from tests.net.certificates import Authority
from tests.net.instances import SECONDARY_CAPTURE, file

ADDRESS = ("127.0.0.1", 0)


def test_too_many_associations_are_rejected_for_now():
    """Beyond the limit an association is rejected: transient, local limit exceeded (PS3.8 Table 9-21)."""

    async def main() -> None:
        async with aio.serve(ADDRESS, ae_title="PACS", handlers={}, options=ServerOptions(associations=1)) as server:
            async with aio.Association.request(server.address, called="PACS"):
                with pytest.raises(AssociationRejectedError) as caught:
                    await aio.Association.request(server.address, called="PACS")
                assert (2, 3, 2) == (caught.value.result, caught.value.source, caught.value.reason)
            while server.associations:
                await asyncio.sleep(0.01)
            async with aio.Association.request(server.address, called="PACS") as association:
                assert 0 == await association.echo()

    asyncio.run(main())


def test_silent_connections_are_closed_by_artim_and_hold_up_nobody():
    """100 connections that say nothing are closed when ARTIM is over; a good peer is served meanwhile."""

    async def main() -> None:
        options = ServerOptions(association=AssociationOptions(artim_seconds=0.2))
        async with aio.serve(ADDRESS, ae_title="PACS", handlers={}, options=options) as server:
            silent = [await asyncio.open_connection(*server.address) for _ in range(100)]
            async with aio.Association.request(server.address, called="PACS") as association:
                assert 0 == await association.echo()
            for reader, writer in silent:
                assert b"" == await asyncio.wait_for(reader.read(10), 10.0)
                writer.close()

    asyncio.run(main())


def test_a_peer_that_blocks_stores(tmp_path: Path):
    """A requestor in another thread stores into the server of a loop, to the byte."""
    sources = [file(f"1.2.{number}", content=bytes([number]) * 300_000) for number in range(1, 6)]

    async def main() -> None:
        handlers = {"store": ToFolder(tmp_path, durable=False)}
        async with aio.serve(ADDRESS, ae_title="PACS", handlers=handlers) as server:
            results = await asyncio.to_thread(lambda: list(sync.send(server.address, sources, called="PACS")))
            assert all(result.is_stored for result in results)

    asyncio.run(main())
    assert {data[-1000:] for data in sources} == {path.read_bytes()[-1000:] for path in tmp_path.glob("*.dcm")}


def test_shutdown_finishes_what_was_accepted():
    """A request that is being performed is answered before the association ends; idle ones end at once."""

    async def main() -> None:
        at_work, go_on = asyncio.Event(), asyncio.Event()

        async def store(request: StoreRequest) -> None:
            at_work.set()
            await go_on.wait()

        server = await aio.serve(ADDRESS, ae_title="PACS", handlers={"store": store})
        idle = await aio.Association.request(server.address, called="PACS")
        busy = await aio.Association.request(server.address, called="PACS", services=[SECONDARY_CAPTURE])
        result = asyncio.create_task(anext(busy.store([file("1.2.1")])))
        await at_work.wait()
        stopping = asyncio.create_task(server.shutdown())
        await asyncio.sleep(0.05)
        assert not idle.is_open
        go_on.set()
        assert 0 == (await result).status
        await asyncio.wait_for(stopping, 10.0)
        await busy.release()
        with pytest.raises(NetworkError):
            await idle.echo()

    asyncio.run(main())


def test_shutdown_does_not_wait_for_ever():
    """A handler that never ends is left behind when the time is over."""

    async def main() -> None:
        async def echo(request: Request) -> None:
            await asyncio.sleep(3600)

        server = await aio.serve(ADDRESS, ae_title="PACS", handlers={"echo": echo})
        association = await aio.Association.request(server.address, called="PACS")
        waiting = asyncio.create_task(association.echo())
        await asyncio.sleep(0.05)
        await asyncio.wait_for(server.shutdown(0.05), 10.0)
        with pytest.raises(NetworkError):
            await waiting

    asyncio.run(main())


def test_listening_beyond_loopback_needs_a_choice():
    """As the server that blocks, it says who may call or does not start; the port is free again."""

    async def main() -> None:
        with pytest.raises(NetworkError, match="say who may call"):
            await aio.serve(("0.0.0.0", 0), ae_title="PACS", handlers={})

    asyncio.run(main())
    with socket.create_server(ADDRESS):
        pass


def test_both_shells_encrypt(tmp_path: Path):
    """Instances of 3 MB go encrypted from each shell to each, to the byte, and handlers see the peer's names."""
    authority = Authority(tmp_path / "authority")
    ours, theirs = authority.issue("ours"), authority.issue("theirs")
    listening = ServerOptions(association=AssociationOptions(tls=server_context(ours, ca=authority.certificate)))
    calling = AssociationOptions(tls=client_context(ca=authority.certificate, certificate=theirs), operations_invoked=4)
    sources = [file(f"1.2.{number}", content=bytes([number]) * 3_000_000) for number in range(1, 6)]
    seen: list[object] = []

    def handlers(folder: str) -> dict[str, object]:
        then = lambda request: seen.append(request.peer.certificate)  # noqa: E731
        return {"store": ToFolder(tmp_path / folder, durable=False, then=then)}

    def blocking(address: tuple[str, int]) -> bool:
        results = list(sync.send(address, sources, called="PACS", options=calling))
        return all(result.is_stored for result in results)

    async def main() -> None:
        async with aio.serve(ADDRESS, ae_title="PACS", handlers=handlers("a"), options=listening) as server:
            assert await asyncio.to_thread(blocking, server.address)
            address = server.address
            results = [result async for result in aio.send(address, sources, called="PACS", options=calling)]
            assert all(result.is_stored for result in results)

    asyncio.run(main())
    with sync.serve(ADDRESS, ae_title="PACS", handlers=handlers("b"), options=listening) as server:
        assert blocking(server.address)

        async def ask() -> list[bool]:
            results = aio.send(server.address, sources, called="PACS", options=calling)
            return [result.is_stored async for result in results]

        assert all(asyncio.run(ask()))
    assert 20 == len(seen)
    assert all(seen)
    for folder in ("a", "b"):
        bodies = {path.read_bytes()[-3_000_000:] for path in (tmp_path / folder).glob("*.dcm")}
        assert {bytes([number]) * 3_000_000 for number in range(1, 6)} == bodies
