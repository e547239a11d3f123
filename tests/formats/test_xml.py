"""Writing the Native DICOM Model: Table A.1.5-2 and the schema of PS3.19 A.1.6, round trips, limits."""

from __future__ import annotations

import re
import tracemalloc
from xml.etree import ElementTree

import pytest
from hypothesis import given

import dicomkit
from dicomkit import DataElement, Dataset
from dicomkit.core.issue import IssueCode
from dicomkit.core.limits import Limits
from dicomkit.errors import LimitExceededError
from dicomkit.formats import from_xml, iter_xml, to_json, to_xml
from tests.corpora import real_file
from tests.formats.models import data_sets

NATIVE = "{http://dicom.nema.org/PS3.19/models/NativeDICOM}"


def one(vr: str, value: object, tag: int = 0x00091001) -> Dataset:
    """Give a data set of one element."""
    return Dataset([DataElement(tag, vr, value)])


def inside(ds: Dataset) -> str:
    """Give what stands in the only DicomAttribute, white space between elements apart."""
    document = to_xml(ds).decode()
    found = re.search(r"<DicomAttribute[^>]*>(.*)</DicomAttribute>", document, re.DOTALL)
    assert found is not None
    return re.sub(r">\n+<", "><", found[1].strip("\n"))


# -- the schema --------------------------------------------------------------------------------------------------------

# A.1.6, from Relax NG compact form: the children of each element, with how often they may occur, and its attributes.
SCHEMA = {
    "NativeDicomModel": ({"DicomAttribute": (0, None)}, set(), {"{http://www.w3.org/XML/1998/namespace}space"}),
    "DicomAttribute": (
        {
            "BulkData": (0, 1),
            "Value": (0, None),
            "Item": (0, None),
            "PersonName": (0, None),
            "InlineBinary": (0, 1),
        },
        {"tag", "vr"},
        {"keyword", "privateCreator"},
    ),
    "BulkData": ({}, set(), {"uuid", "uri"}),
    "Value": (None, {"number"}, set()),
    "InlineBinary": (None, set(), set()),
    "Item": ({"DicomAttribute": (0, None)}, {"number"}, set()),
    "PersonName": (dict.fromkeys(("Alphabetic", "Ideographic", "Phonetic"), (0, 1)), {"number"}, set()),
    **dict.fromkeys(
        ("Alphabetic", "Ideographic", "Phonetic"),
        (
            dict.fromkeys(("FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix"), (0, 1)),
            set(),
            set(),
        ),
    ),
    **dict.fromkeys(("FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix"), (None, set(), set())),
}


def breaches(element: ElementTree.Element) -> list[str]:
    """Give what the schema does not allow in a document."""
    found: list[str] = []
    for holder in element.iter():
        name = holder.tag.removeprefix(NATIVE)
        children, required, optional = SCHEMA[name]
        if not required <= holder.attrib.keys() <= required | optional:
            found.append(f"{name} has {sorted(holder.attrib)}")
        if children is None:
            found += [f"{name} has children"] if len(holder) else []
            continue
        kinds = [child.tag.removeprefix(NATIVE) for child in holder]
        if name == "DicomAttribute":
            if len(set(kinds)) > 1:
                found.append(f"{name} has {sorted(set(kinds))}")
            if not re.fullmatch("[0-9A-F]{8}", holder.get("tag")) or not re.fullmatch("[A-Z]{2}", holder.get("vr")):
                found.append(f"{name} is {holder.attrib}")
        else:
            order = list(children)
            found += [f"{name} has {kinds}"] if kinds != sorted(kinds, key=order.index) else []
        for kind, (_, most) in children.items():
            if most is not None and kinds.count(kind) > most:
                found.append(f"{name} has {kinds.count(kind)} {kind}")
        numbers = [child.get("number") for child in holder if "number" in child.attrib]
        if numbers != [str(number + 1) for number in range(len(numbers))]:
            found.append(f"the children of {name} are numbered {numbers}")
        if (holder.text or "").strip() or any((child.tail or "").strip() for child in holder):
            found.append(f"{name} has text")
    return found


@pytest.mark.parametrize("name", ["CT_small.dcm", "chrH31.dcm", "rtplan.dcm", "waveform_ecg.dcm", "test-SR.dcm"])
def test_documents_keep_to_the_schema(name: str):
    """A document has only what the schema of A.1.6 allows, in the order it says."""
    root = ElementTree.fromstring(to_xml(dicomkit.dcmread(real_file(name))))
    assert f"{NATIVE}NativeDicomModel" == root.tag
    assert "preserve" == root.get("{http://www.w3.org/XML/1998/namespace}space")
    assert [] == breaches(root)


@given(data_sets())
def test_any_document_keeps_to_the_schema(ds: Dataset):
    """So does the document of any data set."""
    assert [] == breaches(ElementTree.fromstring(to_xml(ds)))


# -- Table A.1.5-2 -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vr", "value", "expected"),
    [
        # The two examples of the table.
        ("DS", "0.5\\0.4", '<Value number="1">0.5</Value><Value number="2">0.4</Value>'),
        ("CS", "MPG\\\\XR3", '<Value number="1">MPG</Value><Value number="2"></Value><Value number="3">XR3</Value>'),
        ("CS", "", ""),
        ("DS", "1.50", '<Value number="1">1.50</Value>'),
        ("DS", 0.5, '<Value number="1">0.5</Value>'),
        ("IS", "+07", '<Value number="1">+07</Value>'),
        ("US", [1, 65535], '<Value number="1">1</Value><Value number="2">65535</Value>'),
        ("UV", 2**64 - 1, '<Value number="1">18446744073709551615</Value>'),
        ("FL", 0.1, '<Value number="1">0.1</Value>'),
        ("FD", 0.1, '<Value number="1">0.1</Value>'),
        ("FD", float("-inf"), '<Value number="1">-Infinity</Value>'),
        ("AT", 0x7FE00010, '<Value number="1">7FE00010</Value>'),
        ("DA", "20240101", '<Value number="1">20240101</Value>'),
        ("UI", "1.2", '<Value number="1">1.2</Value>'),
        ("OB", b"\1\2\3", "<InlineBinary>AQID</InlineBinary>"),
        ("OB", b"", ""),
        ("SQ", [], ""),
        ("SQ", [Dataset(), Dataset()], '<Item number="1"></Item><Item number="2"></Item>'),
        (
            "PN",
            "A^B^C^D^E=F",
            (
                '<PersonName number="1"><Alphabetic><FamilyName>A</FamilyName><GivenName>B</GivenName>'
                "<MiddleName>C</MiddleName><NamePrefix>D</NamePrefix><NameSuffix>E</NameSuffix></Alphabetic>"
                "<Ideographic><FamilyName>F</FamilyName></Ideographic></PersonName>"
            ),
        ),
        (
            "PN",
            ["^B", ""],
            (
                '<PersonName number="1"><Alphabetic><GivenName>B</GivenName></Alphabetic></PersonName>'
                '<PersonName number="2"></PersonName>'
            ),
        ),
        ("LO", "<&>\"'", '<Value number="1">&lt;&amp;&gt;"\'</Value>'),
        ("LT", "a\r\n\tb\\c", '<Value number="1">a&#13;\n\tb\\c</Value>'),
    ],
)
def test_values(vr: str, value: object, expected: str):
    """A value is said as Table A.1.5-2 wants it."""
    assert expected == inside(one(vr, value))


def test_keyword_and_vr():
    """A public element has its keyword, the retired ones too and those of repeating groups; a private one has none."""
    ds = Dataset(
        [DataElement(0x60020010, "US", 1), DataElement(0x00101000, "LO", "x"), DataElement(0x00189FFF, "US", 1)]
    )
    document = to_xml(ds).decode()
    assert '<DicomAttribute tag="60020010" vr="US" keyword="OverlayRows">' in document
    assert '<DicomAttribute tag="00101000" vr="LO" keyword="OtherPatientIDs">' in document
    assert '<DicomAttribute tag="00189FFF" vr="US">' in document


def test_private_elements_are_told_by_their_creator():
    """A private element has its creator and gggg00ee; the creator's own element stays; without creator nothing does."""
    ds = Dataset(
        [DataElement(0x00090011, "LO", 'A"<é'), DataElement(0x00091107, "US", 1), DataElement(0x00091207, "US", 2)]
    )
    ds.SpecificCharacterSet = "ISO_IR 100"
    document = to_xml(ds).decode()
    assert '<DicomAttribute tag="00090011" vr="LO">' in document
    assert '<DicomAttribute tag="00090007" vr="US" privateCreator="A&quot;&lt;é">' in document
    assert '<DicomAttribute tag="00091207" vr="US">' in document
    assert ds == from_xml(document)


def test_group_lengths_and_file_meta_are_not_there():
    """Group lengths are left out (A.1.1), and so is the file meta."""
    ds = dicomkit.dcmread(real_file("693_J2KR.dcm"))
    tags = re.findall('tag="(.{8})"', to_xml(ds).decode())
    assert len(tags) > 50
    assert [] == [tag for tag in tags if tag.endswith("0000") or tag.startswith("0002")]


def test_characters_that_xml_does_not_have():
    """A control character is replaced by its picture, which is an Issue; white space and all others are kept."""
    ds = one("UT", "page\fpage\x1b[0m\t\r\n\x7f\x85")
    assert '<Value number="1">page␌page␛[0m\t&#13;\n\x7f\x85</Value>' == inside(ds)
    assert [IssueCode.NOT_IN_MODEL] == [issue.code for issue in ds.issues]
    assert "(0009,1001)" in str(ds.issues[0])
    assert "page\ufffd" in inside(one("UT", "page\ufffe"))


def test_numbers_longer_than_a_decimal_string():
    """A DS set from a float has at most 16 characters, and what that loses is an Issue."""
    ds = one("DS", 1 / 3)
    assert '<Value number="1">.333333333333333</Value>' == inside(ds)
    assert [IssueCode.PRECISION_LOST] == [issue.code for issue in ds.issues]


def test_bulk_data():
    """The function says what stands for a long value, or None to have it in the document."""
    ds = one("OW", bytes(2000))
    asked = []

    def uri(path: tuple[int, ...], element: DataElement) -> str | None:
        asked.append((path, element.vr))
        return "http://x/?a=1&b=2"

    assert '<BulkData uri="http://x/?a=1&amp;b=2"/>' == inside_of(ds, uri)
    assert [((0x00091001,), "OW")] == asked
    assert inside_of(ds, lambda path, element: None).startswith("<InlineBinary>")
    assert b"".join(iter_xml(ds, bulk_data_uri=uri)) == to_xml(ds, bulk_data_uri=uri)


def inside_of(ds: Dataset, uri: object) -> str:
    """Give what stands in the only DicomAttribute with a function for bulk data."""
    document = to_xml(ds, bulk_data_uri=uri).decode()  # type: ignore[arg-type]
    return document.partition("\n<Dicom")[2].partition(">")[2].rpartition("</DicomAttribute>")[0].strip("\n")


def test_json_and_xml_say_the_same():
    """What goes to XML and back has the same JSON model."""
    for name in ("CT_small.dcm", "test-SR.dcm", "chrKoreanMulti.dcm", "MR_small_bigendian.dcm"):
        ds = dicomkit.dcmread(real_file(name))
        assert to_json(ds) == to_json(from_xml(to_xml(ds)))


# -- round trips and limits --------------------------------------------------------------------------------------------


@given(data_sets())
def test_round_trip(ds: Dataset):
    """From the document of a data set comes an equal data set without an issue, and the same document."""
    document = to_xml(ds)
    again = from_xml(document)
    assert [] == ds.diff(again)
    assert () == again.issues
    assert document == to_xml(again) == b"".join(iter_xml(ds))


def test_depth():
    """Sequences nest as deep as the limit allows, to and fro, and nothing recurses."""
    ds = Dataset()
    for _ in range(3000):
        ds = Dataset([DataElement(0x0040A730, "SQ", [ds])])
    for job in (lambda: to_xml(ds), lambda: list(iter_xml(ds))):
        with pytest.raises(LimitExceededError) as caught:
            job()
        assert "depth" == caught.value.limit
    document = to_xml(ds, limits=Limits(depth=None))
    assert 3000 == document.count(b"<Item")
    assert document == to_xml(from_xml(document, limits=Limits(depth=3000)), limits=Limits(depth=3000))


def test_streams_do_not_keep_what_they_wrote():
    """Of a large sequence and a large value only a piece is in memory at a time."""
    item = Dataset([DataElement(0x00100020, "LO", "x" * 60)])
    ds = Dataset([DataElement(0x0040A730, "SQ", [item.copy() for _ in range(10_000)])])
    ds.SOPClassUID, ds.SOPInstanceUID, ds.PixelData = "1.2.840.10008.5.1.4.1.1.7", "1.2.3", bytes(4_000_000)
    read = dicomkit.dcmread(ds.to_bytes())
    list(iter_xml(read))  # what is loaded and compiled at first use does not count
    tracemalloc.start()
    size = sum(len(piece) for piece in iter_xml(read))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 6_000_000
    assert peak < 2_000_000
