"""Modules that the command line loads when they are needed."""

from __future__ import annotations

import sys

import pytest

from dicomkit.cli.loading import command_module, rich_module
from dicomkit.cli.main import COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_its_module(name: str):
    """The table of commands names modules that can be configured and run."""
    module = command_module(name)
    assert callable(module.configure)
    assert callable(module.run)


def test_rich_is_optional(monkeypatch: pytest.MonkeyPatch):
    """None, and no error, where rich is not installed."""
    monkeypatch.delitem(sys.modules, "dicomkit.cli.rich_output", raising=False)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    assert rich_module() is None
