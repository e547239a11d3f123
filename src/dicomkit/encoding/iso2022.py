"""Text with code extensions: ISO 2022 escape sequences inside values (PS3.5 6.1.2.4 and 6.1.2.5)."""

from __future__ import annotations

import codecs
import re
from functools import cache

from dicomkit.core.frozen import Frozen
from dicomkit.core.issue import IssueCode
from dicomkit.encoding.charset_tables import (
    DESIGNATIONS,
    ISO_IR_6,
    ISO_IR_13,
    ISO_IR_14,
    ISO_IR_87,
    ISO_IR_159,
    CodeElement,
)

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.encoding.charset_tables import CodeElements

__all__ = ["DELIMITERS", "Findings", "Repertoire", "Usage", "decode_extended", "decode_plain", "encode_extended"]

ESC = 0x1B

# A byte that is no character is carried as this code point plus the byte, a lone surrogate, until the text is done.
MARK = 0xDC00


class Usage(Frozen):
    """Where a value's character sets return to their initial state, and whether a backslash separates values."""

    __slots__ = ("delimiter_pattern", "multi", "text_delimiter_pattern")

    delimiter_pattern: bytes
    text_delimiter_pattern: str
    multi: bool

    def __init__(self, delimiter: bytes, text_delimiter: str, multi: bool) -> None:
        put = object.__setattr__
        put(self, "delimiter_pattern", delimiter)
        put(self, "text_delimiter_pattern", text_delimiter)
        put(self, "multi", multi)


# PS3.5 6.1.2.5.3: at CR, LF, FF and TAB, at the end of a value, and in PN at "^" and "=". The patterns are single
# characters, so they cannot backtrack.
DELIMITERS = {
    "text": Usage(rb"[\t\n\x0c\r]", r"([\t\n\x0c\r])", False),
    "values": Usage(rb"[\t\n\x0c\r\\]", r"([\t\n\x0c\r])", True),
    "names": Usage(rb"[\t\n\x0c\r\\^=]", r"([\t\n\x0c\r^=])", True),
}

CONTROL_PATTERN = rb"[\t\n\x0c\r]"
PAIRS_PATTERN = rb"(?:[\x21-\x7e]{2}| )+"
ABOVE_PATTERN = rb"[\x80-\xff]+"
# The three kinds of byte start differently, so a match never has a second way.
MIXED_PATTERN = rb"[\x80-\xff]{2}|[\x00-\x7f]+|[\x80-\xff]"

_C1 = bytes(range(0x80, 0xA0))

_SET_HIGH_BIT = bytes(byte | 0x80 if 0x21 <= byte <= 0x7E else byte for byte in range(256))
_CLEAR_HIGH_BIT = bytes(byte & 0x7F for byte in range(256))

_ROW_13 = 0x20 + 13

# JIS X 0201: what G0 has instead of the ASCII characters, and the whole table with katakana in G1.
_ROMAJI = {0x5C: "¥", 0x7E: "‾"}
_ROMAJI_BUT_BACKSLASH = {0x7E: "‾"}
_KATAKANA_IN_G0 = {0x21 + i: 0xFF61 + i for i in range(63)}
_KATAKANA = "".join(map(chr, range(128))) + "\ufffe" * 33 + "".join(chr(0xFF61 + i) for i in range(63)) + "\ufffe" * 32


class Repertoire(Frozen):
    """The code elements that a Specific Character Set makes available, and the initial state of each value.

    `g1` is None where nothing is designated to G1 initially (PS3.5 6.1.2.5.4); `extended` says that escape sequences
    are allowed.
    """

    __slots__ = ("declared", "extended", "g0", "g1")

    g0: CodeElement
    g1: CodeElement | None
    declared: tuple[CodeElement, ...]
    extended: bool

    def __init__(self, rows: list[CodeElements], extended: bool) -> None:
        """Take the rows of Specific Character Set's values, in order."""
        first = rows[0]
        declared = dict.fromkeys(element for row in rows for element in (row.g0, row.g1) if element is not None)
        # A two-byte G0 set cannot be the initial one: nothing could say where it ends. ISO-IR 6 is, as if value 1 were
        # empty; that is how the writers that declare "ISO 2022 IR 87" alone mean it.
        g0 = first.g0 if first.g0 is not None and first.g0.width == 1 else ISO_IR_6
        put = object.__setattr__
        put(self, "g0", g0)
        put(self, "g1", first.g1)
        put(self, "declared", tuple(declared))
        put(self, "extended", extended)


class Findings:
    """What was wrong with one value: each kind once, with the first place."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[str, IssueCode] = {}

    def add(self, code: IssueCode, text: str) -> None:
        """Keep a finding; later ones with the same text are dropped."""
        self._found.setdefault(text, code)

    def __bool__(self) -> bool:
        return bool(self._found)

    @property
    def code(self) -> IssueCode:
        """The code of the first finding."""
        return next(iter(self._found.values()))

    @property
    def text(self) -> str:
        """All findings in one line."""
        return "; ".join(self._found)


@cache
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    """Return a pattern of this module; compiled when first needed, as most files need none and it takes long."""
    return re.compile(pattern)


def _has_c1(data: bytes) -> bool:
    return len(data.translate(None, _C1)) != len(data)


# Decoding -------------------------------------------------------------------------------------------------------------


def decode_plain(data: bytes, repertoire: Repertoire, usage: Usage, findings: Findings) -> str:
    """Return the text of bytes without escape sequences; bytes that are no character become marks."""
    g1 = repertoire.g1
    if g1 is None:
        return _decode_undesignated(data, repertoire, None, usage, findings)
    # ISO 8859 has no characters at 80 to 9F, DICOM no control characters there (PS3.5 6.1.3): such bytes are no text
    # of the declared set. Without them it is, whatever else it could be.
    if g1.width == 1 and g1.codec and _has_c1(data):
        text = _strictly(data, "utf_8")
        if text is not None:
            findings.add(IssueCode.CHARSET_UNDECLARED, f"the bytes are UTF-8, not {g1.registration}")
            return text
        findings.add(IssueCode.CHARSET_DAMAGED, f"bytes 80 to 9F are no characters of {g1.registration}")
    return _decode_piece(data, repertoire.g0, g1, usage, findings)


def decode_extended(data: bytes, repertoire: Repertoire, usage: Usage, findings: Findings) -> str:
    """Return the text of bytes with escape sequences; bytes that are no character become marks.

    Sequences of sets that are not declared are followed as well and reported.
    """
    g0, g1 = repertoire.g0, repertoire.g1
    designated: CodeElement | None = None
    parts: list[str] = []
    position = 0
    size = len(data)
    while position < size:
        if data[position] == ESC:
            element = DESIGNATIONS.get(data[position : position + 3]) or DESIGNATIONS.get(data[position : position + 4])
            if element is None:
                findings.add(IssueCode.CHARSET_DAMAGED, f"unknown escape sequence at byte {position}")
                parts.append(chr(MARK + ESC))
                position += 1
                continue
            _check_declared(element, repertoire, findings)
            position += len(element.escape)
            if element.area:
                g1 = designated = element
            else:
                g0 = element
            continue
        end = data.find(b"\x1b", position)
        end = size if end < 0 else end
        if g0.width == 2:
            position, reset = _decode_wide(data, position, end, (g0, g1), usage, findings, parts)
            if reset:
                g0, g1 = repertoire.g0, repertoire.g1
            continue
        stop = end
        if g0 is not repertoire.g0 or g1 is not repertoire.g1:
            # In katakana the delimiters of printable form are letters; everywhere else they end the extension.
            is_katakana = g0.registration == ISO_IR_13.registration
            delimiter = _compiled(CONTROL_PATTERN if is_katakana else usage.delimiter_pattern)
            found = delimiter.search(data, position, end)
            stop = found.start() if found else end
        piece = data[position:stop]
        if g1 is None:
            parts.append(_decode_undesignated(piece, repertoire, designated, usage, findings, g0))
        else:
            parts.append(_decode_piece(piece, g0, g1, usage, findings))
        position = stop
        if stop < end:
            g0, g1 = repertoire.g0, repertoire.g1
    return "".join(parts)


def _check_declared(element: CodeElement, repertoire: Repertoire, findings: Findings) -> None:
    if not repertoire.extended:
        findings.add(IssueCode.CHARSET_UNDECLARED, "escape sequences, and the declared set allows none")
    elif element not in repertoire.declared and element not in (ISO_IR_6, repertoire.g0):
        name = element.registration
        findings.add(IssueCode.CHARSET_UNDECLARED, f"an escape sequence of {name}, which is not declared so")


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def _decode_undesignated(
    data: bytes,
    repertoire: Repertoire,
    designated: CodeElement | None,
    usage: Usage,
    findings: Findings,
    g0: CodeElement | None = None,
) -> str:
    """Return the text of bytes while no G1 set is designated; any byte above 7F is then a defect to recover from.

    What it may be, likeliest first: the set designated earlier in the value (a writer that does not repeat the escape
    sequence after a delimiter), a declared two-byte set without its escape sequence, UTF-8, a declared one-byte set,
    and Latin 1, which takes any byte.
    """
    g0 = repertoire.g0 if g0 is None else g0
    if data.isascii():
        return _as_g0(data.decode("ascii"), g0, usage)
    candidates = [element for element in repertoire.declared if element.area and element.codec]
    wide = [element for element in candidates if element.width == 2]
    narrow = [element for element in candidates if element.width == 1]
    for element in ([designated] if designated is not None and designated.codec else []) + wide:
        text = _strictly(data, element.codec)
        if text is not None:
            findings.add(IssueCode.CHARSET_UNDECLARED, f"{element.registration} without its escape sequence")
            return _as_g0(text, g0, usage)
    text = _strictly(data, "utf_8")
    if text is not None:
        findings.add(IssueCode.CHARSET_UNDECLARED, "bytes above 7F, which are UTF-8 but are not declared")
        return _as_g0(text, g0, usage)
    for element in narrow:
        text = _strictly(data, element.codec)
        if text is not None:
            findings.add(IssueCode.CHARSET_UNDECLARED, f"{element.registration} without its escape sequence")
            return _as_g0(text, g0, usage)
    findings.add(IssueCode.CHARSET_UNDECLARED, "bytes above 7F that are not declared, taken for Latin 1")
    return _as_g0(data.decode("latin_1"), g0, usage)


def _as_g0(text: str, g0: CodeElement, usage: Usage) -> str:
    """Return text decoded as if G0 were ASCII with the characters that G0 has."""
    if g0.registration == ISO_IR_14.registration:
        return text.translate(_ROMAJI_BUT_BACKSLASH if usage.multi else _ROMAJI)
    if g0.registration == ISO_IR_13.registration:
        return text.translate(_KATAKANA_IN_G0)
    return text


def _decode_piece(data: bytes, g0: CodeElement, g1: CodeElement, usage: Usage, findings: Findings) -> str:
    """Return the text of bytes in one state of G0 (one byte a character) and G1."""
    if g1.codec:
        text = _strictly(data, g1.codec)
    else:
        text = codecs.charmap_decode(data, "surrogateescape", _KATAKANA)[0]
        text = text if text.isascii() or not _marked(text) else None
    if text is not None:
        return _as_g0(text, g0, usage)
    if g1.vendor_codec:
        text = _strictly(data, g1.vendor_codec)
        if text is not None:
            name = g1.vendor_codec
            findings.add(IssueCode.CHARSET_UNDECLARED, f"characters of {name}, which has more than {g1.registration}")
            return text
    if g1.width == 2:
        return _as_g0(
            "".join([_decode_token(token, g1.codec) for token in _compiled(MIXED_PATTERN).findall(data)]), g0, usage
        )
    if g1.codec:
        return _as_g0(data.decode(g1.codec, "surrogateescape"), g0, usage)
    return _as_g0(codecs.charmap_decode(data, "surrogateescape", _KATAKANA)[0], g0, usage)


def _marked(text: str) -> bool:
    try:
        text.encode("utf_8")
    except UnicodeEncodeError:
        return True
    return False


def _decode_token(token: bytes, codec: str) -> str:
    # Pair by pair, because Python's codecs skip one byte of a pair that is no character and then misread the rest.
    text = _strictly(token, codec)
    return text if text is not None else "".join([chr(MARK + byte) for byte in token])


def _decode_wide(
    data: bytes,
    position: int,
    end: int,
    state: tuple[CodeElement, CodeElement | None],
    usage: Usage,
    findings: Findings,
    parts: list[str],
) -> tuple[int, bool]:
    """Decode while G0 holds a set of two bytes a character; return where it stopped and whether the state is reset.

    The bytes of "^", "=" and the backslash are halves of characters here: the standard wants another set designated
    before a delimiter. One that is followed by no second half is a delimiter all the same.
    """
    g0, g1 = state
    pairs, above = _compiled(PAIRS_PATTERN), _compiled(ABOVE_PATTERN)
    delimiter = _compiled(usage.delimiter_pattern)
    while position < end:
        match = pairs.match(data, position, end)
        if match is not None:
            parts.append(_decode_pairs(match.group(), g0, findings))
            position = match.end()
            continue
        match = above.match(data, position, end)
        if match is not None:
            run = match.group()
            if g1 is None:
                parts.extend([chr(MARK + byte) for byte in run])
            else:
                parts.append(_decode_piece(run, ISO_IR_6, g1, usage, findings))
            position = match.end()
            continue
        byte = data[position]
        if delimiter.match(data, position):
            if byte > 0x20:
                findings.add(
                    IssueCode.CHARSET_DAMAGED, f"no escape sequence from {g0.registration} before {chr(byte)!r}"
                )
            return position, True
        # A control character stands for itself in any state; a half character is damage.
        parts.append(chr(byte) if byte < 0x20 or byte == 0x7F else chr(MARK + byte))
        position += 1
    return position, False


def _decode_pairs(run: bytes, g0: CodeElement, findings: Findings) -> str:
    if g0.registration != ISO_IR_159.registration:
        text = _strictly(run.translate(_SET_HIGH_BIT), g0.codec)
        if text is not None:
            return text
    return " ".join([_decode_each_pair(pairs, g0, findings) for pairs in run.split(b" ")])


def _decode_each_pair(pairs: bytes, g0: CodeElement, findings: Findings) -> str:
    # EUC-JP holds JIS X 0212 behind the byte 8F (single shift three).
    prefix = b"\x8f" if g0.registration == ISO_IR_159.registration else b""
    high = pairs.translate(_SET_HIGH_BIT)
    parts = []
    for start in range(0, len(pairs), 2):
        text = _strictly(prefix + high[start : start + 2], g0.codec)
        if text is None and g0.registration == ISO_IR_87.registration and pairs[start] == _ROW_13:
            text = _decode_row_13(pairs[start + 1])
            if text is not None:
                findings.add(IssueCode.CHARSET_UNDECLARED, f"characters in row 13, empty in {g0.registration}")
        if text is None:
            text = chr(MARK + pairs[start]) + chr(MARK + pairs[start + 1])
        parts.append(text)
    return "".join(parts)


def _decode_row_13(cell: int) -> str | None:
    """Return the character that a writer put into the empty row 13 of JIS X 0208: circled digits, units and the like.

    NEC did so first, Windows (code page 932) followed, and JIS X 0213 made it a standard: wherever two of them have a
    character, it is the same. Of the other empty rows this is not so.
    """
    text = _strictly(bytes((0x87, cell + 0x1F + (cell >= 0x60))), "cp932")
    return text if text is not None else _strictly(bytes((_ROW_13 | 0x80, cell | 0x80)), "euc_jis_2004")


# Encoding -------------------------------------------------------------------------------------------------------------


def encode_extended(text: str, repertoire: Repertoire, usage: Usage) -> bytes:
    """Return the bytes of text, switching among the declared sets; raise UnicodeEncodeError with the position.

    Each delimited part begins and ends in the initial state, as PS3.5 6.1.2.5.3 requires.
    """
    g1 = repertoire.g1
    if not repertoire.extended and repertoire.g0 is ISO_IR_6 and g1 is not None and g1.codec and "\x1b" not in text:
        encoded = text.encode(g1.codec)
        if not _has_c1(encoded):
            return encoded
    out = bytearray()
    position = 0
    for number, part in enumerate(re.split(usage.text_delimiter_pattern, text)):
        if number % 2 or (part.isascii() and repertoire.g0 is ISO_IR_6 and "\x1b" not in part):
            out += part.encode("ascii")
        else:
            _encode_part(part, position, text, repertoire, usage, out)
        position += len(part)
    return bytes(out)


def _encode_part(part: str, offset: int, text: str, repertoire: Repertoire, usage: Usage, out: bytearray) -> None:
    g0, g1 = repertoire.g0, repertoire.g1
    # Readers split values at escape sequences and forget G1 when G0 changes (DCMTK, pydicom), so G1 is designated
    # again after each change of G0, and used only with the initial set in G0. Both are redundant in ISO 2022.
    current = True
    for index, character in enumerate(part):
        for element in (g0, g1, repertoire.g0, *repertoire.declared):
            encoded = None if element is None else _encode_character(character, element, usage)
            if encoded is not None:
                break
        else:
            raise UnicodeEncodeError("dicom", text, offset + index, offset + index + 1, "not in the declared sets")
        assert element is not None
        if element.area == 0:
            if element is not g0:
                out += element.escape
                g0, current = element, False
        else:
            if g0 is not repertoire.g0:
                out += repertoire.g0.escape
                g0, current = repertoire.g0, False
            if element is not g1 or not current:
                out += element.escape
                g1, current = element, True
        out += encoded
    if g0 is not repertoire.g0:
        out += repertoire.g0.escape
    if repertoire.g1 is not None and g1 is not repertoire.g1:
        out += repertoire.g1.escape


def _encode_character(character: str, element: CodeElement, usage: Usage) -> bytes | None:
    code = ord(character)
    if code < 0x80:
        fits = element.width == 1 and not element.area and code != ESC
        return bytes((code,)) if fits and not (element is ISO_IR_14 and character in "\\~") else None
    if code < 0xA0:
        return None  # control characters that Python's codecs let pass and DICOM has not (PS3.5 6.1.3)
    if element is ISO_IR_14:
        # Where 5C separates values it cannot also be the yen sign.
        return b"~" if character == "‾" else b"\\" if character == "¥" and not usage.multi else None
    if element is ISO_IR_13:
        return bytes((code - 0xFF61 + 0xA1,)) if 0xFF61 <= code <= 0xFF9F else None
    try:
        encoded = character.encode(element.codec)
    except UnicodeEncodeError:
        return None
    if element is ISO_IR_159:
        return encoded[1:].translate(_CLEAR_HIGH_BIT) if len(encoded) == 3 else None
    # The codecs know longer forms (KS X 1001's spelled-out syllables, half-width katakana), which DICOM does not.
    if len(encoded) != element.width or encoded[0] < 0x80 or (element.width == 2 and encoded[0] < 0xA1):
        return None
    return encoded if element.area else encoded.translate(_CLEAR_HIGH_BIT)
