"""Data sets through pickle."""

from __future__ import annotations

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

import dicomkit
from dicomkit import Dataset, WriteOptions
from dicomkit.core.uid import UID
from dicomkit.errors import ValueEncodeError

FORMS = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99")


def through(ds: Dataset) -> Dataset:
    """Pickle and unpickle."""
    return pickle.loads(pickle.dumps(ds))


def make() -> Dataset:
    """Make a data set with text in items."""
    return Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", SpecificCharacterSet="ISO_IR 101", PatientName="ąć",
                   ReferencedStudySequence=[Dataset(PatientName="żź", Rows=258)], PixelData=b"\1\2" * 100_000,
                   BitsAllocated=16)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_data_set_of_a_file(form, tmp_path):
    """A data set read from a file goes through with file meta, preamble and what was left in the file."""
    path = tmp_path / "a.dcm"
    made = make()
    made.preamble = b"II" + bytes(126)
    made.save_as(path, WriteOptions(transfer_syntax=form))
    ds = dicomkit.dcmread(path)
    twin = through(ds)
    path.unlink()
    assert [made, form, b"II"] == [twin, twin.file_meta.TransferSyntaxUID, twin.preamble[:2]]
    assert twin == dicomkit.dcmread(twin.to_bytes())


def test_data_set_from_scratch_and_empty():
    """A data set made here goes through, one without elements too, and can be edited."""
    assert [make(), Dataset()] == [through(make()), through(Dataset())]
    twin = through(make())
    twin.PatientID = "1"
    twin.ReferencedStudySequence[0].Rows = 5
    assert twin == dicomkit.dcmread(twin.to_bytes())


@pytest.mark.parametrize("is_read", [False, True])
def test_items_keep_the_character_set_that_they_inherit(is_read):
    """An item alone is unpickled with the text of the data set's character set."""
    ds = dicomkit.dcmread(make().to_bytes()) if is_read else make()
    assert "żź" == through(ds.ReferencedStudySequence[0]).PatientName
    assert "żź" == through(ds.ReferencedStudySequence)[0].PatientName
    if is_read:
        assert "żź" == through(ds.ReferencedStudySequence.pop()).PatientName


def test_item_after_the_character_set_was_changed():
    """The item is pickled in the set that is declared now."""
    ds = dicomkit.dcmread(make().to_bytes()).convert_charset("ISO_IR 192")
    ds.ReferencedStudySequence[0].PatientID = "山"
    twin = through(ds.ReferencedStudySequence[0])
    assert ["żź", "山"] == [twin.PatientName, twin.PatientID]


def test_through_a_process_pool():
    """Another process gets an equal data set."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        assert make() == pool.submit(through, make()).result()


def undeclared() -> Dataset:
    """Make a data set whose text no file could have: of no declared character set, here and in an item."""
    ds = Dataset(SOPClassUID="1.2", PatientName="Дмитрий^Ω", OtherPatientNames=["Ж", "Ω"], Rows=5,
                 ReferencedStudySequence=[Dataset(StudyDescription="日本", Columns=6)])  # fmt: skip
    ds.file_meta.PrivateInformationCreatorUID = UID("ü")
    return ds


def test_text_that_no_file_could_have():
    """Text outside the declared character set goes through, and is refused only where a file is written."""
    twin = through(undeclared())
    assert [undeclared(), "ü"] == [twin, twin.file_meta.PrivateInformationCreatorUID]
    assert [["Ж", "Ω"], "日本"] == [twin.OtherPatientNames, twin.ReferencedStudySequence[0].StudyDescription]
    twin.OtherPatientNames.append("Ц")
    assert ["Ж", "Ω", "Ц"] == through(twin).OtherPatientNames
    with pytest.raises(ValueEncodeError, match="convert_charset"):
        twin.to_bytes(WriteOptions(transfer_syntax="1.2.840.10008.1.2"))
    assert "日本" == through(undeclared().ReferencedStudySequence)[0].StudyDescription


@pytest.mark.parametrize("form", FORMS[:3])
def test_text_that_was_read_and_cannot_be_written_any_more(form):
    """A data set whose character set was changed to a smaller one goes through with the text that it was read with."""
    ds = dicomkit.dcmread(make().to_bytes(WriteOptions(transfer_syntax=form)))
    ds.SpecificCharacterSet = "ISO_IR 144"
    twin = through(ds)
    assert [ds, "ąć", "żź"] == [twin, twin.PatientName, twin.ReferencedStudySequence[0].PatientName]
    item = ds.ReferencedStudySequence[0]
    item.StudyDescription = "Ω"
    assert ["żź", "Ω"] == [through(item).PatientName, through(item).StudyDescription]


@pytest.mark.parametrize("form", FORMS)
def test_vrs_of_edits_are_kept(form):
    """What was set has its VR after pickling, also in Implicit VR, which does not write it."""
    ds = dicomkit.dcmread(make().to_bytes(WriteOptions(transfer_syntax=form)))
    for holder in (ds, ds.ReferencedStudySequence[0]):
        holder.add_new(0x00090010, "LO", "SOMEBODY")
        holder.add_new(0x00091001, "DS", [1, 2])
        holder.add_new(0x00091002, "SQ", [Dataset([dicomkit.DataElement(0x00091001, "US", 5)])])
    twin = through(ds)
    assert ds == twin
    assert [("DS", [1, 2]), "US"] == [
        (twin[0x00091001].vr, twin[0x00091001].value), twin[0x00091002].value[0][0x00091001].vr
    ]  # fmt: skip
    assert ["DS", "SQ"] == [twin.ReferencedStudySequence[0][tag].vr for tag in (0x00091001, 0x00091002)]
