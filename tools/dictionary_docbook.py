"""Take the rows of the standard's own DocBook source (PS3.6 sections 6 to 9 and annex A, PS3.7 annex E).

A table is found by what its header row says and not by its number, because annexes were renumbered before. A row of
the standard replaces ours; ours that the standard does not have stay and are named, as the number space is shared
with other standards (DICONDE) and the registry of UIDs forgets nothing.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

from dictionary_facts import ContextGroupRow, EditionRow, ElementRow, Facts, UIDRow

BOOK = "{http://docbook.org/ns/docbook}"

# Inserted by the editors of the standard where a line may be broken.
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
# The dictionary is compared as text by users and tests; it keeps to ASCII as PS3.6 mostly does.
PLAIN = str.maketrans({"\u00b5": "u", "\u03bc": "u", "\u2019": "'", "\u2013": "-", "\u2014": "-", "\u00a0": " "})

ELEMENT_HEADER = ("Tag", "Name", "Keyword", "VR", "VM")
COMMAND_HEADER = ("Message Field", "Tag", "Keyword", "VR", "VM")
UID_HEADER = ("UID Value", "UID Name", "UID Keyword", "UID Type")
FRAME_HEADER = ("UID Value", "UID Name", "UID Keyword", "Normative Reference")
CONTEXT_GROUP_HEADER = ("Context UID", "Context Identifier", "Context Group Name")


def updated(facts: Facts, path: Path) -> tuple[Facts, list[str]]:
    """Give the facts after taking over a part of the standard, and lines that say what changed."""
    root = ET.parse(path).getroot()
    match = re.search(r"PS3\.([67])\s+(\d{4}[a-z])", cell_text(root.find(f"{BOOK}subtitle")))
    if match is None:
        raise SystemExit(f"{path}: the subtitle does not say PS3.6 or PS3.7 and an edition")
    part, edition = f"PS3.{match[1]}", match[2]
    elements: list[ElementRow] = []
    uids: list[UIDRow] = []
    groups: list[ContextGroupRow] = []
    for table in root.iter(f"{BOOK}table"):
        header, rows = table_rows(table)
        if header[:5] in (ELEMENT_HEADER, COMMAND_HEADER):
            is_retired = "Retired" in cell_text(table.find(f"{BOOK}caption"))
            elements += [element_row(header, row, edition, part, is_retired) for row in rows]
        elif header[:4] in (UID_HEADER, FRAME_HEADER):
            uids += [uid_row(header, row) for row in rows]
        elif header[:3] == CONTEXT_GROUP_HEADER:
            groups += [ContextGroupRow(joined(row[0]), row[1].removeprefix("CID").strip()) for row in rows]
    if not elements:
        raise SystemExit(f"{path}: found no table of data elements")
    editions = [EditionRow(part, edition), *(row for row in facts.editions if row.part != part)]
    return merged(facts, elements, uids, groups, sorted(editions), f"{part} {edition}")


def table_rows(table: ET.Element) -> tuple[tuple[str, ...], list[list[str]]]:
    """Give the header and the body rows of a table as text."""
    head = table.find(f"{BOOK}thead/{BOOK}tr")
    header = () if head is None else tuple(cell_text(cell) for cell in head)
    body = [[cell_text(cell) for cell in row] for row in table.iterfind(f"{BOOK}tbody/{BOOK}tr")]
    return header, [row + [""] * (len(header) - len(row)) for row in body]


def cell_text(cell: ET.Element | None) -> str:
    """Give the text of a cell whatever it is wrapped in, without what is not seen."""
    if cell is None:
        return ""
    text = " ".join("".join(cell.itertext()).translate(INVISIBLE).translate(PLAIN).split())
    link = cell.find(f".//{BOOK}olink")
    # Table A-3 only points at the context groups of PS3.16: targetptr="sect_CID_29".
    return link.get("targetptr", "").removeprefix("sect_CID_") if not text and link is not None else text


def joined(text: str) -> str:
    """Give a UID or keyword without the blanks of a line break in the source."""
    return "".join(text.split())


def element_row(header: tuple[str, ...], cells: list[str], edition: str, part: str, is_retired: bool) -> ElementRow:
    """Give a row of the dictionary; the last column of PS3.6 has no title and holds remarks such as "RET (2007)"."""
    row = dict(zip(header, cells, strict=False))
    name = row.get("Name") or row.get("Message Field", "")
    remark = cells[5] if len(cells) > 5 and header[:5] == ELEMENT_HEADER else ""
    vr, vm = row["VR"], row["VM"]
    if vr.startswith("See"):  # the item and delimiter tags: "See Note 2"
        vr = "NONE"
    if not row["Keyword"] and not vr:  # rows that were blanked out when they were retired
        name, vr, vm = "Retired-blank", "OB", "1"
    # "1-n or 1" (0028,1200) depends on the VR; the wider one holds for both.
    vm = vm.split(" or ")[0]
    retired = "Y" if is_retired or remark.startswith("RET") else ""
    tag = re.sub(r"[(),\s]", "", row["Tag"])
    # A lower-case x is a placeholder, upper-case digits are numbers.
    tag = "".join("x" if digit in "xX" else digit.upper() for digit in tag)
    if re.fullmatch(r"[0-9A-Fx]{8}", tag) is None:
        raise SystemExit(f"not a tag: {row['Tag']!r}")
    return ElementRow(tag, joined(row["Keyword"]), name, vr, vm, retired, edition, f"DocBook {part} {edition}")


def uid_row(header: tuple[str, ...], cells: list[str]) -> UIDRow:
    """Give a row of the registry; the standard writes "(Retired)" and remarks after a colon behind the name."""
    row = dict(zip(header, cells, strict=False))
    kind = row.get("UID Type") or "Well-known frame of reference"
    name, _, info = (part.strip() for part in row["UID Name"].replace("(Retired)", "").partition(":"))
    retired = "Y" if "(Retired)" in row["UID Name"] else ""
    return UIDRow(joined(row["UID Value"]), name.replace("&", "and"), kind, joined(row["UID Keyword"]), retired, info)


def merged(
    facts: Facts,
    elements: list[ElementRow],
    uids: list[UIDRow],
    groups: list[ContextGroupRow],
    editions: list[EditionRow],
    what: str,
) -> tuple[Facts, list[str]]:
    """Give the facts with rows replaced and added, and lines that say which."""
    remarks: list[str] = []
    merged_elements = {row.tag: row for row in facts.elements}
    for new in elements:
        old = merged_elements.get(new.tag)
        if old is not None and old[1:6] == new[1:6]:
            continue  # keeps saying since when and from where it is known
        remarks.append(f"{what}: ({new.tag[:4]},{new.tag[4:]}) {'new' if old is None else 'changed'}: {new.keyword}")
        if old is not None and not new.keyword and not old.keyword:
            new = old  # a blanked-out row: its VR of convenience stays
        merged_elements[new.tag] = new
    covered = {row.tag[:4] == "0000" for row in elements}
    seen = {row.tag for row in elements}
    for tag, row in merged_elements.items():
        if tag not in seen and (tag[:4] == "0000") in covered:
            remarks.append(f"{what}: ({tag[:4]},{tag[4:]}) is not in it and stays: {row.keyword}")
    merged_uids = {row.uid: row for row in facts.uids}
    merged_groups = {row.uid: row for row in facts.context_groups}
    for uid in uids:
        if merged_uids.get(uid.uid) != uid:
            remarks.append(f"{what}: {uid.uid} {'changed' if uid.uid in merged_uids else 'new'}: {uid.name}")
            merged_uids[uid.uid] = uid
    for group in groups:
        if merged_groups.get(group.uid) != group:
            remarks.append(f"{what}: context group {group.uid} is CID {group.cid}")
            merged_groups[group.uid] = group
    rows = list(merged_elements.values()), list(merged_uids.values()), list(merged_groups.values())
    return Facts(*rows, facts.private, editions), remarks
