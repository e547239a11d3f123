"""`dicomkit find` against a server of ours."""

from __future__ import annotations

from tests.cli.archive import CT_STUDY, Archive
from tests.cli.conftest import Run


def test_find_shows_a_table(run: Run, address: tuple[str, int], archive: Archive) -> None:
    """Matches stand in columns under their keywords, 1 is the answer to nothing found."""
    result = run("find", *address, "PatientName=CompressedSamples^CT*")
    assert (0, 2) == (result.status, len(result.out.splitlines()))
    assert CT_STUDY in result.out
    assert "1 found" in result.err
    assert "STUDY" == archive.asked[0].QueryRetrieveLevel
    assert 1 == run("find", *address, "PatientID=nobody").status


def test_find_as_json_and_cut_short(run: Run, address: tuple[str, int]) -> None:
    """A line in the DICOM JSON Model for each match, no more than were asked for."""
    lines = run("find", *address, "--json", "--limit", 2, "PatientName").json_lines
    assert 2 == len(lines)
    assert all(line["00100010"]["vr"] == "PN" for line in lines)
