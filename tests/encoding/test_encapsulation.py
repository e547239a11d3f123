"""Encapsulated Pixel Data against handwritten bytes and pydicom's encaps module (PS3.5 A.4, PS3.3 C.7.6.3.1.8)."""

from __future__ import annotations

import io
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import encaps

from dicomkit.encoding import encapsulation
from dicomkit.encoding.encapsulation import assign_frames, direct_table, encapsulate, fragments_of, split_items
from dicomkit.errors import EncodingError, PixelError, ValueEncodeError

#: Two fragments (of 2 and 4 bytes) behind a Basic Offset Table of two entries, written out by hand.
BY_HAND = bytes.fromhex(
    "feff00e0 08000000 00000000 0a000000"  # item, 8 bytes: 0, 10
    "feff00e0 02000000 6100"
    "feff00e0 04000000 62636400"
)
FRAMES = st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=6)


class Reports(list[str]):
    """What was wrong with a table."""

    def __call__(self, message: str, action: str) -> None:
        """Keep a message."""
        self.append(message)


def no_peek(number: int) -> tuple[bytes, bytes]:
    """Stand for fragments that nobody has to look into."""
    raise AssertionError(f"fragment {number} was looked into")


def fragments(*lengths: int) -> tuple[array[int], array[int]]:
    """Give fragments of these lengths, one behind the other, the first item at 0."""
    offsets, at = array("Q"), 8
    for length in lengths:
        offsets.append(at)
        at += length + 8
    return offsets, array("Q", lengths)


def test_two_frames_are_the_bytes_of_the_standard():
    """Two frames become a table of their offsets and an item each, padded to even length."""
    assert BY_HAND == encapsulate([b"a", b"bcd"]).to_bytes()


@given(FRAMES)
def test_pydicom_writes_the_same(frames):
    """Values with and without a Basic Offset Table are those that pydicom writes."""
    assert encaps.encapsulate(frames) == encapsulate(frames).to_bytes()
    assert encaps.encapsulate(frames, has_bot=False) == encapsulate(frames, offset_table="none").to_bytes()


@given(FRAMES)
def test_pydicom_writes_the_same_extended_table(frames):
    """The value and the offsets of an Extended Offset Table are pydicom's; lengths are without padding."""
    ours = encapsulate(frames, offset_table="extended")
    value, offsets, _ = encaps.encapsulate_extended(frames)
    assert (value, offsets) == (ours.to_bytes(), ours.extended_offsets)
    assert [len(frame) for frame in frames] == list(encapsulation.numbers("Q", ours.extended_lengths))


@given(FRAMES, st.integers(1, 6))
def test_pydicom_reads_frames_cut_into_fragments(frames, half):
    """Frames cut into several fragments come back from pydicom, with the padding of the last fragment."""
    data = encapsulate(frames, fragment_size=2 * half).to_bytes()
    padded = [frame + b"\0" * (len(frame) % 2) for frame in frames]
    assert padded == list(encaps.generate_frames(data, number_of_frames=len(frames)))


@given(FRAMES, st.integers(1, 6))
def test_fragments_are_those_that_pydicom_finds(frames, half):
    """Basic Offset Table, offsets and lengths of the fragments in a value are those that pydicom parses."""
    data = encapsulate(frames, fragment_size=2 * half).to_bytes()
    table, (offsets, lengths) = fragments_of(data, Reports())
    buffer = io.BytesIO(data)
    assert encaps.parse_basic_offsets(buffer) == list(encapsulation.numbers("I", table))
    assert list(encaps.generate_fragments(data[8 + len(table) :])) == [
        data[offset : offset + length] for offset, length in zip(offsets, lengths, strict=True)
    ]


def test_an_extended_table_wants_one_fragment_a_frame():
    """An Extended Offset Table does not go with fragments of a given size, nor fragments with an odd size."""
    with pytest.raises(ValueEncodeError):
        encapsulate([b"ab"], offset_table="extended", fragment_size=2)
    with pytest.raises(ValueEncodeError):
        encapsulate([b"ab"], fragment_size=3)


def test_a_basic_table_ends_at_4_gib():
    """An offset of 32 bits is written, a larger one refused."""
    assert b"\xff\xff\xff\xff" == encapsulation.basic_value([0xFFFFFFFF])
    with pytest.raises(ValueEncodeError, match="4 GiB"):
        encapsulation.basic_value([1 << 32])


def test_a_value_that_ends_early_is_cut_and_reported():
    """Of a fragment longer than the value what is there is taken; a value that begins with no item is an error."""
    reports = Reports()
    _, (_, lengths) = fragments_of(BY_HAND[:-2], reports)
    assert [2, 2] == list(lengths)
    assert 1 == len(reports)
    with pytest.raises(EncodingError):
        fragments_of(BY_HAND[1:], reports)


def test_items_fill_their_run_exactly():
    """A run of whole items is split; one with a byte less or more is an error."""
    run = BY_HAND[16:]
    assert [b"a\0", b"bcd\0"] == split_items(run)
    for wrong in (run[:-1], run + b"\0"):
        with pytest.raises(EncodingError):
            split_items(wrong)


def test_the_basic_table_says_where_frames_begin():
    """Three fragments at 0, 10 and 22 are two frames by a table of 0 and 22."""
    table = assign_frames(fragments(2, 4, 6), 2, array("I", [0, 22]), None, no_peek, Reports())
    assert [[(8, 2), (18, 4)], [(30, 6)]] == [table.fragments(0), table.fragments(1)]
    assert (22, 14) == table.span(1)


def test_the_extended_table_comes_first_and_tells_sizes():
    """An Extended Offset Table wins over the Basic one, and its lengths leave the padding out."""
    extended = (array("Q", [0, 10]), array("Q", [1, 4]))
    table = assign_frames(fragments(2, 4), 2, array("I", [0, 3]), extended, no_peek, Reports())
    assert [[(8, 2)], [(18, 4)]] == [table.fragments(0), table.fragments(1)]
    assert [1, 4] == [table.size(0), table.size(1)]


def test_a_table_that_leads_nowhere_is_reported_and_left():
    """An entry where no fragment begins is reported, and one fragment a frame taken."""
    reports = Reports()
    table = assign_frames(fragments(2, 4), 2, array("I", [0, 11]), None, no_peek, reports)
    assert [[(8, 2)], [(18, 4)]] == [table.fragments(0), table.fragments(1)]
    assert 1 == len(reports)
    assert "entry 1" in reports[0]


def test_a_table_counted_from_elsewhere_is_shifted():
    """A table whose first entry is not 0 is off by that everywhere."""
    reports = Reports()
    table = assign_frames(fragments(2, 4), 2, array("I", [8, 18]), None, no_peek, reports)
    assert [[(8, 2)], [(18, 4)]] == [table.fragments(0), table.fragments(1)]
    assert 1 == len(reports)


def test_markers_tell_frames_where_no_table_does():
    """Fragments that begin as JPEG does begin frames; without any such mark nothing can be told."""
    heads = [b"\xff\xd8\xff\xe0", b"1234", b"\xff\xd8\xff\xdb"]
    table = assign_frames(fragments(4, 4, 4), 2, array("I"), None, lambda n: (heads[n], heads[n]), Reports())
    assert [0, 2, 3] == list(table.firsts)
    with pytest.raises(PixelError):
        assign_frames(fragments(4, 4, 4), 2, array("I"), None, lambda n: (b"1234", b"1234"), Reports())


def test_a_table_alone_is_used_only_if_it_is_sane():
    """A table of as many rising entries as frames within the value is used; any other is not."""
    table = direct_table(array("I", [0, 10]), None, 2, 100, 130)
    assert table is not None
    assert [(100, 10), (110, 20)] == [table.span(0), table.span(1)]
    for entries in ([0], [2, 10], [0, 0], [0, 30]):
        assert direct_table(array("I", entries), None, 2, 100, 130) is None
