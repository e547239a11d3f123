"""Where received instances go: a folder, a writer of the caller's, the results of a C-GET (PS3.4 B.2, C.4.3)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dicomkit.net.dispatch import Response
from dicomkit.net.storage.folder import InstanceFolder
from dicomkit.net.storage.outcome import Duplicates

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    from dicomkit.net.dispatch import Sink, StoreRequest, StoreTarget
    from dicomkit.net.operations import GetOperation
    from dicomkit.net.options import AssociationOptions
    from dicomkit.net.storage.folder import IncomingInstance
    from dicomkit.net.storage.layout import Layout
    from dicomkit.net.storage.outcome import Stored

__all__ = ["AsStream", "ToFolder", "Writer", "retrieval_target"]


class ToFolder:
    """A handler for ``"store"`` that puts instances into a folder, as files that are whole and durable when answered.

    `then` is called with each request that was stored, whose `path` is the file, and may answer otherwise; for the
    rest see `InstanceFolder`.
    """

    __slots__ = ("folder", "then")

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        durable: bool = True,
        duplicates: Duplicates | str = Duplicates.KEEP_BOTH,
        layout: Layout | str | None = None,
        maximum_bytes: int | None = None,
        then: Callable[[StoreRequest], object] | None = None,
    ) -> None:
        """Open the folder, which is made if it is not there."""
        self.folder = InstanceFolder(
            path, durable=durable, duplicates=duplicates, layout=layout, maximum_bytes=maximum_bytes
        )
        self.then = then

    def open(self, request: StoreRequest) -> Sink:
        """Return what takes the request's data set."""
        peer = request.peer
        incoming = self.folder.begin(
            request.sop_class_uid,
            request.sop_instance_uid,
            request.context.transfer_syntax,
            sending=peer.calling_ae_title,
            receiving=peer.called_ae_title,
        )
        return _FolderSink(self, request, incoming)

    def prepare(self) -> None:
        """Do what the next instance will need; for the time that would be spent waiting."""
        self.folder.prepare()


class _FolderSink:
    """One instance on its way into a folder."""

    __slots__ = ("_incoming", "_request", "_stored", "_target", "discard", "flush", "write")

    def __init__(self, target: ToFolder, request: StoreRequest, incoming: IncomingInstance) -> None:
        self._target = target
        self._request = request
        self._incoming = incoming
        self._stored: Stored | None = None
        # The hot path goes straight to them.
        self.write = incoming.add
        self.flush = incoming.flush
        self.discard = incoming.discard

    def share(self, others: Iterable[Sink]) -> None:
        """Name the files of other instances that have come as well and are for the same folder: one sync for all."""
        folder = self._target.folder
        sinks = [one for one in others if isinstance(one, _FolderSink) and one._is_open_for(folder)]
        if sinks and self._is_open_for(folder):
            sinks.append(self)
            for sink, stored in zip(sinks, folder.finish([sink._incoming for sink in sinks]), strict=True):
                sink._stored = stored

    def _is_open_for(self, folder: InstanceFolder) -> bool:
        return self._target.folder is folder and self._stored is None

    def commit(self) -> object:
        return self._answer(self._stored or self._incoming.finish())

    def _answer(self, stored: Stored) -> object:
        """Return what a handler would: the outcome, or what `then` makes of it."""
        request, then = self._request, self._target.then
        if then is not None and stored.is_stored:
            request.path = Path(stored.path)
            request.received(stored.path)
            answer = then(request)
            if answer is not None:
                return answer
        return Response(stored.status, error_comment=stored.comment if stored.status else "")


class Writer(Protocol):
    """What an `AsStream` handler returns: takes a data set piece by piece.

    It may have ``commit()``, which is called at the end and returns what a handler may return, and ``discard()``, which
    is called instead if the rest never comes.
    """

    def write(self, view: memoryview) -> None:
        """Take a piece; the view is valid during the call only."""


class AsStream:
    """A handler for ``"store"`` that takes data sets while they arrive: `open_writer` gives each request its writer."""

    __slots__ = ("_open_writer",)

    def __init__(self, open_writer: Callable[[StoreRequest], Writer]) -> None:
        """Take the function."""
        self._open_writer = open_writer

    def open(self, request: StoreRequest) -> Sink:
        """Return what takes the request's data set."""
        return _StreamSink(self._open_writer(request))


class _StreamSink:
    """A writer of the caller's as a sink."""

    __slots__ = ("_writer", "write")

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.write = writer.write

    def flush(self) -> None:
        pass  # the writer has looked at each piece already

    def commit(self) -> object:
        commit = getattr(self._writer, "commit", None)
        return commit() if commit is not None else None

    def discard(self) -> None:
        discard = getattr(self._writer, "discard", None)
        if discard is not None:
            discard()


class _DatasetTarget:
    """Gives each instance of a C-GET to its operation as a data set."""

    __slots__ = ("_operation", "_options")

    def __init__(self, operation: GetOperation, options: AssociationOptions) -> None:
        self._operation = operation
        self._options = options

    def open(self, request: StoreRequest) -> Sink:
        return request.collected(self._take, self._options.data_set_bytes)

    def _take(self, request: StoreRequest) -> None:
        instance = request.dataset
        assert instance is not None  # it was received
        self._operation.stored(instance)


def retrieval_target(
    operation: GetOperation, into: str | os.PathLike[str] | None, options: AssociationOptions
) -> StoreTarget:
    """Return where the instances of a C-GET go: into a folder, or into memory."""
    if into is None:
        return _DatasetTarget(operation, options)

    def then(request: StoreRequest) -> None:
        assert request.path is not None  # it was stored
        operation.stored(request.path)

    return ToFolder(into, then=then)
