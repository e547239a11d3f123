"""Where a command writes files."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

import dicomkit
from dicomkit.cli.inputs import Input
from dicomkit.cli.outputs import plan_outputs, refuse_dicomdir, refuse_link, write
from dicomkit.cli.terminal import CommandError
from tests.cli.conftest import MakeTerminal

A, B, IN_FOLDER = Input("x/a.dcm", "a.dcm", True), Input("y/b.dcm", "b.dcm", True), Input("z/q/c.dcm", "q/c.dcm", False)
STDIN = Input("-", "-", True)


def test_plans(make_terminal: MakeTerminal, tmp_path: Path):
    """In place; one file to a file; into a folder that is there, or is named as one, or takes several files."""
    folder, terminal = str(tmp_path), make_terminal()
    assert ["x/a.dcm", "y/b.dcm"] == plan_outputs([A, B], None, terminal)
    assert ["new.dcm"] == plan_outputs([A], "new.dcm", terminal)
    assert [f"{folder}/a.dcm"] == plan_outputs([A], folder, terminal)
    assert ["new/a.dcm"] == plan_outputs([A], "new/", terminal)
    assert ["new/a.dcm", "new/q/c.dcm"] == plan_outputs([A, IN_FOLDER], "new", terminal)
    assert ["new/q/c.dcm"] == plan_outputs([IN_FOLDER], "new", terminal)
    assert ["-"] == plan_outputs([STDIN], None, terminal)
    assert ["-"] == plan_outputs([A], "-", terminal)
    assert ["new.dcm"] == plan_outputs([STDIN], "new.dcm", terminal)


@pytest.mark.parametrize(
    ("inputs", "output", "message"),
    [
        ([A, B], "-", "standard output takes one file"),
        ([A, Input("w/a.dcm", "a.dcm", True)], "new", "x/a.dcm and w/a.dcm would both become new/a.dcm"),
        ([A, STDIN], "new", "has no name"),
    ],
)
def test_plans_that_make_no_sense(inputs: list[Input], output: str, message: str, make_terminal: MakeTerminal):
    """Two files of one name, several on one stream, and a folder for what has no name are refused before work."""
    with pytest.raises(CommandError, match=message):
        plan_outputs(inputs, output, make_terminal())


@pytest.mark.parametrize("inputs", [[A, B], [IN_FOLDER]])
def test_a_file_is_no_folder(inputs: list[Input], make_terminal: MakeTerminal, tmp_path: Path):
    """Where -o must be a folder, a file of that name is refused once, before any work."""
    there = tmp_path / "there.dcm"
    there.touch()
    with pytest.raises(CommandError, match=r"there.dcm is a file: what -o names must be a folder here"):
        plan_outputs(inputs, str(there), make_terminal())


def test_a_terminal_gets_no_bytes(make_terminal: MakeTerminal):
    """Files are not written to a screen."""
    terminal = make_terminal(out_is_terminal=True)
    with pytest.raises(CommandError, match="terminal"):
        plan_outputs([STDIN], None, terminal)
    assert ["-"] == plan_outputs([STDIN], None, terminal, check=False)


def test_links_in_folders_are_not_written_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A link in a named folder, of a file or a folder, leads no writing elsewhere; one that is named itself does."""
    for path in ("f/q/a.dcm", "outside/b.dcm"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).touch()
    (tmp_path / "f" / "x.dcm").symlink_to("../outside/b.dcm")
    (tmp_path / "f" / "y.dcm").symlink_to("q/a.dcm")
    (tmp_path / "f" / "o").symlink_to("../outside")
    (tmp_path / "link").symlink_to("f")
    monkeypatch.chdir(tmp_path / "f")
    for named in (str(tmp_path / "f"), str(tmp_path / "link"), "../f", "."):
        inside = Input(f"{named}/q/a.dcm", "q/a.dcm", False)
        refuse_link(inside, inside.path, None)
        refuse_link(inside, f"{named}/new/q/a.dcm", f"{named}/new")
        for relative in ("x.dcm", "y.dcm", "o/b.dcm"):
            file = Input(f"{named}/{relative}", relative, False)
            for output in (None, named):
                with pytest.raises(CommandError, match="link"):
                    refuse_link(file, file.path, output)
            refuse_link(file, file.path, file.path)
            refuse_link(file._replace(is_named=True), file.path, None)
            refuse_link(file, "-", "-")


def test_folders_are_made(tmp_path: Path, file: Path):
    """Missing folders of a target are made."""
    target = tmp_path / "new" / "deep" / "a.dcm"
    write(str(target), dicomkit.dcmread(file), dicomkit.WriteOptions())
    assert file.read_bytes() == target.read_bytes()


def test_a_full_disk_is_the_fault_of_the_target(tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch):
    """An error of writing bytes has no name of its own; it gets the target's, so that it is not taken for stdout's."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("dicomkit.cli.outputs.dcmwrite", full)
    with pytest.raises(OSError, match="No space left") as error:
        write(str(tmp_path / "a.dcm"), dicomkit.dcmread(file), dicomkit.WriteOptions())
    assert str(tmp_path / "a.dcm") == error.value.filename


def test_read_only_files_are_not_replaced(tmp_path: Path, file: Path):
    """A file without permission to write stays as it is, although replacing it needs none."""
    target = tmp_path / "a.dcm"
    target.write_bytes(b"old")
    target.chmod(0o444)
    with pytest.raises(CommandError, match="read-only"):
        write(str(target), dicomkit.dcmread(file), dicomkit.WriteOptions())
    assert b"old" == target.read_bytes()
    target.chmod(0o644)
    write(str(target), dicomkit.dcmread(file), dicomkit.WriteOptions())
    assert file.read_bytes() == target.read_bytes()


def test_the_temporary_file_has_no_name_for_people(tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch):
    """Where no file can be made, the error names the one that was asked for."""

    def refuse(*_: object) -> None:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(tmp_path / ".a.dcm.0123456789ab.tmp"))

    monkeypatch.setattr("dicomkit.cli.outputs.dcmwrite", refuse)
    with pytest.raises(PermissionError) as error:
        write(str(tmp_path / "a.dcm"), dicomkit.dcmread(file), dicomkit.WriteOptions())
    assert str(tmp_path / "a.dcm") == error.value.filename


def test_dicomdir_is_recognised():
    """By its Media Storage SOP Class UID."""
    ds = dicomkit.Dataset()
    refuse_dicomdir(ds)
    ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    with pytest.raises(CommandError, match="DICOMDIR"):
        refuse_dicomdir(ds)
