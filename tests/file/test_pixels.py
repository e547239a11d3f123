"""What pixel_array says until there is a pixel layer."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.errors import PixelError


def test_pixel_array_says_what_is_missing():
    """The error says that pixels are not decoded, which transfer syntax it is, and where to go."""
    with pytest.raises(PixelError, match=r"Explicit VR Little Endian.*PixelData.*to_pydicom"):
        Dataset(PixelData=b"\0\0").pixel_array  # noqa: B018  reading is the point
