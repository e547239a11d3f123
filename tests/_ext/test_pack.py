"""Samples between layouts: kernel and twin do what PS3.5 8.1 and PS3.3 C.7.6.3.1 say, and the same."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit._ext import COMPILED
from dicomkit._ext.pure import pack as twin


def modules() -> list[ModuleType]:
    """Give the twin, and the kernel where it runs."""
    if not COMPILED:
        return [twin]
    from dicomkit._ext import pack

    return [pack, twin]  # type: ignore[list-item]  # a stub is no module


BOTH = modules()
EACH = pytest.mark.parametrize("pack", BOTH, ids=lambda module: module.__name__.rpartition("_ext.")[2])
SIZES = st.sampled_from([1, 2, 4, 8])
FULL = 1 << 20


def same(name: str, data: bytes, room: int, *arguments: object) -> bytes:
    """Ask both; they must write the same. Give what they wrote."""
    written = set()
    for module in BOTH:
        out = bytearray(b"\xaa" * room)
        getattr(module, name)(data, out, *arguments)
        written.add(bytes(out))
    assert 1 == len(written)
    return written.pop()


def refused(name: str, data: bytes, room: int, *arguments: object) -> None:
    """Both must refuse it."""
    for module in BOTH:
        with pytest.raises(ValueError):
            getattr(module, name)(data, bytearray(room), *arguments)


@given(st.binary(max_size=100), st.data())
def test_bits_are_unpacked(data: bytes, choice: st.DataObject):
    """Any number of bits from any bit on, the lowest of a byte first (PS3.5 8.1.1)."""
    start = choice.draw(st.integers(0, len(data) * 8))
    count = choice.draw(st.integers(0, len(data) * 8 - start))
    expected = [data[bit // 8] >> bit % 8 & 1 for bit in range(start, start + count)]
    assert expected == list(same("unpack_bits", data, count, start))


@pytest.mark.parametrize("length", [0, 1, 7, 8, 15, 16, 17, 31, 32, 33, 1000])
def test_bits_are_unpacked_around_the_widths_of_vectors(length: int):
    """Each way of unpacking takes over from the one before it."""
    data = bytes((37 * i) % 256 for i in range(length))
    expected = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little").tobytes()
    assert expected == same("unpack_bits", data, 8 * length)


@given(st.lists(st.sampled_from([0, 0, 1, 2, 255]), max_size=300).map(bytes))
def test_bits_are_packed(samples: bytes):
    """All but zero becomes a bit, and the last byte is filled with zeros."""
    expected = np.packbits(np.frombuffer(samples, bool), bitorder="little").tobytes()
    assert expected == same("pack_bits", samples, (len(samples) + 7) // 8)


def test_bits_that_are_not_there_are_refused():
    """More bits than the data has, and places before it, are refused."""
    refused("unpack_bits", b"12", 17)
    refused("unpack_bits", b"12", 16, 1)
    refused("unpack_bits", b"12", 1, -1)
    refused("unpack_bits", b"12", 0, 17)
    refused("unpack_bits", b"12", 0, 2**62)
    refused("pack_bits", bytes(9), 1)
    refused("pack_bits", bytes(8), 2)


@given(st.binary(max_size=300), SIZES, st.booleans(), st.booleans(), st.data())
def test_samples_are_copied(data: bytes, size: int, swapped: bool, is_signed: bool, choice: st.DataObject):
    """Some bits of each sample, its bytes turned round or not, signed or not: as exact integers say."""
    bits = choice.draw(st.integers(1, 8 * size))
    low = choice.draw(st.integers(0, 8 * size - bits))
    data = data[: len(data) // size * size]
    expected = b""
    for at in range(0, len(data), size):
        one = data[at : at + size][::-1] if swapped else data[at : at + size]
        value = int.from_bytes(one, "little") >> low & ((1 << bits) - 1)
        if is_signed and value >> (bits - 1):
            value -= 1 << bits
        expected += value.to_bytes(size, "little", signed=value < 0)
    assert expected == same("copy_samples", data, len(data), size, swapped, low, bits, is_signed)


@EACH
def test_samples_are_copied_in_place(pack: ModuleType):
    """Input and output may be the same buffer."""
    data = bytearray(range(64))
    pack.copy_samples(data, data, 2, True, 4, 12, False)
    expected = ((np.arange(64, dtype="u1").view(">u2").astype("u2")) >> 4).tobytes()
    assert expected == bytes(data)


@pytest.mark.parametrize(
    ("length", "room", "size", "low", "bits"),
    [(8, 8, 3, 0, 8), (8, 6, 2, 0, 8), (7, 7, 2, 0, 8), (8, 8, 2, -1, 8), (8, 8, 2, 0, 0), (8, 8, 2, 5, 12)],
)
def test_samples_that_do_not_fit_are_refused(length: int, room: int, size: int, low: int, bits: int):
    """Sizes and bits that cannot be are refused."""
    refused("copy_samples", bytes(length), room, size, False, low, bits, False)


@given(st.integers(0, 70), SIZES, st.integers(1, 8))
def test_planes_become_pixels_and_planes_again(pixels: int, size: int, planes: int):
    """Planar Configuration 1 to 0 is a transposition, and back."""
    data = np.random.default_rng(pixels).integers(0, 256, pixels * size * planes, np.uint8).tobytes()
    by_pixel = same("merge_planes", data, len(data), size, planes)
    expected = np.frombuffer(data, f"V{size}").reshape(planes, pixels).T.tobytes()
    assert expected == by_pixel
    assert data == same("split_planes", by_pixel, len(data), size, planes)


@given(st.integers(0, 20), SIZES)
def test_chrominance_is_shared_out(pairs: int, size: int):
    """Y Y Cb Cr becomes Y Cb Cr Y Cb Cr (PS3.3 C.7.6.3.1.2), and back from the first pixel's chrominance."""
    data = np.random.default_rng(pairs).integers(0, 256, 4 * pairs * size, np.uint8).tobytes()
    pixels = same("expand_pairs", data, 6 * pairs * size, size)
    assert np.frombuffer(data, f"V{size}").reshape(-1, 4)[:, [0, 2, 3, 1, 2, 3]].tobytes() == pixels
    assert data == same("shrink_pairs", pixels, len(data), size)


@pytest.mark.parametrize(("length", "room", "size"), [(8, 12, 3), (8, 13, 1), (7, 12, 1), (8, 6, 1), (8, 6, 2)])
def test_layouts_that_do_not_fit_are_refused(length: int, room: int, size: int):
    """Buffers that do not have the same pixels are refused."""
    refused("expand_pairs", bytes(length), room, size)
    refused("shrink_pairs", bytes(room), length, size)
    for name in ("merge_planes", "split_planes"):
        refused(name, bytes(length), length, size, 5)
        refused(name, bytes(length), length + 1, 1, 1)
        refused(name, bytes(34), 34, 1, 17)


@given(st.integers(0, 300), st.sampled_from([(1, 8), (1, 5), (2, 16), (2, 12)]), st.data())
def test_colors_are_transformed(pixels: int, size_bits: tuple[int, int], choice: st.DataObject):
    """The sums are those of exact integers, rounded by what the constants say, and kept within the samples' bits."""
    size, bits = size_bits
    matrix = tuple(choice.draw(st.lists(st.integers(-FULL, FULL), min_size=9, max_size=9)))
    bound = 2 << (8 * size + 20)
    constants = tuple(choice.draw(st.lists(st.integers(-bound, bound), min_size=3, max_size=3)))
    data = np.random.default_rng(pixels).integers(0, 256, 3 * size * pixels, np.uint8).tobytes()
    samples = np.frombuffer(data, f"<u{size}").tolist()
    expected = []
    for at in range(0, len(samples), 3):
        for row in range(3):
            products = [samples[at + column] * matrix[3 * row + column] for column in range(3)]
            expected.append(min(max(sum(products) + constants[row] >> 20, 0), (1 << bits) - 1))
    made = same("transform_colors", data, len(data), size, bits, matrix, constants)
    assert expected == np.frombuffer(made, f"<u{size}").tolist()


IDENTITY = (FULL, 0, 0, 0, FULL, 0, 0, 0, FULL)


@pytest.mark.parametrize(
    ("length", "size", "bits", "matrix", "constants"),
    [
        (6, 4, 8, IDENTITY, (0, 0, 0)),
        (6, 1, 9, IDENTITY, (0, 0, 0)),
        (6, 1, 0, IDENTITY, (0, 0, 0)),
        (5, 1, 8, IDENTITY, (0, 0, 0)),
        (6, 1, 8, IDENTITY[:8], (0, 0, 0)),
        (6, 1, 8, IDENTITY, (0, 0)),
        (6, 1, 8, (4 * FULL, 1, *IDENTITY[2:]), (0, 0, 0)),
        (6, 1, 8, IDENTITY, (0, 2**29 + 1, 0)),
    ],
)
def test_colors_that_do_not_fit_are_refused(
    length: int, size: int, bits: int, matrix: tuple[int, ...], constants: tuple[int, ...]
):
    """Factors and constants whose sums could overflow are refused, as are buffers of another size."""
    refused("transform_colors", bytes(length), length, size, bits, matrix, constants)
    refused("transform_colors", bytes(6), 9, 1, 8, IDENTITY, (0, 0, 0))


@EACH
def test_what_cannot_be_written_to_is_refused(pack: ModuleType):
    """Bytes do not change."""
    with pytest.raises((TypeError, BufferError)):
        pack.unpack_bits(b"1", bytes(8))
