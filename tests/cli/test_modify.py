"""`dicomkit modify`: what was asked for changes, and no other byte."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import dicomkit
from dicomkit.cli.modify import parse_assignment
from dicomkit.cli.terminal import CommandError
from tests import hostile_bytes as hb
from tests.cli.conftest import Run
from tests.corpora import real_file


def data_set(data: bytes) -> bytes:
    """Give what follows the meta group, by its length (PS3.10 7.1)."""
    return data[144 + int.from_bytes(data[140:144], "little") :]


def test_one_element_in_place(run: Run, file: Path):
    """The value is replaced in the file; every byte of the data set before and after it stays."""
    before = file.read_bytes()
    result = run("modify", file, "--set", "PatientID=H-12345")
    assert (0, f"{file}: changed PatientID\n", "") == (result.status, result.out, result.err)
    expected = data_set(before).replace(hb.text(0x00100020, "LO", "H-1"), hb.text(0x00100020, "LO", "H-12345"))
    assert expected == data_set(file.read_bytes())
    assert before[:140] == file.read_bytes()[:140]


def test_by_tag_in_items_and_with_several_values(run: Run, file: Path, tmp_path: Path):
    """Elements are named by tag, keyword or path; a backslash separates values; -o leaves the source alone."""
    before, out = file.read_bytes(), tmp_path / "out.dcm"
    status = run(
        "modify", file, "-o", out,
        "--set", "(0010,0010)=Doe^Jane",
        "--set", "RequestAttributesSequence[1].StudyID=7",
        "--set", "RequestAttributesSequence[2].StudyID=8",
        "--set", "PixelSpacing=0.5\\0.25",
        "--set", "ReferencedSOPClassUIDInFile=",
        "--delete", "Modality",
    ).status  # fmt: skip
    assert (0, before) == (status, file.read_bytes())
    ds = dicomkit.dcmread(out)
    assert "Doe^Jane" == ds.PatientName
    assert ["SECOND", "7", "8"] == [
        ds.RequestAttributesSequence[1].ScheduledProcedureStepDescription,
        ds.RequestAttributesSequence[1].StudyID,
        ds.RequestAttributesSequence[2].StudyID,
    ]
    assert [0.5, 0.25] == ds.PixelSpacing
    assert "" == ds.get("ReferencedSOPClassUIDInFile")
    assert "Modality" not in ds


def test_all_items(run: Run, file: Path):
    """[*] stands for every item."""
    assert 0 == run("modify", file, "--set", "RequestAttributesSequence[*].StudyID=9").status
    assert ["9", "9"] == [item.StudyID for item in dicomkit.dcmread(file).RequestAttributesSequence]
    assert 0 == run("modify", file, "--delete", "RequestAttributesSequence[*].StudyID").status
    assert [False, False] == ["StudyID" in item for item in dicomkit.dcmread(file).RequestAttributesSequence]


def test_deleting(run: Run, file: Path):
    """--delete takes elements and items; what is absent already is no error."""
    assert 0 == run("modify", file, "--delete", "RequestAttributesSequence[0]", "--delete", "StudyID").status
    (item,) = dicomkit.dcmread(file).RequestAttributesSequence
    assert "SECOND" == item.ScheduledProcedureStepDescription
    assert 0 == run("modify", file, "--delete", "RequestAttributesSequence").status
    assert "RequestAttributesSequence" not in dicomkit.dcmread(file)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--set", "PatientID=H-1"),
        ("--set", "RequestAttributesSequence[0].ScheduledProcedureStepDescription=FIRST"),
    ],
)
def test_nothing_to_change_leaves_the_file(arguments: tuple[str, ...], run: Run, file: Path):
    """A value that is there already, or an absent element, does not rewrite the file."""
    before, stat = file.read_bytes(), file.stat()
    assert f"{file}: nothing to change\n" == run("modify", file, *arguments).out
    assert (before, stat.st_mtime_ns, stat.st_ino) == (file.read_bytes(), file.stat().st_mtime_ns, file.stat().st_ino)


def test_what_is_not_there_to_be_deleted_is_said(run: Run, file: Path):
    """An element that is absent already is no error, but named: its keyword may not be the one that was meant."""
    before = file.read_bytes()
    arguments = ("--delete", "StudyID", "--delete", "RequestAttributesSequence[7]")
    result = run("modify", file, *arguments)
    expected = f"{file}: nothing to change; not there: StudyID, RequestAttributesSequence[7]\n"
    assert (0, expected, before) == (result.status, result.out, file.read_bytes())
    result = run("modify", file, *arguments, "--delete", "Modality", "-n")
    assert f"{file}: would change Modality; not there: StudyID, RequestAttributesSequence[7]\n" == result.out
    (line,) = run("modify", file, *arguments, "--delete", "Modality", "--json").json_lines
    assert (["Modality"], ["StudyID", "RequestAttributesSequence[7]"]) == (line["changed"], line["absent"])


def test_a_private_element_without_creator_is_remarked_upon(run: Run, file: Path):
    """PS3.5 7.8.1 has a creator reserve the block; the element is written, and a note says which one is missing."""
    result = run("modify", file, "--set", "(0011,1001):LO=text")
    assert (0, f"{file}: changed (0011,1001)\n") == (result.status, result.out)
    assert "(0011,1001) has no private creator: set (0011,0010) too\n" in result.err
    assert "" == run("modify", file, "--set", "(0013,1001):LO=text", "--set", "(0013,0010)=ACME").err


def test_output_of_an_unchanged_file_is_the_same_bytes(run: Run, file: Path, tmp_path: Path):
    """With -o the file is written even if nothing changes, byte for byte."""
    assert 0 == run("modify", file, "-o", tmp_path / "copy.dcm", "--set", "PatientID=H-1").status
    assert file.read_bytes() == (tmp_path / "copy.dcm").read_bytes()


def test_text_of_numbers_is_kept(run: Run, tmp_path: Path):
    """A decimal string is written as it was typed, and 1.0 is not the same text as 1.00."""
    path = tmp_path / "number.dcm"
    path.write_bytes(hb.part10(hb.basic() + hb.text(0x00280030, "DS", "1.0\\1.0")))
    assert 0 == run("modify", path, "--set", "PixelSpacing=1.00\\1.00").status
    assert b"1.00\\1.00 " in path.read_bytes()


def test_bytes_are_given_in_hexadecimal(run: Run, file: Path):
    """Binary VRs take hexadecimal text; other text is refused."""
    assert 0 == run("modify", file, "--set", "PixelData=" + "00ff" * 16).status
    assert b"\x00\xff" * 16 == dicomkit.dcmread(file).PixelData
    result = run("modify", file, "--set", "PixelData=xyz")
    assert (2, 1) == (result.status, result.err.count("\n"))
    assert "hexadecimal" in result.err


def test_private_elements(run: Run, file: Path):
    """An element that no dictionary has needs its VR; --delete-private takes all of them away."""
    assert "name it, as in (0009,1001):LO=VALUE" in run("modify", file, "--set", "0009,1001=X").err
    assert 0 == run("modify", file, "--set", "0009,0010=ACME 1.1", "--set", "(0009,1001):LO=X").status
    assert "X" == dicomkit.dcmread(file)[0x0009, 0x1001].value
    assert "changed 2 private elements" in run("modify", file, "--delete-private").out
    assert (0x0009, 0x1001) not in dicomkit.dcmread(file)


def test_text_that_does_not_fit_names_the_remedy(run: Run, file: Path):
    """Text outside the character set is refused and leaves the file; --charset makes room for it."""
    before = file.read_bytes()
    result = run("modify", file, "--set", "PatientName=山田^太郎")
    assert (2, 1, before) == (result.status, result.err.count("\n"), file.read_bytes())
    assert "--charset 'ISO_IR 192'" in result.err
    assert 0 == run("modify", file, "--set", "PatientName=山田^太郎", "--charset", "ISO_IR 192").status
    ds = dicomkit.dcmread(file)
    assert ("ISO_IR 192", "山田^太郎") == (ds.SpecificCharacterSet, str(ds.PatientName))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "nothing to do"),
        (("--set", "PatientID"), "write ELEMENT=VALUE"),
        (("--set", "PatientIdd=1"), "did you mean"),
        (("--set", "Rows=many"), "US: no number: 'many'"),
        (("--set", "Rows=70000"), "outside 0 to 65535"),
        (("--set", "StudyDate[0]=1"), "set elements of the item"),
        (("--set", "RequestAttributesSequence=1"), "is a sequence"),
        (("--set", "RequestAttributesSequence.StudyID=1"), "say which item"),
        (("--set", "RequestAttributesSequence[9].StudyID=1"), "has 2 items, the next one is [2]"),
        (("--set", "PatientID[0].StudyID=1"), "is no sequence"),
        (("--set", "PatientID:ZZ=1"), "is no VR"),
        (("--set", "TransferSyntaxUID=1.2.840.10008.1.2"), "dicomkit transcode"),
        (("--delete", "TransferSyntaxUID"), "needs its Transfer Syntax UID"),
        (("--set", "MediaStorageSOPInstanceUID=1.2.5"), "set SOPInstanceUID"),
        (("--set", "MediaStorageSOPClassUID=1.2.5"), "set SOPClassUID"),
        (("--set", "ImplementationVersionName=ACME"), "dicomkit puts its own"),
        (("--set", "FileMetaInformationGroupLength=8"), "counted when the file is written"),
        (("--delete", "MediaStorageSOPInstanceUID"), "named after its data set"),
        (("--delete", "PatientID[0]"), "is no item of a sequence"),
        (("--set", "FFFEE000=1"), "no element of a data set"),
        (("--charset", "KLINGON"), "--charset KLINGON: 'KLINGON' is no Defined Term of Specific Character Set\n"),
        (("--charset", "UTF-8"), "'UTF-8' is no Defined Term of Specific Character Set; write ISO_IR 192\n"),
    ],
)
def test_what_makes_no_sense_is_one_line(arguments: tuple[str, ...], message: str, run: Run, file: Path):
    """A mistake in what was asked for is status 2 and one line, and the file stays as it is."""
    before = file.read_bytes()
    result = run("modify", file, *arguments)
    assert (2, "", 1) == (result.status, result.out, result.err.count("\n"))
    assert message in result.err
    assert "internal error" not in result.err
    assert before == file.read_bytes()


def test_dry_run_writes_nothing(run: Run, file: Path):
    """-n says what would change."""
    before = file.read_bytes()
    assert f"{file}: would change PatientID\n" == run("modify", file, "--set", "PatientID=X", "-n").out
    assert before == file.read_bytes()


def test_folders_keep_their_shape(run: Run, file: Path, tmp_path: Path):
    """The files of a folder go to the same places below the output; what is not DICOM is counted."""
    source, out = tmp_path / "in", tmp_path / "out"
    (source / "deep").mkdir(parents=True)
    shutil.copy(file, source / "a.dcm")
    shutil.copy(file, source / "deep" / "b.dcm")
    (source / "notes.txt").write_text("no DICOM")
    result = run("modify", source, "-o", out, "--set", "PatientID=X", "--json")
    assert 0 == result.status
    expected = [str(out / "a.dcm"), str(out / "deep" / "b.dcm")]
    assert expected == [line["output"] for line in result.json_lines]
    assert [["PatientID"], ["PatientID"]] == [line["changed"] for line in result.json_lines]
    assert ["X", "X"] == [dicomkit.dcmread(path).PatientID for path in expected]
    assert "1 file is not DICOM and skipped" in result.err


def test_one_bad_file_does_not_stop_the_others(run: Run, file: Path, tmp_path: Path):
    """The bad one is a line and status 2, the good one is changed."""
    result = run("modify", tmp_path / "none.dcm", file, "--set", "PatientID=X")
    assert (2, 1) == (result.status, result.err.count("\n"))
    assert "X" == dicomkit.dcmread(file).PatientID


def test_links_in_a_folder_are_not_written_through(run: Run, file: Path, tmp_path: Path):
    """A link that lies in a folder leads to no file outside: it is a line, and the file stays as it is."""
    before = file.read_bytes()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.dcm").write_bytes(before)
    (tmp_path / "folder" / "x.dcm").symlink_to(file)
    result = run("modify", tmp_path / "folder", "--set", "PatientID=X")
    assert (2, 1, before) == (result.status, result.err.count("\n"), file.read_bytes())
    assert "x.dcm is a link" in result.err
    assert "X" == dicomkit.dcmread(tmp_path / "folder" / "a.dcm").PatientID


def test_repair_makes_a_conformant_file(run: Run, tmp_path: Path):
    """--repair writes a file without preamble, meta group and even lengths as PS3.10 and PS3.5 say."""
    path = tmp_path / "bare.dcm"
    path.write_bytes(hb.basic() + hb.element(0x00204000, "LT", b"odd"))
    assert f"{path}: would be repaired\n" == run("modify", path, "--repair", "-n").out
    result = run("modify", path, "--repair")
    assert (0, f"{path}: repaired\n") == (result.status, result.out)
    assert b"DICM" == path.read_bytes()[128:132]
    assert () == dicomkit.dcmread(path).check()


def test_standard_streams(run: Run, file: Path):
    """`-` reads standard input and, unless -o says otherwise, writes standard output, with nothing else on it."""
    result = run("modify", "-", "--set", "PatientID=X", stdin=file.read_bytes())
    assert (0, "", "X") == (result.status, result.err, dicomkit.dcmread(result.data).PatientID)


def test_dicomdir_is_refused(run: Run, corpus: object, tmp_path: Path):
    """The records of a DICOMDIR hold each other's byte offsets, so it is left alone."""
    path = tmp_path / "DICOMDIR"
    shutil.copyfile(real_file("dicomdirtests/DICOMDIR"), path)
    before = path.read_bytes()
    result = run("modify", path, "--set", "FileSetID=X")
    assert (2, 1, before) == (result.status, result.err.count("\n"), path.read_bytes())
    assert "byte offsets" in result.err


def test_real_file_keeps_every_other_byte(run: Run, corpus: object, tmp_path: Path):
    """In a CT with private elements, sequences and padding only the value changes."""
    path = tmp_path / "ct.dcm"
    shutil.copyfile(real_file("CT_small.dcm"), path)
    before = data_set(path.read_bytes())
    assert 0 == run("modify", path, "--set", "PatientName=Other^Name").status
    old = hb.text(0x00100010, "PN", "CompressedSamples^CT1")
    assert before.replace(old, hb.text(0x00100010, "PN", "Other^Name")) == data_set(path.read_bytes())


def test_assignments():
    """The first = ends the element, a colon begins a VR; the value may hold both."""
    assignment = parse_assignment("ContentSequence[3].(0040,A160):UT=a=b:c")
    assert ("ContentSequence[3].TextValue", "UT", "a=b:c") == (str(assignment.path), assignment.vr, assignment.text)
    with pytest.raises(CommandError):
        parse_assignment("=x")


def test_a_large_file_moves_the_bar(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """While one large file is written, parts of it are shown as done, up to all of it."""
    large, shown = tmp_path / "large.dcm", list[float]()
    large.write_bytes(hb.part10(hb.basic() + hb.element(0x7FE00010, "OW", bytes(8 << 20))))
    monkeypatch.setattr("dicomkit.cli.progress.SilentProgress.part", lambda self, fraction: shown.append(fraction))
    assert 0 == run("modify", large, "--set", "PatientID=NEW", "-o", tmp_path / "out.dcm").status
    assert len(shown) > 3
    assert shown == sorted(shown)
    assert shown[-1] == pytest.approx(1, abs=0.001)
