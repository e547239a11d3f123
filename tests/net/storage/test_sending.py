"""Instances to send: what is known of them, and their bytes in pieces."""

from __future__ import annotations

import gc
import io
import os
from pathlib import Path

import pydicom
import pytest

import dicomkit
from dicomkit.errors import DicomError, MissingElementError, NotDicomError, SourceChangedError, TruncatedError
from dicomkit.net.storage import BufferPool, DatasetInstance, FileInstance, describe, open_instance
from tests.corpora import real_files
from tests.hostile_bytes import DEFLATED_LE, EXPLICIT_LE, IMPLICIT, IMPLICIT_LE, deflated, file_meta, part10
from tests.net.instances import SECONDARY_CAPTURE, data_set, file

BIG = b"0123456789" * 100_000


def read(instance: FileInstance | DatasetInstance, length: int = 1 << 20, syntax: str = "") -> bytes:
    """Read an instance to its end."""
    source = instance.open(syntax or instance.transfer_syntax)
    data = b""
    while piece := source.read(length):
        assert len(piece) <= length
        data += piece
    return data


def descriptors() -> int:
    """Count what this process has open."""
    gc.collect()
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.parametrize("length", [1, 7, 4096, 1 << 20], ids=str)
@pytest.mark.parametrize("content", [b"", b"0123456789" * 1000, BIG], ids=["small", "middle", "big"])
def test_a_file_is_sent_as_it_lies_there(tmp_path: Path, length: int, content: bytes):
    """The pieces are the bytes behind the file meta, whatever their length and that of the buffers."""
    if length == 1 and content is BIG:
        length = 61
    path = tmp_path / "x.dcm"
    path.write_bytes(file("1.2.3", content=content))
    before = descriptors()
    instance = open_instance(path, BufferPool(128 << 10))
    data = data_set("1.2.3", content=content)
    assert (SECONDARY_CAPTURE, "1.2.3", EXPLICIT_LE, len(data)) == (
        instance.sop_class_uid,
        instance.sop_instance_uid,
        instance.transfer_syntax,
        instance.size,
    )
    assert data == read(instance, length)
    instance.close()
    instance.close()
    assert before == descriptors()


def test_pieces_stay_until_as_much_was_read(tmp_path: Path):
    """What waits to be sent is not overwritten by what is read after it, as long as it is no more than a buffer."""
    pool = BufferPool(64 << 10)
    path = tmp_path / "x.dcm"
    path.write_bytes(file("1.2.3", content=BIG))
    expected = data_set("1.2.3", content=BIG)
    source = open_instance(path, pool).open(EXPLICIT_LE)
    waiting: list[memoryview | bytes] = []
    sent = b""
    while True:
        while sum(map(len, waiting)) < pool.size:
            piece = source.read(10_000)
            if not piece:
                assert expected == sent + b"".join(waiting)
                return
            waiting.append(piece)
        sent += waiting.pop(0)


def test_memory_is_used_again(tmp_path: Path):
    """A thousand instances one after the other take the buffers of one; what is closed early keeps its own."""
    pool = BufferPool(256 << 10)
    path = tmp_path / "x.dcm"
    path.write_bytes(file("1.2.3", content=BIG[:100_000]))
    seen = set()
    for _ in range(100):
        instance = open_instance(path, pool)
        piece = instance.open(EXPLICIT_LE).read(1 << 20)
        assert isinstance(piece, memoryview)
        seen.add(id(piece.obj))
        del piece
        instance.close()
    assert 1 == len(seen)
    assert 1 == len(pool._free)
    early = open_instance(path, pool)
    first = early.open(EXPLICIT_LE).read(10)
    early.close()
    assert bytes(first) + read(early, 1000) == data_set("1.2.3", content=BIG[:100_000])


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
def test_real_files():
    """Each real instance is described as pydicom does, and read by pydicom from the pieces as it reads the file."""
    sent = 0
    for name, path in real_files():
        try:
            expected = pydicom.dcmread(path)
            uids = str(expected.SOPClassUID), str(expected.SOPInstanceUID), str(expected.file_meta.TransferSyntaxUID)
        except Exception:  # what pydicom cannot read is no oracle
            continue
        try:
            instance = open_instance(path)
        except DicomError:
            continue
        if not all(uids):
            continue
        assert uids[:2] == (instance.sop_class_uid, instance.sop_instance_uid), name
        data = read(instance, 50_000)
        described = describe(path)
        assert instance.transfer_syntax == described.transfer_syntax
        if isinstance(instance, FileInstance):
            assert uids[2] == instance.transfer_syntax, name
            assert path.read_bytes()[-len(data) :] == data or instance.size == len(data), name
        head = part10(b"", instance.transfer_syntax)
        if instance.transfer_syntax != DEFLATED_LE and instance.size < 1_000_000:
            again = pydicom.dcmread(io.BytesIO(head + data))
            assert [element.tag for element in expected] == [element.tag for element in again], name
        sent += 1
    assert not real_files() or sent > 100


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", NotDicomError),
        (b"no DICOM at all" * 100, NotDicomError),
        (file("1.2.3")[:-1], TruncatedError),
        (file("1.2.3", content=BIG)[:-1], TruncatedError),
        (part10(data_set("1.2.3")[34:]), MissingElementError),
        (part10(data_set("1.2.3")[:34]), MissingElementError),
        (part10(data_set("")), MissingElementError),
    ],
    ids=["empty", "text", "cut", "cut far", "no class", "no instance", "empty instance"],
)
def test_what_cannot_be_sent(tmp_path: Path, data: bytes, error: type[Exception]):
    """Each is an error of its own, before a byte is sent, and no file stays open; from memory it is the same."""
    path = tmp_path / "x.dcm"
    path.write_bytes(data)
    before = descriptors()
    with pytest.raises(error):
        open_instance(path)
    with pytest.raises(error):
        describe(path)
    with pytest.raises(error):
        open_instance(io.BytesIO(data))
    assert before == descriptors()


def test_what_cannot_be_opened(tmp_path: Path):
    """A missing file is what `open` says, a folder is no file."""
    with pytest.raises(FileNotFoundError):
        open_instance(tmp_path / "missing")
    with pytest.raises((OSError, DicomError)):
        open_instance(tmp_path)


def test_a_file_that_shrinks(tmp_path: Path):
    """What was announced cannot be sent any more: an error, not a short data set."""
    path = tmp_path / "x.dcm"
    path.write_bytes(file("1.2.3", content=BIG))
    instance = open_instance(path, BufferPool(64 << 10))
    os.truncate(path, 100_000)
    with pytest.raises(SourceChangedError, match="shorter"):
        read(instance)


@pytest.mark.parametrize(
    "data",
    [
        data_set("1.2.3", form=IMPLICIT),
        part10(data_set("1.2.3", form=IMPLICIT), EXPLICIT_LE),
        part10(data_set("1.2.3"), None),
        file("1.2.3") + bytes(64),
    ],
    ids=["bare", "other form", "no syntax", "zeros"],
)
def test_what_does_not_lie_there_as_it_says(tmp_path: Path, data: bytes):
    """A file whose bytes would mislead the peer is encoded anew, in the transfer syntax that is announced."""
    path = tmp_path / "x.dcm"
    path.write_bytes(data)
    instance = open_instance(path)
    assert isinstance(instance, DatasetInstance)
    sent = read(instance)
    ds = pydicom.dcmread(io.BytesIO(part10(sent, instance.transfer_syntax)))
    assert ("1.2.3", "P-1") == (ds.SOPInstanceUID, ds.PatientID)
    assert () == tuple(dicomkit.dcmread(part10(sent, instance.transfer_syntax)).issues)


def test_deflated_bytes_are_sent_deflated(tmp_path: Path):
    """They are not inflated to be sent; the file meta says which instance it is."""
    body = deflated(data_set("1.2.826.0.1.3680043.8.498.1"))
    path = tmp_path / "x.dcm"
    path.write_bytes(part10(body, meta=file_meta(DEFLATED_LE)))
    instance = open_instance(path)
    assert isinstance(instance, FileInstance)
    assert DEFLATED_LE == instance.transfer_syntax
    assert body == read(instance)


def test_data_sets_and_streams():
    """A data set, edited or new, bytes and a binary stream are sent as they would be written."""
    ds = dicomkit.dcmread(file("1.2.3", content=BIG))
    ds.PatientID = "P-2"
    for instance in (open_instance(ds), open_instance(io.BytesIO(ds.to_bytes())), open_instance(ds.to_bytes())):
        assert ("1.2.3", EXPLICIT_LE) == (instance.sop_instance_uid, instance.transfer_syntax)
        pieces = read(instance, 9999)
        assert "P-2" == pydicom.dcmread(io.BytesIO(part10(pieces))).PatientID
        assert len(data_set("1.2.3", content=BIG)) == len(pieces)
    with pytest.raises(MissingElementError, match="SOPClassUID"):
        open_instance(dicomkit.Dataset(PatientID="x"))


def test_pieces_of_a_data_set_are_full():
    """Small elements are joined: a piece is as long as it was asked for, but for the last."""
    ds = dicomkit.dcmread(file("1.2.3", content=BIG))
    ds.PatientID = "P-2"
    source = open_instance(ds).open(EXPLICIT_LE)
    sizes = []
    while piece := source.read(16_000):
        sizes.append(len(piece))
    assert {16_000} == set(sizes[:-1])
    assert 0 < sizes[-1] <= 16_000


def test_another_transfer_syntax(tmp_path: Path):
    """In another one without compressed frames, the data set is encoded anew: from a file, too."""
    path = tmp_path / "x.dcm"
    path.write_bytes(file("1.2.3", content=b"abcd"))
    assert data_set("1.2.3", content=b"abcd", form=IMPLICIT) == read(open_instance(path), 10, IMPLICIT_LE)


def test_another_transfer_syntax_of_pixels():
    """Frames are decompressed, or compressed without loss, by the codecs that are installed."""
    name = "MR_small_RLE.dcm"
    found = [path for _, path in real_files() if path.name == name]
    if not found:
        pytest.skip(f"{name} is not there")
    sent = read(open_instance(found[0]), 1 << 16, EXPLICIT_LE)
    ds = pydicom.dcmread(io.BytesIO(part10(sent)))
    assert (pydicom.dcmread(found[0]).pixel_array == ds.pixel_array).all()


def test_a_pipe_is_read_to_its_end(tmp_path: Path):
    """What is no ordinary file is read as the file layer does, and sent from memory."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    child = os.fork()
    if not child:
        with pipe.open("wb") as stream:
            stream.write(file("1.2.3"))
        os._exit(0)
    instance = open_instance(pipe)
    os.waitpid(child, 0)
    assert data_set("1.2.3") == read(instance)
