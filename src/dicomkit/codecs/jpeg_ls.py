"""JPEG-LS, lossless and near-lossless (ISO/IEC 14495-1; PS3.5 8.2.3 and A.4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dicomkit.codecs.codestream import inspect, jpeg_ls_scans
from dicomkit.codecs.codestream.jpeg_ls_scans import decode_scans, is_supported
from dicomkit.codecs.library import LibraryCodec, OwnDecoder, as_codes
from dicomkit.errors import CodecError

if TYPE_CHECKING:
    from dicomkit.codecs.base import Codec, EncodeOptions
    from dicomkit.codecs.codestream import CodestreamInfo
    from dicomkit.codecs.frame import FrameFormat

__all__ = ["JPEG_LS", "JPEG_LS_IMAGECODECS", "JPEG_LS_PYJPEGLS"]

_LOSSLESS = "1.2.840.10008.1.2.4.80"
_NEAR_LOSSLESS = "1.2.840.10008.1.2.4.81"
_BOTH = frozenset({_LOSSLESS, _NEAR_LOSSLESS})
_USUAL_NEAR = 2


class _JpegLs(LibraryCodec):
    """What the codecs for JPEG-LS have in common."""

    __slots__ = ()

    decodes = _BOTH

    def _check_length(self, data: bytes, info: CodestreamInfo) -> None:
        # The longest run ends with its line, and its end takes a bit (ISO/IEC 14495-1 A.7.1).
        if 8 * (len(data) - info.end) < info.rows:
            raise CodecError(f"{len(data)} bytes are too few for {info.rows} rows")

    @staticmethod
    def _interleaved(samples: np.ndarray, info: CodestreamInfo) -> np.ndarray:
        """Return colours by pixel; a codestream of one scan per component is decoded by plane."""
        plane = (info.samples_per_pixel, info.rows, info.columns)
        if info.samples_per_pixel > 1 and info.interleave == 0:
            return samples.reshape(plane).transpose(1, 2, 0)
        return samples.reshape(plane[1:] if plane[0] == 1 else (*plane[1:], plane[0]))


class JpegLsImagecodecs(_JpegLs):
    """CharLS in imagecodecs. Decodes only: its encoder writes a precision of 8 or 16 whatever is stored."""

    __slots__ = ()

    name = "imagecodecs.jpegls"
    requires = "dicomkit[codecs]"
    module = "imagecodecs"
    submodule = "_jpegls"

    def _decode(
        self, library: Any, data: bytes, uid: str, info: CodestreamInfo, target: np.ndarray | None
    ) -> np.ndarray:
        # Planes cannot be decoded into pixels: it makes an array of its own then, and gives it in the order of pixels.
        by_plane = info.samples_per_pixel > 1 and info.interleave == 0
        samples: np.ndarray = library.jpegls_decode(data, out=None if by_plane else target)
        return samples


class JpegLsPyjpegls(_JpegLs):
    """CharLS in pyjpegls, which holds the interpreter lock; the encoder that writes any precision."""

    __slots__ = ()

    name = "pyjpegls"
    requires = "dicomkit[codecs]"
    module = "jpeg_ls"
    encodes = _BOTH

    def _decode(
        self, library: Any, data: bytes, uid: str, info: CodestreamInfo, target: np.ndarray | None
    ) -> np.ndarray:
        decoded, _ = library.decode_buffer(data)
        return self._interleaved(np.frombuffer(decoded, "<u1" if info.precision <= 8 else "<u2"), info)

    def _check_encodable(self, uid: str, frame: FrameFormat, options: EncodeOptions) -> None:
        options.refuse_all_but(f"transfer syntax {uid}", *(("near",) if uid == _NEAR_LOSSLESS else ()))
        if not 2 <= frame.bits_stored <= 16 or frame.bits_allocated > 16 or frame.is_float:
            raise ValueError(f"JPEG-LS is for 2 to 16 bits stored, not {frame.bits_stored}")
        near = _near(uid, options)
        if near and frame.is_signed:
            # Coded without a sign, -1 and 0 are far apart: a difference of NEAR could turn one into the other.
            raise ValueError("near-lossless JPEG-LS has no way to hold signed samples")
        if not 0 <= near <= min(255, (1 << frame.bits_stored) // 2 - 1):
            raise ValueError(f"near is 0 to half the range of samples and at most 255, not {near}")

    def _encode(self, library: Any, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
        codes = as_codes(samples, frame).astype("<u1" if frame.bits_stored <= 8 else "<u2", copy=False).tobytes()
        size = frame.rows, frame.columns
        count, bits, near = frame.samples_per_pixel, frame.bits_stored, _near(uid, options)
        interleave = 0 if count == 1 else 2
        try:
            return bytes(library.encode_buffer(codes, *size, count, bits, near, interleave))
        except RuntimeError as error:
            if "too small" not in str(error):
                raise
        # It makes room for twice the samples, which the header alone can exceed. Its kernel looks at no more samples
        # than the frame has, so longer input makes it take more room.
        roomy = codes.ljust(4 * len(codes) + 1024, b"\0")
        return bytes(library.CharLS._CharLS._encode(roomy, near, interleave, *size, count, bits))


def _near(uid: str, options: EncodeOptions) -> int:
    if uid == _LOSSLESS:
        return 0
    return _USUAL_NEAR if options.near is None else options.near


class JpegLs(OwnDecoder, _JpegLs):
    """Our own decoder, which CharLS is a quarter faster than: no damage keeps it busy, as it does CharLS.

    What hardly anybody writes is refused, and `instead` names CharLS for it: HP's colour transformations, restart
    markers, tables, subsampled components.
    """

    __slots__ = ()

    name = "jpeg-ls"

    @property
    def gives_way(self) -> bool:
        """Where the kernel is not compiled, and a library is installed that is a thousand times as fast."""
        return not jpeg_ls_scans.IS_COMPILED and (JPEG_LS_IMAGECODECS.is_available or JPEG_LS_PYJPEGLS.is_available)

    def instead(self, data: bytes | memoryview) -> Codec | None:
        """Return the codec of codestreams like this one, if it is not this."""
        content = data if isinstance(data, bytes) else bytes(data)
        try:
            is_ours = is_supported(content, inspect(_NEAR_LOSSLESS, content))
        except CodecError:
            return None
        return None if is_ours else JPEG_LS_IMAGECODECS

    def _decode_into(self, content: bytes, info: CodestreamInfo, target: np.ndarray) -> str:
        decode_scans(content, info, target)
        return ""

    def _compare(self, info: CodestreamInfo, uid: str, frame: FrameFormat) -> None:
        super()._compare(info, uid, frame)
        if info.color_transform != "" or any(factors != (1, 1) for factors in info.subsampling):
            raise CodecError("the colour transformations of HP, and subsampled components, are not supported")


JPEG_LS = JpegLs()
JPEG_LS_IMAGECODECS = JpegLsImagecodecs()
JPEG_LS_PYJPEGLS = JpegLsPyjpegls()
