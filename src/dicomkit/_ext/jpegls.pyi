"""Scans of JPEG-LS to samples (ISO/IEC 14495-1 Annex A)."""

from typing import TypeAlias

import numpy as np

#: What has a buffer; NumPy says so to type checkers from Python 3.12 on only.
_Buffer: TypeAlias = bytes | bytearray | memoryview | np.ndarray

def decode(
    data: _Buffer,
    start: int,
    places: tuple[int, ...],
    out: _Buffer,
    rows: int,
    columns: int,
    samples: int,
    interleave: int,
    near: int,
    parameters: tuple[int, int, int, int, int],
) -> tuple[int, int, int]: ...
