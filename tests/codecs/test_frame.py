"""The description of a frame: sizes in unbounded integers, and nothing that no frame can be."""

from __future__ import annotations

import numpy as np
import pytest

from dicomkit.codecs import FrameFormat
from dicomkit.errors import CodecError, DicomError, PixelError

GRAY = FrameFormat(rows=3, columns=5)


@pytest.mark.parametrize(
    ("fields", "shape", "dtype", "native"),
    [
        ({}, (3, 5), "u1", 15),
        ({"bits_allocated": 1, "bits_stored": 1}, (3, 5), "u1", 2),
        ({"bits_allocated": 1, "bits_stored": 1, "pixel_representation": 1}, (3, 5), "u1", 2),
        ({"bits_allocated": 16, "bits_stored": 12}, (3, 5), "u2", 30),
        ({"bits_allocated": 16, "bits_stored": 12, "pixel_representation": 1}, (3, 5), "i2", 30),
        ({"bits_allocated": 32, "bits_stored": 32}, (3, 5), "u4", 60),
        ({"bits_allocated": 32, "bits_stored": 32, "is_float": True}, (3, 5), "f4", 60),
        ({"bits_allocated": 64, "bits_stored": 64, "is_float": True, "pixel_representation": 1}, (3, 5), "f8", 120),
        ({"samples_per_pixel": 3}, (3, 5, 3), "u1", 45),
        ({"samples_per_pixel": 3, "columns": 6, "photometric_interpretation": "YBR_FULL_422"}, (3, 6, 3), "u1", 36),
    ],
)
def test_shape_type_and_size(fields: dict[str, object], shape: tuple[int, ...], dtype: str, native: int):
    """Shape, type and sizes follow from the Image Pixel Description as PS3.3 C.7.6.3 says."""
    frame = GRAY.replace(**fields)
    expected = np.empty(shape, dtype)
    assert (expected.shape, expected.dtype, expected.nbytes, native) == (
        frame.shape,
        frame.dtype,
        frame.nbytes,
        frame.native_length,
    )
    assert expected.size == frame.samples


def test_sizes_do_not_overflow():
    """The size of the largest frame is an exact integer, and asking for it allocates nothing."""
    frame = FrameFormat(rows=0xFFFFFFFF, columns=0xFFFFFFFF, samples_per_pixel=4, bits_allocated=64, bits_stored=64)
    assert (2**32 - 1) ** 2 * 4 * 8 == frame.nbytes == frame.native_length


@pytest.mark.parametrize(
    "fields",
    [
        {"rows": 0},
        {"columns": -1},
        {"rows": 2**32},
        {"samples_per_pixel": 0},
        {"samples_per_pixel": 5},
        {"bits_allocated": 0},
        {"bits_allocated": 12},
        {"bits_allocated": 128},
        {"bits_stored": 0},
        {"bits_stored": 9},
        {"high_bit": 8},
        {"high_bit": 6},
        {"high_bit": -1},
        {"bits_allocated": 16, "is_float": True},
    ],
    ids=str,
)
def test_what_no_frame_can_be_is_refused(fields: dict[str, object]):
    """Impossible sizes and bits are a PixelError, before anything is computed from them."""
    with pytest.raises(PixelError):
        GRAY.replace(**fields)


def test_the_high_bit_is_that_of_low_samples_unless_said():
    """Samples stand in the low bits, or below the High Bit."""
    assert (11, 15) == tuple(
        FrameFormat(rows=1, columns=1, bits_allocated=16, bits_stored=12, high_bit=bit).top_bit for bit in (None, 15)
    )


def test_an_array_is_made_or_taken():
    """Decoding goes into a new array, or into the caller's."""
    out = np.zeros((3, 5), np.uint8)
    assert GRAY.array(out) is out
    made = GRAY.array()
    assert ((3, 5), np.uint8, True, True) == (made.shape, made.dtype, made.flags.c_contiguous, made.flags.owndata)


def _read_only() -> np.ndarray:
    array = np.zeros((3, 5), np.uint8)
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    "out",
    [
        np.zeros((5, 3), np.uint8),
        np.zeros((3, 5), np.int8),
        np.zeros((3, 10), np.uint8)[:, ::2],
        np.zeros((5, 3), np.uint8).T,
        _read_only(),
    ],
    ids=["shape", "type", "strided", "transposed", "read-only"],
)
def test_an_array_that_is_no_place_for_the_frame_is_refused(out: np.ndarray):
    """An array of another shape, type or layout is the caller's mistake, thus a ValueError and no DicomError."""
    with pytest.raises(ValueError) as caught:
        GRAY.array(out)
    assert not isinstance(caught.value, DicomError)


@pytest.mark.parametrize(
    ("bits", "signed", "low", "high"), [(12, 0, 0, 4095), (12, 1, -2048, 2047), (1, 0, 0, 1), (16, 1, -32768, 32767)]
)
def test_samples_outside_the_stored_bits_are_refused(bits: int, signed: int, low: int, high: int):
    """A sample that has no place in Bits Stored is refused on encoding, not cut."""
    frame = FrameFormat(rows=1, columns=3, bits_allocated=16, bits_stored=bits, pixel_representation=signed)
    assert (low, high) == frame.value_range
    good = np.array([[low, 0, high]], frame.dtype)
    assert good.tolist() == frame.encodable(good).tolist()
    for value in (low - 1, high + 1):
        if bits < 16 and (signed or value >= 0):
            with pytest.raises(CodecError, match=f"sample {value} "):
                frame.encodable(np.array([[0, value, 0]], frame.dtype))


def test_samples_to_encode_may_lie_anyhow():
    """Strides and byte order of what is encoded do not matter; shape and type do."""
    frame = FrameFormat(rows=2, columns=2, bits_allocated=16, bits_stored=16)
    samples = np.array([[1, 2], [3, 4]], np.uint16)
    for same in (samples, np.asfortranarray(samples), samples.astype(">u2"), samples.repeat(2, axis=1)[:, ::2]):
        assert samples.tobytes() == frame.encodable(same).tobytes()
    for other in (samples.astype(np.int16), samples.reshape(4), samples.astype(np.float32)):
        with pytest.raises(ValueError, match="are no frame of"):
            frame.encodable(other)
