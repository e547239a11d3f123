"""Files that appear under their name whole or not at all, and never in the place of another one."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from threading import Condition, Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FolderSync", "Nursery", "Temporary"]

_READ_WRITE = os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_UNNAMED: int = getattr(os, "O_TMPFILE", 0)  # Linux
_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700
_LEFTOVER = re.compile(r"\.dicomkit-[0-9a-f]{16}\.part")

# What a file system says that has no hard links (FAT, some network file systems), or no files without a name.
_NOT_SUPPORTED = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL, errno.EISDIR, errno.EMLINK}

_sync_file = getattr(os, "fdatasync", os.fsync)

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # Windows, where an open file cannot be removed

    def _is_ours(fd: int) -> bool:
        return True
else:

    def _is_ours(fd: int) -> bool:
        """Lock a file for as long as it is open here; False if another process has it."""
        try:
            flock(fd, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks
            return True
        return True


class Temporary:
    """A file that has no name yet, or one that says so."""

    __slots__ = ("fd", "path")

    def __init__(self, fd: int, path: str | None) -> None:
        self.fd = fd
        self.path = path

    def discard(self) -> None:
        """Remove it; nothing happens if that was done."""
        fd, self.fd = self.fd, -1
        path, self.path = self.path, None
        if fd >= 0:
            os.close(fd)
        if path is not None:
            with contextlib.suppress(OSError):
                os.unlink(path)


class Nursery:
    """Where the files of one folder are until they are whole.

    On Linux they have no name at all, so that a crash leaves nothing. Elsewhere they are called ``.dicomkit-….part``
    and locked while somebody writes them; those of a process that died are removed at the start, and counted in
    `removed`. Making one tries whether the folder can be written to: OSError.
    """

    __slots__ = ("_has_links", "_is_unnamed", "_moving", "removed", "root")

    def __init__(self, root: str, *, unnamed: bool = True) -> None:
        self.root = root
        self._moving = Lock()
        os.makedirs(root, _PRIVATE_FOLDER, exist_ok=True)
        self.removed = sum([_remove_leftover(entry.path) for entry in _leftovers(root)])
        self._has_links = True
        self._is_unnamed = unnamed and bool(_UNNAMED)
        self._try_out()

    def _try_out(self) -> None:
        """Find out what the file system can do, by doing it."""
        while True:
            probe = self.create()
            name = self._part_name()
            try:
                self.place(probe, name)
            except OSError as error:
                if error.errno not in _NOT_SUPPORTED | {errno.ENOENT, errno.EXDEV}:
                    raise
                if not (self._is_unnamed or self._has_links):
                    raise
                # Without /proc, a file without a name gets none.
                self._is_unnamed, self._has_links = False, self._is_unnamed
                continue
            finally:
                probe.discard()
            os.unlink(name)
            return

    def _part_name(self) -> str:
        return os.path.join(self.root, f".dicomkit-{os.urandom(8).hex()}.part")

    def create(self) -> Temporary:
        """Return a new file, which only its owner may read and write. Raises OSError."""
        if self._is_unnamed:
            try:
                return Temporary(os.open(self.root, _READ_WRITE | _UNNAMED, _PRIVATE_FILE), None)
            except OSError as error:
                if error.errno not in _NOT_SUPPORTED:
                    raise
                self._is_unnamed = False
        while True:
            path = self._part_name()
            fd = os.open(path, _READ_WRITE | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
            temporary = Temporary(fd, path)
            try:
                # Who cleans up may have come between; then the name is gone, or soon will be.
                if _is_ours(fd) and os.fstat(fd).st_nlink:
                    return temporary
            except BaseException:
                temporary.discard()
                raise
            temporary.discard()

    def place(self, temporary: Temporary, path: str) -> None:
        """Give a file its name. Raises FileExistsError if another one has it, OSError as `os.link` does."""
        if temporary.path is None:
            # With a folder, the call follows the link that /proc has for an open file.
            os.link(f"/proc/self/fd/{temporary.fd}", path, src_dir_fd=temporary.fd, follow_symlinks=True)
        elif self._has_links:
            os.link(temporary.path, path)
        else:
            self._move(temporary, path)

    def _move(self, temporary: Temporary, path: str) -> None:
        """Where there are no hard links, only this process is kept from taking a name that is taken."""
        assert temporary.path is not None  # a file without a name is linked
        with self._moving:
            if os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
            os.rename(temporary.path, path)
            temporary.path = None

    def replace(self, temporary: Temporary, path: str) -> None:
        """Give a file a name that another one has, which has none then. Raises OSError."""
        if temporary.path is None:
            name = self._part_name()
            self.place(temporary, name)
            temporary.path = name
        os.replace(temporary.path, path)
        temporary.path = None

    def make_folders(self, path: str) -> None:
        """Make a folder below the root, and those above it."""
        os.makedirs(path, _PRIVATE_FOLDER, exist_ok=True)

    def sync(self, temporary: Temporary) -> None:
        """Return when the content is on the disk. Raises OSError; then nobody knows what is."""
        _sync_file(temporary.fd)


def _leftovers(root: str) -> list[os.DirEntry[str]]:
    with os.scandir(root) as entries:
        return [entry for entry in entries if _LEFTOVER.fullmatch(entry.name)]


def _remove_leftover(path: str) -> bool:
    """Remove a temporary file, unless a living process holds it."""
    try:
        fd = os.open(path, _READ_WRITE | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return False
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode) or not _is_ours(fd):
            return False
    finally:
        os.close(fd)
    try:
        os.unlink(path)
    except OSError:
        return False
    return True


class _Turn:
    """How far the syncs of one folder have come."""

    __slots__ = ("begun", "failed", "finished", "is_running", "waiting")

    def __init__(self) -> None:
        self.begun = self.finished = self.failed = self.waiting = 0
        self.is_running = False


class FolderSync:
    """Brings names to the disk. Threads that ask while one sync runs share the next one."""

    __slots__ = ("_condition", "_known", "_root", "_turns")

    def __init__(self, root: str) -> None:
        self._root = root
        self._condition = Condition()
        self._turns: dict[str, _Turn] = {}
        self._known: set[str] = set()

    def sync(self, folders: Iterable[str]) -> None:
        """Return when all names in the folders are on the disk, and the folders' own up to the root.

        Raises OSError if a sync failed that should have brought them there.
        """
        if not hasattr(os, "O_DIRECTORY"):
            return  # Windows keeps names with the file
        for folder in dict.fromkeys(folders):
            self._sync_shared(folder)
            while folder != self._root and folder not in self._known:
                above = os.path.dirname(folder)
                self._sync_shared(above)
                self._remember(folder)
                folder = above

    def _remember(self, folder: str) -> None:
        if len(self._known) >= 10_000:
            self._known.clear()  # they are only synced again
        self._known.add(folder)

    def _sync_shared(self, folder: str) -> None:
        with self._condition:
            turn = self._turns.setdefault(folder, _Turn())
            mine = turn.begun + 1  # one that runs now may have passed our name already
            turn.waiting += 1
            try:
                while turn.finished < mine:
                    if turn.is_running:
                        self._condition.wait()
                    else:
                        self._run(turn, folder)
                if turn.failed >= mine:
                    raise OSError(errno.EIO, "the folder could not be brought to the disk", folder)
            finally:
                turn.waiting -= 1
                if not turn.waiting:
                    del self._turns[folder]

    def _run(self, turn: _Turn, folder: str) -> None:
        """Sync, with the condition let go of meanwhile."""
        turn.is_running = True
        turn.begun += 1
        self._condition.release()
        failed = True
        try:
            with contextlib.suppress(OSError):
                fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                try:
                    os.fsync(fd)
                    failed = False
                finally:
                    os.close(fd)
        finally:
            self._condition.acquire()
            turn.is_running = False
            turn.finished = turn.begun
            if failed:
                turn.failed = turn.begun
            self._condition.notify_all()
