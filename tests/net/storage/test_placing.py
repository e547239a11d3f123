"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dicomkit.net.storage import placing
from dicomkit.net.storage.placing import FolderSync, Nursery

KINDS = pytest.mark.parametrize("unnamed", [True, False], ids=["unnamed", "named"])


def content_of(folder: Path) -> dict[str, bytes]:
    """Give what is in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def names(folder: Path) -> list[str]:
    """Give the names in a folder, hidden ones too."""
    return sorted(path.name for path in folder.iterdir())


@KINDS
def test_a_name_comes_last(tmp_path: Path, unnamed: bool):
    """Until it is placed no file has the name; afterwards it has all its content and is its owner's alone."""
    nursery = Nursery(str(tmp_path / "new" / "folder"), unnamed=unnamed)
    temporary = nursery.create()
    os.write(temporary.fd, b"content")
    root = tmp_path / "new" / "folder"
    assert not (root / "x").exists()
    nursery.place(temporary, str(root / "x"))
    temporary.discard()
    assert {"x": b"content"} == content_of(root)
    assert 0o600 == (root / "x").stat().st_mode & 0o777


@KINDS
def test_no_name_is_taken_from_another(tmp_path: Path, unnamed: bool):
    """A name that a file, a folder or a dangling link has stays theirs; only replace takes it."""
    nursery = Nursery(str(tmp_path), unnamed=unnamed)
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    temporary = nursery.create()
    os.write(temporary.fd, b"new")
    for name in ("file", "folder", "link"):
        with pytest.raises(FileExistsError):
            nursery.place(temporary, str(tmp_path / name))
    assert b"old" == (tmp_path / "file").read_bytes()
    nursery.replace(temporary, str(tmp_path / "file"))
    temporary.discard()
    assert b"new" == (tmp_path / "file").read_bytes()
    assert ["file", "folder", "link"] == names(tmp_path)


def test_where_there_are_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """On a file system without hard links files are moved, and still none is replaced."""

    def link(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    nursery = Nursery(str(tmp_path))
    one, other = nursery.create(), nursery.create()
    nursery.place(one, str(tmp_path / "x"))
    with pytest.raises(FileExistsError):
        nursery.place(other, str(tmp_path / "x"))
    one.discard()
    other.discard()
    assert ["x"] == names(tmp_path)


def test_where_files_need_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A file system that knows no files without a name gets files whose name says that they are temporary."""
    opened = os.open

    def without(path: str, flags: int, mode: int = 0o777, **rest: int) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")
        return opened(path, flags, mode, **rest)

    monkeypatch.setattr(os, "open", without)
    nursery = Nursery(str(tmp_path))
    temporary = nursery.create()
    assert temporary.path is not None
    assert [Path(temporary.path).name] == names(tmp_path)
    temporary.discard()
    assert [] == names(tmp_path)


def test_leftovers_of_the_dead_go(tmp_path: Path):
    """A temporary file of a process that died is removed and counted; that of a living one and other files stay."""
    program = (
        "import sys; from dicomkit.net.storage.placing import Nursery; n = Nursery(sys.argv[1], unnamed=False); "
        "kept = [n.create() for _ in range(3)]; print('ready', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"ready\n" == process.stdout.readline()
        (tmp_path / "mine.part").write_bytes(b"")
        (tmp_path / ".dicomkit-0123456789abcdeg.part").write_bytes(b"")
        (tmp_path / ".dicomkit-0123456789abcdef.part").mkdir()
        assert 0 == Nursery(str(tmp_path), unnamed=False).removed
        assert 6 == len(names(tmp_path))
        process.kill()
    assert 3 == Nursery(str(tmp_path), unnamed=False).removed
    assert 3 == len(names(tmp_path))


def test_a_folder_that_cannot_be_written_to(tmp_path: Path):
    """It is said at the start, not at the first instance."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match=r"exists|directory"):
        Nursery(str(tmp_path / "file"))


def test_threads_share_a_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Who asks while a sync runs waits for the next one, and all who wait share it."""
    calls: list[float] = []
    began, go_on = threading.Event(), threading.Event()

    def slow(fd: int) -> None:
        calls.append(time.monotonic())
        began.set()
        go_on.wait(30)

    monkeypatch.setattr(placing.os, "fsync", slow)
    syncs = FolderSync(str(tmp_path))
    threads = [threading.Thread(target=syncs.sync, args=([str(tmp_path)],)) for _ in range(9)]
    threads[0].start()
    assert began.wait(30)
    for thread in threads[1:]:
        thread.start()
    while sum(turn.waiting for turn in syncs._turns.values()) < 9:
        time.sleep(0.001)
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert 2 == len(calls)
    assert {} == syncs._turns


def test_a_failed_sync_fails_all_who_shared_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Nobody is told that a name is on the disk when the sync that should have brought it there failed."""

    def broken(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(placing.os, "fsync", broken)
    syncs = FolderSync(str(tmp_path))
    for _ in range(2):
        with pytest.raises(OSError, match="could not be brought"):
            syncs.sync([str(tmp_path)])
    monkeypatch.undo()
    syncs.sync([str(tmp_path)])


def test_new_folders_are_synced_once_up_to_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The name of a new folder is in the folder above: that one is synced, too, the first time."""
    synced: list[str] = []

    def fsync(fd: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{fd}").readlink()))

    monkeypatch.setattr(placing.os, "fsync", fsync)
    (tmp_path / "a" / "b").mkdir(parents=True)
    syncs = FolderSync(str(tmp_path))
    for _ in range(2):
        syncs.sync([str(tmp_path / "a" / "b")])
    deep = str(tmp_path / "a" / "b")
    assert [deep, str(tmp_path / "a"), str(tmp_path), deep] == synced
