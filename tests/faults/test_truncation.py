"""F3: every truncation that is not between two top-level elements is reported, strictly and leniently."""

from __future__ import annotations

import random
import subprocess
import zlib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import dicomkit
from dicomkit.errors import DicomError
from tests.corpora import real_files
from tests.faults.boundaries import NotWellFormedError, boundaries
from tests.faults.reading import CUT_CODES, codes, is_soak, strict
from tests.hostile_bytes import DEFLATED_LE, basic, deflated, part10, pixels


@cache
def smallest(count: int) -> tuple[tuple[str, Path], ...]:
    """Give the smallest well-formed real files, one of each size in each folder."""
    found: list[tuple[str, Path]] = []
    seen: set[tuple[Path, int]] = set()
    for name, path in sorted(real_files(), key=lambda pair: (pair[1].stat().st_size, pair[0])):
        kind = (path.parent, path.stat().st_size)
        if kind in seen:
            continue
        try:
            boundaries(path.read_bytes())
        except NotWellFormedError:
            continue
        seen.add(kind)
        found.append((name, path))
        if len(found) == count:
            break
    return tuple(found)


def first_inflated(data: bytes, start: int) -> int:
    """Give the end of the first piece of a deflated data set that inflates to something: before it there is nothing."""
    if not data[start:] or data.find(DEFLATED_LE.encode(), 0, start) < 0:
        return start + 8
    return next(end for end in range(start, len(data)) if zlib.decompressobj(-15).decompress(data[start:end]))


def unreported(data: bytes, cuts: Iterable[int]) -> list[str]:
    """Cut at these offsets and give each cut that was not reported, or that lost what came before it."""
    whole = boundaries(data)
    start = min(whole)
    something = start + 8 if len(whole) > 2 else first_inflated(data, start)
    repeated = len(whole) - 1 - len(dicomkit.dcmread(data)) if len(whole) > 2 else 0
    options = strict()
    found = []
    for cut in cuts:
        if cut in whole:
            continue
        piece = data[:cut]
        try:
            ds = dicomkit.dcmread(piece)
        except DicomError:
            if cut > something:
                found.append(f"{cut}: lenient reading gave nothing")
        else:
            if not codes(ds) & CUT_CODES:
                found.append(f"{cut}: lenient reading reports {sorted(codes(ds))}")
            complete = sum(start < boundary <= cut for boundary in whole)
            if len(ds) < complete - repeated:
                found.append(f"{cut}: {len(ds)} of {complete} complete elements")
        try:
            dicomkit.dcmread(piece, options)
        except DicomError:
            continue
        found.append(f"{cut}: strict reading accepts it")
    return found


@pytest.mark.parametrize(("name", "path"), smallest(10), ids=lambda value: value if isinstance(value, str) else "")
def test_every_cut_of_the_smallest_files_is_reported(name: str, path: Path) -> None:
    """Every seventh offset of the ten smallest files (F3, the quick part)."""
    data = path.read_bytes()
    assert [] == unreported(data, range(0, len(data), 7)), name


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("name", "path"), smallest(50), ids=lambda value: value if isinstance(value, str) else "")
def test_every_cut_is_reported(name: str, path: Path) -> None:
    """Every offset of the fifty smallest files (F3)."""
    data = path.read_bytes()
    assert [] == unreported(data, range(len(data))), name


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_cuts_of_larger_files_are_reported() -> None:
    """A hundred offsets of every other well-formed file, half of them in its first 4,000 bytes (F3)."""
    wrong, count = [], 0
    for name, path in smallest(1000)[50:]:
        data = path.read_bytes()
        rng = random.Random(name)
        cuts = [rng.randrange(min(len(data), 4000)) for _ in range(50)] + [rng.randrange(len(data)) for _ in range(50)]
        wrong += [f"{name}: {cut}" for cut in unreported(data, cuts)]
        count += 1
    assert [] == wrong
    assert count > 100 or not real_files()


@pytest.mark.slow
@pytest.mark.interop
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("name", "path"), smallest(50), ids=lambda value: value if isinstance(value, str) else "")
def test_dciodvfy_notices_no_cut_that_we_do_not(
    name: str, path: Path, require_package: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    """At 200 offsets of each file (20 unless soaked), what dciodvfy cannot read to its end is reported here too."""
    program = Path(str(require_package("dicom3tools").__file__)).with_name("bin") / "dciodvfy"
    data = path.read_bytes()
    target = tmp_path / "cut.dcm"

    def is_read(piece: bytes) -> bool:
        target.write_bytes(piece)
        process = subprocess.run([program, target], capture_output=True, check=False, timeout=60)
        return b"read failed" not in process.stderr

    if not is_read(data):
        pytest.skip("dciodvfy does not read the whole file")
    missed, noticed = [], 0
    for cut in range(len(data) - 1, 0, -max(1, len(data) // (200 if is_soak() else 20))):
        if is_read(data[:cut]):
            continue
        noticed += 1
        try:
            if codes(dicomkit.dcmread(data[:cut])) & CUT_CODES:
                continue
        except DicomError:
            continue
        missed.append(cut)
    assert [] == missed
    assert noticed


@pytest.mark.slow
def test_every_cut_of_a_deflated_data_set_is_reported() -> None:
    """A deflated data set has no end but its own, so that every cut shows (PS3.5 A.5)."""
    data = part10(deflated(basic() + pixels()), DEFLATED_LE)
    assert [] == unreported(data, range(len(data)))
