"""Exchanges in the thread of whoever calls."""

from __future__ import annotations

import pytest

from dicomkit.errors import NoPresentationContextError
from dicomkit.net import sync
from dicomkit.net.exchanges import Exchange
from dicomkit.net.operations import calls

ADDRESS = ("127.0.0.1", 0)


def test_an_exchange_hears_what_goes_wrong() -> None:
    """An error is raised where the exchange waits, which may go on; its return value is the result."""

    def exchange() -> Exchange[int]:
        with pytest.raises(NoPresentationContextError):
            yield calls.n_get("1.2.3", "1.2.4")
        reply = yield calls.echo()
        return int(reply.status)

    with (
        sync.serve(ADDRESS, ae_title="A", handlers={}) as server,
        sync.Association.request(server.address, called="A") as association,
    ):
        assert 0 == sync.run(association, exchange())
        with pytest.raises(NoPresentationContextError):
            sync.run(association, (one for one in [calls.n_get("1.2.3", "1.2.4")]))
