"""Frames of other images, as items refer to them."""

from __future__ import annotations

from dicomkit import Dataset
from dicomkit.objects import SourceFrame
from dicomkit.objects.source_frames import source_frames


def test_frames_are_counted_from_zero():
    """Each frame that is referred to, and an image as a whole."""
    first = Dataset(ReferencedSOPClassUID="1.2", ReferencedSOPInstanceUID="1.3", ReferencedFrameNumber=[1, 5])
    second = Dataset(ReferencedSOPClassUID="1.2", ReferencedSOPInstanceUID="1.4")
    found = list(source_frames(Dataset(SourceImageSequence=[first, second])))
    image = SourceFrame(sop_class_uid="1.2", sop_instance_uid="1.3")
    expected = [image.replace(frame=0), image.replace(frame=4), image.replace(sop_instance_uid="1.4")]
    assert expected == found
    assert [] == list(source_frames(Dataset()))
