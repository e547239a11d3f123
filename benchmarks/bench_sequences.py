"""Read a segmentation of 12,000 frames: the functional groups of one frame, and the positions of all."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import dicomkit
from benchmarks import peers
from benchmarks.files import Files
from benchmarks.harness import Comparison, Subject

FRAME = 6_000


def _frame_group(path: Path, frame: int) -> tuple[str, ...]:
    # Any: a script does not check for values that may be empty.
    group: Any = dicomkit.dcmread(path).PerFrameFunctionalGroupsSequence[frame]
    position = group.PlanePositionSequence[0].ImagePositionPatient
    segment = group.SegmentIdentificationSequence[0].ReferencedSegmentNumber
    source = group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
    return (*(f"{float(number):g}" for number in position), str(int(segment)), str(source))


def _positions(path: Path) -> str:
    total = 0.0
    group: Any
    for group in dicomkit.dcmread(path).PerFrameFunctionalGroupsSequence:
        x, y, z = group.PlanePositionSequence[0].ImagePositionPatient
        total += x + y + z
    return f"{total:g}"


def subjects(files: Files) -> Iterator[Subject]:
    """Give the comparisons."""
    for name, defined in (("defined", True), ("undefined", False)):
        path = files.segmentation(defined=defined)
        yield Comparison(
            f"segmentation-{name}-vs-pydicom",
            "pydicom",
            partial(_frame_group, path, FRAME),
            partial(peers.pydicom_frame_group, path, FRAME),
        )
        yield Comparison(
            f"positions-{name}-vs-pydicom", "pydicom", partial(_positions, path), partial(peers.pydicom_positions, path)
        )
