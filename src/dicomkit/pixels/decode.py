"""One frame as it is encoded to samples: the codec, the sign, the colours (PS3.5 8, PS3.3 C.7.6.3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from dicomkit.codecs.ybr import becomes_rgb, ybr_to_rgb
from dicomkit.core.issue import IssueCode
from dicomkit.errors import CodecError
from dicomkit.pixels.ahead import WORTH_A_TASK
from dicomkit.pixels.describe import check_size, report
from dicomkit.pixels.guard import GuardedCodec
from dicomkit.pixels.reconcile import reconcile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np

    from dicomkit.codecs import CheckingCodec, Codec, DelegatingCodec, FrameFormat, Registry, ThreadedCodec
    from dicomkit.dataset import Dataset
    from dicomkit.pixels.describe import PixelDescription

__all__ = ["FrameDecoder"]


class FrameDecoder:
    """Decodes the frames of one description; safe to use from several threads.

    `first` is the first frame as it is encoded, if it is: its header says how all are decoded. `raw` leaves colours as
    they are stored, YBR_FULL_422 with a chrominance for each pixel. `uid` and `frame` are by what frames are decoded.
    """

    def __init__(
        self,
        ds: Dataset,
        description: PixelDescription,
        registry: Registry,
        first: bytes | memoryview = b"",
        *,
        raw: bool = False,
    ) -> None:
        self._ds = ds
        self.description = description
        self.raw = raw
        self.uid, self.frame = description.uid, description.frame
        if first:

            def on_report(code: IssueCode, message: str, action: str) -> None:
                report(ds, code, message, action)

            self.uid, self.frame = reconcile(self.uid, self.frame, first, on_report)
            check_size(ds, self.frame)
        codec: Codec = registry.decoder(self.uid)
        if first and hasattr(codec, "instead"):
            codec = cast("DelegatingCodec", codec).instead(first) or codec
        seconds = ds._context.limits.codec_seconds
        if seconds is not None and codec.requires and not isinstance(codec, GuardedCodec):
            codec = GuardedCodec(codec, seconds)
        self._codec = codec
        self._decoded = self._codec.photometric_interpretation(self.uid, self.frame)

    @property
    def photometric_interpretation(self) -> str:
        """What the decoded samples are."""
        return "RGB" if not self.raw and becomes_rgb(self._decoded) else self._decoded

    def decode(
        self, data: bytes | memoryview, number: int, out: np.ndarray | None = None, threads: int = 1
    ) -> np.ndarray:
        """Return the samples of frame `number`, which `data` encodes; in `out` if it is given.

        `threads` may work on it, where the codec has any use for them. Raises CodecError for what is damaged or is
        another image than the data set says.
        """
        return self.decode_as(data, self.frame, number, out, threads)

    def iter_stream(self, data: bytes | memoryview) -> Iterator[np.ndarray]:
        """Iterate over the frames of a video stream; CodecError from a codec that has no streams."""
        frames: Callable[..., Iterator[np.ndarray]] | None = getattr(self._codec, "iter_frames", None)
        if frames is None:
            raise CodecError(f"{self._codec.name} decodes no streams", codec=self._codec.name)
        return frames(data, self.uid, self.frame)

    def decode_as(
        self,
        data: bytes | memoryview,
        frame: FrameFormat,
        number: int,
        out: np.ndarray | None = None,
        threads: int = 1,
    ) -> np.ndarray:
        """Return samples by another format than that of the frames: several native ones as a tall one."""
        codec = self._codec
        # By name: to ask a protocol takes as long as to decode a small frame.
        if threads > 1 and frame.nbytes >= WORTH_A_TASK and hasattr(codec, "with_threads"):
            codec = cast("ThreadedCodec", codec).with_threads(threads)
        try:
            if not hasattr(codec, "decode_checked"):
                samples = codec.decode(data, self.uid, frame, out)
            else:

                def on_damage(damage: str) -> None:
                    message = f"frame {number}: {damage}"
                    report(self._ds, IssueCode.FRAME_DAMAGED, message, "decoded all the same; samples may be wrong")

                samples = cast("CheckingCodec", codec).decode_checked(data, self.uid, frame, out, on_damage)
        except CodecError as error:
            error.frame = number if error.frame is None else error.frame
            raise
        if not self.raw:
            ybr_to_rgb(samples, self._decoded, frame.bits_stored)
        return samples
