"""What stands before the data set of a stored file, as pydicom and DCMTK read it."""

from __future__ import annotations

import io
import struct

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.net.storage.file_head import file_head, read_head
from tests.corpora import real_files
from tests.hostile_bytes import file_meta, part10
from tests.net.instances import SECONDARY_CAPTURE, data_set, file

EXPLICIT_LE = "1.2.840.10008.1.2.1"


@pytest.mark.parametrize("uid", ["1.2.3", "1.2.34"])
def test_pydicom_reads_it(uid: str):
    """Preamble, group length, version, UIDs, implementation and both AE titles are what pydicom finds."""
    head = file_head(SECONDARY_CAPTURE, uid, EXPLICIT_LE, "MODALITY", "ARCHIVE")
    ds = pydicom.dcmread(io.BytesIO(head + data_set(uid)))
    meta = ds.file_meta
    assert (SECONDARY_CAPTURE, uid, EXPLICIT_LE, "MODALITY", "ARCHIVE", b"\0\1") == (
        meta.MediaStorageSOPClassUID,
        meta.MediaStorageSOPInstanceUID,
        meta.TransferSyntaxUID,
        meta.SendingApplicationEntityTitle,
        meta.ReceivingApplicationEntityTitle,
        meta.FileMetaInformationVersion,
    )
    assert len(head) - 144 == meta.FileMetaInformationGroupLength
    assert uid == ds.SOPInstanceUID
    assert bytes(128) == ds.preamble


def test_titles_may_be_missing():
    """Without AE titles their elements are absent, not empty."""
    meta = pydicom.dcmread(io.BytesIO(file_head("1.2", "1.3", EXPLICIT_LE))).file_meta
    assert "SendingApplicationEntityTitle" not in meta
    assert "ReceivingApplicationEntityTitle" not in meta
    assert "SourceApplicationEntityTitle" not in meta


def test_what_is_not_ascii():
    """A title or UID that is not ASCII is refused, not written."""
    with pytest.raises(UnicodeEncodeError):
        file_head("1.2", "1.3", EXPLICIT_LE, "MODALITÄT")


def test_real_files_are_read_as_pydicom_reads_them():
    """The quick reader of file metas agrees with pydicom on whatever it does not leave to the thorough one."""
    read = 0
    for _, path in real_files():
        head = read_head(path.read_bytes()[:16384])
        if head is None:
            continue
        with path.open("rb") as stream:
            meta = pydicom.filereader.read_file_meta_info(path)
            assert head[:3] == (
                meta.get("MediaStorageSOPClassUID", ""),
                meta.get("MediaStorageSOPInstanceUID", ""),
                meta.TransferSyntaxUID,
            )
            stream.seek(132)
            pydicom.filereader._read_file_meta_info(stream)
            assert head.length == stream.tell()
        read += 1
    assert not real_files() or read


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(200),
        file("1.2.3")[:150],
        part10(b"", meta=file_meta(length=4)),
        part10(b"", meta=file_meta(length=1 << 31)),
        part10(b"", meta=file_meta(with_length=False)),
        part10(b"", transfer_syntax=None),
    ],
)
def test_what_is_left_to_the_thorough_reader(data: bytes):
    """A file meta that is cut, that lies about its length or lacks one of the three UIDs is not taken for one."""
    assert read_head(data) is None


@given(st.integers(0, 343), st.binary(min_size=1, max_size=4))
def test_no_bytes_break_it(position: int, junk: bytes):
    """Whatever stands in a file meta, the answer is None or a head within the bytes."""
    data = bytearray(file("1.2.3"))
    data[position : position + len(junk)] = junk
    head = read_head(bytes(data))
    assert head is None or head.length <= len(data)
    assert head is None or head.length == 144 + struct.unpack_from("<I", data, 140)[0]
