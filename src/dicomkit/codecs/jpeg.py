"""JPEG: baseline, extended, progressive and lossless (ISO/IEC 10918-1; PS3.5 8.2.1 and A.4.1, A.4.2).

Samples are as they were coded: YCbCr stays YCbCr, chrominance that was subsampled is brought to full resolution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dicomkit.codecs.codestream.jpeg_scans import damage_of_scans
from dicomkit.codecs.library import LibraryCodec, as_codes
from dicomkit.errors import CodecError

if TYPE_CHECKING:
    import numpy as np

    from dicomkit.codecs.base import EncodeOptions
    from dicomkit.codecs.codestream import CodestreamInfo
    from dicomkit.codecs.frame import FrameFormat

__all__ = ["JPEG_IMAGECODECS", "JPEG_PYLIBJPEG", "JpegAdapter"]

_BASELINE = "1.2.840.10008.1.2.4.50"
_EXTENDED = "1.2.840.10008.1.2.4.51"
_LOSSLESS = "1.2.840.10008.1.2.4.57"
_LOSSLESS_SV1 = "1.2.840.10008.1.2.4.70"
# Retired in 2001: spectral selection and full progression, Huffman coded; then the same and others with arithmetic
# coding.
_PROGRESSIVE = ("1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55")
_JPEG_LS = ("1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81")
_ARITHMETIC = tuple(f"1.2.840.10008.1.2.4.{number}" for number in (52, 54, 56))

# A scan of ten bytes can make a decoder walk the whole image, so a small file could keep it busy for hours. Progressive
# encoders write about 10 scans; the spectral and bit-wise cuts of ISO/IEC 10918-1 allow more than anybody uses.
_MOST_SCANS = 100
_HUFFMAN_OF_TURBO = {0, 1, 2, 3}
_SEQUENTIAL = {0, 1}
_LOSSLESS_PROCESS = 3

_USUAL_QUALITY = 90.0


class JpegAdapter(LibraryCodec):
    """What the codecs for JPEG have in common."""

    __slots__ = ()

    def photometric_interpretation(self, uid: str, frame: FrameFormat) -> str:
        """Return what decoded samples are: chrominance comes out at full resolution."""
        photometric = frame.photometric_interpretation
        return "YBR_FULL" if photometric == "YBR_FULL_422" else photometric

    def _check_length(self, data: bytes, info: CodestreamInfo) -> None:
        if (info.process == 2 or info.samples_per_pixel > 1) and data.count(b"\xff\xda", info.end) > _MOST_SCANS:
            raise CodecError(f"more than {_MOST_SCANS} scans")
        if 8 * (len(data) - info.end) < _fewest_bits(info):
            raise CodecError(f"{len(data)} bytes are too few for {info.columns} columns and {info.rows} rows")


def _fewest_bits(info: CodestreamInfo) -> int:
    """Return how many bits the samples take at least: a Huffman code has one or more (ISO/IEC 10918-1 F.1.2, H.1.2).

    A block of 8 by 8 samples has one for its mean and one that says that nothing follows; a lossless sample has one.
    Progressive scans can skip 32,767 blocks with one code, and arithmetic codes have no shortest length.
    """
    if info.process == _LOSSLESS_PROCESS:
        side, bits = 1, 1
    elif info.process in _SEQUENTIAL:
        side, bits = 8, 2
    else:
        return 0
    return sum(
        [
            -(-info.columns // (side * across)) * -(-info.rows // (side * down)) * bits
            for across, down in info.subsampling
        ]
    )


class JpegImagecodecs(JpegAdapter):
    """libjpeg-turbo in imagecodecs: everything with Huffman coding, 2 to 16 bits."""

    __slots__ = ()

    name = "imagecodecs.jpeg8"
    requires = "dicomkit[codecs]"
    module = "imagecodecs"
    submodule = "_jpeg8"
    decodes = frozenset({_BASELINE, _EXTENDED, *_PROGRESSIVE, _LOSSLESS, _LOSSLESS_SV1})
    encodes = frozenset({_BASELINE, _EXTENDED, _LOSSLESS, _LOSSLESS_SV1})

    def _compare(self, info: CodestreamInfo, uid: str, frame: FrameFormat) -> None:
        super()._compare(info, uid, frame)
        if info.process not in _HUFFMAN_OF_TURBO:
            raise CodecError(f"JPEG with SOF{info.process} is not supported")

    def _decode(
        self, library: Any, data: bytes, uid: str, info: CodestreamInfo, target: np.ndarray | None
    ) -> np.ndarray:
        # The same colour space on both sides: nothing is converted, whatever the markers say.
        space = {1: None, 3: "RGB", 4: "CMYK"}.get(info.samples_per_pixel)
        if space is None and info.samples_per_pixel != 1:
            raise CodecError(f"JPEG with {info.samples_per_pixel} components is not supported", codec=self.name)
        samples: np.ndarray = library.jpeg8_decode(data, colorspace=space, outcolorspace=space, out=target)
        return samples

    def _damage(self, data: bytes, info: CodestreamInfo) -> str:
        return damage_of_scans(data, info)  # for the warnings of libjpeg-turbo do not come through

    def _check_encodable(self, uid: str, frame: FrameFormat, options: EncodeOptions) -> None:
        lossy = uid in {_BASELINE, _EXTENDED}
        options.refuse_all_but(f"transfer syntax {uid}", *(("quality",) if lossy else ()))
        if options.quality is not None and not 1 <= options.quality <= 100:
            raise ValueError(f"quality is 1 to 100, not {options.quality}")
        bits = {_BASELINE: (8,), _EXTENDED: (8, 12)}.get(uid, tuple(range(2, 17)))
        if frame.bits_stored not in bits or frame.bits_allocated > 16 or frame.is_float:
            wanted = " or ".join(map(str, bits)) if len(bits) < 3 else f"{bits[0]} to {bits[-1]}"
            raise ValueError(f"transfer syntax {uid} is for {wanted} bits stored, not {frame.bits_stored}")
        if frame.samples_per_pixel not in (1, 3):
            raise ValueError(f"JPEG encodes 1 or 3 samples a pixel, not {frame.samples_per_pixel}")
        if lossy and frame.is_signed:
            # As numbers without a sign, -1 and 0 are 65,535 apart: what rounding does there is no small error.
            raise ValueError("lossy JPEG has no way to hold signed samples; choose a lossless or JPEG 2000 syntax")

    def _encode(self, library: Any, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
        codes = as_codes(samples, frame)
        if frame.bits_stored <= 8 < frame.bits_allocated:
            codes = codes.astype("u1")
        color: dict[str, object] = {}
        if frame.samples_per_pixel == 3:
            ybr = frame.photometric_interpretation.startswith("YBR") and uid in {_BASELINE, _EXTENDED}
            space = "YCBCR" if ybr else "RGB"
            color = {"colorspace": space, "outcolorspace": space}
            if uid in {_BASELINE, _EXTENDED}:
                color["subsampling"] = "422" if frame.photometric_interpretation == "YBR_FULL_422" else "444"
        if uid in {_LOSSLESS, _LOSSLESS_SV1}:
            how: dict[str, object] = {"lossless": True, "predictor": 1}
        else:
            how = {"level": round(_USUAL_QUALITY if options.quality is None else options.quality)}
        return bytes(library.jpeg8_encode(codes, bitspersample=frame.bits_stored, **how, **color))

    def _expected(self, uid: str, frame: FrameFormat) -> dict[str, object]:
        if uid in {_LOSSLESS, _LOSSLESS_SV1}:
            return {"process": 3, "predictor": 1}
        return {"process": 0 if uid == _BASELINE else 1 if frame.bits_stored == 12 else 0}


class JpegPylibjpeg(JpegAdapter):
    """The libjpeg of Thomas Richter in pylibjpeg-libjpeg (GPL), also of JPEG-LS; it holds the interpreter lock."""

    __slots__ = ()

    name = "pylibjpeg-libjpeg"
    requires = "dicomkit[libjpeg]"
    module = "libjpeg"
    decodes = frozenset({_BASELINE, _EXTENDED, *_PROGRESSIVE, *_ARITHMETIC, _LOSSLESS, _LOSSLESS_SV1, *_JPEG_LS})

    def _decode(
        self, library: Any, data: bytes, uid: str, info: CodestreamInfo, target: np.ndarray | None
    ) -> np.ndarray:
        samples: np.ndarray = library.decode(data, colour_transform=0)
        return samples


JPEG_IMAGECODECS = JpegImagecodecs()
JPEG_PYLIBJPEG = JpegPylibjpeg()
