"""RLE Lossless frames: the layout of PS3.5 Annex G, real files, other implementations both ways, and damage."""

from __future__ import annotations

import struct

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.rle import _rle_decode_frame
from pydicom.pixels.encoders.native import _encode_frame

from dicomkit.codecs import EncodeOptions, FrameFormat
from dicomkit.codecs.rle import RLE, problems
from dicomkit.errors import CodecError
from tests.corpora import real_file

UID = "1.2.840.10008.1.2.5"
OPTIONS = EncodeOptions()
GRAY = FrameFormat(rows=2, columns=3)


def frame_of(*segments: str, offsets: list[int] | None = None, number: int | None = None) -> bytes:
    """Build a frame of segments in hexadecimal digits; offsets and their number are right unless given."""
    encoded = [bytes.fromhex(segment) for segment in segments]
    starts = [64 + sum(map(len, encoded[:n])) for n in range(len(encoded))] if offsets is None else offsets
    header = struct.pack("<16I", len(encoded) if number is None else number, *starts, *[0] * (15 - len(starts)))
    return header + b"".join(encoded)


def test_a_segment_for_each_byte_the_most_significant_first():
    """Samples of 16 bits have two segments a sample, colours one after the other (PS3.5 G.2)."""
    frame = FrameFormat(rows=1, columns=2, bits_allocated=16, bits_stored=16)
    assert [[0x0103, 0x0204]] == RLE.decode(frame_of("010102", "010304"), UID, frame).tolist()
    color = FrameFormat(rows=1, columns=2, samples_per_pixel=3, photometric_interpretation="RGB")
    data = frame_of("010102", "010304", "ff05")
    assert [[[1, 3, 5], [2, 4, 5]]] == RLE.decode(data, UID, color).tolist()


def test_planar_configuration_does_not_matter():
    """Segments always hold one colour each, and decoded samples always lie by pixel."""
    color = FrameFormat(rows=1, columns=2, samples_per_pixel=3, photometric_interpretation="RGB")
    data = frame_of("010102", "010304", "ff05")
    expected = RLE.decode(data, UID, color).tolist()
    assert expected == RLE.decode(data, UID, color.replace(planar_configuration=1)).tolist()


@pytest.mark.parametrize(
    "name",
    ["MR_small_RLE.dcm", "SC_rgb_rle.dcm", "SC_rgb_rle_16bit.dcm", "SC_rgb_rle_32bit.dcm", "SC_rgb_rle_2frame.dcm",
     "rtdose_rle.dcm", "emri_small_RLE.dcm"],
)  # fmt: skip
def test_real_files_decode_as_pydicom_decodes_them(name: str):
    """Frames of real files have the samples that pydicom finds, and nothing odd about them."""
    ds = pydicom.dcmread(real_file(name))
    frame = FrameFormat(
        rows=ds.Rows,
        columns=ds.Columns,
        samples_per_pixel=ds.SamplesPerPixel,
        bits_allocated=ds.BitsAllocated,
        bits_stored=ds.BitsStored,
        pixel_representation=ds.PixelRepresentation,
        photometric_interpretation=ds.PhotometricInterpretation,
    )
    count = int(ds.get("NumberOfFrames", 1))
    expected = ds.pixel_array.reshape(count, *frame.shape)
    for number in range(count):
        data = get_frame(ds.PixelData, number, number_of_frames=count)
        assert () == problems(data, frame)
        samples = RLE.decode(data, UID, frame)
        assert (expected.dtype, expected[number].tobytes()) == (samples.dtype, samples.tobytes())


@st.composite
def frames(draw: st.DrawFn) -> tuple[FrameFormat, np.ndarray]:
    """Give a frame and samples with runs in them."""
    allocated, per_pixel = draw(st.sampled_from([(1, 1), (8, 1), (8, 3), (16, 1), (16, 3), (32, 1), (32, 3), (64, 1)]))
    stored = draw(st.integers(1, allocated))
    frame = FrameFormat(
        rows=draw(st.integers(1, 5)),
        columns=draw(st.integers(1, 300)),
        samples_per_pixel=per_pixel,
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=draw(st.one_of(st.none(), st.integers(stored - 1, allocated - 1))),
        pixel_representation=draw(st.sampled_from([0, 1])),
        photometric_interpretation="MONOCHROME2" if per_pixel == 1 else "RGB",
    )
    low, high = frame.value_range
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    samples = random.integers(low, high, frame.shape, frame.dtype, endpoint=True)
    samples[random.random(frame.shape) < draw(st.sampled_from([0.0, 0.5, 0.95, 1.0]))] = high
    return frame, samples


@given(frames())
def test_what_is_encoded_decodes_to_itself(given_frame: tuple[FrameFormat, np.ndarray]):
    """Each kind of sample comes back bit for bit, and the frame has nothing odd about it."""
    frame, samples = given_frame
    data = RLE.encode(samples, UID, frame, OPTIONS)
    decoded = RLE.decode(memoryview(data), UID, frame)
    assert (samples.dtype, samples.tobytes()) == (decoded.dtype, decoded.tobytes())
    assert (0, ()) == (len(data) % 2, problems(data, frame))


@given(frames())
def test_pydicom_decodes_what_is_encoded(given_frame: tuple[FrameFormat, np.ndarray]):
    """Another implementation finds the same planes of bytes."""
    frame, samples = given_frame
    if frame.bits_allocated == 1 or (frame.high_bit or 0) >= frame.bits_stored:
        return  # this version of pydicom takes whole bytes, and samples in the low bits
    data = RLE.encode(samples, UID, frame, OPTIONS)
    planes = _rle_decode_frame(data, frame.rows, frame.columns, frame.samples_per_pixel, frame.bits_allocated)
    by_pixel = np.frombuffer(planes, samples.dtype).reshape(frame.samples_per_pixel, -1).T
    assert samples.tobytes() == by_pixel.tobytes()


@given(frames())
def test_what_pydicom_encodes_is_decoded(given_frame: tuple[FrameFormat, np.ndarray]):
    """Segments that another implementation wrote decode to the samples."""
    frame, samples = given_frame
    if frame.bits_allocated == 1 or (frame.high_bit or 0) >= frame.bits_stored:
        return
    from pydicom.pixels.encoders import RLELosslessEncoder
    from pydicom.pixels.encoders.base import EncodeRunner

    runner = EncodeRunner(UID)
    runner.set_options(
        rows=frame.rows, columns=frame.columns, samples_per_pixel=frame.samples_per_pixel, number_of_frames=1,
        bits_allocated=frame.bits_allocated, bits_stored=frame.bits_stored,
        pixel_representation=int(frame.is_signed), planar_configuration=0,
        photometric_interpretation=frame.photometric_interpretation,
    )  # fmt: skip
    assert RLELosslessEncoder.UID == UID
    data = _encode_frame(samples.tobytes(), runner)
    assert samples.tobytes() == RLE.decode(data, UID, frame).tobytes()


def test_a_frame_goes_into_the_callers_array():
    """The samples are written where the caller wants them."""
    out = np.zeros((2, 3), np.uint8)
    assert RLE.decode(frame_of("05010203040506"), UID, GRAY, out) is out
    assert [[1, 2, 3], [4, 5, 6]] == out.tolist()


@pytest.mark.parametrize(
    ("data", "message", "offset"),
    [
        (b"", "cannot hold", None),
        (bytes(63), "63 of the 64 bytes of the header", 63),
        (bytes(64), "0 segments where the samples need 1", 0),
        (frame_of("05010203040506", number=2), "2 segments where", 0),
        (frame_of("05010203040506", number=2**32 - 1), "4294967295 segments", 0),
        (frame_of("05010203040506", offsets=[63]), "segment 1 begins at 63", 4),
        (frame_of("05010203040506", offsets=[72]), "segment 1 begins at 72", 4),
        (frame_of("05010203040506", offsets=[2**32 - 1]), "begins at 4294967295", 4),
        (frame_of("050102030405"), "ends after 5 of 6 bytes", 70),
        (frame_of("04010203040506"), "ends after 5 of 6 bytes", 71),
        (frame_of("fb"), "ends after 0 of 6 bytes", 65),
        (frame_of("05010203040506", offsets=[71]), "ends after 0 of 6 bytes", 71),
    ],
)
def test_damaged_frames_are_errors(data: bytes, message: str, offset: int | None):
    """A header or segment that cannot be right is a CodecError that says where."""
    with pytest.raises(CodecError, match=message) as caught:
        RLE.decode(data, UID, GRAY)
    assert ("rle", offset) == (caught.value.codec, caught.value.offset)


SIXTEEN = FrameFormat(rows=1, columns=2, bits_allocated=16, bits_stored=16)


def test_segments_in_another_order_are_read():
    """Offsets that do not ascend are followed, each up to the segment that lies behind it, and said to be odd."""
    data = frame_of("010304", "010102", offsets=[67, 64])
    assert [[0x0103, 0x0204]] == RLE.decode(data, UID, SIXTEEN).tolist()
    assert ("the segments do not lie in the order of their offsets",) == problems(data, SIXTEEN)


def test_segments_at_the_same_place_are_refused():
    """Two segments cannot begin at one place."""
    with pytest.raises(CodecError, match="segment 2 begins where another one does") as caught:
        RLE.decode(frame_of("010304", "010102", offsets=[64, 64]), UID, SIXTEEN)
    assert 8 == caught.value.offset


def test_a_segment_does_not_run_on_into_the_next():
    """A segment that ends too early takes nothing from its neighbour."""
    with pytest.raises(CodecError, match="segment 1 of 2 ends after 1 of 2"):
        RLE.decode(frame_of("0001", "010304"), UID, SIXTEEN)


def test_more_than_a_frame_is_left_and_said_to_be_odd():
    """A segment of too many bytes gives the frame; padding is not odd."""
    for surplus, found in (("", 0), ("00", 0), ("0000", 0), ("f005", 1)):
        data = frame_of("05010203040506" + surplus)
        assert [[1, 2, 3], [4, 5, 6]] == RLE.decode(data, UID, GRAY).tolist()
        assert found == len(problems(data, GRAY))


def test_a_frame_that_cannot_be_in_the_data_is_refused_before_it_is_allocated():
    """Runs make at most 64 bytes of one: Rows = Columns = 65535 with ten bytes is no frame."""
    frame = FrameFormat(rows=65535, columns=65535, samples_per_pixel=3, photometric_interpretation="RGB")
    for data in (bytes(10), bytes(100_000)):
        with pytest.raises(CodecError, match="cannot hold a frame of 65535 columns and 65535 rows"):
            RLE.decode(data, UID, frame)


def test_the_bound_is_what_runs_can_make():
    """Two bytes make 128 at most: one pixel more than 64 for each byte is refused without a look at the segments."""
    data = frame_of("8105")
    for columns, message in ((64 * len(data), "ends after 128"), (64 * len(data) + 1, "cannot hold")):
        with pytest.raises(CodecError, match=message):
            RLE.decode(data, UID, FrameFormat(rows=1, columns=columns))


def test_pixels_of_more_than_fifteen_bytes_have_no_segments():
    """The header has room for 15 segments."""
    frame = FrameFormat(rows=1, columns=1, samples_per_pixel=3, bits_allocated=64, bits_stored=64)
    with pytest.raises(CodecError, match="24 bytes a pixel"):
        RLE.decode(bytes(100), UID, frame)
    with pytest.raises(CodecError, match="24 bytes a pixel"):
        RLE.encode(np.zeros(frame.shape, frame.dtype), UID, frame, OPTIONS)


def test_bits_above_the_stored_ones_are_left_away():
    """Composite pixel codes hold whole samples, so what is beside the stored bits is masked as in native frames."""
    frame = FrameFormat(rows=1, columns=1, bits_allocated=16, bits_stored=12, pixel_representation=1)
    assert [[-1]] == RLE.decode(frame_of("002f", "00ff"), UID, frame).tolist()


BITS = FrameFormat(rows=3, columns=5, bits_allocated=1, bits_stored=1)
BINARY = np.array([[1, 0, 1, 0, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 1]], np.uint8)


def test_a_single_bit_has_a_byte():
    """Bits are encoded as pylibjpeg-rle encodes them, one to a byte (CP-2301), and decoded whichever bits are set."""
    rle = pytest.importorskip("rle.rle")
    data = RLE.encode(BINARY, UID, BITS, OPTIONS)
    assert BINARY.tobytes() == bytes(rle.decode_frame(data, 15, 1, "<"))
    assert BINARY.tolist() == RLE.decode(bytes(rle.encode_frame(BINARY.tobytes(), 3, 5, 1, 1, "<")), UID, BITS).tolist()
    assert [[1, 1, 1, 0, 0]] == RLE.decode(frame_of("feff ff00"), UID, BITS.replace(rows=1)).tolist()


def test_packed_bits_are_unpacked_and_said_to_be_odd():
    """A segment of as many bytes as packed bits have is one of packed bits."""
    packed = np.packbits(BINARY, bitorder="little").tobytes().hex()
    for data in (frame_of(f"01 {packed}"), frame_of(f"02 {packed} 00")):
        assert BINARY.tolist() == RLE.decode(data, UID, BITS).tolist()
        assert ("single bits are packed, where each should have a byte",) == problems(data, BITS)
    with pytest.raises(CodecError, match="ends after 4 of 15"):
        RLE.decode(frame_of(f"03 {packed} 0000"), UID, BITS)


def test_options_that_mean_nothing_are_refused():
    """RLE has no levels."""
    with pytest.raises(ValueError, match="no option level"):
        RLE.encode(np.zeros((2, 3), np.uint8), UID, GRAY, EncodeOptions(level=1))


def test_no_colours_are_converted():
    """What the data set says is what comes out."""
    frame = GRAY.replace(photometric_interpretation="YBR_FULL", samples_per_pixel=3)
    assert "YBR_FULL" == RLE.photometric_interpretation(UID, frame)
