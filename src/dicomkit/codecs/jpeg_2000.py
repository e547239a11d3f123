"""JPEG 2000 and High-Throughput JPEG 2000 (ISO/IEC 15444-1, -2, -15; PS3.5 8.2.4, 8.2.14, A.4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dicomkit.codecs.library import LibraryCodec
from dicomkit.errors import CodecError

if TYPE_CHECKING:
    import numpy as np

    from dicomkit.codecs.codestream import CodestreamInfo
    from dicomkit.codecs.frame import FrameFormat

__all__ = ["JPEG_2000_IMAGECODECS", "JPEG_2000_OPENJPEG"]

_LOSSLESS = "1.2.840.10008.1.2.4.90"
_ANY = "1.2.840.10008.1.2.4.91"
_PART_2 = ("1.2.840.10008.1.2.4.92", "1.2.840.10008.1.2.4.93")
_HT_LOSSLESS = "1.2.840.10008.1.2.4.201"
_HT_RPCL = "1.2.840.10008.1.2.4.202"
_HT_ANY = "1.2.840.10008.1.2.4.203"


class _Jpeg2000(LibraryCodec):
    """What the codecs for JPEG 2000 have in common."""

    __slots__ = ()

    decodes = frozenset({_LOSSLESS, _ANY, *_PART_2, _HT_LOSSLESS, _HT_RPCL, _HT_ANY})

    def photometric_interpretation(self, uid: str, frame: FrameFormat) -> str:
        """Return what decoded samples are: the multiple component transformation belongs to the codestream."""
        photometric = frame.photometric_interpretation
        return "RGB" if photometric in ("YBR_RCT", "YBR_ICT") else photometric

    def _compare(self, info: CodestreamInfo, uid: str, frame: FrameFormat) -> None:
        super()._compare(info, uid, frame)
        if info.standard not in ("JPEG 2000", "HTJ2K"):
            raise CodecError(f"the codestream is {info.standard}, not JPEG 2000")
        if "MCT" in info.extensions:
            raise CodecError(
                "the multi-component transformation of JPEG 2000 Part 2 is in no library that is supported"
            )
        if len(set(info.precisions)) > 1:
            raise CodecError(f"components of different precision: {info.precisions}")


class Jpeg2000Imagecodecs(_Jpeg2000):
    """OpenJPEG in imagecodecs."""

    __slots__ = ()

    name = "imagecodecs"
    requires = "imagecodecs"
    module = "imagecodecs"
    submodule = "_jpeg2k"

    def _decode(self, library: Any, data: bytes, info: CodestreamInfo, target: np.ndarray | None) -> np.ndarray:
        samples: np.ndarray = library.jpeg2k_decode(data, planar=False, out=target)
        return samples


class Jpeg2000Openjpeg(_Jpeg2000):
    """OpenJPEG in pylibjpeg-openjpeg, which holds the interpreter lock."""

    __slots__ = ()

    name = "pylibjpeg-openjpeg"
    requires = "pylibjpeg-openjpeg"
    module = "openjpeg"

    def _decode(self, library: Any, data: bytes, info: CodestreamInfo, target: np.ndarray | None) -> np.ndarray:
        samples: np.ndarray = library.decode(data)
        return samples


JPEG_2000_IMAGECODECS = Jpeg2000Imagecodecs()
JPEG_2000_OPENJPEG = Jpeg2000Openjpeg()
