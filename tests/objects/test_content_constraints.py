"""The tables of value types and relationships against DCMTK's, and what is said of trees that break them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import dicomkit
from dicomkit.objects import (
    Code,
    ContentItem,
    Graphic,
    Measurement,
    Reference,
    TemporalRange,
    by_reference,
    content_item,
    content_problems,
    structured_report,
)
from dicomkit.objects.content_constraints import IODS
from dicomkit.objects.content_encoding import put_content

NAME = Code(value="121071", scheme="DCM", meaning="Finding")
UNITS = Code(value="mm", scheme="UCUM", meaning="millimeter")
CT, ECG = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.9.1.1"
VALUES: dict[str, object] = {
    "TEXT": "words",
    "CODE": NAME,
    "NUM": Measurement(value="1", units=UNITS),
    "PNAME": "Doe^Jane",
    "DATE": "20200102",
    "TIME": "101112",
    "DATETIME": "20200102101112",
    "UIDREF": "1.2.3",
    "COMPOSITE": Reference(sop_class_uid=CT, sop_instance_uid="1.2.4"),
    "IMAGE": Reference(sop_class_uid=CT, sop_instance_uid="1.2.4"),
    "WAVEFORM": Reference(sop_class_uid=ECG, sop_instance_uid="1.2.5"),
    "SCOORD": Graphic(kind="POINT", points=((1.0, 2.0),)),
    "SCOORD3D": Graphic(kind="POINT", points=((1.0, 2.0, 3.0),), frame_of_reference_uid="1.2.6"),
    "TCOORD": TemporalRange(kind="POINT", seconds=(1.0,)),
    "CONTAINER": None,
}
RELATIONSHIPS = (
    "CONTAINS", "HAS OBS CONTEXT", "HAS ACQ CONTEXT", "HAS CONCEPT MOD", "HAS PROPERTIES", "INFERRED FROM",
    "SELECTED FROM",
)  # fmt: skip


def item(value_type: str, relationship: str = "CONTAINS", *children: ContentItem) -> ContentItem:
    """Make an item of a value type, with a value that is right."""
    return content_item(value_type, NAME, VALUES[value_type], relationship=relationship, children=children)  # type: ignore[call-overload]


#: What DCMTK 3.6.7 refuses: the one by a condition that a later version mended, the others are of CP-2595.
MENDED = ("CONTAINER", "HAS OBS CONTEXT", "CONTAINER")


def complaints(iod: str, items: list[ContentItem], folder: Path, program: str) -> str:
    """Give what dsrdump says of a document of these items, which it reads past what it does not like."""
    document = structured_report(content_item("CONTAINER", NAME), SOPClassUID=IODS[iod].sop_class_uid)
    document.Modality = "KO" if iod.startswith("Key") else "SR"
    root = content_item("CONTAINER", NAME, relationship="", children=items)
    root.number()
    put_content(document, root, {})
    document.save_as(folder / "sr.dcm")
    command = [program, "-Ei", "-Ph", str(folder / "sr.dcm")]
    return subprocess.run(command, capture_output=True, check=True, text=True).stderr


@pytest.mark.interop
@pytest.mark.parametrize("iod", [name for name in IODS if not name.startswith("Key")])
def test_value_types_are_allowed_as_dcmtk_allows_them(iod: str, tmp_path: Path, require_peer: Callable[[str], str]):
    """Every source and target value type in every relationship, by value."""
    table = IODS[iod]
    # DCMTK leaves out what follows an item that it does not like, so that each source has one item below it.
    sources = [name for name in VALUES if table.allows("CONTAINER", "CONTAINS", name)]
    said = complaints(
        iod,
        [item(s, "CONTAINS", item(t, r)) for s in sources for r in RELATIONSHIPS for t in VALUES],
        tmp_path,
        require_peer("dsrdump"),
    )
    refused = {
        (source, f"{relationship} {target}")
        for source in sources
        for relationship in RELATIONSHIPS
        for target in VALUES
        if not table.allows(source, relationship, target)
    }
    theirs = {(what[1], what[0].upper()) for what in re.findall(r'Cannot add "([^"]+)" to (\w+) in', said)}
    assert theirs - {(MENDED[0], f"{MENDED[1]} {MENDED[2]}")} == refused


@pytest.mark.interop
@pytest.mark.parametrize("relationship", [name for name in RELATIONSHIPS if name != "HAS ACQ CONTEXT"])
def test_the_root_has_what_dcmtk_lets_it_have(relationship: str, tmp_path: Path, require_peer: Callable[[str], str]):
    """Key Object Selection Documents, where the root alone has items, have what DCMTK lets them have."""
    table = IODS["Key Object Selection Document"]
    for target in VALUES.keys() - {"CONTAINER"}:
        said = complaints(table.name, [item(target, relationship)], tmp_path, require_peer("dsrdump"))
        assert ("Cannot add" not in said) == table.allows("CONTAINER", relationship, target), target


@pytest.mark.interop
@pytest.mark.parametrize("iod", ["Comprehensive SR", "Comprehensive 3D SR"])
def test_value_types_are_allowed_by_reference_as_dcmtk_does(
    iod: str, tmp_path: Path, require_peer: Callable[[str], str]
):
    """Likewise by reference, which Basic Text and Enhanced SR do not know."""
    table = IODS[iod]
    targets = {name: item(name) for name in VALUES if name in table.value_types}
    triples = [
        (source, relationship, target) for source in targets for relationship in RELATIONSHIPS for target in targets
    ]
    references = [item(s, "CONTAINS", by_reference(targets[t], r)) for s, r, t in triples]
    said = complaints(iod, [*targets.values(), *references], tmp_path, require_peer("dsrdump"))
    numbers = {int(number) for number in re.findall(r'between content item "1\.(\d+)\.1" and', said)}
    refused = {triples[number - len(targets) - 1] for number in numbers}
    assert refused - {MENDED} == {triple for triple in triples if not table.allows(*triple, by_reference=True)}
    basic = IODS["Basic Text SR"]
    assert not any(basic.allows(*triple, by_reference=True) for triple in triples)


def problems(*children: ContentItem, iod: str = "Comprehensive 3D SR") -> list[str]:
    """Say what is wrong with a tree of these items."""
    root = content_item("CONTAINER", NAME, children=children)
    root.number()
    return list(content_problems(root, iod))


def test_what_is_right():
    """Nothing is said of items that are as they should be."""
    assert [] == problems(*[item(name) for name in VALUES])


@pytest.mark.parametrize(
    ("child", "text"),
    [
        (content_item("TEXT", None, "x"), "1.1 TEXT: TEXT needs a name (PS3.3 C.17.3.2.2)"),  # type: ignore[call-overload]
        (content_item("TEXT", NAME, ""), "1.1 TEXT Finding: the value is empty"),
        (content_item("NUM", NAME, 5), "1.1 NUM Finding: the value is a Measurement, not int"),  # type: ignore[call-overload]
        (content_item("NUM", NAME, Measurement(value="5")), "needs units"),
        (content_item("CODE", NAME, Code(value="1", meaning="One")), "the code of the value has no scheme"),
        (content_item("CODE", Code(meaning="One"), NAME), "the code of the name has no value and no scheme"),
        (content_item("CODE", NAME, Code(value="1", scheme="X", meaning="m" * 65)), "has more than 64 characters"),
        (content_item("CODE", NAME, Code(value="1", scheme="X", meaning="a\\b")), "has a backslash"),
        (content_item("PNAME", NAME, "a\\b"), "would make several values"),
        (content_item("NUM", NAME, Measurement(units=UNITS)), "no units of no number"),
        (content_item("SCOORD", None, Graphic(kind="POINT", points=((1, float("nan")),))), "finite"),
        (content_item("TCOORD", None, TemporalRange(kind="POINT", seconds=(float("inf"),))), "finite"),
        (content_item("IMAGE", None, Reference(sop_class_uid=CT)), "without a SOP Instance UID"),
        (content_item("COMPOSITE", None, VALUES["IMAGE"].replace(frames=(1,))), "COMPOSITE has no frames"),  # type: ignore[attr-defined]
        (content_item("IMAGE", None, VALUES["IMAGE"].replace(frames=(0,))), "count from 1"),  # type: ignore[attr-defined]
        (content_item("IMAGE", None, VALUES["IMAGE"].replace(channels=((1, 1),))), "no channels"),  # type: ignore[attr-defined]
        (content_item("SCOORD", None, Graphic(kind="CIRCLE", points=((1, 2),))), "a CIRCLE of 1 points"),
        (content_item("SCOORD", None, Graphic(kind="POLYGON", points=((1, 2),))), "a SCOORD is one of POINT"),
        (content_item("SCOORD", None, Graphic(kind="POINT", points=((1, 2, 3),))), "have 2 coordinates"),
        (content_item("SCOORD3D", None, Graphic(kind="POINT", points=((1, 2, 3),))), "Frame of Reference UID"),
        (content_item("TCOORD", None, TemporalRange(kind="SEGMENT", seconds=(1,))), "a SEGMENT of 1 positions"),
        (content_item("TCOORD", None, TemporalRange(kind="POINT")), "either samples or seconds or times"),
        (ContentItem((), "CONTAINS", "SOUND"), "1.1 SOUND: Comprehensive 3D SR has no SOUND (PS3.3 A.35.13.3.1.1)"),
        (ContentItem((), "CONTAINS"), "an item by reference with nothing that it refers to"),
    ],
)
def test_what_is_wrong_with_an_item(child: ContentItem, text: str):
    """Each problem has the position, what it is, and the section."""
    found = problems(child)
    assert [True] == [text in problem for problem in found if "CONTAINER CONTAINS" not in problem]


def test_what_is_wrong_with_relationships():
    """The table of the IOD decides, and no reference leads back to where it stands."""
    child = item("DATE", "CONTAINS", item("TEXT", "HAS PROPERTIES"))
    assert ["1.1.1 TEXT Finding: Comprehensive SR has no DATE HAS PROPERTIES TEXT (PS3.3 A.35.3.3.1.2)"] == problems(
        child, iod="Comprehensive SR"
    )
    finding = item("TEXT")
    finding.children = [by_reference(finding, "INFERRED FROM")]
    assert ["1.1.1: refers to 1.1, which leads back to it (PS3.3 A.35.13.3.1.2)"] == problems(finding)
    first, second = item("TEXT"), item("TEXT")
    first.children, second.children = [by_reference(second, "INFERRED FROM")], [by_reference(first, "INFERRED FROM")]
    assert ["1.2.1: refers to 1.1, which leads back to it (PS3.3 A.35.13.3.1.2)"] == problems(first, second)


def test_what_is_read_can_be_asked(corpus: object):
    """A tree from a file is checked by the IOD that the file says it is of."""
    document = dicomkit.dcmread(structured_report(item("CONTAINER", "", item("NUM"))).to_bytes())
    root = dicomkit.objects.content_tree(document)
    assert ([], 1) == (list(content_problems(root, "Enhanced SR")), len(list(content_problems(root, "Basic Text SR"))))
    with pytest.raises(KeyError):
        next(content_problems(root, "Procedure Log"))
