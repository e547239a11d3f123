"""Command sets: what each message of DIMSE says, as values, and their encoding (PS3.7 6.3, 9.3, 10.3 and annex E)."""

from __future__ import annotations

from enum import IntEnum
from struct import Struct
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dicomkit.core.issue import Issue, IssueCode
from dicomkit.core.tag import Tag
from dicomkit.core.uid import UID
from dicomkit.errors import LocalProtocolError, RemoteProtocolError, counted, escaped
from dicomkit.net.dimse.status import (
    INVALID_ARGUMENT_VALUE,
    NO_SUCH_ACTION,
    NO_SUCH_ARGUMENT,
    NO_SUCH_EVENT_TYPE,
    Status,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    Report: TypeAlias = Callable[[Issue], object]

__all__ = ["FIELDS", "MESSAGES", "Command", "CommandField", "Field", "MessageRow", "Priority", "decode", "encode"]


class CommandField(IntEnum):
    """Which message a command set is of (PS3.7 E.1-1); ``str()`` is its name there, such as ``C-STORE-RQ``."""

    C_STORE_RQ = 0x0001
    C_STORE_RSP = 0x8001
    C_GET_RQ = 0x0010
    C_GET_RSP = 0x8010
    C_FIND_RQ = 0x0020
    C_FIND_RSP = 0x8020
    C_MOVE_RQ = 0x0021
    C_MOVE_RSP = 0x8021
    C_ECHO_RQ = 0x0030
    C_ECHO_RSP = 0x8030
    N_EVENT_REPORT_RQ = 0x0100
    N_EVENT_REPORT_RSP = 0x8100
    N_GET_RQ = 0x0110
    N_GET_RSP = 0x8110
    N_SET_RQ = 0x0120
    N_SET_RSP = 0x8120
    N_ACTION_RQ = 0x0130
    N_ACTION_RSP = 0x8130
    N_CREATE_RQ = 0x0140
    N_CREATE_RSP = 0x8140
    N_DELETE_RQ = 0x0150
    N_DELETE_RSP = 0x8150
    C_CANCEL_RQ = 0x0FFF

    def __str__(self) -> str:
        return self.name.replace("_", "-")

    @property
    def is_response(self) -> bool:
        """True for the messages whose name ends in RSP."""
        return self > 0x7FFF

    @property
    def primitive(self) -> str:
        """The service whose message it is, such as ``C-STORE`` or ``N-EVENT-REPORT``."""
        return str(self).rpartition("-")[0]

    @property
    def response(self) -> CommandField:
        """What answers this request; LocalProtocolError for a response, and for C-CANCEL, which has none."""
        answer = _BY_NUMBER.get(self | 0x8000)
        if answer is None or self.is_response:
            raise LocalProtocolError(f"{self} is not answered")
        return answer


_BY_NUMBER = {int(field): field for field in CommandField}


class Priority(IntEnum):
    """How urgent a C- request is (PS3.7 E.1-1); hardly anybody minds it."""

    MEDIUM = 0x0000
    HIGH = 0x0001
    LOW = 0x0002


_PRIORITIES = {int(priority): priority for priority in Priority}


class Field(NamedTuple):
    """A row of the command dictionary: how `Command` names an element, and how it is encoded."""

    name: str
    tag: Tag
    vr: str
    keyword: str


# PS3.7 Table E.1-1, without the group length, which is computed. All are of group 0000; AT may have several values.
_DICTIONARY = """
affected_sop_class_uid        0002 UI AffectedSOPClassUID
requested_sop_class_uid       0003 UI RequestedSOPClassUID
field                         0100 US CommandField
message_id                    0110 US MessageID
responded_to                  0120 US MessageIDBeingRespondedTo
move_destination              0600 AE MoveDestination
priority                      0700 US Priority
has_data_set                  0800 US CommandDataSetType
status                        0900 US Status
offending_elements            0901 AT OffendingElement
error_comment                 0902 LO ErrorComment
error_id                      0903 US ErrorID
affected_sop_instance_uid     1000 UI AffectedSOPInstanceUID
requested_sop_instance_uid    1001 UI RequestedSOPInstanceUID
event_type_id                 1002 US EventTypeID
attribute_list                1005 AT AttributeIdentifierList
action_type_id                1008 US ActionTypeID
remaining                     1020 US NumberOfRemainingSuboperations
completed                     1021 US NumberOfCompletedSuboperations
failed                        1022 US NumberOfFailedSuboperations
warned                        1023 US NumberOfWarningSuboperations
move_originator               1030 AE MoveOriginatorApplicationEntityTitle
move_originator_message_id    1031 US MoveOriginatorMessageID
"""

# One row per message (PS3.7 9.3 and 10.3 with the usage of 9.1 and 10.1): its data set (M mandatory, C conditional or
# of user's choice, - never), then the fields that it has, in the order of their tags; those in brackets may be absent.
# The fields that PS3.7 annex C adds for statuses other than success stand with each response.
_TABLE = """
C_STORE_RQ          M affected_sop_class_uid field message_id priority has_data_set affected_sop_instance_uid
                      [move_originator move_originator_message_id]
C_STORE_RSP         - [affected_sop_class_uid] field responded_to has_data_set status [offending_elements error_comment
                      affected_sop_instance_uid]
C_FIND_RQ           M affected_sop_class_uid field message_id priority has_data_set
C_FIND_RSP          C [affected_sop_class_uid] field responded_to has_data_set status [offending_elements error_comment]
C_GET_RQ            M affected_sop_class_uid field message_id priority has_data_set
C_GET_RSP           C [affected_sop_class_uid] field responded_to has_data_set status [offending_elements error_comment
                      remaining completed failed warned]
C_MOVE_RQ           M affected_sop_class_uid field message_id move_destination priority has_data_set
C_MOVE_RSP          C [affected_sop_class_uid] field responded_to has_data_set status [offending_elements error_comment
                      remaining completed failed warned]
C_ECHO_RQ           - affected_sop_class_uid field message_id has_data_set
C_ECHO_RSP          - [affected_sop_class_uid] field responded_to has_data_set status [error_comment]
C_CANCEL_RQ         - field responded_to has_data_set
N_EVENT_REPORT_RQ   C affected_sop_class_uid field message_id has_data_set affected_sop_instance_uid event_type_id
N_EVENT_REPORT_RSP  C [affected_sop_class_uid] field responded_to has_data_set status [error_comment error_id
                      affected_sop_instance_uid event_type_id attribute_list]
N_GET_RQ            - requested_sop_class_uid field message_id has_data_set requested_sop_instance_uid [attribute_list]
N_GET_RSP           C [affected_sop_class_uid] field responded_to has_data_set status [error_comment error_id
                      affected_sop_instance_uid attribute_list]
N_SET_RQ            M requested_sop_class_uid field message_id has_data_set requested_sop_instance_uid
N_SET_RSP           C [affected_sop_class_uid] field responded_to has_data_set status [error_comment error_id
                      affected_sop_instance_uid attribute_list]
N_ACTION_RQ         C requested_sop_class_uid field message_id has_data_set requested_sop_instance_uid action_type_id
N_ACTION_RSP        C [affected_sop_class_uid] field responded_to has_data_set status [error_comment error_id
                      affected_sop_instance_uid attribute_list action_type_id]
N_CREATE_RQ         C affected_sop_class_uid field message_id has_data_set [affected_sop_instance_uid]
N_CREATE_RSP        C [affected_sop_class_uid] field responded_to has_data_set status [error_comment error_id
                      affected_sop_instance_uid attribute_list]
N_DELETE_RQ         - requested_sop_class_uid field message_id has_data_set requested_sop_instance_uid
N_DELETE_RSP        - [affected_sop_class_uid] field responded_to has_data_set status [error_comment error_id
                      affected_sop_instance_uid attribute_list]
"""

# A response has the type of what it replies to (PS3.7 Tables 10.1-1 and 10.1-4), or complains of (C.5.10, C.5.14-16).
_ABOUT_THE_TYPE = (NO_SUCH_EVENT_TYPE, NO_SUCH_ARGUMENT, INVALID_ARGUMENT_VALUE, NO_SUCH_ACTION)

_NO_DATA_SET = b"\1\1"  # 0101H (PS3.7 E.1-1); every other number says that there is one
_A_DATA_SET = b"\1\0"  # what DCMTK and most others say

# Longest texts (PS3.5 Table 6.2-1) that are sent; longer ones are cut, since a comment is no reason to fail.
_COMMENT_LENGTH = 64
_TITLE_LENGTH = 16
_UID_LENGTH = 64


class Command(NamedTuple):
    """A command set; immutable. A field that is None is not there.

    ``Command(CommandField.C_ECHO_RQ, message_id=1, affected_sop_class_uid="1.2.840.10008.1.1")``. Which fields a
    message has is in `MESSAGES`; `encode` holds a command against it.
    """

    field: CommandField
    message_id: int | None = None
    responded_to: int | None = None
    """Message ID of the request that this answers, or cancels."""
    affected_sop_class_uid: str | None = None
    requested_sop_class_uid: str | None = None
    affected_sop_instance_uid: str | None = None
    requested_sop_instance_uid: str | None = None
    has_data_set: bool = False
    status: Status | None = None
    priority: Priority | None = None
    move_destination: str | None = None
    """AE title."""
    move_originator: str | None = None
    """AE title of who asked for the C-MOVE that this C-STORE is for."""
    move_originator_message_id: int | None = None
    event_type_id: int | None = None
    action_type_id: int | None = None
    attribute_list: Sequence[int] | None = None
    """Tags: those asked for with N-GET, those that a status is about."""
    remaining: int | None = None
    """Sub-operations that are still to be done."""
    completed: int | None = None
    failed: int | None = None
    warned: int | None = None
    """Sub-operations that were completed with a warning."""
    offending_elements: Sequence[int] | None = None
    """Tags of the elements that a status is about."""
    error_comment: str | None = None
    error_id: int | None = None
    """A number of the implementation's own."""

    def __repr__(self) -> str:
        """Show what is there, on one line, whatever the peer has put in."""
        shown = [f"Command({self.field}"]
        shown += [
            f"{name}={escaped(value)}"
            for name, value in zip(self._fields[1:], self[1:], strict=True)
            if value is not None
        ]
        return ", ".join(shown) + ")"

    @property
    def sop_class_uid(self) -> str | None:
        """The SOP Class, affected or requested."""
        return self.affected_sop_class_uid or self.requested_sop_class_uid

    @property
    def sop_instance_uid(self) -> str | None:
        """The SOP Instance, affected or requested."""
        return self.affected_sop_instance_uid or self.requested_sop_instance_uid

    @property
    def is_final(self) -> bool:
        """True if a response ends its operation: its status is not Pending."""
        return self.status not in (0xFF00, 0xFF01)

    def response(
        self,
        status: int = 0,
        *,
        has_data_set: bool = False,
        sop_instance_uid: str | None = None,
        attribute_list: Sequence[int] | None = None,
        remaining: int | None = None,
        completed: int | None = None,
        failed: int | None = None,
        warned: int | None = None,
        offending_elements: Sequence[int] | None = None,
        error_comment: str | None = None,
        error_id: int | None = None,
    ) -> Command:
        """Return the response to this request, with its SOP Class and Instance and its event or action type.

        `sop_instance_uid` takes the place of the request's: for N-CREATE the SCP may have to choose one. A field that
        this response does not have is a LocalProtocolError when it is encoded; each has `error_comment`.
        """
        return Command(
            self.field.response,
            responded_to=self.message_id,
            affected_sop_class_uid=self.affected_sop_class_uid or self.requested_sop_class_uid,
            affected_sop_instance_uid=(
                sop_instance_uid or self.affected_sop_instance_uid or self.requested_sop_instance_uid
            ),
            has_data_set=has_data_set,
            status=status if type(status) is Status else Status(status),
            event_type_id=self.event_type_id if has_data_set or status in _ABOUT_THE_TYPE else None,
            action_type_id=self.action_type_id if has_data_set or status in _ABOUT_THE_TYPE else None,
            attribute_list=attribute_list,
            remaining=remaining,
            completed=completed,
            failed=failed,
            warned=warned,
            offending_elements=offending_elements,
            error_comment=error_comment,
            error_id=error_id,
        )

    def cancel(self) -> Command:
        """Return the C-CANCEL-RQ for this request (PS3.7 9.3.2.3); LocalProtocolError for one that has none."""
        if self.field not in CANCELLABLE:
            raise LocalProtocolError(f"{self.field} cannot be cancelled")
        return Command(CommandField.C_CANCEL_RQ, responded_to=self.message_id)


CANCELLABLE = frozenset({CommandField.C_FIND_RQ, CommandField.C_GET_RQ, CommandField.C_MOVE_RQ})
"""The requests that C-CANCEL ends (PS3.7 9.1.2.3), which are those that may be answered with Pending."""


class MessageRow(NamedTuple):
    """A row of PS3.7 9.3 or 10.3: what a message has."""

    field: CommandField
    data_set: str
    """``M`` mandatory, ``C`` conditional or of the user's choice, ``-`` none."""
    required: tuple[str, ...]
    optional: tuple[str, ...]
    """Fields that are conditional or of the user's choice, or that annex C adds for some statuses."""


def _dictionary() -> tuple[Field, ...]:
    rows = [line.split() for line in _DICTIONARY.strip().splitlines()]
    return tuple([Field(name, Tag(int(element, 16)), vr, keyword) for name, element, vr, keyword in rows])


def _messages() -> Mapping[CommandField, MessageRow]:
    rows: dict[CommandField, MessageRow] = {}
    for line in _TABLE.replace("\n  ", " ").strip().splitlines():
        name, data_set, *fields = line.replace("[", " [ ").replace("]", " ] ").split()
        required: list[str] = []
        optional: list[str] = []
        found = required
        for word in fields:
            if word in "[]":
                found = optional if word == "[" else required
            else:
                found.append(word)
        field = CommandField[name]
        rows[field] = MessageRow(field, data_set, tuple(required), tuple(optional))
    return MappingProxyType(rows)


FIELDS = _dictionary()
"""The command dictionary, in the order of tags."""

MESSAGES = _messages()
"""What each message has, by its command field."""

# Encoding -------------------------------------------------------------------------------------------------------------

_GROUP_LENGTH = Struct("<HHII")
_NUMBER = Struct("<H")
_LENGTH = Struct("<I")


class _Slot(NamedTuple):
    """A field of a message where it stands in `Command`, ready to be encoded."""

    place: int
    name: str
    head: bytes
    """What comes before the value: the tag, and of numbers the length."""
    vr: str
    is_required: bool


def _slots(message: MessageRow) -> tuple[_Slot, ...]:
    slots = []
    for field in FIELDS:
        if field.name in message.required or field.name in message.optional:
            head = b"\0\0" + field.tag.element.to_bytes(2, "little")
            vr = field.vr
            if vr == "US":
                head += b"\2\0\0\0"
                vr = "" if field.name == "has_data_set" else vr
            slots.append(_Slot(Command._fields.index(field.name), field.name, head, vr, field.name in message.required))
    return tuple(slots)


_SLOTS = {field: _slots(message) for field, message in MESSAGES.items()}


def encode(command: Command) -> bytes:
    """Return a command set as bytes: Implicit VR Little Endian, ascending, with its group length (PS3.7 6.3.1).

    LocalProtocolError for a field that the message does not have, one that it must have, and a value that does not fit.
    """
    parts: list[bytes] = []
    add, number, length = parts.append, _NUMBER.pack, _LENGTH.pack
    found = 0
    for place, name, head, vr, is_required in _SLOTS[command.field]:
        value = command[place]
        if value is None:
            if is_required:
                raise LocalProtocolError(f"{command.field} without {name}")
            continue
        found += 1
        if vr == "US":
            try:
                add(head + number(value))
            except Exception as error:  # struct.error is no builtin
                raise LocalProtocolError(f"{name} is a number from 0 to 65,535, not {escaped(value)}") from error
        elif not vr:
            add(head + (_A_DATA_SET if value else _NO_DATA_SET))
        else:
            data = _encoded_tags(name, value) if vr == "AT" else _encoded_text(name, vr, value)
            add(head + length(len(data)) + data)
    if found != len(command) - command.count(None):
        _refuse_strays(command)
    body = b"".join(parts)
    return _GROUP_LENGTH.pack(0, 0, 4, len(body)) + body


def _refuse_strays(command: Command) -> None:
    message = MESSAGES[command.field]
    known = {*message.required, *message.optional}
    strays = [name for name, value in command._asdict().items() if value is not None and name not in known]
    raise LocalProtocolError(f"{command.field} has no {', '.join(strays)}")


def _encoded_text(name: str, vr: str, text: object) -> bytes:
    if not isinstance(text, str):
        raise LocalProtocolError(f"{name} is text, not {escaped(text)}")
    if vr == "LO":
        data = text.encode("ascii", "replace").translate(_WITHOUT_CONTROLS)[:_COMMENT_LENGTH]
        return data + b" " if len(data) & 1 else data
    try:
        data = text.encode("ascii")
    except UnicodeEncodeError as error:
        raise LocalProtocolError(f"{name} '{escaped(text)}' has characters outside ASCII") from error
    if len(data) > (_UID_LENGTH if vr == "UI" else _TITLE_LENGTH) or not text.isprintable() or "\\" in text:
        raise LocalProtocolError(f"{name} '{escaped(text)}' is no {'UID' if vr == 'UI' else 'AE title'}")
    if len(data) & 1:
        return data + (b"\0" if vr == "UI" else b" ")
    return data


# Control characters, DEL and the backslash, which would part one comment into two values.
_WITHOUT_CONTROLS = bytes(
    [ord(" ") if byte < 32 or byte == 127 else ord("/") if byte == 92 else byte for byte in range(256)]
)


def _encoded_tags(name: str, tags: object) -> bytes:
    try:
        return b"".join([(tag >> 16 & 0xFFFF | (tag & 0xFFFF) << 16).to_bytes(4, "little") for tag in tags])  # type: ignore[attr-defined]
    except (TypeError, OverflowError) as error:
        raise LocalProtocolError(f"{name} is a sequence of tags, not {escaped(tags)}") from error


# Decoding -------------------------------------------------------------------------------------------------------------

_INDEX = {name: index for index, name in enumerate(Command._fields)}
_ELEMENTS = {field.tag.element: (_INDEX[field.name], field.vr) for field in FIELDS}
_TYPE, _STATUS, _PRIORITY = (_INDEX[name] for name in ("has_data_set", "status", "priority"))
_FIELD = _INDEX["field"]
_ABSENT: list[object] = [None] * len(Command._fields)
_NO_DATA_SET_NUMBER = int.from_bytes(_NO_DATA_SET, "little")

# What is looked for in a message: the fields that it must have, but for the priority, which nobody needs; whether it
# has one.
_SOUGHT = {
    int(field): (
        field,
        tuple([_INDEX[name] for name in message.required if name != "priority"]),
        "priority" in message.required,
    )
    for field, message in MESSAGES.items()
}
_HEADER = Struct("<HHI")
_LENGTH_OF_NUMBER = 2


def decode(data: bytes | bytearray | memoryview, report: Report | None = None) -> Command:
    """Return the command set of bytes; what can be lived with goes to `report` as Issues.

    Unknown elements of group 0000 are passed over, and so are those of other groups behind it: DCMTK appends what it
    calls status details. A field that the message does not have is kept. RemoteProtocolError, with the offset, for what
    is no command set: lengths that pass the end or do not fit, another group at its beginning, a message that nobody
    knows, or one that lacks a field that it must have.
    """
    data = bytes(data)
    values = _ABSENT.copy()
    position, size, last = 0, len(data), -1
    elements, unpack = _ELEMENTS, _HEADER.unpack_from
    while position + 8 <= size:
        group, element, length = unpack(data, position)
        start = position + 8
        end = start + length
        if group or end > size:
            if position == 0 or end > size:
                raise RemoteProtocolError(_refusal(group, element, length, size - start), offset=position)
            _report_group(report, group, element, position)
            position = end
            continue
        if element <= last:
            _report_order(report, element, last, position)
        last = element
        if element in elements:
            index, vr = elements[element]
            if values[index] is None and length:
                if vr != "US":
                    values[index] = _decoded(vr, data[start:end], element, position, report)
                elif length == _LENGTH_OF_NUMBER:
                    values[index] = data[start] | data[start + 1] << 8
                else:
                    raise RemoteProtocolError(
                        f"(0000,{element:04X}) has {counted(length, 'byte')}, not 2", offset=position
                    )
        elif not element:
            _check_group_length(data[start:end], size - end, report)
        position = end
    if position != size:
        raise RemoteProtocolError(f"a command set ends in {counted(size - position, 'byte')}", offset=position)
    return _command(values, report)


def _report_group(report: Report | None, group: int, element: int, position: int) -> None:
    if report is not None:
        message = "an element of another group in a command set (PS3.7 6.3.1)"
        report(Issue(IssueCode.OUT_OF_ORDER, message, "passed over", position, (Tag(group, element),)))


def _refusal(group: int, element: int, length: int, left: int) -> str:
    if group:
        return f"({group:04X},{element:04X}) in a command set, which has group 0000 only"
    return f"(0000,{element:04X}) has {counted(length, 'byte')} where {left:,} are left"


def _command(values: list[object], report: Report | None) -> Command:
    number = values[_FIELD]
    sought = _SOUGHT.get(number)  # type: ignore[call-overload]
    if sought is None:
        if number is None:
            raise RemoteProtocolError("a command set without a command field")
        raise RemoteProtocolError(f"no message has command field {number:04X}H")
    values[_FIELD], required, has_priority = sought
    for index in required:
        if values[index] is None:
            raise RemoteProtocolError(f"{values[_FIELD]} without {Command._fields[index]}")
    values[_TYPE] = values[_TYPE] != _NO_DATA_SET_NUMBER
    if values[_STATUS] is not None:
        values[_STATUS] = Status(values[_STATUS])  # type: ignore[call-overload]
    if has_priority or values[_PRIORITY] is not None:
        values[_PRIORITY] = _priority(values[_PRIORITY], report)
    return Command._make(values)


def _priority(number: object, report: Report | None) -> Priority:
    if isinstance(number, int) and number in _PRIORITIES:
        return _PRIORITIES[number]
    if report is not None:
        found = "no priority" if number is None else f"priority {number:04X}H"
        report(Issue(IssueCode.VALUE_INVALID, found, "taken as medium", path=(0x0700,)))
    return Priority.MEDIUM


def _decoded(vr: str, data: bytes, element: int, offset: int, report: Report | None) -> object:
    if vr == "AT":
        if len(data) & 3:
            raise RemoteProtocolError(
                f"(0000,{element:04X}) has {counted(len(data), 'byte')}, no number of tags", offset=offset
            )
        return tuple([Tag(high << 16 | low) for high, low in _PAIR.iter_unpack(data)])
    if len(data) & 1 and report is not None:
        found = f"a length of {len(data)}"
        report(Issue(IssueCode.ODD_LENGTH, found, "taken as it is", offset, (element,)))
    if vr == "UI":
        # Some pad with spaces, some do not end where they are padded.
        return UID(data.decode("latin-1").strip("\0 ")) or None
    if vr == "AE":
        return data.decode("latin-1").strip("\0 ") or None
    try:
        text = data.decode("utf-8")  # the default repertoire, beyond which nothing says what the bytes mean
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.strip("\0 ")


_PAIR = Struct("<HH")


def _report_order(report: Report | None, element: int, last: int, offset: int) -> None:
    if report is None:
        return
    if element == last:
        issue = Issue(IssueCode.DUPLICATE_ELEMENT, "the element is there twice", "the first counts", offset, (element,))
    else:
        issue = Issue(IssueCode.OUT_OF_ORDER, f"behind (0000,{last:04X})", "taken all the same", offset, (element,))
    report(issue)


def _check_group_length(data: bytes, rest: int, report: Report | None) -> None:
    said = int.from_bytes(data, "little")
    if said != rest and report is not None:
        found = f"{said:,} said, {counted(rest, 'byte')} there"
        report(Issue(IssueCode.GROUP_LENGTH_WRONG, found, "taken to the end", 0, (0,)))
