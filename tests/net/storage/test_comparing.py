"""Whether two files hold the same data set."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dicomkit.net.storage.comparing import digest, is_same
from dicomkit.net.storage.file_head import file_head
from tests.hostile_bytes import EXPLICIT_LE, IMPLICIT_LE
from tests.net.instances import SECONDARY_CAPTURE, data_set


def written(path: Path, content: bytes, syntax: str = EXPLICIT_LE, sender: str = "A") -> tuple[int, int]:
    """Write a file; return its descriptor and where the data set begins."""
    head = file_head(SECONDARY_CAPTURE, "1.2.3", syntax, sender)
    path.write_bytes(head + data_set("1.2.3", content=content))
    return os.open(path, os.O_RDONLY), len(head)


@pytest.mark.parametrize(
    ("content", "syntax", "sender", "same"),
    [
        (b"a" * 3_000_000, EXPLICIT_LE, "A", True),
        (b"a" * 3_000_000, EXPLICIT_LE, "ANOTHER", True),
        (b"a" * 2_999_998 + b"ab", EXPLICIT_LE, "A", False),
        (b"a" * 3_000_002, EXPLICIT_LE, "A", False),
        (b"a" * 3_000_000, IMPLICIT_LE, "A", False),
    ],
    ids=["same", "other sender", "last byte", "longer", "other transfer syntax"],
)
def test_the_data_set_and_its_transfer_syntax_count(
    tmp_path: Path, content: bytes, syntax: str, sender: str, same: bool
):
    """The last of three million bytes makes a difference, who sent them makes none; the digest says the same."""
    fd, start = written(tmp_path / "one", b"a" * 3_000_000)
    other, other_start = written(tmp_path / "other", content, syntax, sender)
    assert same == is_same(fd, start, EXPLICIT_LE, str(tmp_path / "other"))
    assert same == (digest(fd, start, EXPLICIT_LE) == digest(other, other_start, syntax))
    os.close(fd)
    os.close(other)


def test_what_is_no_such_file(tmp_path: Path):
    """A folder, a pipe, a link and a text are all something else, and none is waited for."""
    fd, start = written(tmp_path / "one", b"")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "text").write_text("no DICOM")
    (tmp_path / "link").symlink_to(tmp_path / "one")
    for name in ("folder", "pipe", "text"):
        assert not is_same(fd, start, EXPLICIT_LE, str(tmp_path / name))
    with pytest.raises(OSError, match=r"[Ss]ymbolic|[Ll]ink"):
        is_same(fd, start, EXPLICIT_LE, str(tmp_path / "link"))
    os.close(fd)
