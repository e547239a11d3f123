"""The JSON model against pydicom's and dcm2json's, for every real file."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import tempfile
import warnings
from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from struct import pack
from types import ModuleType
from typing import Any

import pytest

import dicomkit
from dicomkit.core.vr import VR
from dicomkit.dataset.comparison import Difference as DataDifference
from dicomkit.formats import from_json, iter_json, to_json
from tests.corpora import real_files
from tests.interop.rules import Difference, Limit, NoAnswerError, Rule, compared, no_answer, sort_out

pytestmark = pytest.mark.interop

NOTHING = "nothing"
FILES = [path for _, path in real_files()]
EVERY_FILE = pytest.mark.parametrize("path", FILES, ids=[key for key, _ in real_files()])


def flat(model: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Give the attributes by path; a sequence is told by the number of its items."""
    result: dict[str, Any] = {}
    for tag, attribute in model.items():
        path = f"{prefix}{tag}"
        if attribute["vr"] == "SQ":
            items = attribute.get("Value", [])
            result[path] = {"vr": "SQ", "items": len(items)} if "Value" in attribute else attribute
            for number, item in enumerate(items):
                result.update(flat(item, f"{path}/{number}/"))
        else:
            result[path] = attribute
    return result


# -- rules -------------------------------------------------------------------------------------------------------------


def values(attribute: Any) -> list[Any]:
    """Give the members of Value."""
    return list(attribute.get("Value", [])) if isinstance(attribute, dict) else []


def content(attribute: Any) -> bytes:
    """Give the bytes of InlineBinary."""
    return b64decode(attribute.get("InlineBinary", ""))


def both(difference: Difference, *vrs: str) -> bool:
    """Say whether both have the element, with the same VR, one of those given if any are."""
    ours, theirs = difference.ours, difference.theirs
    return ours is not None and theirs is not None and ours["vr"] == theirs["vr"] and (not vrs or ours["vr"] in vrs)


def turned_round(data: bytes, size: int) -> bytes:
    """Give numbers in the other byte order."""
    return b"".join(data[start : start + size][::-1] for start in range(0, len(data), size))


def is_group_length(difference: Difference) -> bool:
    """Group lengths are left out."""
    return difference.ours is None and difference.tag & 0xFFFF == 0


def is_null_for_empty(difference: Difference) -> bool:
    """An empty one of several values is null."""
    theirs = values(difference.theirs)
    return (
        "" in theirs
        and both(difference)
        and [part if part != "" else None for part in theirs] == values(difference.ours)
    )


def is_empty_sequence(difference: Difference) -> bool:
    """A sequence without items has no Value."""
    return both(difference, "SQ") and "items" not in difference.ours and difference.theirs["items"] == 0


def is_padding_of_a_value(difference: Difference) -> bool:
    """Spaces at the end of each of several values are padding."""
    theirs = values(difference.theirs)
    return (
        len(theirs) > 1 and both(difference, "CS") and [part.rstrip(" ") for part in theirs] == values(difference.ours)
    )


def is_byte_order(difference: Difference) -> bool:
    """Numbers in InlineBinary are little endian, whatever the file is."""
    if not both(difference, "OW", "OF", "OL", "OD", "OV"):
        return False
    return content(difference.ours) == turned_round(content(difference.theirs), VR[difference.ours["vr"]].itemsize)


def is_order_of_samples(difference: Difference) -> bool:
    """Samples of 32 bits and more are little endian, too; pydicom leaves them, DCMTK turns words of 16 bits round."""
    if difference.tag != 0x7FE00010 or not both(difference, "OW"):
        return False
    ours, theirs = content(difference.ours), content(difference.theirs)
    return any(ours in (turned_round(theirs, size), turned_round(turned_round(theirs, 2), size)) for size in (4, 8))


def is_known_private(difference: Difference) -> bool:
    """What the file calls UN has the VR that is known of it, from the creator's dictionary if it is private."""
    ours, theirs = difference.ours, difference.theirs
    if ours is None or theirs is None or theirs["vr"] != "UN" or ours["vr"] == "UN":
        return False
    if "InlineBinary" in ours:
        return content(ours) == content(theirs)
    said = content(theirs)
    vr = VR[ours["vr"]]
    if vr is VR.SQ:
        return said.startswith(b"\xfe\xff\x00\xe0")
    if vr is VR.AT:
        return said == b"".join(pack("<2H", int(tag[:4], 16), int(tag[4:], 16)) for tag in values(ours))
    if vr.struct_code:
        return pack(f"<{len(values(ours))}{vr.struct_code}", *values(ours)) == said
    texts = said.decode("ascii").rstrip(" \0").split("\\")
    if vr in (VR.DS, VR.IS):
        return values(ours) == [float(text) for text in texts if text]
    return values(ours) == [{"Alphabetic": text} if vr is VR.PN else text for text in texts if text]


def is_in_known_sequence(difference: Difference) -> bool:
    """What is in a sequence that is bytes to DCM2JSON is read."""
    return "/" in difference.path and difference.theirs is None


PYDICOM = (
    # pydicom has nothing, or nothing that is in the file, where it begins with a stray byte, one value cannot be read,
    # or it ends inside one; ours has the others.
    Rule("one defect", "PS3.18 F.2.3", lambda difference: difference.theirs == NOTHING),
    Rule("group length", "PS3.18 F.2.2", is_group_length),
    Rule("empty value", "PS3.18 F.2.5", is_null_for_empty),
    Rule("empty sequence", "PS3.18 F.2.5", is_empty_sequence),
    Rule("padding", "PS3.5 6.2", is_padding_of_a_value),
    Rule("byte order", "PS3.18 F.2.7", is_byte_order),
    Rule("byte order of samples", "PS3.5 8.1.1, 7.3", is_order_of_samples),
    Rule("private dictionary", "PS3.5 6.2.2", is_known_private),
)
"""Where pydicom is otherwise."""


def is_source_character_set(difference: Difference) -> bool:
    """Specific Character Set is that of the source."""
    return both(difference) and difference.tag == 0x00080005 and values(difference.theirs) == ["ISO_IR 192"]


def is_trailing_delimiter(difference: Difference) -> bool:
    """Delimiters at the end of a name may be there or not."""
    if not both(difference, "PN"):
        return False
    ours = [{name: group.rstrip("^") for name, group in (part or {}).items()} for part in values(difference.ours)]
    theirs = [part or {} for part in values(difference.theirs)]
    return [{name: group for name, group in part.items() if group} for part in ours] == (theirs or [{}])


def is_digits(difference: Difference) -> bool:
    """A binary number has the digits that it takes to be the same number; DCM2JSON writes 9, or about 17."""
    if not values(difference.ours):
        return False
    if both(difference, "FL"):
        return [pack("<f", part) for part in values(difference.ours)] == [
            pack("<f", part) for part in values(difference.theirs)
        ]
    return both(difference, "FD") and values(difference.ours) == pytest.approx(values(difference.theirs), rel=1e-15)


def is_even_length(difference: Difference) -> bool:
    """Values are not padded to even length."""
    return both(difference, "OB", "UN") and content(difference.ours) + b"\0" == content(difference.theirs)


DCM2JSON = (
    Rule("character set of the source", "PS3.18 F.2.2 note 3", is_source_character_set),
    Rule("empty parts of a name", "PS3.5 6.2.1.1", is_trailing_delimiter),
    Rule("digits", "PS3.18 F.2.3", is_digits),
    Rule("byte order of samples", "PS3.5 8.1.1, 7.3", is_order_of_samples),
    Rule("padding to even length", "PS3.18 F.1", is_even_length),
    Rule("private dictionary", "PS3.5 6.2.2", is_known_private),
    Rule("sequence in UN", "PS3.5 6.2.2", is_in_known_sequence),
)
"""Where dcm2json 3.6.7 is otherwise."""

COMPRESSED = "JSON InlineBinary encoding not supported for compressed pixel data"
"""What dcm2json says of encapsulated Pixel Data, with which it gives up; it gets a copy without them."""

LIMITS = (
    Limit("the iconv library does not know the character set", "converting file to UTF-8: ", 7),
    Limit("the file is damaged, and DCMTK gives up", ") reading file: ", 5),
    Limit("text is not converted, and so not UTF-8", "not UTF-8", 1),
)
"""Where dcm2json 3.6.7 has no answer."""

PYDICOM_LIMITS = (Limit("an integer string that is no integer", "invalid literal for int()", 1),)
"""What pydicom cannot read from a model that it can itself not write."""


# -- comparisons -------------------------------------------------------------------------------------------------------


@cache
def ours(path: Path) -> dict[str, Any]:
    """Give our model of a file, after a way through text."""
    return flat(json.loads("".join(iter_json(dicomkit.dcmread(path, force=True)))))


@cache
def to_pydicom(path: Path, pydicom: ModuleType) -> tuple[set[str], list[str]]:
    """Give the rules needed, and the differences left, between our model and pydicom's."""
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            theirs = flat(json.loads(json.dumps(pydicom.dcmread(path, force=True).to_json_dict())))
        except ValueError:
            theirs = {}
    if not theirs.keys() & ours(path).keys():
        return sort_out([Difference(name, attribute, NOTHING) for name, attribute in ours(path).items()], PYDICOM)
    return sort_out(compared(ours(path), theirs), PYDICOM)


@cache
def dcm2json(path: Path, program: str, dcmodify: str) -> dict[str, Any]:
    """Give dcm2json's model of a file, of a compressed image without its Pixel Data; raise NoAnswerError."""
    answer = subprocess.run([program, "-fc", str(path)], capture_output=True, check=False)
    if COMPRESSED.encode() in answer.stderr:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy.dcm"
            shutil.copyfile(path, copy)
            subprocess.run([dcmodify, "-q", "-nb", "-e", "7fe0,0010", str(copy)], check=True)
            answer = subprocess.run([program, "-fc", str(copy)], capture_output=True, check=False)
    if answer.returncode:
        raise no_answer(answer.stderr.decode("latin-1"), LIMITS)
    try:
        text = answer.stdout.decode("utf-8")
    except UnicodeDecodeError:
        raise no_answer("not UTF-8", LIMITS) from None
    return flat(json.loads(text))


def is_compressed(attribute: dict[str, Any]) -> bool:
    """Say whether Pixel Data are fragments, which begin with an item (PS3.5 A.4)."""
    return content(attribute).startswith(b"\xfe\xff\x00\xe0")


@cache
def to_dcmtk(path: Path, program: str, dcmodify: str) -> tuple[set[str], list[str]]:
    """Give the rules needed, and the differences left, between our model and dcm2json's; raise NoAnswerError."""
    theirs = dcm2json(path, program, dcmodify)
    mine = dict(ours(path))
    if "7FE00010" not in theirs and is_compressed(mine.get("7FE00010", {})):
        del mine["7FE00010"]
        mine.pop("FFFCFFFC", None)  # padding behind them, which dcmodify leaves out
    return sort_out(compared(mine, theirs), DCM2JSON)


@EVERY_FILE
def test_is_pydicoms(path: Path, require_package: Callable[[str], ModuleType]):
    """The model is the one that pydicom makes, rules apart."""
    assert [] == to_pydicom(path, require_package("pydicom"))[1]


@EVERY_FILE
def test_is_dcm2jsons(path: Path, require_peer: Callable[[str], str]):
    """The model is the one that dcm2json makes, rules apart, where it makes one."""
    try:
        left = to_dcmtk(path, require_peer("dcm2json"), require_peer("dcmodify"))[1]
    except NoAnswerError as reason:
        pytest.skip(f"dcm2json has no answer: {reason}")
    assert [] == left


@pytest.mark.slow
def test_each_rule_is_needed(
    corpus: object, require_package: Callable[[str], ModuleType], require_peer: Callable[[str], str]
):
    """No rule is left over from a difference that is gone."""
    pydicom, programs = require_package("pydicom"), (require_peer("dcm2json"), require_peer("dcmodify"))
    needed = set().union(*(to_pydicom(path, pydicom)[0] for path in FILES))
    assert {rule.name for rule in PYDICOM} == needed
    rules, without = asked(lambda path: to_dcmtk(path, *programs)[0])
    assert {rule.name for rule in DCM2JSON} == rules
    assert {limit.name: limit.files for limit in LIMITS} == without


def asked(ask: Callable[[Path], set[str]]) -> tuple[set[str], Counter[str]]:
    """Give the rules that a peer's answers on all files need, and how many files it does not answer for which limit."""
    rules: set[str] = set()
    without: Counter[str] = Counter()
    for path in FILES:
        try:
            rules |= ask(path)
        except NoAnswerError as reason:
            without[reason.limit.name] += 1
    return rules, without


@EVERY_FILE
def test_pydicom_reads_it(path: Path, require_package: Callable[[str], ModuleType]):
    """Read by pydicom and written by it again, the model is the same."""
    pydicom = require_package("pydicom")
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    try:
        assert [] == through_pydicom(path, pydicom)
    except NoAnswerError as reason:
        pytest.skip(f"pydicom has no answer: {reason}")


@cache
def through_pydicom(path: Path, pydicom: ModuleType) -> list[str]:
    """Give what our model of a file lacks after a way through pydicom; raise NoAnswerError."""
    model = to_json(dicomkit.dcmread(path, force=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            theirs = pydicom.Dataset.from_json(model).to_json_dict()
        except ValueError as error:
            raise no_answer(str(error), PYDICOM_LIMITS) from None
    return sort_out(compared(flat(model), flat(json.loads(json.dumps(theirs)))), PYDICOM)[1]


@pytest.mark.slow
def test_pydicom_reads_nearly_all(corpus: object, require_package: Callable[[str], ModuleType]):
    """There are not more models than known that pydicom does not read."""
    pydicom = require_package("pydicom")
    _, without = asked(lambda path: set(through_pydicom(path, pydicom)))
    assert {limit.name: limit.files for limit in PYDICOM_LIMITS} == without


# -- and back ----------------------------------------------------------------------------------------------------------


def ours_again(difference: DataDifference) -> str:
    """Name the rule by which a data set may differ from itself after a way through a model, "" if there is none."""
    left, right = difference.left, difference.right
    if left is not None and left.tag.is_group_length:
        return "group length"
    if left is None or right is None or left.vr is not right.vr:
        return ""
    if left.vr is VR.PN and str(left.value).rstrip("=") == str(right.value):
        return "trailing delimiters"
    return ""


@EVERY_FILE
def test_round_trip(path: Path):
    """From the model, as objects and as text, comes an equal data set, with nothing to complain about."""
    ds = dicomkit.dcmread(path, force=True)
    text = "".join(iter_json(ds))
    model = to_json(ds)
    assert model == json.loads(text)
    for again in (from_json(model), from_json(text), from_json(text.encode())):
        assert [] == [str(found) for found in ds.diff(again) if not ours_again(found)]
        assert set() == {issue.code for issue in again.issues} - {issue.code for issue in ds.issues}
        assert model == to_json(again)
