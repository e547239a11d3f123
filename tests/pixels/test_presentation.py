"""Presentation states say what is seen of which frame; what they do not say is not done."""

from __future__ import annotations

import numpy as np
import pytest

from dicomkit import DataElement, Dataset
from dicomkit.errors import PixelError
from dicomkit.pixels import PresentationState, Window, render
from dicomkit.pixels.luts import LookupTable
from tests.pixels.images import image, lut_item, ramp
from tests.pixels.test_overlays import with_overlay

IMAGE = image(ramp(8, 12), RescaleSlope=2, RescaleIntercept=5, WindowCenter=1, WindowWidth=1)


MAGNIFIED = {"PresentationSizeMode": "MAGNIFY", "PresentationPixelMagnificationRatio": 2.0}


def reference(frames: list[int] | None = None, uid: str = "1.2.3.4") -> Dataset:
    """Make a reference to an image."""
    ds = Dataset(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.7", ReferencedSOPInstanceUID=uid)
    if frames is not None:
        ds.ReferencedFrameNumber = frames
    return ds


def area(left: int = 1, top: int = 1, right: int = 12, bottom: int = 8, **elements: object) -> Dataset:
    """Make an item of the displayed area."""
    return Dataset(
        DisplayedAreaTopLeftHandCorner=[left, top],
        DisplayedAreaBottomRightHandCorner=[right, bottom],
        **{"PresentationSizeMode": "SCALE TO FIT", "PresentationPixelAspectRatio": [1, 1], **elements},
    )


def state(kind: int = 1, **elements: object) -> Dataset:
    """Make a presentation state of the image."""
    values: dict[str, object] = {
        "SOPClassUID": f"1.2.840.10008.5.1.4.1.1.11.{kind}",
        "ReferencedSeriesSequence": [Dataset(ReferencedImageSequence=[reference()])],
        "DisplayedAreaSelectionSequence": [area()],
    }
    return Dataset(**{**values, **elements})


def shown(ps: Dataset, ds: Dataset = IMAGE, **options: object) -> np.ndarray:
    """Give the picture of an image by a presentation state."""
    return render(ds, presentation=ps, **options).array


def test_what_is_not_said_is_not_done():
    """Neither rescaling, nor window, nor MONOCHROME1 of the image count (PS3.4 N.2)."""
    np.testing.assert_array_equal(ramp(8, 12), shown(state()))
    np.testing.assert_array_equal(
        ramp(8, 12), shown(state(), image(ramp(8, 12), PhotometricInterpretation="MONOCHROME1"))
    )


def test_the_luts_of_the_state():
    """Modality LUT, VOI and presentation LUT are those of the presentation state."""
    ps = state(RescaleSlope=-1, RescaleIntercept=255, PresentationLUTShape="INVERSE")
    np.testing.assert_array_equal(ramp(8, 12), shown(ps))
    ps = state(SoftcopyVOILUTSequence=[Dataset(WindowCenter=48, WindowWidth=1)])
    np.testing.assert_array_equal((ramp(8, 12) >= 48) * 255, shown(ps))
    ps = state(ModalityLUTSequence=[lut_item(list(range(95, -1, -1)), bits=8)])
    np.testing.assert_array_equal(ramp(8, 12)[::-1, ::-1], shown(ps))


def test_a_voi_is_for_the_images_and_frames_it_names():
    """The first item that names the frame, or names none, is taken (C.11.8)."""
    items = [
        Dataset(WindowCenter=1, WindowWidth=1, ReferencedImageSequence=[reference(uid="1.9")]),
        Dataset(WindowCenter=2, WindowWidth=1, ReferencedImageSequence=[reference([2, 3])]),
        Dataset(VOILUTSequence=[lut_item([1, 2])], ReferencedImageSequence=[reference([4])]),
        Dataset(WindowCenter=3, WindowWidth=1),
    ]
    ps = state(SoftcopyVOILUTSequence=items)
    found = [PresentationState(ps, IMAGE, frame).voi() for frame in range(4)]
    assert [Window(3, 1), Window(2, 1), Window(2, 1)] == found[:3]
    assert isinstance(found[3], LookupTable)
    assert PresentationState(state(), IMAGE).voi() is None


@pytest.mark.parametrize(
    "ps",
    [
        Dataset(),
        state(kind=4),
        state(ReferencedSeriesSequence=[Dataset(ReferencedImageSequence=[reference(uid="1.2.3")])]),
        state(ReferencedSeriesSequence=[Dataset(ReferencedImageSequence=[reference([2])])]),
    ],
    ids=["no state", "blending", "another image", "another frame"],
)
def test_states_of_something_else(ps: Dataset):
    """A state of another class, image or frame is a PixelError, not a wrong picture."""
    with pytest.raises(PixelError):
        PresentationState(ps, IMAGE, 0)


def test_turned_mirrored_and_cut_out():
    """The corners of the displayed area are pixels of the image; which is left is what is seen (C.10.4, C.10.6)."""
    ps = state(DisplayedAreaSelectionSequence=[area(3, 2, 6, 4)])
    np.testing.assert_array_equal(ramp(8, 12)[1:4, 2:6], shown(ps))
    ps = state(DisplayedAreaSelectionSequence=[area(6, 4, 3, 2)], ImageRotation=180, ImageHorizontalFlip="N")
    np.testing.assert_array_equal(ramp(8, 12)[1:4, 2:6][::-1, ::-1], shown(ps))
    ps = state(ImageRotation=90, ImageHorizontalFlip="Y")
    np.testing.assert_array_equal(ramp(8, 12).T, shown(ps))
    ps = state(DisplayedAreaSelectionSequence=[area(0, 0, 13, 9)])
    np.testing.assert_array_equal(np.pad(ramp(8, 12), 1), shown(ps))


def test_how_large():
    """MAGNIFY magnifies; the others fill the size that is asked for; pixels get their shape if asked."""
    pytest.importorskip("PIL")
    assert (16, 24) == shown(state(DisplayedAreaSelectionSequence=[area(**MAGNIFIED)])).shape
    assert (80, 120) == shown(state(), size=120).shape
    high = area(PresentationPixelAspectRatio=[2, 1])
    assert (16, 12) == shown(state(DisplayedAreaSelectionSequence=[high]), aspect=True).shape
    assert (8, 12) == shown(state(DisplayedAreaSelectionSequence=[high])).shape


@pytest.mark.parametrize(
    "elements",
    [
        {"ImageRotation": 45},
        {"DisplayedAreaSelectionSequence": [Dataset()]},
        {"DisplayedAreaSelectionSequence": [area(1, 1, 12, 20_000)]},
        {"DisplayedAreaSelectionSequence": [area(-(1 << 31), 1, (1 << 31) - 1, 8)]},
        {
            "DisplayedAreaSelectionSequence": [
                area(PresentationSizeMode="MAGNIFY", PresentationPixelMagnificationRatio=-1.0)
            ]
        },
    ],
)
def test_areas_that_are_none(elements: dict[str, object]):
    """Other angles, missing corners, areas far larger than the image, and factors below 0 are PixelErrors."""
    with pytest.raises(PixelError):
        shown(state(**elements))


def test_shutters_hide_before_the_image_is_turned():
    """A shutter is in pixels of the image, and has the shade that the state says."""
    ps = state(
        ShutterShape="RECTANGULAR",
        ShutterLeftVerticalEdge=1,
        ShutterRightVerticalEdge=3,
        ShutterUpperHorizontalEdge=1,
        ShutterLowerHorizontalEdge=8,
        ShutterPresentationValue=0xC800,
        ImageRotation=180,
    )
    expected = ramp(8, 12)
    expected[:, 3:] = 200
    np.testing.assert_array_equal(expected[::-1, ::-1], shown(ps))
    np.testing.assert_array_equal(ramp(8, 12)[::-1, ::-1], shown(ps, shutter=False))


def test_a_bitmap_shutter():
    """The overlay that Shutter Overlay Group names hides, and is not drawn (C.7.6.15)."""
    bits = ramp(8, 12) % 5 == 0
    ps = with_overlay(
        state(ShutterShape="BITMAP", ShutterOverlayGroup=0x6004, ShutterPresentationValue=0), bits, group=0x6004
    )
    ps.add(DataElement(0x60041001, "CS", "LAYER"))
    np.testing.assert_array_equal(np.where(bits, 0, ramp(8, 12)), shown(ps))


def test_only_activated_overlays_are_drawn():
    """An overlay of the image is drawn if the state activates it, in the shade of its layer; the state's hide it."""
    bits = ramp(8, 12) % 7 == 0
    ds = with_overlay(image(ramp(8, 12)), bits)
    np.testing.assert_array_equal(ramp(8, 12), shown(state(), ds))
    layer = Dataset(GraphicLayer="A", GraphicLayerOrder=1, GraphicLayerRecommendedDisplayGrayscaleValue=0x6400)
    ps = state(GraphicLayerSequence=[layer])
    ps.add(DataElement(0x60001001, "CS", "A"))
    # What is activated stands in the presentation state, the bits in either.
    np.testing.assert_array_equal(np.where(bits, 100, ramp(8, 12)), shown(ps, ds))
    own = with_overlay(state(GraphicLayerSequence=[layer]), ~bits)
    own.add(DataElement(0x60001001, "CS", "A"))
    np.testing.assert_array_equal(np.where(bits, ramp(8, 12), 100), shown(own, ds))


def test_layers_lie_in_their_order():
    """The layer of the higher order is drawn last; colours are CIELab, RGB or grey."""
    layers = [
        Dataset(GraphicLayer="UP", GraphicLayerOrder=2, GraphicLayerRecommendedDisplayRGBValue=[0xFF00, 0, 0]),
        Dataset(GraphicLayer="DOWN", GraphicLayerOrder=1),
        Dataset(
            GraphicLayer="LAB", GraphicLayerOrder=3, GraphicLayerRecommendedDisplayCIELabValue=[0xFFFF, 0x8080, 0x8080]
        ),
    ]
    found = PresentationState(state(GraphicLayerSequence=layers), IMAGE).layers()
    assert ["DOWN", "UP", "LAB"] == [layer.name for layer in found]
    assert [(255, 255, 255), (255, 0, 0)] == [layer.color for layer in found[:2]]
    assert 254 <= min(found[2].color)


def test_annotations_are_drawn_where_pixels_are():
    """A line along the upper edge of the image is at the right edge after a quarter turn."""
    pytest.importorskip("PIL")
    line = Dataset(
        GraphicAnnotationUnits="PIXEL",
        GraphicDimensions=2,
        NumberOfGraphicPoints=2,
        GraphicData=[0.5, 0.5, 11.5, 0.5],
        GraphicType="POLYLINE",
    )
    text = Dataset(UnformattedTextValue="x", AnchorPoint=[0.5, 0.5], AnchorPointAnnotationUnits="DISPLAY")
    annotations = [
        Dataset(GraphicLayer="A", GraphicObjectSequence=[line]),
        Dataset(GraphicLayer="A", TextObjectSequence=[text], ReferencedImageSequence=[reference(uid="1.9")]),
    ]
    dark = image(np.zeros((8, 12), np.uint8))
    picture = shown(state(GraphicAnnotationSequence=annotations, ImageRotation=90), dark)
    assert (12, 8) == picture.shape
    assert [255] * 10 == picture[1:11, 7].tolist()
    assert 0 == picture[:, :6].sum()
    assert 0 == shown(state(GraphicAnnotationSequence=annotations), dark, overlays=False).sum()


def test_pseudo_colour():
    """The output of the VOI LUT spans the palette of the state (A.33.3)."""
    ps = state(kind=3, DisplayedAreaSelectionSequence=[area(1, 1, 2, 1)])
    for color, last in (("Red", 0xFF00), ("Green", 0), ("Blue", 0x8000)):
        setattr(ps, f"{color}PaletteColorLookupTableDescriptor", [2, 0, 16])
        setattr(ps, f"{color}PaletteColorLookupTableData", np.array([0, last], "<u2").tobytes())
    picture = shown(ps, image(np.array([[0, 255]], np.uint8)))
    assert [[[0, 0, 0], [255, 0, 128]]] == picture.tolist()


def test_colour():
    """A colour image keeps its colours."""
    rgb = np.arange(8 * 12 * 3, dtype=np.uint8).reshape(8, 12, 3)
    np.testing.assert_array_equal(rgb, shown(state(kind=2), image(rgb)))
