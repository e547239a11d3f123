"""Every module can be the first one imported, and the package itself brings little along."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import dicomkit

SOURCE = Path(dicomkit.__file__).parent

#: Imports each module named on stdin in a fork of an interpreter that has imported nothing, so that each is the first.
IMPORT_EACH = """
import importlib, json, os, sys, traceback
failures = {}
for name in json.load(sys.stdin):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            importlib.import_module(name)
        except BaseException:
            os.write(writer, traceback.format_exc()[-4000:].encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    if text:
        failures[name] = text
print(json.dumps(failures))
"""

#: What `import dicomkit` must leave alone: NumPy, all that talks to a network, and slow parts of the standard library.
HEAVY = {
    "asyncio", "aiohttp", "fsspec", "http", "numpy", "pydicom", "requests", "rich", "select", "socket", "ssl",
    "subprocess", "tempfile", "unittest", "urllib.request", "xml", "zlib",
}  # fmt: skip


def module_names() -> list[str]:
    """Give the dotted name of each module of the package, `__main__` apart."""
    names = []
    for path in sorted(SOURCE.rglob("*.py")):
        parts = ("dicomkit", *path.relative_to(SOURCE).with_suffix("").parts)
        if parts[-1] != "__main__":
            names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def run(program: str, text: str = "") -> str:
    """Run a program in a fresh interpreter and give what it prints."""
    command = [sys.executable, "-W", "error", "-c", program]
    answer = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert "" == answer.stderr
    return answer.stdout


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, to be quick")
def test_each_module_imports_alone():
    """No module needs another to have been imported before it."""
    assert {} == json.loads(run(IMPORT_EACH, json.dumps(module_names())))


def test_importing_the_package_loads_nothing_heavy():
    """`import dicomkit` loads neither NumPy nor a network module: what is not used costs nothing."""
    before = set(json.loads(run("import json, sys; print(json.dumps(list(sys.modules)))")))
    after = set(json.loads(run("import json, sys, dicomkit; print(json.dumps(list(sys.modules)))")))
    assert set() == (after - before) & HEAVY
