"""Multi-frame images taken apart: attributes of functional groups, and pixels as they are encoded."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pydicom
import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.core.issue import IssueCode
from dicomkit.errors import MissingElementError, PixelError, TruncatedError
from dicomkit.file import frame_bytes
from dicomkit.objects import single_frames
from dicomkit.pixels import FrameView, overlays, read_frame
from tests.corpora import real_file
from tests.objects.slices import errors_of, series, written

ENHANCED = ["eCT_Supplemental.dcm", "emri_small.dcm", "emri_small_RLE.dcm", "emri_small_big_endian.dcm"]


def enhanced(**groups: Dataset) -> Dataset:
    """Make an enhanced MR image of two frames, whose first has groups of its own."""
    ds = Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.4.1", SOPInstanceUID="1.2.3")
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    ds.set_pixel_data(np.arange(8, dtype=np.uint16).reshape(2, 2, 2), keep_uid=True)
    ds.SharedFunctionalGroupsSequence = [Dataset()]
    ds.PerFrameFunctionalGroupsSequence = [Dataset(**groups), Dataset()]
    return ds


@pytest.mark.parametrize("name", [*ENHANCED, "emri_small_jpeg_2k_lossless.dcm"])
def test_real_images(name: str, corpus: object):
    """Pixels, geometry, rescaling and window of each frame are the frame's; compressed frames stay as they are."""
    ds = dicomkit.dcmread(real_file(name))
    singles = list(single_frames(ds))
    assert ds.NumberOfFrames == len(singles)
    for number, single in enumerate(map(written, singles)):
        np.testing.assert_array_equal(read_frame(ds, number), single.pixel_array)
        view = FrameView(ds, number)
        for keyword in (
            "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness", "RescaleSlope",
            "RescaleIntercept", "WindowCenter", "WindowWidth", "BitsStored", "PatientName", "StudyInstanceUID",
        ):  # fmt: skip
            assert view.get(keyword) == single.get(keyword)
        assert number + 1 == single.InstanceNumber
        assert "NumberOfFrames" not in single
        if ds.transfer_syntax.is_encapsulated:
            assert (ds.transfer_syntax, frame_bytes(ds, number)) == (single.transfer_syntax, frame_bytes(single, 0))
    assert 1 == len({single.SeriesInstanceUID for single in singles})
    assert len(singles) == len({single.SOPInstanceUID for single in singles})
    assert ds.SOPInstanceUID not in {single.SOPInstanceUID for single in singles}


def test_a_validator_has_little_to_say(tmp_path: Path, require_package: Callable[[str], ModuleType]):
    """Of a CT image only that it has the palettes by which the enhanced one shows colours."""
    single = next(single_frames(dicomkit.dcmread(real_file("eCT_Supplemental.dcm"))))
    assert "1.2.840.10008.5.1.4.1.1.2" == single.SOPClassUID
    errors = errors_of(single, tmp_path, require_package)
    assert [] == [error for error in errors if "PaletteColorLookupTable" not in error]


def test_names_of_enhanced_images_become_those_of_single_frame_ones():
    """Numbers keep their values; what is whole is rounded; what was there is not put over."""
    ds = enhanced(
        MREchoSequence=[Dataset(EffectiveEchoTime=12.5)],
        FrameContentSequence=[Dataset(FrameAcquisitionNumber=7, FrameAcquisitionDateTime="20240102030405.5+0100")],
        MRImageFrameTypeSequence=[Dataset(FrameType=["ORIGINAL", "PRIMARY", "M", "NONE"])],
        CTExposureSequence=[Dataset(ExposureTimeInms=100.4, XRayTubeCurrentInmA=99.6)],
    )
    ds.EchoPulseSequence, ds.Spoiling, ds.EchoPlanarPulseSequence = "GRADIENT", "RF", "YES"
    first, second = single_frames(ds)
    assert (12.5, 7, "20240102", "030405.5") == (
        first.EchoTime, first.AcquisitionNumber, first.AcquisitionDate, first.AcquisitionTime
    )  # fmt: skip
    assert (["ORIGINAL", "PRIMARY", "M", "NONE"], 100, 100) == (
        first.ImageType, first.ExposureTime, first.XRayTubeCurrent
    )  # fmt: skip
    assert (["GR", "EP"], "SP", None) == (first.ScanningSequence, first.SequenceVariant, second.EchoTime)
    assert "FrameType" not in first


def test_groups_of_several_items():
    """Windows become values, sources of the derivation Source Images; other things stay sequences."""
    windows = [Dataset(WindowCenter=40, WindowWidth=400), Dataset(WindowCenter=[50, 60], WindowWidth=[1, 2])]
    source = Dataset(ReferencedSOPClassUID="1.2", ReferencedSOPInstanceUID="1.5")
    mapping = Dataset(LUTLabel="A", RealWorldValueSlope=2.0)
    private = Dataset()
    private.add_new(0x00210010, "LO", "ACME")
    ds = enhanced(
        FrameVOILUTSequence=windows,
        DerivationImageSequence=[Dataset(SourceImageSequence=[source], DerivationDescription="mean")],
        RealWorldValueMappingSequence=[mapping],
    )
    ds.PerFrameFunctionalGroupsSequence[0].add_new(0x00210010, "LO", "ACME")
    ds.PerFrameFunctionalGroupsSequence[0].add_new(0x00211001, "SQ", [private])
    first = next(single_frames(ds))
    assert ([40, 50, 60], [400, 1, 2]) == (first.WindowCenter, first.WindowWidth)
    assert ("1.5", "mean") == (first.SourceImageSequence[0].ReferencedSOPInstanceUID, first.DerivationDescription)
    assert mapping == first.RealWorldValueMappingSequence[0]
    assert ("ACME", private) == (first[0x00210010].value, first[0x00211001].value[0])


def test_overlays_of_several_frames():
    """Each frame gets the plane that is over it, those without one get none (C.9.2); pydicom agrees."""
    planes = np.random.default_rng(2).integers(0, 2, (2, 3, 5), np.uint8)
    ds = enhanced()
    ds.set_pixel_data(np.zeros((4, 3, 5), np.uint16), keep_uid=True)
    del ds.PerFrameFunctionalGroupsSequence
    ds.add_new(0x60000010, "US", 3)
    ds.add_new(0x60000011, "US", 5)
    ds.add_new(0x60000015, "IS", 2)
    ds.add_new(0x60000040, "CS", "G")
    ds.add_new(0x60000050, "SS", [1, 1])
    ds.add_new(0x60000051, "US", 2)
    ds.add_new(0x60000100, "US", 1)
    ds.add_new(0x60000102, "US", 0)
    ds.add_new(0x60003000, "OW", np.packbits(planes.reshape(-1), bitorder="little").tobytes())
    singles = [written(single) for single in single_frames(ds)]
    assert [False, True, True, False] == [0x60003000 in single for single in singles]
    assert [False] * 4 == [0x60000010 in single for single in singles[:1] + singles[3:]] * 2
    for plane, single in zip(planes, singles[1:3], strict=True):
        theirs = pydicom.dcmread(io.BytesIO(single.to_bytes()))
        np.testing.assert_array_equal(plane, theirs.overlay_array(0x6000))
        np.testing.assert_array_equal(plane, overlays(single)[0].bitmap())


@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small.dcm"])
def test_what_another_implementation_converted(name: str, tmp_path: Path, require_package: Callable[[str], ModuleType]):
    """The images that highdicom made one of come back, with what it kept of them."""
    hd = require_package("highdicom")
    originals = {}
    for number, ds in enumerate(series(3, name)):
        ds.PatientSex, ds.PatientBirthDate = "O", "19700101"
        ds.save_as(tmp_path / f"{number}.dcm")
        originals[ds.SOPInstanceUID] = ds
    made = hd.legacy.LegacyConvertedEnhancedCTImage if "CT" in name else hd.legacy.LegacyConvertedEnhancedMRImage
    sources = [pydicom.dcmread(tmp_path / f"{number}.dcm") for number in range(3)]
    made(sources, hd.UID(), 1, hd.UID(), 1).save_as(tmp_path / "legacy.dcm")
    singles = list(single_frames(dicomkit.dcmread(tmp_path / "legacy.dcm"), keep_uids=True))
    assert set(originals) == {single.SOPInstanceUID for single in singles}
    for single in singles:
        original = originals[single.SOPInstanceUID]
        np.testing.assert_array_equal(original.pixel_array, single.pixel_array)
        for keyword in (
            "SOPClassUID", "SeriesInstanceUID", "InstanceNumber", "ImagePositionPatient", "ImageOrientationPatient",
            "PixelSpacing", "SliceThickness", "PatientName", "StudyInstanceUID", "AcquisitionNumber", "KVP",
            "RepetitionTime", "EchoTime",
        ):  # fmt: skip
            assert original.get(keyword) == single.get(keyword), keyword
        assert original.ImageType[0] == single.ImageType[0]


def test_frames_that_are_not_described_or_not_there():
    """The first is an issue, the other an error at its frame, however many are claimed."""
    ds = enhanced()
    ds.NumberOfFrames = 10**6
    frames = single_frames(written(ds))
    assert 2 == len([next(frames), next(frames)])
    with pytest.raises(TruncatedError, match="frame 2 is not there"):
        next(frames)
    ds = enhanced()
    del ds.PerFrameFunctionalGroupsSequence[1]
    ds = written(ds)
    assert 2 == len(list(single_frames(ds)))
    assert [IssueCode.FRAME_COUNT_WRONG] == [issue.code for issue in ds.issues]


def test_images_that_have_no_single_frames(corpus: object):
    """No class stands for a segmentation, unless one is said; video has no frames of its own; text has no pixels."""
    ds = dicomkit.dcmread(real_file("liver.dcm"))
    with pytest.raises(PixelError, match="sop_class_uid="):
        single_frames(ds)
    singles = list(single_frames(ds, sop_class_uid="1.2.840.10008.5.1.4.1.1.66.4"))
    np.testing.assert_array_equal(ds.pixel_array, [written(single).pixel_array for single in singles])
    video = enhanced()
    video.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.102"
    video.PixelData = b"\xfe\xff\x00\xe0\0\0\0\0\xfe\xff\x00\xe0\x02\0\0\0\0\0"
    with pytest.raises(PixelError, match="video"):
        single_frames(video)
    del video.PixelData
    with pytest.raises(MissingElementError):
        single_frames(video)
