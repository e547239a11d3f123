"""Modules that the command line loads when they are needed: the command that was called, and rich on a terminal."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from argparse import Namespace
    from types import ModuleType

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.terminal import Terminal

__all__ = ["Command", "command_module", "rich_module", "traceback_module"]


class Command(Protocol):
    """What the module of a command has."""

    def configure(self, parser: Parser) -> None:
        """Add the command's arguments."""

    def run(self, arguments: Namespace, terminal: Terminal) -> int:
        """Do it; return 0, 1 where the command has an answer "no", or 2 for trouble."""


def command_module(name: str) -> Command:
    """Import the module of a command."""
    return cast("Command", import_module(f"dicomkit.cli.{name}"))


def rich_module() -> ModuleType | None:
    """Import what draws with rich; None where rich is not installed."""
    try:
        return import_module("dicomkit.cli.rich_output")
    except ImportError:
        return None


def traceback_module() -> ModuleType:
    """Import what formats a traceback."""
    return import_module("traceback")
