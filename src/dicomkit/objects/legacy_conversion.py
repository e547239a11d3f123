"""Single-frame CT, MR and PET images as one Legacy Converted Enhanced multi-frame image (PS3.3 A.70 to A.72)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from dicomkit.core.tag import Tag
from dicomkit.core.uid_generation import generate_uid
from dicomkit.dataset import Dataset
from dicomkit.errors import ValueEncodeError, escaped
from dicomkit.file.stream_writer import StreamWriter
from dicomkit.objects.derived_frames import add_dimensions, reference_series
from dicomkit.objects.frame_pixels import EncodedFrames, put_frames
from dicomkit.objects.frame_places import Plane, normal_of
from dicomkit.pixels.attributes import number, numbers, text

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import BinaryIO

    from dicomkit.dataset.element import DataElement

__all__ = ["LEGACY_CLASSES", "PIXEL_KEYWORDS", "ROOT_KEYWORDS", "legacy_converted", "write_legacy_converted"]

_IMAGE = "1.2.840.10008.5.1.4.1.1"
LEGACY_CLASSES = {f"{_IMAGE}.2": f"{_IMAGE}.2.2", f"{_IMAGE}.4": f"{_IMAGE}.4.4", f"{_IMAGE}.128": f"{_IMAGE}.128.1"}
"""The legacy converted storage class of each storage class of single-frame images."""

# The group that says which kind of frame it is, by the class that is made.
_FRAME_TYPES = {
    f"{_IMAGE}.2.2": "CTImageFrameTypeSequence",
    f"{_IMAGE}.4.4": "MRImageFrameTypeSequence",
    f"{_IMAGE}.128.1": "PETFrameTypeSequence",
}
# What must be the same of all, for it is said once (C.7.6.3).
_FORMAT = (
    "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "BitsAllocated",
    "BitsStored", "HighBit", "PixelRepresentation",
)  # fmt: skip
_OF_ONE = ("SOPClassUID", "PatientID", "StudyInstanceUID", "FrameOfReferenceUID")

PIXEL_KEYWORDS = (*_FORMAT, "PixelAspectRatio", "PixelPaddingValue", "PixelPaddingRangeLimit")
"""Of the Image Pixel Module and what General Equipment says of pixels."""

ROOT_KEYWORDS = frozenset(
    (
        *PIXEL_KEYWORDS,
        # General Study, Patient Study and General Series
        "SpecificCharacterSet", "TimezoneOffsetFromUTC", "StudyInstanceUID", "StudyDate", "StudyTime", "StudyID",
        "AccessionNumber", "IssuerOfAccessionNumberSequence", "ReferringPhysicianName",
        "ReferringPhysicianIdentificationSequence", "ConsultingPhysicianName", "StudyDescription",
        "ProcedureCodeSequence", "PhysiciansOfRecord", "NameOfPhysiciansReadingStudy", "ReferencedStudySequence",
        "AdmittingDiagnosesDescription", "AdmittingDiagnosesCodeSequence", "Modality", "SeriesNumber", "Laterality",
        "SeriesDate", "SeriesTime", "SeriesDescription", "PerformingPhysicianName", "OperatorsName", "ProtocolName",
        "BodyPartExamined", "PatientPosition", "RequestAttributesSequence", "PerformedProcedureStepID",
        "PerformedProcedureStepStartDate", "PerformedProcedureStepStartTime", "PerformedProcedureStepEndDate",
        "PerformedProcedureStepEndTime", "PerformedProcedureStepDescription", "PerformedProtocolCodeSequence",
        "ReferencedPerformedProcedureStepSequence",
        # Frame of Reference and General Equipment
        "FrameOfReferenceUID", "PositionReferenceIndicator", "Manufacturer", "ManufacturerModelName",
        "InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "StationName", "DeviceSerialNumber",
        "SoftwareVersions", "GantryID", "SpatialResolution", "DateOfLastCalibration", "TimeOfLastCalibration",
        # General Image
        "BurnedInAnnotation", "LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod",
        "PresentationLUTShape", "IconImageSequence",
    )
)  # fmt: skip
"""What stays where it is, besides patient (group 0010) and clinical trial (0012), if all images agree in it."""

# Enhanced General Equipment (C.7.5.2): there, with a value.
_EQUIPMENT = ("Manufacturer", "ManufacturerModelName", "DeviceSerialNumber", "SoftwareVersions")
# Functional groups, and what of single-frame images is said in them (C.7.6.16.2).
_GROUPS = {
    "PixelMeasuresSequence": ("PixelSpacing", "SliceThickness", "SpacingBetweenSlices"),
    "PlanePositionSequence": ("ImagePositionPatient",),
    "PlaneOrientationSequence": ("ImageOrientationPatient",),
    "FrameVOILUTSequence": ("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation", "VOILUTFunction"),
    "PixelValueTransformationSequence": ("RescaleIntercept", "RescaleSlope", "RescaleType"),
}
_GROUPED = frozenset(keyword for keywords in _GROUPS.values() for keyword in keywords)
# Of the instance that was converted: Conversion Source Attributes and the Common Instance Reference say it.
_SOURCE = frozenset({0x00080016, 0x00080018, 0x0020000E})
_PIXELS = frozenset({0x7FE00001, 0x7FE00002, 0x7FE00008, 0x7FE00009, 0x7FE00010, 0x00280008})
_INSTANCE_NUMBER = 0x00200013  # of each frame, were there only one
_SAME_ORIENTATION = 1e-4
_STACK = (
    (0x00209056, 0x00209111, "Stack ID"),
    (0x00209057, 0x00209111, "In-Stack Position Number"),
)
_TEMPORAL = (0x00209128, 0x00209111, "Temporal Position Index")


def legacy_converted(images: Iterable[Dataset], **values: object) -> Dataset:
    """Return the images of a series as one Legacy Converted Enhanced CT, MR or PET image (PS3.3 A.70 to A.72).

    Frames are in order along their normal, frames of one place by Instance Number; dimensions are stack and position,
    and time where positions repeat. Each frame keeps all its attributes, private ones too: in functional groups, and
    what has no place there in the Unassigned Converted Attributes, shared where all images agree; `single_frames` gives
    them back. Pixels are taken as they are encoded. Series and instance are new; other elements come as keywords.

    Raises ValueEncodeError for images that do not fit together: of other classes, sizes, formats, patients, frames of
    reference, orientations or transfer syntaxes, of several frames, or without a position; what reading pixels raises.
    """
    conversion = _Conversion(list(images))
    ds = conversion.header(values)
    put_frames(ds, conversion.pixels[0].description, conversion.frames())
    return ds


def write_legacy_converted(
    target: str | os.PathLike[str] | BinaryIO,
    images: Iterable[Dataset],
    *,
    durable: bool = False,
    progress: Callable[[int, int], object] | None = None,
    **values: object,
) -> None:
    """Write images as one file, holding the pixels of one at a time; see `legacy_converted`.

    The images should be read from files, so that their pixels stay there. `progress` is called with the frames done and
    their number. Raises OSError, too.
    """
    conversion = _Conversion(list(images))
    ds = conversion.header(values)
    description, count = conversion.pixels[0].description, len(conversion.pixels)

    def frames() -> Iterator[bytes]:
        for done, frame in enumerate(conversion.frames(), 1):
            yield frame
            if progress is not None:
                progress(done, count)

    tag = int(description.tag)
    with StreamWriter(target, file_meta=ds.file_meta, durable=durable) as writer:
        for element in ds:
            if element.tag < tag:
                writer.write(element)
        if description.is_encapsulated:
            writer.write_fragments(frames(), frame_count=count)
        else:
            vr = "OB" if description.frame.bits_allocated <= 8 else "OW"
            writer.write_value(tag, vr, frames(), count * description.frame.native_length)
        for element in ds:
            if element.tag > tag:
                writer.write(element)


class _Conversion:
    """Images that fit together, in the order of their frames."""

    def __init__(self, images: list[Dataset]) -> None:
        _check(images)
        order, self._indices = _ordered(images)
        self.images = [images[place] for place in order]
        self.pixels = [EncodedFrames(image) for image in self.images]
        first = self.pixels[0]
        for place, pixels in enumerate(self.pixels):
            if len(pixels) != 1:
                raise ValueEncodeError(f"{_name(self.images[place])} has {len(pixels)} frames, not one")
            if pixels.uid != first.uid:
                raise ValueEncodeError("images of different transfer syntaxes: decompress or compress them alike")
        self._kind = LEGACY_CLASSES[text(images[0], "SOPClassUID")]

    def frames(self) -> Iterator[bytes]:
        return (pixels.read(0) for pixels in self.pixels)

    def header(self, values: dict[str, object]) -> Dataset:
        """Return all but the pixels."""
        images, ds = self.images, Dataset()
        ds.file_meta.TransferSyntaxUID = self.pixels[0].uid
        shared, own = _divided(images)
        shared_tags = set(shared)
        for tag in [tag for tag in shared if _is_of_root(images[0], tag)]:
            ds.add(images[0][tag])
            del shared[tag]
        ds.SOPClassUID, ds.SOPInstanceUID, ds.SeriesInstanceUID = self._kind, generate_uid(), generate_uid()
        _put_description(ds, images, self._kind)
        groups = [Dataset() for _ in images]
        common = Dataset()
        self._put_groups(common, groups)
        for item, image, indices, rest in zip(groups, images, self._indices, own, strict=True):
            self._put_frame(item, image, indices, rest)
        unassigned = _item(images[0], [tag for tag in shared if not _is_grouped(images[0], tag)], shared_tags)
        if len(unassigned):
            common.UnassignedSharedConvertedAttributesSequence = [unassigned]
        ds.SharedFunctionalGroupsSequence, ds.PerFrameFunctionalGroupsSequence = [common], groups
        ds.NumberOfFrames = len(images)
        add_dimensions(ds, (*_STACK, *([_TEMPORAL] if len(self._indices[0]) > 2 else [])))
        reference_series(ds, images)
        for keyword, value in values.items():
            setattr(ds, keyword, value)
        return ds

    def _put_groups(self, common: Dataset, groups: Sequence[Dataset]) -> None:
        """Put the functional groups that have attributes of single-frame images, shared where they agree."""
        for sequence, keywords in _GROUPS.items():
            items = [_picked(image, keywords) for image in self.images]
            if sequence == "PixelValueTransformationSequence":
                for item in items:
                    _complete_rescale(item, self._kind)
            if all(item == items[0] for item in items[1:]):
                if len(items[0]):
                    setattr(common, sequence, [items[0]])
                continue
            for group, item in zip(groups, items, strict=True):
                if len(item):
                    setattr(group, sequence, [item])
        kinds = [_frame_type(image, self._kind) for image in self.images]
        if all(kind == kinds[0] for kind in kinds[1:]):
            setattr(common, _FRAME_TYPES[self._kind], [kinds[0]])
        else:
            for group, kind in zip(groups, kinds, strict=True):
                setattr(group, _FRAME_TYPES[self._kind], [kind])

    def _put_frame(self, item: Dataset, image: Dataset, indices: Sequence[int], rest: Sequence[int]) -> None:
        """Put what each frame says for itself."""
        content = Dataset(StackID="1", InStackPositionNumber=indices[1], DimensionIndexValues=list(indices))
        if len(indices) > 2:
            content.TemporalPositionIndex = indices[2]
        acquisition = image.get("AcquisitionNumber")
        if isinstance(acquisition, int) and 0 <= acquisition <= 0xFFFF:
            content.FrameAcquisitionNumber = int(acquisition)
        date, moment = image.get("AcquisitionDate"), image.get("AcquisitionTime")
        if date and moment:
            content.FrameAcquisitionDateTime = f"{date}{moment}"
        item.FrameContentSequence = [content]
        item.ConversionSourceAttributesSequence = [
            Dataset(ReferencedSOPClassUID=image.SOPClassUID, ReferencedSOPInstanceUID=image.SOPInstanceUID)
        ]
        unassigned = _item(image, [tag for tag in rest if not _is_grouped(image, tag)], set(rest))
        item.UnassignedPerFrameConvertedAttributesSequence = [unassigned] if len(unassigned) else []


# -- images that fit together ------------------------------------------------------------------------------------------


def _name(image: Dataset) -> str:
    return f"image {escaped(text(image, 'SOPInstanceUID') or '?', 70)}"


def _check(images: Sequence[Dataset]) -> None:
    """Raise ValueEncodeError for images that cannot be frames of one."""
    if not images:
        raise ValueEncodeError("no images")
    first = images[0]
    if text(first, "SOPClassUID") not in LEGACY_CLASSES:
        raise ValueEncodeError(
            "CT, MR and PET images are converted (PS3.3 A.70 to A.72), not", value=str(first.get("SOPClassUID"))
        )
    if text(first, "PhotometricInterpretation") != "MONOCHROME2":
        raise ValueEncodeError("Legacy Converted images are MONOCHROME2 (PS3.3 A.70.4)")
    direction = numbers(first, "ImageOrientationPatient")
    uids = set()
    for image in images:
        for keyword in (*_OF_ONE, *_FORMAT):
            mine, other = image.get(keyword), first.get(keyword)
            if mine != other:
                raise ValueEncodeError(f"{_name(image)} differs in {keyword}: {escaped(mine)}, not {escaped(other)}")
        if len(numbers(image, "ImagePositionPatient")) != 3:
            raise ValueEncodeError(f"{_name(image)} has no Image Position (Patient)")
        orientation = numbers(image, "ImageOrientationPatient")
        if len(orientation) != 6:
            raise ValueEncodeError(f"{_name(image)} has no Image Orientation (Patient)")
        if any(abs(a - b) > _SAME_ORIENTATION for a, b in zip(orientation, direction, strict=True)):
            both = f"{_words(orientation)}, than {_words(direction)}"
            raise ValueEncodeError(f"{_name(image)} has another Image Orientation (Patient), {both}")
        uid = text(image, "SOPInstanceUID")
        if not uid or uid in uids:
            raise ValueEncodeError(f"{_name(image)} is there twice" if uid else "an image without a SOP Instance UID")
        uids.add(uid)


def _words(values: Sequence[float]) -> str:
    return "\\".join([f"{value:g}" for value in values])


def _ordered(images: Sequence[Dataset]) -> tuple[list[int], list[tuple[int, ...]]]:
    """The order of frames, and for each its dimension indices: stack, position, and time if positions repeat."""
    planes = [
        Plane(
            position=tuple(numbers(image, "ImagePositionPatient")),
            orientation=tuple(numbers(image, "ImageOrientationPatient")),
        )
        for image in images
    ]
    normal = normal_of(planes[0].orientation)
    distances = [round(float(normal @ plane.position), 3) for plane in planes]
    positions = {distance: place for place, distance in enumerate(sorted(set(distances)), 1)}
    by_number = sorted(range(len(images)), key=lambda place: (number(images[place], "InstanceNumber", 0), place))
    seen: dict[float, int] = {}
    found = []
    for place in by_number:
        moment = seen[distances[place]] = seen.get(distances[place], 0) + 1
        found.append((moment, positions[distances[place]], place))
    found.sort()
    is_timed = found[-1][0] > 1
    indices: list[tuple[int, ...]] = [(1, position, moment)[: 3 if is_timed else 2] for moment, position, _ in found]
    return [place for _, _, place in found], indices


# -- attributes and where they go --------------------------------------------------------------------------------------


def _divided(images: Sequence[Dataset]) -> tuple[dict[int, DataElement], list[list[int]]]:
    """The elements that all images have alike, and of each image the tags of those that they do not."""
    first = images[0]
    tags = [_tags_of(image) for image in images]
    common = set(tags[0]).intersection(*tags[1:]) - {_INSTANCE_NUMBER}
    shared: dict[int, DataElement] = {}
    for tag in sorted(common):
        element = first[tag]
        if all(_is_same(image[tag], element) for image in images[1:]):
            shared[tag] = element
    # What a private element means its creator says: it is shared if that is.
    for tag in [tag for tag in shared if Tag(tag).is_private and not Tag(tag).is_private_creator]:
        if _creator_of(tag) not in shared:
            del shared[tag]
    return shared, [[tag for tag in each if tag not in shared] for each in tags]


def _tags_of(image: Dataset) -> list[int]:
    """The tags of an image but for those of pixels, of the instance, and of group lengths (PS3.5 7.2, retired)."""
    return [
        int(tag)
        for tag in image._tags()
        if tag not in _PIXELS and tag not in _SOURCE and tag & 0xFFFF and tag >> 16 != 0x0002
    ]


def _is_same(one: DataElement, other: DataElement) -> bool:
    return one.vr == other.vr and bool(one.value == other.value)


def _creator_of(tag: int) -> int:
    return (tag & 0xFFFF0000) | (tag >> 8 & 0xFF)


def _is_of_root(image: Dataset, tag: int) -> bool:
    keyword = image._context.dictionary.keyword(tag)
    if keyword in _EQUIPMENT and not image.get(keyword):
        return False  # it must have a value there, and keeps none among what is not assigned
    return tag >> 16 in (0x0010, 0x0012) or keyword in ROOT_KEYWORDS


def _is_grouped(image: Dataset, tag: int) -> bool:
    return image._context.dictionary.keyword(tag) in _GROUPED


def _item(image: Dataset, tags: Sequence[int], present: set[int]) -> Dataset:
    """An item of elements of an image; private ones with their creators, wherever else these are."""
    item = Dataset()
    creators = {_creator_of(tag) for tag in tags if Tag(tag).is_private and not Tag(tag).is_private_creator}
    for tag in sorted({*tags, *[tag for tag in creators if tag in image]}):
        is_creator = Tag(tag).is_private_creator
        if not is_creator or tag in creators or tag in present:
            item.add(image[tag])
    return item


def _picked(image: Dataset, keywords: Sequence[str]) -> Dataset:
    item = Dataset()
    for keyword in keywords:
        if keyword in image:
            item[keyword] = image[keyword]
    return item


def _complete_rescale(item: Dataset, kind: str) -> None:
    """Put what the group must have: values of CT are in Hounsfield units unless they say otherwise (C.11.1.1.2)."""
    if "RescaleSlope" not in item or "RescaleIntercept" not in item:
        if len(item) or kind != f"{_IMAGE}.4.4":
            return
        item.RescaleIntercept, item.RescaleSlope = 0, 1
    if not item.get("RescaleType"):
        item.RescaleType = "HU" if kind == f"{_IMAGE}.2.2" else "US"


def _frame_type(image: Dataset, kind: str) -> Dataset:
    """The frame type: the first three values of Image Type, and that nothing was combined (C.8.16.1)."""
    item = Dataset(FrameType=_image_type([image]), PixelPresentation="MONOCHROME")
    item.VolumetricProperties, item.VolumeBasedCalculationTechnique = "VOLUME", "NONE"
    if kind == f"{_IMAGE}.4.4":
        item.ComplexImageComponent, item.AcquisitionContrast = "MAGNITUDE", "UNKNOWN"
    return item


def _image_type(images: Sequence[Dataset]) -> list[str]:
    found = []
    for place, default in enumerate(("ORIGINAL", "PRIMARY", "OTHER")):
        kinds = {_values(image)[place] if len(_values(image)) > place else default for image in images}
        kinds = {kind or default for kind in kinds}
        found.append(kinds.pop() if len(kinds) == 1 else "MIXED")
    found[1] = "PRIMARY"
    return [*found, "NONE"]


def _values(image: Dataset) -> list[str]:
    value = image.get("ImageType")
    return [str(one) for one in value] if isinstance(value, list) else [str(value)] if value else []


def _put_description(ds: Dataset, images: Sequence[Dataset], kind: str) -> None:
    """Put what the image as a whole must say (C.8.13.1, C.8.15.2, C.8.22.1)."""
    first = images[0]
    ds.ImageType = _image_type(images)
    for element in _frame_type(first, kind):
        if element.keyword != "FrameType":
            ds.add(element)
    now = time.localtime()
    ds.ContentDate = first.get("ContentDate") or time.strftime("%Y%m%d", now)
    ds.ContentTime = first.get("ContentTime") or time.strftime("%H%M%S", now)
    ds.InstanceNumber = 1
    if "LossyImageCompression" not in ds:
        is_lossy = any(image.get("LossyImageCompression") == "01" for image in images)
        ds.LossyImageCompression = "01" if is_lossy else "00"
    if ds.ImageType[0] != "DERIVED":
        ds.setdefault("BurnedInAnnotation", "NO")
    ds.setdefault("PresentationLUTShape", "IDENTITY")
    ds.setdefault("PositionReferenceIndicator", None)
    for keyword in _EQUIPMENT:
        ds.setdefault(keyword, "UNKNOWN")
    ds.ContentQualification = "PRODUCT"
    ds.setdefault("AcquisitionContextSequence", [])
