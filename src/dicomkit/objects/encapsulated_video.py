"""Video streams as Video Endoscopic, Microscopic and Photographic images, and back (PS3.3 A.32, PS3.5 8.2.5 to 8.2.11).

A stream is never decoded or encoded for it.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from dicomkit.codecs.codestream.video import video_header, video_suffix
from dicomkit.codecs.video import VIDEO_PYAV
from dicomkit.core.frozen import Options
from dicomkit.core.tag import Tag
from dicomkit.core.vr import VR
from dicomkit.encoding.encapsulation import encapsulate
from dicomkit.errors import CodecError, PixelError, ValueEncodeError
from dicomkit.file.frames import frame_bytes
from dicomkit.objects.new_instance import new_instance
from dicomkit.pixels.conversion import wanted_syntax
from dicomkit.pixels.derivation import mark_lossy
from dicomkit.pixels.describe import describe

if TYPE_CHECKING:
    from typing import BinaryIO, Literal, TypeAlias

    from dicomkit.codecs.codestream.video import VideoHeader
    from dicomkit.codecs.video import VideoInfo
    from dicomkit.dataset import Dataset

    VideoKind: TypeAlias = Literal["endoscopic", "microscopic", "photographic"]

__all__ = ["Video", "encapsulated_video", "video_of"]

_PIXEL_DATA, _FRAME_TIME = 0x7FE00010, 0x00181063
_VIDEO = "1.2.840.10008.1.2.4.1"
# The storage class and the modality of each kind (PS3.3 A.32.5 to A.32.7).
_KINDS = {
    "endoscopic": ("1.2.840.10008.5.1.4.1.1.77.1.1.1", "ES"),
    "microscopic": ("1.2.840.10008.5.1.4.1.1.77.1.2.1", "GM"),
    "photographic": ("1.2.840.10008.5.1.4.1.1.77.1.4.1", "XC"),
}
_LARGEST_FRAGMENT = 0xFFFFFFFE
# Type 2 of the modules General Image, Acquisition Context and General Equipment.
_EMPTY = ("PatientOrientation", "Manufacturer", "AcquisitionContextSequence")
# Transfer syntaxes by the codec that they are for: two digits, and for the fragmentable variant ".1".
_FAMILIES = {
    "mpeg2video": ("00", "01"),
    "h264": ("02", "03", "04", "05", "06"),
    "hevc": ("07", "08"),
}
_MPEG2_MAIN, _MPEG2_SIMPLE = 4, 5
_H264_CONSTRAINED, _H264_MAIN, _H264_HIGH, _H264_STEREO = 66, 77, 100, 128
_HEVC_MAIN, _HEVC_MAIN_10, _HEVC_LEVEL_5_1 = 1, 2, 153


class Video(Options):
    """A stream as it was before it became an object; `suffix` is the usual ending of a file's name, as ".mp4"."""

    data: bytes = b""
    suffix: str = ""
    transfer_syntax: str = ""


def encapsulated_video(
    source: str | os.PathLike[str] | bytes | BinaryIO,
    kind: VideoKind = "endoscopic",
    *,
    like: Dataset | None = None,
    transfer_syntax: str | None = None,
    fragment_size: int | None = None,
    frame_rate: float | None = None,
    info: VideoInfo | None = None,
    burned_in_annotation: str = "YES",
    **values: object,
) -> Dataset:
    """Return an MPEG-2, H.264 or HEVC stream as a Video Endoscopic, Microscopic or Photographic image.

    The stream may be elementary, a transport or a program stream, or an MP4 file; it goes in as it is. Its profile and
    level say the transfer syntax; where several fit, as BD-compatible or 3D video, `transfer_syntax` chooses, a UID or
    a keyword. All of it is one fragment unless `fragment_size`, an even number of bytes, or its length asks for the
    fragmentable variant. Size, frames and rate are those of `info`, by default as PyAV finds them; `frame_rate`, frames
    a second, goes before. Patient and study are those of `like`; other elements come as keywords, as an
    AnatomicRegionSequence, which endoscopic images need.

    Raises CodecError for what is no such stream, ValueEncodeError for one that no transfer syntax is for and a rate
    that nobody knows, UnsupportedTransferSyntaxError where PyAV is missing and there is no `info`; OSError.
    """
    if kind not in _KINDS:
        raise ValueEncodeError(f"no kind of video; there are {', '.join(_KINDS)}", value=kind)
    data = _content(source)
    header = video_header(data)
    uid = _syntax(header, transfer_syntax, is_fragmented=fragment_size is not None or len(data) > _LARGEST_FRAGMENT)
    found = VIDEO_PYAV.describe(data, uid) if info is None else info
    rate = frame_rate or found.frame_rate
    if not rate or not rate > 0:
        raise ValueEncodeError("the stream does not say how many frames a second it has: say frame_rate=…")
    ds = new_instance(like, _EMPTY)
    ds.file_meta.TransferSyntaxUID = uid
    ds.SOPClassUID, ds.Modality = _KINDS[kind]
    ds.SeriesNumber, ds.InstanceNumber = 1, 1
    now = time.localtime()
    ds.ContentDate, ds.ContentTime = time.strftime("%Y%m%d", now), time.strftime("%H%M%S", now)
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    ds.BurnedInAnnotation = burned_in_annotation
    _describe(ds, found, rate)
    mark_lossy(ds, uid, found.rows * found.columns * 3 * found.frames / len(data))
    ds._put(_PIXEL_DATA, VR.OB, encapsulate([data], offset_table="none", fragment_size=fragment_size).to_bytes())
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def video_of(ds: Dataset) -> Video:
    """Return the stream of a video image, without the byte that pads it to an even length where that can be told.

    Raises PixelError for what is no video, MissingElementError without Pixel Data.
    """
    description = describe(ds)
    if not description.is_video:
        raise PixelError(f"no video: frames of {ds.transfer_syntax.name}")
    data = frame_bytes(ds, 0)
    try:
        codec = video_header(data).codec
    except CodecError:
        codec = ""
    return Video(data=_without_padding(data), suffix=video_suffix(data, codec), transfer_syntax=description.uid)


def _content(source: str | os.PathLike[str] | bytes | BinaryIO) -> bytes:
    if isinstance(source, bytes):
        return source
    return Path(source).read_bytes() if isinstance(source, (str, os.PathLike)) else source.read()


def _syntax(header: VideoHeader, wanted: str | None, *, is_fragmented: bool) -> str:
    """The transfer syntax of a stream, the fragmentable variant if it has several fragments (PS3.5 A.4.5 to A.4.11)."""
    if wanted is None:
        uid = f"{_VIDEO}{_number(header)}"
    else:
        uid = str(wanted_syntax(wanted).uid)
        number = uid.removeprefix(_VIDEO).partition(".")[0]
        if number not in _FAMILIES[header.codec] or not uid.startswith(_VIDEO):
            raise ValueEncodeError(f"a stream of {header.codec} in {wanted_syntax(wanted).name}")
    is_variant = uid.endswith(".1") or header.codec == "hevc"  # HEVC has been fragmentable from the beginning
    return f"{uid}.1" if is_fragmented and not is_variant else uid


def _number(header: VideoHeader) -> str:
    profile, level = header.profile, header.level
    if header.codec == "mpeg2video" and profile in (_MPEG2_MAIN, _MPEG2_SIMPLE):
        return "00" if level >= 8 else "01"  # Main and Low Level; High 1440 and High Level
    if header.codec == "h264":
        if profile in (_H264_CONSTRAINED, _H264_MAIN, _H264_HIGH) and level <= 42:
            return "02" if level <= 41 else "04"
        if profile == _H264_STEREO and level <= 42:
            return "06"
    if header.codec == "hevc" and level <= _HEVC_LEVEL_5_1 and not header.is_high_tier:
        if profile == _HEVC_MAIN:
            return "07"
        if profile == _HEVC_MAIN_10:
            return "08"
    raise ValueEncodeError(
        f"no transfer syntax is for {header.codec} of profile {profile} and level {level} (PS3.5 8.2.5 to 8.2.11): "
        "encode it again, H.264 in High Profile up to level 4.2 or HEVC in Main or Main 10 up to 5.1"
    )


def _describe(ds: Dataset, info: VideoInfo, rate: float) -> None:
    """Put what the Image Pixel, Multi-frame and Cine Modules say of the stream (PS3.5 8.2.7, PS3.3 C.7.6.5)."""
    is_deep = info.bits_stored > 8
    ds.Rows, ds.Columns, ds.NumberOfFrames = info.rows, info.columns, info.frames
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 3, "YBR_PARTIAL_420"
    ds.PlanarConfiguration, ds.PixelRepresentation = 0, 0
    ds.BitsAllocated = 16 if is_deep else 8
    ds.BitsStored = info.bits_stored
    ds.HighBit = info.bits_stored - 1
    ds.FrameTime = round(1000 / rate, 6)
    ds.CineRate = ds.RecommendedDisplayFrameRate = round(rate)
    ds.FrameIncrementPointer = Tag(_FRAME_TIME)


def _without_padding(data: bytes) -> bytes:
    """Take off a zero byte that is not of the stream: no unit of one ends with it, packets and boxes tell where."""
    if len(data) % 2 or data[-1:] != b"\0":
        return data
    if data[4:8] == b"ftyp":
        return data[:-1] if _length_of_boxes(data) == len(data) - 1 else data
    if data[:1] == b"\x47":
        return data[:-1] if len(data) % 188 == 1 else data
    return data[:-1]


def _length_of_boxes(data: bytes) -> int:
    """The bytes that the boxes of an MP4 take (ISO/IEC 14496-12 4.2)."""
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1 and at + 16 <= len(data):
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size == 0:
            return len(data)  # up to the end
        if size < 8:
            break
        at += size
    return at
