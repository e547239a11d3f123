"""Where frames lie, by their functional groups."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.core.tag import Tag
from dicomkit.objects import Plane
from dicomkit.objects.frame_places import FrameGroups, FramePlaces, along_normal, normal_of
from tests.corpora import real_file

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def frames(*places: tuple[float, float, float], times: tuple[int, ...] = ()) -> Dataset:
    """Make a data set of frames at positions, and at times if there are any."""
    ds = Dataset()
    orientation = Dataset(ImageOrientationPatient=list(AXIAL))
    ds.SharedFunctionalGroupsSequence = [Dataset(PlaneOrientationSequence=[orientation])]
    ds.DimensionIndexSequence = [Dataset(DimensionIndexPointer=Tag(0x00209128))]
    items = []
    for number, place in enumerate(places):
        item = Dataset(PlanePositionSequence=[Dataset(ImagePositionPatient=list(place))])
        if times:
            item.FrameContentSequence = [Dataset(DimensionIndexValues=times[number])]
        items.append(item)
    ds.PerFrameFunctionalGroupsSequence = items
    return ds


def places(ds: Dataset) -> FramePlaces:
    """Find the places of all frames."""
    groups = FrameGroups(ds)
    return FramePlaces(ds, groups, len(groups))


def test_planes_in_order_along_the_normal():
    """Frames in any order, some of one plane."""
    found = places(frames((0, 0, 5), (0, 0, -5), (0, 0, 5), (0, 0, 0)))
    assert [2, 0, 2, 1] == found.of_frames.tolist()
    assert [(0, 0, -5), (0, 0, 0), (0, 0, 5)] == [plane.position for plane in found.planes]


def test_positions_that_differ_by_rounding_are_one():
    """A tenth of a micrometre and less is no distance."""
    assert 1 == len(places(frames((0, 0, 5), (0, 0, 5.00001))).planes)


def test_frames_of_one_place_at_other_times():
    """They are planes of their own, ordered by time first."""
    found = places(frames((0, 0, 1), (0, 0, 0), (0, 0, 1), (0, 0, 0), times=(2, 2, 1, 1)))
    assert [3, 2, 1, 0] == found.of_frames.tolist()
    assert [1, 1, 2, 2] == [plane.time[0] for plane in found.planes]


def test_planes_of_several_directions_stay_in_their_order():
    """They have no order along a normal."""
    other = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
    planes = [Plane(position=(0, 0, 9), orientation=AXIAL), Plane(position=(0, 0, 1), orientation=other)]
    assert [0, 1] == along_normal(planes)
    assert [1, 0] == along_normal([planes[0], planes[1].replace(orientation=AXIAL)])
    np.testing.assert_array_equal([0, 0, 1], normal_of(AXIAL))


def test_frames_of_nowhere():
    """Each is of a plane of its own."""
    ds = frames((0, 0, 0), (0, 0, 0))
    for item in ds.PerFrameFunctionalGroupsSequence:
        del item.PlanePositionSequence
    assert [0, 1] == places(ds).of_frames.tolist()


def test_a_real_image(corpus: object):
    """An enhanced CT image of two slices, the upper one first."""
    found = places(dicomkit.dcmread(real_file("eCT_Supplemental.dcm")))
    assert (2, [1, 0]) == (len(found.planes), found.of_frames.tolist())


def test_groups_are_let_go_and_found_again(monkeypatch: pytest.MonkeyPatch):
    """Of a data set that was read, the objects of many frames are not kept; edits that were made before are."""
    monkeypatch.setattr(sys.modules[FrameGroups.__module__], "_KEPT", 3)
    ds = frames(*[(0, 0, number) for number in range(9)])
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2", "1.3"
    for each in (dicomkit.dcmread(ds.to_bytes()), ds):
        groups = FrameGroups(each)
        for number in (0, 5, 8, 5, 0, 1):
            place = groups.find(number, "PlanePositionSequence")
            assert place is not None
            assert [0, 0, number] == place.ImagePositionPatient
        assert None is groups.own(9)
    edited = dicomkit.dcmread(ds.to_bytes())
    edited.PerFrameFunctionalGroupsSequence[4].PlanePositionSequence[0].ImagePositionPatient = [7, 7, 7]
    groups = FrameGroups(edited)
    for _ in range(5):
        place = groups.find(4, "PlanePositionSequence")
        assert place is not None
        assert [7, 7, 7] == place.ImagePositionPatient


def test_a_dimension_of_several_pointers():
    """What a damaged file makes of one, found by mutating files: it is looked at, and raises nothing."""
    ds = frames((0, 0, 1), (0, 0, 0))
    ds.DimensionIndexSequence[0].DimensionIndexPointer = [Tag(0x00200032), Tag(0x00209128)]
    assert [1, 0] == places(ds).of_frames.tolist()
