"""Sending instances whose classes and encodings decide which associations are needed (PS3.4 B, C.4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.errors import NetworkError
from dicomkit.net.operations import StoreOperation, StoreResult
from dicomkit.net.storage.batches import batches
from dicomkit.net.sync.association import Association, Results

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dicomkit.net.dispatch.endpoint import Observe
    from dicomkit.net.options import AssociationOptions
    from dicomkit.net.ul import UserIdentity

__all__ = ["send"]


def send(
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
) -> Iterator[StoreResult]:
    """Associate for just what instances need, and send them; a result for each, those that failed included.

    The instances, paths mostly, are looked at first, all of them. One association proposes what they need: a context
    for each SOP Class and each transfer syntax. If that is more than its 128 contexts can hold even when they are
    joined, there are several associations, one behind the other. Raises nothing that has to do with the peer: each
    result that was not sent has an `error`.
    """
    for failed, items, proposal in batches(instances):
        yield from failed
        if not items:
            continue
        try:
            association = Association.request(
                address, calling=calling, called=called, services=proposal.contexts, options=options,
                user_identity=user_identity, observe=observe, trace=trace,
            )  # fmt: skip
        except NetworkError as error:
            yield from [StoreResult(source=item, error=error) for item in items]
            if stop_on_failure:
                return
            continue
        with association:
            stopped = False
            operation = StoreOperation(
                items, association.open_instance, stop_on_failure=stop_on_failure, transcode_to=transcode_to,
                originator=originator,
            )  # fmt: skip
            for result in Results(association.driver, operation):
                stopped = stopped or not result.is_stored
                yield result
        if stopped and stop_on_failure:
            return
