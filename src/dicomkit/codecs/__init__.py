"""Codecs: one encoded frame of Pixel Data to samples and back, a registry per transfer syntax (PS3.5 8.2, A.4)."""

from __future__ import annotations

from dicomkit.codecs.base import CheckingCodec, Codec, DelegatingCodec, EncodeOptions, ThreadedCodec
from dicomkit.codecs.frame import FrameFormat
from dicomkit.codecs.preferences import DEFAULT_REGISTRY
from dicomkit.codecs.registry import Registry

__all__ = [
    "DEFAULT_REGISTRY",
    "CheckingCodec",
    "Codec",
    "DelegatingCodec",
    "EncodeOptions",
    "FrameFormat",
    "Registry",
    "ThreadedCodec",
]
