"""The rules of the tree that no linter knows."""

from __future__ import annotations

import tomllib
from pathlib import Path

import dicomkit

ROOT = Path(__file__).resolve().parent.parent


def test_version_is_said_once():
    """The version in pyproject.toml is the one the package tells."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == dicomkit.__version__
