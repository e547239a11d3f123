"""Pictures of all real files against DCMTK's dcmj2pnm and, by presentation states, against its dcmp2pgm."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.errors import DicomError, TruncatedError, UnsupportedTransferSyntaxError
from dicomkit.pixels import render
from tests.corpora import real_file, real_files

pytestmark = pytest.mark.interop

#: What is asked of dcmj2pnm, what it means here, and the element that an image needs for it.
WAYS: dict[str, tuple[list[str], dict[str, object], str]] = {
    "window": (["+Wi", "1"], {"window": 0}, "WindowCenter"),
    "VOI LUT": (["+Wl", "1"], {}, "VOILUTSequence"),
    "minmax": (["+Wm"], {"window": "minmax"}, "PixelData"),
    "full": (["-W"], {"window": "full"}, "PixelData"),
}


def is_other_arithmetic(ds: Dataset, way: str) -> bool:
    """Say whether native YBR is converted: PS3.3 C.7.6.3.1.2 rounded, while DCMTK cuts off two products (up to 2)."""
    return not ds.transfer_syntax.is_encapsulated and ds.PhotometricInterpretation.startswith("YBR")


def is_half_white(ds: Dataset, way: str) -> bool:
    """Say whether one bit, which has the values black and white (C.7.6.3.1.2), becomes black and half way in DCMTK."""
    return way == "full" and ds.BitsStored == 1


def is_in_halves(ds: Dataset, way: str) -> bool:
    """Say whether 32 bit samples lie in OW of a big endian file: DCMTK exchanges the bytes of 16 bit halves only."""
    return ds.BitsAllocated == 32 and not ds.transfer_syntax.is_little_endian


#: Where the two differ, by rule.
RULES = (is_other_arithmetic, is_half_white, is_in_halves)

#: DCMTK has a program for JPEG-LS alone.
PROGRAMS = {"1.2.840.10008.1.2.4.80": "dcml2pnm", "1.2.840.10008.1.2.4.81": "dcml2pnm"}


def pnm(path: Path) -> np.ndarray:
    """Read a binary PGM or PPM of 8 bits."""
    data = path.read_bytes()
    kind, columns, rows, _ = data.split(maxsplit=4)[:4]
    shape = (int(rows), int(columns)) if kind == b"P5" else (int(rows), int(columns), 3)
    return np.frombuffer(data[-int(np.prod(shape)) :], np.uint8).reshape(shape)


def share_of_other_pixels(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Give the share of samples that differ by more than one shade, 1 for another shape."""
    if ours.shape != theirs.shape:
        return 1.0
    return float((np.abs(ours.astype(int) - theirs) > 1).mean())


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("way", WAYS)
def test_every_picture_is_that_of_dcmtk(way: str, corpus: object, tmp_path: Path, require_peer: Callable[[str], str]):
    """On 99.9 % of the pixels of each file that DCMTK can show, at most one shade is between its picture and ours."""
    arguments, options, needs = WAYS[way]
    target = tmp_path / "theirs.pnm"
    wrong, compared = {}, 0
    for key, path in real_files():
        try:
            ds = dicomkit.dcmread(path, force=True)
        except DicomError:
            continue
        if needs not in ds or "Rows" not in ds or any(rule(ds, way) for rule in RULES):
            continue
        target.unlink(missing_ok=True)
        program = PROGRAMS.get(ds.transfer_syntax.uid, "dcmj2pnm")
        command = [require_peer(program), "-q", *arguments, str(path), str(target)]
        if subprocess.run(command, capture_output=True, check=False).returncode or not target.is_file():
            continue
        try:
            # DCMTK has neither supplemental palettes nor pixel padding.
            ours = render(ds, palette=False, padding=False, **options).array
        except (UnsupportedTransferSyntaxError, TruncatedError):
            continue  # a codec that is not installed, a file that DCMTK fills up
        compared += 1
        share = share_of_other_pixels(ours, pnm(target))
        if share > 0.001:
            wrong[key] = share
    assert {} == wrong
    assert {"window": 45, "VOI LUT": 1, "minmax": 90, "full": 90}[way] <= compared


def test_big_endian_doses_are_the_little_endian_ones(corpus: object):
    """What DCMTK reads otherwise is the same image in both byte orders."""
    for name in ("rtdose", "liver"):
        little, big = (render(dicomkit.dcmread(real_file(f"{name}{end}_1frame.dcm"))).array for end in ("", "_expb"))
        np.testing.assert_array_equal(little, big)
