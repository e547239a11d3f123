"""Encoded frames for the fuzzer to damage, and what decodes them as the frame that their own header describes.

A data set that agrees with the header is the worst case: the comparison of the two refuses nothing.
"""

from __future__ import annotations

import io
from functools import cache
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from dicomkit.codecs import CheckingCodec, EncodeOptions, FrameFormat
from dicomkit.codecs.codestream import inspect
from dicomkit.codecs.jpeg import JPEG_IMAGECODECS, JPEG_PYLIBJPEG
from dicomkit.codecs.jpeg_2000 import HTJ2K_OPENJPH, JPEG_2000_IMAGECODECS, JPEG_2000_OPENJPEG
from dicomkit.codecs.jpeg_lossless import JPEG_LOSSLESS
from dicomkit.codecs.jpeg_ls import JPEG_LS, JPEG_LS_IMAGECODECS, JPEG_LS_PYJPEGLS
from dicomkit.codecs.jpeg_xl import JPEG_XL_IMAGECODECS
from dicomkit.codecs.video import VIDEO_PYAV
from dicomkit.errors import PixelError
from tests.codecs.real_frames import ROOT, real_frames
from tests.codecs.samples import noise, smooth

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from dicomkit.codecs import Codec

#: A seed longer than this spends the time on copying.
LONGEST = 8192

#: A frame larger than this is not decoded: nobody's data set says so, and time would go into filling memory.
MOST_SAMPLES = 1 << 18

#: Name of the target, codec, its transfer syntaxes below 1.2.840.10008.1.2.4, and what must be installed.
CODECS: dict[str, tuple[Codec, tuple[int, ...], str]] = {
    "jpeg_lossless": (JPEG_LOSSLESS, (57, 70), "imagecodecs:jpeg8_encode"),
    "jpeg": (JPEG_IMAGECODECS, (50, 51, 57, 70), "imagecodecs:jpeg8_decode"),
    "jpeg_gpl": (JPEG_PYLIBJPEG, (50, 51, 57, 70, 80, 81), "libjpeg:decode"),
    "jpeg_ls_own": (JPEG_LS, (80, 81), "jpeg_ls:decode"),
    "jpeg_ls": (JPEG_LS_IMAGECODECS, (80, 81), "imagecodecs:jpegls_decode"),
    "pyjpegls": (JPEG_LS_PYJPEGLS, (80, 81), "jpeg_ls:decode"),
    "jpeg_2000": (JPEG_2000_IMAGECODECS, (90, 91, 201, 202, 203), "imagecodecs:jpeg2k_decode"),
    "openjpeg": (JPEG_2000_OPENJPEG, (90, 91, 201, 202, 203), "openjpeg:decode"),
    "jpeg_xl": (JPEG_XL_IMAGECODECS, (110, 111, 112), "imagecodecs:jpegxl_decode"),
}
ENCODERS = {
    **dict.fromkeys((50, 51, 57, 70), JPEG_IMAGECODECS),
    **dict.fromkeys((80, 81), JPEG_LS_PYJPEGLS),
    **dict.fromkeys((90, 91), JPEG_2000_OPENJPEG),
    **dict.fromkeys((201, 202, 203), HTJ2K_OPENJPH),
    **dict.fromkeys((110, 112), JPEG_XL_IMAGECODECS),
}


@cache
def encoded(number: int) -> tuple[bytes, ...]:
    """Give small frames of a transfer syntax, made here and, where they are not long, of real files."""
    uid = f"{ROOT}{number}"
    found = [real.data for real in real_frames(number) if len(real.data) <= LONGEST]
    if number == 111:
        return tuple(JPEG_XL_IMAGECODECS.recompress(data) for data in encoded(50) if len(data) < 2000)
    for samples, stored, photometric in (
        (1, 8, "MONOCHROME2"),
        (1, 12, "MONOCHROME2"),
        (3, 8, "RGB"),
        (3, 8, "YBR_FULL"),
    ):
        for side in (12, 33):
            frame = FrameFormat(
                rows=side,
                columns=side,
                samples_per_pixel=samples,
                bits_allocated=8 if stored == 8 else 16,
                bits_stored=stored,
                photometric_interpretation=photometric,
            )
            for make in (noise, smooth):
                try:
                    found.append(ENCODERS[number].encode(make(frame), uid, frame, EncodeOptions()))
                except (ValueError, PixelError):
                    continue  # not for this transfer syntax
    return tuple(found)


def seeds(name: str) -> Callable[[], tuple[bytes, ...]]:
    """Make a function that gives the frames for a target, each behind a byte that says its transfer syntax."""
    numbers = CODECS[name][1]
    return lambda: tuple(bytes([at]) + data for at, number in enumerate(numbers) for data in encoded(number))


def decoding(name: str) -> Callable[[bytes], Hashable]:
    """Make a function that decodes a frame as its header describes it."""
    codec, numbers, _ = CODECS[name]

    def run(data: bytes) -> Hashable:
        if len(data) < 2:
            return None
        uid = f"{ROOT}{numbers[data[0] % len(numbers)]}"
        content = data[1:]
        info = inspect(uid, content)
        if info.rows * info.columns * info.samples_per_pixel > MOST_SAMPLES:
            return "large"
        allocated = 8 if info.precision <= 8 else 16 if info.precision <= 16 else 32
        frame = FrameFormat(
            rows=info.rows,
            columns=info.columns,
            samples_per_pixel=info.samples_per_pixel,
            bits_allocated=allocated,
            bits_stored=allocated if info.is_float else info.precision,
            pixel_representation=int(info.is_signed),
            is_float=info.is_float,
        )
        told: list[str] = []
        if isinstance(codec, CheckingCodec):
            samples = codec.decode_checked(content, uid, frame, report=told.append)
        else:
            samples = codec.decode(content, uid, frame)
        assert frame.shape == samples.shape
        assert frame.dtype == samples.dtype
        return (
            uid,
            info.process,
            info.color_transform,
            frame.samples_per_pixel,
            info.precision,
            int(np.ptp(samples)) > 9,
            told[0][:12] if told else "",
        )

    return run


def header(data: bytes) -> Hashable:
    """Read the header of a codestream of any kind."""
    numbers = (50, 80, 90, 110)
    if len(data) < 2:
        return None
    info = inspect(f"{ROOT}{numbers[data[0] % 4]}", data[1:])
    return info.standard, info.process, info.color_transform, info.samples_per_pixel, info.precision, info.progression


def headers() -> tuple[bytes, ...]:
    """Give frames of each kind, behind a byte that says which."""
    kinds = ((50, 70), (80, 81), (90, 91, 201), (110, 111))
    return tuple(bytes([at]) + data[:1000] for at, kind in enumerate(kinds) for n in kind for data in encoded(n))


# --- video -----------------------------------------------------------------------------------------------------------

VIDEO_UIDS = (f"{ROOT}100", f"{ROOT}102")
VIDEO_SIDE = 32


def videos() -> tuple[bytes, ...]:
    """Give short streams of MPEG-2 and H.264, bare and in containers, behind a byte that says which."""
    av = import_module("av")
    found = []
    for at, codec, container in (
        (0, "mpeg2video", "mpeg2video"),
        (0, "mpeg2video", "mpegts"),
        (1, "libx264", "h264"),
        (1, "libx264", "mp4"),
    ):
        target = io.BytesIO()
        with av.open(target, "w", format=container) as output:
            made = output.add_stream(codec, rate=25)
            made.width, made.height, made.pix_fmt = VIDEO_SIDE, VIDEO_SIDE, "yuv420p"
            for number in range(3):
                picture = np.full((VIDEO_SIDE, VIDEO_SIDE, 3), 50 * number, np.uint8)
                output.mux(made.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            output.mux(made.encode(None))
        found.append(bytes([at]) + target.getvalue())
    return tuple(found)


def video(data: bytes) -> Hashable:
    """Decode the first frames of a stream."""
    if len(data) < 2:
        return None
    frame = FrameFormat(rows=VIDEO_SIDE, columns=VIDEO_SIDE, samples_per_pixel=3)
    frames = islice(VIDEO_PYAV.iter_frames(data[1:], VIDEO_UIDS[data[0] % 2], frame), 5)
    return data[0] % 2, tuple(int(samples[0, 0, 0]) >> 4 for samples in frames)
