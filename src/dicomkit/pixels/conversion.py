"""What it takes to bring the frames of a data set into a transfer syntax, and whether it makes sense (PS3.5 8.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dicomkit.codecs import EncodeOptions
from dicomkit.codecs.codestream import inspect, standard_of
from dicomkit.codecs.ybr import rgb_to_ybr, ybr_to_rgb
from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.encoding.options import named_syntax
from dicomkit.errors import CodecError, PixelError, ValueEncodeError
from dicomkit.file.frames import frame_count, frame_source
from dicomkit.pixels.derivation import always_lossy, is_lossy
from dicomkit.pixels.describe import describe
from dicomkit.pixels.frames import FrameReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dicomkit.codecs import Codec, FrameFormat, Registry
    from dicomkit.dataset import Dataset

__all__ = ["Conversion"]

_ROOT = "1.2.840.10008.1.2."
_NATIVE = {f"{_ROOT[:-1]}{end}" for end in ("", ".1", ".1.99", ".2")}
_JPEG_LOSSY = {f"{_ROOT}4.{number}" for number in (50, 51)}
_J2K_LOSSLESS = {f"{_ROOT}4.{number}" for number in (90, 92, 201, 202)}
_J2K = {f"{_ROOT}4.{number}" for number in (91, 93, 203)} | _J2K_LOSSLESS
_EXPLICIT_LITTLE = f"{_ROOT}1"
_VIDEO = (f"{_ROOT}4.10", f"{_ROOT}7.")
_BASELINE, _RECOMPRESSION = f"{_ROOT}4.50", f"{_ROOT}4.111"
_XL_LOSSLESS, _XL_LOSSY = f"{_ROOT}4.110", f"{_ROOT}4.112"
# A frame of the first transfer syntax is one of the second too (PS3.5 8.2.1, 8.2.3, 8.2.4, 8.2.14, 8.2.15).
_CONTAINED = {
    (f"{_ROOT}4.{inner}", f"{_ROOT}4.{outer}")
    for inner, outer in [(70, 57), (80, 81), (90, 91), (92, 93), (201, 203), (202, 201), (202, 203), (110, 112)]
}
# Between these whole codestreams change, and no samples (PS3.5 8.2.15).
_RECOMPRESSED = {(_BASELINE, _RECOMPRESSION): "recompress", (_RECOMPRESSION, _BASELINE): "reconstruct"}


class Conversion:
    """How frames become those of another transfer syntax; `frame` gives them, safe to call from several threads.

    `source` and `syntax` are the transfer syntaxes, `target` is the format of the encoded frames. `is_header_only`:
    both are native, so writing the data set converts it. `is_copy`: the encoded frames are taken as they are.

    Raises PixelError for what makes no sense: transfer syntaxes without Pixel Data of frames (JPIP, video), floating
    point in fragments, loss in palettes, segmentations and single bits, JPEG Recompression of anything but JPEG,
    colours that no conversion leads to.
    """

    def __init__(
        self,
        ds: Dataset,
        uid: str,
        options: EncodeOptions | None,
        photometric_interpretation: str | None,
        registry: Registry,
    ) -> None:
        self.ds = ds
        self.description = describe(ds)
        self.source = TransferSyntax.of(self.description.uid)
        self.syntax = wanted_syntax(uid)
        uid = str(self.syntax.uid)
        self.options = options or EncodeOptions()
        self.count = self.description.number_of_frames
        self.target = self.description.frame
        is_same = uid == self.source.uid or (self.source.uid, uid) in _CONTAINED
        is_plain = self.options == EncodeOptions() and photometric_interpretation is None
        self.is_copy = is_same and is_plain and self.description.is_encapsulated
        _refuse_syntax(self.syntax, self.is_copy)
        is_ours = self.source.uid in _NATIVE or not self.source.is_known
        self.is_header_only = is_ours and not self.description.is_encapsulated and uid in _NATIVE
        self._convert: Callable[[np.ndarray, int], np.ndarray] | None = None
        self._repack: Callable[[bytes], bytes] | None = None
        if self.is_header_only:
            if not is_plain:
                raise PixelError(f"{self.syntax.name} has nothing to choose: frames are native")
            return
        repacks = is_plain and (str(self.source.uid), uid) in _RECOMPRESSED and self.description.is_encapsulated
        if self.is_copy or repacks:
            self._encoded = frame_source(ds)
            self.count = frame_count(ds)  # of a video, one: the stream
            if repacks:
                self._repack = _repacker(_RECOMPRESSED[str(self.source.uid), uid], registry)
            return
        self._refuse_meaningless()
        self._reader = FrameReader(ds, raw=True, registry=registry)
        self._encoder: Codec = registry.encoder(uid)
        self.target = self._target(photometric_interpretation)

    @property
    def _encoded_as(self) -> str:
        """Native frames are little endian in memory, whatever is written (the data set or the writer turns them)."""
        return str(self.syntax.uid) if self.syntax.is_encapsulated else _EXPLICIT_LITTLE

    # -- before ------------------------------------------------------------------------------------------------------

    def _refuse_meaningless(self) -> None:
        uid, frame = str(self.syntax.uid), self.description.frame
        if frame.is_float and self.syntax.is_encapsulated:
            raise PixelError("floating point pixels are never encapsulated (PS3.5 A.4)")
        if uid == _RECOMPRESSION:
            raise PixelError("JPEG Recompression is of JPEG codestreams; there is no way to make one of other frames")
        if always_lossy(uid):
            self._refuse_loss()

    def _refuse_loss(self) -> None:
        """Raise PixelError where samples are no amounts that may come out a little different."""
        frame = self.description.frame
        why = ""
        if frame.photometric_interpretation == "PALETTE COLOR":
            why = "palette entries"
        elif frame.bits_stored == 1:
            why = "single bits"
        elif "SegmentationType" in self.ds and self.ds.get("SegmentationType") != "FRACTIONAL":
            why = "the numbers of segments"
        if why:
            raise PixelError(f"{self.syntax.name} would lose something of {why}, which have no neighbours in meaning")

    def _target(self, wanted: str | None) -> FrameFormat:
        """The format of encoded frames, and how decoded samples become those that the encoder takes."""
        uid, frame, decoded = str(self.syntax.uid), self._reader.frame, self._reader.photometric_interpretation
        target = frame.replace(
            photometric_interpretation=wanted or self._usual_colors(decoded),
            high_bit=None,
            planar_configuration=0,
            in_words=False,
        )
        taken = self._encoder.photometric_interpretation(uid, target)
        if taken == decoded:
            return target
        if decoded in ("YBR_FULL", "YBR_PARTIAL") and taken == "RGB":
            self._convert = lambda samples, bits: _converted(samples, decoded, bits)
        elif decoded == "RGB" and taken == "YBR_FULL":
            self._convert = rgb_to_ybr
        else:
            raise PixelError(f"{decoded} does not become {target.photometric_interpretation} in {self.syntax.name}")
        return target

    def _usual_colors(self, decoded: str) -> str:
        """The photometric interpretation of encoded frames, if nobody asks for another (PS3.5 8.2)."""
        uid = str(self.syntax.uid)
        if decoded not in ("RGB", "YBR_FULL", "YBR_PARTIAL"):
            return decoded
        if uid in _JPEG_LOSSY:
            return "YBR_FULL_422"
        if uid in _J2K and decoded == "RGB":
            return "YBR_RCT" if uid in _J2K_LOSSLESS else "YBR_ICT"
        if uid == _XL_LOSSY:
            return "XYB"
        came_from_jpeg = self.source.uid in _JPEG_LOSSY or always_lossy(str(self.source.uid))
        if uid == _XL_LOSSLESS and decoded == "YBR_FULL" and not came_from_jpeg:
            raise PixelError(
                f'{self.syntax.name} has no {decoded}; photometric_interpretation="RGB" converts, and rounds'
            )
        if decoded == "YBR_PARTIAL" or (decoded == "YBR_FULL" and came_from_jpeg and uid in (*_NATIVE, _XL_LOSSLESS)):
            return "RGB"
        return decoded

    # -- frames ------------------------------------------------------------------------------------------------------

    def frame(self, number: int) -> bytes:
        """Return frame `number` as the target has it."""
        if self.is_copy or self._repack is not None:
            return self._repacked(number)
        return self._encode(self._reader.read(number), number)

    def frames_of_stream(self) -> Iterator[bytes] | None:
        """Return the frames one after the other where the source is a video, None where each can be had by itself."""
        if not self.description.is_video or self.keeps_description:
            return None
        return (self._encode(samples, number) for number, samples in enumerate(self._reader.iter_stream()))

    def _encode(self, samples: np.ndarray, number: int) -> bytes:
        """Encode decoded samples."""
        if self._convert is not None:
            samples = self._convert(samples, self.target.bits_stored)
        try:
            data = self._encoder.encode(samples, self._encoded_as, self.target, self.options)
        except CodecError as error:
            error.frame = number if error.frame is None else error.frame
            raise
        except ValueError as error:
            raise PixelError(f"{self.syntax.name}: {error}") from error
        if number == 0 and self.loses(data):
            self._refuse_loss()
        return data

    def _repacked(self, number: int) -> bytes:
        """A frame whose samples nobody looks at."""
        data = bytes(self._encoded(number))
        try:
            return data if self._repack is None else self._repack(data)
        except CodecError as error:
            error.frame = number if error.frame is None else error.frame
            raise

    @property
    def keeps_description(self) -> bool:
        """Whether the Image Pixel Module stays as it is, because no samples were looked at."""
        return self.is_copy or self._repack is not None

    def loses(self, first: bytes) -> bool:
        """Whether encoding loses something, which the first encoded frame may tell; frames that are copied do not."""
        uid = str(self.syntax.uid)
        if self.keeps_description:
            return False
        options = self.options
        if options.ratio is not None or options.quality is not None or options.near:
            return True
        return is_lossy(uid, inspect(uid, first) if standard_of(uid) else None)

    @property
    def source_loses(self) -> bool:
        """Whether the frames were compressed with loss before."""
        uid = str(self.source.uid)
        if not self.description.is_encapsulated or not self.count:
            return False
        return is_lossy(uid, inspect(uid, frame_source(self.ds)(0)) if standard_of(uid) else None)

    @property
    def source_length(self) -> int:
        """The bytes of the Pixel Data as it was."""
        tag = int(self.description.tag)
        position = self.ds._position_of(tag)
        if position >= 0:
            return self.ds._read_index.element(position)[3]
        value = self.ds._value_of(tag)
        return len(value) if isinstance(value, bytes) else 0

    @property
    def native_length(self) -> int:
        """The bytes that all frames have without compression."""
        return (self.count * self._bits + 7) // 8

    @property
    def _bits(self) -> int:
        frame = self.target
        return frame.samples if frame.bits_allocated == 1 else frame.samples * frame.bits_allocated

    @property
    def joined_length(self) -> int:
        """The bytes of all frames as one native Pixel Data, without padding."""
        frame = self.target
        return self.native_length if frame.bits_allocated == 1 else self.count * frame.native_length

    def joined(self, frames: Iterable[bytes]) -> Iterator[bytes]:
        """Iterate over the pieces of a native Pixel Data: frames of single bits begin where the one before ends."""
        samples = self.target.samples
        if self.target.bits_allocated != 1 or samples % 8 == 0:
            yield from frames
            return
        rest = np.empty(0, np.uint8)
        for data in frames:
            bits = np.unpackbits(np.frombuffer(data, np.uint8), count=samples, bitorder="little")
            bits = np.concatenate((rest, bits))
            whole = len(bits) // 8 * 8
            yield np.packbits(bits[:whole], bitorder="little").tobytes()
            rest = bits[whole:]
        if len(rest):
            yield np.packbits(rest, bitorder="little").tobytes()


def _repacker(name: str, registry: Registry) -> Callable[[bytes], bytes]:
    """The function of the first codec that repacks JPEG as JPEG XL and back."""
    for codec in registry.decoders(_RECOMPRESSION):
        function: Callable[[bytes], bytes] | None = getattr(codec, name, None)
        if function is not None and codec.is_available:
            return function
    registry.decoder(_RECOMPRESSION)  # says what to install
    raise PixelError("no codec that is installed repacks JPEG as JPEG XL")


def wanted_syntax(name: str) -> TransferSyntax:
    """Return the transfer syntax of a UID or keyword of PS3.6; PixelError for what is none."""
    try:
        return named_syntax(name)
    except ValueEncodeError as error:
        raise PixelError(error.message) from error


def _refuse_syntax(syntax: TransferSyntax, is_copy: bool) -> None:
    """Raise PixelError for a transfer syntax that no frames can be brought into."""
    uid = str(syntax.uid)
    if uid.startswith(_VIDEO) and not is_copy:
        raise PixelError(f"{syntax.name} holds a stream, which is encapsulated as it is, and not made of frames")
    if not syntax.is_encapsulated and uid not in _NATIVE:
        raise PixelError(f"{syntax.name} has no Pixel Data of its own")


def _converted(samples: np.ndarray, photometric_interpretation: str, bits: int) -> np.ndarray:
    ybr_to_rgb(samples, photometric_interpretation, bits)
    return samples
