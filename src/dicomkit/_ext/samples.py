"""The kernels that work on samples, or their twins; apart from the others, because reading files needs none of them."""

from __future__ import annotations

from dicomkit._ext import wants_pure

__all__ = ["jpeg", "jpegls", "lut", "pack", "rle"]

if wants_pure():
    from dicomkit._ext.pure import jpeg, jpegls, lut, pack, rle
else:
    try:
        from dicomkit._ext import jpeg, jpegls, lut, pack, rle  # type: ignore[no-redef]  # modules of the same functions
    except ImportError:  # not compiled
        from dicomkit._ext.pure import jpeg, jpegls, lut, pack, rle
