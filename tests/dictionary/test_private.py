"""Private elements are found by creator, group and place in the block (PS3.5 7.8.1)."""

from __future__ import annotations

import pickle
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom._private_dict import private_dictionaries

from dicomkit import dictionary
from dicomkit.core.vm import VM
from dicomkit.core.vr import AMBIGUOUS_VRS, VR

ODD_GROUPS = st.integers(0, 0x7FFF).map(lambda half: half * 2 + 1)


def said(creator: str, tag: int) -> tuple[str, str, str] | None:
    """Give name, VR and VM of a private element."""
    entry = dictionary.private_entry(creator, tag)
    return None if entry is None else (entry.name, entry.vr, str(entry.vm))


def test_all_rows_are_there():
    """The private dictionary has 15,386 elements of 654 creators."""
    creators = dictionary.private_creators()
    assert (654, 15386) == (len(creators), sum(len(dictionary.private_elements(name)) for name in creators))


def test_every_row_answers():
    """Each element is found by its creator, in the first and in the last block and group."""
    for creator in dictionary.private_creators():
        for row in dictionary.private_elements(creator):
            # DLX_ANNOT_01 describes (7001,xx04) twice: for this group, and for all from 7001 on.
            first = row.group + 2 * (row.group != row.last_group)
            for group in (first, row.last_group):
                for block in (0x10, 0xFF):
                    entry = dictionary.private_entry(creator, group << 16 | block << 8 | row.element)
                    assert entry is not None
                    assert (row.name, row.vr, row.vm, "") == (entry.name, entry.vr, entry.vm, entry.keyword)


def test_every_vr_is_one_that_the_library_knows():
    """VRs are those of PS3.5 6.2 or ambiguous forms of the standard."""
    found = {row.vr for name in dictionary.private_creators() for row in dictionary.private_elements(name)}
    assert set() == found - {*VR, *AMBIGUOUS_VRS}


@pytest.mark.parametrize(
    ("creator", "tag", "vr", "vm"),
    [
        ("SIEMENS CSA HEADER", 0x00291010, "OB", "1"),  # CSA image header
        ("SIEMENS CSA HEADER", 0x00291020, "OB", "1"),  # CSA series header
        ("SIEMENS MR HEADER", 0x0019100C, "IS", "1"),  # b value
        ("SIEMENS MR HEADER", 0x0019100E, "FD", "3"),  # diffusion gradient direction
        ("GEMS_PARM_01", 0x00431039, "IS", "4"),  # b value
        ("Philips Imaging DD 001", 0x20011003, "FL", "1"),  # diffusion b factor
        ("Philips MR Imaging DD 001", 0x2005100E, "FL", "1"),  # scale slope
    ],
)
def test_elements_of_well_known_vendors(creator: str, tag: int, vr: str, vm: str):
    """What people look for most in private elements is there, as the vendors' conformance statements have it."""
    entry = dictionary.private_entry(creator, tag)
    assert entry is not None
    assert (vr, vm) == (entry.vr, str(entry.vm))


@given(st.integers(0x10, 0xFF))
def test_the_block_does_not_count(block: int):
    """(0029,1010) and (0029,4A10) of the same creator are the same element."""
    entry = dictionary.private_entry("SIEMENS CSA HEADER", 0x00290000 | block << 8 | 0x10)
    assert entry is not None
    assert (0x00290000 | block << 8 | 0x10, "OB") == (entry.tag, entry.vr)


@pytest.mark.parametrize("padded", ["SIEMENS CSA HEADER ", " SIEMENS CSA HEADER", "SIEMENS CSA HEADER\0"])
def test_padding_of_the_creator_does_not_count(padded: str):
    """Spaces around the creator's name, which LO may have, do not count."""
    assert said("SIEMENS CSA HEADER", 0x00291010) == said(padded, 0x00291010)


def test_the_case_of_the_creator_counts():
    """Creators that differ by case alone are different ones, as vendors use them so."""
    assert {"HOLOGIC", "Hologic", "SPI RELEASE 1", "SPI Release 1"} <= set(dictionary.private_creators())
    assert None is said("siemens csa header", 0x00291010)


@pytest.mark.parametrize("group", [0x7003, 0x7011, 0x70FF])
def test_a_range_of_groups(group: int):
    """An element that its creator puts into many odd groups is the same in each."""
    assert ("Text_annotation", "ST", "1") == said("DLX_ANNOT_01", group << 16 | 0x1104)


@pytest.mark.parametrize("tag", [0x70001104, 0x71011104, 0x00281010, 0x00290008, 0x00290110, 0x00290F10, -1, 1 << 33])
def test_what_is_no_private_element_has_no_entry(tag: int):
    """Even groups, other groups, and places outside of a block give None."""
    assert [None, None] == [said("DLX_ANNOT_01", tag), said("SIEMENS CSA HEADER", tag)]


@given(ODD_GROUPS, st.integers(0x10, 0xFF), st.text())
def test_the_creator_itself(group: int, block: int, creator: str):
    """The element that holds the creator's name is LO, whoever the creator is."""
    assert ("Private Creator", "LO", "1") == said(creator, group << 16 | block)


@given(st.text(), st.integers(0, 0xFFFFFFFF))
def test_unknown_creators(creator: str, tag: int):
    """A creator that nobody knows gives None for the elements of its blocks."""
    if creator.strip(" \0") not in dictionary.private_creators() and tag & 0xFFFF >= 0x1000:
        assert None is said(creator, tag)


def test_unknown_creators_are_not_remembered():
    """Names from files leave nothing behind: the caches are keyed by lines of the table."""
    from dicomkit.dictionary import private

    before = private._rows.cache_info().currsize
    for number in range(1000):
        dictionary.private_entry(f"NOBODY {number}", 0x00291010)
    assert before == private._rows.cache_info().currsize


def test_private_element_is_a_value():
    """A definition is immutable, compares by its fields and pickles."""
    row = dictionary.PrivateElement("ACME 1.1 ", 0x0029, 0x10, "DS", "1-n", "Weights")
    assert ("ACME 1.1", 0x0029, VM(1, None)) == (row.creator, row.last_group, row.vm)
    assert row == pickle.loads(pickle.dumps(row))


@pytest.mark.parametrize(
    "fields",
    [("ACME", 0x0028, 1), ("ACME", 0x10029, 1), ("ACME", 0x29, 0x1001), ("", 0x29, 1), ("  ", 0x29, 1), ("A", -1, 1)],
)
def test_impossible_definitions(fields: tuple[str, int, int]):
    """A definition outside of a private block is a ValueError."""
    with pytest.raises(ValueError):
        dictionary.PrivateElement(*fields, "LO")


# --- peers -----------------------------------------------------------------------------------------------------------


@pytest.mark.interop
def test_pydicoms_private_elements_are_known():
    """Each private element of pydicom is known, and has its VR unless that is UN."""
    missing, different = set(), Counter()
    for creator, rows in private_dictionaries.items():
        for mask, (vr, *_rest) in rows.items():
            # Ranges of groups are tested above; "001910xx" says nothing of an element.
            if "x" in mask[:4] + mask[6:]:
                continue
            found = dictionary.private_entry(creator, int(mask[:4], 16) << 16 | 0x1000 | int(mask[6:], 16))
            if found is None:
                missing.add((creator, mask[:4]))
            else:
                different[vr, found.vr] += found.vr != vr.replace("_", " ").replace("OB OW", "OB or OW")
    # An even group holds no private elements, and no creator has more than the 64 characters of LO.
    long_name = "http://www.gemedicalsystems.com/it_solutions/bamwallthickness/1.0"
    assert {("FDMS 1.0", "0032"), (long_name, "3119")} == missing
    assert {("DS", "FD"), ("LO", "SH")} == {pair for pair, count in different.items() if count and pair[0] != "UN"}


@pytest.mark.interop
def test_dcmtks_private_elements_are_known(require_peer: Callable[[str], str]):
    """Each private element of DCMTK that may lie in any block is known; four of five have its VR."""
    require_peer("dcmdump")
    places = sorted(Path("/usr/share").glob("*dcmtk*/private.dic"))
    if not places:
        pytest.skip("DCMTK was built with its dictionary inside")
    missing, different = [], Counter()
    for line in places[-1].read_text(encoding="latin-1").splitlines():
        row = re.match(r'\((\w{4})(?:-o-\w{4})?,"(.*)",(\w{2})\)\t(\w\w)\t', line)
        if row is not None:
            found = dictionary.private_entry(row[2], int(row[1], 16) << 16 | 0x1000 | int(row[3], 16))
            if found is None:
                missing.append(line)
            else:
                different[found.vr != {"ox": "OB or OW", "xs": "US or SS"}.get(row[4], row[4])] += 1
    assert [] == missing
    assert different[False] > 4 * different[True] > 0
