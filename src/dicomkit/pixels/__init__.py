"""Pixels: what they are, frames decoded and encoded, transfer syntaxes changed (PS3.3 C.7.6.3, PS3.5 8)."""

from __future__ import annotations

from dicomkit.pixels.describe import PixelDescription, describe
from dicomkit.pixels.encode import set_pixel_data
from dicomkit.pixels.frames import FrameReader, iter_frames, pixel_array, read_frame
from dicomkit.pixels.transcode import compress, decompress, transcode, write_transcoded

__all__ = [
    "FrameReader",
    "PixelDescription",
    "compress",
    "decompress",
    "describe",
    "iter_frames",
    "pixel_array",
    "read_frame",
    "set_pixel_data",
    "transcode",
    "write_transcoded",
]
