"""Where a file begins, and what is none (PS3.10 7.1)."""

from __future__ import annotations

import pytest

import dicomkit
from dicomkit import Dataset, WriteOptions
from dicomkit.core.buffer import BytesSource
from dicomkit.core.issue import IssueCode
from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.errors import NotDicomError
from dicomkit.file.preamble import guess_form, has_form

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


@pytest.mark.parametrize("uid", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"])
@pytest.mark.parametrize(
    "made",
    [
        Dataset([dicomkit.DataElement("NumberOfCopies", "IS", 3), dicomkit.DataElement("PrintPriority", "CS", "HIGH")]),
        Dataset(NumberOfCopies="3"),
        Dataset(
            [dicomkit.DataElement(0x0A000010, "SQ", [Dataset(Rows=5)]), dicomkit.DataElement(0x0A000012, "OB", b"1")]
        ),
        Dataset([dicomkit.DataElement(0x0A000010, "UN", b"12")]),
    ],
    ids=["two", "one", "items", "long form"],
)
def test_group_number_that_is_small_in_the_other_byte_order(uid, made):
    """A data set that begins with group 2000 or 0A00 is read in the byte order of its transfer syntax (PS3.4 H.4)."""
    for tag, value in ((0x00020002, "1.2"), (0x00020003, "1.2.3"), (0x00020010, uid)):
        made.file_meta[tag] = value
    ds = dicomkit.dcmread(made.to_bytes())
    assert [(), made._tags(), uid] == [ds.issues, ds._tags(), ds.transfer_syntax.uid]


UID_ELEMENT = b"\x08\0\x16\0UI\4\x001.2\0"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (UID_ELEMENT, True),
        (UID_ELEMENT + b"\x08\0\x18\0UI\0\0", True),
        (UID_ELEMENT + b"\x08\0\x12\0UI\0\0", False),  # does not ascend
        (UID_ELEMENT + b"\x08\0\x18\0ZZ\0\0", False),  # no VR
        (UID_ELEMENT + bytes(7), False),  # no header
        (UID_ELEMENT[:-1], False),  # goes beyond the end
        (b"\x40\0\x30\xa7SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\0\0\0\0", True),
        (b"\x40\0\x30\xa7SQ\0\0\xff\xff\xff\xff\x08\0\x18\0UI\0\0", False),  # no item
        (b"\x08\0\x16\0", False),
    ],
)
def test_an_element_that_leads_to_another_shows_the_form(data, expected):
    """What an element, items or the end follows is taken for an element of the transfer syntax, nothing else."""
    assert expected is has_form(BytesSource(data, ""), 0, TransferSyntax.of("1.2.840.10008.1.2.1"), 1 << 10)


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
