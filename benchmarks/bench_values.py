"""Take every value of a file, nested ones included."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import dicomkit
from benchmarks import peers
from benchmarks.files import Files
from benchmarks.harness import Comparison, Subject


def _every_value(path: Path) -> int:
    count = 0
    for element in dicomkit.dcmread(path).walk():
        _ = element.value
        count += 1
    return count


def subjects(files: Files) -> Iterator[Subject]:
    """Give the comparisons; only the one on CT_small has a budget."""
    for name, path in {"ct-small": files.small_ct(), "mr": files.siemens_like(), "ct-512": files.large_ct()}.items():
        yield Comparison(
            f"values-{name}-vs-pydicom",
            "pydicom",
            partial(_every_value, path),
            partial(peers.pydicom_every_value, path),
        )
