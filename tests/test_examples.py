"""The scripts of examples/ run, and the demo notices what it promises to notice."""

from __future__ import annotations

import csv
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import dicomkit
from tests import hostile_bytes as hb
from tests.corpora import real_file

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def run(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run an example as a user would."""
    command = [sys.executable, "-W", "error", str(EXAMPLES / name), *map(str, arguments)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    """Give the demo as a module."""
    spec = importlib.util.spec_from_file_location("demo", EXAMPLES / "demo.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["demo"] = module  # where dataclasses look
    spec.loader.exec_module(module)
    return module


def test_every_example_is_run_here():
    """A script without a test would rot."""
    text = Path(__file__).read_text(encoding="utf-8")
    assert [] == [path.name for path in EXAMPLES.glob("*.py") if f'"{path.name}"' not in text]


def test_first_steps(corpus: object, tmp_path: Path):
    """Values, elements, issues, an edit, and the difference it makes."""
    answer = run("first_steps.py", real_file("CT_small.dcm"), tmp_path / "new.dcm")
    assert (0, "") == (answer.returncode, answer.stderr)
    assert "patient:       CompressedSamples / 1CT1\n" in answer.stdout
    assert answer.stdout.endswith("changed: (0010,0020) changed -LO 1CT1 +LO ANON-0001\n")


def test_from_scratch(tmp_path: Path):
    """A new image without issues."""
    path = tmp_path / "new.dcm"
    answer = run("from_scratch.py", path)
    assert (0, "") == (answer.returncode, answer.stderr)
    ds = dicomkit.dcmread(path)
    assert ((), "Müller^Jürgen", 6144) == (ds.check(), str(ds.PatientName), len(ds.PixelData))


@pytest.mark.interop
def test_from_scratch_satisfies_dciodvfy(tmp_path: Path):
    """The IOD checker of dicom3tools finds no error in the new image."""
    program = Path(sys.executable).with_name("dciodvfy")
    if not program.exists():
        pytest.skip("dciodvfy is not installed: run `make setup`")
    path = tmp_path / "new.dcm"
    run("from_scratch.py", path)
    answer = subprocess.run([str(program), str(path)], capture_output=True, text=True, check=False)
    assert [] == [line for line in (answer.stdout + answer.stderr).splitlines() if line.startswith("Error")]


def test_issues_to_csv(corpus: object):
    """A row for each issue of each file of a folder."""
    answer = run("issues_to_csv.py", real_file("CT_small.dcm").parent)
    assert (0, "") == (answer.returncode, answer.stderr)
    rows = list(csv.DictReader(answer.stdout.splitlines()))
    found = {(Path(row["file"]).name, row["code"]) for row in rows}
    assert {("MR_truncated.dcm", "truncated"), ("badVR.dcm", "value-invalid"), ("README.txt", "unreadable")} <= found


def test_references(corpus: object):
    """The instances that a plan refers to."""
    answer = run("references.py", real_file("rtplan.dcm"))
    assert (0, "") == (answer.returncode, answer.stderr)
    assert "RT Structure Set Storage" in answer.stdout


@pytest.mark.slow
def test_demo_on_all_sample_files(corpus: tuple[tuple[str, Path], ...]):
    """Every sample file is read, rewritten byte for byte, and edited with nothing else changed."""
    answer = run("demo.py")
    assert (0, "") == (answer.returncode, answer.stderr)
    *_, summary = answer.stdout.split("\n\n")
    assert f"\n{len(corpus)} files, " in summary
    assert f"\n{len(corpus)} rewritten without a change: the same bytes\n" in summary
    assert "every promise kept" in summary


def test_demo_on_own_files(corpus: object, tmp_path: Path):
    """Files and folders can be named; one that is no DICOM file makes the status 1, in words."""
    good = real_file("CT_small.dcm")
    assert 0 == run("demo.py", good).returncode
    bad = tmp_path / "bad.txt"
    bad.write_text("no DICOM")
    answer = run("demo.py", good, bad, tmp_path / "none")
    assert (1, "") == (answer.returncode, answer.stderr)
    assert "FAILED bad.txt: " in answer.stdout
    assert "2 FAILED" in answer.stdout
    (tmp_path / "empty").mkdir()
    assert 1 == run("demo.py", tmp_path / "empty").returncode


@pytest.mark.parametrize(
    ("order", "explicit", "form"), [("<", True, hb.EXPLICIT), ("<", False, hb.IMPLICIT), (">", True, hb.BIG)]
)
@pytest.mark.parametrize("had_one", [True, False])
def test_demo_proof_sees_every_byte(order: str, explicit: bool, form: hb.Form, had_one: bool, demo: ModuleType):
    """Any other byte that changes, is lost or is added breaks the proof; the edit alone does not."""
    before, after = hb.text(0x00080060, "CS", "OT", form), hb.element(0x00104000, "LT", b"long text ", form)
    old = before + (hb.text(0x00100020, "LO", "H-1", form) if had_one else b"") + after
    new = before + hb.text(0x00100020, "LO", demo.NEW_ID, form) + after
    assert demo.same_outside(old, new, order, explicit, had_one)
    for position in range(len(new)):
        changed = bytearray(new)
        changed[position] ^= 1
        assert not demo.same_outside(old, bytes(changed), order, explicit, had_one)
    assert not demo.same_outside(old, new + b"\0", order, explicit, had_one)
    assert not demo.same_outside(old, new[:-1], order, explicit, had_one)
    assert not demo.same_outside(old, old, order, explicit, had_one)


def test_demo_end_of_meta(demo: ModuleType):
    """The data set begins behind the last element of group 0002, whatever its length says."""
    data = hb.part10(hb.basic(), meta=hb.file_meta(length=7))
    assert len(data) - len(hb.basic()) == demo.end_of_meta(data)
    assert 0 == demo.end_of_meta(hb.basic())


def test_demo_notices_a_rewrite_that_differs(demo: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A writer that changes one byte of an unmodified file, or of another element, is caught."""
    path = tmp_path / "a.dcm"
    path.write_bytes(hb.part10(hb.basic() + hb.pixels()))
    assert [] == demo.examine(path, "a.dcm", tmp_path).broken
    monkeypatch.setattr(dicomkit.Dataset, "to_bytes", lambda ds: path.read_bytes() + b"\0")
    assert ["the unmodified rewrite differs"] == demo.examine(path, "a.dcm", tmp_path).broken
    monkeypatch.undo()

    def careless(ds: dicomkit.Dataset, target: Path) -> None:
        ds.Rows = 5
        target.write_bytes(ds.to_bytes())

    monkeypatch.setattr(dicomkit.Dataset, "save_as", careless)
    broken = demo.examine(path, "a.dcm", tmp_path).broken
    assert ["changed: (0028,0010) changed -US 4 +US 5", "bytes outside the edited element changed"] == broken


def test_pictures(corpus: object, tmp_path: Path):
    """The pictures of the documentation: every one that the page shows, and none that it does not."""
    pytest.importorskip("PIL")
    answer = run("pictures.py", tmp_path)
    assert (0, "") == (answer.returncode, answer.stderr)
    page = (EXAMPLES.parent / "docs" / "how-to" / "make-pictures.md").read_text(encoding="utf-8")
    shown = {part.partition(")")[0] for part in page.split("(../_pictures/")[1:]}
    assert shown == {path.name for path in tmp_path.iterdir()}
