"""The codecs and the order in which they are preferred: data, measured by ``benchmarks/bench_codecs.py``."""

from __future__ import annotations

from dicomkit.codecs.deflated_frame import DEFLATED_FRAME
from dicomkit.codecs.jpeg import JPEG_IMAGECODECS, JPEG_PYLIBJPEG
from dicomkit.codecs.jpeg_2000 import HTJ2K_OPENJPH, JPEG_2000_IMAGECODECS, JPEG_2000_OPENJPEG
from dicomkit.codecs.jpeg_ls import JPEG_LS_IMAGECODECS, JPEG_LS_PYJPEGLS
from dicomkit.codecs.jpeg_xl import JPEG_XL_IMAGECODECS
from dicomkit.codecs.native import NATIVE
from dicomkit.codecs.registry import Registry
from dicomkit.codecs.rle import RLE

__all__ = ["DEFAULT_REGISTRY"]

DEFAULT_REGISTRY = Registry(
    (
        NATIVE,
        RLE,
        DEFLATED_FRAME,
        JPEG_IMAGECODECS,
        JPEG_LS_IMAGECODECS,
        JPEG_LS_PYJPEGLS,
        HTJ2K_OPENJPH,
        JPEG_2000_IMAGECODECS,
        JPEG_2000_OPENJPEG,
        JPEG_XL_IMAGECODECS,
        JPEG_PYLIBJPEG,
    )
)
"""What is used unless options say otherwise: permissive licences first, then the fastest."""
