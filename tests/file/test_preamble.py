"""Where a file begins, and what is none (PS3.10 7.1)."""

from __future__ import annotations

import pytest

import dicomkit
from dicomkit import Dataset, WriteOptions
from dicomkit.core.issue import IssueCode
from dicomkit.errors import NotDicomError
from dicomkit.file.preamble import guess_form

MADE = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", PatientName="A^B")
DATA = MADE.to_bytes()


def test_preamble_is_kept():
    """The 128 bytes are the data set's, and are written again."""
    data = b"TIFF" + bytes(124) + DATA[128:]
    ds = dicomkit.dcmread(data)
    ds.PatientID = "1"
    assert [data[:128], data[:128]] == [ds.preamble, ds.to_bytes()[:128]]


@pytest.mark.parametrize("start", [128, 132])
def test_no_preamble(start):
    """A file that begins with the prefix, or with the file meta, is read, told, and written so."""
    ds = dicomkit.dcmread(DATA[start:])
    assert [[IssueCode.NO_PREAMBLE], None, DATA[start:]] == [
        [issue.code for issue in ds.issues], ds.preamble, ds.to_bytes()
    ]  # fmt: skip
    ds.PatientID = "1"
    assert DATA[start : start + 8] == ds.to_bytes()[:8]
    assert "1" == dicomkit.dcmread(ds.to_bytes()).PatientID


@pytest.mark.parametrize("uid", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"])
def test_bare_data_sets_are_read_in_the_form_that_they_look_like(uid):
    """A bare data set of each form is recognised by its first element."""
    data = MADE.to_bytes(WriteOptions(transfer_syntax=uid))
    body = data[144 + int.from_bytes(data[140:144], "little") :]
    assert [uid, MADE] == [guess_form(body).uid, dicomkit.dcmread(body)]


@pytest.mark.parametrize(
    "data", [b"", b"D", b"DICM"[:3], b"\x89PNG\r\n\x1a\n" + bytes(200), b"%PDF-1.7" * 30, b"text " * 100, bytes(500)]
)
def test_what_is_not_dicom(data):
    """Other files are a NotDicomError, which names force=True where that would help."""
    with pytest.raises(NotDicomError):
        dicomkit.dcmread(data)


def test_force_reads_anything_without_another_error():
    """force=True gives a data set of any bytes, with issues."""
    ds = dicomkit.dcmread(b"text " * 100, force=True)
    assert len(ds.issues) > 0
