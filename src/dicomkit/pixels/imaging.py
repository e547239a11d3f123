"""What Pillow does for pictures: files, sizes, colour management, lines and text. Loaded when it is first needed.

Everything else in `dicomkit.pixels` works on arrays and without Pillow.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageCms, ImageDraw, ImageFont

from dicomkit.errors import PixelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from dicomkit.pixels.graphics import Label, Stroke

__all__ = ["FORMATS", "draw", "encode", "encode_animation", "resized", "to_srgb"]

#: By the ending of a file's name.
FORMATS = {
    "png": "PNG",
    "jpg": "JPEG",
    "jpeg": "JPEG",
    "gif": "GIF",
    "tif": "TIFF",
    "tiff": "TIFF",
}
_FONT_PIXELS = 12
# What is drawn further than this outside of a picture is cut off: drawing takes as long as lines are long.
_MARGIN = 100.0


def encode(array: NDArray[np.uint8], kind: str, quality: int = 90) -> bytes:
    """Return a picture as a file: PNG, JPEG, GIF or TIFF; `quality`, 1 to 100, is JPEG's."""
    buffer = io.BytesIO()
    options: dict[str, int | str] = {}
    if kind == "PNG":
        # Files as small as by the usual level, in less than half the time where there is noise.
        options = {"compress_level": 4}
    elif kind == "JPEG":
        options = {"quality": quality, "subsampling": 0}
    elif kind == "TIFF":
        options = {"compression": "tiff_deflate"}
    _image(array).save(buffer, kind, **options)
    return buffer.getvalue()


def encode_animation(arrays: Iterable[NDArray[np.uint8]], kind: str, milliseconds: Sequence[float]) -> bytes:
    """Return pictures as one file: an animated GIF or PNG, or a TIFF of several pages.

    `milliseconds` says how long each is shown; the last one holds for those that follow.
    """
    images = [_image(array) for array in arrays]
    if not images:
        raise PixelError("no pictures")
    times = [max(round(time), 1) for time in milliseconds] or [100]
    times = (times + times[-1:] * len(images))[: len(images)]
    buffer = io.BytesIO()
    if kind == "TIFF":
        images[0].save(buffer, kind, save_all=True, append_images=images[1:], compression="tiff_deflate")
    elif kind in ("GIF", "PNG"):
        # Of equal pictures that follow each other Pillow keeps one, for as long as all of them.
        images[0].save(buffer, kind, save_all=True, append_images=images[1:], duration=times, loop=0)
    else:
        raise PixelError(f"{kind} holds one picture; GIF, PNG and TIFF hold several")
    return buffer.getvalue()


def resized(array: NDArray[np.uint8], columns: int, rows: int) -> NDArray[np.uint8]:
    """Return a picture in another size: bicubic where it grows, an average of what falls together where it shrinks."""
    grows = columns >= array.shape[1] and rows >= array.shape[0]
    method = Image.Resampling.BICUBIC if grows else Image.Resampling.LANCZOS
    return np.array(_image(array).resize((columns, rows), method))


def to_srgb(rgb: NDArray[np.uint8], profile: bytes) -> NDArray[np.uint8]:
    """Return colours of an ICC profile as sRGB, by its rendering intent.

    `rgb` is an array (rows, columns, 3). Raises PixelError for a profile that is damaged or no profile of RGB.
    """
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        intent = ImageCms.Intent(ImageCms.getDefaultIntent(source))
        transform = ImageCms.buildTransform(source, target, "RGB", "RGB", intent)
        converted = ImageCms.applyTransform(_image(rgb), transform)
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError) as error:
        raise PixelError(f"the ICC profile cannot be used: {error}") from error
    if converted is None:
        raise PixelError("the ICC profile gives no picture")
    return np.array(converted)


def draw(
    array: NDArray[np.uint8], strokes: Iterable[Stroke], labels: Iterable[Label], color: tuple[int, int, int]
) -> NDArray[np.uint8]:
    """Return a picture with lines and texts drawn on it, in `color` unless they have their own.

    A grey picture stays grey if what is drawn on it is.
    """
    strokes, labels = list(strokes), list(labels)
    colors = [stroke.color or color for stroke in strokes] + [label.color or color for label in labels]
    image = _image(array)
    if image.mode == "L" and any(len(set(one)) > 1 for one in colors):
        image = image.convert("RGB")
    inks = iter([one if image.mode == "RGB" else one[0] for one in colors])
    far = max(image.size) + _MARGIN
    pen = ImageDraw.Draw(image)
    for stroke in strokes:
        points, ink = stroke.points, next(inks)
        if stroke.is_filled and len(points) > 2:
            pen.polygon(_pairs(np.clip(points, -far, far)), fill=ink, outline=ink)
        elif len(points) > 1:
            for piece in _near(points, far):
                pen.line(_pairs(piece), fill=ink, width=stroke.width)
        elif np.abs(points).max() < far:
            ((x, y),) = _pairs(points)
            size = stroke.width + 0.5
            pen.ellipse((x - size, y - size, x + size, y + size), fill=ink)
    font = ImageFont.load_default(_FONT_PIXELS)
    for label in labels:
        box = pen.multiline_textbbox((0, 0), label.text, font=font)
        width, height = box[2] - box[0], box[3] - box[1]
        x, y = label.position(width, height)
        ink = next(inks)
        if not max(abs(x), abs(y)) < far:
            continue
        pen.multiline_text((x - box[0], y - box[1]), label.text, font=font, fill=ink)
    return np.array(image)


def _pairs(points: NDArray[np.float64]) -> list[tuple[float, float]]:
    return [(x, y) for x, y in points.tolist()]


def _near(points: NDArray[np.float64], far: float) -> list[NDArray[np.float64]]:
    """The line, or where it goes far away the pieces of it that do not."""
    if np.abs(points).max() < far:
        return [points]
    start, end = points[:-1], points[1:]
    way = end - start
    # Liang and Barsky: of each piece, from which to which part of its way it is within bounds in both directions.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        low, high = (-far - start) / way, (far - start) / way
        enters = np.nan_to_num(np.minimum(low, high), nan=0.0).max(axis=1, initial=0.0)
        leaves = np.nan_to_num(np.maximum(low, high), nan=1.0).min(axis=1, initial=1.0)
    # A piece that runs along a bound outside of it never comes in.
    is_outside = ((way == 0) & (np.abs(start) > far)).any(axis=1)
    kept = (enters < leaves) & ~is_outside
    start, way = start[kept], way[kept]
    first = start + way * enters[kept, None]
    last = start + way * leaves[kept, None]
    return [np.clip(pair, -far, far) for pair in np.stack([first, last], axis=1)]


def _image(array: NDArray[np.uint8]) -> Image.Image:
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3):
        raise PixelError(
            f"a picture is uint8 of (rows, columns) or (rows, columns, 3), not {array.dtype} {array.shape}"
        )
    return Image.fromarray(np.ascontiguousarray(array))
