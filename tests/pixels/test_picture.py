"""Pictures: what they may be, how they are kept, side by side and one after the other."""

from __future__ import annotations

import io
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from dicomkit.errors import PixelError
from dicomkit.pixels import Picture, animation, contact_sheet
from dicomkit.pixels.picture import image_kind, imaging, write_image

GREY = Picture(np.arange(24, dtype=np.uint8).reshape(4, 6))
COLOR = Picture(np.arange(72, dtype=np.uint8).reshape(4, 6, 3))


@pytest.fixture
def pillow():
    """Give Pillow's Image module."""
    return pytest.importorskip("PIL.Image")


@pytest.mark.parametrize(
    "array", [np.zeros((2, 2)), np.zeros(4, np.uint8), np.zeros((2, 2, 4), np.uint8), np.zeros((2, 2), np.int8)]
)
def test_arrays_that_are_no_picture(array: np.ndarray):
    """Other types and shapes are PixelErrors."""
    with pytest.raises(PixelError, match="uint8"):
        Picture(array)


def test_what_a_picture_says_of_itself():
    """Its size, and whether it has colours."""
    assert ((4, 6, False), (4, 6, True)) == tuple((p.rows, p.columns, p.is_color) for p in (GREY, COLOR))
    assert ("<Picture 6x4 grey>", "<Picture 6x4 RGB>") == (repr(GREY), repr(COLOR))


@pytest.mark.parametrize("picture", [GREY, COLOR], ids=["grey", "RGB"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "GIF", "JPEG"])
def test_each_kind_of_file(picture: Picture, kind: str, pillow: ModuleType):
    """Pillow reads what was written; but for the colours of GIF and JPEG nothing has changed."""
    image = pillow.open(io.BytesIO(picture.to_bytes(kind)))
    assert kind == image.format
    read = np.asarray(image.convert("RGB" if picture.is_color else "L"))
    assert picture.array.shape == read.shape
    if kind in ("PNG", "TIFF") or (kind == "GIF" and not picture.is_color):
        np.testing.assert_array_equal(picture.array, read)


def test_a_notebook_shows_it(pillow: ModuleType):
    """A notebook asks for a PNG."""
    assert GREY._repr_png_() == GREY.to_png() == GREY.to_bytes()
    assert b"\xff\xd8" == COLOR.to_jpeg(50)[:2]


def test_saving_by_the_ending(tmp_path: Path, pillow: ModuleType):
    """The ending decides; an unknown one is a PixelError, and no file is left."""
    GREY.save(tmp_path / "a.TIF")
    assert b"II*\0" == (tmp_path / "a.TIF").read_bytes()[:4]
    with pytest.raises(PixelError, match="webp"):
        GREY.save(tmp_path / "a.webp")
    assert ["a.TIF"] == [path.name for path in tmp_path.iterdir()]


def test_kinds():
    """Endings are read whatever their case."""
    assert ["PNG", "JPEG", "JPEG", "TIFF"] == [image_kind(name) for name in ("a.PNG", "b.jpg", "x.c.jpeg", "d.tiff")]


def test_writing_replaces_at_the_end(tmp_path: Path):
    """What was there is replaced, nothing else is left."""
    path = tmp_path / "x.png"
    path.write_bytes(b"old")
    write_image(path, b"new")
    assert b"new" == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


def test_without_pillow(monkeypatch: pytest.MonkeyPatch):
    """Where Pillow is missing, the error says what to install."""
    monkeypatch.setattr("dicomkit.pixels.picture.load", lambda name: (_ for _ in ()).throw(ImportError("No PIL")))
    with pytest.raises(PixelError, match=r"pip install 'dicomkit\[images\]'"):
        imaging("encode_picture")


def test_a_contact_sheet():
    """Pictures stand row by row in the middle of cells as large as the largest, with a gap between."""
    sheet = contact_sheet([GREY, Picture(np.full((2, 2), 9, np.uint8)), GREY], 2, gap=1)
    assert (9, 13) == sheet.array.shape
    np.testing.assert_array_equal(GREY.array, sheet.array[:4, :6])
    np.testing.assert_array_equal(GREY.array, sheet.array[5:, :6])
    small = np.zeros((4, 6), np.uint8)
    small[1:3, 2:4] = 9
    np.testing.assert_array_equal(small, sheet.array[:4, 7:])
    assert 0 == sheet.array[5:, 7:].sum()


def test_grey_and_colour_on_one_sheet():
    """Grey beside colour becomes RGB."""
    sheet = contact_sheet([GREY, COLOR], gap=0)
    assert (4, 12, 3) == sheet.array.shape
    np.testing.assert_array_equal(np.repeat(GREY.array[..., None], 3, 2), sheet.array[:, :6])


def test_sheets_that_are_none():
    """No pictures, and more than a side of 65,535 pixels, are PixelErrors."""
    with pytest.raises(PixelError, match="no pictures"):
        contact_sheet([])
    with pytest.raises(PixelError, match="give the pictures a size"):
        contact_sheet([Picture(np.zeros((1, 40_000), np.uint8))] * 2, 2)
    with pytest.raises(PixelError, match="give the pictures a size"):
        contact_sheet([Picture(np.zeros((10_000, 10_000), np.uint8))] * 4)
    for columns, gap in ((0, 2), (-1, 2), (2, -1)):
        with pytest.raises(ValueError, match="gaps"):
            contact_sheet([GREY], columns, gap=gap)


@pytest.mark.parametrize("kind", ["gif", "png", "tif"])
def test_several_in_one_file(kind: str, pillow: ModuleType):
    """Each picture is shown as long as it should; of those that are equal an animation may keep one, shown longer."""
    pictures = [GREY, GREY, Picture(GREY.array[::-1].copy())]
    image = pillow.open(io.BytesIO(animation(pictures, kind, [40, 80])))
    shown: list[np.ndarray] = []
    for number in range(image.n_frames):
        image.seek(number)
        # Units of 40 ms; a page of a TIFF has no time.
        times = 1 if kind == "tif" else round(image.info["duration"] / 40)
        shown += [np.asarray(image.convert("L"))] * times
    expected = [0, 1, 2] if kind == "tif" else [0, 1, 1, 2, 2]
    np.testing.assert_array_equal([pictures[number].array for number in expected], shown)


def test_jpeg_holds_one(pillow: ModuleType):
    """Several pictures as a JPEG, and none at all, are PixelErrors."""
    with pytest.raises(PixelError, match="JPEG"):
        animation([GREY], "jpg")
    with pytest.raises(PixelError, match="no pictures"):
        animation([], "gif")
