"""Corpus H, row by row: each defect is reported as what it is, and what it does not touch is kept (goal F2)."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

import dicomkit
from dicomkit.errors import DicomError
from tests import hostile, hostile_dicomdir
from tests.faults.reading import codes, rewritten

#: Codes that say nothing about a place in the file.
_WITHOUT_OFFSET = {"TRANSFER_SYNTAX_MISSING", "NO_FILE_META", "ACR_NEMA", "BIG_ENDIAN_PIXELS"}


def _complaint(case: hostile.Case) -> str:
    """Give what is wrong with the answer to a case, or nothing."""
    data = case.build()
    try:
        ds = dicomkit.dcmread(data)
        ds.check()
        found = codes(ds)
        written = rewritten(ds)
    except DicomError as error:
        names = {cls.__name__ for cls in type(error).__mro__}
        return "" if names & set(case.error.split("|")) else f"{type(error).__name__}: {error}"
    if case.error and not case.codes:
        return f"read with {sorted(found)} instead of {case.error}"
    missing = [code for code in case.codes if not found & set(code.split("|"))]
    if missing:
        return f"not reported: {missing}; reported: {sorted(found)}"
    for keyword in case.keeps:
        if keyword not in ds:
            return f"{keyword} is lost"
        if hostile.EXPECTED_VALUES[keyword] != getattr(ds, keyword):
            return f"{keyword} is {getattr(ds, keyword)!r}"
    if written != data:
        return "rewritten unmodified, it differs"
    nowhere = [issue for issue in ds.issues if issue.offset is None and issue.code.name not in _WITHOUT_OFFSET]
    return f"no offset: {nowhere[0]}" if nowhere else ""


def _complaints(cases: Iterable[hostile.Case]) -> list[str]:
    return [f"{case.name}: {complaint}" for case in cases if (complaint := _complaint(case))]


@pytest.mark.parametrize("case", hostile.CASES, ids=lambda case: case.name)
def test_defect_is_reported_and_the_rest_kept(case: hostile.Case) -> None:
    """A named defect gives its issue or its error, keeps the other values and is rewritten byte for byte."""
    assert "" == _complaint(case)


def test_every_lying_length_is_reported() -> None:
    """A length beyond the file or the item is reported for every VR, in every position, in every form."""
    assert [] == _complaints(hostile.lying_lengths())


def test_every_cut_inside_an_element_is_reported() -> None:
    """A file that ends inside an element is reported, wherever inside it ends (goal F3)."""
    assert [] == _complaints(hostile.truncations())


@pytest.mark.parametrize("name", hostile_dicomdir.LOOPS)
def test_a_dicomdir_with_loops_is_an_ordinary_data_set(name: str) -> None:
    """Offsets that point back are values like others to the reader, and written back as they are."""
    data = hostile_dicomdir.LOOPS[name]
    ds = dicomkit.dcmread(data)
    ds.check()
    assert data == rewritten(ds)


@pytest.mark.parametrize("file_id", hostile_dicomdir.ESCAPES)
def test_a_hostile_file_id_is_an_ordinary_value(file_id: str) -> None:
    """A file ID that is no file ID is kept by the reader as it is."""
    data = hostile_dicomdir.escape(file_id)
    ds = dicomkit.dcmread(data)
    ds.check()
    assert data == rewritten(ds)
