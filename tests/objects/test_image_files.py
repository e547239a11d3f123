"""Image files as arrays."""

from __future__ import annotations

import io

import numpy as np
import pytest

from dicomkit.errors import PixelError

Image = pytest.importorskip("PIL.Image")

from dicomkit.objects import image_files  # noqa: E402  after the skip
from dicomkit.objects.image_files import read  # noqa: E402  after the skip


def saved(image: object, kind: str, **options: object) -> bytes:
    """Give the file of a picture."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("mode", "color", "kind", "expected"),
    [
        ("1", 1, "PNG", [255]),
        ("L", 7, "PNG", [7]),
        ("LA", (7, 255), "PNG", [7, 7, 7]),
        ("P", 3, "PNG", None),
        ("RGB", (1, 2, 3), "PNG", [1, 2, 3]),
        ("RGBA", (1, 2, 3, 0), "PNG", [255, 255, 255]),
        ("CMYK", (0, 0, 0, 255), "TIFF", [0, 0, 0]),
        ("I;16", 60000, "TIFF", [60000]),
    ],
)
def test_modes(mode: str, color: object, kind: str, expected: list[int] | None):
    """Gray stays gray, all else becomes RGB, transparent pixels white."""
    array = read(saved(Image.new(mode, (2, 3), color), kind)).array
    assert (3, 2) == array.shape[:2]
    if expected is not None:
        assert expected == array[0, 0].ravel().tolist()


def test_what_no_object_can_have():
    """Floating point, more than 16 bits, too many rows, more than the limit, pages of different sizes."""
    for image in (Image.new("F", (2, 2), 0.5), Image.new("I", (2, 2), 70000)):
        with pytest.raises(PixelError):
            read(saved(image, "TIFF"))
    with pytest.raises(PixelError, match="columns"):
        read(saved(Image.new("L", (1, 65536)), "PNG"))
    pages = [Image.new("L", (2, 2)), Image.new("L", (3, 2))]
    with pytest.raises(PixelError, match="different sizes"):
        read(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]))


def test_limits(monkeypatch: pytest.MonkeyPatch):
    """Nothing is decoded that would be larger than a frame may be, and no file without an end is followed."""
    limits = image_files.DEFAULT_LIMITS.replace(frame_bytes=4 * 100 - 1)
    monkeypatch.setattr(image_files, "DEFAULT_LIMITS", limits)
    with pytest.raises(PixelError, match="frame_bytes"):
        read(saved(Image.new("L", (10, 10)), "PNG"))
    monkeypatch.setattr(image_files, "_MOST_PAGES", 2)
    pages = [Image.new("L", (2, 2), number) for number in range(3)]
    with pytest.raises(PixelError, match="pages"):
        read(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]))


@pytest.mark.fuzz
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG", "GIF", "BMP"])
def test_mutated_files(kind: str):
    """An array or a PixelError."""
    chance = np.random.default_rng(3)
    whole = saved(Image.fromarray(chance.integers(0, 256, (16, 16), np.uint8)), kind)
    for _ in range(100):
        data = bytearray(whole[: chance.integers(len(whole) // 2, len(whole), endpoint=True)])
        for at in chance.integers(0, len(data), 3):
            data[at] = chance.integers(256)
        try:
            assert read(bytes(data)).array.size
        except PixelError:
            continue
