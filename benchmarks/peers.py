"""The jobs of the benchmarks as a user of a peer would write them."""

from __future__ import annotations

import io
import os
from pathlib import Path

import dicomsdl  # type: ignore[import-untyped]
import pydicom


def pydicom_open(path: Path) -> str:
    """Open a file and read five attributes."""
    ds = pydicom.dcmread(path)
    return "|".join((str(ds.PatientName), ds.PatientID, ds.StudyInstanceUID, ds.Modality, str(ds.Rows)))


def dicomsdl_open(path: str) -> str:
    """Open a file and read five attributes."""
    ds = dicomsdl.open_file(path)
    return "|".join((ds.PatientName, ds.PatientID, ds.StudyInstanceUID, ds.Modality, str(ds.Rows)))


def pydicom_every_value(path: Path) -> int:
    """Open a file and take the value of every element, nested ones included."""
    count = 0
    for element in pydicom.dcmread(path).iterall():
        _ = element.value
        count += 1
    return count


def pydicom_edit(data: bytes) -> bool:
    """Change one element of an encoded file and encode it again; say whether the new value is in it."""
    ds = pydicom.dcmread(io.BytesIO(data))
    ds.PatientID = "EDITED"
    target = io.BytesIO()
    ds.save_as(target)
    return target.getvalue().find(b"EDITED", 0, 4096) > 0


def pydicom_edit_file(source: Path, target: Path) -> None:
    """Change one element of a file into another file."""
    ds = pydicom.dcmread(source)
    ds.PatientID = "EDITED"
    ds.save_as(target)


def copy_in_memory(data: bytes) -> bool:
    """Put the bytes into another buffer: what every edit in memory does at least."""
    target = io.BytesIO()
    target.write(data)
    return target.getvalue().find(b"ISO_IR", 0, 4096) > 0


def plain_copy(source: Path, target: Path, *, durable: bool = False) -> None:
    """Read a file and write its bytes under another name; `durable`: with a flush of the file and of its folder."""
    with source.open("rb", buffering=0) as file:
        data = file.read()
    with target.open("wb", buffering=0) as file:
        file.write(data)
        if durable:
            os.fsync(file.fileno())
    if durable:
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def pydicom_frame_group(path: Path, frame: int) -> tuple[str, ...]:
    """Open a segmentation and read what the functional groups say of one frame."""
    group = pydicom.dcmread(path).PerFrameFunctionalGroupsSequence[frame]
    position = group.PlanePositionSequence[0].ImagePositionPatient
    segment = group.SegmentIdentificationSequence[0].ReferencedSegmentNumber
    source = group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
    return (*(f"{float(number):g}" for number in position), str(int(segment)), str(source))


def pydicom_positions(path: Path) -> str:
    """Open a segmentation and add up the positions of all its frames."""
    total = 0.0
    for group in pydicom.dcmread(path).PerFrameFunctionalGroupsSequence:
        x, y, z = group.PlanePositionSequence[0].ImagePositionPatient
        total += float(x) + float(y) + float(z)
    return f"{total:g}"


def pydicom_json_model(path: Path) -> int:
    """Make the JSON model of a segmentation, as objects; count its frames."""
    return len(pydicom.dcmread(path).to_json_dict()["52009230"]["Value"])


def pydicom_json_text(path: Path) -> bool:
    """Make the text of the JSON model of a file; say whether it closes."""
    return pydicom.dcmread(path).to_json().endswith("}}")


def pydicom_from_json(text: str) -> str:
    """Read the text of the JSON model of a segmentation; give a position from its last frame."""
    ds = pydicom.Dataset.from_json(text)
    return f"{float(ds.PerFrameFunctionalGroupsSequence[-1].PlanePositionSequence[0].ImagePositionPatient[2]):g}"
