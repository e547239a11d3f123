"""The dictionary as a value: more rows without any global state."""

from __future__ import annotations

import pickle
from array import array
from pathlib import Path

import pytest

from dicomkit import dictionary
from dicomkit.core.tag import Tag
from dicomkit.core.vr import VR
from dicomkit.dictionary import STANDARD, Dictionary, Entry, PrivateElement
from dicomkit.errors import FileFormatError, UnknownKeywordError, UnknownTagError

NEW = Entry(0x00189FF0, "ShinyNewAttribute", "Shiny New Attribute", "FD", "2-2n")
CHANGED = Entry(0x00100020, "PatientID", "Patient ID", "UC", "1")
OURS = PrivateElement("ACME 1.1", 0x0029, 0x10, "DS", "1-n", "Weights")
EXTENDED = STANDARD.extended([NEW, CHANGED], [OURS])


def test_the_standard_answers_as_the_functions_do():
    """Without rows of its own a dictionary says what the functions of the package say."""
    for tag in (0x00100010, 0x60020010, 0x00090010, 0x00080000, 0x00111001):
        assert (dictionary.find(tag), dictionary.vr(tag), dictionary.name(tag), dictionary.keyword(tag)) == (
            STANDARD.find(tag), STANDARD.vr(tag), STANDARD.name(tag), STANDARD.keyword(tag)
        )  # fmt: skip
    assert dictionary.keywords() is STANDARD.keywords()
    assert dictionary.packed_vrs() == STANDARD.packed_vrs()
    assert dictionary.private_entry("GEMS_PARM_01", 0x00431039) == STANDARD.private_entry("GEMS_PARM_01", 0x00431039)


def test_a_new_element():
    """A further row is found by tag and by keyword, with all its columns."""
    assert (NEW, NEW.tag, "FD", NEW.name, NEW.keyword, NEW.tag) == (
        EXTENDED.entry(NEW.tag),
        EXTENDED.tag("ShinyNewAttribute"),
        EXTENDED.vr(NEW.tag),
        EXTENDED.name(NEW.tag),
        EXTENDED.keyword(NEW.tag),
        EXTENDED.keywords()["ShinyNewAttribute"],
    )


def test_a_changed_element():
    """A further row comes before the standard's for the same tag."""
    assert ("UC", "LO") == (EXTENDED.vr(0x00100020), STANDARD.vr(0x00100020))
    assert 0x00100020 == EXTENDED.tag("PatientID")


def test_a_later_row_comes_first():
    """Of two rows for the same tag the later one holds, and the earlier one's keyword is gone."""
    twice = Dictionary([NEW, Entry(NEW.tag, "Renamed", "", "US")])
    assert ("US", NEW.tag) == (twice.vr(NEW.tag), twice.tag("Renamed"))
    with pytest.raises(UnknownKeywordError):
        twice.tag("ShinyNewAttribute")


def test_a_renamed_element_loses_its_old_keyword():
    """A row that gives a standard element another keyword takes the old one away."""
    renamed = Dictionary([Entry(0x00100020, "ChartNumber", "Chart Number", "LO")])
    assert "PatientID" not in renamed.keywords()
    assert "PatientID" in STANDARD.keywords()


def test_nothing_is_global():
    """Extending changes neither the standard nor the dictionary that was extended."""
    more = EXTENDED.extended([Entry(0x00189FF1, "AnotherOne", "Another One", "US")])
    assert (None, None, "US") == (STANDARD.find(0x00189FF1), EXTENDED.find(0x00189FF1), more.vr(0x00189FF1))
    assert "FD" == more.vr(NEW.tag)
    assert "AnotherOne" not in EXTENDED.keywords()


def test_private_elements():
    """A further private element is found in any block; other creators and elements are as they were."""
    for tag in (0x00291010, 0x0029FF10):
        assert Entry(tag, "", "Weights", "DS", "1-n") == EXTENDED.private_entry("ACME 1.1 ", tag)
    assert None is EXTENDED.private_entry("ACME 1.1", 0x00291011)
    assert None is EXTENDED.private_entry("ACME 1.1", 0x00311010)
    assert dictionary.private_entry("SIEMENS CSA HEADER", 0x00291010) == EXTENDED.private_entry(
        "SIEMENS CSA HEADER", 0x00291010
    )
    assert "Private Creator" == EXTENDED.private_entry("ACME 1.1", 0x00290010).name


def test_a_private_element_comes_before_the_known_one():
    """A further definition for a known creator comes before the published one, element by element."""
    changed = Dictionary(private=[PrivateElement("SIEMENS CSA HEADER", 0x0029, 0x10, "UN")])
    assert ("UN", "OB") == (
        changed.private_entry("SIEMENS CSA HEADER", 0x00291010).vr,
        changed.private_entry("SIEMENS CSA HEADER", 0x00291020).vr,
    )


def test_packed_vrs_have_the_further_rows():
    """The scanner's table of an extended dictionary has its rows, in order."""
    numbers = array("I"), array("H")
    for numbered, data in zip(numbers, EXTENDED.packed_vrs(), strict=True):
        numbered.frombytes(data)
    table = dict(zip(*numbers, strict=True))
    assert (VR.FD.code, VR.UC.code, VR.OW.code) == (table[NEW.tag], table[0x00100020], table[0x7FE00010])
    assert sorted(table) == list(numbers[0])
    assert len(STANDARD.packed_vrs()[0]) // 4 + 1 == len(table)


def test_unknown_names():
    """Errors are those of the standard dictionary; further keywords are among the proposals."""
    with pytest.raises(UnknownTagError):
        EXTENDED.entry(0x00111001)
    with pytest.raises(UnknownKeywordError, match="did you mean ShinyNewAttribute"):
        EXTENDED.tag("ShinyNewAtribute")
    with pytest.raises(UnknownKeywordError, match=r"as in ds\[0x6000, 0x0010\]"):
        EXTENDED.tag("OverlayRows")
    assert ("ShinyNewAttribute",) == EXTENDED.nearest("shiny_new_attribute")


def test_it_is_a_value():
    """Equal rows make equal dictionaries, which hash and pickle as such and cannot be changed."""
    same = Dictionary([NEW, CHANGED], [OURS])
    assert (same, hash(same)) == (EXTENDED, hash(EXTENDED))
    assert STANDARD != EXTENDED
    EXTENDED.keywords()
    restored = pickle.loads(pickle.dumps(EXTENDED))
    assert EXTENDED == restored
    assert NEW.tag == restored.tag("ShinyNewAttribute")
    with pytest.raises(AttributeError):
        EXTENDED.entries = ()  # type: ignore[misc]
    assert len(pickle.dumps(EXTENDED)) < 2000
    assert len(repr(EXTENDED)) < 100


@pytest.mark.parametrize(
    ("entries", "private"),
    [
        ([Entry(0x00189FF0, "New", "", "XX")], []),
        ([Entry(0x00189FF0, "New", "", "")], []),
        ([Entry(0x00291010, "Weights", "", "DS")], []),
        ([Entry(0x00189FF0, "no keyword", "", "DS")], []),
        ([Entry(0x00189FF0, "PatientName", "", "PN")], []),
        ([Entry(0x00189FF0, "New", "", "DS"), Entry(0x00189FF1, "New", "", "DS")], []),
        ([], [PrivateElement("ACME", 0x29, 0x10, "ds")]),
    ],
)
def test_impossible_rows(entries: list[Entry], private: list[PrivateElement]):
    """Rows that contradict the standard, each other, or themselves are a ValueError."""
    with pytest.raises(ValueError):
        STANDARD.extended(entries, private)


# --- tables of rows --------------------------------------------------------------------------------------------------

TABLE = """\
tag\tkeyword\tname\tvr\tvm\tretired\tcreator
# a comment

(0018,9FF0)\tShinyNewAttribute\tShiny New Attribute\tFD\t2-2n
00100020\tPatientID\tPatient ID\tUC\t1\tY
(0029,xx10)\t\tWeights\tDS\t1-n\t\tACME 1.1
002910ab\t\t\tUN\t\t\tACME 1.1
"""


def test_rows_from_text():
    """A table gives elements and private elements, with defaults for cells that are missing."""
    retired = Entry(0x00100020, "PatientID", "Patient ID", "UC", "1", True)
    second = PrivateElement("ACME 1.1", 0x0029, 0xAB, "UN")
    assert Dictionary([NEW, retired], [OURS, second]) == Dictionary.from_tsv(TABLE)


def test_rows_from_a_file(tmp_path: Path):
    """A path, as text or as an object, with or without a byte order mark, gives the same as the text."""
    path = tmp_path / "rows.tsv"
    for encoding in ("utf-8", "utf-8-sig"):
        path.write_text(TABLE, encoding=encoding)
        assert Dictionary.from_tsv(TABLE) == Dictionary.from_tsv(path) == Dictionary.from_tsv(str(path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n", "line 0: the header must name"),
        ("tag\tname\n00100010\tX\n", "line 1: the header must name"),
        ("tag\tvr\tcolour\n", "line 1: the header must name"),
        ("tag\ttag\tvr\n", "line 1: the header must name"),
        ("tag\tvr\nfoo\tLO\n", "line 2: not a tag: 'foo'"),
        ("tag\tvr\n00189FF0\tXX\n", "line 2: (0018,9FF0): 'XX' is no VR"),
        ("tag\tvr\n00189FF0\n", "line 2: (0018,9FF0): '' is no VR"),
        ("tag\tvr\n00189FF0\tLO\t1\n", "line 2: 3 cells under 2 columns"),
        ("tag\tvr\tvm\n00189FF0\tLO\tmany\n", "line 2: not a"),
        ("tag\tvr\n00291010\tLO\n", "line 2: (0029,1010) is private"),
        ("tag\tvr\tcreator\n00281010\tLO\tACME\n", "line 2: no group of private elements"),
        ("tag\tkeyword\tvr\n00189FF0\tA\tLO\n00189FF1\tA\tLO\n", "the keyword A is given to two elements"),
    ],
)
def test_broken_tables(text: str, message: str):
    """What is wrong with a table is said with the line."""
    with pytest.raises(FileFormatError) as caught:
        Dictionary.from_tsv(text)
    assert str(caught.value).startswith(message)


def test_a_table_that_is_no_text(tmp_path: Path):
    """A file that is not UTF-8 is a FileFormatError with the place, and a missing file is the system's error."""
    path = tmp_path / "rows.tsv"
    path.write_bytes(b"tag\tvr\n\xff\xfe")
    with pytest.raises(FileFormatError) as caught:
        Dictionary.from_tsv(path)
    assert (7, str(path)) == (caught.value.offset, caught.value.source)
    with pytest.raises(FileNotFoundError):
        Dictionary.from_tsv(tmp_path / "nowhere.tsv")


def test_tags_are_tags():
    """Tags of further rows come back as `Tag`."""
    assert Tag is type(EXTENDED.tag("ShinyNewAttribute"))
