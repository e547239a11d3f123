"""File IDs: what conforms, what is followed, and what never leads anywhere (PS3.10 8.2)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.errors import FileFormatError
from dicomkit.file.file_ids import (
    checked_file_id,
    component_name,
    is_conformant,
    leads_through_link,
    resolve_file_id,
)
from tests.hostile_dicomdir import ESCAPES

# What no system takes for anything but a file below the folder.
HARMLESS = {"~\\FILE", "%2e%2e\\FILE"}


@pytest.mark.parametrize(
    ("file_id", "expected"),
    [
        (("IMAGES", "IM1"), True),
        (("A_B_C_D_",), True),
        (("D",) * 8, True),
        (("D",) * 9, False),
        ((), False),
        (("",), False),
        (("ABCDEFGHI",), False),
        (("im1",), False),
        (("IM1.DCM",), False),
        (("IM-1",), False),
    ],
)
def test_conformant(file_id: tuple[str, ...], expected: bool):
    """At most 8 components of at most 8 of A-Z 0-9 _ (PS3.10 8.2, 8.5)."""
    assert expected == is_conformant(file_id)


@pytest.mark.parametrize("value", ESCAPES)
def test_hostile_file_id(value: str, tmp_path: Path):
    """A File ID made to lead elsewhere is refused; what looks odd only stays below the folder."""
    components = value.split("\\")
    if value in HARMLESS:
        assert resolve_file_id(str(tmp_path), components).startswith(str(tmp_path.resolve()) + os.sep)
        return
    with pytest.raises(FileFormatError):
        resolve_file_id(str(tmp_path), components)


@given(components=st.lists(st.text(), max_size=10))
def test_any_text(components: list[str]):
    """Whatever the components are, the path lies below the folder, or it is a FileFormatError."""
    folder = os.path.realpath(os.curdir)
    try:
        path = resolve_file_id(folder, components)
    except FileFormatError:
        return
    assert folder == os.path.commonpath([folder, path])
    assert folder != path


def test_link_that_leads_out(tmp_path: Path):
    """A symbolic link, of a folder or a file, is followed only within the file-set."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "IM1").touch()
    root = tmp_path / "root"
    (root / "IN").mkdir(parents=True)
    (root / "IN" / "IM1").touch()
    (root / "OUT").symlink_to(tmp_path / "outside")
    (root / "OUT1").symlink_to(tmp_path / "outside" / "IM1")
    (root / "LINK").symlink_to(root / "IN")
    (root / "DICOMDIR").touch()
    (root / "SAME").symlink_to(".")
    (root / "DD").symlink_to("DICOMDIR")
    for file_id in (["DD"], ["SAME", "DICOMDIR"]):
        with pytest.raises(FileFormatError, match="to the DICOMDIR"):
            resolve_file_id(str(root), file_id)
    assert [True, True, False, False] == [
        leads_through_link(str(root), file_id) for file_id in (["DD"], ["LINK", "IM1"], ["IN", "IM1"], ["NEW"])
    ]
    for file_id in (["OUT", "IM1"], ["OUT", "NEW"], ["OUT1"]):
        with pytest.raises(FileFormatError, match="leads out"):
            resolve_file_id(str(root), file_id)
    assert str((root / "IN" / "IM1").resolve()) == resolve_file_id(str(root), ["LINK", "IM1"])


def test_folder_may_be_a_link(tmp_path: Path):
    """The folder itself may be reached through a link."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert str((tmp_path / "real").resolve() / "IM1") == resolve_file_id(str(tmp_path / "link"), ["IM1"])


def test_small_letters_on_the_medium(tmp_path: Path):
    """A file whose name has small letters is found by its File ID."""
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "im1").touch()
    assert str(tmp_path.resolve() / "images" / "im1") == resolve_file_id(str(tmp_path), ["IMAGES", "IM1"])


def test_checked_file_id_keeps_what_others_write():
    """Names that do not conform but are names of files pass."""
    assert ("images", "im 1.dcm") == checked_file_id(["images", "im 1.dcm"])


@given(number=st.integers(0, 36**6 - 1))
def test_component_names(number: int):
    """A made name conforms, and its digits count to base 36."""
    name = component_name("IM", number)
    assert is_conformant([name])
    assert number == int(name[2:], 36)
