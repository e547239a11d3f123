"""Every Python example in the documentation runs: README, docs/ and the docstrings of the package."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import dicomkit

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NOT_RUN = "<!-- not run:"  # stands, with its reason, on the line above a block that cannot run here


def python_blocks(page: Path) -> list[tuple[int, str]]:
    """Give `(line, code)` of each fenced Python block of a page that is meant to run."""
    blocks: list[tuple[int, str]] = []
    start, lines = 0, []
    before = ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if start:
            if line.strip() == "```":
                if start > 0:
                    blocks.append((start, "\n".join(lines) + "\n"))
                start, lines = 0, []
            else:
                lines.append(line)
        elif line.strip().startswith("```"):
            runs = line.strip() in {"```python", "```pycon"} and not before.startswith(NOT_RUN)
            start = number if runs else -1
        before = line.strip() or before
    return blocks


PAGES_WITH_EXAMPLES = [page for page in PAGES if "_build" not in page.parts and python_blocks(page)]


@pytest.mark.parametrize("page", PAGES_WITH_EXAMPLES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_page_runs(page: Path, sample_folder: Path):
    """The blocks of a page run one after the other, in a folder that holds CT_small.dcm."""
    names: dict[str, object] = {"__name__": "__main__"}
    for line, code in python_blocks(page):
        if ">>>" in code:
            check_session(code, names, page, line)
        else:
            # The empty lines make a traceback point at the line of the page.
            exec(compile("\n" * line + code, str(page), "exec"), names)


def check_session(code: str, names: dict[str, object], page: Path, line: int) -> None:
    """Run an interactive session and compare what it prints."""
    test = doctest.DocTestParser().get_doctest(code, names, page.name, str(page), line)
    test.globs = names
    printed: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=printed.append, clear_globs=False)
    assert "" == "".join(printed)


def module_names() -> list[str]:
    """Give the modules whose docstrings may hold examples."""
    found = [info.name for info in pkgutil.walk_packages(dicomkit.__path__, "dicomkit.")]
    return ["dicomkit", *(name for name in found if not name.endswith("__main__"))]


@pytest.mark.parametrize("name", module_names())
def test_docstrings_run(name: str, request: pytest.FixtureRequest):
    """The examples in the docstrings of a module print what they say."""
    module = importlib.import_module(name)
    tests = [test for test in doctest.DocTestFinder(exclude_empty=True).find(module) if test.examples]
    if not tests:
        return
    request.getfixturevalue("sample_folder")
    printed: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for test in tests:
        runner.run(test, out=printed.append)
    assert "" == "".join(printed)
