"""Data sets through pickle."""

from __future__ import annotations

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

import dicomkit
from dicomkit import Dataset, WriteOptions

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
