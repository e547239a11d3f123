"""RLE Lossless: a segment of runs for each byte of a sample (PS3.5 A.4.2 and Annex G)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from dicomkit._ext.samples import rle
from dicomkit.codecs.native import copy_samples, place_samples
from dicomkit.core.frozen import Options
from dicomkit.errors import CodecError

if TYPE_CHECKING:
    from dicomkit.codecs.base import EncodeOptions, Report
    from dicomkit.codecs.frame import FrameFormat

__all__ = ["RLE", "RLECodec", "problems"]

_UIDS = frozenset({"1.2.840.10008.1.2.5"})
_HEADER, _MOST_SEGMENTS = 64, 15
# A run of two bytes becomes at most 128: a frame that would be larger cannot be in the data.
_LARGEST_RATIO = 64


class RLECodec(Options):
    """The codec of RLE Lossless."""

    name: str = "rle"
    requires: str = ""
    decodes: frozenset[str] = _UIDS
    encodes: frozenset[str] = _UIDS
    is_available: bool = True

    def decode(
        self, data: bytes | memoryview, uid: str, frame: FrameFormat, out: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the samples; raises CodecError where a segment is missing, lies outside, or ends before the frame.

        Segments may lie in any order, and may have more than the frame needs: `decode_checked` tells.
        """
        return self.decode_checked(data, uid, frame, out)

    def decode_checked(
        self,
        data: bytes | memoryview,
        uid: str,
        frame: FrameFormat,
        out: np.ndarray | None = None,
        report: Report | None = None,
    ) -> np.ndarray:
        """Return what `decode` does, and `report` what `problems` finds in a frame that is not as it should be."""
        pixels, planes = _geometry(frame, self.name)
        if pixels * planes > _LARGEST_RATIO * len(data):
            message = f"{len(data)} bytes cannot hold a frame of {frame.columns} columns and {frame.rows} rows"
            raise CodecError(message, codec=self.name)
        starts, ends = _segments(data, planes, self.name)
        order = _byte_order(frame)
        result = frame.array(out)
        is_odd = False
        counts = rle.decode(
            data, tuple([starts[place] for place in order]), tuple([ends[place] for place in order]), result, pixels
        )
        for place, (made, taken) in zip(order, counts, strict=True):
            if made < pixels:
                if _is_packed(made, frame):
                    if report is not None:
                        _report_all(data, frame, report)
                    return _unpacked(data, starts[0], ends[0], frame, result)
                message = f"segment {place + 1} of {planes} ends after {made} of {pixels} bytes"
                raise CodecError(message, codec=self.name, offset=starts[place] + taken)
            # A byte of padding may follow what was taken.
            if starts[place] + taken < ends[place] - 1:
                is_odd = True
        if report is not None and (is_odd or starts != sorted(starts)):
            _report_all(data, frame, report)
        if frame.bits_allocated == 1:
            np.bitwise_and(result, 1, out=result)
        copy_samples(result, frame, result)
        return result

    def encode(self, samples: np.ndarray, uid: str, frame: FrameFormat, options: EncodeOptions) -> bytes:
        """Return header and segments; raises CodecError for samples of more than 15 bytes a pixel, or of fewer bits."""
        options.refuse_all_but(self.name)
        samples = frame.encodable(samples)
        _, planes = _geometry(frame, self.name)
        if frame.top_bit >= frame.bits_stored:
            samples = np.left_shift(samples, frame.top_bit + 1 - frame.bits_stored)
        order = _byte_order(frame)
        places = tuple([order.index(place) for place in range(planes)])
        try:
            return rle.encode(samples, frame.rows, frame.columns, places)
        except ValueError as error:
            raise CodecError(str(error), codec=self.name) from error

    def photometric_interpretation(self, uid: str, frame: FrameFormat) -> str:
        """Return what the data set says: RLE converts no colours, and has no subsampled ones (PS3.5 8.2.2)."""
        return frame.photometric_interpretation


def problems(data: bytes | memoryview, frame: FrameFormat) -> tuple[str, ...]:
    """Return what is odd about a frame that can be decoded all the same; raises CodecError if it cannot be read at all.

    These are: segments that are not in ascending order; segments with more than the frame needs, which happens where
    Rows or Columns say less than was encoded; single bits that were packed before they were encoded.
    """
    pixels, planes = _geometry(frame, RLE.name)
    starts, ends = _segments(data, planes, RLE.name)
    found = []
    if starts != sorted(starts):
        found.append("the segments do not lie in the order of their offsets")
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1):
        length = rle.decoded_length(data, start, end)
        # A byte of padding looks like the start of a run that has no bytes; a second one could be a run of one zero.
        if length > pixels + 1:
            found.append(f"segment {number} of {planes} becomes {length} bytes where the frame has {pixels}")
        elif length < pixels and _is_packed(length, frame):
            found.append("single bits are packed, where each should have a byte")
    return tuple(found)


def _report_all(data: bytes | memoryview, frame: FrameFormat, report: Report) -> None:
    for problem in problems(data, frame):
        report(problem)


def _geometry(frame: FrameFormat, codec: str) -> tuple[int, int]:
    """Return how many bytes a segment becomes, and how many segments there are.

    A single bit has a byte of its own: only whole bytes have segments, and CP-2301 says so for binary segmentations.
    """
    planes = frame.samples_per_pixel * frame.dtype.itemsize
    if planes > _MOST_SEGMENTS:
        raise CodecError(f"{planes} bytes a pixel need more than the {_MOST_SEGMENTS} segments there are", codec=codec)
    return frame.rows * frame.columns, planes


def _is_packed(made: int, frame: FrameFormat) -> bool:
    """Whether a segment of so many bytes has eight pixels in each, as some wrote before CP-2301."""
    return frame.bits_allocated == frame.samples_per_pixel == 1 and 0 <= made - frame.native_length <= 1


def _unpacked(data: bytes | memoryview, start: int, end: int, frame: FrameFormat, result: np.ndarray) -> np.ndarray:
    packed = np.empty(frame.native_length, np.uint8)
    rle.decode(data, (start,), (end,), packed, packed.size)
    place_samples(packed, frame, result)
    return result


def _segments(data: bytes | memoryview, expected: int, codec: str) -> tuple[list[int], list[int]]:
    """Return where the segments begin and end (PS3.5 G.5); a segment ends where the next one behind it begins."""
    if len(data) < _HEADER:
        raise CodecError(f"{len(data)} of the {_HEADER} bytes of the header", codec=codec, offset=len(data))
    header = np.frombuffer(data, "<u4", _MOST_SEGMENTS + 1).tolist()
    if header[0] != expected:
        raise CodecError(f"{header[0]} segments where the samples need {expected}", codec=codec, offset=0)
    starts = header[1 : expected + 1]
    for number, start in enumerate(starts, 1):
        if not _HEADER <= start <= len(data):
            message = f"segment {number} begins at {start} of {len(data)} bytes"
            raise CodecError(message, codec=codec, offset=4 * number)
        if start in starts[: number - 1]:
            raise CodecError(f"segment {number} begins where another one does", codec=codec, offset=4 * number)
    following = [*sorted(starts), len(data)]
    return starts, [following[following.index(start) + 1] for start in starts]


def _byte_order(frame: FrameFormat) -> tuple[int, ...]:
    """Return the segment of each byte of a pixel in memory: segments begin with the most significant (PS3.5 G.2)."""
    size = frame.dtype.itemsize
    places = range(size) if sys.byteorder == "big" else range(size - 1, -1, -1)
    return tuple([sample * size + place for sample in range(frame.samples_per_pixel) for place in places])


RLE = RLECodec()
"""The one there is: it has no settings."""
