"""Structured Reports as text and HTML, compared with what DCMTK's dsr2html shows."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

import dicomkit
from dicomkit.objects import report_html, report_text
from tests.corpora import real_file

# What dsr2html says of its own: headings, the names of relationships and of SOP Classes. In annexes it adds the
# value and the scheme of codes to their meaning.
OF_DSR2HTML = frozenset(
    (
        "Annex", "Footnote", "Observation", "Acquisition", "Context", "Concept", "Modifier", "Inferred", "Properties",
        "Selected", "CT", "MR", "image", "with", "presentation", "state", "BasicTextSRStorage",
        "HemodynamicWaveformStorage", "Content", "Item", "by-reference", "Waveform", "unknown", "2222",
        "99_OFFIS_DCMTK", "IHE.03", "IHE.07",
    )
)  # fmt: skip


class Shown(HTMLParser):
    """The words that a page shows, and the elements that it is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and its attributes."""
        self.elements.add(tag)
        self.attributes.extend(attrs)

    def handle_data(self, data: str) -> None:
        """Note words."""
        self.words.extend(data.split())


@pytest.mark.parametrize("name", ["test-SR.dcm", "reportsi.dcm"])
def test_what_dsr2html_shows_is_shown(name: str, require_peer: Callable[[str], str]):
    """Names, texts, codes, numbers and dates, in text and in HTML."""
    command = [require_peer("dsr2html"), "-q", "+U8", "-Ee", str(real_file(name))]
    page = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    theirs = Shown(page.partition("<hr>")[2].rpartition("<hr>")[0])
    ds = dicomkit.dcmread(real_file(name))
    expected = {word.strip('(),:;[]="') for word in theirs.words} - OF_DSR2HTML
    for page in (report_text(ds), " ".join(Shown(report_html(ds)).words)):
        assert set() == {word for word in expected if word.lower() not in page.lower()}


TEXT = """Diagnosis
Patient: Test S R
Study: OFFIS Structured Reporting Test Document
Series: Demonstration of SR Features
Completion: COMPLETE
This document is completed!
Verification: VERIFIED
Date: 2001-02-13 18:47:46

Diagnosis (observed 2001-02-13 18:47:46)
  has obs context Some UID: 1.2.3.4.5
  section
    Text Code: A mass of
      has concept mod Code: Sample Code 1
      has concept mod Code: Sample Code 2
    Diameter: 3 cm
      [1.2.2.1] has concept mod Code: Sample Code
"""


def test_text(corpus: object):
    """A line for each item; those that others refer to have a number."""
    text = report_text(dicomkit.dcmread(real_file("test-SR.dcm")))
    assert TEXT == text[: len(TEXT)]
    assert "    has properties TCoord Code: segment 1 s, 2.5 s\n      selected from [1.3.2]\n" in text
    assert "  Code: Sample Text\n      A\n      B\n      C\n\n    inferred from" in text
    assert "  1.2.3.4.5.0, frame 5, 2, shown by 1.2.3.5.6.7 (observed 2001-02-13 18:47:46)\n" in text


def hostile(text: str) -> dicomkit.Dataset:
    """Make a report with a text wherever one can be."""
    code, ds, child = dicomkit.Dataset(), dicomkit.Dataset(), dicomkit.Dataset()
    for where, tags in (
        (code, (0x00080104,)),
        (child, (0x0040A010, 0x0040A160, 0x0040A032)),
        (ds, (0x00100010, 0x00081030, 0x00080023, 0x00080033)),
    ):
        for tag in tags:
            where.add(dicomkit.DataElement(tag, "LT", text))  # which takes any text, as a damaged file may
    ds.ValueType, child.ValueType = "CONTAINER", "TEXT"
    ds.ConceptNameCodeSequence, ds.ContentSequence = [code], [child]
    return ds


def test_html_is_well_formed(corpus: object):
    """The page without its first line is XML but for elements that HTML leaves open; each link has its target."""
    page = report_html(dicomkit.dcmread(real_file("test-SR.dcm")))
    closed = page.partition("\n")[2].replace("'none'\">", "'none'\"/>").replace('"utf-8">', '"utf-8"/>')
    root = ET.fromstring(closed.replace("<br>", "<br/>"))
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    links = {element.get("href") for element in root.iter("a")}
    assert ({"#item-1.3.2", "#item-1.2.2.1"}, True) == (links, all(str(link)[1:] in ids for link in links))


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "\"><img src=x onerror='alert(1)'>", "</title></li></ul>&lt;b&gt;", "]]>--><!--"],
)
def test_nothing_breaks_out_of_the_page(text: str):
    """No element and no attribute comes from the report, wherever the text stands; it is shown as it is."""
    page = Shown(report_html(hostile(text)))
    assert {
        "html",
        "head",
        "meta",
        "title",
        "body",
        "h1",
        "dl",
        "dt",
        "dd",
        "ul",
        "li",
        "i",
        "b",
        "small",
    } == page.elements
    assert {"charset", "http-equiv", "content", "id"} == {name for name, _ in page.attributes}
    assert text.split(maxsplit=1)[0] in page.words


def test_control_characters_reach_neither_terminal_nor_page():
    """Escape sequences and marks that turn text around are replaced; the header has the lines it should have."""
    ds = hostile("\x1b[2J\u202eab\nPatient: other\x00\x9b")
    for page in (report_text(ds), report_html(ds)):
        assert not set("\x1b\u202e\x00\x9b") & set(page)
        assert "\ufffd[2J\ufffdab" in page
    assert 1 == sum(line.startswith("Patient: ") for line in report_text(ds).splitlines())
