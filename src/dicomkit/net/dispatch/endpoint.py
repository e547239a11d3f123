"""Everything of one association between its bytes and its users, in either role, without I/O (PS3.7 7)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from dicomkit.errors import (
    AssociationRejectedError,
    DicomError,
    DimseStatusError,
    LocalProtocolError,
    NetworkError,
)
from dicomkit.net.dimse import (
    CommandField,
    DataPiece,
    MessageBegan,
    MessageEnded,
    SendFailed,
    Session,
    Status,
)
from dicomkit.net.dispatch.collecting import HandlerSink, Performing, Spool
from dicomkit.net.dispatch.requests import Peer, Request, Response, StoreRequest
from dicomkit.net.dispatch.serving import serve, status_of
from dicomkit.net.operations import Contexts, GetOperation, Operation
from dicomkit.net.operations.operation import ResultT, identifier_bytes
from dicomkit.net.ul import (
    Aborted,
    AssociateAccept,
    AssociationRequested,
    Closed,
    Established,
    Rejected,
    Released,
    ReleaseRequested,
    UpperLayer,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from dicomkit.net.access import Permission
    from dicomkit.net.dimse import Command, DataSource
    from dicomkit.net.dispatch.handlers import HandlerTable, StoreTarget
    from dicomkit.net.dispatch.serving import Counts, Serving
    from dicomkit.net.dispatch.tracing import Trace
    from dicomkit.net.operations import Instance
    from dicomkit.net.options import AssociationOptions
    from dicomkit.net.ul import AcceptedContext, AssociateReject, AssociateRequest, Association
    from dicomkit.net.ul.upper_layer import Buffer

    class Observe(Protocol):
        """Takes note of what happens: the name of an event and what belongs to it, never a patient's."""

        def __call__(self, event: str, /, **fields: object) -> None: ...


__all__ = ["Endpoint", "Performing"]

_NO_SUCH_SOP_CLASS = 0x0118
_SOP_CLASS_NOT_SUPPORTED = 0x0122
_NOT_AUTHORIZED = 0x0124
_UNRECOGNIZED_OPERATION = 0x0211
_MISMATCH = 0xA900
_INVALID_INSTANCE = 0x0117

# Commands whose data set is kept for a handler, by the names that handlers have.
_OPERATIONS = {
    CommandField.C_ECHO_RQ: "echo",
    CommandField.C_STORE_RQ: "store",
    CommandField.C_FIND_RQ: "find",
    CommandField.C_MOVE_RQ: "move",
    CommandField.C_GET_RQ: "get",
    CommandField.N_EVENT_REPORT_RQ: "n-event-report",
    CommandField.N_GET_RQ: "n-get",
    CommandField.N_SET_RQ: "n-set",
    CommandField.N_ACTION_RQ: "n-action",
    CommandField.N_CREATE_RQ: "n-create",
    CommandField.N_DELETE_RQ: "n-delete",
}


class Endpoint:
    """One side of an association: what it invokes, what it performs, and what both come to.

    A shell connects it to a socket: hands it what comes (``receive_data``, ``receive_eof``, ``handle_timeout``), sends
    what ``data_to_send`` gives, drives the servings that ``ready`` has, and closes once ``wants_close``.
    """

    def __init__(
        self,
        upper: UpperLayer,
        options: AssociationOptions,
        handlers: HandlerTable,
        open_instance: Callable[[object], Instance],
        *,
        observe: Observe | None = None,
        address: str = "",
        number: int = 0,
        check_requests: bool = False,
    ) -> None:
        """Take one side's upper layer; `check_requests` refuses what the tables of PS3.4 do not allow by itself."""
        self.session = Session(upper, options)
        self.upper = upper
        self.options = options
        self.handlers = handlers
        self.open_instance = open_instance
        self.contexts = Contexts((), handlers.services)
        self.address = address
        self.number = number
        self.check_requests = check_requests
        self.association: Association | None = None
        self.peer: Peer | None = None
        self.error: NetworkError | None = None
        """Why the association ended, if it was not released."""
        self.is_over = False
        """True once nothing can be sent or received any more."""
        self.is_released = False
        self.release_requested = False
        self.requested: AssociateRequest | None = None
        """What an acceptor's peer asks for, until ``answer`` is called."""
        self.ready: deque[tuple[Performing, Serving]] = deque()
        self.retrieving: StoreTarget | None = None
        """Where instances go while a C-GET of this side is under way."""
        self.identity: object = None
        self.certificate: object = None
        self.certificate_names: tuple[str, ...] = ()
        """The names in the peer's verified certificate."""
        self.permission: Permission | None = None
        """What the peer may do; None where nobody has said."""
        self.trace: Trace | None = None
        """Told all that is sent and all that comes, if somebody wants to see it."""
        self._observe = observe
        self._operations: dict[int, Operation[object]] = {}
        self._active: list[Operation[object]] = []
        self._performing: dict[int, Performing] = {}
        self._found: dict[tuple[int, str], Callable[..., object] | StoreTarget | None] = {}
        self._prepare_store: Callable[[], object] | None = None
        self._target: Operation[object] | Performing | None = None
        self._now = 0.0

    # Bytes and time ---------------------------------------------------------------------------------------------------

    def connection_made(self, now: float) -> None:
        """Say that the connection is open."""
        self._now = now
        self.session.connection_made(now)
        self._take_events()

    def receive_data(self, data: Buffer, now: float) -> None:
        """Take what came, and do all that follows from it; the buffer may be used again afterwards."""
        self._now = now
        if self.trace is not None:
            self.trace.came(data)
        self.session.receive_data(data, now)
        self._take_events()
        if self._target is not None:
            self._target.flush()

    def receive_eof(self, now: float) -> None:
        """Say that the peer has closed the connection, or that it was lost."""
        self._now = now
        self.session.receive_eof(now)
        self._take_events()

    @property
    def deadline(self) -> float | None:
        """When ``handle_timeout`` is due, None if nothing is."""
        return self.session.deadline

    def handle_timeout(self, now: float) -> None:
        """Do what is due."""
        self._now = now
        self.session.handle_timeout(now)
        self._take_events()

    def data_to_send(self, now: float) -> list[Buffer]:
        """Return what to send now, [] if that is all; to be called when all of the last has been sent.

        Sources are read as far as the connection takes their data.
        """
        self._now = now
        session, limit = self.session, self.options.send_buffer
        data = session.data_to_send(limit)
        while not data and self._active:
            for operation in tuple(self._active):
                if not operation.done:
                    operation.advance()
            data = session.data_to_send(limit)
            if data or not self._take_events():
                break
        if data and self.trace is not None:
            self.trace.sent(data)
        return data

    def prepare(self) -> None:
        """Read ahead what will be sent; for the time that would be spent waiting."""
        for operation in self._active:
            if not operation.done:
                operation.prepare()
        if self._prepare_store is not None:
            self._prepare_store()

    @property
    def is_active(self) -> bool:
        """True while an operation is under way."""
        return any(not operation.done for operation in self._active)

    @property
    def operations(self) -> tuple[Operation[object], ...]:
        """The operations whose results have not all been taken."""
        return tuple(self._active)

    @property
    def has_news(self) -> bool:
        """True if an operation has results or is done: then nothing more is to be waited for."""
        return any(operation.done or operation.results for operation in self._active)

    @property
    def wants_close(self) -> bool:
        """True when the connection is to be closed, after what there is to send."""
        return self.session.wants_close

    @property
    def is_leaving(self) -> bool:
        """True if the peer has asked for the release, or the association is over."""
        return self.release_requested or self.is_released or self.is_over

    @property
    def is_idle(self) -> bool:
        """True if nothing is performed or invoked."""
        return not self._performing and not self._operations and not self.ready

    def release(self, now: float) -> None:
        """Ask the peer for the release, after all that is queued. LocalProtocolError if it cannot be asked for now."""
        self._now = now
        self.session.release(now)

    def respond_release(self, now: float) -> None:
        """Answer the peer's wish for the release, after all that is queued."""
        self._now = now
        self.release_requested = False
        self.is_released = True
        self.note("released")
        self.session.respond_release(now)
        self._take_events()

    def abort(self, now: float, error: NetworkError | None = None) -> None:
        """End the association at once, and tell every operation and serving why."""
        self._now = now
        self.fail(error or NetworkError("the association was aborted here"))

    def fail(self, error: NetworkError) -> None:
        """Abort because of an error."""
        self.session.abort(self._now)
        self._end(error)
        self._take_events()

    def answer(self, answer: AssociateAccept | AssociateReject, now: float) -> None:
        """Accept or reject the association that the peer has asked for."""
        self._now = now
        self.requested = None
        if isinstance(answer, AssociateAccept):
            self.session.accept(answer, now)
        else:
            self.note("rejected", result=answer.result, source=answer.source, reason=answer.reason)
            self.session.reject(now, result=answer.result, source=answer.source, reason=answer.reason)
        self._take_events()

    # Invoking: what operations need (`Port`) --------------------------------------------------------------------------

    @property
    def window(self) -> int:
        """Operations that may be outstanding here; 0 is any number."""
        return 1 if self.association is None else self.association.operations_invoked

    def next_message_id(self) -> int:
        """Return a Message ID that no outstanding operation has."""
        return self.session.next_message_id()

    def start(self, operation: Operation[ResultT]) -> None:
        """Begin an operation. LocalProtocolError if the window has no room, NetworkError if the association is over."""
        if self.is_over or self.association is None:
            raise self.error or LocalProtocolError("the association is over")
        busy = [one for one in self._active if not one.done]
        if busy and self.window and len(busy) >= self.window:
            raise LocalProtocolError(
                "another operation is outstanding, and the peer allows one at a time: take all its results first"
            )
        self._active.append(operation)  # type: ignore[arg-type]  # whatever its results are
        try:
            operation.begin(self)
        except BaseException:
            self._active.remove(operation)  # type: ignore[arg-type]
            raise

    def leave(self, operation: Operation[ResultT]) -> None:
        """Forget an operation that is done, or whose caller has gone."""
        if operation in self._active:
            self._active.remove(operation)  # type: ignore[arg-type]
        if isinstance(operation, GetOperation):
            self.retrieving = None

    def abandon(self, operation: Operation[ResultT]) -> None:
        """Forget an operation whether it is done or not; an answer that still comes goes to nobody."""
        self.leave(operation)
        for message_id in [one for one, other in self._operations.items() if other is operation]:
            del self._operations[message_id]

    def invoke(
        self,
        operation: Operation[ResultT],
        context: AcceptedContext,
        command: Command,
        data_set: Buffer | DataSource | None = None,
        length: int | None = None,
    ) -> None:
        """Queue a request whose responses go to the operation; see `Session.send`."""
        assert command.message_id is not None  # a request has one
        if self.trace is not None:
            self.trace.command(command, is_sent=True)
        self.session.send(context.id, command, data_set, length=length)
        self._operations[command.message_id] = operation  # type: ignore[assignment]  # as above

    def cancel(self, message_id: int) -> None:
        """Queue a C-CANCEL-RQ for an outstanding request; nothing happens if it is not."""
        if not self.is_over:
            self.session.cancel(message_id)

    def finish(self, message_id: int | None) -> None:
        """Take note that the last response of a request has come."""
        if message_id is not None:
            self._operations.pop(message_id, None)

    # Performing -------------------------------------------------------------------------------------------------------

    def respond(self, performing: Performing, response: Response, counts: Counts | None = None) -> None:
        """Queue a response; the last one ends the request."""
        if self.is_over:
            return
        request = performing.request
        status = Status(response.status)
        data = None
        if not status and response.dataset is None:
            command = request.command.response(status, sop_instance_uid=response.sop_instance_uid or None)
        else:
            if response.dataset is not None:
                data = identifier_bytes(response.dataset, performing.context)
            is_normalized = performing.operation.startswith("n-")
            command = request.command.response(
                status,
                has_data_set=data is not None,
                sop_instance_uid=response.sop_instance_uid or None,
                attribute_list=response.offending or None if is_normalized else None,
                offending_elements=None if is_normalized else response.offending or None,
                error_comment=response.error_comment or None,
                error_id=response.error_id if is_normalized else None,
            )
        is_final = not status.is_pending
        if counts is not None:
            command = command._replace(
                remaining=None if is_final and status != 0xFE00 else counts.remaining,
                completed=counts.completed,
                failed=counts.failed,
                warned=counts.warning,
            )
        if self.trace is not None:
            self.trace.command(command, is_sent=True)
        self.session.send(performing.context.id, command, data)
        if is_final:
            self._performing.pop(request.message_id, None)
            self.note("performed", operation=performing.operation, status=f"{int(status):04X}")

    def handler_failed(self, performing: Performing, error: Exception) -> None:
        """Take note that a handler raised; the traceback may show a patient's data, so it goes to DEBUG alone."""
        self.note("handler failed", operation=performing.operation, error=error)

    def note(self, event: str, **fields: object) -> None:
        """Tell whoever observes this association."""
        if self._observe is not None:
            self._observe(event, **fields)

    def _begin(self, context: AcceptedContext, command: Command) -> None:
        """Look at a request and decide where its data set goes."""
        operation = _OPERATIONS[command.field]
        assert self.peer is not None  # requests come over an association
        kind = StoreRequest if operation == "store" else Request
        request = kind(self.peer, context, command, operation)
        performing = Performing(operation, request, context)
        self._performing[request.message_id] = performing
        self._target = performing
        try:
            self._place(performing)
        except Exception as error:  # what a handler's target raises, a full disk
            performing.refuse(error)

    def _place(self, performing: Performing) -> None:
        """Find the handler, and what takes the data set. Raises DimseStatusError to refuse."""
        request, context, operation = performing.request, performing.context, performing.operation
        sop_class = request.sop_class_uid
        is_provider_asked = operation != "n-event-report"
        if not (context.is_scp if is_provider_asked else context.is_scu):
            raise DimseStatusError("not in this role", status=_SOP_CLASS_NOT_SUPPORTED)
        if operation == "store":
            assert isinstance(request, StoreRequest)
            if sop_class != context.abstract_syntax:
                raise DimseStatusError("SOP Class is not that of the context", status=_MISMATCH)
            if not request.sop_instance_uid.is_valid:
                raise DimseStatusError("SOP Instance UID is none", status=_INVALID_INSTANCE)
            if self.retrieving is not None:
                performing.sink = self.retrieving.open(request)
                return
        performing.handler = handler = self._handler(context, sop_class, operation)
        if handler is None:
            if operation == "echo":
                return
            known = self.handlers.services.sop_class(sop_class)
            supported = known is None or known.support(operation) is not None
            raise DimseStatusError(status=_SOP_CLASS_NOT_SUPPORTED if supported else _UNRECOGNIZED_OPERATION)
        if operation != "store":
            if request.command.has_data_set:
                performing.spool = Spool(self.options.data_set_bytes)
        elif callable(handler):
            assert isinstance(request, StoreRequest)
            performing.sink = HandlerSink(handler, request, self.options.data_set_bytes)
        else:
            performing.sink = handler.open(request)  # type: ignore[arg-type]  # a StoreRequest, see above
            self._prepare_store = getattr(handler, "prepare", None)

    def _handler(
        self, context: AcceptedContext, sop_class: str, operation: str
    ) -> Callable[..., object] | StoreTarget | None:
        """Return what performs a request, None if nothing does. Raises DimseStatusError for what is not allowed."""
        key = (context.id, operation)
        is_usual = sop_class == context.abstract_syntax  # and so there are not more of them than contexts
        if is_usual and key in self._found:
            return self._found[key]
        if self.permission is not None:
            names = self.handlers.names(context.abstract_syntax)
            if not self.permission.allows(operation, context.abstract_syntax, sop_class, *names):
                raise DimseStatusError("no device entry allows it", status=_NOT_AUTHORIZED)
        handler = self.handlers.find(context.abstract_syntax, sop_class, operation)
        if is_usual:
            self._found[key] = handler
        return handler

    def _complete(self, performing: Performing) -> None:
        """All of a request is there: answer what needs no handler, queue the rest."""
        if performing.error is not None:
            error = performing.error
            comment = error.message[:64] if isinstance(error, DimseStatusError) else ""
            if not isinstance(error, DimseStatusError):
                self.handler_failed(performing, error)
            self.respond(performing, Response(status_of(error, performing.operation), error_comment=comment))
        elif performing.operation == "echo" and performing.handler is None:
            self.respond(performing, Response())
        else:
            if performing.spool is not None:
                performing.request.received(performing.spool.source())
                performing.spool = None
            self.ready.append((performing, serve(self, performing)))

    # Events -----------------------------------------------------------------------------------------------------------

    def _take_events(self) -> bool:
        """Take every event there is; say whether there was one."""
        session = self.session
        taken = False
        while (event := session.next_event()) is not None:
            taken = True
            if isinstance(event, DataPiece):
                self._take_piece(event.view)
            elif isinstance(event, MessageBegan):
                self._take_command(event.context, event.command)
            elif isinstance(event, MessageEnded):
                self._take_end()
            else:
                self._take_other(event)
        return taken

    def _take_piece(self, view: memoryview) -> None:
        if self._target is None:
            return
        try:
            self._target.piece(view)
        except DicomError as error:  # an answer beyond its bound
            target = self._target
            self._target = None
            self.fail(error if isinstance(error, NetworkError) else _broken(error))
            if isinstance(target, Operation):
                target.error = error

    def _take_command(self, context: AcceptedContext, command: Command) -> None:
        field = command.field
        if self.trace is not None:
            self.trace.command(command, is_sent=False)
        if field.is_response:
            operation = self._operations.get(command.responded_to or 0)
            self._target = operation
            if operation is not None:  # the session knows of no others
                operation.response(context, command)
        elif field is CommandField.C_CANCEL_RQ:
            self._target = None
            performing = self._performing.get(command.responded_to or 0)
            if performing is not None:
                performing.request.cancelled = True
        else:
            self._begin(context, command)

    def _take_end(self) -> None:
        target, self._target = self._target, None
        if isinstance(target, Performing):
            target.flush()
            self._complete(target)
        elif target is not None:
            try:
                target.ended()
            except DicomError as error:  # a data set that cannot be read: the association is none the worse
                target.error = error
                target.cancel()

    def _take_other(self, event: object) -> None:
        if isinstance(event, AssociationRequested):
            self.requested = event.request
        elif isinstance(event, Established):
            self._take_association(event.association)
        elif isinstance(event, Rejected):
            rejection = event.rejection
            self._end(
                AssociationRejectedError(
                    rejection.meaning, result=rejection.result, source=rejection.source, reason=rejection.reason
                )
            )
        elif isinstance(event, ReleaseRequested):
            self.release_requested = True
        elif isinstance(event, Released):
            self.is_released = True
            self.note("released")
        elif isinstance(event, SendFailed):
            operation = self._operations.pop(event.command.message_id or 0, None)
            if operation is not None:
                operation.send_failed(event.command, event.error)
        elif isinstance(event, Aborted):
            self._end(event.error)
        elif isinstance(event, Closed):
            self._end(None)

    def _take_association(self, association: Association) -> None:
        self.association = association
        self.contexts = Contexts(association.contexts.values(), self.handlers.services)
        self.peer = Peer(
            association,
            self.address,
            number=self.number,
            identity=self.identity,
            certificate=self.certificate,
            services=None if self.permission is None else self.permission.services,
        )
        self.note("established", contexts=len(association.contexts), refused=len(association.refused))

    def _end(self, error: NetworkError | None) -> None:
        """Tell every operation and serving, once, that there is no association any more."""
        if self.is_over:
            return
        self.is_over = True
        self.release_requested = False
        if error is not None and self.error is None and not self.is_released:
            self.error = error
            self.note("failed", error=error)
        reason = self.error or NetworkError("the association is over")
        self._operations.clear()
        for operation in self._active:
            if not operation.done:
                operation.fail(reason)
        for performing in self._performing.values():
            performing.request.cancelled = True
            performing.discard()
        self._performing.clear()


def _broken(error: Exception) -> NetworkError:
    failure = NetworkError(f"the association was aborted: {type(error).__name__}")
    failure.__cause__ = error
    return failure
