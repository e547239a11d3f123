"""An association as its requestor uses it: a context manager whose methods are operations (PS3.7 9, 10; PS3.8 7)."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Generic, TypeVar

from dicomkit.errors import LocalProtocolError, NetworkError
from dicomkit.net.dispatch import Endpoint, HandlerTable, Trace
from dicomkit.net.dispatch.agreed import AgreedAssociation
from dicomkit.net.operations import StoreOperation, calls
from dicomkit.net.options import DEFAULT_ASSOCIATION
from dicomkit.net.services import SERVICES, STUDY_ROOT
from dicomkit.net.storage.opening import opener
from dicomkit.net.storage.targets import retrieval_target
from dicomkit.net.sync.driver import Driver
from dicomkit.net.sync.transport import Connection, connect
from dicomkit.net.ul import UpperLayer

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Mapping
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
    from dicomkit.net.ul import ExtendedNegotiation, RoleSelection, UserIdentity

__all__ = ["Association", "Results"]

ResultT = TypeVar("ResultT")


class Results(Generic[ResultT]):
    """The results of an operation as they come; leaving the loop early cancels the operation.

    `close` does so at once, as does losing the last reference to it.
    """

    __slots__ = ("_iterator", "_operation")

    def __init__(self, driver: Driver, operation: Operation[ResultT]) -> None:
        self._operation = operation
        self._iterator = driver.run(operation)

    def __iter__(self) -> Iterator[ResultT]:
        """Return the iterator itself."""
        return self._iterator

    def __next__(self) -> ResultT:
        """Return the next result. Raises StopIteration, and what the operation ends with."""
        return next(self._iterator)

    def close(self) -> None:
        """Cancel the operation if it is not done, and wait for its last response."""
        self._iterator.close()  # type: ignore[attr-defined]  # a generator

    @property
    def status(self) -> Status | None:
        """The status of the response that came last: the final one when all results have been taken."""
        return self._operation.status


class Association(AgreedAssociation):
    """An association with a peer; for one thread at a time.

    ``with Association.request(("host", 104), calling="ME", called="PACS", services=["verification"]) as association:``
    releases it at the end, or aborts it if the block raises. While nothing is called, nothing is received: an
    association that is kept needs an `echo` now and then, because its peer has a time-out.
    """

    __slots__ = ("_driver", "_options")

    def __init__(self, driver: Driver, options: AssociationOptions) -> None:
        """Take an association that is established; `request` makes one."""
        super().__init__(driver.endpoint)
        self._driver = driver
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
    ) -> Self:
        """Open a connection and associate.

        `services` are what it will be used for: services or operations by name, information models, SOP Class UIDs, or
        (abstract syntax, transfer syntaxes); see `plan`. `receive` are the storage SOP Classes that a `get` may bring,
        or pairs of one with a transfer syntax. `handlers` perform what the peer asks for meanwhile, such as
        N-EVENT-REPORT. `observe` is called with what happens, `trace` with lines that tell each PDU and command set.
        Raises NetworkError if there is no connection, AssociationRejectedError, AssociationAbortedError,
        NetworkTimeoutError, and ValueError for services that do not exist.
        """
        options = DEFAULT_ASSOCIATION if options is None else options
        table = HandlerTable(handlers or {}, service_table)
        request = calls.request_for(
            calling, called, services, options, services=service_table, receive=receive, roles=roles,
            extended=extended, user_identity=user_identity,
        )  # fmt: skip
        upper = UpperLayer.requestor(request, options)
        host, port = address
        opened = connect(
            host, port, seconds=options.connect_seconds, tls=options.tls, tls_seconds=options.tls_handshake_seconds,
            server_name=options.tls_server_name,
        )  # fmt: skip
        connection = Connection(opened, options.receive_buffer)
        endpoint = Endpoint(upper, options, table, opener(options), observe=observe, address=connection.address)
        endpoint.certificate = connection.certificate
        endpoint.trace = None if trace is None else Trace(trace)
        driver = Driver(endpoint, connection)
        endpoint.connection_made(monotonic())
        try:
            while endpoint.association is None and not endpoint.is_over:
                driver.step()
        except BaseException:
            driver.abort()
            raise
        if endpoint.association is None:
            driver.close()
            raise endpoint.error or NetworkError("the peer closed the connection")
        return cls(driver, options)

    # What it is -------------------------------------------------------------------------------------------------------

    @property
    def driver(self) -> Driver:
        """What pumps the association; for operations that have no method."""
        return self._driver

    # Its end ----------------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Return the association."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Release the association; abort it if the block raised."""
        if kind is None:
            self.release()
        else:
            self.abort()

    def release(self) -> None:
        """End the association in good order (PS3.8 7.2); nothing happens if it is over.

        An operation whose results were not taken to the end is cancelled.
        """
        driver = self._driver
        driver.settle()
        if not driver.endpoint.is_over:
            try:
                driver.endpoint.release(monotonic())
            except LocalProtocolError:
                driver.abort()  # the peer has asked for it at the same time, or something is outstanding
                return
            driver.finish()
        driver.close()

    def abort(self) -> None:
        """End the association at once (PS3.8 7.3)."""
        self._driver.abort()

    # Operations -------------------------------------------------------------------------------------------------------

    def _one(self, operation: RequestOperation) -> Reply:
        (reply,) = self._driver.run(operation)
        return reply

    def echo(self) -> Status:
        """Ask whether the peer is there (C-ECHO, PS3.7 9.1.5), and return its status."""
        return self._one(calls.echo()).status

    def store(
        self,
        instances: Iterable[object],
        *,
        stop_on_failure: bool = False,
        transcode_to: tuple[str, ...] | None = None,
    ) -> Results[StoreResult]:
        """Send instances (C-STORE, PS3.7 9.1.1): paths, data sets, bytes or binary streams of files.

        Each gives one result, in the order in which the peer answers; one that was not sent has an `error`. An instance
        whose transfer syntax the peer did not accept is sent in another one that loses nothing, or in the first of
        `transcode_to` that it accepted. The next instance is read while an answer is waited for, and the window that
        was granted is used. Leaving early waits for what is outstanding.
        """
        operation = StoreOperation(
            instances, self.open_instance, stop_on_failure=stop_on_failure, transcode_to=transcode_to
        )
        return Results(self._driver, operation)

    def find(self, query: Dataset, model: InformationModel | str = STUDY_ROOT) -> Results[Dataset]:
        """Yield the matches of a query (C-FIND, PS3.7 9.1.2) as they come; leaving early sends C-CANCEL.

        `model` is an information model, or the SOP Class of another service such as the modality worklist. Raises
        DimseStatusError for a status of failure.
        """
        return Results(self._driver, calls.find(query, model))

    def move(
        self, query: Dataset, destination: str, model: InformationModel | str = STUDY_ROOT
    ) -> Results[RetrieveStep]:
        """Have instances sent to an AE title (C-MOVE, PS3.7 9.1.4); each response is a step, the last one included.

        Leaving early sends C-CANCEL.
        """
        return Results(self._driver, calls.move(query, destination, model))

    def get(
        self,
        query: Dataset,
        model: InformationModel | str = STUDY_ROOT,
        *,
        into: str | os.PathLike[str] | None = None,
    ) -> Results[Dataset | Path]:
        """Yield the instances of a query (C-GET, PS3.7 9.1.3), sent over this association.

        Leaving early sends C-CANCEL.
        `into` is a folder: each is then a path, of a file that is whole. Without it each is a data set, in a temporary
        file if it is long. The association's `receive` says which SOP Classes can come. Raises DimseStatusError for a
        status of failure.
        """
        operation = calls.get(query, model)
        self._driver.endpoint.retrieving = retrieval_target(operation, into, self._options)
        return Results(self._driver, operation)  # type: ignore[arg-type]  # a Path is a PathLike

    def n_create(
        self, sop_class: str, dataset: Dataset | None, sop_instance_uid: str = "", *, abstract_syntax: str = ""
    ) -> Reply:
        """Have an instance created (N-CREATE, PS3.7 10.1.5); without a UID the peer chooses one, which the reply has.

        `abstract_syntax` is that of the context where it is not the SOP Class: a Meta SOP Class. The same holds for the
        other methods with this argument.
        """
        return self._one(calls.n_create(sop_class, dataset, sop_instance_uid, abstract_syntax=abstract_syntax))

    def n_set(self, sop_class: str, sop_instance_uid: str, dataset: Dataset, *, abstract_syntax: str = "") -> Reply:
        """Have attributes changed (N-SET, PS3.7 10.1.3)."""
        return self._one(calls.n_set(sop_class, sop_instance_uid, dataset, abstract_syntax=abstract_syntax))

    def n_get(
        self,
        sop_class: str,
        sop_instance_uid: str,
        attributes: Iterable[int | str] = (),
        *,
        abstract_syntax: str = "",
    ) -> Reply:
        """Ask for attributes (N-GET, PS3.7 10.1.2), by tag or keyword; for all if none is named."""
        return self._one(calls.n_get(sop_class, sop_instance_uid, attributes, abstract_syntax=abstract_syntax))

    def n_action(
        self,
        sop_class: str,
        sop_instance_uid: str,
        action_type_id: int,
        dataset: Dataset | None = None,
        *,
        abstract_syntax: str = "",
    ) -> Reply:
        """Ask for an action (N-ACTION, PS3.7 10.1.4)."""
        return self._one(
            calls.n_action(sop_class, sop_instance_uid, action_type_id, dataset, abstract_syntax=abstract_syntax)
        )

    def n_event_report(
        self,
        sop_class: str,
        sop_instance_uid: str,
        event_type_id: int,
        dataset: Dataset | None = None,
        *,
        abstract_syntax: str = "",
    ) -> Reply:
        """Report an event (N-EVENT-REPORT, PS3.7 10.1.1), as the provider of a service does."""
        return self._one(
            calls.n_event_report(sop_class, sop_instance_uid, event_type_id, dataset, abstract_syntax=abstract_syntax)
        )

    def n_delete(self, sop_class: str, sop_instance_uid: str, *, abstract_syntax: str = "") -> Reply:
        """Have an instance deleted (N-DELETE, PS3.7 10.1.6)."""
        return self._one(calls.n_delete(sop_class, sop_instance_uid, abstract_syntax=abstract_syntax))

    def serve_until(self, seconds: float, done: Callable[[], bool] | None = None) -> None:
        """Perform what the peer asks for with this association's handlers, for so long or until it is over.

        For events that come later than the answer to what they are about, as in storage commitment. `done` is called
        after each request, and ends the waiting once it is true.
        """
        until = monotonic() + seconds
        driver = self._driver
        while monotonic() < until and not driver.endpoint.is_over and not (done is not None and done()):
            driver.step(until)
            driver.perform()
            if driver.endpoint.release_requested and driver.endpoint.is_idle:
                driver.endpoint.respond_release(monotonic())
