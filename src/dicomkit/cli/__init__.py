"""The command line, one module a command; each is loaded when it is called."""

from __future__ import annotations

from dicomkit.cli.main import main

__all__ = ["main"]
