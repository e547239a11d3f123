"""What the pixels of a data set are: the Image Pixel Module held against the Pixel Data (PS3.3 C.7.6.3, PS3.5 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.codecs import FrameFormat
from dicomkit.core.frozen import Frozen
from dicomkit.core.issue import IssueCode
from dicomkit.core.photometric import HALVED_CHROMA
from dicomkit.core.tag import Tag
from dicomkit.core.vr import VR
from dicomkit.dataset import decoding
from dicomkit.errors import LimitExceededError, MissingElementError, PixelError
from dicomkit.file.frames import frame_count

if TYPE_CHECKING:
    from dicomkit.dataset import Dataset

__all__ = ["PixelDescription", "check_size", "describe", "native_length", "report"]

_FLOAT, _DOUBLE, _PIXEL_DATA = 0x7FE00008, 0x7FE00009, 0x7FE00010
_SAMPLES, _PHOTOMETRIC, _PLANAR, _NUMBER_OF_FRAMES = 0x00280002, 0x00280004, 0x00280006, 0x00280008
_ROWS, _COLUMNS = 0x00280010, 0x00280011
_ALLOCATED, _STORED, _HIGH_BIT, _REPRESENTATION = 0x00280100, 0x00280101, 0x00280102, 0x00280103
_MOST_FRAMES = 0x7FFFFFFF  # the largest IS (PS3.5 6.2)
_EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
_VIDEO = "1.2.840.10008.1.2.4.10"  # .100 to .108 and their fragmentable variants
_OF_ONE_SAMPLE = ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")  # PS3.3 C.7.6.3.1.2
_OF_THREE_SAMPLES = (
    "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT", "HSV", "XYB",
)  # fmt: skip


class PixelDescription(Frozen):
    """What the pixels of a data set are, contradictions resolved; immutable.

    `frame` is the format of each frame, `uid` the transfer syntax by which its bytes are decoded, `tag` the element
    that has them: Pixel Data, Float Pixel Data or Double Float Pixel Data.
    """

    __slots__ = ("frame", "number_of_frames", "uid", "is_encapsulated", "tag")  # noqa: RUF023  the order of __init__

    frame: FrameFormat
    number_of_frames: int
    uid: str
    is_encapsulated: bool
    tag: Tag

    @property
    def is_video(self) -> bool:
        """Whether one stream holds all frames (PS3.5 A.4.5 to A.4.10)."""
        return self.is_encapsulated and self.uid.startswith(_VIDEO)

    def __init__(self, frame: FrameFormat, number_of_frames: int, uid: str, is_encapsulated: bool, tag: int) -> None:
        put = object.__setattr__
        put(self, "frame", frame)
        put(self, "number_of_frames", number_of_frames)
        put(self, "uid", uid)
        put(self, "is_encapsulated", is_encapsulated)
        put(self, "tag", Tag(tag))


def describe(ds: Dataset) -> PixelDescription:
    """Return what the pixels of a data set are, and report what contradicts itself as Issues, each once.

    Nothing of the Pixel Data is decoded. Raises MissingElementError without Pixel Data or what describes it, PixelError
    for what no frame can be, LimitExceededError for a frame larger than ``Limits.frame_bytes``.
    """
    tag = next((tag for tag in (_PIXEL_DATA, _FLOAT, _DOUBLE) if ds._has(tag)), None)
    if tag is None:
        raise MissingElementError("the data set has no Pixel Data", tag=Tag(_PIXEL_DATA))
    uid, is_encapsulated = _encoding(ds, tag)
    frame = _frame(ds, tag)
    check_size(ds, frame)
    if is_encapsulated:
        if frame.is_float:
            raise PixelError("Float Pixel Data is never encapsulated (PS3.5 A.4)")
        return PixelDescription(frame, _encapsulated_count(ds, uid), uid, True, tag)
    frame, count = _native(ds, tag, frame)
    return PixelDescription(frame, count, uid, False, tag)


def check_size(ds: Dataset, frame: FrameFormat) -> None:
    """Raise LimitExceededError for a frame larger than the data set may have, before anything is allocated."""
    limit = ds._context.limits.frame_bytes
    if limit is not None and frame.nbytes > limit:
        path = (*decoding.path_of(ds), Tag(_PIXEL_DATA))
        raise LimitExceededError("frame_bytes", frame.nbytes, bound=limit, path=path)


def report(ds: Dataset, code: IssueCode, message: str, action: str, tag: int = _PIXEL_DATA) -> None:
    """Report what is wrong with the pixels of a data set, once however often they are decoded."""
    path = (*decoding.path_of(ds), Tag(tag))
    reported = ds._context.reported
    key = (code, message, path)
    if key in reported:
        return
    if len(reported) < ds._context.collector.bound:
        reported.add(key)
    position = ds._position_of(tag)
    offset = ds._read_index.element(position)[2] if position >= 0 else None
    ds._context.report(code, message, action, offset, path)


# -- how it is encoded -----------------------------------------------------------------------------------------------


def _encoding(ds: Dataset, tag: int) -> tuple[str, bool]:
    """The transfer syntax by which frames are decoded, and whether each has fragments of its own."""
    syntax = decoding.transfer_syntax(ds)
    position = ds._position_of(tag)
    if position < 0:  # set since it was read: little endian in memory, encapsulated if the data set is
        is_encapsulated = syntax.is_encapsulated and tag == _PIXEL_DATA and ds._root() is ds
        return (str(syntax.uid), True) if is_encapsulated else (_EXPLICIT_LITTLE, False)
    if ds._read_index.element(position)[4] & decoding.FRAGMENTS:
        return str(ds._context.transfer_syntax.uid), True
    read = ds._context.transfer_syntax
    if read.is_encapsulated:
        # Icons and the like may be native in any transfer syntax (PS3.5 A.4); the image itself must not.
        if ds._parent is None:
            message = f"native Pixel Data in {read.name}"
            report(ds, IssueCode.TRANSFER_SYNTAX_MISMATCH, message, "decoded as little endian", tag)
        return _EXPLICIT_LITTLE, False
    return (str(read.uid) if read.is_known else _EXPLICIT_LITTLE), False


def _encapsulated_count(ds: Dataset, uid: str) -> int:
    count = frame_count(ds)
    declared = _number(ds, _NUMBER_OF_FRAMES, 1) if _is_number(ds, _NUMBER_OF_FRAMES) else 1
    if uid.startswith(_VIDEO):  # how many are in the stream only decoding it tells
        return min(max(declared, 1), _MOST_FRAMES) if count else 0
    if count != declared and ds._has(_NUMBER_OF_FRAMES):
        message = f"Number of Frames is {declared}, and there are {count}"
        report(ds, IssueCode.FRAME_COUNT_WRONG, message, "those that are there are used", _NUMBER_OF_FRAMES)
    return count


# -- what the elements say -------------------------------------------------------------------------------------------


def _frame(ds: Dataset, tag: int) -> FrameFormat:
    """The format of a frame as the data set has it, made consistent."""
    rows, columns = _number(ds, _ROWS), _number(ds, _COLUMNS)
    if tag != _PIXEL_DATA:
        bits = 32 if tag == _FLOAT else 64
        return FrameFormat(rows=rows, columns=columns, bits_allocated=bits, bits_stored=bits, is_float=True)
    samples, photometric = _color(ds)
    allocated = _number(ds, _ALLOCATED)
    stored = _bits_stored(ds, allocated)
    signed = _number(ds, _REPRESENTATION, 0)
    if signed not in (0, 1):
        report(
            ds, IssueCode.PIXEL_DESCRIPTION_WRONG, f"Pixel Representation is {signed}", "taken as 0", _REPRESENTATION
        )
        signed = 0
    planar = _number(ds, _PLANAR, 0) if samples > 1 else 0
    if planar not in (0, 1):
        report(ds, IssueCode.PIXEL_DESCRIPTION_WRONG, f"Planar Configuration is {planar}", "taken as 0", _PLANAR)
        planar = 0
    return FrameFormat(
        rows=rows,
        columns=columns,
        samples_per_pixel=samples,
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=_high_bit(ds, allocated, stored),
        pixel_representation=signed,
        photometric_interpretation=photometric,
        planar_configuration=planar,
    )


def _color(ds: Dataset) -> tuple[int, str]:
    """Samples per Pixel and Photometric Interpretation; where they disagree the number of samples is believed."""
    value = ds._value_of(_PHOTOMETRIC) if ds._has(_PHOTOMETRIC) else ""
    if isinstance(value, list):
        value = value[0] if value else ""
    photometric = str(value or "").strip().upper()
    usual = 3 if photometric in _OF_THREE_SAMPLES else 1
    samples = _number(ds, _SAMPLES, usual)
    if not photometric:
        photometric = "RGB" if samples == 3 else "MONOCHROME2"
        message, action = "there is no Photometric Interpretation", f"taken as {photometric}"
        report(ds, IssueCode.PIXEL_DESCRIPTION_WRONG, message, action, _PHOTOMETRIC)
    elif (samples == 1 and usual == 3) or (samples == 3 and photometric in _OF_ONE_SAMPLE):
        believed = "RGB" if samples == 3 else "MONOCHROME2"
        message = f"{photometric} with {samples} samples a pixel"
        report(ds, IssueCode.PIXEL_DESCRIPTION_WRONG, message, f"taken as {believed}", _PHOTOMETRIC)
        photometric = believed
    return samples, photometric


def _bits_stored(ds: Dataset, allocated: int) -> int:
    stored = _number(ds, _STORED, allocated)
    if 0 < stored <= allocated:
        return stored
    message = f"{stored} bits stored of {allocated} allocated"
    report(ds, IssueCode.PIXEL_DESCRIPTION_WRONG, message, "all taken as stored", _STORED)
    return allocated


def _high_bit(ds: Dataset, allocated: int, stored: int) -> int:
    """High Bit where it is possible: before 2016 it could be any, now it is Bits Stored less one (PS3.5 8.1.1)."""
    high = _number(ds, _HIGH_BIT, stored - 1)
    if high == stored - 1:
        return high
    is_possible = stored - 1 <= high < allocated
    action = "samples taken from there" if is_possible else f"{stored - 1} taken"
    message = f"High Bit is {high} with {stored} bits stored of {allocated}"
    report(ds, IssueCode.PIXEL_DESCRIPTION_WRONG, message, action, _HIGH_BIT)
    return high if is_possible else stored - 1


def _is_number(ds: Dataset, tag: int) -> bool:
    value = ds._value_of(tag) if ds._has(tag) else None
    return isinstance(value, int) or (isinstance(value, list) and bool(value) and isinstance(value[0], int))


def _number(ds: Dataset, tag: int, default: int | None = None) -> int:
    """The number in an element, of several the first; the default where there is none."""
    value = ds._value_of(tag) if ds._has(tag) or default is None else None
    if type(value) is int and value >= 0:
        return value
    if isinstance(value, list):
        value = value[0] if value else None
    if value is None and default is not None:
        return default
    if not isinstance(value, int) or value < 0:
        name = ds._context.dictionary.name(tag)
        raise PixelError(f"{name} {Tag(tag)} is no number, so what a frame is is not known")
    return int(value)


# -- native Pixel Data -----------------------------------------------------------------------------------------------


def native_length(ds: Dataset, tag: int) -> int:
    """Return how many bytes a native Pixel Data has."""
    position = ds._position_of(tag)
    if position >= 0:
        return ds._read_index.element(position)[3]
    value = ds._value_of(tag)
    if not isinstance(value, bytes):
        raise PixelError("the Pixel Data is not bytes")
    return len(value)


def _native(ds: Dataset, tag: int, frame: FrameFormat) -> tuple[FrameFormat, int]:
    """The format and the number of frames, held against the length of the Pixel Data."""
    length = native_length(ds, tag)
    count = _declared_count(ds, tag, frame, length)
    bits = _bits(frame)
    whole = (count * bits + 7) // 8
    if length > whole + 1 and frame.is_subsampled and length in _lengths(count * frame.samples * frame.bits_allocated):
        photometric = frame.photometric_interpretation
        message = f"{photometric} with as many bytes as no chrominance that is shared has"
        report(ds, IssueCode.PIXEL_LENGTH_WRONG, message, "nothing taken as shared", tag)
        return frame.replace(photometric_interpretation=HALVED_CHROMA[photometric]), count
    if length not in _lengths(count * bits):
        more = "left out" if length > whole else f"{length * 8 // bits} whole frames are there"
        message = f"{length} bytes of Pixel Data, where the frames need {whole}"
        report(ds, IssueCode.PIXEL_LENGTH_WRONG, message, more, tag)
    position = ds._position_of(tag)
    if position >= 0 and frame.bits_allocated < 16 and not decoding.is_little_endian(ds) and ds._vr_of(tag) is VR.OW:
        frame = frame.replace(in_words=True)
    return frame, count


def _declared_count(ds: Dataset, tag: int, frame: FrameFormat, length: int) -> int:
    if _is_number(ds, _NUMBER_OF_FRAMES) or not ds._has(_NUMBER_OF_FRAMES):
        return min(max(_number(ds, _NUMBER_OF_FRAMES, 1), 1), _MOST_FRAMES)
    if ds._value_of(_NUMBER_OF_FRAMES) in (None, ""):
        return 1
    count = max(length * 8 // _bits(frame), 1)
    message = "Number of Frames is no number"
    report(ds, IssueCode.FRAME_COUNT_WRONG, message, f"{count}, as many as there are bytes for", _NUMBER_OF_FRAMES)
    return count


def _bits(frame: FrameFormat) -> int:
    """The bits of a frame: those of single bits follow each other without padding (PS3.5 8.1.1)."""
    return frame.samples if frame.bits_allocated == 1 else frame.native_length * 8


def _lengths(bits: int) -> tuple[int, int]:
    """The bytes of that many bits, without padding to even length and with it."""
    size = (bits + 7) // 8
    return size, size + (size & 1)
