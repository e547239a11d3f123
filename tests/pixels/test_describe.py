"""What contradicts itself about pixels is an Issue, and what was made of it is what the standard leaves."""

from __future__ import annotations

import numpy as np
import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.core.issue import IssueCode
from dicomkit.core.limits import Limits
from dicomkit.encoding.options import ReadOptions
from dicomkit.errors import LimitExceededError, MissingElementError, PixelError
from dicomkit.pixels import describe
from tests.corpora import real_file


def image(**changes: object) -> Dataset:
    """Make a consistent image of 4 rows, 6 columns and 12 of 16 bits, and change it."""
    values: dict[str, object] = {
        "Rows": 4,
        "Columns": 6,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 16,
        "BitsStored": 12,
        "HighBit": 11,
        "PixelRepresentation": 0,
        "PixelData": bytes(48),
    }
    values.update(changes)
    return Dataset(**{keyword: value for keyword, value in values.items() if value is not None})


def codes(ds: Dataset) -> list[IssueCode]:
    """Give the codes of the issues so far."""
    return [issue.code for issue in ds.issues]


def test_a_consistent_image_has_no_issues():
    """What the elements say is taken over."""
    ds = image(NumberOfFrames=1)
    found = describe(ds)
    assert ((4, 6), np.uint16, 12, 1, False) == (
        found.frame.shape,
        found.frame.dtype,
        found.frame.bits_stored,
        found.number_of_frames,
        found.is_encapsulated,
    )
    assert () == ds.issues


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"BitsStored": 17}, {"bits_stored": 16, "high_bit": 15}),
        ({"BitsStored": 0}, {"bits_stored": 16, "high_bit": 15}),
        ({"HighBit": 15}, {"bits_stored": 12, "high_bit": 15}),
        ({"HighBit": 3}, {"bits_stored": 12, "high_bit": 11}),
        ({"HighBit": 40}, {"high_bit": 11}),
        ({"PixelRepresentation": 7}, {"pixel_representation": 0}),
        ({"PhotometricInterpretation": None}, {"photometric_interpretation": "MONOCHROME2"}),
        ({"PhotometricInterpretation": "RGB"}, {"photometric_interpretation": "MONOCHROME2", "samples_per_pixel": 1}),
        (
            {"SamplesPerPixel": 3, "PixelData": bytes(144)},
            {"photometric_interpretation": "RGB", "samples_per_pixel": 3},
        ),
        (
            {
                "SamplesPerPixel": 3,
                "PixelData": bytes(144),
                "PhotometricInterpretation": "RGB",
                "PlanarConfiguration": 2,
            },
            {"planar_configuration": 0},
        ),
    ],
    ids=str,
)
def test_contradictions_are_resolved_and_reported_once(changes: dict[str, object], expected: dict[str, object]):
    """PS3.3 C.7.6.3: what cannot be is replaced by what it must be, with an Issue, also if asked twice."""
    ds = image(**{"HighBit": None, **changes} if "BitsStored" in changes else changes)
    frame = describe(ds).frame
    describe(ds)
    assert expected == {name: getattr(frame, name) for name in expected}
    assert [IssueCode.PIXEL_DESCRIPTION_WRONG] == codes(ds)


@pytest.mark.parametrize("length", [46, 52, 0])
def test_native_pixel_data_of_another_length_is_reported(length: int):
    """PS3.5 8.1.1: as many bytes as the frames need, and one of padding at most."""
    ds = image(PixelData=bytes(length))
    assert 1 == describe(ds).number_of_frames
    assert [IssueCode.PIXEL_LENGTH_WRONG] == codes(ds)


def test_chrominance_that_is_not_shared_is_known_by_the_length():
    """YBR_FULL_422 with three samples for each pixel is YBR_FULL (PS3.3 C.7.6.3.1.2)."""
    color = {"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_FULL_422", "PlanarConfiguration": 0}
    depth = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
    halved, whole = image(**color, **depth, PixelData=bytes(48)), image(**color, **depth, PixelData=bytes(72))
    assert ("YBR_FULL_422", []) == (describe(halved).frame.photometric_interpretation, codes(halved))
    assert "YBR_FULL" == describe(whole).frame.photometric_interpretation
    assert [IssueCode.PIXEL_LENGTH_WRONG] == codes(whole)


def test_a_number_of_frames_that_is_none_is_counted_by_the_bytes():
    """badVR.dcm says "1A": the Pixel Data has 15 frames."""
    ds = dicomkit.dcmread(real_file("badVR.dcm"))
    assert 15 == describe(ds).number_of_frames
    assert IssueCode.FRAME_COUNT_WRONG in codes(ds)


def test_the_largest_number_of_frames():
    """Beyond the largest IS no number is believed (PS3.5 6.2), so that it can be counted with."""
    ds = image(NumberOfFrames=1)
    ds[0x00280008].value = 10**30
    assert 2**31 - 1 == describe(ds).number_of_frames


def test_a_wrong_number_of_encapsulated_frames_is_reported(corpus: object):
    """The frames that are there are used, whatever Number of Frames says (PS3.3 C.7.6.6)."""
    ds = dicomkit.dcmread(real_file("emri_small_RLE.dcm"))
    ds.NumberOfFrames = 7
    assert 10 == describe(ds).number_of_frames
    assert IssueCode.FRAME_COUNT_WRONG in codes(ds)


@pytest.mark.parametrize("missing", ["Rows", "Columns", "BitsAllocated", "PixelData"])
def test_what_a_frame_cannot_do_without(missing: str):
    """Without them nothing can be said: MissingElementError."""
    with pytest.raises(MissingElementError):
        describe(image(**{missing: None}))


@pytest.mark.parametrize(
    "changes", [{"Rows": 0}, {"Columns": 0}, {"BitsAllocated": 12}, {"BitsAllocated": 0}, {"SamplesPerPixel": 0},
                {"SamplesPerPixel": 40000}], ids=str
)  # fmt: skip
def test_what_no_frame_can_be_is_an_error(changes: dict[str, object]):
    """PixelError says what."""
    with pytest.raises(PixelError):
        describe(image(**{"BitsStored": None, "HighBit": None, **changes}))


def test_frames_beyond_the_limit_are_refused():
    """65,535 rows and columns are 8 GiB, and 10 bytes of Pixel Data do not change that: nothing is allocated."""
    ds = image(Rows=65535, Columns=65535, NumberOfFrames=1_000_000, PixelData=bytes(10))
    with pytest.raises(LimitExceededError) as raised:
        describe(ds)
    assert ("frame_bytes", 2 * 65535**2) == (raised.value.limit, raised.value.value)


def test_the_limit_is_the_reader_s(corpus: object):
    """Limits.frame_bytes of the options that a file was read with."""
    options = ReadOptions(limits=Limits(frame_bytes=128 * 128 * 2 - 1))
    with pytest.raises(LimitExceededError):
        describe(dicomkit.dcmread(real_file("CT_small.dcm"), options))


def test_an_icon_is_native_in_an_encapsulated_data_set():
    """PS3.5 A.4: only the Pixel Data of the data set itself has to be encapsulated."""
    icon = image(BitsAllocated=8, BitsStored=8, HighBit=7, PixelData=bytes(range(24)))
    data = bytes.fromhex("FEFF00E000000000FEFF00E0020000000000")
    ds = image(
        IconImageSequence=[icon], PixelData=data, SOPClassUID="1.2.840.10008.5.1.4.1.1.7", SOPInstanceUID="1.2.3"
    )
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.5"
    found = ds.IconImageSequence[0]
    assert (False, list(range(24))) == (describe(found).is_encapsulated, found.pixel_array.ravel().tolist())
    assert describe(ds).is_encapsulated
