"""The scans of JPEG-LS decoded: their parameters, components and order (ISO/IEC 14495-1 Annexes A and C)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from dicomkit._ext.samples import jpegls
from dicomkit.errors import CodecError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from dicomkit.codecs.codestream.info import CodestreamInfo

__all__ = ["IS_COMPILED", "decode_scans", "is_supported"]

IS_COMPILED = not jpegls.__name__.startswith("dicomkit._ext.pure.")
"""Whether the kernel works, not its twin."""

_SOF55, _EOI, _SOS, _DRI, _LSE = 0xF7, 0xD9, 0xDA, 0xDD, 0xF8
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_MOST_SEGMENTS = 4000
_USUAL_RESET = 64
_PROBLEMS = {
    1: "bits that are no code",
    2: "the data ends before the samples",
    3: "there is more data than samples need",
}


def is_supported(data: bytes, info: CodestreamInfo) -> bool:
    """Whether the header has nothing that is not decoded here: HP's colours, subsampling, restart markers, tables."""
    if info.color_transform != "" or any(factors != (1, 1) for factors in info.subsampling):
        return False
    for marker, body, _ in _segments(data, 2):
        if (marker == _DRI and any(body)) or (marker == _LSE and body[:1] != b"\1"):
            return False
        if marker == _SOS:
            return all(body[at + 1] == 0 for at in range(1, 2 * body[0], 2) if at + 1 < len(body))
    return False


def decode_scans(data: bytes, info: CodestreamInfo, out: np.ndarray) -> None:
    """Decode into `out`, of bytes or 16 bit words; raises CodecError for what is damaged or not supported."""
    if not 1 <= info.precision <= 16:
        raise CodecError(f"JPEG-LS of {info.precision} bits")
    most = (1 << info.precision) - 1
    preset = (0, 0, 0, 0, 0)
    identifiers: list[int] = []
    seen: set[int] = set()
    position = 2
    while True:
        for marker, body, after in _segments(data, position):
            if marker == _SOF55:
                identifiers = list(body[6 : 6 + 3 * body[5] : 3])
            elif marker == _LSE:
                if len(body) != 11 or body[0] != 1:
                    raise CodecError("JPEG-LS with tables or long dimensions is not supported", offset=after)
                preset = struct.unpack(">5H", body[1:])
            elif marker == _DRI and any(body):
                raise CodecError("restart markers in JPEG-LS are not supported", offset=after)
            if marker in (_SOS, _EOI):
                break
        if marker == _EOI:
            break
        places, near, interleave = _scan(body, identifiers, after)
        seen.update(places)
        parameters = _parameters(preset, most, near, after)
        size = info.rows, info.columns, info.samples_per_pixel
        try:
            position, whole, problem = jpegls.decode(data, after, places, out, *size, interleave, near, parameters)
        except ValueError as error:
            raise CodecError(f"a scan that is damaged: {error}", offset=after) from error
        if problem:
            message = f"{_PROBLEMS[problem]}; {whole} of {info.rows} rows came before"
            raise CodecError(message, offset=position)
    if len(seen) != info.samples_per_pixel:
        raise CodecError(f"{info.samples_per_pixel - len(seen)} components have no scan", offset=position)


def _segments(data: bytes, position: int) -> Iterator[tuple[int, bytes, int]]:
    """Iterate over marker segments, up to a scan or the end: the marker, what is in it, and where it ends."""
    for _ in range(_MOST_SEGMENTS):
        while data[position : position + 2] == b"\xff\xff":
            position += 1
        if position + 2 > len(data) or data[position] != 0xFF:
            raise CodecError("no JPEG-LS marker where one must stand", offset=position)
        marker = data[position + 1]
        position += 2
        if marker in _WITHOUT_LENGTH:
            continue
        if marker == _EOI:
            yield marker, b"", position
            return
        length = int.from_bytes(data[position : position + 2], "big")
        if length < 2 or position + length > len(data):
            raise CodecError("a JPEG-LS marker segment that runs past the end", offset=position)
        body = data[position + 2 : position + length]
        position += length
        yield marker, body, position
        if marker == _SOS:
            return
    raise CodecError(f"more than {_MOST_SEGMENTS} JPEG-LS segments", offset=position)


def _scan(body: bytes, identifiers: list[int], offset: int) -> tuple[tuple[int, ...], int, int]:
    """Return the places of a scan's components, NEAR and how they are interleaved (C.2.3)."""
    count = body[0] if body else 0
    if not count or len(body) < 4 + 2 * count:
        raise CodecError("a JPEG-LS scan header that is damaged", offset=offset)
    names = body[1 : 1 + 2 * count : 2]
    if any(name not in identifiers for name in names):
        raise CodecError("a JPEG-LS scan of a component that the frame has not got", offset=offset)
    near, interleave, transform = body[1 + 2 * count : 4 + 2 * count]
    if transform & 15 or any(body[2 : 2 + 2 * count : 2]):
        raise CodecError("point transforms and tables of JPEG-LS are not supported", offset=offset)
    # Of one component it does not matter (B.2.3).
    return tuple([identifiers.index(name) for name in names]), near, interleave if count > 1 else 0


def _parameters(preset: tuple[int, ...], most: int, near: int, offset: int) -> tuple[int, int, int, int, int]:
    """Return MAXVAL, the thresholds and RESET: those of LSE, and the usual ones where it has 0 (C.2.4.1.1)."""
    most = preset[0] or most
    if 2 * near > most:
        raise CodecError(f"a difference of {near} in samples up to {most}", offset=offset)
    if most >= 128:
        factor = (min(most, 4095) + 128) >> 8
        usual = factor + 2 + 3 * near, 4 * factor + 3 + 5 * near, 17 * factor + 4 + 7 * near
    else:
        factor = 256 // (most + 1)
        usual = max(2, 3 // factor + 3 * near), max(3, 7 // factor + 5 * near), max(4, 21 // factor + 7 * near)
    thresholds: list[int] = []
    least = near + 1
    for value, chosen in zip(usual, preset[1:4], strict=True):
        least = chosen or (value if least <= value <= most else least)
        thresholds.append(least)
    first, second, third = thresholds
    return most, first, second, third, preset[4] or _USUAL_RESET
