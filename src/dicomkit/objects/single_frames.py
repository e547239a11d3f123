"""Multi-frame images taken apart into single-frame ones, with what is true of each frame (PS3.3 C.7.6.16, A.70)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.core.issue import IssueCode
from dicomkit.core.uid_generation import generate_uid
from dicomkit.core.vr import VR
from dicomkit.dataset import Dataset, Sequence
from dicomkit.errors import PixelError
from dicomkit.objects.content_encoding import code_item
from dicomkit.objects.frame_pixels import EncodedFrames, put_frames
from dicomkit.objects.legacy_conversion import LEGACY_CLASSES, ROOT_KEYWORDS
from dicomkit.objects.structured_report import code_of
from dicomkit.pixels.attributes import first_item, items, text
from dicomkit.pixels.describe import report

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["single_frames"]

_IMAGE = "1.2.840.10008.5.1.4.1.1"
# The storage class of single-frame images for each of multi-frame ones.
_CLASSES = {
    **{legacy: single for single, legacy in LEGACY_CLASSES.items()},
    f"{_IMAGE}.2.1": f"{_IMAGE}.2",  # CT
    f"{_IMAGE}.4.1": f"{_IMAGE}.4",  # MR
    f"{_IMAGE}.130": f"{_IMAGE}.128",  # PET
    f"{_IMAGE}.12.1.1": f"{_IMAGE}.12.1",  # XA
    f"{_IMAGE}.12.2.1": f"{_IMAGE}.12.2",  # XRF
    f"{_IMAGE}.3.1": f"{_IMAGE}.6.1",  # US
    **{f"{_IMAGE}.7.{kind}": f"{_IMAGE}.7" for kind in (1, 2, 3, 4)},  # Secondary Capture
    **{f"{_IMAGE}.{each}": f"{_IMAGE}.{each}" for each in ("2", "4", "128", "12.1", "12.2", "6.1", "7")},
}
_LEGACY = frozenset(LEGACY_CLASSES.values())
_SHARED, _PER_FRAME = 0x52009229, 0x52009230
# What only multi-frame images have: frames, dimensions, concatenations, cine, and the pixels themselves.
_OF_MULTI_FRAME = frozenset(
    {
        _SHARED, _PER_FRAME, 0x00280008, 0x00280009, 0x00209221, 0x00209222, 0x00209311, 0x00209161, 0x00209162,
        0x00209163, 0x00209167, 0x00200242, 0x00209228, 0x00181065, 0x00182001, 0x00182002, 0x00182003, 0x00182004,
        0x00182005, 0x00182006, 0x00080018, 0x00080016, 0x0020000E, 0x7FE00001, 0x7FE00002, 0x7FE00008, 0x7FE00009,
        0x7FE00010,
    }
)  # fmt: skip
# Of overlays: the elements of their groups.
_OVERLAY_FRAMES, _OVERLAY_ORIGIN, _OVERLAY_ROWS, _OVERLAY_COLUMNS, _OVERLAY_DATA = 0x15, 0x51, 0x10, 0x11, 0x3000
# Groups whose items are not the frame's attributes, but things that it has one or several of.
_KEPT = frozenset({"ReferencedImageSequence", "RealWorldValueMappingSequence", "ContrastBolusUsageSequence"})
_UNASSIGNED = ("UnassignedSharedConvertedAttributesSequence", "UnassignedPerFrameConvertedAttributesSequence")
# What conversion or the enhanced image says of itself, and single-frame images do not have.
_OF_ENHANCED = (
    "VolumetricProperties", "VolumeBasedCalculationTechnique", "ComplexImageComponent",
    "AcquisitionContrast", "DimensionIndexValues", "InStackPositionNumber", "StackID", "TemporalPositionIndex",
    "FrameType",
)  # fmt: skip
# Attributes of enhanced images, and what they are called in single-frame ones.
_NAMES = {
    "FrameAcquisitionNumber": "AcquisitionNumber",
    "FrameComments": "ImageComments",
    "ExposureTimeInms": "ExposureTime",
    "XRayTubeCurrentInmA": "XRayTubeCurrent",
    "ExposureInmAs": "Exposure",
    "EffectiveEchoTime": "EchoTime",
    "TransmitterFrequency": "ImagingFrequency",
    "RFEchoTrainLength": "EchoTrainLength",
    "NominalCardiacTriggerDelayTime": "TriggerTime",
}
# Of these, Frame Content of a legacy converted image repeats what single-frame images say by other names.
_OF_FRAME_CONTENT = ("FrameAcquisitionNumber", "FrameAcquisitionDateTime")
_WHOLE = ("ExposureTime", "XRayTubeCurrent", "Exposure", "EchoTrainLength")  # IS
# There, if need be empty (Type 2 of CT Image, MR Image, General Image).
_EMPTY = {
    f"{_IMAGE}.2": ("KVP", "AcquisitionNumber", "PatientOrientation"),
    f"{_IMAGE}.4": ("ScanOptions", "MRAcquisitionType", "EchoTime", "EchoTrainLength", "PatientOrientation"),
    f"{_IMAGE}.128": ("PatientOrientation",),
}


def single_frames(ds: Dataset, *, sop_class_uid: str | None = None, keep_uids: bool = False) -> Iterator[Dataset]:
    """Iterate over the frames of a multi-frame image as single-frame images, made one at a time.

    Each has the attributes of the image, and over them those of its functional groups, the shared ones and its own,
    where single-frame images have them: position, orientation, spacing, window, rescaling, and by their older names
    exposure, echo time and the like. Pixels are taken as they are encoded. Of a Legacy Converted image (PS3.3 A.70 to
    A.72) come out the attributes of the images that it was made of, and with `keep_uids` their SOP and Series Instance
    UIDs, else new ones, of one new series.

    `sop_class_uid` is needed for an image for whose class there is no one of single-frame images. Raises PixelError
    without it, and for video; MissingElementError, TruncatedError as `dicomkit.file.frame_bytes` does, at the frame.
    """
    kind = sop_class_uid or _CLASSES.get(text(ds, "SOPClassUID"))
    if kind is None:
        raise PixelError("no class of single-frame images stands for this one: say which, sop_class_uid=…")
    frames = EncodedFrames(ds)
    if frames.description.is_video:
        raise PixelError("the frames of a video cannot be had one by one as they are encoded: decode them")
    own = ds.get("PerFrameFunctionalGroupsSequence")
    described = len(own) if isinstance(own, Sequence) else 0
    if described and described != len(frames):
        message = f"{len(frames)} frames, and functional groups of {described}"
        report(ds, IssueCode.FRAME_COUNT_WRONG, message, "the others get what is shared", _PER_FRAME)
    return _frames(ds, frames, kind, keep_uids)


def _frames(ds: Dataset, frames: EncodedFrames, kind: str, keep_uids: bool) -> Iterator[Dataset]:
    is_legacy = text(ds, "SOPClassUID") in _LEGACY
    shared = first_item(ds, "SharedFunctionalGroupsSequence")
    own = ds.get("PerFrameFunctionalGroupsSequence")
    series = generate_uid()
    sources = _series_of_sources(ds) if is_legacy else {}
    for number in range(len(frames)):
        pixels = frames.read(number)
        single = _of_image(ds, is_legacy)
        single.file_meta.TransferSyntaxUID = frames.uid
        groups = own[number] if isinstance(own, Sequence) and number < len(own) else None
        holders = [holder for holder in (shared, groups) if holder is not None]
        for holder in holders:
            _take_groups(single, holder)
        for keyword in _UNASSIGNED:
            for holder in holders:
                unassigned = first_item(holder, keyword)
                for element in unassigned or ():
                    single.add(element)
        _rename(single, is_legacy)
        if is_legacy:
            _forget(single, _OF_FRAME_CONTENT)
        elif kind == f"{_IMAGE}.4":
            _name_sequence(single)
        for keyword in _EMPTY.get(kind, ()) if not is_legacy else ():
            single.setdefault(keyword, None)
        single.SOPClassUID = kind
        if "InstanceNumber" not in single or not is_legacy:
            single.InstanceNumber = number + 1
        single.SOPInstanceUID, single.SeriesInstanceUID = generate_uid(), series
        source = first_item(groups, "ConversionSourceAttributesSequence") if groups is not None else None
        if keep_uids and source is not None:
            uid = text(source, "ReferencedSOPInstanceUID")
            single.SOPInstanceUID = uid or single.SOPInstanceUID
            single.SOPClassUID = text(source, "ReferencedSOPClassUID") or kind
            single.SeriesInstanceUID = sources.get(uid, series)
        if not is_legacy:  # there, overlays are those of the images that were converted
            _put_overlays(single, number)
        put_frames(single, frames.description, [pixels])
        yield single


def _series_of_sources(ds: Dataset) -> dict[str, str]:
    """The Series Instance UID of each instance that the image refers to."""
    return {
        text(instance, "ReferencedSOPInstanceUID"): text(series, "SeriesInstanceUID")
        for series in items(ds, "ReferencedSeriesSequence")
        for instance in items(series, "ReferencedInstanceSequence")
    }


def _of_image(ds: Dataset, is_legacy: bool) -> Dataset:
    """What the image says of all frames; of a legacy converted one, only what it had from the images."""
    single = Dataset()
    keyword_of = ds._context.dictionary.keyword
    for tag in ds._tags():
        if tag in _OF_MULTI_FRAME or tag >> 16 == 0x0002 or not tag & 0xFFFF:
            continue
        keyword = keyword_of(tag)
        if is_legacy and not (tag >> 16 in (0x0010, 0x0012) or keyword in ROOT_KEYWORDS):
            continue
        # Colours are shown where it says so, by palettes besides the grey; grey needs no word.
        is_grey = keyword == "PixelPresentation" and ds.get(keyword) == "MONOCHROME"
        is_unknown = is_legacy and ds.get(keyword) == "UNKNOWN"
        if keyword not in _OF_ENHANCED and not is_grey and not is_unknown:
            single.add(ds[tag])
    return single


def _take_groups(single: Dataset, holder: Dataset) -> None:
    """Put the attributes of functional groups, those of one item each; what is no group, as it is."""
    for element in holder:
        value, keyword = element.value, element.keyword
        if keyword in _UNASSIGNED or keyword in ("ConversionSourceAttributesSequence", ""):
            if not keyword:
                single.add(element)  # a private one
            continue
        if keyword == "FrameVOILUTSequence" and isinstance(value, Sequence) and len(value) > 1:
            _put_windows(single, value)
        elif keyword == "DerivationImageSequence" and isinstance(value, Sequence):
            _put_derivation(single, value)
        elif isinstance(value, Sequence) and len(value) == 1 and keyword not in _KEPT:
            for attribute in value[0]:
                kept = attribute.keyword not in _OF_ENHANCED and attribute.keyword != "PixelPresentation"
                if kept or attribute.keyword == "FrameType":
                    single.add(attribute)
        else:
            single.add(element)


def _put_windows(single: Dataset, windows: Sequence) -> None:
    """Put several windows as the values of one element."""
    for keyword in ("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation"):
        values = [item.get(keyword) for item in windows]
        if all(value is not None for value in values):
            setattr(
                single, keyword, [one for value in values for one in (value if isinstance(value, list) else [value])]
            )
    function = windows[0].get("VOILUTFunction")
    if function:
        single.VOILUTFunction = function


def _put_derivation(single: Dataset, derivations: Sequence) -> None:
    """Put the images that the frame was made of as Source Images, with how it was made (C.7.6.1.1)."""
    sources = [source for derivation in derivations for source in items(derivation, "SourceImageSequence")]
    if sources:
        single.SourceImageSequence = sources
    description = next((text(one, "DerivationDescription") for one in derivations), "")
    if description:
        single.DerivationDescription = description
    codes = [code for one in derivations if (code := code_of(one, "DerivationCodeSequence")) is not None]
    if codes:
        single.DerivationCodeSequence = [code_item(code) for code in codes]


def _put_overlays(single: Dataset, number: int) -> None:
    """Leave of overlays of several frames the one that is over a frame, of those that are elsewhere nothing (C.9.2)."""
    for group in {tag & 0xFFFF0000 for tag in single._tags() if 0x6000 <= tag >> 16 <= 0x60FF}:
        count = _value(single, group | _OVERLAY_FRAMES)
        if not isinstance(count, int) or isinstance(count, bool):
            continue
        first = _value(single, group | _OVERLAY_ORIGIN)
        at = number - (int(first) - 1 if isinstance(first, int) else 0)
        rows, columns = _value(single, group | _OVERLAY_ROWS), _value(single, group | _OVERLAY_COLUMNS)
        data = _value(single, group | _OVERLAY_DATA)
        size = rows * columns if isinstance(rows, int) and isinstance(columns, int) else 0
        if not (isinstance(data, bytes) and 0 <= at < count and 0 < (at + 1) * size <= len(data) * 8):
            for tag in [tag for tag in single._tags() if tag & 0xFFFF0000 == group]:
                del single[tag]
            continue
        begin, end = at * size, (at + 1) * size
        bits = int.from_bytes(data[begin // 8 : -(-end // 8)], "little") >> begin % 8
        plane = (bits & ((1 << end - begin) - 1)).to_bytes(-(-(end - begin) // 16) * 2, "little")
        single._put(group | _OVERLAY_DATA, VR.OW, plane)
        for tag in (group | _OVERLAY_FRAMES, group | _OVERLAY_ORIGIN):
            if tag in single:
                del single[tag]


def _value(ds: Dataset, tag: int) -> object:
    return ds[tag].value if tag in ds else None


def _forget(single: Dataset, keywords: Iterable[str]) -> None:
    for keyword in keywords:
        if keyword in single:
            del single[keyword]


def _rename(single: Dataset, is_legacy: bool) -> None:
    """Put attributes of enhanced images by the names that they have in single-frame ones, where those are not there."""
    if "FrameType" in single and not (is_legacy and "ImageType" in single):
        single.ImageType = single["FrameType"].value
    _forget(single, ("FrameType",))
    for keyword, name in _NAMES.items():
        value = single.get(keyword)
        if name not in single and isinstance(value, (int, float, str)) and value != "":
            is_whole = name in _WHOLE and isinstance(value, (int, float))
            setattr(single, name, round(value) if is_whole and not isinstance(value, str) else value)
    moment = single.get("FrameAcquisitionDateTime") or single.get("AcquisitionDateTime")
    if moment and "AcquisitionTime" not in single:
        stamp = str(moment).partition("+")[0].partition("-")[0]
        single.AcquisitionDate, single.AcquisitionTime = stamp[:8], stamp[8:] or None


def _name_sequence(single: Dataset) -> None:
    """Put Scanning Sequence and Sequence Variant, which enhanced MR images say in attributes of their own (C.8.3.1)."""
    if "ScanningSequence" not in single:
        kinds = {"SPIN": ["SE"], "GRADIENT": ["GR"], "BOTH": ["SE", "GR"]}
        scanning = list(kinds.get(text(single, "EchoPulseSequence"), ["RM"]))
        scanning += ["IR"] if text(single, "InversionRecovery") == "YES" else []
        scanning += ["EP"] if text(single, "EchoPlanarPulseSequence") == "YES" else []
        single.ScanningSequence = scanning
    if "SequenceVariant" not in single:
        variants = [
            variant
            for keyword, variant, without in (
                ("SegmentedKSpaceTraversal", "SK", ("", "SINGLE")),
                ("MagnetizationTransfer", "MTC", ("", "NONE")),
                ("SteadyStatePulseSequence", "SS", ("", "NONE")),
                ("Spoiling", "SP", ("", "NONE")),
                ("OversamplingPhase", "OSP", ("", "NONE")),
            )
            if text(single, keyword) not in without
        ]
        single.SequenceVariant = variants or ["NONE"]
