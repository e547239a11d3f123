"""RLE Lossless between dicomkit and DCMTK: what one encodes the other decodes, bit for bit."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import dicomkit
from dicomkit.codecs import FrameFormat
from dicomkit.testing.codecs import samples_of

pytestmark = pytest.mark.interop

RLE = "1.2.840.10008.1.2.5"
Peer = Callable[[str], str]

FRAMES = [
    FrameFormat(rows=rows, columns=columns, **fields)  # type: ignore[arg-type]  # a table of fields
    for rows, columns in ((37, 53), (64, 300))
    for fields in (
        {},
        {"bits_allocated": 16, "bits_stored": 12},
        {"bits_allocated": 16, "bits_stored": 16, "pixel_representation": 1},
        {"samples_per_pixel": 3, "photometric_interpretation": "RGB"},
    )
]
EACH = pytest.mark.parametrize(
    "frame", FRAMES, ids=lambda frame: f"{frame.rows}x{frame.columns}x{frame.samples_per_pixel}x{frame.bits_stored}"
)


def image(frame: FrameFormat, count: int, path: Path) -> np.ndarray:
    """Write an image of several frames that differ; give its samples."""
    ds = dicomkit.Dataset()
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    ds.SOPInstanceUID = dicomkit.generate_uid()
    samples = np.stack([np.roll(samples_of(frame), number, axis=0) for number in range(count)])
    ds.set_pixel_data(samples, bits_stored=frame.bits_stored)
    ds.save_as(path)
    return samples


def run(program: str, source: Path, target: Path) -> None:
    """Run a program of DCMTK on one file."""
    subprocess.run([program, str(source), str(target)], check=True, capture_output=True)


@EACH
def test_dcmdrle_decodes_what_is_encoded(frame: FrameFormat, tmp_path: Path, require_peer: Peer):
    """DCMTK finds the samples in what dicomkit encoded."""
    program = require_peer("dcmdrle")
    samples = image(frame, 3, tmp_path / "native.dcm")
    ds = dicomkit.dcmread(tmp_path / "native.dcm")
    ds.compress(RLE)
    ds.save_as(tmp_path / "rle.dcm")
    run(program, tmp_path / "rle.dcm", tmp_path / "back.dcm")
    back = dicomkit.dcmread(tmp_path / "back.dcm")
    assert not back.transfer_syntax.is_encapsulated
    assert samples.tobytes() == back.pixel_array.tobytes()


@EACH
def test_what_dcmcrle_encodes_is_decoded(frame: FrameFormat, tmp_path: Path, require_peer: Peer):
    """Dicomkit finds the samples in what DCMTK encoded, without an issue."""
    program = require_peer("dcmcrle")
    samples = image(frame, 3, tmp_path / "native.dcm")
    run(program, tmp_path / "native.dcm", tmp_path / "rle.dcm")
    ds = dicomkit.dcmread(tmp_path / "rle.dcm")
    assert RLE == ds.transfer_syntax.uid
    assert samples.tobytes() == ds.pixel_array.tobytes()
    assert () == ds.issues
