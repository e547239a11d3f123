"""The DICOM JSON Model: the tables and examples of PS3.18 Annex F, round trips, and models that are wrong."""

from __future__ import annotations

import json
import time
import tracemalloc
from contextlib import suppress
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import dicomkit
from dicomkit import DataElement, Dataset, DicomError
from dicomkit.core.issue import IssueCode
from dicomkit.core.limits import Limits
from dicomkit.core.number import DSfloat
from dicomkit.errors import EncodingError, IssueError, LimitExceededError
from dicomkit.formats import from_json, from_json_array, iter_json, to_json
from dicomkit.formats.json import _nesting
from tests.corpora import real_file
from tests.formats.models import data_sets, json_documents

# PS3.18 Table F.2.3-1, with a value of each VR.
TABLE_F_2_3_1 = [
    ("AE", "ORTHANC", "String"),
    ("AS", "030Y", "String"),
    ("AT", 0x0020000D, "String"),
    ("CS", "MR", "String"),
    ("DA", "20240229", "String"),
    ("DS", "1.5", "Number or String"),
    ("DT", "20240229101112.5+0100", "String"),
    ("FL", 0.5, "Number"),
    ("FD", 0.1, "Number"),
    ("IS", "-7", "Number or String"),
    ("LO", "Universität", "String"),
    ("LT", "a\r\nb", "String"),
    ("OB", b"\1\2", "Base64"),
    ("OD", bytes(8), "Base64"),
    ("OF", bytes(4), "Base64"),
    ("OL", bytes(4), "Base64"),
    ("OV", bytes(8), "Base64"),
    ("OW", b"\1\2", "Base64"),
    ("PN", "Wang^XiaoDong=王^小東", "Object"),
    ("SH", "x", "String"),
    ("SL", -(2**31), "Number"),
    ("SQ", [], "Array"),
    ("SS", -1, "Number"),
    ("ST", "x", "String"),
    ("SV", -1, "Number or String"),
    ("TM", "1011", "String"),
    ("UC", "x", "String"),
    ("UI", "1.2.840.10008.1.1", "String"),
    ("UL", 2**32 - 1, "Number"),
    ("UN", b"\0", "Base64"),
    ("UR", "http://a/b?c=d", "String"),
    ("US", 65535, "Number"),
    ("UT", "x", "String"),
    ("UV", 2**64 - 1, "Number or String"),
]
TYPES = {"String": str, "Number": (int, float), "Number or String": (int, float, str), "Object": dict}


def one(vr: str, value: object, tag: int = 0x00091001) -> Dataset:
    """Give a data set of one element, and the character set that it needs."""
    ds = Dataset([DataElement(tag, vr, value)])
    if isinstance(value, str) and not value.isascii() and value.isprintable():
        ds.SpecificCharacterSet = "ISO_IR 192"
    return ds


def encoded(ds: Dataset) -> bytes:
    """Give the bytes of a file of the data set."""
    ds = ds.copy()
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    return ds.to_bytes()


def attribute(vr: str, value: object) -> dict[str, Any]:
    """Give the attribute object of an element."""
    return to_json(one(vr, value))["00091001"]


def read(vr: str, *values: object) -> Any:
    """Give the value that a model with these values has."""
    return from_json({"00091001": {"vr": vr, "Value": list(values)}})[0x00091001].value


def codes(ds: Dataset) -> list[IssueCode]:
    """Give the codes of the issues."""
    return [issue.code for issue in ds.issues]


# -- what is written ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("vr", "value", "expected"), TABLE_F_2_3_1, ids=[row[0] for row in TABLE_F_2_3_1])
def test_types(vr: str, value: object, expected: str):
    """A value has the JSON type of Table F.2.3-1, and comes back."""
    ds = one(vr, value)
    said = to_json(ds)["00091001"]
    assert vr == said["vr"]
    if expected == "Base64":
        assert isinstance(said["InlineBinary"], str)
    elif expected == "Array":
        assert {"vr": "SQ"} == said
    else:
        assert isinstance(said["Value"][0], TYPES[expected])
    assert ds == from_json(to_json(ds)) == from_json("".join(iter_json(ds)))


def test_everything_is_of_a_type_that_json_has():
    """No string or number of a class of ours is in a model, so that any serializer takes it."""
    todo: list[object] = [to_json(dicomkit.dcmread(real_file("CT_small.dcm")))]
    kinds = set()
    while todo:
        thing = todo.pop()
        kinds.add(type(thing))
        if isinstance(thing, dict):
            todo += [*thing, *thing.values()]
        elif isinstance(thing, list):
            todo += thing
    assert {dict, list, str, int, float} == kinds


def test_names_are_tags_in_order():
    """Attribute objects are named by eight capital hexadecimal digits, in ascending order (F.2.2)."""
    ds = one("UI", "1.2", 0x0020000D)
    ds.PatientID = "1"
    ds[0x7FE00010] = DataElement(0x7FE00010, "OW", b"\0\0")
    assert ["00100020", "0020000D", "7FE00010"] == list(to_json(ds))


def test_attribute_tags_are_eight_capital_digits():
    """AT is the eight-character upper-case hexadecimal of a tag (F.2.3)."""
    assert {"vr": "AT", "Value": ["0020000D", "7FE00010"]} == attribute("AT", [0x0020000D, 0x7FE00010])


def test_person_names_have_the_groups_that_are_not_empty():
    """Of a name, the non-empty component groups are in the object (F.2.2)."""
    assert [{"Alphabetic": "A^B"}] == attribute("PN", "A^B")["Value"]
    assert [{"Ideographic": "王", "Phonetic": "x"}] == attribute("PN", "=王=x")["Value"]
    assert [{"Alphabetic": "A"}, None] == attribute("PN", ["A", ""])["Value"]
    assert "=王=x" == read("PN", {"Ideographic": "王", "Phonetic": "x"})


@pytest.mark.parametrize("vr", ["LO", "DS", "DA", "US", "OB", "SQ", "PN", "UI", "AT", "UT"])
def test_empty_elements_have_no_value(vr: str):
    """An element of zero length is there, without Value, BulkDataURI and InlineBinary (F.2.5)."""
    ds = one(vr, None)
    assert {"00091001": {"vr": vr}} == to_json(ds) == json.loads("".join(iter_json(ds)))
    assert ds == from_json(to_json(ds))


def test_empty_values_are_null():
    """Of several values an empty one is null, and an empty item is an empty object (F.2.5)."""
    assert ["bar", None, "foo"] == attribute("LO", "bar\\\\foo")["Value"]
    assert [None, 1.5] == attribute("DS", "\\1.5")["Value"]
    assert [{}, {}] == attribute("SQ", [Dataset(), Dataset()])["Value"]
    assert ["bar", "", "foo"] == read("LO", "bar", None, "foo")
    assert [None, 1.5] == read("DS", None, 1.5)


def test_group_lengths_and_file_meta_are_not_there():
    """Group lengths are left out (F.2.2), and the model is that of the data set, not of the file."""
    ds = dicomkit.dcmread(real_file("693_J2KR.dcm"))
    assert 0x00080000 in ds
    assert [] == [name for name in to_json(ds) if name.endswith("0000") or name.startswith("0002")]
    assert "00020010" in to_json(ds.file_meta)


def test_numbers_are_little_endian():
    """InlineBinary has the byte order of little endian, whatever the file has (F.2.7)."""
    little, big = (dicomkit.dcmread(real_file(name)) for name in ("MR_small.dcm", "MR_small_bigendian.dcm"))
    assert to_json(little)["7FE00010"] == to_json(big)["7FE00010"]
    assert json.loads("".join(iter_json(big)))["7FE00010"] == to_json(big)["7FE00010"]


def test_character_set_is_that_of_the_source():
    """Specific Character Set stays what it was, although the model is UTF-8 (F.2.2 note 3)."""
    ds = dicomkit.dcmread(real_file("chrH31.dcm"))
    model = to_json(ds)
    assert [None, "ISO 2022 IR 87"] == model["00080005"]["Value"]
    assert "山田^太郎" == model["00100010"]["Value"][0]["Ideographic"]
    assert ds.PatientName == from_json(model).PatientName


# -- numbers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.5", 1.5),
        ("12", 12),
        ("-0", -0.0),
        ("1.50", 1.5),
        ("+1", 1),
        (".5", 0.5),
        ("1E2", 100.0),
        ("0.1", 0.1),
        ("-0.0175245098039", -0.0175245098039),
        # "if needed to avoid losing precision of a decimal string"
        ("9007199254740993", "9007199254740993"),
        ("1e-400", "1e-400"),
        ("0.99999999999999999", "0.99999999999999999"),
    ],
)
def test_decimal_strings(text: str, expected: object):
    """A DS is a Number if that says the same decimal, else a String (F.2.3, note)."""
    said = attribute("DS", text)["Value"][0]
    assert (expected, type(expected)) == (said, type(said))
    assert str(expected) == str(said)


@pytest.mark.parametrize("text", ["1.50", "12", "0.10", "1E2", "-1.5e-3", "9007199254740993", "100", "0"])
def test_decimal_strings_keep_their_text_on_the_wire(text: str):
    """In text a DS stands as it was written, and is read as it stands."""
    written = "".join(iter_json(one("DS", text)))
    assert f"[{text}]" in written or f'["{text}"]' in written
    assert text == str(from_json(written)[0x00091001].value)


@pytest.mark.parametrize("text", ["+1.50", ".5", "5.", "007", "1.5E+02", "+7"])
def test_texts_that_are_no_json_numbers(text: str):
    """A DS or IS that JSON cannot say as it was written is the same number, and the same text if asked for."""
    vr = "DS" if "." in text else "IS"
    assert float(text) == json.loads("".join(iter_json(one(vr, text))))["00091001"]["Value"][0]
    as_text = to_json(one(vr, text), numbers_as_text=True)
    assert [text] == as_text["00091001"]["Value"]
    assert as_text == json.loads("".join(iter_json(one(vr, text), numbers_as_text=True)))
    assert text == str(from_json(as_text)[0x00091001].value)


def test_what_is_no_number_stays_text():
    """A DS or IS that the file got wrong is the text that it is."""
    ds = from_json({"00091001": {"vr": "IS", "Value": ["1A", 2]}, "00091002": {"vr": "DS", "Value": ["1,5"]}})
    assert [IssueCode.VALUE_INVALID] * 2 == codes(ds)
    assert {"00091001": {"vr": "IS", "Value": ["1A", 2]}, "00091002": {"vr": "DS", "Value": ["1,5"]}} == to_json(ds)


@pytest.mark.parametrize("number", [2**53 - 1, -(2**53) + 1, 2**53, 2**63 - 1, -(2**63)])
def test_large_integers_are_strings(number: int):
    """An SV that not every reader of JSON keeps (RFC 8259 6) is a String."""
    said = attribute("SV", number)["Value"][0]
    assert (number if abs(number) < 2**53 else str(number)) == said
    assert number == read("SV", said)


def test_numbers_that_are_none():
    """FL and FD that are not finite are words, since JSON has no number for them, and are read as peers write them."""
    assert ["NaN", "Infinity", "-Infinity"] == attribute("FD", [float("nan"), float("inf"), float("-inf")])["Value"]
    for words in (["Infinity", "-Infinity"], ["inf", "-inf"], ["INF", "-INF"]):
        assert [float("inf"), float("-inf")] == read("FL", *words)
    assert "nan" == str(read("FD", "nan"))
    # What Python, and so pydicom, makes of them.
    ds = from_json('{"00091001": {"vr": "FD", "Value": [NaN, Infinity, -Infinity]}}')
    assert "[nan, inf, -inf]" == str(list(ds[0x00091001].value))
    assert {IssueCode.VALUE_INVALID} == set(codes(ds))


def test_single_precision_is_kept():
    """An FL read from more digits than it holds is the number that it will be when written."""
    value = read("FL", 0.1)
    assert 0.10000000149011612 == value
    again = dicomkit.dcmread(encoded(one("FL", value)))
    assert value == again[0x00091001].value


def test_zero_keeps_its_sign():
    """A negative zero is read as one, written -0.0 or -0."""
    for text in ("-0.0", "-0"):
        assert "-0.0" == str(from_json(f'{{"00091001": {{"vr": "FD", "Value": [{text}]}}}}')[0x00091001].value)


# -- bulk data ---------------------------------------------------------------------------------------------------------


def test_bulk_data_are_asked_for_above_the_threshold():
    """The function gets the path and the element of each value that is longer, and says its URI or None."""
    inner = one("OW", bytes(2000))
    ds = Dataset([DataElement(0x00091003, "OB", bytes(100)), DataElement(0x0040A730, "SQ", [Dataset(), inner])])
    ds.PixelData = bytes(5000)
    asked = []

    def uri(path: tuple[int, ...], element: DataElement) -> str | None:
        asked.append((path, len(element.value)))
        return None if path == (0x7FE00010,) else "/bulk/" + "/".join(f"{step:X}" for step in path)

    model = to_json(ds, bulk_data_uri=uri)
    assert [((0x0040A730, 1, 0x00091001), 2000), ((0x7FE00010,), 5000)] == asked
    assert {"vr": "OW", "BulkDataURI": "/bulk/40A730/1/91001"} == model["0040A730"]["Value"][1]["00091001"]
    assert "InlineBinary" in model["7FE00010"]
    assert model == json.loads("".join(iter_json(ds, bulk_data_uri=uri)))
    assert "BulkDataURI" in to_json(ds, bulk_data_uri=lambda path, element: "x", bulk_threshold=99)["00091003"]


def test_bulk_data_are_for_the_vrs_that_may_be_bulk():
    """Only the VRs of F.2.2 go by reference: DS may, LO and SQ may not."""
    refer = {"bulk_data_uri": lambda path, element: "u", "bulk_threshold": 0}
    assert "BulkDataURI" in to_json(one("DS", ["1.5"] * 9), **refer)["00091001"]
    assert "Value" in to_json(one("LO", "x" * 60), **refer)["00091001"]


def test_bulk_data_of_a_file_are_not_read():
    """A value that goes by reference stays where it is, be it larger than memory."""
    ds = dicomkit.dcmread(real_file("CT_small.dcm"))
    model = to_json(ds, bulk_data_uri=lambda path, element: "pixels")
    assert {"vr": "OW", "BulkDataURI": "pixels"} == model["7FE00010"]
    assert 0x7FE00010 not in ds._cache


def test_bulk_data_are_fetched_by_the_callers_function_only():
    """References are followed by `bulk_data`; without it the element is empty, and an Issue says what it refers to."""
    model = {
        "00091001": {"vr": "OW", "BulkDataURI": "http://x/1"},
        "00091002": {"vr": "US", "BulkDataURI": "http://x/2"},
        "00091003": {"vr": "LT", "BulkDataURI": "http://x/3"},
    }
    values = {"http://x/1": b"\1\2", "http://x/2": b"\1\0\2\0", "http://x/3": "é".encode()}
    ds = from_json(model, bulk_data=values.__getitem__)
    assert [b"\1\2", [1, 2], "é"] == [element.value for element in ds if element.tag.is_private]
    empty = from_json(model)
    assert [b"", None, ""] == [element.value for element in empty]
    assert [IssueCode.BULK_DATA_MISSING] * 3 == codes(empty)
    assert "http://x/1" in str(empty.issues[0])
    with pytest.raises(EncodingError):
        from_json(model, bulk_data=lambda uri: "text")


def test_inline_binary_of_numbers():
    """A LUT of VR US may be one InlineBinary (F.2.7), and a string may stand in an array as in the example of F.4."""
    ds = from_json(
        {"00283006": {"vr": "US", "InlineBinary": "AQACAA=="}, "00091001": {"vr": "UN", "InlineBinary": ["AQI="]}}
    )
    assert [[1, 2], b"\1\2"] == [ds.LUTData, ds[0x00091001].value]


# -- the example -------------------------------------------------------------------------------------------------------

# From F.4, one of the two results of a search for studies.
EXAMPLE = """[ {
    "00080005": { "vr": "CS", "Value": [ "ISO_IR 192" ] },
    "00080020": { "vr": "DT", "Value": [ "20130409" ] },
    "00080030": { "vr": "TM", "Value": [ "131600.0000" ] },
    "00080061": { "vr": "CS", "Value": [ "CT", "PET" ] },
    "00080090": { "vr": "PN", "Value": [ { "Alphabetic": "^Bob^^Dr." } ] },
    "00090010": { "vr": "LO", "Value": [ "Vendor A" ] },
    "00091002": { "vr": "UN", "InlineBinary": [ "z0x9c8v7" ] },
    "00100010": { "vr": "PN", "Value": [ { "Alphabetic": "Wang^XiaoDong", "Ideographic": "王^小東" } ] },
    "00101002": { "vr": "SQ", "Value": [
        { "00100020": { "vr": "LO", "Value": [ "54321" ] }, "00100021": { "vr": "LO", "Value": [ "Hospital B" ] } },
        { "00100020": { "vr": "LO", "Value": [ "24680" ] }, "00100021": { "vr": "LO", "Value": [ "Hospital C" ] } } ] },
    "0020000D": { "vr": "UI", "Value": [ "1.2.392.200036.9116.2.2.2.1762893313.1029997326.945873" ] },
    "00201206": { "vr": "IS", "Value": [ 4 ] }
} ]"""


def test_example_of_the_standard():
    """The example of F.4 is read, and written as it was but for the array around InlineBinary."""
    ds = from_json(EXAMPLE)
    assert () == ds.issues
    assert "王" == ds.PatientName.ideographic.family_name
    assert "Dr." == ds.ReferringPhysicianName.name_prefix
    assert ["CT", "PET"] == ds.ModalitiesInStudy
    assert ["54321", "24680"] == [item.PatientID for item in ds.OtherPatientIDsSequence]
    assert 4 == ds.NumberOfStudyRelatedSeries
    (expected,) = json.loads(EXAMPLE)
    expected["00091002"]["InlineBinary"] = "z0x9c8v7"
    assert expected == to_json(ds)


def test_several_results():
    """Several results are one array of objects (F.2.1)."""
    both = f"[{EXAMPLE[1:-1]},{EXAMPLE[1:-1]}]"
    assert [4, 4] == [ds.NumberOfStudyRelatedSeries for ds in from_json_array(both)]
    assert [] == from_json_array("[]")
    assert 1 == len(from_json_array([{}]))
    with pytest.raises(EncodingError, match="2 data sets"):
        from_json(both)


# -- reading -----------------------------------------------------------------------------------------------------------


def test_bytes_are_utf_8():
    """Text is UTF-8, with or without a byte order mark; anything else is refused with its offset (RFC 8259 8.1)."""
    text = '{"00080005": {"vr": "CS", "Value": ["ISO_IR 192"]}, "00091001": {"vr": "LO", "Value": ["é"]}}'
    for data in (text, text.encode(), b"\xef\xbb\xbf" + text.encode(), bytearray(text.encode()), "\ufeff" + text):
        assert "é" == from_json(data)[0x00091001].value
    with pytest.raises(EncodingError) as caught:
        from_json(text.encode("latin-1"))
    assert text.index("é") == caught.value.offset
    with pytest.raises(EncodingError):
        from_json(text.encode("utf-16"))


def test_file_meta_goes_to_the_file_meta():
    """Elements of group 0002, which some writers add, are not put into the data set."""
    ds = from_json(
        {"00020010": {"vr": "UI", "Value": ["1.2.840.10008.1.2.1"]}, "00100020": {"vr": "LO", "Value": ["1"]}}
    )
    assert ["00100020"] == list(to_json(ds))
    assert "1.2.840.10008.1.2.1" == ds.file_meta.TransferSyntaxUID


def test_text_that_its_character_set_does_not_have():
    """Text beyond the declared set, or with none declared, makes UTF-8 the declared one, and is an Issue (F.2)."""
    for declared in ([], ["ISO_IR 100"]):
        model = {"00100010": {"vr": "PN", "Value": [{"Alphabetic": "山田"}]}}
        if declared:
            model["00080005"] = {"vr": "CS", "Value": declared}
        ds = from_json(model)
        assert [IssueCode.CHARSET_UNDECLARED] == codes(ds)
        assert "ISO_IR 192" == ds.SpecificCharacterSet
        assert "山田" == dicomkit.dcmread(encoded(ds)).PatientName
    fits = from_json({"00080005": {"vr": "CS", "Value": ["ISO_IR 100"]}, "00091001": {"vr": "LO", "Value": ["é"]}})
    assert ("ISO_IR 100", ()) == (fits.SpecificCharacterSet, fits.issues)
    plain = from_json({"00091001": {"vr": "LO", "Value": ["e"]}})
    assert "SpecificCharacterSet" not in plain


@pytest.mark.parametrize("text", ["===", "A^B===", "====C", "=B==D", "==C"])
def test_delimiters_that_a_group_holds_stay(text: str):
    """A name with more groups than there are comes back as its model says, none of it taken for an empty end."""
    model = to_json(Dataset(PatientName=text))
    assert model == to_json(from_json(model))


def test_halves_of_surrogate_pairs():
    """What is no character is replaced, which is an Issue; whole pairs are characters."""
    ds = from_json('{"00091001": {"vr": "LO", "Value": ["a\\ud800b\\ud83d\\ude00"]}}')
    assert "a\ufffdb\U0001f600" == ds[0x00091001].value
    assert IssueCode.VALUE_INVALID in codes(ds)
    assert "\ufffd" == to_json(one("LO", "\udc00"))["00091001"]["Value"][0]


def test_backslashes_separate():
    """A backslash in a value will separate values, so it does at once (F.2.4); in text of one value it is text."""
    assert ["a", "b", "c"] == read("LO", "a\\b", "c")
    assert "a\\b" == read("LT", "a\\b")


@pytest.mark.parametrize(
    ("vr", "given", "expected"),
    [
        ("LO", 12, "12"),
        ("PN", "A^B", "A^B"),
        ("US", "5", 5),
        ("US", 5.0, 5),
        ("FD", "1.5", 1.5),
        ("IS", 5.0, 5),
        ("IS", "5.0", 5),
        ("DS", 1, 1.0),
        ("DA", 20240101, "20240101"),
        ("AT", "0010,0020", 0x00100020),
        ("UI", "1.2 ", "1.2"),
        ("SV", "-5", -5),
    ],
)
def test_what_can_be_understood_is_taken(vr: str, given: object, expected: object):
    """A value of the wrong JSON type is taken if it can mean only one thing."""
    assert expected == read(vr, given)


def test_small_letters_are_taken():
    """A tag in small letters is the tag; twice, in either case of letters, is an error."""
    assert "x" == from_json({"0020000d": {"vr": "UI", "Value": ["x"]}}).StudyInstanceUID
    with pytest.raises(EncodingError, match="twice"):
        from_json({"0020000d": {"vr": "UI"}, "0020000D": {"vr": "UI"}})


def test_vr_from_the_dictionary():
    """A missing VR is the data dictionary's, which is an Issue."""
    ds = from_json({"00100010": {"Value": [{"Alphabetic": "A"}]}, "00280106": {"Value": [1]}, "00090010": {}})
    assert ["LO", "PN", "US"] == [element.vr for element in ds]
    assert [IssueCode.UNKNOWN_VR] * 3 == codes(ds)


WRONG = [
    ("", "not JSON"),
    ("{", "not JSON"),
    ('{"00091001": {"vr": "LO", "Value": ["\x01"]}}', "not JSON"),
    ("null", "null where the object of a data set"),
    ("[]", "0 data sets"),
    ("[[{}], []]", "2 data sets"),
    ('["x"]', "string where the object of a data set"),
    ('{"PatientID": {"vr": "LO"}}', "'PatientID' is no tag"),
    ('{"0010002": {"vr": "LO"}}', "is no tag"),
    ('{"0010_020": {"vr": "LO"}}', "is no tag"),
    ('{"FFFEE000": {"vr": "SQ"}}', "no elements"),
    ('{"00100020": []}', "array where the object of an attribute"),
    ('{"00100020": {"vr": "XX"}}', "'XX' is no VR"),
    ('{"00100020": {"vr": 5}}', "is no VR"),
    ('{"00100020": {"vr": "LO", "Value": "x"}}', "string where the array"),
    ('{"00100020": {"vr": "LO", "Value": [{}]}}', "text expected"),
    ('{"00100020": {"vr": "LO", "Value": [true]}}', "text expected"),
    ('{"00100020": {"vr": "LO", "Value": [], "InlineBinary": ""}}', "both Value and InlineBinary"),
    ('{"00100020": {"vr": "OB", "BulkDataURI": "", "InlineBinary": ""}}', "both BulkDataURI and InlineBinary"),
    ('{"00100020": {"vr": "LO"}, "00100020": {"vr": "LO"}}', "a tag occurs twice"),
    ('{"00100020": {"vr": "LO", "Value": [], "Value": []}}', "a member occurs twice"),
    ('{"00100010": {"vr": "PN", "Value": [{"Alphabetic": "a", "Alphabetic": "b"}]}}', "group of a person name"),
    ('{"00100010": {"vr": "PN", "Value": [{"Alphabetic": 5}]}}', "group of a person name"),
    ('{"00100010": {"vr": "PN", "Value": [{"Alphabetic": "a\\\\b"}]}}', "backslash"),
    ('{"00100010": {"vr": "PN", "Value": [5]}}', "number where the object of a person name"),
    ('{"00091001": {"vr": "OB", "Value": [1]}}', "bytes"),
    ('{"00091001": {"vr": "OB", "InlineBinary": "AAA"}}', "not base64"),
    ('{"00091001": {"vr": "OB", "InlineBinary": "é==="}}', "not base64"),
    ('{"00091001": {"vr": "OB", "InlineBinary": 5}}', "number where the string"),
    ('{"00091001": {"vr": "SQ", "InlineBinary": "AAAA"}}', "items"),
    ('{"00091001": {"vr": "SQ", "Value": [5]}}', "number where the object of a data set"),
    ('{"00091001": {"vr": "US", "Value": [65536]}}', "from 0 to 65535"),
    ('{"00091001": {"vr": "US", "Value": [1.5]}}', "integer"),
    ('{"00091001": {"vr": "US", "Value": [1, null]}}', "integer"),
    ('{"00091001": {"vr": "US", "Value": ["1_0"]}}', "integer"),
    ('{"00091001": {"vr": "UL", "Value": [%s]}}' % ("9" * 5000), "from 0 to 4294967295|integer"),
    ('{"00091001": {"vr": "FL", "Value": [1e39]}}', "single precision"),
    ('{"00091001": {"vr": "FD", "Value": ["x"]}}', "a number"),
    ('{"00091001": {"vr": "FD", "Value": [{}]}}', "a number"),
    ('{"00091001": {"vr": "DS", "Value": [false]}}', "a number"),
    ('{"00091001": {"vr": "AT", "Value": ["x"]}}', "eight hexadecimal digits"),
    ('{"00091001": {"vr": "AT", "Value": [5]}}', "eight hexadecimal digits"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_wrong_models(text: str, message: str):
    """What cannot be understood is an EncodingError that says what is wrong, and where."""
    with pytest.raises(EncodingError, match=message) as caught:
        from_json(text)
    tag = text[2:10]
    if (
        '"vr"' in text
        and tag.isalnum()
        and "not JSON" not in message
        and "no tag" not in message
        and "occurs" not in message
    ):
        assert f"({tag[:4]},{tag[4:]})" in str(caught.value)


def test_errors_say_the_path():
    """The path leads through items to the element."""
    model = {"0040A730": {"vr": "SQ", "Value": [{}, {"0040A30A": {"vr": "US", "Value": ["x"]}}]}}
    with pytest.raises(EncodingError) as caught:
        from_json(model)
    assert (0x0040A730, 1, 0x0040A30A) == caught.value.path


def test_issue_policies():
    """Issues go where the caller says."""
    model = {"00100020": {"vr": "LO", "Value": [5]}}
    with pytest.raises(IssueError):
        from_json(model, issues="raise")
    assert () == from_json(model, issues="ignore").issues
    seen: list[object] = []
    from_json(model, issues=seen.append)
    assert 1 == len(seen)


@given(json_documents)
def test_any_json_is_a_data_set_or_an_error(model: Any):
    """Whatever JSON says, the answer is a data set that can be written as JSON, or a DicomError."""
    text = json.dumps(model)
    for given_as in (model, text):
        try:
            ds = from_json(given_as)
        except DicomError:
            continue
        assert to_json(ds) == json.loads("".join(iter_json(ds)))
        json.dumps(to_json(ds), allow_nan=False)
        repr(ds)


@given(st.binary(max_size=60) | st.text('{}[]":,\\0019vrSQalue', max_size=40).map(str.encode))
def test_any_bytes_are_a_data_set_or_an_error(data: bytes):
    """Whatever the bytes are, the answer is a data set or a DicomError."""
    with suppress(DicomError):
        from_json(data)


# -- round trips -------------------------------------------------------------------------------------------------------


@given(data_sets())
def test_round_trip(ds: Dataset):
    """From the model of a data set, as objects or as text, comes an equal data set without an issue."""
    text = "".join(iter_json(ds))
    model = to_json(ds)
    assert model == json.loads(text)
    for again in (from_json(model), from_json(text)):
        assert [] == ds.diff(again)
        assert () == again.issues


def has_nan(ds: Dataset) -> bool:
    """Say whether a value is a NaN, of which a model tells that it is one, not which of its bit patterns."""
    values = [element.value for element in ds.walk()]
    numbers = [number for value in values for number in (value if isinstance(value, list) else [value])]
    return any(isinstance(number, float) and number != number for number in numbers)


@given(data_sets())
def test_round_trip_of_the_text_of_numbers(ds: Dataset):
    """With numbers as text, a data set comes back with each number as it was written: its bytes are the same."""
    assume(not has_nan(ds))
    again = from_json(to_json(ds, numbers_as_text=True))
    assert encoded(ds) == encoded(again)


def test_numbers_of_full_precision():
    """A DS set from a float, which takes more than its 16 characters, is the whole number in the model."""
    ds = one("DS", 0.1 + 0.2)
    assert [0.30000000000000004] == to_json(ds)["00091001"]["Value"]
    value = from_json("".join(iter_json(ds)))[0x00091001].value
    assert (0.1 + 0.2, None) == (value, value.original_text)
    assert isinstance(value, DSfloat)


# -- limits ------------------------------------------------------------------------------------------------------------


def nested(depth: int) -> str:
    """Give a model of sequences in sequences."""
    return '{"0040A730":{"vr":"SQ","Value":[' * depth + "{}" + "]}}" * depth


def test_depth():
    """Sequences nest as deep as the limit allows, in text and objects, to and fro."""
    ds = from_json(nested(64))
    assert nested(64) == "".join(iter_json(ds))
    for job in (
        lambda: from_json(nested(65)),
        lambda: from_json(json.loads(nested(65))),
        lambda: from_json(nested(64), limits=Limits(depth=63)),
        lambda: to_json(ds, limits=Limits(depth=63)),
        lambda: list(iter_json(ds, limits=Limits(depth=63))),
    ):
        with pytest.raises(LimitExceededError) as caught:
            job()
        assert "depth" == caught.value.limit


def test_depth_beyond_what_the_stack_holds():
    """100,000 levels are refused at once; with the limit raised the parser's own one is a LimitExceededError."""
    start = time.perf_counter()
    for text in (nested(100_000), "[" * 10_000_000, '{"a":' * 100_000, nested(100_000)[:-1]):
        with pytest.raises(LimitExceededError):
            from_json(text)
    assert time.perf_counter() - start < 20
    with pytest.raises(LimitExceededError):
        from_json(nested(100_000), limits=Limits(depth=None))
    assert (
        200
        == nested(200).count("Value")
        == str(to_json(from_json(nested(200), limits=Limits(depth=200)))).count("Value")
    )


def test_deep_data_sets_are_written():
    """A stream goes as deep as the data set does, for nothing recurses."""
    ds = Dataset()
    for _ in range(5000):
        ds = Dataset([DataElement(0x0040A730, "SQ", [ds])])
    assert nested(5000) == "".join(iter_json(ds, limits=Limits(depth=None)))


def test_limits_of_elements_and_values():
    """Elements, items and bytes are counted."""
    model = {"00091001": {"vr": "SQ", "Value": [{}, {}, {}]}}
    with pytest.raises(LimitExceededError, match="elements=3"):
        from_json(model, limits=Limits(elements=3))
    from_json(model, limits=Limits(elements=4))
    with pytest.raises(LimitExceededError, match="value_bytes=10"):
        from_json({"00091001": {"vr": "OB", "InlineBinary": "AAAA" * 5}}, limits=Limits(value_bytes=10))
    with pytest.raises(LimitExceededError, match="value_bytes=10"):
        from_json(
            {"00091001": {"vr": "OB", "BulkDataURI": ""}}, limits=Limits(value_bytes=10), bulk_data=lambda u: bytes(11)
        )


def brackets(text: str) -> int:
    """Give how deep a JSON text nests, the slow way."""
    levels, in_string, escaped = [0], False, False
    for character in text:
        if in_string:
            in_string = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            in_string, escaped = True, False
        else:
            levels.append((character in "[{") - (character in "]}"))
    return max(accumulate(levels))


@given(
    st.recursive(
        st.text('\\"[]{}n', max_size=6), lambda inner: st.lists(inner) | st.dictionaries(st.text('\\"[{'), inner)
    )
)
def test_nesting_is_counted(model: Any):
    """The count before parsing is the one that a slow reading gives, whatever is in strings."""
    text = json.dumps(model)
    assert brackets(text) == _nesting(text.encode())


@pytest.mark.parametrize("text", ['"', "\\", '\\"', '"\\', "[", "]", "[]", '"[', "{}", "][", '["\\"'])
def test_counting_takes_linear_time(text: str):
    """No text makes the count slow: 64 KiB take milliseconds."""
    data = text.encode() * (65536 // len(text))
    best = min(timed(data) for _ in range(5))
    assert best < 0.1


def timed(data: bytes) -> float:
    """Give the seconds that counting takes."""
    start = time.perf_counter()
    _nesting(data)
    return time.perf_counter() - start


def test_streams_do_not_keep_what_they_wrote():
    """Of a large sequence and a large value only a piece is in memory at a time."""
    item = Dataset([DataElement(0x00100020, "LO", "x" * 60)])
    ds = Dataset([DataElement(0x0040A730, "SQ", [item.copy() for _ in range(10_000)])])
    ds.PixelData = bytes(4_000_000)
    read = dicomkit.dcmread(encoded(ds))
    list(iter_json(read))  # what is loaded and compiled at first use does not count
    tracemalloc.start()
    size = sum(len(piece) for piece in iter_json(read))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 5_000_000
    assert peak < 2_000_000
