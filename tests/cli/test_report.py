"""`dicomkit report`."""

from __future__ import annotations

from pathlib import Path

import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.objects import content_item, content_tree, report_html, report_text, structured_report
from tests.cli.conftest import Run
from tests.corpora import real_file
from tests.objects.test_report_document import FINDING, TITLE


@pytest.fixture
def report(tmp_path: Path, corpus: object) -> Path:
    """Give a report in a folder of its own."""
    folder = tmp_path / "reports"
    folder.mkdir()
    path = folder / "sr.dcm"
    path.write_bytes(real_file("test-SR.dcm").read_bytes())
    return path


def test_text(run: Run, report: Path):
    """The text of the report; with several files their names in front."""
    text = report_text(dicomkit.dcmread(report))
    assert (0, text, "") == ((result := run("report", report)).status, result.out, result.err)
    result = run("report", report, report)
    assert f"{report}:\n{text}" * 2 == result.out
    assert text == run("report", "-", stdin=report.read_bytes()).out


def test_html(run: Run, report: Path, tmp_path: Path):
    """A page on standard output, in a file, or several in a folder."""
    page = report_html(dicomkit.dcmread(report))
    assert page == run("report", report, "--html").out
    target = tmp_path / "out.html"
    result = run("report", report, "--html", "-o", target)
    assert (0, f"{report} -> {target}\n", page) == (result.status, result.out, target.read_text(encoding="utf-8"))
    (report.parent / "b.dcm").write_bytes(report.read_bytes())
    assert 0 == run("report", report.parent, "--html", "-o", tmp_path / "pages").status
    assert {"sr.html", "b.html"} == {path.name for path in (tmp_path / "pages").iterdir()}
    assert 0 == run("report", report, "-o", tmp_path / "sr.txt").status
    assert report_text(dicomkit.dcmread(report)) == (tmp_path / "sr.txt").read_text(encoding="utf-8")
    assert page.encode() == run("report", report, "--html", "-o", "-").data


def test_json(run: Run, report: Path):
    """Each content item with what it says, and nothing that it does not say."""
    answer = run("report", report, "--json").json
    items = list(content_tree(dicomkit.dcmread(report)).walk())
    assert (str(report), len(items)) == (answer["file"], len(answer["items"]))
    assert [list(item.position) for item in items] == [each["position"] for each in answer["items"]]
    number = next(each for each in answer["items"] if each.get("value_type") == "NUM")
    assert ("3", "cm") == (number["value"]["value"], number["value"]["units"]["value"])
    assert "target" not in number
    assert [1, 3, 2] in [each.get("target") for each in answer["items"]]


def test_check(run: Run, tmp_path: Path):
    """What the IOD does not allow, one line each, and status 1; nothing and status 0 where all is right."""
    path = tmp_path / "sr.dcm"
    ds = structured_report(content_item("CONTAINER", TITLE, children=[content_item("TEXT", FINDING, "x")]))
    ds.save_as(path)
    assert (0, "") == ((result := run("report", "--check", path)).status, result.out)
    ds.ContentSequence[0].RelationshipType = "SELECTED FROM"
    ds.save_as(path)
    result = run("report", "--check", path)
    message = "1.1 TEXT Finding: Basic Text SR has no CONTAINER SELECTED FROM TEXT (PS3.3 A.35.1.3.1.2)"
    assert (1, f"{path}: {message}\n") == (result.status, result.out)
    ds.ContentSequence = [Dataset(RelationshipType="CONTAINS", ValueType="SOUND") for _ in range(30)]
    ds.save_as(path)
    result = run("report", "--check", path)
    assert (1, 21) == (result.status, len(result.out.splitlines()))
    assert result.out.endswith(f"{path}: and 40 more\n")


def test_what_is_no_report(run: Run, file: Path, report: Path):
    """A file that was named is trouble, those in folders are counted; what makes no sense is said."""
    result = run("report", file)
    assert (2, True) == (result.status, result.err.startswith(f"dicomkit report: {file}: "))
    assert "no report: no Value Type (0040,A040)" in result.err
    (report.parent / "image.dcm").write_bytes(file.read_bytes())
    result = run("report", report.parent)
    assert (0, "dicomkit report: 1 file is no report and left out\n") == (result.status, result.err)
    for arguments in (["--json", "-o", "x"], ["--check", "-o", "x"]):
        assert (2, "dicomkit report: -o takes text and --html\n") == (
            (result := run("report", report, *arguments)).status,
            result.err,
        )
    assert "standard output takes one page" in run("report", report, report, "--html").err
