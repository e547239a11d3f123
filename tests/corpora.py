"""The real files of the suite: every DICOM file that the pydicom wheel and pydicom-data bring.

A file counts by its content ("DICM" after the preamble, PS3.10 section 7.1) or, since some samples lack a preamble, by
its suffix.  The list is the same on every machine that has the same two packages.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

#: Name of the corpus, package it comes from, folder in that package.
CORPORA = (
    ("pydicom", "pydicom", "data"),
    ("pydicom-data", "data_store", "data"),
)


def _folder(package: str, inside: str) -> Path | None:
    spec = importlib.util.find_spec(package)  # finds without importing
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / inside
    return folder if folder.is_dir() else None


def _is_dicom(path: Path) -> bool:
    if path.suffix == ".dcm":
        return True
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM"


def missing_corpora() -> list[str]:
    """Give the names of the corpora whose package is not installed."""
    return [name for name, package, inside in CORPORA if _folder(package, inside) is None]


@cache
def real_files() -> tuple[tuple[str, Path], ...]:
    """Give `(id, path)` of every real file, sorted by id; an id is the corpus and the path inside it."""
    found = []
    for name, package, inside in CORPORA:
        folder = _folder(package, inside)
        if folder is None:
            continue
        for path in folder.rglob("*"):
            if path.is_file() and _is_dicom(path):
                found.append((f"{name}/{path.relative_to(folder).as_posix()}", path))
    return tuple(sorted(found))


def real_file(name: str) -> Path:
    """Give the one real file whose id ends with `/name`, as in ``real_file("CT_small.dcm")``."""
    matches = [path for key, path in real_files() if key.endswith(f"/{name}")]
    if len(matches) != 1:
        raise LookupError(f"{len(matches)} real files are named {name!r}; missing corpora: {missing_corpora()}")
    return matches[0]
