"""What ``_ext/lut.pyx`` does, with NumPy (PS3.3 C.11, C.7.6.3.1.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import TypeAlias

    Buffer: TypeAlias = bytes | bytearray | memoryview | np.ndarray

__all__ = ["apply"]


def apply(samples: Buffer, width: int, is_signed: bool, first: int, table: Buffer, size: int, out: Buffer) -> None:
    """Write the entry of `size` bytes of each sample of `width` bytes: `first` is the sample of the first entry.

    Samples below it get the first entry, those above the last one the last (PS3.3 C.11.1.1.1, C.11.2.1.1).
    """
    if width not in (1, 2, 4) or not 0 < size <= 64 or not -(1 << 40) <= first <= 1 << 40:
        raise ValueError(f"samples of {width} bytes, entries of {size}, the first for {first}")
    source, target, entries = [np.frombuffer(buffer, np.uint8) for buffer in (samples, out, table)]
    if not target.flags.writeable:
        raise BufferError("the output cannot be written to")
    if entries.nbytes < size or entries.nbytes % size:
        raise ValueError(f"a table of {entries.nbytes} bytes has no entries of {size}")
    if source.nbytes % width or target.nbytes % size or source.nbytes // width != target.nbytes // size:
        raise ValueError(f"{source.nbytes} bytes of samples do not fill {target.nbytes} bytes")
    values = source.view(f"{'i' if is_signed else 'u'}{width}").astype(np.int64) - first
    rows = entries.reshape(-1, size)
    target.reshape(-1, size)[:] = rows[np.clip(values, 0, len(rows) - 1)]
