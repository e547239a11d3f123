"""The first programs that readers copy, those of the README and the tutorials, are clean under mypy --strict."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

import dicomkit

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "README.md", *(ROOT / "docs" / "tutorials").glob("[!i]*.md")]


def program(page: Path) -> str:
    """Give the examples of a page as one program, what an example shows to be an error left out."""
    lines: list[str] = []
    for kind, block in re.findall(r"^```(python|pycon)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S):
        if kind == "python":
            lines.append(block)
        else:
            lines += [example.source for example in doctest.DocTestParser().get_examples(block) if not example.exc_msg]
    return "".join(lines)


@pytest.mark.slow
def test_examples_are_typed(tmp_path: Path) -> None:
    """mypy finds nothing in the examples of README and tutorials, each page being one program."""
    pytest.importorskip("mypy")
    names = [f"page_{number}.py" for number in range(len(PAGES))]
    for name, page in zip(names, PAGES, strict=True):
        (tmp_path / name).write_text(f"# {page.relative_to(ROOT)}\n{program(page)}", encoding="utf-8")
    answer = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), *names],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"MYPYPATH": str(Path(dicomkit.__file__).parent.parent), "PATH": "/usr/bin:/bin"},
    )
    assert f"Success: no issues found in {len(PAGES)} source files\n" == answer.stdout
