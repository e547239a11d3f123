"""PS3.3 C.12.1.1.2: the Defined Terms of Specific Character Set, Tables C.12-2 to C.12-5, copied literally."""

from __future__ import annotations

import subprocess
from pathlib import Path
from struct import pack

import pydicom.charset
import pytest

from dicomkit.encoding.charset import CharacterSet
from dicomkit.encoding.charset_tables import STANDALONE_TERMS, TERMS

# Table C.12-2, single-byte character sets without code extensions: Defined Term, G1, G0 (ISO registration numbers).
TABLE_C_12_2 = {
    "ISO_IR 100": ("ISO-IR 100", "ISO-IR 6"),
    "ISO_IR 101": ("ISO-IR 101", "ISO-IR 6"),
    "ISO_IR 109": ("ISO-IR 109", "ISO-IR 6"),
    "ISO_IR 110": ("ISO-IR 110", "ISO-IR 6"),
    "ISO_IR 144": ("ISO-IR 144", "ISO-IR 6"),
    "ISO_IR 127": ("ISO-IR 127", "ISO-IR 6"),
    "ISO_IR 126": ("ISO-IR 126", "ISO-IR 6"),
    "ISO_IR 138": ("ISO-IR 138", "ISO-IR 6"),
    "ISO_IR 148": ("ISO-IR 148", "ISO-IR 6"),
    "ISO_IR 203": ("ISO-IR 203", "ISO-IR 6"),
    "ISO_IR 13": ("ISO-IR 13", "ISO-IR 14"),
    "ISO_IR 166": ("ISO-IR 166", "ISO-IR 6"),
}

# Tables C.12-3 and C.12-4, with code extensions: Defined Term, escape sequences as column/row numbers, code element.
TABLES_C_12_3_AND_4 = [
    ("ISO 2022 IR 6", "02/08 04/02", "G0"),
    ("ISO 2022 IR 100", "02/13 04/01", "G1"),
    ("ISO 2022 IR 100", "02/08 04/02", "G0"),
    ("ISO 2022 IR 101", "02/13 04/02", "G1"),
    ("ISO 2022 IR 101", "02/08 04/02", "G0"),
    ("ISO 2022 IR 109", "02/13 04/03", "G1"),
    ("ISO 2022 IR 109", "02/08 04/02", "G0"),
    ("ISO 2022 IR 110", "02/13 04/04", "G1"),
    ("ISO 2022 IR 110", "02/08 04/02", "G0"),
    ("ISO 2022 IR 144", "02/13 04/12", "G1"),
    ("ISO 2022 IR 144", "02/08 04/02", "G0"),
    ("ISO 2022 IR 127", "02/13 04/07", "G1"),
    ("ISO 2022 IR 127", "02/08 04/02", "G0"),
    ("ISO 2022 IR 126", "02/13 04/06", "G1"),
    ("ISO 2022 IR 126", "02/08 04/02", "G0"),
    ("ISO 2022 IR 138", "02/13 04/08", "G1"),
    ("ISO 2022 IR 138", "02/08 04/02", "G0"),
    ("ISO 2022 IR 148", "02/13 04/13", "G1"),
    ("ISO 2022 IR 148", "02/08 04/02", "G0"),
    ("ISO 2022 IR 203", "02/13 06/02", "G1"),
    ("ISO 2022 IR 203", "02/08 04/02", "G0"),
    ("ISO 2022 IR 13", "02/09 04/09", "G1"),
    ("ISO 2022 IR 13", "02/08 04/10", "G0"),
    ("ISO 2022 IR 166", "02/13 05/04", "G1"),
    ("ISO 2022 IR 166", "02/08 04/02", "G0"),
    ("ISO 2022 IR 87", "02/04 04/02", "G0"),
    ("ISO 2022 IR 159", "02/04 02/08 04/04", "G0"),
    ("ISO 2022 IR 149", "02/04 02/09 04/03", "G1"),
    ("ISO 2022 IR 58", "02/04 02/09 04/01", "G1"),
]

# Table C.12-5, multi-byte character sets without code extensions.
TABLE_C_12_5 = ["ISO_IR 192", "GB18030", "GBK"]

SINGLE_BYTE_TERMS = [term for term in TABLE_C_12_2 if term != "ISO_IR 13"]


def escape_sequence(columns_and_rows: str) -> bytes:
    """Give the bytes of an escape sequence in the notation of the tables."""
    return b"\x1b" + bytes(int(c) << 4 | int(r) for c, r in (pair.split("/") for pair in columns_and_rows.split()))


def minimal_file(term: str, text: bytes) -> bytes:
    """Give an Explicit VR Little Endian file with a Specific Character Set and Patient Comments (0010,4000)."""

    def element(group: int, number: int, vr: bytes, value: bytes, padding: bytes) -> bytes:
        value += padding * (len(value) % 2)
        return pack("<HH2sH", group, number, vr, len(value)) + value

    meta = element(2, 0x10, b"UI", b"1.2.840.10008.1.2.1", b"\0")
    data_set = element(8, 5, b"CS", term.encode(), b" ") + element(0x10, 0x4000, b"LT", text, b" ")
    return bytes(128) + b"DICM" + element(2, 0, b"UL", pack("<I", len(meta)), b"") + meta + data_set


def test_the_defined_terms_are_those_of_the_tables():
    """No Defined Term is missing and none is invented."""
    extended = {row[0] for row in TABLES_C_12_3_AND_4}
    assert set(TABLE_C_12_2) | extended | {""} == set(TERMS)
    assert set(TABLE_C_12_5) == set(STANDALONE_TERMS)


@pytest.mark.parametrize(("term", "registrations"), TABLE_C_12_2.items())
def test_single_byte_code_elements(term, registrations):
    """Each term of Table C.12-2 stands for its G1 and G0 code elements."""
    row = TERMS[term]
    assert row.g0 is not None
    assert row.g1 is not None
    assert registrations == (row.g1.registration, row.g0.registration)


@pytest.mark.parametrize(("term", "sequence", "area"), TABLES_C_12_3_AND_4)
def test_escape_sequences(term, sequence, area):
    """Each term of Tables C.12-3 and C.12-4 has its escape sequence for its code element."""
    element = TERMS[term].g0 if area == "G0" else TERMS[term].g1
    assert element is not None
    assert escape_sequence(sequence) == element.escape
    assert int(area[1]) == element.area


@pytest.mark.parametrize("term", SINGLE_BYTE_TERMS)
def test_single_byte_sets_agree_with_pydicom(term):
    """Every byte of a single-byte set is the character that pydicom finds, where pydicom knows the set."""
    if term not in pydicom.charset.python_encoding:
        pytest.skip("pydicom 3.0.2 has no Latin 9")
    codec = pydicom.charset.python_encoding[term]
    characters = CharacterSet.of([term])
    for byte in range(0xA0, 0x100):
        expected = bytes([byte]).decode(codec, "replace")
        if (term, byte) == ("ISO_IR 166", 0xA0):
            expected = "\xa0"  # ISO 8859-11 adds the no-break space to TIS 620, which is pydicom's codec
        actual, problem = characters.decode(bytes([byte]))
        if expected == "\ufffd":
            assert f"<{byte:02X}>" == actual
            assert problem
        else:
            assert (expected, "") == (actual, problem)
            assert bytes([byte]) == characters.encode(actual)


@pytest.mark.interop
@pytest.mark.parametrize("term", [*TABLE_C_12_2, *TABLE_C_12_5])
def test_sets_agree_with_dcmtk(term, tmp_path: Path, require_peer):
    """DCMTK converts the printable bytes of each set to the same text in UTF-8."""
    characters = CharacterSet.of([term])
    codec = STANDALONE_TERMS.get(term)
    if codec is not None:
        data = "Wang^XiaoDong=王^小東=é, 中文 α".encode(codec)
    else:
        high = [byte for byte in range(0xA1, 0x100) if not characters.decode(bytes([byte]))[1]]
        data = bytes([*range(0x21, 0x7F), *high])
    source = tmp_path / "source.dcm"
    target = tmp_path / "target.dcm"
    source.write_bytes(minimal_file(term, data))
    command = [require_peer("dcmconv"), "+U8", str(source), str(target)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode:
        pytest.skip(f"this DCMTK does not convert {term}: {done.stderr.strip()}")
    converted = pydicom.dcmread(target)
    assert "ISO_IR 192" == converted.SpecificCharacterSet
    assert converted.PatientComments == characters.decode(data)[0]


@pytest.mark.parametrize(
    ("codec", "term", "sequence", "vendor_codec"),
    [
        ("iso2022_jp", "ISO 2022 IR 87", b"\x1b$B", ""),
        ("iso2022_jp_2", "ISO 2022 IR 159", b"\x1b$(D", ""),
        ("euc_kr", "ISO 2022 IR 149", b"\x1b$)C", "cp949"),
        ("gb2312", "ISO 2022 IR 58", b"\x1b$)A", "gbk"),
    ],
)
def test_every_cell_of_the_two_byte_sets(codec, term, sequence, vendor_codec):
    """Each of the 94 × 94 cells is what Python's codec of the set finds, or is reported; characters go both ways."""
    characters = CharacterSet.of(["", term])
    g1 = TERMS[term].g1 is not None
    for cell in range(94 * 94):
        pair = bytes([0x21 + cell // 94, 0x21 + cell % 94])
        pair = bytes([byte | 0x80 for byte in pair]) if g1 else pair
        data = sequence + pair + (b"" if g1 else b"\x1b(B")
        actual, problem = characters.decode(data)
        try:
            expected = (pair if g1 else sequence + pair).decode(codec)
        except UnicodeDecodeError:
            assert problem
            if codec == "iso2022_jp" and pair[0] == 0x2D and len(actual) == 1:
                continue  # row 13, see tests/encoding/test_charset.py
            visible = f"<{pair[0]:02X}><{pair[1]:02X}>"
            assert actual == visible or (vendor_codec and actual == pair.decode(vendor_codec))
            continue
        assert (expected, "") == (actual, problem)
        # JIS X 0212 has a tilde, which Python takes for that of ASCII; nothing else has two codes.
        assert (data if actual != "~" else b"~") == characters.encode(actual)
