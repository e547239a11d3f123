"""An association as its requestor uses it with asyncio: `dicomkit.net.sync`'s names, awaited (PS3.7 9, 10; PS3.8 7)."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Generic, TypeVar

from dicomkit.errors import LocalProtocolError, NetworkError, NetworkTimeoutError
from dicomkit.net.aio.link import Link
from dicomkit.net.dispatch import Endpoint, HandlerTable, Trace
from dicomkit.net.dispatch.agreed import AgreedAssociation
from dicomkit.net.operations import StoreOperation, calls
from dicomkit.net.options import DEFAULT_ASSOCIATION
from dicomkit.net.services import SERVICES, STUDY_ROOT
from dicomkit.net.storage.opening import opener
from dicomkit.net.storage.targets import retrieval_target
from dicomkit.net.tls import explain
from dicomkit.net.ul import UpperLayer

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Generator, Iterable, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from dicomkit.dataset import Dataset
    from dicomkit.net.dimse import Status
    from dicomkit.net.dispatch.endpoint import Observe
    from dicomkit.net.dispatch.handlers import Handler
    from dicomkit.net.operations import Operation, Reply, RequestOperation, RetrieveStep, StoreResult
    from dicomkit.net.operations.proposal import Wish
    from dicomkit.net.options import AssociationOptions
    from dicomkit.net.services import InformationModel, ServiceTable
    from dicomkit.net.ul import AssociateRequest, ExtendedNegotiation, RoleSelection, UserIdentity

__all__ = ["Association", "Requested", "Results"]

ResultT = TypeVar("ResultT")


class Results(Generic[ResultT]):
    """The results of an operation as they come; leaving the loop early cancels the operation.

    `aclose` does so and waits for the last response; losing the last reference to it does so without waiting.
    """

    __slots__ = ("_is_left", "_is_started", "_link", "_operation")

    def __init__(self, link: Link, operation: Operation[ResultT]) -> None:
        self._link = link
        self._operation = operation
        self._is_started = False
        self._is_left = False

    def __aiter__(self) -> Results[ResultT]:
        """Return itself."""
        return self

    async def __anext__(self) -> ResultT:
        """Return the next result. Raises StopAsyncIteration, and what the operation ends with."""
        operation, link = self._operation, self._link
        if not self._is_started:
            await link.begin(operation)
            self._is_started = True
        while not operation.results:
            if operation.done:
                if not self._is_left:
                    self._is_left = True
                    link.endpoint.leave(operation)
                    if operation.error is not None:
                        raise operation.error
                raise StopAsyncIteration
            await link.news()
        return operation.results.popleft()

    async def aclose(self) -> None:
        """Cancel the operation if it is not done, and wait for its last response."""
        if not self._is_started or self._is_left:
            return
        self._is_left = True
        self._link.abandon(self._operation)
        while not self._operation.done:
            await self._link.news()

    def __del__(self) -> None:
        """Cancel the operation if nobody can take its results any more."""
        if self._is_started and not self._is_left:
            self._is_left = True
            if not self._link.loop.is_closed():
                self._link.abandon(self._operation)

    @property
    def status(self) -> Status | None:
        """The status of the response that came last: the final one when all results have been taken."""
        return self._operation.status


class Requested:
    """An association that was asked for: ``await`` it, or use it as a context manager with ``async with``."""

    __slots__ = ("_ask", "_association")

    def __init__(self, ask: Generator[object, None, Association]) -> None:
        self._ask = ask
        self._association: Association | None = None

    def __await__(self) -> Generator[object, None, Association]:
        """Return the association when it is established."""
        return self._ask

    async def __aenter__(self) -> Association:
        """Return the association when it is established."""
        self._association = association = await self
        return association

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Release the association; abort it if the block raised."""
        assert self._association is not None  # __aenter__ has run
        await self._association.__aexit__(kind, value, traceback)


class Association(AgreedAssociation):
    """An association with a peer; its methods are those of `dicomkit.net.sync.Association`, awaited.

    ``async with Association.request(("host", 104), called="PACS", services=["verification"]) as association:`` releases
    it at the end, or aborts it if the block raises. What the peer sends is taken in at any time.
    """

    __slots__ = ("_link", "_options")

    def __init__(self, link: Link, options: AssociationOptions) -> None:
        """Take an association that is established; `request` makes one."""
        super().__init__(link.endpoint)
        self._link = link
        self._options = options

    @classmethod
    def request(
        cls,
        address: tuple[str, int],
        *,
        calling: str = "DICOMKIT",
        called: str = "ANY-SCP",
        services: Iterable[Wish] = ("verification",),
        options: AssociationOptions | None = None,
        receive: Iterable[str | tuple[str, str]] | None = None,
        handlers: Mapping[str, Handler] | None = None,
        roles: Iterable[RoleSelection] = (),
        extended: Iterable[ExtendedNegotiation] = (),
        user_identity: UserIdentity | None = None,
        service_table: ServiceTable = SERVICES,
        observe: Observe | None = None,
        trace: Callable[[str], None] | None = None,
    ) -> Requested:
        """Open a connection and associate; see `dicomkit.net.sync.Association.request`. Handlers may be async."""
        options = DEFAULT_ASSOCIATION if options is None else options
        table = HandlerTable(handlers or {}, service_table)
        request = calls.request_for(
            calling, called, services, options, services=service_table, receive=receive, roles=roles,
            extended=extended, user_identity=user_identity,
        )  # fmt: skip
        return Requested(cls._ask(address, request, table, options, observe, trace).__await__())

    @classmethod
    async def _ask(
        cls,
        address: tuple[str, int],
        request: AssociateRequest,
        table: HandlerTable,
        options: AssociationOptions,
        observe: Observe | None,
        trace: Callable[[str], None] | None,
    ) -> Association:
        loop = asyncio.get_running_loop()
        upper = UpperLayer.requestor(request, options)
        endpoint = Endpoint(upper, options, table, opener(options), observe=observe, address=address[0])
        endpoint.trace = None if trace is None else Trace(trace)
        link = await _connect(Link(endpoint, loop), address, options)
        try:
            while endpoint.association is None and not endpoint.is_over:
                await link.news()
        except BaseException:
            link.abort()
            raise
        if endpoint.association is None:
            link.close()
            raise endpoint.error or NetworkError("the peer closed the connection")
        return cls(link, options)

    # What it is -------------------------------------------------------------------------------------------------------

    @property
    def link(self) -> Link:
        """What pumps the association; for operations that have no method."""
        return self._link

    # Its end ----------------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Return the association."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Release the association; abort it if the block raised."""
        if kind is None:
            await self.release()
        else:
            self.abort()

    async def release(self) -> None:
        """End the association in good order (PS3.8 7.2); nothing happens if it is over."""
        link = self._link
        await link.settle()
        if not link.endpoint.is_over:
            try:
                link.endpoint.release(link.loop.time())
            except LocalProtocolError:
                link.abort()  # the peer has asked for it at the same time, or something is outstanding
        await link.finish()

    def abort(self) -> None:
        """End the association at once (PS3.8 7.3)."""
        self._link.abort()

    # Operations -------------------------------------------------------------------------------------------------------

    async def _one(self, operation: RequestOperation) -> Reply:
        (reply,) = [reply async for reply in Results(self._link, operation)]
        return reply

    async def echo(self) -> Status:
        """Ask whether the peer is there (C-ECHO), and return its status."""
        return (await self._one(calls.echo())).status

    def store(
        self,
        instances: Iterable[object],
        *,
        stop_on_failure: bool = False,
        transcode_to: tuple[str, ...] | None = None,
    ) -> Results[StoreResult]:
        """Send instances (C-STORE); see `dicomkit.net.sync.Association.store`."""
        operation = StoreOperation(
            instances, self.open_instance, stop_on_failure=stop_on_failure, transcode_to=transcode_to
        )
        return Results(self._link, operation)

    def find(self, query: Dataset, model: InformationModel | str = STUDY_ROOT) -> Results[Dataset]:
        """Yield the matches of a query (C-FIND) as they come; see `dicomkit.net.sync.Association.find`."""
        return Results(self._link, calls.find(query, model))

    def move(
        self, query: Dataset, destination: str, model: InformationModel | str = STUDY_ROOT
    ) -> Results[RetrieveStep]:
        """Have instances sent to an AE title (C-MOVE); see `dicomkit.net.sync.Association.move`."""
        return Results(self._link, calls.move(query, destination, model))

    def get(
        self,
        query: Dataset,
        model: InformationModel | str = STUDY_ROOT,
        *,
        into: str | os.PathLike[str] | None = None,
    ) -> Results[Dataset | Path]:
        """Yield the instances of a query (C-GET); see `dicomkit.net.sync.Association.get`."""
        operation = calls.get(query, model)
        self._link.endpoint.retrieving = retrieval_target(operation, into, self._options)
        return Results(self._link, operation)  # type: ignore[arg-type]  # a Path is a PathLike

    async def n_create(
        self, sop_class: str, dataset: Dataset | None, sop_instance_uid: str = "", *, abstract_syntax: str = ""
    ) -> Reply:
        """Have an instance created (N-CREATE); without a UID the peer chooses one, which the reply has."""
        return await self._one(calls.n_create(sop_class, dataset, sop_instance_uid, abstract_syntax=abstract_syntax))

    async def n_set(
        self, sop_class: str, sop_instance_uid: str, dataset: Dataset, *, abstract_syntax: str = ""
    ) -> Reply:
        """Have attributes changed (N-SET)."""
        return await self._one(calls.n_set(sop_class, sop_instance_uid, dataset, abstract_syntax=abstract_syntax))

    async def n_get(
        self,
        sop_class: str,
        sop_instance_uid: str,
        attributes: Iterable[int | str] = (),
        *,
        abstract_syntax: str = "",
    ) -> Reply:
        """Ask for attributes (N-GET), by tag or keyword; for all if none is named."""
        return await self._one(calls.n_get(sop_class, sop_instance_uid, attributes, abstract_syntax=abstract_syntax))

    async def n_action(
        self,
        sop_class: str,
        sop_instance_uid: str,
        action_type_id: int,
        dataset: Dataset | None = None,
        *,
        abstract_syntax: str = "",
    ) -> Reply:
        """Ask for an action (N-ACTION)."""
        return await self._one(
            calls.n_action(sop_class, sop_instance_uid, action_type_id, dataset, abstract_syntax=abstract_syntax)
        )

    async def n_event_report(
        self,
        sop_class: str,
        sop_instance_uid: str,
        event_type_id: int,
        dataset: Dataset | None = None,
        *,
        abstract_syntax: str = "",
    ) -> Reply:
        """Report an event (N-EVENT-REPORT), as the provider of a service does."""
        return await self._one(
            calls.n_event_report(sop_class, sop_instance_uid, event_type_id, dataset, abstract_syntax=abstract_syntax)
        )

    async def n_delete(self, sop_class: str, sop_instance_uid: str, *, abstract_syntax: str = "") -> Reply:
        """Have an instance deleted (N-DELETE)."""
        return await self._one(calls.n_delete(sop_class, sop_instance_uid, abstract_syntax=abstract_syntax))


async def _connect(link: Link, address: tuple[str, int], options: AssociationOptions) -> Link:
    """Open a connection for a link. Raises NetworkError, NetworkTimeoutError."""
    host, port = address
    name = (options.tls_server_name or host) if options.tls is not None else None
    seconds = options.connect_seconds
    if options.tls is not None and seconds is not None:
        seconds += options.tls_handshake_seconds or 0.0
    try:
        async with asyncio.timeout(seconds):
            await link.loop.create_connection(
                lambda: link,
                host,
                port,
                ssl=options.tls,
                server_hostname=name,
                ssl_handshake_timeout=options.tls_handshake_seconds if options.tls is not None else None,
            )
    except TimeoutError as error:
        raise NetworkTimeoutError(waiting_for=f"a connection to {host}:{port}") from error
    except ssl.SSLError as error:
        raise NetworkError(f"no TLS connection to {host}:{port}: {explain(error)}") from error
    except OSError as error:
        raise NetworkError(f"no connection to {host}:{port}: {error.strerror or error}") from error
    return link
