"""Presentation states of others, and damaged ones, read as values."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicomkit
from dicomkit import Dataset
from dicomkit.errors import DicomError, PixelError
from dicomkit.objects import (
    CircularShutter,
    DisplayedArea,
    GraphicLayer,
    SoftcopyPresentation,
    presentation_state,
    presented_instances,
    softcopy_presentation,
)
from dicomkit.pixels import LookupTable, Window
from tests.corpora import real_file
from tests.objects.test_presentation_state import DEEP, FULL

DATA = presentation_state([DEEP], FULL).to_bytes()


@pytest.mark.interop
def test_the_state_that_dcmtk_makes(corpus: object, tmp_path: Path, require_peer: Callable[[str], str]):
    """What dcmpsmk takes over from an image is what is read: window, area, layers of overlays, references."""
    source, target = real_file("CT_small.dcm"), tmp_path / "ps.dcm"
    subprocess.run([require_peer("dcmpsmk"), "-q", "-V", str(source), str(target)], check=True)
    ds = dicomkit.dcmread(target)
    found = softcopy_presentation(ds)
    assert (DisplayedArea(right=128, bottom=128), "IDENTITY", 0, False, ()) == (
        found.area,
        found.presentation_lut,
        found.rotation,
        found.is_flipped,
        found.shutters,
    )
    image = dicomkit.dcmread(source)
    (reference,) = presented_instances(ds)
    assert (image.SOPInstanceUID, image.SeriesInstanceUID) == (
        reference.sop_instance_uid,
        reference.series_instance_uid,
    )


def test_what_is_damaged_is_left_out():
    """A shutter, an area, an annotation, a colour, and a rotation that there is not; the rest is there, with issues."""
    ds = dicomkit.dcmread(DATA)
    ds.CenterOfCircularShutter = [1]
    ds.DisplayedAreaSelectionSequence[0].PresentationSizeMode = "HUGE"
    ds.GraphicAnnotationSequence[0].GraphicObjectSequence[0].GraphicType = "SQUARE"
    ds.GraphicAnnotationSequence[0].TextObjectSequence[0].UnformattedTextValue = ""
    ds.GraphicLayerSequence[1].GraphicLayerRecommendedDisplayCIELabValue = [1, 2]
    ds.ImageRotation = 45
    ds.ShutterPresentationColorCIELabValue = [1]
    found = softcopy_presentation(dicomkit.dcmread(ds.to_bytes()))
    assert (None, 0, 2, 2, 1, Window(1000, 1500, "SIGMOID", "soft")) == (
        found.area,
        found.rotation,
        len(found.shutters),
        len(found.annotations[0].graphics),
        len(found.annotations[0].texts),
        found.window,
    )
    assert not any(isinstance(each, CircularShutter) for each in found.shutters)
    assert GraphicLayer(name="ANATOMY") == found.layers[1]
    read = dicomkit.dcmread(ds.to_bytes())
    softcopy_presentation(read)
    assert 5 <= len(read.issues)


def test_what_is_said_of_a_frame():
    """The first item that names the frame is taken, or one that names none (PS3.3 C.11.8)."""
    ds = dicomkit.dcmread(DATA)
    reference = presented_instances(ds)[0]
    named = {"ReferencedSOPInstanceUID": reference.sop_instance_uid}
    ds.SoftcopyVOILUTSequence = [
        Dataset(
            WindowCenter=frames[0],
            WindowWidth=2,
            ReferencedImageSequence=[Dataset(ReferencedFrameNumber=frames, **named)],
        )
        for frames in ([1, 3], [2])
    ]
    windows = [softcopy_presentation(ds, reference.replace(frames=(frame,))).window for frame in (1, 2, 3, 4)]
    assert [Window(1, 2), Window(2, 2), Window(1, 2), None] == windows
    assert Window(1, 2) == softcopy_presentation(ds).window


def test_layers_are_in_their_order():
    """Graphic Layer Order decides, not the place in the sequence (PS3.3 C.10.7)."""
    ds = dicomkit.dcmread(DATA)
    first, second, third = ds.GraphicLayerSequence
    first.GraphicLayerOrder, second.GraphicLayerOrder, third.GraphicLayerOrder = 3, 1, 2
    assert ["ANATOMY", "LATER", "BELOW"] == [layer.name for layer in softcopy_presentation(ds).layers]


@pytest.mark.parametrize("count", [40_000, 65_536])
def test_long_tables_of_negative_values(count: int):
    """The count has no sign even where the descriptor has one, and 65,536 is said as 0 (PS3.3 C.11.1.1)."""
    table = LookupTable(np.arange(count, dtype=np.uint16), first=-20_000)
    ds = dicomkit.dcmread(presentation_state([DEEP], SoftcopyPresentation(window=table)).to_bytes())
    found = softcopy_presentation(ds).window
    assert isinstance(found, LookupTable)
    assert (-20_000, count) == (found.first, len(found.entries))


def test_what_is_no_presentation_state():
    """Another class is refused; a state of nothing says nothing."""
    with pytest.raises(PixelError, match="no softcopy presentation state"):
        softcopy_presentation(DEEP)
    with pytest.raises(PixelError, match="a data set without a class"):
        softcopy_presentation(Dataset())
    empty = Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.11.1")
    assert (SoftcopyPresentation(label=""), ()) == (softcopy_presentation(empty), presented_instances(empty))


@given(at=st.integers(0, 10**9), byte=st.integers(0, 255))
def test_damaged_states_give_values_or_errors_of_ours(at: int, byte: int):
    """Whatever byte of the file is another one."""
    data = bytearray(DATA)
    data[at % len(data)] = byte
    try:
        ds = dicomkit.dcmread(bytes(data))
        presented_instances(ds)
        softcopy_presentation(ds)
    except DicomError:
        pass
