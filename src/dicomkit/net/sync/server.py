"""A server with a thread for each association; connections without one cost no thread (PS3.8 9.1.1)."""

from __future__ import annotations

import os
import selectors
import socket
import ssl
import threading
from contextlib import suppress
from functools import partial
from time import monotonic, sleep
from typing import TYPE_CHECKING

from dicomkit.errors import NetworkError
from dicomkit.net.access import ConnectionGate
from dicomkit.net.dispatch import Endpoint, HandlerTable, Trace
from dicomkit.net.dispatch.admission import Admission, Gate, destination_of
from dicomkit.net.observation import Observer
from dicomkit.net.options import DEFAULT_SERVER
from dicomkit.net.services import SERVICES
from dicomkit.net.storage.opening import opener
from dicomkit.net.sync.driver import Driver
from dicomkit.net.sync.processes import Siblings, can_share_a_port
from dicomkit.net.sync.sending import send
from dicomkit.net.sync.transport import Connection, describe_address
from dicomkit.net.ul import UpperLayer

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping
    from types import TracebackType
    from typing import Self

    from dicomkit.net.dispatch import Forward
    from dicomkit.net.dispatch.admission import Destinations
    from dicomkit.net.dispatch.handlers import Handler
    from dicomkit.net.operations import StoreResult
    from dicomkit.net.options import ServerOptions
    from dicomkit.net.services import ServiceTable
    from dicomkit.net.ul import AssociateRequest, ExtendedNegotiation

__all__ = ["Server", "serve"]

# What one call takes while a peer asks for its association: an A-ASSOCIATE-RQ has a few KiB.
_FIRST_BYTES = 64 << 10
# How often deadlines of connections without an association are looked at, in seconds: not at each of their bytes.
_TICK = 0.25


def serve(
    address: tuple[str, int],
    *,
    ae_title: str,
    handlers: Mapping[str, Handler],
    options: ServerOptions | None = None,
    destinations: Destinations | None = None,
    identify: Callable[[AssociateRequest], object] | None = None,
    extended: Callable[[ExtendedNegotiation], bytes | None] | None = None,
    service_table: ServiceTable = SERVICES,
    observe: Callable[..., None] | None = None,
    trace: Callable[[int, str], None] | None = None,
) -> Server:
    """Listen at an address, and perform what peers ask for with `handlers`, until ``shutdown`` or the end of the block.

    Handler keys are operations, names of services and SOP Class UIDs. C-ECHO needs none. `destinations` says where the
    AE titles of C-MOVE are. Port 0 takes a free one, see ``address``. Raises OSError if nobody may listen there,
    NetworkError for an address beyond this machine where nobody has said who may call (``options.devices``, TLS with
    client certificates, `identify`), and ValueError for keys that name nothing.

    `observe` is called with what happens, `trace` with the number of an association and lines that tell each PDU and
    command set. With ``options.workers`` this process is copied before the server starts its threads: call it before
    there are others.
    """
    return Server(
        address, ae_title, HandlerTable(handlers, service_table), DEFAULT_SERVER if options is None else options,
        destinations=destinations, identify=identify, extended=extended, observe=observe, trace=trace,
    )  # fmt: skip


def listen(address: tuple[str, int], backlog: int, *, is_shared: bool = False) -> socket.socket:
    """Return a socket that listens at an IPv4 or IPv6 address; both, where the host is empty. Raises OSError.

    With `is_shared` other sockets may listen there, too, and connections are spread over them.
    """
    host, port = address
    if not host and socket.has_dualstack_ipv6():
        return socket.create_server(
            ("", port), family=socket.AF_INET6, backlog=backlog, reuse_port=is_shared, dualstack_ipv6=True
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=backlog, reuse_port=is_shared)


class Server:
    """A listening application entity; a context manager that shuts down at its end."""

    def __init__(
        self,
        address: tuple[str, int],
        ae_title: str,
        table: HandlerTable,
        options: ServerOptions,
        *,
        destinations: Destinations | None,
        identify: Callable[[AssociateRequest], object] | None,
        extended: Callable[[ExtendedNegotiation], bytes | None] | None,
        observe: Callable[..., None] | None,
        trace: Callable[[int, str], None] | None = None,
    ) -> None:
        """Listen and begin to serve; see `serve`."""
        self.ae_title = ae_title
        self.options = options
        self.observer = Observer(observe)
        self._trace = trace
        self._table = table
        self._destinations = destinations
        self._admission = Admission(table, options, (ae_title,), identify=identify, extended=extended)
        self._gate = Gate(options)
        self._lock = threading.Lock()
        is_shared = options.workers > 1
        if is_shared and not can_share_a_port():
            raise ValueError("this system cannot serve one port from several processes: workers is 1 here")
        self._listening = listen(address, options.backlog, is_shared=is_shared)
        try:
            self._admission.check_listening([self._listening.getsockname()[0]])
        except BaseException:
            self._listening.close()
            raise
        self._siblings = Siblings(options.workers - 1) if is_shared else None
        if self._siblings is not None and self._siblings.is_copy:
            taken = self.address
            self._listening.close()
            self._listening = listen((address[0], taken[1]), options.backlog, is_shared=True)
        self._wake_read, self._wake_write = os.pipe()
        self._workers: dict[int, _Worker] = {}
        self._number = 0
        self._idle = threading.Event()
        self._idle.set()
        self.stopping_by: float | None = None
        self._reception = _Reception(self)
        self._threads = [
            threading.Thread(target=self._accept, name=f"{ae_title}-accept", daemon=True),
            threading.Thread(target=self._reception.run, name=f"{ae_title}-reception", daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        if self._siblings is not None:
            self._join(self._siblings)

    def _join(self, siblings: Siblings) -> None:
        """Serve to the end if this is a copy, which returns to nobody; else wait until the copies listen."""
        if not siblings.is_copy:
            siblings.wait_until_ready()
            return
        try:
            siblings.say_ready()
            siblings.wait_for_end()
            self.shutdown()
        finally:
            siblings.leave()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that are listened at."""
        host, port = self._listening.getsockname()[:2]
        return host, port

    @property
    def associations(self) -> int:
        """How many associations there are now."""
        return self._gate.count

    def __enter__(self) -> Self:
        """Return the server."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Shut down."""
        self.shutdown()

    def serve_forever(self) -> None:
        """Wait until another thread, or a signal handler, calls ``shutdown``."""
        for thread in self._threads:
            thread.join()

    def shutdown(self, seconds: float | None = None) -> None:
        """Take no more connections, finish what was accepted, then end.

        An association whose requests are all answered is aborted at once; one that is at work has `seconds`, by default
        ``options.shutdown_seconds``, to come to that point.
        """
        with self._lock:
            if self.stopping_by is not None:
                return
            given = self.options.shutdown_seconds if seconds is None else seconds
            self.stopping_by = monotonic() + (86400.0 if given is None else given)
            self._gate.is_open = False
        # A listening socket that is only closed leaves a thread in accept().
        with suppress(OSError):  # not every system does that to a listening socket
            self._listening.shutdown(socket.SHUT_RDWR)
        os.write(self._wake_write, b"\0")
        with self._lock:
            workers = tuple(self._workers.values())
        self._idle.wait(max(0.0, self.stopping_by - monotonic()) + 1.0)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(5.0)
        self._listening.close()
        for worker in workers:
            worker.join(1.0)
        os.close(self._wake_write)
        os.close(self._wake_read)
        if self._siblings is not None and not self._siblings.is_copy:
            self._siblings.end((given or 86400.0) + 5.0)

    @property
    def is_stopping(self) -> bool:
        """True once ``shutdown`` was called."""
        return self.stopping_by is not None

    # The accept loop: nothing that can wait for a peer ----------------------------------------------------------------

    def _accept(self) -> None:
        listening = self._listening
        with selectors.DefaultSelector() as selector:
            selector.register(listening, selectors.EVENT_READ)
            selector.register(self._wake_read, selectors.EVENT_READ)
            listening.setblocking(False)
            while self.stopping_by is None:
                selector.select()
                try:
                    connected, address = listening.accept()
                except (BlockingIOError, ConnectionAbortedError):
                    continue
                except OSError:
                    sleep(0.05)  # out of descriptors: others have to go first
                    continue
                self._reception.take(connected, describe_address(address))

    # What the reception and the workers need --------------------------------------------------------------------------

    def endpoint(self, address: str) -> Endpoint:
        """Return the endpoint of a new connection."""
        with self._lock:
            self._number += 1
            number = self._number
        options = self.options.association
        observe = self.observer.of(number)
        endpoint = Endpoint(
            UpperLayer.acceptor(options), options, self._table, opener(), observe=observe, address=address,
            number=number, check_requests=self.options.check_requests,
        )  # fmt: skip
        if self._trace is not None:
            endpoint.trace = Trace(partial(self._trace, number))
        return endpoint

    def take_over(self, endpoint: Endpoint, connected: socket.socket) -> bool:
        """Give an endpoint whose peer wants an association a thread; False if it was rejected for want of room."""
        with self._lock:
            rejection = self._gate.enter(endpoint.address)
            if rejection is None:
                worker = _Worker(self, endpoint, connected)
                self._workers[endpoint.number] = worker
                self._idle.clear()
        if rejection is not None:
            endpoint.answer(rejection, monotonic())
            return False
        worker.start()
        return True

    def admit(self, endpoint: Endpoint) -> None:
        """Answer the request of an endpoint's peer."""
        assert endpoint.requested is not None  # that is why it has a thread
        endpoint.answer(self._admission.answer(endpoint, endpoint.requested), monotonic())

    def left(self, worker: _Worker) -> None:
        """Take note that an association has ended."""
        with self._lock:
            self._workers.pop(worker.endpoint.number, None)
            self._gate.leave(worker.endpoint.address)
            if not self._workers:
                self._idle.set()

    def forward(self, endpoint: Endpoint, forward: Forward) -> Iterator[StoreResult] | None:
        """Send the instances of a C-MOVE to its destination; None if that is unknown."""
        found = destination_of(self._destinations, forward.destination, self.options.association)
        if found is None:
            return None
        address, options = found
        return send(
            address, forward.items, calling=self.ae_title, called=forward.destination, options=options,
            originator=forward.originator,
        )  # fmt: skip

    @property
    def wake(self) -> int:
        """The descriptor that becomes readable when the server stops."""
        return self._wake_read


class _Worker(threading.Thread):
    """The thread of one association."""

    def __init__(self, server: Server, endpoint: Endpoint, connected: socket.socket) -> None:
        super().__init__(name=f"{server.ae_title}-{endpoint.number}", daemon=True)
        self._server = server
        self._connected = connected
        self.endpoint = endpoint

    def run(self) -> None:
        """Serve the association to its end."""
        server, endpoint = self._server, self.endpoint
        try:
            options = endpoint.options
            connection = Connection(self._connected, options.receive_buffer, wake=server.wake)
            endpoint.certificate, endpoint.certificate_names = connection.certificate, connection.certificate_names
            endpoint.open_instance = opener(options)
            driver = Driver(endpoint, connection, server.forward, lambda: server.stopping_by)
            try:
                server.admit(endpoint)
                self._serve(driver)
            finally:
                driver.abort()
        except Exception as error:  # a defect must not take the server along
            endpoint.note("defect", error=error)
        finally:
            self._connected.close()
            server.left(self)

    def _serve(self, driver: Driver) -> None:
        server, endpoint = self._server, self.endpoint
        while not driver.is_closed:
            driver.step()
            if endpoint.ready:
                driver.perform()
            if endpoint.release_requested and endpoint.is_idle:
                endpoint.respond_release(monotonic())
            if server.stopping_by is not None and endpoint.is_idle and not endpoint.is_over:
                driver.flush()
                driver.abort(NetworkError("the server shuts down"))


class _Reception:
    """Receives connections until they have asked for an association, all in one thread, with one buffer."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._selector = selectors.DefaultSelector()
        self._selector.register(server.wake, selectors.EVENT_READ)
        self._buffer = bytearray(_FIRST_BYTES)
        self._view = memoryview(self._buffer)
        self._new: list[tuple[socket.socket, str]] = []
        self._lock = threading.Lock()
        self._ring, self._bell = socket.socketpair()
        self._ring.setblocking(False)
        self._bell.setblocking(False)
        self._selector.register(self._ring, selectors.EVENT_READ)
        options = server.options
        self._gate = ConnectionGate(options.connections_per_second, options.connections_burst, options.connections)
        self._guests: dict[Hashable, _Guest] = {}

    def take(self, connected: socket.socket, address: str) -> None:
        """Take a new connection; called by the accept loop."""
        with self._lock:
            self._new.append((connected, address))
        with suppress(OSError):  # it has rung often enough, or the server is gone
            self._bell.send(b"\0")

    def run(self) -> None:
        """Receive until the server stops."""
        check_at = 0.0
        try:
            while not self._server.is_stopping:
                for key, _ in self._selector.select(_TICK if self._guests else None):
                    guest = key.data
                    if guest is not None:
                        self._hear(guest)
                    elif key.fileobj is self._ring:
                        self._welcome()
                now = monotonic()
                if now >= check_at:
                    check_at = now + _TICK
                    self._check_time(now)
        finally:
            for guest in tuple(self._guests.values()):
                self._dismiss(guest)
            self._selector.close()
            self._ring.close()
            self._bell.close()

    def _welcome(self) -> None:
        with suppress(BlockingIOError):
            self._ring.recv(4096)
        with self._lock:
            new, self._new = self._new, []
        for connected, address in new:
            try:
                self._admit(connected, address)
            except OSError:
                connected.close()

    def _admit(self, connected: socket.socket, address: str) -> None:
        server = self._server
        connected.setblocking(False)
        tls = server.options.association.tls
        if tls is not None:
            connected = tls.wrap_socket(connected, server_side=True, do_handshake_on_connect=False)
        taken, victim = self._gate.enter(connected, address, monotonic())
        if victim in self._guests:
            self._dismiss(self._guests[victim])
        if not taken:
            connected.close()
            return
        guest = _Guest(connected, server.endpoint(address), server.options.association.tls_handshake_seconds)
        self._guests[connected] = guest
        self._selector.register(connected, selectors.EVENT_READ, guest)
        if not guest.is_shaking_hands:
            guest.endpoint.connection_made(monotonic())
        self._hear(guest)

    def _hear(self, guest: _Guest) -> None:
        """Take in what has come, and see whether the guest has said what it wants."""
        connected, endpoint = guest.connected, guest.endpoint
        try:
            if guest.is_shaking_hands and not self._shake_hands(guest):
                return
            size = connected.recv_into(self._buffer)
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError):
            return
        except OSError:
            size = 0
        now = monotonic()
        if size:
            endpoint.receive_data(self._view[:size], now)
        else:
            endpoint.receive_eof(now)
        self._see_off(guest)

    def _shake_hands(self, guest: _Guest) -> bool:
        """Go on with a TLS handshake; True once it is done."""
        connected = guest.connected
        assert isinstance(connected, ssl.SSLSocket)
        try:
            connected.do_handshake()
        except ssl.SSLWantWriteError:
            self._selector.modify(connected, selectors.EVENT_READ | selectors.EVENT_WRITE, guest)
            return False
        except ssl.SSLWantReadError:
            self._selector.modify(connected, selectors.EVENT_READ, guest)
            return False
        except OSError as error:  # not TLS, no common version, a certificate that is not trusted
            guest.endpoint.note("handshake failed", error=error)
            self._dismiss(guest)
            return False
        self._selector.modify(connected, selectors.EVENT_READ, guest)
        guest.is_shaking_hands = False
        guest.endpoint.connection_made(monotonic())
        return True

    def _see_off(self, guest: _Guest) -> None:
        """Hand a guest that has asked for an association to a thread; say goodbye to one that is done for."""
        endpoint = guest.endpoint
        if endpoint.requested is not None:
            self._selector.unregister(guest.connected)
            if self._server.take_over(endpoint, guest.connected):
                self._gate.leave(guest.connected)  # the server counts associations
                del self._guests[guest.connected]
                return
            self._selector.register(guest.connected, selectors.EVENT_READ, guest)
        self._send(guest)

    def _send(self, guest: _Guest) -> None:
        """Send an A-ASSOCIATE-RJ or A-ABORT, which a new connection has room for."""
        data = guest.endpoint.data_to_send(monotonic())
        try:
            if data:
                guest.connected.send(b"".join(data))
        except OSError:
            self._dismiss(guest)
            return
        if guest.endpoint.wants_close:
            self._dismiss(guest)

    def _check_time(self, now: float) -> None:
        due = [(guest, guest.deadline) for guest in self._guests.values()]
        for guest in [guest for guest, deadline in due if deadline is not None and deadline <= now]:
            if guest.is_shaking_hands:
                self._dismiss(guest)
                continue
            guest.endpoint.handle_timeout(now)
            self._send(guest)

    def _dismiss(self, guest: _Guest) -> None:
        if self._guests.pop(guest.connected, None) is not None:
            self._gate.leave(guest.connected)
            self._selector.unregister(guest.connected)
        guest.connected.close()


class _Guest:
    """A connection that has not asked for an association yet."""

    __slots__ = ("_shake_by", "connected", "endpoint", "is_shaking_hands")

    def __init__(self, connected: socket.socket, endpoint: Endpoint, seconds: float | None) -> None:
        self.connected = connected
        self.endpoint = endpoint
        self.is_shaking_hands = isinstance(connected, ssl.SSLSocket)
        self._shake_by = None if seconds is None else monotonic() + seconds

    @property
    def deadline(self) -> float | None:
        return self._shake_by if self.is_shaking_hands else self.endpoint.deadline
