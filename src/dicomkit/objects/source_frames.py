"""Frames of other images, which something was made of, as items refer to them (PS3.3 10.3, C.7.6.16.2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.core.frozen import Options
from dicomkit.objects.structured_report import integers_of
from dicomkit.pixels.attributes import items, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomkit.pixels.attributes import Attributes

__all__ = ["SourceFrame", "source_frames"]


class SourceFrame(Options):
    """A frame of another image that something was made of (PS3.3 10.3): of one with a single frame `frame` is None.

    `frame` counts from 0, as frames do in `dicomkit.pixels`; Referenced Frame Number counts from 1.
    """

    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    frame: int | None = None


def source_frames(holder: Attributes) -> Iterator[SourceFrame]:
    """Iterate over the frames that the Source Image Sequence of an item refers to."""
    for item in items(holder, "SourceImageSequence"):
        image = SourceFrame(
            sop_class_uid=text(item, "ReferencedSOPClassUID"),
            sop_instance_uid=text(item, "ReferencedSOPInstanceUID"),
        )
        frames = integers_of(item, "ReferencedFrameNumber")
        if not frames:
            yield image
        for frame in frames:
            yield image.replace(frame=frame - 1)
