"""The headers of JPEG 2000 and HTJ2K (ISO/IEC 15444-1 Annex A, 15444-2 Annex A, 15444-15; PS3.5 8.2.4, 8.2.14)."""

from __future__ import annotations

import struct

from dicomkit.codecs.codestream.info import CodestreamInfo
from dicomkit.errors import CodecError

__all__ = ["parse_jpeg_2000"]

_SIZ, _COD, _CAP, _TLM, _SOT, _EOC = 0xFF51, 0xFF52, 0xFF50, 0xFF55, 0xFF90, 0xFFD9
_PART_2 = {0xFF74: "MCT", 0xFF75: "MCT", 0xFF77: "MCT", 0xFF72: "DFS", 0xFF73: "ADS", 0xFF76: "NLT", 0xFF79: "ATK"}
_SIGNATURE = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_PROGRESSIONS = ("LRCP", "RLCP", "RPCL", "PCRL", "CPRL")
_HIGH_THROUGHPUT = 1 << 17  # Pcap15 (ISO/IEC 15444-15 A.3): bits are counted from the most significant, from 1

_MOST_SEGMENTS = 2000
_MOST_BOXES = 200
# What a decoder makes a structure for before it has seen one coded bit: tiles (65,535 are the standard's bound) and
# precincts. Real images stay far below, and these keep a header of 100 bytes from costing a gigabyte.
_MOST_TILES = 65_535
_SMALLEST_TILE = 256  # pixels, where there are more than `_FEW_TILES`
_FEW_TILES = 1024
_MOST_PRECINCTS = 1 << 18


class _Size:
    """The segment SIZ."""

    __slots__ = ("columns", "components", "extensions", "rows", "tiles")

    def __init__(self, body: bytes, offset: int) -> None:
        if len(body) < 36:
            raise CodecError("a SIZ segment that is too short", offset=offset)
        capabilities, x1, y1, x0, y0, width, height, tile_x, tile_y, count = struct.unpack_from(">HIIIIIIIIH", body)
        if not count or len(body) < 36 + 3 * count:
            raise CodecError(f"a SIZ segment of {len(body)} bytes for {count} components", offset=offset)
        if not (x0 < x1 and y0 < y1 and width and height and tile_x <= x0 and tile_y <= y0):
            raise CodecError("a SIZ segment with an empty image or tile", offset=offset)
        self.columns, self.rows = x1 - x0, y1 - y0
        self.tiles = -(-(x1 - tile_x) // width) * -(-(y1 - tile_y) // height)
        if self.tiles > _MOST_TILES or (self.tiles > _FEW_TILES and width * height < _SMALLEST_TILE):
            raise CodecError(f"{self.tiles} tiles of {width} × {height}", offset=offset)
        self.extensions = capabilities
        self.components = [body[at : at + 3] for at in range(36, 36 + 3 * count, 3)]
        if any(not (x and y) for _, x, y in self.components):
            raise CodecError("a component without samples", offset=offset)


def parse_jpeg_2000(data: bytes) -> CodestreamInfo:
    """Return the description in a JPEG 2000 codestream, also inside JP2, up to its first tile-part. CodecError."""
    start = _codestream_start(data)
    if data[start : start + 4] != b"\xff\x4f\xff\x51":
        raise CodecError("no JPEG 2000: it does not start with SOC and SIZ", offset=start)
    segments: dict[int, bytes] = {}
    extensions: list[str] = []
    position = start + 2
    for _ in range(_MOST_SEGMENTS):
        head = data[position : position + 4]
        if len(head) < 4:
            raise CodecError("a JPEG 2000 codestream that is cut off in its main header", offset=position)
        marker, length = struct.unpack(">HH", head)
        if marker == _SOT:
            return _described(segments, extensions, data, start, position)
        if marker < 0xFF00 or marker == _EOC or length < 2 or position + 2 + length > len(data):
            raise CodecError("a JPEG 2000 main header that is damaged", offset=position)
        if marker in {_SIZ, _COD, _CAP, _TLM}:
            segments[marker] = data[position + 4 : position + 2 + length]
        elif marker in _PART_2 and _PART_2[marker] not in extensions:
            extensions.append(_PART_2[marker])
        position += 2 + length
    raise CodecError(f"more than {_MOST_SEGMENTS} segments in the main header", offset=position)


def _codestream_start(data: bytes) -> int:
    """Return where the codestream starts, which in JP2 is the content of the box jp2c (ISO/IEC 15444-1 Annex I)."""
    if not data.startswith(_SIGNATURE):
        return 0
    position = 0
    for _ in range(_MOST_BOXES):
        if position + 8 > len(data):
            break
        length, kind = struct.unpack_from(">I4s", data, position)
        header = 8
        if length == 1 and position + 16 <= len(data):
            length, header = int.from_bytes(data[position + 8 : position + 16], "big"), 16
        if kind == b"jp2c":
            return position + header
        if length < header:
            break
        position += length
    raise CodecError("a JP2 file without a codestream", offset=0)


def _described(
    segments: dict[int, bytes], extensions: list[str], data: bytes, start: int, position: int
) -> CodestreamInfo:
    size = _Size(segments[_SIZ], start + 4)
    coding = segments.get(_COD, b"")
    if len(coding) < 10:
        raise CodecError("no COD segment in the main header", offset=start)
    style, progression, layers, multiple, levels = struct.unpack_from(">BBHBB", coding)
    if levels > 32 or not layers:
        raise CodecError(f"{levels} decomposition levels and {layers} layers", offset=start)
    _check_precincts(size, style, levels, coding[10:], start)
    capabilities = segments.get(_CAP, b"")
    is_ht = len(capabilities) >= 4 and bool(int.from_bytes(capabilities[:4], "big") & _HIGH_THROUGHPUT)
    is_reversible = coding[9] == 1
    precisions = tuple((depth & 0x7F) + 1 for depth, _, _ in size.components)
    transform = ("RCT" if is_reversible else "ICT") if multiple & 1 else ""
    return CodestreamInfo(
        standard="HTJ2K" if is_ht else "JPEG 2000",
        rows=size.rows,
        columns=size.columns,
        samples_per_pixel=len(size.components),
        precision=max(precisions),
        precisions=precisions,
        is_signed=any(depth & 0x80 for depth, _, _ in size.components),
        subsampling=tuple((x, y) for _, x, y in size.components),
        color_transform=transform,
        undoes_color_transform=transform != "",
        # The 5-3 filter can be cut off as well: that it is reversible makes it lossless only if all passes are there.
        is_lossless=None if is_reversible else False,
        # Trailing zeros and 0xFF pad frames to even length; EOC before them is a marker that no coded byte can be.
        is_complete=data.rfind(b"\xff\xd9", position) >= 0,
        start=start,
        end=position,
        progression=_PROGRESSIONS[progression] if progression < len(_PROGRESSIONS) else None,
        tiles=size.tiles,
        layers=layers,
        resolutions=levels + 1,
        has_tile_lengths=_TLM in segments,
        extensions=tuple(extensions),
    )


def _check_precincts(size: _Size, style: int, levels: int, sizes: bytes, offset: int) -> None:
    """Refuse more precincts than any image needs; without sizes in COD they are as large as they can be."""
    if not style & 1:
        return
    if len(sizes) <= levels:
        raise CodecError("a COD segment without the sizes of its precincts", offset=offset)
    count = 0
    for level in range(levels + 1):
        exponents = sizes[level]
        shift = levels - level
        columns, rows = -(-size.columns >> shift), -(-size.rows >> shift)
        count += (1 + (columns >> (exponents & 15))) * (1 + (rows >> (exponents >> 4)))
    if count * len(size.components) > _MOST_PRECINCTS:
        raise CodecError(f"{count} precincts", offset=offset)
