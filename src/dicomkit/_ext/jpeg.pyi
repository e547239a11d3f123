"""The Huffman codes in scans of JPEG (ISO/IEC 10918-1 Annexes C, F.2.2 and H.2)."""

from typing import TypeAlias

import numpy as np

#: What has a buffer; NumPy says so to type checkers from Python 3.12 on only.
_Buffer: TypeAlias = bytes | bytearray | memoryview | np.ndarray

def walk(
    data: _Buffer,
    start: int,
    dc: tuple[bytes, ...],
    ac: tuple[bytes, ...],
    blocks: tuple[int, ...],
    units: int,
    interval: int,
) -> tuple[int, int, int]: ...
def decode(
    data: _Buffer,
    start: int,
    tables: tuple[bytes, ...],
    places: tuple[int, ...],
    out: _Buffer,
    rows: int,
    columns: int,
    samples: int,
    predictor: int,
    precision: int,
    interval: int,
) -> tuple[int, int, int, int]: ...
