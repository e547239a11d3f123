"""F11: no regular expression of the library takes long over 64 KiB of text that was made to keep it busy."""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

import dicomkit
from dicomkit.encoding import charset, iso2022

SOURCES = Path(dicomkit.__file__).parent
SIZE = 64 << 10
FUNCTIONS = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}

USAGES = tuple(iso2022.DELIMITERS.values())

#: What stands in a call of `re` in place of a literal, and the patterns that it can be there.
NAMED: dict[tuple[str, str], tuple[str | bytes, ...]] = {
    # A piece of a query between two asterisks: characters, and dots for question marks; at most 256 of them.
    ("net/services/matching.py", "'.'.join([re.escape(part) for part in piece.split('?')])"): (
        *("a", "a.b", "." * 255 + "b"),
        *("a" * 128 + "." * 128, "a.a.a.a.b"),
    ),
    ("encoding/charset.py", "MARKS_PATTERN"): (charset.MARKS_PATTERN,),
    ("encoding/iso2022.py", "usage.text_delimiter_pattern"): tuple(usage.text_delimiter_pattern for usage in USAGES),
    ("encoding/iso2022.py", "pattern"): (
        *(usage.delimiter_pattern for usage in USAGES),
        *(value for name, value in vars(iso2022).items() if name.endswith("_PATTERN") and isinstance(value, bytes)),
    ),
}


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Find every use of `re` in the library: the file, and the call."""
    for path in sorted(SOURCES.rglob("*.py")):
        name = path.relative_to(SOURCES).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            function = node.func if isinstance(node, ast.Call) else None
            if (
                isinstance(function, ast.Attribute)
                and isinstance(function.value, ast.Name)
                and function.value.id == "re"
            ):
                assert isinstance(node, ast.Call)
                assert function.attr in FUNCTIONS | {"escape"}, f"{name}: re.{function.attr}"
                if function.attr in FUNCTIONS:
                    yield name, node


def methods() -> dict[str, set[str]]:
    """Give the methods by which each compiled pattern is used, by the name that it has."""
    found: dict[str, set[str]] = {}
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in FUNCTIONS:
                found.setdefault(node.value.id, set()).add(node.attr)
    return found


def patterns() -> dict[str, tuple[re.Pattern[str] | re.Pattern[bytes], set[str]]]:
    """Give the registry: every pattern of the library by the place where it is used, and how it is used there."""
    found: dict[str, tuple[re.Pattern[str] | re.Pattern[bytes], set[str]]] = {}
    by_name = methods()
    for name, call in calls():
        assert isinstance(call.func, ast.Attribute)
        kind, place = call.func.attr, f"{name}:{call.lineno}"
        if not isinstance(call.args[0], ast.Constant):
            used = {"findall", "fullmatch", "match", "search", "sub"} if kind == "compile" else {kind}
            for number, pattern in enumerate(NAMED[name, ast.unparse(call.args[0])]):
                found[f"{place}[{number}]"] = re.compile(pattern), used
            continue
        flags = call.args[1] if len(call.args) > 1 and kind == "compile" else None
        compiled = re.compile(call.args[0].value, 0 if flags is None else eval(ast.unparse(flags), {"re": re}))
        line = (SOURCES / name).read_text(encoding="utf-8").splitlines()[call.lineno - 1]
        found[place] = compiled, by_name[line.partition(" ")[0]] if kind == "compile" else {kind}
    return found


PATTERNS = patterns()


def hostile(pattern: re.Pattern[str] | re.Pattern[bytes]) -> Iterator[str]:
    """Give long texts of what the pattern is made of, with an end that it does not expect."""
    own = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    letters = "".join(sorted(set(own)))
    pieces = [
        *letters,
        "0",
        "1",
        "9",
        ".",
        "1.",
        "0.",
        "+",
        "-",
        "1e",
        "1e9",
        "e",
        "E1",
        '"',
        '""',
        '\\"',
        "a",
        " ",
        "\0",
    ]
    pieces += ["\x1b", "\x1b$B", "\x1b(B", "\x1b$)C", "\\", "^", "=", "é", "^=\\", "\udcff", "\ud800", letters, own]
    for piece in dict.fromkeys(pieces):
        text = (piece * (SIZE // len(piece) + 1))[:SIZE]
        yield text
        yield text[:-1] + "!"
        yield "1" + text[:-2] + "x"


def test_every_use_of_re_is_in_the_registry() -> None:
    """Every pattern is a literal, or is known by name here."""
    used = {(name, ast.unparse(call.args[0])) for name, call in calls() if not isinstance(call.args[0], ast.Constant)}
    assert set(NAMED) == used
    assert all(NAMED.values())
    importing = {"from re import" in path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py")}
    assert importing == {False}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("place", PATTERNS)
def test_hostile_text_keeps_no_pattern_busy(place: str) -> None:
    """Whatever the library does with a pattern takes 10 ms on 64 KiB (guard: 10 times), best of three."""
    pattern, used = PATTERNS[place]
    assert used
    slow = []
    for text in hostile(pattern):
        data = text if isinstance(pattern.pattern, str) else text.encode("utf-8", "surrogatepass")[:SIZE]
        for name in sorted(used):
            job = partial(pattern.sub, data[:0]) if name == "sub" else getattr(pattern, name)
            took = _seconds(job, data)
            if took > 0.01:
                took = min(took, _seconds(job, data), _seconds(job, data))
            if took > 0.1:
                slow.append(f"{name} {data[:20]!r}: {took:.3f} s")
    assert [] == slow


def _seconds(job: Callable[[str | bytes], object], data: str | bytes) -> float:
    start = time.process_time()
    job(data)
    return time.process_time() - start
