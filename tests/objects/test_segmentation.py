"""Segmentations read as masks, compared with pydicom's pixels and with what highdicom reads and writes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dicomkit
from dicomkit import Dataset, ReadOptions
from dicomkit.core.issue import IssueCode
from dicomkit.core.limits import Limits
from dicomkit.errors import DicomError, LimitExceededError, MissingElementError, PixelError
from dicomkit.objects import Segmentation, segmentation
from dicomkit.pixels import FrameReader
from tests.corpora import real_file
from tests.objects.slices import BONE, SEGMENTS, TISSUE, labels, series, slide, written

KINDS = pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])


def made(kind: str = "BINARY", masks: np.ndarray | None = None, **more: object) -> Dataset:
    """Make a segmentation of three slices and read it."""
    source = series()
    return written(segmentation(source, labels() if masks is None else masks, SEGMENTS, kind=kind, **more))  # type: ignore[arg-type]


def test_a_real_segmentation(corpus: object):
    """Of a liver in three slices: its one segment, its planes along the normal, and the pixels that pydicom has."""
    path = real_file("liver.dcm")
    seg = Segmentation(dicomkit.dcmread(path))
    assert ("BINARY", "", 1, 3, 3) == (seg.kind, seg.overlap, len(seg.segments), len(seg.planes), len(seg))
    liver = seg.segment(1)
    assert ("Liver", "T-D0050", "T-62000", "SEMIAUTOMATIC") == (
        liver.label, liver.category and liver.category.value, liver.type and liver.type.value, liver.algorithm_type
    )  # fmt: skip
    heights = [plane.position[2] for plane in seg.planes]
    assert sorted(heights) == heights
    theirs = pydicom.dcmread(path)
    at = [float(item.PlanePositionSequence[0].ImagePositionPatient[2]) for item in theirs[0x52009230]]
    expected = theirs.pixel_array[np.argsort(at)].astype(bool)
    np.testing.assert_array_equal(expected, seg.mask(1))
    np.testing.assert_array_equal(expected[1], seg.mask(1, 1))
    reference = theirs[0x52009230][0].DerivationImageSequence[0].SourceImageSequence[0]
    assert reference.ReferencedSOPInstanceUID == seg.frame(0).sources[0].sop_instance_uid
    assert [0] == list(seg.frames_of_source(reference.ReferencedSOPInstanceUID))


@KINDS
def test_masks_fractions_and_labels(kind: str):
    """They are those that the segmentation was made of, in one plane and in all."""
    seg = Segmentation(made(kind))
    assert (kind, 128, 128, 3) == (seg.kind, seg.rows, seg.columns, len(seg.planes))
    for number in (1, 2):
        expected = labels() == number
        np.testing.assert_array_equal(expected, seg.mask(number))
        np.testing.assert_array_equal(expected[1], seg.mask(number, 1))
        fractions = seg.fractions(number)
        assert (np.float32, True) == (fractions.dtype, np.array_equal(fractions, expected))
    np.testing.assert_array_equal(labels(), seg.labels())
    assert np.uint8 == seg.labels(2).dtype
    assert () == seg.dataset.issues


@KINDS
def test_each_frame_says_what_it_is_of(kind: str):
    """Segment, plane, position and source of each, and the frames of a segment, a plane, a source."""
    seg = Segmentation(made(kind))
    for number in range(len(seg)):
        frame = seg.frame(number)
        assert seg.planes[frame.plane].position == frame.position
        assert [f"1.2.3.4.{frame.plane + 1}"] == [source.sop_instance_uid for source in frame.sources]
        assert number in seg.frames_of_source(frame.sources[0].sop_instance_uid)
        assert number in seg.frames(frame.segment, frame.plane)
    expected = {"LABELMAP": [None] * 3}.get(kind, [1, 1, 2, 2])
    assert expected == [seg.frame(number).segment for number in range(len(seg))]
    assert {"LABELMAP": [0, 1, 2]}.get(kind, [2, 3]) == list(seg.frames(2))
    with pytest.raises(IndexError, match="no segment is 9; there are"):
        seg.mask(9)
    with pytest.raises(IndexError, match="plane 3 of 3"):
        seg.labels(3)
    with pytest.raises(IndexError, match="frame 7 of"):
        seg.frame(7)


def test_fractions_come_back():
    """To the nearest of the 100 that there are; a mask is where they reach a threshold."""
    fractions = np.random.default_rng(3).random((2, 3, 128, 128)).astype(np.float32)
    seg = Segmentation(made("FRACTIONAL", fractions, fractional_type="OCCUPANCY", maximum_fractional_value=100))
    assert "OCCUPANCY" == seg.fractional_type
    assert 0.005001 > np.abs(fractions - np.stack([seg.fractions(1), seg.fractions(2)])).max()
    np.testing.assert_array_equal(np.rint(fractions[0] * 100) >= 75, seg.mask(1, threshold=0.75))
    np.testing.assert_array_equal(np.rint(fractions[1] * 100).astype(int), np.rint(seg.fractions(2) * 100).astype(int))
    with pytest.raises(ValueError, match="a threshold is a fraction"):
        seg.mask(1, threshold=0)


def test_overlaps_are_not_decided_unasked():
    """A pixel of two segments has a label only by order of the caller; masks have both."""
    masks = np.zeros((2, 3, 128, 128), bool)
    masks[0, 1, 3:9, 3:9] = masks[1, 1, 5:12, 5:12] = True
    seg = Segmentation(made("BINARY", masks))
    assert "YES" == seg.overlap
    with pytest.raises(PixelError, match="segments 1 and 2 overlap in plane 0 at row 5, column 5"):
        seg.labels()
    first, last = seg.labels(0, overlap="first"), seg.labels(0, overlap="last")
    assert (1, 2) == (first[6, 6], last[6, 6])
    np.testing.assert_array_equal((first > 0), (last > 0))
    np.testing.assert_array_equal(masks[0, 1] | masks[1, 1], first > 0)
    with pytest.raises(ValueError, match="overlap is"):
        seg.labels(overlap="both")  # type: ignore[arg-type]


def test_the_order_of_frames_is_of_no_account():
    """Planes are in order along the normal, also of a series that was acquired downwards."""
    source = series()[::-1]
    seg = Segmentation(written(segmentation(source, labels(), SEGMENTS)))
    assert [-75.7, -70.7, -65.7] == [round(plane.position[2], 1) for plane in seg.planes]
    np.testing.assert_array_equal(labels()[::-1], seg.labels())


def test_a_mask_reads_its_frames_only(monkeypatch: pytest.MonkeyPatch):
    """Of twelve frames one is decoded; making the segmentation decodes none."""
    numbers: list[int] = []
    read = FrameReader.read
    monkeypatch.setattr(FrameReader, "read", lambda self, number: numbers.append(number) or read(self, number))
    seg = Segmentation(made(omit_empty=False))
    assert [] == numbers
    seg.mask(2, 1)
    assert [4] == numbers


@pytest.mark.parametrize("uid", ["RLELossless", "DeflatedImageFrameCompression"])
def test_compressed_frames(uid: str):
    """Of a label map, which RLE makes small; single bits in the syntax that was made for them."""
    ds = made("LABELMAP" if uid == "RLELossless" else "BINARY")
    ds.compress(uid)
    np.testing.assert_array_equal(labels(), Segmentation(written(ds)).labels())


# -- slides ------------------------------------------------------------------------------------------------------------


def full_slide(kind: str, masks: np.ndarray, tile: int = 32) -> Dataset:
    """Make a TILED_FULL segmentation of a Total Pixel Matrix: masks (segments, rows, columns)."""
    count, rows, columns = masks.shape
    ds = made(kind)
    cut = [
        masks[path, top : top + tile, left : left + tile]
        for path in range(count)
        for top in range(0, rows, tile)
        for left in range(0, columns, tile)
    ]
    ds.TotalPixelMatrixRows, ds.TotalPixelMatrixColumns = rows, columns
    ds.DimensionOrganizationType = "TILED_FULL"
    ds.Rows, ds.Columns, ds.NumberOfFrames = tile, tile, len(cut)
    ds.PixelData = np.packbits(np.stack(cut).reshape(-1), bitorder="little").tobytes()
    del ds.PerFrameFunctionalGroupsSequence
    return written(ds)


def test_a_full_slide():
    """The order of frames tells which segment and which tile each is of."""
    masks = np.random.default_rng(1).random((2, 64, 96)) > 0.5
    seg = Segmentation(full_slide("BINARY", masks))
    assert (True, 12, 64, 96, 1) == (seg.is_tiled, len(seg), seg.rows, seg.columns, len(seg.planes))
    np.testing.assert_array_equal(masks, [seg.mask(1, 0), seg.mask(2, 0)])
    np.testing.assert_array_equal(masks[1, 10:50, 20:90], seg.mask(2, 0, region=(10, 20, 40, 70)))
    frame = seg.frame(10)
    assert (2, 0, 32, 32) == (frame.segment, frame.plane, frame.top, frame.left)
    assert [6, 7, 8, 9, 10, 11] == list(seg.frames(2))
    with pytest.raises(PixelError, match="overlap"):
        seg.labels()


def test_a_sparse_slide():
    """Tiles that are there are read; a region, a segment or a plane that there is not is an IndexError."""
    source, matrix = slide(), np.zeros((50, 70), np.uint8)
    matrix[3:10, 5:20], matrix[40:, 50:] = 1, 2
    ds = written(segmentation(source, matrix, SEGMENTS))
    seg = Segmentation(ds)
    assert "<Segmentation BINARY 70x50 in 1 planes, 2 segments in 3 frames>" == repr(seg)
    np.testing.assert_array_equal(matrix == 2, seg.mask(2)[0])
    assert ([0], [1, 2], [0, 1, 2], []) == (
        list(seg.frames(1)), list(seg.frames(2, 0)), list(seg.frames()), list(seg.frames_of_source("1.2.9"))
    )  # fmt: skip
    np.testing.assert_array_equal(matrix[:32, :40], seg.labels(0, region=(0, 0, 32, 40)))
    for region in ((0, 0, 51, 70), (-1, 0, 2, 2), (0, 0, 0, 1), (49, 69, 1, 2)):
        with pytest.raises(IndexError, match="no region of 50 rows"):
            seg.labels(0, region=region)
        with pytest.raises(IndexError, match="no region of 50 rows"):
            seg.mask(1, 0, region=region)
    del ds.PerFrameFunctionalGroupsSequence[2].PlanePositionSlideSequence
    last = Segmentation(ds).frame(2)
    assert (None, None, None) == (last.segment, last.top, last.left)


def test_a_region_of_slices_is_refused():
    """Only tiled images have them."""
    with pytest.raises(ValueError, match="a part of a tiled image"):
        Segmentation(made()).mask(1, 0, region=(0, 0, 1, 1))


def test_frames_of_one_segment_and_place_are_put_together():
    """Of two frames of the same place, a pixel is in the mask that is in one of them."""
    ds = made(omit_empty=False)
    position = ds.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0].ImagePositionPatient
    ds.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence[0].ImagePositionPatient = position
    np.testing.assert_array_equal((labels()[0] == 1) | (labels()[1] == 1), Segmentation(ds).mask(1, 0))


def test_what_is_missing_is_told_from_the_pixels():
    """Without a type, single bits are BINARY and bytes FRACTIONAL; a maximum of 0 is none."""
    for kind in ("BINARY", "FRACTIONAL"):
        ds = made(kind)
        del ds.SegmentationType
        assert kind == Segmentation(ds).kind
    ds.MaximumFractionalValue = 0
    with pytest.raises(PixelError, match="Maximum Fractional Value is 0"):
        Segmentation(ds)


# -- peers -------------------------------------------------------------------------------------------------------------


@KINDS
def test_what_another_implementation_writes(kind: str, tmp_path: Path, require_package: Callable[[str], ModuleType]):
    """Masks, segments and sources of a segmentation that highdicom made."""
    hd = require_package("highdicom")
    from pydicom.sr.codedict import codes

    for number, ds in enumerate(series()):
        ds.PatientSex = "O"
        ds.save_as(tmp_path / f"{number}.dcm")
    source = [pydicom.dcmread(tmp_path / f"{number}.dcm") for number in range(3)]
    algorithm = hd.AlgorithmIdentificationSequence("net", codes.cid7162.ArtificialIntelligence, "1")
    automatic = hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC
    described = [
        hd.seg.SegmentDescription(number, f"s{number}", codes.SCT.Tissue, codes.SCT.Bone, automatic, algorithm)
        for number in (1, 2)
    ]
    theirs = hd.seg.Segmentation(
        source, labels(), kind, described, hd.UID(), 1, hd.UID(), 1, "M", "MM", "1", "SN"
    )  # fmt: skip
    theirs.save_as(tmp_path / "seg.dcm")
    seg = Segmentation(dicomkit.dcmread(tmp_path / "seg.dcm"))
    np.testing.assert_array_equal(labels(), seg.labels())
    assert (TISSUE, BONE, "net") == (seg.segment(2).category, seg.segment(2).type, seg.segment(2).algorithm_name)
    assert {"1.2.3.4.1", "1.2.3.4.2", "1.2.3.4.3"} == {
        seg.frame(number).sources[0].sop_instance_uid for number in range(len(seg))
    }


@KINDS
def test_another_implementation_reads_the_same(kind: str, tmp_path: Path, require_package: Callable[[str], ModuleType]):
    """highdicom finds the frames of each source image and gives the labels that went in."""
    hd = require_package("highdicom")
    made(kind).save_as(tmp_path / "seg.dcm")
    theirs = hd.seg.segread(tmp_path / "seg.dcm")
    found = theirs.get_pixels_by_source_instance(
        ["1.2.3.4.1", "1.2.3.4.2", "1.2.3.4.3"],
        combine_segments=True,
        segment_numbers=[1, 2],
        ignore_spatial_locations=True,
    )
    np.testing.assert_array_equal(labels(), found)
    assert ["left", "right"] == [theirs.get_segment_description(number).segment_label for number in (1, 2)]


# -- bad input ---------------------------------------------------------------------------------------------------------


def test_what_is_no_segmentation(corpus: object):
    """An image has no segments; a segmentation whose frames name none has no masks."""
    with pytest.raises(MissingElementError, match="Segment Sequence"):
        Segmentation(dicomkit.dcmread(real_file("CT_small.dcm")))
    ds = made()
    del ds.PerFrameFunctionalGroupsSequence
    with pytest.raises(MissingElementError, match="Per-Frame"):
        Segmentation(ds)
    ds = made()
    for item in ds.PerFrameFunctionalGroupsSequence:
        del item.SegmentIdentificationSequence
    with pytest.raises(MissingElementError, match="names its segment"):
        Segmentation(ds)
    ds = made()
    ds.SegmentationType = "OTHER"
    with pytest.raises(PixelError, match="Segmentation Type"):
        Segmentation(ds)


def test_frames_of_segments_that_do_not_exist():
    """They are an issue, and in no mask; a second segment of a number is one, too."""
    ds = made()
    ds.PerFrameFunctionalGroupsSequence[0].SegmentIdentificationSequence[0].ReferencedSegmentNumber = 7
    del ds.PerFrameFunctionalGroupsSequence[1].SegmentIdentificationSequence
    ds.SegmentSequence.append(ds.SegmentSequence[0].copy())
    seg = Segmentation(ds)
    assert [IssueCode.PIXEL_DESCRIPTION_WRONG] * 3 == [issue.code for issue in ds.issues]
    assert (0, 2, None) == (seg.mask(1).sum(), len(seg.segments), seg.frame(0).segment)
    np.testing.assert_array_equal(labels() == 2, np.isin(seg.labels(), 2))


def test_a_million_frames_of_few_bytes():
    """What Number of Frames claims takes no memory: only frames that are described are looked at."""
    ds = made()
    ds.NumberOfFrames = 10**6
    seg = Segmentation(written(ds))
    assert 4 == len(seg)
    assert IssueCode.FRAME_COUNT_WRONG in [issue.code for issue in seg.dataset.issues]
    ds = full_slide("BINARY", np.zeros((2, 64, 96), bool))
    ds.NumberOfFrames, ds.TotalPixelMatrixRows, ds.TotalPixelMatrixColumns = 10**6, 2**32 - 1, 2**32 - 1
    seg = Segmentation(ds)
    with pytest.raises(LimitExceededError):
        seg.mask(1)
    assert 0 == seg.mask(1, 0, region=(0, 0, 32, 32)).sum()


def test_a_plane_beyond_the_limit():
    """A plane that no frame fills is bounded as a frame is."""
    data = made().to_bytes()
    options = ReadOptions(limits=Limits(frame_bytes=1000))
    with pytest.raises(LimitExceededError):
        Segmentation(dicomkit.dcmread(data, options))


def test_more_planes_than_memory():
    """They can be had one by one, and the error says so."""
    seg = Segmentation(made())
    seg.planes = range(10**12)  # type: ignore[assignment]
    with pytest.raises(PixelError, match="one by one"):
        seg.mask(1)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_files_raise_nothing_else(data: st.DataObject):
    """Whatever a byte of a segmentation becomes, there are masks or a DicomError."""
    content = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(132, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(DicomError):
        seg = Segmentation(dicomkit.dcmread(bytes(content)))
        for number in range(len(seg)):
            seg.frame(number)
        seg.labels(overlap="last")


def small() -> bytes:
    """Make a segmentation of 8 by 8 pixels."""
    source = series(2)
    for ds in source:
        ds.Rows = ds.Columns = 8
    masks = np.zeros((2, 8, 8), np.uint8)
    masks[0, 2, 3], masks[1, 4, 5] = 1, 2
    return segmentation(source, masks, SEGMENTS).to_bytes()


SMALL = small()
