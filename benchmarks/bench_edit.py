"""Change one element: in memory, and from file to file beside a plain copy of the bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import dicomkit
from benchmarks import peers
from benchmarks.files import Files
from benchmarks.harness import Comparison, Subject


def _edit(data: bytes) -> bool:
    ds = dicomkit.dcmread(data)
    ds.PatientID = "EDITED"
    target = io.BytesIO()
    dicomkit.dcmwrite(target, ds)
    return target.getvalue().find(b"EDITED", 0, 4096) > 0


def _edit_file(source: Path, target: Path, *, durable: bool = False) -> None:
    ds = dicomkit.dcmread(source)
    ds.PatientID = "EDITED"
    if durable:
        ds.save_as(target, dicomkit.WriteOptions(durable=True))
    else:
        ds.save_as(target)


def subjects(files: Files) -> Iterator[Subject]:
    """Give the comparisons; each written file is removed before the next, so that nothing is ever replaced."""
    for name, path in {"ct-small": files.small_ct(), "ct": files.large_ct()}.items():
        data = path.read_bytes()
        yield Comparison(f"edit-{name}-vs-pydicom", "pydicom", partial(_edit, data), partial(peers.pydicom_edit, data))
    data = files.large_ct().read_bytes()
    yield Comparison("edit-ct-vs-copy", "copy", partial(_edit, data), partial(peers.copy_in_memory, data), is_cost=True)
    source, target = files.large_ct(), files.cache / "written.dcm"
    remove = partial(target.unlink, missing_ok=True)
    for name, durable in (("file-to-file-vs-copy", False), ("file-to-file-durable-vs-durable-copy", True)):
        yield Comparison(
            name,
            "copy",
            partial(_edit_file, source, target, durable=durable),
            partial(peers.plain_copy, source, target, durable=durable),
            is_cost=True,
            between=remove,
        )
    yield Comparison(
        "file-to-file-vs-pydicom",
        "pydicom",
        partial(_edit_file, source, target),
        partial(peers.pydicom_edit_file, source, target),
        between=remove,
    )
