"""Files around encoded frames, for the programs of others to decode."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate

from dicomkit.codecs import FrameFormat
from tests.codecs.peers import by_pydicom


def written(path: Path, data: bytes, uid: str, frame: FrameFormat) -> Path:
    """Write a Secondary Capture of one encoded frame with pydicom, and give its path."""
    ds = pydicom.Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = uid
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = "1.2.3"
    ds.PatientName = ds.PatientID = ds.StudyID = "x"
    ds.StudyInstanceUID = ds.SeriesInstanceUID = "1.2.4"
    ds.Modality = "OT"
    ds.Rows, ds.Columns, ds.SamplesPerPixel = frame.rows, frame.columns, frame.samples_per_pixel
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = frame.bits_allocated, frame.bits_stored, frame.top_bit
    ds.PixelRepresentation = frame.pixel_representation
    ds.PhotometricInterpretation = frame.photometric_interpretation
    if frame.samples_per_pixel > 1:
        ds.PlanarConfiguration = 0
    ds.PixelData = encapsulate([data])
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    ds.save_as(path, enforce_file_format=True)
    return path


def decoded_by_dcmtk(program: str, path: Path, *options: str) -> np.ndarray:
    """Give the samples that dcmdjpeg or dcmdjpls decodes, as coded."""
    target = path.with_suffix(".native")
    answer = subprocess.run([program, *options, str(path), str(target)], capture_output=True, text=True, check=False)
    assert 0 == answer.returncode, answer.stderr
    return by_pydicom(target, "")
