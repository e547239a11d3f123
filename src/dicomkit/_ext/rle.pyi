"""The runs of RLE Lossless, one byte plane a segment (PS3.5 G.3)."""

from typing import TypeAlias

import numpy as np

#: What has a buffer; NumPy says so to type checkers from Python 3.12 on only.
_Buffer: TypeAlias = bytes | bytearray | memoryview | np.ndarray

def decode(
    data: _Buffer, starts: tuple[int, ...], ends: tuple[int, ...], out: _Buffer, pixels: int
) -> tuple[tuple[int, int], ...]: ...
def decoded_length(data: _Buffer, start: int, end: int) -> int: ...
def encode(samples: _Buffer, rows: int, columns: int, order: tuple[int, ...]) -> bytes: ...
