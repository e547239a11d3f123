"""`python -m dicomkit` and the installed program are the command line."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import dicomkit
from dicomkit.__main__ import main
from dicomkit.cli import main as entry

ROOT = Path(__file__).resolve().parent.parent


def test_the_program_is_the_entry():
    """The script that pyproject.toml installs calls the same function."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "dicomkit.__main__:main" == project["scripts"]["dicomkit"]
    assert entry is main


def test_as_a_module():
    """`python -m dicomkit` runs it and leaves with its status."""
    command = [sys.executable, "-W", "error", "-m", "dicomkit"]
    shown = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
    assert (0, f"dicomkit {dicomkit.__version__}\n", "") == (shown.returncode, shown.stdout, shown.stderr)
    assert 2 == subprocess.run([*command, "nothing"], capture_output=True, check=False).returncode
