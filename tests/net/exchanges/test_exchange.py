"""One operation as an exchange."""

from __future__ import annotations

import pytest

from dicomkit.errors import DimseStatusError
from dicomkit.net.dimse import Status
from dicomkit.net.exchanges import ask
from dicomkit.net.operations import Reply, calls


def test_a_failure_is_raised_where_the_exchange_waits() -> None:
    """A reply of success is returned, one of failure is a DimseStatusError with its status."""
    for status in (0x0000, 0xB300):
        exchange = ask(calls.echo())
        next(exchange)
        with pytest.raises(StopIteration) as ended:
            exchange.send(Reply(status=Status(status)))
        assert status == ended.value.value.status
    exchange = ask(calls.echo())
    next(exchange)
    with pytest.raises(DimseStatusError) as failed:
        exchange.send(Reply(status=Status(0x0112)))
    assert 0x0112 == failed.value.status
