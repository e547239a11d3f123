"""Lossless JPEG by a decoder of our own, which tells of damage (ISO/IEC 10918-1 Annex H; PS3.5 8.2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.codecs.codestream import jpeg_scans
from dicomkit.codecs.codestream.jpeg_scans import decode_lossless
from dicomkit.codecs.jpeg import JPEG_IMAGECODECS, JpegAdapter
from dicomkit.codecs.library import OwnDecoder
from dicomkit.errors import CodecError

if TYPE_CHECKING:
    import numpy as np

    from dicomkit.codecs.codestream import CodestreamInfo
    from dicomkit.codecs.frame import FrameFormat

__all__ = ["JPEG_LOSSLESS"]

_LOSSLESS_PROCESS = 3


class JpegLossless(OwnDecoder, JpegAdapter):
    """The decoder of lossless JPEG with Huffman codes, with any predictor; subsampled components are refused.

    What is damaged is 0 till the next restart marker or the end.
    """

    __slots__ = ()

    name = "jpeg lossless"
    decodes = frozenset({"1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"})

    @property
    def gives_way(self) -> bool:
        """Where the kernel is not compiled, and a library is installed that is a thousand times as fast."""
        return not jpeg_scans.IS_COMPILED and JPEG_IMAGECODECS.is_available

    def _decode_into(self, content: bytes, info: CodestreamInfo, target: np.ndarray) -> str:
        return decode_lossless(content, info, target)

    def _compare(self, info: CodestreamInfo, uid: str, frame: FrameFormat) -> None:
        super()._compare(info, uid, frame)
        if info.process != _LOSSLESS_PROCESS:
            raise CodecError(f"JPEG with SOF{info.process}, not lossless with Huffman codes")
        if any(factors != (1, 1) for factors in info.subsampling):
            raise CodecError("subsampled components of lossless JPEG are not supported")


JPEG_LOSSLESS = JpegLossless()
