"""Samples as they are: the native format, and Encapsulated Uncompressed, a frame a fragment (PS3.5 8.1, 8.2, A.4)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from dicomkit._ext.samples import pack
from dicomkit.core.frozen import Options
from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.errors import CodecError

if TYPE_CHECKING:
    from dicomkit.codecs.base import EncodeOptions
    from dicomkit.codecs.frame import FrameFormat

__all__ = [
    "NATIVE",
    "NativeCodec",
    "copy_samples",
    "pack_frame",
    "place_samples",
    "unpack_frame",
]

# Implicit and explicit little endian, explicit big endian (2016b, retired), deflated, Encapsulated Uncompressed;
# GE's private syntax with big endian pixels, and Papyrus.
_UIDS = frozenset(
    {
        "1.2.840.10008.1.2",
        "1.2.840.10008.1.2.1",
        "1.2.840.10008.1.2.1.98",
        "1.2.840.10008.1.2.1.99",
        "1.2.840.10008.1.2.2",
        "1.2.840.10008.1.20",
        "1.2.840.113619.5.2",
    }
)


class NativeCodec(Options):
    """The codec of frames that are not compressed."""

    name: str = "native"
    requires: str = ""
    decodes: frozenset[str] = _UIDS
    encodes: frozenset[str] = _UIDS
    is_available: bool = True

    def decode(
        self, data: bytes | memoryview, uid: str, frame: FrameFormat, out: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the samples; what stands behind a whole frame is not looked at. Raises CodecError for less than one.

        Two pixels of YBR_FULL_422 and YBR_PARTIAL_422 both get the chrominance that they share.
        """
        return unpack_frame(data, frame, out, is_big_endian=TransferSyntax.of(uid).big_endian_pixels, codec=self.name)

    def encode(self, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
        """Return the native bytes; samples of fewer bits than are stored are not cut: CodecError.

        Of two pixels that share their chrominance the first one's is kept.
        """
        options.refuse_all_but(self.name)
        return pack_frame(samples, frame, is_big_endian=TransferSyntax.of(uid).big_endian_pixels)

    def photometric_interpretation(self, uid: str, frame: FrameFormat) -> str:
        """Return YBR_FULL for what had half the chrominance, else what the data set says."""
        return frame.full_chroma


def unpack_frame(
    data: bytes | memoryview,
    frame: FrameFormat,
    out: np.ndarray | None = None,
    *,
    is_big_endian: bool = False,
    codec: str = "native",
) -> np.ndarray:
    """Return the samples of a frame in the native format; CodecError if there are too few bytes."""
    length = frame.native_length
    swaps_words = is_big_endian and frame.in_words and frame.bits_allocated <= 8
    needed = length + (length & 1 if swaps_words else 0)
    if len(data) < needed:
        raise CodecError(f"{len(data)} of the {needed} bytes of a frame", codec=codec, offset=len(data))
    if frame.is_subsampled and frame.rows * frame.columns % 2:
        raise CodecError("shared chrominance needs an even number of pixels", codec=codec)
    result = frame.array(out)
    raw = memoryview(data)[:needed]
    if swaps_words:
        words = np.empty(needed, np.uint8)
        pack.copy_samples(raw, words, 2, True, 0, 16, False)
        raw = words[:length].data
    swapped = frame.bits_allocated > 8 and is_big_endian != (sys.byteorder == "big")
    planes = frame.samples_per_pixel if frame.planar_configuration == 1 else 1
    if not frame.is_subsampled and planes == 1 and frame.bits_allocated > 1:
        copy_samples(raw, frame, result, swapped=swapped)
    else:
        place_samples(raw, frame, result)
        copy_samples(result, frame, result, swapped=swapped)
    return result


def place_samples(raw: memoryview | np.ndarray, frame: FrameFormat, result: np.ndarray) -> None:
    """Put the samples of a native frame where decoded ones are: bits in bytes, by pixel, no chrominance shared."""
    size = result.itemsize
    planes = frame.samples_per_pixel if frame.planar_configuration == 1 else 1
    if frame.bits_allocated == 1:
        bits = np.empty(result.size, np.uint8) if planes > 1 else result
        pack.unpack_bits(raw, bits)
        raw = bits
        if planes == 1:
            return
    if frame.is_subsampled:
        pack.expand_pairs(raw, result, size)
    elif planes > 1:
        pack.merge_planes(raw, result, size, planes)
    else:
        pack.copy_samples(raw, result, size, False, 0, 8 * size, False)


def copy_samples(
    data: memoryview | np.ndarray, frame: FrameFormat, result: np.ndarray, *, swapped: bool = False
) -> None:
    """Keep the stored bits alone, in the low bits, the sign extended (PS3.5 8.1.1: the others may hold anything).

    `swapped`: the bytes of each sample are in the other order than the machine's. `data` may be `result`.
    """
    size = result.itemsize
    bits = frame.bits_stored
    if frame.is_float or frame.bits_allocated == 1 or bits == 8 * size:
        if data is not result or swapped:
            pack.copy_samples(data, result, size, swapped, 0, 8 * size, False)
    else:
        pack.copy_samples(data, result, size, swapped, frame.top_bit + 1 - bits, bits, frame.is_signed)


def pack_frame(samples: np.ndarray, frame: FrameFormat, *, is_big_endian: bool = False) -> bytes:
    """Return a frame in the native format. Raises ValueError, CodecError; see `FrameFormat.encodable`."""
    samples = frame.encodable(samples)
    size = samples.itemsize
    if frame.is_subsampled:
        if frame.rows * frame.columns % 2:
            raise CodecError("shared chrominance needs an even number of pixels")
        pairs = np.empty(frame.rows * frame.columns * 2, samples.dtype)
        pack.shrink_pairs(samples, pairs, size)
        samples = pairs
    elif frame.planar_configuration == 1 and frame.samples_per_pixel > 1:
        planes = np.empty(samples.size, samples.dtype)
        pack.split_planes(samples, planes, size, frame.samples_per_pixel)
        samples = planes
    if frame.bits_allocated == 1:
        encoded = np.empty((samples.size + 7) // 8, np.uint8)
        pack.pack_bits(samples, encoded)
    else:
        if frame.top_bit >= frame.bits_stored:
            samples = np.left_shift(samples, frame.top_bit + 1 - frame.bits_stored)
        if size > 1 and is_big_endian != (sys.byteorder == "big"):
            samples = samples.byteswap()
        encoded = samples.reshape(-1).view(np.uint8)
    if is_big_endian and frame.in_words and frame.bits_allocated <= 8:
        even = np.append(encoded, np.zeros(encoded.size & 1, np.uint8))
        return even.view(np.uint16).byteswap().tobytes()
    return encoded.tobytes()


NATIVE = NativeCodec()
"""The one there is: it has no settings."""
