"""Video decoded frame by frame, from streams that FFmpeg made of pictures that are known."""

from __future__ import annotations

import numpy as np
import pytest

from dicomkit.codecs import EncodeOptions, FrameFormat
from dicomkit.codecs.video import VIDEO_PYAV, VideoInfo
from dicomkit.errors import CodecError, UnsupportedTransferSyntaxError
from tests.codecs.real_frames import ROOT
from tests.codecs.streams import COLUMNS, FRAMES, ROWS, picture, stream

av = pytest.importorskip("av")
MPEG2, H264, HEVC, HEVC_10 = f"{ROOT}100", f"{ROOT}102", f"{ROOT}107", f"{ROOT}108"
FRAME = FrameFormat(
    rows=ROWS, columns=COLUMNS, samples_per_pixel=3, photometric_interpretation="YBR_PARTIAL_420"
)  # fmt: skip


STREAMS = [
    (MPEG2, "mpeg2video", "mpeg2video"),
    (f"{ROOT}101.1", "mpeg2video", "mpegts"),
    (MPEG2, "mpeg2video", "vob"),
    (H264, "libx264", "h264"),
    (f"{ROOT}105", "libx264", "mp4"),
    (f"{ROOT}106.1", "libx264", "mpegts"),
    (HEVC, "libx265", "hevc"),
]


@pytest.mark.parametrize(("uid", "codec", "container"), STREAMS)
def test_all_frames_come_in_the_order_of_showing(uid: str, codec: str, container: str):
    """Each one has its colour, within what lossy coding and two conversions make of it."""
    frames = list(VIDEO_PYAV.iter_frames(stream(codec, container), uid, FRAME))
    assert FRAMES == len(frames)
    for number, frame in enumerate(frames):
        assert (FRAME.shape, FRAME.dtype) == (frame.shape, frame.dtype)
        assert np.abs(frame.astype(int) - picture(number)).max() <= 8, number
        assert frame.flags.writeable
        assert frame.flags.c_contiguous


@pytest.mark.parametrize(("uid", "codec", "container"), STREAMS)
def test_a_stream_says_what_a_data_set_needs(uid: str, codec: str, container: str):
    """Size, rate and number of frames."""
    info = VIDEO_PYAV.describe(stream(codec, container), uid)
    assert (ROWS, COLUMNS, FRAMES, 8) == (info.rows, info.columns, info.frames, info.bits_stored)
    assert codec.removeprefix("lib").replace("x264", "h264").replace("x265", "hevc") == info.codec
    assert info.frame_rate is None or 25 == round(info.frame_rate)
    assert isinstance(info, VideoInfo)


def test_ten_bits_stay_ten_bits():
    """HEVC Main 10 gives samples up to 1023."""
    frame = FRAME.replace(bits_allocated=16, bits_stored=10)
    first = next(VIDEO_PYAV.iter_frames(stream("libx265", "hevc", "yuv420p10le"), HEVC_10, frame))
    assert np.uint16 == first.dtype
    assert np.abs(first.astype(int) - 4 * picture(0).astype(int)).max() <= 24


def test_the_codec_gives_the_first_frame():
    """What every codec has works on streams too; the samples are RGB."""
    data = stream("mpeg2video", "mpeg2video")
    first = VIDEO_PYAV.decode(data, MPEG2, FRAME)
    out = np.empty(FRAME.shape, FRAME.dtype)
    assert out is VIDEO_PYAV.decode(memoryview(data), MPEG2, FRAME, out)
    assert (first == out).all()
    assert "RGB" == VIDEO_PYAV.photometric_interpretation(MPEG2, FRAME)


def test_another_size_is_refused():
    """Nothing is decoded of a stream that is not what the data set says."""
    with pytest.raises(CodecError, match="64 columns"):
        next(VIDEO_PYAV.iter_frames(stream("libx264", "h264"), H264, FRAME.replace(rows=50)))


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 100, b"ffconcat version 1.0\nfile '/etc/passwd'\n", b"#EXTM3U\n", b"G" * 400]
)
@pytest.mark.parametrize("uid", [MPEG2, H264, HEVC])
def test_what_is_no_video_is_a_codec_error(data: bytes, uid: str):
    """Playlists among it, that FFmpeg would follow if it could guess the format."""
    with pytest.raises(CodecError):
        VIDEO_PYAV.decode(data, uid, FRAME)
    with pytest.raises(CodecError):
        VIDEO_PYAV.describe(data, uid)


def test_video_is_not_encoded():
    """A stream that exists is encapsulated."""
    with pytest.raises(UnsupportedTransferSyntaxError):
        VIDEO_PYAV.encode(np.zeros(FRAME.shape, FRAME.dtype), MPEG2, FRAME, EncodeOptions())
