"""Read and write the tables of ``tools/data`` that the data dictionary is generated from (PS3.6, PS3.7 annex E)."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).resolve().parent / "data"


class ElementRow(NamedTuple):
    """A line of ``dictionary.tsv``; `tag` is eight characters in which ``x`` is any hexadecimal digit."""

    tag: str
    keyword: str
    name: str
    vr: str
    vm: str
    retired: str
    edition: str
    source: str


class UIDRow(NamedTuple):
    """A line of ``uids.tsv``."""

    uid: str
    name: str
    type: str
    keyword: str
    retired: str
    info: str


class ContextGroupRow(NamedTuple):
    """A line of ``context_group_uids.tsv``; `cid` is empty for the few whose number nobody published."""

    uid: str
    cid: str


class PrivateRow(NamedTuple):
    """A line of ``private_dictionary.tsv``; groups and element in hexadecimal."""

    creator: str
    group_from: str
    group_to: str
    element: str
    vr: str
    vm: str
    name: str
    sources: str
    alternatives: str


class EditionRow(NamedTuple):
    """A line of ``edition.tsv``."""

    part: str
    edition: str


class Facts(NamedTuple):
    """Everything the generated files are made from."""

    elements: list[ElementRow]
    uids: list[UIDRow]
    context_groups: list[ContextGroupRow]
    private: list[PrivateRow]
    editions: list[EditionRow]

    def edition(self, part: str) -> str:
        """Give the edition of `part`, such as ``"2026d"``."""
        return next(row.edition for row in self.editions if row.part == part)


def read_rows(path: Path, header: tuple[str, ...]) -> list[list[str]]:
    """Give the cells of a table, after checking its header and the number of cells of each line."""
    first, *lines = path.read_text(encoding="utf-8").splitlines()
    if tuple(first.split("\t")) != header:
        raise SystemExit(f"{path}: the header is {first!r}, expected {header}")
    rows = [line.split("\t") for line in lines]
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise SystemExit(f"{path}:{number}: {len(row)} cells, expected {len(header)}")
    return rows


def write_rows(path: Path, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Write a table."""
    path.write_text("".join("\t".join(row) + "\n" for row in [header, *rows]), encoding="utf-8", newline="\n")


def arcs(uid: str) -> tuple[int, ...]:
    """Give the components of a UID as numbers, for sorting."""
    return tuple(int(component) for component in uid.split("."))


def read_facts(folder: Path) -> Facts:
    """Read the five tables of `folder`."""
    return Facts(
        [ElementRow(*row) for row in read_rows(folder / "dictionary.tsv", ElementRow._fields)],
        [UIDRow(*row) for row in read_rows(folder / "uids.tsv", UIDRow._fields)],
        [ContextGroupRow(*row) for row in read_rows(folder / "context_group_uids.tsv", ContextGroupRow._fields)],
        [PrivateRow(*row) for row in read_rows(folder / "private_dictionary.tsv", PrivateRow._fields)],
        [EditionRow(*row) for row in read_rows(folder / "edition.tsv", EditionRow._fields)],
    )


def write_facts(folder: Path, facts: Facts) -> None:
    """Write the tables that the standard's XML can change, sorted; the private dictionary is not the standard's."""
    write_rows(folder / "dictionary.tsv", ElementRow._fields, sorted(facts.elements, key=lambda row: row.tag))
    write_rows(folder / "uids.tsv", UIDRow._fields, sorted(facts.uids, key=lambda row: arcs(row.uid)))
    write_rows(
        folder / "context_group_uids.tsv",
        ContextGroupRow._fields,
        sorted(facts.context_groups, key=lambda row: arcs(row.uid)),
    )
    write_rows(folder / "edition.tsv", EditionRow._fields, list(facts.editions))
