"""Video, where all frames are one stream: MPEG-2, MPEG-4 AVC/H.264, HEVC/H.265 (PS3.5 8.2.5 to 8.2.8, A.4.5 to A.4.10).

A single frame cannot be had on its own, so besides what every codec has there is `iter_frames`.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from dicomkit.codecs.library import LibraryCodec
from dicomkit.core.frozen import Options
from dicomkit.errors import CodecError, DicomError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomkit.codecs.base import EncodeOptions
    from dicomkit.codecs.frame import FrameFormat

__all__ = ["VIDEO_PYAV", "VideoInfo"]

_ROOT = "1.2.840.10008.1.2.4."
# The parts of their names in FFmpeg that transfer syntaxes have in common; ".1" is the fragmentable variant.
_MPEG2 = frozenset(f"{_ROOT}{number}" for number in ("100", "100.1", "101", "101.1"))
_H264 = frozenset(f"{_ROOT}{number}{variant}" for number in range(102, 107) for variant in ("", ".1"))
_HEVC = frozenset({f"{_ROOT}107", f"{_ROOT}108"})

_SYNC_BYTE = 0x47
_PACKET = 188  # bytes of an MPEG-2 transport stream packet (ISO/IEC 13818-1 2.4.3.2)


class VideoInfo(Options):
    """What a stream says of itself: what a data set around it needs (PS3.3 C.7.6.3, C.7.6.5)."""

    codec: str = ""
    """As FFmpeg calls it: "mpeg2video", "h264", "hevc"."""

    rows: int = 0
    columns: int = 0
    bits_stored: int = 8
    frames: int = 0
    frame_rate: float | None = None
    """Frames a second, None where the stream does not say."""


class VideoPyav(LibraryCodec):
    """FFmpeg in PyAV. Frames come out as RGB, by the matrix and range that the stream names; it encodes nothing.

    What is encapsulated is a stream that exists (`describe` says what the data set needs); it passes through unchanged.
    """

    __slots__ = ()

    name = "pyav"
    requires = "dicomkit[video]"
    module = "av"
    decodes = _MPEG2 | _H264 | _HEVC

    def photometric_interpretation(self, uid: str, frame: FrameFormat) -> str:
        """Return what decoded samples are: RGB for all colours."""
        photometric = frame.photometric_interpretation
        return "RGB" if frame.samples_per_pixel == 3 else photometric

    def decode(
        self, data: bytes | memoryview, uid: str, frame: FrameFormat, out: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the first frame of a stream; see `Codec.decode`, and `iter_frames` for all of them."""
        for samples in self.iter_frames(data, uid, frame):
            if out is None:
                return samples
            np.copyto(out, samples)
            return out
        raise CodecError("a video stream without frames", codec=self.name)

    def iter_frames(self, data: bytes | memoryview, uid: str, frame: FrameFormat) -> Iterator[np.ndarray]:
        """Give the frames of a stream in the order in which they are shown, one at a time.

        `data` is the whole stream, the fragments in one. Raises CodecError for what is damaged, and for a frame of
        another size than `frame`; an iterator that is dropped closes the stream.
        """
        pixels = self._pixel_format(frame)
        with self._opened(data, uid) as container:
            stream = container.streams.video[0]
            self._compare_size(stream.codec_context, frame)
            decoded = container.decode(stream)
            while True:
                try:
                    picture = next(decoded, None)
                    if picture is None:
                        return
                    self._compare_size(picture, frame)
                    samples: np.ndarray = picture.to_ndarray(format=pixels)
                except DicomError:
                    raise
                except Exception as error:
                    raise self._refused(error) from error
                if frame.bits_stored > 8:
                    samples = samples >> (16 - frame.bits_stored)
                yield samples.astype(frame.dtype, copy=samples.dtype != frame.dtype or not samples.flags.owndata)

    def describe(self, data: bytes | memoryview, uid: str) -> VideoInfo:
        """Return what a stream says of itself; its frames are counted but not decoded. Raises CodecError."""
        with self._opened(data, uid) as container:
            try:
                stream = container.streams.video[0]
                context = stream.codec_context
                frames = stream.frames or sum(1 for packet in container.demux(stream) if packet.size)
                pixels = context.format
                rate = stream.average_rate or stream.guessed_rate
                if not (frames and context.height and context.width):
                    raise CodecError("a video stream without pictures", codec=self.name)
                return VideoInfo(
                    codec=context.name,
                    rows=context.height,
                    columns=context.width,
                    bits_stored=pixels.components[0].bits if pixels is not None else 8,
                    frames=frames,
                    frame_rate=float(rate) if rate else None,
                )
            except DicomError:
                raise
            except Exception as error:
                raise self._refused(error) from error

    def _opened(self, data: bytes | memoryview, uid: str) -> Any:
        library = self._loaded(uid, self.decodes)
        content = bytes(data)
        try:
            # The format is named: guessed, it could be a playlist, which makes FFmpeg open files and addresses.
            container = library.open(io.BytesIO(content), format=_container_format(content, uid))
        except Exception as error:
            raise self._refused(error) from error
        if not container.streams.video:
            container.close()
            raise CodecError("a video stream without pictures", codec=self.name)
        return container

    def _compare_size(self, found: Any, frame: FrameFormat) -> None:
        if (found.height, found.width) != (frame.rows, frame.columns):
            raise CodecError(
                f"the stream has {found.width} columns and {found.height} rows, the data set {frame.columns} and "
                f"{frame.rows}",
                codec=self.name,
            )

    def _pixel_format(self, frame: FrameFormat) -> str:
        if frame.samples_per_pixel not in (1, 3) or frame.is_float or frame.is_signed or frame.bits_allocated > 16:
            raise CodecError("video has unsigned samples of at most 16 bits, 1 or 3 a pixel", codec=self.name)
        if frame.samples_per_pixel == 1:
            return "gray" if frame.bits_stored <= 8 else "gray16le"
        return "rgb24" if frame.bits_stored <= 8 else "rgb48le"

    def _check_encodable(self, uid: str, frame: FrameFormat, options: EncodeOptions) -> None:
        raise ValueError("video is not encoded: encapsulate an existing stream")


def _container_format(data: bytes, uid: str) -> str:
    """Return FFmpeg's name of what the stream is wrapped in, by its first bytes; unwrapped where nothing is known."""
    if data[:1] == bytes([_SYNC_BYTE]) and data[_PACKET : _PACKET + 1] == bytes([_SYNC_BYTE]):
        return "mpegts"
    if data[4:8] == b"ftyp":
        return "mp4"
    if data[:4] == b"\x00\x00\x01\xba":
        return "mpeg"  # a program stream
    return "mpegvideo" if uid in _MPEG2 else "h264" if uid in _H264 else "hevc"


VIDEO_PYAV = VideoPyav()
