"""Samples as they are: the native format, and Encapsulated Uncompressed, a frame a fragment (PS3.5 8.1, 8.2, A.4)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from dicomkit.core.frozen import Options
from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.errors import CodecError

if TYPE_CHECKING:
    from dicomkit.codecs.base import EncodeOptions
    from dicomkit.codecs.frame import FrameFormat

__all__ = ["NATIVE", "NativeCodec", "pack_frame", "refuse_options", "unpack_frame"]

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
        refuse_options(options, self.name)
        return pack_frame(samples, frame, is_big_endian=TransferSyntax.of(uid).big_endian_pixels)

    def photometric_interpretation(self, uid: str, frame: FrameFormat) -> str:
        """Return YBR_FULL for what had half the chrominance, else what the data set says."""
        names = {"YBR_FULL_422": "YBR_FULL", "YBR_PARTIAL_422": "YBR_PARTIAL"}
        return names.get(frame.photometric_interpretation, frame.photometric_interpretation)


def refuse_options(options: EncodeOptions, codec: str, *allowed: str) -> None:
    """Raise ValueError for an option that says something and is none of the allowed."""
    for name, value in options._fields().items():
        if value is not None and name not in allowed:
            raise ValueError(f"{codec}: encoding has no option {name}")


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
    swaps_bytes = is_big_endian and frame.in_words and frame.bits_allocated <= 8
    needed = length + (length & 1 if swaps_bytes else 0)
    if len(data) < needed:
        raise CodecError(f"{len(data)} of the {needed} bytes of a frame", codec=codec, offset=len(data))
    if frame.is_subsampled and frame.rows * frame.columns % 2:
        raise CodecError("shared chrominance needs an even number of pixels", codec=codec)
    result = frame.array(out)
    raw = np.frombuffer(data, np.uint8, needed)
    if swaps_bytes:
        raw = raw.view(np.uint16).byteswap().view(np.uint8)[:length]
    if frame.bits_allocated == 1:
        stored = np.unpackbits(raw, count=frame.samples, bitorder="little").view(frame.dtype)
    else:
        stored = raw.view(frame.dtype.newbyteorder(">" if is_big_endian else "<"))
    _arrange(stored, frame, result)
    _mask(result, frame)
    return result


def _arrange(stored: np.ndarray, frame: FrameFormat, result: np.ndarray) -> None:
    """Put stored samples where decoded ones are: by pixel, none shared."""
    if frame.is_subsampled:
        pairs = stored.reshape(-1, 4)
        pixels = result.reshape(-1, 2, 3)
        pixels[:, :, 0] = pairs[:, :2]
        pixels[:, :, 1] = pairs[:, 2:3]
        pixels[:, :, 2] = pairs[:, 3:4]
    elif frame.planar_configuration == 1 and frame.samples_per_pixel > 1:
        planes = stored.reshape(frame.samples_per_pixel, frame.rows, frame.columns)
        np.copyto(result, planes.transpose(1, 2, 0))
    else:
        np.copyto(result, stored.reshape(frame.shape))


def _mask(samples: np.ndarray, frame: FrameFormat) -> None:
    """Keep the stored bits alone, in the low bits, and extend the sign (PS3.5 8.1.1: the others may hold anything)."""
    allocated = frame.dtype.itemsize * 8
    if frame.is_float or frame.bits_stored == allocated or frame.bits_allocated == 1:
        return
    # Up to the top, then down: the arithmetic shift of signed integers extends the sign.
    np.left_shift(samples, allocated - 1 - frame.top_bit, out=samples)
    np.right_shift(samples, allocated - frame.bits_stored, out=samples)


def pack_frame(samples: np.ndarray, frame: FrameFormat, *, is_big_endian: bool = False) -> bytes:
    """Return a frame in the native format. Raises ValueError, CodecError; see `FrameFormat.encodable`."""
    samples = frame.encodable(samples)
    if frame.is_subsampled:
        if frame.rows * frame.columns % 2:
            raise CodecError("shared chrominance needs an even number of pixels")
        pixels = samples.reshape(-1, 2, 3)
        samples = np.concatenate([pixels[:, :, 0], pixels[:, 0, 1:]], axis=1)
    elif frame.planar_configuration == 1 and frame.samples_per_pixel > 1:
        samples = np.ascontiguousarray(samples.transpose(2, 0, 1))
    if frame.bits_allocated == 1:
        encoded = np.packbits(samples.reshape(-1).view(np.uint8), bitorder="little")
    else:
        if frame.top_bit >= frame.bits_stored:
            samples = np.left_shift(samples, frame.top_bit + 1 - frame.bits_stored)
        if is_big_endian != (sys.byteorder == "big"):
            samples = samples.byteswap()
        encoded = samples.reshape(-1).view(np.uint8)
    if is_big_endian and frame.in_words and frame.bits_allocated <= 8:
        even = np.append(encoded, np.zeros(encoded.size & 1, np.uint8))
        return even.view(np.uint16).byteswap().tobytes()
    return encoded.tobytes()


NATIVE = NativeCodec()
"""The one there is: it has no settings."""
