"""What dicomkit does, on real files: read, say what is wrong, edit one attribute, prove that nothing else changed.

    python examples/demo.py                 the sample files of the pydicom and pydicom-data packages
    python examples/demo.py a.dcm folder/   your own

The files themselves are only read; what is written goes to a temporary folder. The exit status is 0 if every promise
was kept. The proof compares bytes with nothing but `struct` and `zlib`, so that it does not trust what it tests.
"""

from __future__ import annotations

import importlib.util
import shutil
import struct
import sys
import tempfile
import time
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import dicomkit
from dicomkit import dictionary
from dicomkit.errors import DicomError, NotDicomError

try:
    from rich.console import Console
    from rich.progress import track
except ImportError:  # plainer without
    track = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator

NEW_ID = "DICOMKIT-DEMO"
DICOMDIR = "1.2.840.10008.1.3.10"
# What may change besides the edited element (PS3.10 7.1): the length of group 0002 and of the edited group, and what
# names the instance and the writer.
META_THAT_MAY_CHANGE = {0x00020000, 0x00020002, 0x00020003, 0x00020012, 0x00020013}


@dataclass
class Row:
    """What one file is, and how it went."""

    name: str
    kind: str = ""
    modality: str = ""
    syntax: str = ""
    size: int = 0
    elements: int = 0
    issues: Counter[str] = field(default_factory=Counter)
    note: str = ""
    is_edited: bool = False
    broken: list[str] = field(default_factory=list)  # the promises that were not kept


# -- one file ----------------------------------------------------------------------------------------------------------


def examine(path: Path, name: str, folder: Path) -> Row:
    """Read a file, describe it, rewrite it, edit it, and compare."""
    data = path.read_bytes()
    row = Row(name, size=len(data))
    try:
        ds = dicomkit.dcmread(path)
    except NotDicomError:
        if path.suffix != ".dcm":
            raise
        ds = dicomkit.dcmread(path, force=True)
        row.note = "read by force; it does not look like DICOM"
    describe(ds, row)
    if ds.to_bytes() != data:
        row.broken.append("the unmodified rewrite differs")
    if ds.file_meta.get("MediaStorageSOPClassUID") == DICOMDIR:
        row.note = "not edited: its records hold the offsets of each other"
        return row
    target = folder / "edited.dcm"
    before = ds.copy()
    ds.PatientID = NEW_ID
    ds.save_as(target)
    row.broken += what_changed(before, dicomkit.dcmread(target, force=True), data, target.read_bytes())
    row.is_edited = True
    return row


def describe(ds: dicomkit.Dataset, row: Row) -> None:
    """Fill in what the file is and what is wrong with it; every value is decoded."""
    sop_class = ds.get("SOPClassUID") or ds.file_meta.get("MediaStorageSOPClassUID") or ""
    entry = dictionary.uid_entry(str(sop_class))
    row.kind = entry.name if entry is not None else str(sop_class)
    row.modality = str(ds.get("Modality") or "")
    row.syntax = ds.transfer_syntax.name or str(ds.transfer_syntax.uid)
    row.elements = sum(1 for _ in ds.walk())
    row.issues = Counter(str(issue.code) for issue in ds.check())


# -- the proof ---------------------------------------------------------------------------------------------------------


def what_changed(before: dicomkit.Dataset, after: dicomkit.Dataset, old: bytes, new: bytes) -> list[str]:
    """Return what changed that should not have; nothing if all is well."""
    found = []
    for difference in before.diff(after):
        if difference.path != (0x00100020,) and difference.path != (0x00100000,):
            found.append(f"changed: {difference}")
    allowed = META_THAT_MAY_CHANGE | (set() if "TransferSyntaxUID" in before.file_meta else {0x00020010})
    for difference in before.file_meta.diff(after.file_meta):
        if difference.path[0] not in allowed:
            found.append(f"changed: {difference}")
    if after.get("PatientID") != NEW_ID:
        found.append("the edit is not there")
    old_start, new_start = end_of_meta(old), end_of_meta(new)
    if old[:128] != new[:128] and old[128:132] == b"DICM":
        found.append("the preamble changed")
    old_body, new_body = old[old_start:], new[new_start:]
    if before.transfer_syntax.is_deflated:
        old_body, new_body = (zlib.decompressobj(-15).decompress(body) for body in (old_body, new_body))
    had_one = "PatientID" in before
    if not any(same_outside(old_body, new_body, order, explicit, had_one) for order, explicit in FORMS):
        found.append("bytes outside the edited element changed")
    return found


FORMS = (("<", True), ("<", False), (">", True))  # byte order, whether the VR is written (PS3.5 7.1)


def same_outside(old: bytes, new: bytes, order: str, explicit: bool, had_one: bool) -> bool:
    """Whether two data sets are equal without their (0010,0020), which `new` has once with the new value."""
    value = NEW_ID.encode().ljust(len(NEW_ID) + len(NEW_ID) % 2)
    tag = struct.pack(order + "HH", 0x0010, 0x0020)
    header = tag + (b"LO" + struct.pack(order + "H", len(value)) if explicit else struct.pack(order + "I", len(value)))
    position = new.find(header + value)
    if position < 0 or new.count(header + value) > 1:
        return False
    new_end = position + len(header) + len(value)
    old_end = position
    if had_one:
        if old[position : position + 4] != tag:
            return False
        long_form = explicit and old[position + 4 : position + 6] == b"UN"  # written by who did not know the element
        size = 4 if long_form or not explicit else 2
        at = position + (8 if long_form else 6 if explicit else 4)
        old_end = at + size + int.from_bytes(old[at : at + size], "little" if order == "<" else "big")
    group_length = struct.pack(order + "HH", 0x0010, 0) + (
        b"UL" + struct.pack(order + "H", 4) if explicit else struct.pack(order + "I", 4)
    )
    old_head, new_head = old[:position], new[:position]
    at = old_head.rfind(group_length)
    if at >= 0 and old_head != new_head:
        old_head, new_head = (head[: at + 8] + head[at + 12 :] for head in (old_head, new_head))
    return old_head == new_head and old[old_end:] == new[new_end:]


def end_of_meta(data: bytes) -> int:
    """Return where group 0002 ends, element by element: Explicit VR Little Endian (PS3.10 7.1), rarely Implicit."""
    at = 132 if data[128:132] == b"DICM" else 0
    while data[at : at + 2] == b"\x02\x00":
        vr = data[at + 4 : at + 6]
        if not vr.isalpha():
            at += 8 + int.from_bytes(data[at + 4 : at + 8], "little")
        elif vr in (b"OB", b"UN"):
            at += 12 + int.from_bytes(data[at + 8 : at + 12], "little")
        else:
            at += 8 + int.from_bytes(data[at + 6 : at + 8], "little")
    return at


# -- all files ---------------------------------------------------------------------------------------------------------


def is_dicom(path: Path) -> bool:
    """Whether a file in a folder is worth trying."""
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM" or path.suffix == ".dcm"


def files_in(folder: Path) -> Iterator[tuple[Path, str]]:
    """Iterate over the DICOM files of a folder, with their names in it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and is_dicom(path):
            yield path, path.relative_to(folder).as_posix()


def sample_folders() -> Iterator[Path]:
    """Iterate over the folders of sample files that are installed."""
    for package in ("pydicom", "data_store"):
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin is not None:
            yield Path(spec.origin).parent / "data"


def files_named(names: list[str]) -> Iterator[tuple[Path, str]]:
    """Iterate over the files that were named, and those in folders that were."""
    for folder in [Path(name) for name in names] or list(sample_folders()):
        if folder.is_dir():
            yield from files_in(folder)
        else:
            yield folder, folder.name


def with_progress(files: list[tuple[Path, str]]) -> Iterator[tuple[Path, str]]:
    """Iterate over the files with a bar on a terminal: rich's where it is installed, else a count."""
    if not sys.stderr.isatty():
        yield from files
    elif track is not None:
        yield from track(files, "reading, editing, comparing", console=Console(stderr=True), transient=True)
    else:
        for number, file in enumerate(files, 1):
            sys.stderr.write(f"\r{number}/{len(files)} ")
            yield file
        sys.stderr.write("\r" + " " * 20 + "\r")


def main(names: list[str]) -> int:
    """Examine every file, print the table and the summary."""
    started = time.perf_counter()
    files = list(files_named(names))
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for path, name in with_progress(files):
            try:
                rows.append(examine(path, name, Path(folder)))
            except (DicomError, OSError) as error:
                rows.append(Row(name, broken=[str(error)]))
    print_table(rows)
    return summarise(rows, time.perf_counter() - started)


def shown(text: str, width: int, *, keep_end: bool = False) -> str:
    """Fit text into a column, without what could move the cursor of a terminal: it comes from files."""
    text = "".join(c if c.isprintable() else "?" for c in text)
    if len(text) > width:
        text = "…" + text[len(text) - width + 1 :] if keep_end else text[: width - 1] + "…"
    return f"{text:{width}}"


def print_table(rows: list[Row]) -> None:
    """Print a line for each file, and what is wrong with it below."""
    wide = max(shutil.get_terminal_size((132, 24)).columns - 37, 60)
    name, kind, syntax = wide * 35 // 100, wide * 35 // 100, wide * 28 // 100
    print(
        f"{'file':{name}} {'what it is':{kind + 8}} {'bytes':>11} {'elements':>8} {'transfer syntax':{syntax}} result"
    )
    for row in rows:
        print(
            f"{shown(row.name, name, keep_end=True)} {shown(row.modality, 7)} {shown(row.kind, kind)} {row.size:>11,} "
            f"{row.elements:>8,} {shown(row.syntax, syntax)} {'FAILED' if row.broken else 'ok'}"
        )
        if row.note:
            print(f"    {row.note}")
        if row.issues:
            print("    wrong: " + ", ".join(f"{code} ×{count}" for code, count in row.issues.most_common()))


def summarise(rows: list[Row], seconds: float) -> int:
    """Print the sums; return the exit status."""
    broken = [row for row in rows if row.broken]
    kept = [row for row in rows if not row.broken]
    codes = sum((row.issues for row in rows), Counter[str]())
    common = ", ".join(f"{code} ×{count}" for code, count in codes.most_common(5))
    print()
    print(dicomkit.info())
    print(f"{len(rows)} files, {sum(row.size for row in rows):,} bytes, {sum(row.elements for row in rows):,} elements")
    print(f"{sum(bool(row.issues) for row in rows)} files have {codes.total()} issues: {common}")
    print(f"{len(kept)} rewritten without a change: the same bytes")
    print(f"{sum(row.is_edited for row in kept)} edited (PatientID), written, read again: nothing else changed")
    for row in broken:
        print(f"FAILED {row.name}: {shown('; '.join(row.broken), 200).rstrip()}")
    verdict = "every promise kept" if rows and not broken else f"{len(broken)} FAILED" if rows else "no files found"
    print(f"{verdict}, in {seconds:.1f} s")
    return 0 if rows and not broken else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
