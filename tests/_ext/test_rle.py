"""The runs of RLE Lossless: kernel and twin do what PS3.5 Annex G says, and the same."""

from __future__ import annotations

from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dicomkit._ext import COMPILED
from dicomkit._ext.pure import rle as twin


def modules() -> list[ModuleType]:
    """Give the twin, and the kernel where it runs."""
    if not COMPILED:
        return [twin]
    from dicomkit._ext import rle

    return [rle, twin]  # type: ignore[list-item]  # a stub is no module


BOTH = modules()


@pytest.fixture(params=BOTH, ids=lambda module: module.__name__.rpartition("_ext.")[2])
def rle(request: pytest.FixtureRequest) -> ModuleType:
    """Each of the two."""
    module: ModuleType = request.param
    return module


def decoded(rle: ModuleType, data: bytes, pixels: int) -> tuple[bytes, int, int]:
    """Decode one segment: what came out, how much, and how much was taken."""
    out = bytearray(b"\xee" * pixels)
    ((made, taken),) = rle.decode(data, (0,), (len(data),), out, pixels)
    return bytes(out), made, taken


@pytest.mark.parametrize(
    ("data", "pixels", "expected"),
    [
        ("", 2, ("0000", 0, 0)),
        ("02 010203", 3, ("010203", 3, 4)),
        ("fe 07", 3, ("070707", 3, 2)),
        ("80 80 00 09", 1, ("09", 1, 4)),  # -128: nothing (PS3.5 G.3.2)
        ("81 05", 128, ("05" * 128, 128, 2)),
        ("02 010203 00", 3, ("010203", 3, 4)),  # padded
        ("02 010203", 2, ("0102", 2, 4)),  # more than there is room for
        ("fd 07", 2, ("0707", 2, 2)),
        ("02 0102", 3, ("010200", 2, 3)),  # ends inside a literal run
        ("00 01 fe", 4, ("01000000", 1, 3)),  # ends before what is to be repeated
        ("05", 2, ("0000", 0, 1)),
        ("00 01", 0, ("", 0, 0)),
    ],
)
def test_runs_written_by_hand(rle: ModuleType, data: str, pixels: int, expected: tuple[str, int, int]):
    """Literal and replicate runs, the empty code, and segments that end too early or too late."""
    out, made, taken = decoded(rle, bytes.fromhex(data), pixels)
    assert expected == (out.hex(), made, taken)


@pytest.mark.parametrize(
    ("row", "encoded"),
    [
        ("01", "00 01"),
        ("0102", "01 0102"),
        ("0101", "ff 01"),
        ("010101", "fe 01"),
        ("01020202", "00 01 fe 02"),
        ("01020203", "03 01020203"),  # two of a kind inside a literal run stay there
        ("01010203", "ff 01 01 0203"),
        ("05" * 128, "81 05"),
        ("05" * 129, "81 05 00 05"),
        ("05" * 300, "81 05 81 05 d5 05"),
        (bytes(range(200)).hex(), "7f" + bytes(range(128)).hex() + "47" + bytes(range(128, 200)).hex()),
    ],
)
def test_rows_encoded_by_hand(rle: ModuleType, row: str, encoded: str):
    """A row becomes the runs that PS3.5 G.3.1 describes; the segment begins behind the header and is even."""
    samples = bytes.fromhex(row)
    frame = rle.encode(samples, 1, len(samples), (0,))
    expected = bytes.fromhex(encoded)
    header = bytes([1, 0, 0, 0, 64]) + bytes(59)
    assert header + expected + bytes(len(expected) & 1) == frame


def test_no_run_crosses_a_row(rle: ModuleType):
    """Rows are encoded separately (PS3.5 G.3.1)."""
    assert "fe05fe05" == rle.encode(b"\5" * 6, 2, 3, (0,))[64:].hex()


def test_segments_become_the_bytes_of_a_pixel(rle: ModuleType):
    """Segment by segment, the bytes of a pixel lie side by side; any order of segments and any overlap is possible."""
    for number in range(1, 16):
        data = b"".join(bytes([2, 16 * n, 16 * n + 1, 16 * n + 2]) for n in range(number))
        starts = tuple(range(0, 4 * number, 4))
        out = bytearray(3 * number)
        counts = rle.decode(data, starts, tuple(start + 4 for start in starts), out, 3)
        assert ((3, 4),) * number == counts
        assert bytes(16 * n + pixel for pixel in range(3) for n in range(number)) == out


@pytest.mark.parametrize("number", [1, 2, 3, 4, 6, 8, 15])
@pytest.mark.parametrize("pixels", [1, 15, 16, 17, 31, 160, 1000])
def test_planes_are_merged_and_taken_apart(rle: ModuleType, number: int, pixels: int):
    """What was encoded decodes to itself for each number of bytes, around the widths of vectors."""
    samples = bytes((7 * i * i + i // 9) % 251 for i in range(pixels * number))
    order = tuple(reversed(range(number)))
    frame = rle.encode(samples, 1, pixels, order)
    numbers = [int.from_bytes(frame[4 * n : 4 * n + 4], "little") for n in range(16)]
    assert number == numbers[0]
    starts = numbers[1 : number + 1]
    ends = [*starts[1:], len(frame)]
    out = bytearray(len(samples))
    counts = rle.decode(frame, tuple(starts[::-1]), tuple(ends[::-1]), out, pixels)
    assert samples == bytes(out)
    assert all(made == pixels and end - start - taken in (0, 1) for (made, taken), start, end in zip(
        counts, starts[::-1], ends[::-1], strict=True))  # fmt: skip
    assert [0] * (15 - number) == numbers[number + 1 :]


@pytest.mark.parametrize(
    ("starts", "ends", "pixels"),
    [
        ((), (), 8),
        ((0,) * 16, (4,) * 16, 1),
        ((0,), (4, 4), 8),
        ((-1,), (4,), 8),
        ((3,), (2,), 8),
        ((0,), (11,), 8),
        ((2**62,), (2**62 + 1,), 8),
        ((0,), (4,), 7),
        ((0,), (4,), -8),
        ((0, 0, 0), (4, 4, 4), 2),
        ((0, 0), (4, 4), 2**62),
    ],
    ids=str,
)
def test_places_outside_the_data_are_refused(
    rle: ModuleType, starts: tuple[int, ...], ends: tuple[int, ...], pixels: int
):
    """A segment that is not in the data, and an array of another size, are refused before anything is read."""
    with pytest.raises(ValueError):
        rle.decode(bytes(10), starts, ends, bytearray(8), pixels)
    with pytest.raises(ValueError):
        rle.decoded_length(bytes(10), 5, 11)


@pytest.mark.parametrize(
    ("rows", "columns", "order"),
    [(0, 8, (0,)), (-1, -8, (0,)), (2, 3, (0,)), (1, 8, ()), (1, 4, (0, 2)), (1, 4, (-1, 0)), (2**62, 4, (0, 1)),
     (2, 2, (0, 1, 2))],
)  # fmt: skip
def test_samples_of_another_size_are_refused(rle: ModuleType, rows: int, columns: int, order: tuple[int, ...]):
    """Rows, columns and bytes a pixel must be those of the samples."""
    with pytest.raises(ValueError):
        rle.encode(bytes(8), rows, columns, order)


def test_what_cannot_be_written_to_is_refused(rle: ModuleType):
    """Decoding into bytes would change what must not change."""
    with pytest.raises((TypeError, BufferError)):
        rle.decode(b"\0\1", (0,), (2,), bytes(1), 1)


#: Rows of images: noise, long runs, pairs, and a mixture of them.
SAMPLES = st.lists(
    st.tuples(st.integers(0, 255), st.one_of(st.just(1), st.integers(1, 4), st.integers(100, 300))), min_size=1
).map(lambda runs: b"".join(bytes([value]) * count for value, count in runs))


@given(SAMPLES, st.integers(1, 4))
def test_kernel_and_twin_encode_alike(samples: bytes, number: int):
    """The kernel writes what the twin writes, and it decodes to the samples."""
    samples = samples * number
    columns = len(samples) // number
    order = tuple(range(number))
    frames = {module.encode(samples, 1, columns, order) for module in BOTH}
    assert 1 == len(frames)
    (frame,) = frames
    starts = tuple(int.from_bytes(frame[4 * n : 4 * n + 4], "little") for n in range(1, number + 1))
    out = bytearray(len(samples))
    twin.decode(frame, starts, (*starts[1:], len(frame)), out, columns)
    assert samples == out


#: Segments: whole runs of each kind, and bytes at random.
RUNS = st.one_of(
    st.binary(max_size=12),
    st.builds(lambda n: bytes([n]) + bytes(range(n + 1)), st.integers(0, 127)),
    st.builds(lambda n: bytes([n, n]), st.integers(0, 255)),
)


@given(st.lists(RUNS, max_size=40).map(b"".join), st.integers(0, 3000), st.data())
@settings(max_examples=200)
def test_kernel_and_twin_decode_alike(data: bytes, pixels: int, choice: st.DataObject):
    """Whatever the bytes: the same samples, the same counts; zeros where a segment has nothing."""
    number = choice.draw(st.integers(1, 3))
    ends = tuple(choice.draw(st.integers(0, len(data))) for _ in range(number))
    starts = tuple(choice.draw(st.integers(0, end)) for end in ends)
    answers = []
    for module in BOTH:
        out = bytearray(b"\xee" * (pixels * number))
        answers.append((module.decode(data, starts, ends, out, pixels), bytes(out)))
        for (made, taken), start, end in zip(answers[-1][0], starts, ends, strict=True):
            assert 0 <= made <= pixels
            assert 0 <= taken <= end - start
            length = module.decoded_length(data, start, end)
            assert made == min(length, pixels)
    assert answers[0] == answers[-1]
