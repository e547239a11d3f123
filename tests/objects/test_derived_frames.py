"""The frames that something is made of: one grid, or an error that says what differs."""

from __future__ import annotations

import pytest

import dicomkit
from dicomkit.errors import PixelError, ValueEncodeError
from dicomkit.objects.derived_frames import (
    add_dimensions,
    derived_instance,
    frames_of,
    reference_series,
    source_reference,
)
from tests.corpora import real_file
from tests.objects.slices import series


def test_frames_of_single_and_of_multi_frame_images(corpus: object):
    """Single-frame images have no frame numbers; those of a multi-frame image are counted from 0."""
    assert [None, None] == [frame.number for frame in frames_of(series(2))]
    frames = frames_of(dicomkit.dcmread(real_file("eCT_Supplemental.dcm")))
    assert [0, 1] == [frame.number for frame in frames]
    assert (3, 6) == (len(frames[1].position), len(frames[1].orientation))


@pytest.mark.parametrize(
    ("keyword", "value", "message"),
    [
        ("Rows", 64, "source images differ in Rows: 128 and 64"),
        ("FrameOfReferenceUID", "1.2", "differ in FrameOfReferenceUID"),
        ("ImageOrientationPatient", [0, 1, 0, 0, 0, -1], "different Image Orientation"),
        ("ImagePositionPatient", None, "others have none"),
    ],
)
def test_images_of_different_grids(keyword: str, value: object, message: str):
    """Nothing is made of images that do not fit together."""
    source = series(3)
    setattr(source[1], keyword, value)
    with pytest.raises(ValueEncodeError, match=message):
        frames_of(source)


def test_a_position_of_two_numbers():
    """It is no position."""
    source = series(1)
    source[0].ImagePositionPatient = [1, 2]
    with pytest.raises(PixelError, match="ImagePositionPatient has 2 values, not 3"):
        frames_of(source)


def test_references():
    """Images by their series, each once; frames counted from 1."""
    source = series(2)
    ds = dicomkit.Dataset()
    reference_series(ds, [*source, *source])
    assert [2] == [len(item.ReferencedInstanceSequence) for item in ds.ReferencedSeriesSequence]
    assert 5 == source_reference(source[0], 4).ReferencedFrameNumber
    assert "ReferencedFrameNumber" not in source_reference(source[0], None)
    del source[0].SOPInstanceUID
    with pytest.raises(ValueEncodeError, match="without a SOP Instance UID"):
        reference_series(ds, source)


def test_an_instance_made_of_frames():
    """Of their patient, study and frame of reference, in a series of its own; what they lost it has lost."""
    source = series(2)
    source[1].LossyImageCompression, source[1].LossyImageCompressionMethod = "01", "ISO_10918_1"
    ds = derived_instance(frames_of(source), "SEG")
    assert ("SEG", "1CT1", source[0].FrameOfReferenceUID) == (ds.Modality, ds.PatientID, ds.FrameOfReferenceUID)
    assert ("01", "ISO_10918_1") == (ds.LossyImageCompression, ds.LossyImageCompressionMethod)
    assert source[0].SeriesInstanceUID != ds.SeriesInstanceUID
    for each in source:
        del each.FrameOfReferenceUID
    assert derived_instance(frames_of(source), "SEG").FrameOfReferenceUID.is_valid
    for each in source:
        del each.ImagePositionPatient
    assert "FrameOfReferenceUID" not in derived_instance(frames_of(source), "SEG")


def test_dimensions():
    """Each points to an attribute and to the group that it is in."""
    ds = dicomkit.Dataset()
    add_dimensions(ds, [(0x00200032, 0x00209113, "Position")])
    (dimension,) = ds.DimensionIndexSequence
    assert (0x00200032, 0x00209113, "Position") == (
        dimension.DimensionIndexPointer, dimension.FunctionalGroupPointer, dimension.DimensionDescriptionLabel
    )  # fmt: skip
    assert ds.DimensionOrganizationSequence[0].DimensionOrganizationUID == dimension.DimensionOrganizationUID
