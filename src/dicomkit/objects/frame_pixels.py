"""Pixel Data of frames put together and taken apart as it is encoded: nothing is decoded (PS3.5 8.1, A.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.core.vr import VR
from dicomkit.dataset import decoding
from dicomkit.encoding.encapsulation import encapsulate
from dicomkit.encoding.writer import swapped
from dicomkit.file.frames import frame_bytes
from dicomkit.pixels.describe import describe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dicomkit.dataset import Dataset
    from dicomkit.pixels.describe import PixelDescription

__all__ = ["EncodedFrames", "put_frames"]

_EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
_PIXEL_DATA, _FLOAT = 0x7FE00010, 0x7FE00008


class EncodedFrames:
    """The frames of a data set as they are encoded; native ones little endian, whatever the file is.

    `uid` is the transfer syntax of a data set that they can be put in.
    """

    __slots__ = ("_ds", "_word", "description", "uid")

    def __init__(self, ds: Dataset) -> None:
        self.description: PixelDescription = describe(ds)
        self._ds = ds
        self.uid = self.description.uid if self.description.is_encapsulated else _EXPLICIT_LITTLE
        tag = int(self.description.tag)
        is_read = ds._position_of(tag) >= 0 and not self.description.is_encapsulated
        self._word = 1
        if is_read and not decoding.is_little_endian(ds):
            size = self.description.frame.bits_allocated // 8
            self._word = max(size, 2 if ds._vr_of(tag) is VR.OW else 1)

    def __len__(self) -> int:
        return self.description.number_of_frames

    def read(self, number: int) -> bytes:
        """Return a frame; see `dicomkit.file.frame_bytes` for what is raised."""
        data = frame_bytes(self._ds, number)
        return data if self._word == 1 else swapped(data, self._word)


def put_frames(ds: Dataset, description: PixelDescription, frames: Iterable[bytes]) -> None:
    """Put encoded frames as Pixel Data of the kind that a description has; those of single bits must be one, or bytes.

    The transfer syntax of the data set must be that of the frames.
    """
    if description.is_encapsulated:
        ds._put(_PIXEL_DATA, VR.OB, encapsulate(frames).to_bytes())
        return
    data = b"".join(frames)
    if len(data) & 1:
        data += b"\0"
    ds._put(int(description.tag), _native_vr(description), data)


def _native_vr(description: PixelDescription) -> VR:
    if description.frame.is_float:
        return VR.OF if int(description.tag) == _FLOAT else VR.OD
    return VR.OB if description.frame.bits_allocated <= 8 else VR.OW
