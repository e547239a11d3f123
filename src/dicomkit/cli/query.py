"""Queries on the command line: keys, levels and models, and what is found as a table (PS3.4 C, K, CC)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dicomkit.cli.element_path import ALL, ElementPath, Step, parse_path
from dicomkit.cli.terminal import CommandError
from dicomkit.cli.values import element_from_text
from dicomkit.dataset import DataElement, Dataset, Sequence
from dicomkit.dataset.render import value_text
from dicomkit.dictionary import STANDARD
from dicomkit.errors import DicomError, escaped
from dicomkit.net.services import (
    COMPOSITE_INSTANCE_ROOT,
    PATIENT_ROOT,
    PATIENT_STUDY_ONLY,
    STUDY_ROOT,
    WITHOUT_BULK_DATA,
)

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.terminal import Terminal
    from dicomkit.net.services import InformationModel

__all__ = [
    "Column",
    "add_keys",
    "add_level",
    "columns_of",
    "model_of",
    "put_key",
    "query_of",
    "retrieval_of",
    "row_of",
    "show",
]

_MODELS = {
    "study": STUDY_ROOT,
    "patient": PATIENT_ROOT,
    "patient-study": PATIENT_STUDY_ONLY,
    "instance": COMPOSITE_INSTANCE_ROOT,
    "without-bulk-data": WITHOUT_BULK_DATA,
}
_LEVELS = ("PATIENT", "STUDY", "SERIES", "IMAGE")
_WIDEST = 64

# What is asked for at a level where no key is named, besides the unique keys above it.
_USUAL = {
    "PATIENT": ("PatientID", "PatientName", "PatientBirthDate", "PatientSex"),
    "STUDY": (
        "PatientID", "PatientName", "StudyDate", "StudyTime", "ModalitiesInStudy", "NumberOfStudyRelatedInstances",
        "StudyDescription", "AccessionNumber", "StudyInstanceUID",
    ),
    "SERIES": (
        "Modality", "SeriesNumber", "SeriesDescription", "NumberOfSeriesRelatedInstances", "SeriesInstanceUID",
    ),
    "IMAGE": ("InstanceNumber", "SOPClassUID", "SOPInstanceUID"),
}  # fmt: skip
_UNIQUE = {
    "PATIENT": "PatientID",
    "STUDY": "StudyInstanceUID",
    "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
}


# The order in which people read.
_PLACES = {
    keyword: place for place, keyword in enumerate(dict.fromkeys([key for level in _USUAL.values() for key in level]))
}


class Column(NamedTuple):
    """A column of what is found: an element, in the first item of sequences."""

    path: ElementPath

    @property
    def title(self) -> str:
        """The last keyword, or tag."""
        return STANDARD.keyword(self.path.tag) or str(self.path.tag)


def add_keys(parser: Parser, what: str) -> None:
    """Add the keys of a query."""
    parser.add_argument("keys", nargs="*", metavar="KEY[=VALUE]", help=what)


def add_level(parser: Parser, models: tuple[str, ...]) -> None:
    """Add --level and --model."""
    parser.add_argument(
        "--level",
        type=str.upper,
        choices=_LEVELS,
        help="PATIENT, STUDY, SERIES or IMAGE; that of the keys if not given",
    )
    parser.add_argument(
        "--model", choices=models, default=models[0], help=f"the information model ({models[0]} if not given)"
    )


def model_of(arguments: Namespace) -> InformationModel:
    """Return the information model that was named."""
    return _MODELS[arguments.model]


def query_of(keys: Iterable[str], level: str | None, *, usual: bool = True) -> Dataset:
    """Make an identifier of keys; `usual` adds what people want to see where none is asked for without a value."""
    query = Dataset()
    texts = list(keys)
    for text in texts:
        name, equals, value = text.partition("=")
        put_key(query, name, value if equals else None)
    level = level or _level_of(query)
    if usual and all("=" in text for text in texts):
        for keyword in _USUAL[level]:
            if keyword not in query:
                query[keyword] = None
    if _UNIQUE[level] not in query:
        query[_UNIQUE[level]] = None
    query.QueryRetrieveLevel = level
    return query


def retrieval_of(arguments: Namespace) -> Dataset:
    """Make the identifier of a retrieval from the keys; CommandError if they say nothing, which would be everything."""
    query = query_of(arguments.keys, arguments.level, usual=False)
    if not any(element.value and element.keyword != "QueryRetrieveLevel" for element in query):
        raise CommandError("say which instances: StudyInstanceUID=1.2.3, for one")
    return query


def _level_of(query: Dataset) -> str:
    """The lowest level whose unique key, or another key that no higher level has, is among the keys."""
    for level in ("IMAGE", "SERIES"):
        if any(keyword in query for keyword in _USUAL[level]):
            return level
    return "STUDY"


def put_key(query: Dataset, name: str, value: str | None) -> None:
    """Put one key; where sequences on the way are named without an item, it is their first."""
    steps = name.split(".")
    path = parse_path(".".join([step if "[" in step else f"{step}[0]" for step in steps[:-1]] + steps[-1:]))
    if path.is_meta or any(step.item == ALL for step in path.steps):
        raise CommandError(f"{escaped(name)} is no key of a query")
    try:
        for holder in path.holders(query, create=True):
            holder.add(_element(holder, path, value))
    except DicomError as error:
        raise CommandError(str(error)) from None


def _element(holder: Dataset, path: ElementPath, value: str | None) -> DataElement:
    entry = STANDARD.find(path.tag)
    if entry is not None and entry.vr == "SQ" and not value:
        return DataElement(path.tag, "SQ", Sequence())
    return element_from_text(holder, path.tag, "", value or "")


def columns_of(query: Dataset) -> list[Column]:
    """Return a column for each key that is no sequence, those of items too, in the order in which people read."""
    found: list[Column] = []
    stack: list[tuple[Dataset, tuple[Step, ...]]] = [(query, ())]
    while stack:
        ds, steps = stack.pop()
        for element in ds:
            here = (*steps, Step(element.tag, None))
            if isinstance(element.value, Sequence):
                if len(element.value):
                    stack.append((element.value[0], (*steps, Step(element.tag, 0))))
            elif STANDARD.keyword(element.tag) not in ("QueryRetrieveLevel", "SpecificCharacterSet"):
                found.append(Column(ElementPath(here)))
    return sorted(found, key=lambda column: _PLACES.get(column.title, len(_PLACES)))


def row_of(ds: Dataset, columns: Iterable[Column]) -> tuple[str, ...]:
    """Return the text of each column."""
    cells = []
    for column in columns:
        text = ""
        for holder in column.path.holders(ds):
            if column.path.tag in holder:
                text = value_text(holder[column.path.tag], 1 << 12)
        cells.append(escaped(text, 1 << 12))
    return tuple(cells)


def show(terminal: Terminal, columns: list[Column], matches: Iterable[Dataset]) -> int:
    """Write a table line by line, as matches come; return how many there were.

    The first lines decide how wide its columns are: a find of 100,000 matches is not kept.
    """
    count = 0
    widths = [len(column.title) for column in columns]
    kept: list[tuple[str, ...]] = []
    for match in matches:
        count += 1
        row = row_of(match, columns)
        if count <= 50:
            kept.append(row)
            widths = [min(max(width, len(cell)), _WIDEST) for width, cell in zip(widths, row, strict=True)]
            continue
        _write(terminal, columns, kept, widths)
        kept = []
        terminal.line(_line(row, widths))
    if count:
        _write(terminal, columns, kept, widths)
    return count


def _write(terminal: Terminal, columns: list[Column], rows: list[tuple[str, ...]], widths: list[int]) -> None:
    if rows:
        terminal.line(terminal.paint("bold", _line([column.title for column in columns], widths)))
        for row in rows:
            terminal.line(_line(row, widths))


def _line(cells: Iterable[str], widths: list[int]) -> str:
    # A UID that is cut could not be asked for.
    return "  ".join([f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)]).rstrip()
