"""Sessions: messages over an association, both ways, whole and in pieces (PS3.7 6.3)."""

from __future__ import annotations

import io

from dicomkit.net.dimse.commands import Command, CommandField, Priority
from dicomkit.net.dimse.session import DataPiece, MessageBegan, MessageEnded
from dicomkit.net.dimse.status import SUCCESS
from dicomkit.testing.pair import Pair

VERIFICATION = "1.2.840.10008.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
STUDY_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
IMPLICIT = "1.2.840.10008.1.2"
CONTEXTS = [(VERIFICATION, [IMPLICIT]), (CT, [IMPLICIT]), (STUDY_FIND, [IMPLICIT])]


def echo(message_id: int = 1) -> Command:
    """Give a C-ECHO-RQ."""
    return Command(CommandField.C_ECHO_RQ, message_id=message_id, affected_sop_class_uid=VERIFICATION)


def store(message_id: int = 1) -> Command:
    """Give a C-STORE-RQ."""
    return Command(
        CommandField.C_STORE_RQ,
        message_id=message_id,
        affected_sop_class_uid=CT,
        affected_sop_instance_uid="1.2.3",
        priority=Priority.MEDIUM,
        has_data_set=True,
    )


def data_of(events: list[object]) -> bytes:
    """Give the data set that came in pieces."""
    return b"".join([bytes(event.view) for event in events if isinstance(event, DataPiece)])


def test_an_echo_goes_and_its_response_comes():
    """C-ECHO: the request arrives with its context, the response ends what was outstanding."""
    pair = Pair.associated(CONTEXTS)
    pair.requestor.send(1, echo())
    assert {1: echo()} == pair.requestor.invoked
    pair.pump()
    began, ended = pair.events_of(pair.acceptor)
    assert isinstance(began, MessageBegan)
    assert (1, VERIFICATION, echo()) == (began.context.id, began.context.abstract_syntax, began.command)
    assert MessageEnded(*began) == ended
    pair.acceptor.send(1, echo().response(SUCCESS))
    pair.pump()
    assert [echo().response(SUCCESS)] * 2 == [event.command for event in pair.events_of(pair.requestor)]
    assert ({}, {}) == (pair.requestor.invoked, pair.acceptor.performing)


def test_a_data_set_is_streamed():
    """C-STORE of a source longer than what is read at once arrives in pieces, equal to the byte."""
    pair = Pair.associated(CONTEXTS)
    data = bytes(range(256)) * 12_345
    pair.requestor.send(3, store(), io.BytesIO(data))
    pair.pump()
    events = pair.events_of(pair.acceptor)
    assert MessageBegan is type(events[0])
    assert MessageEnded is type(events[-1])
    assert 2 < len(events)
    assert data == data_of(events)
