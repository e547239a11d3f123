"""Sending instances whose classes and encodings decide which associations are needed, with asyncio (PS3.4 B, C.4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.errors import NetworkError
from dicomkit.net.aio.association import Association, Results
from dicomkit.net.operations import StoreOperation, StoreResult
from dicomkit.net.storage.batches import batches

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from dicomkit.net.dispatch.endpoint import Observe
    from dicomkit.net.options import AssociationOptions
    from dicomkit.net.ul import UserIdentity

__all__ = ["send"]


async def send(
    address: tuple[str, int],
    instances: Iterable[object],
    *,
    calling: str = "DICOMKIT",
    called: str = "ANY-SCP",
    options: AssociationOptions | None = None,
    stop_on_failure: bool = False,
    transcode_to: tuple[str, ...] | None = None,
    originator: tuple[str, int] | None = None,
    user_identity: UserIdentity | None = None,
    observe: Observe | None = None,
    trace: Callable[[str], None] | None = None,
) -> AsyncIterator[StoreResult]:
    """Associate for just what instances need, and send them; a result for each. See `dicomkit.net.sync.send`."""
    for failed, items, proposal in batches(instances):
        for result in failed:
            yield result
        if not items:
            continue
        try:
            association = await Association.request(
                address, calling=calling, called=called, services=proposal.contexts, options=options,
                user_identity=user_identity, observe=observe, trace=trace,
            )  # fmt: skip
        except NetworkError as error:
            for item in items:
                yield StoreResult(source=item, error=error)
            if stop_on_failure:
                return
            continue
        stopped = False
        async with association:
            operation = StoreOperation(
                items, association.open_instance, stop_on_failure=stop_on_failure, transcode_to=transcode_to,
                originator=originator,
            )  # fmt: skip
            async for result in Results(association.link, operation):
                stopped = stopped or not result.is_stored
                yield result
        if stopped and stop_on_failure:
            return
