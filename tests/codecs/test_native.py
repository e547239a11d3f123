"""Native frames: every layout of PS3.5 8.1 and 8.2, held against literal bytes and against pydicom."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels.utils import unpack_bits
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from dicomkit.codecs import EncodeOptions, FrameFormat
from dicomkit.codecs.native import NATIVE
from dicomkit.errors import CodecError

LITTLE, BIG, UNCOMPRESSED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.98"
GE_BIG_PIXELS = "1.2.840.113619.5.2"
OPTIONS = EncodeOptions()


def decoded(data: str, uid: str = LITTLE, **fields: object) -> list[object]:
    """Decode hexadecimal digits of a frame of one row, unless told otherwise."""
    frame = FrameFormat(**{"rows": 1, **fields})  # type: ignore[arg-type]  # tests name fields in a table
    samples = NATIVE.decode(bytes.fromhex(data), uid, frame)
    assert (frame.shape, frame.dtype) == (samples.shape, samples.dtype)
    assert (True, True, True) == (samples.flags.c_contiguous, samples.flags.owndata, samples.flags.writeable)
    found: list[object] = samples.tolist()
    return found


SIXTEEN = {"columns": 2, "bits_allocated": 16, "bits_stored": 16}
TWELVE = {"columns": 3, "bits_allocated": 16, "bits_stored": 12}
COLOR = {"columns": 2, "samples_per_pixel": 3, "photometric_interpretation": "RGB"}
BITS = {"columns": 10, "bits_allocated": 1, "bits_stored": 1}


@pytest.mark.parametrize(
    ("data", "uid", "fields", "samples"),
    [
        ("0102ff", LITTLE, {"columns": 3}, [[1, 2, 255]]),
        ("0102ff", LITTLE, {"columns": 3, "pixel_representation": 1}, [[1, 2, -1]]),
        ("01020304", LITTLE, SIXTEEN, [[0x0201, 0x0403]]),
        ("01020304", UNCOMPRESSED, SIXTEEN, [[0x0201, 0x0403]]),
        ("01020304", BIG, SIXTEEN, [[0x0102, 0x0304]]),
        ("01020304", GE_BIG_PIXELS, SIXTEEN, [[0x0102, 0x0304]]),
        ("01020304", BIG, {"columns": 1, "bits_allocated": 32, "bits_stored": 32}, [[0x01020304]]),
        ("0000c03f", LITTLE, {"columns": 1, "bits_allocated": 32, "bits_stored": 32, "is_float": True}, [[1.5]]),
        ("3ff8000000000000", BIG, {"columns": 1, "bits_allocated": 64, "bits_stored": 64, "is_float": True}, [[1.5]]),
        # The four high bits hold an overlay, or anything.
        ("ff1fff0f0080", LITTLE, TWELVE, [[0xFFF, 0xFFF, 0]]),
        ("ff1fff070038", LITTLE, {**TWELVE, "pixel_representation": 1}, [[-1, 2047, -2048]]),
        ("f0ff10003f80", LITTLE, {**TWELVE, "high_bit": 15}, [[0xFFF, 1, 0x803]]),
        ("f0ff10003f80", LITTLE, {**TWELVE, "high_bit": 15, "pixel_representation": 1}, [[-1, 1, 0x803 - 0x1000]]),
        ("fe7f01", LITTLE, {"columns": 3, "bits_stored": 6, "high_bit": 6}, [[0x3F, 0x3F, 0]]),
        # Single bits, the first pixel in the lowest one (PS3.5 8.1.1).
        ("0502", LITTLE, BITS, [[1, 0, 1, 0, 0, 0, 0, 0, 0, 1]]),
        ("0205", BIG, {**BITS, "in_words": True}, [[1, 0, 1, 0, 0, 0, 0, 0, 0, 1]]),
        ("010203040506", LITTLE, COLOR, [[[1, 2, 3], [4, 5, 6]]]),
        ("010203040506", LITTLE, {**COLOR, "planar_configuration": 1}, [[[1, 3, 5], [2, 4, 6]]]),
        ("020100fe", BIG, {"columns": 3, "in_words": True}, [[1, 2, 254]]),
        ("010203", BIG, {"columns": 3}, [[1, 2, 3]]),
        # Y1 Y2 Cb Cr (PS3.3 C.7.6.3.1.2)
        ("01020304", LITTLE, {**COLOR, "photometric_interpretation": "YBR_FULL_422"}, [[[1, 3, 4], [2, 3, 4]]]),
    ],
)
def test_literal_frames(data: str, uid: str, fields: dict[str, object], samples: list[object]):
    """Bytes written out by hand decode to the samples that PS3.5 8.1 and 8.2 say."""
    assert samples == decoded(data, uid, **fields)


def test_single_bits_are_those_of_pydicom():
    """Frames of single bits that do not end on a byte unpack as pydicom unpacks them."""
    data = bytes(range(256))
    for columns in (1, 7, 8, 9, 63, 64, 65, 1000):
        frame = FrameFormat(rows=1, columns=columns, bits_allocated=1, bits_stored=1)
        expected = unpack_bits(data)[:columns].tolist()
        assert [expected] == NATIVE.decode(data, LITTLE, frame).tolist()


@st.composite
def frames(draw: st.DrawFn) -> tuple[FrameFormat, np.ndarray]:
    """Give a frame and samples that it can hold."""
    allocated = draw(st.sampled_from([1, 8, 16, 32, 64]))
    stored = draw(st.integers(1, allocated))
    per_pixel = draw(st.sampled_from([1, 3]))
    subsampled = per_pixel == 3 and draw(st.booleans())
    frame = FrameFormat(
        rows=draw(st.integers(1, 9)),
        columns=draw(st.integers(1, 9)) * 2,
        samples_per_pixel=per_pixel,
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=draw(st.one_of(st.none(), st.integers(stored - 1, allocated - 1))),
        pixel_representation=draw(st.sampled_from([0, 1])),
        photometric_interpretation="MONOCHROME2" if per_pixel == 1 else "YBR_FULL_422" if subsampled else "RGB",
        planar_configuration=draw(st.sampled_from([0, 1])),
        in_words=draw(st.booleans()),
    )
    low, high = frame.value_range
    seed = draw(st.integers(0, 2**32 - 1))
    samples = np.random.default_rng(seed).integers(low, high, frame.shape, frame.dtype, endpoint=True)
    if subsampled:
        pairs = samples.reshape(-1, 2, 3)
        pairs[:, 1, 1:] = pairs[:, 0, 1:]
    return frame, samples


@given(frames(), st.sampled_from([LITTLE, BIG, UNCOMPRESSED]))
def test_what_is_encoded_decodes_to_itself(given_frame: tuple[FrameFormat, np.ndarray], uid: str):
    """Each layout comes back bit for bit, from exactly the bytes of a native frame (even ones of words)."""
    frame, samples = given_frame
    data = NATIVE.encode(samples, uid, frame, OPTIONS)
    assert frame.native_length <= len(data) <= frame.native_length + 1
    assert samples.tobytes() == NATIVE.decode(data, uid, frame).tobytes()


@pytest.mark.parametrize("uid", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize(("allocated", "stored", "signed"), [(8, 8, 0), (16, 12, 0), (16, 12, 1), (32, 24, 1)])
@pytest.mark.parametrize("planar", [0, 1])
def test_pydicom_reads_what_is_encoded(uid: str, allocated: int, stored: int, signed: int, planar: int):
    """Pydicom finds the same samples in colour frames of either byte order and planar configuration."""
    frame = FrameFormat(
        rows=4,
        columns=6,
        samples_per_pixel=3,
        bits_allocated=allocated,
        bits_stored=stored,
        pixel_representation=signed,
        photometric_interpretation="RGB",
        planar_configuration=planar,
        in_words=allocated > 8,
    )
    low, high = frame.value_range
    samples = np.random.default_rng(1).integers(low, high, frame.shape, frame.dtype, endpoint=True)
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = uid
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = 4, 6, 3, "RGB"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = allocated, stored, stored - 1, signed
    ds.PlanarConfiguration = planar
    ds.PixelData = NATIVE.encode(samples, uid, frame, OPTIONS)
    ds["PixelData"].VR = "OB" if allocated == 8 else "OW"
    assert samples.tolist() == ds.pixel_array.tolist()


def test_a_frame_goes_into_the_callers_array():
    """The samples are written where the caller wants them, and that array is returned."""
    out = np.zeros((2, 2), np.uint8)
    frame = FrameFormat(rows=2, columns=2)
    assert NATIVE.decode(memoryview(b"\1\2\3\4"), LITTLE, frame, out) is out
    assert [[1, 2], [3, 4]] == out.tolist()


@pytest.mark.parametrize("uid", [LITTLE, BIG])
def test_too_few_bytes_are_an_error_before_anything_is_allocated(uid: str):
    """A frame of 2 to the power 68 bytes with ten bytes of data is refused at once, and so is one byte too few."""
    huge = FrameFormat(rows=0xFFFFFFFF, columns=0xFFFFFFFF, bits_allocated=64, bits_stored=64)
    for frame, data in ((huge, bytes(10)), (FrameFormat(rows=1, columns=3, bits_allocated=16), bytes(5))):
        with pytest.raises(CodecError) as caught:
            NATIVE.decode(data, uid, frame)
        assert (len(data), "native") == (caught.value.offset, caught.value.codec)


def test_bytes_behind_the_frame_do_not_matter():
    """A padding byte, or more, is left alone."""
    assert [[1, 2, 3]] == decoded("010203ff00", columns=3)


def test_shared_chrominance_needs_pairs_of_pixels():
    """A frame of an odd number of pixels cannot have half the chrominance."""
    frame = FrameFormat(rows=3, columns=3, samples_per_pixel=3, photometric_interpretation="YBR_FULL_422")
    with pytest.raises(CodecError, match="even number"):
        NATIVE.decode(bytes(100), LITTLE, frame)
    with pytest.raises(CodecError, match="even number"):
        NATIVE.encode(np.zeros(frame.shape, np.uint8), LITTLE, frame, OPTIONS)


@pytest.mark.parametrize(
    ("stored", "expected"), [("YBR_FULL_422", "YBR_FULL"), ("RGB", "RGB"), ("PALETTE COLOR", "PALETTE COLOR")]
)
def test_what_decoded_samples_are(stored: str, expected: str):
    """Only shared chrominance changes: each pixel has its own then."""
    frame = FrameFormat(rows=2, columns=2, photometric_interpretation=stored)
    assert expected == NATIVE.photometric_interpretation(LITTLE, frame)


def test_options_that_mean_nothing_are_refused():
    """Native samples have no quality."""
    with pytest.raises(ValueError, match="no option quality"):
        NATIVE.encode(np.zeros((1, 1), np.uint8), LITTLE, FrameFormat(rows=1, columns=1), EncodeOptions(quality=90))
