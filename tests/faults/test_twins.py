"""F10: reading, checking and writing damaged files come to the same with the kernels and with their twins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import dicomkit
from tests.faults.reading import is_soak

ROOT = Path(__file__).resolve().parents[2]

# The two implementations are chosen when the package is imported, so each has a process of its own.
_PROGRAM = """
import hashlib, json, random, sys
sys.path[:0] = {paths!r}
import dicomkit
from dicomkit._ext import COMPILED
from dicomkit.errors import DicomError
from fuzz import seeds
from fuzz.mutate import Mutator
from fuzz.targets import _PREFIXES

NAME, COUNT = {name!r}, {count!r}
SEEDS = [data for data in getattr(seeds, NAME)() if len(data) < 600]
PREFIX = {{"explicit": "1.2.840.10008.1.2.1", "implicit": "1.2.840.10008.1.2", "big": "1.2.840.10008.1.2.2"}}.get(NAME)

def outcome(data, number):
    try:
        ds = dicomkit.dcmread(data)
        found = [(one.tag, str(one.vr), type(one.value).__name__, repr(one.value)) for one in ds.walk()]
        ds.check()
        # In what order issues are found depends on what had to be decoded.
        found += sorted(repr((issue.code.name, issue.offset, issue.path, issue.message)) for issue in ds.issues)
        if number % 4 == 0:
            found.append(ds.to_bytes(dicomkit.WriteOptions(repair=True)))
            ds.PatientComments = "EDITED"
            found.append(ds.to_bytes())
        return found
    except DicomError as error:
        return type(error).__name__, str(error)

rng = random.Random(NAME)
mutator = Mutator(rng, 2000)
digests = []
for number in range(COUNT):
    data = mutator.mutated(rng.choice(SEEDS), rng.choice(SEEDS))
    if PREFIX is not None:
        data = _PREFIXES[PREFIX] + data
    digests.append(hashlib.sha1(repr(outcome(data, number)).encode()).hexdigest()[:12])
print(json.dumps([COMPILED, digests]))
"""


def outcomes(name: str, count: int, pure: bool) -> tuple[bool, list[str]]:
    """Give a digest of what comes of each mutated input of a set of seeds, and whether kernels were at work."""
    process = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(paths=[str(ROOT), str(ROOT / "src")], name=name, count=count)],
        env=os.environ | {"DICOMKIT_PURE": "1" if pure else "0"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    assert process.returncode == 0, process.stderr[-2000:]
    compiled, digests = json.loads(process.stdout)
    return compiled, digests


@pytest.mark.slow
@pytest.mark.fuzz
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", ["files", "metas", "explicit", "implicit", "big"])
def test_kernels_and_twins_come_to_the_same(name: str) -> None:
    """Values, issues, repairs and edits of 1,000 damaged files of each kind (10,000 when soaked) are equal."""
    if not dicomkit._ext.COMPILED:
        pytest.skip("no compiled kernels")
    count = 10_000 if is_soak() else 1000
    compiled, pure = outcomes(name, count, False), outcomes(name, count, True)
    assert [True, False] == [compiled[0], pure[0]]
    assert [] == [number for number in range(count) if compiled[1][number] != pure[1][number]]
