"""The files that a command works on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from dicomkit.cli.inputs import Input, find_inputs, for_each, read
from dicomkit.encoding.options import ReadOptions
from dicomkit.errors import NotDicomError
from tests.cli.conftest import MakeTerminal, Stream, written


def test_folders_are_gone_through_in_order(make_terminal: MakeTerminal, tmp_path: Path):
    """Files of a folder come sorted, those of its folders after them; pipes and dangling links are left out."""
    for name in ("b", "a", "d/y", "c/x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to(".")
    found, status = find_inputs([str(tmp_path), "named", "-"], make_terminal())
    assert 0 == status
    names = ["a", "b", "c/x", "d/y"]
    assert [Input(str(tmp_path / name), name, False) for name in names] == found[:4]
    assert [Input("named", "named", True), Input("-", "-", True)] == found[4:]
    assert None is found[-1].size


def test_the_worst_status_counts_and_every_file_has_its_turn(make_terminal: MakeTerminal):
    """A file that fails is one line; the others are worked on all the same."""
    inputs = [Input(name, name, name != "c") for name in "abcd"]
    seen, failures = [], []

    def act(file: Input) -> int:
        seen.append(file.path)
        if file.path == "b":
            raise ValueError("a defect")
        if file.path == "c":
            raise NotDicomError("not DICOM")
        return 1 if file.path == "d" else 0

    status = for_each(
        inputs, make_terminal(), "reading", act, failed=lambda file, why: failures.append((file.path, why))
    )
    assert (2, list("abcd")) == (status, seen)
    assert [("b", "internal error: ValueError: a defect; --traceback shows where")] == failures
    assert [
        "dicomkit test: b: internal error: ValueError: a defect; --traceback shows where",
        "dicomkit test: 1 file is not DICOM and skipped",
    ] == written(sys.stderr).splitlines()


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(28, "No space left on device")])
def test_errors_of_standard_output_end_the_command(error: OSError, make_terminal: MakeTerminal):
    """An error that names no file is not the fault of the file in hand."""

    def act(file: Input) -> int:
        raise error

    with pytest.raises(type(error)):
        for_each([Input("a", "a", True)], make_terminal(), "reading", act)
    assert "" == written(sys.stderr)


def test_reading_standard_input(monkeypatch: pytest.MonkeyPatch, file: Path):
    """`-` is what comes on standard input."""
    monkeypatch.setattr(sys, "stdin", Stream(file.read_bytes()))
    assert "H-1" == read("-", ReadOptions()).PatientID
    assert "H-1" == read(str(file), ReadOptions()).PatientID


def test_a_folder_without_files_is_said(tmp_path: Path, make_terminal: MakeTerminal):
    """Nobody should wonder why nothing comes of an empty folder; it is trouble where there is nothing else."""
    terminal = make_terminal()
    assert ([], 2) == find_inputs([str(tmp_path)], terminal)
    assert f"dicomkit test: {tmp_path}: no files in it\n" == written(sys.stderr)
    assert 0 == find_inputs([str(tmp_path), __file__], terminal)[1]


@pytest.mark.parametrize(("names", "status"), [("a", 2), ("ab", 2), ("aB", 0), ("", 0)])
def test_a_folder_without_dicom_is_trouble(names: str, status: int, make_terminal: MakeTerminal):
    """A check of nothing does not look like one that found nothing."""

    def act(file: Input) -> int:
        if file.path.islower():
            raise NotDicomError("not DICOM")
        return 0

    assert status == for_each([Input(name, name, False) for name in names], make_terminal(), "reading", act)
