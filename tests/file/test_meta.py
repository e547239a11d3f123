"""The File Meta Information, read and completed (PS3.10 7.1)."""

from __future__ import annotations

import io
import struct

import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.core.issue import IssueCode

MADE = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", PatientName="A^B")
DATA = MADE.to_bytes()
BODY = 144 + struct.unpack("<I", DATA[140:144])[0]


def codes(data: bytes) -> list[IssueCode]:
    """Read, state that the data set is the one that was written, and give the issues."""
    ds = dicomkit.dcmread(data)
    assert MADE == ds
    return [issue.code for issue in ds.issues]


@pytest.mark.parametrize("length", [0, 1, BODY - 144 - 20, BODY - 144 + 20, 0xFFFFFFFF])
def test_wrong_group_length_is_not_used(length):
    """The meta ends at the first other group, whatever its length says."""
    assert [IssueCode.META_LENGTH_WRONG] == codes(DATA[:140] + struct.pack("<I", length) + DATA[144:])


def test_missing_group_length():
    """A meta without its length is read to the first other group."""
    assert [IssueCode.META_LENGTH_MISSING] == codes(DATA[:132] + DATA[144:])


def test_missing_meta():
    """A data set behind the prefix without a meta, or a bare one, is read in the form that it looks like."""
    assert [IssueCode.NO_FILE_META] == codes(DATA[:132] + DATA[BODY:])
    assert {IssueCode.NO_FILE_META, IssueCode.NO_PREAMBLE} == set(codes(DATA[BODY:]))


@pytest.mark.parametrize(
    "stray", [b"\xfe\xff\xdd\xe0\0\0\0\0", b"\xfe\xff\x0d\xe0\0\0\0\0" * 2, b"\xfe\xff\xdd\xe0\0\0U\0"]
)
def test_delimiters_behind_the_meta_are_the_data_sets(stray, tmp_path):
    """A right group length is right whatever comes next, and every source says the same."""
    data = DATA[:BODY] + stray + DATA[BODY:]
    path = tmp_path / "stray.dcm"
    path.write_bytes(data)
    found = {
        tuple((issue.code, issue.offset) for issue in dicomkit.dcmread(source).issues)
        for source in (data, path, io.BytesIO(data))
    }
    assert 1 == len(found)
    assert {IssueCode.DELIMITER_STRAY} == {code for code, _ in next(iter(found))}


def test_missing_transfer_syntax():
    """Without a Transfer Syntax UID the form is guessed."""
    at = DATA.index(b"\2\0\x10\0UI")
    size = 8 + struct.unpack("<H", DATA[at + 6 : at + 8])[0]
    data = DATA[:140] + struct.pack("<I", BODY - 144 - size) + DATA[144:at] + DATA[at + size :]
    assert [IssueCode.TRANSFER_SYNTAX_MISSING] == codes(data)


def test_new_meta_keeps_what_the_caller_put_there():
    """Elements that the caller set stay; those that name the instance follow the data set."""
    ds = MADE.copy()
    ds.file_meta.SourceApplicationEntityTitle = "HERE"
    ds.file_meta.MediaStorageSOPInstanceUID = "9.9"
    meta = dicomkit.dcmread(ds.to_bytes()).file_meta
    assert ["HERE", "1.2.3", "1.2"] == [
        meta.SourceApplicationEntityTitle, meta.MediaStorageSOPInstanceUID, meta.MediaStorageSOPClassUID
    ]  # fmt: skip
    assert "9.9" == ds.file_meta.MediaStorageSOPInstanceUID


def test_transfer_syntax_set_in_the_meta_is_written():
    """Setting the Transfer Syntax UID of the meta converts the data set when it is written."""
    ds = dicomkit.dcmread(DATA)
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2"
    again = dicomkit.dcmread(ds.to_bytes())
    assert [True, MADE, ()] == [again.transfer_syntax.is_implicit, again, again.issues]


def test_meta_can_be_replaced():
    """ds.file_meta = … puts another one."""
    ds = dicomkit.dcmread(DATA)
    ds.file_meta = Dataset(TransferSyntaxUID="1.2.840.10008.1.2.1", SourceApplicationEntityTitle="NEW")
    again = dicomkit.dcmread(ds.to_bytes())
    assert ["NEW", MADE] == [again.file_meta.SourceApplicationEntityTitle, again]
