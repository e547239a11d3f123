"""Codecs of other libraries behind one face: compared before anything is allocated, refused in one way (PS3.5 8.2)."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from dicomkit.codecs.codestream import inspect, standard_of
from dicomkit.core.frozen import Frozen
from dicomkit.errors import CodecError, DicomError, UnsupportedTransferSyntaxError, escaped

if TYPE_CHECKING:
    from dicomkit.codecs.base import EncodeOptions, Report
    from dicomkit.codecs.codestream import CodestreamInfo
    from dicomkit.codecs.frame import FrameFormat

__all__ = ["LibraryCodec", "as_codes", "cut", "refuse_blank"]

_LARGE = 1 << 26
_MOST_SAMPLES_A_BYTE = 1 << 16


class LibraryCodec(Frozen):
    """What the codecs of other libraries have in common; a `dicomkit.codecs.Codec`. Instances are all equal.

    A subclass says which `module` it loads at the first use, and has `_decode`, `_encode` and `_check_options`.
    """

    __slots__ = ()

    name: str = ""
    requires: str = ""
    module: str = ""
    #: The part of the package without which it was built, such as "_jpegxl" of imagecodecs; "" where there is none.
    submodule: str = ""
    decodes: frozenset[str] = frozenset()
    encodes: frozenset[str] = frozenset()

    @property
    def is_available(self) -> bool:
        """Whether the library is installed with the part that is needed; it is looked for, not imported."""
        wanted = f"{self.module}.{self.submodule}" if self.submodule else self.module
        if sys.modules.get(self.module) is not None and sys.modules.get(wanted) is not None:
            return True  # used before; to look on the disk would cost more than to decode a small frame
        spec = find_spec(self.module)  # None also for a module that was set to None
        if spec is None or not self.submodule:
            return spec is not None
        return PathFinder.find_spec(wanted, spec.submodule_search_locations) is not None

    def photometric_interpretation(self, uid: str, frame: FrameFormat) -> str:
        """Return what decoded samples are, and what samples to encode must be: by default what the data set says."""
        return frame.photometric_interpretation

    def prepare(self) -> None:
        """Import the library, which takes longer than to decode a frame; UnsupportedTransferSyntaxError without it."""
        self._loaded(min(self.decodes | self.encodes), self.decodes | self.encodes)

    # --- decoding ---------------------------------------------------------------------------------------------------

    def decode(
        self, data: bytes | memoryview, uid: str, frame: FrameFormat, out: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the decoded frame; see `Codec.decode`."""
        return self.decode_checked(data, uid, frame, out)

    def decode_checked(
        self,
        data: bytes | memoryview,
        uid: str,
        frame: FrameFormat,
        out: np.ndarray | None = None,
        report: Report | None = None,
    ) -> np.ndarray:
        """Return the decoded frame, and `report` what is damaged in it; see `CheckingCodec.decode_checked`."""
        content = data if isinstance(data, bytes) else bytes(data)
        library = self._loaded(uid, self.decodes)
        info = self._inspected(content, uid, frame)
        result = frame.array(out)
        # Libraries that take an array to decode into get it, of the type that the codestream has for itself.
        own = _dtype_of(info)
        target = result.view(own) if own.itemsize == result.itemsize else None
        try:
            samples = self._decode(library, content, uid, info, target)
        except DicomError:
            raise
        except Exception as error:
            raise self._refused(error) from error
        if samples.shape != frame.shape:
            raise CodecError(f"the library gave samples of shape {samples.shape}, not {frame.shape}", codec=self.name)
        if samples is not target:
            np.copyto(result, samples, casting="unsafe")  # C semantics: the low bits
        if info.precision > frame.bits_stored or info.is_signed != frame.is_signed:
            cut(result, frame)
        if report is not None and (damage := self._damage(content, info)):
            report(damage)
        return result

    def _inspected(self, content: bytes, uid: str, frame: FrameFormat) -> CodestreamInfo:
        """Return what the header says, after comparing it with the frame."""
        try:
            info = inspect(uid, content)
            self._compare(info, uid, frame)
            self._check_length(content, info)
        except CodecError as error:
            error.codec = error.codec or self.name
            raise
        return info

    def _damage(self, data: bytes, info: CodestreamInfo) -> str:
        """Return what is damaged in a codestream that the library decoded without a word, "" if nothing is known."""
        return ""

    def _compare(self, info: CodestreamInfo, uid: str, frame: FrameFormat) -> None:
        """Refuse a codestream of another size than the frame, or that its library is known not to survive."""
        found = info.rows, info.columns, info.samples_per_pixel
        wanted = frame.rows, frame.columns, frame.samples_per_pixel
        if found != wanted:
            raise CodecError(
                f"the codestream has {info.columns} columns, {info.rows} rows and {info.samples_per_pixel} samples a "
                f"pixel, the data set {frame.columns}, {frame.rows} and {frame.samples_per_pixel}"
            )
        # HTJ2K is a part of JPEG 2000, and its decoders tell by themselves.
        standard = standard_of(uid)
        if info.standard != standard and not {info.standard, standard} <= {"HTJ2K", "JPEG 2000"}:
            raise CodecError(f"the codestream is {info.standard}, not {standard}")
        if info.is_float != frame.is_float:
            raise CodecError("floating-point numbers in one of codestream and data set, integers in the other")
        if info.precision > frame.bits_allocated:
            raise CodecError(f"a codestream of {info.precision} bits in {frame.bits_allocated} bits allocated")
        if not info.is_complete:
            raise CodecError("the codestream is cut off: its end marker is missing")

    def _check_length(self, data: bytes, info: CodestreamInfo) -> None:
        """Refuse a codestream that is too short for its samples, however well they compress, or would take too long."""

    def _decode(
        self, library: Any, data: bytes, uid: str, info: CodestreamInfo, target: np.ndarray | None
    ) -> np.ndarray:
        """Return the samples as the library gives them, in `target` if it is given and the library can."""
        raise NotImplementedError

    # --- encoding ---------------------------------------------------------------------------------------------------

    def encode(self, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
        """Return the encoded frame; see `Codec.encode`.

        `frame` describes what will be in the codestream, `samples` are in `photometric_interpretation(uid, frame)`.
        What the encoder wrote is parsed, and compared with what was asked for, before it is returned.
        """
        library = self._loaded(uid, self.encodes)
        samples = frame.encodable(samples)
        self._check_encodable(uid, frame, options)
        try:
            encoded = self._encode(library, samples, uid, frame, options)
        except DicomError:
            raise
        except Exception as error:
            raise self._refused(error) from error
        self._verify(encoded, uid, frame)
        return encoded

    def _check_encodable(self, uid: str, frame: FrameFormat, options: EncodeOptions) -> None:
        """Raise ValueError for a frame or options that the transfer syntax has no way to hold."""

    def _encode(self, library: Any, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
        raise NotImplementedError

    def _verify(self, encoded: bytes, uid: str, frame: FrameFormat) -> None:
        """Compare what was written with what was asked for: precision must be Bits Stored (PS3.5 8.2.3 and others)."""
        info = inspect(uid, encoded)
        expected: dict[str, object] = {
            "standard": standard_of(uid),
            "rows": frame.rows,
            "columns": frame.columns,
            "samples_per_pixel": frame.samples_per_pixel,
            "precision": frame.bits_stored,
            "is_complete": True,
            **self._expected(uid, frame),
        }
        wrong = {name: getattr(info, name) for name, value in expected.items() if getattr(info, name) != value}
        if wrong:
            raise CodecError(
                f"the library wrote a codestream with {wrong} where {expected} was wanted", codec=self.name
            )

    def _expected(self, uid: str, frame: FrameFormat) -> dict[str, object]:
        """Return what the header of a codestream must say besides size and precision."""
        return {}

    # --- the library ------------------------------------------------------------------------------------------------

    def _loaded(self, uid: str, uids: frozenset[str]) -> Any:
        if uid not in uids:
            raise UnsupportedTransferSyntaxError(uid, f"{self.name} has no part in it")
        try:
            return import_module(self.module)
        except ImportError as error:
            raise UnsupportedTransferSyntaxError(uid, f'pip install "{self.requires}"') from error

    def _refused(self, error: Exception) -> CodecError:
        return CodecError(escaped(f"{type(error).__name__}: {error}", 200), codec=self.name)


class OwnDecoder(LibraryCodec):
    """A decoder of our own among the codecs of a syntax, of which other libraries encode."""

    __slots__ = ()

    @property
    def is_available(self) -> bool:
        """Always: it needs nothing but NumPy."""
        return True

    def decode_checked(
        self,
        data: bytes | memoryview,
        uid: str,
        frame: FrameFormat,
        out: np.ndarray | None = None,
        report: Report | None = None,
    ) -> np.ndarray:
        """Return the decoded frame, and `report` what is damaged in it; CodecError for what cannot be told apart."""
        self._loaded(uid, self.decodes)
        content = data if isinstance(data, bytes) else bytes(data)
        info = self._inspected(content, uid, frame)
        result = frame.array(out)
        target = result.view(f"u{result.itemsize}") if result.itemsize <= 2 else np.empty(frame.shape, np.uint16)
        try:
            damage = self._decode_into(content, info, target)
        except CodecError as error:
            error.codec = error.codec or self.name
            raise
        if result.itemsize > 2:
            np.copyto(result, target)
        if info.precision > frame.bits_stored or frame.is_signed or damage:
            cut(result, frame)
        if damage and report is not None:
            report(damage)
        return result

    def _decode_into(self, content: bytes, info: CodestreamInfo, target: np.ndarray) -> str:
        """Decode all samples as they are in the codestream; return what is damaged, "" for nothing."""
        raise NotImplementedError

    def _loaded(self, uid: str, uids: frozenset[str]) -> Any:
        return super()._loaded(uid, uids) if uid not in uids else None


def refuse_blank(data: bytes, info: CodestreamInfo) -> None:
    """Refuse a very large frame in very few bytes, of standards in which a blank frame has no least length.

    A decoder takes several bytes a sample before it finds that they are blank: 50 GiB for 65,535 rows and columns.
    """
    samples = info.rows * info.columns * info.samples_per_pixel
    if samples > _LARGE and len(data) * _MOST_SAMPLES_A_BYTE < samples:
        raise CodecError(f"{len(data)} bytes for {samples} samples")


def as_codes(samples: np.ndarray, frame: FrameFormat) -> np.ndarray:
    """Return the low `bits_stored` bits of samples as unsigned numbers: for syntaxes that cannot say "signed"."""
    codes: np.ndarray = samples.view(f"u{samples.itemsize}")
    if frame.bits_stored == 8 * samples.itemsize:
        return codes
    masked: np.ndarray = codes & codes.dtype.type((1 << frame.bits_stored) - 1)
    return masked


# By sign, and by the bytes that the precision needs.
_DTYPES = {
    (is_signed, size): np.dtype(f"{'i' if is_signed else 'u'}{size}")
    for is_signed in (False, True)
    for size in (1, 2, 4)
}


def _dtype_of(info: CodestreamInfo) -> np.dtype[Any]:
    if info.is_float:
        return np.dtype("f4" if info.precision > 16 else "f2")
    return _DTYPES[info.is_signed, 1 if info.precision <= 8 else 2 if info.precision <= 16 else 4]


def cut(result: np.ndarray, frame: FrameFormat) -> None:
    """Leave the low bits that are stored, extended by their sign where the data set has one."""
    unused = 8 * result.itemsize - frame.bits_stored
    if not unused or frame.is_float:
        return
    if frame.is_signed:
        np.left_shift(result, unused, out=result)
        np.right_shift(result, unused, out=result)
    else:
        np.bitwise_and(result, result.dtype.type((1 << frame.bits_stored) - 1), out=result)
