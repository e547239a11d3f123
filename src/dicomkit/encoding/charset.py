"""Specific Character Set (0008,0005): between the bytes and the text of values (PS3.5 6.1, PS3.3 C.12.1.1.2)."""

from __future__ import annotations

import re
from functools import lru_cache

from dicomkit.core.frozen import Frozen
from dicomkit.core.issue import IssueCode
from dicomkit.core.limits import DEFAULT_LIMITS
from dicomkit.core.tag import Tag
from dicomkit.encoding.charset_tables import ALIASES, ISO_IR_14, STANDALONE_TERMS, TERMS
from dicomkit.encoding.iso2022 import (
    DELIMITERS,
    MARK,
    Findings,
    Repertoire,
    decode_extended,
    decode_plain,
    encode_extended,
)
from dicomkit.errors import ValueEncodeError, escaped

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from dicomkit.encoding.charset_tables import CodeElements
    from dicomkit.encoding.iso2022 import Usage

__all__ = ["DEFAULT", "NO_PROBLEM", "CharacterSet", "CharsetProblem", "check_declaration"]

MARKS_PATTERN = "[\udc00-\udcff]"
_ESC = 0x1B
_TEXT, _VALUES, _NAMES = DELIMITERS["text"], DELIMITERS["values"], DELIMITERS["names"]

# As many distinct declarations as one process is likely to meet at a time.
_REMEMBERED = 256


class CharsetProblem(str):
    """What was wrong with the bytes of a value; `code` says which kind of Issue it is. NO_PROBLEM, "", has none."""

    __slots__ = ("code",)
    code: IssueCode

    def __new__(cls, text: str, code: IssueCode) -> CharsetProblem:
        """Make a problem of a kind."""
        problem = super().__new__(cls, text)
        problem.code = code
        return problem


NO_PROBLEM = str.__new__(CharsetProblem, "")


class CharacterSet(Frozen):
    """One Specific Character Set (0008,0005), all of its values together; immutable, made by `CharacterSet.of`.

    `terms`: the Defined Terms, those that were misspelt corrected; empty for the default repertoire. `declared`: the
    values as they were given. `problems`: what had to be corrected.
    `is_multi_byte_backslash`: the byte 5C can be the second half of a character (GBK, GB18030).

    Decoding never fails. A byte that is no character of its set appears as ``<FC>``: in printable ASCII, so that
    the text fits any set, and without a backslash, which separates values.

    What is declared counts: bytes that can be text of a declared set are, even if they are UTF-8 as well. Others are
    recovered where they can mean one thing only, which is a problem CHARSET_UNDECLARED. Bytes above 7F of which nothing
    is declared are UTF-8 if they can be, else of a set declared for escape sequences, else Latin 1.
    """

    __slots__ = ("_codec", "_repertoire", "_romaji", "declared", "is_multi_byte_backslash", "problems", "terms")

    terms: tuple[str, ...]
    declared: tuple[str, ...]
    problems: tuple[str, ...]
    is_multi_byte_backslash: bool

    def __init__(
        self,
        declared: tuple[str, ...],
        terms: tuple[str, ...],
        problems: tuple[str, ...],
        codec: str,
        repertoire: Repertoire,
    ) -> None:
        put = object.__setattr__
        put(self, "declared", declared)
        put(self, "terms", terms)
        put(self, "problems", problems)
        put(self, "_codec", codec)
        put(self, "_repertoire", repertoire)
        put(self, "_romaji", not codec and repertoire.g0 is ISO_IR_14)
        put(self, "is_multi_byte_backslash", codec in ("gbk", "gb18030"))

    _codec: str
    _repertoire: Repertoire
    _romaji: bool

    @staticmethod
    def of(terms: Iterable[str] = (), *, most: int | None = DEFAULT_LIMITS.character_set_terms) -> CharacterSet:
        """Return the character set that the values of Specific Character Set (0008,0005) declare; none is ISO 646.

        Values beyond the first `most` are ignored, which is a problem of the result.
        """
        return _declared(tuple(terms), most)

    def decode(self, data: bytes, *, person_name: bool = False) -> tuple[str, CharsetProblem]:
        """Return the text of one value, padding included, and what was wrong with it, "" if nothing was."""
        if not self._romaji and data.isascii() and _ESC not in data:
            return data.decode("ascii"), NO_PROBLEM
        return self._decode(data, _NAMES if person_name else _TEXT)

    def decode_values(self, data: bytes, *, person_name: bool = False) -> tuple[list[str], CharsetProblem]:
        """Return the texts of all values, padding included, and what was wrong with them, "" if nothing was.

        A byte 5C that is half of a character separates nothing.
        """
        if not self._romaji and data.isascii() and _ESC not in data:
            return data.decode("ascii").split("\\"), NO_PROBLEM
        text, problem = self._decode(data, _NAMES if person_name else _VALUES)
        return text.split("\\"), problem

    def encode(self, text: str, *, person_name: bool = False) -> bytes:
        """Return the bytes of one value, without padding, switching among the declared sets where needed.

        Raises ValueEncodeError if a character is in none of them.
        """
        return self._encode(text, _NAMES if person_name else _TEXT)

    def encode_values(self, texts: Iterable[str], *, person_name: bool = False) -> bytes:
        """Return the bytes of several values with a backslash between them.

        Raises ValueEncodeError if a character is in none of the declared sets, or is the backslash (PS3.5 6.2).
        """
        usage = _NAMES if person_name else _VALUES
        values = []
        for text in texts:
            if "\\" in text:
                raise ValueEncodeError("a backslash separates values and cannot be part of one", value=text)
            values.append(self._encode(text, usage))
        return b"\\".join(values)

    def _decode(self, data: bytes, usage: Usage) -> tuple[str, CharsetProblem]:
        findings = Findings()
        if self._codec:
            text = data.decode(self._codec, "surrogateescape")
            if _ESC in data:
                findings.add(IssueCode.CHARSET_DAMAGED, f"an escape character, which {self.terms[0]} does not allow")
        elif _ESC in data:
            text = decode_extended(data, self._repertoire, usage, findings)
        else:
            text = decode_plain(data, self._repertoire, usage, findings)
        first = re.search(MARKS_PATTERN, text)
        if first is not None:
            byte = ord(first.group()) - MARK
            findings.add(IssueCode.CHARSET_DAMAGED, f"byte {byte:02X} is no character of {self}")
            text = re.sub(MARKS_PATTERN, _visible, text)
        return text, CharsetProblem(findings.text, findings.code) if findings else NO_PROBLEM

    def _encode(self, text: str, usage: Usage) -> bytes:
        if not self._romaji and text.isascii() and (self._codec or "\x1b" not in text):
            return text.encode("ascii")
        try:
            if self._codec:
                return text.encode(self._codec)
            return encode_extended(text, self._repertoire, usage)
        except UnicodeEncodeError as error:
            character = text[error.start]
            raise ValueEncodeError(
                f"{escaped(character)!r} (U+{ord(character):04X}) at character {error.start} is not in {self}; "
                'ds.convert_charset("ISO_IR 192") makes room for any character',
                value=text,
            ) from None

    def __str__(self) -> str:
        return "\\".join(self.terms) or "ISO 646, the default repertoire"

    def __repr__(self) -> str:
        return f"CharacterSet.of({self.declared!r})"

    def __eq__(self, other: object) -> bool:
        return self.terms == other.terms if isinstance(other, CharacterSet) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.terms)

    def __reduce__(self) -> tuple[object, ...]:
        return CharacterSet.of, (self.declared,)


def _visible(mark: re.Match[str]) -> str:
    return f"<{ord(mark.group()) - MARK:02X}>"


# Reading the declaration ----------------------------------------------------------------------------------------------


def _key(term: str) -> str:
    return "".join([character for character in term.upper() if character.isalnum()])


_BY_KEY = {_key(term): term for term in (*TERMS, *STANDALONE_TERMS)} | ALIASES


@lru_cache(maxsize=_REMEMBERED)
def _declared(terms: tuple[str, ...], most: int | None) -> CharacterSet:
    problems: list[str] = []
    if most is not None and len(terms) > most:
        problems.append(f"{len(terms)} values; those after the first {most} are ignored")
    known = [_recognised(term, problems) for term in terms[:most]] or [""]
    if known[0] is None:
        # Undeclared bytes are then recovered as if nothing had been declared.
        known[0] = ""
    names = [term for term in known if term is not None]
    if names[0] in STANDALONE_TERMS:
        if len(names) > 1:
            problems.append(f"{names[0]} allows no other character set beside it; the others are ignored")
        codec = STANDALONE_TERMS[names[0]]
        return CharacterSet(terms, (names[0],), tuple(problems), codec, Repertoire([TERMS[""]], False))
    for name in [name for name in names[1:] if name in STANDALONE_TERMS]:
        problems.append(f"{name} allows no other character set beside it; it is ignored")
        names.remove(name)
    rows = [TERMS[name] for name in names]
    if len(rows) > 1:
        names = _extended_names(names, rows, problems)
    wide = rows[0].g0 is None or rows[0].g0.width == 2
    if wide:
        problems.append(f"{names[0]} is a multi-byte character set and cannot be value 1")
    canonical = () if names == [""] else tuple(names)
    return CharacterSet(terms, canonical, tuple(problems), "", Repertoire(rows, len(rows) > 1 or wide))


def _recognised(term: str, problems: list[str]) -> str | None:
    """Return the Defined Term that a value of (0008,0005) means, None if it is unknown; report what is not one."""
    stripped = term.strip(" \0")
    if stripped in TERMS or stripped in STANDALONE_TERMS:
        return stripped
    key = _key(stripped)
    meant = _BY_KEY.get(key, _BY_KEY.get("ISO" + key))
    if meant is None:
        problems.append(f"'{escaped(stripped)}' is no Defined Term of Specific Character Set; ignored")
    else:
        name = meant or "ISO 646"
        problems.append(f"'{escaped(stripped)}' is no Defined Term of Specific Character Set; read as {name}")
    return meant


def _extended_names(names: list[str], rows: list[CodeElements], problems: list[str]) -> list[str]:
    """Return the names that a multi-valued (0008,0005) must use: those with code extensions, or empty for value 1."""
    result = []
    for index, (name, row) in enumerate(zip(names, rows, strict=True)):
        if name == row.extended or (name == "" and index == 0):
            result.append(name)
            continue
        problems.append(f"{name or 'an empty value'} among several values; read as {row.extended}")
        result.append(row.extended)
    return result


def check_declaration(terms: Iterable[str]) -> None:
    """Raise ValueEncodeError for values of Specific Character Set that declare none as they should (PS3.3 C.12.1.1.2).

    The error names what they were probably meant to be, which is what reading would take them for.
    """
    terms = tuple(terms)
    found = CharacterSet.of(terms)
    if not found.problems:
        return
    declared, meant = escaped("\\".join(terms)), "\\".join(found.terms)
    if meant and meant != declared:
        right = f"the Defined Term is '{meant}'"
    elif len(terms) == 1 and _recognised(terms[0], []) == "":
        right = "the default repertoire, ISO 646, is declared by no value"
    else:
        right = "Defined Terms are such as 'ISO_IR 192' for UTF-8, 'ISO_IR 100' for Latin 1"
    message = f"'{declared}' is no Specific Character Set (PS3.3 C.12.1.1.2); {right}"
    raise ValueEncodeError(message, tag=Tag(0x00080005), vr="CS")


DEFAULT = CharacterSet.of()
"""The default repertoire, ISO 646: Specific Character Set is absent or empty (PS3.5 6.1.2.1)."""
