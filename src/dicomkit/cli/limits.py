"""``dicomkit limits``: the bounds on what a source may make the reader do, with their reasons."""

from __future__ import annotations

import ast
import inspect
import textwrap
from itertools import pairwise
from typing import TYPE_CHECKING

from dicomkit.cli.arguments import add_color, add_json
from dicomkit.core.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from argparse import Namespace

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.terminal import Terminal

__all__ = ["configure", "reasons", "run"]

_UNITS = ((1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki"))


def configure(parser: Parser) -> None:
    """Add the command's arguments."""
    add_json(parser, "a JSON object: name → value and reason")
    add_color(parser)
    parser.examples(
        "dicomkit limits", "dicomkit dump --limit depth=1000 deep.dcm", "dicomkit limits --json | jq .depth"
    )


def run(arguments: Namespace, terminal: Terminal) -> int:
    """Print the table."""
    values = DEFAULT_LIMITS._as_dict()
    why = reasons()
    if arguments.json:
        terminal.json({name: {"value": value, "reason": why.get(name, "")} for name, value in values.items()})
        return 0
    width = min(max(terminal.width, 50), 100)
    for name, value in values.items():
        terminal.line(f"{terminal.paint('bold', name)} = {terminal.paint('cyan', _number(value))}")
        terminal.line(textwrap.fill(why.get(name, ""), width, initial_indent="    ", subsequent_indent="    "))
    return 0


def _number(value: object) -> str:
    if not isinstance(value, int):
        return str(value).lower()
    for unit, letters in _UNITS:
        if value >= unit and value % unit == 0:
            return f"{value:,} ({value // unit} {letters})"
    return f"{value:,}"


def reasons() -> dict[str, str]:
    """Return the text below each limit in the source of `Limits`, the one place where a limit and its reason stand."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(Limits)))
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
