"""One frame as it is encoded to samples: the codec, the sign, the colours (PS3.5 8, PS3.3 C.7.6.3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dicomkit.errors import CodecError, PixelError
from dicomkit.pixels.describe import check_size, report
from dicomkit.pixels.reconcile import reconcile

if TYPE_CHECKING:
    import numpy.typing as npt

    from dicomkit.codecs import Codec, FrameFormat, Registry
    from dicomkit.core.issue import IssueCode
    from dicomkit.dataset import Dataset
    from dicomkit.pixels.describe import PixelDescription

__all__ = ["FrameDecoder", "to_rgb"]

# PS3.3 C.7.6.3.1.2 (ITU-R BT.601): red and blue by one difference each, green by both.
_RED, _GREEN_BLUE, _GREEN_RED, _BLUE = 1.402, -0.114 * 1.772 / 0.587, -0.299 * 1.402 / 0.587, 1.772


class FrameDecoder:
    """Decodes the frames of one description; safe to use from several threads.

    `first` is the first frame as it is encoded, if it is: its header says how all are decoded. `raw` leaves colours as
    they are stored, YBR_FULL_422 with a chrominance for each pixel. `uid` and `frame` are by what frames are decoded.
    """

    def __init__(
        self, ds: Dataset, description: PixelDescription, registry: Registry, first: bytes = b"", *, raw: bool = False
    ) -> None:
        self.description = description
        self.raw = raw
        self.uid, self.frame = description.uid, description.frame
        if first:

            def on_report(code: IssueCode, message: str, action: str) -> None:
                report(ds, code, message, action)

            self.uid, self.frame = reconcile(self.uid, self.frame, first, on_report)
            check_size(ds, self.frame)
        self._codec: Codec = registry.decoder(self.uid)
        self._decoded = self._codec.photometric_interpretation(self.uid, self.frame)

    @property
    def photometric_interpretation(self) -> str:
        """What the decoded samples are."""
        return "RGB" if not self.raw and self._decoded in _FULL_RANGE else self._decoded

    def decode(self, data: bytes | memoryview, number: int, out: np.ndarray | None = None) -> np.ndarray:
        """Return the samples of frame `number`, which `data` encodes; in `out` if it is given.

        Raises CodecError for what is damaged or is another image than the data set says.
        """
        return self.decode_as(data, self.frame, number, out)

    def decode_as(
        self, data: bytes | memoryview, frame: FrameFormat, number: int, out: np.ndarray | None = None
    ) -> np.ndarray:
        """Return samples by another format than that of the frames: several native ones as a tall one."""
        try:
            samples = self._codec.decode(data, self.uid, frame, out)
        except CodecError as error:
            error.frame = number if error.frame is None else error.frame
            raise
        if not self.raw:
            to_rgb(samples, self._decoded, frame.bits_stored)
        return samples


def to_rgb(samples: np.ndarray, photometric_interpretation: str, bits: int) -> None:
    """Convert YBR_FULL or YBR_PARTIAL samples to RGB where they are (PS3.3 C.7.6.3.1.2); others stay as they are.

    `bits` is Bits Stored: it says where the middle of the chrominance is. Raises PixelError for signed samples.
    """
    if photometric_interpretation not in _FULL_RANGE:
        return
    if samples.dtype.kind != "u" or samples.shape[-1] != 3:
        raise PixelError(f"{photometric_interpretation} has three unsigned samples a pixel")
    top, half = float((1 << bits) - 1), float(1 << bits - 1)
    planes: list[npt.NDArray[np.float32]] = [samples[..., i].astype(np.float32) for i in range(3)]
    y, blue, red = planes
    blue -= half
    red -= half
    if photometric_interpretation.startswith("YBR_PARTIAL"):
        y -= 16 * half / 128
        y *= 255 / 219
        blue *= 255 / 224
        red *= 255 / 224
    for i, plane in enumerate((y + _RED * red, y + _GREEN_BLUE * blue + _GREEN_RED * red, y + _BLUE * blue)):
        np.rint(plane, out=plane)
        samples[..., i] = np.clip(plane, 0, top, out=plane)


_FULL_RANGE = ("YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL", "YBR_PARTIAL_422", "YBR_PARTIAL_420")
