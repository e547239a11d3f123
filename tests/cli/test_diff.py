"""`dicomkit diff`: 0 the same, 1 different, 2 trouble."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import dicomkit
from tests.cli.conftest import Run
from tests.corpora import real_file


@pytest.fixture
def other(file: Path, tmp_path: Path) -> Path:
    """Give the small file with one value changed at the top, one in an item, one element added, one removed."""
    ds = dicomkit.dcmread(file)
    ds.PatientID = "H-2"
    ds.PatientSex = "O"
    del ds.Modality
    ds.RequestAttributesSequence[0].ScheduledProcedureStepDescription = "THIRD"
    ds.PixelData = bytes(32)
    path = tmp_path / "other.dcm"
    ds.save_as(path)
    return path


def test_same_files_are_silent(run: Run, file: Path):
    """Equal files are status 0, without a word; with --json the answer says so."""
    assert (0, "", "") == ((result := run("diff", file, file)).status, result.out, result.err)
    answer = run("diff", "--json", file, file)
    assert (0, {"same": True, "left": str(file), "right": str(file), "differences": []}) == (answer.status, answer.json)


def test_each_difference_with_both_sides(run: Run, file: Path, other: Path):
    """Path, keyword, and what either side has."""
    result = run("diff", "--no-meta", file, other)
    assert (1, "") == (result.status, result.err)
    blocks = result.out.splitlines()
    assert [f"--- {file}", f"+++ {other}"] == blocks[:2]
    for expected in (
        ["(0008,0060) Modality", "- CS OT"],
        ["(0010,0020) PatientID", "- LO H-1", "+ LO H-2"],
        ["(0010,0040) PatientSex", "+ CS O"],
        ["(0040,0275)[0].(0040,0007) ScheduledProcedureStepDescription", "- LO FIRST", "+ LO THIRD"],
    ):
        position = blocks.index(expected[0])
        assert expected == blocks[position : position + len(expected)]
    assert f"+ OW 32 bytes, SHA-256 {hashlib.sha256(bytes(32)).hexdigest()}" in blocks


def test_json_of_a_difference(run: Run, file: Path, other: Path):
    """A difference is its path, keyword, kind, and VR and value of both sides."""
    answer = run("diff", "--no-meta", "--json", file, other).json
    assert answer["same"] is False
    by_keyword = {difference["keyword"]: difference for difference in answer["differences"]}
    assert {
        "path": "(0010,0020)",
        "keyword": "PatientID",
        "kind": "changed",
        "left": {"vr": "LO", "value": ["H-1"]},
        "right": {"vr": "LO", "value": ["H-2"]},
    } == by_keyword["PatientID"]
    assert ("removed", None) == (by_keyword["Modality"]["kind"], by_keyword["Modality"]["right"])
    assert {"vr": "OW", "bytes": 32, "sha256": hashlib.sha256(bytes(32)).hexdigest()} == by_keyword["PixelData"][
        "right"
    ]


def test_ignored_elements_may_differ(run: Run, file: Path, tmp_path: Path):
    """--ignore takes keywords and tags, at any depth; --no-meta leaves group 0002 out."""
    ds = dicomkit.dcmread(file)
    ds.PatientID = "H-2"
    path = tmp_path / "id.dcm"
    ds.save_as(path)
    assert 1 == run("diff", file, path, "--ignore", "PatientID").status  # who wrote it, in the meta group
    assert 0 == run("diff", file, path, "--ignore", "PatientID", "--no-meta").status
    assert 0 == run("diff", file, path, "--no-meta", "--ignore", "0010,0020").status
    assert 2 == run("diff", file, path, "--ignore", "PatientIdd").status


def test_items_that_one_side_has(run: Run, file: Path, tmp_path: Path):
    """An item that was added is one difference of its sequence."""
    ds = dicomkit.dcmread(file)
    ds.RequestAttributesSequence.append(dicomkit.Dataset(StudyID="3"))
    path = tmp_path / "items.dcm"
    ds.save_as(path)
    lines = run("diff", "--no-meta", file, path).out.splitlines()
    assert ["(0040,0275)[2] RequestAttributesSequence", "+ the item is only there"] == lines[2:]
    (difference,) = run("diff", "--no-meta", "--json", path, file).json["differences"]
    assert ("removed", "(0040,0275)[2]") == (difference["kind"], difference["path"])


@pytest.mark.parametrize("form", ["implicit", "deflated", "big-endian"])
def test_another_encoding_of_the_same_is_the_same(form: str, run: Run, corpus: object, tmp_path: Path):
    """The encoding does not count: two forms of the same instance differ in the meta group alone."""
    left, right = real_file("MR_small.dcm"), tmp_path / "other.dcm"
    assert 0 == run("transcode", left, "--to", form, "-o", right).status
    assert 0 == run("diff", "--no-meta", left, right).status
    assert "TransferSyntaxUID" in run("diff", left, right).out


def test_hostile_text_does_not_reach_the_terminal(run: Run, file: Path, tmp_path: Path):
    """Escape sequences in values are shown as escapes."""
    path = tmp_path / "evil.dcm"
    path.write_bytes(file.read_bytes().replace(b"FIRST ", b"\x1b[2Jxy").replace(b"H-1", b"\x9bJ2"))
    for form in ((), ("--json",)):
        result = run("diff", file, path, *form, out_is_terminal=True)
        assert 1 == result.status
        assert "[2Jxy" in result.out
        assert "\x1b[2J" not in result.out
        assert "\x9b" not in result.out


def test_standard_input_is_a_side(run: Run, file: Path):
    """`-` is one side, not both."""
    assert 0 == run("diff", "-", file, stdin=file.read_bytes()).status
    assert 2 == run("diff", "-", "-", stdin=file.read_bytes()).status


def test_trouble_is_two(run: Run, file: Path, tmp_path: Path):
    """A file that cannot be read is status 2 and one line; with both, two lines."""
    result = run("diff", file, tmp_path / "none")
    assert (2, "", 1) == (result.status, result.out, result.err.count("\n"))
    assert 2 == run("diff", tmp_path / "none", tmp_path / "nothing").err.count("\n")
