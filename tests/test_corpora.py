"""The list of real files is whole: a corpus that shrank would make every other claim smaller in silence."""

from __future__ import annotations

from pathlib import Path

from tests.corpora import real_file


def test_every_sample_file_is_listed(corpus: tuple[tuple[str, Path], ...]):
    """pydicom 3.0.2 brings 192 DICOM files and pydicom-data 1.0.0 brings 68."""
    counts = {"pydicom": 0, "pydicom-data": 0}
    for key, _ in corpus:
        counts[key.split("/")[0]] += 1
    assert {"pydicom": 192, "pydicom-data": 68} == counts


def test_ids_are_unique_and_sorted(corpus: tuple[tuple[str, Path], ...]):
    """An id names one file, and the order is the same on every machine."""
    keys = [key for key, _ in corpus]
    assert sorted(set(keys)) == keys


def test_files_without_preamble_or_suffix_are_there(corpus: tuple[tuple[str, Path], ...]):
    """Content decides for files without a suffix, the suffix for those without a preamble."""
    names = {path.name for _, path in corpus}
    assert {"DICOMDIR", "DICOMDIR-nooffset", "6293", "no_meta.dcm", "rtstruct.dcm", "OT-PAL-8-face.dcm"} <= names


def test_other_files_are_not_there(corpus: tuple[tuple[str, Path], ...]):
    """JSON, text, archives and colour profiles beside the samples are not DICOM files."""
    assert set() == {path.suffix for _, path in corpus} & {".json", ".txt", ".gz", ".icc", ".dump", ".py", ".md"}


def test_a_sample_is_found_by_its_name(corpus: tuple[tuple[str, Path], ...]):
    """`real_file` answers the one file with that name."""
    assert "CT_small.dcm" == real_file("CT_small.dcm").name
