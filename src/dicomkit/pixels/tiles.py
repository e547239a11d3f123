"""Tiled images, whole slides above all: tiles and regions of the Total Pixel Matrix (PS3.3 C.7.6.17.3, C.8.12.14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dicomkit.codecs import DEFAULT_REGISTRY
from dicomkit.core.issue import IssueCode
from dicomkit.core.tag import Tag
from dicomkit.dataset import decoding
from dicomkit.errors import LimitExceededError, MissingElementError, PixelError
from dicomkit.pixels.attributes import first_item, items, number, text
from dicomkit.pixels.describe import report
from dicomkit.pixels.frames import FrameReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dicomkit.codecs import Registry
    from dicomkit.dataset import Dataset

__all__ = ["TilePlace", "TiledImage"]

_PIXEL_DATA, _NUMBER_OF_FRAMES, _PER_FRAME = 0x7FE00010, 0x00280008, 0x52009230
_LARGEST = 0xFFFFFFFF  # UL
_MOST_PATHS = 0xFFFF  # segments, of which there can be most, are counted by US
# The functional groups that tell what a frame is of, and the attribute of each that does.
_OF_PATH = ("OpticalPathIdentificationSequence", "OpticalPathIdentifier")
_OF_SEGMENT = ("SegmentIdentificationSequence", "ReferencedSegmentNumber")


class TilePlace(NamedTuple):
    """Where a frame lies: its focal plane and optical path, counted from 0, and its top left pixel."""

    focal_plane: int
    optical_path: int
    top: int
    left: int


class TiledImage:
    """One image whose frames are tiles of a larger one, the Total Pixel Matrix; safe to use from several threads.

    `rows` and `columns` are those of the Total Pixel Matrix, `tile_rows` and `tile_columns` those of a tile. `is_full`
    says that the order of frames tells where they lie (TILED_FULL); otherwise each frame says it, and there need not
    be one everywhere (TILED_SPARSE). `focal_planes` is how many there are, the first the one nearest to the slide;
    `optical_paths` has the identifier of each, empty where nothing names them. The segments of a segmentation, by
    their numbers, take the place of optical paths.

    An optical path is told by its number from 0, or by its identifier as text. `raw` and `registry` are those of
    `FrameReader`, and so is what is raised; MissingElementError and PixelError tell of an image that is not tiled.
    """

    def __init__(self, ds: Dataset, *, raw: bool = False, registry: Registry = DEFAULT_REGISTRY) -> None:
        self.dataset = ds
        self.rows, self.columns = _total(ds, "TotalPixelMatrixRows"), _total(ds, "TotalPixelMatrixColumns")
        self.reader = FrameReader(ds, raw=raw, registry=registry)
        frame = self.reader.description.frame
        self.tile_rows, self.tile_columns = frame.rows, frame.columns
        self.is_full = text(ds, "DimensionOrganizationType").strip() == "TILED_FULL"
        self.focal_planes = 1
        self.optical_paths = _channels(ds)
        self._offset = _whole(ds, "ConcatenationFrameOffsetNumber", 0)
        # Of a sparse image: top, left and number of frames, by focal plane and optical path.
        self._placed: dict[tuple[int, int], NDArray[np.int64]] = {}
        if self.is_full:
            self._count_tiles()
        else:
            self._place_frames()

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of tiles that it takes to cover the Total Pixel Matrix."""
        return -(-self.rows // self.tile_rows), -(-self.columns // self.tile_columns)

    def frame_number(self, row: int, column: int, focal_plane: int = 0, optical_path: int | str = 0) -> int | None:
        """Return the number, from 0, of the frame that is a tile of the grid; None where there is none.

        Raises IndexError for a tile, a focal plane or an optical path that the image does not have.
        """
        top, left, rows, columns = self._cell(row, column)
        found = None
        for frame, frame_top, frame_left in self._frames(top, left, rows, columns, focal_plane, optical_path):
            if (frame_top, frame_left) == (top, left):
                found = frame
        return found

    def place(self, frame: int) -> TilePlace | None:
        """Return where a frame, counted from 0, lies; None where nothing says it. IndexError for none of the frames."""
        if not 0 <= frame < len(self.reader):
            raise IndexError(f"frame {frame} of {len(self.reader)} (the first is 0)")
        if self.is_full:
            rows, columns = self.grid
            above, at = divmod(frame + self._offset, rows * columns)
            path, plane = divmod(above, self.focal_planes)
            if path >= len(self.optical_paths):
                return None
            return TilePlace(plane, path, at // columns * self.tile_rows, at % columns * self.tile_columns)
        for (plane, path), places in self._placed.items():
            position = int(np.searchsorted(places[:, 2], frame))  # frames are in their order
            if position < len(places) and places[position, 2] == frame:
                return TilePlace(plane, path, int(places[position, 0]), int(places[position, 1]))
        return None

    def tile(
        self,
        row: int,
        column: int,
        focal_plane: int = 0,
        optical_path: int | str = 0,
        *,
        fill: float | Sequence[float] = 0,
    ) -> np.ndarray:
        """Return a tile of the grid, counted from 0, cut where it passes the edge of the Total Pixel Matrix.

        What no frame covers is `fill`; `frame_number` and `covered` tell. Raises as `region` does.
        """
        return self.region(*self._cell(row, column), focal_plane, optical_path, fill=fill)

    def region(
        self,
        top: int = 0,
        left: int = 0,
        rows: int | None = None,
        columns: int | None = None,
        focal_plane: int = 0,
        optical_path: int | str = 0,
        *,
        fill: float | Sequence[float] = 0,
    ) -> np.ndarray:
        """Return a region of the Total Pixel Matrix, an array (rows, columns[, samples]); None is up to the edge.

        Only frames that have a part in it are read, one after the other; where frames overlap, the last counts. What
        none covers is `fill`, a value or one for each sample; `covered` tells where that is.

        Raises IndexError for what is not in the image, LimitExceededError for a region larger than
        ``Limits.frame_bytes``, and what `FrameReader.read` raises.
        """
        rows, columns = self._checked(top, left, rows, columns)
        shape = self.tile_rows, self.tile_columns
        self._check_size(rows * columns * (self.reader.description.frame.nbytes // (shape[0] * shape[1])))
        frames = list(self._frames(top, left, rows, columns, focal_plane, optical_path))
        if len(frames) == 1 and frames[0][1:] == (top, left) and (rows, columns) == shape:
            return self._read(frames[0][0])
        out: np.ndarray | None = None
        for frame, frame_top, frame_left in frames:
            tile = self._read(frame)
            if out is None:  # the first frame says what samples are decoded to
                self._check_size(rows * columns * (tile.nbytes // (shape[0] * shape[1])))
                out = _filled((rows, columns, *tile.shape[2:]), fill, tile.dtype)
            _put(out, tile, frame_top - top, frame_left - left)
        if out is None:
            empty = self.reader.description.frame
            out = _filled((rows, columns, *empty.shape[2:]), fill, empty.dtype)
        return out

    def covered(
        self,
        top: int = 0,
        left: int = 0,
        rows: int | None = None,
        columns: int | None = None,
        focal_plane: int = 0,
        optical_path: int | str = 0,
    ) -> NDArray[np.bool_]:
        """Return for each pixel of a region whether a frame has it; no frame is read. Raises as `region` does."""
        rows, columns = self._checked(top, left, rows, columns)
        self._check_size(rows * columns)
        mask = np.zeros((rows, columns), np.bool_)
        tile = np.ones((self.tile_rows, self.tile_columns), np.bool_)
        for _, frame_top, frame_left in self._frames(top, left, rows, columns, focal_plane, optical_path):
            _put(mask, tile, frame_top - top, frame_left - left)
        return mask

    def __repr__(self) -> str:
        size = f"{self.columns}x{self.rows} of {self.tile_columns}x{self.tile_rows}"
        return f"<TiledImage {size}, {self.focal_planes} focal planes, {len(self.optical_paths)} optical paths>"

    # -- where frames lie --------------------------------------------------------------------------------------------

    def _count_tiles(self) -> None:
        """Take what the order of frames follows from; say if there are not as many as that makes."""
        ds, (rows, columns) = self.dataset, self.grid
        self.focal_planes = max(_whole(ds, "TotalPixelMatrixFocalPlanes", 1), 1)
        if not self.optical_paths:
            self.optical_paths = ("",) * min(max(_whole(ds, "NumberOfOpticalPaths", 1), 1), _MOST_PATHS)
        tiles, frames = rows * columns * self.focal_planes * len(self.optical_paths), len(self.reader)
        if tiles != frames and "ConcatenationFrameOffsetNumber" not in ds:
            message = f"TILED_FULL of {tiles} tiles has {frames} frames"
            report(ds, IssueCode.FRAME_COUNT_WRONG, message, "tiles without a frame are filled", _NUMBER_OF_FRAMES)

    def _place_frames(self) -> None:
        """Read from the functional groups of a sparse image where each frame lies."""
        ds = self.dataset
        shared = first_item(ds, "SharedFunctionalGroupsSequence")
        channels = {name: index for index, name in reversed(list(enumerate(self.optical_paths)))}
        group, keyword = _OF_SEGMENT if _is_segmented(ds) else _OF_PATH
        found: list[tuple[int, int, float, int, int]] = []
        frames = items(ds, "PerFrameFunctionalGroupsSequence")[: len(self.reader)]
        for frame, own in enumerate(frames):
            place = first_item(own, "PlanePositionSlideSequence")
            place = place or (first_item(shared, "PlanePositionSlideSequence") if shared is not None else None)
            if place is None or not _has_place(place):
                continue
            named = first_item(own, group) or (first_item(shared, group) if shared is not None else None)
            name = _name(named, keyword) if named is not None else next(iter(channels), "")
            # Focal planes are told apart to a picometre; the offset is in micrometres (C.8.12.6.1).
            z = round(number(place, "ZOffsetInSlideCoordinateSystem", 0), 6)
            top = _whole(place, "RowPositionInTotalImagePixelMatrix", 1) - 1
            left = _whole(place, "ColumnPositionInTotalImagePixelMatrix", 1) - 1
            found.append((top, left, z, channels.setdefault(name, len(channels)), frame))
        if not found and len(self.reader) == 1:  # THUMBNAIL, LABEL and OVERVIEW (C.7.6.17.3)
            found.append((0, 0, 0.0, channels.setdefault(next(iter(channels), ""), 0), 0))
        if not found:
            raise PixelError("the image is not TILED_FULL, and no frame says where it lies")
        if len(found) != len(self.reader):
            message = f"{len(self.reader) - len(found)} of {len(self.reader)} frames do not say where they lie"
            report(ds, IssueCode.PIXEL_DESCRIPTION_WRONG, message, "they are in no tile", _PER_FRAME)
        self.optical_paths = tuple(sorted(channels, key=channels.__getitem__))
        planes = {z: plane for plane, z in enumerate(sorted({z for _, _, z, _, _ in found}))}
        self.focal_planes = len(planes)
        placed: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
        for top, left, z, path, frame in found:
            placed.setdefault((planes[z], path), []).append((top, left, frame))
        self._placed = {key: np.array(rows, np.int64) for key, rows in placed.items()}

    def _frames(
        self, top: int, left: int, rows: int, columns: int, focal_plane: int, optical_path: int | str
    ) -> Iterator[tuple[int, int, int]]:
        """The frames that have a part in a region, in their order, each with its top and left."""
        path = self._path(optical_path)
        if not 0 <= focal_plane < self.focal_planes:
            raise IndexError(f"focal plane {focal_plane} of {self.focal_planes} (the first is 0)")
        if not self.is_full:
            places = self._placed.get((focal_plane, path))
            if places is not None:
                tops, lefts, _ = places.T
                inside = (tops < top + rows) & (tops + self.tile_rows > top)
                inside &= (lefts < left + columns) & (lefts + self.tile_columns > left)
                for frame_top, frame_left, frame in places[inside].tolist():
                    yield frame, frame_top, frame_left
            return
        # Along rows, down columns, then by focal plane, then by optical path; over all parts of a concatenation.
        grid_rows, grid_columns = self.grid
        start = (path * self.focal_planes + focal_plane) * grid_rows * grid_columns - self._offset
        first_row, last_row = top // self.tile_rows, (top + rows - 1) // self.tile_rows
        first_column, last_column = left // self.tile_columns, (left + columns - 1) // self.tile_columns
        first_row = max(first_row, -start // grid_columns)
        last_row = min(last_row, (len(self.reader) - 1 - start) // grid_columns)
        for row in range(first_row, last_row + 1):
            at = start + row * grid_columns
            for column in range(max(first_column, -at), min(last_column, len(self.reader) - 1 - at) + 1):
                yield at + column, row * self.tile_rows, column * self.tile_columns

    # -- what is asked for -------------------------------------------------------------------------------------------

    def _path(self, optical_path: int | str) -> int:
        paths = self.optical_paths
        if isinstance(optical_path, str):
            if optical_path not in paths:
                raise IndexError(f"no optical path is {optical_path!r}")
            return paths.index(optical_path)
        if not 0 <= optical_path < len(paths):
            raise IndexError(f"optical path {optical_path} of {len(paths)} (the first is 0)")
        return optical_path

    def _cell(self, row: int, column: int) -> tuple[int, int, int, int]:
        """Top, left, rows and columns of a tile of the grid."""
        rows, columns = self.grid
        if not (0 <= row < rows and 0 <= column < columns):
            raise IndexError(f"tile {row}, {column} of {rows} rows and {columns} columns (the first is 0, 0)")
        top, left = row * self.tile_rows, column * self.tile_columns
        return top, left, min(self.tile_rows, self.rows - top), min(self.tile_columns, self.columns - left)

    def _checked(self, top: int, left: int, rows: int | None, columns: int | None) -> tuple[int, int]:
        rows = self.rows - top if rows is None else rows
        columns = self.columns - left if columns is None else columns
        if top < 0 or left < 0 or min(rows, columns) < 1 or top + rows > self.rows or left + columns > self.columns:
            message = f"{rows} rows from {top}, {columns} columns from {left}"
            raise IndexError(f"{message}: no region of {self.rows} rows and {self.columns} columns")
        return rows, columns

    def _check_size(self, size: int) -> None:
        bound = self.dataset._context.limits.frame_bytes
        if bound is not None and size > bound:
            path = (*decoding.path_of(self.dataset), Tag(_PIXEL_DATA))
            raise LimitExceededError("frame_bytes", size, bound=bound, path=path)

    def _read(self, frame: int) -> np.ndarray:
        tile = self.reader.read(frame)
        if tile.shape[:2] != (self.tile_rows, self.tile_columns):
            size = f"{tile.shape[1]}x{tile.shape[0]}"
            raise PixelError(f"frame {frame} is {size}, no tile of {self.tile_columns}x{self.tile_rows}")
        return tile


def _total(ds: Dataset, keyword: str) -> int:
    if keyword not in ds:
        raise MissingElementError(f"the image is not tiled: it has no {keyword}", tag=ds._tag_of(keyword))
    value = _whole(ds, keyword, 0)
    if value < 1:
        raise PixelError(f"{keyword} is {value}")
    return value


def _whole(ds: Dataset, keyword: str, default: int) -> int:
    value = int(number(ds, keyword, default))
    if abs(value) > _LARGEST:
        raise PixelError(f"{keyword} is more than {_LARGEST}")
    return value


def _is_segmented(ds: Dataset) -> bool:
    """Whether each frame is of one segment; those of a label map are of all."""
    return "SegmentSequence" in ds and text(ds, "SegmentationType").strip() != "LABELMAP"


def _channels(ds: Dataset) -> tuple[str, ...]:
    """The identifiers of optical paths, or the numbers of segments, in their order."""
    if _is_segmented(ds):
        return tuple(_name(item, "SegmentNumber") for item in items(ds, "SegmentSequence"))
    return tuple(_name(item, "OpticalPathIdentifier") for item in items(ds, "OpticalPathSequence"))


def _name(item: Dataset, keyword: str) -> str:
    return text(item, keyword).strip() if keyword == _OF_PATH[1] else str(_whole(item, keyword, 0))


def _has_place(place: Dataset) -> bool:
    return all(f"{side}PositionInTotalImagePixelMatrix" in place for side in ("Row", "Column"))


def _filled(shape: tuple[int, ...], fill: float | Sequence[float], dtype: np.dtype[np.generic]) -> np.ndarray:
    try:
        return np.full(shape, fill, dtype)
    except MemoryError as error:
        raise PixelError(f"a region of {shape[1]}x{shape[0]} does not fit into memory; take smaller ones") from error


def _put(out: np.ndarray, tile: np.ndarray, top: int, left: int) -> None:
    """Put the part of a tile that lies in an array there; its top and left can be negative."""
    from_row, from_column = max(-top, 0), max(-left, 0)
    to_row, to_column = min(tile.shape[0], out.shape[0] - top), min(tile.shape[1], out.shape[1] - left)
    out[top + from_row : top + to_row, left + from_column : left + to_column] = tile[
        from_row:to_row, from_column:to_column
    ]
