"""What an association tells of itself, the same from both shells."""

from __future__ import annotations

import asyncio

from dicomkit.net import aio, sync

CT = "1.2.840.10008.5.1.4.1.1.2"


def test_both_shells_tell_the_same() -> None:
    """Contexts, titles and whether it is still there; by the loop and by the thread."""

    async def asked(address: tuple[str, int]) -> tuple[bool, bool, str, str]:
        association = await aio.Association.request(address, calling="ME", called="US", services=[CT])
        told = association.accepts(CT), association.accepts("1.2.3"), repr(association)
        await association.release()
        return *told, repr(association)

    with sync.serve(("127.0.0.1", 0), ae_title="US", handlers={"store": lambda request: 0}) as server:
        association = sync.Association.request(server.address, calling="ME", called="US", services=[CT])
        told = association.accepts(CT), association.accepts("1.2.3"), repr(association)
        association.release()
        assert (*told, repr(association)) == asyncio.run(asked(server.address))
    assert (True, False, "<Association 'ME' to 'US', open>") == told
    assert "<Association 'ME' to 'US', over>" == repr(association)
