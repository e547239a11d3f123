"""Codecs in processes that are ended when they hang, and whose death is an error like any other."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.codecs import DEFAULT_REGISTRY, EncodeOptions, FrameFormat, Registry
from dicomkit.core.limits import Limits
from dicomkit.encoding.options import ReadOptions
from dicomkit.errors import CodecError
from dicomkit.pixels import GuardedCodec, guarded, iter_frames, pixel_array, transcode
from tests.pixels.misbehaving import MisbehavingCodec

FRAME = FrameFormat(rows=3, columns=5)
JPEG_LS = "1.2.840.10008.1.2.4.80"
UID = "1.2.3"

# A frame of 524 by 12 samples by which CharLS 2.4.3 is kept busy for ever: a count of bits that it doubles is 0.
ENDLESS = bytes.fromhex(
    "ffd8fff7000b0c000c020c01011100ffda00080101000200000000a000003cce1157a2d05f78000261a485362000b5000003"
    "40064000000001bba000400000000031b0000000006c500e5032000a2c400000000380aa0245ba0600020c4e2c0000022000"
    "000022000000000de64044724e60000000000193c0197cdc100aed04b75892106f9800000002403e00a22a8f813715000000"
    "00069f7acd6fdec928000000001a97c27626c7f8859a6b61ac03000000444712df199120e9cd242901d7980036ad9287fcf6"
    "db0e59619f08f1548ccdddd12e390000000000d0865ca79e0e4293202d601954420aec9a237123c89d1200000000027aaba0"
    "0000352ca8d3b78fa4107e5b6c000000001c68858854d9a3d290a8a80000000038f62c90791a10ffd9"
)


def guarded_codec(seconds: float = 60) -> GuardedCodec:
    """Give the codec that does what its frame says."""
    return GuardedCodec(MisbehavingCodec(), seconds)


def test_samples_are_those_of_the_codec() -> None:
    """What comes back is the caller's own array, or the one given."""
    codec = guarded_codec()
    first = codec.decode(b"A", UID, FRAME)
    out = np.empty(FRAME.shape, np.uint8)
    assert codec.decode(memoryview(b"B"), UID, FRAME, out) is out
    assert [65] * 15 == first.ravel().tolist()
    assert [66] * 15 == out.ravel().tolist()
    assert first.flags.owndata
    assert first.flags.writeable


def test_a_codec_that_hangs_is_ended() -> None:
    """The error says after how long, and the next frame is decoded."""
    codec = guarded_codec(0.3)
    with pytest.raises(CodecError, match=r"misbehaving: the frame took longer than 0.3 s"):
        codec.decode(b"hang", UID, FRAME)
    assert 65 == guarded_codec().decode(b"A", UID, FRAME)[0, 0]


@pytest.mark.parametrize(("what", "how"), [(b"kill", "by signal 9"), (b"exit", "with status 3")])
def test_a_codec_that_dies_is_an_error(what: bytes, how: str) -> None:
    """This process lives on, and so does what it decodes next."""
    codec = guarded_codec()
    with pytest.raises(CodecError, match=f"the process of the codec ended {how}"):
        codec.decode(what, UID, FRAME)
    assert 65 == codec.decode(b"A", UID, FRAME)[0, 0]


def test_what_a_codec_refuses_is_said_as_it_says_it() -> None:
    """Text, codec and offset are those of the error over there."""
    with pytest.raises(CodecError) as caught:
        guarded_codec().decode(b"refuse", UID, FRAME)
    assert ("no such thing", "misbehaving", 5) == (caught.value.message, caught.value.codec, caught.value.offset)


def test_any_other_error_is_one_of_the_codec() -> None:
    """Its text is cut, and can move no terminal's cursor."""
    with pytest.raises(CodecError, match="RuntimeError: broken") as caught:
        guarded_codec().decode(b"break", UID, FRAME)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 600


def test_a_library_that_prints_disturbs_nothing() -> None:
    """Standard output is not what answers come through."""
    codec = guarded_codec()
    assert ord("p") == codec.decode(b"print", UID, FRAME)[0, 0]
    assert 65 == codec.decode(b"A", UID, FRAME)[0, 0]


def test_frames_of_any_size_pass() -> None:
    """The memory that is shared grows for large ones and is given back."""
    codec = guarded_codec()
    for side in (1, 3000, 9000, 2):
        frame = FrameFormat(rows=side, columns=side)
        assert (codec.decode(b"A" * side, UID, frame) == 65).all()


def test_several_threads_have_a_process_each() -> None:
    """None waits for the others, none gets their samples."""
    codec = guarded_codec()

    def decode(number: int) -> bool:
        return bool((codec.decode(bytes([number]), UID, FRAME) == number).all())

    with ThreadPoolExecutor(3) as pool:
        assert all(pool.map(decode, range(60)))


def test_streams_are_decoded_frame_by_frame() -> None:
    """A frame that hangs is told when it is asked for; who leaves early leaves no process behind that is busy."""
    codec = guarded_codec(0.3)
    assert [1, 2, 3] == [int(samples[0, 0]) for samples in codec.iter_frames(b"\x01\x02\x03", UID, FRAME)]
    frames = codec.iter_frames(b"\x01h", UID, FRAME)
    assert 1 == next(frames)[0, 0]
    with pytest.raises(CodecError, match="took longer"):
        next(frames)
    early = codec.iter_frames(b"\x01\x02", UID, FRAME)
    next(early)
    early.close()
    assert 65 == codec.decode(b"A", UID, FRAME)[0, 0]


def test_encoding_stays_in_this_process() -> None:
    """Samples hide nothing."""
    encoded = guarded_codec().encode(np.zeros(FRAME.shape, np.uint8), UID, FRAME, EncodeOptions())
    assert os.getpid() == int(encoded)


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_no_time_at_all_is_refused(seconds: float) -> None:
    """A number of seconds must be above 0."""
    with pytest.raises(ValueError, match="seconds"):
        guarded_codec(seconds)
    with pytest.raises(ValueError, match="codec_seconds"):
        Limits(codec_seconds=seconds)


def test_a_registry_guards_the_codecs_of_others_alone() -> None:
    """Ours stay in this process; the order remains."""
    registry = guarded(DEFAULT_REGISTRY, 5)
    assert [codec.name for codec in DEFAULT_REGISTRY.codecs] == [codec.name for codec in registry.codecs]
    assert [bool(codec.requires) for codec in registry.codecs] == [
        isinstance(codec, GuardedCodec) for codec in registry.codecs
    ]


def data_set(frames: list[bytes]) -> bytes:
    """Build a file of frames in JPEG-LS, of which the codec here wants another content."""
    ds = Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.7.3", SOPInstanceUID="1.2.3")
    ds.set_pixel_data(np.zeros((len(frames), *FRAME.shape), np.uint8), photometric_interpretation="MONOCHROME2")
    return transcode(ds, JPEG_LS).to_bytes()


def test_one_limit_guards_all_that_is_read() -> None:
    """`Limits.codec_seconds` sends the frames of a data set to other processes, whatever asks for them."""
    pytest.importorskip("imagecodecs")
    pytest.importorskip("jpeg_ls")
    registry = Registry([MisbehavingCodec()])
    limits = Limits(codec_seconds=20)
    ds = dicomkit.dcmread(data_set([b"", b""]), ReadOptions(limits=limits))
    plain = dicomkit.dcmread(data_set([b"", b""]))
    assert (pixel_array(plain, registry=registry) == pixel_array(ds, registry=registry)).all()
    assert (ds.pixel_array == 0).all()
    assert 2 == len(list(iter_frames(ds, threads=2)))
    ds.decompress()
    assert (ds.pixel_array == 0).all()


def test_the_frame_that_keeps_charls_busy_for_ever_is_an_error() -> None:
    """The damage that was found by trying millions of damaged frames costs the time that the limit allows."""
    pytest.importorskip("imagecodecs")
    codec = next(codec for codec in DEFAULT_REGISTRY.codecs if codec.name == "imagecodecs.jpegls")
    frame = FrameFormat(rows=12, columns=524, bits_allocated=16, bits_stored=12)
    with pytest.raises(CodecError):
        GuardedCodec(codec, 0.5).decode(ENDLESS, JPEG_LS[:-1] + "1", frame)
