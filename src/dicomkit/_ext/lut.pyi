"""Look-up tables applied to samples: modality, VOI and presentation LUTs, palettes (PS3.3 C.11, C.7.6.3.1.5)."""

from typing import TypeAlias

import numpy as np

#: What has a buffer; NumPy says so to type checkers from Python 3.12 on only.
_Buffer: TypeAlias = bytes | bytearray | memoryview | np.ndarray

def apply(
    samples: _Buffer, width: int, is_signed: bool, first: int, table: _Buffer, size: int, out: _Buffer
) -> None: ...
