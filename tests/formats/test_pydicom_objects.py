"""Data sets cross over to pydicom and back without a difference."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

import dicomkit
from tests.corpora import real_file, real_files

pydicom = pytest.importorskip("pydicom")

pytestmark = pytest.mark.filterwarnings("ignore")


def is_pydicoms_doing(difference) -> bool:
    """Say whether pydicom writes it otherwise: UN of known VR, empty groups at the end of a name (PS3.5 6.2.1)."""
    left, right = difference.left, difference.right
    return left.vr == "UN" or (left.vr == "PN" and str(left.value).rstrip("=") == str(right.value))


@pytest.mark.parametrize("path", [path for _, path in real_files()], ids=[name for name, _ in real_files()])
def test_there_and_back_is_the_same(path: Path):
    """Every real file is itself again after the way to pydicom and back."""
    ds = dicomkit.dcmread(path)
    if any(issue.code == "truncated" or "length" in issue.code for issue in ds.issues):
        pytest.skip("pydicom does not write what is damaged")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            back = dicomkit.Dataset.from_pydicom(ds.to_pydicom())
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            pytest.skip(f"pydicom does not write its own reading of it: {error}")
    left = [d for d in ds.diff(back) if d.left is None or not d.left.tag.is_group_length]
    assert [] == [d for d in left if d.left is None or not is_pydicoms_doing(d)]
    assert str(ds.file_meta.get("TransferSyntaxUID", "")) == str(back.file_meta.get("TransferSyntaxUID", ""))


def test_values_and_edits_cross():
    """pydicom sees the values, the edits, the file meta and the preamble."""
    ds = dicomkit.dcmread(real_file("CT_small.dcm"))
    ds.PatientName = "Doe^Jane"
    theirs = ds.to_pydicom()
    assert "Doe^Jane" == str(theirs.PatientName)
    assert 128 == theirs.Rows
    assert ds.transfer_syntax.uid == theirs.file_meta.TransferSyntaxUID
    assert ds.preamble == theirs.preamble


def test_pixels_are_decoded_there():
    """`ds.to_pydicom().pixel_array` is what pydicom decodes of the file itself."""
    path = real_file("CT_small.dcm")
    assert (pydicom.dcmread(path).pixel_array == dicomkit.dcmread(path).to_pydicom().pixel_array).all()


def test_an_item_crosses_with_the_character_set_it_inherits():
    """The text of an item is right in pydicom too, where its data set declares the character set."""
    ds = dicomkit.Dataset(SpecificCharacterSet="ISO_IR 192")
    item = dicomkit.Dataset(PatientName="Äneas")
    ds.ReferencedPatientSequence = [item]
    assert "Äneas" == str(ds.ReferencedPatientSequence[0].to_pydicom().PatientName)


def test_a_data_set_from_scratch_crosses():
    """A data set made in pydicom, in no file, has its values here."""
    theirs = pydicom.Dataset()
    theirs.PatientID, theirs.Rows = "X", 3
    mine = dicomkit.Dataset.from_pydicom(theirs)
    assert ("X", 3) == (mine.PatientID, mine.Rows)
