"""Data sets cross over to pydicom and back without a difference."""

from __future__ import annotations

from pathlib import Path

import pytest

import dicomkit
from dicomkit.core.issue import IssueCode
from dicomkit.dataset.comparison import Difference
from tests.corpora import real_file, real_files

pydicom = pytest.importorskip("pydicom")

pytestmark = pytest.mark.filterwarnings("ignore")


FILES = [path for _, path in real_files()]
EVERY_FILE = pytest.mark.parametrize("path", FILES, ids=[name for name, _ in real_files()])


def is_pydicoms_doing(difference: Difference) -> bool:
    """Say whether pydicom writes it otherwise: a name without the empty groups at its end (PS3.5 6.2.1.1)."""
    left, right = difference.left, difference.right
    return (
        left is not None
        and right is not None
        and (left.vr, right.vr) == ("PN", "PN")
        and str(left.value).rstrip("=") == str(right.value)
    )


def there_and_back(path: Path) -> tuple[list[Difference], list[Difference]]:
    """Give what is otherwise in a file's data set and in its file meta after the way to pydicom and back.

    Group lengths are apart, which pydicom does not write (PS3.5 7.2, retired).
    """
    ds = dicomkit.dcmread(path, force=True)
    back = dicomkit.Dataset.from_pydicom(ds.to_pydicom())
    left, meta = (
        [found for found in mine.diff(other) if found.left is None or not found.left.tag.is_group_length]
        for mine, other in ((ds, back), (ds.file_meta, back.file_meta))
    )
    return left, meta


@EVERY_FILE
def test_there_and_back_is_the_same(path: Path):
    """Every real file, the damaged ones too, is itself again after the way to pydicom and back."""
    left, meta = there_and_back(path)
    assert ([], []) == ([str(found) for found in left if not is_pydicoms_doing(found)], [str(found) for found in meta])


@EVERY_FILE
def test_equals_what_pydicom_reads(path: Path):
    """What pydicom gets is what it reads itself; where it has nothing of a damaged file, ours has something."""
    theirs = pydicom.dcmread(path, force=True)
    mine = dicomkit.dcmread(path, force=True).to_pydicom()
    if not theirs.keys() & mine.keys():
        assert why_nothing(path) is not None
        assert len(mine) > 1
        return
    assert [] == [str(element)[:80] for element in theirs if element.tag not in mine or mine[element.tag] != element]
    assert [] == [str(element)[:80] for element in mine if element.tag not in theirs]


NOTHING_IN_PYDICOM = (
    IssueCode.TRUNCATED,  # PS3.5 A.4: fragments end with a delimiter; without, pydicom gives up the whole data set
    IssueCode.NO_FILE_META,  # PS3.10 7.1: a stray byte lies before the data set
)


def why_nothing(path: Path) -> IssueCode | None:
    """Give the defect by which pydicom may have nothing of a file."""
    codes = {issue.code for issue in dicomkit.dcmread(path, force=True).issues}
    return next((code for code in NOTHING_IN_PYDICOM if code in codes), None)


def test_the_rule_is_needed(corpus: object):
    """There are names that pydicom writes otherwise, no more than two, and two files of which it has nothing."""
    assert 2 == sum(len(there_and_back(path)[0]) for path in FILES)
    nothing = [
        path
        for path in FILES
        if not pydicom.dcmread(path, force=True).keys() & dicomkit.dcmread(path, force=True).to_pydicom().keys()
    ]
    assert {IssueCode.TRUNCATED, IssueCode.NO_FILE_META} == {why_nothing(path) for path in nothing}
    assert 2 == len(nothing)


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
