"""Pixels: what they are, frames decoded and encoded, transfer syntaxes changed (PS3.3 C.7.6.3, PS3.5 8)."""

from __future__ import annotations

from dicomkit.pixels.describe import PixelDescription, describe
from dicomkit.pixels.encode import set_pixel_data
from dicomkit.pixels.frame_view import FrameView
from dicomkit.pixels.frames import FrameReader, iter_frames, pixel_array, read_frame
from dicomkit.pixels.guard import GuardedCodec, guarded, stop_codec_processes
from dicomkit.pixels.luts import LookupTable, VoiFunction, Window, modality_values, voi_luts, windows
from dicomkit.pixels.overlays import Overlay, overlays
from dicomkit.pixels.palette import Palette
from dicomkit.pixels.picture import Picture, animation, contact_sheet
from dicomkit.pixels.presentation import PresentationState
from dicomkit.pixels.real_world import RealWorldMapping, real_world_mappings
from dicomkit.pixels.render import RenderOptions, cine_times, render, render_frames
from dicomkit.pixels.tiles import TiledImage, TilePlace
from dicomkit.pixels.transcode import compress, decompress, transcode, write_transcoded

__all__ = [
    "FrameReader",
    "FrameView",
    "GuardedCodec",
    "LookupTable",
    "Overlay",
    "Palette",
    "Picture",
    "PixelDescription",
    "PresentationState",
    "RealWorldMapping",
    "RenderOptions",
    "TilePlace",
    "TiledImage",
    "VoiFunction",
    "Window",
    "animation",
    "cine_times",
    "compress",
    "contact_sheet",
    "decompress",
    "describe",
    "guarded",
    "iter_frames",
    "modality_values",
    "overlays",
    "pixel_array",
    "read_frame",
    "real_world_mappings",
    "render",
    "render_frames",
    "set_pixel_data",
    "stop_codec_processes",
    "transcode",
    "voi_luts",
    "windows",
    "write_transcoded",
]
