"""Where files come from: paths, bytes, streams, pipes."""

from __future__ import annotations

import io
import os
import threading
from io import BytesIO
from pathlib import Path

import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.errors import FileFormatError, NotDicomError, SourceChangedError
from dicomkit.file.sources import open_source

PIXELS = b"\1\2" * 200_000


@pytest.fixture(scope="module")
def data() -> bytes:
    """Make a file with a value that is left in its source."""
    return Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", PatientID="1", PixelData=PIXELS).to_bytes()


@pytest.fixture
def path(tmp_path, data):
    """Write that file."""
    path = tmp_path / "a.dcm"
    path.write_bytes(data)
    return path


class Pipe(io.RawIOBase):
    """A stream that gives a little at a time and cannot seek."""

    def __init__(self, data: bytes) -> None:
        self.stream = BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        return self.stream.readinto(memoryview(buffer)[:1000])


class OnlyRead:
    """The least that a file object can be."""

    def __init__(self, data: bytes) -> None:
        self.read = BytesIO(data).read


@pytest.mark.parametrize("kind", ["path", "text", "bytes", "bytearray", "memoryview", "stream", "file", "pipe", "read"])
def test_every_source_gives_the_same(kind, path, data):
    """A path, bytes, a seekable or other stream give equal data sets, large values included."""
    with path.open("rb") as file:
        source = {
            "path": path,
            "text": str(path),
            "bytes": data,
            "bytearray": bytearray(data),
            "memoryview": memoryview(data),
            "stream": BytesIO(data),
            "file": file,
            "pipe": Pipe(data),
            "read": OnlyRead(data),
        }[kind]
        ds = dicomkit.dcmread(source)
        assert [PIXELS, "1", data] == [ds.PixelData, ds.PatientID, ds.to_bytes()]


def test_fifo_is_read_once(tmp_path, data):
    """A FIFO has no size: it is taken to its end."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=lambda: fifo.write_bytes(data))
    writer.start()
    ds = dicomkit.dcmread(fifo)
    writer.join(10)
    assert PIXELS == ds.PixelData


def test_stream_is_read_from_where_it_stands(data):
    """What lies before the position of a stream is not looked at."""
    stream = BytesIO(b"before" + data)
    stream.seek(6)
    assert PIXELS == dicomkit.dcmread(stream).PixelData


def test_ordinary_file_object_may_be_closed(path):
    """Values of an open() file are still read when it was closed: by its path."""
    with path.open("rb") as file:
        ds = dicomkit.dcmread(file)
    assert PIXELS == ds.PixelData


class Stream(io.RawIOBase):
    """A stream that can seek and has no path; it fails when told to."""

    is_broken = False

    def __init__(self, data: bytes) -> None:
        self.stream = BytesIO(data)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        if self.closed:
            raise ValueError("closed")
        return self.stream.seek(offset, whence)

    def tell(self) -> int:
        return self.stream.tell()

    def readinto(self, buffer) -> int:
        if self.is_broken:
            raise OSError(5, "Input/output error")
        return self.stream.readinto(buffer)


def test_other_file_object_that_was_closed_is_told(data):
    """A stream without a path that was closed is a SourceChangedError; load() before avoids it."""
    stream, other = Stream(data), Stream(data)
    ds, loaded = dicomkit.dcmread(stream), dicomkit.dcmread(other).load()
    stream.close()
    other.close()
    assert PIXELS == loaded.PixelData
    with pytest.raises(SourceChangedError, match="closed"):
        ds.PixelData  # noqa: B018  reading is the point


@pytest.mark.parametrize("change", ["rewritten", "touched", "removed", "truncated"])
def test_file_that_changed_is_told(change, path, data):
    """A value is never read from another file than the one that was opened."""
    ds = dicomkit.dcmread(path)
    if change == "rewritten":
        path.write_bytes(data.replace(b"\1\2", b"\3\4"))
    elif change == "touched":
        os.utime(path, ns=(1, 1))
    elif change == "removed":
        path.unlink()
    else:
        os.truncate(path, 1000)
    with pytest.raises(SourceChangedError):
        ds.PixelData  # noqa: B018  reading is the point
    assert "1" == ds.PatientID


def test_no_descriptor_stays_open(path):
    """A file is open only while it is read."""
    before = len([*Path("/proc/self/fd").iterdir()])
    kept = [dicomkit.dcmread(path) for _ in range(5)]
    assert [PIXELS] * 5 == [ds.PixelData for ds in kept]
    assert before == len([*Path("/proc/self/fd").iterdir()])


@pytest.mark.parametrize("wrong", [5, None, object(), ["a"]])
def test_what_is_no_source(wrong):
    """Anything else is a TypeError."""
    with pytest.raises(TypeError):
        dicomkit.dcmread(wrong)


def test_folders_missing_files_and_text(tmp_path):
    """A folder is a FileFormatError, a missing file an OSError, a text stream a TypeError that says so."""
    with pytest.raises(FileFormatError, match="folder"):
        dicomkit.dcmread(tmp_path)
    with pytest.raises(FileNotFoundError):
        dicomkit.dcmread(tmp_path / "no.dcm")
    with pytest.raises(TypeError, match="text"):
        dicomkit.dcmread(io.StringIO("text" * 100))
    with pytest.raises(NotDicomError):
        dicomkit.dcmread(b"")


def test_error_of_the_system_is_ours(data):
    """A stream that fails in the middle is a FileFormatError."""
    stream = Stream(data)
    ds = dicomkit.dcmread(stream)
    stream.is_broken = True
    with pytest.raises(FileFormatError, match="Input/output"):
        ds.PixelData  # noqa: B018  reading is the point
    with pytest.raises(FileFormatError, match="Input/output"):
        dicomkit.dcmread(stream)


needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")


@needs_pipes
def test_a_file_that_became_a_pipe_is_not_waited_for(tmp_path):
    """A value is not read from a pipe that took the name of the file."""
    path = tmp_path / "a.dcm"
    path.write_bytes(Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", PixelData=bytes(100_000)).to_bytes())
    ds = dicomkit.dcmread(path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(SourceChangedError):
        ds.PixelData  # noqa: B018


@needs_pipes
def test_a_named_pipe_is_read_to_its_end(tmp_path):
    """A pipe that is named is waited for, and read as it comes."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    data = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", PatientID="P").to_bytes()
    writer = threading.Thread(target=path.write_bytes, args=(data,))
    writer.start()
    try:
        assert "P" == dicomkit.dcmread(path).PatientID
    finally:
        writer.join()


class Endless:
    """A stream of zeros that tells how much was taken of it."""

    taken = 0

    def read(self, size: int) -> bytes:
        """Give zeros."""
        self.taken += size
        return bytes(size)


def test_an_endless_stream_of_no_dicom_is_refused_at_its_start():
    """What does not begin as a DICOM file is not taken to an end that may never come."""
    stream = Endless()
    with pytest.raises(NotDicomError):
        dicomkit.dcmread(stream)
    assert stream.taken <= 2 << 20


def test_a_file_object_behind_its_end_is_refused():
    """A length below zero is no length."""

    class Odd(io.BytesIO):
        def seek(self, offset: int, whence: int = 0) -> int:
            return -5 if whence == 2 else super().seek(offset, whence)

        getbuffer = property(lambda self: (_ for _ in ()).throw(AttributeError))

    with pytest.raises(FileFormatError, match="behind its own end"):
        dicomkit.dcmread(Odd(bytes(200)))


@needs_pipes
def test_a_pipe_in_the_place_of_the_file_is_not_held(tmp_path):
    """A file that is to be held open although a pipe took its name is another one; its writer is not waited for."""
    path = tmp_path / "a.dcm"
    path.write_bytes(b"old")
    source = open_source(path)
    source.close()
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(SourceChangedError):
        source.pin()
