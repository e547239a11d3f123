"""What a data set says of an encoded frame held against what the codestream says of itself (PS3.5 8.2).

Rules, where they disagree:

* Size and number of samples: the codec refuses the frame; nothing tells which of the two the image is.
* Another standard than the transfer syntax's: the codestream is decoded as what it is.
* More bits than Bits Stored or Bits Allocated: the codestream has them, so they are taken.
* A sign: the data set says whether samples are signed, for most standards have no sign of their own.
* Colours: what the codestream says of its transformation is believed, for it is what its encoder did; what it does not
  say, Photometric Interpretation says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.codecs.codestream import inspect, standard_of
from dicomkit.core.issue import IssueCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from dicomkit.codecs import FrameFormat
    from dicomkit.codecs.codestream import CodestreamInfo

    #: Called with the kind of a disagreement, what it is, and what was made of it.
    Report: TypeAlias = Callable[[IssueCode, str, str], object]

__all__ = ["reconcile"]

# By which transfer syntax a codestream is decoded that is under the wrong one: the most general of its standard.
_GENERAL = {
    "JPEG-LS": "1.2.840.10008.1.2.4.81",
    "JPEG 2000": "1.2.840.10008.1.2.4.91",
    "HTJ2K": "1.2.840.10008.1.2.4.203",
    "JPEG XL": "1.2.840.10008.1.2.4.112",
}
# Of JPEG by its process, n of SOFn (ISO/IEC 10918-1 B.1.1.3).
_JPEG = {
    0: "1.2.840.10008.1.2.4.50",
    1: "1.2.840.10008.1.2.4.51",
    2: "1.2.840.10008.1.2.4.55",
    3: "1.2.840.10008.1.2.4.57",
}
_LOSSLESS_JPEG = 3
_OF_LOSSLESS = frozenset({"1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"})
_J2K = ("JPEG 2000", "HTJ2K")


def reconcile(uid: str, frame: FrameFormat, data: bytes | memoryview, report: Report) -> tuple[str, FrameFormat]:
    """Return by which transfer syntax and as which format an encoded frame is decoded.

    Transfer syntaxes whose frames have no header (RLE and what is not compressed) are left as they are. Raises
    CodecError for a header that is damaged.
    """
    expected = standard_of(uid)
    if not expected:
        return uid, frame
    info = inspect(uid, data)
    if info.standard != expected and not {info.standard, expected} <= set(_J2K):
        report(IssueCode.CODESTREAM_MISMATCH, f"{info.standard} in a transfer syntax of {expected}", "decoded as it is")
        uid = _JPEG.get(info.process or 0, uid) if info.standard == "JPEG" else _GENERAL.get(info.standard, uid)
    elif info.process in _JPEG and (uid in _OF_LOSSLESS) != (info.process == _LOSSLESS_JPEG):
        kind = "lossless" if info.process == _LOSSLESS_JPEG else "lossy"
        report(IssueCode.CODESTREAM_MISMATCH, f"{kind} JPEG in another transfer syntax of JPEG", "decoded as it is")
        uid = _JPEG[info.process]
    frame = _with_bits(frame, info, report)
    if frame.samples_per_pixel == 3 == info.samples_per_pixel:
        frame = _with_colors(frame, info, report)
    return uid, frame


def _with_bits(frame: FrameFormat, info: CodestreamInfo, report: Report) -> FrameFormat:
    """The format with as many bits as the codestream has; PS3.5 8.2 wants its precision to be Bits Stored."""
    stored, precision = frame.bits_stored, info.precision
    if info.standard in _J2K and info.is_signed != frame.is_signed:
        message = f"{'signed' if info.is_signed else 'unsigned'} samples, where Pixel Representation says otherwise"
        report(IssueCode.CODESTREAM_MISMATCH, message, "the bits taken as Pixel Representation says")
    if precision == stored:
        return frame if frame.top_bit == stored - 1 else frame.replace(high_bit=None)
    allocated = frame.bits_allocated
    while allocated < min(precision, 64) or allocated == 1:
        allocated = 8 if allocated == 1 else allocated * 2
    if frame.is_signed and not info.is_signed and precision > stored and allocated == frame.bits_allocated:
        # Its sign is the highest bit stored, for the codestream has none; bits above may repeat it or not.
        action = "the bits stored taken"
    elif frame.is_signed and not info.is_signed and precision < stored:
        action = "taken as they are"
    else:
        stored, action = min(precision, allocated), "the codestream's bits taken"
    report(IssueCode.CODESTREAM_MISMATCH, f"{precision} bits, where Bits Stored says {frame.bits_stored}", action)
    return frame.replace(bits_allocated=allocated, bits_stored=stored, high_bit=None)


def _with_colors(frame: FrameFormat, info: CodestreamInfo, report: Report) -> FrameFormat:
    """The format with the colours that the codestream has (PS3.3 C.7.6.3.1.2, PS3.5 8.2.1 and 8.2.4)."""
    said = frame.photometric_interpretation
    found = _jpeg_colors(said, info) if info.standard == "JPEG" else _other_colors(said, info)
    if found == said:
        return frame
    report(IssueCode.COLOR_MISMATCH, f"{found} in the codestream, where {said} was said", f"taken as {found}")
    return frame.replace(photometric_interpretation=found)


def _jpeg_colors(said: str, info: CodestreamInfo) -> str:
    if info.process == _LOSSLESS_JPEG:
        return said  # its encoders convert no colours, and write markers that say they do
    is_ybr = said.startswith("YBR")
    if info.color_transform == "YCbCr" or any(factors != (1, 1) for factors in info.subsampling):
        return said if is_ybr else "YBR_FULL"
    if info.color_transform is None:
        return said
    return "RGB" if is_ybr else said


def _other_colors(said: str, info: CodestreamInfo) -> str:
    """What the encoded samples are where decoding undoes the transformation: JPEG 2000."""
    if info.standard not in _J2K:
        return said
    transform = {"RCT": "YBR_RCT", "ICT": "YBR_ICT"}.get(info.color_transform or "", "")
    if transform and said in ("RGB", "YBR_RCT", "YBR_ICT"):
        return transform
    return "RGB" if not transform and said in ("YBR_RCT", "YBR_ICT") else said
