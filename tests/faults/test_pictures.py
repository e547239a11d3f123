"""F7: a picture of whatever elements an image has is a picture or a DicomError, in bounded time and memory."""

from __future__ import annotations

import contextlib
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicomkit
from dicomkit import DataElement, Dataset
from dicomkit.core.limits import Limits
from dicomkit.encoding.options import ReadOptions
from dicomkit.errors import DicomError
from dicomkit.pixels import Picture, contact_sheet, render
from tests.pixels.images import image, lut_item, ramp

pytest.importorskip("PIL")

LIMITS = ReadOptions(limits=Limits(frame_bytes=1 << 20))

numbers = st.one_of(
    st.sampled_from([0, 1, -1, 255, 4096, 65535, 1e30, -1e30, 1e-30, 1e308]),
    st.integers(-70_000, 70_000),
    st.floats(-1e6, 1e6),
)
#: Elements that decide what a picture is, with values that somebody might write.
VALUES: dict[str, st.SearchStrategy[object]] = {
    **dict.fromkeys(
        ("WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept", "PixelSpacing", "PixelAspectRatio"),
        st.one_of(numbers, st.lists(numbers, max_size=3)),
    ),
    **dict.fromkeys(("PixelPaddingValue", "PixelPaddingRangeLimit"), st.integers(-40_000, 70_000)),
    **dict.fromkeys(
        ("CenterOfCircularShutter", "VerticesOfThePolygonalShutter", "RadiusOfCircularShutter"),
        st.lists(st.integers(-100_000, 100_000), max_size=9),
    ),
    **dict.fromkeys(
        ("RedPaletteColorLookupTableDescriptor", "BluePaletteColorLookupTableDescriptor"),
        st.lists(st.integers(0, 65535), max_size=4),
    ),
    **dict.fromkeys(
        ("RedPaletteColorLookupTableData", "SegmentedRedPaletteColorLookupTableData", "ICCProfile"),
        st.binary(max_size=40),
    ),
    "ShutterShape": st.lists(st.sampled_from(["CIRCULAR", "RECTANGULAR", "POLYGONAL", "BITMAP"]), max_size=3),
    "VOILUTFunction": st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID", "LOG"]),
    "PresentationLUTShape": st.sampled_from(["IDENTITY", "INVERSE", "ODD"]),
    "PhotometricInterpretation": st.sampled_from(["MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "RGB", "HSV"]),
    "PixelPresentation": st.sampled_from(["COLOR", "MONOCHROME"]),
    "BitsStored": st.integers(0, 20),
    "PixelRepresentation": st.integers(0, 2),
    "ModalityLUTSequence": st.lists(st.integers(0, 65535), max_size=5).map(lambda entries: [lut_item(entries)]),
    "VOILUTSequence": st.lists(st.integers(0, 65535), max_size=5).map(lambda entries: [lut_item(entries, -3)]),
}
elements = st.lists(st.sampled_from(sorted(VALUES)).flatmap(lambda k: st.tuples(st.just(k), VALUES[k])), max_size=6)


def assert_bounded(ds: Dataset, **options: object) -> None:
    """Make a picture, or have a DicomError."""
    try:
        picture = render(ds, **options)
    except DicomError:
        return
    assert np.uint8 == picture.array.dtype
    assert picture.array.nbytes <= 1 << 20


def changed(ds: Dataset, changes: list[tuple[str, object]]) -> Dataset:
    """Set elements as far as they can be set, in a data set that has small limits."""
    if "PixelData" in ds:
        ds = dicomkit.dcmread(ds.to_bytes(), LIMITS)
    for keyword, value in changes:
        with contextlib.suppress(DicomError):
            setattr(ds, keyword, value)
    return ds


@pytest.mark.fuzz
@given(elements, st.sampled_from([None, "full", "minmax", 0]), st.booleans())
def test_an_image_of_any_elements(changes: list[tuple[str, object]], window: object, has_aspect: bool):
    """Whatever windows, tables, shutters and spacings say."""
    assert_bounded(changed(image(ramp(8, 8, np.uint16)), changes), window=window, aspect=has_aspect)


@pytest.mark.fuzz
@given(
    st.integers(0, 65535), st.integers(0, 65535), st.lists(st.integers(-32768, 32767), max_size=3),
    st.binary(max_size=20), st.integers(0, 40), st.integers(0, 9),
)  # fmt: skip
def test_overlays_of_any_size(rows: int, columns: int, origin: list[int], data: bytes, bit: int, frames: int):
    """However large they say they are, wherever they lie, whatever they have."""
    ds = image(ramp(8, 8))
    for element, vr, value in (
        (0x10, "US", rows), (0x11, "US", columns), (0x15, "IS", frames), (0x50, "SS", origin), (0x102, "US", bit),
        (0x3000, "OW", data),
    ):  # fmt: skip
        if value != b"":
            ds.add(DataElement(0x60000000 | element, vr, value))
    assert_bounded(dicomkit.dcmread(ds.to_bytes(), LIMITS))


areas = st.lists(st.integers(-(1 << 31), (1 << 31) - 1) | st.integers(-20, 20), max_size=2)
points = st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=9)


@pytest.mark.fuzz
@given(
    areas, areas, points, st.sampled_from(["POLYLINE", "POINT", "CIRCLE", "ELLIPSE", "INTERPOLATED", "CUBE"]),
    st.sampled_from(["PIXEL", "DISPLAY", "INCH"]), numbers, st.text(max_size=9), st.booleans(), elements,
)  # fmt: skip
def test_a_presentation_state_of_any_elements(
    start: list[int], end: list[int], data: list[float], kind: str, units: str, factor: float, text: str,
    is_filled: bool, changes: list[tuple[str, object]],
):  # fmt: skip
    """However large the displayed area, wherever the graphics, whatever the factor."""
    reference = Dataset(ReferencedSOPInstanceUID="1.2.3.4")
    graphic = Dataset(
        GraphicData=data, GraphicType=kind, GraphicAnnotationUnits=units, GraphicFilled="Y" if is_filled else "N"
    )
    label = Dataset(UnformattedTextValue=text, AnchorPoint=data[:2], AnchorPointAnnotationUnits=units)
    area = Dataset(
        DisplayedAreaTopLeftHandCorner=start, DisplayedAreaBottomRightHandCorner=end, PresentationSizeMode="MAGNIFY"
    )
    with contextlib.suppress(DicomError):
        area.PresentationPixelMagnificationRatio = factor
    state = Dataset(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.11.1",
        ReferencedSeriesSequence=[Dataset(ReferencedImageSequence=[reference])],
        DisplayedAreaSelectionSequence=[area],
        GraphicAnnotationSequence=[Dataset(GraphicObjectSequence=[graphic], TextObjectSequence=[label])],
    )
    assert_bounded(changed(image(ramp(8, 8)), []), presentation=changed(state, changes))


def test_pictures_without_end_are_no_sheet():
    """A contact sheet takes no more pictures than anybody can look at."""
    with pytest.raises(DicomError, match="10,000"):
        contact_sheet(itertools.repeat(Picture(np.zeros((1, 1), np.uint8))))
