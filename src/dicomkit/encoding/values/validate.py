"""Whether the bytes of a value keep the rules of its VR: repertoire, length, multiplicity and form (PS3.5 6.2, 6.4)."""

from __future__ import annotations

from dicomkit.core.issue import IssueCode
from dicomkit.core.number import DSfloat, ISint
from dicomkit.core.person_name import PersonName
from dicomkit.core.uid import UID
from dicomkit.core.vr import VR, Kind
from dicomkit.encoding.values.dates import TYPES
from dicomkit.errors import ValueDecodeError, counted, escaped

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dicomkit.core.vm import VM
    from dicomkit.encoding.values.context import ValueContext

    Problem = tuple[IssueCode, str]

__all__ = ["problems"]

# A value of ten thousand bad components is one problem to a reader; the first few show what is wrong.
_SHOWN = 3

# Table 6.2-1: capital letters, digits, space and underscore.
_CODE_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _")
# RFC 3986 section 2, which Table 6.2-1 refers to: unreserved, reserved, and the percent sign.
_URL_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%")
# Table 6.1-1: of the control characters, DICOM uses these in text of several lines (and ESC, which decoding removes).
_LAYOUT_CONTROLS = frozenset("\t\n\x0c\r")


def problems(vr: VR, data: bytes, vm: VM | None, context: ValueContext) -> Iterator[Problem]:
    """Yield what in the bytes of an element breaks the rules of its VR, and of its VM unless that is None.

    `context.report` is not called.
    """
    if vr.kind in (Kind.BINARY, Kind.NUMBER, Kind.TAG):
        yield from _of_binary(vr, data, vm)
    elif vr.kind is not Kind.SEQUENCE and data:
        yield from _of_text(vr, data, vm, context)


def _of_binary(vr: VR, data: bytes, vm: VM | None) -> Iterator[Problem]:
    if len(data) % vr.itemsize:
        yield IssueCode.VALUE_LENGTH, f"{vr}: {counted(len(data), 'byte')}, where each value has {vr.itemsize}"
    if vr.kind is not Kind.BINARY:
        yield from _of_count(len(data) // vr.itemsize, vm)


def _of_count(count: int, vm: VM | None) -> Iterator[Problem]:
    if vm is not None and count and not vm.allows(count):
        yield IssueCode.VM_MISMATCH, f"{count} values where {vm} are allowed"


def _of_text(vr: VR, data: bytes, vm: VM | None, context: ValueContext) -> Iterator[Problem]:
    texts, found = _decoded(vr, data, context)
    yield from found
    yield from _of_count(len(texts), vm)
    yield from _of_padding(vr, data)
    check = _CHECKS.get(vr, _of_string)
    shown = 0
    for text in texts:
        for problem in check(vr, text.rstrip(" \0") if vr is not VR.AE else text.rstrip("\0")):
            yield problem
            shown += 1
        if shown >= _SHOWN:
            return


def _decoded(vr: VR, data: bytes, context: ValueContext) -> tuple[list[str], list[Problem]]:
    """Return the texts of the values, padding included, and what is wrong with their characters."""
    if not vr.uses_character_set:
        found = [] if data.isascii() else [(IssueCode.VALUE_INVALID, f"{vr}: bytes above 7F")]
        text = data.decode("latin_1")
        return text.split("\\") if vr.multi else [text], found
    if vr.multi:
        texts, problem = context.character_set.decode_values(data, person_name=vr is VR.PN)
    else:
        text, problem = context.character_set.decode(data)
        texts = [text]
    return texts, [(problem.code, f"{vr}: {problem}")] if problem else []


def _of_padding(vr: VR, data: bytes) -> Iterator[Problem]:
    if vr is VR.UI:
        if data[-1:] == b" ":
            yield IssueCode.VALUE_INVALID, "UI: padded with a space, not with a zero byte"
        elif data[-2:] == b"\0\0":
            yield IssueCode.VALUE_INVALID, "UI: more than one zero byte of padding"
    elif data[-1:] == b"\0":
        yield IssueCode.VALUE_INVALID, f"{vr}: padded with a zero byte, not with a space"


def _too_long(vr: VR, text: str, what: str = "characters") -> Iterator[Problem]:
    if vr.max_length is not None and len(text) > vr.max_length:
        yield IssueCode.VALUE_TOO_LONG, f"{vr}: {len(text)} {what}, {vr.max_length} are allowed"


def _of_string(vr: VR, text: str) -> Iterator[Problem]:
    """Check LO, SH and UC: no control characters."""
    yield from _too_long(vr, text.strip(" ") if not vr.keeps_leading else text)
    yield from _of_controls(vr, text, frozenset())


def _of_long_text(vr: VR, text: str) -> Iterator[Problem]:
    """Check LT, ST and UT: of the control characters only those of layout."""
    yield from _too_long(vr, text)
    yield from _of_controls(vr, text, _LAYOUT_CONTROLS)


def _of_controls(vr: VR, text: str, allowed: frozenset[str]) -> Iterator[Problem]:
    if text.isprintable():
        return
    bad = next((c for c in text if (c < " " or "\x7f" <= c <= "\x9f") and c not in allowed), None)
    if bad is not None:
        yield IssueCode.VALUE_INVALID, f"{vr}: the control character {ord(bad):02X}"


def _of_title(vr: VR, text: str) -> Iterator[Problem]:
    if text and not text.strip(" "):
        yield IssueCode.VALUE_INVALID, "AE: only spaces"
    yield from _too_long(vr, text.strip(" "))
    yield from _of_controls(vr, text, frozenset())


def _of_code(vr: VR, text: str) -> Iterator[Problem]:
    yield from _too_long(vr, text.strip(" "))
    if not _CODE_CHARACTERS.issuperset(text):
        bad = next(character for character in text if character not in _CODE_CHARACTERS)
        yield IssueCode.VALUE_INVALID, f"CS: {bad!r} is no capital letter, digit, space or underscore"


def _of_url(vr: VR, text: str) -> Iterator[Problem]:
    if not _URL_CHARACTERS.issuperset(text):
        bad = next(character for character in text if character not in _URL_CHARACTERS)
        yield IssueCode.VALUE_INVALID, f"UR: {bad!r} is no character of a URI"


def _of_uid(vr: VR, text: str) -> Iterator[Problem]:
    yield from _too_long(vr, text)
    if text and not UID(text).is_valid:
        yield IssueCode.VALUE_INVALID, f"UI: '{escaped(text, 64)}' is no UID (PS3.5 9.1)"


def _of_date(vr: VR, text: str) -> Iterator[Problem]:
    if text and not TYPES[vr](text).is_valid:
        yield IssueCode.VALUE_INVALID, f"{vr}: '{escaped(text, 64)}' is not in the form of the VR (PS3.5 6.2)"


def _of_decimal(vr: VR, text: str) -> Iterator[Problem]:
    yield from _of_number(vr, text, DSfloat)


def _of_integer(vr: VR, text: str) -> Iterator[Problem]:
    yield from _of_number(vr, text, ISint)


def _of_number(vr: VR, text: str, made: type[DSfloat] | type[ISint]) -> Iterator[Problem]:
    stripped = text.strip(" ")
    yield from _too_long(vr, stripped)
    if not stripped:
        return
    try:
        is_valid = made(stripped).is_valid or len(stripped) > (vr.max_length or 0)
    except ValueDecodeError:
        is_valid = False
    if not is_valid:
        yield IssueCode.VALUE_INVALID, f"{vr}: not a number as the VR writes it"


def _of_name(vr: VR, text: str) -> Iterator[Problem]:
    for group in text.split("="):
        yield from _too_long(vr, group, "characters in a component group")
    yield from _of_controls(vr, text, frozenset())
    if not PersonName(text).is_valid and (text.count("=") > 2 or any(g.count("^") > 4 for g in text.split("="))):
        yield IssueCode.VALUE_INVALID, "PN: more than three component groups or five components"


_CHECKS: dict[VR, Callable[[VR, str], Iterator[Problem]]] = {
    VR.AE: _of_title,
    VR.AS: _of_date,
    VR.CS: _of_code,
    VR.DA: _of_date,
    VR.DS: _of_decimal,
    VR.DT: _of_date,
    VR.IS: _of_integer,
    VR.LT: _of_long_text,
    VR.PN: _of_name,
    VR.ST: _of_long_text,
    VR.TM: _of_date,
    VR.UI: _of_uid,
    VR.UR: _of_url,
    VR.UT: _of_long_text,
}
