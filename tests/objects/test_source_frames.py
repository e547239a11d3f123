"""Frames of other images, as items refer to them."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.objects import Code, SourceFrame
from dicomkit.objects.source_frames import code_item, source_frames


def test_frames_are_counted_from_zero():
    """Each frame that is referred to, and an image as a whole."""
    first = Dataset(ReferencedSOPClassUID="1.2", ReferencedSOPInstanceUID="1.3", ReferencedFrameNumber=[1, 5])
    second = Dataset(ReferencedSOPClassUID="1.2", ReferencedSOPInstanceUID="1.4")
    found = list(source_frames(Dataset(SourceImageSequence=[first, second])))
    image = SourceFrame(sop_class_uid="1.2", sop_instance_uid="1.3")
    expected = [image.replace(frame=0), image.replace(frame=4), image.replace(sop_instance_uid="1.4")]
    assert expected == found
    assert [] == list(source_frames(Dataset()))


@pytest.mark.parametrize(("value", "keyword"), [("T-1", "CodeValue"), ("1" * 17, "LongCodeValue")])
def test_codes(value: str, keyword: str):
    """A long one has an element of its own (PS3.3 8.1)."""
    item = code_item(Code(value=value, scheme="SCT", meaning="m", version="1"))
    assert (value, "SCT", "1", "m") == (
        item[keyword].value, item.CodingSchemeDesignator, item.CodingSchemeVersion, item.CodeMeaning
    )  # fmt: skip
