"""F10: the kernels are compiled without bounds checks, so each function that reads input knows how much there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import dicomkit

KERNELS = Path(dicomkit.__file__).parent / "_ext"

#: Functions that read through a pointer without knowing the length, and who has checked it.
CHECKED_BY_THE_CALLER = {
    "jpeg.pyx finish": "looks at a byte only where its reader, which knows the end of the data, has two more",
    "jpeg.pyx tables_of": "reads nothing itself; build gets the length of each table",
    "jpegls.pyx finish": "looks at a byte only where its scan, which knows the end of the data, has it",
    "local.pyx open_now": "a name that ends with a zero byte; its callers compare its strlen with its length",
    "record.pyx two": "two digits; its callers compare the length of the whole value first",
    "record.pyx one_number": "as many bytes as its VR has; fast_number counts whole numbers",
    "scan.pyx u16": "two bytes, part of a header that is there",
    "scan.pyx u32": "four bytes, part of a header that is there",
    "scan.pyx read_tag": "four bytes, part of a header that is there",
    "scan.pyx open_plain_sequence": "take_elements stopped at this header, which it has read",
}

_FUNCTION = re.compile(r"( *)(?:cdef|cpdef|def) (?!class |struct |extern |enum |packed )[^=(]*?\b(\w+)\(")
_POINTER = re.compile(r"\bconst (?:uint8_t|unsigned char|char) ?\* ?(\w+)")
#: A parameter that says how many bytes there are, and its use in a comparison, a range, or a call that takes it.
_LENGTH = re.compile(r"\buint64_t (n|room|length|left)\b")
_USES = r"[<>=]=? *{0}\b|\b{0} *(?:[<>]|[!=]=|[-+&] )|\b{0}[,)]"


def functions(source: str) -> Iterator[tuple[str, str]]:
    """Split a kernel into its functions: name and text, signature and comments stripped of none."""
    lines = source.splitlines()
    for start, line in enumerate(lines):
        found = _FUNCTION.match(line)
        if found is None:
            continue
        end = start + 1
        while end < len(lines) and (not lines[end].strip() or lines[end].startswith(found[1] + " ")):
            end += 1
        yield found[2], "\n".join(lines[start:end])


def knows_the_length(text: str) -> bool:
    """Say whether a function compares what it reads with what there is."""
    if "self.has(" in text or "PyBytes_GET_SIZE(" in text:
        return True
    if "PyObject_GetBuffer(" in text and re.search(r"[<>=]=? *\w+\.len\b|\.len\b[^\n]* [!=]=", text):
        return True
    if "_Buffers(" in text and re.search(r"pixels_of\(|both\.length\b[^\n]* [<>=!]=?", text):
        return True
    if ("locate(" in text or "holder(" in text) and ("NULL" in text or "< 0" in text):
        return True
    signature, _, body = text.partition(":\n")
    return any(re.search(_USES.format(name), body) for name in _LENGTH.findall(signature))


def test_what_reads_through_a_pointer_knows_how_far() -> None:
    """Every function with a pointer to input checks a length itself, or it is in the table with who has done it."""
    unchecked, seen = set(), 0
    for path in sorted(KERNELS.glob("*.pyx")):
        for name, text in functions(path.read_text(encoding="utf-8")):
            if _POINTER.search(text):
                seen += 1
                if not knows_the_length(text):
                    unchecked.add(f"{path.name} {name}")
    assert set(CHECKED_BY_THE_CALLER) == unchecked
    assert seen > 20


def test_the_rule_sees_an_unchecked_read() -> None:
    """A function that reads without looking at its length is found."""
    bad = "cdef int first(const uint8_t* p, uint64_t n) noexcept:\n    return p[0]\n"
    good = "cdef int first(const uint8_t* p, uint64_t n) noexcept:\n    return p[0] if n > 0 else -1\n"
    assert [False, True] == [knows_the_length(text) for text in (bad, good)]
