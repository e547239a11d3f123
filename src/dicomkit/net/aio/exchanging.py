"""Drives exchanges over an association, in its event loop (PS3.7 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from dicomkit.net.aio.association import Results

if TYPE_CHECKING:
    from dicomkit.net.aio.association import Association
    from dicomkit.net.exchanges import Exchange

__all__ = ["run"]

T = TypeVar("T")


async def run(association: Association, exchange: Exchange[T]) -> T:
    """Run an exchange to its end, and return what it comes to; see `dicomkit.net.sync.run`."""
    try:
        operation = next(exchange)
        while True:
            try:
                (reply,) = [reply async for reply in Results(association.link, operation)]
            except Exception as error:  # the exchange hears of it, and may know what to do
                operation = exchange.throw(error)
            else:
                operation = exchange.send(reply)
    except StopIteration as end:
        result: T = end.value
        return result
