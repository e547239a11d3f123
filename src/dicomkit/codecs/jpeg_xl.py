"""JPEG XL: lossless, lossy, and JPEG recompressed (ISO/IEC 18181; PS3.5 8.2.15).

A frame of JPEG Recompression decodes to what the JPEG in it decodes to, YCbCr included. Of the other two transfer
syntaxes gray or RGB comes out, whatever was done inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dicomkit.codecs.codestream import inspect
from dicomkit.codecs.jpeg import JPEG_IMAGECODECS
from dicomkit.codecs.library import LibraryCodec, as_codes, refuse_blank
from dicomkit.errors import CodecError, DicomError

if TYPE_CHECKING:
    import numpy as np

    from dicomkit.codecs.base import EncodeOptions
    from dicomkit.codecs.codestream import CodestreamInfo
    from dicomkit.codecs.frame import FrameFormat

__all__ = ["JPEG_XL_IMAGECODECS"]

_LOSSLESS = "1.2.840.10008.1.2.4.110"
_RECOMPRESSION = "1.2.840.10008.1.2.4.111"
_ANY = "1.2.840.10008.1.2.4.112"
_JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
_USUAL_QUALITY = 90.0


class JpegXlImagecodecs(LibraryCodec):
    """libjxl in imagecodecs."""

    __slots__ = ()

    name = "imagecodecs.jpegxl"
    requires = "dicomkit[codecs]"
    module = "imagecodecs"
    submodule = "_jpegxl"
    decodes = frozenset({_LOSSLESS, _RECOMPRESSION, _ANY})
    encodes = frozenset({_LOSSLESS, _ANY})

    def photometric_interpretation(self, uid: str, frame: FrameFormat) -> str:
        """Return what decoded samples are: RGB for all colours, but those of the JPEG for recompressed JPEG."""
        photometric = frame.photometric_interpretation
        if uid == _RECOMPRESSION:
            return JPEG_IMAGECODECS.photometric_interpretation(uid, frame)
        return "RGB" if photometric.startswith(("YBR", "XYB")) else photometric

    def _compare(self, info: CodestreamInfo, uid: str, frame: FrameFormat) -> None:
        super()._compare(info, uid, frame)
        if uid == _RECOMPRESSION and not info.reconstructs_jpeg and frame.photometric_interpretation.startswith("YBR"):
            raise CodecError("recompressed JPEG without what is needed to have the JPEG back, whose YCbCr is wanted")

    def _check_length(self, data: bytes, info: CodestreamInfo) -> None:
        refuse_blank(data, info)

    def _decode(
        self, library: Any, data: bytes, uid: str, info: CodestreamInfo, target: np.ndarray | None
    ) -> np.ndarray:
        if uid == _RECOMPRESSION and info.reconstructs_jpeg:
            jpeg = library.jpegxl_decode_jpeg(data)
            inner = inspect(_JPEG_BASELINE, jpeg)
            if (inner.rows, inner.columns, inner.samples_per_pixel) != (
                info.rows,
                info.columns,
                info.samples_per_pixel,
            ):
                raise CodecError("a JPEG of another size in JPEG XL", codec=self.name)
            return JPEG_IMAGECODECS._decode(library, jpeg, uid, inner, target)
        # The first frame only: of an animation it would make room for all.
        samples: np.ndarray = library.jpegxl_decode(data, index=0, keeporientation=True, out=target)
        return samples

    def _check_encodable(self, uid: str, frame: FrameFormat, options: EncodeOptions) -> None:
        options.refuse_all_but(f"transfer syntax {uid}", *(("quality", "level") if uid == _ANY else ("level",)))
        if options.quality is not None and not 1 <= options.quality <= 100:
            raise ValueError(f"quality is 1 to 100, not {options.quality}")
        if options.level is not None and not 1 <= options.level <= 9:
            raise ValueError(f"level is 1 to 9 for JPEG XL, not {options.level}")
        if frame.bits_stored > 16 or frame.bits_allocated > 16 or frame.is_float:
            raise ValueError(f"JPEG XL is for at most 16 bits stored, not {frame.bits_stored}")
        if uid == _ANY and frame.is_signed:
            # Coded without a sign, -1 and 0 are at both ends of the range.
            raise ValueError("lossy JPEG XL has no way to hold signed samples")

    def _encode(self, library: Any, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
        codes = as_codes(samples, frame)
        if frame.bits_stored <= 8 < frame.bits_allocated:
            codes = codes.astype("u1")
        how: dict[str, object] = (
            {"lossless": True} if uid == _LOSSLESS else {"level": options.quality or _USUAL_QUALITY}
        )
        if options.level is not None:
            how["effort"] = options.level
        return bytes(library.jpegxl_encode(codes, bitspersample=frame.bits_stored, usecontainer=False, **how))

    def _expected(self, uid: str, frame: FrameFormat) -> dict[str, object]:
        return {"color_transform": "XYB" if uid == _ANY else ""}

    # --- recompression ----------------------------------------------------------------------------------------------

    def recompress(self, jpeg: bytes) -> bytes:
        """Return a JPEG codestream, smaller, as JPEG XL, after checking that `reconstruct` gives it back to the byte.

        Bytes behind its end go, so that frames padded to even length (PS3.5 A.4) are taken. Raises CodecError.
        """
        library = self._loaded(_RECOMPRESSION, self.decodes)
        info = inspect(_JPEG_BASELINE, jpeg)
        content = jpeg[: jpeg.rfind(b"\xff\xd9") + 2]
        try:
            written = bytes(library.jpegxl_encode_jpeg(content, usecontainer=True))
            again = bytes(library.jpegxl_decode_jpeg(written))
        except DicomError:
            raise
        except Exception as error:
            raise self._refused(error) from error
        if again != content or not info.is_complete:
            raise CodecError("the JPEG would not come back as it was", codec=self.name)
        return written

    def reconstruct(self, data: bytes) -> bytes:
        """Return the JPEG codestream that was recompressed. Raises CodecError where there is none."""
        library = self._loaded(_RECOMPRESSION, self.decodes)
        if not inspect(_RECOMPRESSION, data).reconstructs_jpeg:
            raise CodecError("JPEG XL that was not made from a JPEG", codec=self.name)
        try:
            return bytes(library.jpegxl_decode_jpeg(data))
        except Exception as error:
            raise self._refused(error) from error


JPEG_XL_IMAGECODECS = JpegXlImagecodecs()
