"""The descriptor of a file-set: read with a bound, written as a whole and over nobody's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from dicomkit.file.descriptor import read_descriptor, write_descriptor


def test_read(tmp_path: Path):
    """A regular file is read, one of more than 16 MiB is not; a folder and nothing are no descriptors."""
    path = tmp_path / "README"
    path.write_bytes(b"text")
    assert b"text" == read_descriptor(str(path))
    assert read_descriptor(str(tmp_path)) is None
    assert read_descriptor(str(tmp_path / "NONE")) is None
    with path.open("r+b") as file:
        file.truncate((1 << 24) + 1)
    assert read_descriptor(str(path)) is None


def test_write(tmp_path: Path):
    """It is written into new folders, again if it says the same, and over another file only if that is said."""
    path = tmp_path / "A" / "README"
    for _ in range(2):
        write_descriptor(str(path), b"text", replace=False, durable=True)
    with pytest.raises(FileExistsError):
        write_descriptor(str(path), b"other", replace=False, durable=False)
    assert b"text" == path.read_bytes()
    write_descriptor(str(path), b"other", replace=True, durable=False)
    assert b"other" == path.read_bytes()
    assert ["README"] == [found.name for found in path.parent.iterdir()]
