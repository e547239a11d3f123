"""Deflated Image Frame Compression: each native frame a stream of RFC 1951 (PS3.5 8.2.16 and A.4.13, of 2025a)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from dicomkit.codecs.native import pack_frame, unpack_frame
from dicomkit.core.frozen import Options
from dicomkit.errors import CodecError

if TYPE_CHECKING:
    import numpy as np

    from dicomkit.codecs.base import EncodeOptions
    from dicomkit.codecs.frame import FrameFormat

__all__ = ["DEFLATED_FRAME", "DeflatedFrameCodec"]

_UIDS = frozenset({"1.2.840.10008.1.2.8.1"})
# A byte can stand for at most 1,032 (a length of 258 and its distance in two bits).
_LARGEST_RATIO = 1032


class DeflatedFrameCodec(Options):
    """The codec of frames that are deflated one by one."""

    name: str = "deflated frame"
    requires: str = ""
    decodes: frozenset[str] = _UIDS
    encodes: frozenset[str] = _UIDS
    is_available: bool = True

    def decode(
        self, data: bytes | memoryview, uid: str, frame: FrameFormat, out: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the samples; CodecError for a damaged stream, and for one of another length than a frame has.

        Never more than a frame, and the byte that may pad it, is inflated.
        """
        length = frame.native_length
        if length > _LARGEST_RATIO * len(data):
            message = f"{len(data)} bytes cannot hold a frame of {frame.columns} columns and {frame.rows} rows"
            raise CodecError(message, codec=self.name)
        decompressor = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            native = decompressor.decompress(data, length + 2)
        except zlib.error as error:
            raise CodecError(str(error), codec=self.name) from error
        # The native frame may have been padded to even length before it was deflated.
        if len(native) > length + (length & 1):
            raise CodecError(f"more than the {length} bytes of a frame come out", codec=self.name)
        if len(native) < length and not decompressor.eof:
            raise CodecError(f"the stream ends after {len(native)} of {length} bytes", codec=self.name)
        return unpack_frame(native, frame, out, codec=self.name)

    def encode(self, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
        """Return the deflated native frame; levels are those of zlib, 0 to 9. Raises CodecError, ValueError."""
        options.refuse_all_but(self.name, "level")
        level = zlib.Z_DEFAULT_COMPRESSION if options.level is None else options.level
        if not -1 <= level <= 9:
            raise ValueError(f"{self.name}: levels are 0 to 9, not {level}")
        compressor = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
        return compressor.compress(pack_frame(samples, frame)) + compressor.flush()

    def photometric_interpretation(self, uid: str, frame: FrameFormat) -> str:
        """Return YBR_FULL for what had half the chrominance, else what the data set says."""
        return frame.full_chroma


DEFLATED_FRAME = DeflatedFrameCodec()
"""The one there is: levels are options of encoding."""
