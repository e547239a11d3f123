"""Lossless JPEG by a decoder of our own, which tells of damage (ISO/IEC 10918-1 Annex H; PS3.5 8.2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dicomkit.codecs.codestream import jpeg_scans
from dicomkit.codecs.codestream.jpeg_scans import decode_lossless
from dicomkit.codecs.jpeg import JPEG_IMAGECODECS, JpegAdapter
from dicomkit.codecs.library import cut
from dicomkit.errors import CodecError

if TYPE_CHECKING:
    from dicomkit.codecs.base import Report
    from dicomkit.codecs.codestream import CodestreamInfo
    from dicomkit.codecs.frame import FrameFormat

__all__ = ["JPEG_LOSSLESS"]

_LOSSLESS_PROCESS = 3


class JpegLossless(JpegAdapter):
    """The decoder of lossless JPEG with Huffman codes, with any predictor; subsampled components are refused."""

    __slots__ = ()

    name = "jpeg lossless"
    decodes = frozenset({"1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"})

    @property
    def is_available(self) -> bool:
        """Always, but where the kernel is not compiled, and a library is installed that is a thousand times as fast."""
        return jpeg_scans.IS_COMPILED or not JPEG_IMAGECODECS.is_available

    def decode_checked(
        self,
        data: bytes | memoryview,
        uid: str,
        frame: FrameFormat,
        out: np.ndarray | None = None,
        report: Report | None = None,
    ) -> np.ndarray:
        """Return the decoded frame, 0 where it is damaged till the next restart marker or the end; `report` tells."""
        self._loaded(uid, self.decodes)
        content = data if isinstance(data, bytes) else bytes(data)
        info = self._inspected(content, uid, frame)
        result = frame.array(out)
        target = result.view(f"u{result.itemsize}") if result.itemsize <= 2 else np.empty(frame.shape, np.uint16)
        try:
            damage = decode_lossless(content, info, target)
        except CodecError as error:
            error.codec = error.codec or self.name
            raise
        if result.itemsize > 2:
            np.copyto(result, target)
        if info.precision > frame.bits_stored or frame.is_signed or damage:
            cut(result, frame)
        if damage and report is not None:
            report(damage)
        return result

    def _compare(self, info: CodestreamInfo, uid: str, frame: FrameFormat) -> None:
        super()._compare(info, uid, frame)
        if info.process != _LOSSLESS_PROCESS:
            raise CodecError(f"JPEG with SOF{info.process}, not lossless with Huffman codes")
        if any(factors != (1, 1) for factors in info.subsampling):
            raise CodecError("subsampled components of lossless JPEG are not supported")

    def _loaded(self, uid: str, uids: frozenset[str]) -> Any:
        return super()._loaded(uid, uids) if uid not in uids else None


JPEG_LOSSLESS = JpegLossless()
