"""Status codes: what a response says of its operation (PS3.7 annex C), per service and primitive (PS3.7, PS3.4)."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ATTRIBUTE_LIST_ERROR",
    "ATTRIBUTE_OUT_OF_RANGE",
    "CANCEL",
    "CLASS_INSTANCE_CONFLICT",
    "DUPLICATE_INVOCATION",
    "DUPLICATE_SOP_INSTANCE",
    "INVALID_ARGUMENT_VALUE",
    "INVALID_ATTRIBUTE_VALUE",
    "INVALID_SOP_INSTANCE",
    "MISSING_ATTRIBUTE",
    "MISSING_ATTRIBUTE_VALUE",
    "MISTYPED_ARGUMENT",
    "NOT_AUTHORIZED",
    "NO_SUCH_ACTION",
    "NO_SUCH_ARGUMENT",
    "NO_SUCH_ATTRIBUTE",
    "NO_SUCH_EVENT_TYPE",
    "NO_SUCH_SOP_CLASS",
    "NO_SUCH_SOP_INSTANCE",
    "PENDING",
    "PENDING_WARNING",
    "PRIMITIVES",
    "PROCESSING_FAILURE",
    "RESOURCE_LIMITATION",
    "SOP_CLASS_NOT_SUPPORTED",
    "SUCCESS",
    "TABLES",
    "UNRECOGNIZED_OPERATION",
    "Category",
    "Status",
    "StatusRow",
    "status_rows",
]


class Category(StrEnum):
    """The status classes (PS3.7 annex C)."""

    SUCCESS = "Success"
    PENDING = "Pending"
    CANCEL = "Cancel"
    WARNING = "Warning"
    FAILURE = "Failure"


class Status(int):
    """The status of a response, a number of 16 bits; ``str()`` is its four hexadecimal digits and what they mean."""

    __slots__ = ()

    @property
    def category(self) -> Category:
        """The status class that the number belongs to (PS3.7 annex C); Failure for one that belongs to none."""
        number = int(self)
        if number == 0:
            return Category.SUCCESS
        if number in (0xFF00, 0xFF01):
            return Category.PENDING
        if number == 0xFE00:
            return Category.CANCEL
        if number >> 12 == 0xB or number in (0x0001, 0x0107, 0x0116):
            return Category.WARNING
        return Category.FAILURE

    @property
    def is_success(self) -> bool:
        """True for 0000."""
        return self == 0

    @property
    def is_pending(self) -> bool:
        """True if more responses follow."""
        return self in (0xFF00, 0xFF01)

    @property
    def is_cancel(self) -> bool:
        """True if the operation ended because it was cancelled."""
        return self == 0xFE00

    @property
    def is_warning(self) -> bool:
        """True if the operation was done, and something is to be said about it."""
        return self.category is Category.WARNING

    @property
    def is_failure(self) -> bool:
        """True if the operation was not done."""
        return self.category is Category.FAILURE

    def meaning(self, table: str = "", primitive: str = "") -> str:
        """Return what the standard says that the number means; "" where it says nothing.

        `table` is one of `TABLES` (what a service's row has under ``statuses``), `primitive` such as ``C-STORE``. A
        number that the service does not have is looked up among those of PS3.7, and of all primitives.
        """
        row = _best_row(int(self), table, primitive)
        return "" if row is None else row.meaning

    def __str__(self) -> str:
        meaning = self.meaning() or str(self.category)
        return f"{int(self):04X} {meaning}"

    def __repr__(self) -> str:
        return f"Status(0x{int(self):04X})"


class StatusRow(NamedTuple):
    """A row of a table of statuses."""

    first: int
    last: int
    """The same as `first` for a single code."""
    meaning: str
    section: str
    """Where it stands in the standard."""

    @property
    def category(self) -> Category:
        """The status class, which is the same for all codes of a row."""
        return Status(self.first).category

    @property
    def codes(self) -> str:
        """The code or range of codes, as the standard writes it: ``0122``, ``A700-A7FF``."""
        return f"{self.first:04X}" if self.first == self.last else f"{self.first:04X}-{self.last:04X}"


SUCCESS = Status(0x0000)
PENDING = Status(0xFF00)
PENDING_WARNING = Status(0xFF01)
CANCEL = Status(0xFE00)

# PS3.7 annex C: the codes that mean the same in every service. One constant and one row each.
NO_SUCH_ATTRIBUTE = Status(0x0105)
INVALID_ATTRIBUTE_VALUE = Status(0x0106)
ATTRIBUTE_LIST_ERROR = Status(0x0107)
PROCESSING_FAILURE = Status(0x0110)
DUPLICATE_SOP_INSTANCE = Status(0x0111)
NO_SUCH_SOP_INSTANCE = Status(0x0112)
NO_SUCH_EVENT_TYPE = Status(0x0113)
NO_SUCH_ARGUMENT = Status(0x0114)
INVALID_ARGUMENT_VALUE = Status(0x0115)
ATTRIBUTE_OUT_OF_RANGE = Status(0x0116)
INVALID_SOP_INSTANCE = Status(0x0117)
NO_SUCH_SOP_CLASS = Status(0x0118)
CLASS_INSTANCE_CONFLICT = Status(0x0119)
MISSING_ATTRIBUTE = Status(0x0120)
MISSING_ATTRIBUTE_VALUE = Status(0x0121)
SOP_CLASS_NOT_SUPPORTED = Status(0x0122)
NO_SUCH_ACTION = Status(0x0123)
NOT_AUTHORIZED = Status(0x0124)
DUPLICATE_INVOCATION = Status(0x0210)
UNRECOGNIZED_OPERATION = Status(0x0211)
MISTYPED_ARGUMENT = Status(0x0212)
RESOURCE_LIMITATION = Status(0x0213)

_GENERAL = """
0000 C.1.1  Success
0105 C.5.1  No such attribute
0106 C.5.2  Invalid attribute value
0107 C.4.2  Attribute list error
0110 C.5.19 Processing failure
0111 C.5.5  Duplicate SOP instance
0112 C.5.13 No such SOP instance
0113 C.5.14 No such event type
0114 C.5.15 No such argument
0115 C.5.10 Invalid argument value
0116 C.4.3  Attribute value out of range
0117 C.5.11 Invalid SOP instance
0118 C.5.12 No such SOP class
0119 C.5.4  Class-instance conflict
0120 C.5.7  Missing attribute
0121 C.5.8  Missing attribute value
0122 C.5.21 Refused: SOP class not supported
0123 C.5.16 No such action
0124 C.5.22 Refused: not authorized
0210 C.5.6  Duplicate invocation
0211 C.5.18 Unrecognized operation
0212 C.5.9  Mistyped argument
0213 C.5.20 Resource limitation
FE00 C.3.1  Cancelled
FF00 C.2.1  Pending
FF01 C.2.1  Pending, with a warning
"""

# Which of them each primitive has, in every service (PS3.7: the section of the Status parameter). Where the C- services
# of PS3.7 list codes that PS3.4 makes more exact, these are in the tables below.
_PRIMITIVES = """
C-STORE        9.1.1.1.9   0000 0117 0122 0124 0210 0211 0212
C-FIND         9.1.2.1.5   0000 0122 0124 0210 0211 0212 FE00
C-GET          9.1.3.1.6   0000 0122 0124 0210 0211 0212 FE00
C-MOVE         9.1.4.1.7   0000 0122 0124 0210 0211 0212 FE00
C-ECHO         9.1.5.1.4   0000 0122 0210 0211 0212
N-EVENT-REPORT 10.1.1.1.8  0000 0110 0112 0113 0114 0115 0117 0118 0119 0210 0211 0212 0213
N-GET          10.1.2.1.9  0000 0107 0110 0112 0117 0118 0119 0124 0210 0211 0212 0213
N-SET          10.1.3.1.9  0000 0105 0106 0107 0110 0112 0116 0117 0118 0119 0121 0124 0210 0211 0212 0213
N-ACTION       10.1.4.1.10 0000 0110 0112 0114 0115 0117 0118 0119 0123 0124 0210 0211 0212 0213
N-CREATE       10.1.5.1.6  0000 0105 0106 0107 0110 0111 0116 0117 0118 0120 0121 0124 0210 0211 0212 0213
N-DELETE       10.1.6.1.7  0000 0110 0112 0117 0118 0119 0124 0210 0211 0212 0213
"""

# What the services add (PS3.4). A line with a section begins a service; the others: primitives, codes, meaning.
_SERVICES = """
VERIFICATION PS3.4 A.4
STORAGE PS3.4 B.2.3
C-STORE A700-A7FF Refused: out of resources
C-STORE A900-A9FF Error: data set does not match SOP class
C-STORE B000 Coercion of data elements
C-STORE B006 Elements discarded
C-STORE B007 Data set does not match SOP class
C-STORE C000-CFFF Error: cannot understand
NON_PATIENT_STORAGE PS3.4 GG.4.2
C-STORE A700 Refused: out of resources
C-STORE A900 Error: data set does not match SOP class
C-STORE C000 Error: cannot understand
QUERY_RETRIEVE PS3.4 C.4
C-FIND A700 Refused: out of resources
C-FIND A710 Invalid prior record key
C-FIND A900 Error: identifier does not match SOP class
C-FIND B001 Matching reached response limit, subsequent request may return additional matches
C-FIND C000-CFFF Failed: unable to process
C-FIND FF00 Matches are continuing: current match is supplied
C-FIND FF01 Matches are continuing: one or more optional keys were not supported for existence or matching
C-MOVE,C-GET A701 Refused: out of resources, unable to calculate number of matches
C-MOVE,C-GET A702 Refused: out of resources, unable to perform sub-operations
C-MOVE A801 Refused: move destination unknown
C-MOVE,C-GET A900 Error: identifier does not match SOP class
C-MOVE,C-GET AA00 None of the frames requested were found in the SOP instance
C-MOVE,C-GET AA01 Unable to create new object for this SOP class
C-MOVE,C-GET AA02 Unable to extract frames
C-MOVE,C-GET AA03 Time-based request received for a non-time-based original SOP instance
C-MOVE,C-GET AA04 Invalid request
C-MOVE,C-GET B000 Sub-operations complete, one or more failures or warnings
C-MOVE,C-GET C000-CFFF Failed: unable to process
C-MOVE,C-GET FF00 Sub-operations are continuing
MODALITY_WORKLIST PS3.4 K.4.1.1.4
C-FIND A700 Refused: out of resources
C-FIND A900 Error: identifier does not match SOP class
C-FIND C000-CFFF Failed: unable to process
C-FIND FF00 Matches are continuing: current match is supplied
C-FIND FF01 Matches are continuing: one or more optional keys were not supported for existence
RELEVANT_PATIENT PS3.4 Q.2.1.1.4
C-FIND A700 Refused: out of resources
C-FIND A900 Error: identifier does not match SOP class
C-FIND C000 Failed: unable to process
C-FIND C100 Failed: more than one match found
C-FIND C200 Failed: unable to support requested template
C-FIND FF00 Current match is supplied
SUBSTANCE_ADMINISTRATION PS3.4 V.4.1.1.4
C-FIND A700 Refused: out of resources
C-FIND A900 Error: data set does not match SOP class
C-FIND C000-CFFF Failed: unable to process
C-FIND FF00 Matches are continuing: current match is supplied
C-FIND FF01 Matches are continuing: one or more optional keys were not supported for existence
PROCEDURE_STEP PS3.4 F.8.2.2
N-GET 0001 Requested optional attributes are not supported
STORAGE_COMMITMENT PS3.4 J.3
INSTANCE_AVAILABILITY PS3.4 R.3
PRINT PS3.4 H.4
N-CREATE,N-SET B600 Memory allocation not supported
N-ACTION B601 Film session printing (collation) is not supported
N-ACTION B602 Film session SOP instance hierarchy does not contain image box SOP instances (empty page)
N-ACTION B603 Film box SOP instance hierarchy does not contain image box SOP instances (empty page)
N-SET,N-ACTION B604 Image size is larger than image box size, the image has been demagnified
N-CREATE,N-SET B605 Requested Min or Max Density outside of the printer's operating range, its limit is used
N-SET,N-ACTION B609 Image size is larger than the image box size, the image has been cropped to fit
N-SET,N-ACTION B60A Image size or combined print image size is larger than the image box size, decimated to fit
N-ACTION C600 Film session SOP instance hierarchy does not contain film box SOP instances
N-ACTION C601 Unable to create print job SOP instance, print queue is full (film session)
N-ACTION C602 Unable to create print job SOP instance, print queue is full (film box)
N-SET,N-ACTION C603 Image size is larger than image box size
N-SET C605 Insufficient memory in printer to store the image
N-SET,N-ACTION C613 Combined print image size is larger than the image box size
N-CREATE C616 An existing film box has not been printed, and N-ACTION at the film session level is not supported
UPS PS3.4 CC.2
N-CREATE B300 The UPS was created with modifications
N-CREATE C309 The provided value of UPS State was not SCHEDULED
N-SET,N-GET 0001 Requested optional attributes are not supported
N-SET B305 Coerced invalid values to valid values
N-SET,N-ACTION C300 The UPS may no longer be updated
N-SET,N-ACTION C301 The correct Transaction UID was not provided
N-SET,N-GET,N-ACTION C307 Specified SOP Instance UID does not exist or is not a UPS instance managed by this SCP
N-SET,N-ACTION C310 The UPS is not yet in the IN PROGRESS state
N-ACTION B301 Deletion lock not granted
N-ACTION B304 The UPS is already in the requested state of CANCELED
N-ACTION B306 The UPS is already in the requested state of COMPLETED
N-ACTION C302 The UPS is already IN PROGRESS
N-ACTION C303 The UPS may only become SCHEDULED via N-CREATE, not N-SET or N-ACTION
N-ACTION C304 The UPS has not met final state requirements for the requested state change
N-ACTION C308 Receiving AE title is unknown to this SCP
N-ACTION C311 The UPS is already COMPLETED
N-ACTION C312 The performer cannot be contacted
N-ACTION C313 Performer chooses not to cancel
N-ACTION C314 Specified action not appropriate for specified instance
N-ACTION C315 SCP does not support event reports
C-FIND A700 Refused: out of resources
C-FIND A900 Error: identifier does not match SOP class
C-FIND C000-CFFF Failed: unable to process
C-FIND FF00 Matches are continuing: current match is supplied
C-FIND FF01 Matches are continuing: one or more optional keys were not supported for existence
MEDIA_CREATION PS3.4 S.3.2
N-CREATE,N-GET 0001 Requested optional attributes are not supported
N-ACTION A510 An Initiate Media Creation action has already been received for this SOP instance
N-ACTION C201 Media creation request already completed
N-ACTION C202 Media creation request already in progress and cannot be interrupted
N-ACTION C203 Cancellation denied for unspecified reason
APPLICATION_EVENT_LOGGING PS3.4 P.2
N-ACTION B101 Specified Synchronization Frame of Reference UID does not match SCP Synchronization Frame of Reference
N-ACTION B102 Study Instance UID coercion, event logged under a different Study Instance UID
N-ACTION B104 IDs inconsistent in matching a current study, event logged
N-ACTION C101 Procedural logging not available for specified Study Instance UID
N-ACTION C102 Event information does not match template
N-ACTION C103 Cannot match event to a current study
N-ACTION C104 IDs inconsistent in matching a current study, event not logged
N-ACTION C10E Operator not authorized to add entry to Medication Administration Record
N-ACTION C110 Patient cannot be identified from Patient ID (0010,0020) or Admission ID (0038,0010)
N-ACTION C111 Update of Medication Administration Record failed
INVENTORY PS3.4 KK.2.2.3
N-ACTION B010 One or more key attributes are not supported for matching
RT_MACHINE_VERIFICATION PS3.4 DD.3.2
N-CREATE C221 The Referenced Fraction Group Number does not exist in the referenced plan
N-CREATE C222 No beams exist within the referenced fraction group
N-CREATE C223 SCU already verifying and cannot currently process this request
N-CREATE C227 No such object instance: referenced RT plan not found
N-SET C224 Referenced Beam Number not found within the referenced fraction group
N-SET C225 Referenced device or accessory not supported
N-SET C226 Referenced device or accessory not found within the referenced beam
N-SET,N-GET,N-ACTION,N-DELETE C112 No such object instance: applicable machine verification instance not found
DISPLAY_SYSTEM PS3.4 EE.2
"""


def _general() -> dict[int, StatusRow]:
    rows = [line.split(maxsplit=2) for line in _GENERAL.strip().splitlines()]
    return {int(code, 16): StatusRow(int(code, 16), int(code, 16), text, f"PS3.7 {at}") for code, at, text in rows}


def _primitives(general: dict[int, StatusRow]) -> Mapping[str, tuple[StatusRow, ...]]:
    rows = [line.split() for line in _PRIMITIVES.strip().splitlines()]
    return MappingProxyType(
        {
            name: tuple([general[int(code, 16)]._replace(section=f"PS3.7 {section}") for code in codes])
            for name, section, *codes in rows
        }
    )


def _tables() -> Mapping[str, Mapping[str, tuple[StatusRow, ...]]]:
    tables: dict[str, dict[str, list[StatusRow]]] = {}
    section = ""
    table: dict[str, list[StatusRow]] = {}
    for line in _SERVICES.strip().splitlines():
        names, codes, meaning = line.split(maxsplit=2)
        if codes == "PS3.4":
            section = f"PS3.4 {meaning}"
            tables[names] = table = {}
            continue
        first, _, last = codes.partition("-")
        for name in names.split(","):
            row = StatusRow(int(first, 16), int(last or first, 16), meaning, section)
            table.setdefault(name, []).append(row)
    return MappingProxyType(
        {
            name: MappingProxyType({primitive: tuple(rows) for primitive, rows in rows_of.items()})
            for name, rows_of in tables.items()
        }
    )


_BY_CODE = MappingProxyType(_general())

PRIMITIVES = _primitives(dict(_BY_CODE))
"""What each primitive may answer in every service (PS3.7 9.1 and 10.1)."""

TABLES = _tables()
"""What each service adds to it (PS3.4), by its table's name and primitive."""


def status_rows(table: str, primitive: str) -> tuple[StatusRow, ...]:
    """Return all that a service may answer to a primitive, by code: what PS3.7 has for it and what PS3.4 adds.

    A service without a table of its own, a private one, has those of PS3.7.
    """
    added = TABLES.get(table, {}).get(primitive, ())
    return tuple(sorted((*PRIMITIVES.get(primitive, ()), *added)))


def _best_row(number: int, table: str, primitive: str) -> StatusRow | None:
    services = [TABLES[table]] if table in TABLES else []
    # A number in a range is said more exactly by a row of its own.
    for rows_of in services:
        rows = rows_of.get(primitive, ()) if primitive else [row for rows in rows_of.values() for row in rows]
        found = [row for row in rows if row.first <= number <= row.last]
        if found:
            return min(found, key=_width)
    return _BY_CODE.get(number)


def _width(row: StatusRow) -> int:
    return row.last - row.first
