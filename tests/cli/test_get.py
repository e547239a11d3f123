"""`dicomkit get` against a server of ours."""

from __future__ import annotations

from pathlib import Path

from dicomkit import dcmread
from tests.cli.archive import CT_STUDY, Archive
from tests.cli.conftest import Run
from tests.corpora import real_file


def test_get_writes_files(run: Run, address: tuple[str, int], tmp_path: Path, archive: Archive) -> None:
    """The instances come over the same association, under names of our own, equal to the originals."""
    out = tmp_path / "got"
    result = run("get", *address, f"StudyInstanceUID={CT_STUDY}", "-o", out, "--json")
    (line,) = result.json_lines
    assert (0, []) == (result.status, dcmread(real_file("CT_small.dcm")).diff(dcmread(line["file"])))


def test_get_names_the_classes_that_may_come(run: Run, address: tuple[str, int], tmp_path: Path) -> None:
    """A SOP Class is named by its keyword of PS3.6 or its UID; what is none is one line."""
    for number, name in enumerate(["CTImageStorage", "1.2.840.10008.5.1.4.1.1.2"]):
        out = tmp_path / str(number)
        assert 0 == run("get", *address, f"StudyInstanceUID={CT_STUDY}", "-o", out, "--sop-class", name).status
        assert 1 == len(list(out.glob("*.dcm")))
    result = run("get", *address, f"StudyInstanceUID={CT_STUDY}", "-o", tmp_path, "--sop-class", "Nonsense")
    assert (2, 1) == (result.status, len(result.err.splitlines()))


def test_get_without_a_key_is_refused(run: Run, address: tuple[str, int], tmp_path: Path) -> None:
    """Nobody fetches a whole archive by forgetting a key."""
    assert 2 == run("get", *address, "-o", tmp_path / "all").status
    assert 2 == run("move", *address, "--to", "ELSEWHERE").status
