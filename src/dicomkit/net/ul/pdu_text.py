"""PDUs as lines for people: what a trace shows, and what a recorded stream of bytes says (PS3.8 9.3).

Titles, UIDs, lengths and numbers are shown, secrets and the content of data are not.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from dicomkit.core.uid import UID
from dicomkit.errors import RemoteProtocolError, counted, escaped
from dicomkit.net.ul.events import Data
from dicomkit.net.ul.framing import Fate, Receiver
from dicomkit.net.ul.items import Result, UserIdentityType
from dicomkit.net.ul.pdu import (
    Abort,
    AbortReason,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    DataTransfer,
    PDUType,
    ReleaseRequest,
    decode,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dicomkit.net.ul.events import Event
    from dicomkit.net.ul.framing import Buffer
    from dicomkit.net.ul.items import UnknownItem, UserIdentity, UserInformation
    from dicomkit.net.ul.pdu import PDU

__all__ = ["PDUText", "pdu_lines"]

_EVERY_ID = frozenset(range(256))

_IDENTITIES = {
    UserIdentityType.USERNAME: "username",
    UserIdentityType.USERNAME_AND_PASSCODE: "username and passcode",
    UserIdentityType.KERBEROS: "Kerberos service ticket",
    UserIdentityType.SAML: "SAML assertion",
    UserIdentityType.JWT: "JSON web token",
}


def _uid(uid: str) -> str:
    """Return a UID with its name, if it has one."""
    name = UID(uid).name
    return f"{escaped(name)} ({escaped(uid)})" if name != uid else f"'{escaped(uid)}'"


def _words(name: str) -> str:
    return name.replace("_", " ").lower()


def pdu_lines(pdu: PDU) -> list[str]:
    """Return the lines that tell a PDU; what belongs to the first is indented."""
    if isinstance(pdu, AssociateRequest):
        return [
            f"A-ASSOCIATE-RQ from '{escaped(pdu.calling_ae_title)}' to '{escaped(pdu.called_ae_title)}'",
            *_about(pdu),
            *[line for context in pdu.contexts for line in _context_lines(*context)],
            *_information_lines(pdu.user_information),
            *_unknown_lines(pdu.unknown),
        ]
    if isinstance(pdu, AssociateAccept):
        return [
            "A-ASSOCIATE-AC",
            *_about(pdu),
            *[_result_line(answer.id, answer.result, answer.transfer_syntax) for answer in pdu.contexts],
            *_information_lines(pdu.user_information),
            *_unknown_lines(pdu.unknown),
        ]
    if isinstance(pdu, AssociateReject):
        how = {1: "for good", 2: "for now"}.get(pdu.result, f"result {pdu.result}")
        return [f"A-ASSOCIATE-RJ {how}: {pdu.meaning} (source {pdu.source}, reason {pdu.reason})"]
    if isinstance(pdu, Abort):
        return [f"A-ABORT by {_abort_text(pdu)}"]
    if isinstance(pdu, DataTransfer):
        return [_data_line(one.context_id, one.is_command, one.is_last, len(one.data)) for one in pdu.values]
    return ["A-RELEASE-RQ" if isinstance(pdu, ReleaseRequest) else "A-RELEASE-RP"]


def _about(pdu: AssociateRequest | AssociateAccept) -> list[str]:
    """Return what is other than always."""
    kind = type(pdu)()
    lines = []
    if pdu.protocol_version != kind.protocol_version:
        lines.append(f"  protocol version {pdu.protocol_version}")
    if pdu.application_context != kind.application_context:
        lines.append(f"  application context {_uid(pdu.application_context)}")
    return lines


def _context_lines(number: int, abstract_syntax: str, transfer_syntaxes: tuple[str, ...]) -> Iterator[str]:
    yield f"  presentation context {number}: {_uid(abstract_syntax)}"
    for uid in transfer_syntaxes:
        yield f"    {_uid(uid)}"


def _result_line(number: int, result: int, transfer_syntax: str) -> str:
    if result == Result.ACCEPTANCE:
        return f"  presentation context {number}: accepted, {_uid(transfer_syntax)}"
    try:
        why = _words(Result(result).name)
    except ValueError:
        why = f"result {result}"
    return f"  presentation context {number}: {why}"


def _information_lines(information: UserInformation) -> Iterator[str]:
    if information.maximum_length is not None:
        yield f"  maximum length {information.maximum_length:,}" if information.maximum_length else "  any length"
    name = escaped(information.implementation_version_name)
    yield f"  implementation {escaped(information.implementation_class_uid)}{f' {name}' if name else ''}"
    if window := information.operations_window:
        yield f"  asynchronous operations window: {window.invoked} invoked, {window.performed} performed (0: unlimited)"
    for role in information.roles:
        roles = " and ".join([name for name, flag in (("SCU", role.scu), ("SCP", role.scp)) if flag])
        yield f"  role {roles or 'none'} for {_uid(role.sop_class_uid)}"
    for one in information.extended:
        yield f"  extended negotiation of {_uid(one.sop_class_uid)}: {one.information[:32].hex(' ')}"
    for common in information.common_extended:
        yield f"  {_uid(common.sop_class_uid)} belongs to {_uid(common.service_class_uid)}"
        for uid in common.related_general_sop_class_uids:
            yield f"    related to {_uid(uid)}"
    if information.user_identity is not None:
        yield _identity_line(information.user_identity)
    if information.user_identity_response is not None:
        yield f"  user identity accepted, response of {counted(len(information.user_identity_response), 'byte')}"
    yield from _unknown_lines(information.unknown)


def _identity_line(identity: UserIdentity) -> str:
    kind = _IDENTITIES.get(identity.type, f"type {identity.type}")  # type: ignore[call-overload]
    wish = ", response requested" if identity.response_requested else ""
    return f"  user identity: {kind} of {counted(len(identity.primary), 'byte')}{wish}"


def _unknown_lines(items: tuple[UnknownItem, ...]) -> list[str]:
    return [f"  unknown item 0x{item.type:02X} of {counted(len(item.data), 'byte')}" for item in items]


def _abort_text(pdu: Abort) -> str:
    if pdu.source == 0:
        return "the service-user"
    try:
        reason = _words(AbortReason(pdu.reason).name)
    except ValueError:
        reason = f"reason {pdu.reason}"
    return f"{'the service-provider' if pdu.source == 2 else f'source {pdu.source}'}: {reason}"


def _data_line(context_id: int, is_command: bool, is_last: bool, size: int) -> str:
    what = "command set" if is_command else "data set"
    return f"P-DATA-TF in context {context_id}: {what}, {counted(size, 'byte')}{'' if is_last else ', more to come'}"


class PDUText:
    """Tells one direction of a connection in lines, from bytes in pieces of any size; never raises for what they say.

    ``PDUText(print).feed(recorded)`` shows a recording. Data are told once for each command set or data set, with the
    bytes of all its PDUs. A PDU above `bound` is told by its header.
    """

    __slots__ = ("_bound", "_events", "_open", "_receiver", "_write")

    def __init__(self, write: Callable[[str], None], bound: int = 1 << 20) -> None:
        self._write = write
        self._bound = bound
        self._events: deque[Event] = deque()
        self._open: tuple[int, bool, int] | None = None
        self._receiver = Receiver(self._events, self, 0xFFFFFFFF)
        self._receiver.streams = True
        self._receiver.contexts = _EVERY_ID

    def feed(self, data: Buffer) -> None:
        """Tell what came."""
        receiver = self._receiver
        if receiver.is_stopped or not data:
            return
        receiver.give(data)
        self._tell_data()
        while receiver.has_more:
            receiver.advance()
            self._tell_data()

    def close(self) -> None:
        """Tell what was not ended."""
        self._end_data(is_last=False)
        if self._receiver.is_within_pdu:
            self._write("ends within a PDU")

    def _tell_data(self) -> None:
        while self._events:
            event = self._events.popleft()
            assert isinstance(event, Data)
            key = event.context_id, event.is_command
            if self._open is not None and self._open[:2] != key:
                self._end_data(is_last=False)
            size = self._open[2] if self._open is not None else 0
            self._open = (*key, size + len(event.view))
            if event.is_last:
                self._end_data(is_last=True)

    def _end_data(self, *, is_last: bool) -> None:
        if self._open is not None:
            context_id, is_command, size = self._open
            self._open = None
            self._write(_data_line(context_id, is_command, is_last, size))

    # What the receiver asks.

    def pdu_begins(self, kind: int, length: int) -> Fate:
        """Decide about a PDU by its header; for the receiver."""
        if kind == PDUType.P_DATA_TF:
            return Fate.DATA
        self._tell_data()
        if kind not in PDUType.__members__.values():
            raise RemoteProtocolError(f"no PDU: type 0x{kind:02X}, {counted(length, 'byte')}")
        if length > self._bound:
            self._end_data(is_last=False)
            self._write(f"{PDUType(kind).name} of {counted(length, 'byte')}, more than is shown")
            return Fate.SKIPPED
        return Fate.WHOLE

    def pdu_is_there(self, kind: int, body: bytearray | memoryview) -> None:
        """Take a PDU; for the receiver."""
        self._end_data(is_last=False)
        for line in pdu_lines(decode(kind, body)):
            self._write(line)

    def refuse(self, error: RemoteProtocolError) -> None:
        """Take note that what came is no valid PDU; for the receiver."""
        self._tell_data()
        self._end_data(is_last=False)
        self._write(escaped(f"not understood from here on: {error}", 200))
