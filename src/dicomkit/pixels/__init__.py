"""Pixels: what they are, frames decoded and encoded, transfer syntaxes changed (PS3.3 C.7.6.3, PS3.5 8)."""

from __future__ import annotations

from dicomkit.pixels.describe import PixelDescription, describe
from dicomkit.pixels.frames import FrameReader, iter_frames, pixel_array, read_frame

__all__ = [
    "FrameReader",
    "PixelDescription",
    "describe",
    "iter_frames",
    "pixel_array",
    "read_frame",
]
