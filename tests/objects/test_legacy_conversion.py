"""Series of single-frame images become one Legacy Converted image, and come back with all that they had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pydicom
import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.core.issue import IssueCode
from dicomkit.errors import DicomError, ValueEncodeError
from dicomkit.objects import legacy_converted, single_frames, write_legacy_converted
from dicomkit.objects.legacy_conversion import LEGACY_CLASSES
from dicomkit.pixels import FrameView, iter_frames
from tests.corpora import real_file, real_files
from tests.objects.slices import errors_of, series, written

# What conversion says besides: rescaling that changes nothing, and what ORIGINAL grey images are.
ADDED = {
    "RescaleIntercept", "RescaleSlope", "RescaleType", "LossyImageCompression", "BurnedInAnnotation",
    "PresentationLUTShape",
}  # fmt: skip


@cache
def real_series() -> dict[tuple[object, ...], tuple[Path, ...]]:
    """Give the real files that belong together: of one series, orientation, size and transfer syntax."""
    found: dict[tuple[object, ...], dict[str, Path]] = defaultdict(dict)
    for _, path in real_files():
        try:
            ds = dicomkit.dcmread(path)
            key = (ds.get("SeriesInstanceUID"), str(ds.get("ImageOrientationPatient")), ds.get("Rows"))
            if (
                ds.get("SOPClassUID") in LEGACY_CLASSES
                and "ImagePositionPatient" in ds
                and ds.SeriesInstanceUID.is_valid
            ):
                found[(*key, ds.transfer_syntax.uid)][ds.SOPInstanceUID] = path
        except DicomError:
            continue
    return {key: tuple(paths.values()) for key, paths in found.items()}


# The pixels of one are cut off, and one is MONOCHROME1.
BROKEN = {"MR_truncated.dcm", "RG"}


@pytest.mark.parametrize("key", real_series(), ids=lambda key: str(key[0])[-12:])
def test_real_series_come_back(key: tuple[object, ...]):
    """Every element of every image is there again, and the pixels are as they were encoded."""
    images = {ds.SOPInstanceUID: ds for ds in map(dicomkit.dcmread, real_series()[key])}
    first = next(iter(images.values()))
    if first.PhotometricInterpretation != "MONOCHROME2" or any(
        issue.code in (IssueCode.TRUNCATED, IssueCode.PIXEL_LENGTH_WRONG)
        for ds in images.values()
        for issue in ds.issues
    ):
        with pytest.raises(DicomError):
            legacy_converted(images.values())
        return
    converted = written(legacy_converted(images.values()))
    assert (len(images), LEGACY_CLASSES[first.SOPClassUID]) == (converted.NumberOfFrames, converted.SOPClassUID)
    singles = list(single_frames(converted, keep_uids=True))
    assert set(images) == {ds.SOPInstanceUID for ds in singles}
    for single in map(written, singles):
        original = images[single.SOPInstanceUID]
        different = [
            change
            for change in original.diff(single)
            if change.path[0] >> 16 not in (0x0002, 0x7FE0) and change.path[0] & 0xFFFF
        ]
        unexpected = [change for change in different if single[int(change.path[0])].keyword not in ADDED]
        assert [] == unexpected
        np.testing.assert_array_equal(original.pixel_array, single.pixel_array)


def test_a_series_as_pydicom_reads_it(tmp_path: Path):
    """Frames along the normal, each with its position, rescaling and window; the pixels of each."""
    images = series(4)
    for number, ds in enumerate(images):
        ds.RescaleIntercept, ds.WindowCenter, ds.WindowWidth = -1000 - number, [40 + number, 50], [400, 300]
        array = ds.pixel_array + number
        ds.set_pixel_data(array, keep_uid=True)
    shuffled = [images[number] for number in (2, 0, 3, 1)]
    legacy_converted(shuffled).save_as(tmp_path / "legacy.dcm")
    theirs = pydicom.dcmread(tmp_path / "legacy.dcm")
    np.testing.assert_array_equal([ds.pixel_array for ds in images], theirs.pixel_array)
    for number, item in enumerate(theirs.PerFrameFunctionalGroupsSequence):
        position = [float(value) for value in item.PlanePositionSequence[0].ImagePositionPatient]
        np.testing.assert_allclose(images[number].ImagePositionPatient, position)
        assert -1000 - number == item.PixelValueTransformationSequence[0].RescaleIntercept
        assert [40 + number, 50] == item.FrameVOILUTSequence[0].WindowCenter
        content = item.FrameContentSequence[0]
        assert ("1", number + 1, [1, number + 1]) == (
            content.StackID, content.InStackPositionNumber, content.DimensionIndexValues
        )  # fmt: skip
    shared = theirs.SharedFunctionalGroupsSequence[0]
    assert images[0].PixelSpacing == shared.PixelMeasuresSequence[0].PixelSpacing
    assert "HU" == theirs.PerFrameFunctionalGroupsSequence[0].PixelValueTransformationSequence[0].RescaleType
    view = FrameView(dicomkit.dcmread(tmp_path / "legacy.dcm"), 2)
    assert (images[2].ImagePositionPatient, -1002) == (view.ImagePositionPatient, view.RescaleIntercept)


@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small.dcm"])
def test_a_validator_has_nothing_to_say(name: str, tmp_path: Path, require_package: Callable[[str], ModuleType]):
    """Another implementation's validator finds no error that is not the images'."""
    images = series(3, name)
    for ds in images:
        ds.PatientOrientation, ds.Laterality = None, None
    assert [] == errors_of(legacy_converted(images), tmp_path, require_package)


def test_positron_emission_images(tmp_path: Path, require_package: Callable[[str], ModuleType]):
    """Each frame has its own slope; it comes back, with all that only PET images have."""
    images = series(3, "MR_small.dcm")
    for number, ds in enumerate(images):
        for element in list(ds):
            if element.tag >> 16 == 0x0018:
                del ds[element.tag]
        ds.SOPClassUID, ds.Modality = "1.2.840.10008.5.1.4.1.1.128", "PT"
        ds.SliceThickness, ds.RescaleSlope, ds.RescaleIntercept = 5, 1.5 + number, 0
        ds.Units, ds.SeriesType, ds.FrameReferenceTime, ds.DecayFactor = (
            "BQML",
            ["WHOLE BODY", "IMAGE"],
            10 * number,
            1.01,
        )
        ds.Laterality = ds.PatientOrientation = None
    converted = legacy_converted(images)
    assert "Legacy Converted Enhanced PET Image Storage" == converted.SOPClassUID.name
    assert [] == errors_of(converted, tmp_path, require_package)
    assert [1.5, 2.5, 3.5] == [FrameView(written(converted), number).RescaleSlope for number in range(3)]
    for original, single in zip(images, single_frames(converted, keep_uids=True), strict=True):
        for element in original:
            assert element.keyword == "PixelData" or element.value == single[element.tag].value, element


def test_positions_that_repeat_are_times():
    """Of two images of each place, the first by Instance Number come first; time is a dimension."""
    images = series(2) + series(2)
    for number, ds in enumerate(images):
        ds.SOPInstanceUID, ds.InstanceNumber = f"1.2.{number + 1}", number + 1
    converted = legacy_converted(images[::-1])
    values = [item.FrameContentSequence[0].DimensionIndexValues for item in converted.PerFrameFunctionalGroupsSequence]
    assert [[1, 1, 1], [1, 2, 1], [1, 1, 2], [1, 2, 2]] == values
    assert "Temporal Position Index" == converted.DimensionIndexSequence[2].DimensionDescriptionLabel
    assert ["1.2.1", "1.2.2", "1.2.3", "1.2.4"] == [
        ds.SOPInstanceUID for ds in single_frames(converted, keep_uids=True)
    ]


def test_private_elements_keep_their_creator():
    """An element of one creator in one image, and of another in the next, is each image's own."""
    images = series(2)
    for ds in images:
        for tag in [element.tag for element in ds if element.tag.is_private]:
            del ds[tag]
    for ds, creator in zip(images, ("ACME 1", "OTHER"), strict=True):
        ds.add_new(0x00090010, "LO", creator)
        ds.add_new(0x00091001, "LO", "same")
        ds.add_new(0x00110010, "LO", "ACME 2")
        ds.add_new(0x00111001, "LO", ds.SOPInstanceUID)
    converted = written(legacy_converted(images))
    item = converted.PerFrameFunctionalGroupsSequence[1].UnassignedPerFrameConvertedAttributesSequence[0]
    assert ("OTHER", "same", "ACME 2") == (item[0x00090010].value, item[0x00091001].value, item[0x00110010].value)
    for original, single in zip(images, single_frames(converted), strict=True):
        for tag in (0x00090010, 0x00091001, 0x00110010, 0x00111001):
            assert original[tag].value == single[tag].value


@pytest.mark.parametrize("syntax", [None, "RLELossless", "JPEGLSLossless"])
def test_written_frame_by_frame(syntax: str | None, tmp_path: Path):
    """The file has what the data set in memory has; compressed frames go in as they are."""
    paths = []
    for number, ds in enumerate(series(3)):
        if syntax:
            ds.compress(syntax)
        paths.append(tmp_path / f"{number}.dcm")
        ds.save_as(paths[-1])
    images = [dicomkit.dcmread(path) for path in paths]
    told: list[tuple[int, int]] = []
    write_legacy_converted(
        tmp_path / "legacy.dcm", images, progress=lambda *done: told.append(done), ContentLabel="X"
    )  # fmt: skip
    assert [(1, 3), (2, 3), (3, 3)] == told
    ours = dicomkit.dcmread(tmp_path / "legacy.dcm")
    assert ((), 3, images[0].transfer_syntax) == (ours.check(), ours.NumberOfFrames, ours.transfer_syntax)
    expected = [ds.pixel_array for ds in images]
    np.testing.assert_array_equal(expected, list(iter_frames(ours)))
    np.testing.assert_array_equal(expected, list(iter_frames(written(legacy_converted(images)))))
    assert "X" == ours.ContentLabel


def test_one_image_alone():
    """Its Instance Number is its frame's, so that each frame has something of its own, as it must (A.70)."""
    converted = legacy_converted(series(1))
    (item,) = converted.PerFrameFunctionalGroupsSequence
    assert 1 == item.UnassignedPerFrameConvertedAttributesSequence[0].InstanceNumber


def test_big_endian_images():
    """Their pixels become little endian."""
    ds = dicomkit.dcmread(real_file("MR_small_bigendian.dcm"))
    np.testing.assert_array_equal(ds.pixel_array, written(legacy_converted([ds])).pixel_array)


WRONG = {
    "differs in Rows: 64, not 128": {"Rows": 64},
    "differs in FrameOfReferenceUID": {"FrameOfReferenceUID": "1.2.3"},
    "differs in PatientID": {"PatientID": "other"},
    "differs in BitsStored": {"BitsStored": 12},
    "differs in SOPClassUID": {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.4"},
    r"has another Image Orientation (Patient), 0\1\0\0\0\-1, than 1\0\0\0\1\0": {
        "ImageOrientationPatient": [0, 1, 0, 0, 0, -1]
    },
    "image 1.2.3.4.2 has no Image Position (Patient)": {"ImagePositionPatient": None},
    "has no Image Orientation (Patient)": {"ImageOrientationPatient": None},
    "is there twice": {"SOPInstanceUID": "1.2.3.4.1"},
    "without a SOP Instance UID": {"SOPInstanceUID": None},
    "has 2 frames, not one": {"NumberOfFrames": 2},
}


@pytest.mark.parametrize("message", WRONG)
def test_images_that_do_not_fit_together(message: str):
    """The error names the image and what differs."""
    images = series(3)
    for keyword, value in WRONG[message].items():
        setattr(images[1], keyword, value)
    with pytest.raises(ValueEncodeError) as caught:
        legacy_converted(images)
    assert message in str(caught.value)


def test_other_images_are_refused(corpus: object):
    """None, those of another modality, and those that are compressed in another way."""
    with pytest.raises(ValueEncodeError, match="no images"):
        legacy_converted([])
    with pytest.raises(ValueEncodeError, match="CT, MR and PET"):
        legacy_converted([dicomkit.dcmread(real_file("color-pl.dcm"))])
    images = series(2)
    images[1].compress("RLELossless")
    with pytest.raises(ValueEncodeError, match="different transfer syntaxes"):
        legacy_converted(images)
    images = series(1)
    images[0].PhotometricInterpretation = "MONOCHROME1"
    with pytest.raises(ValueEncodeError, match="MONOCHROME2"):
        legacy_converted(images)


def test_a_broken_image_leaves_the_file_as_it_was(tmp_path: Path):
    """What fails half way replaces nothing."""
    target = tmp_path / "legacy.dcm"
    target.write_bytes(b"before")
    images: list[Dataset] = series(3)
    images[2].PixelData = b"12"
    with pytest.raises(DicomError):
        write_legacy_converted(target, images)
    assert b"before" == target.read_bytes()
