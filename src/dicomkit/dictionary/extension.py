"""The data dictionary as a value: the standard's rows and those that a program adds, without any global state."""

from __future__ import annotations

from dicomkit.core.frozen import Frozen
from dicomkit.core.tag import Tag
from dicomkit.core.vr import AMBIGUOUS_VRS, VR
from dicomkit.dictionary import elements, private
from dicomkit.dictionary.elements import Entry
from dicomkit.dictionary.private import PrivateElement, PrivateRows
from dicomkit.errors import DicomError, FileFormatError

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import PathLike

__all__ = ["STANDARD", "Dictionary"]

_VRS = frozenset([*VR, *AMBIGUOUS_VRS])
_COLUMNS = frozenset({"tag", "keyword", "name", "vr", "vm", "retired", "creator"})


class Dictionary(Frozen):
    """The data dictionary of the standard with further rows; immutable, so one value can serve all threads.

    `entries` and `private` are the further rows only. A further row comes before the standard's row for the same tag,
    a later one before an earlier one. Making one costs nothing but its own rows.
    """

    __slots__ = ("_by_creator", "_by_tag", "_keywords", "_own_keywords", "entries", "private")

    entries: tuple[Entry, ...]
    private: tuple[PrivateElement, ...]
    _by_tag: dict[int, Entry]
    _own_keywords: dict[str, int]
    _by_creator: dict[str, PrivateRows]
    _keywords: dict[str, int] | None

    def __init__(self, entries: Iterable[Entry] = (), private: Iterable[PrivateElement] = ()) -> None:
        """Take the rows beside the standard's.

        Raises ValueError if a VR is none, an entry is of a private group (it needs a `PrivateElement`, with its
        creator), a keyword is no identifier, or it names another element already.
        """
        put = object.__setattr__
        put(self, "entries", tuple(entries))
        put(self, "private", tuple(private))
        put(self, "_by_tag", {row.tag: row for row in self.entries})
        put(self, "_own_keywords", {row.keyword: int(row.tag) for row in self._by_tag.values() if row.keyword})
        by_creator: dict[str, list[PrivateElement]] = {}
        for row in self.private:
            _check_vr(row.vr, f"{row.creator} (0x{row.group:04X},xx{row.element:02X})")
            by_creator.setdefault(row.creator, []).append(row)
        put(self, "_by_creator", {creator: PrivateRows(rows) for creator, rows in by_creator.items()})
        put(self, "_keywords", None)
        self._check()

    def _check(self) -> None:
        for row in self.entries:
            _check_vr(row.vr, str(row.tag))
            if row.tag.is_private:
                raise ValueError(f"{row.tag} is private: give it as a PrivateElement, with its creator")
            if not row.keyword:
                continue
            if not row.keyword.isidentifier():
                raise ValueError(f"{row.tag}: the keyword {row.keyword!r:.80} cannot be an attribute")
            if self._own_keywords.get(row.keyword, row.tag) != row.tag:
                raise ValueError(f"the keyword {row.keyword} is given to two elements")
        if self._own_keywords:
            standard = elements.keywords()
            for keyword, tag in self._own_keywords.items():
                other = standard.get(keyword, tag)
                if other not in (tag, *self._by_tag):
                    raise ValueError(f"the keyword {keyword} is the standard's for {Tag(other)}")

    def _as_dict(self) -> dict[str, object]:
        # The other slots follow from these, so they count neither for equality nor in a pickle.
        return {"entries": self.entries, "private": self.private}

    def __reduce__(self) -> tuple[object, ...]:
        return Dictionary, (self.entries, self.private)

    def __repr__(self) -> str:
        return f"<Dictionary: the standard, {len(self.entries)} elements and {len(self.private)} private ones more>"

    def extended(self, entries: Iterable[Entry] = (), private: Iterable[PrivateElement] = ()) -> Dictionary:
        """Return a dictionary with more rows; this one stays as it is. Raises ValueError as the class does."""
        return Dictionary([*self.entries, *entries], [*self.private, *private])

    @classmethod
    def from_tsv(cls, source: str | PathLike[str]) -> Dictionary:
        r"""Return the standard's dictionary with the rows of a table: a path, or the text itself if it has a newline.

        The table is tab-separated UTF-8 with a header line that names the columns, in any order: `tag` and `vr`, and
        as needed `keyword`, `name`, `vm` (1 if absent), `retired` (``Y``) and `creator`. A row with a creator is a
        private element, its tag written ``(0029,xx10)`` or ``0029xx10``. Blank lines and lines that begin with ``#``
        are skipped.

        Raises FileFormatError if the table is none, or a row is wrong, which line is in the message, and OSError if
        the file cannot be read.
        """
        if isinstance(source, str) and "\n" in source:
            return _read_table(source, None)
        with open(source, encoding="utf-8-sig") as file:  # noqa: PTH123  (pathlib would cost every program's start)
            try:
                text = file.read()
            except UnicodeDecodeError as error:
                raise FileFormatError("not UTF-8", source=str(source), offset=error.start) from error
        return _read_table(text, str(source))

    def find(self, tag: int) -> Entry | None:
        """Return the row that describes a tag, None if there is none; see ``dicomkit.dictionary.find``."""
        return self._by_tag.get(tag) or elements.find(tag)

    def entry(self, tag: int) -> Entry:
        """Return the row that describes a tag; UnknownTagError if there is none."""
        found = self.find(tag)
        if found is None:
            raise elements.unknown_tag(tag)
        return found

    def tag(self, keyword: str) -> Tag:
        """Return the tag that a keyword names; UnknownKeywordError if it names none."""
        number = self.keywords().get(keyword)
        if number is None:
            raise elements.unknown_keyword(keyword, self._own_keywords)
        return Tag(number)

    def keyword(self, tag: int) -> str:
        """Return the keyword of a tag, empty if it has none."""
        own = self._by_tag.get(tag)
        return elements.keyword(tag) if own is None else own.keyword

    def name(self, tag: int) -> str:
        """Return the name of a tag, empty if it is not known."""
        own = self._by_tag.get(tag)
        return elements.name(tag) if own is None else own.name

    def vr(self, tag: int) -> str | None:
        """Return the VR of a tag, None if it is not known or has none."""
        own = self._by_tag.get(tag)
        return elements.vr(tag) if own is None else own.vr

    def keywords(self) -> dict[str, int]:
        """Return the tag of each keyword, as a dict that all callers share: do not change it."""
        if not self._by_tag:
            return elements.keywords()
        merged = self._keywords
        if merged is None:
            standard = elements.keywords()
            # A standard element that a row redefines loses its old keyword.
            merged = {keyword: tag for keyword, tag in standard.items() if tag not in self._by_tag}
            merged.update(self._own_keywords)
            # Two threads that come here at once make the same dict twice; whichever stays is right.
            object.__setattr__(self, "_keywords", merged)
        return merged

    def nearest(self, word: str) -> tuple[str, ...]:
        """Return up to three keywords that `word` may have meant, the likeliest first; takes some milliseconds."""
        return elements.nearest_keywords(word, self._own_keywords)

    def packed_vrs(self) -> tuple[bytes, bytes]:
        """Return tags and VRs for a scanner of Implicit VR; see ``dicomkit.dictionary.packed_vrs``."""
        tags, codes = elements.packed_vrs()
        if not self._by_tag:
            return tags, codes
        merged = dict(zip(memoryview(tags).cast("I"), memoryview(codes).cast("H"), strict=True))
        merged.update({int(tag): elements.scanned_vr(row.vr) for tag, row in self._by_tag.items()})
        ordered = sorted(merged.items())
        return (
            b"".join([tag.to_bytes(4, elements.BYTE_ORDER) for tag, _ in ordered]),
            b"".join([code.to_bytes(2, elements.BYTE_ORDER) for _, code in ordered]),
        )

    def private_entry(self, creator: str, tag: int) -> Entry | None:
        """Return what a creator says of a tag in one of its blocks; see ``dicomkit.dictionary.private_entry``."""
        rows = self._by_creator.get(private.canonical(creator)) if self._by_creator else None
        if rows is not None and tag & 0x10000 and 0x1000 <= tag & 0xFFFF and 0 <= tag <= 0xFFFFFFFF:
            found = private.private_row_entry(tag, rows.find(tag))
            if found is not None:
                return found
        return private.private_entry(creator, tag)


def _check_vr(vr: str, where: str) -> None:
    if vr not in _VRS:
        raise ValueError(f"{where}: {vr!r:.80} is no VR")


def _read_table(text: str, source: str | None) -> Dictionary:
    """Return the dictionary of a table's text."""
    lines = _lines(text)
    header_number, header = next(lines, (0, []))
    if not {"tag", "vr"} <= set(header) <= _COLUMNS or len(set(header)) != len(header):
        raise FileFormatError(
            f"line {header_number}: the header must name the columns tag and vr, all its names are of: "
            f"{', '.join(sorted(_COLUMNS))}",
            source=source,
        )
    entries: list[Entry] = []
    private_rows: list[PrivateElement] = []
    for number, cells in lines:
        row = dict(zip(header, cells, strict=False))
        try:
            if len(cells) > len(header):
                raise ValueError(f"{len(cells)} cells under {len(header)} columns")
            if row.get("creator"):
                private_rows.append(_private_row(row))
            else:
                entries.append(_row(row))
            # The rows together are checked once more below; alone, so that the message can name the line.
            Dictionary(entries[-1:], private_rows[-1:])
        except ValueError as error:
            message = error.message or str(error) if isinstance(error, DicomError) else str(error)
            raise FileFormatError(f"line {number}: {message}", source=source) from error
    try:
        return Dictionary(entries, private_rows)
    except ValueError as error:
        raise FileFormatError(str(error), source=source) from error


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield number and cells of each line that has any."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            yield number, [cell.strip() for cell in line.split("\t")]


def _row(row: dict[str, str]) -> Entry:
    keyword, name, vr, vm = [row.get(column, "") for column in ("keyword", "name", "vr", "vm")]
    return Entry(row["tag"], keyword, name, vr, vm or "1", row.get("retired", "").upper() in {"Y", "RET"})


def _private_row(row: dict[str, str]) -> PrivateElement:
    # The digits of the block are placeholders; any will do.
    tag = Tag(row["tag"].lower().replace("xx", "10"))
    return PrivateElement(
        row["creator"], tag.group, tag.element & 0xFF, row.get("vr", ""), row.get("vm") or "1", row.get("name", "")
    )


STANDARD = Dictionary()
"""The dictionary of the standard alone: what every option that takes a dictionary begins with."""
