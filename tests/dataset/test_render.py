"""Data sets as text for people."""

from __future__ import annotations

import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.dataset import render


def test_a_data_set_as_text():
    """One line an element: tag, VR, name, value; items are numbered, what is in them is indented, as `dump` has it."""
    ds = Dataset(PatientName="A^B", ReferencedStudySequence=[Dataset(PatientID="1"), Dataset()], PixelData=b"\0" * 99)
    assert [
        "(0008,1110) SQ Referenced Study Sequence            <2 items>",
        "[0]",
        "  (0010,0020) LO Patient ID                           1",
        "[1]",
        "(0010,0010) PN Patient's Name                       A^B",
        "(7FE0,0010) OW Pixel Data                           <99 bytes>",
    ] == str(ds).splitlines()


@pytest.mark.parametrize(
    "values",
    [
        {"TextValue": "x" * 1_000_000},
        {"PatientName": "A^B" * 100_000},
        {"ImageType": ["A" * 16] * 100_000},
        {"PixelData": b"\0" * 1_000_000},
        {"ReferencedStudySequence": [Dataset(PatientID="1")] * 2000},
        {"TimeRange": [0.5] * 200_000},
    ],
)
def test_repr_fits_a_screen(values):
    """Whatever is in it, a data set shows in at most 26 lines of a terminal, without control characters."""
    made = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", **values)
    for ds in (made, dicomkit.dcmread(made.to_bytes())):
        shown = repr(ds)
        assert len(shown.splitlines()) <= 26
        assert max(map(len, shown.splitlines())) <= 140
        assert shown.replace("\n", "").isprintable()
        assert len(str(ds).splitlines()) <= 1001


def test_control_characters_are_escaped():
    """Nothing in a value reaches the terminal as a command."""
    assert "\\x1b[31m" in str(Dataset(PatientName="\x1b[31m"))


def test_deferred_bytes_are_not_fetched_to_be_shown(tmp_path):
    """A large value that is still in the file is shown by its size, even when the file is gone."""
    path = tmp_path / "a.dcm"
    Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", PixelData=b"\0" * 1_000_000).save_as(path)
    ds = dicomkit.dcmread(path)
    path.unlink()
    assert "<1,000,000 bytes>" in repr(ds)


def test_value_that_cannot_be_read_is_shown_as_its_error(tmp_path):
    """repr never raises: what cannot be fetched any more is shown as the error."""
    path = tmp_path / "a.dcm"
    Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", TextValue="x" * 1_000_000).save_as(path)
    ds = dicomkit.dcmread(path)
    path.unlink()
    assert f"Text Value                           <{str(path)[:20]}" in repr(ds)


def test_empty_data_set():
    """An empty data set says so."""
    assert "<Dataset, 0 elements>" == repr(Dataset())


def test_very_deep_data_sets_are_shown():
    """Beyond twenty levels the depth is told, not indented."""
    ds = Dataset(PatientID="1")
    for _ in range(500):
        ds = Dataset(ReferencedStudySequence=[ds])
    lines = list(render.lines(ds))
    assert [1001, True] == [len(lines), all(len(line) < 160 for line in lines)]
