"""Elements as lines."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicomkit
import dicomkit.dictionary
from dicomkit.cli.element_lines import ElementLines, clipped
from dicomkit.cli.rows import rows
from dicomkit.cli.terminal import Terminal
from tests import hostile_bytes as hb
from tests.cli.conftest import MakeTerminal

FIRST_16 = " ".join(["FF"] * 16)
DOCUMENT = "(0042,0011) OB EncapsulatedDocument"
VERIFICATION = "(0008,0016) UI SOPClassUID 1.2.840.10008.1.1 (Verification SOP Class)"


def lines(terminal: Terminal, data_set: bytes) -> list[str]:
    """Give the lines of an encoded data set."""
    options = dicomkit.ReadOptions(limits=dicomkit.ReadOptions().limits.replace(depth=None))
    ds = dicomkit.dcmread(hb.part10(data_set), options)
    return [" ".join(ElementLines(terminal, 120).line(ds, row).split()) for row in rows(ds)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (hb.text(0x00100010, "PN", "A^B"), "(0010,0010) PN PatientName A^B"),
        (hb.element(0x00100010, "PN"), "(0010,0010) PN PatientName"),
        (hb.text(0x00080016, "UI", "1.2.840.10008.1.1"), VERIFICATION),
        (hb.element(0x00420011, "OB", b"%PDF"), f"{DOCUMENT} 25 50 44 46"),
        (hb.element(0x00420011, "OB", b"\xff" * 1000), f"{DOCUMENT} {FIRST_16} ... (1,000 bytes)"),
        (hb.element(0x00420011, "OB", bytes(1 << 20)), f"{DOCUMENT} 1,048,576 bytes"),
        (hb.fragments([b"", b"abcd", b"ef"]), "(7FE0,0010) OB PixelData 3 fragments (30 bytes)"),
        (hb.element(0x00091001, "LO", b"x "), "(0009,1001) LO [private] x"),
        (hb.element(0x00119999, "UN", b"x "), "(0011,9999) UN [private] 78 20"),
        (hb.element(0x00186666, "LO", b"x "), "(0018,6666) LO [unknown] x"),
        (hb.sequence(0x00400275, b""), "(0040,0275) SQ RequestAttributesSequence 0 items"),
    ],
)  # fmt: skip
def test_lines(data: bytes, expected: str, make_terminal: MakeTerminal):
    """Tag, VR, keyword, value; bytes as their first ones and their number; private elements by name."""
    assert expected == lines(make_terminal(), data)[0]


def test_values_stand_below_each_other(make_terminal: MakeTerminal):
    """The values of items stand in the column of the others."""
    item = hb.item(hb.text(0x00400009, "SH", "XYZ"))
    ds = dicomkit.dcmread(hb.part10(hb.text(0x00100020, "LO", "XYZ") + hb.sequence(0x00400275, item)))
    terminal = make_terminal()
    shown = [ElementLines(terminal, 120).line(ds, row) for row in rows(ds)]
    assert shown[0].index("XYZ") == shown[-1].index("XYZ")
    assert "  (0040,0009)" == shown[-1][:13]


def test_deep_levels_say_their_depth(make_terminal: MakeTerminal):
    """Beyond sixteen levels the indent stays and the depth is a number."""
    assert lines(make_terminal(), hb.nested(40))[-1].startswith("[depth 40] (0010,0020) LO PatientID DEEP")


@given(st.text(), st.integers(1, 60))
def test_clipped_text_fits_its_columns(text: str, room: int):
    """A character of East Asian scripts takes two columns; what was cut ends with an ellipsis."""
    text = "".join(c for c in text if c.isprintable() and not c.isascii()) + "山"

    def columns(shown: str) -> int:
        return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in shown)

    shown = clipped(text, room)
    assert columns(shown) <= room or shown == "…"
    if columns(text) <= room:
        assert text == shown
    else:
        assert shown.endswith("…")
        assert text.startswith(shown[:-1])


@pytest.mark.parametrize(("width", "column"), [(0, 49), (160, 49), (80, 49), (60, 39), (40, 29), (10, 21)])
def test_narrow_terminals(width: int, column: int, make_terminal: MakeTerminal):
    """Values begin where a narrow terminal has room for them; where it has none, behind the keyword."""
    ds = dicomkit.Dataset(Rows=512)
    (row,) = rows(ds)
    assert column - 1 == ElementLines(make_terminal(), width).line(ds, row).index("512")


CT = "1.2.840.10008.5.1.4.1.1.2"
INSTANCE = "1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322"


@pytest.mark.parametrize(
    ("width", "keyword", "value", "expected"),
    [
        (100, "SOPClassUID", CT, f"(0008,0016) UI SOPClassUID                      {CT} (CT Image Storage)"),
        (80, "SOPClassUID", CT, f"(0008,0016) UI SOPClassUID          {CT} (CT Image Storage)"),
        (60, "SOPClassUID", CT, f"(0008,0016) UI SOPClassUID {CT} (CT I…)"),
        (40, "SOPClassUID", CT, f"(0008,0016) UI SOPClassUID {CT} (…)"),
        (80, "SOPInstanceUID", INSTANCE, f"(0008,0018) UI SOPInstanceUID    {INSTANCE}"),
        (50, "SOPInstanceUID", INSTANCE, f"(0008,0018) UI SOPInstanceUID {INSTANCE}"),
    ],
)  # fmt: skip
def test_uids_are_whole(width: int, keyword: str, value: str, expected: str, make_terminal: MakeTerminal):
    """A UID is never cut, its name only with a mark; both begin further left where they need it."""
    ds = dicomkit.Dataset(**{keyword: value})
    (row,) = rows(ds)
    line = ElementLines(make_terminal(), width).line(ds, row)
    assert expected == line
    assert len(line) <= max(width, len(f"(0008,0016) UI {keyword} {value} (…)"))


@pytest.mark.parametrize("width", [80, 100, 160])
def test_long_keywords_leave_room_for_values(width: int, make_terminal: MakeTerminal):
    """The longest keywords are cut, with a mark, where the line would be longer than the terminal is wide."""
    keyword = max(dicomkit.dictionary.keywords(), key=len)
    ds = dicomkit.Dataset()
    ds.add_new(keyword, "LO", "x" * 64)
    (row,) = rows(ds)
    line = ElementLines(make_terminal(), width).line(ds, row)
    assert len(line) <= width
    assert (keyword in line) == (width > len(keyword) + 32)
    assert "xxx" in line
