"""``dicomkit info``: what is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.cli.arguments import add_color, add_json
from dicomkit.installation import OPTIONAL_PACKAGES, info

if TYPE_CHECKING:
    from argparse import Namespace

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.terminal import Terminal

__all__ = ["configure", "run"]


def configure(parser: Parser) -> None:
    """Add the command's arguments."""
    add_json(parser, "a JSON object")
    add_color(parser)
    parser.examples("dicomkit info", "dicomkit info --json | jq -r .kernels")


def run(arguments: Namespace, terminal: Terminal) -> int:
    """Print what is installed."""
    found = info()
    if arguments.json:
        terminal.json(found.to_json())
        return 0
    kernels = found.kernels if found.kernels == "compiled" else f"{found.kernels} Python (slow)"
    rows: list[tuple[str, ...]] = [
        ("dicomkit", found.version),
        ("kernels", kernels),
        ("standard", f"edition {found.edition}"),
        ("python", found.python),
        ("platform", found.platform),
    ]
    terminal.table(rows, styles=("bold",))
    terminal.line()
    packages: list[tuple[str, ...]] = []
    for name, extra, purpose in OPTIONAL_PACKAGES:
        version = found.packages[name]
        how = "" if version or not extra else f'; pip install "dicomkit[{extra}]"'
        packages.append((name, version or "not installed", purpose + how))
    terminal.table(packages, styles=("bold",))
    return 0
