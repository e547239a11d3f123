"""A frame has the attributes of its functional groups, of the shared ones, and of the data set, in this order."""

from __future__ import annotations

import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.errors import MissingElementError, UnknownKeywordError
from dicomkit.pixels import FrameView
from tests.corpora import real_file


def enhanced() -> Dataset:
    """Make an image of two frames whose windows differ and whose spacing is shared."""
    frames = [
        Dataset(FrameVOILUTSequence=[Dataset(WindowCenter=center, WindowWidth=100)], FrameContentSequence=[Dataset()])
        for center in (10, 20)
    ]
    shared = Dataset(PixelMeasuresSequence=[Dataset(PixelSpacing=[1, 2])])
    return Dataset(
        PatientID="7",
        WindowCenter=99,
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=frames,
    )


def test_the_nearest_attribute_counts():
    """What the frame says comes first, then what all frames share, then the data set."""
    ds = enhanced()
    views = [FrameView(ds, number) for number in (0, 1, 2)]
    assert [10, 20, 99] == [view.WindowCenter for view in views]
    assert [1, 2] == views[1]["PixelSpacing"]
    assert "7" == views[0].PatientID
    assert 1 == len(views[0]["PixelMeasuresSequence"])


def test_absent_and_unknown_attributes():
    """An absent attribute is a MissingElementError, an unknown keyword an UnknownKeywordError."""
    view = FrameView(enhanced(), 0)
    assert "RescaleSlope" not in view
    assert view.get("RescaleSlope") is None
    with pytest.raises(MissingElementError, match="frame 0"):
        view.RescaleSlope  # noqa: B018
    with pytest.raises(UnknownKeywordError):
        view.RescaleSlop  # noqa: B018
    with pytest.raises(UnknownKeywordError):
        view.get("RescaleSlop")


def test_find_gives_the_item():
    """Who needs the item itself gets it."""
    ds = enhanced()
    view = FrameView(ds, 1)
    assert 100 == view.find("WindowWidth").WindowWidth
    assert ds is view.find("PatientID")
    assert view.find("RescaleSlope") is None


def test_a_real_enhanced_image(corpus: object):
    """The rescaling of an enhanced CT image stands in its functional groups."""
    ds = dicomkit.dcmread(real_file("eCT_Supplemental.dcm"))
    assert "RescaleIntercept" not in ds
    view = FrameView(ds, 1)
    assert (-1024, 1, 49, 102) == (view.RescaleIntercept, view.RescaleSlope, view.WindowCenter, view.WindowWidth)
    assert "<FrameView of frame 1>" == repr(view)
