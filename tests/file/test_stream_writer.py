"""What is written element by element is what is written at once, wherever values come from and wherever they go."""

from __future__ import annotations

import io
import itertools
import os
import struct
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicomkit
from dicomkit import DataElement, Dataset, WriteOptions
from dicomkit.core.issue import IssueCode
from dicomkit.dataset.sequence import Sequence
from dicomkit.errors import DicomError, MissingElementError, PixelError, ValueEncodeError
from dicomkit.file.stream_reader import ElementKind, iter_elements
from dicomkit.file.stream_writer import StreamWriter
from tests import hostile_bytes as hb
from tests import strategies
from tests.corpora import real_file
from tests.interop import dcmdump

JPEG = "1.2.840.10008.1.2.4.50"
FORMS = {"implicit": hb.IMPLICIT_LE, "explicit": hb.EXPLICIT_LE, "deflated": hb.DEFLATED_LE, "big": hb.EXPLICIT_BE}
SQ = 0x00400275


class Pipe:
    """A target and a source that cannot seek."""

    def __init__(self, data: bytes = b"") -> None:
        self.file = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        """Give at most a thousand bytes."""
        return self.file.read(min(size, 1000))

    def write(self, data: memoryview) -> int:
        """Take it all."""
        return self.file.write(data)

    def getvalue(self) -> bytes:
        """Give what was written."""
        return self.file.getvalue()


def identified(**values: object) -> Dataset:
    """Make a data set with the UIDs that a file needs."""
    return Dataset(SOPClassUID=hb.SECONDARY_CAPTURE, SOPInstanceUID=hb.INSTANCE_UID, **values)


def names(folder: Path) -> list[str]:
    """Give the names of the files in a folder."""
    return [path.name for path in folder.iterdir()]


def at_once(ds: Dataset, syntax: str = hb.EXPLICIT_LE) -> bytes:
    """Give what dcmwrite makes of a data set."""
    target = io.BytesIO()
    dicomkit.dcmwrite(target, ds, WriteOptions(transfer_syntax=syntax))
    return target.getvalue()


def begun(target: object, syntax: str = hb.EXPLICIT_LE) -> StreamWriter:
    """Give a writer that has written the UIDs."""
    writer = StreamWriter(target, transfer_syntax=syntax)
    for element in identified():
        writer.write(element)
    return writer


def without_group_lengths(ds: Dataset) -> Dataset:
    """Take group lengths out of a data set and of all its items."""
    stack = [ds]
    while stack:
        holder = stack.pop()
        for element in list(holder):
            if element.tag & 0xFFFF == 0:
                del holder[element.tag]
            elif isinstance(element.value, Sequence):
                stack += element.value
    return ds


# --- as dcmwrite writes it -------------------------------------------------------------------------------------------

TEXTS = {
    "PatientID": strategies.text(64),
    "PatientName": strategies.text(60, "ABCabc ^"),
    "StudyDate": strategies.dates,
    "StudyTime": strategies.times,
    "ImageComments": strategies.text(300),
    "SliceThickness": st.floats(-1e6, 1e6).map(lambda number: f"{number:.4g}"),
    "Rows": st.integers(0, 65535),
    "SmallestImagePixelValue": st.binary(max_size=0).map(lambda _: None),
    "RedPaletteColorLookupTableData": st.binary(max_size=400).map(lambda data: data[: len(data) & ~1]),
    "OffendingElement": st.lists(st.integers(0x00080000, 0x00FFFFFF), max_size=4),
    "EventTimeOffset": st.floats(allow_nan=False),
}
flat = st.fixed_dictionaries({}, optional=TEXTS)


@pytest.mark.parametrize("form", FORMS)
@given(values=flat)
def test_a_flat_data_set_is_written_as_at_once(form: str, values: dict[str, object]):
    """Without sequences the bytes are those of dcmwrite, file meta and padding included, in every form."""
    ds = identified(**values)
    target = Pipe()
    with StreamWriter(target, transfer_syntax=FORMS[form]) as writer:
        for element in ds:
            writer.write(element)
    expected, found = at_once(ds, FORMS[form]), target.getvalue()
    if form == "deflated":  # by another window of the compressor
        assert dicomkit.dcmread(expected) == dicomkit.dcmread(found)
        assert 0 == len(found) % 2
    else:
        assert expected == found


@pytest.mark.parametrize("form", [hb.EXPLICIT, hb.IMPLICIT, hb.BIG], ids=["explicit", "implicit", "big"])
def test_sequences_are_those_of_the_standard(form: hb.Form):
    """Sequences and items have undefined lengths and end with their delimiters, nested and empty ones too."""
    syntax = {hb.EXPLICIT: hb.EXPLICIT_LE, hb.IMPLICIT: hb.IMPLICIT_LE, hb.BIG: hb.EXPLICIT_BE}[form]
    target = Pipe()
    with begun(target, syntax) as writer:
        with writer.sequence("ReferencedStudySequence"):
            with writer.item():
                writer.write(DataElement("PatientID", "LO", "A"))
                with writer.sequence(SQ):
                    pass
            with writer.item():
                pass
        writer.write(DataElement("Rows", "US", 5))
    empty = hb.sequence(SQ, b"", form, defined=False)
    first = hb.item(hb.text(0x00100020, "LO", "A", form) + empty, form, defined=False)
    content = hb.sequence(0x00081110, first + hb.item(b"", form, defined=False), form, defined=False)
    assert target.getvalue().endswith(content + hb.element(0x00280010, "US", form.number("H", 5), form))


#: Elements in another order or twice, a stream that ends in the middle, native Pixel Data that say to be encapsulated.
REFUSED = {
    IssueCode.OUT_OF_ORDER,
    IssueCode.DUPLICATE_ELEMENT,
    IssueCode.TRUNCATED,
    IssueCode.TRANSFER_SYNTAX_MISMATCH,
}


@pytest.mark.slow
def test_every_real_file_can_be_copied_through(corpus):
    """What iter_elements reads of a sample file and StreamWriter writes has its elements, group lengths apart."""
    different, copied = [], 0
    for name, path in corpus:
        try:
            ds = without_group_lengths(dicomkit.dcmread(path, force=True))
        except DicomError:
            continue
        if "SOPInstanceUID" not in ds or "SOPClassUID" not in ds:
            continue  # no file without them
        if REFUSED & {issue.code for issue in ds.issues}:
            continue
        source = iter_elements(path, dicomkit.ReadOptions(force=True))
        target = Pipe()
        with StreamWriter(target, file_meta=source.file_meta, transfer_syntax=ds.transfer_syntax.uid) as writer:
            for streamed in source:
                writer.write(streamed)
        again = dicomkit.dcmread(target.getvalue())
        copied += 1
        if ds.diff(again) or ds.transfer_syntax != again.transfer_syntax:
            different.append(name)
    assert [] == different
    assert copied > 200


@pytest.mark.parametrize("form", FORMS)
def test_a_stream_is_converted_on_the_way(form: str):
    """Elements of a stream in one form are written in another, and are what dcmwrite makes of the whole."""
    path = real_file("MR_small_bigendian.dcm" if form != "big" else "MR_small.dcm")
    target = Pipe()
    with StreamWriter(target, transfer_syntax=FORMS[form]) as writer:
        for streamed in iter_elements(path):
            writer.write(streamed)
    ds = without_group_lengths(dicomkit.dcmread(path))
    assert dicomkit.dcmread(at_once(ds, FORMS[form])) == dicomkit.dcmread(target.getvalue())
    theirs = pydicom.dcmread(io.BytesIO(target.getvalue()))
    assert pydicom.dcmread(path).pixel_array.tolist() == theirs.pixel_array.tolist()


def test_an_element_can_be_replaced_on_the_way():
    """What the loop writes instead of an element stands there instead; what it leaves out is not there."""
    target = Pipe()
    with StreamWriter(target) as writer:
        for streamed in iter_elements(real_file("CT_small.dcm")):
            if streamed.tag == 0x00100010:
                writer.write(DataElement("PatientName", "PN", "Anonymous"))
            elif not streamed.tag.is_private:
                writer.write(streamed)
    ds = dicomkit.dcmread(real_file("CT_small.dcm"))
    ds.PatientName = "Anonymous"
    for element in list(ds):
        if element.tag.is_private:
            del ds[element.tag]
    assert without_group_lengths(ds) == dicomkit.dcmread(target.getvalue())


def test_text_is_encoded_in_the_set_that_holds_where_it_goes():
    """Text of a stream in one character set is written in that which was declared to the writer."""
    source = hb.part10(
        hb.text(0x00080005, "CS", "ISO_IR 100")
        + hb.basic()
        + hb.element(0x00104000, "LT", "Größe".encode("latin-1") + b" ")
        + hb.sequence(SQ, hb.item(hb.element(0x00100020, "LO", "Ähm!".encode("latin-1"))))
    )
    target = Pipe()
    with StreamWriter(target) as writer:
        for streamed in iter_elements(source):
            if streamed.tag == 0x00080005:
                writer.write(DataElement("SpecificCharacterSet", "CS", "ISO_IR 192"))
            else:
                writer.write(streamed)
    again = dicomkit.dcmread(target.getvalue())
    assert ("Größe", "Ähm!") == (again.PatientComments, again[SQ].value[0].PatientID)
    assert "Größe".encode() in target.getvalue()
    assert () == again.issues


# --- values from elsewhere -------------------------------------------------------------------------------------------

PIXELS = bytes(i * 7 % 251 for i in range(200_001))


def sources(data: bytes) -> dict[str, object]:
    """Give a value as bytes, views, files that seek or not, and iterators."""
    return {
        "bytes": data,
        "view": memoryview(data),
        "file": io.BytesIO(data),
        "pipe": Pipe(data),
        "iterator": iter([data[:1], b"", data[1:70_000], data[70_000:]]),
    }


@pytest.mark.parametrize("is_seekable", [True, False], ids=["file", "pipe"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", sources(b""))
@pytest.mark.parametrize("is_announced", [True, False], ids=["length", "no length"])
def test_a_value_comes_from_anywhere(kind: str, form: str, is_seekable: bool, is_announced: bool):
    """Pixel Data from bytes, a file or an iterator, its length told or not, are those of dcmwrite, on any target."""
    for data, vr in ((PIXELS[:-1], "OW"), (PIXELS, "OB"), (b"", "OW")):
        target = io.BytesIO() if is_seekable else Pipe()
        with begun(target, FORMS[form]) as writer:
            writer.write_value("PixelData", vr, sources(data)[kind], len(data) if is_announced else None)
        ds = identified()
        ds[0x7FE00010] = DataElement("PixelData", vr, data)
        expected = at_once(ds, FORMS[form])
        if form == "deflated":
            assert dicomkit.dcmread(expected) == dicomkit.dcmread(target.getvalue())
        else:
            assert expected == target.getvalue()


@given(data=st.binary(max_size=400), sizes=st.lists(st.integers(1, 50)), vr=st.sampled_from(["OB", "OW", "OL", "OV"]))
def test_words_are_swapped_across_pieces(data: bytes, sizes: list[int], vr: str):
    """In big endian numbers are swapped, wherever the pieces of the iterator are cut."""
    unit = {"OB": 1, "OW": 2, "OL": 4, "OV": 8}[vr]
    data = data[: len(data) // (2 * unit) * (2 * unit)]
    cut, at = [], 0
    for size in sizes:
        cut.append(data[at : at + size])
        at += size
    target = Pipe()
    with begun(target, hb.EXPLICIT_BE) as writer:
        writer.write_value(0x7FE00010, vr, iter([*cut, data[at:]]))
    code = {1: "B", 2: "H", 4: "I", 8: "Q"}[unit]
    numbers = struct.unpack(f"<{len(data) // unit}{code}", data)
    assert target.getvalue().endswith(hb.element(0x7FE00010, vr, hb.BIG.number(code, *numbers), hb.BIG))


def test_a_value_begins_where_the_file_stands():
    """Of a file object what is left of it is written."""
    file = io.BytesIO(b"header--" + PIXELS[:1000])
    file.seek(8)
    target = io.BytesIO()
    with begun(target) as writer:
        writer.write_value("PixelData", "OB", file)
    assert PIXELS[:1000] == dicomkit.dcmread(target.getvalue()).PixelData


def test_a_short_vr_of_unknown_length_is_written():
    """A VR whose length has 16 bits takes an iterator too; a value too long for them goes as UN (PS3.5 6.2.2)."""
    target = io.BytesIO()
    with begun(target) as writer:
        writer.write_value(0x00081070, "PN", iter([b"Doe", b"^J"]))
        writer.write_value(0x00104000, "LT", iter([b"long"] * 20_000))
    ds = pydicom.dcmread(io.BytesIO(target.getvalue()))
    assert ("Doe^J", "UN") == (str(ds.OperatorsName), ds["PatientComments"].VR)
    assert "long" * 20_000 == dicomkit.dcmread(target.getvalue()).PatientComments


@pytest.mark.parametrize("form", ["implicit", "explicit", "big"])
def test_numbers_too_long_for_their_vr_are_written_as_at_once(form: str):
    """More numbers than a length of 16 bits can tell go as UN where the form has such lengths, little endian in it."""
    numbers = list(range(40_000))
    packed = struct.pack("<40000H", *numbers)
    target = Pipe()
    with begun(target, FORMS[form]) as writer:
        writer.write_value("EnergyWindowVector", "US", packed)
    ds = identified(EnergyWindowVector=numbers)
    assert at_once(ds, FORMS[form]) == target.getvalue()
    theirs = pydicom.dcmread(io.BytesIO(target.getvalue())).EnergyWindowVector
    assert (numbers == list(theirs)) if form == "implicit" else (packed == theirs)


# --- encapsulated Pixel Data -----------------------------------------------------------------------------------------

FRAMES = [PIXELS[:5000], PIXELS[5000:5003], b"\xff\xd8" * 40_000]


def with_frames(frames: object, *, target: object = None, **options: object) -> bytes:
    """Write frames, and give the file."""
    target = io.BytesIO() if target is None else target
    with begun(target, JPEG) as writer:
        writer.write(DataElement("NumberOfFrames", "IS", 3))
        writer.write_fragments(frames, **options)
    return target.getvalue()


def padded(frame: bytes) -> bytes:
    """Give a frame as its fragment holds it."""
    return frame + b"\0" * (len(frame) % 2)


@pytest.mark.parametrize("table", ["none", "basic", "extended"])
def test_frames_are_encapsulated_as_pydicom_does(table: str):
    """Fragments and offset tables are byte for byte those of pydicom's encapsulation."""
    found = with_frames(FRAMES, offset_table=table)
    theirs = pydicom.encaps.encapsulate([padded(frame) for frame in FRAMES], has_bot=table == "basic")
    ds = pydicom.dcmread(io.BytesIO(found))
    assert theirs == ds.PixelData[: len(theirs)]
    if table == "extended":
        _, offsets, _ = pydicom.encaps.encapsulate_extended([padded(frame) for frame in FRAMES])
        assert offsets == ds.ExtendedOffsetTable
        assert struct.pack("<3Q", *map(len, FRAMES)) == ds.ExtendedOffsetTableLengths
    assert FRAMES == list(dicomkit.file.iter_frame_bytes(dicomkit.dcmread(found))) or table != "extended"
    assert [padded(frame) for frame in FRAMES] == list(pydicom.encaps.generate_frames(ds.PixelData, number_of_frames=3))


@pytest.mark.parametrize("kind", sources(b""))
@pytest.mark.parametrize("table", ["none", "basic", "extended"])
def test_frames_come_from_anywhere(kind: str, table: str):
    """Files and iterators of frames make the file that bytes make; tables are filled in at the end."""
    expected = with_frames(FRAMES, offset_table=table)
    frames = (sources(frame)[kind] for frame in FRAMES)
    assert expected == with_frames(frames, offset_table=table, frame_count=3)


def test_without_a_way_back_there_is_no_table():
    """A pipe gets no offset table by default, but one of a list; one that cannot be made is refused at once."""
    assert with_frames(FRAMES, offset_table="none") == with_frames(iter(FRAMES), target=Pipe(), frame_count=3)
    assert with_frames(FRAMES) == with_frames(FRAMES, target=Pipe())
    with pytest.raises(ValueEncodeError, match="seekable"):
        with_frames(iter(FRAMES), target=Pipe(), offset_table="basic", frame_count=3)


def test_a_fragment_of_undefined_length_is_refused():
    """No reader would know where it ends (PS3.5 A.4)."""
    broken = hb.part10(hb.basic() + hb.fragments([b""], end=False) + hb.item(b"12", length=hb.UNDEFINED), JPEG)
    writer = StreamWriter(Pipe(), transfer_syntax=JPEG)
    *before, endless = itertools.takewhile(lambda streamed: streamed.kind != "fragments end", iter_elements(broken))
    for streamed in before:
        writer.write(streamed)
    with pytest.raises(ValueEncodeError, match="undefined"):
        writer.write(endless)


def test_a_frame_in_fragments():
    """A frame of many fragments has one entry in the basic table, and none can be in the extended one."""
    ds = pydicom.dcmread(io.BytesIO(with_frames(FRAMES, fragment_size=4096)))
    fragments = list(pydicom.encaps.generate_fragments(ds.PixelData))[1:]
    assert 4096 == max(map(len, fragments))
    frames = pydicom.encaps.generate_frames(ds.PixelData, number_of_frames=3)
    assert [padded(frame) for frame in FRAMES] == list(frames)
    with pytest.raises(ValueEncodeError):
        with_frames(FRAMES, offset_table="extended", fragment_size=4096)


def test_beyond_what_the_basic_table_can_tell_the_table_is_extended(monkeypatch: pytest.MonkeyPatch):
    """A list of frames whose offsets have more than 32 bits gets an extended table by itself (PS3.5 A.4)."""
    monkeypatch.setattr("dicomkit.file.stream_writer._LARGEST_OFFSET", 100_000)
    assert with_frames(FRAMES) == with_frames(FRAMES, offset_table="extended")
    assert with_frames(FRAMES[:1]) == with_frames(FRAMES[:1], offset_table="basic")


def test_odd_fragments_of_a_stream_are_padded():
    """A fragment of odd length, which no file may have, is written with the byte that it lacks."""
    source = hb.part10(hb.basic() + hb.fragments([b"", b"123", b"45"]), JPEG)
    target = Pipe()
    with StreamWriter(target, transfer_syntax=JPEG) as writer:
        for streamed in iter_elements(source):
            writer.write(streamed)
    assert target.getvalue().endswith(hb.fragments([b"", b"123\0", b"45"]))


class Growing(io.BytesIO):
    """A file that grows once its length was asked for."""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move, and grow if it was to the end."""
        end = super().seek(offset, whence)
        if whence == os.SEEK_END:
            self.write(b"more")
        return end


def test_a_frame_that_grows_is_refused():
    """What a frame has become since it was measured is not cut off in silence."""
    with pytest.raises(ValueEncodeError, match="longer"):
        with_frames(iter([Growing(b"frame!")]), offset_table="none")


def test_another_number_of_frames_is_refused():
    """So is a native value where the transfer syntax is encapsulated, and fragments where it is not."""
    for count in (2, 4):
        with pytest.raises(ValueEncodeError, match="frames"):
            with_frames(iter(FRAMES), frame_count=count)
    with pytest.raises(PixelError, match="write_fragments"), begun(Pipe(), JPEG) as writer:
        writer.write_value("PixelData", "OB", b"12")
    with pytest.raises(PixelError), begun(Pipe()) as writer:
        writer.write_fragments(FRAMES)
    fragments = (streamed for streamed in iter_elements(with_frames(FRAMES)) if streamed.kind is ElementKind.FRAGMENTS)
    with pytest.raises(PixelError, match="codec"), begun(Pipe()) as writer:
        writer.write(next(fragments))


# --- what goes wrong -------------------------------------------------------------------------------------------------


class Failing:
    """A source that ends with an error, or early."""

    def __init__(self, size: int, error: BaseException | None = None) -> None:
        self.left = size
        self.error = error

    def read(self, size: int) -> bytes:
        """Give zeros, then fail."""
        data = bytes(min(size, self.left))
        self.left -= len(data)
        if not data and self.error is not None:
            raise self.error
        return data


def cut_pixels(size: int, left: int) -> object:
    """Give the streamed Pixel Data of a file that ends inside it."""
    data = hb.part10(hb.basic() + hb.element(0x7FE00010, "OW", bytes(size)))[: left - size]
    return next(streamed for streamed in iter_elements(Pipe(data)) if streamed.tag == 0x7FE00010)


def fail_in_a_block(writer: StreamWriter) -> None:
    """Leave a sequence by an exception of the caller."""
    with writer.sequence(SQ), writer.item():
        raise KeyboardInterrupt


def leave_open(writer: StreamWriter) -> None:
    """Write the start of a sequence and no end."""
    source = iter_elements(hb.part10(hb.sequence(SQ, hb.item(hb.text(0x00100020, "LO", "A")))))
    writer.write(next(source))
    writer.write(next(source))


def write_between_items(writer: StreamWriter) -> None:
    """Write an element where only items can be (PS3.5 7.5)."""
    with writer.sequence(SQ):
        writer.write(DataElement("Rows", "US", 1))


def write_twice(writer: StreamWriter) -> None:
    """Write an element that was written."""
    writer.write(DataElement("SOPInstanceUID", "UI", "1.2"))


MISHAPS = {
    "source ends early": (lambda it: it.write_value("PixelData", "OW", Failing(10), 12), ValueEncodeError),
    "source is longer": (lambda it: it.write_value("PixelData", "OW", bytes(14), 12), ValueEncodeError),
    "source fails": (lambda it: it.write_value("PixelData", "OW", Failing(10, OSError("gone"))), OSError),
    "stream is cut": (lambda it: it.write(cut_pixels(80_000, 40_000)), ValueEncodeError),
    "text as a value": (lambda it: it.write_value("PixelData", "OW", ["text"]), ValueEncodeError),
    "value that does not fit": (lambda it: it.write(DataElement("Rows", "US", 70_000)), ValueEncodeError),
    "tags descend": (write_twice, ValueEncodeError),
    "sequence as a value": (lambda it: it.write_value(SQ, "SQ", b""), ValueEncodeError),
    "caller fails": (fail_in_a_block, KeyboardInterrupt),
    "left open": (leave_open, ValueEncodeError),
    "between items": (write_between_items, ValueEncodeError),
    "item without sequence": (lambda it: it.item().__enter__(), ValueEncodeError),
}


@pytest.mark.parametrize("mishap", MISHAPS)
@pytest.mark.parametrize("is_there", [True, False], ids=["old file", "no file"])
def test_no_half_file_is_left(mishap: str, is_there: bool, tmp_path: Path):
    """After any mishap the path leads to what it led to before, and no temporary file is left."""
    path = tmp_path / "target.dcm"
    if is_there:
        path.write_bytes(b"old")
    act, error = MISHAPS[mishap]
    writer = begun(path)
    writer.write_value("ImageComments", "LT", b"much" * 15_000)
    with pytest.raises(error), writer:
        act(writer)
    assert (["target.dcm"] if is_there else []) == names(tmp_path)
    assert not is_there or path.read_bytes() == b"old"
    with pytest.raises(ValueError, match="closed"):
        writer.write(DataElement("PixelData", "OW", b""))


def test_a_target_that_is_full_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An error of the last flush leaves nothing either."""
    path = tmp_path / "target.dcm"
    path.write_bytes(b"old")

    def full(self: io.FileIO, data: object) -> int:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"), begun(path) as writer:
        monkeypatch.setattr(writer._sink, "_target", type("Full", (), {"write": full})())
    assert (["target.dcm"], b"old") == (names(tmp_path), path.read_bytes())


def test_a_file_needs_its_uids(tmp_path: Path):
    """Without SOP Class and Instance UID there is no file meta, so no file (PS3.10 7.1)."""
    for element in identified():
        writer = StreamWriter(tmp_path / "file")
        writer.write(element)
        with pytest.raises(MissingElementError), writer:
            writer.write(DataElement("PatientID", "LO", "A"))
    assert [] == names(tmp_path)


def test_elements_that_are_not_for_a_data_set():
    """Those of the file meta are refused, and group lengths (PS3.5 7.2) are left out."""
    with pytest.raises(ValueEncodeError, match="file_meta"), StreamWriter(Pipe()) as writer:
        writer.write(DataElement("TransferSyntaxUID", "UI", "1.2"))
    target = Pipe()
    with begun(target) as writer:
        writer.write(DataElement(0x00100000, "UL", 10))
        writer.write(DataElement("PatientID", "LO", "A"))
    assert at_once(identified(PatientID="A")) == target.getvalue()


def test_what_is_no_target_is_refused():
    """Neither is a preamble of another length."""
    with pytest.raises(TypeError, match="file object"):
        StreamWriter(42)
    with pytest.raises(ValueEncodeError, match="128"):
        StreamWriter(Pipe(), preamble=b"short")


# --- the file --------------------------------------------------------------------------------------------------------


def test_the_file_meta_is_completed():
    """Given elements of the meta and the preamble are there; the transfer syntax may come from the meta."""
    meta = Dataset(TransferSyntaxUID=hb.EXPLICIT_BE, SourceApplicationEntityTitle="ROOM_7")
    target = Pipe()
    with StreamWriter(target, file_meta=meta, preamble=b"II*\0".ljust(128, b"\0")) as writer:
        for element in identified(PatientID="A"):
            writer.write(element)
    ds = pydicom.dcmread(target.file, force=False) if not target.file.seek(0) else None
    assert ds is not None
    assert (b"II*\0", "ROOM_7", hb.EXPLICIT_BE) == (
        ds.preamble[:4],
        ds.file_meta.SourceApplicationEntityTitle,
        ds.file_meta.TransferSyntaxUID,
    )
    assert hb.INSTANCE_UID == ds.file_meta.MediaStorageSOPInstanceUID
    assert "MediaStorageSOPInstanceUID" not in meta


def test_defects_of_a_stream_are_not_written():
    """Lengths of sequences that are wrong where they come from are right where they go."""
    cut = hb.item(hb.header(0x00110010, "OD", hb.UNDEFINED) + b"LIES")
    sequence = struct.pack("<HH2sHI", 0x0018, 0x9346, b"\xd3Q", 0, len(cut)) + cut
    source = iter_elements(hb.part10(sequence, "1.2.3"))
    target = Pipe()
    with begun(target) as writer:
        for streamed in source:
            writer.write(streamed)
    assert STRUCTURAL & {issue.code for issue in source.issues}
    assert set() == {issue.code for issue in dicomkit.dcmread(target.getvalue()).check()} & STRUCTURAL


def test_defects_of_a_file_meta_are_not_written():
    """Nor are those of a file meta that was cut."""
    meta = hb.text(0x00020002, "UI", hb.SECONDARY_CAPTURE) + hb.text(0x00020003, "UI", hb.INSTANCE_UID)
    meta += hb.text(0x00020010, "UI", hb.EXPLICIT_LE) + hb.element(0x00023112, b"zz", b"abc", length=18773)
    source = iter_elements(hb.part10(b"", meta=hb.element(0x00020000, "UL", struct.pack("<I", len(meta))) + meta))
    assert STRUCTURAL & {issue.code for issue in source.issues}
    target = Pipe()
    with StreamWriter(target, file_meta=source.file_meta):
        pass  # the file meta has all that it needs
    assert set() == {issue.code for issue in dicomkit.dcmread(target.getvalue()).check()} & STRUCTURAL


#: What is wrong with lengths.
STRUCTURAL = {IssueCode.ODD_LENGTH, IssueCode.LENGTH_OVERRUN, IssueCode.TRUNCATED, IssueCode.ITEM_LENGTH_WRONG}


def test_a_file_meta_beyond_4_gib_is_refused():
    """A stream does not know its end: a length that leads beyond 4 GiB is no value that can be written."""
    meta = hb.text(0x00020002, "UI", hb.SECONDARY_CAPTURE) + hb.text(0x00020003, "UI", hb.INSTANCE_UID)
    meta += hb.text(0x00020010, "UI", hb.EXPLICIT_LE) + hb.element(0x00020102, "OB", b"some", length=0xFFFFFFFC)
    source = iter_elements(Pipe(hb.part10(b"", meta=hb.element(0x00020000, "UL", struct.pack("<I", len(meta))) + meta)))
    writer = StreamWriter(Pipe(), file_meta=source.file_meta)
    with pytest.raises(ValueEncodeError, match="4 GiB"):
        writer.close()


def test_the_charset_of_a_stream_may_be_no_text():
    """A Specific Character Set with numbers for a value is one that nobody knows, and not an error of another kind."""
    element = hb.element(0x00080005, "US", b"\x01\x00\x02\x00")
    target = Pipe()
    with StreamWriter(target) as writer:
        for streamed in iter_elements(hb.part10(element + hb.basic())):
            writer.write(streamed)
    assert "OT" == dicomkit.dcmread(target.getvalue()).Modality


def test_a_path_gets_the_file_and_durable_syncs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The path leads to the file when the block ends; `durable` syncs file and folder; closing again does nothing."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    for durable, expected in ((False, 0), (True, 2)):
        path = tmp_path / f"{durable}.dcm"
        with StreamWriter(path, durable=durable) as writer:
            for element in identified():
                writer.write(element)
            assert not path.exists()
        writer.close()
        assert expected == len(synced)
        assert at_once(identified()) == path.read_bytes()


def test_lost_precision_is_an_issue():
    """What encoding loses is said, as dcmwrite says it."""
    with begun(Pipe()) as writer:
        writer.write(DataElement("SliceThickness", "DS", 1 / 3))
    assert ["PRECISION_LOST"] == [issue.code.name for issue in writer.issues]


def test_dcmdump_reads_what_is_streamed(require_peer, tmp_path: Path):
    """DCMTK sees the elements that were written, nested, encapsulated and from a pipe."""
    program = require_peer("dcmdump")
    path = tmp_path / "file.dcm"
    with begun(path, JPEG) as writer:
        with writer.sequence("ReferencedStudySequence"), writer.item():
            writer.write(DataElement("PatientID", "LO", "A1"))
        writer.write_fragments((Pipe(frame) for frame in FRAMES), frame_count=3)
    lines = dcmdump.run(program, path, dcmdump.as_text)
    assert lines is not None
    found = [(line.depth, line.tag, line.length) for line in lines if line.tag[:4] not in {"0002", "0008"}]
    frames = [(1, "fffee000", str(len(padded(frame)))) for frame in FRAMES]
    inner = [(1, "fffee000", "u/l"), (2, "00100020", "2")]
    assert [*inner, (0, "7fe00010", "u/l"), (1, "fffee000", "12"), *frames] == found


# --- memory ----------------------------------------------------------------------------------------------------------


class Count:
    """A target that counts."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: memoryview) -> int:
        """Count and forget."""
        self.size += len(data)
        return len(data)


def blocks(count: int, size: int) -> Iterator[bytes]:
    """Give zeros, a piece at a time."""
    for _ in range(count):
        yield bytes(size)


@pytest.mark.parametrize("form", ["explicit", "big", "deflated"])
def test_memory_does_not_grow_with_the_value(form: str):
    """64 MB of values and frames pass through less than 2 MB."""
    size = 32 << 20
    with begun(Count(), FORMS[form]):
        pass  # loads what is loaded when it is needed first
    tracemalloc.start()
    try:
        target = Count()
        with begun(target, FORMS[form]) as writer:
            writer.write_value("PixelData", "OW", blocks(64, size // 64), size)
        assert target.size > (size if form != "deflated" else 1000)
        with begun(target, JPEG) as writer:
            writer.write_fragments(blocks(64, size // 64))
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_from_pipe_to_pipe():
    """A file of 64 MB is copied from a pipe, an element at a time, within 2 MB."""
    size = 64 << 20
    start = hb.part10(hb.basic() + hb.header(0x7FE00010, "OW", size))
    reading, writing = os.pipe()

    def feed() -> None:
        with os.fdopen(writing, "wb") as file:
            file.write(start)
            for block in blocks(1024, size // 1024):
                file.write(block)

    with StreamWriter(Count()) as writer:
        for streamed in iter_elements(hb.part10(hb.basic())):
            writer.write(streamed)  # loads what is loaded when it is needed first
    feeder = threading.Thread(target=feed)
    tracemalloc.start()
    try:
        feeder.start()
        target = Count()
        with os.fdopen(reading, "rb") as file, StreamWriter(target) as writer:
            for streamed in iter_elements(file):
                writer.write(streamed)
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
        assert target.size > size
    finally:
        tracemalloc.stop()
        feeder.join()
