"""Tables of attributes: what each operation of a service wants of each attribute (PS3.4 5.4.2, C.2.2.1, K.2.2.1)."""

from __future__ import annotations

from dicomkit import dictionary
from dicomkit.core.frozen import Frozen

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomkit.core.tag import Tag

__all__ = ["Attribute", "AttributeTable"]


class Attribute(Frozen):
    """A row: an attribute, the rows of its items if it is a sequence, and a cell for each column of its table.

    A cell is as the standard has it: ``1/2`` is the types for the user and the provider, ``U``, ``R`` and ``O`` are
    unique, required and optional keys, ``-`` is "not allowed" or nothing.
    """

    __slots__ = ("keyword", "cells", "items")  # noqa: RUF023  in the order of a row

    keyword: str
    cells: tuple[str, ...]
    items: tuple[Attribute, ...]

    def __init__(self, keyword: str, cells: tuple[str, ...], items: tuple[Attribute, ...] = ()) -> None:
        """Take a row of a table and the rows below it."""
        put = object.__setattr__
        put(self, "keyword", keyword)
        put(self, "cells", cells)
        put(self, "items", items)

    @property
    def tag(self) -> Tag:
        """The tag of the attribute."""
        return dictionary.tag(self.keyword)


class AttributeTable(Frozen):
    """A table of the standard; immutable.

    It is written as text, a row per line: a keyword, behind one ``>`` for each sequence it is in, and its cells, with
    blanks between. A line such as ``>&code`` puts the rows of a macro there, at that depth.
    """

    __slots__ = ("section", "columns", "rows")  # noqa: RUF023  in the order of reading

    section: str
    columns: tuple[str, ...]
    rows: tuple[Attribute, ...]

    def __init__(self, section: str, columns: tuple[str, ...], rows: tuple[Attribute, ...]) -> None:
        """Take the rows, those at the top."""
        put = object.__setattr__
        put(self, "section", section)
        put(self, "columns", columns)
        put(self, "rows", rows)

    @classmethod
    def parse(cls, section: str, columns: str, text: str, macros: dict[str, str] | None = None) -> AttributeTable:
        """Return the table that a text is; the names of its columns have blanks between.

        ``macros`` are the texts that lines like ``>>&code`` stand for.
        """
        names = tuple(columns.split())
        below: list[list[Attribute]] = [[]]
        # From the last row to the first, so that the items of a sequence are there when its own row comes.
        for line in reversed(_expanded(text, macros or {})):
            marked, *cells = line.split()
            keyword = marked.lstrip(">")
            depth = len(marked) - len(keyword)
            assert len(cells) == len(names), line  # a table is a constant of the program
            while len(below) <= depth + 1:
                below.append([])
            items = below[depth + 1]
            assert not any(below[depth + 2 :]), line
            below[depth].append(Attribute(keyword, tuple(cells), tuple(reversed(items))))
            below[depth + 1] = []
        return cls(section, names, tuple(reversed(below[0])))

    def __iter__(self) -> Iterator[Attribute]:
        """Yield the rows at the top."""
        return iter(self.rows)

    def walk(self) -> Iterator[tuple[tuple[str, ...], Attribute]]:
        """Yield every row with the keywords of the sequences that it is in, in the order of the table."""
        stack: list[tuple[tuple[str, ...], Attribute]] = [((), row) for row in reversed(self.rows)]
        while stack:
            path, row = stack.pop()
            yield path, row
            stack += [((*path, row.keyword), item) for item in reversed(row.items)]

    def row(self, *path: str) -> Attribute | None:
        """Return the row of a keyword, behind those of the sequences that it is in; None if there is none."""
        rows = self.rows
        found = None
        for keyword in path:
            found = next((row for row in rows if row.keyword == keyword), None)
            if found is None:
                return None
            rows = found.items
        return found

    def column(self, name: str) -> int:
        """Return the place of a column among the cells of a row."""
        return self.columns.index(name)

    def joined(self, *others: AttributeTable) -> AttributeTable:
        """Return this table with the rows of others behind its own."""
        return AttributeTable(self.section, self.columns, sum([other.rows for other in others], self.rows))


def _expanded(text: str, macros: dict[str, str]) -> list[str]:
    lines = []
    for line in text.strip().split("\n"):
        depth, mark, name = line.strip().partition("&")
        if mark:
            lines += [depth + row.strip() for row in macros[name].strip().split("\n") if row.strip()]
        elif line.strip():
            lines.append(line.strip())
    return lines
