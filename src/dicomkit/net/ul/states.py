"""The state machine of the upper layer as data: states, events, actions and their table (PS3.8 9.2, Table 9-10)."""

from __future__ import annotations

from enum import Enum, IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NEXT_STATES", "TRANSITIONS", "Action", "Evt", "State"]


class State(IntEnum):
    """Where a connection stands (PS3.8 Tables 9-1 to 9-5); the numbers are those of the standard."""

    STA_1 = 1
    """Idle: no connection, or none any more."""
    STA_2 = 2
    """The connection is open, the A-ASSOCIATE-RQ has not come."""
    STA_3 = 3
    """An A-ASSOCIATE-RQ has come; the local user has to accept or reject it."""
    STA_4 = 4
    """The connection that the local user asked for is being opened."""
    STA_5 = 5
    """The A-ASSOCIATE-RQ has been sent, the answer has not come."""
    STA_6 = 6
    """The association is there and carries data."""
    STA_7 = 7
    """The A-RELEASE-RQ has been sent, the answer has not come."""
    STA_8 = 8
    """An A-RELEASE-RQ has come; the local user has to answer."""
    STA_9 = 9
    """Both asked for the release, this is the requestor: its user has to answer first."""
    STA_10 = 10
    """Both asked for the release, this is the acceptor: the requestor answers first."""
    STA_11 = 11
    """Both asked, the requestor has answered and waits for the acceptor's answer."""
    STA_12 = 12
    """Both asked, the requestor's answer has come; the acceptor's user has to answer."""
    STA_13 = 13
    """The association is over; what is left is that the connection closes."""


class Evt(IntEnum):
    """What can happen (first column of PS3.8 Table 9-10)."""

    EVT_1 = 1
    """The local user asks for an association."""
    EVT_2 = 2
    """The connection that was asked for is open."""
    EVT_3 = 3
    """An A-ASSOCIATE-AC PDU has come."""
    EVT_4 = 4
    """An A-ASSOCIATE-RJ PDU has come."""
    EVT_5 = 5
    """A peer has opened a connection."""
    EVT_6 = 6
    """An A-ASSOCIATE-RQ PDU has come."""
    EVT_7 = 7
    """The local user accepts the association."""
    EVT_8 = 8
    """The local user rejects the association."""
    EVT_9 = 9
    """The local user sends data."""
    EVT_10 = 10
    """A P-DATA-TF PDU has come."""
    EVT_11 = 11
    """The local user asks for the release."""
    EVT_12 = 12
    """An A-RELEASE-RQ PDU has come."""
    EVT_13 = 13
    """An A-RELEASE-RP PDU has come."""
    EVT_14 = 14
    """The local user answers the peer's wish for the release."""
    EVT_15 = 15
    """The local user aborts."""
    EVT_16 = 16
    """An A-ABORT PDU has come."""
    EVT_17 = 17
    """The connection has been closed."""
    EVT_18 = 18
    """The ARTIM timer has run out."""
    EVT_19 = 19
    """A PDU has come that nobody knows or that is not valid."""


class Action(Enum):
    """What is done (PS3.8 Tables 9-6 to 9-9)."""

    AE_1 = "AE-1"
    """Open a connection."""
    AE_2 = "AE-2"
    """Send A-ASSOCIATE-RQ."""
    AE_3 = "AE-3"
    """Tell the user that the association was accepted."""
    AE_4 = "AE-4"
    """Tell the user that it was rejected, and close."""
    AE_5 = "AE-5"
    """Start ARTIM."""
    AE_6 = "AE-6"
    """Stop ARTIM; tell the user of the request, or reject it (and start ARTIM) where the provider cannot take it."""
    AE_7 = "AE-7"
    """Send A-ASSOCIATE-AC."""
    AE_8 = "AE-8"
    """Send A-ASSOCIATE-RJ and start ARTIM."""
    DT_1 = "DT-1"
    """Send P-DATA-TF."""
    DT_2 = "DT-2"
    """Give the data to the user."""
    AR_1 = "AR-1"
    """Send A-RELEASE-RQ."""
    AR_2 = "AR-2"
    """Tell the user that the peer wants the release."""
    AR_3 = "AR-3"
    """Tell the user that the association is released, and close."""
    AR_4 = "AR-4"
    """Send A-RELEASE-RP and start ARTIM."""
    AR_5 = "AR-5"
    """Stop ARTIM."""
    AR_6 = "AR-6"
    """Give the data to the user, who has asked for the release."""
    AR_7 = "AR-7"
    """Send P-DATA-TF to a peer that has asked for the release."""
    AR_8 = "AR-8"
    """Tell the user that the peer wants the release, too."""
    AR_9 = "AR-9"
    """Send A-RELEASE-RP."""
    AR_10 = "AR-10"
    """Tell the user that the peer has answered."""
    AA_1 = "AA-1"
    """Send A-ABORT as the service-user and (re)start ARTIM."""
    AA_2 = "AA-2"
    """Stop ARTIM and close."""
    AA_3 = "AA-3"
    """Tell the user that the peer, or its provider, has aborted, and close."""
    AA_4 = "AA-4"
    """Tell the user that the provider has aborted: the connection is gone."""
    AA_5 = "AA-5"
    """Stop ARTIM."""
    AA_6 = "AA-6"
    """Ignore the PDU."""
    AA_7 = "AA-7"
    """Send A-ABORT."""
    AA_8 = "AA-8"
    """Send A-ABORT as the service-provider, tell the user, and start ARTIM."""


# PS3.8 Table 9-10: one row per event, one column per state. A dot is an empty cell: nothing that can happen there.
_TABLE = """
        1    2    3    4    5    6    7    8    9    10    11   12   13
EVT_1   AE_1 .    .    .    .    .    .    .    .    .     .    .    .
EVT_2   .    .    .    AE_2 .    .    .    .    .    .     .    .    .
EVT_3   .    AA_1 AA_8 .    AE_3 AA_8 AA_8 AA_8 AA_8 AA_8  AA_8 AA_8 AA_6
EVT_4   .    AA_1 AA_8 .    AE_4 AA_8 AA_8 AA_8 AA_8 AA_8  AA_8 AA_8 AA_6
EVT_5   AE_5 .    .    .    .    .    .    .    .    .     .    .    .
EVT_6   .    AE_6 AA_8 .    AA_8 AA_8 AA_8 AA_8 AA_8 AA_8  AA_8 AA_8 AA_7
EVT_7   .    .    AE_7 .    .    .    .    .    .    .     .    .    .
EVT_8   .    .    AE_8 .    .    .    .    .    .    .     .    .    .
EVT_9   .    .    .    .    .    DT_1 .    AR_7 .    .     .    .    .
EVT_10  .    AA_1 AA_8 .    AA_8 DT_2 AR_6 AA_8 AA_8 AA_8  AA_8 AA_8 AA_6
EVT_11  .    .    .    .    .    AR_1 .    .    .    .     .    .    .
EVT_12  .    AA_1 AA_8 .    AA_8 AR_2 AR_8 AA_8 AA_8 AA_8  AA_8 AA_8 AA_6
EVT_13  .    AA_1 AA_8 .    AA_8 AA_8 AR_3 AA_8 AA_8 AR_10 AR_3 AA_8 AA_6
EVT_14  .    .    .    .    .    .    .    AR_4 AR_9 .     .    AR_4 .
EVT_15  .    .    AA_1 AA_2 AA_1 AA_1 AA_1 AA_1 AA_1 AA_1  AA_1 AA_1 .
EVT_16  .    AA_2 AA_3 .    AA_3 AA_3 AA_3 AA_3 AA_3 AA_3  AA_3 AA_3 AA_2
EVT_17  .    AA_5 AA_4 AA_4 AA_4 AA_4 AA_4 AA_4 AA_4 AA_4  AA_4 AA_4 AR_5
EVT_18  .    AA_2 .    .    .    .    .    .    .    .     .    .    AA_2
EVT_19  .    AA_1 AA_8 .    AA_8 AA_8 AA_8 AA_8 AA_8 AA_8  AA_8 AA_8 AA_7
"""

# PS3.8 Tables 9-6 to 9-9. Two states: the action decides.
_NEXT = """
AE_1 4,  AE_2 5,  AE_3 6,  AE_4 1,  AE_5 2,  AE_6 3|13,  AE_7 6,  AE_8 13
DT_1 6,  DT_2 6
AR_1 7,  AR_2 8,  AR_3 1,  AR_4 13,  AR_5 1,  AR_6 7,  AR_7 8,  AR_8 9|10,  AR_9 11,  AR_10 12
AA_1 13,  AA_2 1,  AA_3 1,  AA_4 1,  AA_5 1,  AA_6 13,  AA_7 13,  AA_8 13
"""


def _transitions() -> Mapping[tuple[State, Evt], Action]:
    header, *rows = [line.split() for line in _TABLE.strip().splitlines()]
    return MappingProxyType(
        {
            (State(int(column)), Evt[event]): Action[cell]
            for event, *cells in rows
            for column, cell in zip(header, cells, strict=True)
            if cell != "."
        }
    )


def _next_states() -> Mapping[Action, tuple[State, ...]]:
    rows = [row.split() for line in _NEXT.strip().splitlines() for row in line.split(",")]
    return MappingProxyType(
        {Action[name]: tuple([State(int(number)) for number in numbers.split("|")]) for name, numbers in rows}
    )


TRANSITIONS = _transitions()
"""PS3.8 Table 9-10: what is done when an event comes in a state; a pair that is not there cannot happen."""

NEXT_STATES = _next_states()
"""The state after each action: one, or the two of AE-6 (taken, rejected) and AR-8 (requestor, acceptor)."""
