"""Print management: attributes, events, Meta SOP Classes (PS3.4 H)."""

from __future__ import annotations

import pytest

from dicomkit import Dataset
from dicomkit.net.services import SERVICES, check_request
from dicomkit.net.services.printing import PRINT, PRINT_JOB_EVENTS, PRINTER_EVENTS

SESSION, FILM, GRAY, COLOR, PRINTER = [f"1.2.840.10008.5.1.1.{number}" for number in ("1", "2", "4", "4.1", "16")]


def test_meta_classes_have_their_members():
    """PS3.4 H.3.2.2: session, film box, an image box, and the printer."""
    assert (SESSION, FILM, GRAY, PRINTER) == SERVICES.sop_class("1.2.840.10008.5.1.1.9").members
    assert (SESSION, FILM, COLOR, PRINTER) == SERVICES.sop_class("1.2.840.10008.5.1.1.18").members
    for row in PRINT.sop_classes:
        for member in row.members:
            operations = {support.operation for support in PRINT.sop_class(member).operations}
            assert operations <= {support.operation for support in row.operations}


def image(*, color: bool = False) -> Dataset:
    """Give an image as an image box takes it."""
    ds = Dataset(
        SamplesPerPixel=3 if color else 1,
        PhotometricInterpretation="RGB" if color else "MONOCHROME2",
        Rows=1,
        Columns=1,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelRepresentation=0,
    )
    if color:
        ds.PlanarConfiguration = 1
    ds.add_new("PixelData", "OB", bytes(4))
    return ds


@pytest.mark.parametrize(
    ("uid", "keyword", "color"),
    [(GRAY, "BasicGrayscaleImageSequence", False), (COLOR, "BasicColorImageSequence", True)],
)
def test_an_image_box_takes_a_whole_image(uid: str, keyword: str, color: bool):
    """Tables H.4-10 and H.4-11: each attribute of the image is missed; no item erases the image."""
    row = SERVICES.sop_class(uid)
    ds = Dataset({"ImageBoxPosition": 1, keyword: [image(color=color)]})
    assert check_request(row, "n-set", ds).is_success
    for element in image(color=color):
        broken = Dataset({"ImageBoxPosition": 1, keyword: [image(color=color)]})
        del broken[keyword].value[0][element.tag]
        verdict = check_request(row, "n-set", broken)
        assert (0x0120, (element.tag,)) == (verdict.status, verdict.attributes)
    assert 0x0120 == check_request(row, "n-set", Dataset({keyword: [image(color=color)]})).status
    assert check_request(row, "n-set", Dataset({"ImageBoxPosition": 1, keyword: []})).is_success


def test_a_film_box_belongs_to_a_session():
    """Table H.4-6: format and session are mandatory."""
    session = Dataset(ReferencedSOPClassUID=SESSION, ReferencedSOPInstanceUID="1.2.3")
    ds = Dataset(ImageDisplayFormat=r"STANDARD\1,1", ReferencedFilmSessionSequence=[session])
    row = SERVICES.sop_class(FILM)
    assert check_request(row, "n-create", ds).is_success
    assert 0x0120 == check_request(row, "n-create", Dataset(ImageDisplayFormat="STANDARD")).status
    assert check_request(SERVICES.sop_class(SESSION), "n-create", Dataset()).is_success


def test_events_are_numbered():
    """Tables H.4-14 and H.4-16."""
    assert [(1, "Normal"), (2, "Warning"), (3, "Failure")] == [(one.number, one.name) for one in PRINTER_EVENTS]
    assert ["Pending", "Printing", "Done", "Failure"] == [one.name for one in PRINT_JOB_EVENTS]
