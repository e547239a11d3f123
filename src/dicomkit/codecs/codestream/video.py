"""Headers of video streams: codec, profile and level (ISO/IEC 13818-2 6.2.2, ITU-T H.264 7.3.2.1, H.265 7.3.3).

What a transfer syntax is for is a profile and a level (PS3.5 8.2.5 to 8.2.11), which no codec library is needed for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.core.frozen import Options
from dicomkit.errors import CodecError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["VideoHeader", "video_header", "video_suffix"]

_START = b"\x00\x00\x01"
_SYNC, _PACKET, _PACKET_HEADER = 0x47, 188, 4  # of a transport stream (ISO/IEC 13818-1 2.4.3.2)
_SEQUENCE, _EXTENSION, _PACK = 0xB3, 0xB5, 0xBA  # start codes of MPEG-2
_H264_SEQUENCE, _HEVC_SEQUENCE = 7, 33  # NAL unit types of sequence parameter sets
# Where a header is looked for: streams begin with it, or repeat it with every group of pictures.
_FAR_ENOUGH = 4 << 20
_LONGEST_HEADER = 64


class VideoHeader(Options):
    """What a stream says it can be decoded by; numbers as the standard of the codec writes them.

    `codec` is mpeg2video, h264 or hevc. MPEG-2 counts profiles and levels downwards: 4 is Main, 4 High, 8 Main Level.
    H.264 writes level 4.1 as 41, HEVC level 5.1 as 153. `is_high_tier` is HEVC's.
    """

    codec: str = ""
    profile: int = 0
    level: int = 0
    is_high_tier: bool = False


def video_header(data: bytes) -> VideoHeader:
    """Return the header of a stream, elementary or in MP4, in a transport or a program stream.

    Only the first 4 MiB are looked through, and in MP4 the descriptions of tracks. Raises CodecError for what is no
    MPEG-2, H.264 or HEVC stream; MPEG-1 video is none, for no transfer syntax is for it.
    """
    if data[4:8] == b"ftyp":
        return _of_mp4(data)
    if not data or (data[0] != _SYNC and _START not in data[:4]):
        raise CodecError("no video stream: it begins with no start code, and is no MP4 and no transport stream")
    is_mpeg = False
    for unit in _units(_payload(data[:_FAR_ENOUGH])):
        code = unit[0]
        if code in (_SEQUENCE, _EXTENSION) and (is_mpeg or code == _SEQUENCE):
            is_mpeg = True
            if code == _EXTENSION and unit[1:2] and unit[1] >> 4 == 1:
                indication = (unit[1] & 0xF) << 4 | unit[2] >> 4  # escape, profile, level (13818-2 8)
                return VideoHeader(codec="mpeg2video", profile=indication >> 4, level=indication & 0xF)
        elif not is_mpeg and code & 0x9F == _H264_SEQUENCE and code & 0x60 and len(unit) > 3:
            return VideoHeader(codec="h264", profile=unit[1], level=unit[3])
        elif not is_mpeg and code >> 1 == _HEVC_SEQUENCE and code & 1 == 0 and len(unit) > 2 and unit[1] >> 3 == 0:
            return _hevc(unit[3:])
    raise CodecError("a video stream of MPEG-1" if is_mpeg else "a stream without a header of MPEG-2, H.264 or HEVC")


def video_suffix(data: bytes, codec: str) -> str:
    """Return the usual ending of the name of a file with a stream: .mp4, .ts, .mpg, or .m2v, .h264, .h265."""
    if data[4:8] == b"ftyp":
        return ".mp4"
    if data[:1] == bytes([_SYNC]):
        return ".ts"
    if data[:4] == _START + bytes([_PACK]):
        return ".mpg"
    return {"mpeg2video": ".m2v", "h264": ".h264", "hevc": ".h265"}.get(codec, ".bin")


def _units(data: bytes) -> Iterator[bytes]:
    """The first bytes behind each start code, with the bytes that prevent false ones taken out (H.264 7.3.1)."""
    at = data.find(_START)
    while at >= 0:
        unit = data[at + 3 : at + 3 + _LONGEST_HEADER]
        if unit:
            yield unit.replace(b"\x00\x00\x03", b"\x00\x00")
        at = data.find(_START, at + 3)


def _payload(data: bytes) -> bytes:
    """What a transport stream carries, packet by packet; anything else as it is."""
    if data[0] != _SYNC or (len(data) > _PACKET and data[_PACKET] != _SYNC):
        return data
    streams: dict[int, list[bytes]] = {}
    for at in range(0, len(data) - _PACKET + 1, _PACKET):
        packet = data[at : at + _PACKET]
        control = packet[3] >> 4 & 3
        begin = _PACKET_HEADER + (1 + packet[4] if control & 2 else 0)
        if packet[0] == _SYNC and control & 1 and begin < _PACKET:
            streams.setdefault((packet[1] & 0x1F) << 8 | packet[2], []).append(packet[begin:])
    return b"".join([part for parts in streams.values() for part in parts])


def _of_mp4(data: bytes) -> VideoHeader:
    """The configuration of the first track that is H.264 or HEVC (ISO/IEC 14496-15 5.3.3, 8.3.3), or MPEG-2."""
    at = data.find(b"avcC")
    if at >= 0 and len(data) >= at + 8 and data[at + 4] == 1:
        return VideoHeader(codec="h264", profile=data[at + 5], level=data[at + 7])
    at = data.find(b"hvcC")
    if at >= 0 and len(data) >= at + 17 and data[at + 4] == 1:
        return _hevc(data[at + 5 :])
    raise CodecError("an MP4 without a track of H.264 or HEVC")


def _hevc(tier_level: bytes) -> VideoHeader:
    """The profile_tier_level structure: a byte of space, tier and profile, 4 and 6 of flags, one of the level."""
    if len(tier_level) < 12:
        raise CodecError("a sequence parameter set of HEVC that ends before its level")
    return VideoHeader(
        codec="hevc", profile=tier_level[0] & 0x1F, level=tier_level[11], is_high_tier=bool(tier_level[0] & 0x20)
    )
