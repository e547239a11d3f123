"""Requests held against the tables of attributes: the status that a provider answers with (PS3.4 5.4.2, PS3.7 C)."""

from __future__ import annotations

from dicomkit import dictionary
from dicomkit.core.frozen import Frozen
from dicomkit.core.tag import Tag
from dicomkit.dataset import Dataset
from dicomkit.net.dimse.status import (
    INVALID_ATTRIBUTE_VALUE,
    MISSING_ATTRIBUTE,
    MISSING_ATTRIBUTE_VALUE,
    NO_SUCH_ACTION,
    NO_SUCH_EVENT_TYPE,
    UNRECOGNIZED_OPERATION,
    Status,
)
from dicomkit.net.services.items import is_empty, items_of

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from dicomkit.net.services.attributes import Attribute, AttributeTable
    from dicomkit.net.services.service import SopClass

__all__ = ["SUCCESS", "Exchange", "Verdict", "check", "check_request"]


class Verdict(Frozen):
    """What a provider answers: a status, and what goes with it in the response.

    ``comment`` goes into Error Comment (0000,0902), ``error_id`` into Error ID (0000,0903), and ``attributes`` into
    Attribute Identifier List (0000,1005), or Offending Element (0000,0901) where a C-service is answered.
    """

    __slots__ = ("status", "comment", "attributes", "error_id")  # noqa: RUF023  in the order of reading

    status: Status
    comment: str
    attributes: tuple[Tag, ...]
    error_id: int | None

    def __init__(
        self, status: int, comment: str = "", attributes: Iterable[int] = (), error_id: int | None = None
    ) -> None:
        """Take the parts of the answer."""
        put = object.__setattr__
        put(self, "status", Status(status))
        put(self, "comment", comment)
        put(self, "attributes", tuple([Tag(attribute) for attribute in attributes]))
        put(self, "error_id", error_id)

    @property
    def is_success(self) -> bool:
        """True if nothing speaks against the request."""
        return self.status == 0


SUCCESS = Verdict(0)


class Exchange(Frozen):
    """An action or event of a SOP Class: its type ID, its name, and its information (PS3.7 10.1.1.1.4, 10.1.4.1.4)."""

    __slots__ = ("number", "name", "information", "reply")  # noqa: RUF023  in the order of a row

    number: int
    name: str
    information: AttributeTable
    reply: AttributeTable | None

    def __init__(
        self, number: int, name: str, information: AttributeTable, reply: AttributeTable | None = None
    ) -> None:
        """Take the cells of a row."""
        put = object.__setattr__
        put(self, "number", number)
        put(self, "name", name)
        put(self, "information", information)
        put(self, "reply", reply)


# What a cell of a table wants, by the part that counts: that of the user in requests, that of the provider in answers.
# With "M" and "U" of older tables, and the requirements of final states (PS3.4 tables F.7.2-1 and CC.2.5-1).
_WITH_VALUE = frozenset({"1", "M", "R"})
_PRESENT = frozenset({"2", "0"})
_VALUE_IF_PRESENT = frozenset({"1C", "MC", "RC"})
_FORBIDDEN = "x"
_EMPTY = "0"  # there, and without a value: what only the provider fills in


def check(table: AttributeTable, column: str, ds: Dataset, *, of_provider: bool = False) -> Verdict:
    """Hold a data set against a column of a table, items of sequences too.

    The status is 0120 Missing Attribute, 0121 Missing Attribute Value or 0106 Invalid Attribute Value (for one that is
    not allowed), in this order, with all attributes at fault. Conditions that the table only tells in words are taken
    as not met: such an attribute may be absent.
    """
    place = table.column(column)
    missing: dict[int, None] = {}
    empty: dict[int, None] = {}
    forbidden: dict[int, None] = {}
    stack: list[tuple[tuple[Attribute, ...], Dataset]] = [(table.rows, ds)]
    while stack:
        rows, subject = stack.pop()
        for row in rows:
            wanted = _part(row.cells[place], of_provider=of_provider)
            tag = int(row.tag)
            if tag not in subject:
                if wanted in _WITH_VALUE or wanted in _PRESENT:
                    missing[tag] = None
                continue
            if wanted == _FORBIDDEN or (wanted == _EMPTY and not is_empty(subject, tag)):
                forbidden[tag] = None
            elif (wanted in _WITH_VALUE or wanted in _VALUE_IF_PRESENT) and is_empty(subject, tag):
                empty[tag] = None
            if row.items:
                stack += [(row.items, item) for item in items_of(subject, tag)]
    for status, found, comment in (
        (MISSING_ATTRIBUTE, missing, "missing"),
        (MISSING_ATTRIBUTE_VALUE, empty, "without a value"),
        (INVALID_ATTRIBUTE_VALUE, forbidden, "not allowed"),
    ):
        if found:
            return Verdict(status, described(comment, found), sorted(found))
    return SUCCESS


# The column of a table for what each operation brings.
_COLUMNS = {"n-create": "create", "n-set": "set"}


def check_request(row: SopClass, operation: str, ds: Dataset | None, number: int = 0) -> Verdict:
    """Hold the data set of a request against the row of its SOP Class; ``number`` is the action or event type ID.

    The status is 0211 if the SOP Class has no such operation, 0123 or 0113 if it has no such action or event, or what
    `check` says. States of instances are known to the modules of MPPS and UPS, which have functions of their own.
    """
    if row.support(operation) is None:
        return Verdict(UNRECOGNIZED_OPERATION)
    of_provider = operation == "n-event-report"
    if operation == "n-action" or of_provider:
        known = row.events if of_provider else row.actions
        exchange = next((one for one in known if one.number == number), None)
        if exchange is None:
            # A row without a list, a user's own, takes any number.
            return Verdict(NO_SUCH_EVENT_TYPE if of_provider else NO_SUCH_ACTION) if known else SUCCESS
        return (
            SUCCESS
            if not exchange.information.rows
            else _checked(exchange.information, "scu/scp", ds, of_provider=of_provider)
        )
    column = _COLUMNS.get(operation, "")
    if row.attributes is None or column not in row.attributes.columns:
        return SUCCESS
    return _checked(row.attributes, column, ds)


def _checked(table: AttributeTable, column: str, ds: Dataset | None, *, of_provider: bool = False) -> Verdict:
    return check(table, column, Dataset() if ds is None else ds, of_provider=of_provider)


def _part(cell: str, *, of_provider: bool) -> str:
    user, slash, provider = cell.partition("/")
    return provider if slash and of_provider else user


def described(what: str, tags: Iterable[int]) -> str:
    """Return an Error Comment that names attributes; LO has 64 characters (PS3.7 C.1)."""
    names = [dictionary.keyword(tag) or str(Tag(tag)) for tag in sorted(tags)]
    text = f"{what}: {', '.join(names)}"
    return text if len(text) <= 64 else f"{text[:61]}..."
