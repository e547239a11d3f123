"""``dicomkit dump``: what is in files, for people or as JSON (PS3.18 F) or XML (PS3.19 A)."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentTypeError
from functools import partial
from typing import TYPE_CHECKING

from dicomkit._lazy import load
from dicomkit.cli.arguments import add_color, add_files, add_reading, read_options
from dicomkit.cli.element_lines import ElementLines
from dicomkit.cli.element_path import parse_path
from dicomkit.cli.inputs import STANDARD_INPUT, find_inputs, for_each, read
from dicomkit.cli.rows import rows
from dicomkit.cli.terminal import CommandError
from dicomkit.cli.values import uid_name
from dicomkit.dictionary import STANDARD
from dicomkit.errors import DicomError, counted, escaped, format_path

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.element_path import ElementPath
    from dicomkit.cli.inputs import Input
    from dicomkit.cli.terminal import Terminal
    from dicomkit.core.issue import Issue
    from dicomkit.dataset import Dataset

__all__ = ["configure", "run"]

# A file with more has a systematic fault, which the first ones show; --issues gives all.
_ISSUES_SHOWN = 20


def configure(parser: Parser) -> None:
    """Add the command's arguments."""
    add_files(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--json", action="store_true", help="a JSON object a line for each file: DICOM JSON Model and issues"
    )
    form.add_argument("--xml", action="store_true", help="the Native DICOM Model of PS3.19; one file")
    parser.add_argument(
        "--check", action="store_true", help="decode and check every value; status 1 if a file has issues"
    )
    parser.add_argument("--issues", action="store_true", help="only the issues, all of them, without the elements")
    parser.add_argument(
        "--tag",
        action="append",
        default=[],
        metavar="ELEMENT",
        help="only this element, wherever it is: a keyword, a tag, or a path as ContentSequence[0].ValueType",
    )
    parser.add_argument("--no-pixels", action="store_true", help="leave out Pixel Data and what follows it")
    parser.add_argument("--max-depth", type=_count, metavar="N", help="go into at most N levels of sequences")
    parser.add_argument(
        "--width", type=_count, metavar="N", help="characters a line, 0 for whole values; the terminal's, 160 elsewhere"
    )
    add_color(parser)
    add_reading(parser)
    parser.examples(
        "dicomkit dump image.dcm",
        "dicomkit dump --tag PatientID --tag 0008,0060 folder/",
        "dicomkit dump --check --issues folder/",
        "dicomkit dump --json image.dcm | jq '.dataset[\"00100010\"]'",
    )


def _count(text: str) -> int:
    """A number from 0."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ArgumentTypeError(f"{escaped(text, 40)!r} is no number from 0")
    return int(text)


def run(arguments: Namespace, terminal: Terminal) -> int:
    """Show each file."""
    selection = [parse_path(text) for text in arguments.tag]
    inputs, status = find_inputs(arguments.files, terminal)
    if arguments.xml and (len(inputs) > 1 or selection):
        raise CommandError("--xml gives the document of one whole file")
    hits: list[int] = []
    act, failed = partial(_show, arguments, terminal, selection, hits, len(inputs) > 1), None
    if arguments.xml:
        act = partial(_show_xml, arguments, terminal)
    elif arguments.json:
        if any(len(path.steps) > 1 or path.item is not None for path in selection):
            raise CommandError("--json takes elements of the top level with --tag")
        act = partial(_show_json, arguments, terminal, selection)

        def failed(file: Input, message: str) -> None:
            terminal.json({"file": file.path, "error": message})

    status = max(status, for_each(inputs, terminal, "reading", act, failed=failed, has_bar=not terminal.is_terminal))
    if hits and not any(hits) and not status:
        terminal.note(f"no {' or '.join(arguments.tag)} there")
        return 1
    return status


def _read(arguments: Namespace, file: Input) -> Dataset:
    return read(file.path, read_options(arguments).replace(stop_before_pixels=bool(arguments.no_pixels)))


# -- for machines ------------------------------------------------------------------------------------------------------


def _show_json(arguments: Namespace, terminal: Terminal, selection: list[ElementPath], file: Input) -> int:
    ds = _read(arguments, file)
    if arguments.check:
        ds.check()
    terminal.json_pieces(_json(arguments, selection, file, ds))
    return 1 if arguments.check and ds.issues else 0


def _json(arguments: Namespace, selection: list[ElementPath], file: Input, ds: Dataset) -> Iterator[str]:
    """The object of a file in pieces: long values are never in memory as a whole."""
    yield f'{{"file":{json.dumps(file.path)},"transfer_syntax":{json.dumps(str.__str__(ds.transfer_syntax.uid))}'
    if not arguments.issues:
        iter_json = load("iter_json")
        for name, part in (("meta", ds.file_meta), ("dataset", ds)):
            yield f',"{name}":'
            yield from iter_json(_selected(part, selection))
    issues = [issue.to_json() for issue in ds.issues]  # those of decoding too
    yield f',"issues":{json.dumps(issues)},"issues_dropped":{ds._context.collector.dropped}}}'


def _selected(ds: Dataset, selection: list[ElementPath]) -> Dataset:
    if not selection:
        return ds
    wanted = {path.tag for path in selection}
    part = ds.copy()
    for tag in ds.keys():  # noqa: SIM118  iterating a data set gives elements
        if tag not in wanted:
            del part[tag]
    return part


def _show_xml(arguments: Namespace, terminal: Terminal, file: Input) -> int:
    ds = _read(arguments, file)
    if arguments.check:
        ds.check()
    pieces: Iterator[bytes] = load("iter_xml")(ds)
    if terminal.is_terminal:
        for piece in pieces:
            sys.stdout.write(_harmless(piece.decode("utf-8")))
        terminal.line()
    else:
        sys.stdout.flush()
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    return 1 if arguments.check and ds.issues else 0


def _harmless(text: str) -> str:
    """XML with character references for what could move a terminal's cursor; it means the same."""
    if text.isprintable():
        return text
    return "".join([c if c.isprintable() or c in "\n\t" else f"&#{ord(c)};" for c in text])


# -- for people --------------------------------------------------------------------------------------------------------


def _show(
    arguments: Namespace,
    terminal: Terminal,
    selection: list[ElementPath],
    hits: list[int],
    has_more: bool,
    file: Input,
) -> int:
    ds = _read(arguments, file)
    if arguments.issues:
        return _show_issues_only(arguments, terminal, file, ds)
    show = ElementLines(terminal, terminal.width if arguments.width is None else arguments.width)
    if not selection or has_more:
        _show_head(terminal, file, ds)
    if selection:
        hits.append(_show_selected(arguments, terminal, show, selection, ds))
    else:
        for part in (ds.file_meta, ds):
            for row in rows(part, arguments.max_depth):
                terminal.line(show.line(part, row))
            if part is not ds and len(part):
                terminal.line()
    if arguments.check:
        ds.check()
    if (not selection or arguments.check) and ds.issues:
        terminal.line()
        _show_issues(terminal, ds, _ISSUES_SHOWN)
    if has_more:
        terminal.line()
    return 1 if arguments.check and ds.issues else 0


def _show_issues_only(arguments: Namespace, terminal: Terminal, file: Input, ds: Dataset) -> int:
    issues = ds.check() if arguments.check else ds.issues
    terminal.line(f"{terminal.paint('bold', _name(file))}{'' if issues else ': no issues'}")
    if issues:
        _show_issues(terminal, ds, None)
    return 1 if arguments.check and issues else 0


def _name(file: Input) -> str:
    return "standard input" if file.path == STANDARD_INPUT else escaped(file.path, 1000)


def _show_head(terminal: Terminal, file: Input, ds: Dataset) -> None:
    terminal.line(terminal.paint("bold", _name(file)))
    size = file.size
    syntax = ds.transfer_syntax
    facts = [
        uid_name(_sop_class(ds)),
        escaped(syntax.name or syntax.uid),
        "" if size is None else counted(size, "byte"),
    ]
    terminal.line(terminal.paint("dim", ", ".join(fact for fact in facts if fact)))
    terminal.line()


def _sop_class(ds: Dataset) -> object:
    try:
        return ds.get("SOPClassUID") or ds.file_meta.get("MediaStorageSOPClassUID")
    except DicomError:
        return None


def _show_selected(
    arguments: Namespace, terminal: Terminal, show: ElementLines, selection: list[ElementPath], ds: Dataset
) -> int:
    """Show what --tag names, and return how many elements that were."""
    count = 0
    for part in (ds.file_meta, ds):
        inside = -1
        for row in rows(part, arguments.max_depth):
            if inside >= 0 and row.depth > inside:
                terminal.line(show.line(part, row, row.depth - inside))
                continue
            inside = -1
            if any(_is_meant(path, row.path, row.element) for path in selection if row.element is not None):
                inside = row.depth
                terminal.line(show.line(part, row, 0, with_path=True))
                count += 1
    return count


def _is_meant(wanted: ElementPath, path: tuple[int, ...], element: object) -> bool:
    """Whether a row is what --tag names: a single step at any depth, a path where it leads."""
    if wanted.tag != element.tag:  # type: ignore[attr-defined]  # an element
        return False
    if len(wanted.steps) == 1:
        return True
    steps = wanted.steps[:-1]
    if len(path) != 2 * len(steps):
        return False
    return all(path[2 * n] == step.tag and step.item in (path[2 * n + 1], -1) for n, step in enumerate(steps))


def _issue_text(issue: Issue) -> str:
    """The issue with the keyword of its element."""
    tags = [step for position, step in enumerate(issue.path) if position % 2 == 0]
    keyword = STANDARD.keyword(tags[-1]) if tags else ""
    where = [format_path(issue.path), keyword, "" if issue.offset is None else f"@{issue.offset}"]
    text = f"{' '.join(part for part in where if part)}: {issue.code}: {issue.message}"
    return escaped(f"{text}; {issue.action}" if issue.action else text, 300)


def _show_issues(terminal: Terminal, ds: Dataset, most: int | None) -> None:
    issues, dropped = ds.issues, ds._context.collector.dropped
    count = len(issues) + dropped
    terminal.line(terminal.paint("bold yellow", f"{count:,} issue{'' if count == 1 else 's'}"))
    shown = issues if most is None else issues[:most]
    for issue in shown:
        terminal.line(terminal.paint("yellow", f"  {_issue_text(issue)}"))
    if len(shown) < count:
        rest = count - len(shown)
        terminal.line(terminal.paint("yellow", f"  and {rest:,} more{'' if most is None else '; --issues shows them'}"))
