"""What `pixel_array` says until the pixel layer is there."""

from __future__ import annotations

from dicomkit.errors import PixelError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from dicomkit.dataset.dataset import Dataset

__all__ = ["pixel_array"]


def pixel_array(ds: Dataset) -> NoReturn:
    """Raise PixelError: this version reads and writes Pixel Data as bytes and does not decode it."""
    raise PixelError(
        f"this version of dicomkit does not decode pixels ({ds.transfer_syntax.name}): ds.PixelData has their bytes, "
        "and ds.to_pydicom().pixel_array decodes them where pydicom and its plugins are installed"
    )
