"""The scans of JPEG, one by one: their tables and components, and whether they are whole (ISO/IEC 10918-1 Annex B)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit._ext.samples import jpeg
from dicomkit.errors import CodecError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from dicomkit.codecs.codestream.info import CodestreamInfo

__all__ = ["IS_COMPILED", "damage_of_scans", "decode_lossless"]

IS_COMPILED = not jpeg.__name__.startswith("dicomkit._ext.pure.")
"""Whether the kernel works, not its twin."""

_DHT, _SOI, _EOI, _SOS, _DRI = 0xC4, 0xD8, 0xD9, 0xDA, 0xDD
_FRAMES = {0xC0 + n for n in range(16)} - {_DHT, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
_MOST_SEGMENTS = 4000
_SEQUENTIAL = (0, 1)

# What `dicomkit._ext.jpeg` says is wrong with a scan.
_PROBLEMS = {
    1: "bits that are no code",
    2: "the data ends before the samples",
    3: "there is more data than samples need",
    4: "a restart marker is missing",
}


class _Scan:
    """One scan: where its data starts, and what the segments before it say."""

    __slots__ = ("ac", "components", "dc", "interval", "point_transform", "predictor", "start")

    def __init__(self, walker: _Walker, body: bytes, start: int) -> None:
        count = body[0] if body else 0
        if not 1 <= count <= 4 or len(body) < 4 + 2 * count:
            raise CodecError("a JPEG scan header that is damaged", offset=start)
        self.start = start
        self.interval = walker.interval
        self.predictor = body[1 + 2 * count]
        self.point_transform = body[3 + 2 * count] & 15
        self.components: tuple[int, ...] = ()
        dc, ac = [], []
        for at in range(1, 1 + 2 * count, 2):
            if body[at] not in walker.identifiers:
                raise CodecError(f"a JPEG scan of the component {body[at]}, which the frame has not got", offset=start)
            self.components += (walker.identifiers.index(body[at]),)
            dc.append(walker.tables.get((0, body[at + 1] >> 4), b""))
            ac.append(walker.tables.get((1, body[at + 1] & 15), b""))
        self.dc, self.ac = tuple(dc), tuple(ac)


class _Walker:
    """Goes from segment to segment, and lets `work` go through the data of each scan."""

    __slots__ = ("factors", "identifiers", "interval", "tables")

    def __init__(self) -> None:
        self.tables: dict[tuple[int, int], bytes] = {}
        self.identifiers: list[int] = []
        self.factors: list[tuple[int, int]] = []
        self.interval = 0

    def walk(self, data: bytes, position: int, work: Callable[[_Scan], int]) -> str:
        """Take the segments from `position` on; return what is wrong with them, "" if nothing is."""
        size = len(data)
        seen: set[int] = set()
        for _ in range(_MOST_SEGMENTS):
            while data[position : position + 2] == b"\xff\xff":
                position += 1
            if position + 2 > size or data[position] != 0xFF:
                return "no marker where one must stand"
            marker = data[position + 1]
            position += 2
            if marker == _EOI:
                missing = len(self.identifiers) - len(seen)
                return f"{missing} components have no scan" if missing else ""
            if marker in _WITHOUT_LENGTH:
                continue
            length = int.from_bytes(data[position : position + 2], "big")
            if length < 2 or position + length > size:
                return "a marker segment that runs past the end"
            body = data[position + 2 : position + length]
            position += length
            if marker == _SOS:
                scan = _Scan(self, body, position)
                seen.update(scan.components)
                position = work(scan)
            else:
                self._take(marker, body)
        return f"more than {_MOST_SEGMENTS} segments"

    def _take(self, marker: int, body: bytes) -> None:
        if marker == _DHT:
            at = 0
            while at + 17 <= len(body):
                end = at + 17 + sum(body[at + 1 : at + 17])
                self.tables[body[at] >> 4, body[at] & 15] = body[at + 1 : end]
                at = end
        elif marker == _DRI and len(body) >= 2:
            self.interval = int.from_bytes(body[:2], "big")
        elif marker in _FRAMES and len(body) >= 6:
            components = range(6, min(6 + 3 * body[5], len(body) - 2), 3)
            self.identifiers = [body[at] for at in components]
            self.factors = [(body[at + 1] >> 4, body[at + 1] & 15) for at in components]


def damage_of_scans(data: bytes, info: CodestreamInfo) -> str:
    """Return what is wrong with the scans of sequential JPEG with Huffman codes; "" if nothing is, or without a kernel.

    Codes are read, nothing is decoded. What changes a code's length is found, for then the codes do not end where the
    scan does; what changes only the number behind a code looks like another image.
    """
    if info.process not in _SEQUENTIAL or not IS_COMPILED:  # the twin takes much longer than to decode
        return ""
    walker = _Walker()
    found: list[str] = []

    def pass_over(scan: _Scan) -> int:
        units, blocks = _units(walker, scan, info)
        try:
            end, done, problem = jpeg.walk(data, scan.start, scan.dc, scan.ac, blocks, units, scan.interval)
        except ValueError as error:
            raise CodecError(f"a table of Huffman codes is damaged: {error}", offset=scan.start) from error
        if problem:
            found.append(f"{_PROBLEMS[problem]}, {100 * done // max(units, 1)} % into a scan")
        return end

    try:
        problem = walker.walk(data, 2, pass_over)
    except CodecError as error:
        problem = error.message
    return found[0] if found else problem


def _units(walker: _Walker, scan: _Scan, info: CodestreamInfo) -> tuple[int, tuple[int, ...]]:
    """Return how many units a scan has, and how many blocks of each component are in one (ISO/IEC 10918-1 A.2)."""
    most_h = max([h for h, _ in walker.factors])
    most_v = max([v for _, v in walker.factors])
    if len(scan.components) == 1:
        h, v = walker.factors[scan.components[0]]
        columns, rows = -(-info.columns * h // most_h), -(-info.rows * v // most_v)
        return -(-columns // 8) * -(-rows // 8), (1,)
    units = -(-info.columns // (8 * most_h)) * -(-info.rows // (8 * most_v))
    return units, tuple([walker.factors[n][0] * walker.factors[n][1] for n in scan.components])


def decode_lossless(data: bytes, info: CodestreamInfo, out: np.ndarray) -> str:
    """Decode lossless JPEG with Huffman codes into `out`, of bytes or 16 bit words; return what is wrong, or "".

    Rows that cannot be had are 0, till the next restart marker or the end. Raises CodecError for what cannot be decoded
    at all.
    """
    problem = _decode_lossless(data, info, out)
    if problem:  # once more, over nothing: what was in the array before is nobody's business
        out[...] = 0
        _decode_lossless(data, info, out)
    return problem


def _decode_lossless(data: bytes, info: CodestreamInfo, out: np.ndarray) -> str:
    walker = _Walker()
    found: list[str] = []
    shifts: list[int] = []

    def decode(scan: _Scan) -> int:
        precision = info.precision - scan.point_transform
        rows_between, rest = divmod(scan.interval, info.columns)
        if rest:
            raise CodecError("restart markers inside rows of lossless JPEG are not supported", offset=scan.start)
        size = info.rows, info.columns, info.samples_per_pixel
        how = scan.predictor, precision, rows_between
        try:
            end, whole, problem, used = jpeg.decode(data, scan.start, scan.dc, scan.components, out, *size, *how)
        except ValueError as error:
            raise CodecError(f"a scan that is damaged: {error}", offset=scan.start) from error
        shifts.append(scan.point_transform)
        if problem:
            found.append(f"{_PROBLEMS[problem]}; {whole} of {info.rows} rows came before")
        elif used >> precision:
            found.append(f"samples of more than {info.precision} bits")
        return end

    problem = walker.walk(data, 2, decode)
    if not shifts:
        raise CodecError("a JPEG without a scan")
    if len(set(shifts)) > 1:
        raise CodecError("components of lossless JPEG with different point transforms are not supported")
    if shifts[0]:
        out <<= shifts[0]
    return found[0] if found else problem
