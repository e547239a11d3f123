"""The suite that codecs pass: every registered codec does, and one that breaks a promise does not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from dicomkit.codecs import DEFAULT_REGISTRY, Codec, EncodeOptions, FrameFormat
from dicomkit.codecs.native import NATIVE, NativeCodec
from dicomkit.codecs.rle import RLE
from dicomkit.errors import CodecError, DicomError
from dicomkit.testing.codecs import FRAMES, Check, ConformanceError, checks, samples_of, unchecked

LITTLE = "1.2.840.10008.1.2.1"


def _every_check() -> list[object]:
    """Give each check of each registered codec; those of other libraries take longer."""
    found: list[object] = []
    for codec in DEFAULT_REGISTRY.codecs:
        slow = [pytest.mark.slow] if codec.requires else []
        # OpenJPH's errors are printed by imagecodecs, not raised.
        printed = [pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]
        marks = slow + (printed if "htj2k" in codec.name else [])
        found += [pytest.param(check, id=f"{codec.name} {check}", marks=marks) for check in checks(codec)]
    return found


@pytest.mark.parametrize("check", _every_check())
def test_each_codec_keeps_the_promises(check: Check):
    """Every codec that dicomkit registers passes the suite."""
    check()


def test_what_cannot_be_checked_is_said():
    """Transfer syntaxes that nobody encodes are left out, unless frames of them are handed over."""
    decoder = NativeCodec(decodes=frozenset({"1.2.3", LITTLE}), encodes=frozenset())
    assert {"1.2.3"} == unchecked(decoder)
    assert set() == unchecked(decoder, [("1.2.3", FRAMES[0], b"")])
    assert not [check for check in checks(decoder) if "1.2.3" in str(check)]
    handed = [("1.2.3", FRAMES[1], b"\x07"), (LITTLE, FRAMES[1], b"\x07")]
    for check in checks(decoder, handed):
        check()
    with pytest.raises(ConformanceError, match="is not decoded"):
        next(check for check in checks(decoder, [("1.2.3", FRAMES[0], b"")]) if "1.2.3" in str(check))()


@pytest.mark.parametrize("frame", FRAMES, ids=str)
def test_samples_are_those_of_an_image(frame: FrameFormat):
    """Samples fit the frame, reach both ends of its range, and are the same each time."""
    samples = samples_of(frame)
    assert (frame.shape, frame.dtype) == (samples.shape, samples.dtype)
    assert samples.tobytes() == samples_of(frame).tobytes()
    if not frame.is_float and frame.samples > 2:
        assert frame.value_range == (samples.min(), samples.max())


# --- codecs that break a promise --------------------------------------------------------------------------------------


class _Good:
    """Does all as it should; each subclass does one thing wrong."""

    name = "broken"
    requires = ""
    is_available = True
    decodes = encodes = frozenset({LITTLE})
    decode = staticmethod(NATIVE.decode)
    encode = staticmethod(NATIVE.encode)
    photometric_interpretation = staticmethod(NATIVE.photometric_interpretation)


def broken(**methods: object) -> Codec:
    """Give a codec with other methods."""
    codec: Codec = type("Broken", (_Good,), methods)()
    return codec


Decode = Callable[..., np.ndarray]


def _decoding(change: Callable[[np.ndarray], np.ndarray]) -> Decode:
    def decode(self: Codec, data: bytes, uid: str, frame: FrameFormat, out: np.ndarray | None = None) -> np.ndarray:
        return change(NATIVE.decode(data, uid, frame, out))

    return decode


def _frozen(samples: np.ndarray) -> np.ndarray:
    samples.flags.writeable = False
    return samples


def _random(samples: np.ndarray) -> np.ndarray:
    samples.flat[0] = np.random.default_rng().integers(2)
    return samples


def _ignores_out(self: Codec, data: bytes, uid: str, frame: FrameFormat, out: np.ndarray | None = None) -> np.ndarray:
    return NATIVE.decode(data, uid, frame)


def _takes_any_out(self: Codec, data: bytes, uid: str, frame: FrameFormat, out: np.ndarray | None = None) -> np.ndarray:
    samples = NATIVE.decode(data, uid, frame)
    if out is None:
        return samples
    out.reshape(-1)[: samples.size] = samples.reshape(-1)
    return out


def _indexes(self: Codec, data: bytes, uid: str, frame: FrameFormat, out: np.ndarray | None = None) -> np.ndarray:
    if len(data) == 10:
        raise IndexError("list index out of range")
    return NATIVE.decode(data, uid, frame, out)


def _allocates(self: Codec, data: bytes, uid: str, frame: FrameFormat, out: np.ndarray | None = None) -> np.ndarray:
    np.empty(min(frame.nbytes, 1 << 28), np.uint8)
    return NATIVE.decode(data, uid, frame, out)


def _fills(self: Codec, data: bytes, uid: str, frame: FrameFormat, out: np.ndarray | None = None) -> np.ndarray:
    if frame.nbytes > 1 << 20:
        return np.zeros((1, 1), np.uint8)
    return NATIVE.decode(bytes(data).ljust(frame.native_length), uid, frame, out)


def _inverts(self: Codec, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
    return bytes(255 - byte for byte in NATIVE.encode(samples, uid, frame, options))


def _cuts(self: Codec, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
    return samples.tobytes()


def _ignores(self: Codec, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
    return NATIVE.encode(samples, uid, frame, EncodeOptions())


def _changes(self: Codec, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
    data = NATIVE.encode(samples, uid, frame, options)
    samples.flat[0] = 0
    return data


def _refuses(self: Codec, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
    raise CodecError("no")


ARRAY, INTO, DAMAGE, MEMORY = (
    "decodes to the documented array",
    "decodes into an array",
    "survives damage",
    "takes no memory for what is not there",
)
SAME, REFUSAL, STEADY = (
    "encodes what decodes to the same",
    "refuses what it cannot encode",
    "encodes the same to the same",
)


@pytest.mark.parametrize(
    ("methods", "check", "message"),
    [
        ({"decode": _decoding(lambda samples: samples.T)}, ARRAY, "shape"),
        ({"decode": _decoding(lambda samples: samples.astype(np.float64))}, ARRAY, "type float64"),
        ({"decode": _decoding(np.asfortranarray)}, ARRAY, "C-contiguous"),
        ({"decode": _decoding(_frozen)}, ARRAY, "cannot be written"),
        ({"decode": _decoding(_random)}, ARRAY, "something else"),
        ({"decode": _ignores_out}, INTO, "is not returned"),
        ({"decode": _takes_any_out}, INTO, "decodes into an array of"),
        ({"decode": _indexes}, DAMAGE, "list index"),
        ({"decode": _allocates}, MEMORY, "bytes are taken"),
        ({"decode": _fills}, MEMORY, "are decoded from"),
        ({"encode": _inverts}, SAME, "decodes to something else"),
        ({"encode": _refuses}, SAME, "encodes none"),
        ({"encode": _cuts}, REFUSAL, "encodes complex64|encodes uint8"),
        ({"encode": _ignores}, REFUSAL, "is lossless and takes"),
        ({"encode": _changes}, STEADY, "something else|changes"),
    ],
)  # fmt: skip
def test_a_broken_promise_is_found(methods: dict[str, object], check: str, message: str):
    """Each check finds the codec that does not do what it is about."""
    chosen = next(each for each in checks(broken(**methods)) if str(each) == f"{LITTLE} {check}")
    with pytest.raises((ConformanceError, IndexError), match=message) as caught:
        chosen()
    assert not isinstance(caught.value, DicomError)


@pytest.mark.parametrize(
    "codec", [NativeCodec(name=""), NativeCodec(decodes=frozenset(), encodes=frozenset()), NativeCodec(name="a\nb")]
)
def test_members_that_say_nothing_are_found(codec: Codec):
    """A codec has a name and something to do."""
    with pytest.raises(ConformanceError):
        checks(codec)[0]()


def test_what_is_not_installed_is_checked_for_how_it_says_so():
    """An absent codec names its requirement, and its decoding is an error."""
    absent = NativeCodec(is_available=False, requires="some-package", decodes=RLE.decodes)
    names = [str(check) for check in checks(absent)]
    assert ["members", "absence"] == names
    checks(absent)[1]()
    with pytest.raises(ConformanceError, match="how to install"):
        checks(NativeCodec(is_available=False))[1]()
