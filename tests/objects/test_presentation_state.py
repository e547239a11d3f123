"""Presentation states that were built: the picture that they describe, here, in DCMTK and in dicom3tools."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.errors import PixelError
from dicomkit.objects import (
    Annotation,
    CircularShutter,
    DisplayedArea,
    GraphicLayer,
    GraphicObject,
    PolygonalShutter,
    RectangularShutter,
    SoftcopyPresentation,
    TextObject,
    presentation_state,
    presented_instances,
    softcopy_presentation,
)
from dicomkit.pixels import LookupTable, Palette, Window, render
from tests.corpora import real_file
from tests.interop.test_pictures_dcmtk import pnm, share_of_other_pixels
from tests.objects.test_report_document import complaints
from tests.pixels.images import image, lut_item, ramp

UIDS = {"StudyInstanceUID": "1.2.826.1", "SeriesInstanceUID": "1.2.826.2", "Modality": "OT"}
GREY = image(ramp(8, 12), **UIDS)
DEEP = image(ramp(8, 12, np.uint16) * 40, BitsStored=12, HighBit=11, **UIDS)
COLOR = image(np.stack([ramp(8, 12), ramp(8, 12)[::-1], 2 * ramp(8, 12)], axis=2), **UIDS)
ALL = (
    CircularShutter(row=4, column=6, radius=3),
    RectangularShutter(left=2, right=11, upper=2, lower=7),
    PolygonalShutter(vertices=((1, 1), (1, 12), (8, 6))),
)
LAYERS = (
    GraphicLayer(name="BELOW", color=(128, 128, 128), description="words"),
    GraphicLayer(name="ANATOMY", color=(255, 0, 0)),
)
ANNOTATIONS = (
    Annotation(
        layer="ANATOMY",
        graphics=(
            GraphicObject(kind="CIRCLE", points=((6.0, 4.0), (8.0, 4.0)), is_filled=True),
            GraphicObject(points=((0.25, 0.25), (0.5, 0.5)), units="DISPLAY"),
            GraphicObject(kind="POINT", points=((1.0, 1.0),)),
        ),
        texts=(
            TextObject(text="here", anchor=(6.0, 4.0), is_anchor_visible=True),
            TextObject(text="in a box", box=(0.0, 0.0, 1.0, 0.5), units="DISPLAY", justification="CENTER"),
        ),
    ),
    Annotation(layer="LATER", graphics=(GraphicObject(kind="ELLIPSE", points=((1, 4), (9, 4), (5, 2), (5, 6))),)),
)
FULL = SoftcopyPresentation(
    window=Window(1000, 1500, "SIGMOID", "soft"),
    presentation_lut="INVERSE",
    rotation=90,
    is_flipped=True,
    area=DisplayedArea(left=2, top=3, right=11, bottom=7, size_mode="MAGNIFY", magnification=2.0),
    shutters=ALL,
    shutter_color=(128, 128, 128),
    layers=LAYERS,
    annotations=ANNOTATIONS,
    label="REVIEW 1",
    description="words",
    creator="Doe^Jane",
)


def shown(ds: Dataset, said: SoftcopyPresentation, **options: object) -> np.ndarray:
    """Give the picture of an image by the presentation state that was built of a presentation, written and read."""
    state = dicomkit.dcmread(presentation_state([ds], said).to_bytes())
    assert () == state.check()
    return render(ds, presentation=state, **options).array


def test_windows():
    """A window, centre and width, a table, the number of a stored one, all values, or the first of the image."""
    ds = image(ramp(8, 12), WindowCenter=[50, 20], WindowWidth=[1, 1], RescaleSlope=2, RescaleIntercept=-10, **UIDS)
    values = 2.0 * ramp(8, 12) - 10
    for window, center in ((None, 50), (1, 20), ((30, 1), 30), (Window(40, 1), 40)):
        np.testing.assert_array_equal(255 * (values >= center), shown(ds, SoftcopyPresentation(window=window)))
    full = shown(ds, SoftcopyPresentation(window="full"))
    np.testing.assert_array_equal(ramp(8, 12), full)
    table = LookupTable(np.arange(95, -1, -1, np.uint16) * 40, first=-10, bits=12)
    expected = np.rint(table.entries[np.clip(values + 10, 0, 95).astype(int)] / 4095 * 255)
    np.testing.assert_array_equal(expected, shown(ds, SoftcopyPresentation(window=table)))
    lut = image(ramp(8, 12), VOILUTSequence=[lut_item(list(range(255, -1, -1)), bits=8)], **UIDS)
    np.testing.assert_array_equal(255 - ramp(8, 12), shown(lut, SoftcopyPresentation()))


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("is_flipped", [False, True])
def test_turned_and_cut_out(rotation: int, is_flipped: bool):
    """Clockwise, then mirrored; the area counts pixels of the image, before it is turned."""
    said = SoftcopyPresentation(rotation=rotation, is_flipped=is_flipped)
    expected = np.rot90(ramp(8, 12)[2:6, 3:10], -rotation // 90)
    expected = expected[:, ::-1] if is_flipped else expected
    area = DisplayedArea(left=4, top=3, right=10, bottom=6)
    np.testing.assert_array_equal(expected, shown(GREY, said.replace(area=area)))
    whole = np.rot90(ramp(8, 12), -rotation // 90)
    np.testing.assert_array_equal(whole[:, ::-1] if is_flipped else whole, shown(GREY, said))


def test_areas_and_sizes():
    """An area beyond the image has black around it, MAGNIFY magnifies, TRUE SIZE needs to know how large pixels are."""
    pytest.importorskip("PIL")
    around = shown(GREY, SoftcopyPresentation(area=DisplayedArea(left=0, top=0, right=13, bottom=9)))
    np.testing.assert_array_equal(np.pad(ramp(8, 12), 1), around)
    area = DisplayedArea(size_mode="MAGNIFY", magnification=3)
    assert (24, 36) == shown(GREY, SoftcopyPresentation(area=area)).shape
    spaced = image(ramp(8, 12), PixelSpacing=[2, 1], **UIDS)
    assert (16, 12) == shown(spaced, SoftcopyPresentation(area=DisplayedArea(size_mode="TRUE SIZE")), aspect=True).shape
    ratio = presentation_state([image(ramp(), PixelAspectRatio=[4, 3], **UIDS)])
    assert [4, 3] == ratio.DisplayedAreaSelectionSequence[0].PresentationPixelAspectRatio
    with pytest.raises(PixelError, match="TRUE SIZE"):
        presentation_state([GREY], SoftcopyPresentation(area=DisplayedArea(size_mode="TRUE SIZE")))
    with pytest.raises(PixelError, match="no pixels"):
        presentation_state([GREY], SoftcopyPresentation(area=DisplayedArea(left=5, right=4, bottom=2)))


def test_shutters():
    """What any of them hides has the colour that is said; grey images get colours by it, images in colours as well."""
    row, column = np.indices((8, 12)) + 1
    inside = ((row - 4) ** 2 + (column - 6) ** 2 <= 9) & (column >= 2) & (column <= 11) & (row >= 2) & (row <= 7)
    said = SoftcopyPresentation(shutters=ALL[:2], shutter_color=(100, 100, 100))
    np.testing.assert_array_equal(np.where(inside, ramp(8, 12), 100), shown(GREY, said))
    picture = shown(COLOR, said.replace(shutter_color=(255, 0, 0)), icc=False)
    np.testing.assert_array_equal(np.where(inside[..., None], COLOR.pixel_array, [255, 0, 0]), picture)
    triangle = shown(GREY, SoftcopyPresentation(shutters=ALL[2:]))
    assert (0, 5, 0) == (triangle[7, 0], triangle[0, 5], triangle[4, 0])


def test_how_white_is_meant():
    """MONOCHROME1 and inverted images look as they are meant, unless another shape or a table is said."""
    dark = image(ramp(8, 12), PhotometricInterpretation="MONOCHROME1", **UIDS)
    np.testing.assert_array_equal(render(dark).array, shown(dark, SoftcopyPresentation()))
    np.testing.assert_array_equal(ramp(8, 12), shown(dark, SoftcopyPresentation(presentation_lut="IDENTITY")))
    inverted = image(ramp(8, 12), PresentationLUTShape="INVERSE", **UIDS)
    np.testing.assert_array_equal(255 - ramp(8, 12), shown(inverted, SoftcopyPresentation()))
    table = LookupTable(np.arange(4095, -1, -1, np.uint16) * 16)
    np.testing.assert_allclose(255 - ramp(8, 12), shown(dark, SoftcopyPresentation(presentation_lut=table)), atol=1)


def test_colours_of_grey():
    """A palette goes from the lowest to the highest value, whatever its depth."""
    ends = Palette(np.array([[0, 10, 255], [255, 10, 0]], np.uint16), bits=8)
    black_and_white = SoftcopyPresentation(window=(48, 1), palette=ends)
    expected = np.where((ramp(8, 12) >= 48)[..., None], [255, 10, 0], [0, 10, 255])
    np.testing.assert_allclose(expected, shown(GREY, black_and_white), atol=1)
    assert "1.2.840.10008.5.1.4.1.1.11.3" == presentation_state([GREY], black_and_white).SOPClassUID


def test_graphics_and_overlays():
    """What is drawn is where it is said to be, in the colour of its layer; overlays are, where a layer is named."""
    pytest.importorskip("PIL")
    disc = Annotation(layer="A", graphics=(GraphicObject(kind="CIRCLE", points=((6, 4), (8, 4)), is_filled=True),))
    said = SoftcopyPresentation(layers=(GraphicLayer(name="A", color=(255, 0, 0)),), annotations=(disc,))
    picture = shown(GREY, said)
    assert ((255, 0, 0), (0, 0, 0)) == (tuple(picture[4, 6]), tuple(picture[0, 0]))
    turned = shown(GREY, said.replace(rotation=90))
    assert (255, 0, 0) == tuple(turned[6, 4])
    overlaid = GREY.copy()
    for element, vr, value in (
        (0x10, "US", 8), (0x11, "US", 12), (0x40, "CS", "G"), (0x50, "SS", [1, 1]), (0x100, "US", 1), (0x102, "US", 0),
        (0x3000, "OW", b"\x01" + b"\0" * 11),
    ):  # fmt: skip
        overlaid.add(dicomkit.DataElement(0x60000000 | element, vr, value))
    assert (0, 255) == (
        shown(overlaid, SoftcopyPresentation())[0, 0],
        shown(overlaid, SoftcopyPresentation(overlay_layer="OVER"))[0, 0],
    )


def test_what_is_built_is_read():
    """Every value comes back, the tables and the palette by their numbers."""
    read = dicomkit.dcmread(presentation_state([DEEP], FULL).to_bytes())
    expected = FULL.replace(layers=(*LAYERS, GraphicLayer(name="LATER")))
    assert expected == softcopy_presentation(read)
    table = LookupTable(np.arange(300, dtype=np.uint16), first=-100, bits=12, explanation="words")
    palette = Palette(ramp(4, 3, np.uint16) * 5000)
    said = SoftcopyPresentation(window=table, palette=palette, overlay_layer="")
    found = softcopy_presentation(dicomkit.dcmread(presentation_state([DEEP], said).to_bytes()))
    assert isinstance(found.window, LookupTable)
    assert (-100, 12, "words") == (found.window.first, found.window.bits, found.window.explanation)
    np.testing.assert_array_equal(table.entries, found.window.entries)
    assert found.palette is not None
    np.testing.assert_array_equal(palette.colors, found.palette.colors)
    lut = SoftcopyPresentation(presentation_lut=LookupTable(np.arange(10, dtype=np.uint16) * 100))
    found = softcopy_presentation(presentation_state([DEEP], lut))
    assert isinstance(found.presentation_lut, LookupTable)
    whole = softcopy_presentation(presentation_state([GREY]))
    assert whole == SoftcopyPresentation(
        presentation_lut="IDENTITY", area=DisplayedArea(right=12, bottom=8), layers=(), annotations=()
    )


def test_several_images():
    """What differs between images is said for each of them; references are by series, frames of an image together."""
    other = image(
        ramp(6, 6),
        **{**UIDS, "SOPInstanceUID": "1.2.826.9", "SeriesInstanceUID": "1.2.826.8"},
        WindowCenter=5,
        WindowWidth=9,
    )
    cine = image(np.tile(ramp(8, 12), (4, 1)), Rows=8, NumberOfFrames=4, SOPInstanceUID="1.2.826.7", **UIDS)
    ds = presentation_state([GREY, other, (cine, [1, 3]), (cine, [4])])
    assert [("1.2.3.4", ()), ("1.2.826.7", (1, 3, 4)), ("1.2.826.9", ())] == [
        (each.sop_instance_uid, each.frames) for each in presented_instances(ds)
    ]
    (voi,) = ds.SoftcopyVOILUTSequence
    assert ["1.2.826.9"] == [each.ReferencedSOPInstanceUID for each in voi.ReferencedImageSequence]
    first, second = ds.DisplayedAreaSelectionSequence
    assert ([12, 8], [6, 6], 2, 1) == (
        first.DisplayedAreaBottomRightHandCorner,
        second.DisplayedAreaBottomRightHandCorner,
        len(first.ReferencedImageSequence),
        len(second.ReferencedImageSequence),
    )
    for each in (GREY, other):
        np.testing.assert_array_equal(render(each).array, render(each, presentation=ds).array)
    seen = [softcopy_presentation(ds, each).window for each in presented_instances(ds)]
    assert [None, None, Window(5, 9)] == seen
    with pytest.raises(PixelError):
        render(cine, 1, presentation=ds)


def test_frames_that_differ():
    """Frames of an enhanced image have their own windows, and those that have the same are said together."""
    windows = [Dataset(WindowCenter=center, WindowWidth=10) for center in (5, 7, 5)]
    groups = [Dataset(FrameVOILUTSequence=[each]) for each in windows]
    cine = image(
        np.tile(ramp(8, 12), (3, 1)), Rows=8, NumberOfFrames=3, PerFrameFunctionalGroupsSequence=groups, **UIDS
    )
    ds = presentation_state([cine])
    assert [(5, [1, 3]), (7, 2)] == [
        (each.WindowCenter, each.ReferencedImageSequence[0].ReferencedFrameNumber) for each in ds.SoftcopyVOILUTSequence
    ]
    for frame in range(3):
        np.testing.assert_array_equal(render(cine, frame).array, render(cine, frame, presentation=ds).array)
    (voi,) = presentation_state([(cine, [2])]).SoftcopyVOILUTSequence
    assert (7, False) == (voi.WindowCenter, "ReferencedImageSequence" in voi)


@pytest.mark.parametrize(
    ("images", "said", "message"),
    [
        ([], {}, "of no image"),
        ([GREY, image(ramp(), **{**UIDS, "StudyInstanceUID": "1.2.826.5"})], {}, "several studies"),
        ([GREY, image(ramp(), RescaleSlope=2, SOPInstanceUID="1.2.5", **UIDS)], {}, "different modality LUTs"),
        ([GREY, image(ramp(), PhotometricInterpretation="MONOCHROME1", **UIDS)], {}, "some are inverted"),
        ([GREY, COLOR], {}, "others in colours"),
        ([COLOR], {"window": (1, 2)}, "neither windows nor"),
        ([COLOR], {"palette": Palette(np.zeros((2, 3), np.uint16))}, "a palette for images that have colours"),
        ([GREY], {"window": 0}, "there is no window 0"),
        ([GREY], {"window": "minmax"}, "centre and width"),
        ([GREY], {"window": (1, -2)}, "has the width -2"),
        ([GREY], {"label": "review"}, "Content Label is up to 16 capital letters"),
        ([GREY], {"layers": (GraphicLayer(name="A" * 17),)}, "a graphic layer is up to 16"),
        ([GREY], {"annotations": (Annotation(),)}, "a graphic layer is up to 16"),
        ([GREY], {"overlay_layer": "\x1b"}, "a graphic layer is up to 16"),
        (
            [GREY],
            {"annotations": (Annotation(layer="A", texts=(TextObject(text="x" * 1025, anchor=(1, 1)),)),)},
            "a text of 1025 characters",
        ),
        ([Dataset(**UIDS, SOPClassUID="1.2", SOPInstanceUID="1.2")], {}, "without Rows and Columns"),
    ],
)
def test_what_no_state_says(images: list[Dataset], said: dict[str, object], message: str):
    """Each with what is wrong."""
    with pytest.raises(PixelError, match=message):
        presentation_state(images, SoftcopyPresentation(**said))  # type: ignore[arg-type]


@pytest.mark.interop
@pytest.mark.parametrize("name", ["grey", "colour", "pseudo-colour", "plain"])
def test_other_checkers(
    name: str,
    corpus: object,
    tmp_path: Path,
    require_peer: Callable[[str], str],
    require_package: Callable[[str], ModuleType],
):
    """Neither dciodvfy nor, of the grayscale ones that it knows, dcmpschk have anything to say."""
    palette = Palette(np.stack([ramp(), ramp()[::-1], ramp()], axis=2).reshape(-1, 3).astype(np.uint16) * 257)
    file, said = {
        "grey": ("CT_small.dcm", FULL.replace(overlay_layer="OVER")),
        "colour": ("SC_rgb.dcm", FULL.replace(window=None, presentation_lut=None, shutter_color=(255, 0, 0))),
        "pseudo-colour": ("MR_small.dcm", FULL.replace(presentation_lut=None, palette=palette)),
        "plain": ("RG3_UNCR.dcm", SoftcopyPresentation()),
    }[name]
    path = tmp_path / "ps.dcm"
    presentation_state([dicomkit.dcmread(real_file(file))], said).save_as(path)
    # That Laterality is empty where it is not known is as dciodvfy says it should be.
    assert [] == [
        each for each in complaints(path, require_package("dicom3tools")) if "when actually unknown" not in each
    ]
    if name in ("grey", "plain"):
        answer = subprocess.run([require_peer("dcmpschk"), str(path)], capture_output=True, check=True, text=True)
        said_by_dcmtk = (answer.stdout + answer.stderr).splitlines()
        assert [f"W: Testing: {path}", "W: Test passed."] == [line for line in said_by_dcmtk if line]


@pytest.mark.interop
@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("CT_small.dcm", SoftcopyPresentation()),
        ("CT_small.dcm", FULL.replace(area=None, shutters=(), window=(40, 400))),
        ("CT_small.dcm", SoftcopyPresentation(window=Window(40, 400, "LINEAR", "soft"), rotation=270)),
        ("CT_small.dcm", SoftcopyPresentation(window=LookupTable(np.arange(0, 4000, 20, np.uint16), -100, 12))),
        ("CT_small.dcm", SoftcopyPresentation(window=(40, 400), presentation_lut="INVERSE", is_flipped=True)),
        (
            "CT_small.dcm",
            SoftcopyPresentation(
                window=(40, 400),
                presentation_lut=LookupTable((np.linspace(0, 1, 4096) ** 2 * 65535).astype(np.uint16)),
            ),
        ),
        ("MR_small.dcm", SoftcopyPresentation(rotation=180)),
        ("RG3_UNCR.dcm", SoftcopyPresentation()),
        ("vlut_04.dcm", SoftcopyPresentation()),
        ("mlut_18.dcm", SoftcopyPresentation()),
        ("examples_overlay.dcm", SoftcopyPresentation(overlay_layer="OVER")),
    ],
)
def test_dcmtk_shows_the_same(
    file: str, said: SoftcopyPresentation, corpus: object, tmp_path: Path, require_peer: Callable[[str], str]
):
    """The picture of dcmp2pgm, which does lookup tables and turns but no areas and shutters, within one grey level."""
    ds = dicomkit.dcmread(real_file(file))
    path, target = tmp_path / "ps.dcm", tmp_path / "theirs.pgm"
    presentation_state([ds], said.replace(layers=(), annotations=())).save_as(path)
    command = [require_peer("dcmp2pgm"), "-q", "-p", str(path), str(real_file(file)), str(target)]
    subprocess.run(command, check=True, capture_output=True)
    ours = render(ds, presentation=dicomkit.dcmread(path), overlays=False).array
    assert share_of_other_pixels(ours, pnm(target)) <= 0.001
