"""A file is replaced as a whole or not at all."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from dicomkit.file import atomic
from dicomkit.file.atomic import Replacement


def test_the_old_file_is_there_until_the_new_one_is_complete(tmp_path: Path):
    """Before the commit the name leads to the old content, after it to the new, and nothing else is left."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with Replacement(path) as target:
        os.write(target.fd, b"new")
        assert b"old" == path.read_bytes()
    assert b"new" == path.read_bytes()
    assert ["file"] == [entry.name for entry in tmp_path.iterdir()]


def write_half(path: Path) -> None:
    """Fail within a replacement."""
    with Replacement(path) as target:
        os.write(target.fd, b"half")
        raise ZeroDivisionError


def test_an_exception_leaves_everything_as_it_was(tmp_path: Path):
    """A block that fails removes what it wrote; the file that was there stays, one that was not does not appear."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(b"old")
    for path in (old, new):
        with pytest.raises(ZeroDivisionError), Replacement(path) as target:  # noqa: PT012  what fails is the block
            os.write(target.fd, b"half")
            raise ZeroDivisionError
    assert ["old"] == [entry.name for entry in tmp_path.iterdir()]
    assert b"old" == old.read_bytes()


def test_links_and_modes_are_kept(tmp_path: Path):
    """Replacing through a link replaces what it leads to, with the mode that it had."""
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_bytes(b"old")
    path.chmod(0o640)
    link.symlink_to(path)
    with Replacement(link, durable=True) as target:
        os.write(target.fd, b"new")
    assert link.is_symlink()
    assert (b"new", 0o640) == (path.read_bytes(), stat.S_IMODE(path.stat().st_mode))


def test_a_pipe_is_written_to_itself(tmp_path: Path):
    """A named pipe stays a pipe, and its reader gets the bytes."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(path.read_bytes()))
    reader.start()
    with Replacement(path) as target:
        os.write(target.fd, b"through")
    reader.join(10)
    assert [b"through"] == got
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path):
    """The error is the one of open()."""
    with pytest.raises(FileNotFoundError):
        Replacement(tmp_path / "missing" / "file")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_nobody_reads_what_he_could_not_read_before(tmp_path):
    """While it is written, a file that replaces another is for whom the other was."""
    path = tmp_path / "private.dcm"
    path.write_bytes(b"old")
    path.chmod(0o600)
    old = path.stat()
    with Replacement(path) as target:
        now = os.fstat(target.fd)
        assert (old.st_mode, old.st_uid, old.st_gid) == (now.st_mode, now.st_uid, now.st_gid)
    assert old.st_mode == path.stat().st_mode


def test_an_error_names_the_file_that_was_asked_for(tmp_path: Path):
    """Where no file can be made, the error has the name of the target, not that of the temporary file."""
    target = tmp_path / "none" / "x.dcm"
    with pytest.raises(FileNotFoundError) as error:
        Replacement(str(target))
    assert str(target) == error.value.filename


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_from_its_first_moment_it_is_for_its_owner_only(tmp_path, monkeypatch):
    """What replaces a file is nobody's but the owner's until it has the mode of the other."""
    path = tmp_path / "private.dcm"
    path.write_bytes(b"old")
    path.chmod(0o644)
    monkeypatch.setattr(atomic, "_take_owner_and_mode", lambda *_: None)
    with Replacement(path) as target:
        assert 0o600 == stat.S_IMODE(os.fstat(target.fd).st_mode)


def test_what_a_link_leads_to_is_replaced_as_a_whole(tmp_path):
    """Until all is written, the file behind a link keeps its content; the link stays a link."""
    path, link = tmp_path / "real.dcm", tmp_path / "link.dcm"
    path.write_bytes(b"old")
    try:
        link.symlink_to(path)
    except OSError:
        pytest.skip("no links here")
    with Replacement(link) as target:
        os.write(target.fd, b"new")
        assert b"old" == path.read_bytes()
    assert [b"new", True] == [path.read_bytes(), link.is_symlink()]
