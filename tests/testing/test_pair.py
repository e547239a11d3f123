"""The pair itself: it associates, carries every cut, and lets time pass."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dicomkit.errors import NetworkError, NetworkTimeoutError
from dicomkit.net.operations import calls
from dicomkit.testing.pair import Pair, byte_by_byte


def test_both_ends_release():
    """After a release both ends are over, and neither has an error."""
    pair = Pair()
    pair.release()
    assert (True, True) == (pair.requestor.is_over, pair.acceptor.is_over)
    assert (None, None) == (pair.requestor.error, pair.acceptor.error)


@given(st.integers(1, 300))
def test_echo_survives_every_cut(size: int):
    """An echo is answered whatever pieces the bytes arrive in."""
    pair = Pair(cut=lambda data: [data[start : start + size] for start in range(0, len(data), size)])
    (reply,) = pair.run(calls.echo())
    assert 0 == reply.status


def test_bytes_come_one_by_one():
    """An echo is answered when each byte arrives alone."""
    (reply,) = Pair(cut=byte_by_byte).run(calls.echo())
    assert 0 == reply.status


def test_idle_time_ends_the_association():
    """An association over which nothing is said is aborted when the idle time is over."""
    pair = Pair()
    pair.wait(61.0)  # what was sent when it began counts from here
    assert not pair.requestor.is_over
    pair.wait(61.0)
    assert pair.requestor.is_over
    assert isinstance(pair.requestor.error, NetworkError)


def test_a_response_that_never_comes_is_a_time_out():
    """A request that nobody hears ends with NetworkTimeoutError after response_seconds."""
    is_silent = False

    def cut(data: bytes) -> tuple[bytes, ...]:
        return () if is_silent else (data,)

    pair = Pair(cut=cut)
    is_silent = True
    operation = calls.echo()
    pair.run(operation)
    pair.wait(61.0)
    pair.wait(61.0)
    assert operation.done
    assert isinstance(operation.error, NetworkTimeoutError)
