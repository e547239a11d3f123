"""Code extensions: the state of G0 and G1, the delimiters that reset it, and what is done with broken sequences."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
import time
from pathlib import Path

import pytest

import dicomkit.encoding
from dicomkit.core.issue import IssueCode
from dicomkit.encoding.charset import CharacterSet
from dicomkit.errors import ValueEncodeError

JAPANESE = CharacterSet.of(["", "ISO 2022 IR 87"])
ROMAJI = CharacterSet.of(["ISO 2022 IR 13", "ISO 2022 IR 87"])
KOREAN = CharacterSet.of(["", "ISO 2022 IR 149"])
CHINESE = CharacterSet.of(["", "ISO 2022 IR 58"])
MIXED = CharacterSet.of(["ISO 2022 IR 100", "ISO 2022 IR 144", "ISO 2022 IR 87"])


@pytest.mark.parametrize("delimiter", ["\r\n", "\n", "\f", "\t"])
def test_controls_reset_to_the_initial_state(delimiter):
    """After CR, LF, FF and TAB the sets of value 1 are active again (PS3.5 6.1.2.5.3)."""
    data = b"\x1b-L\xb0" + delimiter.encode() + b"\xe9"
    assert (f"А{delimiter}é", "") == MIXED.decode(data)


@pytest.mark.parametrize("delimiter", "^=\\")
def test_delimiters_of_names_reset_to_the_initial_state(delimiter):
    """In PN the caret, the equals sign and the backslash reset as well."""
    data = b"\x1b-L\xb0" + delimiter.encode() + b"\xe9"
    assert (f"А{delimiter}é".split("\\"), "") == MIXED.decode_values(data, person_name=True)


def test_carets_do_not_reset_outside_names():
    """In LO only the backslash separates, so a caret changes nothing."""
    assert (["А^щ", "é"], "") == MIXED.decode_values(b"\x1b-L\xb0^\xe9\\\xe9")


def test_backslashes_do_not_reset_in_long_text():
    """In LT, ST and UT a backslash is a character."""
    assert ("А\\щ", "") == MIXED.decode(b"\x1b-L\xb0\\\xe9")


def test_g1_stays_when_g0_changes():
    """G0 and G1 are designated independently (ISO/IEC 2022)."""
    assert ("é山é", "") == MIXED.decode(b"\xe9\x1b$B;3\x1b(B\xe9")


def test_bytes_of_g1_inside_g0_of_two_bytes():
    """The high bit alone says which of G0 and G1 a byte belongs to."""
    assert ("山é田", "") == MIXED.decode(b"\x1b$B;3\xe9ED\x1b(B")


def test_spaces_inside_kanji():
    """A space needs no escape sequence (PS3.5 H.2)."""
    assert ("山 田", "") == JAPANESE.decode(b"\x1b$B;3 ED\x1b(B")


def test_every_part_begins_and_ends_in_the_initial_state():
    """What is written returns to the sets of value 1 before each delimiter and at the end."""
    assert b"\x1b$B;3\x1b(B^\x1b$BED\x1b(B" == JAPANESE.encode("山^田", person_name=True)
    assert b"\x1b$B;3\x1b(J\r\n\xd4" == ROMAJI.encode("山\r\nﾔ")
    assert b"\xe9\x1b-L\xb0\x1b-A" == MIXED.encode("éА")
    assert b"\x1b$)C\xb1\xe6^\x1b$)C\xb1\xe6" == KOREAN.encode("길^길", person_name=True)


def test_a_set_is_designated_again_after_another():
    """Readers forget G1 when G0 changes, so what is written designates it again (redundant in ISO/IEC 2022)."""
    assert b"\x1b$B;3\x1b(B\x1b-A\xe9" == MIXED.encode("山é")
    assert b"\x1b$B;3\x1b(Ba\x1b-A\xe9" == MIXED.encode("山aé")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x1b$)C\xb1\xe6^\xb1\xe6", "길^길"),
        (b"\xb1\xe6^\xb1\xe6", "길^길"),
        ("길^길".encode(), "길^길"),
    ],
)
def test_korean_without_its_escape_sequence(data, text):
    """A writer that forgets to designate, or writes UTF-8, is understood and reported."""
    actual, problem = KOREAN.decode(data, person_name=True)
    assert text == actual
    assert IssueCode.CHARSET_UNDECLARED == problem.code


def test_which_declared_set_undesignated_bytes_are_of():
    """A declared two-byte set is tried before a one-byte set, which takes almost any byte."""
    characters = CharacterSet.of(["", "ISO 2022 IR 144", "ISO 2022 IR 149"])
    assert "길" == characters.decode(b"\xb1\xe6")[0]
    assert "А" == characters.decode(b"\xb0")[0]


def test_syllables_that_ks_x_1001_only_spells_out():
    """Python's codec writes them as eight bytes that few readers understand; here they do not fit."""
    assert 8 == len("똠".encode("euc_kr"))
    with pytest.raises(ValueEncodeError):
        KOREAN.encode("똠")


def test_a_delimiter_inside_kanji():
    """A caret that no second half follows ends the kanji although the escape sequence before it is missing."""
    actual, problem = JAPANESE.decode(b"\x1b$B;3^\x1b$BED\x1b(B", person_name=True)
    assert "山^田" == actual
    assert IssueCode.CHARSET_DAMAGED == problem.code


@pytest.mark.parametrize(
    ("characters", "data", "text"),
    [
        (JAPANESE, b"a\x1bZb", "a<1B>Zb"),
        (JAPANESE, b"a\x1b", "a<1B>"),
        (JAPANESE, b"\x1b$B;", "<3B>"),
        (JAPANESE, b"\x1b$B;3\x7e\x7e\x1b(Ba", "山<7E><7E>a"),
        (KOREAN, b"\x1b$)C\xb1\xe6\xb1", "길<B1>"),
        (KOREAN, b"\x1b$)C\xff\xffa\xb1\xe6", "<FF><FF>a길"),
        (CHINESE, b"\x1b$)A\xfe\xfe\xd5\xc5", "<FE><FE>张"),
    ],
)
def test_broken_sequences_keep_their_neighbours(characters, data, text):
    """A broken character is shown byte by byte, and the pairs after it stay aligned."""
    actual, problem = characters.decode(data)
    assert text == actual
    assert IssueCode.CHARSET_DAMAGED == problem.code


@pytest.mark.parametrize(
    ("characters", "data", "text"),
    [
        (CHINESE, b"\x1b$)A" + "镕".encode("gbk"), "镕"),
        (KOREAN, b"\x1b$)C" + "똠".encode("cp949"), "똠"),
    ],
)
def test_vendor_characters(characters, data, text):
    """Characters that the larger set of the same name has are understood and reported."""
    actual, problem = characters.decode(data)
    assert text == actual
    assert IssueCode.CHARSET_UNDECLARED == problem.code


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x1b(I5E\x1b(B", "ｵﾅ"),
        (b"\x1b)I\xb5\xc5", "ｵﾅ"),
        (b"\x1b$@;3\x1b(B", "山"),
        (b"\x1b$)C\xb1\xe6", "길"),
        (b"\x1b-A\xe9", "é"),
    ],
)
def test_sets_that_are_not_declared(data, text):
    """Sequences of other sets, and unusual ones, are followed and reported."""
    actual, problem = JAPANESE.decode(data)
    assert text == actual
    assert IssueCode.CHARSET_UNDECLARED == problem.code


def patterns() -> list[tuple[str, re.Pattern[str] | re.Pattern[bytes]]]:
    """Give every regular expression of dicomkit.encoding: compiled ones, and sources, whose names end in "pattern"."""
    found = []
    for module_info in pkgutil.walk_packages(dicomkit.encoding.__path__, "dicomkit.encoding."):
        module = importlib.import_module(module_info.name)
        values = [(name, value) for name, value in vars(module).items() if not name.startswith("__")]
        while values:
            name, value = values.pop()
            if isinstance(value, re.Pattern):
                found.append((f"{module_info.name}.{name}", value))
            elif isinstance(value, (str, bytes)) and name.lower().endswith("pattern"):
                found.append((f"{module_info.name}.{name}", re.compile(value)))
            elif isinstance(value, dict):
                values += [(f"{name}.{key}", item) for key, item in value.items()]
            elif module_info.name in type(value).__module__ and hasattr(type(value), "__slots__"):
                values += [(f"{name}.{slot}", getattr(value, slot, None)) for slot in type(value).__slots__]
    return found


def test_the_patterns_are_found():
    """The next test looks at something, and no module uses a pattern that it does not see."""
    assert len(patterns()) > 8
    for module_info in pkgutil.walk_packages(dicomkit.encoding.__path__, "dicomkit.encoding."):
        spec = importlib.util.find_spec(module_info.name)
        assert spec is not None
        source = Path(spec.origin).read_text(encoding="utf-8") if spec.origin and spec.origin.endswith(".py") else ""
        assert not re.search(r"""\bre\.\w+\(\s*[rb]*["']""", source), f"{module_info.name}: a pattern without a name"


ADVERSARIES = ["a", "\\", "^=", " ", "\x1b$B", "\t\r\n", "\xff", "\xe9\xb1a", "ab "]


@pytest.mark.parametrize(("name", "pattern"), patterns(), ids=lambda value: value if isinstance(value, str) else "")
def test_regular_expressions_take_linear_time(name, pattern):
    """64 KiB of the worst text takes at most 10 ms to search, with a guard of ten for a busy machine."""
    for unit in ADVERSARIES:
        text = (unit * 65536)[:65536]
        subject = text.encode("latin_1") if isinstance(pattern.pattern, bytes) else text
        assert min(seconds(pattern, subject) for _ in range(3)) < 0.1, f"{name} on {unit!r}"


def seconds(pattern: re.Pattern[str] | re.Pattern[bytes], subject: str | bytes) -> float:
    """Give the time of this thread, not of the machine, that finding everything takes."""
    start = time.thread_time()
    pattern.search(subject)
    pattern.match(subject)
    pattern.findall(subject)
    return time.thread_time() - start
