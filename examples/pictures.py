"""The pictures of docs/how-to/make-pictures.md, from pydicom's sample files: python examples/pictures.py folder."""

from __future__ import annotations

import sys
from pathlib import Path

from pydicom.data import get_testdata_file

import dicomkit
from dicomkit import Dataset
from dicomkit.objects import waveform_groups, waveform_picture
from dicomkit.pixels import Picture, Window, animation, cine_times, contact_sheet, render, render_frames

SIZE = 200


def read(name: str) -> Dataset:
    """Read a sample file."""
    path = get_testdata_file(name)
    if not isinstance(path, str):
        raise SystemExit(f"{name} is not here: pip install pydicom pydicom-data")
    return dicomkit.dcmread(path)


def windows() -> Picture:
    """One head, three windows: brain, stroke, bone."""
    ds = read("693_UNCR.dcm")
    return contact_sheet([render(ds, window=window, size=SIZE) for window in ((40, 80), (40, 40), (600, 2800))], 3)


def functions() -> Picture:
    """One window, three functions, of the same values."""
    ds = read("693_UNCR.dcm")
    kinds = ("LINEAR", "LINEAR_EXACT", "SIGMOID")
    return contact_sheet([render(ds, window=Window(40, 100, kind), size=SIZE) for kind in kinds], 3)


def inverted() -> Picture:
    """A radiograph whose lowest value is white (MONOCHROME1), as it is meant, and turned around."""
    ds = read("RG3_UNCR.dcm")
    return contact_sheet([render(ds, size=SIZE), render(ds, invert=True, size=SIZE)], 2)


def overlays() -> Picture:
    """With its overlay, and without."""
    ds = read("examples_overlay.dcm")
    return contact_sheet([render(ds, size=300), render(ds, overlays=False, size=300)], 2)


def palettes() -> Picture:
    """A palette image whose palette is in segments, and a perfusion map with colours above its greys, also in grey."""
    segmented, supplemental = read("gdcm-US-ALOKA-16.dcm"), read("eCT_Supplemental.dcm")
    return contact_sheet(
        [
            render(segmented, size=SIZE),
            render(supplemental, 1, size=SIZE),
            render(supplemental, 1, size=SIZE, palette=False),
        ],
        3,
    )


def presentation_state(ds: Dataset) -> Dataset:
    """Make a presentation state: a window, a quarter turn, a round shutter, an ellipse and a text."""
    reference = Dataset(ReferencedSOPClassUID=ds.SOPClassUID, ReferencedSOPInstanceUID=ds.SOPInstanceUID)
    area = Dataset(
        DisplayedAreaTopLeftHandCorner=[60, 30],
        DisplayedAreaBottomRightHandCorner=[460, 480],
        PresentationSizeMode="SCALE TO FIT",
        PresentationPixelSpacing=list(ds.PixelSpacing),
    )
    ellipse = Dataset(
        GraphicAnnotationUnits="PIXEL",
        GraphicDimensions=2,
        NumberOfGraphicPoints=4,
        GraphicData=[330.0, 150.0, 380.0, 330.0, 320.0, 255.0, 390.0, 225.0],
        GraphicType="ELLIPSE",
        GraphicFilled="N",
    )
    text = Dataset(
        UnformattedTextValue="here",
        BoundingBoxAnnotationUnits="DISPLAY",
        BoundingBoxTopLeftHandCorner=[0.05, 0.05],
        BoundingBoxBottomRightHandCorner=[0.3, 0.12],
        BoundingBoxTextHorizontalJustification="LEFT",
    )
    return Dataset(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.11.1",
        SOPInstanceUID=dicomkit.generate_uid(),
        ReferencedSeriesSequence=[Dataset(ReferencedImageSequence=[reference])],
        RescaleSlope=ds.RescaleSlope,
        RescaleIntercept=ds.RescaleIntercept,
        SoftcopyVOILUTSequence=[Dataset(WindowCenter=40, WindowWidth=80)],
        PresentationLUTShape="IDENTITY",
        DisplayedAreaSelectionSequence=[area],
        ImageRotation=90,
        ImageHorizontalFlip="N",
        ShutterShape="CIRCULAR",
        CenterOfCircularShutter=[250, 256],
        RadiusOfCircularShutter=200,
        ShutterPresentationValue=0x3000,
        GraphicLayerSequence=[
            Dataset(
                GraphicLayer="FINDING", GraphicLayerOrder=1, GraphicLayerRecommendedDisplayRGBValue=[0xFFFF, 0xD000, 0]
            )
        ],
        GraphicAnnotationSequence=[
            Dataset(GraphicLayer="FINDING", GraphicObjectSequence=[ellipse], TextObjectSequence=[text])
        ],
    )


def presentation() -> Picture:
    """An image as it is stored, and by a presentation state."""
    ds = read("693_UNCR.dcm")
    return contact_sheet([render(ds, size=300), render(ds, presentation=presentation_state(ds), size=300)], 2)


def sheet() -> Picture:
    """The frames of a volume."""
    return contact_sheet(render_frames(read("emri_small.dcm"), size=96), 5)


def ecg() -> Picture:
    """Four leads of an electrocardiogram, five seconds."""
    rhythm, *_ = waveform_groups(read("waveform_ecg.dcm"))
    return waveform_picture(rhythm, channels=[0, 1, 6, 10], seconds=5, pixels_per_mm=4)


PICTURES = (windows, functions, inverted, overlays, palettes, presentation, sheet, ecg)


def main(folder: Path) -> None:
    """Write every picture, and the frames of the volume as a moving one."""
    folder.mkdir(parents=True, exist_ok=True)
    for make in PICTURES:
        make().save(folder / f"{make.__name__}.png")
    volume = read("emri_small.dcm")
    (folder / "cine.gif").write_bytes(animation(render_frames(volume, size=SIZE), "gif", cine_times(volume)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
