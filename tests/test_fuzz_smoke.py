"""F1, the part that continuous integration can afford: every fuzz target for a few seconds, without a defect."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parent.parent

#: All targets together stay under a minute.
SECONDS = 3.0


def fuzzed(name: str, crashes: Path) -> dict[str, object]:
    """Run one target in a process of its own, since it forks, and give its summary."""
    program = [sys.executable, str(ROOT / "fuzz" / "run.py"), name, "--json", "--seconds", str(SECONDS)]
    answer = subprocess.run(
        [*program, "--crashes", str(crashes)], capture_output=True, text=True, check=False, timeout=240
    )
    assert answer.stdout, answer.stderr[-2000:]
    summary = json.loads(answer.stdout)
    assert isinstance(summary, dict)
    return summary


@pytest.mark.fuzz
@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, target in TARGETS.items() if target.is_available()])
def test_mutated_input_gives_a_value_or_a_dicom_error(name: str, tmp_path: Path) -> None:
    """No mutated input of a target ends in another exception, a signal, more than a second or too much memory."""
    summary = fuzzed(name, tmp_path)
    assert {} == summary["findings"], sorted(path.read_text()[:500] for path in tmp_path.glob("*.txt"))[:3]
    assert isinstance(summary["executions"], int)
    assert 100 < summary["executions"]
