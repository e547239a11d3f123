"""A TCP or TLS connection as the synchronous shell needs it: many buffers out in one call, much in by one call."""

from __future__ import annotations

import select
import socket
import ssl
from typing import TYPE_CHECKING

from dicomkit.errors import NetworkError, NetworkTimeoutError
from dicomkit.net.tls import explain, peer_names

if TYPE_CHECKING:
    from typing import TypeAlias

    Buffer: TypeAlias = bytes | bytearray | memoryview

__all__ = ["Connection", "connect", "describe_address"]

# TLS encrypts copies anyway: small buffers are joined up to what a few records hold, long ones go as they are.
_JOINED = 64 << 10


def describe_address(address: object) -> str:
    """Return the host of a socket's address, without the port."""
    return str(address[0]) if isinstance(address, tuple) and address else ""


def connect(
    host: str,
    port: int,
    *,
    seconds: float | None,
    tls: ssl.SSLContext | None = None,
    tls_seconds: float | None = None,
    server_name: str | None = None,
) -> socket.socket:
    """Open a connection, encrypted if there is a context. Raises NetworkError, NetworkTimeoutError."""
    try:
        opened = socket.create_connection((host, port), timeout=seconds)
    except TimeoutError as error:
        raise NetworkTimeoutError(waiting_for=f"a connection to {host}:{port}") from error
    except OSError as error:
        raise NetworkError(f"no connection to {host}:{port}: {error.strerror or error}") from error
    if tls is None:
        return opened
    opened.settimeout(tls_seconds)
    try:
        return tls.wrap_socket(opened, server_hostname=server_name or host)
    except TimeoutError as error:
        opened.close()
        raise NetworkTimeoutError(waiting_for=f"the TLS handshake with {host}:{port}") from error
    except OSError as error:  # ssl.SSLError is one
        opened.close()
        raise NetworkError(f"no TLS connection to {host}:{port}: {explain(error)}") from error


class Connection:
    """A connected socket that never blocks by itself; `wait` does."""

    __slots__ = ("_buffer", "_is_tls", "_poll", "_socket", "_view", "address")

    def __init__(self, connected: socket.socket, buffer_bytes: int, *, wake: int | None = None) -> None:
        """Take a socket, and the descriptor that becomes readable when a wait shall end early."""
        connected.setblocking(False)
        if connected.family in (socket.AF_INET, socket.AF_INET6):
            # A response is one send: without this it waits for the acknowledgement of the last (40 ms).
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.address = describe_address(connected.getpeername())
        except OSError:  # gone already
            self.address = ""
        self._socket = connected
        self._is_tls = isinstance(connected, ssl.SSLSocket)
        self._buffer = bytearray(buffer_bytes)
        self._view = memoryview(self._buffer)
        self._poll = _Poll(connected.fileno(), wake)

    def fileno(self) -> int:
        """Return the socket's descriptor, -1 once it is closed."""
        return self._socket.fileno()

    @property
    def certificate(self) -> object:
        """The peer's certificate as `ssl.SSLSocket.getpeercert` gives it; None without TLS."""
        return self._socket.getpeercert() if isinstance(self._socket, ssl.SSLSocket) else None

    @property
    def certificate_names(self) -> tuple[str, ...]:
        """The names in the peer's verified certificate; empty without TLS."""
        return peer_names(self._socket) if isinstance(self._socket, ssl.SSLSocket) else ()

    def receive(self) -> memoryview | None:
        """Return what has come, valid until the next call; empty at the end, None if there is nothing now."""
        try:
            if self._is_tls:
                return self._receive_records()
            return self._view[: self._socket.recv_into(self._buffer)]
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        except OSError:  # reset, or lost: the end of the connection in either case
            return self._view[:0]

    def _receive_records(self) -> memoryview:
        """Take several records of 16 KiB at once: each goes through the protocol's parser much as 256 KiB do."""
        size = self._socket.recv_into(self._buffer)
        if not size:
            return self._view[:0]
        try:
            while size < len(self._buffer) and (more := self._socket.recv_into(self._view[size:])):
                size += more
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            pass  # the next call says so
        return self._view[:size]

    def send(self, buffers: list[Buffer]) -> list[Buffer] | None:
        """Send as much as goes without waiting, and return the rest. Raises OSError if the connection is lost.

        None says that all was sent.
        """
        if self._is_tls:
            return self._send_records(buffers)
        try:
            sent = self._socket.sendmsg(buffers)
        except (BlockingIOError, InterruptedError):
            return buffers
        for position, buffer in enumerate(buffers):
            size = len(buffer)
            if sent < size:
                rest = buffers[position:]
                if sent:
                    rest[0] = memoryview(buffer)[sent:]
                return rest
            sent -= size
        return None

    def _send_records(self, buffers: list[Buffer]) -> list[Buffer] | None:
        joined = _joined(buffers)
        for position, buffer in enumerate(joined):
            view = memoryview(buffer)
            while view:
                try:
                    sent = self._socket.send(view)
                except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    return [view, *joined[position + 1 :]]
                view = view[sent:]
        return None

    def wait(self, *, to_send: bool = False, seconds: float | None = None) -> bool:
        """Wait until something has come, or until something can be sent; False if the time is over first."""
        if self._is_tls and not to_send and self._socket.pending():  # type: ignore[attr-defined]  # an SSLSocket
            return True
        return self._poll.wait(to_send, seconds)

    def stop_waking(self) -> bool:
        """Wait for the peer alone from now on, who wants to wake has done so; say whether that is new."""
        return self._poll.forget_wake()

    def close(self) -> None:
        """Close the connection; what was sent still goes to the peer."""
        self._socket.close()


def _joined(buffers: list[Buffer]) -> list[Buffer]:
    """Join neighbouring small buffers, so that a header does not become a record of its own."""
    joined: list[Buffer] = []
    waiting: list[Buffer] = []
    size = 0
    for buffer in buffers:
        room = _JOINED - size
        if len(buffer) <= room:
            waiting.append(buffer)
            size += len(buffer)
            continue
        view = memoryview(buffer)
        if waiting:
            joined.append(b"".join([*waiting, view[:room]]))
            view = view[room:]
        waiting, size = ([view], len(view)) if len(view) < _JOINED else ([], 0)
        if not waiting:
            joined.append(view)
    if waiting:
        joined.append(b"".join(waiting) if len(waiting) > 1 else waiting[0])
    return joined


class _Poll:
    """Waits for one socket, and for the wish to be woken."""

    __slots__ = ("_fd", "_poll", "_sending", "_wake")

    def __init__(self, fd: int, wake: int | None) -> None:
        self._fd = fd
        self._wake = wake
        self._sending = False
        self._poll = select.poll() if hasattr(select, "poll") else None
        if self._poll is not None:
            self._poll.register(fd, select.POLLIN)
            if wake is not None:
                self._poll.register(wake, select.POLLIN)

    def forget_wake(self) -> bool:
        wake, self._wake = self._wake, None
        if wake is not None and self._poll is not None:
            self._poll.unregister(wake)
        return wake is not None

    def wait(self, to_send: bool, seconds: float | None) -> bool:
        if self._poll is None:
            reading = [self._fd] if self._wake is None else [self._fd, self._wake]
            found = select.select(reading, [self._fd] if to_send else [], [], seconds)
            return bool(found[0] or found[1])
        if to_send is not self._sending:
            self._poll.modify(self._fd, select.POLLIN | select.POLLOUT if to_send else select.POLLIN)
            self._sending = to_send
        # Rounded up: a poll that ends just before a deadline would be followed by many that do not wait at all.
        return bool(self._poll.poll(None if seconds is None else max(0, int(seconds * 1000) + 1)))
