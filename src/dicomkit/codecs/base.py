"""What a codec is: one frame in, one frame out, no data set (PS3.5 8.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from dicomkit.core.frozen import Options

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    import numpy as np

    from dicomkit.codecs.frame import FrameFormat

    #: Called with what is wrong with a frame that was decoded all the same.
    Report: TypeAlias = Callable[[str], object]

__all__ = ["CheckingCodec", "Codec", "DelegatingCodec", "EncodeOptions", "ThreadedCodec"]


class EncodeOptions(Options):
    """How to encode. What a transfer syntax has no use for is refused by its encoders with ValueError, not ignored."""

    quality: float | None = None
    """Of lossy JPEG and JPEG XL, 1 to 100. None: the encoder's usual one."""

    ratio: float | None = None
    """Of lossy JPEG 2000 and HTJ2K: how many times smaller than the native frame."""

    near: int | None = None
    """Of near-lossless JPEG-LS: the largest difference of a sample (NEAR, ISO/IEC 14495-1)."""

    level: int | None = None
    """How hard a lossless encoder tries, where it has levels."""

    def refuse_all_but(self, encoder: str, *allowed: str) -> None:
        """Raise ValueError, which names the encoder, for an option that is set and not `allowed`."""
        for name, value in self._as_dict().items():
            if value is not None and name not in allowed:
                raise ValueError(f"{encoder}: encoding has no option {name}")


class Codec(Protocol):
    """A decoder, an encoder, or both, of some transfer syntaxes. Frozen, and safe to use from several threads.

    `decode` and `encode` release the interpreter lock while they work on samples.
    """

    @property
    def name(self) -> str:
        """What it is called in tables and errors, such as ``"imagecodecs"``."""

    @property
    def requires(self) -> str:
        """The requirement that pip installs it by, "" for what is always there."""

    @property
    def decodes(self) -> frozenset[str]:
        """The UIDs of the transfer syntaxes whose frames it decodes."""

    @property
    def encodes(self) -> frozenset[str]:
        """The UIDs of the transfer syntaxes whose frames it encodes."""

    @property
    def is_available(self) -> bool:
        """Whether it can be used: what it needs is installed. Nothing is imported before somebody asks."""

    def decode(
        self, data: bytes | memoryview, uid: str, frame: FrameFormat, out: np.ndarray | None = None
    ) -> np.ndarray:
        """Return a frame of ``frame.shape`` and ``frame.dtype``, C-contiguous, colours by pixel; `out` if it is given.

        Samples are those of the codestream: the low ``bits_stored`` bits, signed samples extended by their sign, no
        colour converted but where the codestream itself does so (the multiple component transformation of JPEG 2000,
        the XYB of JPEG XL); `photometric_interpretation` says what comes out. Raises CodecError for a codestream that
        is damaged, or has other dimensions than `frame`: nothing is allocated before these were compared.
        """

    def encode(self, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
        """Return the encoded frame, of any length (who encapsulates pads). Raises CodecError, ValueError."""

    def photometric_interpretation(self, uid: str, frame: FrameFormat) -> str:
        """Return what decoded samples are, given what the data set says the encoded ones are: YBR_RCT becomes RGB."""


@runtime_checkable
class DelegatingCodec(Protocol):
    """What a codec has besides if it knows that another one decodes some codestreams of its transfer syntaxes."""

    def instead(self, data: bytes | memoryview) -> Codec | None:
        """Return the codec for a codestream like this one, None if it is this; the frames of an image are alike."""


@runtime_checkable
class ThreadedCodec(Protocol):
    """What a codec has besides if several threads can work on one frame."""

    def with_threads(self, threads: int) -> Codec:
        """Return the codec that has so many threads work on a frame, always the same one for the same number."""


@runtime_checkable
class CheckingCodec(Protocol):
    """What a codec has besides if it can tell of damage that it decodes over."""

    def decode_checked(
        self,
        data: bytes | memoryview,
        uid: str,
        frame: FrameFormat,
        out: np.ndarray | None = None,
        report: Report | None = None,
    ) -> np.ndarray:
        """Return what `Codec.decode` does, and `report` in a few words what is wrong with the frame, if anything is."""
