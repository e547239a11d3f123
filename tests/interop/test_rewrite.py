"""What is written: the same bytes where nothing was edited, else only the edit; in any form as DCMTK writes it."""

from __future__ import annotations

import io
import struct
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from types import ModuleType

import pydicom
import pytest

import dicomkit
from dicomkit import Dataset, Sequence, WriteOptions
from dicomkit.core.issue import IssueCode
from dicomkit.core.vr import VR
from dicomkit.errors import PixelError
from dicomkit.file.stream_reader import iter_elements
from dicomkit.file.stream_writer import StreamWriter
from dicomkit.formats import from_json, from_xml, to_json, to_xml
from tests.corpora import real_file
from tests.interop import dcmdump
from tests.interop.dcmdump import Line, as_text
from tests.interop.test_values_pydicom import (
    RULES,
    Difference,
    differences,
    has_swapped_un,
    has_swapped_words,
    pydicom_read,
)

pytestmark = pytest.mark.interop

Corpus = tuple[tuple[str, Path], ...]
Peer = Callable[[str], str]

# --- nothing edited --------------------------------------------------------------------------------------------------


class Pipe(io.RawIOBase):
    """Bytes that can be read once, a few at a time, and not sought in."""

    def __init__(self, data: bytes) -> None:
        self._source = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        part = self._source.read(min(len(buffer), 4093))
        buffer[: len(part)] = part
        return len(part)


SOURCES = {
    "path": lambda path: path,
    "text": str,
    "bytes": lambda path: path.read_bytes(),
    "file": lambda path: io.BytesIO(path.read_bytes()),
    "pipe": lambda path: Pipe(path.read_bytes()),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_unmodified_is_byte_identical(kind: str, corpus: Corpus):
    """A file that was read and not edited is written byte for byte, wherever it came from."""
    wrong = [
        name
        for name, path in corpus
        if dicomkit.dcmread(SOURCES[kind](path), force=True).to_bytes() != path.read_bytes()
    ]
    assert [] == wrong


def test_looking_changes_nothing(corpus: Corpus, tmp_path: Path):
    """Decoding every value, checking and copying leave the file as it was, written to a path or to a stream."""
    wrong = []
    target = tmp_path / "target"
    for name, path in corpus:
        ds = dicomkit.dcmread(path, force=True)
        ds.check()
        for element in ds.walk():
            assert element.value is not NotImplemented
        for element in ds.file_meta:
            assert element.value is not NotImplemented
        stream = io.BytesIO()
        dicomkit.dcmwrite(stream, ds)
        ds.copy().save_as(target)
        if not stream.getvalue() == target.read_bytes() == path.read_bytes():
            wrong.append(name)
    assert [] == wrong


# --- one edit --------------------------------------------------------------------------------------------------------

#: The meta elements that may change with any edit: length, instance, writer (PS3.10 7.1).
META = {"00020000", "00020002", "00020003", "00020012", "00020013"}

TEXT = "edited by test"


def editable(ds: Dataset) -> Iterator[tuple[Dataset, int]]:
    """Iterate over the elements that can take the text of an edit, with the data set that each lies in."""
    stack = [ds]
    while stack:
        holder = stack.pop()
        for element in holder:
            if element.vr in (VR.LO, VR.SH, VR.ST, VR.LT) and element.tag & 0xFFFF >= 0x0010 and not element.is_private:
                yield holder, element.tag
            if isinstance(element.value, Sequence):
                stack += reversed(list(element.value))


def depth_of(ds: Dataset) -> int:
    """Give how many sequences a data set lies in."""
    depth = 0
    while ds._parent is not None:
        ds, depth = ds._parent._owner, depth + 1
    return depth


def without(lines: list[Line], tag: int, nested: bool) -> list[Line]:
    """Take out what an edit of `tag` may change: it, the meta elements, the length of its group, enclosing lengths."""
    names = {f"{tag:08x}", f"{tag & 0xFFFF0000:08x}"} | META
    kept = [line for line in lines if line.tag not in names]
    if nested:
        # Defined lengths may change; undefined ones stay undefined, and all group lengths of groups with sequences may.
        kept = [
            line._replace(length="defined") if line.vr in {"SQ", "na"} and line.length != dcmdump.UNDEFINED else line
            for line in kept
            if line.tag[4:] != "0000"
        ]
    return kept


def with_transfer_syntax(lines: list[Line], ds: Dataset) -> list[Line]:
    """Put in what a file meta without a Transfer Syntax UID gets when written: it is of type 1 (PS3.10 7.1)."""
    meta = [line for line in lines if line.tag.startswith("0002")]
    if not meta or any(line.tag == "00020010" for line in meta):
        return lines
    uid = ds.transfer_syntax.uid
    padding = "&#0;" if len(uid) % 2 else ""
    at = sum(line.tag < "00020010" for line in meta)
    line = Line(0, "00020010", "UI", str(len(uid) + len(uid) % 2), f"[{uid}{padding}]")
    return [*lines[:at], line, *lines[at:]]


@pytest.mark.slow
@pytest.mark.parametrize("nested", [False, True], ids=["in the data set", "in an item"])
def test_an_edit_changes_nothing_else(nested: bool, corpus: Corpus, require_peer: Peer, tmp_path: Path):
    """After an edit dcmdump prints what it printed before, but for the edited line, lengths, and who wrote the file."""
    program = require_peer("dcmdump")
    target = tmp_path / "edited.dcm"
    wrong, edited = [], 0
    for name, path in corpus:
        before = dcmdump.run(program, path, as_text)
        ds = dicomkit.dcmread(path, force=True)
        holder, tag = next(((holder, tag) for holder, tag in editable(ds) if (depth_of(holder) > 0) == nested), (ds, 0))
        if before is None or not tag:
            continue
        before = with_transfer_syntax(before, ds)
        holder[tag] = TEXT
        ds.save_as(target)
        after = dcmdump.run(program, target, as_text)
        edited += 1
        if after is None or without(before, tag, nested) != without(after, tag, nested):
            wrong.append(name)
        elif Line(depth_of(holder) * 2, f"{tag:08x}", str(holder[tag].vr), "14", f"[{TEXT}]") not in after:
            wrong.append(f"{name}: not edited")
    assert [] == wrong
    assert edited > (50 if nested else 200)


@pytest.mark.slow
def test_adding_and_deleting_change_nothing_else(corpus: Corpus, require_peer: Peer, tmp_path: Path):
    """So do an element that is added and one that is deleted."""
    program = require_peer("dcmdump")
    target = tmp_path / "edited.dcm"
    wrong = []
    for name, path in corpus:
        before = dcmdump.run(program, path, as_text)
        if before is None:
            continue
        ds = dicomkit.dcmread(path, force=True)
        before = with_transfer_syntax(before, ds)
        ds.PatientComments = TEXT
        ds.save_as(target)
        added = dcmdump.run(program, target, as_text)
        ds = dicomkit.dcmread(target)
        del ds.PatientComments
        ds.save_as(target)
        deleted = dcmdump.run(program, target, as_text)
        if added is None or deleted is None:
            wrong.append(f"{name}: refused")
            continue
        if without(before, 0x00104000, False) != without(added, 0x00104000, False):
            wrong.append(f"{name}: added")
        if without(before, 0x00104000, False) != without(deleted, 0x00104000, False):
            wrong.append(f"{name}: deleted")
        if not [line for line in added if line.tag == "00104000" and line.value == f"[{TEXT}]"]:
            wrong.append(f"{name}: not added")
        if [line for line in deleted if line.tag == "00104000"]:
            wrong.append(f"{name}: not deleted")
    assert [] == wrong


# --- another form ----------------------------------------------------------------------------------------------------

IMPLICIT, EXPLICIT, DEFLATED, BIG = (
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.2",
)
# Undefined lengths (-e) show which private elements are sequences in Implicit VR too.
FORMS = {
    "implicit": (IMPLICIT, ["+ti", "-e"]),
    "explicit": (EXPLICIT, ["+te"]),
    "deflated": (DEFLATED, ["+td"]),
    "big endian": (BIG, ["+tb"]),
}


def comparable(lines: list[Line]) -> list[Line]:
    """Leave out what two writers may choose: file meta, group lengths, lengths of sequences, padding of text."""
    result = []
    for line in lines:
        if line.tag.startswith("0002") or line.tag.endswith("0000"):
            continue
        if line.vr in {"SQ", "na"}:
            line = line._replace(length="")
        elif line.value.endswith(" ]"):
            value = line.value[:-1].rstrip(" ") + "]"
            line = line._replace(value=value, length=str(int(line.length) - len(line.value) + len(value)))
        result.append(line)
    return result


DOSES = ["rtdose.dcm", "rtdose_expb.dcm"]


def samples(ds: Dataset | pydicom.Dataset) -> bytes:
    """Give the samples of 32 bits in little endian, whatever the array's byte order."""
    return ds.pixel_array.astype("<u4").tobytes()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", DOSES)
def test_doses_of_32_bits_stay_what_they_are(name: str, form: str, corpus: Corpus):
    """Samples of 32 bits under OW are, in any form, those that pydicom finds in the file (PS3.5 7.3, 8.1.1)."""
    uid, _ = FORMS[form]
    expected = samples(pydicom_read(real_file(name)))
    ds = dicomkit.dcmread(real_file(name))
    edited = ds.copy()
    edited.PixelData = edited.PixelData
    for one in (ds, edited):
        data = one.to_bytes(WriteOptions(transfer_syntax=uid))
        assert expected == samples(dicomkit.dcmread(data))
        written = pydicom.dcmread(io.BytesIO(data))
        written.file_meta.TransferSyntaxUID = uid
        assert expected == samples(written)


@pytest.mark.parametrize("name", DOSES)
def test_doses_of_32_bits_in_memory_and_in_models(name: str, corpus: Corpus):
    """In memory, in JSON and in XML such samples are little endian, whatever the file was."""
    expected = samples(pydicom_read(real_file(name)))
    ds = dicomkit.dcmread(real_file(name))
    assert expected == ds.PixelData
    assert expected == samples(from_json(to_json(ds)))
    assert expected == samples(from_xml(to_xml(ds)))


@pytest.mark.parametrize("kind", ["from a stream", "from a data set"])
@pytest.mark.parametrize("form", ["explicit", "big endian"])
@pytest.mark.parametrize("name", DOSES)
def test_doses_of_32_bits_written_element_by_element(name: str, form: str, kind: str, corpus: Corpus):
    """Nor does a writer that gets one element after the other turn halves of samples round."""
    uid, _ = FORMS[form]
    expected = samples(pydicom_read(real_file(name)))
    ds = dicomkit.dcmread(real_file(name))
    target = io.BytesIO()
    with StreamWriter(target, transfer_syntax=uid, file_meta=ds.file_meta) as writer:
        for element in iter_elements(real_file(name)) if kind == "from a stream" else ds:
            writer.write(element)
    assert expected == samples(pydicom.dcmread(io.BytesIO(target.getvalue())))


def are_wide_samples(ds: Dataset, mine: Line | None, theirs: Line | None) -> bool:
    """Say whether two lines are Pixel Data under OW that differ in the order of the words of a sample alone.

    A sample has as many bits as are allocated, and all its bytes the other way round in big endian (PS3.5 8.1.1, 7.3);
    DCMTK turns round each word of 16 bits, whatever is allocated.
    """
    if mine is None or theirs is None or (mine.tag, mine.vr) != ("7fe00010", "OW"):
        return False
    words, of_sample = str(theirs.value).split("\\"), ds.BitsAllocated // 16
    turned = [word for i in range(0, len(words), of_sample) for word in reversed(words[i : i + of_sample])]
    return of_sample in (2, 4) and mine == theirs._replace(value="\\".join(turned))


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_conversion_is_as_dcmconv_makes_it(form: str, corpus: Corpus, require_peer: Peer, tmp_path: Path):
    """A data set in another form is what dcmconv makes of it, element by element."""
    uid, flags = FORMS[form]
    dcmconv, program = require_peer("dcmconv"), require_peer("dcmdump")
    ours, theirs = tmp_path / "ours.dcm", tmp_path / "theirs.dcm"
    wrong, compared = [], 0
    for name, path in corpus:
        done = subprocess.run([dcmconv, "-q", *flags, path, theirs], check=False, capture_output=True, timeout=60)
        ds = dicomkit.dcmread(path, force=True)
        try:
            ds.save_as(ours, WriteOptions(transfer_syntax=uid))
        except PixelError:
            if done.returncode == 0:
                wrong.append(f"{name}: refused")
            continue
        if done.returncode or ds.transfer_syntax.uid == uid:
            continue
        compared += 1
        mine, expected = (dcmdump.run(program, target, as_text) for target in (ours, theirs))
        if mine is None or expected is None:
            wrong.append(f"{name}: dcmdump refuses {'ours' if mine is None else 'theirs'}")
            continue
        pairs = zip_longest(comparable(mine), comparable(expected))
        wrong += [
            f"{name}: {pair[0]} | {pair[1]}" for pair in pairs if pair[0] != pair[1] and not are_wide_samples(ds, *pair)
        ]
    assert [] == wrong
    assert compared > 30  # most files are Explicit VR Little Endian already


def is_due_to_the_form(difference: Difference, form: str) -> bool:
    """Say whether a difference comes from the form: lengths, padding, VRs that Implicit VR does not tell, order."""
    if difference.what == "VR" or difference.what == "VM" or difference.tag & 0xFFFF == 0:
        return True
    if any(rule.covers(difference) for rule in RULES):
        return True
    mine, theirs = difference.mine, difference.theirs
    if form == "big endian" and (has_swapped_words(difference) or has_swapped_un(difference)):
        return True
    if form == "implicit" and mine.vr != theirs.VR:
        # Which the private dictionary of pydicom knows otherwise; or a lookup table, numbers in the file, words now.
        return mine.is_private or struct.pack(f"<{mine.vm}H", *mine.value) == theirs.value
    return isinstance(mine.value, bytes) and len(mine.value) % 2 == 1 and mine.value + b"\0" == theirs.value


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_pydicom_reads_the_same_values_from_another_form(form: str, corpus: Corpus, tmp_path: Path):
    """What is written in another form has, for pydicom, the values that the file had for us."""
    uid, _ = FORMS[form]
    target = tmp_path / "converted.dcm"
    wrong, compared = [], 0
    for name, path in corpus:
        ds = dicomkit.dcmread(path, force=True)
        try:
            ds.save_as(target, WriteOptions(transfer_syntax=uid))
        except PixelError:
            continue
        compared += 1
        found = differences(name, ds, pydicom_read(target), Counter())
        wrong += [str(one) for one in found if not is_due_to_the_form(one, form)]
    assert [] == wrong
    assert compared > 150


# --- what others say of it -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_dcmftest_accepts_what_is_written(corpus: Corpus, require_peer: Peer, tmp_path: Path):
    """What is written is a DICOM file for dcmftest wherever the original was one."""
    program = require_peer("dcmftest")
    target = tmp_path / "edited.dcm"
    refused = []
    for name, path in corpus:
        ds = dicomkit.dcmread(path, force=True)
        ds.PatientComments = TEXT
        ds.save_as(target)
        original, edited = (
            subprocess.run([program, file], capture_output=True, check=False, timeout=60).returncode
            for file in (path, target)
        )
        if original == 0 != edited:
            refused.append(name)
    assert [] == refused


#: What dciodvfy may complain of newly, and why.
NEW_COMPLAINTS = (
    ("in (0x0002,0x0003)", "PS3.10 7.1: the file meta names the instance as the data set does, which had a wrong UID"),
    ("(0x0002,0x0003) UI", "PS3.10 7.1: the same"),
    ("PN Patient Object Name", "PS3.5 A.1: the private dictionary of dciodvfy has another VR than the file had"),
    ("Unrecognized tag", "PS3.5 6.2.2: what no dictionary knows is UN in Explicit VR"),
    ("PixelData has incorrect value length", "PS3.5 7.1.1: a value that was cut off has the length of what is there"),
)


def complaints(program: Path, path: Path) -> Counter[str]:
    """Give what dciodvfy complains of."""
    process = subprocess.run([program, path], capture_output=True, check=False, timeout=60)
    return Counter(process.stderr.decode("latin-1").splitlines())


@pytest.mark.slow
# dciodvfy does not read deflated data sets.
@pytest.mark.parametrize("form", ["as it was", "implicit", "explicit", "big endian"])
def test_dciodvfy_has_no_new_complaints(
    form: str, corpus: Corpus, require_package: Callable[[str], ModuleType], tmp_path: Path
):
    """dciodvfy complains of nothing in what is written that it did not complain of in the original."""
    program = Path(str(require_package("dicom3tools").__file__)).with_name("bin") / "dciodvfy"
    target = tmp_path / "edited.dcm"
    options = WriteOptions(transfer_syntax=None if form == "as it was" else FORMS[form][0])
    new, judged = [], 0
    for name, path in corpus:
        ds = dicomkit.dcmread(path, force=True)
        before = complaints(program, path)
        is_cut = IssueCode.TRUNCATED in {issue.code for issue in ds.issues}
        if (
            is_cut
            or ds.transfer_syntax.is_deflated
            or not ds.file_meta
            or any("Tag read failed" in text for text in before)
        ):
            continue  # it does not read these to their end
        holder, tag = next(((holder, tag) for holder, tag in editable(ds) if holder is ds), (ds, 0))
        if tag:
            holder[tag] = TEXT
        else:
            ds.file_meta.SourceApplicationEntityTitle = "EDITED"
        try:
            ds.save_as(target, options)
        except PixelError:
            continue
        judged += 1
        added = [line for line in complaints(program, target) - before if TEXT not in line]
        if any("Missing Pixel Representation" in line for line in added):
            continue  # PS3.5 A.1: Implicit VR says no VR, and dciodvfy stops where it cannot tell which it is
        new += [f"{name}: {line}" for line in added if not any(text in line for text, _ in NEW_COMPLAINTS)]
    assert [] == new
    assert judged > 150
