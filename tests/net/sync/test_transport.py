"""Connections: many buffers out, much in, and what a lost one looks like."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.errors import NetworkError
from dicomkit.net.sync.transport import Connection, _joined, connect, describe_address


@contextmanager
def connected() -> Iterator[tuple[Connection, socket.socket]]:
    """Give a connection and the plain socket at its other end."""
    ours, theirs = socket.socketpair()
    connection = Connection(ours, 1 << 16)
    try:
        yield connection, theirs
    finally:
        connection.close()
        theirs.close()


def test_nothing_is_none_and_the_end_is_empty():
    """What has not come is None, what has is bytes, and the end of the connection is empty."""
    with connected() as (connection, theirs):
        assert connection.receive() is None
        theirs.send(b"abc")
        assert connection.wait(seconds=5.0)
        assert b"abc" == connection.receive()
        theirs.close()
        assert connection.wait(seconds=5.0)
        assert b"" == connection.receive()


def test_a_wait_ends():
    """A wait for what never comes is over after its time."""
    with connected() as (connection, _):
        assert not connection.wait(seconds=0.01)


def test_what_does_not_go_is_given_back():
    """A peer that takes nothing gets as much as there is room for; the rest goes later, in order."""
    with connected() as (connection, theirs):
        data = [bytes([number % 256]) * 1000 for number in range(1000)]
        rest: list[bytes] | None = list(data)
        received = b""
        while rest:
            rest = connection.send(rest)  # type: ignore[assignment,arg-type]
            if rest:
                received += theirs.recv(1 << 20)
        theirs.settimeout(5.0)
        while len(received) < 1_000_000:
            received += theirs.recv(1 << 20)
        assert b"".join(data) == received


@given(st.lists(st.integers(0, 200_000), max_size=6))
def test_joining_for_tls_keeps_every_byte(sizes: list[int]):
    """Small buffers are joined and long ones are not copied, and the bytes stay the same."""
    buffers = [bytes([number + 1]) * size for number, size in enumerate(sizes)]
    joined = _joined(list(buffers))
    assert b"".join(buffers) == b"".join(joined)
    assert len(joined) <= 2 * len(buffers)


def test_a_header_is_no_record_of_its_own():
    """The six bytes before a megabyte travel with the beginning of it."""
    joined = _joined([b"header", bytes(1 << 20)])
    assert len(joined[0]) > 6
    assert 2 == len(joined)


def test_nobody_there_is_a_network_error():
    """A refused connection says where it was refused."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(NetworkError, match=rf"127\.0\.0\.1:{port}"):
        connect("127.0.0.1", port, seconds=5.0)


def test_an_address_is_its_host():
    """IPv4 and IPv6 addresses are shown without ports, others not at all."""
    assert "10.0.0.1" == describe_address(("10.0.0.1", 104))
    assert "::1" == describe_address(("::1", 104, 0, 0))
    assert "" == describe_address("/run/socket")
