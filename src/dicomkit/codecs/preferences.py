"""The codecs and the order in which they are preferred: data, measured by ``benchmarks/bench_codecs.py``."""

from __future__ import annotations

from dicomkit.codecs.deflated_frame import DEFLATED_FRAME
from dicomkit.codecs.jpeg import JPEG_IMAGECODECS, JPEG_PYLIBJPEG
from dicomkit.codecs.jpeg_2000 import HTJ2K_OPENJPH, JPEG_2000_IMAGECODECS, JPEG_2000_OPENJPEG
from dicomkit.codecs.jpeg_lossless import JPEG_LOSSLESS
from dicomkit.codecs.jpeg_ls import JPEG_LS, JPEG_LS_IMAGECODECS, JPEG_LS_PYJPEGLS
from dicomkit.codecs.jpeg_xl import JPEG_XL_IMAGECODECS
from dicomkit.codecs.native import NATIVE
from dicomkit.codecs.registry import Registry
from dicomkit.codecs.rle import RLE
from dicomkit.codecs.video import VIDEO_PYAV

__all__ = ["DEFAULT_REGISTRY"]

# Permissive licences first, then the fastest. Milliseconds to decode 512 by 512 gray samples of 12 bits, one core of an
# AMD EPYC, best of five in one run (imagecodecs 2026.3.6, pyjpegls 1.5.1, pylibjpeg-openjpeg 2.6.0, -libjpeg 2.5.0):
#   JPEG extended           imagecodecs.jpeg8 1.9   pylibjpeg-libjpeg 15
#   JPEG lossless           ours 1.0   imagecodecs.jpeg8 1.6   pylibjpeg-libjpeg 20
#   JPEG-LS                 ours 11, but never endless
#                           imagecodecs.jpegls 8.6  pyjpegls 7.8 (holds the interpreter lock)  pylibjpeg-libjpeg 35
#   JPEG 2000 lossless      imagecodecs.jpeg2k 43   pylibjpeg-openjpeg 42 (holds the interpreter lock)
#   JPEG 2000               imagecodecs.jpeg2k 6.8  pylibjpeg-openjpeg 7.1
#   HTJ2K lossless          imagecodecs.jpeg2k 2.4  pylibjpeg-openjpeg 2.8 (imagecodecs.htj2k 1.3, see Htj2kOpenjph)
#   JPEG XL lossless        imagecodecs.jpegxl 37
DEFAULT_REGISTRY = Registry(
    (
        NATIVE,
        RLE,
        DEFLATED_FRAME,
        JPEG_LOSSLESS,
        JPEG_IMAGECODECS,
        JPEG_LS,
        JPEG_LS_IMAGECODECS,
        JPEG_LS_PYJPEGLS,
        HTJ2K_OPENJPH,
        JPEG_2000_IMAGECODECS,
        JPEG_2000_OPENJPEG,
        JPEG_XL_IMAGECODECS,
        JPEG_PYLIBJPEG,
        VIDEO_PYAV,
    )
)
"""What is used unless options say otherwise: permissive licences first, then the fastest."""
