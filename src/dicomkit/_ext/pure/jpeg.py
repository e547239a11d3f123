"""What ``_ext/jpeg.pyx`` does, a bit at a time (ISO/IEC 10918-1 Annexes C, F.2.2 and H.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import TypeAlias

    Buffer: TypeAlias = bytes | bytearray | memoryview | np.ndarray

__all__ = ["decode", "walk"]

_MOST_COMPONENTS, _MOST_UNITS, _BLOCK = 4, 1 << 30, 64
_NO_CODE, _SHORT, _LONG, _RESTART = 1, 2, 3, 4
# By length and code, what a code stands for.
_Table = dict[tuple[int, int], int]


def _table(source: bytes, number: int) -> _Table:
    """What a DHT segment says: 16 counts, then values."""
    table: _Table = {}
    code = at = 0
    for length in range(1, 17):
        count = source[length - 1] if len(source) >= 16 else -1
        if count < 0 or at + count > min(256, len(source) - 16) or code + count > 1 << length:
            raise ValueError(f"table {number} is none of Huffman codes")
        for n in range(count):
            table[length, code + n] = source[16 + at + n]
        at += count
        code = (code + count) << 1
    return table


class _Bits:
    """The bits of a scan, zeros behind its end."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at
        self.waiting, self.bits, self.missing = 0, 0, 0

    def take(self, count: int) -> int:
        """The next bits as a number; `missing` is how many there were not."""
        while self.bits < count:
            pair = self.data[self.at : self.at + 2]
            if pair and pair[0] != 0xFF:
                byte = pair[0]
                self.at += 1
            elif pair == b"\xff\x00":
                byte = 0xFF
                self.at += 2
            else:
                byte = 0
                self.missing += 8
            self.waiting, self.bits = self.waiting << 8 | byte, self.bits + 8
        self.bits -= count
        taken = self.waiting >> self.bits
        self.waiting &= (1 << self.bits) - 1
        return taken

    def code(self, table: _Table) -> int:
        """What the next code stands for; -1, and nothing is taken, if there is no such code."""
        before = self.at, self.waiting, self.bits, self.missing
        code = 0
        for length in range(1, 17):
            code = code << 1 | self.take(1)
            if (length, code) in table:
                return table[length, code]
        self.at, self.waiting, self.bits, self.missing = before
        return -1

    def finish(self, expected: int, *, is_whole: bool) -> int:
        """Go to the marker behind an interval, and past it if it is the one expected (-1: any)."""
        problem = _LONG if is_whole and self.bits - self.missing >= 8 else 0
        data = self.data
        while len(data) - self.at >= 2 and not (data[self.at] == 0xFF and data[self.at + 1] not in (0, 0xFF)):
            if data[self.at : self.at + 2] != b"\xff\xff":
                problem = _LONG
            self.at += 1
        if len(data) - self.at == 1:
            problem, self.at = _LONG, len(data)
        if not is_whole:
            problem = 0
        if expected >= 0:
            if data[self.at + 1 : self.at + 2] != bytes([0xD0 + expected]):
                return _RESTART
            self.at += 2
        self.waiting, self.bits, self.missing = 0, 0, 0
        return problem


def _checked(data: Buffer, start: int) -> bytes:
    source = bytes(data)
    if not 0 <= start <= len(source):
        raise ValueError(f"a scan at {start} of {len(source)} bytes")
    return source


def walk(
    data: Buffer,
    start: int,
    dc: tuple[bytes, ...],
    ac: tuple[bytes, ...],
    blocks: tuple[int, ...],
    units: int,
    interval: int,
) -> tuple[int, int, int]:
    """Pass over a scan of `units`, each of ``blocks[n]`` blocks of component `n`, of the tables ``dc[n]``, ``ac[n]``.

    Tables are as in DHT: 16 counts, then values. There is a restart marker behind each `interval` units, none if it is
    0. Return where the scan ends, how many units were passed, and what is wrong: 0 nothing, 1 no such code, 2 the data
    ends before, 3 there is more data, 4 a restart marker is missing.
    """
    if not 0 < len(dc) <= _MOST_COMPONENTS or not len(ac) == len(dc) == len(blocks):
        raise ValueError(f"{len(dc)} components: 1 to 4 are possible")
    if not (0 <= units <= _MOST_UNITS and interval >= 0 and all(0 < count <= 16 for count in blocks)):
        raise ValueError(f"{units} units of {blocks} blocks, restarted after {interval}")
    bits = _Bits(_checked(data, start), start)
    components = [
        (_table(dc[n], n), _table(ac[n], n)) for n, count in enumerate(blocks) for _ in range(count)
    ]  # as often as it has blocks
    unit = restarts = 0
    while True:
        until = units if not interval else min(units, unit + interval)
        while unit < until:
            is_good = all(_pass_block(bits, *tables) for tables in components)
            problem = _SHORT if bits.missing > bits.bits else 0 if is_good else _NO_CODE
            if problem:
                bits.finish(-1, is_whole=False)
                return bits.at, unit, problem
            unit += 1
        problem = bits.finish(restarts if unit < units else -1, is_whole=True)
        restarts = (restarts + 1) % 8
        if problem or unit >= units:
            return bits.at, unit, problem


def _pass_block(bits: _Bits, dc: _Table, ac: _Table) -> bool:
    size = bits.code(dc)
    if not 0 <= size <= 15:
        return False
    bits.take(size)
    k = 1
    while k < _BLOCK:
        value = bits.code(ac)
        if value < 0:
            return False
        run, size = value >> 4, value & 15
        bits.take(size)
        if not size and run != 15:
            return True
        k += run + 1
    return k == _BLOCK


def _predicted(predictor: int, a: int, b: int, c: int) -> int:
    """The prediction from the samples to the left, above, and above to the left (ISO/IEC 10918-1 Table H.1)."""
    return (a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1)[predictor - 1]


def _difference(bits: _Bits, table: _Table) -> tuple[int, bool]:
    size = bits.code(table)
    if not 0 <= size <= 16:
        return 0, False
    if size in (0, 16):
        return size and 32768, True
    value = bits.take(size)
    return value if value >> (size - 1) else value - (1 << size) + 1, True


def decode(
    data: Buffer,
    start: int,
    tables: tuple[bytes, ...],
    places: tuple[int, ...],
    out: Buffer,
    rows: int,
    columns: int,
    samples: int,
    predictor: int,
    precision: int,
    interval: int,
) -> tuple[int, int, int, int]:
    """Decode a lossless scan into `out`: `rows` by `columns` of `samples`, of which the scan has those at `places`.

    `tables` are those of the components; `precision` is without what the point transform takes away. Restart markers
    stand behind each `interval` rows. Return where the scan ends, how many rows are whole, what is wrong as `walk`
    does, and all samples or'ed together. Rows behind one that is not whole have what was in `out`, or what came of it.
    """
    if not 0 < len(tables) <= _MOST_COMPONENTS or len(places) != len(tables):
        raise ValueError(f"{len(tables)} components: 1 to 4 are possible")
    if not (0 < rows <= 0xFFFF and 0 < columns <= 0xFFFF and 0 < samples <= _MOST_COMPONENTS and interval >= 0):
        raise ValueError(f"{rows} rows of {columns} with {samples} samples, restarted after {interval}")
    if not (1 <= predictor <= 7 and 1 <= precision <= 16):
        raise ValueError(f"predictor {predictor}, {precision} bits")
    if not all(0 <= place < samples for place in places):
        raise ValueError(f"components at {places} of {samples}")
    if len(set(places)) != len(places):
        raise ValueError(f"two components at one place: {places}")
    bits = _Bits(_checked(data, start), start)
    target = np.frombuffer(out, np.uint8)
    if not target.flags.writeable:
        raise BufferError("the output cannot be written to")
    count = rows * columns * samples
    if target.size not in (count, 2 * count):
        raise ValueError(f"{target.size} bytes for {rows} rows of {columns} with {samples} samples")
    image = target.view(np.uint8 if target.size == count else np.uint16).reshape(rows, columns, samples)
    mask = (1 << 8 * image.itemsize) - 1
    components = [(place, _table(table, n)) for n, (place, table) in enumerate(zip(places, tables, strict=True))]
    y = restarts = used = problem = 0
    whole = -1
    while True:
        first, wrong = y, 0
        until = rows if not interval else min(rows, y + interval)
        while y < until and not wrong:
            is_good, seen = _row(bits, components, image, y, mask, predictor if y > first else 0, 1 << precision - 1)
            used |= seen
            wrong = _SHORT if bits.missing > bits.bits else 0 if is_good else _NO_CODE
            y += not wrong
        if wrong and not problem:
            problem, whole = wrong, y
        y = until
        wrong = bits.finish(restarts if y < rows else -1, is_whole=not wrong)
        restarts = (restarts + 1) % 8
        if wrong and not problem:
            problem, whole = wrong, y
        if y >= rows or wrong == _RESTART:
            return bits.at, rows if whole < 0 else whole, problem, used


def _row(
    bits: _Bits,
    components: list[tuple[int, _Table]],
    image: np.ndarray,
    y: int,
    mask: int,
    predictor: int,
    initial: int,
) -> tuple[bool, int]:
    """Decode a row; `predictor` is 0 for the first one of an interval. Return if it is good, and its samples or'ed."""
    left: dict[int, int] = {}
    above = image[y - 1]
    is_good, used = True, 0
    for x in range(image.shape[1]):
        for place, table in components:
            if x == 0:
                value = int(above[0, place]) if predictor else initial
            elif predictor <= 1:
                value = left[place]
            else:
                value = _predicted(predictor, left[place], int(above[x, place]), int(above[x - 1, place]))
            change, has_code = _difference(bits, table)
            is_good = is_good and has_code
            value = (value + change) & 0xFFFF
            left[place] = value
            used |= value
            image[y, x, place] = value & mask
    return is_good, used
