"""A tiled image gives tiles and regions of the Total Pixel Matrix (PS3.3 C.7.6.17.3), from the frames needed only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import dicomkit
from dicomkit import Dataset, ReadOptions
from dicomkit.core.issue import IssueCode
from dicomkit.core.limits import Limits
from dicomkit.errors import CodecError, LimitExceededError, MissingElementError, PixelError
from dicomkit.file.sources import PathSource
from dicomkit.pixels import FrameReader, TiledImage
from tests.pixels.images import image

RLE = "1.2.840.10008.1.2.5"
WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
PATHS = ("red", "green")


def matrices(paths: int = 2, planes: int = 3, rows: int = 37, columns: int = 50, **shape: int) -> np.ndarray:
    """Make Total Pixel Matrices of pixels that differ: (paths, planes, rows, columns[, 3])."""
    samples = (shape["samples"],) if shape else ()
    random = np.random.default_rng(5)
    return random.integers(0, 255, (paths, planes, rows, columns, *samples), np.uint8)


def cut(matrix: np.ndarray, top: int, left: int, rows: int, columns: int) -> np.ndarray:
    """Make a frame of a part of a matrix, padded with 255 where it passes the edge."""
    part = matrix[top : top + rows, left : left + columns]
    frame = np.full((rows, columns, *matrix.shape[2:]), 255, matrix.dtype)
    frame[: part.shape[0], : part.shape[1]] = part
    return frame


def slide(array: np.ndarray, frames: list[np.ndarray], **elements: object) -> Dataset:
    """Make the data set of a slide of these matrices and frames."""
    paths, _, rows, columns = array.shape[:4]
    ds = image(
        frames[0],
        SOPClassUID=WHOLE_SLIDE,
        NumberOfFrames=len(frames),
        TotalPixelMatrixRows=rows,
        TotalPixelMatrixColumns=columns,
        OpticalPathSequence=[Dataset(OpticalPathIdentifier=name) for name in PATHS[:paths]],
    )
    ds.PixelData = np.stack(frames).tobytes()
    for keyword, value in elements.items():
        ds[keyword] = value
    return ds


def full(array: np.ndarray, tile: tuple[int, int] = (16, 20), **elements: object) -> Dataset:
    """Make a TILED_FULL slide: along rows, down columns, by focal plane, by optical path."""
    frames = [
        cut(matrix, top, left, *tile)
        for path in array
        for matrix in path
        for top in range(0, array.shape[2], tile[0])
        for left in range(0, array.shape[3], tile[1])
    ]
    return slide(
        array, frames, DimensionOrganizationType="TILED_FULL", TotalPixelMatrixFocalPlanes=array.shape[1], **elements
    )


def sparse(array: np.ndarray, places: list[tuple[int, int, int, int]], tile: tuple[int, int] = (16, 20)) -> Dataset:
    """Make a TILED_SPARSE slide of frames at (top, left, focal plane, optical path); planes are half a µm apart."""
    items = [
        Dataset(
            PlanePositionSlideSequence=[
                Dataset(
                    ColumnPositionInTotalImagePixelMatrix=left + 1,
                    RowPositionInTotalImagePixelMatrix=top + 1,
                    XOffsetInSlideCoordinateSystem=0,
                    YOffsetInSlideCoordinateSystem=0,
                    ZOffsetInSlideCoordinateSystem=plane * 0.5,
                )
            ],
            OpticalPathIdentificationSequence=[Dataset(OpticalPathIdentifier=PATHS[path])],
        )
        for top, left, plane, path in places
    ]
    frames = [cut(array[path, plane], top, left, *tile) for top, left, plane, path in places]
    return slide(
        array,
        frames,
        DimensionOrganizationType="TILED_SPARSE",
        PerFrameFunctionalGroupsSequence=items,
        NumberOfFrames=len(frames),
    )


@pytest.fixture
def read_frames(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note the number of each frame that is read."""
    numbers: list[int] = []
    read = FrameReader.read

    def noted(self: FrameReader, number: int, out: np.ndarray | None = None) -> np.ndarray:
        numbers.append(number)
        return read(self, number, out)

    monkeypatch.setattr(FrameReader, "read", noted)
    return numbers


@pytest.mark.parametrize("samples", [{}, {"samples": 3}], ids=["grey", "colour"])
@pytest.mark.parametrize("is_encoded", [False, True])
def test_every_tile_of_a_full_image(samples: dict[str, int], is_encoded: bool):
    """Each tile is its part of the matrix of its focal plane and optical path, cut at the right and bottom edges."""
    array = matrices(**samples)
    ds = full(array)
    if is_encoded:
        ds.compress(RLE)
    tiles = TiledImage(ds)
    assert (3, 3) == tiles.grid
    assert (3, PATHS) == (tiles.focal_planes, tiles.optical_paths)
    for path, plane, row, column in np.ndindex(2, 3, 3, 3):
        expected = array[path, plane, row * 16 : row * 16 + 16, column * 20 : column * 20 + 20]
        np.testing.assert_array_equal(expected, tiles.tile(row, column, plane, path))
    assert (5, 10) == tiles.tile(2, 2).shape[:2]


@pytest.mark.parametrize("kind", ["full", "sparse"])
def test_any_region(kind: str):
    """A region is the part of the matrix, wherever it begins and ends, by the identifier of an optical path too."""
    array = matrices()
    places = [(top, left, z, path) for left in (40, 0, 20) for top in (16, 0, 32) for z in (2, 0, 1) for path in (1, 0)]
    tiles = TiledImage(full(array) if kind == "full" else sparse(array, places))
    for top, left, rows, columns in [(0, 0, 37, 50), (0, 0, 1, 1), (36, 49, 1, 1), (15, 19, 2, 2), (16, 20, 16, 20)]:
        expected = array[1, 2, top : top + rows, left : left + columns]
        np.testing.assert_array_equal(expected, tiles.region(top, left, rows, columns, 2, "green"))
        assert tiles.covered(top, left, rows, columns, 2, "green").all()
    np.testing.assert_array_equal(array[0, 1, 5:, 7:], tiles.region(5, 7, focal_plane=1))
    assert "3 focal planes, 2 optical paths" in repr(tiles)


def test_as_pydicom_stitches_it(tmp_path: Path, require_package):
    """The frames that pydicom decodes, put where it says that each lies, are the image."""
    pydicom = require_package("pydicom")
    array = matrices(planes=1, samples=3)
    places = [(top, left, 0, path) for path in (0, 1) for left in (20, 0) for top in (3, 21)]
    ds = sparse(array, places)
    ds.save_as(tmp_path / "slide.dcm")
    other = pydicom.dcmread(tmp_path / "slide.dcm", force=True)
    expected = np.full((2, 60, 60, 3), 9, np.uint8)
    for frame, item in zip(other.pixel_array, other.PerFrameFunctionalGroupsSequence, strict=True):
        place = item.PlanePositionSlideSequence[0]
        top, left = place.RowPositionInTotalImagePixelMatrix - 1, place.ColumnPositionInTotalImagePixelMatrix - 1
        path = PATHS.index(item.OpticalPathIdentificationSequence[0].OpticalPathIdentifier)
        expected[path, top : top + 16, left : left + 20] = frame
    tiles = TiledImage(dicomkit.dcmread(tmp_path / "slide.dcm"))
    for path in (0, 1):
        np.testing.assert_array_equal(expected[path, :37, :50], tiles.region(optical_path=path, fill=9))


def test_what_a_sparse_image_lacks():
    """Where no frame lies is filled, and told by `covered` and `frame_number`."""
    array = matrices(paths=1, planes=2, samples=3)
    tiles = TiledImage(sparse(array, [(0, 20, 0, 0), (16, 0, 1, 0)]))
    region = tiles.region(fill=(1, 2, 3))
    expected = np.zeros((37, 50), np.bool_)
    expected[:16, 20:40] = True
    np.testing.assert_array_equal(expected, tiles.covered())
    np.testing.assert_array_equal(array[0, 0][expected], region[expected])
    assert {(1, 2, 3)} == set(map(tuple, region[~expected].tolist()))
    assert [[None, 0, None], [None] * 3, [None] * 3] == [[tiles.frame_number(i, j) for j in range(3)] for i in range(3)]
    assert 1 == tiles.frame_number(1, 0, 1)
    assert np.zeros((5, 10, 3), np.uint8).tolist() == tiles.tile(2, 2).tolist()


def test_frames_that_are_needed_are_read(read_frames: list[int]):
    """No other frame is decoded, so one that is damaged does not matter elsewhere."""
    array = matrices()
    ds = full(array)
    ds.compress(RLE)
    data = bytearray(ds.to_bytes())
    header = b"\x01\x00\x00\x00\x40\x00\x00\x00"  # of an RLE frame of one segment
    data[data.index(header)] = 9
    read_frames.clear()
    tiles = TiledImage(dicomkit.dcmread(bytes(data)))
    np.testing.assert_array_equal(array[0, 0, 10:20, 30:45], tiles.region(10, 30, 10, 15))
    assert [1, 2, 4, 5] == read_frames
    tiles.covered()
    assert [1, 2, 4, 5] == read_frames
    with pytest.raises(CodecError):
        tiles.tile(0, 0)


def test_frames_that_touch_a_region_are_not_read(read_frames: list[int]):
    """Of a sparse image too, whose tiles lie anywhere, only frames with a pixel in the region are decoded."""
    array = matrices(1, 1)
    tiles = TiledImage(sparse(array, [(0, 0, 0, 0), (0, 20, 0, 0), (3, 40, 0, 0), (16, 20, 0, 0), (16, 0, 0, 0)]))
    np.testing.assert_array_equal(array[0, 0, 16:19, 20:40], tiles.region(16, 20, 3, 20))
    assert [3] == read_frames
    read_frames.clear()
    np.testing.assert_array_equal(array[0, 0, 15:17, 19:21], tiles.region(15, 19, 2, 2))
    assert [0, 1, 3, 4] == read_frames


def test_bytes_that_are_needed_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Of a file only the bytes of the frame are fetched."""
    array = matrices(1, 1, 1000, 1000)
    full(array, (100, 100)).save_as(tmp_path / "slide.dcm")
    asked: list[int] = []
    read = PathSource.read_at
    monkeypatch.setattr(
        PathSource, "read_at", lambda self, offset, length: asked.append(length) or read(self, offset, length)
    )
    tiles = TiledImage(dicomkit.dcmread(tmp_path / "slide.dcm"))
    asked.clear()
    np.testing.assert_array_equal(array[0, 0, 300:400, 500:600], tiles.tile(3, 5))
    assert 10_000 == sum(asked)


def test_part_of_a_concatenation(read_frames: list[int]):
    """The frames before it, in other instances, count; what those have is not covered."""
    array = matrices(1, 2)
    ds = full(array, ConcatenationFrameOffsetNumber=4)
    ds.PixelData, ds.NumberOfFrames = bytes(ds.PixelData)[4 * 320 : 13 * 320], 9
    tiles = TiledImage(ds)
    assert () == ds.issues
    assert [None] * 4 + list(range(5)) == [tiles.frame_number(i, j) for i in range(3) for j in range(3)]
    assert [5, 6, 7, 8] + [None] * 5 == [tiles.frame_number(i, j, 1) for i in range(3) for j in range(3)]
    mask = tiles.covered(focal_plane=1)
    assert [True, True, False] == [mask[0].all(), mask[16:32, :20].all(), mask[16:, 20:].any()]
    np.testing.assert_array_equal(np.where(mask, array[0, 1], 0), tiles.region(focal_plane=1))
    assert [5, 6, 7, 8] == read_frames


def test_too_few_frames_of_a_full_image():
    """A full image with too few frames is an issue, and what they do not cover is filled."""
    array = matrices(1, 1)
    ds = full(array)
    ds.PixelData, ds.NumberOfFrames = bytes(ds.PixelData)[: 8 * 320], 8
    tiles = TiledImage(ds)
    assert [(IssueCode.FRAME_COUNT_WRONG, "TILED_FULL of 9 tiles has 8 frames")] == [
        (issue.code, issue.message) for issue in ds.issues
    ]
    assert [7, None] == [tiles.frame_number(2, 1), tiles.frame_number(2, 2)]
    np.testing.assert_array_equal(array[0, 0, :32], tiles.region(rows=32))


def test_segments_are_in_the_place_of_optical_paths():
    """A segmentation has a matrix for each segment, named by its number, 0 where a segment has no frame."""
    array = matrices(1, 1) & 1
    ds = sparse(array, [(0, 20, 0, 0), (16, 0, 0, 0)])
    del ds.OpticalPathSequence
    ds.SegmentationType = "BINARY"
    ds.SegmentSequence = [Dataset(SegmentNumber=number) for number in (1, 2)]
    for number, item in enumerate(ds.PerFrameFunctionalGroupsSequence, 1):
        item.SegmentIdentificationSequence = [Dataset(ReferencedSegmentNumber=number)]
    tiles = TiledImage(ds)
    assert ("1", "2") == tiles.optical_paths
    np.testing.assert_array_equal(array[0, 0, 16:32, :20], tiles.tile(1, 0, optical_path="2"))
    assert not tiles.tile(1, 0, optical_path="1").any()


def test_a_label_is_one_tile():
    """A single frame that does not say where it lies is the whole image."""
    array = matrices(1, 1)
    ds = slide(array, [array[0, 0]])
    np.testing.assert_array_equal(array[0, 0], TiledImage(ds).region())


def test_what_is_not_there():
    """Tiles, regions, focal planes and optical paths beyond the image are an IndexError."""
    tiles = TiledImage(full(matrices()))
    for cell in [(-1, 0), (3, 0), (0, 3), (0, 0, 3), (0, 0, -1), (0, 0, 0, 2), (0, 0, 0, -1), (0, 0, 0, "blue")]:
        with pytest.raises(IndexError):
            tiles.tile(*cell)
        with pytest.raises(IndexError):
            tiles.frame_number(*cell)
    for region in [(-1, 0, 5, 5), (0, 0, 38, 1), (0, 0, 1, 51), (0, 0, 0, 1), (37, 0), (30, 0, 8, 1)]:
        with pytest.raises(IndexError):
            tiles.region(*region)
        with pytest.raises(IndexError):
            tiles.covered(*region)


def test_a_region_is_bounded(read_frames: list[int]):
    """Matrices of which a header says that they are huge allocate nothing; small regions of them can be had."""
    ds = full(matrices(1, 1), TotalPixelMatrixRows=0xFFFFFFFF, TotalPixelMatrixColumns=0xFFFFFFFF)
    options = ReadOptions(limits=Limits(frame_bytes=1000))
    for data, bound in [(ds, 1 << 30), (dicomkit.dcmread(ds.to_bytes(), options), 1000)]:
        tiles = TiledImage(data)
        for ask in (tiles.region, tiles.covered):
            with pytest.raises(LimitExceededError, match=str(bound)):
                ask()
        assert [] == read_frames
        assert (25, 40) == tiles.region(4_000_000_000, 0, 25, 40).shape
        assert not tiles.covered(4_000_000_000, 0, 25, 40).any()
    with pytest.raises(LimitExceededError, match="frame_bytes"):
        tiles.region(0, 0, 26, 40)


@pytest.mark.parametrize(
    ("keyword", "value", "error"),
    [
        ("TotalPixelMatrixRows", None, MissingElementError),
        ("TotalPixelMatrixRows", 0, PixelError),
        ("DimensionOrganizationType", "TILED_SPARSE", PixelError),
    ],
)
def test_no_tiled_image(keyword: str, value: object, error: type[Exception]):
    """An image without a Total Pixel Matrix, or whose frames do not say where they lie, is refused."""
    ds = full(matrices())
    del ds[keyword]
    if value is not None:
        ds[keyword] = value
    with pytest.raises(error):
        TiledImage(ds)


def test_frames_without_a_place():
    """Frames that do not say where they lie are an issue, and in no tile."""
    array = matrices(1, 1)
    ds = sparse(array, [(0, 0, 0, 0), (0, 20, 0, 0)])
    del ds.PerFrameFunctionalGroupsSequence[1].PlanePositionSlideSequence
    tiles = TiledImage(ds)
    assert [0, None] == [tiles.frame_number(0, 0), tiles.frame_number(0, 1)]
    assert ["1 of 2 frames do not say where they lie"] == [issue.message for issue in ds.issues]


def test_frames_of_another_size(monkeypatch: pytest.MonkeyPatch):
    """A frame that is decoded to another size than a tile is refused, not put somewhere."""
    tiles = TiledImage(full(matrices(1, 1)))
    monkeypatch.setattr(FrameReader, "read", lambda *_: np.zeros((2, 2), np.uint8))
    with pytest.raises(PixelError, match="2x2"):
        tiles.tile(0, 0)


@pytest.mark.parametrize("kind", ["full", "sparse"])
def test_the_place_of_each_frame(kind: str):
    """Where a frame lies is where it is found."""
    array = matrices(planes=2)
    places = [(0, 0, 0, 0), (16, 20, 1, 0), (3, 7, 0, 1), (32, 40, 1, 1)]
    tiles = TiledImage(full(array) if kind == "full" else sparse(array, places))
    for number in range(len(tiles.reader)):
        place = tiles.place(number)
        assert place is not None
        expected = cut(array[place.optical_path, place.focal_plane], place.top, place.left, 16, 20)
        np.testing.assert_array_equal(expected, tiles.reader.read(number))
    if kind == "sparse":
        assert places == [(p.top, p.left, p.focal_plane, p.optical_path) for p in map(tiles.place, range(4)) if p]
    with pytest.raises(IndexError, match="the first is 0"):
        tiles.place(len(tiles.reader))
