"""Codecs of other libraries in processes that can be ended: a damaged frame that hangs or kills one is a CodecError."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from dicomkit.codecs import Registry
from dicomkit.codecs.serving import Request
from dicomkit.core.frozen import Frozen
from dicomkit.errors import CodecError
from dicomkit.pixels.codec_process import process_pool

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from dicomkit.codecs import Codec, EncodeOptions, FrameFormat, ThreadedCodec
    from dicomkit.codecs.base import Report

__all__ = ["GuardedCodec", "guarded", "stop_codec_processes"]


class GuardedCodec(Frozen):
    """A codec that decodes in another process, which is ended if a frame takes longer than `seconds`; a `Codec`.

    A frame that takes too long, or that ends the process, is a CodecError. Encoding is done in this process.
    """

    __slots__ = ("codec", "seconds")

    codec: Codec
    seconds: float

    def __init__(self, codec: Codec, seconds: float) -> None:
        if not seconds > 0:
            raise ValueError(f"a frame can never take {seconds} seconds")
        object.__setattr__(self, "codec", codec)
        object.__setattr__(self, "seconds", seconds)

    @property
    def name(self) -> str:
        """That of the codec."""
        return self.codec.name

    @property
    def requires(self) -> str:
        """What the codec requires."""
        return self.codec.requires

    @property
    def decodes(self) -> frozenset[str]:
        """What the codec decodes."""
        return self.codec.decodes

    @property
    def encodes(self) -> frozenset[str]:
        """What the codec encodes."""
        return self.codec.encodes

    @property
    def is_available(self) -> bool:
        """Whether the codec is."""
        return self.codec.is_available

    def with_threads(self, threads: int) -> GuardedCodec:
        """Return one whose codec has so many threads work on a frame, where it can."""
        if not hasattr(self.codec, "with_threads"):
            return self
        return GuardedCodec(cast("ThreadedCodec", self.codec).with_threads(threads), self.seconds)

    def photometric_interpretation(self, uid: str, frame: FrameFormat) -> str:
        """Return what decoded samples are."""
        return self.codec.photometric_interpretation(uid, frame)

    def encode(self, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
        """Return the encoded frame: in this process, for samples are numbers, and hide nothing."""
        return self.codec.encode(samples, uid, frame, options)

    def decode(
        self, data: bytes | memoryview, uid: str, frame: FrameFormat, out: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the decoded frame; CodecError also if it took too long, or ended the process. See `Codec.decode`."""
        return self.decode_checked(data, uid, frame, out)

    def decode_checked(
        self,
        data: bytes | memoryview,
        uid: str,
        frame: FrameFormat,
        out: np.ndarray | None = None,
        report: Report | None = None,
    ) -> np.ndarray:
        """Return what `decode` does, and `report` what the codec does, if it is one that tells."""
        pool = process_pool()
        process = pool.take()
        try:
            kind = Request.DECODE if report is None else Request.DECODE_CHECKED
            process.ask(kind, self.codec, data, uid, frame, self.seconds)
            for text in process.told:
                if report is not None:
                    report(text)
            result = frame.array(out)
            process.copy(frame, result)
        finally:
            pool.give_back(process)
        return result

    def iter_frames(self, data: bytes | memoryview, uid: str, frame: FrameFormat) -> Iterator[np.ndarray]:
        """Iterate over the frames of a video stream, each of which has `seconds`."""
        if not hasattr(self.codec, "iter_frames"):
            raise CodecError(f"{self.name} decodes no streams", codec=self.name)
        pool = process_pool()
        process = pool.take()
        try:
            process.ask(Request.OPEN_STREAM, self.codec, data, uid, frame, self.seconds)
            while process.ask(Request.NEXT, self.codec, b"", uid, frame, self.seconds):
                result = frame.array()
                process.copy(frame, result)
                yield result
        finally:
            pool.give_back(process)


def guarded(registry: Registry, seconds: float) -> Registry:
    """Return a registry whose codecs of other libraries decode in processes of their own; see `GuardedCodec`.

    ``Limits.codec_seconds`` does the same for all that is read with it.
    """
    codecs = [GuardedCodec(codec, seconds) if codec.requires else codec for codec in registry.codecs]
    return Registry(codecs, decoder_order=registry.decoder_order, encoder_order=registry.encoder_order)


def stop_codec_processes() -> None:
    """End the processes that wait for a frame; the next frame starts one."""
    process_pool().stop()
