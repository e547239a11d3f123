"""The seven PDUs, against bytes written out from PS3.8 9.3, and against pynetdicom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.errors import LocalProtocolError, RemoteProtocolError
from dicomkit.net.ul import (
    PDU,
    Abort,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    ContextResult,
    DataTransfer,
    DataValue,
    PDUType,
    PresentationContext,
    ReleaseRequest,
    ReleaseResponse,
    UnknownItem,
    UserInformation,
    decode,
)
from tests.net.ul.test_items import context_ids, contexts, results, uids, user_information

_APPLICATION_CONTEXT = b"\x10\x00\x00\x151.2.840.10008.3.1.1.1"  # PS3.8 Table 9-12
_ABOUT = b"\x50\x00\x00\x13\x51\x00\x00\x04\x00\x00\x40\x00\x52\x00\x00\x071.2.3.4"  # Table 9-16
_INFORMATION = UserInformation(maximum_length=16384, implementation_class_uid="1.2.3.4")

#: Each PDU and its bytes, written out from the table named beside it.
LITERAL: dict[str, tuple[PDU, bytes]] = {
    "A-ASSOCIATE-RQ, Table 9-11": (
        AssociateRequest(
            called_ae_title="PACS",
            calling_ae_title="CT 1",
            contexts=(PresentationContext(1, "1.2.840.10008.1.1", ("1.2.840.10008.1.2",)),),
            user_information=_INFORMATION,
        ),
        b"\x01\x00\x00\x00\x00\xa6\x00\x01\x00\x00PACS            CT 1            " + bytes(32)
        + _APPLICATION_CONTEXT
        + b"\x20\x00\x00\x2e\x01\x00\x00\x00\x30\x00\x00\x111.2.840.10008.1.1\x40\x00\x00\x111.2.840.10008.1.2"
        + _ABOUT,
    ),
    "A-ASSOCIATE-AC, Table 9-17": (
        AssociateAccept(
            called_ae_title="PACS",
            calling_ae_title="CT 1",
            contexts=(ContextResult(1, 0, "1.2.840.10008.1.2"),),
            user_information=_INFORMATION,
        ),
        b"\x02\x00\x00\x00\x00\x91\x00\x01\x00\x00PACS            CT 1            " + bytes(32)
        + _APPLICATION_CONTEXT
        + b"\x21\x00\x00\x19\x01\x00\x00\x00\x40\x00\x00\x111.2.840.10008.1.2"
        + _ABOUT,
    ),
    "A-ASSOCIATE-RJ, Table 9-21": (
        AssociateReject(result=2, source=3, reason=2),
        b"\x03\x00\x00\x00\x00\x04\x00\x02\x03\x02",
    ),
    "P-DATA-TF, Tables 9-22 and 9-23": (
        DataTransfer(
            values=(
                DataValue(context_id=1, is_command=True, is_last=True, data=b"cmd!"),
                DataValue(context_id=3, is_command=False, is_last=False, data=b"data"),
                DataValue(context_id=3, is_command=False, is_last=True, data=b""),
            )
        ),
        (b"\x04\x00\x00\x00\x00\x1a"
         b"\x00\x00\x00\x06\x01\x03cmd!"
         b"\x00\x00\x00\x06\x03\x00data"
         b"\x00\x00\x00\x02\x03\x02"),
    ),
    "A-RELEASE-RQ, Table 9-24": (ReleaseRequest(), b"\x05\x00\x00\x00\x00\x04\x00\x00\x00\x00"),
    "A-RELEASE-RP, Table 9-25": (ReleaseResponse(), b"\x06\x00\x00\x00\x00\x04\x00\x00\x00\x00"),
    "A-ABORT, Table 9-26": (Abort(source=2, reason=6), b"\x07\x00\x00\x00\x00\x04\x00\x00\x02\x06"),
}  # fmt: skip
EACH = pytest.mark.parametrize("name", LITERAL)


def read(data: bytes) -> PDU:
    """Give the PDU that these bytes are."""
    assert len(data) == 6 + int.from_bytes(data[2:6], "big")
    return decode(data[0], memoryview(data)[6:])


def tried(kind: int, body: bytes) -> tuple[PDU | None, RemoteProtocolError | None]:
    """Give what a PDU's body says, or why it says nothing."""
    try:
        return decode(kind, body), None
    except RemoteProtocolError as error:
        return None, error


@EACH
def test_pdus_are_the_bytes_of_the_standard(name: str):
    """Each PDU is written as its table says, and read from these bytes."""
    pdu, data = LITERAL[name]
    assert data == pdu.encode()
    assert pdu == read(data)


@EACH
@pytest.mark.interop
def test_pynetdicom_reads_ours_and_writes_the_same(name: str):
    """pynetdicom takes our bytes, and writes them again unchanged; what it writes reads here as it was."""
    pdus = pytest.importorskip("pynetdicom.pdu")
    kinds = {
        1: pdus.A_ASSOCIATE_RQ, 2: pdus.A_ASSOCIATE_AC, 3: pdus.A_ASSOCIATE_RJ, 4: pdus.P_DATA_TF,
        5: pdus.A_RELEASE_RQ, 6: pdus.A_RELEASE_RP, 7: pdus.A_ABORT_RQ,
    }  # fmt: skip
    pdu, data = LITERAL[name]
    theirs = kinds[data[0]]()
    theirs.decode(data)
    assert data == theirs.encode()
    assert pdu == read(theirs.encode())


@pytest.mark.interop
def test_a_request_that_pynetdicom_makes_is_understood():
    """An A-ASSOCIATE-RQ made of pynetdicom's own primitive says here what was put in there."""
    pdus = pytest.importorskip("pynetdicom.pdu")
    primitives = pytest.importorskip("pynetdicom.pdu_primitives")
    presentation = pytest.importorskip("pynetdicom.presentation")
    primitive = primitives.A_ASSOCIATE()
    primitive.application_context_name = "1.2.840.10008.3.1.1.1"
    primitive.calling_ae_title, primitive.called_ae_title = "SCU", "SCP"
    context = presentation.build_context("1.2.840.10008.5.1.4.1.1.2", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.4.90"])
    context.context_id = 7
    primitive.presentation_context_definition_list = [context]
    length = primitives.MaximumLengthNotification()
    length.maximum_length_received = 32768
    identity = primitives.UserIdentityNegotiation()
    identity.user_identity_type, identity.primary_field, identity.secondary_field = 2, b"user", b"pass"
    identity.positive_response_requested = True
    implementation = primitives.ImplementationClassUIDNotification()
    implementation.implementation_class_uid = "1.2.3"
    primitive.user_information = [length, implementation, identity]
    pdu = pdus.A_ASSOCIATE_RQ()
    pdu.from_primitive(primitive)
    found = read(pdu.encode())
    assert isinstance(found, AssociateRequest)
    assert ("SCU", "SCP") == (found.calling_ae_title, found.called_ae_title)
    assert (7, "1.2.840.10008.5.1.4.1.1.2", ("1.2.840.10008.1.2", "1.2.840.10008.1.2.4.90")) == found.contexts[0]
    assert (32768, "1.2.3") == (
        found.user_information.maximum_length,
        found.user_information.implementation_class_uid,
    )
    assert (2, b"user", b"pass", True) == found.user_information.user_identity


# --- what peers do ----------------------------------------------------------------------------------------------------


@EACH
def test_no_truncation_of_a_pdu_is_taken_for_it(name: str):
    """Cut at any byte, the body of a PDU is refused, or is another PDU."""
    pdu, data = LITERAL[name]
    for size in range(len(data) - 6):
        found, error = tried(data[0], data[6 : 6 + size])
        assert pdu != found
        assert error is None or (error.offset is not None and error.offset <= 6 + size)


@EACH
def test_no_length_within_a_pdu_reads_past_it(name: str):
    """Whatever two or four bytes say 0xFF…: the PDU is refused, or says something of its own bytes."""
    _, data = LITERAL[name]
    for lie in (b"\xff\xff", b"\xff\xff\xff\xff"):
        for at in range(6, len(data) - len(lie) + 1):
            try:
                found = decode(data[0], data[6:at] + lie + data[at + len(lie) :])
            except RemoteProtocolError:
                continue
            assert len(repr(found)) < 20 * len(data) + 1000


@pytest.mark.parametrize("kind", [0, *range(8, 256)])
def test_there_are_seven_pdus(kind: int):
    """Any other type is refused as an unrecognized PDU."""
    with pytest.raises(RemoteProtocolError) as caught:
        decode(kind, b"\0\0\0\0")
    assert 1 == caught.value.reason


def test_reserved_bytes_are_not_looked_at():
    """PS3.8 9.3.1: reserved fields are not tested."""
    assert ReleaseRequest() == decode(5, b"\xff\xff\xff\xff")
    assert Abort(source=2, reason=1) == decode(7, b"\xff\xff\2\1")
    _, data = LITERAL["A-ASSOCIATE-RQ, Table 9-11"]
    assert read(data) == read(data[:1] + b"\xff" + data[2:8] + b"\xff\xff" + data[10:42] + b"\xff" * 32 + data[74:])


def test_what_peers_put_behind_short_pdus_is_ignored():
    """A-RELEASE and A-ABORT of more than four bytes are what they are."""
    assert ReleaseResponse() == decode(6, bytes(8))
    assert Abort(source=0, reason=0) == decode(7, bytes(10))


def test_titles_are_kept_whatever_they_are():
    """Spaces around do not count, zero bytes of some peers neither; what is no title is for others to judge."""
    _, data = LITERAL["A-ASSOCIATE-RQ, Table 9-11"]
    found = read(data[:10] + b"  A\\B\xe9          " + b"SCU" + bytes(13) + data[42:])
    assert isinstance(found, AssociateRequest)
    assert ("A\\Bé", "SCU") == (found.called_ae_title, found.calling_ae_title)


def test_two_contexts_of_one_id_are_refused():
    """An ID names one context: in the request, in the answer, and in what is sent."""
    twice = (PresentationContext(1, "1.2", ("1.2",)),) * 2
    with pytest.raises(LocalProtocolError):
        AssociateRequest(called_ae_title="A", calling_ae_title="B", contexts=twice).encode()
    body = bytes(68) + twice[0].encode() * 2
    with pytest.raises(RemoteProtocolError, match="the ID 1"):
        decode(PDUType.ASSOCIATE_RQ, body)
    with pytest.raises(RemoteProtocolError, match="two answers"):
        decode(PDUType.ASSOCIATE_AC, bytes(68) + ContextResult(1, 0, "1.2").encode() * 2)


def test_unknown_items_are_kept_and_written_again():
    """An item of a type from the future goes through."""
    item = UnknownItem(0x70, b"later")
    request = AssociateRequest(called_ae_title="A", calling_ae_title="B", unknown=(item,))
    assert (item,) == read(request.encode()).unknown  # type: ignore[union-attr]
    accept = AssociateAccept(called_ae_title="A", calling_ae_title="B", unknown=(item,))
    assert (item,) == read(accept.encode()).unknown  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "body", [b"", b"\0\0\0\1\1", b"\0\0\0\0\1\3", b"\0\0\0\1\1\3", b"\0\0\0\7\1\3abcd", b"\xff\xff\xff\xff\1\3abcd"]
)
def test_pdvs_that_do_not_fit_are_refused(body: bytes):
    """A PDV has a header of six bytes and ends within its PDU."""
    with pytest.raises(RemoteProtocolError):
        decode(PDUType.P_DATA_TF, body)


# --- what callers do --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("title", ["", "    ", "seventeen letters", "a\\b", "é", "a\nb"])
def test_titles_that_are_none_are_not_sent(title: str):
    """PS3.8 Table 9-11: sixteen spaces are no title."""
    with pytest.raises(LocalProtocolError):
        AssociateRequest(called_ae_title=title, calling_ae_title="B").encode()


@pytest.mark.parametrize("pdu", [Abort(source=256), AssociateReject(reason=-1)])
def test_numbers_that_are_no_bytes_are_not_sent(pdu: PDU):
    """A field of one byte takes 0 to 255."""
    with pytest.raises(LocalProtocolError):
        pdu.encode()


@pytest.mark.parametrize(
    ("pdu", "meaning"),
    [
        (AssociateReject(result=1, source=1, reason=3), "calling AE title not recognized"),
        (AssociateReject(result=1, source=1, reason=7), "called AE title not recognized"),
        (AssociateReject(result=2, source=3, reason=2), "local limit exceeded"),
        (AssociateReject(result=9, source=9, reason=9), "for a reason that PS3.8 does not have"),
    ],
)
def test_rejections_say_why(pdu: AssociateReject, meaning: str):
    """The numbers of Table 9-21 in words."""
    assert meaning == pdu.meaning


# --- any value --------------------------------------------------------------------------------------------------------

titles = st.text("ABC xyz_1", min_size=1, max_size=16).filter(lambda title: title.strip(" ") != "")
_octets = st.integers(0, 255)


def _unique(values):
    return tuple({value.id: value for value in values}.values())


pdus = st.one_of(
    st.builds(
        AssociateRequest,
        called_ae_title=titles.map(lambda title: title.strip(" ")),
        calling_ae_title=titles.map(lambda title: title.strip(" ")),
        contexts=st.lists(contexts, max_size=5).map(_unique),
        user_information=user_information,
        application_context=uids,
        protocol_version=st.integers(0, 0xFFFF),
    ),
    st.builds(
        AssociateAccept,
        called_ae_title=titles.map(lambda title: title.strip(" ")),
        calling_ae_title=titles.map(lambda title: title.strip(" ")),
        contexts=st.lists(results, max_size=5).map(_unique),
        user_information=user_information,
    ),
    st.builds(AssociateReject, result=_octets, source=_octets, reason=_octets),
    st.builds(Abort, source=_octets, reason=_octets),
    st.just(ReleaseRequest()),
    st.just(ReleaseResponse()),
    st.builds(
        DataTransfer,
        values=st.lists(
            st.builds(
                DataValue, context_id=context_ids, is_command=st.booleans(), is_last=st.booleans(),
                data=st.binary(max_size=40),
            ),
            min_size=1, max_size=4,
        ).map(tuple),
    ),
)  # fmt: skip


@given(pdu=pdus)
def test_what_is_written_reads_back(pdu: PDU):
    """Any PDU is read back from its bytes."""
    assert pdu == read(pdu.encode())


@given(kind=st.sampled_from(list(PDUType)), data=st.binary(max_size=200))
def test_any_bytes_are_a_pdu_or_an_error(kind: int, data: bytes):
    """Nothing but RemoteProtocolError comes out of the decoder."""
    _, error = tried(kind, data)
    assert error is None or str(error).isprintable()
