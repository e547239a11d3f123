"""The codecs and the order in which they are preferred: data, measured by ``benchmarks/bench_codecs.py``."""

from __future__ import annotations

from dicomkit.codecs.deflated_frame import DEFLATED_FRAME
from dicomkit.codecs.native import NATIVE
from dicomkit.codecs.registry import Registry
from dicomkit.codecs.rle import RLE

__all__ = ["DEFAULT_REGISTRY"]

DEFAULT_REGISTRY = Registry((NATIVE, RLE, DEFLATED_FRAME))
"""What is used unless options say otherwise: permissive licences first, then the fastest."""
