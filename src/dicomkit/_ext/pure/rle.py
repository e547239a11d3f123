"""What ``_ext/rle.pyx`` does, a run at a time (PS3.5 G.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    Buffer: TypeAlias = bytes | bytearray | memoryview | np.ndarray

__all__ = ["decode", "decoded_length", "encode"]

_HEADER, _MOST, _LONGEST = 64, 15, 128


def decode(
    data: Buffer, starts: tuple[int, ...], ends: tuple[int, ...], out: Buffer, pixels: int
) -> tuple[tuple[int, int], ...]:
    """Decode one segment per byte of a pixel into `out`, where these bytes lie side by side.

    Segment `n` is ``data[starts[n]:ends[n]]`` and becomes byte `n` of each pixel. What a segment has not got becomes
    zero; what it has beyond is left. Return, for each, how many bytes came out and how many were taken.
    """
    source, target = np.frombuffer(data, np.uint8).data, np.frombuffer(out, np.uint8)
    if not target.flags.writeable:
        raise BufferError("the output cannot be written to")
    number = len(starts)
    if not 0 < number <= _MOST or number != len(ends):
        raise ValueError(f"{number} segments: 1 to 15 are possible")
    for start, end in zip(starts, ends, strict=True):
        if not 0 <= start <= end <= len(source):
            raise ValueError(f"a segment from {start} to {end} of {len(source)} bytes")
    if pixels < 0 or pixels * number != len(target):
        raise ValueError(f"{pixels} pixels of {number} bytes do not fill {len(target)} bytes")
    counts = []
    for n in range(number):
        plane = bytearray()
        taken = 0
        for run, taken in _runs(source[starts[n] : ends[n]]):  # noqa: B007  the last one is looked at behind the loop
            plane += run[: pixels - len(plane)]
            if len(plane) == pixels:
                break
        counts.append((len(plane), taken if pixels else 0))
        target[n::number] = np.frombuffer(plane + bytes(pixels - len(plane)), np.uint8)
    return tuple(counts)


def _runs(segment: memoryview) -> Iterator[tuple[bytes, int]]:
    """Give each run, and where the next one begins."""
    at = 0
    while at < len(segment):
        code = segment[at]
        run = b""
        at += 1
        if code < 128:
            run = segment[at : at + code + 1].tobytes()
            at += len(run)
        elif code > 128:
            run = segment[at : at + 1].tobytes() * (257 - code)
            at = min(at + 1, len(segment))
        yield run, at


def decoded_length(data: Buffer, start: int, end: int) -> int:
    """Return how many bytes a segment would become."""
    source = np.frombuffer(data, np.uint8).data
    if not 0 <= start <= end <= len(source):
        raise ValueError(f"a segment from {start} to {end} of {len(source)} bytes")
    return sum(len(run) for run, _ in _runs(source[start:end]))


def encode(samples: Buffer, rows: int, columns: int, order: tuple[int, ...]) -> bytes:
    """Encode `rows` times `columns` pixels of ``len(order)`` bytes: segment `n` has byte ``order[n]`` of each.

    Rows are encoded one by one (PS3.5 G.3.1), segments padded to even length. Return the frame with its header.
    """
    source = np.frombuffer(samples, np.uint8).data
    number = len(order)
    if not 0 < number <= _MOST:
        raise ValueError(f"{number} segments: 1 to 15 are possible")
    for place in order:
        if not 0 <= place < number:
            raise ValueError(f"byte {place} of {number}")
    if rows <= 0 or columns <= 0 or rows * columns * number != len(source):
        raise ValueError(f"{rows} rows of {columns} pixels of {number} bytes are not {len(source)} bytes")
    offsets, segments = [number], bytearray()
    for place in order:
        offsets.append(_HEADER + len(segments))
        plane = source[place::number]
        for row in range(rows):
            segments += _encoded_row(plane[row * columns : (row + 1) * columns].tobytes())
        segments += bytes(len(segments) & 1)
    if offsets[-1] > 0xFFFFFFFF:
        raise ValueError("more than 4 GiB when encoded")
    header = b"".join(offset.to_bytes(4, "little") for offset in offsets)
    return header + bytes(_HEADER - len(header)) + bytes(segments)


def _encoded_row(row: bytes) -> bytes:
    """Make runs of what occurs three times or more, or twice where no literal run goes on over it."""
    encoded, at = bytearray(), 0
    while at < len(row):
        count = _run(row, at)
        while count >= 2:
            part = min(count, _LONGEST)
            encoded += bytes((257 - part, row[at]))
            at += part
            count -= part
        end = at
        while end < len(row) and _run(row, end) < 3:
            end += 1
        for start in range(at, end, _LONGEST):
            literal = row[start : min(start + _LONGEST, end)]
            encoded.append(len(literal) - 1)
            encoded += literal
        at = end
    return bytes(encoded)


def _run(row: bytes, at: int) -> int:
    rest = row[at:]
    return len(rest) - len(rest.lstrip(rest[:1]))
