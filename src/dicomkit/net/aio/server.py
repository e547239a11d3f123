"""A server for asyncio: all its associations in the loop's thread, an idle one costs its few objects (PS3.8 9.1.1)."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from dicomkit.errors import NetworkError
from dicomkit.net.access import ConnectionGate
from dicomkit.net.aio.link import Link
from dicomkit.net.aio.sending import send
from dicomkit.net.dispatch import Endpoint, HandlerTable, Trace
from dicomkit.net.dispatch.admission import Admission, Gate, destination_of
from dicomkit.net.observation import Observer
from dicomkit.net.options import DEFAULT_SERVER
from dicomkit.net.services import SERVICES
from dicomkit.net.storage.opening import opener
from dicomkit.net.tls import peer_names
from dicomkit.net.ul import UpperLayer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Mapping
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
    """Return a server that listens once it is awaited, or as ``async with``; see `dicomkit.net.sync.serve`.

    Handlers may be async functions and async generators. One that is neither runs in the loop's thread, and holds up
    all associations while it does.
    """
    return Server(
        address, ae_title, HandlerTable(handlers, service_table), DEFAULT_SERVER if options is None else options,
        destinations=destinations, identify=identify, extended=extended, observe=observe, trace=trace,
    )  # fmt: skip


class Server:
    """A listening application entity; an async context manager that shuts down at its end."""

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
        """Take what is served; see `serve`. ValueError for several workers: a loop is one process."""
        if options.workers > 1:
            raise ValueError("a loop is one process: start several, or use dicomkit.net.sync for workers")
        self.ae_title = ae_title
        self.options = options
        self.observer = Observer(observe)
        self._trace = trace
        self._address = address
        self._table = table
        self._destinations = destinations
        self._admission = Admission(table, options, (ae_title,), identify=identify, extended=extended)
        self._gate = Gate(options)
        self._connections = ConnectionGate(
            options.connections_per_second, options.connections_burst, options.connections
        )
        self._buffer = bytearray(options.association.receive_buffer)
        self._links: dict[int, Link] = {}
        self._counted: set[int] = set()
        self._number = 0
        self._server: asyncio.Server | None = None
        self._empty: asyncio.Event | None = None

    # Its life ---------------------------------------------------------------------------------------------------------

    def __await__(self) -> Generator[object, None, Server]:
        """Listen, and return the server."""
        return self._listen().__await__()

    async def _listen(self) -> Server:
        host, port = self._address
        loop = asyncio.get_running_loop()
        context = self.options.association.tls
        self._empty = asyncio.Event()
        self._server = server = await loop.create_server(
            partial(self._link, loop),
            host or None,
            port,
            backlog=self.options.backlog,
            ssl=context,
            ssl_handshake_timeout=self.options.association.tls_handshake_seconds if context is not None else None,
            start_serving=False,
        )
        try:
            self._admission.check_listening([listening.getsockname()[0] for listening in server.sockets])
        except BaseException:
            server.close()
            raise
        await server.start_serving()
        return self

    async def __aenter__(self) -> Self:
        """Listen, and return the server."""
        await self._listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Shut down."""
        await self.shutdown()

    async def serve_forever(self) -> None:
        """Wait until ``shutdown`` is called."""
        assert self._server is not None  # it listens
        await self._server.wait_closed()

    async def shutdown(self, seconds: float | None = None) -> None:
        """Take no more connections, finish what was accepted, then end; see `dicomkit.net.sync.Server.shutdown`."""
        assert self._server is not None  # it listens
        self._gate.is_open = False
        self._server.close()
        for link in tuple(self._links.values()):
            link.stop()
        if self._links:
            assert self._empty is not None  # it listens
            given = self.options.shutdown_seconds if seconds is None else seconds
            try:
                async with asyncio.timeout(given):
                    await self._empty.wait()
            except TimeoutError:
                for link in tuple(self._links.values()):
                    link.abort(NetworkError("the server shuts down"))
        # Let transports that were closed say so.
        await asyncio.sleep(0)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that are listened at."""
        assert self._server is not None  # it listens
        host, port = self._server.sockets[0].getsockname()[:2]
        return host, port

    @property
    def associations(self) -> int:
        """How many associations there are now."""
        return self._gate.count

    # What links need --------------------------------------------------------------------------------------------------

    def _link(self, loop: asyncio.AbstractEventLoop) -> Link:
        self._number += 1
        number = self._number
        options = self.options.association
        endpoint = Endpoint(
            UpperLayer.acceptor(options), options, self._table, opener(options), observe=self.observer.of(number),
            number=number, check_requests=self.options.check_requests,
        )  # fmt: skip
        if self._trace is not None:
            endpoint.trace = Trace(partial(self._trace, number))
        link = Link(
            endpoint, loop, forward=self._forward, on_connection=self._enter, on_request=self._admit,
            on_end=self._leave, buffer=self._buffer,
        )  # fmt: skip
        self._links[number] = link
        return link

    def _enter(self, link: Link, transport: asyncio.Transport) -> bool:
        """Look at a new connection; False for one too many."""
        endpoint = link.endpoint
        address = transport.get_extra_info("peername")
        endpoint.address = str(address[0]) if isinstance(address, tuple) and address else ""
        encrypted = transport.get_extra_info("ssl_object")
        if encrypted is not None:
            endpoint.certificate, endpoint.certificate_names = encrypted.getpeercert(), peer_names(encrypted)
        taken, victim = self._connections.enter(endpoint.number, endpoint.address, link.loop.time())
        if isinstance(victim, int) and victim in self._links:
            self._links[victim].close()
        if not taken:
            link.is_uncounted = True
        return taken

    def _admit(self, link: Link) -> None:
        """Answer the request of a link's peer."""
        endpoint = link.endpoint
        assert endpoint.requested is not None  # that is why it is called
        now = link.loop.time()
        rejection = self._gate.enter(endpoint.address)
        if rejection is not None:
            endpoint.answer(rejection, now)
            return
        self._counted.add(endpoint.number)
        self._connections.associated(endpoint.number)
        endpoint.answer(self._admission.answer(endpoint, endpoint.requested), now)

    def _leave(self, link: Link) -> None:
        number = link.endpoint.number
        self._links.pop(number, None)
        if not link.is_uncounted:
            self._connections.leave(number)
        if number in self._counted:
            self._counted.discard(number)
            self._gate.leave(link.endpoint.address)
        if not self._links and self._empty is not None:
            self._empty.set()

    def _forward(self, endpoint: Endpoint, forward: Forward) -> AsyncIterator[StoreResult] | None:
        """Send the instances of a C-MOVE to its destination; None if that is unknown."""
        found = destination_of(self._destinations, forward.destination, self.options.association)
        if found is None:
            return None
        address, options = found
        return send(
            address, forward.items, calling=self.ae_title, called=forward.destination, options=options,
            originator=forward.originator,
        )  # fmt: skip
