"""A folder that receives instances: each is checked, made durable, and named last (PS3.4 B.2.3, PS3.10 7)."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from functools import lru_cache
from typing import TYPE_CHECKING

from dicomkit.core.issue import IssueCode
from dicomkit.core.limits import DEFAULT_LIMITS
from dicomkit.core.uid import UID
from dicomkit.encoding.options import ReadOptions
from dicomkit.encoding.scanning import FIRST_WINDOW
from dicomkit.errors import DicomError, counted
from dicomkit.file import dcmread
from dicomkit.file.atomic import write_parts
from dicomkit.net.storage import outcome
from dicomkit.net.storage.comparing import digest, is_same
from dicomkit.net.storage.file_head import file_head
from dicomkit.net.storage.layout import SUFFIX, Layout, own_name
from dicomkit.net.storage.outcome import Disposition, Duplicates, Stored
from dicomkit.net.storage.placing import FolderSync, Nursery, Temporary

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from dicomkit.dataset import Dataset

    Buffer = bytes | bytearray | memoryview

__all__ = ["IncomingInstance", "InstanceFolder"]

_MOST_PARTS = 1024  # IOV_MAX of Linux, the least of the systems in use
_SEPARATE = "duplicates"
_SOP_CLASS, _SOP_INSTANCE = 0x00080016, 0x00080018
_MORE, _ENOUGH = FIRST_WINDOW - 1024, 4096  # a file meta has 400 bytes

_CHECKING = ReadOptions(limits=DEFAULT_LIMITS.replace(fragments_at_open=DEFAULT_LIMITS.fragments, value_bytes=64 << 10))
"""Everything is walked; what names a file is never longer than a VR with a short length allows."""

_INCOMPLETE = frozenset([IssueCode.TRUNCATED, IssueCode.DEFLATE_DAMAGED])


class _FailedError(Exception):
    """What the sender is told; never leaves this module."""

    def __init__(self, status: int, comment: str) -> None:
        super().__init__(comment)
        self.status = status
        self.comment = comment


def _of_system(error: OSError) -> _FailedError:
    # Not the text with the path: it goes to the peer.
    return _FailedError(outcome.OUT_OF_RESOURCES, (error.strerror or type(error).__name__)[:64])


class InstanceFolder:
    """Takes instances as their bytes arrive, from any number of threads, and answers for each what became of it.

    A file is either whole under its final name or not there, whatever happens. With `durable`, an outcome of success
    means that the file and its name are on the disk. Names are a hash of the SOP Instance UID, unless a `layout` says
    otherwise. `maximum_bytes` bounds one data set. Raises OSError if the folder cannot be made or written to.
    """

    __slots__ = (
        "_done", "_duplicates", "_durable", "_folder_sync", "_layout", "_maximum", "_nursery", "_ready", "path"
    )  # fmt: skip

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        durable: bool = True,
        duplicates: Duplicates | str = Duplicates.KEEP_BOTH,
        layout: Layout | str | None = None,
        maximum_bytes: int | None = None,
    ) -> None:
        self.path = os.path.abspath(os.fspath(path))
        self._durable = durable
        self._duplicates = Duplicates(duplicates)
        self._layout = Layout(layout) if isinstance(layout, str) else layout
        self._maximum = maximum_bytes
        self._nursery = Nursery(self.path)
        self._folder_sync = FolderSync(self.path)
        self._ready: deque[Temporary] = deque()
        self._done: deque[Temporary] = deque()

    @property
    def removed(self) -> int:
        """How many temporary files of processes that died were removed at the start."""
        return self._nursery.removed

    def prepare(self) -> None:
        """Do what the next instance needs and the last one left, while nobody waits; it may be left out."""
        if not self._ready:
            with contextlib.suppress(OSError):  # the next instance will say it
                self._ready.append(self._nursery.create())
        self._clean_up()

    def close(self) -> None:
        """Let go of what was prepared. Instances that have begun can be finished."""
        self._clean_up()
        while self._ready:
            self._ready.pop().discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_done"):  # else it was never made
            self.close()

    def _clean_up(self) -> None:
        done = self._done
        while done:
            with contextlib.suppress(IndexError):  # another thread was faster
                done.popleft().discard()

    def _temporary(self) -> Temporary:
        try:
            return self._ready.pop()
        except IndexError:
            self._clean_up()
            return self._nursery.create()

    def begin(
        self,
        sop_class_uid: str,
        sop_instance_uid: str,
        transfer_syntax: str,
        *,
        sending: str = "",
        receiving: str = "",
    ) -> IncomingInstance:
        """Return where the pieces of a data set go; what is wrong already is said at the end.

        The UIDs are those of the command set, the transfer syntax that of the presentation context, the AE titles
        those of the association.
        """
        return IncomingInstance(self, sop_class_uid, sop_instance_uid, transfer_syntax, sending, receiving)

    def finish(self, instances: Sequence[IncomingInstance]) -> list[Stored]:
        """Name the files of data sets that have come to their end, and return what became of each, in their order.

        Several at once share one sync of the folder. Never raises for what a peer or a disk does.
        """
        outcomes = [self._named(instance) for instance in instances]
        if self._durable:
            outcomes = self._synced(instances, outcomes)
        for instance in instances:
            temporary = instance._temporary
            if temporary is not None and temporary.path is None:
                instance._temporary = None
                self._done.append(temporary)  # to close it can wait
            else:
                instance.discard()
        return outcomes

    def _named(self, instance: IncomingInstance) -> Stored:
        try:
            ds = instance._checked()
            relative = own_name(instance.sop_instance_uid) if self._layout is None else self._layout.path_of(ds)
            temporary = instance._temporary
            assert temporary is not None  # _checked says so
            if self._durable:
                self._nursery.sync(temporary)
            return self._placed(instance, temporary, os.path.join(self.path, *relative.split("/")))
        except OSError as error:
            return instance._outcome(_of_system(error))
        except _FailedError as failed:
            return instance._outcome(failed)

    def _placed(self, instance: IncomingInstance, temporary: Temporary, path: str) -> Stored:
        if self._is_placed(temporary, path):
            return instance._stored(path)
        if is_same(temporary.fd, instance._head_length, instance.transfer_syntax, path):
            return instance._stored(path, Disposition.IDENTICAL, "the same instance was stored before")
        policy = self._duplicates
        if policy is Duplicates.REPLACE:
            self._nursery.replace(temporary, path)
            return instance._stored(path, Disposition.REPLACED, "took the place of another data set")
        if policy is Duplicates.KEEP_FIRST:
            failed = _FailedError(outcome.COERCED, "another data set of this SOP Instance UID is kept")
            return instance._outcome(failed, path, Disposition.KEPT_FIRST)
        if policy is Duplicates.REFUSE:
            raise _FailedError(outcome.DUPLICATE, "another data set of this SOP Instance UID is stored")
        return self._placed_beside(instance, temporary, path)

    def _placed_beside(self, instance: IncomingInstance, temporary: Temporary, path: str) -> Stored:
        """Keep what differs under a name that its content gives: sent again, it is found there."""
        stem, _ = os.path.splitext(os.path.relpath(path, self.path))
        content = digest(temporary.fd, instance._head_length, instance.transfer_syntax)
        other = os.path.join(self.path, _SEPARATE, f"{stem[:200]}.{content}{SUFFIX}")
        if not self._is_placed(temporary, other) and not is_same(
            temporary.fd, instance._head_length, instance.transfer_syntax, other
        ):
            raise _FailedError(outcome.OUT_OF_RESOURCES, "the name of a duplicate is taken by something else")
        return instance._stored(other, Disposition.KEPT_BOTH, "differs from what was stored before; both are kept")

    def _is_placed(self, temporary: Temporary, path: str) -> bool:
        try:
            try:
                self._nursery.place(temporary, path)
            except FileNotFoundError:
                self._nursery.make_folders(os.path.dirname(path))
                self._nursery.place(temporary, path)
        except FileExistsError:
            return False
        return True

    def _synced(self, instances: Sequence[IncomingInstance], outcomes: list[Stored]) -> list[Stored]:
        """Bring the names to the disk, those of identical instances too: who wrote them may not have come so far."""
        folders = {os.path.dirname(one.path) for one in outcomes if one.path}
        failed: dict[str, _FailedError] = {}
        for folder in folders:
            try:
                self._folder_sync.sync([folder])
            except OSError as error:
                failed[folder] = _of_system(error)
        if not failed:
            return outcomes
        return [
            instance._outcome(failed[os.path.dirname(one.path)]) if os.path.dirname(one.path) in failed else one
            for instance, one in zip(instances, outcomes, strict=True)
        ]


class IncomingInstance:
    """One data set on its way into a folder. Errors wait until the end, as the peer waits for its answer until then."""

    __slots__ = (
        "_failed", "_folder", "_head_length", "_parts", "_temporary", "_window", "data_set_bytes", "sop_class_uid",
        "sop_instance_uid", "transfer_syntax",
    )  # fmt: skip

    def __init__(
        self,
        folder: InstanceFolder,
        sop_class_uid: str,
        sop_instance_uid: str,
        transfer_syntax: str,
        sending: str,
        receiving: str,
    ) -> None:
        self._folder = folder
        self.sop_class_uid = sop_class_uid
        self.sop_instance_uid = sop_instance_uid
        self.transfer_syntax = transfer_syntax
        self.data_set_bytes = 0
        self._parts: list[Buffer] = []
        self._head_length = 0
        self._window: bytes | None = None  # the first bytes of the file, as far as the first flush has them
        self._failed: _FailedError | None = None
        self._temporary: Temporary | None = None
        if not _is_valid(sop_instance_uid) or not _is_valid(sop_class_uid):
            self._failed = _FailedError(outcome.INVALID_INSTANCE, "an illegal UID")
            return
        try:
            head = file_head(sop_class_uid, sop_instance_uid, transfer_syntax, sending, receiving)
            self._temporary = folder._temporary()
        except OSError as error:
            self._failed = _of_system(error)
        except UnicodeEncodeError:
            self._failed = _FailedError(outcome.CANNOT_UNDERSTAND, "a transfer syntax or AE title that is not ASCII")
        else:
            self._head_length = len(head)
            self._parts.append(head)

    def add(self, piece: Buffer) -> None:
        """Take a piece of the data set; it must stay as it is until `flush`."""
        self.data_set_bytes += len(piece)
        parts = self._parts
        parts.append(piece)
        if len(parts) >= _MOST_PARTS:
            self.flush()

    def flush(self) -> None:
        """Write what was added; then its memory may be used again."""
        parts = self._parts
        if not parts:
            return
        self._parts = []
        temporary, maximum = self._temporary, self._folder._maximum
        if temporary is None or self._failed is not None:
            return
        if maximum is not None and self.data_set_bytes > maximum:
            self._fail(_FailedError(outcome.OUT_OF_RESOURCES, f"more than {counted(maximum, 'byte')}"))
            return
        if self._window is None:
            # These parts begin with the head of the file. Those of a later flush lie elsewhere in it.
            first = parts[1:2]
            if first and len(first[0]) >= FIRST_WINDOW:
                first = [first[0][:_MORE]]
            self._window = b"".join([parts[0], *first])
        try:
            write_parts(temporary.fd, parts)
        except OSError as error:
            self._fail(_of_system(error))

    def _fail(self, failed: _FailedError) -> None:
        """Give the space back at once: the rest may be long."""
        self._failed = failed
        self.discard()

    def finish(self) -> Stored:
        """Name the file and return what became of it; see `InstanceFolder.finish`."""
        return self._folder.finish([self])[0]

    def discard(self) -> None:
        """Forget the instance: nothing of it stays. Nothing happens if it was finished."""
        self._parts = []
        temporary, self._temporary = self._temporary, None
        if temporary is not None:
            temporary.discard()

    def _checked(self) -> Dataset:
        """Return the data set that was written, if it is whole and the one that the command announced."""
        self.flush()
        if self._failed is not None:
            raise self._failed
        temporary = self._temporary
        if temporary is None:
            raise _FailedError(outcome.CANNOT_UNDERSTAND, "finished or discarded before")
        written = _Written(temporary.fd, self._window or b"", self._head_length + self.data_set_bytes)
        try:
            ds = dcmread(written, _CHECKING)
            is_right = _has(ds, _SOP_CLASS, self.sop_class_uid) and _has(ds, _SOP_INSTANCE, self.sop_instance_uid)
        except DicomError as error:
            raise _FailedError(outcome.CANNOT_UNDERSTAND, type(error).__name__) from error
        issues = ds.issues
        if issues and not _INCOMPLETE.isdisjoint([issue.code for issue in issues]):
            raise _FailedError(outcome.CANNOT_UNDERSTAND, "the data set ends inside an element")
        if not is_right:
            raise _FailedError(outcome.MISMATCH, "SOP Class or Instance UID differ from the command's")
        return ds

    def _outcome(self, failed: _FailedError, path: str = "", disposition: Disposition = Disposition.REFUSED) -> Stored:
        return self._said(failed.status, path, disposition, failed.comment)

    def _said(self, status: int, path: str, disposition: Disposition, comment: str) -> Stored:
        return Stored(
            status, path, disposition, comment, self.sop_class_uid, self.sop_instance_uid, self.transfer_syntax,
            self.data_set_bytes,
        )  # fmt: skip

    def _stored(self, path: str, disposition: Disposition = Disposition.NEW, comment: str = "") -> Stored:
        return self._said(outcome.SUCCESS, path, disposition, comment)


@lru_cache(maxsize=1024)
def _is_valid(uid: str) -> bool:
    return UID(uid).is_valid


def _has(ds: Dataset, tag: int, uid: str) -> bool:
    index = ds._index
    assert index is not None  # it was read
    position = index.find(index.root, tag)
    value = index.value(position) if position >= 0 else None
    if value is None:  # absent, or further behind than it should be
        return tag in ds and str(ds[tag].value) == uid
    return value.rstrip(b"\0 ") == uid.encode("ascii")


class _Written:
    """The file that was just written, as a source to read."""

    __slots__ = ("_head", "fd", "size")

    is_local = True
    name = "<received>"

    def __init__(self, fd: int, head: bytes, size: int) -> None:
        self.fd = fd
        self.size = size
        self._head = head

    def head(self, length: int) -> bytes:
        """Return the first bytes."""
        return self._head if len(self._head) >= _ENOUGH else self.read_at(0, length)

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes, fewer only at the end."""
        return os.pread(self.fd, length, offset)

    def close(self) -> None:
        """Do nothing: the file is closed when it has its name."""
