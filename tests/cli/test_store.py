"""`dicomkit store` against a server of ours."""

from __future__ import annotations

from pathlib import Path

from dicomkit import dcmread
from tests.cli.archive import Archive
from tests.cli.conftest import Run
from tests.corpora import real_file


def test_store_sends_files_and_folders(run: Run, address: tuple[str, int], archive: Archive, tmp_path: Path) -> None:
    """What arrives is what was sent; what is not DICOM in a folder is skipped and counted."""
    folder = tmp_path / "study"
    folder.mkdir()
    for path in archive.paths:
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "notes.txt").write_text("no DICOM here, but long enough to look like something else " * 10)
    result = run("store", *address, folder)
    assert (0, "3 instances stored") == (result.status, result.out.partition(" in ")[0])
    assert "1 file" in result.err
    received = {dcmread(path).SOPInstanceUID for path in archive.stored.glob("*.dcm")}
    assert {dcmread(path).SOPInstanceUID for path in archive.paths} == received


def test_store_tells_machines_of_each_file(run: Run, address: tuple[str, int], archive: Archive) -> None:
    """A line of JSON for each file, with the transfer syntax that it went in."""
    lines = run("store", *address, *archive.paths, "--json").json_lines
    assert [(str(path), 0) for path in archive.paths] == [(line["file"], line["status"]) for line in lines]
    assert {"1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.91"} >= {line["transfer_syntax"] for line in lines}


def test_store_of_a_named_file_that_is_none(run: Run, address: tuple[str, int], tmp_path: Path) -> None:
    """A file that was named and is not DICOM, or not there, is trouble, and the others are sent."""
    bad = tmp_path / "bad.dcm"
    bad.write_bytes(b"x" * 1000)
    result = run("store", *address, bad, tmp_path / "absent.dcm", real_file("CT_small.dcm"))
    assert (2, 2) == (result.status, len(result.err.splitlines()))
    assert "1 instance stored" in result.out
