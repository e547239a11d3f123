"""What is written: bytes as they were where nothing changed, encoded anew where something did (PS3.5 7)."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest

import dicomkit
from dicomkit import DataElement, Dataset, ReadOptions, WriteOptions
from dicomkit.errors import ValueEncodeError
from tests import hostile_bytes

IMPLICIT, EXPLICIT, BIG, DEFLATED = FORMS = (
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.1.99",
)


def element(tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
    """Encode an element in Explicit VR Little Endian by hand."""
    length = len(value) if length is None else length
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    if vr in ("SQ", "UN", "OB", "OW", "UT"):
        return head + struct.pack("<HI", 0, length) + value
    return head + struct.pack("<H", length) + value


def plain(tag: int, value: bytes) -> bytes:
    """Encode an element in Implicit VR Little Endian by hand."""
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value


def item(content: bytes, *, undefined: bool = False) -> bytes:
    """Encode an item by hand."""
    if undefined:
        return struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF) + content + struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(content)) + content


END_OF_SEQUENCE = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
CLASS = element(0x00080016, "UI", b"1.2.840\0")
INSTANCE = element(0x00080018, "UI", b"1.2.3.4\0")
PATIENT = element(0x00100010, "PN", b"A^B ")
SEQUENCE = 0x00081110


def read(body: bytes) -> Dataset:
    """Read a bare data set: written, it has no file meta either."""
    return dicomkit.dcmread(body)


def assert_edit(before: bytes, after: bytes, edit) -> None:
    """State that the data set is written as it was, and after an edit with that difference alone."""
    ds = read(before)
    assert before == ds.to_bytes()
    edit(ds)
    assert after == ds.to_bytes()
    assert after == ds.copy().to_bytes()


# -- minimal difference ----------------------------------------------------------------------------------------------


def test_edit_of_one_element_leaves_the_rest():
    """Only the edited element differs; a value padded with a NUL in place of a space stays so."""
    odd = element(0x00080060, "CS", b"MR\0\0")
    id_before, id_after = element(0x00100020, "LO", b"12"), element(0x00100020, "LO", b"3456")
    assert_edit(CLASS + odd + PATIENT + id_before, CLASS + odd + PATIENT + id_after, lambda ds: set_id(ds, "3456"))


def set_id(ds: Dataset, value: str) -> None:
    """Set the Patient ID."""
    ds.PatientID = value


def test_added_and_deleted_elements():
    """A new element goes where its tag belongs; one that is deleted leaves nothing."""
    assert_edit(CLASS + PATIENT, CLASS + INSTANCE + PATIENT, lambda ds: ds.update(Dataset(SOPInstanceUID="1.2.3.4")))
    assert_edit(CLASS + INSTANCE + PATIENT, CLASS + PATIENT, lambda ds: ds.pop("SOPInstanceUID"))
    assert_edit(INSTANCE + PATIENT, INSTANCE, lambda ds: ds.pop("PatientName"))


@pytest.mark.parametrize("undefined_item", [False, True])
@pytest.mark.parametrize("undefined", [False, True])
def test_edit_in_an_item_changes_only_the_lengths_around_it(undefined, undefined_item):
    """Sequences and items keep the kind of length that they had (PS3.5 7.5), the item beside is copied."""

    def body(value: bytes) -> bytes:
        items = item(element(0x00100020, "LO", value), undefined=undefined_item) + item(
            element(0x00100020, "LO", b"1\0")
        )
        if undefined:
            return CLASS + element(SEQUENCE, "SQ", items + END_OF_SEQUENCE, 0xFFFFFFFF) + PATIENT
        return CLASS + element(SEQUENCE, "SQ", items) + PATIENT

    assert_edit(body(b"12"), body(b"3456"), lambda ds: set_id(ds.ReferencedStudySequence[0], "3456"))


def test_edit_deep_inside():
    """An edit three levels down mends the lengths of all three."""

    def body(value: bytes) -> bytes:
        inner = element(0x00100020, "LO", value)
        for _ in range(3):
            inner = element(SEQUENCE, "SQ", item(inner))
        return CLASS + inner + PATIENT

    def edit(ds: Dataset) -> None:
        for _ in range(3):
            ds = ds.ReferencedStudySequence[0]
        ds.PatientID = "3456"

    assert_edit(body(b"12"), body(b"3456"), edit)


def test_group_length_is_mended_only_in_edited_groups():
    """PS3.5 7.2: the length of an edited group is right, that of another stays, right or wrong."""
    wrong = element(0x00080000, "UL", struct.pack("<I", 9999)) + CLASS
    length = len(PATIENT) + 8 + 2
    before = wrong + element(0x00100000, "UL", struct.pack("<I", length)) + PATIENT + element(0x00100020, "LO", b"12")
    after = (
        wrong + element(0x00100000, "UL", struct.pack("<I", length + 2)) + PATIENT + element(0x00100020, "LO", b"1234")
    )
    assert_edit(before, after, lambda ds: set_id(ds, "1234"))


def test_group_length_counts_a_sequence():
    """A group that holds an edited sequence counts all its bytes."""

    def body(value: bytes) -> bytes:
        sequence = element(SEQUENCE, "SQ", item(element(0x00100020, "LO", value)))
        return element(0x00080000, "UL", struct.pack("<I", len(CLASS + sequence))) + CLASS + sequence + PATIENT

    assert_edit(body(b"12"), body(b"3456"), lambda ds: set_id(ds.ReferencedStudySequence[0], "3456"))


def test_elements_out_of_order_stay_where_they_are():
    """Tags that do not ascend keep their place; an edit of one is written there."""
    before, after = (PATIENT + CLASS + element(0x00100020, "LO", value) + INSTANCE for value in (b"12", b"3456"))
    with_start = element(0x00080005, "CS", b"ISO_IR 100")
    assert_edit(with_start + before, with_start + after, lambda ds: set_id(ds, "3456"))


def test_duplicates_stay_until_one_is_edited():
    """Of an element that occurs twice the last one counts; both are written until it is edited."""
    twice = element(0x00100020, "LO", b"12") + element(0x00100020, "LO", b"34")
    assert "34" == read(CLASS + twice).PatientID
    assert_edit(
        CLASS + twice, CLASS + twice + element(0x00100040, "CS", b"M "), lambda ds: ds.update(Dataset(PatientSex="M"))
    )
    assert_edit(CLASS + twice, CLASS + element(0x00100020, "LO", b"56"), lambda ds: set_id(ds, "56"))


def test_duplicate_of_a_sequence_with_an_edited_item_stays():
    """The edit is in the last of two sequences of one tag; the first is copied."""

    def sequence(value: bytes) -> bytes:
        return element(SEQUENCE, "SQ", item(element(0x00100020, "LO", value)))

    assert_edit(
        CLASS + sequence(b"12") + sequence(b"34"),
        CLASS + sequence(b"12") + sequence(b"5678"),
        lambda ds: set_id(ds.ReferencedStudySequence[0], "5678"),
    )


@pytest.mark.parametrize("tail", [b"\0" * 10, b"\xff\xfe\xfd\xfc\xfb", b"\0\0\0garbage"])
def test_bytes_behind_the_last_element_stay(tail):
    """Padding and garbage at the end belong to the file and are kept."""
    before, after = (CLASS + PATIENT + element(0x00100020, "LO", value) + tail for value in (b"12", b"3456"))
    assert_edit(before, after, lambda ds: set_id(ds, "3456"))


@pytest.mark.parametrize("undefined", [False, True])
def test_sequence_in_un_stays_un(undefined):
    """PS3.5 6.2.2: the items under UN are Implicit VR Little Endian, before and after an edit of one."""

    def body(value: bytes) -> bytes:
        content = item(plain(0x00100020, value)) + (END_OF_SEQUENCE if undefined else b"")
        return CLASS + element(SEQUENCE, "UN", content, 0xFFFFFFFF if undefined else None) + PATIENT

    assert "12" == read(body(b"12")).ReferencedStudySequence[0].PatientID
    assert_edit(body(b"12"), body(b"3456"), lambda ds: set_id(ds.ReferencedStudySequence[0], "3456"))


def test_items_added_and_removed():
    """A new item has a defined length; the items beside it are copied."""
    first, second = (item(element(0x00100020, "LO", value), undefined=True) for value in (b"12", b"34"))
    new = item(element(0x00100020, "LO", b"56"))
    assert_edit(
        CLASS + element(SEQUENCE, "SQ", first + second),
        CLASS + element(SEQUENCE, "SQ", second + new),
        lambda ds: (ds.ReferencedStudySequence.pop(0), ds.ReferencedStudySequence.append(Dataset(PatientID="56"))),
    )


def test_reading_values_is_no_edit():
    """Looking at every value changes nothing."""
    body = CLASS + element(SEQUENCE, "SQ", item(PATIENT)) + element(0x00200032, "DS", b"1.50\\2\\3 ")
    ds = read(body)
    ds.check()
    repr(ds)
    assert body == ds.to_bytes()


# -- conversion ------------------------------------------------------------------------------------------------------


def rich() -> Dataset:
    """Make a data set with values of every size, nested, that can be written in every form."""
    ds = Dataset(
        SpecificCharacterSet="ISO_IR 192",
        SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
        SOPInstanceUID="1.2.3",
        PatientName="Ünal^Öz",
        Rows=258,
        FrameIncrementPointer=[0x00181063, 0x00181065],
        ExaminedBodyThickness=1.5,
        TimeRange=[0.1, 0.2],
        FileOffsetInContainer=2**40 + 1,
        SelectorSVValue=-(2**40),
        ReferencePixelX0=-70000,
        PixelRepresentation=1,
        SmallestImagePixelValue=-300,
        RedPaletteColorLookupTableDescriptor=[65535, -300, 16],
        RedPaletteColorLookupTableData=b"\1\2\3\4",
        LongPrimitivePointIndexList=b"\1\2\3\4",
        FloatPixelData=b"\1\2\3\4\5\6\7\x08",
        ExtendedOffsetTable=b"\1\2\3\4\5\6\7\x08",
        BitsAllocated=16,
        PixelData=b"\1\2\3\4",
    )
    ds.ReferencedStudySequence = [
        Dataset(PatientName="山田^太郎", Rows=513, OtherPatientIDsSequence=[Dataset(Columns=3)])
    ]
    ds.add(DataElement(0x00091010, "UN", b"\1\2\3\4"))
    ds.private_block(0x0009, "ACME", create=True).add(1, [1, 2], "US")
    return ds


@pytest.mark.parametrize("first", FORMS)
@pytest.mark.parametrize("second", FORMS)
def test_conversion_between_forms_keeps_every_value(first, second):
    """Written in one form, read, and written in another, the values are the same, byte order included."""
    ds = rich()
    del ds[0x0009, 0x1101]  # Implicit VR does not say what a private element is
    once = dicomkit.dcmread(ds.to_bytes(WriteOptions(transfer_syntax=first)))
    twice = dicomkit.dcmread(once.to_bytes(WriteOptions(transfer_syntax=second)), ReadOptions(issues="raise"))
    assert [] == ds.diff(twice)
    assert second == twice.file_meta.TransferSyntaxUID == twice.transfer_syntax.uid


@pytest.mark.parametrize("uid", FORMS)
def test_pydicom_reads_the_same_in_every_form(uid, require_package):
    """pydicom reads from each form what was set."""
    pydicom = require_package("pydicom")
    theirs = pydicom.dcmread(BytesIO(rich().to_bytes(WriteOptions(transfer_syntax=uid))))
    assert [258, -300, 1.5, [0.1, 0.2], 2**40 + 1] == [
        theirs.Rows, theirs.SmallestImagePixelValue, theirs.ExaminedBodyThickness, theirs.TimeRange,
        theirs.FileOffsetInContainer,
    ]  # fmt: skip
    assert ["山田^太郎", 3] == [
        str(theirs.ReferencedStudySequence[0].PatientName),
        theirs.ReferencedStudySequence[0].OtherPatientIDsSequence[0].Columns,
    ]
    # pydicom gives the bytes of words as they lie in the file.
    assert (b"\2\1\4\3" if uid == BIG else b"\1\2\3\4") == theirs.PixelData


@pytest.mark.parametrize("uid", FORMS)
def test_bytes_that_were_read_can_be_set_again(uid):
    """Words are little endian in memory whatever the file is, so that they mean the same wherever they are put."""
    once = dicomkit.dcmread(rich().to_bytes(WriteOptions(transfer_syntax=uid)))
    once.PixelData = once.PixelData
    twice = dicomkit.dcmread(once.to_bytes())
    assert [b"\1\2\3\4", b"\1\2\3\4"] == [once.PixelData, twice.PixelData]


@pytest.mark.parametrize("second", FORMS)
@pytest.mark.parametrize("first", FORMS)
def test_long_value_of_a_short_vr_goes_as_un_and_is_resolved(first, second):
    """PS3.5 6.2.2: above 65,534 bytes an explicit header says UN, always little endian; reading resolves it."""
    values = list(range(40_000))
    made = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", SpecificCharacterSet="ISO_IR 192")
    made.add(DataElement(0x00221423, "FD", [0.5] * 9000))
    made.add(DataElement(0x00281101, "US", values))
    data = made.to_bytes(WriteOptions(transfer_syntax=first))
    ds = dicomkit.dcmread(dicomkit.dcmread(data).to_bytes(WriteOptions(transfer_syntax=second)))
    assert values == ds[0x00281101].value
    if second == EXPLICIT:
        assert struct.pack("<HH2sHI", 0x28, 0x1101, b"UN", 0, 80_000) in ds.to_bytes()


def test_conversion_of_text():
    """convert_charset declares another set, and text that was read is encoded in it, in items too."""
    body = (
        element(0x00080005, "CS", b"ISO_IR 100")
        + element(SEQUENCE, "SQ", item(element(0x00100010, "PN", b"\xdcnal")))
        + element(0x00100010, "PN", b"B\xf6hm")
    )
    ds = read(body)
    ds.convert_charset("ISO_IR 192")
    expected = (
        element(0x00080005, "CS", b"ISO_IR 192")
        + element(SEQUENCE, "SQ", item(element(0x00100010, "PN", "Ünal ".encode())))
        + element(0x00100010, "PN", "Böhm ".encode())
    )
    assert expected == ds.to_bytes()


def test_item_moved_between_data_sets_is_encoded_in_the_new_one():
    """An item taken from a data set of another character set keeps its text."""
    latin2 = read(
        element(0x00080005, "CS", b"ISO_IR 101") + element(SEQUENCE, "SQ", item(element(0x00100010, "PN", b"\xb1\xe6")))
    )
    target = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", SpecificCharacterSet="ISO_IR 192")
    target.ReferencedStudySequence = [latin2.ReferencedStudySequence[0]]
    target.ReferencedStudySequence.append(latin2.ReferencedStudySequence.pop())
    again = dicomkit.dcmread(target.to_bytes())
    assert ["ąć", "ąć"] == [holder.PatientName for holder in again.ReferencedStudySequence]


def test_text_outside_the_character_set_is_refused():
    """The error names the element and the way out."""
    ds = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", PatientName="山田")
    with pytest.raises(ValueEncodeError, match=r"\(0010,0010\).*convert_charset"):
        ds.to_bytes()


def test_encapsulated_pixels_need_explicit_little_endian():
    """PS3.5 A.4: fragments cannot be written in another form; nothing is written then."""
    ds = Dataset(
        SOPClassUID="1.2",
        SOPInstanceUID="1.2.3",
        PixelData=struct.pack("<HHIHHI", 0xFFFE, 0xE000, 0, 0xFFFE, 0xE000, 0),
    )
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.50"
    read_back = dicomkit.dcmread(ds.to_bytes())
    assert () == read_back.issues
    with pytest.raises(dicomkit.errors.DicomError):
        read_back.to_bytes(WriteOptions(transfer_syntax=IMPLICIT))


def test_bytes_that_were_to_be_a_sequence_go_as_un():
    """What the dictionary calls SQ and the file could only have read as bytes is put elsewhere and written as UN."""
    data = hostile_bytes.part10(hostile_bytes.element(0x00081140, "UN", b"garbage!"))
    made = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3")
    made.add(dicomkit.dcmread(data)[0x00081140])
    assert b"garbage!" == dicomkit.dcmread(made.to_bytes())[0x00081140].value


def test_what_should_be_a_sequence_and_is_none_is_repaired_to_bytes():
    """Bytes of no VR, under the tag of a sequence but without an item, are repaired to UN (PS3.5 6.2.2)."""
    head = read(CLASS + INSTANCE).to_bytes(WriteOptions(repair=True))
    broken = struct.pack("<HH2sH", SEQUENCE >> 16, SEQUENCE & 0xFFFF, b"ZZ", 6) + b"none!!"
    written = dicomkit.dcmread(head + broken + PATIENT).to_bytes(WriteOptions(repair=True))
    assert head + element(SEQUENCE, "UN", b"none!!") + PATIENT == written
    assert () == dicomkit.dcmread(written).issues


def test_what_writing_reports_names_the_element():
    """An Issue about a value that is written says where it is, so that check() does not say it again."""
    item = Dataset(StudyInstanceUID="1.02")
    ds = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", ReferencedStudySequence=[item])
    ds.to_bytes()
    (issue,) = ds.issues
    assert (SEQUENCE, 0, 0x0020000D) == issue.path
    assert 1 == len(ds.check())
