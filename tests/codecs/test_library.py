"""What all codecs over other libraries have in common, shown on one that does what the test wants."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from dicomkit.codecs import DEFAULT_REGISTRY, EncodeOptions, FrameFormat
from dicomkit.codecs.codestream import CodestreamInfo
from dicomkit.codecs.codestream.jpeg_ls_scans import IS_COMPILED
from dicomkit.codecs.library import LibraryCodec, as_codes
from dicomkit.errors import CodecError, UnsupportedTransferSyntaxError
from tests.codecs.codestream.test_jpeg import EOI, SOI, sof, sos
from tests.codecs.real_frames import ROOT, RealFrame, largest_difference, real_frames

LOSSLESS = "1.2.840.10008.1.2.4.70"


class Fake(LibraryCodec):
    """Gives what is in the module `fake_library`."""

    __slots__ = ()

    name = "fake"
    requires = "fake-library"
    module = "fake_library"
    decodes = frozenset({LOSSLESS})
    encodes = frozenset({LOSSLESS})

    def _decode(
        self, library: Any, data: bytes, uid: str, info: CodestreamInfo, target: np.ndarray | None
    ) -> np.ndarray:
        return library.decode(target)

    def _encode(self, library: Any, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
        return library.encode(samples)


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Give a function that installs a library with the functions given."""

    def install(**functions: Callable[[Any], Any]) -> None:
        module = ModuleType("fake_library")
        for name, function in functions.items():
            setattr(module, name, function)
        monkeypatch.setitem(sys.modules, "fake_library", module)

    return install


def codestream(rows: int = 1, columns: int = 2, precision: int = 12, samples: int = 1) -> bytes:
    """Build the headers of a lossless JPEG."""
    components = [(number, 1, 1) for number in range(samples)]
    return SOI + sof(0xC3, precision, rows, columns, *components) + sos(samples, 1, 0, 0) + EOI


FORMAT = FrameFormat(rows=1, columns=2, bits_allocated=16, bits_stored=12)


@pytest.mark.parametrize(
    ("changes", "given", "expected"),
    [
        ({}, [0xFFF, 0x7FF], [0xFFF, 0x7FF]),
        ({"bits_stored": 8}, [0xFFF, 0x7FF], [0xFF, 0xFF]),
        ({"pixel_representation": 1}, [0xFFF, 0x7FF], [-1, 0x7FF]),
        ({"pixel_representation": 1, "bits_stored": 16}, [0xFFF, 0x7FF], [0xFFF, 0x7FF]),
        ({"pixel_representation": 1, "bits_stored": 8}, [0x180, 0x17F], [-128, 127]),
        ({"bits_allocated": 32}, [0xFFF, 0], [0xFFF, 0]),
        ({"bits_allocated": 32, "pixel_representation": 1}, [0xFFF, 1], [-1, 1]),
    ],
)
def test_samples_are_the_stored_bits_with_their_sign(library, changes, given, expected):  # type: ignore[no-untyped-def]
    """Bits above Bits Stored go, and the highest stored one is the sign where the data set says so."""
    library(decode=lambda target: np.array([given], np.uint16))
    frame = FORMAT.replace(**changes)
    decoded = Fake().decode(codestream(), LOSSLESS, frame)
    assert expected == decoded[0].tolist()
    assert frame.dtype == decoded.dtype
    assert decoded.flags.owndata
    assert decoded.flags.writeable
    assert decoded.flags.c_contiguous


def test_it_decodes_into_the_array_that_is_given(library):  # type: ignore[no-untyped-def]
    """A library that takes an array gets the caller's own, seen as unsigned; what does not fit is refused."""

    def decode(target: np.ndarray) -> np.ndarray:
        assert np.uint16 == target.dtype
        target[:] = 0xFFE
        return target

    library(decode=decode)
    frame = FORMAT.replace(pixel_representation=1)
    out = np.zeros((1, 2), np.int16)
    assert out is Fake().decode(codestream(), LOSSLESS, frame, out)
    assert [-2, -2] == out[0].tolist()
    for wrong in (np.zeros((2, 1), np.int16), np.zeros((1, 2), np.uint16), np.zeros((1, 4), np.int16)[:, ::2]):
        with pytest.raises(ValueError, match="out must be"):
            Fake().decode(codestream(), LOSSLESS, frame, wrong)


@pytest.mark.parametrize(
    "data",
    [
        codestream(rows=65_535, columns=65_535),
        codestream(rows=2, columns=1),
        codestream(samples=3),
        codestream(precision=17),
        codestream()[:-2],
        b"",
    ],
)
def test_a_codestream_of_another_size_never_reaches_the_library(library, data):  # type: ignore[no-untyped-def]
    """Rows, columns, samples, precision and the end are compared before anything is allocated."""
    library(decode=lambda target: pytest.fail("it was called"))
    with pytest.raises(CodecError) as caught:
        Fake().decode(data, LOSSLESS, FORMAT)
    assert "fake" == caught.value.codec


@pytest.mark.parametrize("error", [RuntimeError("bad\ncode"), MemoryError(), UserWarning("odd"), ValueError("x")])
def test_what_a_library_raises_becomes_a_codec_error(library, error):  # type: ignore[no-untyped-def]
    """Whatever the class, warnings that are errors among them; control characters are escaped."""

    def fail(_: object) -> None:
        raise error

    library(decode=fail, encode=fail)
    with pytest.raises(CodecError) as caught:
        Fake().decode(codestream(), LOSSLESS, FORMAT)
    assert error is caught.value.__cause__
    assert "\n" not in str(caught.value)
    with pytest.raises(CodecError):
        Fake().encode(np.zeros((1, 2), np.uint16), LOSSLESS, FORMAT, EncodeOptions())


def test_samples_of_another_shape_than_promised_are_refused(library):  # type: ignore[no-untyped-def]
    """A library that does not do what the header says is not believed."""
    library(decode=lambda target: np.zeros((2, 1), np.uint16))
    with pytest.raises(CodecError, match="shape"):
        Fake().decode(codestream(), LOSSLESS, FORMAT)


@pytest.mark.parametrize("data", [codestream(precision=16), codestream(rows=2), b"", codestream()[:-2]])
def test_what_an_encoder_wrote_is_parsed(library, data):  # type: ignore[no-untyped-def]
    """A codestream whose precision is not Bits Stored is not returned (PS3.5 8.2.3)."""
    library(encode=lambda samples: data)
    with pytest.raises(CodecError):
        Fake().encode(np.zeros((1, 2), np.uint16), LOSSLESS, FORMAT, EncodeOptions())
    library(encode=lambda samples: codestream())
    assert codestream() == Fake().encode(np.zeros((1, 2), np.uint16), LOSSLESS, FORMAT, EncodeOptions())


def test_samples_must_be_those_of_the_frame(library):  # type: ignore[no-untyped-def]
    """Another shape or type is the caller's mistake."""
    library(encode=lambda samples: codestream())
    with pytest.raises(ValueError, match="are no frame of"):
        Fake().encode(np.zeros((2, 1), np.uint16), LOSSLESS, FORMAT, EncodeOptions())


def test_a_missing_library_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    """Nothing is imported to see whether it is there, and the error is the line to type."""
    monkeypatch.setitem(sys.modules, "fake_library", None)
    assert not Fake().is_available
    with pytest.raises(UnsupportedTransferSyntaxError) as caught:
        Fake().decode(codestream(), LOSSLESS, FORMAT)
    assert 'pip install "fake-library"' == caught.value.needs


def test_another_transfer_syntax_is_refused(library):  # type: ignore[no-untyped-def]
    """A codec decodes and encodes those that it says."""
    library()
    with pytest.raises(UnsupportedTransferSyntaxError):
        Fake().decode(codestream(), "1.2.3", FORMAT)


def test_codecs_are_values():
    """Two of one class are equal, so a registry can be compared and pickled."""
    assert Fake() == Fake()
    assert hash(Fake()) == hash(Fake())


def test_codes_are_the_stored_bits():
    """-1 in 12 bits is 4095, whatever is above them; the caller's array is not touched."""
    samples = np.array([-1, 5], np.int16)
    assert [4095, 5] == as_codes(samples, FORMAT.replace(pixel_representation=1)).tolist()
    assert [65_535, 5] == as_codes(samples, FORMAT.replace(pixel_representation=1, bits_stored=16)).tolist()
    assert [-1, 5] == samples.tolist()


#: What decodes a transfer syntax on a machine without imagecodecs, and what encodes it there.
WITHOUT_IMAGECODECS = {
    50: ("pylibjpeg-libjpeg", None),
    51: ("pylibjpeg-libjpeg", None),
    57: ("jpeg lossless", None),
    70: ("jpeg lossless", None),
    80: ("jpeg-ls" if IS_COMPILED else "pyjpegls", "pyjpegls"),
    81: ("jpeg-ls" if IS_COMPILED else "pyjpegls", "pyjpegls"),
    90: ("pylibjpeg-openjpeg", "pylibjpeg-openjpeg"),
    91: ("pylibjpeg-openjpeg", "pylibjpeg-openjpeg"),
    201: ("pylibjpeg-openjpeg", None),
    110: (None, None),
}


@pytest.mark.parametrize(("number", "names"), WITHOUT_IMAGECODECS.items())
def test_without_imagecodecs_others_take_its_place(  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch, number: int, names: tuple[str | None, str | None]
):
    """Whatever another library can do is done; for the rest the error is the line to type."""
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    uid = f"{ROOT}{number}"
    for name, find in zip(names, (DEFAULT_REGISTRY.decoder, DEFAULT_REGISTRY.encoder), strict=True):
        if name is not None:
            assert name == find(uid).name
            continue
        with pytest.raises(UnsupportedTransferSyntaxError) as caught:
            find(uid)
        assert 'pip install "dicomkit[codecs]"' == caught.value.needs


@pytest.mark.parametrize(
    "real", real_frames(50, 57, 70, 80, 81, 90, 91, most_pixels=1 << 17), ids=lambda real: real.name
)
def test_real_frames_are_decoded_alike_without_imagecodecs(monkeypatch: pytest.MonkeyPatch, real: RealFrame):
    """Lossless frames are equal, lossy ones differ by one at most."""
    expected = DEFAULT_REGISTRY.decoder(real.uid).decode(real.data, real.uid, real.frame)
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    decoded = DEFAULT_REGISTRY.decoder(real.uid).decode(real.data, real.uid, real.frame)
    assert largest_difference(expected, decoded) <= (1 if real.uid.endswith("50") else 0)


def test_nothing_is_imported_before_a_frame_is_decoded():
    """Importing the codecs, and asking which one would be taken, loads none of their libraries."""
    libraries = {"imagecodecs", "jpeg_ls", "openjpeg", "libjpeg", "av", "PIL"}
    program = (
        "import json, sys\n"
        "from dicomkit.codecs import DEFAULT_REGISTRY\n"
        "for codec in DEFAULT_REGISTRY.codecs: codec.is_available\n"
        "print(json.dumps(list(sys.modules)))\n"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set() == libraries & set(json.loads(answer.stdout))
