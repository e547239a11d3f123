"""Image files, read by Pillow, as arrays that an image object can have. Loaded when it is first needed."""

from __future__ import annotations

import io
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps, ImageSequence

from dicomkit.codecs import FrameFormat
from dicomkit.codecs.codestream import inspect
from dicomkit.core.frozen import Options
from dicomkit.core.limits import DEFAULT_LIMITS
from dicomkit.errors import CodecError, LimitExceededError, PixelError

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["ImageFile", "read"]

_JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
_ORIENTATION = 0x0112  # Exif 2.3, 4.6.4
_MOST_PAGES = 10_000
_WITH_ALPHA = ("LA", "RGBA", "PA", "La", "RGBa")


class ImageFile(Options):
    """The pixels of an image file, gray or RGB, and what an object must say of them.

    `jpeg` is the codestream of a file that is a baseline JPEG and shown as it is, `jpeg_format` what DICOM calls its
    frame. `milliseconds` is how long each page of an animation is shown.
    """

    array: np.ndarray = np.empty(0, np.uint8)
    size: int = 0
    is_lossy: bool = False
    milliseconds: tuple[float, ...] = ()
    jpeg: bytes = b""
    jpeg_format: FrameFormat | None = None


def read(source: str | os.PathLike[str] | bytes | BinaryIO) -> ImageFile:
    """Read an image file. Raises PixelError for what is none, or is larger than ``Limits.frame_bytes``; OSError."""
    data = _bytes(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata; what matters is raised
            with Image.open(io.BytesIO(data)) as image:
                return _read(image, data)
    except PixelError:
        raise
    except Image.DecompressionBombError as error:
        raise PixelError(f"an image file that is too large: {error}") from error
    except (OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError, OverflowError) as error:
        raise PixelError(f"no image file that Pillow reads: {error}") from error


def _bytes(source: str | os.PathLike[str] | bytes | BinaryIO) -> bytes:
    if isinstance(source, bytes):
        return source
    if isinstance(source, (str, os.PathLike)):
        return Path(source).read_bytes()
    return source.read()


def _read(image: Image.Image, data: bytes) -> ImageFile:
    _check_size(image)
    is_turned = image.getexif().get(_ORIENTATION, 1) != 1
    is_jpeg = image.format in ("JPEG", "MPO")
    if is_jpeg or getattr(image, "n_frames", 1) == 1:
        array = _pixels(image)
        jpeg_format = _baseline(data) if is_jpeg and not is_turned and image.mode in ("L", "RGB") else None
        jpeg = data[: data.rfind(b"\xff\xd9") + 2] if jpeg_format is not None else b""
        return ImageFile(array=array, size=len(data), is_lossy=is_jpeg, jpeg=jpeg, jpeg_format=jpeg_format)
    arrays: list[np.ndarray] = []
    times: list[float] = []
    for page in ImageSequence.Iterator(image):
        if len(arrays) == _MOST_PAGES:
            raise PixelError(f"an image file of more than {_MOST_PAGES} pages")
        _check_size(page)
        arrays.append(_pixels(page))
        times.append(float(page.info.get("duration") or 0))
    shapes = {(array.shape[:2], array.dtype) for array in arrays}
    if len(shapes) > 1:
        raise PixelError(f"pages of different sizes or types: {sorted(map(str, shapes))[:4]}")
    if len({array.ndim for array in arrays}) > 1:
        arrays = [array if array.ndim == 3 else np.repeat(array[:, :, np.newaxis], 3, axis=2) for array in arrays]
    return ImageFile(array=np.stack(arrays), size=len(data), milliseconds=tuple(times) if any(times) else ())


def _check_size(image: Image.Image) -> None:
    size = image.width * image.height * 4
    limit = DEFAULT_LIMITS.frame_bytes
    if limit is not None and size > limit:
        raise PixelError(str(LimitExceededError("frame_bytes", size, bound=limit)))
    if not (0 < image.width <= 0xFFFF and 0 < image.height <= 0xFFFF):
        raise PixelError(f"an image of {image.width} columns and {image.height} rows (PS3.3 C.7.6.3.1)")


def _pixels(image: Image.Image) -> np.ndarray:
    """Gray as uint8 or uint16, or RGB; upright, on white."""
    image = ImageOps.exif_transpose(image)
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    if image.mode.startswith("I"):
        values = np.asarray(image)
        if values.size and (values.min() < 0 or values.max() > 0xFFFF):
            raise PixelError("gray values beyond 16 bits")
        return values.astype(np.uint16)
    if image.mode == "F":
        raise PixelError("floating point pixels: they are no Secondary Capture (PS3.3 A.8)")
    return np.asarray(image.convert("L" if image.mode in ("1", "L") else "RGB")).copy()


def _baseline(data: bytes) -> FrameFormat | None:
    """What DICOM says of a JPEG of process 1; None for another one, or one whose colours DICOM has no name for."""
    try:
        info = inspect(_JPEG_BASELINE, data)
    except CodecError:
        return None
    if info.standard != "JPEG" or info.process != 0 or info.precision != 8 or not info.is_complete:
        return None
    if info.samples_per_pixel == 1:
        photometric = "MONOCHROME2"
    elif info.samples_per_pixel == 3 and info.color_transform == "":
        photometric = "RGB"
    elif info.samples_per_pixel == 3 and info.color_transform in ("YCbCr", None):
        # PS3.5 8.2.1 knows no other subsampling; what the codestream does decoders see there.
        is_halved = any(factors != (1, 1) for factors in info.subsampling)
        photometric = "YBR_FULL_422" if is_halved else "YBR_FULL"
    else:
        return None
    return FrameFormat(
        rows=info.rows,
        columns=info.columns,
        samples_per_pixel=info.samples_per_pixel,
        photometric_interpretation=photometric,
    )
