"""Headers of video streams, of streams that FFmpeg made."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dicomkit.codecs.codestream.video import VideoHeader, video_header, video_suffix
from dicomkit.errors import CodecError
from tests.codecs.streams import stream

av = pytest.importorskip("av")
MPEG2 = VideoHeader(codec="mpeg2video", profile=4, level=8)
HIGH = VideoHeader(codec="h264", profile=100, level=41)
HEVC = VideoHeader(codec="hevc", profile=1, level=90)


@pytest.mark.parametrize(
    ("codec", "container", "expected", "suffix"),
    [
        ("mpeg2video", "mpeg2video", MPEG2, ".m2v"),
        ("mpeg2video", "mpegts", MPEG2, ".ts"),
        ("mpeg2video", "vob", MPEG2, ".mpg"),
        ("libx264", "h264", HIGH, ".h264"),
        ("libx264", "mp4", HIGH, ".mp4"),
        ("libx264", "mpegts", HIGH, ".ts"),
        ("libx265", "hevc", HEVC, ".h265"),
        ("libx265", "mp4", HEVC, ".mp4"),
        ("libx265", "mpegts", HEVC, ".ts"),
    ],
)
def test_profile_and_level(codec: str, container: str, expected: VideoHeader, suffix: str):
    """Whatever a stream is wrapped in."""
    options = {"level": "4.1", "profile": "high"} if codec == "libx264" else {}
    data = stream(codec, container, **options)
    header = video_header(data)
    assert expected == (header.replace(level=90) if codec == "libx265" else header)
    assert suffix == video_suffix(data, header.codec)


@pytest.mark.parametrize(("profile", "number"), [("baseline", 66), ("main", 77), ("high10", 110)])
def test_profiles_of_h264(profile: str, number: int):
    """As the encoder was told."""
    pixels = "yuv420p10le" if profile == "high10" else "yuv420p"
    header = video_header(stream("libx264", "h264", pixels, profile=profile, level="3.1"))
    assert (number, 31) == (header.profile, header.level)


def test_hevc_of_ten_bits():
    """Main 10."""
    assert 2 == video_header(stream("libx265", "hevc", "yuv420p10le")).profile


def test_mpeg_1_has_no_transfer_syntax():
    """It is named."""
    with pytest.raises(CodecError, match="MPEG-1"):
        video_header(stream("mpeg1video", "mpeg1video"))


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"DICM" * 9, b"\0\0\0\x18ftypisom", b"\0\0\1", b"\0\0\1\x42\1", b"\0\0\0\x18ftypavcC", b"G"]
)
def test_what_is_no_stream(data: bytes):
    """It is a CodecError."""
    with pytest.raises(CodecError):
        video_header(data)


STREAM = stream("libx264", "mpegts")


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damaged_streams_raise_nothing_else(data: st.DataObject):
    """Whatever bytes become."""
    content = bytearray(STREAM[: data.draw(st.integers(0, 1000))])
    for _ in range(data.draw(st.integers(0, 5)) if content else 0):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(CodecError):
        assert isinstance(video_header(bytes(content)), VideoHeader)
