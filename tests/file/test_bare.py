"""Data sets without a file meta, as messages carry them, beside the files that they come from."""

from __future__ import annotations

import io

import pytest
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset

from dicomkit import Dataset, WriteOptions, dcmread
from dicomkit.errors import PixelError, ValueEncodeError
from dicomkit.file.bare import data_set_bytes, data_set_chunks, read_data_set
from tests.corpora import real_file

IMPLICIT, EXPLICIT, BIG, DEFLATED = (
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.1.99",
)


@pytest.mark.parametrize("uid", [IMPLICIT, EXPLICIT, BIG, DEFLATED])
def test_a_data_set_comes_back_from_every_form(uid: str) -> None:
    """What is encoded in a transfer syntax without a file meta is read back equal."""
    ds = dcmread(real_file("CT_small.dcm"))
    again = read_data_set(data_set_bytes(ds, uid), uid)
    assert (ds.PatientName, uid) == (again.PatientName, again.transfer_syntax.uid)
    assert ds.pixel_array.tolist() == again.pixel_array.tolist()
    assert () == again.issues


def test_the_bytes_are_those_behind_the_file_meta() -> None:
    """What a file has behind its file meta is what a message carries, byte for byte."""
    path = real_file("MR_small.dcm")
    data = path.read_bytes()
    assert data.endswith(data_set_bytes(dcmread(path)))
    assert len(data) - 132 - 12 - int.from_bytes(data[140:144], "little") == len(data_set_bytes(dcmread(path)))


def test_pydicom_reads_what_is_encoded() -> None:
    """pydicom reads the same elements out of an implicit data set."""
    ds = dcmread(real_file("CT_small.dcm"))
    theirs = read_dataset(DicomBytesIO(data_set_bytes(ds, IMPLICIT)), True, True)
    assert [int(element.tag) for element in theirs] == [int(element.tag) for element in ds]


def test_a_received_data_set_is_saved_as_a_whole_file() -> None:
    """Preamble and a complete file meta (PS3.10 7.1) stand before what was read without them."""
    ds = read_data_set(data_set_bytes(dcmread(real_file("CT_small.dcm"))), EXPLICIT)
    buffer = io.BytesIO()
    ds.save_as(buffer)
    again = dcmread(buffer.getvalue())
    assert () == again.issues
    assert (EXPLICIT, ds.SOPInstanceUID) == (
        again.file_meta.TransferSyntaxUID,
        again.file_meta.MediaStorageSOPInstanceUID,
    )
    assert {0x00020000, 0x00020001, 0x00020002, 0x00020003, 0x00020010, 0x00020012, 0x00020013} == set(
        again.file_meta.keys()
    )


def test_an_edit_is_encoded() -> None:
    """Only the edited element differs from what was read."""
    ds = read_data_set(data_set_bytes(dcmread(real_file("CT_small.dcm"))), "ExplicitVRLittleEndian")
    before = ds.copy()
    ds.PatientID = "other"
    again = read_data_set(b"".join(data_set_chunks(ds)), EXPLICIT)
    assert [0x00100020] == [int(difference.path[-1]) for difference in before.diff(again)]


def test_identifiers_need_neither_class_nor_instance() -> None:
    """A query has no SOP Class UID; it is encoded all the same."""
    query = Dataset(QueryRetrieveLevel="STUDY", PatientID="", StudyDate="20200101-20201231")
    again = read_data_set(data_set_bytes(query, IMPLICIT), IMPLICIT)
    assert query == again


def test_an_item_is_a_data_set_too() -> None:
    """An item of a sequence is encoded as a data set of its own."""
    ds = Dataset(ReferencedStudySequence=[Dataset(ReferencedSOPInstanceUID="1.2.3")])
    item = ds.ReferencedStudySequence[0]
    assert b"\x08\x00\x55\x11\x06\x00\x00\x001.2.3\0" == data_set_bytes(item, IMPLICIT)


def test_group_2_is_left_out() -> None:
    """A stray element of the file meta would be taken for the file meta's by whoever stores the message."""
    data = b"\x08\x00\x60\x00\x02\x00\x00\x00CT" + b"\x02\x00\x10\x00\x12\x00\x00\x001.2.840.10008.1.2\0"
    assert data[:10] == data_set_bytes(read_data_set(data, IMPLICIT))


def test_compressed_pixels_do_not_change_syntax_in_silence() -> None:
    """Pixel Data that would need a codec is a PixelError, a text that is no transfer syntax a ValueEncodeError."""
    ds = dcmread(real_file("JPEG2000.dcm"))
    with pytest.raises(PixelError):
        data_set_bytes(ds, IMPLICIT)
    with pytest.raises(ValueEncodeError):
        data_set_bytes(ds, "nonsense")


def test_repair_reaches_bare_data_sets() -> None:
    """With repair, elements are written in the order of their tags."""
    data = b"\x08\x00\x60\x00\x02\x00\x00\x00CT" + b"\x08\x00\x05\x00\x0a\x00\x00\x00ISO_IR 100"
    ds = read_data_set(data, IMPLICIT)
    assert data[10:] + data[:10] == data_set_bytes(ds, options=WriteOptions(repair=True))
    assert data == data_set_bytes(ds)
