"""Arrays into data sets: native Pixel Data and all that describes it (PS3.3 C.7.6.3, PS3.5 8.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dicomkit.codecs import EncodeOptions, FrameFormat
from dicomkit.codecs.native import NATIVE
from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.core.uid_generation import generate_uid
from dicomkit.core.vr import VR
from dicomkit.errors import ValueEncodeError

if TYPE_CHECKING:
    from dicomkit.dataset import Dataset

__all__ = ["describe_pixels", "forget_pixels", "put_native", "set_pixel_data"]

_EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
_PIXEL_DATA = 0x7FE00010
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData", "ExtendedOffsetTable", "ExtendedOffsetTableLengths")
# What is said of values that are there no more (PS3.3 C.7.6.3.1.4).
_EXTREMES = (
    "SmallestImagePixelValue",
    "LargestImagePixelValue",
    "SmallestPixelValueInSeries",
    "LargestPixelValueInSeries",
)


def set_pixel_data(
    ds: Dataset,
    array: np.ndarray,
    photometric_interpretation: str | None = None,
    *,
    bits_stored: int | None = None,
    keep_uid: bool = False,
) -> None:
    """Put an array as native Pixel Data, and describe it: all elements of the Image Pixel Module that depend on it.

    The array is (rows, columns), (rows, columns, 3), (frames, rows, columns) or (frames, rows, columns, 3). Without
    `photometric_interpretation`, three samples of 8 or 16 unsigned bits in the last place are RGB, all else is
    MONOCHROME2. Booleans are packed as single bits; float32 and float64 become Float and Double Float Pixel Data;
    integers have as many bits stored as their type unless `bits_stored` says fewer.

    Samples must be those of the photometric interpretation, YBR_FULL_422 with chrominance for each pixel. The image
    gets another SOP Instance UID (PS3.3 C.12.4.1) unless `keep_uid`, and a compressed data set becomes Explicit VR
    Little Endian. Raises ValueEncodeError for an array that is no image, CodecError for samples beyond `bits_stored`.
    """
    frame, count = _layout(np.asarray(array), photometric_interpretation, bits_stored)
    samples = np.asarray(array).reshape((count * frame.rows, *frame.shape[1:]))
    data = NATIVE.encode(
        samples.view(np.uint8) if samples.dtype == bool else samples.astype(frame.dtype, copy=False),
        _EXPLICIT_LITTLE,
        frame.replace(rows=count * frame.rows),
        EncodeOptions(),
    )
    syntax = ds.transfer_syntax
    if syntax.is_encapsulated or syntax.big_endian_pixels:
        ds.file_meta.TransferSyntaxUID = _EXPLICIT_LITTLE
    put_native(ds, frame, count, data)
    for keyword in _EXTREMES:
        if keyword in ds:
            del ds[keyword]
    if not keep_uid:
        ds.SOPInstanceUID = generate_uid()


def put_native(ds: Dataset, frame: FrameFormat, count: int, data: bytes) -> None:
    """Put little endian native frames of a format, instead of what pixels there are."""
    forget_pixels(ds)
    describe_pixels(ds, frame, count)
    if len(data) & 1:
        data += b"\0"
    if frame.is_float:
        setattr(ds, "FloatPixelData" if frame.bits_allocated == 32 else "DoubleFloatPixelData", data)
        return
    # PS3.5 A.2: OB or OW up to 8 bits, OW beyond; in Implicit VR always OW.
    is_short = frame.bits_allocated <= 8 and not TransferSyntax.of(ds.transfer_syntax.uid).is_implicit
    ds._put(_PIXEL_DATA, VR.OB if is_short else VR.OW, data)


def forget_pixels(ds: Dataset) -> None:
    """Remove Pixel Data of every kind, and the tables that belong to it."""
    for keyword in _PIXELS:
        if keyword in ds:
            del ds[keyword]


def describe_pixels(ds: Dataset, frame: FrameFormat, count: int) -> None:
    """Put the elements of the Image Pixel Module that say what a format says (PS3.3 C.7.6.3)."""
    ds.Rows, ds.Columns = frame.rows, frame.columns
    ds.SamplesPerPixel = frame.samples_per_pixel
    ds.PhotometricInterpretation = frame.photometric_interpretation
    ds.BitsAllocated = frame.bits_allocated
    if count != 1 or "NumberOfFrames" in ds:
        ds.NumberOfFrames = count
    if frame.samples_per_pixel > 1:
        ds.PlanarConfiguration = frame.planar_configuration
    elif "PlanarConfiguration" in ds:
        del ds.PlanarConfiguration
    if frame.is_float:  # PS3.3 C.7.6.24, C.7.6.25: these stand with integers only
        for keyword in ("BitsStored", "HighBit", "PixelRepresentation"):
            if keyword in ds:
                del ds[keyword]
        return
    ds.BitsStored, ds.HighBit = frame.bits_stored, frame.top_bit
    if ds.get("PixelRepresentation") != frame.pixel_representation:
        ds.PixelRepresentation = frame.pixel_representation


def _layout(array: np.ndarray, photometric: str | None, bits_stored: int | None) -> tuple[FrameFormat, int]:
    """The format of each frame of an array, and how many there are."""
    kind, size = array.dtype.kind, array.dtype.itemsize
    if kind not in "biuf" or (kind == "f" and size not in (4, 8)):
        raise ValueEncodeError(f"pixels are integers, booleans, float32 or float64, not {array.dtype}")
    is_color = array.ndim in (3, 4) and array.shape[-1] == 3
    if photometric is None:
        photometric = "RGB" if is_color and (array.ndim == 4 or (kind == "u" and size <= 2)) else "MONOCHROME2"
    has_samples = photometric not in ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")
    if (has_samples and not is_color) or array.ndim not in ((3, 4) if has_samples else (2, 3)):
        raise ValueEncodeError(f"an array of {array.shape} is no image of {photometric}")
    if kind == "f" and has_samples:
        raise ValueEncodeError("floating point pixels have one sample (PS3.3 C.7.6.24)")
    is_many = array.ndim == (4 if has_samples else 3)
    count = array.shape[0] if is_many else 1
    rows, columns = array.shape[1:3] if is_many else array.shape[:2]
    if not (0 < rows <= 0xFFFF and 0 < columns <= 0xFFFF and count):
        raise ValueEncodeError(f"{count} frames of {rows} rows and {columns} columns (PS3.3 C.7.6.3.1)")
    allocated = 1 if kind == "b" else size * 8
    stored = allocated if bits_stored is None else bits_stored
    if not 0 < stored <= allocated or (kind == "f" and stored != allocated):
        raise ValueEncodeError(f"{stored} bits stored of {allocated}")
    frame = FrameFormat(
        rows=rows,
        columns=columns,
        samples_per_pixel=3 if has_samples else 1,
        bits_allocated=allocated,
        bits_stored=stored,
        pixel_representation=int(kind == "i"),
        photometric_interpretation=photometric,
        is_float=kind == "f",
    )
    return frame, count
