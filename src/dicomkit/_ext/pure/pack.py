"""What ``_ext/pack.pyx`` does, with NumPy (PS3.5 8.1, 8.2; PS3.3 C.7.6.3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import TypeAlias

    Buffer: TypeAlias = bytes | bytearray | memoryview | np.ndarray

__all__ = [
    "copy_samples",
    "expand_pairs",
    "merge_planes",
    "pack_bits",
    "shrink_pairs",
    "split_planes",
    "transform_colors",
    "unpack_bits",
]

_SIZES = (1, 2, 4, 8)
_FRACTION = 20


def _bytes(data: Buffer, out: Buffer) -> tuple[np.ndarray, np.ndarray]:
    target = np.frombuffer(out, np.uint8)
    if not target.flags.writeable:
        raise BufferError("the output cannot be written to")
    return np.frombuffer(data, np.uint8), target


def unpack_bits(data: Buffer, out: Buffer, start: int = 0) -> None:
    """Write a byte of 0 or 1 for each bit from bit `start` on, the lowest of a byte first, until `out` is full."""
    source, target = _bytes(data, out)
    if start < 0 or source.size * 8 - start < target.size:
        raise ValueError(f"{target.size} bits from bit {start} on are not in {source.size} bytes")
    bits = np.unpackbits(source[start // 8 :], count=start % 8 + target.size, bitorder="little")
    target[:] = bits[start % 8 :]


def pack_bits(samples: Buffer, out: Buffer) -> None:
    """Write a bit for each byte, 1 for all but 0, the lowest of a byte first; what is left of the last byte is 0."""
    source, target = _bytes(samples, out)
    if target.size != (source.size + 7) // 8:
        raise ValueError(f"{source.size} bits do not fill {target.size} bytes")
    target[:] = np.packbits(source, bitorder="little")


def copy_samples(data: Buffer, out: Buffer, size: int, swapped: bool, low: int, bits: int, is_signed: bool) -> None:
    """Copy samples of `size` bytes, their bytes turned round if `swapped`: `bits` of each from bit `low` on.

    The others become 0, or what extends the sign. `data` and `out` may be the same.
    """
    source, target = _bytes(data, out)
    if size not in _SIZES or source.size != target.size or source.size % size:
        raise ValueError(f"samples of {size} bytes from {source.size} to {target.size} bytes")
    if low < 0 or bits < 1 or low + bits > 8 * size:
        raise ValueError(f"{bits} bits from bit {low} on of {8 * size}")
    samples = source.view(f"u{size}")
    samples = samples.byteswap() if swapped else samples.copy()
    samples <<= 8 * size - low - bits
    kept = samples.view(f"i{size}") if is_signed else samples
    target.view(kept.dtype)[:] = kept >> (8 * size - bits)


def _pixels(data: Buffer, out: Buffer, size: int, planes: int) -> tuple[np.ndarray, np.ndarray]:
    source, target = _bytes(data, out)
    if size not in _SIZES or not 1 <= planes <= 16 or source.size != target.size or source.size % (size * planes):
        raise ValueError(f"{planes} samples of {size} bytes a pixel from {source.size} to {target.size} bytes")
    return source.view(f"u{size}"), target.view(f"u{size}")


def merge_planes(data: Buffer, out: Buffer, size: int, planes: int) -> None:
    """Copy samples that lie plane by plane so that they lie pixel by pixel (Planar Configuration 1 to 0)."""
    source, target = _pixels(data, out, size, planes)
    target.reshape(-1, planes)[:] = source.reshape(planes, -1).T


def split_planes(data: Buffer, out: Buffer, size: int, planes: int) -> None:
    """Copy samples that lie pixel by pixel so that they lie plane by plane (Planar Configuration 0 to 1)."""
    source, target = _pixels(data, out, size, planes)
    target.reshape(planes, -1)[:] = source.reshape(-1, planes).T


def _pairs(source: np.ndarray, target: np.ndarray, size: int, stored: int, made: int) -> tuple[np.ndarray, np.ndarray]:
    if size in _SIZES and source.size % (stored * size) == 0 and target.size % (made * size) == 0:
        pairs = source.view(f"u{size}").reshape(-1, stored), target.view(f"u{size}").reshape(-1, made)
        if len(pairs[0]) == len(pairs[1]):
            return pairs
    raise ValueError(f"pairs of pixels with samples of {size} bytes from {source.size} to {target.size} bytes")


def expand_pairs(data: Buffer, out: Buffer, size: int) -> None:
    """Give both pixels of a pair, stored as Y Y Cb Cr, the chrominance that they share (PS3.3 C.7.6.3.1.2)."""
    stored, pixels = _pairs(*_bytes(data, out), size, 4, 6)
    pixels[:] = stored[:, [0, 2, 3, 1, 2, 3]]


def shrink_pairs(data: Buffer, out: Buffer, size: int) -> None:
    """Store two pixels as Y Y Cb Cr, with the chrominance of the first, which is sited there (PS3.3 C.7.6.3.1.2)."""
    pixels, stored = _pairs(*_bytes(data, out), size, 6, 4)
    stored[:] = pixels[:, [0, 3, 1, 2]]


def transform_colors(
    data: Buffer, out: Buffer, size: int, bits: int, matrix: tuple[int, ...], constants: tuple[int, ...]
) -> None:
    """Multiply the three samples of each pixel by a matrix, add constants, and keep what `bits` bits hold.

    Both are integers with 20 fractional bits; a half that is to be rounded up is part of the constants. `data` and
    `out` may be the same.
    """
    source, target = _bytes(data, out)
    if size not in (1, 2) or not 1 <= bits <= 8 * size or source.size != target.size or source.size % (3 * size):
        raise ValueError(f"pixels of {bits} bits in {size} bytes from {source.size} to {target.size} bytes")
    if len(matrix) != 9 or len(constants) != 3:
        raise ValueError(f"a matrix of {len(matrix)} factors, {len(constants)} constants")
    if any(sum(map(abs, matrix[row : row + 3])) > 4 << _FRACTION for row in (0, 3, 6)):
        raise ValueError("factors are too large")
    if any(abs(constant) > 2 << (8 * size + _FRACTION) for constant in constants):
        raise ValueError("a constant is more than twice the largest sample")
    pixels = source.view(f"u{size}").reshape(-1, 3).astype(np.int64)
    sums = pixels @ np.array(matrix, np.int64).reshape(3, 3).T + np.array(constants, np.int64)
    target.view(f"u{size}").reshape(-1, 3)[:] = np.clip(sums >> _FRACTION, 0, (1 << bits) - 1)
