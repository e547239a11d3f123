"""Drives exchanges over an association, in the thread of whoever calls (PS3.7 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from dicomkit.net.exchanges import Exchange
    from dicomkit.net.sync.association import Association

__all__ = ["run"]

T = TypeVar("T")


def run(association: Association, exchange: Exchange[T]) -> T:
    """Run an exchange to its end, and return what it comes to. Raises DimseStatusError and NetworkError."""
    try:
        operation = next(exchange)
        while True:
            try:
                (reply,) = association.driver.run(operation)
            except Exception as error:  # the exchange hears of it, and may know what to do
                operation = exchange.throw(error)
            else:
                operation = exchange.send(reply)
    except StopIteration as end:
        result: T = end.value
        return result
