"""The headers of JPEG and JPEG-LS (ISO/IEC 10918-1 Annex B, ISO/IEC 14495-1 Annex C; PS3.5 8.2.1, 8.2.3)."""

from __future__ import annotations

import struct

from dicomkit.codecs.codestream.info import CodestreamInfo
from dicomkit.errors import CodecError

__all__ = ["parse_jpeg"]

# Markers, second byte (ISO/IEC 10918-1 Table B.1; ISO/IEC 14495-1 Table C.1).
_SOI, _EOI, _SOS, _DHP = 0xD8, 0xD9, 0xDA, 0xDE
_APP0, _APP8, _APP14 = 0xE0, 0xE8, 0xEE
_SOF55 = 0xF7
# n of SOFn by its marker; DHT, JPG and DAC stand among them.
_FRAMES = {**{0xC0 + n: n for n in range(16) if n not in {4, 8, 12}}, _SOF55: 55}
_LOSSLESS = {3, 7, 11, 15}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})  # TEM, RSTn, SOI
_TELLING = frozenset({*_FRAMES, _DHP, _APP0, _APP8, _APP14})

# More segments before the first scan than any encoder writes; the standards have no bound.
_MOST_SEGMENTS = 2000


class _Headers:
    """What has been gathered on the way to the first scan."""

    __slots__ = ("adobe", "frame", "hp", "jfif", "process")

    def __init__(self) -> None:
        self.process = -1
        self.frame = b""
        self.adobe: int | None = None
        self.jfif = False
        self.hp = 0

    def take(self, marker: int, body: bytes, offset: int) -> None:
        """Note what a segment says."""
        if marker in _FRAMES:
            if self.frame:
                raise CodecError("a second frame header in one codestream", offset=offset)
            if len(body) < 6 or len(body) < 6 + 3 * body[5]:
                raise CodecError("a frame header that is too short", offset=offset)
            if not body[5]:
                raise CodecError("a frame header without components", offset=offset)
            self.process, self.frame = _FRAMES[marker], body
        elif marker == _DHP:
            raise CodecError("hierarchical JPEG is not supported", offset=offset)
        elif marker == _APP0 and body.startswith(b"JFIF\0"):
            self.jfif = True
        elif marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12:
            self.adobe = body[11]
        elif marker == _APP8 and body.startswith(b"mrfx") and len(body) == 5:
            self.hp = body[4]  # the colour transformation of HP's encoder

    def color_transform(self, identifiers: tuple[int, ...]) -> str | None:
        """Return the transformation, by the rules that libjpeg made common (PS3.5 8.2.1 leaves it to the data set)."""
        if self.process == 55:
            return f"HP{self.hp}" if 1 <= self.hp <= 3 else ""
        if len(identifiers) < 3:
            return ""
        if self.adobe is not None:
            return {1: "YCbCr", 2: "YCCK"}.get(self.adobe, "")
        if self.jfif and len(identifiers) == 3:
            return "YCbCr"
        return "" if identifiers == (82, 71, 66) else None  # "RGB"


def parse_jpeg(data: bytes) -> CodestreamInfo:
    """Return the description in a JPEG or JPEG-LS codestream, up to its first scan. Raises CodecError."""
    if data[:2] != b"\xff\xd8":
        raise CodecError("no JPEG: it does not start with SOI", offset=0)
    headers = _Headers()
    position, size = 2, len(data)
    # Once for each frame of an image: a marker without fill bytes before it, which is the rule, is read here.
    for _ in range(_MOST_SEGMENTS):
        if position + 4 <= size and data[position] == 0xFF != data[position + 1]:
            marker = data[position + 1]
            position += 2
        else:
            marker, position = _marker(data, position)
        if marker in _WITHOUT_LENGTH:
            continue
        if marker == _EOI:
            raise CodecError("a JPEG that ends before its first scan", offset=position - 2)
        length = int.from_bytes(data[position : position + 2], "big")
        if length < 2 or position + length > size:
            raise CodecError("a JPEG marker segment that runs past the end", offset=position)
        if marker == _SOS:
            return _described(headers, data[position + 2 : position + length], data, position)
        if marker in _TELLING:
            headers.take(marker, data[position + 2 : position + length], position)
        position += length
    raise CodecError(f"more than {_MOST_SEGMENTS} JPEG marker segments before the first scan", offset=position)


def _marker(data: bytes, position: int) -> tuple[int, int]:
    """Return the marker at `position`, before which 0xFF may fill, and where its segment starts."""
    if data[position : position + 1] != b"\xff":
        raise CodecError("no JPEG marker where one must stand", offset=position)
    start = position
    while position < len(data) and data[position] == 0xFF:
        position += 1
        if position - start > 1024:
            raise CodecError("JPEG fill bytes without an end", offset=start)
    if position >= len(data):
        raise CodecError("a JPEG that is cut off in its headers", offset=start)
    return data[position], position + 1


def _subsampling(factors: list[tuple[int, int]], offset: int) -> tuple[tuple[int, int], ...]:
    most_h, most_v = max([h for h, _ in factors]), max([v for _, v in factors])
    if min(map(min, factors)) and not any(most_h % h or most_v % v for h, v in factors):
        return tuple([(most_h // h, most_v // v) for h, v in factors])
    raise CodecError(f"JPEG sampling factors {factors}", offset=offset)


def _described(headers: _Headers, scan: bytes, data: bytes, position: int) -> CodestreamInfo:
    frame = headers.frame
    if not frame:
        raise CodecError("a JPEG scan before the frame header", offset=position)
    precision, rows, columns, count = struct.unpack_from(">BHHB", frame)
    components = [(frame[at], frame[at + 1] >> 4, frame[at + 1] & 15) for at in range(6, 6 + 3 * count, 3)]
    if not scan or len(scan) < 4 + 2 * scan[0]:
        raise CodecError("a JPEG scan header that is too short", offset=position)
    subsampling = _subsampling([(h, v) for _, h, v in components], position)
    after = scan[1 + 2 * scan[0] :]
    process = headers.process
    is_ls, is_lossless = process == 55, process in _LOSSLESS
    transform = headers.color_transform(tuple([identifier for identifier, _, _ in components]))
    return CodestreamInfo(
        standard="JPEG-LS" if is_ls else "JPEG",
        rows=rows,
        columns=columns,
        samples_per_pixel=count,
        precision=precision,
        precisions=(precision,) * count,
        subsampling=subsampling,
        color_transform=transform,
        undoes_color_transform=is_ls and transform != "",
        is_lossless=after[0] == 0 if is_ls else is_lossless,
        is_complete=data.rfind(b"\xff\xd9", position) >= 0,
        end=position - 2,
        process=process,
        predictor=after[0] if is_lossless else None,
        near=after[0] if is_ls else None,
        interleave=after[1] if is_ls else None,
    )
