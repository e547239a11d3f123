"""What an exchange is: operations out and replies in, one behind the other, written once for all shells (PS3.7 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import TypeAlias

    from dicomkit.net.operations import Reply, RequestOperation

__all__ = ["Exchange", "ask"]

T = TypeVar("T")

Exchange: TypeAlias = "Generator[RequestOperation, Reply, T]"
"""A generator of operations that gets their replies; `dicomkit.net.sync.run` and `dicomkit.net.aio.run` drive it."""


def ask(operation: RequestOperation) -> Exchange[Reply]:
    """Invoke one operation. Raises DimseStatusError for a status of failure."""
    reply = yield operation
    reply.raise_for_status()
    return reply
