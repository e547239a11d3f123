"""C-STORE as invoker: many instances over one association, the next one read while the last is answered (PS3.4 B)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple, Protocol

from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.core.uid import UID
from dicomkit.errors import DicomError, DimseStatusError, NoPresentationContextError
from dicomkit.net.dimse import Command, CommandField, Priority
from dicomkit.net.operations.operation import Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dicomkit.errors import NetworkError
    from dicomkit.net.dimse import DataSource, Status
    from dicomkit.net.operations.operation import Port
    from dicomkit.net.ul import AcceptedContext

__all__ = ["LOSSLESS", "Instance", "StoreOperation", "StoreResult", "choose_context"]

_NATIVE = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2")
"""Transfer syntaxes without compressed frames, the best first: Explicit VR keeps the VRs of private elements."""

LOSSLESS = (
    "1.2.840.10008.1.2.4.80",  # JPEG-LS Lossless
    "1.2.840.10008.1.2.5",  # RLE Lossless
    "1.2.840.10008.1.2.4.70",  # JPEG Lossless, Process 14 SV1
    "1.2.840.10008.1.2.4.57",  # JPEG Lossless, Process 14
    "1.2.840.10008.1.2.4.90",  # JPEG 2000 Lossless Only
    "1.2.840.10008.1.2.4.201",  # HTJ2K Lossless Only
    "1.2.840.10008.1.2.8.1",  # Deflated Image Frame
)
"""Compression that an instance may be put into without being asked: nothing is lost; the quickest first."""

# Outstanding requests under a window without a bound: enough to hide any latency, few enough to count.
_MOST_OUTSTANDING = 64
# Small instances are queued together up to this, so that one send carries several.
_TOGETHER = 256 << 10


class Instance(Protocol):
    """A composite instance that can be sent: what is in a file or a data set, opened so far that this is known."""

    @property
    def sop_class_uid(self) -> str:
        """SOP Class UID."""

    @property
    def sop_instance_uid(self) -> str:
        """SOP Instance UID."""

    @property
    def transfer_syntax(self) -> str:
        """The transfer syntax that its bytes have."""

    @property
    def size(self) -> int:
        """Bytes of its data set, about."""

    def open(self, transfer_syntax: str) -> DataSource:
        """Return its data set's bytes in a transfer syntax, its own or another one. Raises DicomError, OSError."""

    def close(self) -> None:
        """Let go of what it holds."""


class StoreResult(NamedTuple):
    """What became of one instance. Either `status` is the peer's answer, or `error` says why there is none."""

    source: object = None
    """The path, data set or stream that was to be sent."""
    sop_class_uid: UID = UID("")
    sop_instance_uid: UID = UID("")
    """Empty if the source could not be read."""
    transfer_syntax: UID = UID("")
    """The transfer syntax that it was sent in."""
    status: Status | None = None
    error: Exception | None = None
    comment: str = ""
    """The peer's Error Comment (0000,0902)."""

    @property
    def is_stored(self) -> bool:
        """True if the peer says that it has the instance, with a warning or without."""
        return self.status is not None and (self.status.is_success or self.status.is_warning)

    def raise_for_status(self) -> None:
        """Raise `error`, or DimseStatusError for a status of failure; do nothing for success and warnings."""
        if self.error is not None:
            raise self.error
        if self.status is not None and not self.is_stored:
            raise DimseStatusError(self.comment or self.status.meaning(), status=int(self.status))


def choose_context(
    own: str, contexts: list[AcceptedContext], transcode_to: tuple[str, ...] | None = None
) -> AcceptedContext | None:
    """Return the context to send an instance in: that of its own transfer syntax, or of one that loses nothing.

    `transcode_to` are further transfer syntaxes, lossy ones perhaps, that the caller allows and prefers; an empty tuple
    allows none but those without compressed frames.
    """
    by_syntax: dict[str, AcceptedContext] = {}
    for context in contexts:
        by_syntax.setdefault(context.transfer_syntax, context)
    if own in by_syntax:
        return by_syntax[own]
    wishes = (*_NATIVE, *LOSSLESS) if transcode_to is None else (*transcode_to, *_NATIVE)
    for uid in wishes:
        if uid in by_syntax:
            return by_syntax[uid]
    return None


class _Prepared:
    """An instance that can be sent at once."""

    __slots__ = ("context", "data", "instance", "item", "uid")

    def __init__(self, item: object, instance: Instance, context: AcceptedContext, data: DataSource) -> None:
        self.item = item
        self.instance = instance
        self.context = context
        self.data = data
        # Compression with loss makes another instance of it.
        self.uid: str = getattr(data, "sop_instance_uid", instance.sop_instance_uid)


class StoreOperation(Operation[StoreResult]):
    """Sends instances one behind the other, as many outstanding as the window allows; one result for each."""

    __slots__ = (
        "_being_sent", "_items", "_open", "_originator", "_outstanding", "_port", "_prepared", "_stopped",
        "_transcode_to", "stop_on_failure",
    )  # fmt: skip

    def __init__(
        self,
        items: Iterable[object],
        open_instance: Callable[[object], Instance],
        *,
        stop_on_failure: bool = False,
        transcode_to: tuple[str, ...] | None = None,
        originator: tuple[str, int] | None = None,
    ) -> None:
        """Take what is to be sent, and how it is opened.

        `originator` is the AE title and Message ID of the C-MOVE that these are sub-operations of.
        """
        super().__init__()
        self._items: Iterator[object] = iter(items)
        self._open = open_instance
        self._port: Port | None = None
        self._prepared: deque[_Prepared] = deque()
        self._outstanding: dict[int, _Prepared] = {}
        self._being_sent: list[_Prepared] = []
        self._stopped = False
        self._transcode_to = transcode_to
        self._originator = originator
        self.stop_on_failure = stop_on_failure

    def begin(self, port: Port) -> None:
        """Queue the first request."""
        self._port = port
        self.advance()

    def advance(self) -> None:
        """Queue requests as far as the window allows."""
        port = self._port
        assert port is not None  # begin() was called
        # What was queued has been sent: its memory is the next one's, while it is still in the processor's cache.
        for one in self._being_sent:
            one.instance.close()
        self._being_sent.clear()
        limit = port.window or _MOST_OUTSTANDING
        queued = 0
        while len(self._outstanding) < limit and queued < _TOGETHER:
            if not self._prepared:
                self.prepare()
            if not self._prepared:
                break
            one = self._prepared.popleft()
            self._send(port, one)
            queued += one.instance.size
        if self._stopped and not self._outstanding and not self._prepared:
            self.done = True

    def prepare(self) -> None:
        """Open the next instance and read its beginning."""
        while not self._stopped and not self._prepared:
            try:
                item = next(self._items)
            except StopIteration:
                self._stopped = True
                return
            self._prepare(item)

    def _prepare(self, item: object) -> None:
        assert self._port is not None  # begin() was called
        try:
            instance = self._open(item)
        except (DicomError, OSError) as error:
            self._add(StoreResult(source=item, error=error))
            return
        try:
            accepted = self._port.contexts.of(instance.sop_class_uid)
            context = choose_context(instance.transfer_syntax, accepted, self._transcode_to)
            if context is None:
                raise _no_context(instance, accepted)
            self._prepared.append(_Prepared(item, instance, context, instance.open(context.transfer_syntax)))
        except (DicomError, OSError) as error:
            instance.close()
            self._add(_result(item, instance, error=error))

    def _send(self, port: Port, one: _Prepared) -> None:
        message_id = port.next_message_id()
        title, number = self._originator or (None, None)
        command = Command(
            CommandField.C_STORE_RQ,
            message_id=message_id,
            affected_sop_class_uid=one.instance.sop_class_uid,
            affected_sop_instance_uid=one.uid,
            priority=Priority.MEDIUM,
            move_originator=title,
            move_originator_message_id=number,
            has_data_set=True,
        )
        self._outstanding[message_id] = one
        self._being_sent.append(one)
        port.invoke(self, one.context, command, one.data, getattr(one.data, "length", None))

    def response(self, context: AcceptedContext, command: Command) -> None:
        """Take the answer to one of the requests."""
        assert self._port is not None  # begin() was called
        one = self._outstanding.pop(command.responded_to or 0)
        one.instance.close()
        self._port.finish(command.responded_to)
        self.status = status = command.status
        self._add(
            StoreResult(
                source=one.item,
                sop_class_uid=UID(one.instance.sop_class_uid),
                sop_instance_uid=UID(one.uid),
                transfer_syntax=one.context.transfer_syntax,
                status=status,
                comment=command.error_comment or "",
            )
        )

    def send_failed(self, command: Command, error: Exception) -> None:
        """Report an instance whose data set could not be read; the association goes on."""
        one = self._outstanding.pop(command.message_id or 0)
        one.instance.close()
        self._add(_result(one.item, one.instance, error=error))

    def _add(self, result: StoreResult) -> None:
        self.results.append(result)
        if self.stop_on_failure and not result.is_stored:
            self.stop()

    def stop(self) -> None:
        """Send no further instance; those that are on their way are waited for."""
        self._stopped = True
        while self._prepared:
            self._prepared.popleft().instance.close()

    def cancel(self) -> None:
        """Send no further instance."""
        self.stop()
        self.done = not self._outstanding

    def fail(self, error: NetworkError) -> None:
        """Give a result to each instance that was not answered, those that were not even opened included."""
        for one in (*self._outstanding.values(), *self._prepared):
            one.instance.close()
            self.results.append(_result(one.item, one.instance, error=error))
        self._outstanding.clear()
        self._prepared.clear()
        if not self._stopped and not self.stop_on_failure:
            self.results.extend(StoreResult(source=item, error=error) for item in self._items)
        self._stopped = True
        self.done = True


def _no_context(instance: Instance, accepted: list[AcceptedContext]) -> NoPresentationContextError:
    if not accepted:
        return NoPresentationContextError(abstract_syntax=instance.sop_class_uid)
    own = TransferSyntax.of(instance.transfer_syntax).name
    names = ", ".join([TransferSyntax.of(context.transfer_syntax).name for context in accepted])
    message = f"the peer accepted {names}, into which {own} is not changed without being asked,"
    return NoPresentationContextError(message, abstract_syntax=instance.sop_class_uid)


def _result(item: object, instance: Instance, *, error: Exception) -> StoreResult:
    return StoreResult(
        source=item,
        sop_class_uid=UID(instance.sop_class_uid),
        sop_instance_uid=UID(instance.sop_instance_uid),
        error=error,
    )
