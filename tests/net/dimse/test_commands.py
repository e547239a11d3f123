"""Command sets: against PS3.7 (6.3, 9.3, 10.3, annex E), the bytes of programs of DCMTK, and pynetdicom."""

from __future__ import annotations

import io
import pickle
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit import dictionary
from dicomkit.core.issue import Issue, IssueCode
from dicomkit.errors import LocalProtocolError, RemoteProtocolError
from dicomkit.net.dimse.commands import FIELDS, MESSAGES, Command, CommandField, Priority, decode, encode
from dicomkit.net.dimse.status import Status
from tests.strategies import uids

CT = "1.2.840.10008.5.1.4.1.1.2"
FIND = "1.2.840.10008.5.1.4.1.2.2.1"
PRINTER = "1.2.840.10008.5.1.1.16"

# PS3.7 Table E.1-1.
DICTIONARY = """
0002 UI AffectedSOPClassUID
0003 UI RequestedSOPClassUID
0100 US CommandField
0110 US MessageID
0120 US MessageIDBeingRespondedTo
0600 AE MoveDestination
0700 US Priority
0800 US CommandDataSetType
0900 US Status
0901 AT OffendingElement
0902 LO ErrorComment
0903 US ErrorID
1000 UI AffectedSOPInstanceUID
1001 UI RequestedSOPInstanceUID
1002 US EventTypeID
1005 AT AttributeIdentifierList
1008 US ActionTypeID
1020 US NumberOfRemainingSuboperations
1021 US NumberOfCompletedSuboperations
1022 US NumberOfFailedSuboperations
1023 US NumberOfWarningSuboperations
1030 AE MoveOriginatorApplicationEntityTitle
1031 US MoveOriginatorMessageID
"""

# The rows of PS3.7 9.3 and 10.3, by number of command field: elements that are always there, a slash, elements that the
# service makes conditional or leaves to the user (9.1, 10.1), a slash, those of annex C; then the data set. The group
# length (0000,0000) is in all.
TABLES = {
    "9.3-1 C-STORE-RQ": (0x0001, "0002 0100 0110 0700 0800 1000 / 1030 1031 /", "M"),
    "9.3-2 C-STORE-RSP": (0x8001, "0100 0120 0800 0900 / 0002 1000 / 0901 0902", "-"),
    "9.3-3 C-FIND-RQ": (0x0020, "0002 0100 0110 0700 0800 / /", "M"),
    "9.3-4 C-FIND-RSP": (0x8020, "0100 0120 0800 0900 / 0002 / 0901 0902", "C"),
    "9.3-5 C-CANCEL-FIND-RQ": (0x0FFF, "0100 0120 0800 / /", "-"),
    "9.3-6 C-GET-RQ": (0x0010, "0002 0100 0110 0700 0800 / /", "M"),
    "9.3-7 C-GET-RSP": (0x8010, "0100 0120 0800 0900 / 0002 1020 1021 1022 1023 / 0901 0902", "C"),
    "9.3-9 C-MOVE-RQ": (0x0021, "0002 0100 0110 0600 0700 0800 / /", "M"),
    "9.3-10 C-MOVE-RSP": (0x8021, "0100 0120 0800 0900 / 0002 1020 1021 1022 1023 / 0901 0902", "C"),
    "9.3-12 C-ECHO-RQ": (0x0030, "0002 0100 0110 0800 / /", "-"),
    "9.3-13 C-ECHO-RSP": (0x8030, "0100 0120 0800 0900 / 0002 / 0902", "-"),
    "10.3-1 N-EVENT-REPORT-RQ": (0x0100, "0002 0100 0110 0800 1000 1002 / /", "C"),
    "10.3-2 N-EVENT-REPORT-RSP": (0x8100, "0100 0120 0800 0900 / 0002 1000 1002 / 0902 0903 1005", "C"),
    "10.3-3 N-GET-RQ": (0x0110, "0003 0100 0110 0800 1001 / 1005 /", "-"),
    "10.3-4 N-GET-RSP": (0x8110, "0100 0120 0800 0900 / 0002 1000 / 0902 0903 1005", "C"),
    "10.3-5 N-SET-RQ": (0x0120, "0003 0100 0110 0800 1001 / /", "M"),
    "10.3-6 N-SET-RSP": (0x8120, "0100 0120 0800 0900 / 0002 1000 / 0902 0903 1005", "C"),
    "10.3-7 N-ACTION-RQ": (0x0130, "0003 0100 0110 0800 1001 1008 / /", "C"),
    "10.3-8 N-ACTION-RSP": (0x8130, "0100 0120 0800 0900 / 0002 1000 1008 / 0902 0903 1005", "C"),
    "10.3-9 N-CREATE-RQ": (0x0140, "0002 0100 0110 0800 / 1000 /", "C"),
    "10.3-10 N-CREATE-RSP": (0x8140, "0100 0120 0800 0900 / 0002 1000 / 0902 0903 1005", "C"),
    "10.3-11 N-DELETE-RQ": (0x0150, "0003 0100 0110 0800 1001 / /", "-"),
    "10.3-12 N-DELETE-RSP": (0x8150, "0100 0120 0800 0900 / 0002 1000 / 0902 0903 1005", "-"),
}

EVERY_TABLE = pytest.mark.parametrize("table", TABLES)

#: A value for each field, by element.
VALUES: dict[str, tuple[str, object, bytes]] = {
    "0002": ("affected_sop_class_uid", CT, CT.encode() + b"\0"),
    "0003": ("requested_sop_class_uid", FIND, FIND.encode() + b"\0"),
    "0110": ("message_id", 0x1234, b"\x34\x12"),
    "0120": ("responded_to", 0xFFFF, b"\xff\xff"),
    "0600": ("move_destination", "THERE", b"THERE "),
    "0700": ("priority", Priority.LOW, b"\x02\0"),
    "0900": ("status", Status(0xB007), b"\x07\xb0"),
    "0901": ("offending_elements", (0x00100020, 0x7FE00010), b"\x10\0\x20\0\xe0\x7f\x10\0"),
    "0902": ("error_comment", "out of luck", b"out of luck "),
    "0903": ("error_id", 0, b"\0\0"),
    "1000": ("affected_sop_instance_uid", "1.2.3", b"1.2.3\0"),
    "1001": ("requested_sop_instance_uid", "1.2.34", b"1.2.34"),
    "1002": ("event_type_id", 1, b"\x01\0"),
    "1005": ("attribute_list", (0x00400252,), b"\x40\0\x52\x02"),
    "1008": ("action_type_id", 3, b"\x03\0"),
    "1020": ("remaining", 0, b"\0\0"),
    "1021": ("completed", 65535, b"\xff\xff"),
    "1022": ("failed", 2, b"\x02\0"),
    "1023": ("warned", 1, b"\x01\0"),
    "1030": ("move_originator", "ASKED_FOR_IT", b"ASKED_FOR_IT"),
    "1031": ("move_originator_message_id", 7, b"\x07\0"),
}

# What programs of DCMTK 3.6.7 send: echoscu, storescu, findscu, movescu, getscu, and storescp's two answers.
DCMTK = {
    "echoscu": (
        (
            "0000000004000000380000000000020012000000312e322e3834302e31303030382e312e310000000001020000003000000010010200"
            "0000010000000008020000000101"
        ),
        Command(CommandField.C_ECHO_RQ, message_id=1, affected_sop_class_uid="1.2.840.10008.1.1"),
    ),
    "storescu": (
        (
            "000000000400000082000000000002001a000000312e322e3834302e31303030382e352e312e342e312e312e32000000000102000000"
            "01000000100102000000010000000007020000000000000000080200000001000000001030000000312e332e362e312e342e312e3539"
            "36322e312e312e312e312e312e32303034303131393037323733302e313233323200"
        ),
        Command(
            CommandField.C_STORE_RQ,
            message_id=1,
            affected_sop_class_uid=CT,
            affected_sop_instance_uid="1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322",
            priority=Priority.MEDIUM,
            has_data_set=True,
        ),
    ),
    "findscu": (
        (
            "00000000040000004c000000000002001c000000312e322e3834302e31303030382e352e312e342e312e322e322e3100000000010200"
            "00002000000010010200000001000000000702000000000000000008020000000100"
        ),
        Command(
            CommandField.C_FIND_RQ,
            message_id=1,
            affected_sop_class_uid=FIND,
            priority=Priority.MEDIUM,
            has_data_set=True,
        ),
    ),
    "movescu": (
        (
            "000000000400000058000000000002001c000000312e322e3834302e31303030382e352e312e342e312e322e322e3200000000010200"
            "00002100000010010200000001000000000604000000444553540000000702000000000000000008020000000100"
        ),
        Command(
            CommandField.C_MOVE_RQ,
            message_id=1,
            affected_sop_class_uid="1.2.840.10008.5.1.4.1.2.2.2",
            move_destination="DEST",
            priority=Priority.MEDIUM,
            has_data_set=True,
        ),
    ),
    "getscu": (
        (
            "00000000040000004c000000000002001c000000312e322e3834302e31303030382e352e312e342e312e322e322e3300000000010200"
            "00001000000010010200000001000000000702000000000000000008020000000100"
        ),
        Command(
            CommandField.C_GET_RQ,
            message_id=1,
            affected_sop_class_uid="1.2.840.10008.5.1.4.1.2.2.3",
            priority=Priority.MEDIUM,
            has_data_set=True,
        ),
    ),
    "storescp, C-ECHO": (
        (
            "0000000004000000420000000000020012000000312e322e3834302e31303030382e312e310000000001020000003080000020010200"
            "000001000000000802000000010100000009020000000000"
        ),
        Command(CommandField.C_ECHO_RSP, responded_to=1, affected_sop_class_uid="1.2.840.10008.1.1", status=Status(0)),
    ),
    "storescp, C-STORE": (
        (
            "000000000400000058000000000002001a000000312e322e3834302e31303030382e352e312e342e312e312e32000000000102000000"
            "01800000200102000000020000000008020000000101000000090200000000000000001006000000312e322e3300"
        ),
        Command(
            CommandField.C_STORE_RSP,
            responded_to=2,
            affected_sop_class_uid=CT,
            affected_sop_instance_uid="1.2.3",
            status=Status(0),
        ),
    ),
}


def element(number: int, value: bytes, group: int = 0) -> bytes:
    """Give an element in Implicit VR Little Endian."""
    return struct.pack("<HHI", group, number, len(value)) + value


def with_length(body: bytes) -> bytes:
    """Give a command set with its group length."""
    return element(0, struct.pack("<I", len(body))) + body


def parts(table: str) -> tuple[list[str], list[str]]:
    """Give the elements that a message must have, and those that it may have."""
    required, *optional = TABLES[table][1].split("/")
    return required.split(), sorted(" ".join(optional).split())


def command_of(table: str, elements: list[str], *, has_data_set: bool = False) -> tuple[Command, bytes]:
    """Give a command with a value for each of some elements, and the bytes that the standard has for it."""
    number, _, _ = TABLES[table]
    encoded = {
        "0100": struct.pack("<H", number),
        "0800": b"\x01\x00" if has_data_set else b"\x01\x01",
        **{key: VALUES[key][2] for key in elements if key in VALUES},
    }
    fields: dict[str, Any] = {VALUES[key][0]: VALUES[key][1] for key in elements if key in VALUES}
    body = b"".join([element(int(key, 16), encoded[key]) for key in sorted(elements)])
    return Command(CommandField(number), has_data_set=has_data_set, **fields), with_length(body)


# The tables -----------------------------------------------------------------------------------------------------------


def test_the_dictionary_is_that_of_the_standard():
    """Every element of Table E.1-1 has a name, with its VR and keyword, in the order of tags."""
    rows = [line.split() for line in DICTIONARY.strip().splitlines()]
    assert rows == [[f"{field.tag.element:04X}", field.vr, field.keyword] for field in FIELDS]
    for field in FIELDS:
        entry = dictionary.entry(field.tag)
        assert (entry.keyword, entry.vr) == (field.keyword, field.vr)


def test_there_is_a_row_for_each_message():
    """Each command field of Table E.1-1 has its row, named as the standard names it."""
    expected = {number: table.split(" ")[1] for table, (number, _, _) in TABLES.items()}
    expected[0x0FFF] = "C-CANCEL-RQ"
    assert expected == {int(field): str(field) for field in MESSAGES}


@EVERY_TABLE
def test_a_message_has_the_fields_of_its_table(table: str):
    """What must and what may be there, and whether there is a data set, is as in PS3.7 9.3 and 10.3."""
    number, _, data_set = TABLES[table]
    message = MESSAGES[CommandField(number)]
    elements = {field.name: f"{field.tag.element:04X}" for field in FIELDS}
    required, optional = parts(table)
    assert required == sorted(elements[name] for name in message.required)
    assert optional == sorted(elements[name] for name in message.optional)
    assert data_set == message.data_set


@EVERY_TABLE
def test_a_message_is_encoded_as_the_standard_says(table: str):
    """With what must be there and with all that may be, the bytes are Implicit VR Little Endian, ascending."""
    required, optional = parts(table)
    for elements in (required, required + optional):
        command, expected = command_of(table, elements, has_data_set=TABLES[table][2] == "M")
        assert expected == encode(command)
        assert command == decode(expected)


@EVERY_TABLE
def test_each_optional_field_may_be_absent(table: str):
    """A message with any one of its optional fields is encoded and decoded."""
    required, optional = parts(table)
    for one in optional:
        command, expected = command_of(table, [*required, one])
        assert expected == encode(command)
        assert command == decode(expected)


@EVERY_TABLE
def test_a_message_without_a_field_that_it_must_have_is_refused(table: str):
    """Neither is sent nor taken what lacks a field; of the priority, which nobody needs, an Issue is made."""
    required, _ = parts(table)
    for missing in required:
        if missing in ("0100", "0800"):
            continue
        command, data = command_of(table, [key for key in required if key != missing])
        with pytest.raises(LocalProtocolError, match=f"without {VALUES[missing][0]}"):
            encode(command)
        if missing == "0700":
            issues: list[Issue] = []
            assert Priority.MEDIUM is decode(data, issues.append).priority
            assert [IssueCode.VALUE_INVALID] == [issue.code for issue in issues]
        else:
            with pytest.raises(RemoteProtocolError, match=f"without {VALUES[missing][0]}"):
                decode(data)


@EVERY_TABLE
def test_a_field_of_other_messages_is_not_sent(table: str):
    """A command with a field that its message does not have is a mistake of the caller."""
    required, optional = parts(table)
    for key, (name, value, _) in VALUES.items():
        if key not in required + optional:
            command, _ = command_of(table, required)
            with pytest.raises(LocalProtocolError, match=f"has no {name}"):
                encode(command._replace(**{name: value}))


# What others send -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("program", DCMTK)
def test_what_dcmtk_sends_is_understood_and_sent_alike(program: str):
    """The command sets of DCMTK's programs decode to what they mean, and are encoded to the same bytes."""
    text, command = DCMTK[program]
    assert command == decode(bytes.fromhex(text))
    assert text == encode(command).hex()


def pynetdicom_set(command: Command) -> bytes:
    """Encode a command with pydicom, element by element."""
    pydicom = pytest.importorskip("pydicom")
    names = {field.name: field.keyword for field in FIELDS}
    ds = pydicom.Dataset()
    for name, value in command._asdict().items():
        if name == "has_data_set":
            value = 1 if value else 0x0101
        if value is not None:
            setattr(ds, names[name], list(value) if isinstance(value, tuple) else value)
    dsutils = pytest.importorskip("pynetdicom.dsutils")
    body = dsutils.encode(ds, True, True)
    return with_length(body)


@pytest.mark.interop
@EVERY_TABLE
def test_pydicom_encodes_a_message_to_the_same_bytes(table: str):
    """A data set of the same elements, written by pydicom as pynetdicom does, is the same command set."""
    required, optional = parts(table)
    command, _ = command_of(table, required + optional)
    assert pynetdicom_set(command) == encode(command)


@pytest.mark.interop
@EVERY_TABLE
def test_pynetdicom_understands_a_message_and_is_understood(table: str):
    """pynetdicom makes its own message of what was encoded here, and that one's command set decodes to the same."""
    messages = pytest.importorskip("pynetdicom.dimse_messages")
    dsutils = pytest.importorskip("pynetdicom.dsutils")
    required, optional = parts(table)
    command, data = command_of(table, required + optional)
    theirs = dsutils.decode(io.BytesIO(data), True, True)
    assert int(command.field) == theirs.CommandField
    message = messages._MESSAGE_TYPES[theirs.CommandField][1]()
    message.command_set = theirs
    message.ID = 1
    primitive = message.message_to_primitive()
    assert primitive is not None
    again = messages._MESSAGE_TYPES[theirs.CommandField][1]()
    again.command_set = theirs
    [pdata] = list(again.encode_msg(1, 16382))
    [(context_id, value)] = pdata.presentation_data_value_list
    assert (1, 3) == (context_id, value[0])
    assert command == decode(value[1:])


# Values ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("message_id", -1, "message_id is a number from 0 to 65,535, not -1"),
        ("message_id", 65536, "message_id is a number from 0 to 65,535, not 65536"),
        ("message_id", "1", "message_id is a number from 0 to 65,535, not 1"),
        ("affected_sop_class_uid", "1." + "2" * 63, "is no UID"),
        ("affected_sop_class_uid", "1.2\n", r"affected_sop_class_uid '1\.2\\n' is no UID"),
        ("affected_sop_class_uid", "1.2\\1.3", "is no UID"),
        ("affected_sop_class_uid", "1.2é", "characters outside ASCII"),
        ("affected_sop_class_uid", 12, "affected_sop_class_uid is text, not 12"),
        ("move_originator", "SEVENTEEN_LETTERS", "is no AE title"),
        ("move_originator", "A\\B", "is no AE title"),
    ],
)
def test_what_does_not_fit_is_a_mistake_of_the_caller(field: str, value: object, reason: str):
    """A number beyond 16 bits, a UID or title that is too long or has control characters is not sent."""
    command, _ = command_of("9.3-1 C-STORE-RQ", ["0002", "0110", "0700", "1000", "1030"])
    with pytest.raises(LocalProtocolError, match=reason):
        encode(command._replace(**{field: value}))


@pytest.mark.parametrize("tags", [(1 << 70, "x"), ("00100010",), 5])
def test_a_list_of_tags_is_a_sequence_of_numbers(tags: object):
    """Anything else in an attribute list is a mistake of the caller."""
    command, _ = command_of("10.3-3 N-GET-RQ", ["0003", "0110", "1001"])
    with pytest.raises(LocalProtocolError, match="attribute_list is a sequence of tags"):
        encode(command._replace(attribute_list=tags))


@pytest.mark.parametrize(
    ("comment", "sent"),
    [
        ("", b""),
        ("a\r\nb\\c\x7f", b"a  b/c  "[:8]),
        ("größer", b"gr??er"),
        ("x" * 100, b"x" * 64),
    ],
)
def test_a_comment_is_no_reason_to_fail(comment: str, sent: bytes):
    """An Error Comment is made to fit LO: 64 characters of the default repertoire, one value, no control characters."""
    response = Command(CommandField.C_ECHO_RSP, responded_to=1, status=Status(0x0110), error_comment=comment)
    data = encode(response)
    [*_, tail] = data.split(b"\x00\x00\x02\x09")
    assert sent == tail[4:]
    assert struct.pack("<I", len(sent)) == tail[:4]


def test_texts_are_taken_without_their_padding():
    """UIDs padded with spaces, titles with zero bytes, comments in UTF-8 or Latin-1: what real peers send."""
    body = (
        element(0x0002, b"1.2.840.10008.1.1 ")
        + element(0x0100, b"\x30\x80")
        + element(0x0120, b"\1\0")
        + element(0x0800, b"\1\1")
        + element(0x0900, b"\x10\1")
    )
    utf_8 = decode(with_length(body + element(0x0902, "größer".encode() + b"  ")))
    latin_1 = decode(with_length(body + element(0x0902, "größer".encode("latin-1"))))
    assert ("1.2.840.10008.1.1", "größer", "größer") == (
        utf_8.affected_sop_class_uid,
        utf_8.error_comment,
        latin_1.error_comment,
    )


@pytest.mark.parametrize("number", [0x0000, 0x0001, 0x0102, 0xFFFF, 0x0100])
def test_every_data_set_type_but_one_says_that_there_is_a_data_set(number: int):
    """Only 0101H is no data set (PS3.7 E.1-1)."""
    body = element(0x0002, b"1.2\0") + element(0x0100, b"\x40\1") + element(0x0110, b"\1\0")
    assert decode(with_length(body + element(0x0800, struct.pack("<H", number)))).has_data_set
    assert not decode(with_length(body + element(0x0800, b"\1\1"))).has_data_set


def test_a_command_can_be_pickled_and_compared():
    """A command is a value: equal by its fields, hashable, picklable."""
    command, data = command_of("9.3-1 C-STORE-RQ", parts("9.3-1 C-STORE-RQ")[0], has_data_set=True)
    assert command == decode(data) == pickle.loads(pickle.dumps(command))
    assert {command} == {decode(data)}
    assert command != command._replace(message_id=9)


def test_a_command_shows_what_is_there_on_one_line():
    """Control characters that a peer put into a title or comment reach no terminal."""
    body = (
        element(0x0100, b"\x30\x80")
        + element(0x0120, b"\1\0")
        + element(0x0800, b"\1\1")
        + element(0x0900, b"\0\0")
        + element(0x0902, b"\x1b[2J\nroot")
    )
    shown = repr(decode(with_length(body)))
    assert shown.isprintable()
    assert r"error_comment=\x1b[2J\nroot" in shown


# Responses ------------------------------------------------------------------------------------------------------------


@EVERY_TABLE
def test_a_request_makes_its_response(table: str):
    """Each request has the response of its number with bit 15, about the same SOP Class and Instance."""
    field = CommandField(TABLES[table][0])
    command, _ = command_of(table, parts(table)[0])
    if field.is_response or field is CommandField.C_CANCEL_RQ:
        with pytest.raises(LocalProtocolError, match="is not answered"):
            command.response()
        return
    response = command.response(0x0110, error_comment="no")
    assert (int(field) | 0x8000, 0x1234, 0x0110) == (response.field, response.responded_to, response.status)
    assert (command.sop_class_uid, command.sop_instance_uid) == (response.sop_class_uid, response.sop_instance_uid)
    assert response == decode(encode(response))


def test_the_type_of_an_event_or_action_is_in_a_reply():
    """Event and Action Type ID are in a response with a reply, or about a type that is not known (10.1, C.5)."""
    action, _ = command_of("10.3-7 N-ACTION-RQ", parts("10.3-7 N-ACTION-RQ")[0])
    event, _ = command_of("10.3-1 N-EVENT-REPORT-RQ", parts("10.3-1 N-EVENT-REPORT-RQ")[0])
    assert (None, None) == (action.response().action_type_id, event.response().event_type_id)
    assert 3 == action.response(has_data_set=True).action_type_id
    assert 3 == action.response(0x0123).action_type_id
    assert 1 == event.response(0x0113).event_type_id


def test_what_can_be_cancelled_is_cancelled():
    """C-CANCEL names the request; C-STORE has none (PS3.7 9.1)."""
    find, _ = command_of("9.3-3 C-FIND-RQ", parts("9.3-3 C-FIND-RQ")[0])
    cancel = find.cancel()
    assert Command(CommandField.C_CANCEL_RQ, responded_to=0x1234) == cancel == decode(encode(cancel))
    store, _ = command_of("9.3-1 C-STORE-RQ", parts("9.3-1 C-STORE-RQ")[0])
    with pytest.raises(LocalProtocolError, match="C-STORE-RQ cannot be cancelled"):
        store.cancel()


def test_a_field_says_which_service_it_is_of():
    """The name of the primitive, by which statuses are looked up."""
    assert {"C-STORE": 2, "C-CANCEL": 1, "N-EVENT-REPORT": 2} == {
        name: [field.primitive for field in CommandField].count(name)
        for name in ("C-STORE", "C-CANCEL", "N-EVENT-REPORT")
    }


# Hostile bytes --------------------------------------------------------------------------------------------------------

ECHO = bytes.fromhex(DCMTK["echoscu"][0])
STORE = bytes.fromhex(DCMTK["storescu"][0])


@pytest.mark.parametrize("data", [ECHO, STORE])
def test_a_truncated_command_set_is_refused(data: bytes):
    """Cut at every byte, a command set is either refused or ends between two elements and lacks one."""
    for end in range(len(data)):
        with pytest.raises(RemoteProtocolError):
            decode(data[:end])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "a command set without a command field"),
        (element(0x0100, b"\x30\0", group=8), r"\(0008,0100\) in a command set, which has group 0000 only"),
        (element(0x0100, b"\x31\0"), "no message has command field 0031H"),
        (element(0x0100, b"\xff\x8f"), "no message has command field 8FFFH"),
        (element(0x0100, b"\x30\0\0\0"), r"\(0000,0100\) has 4 bytes, not 2"),
        (element(0x0100, b"\x30"), r"\(0000,0100\) has 1 byte, not 2"),
        (element(0x0100, b""), "without a command field"),
        (struct.pack("<HHI", 0, 0x0100, 0xFFFFFFFF), r"\(0000,0100\) has 4,294,967,295 bytes where 0 are left"),
        (struct.pack("<HHI", 0, 0x1000, 0xFFFFFFFE) + b"x" * 70000, "where 70,000 are left"),
        (element(0x1005, b"\0\0\1"), r"\(0000,1005\) has 3 bytes, no number of tags"),
        (ECHO + b"\0\0\0", "ends in 3 bytes"),
        (element(0x0002, b"\0\0") + element(0x0100, b"\x30\0"), "C-ECHO-RQ without affected_sop_class_uid"),
    ],
)
def test_what_is_no_command_set_is_refused(data: bytes, reason: str):
    """Another group, a length that passes the end or does not fit its VR, a message that nobody knows."""
    with pytest.raises(RemoteProtocolError, match=reason):
        decode(data)


def test_other_groups_behind_a_command_set_are_passed_over():
    """What DCMTK calls status details: Orthanc 1.10 appends its Failed SOP Instance UID List to a C-GET-RSP."""
    issues: list[Issue] = []
    data = ECHO + element(0x0000, b"\x08\0\0\0", group=8) + element(0x0058, b"1.2.3\0", group=8)
    assert decode(ECHO) == decode(data, issues.append)
    assert IssueCode.OUT_OF_ORDER in {issue.code for issue in issues}


def test_what_can_be_lived_with_is_reported():
    """A wrong group length, elements out of order or twice, an odd length: taken, and said."""
    body = (
        element(0x0100, b"\x30\0")
        + element(0x0002, b"1.2.840.10008.1.1")
        + element(0x0110, b"\1\0")
        + element(0x0110, b"\2\0")
        + element(0x0800, b"\1\1")
    )
    issues: list[Issue] = []
    command = decode(element(0, b"\x01\0\0\0") + body, issues.append)
    assert Command(CommandField.C_ECHO_RQ, message_id=1, affected_sop_class_uid="1.2.840.10008.1.1") == command
    assert [
        (IssueCode.GROUP_LENGTH_WRONG, 0),
        (IssueCode.OUT_OF_ORDER, 22),
        (IssueCode.ODD_LENGTH, 22),
        (IssueCode.DUPLICATE_ELEMENT, 57),
    ] == [(issue.code, issue.offset) for issue in issues]
    assert command == decode(body)


def test_elements_that_nobody_knows_are_passed_over():
    """Retired elements of group 0000, such as Length to End, do not disturb (PS3.7 E.2)."""
    body = element(0x0001, b"\x40\0\0\0") + ECHO[12:] + element(0x5110, b"1 ")
    assert decode(ECHO) == decode(with_length(body))


def test_large_command_sets_are_read_at_once():
    """64 KiB of tags, and of elements that are there again and again, are read like any other."""
    tags = tuple(range(0x00100000, 0x00100000 + 16000))
    command = Command(
        CommandField.N_GET_RQ,
        message_id=1,
        requested_sop_class_uid=PRINTER,
        requested_sop_instance_uid=PRINTER + ".1",
        attribute_list=tags,
    )
    assert tags == decode(encode(command)).attribute_list
    assert decode(ECHO) == decode(ECHO + element(0x0110, b"\7\0") * 6500)


_NUMBERS = st.integers(0, 0xFFFF)
_TITLES = st.text("ABCDEFGHIJ_0123456789-", min_size=1, max_size=16)
_BY_VR: dict[str, st.SearchStrategy[Any]] = {
    "US": _NUMBERS,
    "UI": uids,
    "AE": _TITLES,
    "LO": st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\\"), min_size=1, max_size=64),
    "AT": st.lists(st.integers(0, 0xFFFFFFFF), min_size=1, max_size=5).map(tuple),
}
_SPECIAL: dict[str, st.SearchStrategy[Any]] = {
    "priority": st.sampled_from(Priority),
    "status": _NUMBERS.map(Status),
    "has_data_set": st.booleans(),
}


@st.composite
def commands(draw: st.DrawFn) -> Command:
    """Give any command that can be sent."""
    message = MESSAGES[draw(st.sampled_from(CommandField))]
    names = [*message.required, *[name for name in message.optional if draw(st.booleans())]]
    strategies = {field.name: _SPECIAL.get(field.name, _BY_VR[field.vr]) for field in FIELDS}
    return Command(message.field, **{name: draw(strategies[name]) for name in names if name != "field"})


@given(commands())
def test_every_command_comes_back(command: Command):
    """What is encoded decodes to the same, without an Issue, from any kind of buffer."""
    issues: list[Issue] = []
    data = encode(command)
    assert command == decode(data, issues.append) == decode(memoryview(data)) == decode(bytearray(data))
    assert [] == issues
    assert not len(data) & 1


@given(st.binary(max_size=200) | st.builds(lambda head, tail: STORE[:head] + tail, st.integers(0, 142), st.binary()))
def test_any_bytes_are_a_command_or_an_error(data: bytes):
    """A decoder gives a value or a RemoteProtocolError, whatever the bytes."""
    try:
        shown = repr(decode(data, str))
    except RemoteProtocolError as error:
        shown = str(error)
    assert shown.isprintable()
