"""Items and sub-items of A-ASSOCIATE, against bytes written out from PS3.8 and PS3.7, and against pynetdicom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomkit.errors import LocalProtocolError, RemoteProtocolError
from dicomkit.net.ul import (
    CommonExtendedNegotiation,
    ContextResult,
    ExtendedNegotiation,
    OperationsWindow,
    PresentationContext,
    Result,
    RoleSelection,
    UnknownItem,
    UserIdentity,
    UserIdentityType,
    UserInformation,
)
from dicomkit.net.ul.items import encode_item, iter_items

#: What is said, and the item that says it, byte by byte from the tables named beside it.
LITERAL = {
    "presentation context, PS3.8 Tables 9-13 to 9-15": (
        PresentationContext(3, "1.2.840.10008.1.1", ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1")),
        (b"\x20\x00\x00\x45\x03\x00\x00\x00"
         b"\x30\x00\x00\x111.2.840.10008.1.1"
         b"\x40\x00\x00\x111.2.840.10008.1.2"
         b"\x40\x00\x00\x131.2.840.10008.1.2.1"),
    ),
    "result, PS3.8 Tables 9-18 and 9-19": (
        ContextResult(5, Result.TRANSFER_SYNTAXES_NOT_SUPPORTED, "1.2.840.10008.1.2"),
        b"\x21\x00\x00\x19\x05\x00\x04\x00\x40\x00\x00\x111.2.840.10008.1.2",
    ),
    "operations window, PS3.7 Table D.3-7": (OperationsWindow(8, 0), b"\x53\x00\x00\x04\x00\x08\x00\x00"),
    "role selection, PS3.7 Table D.3-9": (
        RoleSelection("1.2.840.10008.4.2", scu=False, scp=True),
        b"\x54\x00\x00\x15\x00\x111.2.840.10008.4.2\x00\x01",
    ),
    "extended negotiation, PS3.7 Table D.3-11": (
        ExtendedNegotiation("1.2.840.10008.4.2", b"\x02\x00\x03"),
        b"\x56\x00\x00\x16\x00\x111.2.840.10008.4.2\x02\x00\x03",
    ),
    "common extended negotiation, PS3.7 Table D.3-12": (
        CommonExtendedNegotiation("1.2.3.4", "1.2.840.10008.4.2", ("1.2.3", "1.2.3.55")),
        (b"\x57\x00\x00\x2f\x00\x071.2.3.4\x00\x111.2.840.10008.4.2"
         b"\x00\x11\x00\x051.2.3\x00\x081.2.3.55"),
    ),
    "username, PS3.7 Table D.3-14": (
        UserIdentity(UserIdentityType.USERNAME, b"bob", response_requested=True),
        b"\x58\x00\x00\x09\x01\x01\x00\x03bob\x00\x00",
    ),
    "username and passcode": (
        UserIdentity(UserIdentityType.USERNAME_AND_PASSCODE, b"bob", b"secret"),
        b"\x58\x00\x00\x0f\x02\x00\x00\x03bob\x00\x06secret",
    ),
    "Kerberos": (UserIdentity(UserIdentityType.KERBEROS, b"n\x00"), b"\x58\x00\x00\x08\x03\x00\x00\x02n\x00\x00\x00"),
    "SAML": (UserIdentity(UserIdentityType.SAML, b"<a/>"), b"\x58\x00\x00\x0a\x04\x00\x00\x04<a/>\x00\x00"),
    "JSON web token": (UserIdentity(UserIdentityType.JWT, b"e.y.J"), b"\x58\x00\x00\x0b\x05\x00\x00\x05e.y.J\x00\x00"),
    "unknown": (UnknownItem(0x5A, b"??"), b"\x5a\x00\x00\x02??"),
}  # fmt: skip

WHOLE = UserInformation(
    maximum_length=16384,
    implementation_class_uid="1.2.3.4",
    implementation_version_name="DEVICE 1",
    operations_window=OperationsWindow(8, 1),
    roles=(RoleSelection("1.2.840.10008.4.2", True, True),),
    extended=(ExtendedNegotiation("1.2.3", b"\1"),),
    common_extended=(CommonExtendedNegotiation("1.2.3", "1.2.4", ("1.2.5",)),),
    user_identity=UserIdentity(1, b"bob"),
    user_identity_response=b"ok",
    unknown=(UnknownItem(0x5F, b"?"),),
)
WHOLE_BYTES = (
    b"\x50\x00\x00\x81"
    b"\x51\x00\x00\x04\x00\x00\x40\x00"  # PS3.8 Table D.1-1
    b"\x52\x00\x00\x071.2.3.4"  # PS3.7 Table D.3-1
    b"\x53\x00\x00\x04\x00\x08\x00\x01"
    b"\x54\x00\x00\x15\x00\x111.2.840.10008.4.2\x01\x01"
    b"\x55\x00\x00\x08DEVICE 1"  # PS3.7 Table D.3-3
    b"\x56\x00\x00\x08\x00\x051.2.3\x01"
    b"\x57\x00\x00\x17\x00\x051.2.3\x00\x051.2.4\x00\x07\x00\x051.2.5"
    b"\x58\x00\x00\x09\x01\x00\x00\x03bob\x00\x00"
    b"\x59\x00\x00\x04\x00\x02ok"  # PS3.7 Table D.3-15
    b"\x5f\x00\x00\x01?"
)


def body_of(item: bytes) -> memoryview:
    """Give what stands behind the header of an item."""
    assert len(item) == 4 + int.from_bytes(item[2:4], "big")
    return memoryview(item)[4:]


def tried(kind, body: memoryview) -> tuple[object, RemoteProtocolError | None]:
    """Give what an item's body says, or why it says nothing."""
    try:
        return kind.decode(body), None
    except RemoteProtocolError as error:
        return None, error


@pytest.mark.parametrize("name", LITERAL)
def test_items_are_the_bytes_of_the_standard(name: str):
    """Each item is written as its table in the standard says, and read from these bytes."""
    value, data = LITERAL[name]
    assert data == value.encode()
    if not isinstance(value, UnknownItem):
        assert value == type(value).decode(body_of(data))


def test_user_information_holds_every_sub_item():
    """All sub-items together, in both directions, those included that the standard does not have."""
    assert WHOLE_BYTES == WHOLE.encode()
    assert WHOLE == UserInformation.decode(body_of(WHOLE_BYTES))


@pytest.mark.interop
def test_pynetdicom_writes_and_reads_the_same_user_information():
    """pynetdicom takes our bytes for what they say, and writes the same."""
    items = pytest.importorskip("pynetdicom.pdu_items")
    theirs = items.UserInformationItem()
    ours = WHOLE.replace(unknown=()).encode()
    theirs.decode(ours)
    assert ours == theirs.encode()
    assert 16384 == theirs.maximum_length
    assert (8, 1) == (
        theirs.async_ops_window.maximum_number_operations_invoked,
        theirs.async_ops_window.maximum_number_operations_performed,
    )
    role = theirs.role_selection["1.2.840.10008.4.2"]
    assert (1, 1) == (role.scu_role, role.scp_role)
    assert b"\1" == theirs.ext_neg[0].service_class_application_information
    assert ["1.2.5"] == theirs.common_ext_neg[0].related_general_sop_class_identification
    assert (1, b"bob") == (theirs.user_identity.user_identity_type, theirs.user_identity.primary_field)


# --- what peers do ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", range(256))
def test_sub_items_of_any_type_are_kept_or_understood(kind: int):
    """An item of a type that is not known is kept as it is; a known one is understood or refused, nothing else."""
    data = encode_item(kind, b"\0\1Z")
    try:
        information = UserInformation.decode(memoryview(data))
    except RemoteProtocolError:
        assert 0x51 <= kind <= 0x58
    else:
        assert ((UnknownItem(kind, b"\0\1Z"),) == information.unknown) == (kind not in range(0x51, 0x5A))


@pytest.mark.parametrize("padding", [b"\0", b" ", b"\0\0"])
def test_padded_uids_are_taken(padding: bytes):
    """Some peers pad UIDs to an even length, as in data sets."""
    data = b"\x03\0\0\0" + encode_item(0x30, b"1.2.3" + padding) + encode_item(0x40, b"1.2" + padding)
    assert PresentationContext(3, "1.2.3", ("1.2",)) == PresentationContext.decode(memoryview(data))


def test_an_empty_transfer_syntax_is_none():
    """An empty sub-item proposes nothing, and leaves a result without one."""
    proposed = b"\1\0\0\0" + encode_item(0x30, b"1.2.3") + encode_item(0x40, b"") + encode_item(0x40, b"1.2")
    assert ("1.2",) == PresentationContext.decode(memoryview(proposed)).transfer_syntaxes
    assert ContextResult(1, 3, "") == ContextResult.decode(memoryview(b"\1\0\3\0"))


def test_numbers_that_the_standard_does_not_have_stay_numbers():
    """A result and an identity type beyond the tables are kept."""
    assert 77 == ContextResult.decode(memoryview(b"\1\0\x4d\0")).result
    assert UserIdentity(9, b"x") == UserIdentity.decode(memoryview(b"\x09\0\0\1x\0\0"))


def test_of_a_sub_item_that_is_there_twice_the_last_counts():
    """Two maximum lengths are not refused."""
    twice = UserInformation(maximum_length=1).encode()[4:] + UserInformation(maximum_length=2).encode()[4:]
    assert 2 == UserInformation.decode(memoryview(twice)).maximum_length


@pytest.mark.parametrize("name", [name for name in LITERAL if name != "unknown"])
def test_no_truncation_of_an_item_is_taken_for_it(name: str):
    """Cut anywhere, the body of an item is refused or says something else."""
    value, data = LITERAL[name]
    body = body_of(data)
    for size in range(len(body)):
        found, error = tried(type(value), body[:size])
        assert value != found
        assert error is None or error.offset is None or error.offset <= size


@pytest.mark.parametrize("name", [name for name in LITERAL if name != "unknown"])
def test_no_length_within_an_item_reads_past_it(name: str):
    """Whatever two bytes of an item are made the largest length: it is refused or says something of its own bytes."""
    value, data = LITERAL[name]
    body = bytes(body_of(data))
    for at in range(len(body) - 1):
        lying = body[:at] + b"\xff\xff" + body[at + 2 :]
        try:
            assert len(type(value).decode(memoryview(lying)).encode()) <= len(data)
        except (RemoteProtocolError, LocalProtocolError):
            continue


@pytest.mark.parametrize("data", [b"\x51\0\0", b"\x51\0\0\5abcd", b"\x51\0\xff\xff", b"\x99\0\0\0\x99"])
def test_lying_item_lengths_are_refused_with_their_place(data: bytes):
    """An item that ends behind its container is an error that says where."""
    with pytest.raises(RemoteProtocolError) as caught:
        list(iter_items(memoryview(data), 100))
    assert caught.value.offset in (100, 104)


def test_a_flood_of_empty_items_is_refused():
    """16,000 items that say nothing are more than anything needs."""
    flood = encode_item(0x99, b"") * 16000
    with pytest.raises(RemoteProtocolError, match="more items"):
        UserInformation.decode(memoryview(flood))
    with pytest.raises(RemoteProtocolError, match="more items"):
        PresentationContext.decode(memoryview(b"\1\0\0\0" + encode_item(0x40, b"1") * 300))


@pytest.mark.parametrize("number", [0, 2, 128, 254])
def test_even_context_ids_are_refused(number: int):
    """IDs are odd numbers from 1 to 255 (PS3.8 Table 9-13)."""
    with pytest.raises(RemoteProtocolError, match="not odd"):
        PresentationContext.decode(memoryview(bytes((number, 0, 0, 0)) + encode_item(0x30, b"1.2")))
    with pytest.raises(LocalProtocolError):
        PresentationContext(number, "1.2", ("1.2",)).encode()


def test_a_context_without_abstract_syntax_is_refused():
    """One that does not say what it is about."""
    with pytest.raises(RemoteProtocolError, match="abstract syntax"):
        PresentationContext.decode(memoryview(b"\1\0\0\0" + encode_item(0x40, b"1.2")))


# --- what callers do --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        PresentationContext(1, "", ("1.2",)),
        PresentationContext(1, "1." + "2" * 63, ("1.2",)),
        PresentationContext(1, "1.2", ()),
        PresentationContext(257, "1.2", ("1.2",)),
        PresentationContext(1, "1.é", ("1.2",)),
        ContextResult(1, 0, ""),
        ContextResult(2, 0, "1.2"),
        OperationsWindow(-1, 0),
        OperationsWindow(0, 65536),
        UserIdentity(300, b""),
        UserIdentity(1, bytes(65536)),
        UserIdentity(2, bytes(65530), bytes(10)),
        UserInformation(maximum_length=-1),
        UserInformation(maximum_length=1 << 32),
        UserInformation(implementation_version_name="seventeen letters"),
        UserInformation(implementation_version_name="a\nb"),
        UserInformation(user_identity_response=bytes(65536)),
        UserInformation(extended=(ExtendedNegotiation("1.2", bytes(65530)), ExtendedNegotiation("1.2", bytes(65530)))),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_an_item_cannot_carry_is_the_callers_mistake(value):
    """Fields too long or out of range are LocalProtocolError, and nothing is written."""
    with pytest.raises(LocalProtocolError):
        value.encode()


def test_secrets_are_not_shown():
    """Neither the repr of an identity nor that of what holds it gives away a passcode or a token."""
    information = UserInformation(user_identity=UserIdentity(2, b"bob", b"hunter2"))
    assert "hunter2" not in repr(information)
    assert "bob" not in str(information)


def test_usernames_are_text():
    """Types 1 and 2 have a name; the others have none, nor has what is no UTF-8."""
    assert "bøb" == UserIdentity(1, "bøb".encode()).username
    assert UserIdentity(2, b"\xff").username is None
    assert UserIdentity(4, b"<a/>").username is None


# --- any value --------------------------------------------------------------------------------------------------------

uids = st.lists(st.integers(0, 10**9), min_size=2, max_size=6).map(lambda parts: ".".join(map(str, parts)))
context_ids = st.integers(0, 127).map(lambda number: 2 * number + 1)
flags = st.booleans()
contexts = st.builds(PresentationContext, context_ids, uids, st.lists(uids, min_size=1, max_size=5).map(tuple))
results = st.builds(ContextResult, context_ids, st.integers(0, 255), uids)
identities = st.builds(UserIdentity, st.integers(0, 255), st.binary(max_size=50), st.binary(max_size=50), flags)
user_information = st.builds(
    UserInformation,
    maximum_length=st.none() | st.integers(0, 0xFFFFFFFF),
    implementation_class_uid=st.just("") | uids,
    implementation_version_name=st.text("ABC_123.", max_size=16),
    operations_window=st.none() | st.builds(OperationsWindow, st.integers(0, 65535), st.integers(0, 65535)),
    roles=st.lists(st.builds(RoleSelection, uids, flags, flags), max_size=4).map(tuple),
    extended=st.lists(st.builds(ExtendedNegotiation, uids, st.binary(max_size=20)), max_size=3).map(tuple),
    common_extended=st.lists(
        st.builds(CommonExtendedNegotiation, uids, uids, st.lists(uids, max_size=3).map(tuple)), max_size=3
    ).map(tuple),
    user_identity=st.none() | identities,
    user_identity_response=st.none() | st.binary(max_size=30),
    unknown=st.lists(st.builds(UnknownItem, st.integers(0x60, 0xFF), st.binary(max_size=20)), max_size=3).map(tuple),
)


@given(value=contexts | results | identities | user_information)
def test_what_is_written_reads_back(value):
    """Any value is read back from its bytes."""
    assert value == type(value).decode(body_of(value.encode()))


@given(
    kind=st.sampled_from([PresentationContext, ContextResult, OperationsWindow, RoleSelection, ExtendedNegotiation,
                          CommonExtendedNegotiation, UserIdentity, UserInformation]),
    data=st.binary(max_size=100),
)  # fmt: skip
def test_any_bytes_are_a_value_or_an_error(kind, data: bytes):
    """Nothing but RemoteProtocolError comes out of a decoder."""
    _, error = tried(kind, memoryview(data))
    assert error is None or str(error).isprintable()
