"""F2: whatever is done to a file, what comes is a value or a `DicomError` that says where; and nothing is lost."""

from __future__ import annotations

import pickle
from functools import cache
from pathlib import Path

import pytest

import dicomkit
from dicomkit.errors import DicomError, NotDicomError
from tests.corpora import real_files
from tests.faults.reading import is_soak, rewritten
from tests.hostile_bytes import mutated

FILES = 50


@cache
def smallest() -> tuple[tuple[str, Path], ...]:
    """Give the smallest real files, one of each size, damaged ones too."""
    by_size: dict[int, tuple[str, Path]] = {}
    for name, path in real_files():
        by_size.setdefault(path.stat().st_size, (name, path))
    return tuple(by_size[size] for size in sorted(by_size))[:FILES]


def complaint(data: bytes) -> str:
    """Do with a file what a program does, and give what is wrong with the answers, or nothing."""
    try:
        ds = dicomkit.dcmread(data)
        ds.check()
        for element in ds.walk():
            _ = element.value
        repr(ds)
        if rewritten(ds) != data:
            return "rewritten unmodified, it differs"
    except DicomError as error:
        # Where no data set was found there is no place in it.
        if getattr(error, "offset", None) is None and not isinstance(error, NotDicomError):
            return f"no offset: {error!r}"
        again = pickle.loads(pickle.dumps(error))
        if (type(again), str(again)) != (type(error), str(error)):
            return f"it does not survive pickling: {error!r}"
    except Exception as error:
        return repr(error)
    return ""


def complaints(path: Path, count: int) -> list[str]:
    """Change a file in `count` ways, from one byte to sixteen at a time."""
    data = path.read_bytes()
    found = []
    for seed in range(count):
        wrong = complaint(mutated(data, seed, 1 << seed % 5))
        if wrong:
            found.append(f"{seed}: {wrong}")
    return found


def test_there_are_fifty_files() -> None:
    """The goal says fifty files."""
    assert len(smallest()) == FILES or not real_files()


@pytest.mark.parametrize(("name", "path"), smallest(), ids=lambda value: value if isinstance(value, str) else "")
def test_damage_gives_values_or_dicom_errors(name: str, path: Path) -> None:
    """Twenty mutations of each file, the quick part."""
    assert [] == complaints(path, 20), name


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("name", "path"), smallest(), ids=lambda value: value if isinstance(value, str) else "")
def test_fifty_thousand_damaged_files_give_values_or_dicom_errors(name: str, path: Path) -> None:
    """A thousand mutations of each of fifty files (a hundred unless soaked): nothing else comes, nothing is lost."""
    assert [] == complaints(path, 1000 if is_soak() else 100), name
