"""What an error proposes for a word that is no keyword."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit import dictionary
from dicomkit.dictionary.nearest import _distance, nearest

NAMES = list(dictionary.keywords())


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("patient_name", "PatientName"),  # the habit of Python
        ("PATIENTNAME", "PatientName"),
        ("patient-name", "PatientName"),
        ("Patient Name", "PatientName"),
        ("PatientsName", "PatientName"),  # the keyword of old versions of pydicom
        ("PatinetName", "PatientName"),  # swapped
        ("PatientNme", "PatientName"),  # left out
        ("PatientNamee", "PatientName"),  # once too often
        ("PatientNane", "PatientName"),  # replaced
        ("PatName", "PatientName"),  # shortened
        ("Modalty", "Modality"),
        ("Row", "Rows"),
        ("Colums", "Columns"),
        ("KVp", "KVP"),
        ("WindowCentre", "WindowCenter"),
        ("SliceThicknes", "SliceThickness"),
        ("InstitutionAdress", "InstitutionAddress"),
        ("SeriesDesc", "SeriesDescription"),
        ("SOPInstanceUid", "SOPInstanceUID"),
        ("TransferSyntax", "TransferSyntaxUID"),
        ("BirthDate", "PatientBirthDate"),
        ("ReferencedImageSeq", "ReferencedImageSequence"),
        ("NumberofFrames", "NumberOfFrames"),
        ("numberFrames", "NumberOfFrames"),
        ("PixelSpace", "PixelSpacing"),
    ],
)
def test_the_first_proposal(word: str, meant: str):
    """The keyword that people mean comes first."""
    assert meant == nearest(word, NAMES)[0]


@pytest.mark.parametrize(("word", "meant"), [("StudyUID", "StudyInstanceUID"), ("InstanceUID", "SOPInstanceUID")])
def test_one_of_the_proposals(word: str, meant: str):
    """Where several are as near, the one that people mean is among them."""
    assert meant in nearest(word, NAMES)


@pytest.mark.parametrize(
    ("word", "meant"), [("PatientIDD", "PatientID"), ("PatientNaem", "PatientName"), ("StudyDte", "StudyDate")]
)
def test_a_slip_of_one_letter_has_one_proposal(word: str, meant: str):
    """What is three letters away is not proposed beside what is one letter away."""
    assert (meant,) == nearest(word, NAMES)


@pytest.mark.parametrize("word", ["", "___", "xyzzyfoo", "q", "\n", "шутка", "0" * 100])
def test_nothing_near(word: str):
    """A word that looks like no keyword gets no proposal."""
    assert () == nearest(word, NAMES)


@given(st.sampled_from(NAMES), st.data())
def test_one_wrong_letter_is_recognised(name: str, data: st.DataObject):
    """A keyword of some length with one letter left out is still found."""
    if len(name) < 8:
        return
    at = data.draw(st.integers(0, len(name) - 1))
    word = name[:at] + name[at + 1 :]
    found = nearest(word, NAMES)
    assert name in found or word in NAMES


@given(st.text(max_size=200))
def test_any_text(word: str):
    """Any text gives at most three of the names, each once."""
    found = nearest(word, NAMES)
    assert len(found) == len(set(found)) <= 3
    assert set(found) <= set(NAMES)


def test_a_name_in_another_spelling_is_the_only_proposal():
    """Frame Type is near Frame Time, but not when Frame Time was meant beyond doubt."""
    assert ("FrameTime",) == nearest("frame_time", NAMES)
    assert "FrameType" in nearest("FrameTyme", NAMES)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1), ("abc", "xbc", 1),
     ("kitten", "sitting", 3), ("ca", "abc", 3)],
)  # fmt: skip
def test_distance(left: str, right: str, expected: int):
    """The distance counts letters added, removed, replaced, or swapped with a neighbour (optimal string alignment)."""
    assert (expected, expected) == (_distance(left, right), _distance(right, left))


def test_no_names_at_all():
    """Nothing is near where there is nothing."""
    assert () == nearest("PatientName", [])


@pytest.mark.parametrize("word", ["Sequence" * 8192, "e" * 65536, "\n" * 65536, "ence" * 16384])
def test_long_words_cost_no_more(word: str):
    """A word of 64 KiB takes no longer than the longest keyword could."""
    start = time.perf_counter()
    nearest(word, NAMES)
    assert time.perf_counter() - start < 0.5
