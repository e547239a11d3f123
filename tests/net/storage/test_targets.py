"""Where instances go: a folder, a writer, the results of a C-GET."""

from __future__ import annotations

from pathlib import Path

import pytest

import dicomkit
from dicomkit.net.dispatch import StoreRequest
from dicomkit.net.operations import StoreOperation
from dicomkit.net.options import AssociationOptions
from dicomkit.net.storage import AsStream, ToFolder, placing
from dicomkit.net.storage.opening import opener
from dicomkit.testing.pair import Pair, byte_by_byte
from tests.net.instances import SECONDARY_CAPTURE, data_set, file


def test_a_folder_has_whole_files(tmp_path: Path):
    """What arrives byte by byte is a file whose data set has the same bytes, under its name when it is answered."""
    pair = Pair([SECONDARY_CAPTURE], {"store": ToFolder(tmp_path)}, cut=byte_by_byte)
    (result,) = pair.run(StoreOperation([file("1.2.3", content=b"abcd")], opener()))
    assert 0 == result.status
    (path,) = tmp_path.glob("*.dcm")
    assert path.read_bytes().endswith(data_set("1.2.3", content=b"abcd"))
    assert "1.2.3" == dicomkit.dcmread(path).file_meta.MediaStorageSOPInstanceUID


def test_then_sees_the_file_and_may_answer_otherwise(tmp_path: Path):
    """`then` is called with the file in place; what it returns is the status."""
    seen: list[tuple[bool, str]] = []

    def then(request: StoreRequest) -> int | None:
        assert request.path is not None
        seen.append((request.path.is_file(), str(request.dataset.PatientID)))
        return 0xB000 if request.sop_instance_uid == "1.2.4" else None

    pair = Pair([SECONDARY_CAPTURE], {"store": ToFolder(tmp_path, then=then)})
    results = pair.run(StoreOperation([file("1.2.3"), file("1.2.4")], opener()))
    assert [(True, "P-1"), (True, "P-1")] == seen
    assert [0, 0xB000] == [result.status for result in results]


def test_a_contradicting_data_set_is_not_stored(tmp_path: Path):
    """A data set of another instance than the command's is A900, and no file."""
    pair = Pair([SECONDARY_CAPTURE], {"store": ToFolder(tmp_path)})
    operation = StoreOperation([file("1.2.3")], opener())
    operation._open = lambda item: _Lying(opener()(item))
    (result,) = pair.run(operation)
    assert 0xA900 == result.status
    assert not list(tmp_path.glob("*.dcm"))


class _Lying:
    """An instance that says that it is another one."""

    def __init__(self, instance: object) -> None:
        self._instance = instance
        self.sop_instance_uid = "1.2.999"

    def __getattr__(self, name: str) -> object:
        return getattr(self._instance, name)

    def open(self, transfer_syntax: str) -> object:
        """Return the bytes, without what else the instance knows."""
        opened = self._instance.open(transfer_syntax)
        return type("Bytes", (), {"read": staticmethod(opened.read)})()


def test_a_writer_sees_the_pieces_as_they_come():
    """A stream handler gets the bytes in pieces, and answers at the end."""
    written: list[bytes] = []

    class Writer:
        def write(self, view: memoryview) -> None:
            written.append(bytes(view))

        def commit(self) -> int:
            return 0xB007

    content = bytes(range(256)) * 10
    pair = Pair([SECONDARY_CAPTURE], {"store": AsStream(lambda request: Writer())}, cut=_in_pieces)
    (result,) = pair.run(StoreOperation([file("1.2.3", content=content)], opener()))
    assert 0xB007 == result.status
    assert data_set("1.2.3", content=content) == b"".join(written)
    assert len(written) > 2


def _in_pieces(data: bytes) -> list[bytes]:
    return [data[start : start + 1000] for start in range(0, len(data), 1000)]


def test_a_writer_may_have_no_more_than_write():
    """`commit` and `discard` may be missing."""

    class Writer:
        def write(self, view: memoryview) -> None:
            pass

    pair = Pair([SECONDARY_CAPTURE], {"store": AsStream(lambda request: Writer())})
    (result,) = pair.run(StoreOperation([file("1.2.3")], opener()))
    assert 0 == result.status


def test_what_comes_together_shares_one_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Under a window of eight, files that are complete at once have one sync of their folder, each its own answer."""
    synced: list[str] = []
    monkeypatch.setattr(placing, "_sync_file", lambda fd: synced.append("file"))
    monkeypatch.setattr(placing.os, "fsync", lambda fd: synced.append("folder"))
    told: list[str] = []
    folder = ToFolder(tmp_path, then=lambda request: told.append(request.sop_instance_uid))
    window = AssociationOptions(operations_invoked=8, operations_performed=8)
    pair = Pair([SECONDARY_CAPTURE], {"store": folder}, options=window)
    instances = [file(f"1.2.{number}") for number in range(8)]
    instances[3] = file("1.2.2", content=b"differs")
    results = pair.run(StoreOperation(instances, opener()))
    assert [0] * 8 == [result.status for result in results]
    assert 8 == synced.count("file")
    assert synced.count("folder") < 8
    assert 8 == len(told)
    assert 8 == len(list(tmp_path.rglob("*.dcm")))
