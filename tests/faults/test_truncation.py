"""F3: every truncation that is not between two top-level elements is reported, strictly and leniently."""

from __future__ import annotations

import zlib
from functools import cache
from pathlib import Path

import pytest

import dicomkit
from dicomkit.errors import DicomError
from tests.corpora import real_files
from tests.faults.boundaries import NotWellFormedError, boundaries
from tests.faults.reading import CUT_CODES, codes, strict
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


def unreported(data: bytes, step: int = 1) -> list[str]:
    """Cut at every `step`th offset and give each cut that was not reported, or that lost what came before it."""
    whole = boundaries(data)
    start = min(whole)
    options = strict()
    found = []
    for cut in range(0, len(data), step):
        if cut in whole:
            continue
        piece = data[:cut]
        try:
            ds = dicomkit.dcmread(piece)
        except DicomError:
            if cut > start + 8:
                found.append(f"{cut}: lenient reading gave nothing")
        else:
            if not codes(ds) & CUT_CODES:
                found.append(f"{cut}: lenient reading reports {sorted(codes(ds))}")
            complete = sum(start < boundary <= cut for boundary in whole)
            if len(ds) < complete:
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
    assert [] == unreported(path.read_bytes(), 7), name


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("name", "path"), smallest(50), ids=lambda value: value if isinstance(value, str) else "")
def test_every_cut_is_reported(name: str, path: Path) -> None:
    """Every offset of the fifty smallest files (F3)."""
    assert [] == unreported(path.read_bytes()), name


@pytest.mark.slow
def test_every_cut_of_a_deflated_data_set_is_reported() -> None:
    """A deflated data set has no end but its own, so that every cut shows (PS3.5 A.5)."""
    data = part10(deflated(basic() + pixels()), DEFLATED_LE)
    start = len(part10(b"", DEFLATED_LE))
    # Before the first symbol there is nothing to give: an error is then as good as an empty data set.
    first = next(end for end in range(start, len(data)) if zlib.decompressobj(-15).decompress(data[start:end]))
    assert [] == [cut for cut in unreported(data) if int(cut.partition(":")[0]) >= first]
