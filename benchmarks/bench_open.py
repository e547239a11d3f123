"""Open a file and read five attributes, as every program that looks at a file does first."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import dicomkit
from benchmarks import peers
from benchmarks.files import Files
from benchmarks.harness import Comparison, Subject


def _open(path: Path | str) -> str:
    ds = dicomkit.dcmread(path)
    return "|".join((str(ds.PatientName), ds.PatientID, ds.StudyInstanceUID, ds.Modality, str(ds.Rows)))


def subjects(files: Files) -> Iterator[Subject]:
    """Give the comparisons."""
    named = {"ct-small": files.small_ct(), "mr": files.siemens_like(), "ct-512": files.large_ct()}
    for name, path in named.items():
        text = str(path)
        yield Comparison(f"open-{name}-vs-pydicom", "pydicom", partial(_open, path), partial(peers.pydicom_open, path))
        yield Comparison(
            f"open-{name}-vs-dicomsdl", "dicomsdl", partial(_open, text), partial(peers.dicomsdl_open, text)
        )
