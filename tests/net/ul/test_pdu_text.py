"""PDUs as lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.net.ul import (
    Abort,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    CommonExtendedNegotiation,
    ContextResult,
    DataTransfer,
    DataValue,
    ExtendedNegotiation,
    OperationsWindow,
    PresentationContext,
    ReleaseRequest,
    ReleaseResponse,
    RoleSelection,
    UnknownItem,
    UserIdentity,
    UserInformation,
)
from dicomkit.net.ul.pdu_text import PDUText, pdu_lines
from tests.net.ul.test_pdu import pdus

CT = "1.2.840.10008.5.1.4.1.1.2"
REQUEST = AssociateRequest(
    called_ae_title="PACS",
    calling_ae_title="CT\x1b[2J",
    contexts=(PresentationContext(1, CT, ("1.2.840.10008.1.2", "1.2.3")),),
    user_information=UserInformation(
        maximum_length=16384,
        implementation_class_uid="1.2.3.4",
        implementation_version_name="DEVICE",
        operations_window=OperationsWindow(8, 0),
        roles=(RoleSelection(CT, True, True),),
        extended=(ExtendedNegotiation(CT, b"\1\0"),),
        common_extended=(CommonExtendedNegotiation("1.2.3", "1.2.840.10008.4.2", (CT,)),),
        user_identity=UserIdentity(2, b"bob", b"hunter2", response_requested=True),
        unknown=(UnknownItem(0x5F, b"??"),),
    ),
)


def told(*pieces: bytes) -> list[str]:
    """Give the lines of a stream."""
    lines: list[str] = []
    text = PDUText(lines.append)
    for piece in pieces:
        text.feed(piece)
    text.close()
    return lines


def test_a_request_is_told_with_names():
    """UIDs have their names, titles no control characters, secrets are not told."""
    assert [
        r"A-ASSOCIATE-RQ from 'CT\x1b[2J' to 'PACS'",
        "  presentation context 1: CT Image Storage (1.2.840.10008.5.1.4.1.1.2)",
        "    Implicit VR Little Endian (1.2.840.10008.1.2)",
        "    '1.2.3'",
        "  maximum length 16,384",
        "  implementation 1.2.3.4 DEVICE",
        "  asynchronous operations window: 8 invoked, 0 performed (0: unlimited)",
        "  role SCU and SCP for CT Image Storage (1.2.840.10008.5.1.4.1.1.2)",
        "  extended negotiation of CT Image Storage (1.2.840.10008.5.1.4.1.1.2): 01 00",
        "  '1.2.3' belongs to Storage Service Class (1.2.840.10008.4.2)",
        "    related to CT Image Storage (1.2.840.10008.5.1.4.1.1.2)",
        "  user identity: username and passcode of 3 bytes, response requested",
        "  unknown item 0x5F of 2 bytes",
    ] == pdu_lines(REQUEST)


@pytest.mark.parametrize(
    ("pdu", "lines"),
    [
        (
            AssociateAccept(
                contexts=(ContextResult(1, 0, "1.2.3"), ContextResult(3, 3), ContextResult(5, 77)),
                user_information=UserInformation(maximum_length=0, user_identity_response=b"x"),
                application_context="1.2",
                protocol_version=3,
            ),
            [
                "A-ASSOCIATE-AC",
                "  protocol version 3",
                "  application context '1.2'",
                "  presentation context 1: accepted, '1.2.3'",
                "  presentation context 3: abstract syntax not supported",
                "  presentation context 5: result 77",
                "  any length",
                "  implementation ",
                "  user identity accepted, response of 1 byte",
            ],
        ),
        (
            AssociateReject(result=2, source=3, reason=2),
            ["A-ASSOCIATE-RJ for now: local limit exceeded (source 3, reason 2)"],
        ),
        (Abort(), ["A-ABORT by the service-user"]),
        (Abort(source=2, reason=6), ["A-ABORT by the service-provider: invalid parameter value"]),
        (Abort(source=1, reason=99), ["A-ABORT by source 1: reason 99"]),
        (ReleaseRequest(), ["A-RELEASE-RQ"]),
        (ReleaseResponse(), ["A-RELEASE-RP"]),
        (
            DataTransfer(values=(DataValue(context_id=3, is_command=True, is_last=True, data=b"x"),)),
            ["P-DATA-TF in context 3: command set, 1 byte"],
        ),
    ],
)
def test_each_pdu_is_told(pdu, lines: list[str]):
    """One line says what it is, and more what is in it."""
    assert lines == pdu_lines(pdu)


STREAM = b"".join(
    [
        DataTransfer(values=(DataValue(context_id=1, is_command=True, is_last=True, data=bytes(70)),)).encode(),
        DataTransfer(values=(DataValue(context_id=1, data=bytes(1000)),)).encode() * 3,
        DataTransfer(values=(DataValue(context_id=1, is_last=True, data=bytes(10)),)).encode(),
        DataTransfer(values=(DataValue(context_id=3, data=bytes(5)),)).encode(),
        ReleaseRequest().encode(),
    ]
)
LINES = [
    "P-DATA-TF in context 1: command set, 70 bytes",
    "P-DATA-TF in context 1: data set, 3,010 bytes",
    "P-DATA-TF in context 3: data set, 5 bytes, more to come",
    "A-RELEASE-RQ",
]


@pytest.mark.parametrize("step", [1, 7, 1000, 100_000])
def test_a_stream_is_told_however_it_is_cut(step: int):
    """Data are one line for a command set or a data set, with the bytes of all its PDUs."""
    assert LINES == told(*[STREAM[start : start + step] for start in range(0, len(STREAM), step)])


def test_what_is_not_understood_ends_the_telling():
    """The line says where and why; what comes behind it is not looked at."""
    assert [
        "A-RELEASE-RP",
        "not understood from here on: no PDU: type 0x16, 1 byte",
    ] == told(ReleaseResponse().encode() + b"\x16\0\0\0\0\1x" + STREAM, STREAM)
    assert ["not understood from here on: A-ABORT of 3 bytes, not 4 (at offset 6)"] == told(b"\7\0\0\0\0\3abc")


def test_a_stream_may_end_anywhere():
    """What is missing is said."""
    assert ["P-DATA-TF in context 1: data set, 3 bytes, more to come", "ends within a PDU"] == told(
        b"\4\0\0\0\0\x0a\0\0\0\6\1\0abc"
    )


def test_a_long_pdu_is_told_by_its_header():
    """What nobody would accept is not collected."""
    lines = told(b"\1\0\xff\xff\xff\xff" + bytes(100))
    assert ["ASSOCIATE_RQ of 4,294,967,295 bytes, more than is shown", "ends within a PDU"] == lines


@given(data=st.lists(pdus.map(lambda pdu: pdu.encode()) | st.binary(max_size=30), max_size=5))
def test_whatever_comes_is_told_in_printable_lines(data: list[bytes]):
    """Nothing raises, and no line forges another."""
    for line in told(*data):
        assert line.isprintable()
        assert len(line) < 400
