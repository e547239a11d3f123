"""Messages of the network under attack: command sets, and what a session makes of the data that a peer sends."""

from __future__ import annotations

import struct
from functools import cache
from typing import TYPE_CHECKING

from dicomkit.errors import LocalProtocolError
from dicomkit.net.dimse.commands import FIELDS, MESSAGES, Command, CommandField, Priority, decode, encode
from dicomkit.net.dimse.session import DataPiece, MessageBegan, MessageCollector, MessageEnded, Session
from dicomkit.net.dimse.status import Status
from dicomkit.net.options import AssociationOptions
from dicomkit.net.ul.events import Aborted, Closed, ReleaseRequested
from dicomkit.net.ul.negotiation import AcceptorPolicy, Support, associate_request, negotiate
from dicomkit.net.ul.pdu import AssociateAccept

if TYPE_CHECKING:
    from collections.abc import Hashable

    from dicomkit.core.issue import Issue

__all__ = ["command", "command_sets", "conversations", "session"]

_UID = "1.2.840.10008.5.1.4.1.1.2"
_BY_VR: dict[str, object] = {"UI": _UID, "US": 1, "AE": "TITLE", "LO": "A COMMENT", "AT": (0x00100010, 0x00100020)}
_SPECIAL: dict[str, object] = {"has_data_set": False, "priority": Priority.LOW, "status": Status(0xFF00)}

# Small bounds, so that mutations reach them.
_OPTIONS = AssociationOptions(command_bytes=1024, data_set_bytes=3000)


def _every_command() -> list[Command]:
    found = []
    for field, message in MESSAGES.items():
        for names in (message.required, (*message.required, *message.optional)):
            values = {
                row.name: _SPECIAL.get(row.name, _BY_VR[row.vr]) for row in FIELDS if row.name in names
            }  # fmt: skip
            found.append(Command(**{**values, "field": field}))  # type: ignore[arg-type]
    return found


def command_sets() -> tuple[bytes, ...]:
    """Give a command set of each message, with what it must have and with all that it may have."""
    return tuple([encode(one) for one in _every_command()])


def command(data: bytes) -> Hashable:
    """Decode a command set; sent again, where it can be, it is the same."""
    issues: list[Issue] = []
    found = decode(data, issues.append)
    if not repr(found).isprintable():
        raise AssertionError("repr() has control characters")
    try:
        sent = encode(found)
    except LocalProtocolError:
        return found.field, frozenset(issue.code for issue in issues), False
    again = decode(sent)
    # A comment is made to fit when it is sent.
    if again._replace(error_comment=None) != found._replace(error_comment=None):
        raise AssertionError(f"{found} is sent as {again}")
    return found.field, frozenset(issue.code for issue in issues), tuple([value is None for value in found])


def _pdu(*values: tuple[int, int, bytes]) -> bytes:
    body = b"".join([struct.pack(">IBB", len(data) + 2, context, control) + data for context, control, data in values])
    return struct.pack(">BxI", 4, len(body)) + body


def conversations() -> tuple[bytes, ...]:
    """Give what a peer may send once the association stands, and what it may not; the first byte is the split."""
    requests = [one for one in _every_command() if not one.field.is_response]
    found = [b""]
    for one in requests:
        has = MESSAGES[one.field].data_set != "-"
        encoded = encode(one._replace(has_data_set=has))
        found.append(_pdu((1, 3, encoded)) + (_pdu((1, 0, b"DATA"), (1, 2, b"SET!")) if has else b""))
        found.append(_pdu((1, 1, encoded[:20]), (1, 3, encoded[20:])))
    store = encode(requests[0]._replace(has_data_set=True))
    answer = encode(Command(CommandField.C_ECHO_RSP, responded_to=1, status=Status(0)))
    released = bytes.fromhex("05 00 00000004 00000000")
    found += [
        _pdu((1, 3, store), (3, 2, b"DATA")),
        _pdu((1, 3, store)) + _pdu((1, 3, store)),
        _pdu((1, 2, b"DATA")),
        _pdu((1, 3, answer)),
        _pdu((1, 1, bytes(2000))),
        _pdu((1, 3, store), (1, 2, bytes(4000))),
        _pdu((1, 3, store), (1, 0, b"DATA")) + bytes.fromhex("07 00 00000004 00000000"),
        _pdu((1, 3, store), (1, 0, b"DATA")) + released,
        released,
    ]
    return tuple([bytes([split]) + data for split in (0, 7) for data in found])


@cache
def _agreed() -> tuple[bytes, AssociateAccept]:
    """Make the request and its answer once."""
    request = associate_request("FUZZER", "TARGET", [(_UID, ["1.2.840.10008.1.2"])], _OPTIONS)
    answer = negotiate(request, AcceptorPolicy(supports={_UID: Support(("1.2.840.10008.1.2",))}), _OPTIONS)
    assert isinstance(answer, AssociateAccept)
    return request.encode(), answer


def _associated() -> Session:
    request, answer = _agreed()
    acceptor = Session.acceptor(_OPTIONS)
    acceptor.connection_made(0.0)
    acceptor.receive_data(request, 0.0)
    acceptor.next_event()
    acceptor.accept(answer, 0.0)
    acceptor.next_event()
    acceptor.data_to_send()
    return acceptor


def session(data: bytes) -> Hashable:
    """Give a session what a peer sends: it makes messages of it, each whole, or aborts; nothing is raised."""
    step = data[0] * 3 if data and data[0] else len(data)
    acceptor, rest = _associated(), data[1:]
    collector = MessageCollector()
    began: MessageBegan | None = None
    seen: list[Hashable] = []
    size = 0
    is_over = False
    for start in range(0, len(rest), max(step, 1)):
        acceptor.receive_data(rest[start : start + step], 0.0)
        while (event := acceptor.next_event()) is not None:
            collector.receive(event)
            if is_over and not isinstance(event, Closed):
                raise AssertionError(f"{type(event).__name__} behind the end")
            if isinstance(event, MessageBegan):
                if began is not None:
                    raise AssertionError("a message within a message")
                began, size = event, 0
                seen.append(event.command.field)
            elif isinstance(event, DataPiece):
                size += len(event.view)
                if began is None or not began.command.has_data_set or size > 3000:
                    raise AssertionError("a data set without a message, or beyond its bound")
            elif isinstance(event, MessageEnded):
                if began is None or tuple(event) != tuple(began):
                    raise AssertionError("the end of another message")
                began = None
            elif isinstance(event, Aborted):
                is_over = True
                seen.append(type(event.error).__name__)
            elif isinstance(event, ReleaseRequested):
                acceptor.respond_release(0.0)
            seen.append(type(event).__name__)
    b"".join(acceptor.data_to_send())
    return tuple(seen[:12])
