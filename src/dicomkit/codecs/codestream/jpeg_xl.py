"""The headers of JPEG XL (ISO/IEC 18181-1 Annex D, 18181-2; PS3.5 8.2.19)."""

from __future__ import annotations

import struct

from dicomkit.codecs.codestream.info import CodestreamInfo
from dicomkit.errors import CodecError

__all__ = ["parse_jpeg_xl"]

_CONTAINER = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_MOST_BOXES = 2000
# All that is looked at of the codestream itself; profiles and pixels come after.
_LONGEST_HEADER = 256
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))

# The four choices of U32(): what is added, and how many bits are read (ISO/IEC 18181-1 B.2.2).
_Choices = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]
_SIZE: _Choices = ((1, 9), (1, 13), (1, 18), (1, 30))
_INTEGER_BITS: _Choices = ((8, 0), (10, 0), (12, 0), (1, 6))
_FLOAT_BITS: _Choices = ((32, 0), (16, 0), (24, 0), (1, 6))
_EXTRA_CHANNELS: _Choices = ((0, 0), (1, 0), (2, 4), (1, 12))
_ENUM: _Choices = ((0, 0), (1, 0), (2, 4), (18, 6))
_NAME_LENGTH: _Choices = ((0, 0), (0, 4), (16, 5), (48, 10))
_DIM_SHIFT: _Choices = ((0, 0), (3, 0), (4, 0), (1, 3))
_PREVIEW_EIGHTHS: _Choices = ((16, 0), (32, 0), (1, 5), (33, 9))
_PREVIEW: _Choices = ((1, 6), (65, 8), (321, 10), (1345, 12))
_TICKS: _Choices = ((100, 0), (1000, 0), (1, 10), (1, 30))
_TICK_DIVISOR: _Choices = ((1, 0), (1001, 0), (1, 8), (1, 10))
_LOOPS: _Choices = ((0, 0), (0, 3), (0, 16), (0, 32))
_CFA_CHANNEL: _Choices = ((1, 0), (0, 2), (3, 4), (19, 8))

_GRAY = 1  # of the enumeration ColourSpace
_ALPHA, _SPOT, _CFA = 0, 2, 5  # of ExtraChannelType


class _Bits:
    """Bits from the least significant of the first byte on."""

    __slots__ = ("left", "value")

    def __init__(self, data: bytes) -> None:
        self.value = int.from_bytes(data, "little")
        self.left = len(data) * 8

    def take(self, count: int) -> int:
        if count > self.left:
            raise CodecError("a JPEG XL header that is cut off")
        taken = self.value & ((1 << count) - 1)
        self.value >>= count
        self.left -= count
        return taken

    def flag(self) -> bool:
        return self.take(1) == 1

    def choose(self, choices: _Choices) -> int:
        added, count = choices[self.take(2)]
        return added + self.take(count)


def parse_jpeg_xl(data: bytes) -> CodestreamInfo:
    """Return the description in a JPEG XL codestream, also inside its container. Raises CodecError."""
    header, reconstructs = _codestream(data)
    if header[:2] != b"\xff\x0a":
        raise CodecError("no JPEG XL: it starts with neither a codestream nor a container", offset=0)
    bits = _Bits(header[2:])
    rows, columns = _size(bits)
    metadata = _Metadata(bits)
    colors = 1 if metadata.is_gray else 3
    count = colors + metadata.extra_channels
    return CodestreamInfo(
        standard="JPEG XL",
        rows=rows,
        columns=columns,
        samples_per_pixel=count,
        precision=metadata.precision,
        precisions=(metadata.precision,) * count,
        is_float=metadata.is_float,
        subsampling=((1, 1),) * count,
        color_transform="XYB" if metadata.is_xyb else "",
        undoes_color_transform=True,
        is_lossless=False if metadata.is_xyb else None,
        start=0 if data[:2] == b"\xff\x0a" else len(_CONTAINER),
        end=min(len(data), _LONGEST_HEADER),
        reconstructs_jpeg=reconstructs,
    )


def _codestream(data: bytes) -> tuple[bytes, bool]:
    """Return the start of the codestream, from all its boxes, and whether there is data for JPEG reconstruction."""
    if not data.startswith(_CONTAINER):
        return data[:_LONGEST_HEADER], False
    found = b""
    reconstructs = False
    position = 0
    for _ in range(_MOST_BOXES):
        if position + 8 > len(data):
            return found, reconstructs
        length, kind = struct.unpack_from(">I4s", data, position)
        header = 8
        if length == 1 and position + 16 <= len(data):
            length, header = int.from_bytes(data[position + 8 : position + 16], "big"), 16
        elif length == 0:
            length = len(data) - position  # the last box may leave its length open
        if length < header or position + length > len(data):
            raise CodecError("a JPEG XL box that runs past the end", offset=position)
        reconstructs |= kind == b"jbrd"
        if kind in {b"jxlc", b"jxlp"} and len(found) < _LONGEST_HEADER:
            begin = position + header + (4 if kind == b"jxlp" else 0)  # jxlp counts its parts
            found += data[begin : min(position + length, begin + _LONGEST_HEADER)]
        position += length
    raise CodecError(f"more than {_MOST_BOXES} JPEG XL boxes", offset=position)


def _size(bits: _Bits) -> tuple[int, int]:
    """Return (rows, columns) of a SizeHeader."""
    is_small = bits.flag()
    rows = 8 * (1 + bits.take(5)) if is_small else bits.choose(_SIZE)
    ratio = bits.take(3)
    if ratio:
        numerator, denominator = _RATIOS[ratio - 1]
        return rows, rows * numerator // denominator
    return rows, 8 * (1 + bits.take(5)) if is_small else bits.choose(_SIZE)


def _precision(bits: _Bits) -> tuple[int, bool]:
    """Return (bits, is float) of a BitDepth."""
    if bits.flag():
        precision = bits.choose(_FLOAT_BITS)
        bits.take(4)
        return precision, True
    return bits.choose(_INTEGER_BITS), False


class _Metadata:
    """What is read of ImageMetadata: depth, channels, and how colours are coded."""

    __slots__ = ("extra_channels", "is_float", "is_gray", "is_xyb", "precision")

    def __init__(self, bits: _Bits) -> None:
        self.precision, self.is_float, self.extra_channels = 8, False, 0
        self.is_xyb, self.is_gray = True, False
        if bits.flag():
            return
        if bits.flag():
            self._skip_extra_fields(bits)
        self.precision, self.is_float = _precision(bits)
        bits.flag()  # whether buffers of 16 bits suffice
        self.extra_channels = bits.choose(_EXTRA_CHANNELS)
        if self.extra_channels > 4:
            raise CodecError(f"{self.extra_channels} extra channels in JPEG XL")
        for _ in range(self.extra_channels):
            self._skip_extra_channel(bits)
        self.is_xyb = bits.flag()
        if not bits.flag():  # a colour encoding of its own
            bits.flag()  # an ICC profile
            self.is_gray = bits.choose(_ENUM) == _GRAY

    @staticmethod
    def _skip_extra_fields(bits: _Bits) -> None:
        bits.take(3)  # orientation
        if bits.flag():
            _size(bits)  # intrinsic size
        if bits.flag():  # preview
            choices = _PREVIEW_EIGHTHS if bits.flag() else _PREVIEW
            bits.choose(choices)
            if not bits.take(3):
                bits.choose(choices)
        if bits.flag():  # animation
            bits.choose(_TICKS)
            bits.choose(_TICK_DIVISOR)
            bits.choose(_LOOPS)
            bits.flag()

    @staticmethod
    def _skip_extra_channel(bits: _Bits) -> None:
        if bits.flag():
            return  # alpha with 8 bits
        kind = bits.choose(_ENUM)
        _precision(bits)
        bits.choose(_DIM_SHIFT)
        bits.take(8 * bits.choose(_NAME_LENGTH))
        if kind == _ALPHA:
            bits.flag()
        elif kind == _SPOT:
            bits.take(64)
        elif kind == _CFA:
            bits.choose(_CFA_CHANNEL)
