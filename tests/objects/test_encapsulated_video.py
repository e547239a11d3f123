"""Video streams into images and out of them, to the byte."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pydicom
import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.codecs.video import VideoInfo
from dicomkit.errors import CodecError, DicomError, PixelError, UnsupportedTransferSyntaxError, ValueEncodeError
from dicomkit.objects import encapsulated_video, video_of
from tests.codecs.streams import COLUMNS, FRAMES, ROWS, picture, stream
from tests.corpora import real_file
from tests.objects.slices import errors_of, written

av = pytest.importorskip("av")
ROOT = "1.2.840.10008.1.2.4.1"
STREAMS = pytest.mark.parametrize(
    ("codec", "container", "syntax"),
    [
        ("mpeg2video", "mpeg2video", "00"),
        ("mpeg2video", "mpegts", "00"),
        ("mpeg2video", "vob", "00"),
        ("libx264", "h264", "02"),
        ("libx264", "mp4", "02"),
        ("libx264", "mpegts", "02"),
        ("libx265", "hevc", "07"),
        ("libx265", "mp4", "07"),
    ],
)


@STREAMS
@pytest.mark.parametrize("fragment_size", [None, 500])
def test_each_stream_comes_back_to_the_byte(codec: str, container: str, syntax: str, fragment_size: int | None):
    """In the transfer syntax of its profile, of one fragment or of many in the fragmentable one; frames decode."""
    data = stream(codec, container)
    ds = written(encapsulated_video(data, fragment_size=fragment_size))
    variant = ".1" if fragment_size and syntax != "07" else ""
    assert (f"{ROOT}{syntax}{variant}", ()) == (ds.transfer_syntax.uid, ds.check())
    video = video_of(ds)
    assert (data, ds.transfer_syntax.uid) == (video.data, video.transfer_syntax)
    assert (ROWS, COLUMNS, FRAMES, 40.0, 25) == (ds.Rows, ds.Columns, ds.NumberOfFrames, ds.FrameTime, ds.CineRate)
    array = ds.pixel_array
    assert (FRAMES, ROWS, COLUMNS, 3) == array.shape
    assert np.abs(array[3].astype(int) - picture(3)).max() <= 8


@STREAMS
def test_padding_is_taken_off(codec: str, container: str, syntax: str):
    """Of a stream of odd length; an MP4 and packets tell where they end."""
    data = stream(codec, container)
    if container in ("h264", "hevc", "mpeg2video", "vob"):
        data = data + b"\1" * (len(data) % 2 == 0)  # no unit ends with a zero byte
    elif len(data) % 2 == 0 and container == "mp4":
        data += (9).to_bytes(4, "big") + b"free\1"
    assert data == video_of(written(encapsulated_video(data))).data


@pytest.mark.parametrize(
    ("box", "is_whole"),
    [
        ((1).to_bytes(4, "big") + b"free" + (17).to_bytes(8, "big") + b"\1", True),  # the length in 64 bits
        ((0).to_bytes(4, "big") + b"mdat\1", False),  # up to the end, padding among it
        ((3).to_bytes(4, "big") + b"free\1", False),  # no length of a box
    ],
)
def test_boxes_of_all_lengths(box: bytes, is_whole: bool):
    """Where the boxes of an MP4 do not tell its end, the byte that could be padding stays."""
    data = stream("libx264", "mp4")
    data += (8 + len(data) % 2).to_bytes(4, "big") + b"free" + b"\1" * (len(data) % 2) + box
    assert len(data) % 2
    found = video_of(written(encapsulated_video(data))).data
    assert found == (data if is_whole else data + b"\0")


def test_packets_tell_the_end():
    """Of a transport stream, all of it and without its last packet."""
    data = stream("libx264", "mpegts")
    for whole in (data, data[: 188 * (len(data) // 188 - 1)]):
        assert whole == video_of(written(encapsulated_video(whole))).data


def test_other_implementations_find_the_stream(tmp_path: Path):
    """pydicom takes the stream out of its one fragment."""
    data = stream("libx264", "mp4")
    encapsulated_video(data).save_as(tmp_path / "video.dcm")
    theirs = pydicom.dcmread(tmp_path / "video.dcm")
    fragments = list(pydicom.encaps.generate_fragments(theirs.PixelData[8:]))  # behind the empty offset table
    assert data == b"".join(fragments)[: len(data)]
    assert 1 == len(fragments)


@pytest.mark.parametrize("kind", ["endoscopic", "microscopic", "photographic"])
def test_a_validator_has_nothing_to_say(kind: str, tmp_path: Path, require_package: Callable[[str], ModuleType]):
    """Another implementation's validator finds no error."""
    region = Dataset(CodeValue="69695003", CodingSchemeDesignator="SCT", CodeMeaning="Stomach")
    ds = encapsulated_video(
        stream("mpeg2video", "mpeg2video"),
        kind,  # type: ignore[arg-type]
        AnatomicRegionSequence=[region],
        PatientID="7",
        StudyID="1",
    )
    assert [] == errors_of(ds, tmp_path, require_package)


def test_what_it_says_of_loss_and_of_whose_it_is(corpus: object):
    """Patient and study of another instance; ratio and method of the compression."""
    like = dicomkit.dcmread(real_file("CT_small.dcm"))
    data = stream("libx264", "h264")
    ds = encapsulated_video(io.BytesIO(data), "photographic", like=like, SeriesDescription="Gait")
    assert ("1CT1", like.StudyInstanceUID, "XC", "Gait") == (
        ds.PatientID, ds.StudyInstanceUID, ds.Modality, ds.SeriesDescription
    )  # fmt: skip
    assert ("01", "ISO_14496_10") == (ds.LossyImageCompression, ds.LossyImageCompressionMethod)
    assert abs(ROWS * COLUMNS * 3 * FRAMES / len(data) - ds.LossyImageCompressionRatio) < 0.001
    assert ("YBR_PARTIAL_420", 8, 7) == (ds.PhotometricInterpretation, ds.BitsStored, ds.HighBit)


def test_ten_bits():
    """HEVC Main 10 has a transfer syntax of its own, and 16 bits allocated."""
    ds = written(encapsulated_video(stream("libx265", "hevc", "yuv420p10le")))
    assert (f"{ROOT}08", 16, 10) == (ds.transfer_syntax.uid, ds.BitsAllocated, ds.BitsStored)
    assert np.uint16 == ds.pixel_array.dtype


def test_a_transfer_syntax_that_is_asked_for():
    """BD-compatible or 3D is nothing that a header tells; another codec's is refused."""
    data = stream("libx264", "h264")
    assert f"{ROOT}03" == encapsulated_video(data, transfer_syntax="MPEG4HP41BD").transfer_syntax.uid
    assert f"{ROOT}05.1" == encapsulated_video(data, transfer_syntax=f"{ROOT}05", fragment_size=100).transfer_syntax.uid
    assert f"{ROOT}02.1" == encapsulated_video(data, transfer_syntax="MPEG4HP41F").transfer_syntax.uid
    for syntax in ("HEVCMP51", "JPEGBaseline8Bit"):
        with pytest.raises(ValueEncodeError, match="a stream of h264 in"):
            encapsulated_video(data, transfer_syntax=syntax)


@pytest.mark.parametrize(
    ("options", "pixels", "syntax"),
    [
        ({"level": "4.2", "profile": "high"}, "yuv420p", "04"),
        ({"level": "3.1", "profile": "main"}, "yuv420p", "02"),
        ({"level": "5.1", "profile": "high"}, "yuv420p", None),
        ({"level": "4.1", "profile": "high10"}, "yuv420p10le", None),
    ],
)
def test_profiles_and_levels_of_h264(options: dict[str, str], pixels: str, syntax: str | None):
    """Those beyond level 4.2 and of more than 8 bits have no transfer syntax."""
    data = stream("libx264", "h264", pixels, **options)
    if syntax is not None:
        assert f"{ROOT}{syntax}" == encapsulated_video(data).transfer_syntax.uid
        return
    with pytest.raises(ValueEncodeError, match="no transfer syntax is for h264 of profile"):
        encapsulated_video(data)


@pytest.mark.parametrize(
    ("header", "syntax"),
    [
        ("000001b31e01e0000001b5148a", "00"),  # MPEG-2 Main Profile: Low, Main, High 1440 and High Level
        ("000001b31e01e0000001b51480", "00"),
        ("000001b31e01e0000001b51460", "01"),
        ("000001b31e01e0000001b51440", "01"),
        ("000001b31e01e0000001b51850", None),  # 4:2:2
        ("0000000167640029", "02"),  # H.264 High Profile, levels 4.1 and 4.2
        ("000000016764002a", "04"),
        ("000000016780002a", "06"),  # Stereo High
        ("00000001420101016000000090000000000099", "07"),  # HEVC Main, levels 5.1 and 5.2
        ("0000000142010101600000009000000000009c", None),
        ("00000001420101216000000090000000000099", None),  # High tier
    ],
)
def test_what_a_header_says_decides(header: str, syntax: str | None):
    """At the edges of each profile and level (PS3.5 8.2.5 to 8.2.11)."""
    data = bytes.fromhex(header) + b"\1" * 20
    info = VideoInfo(rows=ROWS, columns=COLUMNS, frames=FRAMES, frame_rate=25.0)
    if syntax is None:
        with pytest.raises(ValueEncodeError, match="no transfer syntax is for"):
            encapsulated_video(data, info=info)
    else:
        assert f"{ROOT}{syntax}" == encapsulated_video(data, info=info).transfer_syntax.uid


def test_without_the_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """The facts can be said; otherwise the error says what to install."""
    data = stream("libx264", "mp4")
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    with pytest.raises(UnsupportedTransferSyntaxError, match=r"dicomkit\[video\]"):
        encapsulated_video(path)
    info = VideoInfo(rows=ROWS, columns=COLUMNS, frames=FRAMES)
    with pytest.raises(ValueEncodeError, match="frame_rate="):
        encapsulated_video(path, info=info)
    ds = written(encapsulated_video(path, info=info, frame_rate=30))
    assert (data, 33.333333) == (video_of(ds).data, ds.FrameTime)


def test_what_is_no_video(corpus: object):
    """Neither a file of another kind, nor a kind that there is not, nor an image of frames."""
    with pytest.raises(CodecError, match="no video stream"):
        encapsulated_video(b"%PDF-1.4 and so on")
    with pytest.raises(ValueEncodeError, match="no kind of video"):
        encapsulated_video(b"", "surgical")  # type: ignore[arg-type]
    with pytest.raises(PixelError, match="no video"):
        video_of(dicomkit.dcmread(real_file("CT_small.dcm")))
    with pytest.raises(DicomError):
        video_of(Dataset(SOPClassUID="1.2"))
