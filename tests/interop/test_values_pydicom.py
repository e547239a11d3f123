"""Every element of every real file has the tag, VR, VM and value that pydicom gives it."""

from __future__ import annotations

import logging
import struct
import subprocess
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

import dicomkit
from dicomkit import DataElement, Dataset, Sequence
from dicomkit.core.issue import IssueCode
from dicomkit.core.person_name import PersonName
from dicomkit.core.tag import Tag
from dicomkit.core.vr import VR, Kind

pydicom = pytest.importorskip("pydicom")

from pydicom.multival import MultiValue  # noqa: E402
from pydicom.sequence import Sequence as PydicomSequence  # noqa: E402

pytestmark = pytest.mark.interop


class Difference(NamedTuple):
    """One thing that the two readers say differently of an element."""

    path: str
    what: str  # "tag" (one has no such element), "VR", "VM", "items", "value"
    tag: int
    ds: Dataset
    mine: DataElement | None
    theirs: pydicom.DataElement | None

    def __str__(self) -> str:
        sides = [f"{side!r:.100}" for side in (self.mine, self.theirs)]
        return f"{self.path}: {self.what}: {' | '.join(sides)}"


class Rule(NamedTuple):
    """Why a difference is right: the section of the standard, and what exactly it covers."""

    name: str
    section: str
    shown_by: str  # the corpus that must show it: "real files", or how DCMTK encoded them anew
    covers: Callable[[Difference], bool]


def raw(difference: Difference) -> bytes:
    """Give the bytes of a value as they are in the file."""
    ds = difference.ds
    return ds._index.value(ds._position_of(difference.tag))


def is_private_un(difference: Difference) -> bool:
    """Say whether pydicom leaves, byte for byte, what the private dictionary has a VR for."""
    mine, theirs = difference.mine, difference.theirs
    if mine is None or theirs is None or theirs.VR != "UN" or not mine.is_private:
        return False
    return difference.tag & 0xFFFF >= 0x1000 and mine.vr is not VR.UN and raw(difference) == (theirs.value or b"")


def has_swapped_words(difference: Difference) -> bool:
    """Say whether words are the same numbers here, in little endian, and there, in big endian.

    The numbers of Pixel Data are its samples, which may have 32 or 64 bits (PS3.5 8.1.1).
    """
    mine, theirs = difference.mine, difference.theirs
    if difference.what != "value" or mine.vr.kind is not Kind.BINARY:
        return False
    codes = [mine.vr.struct_code, *("IQ" if (mine.tag, mine.vr) == (0x7FE00010, VR.OW) else "")]
    return any(mine.value == turned_round(theirs.value, code) for code in codes)


def turned_round(words: bytes, code: str) -> bytes:
    """Give numbers in little endian that are in big endian; what is less than a whole one is left out."""
    size = struct.calcsize(code)
    count = len(words) // size
    return struct.pack(f"<{count}{code}", *struct.unpack(f">{count}{code}", words[: count * size]))


def has_swapped_un(difference: Difference) -> bool:
    """Say whether numbers in UN were read as little endian here, and in the byte order of the data set there."""
    mine, theirs = difference.mine, difference.theirs
    if difference.what != "value" or theirs.VR != mine.vr or mine.vr.kind is not Kind.NUMBER or not mine.is_private:
        return False
    numbers = as_list(theirs.value)
    as_read = struct.pack(f">{len(numbers)}{mine.vr.struct_code}", *numbers)
    return as_read == raw(difference)


def is_signed_by_enclosing_image(difference: Difference) -> bool:
    """Say whether Pixel Representation stands in an enclosing data set, where pydicom did not look."""
    mine, theirs = difference.mine, difference.theirs
    if mine is None or theirs is None or (str(mine.vr), theirs.VR) != ("SS", "US"):
        return False
    root = difference.ds._root()
    return root is not difference.ds and "PixelRepresentation" not in difference.ds and root.PixelRepresentation == 1


def begins_behind_stray_bytes(difference: Difference) -> bool:
    """Say whether the data set begins behind bytes that are no preamble; pydicom reads from the first byte."""
    issues = difference.ds._root().issues
    return any(issue.code is IssueCode.NO_PREAMBLE and "before the first element" in issue.message for issue in issues)


RULES = (
    Rule(
        "a data set that begins behind stray bytes is found",
        "PS3.10 7.1",
        "real files",
        lambda d: d.what == "tag" and begins_behind_stray_bytes(d),
    ),
    Rule(
        "what stands before the place where the source ends is not lost with it",
        "PS3.5 7.1",
        "real files",
        lambda d: d.what == "tag" and d.theirs is None and IssueCode.TRUNCATED in {issue.code for issue in d.ds.issues},
    ),
    Rule(
        "the spaces that pad a value are taken off each value, not only off the last",
        "PS3.5 6.2 and 6.4",
        "real files",
        lambda d: (
            d.what == "value" and d.theirs.VR == "CS" and d.mine.value == [part.strip(" ") for part in d.theirs.value]
        ),
    ),
    Rule(
        "empty component groups at the end of a name stay in its text",
        "PS3.5 6.2.1.1",
        "real files",
        lambda d: d.what == "value" and d.theirs.VR == "PN" and d.mine.value.rstrip("=") == str(d.theirs.value),
    ),
    Rule(
        "private elements of unknown VR have that of the private dictionary, which here is the longer one",
        "PS3.5 6.2.2",
        "real files",
        is_private_un,
    ),
    Rule(
        "words are little endian in memory, whatever the byte order of the file",
        "PS3.5 7.3 and 6.2 (OW)",
        "real files",
        lambda d: not d.ds.transfer_syntax.is_little_endian and has_swapped_words(d),
    ),
    Rule(
        "what is in UN is little endian, in a big endian data set too",
        "PS3.5 6.2.2",
        "big endian",
        lambda d: not d.ds.transfer_syntax.is_little_endian and has_swapped_un(d),
    ),
    Rule(
        "the element 0000 of a private group is its length, as of any other",
        "PS3.5 7.2",
        "implicit",
        lambda d: (
            d.mine is not None
            and d.tag & 0x1FFFF == 0x10000
            and d.mine.vr is VR.UL
            and d.theirs.VR == "UN"
            and raw(d) == d.theirs.value
        ),
    ),
    Rule(
        "the image that holds a lookup table says whether its first value is signed",
        "PS3.3 C.11.1.1.1",
        "implicit",
        is_signed_by_enclosing_image,
    ),
)


# --- comparing -------------------------------------------------------------------------------------------------------


def as_list(value: object) -> list[object]:
    """Give several values, one, or none as a list."""
    if isinstance(value, (list, MultiValue)):
        return list(value)
    return [] if value in (None, "", b"") else [value]


def is_same(mine: object, theirs: object) -> bool:
    """Compare two single values by their type: numbers and bytes exactly, text and names exactly."""
    if mine in (None, "", b"") and theirs in (None, "", b""):
        return True  # which of them says that there is no value, depends on the VR, and in pydicom on more
    if isinstance(theirs, pydicom.valuerep.PersonName):
        if not isinstance(mine, PersonName):
            return False
        groups = [mine.alphabetic, mine.ideographic, mine.phonetic]
        return str(theirs) == mine and groups == [theirs.alphabetic, theirs.ideographic, theirs.phonetic]
    if isinstance(theirs, float):
        text = getattr(theirs, "original_string", None)
        return (mine == theirs or (mine != mine and theirs != theirs)) and (text is None or str(mine) == text)
    if isinstance(theirs, int):
        return isinstance(mine, int) and mine == theirs
    kind = bytes if isinstance(theirs, bytes) else str
    return isinstance(mine, kind) and mine == theirs


def is_same_value(mine: object, theirs: object) -> bool:
    """Compare two values, each one or several."""
    if isinstance(mine, list) != isinstance(theirs, (list, MultiValue)):
        return is_same(mine, theirs) if theirs in (None, "", b"") else False
    if isinstance(mine, list):
        return len(mine) == len(theirs) and all(map(is_same, mine, theirs))
    return is_same(mine, theirs)


def differences(name: str, mine: Dataset, theirs: pydicom.Dataset, seen: Counter[str]) -> Iterator[Difference]:
    """Iterate over what differs, in items too; `seen` counts the elements that were compared."""
    stack = [(name, mine, theirs)]
    while stack:
        path, ds, other = stack.pop()
        tags = set(map(int, ds.keys()))
        others = set(map(int, other.keys()))
        for tag in sorted(tags | others):
            here = f"{path} {Tag(tag)}"
            element = ds[tag] if tag in tags else None
            peer = other[tag] if tag in others else None
            if element is None or peer is None:
                yield Difference(here, "tag", tag, ds, element, peer)
                continue
            seen[str(element.vr)] += 1
            if str(element.vr) != peer.VR:
                yield Difference(here, "VR", tag, ds, element, peer)
            if element.vm != peer.VM:
                yield Difference(here, "VM", tag, ds, element, peer)
            value, expected = element.value, peer.value
            if isinstance(value, Sequence) and isinstance(expected, PydicomSequence):
                if len(value) != len(expected):
                    yield Difference(here, "items", tag, ds, element, peer)
                stack += [(f"{here}[{i}]", *pair) for i, pair in enumerate(zip(value, expected, strict=False))]
            elif not is_same_value(value, expected):
                yield Difference(here, "value", tag, ds, element, peer)


@contextmanager
def silence() -> Iterator[None]:
    """Keep pydicom's warnings, which come with values too, out of the way."""
    logger = logging.getLogger("pydicom")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def pydicom_read(path: Path) -> pydicom.Dataset:
    """Read a file with pydicom, whatever it thinks of it, every value decoded."""
    with silence():
        ds = pydicom.dcmread(path, force=True)
        for element in ds.iterall():
            element.value  # noqa: B018  decoded now
    return ds


def compare(files: Iterable[tuple[str, Path]]) -> tuple[Counter[str], Counter[str], list[str]]:
    """Compare files: elements by VR, how often each rule applied, and the differences that no rule covers."""
    elements: Counter[str] = Counter()
    applied: Counter[str] = Counter()
    unexplained: list[str] = []
    for name, path in files:
        theirs = pydicom_read(path)
        mine = dicomkit.dcmread(path, force=True)
        found = [
            *differences(name, mine, theirs, elements),
            *differences(f"{name} meta", mine.file_meta, theirs.file_meta, elements),
        ]
        for difference in found:
            rule = next((rule for rule in RULES if rule.covers(difference)), None)
            if rule is None:
                unexplained.append(str(difference))
            else:
                applied[rule.name] += 1
        if mine.preamble != theirs.preamble:
            unexplained.append(f"{name}: preamble")
    return elements, applied, unexplained


def unused(applied: Counter[str], corpus: str) -> list[str]:
    """Give the rules that a corpus should show and does not."""
    return [rule.name for rule in RULES if rule.shown_by == corpus and not applied[rule.name]]


# --- the tests -------------------------------------------------------------------------------------------------------


def test_real_files(corpus: tuple[tuple[str, Path], ...]):
    """All elements of all real files, file meta and items included, are as in pydicom, but for what the rules cover."""
    elements, applied, unexplained = compare(corpus)
    assert [] == unexplained
    assert [] == unused(applied, "real files")
    assert sum(elements.values()) > 15_000
    assert set(elements) > {"AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "OB", "OW", "PN"}


ENCODINGS = {
    "implicit": ["+ti", "-e"],  # sequences of undefined length
    "explicit": ["+te", "+e", "+g"],  # defined lengths, group lengths
    "big endian": ["+tb", "-e", "+g"],
    "deflated": ["+td"],
}

#: Run at a time.
PROGRAMS = 3


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encoded_anew_by_dcmtk(
    encoding: str, corpus: tuple[tuple[str, Path], ...], require_peer: Callable[[str], str], tmp_path: Path
):
    """The same holds for what dcmconv makes of the files: other VR forms, byte orders, lengths and group lengths."""
    command = [require_peer("dcmconv"), *ENCODINGS[encoding]]

    def converted(numbered: tuple[int, tuple[str, Path]]) -> tuple[str, Path] | None:
        number, (name, path) = numbered
        target = tmp_path / f"{number}.dcm"
        done = subprocess.run([*command, path, target], check=False, capture_output=True, timeout=60).returncode == 0
        return (name, target) if done else None

    # Most of the time goes into starting the program, which waits for its dictionary: several at once, while what they
    # made is compared.
    compared = []
    with ThreadPoolExecutor(PROGRAMS) as pool:
        files = (file for file in pool.map(converted, enumerate(corpus)) if file is not None)
        _, applied, unexplained = compare(compared.append(file) or file for file in files)
    assert len(compared) > len(corpus) // 2  # dcmconv does not change the pixels, so not every file can be had
    assert [] == unexplained
    assert [] == unused(applied, encoding)


def test_the_table_of_rules_is_short():
    """At most 20 rules, each with a section of the standard, and none that knows a file by its name."""
    assert len(RULES) <= 20
    assert all(rule.section.startswith("PS3.") for rule in RULES)
    assert {rule.shown_by for rule in RULES} <= {"real files", *ENCODINGS}
