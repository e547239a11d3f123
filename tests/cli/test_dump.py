"""`dicomkit dump`: what people and machines get to see of a file."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests import hostile_bytes as hb
from tests.cli.conftest import Run
from tests.corpora import real_file, real_files

ESCAPE = "\x1b]0;owned\x07\x1b[2J"


def lines_of(text: str) -> list[str]:
    """Give the lines without the space that columns have."""
    return [" ".join(line.split()) for line in text.splitlines()]


def test_elements_of_a_file(run: Run, file: Path):
    """A line an element, items numbered as paths name them, UIDs with their names."""
    result = run("dump", file)
    assert (0, "") == (result.status, result.err)
    lines = lines_of(result.out)
    assert [
        f"{file}",
        f"Secondary Capture Image Storage, Explicit VR Little Endian, {file.stat().st_size} bytes",
    ] == lines[:2]
    assert "(0002,0010) UI TransferSyntaxUID 1.2.840.10008.1.2.1 (Explicit VR Little Endian)" in lines
    assert "(0010,0010) PN PatientName Hostile^Case" in lines
    start = lines.index("(0040,0275) SQ RequestAttributesSequence 2 items")
    shown = ["[0]", "(0040,0007) LO ScheduledProcedureStepDescription FIRST", "[1]"]
    assert shown == lines[start + 1 : start + 4]
    assert "(7FE0,0010) OW PixelData 00 00 01 00 02 00 03 00 04 00 05 00 06 00 07 00 ... (32 bytes)" in lines


@pytest.mark.interop
@pytest.mark.parametrize(
    "name",
    ["CT_small.dcm", "rtplan.dcm", "test-SR.dcm", "MR_small_bigendian.dcm", "image_dfl.dcm", "JPEG2000.dcm"],
)
def test_same_elements_as_dcmdump(name: str, run: Run, corpus: object, require_peer: Callable[[str], str]):
    """Tag, VR and nesting of every element are those that DCMTK's dcmdump shows."""
    path = real_file(name)
    answer = subprocess.run([require_peer("dcmdump"), "-q", str(path)], capture_output=True, check=True)
    pattern = re.compile(r"^( *)\(([0-9a-f]{4},[0-9a-f]{4})\) ([A-Z]{2})", re.MULTILINE)
    theirs = []
    for indent, tag, vr in pattern.findall(answer.stdout.decode("latin-1")):
        # dcmdump indents the item, and what is in it once more.
        theirs.append((len(indent) // 4, tag.upper(), vr))
    ours = [
        (len(indent) // 2, tag, vr)
        for indent, tag, vr in re.findall(r"^( *)\(([0-9A-F]{4},[0-9A-F]{4})\) ([A-Z]{2})", run("dump", path).out, re.M)
    ]
    assert theirs == ours


def test_every_real_file(run: Run, corpus: tuple[tuple[str, Path], ...]):
    """Every sample file is shown, as text and as JSON, and its issues do not make it a failure."""
    paths = [path for name, path in corpus if not name.endswith("no_meta.dcm")]
    shown = run("dump", *paths)
    assert (0, "") == (shown.status, shown.err)
    assert [] == [c for c in shown.out if not c.isprintable() and c != "\n"]
    models = run("dump", "--json", "--no-pixels", *paths)
    assert (0, [str(path) for path in paths]) == (models.status, [model["file"] for model in models.json_lines])
    assert len(paths) > 250


@pytest.mark.interop
def test_json_is_the_model_of_the_standard(run: Run, corpus: object, require_package: Callable[[str], ModuleType]):
    """The field `dataset` is the DICOM JSON Model, with pydicom as judge; meta and issues stand beside it."""
    pydicom = require_package("pydicom")
    path = real_file("CT_small.dcm")
    answer = run("dump", "--json", path).json
    assert {"file", "transfer_syntax", "meta", "dataset", "issues", "issues_dropped"} == set(answer)
    assert ("1.2.840.10008.1.2.1", [], 0) == (answer["transfer_syntax"], answer["issues"], answer["issues_dropped"])
    expected = pydicom.dcmread(path)
    again = pydicom.Dataset.from_json(json.dumps(answer["dataset"]))
    assert expected.PatientName == again.PatientName
    assert expected.PixelData == again.PixelData
    assert sorted(expected.keys()) == sorted(again.keys())
    assert {"vr": "UI", "Value": [expected.file_meta.MediaStorageSOPInstanceUID]} == answer["meta"]["00020003"]


def test_json_of_several_files(run: Run, file: Path, tmp_path: Path):
    """A line each, in order; what cannot be read is a line with the error, also said on standard error."""
    bad = tmp_path / "bad.txt"
    bad.write_text("no DICOM")
    result = run("dump", "--json", file, bad, file)
    assert 2 == result.status
    assert [str(file), str(bad), str(file)] == [line["file"] for line in result.json_lines]
    assert "not DICOM; --force reads it all the same" == result.json_lines[1]["error"]
    assert f"dicomkit dump: {bad}: not DICOM; --force reads it all the same\n" == result.err


def test_json_has_issues_with_code_and_place(run: Run, tmp_path: Path):
    """An issue is its code, message, action, offset and path."""
    path = tmp_path / "cut.dcm"
    path.write_bytes(hb.part10(hb.basic() + hb.pixels())[:-8])
    (issue,) = run("dump", "--json", path).json["issues"]
    assert {"code", "message", "action", "offset", "path"} == set(issue)
    assert ("truncated", "(7FE0,0010)") == (issue["code"], issue["path"])


def test_json_is_ascii(run: Run, tmp_path: Path):
    """No character of a value can reach the terminal: JSON escapes stand for all but printable ASCII."""
    path = tmp_path / "name.dcm"
    value = f"山\x7f\x9b{ESCAPE}".encode()
    path.write_bytes(hb.part10(hb.text(0x00080005, "CS", "ISO_IR 192") + hb.element(0x00104000, "LT", value)))
    result = run("dump", "--json", path)
    assert [] == [byte for byte in result.data if not 0x20 <= byte <= 0x7E and byte != 0x0A]
    assert f"山\x7f\x9b{ESCAPE}" == result.json["dataset"]["00104000"]["Value"][0]


def test_xml_is_the_native_model(run: Run, file: Path):
    """`--xml` is the document of PS3.19 A.1 in UTF-8, well-formed for lxml."""
    etree = pytest.importorskip("lxml.etree")
    root = etree.fromstring(run("dump", "--xml", file).data)
    assert "{http://dicom.nema.org/PS3.19/models/NativeDICOM}NativeDicomModel" == root.tag
    assert "00080016" == root[0].get("tag")


def test_xml_on_a_terminal_has_references_for_what_moves_the_cursor(run: Run, tmp_path: Path):
    """The C1 control characters that XML allows are written as character references on a terminal only."""
    path = tmp_path / "c1.dcm"
    value = "a\x9bb".encode()
    path.write_bytes(hb.part10(hb.text(0x00080005, "CS", "ISO_IR 192") + hb.element(0x00104000, "LT", value)))
    assert "a&#155;b" in run("dump", "--xml", path, out_is_terminal=True).out
    assert "a\x9bb" in run("dump", "--xml", path).out


def test_xml_is_one_document(run: Run, file: Path):
    """`--xml` refuses several files, because two documents in a row are none."""
    result = run("dump", "--xml", file, file)
    assert (2, "", "dicomkit dump: --xml gives the document of one whole file\n") == (
        result.status,
        result.out,
        result.err,
    )


def test_hostile_text_does_not_reach_the_terminal(run: Run, tmp_path: Path):
    """Escape sequences in values, private creators and file names are shown as escapes, in every form."""
    path = tmp_path / f"evil{ESCAPE.replace('/', '')}.dcm"
    data = hb.text(0x00090010, "LO", ESCAPE) + hb.text(0x00091001, "LO", ESCAPE) + hb.text(0x00100010, "PN", ESCAPE)
    path.write_bytes(hb.part10(data + hb.text(0x00200013, "IS", ESCAPE)))
    for is_terminal in (False, True):
        for form in ((), ("--check",), ("--issues", "--check"), ("--json",), ("--tag", "PatientName")):
            result = run("dump", path, "--no-color", *form, out_is_terminal=is_terminal)
            assert [] == [c for c in result.out + result.err if not c.isprintable() and c != "\n"]
            assert result.status in (0, 1)


def test_check_tells_by_its_status(run: Run, file: Path, tmp_path: Path):
    """With --check a file with issues is status 1 and one without is 0; without --check issues are no failure."""
    wrong = tmp_path / "wrong.dcm"
    wrong.write_bytes(hb.part10(hb.basic() + hb.text(0x00200013, "IS", "1A")))
    assert 0 == run("dump", "--check", file).status
    assert 0 == run("dump", wrong).status
    result = run("dump", "--check", "--issues", file, wrong)
    assert 1 == result.status
    lines = result.out.splitlines()
    assert [f"{file}: no issues", f"{wrong}"] == lines[:2]
    assert all(line.startswith("  (0020,0013) InstanceNumber @") for line in lines[3:])
    assert 1 == run("dump", "--check", "--json", wrong).status


def test_many_issues_are_summed_up(run: Run, tmp_path: Path):
    """Twenty issues are shown at the end and the rest is counted; --issues shows all that were kept."""
    path = tmp_path / "odd.dcm"
    path.write_bytes(hb.part10(b"".join(hb.element(0x00091000 + n, "LO", b"x") for n in range(50))))
    out = run("dump", path).out
    assert "50 issues" in out
    assert out.endswith("  and 30 more; --issues shows them\n")
    assert 50 == run("dump", "--issues", path).out.count("odd-length")


def test_selected_elements(run: Run, file: Path):
    """--tag takes keywords, tags and paths; what lies in items is shown with its path."""
    assert ["(0010,0020) LO PatientID H-1"] == lines_of(run("dump", file, "--tag", "PatientID").out)
    assert ["(0010,0020) LO PatientID H-1"] == lines_of(run("dump", file, "--tag", "0010,0020").out)
    keyword = "ScheduledProcedureStepDescription"
    both = ["(0040,0275)[0].(0040,0007) LO %s FIRST", "(0040,0275)[1].(0040,0007) LO %s SECOND"]
    assert [line % keyword for line in both] == lines_of(run("dump", file, "--tag", keyword).out)
    path = f"RequestAttributesSequence[1].{keyword}"
    assert [both[1] % keyword] == lines_of(run("dump", file, "--tag", path).out)
    whole = lines_of(run("dump", file, "--tag", "RequestAttributesSequence").out)
    assert ["(0040,0275) SQ RequestAttributesSequence 2 items", "[0]"] == whole[:2]
    assert 5 == len(whole)
    assert ["(0002,0010)"] == [
        line.split()[0] for line in run("dump", file, "--tag", "TransferSyntaxUID").out.splitlines()
    ]


def test_selected_elements_that_are_not_there(run: Run, file: Path):
    """Where no file has what --tag names, that is said, and is the status; where one has it, all is well."""
    result = run("dump", file, "--tag", "PatientComments", "--tag", "StudyID")
    assert (1, "", "dicomkit dump: no PatientComments or StudyID there\n") == (result.status, result.out, result.err)
    assert 0 == run("dump", file, "--tag", "PatientComments", "--tag", "PatientID").status


def test_selected_elements_as_json(run: Run, file: Path):
    """--json takes elements of the top level; a path is refused."""
    answer = run("dump", file, "--json", "--tag", "PatientID", "--tag", "Rows").json
    assert {"00100020", "00280010"} == set(answer["dataset"])
    assert 2 == run("dump", file, "--json", "--tag", "RequestAttributesSequence[0].StudyID").status


def test_misspelt_element_is_one_line_with_the_nearest(run: Run, file: Path):
    """An unknown keyword is refused before any file is read."""
    result = run("dump", file, "--tag", "PatientId")
    assert (2, "", 1) == (result.status, result.out, result.err.count("\n"))
    assert "did you mean PatientID" in result.err


def test_depth_can_be_bounded(run: Run, file: Path):
    """--max-depth 0 shows sequences as a count of items."""
    out = run("dump", file, "--max-depth", "0").out
    assert "2 items not shown" in out
    assert "FIRST" not in out
    assert 2 == run("dump", file, "--max-depth", "-1").status


def test_width(run: Run, tmp_path: Path):
    """Values are cut to the width, not at all with 0, to 160 characters a line where nobody looks."""
    path = tmp_path / "long.dcm"
    path.write_bytes(hb.part10(hb.basic() + hb.text(0x00204000, "LT", "x" * 1000)))
    assert "x" * 1000 in run("dump", path, "--width", "0").out
    assert 160 == max(map(len, run("dump", path).out.splitlines()))
    assert 100 >= max(len(line) for line in run("dump", path, "--width", "100").out.splitlines() if line[:1] == "(")


def test_folders(run: Run, file: Path):
    """A folder is gone through in order, and what is not DICOM in it is counted."""
    folder = file.parent
    (folder / "a").mkdir()
    (folder / "a" / "second.dcm").write_bytes(file.read_bytes())
    (folder / "notes.txt").write_text("no DICOM")
    result = run("dump", folder, "--tag", "PatientID")
    assert 0 == result.status
    heads = [line for line in result.out.splitlines() if line.endswith(".dcm")]
    assert [str(file), str(folder / "a" / "second.dcm")] == heads
    assert "dicomkit dump: 1 file is not DICOM and skipped\n" == result.err


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "No such file or directory"),
        (lambda path: path.write_bytes(b""), "an empty file"),
        (lambda path: path.write_text("no DICOM at all"), "not DICOM; --force reads it all the same"),
    ],
)
def test_what_cannot_be_read_is_one_line(make: Callable[[Path], object], message: str, run: Run, tmp_path: Path):
    """A file that is missing, empty or something else is status 2 and one line with its name."""
    path = tmp_path / "bad\x1b[2J"
    make(path)
    result = run("dump", path)
    shown = str(path).replace("\x1b", "\\x1b")
    assert (2, "", f"dicomkit dump: {shown}: {message}\n") == (result.status, result.out, result.err)


def test_force_and_limits_reach_the_reader(run: Run, tmp_path: Path):
    """--force reads what is not DICOM, --limit changes a limit for this run."""
    path = tmp_path / "text"
    path.write_text("no DICOM at all")
    assert 0 == run("dump", "--force", path).status
    deep = tmp_path / "deep.dcm"
    deep.write_bytes(hb.part10(hb.basic() + hb.nested(80)))
    assert "the limit depth=64 is exceeded" in run("dump", deep).err
    assert 0 == run("dump", "--limit", "depth=100", deep).status


def test_pixels_can_be_left_out(run: Run, file: Path):
    """--no-pixels stops before Pixel Data."""
    assert "PixelData" not in run("dump", "--no-pixels", file).out
    assert "7FE00010" not in run("dump", "--no-pixels", "--json", file).json["dataset"]


def test_colours_on_a_terminal_only(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch):
    """Colours need a terminal and rich; NO_COLOR and --no-color switch them off, FORCE_COLOR on."""
    pytest.importorskip("rich")
    assert "\x1b[36m(0010,0020)\x1b[0m" in run("dump", file, out_is_terminal=True).out
    assert "\x1b" not in run("dump", file).out
    assert "\x1b" not in run("dump", file, "--no-color", out_is_terminal=True).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in run("dump", file).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run("dump", file, out_is_terminal=True).out


def test_plain_where_rich_is_missing(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch):
    """Without rich the same lines come without colours."""
    monkeypatch.setattr("dicomkit.cli.terminal.rich_module", lambda: None)
    assert run("dump", file).out.replace("\n", "") in run(
        "dump", file, "--width", "160", out_is_terminal=True
    ).out.replace("\n", "")


def test_real_files_are_found():
    """The names that these tests use exist once each."""
    assert real_file("test-SR.dcm") in [path for _, path in real_files()]


@pytest.mark.parametrize("option", ["--width", "--max-depth"])
@pytest.mark.parametrize("number", ["-1", "x", "", "1.5", "1" * 5000])
def test_numbers_of_options(option: str, number: str, run: Run, file: Path):
    """What is no number from 0 is status 2, said in words."""
    result = run("dump", f"{option}={number}", file)
    assert (2, "") == (result.status, result.out)
    assert "is no number from 0" in result.err
