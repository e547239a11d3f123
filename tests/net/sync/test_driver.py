"""The pump: both directions at once, time-outs, and the end of a connection."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dicomkit.errors import NetworkError, NetworkTimeoutError
from dicomkit.net.dispatch import Endpoint, HandlerTable
from dicomkit.net.operations import calls
from dicomkit.net.options import AssociationOptions
from dicomkit.net.storage.opening import opener
from dicomkit.net.sync.driver import Driver
from dicomkit.net.sync.transport import Connection
from dicomkit.net.ul import UpperLayer


@contextmanager
def requestor(options: AssociationOptions) -> Iterator[tuple[Driver, socket.socket]]:
    """Give a driver that has asked for an association, and the plain socket at the other end."""
    ours, theirs = socket.socketpair()
    upper = UpperLayer.requestor(calls.request_for("ME", "PACS", ["echo"], options), options)
    driver = Driver(Endpoint(upper, options, HandlerTable({}), opener()), Connection(ours, 1 << 16))
    driver.endpoint.connection_made(0.0)
    try:
        yield driver, theirs
    finally:
        driver.close()
        theirs.close()


def test_an_answer_that_never_comes_is_a_time_out():
    """A peer that takes the request and says nothing is given up after response_seconds."""
    with requestor(AssociationOptions(response_seconds=0.05, artim_seconds=0.05)) as (driver, _):
        while not driver.endpoint.is_over:
            driver.step()
        assert isinstance(driver.endpoint.error, NetworkTimeoutError)


def test_a_peer_that_hangs_up_ends_it():
    """A connection that is closed before the answer is a NetworkError, and the driver is closed."""
    with requestor(AssociationOptions()) as (driver, theirs):
        theirs.close()
        while not driver.is_closed:
            driver.step()
        assert driver.endpoint.is_over
        assert isinstance(driver.endpoint.error, NetworkError)


def test_what_is_no_dicom_ends_it():
    """An HTTP server at the other end is told apart at its first bytes."""
    with requestor(AssociationOptions()) as (driver, theirs):
        theirs.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        while not driver.endpoint.is_over:
            driver.step()
        assert "HTTP" in str(driver.endpoint.error)


def test_an_abort_reaches_the_peer():
    """The A-ABORT is on its way when the connection closes."""
    with requestor(AssociationOptions()) as (driver, theirs):
        driver.step(0.0)
        driver.abort()
        theirs.settimeout(5.0)
        data = b""
        while piece := theirs.recv(65536):
            data += piece
        assert b"\x07\0\0\0\0\x04\0\0\0\0" == data[-10:]


def test_closing_is_for_good():
    """Steps and aborts after the end do nothing."""
    with requestor(AssociationOptions()) as (driver, _):
        driver.close()
        driver.abort()
        driver.close()
        assert driver.is_closed
        assert driver.endpoint.is_over


def test_no_thread_is_needed(monkeypatch: pytest.MonkeyPatch):
    """A requestor starts no thread."""
    before = threading.active_count()
    with requestor(AssociationOptions(artim_seconds=0.01, response_seconds=0.01)) as (driver, _):
        driver.step()
        assert before == threading.active_count()
