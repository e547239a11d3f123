"""Exchanges in an event loop."""

from __future__ import annotations

import asyncio

import pytest

from dicomkit.errors import NoPresentationContextError
from dicomkit.net import aio
from dicomkit.net.exchanges import Exchange
from dicomkit.net.operations import calls


def test_an_exchange_hears_what_goes_wrong() -> None:
    """As in the shell with threads."""

    def exchange() -> Exchange[int]:
        with pytest.raises(NoPresentationContextError):
            yield calls.n_get("1.2.3", "1.2.4")
        reply = yield calls.echo()
        return int(reply.status)

    async def main() -> int:
        async with aio.serve(("127.0.0.1", 0), ae_title="A", handlers={}) as server:
            association = await aio.Association.request(server.address, called="A")
            try:
                return await aio.run(association, exchange())
            finally:
                await association.release()

    assert 0 == asyncio.run(main())
