"""What other implementations make of encoded frames."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pydicom
from pydicom.pixels import get_decoder

from tests.codecs.real_frames import RealFrame


def by_dcmtk(program: str, frame: RealFrame, folder: Path, *options: str) -> np.ndarray:
    """Give the first frame as dcmdjpeg or dcmdjpls decodes it, without converting colours where that is an option."""
    target = folder / "decoded.dcm"
    command = [program, *options, str(frame.path), str(target)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == answer.returncode, answer.stderr
    return by_pydicom(target, "")


def by_gdcm(frame: RealFrame) -> np.ndarray:
    """Give the first frame as GDCM decodes it, through pydicom."""
    return by_pydicom(frame.path, "gdcm")


def by_pydicom(path: Path, plugin: str) -> np.ndarray:
    """Give the first frame of a file as pydicom does, as coded."""
    ds = pydicom.dcmread(path)
    decoder = get_decoder(ds.file_meta.TransferSyntaxUID)
    array, _ = decoder.as_array(ds, index=0, raw=True, decoding_plugin=plugin)
    return array
