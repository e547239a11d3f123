"""JPEG 2000 and High-Throughput JPEG 2000 (ISO/IEC 15444-1, -2, -15; PS3.5 8.2.4, 8.2.14, 10.18, A.4.4).

Decoding includes the way back from RCT and ICT, which belong to the codestream; encoding uses them where the data set
will say YBR_RCT or YBR_ICT, so samples to encode are RGB then.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from dicomkit.codecs.library import LibraryCodec, refuse_blank
from dicomkit.errors import CodecError

if TYPE_CHECKING:
    from dicomkit.codecs.base import EncodeOptions
    from dicomkit.codecs.codestream import CodestreamInfo
    from dicomkit.codecs.frame import FrameFormat

__all__ = ["HTJ2K_OPENJPH", "JPEG_2000_IMAGECODECS", "JPEG_2000_OPENJPEG"]

_LOSSLESS = "1.2.840.10008.1.2.4.90"
_ANY = "1.2.840.10008.1.2.4.91"
_PART_2 = ("1.2.840.10008.1.2.4.92", "1.2.840.10008.1.2.4.93")
_HT_LOSSLESS = "1.2.840.10008.1.2.4.201"
_HT_RPCL = "1.2.840.10008.1.2.4.202"
_HT_ANY = "1.2.840.10008.1.2.4.203"
_LOSSY = frozenset({_ANY, _HT_ANY})

_USUAL_RATIO = 10.0
# What OpenJPEG, which counts in 32 bits, can encode without loss.
_MOST_BITS = 24
# With loss it overflows above: samples come back half the range away, from either decoder, without an error.
_MOST_BITS_WITH_LOSS = 22
_MOST_BITS_OF_OPENJPH = 16
# More gain little on one frame.
_MOST_THREADS = 8


class _Jpeg2000(LibraryCodec):
    """What the codecs for JPEG 2000 have in common."""

    __slots__ = ()

    def photometric_interpretation(self, uid: str, frame: FrameFormat) -> str:
        """Return what decoded samples are: the multiple component transformation belongs to the codestream."""
        photometric = frame.photometric_interpretation
        return "RGB" if photometric in ("YBR_RCT", "YBR_ICT") else photometric

    def _compare(self, info: CodestreamInfo, uid: str, frame: FrameFormat) -> None:
        super()._compare(info, uid, frame)
        if "MCT" in info.extensions:
            raise CodecError(
                "the multi-component transformation of JPEG 2000 Part 2 is in no library that is supported"
            )
        if any(step != (1, 1) for step in info.subsampling):
            # Both libraries take three components of which two are subsampled for YCbCr, and convert them to RGB.
            raise CodecError(f"subsampled components {info.subsampling}: their colours would be converted")
        if len(set(info.precisions)) > 1:
            raise CodecError(f"components of different precision: {info.precisions}")

    def _check_length(self, data: bytes, info: CodestreamInfo) -> None:
        refuse_blank(data, info)

    def _check_encodable(self, uid: str, frame: FrameFormat, options: EncodeOptions) -> None:
        options.refuse_all_but(f"transfer syntax {uid}", *(("ratio",) if uid in _LOSSY else ()))
        if options.ratio is not None and not 1 <= options.ratio <= 1000:
            raise ValueError(f"ratio is 1 to 1000, not {options.ratio}")
        most = _MOST_BITS_OF_OPENJPH if uid in {_HT_LOSSLESS, _HT_RPCL, _HT_ANY} else _MOST_BITS
        if uid == _ANY:
            most = _MOST_BITS_WITH_LOSS
        if frame.bits_stored > most or frame.bits_allocated > 32 or frame.is_float:
            raise ValueError(f"no encoder of transfer syntax {uid} keeps {frame.bits_stored} bits; at most {most}")
        photometric = frame.photometric_interpretation
        if photometric == ("YBR_RCT" if uid in _LOSSY else "YBR_ICT") or photometric.endswith("_422"):
            raise ValueError(f"{photometric} is not for transfer syntax {uid}")
        if photometric in ("YBR_RCT", "YBR_ICT") and frame.samples_per_pixel != 3:
            raise ValueError(f"{photometric} with {frame.samples_per_pixel} samples a pixel")

    def _expected(self, uid: str, frame: FrameFormat) -> dict[str, object]:
        photometric = frame.photometric_interpretation
        return {
            "is_signed": frame.is_signed,
            "is_lossless": False if uid in _LOSSY else None,
            "color_transform": photometric.removeprefix("YBR_") if photometric in ("YBR_RCT", "YBR_ICT") else "",
        }


class Jpeg2000Imagecodecs(_Jpeg2000):
    """OpenJPEG in imagecodecs, which decodes HTJ2K too; `threads` of them work on one frame."""

    __slots__ = ("threads",)

    threads: int

    def __init__(self, threads: int = 1) -> None:
        object.__setattr__(self, "threads", threads)

    def with_threads(self, threads: int) -> Jpeg2000Imagecodecs:
        """Return the codec that has so many threads work on a frame: none of them does more than its part."""
        return _with_threads(min(threads, _MOST_THREADS))

    name = "imagecodecs.jpeg2k"
    requires = "dicomkit[codecs]"
    module = "imagecodecs"
    submodule = "_jpeg2k"
    decodes = frozenset({_LOSSLESS, _ANY, *_PART_2, _HT_LOSSLESS, _HT_RPCL, _HT_ANY})
    encodes = frozenset({_LOSSLESS})

    def _decode(
        self, library: Any, data: bytes, uid: str, info: CodestreamInfo, target: np.ndarray | None
    ) -> np.ndarray:
        # Without the boxes of JP2, which could name a colour space that the library converts from.
        samples: np.ndarray = library.jpeg2k_decode(
            data[info.start :], planar=False, numthreads=self.threads, out=target
        )
        return samples

    def _encode(self, library: Any, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
        return bytes(
            library.jpeg2k_encode(
                _narrowed(samples, frame),
                codecformat="j2k",
                planar=False,
                bitspersample=frame.bits_stored,
                reversible=True,
                mct=frame.photometric_interpretation == "YBR_RCT",
            )
        )


class Jpeg2000Openjpeg(_Jpeg2000):
    """OpenJPEG in pylibjpeg-openjpeg, which holds the interpreter lock; its encoder keeps a ratio.

    That encoder has six resolutions always, and refuses frames with fewer than 32 rows or columns.
    """

    __slots__ = ()

    name = "pylibjpeg-openjpeg"
    requires = "dicomkit[codecs]"
    module = "openjpeg"
    decodes = Jpeg2000Imagecodecs.decodes
    encodes = frozenset({_LOSSLESS, _ANY})

    def _decode(
        self, library: Any, data: bytes, uid: str, info: CodestreamInfo, target: np.ndarray | None
    ) -> np.ndarray:
        samples: np.ndarray = library.decode(data[info.start :])
        return samples

    def _encode(self, library: Any, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
        source = _narrowed(samples, frame)
        how: dict[str, object] = {}
        if uid == _ANY:
            # It counts from the stored bits, we from the native frame.
            ratio = (options.ratio or _USUAL_RATIO) * frame.bits_stored / frame.bits_allocated
            how["compression_ratios"] = [max(ratio, 1.0)]
        return bytes(
            library.encode_pixel_data(
                source.astype(source.dtype.newbyteorder("<"), copy=False).tobytes(),
                rows=frame.rows,
                columns=frame.columns,
                samples_per_pixel=frame.samples_per_pixel,
                bits_stored=frame.bits_stored,
                pixel_representation=int(frame.is_signed),
                photometric_interpretation=frame.photometric_interpretation,
                use_mct=frame.photometric_interpretation in ("YBR_RCT", "YBR_ICT"),
                **how,
            )
        )


class Htj2kOpenjph(_Jpeg2000):
    """OpenJPH in imagecodecs: the encoder of HTJ2K. Its precision is 8 or 16 bits; `_encode` has the way around that.

    It could decode as well, in two thirds of the time of OpenJPEG. But imagecodecs 2026.3.6 passes over its errors, so
    that a damaged frame looks whole; it does not bring what a lossy codestream overshoots back into the range of
    samples, so that 256 becomes 0; and some damaged codestreams end the process.
    """

    __slots__ = ()

    name = "imagecodecs.htj2k"
    requires = "dicomkit[codecs]"
    module = "imagecodecs"
    submodule = "_htj2k"
    encodes = frozenset({_HT_LOSSLESS, _HT_RPCL, _HT_ANY})

    def _encode(self, library: Any, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
        levels = 5
        while max(frame.rows, frame.columns) >> levels > 64:  # RPCL promises a thumbnail (PS3.5 10.18)
            levels += 1
        how = {"rgb": frame.photometric_interpretation in ("YBR_RCT", "YBR_ICT"), "planar": False, "tlm": True}
        source = _narrowed(samples, frame)
        if uid == _HT_ANY:
            # Scaled up to the whole range of the type: what is written is the fraction of the range, see `_relabelled`.
            source = source << (8 * source.itemsize - frame.bits_stored)
            return self._to_ratio(library, source, frame, options, {**how, "resolutions": levels})
        unused = 8 * source.itemsize - frame.bits_stored
        if unused and not frame.is_signed:
            # The encoder subtracts half the range of the type from unsigned samples; here half of the stored range
            # goes, and nothing more: signed ones are taken as they are.
            half = source.dtype.type(1 << frame.bits_stored - 1)
            source = (source - half).view(f"i{source.itemsize}")
        written = library.htj2k_encode(source, reversible=True, resolutions=levels, **how)
        return _relabelled(bytes(written), frame)

    @staticmethod
    def _to_ratio(
        library: Any, source: np.ndarray, frame: FrameFormat, options: EncodeOptions, how: dict[str, Any]
    ) -> bytes:
        """Return the largest codestream that keeps the ratio, found by halving: the encoder has only a step size."""
        most = frame.nbytes / (options.ratio or _USUAL_RATIO)
        low, high = -16.0, 0.0  # of the step as a power of two, relative to the range of samples
        best = b""
        for _ in range(9):
            middle = (low + high) / 2
            written = bytes(library.htj2k_encode(source, level=2.0**middle, reversible=False, **how))
            if len(written) <= most:
                best, high = written, middle
                if len(written) > 0.97 * most:
                    break
            else:
                low = middle
        if not best:  # the headers alone are longer than that
            best = bytes(library.htj2k_encode(source, level=1.0, reversible=False, **how))
        return _relabelled(best, frame)

    def _expected(self, uid: str, frame: FrameFormat) -> dict[str, object]:
        return {**super()._expected(uid, frame), "progression": "RPCL", "has_tile_lengths": True}


def _narrowed(samples: np.ndarray, frame: FrameFormat) -> np.ndarray:
    """Return samples in the smallest type that encoders take for the stored bits; those above them are cut off."""
    size = 1 if frame.bits_stored <= 8 else 2 if frame.bits_stored <= 16 else 4
    narrow: np.ndarray = samples.astype(f"{'i' if frame.is_signed else 'u'}{size}", copy=False)
    unused = 8 * size - frame.bits_stored
    if unused and frame.is_signed:
        narrow = np.right_shift(np.left_shift(narrow, unused), unused)
    elif unused:
        narrow = narrow & narrow.dtype.type((1 << frame.bits_stored) - 1)
    return narrow


def _relabelled(codestream: bytes, frame: FrameFormat) -> bytes:
    """Return a codestream of 8 or 16 bits with Bits Stored as its precision (PS3.5 8.2.14) and the sign of the frame.

    Only Ssiz of each component changes (ISO/IEC 15444-1 A.5.1). Reversibly coded, samples less half their range are
    what they are, however many bits they could have had, and QCD says how many bit-planes there are. Irreversibly
    coded, step sizes count from the range of the samples, so a fraction of the range remains the same fraction.
    """
    at = codestream.index(b"\xff\x51") + 40
    changed = bytearray(codestream)
    changed[at : at + 3 * frame.samples_per_pixel : 3] = bytes(
        [(0x80 if frame.is_signed else 0) | frame.bits_stored - 1] * frame.samples_per_pixel
    )
    return bytes(changed)


@cache
def _with_threads(threads: int) -> Jpeg2000Imagecodecs:
    return Jpeg2000Imagecodecs(threads)


JPEG_2000_IMAGECODECS = _with_threads(1)
JPEG_2000_OPENJPEG = Jpeg2000Openjpeg()
HTJ2K_OPENJPH = Htj2kOpenjph()
