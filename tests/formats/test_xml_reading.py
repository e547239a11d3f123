"""Reading the Native DICOM Model: private blocks, order, documents that are wrong, and documents that attack."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit import Dataset, DicomError
from dicomkit.core.issue import IssueCode
from dicomkit.core.limits import Limits
from dicomkit.errors import EncodingError, LimitExceededError
from dicomkit.formats import from_xml, to_json, to_xml
from tests.formats.models import xml_documents

OURS = ' privateCreator="OURS"'
NAMESPACE = "http://dicom.nema.org/PS3.19/models/NativeDICOM"


def model(*attributes: str) -> str:
    """Give a document of these attributes."""
    return f'<NativeDicomModel xmlns="{NAMESPACE}">{"".join(attributes)}</NativeDicomModel>'


def said(tag: str, vr: str, *content: str, more: str = "") -> str:
    """Give a DicomAttribute; its contents are values unless they are elements."""
    inside = "".join(
        text if text.startswith("<") else f'<Value number="{number}">{text}</Value>'
        for number, text in enumerate(content, 1)
    )
    return f'<DicomAttribute tag="{tag}" vr="{vr}"{more}>{inside}</DicomAttribute>'


def value(vr: str, *content: str) -> object:
    """Give the value that these contents are."""
    return from_xml(model(said("00091001", vr, *content)))[0x00091001].value


def codes(ds: Dataset) -> list[IssueCode]:
    """Give the codes of the issues."""
    return [issue.code for issue in ds.issues]


# -- what is read ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vr", "content", "expected"),
    [
        ("LO", ["a", "b"], ["a", "b"]),
        ("LO", ["a", "", "b"], ["a", "", "b"]),
        ("LO", [], ""),
        ("LO", [""], ""),
        ("LT", ["a\n b\t&#13;&lt;"], "a\n b\t\r<"),
        ("US", ["1", " 2\n"], [1, 2]),
        ("US", ["0"], 0),
        ("FL", ["10.6006098"], 10.60060977935791),
        ("FD", ["1e-5"], 1e-5),
        ("FD", ["INF"], float("inf")),
        ("SV", ["-9223372036854775808"], -(2**63)),
        ("DS", ["\n1.50 "], 1.5),
        ("AT", ["0020000D"], 0x0020000D),
        ("DA", [" 20240101 "], "20240101"),
        ("OB", ["<InlineBinary>AQ ID\n</InlineBinary>"], b"\1\2\3"),
        ("US", ["<InlineBinary>AQACAA==</InlineBinary>"], [1, 2]),
        ("OB", ["<InlineBinary/>"], b""),
        ("UT", ["<Value number='1'><![CDATA[a<b]]>c</Value>"], "a<bc"),
        (
            "PN",
            [
                (
                    '<PersonName number="1"><Alphabetic><GivenName>B</GivenName><FamilyName>A</FamilyName></Alphabetic>'
                    "<Phonetic><FamilyName>P</FamilyName></Phonetic></PersonName>"
                )
            ],
            "A^B==P",
        ),
    ],
)
def test_values(vr: str, content: list[str], expected: object):
    """A value is read into the type of its VR; white space around what is no text means nothing."""
    assert expected == value(vr, *content)


def test_zero_keeps_its_sign():
    """There is a negative zero."""
    assert ["-0.0", "0.0"] == [str(number) for number in value("FD", "-0", "0")]  # type: ignore[attr-defined]


def test_namespace_and_encoding():
    """A document may have no namespace, a prefix, or another encoding that the parser knows."""
    plain = said("00080005", "CS", "ISO_IR 100") + said("00091001", "LO", "é")
    for document in (
        f"<NativeDicomModel>{plain}</NativeDicomModel>",
        model(plain),
        model(plain).encode(),
        bytearray(model(plain).encode("utf-8-sig")),
        f'<?xml version="1.0" encoding="ISO-8859-1"?>{model(plain)}'.encode("latin-1"),
        f'<?xml version="1.0" encoding="ISO-8859-1"?>{model(plain)}',
        model(plain).encode("utf-16"),
        model(plain).replace("xmlns=", "xmlns:d=").replace("<", "<d:").replace("<d:/", "</d:"),
    ):
        assert "é" == from_xml(document)[0x00091001].value


def test_values_have_the_order_of_their_numbers():
    """Values, names and items are put in order; what numbers cannot be is an Issue, and the order is the document's."""
    swapped = '<Value number="2">b</Value><Value number="1">a</Value>'
    ds = from_xml(model(said("00091001", "LO", swapped)))
    assert (["a", "b"], [IssueCode.VALUE_INVALID]) == (ds[0x00091001].value, codes(ds))
    for numbers in ((1, 1), (0, 1), (2, 3), ("x", "y"), ("9" * 5000, "1"), (4294967295, 4294967296)):
        first, second = numbers
        ds = from_xml(
            model(said("00091001", "LO", f'<Value number="{first}">a</Value><Value number="{second}">b</Value>'))
        )
        assert (["a", "b"], [IssueCode.VALUE_INVALID]) == (ds[0x00091001].value, codes(ds))


def test_bulk_data_are_fetched_by_the_callers_function_only():
    """uri and uuid are handed to `bulk_data`; without it the element is empty and an Issue says so."""
    document = model(
        said("00091001", "OW", '<BulkData uri="file:///etc/passwd"/>'), said("00091002", "US", '<BulkData uuid="5"/>')
    )
    asked = []

    def fetch(uri: str) -> bytes:
        asked.append(uri)
        return b"\1\0"

    ds = from_xml(document, bulk_data=fetch)
    assert ["file:///etc/passwd", "urn:uuid:5"] == asked
    assert [b"\1\0", 1] == [element.value for element in ds]
    empty = from_xml(document)
    assert [b"", None] == [element.value for element in empty]
    assert [IssueCode.BULK_DATA_MISSING] * 2 == codes(empty)


# -- private blocks ----------------------------------------------------------------------------------------------------


def test_private_elements_go_to_the_block_of_their_creator():
    """The block is where the creator has reserved it in the same data set, be that said before or after."""
    parts = [said("00090012", "LO", "OURS"), said("00090001", "US", "1", more=OURS)]
    for order in (parts, parts[::-1]):
        assert [0x00090012, 0x00091201] == from_xml(model(*order)).keys()


def test_private_elements_get_a_block():
    """A creator that has reserved none gets the first one that is free (PS3.5 7.8.1)."""
    ds = from_xml(model(said("00090010", "LO", "THEIRS"), said("00090001", "US", "1", more=OURS)))
    assert [0x00090010, 0x00090011, 0x00091101] == ds.keys()
    assert "OURS" == ds[0x00090011].value
    item = said("00090001", "SQ", f'<Item number="1">{said("00110002", "US", "1", more=OURS)}</Item>', more=OURS)
    (inner,) = from_xml(model(item))[0x00091001].value
    assert [0x00110010, 0x00111002] == inner.keys()


def test_private_elements_with_their_block():
    """A writer that keeps the block in the tag is understood, and the creator's element made if it is missing."""
    ds = from_xml(model(said("00091201", "US", "1", more=OURS), said("00091300", "US", "2", more=OURS)))
    assert [0x00090012, 0x00090013, 0x00091201, 0x00091300] == ds.keys()


def test_a_creator_with_two_blocks():
    """With two blocks of one creator, elements go to the second as soon as they begin anew (PS3.18 F.3.1)."""
    ds = from_xml(
        model(
            *(said(tag, "LO", "OURS") for tag in ("00090010", "00090011")),
            *(said(tag, "US", "1", more=OURS) for tag in ("00090001", "00090005", "00090003", "00090005")),
        )
    )
    assert [0x00091001, 0x00091005, 0x00091103, 0x00091105] == [
        element.tag for element in ds if element.tag.element > 0xFF
    ]


def test_first_element_of_a_block():
    """gggg0000 with a creator is the first element of its block, without one a group length."""
    ds = from_xml(
        model(said("00090000", "US", "1", more=OURS), said("00110000", "UL", "1"), said("00080000", "UL", "1"))
    )
    assert [0x00090010, 0x00091000] == ds.keys()
    assert [IssueCode.GROUP_LENGTH_WRONG] * 2 == codes(ds)


def test_blocks_run_out():
    """There are 240 blocks in a group; the next creator is an error."""
    parts = [said("00090001", "US", "1", more=f' privateCreator="C{number}"') for number in range(240)]
    assert 480 == len(from_xml(model(*parts)))
    with pytest.raises(EncodingError, match="block"):
        from_xml(model(*parts, said("00090001", "US", "1", more=OURS)))


# -- what is wrong -----------------------------------------------------------------------------------------------------

WRONG = [
    ("", "not XML"),
    ("<NativeDicomModel>", "not XML"),
    ("<a/>", "element a as the root"),
    ("<NativeDicomModel xmlns='urn:x'/>", "as the root"),
    (model("<Value/>"), "Value in NativeDicomModel"),
    (model("text"), "text in NativeDicomModel"),
    (model(said("00091001", "LO", "<DicomAttribute/>")), "DicomAttribute in DicomAttribute"),
    (model("<DicomAttribute vr='LO'/>"), "'' is no tag"),
    (model(said("0009100", "LO")), "no tag"),
    (model(said("00091001", "XX")), "'XX' is no VR"),
    (model(said("FFFEE000", "SQ")), "no elements"),
    (model(said("00091001", "LO"), said("00091001", "LO")), "twice"),
    (model(said("00090001", "LO", more=OURS), said("00090001", "LO", more=OURS)), "twice"),
    (model(said("00091001", "LO", "a", "<InlineBinary/>")), "both Value and InlineBinary"),
    (model(said("00091001", "OB", "<InlineBinary/>", "<InlineBinary/>")), "both InlineBinary and InlineBinary"),
    (model(said("00091001", "OB", "<BulkData/>")), "neither uri nor uuid"),
    (model(said("00091001", "OB", "<BulkData uri='a'>x</BulkData>")), "text in BulkData"),
    (model(said("00091001", "SQ", "a")), "Value in an attribute of VR SQ"),
    (model(said("00091001", "SQ", "<InlineBinary/>")), "InlineBinary in an attribute of VR SQ"),
    (model(said("00091001", "LO", "<Item/>")), "Item in an attribute of VR LO"),
    (model(said("00091001", "PN", "a")), "Value in an attribute of VR PN"),
    (model(said("00091001", "LO", "<PersonName/>")), "PersonName in an attribute of VR LO"),
    (model(said("00091001", "PN", "<PersonName><FamilyName/></PersonName>")), "FamilyName in PersonName"),
    (model(said("00091001", "OB", "a")), "bytes"),
    (model(said("00091001", "OB", "<InlineBinary>A</InlineBinary>")), "not base64"),
    (model(said("00091001", "US", "65536")), "from 0 to 65535"),
    (model(said("00091001", "US", "x")), "integer"),
    (model(said("00091001", "US", "1", "")), "integer"),
    (model(said("00091001", "UL", "9" * 5000)), "integer"),
    (model(said("00091001", "FD", "1_0")), "number"),
    (model(said("00091001", "FL", "1e39")), "single precision"),
    (model(said("00091001", "AT", "x")), "eight hexadecimal digits"),
    (model(said("00091001", "LO", "\x01")), "not XML"),
    ('<?xml version="1.0" encoding="klingon"?><a/>', "not XML|encoding"),
    ('<?xml version="1.0" encoding="utf-7"?><a/>', "encoding"),
    (b'<?xml version="1.0" encoding="klingon"?><a/>', "encoding"),
    (b'<?xml version="1.0" encoding="utf-7"?><a/>', "encoding"),
    (b'<?xml version="1.0" encoding="shift_jis"?><a/>', "encoding"),
    (b"\xff\xff<a/>", "not XML"),
]


@pytest.mark.parametrize(("document", "message"), WRONG)
def test_wrong_documents(document: str | bytes, message: str):
    """What cannot be understood is an EncodingError that says what is wrong, and where."""
    if isinstance(document, str) and "encoding=" in document:
        message = "as the root"  # text has no encoding, whatever it says
    with pytest.raises(EncodingError, match=message) as caught:
        from_xml(document)
    assert caught.value.offset is not None


def test_errors_say_path_and_offset():
    """The path leads through items to the element, the offset to the place in the document."""
    inner = said("0040A30A", "US", "x")
    document = model(said("0040A730", "SQ", "<Item number='1'/>", f"<Item number='2'>{inner}</Item>"))
    with pytest.raises(EncodingError) as caught:
        from_xml(document)
    assert (0x0040A730, 1, 0x0040A30A) == caught.value.path
    start = document.index(inner)
    assert start < caught.value.offset <= start + len(inner)


# -- attacks -----------------------------------------------------------------------------------------------------------

LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE a PUBLIC "x" "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>',
        f'<!DOCTYPE a [<!ENTITY l0 "lol">{LAUGHS}]>',
        f'<!DOCTYPE a [<!ENTITY e "{"x" * 100_000}">]>',
        "<!DOCTYPE a>",
    ],
)
def test_declarations_are_refused(declaration: str):
    """A document type declaration is refused before anything in it has an effect."""
    document = declaration + model(said("00091001", "LO", "&e;&l9;"))
    start = time.perf_counter()
    with pytest.raises(EncodingError, match="document type declaration"):
        from_xml(document)
    assert time.perf_counter() - start < 1


def test_entities_that_nobody_declared():
    """Only the five entities of XML itself are known."""
    with pytest.raises(EncodingError, match="undefined entity"):
        from_xml(model(said("00091001", "LO", "&e;")))
    assert "<>&\"'" == value("LO", "&lt;&gt;&amp;&quot;&apos;")


def test_depth():
    """100,000 levels are refused at once, whether they are items or any elements; nothing recurses."""
    start = time.perf_counter()
    item = "<DicomAttribute tag='0040A730' vr='SQ'><Item number='1'>"
    with pytest.raises(LimitExceededError) as caught:
        from_xml("<NativeDicomModel>" + item * 100_000)
    assert (65, 64) == (caught.value.value, caught.value.bound)
    with pytest.raises(EncodingError):
        from_xml("<NativeDicomModel>" + "<a>" * 1_000_000)
    assert time.perf_counter() - start < 10


def test_limits_of_elements_and_values():
    """Elements, items and characters are counted."""
    document = model(said("0040A730", "SQ", *["<Item/>"] * 3))
    with pytest.raises(LimitExceededError, match="elements=3"):
        from_xml(document, limits=Limits(elements=3))
    from_xml(document, limits=Limits(elements=4))
    with pytest.raises(LimitExceededError, match="value_bytes=100"):
        from_xml(model(said("00091001", "UT", "x" * 1000)), limits=Limits(value_bytes=100))


@given(xml_documents | st.text("<>/DicomAttribute =\"'&;!x", max_size=60))
def test_any_document_is_a_data_set_or_an_error(document: str):
    """Whatever a document says, the answer is a data set that can be written as XML and JSON, or a DicomError."""
    for given_as in (document, document.encode("utf-8", "replace")):
        try:
            ds = from_xml(given_as)
        except DicomError:
            continue
        to_json(ds)
        again = from_xml(to_xml(ds))
        repr(again)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_data_set_or_an_error(data: bytes):
    """Whatever the bytes are, the answer is a DicomError, or a data set."""
    for document in (
        data,
        b"<NativeDicomModel>" + data + b"</NativeDicomModel>",
        b'<?xml version="1.0" encoding="' + data,
    ):
        try:
            from_xml(document)
        except DicomError:
            continue
