"""The XML model against dcm2xml's, for every real file."""

from __future__ import annotations

import re
import subprocess
from base64 import b64decode
from collections.abc import Callable
from functools import cache
from pathlib import Path
from struct import pack
from typing import Any
from xml.etree import ElementTree

import pytest

import dicomkit
from dicomkit.core.vr import VR
from dicomkit.dataset.comparison import Difference as DataDifference
from dicomkit.dictionary import STANDARD
from dicomkit.errors import UnknownTagError
from dicomkit.formats import from_xml, iter_xml, to_xml
from tests.corpora import real_files
from tests.interop.rules import Difference, Limit, NoAnswerError, Rule, compared, no_answer, sort_out
from tests.interop.test_json import DCM2JSON, PYDICOM, asked

pytestmark = pytest.mark.interop

FILES = [path for _, path in real_files()]
EVERY_FILE = pytest.mark.parametrize("path", FILES, ids=[key for key, _ in real_files()])
NATIVE = "{http://dicom.nema.org/PS3.19/models/NativeDICOM}"
GROUPS = ("Alphabetic", "Ideographic", "Phonetic")
COMPONENTS = ("FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix")

# What dcm2xml writes for a control character is no XML; it then counts as the picture that we write.
CONTROL = re.compile(rb"&#(\d|1\d|2\d|30|31);")


def well_formed(document: bytes) -> bytes:
    """Give what dcm2xml wrote with pictures of control characters."""

    def picture(found: re.Match[bytes]) -> bytes:
        code = int(found[1])
        return found[0] if code in (9, 10, 13) else b"&#%d;" % (0x2400 + code)

    return CONTROL.sub(picture, document)


def flat(holder: ElementTree.Element, prefix: str = "") -> dict[str, Any]:
    """Give the canonical form of each attribute by path: what it says, white space between elements apart."""
    result: dict[str, Any] = {}
    for attribute in holder:
        assert f"{NATIVE}DicomAttribute" == attribute.tag
        tag = attribute.attrib["tag"]
        said: dict[str, Any] = {
            "vr": attribute.get("vr"),
            "tag": tag,
            "privateCreator": attribute.get("privateCreator"),
        }
        path = prefix + (tag if int(tag, 16) & 0x10000 == 0 else tag[:4] + "00" + tag[6:])
        while path in result:
            path += "'"  # two creators have an element of this number
        if attribute.get("keyword"):
            result[f"{path}@keyword"] = attribute.get("keyword")
        for child in attribute:
            said.setdefault(child.tag.removeprefix(NATIVE), []).append(meaning(child))
        for item in attribute.findall(f"{NATIVE}Item"):
            result.update(flat(item, f"{path}/{item.get('number')}/"))
        result[path] = said
    return result


def meaning(child: ElementTree.Element) -> Any:
    """Give what stands in a child of an attribute."""
    kind = child.tag.removeprefix(NATIVE)
    if kind == "PersonName":
        groups = {}
        for group in child:
            parts = {part.tag.removeprefix(NATIVE): part.text or "" for part in group}
            groups[group.tag.removeprefix(NATIVE)] = [parts.get(name, "") for name in COMPONENTS]
        return child.get("number"), [groups.get(name, [""] * 5) for name in GROUPS]
    if kind == "Item":
        return child.get("number")
    return (child.get("number"), child.text or "") if kind == "Value" else child.text or ""


# -- rules -------------------------------------------------------------------------------------------------------------


def same_but(difference: Difference, *members: str) -> bool:
    """Say whether both have the element and say the same of it, what is in the members apart."""
    ours, theirs = difference.ours, difference.theirs
    if not isinstance(ours, dict) or not isinstance(theirs, dict):
        return False
    return {k: v for k, v in ours.items() if k not in members} == {k: v for k, v in theirs.items() if k not in members}


def texts(attribute: Any) -> list[str]:
    """Give the texts of the values."""
    return [text for _, text in attribute.get("Value", [])]


def is_keyword_of_retired(difference: Difference) -> bool:
    """A retired element has its keyword all the same."""
    if not difference.path.endswith("@keyword") or difference.theirs is not None:
        return False
    tag = int(difference.path.removesuffix("@keyword").rpartition("/")[2], 16)
    return STANDARD.keyword(tag) == difference.ours


def is_element_without_creator(difference: Difference) -> bool:
    """The block of a private element goes only where the creator says it; dcm2xml drops it in any case."""
    if not same_but(difference, "tag") or difference.ours["privateCreator"] is not None:
        return False
    return difference.theirs["tag"] == difference.ours["tag"][:4] + "00" + difference.ours["tag"][6:]


def is_digits(difference: Difference) -> bool:
    """A binary number has the digits that it takes to be the same number; DCMTK writes 9, or about 17."""
    if not same_but(difference, "Value") or difference.ours["vr"] not in ("FL", "FD"):
        return False
    ours, theirs = ([float(text) for text in texts(side)] for side in (difference.ours, difference.theirs))
    if difference.ours["vr"] == "FL":
        # Adding zero makes 0 of -0, as dcm2xml writes it.
        return [pack("<f", number + 0.0) for number in ours] == [pack("<f", number) for number in theirs]
    return ours == pytest.approx(theirs, rel=1e-15, abs=0)


def is_byte_order_of_words(difference: Difference) -> bool:
    """Words are little endian in base64; dcm2xml writes them big endian."""
    if not same_but(difference, "InlineBinary") or difference.ours["vr"] not in ("OW", "OF", "OD", "OL", "OV"):
        return False
    ours, theirs = (b64decode("".join(side.get("InlineBinary", []))) for side in (difference.ours, difference.theirs))
    return b"".join(ours[start : start + 2][::-1] for start in range(0, len(ours), 2)) == theirs


def is_order_of_samples(difference: Difference) -> bool:
    """Samples of 32 bits and more are little endian as well; DCMTK turns words of 16 bits round, from the file on."""
    if not difference.path.endswith("7FE00010") or not same_but(difference, "InlineBinary"):
        return False
    ours, theirs = (b64decode("".join(side.get("InlineBinary", []))) for side in (difference.ours, difference.theirs))
    return any(
        b"".join(ours[start : start + size][::-1] for start in range(0, len(ours), size)) == theirs for size in (4, 8)
    )


def is_even_length(difference: Difference) -> bool:
    """Values are not padded to even length."""
    if not same_but(difference, "InlineBinary") or "InlineBinary" not in difference.ours:
        return False
    ours, theirs = (b64decode(side["InlineBinary"][0]) for side in (difference.ours, difference.theirs))
    return len(ours) % 2 == 1 and ours + b"\0" == theirs


def is_fragments(difference: Difference) -> bool:
    """Encapsulated Pixel Data are in the document; dcm2xml writes nothing for them, and OB if the file says OW."""
    return (
        same_but(difference, "InlineBinary", "vr")
        and [""] == difference.theirs.get("InlineBinary")
        and b64decode(difference.ours["InlineBinary"][0]).startswith(b"\xfe\xff\x00\xe0")
    )


def is_known(difference: Difference) -> bool:
    """What the file calls UN has the VR that is known of it, and what is in a sequence then is read."""
    ours, theirs = difference.ours, difference.theirs
    if theirs is None:
        return "/" in difference.path  # in a sequence that is bytes to dcm2xml
    if "@" in difference.path:
        return False
    if ours is None or theirs["vr"] != "UN" or ours["vr"] == "UN":
        return False
    said = b64decode("".join(theirs.get("InlineBinary", [])))
    vr = VR[ours["vr"]]
    if vr is VR.PN:
        names = [
            "=".join("^".join(group).rstrip("^") for group in groups).rstrip("=")
            for _, groups in ours.get("PersonName", [])
        ]
        return "\\".join(names) == said.decode("ascii").rstrip(" ^")
    if vr in (VR.OB, VR.SQ):
        return "Item" in ours or "".join(ours["InlineBinary"]) == "".join(theirs["InlineBinary"])
    if vr.struct_code and vr is not VR.AT:
        return (
            b"".join(pack(f"<{vr.struct_code}", float(t) if vr.struct_code in "fd" else int(t)) for t in texts(ours))
            == said
        )
    if vr is VR.AT:
        return b"".join(pack("<2H", int(text[:4], 16), int(text[4:], 16)) for text in texts(ours)) == said
    return "\\".join(texts(ours)) == said.decode("ascii").strip(" \0")


def is_empty_part_of_a_name(difference: Difference) -> bool:
    """A name of nothing but delimiters is a PersonName, for the value has a length; a group of nothing is no group.

    dcm2xml leaves the name out, and says the group before once more for the group.
    """
    if not same_but(difference, "PersonName"):
        return False
    theirs = {
        number: [*groups[:2], [""] * 5 if groups[2] == groups[1] else groups[2]]
        for number, groups in difference.theirs.get("PersonName", [])
    }
    return all(groups == theirs.get(number, [[""] * 5] * 3) for number, groups in difference.ours.get("PersonName", []))


def is_source_character_set(difference: Difference) -> bool:
    """Specific Character Set is that of the source, whatever encoding the document has."""
    if difference.ours is None:
        return difference.theirs == "SpecificCharacterSet" or texts(difference.theirs) == ["ISO_IR 192"]
    return difference.path.endswith("00080005") and texts(difference.theirs) == ["ISO_IR 192"]


def is_switched_text(difference: Difference) -> bool:
    """Text in several character sets is text; dcm2xml copies the escape sequences, and cuts names inside them."""
    if not same_but(difference, "Value", "PersonName"):
        return False
    return "\u241b" in str(difference.theirs) and "\u241b" not in str(difference.ours)


DCM2XML = (
    Rule("keyword of a retired element", "PS3.19 A.1.5", is_keyword_of_retired),
    Rule("element without creator", "PS3.19 A.1.5", is_element_without_creator),
    Rule("digits", "PS3.19 A.1.5", is_digits),
    Rule("byte order", "PS3.19 A.1.5", is_byte_order_of_words),
    Rule("byte order of samples", "PS3.5 8.1.1, 7.3", is_order_of_samples),
    Rule("fragments", "PS3.5 A.4", is_fragments),
    Rule("private dictionary", "PS3.5 6.2.2", is_known),
    Rule("empty parts of a name", "PS3.5 6.2.1.1", is_empty_part_of_a_name),
    Rule("padding to even length", "PS3.19 A.1.1", is_even_length),
    Rule("character set of the source", "PS3.18 F.2.2 note 3", is_source_character_set),
    Rule("code extensions", "PS3.19 A.1.5", is_switched_text),
)
"""Where dcm2xml 3.6.7 is otherwise."""

LIMITS = (
    Limit("it has no model of a DICOMDIR", "Cannot convert Directory Record to Native DICOM Model", 7),
    Limit("the file is damaged, and DCMTK gives up", ") reading file: ", 5),
    Limit("text is not converted, and so not UTF-8", "not well-formed", 1),
)
"""Where dcm2xml 3.6.7 has no answer."""


def test_rules_are_few():
    """For both models and all peers together there are at most twenty rules."""
    assert len({rule.name for rule in PYDICOM + DCM2JSON + DCM2XML}) <= 20


# -- comparisons -------------------------------------------------------------------------------------------------------


@cache
def to_dcmtk(path: Path, program: str) -> tuple[set[str], list[str]]:
    """Give the rules needed, and the differences left, between our model and dcm2xml's; raise NoAnswerError."""
    command = [program, "--native-format", "--use-xml-namespace", "--load-all", "--encode-base64"]
    answer = subprocess.run([*command, "--convert-to-utf8", str(path)], capture_output=True, check=False)
    if answer.returncode:
        # It may be the character set only.
        answer = subprocess.run([*command, str(path)], capture_output=True, check=False)
    if answer.returncode:
        raise no_answer(answer.stderr.decode("latin-1"), LIMITS)
    try:
        theirs = flat(ElementTree.fromstring(well_formed(answer.stdout)))
    except ElementTree.ParseError as error:
        raise no_answer(str(error), LIMITS) from None
    return sort_out(compared(flat(ElementTree.fromstring(to_xml(dicomkit.dcmread(path, force=True)))), theirs), DCM2XML)


@EVERY_FILE
def test_is_dcm2xmls(path: Path, require_peer: Callable[[str], str]):
    """The model is the one that dcm2xml makes, rules apart, where it makes one."""
    try:
        left = to_dcmtk(path, require_peer("dcm2xml"))[1]
    except NoAnswerError as reason:
        pytest.skip(f"dcm2xml has no answer: {reason}")
    assert [] == left


@pytest.mark.slow
def test_each_rule_is_needed(corpus: object, require_peer: Callable[[str], str]):
    """No rule is left over from a difference that is gone."""
    program = require_peer("dcm2xml")
    rules, without = asked(lambda path: to_dcmtk(path, program)[0])
    assert {rule.name for rule in DCM2XML} == rules
    assert {limit.name: limit.files for limit in LIMITS} == without


# -- and back ----------------------------------------------------------------------------------------------------------


def is_same(difference: DataDifference) -> bool:
    """Say whether what differs after a way through the model is only how it is written."""
    left, right = difference.left, difference.right
    if left is not None and left.tag.is_group_length:
        return True
    if left is None or right is None or left.vr is not right.vr:
        return False
    if left.vr is VR.PN:
        return "=".join(group.rstrip("^") for group in str(left.value).split("=")).rstrip("=") == str(right.value)
    return False


@EVERY_FILE
def test_round_trip(path: Path):
    """From the document comes an equal data set, with nothing to complain about, and in pieces it is the same."""
    ds = dicomkit.dcmread(path, force=True)
    document = to_xml(ds)
    assert document == b"".join(iter_xml(ds))
    again = from_xml(document)
    assert [] == [str(found) for found in ds.diff(again) if not is_same(found)]
    assert set() == {issue.code for issue in again.issues} - {issue.code for issue in ds.issues}
    # Now that names are as the model has them, it stays the same.
    assert to_xml(again) == to_xml(from_xml(to_xml(again)))


@EVERY_FILE
def test_reads_what_dcm2xml_writes(path: Path, require_peer: Callable[[str], str]):
    """What dcm2xml makes of a file is read, into the values of the file."""
    command = [require_peer("dcm2xml"), "--native-format", "--use-xml-namespace", "--load-short", str(path)]
    answer = subprocess.run(command, capture_output=True, check=False)
    document = well_formed(answer.stdout)
    try:
        ElementTree.fromstring(document)
    except ElementTree.ParseError as error:
        said = answer.stderr.decode("latin-1") if answer.returncode else str(error)
        pytest.skip(f"dcm2xml has no answer: {no_answer(said, LIMITS)}")
    again = from_xml(document)
    ds = dicomkit.dcmread(path, force=True)
    for tag in (0x00080016, 0x00080018, 0x0020000D, 0x00280010, 0x00100020):
        if tag in again and again[tag].vr.value != "UN":
            assert ds[tag].value == again[tag].value


def test_keywords_are_those_of_the_dictionary():
    """The rule on keywords looks them up: this is what it finds for a retired one and for a private one."""
    assert "OtherPatientIDs" == STANDARD.keyword(0x00101000)
    assert STANDARD.entry(0x00101000).is_retired
    with pytest.raises(UnknownTagError):
        STANDARD.entry(0x00091001)
