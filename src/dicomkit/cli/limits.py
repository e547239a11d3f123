"""``dicomkit limits``: the bounds on what a source, a peer or all peers may make dicomkit do, with their reasons."""

from __future__ import annotations

import ast
import inspect
import textwrap
from itertools import pairwise
from typing import TYPE_CHECKING

from dicomkit.cli.arguments import add_color, add_json
from dicomkit.core.limits import DEFAULT_LIMITS, Limits
from dicomkit.net.options import DEFAULT_ASSOCIATION, DEFAULT_SERVER

if TYPE_CHECKING:
    from argparse import Namespace

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.terminal import Terminal
    from dicomkit.core.frozen import Options

__all__ = ["configure", "reasons", "run"]

_UNITS = ((1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki"))

_PARTS = (("association", DEFAULT_ASSOCIATION), ("server", DEFAULT_SERVER))
"""What the network adds, each an object of its own in JSON."""


def configure(parser: Parser) -> None:
    """Add the command's arguments."""
    add_json(parser, "a JSON object: name → value and reason; those of association and server in objects of their own")
    add_color(parser)
    parser.examples(
        "dicomkit limits", "dicomkit dump --limit depth=1000 deep.dcm", "dicomkit limits --json | jq .server"
    )


def run(arguments: Namespace, terminal: Terminal) -> int:
    """Print the table."""
    if arguments.json:
        answer = _as_json(DEFAULT_LIMITS)
        terminal.json({**answer, **{name: _as_json(options) for name, options in _PARTS}})
        return 0
    _print(DEFAULT_LIMITS, "", terminal)
    for name, options in _PARTS:
        _print(options, f"{name}.", terminal)
    return 0


def _bounds(options: Options) -> dict[str, object]:
    """The fields that are numbers, or None in a number's place: bounds and times, not names or other options."""
    kinds = type(options).__annotations__
    values = options._as_dict().items()
    return {name: value for name, value in values if kinds[name].partition(" ")[0] in ("int", "float", "bool")}


def _as_json(options: Options) -> dict[str, object]:
    why = reasons(type(options))
    return {name: {"value": value, "reason": why.get(name, "")} for name, value in _bounds(options).items()}


def _print(options: Options, prefix: str, terminal: Terminal) -> None:
    why = reasons(type(options))
    width = min(max(terminal.width, 50), 100)
    for name, value in _bounds(options).items():
        terminal.line(f"{terminal.paint('bold', prefix + name)} = {terminal.paint('cyan', _number(value))}")
        terminal.line(textwrap.fill(why.get(name, ""), width, initial_indent="    ", subsequent_indent="    "))


def _number(value: object) -> str:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:,g}"
    for unit, letters in _UNITS:
        if value >= unit and value % unit == 0:
            return f"{value:,} ({value // unit} {letters})"
    return f"{value:,}"


def reasons(options: type[Options] = Limits) -> dict[str, str]:
    """Return the text below each field in the source of a class, the one place where a limit and its reason stand."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(options)))
    except (OSError, TypeError):  # installed without sources
        return {}
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    found = {}
    for statement, following in pairwise(body):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            text = following.value.value if _is_text(following) else ""  # type: ignore[attr-defined]  # _is_text says so
            found[statement.target.id] = " ".join(str(text).split())
    return found


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
