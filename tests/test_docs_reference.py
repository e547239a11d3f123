"""The reference is made of docstrings: what they say arrives there, whole and as it is written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = """# page

```{eval-rst}
.. autoclass:: dicomkit.WriteOptions
   :members: durable, progress
```

```{eval-rst}
.. autoclass:: dicomkit.Dataset
   :members: pixel_array, save_as
```
"""


@pytest.mark.slow
def test_docstrings_arrive_whole(tmp_path: Path):
    """A colon in the docstring of an attribute is a colon, not the end of a type; lazy members are described."""
    pytest.importorskip("sphinx")
    pytest.importorskip("myst_parser")
    (tmp_path / "index.md").write_text(PAGE, encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "text", "-c", str(DOCS), str(tmp_path), "out"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (0, "") == (answer.returncode, answer.stderr)
    text = " ".join((tmp_path / "out" / "index.txt").read_text(encoding="utf-8").split())
    assert "Return only when the file and its name are on the disk: fsync of the file and of its folder." in text
    assert "What it raises ends the writing: the old file stays." in text
    assert "property pixel_array" in text
    assert "All frames decoded" in text
    assert "Write this data set as a file" in text
