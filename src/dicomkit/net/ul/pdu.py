"""The seven protocol data units of the upper layer (PS3.8 9.3)."""

from __future__ import annotations

from enum import IntEnum
from struct import Struct
from typing import TYPE_CHECKING

from dicomkit.core.ae_title import AETitle
from dicomkit.core.frozen import Options
from dicomkit.errors import LocalProtocolError, RemoteProtocolError, ValueEncodeError, counted
from dicomkit.net.ul.items import (
    APPLICATION_CONTEXT,
    ContextResult,
    PresentationContext,
    UnknownItem,
    UserInformation,
    decode_uid,
    encode_item,
    encode_uid,
    iter_items,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

__all__ = [
    "PDU",
    "Abort",
    "AbortReason",
    "AbortSource",
    "AssociateAccept",
    "AssociateReject",
    "AssociateRequest",
    "DataTransfer",
    "DataValue",
    "PDUType",
    "ReleaseRequest",
    "ReleaseResponse",
    "decode",
]

_PDU_HEADER = Struct(">BxI")
_PDV_HEADER = Struct(">IBB")
_FIXED = Struct(">HH16s16s32x")

PROTOCOL_VERSION = 1
"""Bit 0 of the field: the only version that there is."""


class PDUType(IntEnum):
    """First byte of a PDU."""

    ASSOCIATE_RQ = 1
    ASSOCIATE_AC = 2
    ASSOCIATE_RJ = 3
    P_DATA_TF = 4
    RELEASE_RQ = 5
    RELEASE_RP = 6
    ABORT = 7


class AbortSource(IntEnum):
    """Who aborts (PS3.8 Table 9-26)."""

    SERVICE_USER = 0
    SERVICE_PROVIDER = 2


class AbortReason(IntEnum):
    """Why the provider aborts (PS3.8 Table 9-26); of a service-user's abort it is 0 and means nothing."""

    NOT_SPECIFIED = 0
    UNRECOGNIZED_PDU = 1
    UNEXPECTED_PDU = 2
    UNRECOGNIZED_PARAMETER = 4
    UNEXPECTED_PARAMETER = 5
    INVALID_PARAMETER_VALUE = 6


def _framed(kind: PDUType, body: bytes) -> bytes:
    return _PDU_HEADER.pack(kind, len(body)) + body


def _encode_titles(called: str, calling: str, version: int) -> bytes:
    try:
        fields = AETitle(called).encode_field(), AETitle(calling).encode_field()
    except ValueEncodeError as error:
        raise LocalProtocolError(str(error)) from error
    return _FIXED.pack(version, 0, *fields)


def _title(field: bytes) -> str:
    # Kept whatever it is: who may call whom is decided elsewhere, and the answer has to repeat the field.
    return field.decode("latin-1").rstrip("\0").strip(" ")


def _decode_titles(body: memoryview, name: str) -> tuple[int, str, str]:
    if len(body) < _FIXED.size:
        raise RemoteProtocolError(f"{name} of {counted(len(body), 'byte')}: too short", offset=6)
    version, _, called, calling = _FIXED.unpack_from(body)
    return version, _title(called), _title(calling)


def _decode_associate(
    body: memoryview,
    name: str,
    context_kind: int,
    decode_context: Callable[[memoryview, int], PresentationContext | ContextResult],
    doubled: str,
) -> dict[str, Any]:
    """Return the fields of an A-ASSOCIATE-RQ or AC, which differ in what a presentation context says."""
    version, called, calling = _decode_titles(body, name)
    application_context, user_information = "", UserInformation()
    contexts: dict[int, PresentationContext | ContextResult] = {}
    unknown: list[UnknownItem] = []
    for kind, item, offset in iter_items(body[_FIXED.size :], 6 + _FIXED.size):
        if kind == 0x10:
            application_context = decode_uid(item)
        elif kind == context_kind:
            context = decode_context(item, offset)
            if context.id in contexts:
                raise RemoteProtocolError(f"{doubled} {context.id}", offset=offset)
            contexts[context.id] = context
        elif kind == 0x50:
            user_information = UserInformation.decode(item, offset)
        else:
            unknown.append(UnknownItem(kind, bytes(item)))
    return {
        "called_ae_title": called,
        "calling_ae_title": calling,
        "contexts": tuple(contexts.values()),
        "user_information": user_information,
        "application_context": application_context,
        "protocol_version": version,
        "unknown": tuple(unknown),
    }


class AssociateRequest(Options):
    """A-ASSOCIATE-RQ (PS3.8 9.3.2)."""

    called_ae_title: str = ""
    calling_ae_title: str = ""
    contexts: tuple[PresentationContext, ...] = ()
    user_information: UserInformation = UserInformation()
    application_context: str = APPLICATION_CONTEXT
    protocol_version: int = PROTOCOL_VERSION
    unknown: tuple[UnknownItem, ...] = ()

    def encode(self) -> bytes:
        """Return the PDU; LocalProtocolError for what its fields cannot carry."""
        if len({context.id for context in self.contexts}) != len(self.contexts):
            raise LocalProtocolError("two presentation contexts have one ID")
        parts = [
            _encode_titles(self.called_ae_title, self.calling_ae_title, self.protocol_version),
            encode_item(0x10, encode_uid(self.application_context)),
            *[context.encode() for context in self.contexts],
            self.user_information.encode(),
            *[item.encode() for item in self.unknown],
        ]
        return _framed(PDUType.ASSOCIATE_RQ, b"".join(parts))

    @classmethod
    def decode(cls, body: memoryview) -> AssociateRequest:
        """Return the PDU of what follows its header; RemoteProtocolError for what PS3.8 does not allow."""
        doubled = "two presentation contexts have the ID"
        return cls(**_decode_associate(body, "A-ASSOCIATE-RQ", 0x20, PresentationContext.decode, doubled))


class AssociateAccept(Options):
    """A-ASSOCIATE-AC (PS3.8 9.3.3); the titles repeat those of the request, and mean nothing."""

    called_ae_title: str = ""
    calling_ae_title: str = ""
    contexts: tuple[ContextResult, ...] = ()
    user_information: UserInformation = UserInformation()
    application_context: str = APPLICATION_CONTEXT
    protocol_version: int = PROTOCOL_VERSION
    unknown: tuple[UnknownItem, ...] = ()

    def encode(self) -> bytes:
        """Return the PDU; LocalProtocolError for what its fields cannot carry."""
        # The peer's own bytes go back to it, titles or not.
        titles = [
            title.encode("latin-1", "replace")[:16].ljust(16) for title in (self.called_ae_title, self.calling_ae_title)
        ]
        parts = [
            _FIXED.pack(self.protocol_version, 0, *titles),
            encode_item(0x10, encode_uid(self.application_context)),
            *[context.encode() for context in self.contexts],
            self.user_information.encode(),
            *[item.encode() for item in self.unknown],
        ]
        return _framed(PDUType.ASSOCIATE_AC, b"".join(parts))

    @classmethod
    def decode(cls, body: memoryview) -> AssociateAccept:
        """Return the PDU of what follows its header; RemoteProtocolError for what PS3.8 does not allow."""
        doubled = "two answers to the presentation context"
        return cls(**_decode_associate(body, "A-ASSOCIATE-AC", 0x21, ContextResult.decode, doubled))


def _four(body: memoryview, name: str) -> memoryview:
    # PS3.8 gives these PDUs a length of 4. What some peers put behind it is ignored.
    if len(body) < 4:
        raise RemoteProtocolError(f"{name} of {counted(len(body), 'byte')}, not 4", offset=6)
    return body


class AssociateReject(Options):
    """A-ASSOCIATE-RJ (PS3.8 9.3.4); Table 9-21 says what the numbers mean."""

    result: int = 1
    """1: for good; 2: for now."""
    source: int = 1
    """1: service-user; 2: service-provider, ACSE; 3: service-provider, presentation."""
    reason: int = 1

    def encode(self) -> bytes:
        """Return the PDU."""
        return _framed(PDUType.ASSOCIATE_RJ, _bytes(0, self.result, self.source, self.reason))

    @classmethod
    def decode(cls, body: memoryview) -> AssociateReject:
        """Return the PDU of what follows its header."""
        _four(body, "A-ASSOCIATE-RJ")
        return cls(result=body[1], source=body[2], reason=body[3])

    @property
    def meaning(self) -> str:
        """What the numbers say (PS3.8 Table 9-21)."""
        return _REJECTIONS.get((self.source, self.reason), "for a reason that PS3.8 does not have")


_REJECTIONS = {
    (1, 1): "no reason given",
    (1, 2): "application context name not supported",
    (1, 3): "calling AE title not recognized",
    (1, 7): "called AE title not recognized",
    (2, 1): "no reason given",
    (2, 2): "protocol version not supported",
    (3, 1): "temporary congestion",
    (3, 2): "local limit exceeded",
}


class DataValue(Options):
    """One presentation data value of a P-DATA-TF (PS3.8 9.3.5.1, Annex E.2)."""

    context_id: int = 1
    is_command: bool = False
    is_last: bool = False
    data: bytes | memoryview = b""

    def encode(self) -> bytes:
        """Return the item."""
        control = self.is_command | self.is_last << 1
        return _PDV_HEADER.pack(len(self.data) + 2, self.context_id, control) + self.data


class DataTransfer(Options):
    """P-DATA-TF (PS3.8 9.3.5), whole; `UpperLayer` neither makes nor waits for one."""

    values: tuple[DataValue, ...] = ()

    def encode(self) -> bytes:
        """Return the PDU."""
        return _framed(PDUType.P_DATA_TF, b"".join([value.encode() for value in self.values]))

    @classmethod
    def decode(cls, body: memoryview) -> DataTransfer:
        """Return the PDU of what follows its header; its data are views into `body`."""
        values = []
        position = 0
        while position < len(body):
            if len(body) - position < _PDV_HEADER.size:
                raise RemoteProtocolError("P-DATA-TF ends within the header of a PDV", offset=6 + position)
            length, context_id, control = _PDV_HEADER.unpack_from(body, position)
            end = position + 4 + length
            if length < 2 or end > len(body):
                raise RemoteProtocolError(
                    f"a PDV of {counted(length, 'byte')} does not fit its PDU", offset=6 + position
                )
            values.append(
                DataValue(
                    context_id=context_id,
                    is_command=control & 1 == 1,
                    is_last=control & 2 == 2,
                    data=body[position + _PDV_HEADER.size : end],
                )
            )
            position = end
        if not values:
            raise RemoteProtocolError("P-DATA-TF without a PDV", offset=6)
        return cls(values=tuple(values))


class ReleaseRequest(Options):
    """A-RELEASE-RQ (PS3.8 9.3.6)."""

    def encode(self) -> bytes:
        """Return the PDU."""
        return _framed(PDUType.RELEASE_RQ, bytes(4))

    @classmethod
    def decode(cls, body: memoryview) -> ReleaseRequest:
        """Return the PDU of what follows its header."""
        _four(body, "A-RELEASE-RQ")
        return cls()


class ReleaseResponse(Options):
    """A-RELEASE-RP (PS3.8 9.3.7)."""

    def encode(self) -> bytes:
        """Return the PDU."""
        return _framed(PDUType.RELEASE_RP, bytes(4))

    @classmethod
    def decode(cls, body: memoryview) -> ReleaseResponse:
        """Return the PDU of what follows its header."""
        _four(body, "A-RELEASE-RP")
        return cls()


class Abort(Options):
    """A-ABORT (PS3.8 9.3.8)."""

    source: int = AbortSource.SERVICE_USER
    reason: int = AbortReason.NOT_SPECIFIED

    def encode(self) -> bytes:
        """Return the PDU."""
        return _framed(PDUType.ABORT, _bytes(0, 0, self.source, self.reason))

    @classmethod
    def decode(cls, body: memoryview) -> Abort:
        """Return the PDU of what follows its header."""
        _four(body, "A-ABORT")
        return cls(source=body[2], reason=body[3])


def _bytes(*values: int) -> bytes:
    if not all(0 <= value <= 255 for value in values):
        raise LocalProtocolError(f"one of {values} is no byte")
    return bytes(values)


PDU: TypeAlias = (
    AssociateRequest | AssociateAccept | AssociateReject | DataTransfer | ReleaseRequest | ReleaseResponse | Abort
)

_CLASSES: dict[int, type[PDU]] = {
    PDUType.ASSOCIATE_RQ: AssociateRequest,
    PDUType.ASSOCIATE_AC: AssociateAccept,
    PDUType.ASSOCIATE_RJ: AssociateReject,
    PDUType.P_DATA_TF: DataTransfer,
    PDUType.RELEASE_RQ: ReleaseRequest,
    PDUType.RELEASE_RP: ReleaseResponse,
    PDUType.ABORT: Abort,
}


def decode(pdu_type: int, body: bytes | bytearray | memoryview) -> PDU:
    """Return the PDU of a type and of what follows its header of six bytes.

    RemoteProtocolError, with its offset counted from the first byte of the header, for whatever PS3.8 does not allow.
    """
    kind = _CLASSES.get(pdu_type)
    if kind is None:
        raise RemoteProtocolError(
            f"there is no PDU of type 0x{pdu_type:02X}", offset=0, reason=AbortReason.UNRECOGNIZED_PDU
        )
    return kind.decode(memoryview(body))
