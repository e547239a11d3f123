"""Which conversions make sense, and what encoded frames are called."""

from __future__ import annotations

import numpy as np
import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.codecs import DEFAULT_REGISTRY, EncodeOptions, Registry
from dicomkit.errors import MissingElementError, PixelError, UnsupportedTransferSyntaxError
from dicomkit.pixels.conversion import Conversion
from tests.corpora import real_file

ROOT = "1.2.840.10008.1.2"
UNCOMPRESSED = f"{ROOT}.1.98"
CODECS = DEFAULT_REGISTRY


def image(array: np.ndarray | None = None, photometric: str | None = None, **more: object) -> Dataset:
    """Make an image with pixels."""
    ds = Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.7", SOPInstanceUID="1.2.3", **more)
    ds.set_pixel_data(np.zeros((4, 6), np.uint8) if array is None else array, photometric, keep_uid=True)
    return ds


def conversion(
    ds: Dataset, uid: str, options: EncodeOptions | None = None, photometric: str | None = None
) -> Conversion:
    """Plan a conversion with the codecs of the test."""
    return Conversion(ds, uid, options, photometric, CODECS)


def test_native_to_native_is_a_matter_of_the_header():
    """No frame is decoded for another byte order."""
    for end in ("", ".1", ".1.99", ".2"):
        assert conversion(image(), ROOT + end).is_header_only
    with pytest.raises(PixelError, match="nothing to choose"):
        conversion(image(), ROOT, EncodeOptions(quality=50))


@pytest.mark.parametrize(
    ("name", "end", "is_copy"),
    [
        ("JPEG2000.dcm", "4.91", True),
        ("MR2_J2KR.dcm", "4.91", True),
        ("JPGLosslessP14SV1_1s_1f_8b.dcm", "4.57", True),
        ("MR_small_jpeg_ls_lossless.dcm", "4.81", True),
        ("MR_small_jpeg_ls_lossless.dcm", "4.70", False),
    ],
)
def test_frames_that_are_there_already_are_copied(name: str, end: str, is_copy: bool, corpus: object):
    """The transfer syntax that they have, and those that allow what the narrower ones do."""
    pytest.importorskip("imagecodecs")
    assert is_copy == conversion(dicomkit.dcmread(real_file(name)), f"{ROOT}.{end}").is_copy


@pytest.mark.parametrize(
    ("uid", "message"),
    [
        ("1.2.3", "no transfer syntax"),
        (f"{ROOT}.4.94", "no Pixel Data of its own"),
        (f"{ROOT}.4.102", "stream"),
        (f"{ROOT}.4.111", "JPEG Recompression"),
    ],
)
def test_transfer_syntaxes_that_no_frames_can_be_brought_into(uid: str, message: str):
    """JPIP has a URL, video a stream, JPEG Recompression a JPEG; an unknown one nobody knows."""
    with pytest.raises(PixelError, match=message):
        conversion(image(), uid)


def test_loss_where_neighbours_mean_nothing():
    """Palette entries, single bits and numbers of segments have no half (PS3.3 C.7.6.3.1.2, C.8.20.2)."""
    pytest.importorskip("imagecodecs")
    pytest.importorskip("jpeg_ls")
    images = [
        image(None, "PALETTE COLOR"),
        image(np.zeros((4, 8), bool)),
        image(SegmentationType="LABELMAP"),
    ]
    for ds in images:
        with pytest.raises(PixelError, match="would lose something"):
            conversion(ds, f"{ROOT}.4.50")
    near = conversion(images[0], f"{ROOT}.4.81")
    with pytest.raises(PixelError, match="would lose something"):
        near.frame(0)  # only the codestream tells that it was made with loss
    assert conversion(images[0], f"{ROOT}.4.81", EncodeOptions(near=0)).frame(0)
    assert conversion(image(SegmentationType="FRACTIONAL"), f"{ROOT}.4.50").frame(0)


def test_floats_are_never_encapsulated():
    """PS3.5 A.4: Pixel Data alone is."""
    with pytest.raises(PixelError, match="floating point"):
        conversion(image(np.zeros((4, 6), np.float32)), UNCOMPRESSED)


@pytest.mark.parametrize(
    ("array", "end", "options", "message"),
    [
        (np.zeros((4, 6), np.uint16), "4.50", {}, "8 bits stored"),
        (np.zeros((4, 6), np.int8), "4.50", {}, "signed"),
        (np.zeros((4, 6), np.int16), "4.81", {"near": 1}, "signed"),
        (np.zeros((4, 6), np.uint8), "4.70", {"quality": 50}, "quality"),
        (np.zeros((4, 6), np.uint8), "4.50", {"quality": 500}, "quality"),
    ],
    ids=str,
)
def test_what_the_encoder_refuses_is_a_pixel_error(
    array: np.ndarray, end: str, options: dict[str, float], message: str
):
    """With the name of the transfer syntax, and the reason."""
    pytest.importorskip("imagecodecs")
    pytest.importorskip("jpeg_ls")
    with pytest.raises(PixelError, match=message):
        conversion(image(array), f"{ROOT}.{end}", EncodeOptions(**options)).frame(0)


def test_a_codec_that_is_not_there():
    """UnsupportedTransferSyntaxError names what to install."""
    with pytest.raises(UnsupportedTransferSyntaxError):
        Conversion(image(), f"{ROOT}.4.50", None, None, Registry(DEFAULT_REGISTRY.codecs[:1]))
    with pytest.raises(MissingElementError):
        conversion(Dataset(), f"{ROOT}.5")


@pytest.mark.parametrize(
    ("said", "end", "wanted", "expected"),
    [
        ("RGB", "4.50", None, "YBR_FULL_422"),
        ("RGB", "4.50", "YBR_FULL", "YBR_FULL"),
        ("RGB", "4.50", "RGB", "RGB"),
        ("RGB", "4.70", None, "RGB"),
        ("RGB", "4.80", None, "RGB"),
        ("RGB", "4.90", None, "YBR_RCT"),
        ("RGB", "4.90", "RGB", "RGB"),
        ("RGB", "4.110", None, "RGB"),
        ("RGB", "4.112", None, "XYB"),
        ("YBR_FULL", "4.90", None, "YBR_FULL"),
        ("YBR_FULL", "4.110", None, None),
        ("YBR_FULL", "4.110", "RGB", "RGB"),
        ("YBR_FULL", "4.50", None, "YBR_FULL_422"),
        ("YBR_FULL", "4.80", None, "YBR_FULL"),
        ("YBR_FULL_422", "4.80", None, "YBR_FULL"),
        ("YBR_FULL", "4.80", "RGB", "RGB"),
        ("YBR_FULL_422", "1.98", None, "YBR_FULL"),
        ("YBR_PARTIAL_422", "1.98", None, "RGB"),
        ("MONOCHROME1", "4.80", None, "MONOCHROME1"),
        ("MONOCHROME1", "4.80", "RGB", None),
        ("RGB", "4.80", "MONOCHROME2", None),
        ("RGB", "4.80", "YBR_RCT", None),
    ],
)
def test_colors_of_encoded_frames(said: str, end: str, wanted: str | None, expected: str | None):
    """PS3.5 8.2: what the transfer syntax has for them; None: no conversion leads there."""
    pytest.importorskip("imagecodecs")
    pytest.importorskip("jpeg_ls")
    array = np.zeros((4, 6) if said.startswith("M") else (4, 6, 3), np.uint8)
    if expected is None:
        with pytest.raises(PixelError):
            conversion(image(array, said), f"{ROOT}.{end}", None, wanted)
        return
    plan = conversion(image(array, said), f"{ROOT}.{end}", None, wanted)
    assert expected == plan.target.photometric_interpretation
    assert plan.frame(0)


def test_single_bits_are_joined():
    """Frames that do not end with a byte follow each other (PS3.5 8.1.1)."""
    bits = np.random.default_rng(2).integers(0, 2, (5, 3, 5)).astype(bool)
    plan = conversion(image(bits), UNCOMPRESSED)
    joined = b"".join(plan.joined(plan.frame(number) for number in range(5)))
    assert np.packbits(bits.ravel(), bitorder="little").tobytes() == joined
    assert len(joined) == plan.joined_length
