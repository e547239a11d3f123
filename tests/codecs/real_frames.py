"""Encoded frames of the real files."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

import dicomkit
from dicomkit.codecs import FrameFormat
from dicomkit.file import frame_bytes
from tests.corpora import real_file, real_files

ROOT = "1.2.840.10008.1.2.4."

#: Its codestream was overwritten in the middle of its header: nobody decodes it.
BROKEN = {"JPEG2000-embedded-sequence-delimiter.dcm"}


class RealFrame(NamedTuple):
    """The first frame of a file."""

    name: str
    path: Path
    uid: str
    data: bytes
    frame: FrameFormat


@cache
def real_frame(path: Path) -> RealFrame | None:
    """Give the first frame of a file if it is a codestream."""
    ds = dicomkit.dcmread(path, force=True)
    uid = str(ds.transfer_syntax.uid)
    if "PixelData" not in ds or not uid.startswith(ROOT) or path.name in BROKEN:
        return None
    frame = FrameFormat(
        rows=ds.Rows,
        columns=ds.Columns,
        samples_per_pixel=ds.SamplesPerPixel,
        bits_allocated=ds.BitsAllocated,
        bits_stored=ds.BitsStored,
        high_bit=ds.HighBit,
        pixel_representation=ds.PixelRepresentation,
        photometric_interpretation=ds.PhotometricInterpretation,
    )
    return RealFrame(path.name, path, uid, frame_bytes(ds, 0), frame)


@cache
def real_frames(*numbers: int, most_pixels: int = 1 << 24) -> list[RealFrame]:
    """Give the first frames of the files whose transfer syntax is 1.2.840.10008.1.2.4 and one of the numbers."""
    found = [real_frame(path) for _, path in real_files()]
    uids = {f"{ROOT}{number}" for number in numbers}
    return [f for f in found if f and f.uid in uids and f.frame.rows * f.frame.columns <= most_pixels]


def named(name: str) -> RealFrame:
    """Give the first frame of the file of this name."""
    found = real_frame(real_file(name))
    assert found is not None
    return found


def largest_difference(one: np.ndarray, other: np.ndarray) -> int:
    """Give the largest difference of two samples at the same place."""
    assert one.shape == other.shape
    return int(np.abs(one.astype(np.int64) - other.astype(np.int64)).max())
