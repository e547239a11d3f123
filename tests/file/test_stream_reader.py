"""Elements as they arrive are those of the data set, whatever the stream gives at a time."""

from __future__ import annotations

import io
import itertools
import os
import random
import struct
import threading
import tracemalloc

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicomkit
from dicomkit import ReadOptions
from dicomkit.core.issue import IssueCode
from dicomkit.core.limits import Limits
from dicomkit.dataset.sequence import Sequence
from dicomkit.errors import (
    DicomError,
    FileFormatError,
    IssueError,
    LimitExceededError,
    NotDicomError,
)
from dicomkit.file.stream_reader import ElementKind, ElementStream, iter_elements
from tests import hostile_bytes as hb
from tests.corpora import real_file
from tests.file.range_server import serving
from tests.hostile import CASES

FORCED = ReadOptions(force=True)
SQ = 0x00400275


class Dripping:
    """A file object that gives as little as it likes, and cannot seek."""

    def __init__(self, data: bytes, seed: int = 1) -> None:
        self._file = io.BytesIO(data)
        self._random = random.Random(seed)

    def read(self, size: int) -> bytes:
        """Give one byte or a few thousand."""
        return self._file.read(min(size, self._random.choice((1, 7, 100, 5000))))


def of_data_set(ds: dicomkit.Dataset) -> list[tuple[object, ...]]:
    """Give all elements of a data set with their values, depth first."""
    found: list[tuple[object, ...]] = []
    stack = [iter(ds)]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
        elif isinstance(element.value, Sequence):
            found.append((int(element.tag), len(element.value)))
            stack.append(iter([member for item in element.value for member in item]))
        else:
            found.append((int(element.tag), str(element.vr), repr(element.value)))
    return sorted(found, key=repr)


def of_stream(stream: ElementStream) -> list[tuple[object, ...]]:
    """Give the same of a stream, its large values read."""
    found: list[tuple[object, ...]] = []
    counts: list[int] = []
    fragments: list[bytes] = []
    for streamed in stream:
        kind, tag = streamed.kind, int(streamed.tag)
        if kind is ElementKind.ELEMENT:
            if isinstance(streamed.value, Sequence):
                found.append((tag, len(streamed.value)))
                for item in streamed.value:
                    found += of_data_set(item)
            else:
                found.append((tag, str(streamed.vr), repr(streamed.value)))
        elif kind is ElementKind.SEQUENCE:
            counts.append(0)
        elif kind is ElementKind.ITEM:
            counts[-1] += 1
        elif kind is ElementKind.SEQUENCE_END:
            found.append((tag, counts.pop()))
        elif kind is ElementKind.FRAGMENTS:
            fragments.clear()
        elif kind is ElementKind.FRAGMENT:
            assert streamed.length is not None
            fragments.append(hb.item(streamed.read()))
        elif kind is ElementKind.FRAGMENTS_END:
            found.append((tag, str(streamed.vr), repr(b"".join(fragments))))
    return sorted(found, key=repr)


#: What a reader that knows the end says otherwise: a length beyond the end is no news to one that does not.
END_CODES = {"TRUNCATED", "LENGTH_OVERRUN", "ITEM_LENGTH_WRONG", "DELIMITER_MISSING", "TRAILING_ZEROS"}
#: What is read for other reasons than the elements: the whole is compared with a table, or decoded when checked.
WHOLE_CODES = {"ACR_NEMA", "BIG_ENDIAN_PIXELS"}


def codes(issues: tuple[dicomkit.core.issue.Issue, ...]) -> list[str]:
    """Give what is said about anything but where the stream ends."""
    return sorted(f"{issue}" for issue in issues if issue.code.name not in END_CODES | WHOLE_CODES)


@pytest.mark.slow
def test_the_elements_of_every_real_file_are_those_of_its_data_set(corpus):
    """Tags, VRs, values, issues and file meta of all sample files are those of dcmread, large values included."""
    different = []
    for name, path in corpus:
        data = path.read_bytes()
        try:
            ds = dicomkit.dcmread(data, force=True)
        except DicomError as error:
            with pytest.raises(type(error)):
                iter_elements(data, FORCED)
            continue
        if IssueCode.DUPLICATE_ELEMENT in {issue.code for issue in ds.issues}:
            continue  # a stream gives both, a data set has the last one
        stream = iter_elements(Dripping(data) if len(data) < 50_000 else data, FORCED)
        same = of_stream(stream) == of_data_set(ds)
        if not (same and codes(stream.issues) == codes(ds.issues) and stream.file_meta == ds.file_meta):
            different.append(name)
        assert ds.preamble == stream.preamble
    assert [] == different


@pytest.mark.parametrize("name", ["CT_small.dcm", "emri_small_RLE.dcm", "image_dfl.dcm", "rtplan.dcm", "reportsi.dcm"])
@given(seed=st.integers(0, 2**32))
def test_however_little_comes_at_a_time(name, seed):
    """A stream that gives a byte now and a thousand then gives the same elements."""
    data = real_file(name).read_bytes()
    assert of_data_set(dicomkit.dcmread(data)) == of_stream(iter_elements(Dripping(data, seed)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_hostile_streams_give_what_there_is_or_refuse(case):
    """Each of the hostile files gives its elements and issues, or a DicomError, and nothing else, as a stream too."""
    data = case.build()
    try:
        ds: dicomkit.Dataset | None = dicomkit.dcmread(data)
    except DicomError:
        ds = None
    try:
        stream = iter_elements(Dripping(data))
        found = of_stream(stream)
    except DicomError:
        assert ds is None or case.error
        return
    if ds is not None and not {issue.code.name for issue in ds.issues} & {*END_CODES, "DUPLICATE_ELEMENT"}:
        assert of_data_set(ds) == found


def pixels(size: int, vr: str = "OW", form: hb.Form = hb.EXPLICIT) -> bytes:
    """Encode a Pixel Data of so many bytes, each pair of them different."""
    return hb.element(0x7FE00010, vr, bytes(i * 7 % 256 for i in range(size)), form)


def content(form: hb.Form) -> bytes:
    """Encode sequences and items of defined and undefined length, and Pixel Data."""
    inner = hb.sequence(0x00081140, hb.item(hb.text(0x00100020, "LO", "A", form), form), form)
    both = hb.item(inner, form, defined=False) + hb.item(inner, form)
    sequences = hb.sequence(SQ, both, form, defined=False) + hb.sequence(SQ + 1, both, form)
    return hb.basic(form) + sequences + pixels(20_000, form=form)


CUT = {
    "explicit": hb.part10(content(hb.EXPLICIT)),
    "implicit": hb.part10(content(hb.IMPLICIT), hb.IMPLICIT_LE),
    "big endian": hb.part10(content(hb.BIG), hb.EXPLICIT_BE),
    "deflated": hb.part10(hb.deflated(content(hb.EXPLICIT)), hb.DEFLATED_LE),
}


@pytest.mark.parametrize("form", CUT)
def test_a_stream_may_be_cut_anywhere(form: str):
    """Cut at any offset, a stream gives what dcmread gives of the same bytes, issues included, or the same error."""
    data = CUT[form]
    different = []
    pixels_from = len(data) - (19_900 if form != "deflated" else 0)
    for cut in (*range(pixels_from), *range(pixels_from, len(data), 997)):
        try:
            ds = dicomkit.dcmread(data[:cut])
        except DicomError as error:
            with pytest.raises(type(error)):
                of_stream(iter_elements(Dripping(data[:cut])))
            continue
        stream = iter_elements(Dripping(data[:cut]))
        if of_data_set(ds) != of_stream(stream) or {i.code for i in ds.issues} != {i.code for i in stream.issues}:
            different.append(cut)
    assert [] == different


def test_fragments_may_be_cut_anywhere():
    """Of encapsulated Pixel Data the fragments that came are given, the last one as far as it came, and it is said."""
    fragments = [b"", bytes(range(100)), bytes(40)]
    data = hb.part10(hb.basic() + hb.fragments(fragments), hb.JPEG_BASELINE)
    start = data.index(hb.item(fragments[0]) + hb.item(fragments[1]))
    for cut in range(start, len(data)):
        stream = iter_elements(Dripping(data[:cut]))
        found = [streamed.read() for streamed in stream if streamed.kind is ElementKind.FRAGMENT]
        assert b"".join(map(hb.item, fragments))[: cut - start].startswith(b"".join(map(hb.item, found[:-1])))
        assert not found or fragments[len(found) - 1].startswith(found[-1])
        assert {IssueCode.TRUNCATED} == {issue.code for issue in stream.issues}


def test_memory_does_not_grow_with_the_stream():
    """Neither a value of 64 MB nor 200,000 elements, in items or not, make the process larger than a window does."""
    large = hb.part10(hb.basic() + hb.header(0x7FE00010, "OW", 64 << 20)), bytes(1 << 16), 1024
    item = hb.item(b"".join(hb.text(0x00100020 + i, "LO", "A" * 40) for i in range(100)))
    many = hb.part10(hb.basic() + hb.header(SQ, "SQ", 0xFFFFFFFF)), item, 2000
    list(iter_elements(large[0] + item))  # loads what is loaded when it is needed first
    for start, block, count in (large, many):
        stream = iter_elements(io.BufferedReader(Blocks(start, block, count), 4096))
        tracemalloc.start()
        try:
            size = sum(sum(map(len, streamed.chunks())) if streamed.is_large else 1 for streamed in stream)
            assert tracemalloc.get_traced_memory()[1] < 1 << 20
        finally:
            tracemalloc.stop()
        assert size >= count * 100


class Blocks(io.RawIOBase):
    """A file object without seek: a start, and a block again and again."""

    def __init__(self, start: bytes, block: bytes, count: int) -> None:
        super().__init__()
        self._parts = itertools.chain([start], itertools.repeat(block, count))
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer) -> int:
        """Give what is left of a block, or of the next one."""
        self._rest = self._rest or memoryview(next(self._parts, b""))
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def test_sequences_are_announced_with_the_path_that_leads_to_them():
    """Starts, items, elements and ends come in order, each with its path; declared lengths may be undefined."""
    inner = hb.sequence(0x00081140, hb.item(hb.text(0x00100020, "LO", "A")))
    data = hb.part10(hb.basic() + hb.sequence(SQ, hb.item(inner, defined=False), defined=False))
    stream = iter_elements(data, ReadOptions(specific_tags=(SQ,)))
    found = [(str(streamed.kind), tuple(map(int, streamed.path)), streamed.length) for streamed in stream]
    expected = [
        ("sequence", (SQ,), None),
        ("item", (SQ, 0), None),
        ("sequence", (SQ, 0, 0x00081140), 18),
        ("item", (SQ, 0, 0x00081140, 0), 10),
        ("element", (SQ, 0, 0x00081140, 0, 0x00100020), 2),
        ("item end", (SQ, 0, 0x00081140, 0), 10),
        ("sequence end", (SQ, 0, 0x00081140), 18),
        ("item end", (SQ, 0), 30),
        ("sequence end", (SQ,), 46),
    ]
    assert expected == found


def test_a_large_value_is_read_in_pieces():
    """The pieces are as long as is asked for and make the value; what small values have, read() gives too."""
    data = hb.part10(hb.basic() + pixels(100_000))
    expected = dicomkit.dcmread(data).PixelData
    for streamed in iter_elements(data):
        if streamed.tag == 0x7FE00010:
            assert (True, 100_000) == (streamed.is_large, streamed.length)
            assert expected[:3] == streamed.read(3)
            pieces = list(streamed.chunks(1000))
            assert 1000 == max(map(len, pieces))
            assert expected[3:] == b"".join(pieces)
            assert b"" == streamed.read()
            with pytest.raises(ValueError, match="read or passed"):
                streamed.value  # noqa: B018
        elif streamed.tag == 0x00100020:
            assert (False, b"H-", b"1 ") == (streamed.is_large, streamed.read(2), streamed.read())
            assert "H-1" == streamed.value


def test_a_large_value_can_be_passed_and_not_gone_back_to():
    """Asking for the next element passes what was left; the value passed is an error then."""
    behind = hb.text(0xFFFCFFFC, "OB", "behind")
    stream = iter_elements(Dripping(hb.part10(hb.basic() + pixels(50_000) + behind)))
    passed = [streamed for streamed in stream if streamed.tag in (0x7FE00010, 0xFFFCFFFC)]
    assert b"behind" == passed[1].value
    with pytest.raises(ValueError, match="moved on"):
        passed[0].read(1)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100, -1])
def test_big_endian_bytes_come_little_endian(size):
    """Words of a big endian stream are swapped, whatever the sizes asked for, as a data set has them."""
    data = hb.part10(hb.basic(hb.BIG) + pixels(20_000, form=hb.BIG), hb.EXPLICIT_BE)
    expected = dicomkit.dcmread(data).PixelData
    pixel = next(streamed for streamed in iter_elements(Dripping(data)) if streamed.tag == 0x7FE00010)
    assert expected == (pixel.read() if size < 0 else b"".join(pixel.chunks(size)))
    raw = next(streamed for streamed in iter_elements(data) if streamed.tag == 0x7FE00010).raw
    assert (expected[::2], expected[1::2]) == (raw[1::2], raw[::2])


def test_tags_of_a_big_endian_value_are_two_numbers():
    """The halves of an AT are swapped each for itself (PS3.5 6.2, 7.3)."""
    tags = [0x00100020 + i for i in range(5000)]
    halves = [half for tag in tags for half in (tag >> 16, tag & 0xFFFF)]
    data = hb.part10(
        hb.basic(hb.BIG) + hb.element(0x00720026, "AT", hb.BIG.number("H", *halves), hb.BIG), hb.EXPLICIT_BE
    )
    large = next(streamed for streamed in iter_elements(data) if streamed.is_large)
    assert struct.pack("<10000H", *halves) == large.read()


def test_what_lies_in_un_is_little_endian():
    """A sequence in UN is Implicit VR Little Endian, whatever the stream is (PS3.5 6.2.2)."""
    inner = hb.item(hb.element(0x00280010, "US", b"\x05\x00", hb.IMPLICIT), hb.IMPLICIT)
    un = hb.header(0x00091010, "UN", hb.UNDEFINED, hb.BIG) + inner + hb.sequence_end(hb.IMPLICIT)
    data = hb.part10(un + hb.element(0x00280010, "US", b"\x00\x06", hb.BIG), hb.EXPLICIT_BE)
    found = [
        (streamed.value, streamed.is_little_endian) for streamed in iter_elements(data) if streamed.tag == 0x00280010
    ]
    assert [(5, True), (6, False)] == found


def test_items_are_numbered():
    """The items of a sequence count from 0 in the paths, and anew in the next sequence."""
    items = hb.item() + hb.item() + hb.item()
    stream = iter_elements(hb.part10(hb.sequence(SQ, items) + hb.sequence(SQ + 1, hb.item())))
    assert [0, 1, 2, 0] == [streamed.path[1] for streamed in stream if streamed.kind is ElementKind.ITEM]


@pytest.mark.parametrize("size", [100, 50_000])
def test_native_pixels_under_an_encapsulated_syntax_are_an_issue(size: int):
    """As dcmread says it, for small and large ones."""
    data = hb.part10(hb.basic() + pixels(size), hb.JPEG_BASELINE)
    stream = iter_elements(data)
    assert size in [streamed.length for streamed in stream]
    assert [IssueCode.TRANSFER_SYNTAX_MISMATCH] == [issue.code for issue in stream.issues]
    assert [issue.code for issue in dicomkit.dcmread(data).check()] == [issue.code for issue in stream.issues]


def test_fragments_are_those_of_pydicom():
    """Each fragment of a real multi-frame file is pydicom's, the offset table first."""
    path = real_file("emri_small_RLE.dcm")
    theirs = pydicom.encaps.generate_fragments(pydicom.dcmread(path).PixelData)
    mine = [streamed.read() for streamed in iter_elements(path) if streamed.kind is ElementKind.FRAGMENT]
    assert struct.unpack("<10I", mine[0])[0] == 0
    assert mine[1:] == list(theirs)[1:]


def test_elements_come_before_the_stream_has_ended():
    """What has arrived in a pipe is given, although the writer has not written the rest."""
    data = hb.part10(hb.basic() + pixels(40_000))
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", buffering=0) as target:
        target.write(data[:-40_000])
        stream = iter_elements(source)
        names = [next(stream).tag for _ in range(6)]
        assert 0x7FE00010 == names[-1]
        rest = threading.Thread(target=lambda: (target.write(data[-40_000:]), target.close()))
        rest.start()
        assert [] == list(stream)
        rest.join()
    assert () == stream.issues


def test_what_it_opened_it_closes(tmp_path):
    """A path is closed at the end of the block, a file object stays open."""
    path = tmp_path / "file"
    path.write_bytes(hb.part10(hb.basic()))
    with iter_elements(path) as stream:
        assert 0x00080016 == next(stream).tag
    assert [] == list(stream)
    with path.open("rb") as file:
        with iter_elements(file) as stream:
            list(stream)
        assert not file.closed


def test_nothing_is_read_after_the_stream_was_closed(tmp_path):
    """A large value that is still open cannot be read any more then."""
    path = tmp_path / "file"
    path.write_bytes(hb.part10(hb.basic() + pixels(50_000)))
    with iter_elements(path) as stream:
        large = next(streamed for streamed in stream if streamed.is_large)
        assert 10 == len(large.read(10))
    with pytest.raises(ValueError, match="moved on"):
        large.read(10)


def test_a_url_is_read_in_large_pieces():
    """A file of 3 MB behind a URL takes a handful of requests, one after the other, and is asked for once."""
    pytest.importorskip("aiohttp")
    data = hb.part10(hb.basic() + pixels(3 << 20))
    with serving(data) as server, iter_elements(server.url) as stream:
        sizes = [len(streamed.read()) for streamed in stream if streamed.is_large]
        assert [3 << 20] == sizes
        assert server.requests < 8
        assert server.bytes_asked < len(data) + (2 << 20)


def test_text_is_decoded_in_the_set_that_holds_there():
    """An item inherits the character set, may declare its own, and what follows the item has the outer one again."""
    name = "Müller".encode("latin-1")
    own = hb.item(hb.text(0x00080005, "CS", "ISO_IR 192") + hb.element(0x00100020, "LO", "Müller ".encode()))
    content = own + hb.item(hb.element(0x00100020, "LO", name))
    data = hb.text(0x00080005, "CS", "ISO_IR 100") + hb.sequence(0x00081140, content)
    data = hb.part10(data + hb.element(0x00100020, "LO", name))
    found = [streamed.value for streamed in iter_elements(data) if streamed.tag == 0x00100020]
    assert ["Müller"] * 3 == found


def test_private_elements_are_known_by_their_creator():
    """In Implicit VR the creator's row says the VR; after its group the creator is forgotten."""
    data = hb.basic(hb.IMPLICIT)[:0] + hb.text(0x00290010, "LO", "SIEMENS CSA HEADER", hb.IMPLICIT)
    data += hb.element(0x00291008, "CS", b"IMAGE NUM 4 ", hb.IMPLICIT)
    data += hb.element(0x00311008, "CS", b"IMAGE NUM 4 ", hb.IMPLICIT)
    vrs = [str(streamed.vr) for streamed in iter_elements(hb.part10(data, hb.IMPLICIT_LE))]
    assert ["LO", "CS", "UN"] == vrs


def test_private_creators_of_a_data_set_are_not_those_of_its_items():
    """An item has private elements of its own creators alone (PS3.5 7.8.1)."""
    element = hb.element(0x00291008, "CS", b"IMAGE NUM 4 ", hb.IMPLICIT)
    creator = hb.text(0x00290010, "LO", "SIEMENS CSA HEADER", hb.IMPLICIT)
    items = hb.item(element, hb.IMPLICIT) + hb.item(creator + element, hb.IMPLICIT)
    data = hb.part10(creator + element + hb.sequence(SQ, items, hb.IMPLICIT), hb.IMPLICIT_LE)
    vrs = [str(streamed.vr) for streamed in iter_elements(data) if streamed.tag == 0x00291008]
    assert ["CS", "UN", "CS"] == vrs


def test_issues_of_items_have_their_path():
    """What is wrong with a value in an item is reported with the path that leads to it."""
    bad = hb.item(hb.element(0x00101030, "DS", b"heavy "))
    stream = iter_elements(hb.part10(hb.basic() + hb.sequence(SQ, bad)))
    assert "heavy" in [streamed.value for streamed in stream if streamed.tag == 0x00101030]
    assert [((SQ, 0, 0x00101030), "VALUE_INVALID")] == [(issue.path, issue.code.name) for issue in stream.issues]


def test_a_value_that_the_stream_cuts_is_given_as_far_as_it_came():
    """The pieces that came are there, and an issue says that it was to be longer, read or passed."""
    data = hb.part10(hb.basic() + pixels(50_000))[:-100]
    for is_read in (True, False):
        stream = iter_elements(Dripping(data))
        sizes = [len(streamed.read()) for streamed in stream if is_read or streamed.tag != 0x7FE00010]
        assert is_read == (49_900 in sizes)
        assert ["TRUNCATED"] == [issue.code.name for issue in stream.issues]
        assert [(0x7FE00010,)] == [issue.path for issue in stream.issues]


def test_options_hold_for_streams():
    """Stopping before the pixels, chosen tags, policies and limits are those of dcmread."""
    data = hb.part10(hb.basic() + pixels(50_000))
    before = iter_elements(Dripping(data), ReadOptions(stop_before_pixels=True))
    assert 0x00100020 == list(before)[-1].tag
    chosen = iter_elements(data, ReadOptions(specific_tags=("PatientID", 0x7FE00010)))
    assert [0x00100020, 0x7FE00010] == [streamed.tag for streamed in chosen]
    with pytest.raises(IssueError):
        list(iter_elements(hb.part10(hb.element(0x00100020, "LO", b"odd")), ReadOptions(issues="raise")))
    limits = {"depth": hb.nested(3), "elements": hb.basic(), "fragments": hb.fragments([b"", b"12", b"34"])}
    for name, content in limits.items():
        options = ReadOptions(limits=Limits(**{name: 2}))
        with pytest.raises(LimitExceededError, match=name):
            list(iter_elements(hb.part10(content), options))
    small = ReadOptions(limits=Limits(value_bytes=1000))
    pixel = next(streamed for streamed in iter_elements(data, small) if streamed.is_large)
    with pytest.raises(LimitExceededError, match="value_bytes"):
        pixel.value  # noqa: B018


def test_deflated_streams_are_inflated_within_bounds():
    """A deflated data set comes inflated; one cut or beyond its bound says so; a bomb is refused on the way."""
    data = hb.part10(hb.deflated(hb.basic() + pixels(60_000)), hb.DEFLATED_LE)
    assert of_data_set(dicomkit.dcmread(data)) == of_stream(iter_elements(Dripping(data)))
    cut = iter_elements(data[:-40])
    of_stream(cut)
    assert "TRUNCATED" in [issue.code.name for issue in cut.issues]
    bound = ReadOptions(limits=Limits(inflated_bytes=10_000))
    with pytest.raises(LimitExceededError, match="inflated_bytes"):
        of_stream(iter_elements(data, bound))


def test_an_unknown_vr_at_the_start_of_a_stream_is_un():
    """Its header is shorter than that of UN, and there is nothing before it."""
    data = hb.part10(hb.deflated(b"VVVVVV\x02\0ab"), hb.DEFLATED_LE)
    with iter_elements(data) as stream:
        assert [("UN", b"ab")] == [(str(one.vr), one.value) for one in stream]


def test_what_is_no_stream_of_dicom_is_refused(tmp_path):
    """Nothing, text, an object that is no source, a missing file, a read that fails: each its own error."""
    for data in (b"", b"This is not an image.\n" * 20):
        with pytest.raises(NotDicomError):
            iter_elements(data)
    with pytest.raises(TypeError):
        iter_elements(42)
    with pytest.raises(FileNotFoundError):
        iter_elements(tmp_path / "missing")
    with pytest.raises(TypeError, match="text"):
        iter_elements(io.StringIO("text"))

    class Broken:
        def read(self, size: int) -> bytes:
            raise OSError("gone")

    with pytest.raises(FileFormatError, match="gone"):
        iter_elements(Broken())


@pytest.mark.parametrize("length", [20_001, 0x55430000])
def test_the_vr_of_a_large_value_does_not_depend_on_the_value(length: int):
    """It is told before any of the value has come, also of lengths that are odd or look like a VR."""
    for form, uid in ((hb.IMPLICIT, hb.IMPLICIT_LE), (hb.BIG, hb.EXPLICIT_BE)):
        known, private = (hb.header(tag, "UN", length, form) for tag in (0x7FE00010, 0x00091010))
        for header, expected in ((known, "OW"), (private, "UN")):
            stream = iter_elements(Dripping(hb.part10(hb.basic(form)[:0] + header + b"some", uid)))
            assert (length, expected) == ((large := next(stream)).length, str(large.vr))


def test_an_element_shows_what_it_is():
    """The text of a small element is that of the data set's, that of others says kind and length."""
    stream = iter_elements(hb.part10(hb.basic() + pixels(20_000)))
    texts = [repr(streamed) for streamed in stream]
    assert "Patient ID" in texts[4]
    assert texts[5].startswith("<element (7FE0,0010) of 20000 bytes at ")
