"""``dicomkit diff``: what differs between two files, element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.cli.arguments import add_color, add_json, add_reading, read_options
from dicomkit.cli.element_lines import clipped
from dicomkit.cli.element_path import parse_tag
from dicomkit.cli.fields import to_fields
from dicomkit.cli.inputs import STANDARD_INPUT, read
from dicomkit.cli.terminal import TROUBLE, CommandError
from dicomkit.dataset.render import value_text
from dicomkit.dictionary import STANDARD
from dicomkit.errors import DicomError, counted, escaped, format_path

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.terminal import Terminal
    from dicomkit.dataset import DataElement, Dataset, Difference

__all__ = ["configure", "run"]

_LEAST_VALUE = 16


def configure(parser: Parser) -> None:
    """Add the command's arguments."""
    parser.add_argument("left", metavar="A", help="a file, or - for standard input")
    parser.add_argument("right", metavar="B", help="another")
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="ELEMENT",
        help="a keyword or tag that may differ, at any depth; several times for several",
    )
    parser.add_argument("--no-meta", action="store_true", help="do not compare the File Meta Information (group 0002)")
    add_json(parser, "a JSON object: same, and the differences with VR and value of both sides")
    add_color(parser)
    add_reading(parser)
    parser.examples(
        "dicomkit diff before.dcm after.dcm",
        "dicomkit diff --no-meta --ignore InstanceCreationTime a.dcm b.dcm && echo same",
    )


def run(arguments: Namespace, terminal: Terminal) -> int:
    """Print what differs; 0 if nothing does, 1 if something does."""
    if arguments.left == arguments.right == STANDARD_INPUT:
        raise CommandError("one of the two must be a file")
    ignored = {parse_tag(text) for text in arguments.ignore}
    sides: list[Dataset] = []
    for path in (arguments.left, arguments.right):
        try:
            sides.append(read(path, read_options(arguments)))
        except (DicomError, OSError) as error:
            terminal.error(error, path)
    if len(sides) < 2:
        return TROUBLE
    left, right = sides
    with terminal.progress(1, "comparing"):
        found = [] if arguments.no_meta else left.file_meta.diff(right.file_meta)
        found += left.diff(right)
        found = [difference for difference in found if ignored.isdisjoint(difference.path[::2])]
        if arguments.json:
            differences = [_to_json(difference) for difference in found]
    if arguments.json:
        names = {"left": arguments.left, "right": arguments.right}
        terminal.json({"same": not found, **names, "differences": differences})
    elif found:
        _show(found, arguments, terminal)
    return 1 if found else 0


def _to_json(difference: Difference) -> dict[str, object]:
    return {
        "path": format_path(difference.path),
        "keyword": _name(difference),
        "kind": difference.kind,
        "left": to_fields(difference.left),
        "right": to_fields(difference.right),
    }


def _show(found: Iterable[Difference], arguments: Namespace, terminal: Terminal) -> None:
    terminal.line(terminal.paint("red", f"--- {escaped(arguments.left, 1000)}"))
    terminal.line(terminal.paint("green", f"+++ {escaped(arguments.right, 1000)}"))
    width = terminal.width
    for difference in found:
        title = f"{terminal.paint('cyan', format_path(difference.path))} {terminal.paint('bold', _name(difference))}"
        if difference.item:
            count = "- the item is only there" if difference.item == "left" else "+ the item is only there"
            terminal.line(title)
            terminal.line(terminal.paint("red" if difference.item == "left" else "green", count))
            continue
        terminal.line(title)
        for sign, style, side in (("-", "red", difference.left), ("+", "green", difference.right)):
            if side is not None:
                terminal.line(terminal.paint(style, f"{sign} {side.vr} {_value(side, width - 5)}".rstrip()))


def _name(difference: Difference) -> str:
    """The keyword of the element, or of the sequence of an item; of a private element the dictionary's name."""
    side = difference.left or difference.right
    tag = difference.path[len(difference.path) - 1 & ~1]
    return STANDARD.keyword(tag) or (escaped(f"[{side.name}]") if side is not None and side.name else "")


def _value(element: DataElement, width: int) -> str:
    value = element.value
    if isinstance(value, bytes) and 16 < len(value):
        digest = to_fields(element) or {}
        return f"{counted(len(value), 'byte')}, SHA-256 {digest['sha256']}"
    room = max(width, _LEAST_VALUE)
    return clipped(value_text(element, room), room)
