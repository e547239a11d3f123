"""``dicomkit report``: Structured Reports and key object selections as text, HTML or JSON (PS3.3 C.17)."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from dicomkit.cli.arguments import add_color, add_files, add_json, add_reading, read_options
from dicomkit.cli.inputs import find_inputs, for_each, read
from dicomkit.cli.outputs import STANDARD_OUTPUT, plan_outputs, refuse_link, write_by
from dicomkit.cli.terminal import CommandError
from dicomkit.core.frozen import Frozen
from dicomkit.errors import escaped
from dicomkit.objects import content_problems, content_tree, report_html, report_text
from dicomkit.objects.content_constraints import IODS
from dicomkit.pixels.picture import write_image

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator
    from typing import BinaryIO

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.inputs import Input
    from dicomkit.cli.terminal import Terminal
    from dicomkit.dataset import Dataset
    from dicomkit.objects import ContentItem

__all__ = ["configure", "run"]

_PROBLEMS_SHOWN = 20


def configure(parser: Parser) -> None:
    """Add the command's arguments."""
    add_files(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--html", action="store_true", help="a page of HTML, which loads nothing and runs no scripts")
    form.add_argument(
        "--check", action="store_true", help="what the IOD of the report does not allow; status 1 if there is any"
    )
    add_json(form, "a JSON object a line for each file: its content items")  # type: ignore[arg-type]
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="write to this file, or into this folder if there are several; standard output without it",
    )
    add_color(parser)
    add_reading(parser)
    parser.examples(
        "dicomkit report sr.dcm",
        "dicomkit report sr.dcm --html -o sr.html",
        "dicomkit report --check reports/",
        "dicomkit report sr.dcm --json | jq '.items[] | select(.value_type == \"NUM\")'",
    )


def run(arguments: Namespace, terminal: Terminal) -> int:
    """Show each report; what is none is left out in folders, and counted."""
    if arguments.output is not None and (arguments.json or arguments.check):
        raise CommandError("-o takes text and --html")
    inputs, status = find_inputs(arguments.files, terminal)
    outputs: dict[Input, str] = {}
    if arguments.output is not None:
        ending = "html" if arguments.html else "txt"
        named = [file._replace(relative=f"{os.path.splitext(file.relative)[0]}.{ending}") for file in inputs]
        outputs = dict(zip(inputs, plan_outputs(named, arguments.output, terminal), strict=True))
    elif arguments.html and len(inputs) > 1:
        raise CommandError("standard output takes one page; name a folder with -o")
    left_out: list[str] = []
    act = partial(_show, arguments, terminal, outputs, left_out)
    status = max(status, for_each(inputs, terminal, "reading", act))
    if left_out:
        terminal.note(f"{len(left_out)} file{' is' if len(left_out) == 1 else 's are'} no report and left out")
    return status


def _show(
    arguments: Namespace,
    terminal: Terminal,
    outputs: dict[Input, str],
    left_out: list[str],
    file: Input,
) -> int:
    ds = read(file.path, read_options(arguments))
    if "ValueType" not in ds and not file.is_named:
        left_out.append(file.path)
        return 0
    if arguments.json:
        root = content_tree(ds)
        items = [_fields(item) for item in root.walk()]
        terminal.json({"file": file.path, "sop_class_uid": str(ds.get("SOPClassUID") or ""), "items": items})
        return 0
    if arguments.check:
        return _check(terminal, file, ds)
    text = report_html(ds) if arguments.html else report_text(ds)
    if outputs:
        refuse_link(file, outputs[file], arguments.output)
        write_by(outputs[file], partial(_put, text.encode("utf-8")))
        if outputs[file] != STANDARD_OUTPUT:
            terminal.line(f"{escaped(file.path, 1000)} -> {escaped(outputs[file], 1000)}")
        return 0
    if not file.is_named or len(arguments.files) > 1:
        terminal.line(terminal.paint("bold", f"{escaped(file.path, 1000)}:"))
    for line in text.removesuffix("\n").split("\n"):
        terminal.line(line)
    return 0


def _put(data: bytes, output: str | BinaryIO) -> None:
    if isinstance(output, str):
        write_image(output, data)
    else:
        output.write(data)


def _check(terminal: Terminal, file: Input, ds: Dataset) -> int:
    found = list(_problems(ds))
    name = escaped(file.path, 1000)
    for problem in found[:_PROBLEMS_SHOWN]:
        terminal.line(f"{name}: {escaped(problem, 400)}")
    if len(found) > _PROBLEMS_SHOWN:
        terminal.line(f"{name}: and {len(found) - _PROBLEMS_SHOWN} more")
    return 1 if found else 0


def _problems(ds: Dataset) -> Iterator[str]:
    """What is wrong with the tree, and what the IOD does not allow where its tables are known."""
    root = content_tree(ds)
    uid = str(ds.get("SOPClassUID") or "")
    for issue in ds.issues:
        yield str(issue)
    for iod in IODS.values():
        if iod.sop_class_uid == uid:
            yield from content_problems(root, iod.name)


def _fields(item: ContentItem) -> dict[str, object]:
    """What an item says, without what it does not say."""
    fields: dict[str, object] = {
        "position": list(item.position),
        "relationship": item.relationship,
        "value_type": item.value_type,
        "name": _plain(item.name),
        "value": _plain(item.value),
        "target": list(item.target),
        "observed": item.observed,
        "continuity": item.continuity,
        "template": item.template,
    }
    return {name: value for name, value in fields.items() if value not in ("", None, [])}


def _plain(value: object) -> object:
    """A value for JSON: frozen values as objects of the fields that they have, infinite coordinates as text."""
    if isinstance(value, Frozen):
        fields = {name: _plain(field) for name, field in value._as_dict().items()}
        return {name: field for name, field in fields.items() if field not in ("", None, [])}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float) and value - value != 0:
        return repr(value)  # RFC 8259 section 6 has no NaN and no infinity
    return value
