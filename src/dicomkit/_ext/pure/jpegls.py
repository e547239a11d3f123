"""What ``_ext/jpegls.pyx`` does, a bit at a time (ISO/IEC 14495-1 Annex A)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import TypeAlias

    Buffer: TypeAlias = bytes | bytearray | memoryview | np.ndarray

__all__ = ["decode"]

_MOST_COMPONENTS, _CONTEXTS, _RUN_CONTEXT = 4, 367, 365
_MOST_RESET = 4096
_NO_CODE, _SHORT, _LONG = 1, 2, 3
# J of A.2.1: how long runs are expected to be, as powers of two.
_RUN_ORDERS = (*(n // 4 for n in range(16)), 4, 4, 5, 5, 6, 6, 7, 7, *range(8, 16))


class _DamagedError(Exception):
    """What is wrong with a scan."""

    def __init__(self, problem: int) -> None:
        self.problem = problem


class _Scan:
    """The bits of a scan, and what was learnt from samples so far."""

    def __init__(self, data: bytes, at: int, near: int, parameters: tuple[int, int, int, int, int]) -> None:
        self.data, self.at = data, at
        self.waiting, self.bits, self.missing = 0, 0, 0
        self.most, self.t1, self.t2, self.t3, self.reset = parameters
        self.near, self.step = near, 2 * near + 1
        self.span = (self.most + 2 * near) // self.step + 1
        self.farthest = 2 * self.span + 2
        sample_bits = max(2, self.most.bit_length())
        self.limit = 2 * (sample_bits + max(8, sample_bits))
        self.value_bits = max(1, (self.span - 1).bit_length())
        # A, B, C and N of each context.
        self.contexts = [[max(2, (self.span + 32) // 64), 0, 0, 1] for _ in range(_CONTEXTS)]
        self.negative = [0, 0]
        self.run_index = [0] * _MOST_COMPONENTS

    def take(self, count: int) -> int:
        """The next bits as a number; `missing` is how many there were not."""
        while self.bits < count:
            pair = self.data[self.at : self.at + 2]
            if pair and pair[0] != 0xFF:
                self.waiting, self.bits, self.at = self.waiting << 8 | pair[0], self.bits + 8, self.at + 1
            elif len(pair) == 2 and pair[1] < 0x80:
                self.waiting, self.bits, self.at = self.waiting << 15 | 0xFF << 7 | pair[1], self.bits + 15, self.at + 2
            else:
                self.waiting, self.bits, self.missing = self.waiting << 8, self.bits + 8, self.missing + 8
        self.bits -= count
        taken = self.waiting >> self.bits
        self.waiting &= (1 << self.bits) - 1
        return taken

    def check(self) -> None:
        """Stop where bits were taken that are not there."""
        if self.missing > self.bits:
            raise _DamagedError(_SHORT)

    def golomb(self, k: int, limit: int) -> int:
        """A number in Golomb's code of the order k, at most `limit` bits long (A.5.3)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            self.check()
            if zeros > limit:
                raise _DamagedError(_NO_CODE)
        if zeros < limit - self.value_bits - 1:
            value = zeros << k
            if value <= self.farthest:
                value |= self.take(k)
            if value > self.farthest:
                raise _DamagedError(_NO_CODE)
            return value
        return self.take(self.value_bits) + 1

    def restored(self, predicted: int, error: int) -> int:
        """The sample at a prediction and an error that is counted in steps, modulo the range (A.4.5, A.8)."""
        value = predicted + error * self.step
        if value < -self.near:
            value += self.span * self.step
        elif value > self.most + self.near:
            value -= self.span * self.step
        return min(max(value, 0), self.most)

    def region(self, gradient: int) -> int:
        """Where a gradient lies between the thresholds, -4 to 4 (A.3.3)."""
        size = abs(gradient)
        found = 0 if size <= self.near else 1 + (size >= self.t1) + (size >= self.t2) + (size >= self.t3)
        return -found if gradient < 0 else found

    def place(self, a: int, b: int, c: int, d: int) -> int:
        """The context of a sample, negative if it is mirrored, 0 for a run (A.3.4)."""
        return (self.region(d - b) * 9 + self.region(b - c)) * 9 + self.region(c - a)

    def regular(self, place: int, a: int, b: int, c: int) -> int:
        """A sample in regular mode (A.4, A.5, A.6)."""
        sign = -1 if place < 0 else 1
        context = self.contexts[abs(place)]
        low, high = min(a, b), max(a, b)
        predicted = low if c >= high else high if c <= low else a + b - c
        predicted = min(max(predicted + sign * context[2], 0), self.most)
        k = 0
        while context[3] << k < context[0]:
            k += 1
        code = self.golomb(k, self.limit)
        error = -((code + 1) >> 1) if code & 1 else code >> 1
        if k == 0 and self.near == 0 and 2 * context[1] <= -context[3]:
            error = -error - 1
        self._learn(context, error)
        return self.restored(predicted, sign * error)

    def _learn(self, context: list[int], error: int) -> None:
        size, bias, correction, count = context
        size, bias = size + abs(error), bias + error * self.step
        if count >= self.reset:
            size, bias, count = size >> 1, bias >> 1, count >> 1
        count += 1
        if bias <= -count:
            bias = max(bias + count, 1 - count)
            correction = max(correction - 1, -128)
        elif bias > 0:
            bias = min(bias - count, 0)
            correction = min(correction + 1, 127)
        context[:] = size, bias, correction, count

    def run_end(self, a: int, b: int, kind: int, order: int) -> int:
        """The sample that ends a run, `kind` 1 where those to the left and above are alike (A.7.2)."""
        context = self.contexts[_RUN_CONTEXT + kind]
        wanted = context[0] + (context[3] >> 1 if kind else 0)
        k = 0
        while context[3] << k < wanted:
            k += 1
        code = self.golomb(k, self.limit - order - 1)
        odd = (code + kind) & 1
        error = (code + kind + odd) >> 1
        if (k != 0 or 2 * self.negative[kind] >= context[3]) == bool(odd):
            error = -error
        self.negative[kind] += error < 0
        context[0] += (code + 1 - kind) >> 1
        if context[3] >= self.reset:
            context[0], context[3] = context[0] >> 1, context[3] >> 1
            self.negative[kind] >>= 1
        context[3] += 1
        return self.restored(a, error) if kind else self.restored(b, -error if a > b else error)

    def run_length(self, room: int, component: int) -> int:
        """How many samples a run has, at most `room`, which then ends with its line (A.7.1)."""
        length = 0
        while length < room:
            self.check()
            order = _RUN_ORDERS[self.run_index[component]]
            if not self.take(1):
                length += self.take(order)
                if length > room:
                    raise _DamagedError(_NO_CODE)
                return length
            if 1 << order > room - length:
                return room
            length += 1 << order
            self.run_index[component] = min(31, self.run_index[component] + 1)
        return length

    def finish(self) -> int:
        """Go to the marker behind the scan; what fills up the last byte, or two of 0xFF, is no data."""
        data, left = self.data, self.bits - self.missing
        while self.at < len(data):
            pair = data[self.at : self.at + 2]
            if pair[0] != 0xFF:
                left += 8
                self.at += 1
            elif len(pair) < 2 or pair[1] == 0xFF:
                self.at += 1
            elif pair[1] < 0x80:
                left += 15
                self.at += 2
            else:
                break
        return _LONG if left >= 16 else 0


def decode(
    data: Buffer,
    start: int,
    places: tuple[int, ...],
    out: Buffer,
    rows: int,
    columns: int,
    samples: int,
    interleave: int,
    near: int,
    parameters: tuple[int, int, int, int, int],
) -> tuple[int, int, int]:
    """Decode a scan into `out`: `rows` by `columns` of `samples`, of which the scan has those at `places`.

    `interleave` is 0 for one component, 1 line by line, 2 sample by sample; `parameters` are MAXVAL, T1, T2, T3 and
    RESET. Return where the scan ends, how many rows are whole, and what is wrong: 0 nothing, 1 no such code, 2 the data
    ends before, 3 there is more data. Where it ends means nothing if something is wrong before the end.
    """
    count = len(places)
    if not 0 < count <= _MOST_COMPONENTS or len(set(places)) != count or (count > 1) != (interleave > 0):
        raise ValueError(f"components at {places}, interleaved by {interleave}")
    if not (0 < rows <= 0xFFFF and 0 < columns <= 0xFFFF and 0 < samples <= 4 and 0 <= interleave <= 2):
        raise ValueError(f"{rows} rows of {columns} with {samples} samples, interleaved by {interleave}")
    most, t1, t2, t3, reset = parameters
    if not (1 <= most <= 0xFFFF and 0 <= near <= 255 and 2 * near <= most and near < t1 <= t2 <= t3 <= most):
        raise ValueError(f"parameters {parameters} with the difference {near}")
    if not 3 <= reset <= _MOST_RESET or not all(0 <= place < samples for place in places):
        raise ValueError(f"reset after {reset}, components at {places} of {samples}")
    source, target = bytes(data), np.frombuffer(out, np.uint8)
    if not 0 <= start <= len(source):
        raise ValueError(f"a scan at {start} of {len(source)} bytes")
    if not target.flags.writeable:
        raise BufferError("the output cannot be written to")
    total = rows * columns * samples
    if target.size not in (total, 2 * total) or (target.size == total and most > 255):
        raise ValueError(f"{target.size} bytes for {rows} rows of {columns} with {samples} samples up to {most}")
    image = target.view(np.uint8 if target.size == total else np.uint16).reshape(rows, columns, samples)
    scan = _Scan(source, start, near, parameters)
    aboves = [[0] * (columns + 2) for _ in places]
    for y in range(rows):
        lines = [[above[1], *[0] * (columns + 1)] for above in aboves]
        for above in aboves:
            above[-1] = above[-2]
        try:
            if interleave == 2:
                _pixels(scan, lines, aboves, columns)
            else:
                for n in range(count):
                    _line(scan, lines[n], aboves[n], columns, n)
            scan.check()
        except _DamagedError as error:
            return scan.at, y, _SHORT if scan.missing > scan.bits else error.problem
        for n, place in enumerate(places):
            image[y, :, place] = lines[n][1:-1]
        aboves = lines
    problem = scan.finish()
    return scan.at, rows, problem


def _line(scan: _Scan, line: list[int], above: list[int], columns: int, component: int) -> None:
    """Decode a line of one component; both have a sample more in front and behind."""
    x = 1
    while x <= columns:
        a, b, c, d = line[x - 1], above[x], above[x - 1], above[x + 1]
        place = scan.place(a, b, c, d)
        if place:
            line[x] = scan.regular(place, a, b, c)
            x += 1
            continue
        run = scan.run_length(columns + 1 - x, component)
        line[x : x + run] = [a] * run
        x += run
        if x <= columns:
            order = _RUN_ORDERS[scan.run_index[component]]
            line[x] = scan.run_end(a, above[x], int(abs(a - above[x]) <= scan.near), order)
            scan.run_index[component] = max(0, scan.run_index[component] - 1)
            x += 1


def _pixels(scan: _Scan, lines: list[list[int]], aboves: list[list[int]], columns: int) -> None:
    """Decode a line of components that lie sample by sample: a run is one of all of them (A.7, B.2.3)."""
    x = 1
    each = list(zip(lines, aboves, strict=True))
    while x <= columns:
        found = [scan.place(line[x - 1], above[x], above[x - 1], above[x + 1]) for line, above in each]
        if any(found):
            for place, (line, above) in zip(found, each, strict=True):
                line[x] = scan.regular(place, line[x - 1], above[x], above[x - 1])
            x += 1
            continue
        run = scan.run_length(columns + 1 - x, 0)
        for line in lines:
            line[x : x + run] = [line[x - 1]] * run
        x += run
        if x <= columns:
            order = _RUN_ORDERS[scan.run_index[0]]
            for line, above in each:
                line[x] = scan.run_end(line[x - 1], above[x], 0, order)
            scan.run_index[0] = max(0, scan.run_index[0] - 1)
            x += 1
