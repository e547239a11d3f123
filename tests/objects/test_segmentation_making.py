"""Segmentations made of arrays: what a validator says of them, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import dicomkit
from dicomkit.errors import ValueEncodeError
from dicomkit.objects import Segment, Segmentation, segmentation
from tests.corpora import real_file
from tests.objects.slices import BONE, SEGMENTS, TISSUE, errors_of, labels, series, slide, written

KINDS = pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])


@KINDS
def test_a_validator_has_nothing_to_say(kind: str, tmp_path: Path, require_package: Callable[[str], ModuleType]):
    """Another implementation's validator finds no error, and neither do we."""
    ds = segmentation(series(), labels(), SEGMENTS, kind=kind, StudyID="1")  # type: ignore[arg-type]
    assert [] == errors_of(ds, tmp_path, require_package)
    assert () == written(ds).check()


@KINDS
def test_a_validator_has_nothing_to_say_of_one_over_an_enhanced_image(
    kind: str, tmp_path: Path, require_package: Callable[[str], ModuleType]
):
    """Frames refer to the frames that they were made of."""
    source = dicomkit.dcmread(real_file("eCT_Supplemental.dcm"))
    ds = segmentation(source, labels(2, source.Rows, source.Columns), SEGMENTS, kind=kind)  # type: ignore[arg-type]
    assert [] == errors_of(ds, tmp_path, require_package)
    seg = Segmentation(written(ds))
    assert {0, 1} == {seg.frame(number).sources[0].frame for number in range(len(seg))}
    np.testing.assert_array_equal(labels(2, source.Rows, source.Columns)[::-1], seg.labels())  # from below upwards
    for number in range(len(seg)):
        (made_of,) = seg.frame(number).sources
        assert number in seg.frames_of_source(source.SOPInstanceUID, made_of.frame)
        assert number not in list(seg.frames_of_source(source.SOPInstanceUID, 1 - (made_of.frame or 0)))


def test_what_a_segmentation_takes_of_its_images():
    """Patient, study, frame of reference, and how the pixels lie; what is said besides goes before."""
    source = series()
    ds = segmentation(source, labels(), SEGMENTS, ContentLabel="BONES", SeriesNumber=40)
    for keyword in ("PatientID", "StudyInstanceUID", "FrameOfReferenceUID", "Rows", "Columns"):
        assert source[0][keyword].value == ds[keyword].value
    assert source[0].SeriesInstanceUID != ds.SeriesInstanceUID
    assert ("BONES", 40, "SEG", "NO", "00") == (
        ds.ContentLabel, ds.SeriesNumber, ds.Modality, ds.SegmentsOverlap, ds.LossyImageCompression
    )  # fmt: skip
    shared = ds.SharedFunctionalGroupsSequence[0]
    assert source[0].PixelSpacing == shared.PixelMeasuresSequence[0].PixelSpacing
    series_of = ds.ReferencedSeriesSequence[0]
    assert source[0].SeriesInstanceUID == series_of.SeriesInstanceUID
    assert 3 == len(series_of.ReferencedInstanceSequence)


def test_what_lost_something_stays_lossy():
    """A mask of images that were compressed with loss says so (C.8.20.2.2)."""
    source = series(1)
    source[0].LossyImageCompression, source[0].LossyImageCompressionRatio = "01", 12.5
    ds = segmentation(source, labels(1), SEGMENTS)
    assert ("01", 12.5) == (ds.LossyImageCompression, ds.LossyImageCompressionRatio)


@KINDS
@pytest.mark.parametrize("omit_empty", [True, False])
def test_empty_frames(kind: str, omit_empty: bool):
    """They are left out, but one there must be; or they are all there."""
    ds = segmentation(series(), labels() * 0, SEGMENTS, kind=kind, omit_empty=omit_empty)  # type: ignore[arg-type]
    whole = 3 if kind == "LABELMAP" else 6
    assert (1 if omit_empty else whole) == ds.NumberOfFrames
    assert 0 == Segmentation(written(ds)).labels().sum()


def test_a_single_image_needs_no_dimension_of_frames():
    """Labels, a mask, masks of two segments, each of one frame."""
    source, one = series(1), SEGMENTS[:1]
    label = labels()[1]
    for masks, described in ((label, SEGMENTS), (label == 1, one), (np.stack([label == 1, label == 2]), SEGMENTS)):
        seg = Segmentation(written(segmentation(source[0], masks, described)))
        np.testing.assert_array_equal(label == 1, seg.mask(1, 0))


def test_images_without_a_position(corpus: object):
    """Frames are told apart by what they were made of; there is no frame of reference to be in."""
    source = dicomkit.dcmread(real_file("examples_ybr_color.dcm"))
    array = np.zeros((source.NumberOfFrames, source.Rows, source.Columns), np.uint8)
    array[0, 1, 2] = array[5, 3, 4] = array[29, 5, 6] = 1
    ds = segmentation(source, array, SEGMENTS[:1])
    assert "FrameOfReferenceUID" not in ds
    seg = Segmentation(written(ds))
    assert [0, 5, 29] == [seg.frame(number).sources[0].frame for number in range(3)]
    np.testing.assert_array_equal(array[[0, 5, 29]], seg.labels())


@KINDS
def test_a_slide(kind: str):
    """Tiles of the mask are those of the slide, and refer to them; tiles of nothing are left out."""
    source, matrix = slide(), np.zeros((50, 70), np.uint8)
    matrix[3:40, 5:20], matrix[45:, 60:] = 1, 2
    ds = written(segmentation(source, matrix, SEGMENTS, kind=kind))  # type: ignore[arg-type]
    assert ("TILED_SPARSE", 4) == (ds.DimensionOrganizationType, ds.NumberOfFrames)
    seg = Segmentation(ds)
    assert (True, 50, 70) == (seg.is_tiled, seg.rows, seg.columns)
    np.testing.assert_array_equal(matrix, seg.labels(0))
    np.testing.assert_array_equal(matrix[30:50, 10:70] == 2, seg.mask(2, 0, region=(30, 10, 20, 60)))
    last = seg.frame(3)
    assert (32, 64, 5) == (last.top, last.left, last.sources[0].frame)
    place = ds.PerFrameFunctionalGroupsSequence[3].PlanePositionSlideSequence[0]
    # Columns go down the slide, along -y, rows along -x (C.8.12.2.1.2): 64 of 0.25 mm, 32 of 0.5 mm.
    assert (20 - 16, 40 - 16) == (place.XOffsetInSlideCoordinateSystem, place.YOffsetInSlideCoordinateSystem)


@settings(max_examples=25, deadline=None)
@given(
    masks=arrays.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9)),
    elements=st.integers(0, 2)),
    kind=st.sampled_from(["BINARY", "FRACTIONAL", "LABELMAP"]),
)  # fmt: skip
def test_any_labels_come_back(masks: np.ndarray, kind: str):
    """Of any number of frames, and of rows and columns that are no whole bytes."""
    source = series(len(masks))
    for ds in source:
        ds.Rows, ds.Columns = masks.shape[1:]
    made = segmentation(source, masks, SEGMENTS, kind=kind, omit_empty=False)  # type: ignore[arg-type]
    np.testing.assert_array_equal(masks, Segmentation(written(made)).labels())


def test_numbers_beyond_a_byte():
    """A label map has any numbers, in 16 bits where one needs them."""
    segments = [Segment(number=number, label="x", category=TISSUE, type=BONE) for number in (7, 300)]
    array = np.zeros((3, 128, 128), np.uint16)
    array[0, 0, 0], array[1, 1, 1] = 7, 300
    ds = written(segmentation(series(), array, segments, kind="LABELMAP"))
    assert (16, [0, 7, 300]) == (ds.BitsAllocated, [item.SegmentNumber for item in ds.SegmentSequence])
    np.testing.assert_array_equal(array[:2], Segmentation(ds).labels())


def test_all_that_a_segment_says():
    """Description, region and tracking are written and read."""
    tracked = SEGMENTS[0].replace(
        description="of the rib", anatomic_region=BONE, tracking_id="lesion 1", tracking_uid="1.2.3.4"
    )
    seg = Segmentation(written(segmentation(series(), labels(), [tracked, SEGMENTS[1]])))
    assert (tracked.replace(number=1, algorithm_type="MANUAL"), 2) == (seg.segment(1), seg.segment(2).number)


def test_masks_of_zero_and_one():
    """Integers in place of booleans."""
    masks = np.stack([labels() == 1, labels() == 2]).astype(np.int32)
    np.testing.assert_array_equal(labels(), Segmentation(written(segmentation(series(), masks, SEGMENTS))).labels())
    np.testing.assert_array_equal(
        labels(), Segmentation(written(segmentation(series(), masks, SEGMENTS, kind="LABELMAP"))).labels()
    )


WRONG = {
    "masks of (2, 128, 128), where": {"masks": labels(2)},
    "the label 3 is the number of no segment": {"masks": labels() + (labels() == 2)},
    "fractions make a FRACTIONAL": {"masks": np.zeros((2, 3, 128, 128))},
    "fractions are from 0 to 1": {"masks": np.full((2, 3, 128, 128), 1.5), "kind": "FRACTIONAL"},
    "booleans, or 0 and 1": {"masks": np.full((2, 3, 128, 128), 2)},
    "not complex128": {"masks": np.zeros((3, 128, 128), complex)},
    "overlaps another in frame 0": {"masks": np.ones((2, 3, 128, 128), bool), "kind": "LABELMAP"},
    "there are 1 to 65535": {"segments": []},
    "needs a label": {"segments": [Segment(category=TISSUE, type=BONE), SEGMENTS[1]]},
    "needs the name of its algorithm": {"segments": [SEGMENTS[0].replace(algorithm_type="AUTOMATIC"), SEGMENTS[1]]},
    "numbered 1, 2": {"segments": [SEGMENTS[0].replace(number=2), SEGMENTS[1].replace(number=1)]},
    "two segments of one number": {"segments": [SEGMENTS[0].replace(number=2), SEGMENTS[1]], "kind": "LABELMAP"},
    "a segmentation is BINARY": {"kind": "OTHER"},
    "with a maximum of 1 to 255": {"kind": "FRACTIONAL", "maximum_fractional_value": 256},
    "no source image": {"source": []},
}


@pytest.mark.parametrize("message", WRONG)
def test_what_is_refused(message: str):
    """With the reason."""
    values: dict[str, object] = {"source": series(), "masks": labels(), "segments": SEGMENTS, **WRONG[message]}
    with pytest.raises(ValueEncodeError) as caught:
        segmentation(**values)  # type: ignore[arg-type]
    assert message in str(caught.value)
