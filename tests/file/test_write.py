"""Files written: new, replaced, repaired (PS3.10 7)."""

from __future__ import annotations

import io
import os
import stat
import struct
import subprocess
import threading
from io import BytesIO
from pathlib import Path

import pydicom
import pytest

import dicomkit
from dicomkit import Dataset, ReadOptions, WriteOptions
from dicomkit.dataset import serialize
from dicomkit.errors import DicomError, MissingElementError, PixelError, ValueEncodeError
from dicomkit.file import write
from dicomkit.file.stream_writer import StreamWriter
from tests.corpora import real_file, real_files
from tests.hostile import PREAMBLE_CASES
from tests.hostile_bytes import BIG, EXPLICIT, IMPLICIT, basic, element, file_meta, part10, text

CLASS = "1.2.840.10008.5.1.4.1.1.7"


def make(**values: object) -> Dataset:
    """Make a data set that can be written."""
    return Dataset(SOPClassUID=CLASS, SOPInstanceUID="1.2.3", **values)


def test_new_file_conforms(tmp_path, require_package):
    """PS3.10 7.1: preamble, prefix, and a file meta with all that it needs; pydicom reads it."""
    path = tmp_path / "new.dcm"
    make(PatientName="A^B").save_as(path)
    data = path.read_bytes()
    assert bytes(128) + b"DICM\2\0\0\0UL\4\0" == data[:140]
    assert len(data) % 2 == 0
    theirs = require_package("pydicom").dcmread(path)
    assert [CLASS, "1.2.3", "1.2.840.10008.1.2.1", "A^B"] == [
        theirs.file_meta.MediaStorageSOPClassUID, theirs.file_meta.MediaStorageSOPInstanceUID,
        theirs.file_meta.TransferSyntaxUID, str(theirs.PatientName),
    ]  # fmt: skip
    meta = dicomkit.dcmread(path, ReadOptions(issues="raise")).file_meta
    assert [b"\0\1", True] == [meta.FileMetaInformationVersion, len(meta.ImplementationVersionName) <= 16]


def test_new_file_needs_its_uids():
    """Without SOP Class or Instance UID there is no file; the error says what to set."""
    with pytest.raises(MissingElementError, match="SOPClassUID"):
        Dataset(PatientName="A").to_bytes()


@pytest.mark.parametrize("name", ["1.2.840.10008.1.2", "ImplicitVRLittleEndian"])
def test_a_transfer_syntax_by_uid_and_by_keyword(name):
    """Either names it; what is written says its UID, and is in its form."""
    target = BytesIO()
    with StreamWriter(target, transfer_syntax=name) as writer:
        for element in make(PatientName="A"):
            writer.write(element)
    for data in (make(PatientName="A").to_bytes(WriteOptions(transfer_syntax=name)), target.getvalue()):
        ds = dicomkit.dcmread(data, ReadOptions(issues="raise"))
        assert ("1.2.840.10008.1.2", "A") == (ds.file_meta.TransferSyntaxUID, ds.PatientName)
        assert data.endswith(b"\x10\0\x10\0\2\0\0\0A ")


@pytest.mark.parametrize("name", ["implicit", "nonsense", "1.2.3.4", "CTImageStorage"])
def test_what_is_no_transfer_syntax_is_not_written(name, tmp_path):
    """A name that nobody could read the file by is refused, and the target stays as it was."""
    path = tmp_path / "new.dcm"
    with pytest.raises(ValueEncodeError, match="no transfer syntax"):
        make().save_as(path, WriteOptions(transfer_syntax=name))
    with pytest.raises(ValueEncodeError, match="no transfer syntax"):
        StreamWriter(path, transfer_syntax=name)
    assert [] == list(tmp_path.iterdir())


def test_what_is_lost_in_writing_is_told_of_the_last_time():
    """Written again a data set says what was lost once, and nothing of a value that has been put right since."""
    ds = make(PatientWeight=1 / 3, PatientSize=2 / 3, ReferencedStudySequence=[Dataset(PatientWeight=1 / 3)])
    for _ in range(3):
        ds.to_bytes()
        ds.save_as(BytesIO(), WriteOptions(transfer_syntax="1.2.840.10008.1.2"))
    assert [0x00081110, 0x00101020, 0x00101030] == [issue.path[0] for issue in ds.issues]
    ds.PatientWeight = 70
    ds.to_bytes()
    assert [0x00081110, 0x00101020] == [issue.path[0] for issue in ds.issues]
    read = dicomkit.dcmread(ds.to_bytes() + b"\0", ReadOptions(issues="collect"))
    found, read.PatientWeight = read.issues, 1 / 3
    for _ in range(2):
        read.to_bytes()
        assert [*found, "precision-lost"] == [*read.issues[:-1], read.issues[-1].code]


def test_a_private_transfer_syntax_stays():
    """The data set's own is kept, read or set, whoever defined it (PS3.5 10)."""
    ds = make()
    ds.file_meta.TransferSyntaxUID = "1.2.3.4"
    read = dicomkit.dcmread(ds.to_bytes())
    read.PatientComments = "edited"
    for options in (None, WriteOptions(transfer_syntax="1.2.3.4")):
        assert "1.2.3.4" == dicomkit.dcmread(read.to_bytes(options)).file_meta.TransferSyntaxUID


def test_unmodified_file_is_written_byte_for_byte(tmp_path):
    """A file read from a path, bytes or a stream is written as it was."""
    path = real_file("CT_small.dcm")
    data = path.read_bytes()
    for source in (path, data, BytesIO(data)):
        ds = dicomkit.dcmread(source)
        ds.check()
        ds.save_as(tmp_path / "copy.dcm")
        assert data == (tmp_path / "copy.dcm").read_bytes() == ds.to_bytes() == ds.copy().to_bytes()


def test_file_is_replaced_with_its_mode_and_through_links(tmp_path):
    """The mode of a file that is replaced stays, a symbolic link goes on leading there, no temporary file is left."""
    path, link = tmp_path / "a.dcm", tmp_path / "link.dcm"
    make(PatientName="A").save_as(path)
    path.chmod(0o640)
    link.symlink_to(path)
    make(PatientName="B").save_as(link)
    assert [0o640, True, "B"] == [
        stat.S_IMODE(path.stat().st_mode), link.is_symlink(), dicomkit.dcmread(path).PatientName
    ]  # fmt: skip
    assert ["a.dcm", "link.dcm"] == sorted(each.name for each in tmp_path.iterdir())


def test_failure_leaves_the_old_file(tmp_path, monkeypatch):
    """What cannot be written, or not to its end, leaves the old file and nothing beside it."""
    path = tmp_path / "a.dcm"
    make(PatientName="A").save_as(path)
    before = path.read_bytes()
    with pytest.raises(ValueEncodeError):
        make(PatientName="山田").save_as(path)

    def full(fd: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    monkeypatch.setattr(os, "writev", full, raising=False)
    with pytest.raises(OSError, match="No space"):
        make(PatientName="B").save_as(path)
    assert [before, ["a.dcm"]] == [path.read_bytes(), [each.name for each in tmp_path.iterdir()]]


def test_writing_over_the_file_it_was_read_from(tmp_path):
    """A data set written over its own file goes on giving the values that were left in it."""
    path = tmp_path / "a.dcm"
    make(PatientName="A", PixelData=b"\1\2" * 200_000).save_as(path)
    ds = dicomkit.dcmread(path)
    ds.PatientName = "Somebody^Else"
    for _ in range(3):
        ds.save_as(path)
    assert b"\1\2" * 200_000 == ds.PixelData
    assert ["Somebody^Else", b"\1\2" * 200_000] == [
        dicomkit.dcmread(path).PatientName,
        dicomkit.dcmread(path).PixelData,
    ]


def test_progress_is_told_while_a_large_file_is_written(tmp_path):
    """The bytes written so far ascend to the size of the file, whatever it is written to; a small one is told once."""
    path = tmp_path / "large.dcm"
    make(PixelData=bytes(5 << 20)).save_as(path)
    ds = dicomkit.dcmread(path)
    for edit in (False, True):
        if edit:
            ds.PatientID = "EDITED"
        for target in (tmp_path / "copy.dcm", io.BytesIO()):
            told: list[int] = []
            ds.save_as(target, WriteOptions(progress=told.append))
            size = target.stat().st_size if isinstance(target, Path) else len(target.getvalue())
            assert size == told[-1]
            assert told == sorted(set(told))
            assert len(told) > 3
    small: list[int] = []
    dicomkit.dcmwrite(io.BytesIO(), make(), WriteOptions(progress=small.append))
    assert 1 == len(small)


def test_progress_may_end_the_writing(tmp_path):
    """What the function raises comes out of dcmwrite; the old file stays, and nothing else."""
    path = tmp_path / "file.dcm"
    make(PatientID="OLD").save_as(path)
    before = path.read_bytes()

    def stop(written: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(PixelData=bytes(5 << 20)).save_as(path, WriteOptions(progress=stop))
    assert before == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


def test_durable_writing_syncs_file_and_folder(tmp_path, monkeypatch):
    """durable=True asks the system to put the file and its name on the disk."""
    synced = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(stat.S_ISDIR(os.fstat(fd).st_mode)))
    make().save_as(tmp_path / "a.dcm", WriteOptions(durable=True))
    assert [False, True] == synced


def test_file_objects_and_pipes_are_written_to(tmp_path):
    """A binary file object, one that takes little at a time, and a FIFO get the same bytes."""

    class Slow(io.RawIOBase):
        def __init__(self) -> None:
            self.taken = b""

        def write(self, data) -> int:
            self.taken += bytes(data[:100])
            return min(100, len(data))

    ds, buffer, slow, fifo = make(PixelData=b"\1\2" * 1000), BytesIO(), Slow(), tmp_path / "fifo"
    ds.save_as(buffer)
    dicomkit.dcmwrite(slow, ds)
    os.mkfifo(fifo)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(fifo.read_bytes()))
    reader.start()
    ds.save_as(fifo)
    reader.join(10)
    assert ds.to_bytes() == buffer.getvalue() == slow.taken == read[0]
    with pytest.raises(TypeError):
        ds.save_as(5)


def test_only_the_meta_elements_of_instance_and_writer_change():
    """After an edit the file meta names instance and writer anew; the rest of it, and the preamble, stay."""
    data = real_file("CT_small.dcm").read_bytes()
    ds = dicomkit.dcmread(data)
    before = ds.copy()
    ds.PatientID = "X"
    after = dicomkit.dcmread(ds.to_bytes())
    changed = {difference.path[0] for difference in before.file_meta.diff(after.file_meta)}
    assert changed <= {0x00020000, 0x00020003, 0x00020012, 0x00020013}
    assert [["PatientID"], data[:128]] == [[each.left.keyword for each in before.diff(after)], after.preamble]


def test_group_length_of_the_meta_is_right():
    """PS3.10 7.1: the group length leads to the data set after every edit."""
    ds = make()
    ds.file_meta.SourceApplicationEntityTitle = "SOMEWHERE"
    data = ds.to_bytes()
    assert b"\x08\x00\x16\x00UI" == data[144 + struct.unpack("<I", data[140:144])[0] :][:6]


def test_pixels_are_never_relabelled():
    """Compressed pixels are not written as native ones, nor the other way round."""
    ds = dicomkit.dcmread(real_file("CT_small.dcm"))
    with pytest.raises(PixelError):
        ds.to_bytes(WriteOptions(transfer_syntax="1.2.840.10008.1.2.4.90"))
    with pytest.raises(DicomError):
        dicomkit.dcmread(real_file("JPEG2000.dcm")).to_bytes(WriteOptions(transfer_syntax="1.2.840.10008.1.2.1"))


STRAY = b"\2\0\x10\0UI\x12\x001.2.840.10008.1.2\0" + b"\2\0\x16\0AE\4\0HERE"


def defects() -> dict[str, bytes]:
    """Make files that are each defective in one way."""
    data = make(PatientName="A^B", PatientID="12", ReferencedStudySequence=[Dataset(StudyID="1")]).to_bytes()
    meta = 144 + struct.unpack("<I", data[140:144])[0]
    patient = data.index(b"\x10\0\x10\0PN")
    sequence = data.index(b"\x08\0\x10\x11SQ")
    return {
        "no preamble": data[128:],
        "no file meta": data[meta:],
        "wrong meta length": data[:140] + b"\1\0\0\0" + data[144:],
        "odd length": data[:patient] + b"\x10\0\x10\0PN\3\0A^B" + data[patient + 12 :],
        "truncated": data[:-1],
        "trailing zeros": data + bytes(20),
        "trailing garbage": data + b"\xff\xff\xffabc",
        "out of order": data[:meta] + data[patient:] + data[meta:patient],
        "duplicate": data + data[patient:],
        "item too long": data[: sequence + 16] + b"\xff\0\0\0" + data[sequence + 20 :],
        "wrong group length": data[:meta] + b"\x08\0\0\0UL\4\0\1\2\3\4" + data[meta:],
        "un sequence": data[: sequence + 4] + b"UN" + data[sequence + 6 :],
        "file meta in the data set": data[:patient] + STRAY + data[patient:],
    }


@pytest.mark.parametrize("name", sorted(defects()))
def test_repair_writes_a_conformant_file(name, tmp_path, require_peer):
    """repair=True gives a file that reads without an Issue, and of whose structure dcmdump does not complain."""
    ds = dicomkit.dcmread(defects()[name])
    data = ds.to_bytes(WriteOptions(repair=True))
    again = dicomkit.dcmread(data, ReadOptions(issues="raise"))
    assert [CLASS, "A^B"[: len(again.PatientName)]] == [again.SOPClassUID, again.PatientName]
    path = tmp_path / "repaired.dcm"
    path.write_bytes(data)
    run = subprocess.run([require_peer("dcmdump"), str(path)], capture_output=True, text=True, check=False)
    assert [0, ""] == [run.returncode, "\n".join(line for line in run.stderr.splitlines() if line[:2] in ("E:", "W:"))]


def test_repair_takes_elements_of_the_file_meta_out_of_the_data_set():
    """What only the file meta may have goes there if it is missing there, and says nothing about the encoding."""
    ds = dicomkit.dcmread(defects()["file meta in the data set"])
    again = dicomkit.dcmread(ds.to_bytes(WriteOptions(repair=True)))
    assert ["HERE", ds.file_meta.TransferSyntaxUID] == [
        again.file_meta.SourceApplicationEntityTitle, again.file_meta.TransferSyntaxUID
    ]  # fmt: skip
    assert [[0x00020010, 0x00020016], [tag for tag in ds._tags() if tag >> 16 != 2]] == [ds._tags()[:2], again._tags()]


RLE = element(0x00020010, "UI", b"1.2.840.10008.1.2.5\0")


@pytest.mark.parametrize(
    ("body", "edit"),
    [
        (basic() + RLE, lambda ds: setattr(ds, "SpecificCharacterSet", "ISO_IR 192")),
        (element(0x00080060, "CS", b"CT") + RLE, lambda ds: ds.pop("Modality")),
        (element(0x00000060, "UL", b"CTCT") + RLE + basic(), lambda ds: ds.pop(0x00000060)),
    ],
)
def test_edits_put_no_element_behind_the_file_meta_that_a_reader_takes_for_its(body, edit):
    """A stray (0002,0010) that would come first is not written, which an Issue says: the transfer syntax stays."""
    ds = dicomkit.dcmread(part10(body))
    tags = [tag for tag in ds._tags() if tag >> 16 > 2]
    edit(ds)
    data = ds.to_bytes()
    again = dicomkit.dcmread(data)
    assert ["1.2.840.10008.1.2.1", ()] == [again.transfer_syntax.uid, again.check()]
    assert [tag for tag in tags if tag in ds] == [tag for tag in again._tags() if tag in tags]
    assert "1.2.840.10008.1.2.1" == pydicom.dcmread(BytesIO(data)).file_meta.TransferSyntaxUID
    assert ("not written", (0x00020010,)) in [(issue.action, issue.path) for issue in ds.issues]


def test_stray_element_that_does_not_come_first_stays_with_an_edit():
    """Behind another group it is no file meta's, and edits elsewhere leave it."""
    data = part10(basic() + RLE)
    ds = dicomkit.dcmread(data)
    ds.PatientID = "X1"
    written = ds.to_bytes()
    assert [True, "1.2.840.10008.1.2.1"] == [written.endswith(RLE), dicomkit.dcmread(written).transfer_syntax.uid]


@pytest.mark.parametrize("options", [WriteOptions(repair=True), WriteOptions(transfer_syntax="1.2.840.10008.1.2")])
def test_stray_elements_that_do_not_go_into_the_file_meta_are_told(options):
    """What says how to read the file, and what the file meta has, is not taken from behind it, which an Issue says."""
    stray = element(0x00020003, "UI", b"9.9\0") + RLE + element(0x00020016, "AE", b"HERE")
    ds = dicomkit.dcmread(part10(basic() + stray))
    again = dicomkit.dcmread(ds.to_bytes(options))
    assert "HERE" == again.file_meta.SourceApplicationEntityTitle
    assert [0x00020003, 0x00020010] == [issue.path[0] for issue in ds.issues if issue.action == "not written"]


@pytest.mark.parametrize("is_new", [True, False])
def test_file_meta_set_on_the_data_set_is_refused(is_new):
    """Written in front of the data set it would say how to read it: it is set on ds.file_meta."""
    ds = make() if is_new else dicomkit.dcmread(part10(basic()))
    ds.TransferSyntaxUID = "1.2.840.10008.1.2.5"
    with pytest.raises(ValueEncodeError, match="file_meta"):
        ds.to_bytes()


def test_big_endian_data_set_that_would_begin_as_a_file_meta_is_refused():
    """Group 0200 in big endian has the bytes of group 0002 in little endian, the byte order of a file meta."""
    ds = dicomkit.dcmread(part10(text(0x00080060, "CS", "CT", BIG) + text(0x02000010, "LO", "AB", BIG), BIG_ENDIAN))
    del ds.Modality
    with pytest.raises(ValueEncodeError, match="0200"):
        ds.to_bytes()


@pytest.mark.parametrize(
    ("body", "tags"),
    [
        # Cut in the second header, so that nothing shows the first one to have no VR.
        (text(0x00080060, "CS", "CT", IMPLICIT) + b"\x10\0\x10\0\xff", [0x00080060, 0x00100020]),
        (b"\xff" * 8, [0x00100020, 0xFFFFFFFF]),
        (text(0x00080060, "CS", "CT") + text(0x00100010, "PN", "AB", IMPLICIT) + text(0x7FE00010, "OW", "AB"), None),
        (text(0x00080060, "CS", "CT") + b"\x10\0\x10\0\0\0\2\0AB" + text(0x7FE00010, "OW", "AB"), None),
        (text(0x00100010, "PN", "AB", IMPLICIT) + text(0x00200010, "SH", "AB", IMPLICIT) + b"\x20\0\0\x40", None),
    ],
)
@pytest.mark.parametrize("keyword", ["PatientID", "InstanceCreatorUID", "EncryptedAttributesSequence"])
def test_edits_are_read_back_where_the_form_had_to_be_guessed(body, tags, keyword):
    """An edit changes what headers lead to, by which a reader tells those of Implicit VR: they become plain ones."""
    ds = dicomkit.dcmread(part10(body))
    ds[keyword] = [] if keyword == "EncryptedAttributesSequence" else "1"
    again = dicomkit.dcmread(ds.to_bytes())
    assert ds._tags() == again._tags()
    assert ds[keyword].value == again[keyword].value
    if tags is not None and keyword == "PatientID":
        assert tags == again._tags()


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("tail", [b"", b"\x20\0\0\x40\xff"])
@pytest.mark.parametrize("forms", [(EXPLICIT, IMPLICIT, EXPLICIT), (EXPLICIT, IMPLICIT, IMPLICIT), (IMPLICIT,) * 3])
def test_deletions_leave_the_rest_where_the_form_had_to_be_guessed(forms, tail, number):
    """What is left is found again, whichever element goes."""
    tags = [0x00080060, 0x00100020, 0x00200010]
    body = b"".join(text(tag, "SH", "AB", form) for tag, form in zip(tags, forms, strict=True))
    ds = dicomkit.dcmread(part10(body + tail))
    assert tags == ds._tags()
    del ds[tags.pop(number)]
    again = dicomkit.dcmread(ds.to_bytes())
    assert [(tag, ds[tag].value) for tag in tags] == [(element.tag, element.value) for element in again]


def test_an_edit_keeps_the_form_that_a_reader_finds_again():
    """Implicit VR under an explicit transfer syntax stays, with all the bytes that were not edited."""
    body = text(0x00080060, "CS", "CT", IMPLICIT) + text(0x00100020, "LO", "AB", IMPLICIT)
    ds = dicomkit.dcmread(part10(body))
    ds.StudyID = "XY"
    assert ds.to_bytes().endswith(body + text(0x00200010, "SH", "XY", IMPLICIT))


BIG_ENDIAN = "1.2.840.10008.1.2.2"


@pytest.mark.parametrize(
    "name", ["meta_implicit", "meta_length_missing", "group_2_in_data_set", "no_preamble", "odd_meta", "stray"]
)
def test_another_form_comes_with_a_file_meta_that_says_so(name):
    """Whatever it was like, after a conversion it is Explicit VR with its length, behind a preamble (PS3.10 7.1)."""
    more = {
        "odd_meta": part10(basic(), meta=b"\2\0\1\0O\0\2\0\0\1" + file_meta(with_length=False)),
        "stray": defects()["file meta in the data set"],
    }
    data = more[name] if name in more else next(case.build() for case in PREAMBLE_CASES if case.name == name)
    converted = dicomkit.dcmread(data).to_bytes(WriteOptions(transfer_syntax=BIG_ENDIAN))
    again = dicomkit.dcmread(converted)
    assert [BIG_ENDIAN, []] == [
        again.transfer_syntax.uid,
        [issue for issue in again.issues if "META" in issue.code.name],
    ]
    assert [] == [tag for tag in again._tags() if tag >> 16 == 2]
    assert BIG_ENDIAN == pydicom.dcmread(BytesIO(converted)).file_meta.TransferSyntaxUID


def test_path_of_a_folder_that_is_not_there(tmp_path: Path):
    """What the system refuses is an OSError."""
    with pytest.raises(FileNotFoundError):
        make().save_as(tmp_path / "no" / "a.dcm")


@pytest.mark.parametrize("answer", [0, -1])
def test_a_file_object_that_takes_nothing_is_an_error(answer):
    """Writing does not go on for ever where no byte is taken."""

    class Full:
        def write(self, data: bytes) -> int:
            return answer

    with pytest.raises(OSError, match="takes no more"):
        dicomkit.dcmwrite(Full(), Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3"))


@pytest.mark.parametrize(("name", "path"), real_files(), ids=lambda value: value if isinstance(value, str) else "")
def test_an_edit_that_is_spliced_in_gives_what_writing_anew_gives(
    name: str, path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The short ways of the data set and of its file meta come to the same bytes as the general ones."""

    def edited() -> bytes:
        ds = dicomkit.dcmread(path, force=True)
        ds.PatientID = "EDITED"
        if "PatientName" in ds:
            del ds.PatientName
        return ds.to_bytes()

    short = edited()
    monkeypatch.setattr(serialize, "_spliced", lambda *_: None)
    monkeypatch.setattr(write, "spliced_meta", lambda *_: None)
    assert edited() == short


def test_the_file_meta_names_the_instance_that_is_written():
    """A file meta that named another instance than the data set does names it after an edit (PS3.10 7.1)."""
    made = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3").to_bytes()
    wrong = made.replace(b"\2\0\3\0UI\6\x001.2.3\0", b"\2\0\3\0UI\6\x001.2.9\0", 1)
    ds = dicomkit.dcmread(wrong)
    assert "1.2.9" == ds.file_meta.MediaStorageSOPInstanceUID
    ds = dicomkit.dcmread(wrong)
    ds.PatientID = "1"
    assert "1.2.3" == dicomkit.dcmread(ds.to_bytes()).file_meta.MediaStorageSOPInstanceUID
