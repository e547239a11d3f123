"""Local files opened and read again: the kernel and its twin do what `os` does."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from dicomkit._ext import COMPILED
from dicomkit._ext.pure import local as twin

Identity = tuple[int, int, int]


def modules() -> list[ModuleType]:
    """Give the twin, and the kernel where it runs."""
    if not COMPILED or os.name == "nt":
        return [twin]
    from dicomkit._ext import local

    return [local, twin]  # type: ignore[list-item]  # a stub is no module


@pytest.fixture(params=modules(), ids=lambda module: module.__name__.rpartition("_ext.")[2])
def local(request: pytest.FixtureRequest) -> ModuleType:
    """Each of the two."""
    module: ModuleType = request.param
    return module


def identity_of(path: Path) -> Identity:
    """Give what tells a file from another."""
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def open_descriptors() -> int:
    """Give how many descriptors the process has open, 0 where no system file tells."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of 1,000 bytes, whose name is not ASCII."""
    path = tmp_path / "bytes-ä.bin"
    path.write_bytes(bytes(range(250)) * 4)
    return path


@pytest.mark.parametrize("length", [0, 1, 999, 1000, 4096])
def test_a_file_is_opened_with_its_first_bytes(local: ModuleType, path: Path, length: int):
    """The first bytes come as far as there are any, with what fstat says, and the descriptor stands at the start."""
    fd, head, mode, *identity = local.open_file(str(path), length)
    try:
        assert path.read_bytes()[:length] == head
        assert (path.stat().st_mode, *identity_of(path)) == (mode, *identity)
        assert path.read_bytes() == os.read(fd, 2000)
        assert not os.get_inheritable(fd)
    finally:
        os.close(fd)


def test_of_a_folder_nothing_is_read(local: ModuleType, tmp_path: Path):
    """A folder is opened, and its mode says what it is."""
    fd, head, mode, *_ = local.open_file(str(tmp_path), 100)
    os.close(fd)
    assert (b"", tmp_path.stat().st_mode) == (head, mode)


@pytest.mark.parametrize(
    ("name", "error"), [("absent", FileNotFoundError), ("a\0b", ValueError), ("x" * 5000, OSError)], ids=repr
)
def test_what_cannot_be_opened_is_an_error(local: ModuleType, tmp_path: Path, name: str, error: type[Exception]):
    """An absent file is what `open` makes of it, and no descriptor is left behind."""
    before = open_descriptors()
    for call in (lambda p: local.open_file(p, 10), lambda p: local.read_again(p, (1, 2, 3), 0, 1)):
        with pytest.raises(error) as caught:
            call(f"{tmp_path}/{name}")
        if isinstance(caught.value, FileNotFoundError):
            assert f"{tmp_path}/{name}" == caught.value.filename
    assert before == open_descriptors()


@pytest.mark.parametrize(("offset", "length"), [(0, 1000), (10, 20), (990, 100), (1000, 1), (5000, 3), (7, 0)])
def test_bytes_are_read_again(local: ModuleType, path: Path, offset: int, length: int):
    """Bytes come from any place, fewer only where the file ends."""
    assert path.read_bytes()[offset : offset + length] == local.read_again(str(path), identity_of(path), offset, length)


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(b"x" * 999),
        lambda path: os.utime(path, ns=(1, 1)),
        lambda path: (path.rename(f"{path}.old"), path.write_bytes(b"x" * 1000)),
    ],
    ids=["shorter", "touched", "replaced"],
)
def test_another_file_is_not_read(local: ModuleType, path: Path, change: Callable[[Path], object]):
    """A file that was changed, touched or replaced since is not read."""
    identity = identity_of(path)
    change(path)
    assert local.read_again(str(path), identity, 0, 10) is None


def test_a_negative_place_is_refused(local: ModuleType, path: Path):
    """No offset and no length is negative."""
    for offset, length in ((-1, 1), (1, -1)):
        with pytest.raises(ValueError, match="place in a file"):
            local.read_again(str(path), identity_of(path), offset, length)
    with pytest.raises(ValueError, match="negative length"):
        local.open_file(str(path), -1)
