"""What dcmdump prints of a file, one line an element, and the same lines made from a data set."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from struct import pack, unpack
from typing import NamedTuple

from dicomkit import Dataset, Sequence
from dicomkit.core.vr import VR, Kind
from dicomkit.dataset.decoding import raw_value

#: Show everything (+L), no names for UIDs (-Un), characters as numbers (+Qn), values as they are in the file (-dc), and
#: what is in UN by the data dictionary (+uc).
ARGUMENTS = ["-q", "+L", "-Un", "+Qn", "-dc", "+uc"]

UNDEFINED = "u/l"
FRAGMENTS = "fragments"

_ELEMENT = re.compile(r"^( *)\(([0-9a-f]{4}),([0-9a-f]{4})\) (..) ?(.*)$", re.DOTALL)
ITEM, _DELIMITERS = "fffee000", ("fffee00d", "fffee0dd")
_QUOTED = re.compile(rb"&#(\d+);|&lt;|&gt;|&amp;|&quot;|&apos;")
_NAMED = {b"&lt;": b"<", b"&gt;": b">", b"&amp;": b"&", b"&quot;": b'"', b"&apos;": b"'"}

#: What DCMTK calls the numbers of a DICOMDIR that point, and what it does not know.
_NAMES_OF_VRS = {"up": "UL", "??": "UN"}

# Flags of the index, see _ext/scan.pyx.
_UNDEFINED_FLAG, _FRAGMENTS, _ITEM_UNDEFINED = 1, 32, 1


class Line(NamedTuple):
    """An element, an item or a fragment: how deep it lies, its tag, VR, length and value."""

    depth: int
    tag: str
    vr: str
    length: str
    value: object

    def __str__(self) -> str:
        return f"{'  ' * self.depth}({self.tag}) {self.vr} {self.length} {self.value!r:.80}"


def run(program: str, path: Path, read: Callable[[str, str], object] | None = None) -> list[Line] | None:
    """Give what dcmdump says of a file, None where it refuses it; `read` makes a value of its VR and text."""
    process = subprocess.run([program, *ARGUMENTS, path], capture_output=True, check=False, timeout=60)
    return parsed(process.stdout, read or value_of) if process.returncode == 0 else None


def as_text(vr: str, shown: str) -> str:
    """Give a value as dcmdump shows it."""
    return "" if vr in {"SQ", "na"} else shown


def parsed(output: bytes, read: Callable[[str, str], object]) -> list[Line]:
    """Give the lines of dcmdump's output, delimiters left out."""
    found = []
    for line in output.decode("latin-1").split("\n"):
        match = _ELEMENT.match(line)
        if match is None:
            continue  # headings and empty lines
        indent, group, element, vr, rest = match.groups()
        shown, _, figures = rest.rpartition("#")
        if group + element not in _DELIMITERS:
            vr = _NAMES_OF_VRS.get(vr, vr)
            depth, length = len(indent) // 2, figures.split(",")[0].strip()
            found.append(Line(depth, group + element, vr, length, read(vr, shown.rstrip(" "))))
    return found


def value_of(vr: str, shown: str) -> object:
    """Give a value as bytes, or as numbers; dcmdump pads neither, and shows bytes as hexadecimal digits."""
    if shown.startswith("(no value") or vr in {"SQ", "na"}:
        return None
    if shown.startswith("(PixelSequence"):
        return FRAGMENTS
    if shown.startswith("[") and shown.endswith("]"):
        text = shown[1:-1].encode("latin-1")
        return _QUOTED.sub(lambda found: _NAMED.get(found[0]) or bytes([int(found[1])]), text)
    if vr == "FD":
        return tuple(_digits(float(number)) for number in shown.split("\\"))
    if vr == "FL":
        return tuple(unpack("f", pack("f", float(number)))[0] for number in shown.split("\\"))
    if vr not in {"OB", "UN", "pi"}:
        return tuple(shown.split("\\"))
    try:
        return bytes.fromhex(shown.replace("\\", ""))
    except ValueError:
        return shown


def _digits(number: float) -> float:
    """Give what dcmdump's digits leave of a number of double precision."""
    return float(f"{number:.15g}")


_NUMBERS = {VR.FL: float, VR.FD: _digits}


# --- ours ------------------------------------------------------------------------------------------------------------


def lines(ds: Dataset) -> list[Line]:
    """Give the lines that dcmdump should print of a data set that was read from a file, file meta first."""
    return [*_lines(ds.file_meta), *_lines(ds)]


def _lines(ds: Dataset) -> Iterator[Line]:
    stack: list[tuple[int, Iterator[tuple[Dataset, int]]]] = [(0, _elements(ds))]
    while stack:
        depth, steps = stack[-1]
        holder, tag = next(steps, (None, 0))
        if holder is None:
            stack.pop()
            continue
        if tag < 0:
            start, end, _, _, flags = holder._index.item(holder._item)
            length = UNDEFINED if flags & _ITEM_UNDEFINED else str(end - start)
            yield Line(depth, ITEM, "na", length, None)
            stack.append((depth + 1, _elements(holder)))
            continue
        line, value = _line(holder, tag, depth)
        yield line
        if isinstance(value, Sequence):
            stack.append((depth + 1, _items(value)))
        elif line.value is FRAGMENTS:
            yield from value


def _elements(ds: Dataset) -> Iterator[tuple[Dataset, int]]:
    return ((ds, tag) for tag in ds._tags())


def _items(sequence: Sequence) -> Iterator[tuple[Dataset, int]]:
    return ((item, -1) for item in sequence)


def _line(ds: Dataset, tag: int, depth: int) -> tuple[Line, object]:
    index = ds._index
    _, _, offset, length, flags, first, count = index.element(ds._position_of(tag))
    shown = UNDEFINED if flags & _UNDEFINED_FLAG else str(length)
    vr = ds._vr_of(tag)
    name = f"{tag:08x}"
    if flags & _FRAGMENTS:
        source = ds._context.source
        parts = [(size, source.read_at(at, size)) for at, size in index.fragment_list(first, count)]
        fragments = [Line(depth + 1, ITEM, "pi", str(size), data or None) for size, data in parts]
        return Line(depth, name, str(vr), shown, FRAGMENTS), fragments
    value = ds._value_of(tag)
    if vr.kind not in (Kind.NUMBER, Kind.BINARY, Kind.TAG, Kind.SEQUENCE):
        data = raw_value(ds, offset, length, tag)
        return Line(depth, name, str(vr), shown, data or None), value
    return Line(depth, name, str(vr), shown, _shown(vr, value)), value


def _shown(vr: VR, value: object) -> object:
    if value is None or isinstance(value, Sequence) or value == b"":
        return None
    if vr is VR.AT:
        return tuple(str(part).lower() for part in _list(value))
    if vr.kind is Kind.NUMBER:
        return tuple(_NUMBERS.get(vr, str)(part) for part in _list(value))
    if vr.kind is Kind.BINARY:
        if vr in (VR.OB, VR.UN):
            return value
        numbers = memoryview(value[: len(value) // vr.itemsize * vr.itemsize]).cast(vr.struct_code)
        return tuple(f"{number:04x}" if vr is VR.OW else str(number) for number in numbers)
    raise AssertionError(vr)


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else [value]
