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
from tests.pixels.images import image, lut_item, ramp

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


@pytest.mark.parametrize("sop_class", ["2", "12.1", "12.2", "12.1.1"], ids=["CT", "XA", "XRF", "Enhanced XA"])
@pytest.mark.parametrize("relationship", ["LIN", "LOG", "DISP"])
def test_the_modality_lut_of_x_ray_images(
    sop_class: str, relationship: str, tmp_path: Path, require_peer: Callable[[str], str]
):
    """That of XA and XRF images is not for display; that of others is (PS3.3 C.8.7.1.1.2)."""
    ds = image(
        ramp(),
        SOPClassUID=f"1.2.840.10008.5.1.4.1.1.{sop_class}",
        PixelIntensityRelationship=relationship,
        RescaleSlope=2,
        RescaleIntercept=10,
        WindowCenter=128,
        WindowWidth=256,
    )
    source, target = tmp_path / "image.dcm", tmp_path / "theirs.pgm"
    ds.save_as(source)
    subprocess.run([require_peer("dcmj2pnm"), "-q", "+Wi", "1", str(source), str(target)], check=True)
    assert 0 == share_of_other_pixels(render(ds).array, pnm(target))


#: Images that no sample file is, as they are asked for here and of dcmj2pnm.
TWELVE = {"BitsStored": 12, "HighBit": 11}
MADE: dict[str, tuple[np.ndarray, dict[str, object], str]] = {
    **{
        f"{photometric} {shape}": (
            ramp(),
            {"PhotometricInterpretation": photometric, "PresentationLUTShape": shape},
            "full",
        )
        for photometric in ("MONOCHROME1", "MONOCHROME2")
        for shape in (None, "IDENTITY", "INVERSE")
    },
    **{
        function: (
            16 * ramp(dtype=np.uint16),
            {**TWELVE, "WindowCenter": 2000, "WindowWidth": 1500, "VOILUTFunction": function},
            "window",
        )
        for function in ("LINEAR", "LINEAR_EXACT", "SIGMOID")
    },
    "signed": (ramp(dtype=np.int16) - 128, {"WindowCenter": 0, "WindowWidth": 100}, "window"),
    "signed 12 bits": (ramp(dtype=np.int16) - 128, TWELVE, "full"),
    "a window of 1": (ramp(), {"WindowCenter": 100, "WindowWidth": 1}, "window"),
    **{
        f"a negative slope, {way}": (
            16 * ramp(dtype=np.uint16),
            {**TWELVE, "RescaleSlope": -0.5, "RescaleIntercept": 7, "WindowCenter": -800, "WindowWidth": 1500},
            way,
        )
        for way in ("window", "full", "minmax")
    },
    "a signed VOI LUT": (
        ramp(dtype=np.int16) - 128,
        {"VOILUTSequence": [lut_item(list(range(0, 4000, 40)), first=-50, bits=12)]},
        "VOI LUT",
    ),
    "a modality LUT that falls": (
        ramp(),
        {
            "ModalityLUTSequence": [lut_item(list(range(4095, 0, -16)), bits=12)],
            "WindowCenter": 2048,
            "WindowWidth": 3000,
        },
        "window",
    ),
}


@pytest.mark.parametrize("name", MADE)
def test_made_images_are_shown_as_by_dcmtk(name: str, tmp_path: Path, require_peer: Callable[[str], str]):
    """Inversion, functions, signs and slopes that the sample files do not have."""
    array, elements, way = MADE[name]
    arguments, options, _ = WAYS[way]
    source, target = tmp_path / "image.dcm", tmp_path / "theirs.pgm"
    image(array, **elements).save_as(source)
    subprocess.run([require_peer("dcmj2pnm"), "-q", *arguments, str(source), str(target)], check=True)
    assert 0 == share_of_other_pixels(render(dicomkit.dcmread(source), **options).array, pnm(target))


# -- presentation states ---------------------------------------------------------------------------------------------

WINDOW = Dataset(WindowCenter=40, WindowWidth=400)

#: What is put into a presentation state that DCMTK's dcmpsmk made of CT_small.dcm.
STATES: dict[str, dict[str, object]] = {
    "window": {"SoftcopyVOILUTSequence": [WINDOW]},
    "inverse": {"SoftcopyVOILUTSequence": [WINDOW], "PresentationLUTShape": "INVERSE"},
    "rescaled": {"RescaleSlope": 2, "RescaleIntercept": -500, "SoftcopyVOILUTSequence": [WINDOW]},
    "VOI LUT": {"SoftcopyVOILUTSequence": [Dataset(VOILUTSequence=[lut_item(list(range(0, 4096, 16)), bits=12)])]},
    "presentation LUT": {
        "SoftcopyVOILUTSequence": [WINDOW],
        "PresentationLUTShape": None,
        "PresentationLUTSequence": [lut_item([int(65535 * (entry / 4095) ** 2) for entry in range(4096)])],
    },
    **{
        f"turned by {rotation}, mirrored {flip}": {
            "SoftcopyVOILUTSequence": [WINDOW],
            "ImageRotation": rotation,
            "ImageHorizontalFlip": flip,
        }
        for rotation in (0, 90, 180, 270)
        for flip in "NY"
    },
}


def assert_shown_alike(file: Path, changes: dict[str, object], folder: Path, peer: Callable[[str], str]) -> None:
    """Make a presentation state of an image by dcmpsmk, change it, and compare our picture with that of dcmp2pgm."""
    state, target = folder / "state.dcm", folder / "theirs.pgm"
    subprocess.run([peer("dcmpsmk"), "-q", str(file), str(state)], check=True)
    ps = dicomkit.dcmread(state.read_bytes())
    for keyword, value in changes.items():
        if value is None:
            del ps[keyword]
        else:
            setattr(ps, keyword, value)
    ps.save_as(state)
    subprocess.run([peer("dcmp2pgm"), "-q", "-p", str(state), str(file), str(target)], check=True, capture_output=True)
    # Overlays and annotations are no part of the picture that dcmp2pgm writes.
    ours = render(dicomkit.dcmread(file), presentation=dicomkit.dcmread(state), overlays=False).array
    assert share_of_other_pixels(ours, pnm(target)) <= 0.001


@pytest.mark.parametrize("name", STATES)
def test_presentation_states_are_applied_as_by_dcmtk(
    name: str, corpus: object, tmp_path: Path, require_peer: Callable[[str], str]
):
    """Modality LUT, VOI, presentation LUT and spatial transformation of a state do what they do in DCMTK."""
    assert_shown_alike(real_file("CT_small.dcm"), STATES[name], tmp_path, require_peer)


@pytest.mark.parametrize(
    "name", ["CT_small.dcm", "MR_small.dcm", "examples_overlay.dcm", "RG3_UNCR.dcm", "vlut_04.dcm", "mlut_18.dcm"]
)
def test_the_state_of_an_image_shows_it_as_in_dcmtk(
    name: str, corpus: object, tmp_path: Path, require_peer: Callable[[str], str]
):
    """The state that DCMTK makes of an image, MONOCHROME1 among them, shows it as DCMTK does."""
    assert_shown_alike(real_file(name), {}, tmp_path, require_peer)
