"""Secondary Capture: arrays and image files as objects that an archive keeps (PS3.3 A.8, C.8.6)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from dicomkit.encoding.encapsulation import encapsulate
from dicomkit.objects.new_instance import new_instance
from dicomkit.pixels.derivation import mark_lossy
from dicomkit.pixels.encode import describe_pixels, set_pixel_data
from dicomkit.pixels.picture import imaging

if TYPE_CHECKING:
    import os
    from typing import BinaryIO

    import numpy as np

    from dicomkit.dataset import Dataset
    from dicomkit.objects.image_files import ImageFile

__all__ = ["secondary_capture", "secondary_capture_of_file"]

_SINGLE = "1.2.840.10008.5.1.4.1.1.7"
_JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
_PAGE_NUMBER_VECTOR, _FRAME_TIME_VECTOR = 0x00182001, 0x00181065
# Type 2 of the modules General Series and General Image: there, if need be empty.
_EMPTY = ("Laterality", "InstanceNumber", "PatientOrientation")


def secondary_capture(
    array: np.ndarray,
    photometric_interpretation: str | None = None,
    *,
    bits_stored: int | None = None,
    like: Dataset | None = None,
    conversion_type: str = "WSD",
    burned_in_annotation: str = "YES",
    **values: object,
) -> Dataset:
    """Return an array as a Secondary Capture Image, or several frames as a Multi-frame one (PS3.3 A.8).

    The array is what `Dataset.set_pixel_data` takes, in 8 or 16 bits, or booleans. Patient and study are those of
    `like`; other elements come as keywords, ``SeriesDescription="Wound, left"``, and go before what is made up: a study
    and a series of its own, and the time. `conversion_type` is DV, DI, DF, WSD, SD or SI (C.8.6.1). The image is taken
    to show annotations that may identify the patient unless `burned_in_annotation` is "NO".

    Raises ValueEncodeError for an array that is no such image.
    """
    ds = _frame_of(like, conversion_type, burned_in_annotation)
    ds.SOPClassUID = _SINGLE
    set_pixel_data(ds, array, photometric_interpretation, bits_stored=bits_stored)
    _finish(ds, values)
    return ds


def secondary_capture_of_file(
    source: str | os.PathLike[str] | bytes | BinaryIO,
    *,
    like: Dataset | None = None,
    keep_jpeg: bool = True,
    conversion_type: str = "WSD",
    burned_in_annotation: str = "YES",
    **values: object,
) -> Dataset:
    """Return an image file as a Secondary Capture Image; all pages of a TIFF or an animation as a Multi-frame one.

    What a file says of its orientation is followed, transparent pixels are put on white. A baseline JPEG that needs
    neither is kept as it is, in JPEG Baseline, unless `keep_jpeg` is False; what any JPEG lost is said. See
    `secondary_capture`. Raises PixelError for what is no image file, and where Pillow is missing; OSError.
    """
    image: ImageFile = imaging("read_image_file")(source)
    ds = _frame_of(like, conversion_type, burned_in_annotation)
    ds.SOPClassUID = _SINGLE
    set_pixel_data(ds, image.array)
    if image.jpeg and keep_jpeg and image.jpeg_format is not None:
        describe_pixels(ds, image.jpeg_format, 1)
        ds.PixelData = encapsulate([image.jpeg]).to_bytes()
        ds.file_meta.TransferSyntaxUID = _JPEG_BASELINE
    if image.is_lossy:
        mark_lossy(ds, _JPEG_BASELINE, image.array.nbytes / max(image.size, 1))
    if image.milliseconds:
        # C.7.6.5: how long after the frame before each is shown; the first has none.
        ds.FrameTimeVector = [0, *image.milliseconds[:-1]]
        ds.FrameIncrementPointer = _FRAME_TIME_VECTOR
    _finish(ds, values)
    return ds


def _frame_of(like: Dataset | None, conversion_type: str, burned_in_annotation: str) -> Dataset:
    """Everything but the pixels and what depends on them."""
    ds = new_instance(like, _EMPTY)
    now = time.localtime()
    ds.ContentDate = ds.DateOfSecondaryCapture = time.strftime("%Y%m%d", now)
    ds.ContentTime = ds.TimeOfSecondaryCapture = time.strftime("%H%M%S", now)
    ds.Modality = "OT"
    ds.ConversionType = conversion_type
    ds.BurnedInAnnotation = burned_in_annotation
    ds.ImageType = ["DERIVED", "SECONDARY"]
    ds.InstanceNumber = 1
    return ds


def _finish(ds: Dataset, values: dict[str, object]) -> None:
    """Put what depends on the pixels, and what the caller knows better."""
    frames = ds.get("NumberOfFrames")
    if frames is not None or ds.BitsAllocated == 1:
        _make_multi_frame(ds, int(frames) if isinstance(frames, int) else 1)
    for keyword, value in values.items():
        setattr(ds, keyword, value)


def _make_multi_frame(ds: Dataset, count: int) -> None:
    """Make it one of the Multi-frame Secondary Capture Images (PS3.3 A.8.2 to A.8.5, C.8.6.3, C.8.6.4)."""
    kind = 4 if ds.SamplesPerPixel == 3 else {1: 1, 8: 2}.get(ds.BitsAllocated, 3)
    ds.SOPClassUID = f"{_SINGLE}.{kind}"
    ds.NumberOfFrames = count
    if kind in (2, 3):
        ds.PresentationLUTShape = "IDENTITY"
        ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = 0, 1, "US"
    if count > 1 and "FrameIncrementPointer" not in ds:
        ds.PageNumberVector = list(range(1, count + 1))
        ds.FrameIncrementPointer = _PAGE_NUMBER_VECTOR
