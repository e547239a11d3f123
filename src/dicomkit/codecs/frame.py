"""What one frame is when it is decoded: the Image Pixel Description that a codec needs (PS3.3 C.7.6.3)."""

from __future__ import annotations

import numpy as np

from dicomkit.core.frozen import Options
from dicomkit.core.photometric import HALVED_CHROMA
from dicomkit.errors import CodecError, PixelError

__all__ = ["FrameFormat"]

# Bits Allocated of what is not a whole number of bytes (PS3.5 8.1.1): one bit, packed.
_CONTAINERS = {1: 8, 8: 8, 16: 16, 32: 32, 64: 64}


class FrameFormat(Options):
    """The size of a frame and of its samples; immutable.

    `planar_configuration` says how *native* samples lie in the encoded frame; decoded ones are always interleaved.
    Raises PixelError for what no frame can be.
    """

    rows: int = 0
    columns: int = 0
    samples_per_pixel: int = 1
    bits_allocated: int = 8
    bits_stored: int = 8
    high_bit: int | None = None
    pixel_representation: int = 0
    photometric_interpretation: str = "MONOCHROME2"
    planar_configuration: int = 0
    is_float: bool = False
    in_words: bool = False
    """Native Pixel Data is OW: in big endian the bytes of samples of 8 bits and of single bits are swapped in pairs
    (PS3.5 7.3, 8.1.2)."""

    def _check(self) -> None:
        if not (0 < self.rows <= 0xFFFFFFFF and 0 < self.columns <= 0xFFFFFFFF):
            raise PixelError(f"no frame of {self.columns} columns and {self.rows} rows")
        if self.samples_per_pixel not in (1, 2, 3, 4):
            raise PixelError(f"{self.samples_per_pixel} samples a pixel")
        if self.bits_allocated not in _CONTAINERS:
            raise PixelError(f"{self.bits_allocated} bits allocated: 1, 8, 16, 32 and 64 are supported")
        if not 0 < self.bits_stored <= self.bits_allocated:
            raise PixelError(f"{self.bits_stored} bits stored of {self.bits_allocated} allocated")
        if not self.bits_stored - 1 <= self.top_bit < self.bits_allocated:
            raise PixelError(f"{self.bits_stored} bits stored with the high bit {self.top_bit}")
        if self.is_float and self.bits_allocated not in (32, 64):
            raise PixelError(f"{self.bits_allocated} bits allocated for floating point samples")

    @property
    def top_bit(self) -> int:
        """High Bit, by default that of samples in the low bits (PS3.5 8.1.1)."""
        return self.bits_stored - 1 if self.high_bit is None else self.high_bit

    @property
    def is_signed(self) -> bool:
        """Whether samples are two's complement integers; a single bit has no sign, whatever is declared."""
        return self.pixel_representation == 1 and not self.is_float and self.bits_allocated > 1

    @property
    def shape(self) -> tuple[int, ...]:
        """(rows, columns), or (rows, columns, samples)."""
        plane = (self.rows, self.columns)
        return plane if self.samples_per_pixel == 1 else (*plane, self.samples_per_pixel)

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Of the decoded array, in the machine's byte order; single bits become uint8."""
        size = _CONTAINERS[self.bits_allocated] // 8
        return np.dtype(f"{'f' if self.is_float else 'i' if self.is_signed else 'u'}{size}")

    @property
    def samples(self) -> int:
        """How many samples a frame has."""
        return self.rows * self.columns * self.samples_per_pixel

    @property
    def nbytes(self) -> int:
        """The size of the decoded array in bytes."""
        return self.samples * self.dtype.itemsize

    @property
    def native_length(self) -> int:
        """The bytes of a native frame: packed where a sample has one bit (PS3.5 8.2); without padding to even length.

        YBR_FULL_422 and YBR_PARTIAL_422 have one pair of chrominance samples for two pixels (PS3.3 C.7.6.3.1.2).
        """
        if self.bits_allocated == 1:
            return (self.samples + 7) // 8
        samples = self.rows * self.columns * 2 if self.is_subsampled else self.samples
        return samples * self.bits_allocated // 8

    @property
    def is_subsampled(self) -> bool:
        """Whether native samples have one pair of chrominance samples for two pixels (PS3.3 C.7.6.3.1.2)."""
        halved = self.photometric_interpretation in HALVED_CHROMA
        return halved and self.samples_per_pixel == 3 and self.bits_allocated > 1

    @property
    def full_chroma(self) -> str:
        """The photometric interpretation when each pixel has its own chrominance."""
        return HALVED_CHROMA.get(self.photometric_interpretation, self.photometric_interpretation)

    def array(self, out: np.ndarray | None = None) -> np.ndarray:
        """Return `out`, or a new array with anything in it; ValueError if `out` is no place for this frame."""
        if out is None:
            return np.empty(self.shape, self.dtype)
        fits = out.shape == self.shape and out.dtype == self.dtype
        if not (fits and out.flags.c_contiguous and out.flags.writeable):
            raise ValueError(
                f"out must be writable, C-contiguous, a frame of {self.shape} {self.dtype}, not {out.shape} {out.dtype}"
            )
        return out

    def encodable(self, samples: np.ndarray) -> np.ndarray:
        """Return samples that are to be encoded, contiguous and in the machine's byte order.

        Raises ValueError for another shape or type than the frame's, CodecError for a value that has no place in
        ``bits_stored`` bits: what does not fit would come back as something else.
        """
        if samples.shape != self.shape or samples.dtype.newbyteorder("=") != self.dtype:
            raise ValueError(f"samples of {samples.shape} {samples.dtype} are no frame of {self.shape} {self.dtype}")
        samples = np.ascontiguousarray(samples, self.dtype)
        if not self.is_float and self.bits_stored < self.dtype.itemsize * 8:
            low, high = self.value_range
            smallest, largest = int(samples.min()), int(samples.max())
            if smallest < low or largest > high:
                value = largest if largest > high else smallest
                raise CodecError(f"the sample {value} does not fit into {self.bits_stored} bits")
        return samples

    @property
    def value_range(self) -> tuple[int, int]:
        """The smallest and the largest integer sample."""
        if self.is_signed:
            return -(1 << self.bits_stored - 1), (1 << self.bits_stored - 1) - 1
        return 0, (1 << self.bits_stored) - 1
