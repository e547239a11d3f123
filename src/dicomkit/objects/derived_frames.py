"""Frames made of frames of other images: their geometry, what they refer to, their dimensions (PS3.3 C.7.6.16, 17)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.core.tag import Tag
from dicomkit.core.uid import IMPLEMENTATION_VERSION_NAME
from dicomkit.core.uid_generation import generate_uid
from dicomkit.dataset import Dataset
from dicomkit.errors import PixelError, ValueEncodeError
from dicomkit.objects.content_encoding import code_item
from dicomkit.objects.content_items import Code
from dicomkit.objects.new_instance import new_instance
from dicomkit.pixels.attributes import number, numbers, text
from dicomkit.pixels.frame_view import FrameView

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["GridFrame", "add_dimensions", "derived_instance", "frames_of", "reference_series", "source_reference"]

_PURPOSE = Code(value="121322", scheme="DCM", meaning="Source image for image processing operation")
# Type 2 of the modules General Image and General Equipment.
_EMPTY = ("PositionReferenceIndicator", "ContentCreatorName", "ContentDescription")
# How far values of one grid may be from each other, in millimetres and as cosines.
_SAME = 1e-4


class GridFrame:
    """One frame of a source: its data set, its number from 0 or None of a single-frame image, and where it lies."""

    __slots__ = ("dataset", "number", "orientation", "position", "view")

    def __init__(self, dataset: Dataset, number: int | None) -> None:
        self.dataset = dataset
        self.number = number
        self.view = FrameView(dataset, number or 0)
        self.position = _numbers(self.view, "ImagePositionPatient", 3)
        self.orientation = _numbers(self.view, "ImageOrientationPatient", 6)


def _numbers(view: FrameView, keyword: str, count: int) -> tuple[float, ...]:
    values = tuple(numbers(view, keyword))
    if values and len(values) != count:
        raise PixelError(f"{keyword} has {len(values)} values, not {count}")
    return values


def frames_of(source: Dataset | Sequence[Dataset]) -> list[GridFrame]:
    """Return the frames of images of one grid: of one multi-frame image, or of single-frame images in their order.

    Raises ValueEncodeError for none, for images of different sizes, frames of reference or orientations, and where one
    has a position and another has none.
    """
    images = [source] if isinstance(source, Dataset) else list(source)
    frames: list[GridFrame] = []
    for image in images:
        count = int(number(image, "NumberOfFrames", 1)) if "NumberOfFrames" in image else 0
        frames += [GridFrame(image, each) for each in range(count)] if count else [GridFrame(image, None)]
    if not frames:
        raise ValueEncodeError("no source image")
    first = frames[0]
    for frame in frames[1:]:
        for keyword in ("Rows", "Columns", "FrameOfReferenceUID", "StudyInstanceUID"):
            mine, other = frame.dataset.get(keyword), first.dataset.get(keyword)
            if mine != other:
                raise ValueEncodeError(f"source images differ in {keyword}: {other} and {mine}")
        if len(frame.orientation) != len(first.orientation) or any(
            abs(a - b) > _SAME for a, b in zip(frame.orientation, first.orientation, strict=True)
        ):
            raise ValueEncodeError("source frames have different Image Orientation (Patient)")
        if len(frame.position) != len(first.position):
            raise ValueEncodeError("some source frames have an Image Position (Patient), others have none")
    return frames


def derived_instance(frames: Sequence[GridFrame], modality: str) -> Dataset:
    """Return a new instance of the patient, study and frame of reference of its source frames."""
    like = frames[0].dataset
    ds = new_instance(like, _EMPTY)
    frame_of_reference = like.get("FrameOfReferenceUID")
    if frame_of_reference:
        ds.FrameOfReferenceUID = frame_of_reference
        ds.PositionReferenceIndicator = like.get("PositionReferenceIndicator")
    elif frames[0].position:
        ds.FrameOfReferenceUID = generate_uid()
    else:
        del ds.PositionReferenceIndicator
    ds.Modality = modality
    ds.SeriesNumber, ds.InstanceNumber = 1, 1
    ds.ImageType = ["DERIVED", "PRIMARY"]
    ds.Manufacturer = ds.ManufacturerModelName = "dicomkit"
    ds.DeviceSerialNumber = ds.SoftwareVersions = IMPLEMENTATION_VERSION_NAME
    ds.ContentLabel = modality
    ds.BurnedInAnnotation = "NO"
    ds.PresentationLUTShape = "IDENTITY"
    copy_lossy(ds, frames)
    reference_series(ds, [frame.dataset for frame in frames])
    return ds


def copy_lossy(ds: Dataset, frames: Sequence[GridFrame]) -> None:
    """Say that what was made of images that lost something has lost it, too (PS3.3 C.7.6.1.1.5)."""
    ds.LossyImageCompression = "00"
    for frame in frames:
        if frame.dataset.get("LossyImageCompression") == "01":
            for keyword in ("LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod"):
                if keyword in frame.dataset:
                    ds[keyword] = frame.dataset[keyword]
            return


def reference_series(ds: Dataset, images: Iterable[Dataset]) -> None:
    """Put the Common Instance Reference: the images by their series (PS3.3 C.12.2)."""
    series: dict[str, dict[str, Dataset]] = {}
    for image in images:
        uid = text(image, "SOPInstanceUID")
        if not uid:
            raise ValueEncodeError("a source image without a SOP Instance UID")
        reference = Dataset(ReferencedSOPClassUID=text(image, "SOPClassUID"), ReferencedSOPInstanceUID=uid)
        series.setdefault(text(image, "SeriesInstanceUID"), {})[uid] = reference
    ds.ReferencedSeriesSequence = [
        Dataset(SeriesInstanceUID=uid, ReferencedInstanceSequence=list(references.values()))
        for uid, references in series.items()
    ]


def source_reference(dataset: Dataset, number: int | None) -> Dataset:
    """Return the item of a Source Image Sequence for a frame, from 0, or an image (PS3.3 C.7.6.16.2.6)."""
    item = Dataset(
        ReferencedSOPClassUID=text(dataset, "SOPClassUID"), ReferencedSOPInstanceUID=text(dataset, "SOPInstanceUID")
    )
    if number is not None:
        item.ReferencedFrameNumber = number + 1
    item.PurposeOfReferenceCodeSequence = [code_item(_PURPOSE)]
    item.SpatialLocationsPreserved = "YES"
    return item


def add_dimensions(ds: Dataset, dimensions: Sequence[tuple[int, int, str]]) -> None:
    """Put the dimensions: tag of the attribute, tag of its functional group, and a label (PS3.3 C.7.6.17)."""
    organization = generate_uid()
    ds.DimensionOrganizationSequence = [Dataset(DimensionOrganizationUID=organization)]
    ds.DimensionIndexSequence = [
        Dataset(
            DimensionOrganizationUID=organization,
            DimensionIndexPointer=Tag(pointer),
            FunctionalGroupPointer=Tag(group),
            DimensionDescriptionLabel=label,
        )
        for pointer, group, label in dimensions
    ]
