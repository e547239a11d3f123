"""The unique identifiers that the standard registers (PS3.6 annex A)."""

from __future__ import annotations

from functools import cache

from dicomkit.core.frozen import Frozen
from dicomkit.core.uid import UID
from dicomkit.dictionary.nearest import nearest
from dicomkit.errors import UnknownKeywordError

__all__ = ["UIDEntry", "context_group", "uid", "uid_entry", "uids"]


class UIDEntry(Frozen):
    """A row of the registry of unique identifiers; immutable.

    `type` is as the standard says it: "SOP Class", "Transfer Syntax", "Well-known SOP Instance", "Coding Scheme" …
    `name` and `keyword` are empty for two retired SOP Classes.
    """

    __slots__ = ("uid", "name", "type", "keyword", "is_retired")  # noqa: RUF023  the order of the standard's columns

    uid: UID
    name: str
    type: str
    keyword: str
    is_retired: bool

    def __init__(self, uid: str, name: str, type: str, keyword: str, is_retired: bool = False) -> None:  # noqa: A002
        """Take the cells of a row."""
        put = object.__setattr__
        put(self, "uid", UID(uid))
        put(self, "name", name)
        put(self, "type", type)
        put(self, "keyword", keyword)
        put(self, "is_retired", is_retired)


@cache
def _lines() -> dict[str, str]:
    """Return the packed row of each UID."""
    from dicomkit.dictionary._uids import UIDS  # noqa: PLC0415  (loaded when somebody asks, not before)

    return {line.partition("\t")[0]: line for line in UIDS.split("\n")}


def _unpacked(line: str) -> UIDEntry:
    uid, name, type_, keyword, retired = line.split("\t")
    return UIDEntry(uid, name, type_, keyword, retired == "Y")


@cache
def _by_keyword() -> dict[str, UID]:
    rows = [line.split("\t") for line in _lines().values()]
    return {row[3]: UID(row[0]) for row in rows if row[3]}


@cache
def _context_groups() -> dict[str, int]:
    """Return the number of each context group by what follows the common root of their UIDs."""
    from dicomkit.dictionary._uids import CONTEXT_GROUPS  # noqa: PLC0415  (see _lines)

    pairs = [line.split(" ") for line in CONTEXT_GROUPS.split("\n")]
    return {arc: int(cid) for arc, cid in pairs if cid}


def uid_entry(uid: str) -> UIDEntry | None:
    """Return the registry's row for a UID, None if it has none; context groups are found with `context_group`."""
    line = _lines().get(uid)
    return None if line is None else _unpacked(line)


def uid(keyword: str) -> UID:
    """Return the UID that a keyword names, such as ``"CTImageStorage"``.

    Raises UnknownKeywordError if no UID has this keyword.
    """
    found = _by_keyword().get(keyword)
    if found is None:
        raise UnknownKeywordError(keyword, lambda: nearest(keyword, list(_by_keyword())))
    return found


def uids(type: str | None = None) -> tuple[UIDEntry, ...]:  # noqa: A002
    """Return the rows of the registry in the order of their UIDs; with a type, those of exactly this type."""
    rows = [_unpacked(line) for line in _lines().values()]
    return tuple([row for row in rows if type is None or row.type == type])


def context_group(uid: str) -> int | None:
    """Return the number (CID) of the context group that a UID identifies (PS3.6 table A-3); None if it is none.

    Four retired context groups are registered without a number that anybody still knows; they give None too.
    """
    from dicomkit.dictionary._uids import CONTEXT_GROUP_ROOT  # noqa: PLC0415  (see _lines)

    if not uid.startswith(CONTEXT_GROUP_ROOT):
        return None
    return _context_groups().get(uid[len(CONTEXT_GROUP_ROOT) :])
