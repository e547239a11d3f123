"""Items and sub-items of the A-ASSOCIATE PDUs (PS3.8 9.3.2, 9.3.3 and Annex D; PS3.7 Annex D.3.3)."""

from __future__ import annotations

from enum import IntEnum
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

from dicomkit.core.frozen import Options
from dicomkit.core.uid import UID
from dicomkit.errors import LocalProtocolError, RemoteProtocolError, counted, escaped

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "APPLICATION_CONTEXT",
    "CommonExtendedNegotiation",
    "ContextResult",
    "ExtendedNegotiation",
    "OperationsWindow",
    "PresentationContext",
    "Result",
    "RoleSelection",
    "UnknownItem",
    "UserIdentity",
    "UserIdentityType",
    "UserInformation",
    "encode_item",
    "iter_items",
]

APPLICATION_CONTEXT = UID("1.2.840.10008.3.1.1.1")
"""The one application context that there is (PS3.7 A.2.1)."""

_HEADER = Struct(">BxH")
_LENGTH = Struct(">H")
_TWO = Struct(">HH")
_LONG = Struct(">I")

# Most items of one kind and level. The standard has some 60 transfer syntaxes and 250 SOP classes; without a bound, a
# megabyte of empty items would become a quarter of a million objects.
_MOST_ITEMS = 1024
_MOST_TRANSFER_SYNTAXES = 256

# Item types (PS3.8 Table 9-12 and following; PS3.7 D.3.3).
_ABSTRACT_SYNTAX, _TRANSFER_SYNTAX = 0x30, 0x40
_MAXIMUM_LENGTH, _CLASS_UID, _WINDOW, _ROLE, _VERSION_NAME = 0x51, 0x52, 0x53, 0x54, 0x55
_EXTENDED, _COMMON_EXTENDED, _IDENTITY, _IDENTITY_RESPONSE = 0x56, 0x57, 0x58, 0x59


def encode_item(kind: int, body: bytes, *, reserved: int = 0) -> bytes:
    """Return an item: type, reserved byte, length, body; LocalProtocolError for a body above 65,535 bytes."""
    if len(body) > 0xFFFF:
        raise LocalProtocolError(
            f"an item 0x{kind:02X} of {counted(len(body), 'byte')} is longer than its length can say"
        )
    return bytes((kind, reserved, len(body) >> 8, len(body) & 0xFF)) + body


def iter_items(data: memoryview, offset: int, most: int = _MOST_ITEMS) -> Iterator[tuple[int, memoryview, int]]:
    """Yield (type, body, offset of the body) of each item in `data`; `offset` is where it stands in the PDU.

    RemoteProtocolError for a length that passes the end, and for more than `most` items.
    """
    position, size = 0, len(data)
    while position < size:
        if size - position < 4:
            raise RemoteProtocolError(
                f"{counted(size - position, 'byte')} where an item begins", offset=offset + position
            )
        kind, length = _HEADER.unpack_from(data, position)
        start = position + 4
        if length > size - start:
            raise RemoteProtocolError(
                f"item 0x{kind:02X} says {counted(length, 'byte')} where {size - start:,} are left",
                offset=offset + position,
            )
        most -= 1
        if most < 0:
            raise RemoteProtocolError("more items than anything needs", offset=offset + position)
        position = start + length
        yield kind, data[start:position], offset + start


def encode_uid(uid: str) -> bytes:
    """Return a UID as items carry it: without padding; LocalProtocolError for text that is none."""
    if not uid.isascii() or not 0 < len(uid) <= 64 or not uid.isprintable():
        raise LocalProtocolError(f"'{escaped(uid)}' is no UID")
    return uid.encode("ascii")


def decode_uid(data: memoryview) -> UID:
    """Return the UID of an item, whatever its text; some peers pad with zero bytes or spaces as data sets do."""
    return UID(str(data, "latin-1").strip("\0 "))


class _Fields:
    """Reads counted fields one behind the other; never past the end."""

    __slots__ = ("_data", "_name", "_offset", "position")

    def __init__(self, data: memoryview, offset: int, name: str) -> None:
        self._data = data
        self._offset = offset
        self._name = name
        self.position = 0

    def _take(self, length: int) -> memoryview:
        start = self.position
        if length > len(self._data) - start:
            raise RemoteProtocolError(
                f"{self._name}: a field of {counted(length, 'byte')} where {len(self._data) - start:,} are left",
                offset=self._offset + start,
            )
        self.position = start + length
        return self._data[start : start + length]

    def byte(self) -> int:
        """Return the next byte."""
        return self._take(1)[0]

    def counted(self) -> memoryview:
        """Return the field behind its two-byte length."""
        (length,) = _LENGTH.unpack(self._take(2))
        return self._take(length)

    def rest(self) -> memoryview:
        """Return what is left."""
        return self._take(len(self._data) - self.position)


def _exactly(data: memoryview, offset: int, layout: Struct, name: str) -> tuple[int, ...]:
    if len(data) != layout.size:
        raise RemoteProtocolError(f"{name} of {counted(len(data), 'byte')}, not {layout.size}", offset=offset)
    return layout.unpack(data)


def _counted(data: bytes) -> bytes:
    if len(data) > 0xFFFF:
        raise LocalProtocolError(f"a field of {counted(len(data), 'byte')} is longer than its length can say")
    return _LENGTH.pack(len(data)) + data


# Presentation contexts ------------------------------------------------------------------------------------------------


class Result(IntEnum):
    """What the acceptor says of a proposed presentation context (PS3.8 Table 9-18)."""

    ACCEPTANCE = 0
    USER_REJECTION = 1
    NO_REASON = 2
    ABSTRACT_SYNTAX_NOT_SUPPORTED = 3
    TRANSFER_SYNTAXES_NOT_SUPPORTED = 4


class PresentationContext(NamedTuple):
    """A proposal: what may be said under this ID, and in which encodings (PS3.8 9.3.2.2)."""

    id: int
    """Odd, 1 to 255."""
    abstract_syntax: str
    """UID of the SOP class."""
    transfer_syntaxes: tuple[str, ...]
    """UIDs; their order means nothing to the standard, to most acceptors it is the order of preference."""

    def encode(self) -> bytes:
        """Return the item (20H)."""
        if not self.id & 1 or not 0 < self.id < 256:
            raise LocalProtocolError(f"presentation context ID {self.id} is not an odd number from 1 to 255")
        if not self.transfer_syntaxes:
            raise LocalProtocolError(f"presentation context {self.id} proposes no transfer syntax")
        syntaxes = b"".join([encode_item(_TRANSFER_SYNTAX, encode_uid(uid)) for uid in self.transfer_syntaxes])
        abstract = encode_item(_ABSTRACT_SYNTAX, encode_uid(self.abstract_syntax))
        return encode_item(0x20, bytes((self.id, 0, 0, 0)) + abstract + syntaxes)

    @classmethod
    def decode(cls, data: memoryview, offset: int = 0) -> PresentationContext:
        """Return the context of an item's body; RemoteProtocolError for one without an abstract syntax."""
        identifier = _context_id(data, offset)
        abstract: UID | None = None
        syntaxes: list[str] = []
        for kind, body, _ in iter_items(data[4:], offset + 4, _MOST_TRANSFER_SYNTAXES):
            if kind == _ABSTRACT_SYNTAX:
                abstract = decode_uid(body)
            elif kind == _TRANSFER_SYNTAX and (uid := decode_uid(body)):
                syntaxes.append(uid)
        if abstract is None:
            raise RemoteProtocolError(f"presentation context {identifier} without an abstract syntax", offset=offset)
        return cls(identifier, abstract, tuple(syntaxes))


class ContextResult(NamedTuple):
    """The acceptor's answer to a proposal (PS3.8 9.3.3.2)."""

    id: int
    result: int
    """A `Result`; a number that the standard does not have stays a number."""
    transfer_syntax: str = ""
    """UID, of meaning only where the context is accepted."""

    @property
    def is_accepted(self) -> bool:
        """True if the context can be used."""
        return self.result == Result.ACCEPTANCE

    def encode(self) -> bytes:
        """Return the item (21H)."""
        if not self.id & 1 or not 0 < self.id < 256:
            raise LocalProtocolError(f"presentation context ID {self.id} is not an odd number from 1 to 255")
        if self.is_accepted and not self.transfer_syntax:
            raise LocalProtocolError(f"presentation context {self.id} is accepted without a transfer syntax")
        # A transfer syntax is mandatory in the item even where it means nothing; peers look for it.
        uid = encode_uid(self.transfer_syntax) if self.transfer_syntax else b""
        return encode_item(0x21, bytes((self.id, 0, self.result, 0)) + encode_item(_TRANSFER_SYNTAX, uid))

    @classmethod
    def decode(cls, data: memoryview, offset: int = 0) -> ContextResult:
        """Return the answer of an item's body."""
        identifier = _context_id(data, offset)
        uid = UID("")
        for kind, body, _ in iter_items(data[4:], offset + 4, _MOST_TRANSFER_SYNTAXES):
            if kind == _TRANSFER_SYNTAX:
                uid = decode_uid(body)
        result: int = data[2]
        return cls(identifier, Result(result) if result <= 4 else result, uid)


def _context_id(data: memoryview, offset: int) -> int:
    if len(data) < 4:
        raise RemoteProtocolError(f"a presentation context of {counted(len(data), 'byte')}", offset=offset)
    identifier: int = data[0]
    if not identifier & 1:
        raise RemoteProtocolError(f"presentation context ID {identifier} is not odd", offset=offset)
    return identifier


# User information -----------------------------------------------------------------------------------------------------


class OperationsWindow(NamedTuple):
    """How many operations may be outstanding (PS3.7 D.3.3.3), said of the association-requestor; 0 is any number."""

    invoked: int
    """By the requestor."""
    performed: int
    """By the requestor for its peer."""

    def encode(self) -> bytes:
        """Return the sub-item (53H)."""
        if not (0 <= self.invoked <= 0xFFFF and 0 <= self.performed <= 0xFFFF):
            raise LocalProtocolError(f"an operations window is 0 to 65,535, not {self.invoked} and {self.performed}")
        return encode_item(_WINDOW, _TWO.pack(self.invoked, self.performed))

    @classmethod
    def decode(cls, data: memoryview, offset: int = 0) -> OperationsWindow:
        """Return the window of a sub-item's body."""
        return cls(*_exactly(data, offset, _TWO, "an asynchronous operations window"))


class RoleSelection(NamedTuple):
    """Which roles the association-requestor takes for a SOP class (PS3.7 D.3.3.4), proposed or granted."""

    sop_class_uid: str
    scu: bool
    scp: bool

    def encode(self) -> bytes:
        """Return the sub-item (54H)."""
        return encode_item(_ROLE, _counted(encode_uid(self.sop_class_uid)) + bytes((self.scu, self.scp)))

    @classmethod
    def decode(cls, data: memoryview, offset: int = 0) -> RoleSelection:
        """Return the roles of a sub-item's body."""
        fields = _Fields(data, offset, "a role selection")
        uid = decode_uid(fields.counted())
        return cls(uid, fields.byte() == 1, fields.byte() == 1)


class ExtendedNegotiation(NamedTuple):
    """What a service class wants said beforehand about a SOP class (PS3.7 D.3.3.5); PS3.4 says what the bytes are."""

    sop_class_uid: str
    information: bytes

    def encode(self) -> bytes:
        """Return the sub-item (56H)."""
        return encode_item(_EXTENDED, _counted(encode_uid(self.sop_class_uid)) + self.information)

    @classmethod
    def decode(cls, data: memoryview, offset: int = 0) -> ExtendedNegotiation:
        """Return the negotiation of a sub-item's body."""
        fields = _Fields(data, offset, "an extended negotiation")
        return cls(decode_uid(fields.counted()), bytes(fields.rest()))


class CommonExtendedNegotiation(NamedTuple):
    """To which service class a SOP class belongs, and what it specialises (PS3.7 D.3.3.6)."""

    sop_class_uid: str
    service_class_uid: str
    related_general_sop_class_uids: tuple[str, ...] = ()

    def encode(self) -> bytes:
        """Return the sub-item (57H), version 0."""
        related = b"".join([_counted(encode_uid(uid)) for uid in self.related_general_sop_class_uids])
        uids = _counted(encode_uid(self.sop_class_uid)) + _counted(encode_uid(self.service_class_uid))
        return encode_item(_COMMON_EXTENDED, uids + _counted(related))

    @classmethod
    def decode(cls, data: memoryview, offset: int = 0) -> CommonExtendedNegotiation:
        """Return the negotiation of a sub-item's body; what later versions put behind it is ignored."""
        name = "a common extended negotiation"
        fields = _Fields(data, offset, name)
        sop_class, service_class = decode_uid(fields.counted()), decode_uid(fields.counted())
        related = fields.counted()
        inner = _Fields(related, offset + fields.position - len(related), name)
        uids: list[str] = []
        while inner.position < len(related):
            uids.append(decode_uid(inner.counted()))
            if len(uids) > _MOST_ITEMS:
                raise RemoteProtocolError(f"{name} with more UIDs than there are", offset=offset)
        return cls(sop_class, service_class, tuple(uids))


class UserIdentityType(IntEnum):
    """How the requestor says who its user is (PS3.7 Table D.3-14)."""

    USERNAME = 1
    USERNAME_AND_PASSCODE = 2
    KERBEROS = 3
    SAML = 4
    JWT = 5


class UserIdentity(NamedTuple):
    """Who uses the requestor (PS3.7 D.3.3.7): a name, or a ticket, assertion or token that proves one."""

    type: int
    """A `UserIdentityType`; a number that the standard does not have stays a number."""
    primary: bytes
    """Username in UTF-8, Kerberos service ticket, SAML assertion, or JSON web token."""
    secondary: bytes = b""
    """Passcode, for type 2 only."""
    response_requested: bool = False

    def __repr__(self) -> str:
        """Say what kind it is; what is secret does not go to logs."""
        return f"UserIdentity(type={self.type}, response_requested={self.response_requested})"

    @property
    def username(self) -> str | None:
        """The name, of types 1 and 2; None of the others, and where the bytes are no UTF-8."""
        if self.type not in (UserIdentityType.USERNAME, UserIdentityType.USERNAME_AND_PASSCODE):
            return None
        try:
            return self.primary.decode("utf-8")
        except UnicodeDecodeError:
            return None

    def encode(self) -> bytes:
        """Return the sub-item (58H)."""
        if not 0 <= self.type <= 255:
            raise LocalProtocolError(f"a user identity type is a byte, not {self.type}")
        start = bytes((self.type, self.response_requested))
        return encode_item(_IDENTITY, start + _counted(self.primary) + _counted(self.secondary))

    @classmethod
    def decode(cls, data: memoryview, offset: int = 0) -> UserIdentity:
        """Return the identity of a sub-item's body."""
        fields = _Fields(data, offset, "a user identity")
        kind, wanted = fields.byte(), fields.byte()
        primary, secondary = bytes(fields.counted()), bytes(fields.counted())
        return cls(UserIdentityType(kind) if 1 <= kind <= 5 else kind, primary, secondary, wanted == 1)


class UnknownItem(NamedTuple):
    """An item of a type that the standard does not have: kept, and ignored as PS3.8 9.3.1 wants it."""

    type: int
    data: bytes

    def encode(self) -> bytes:
        """Return the item."""
        return encode_item(self.type, self.data)


class UserInformation(Options):
    """What both say about themselves (PS3.8 9.3.2.3 and Annex D; PS3.7 D.3.3)."""

    maximum_length: int | None = None
    """The longest P-DATA-TF that its sender takes, header apart; 0 is any length; None: not said."""
    implementation_class_uid: str = ""
    implementation_version_name: str = ""
    operations_window: OperationsWindow | None = None
    roles: tuple[RoleSelection, ...] = ()
    extended: tuple[ExtendedNegotiation, ...] = ()
    common_extended: tuple[CommonExtendedNegotiation, ...] = ()
    """Of requests only."""
    user_identity: UserIdentity | None = None
    """Of requests only."""
    user_identity_response: bytes | None = None
    """Of answers only: b"" for names, a Kerberos server ticket, a SAML response, a JSON web token."""
    unknown: tuple[UnknownItem, ...] = ()

    def encode(self) -> bytes:
        """Return the item (50H) with its sub-items."""
        parts = []
        if self.maximum_length is not None:
            if not 0 <= self.maximum_length <= 0xFFFFFFFF:
                raise LocalProtocolError(f"a maximum length is 0 to 4,294,967,295, not {self.maximum_length}")
            parts.append(encode_item(_MAXIMUM_LENGTH, _LONG.pack(self.maximum_length)))
        if self.implementation_class_uid:
            parts.append(encode_item(_CLASS_UID, encode_uid(self.implementation_class_uid)))
        if self.operations_window is not None:
            parts.append(self.operations_window.encode())
        parts += [role.encode() for role in self.roles]
        if self.implementation_version_name:
            name = self.implementation_version_name
            if not (name.isascii() and name.isprintable() and len(name) <= 16):
                raise LocalProtocolError(f"'{escaped(name)}' is no implementation version name")
            parts.append(encode_item(_VERSION_NAME, name.encode("ascii")))
        parts += [one.encode() for one in self.extended]
        parts += [one.encode() for one in self.common_extended]
        if self.user_identity is not None:
            parts.append(self.user_identity.encode())
        if self.user_identity_response is not None:
            parts.append(encode_item(_IDENTITY_RESPONSE, _counted(self.user_identity_response)))
        parts += [one.encode() for one in self.unknown]
        return encode_item(0x50, b"".join(parts))

    @classmethod
    def decode(cls, data: memoryview, offset: int = 0) -> UserInformation:
        """Return the information of an item's body; of a sub-item that is there twice, the last counts."""
        fields: dict[str, object] = {}
        roles: list[RoleSelection] = []
        extended: list[ExtendedNegotiation] = []
        common: list[CommonExtendedNegotiation] = []
        unknown: list[UnknownItem] = []
        for kind, body, at in iter_items(data, offset):
            if kind == _MAXIMUM_LENGTH:
                (fields["maximum_length"],) = _exactly(body, at, _LONG, "a maximum length")
            elif kind == _CLASS_UID:
                fields["implementation_class_uid"] = decode_uid(body)
            elif kind == _WINDOW:
                fields["operations_window"] = OperationsWindow.decode(body, at)
            elif kind == _ROLE:
                roles.append(RoleSelection.decode(body, at))
            elif kind == _VERSION_NAME:
                fields["implementation_version_name"] = str(body, "latin-1").strip("\0 ")
            elif kind == _EXTENDED:
                extended.append(ExtendedNegotiation.decode(body, at))
            elif kind == _COMMON_EXTENDED:
                common.append(CommonExtendedNegotiation.decode(body, at))
            elif kind == _IDENTITY:
                fields["user_identity"] = UserIdentity.decode(body, at)
            elif kind == _IDENTITY_RESPONSE:
                fields["user_identity_response"] = bytes(_Fields(body, at, "a user identity response").counted())
            else:
                unknown.append(UnknownItem(kind, bytes(body)))
        return cls().replace(
            **fields,
            roles=tuple(roles),
            extended=tuple(extended),
            common_extended=tuple(common),
            unknown=tuple(unknown),
        )
