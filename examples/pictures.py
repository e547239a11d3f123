"""The pictures of docs/how-to/make-pictures.md, from pydicom's sample files: python examples/pictures.py folder."""

from __future__ import annotations

import sys
from pathlib import Path

from pydicom.data import get_testdata_file

import dicomkit
from dicomkit import Dataset
from dicomkit.objects import (
    Annotation,
    CircularShutter,
    DisplayedArea,
    GraphicLayer,
    GraphicObject,
    SoftcopyPresentation,
    TextObject,
    presentation_state,
    waveform_groups,
    waveform_picture,
)
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


FINDING = Annotation(
    layer="FINDING",
    graphics=(GraphicObject(kind="ELLIPSE", points=((330, 150), (380, 330), (320, 255), (390, 225))),),
    texts=(TextObject(text="here", box=(0.05, 0.05, 0.3, 0.12), units="DISPLAY"),),
)
#: A window, a quarter turn, a part of the image, a round shutter, an ellipse and a text.
SAID = SoftcopyPresentation(
    window=(40, 80),
    rotation=90,
    area=DisplayedArea(left=60, top=30, right=460, bottom=480),
    shutters=(CircularShutter(row=250, column=256, radius=200),),
    shutter_color=(48, 48, 48),
    layers=(GraphicLayer(name="FINDING", color=(255, 208, 0)),),
    annotations=(FINDING,),
)


def presentation() -> Picture:
    """An image as it is stored, and by a presentation state."""
    ds = read("693_UNCR.dcm")
    return contact_sheet([render(ds, size=300), render(ds, presentation=presentation_state([ds], SAID), size=300)], 2)


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
